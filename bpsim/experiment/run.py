"""Runs an experiment on any executor: the same bytes whoever does the work, in whatever order it is done."""

import os
import pickle
import platform
import signal
import sys
import threading
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from importlib.metadata import version
from multiprocessing import active_children, get_all_start_methods, get_context, parent_process
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from bpsim.engine.plan import Plan
from bpsim.engine.replication import replicate
from bpsim.errors import RunError, did_you_mean
from bpsim.experiment.design import Arm, Design, Looks, design
from bpsim.experiment.journal import Journal, Key, Payload
from bpsim.experiment.results import Results, ScenarioResult, Settings, as_plain, from_plain
from bpsim.measures.measured import measure
from bpsim.measures.workload import daily_work_in_progress
from bpsim.redesign.scenario import Scenario, Sequential
from bpsim.statistics.paired import differences
from bpsim.statistics.steady import longest_in_whole_weeks, mean_series, mser5, precise_enough
from bpsim.version import __version__

if TYPE_CHECKING:  # not every platform has it
    from multiprocessing.synchronize import Semaphore

DAY = 86_400_000
_LIBRARIES = ("numpy", "pydantic", "scipy", "simpy")


class Progress(NamedTuple):
    """How far an experiment is: so many of the runs that are known to be needed by now, and something to tell."""

    done: int
    total: int
    note: str = ""


Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Task:
    """One run: a pilot, of which the work in progress is wanted for the warm-up, or one that is measured.

    `plan` is empty for a worker that was given the plans when it began.
    """

    key: Key
    plan: bytes
    seed: int
    warmup: int
    log: str = ""


def run(
    scenarios: Scenario | Iterable[Scenario],
    *,
    replications: int | Sequential | None = None,
    seed: int | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Report | None = None,
    journal: str | os.PathLike[str] | None = None,
    keep_logs: str | os.PathLike[str] | None = None,
    baseline: str | None = None,
) -> Results:
    """Run scenarios with the same luck, and measure every replication.

    The experiment's settings are those of the baseline (the one named, or called as-is, or the first). `workers`: as
    many processes, by default one per processor; 1 means none. `executor`: any executor of concurrent.futures instead.
    `journal`: a folder that keeps each finished replication; with it an interrupted experiment resumes. `keep_logs`: a
    folder for the event log of every replication. The results are the same to the byte with any of these.

    RunError when the scenarios are not comparable, the journal is another's, or a run had to stop.
    """
    chosen = [scenarios] if isinstance(scenarios, Scenario) else list(scenarios)
    plan = design(chosen, replications=replications, seed=seed, baseline=baseline)
    study = _Study(plan, progress, journal, keep_logs)
    if executor is not None:
        return study.carry_out(executor)
    count = processors() if workers is None else workers
    if count < 1:
        raise ValueError(f"at least one worker, not {workers}")
    count = min(count, len(plan.arms) * plan.looks.at_most)
    if count == 1:
        return study.carry_out(None)
    plans = {arm.name: arm.plan for arm in plan.arms}
    with _processes(count, plans) as pool:
        return study.carry_out(pool, informed=pool is not None)


class _Study:
    """What is known of a design's runs so far."""

    def __init__(
        self,
        plan: Design,
        progress: Report | None,
        journal: str | os.PathLike[str] | None,
        keep_logs: str | os.PathLike[str] | None,
    ) -> None:
        self.design = plan
        self._report = progress
        self._logs = Path(keep_logs) if keep_logs is not None else None
        self._journal = Journal(Path(journal), plan) if journal is not None else None
        self._known = self._journal.read() if self._journal else {}
        self._needed: set[Key] = set()
        for note in self._journal.notes if self._journal else ():
            self._tell(note)

    def carry_out(self, executor: Executor | None, *, informed: bool = False) -> Results:
        """Find the warm-up, then run and measure until it is enough; `informed` workers know the plans."""
        self._executor, self._informed = executor, informed
        settings = self._settle()
        for count in self.design.looks.counts():
            self._run(self._measured(arm, i, settings) for i in range(count) for arm in self.design.arms)
            results = self._results(settings, count)
            if enough(results, self.design.looks, self.design.baseline):
                break
        return results

    def _settle(self) -> Settings:
        """Fix the warm-up, once for all scenarios (ruling 34)."""
        design_ = self.design
        if design_.warmup is not None:
            note = "" if design_.warmup else "No warm-up: the runs are measured from their empty beginning."
            return replace(design_.settings, warmup=design_.warmup, note=note)
        overloaded = [arm.name for arm in design_.arms if arm.overloaded]
        if overloaded:
            note = f"No warm-up: {overloaded[0]} never settles (a role gets more work than it can do)."
            return replace(design_.settings, note=note)
        counts = range(design_.looks.at_least)
        self._run(self._task("pilot", arm, i, design_.settings) for i in counts for arm in design_.arms)
        warm_ups = [
            mser5(mean_series([self._known[Key("pilot", arm.name, i)]["work_in_progress"] for i in counts]))
            for arm in design_.arms
        ]
        found = longest_in_whole_weeks(warm_ups)
        if found.length is None:
            note = f"No warm-up: {found.reason}. The runs are measured from their empty beginning."
            return replace(design_.settings, note=note)
        return replace(design_.settings, warmup=found.length * DAY)

    def _measured(self, arm: Arm, replication: int, settings: Settings) -> Task:
        log = ""
        if self._logs is not None:
            folder = self._logs / quote(arm.name, safe=" ")
            folder.mkdir(parents=True, exist_ok=True)
            log = str(folder / f"{replication:05d}.npz")
        return replace(self._task("run", arm, replication, settings), log=log)

    def _task(self, kind: str, arm: Arm, replication: int, settings: Settings) -> Task:
        plan = b"" if self._informed else arm.plan
        return Task(Key(kind, arm.name, replication), plan, settings.seed, settings.warmup)

    def _run(self, tasks: Iterable[Task]) -> None:
        """Carry out what is not known yet."""
        wanted = list(tasks)
        self._needed.update(task.key for task in wanted)
        missing = [task for task in wanted if not self._has(task)]
        for task in missing:
            self._known.pop(task.key, None)
        self._tell()
        for task, payload in carry_out_all(self._executor, missing):
            if self._journal:
                self._journal.write(task.key, payload)
            self._known[task.key] = payload
            self._tell()

    def _has(self, task: Task) -> bool:
        payload = self._known.get(task.key)
        if payload is None or (task.log and not Path(task.log).exists()):
            return False
        return task.key.kind == "pilot" or bool(payload["warmup"] == task.warmup)

    def _tell(self, note: str = "") -> None:
        if self._report:
            done = len(self._needed & self._known.keys())
            self._report(Progress(done, len(self._needed), note))

    def _results(self, settings: Settings, count: int) -> Results:
        scenarios = {}
        for arm in self.design.arms:
            payloads = [self._known[Key("run", arm.name, i)] for i in range(count)]
            scenarios[arm.name] = ScenarioResult(
                name=arm.name,
                title=arm.title,
                digest=arm.digest,
                measured=tuple(from_plain(payload["measured"]) for payload in payloads),
                logs=tuple(payload["log"] for payload in payloads),
                goals=arm.goals,
                overloaded=arm.overloaded,
                flow_lead_time=arm.flow_lead_time,
                process=arm.process,
                backlog=arm.backlog,
                changes=arm.changes,
                grounds=arm.grounds,
            )
        return Results(scenarios, settings, provenance(self.design, settings))


def enough(results: Results, looks: Looks, baseline: str) -> bool:
    """Say whether the tracked measure (of one scenario) or its difference from the baseline (of others) is precise."""
    if not looks.measure:
        return True
    known = {name for name, _ in results[baseline].measures()}
    if looks.measure not in known:
        what = f"{baseline} has no measure {looks.measure} for the number of replications to wait for"
        raise RunError("BP726", what, did_you_mean(looks.measure, known))
    reference = results[baseline].interval(looks.measure).mean
    try:
        before = results[baseline].values(looks.measure)
        if len(results) == 1:
            return precise_enough(before, reference, looks.half_width)
        others = [result.values(looks.measure) for name, result in results.items() if name != baseline]
    except (KeyError, ValueError):  # a scenario lacks it, or it does not exist in some replication
        return False
    return all(precise_enough(differences(before, after), reference, looks.half_width) for after in others)


def provenance(plan: Design, settings: Settings) -> dict[str, Any]:
    """Say where results come from; this may differ between machines, the results may not."""
    return {
        "bpsim": __version__,
        "seed": settings.seed,
        "settings": asdict(settings),
        "scenarios": {arm.name: arm.digest for arm in plan.arms},
        **here(),
    }


def here() -> dict[str, Any]:
    """Say what runs are made with here: platform, Python, libraries."""
    return {
        "platform": platform.platform(),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in _LIBRARIES},
    }


# -- the work of one run, in whatever process or thread ------------------------------------------------------------


def carry_out(task: Task) -> Payload:
    """Run once and give plain data: the daily work in progress of a pilot, or the measures and the log's digest."""
    name, replication = task.key.scenario, task.key.replication
    try:
        log = replicate(_plan(task.plan or _GIVEN[name]), seed=task.seed, replication=replication)
    except RunError as error:
        raise type(error)(error.code, f"{name}, replication {replication}: {error.what}", error.hint) from error
    if task.key.kind == "pilot":
        return {"work_in_progress": daily_work_in_progress(log).tolist()}
    if task.log:
        log.save(task.log)
    return {"warmup": task.warmup, "log": log.digest(), "measured": as_plain(measure(log, warmup=task.warmup))}


#: In a worker process: the pickled plans by scenario.
_GIVEN: dict[str, bytes] = {}


@lru_cache(maxsize=16)
def _plan(pickled: bytes) -> Plan:
    plan: Plan = pickle.loads(pickled)  # noqa: S301 - made by `design` in this very experiment
    return plan


@contextmanager
def labour(workers: int | None = None) -> Iterator[Executor | None]:
    """Give worker processes that serve several experiments one after the other; None stands for this process alone."""
    count = processors() if workers is None else workers
    if count == 1:
        yield None
        return
    with _processes(count, {}) as pool:
        yield pool


# -- executors ----------------------------------------------------------------------------------------------------


def carry_out_all(executor: Executor | None, tasks: Sequence[Task]) -> Iterator[tuple[Task, Payload]]:
    """Give each task with its result as it is done; the error of several is that of the earliest task."""
    if executor is None:
        for task in tasks:
            yield task, carry_out(task)
        return
    futures: dict[Future[Payload], Task] = {}
    try:
        for task in tasks:
            futures[executor.submit(carry_out, task)] = task
        for future in as_completed(futures):
            if future.exception() is not None:
                raise _earliest(futures)
            yield futures[future], future.result()
    finally:
        for future in futures:
            future.cancel()


def _earliest(futures: dict[Future[Payload], Task]) -> BaseException:
    """Let the tasks that are under way end, drop the others, and give the error of the earliest that failed.

    Tasks are begun in order, so everything before the one that failed first is under way or done: the same error is
    reported whoever is faster.
    """
    for future in futures:
        future.cancel()
    errors = [future.exception() for future in futures if not future.cancelled()]
    return next(error for error in errors if error is not None)


def processors() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _processes(count: int, plans: Mapping[str, bytes]) -> Iterator[Executor | None]:
    """Give worker processes, or None where there can be none; an interrupted experiment leaves none behind."""
    before, pool = set(active_children()), None
    try:
        pool = _begun(count, plans)
        if pool is None:
            _terminate(before)
        yield pool
    except BrokenProcessPool as error:
        hint = "Use fewer workers; with a journal, what is finished is kept."
        raise RunError("BP725", "a worker process was killed, perhaps for want of memory", hint) from error
    except BaseException:
        _terminate(before)
        raise
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)


def _begun(count: int, plans: Mapping[str, bytes]) -> ProcessPoolExecutor | None:
    """Begin all workers of a pool; None where that is not possible.

    One that began while the pool is giving up over a killed one would never be ended. So all begin now: the pool starts
    another for each task while nobody is idle, and nobody is before the gate opens.
    """
    method = "forkserver" if "forkserver" in get_all_start_methods() else "spawn"
    context = get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload([__name__])
    try:
        gate = context.Semaphore(0)
        pool = ProcessPoolExecutor(count, mp_context=context, initializer=_settle_in, initargs=(plans, gate))
        with _script_left_alone():
            begun = [pool.submit(os.getpid) for _ in range(count)]
            for _ in begun:
                gate.release()
            for ready in begun:
                ready.result()
    except (OSError, ImportError, NotImplementedError, BrokenProcessPool):
        return None
    return pool


def _terminate(before: Container[BaseProcess]) -> None:
    """End the children that have begun since."""
    for child in active_children():
        if child not in before:
            child.terminate()


@contextmanager
def _script_left_alone() -> Iterator[None]:
    """Let workers begin without running the user's script again: they need nothing of it, and it may have no guard."""
    main = sys.modules["__main__"]
    known: dict[str, Any] = {name: vars(main)[name] for name in ("__spec__", "__file__") if name in vars(main)}
    vars(main).update(dict.fromkeys(known))
    try:
        yield
    finally:
        vars(main).update(known)


def _settle_in(plans: Mapping[str, bytes], gate: "Semaphore") -> None:
    """Begin as a worker: keep the plans, leave Ctrl-C to the main process, and end with it, however it ends.

    Plans come this way because tasks must be small: a queue that is full when a worker is killed may never empty.
    """
    _GIVEN.update(plans)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    gate.acquire()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
