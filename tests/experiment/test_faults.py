"""A comparison of W2 with 200 cases and 40 replications survives what may happen to it: the same bytes in the end.

Killed at 20 random moments, 20 random bytes of its journal changed, and every write failing once in turn.
"""

import os
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path
from random import Random

import pytest

from bpsim.experiment.design import Design, design
from bpsim.experiment.results import Results
from bpsim.experiment.run import Progress, _Study
from bpsim.model.process import Process
from bpsim.redesign.operators import read_change
from bpsim.redesign.scenario import Experiment, Scenario

pytestmark = pytest.mark.untraced
ROOT = Path(__file__).parents[2]
CASES, REPLICATIONS = 200, 40
TIMES = 20
#: Runs the study in another interpreter, which kills itself after so many seconds of the runs.
SCRIPT = """
import os, signal, sys, threading
from pathlib import Path
from tests.experiment.test_faults import carried_out, planned
if __name__ == "__main__":
    planned()
    for moment in map(float, sys.argv[2:]):
        child = os.fork()
        if not child:
            threading.Timer(moment, os.kill, (os.getpid(), signal.SIGKILL)).start()
            carried_out(Path(sys.argv[1]))
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@cache
def planned() -> Design:
    """Give the study: W2 as it is, and with one person more in the front office."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    import workloads  # type: ignore[import-not-found]

    sys.path.remove(str(ROOT / "benchmarks"))
    process = Process.model_validate(workloads.written("W2", CASES))
    (role,) = (name for name in process.roles() if name.startswith("front."))
    experiment = Experiment.model_validate({"length": "10d", "warmup": "0min", "replications": REPLICATIONS, "seed": 3})
    before = Scenario(scenario="as-is", base=process, experiment=experiment)
    return design([before, before.change(read_change({"staff": {"role": role, "set": 3}}), name="more")])


def carried_out(folder: Path | None, notes: list[str] | None = None) -> Results:
    """Run the study, or go on with it; give the notes of what was found damaged."""

    def report(progress: Progress) -> None:
        if progress.note and notes is not None:
            notes.append(progress.note)

    return _Study(planned(), report, folder, None).carry_out(None)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, Path]:
    """Give the results of the study, never interrupted, and its journal."""
    folder = tmp_path_factory.mktemp("journal")
    return carried_out(folder), folder


def written(folder: Path) -> dict[str, bytes]:
    """Give every file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_random_bytes_changed_are_found_and_run_again(finished: tuple[Results, Path]) -> None:
    """Twenty bytes of twenty entries: each is named, its replication is run again, and the files are as before."""
    expected, folder = finished
    before = written(folder)
    luck = Random(5)  # noqa: S311 - damage, no secrets
    entries = luck.sample(sorted(name for name in before if name.endswith(".run.json")), TIMES)
    for name in entries:
        content = bytearray(before[name])
        content[luck.randrange(len(content))] ^= 1 << luck.randrange(8)
        (folder / name).write_bytes(content)
    notes: list[str] = []
    again = carried_out(folder, notes)
    assert len(notes) == TIMES
    assert all(note.endswith("it will be run again") for note in notes)
    assert again.table == expected.table
    assert written(folder) == before


def test_every_write_failing_once_leaves_the_old_or_the_new(
    finished: tuple[Results, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full at the first write, at the next of what is left, and so on: no file is ever torn."""
    expected, folder = finished
    whole = written(folder)
    for done in range(len(whole)):  # the first to fail is the manifest, then each entry
        calls = 0

        def full(_: int) -> None:
            nonlocal calls
            calls += 1
            if calls == min(done, 1) + 1:  # noqa: B023 - called in this turn
                raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(OSError, match="No space left"):
                carried_out(tmp_path)
        state = written(tmp_path)
        assert len(state) == done
        assert state.items() <= whole.items()
    assert carried_out(tmp_path).table == expected.table
    assert written(tmp_path) == whole


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_killed_at_random_moments_it_comes_to_the_same_bytes(finished: tuple[Results, Path], tmp_path: Path) -> None:
    """Twenty times kill -9, each going on with what the one before left; then to the end."""
    expected, folder = finished
    script = tmp_path / "study.py"
    script.write_text(SCRIPT)
    luck = Random(9)  # noqa: S311 - moments, no secrets
    moments = [str(luck.uniform(0.0, 0.15)) for _ in range(TIMES)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    journal = tmp_path / "journal"
    ended = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(script), str(journal), *moments],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    killed = ended.stdout.split().count(str(-signal.SIGKILL))
    assert killed >= TIMES // 2
    assert carried_out(journal).table == expected.table
    assert written(journal) == written(folder)
