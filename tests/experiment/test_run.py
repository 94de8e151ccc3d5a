"""Running: the same bytes whoever does the work, the warm-up, the stopping rule, and errors that arrive whole."""

import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from datetime import date
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest

from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.errors import LimitError, RunError
from bpsim.eventlog import EventLog
from bpsim.experiment import run as module
from bpsim.experiment.design import Looks, baseline_of, design
from bpsim.experiment.results import Results
from bpsim.experiment.run import Progress, enough, processors, run
from bpsim.measures.measured import measure
from bpsim.measures.workload import daily_work_in_progress
from bpsim.redesign.scenario import Sequential, Until, read_changes
from bpsim.statistics.intervals import mean_interval
from bpsim.statistics.steady import mser5
from tests.experiment.small import DAY, measured, pair, process, scenario
from tests.experiment.test_results import result, whole

REPOSITORY = Path(__file__).parents[2]


class Shuffled(Executor):
    """Does the work at once, and says so in any order: results are there, last one first."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self.tasks: list[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:  # noqa: ANN401
        """Put the work off until somebody waits."""
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        self.tasks.append((future, fn, args))
        if len(self.tasks) == 8:
            for waiting, work, arguments in reversed(self.tasks):
                waiting.set_result(work(*arguments))
            self.tasks.clear()
        return future


def bytes_of(results: Results, folder: Path) -> bytes:
    """Give the bytes of the file of numbers."""
    results.save(folder)
    return next(folder.glob("measures-*.npz")).read_bytes()


def test_a_run_is_the_replication_measured_after_the_warm_up() -> None:
    """By hand: compile, replicate, measure."""
    results = run(pair(), workers=1)
    plan = compile_plan(process(), start=date(2025, 1, 6), length=84 * DAY, drain=84 * DAY)
    for i in range(4):
        log = replicate(plan, seed=5, replication=i)
        assert results["as-is"].measured[i] == measure(log, warmup=7 * DAY)
        assert results["as-is"].logs[i] == log.digest()
    assert results.settings.warmup == 7 * DAY
    assert results.settings.seed == 5
    assert results["as-is"].title == "A small process"
    assert results.provenance["scenarios"]["as-is"] == process().digest()


def test_whoever_does_the_work_the_bytes_are_the_same(tmp_path: Path) -> None:
    """Serial, two processes, threads, and an executor that ends its tasks in another order."""
    serial = run(pair(), workers=1)
    expected = bytes_of(serial, tmp_path / "serial")
    with ThreadPoolExecutor(3) as threads:
        threaded = run(pair(), executor=threads)
    others = {"processes": run(pair(), workers=2), "threads": threaded, "shuffled": run(pair(), executor=Shuffled())}
    for name, results in others.items():
        assert bytes_of(results, tmp_path / name) == expected, name
        assert results.log_hash == serial.log_hash
    assert not active_children()


def test_without_processes_the_work_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no process can be started (no semaphores, say) the run goes on without."""

    def none(*_: object, **__: object) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(module, "ProcessPoolExecutor", none)
    assert run(pair(), workers=2).log_hash == run(pair(), workers=1).log_hash


def test_a_redesign_without_changes_is_bit_identical() -> None:
    """Another name, the same luck, the same log and the same measures."""
    results = run([scenario(), scenario("copy")], workers=1)
    assert results["copy"].logs == results["as-is"].logs
    assert results["copy"].measured == results["as-is"].measured


def test_one_scenario_may_be_given_alone_with_other_settings() -> None:
    """`replications` and `seed` come before the experiment's."""
    results = run(scenario(), replications=2, seed=9, workers=1)
    assert results.replications == 2
    assert results.settings.seed == 9
    plan = compile_plan(process(), start=date(2025, 1, 6), length=84 * DAY, drain=84 * DAY)
    assert results["as-is"].logs[1] == replicate(plan, seed=9, replication=1).digest()


def test_logs_are_kept_where_asked(tmp_path: Path) -> None:
    """A file for each replication, in a folder per scenario."""
    results = run(pair(), workers=1, keep_logs=tmp_path)
    files = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.npz"))
    assert files == [f"{name}/{i:05d}.npz" for name in ("as-is", "two-deciders") for i in range(4)]
    assert EventLog.load(tmp_path / "as-is" / "00003.npz").digest() == results["as-is"].logs[3]


# -- the warm-up -----------------------------------------------------------------------------------------------------


def test_the_warm_up_is_the_longest_of_all_scenarios_in_whole_weeks() -> None:
    """MSER-5 on the daily work in progress, averaged over the first replications by hand."""
    scenarios = pair(warmup="auto", length="200d")
    results = run(scenarios, workers=1, replications=3)
    lengths = []
    for each in scenarios:
        plan = compile_plan(each.resolved(), start=date(2025, 1, 6), length=200 * DAY, drain=84 * DAY)
        levels = [daily_work_in_progress(replicate(plan, seed=5, replication=i)) for i in range(3)]
        lengths.append(mser5([sum(map(float, day)) / 3 for day in zip(*levels, strict=True)]).length)
    assert all(length is not None for length in lengths)
    weeks = -(-max(length or 0 for length in lengths) // 7)
    assert results.settings.warmup == weeks * 7 * DAY
    assert results.settings.note == ""
    log = replicate(plan, seed=5, replication=2)
    assert results["two-deciders"].measured[2] == measure(log, warmup=results.settings.warmup)


def test_a_run_too_short_for_a_warm_up_has_none_and_says_so() -> None:
    """20 days are fewer than the 50 that MSER-5 needs."""
    results = run(scenario(warmup="auto", length="20d"), workers=1)
    assert results.settings.warmup == 0
    assert results.settings.note.startswith("No warm-up: 20 values are too few")
    assert results.notes()[0] == results.settings.note


def test_a_study_without_warm_up_says_so() -> None:
    """The beginning is quieter than the rest: who reads the figures must know."""
    settings = run(scenario(warmup="0d"), workers=1, replications=2).settings
    assert settings.warmup == 0
    assert settings.note == "No warm-up: the runs are measured from their empty beginning."


def test_an_overloaded_scenario_has_no_warm_up() -> None:
    """Two hours of work come every 90 minutes to one decider: the load is 4/3, and the backlog grows until the end."""
    results = run(pair(warmup="auto", length="60d", drain="1d", parts={"every": "90min"}), workers=1, replications=2)
    (role, load), *_ = results["as-is"].overloaded
    assert role == "permits.decider"
    assert load == pytest.approx(4 / 3, rel=0.05)
    assert results.settings.warmup == 0
    assert results.settings.note == "No warm-up: as-is never settles (a role gets more work than it can do)."
    assert results["as-is"].counts.open > 0


# -- how many replications -------------------------------------------------------------------------------------------


def test_looks_are_at_multiples_of_ten_and_at_the_last() -> None:
    """Worked out by hand."""
    assert Looks(10, 45, "lead_time.mean", 0.1).counts() == (10, 20, 30, 40, 45)
    assert Looks(12, 40, "lead_time.mean", 0.1).counts() == (20, 30, 40)
    assert Looks(2, 7, "lead_time.mean", 0.1).counts() == (7,)
    assert Looks(10, 30).counts() == (30,)


def by_hand(before: list[float], after: list[float]) -> Results:
    """Give results of two scenarios with these mean lead times."""
    runs = ([measured(("lead_time.mean", "ms", value, 1.0)) for value in values] for values in (before, after))
    return whole(*(result(*each, name=name) for each, name in zip(runs, ("as-is", "b"), strict=True)))


def test_it_is_enough_when_the_difference_is_known_well_enough() -> None:
    """The means vary by a third, their difference by 0.05: its half-width is 4.303 x .05 / root 3 = 0.124 of 10."""
    results = by_hand([7.0, 10.0, 13.0], [6.0, 9.05, 11.95])
    half = mean_interval([-1.0, -0.95, -1.05]).half_width
    assert half == pytest.approx(0.1242, abs=1e-4)
    assert enough(results, Looks(2, 9, "lead_time.mean", 0.0125), "as-is")
    assert not enough(results, Looks(2, 9, "lead_time.mean", 0.0124), "as-is")
    alone = whole(results["as-is"])
    assert not enough(alone, Looks(2, 9, "lead_time.mean", 0.1), "as-is")
    assert enough(alone, Looks(2, 9, "lead_time.mean", 0.75), "as-is")
    assert enough(results, Looks(2, 9), "as-is")


def test_what_does_not_exist_is_never_precise_enough() -> None:
    """A quantile is missing in one replication."""
    runs = [measured(("lead_time.p90", "ms", 5.0, 1.0)), measured(("lead_time.mean", "ms", 5.0, 1.0))]
    assert not enough(whole(result(*runs)), Looks(2, 9, "lead_time.p90", 0.5), "as-is")


def test_waiting_for_no_measure_is_refused() -> None:
    """A slip of the pen in `until` has its suggestion; what only the redesign lacks never is precise enough."""
    results = by_hand([7.0, 10.0, 13.0], [6.0, 9.05, 11.95])
    with pytest.raises(RunError, match=r"as-is has no measure lead_time.maen .*Did you mean 'lead_time.mean'"):
        enough(results, Looks(2, 9, "lead_time.maen", 0.1), "as-is")
    without = whole(results["as-is"], result(*[measured(("x", "", 1.0, 1.0))] * 3, name="b"))
    assert not enough(without, Looks(2, 9, "lead_time.mean", 10.0), "as-is")


def test_replications_go_on_until_it_is_precise_or_the_most_is_reached() -> None:
    """The number at which it stops is the first look that is precise, by hand from a longer run."""
    settings = {"length": "28d", "drain": "28d", "warmup": "0d"}
    everything = run(pair(**settings), workers=1, replications=40)
    until = Until(measure="lead_time.mean", half_width=0.03)
    found = run(pair(**settings), workers=1, replications=Sequential(at_least=10, until=until, at_most=40))
    before, after = (everything[name].values("lead_time.mean") for name in everything)
    precise = [
        n
        for n in (10, 20, 30, 40)
        if mean_interval([b - a for a, b in zip(before[:n], after[:n], strict=True)]).half_width
        <= 0.03 * sum(before[:n]) / n
    ]
    assert found.replications == (precise[0] if precise else 40)
    assert found["as-is"].logs == everything["as-is"].logs[: found.replications]
    loose = Sequential(at_least=2, until=Until(measure="lead_time.mean", half_width=1), at_most=40)
    assert run(pair(**settings), workers=1, replications=loose).replications == 10


# -- what is not comparable, and what goes wrong ---------------------------------------------------------------------


def test_the_baseline_is_the_one_named_or_as_is_or_the_first() -> None:
    """In this order."""
    assert baseline_of(["a", "as-is", "b"]) == "as-is"
    assert baseline_of(["a", "b"]) == "a"
    assert baseline_of(["a", "as-is", "b"], "b") == "b"
    with pytest.raises(RunError, match=r"BP723 error: no scenario is called 'c'. There are: a, b"):
        baseline_of(["a", "b"], "c")


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"start": date(2025, 1, 13)}, "start"),
        ({"length": "85d"}, "length"),
        ({"drain": "1d"}, "drain"),
        ({"seed": 6}, "seed"),
    ],
)
def test_scenarios_of_other_experiments_are_not_comparable(settings: dict[str, Any], name: str) -> None:
    """Start, length, drain and seed must be the same."""
    with pytest.raises(RunError, match=f"'as-is' and 'b' are not comparable: their experiments differ in {name}"):
        design([scenario(), scenario("b", **settings)])


def test_a_seed_given_serves_all() -> None:
    """Then the experiments' own do not matter."""
    assert design([scenario(), scenario("b", seed=6)], seed=7).settings.seed == 7


def test_names_must_differ_and_there_must_be_one() -> None:
    """Results are found by name."""
    with pytest.raises(RunError, match="BP721 error: two scenarios are called 'as-is'"):
        run([scenario(), scenario()])
    with pytest.raises(ValueError, match="no scenario"):
        run([])
    with pytest.raises(ValueError, match="at least one replication, not 0"):
        run(scenario(), replications=0)
    with pytest.raises(ValueError, match="at least one worker, not 0"):
        run(scenario(), workers=0)


def failing_plan(task: module.Task) -> dict[str, Any]:
    """Stand in for a run that stops in every replication from the third on, sooner in later ones."""
    if task.key.replication >= 2:
        time.sleep(0.3 / task.key.replication)
        raise LimitError("BP722", f"replication {task.key.replication}", "Less.")
    return ORIGINAL(task)


ORIGINAL = module.carry_out


@pytest.mark.parametrize("threads", [0, 1, 4])
def test_the_error_of_the_earliest_replication_is_reported(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    """Whoever is faster: replication 2 fails last in time, and is the one reported."""
    monkeypatch.setattr(module, "carry_out", failing_plan)
    with ThreadPoolExecutor(threads or 1) as pool, pytest.raises(LimitError, match="replication 2") as caught:
        run(scenario(), replications=6, workers=1, executor=pool if threads else None)
    assert caught.value.hint == "Less."


def test_an_error_from_a_process_names_scenario_and_replication(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is raised in the worker, travels whole, and leaves no process behind."""
    monkeypatch.setattr("bpsim.engine.replication.MOST_OPEN", 0)
    with pytest.raises(LimitError, match=r"as-is, replication 0: more than 0 cases are open") as caught:
        run(scenario(), workers=1)
    assert caught.value.code == "BP711"
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - made above
    assert (again.code, again.what, again.hint) == (caught.value.code, caught.value.what, caught.value.hint)


def test_progress_counts_what_is_done() -> None:
    """From nothing to everything, never backwards; the total grows when the warm-up is found."""
    seen: list[Progress] = []
    run(pair(warmup="auto", length="60d"), workers=1, replications=3, progress=seen.append)
    assert seen[0] == Progress(0, 6)
    assert Progress(6, 12) in seen
    assert seen[-1] == Progress(12, 12)
    assert [each.done for each in seen] == sorted(each.done for each in seen)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_ends_the_workers_at_once() -> None:
    """Ctrl-C in the main process, in the middle of long runs: the workers are gone when the exception arrives."""
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))

    def begin(progress: Progress) -> None:
        assert progress.done == 0, "the runs are too short for this test"
        timer.start()

    try:
        with pytest.raises(KeyboardInterrupt):
            run(scenario(length="100 years"), workers=2, replications=3, progress=begin)
    finally:
        timer.cancel()
    assert not active_children()


@pytest.mark.parametrize("pause", [0.0, 0.5])
def test_a_killed_worker_is_said_plainly(monkeypatch: pytest.MonkeyPatch, pause: float) -> None:
    """No traceback of the pool: a RunError with a way out, and no waiting for a worker that began too late to be ended.

    With a pause the first worker is idle before another task comes, so that the pool of itself would begin no other.
    """

    class Slow(ProcessPoolExecutor):
        def submit(self, *task: Any, **given: Any) -> Future[Any]:  # noqa: ANN401 - as that of the pool
            future = super().submit(*task, **given)
            time.sleep(pause)
            return future

    monkeypatch.setattr(module, "ProcessPoolExecutor", Slow)

    def kill(progress: Progress) -> None:
        if progress.done == 0:
            children = active_children()
            assert len(children) == 2
            for child in children:
                child.kill()

    with pytest.raises(RunError, match="BP725 error: a worker process was killed"):
        run(scenario(length="5 years"), workers=2, replications=4, progress=kill)


def test_processors_are_counted() -> None:
    """At least one, at most all."""
    assert 1 <= processors() <= (os.cpu_count() or 1)


SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
from bpsim.experiment.run import run
from tests.experiment.small import pair
print(run(pair(), workers=int(sys.argv[2])).log_hash)
"""
NEEDED = "import holidays, networkx, numpy, pydantic, scipy, simpy, yaml"


def hash_by(python: str, folder: Path, *, workers: int, **environment: str) -> str:
    """Give the hash of the small study by another interpreter; its script has no guard and is run once all the same."""
    script = folder / "study.py"
    script.write_text(SCRIPT)
    command = [python, str(script), str(REPOSITORY), str(workers)]
    done = subprocess.run(  # noqa: S603 - our own script
        command, env=os.environ | environment, cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.strip()


def test_another_hash_seed_changes_nothing(tmp_path: Path) -> None:
    """A fresh interpreter with another PYTHONHASHSEED gives the same hash, with one worker and with two."""
    expected = run(pair(), workers=1).log_hash
    assert hash_by(sys.executable, tmp_path, workers=1, PYTHONHASHSEED="4711") == expected
    assert hash_by(sys.executable, tmp_path, workers=2, PYTHONHASHSEED="0") == expected


def other_python() -> str | None:
    """Find another version of Python that has what bpsim needs: named by BPSIM_OTHER_PYTHON, or on the path."""
    mine = f"python{sys.version_info.major}.{sys.version_info.minor}"
    names = [os.environ.get("BPSIM_OTHER_PYTHON", ""), *(f"python3.{minor}" for minor in range(11, 20))]
    for name in names:
        found = shutil.which(name) if name and name != mine else None
        if found and subprocess.run([found, "-c", NEEDED], capture_output=True, check=False).returncode == 0:  # noqa: S603
            return found
    return None


def test_another_version_of_python_gives_the_same_bytes(tmp_path: Path) -> None:
    """Where there is one."""
    python = other_python()
    if python is None:
        pytest.skip("no other Python here has the libraries (name one by BPSIM_OTHER_PYTHON)")
    assert hash_by(python, tmp_path, workers=2) == run(pair(), workers=1).log_hash


def test_a_run_that_would_be_too_large_is_not_begun() -> None:
    """Ten cases a second in 40 hours a week for 52 weeks, each with two tasks: 2 x 74,880,000 work items."""
    with pytest.raises(LimitError) as caught:
        run(scenario(parts={"every": "0.1s"}, length="364d"), workers=1)
    assert caught.value.code == "BP709"
    expected = "a run would make about 149,760,000 work items in 74,880,000 cases; the limit is 50,000,000"
    assert caught.value.what == expected


def test_a_free_change_is_called_so() -> None:
    """What only sets a number or a setting rests on nothing else, and is listed as what it is."""
    made = scenario().change(
        *read_changes(
            [
                {"set": {"flow.decide.contact": "out"}},
                {"tune": {"flow.decide.duration": "1h"}},
                {"staff": {"role": "desk.clerk", "add": 1}},
            ]
        )
    )
    assert [ground["text"] for ground in design([made]).arms[0].grounds] == [
        "free change: flow.decide.contact becomes out",
        "free change: flow.decide.duration becomes 1h",
        "desk.clerk has 1 person more",
    ]
