"""Known figures of what may happen first: timeouts over the whole stay, races, inclusive gateways."""

import math

import numpy as np

from bpsim.eventlog import COMPLETED, TIMED_OUT, EventLog
from tests.statistical.models import (
    Figures,
    Model,
    cohort,
    exponential,
    flow,
    people,
    sojourn,
    steady,
    task,
)


def overtaken(log: EventLog, warmup: int) -> Figures:
    """Give the share of the measured cases whose work was timed out, and their mean time in the process."""
    timed_out = np.zeros(len(log.cases["need"]), bool)
    timed_out[log.items["case"][log.items["status"] == TIMED_OUT]] = True
    return {"timed_out": float(timed_out[cohort(log, warmup)].mean()), **sojourn(log, warmup)}


def winners(log: EventLog, warmup: int) -> Figures:
    """Give how often the client and the timer came first, and how long that took."""
    won = np.full(len(log.cases["need"]), -1)
    done = log.items["status"] == COMPLETED
    won[log.items["case"][done]] = log.items["node"][done]
    names = [node.name for node in log.settings.nodes]
    mine = won[cohort(log, warmup)]
    return {
        "client": float((mine == names.index("answer")).mean()),
        "timer": float((mine == names.index("month")).mean()),
        **sojourn(log, warmup),
    }


def until_timeout(rate: float, service: float, patience: float) -> tuple[float, float]:
    """Give the share timed out and the mean stay of an M/M/1 queue that everybody leaves after exponential patience.

    All who are there may leave, the one being served too: a birth-death chain with death rates 1/service + n/patience.
    """
    weights = [1.0]
    while weights[-1] > 1e-16 * max(weights):
        weights.append(weights[-1] * rate / (1 / service + len(weights) / patience))
    there = math.fsum(n * weight for n, weight in enumerate(weights)) / math.fsum(weights)
    return there / patience / rate, there / rate


def events() -> list[Model]:
    """Queues and races of which the figures are known."""
    late, stay = until_timeout(0.8, 1, 5)
    impatient = {
        "departments": people(clerk=1),
        "cases": {"arrivals": exponential(1 / 0.8)},
        "flow": flow("work", work=task("clerk", exponential(1), "gone",
                                       timeout={"after": exponential(5), "next": "gone"})),
    }  # fmt: skip
    pace = 1 / 10 + 1 / 30
    race = {
        "departments": people(clerk=1),
        "cases": {"arrivals": exponential(10)},
        "flow": flow(
            "wait",
            wait={"type": "event_based", "next": ["answer", "letter", "month"]},
            answer={"performer": "client", "duration": exponential(10), "next": "gone"},
            letter={"performer": "external", "duration": exponential(30), "next": "gone"},
            month={"type": "timer", "delay": "20min", "next": "gone"},
        ),
    }
    some = {
        "departments": people(clerk=1),
        "cases": {"arrivals": exponential(10)},
        "flow": flow(
            "split",
            split={"type": "inclusive", "next": {"a": "50%", "b": "30%", "c": "else"}},
            **{
                name: {"performer": "external", "duration": exponential(mean), "next": "met"}
                for name, mean in (("a", 1), ("b", 2), ("c", 3))
            },
            met={"type": "inclusive", "next": "gone"},
        ),
    }
    both = 1 + 2 - 1 / (1 / 1 + 1 / 2)
    taken = 0.5 * 0.7 * 1 + 0.5 * 0.3 * 2 + 0.5 * 0.3 * both + 0.5 * 0.7 * 3
    survived = math.exp(-20 * pace)
    return [
        steady("M/M/1 that is left after a patience", impatient, (0.8, 60_000), overtaken,
               {"timed_out": late, "time": stay}, warmup=100),
        steady("race of three", race, (0.1, 240_000), winners,
               {"client": 0.75 * (1 - survived), "timer": survived, "time": (1 - survived) / pace}, warmup=10),
        steady("some of three branches", some, (0.1, 60_000), sojourn, {"time": taken}, warmup=10),
    ]  # fmt: skip


EVENTS = {model.name: model for model in events()}
