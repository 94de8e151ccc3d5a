"""What stands out in a result: the bottleneck, the longest wait and the biggest interface between departments."""

import math
from collections import Counter
from dataclasses import dataclass

from bpsim.experiment.results import ScenarioResult
from bpsim.statistics.intervals import Interval

#: Causes of a ledger cell that are not waiting for the authority.
NO_WAITING = ("client", "setup", "processing")


@dataclass(frozen=True, slots=True)
class Wait:
    """Where cases wait longest: milliseconds per finished case before a task, and the cause with most of it."""

    task: str
    milliseconds: float
    cause: str


@dataclass(frozen=True, slots=True)
class Interface:
    """A pair of departments with its handoffs per case; `wait` is the mean waiting (ms) of one of them."""

    origin: str
    target: str
    handoffs: Interval
    wait: float


def bottleneck(result: ScenarioResult) -> tuple[str, Interval] | None:
    """Name the role that is busiest of all, with its utilisation; None when no people work."""
    roles = [group for measure, group in result.measures() if measure == "utilisation" and "," not in group]
    shares = {group.removeprefix("role="): result.interval("utilisation", group) for group in roles}
    known = {role: share for role, share in shares.items() if math.isfinite(share.mean)}
    return max(known.items(), key=lambda found: (found[1].mean, found[0])) if known else None


def longest_wait(result: ScenarioResult) -> Wait | None:
    """Name the task before which cases wait longest; None when nobody waits or no case was finished."""
    waits: dict[str, Counter[str]] = {}
    for measured in result.measured:
        for task, causes in measured.tasks.items():
            found = waits.setdefault(task, Counter())
            found.update({cause: time for cause, time in causes.items() if cause not in NO_WAITING})
    finished = sum(measured.counts.finished for measured in result.measured)
    task = max(waits, key=lambda name: (waits[name].total(), name), default="")
    if not task or not finished or not waits[task].total():
        return None
    (cause, _), *_ = waits[task].most_common(1)
    return Wait(task, waits[task].total() / finished, cause)


def biggest_interface(result: ScenarioResult) -> Interface | None:
    """Name the pair of departments between which most work is handed over; None when there is none."""
    found = []
    for measure, group in result.measures():
        if measure == "handoffs.mean" and group.startswith("boundary="):
            origin, _, target = group.removeprefix("boundary=").partition(" -> ")
            wait = result.interval("waiting_time.mean", group).mean
            found.append(Interface(origin, target, result.interval(measure, group), wait))
    return max(found, key=lambda each: (each.handoffs.mean, each.origin, each.target), default=None)
