"""How busy people are: utilisation, queues, work in progress."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bpsim.eventlog import CALLED, NONE, VACANT, EventLog
from bpsim.measures.steps import Steps, Times, ordered, product, steps, total
from bpsim.measures.waiting import Ledger

HOUR, DAY = 3_600_000, 86_400_000
Entry = tuple[str, str, str, float, float]


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
    names = log.settings.processes if len(log.settings.processes) > 1 else ()
    for group, process in (("", 0), *((f"process={name}", i) for i, name in enumerate(names))):
        work = in_progress(log, process, called=bool(group))
        yield "work_in_progress.mean", group, "cases", _integral(work, start, end), float(end - start)
        levels = work.at(np.array([start, end]))
        yield "backlog_drift", group, "cases/day", float(levels[1] - levels[0]), (end - start) / DAY


class _Queues:
    """The items that have been released, by task."""

    def __init__(self, log: EventLog) -> None:
        """Put them in the order of their tasks."""
        node, released, self._stopped = log.items["node"], log.items["released"], log.settings.stopped
        rows = np.flatnonzero(released != NONE)
        rows = rows[np.argsort(node[rows], kind="stable")]
        self._borders = np.searchsorted(node[rows], np.arange(len(log.settings.nodes) + 1))
        begun, over = (log.items[name][rows].astype(np.int64) for name in ("started", "completed"))
        left = np.where(begun == NONE, over, begun)
        self._from, self._to = released[rows].astype(np.int64), np.where(left == NONE, self._stopped, left)

    def waiting(self, ranks: list[int]) -> Steps:
        """Give the number of items of some tasks that wait for somebody, as a function of time."""
        tasks = [slice(self._borders[rank], self._borders[rank + 1]) for rank in ranks]
        changes = [(self._from[task], 1) for task in tasks] + [(self._to[task], -1) for task in tasks]
        return steps(changes, self._stopped)


def _role(ledger: Ledger, queues: _Queues, number: int, *, start: int, end: int) -> Iterator[Entry]:
    """Give the share of its time for the process that a role works, by hour too, and how evenly work is shared."""
    log, role, presence = ledger.log, ledger.log.settings.roles[number], ledger.presence
    group, stopped = f"role={role.name}", log.settings.stopped
    people = np.arange(role.first_person, role.first_person + role.staff)
    work = _Work.of(ledger, people, start, end, late=role.overtime)
    there = presence.count(people, away=True, busy=False)
    yield "utilisation", group, "share", float(work.each.sum()), _integral(there, start, end)
    yield "workload_gini", group, "share", gini(work.each), 1.0
    yield "capacity", group, "share", _integral(there, start, end), _integral(presence.hours(people), start, end)
    busy, scheduled = _by_hour(work.on_shift, start, end), _by_hour(there, start, end)
    for hour in np.flatnonzero(scheduled).tolist():
        yield "utilisation", f"{group},hour={hour}", "share", float(busy[hour]), float(scheduled[hour])
    free = presence.count(people, away=True, busy=True)
    queue = queues.waiting([rank for rank, node in enumerate(log.settings.nodes) if number in node.eligible])
    idle = product(free.positive(), queue.positive(), stopped)
    on_shift = presence.count(people, away=False, busy=False).positive()
    yield "idle_while_queue", group, "share", _integral(idle, start, end), _integral(on_shift, start, end)
    if role.overtime:
        days = (end - start) / DAY
        yield "overtime", group, "hours/day", _integral(work.beyond, start, end) / HOUR, days
        for hour, time in enumerate(_by_hour(work.beyond, start, end).tolist()):
            yield from [("overtime", f"{group},hour={hour}", "hours/day", time / HOUR, days)] if time else []
    if any(node.together and number in node.eligible for node in log.settings.nodes):
        mine = log.reserved["person"]
        mine = (mine >= role.first_person) & (mine < role.first_person + role.staff)
        held = steps([(log.reserved["start"][mine], 1), (log.reserved["end"][mine], -1)], stopped)
        yield "held", group, "share", _integral(held, start, end), _integral(there, start, end)


def vacancies(log: EventLog, start: int, end: int) -> Iterator[Entry]:
    """Give how long the posts of a role that fell vacant in [start, end) were vacant, of those that were filled."""
    duties = log.duties
    for role in log.settings.roles:
        if role.leaving:
            mine = (duties["person"] >= role.first_person) & (duties["person"] < role.first_person + role.staff)
            mine &= (duties["kind"] == VACANT) & (duties["start"] >= max(start, 1)) & (duties["start"] < end)
            mine &= duties["end"] < log.settings.stopped
            lasted = (duties["end"] - duties["start"])[mine]
            yield "time_to_fill.mean", f"role={role.name}", "ms", float(lasted.sum()), float(len(lasted))


@dataclass(frozen=True, slots=True)
class _Work:
    """How many of some people are at work on shift, and beyond their hours; the working time on shift of each."""

    each: Times
    on_shift: Steps
    beyond: Steps

    @classmethod
    def of(cls, ledger: Ledger, people: Times, start: int, end: int, *, late: bool) -> "_Work":
        """Look at what people did in [start, end); `late`: they may work beyond their hours."""
        presence, stopped = ledger.presence, ledger.log.settings.stopped
        services = ledger.services.of_people(people)
        calendars = presence.calendars[services.person]
        each = np.zeros(len(people), np.int64)
        inside, outside = [], []
        for calendar in np.unique(presence.calendars[people]).tolist():
            mine, opening = calendars == calendar, presence.opening(calendar)
            begun, done = services.started[mine], services.completed[mine]
            worked = opening.between(np.clip(begun, start, end), np.clip(done, start, end))
            np.add.at(each, services.person[mine] - people[0], worked)
            working = steps([(begun, 1), (done, -1)], stopped)
            inside.append(product(working, opening, stopped))
            if late:
                outside.append(product(working, Steps(opening.times, 1 - opening.values), stopped))
        return cls(each, total(inside, stopped), total(outside, stopped))


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


def in_progress(log: EventLog, process: int = 0, *, called: bool = False) -> Steps:
    """Give the number of open cases of a process as a function of time; `called`: with those that another called."""
    mine = log.cases["process"] == process
    if not called:
        mine &= log.cases["source"] != CALLED
    ended = log.cases["ended"][mine]
    return steps([(log.cases["need"][mine], 1), (ended[ended != NONE], -1)], log.settings.stopped)


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
