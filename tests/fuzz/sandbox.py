"""Tries documents one by one, each in a process of its own with little memory and little time.

    python -m tests.fuzz.sandbox < REQUESTS        (a JSON list of [file, text] a line; a JSON verdict a line)

A verdict is ["ok", what was found] or ["fault", what went wrong]. The parent imports everything once and forks.
"""

import json
import os
import re
import resource
import signal
import sys
import traceback
import warnings
from datetime import date
from pathlib import Path

import bpsim.engine.replication as engine
from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.errors import CODES, BpsimError, ModelError, Problem, RunError
from bpsim.measures.measured import measure
from bpsim.model.process import Process
from bpsim.reading.load import check_file, load
from bpsim.redesign.scenario import Scenario

MEMORY = 512 * 2**20
SECONDS = 10
DAY = 86_400_000
START = date(2025, 1, 6)
_FORM = re.compile(r"[^:]+:\d+:\d+: BP\d{3} (error|warning|limit): ", re.DOTALL)
#: An engine that may do this much at most: a giant that is legal has to be stopped by the engine's own limits.
engine.MOST_ITEMS = 60_000
engine.MOST_OPEN = 20_000
engine.AT_ONCE = 20_000


def attempt(path: Path) -> str:
    """Check a file and, where nothing speaks against it, run it for a week; say what came of it."""
    problems = check_file(path)
    told = path.read_bytes().decode(errors="replace").count("\n") + 2
    for problem in problems:
        _look_at(problem, told)
    errors = [problem.code for problem in problems if problem.severity != "warning"]
    if errors:
        return f"refused: {errors[0]}"
    try:
        found = load(path)
    except ModelError as error:  # a file that others share is in order, but cannot be run
        assert [problem.code for problem in error.problems] == ["BP114"], error  # noqa: PT017 - in a process of its own
        return "refused: BP114"
    process = found.resolved() if isinstance(found, Scenario) else found
    assert isinstance(process, Process)
    plan = compile_plan(process, start=START, length=7 * DAY, drain=7 * DAY)
    try:
        log = replicate(plan, seed=1, replication=1)
    except RunError as error:
        return f"stopped: {error.code}" if error.code in CODES else f"no such code: {error.code}"
    measure(log)
    return "ran"


def _look_at(problem: Problem, lines: int) -> None:
    """Hold the form of a diagnostic."""
    text = str(problem)
    assert _FORM.match(text), f"no form of a diagnostic: {text}"
    assert problem.code in CODES, text
    assert 1 <= problem.line <= lines, f"no such line: {text}"
    assert problem.column >= 1, text
    assert len(text) < 2000, f"a diagnostic of {len(text)} letters: {text[:300]}"


def confined(file: str, text: str) -> list[str]:
    """Try one document in a child; the file is written where its neighbours are."""
    path = Path(file)
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        os.write(writing, json.dumps(_verdict(path)).encode()[-4000:])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    path.unlink()
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        return ["fault", f"took longer than {SECONDS} s" if name in {"SIGALRM", "SIGPROF"} else f"ended by {name}"]
    return json.loads(said) if said else ["fault", f"ended with {status}"]


def _verdict(path: Path) -> list[str]:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.setitimer(signal.ITIMER_PROF, SECONDS)  # of work: whoever else is busy does not count
    signal.alarm(6 * SECONDS)
    try:
        return ["ok", attempt(path)]
    except BpsimError as error:
        return ["fault", f"{type(error).__name__}: {error}"]
    except BaseException:  # noqa: BLE001 - whatever it is, it is a fault
        return ["fault", traceback.format_exc(limit=-6)]


def main() -> None:
    """Answer line by line; a warning of numpy is a fault too: no figure comes of an overflow."""
    warnings.simplefilter("error")
    for line in sys.stdin:
        sys.stdout.write(json.dumps(confined(*json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
