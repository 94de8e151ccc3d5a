"""Known figures of several processes: work that comes in threes by calls, one counter for two, joined calls."""

from bpsim.eventlog import EventLog
from bpsim.statistics import theory
from tests.statistical.models import (
    MINUTE,
    PERCENT,
    Figures,
    Model,
    Written,
    cohort,
    exponential,
    flow,
    people,
    steady,
    task,
    waits,
)


def lead_time(log: EventLog, warmup: int) -> Figures:
    """Mean time from need to end of the cases that nobody called."""
    heads = cohort(log, warmup) & (log.cases["parent"] < 0)
    return {"time": float((log.cases["ended"] - log.cases["need"])[heads].mean()) / MINUTE}


def called(work: Written) -> Written:
    """Write a process of one task that is only called."""
    return {"cases": {"entry": "called"}, "flow": flow("served", served=work)}


def calling(rate: float, work: Written, **call: object) -> Written:
    """Write a process that does nothing but call another."""
    return {
        "departments": people(clerk=1),
        "cases": {"arrivals": exponential(1 / rate)},
        "flow": flow("asked", asked={"type": "call", "process": "other", "next": "gone", **call}),
        "others": {"other": called(work)},
    }


def families() -> list[Model]:
    """Queues and joins of which the figures are known."""
    one = task("clerk", exponential(1), "gone")
    alone = task("client", exponential(1), "gone")
    beside = {
        "departments": people(clerk=1),
        "cases": {"arrivals": exponential(1 / 0.5)},
        "flow": flow("served", served=one),
        "others": {"other": {"cases": {"arrivals": exponential(1 / 0.3)}, "flow": flow("served", served=one)}},
    }
    threes, joined = calling(0.2, one, instances=3), calling(0.25, alone, instances=3)
    sequence = calling(0.25, alone, instances=3, order="sequential")
    return [
        steady("M[3]/M/1 by calls, load .6", threes, (0.2, 400_000), waits, {"wait": theory.batch_mm1(0.2, 3).waiting}),
        steady("M/M/1 of two processes, load .8", beside, (0.8, 1_300_000), waits, {"wait": theory.mm1(0.8).waiting}),
        steady("the last of three calls", joined, (0.25, 60_000), lead_time, {"time": (1 + 1 / 2 + 1 / 3, PERCENT)}),
        steady("three calls, one after another", sequence, (0.25, 60_000), lead_time, {"time": (3.0, PERCENT)}),
    ]


FAMILIES = {model.name: model for model in families()}
