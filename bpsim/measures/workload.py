"""How busy people are: utilisation, queues, work in progress, and the laws of staffing."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bpsim.eventlog import NONE, EventLog
from bpsim.measures.staff import openings
from bpsim.measures.steps import Steps, Times, ordered, product, steps
from bpsim.measures.waiting import LawError, Ledger

HOUR, DAY = 3_600_000, 86_400_000
Entry = tuple[str, str, str, float, float]


def check(ledger: Ledger) -> None:
    """Hold the laws: nobody works on two items at once, and all stamps are in order; LawError otherwise."""
    log, services = ledger.log, ledger.services
    person, started, completed = services.person, services.started, services.completed
    both = (person[1:] == person[:-1]) & (started[1:] < completed[:-1])
    if both.any():
        who = int(person[1:][both][0])
        message = f"person {who} works on two items at once"
        raise LawError(message)
    stamps = [
        log.items[name].astype(np.int64) for name in ("created", "transferred", "released", "started", "completed")
    ]
    for early, late in pairwise(stamps):
        if ((late != NONE) & ((early > late) | (early == NONE))).any():
            message = "an item's stamps are out of order"
            raise LawError(message)


def over_time(ledger: Ledger, start: int, end: int) -> Iterator[Entry]:
    """Give utilisation, queue length and fairness of every role, and the work in progress, over [start, end)."""
    log, queues = ledger.log, _Queues(ledger.log)
    for number, role in enumerate(log.settings.roles):
        if role.staff:
            yield from _role(ledger, queues, number, start=start, end=end)
    for rank, node in enumerate(log.settings.nodes):
        if node.kind in {"people", "machine"}:
            queue = queues.waiting([rank])
            group = f"task={node.name}"
            yield "queue.mean", group, "items", _integral(queue, start, end), float(end - start)
            yield "queue.p95", group, "items", _level_quantile(queue, start, end, 0.95), 1.0
    work = in_progress(log)
    yield "work_in_progress.mean", "", "cases", _integral(work, start, end), float(end - start)
    levels = work.at(np.array([start, end]))
    yield "backlog_drift", "", "cases/day", float(levels[1] - levels[0]), (end - start) / DAY


class _Queues:
    """The items that have been released, by task."""

    def __init__(self, log: EventLog) -> None:
        """Put them in the order of their tasks."""
        node, released, self._stopped = log.items["node"], log.items["released"], log.settings.stopped
        rows = np.flatnonzero(released != NONE)
        rows = rows[np.argsort(node[rows], kind="stable")]
        self._borders = np.searchsorted(node[rows], np.arange(len(log.settings.nodes) + 1))
        begun = log.items["started"][rows].astype(np.int64)
        self._from, self._to = released[rows].astype(np.int64), np.where(begun == NONE, self._stopped, begun)

    def waiting(self, ranks: list[int]) -> Steps:
        """Give the number of items of some tasks that wait for somebody, as a function of time."""
        tasks = [slice(self._borders[rank], self._borders[rank + 1]) for rank in ranks]
        changes = [(self._from[task], 1) for task in tasks] + [(self._to[task], -1) for task in tasks]
        return steps(changes, self._stopped)


def _role(ledger: Ledger, queues: _Queues, number: int, *, start: int, end: int) -> Iterator[Entry]:
    """Give the share of its time for the process that a role works, by hour too, and how evenly work is shared."""
    log, role = ledger.log, ledger.log.settings.roles[number]
    opening, group, stopped = openings(log, role.calendar), f"role={role.name}", log.settings.stopped
    first = role.first_person
    mine = ledger.services.of_people(first, first + role.staff)
    started, completed = mine.started, mine.completed
    each = np.zeros(role.staff, np.int64)
    worked = opening.between(np.clip(started, start, end), np.clip(completed, start, end))
    np.add.at(each, mine.person - first, worked)
    away = (log.duties["person"] >= first) & (log.duties["person"] < first + role.staff)
    people = (np.zeros(1, np.int64), role.staff)
    gone = [(log.duties["start"][away], -1), (np.minimum(log.duties["end"][away], stopped), 1)]
    there = product(steps([people, *gone], stopped), opening, stopped)
    yield "utilisation", group, "share", float(each.sum()), _integral(there, start, end)
    yield "workload_gini", group, "share", gini(each), 1.0
    working = product(steps([(started, 1), (completed, -1)], stopped), opening, stopped)
    busy, scheduled = _by_hour(working, start, end), _by_hour(there, start, end)
    for hour in np.flatnonzero(scheduled).tolist():
        yield "utilisation", f"{group},hour={hour}", "share", float(busy[hour]), float(scheduled[hour])
    free = product(steps([people, *gone, (started, -1), (completed, 1)], stopped), opening, stopped)
    queue = queues.waiting([rank for rank, node in enumerate(log.settings.nodes) if number in node.eligible])
    idle = product(free.positive(), queue.positive(), stopped)
    yield "idle_while_queue", group, "share", _integral(idle, start, end), _integral(opening, start, end)


def _integral(function: Steps, start: int, end: int) -> float:
    return float(function.between(np.array([start]), np.array([end]))[0])


def _by_hour(function: Steps, start: int, end: int) -> NDArray[np.int64]:
    """Integrate over each hour of the day, all days together."""
    marks = ordered(np.array([start, end]), np.arange(-(-start // HOUR) * HOUR, end, HOUR))
    parts = np.diff(function.integral(marks))
    sums = np.zeros(24, np.int64)
    np.add.at(sums, marks[:-1] // HOUR % 24, parts)
    return sums


def _level_quantile(function: Steps, start: int, end: int, share: float) -> float:
    """Give the lowest level that is not exceeded for a share of the time."""
    inside = function.times[(function.times > start) & (function.times < end)]
    marks = np.concatenate([[start], inside, [end]])
    lasted = np.zeros(int(function.values.max()) + 1, np.int64)
    np.add.at(lasted, function.at(marks[:-1]), np.diff(marks))
    place = int(np.searchsorted(np.cumsum(lasted), share * (end - start)))
    return float(min(place, np.flatnonzero(lasted)[-1]))


def in_progress(log: EventLog) -> Steps:
    """Give the number of open cases as a function of time."""
    ended = log.cases["ended"]
    return steps([(log.cases["need"], 1), (ended[ended != NONE], -1)], log.settings.stopped)


def daily_work_in_progress(log: EventLog) -> NDArray[np.int64]:
    """Give the number of open cases at the end of each day of the run, for the warm-up."""
    days = np.arange(1, log.settings.length // DAY + 1, dtype=np.int64) * DAY - 1
    return in_progress(log).at(days)


def gini(values: Times) -> float:
    """Give Gini's coefficient: 0 when all have the same, near 1 when one has everything."""
    total, count = float(values.sum()), len(values)
    if not total:
        return 0.0
    ranked = np.sort(values)
    return float((2 * np.arange(1, count + 1) - count - 1) @ ranked / (count * total))
