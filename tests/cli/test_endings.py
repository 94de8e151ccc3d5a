"""Every way a command ends: a clear line, the right exit code, nothing half-written, and never a traceback."""

import contextlib
import errno
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bpsim import cli
from bpsim.errors import LimitError, RunError
from bpsim.experiment.run import Progress
from tests.cli.conftest import PROCESS, Run

ROOT_READS_ALL = pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
RUN = ("run", "as-is.yaml", "--workers", "1")


def test_the_version(bpsim: Run) -> None:
    """One line, exit 0."""
    assert bpsim("--version") == (0, f"bpsim {cli.__version__}\n", "")


def test_no_command_shows_the_commands(bpsim: Run) -> None:
    """Every command of the language is listed."""
    ended = bpsim("--help")
    assert ended.code == 0
    assert all(
        f"\n  {name} " in ended.out for name in ("new", "check", "show", "draw", "run", "compare", "explain", "schema")
    )


def test_a_wrong_option_is_invalid_input(bpsim: Run) -> None:
    """The parser says what is wrong."""
    ended = bpsim("run", "as-is.yaml", "--replicatons", "3")
    assert ended.code == 2
    assert "--replicatons" in ended.err
    assert bpsim("run", "as-is.yaml", "--replications", "0").code == 2
    assert bpsim("run", "as-is.yaml", "--seed", str(2**63)).code == 2
    assert bpsim("run", "as-is.yaml", "--seed", "-1").code == 2


def test_one_scenario_is_no_comparison(bpsim: Run) -> None:
    """The line says what to do instead; so does that about a baseline that is not there."""
    ended = bpsim("compare", "as-is.yaml")
    line = "bpsim: one scenario is no comparison: name a redesign too, or use `bpsim run`\n"
    assert ended == (2, "", line)
    ended = bpsim("compare", "as-is.yaml", "to-be.yaml", "--baseline", "nothing")
    assert ended == (2, "", "bpsim: BP723 error: no scenario is called 'nothing'. There are: as-is, to-be.\n")


@pytest.mark.parametrize("command", ["check", "show", "draw", "run", "compare", "explain --case 0"])
def test_a_missing_file(bpsim: Run, command: str) -> None:
    """A line with the file's name, exit 4."""
    name, *options = command.split()
    ended = bpsim(name, "nothing.yaml", *options)
    assert ended.code == 4
    assert ended.out + ended.err == "nothing.yaml: BP801 error: there is no such file\n"


@pytest.mark.parametrize("command", ["show", "draw", "run", "compare", "explain --case 0"])
def test_a_wrong_file(bpsim: Run, folder: Path, command: str) -> None:
    """Every problem on stderr, exit 2; of a process that several scenarios use only once."""
    (folder / "process.yaml").write_text(PROCESS.replace("permits.officer", "permits.oficer"))
    name, *options = command.split()
    files = ("as-is.yaml", "to-be.yaml") if name == "compare" else ("as-is.yaml",)
    ended = bpsim(name, *files, *options)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("permits has no role oficer") == 1
    assert "process.yaml:" in ended.err


def test_warnings_are_findings_with_strict_only(bpsim: Run, folder: Path) -> None:
    """Exit 0, or 1 with --strict, and then nothing is run."""
    text = PROCESS.replace("decide: {", "forgotten: {performer: desk.clerk, duration: 1min, next: done}\n  decide: {")
    (folder / "process.yaml").write_text(text)
    ended = bpsim("check", "process.yaml")
    assert ended.code == 0
    assert "warning" in ended.out
    assert bpsim("check", "process.yaml", "--strict").code == 1
    ended = bpsim("run", "process.yaml", "--strict")
    assert (ended.code, ended.out) == (1, "")
    assert "warning" in ended.err
    ended = bpsim("show", "process.yaml")
    assert ended.code == 0
    assert "warning" in ended.err


def test_a_missed_target_counts_when_asked(bpsim: Run) -> None:
    """The results are printed all the same."""
    assert bpsim(*RUN).code == 0
    ended = bpsim(*RUN, "--assert-targets")
    assert ended.code == 1
    assert "lead_time.mean" in ended.out
    assert ended.err == "bpsim: as-is: target lead_time.mean <= 1 min: missed\n"
    ended = bpsim("compare", "as-is.yaml", "to-be.yaml", "--workers", "1", "--assert-targets", "--strict")
    assert ended.code == 1
    assert ended.err.count("missed") == 2


def test_a_case_that_is_not_there(bpsim: Run) -> None:
    """The line says which cases there are."""
    ended = bpsim("explain", "as-is.yaml", "--case", "100000")
    assert ended.code == 2
    assert ended.err.startswith("bpsim: there is no case 100000: the cases of this run are 0 to ")


def test_a_file_that_is_there_already(bpsim: Run, folder: Path) -> None:
    """It is replaced with --force only."""
    (folder / "map.svg").write_text("mine")
    ended = bpsim("draw", "process.yaml", "-o", "map.svg")
    assert (ended.code, ended.err) == (4, "bpsim: map.svg is there already; --force replaces it\n")
    assert (folder / "map.svg").read_text() == "mine"
    assert bpsim("draw", "process.yaml", "-o", "map.svg", "--force").code == 0
    assert (folder / "map.svg").read_text().startswith("<svg")
    assert bpsim("draw", "process.yaml").out == (folder / "map.svg").read_text()


def test_a_folder_to_write_into_that_does_not_exist(bpsim: Run) -> None:
    """A line, exit 4."""
    ended = bpsim("draw", "process.yaml", "-o", "no/map.svg")
    assert ended.code == 4
    assert ended.err.startswith("bpsim: no/map.svg")


def test_a_folder_of_results(bpsim: Run, folder: Path) -> None:
    """It keeps journal, results and logs; the same command again resumes to the same bytes."""
    options = (*RUN, "-o", "out", "--log")
    first = bpsim(*options)
    assert first.code == 0
    assert len(list((folder / "out/logs").rglob("*.npz"))) == 3
    saved = (folder / "out/results.json").read_bytes()
    assert bpsim(*options) == first
    assert (folder / "out/results.json").read_bytes() == saved


def test_a_folder_of_a_comparison(bpsim: Run, folder: Path) -> None:
    """The answer lies beside the results."""
    assert bpsim("compare", "as-is.yaml", "to-be.yaml", "--workers", "1", "-o", "out").code == 0
    assert '"sentence"' in (folder / "out/comparison.json").read_text()


def test_a_folder_with_other_things(bpsim: Run, folder: Path) -> None:
    """Other files, another study, a file instead of a folder: exit before anything is run."""
    (folder / "out").mkdir()
    (folder / "out/letter.txt").write_text("mine")
    ended = bpsim(*RUN, "-o", "out")
    assert (ended.code, ended.err) == (4, "bpsim: out holds other files; --force writes into it all the same\n")
    assert bpsim(*RUN, "-o", "out", "--force").code == 0
    assert (folder / "out/letter.txt").read_text() == "mine"
    ended = bpsim("run", "to-be.yaml", "--workers", "1", "-o", "out")
    assert ended.code == 2
    assert "BP722" in ended.err
    assert bpsim("run", "to-be.yaml", "--workers", "1", "-o", "out", "--force").code == 0
    ended = bpsim(*RUN, "-o", "process.yaml")
    assert (ended.code, ended.err) == (4, "bpsim: process.yaml is a file, not a folder\n")
    ended = bpsim(*RUN, "--log")
    assert (ended.code, ended.err) == (2, "bpsim: --log needs a folder: add -o DIR\n")


@ROOT_READS_ALL
def test_a_read_only_folder(bpsim: Run, folder: Path) -> None:
    """Exit 4 before anything is run."""
    (folder / "out/journal").mkdir(parents=True)
    (folder / "out").chmod(0o500)
    ended = bpsim(*RUN, "-o", "out")
    assert ended.code == 4
    assert "no permission" in ended.err


def fail(error: BaseException) -> object:
    """Make a stand-in that fails."""

    def stand_in(*_: object, **__: object) -> None:
        raise error

    return stand_in


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (OSError(errno.ENOSPC, "No space", "out/x.json"), 4, "bpsim: out/x.json: no space left on the device\n"),
        (PermissionError(errno.EACCES, "Denied", "out"), 4, "bpsim: out: no permission\n"),
        (OSError("strange"), 4, "bpsim: strange\n"),
        (KeyboardInterrupt(), 130, "bpsim: interrupted; with -o DIR the same command goes on from here\n"),
        (MemoryError(), 3, "bpsim: not enough memory: fewer cases, fewer workers or a shorter experiment would do\n"),
        (LimitError("BP711", "desk.clerk has 200,000 items waiting"), 3, "BP711 limit: desk.clerk has 200,000"),
        (RunError("BP706", "case 3: two flows hold"), 2, "bpsim: BP706 error: case 3: two flows hold\n"),
    ],
)
def test_whatever_stops_a_run(
    bpsim: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, words: str
) -> None:
    """A full disk, Ctrl-C, a limit, a rule that fails: one line and its exit code."""
    monkeypatch.setattr("bpsim.experiment.run.run", fail(error))
    ended = bpsim(*RUN)
    assert (ended.code, ended.out) == (code, "")
    assert words in ended.err
    assert ended.err.count("\n") == 1


def test_a_mistake_of_bpsim_itself(bpsim: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 70, what happened, and how to report it; no traceback."""
    monkeypatch.setattr("bpsim.experiment.run.run", fail(ZeroDivisionError("division by zero")))
    ended = bpsim(*RUN)
    assert ended.code == 70
    assert ended.err.startswith("bpsim: a mistake of bpsim itself, not of yours: ZeroDivisionError: division by zero\n")
    assert f"bpsim {cli.__version__}, Python" in ended.err
    assert "Traceback" not in ended.err


def test_a_starter_folder(bpsim: Run, folder: Path) -> None:
    """It checks silently, is called after the folder, and is not made twice."""
    ended = bpsim("new", "Parking permits")
    assert ended.code == 0
    made = folder / "Parking permits"
    files = [str(path.relative_to(made)) for path in sorted(made.rglob("*.*"))]
    assert files == [
        "process.yaml",
        "scenarios/as-is.yaml",
        "scenarios/sign-daily.yaml",
        "schemas/process.json",
        "schemas/scenario.json",
        "schemas/shared.json",
    ]
    text = (made / "process.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=schemas/process.json\n")
    assert "\nprocess: parking-permits\n" in text
    assert bpsim("check", *(str(path) for path in made.rglob("*.yaml"))) == (0, "", "")
    ended = bpsim("new", "Parking permits")
    assert (ended.code, ended.err) == (4, "bpsim: Parking permits is there already; choose another name\n")
    assert bpsim("new", "2025").code == 0
    assert "\nprocess: starter\n" in (folder / "2025/process.yaml").read_text()


def test_progress_is_told_on_a_terminal_only_and_after_a_second(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Notes are told anyway."""
    with cli.Bar() as bar:
        bar(Progress(1, 10, "replication 4 is damaged; it will be run again"))
        assert bar.bar is None
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
        bar(Progress(2, 10))
        assert bar.bar is None
        bar.begun -= 2
        bar(Progress(3, 10))
        bar(Progress(4, 10))
        assert bar.bar.tasks[0].completed == 4
        assert bar.bar.tasks[0].total == 10
    assert "bpsim: replication 4 is damaged" in capsys.readouterr().err


# -- as a process of its own -----------------------------------------------------------------------------------------

COMMAND = (sys.executable, "-m", "bpsim.cli")


def in_shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script as a user would."""
    return subprocess.run(["/bin/bash", "-c", script], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - the tests' own words


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_leaves_whole_replications_behind(folder: Path) -> None:
    """Exit 130, a line, and a journal without torn entries from which the run resumes."""
    command = [*COMMAND, "run", "as-is.yaml", "--replications", "2000", "--workers", "1", "-o", "out"]
    with subprocess.Popen(  # noqa: S603 - the tests' own words
        command, cwd=folder, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        while not list((folder / "out/journal").glob("as-is-*.run.json")):
            assert process.poll() is None
            time.sleep(0.02)
        for _ in range(5):  # Python loses an interrupt that comes while it ends an object
            os.killpg(process.pid, signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5)
                break
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.endswith("bpsim: interrupted; with -o DIR the same command goes on from here\n")
    assert not list(folder.rglob("*.partial"))


def test_a_reader_who_has_seen_enough(folder: Path) -> None:
    """A closed pipe is no error and says nothing."""
    ended = in_shell(f"set -o pipefail; {' '.join(COMMAND)} schema process | head -1", folder)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "{\n", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_full_disk_behind_the_printed_answer(folder: Path) -> None:
    """A line and exit 4."""
    ended = in_shell(f"{' '.join(COMMAND)} check nothing.yaml > /dev/full", folder)
    assert (ended.returncode, ended.stderr) == (4, "bpsim: no space left on the device\n")


def loaded(script: str, folder: Path) -> set[str]:
    """Name the modules that a script has loaded at its end."""
    code = f"{script}\nimport sys; print(*sys.modules)"
    return set(in_shell(f"{sys.executable} -c {shlex.quote(code)}", folder).stdout.splitlines()[-1].split())


def test_the_face_and_the_version_import_nothing_heavy(folder: Path) -> None:
    """No pandas, matplotlib, scipy, networkx or holidays, and no numpy or pydantic either."""
    heavy = {"pandas", "matplotlib", "scipy", "networkx", "holidays", "numpy", "pydantic", "simpy", "rich"}
    for script in (
        "import bpsim",
        "import bpsim.cli\ntry: bpsim.cli.app(['--version'])\nexcept SystemExit: pass",
    ):
        modules = loaded(script, folder)
        assert "bpsim" in modules
        assert not modules & heavy


def test_files_are_read_without_what_only_draws_or_prints(folder: Path) -> None:
    """Drawing and table libraries are not loaded for files that do not need them."""
    assert not loaded("import bpsim; bpsim.scenario('as-is.yaml')", folder) & {"pandas", "matplotlib", "rich", "typer"}
