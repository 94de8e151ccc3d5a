"""What the language cannot say, at the engine's parts: a queue limit, and a server who is away while nobody waits.

A closed population it can say: machines are cases that go round for so long that none leaves while they are watched.
"""

import numpy as np

from bpsim.engine.clock import AVAILABLE, DISPATCH, Signal
from bpsim.engine.draws import Case
from bpsim.engine.replication import Replication
from bpsim.engine.staffing import SimplePool
from bpsim.eventlog import EventLog
from bpsim.statistics import theory
from tests.statistical.models import (
    MINUTE,
    PERCENT,
    Figures,
    Model,
    cohort,
    exponential,
    flow,
    people,
    queue,
    spans,
    steady,
    task,
    waits,
)

#: After the dispatch of an instant.
LATEST = DISPATCH + 1


# -- M/M/2/5 -----------------------------------------------------------------------------------------------------------


class Gate:
    """Lets a case into the task `served` while fewer than so many are there; the others end at `lost`."""

    def __init__(self, capacity: int) -> None:
        """Let so many in."""
        self.capacity = capacity

    def __call__(self, run: Replication) -> None:
        """Stand before the task, and count who leaves it."""
        rank = {node.name: place for place, node in enumerate(run.plan.nodes)}
        enter, inside = run.nodes.enter, [0]
        serve, leave, lost = (enter[rank[name]] for name in ("served", "gone", "lost"))

        def come(case: Case, pred: int, origin: int, now: int) -> None:
            if inside[0] >= self.capacity:
                lost(case, pred, origin, now)
            else:
                inside[0] += 1
                serve(case, pred, origin, now)

        def go(case: Case, pred: int, origin: int, now: int) -> None:
            inside[0] -= 1
            leave(case, pred, origin, now)

        enter[rank["gone"]] = go
        run.courses[0]._enter = come


def blocked(log: EventLog, warmup: int) -> Figures:
    """The share of cases that are turned away, and the mean number at the station."""
    chosen = cohort(log, warmup)
    lost = log.cases["outcome"][chosen] == log.settings.outcomes.index("lost")
    there = spans(log, warmup, "created", "completed")
    return {"lost": float(lost.mean()), "number": float(there.sum()) / ((log.settings.length - warmup) / MINUTE)}


def limited() -> Model:
    """Two servers, room for five."""
    station = theory.mmck(2.5, 2, 5)
    process = queue(2.5, 2, exponential(1))
    process["flow"]["full"] = {"type": "exclusive", "next": {"served": "50%", "lost": "50%"}}
    process["flow"]["came"]["next"] = "full"
    process["flow"]["lost"] = {"type": "end"}
    exact = {"lost": (station.p_lost, PERCENT), "number": (station.number, PERCENT)}
    made = steady("M/M/2/5, load 1.25", process, (2.5, 400_000), blocked, exact)
    return Model(made.name, made.process, made.warmup, made.length, made.replications, made.read, made.exact, Gate(5))


# -- machine repair ----------------------------------------------------------------------------------------------------


def repaired(log: EventLog, warmup: int) -> Figures:
    """The mean number of machines that are down, and the mean wait for a repair."""
    down = log.items["node"] == next(i for i, node in enumerate(log.settings.nodes) if node.name == "repair")
    created, started, completed = (log.items[key][down].astype(np.int64) for key in ("created", "started", "completed"))
    chosen = (created >= warmup) & (created < log.settings.length)
    assert (completed[chosen] >= 0).all()
    assert (log.cases["ended"] > log.settings.length).all()
    within = np.clip(completed, warmup, log.settings.length) - np.clip(created, warmup, log.settings.length)
    return {
        "down": float(within.sum()) / (log.settings.length - warmup),
        "wait": float((started - created)[chosen].mean()) / MINUTE,
    }


def machines() -> Model:
    """Six machines that run for 20 minutes on average; one repairer needs 2."""
    station = theory.machine_repair(6, 1 / 20, 1 / 2)
    process = {
        "departments": people(clerk=1),
        "cases": {"arrivals": {"times": ["0min"] * 6}},
        "flow": flow(
            "again",
            again={"type": "exclusive", "next": "runs"},
            runs={"type": "timer", "delay": exponential(20), "next": "repair"},
            repair=task("clerk", exponential(2), "scrapped"),
            scrapped={"type": "exclusive", "next": {"again": "visits(repair) < 980", "gone": "else"}},
        ),
    }
    exact = {"down": (station.number, PERCENT), "wait": (station.waiting, PERCENT)}
    # 980 rounds of 23 minutes take 22,800 minutes, give or take 700: after 18,000 no machine has left
    return Model("machine repair, 6 machines", process, 1000 * MINUTE, 17_000 * MINUTE, 40, repaired, exact)


# -- exhaustive vacations ----------------------------------------------------------------------------------------------


class Vacations:
    """The one server leaves when nobody waits, again and again until somebody does."""

    def __init__(self, minutes: int) -> None:
        """Be away for so long at a time."""
        self.length = minutes * MINUTE

    def __call__(self, run: Replication) -> None:
        """Begin the first vacation at 0, and look after each service whether anybody waits."""
        (pool,) = run.pools
        assert isinstance(pool, SimplePool)
        clock, enter = run.clock, run.nodes.enter
        rank = next(place for place, node in enumerate(run.plan.nodes) if node.name == "gone")
        leave = enter[rank]

        def look(_: Signal) -> None:
            if pool.idle and not pool.line:
                pool.idle.popleft()
                clock.push(clock.now + self.length, AVAILABLE, 0, Signal(back))

        def back(_: Signal) -> None:
            if pool.line:
                pool.free(0, clock.now)
            else:
                clock.push(clock.now + self.length, AVAILABLE, 0, Signal(back))

        def go(case: Case, pred: int, origin: int, now: int) -> None:
            clock.push(now, LATEST, 0, Signal(look))
            leave(case, pred, origin, now)

        enter[rank] = go
        clock.push(0, LATEST, 0, Signal(look))


def vacations() -> Model:
    """M/M/1 at load .5 whose server is away for five minutes at a time while nobody waits."""
    station = theory.vacation_mg1(0.5, 5)
    made = steady("M/M/1, load .5, vacations", queue(0.5, 1, exponential(1)), (0.5, 200_000), waits,
                  {"wait": station.waiting})  # fmt: skip
    return Model(
        made.name, made.process, made.warmup, made.length, made.replications, made.read, made.exact, Vacations(5)
    )


LIMITS = {model.name: model for model in (limited(), machines(), vacations())}
