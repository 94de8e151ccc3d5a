"""How busy people are: utilisation, queues, work in progress, and the laws of staffing."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bpsim.eventlog import NONE, EventLog
from bpsim.measures.waiting import LawError, Ledger, Steps, Times, openings, steps

DAY = 86_400_000
Entry = tuple[str, str, str, float, float]


def check(log: EventLog) -> None:
    """Hold the laws: nobody works on two items at once, and all stamps are in order. LawError when one does not hold."""
    services = Ledger(log).services
    order = np.lexsort((services.started, services.person))
    person, started, completed = services.person[order], services.started[order], services.completed[order]
    both = (person[1:] == person[:-1]) & (started[1:] < completed[:-1])
    if both.any():
        who = int(person[1:][both][0])
        message = f"person {who} works on two items at once"
        raise LawError(message)
    stamps = [
        log.items[name].astype(np.int64) for name in ("created", "transferred", "released", "started", "completed")
    ]
    for early, late in zip(stamps[:-1], stamps[1:], strict=True):
        if ((late != NONE) & ((early > late) | (early == NONE))).any():
            message = "an item's stamps are out of order"
            raise LawError(message)


def over_time(log: EventLog, start: int, end: int) -> Iterator[Entry]:
    """Give utilisation, queue length and fairness of every role, and the work in progress, over [start, end)."""
    services = Ledger(log).services
    window = (np.array([start]), np.array([end]))
    span = float(end - start)
    for role in log.settings.roles:
        if not role.staff:
            continue
        opening = openings(log, role.calendar)
        first, last = role.first_person, role.first_person + role.staff
        mine = (services.person >= first) & (services.person < last)
        low, high = np.clip(services.started[mine], start, end), np.clip(services.completed[mine], start, end)
        busy = opening.between(low, high)
        scheduled = role.staff * float(opening.between(*window)[0])
        group = f"role={role.name}"
        yield "utilisation", group, "share", float(busy.sum()), scheduled
        each = np.bincount(services.person[mine] - first, weights=busy, minlength=role.staff)
        yield "workload_gini", group, "share", gini(each), 1.0
    for rank, node in enumerate(log.settings.nodes):
        if node.kind in {"people", "machine"}:
            yield "queue.mean", f"task={node.name}", "items", _queue(log, rank, start, end), span
    work = in_progress(log)
    yield "work_in_progress.mean", "", "cases", float(work.between(*window)[0]), span
    levels = _level_at(work, np.array([start, end]))
    yield "backlog_drift", "", "cases/day", float(levels[1] - levels[0]), span / DAY


def _queue(log: EventLog, rank: int, start: int, end: int) -> float:
    """Integrate the number of released items that wait for somebody."""
    rows = np.flatnonzero((log.items["node"] == rank) & (log.items["released"] != NONE))
    begun = log.items["started"][rows].astype(np.int64)
    low = np.clip(log.items["released"][rows].astype(np.int64), start, end)
    high = np.clip(np.where(begun == NONE, log.settings.stopped, begun), start, end)
    return float((high - low).sum())


def in_progress(log: EventLog) -> Steps:
    """Give the number of open cases as a function of time."""
    ended = log.cases["ended"]
    return steps([(log.cases["need"], 1), (ended[ended != NONE], -1)], log.settings.stopped)


def daily_work_in_progress(log: EventLog) -> NDArray[np.int64]:
    """Give the number of open cases at the end of each day of the run, for the warm-up."""
    days = np.arange(1, log.settings.length // DAY + 1, dtype=np.int64) * DAY - 1
    return _level_at(in_progress(log), days)


def _level_at(function: Steps, times: Times) -> NDArray[np.int64]:
    i = np.searchsorted(function.times, times, side="right") - 1
    return np.where(i < 0, 0, function.values[i])


def gini(values: NDArray[np.float64]) -> float:
    """Give Gini's coefficient: 0 when all have the same, near 1 when one has everything."""
    total, count = float(values.sum()), len(values)
    if not total:
        return 0.0
    ranked = np.sort(values)
    return float((2 * np.arange(1, count + 1) - count - 1) @ ranked / (count * total))
