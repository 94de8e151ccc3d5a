"""The journal: an interrupted experiment resumes to the same bytes, whatever happened to it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from bpsim.errors import RunError
from bpsim.experiment.design import design
from bpsim.experiment.journal import Journal, Key
from bpsim.experiment.run import Progress, run
from tests.experiment.small import pair, scenario

REPOSITORY = Path(__file__).parents[2]
RUNS = 6
#: A study that takes some seconds, run by another interpreter; it prints its hash at the end.
SCRIPT = """
import os, signal, sys, threading
from pathlib import Path
from multiprocessing import active_children
from bpsim.experiment import journal, run as module
from tests.experiment.test_journal import study
folder, at_write, after, workers = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
fsync, writes = os.fsync, 0
def die():
    (folder.parent / "children").write_text(" ".join(str(child.pid) for child in active_children()))
    os.kill(os.getpid(), signal.SIGKILL)
def dying(descriptor):
    global writes
    writes += 1
    if writes == at_write:
        die()
    if writes == 2 and after:
        threading.Timer(after, die).start()
    fsync(descriptor)
os.fsync = dying
if __name__ == "__main__":
    print(module.run(study(), workers=workers, journal=folder).log_hash)
"""


def study() -> list:  # type: ignore[type-arg]
    """Give the study that is killed."""
    return pair(length="5 years", warmup="auto", replications=RUNS)


def start(folder: Path, *, at_write: int = 0, after: float = 0.0, workers: int = 2) -> "subprocess.Popen[str]":
    """Start the study in another interpreter; it kills itself at a write, or so long after its second one."""
    script = folder.parent / "study.py"
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), str(folder), str(at_write), str(after), str(workers)]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    return subprocess.Popen(command, env=environment, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)  # noqa: S603


def entries(folder: Path) -> list[Path]:
    """Give the entries of a journal."""
    return sorted(folder.glob("*-?????.*.json"))


def wait_for(condition: object, seconds: float = 60) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.005)


def alive(pids: list[int]) -> list[int]:
    """Give those of some processes that still run."""
    return [pid for pid in pids if Path(f"/proc/{pid}/stat").exists() and " Z " not in _stat(pid)]


def _stat(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return " Z "


@pytest.fixture(scope="module")
def expected() -> str:
    """Give the hash of the study, never interrupted, in one process."""
    return run(study(), workers=1).log_hash


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_killed_at_random_moments_it_resumes_to_the_same_hash(tmp_path: Path, expected: str) -> None:
    """Killed three times in the middle of replications and twice in the middle of a write; then run to its end."""
    folder = tmp_path / "journal"
    luck = Random(20)  # noqa: S311 - moments, no secrets
    for _ in range(3):
        process = start(folder, after=luck.uniform(0.001, 0.1))
        assert process.wait() == -signal.SIGKILL
        children = [int(pid) for pid in (tmp_path / "children").read_text().split()]
        wait_for(lambda: not alive(children), 10)  # noqa: B023 - called in this turn
        process.communicate()
    for at_write in (1 + luck.randrange(2), 1):
        process = start(folder, at_write=at_write, workers=1)
        assert process.wait() == -signal.SIGKILL
        process.communicate()
    assert list(folder.glob("*.partial"))
    assert len(entries(folder)) < 4 * RUNS
    done = start(folder)
    assert done.communicate()[0].strip() == expected
    assert not list(folder.glob("*.partial"))
    assert len(entries(folder)) == 4 * RUNS


def test_what_a_killed_write_left_is_removed(tmp_path: Path) -> None:
    """A partial file is no entry."""
    run(scenario(), workers=1, journal=tmp_path)
    left = tmp_path / "as-is-00009.run.json.partial"
    left.write_text("{")
    run(scenario(), workers=1, journal=tmp_path)
    assert not left.exists()


def test_a_finished_journal_runs_nothing_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is read; more replications run only what is new."""
    first = run(pair(), workers=1, journal=tmp_path)
    done: list[Key] = []
    original = run.__globals__["carry_out"]
    monkeypatch.setitem(run.__globals__, "carry_out", lambda task: done.append(task.key) or original(task))
    again = run(pair(), workers=1, journal=tmp_path)
    assert again.table == first.table
    assert again.log_hash == first.log_hash
    assert not done
    run(pair(), workers=1, journal=tmp_path, replications=5)
    assert done == [Key("run", "as-is", 4), Key("run", "two-deciders", 4)]


def test_another_warm_up_measures_again(tmp_path: Path) -> None:
    """An entry that was measured after another warm-up is not used."""
    run(pair(), workers=1, journal=tmp_path)
    found = run(pair(warmup="14d"), workers=1, journal=tmp_path)
    assert found.table == run(pair(warmup="14d"), workers=1).table


def test_logs_that_are_missing_are_made_again(tmp_path: Path) -> None:
    """The journal knows the replication, but its log is wanted and not there."""
    run(scenario(), workers=1, journal=tmp_path / "journal")
    results = run(scenario(), workers=1, journal=tmp_path / "journal", keep_logs=tmp_path / "logs")
    assert len(list((tmp_path / "logs").rglob("*.npz"))) == results.replications == 4


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda content: content[:-20], "is damaged"),
        (lambda content: content.replace(b"contention", b"processing"), "is damaged"),
        (lambda content: content[:200] + bytes([content[200] ^ 1]) + content[201:], "is damaged"),
        (lambda _: b"", "is damaged"),
        (lambda content: content + b"more", "is damaged"),
        (lambda content: content.replace(b'"replication": 2', b'"replication": 3'), "is of another study"),
        (lambda content: content.replace(b'"format": 1', b'"format": 2'), "is of another study"),
    ],
)
def test_a_damaged_entry_is_said_and_run_again(tmp_path: Path, damage, said: str) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """One line for the entry, and the same results."""
    expected = run(pair(), workers=1, journal=tmp_path)
    entry = tmp_path / "as-is-00002.run.json"
    content = entry.read_bytes()
    entry.write_bytes(damage(content))
    seen: list[Progress] = []
    again = run(pair(), workers=1, journal=tmp_path, progress=seen.append)
    assert again.table == expected.table
    notes = [progress.note for progress in seen if progress.note]
    assert notes == [f"as-is, replication 2 {said}; it will be run again"]
    assert entry.read_bytes() == content


def test_an_entry_of_a_scenario_that_is_not_in_the_study_is_left_alone(tmp_path: Path) -> None:
    """It is named; other files of the folder are nobody's business."""
    run(pair(), workers=1, journal=tmp_path)
    stranger = tmp_path / "stranger-00001.run.json"
    stranger.write_text("{}")
    (tmp_path / "notes.json").write_text("mine")
    seen: list[Progress] = []
    run(pair(), workers=1, journal=tmp_path, progress=seen.append)
    assert [each.note for each in seen if each.note] == [
        "stranger-00001.run.json belongs to no scenario of this study; it is left alone"
    ]
    assert stranger.exists()


@pytest.mark.parametrize(
    ("settings", "name"),
    [({"seed": 6}, "seed"), ({"length": "70d"}, "length"), ({"parts": {"every": "5h"}}, "scenarios")],
)
def test_a_journal_of_another_study_is_refused(tmp_path: Path, settings: dict[str, object], name: str) -> None:
    """Another seed, another length, another process: the sentence says what differs."""
    run(scenario(), workers=1, journal=tmp_path)
    with pytest.raises(RunError, match=rf"BP722 error: .* belongs to another study: {name} differ.*another folder"):
        run(scenario(**settings), workers=1, journal=tmp_path)


def test_a_journal_of_another_version_is_refused(tmp_path: Path) -> None:
    """Its runs may mean something else."""
    run(scenario(), workers=1, journal=tmp_path)
    manifest = tmp_path / "study.json"
    content = json.loads(manifest.read_text())
    content["study"]["version"] = "0.0.0"
    manifest.write_text(json.dumps(content))
    with pytest.raises(RunError, match="another study: version differ"):
        run(scenario(), workers=1, journal=tmp_path)
    manifest.write_text("{")
    with pytest.raises(RunError, match="BP722"):
        run(scenario(), workers=1, journal=tmp_path)


def test_names_that_are_no_file_names_have_entries(tmp_path: Path) -> None:
    """A scenario may be called what it likes."""
    plan = design([scenario("as-is / +1: ü")])
    journal = Journal(tmp_path, plan)
    key = Key("run", "as-is / +1: ü", 3)
    journal.write(key, {"a": [0.1, 2]})
    assert journal.read() == {key: {"a": [0.1, 2]}}
    assert str(key) == "as-is / +1: ü, replication 3"


def test_a_full_disk_leaves_the_journal_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every write fails once in turn; what is there is whole, and the run resumes."""
    expected = run(pair(replications=2), workers=1)
    for failing in range(1, 6):
        calls = 0

        def full(_: int, failing: int = failing) -> None:
            nonlocal calls
            calls += 1
            if calls == failing:
                raise OSError(28, "No space left on device")

        folder = tmp_path / str(failing)
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(OSError, match="No space left"):
                run(pair(replications=2), workers=1, journal=folder)
        assert not list(folder.glob("*.partial"))
        assert len(entries(folder)) == max(0, failing - 2)
        seen: list[Progress] = []
        assert run(pair(replications=2), workers=1, journal=folder, progress=seen.append).table == expected.table
        assert not [each.note for each in seen if each.note]
