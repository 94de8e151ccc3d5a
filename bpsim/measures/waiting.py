"""Where the days go: the ledger of every work item and the account of every case, computed from the rows of a log.

Each instant of an item's life has one cause; the causes of an item add up to `completed - created`, and those of a case, along its critical path, to its lead time, to the millisecond.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bpsim.errors import BpsimError
from bpsim.eventlog import NONE, EventLog, NodeInfo, written_value

Times = NDArray[np.int64]
Marks = NDArray[np.bool_]

CAUSES = (
    "transfer",
    "client",
    "external",
    "batching",
    "unavailability",
    "other_duty",
    "affinity",
    "prioritisation",
    "contention",
    "setup",
    "processing",
)
(
    TRANSFER,
    CLIENT,
    EXTERNAL,
    BATCHING,
    UNAVAILABILITY,
    OTHER_DUTY,
    AFFINITY,
    PRIORITISATION,
    CONTENTION,
    SETUP,
    PROCESSING,
) = range(len(CAUSES))
#: Causes that are not waiting.
WORK = (SETUP, PROCESSING)
#: Names of the cells that belong to no department, after the departments.
OUTSIDE = ("client", "external", "timer", "system")


class LawError(BpsimError):
    """A conservation law does not hold: the numbers of this run must not be used."""


#: Rows that are worked on at once: larger pieces fall out of the processor's cache.
CHUNK = 65_536


class Steps:
    """A function of time that changes at `times`: from times[i] on it has the value values[i]; before that 0."""

    def __init__(self, times: Times, values: NDArray[np.int64]) -> None:
        """Keep the steps and their running integral."""
        self.times = times
        self.values = values
        lengths = np.diff(times, append=times[-1:])
        self._sum = np.concatenate([np.zeros(1, np.int64), np.cumsum(values * lengths)])[:-1]

    def integral(self, until: Times) -> Times:
        """Integrate from the beginning of time."""
        i = np.searchsorted(self.times, until, side="right") - 1
        return np.where(i < 0, 0, self._sum[i] + self.values[i] * (until - self.times[i]))

    def between(self, start: Times, end: Times) -> Times:
        """Integrate from start to end."""
        return self.integral(end) - self.integral(start)


def steps(changes: list[tuple[Times, int]], end: int) -> Steps:
    """Add up changes: each of the times adds its number from then on."""
    times = np.concatenate([at for at, _ in changes]) if changes else np.zeros(0, np.int64)
    adds = np.concatenate([np.full(len(at), by, np.int64) for at, by in changes]) if changes else times
    order = np.argsort(times, kind="stable")
    times, level = times[order], np.cumsum(adds[order])
    last = np.append(times[1:] != times[:-1], True) if len(times) else np.zeros(0, np.bool_)
    return Steps(np.append(times[last], end), np.append(level[last], 0))


def openings(log: EventLog, calendar: int) -> Steps:
    """Give 1 where a calendar is open and 0 where it is closed."""
    info = log.settings.calendars[calendar]
    opens, closes = np.array(info.opens, np.int64), np.array(info.closes, np.int64)
    return steps([(opens, 1), (closes, -1)], max(log.settings.stopped, int(closes.max(initial=0))))


@dataclass(frozen=True, slots=True)
class Services:
    """What people did: one entry for each item, or for each run of a batch that was served together or one by one."""

    person: Times
    released: Times
    started: Times
    completed: Times


class Ledger:
    """Causes of waiting and work for the rows of a log."""

    def __init__(self, log: EventLog) -> None:
        """Prepare the calendars; what people did is looked at only where a rule needs it."""
        self.log = log
        settings = log.settings
        self.stopped = settings.stopped
        self.nodes = settings.nodes
        self.cells = (*(department.name for department in settings.departments), *OUTSIDE)
        self._kinds = np.array([node.kind for node in self.nodes])
        self._person_role = settings.person_roles()
        self._open = [openings(log, role.calendar) for role in settings.roles]
        self._kept = {rank for rank, node in enumerate(self.nodes) if node.same_person_as != NONE}

    # -- the rows --------------------------------------------------------------------------------------------------

    def column(self, name: str, rows: slice) -> Times:
        """Give a column of some rows as 64-bit integers."""
        return self.log.items[name][rows].astype(np.int64)

    def chunks(self) -> Iterator[slice]:
        """Divide the rows into pieces."""
        total = len(self.log.items["case"])
        for first in range(0, total, CHUNK):
            yield slice(first, min(first + CHUNK, total))

    def parts(self, rows: slice) -> Times:
        """Give the milliseconds of each cause for some rows: an array (rows, causes). What is still open counts up to the stop."""
        node = self.log.items["node"][rows]
        kinds = self._kinds[node]
        stamps = {
            name: self.column(name, rows) for name in ("created", "transferred", "released", "started", "completed")
        }
        done = stamps["started"] != NONE
        for name in ("transferred", "released", "started", "completed"):
            stamps[name] = np.where(stamps[name] == NONE, self.stopped, stamps[name])
        parts = np.zeros((len(node), len(CAUSES)), np.int64)
        whole = stamps["completed"] - stamps["created"]
        for kind, cause in (("client", CLIENT), ("external", EXTERNAL), ("timer", EXTERNAL), ("system", PROCESSING)):
            chosen = kinds == kind
            parts[chosen, cause] = whole[chosen]
        people = (kinds == "people") | (kinds == "machine")
        parts[people, TRANSFER] = (stamps["transferred"] - stamps["created"])[people]
        parts[people, BATCHING] = (stamps["released"] - stamps["transferred"])[people]
        begun = self._run_started(rows, stamps["started"])
        parts[people, BATCHING] += (stamps["started"] - begun)[people]
        self._work(rows, people & done, stamps, parts)
        for rank in np.unique(node[people]):
            chosen = np.flatnonzero(people & (node == rank))
            self._waits(int(rank), rows, chosen, stamps["released"][chosen], begun[chosen], parts)
        return parts

    def _run_started(self, rows: slice, started: Times) -> Times:
        """For members of a run that is done one by one: when the run started; for all others: when the item did."""
        begun = started.copy()
        first, batch = self._members
        low, high = np.searchsorted(first, [rows.start, rows.stop])
        inside = first[low:high] - rows.start
        runs = self.log.batches["started"][batch[low:high]]
        runs = np.where(runs == NONE, self.stopped, runs)
        begun[inside] = np.minimum(begun[inside], runs)
        return begun

    @cached_property
    def _members(self) -> tuple[Times, Times]:
        """Row numbers of members of batches in order, and the batch of each."""
        starts = self.log.batch_starts
        batch = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        order = np.argsort(self.log.batch_rows, kind="stable")
        return self.log.batch_rows[order], batch[order]

    @cached_property
    def _setups(self) -> dict[int, int]:
        """The setup of each row that had one: all members of a run together, or the first of a run one by one."""
        found = {}
        for batch, (low, high) in enumerate(pairwise(self.log.batch_starts.tolist())):
            members = self.log.batch_rows[low:high].tolist()
            one_by_one = self.nodes[int(self.log.batches["node"][batch])].one_by_one
            setup = int(self.log.batches["setup"][batch])
            if setup:
                found.update(dict.fromkeys(members[:1] if one_by_one else members, setup))
        return found

    def _work(self, rows: slice, chosen: Marks, stamps: dict[str, Times], parts: Times) -> None:
        """Split [started, completed) into setup, processing and pauses by the calendar of the person."""
        person = self.column("person", rows)
        role = np.where(person >= 0, self._person_role[person] if len(self._person_role) else 0, NONE)
        for r, opening in enumerate(self._open):
            mine = np.flatnonzero(chosen & (role == r))
            if len(mine):
                start, end = stamps["started"][mine], stamps["completed"][mine]
                work = opening.between(start, end)
                parts[mine, PROCESSING] = work
                parts[mine, UNAVAILABILITY] += end - start - work
        for row in sorted(set(self._setups) & set(range(rows.start, rows.stop))) if self._setups else ():
            i = row - rows.start
            setup = min(self._setups[row], int(parts[i, PROCESSING]))
            parts[i, SETUP] = setup
            parts[i, PROCESSING] -= setup

    # -- waiting for people ------------------------------------------------------------------------------------------

    def _waits(self, rank: int, rows: slice, chosen: NDArray[np.intp], start: Times, end: Times, parts: Times) -> None:
        """Split the waits [start, end) of the items of a task."""
        node = self.nodes[rank]
        staff = _Staff.of(self, node)
        opened = staff.on_shift.between(start, end)
        parts[chosen, UNAVAILABILITY] += end - start - opened
        if staff.away is not None:
            duty = staff.away.between(start, end)
            parts[chosen, OTHER_DUTY] = duty
            opened = opened - duty
        if staff.overtaking:
            kept_until, kept = self._keeping(rank, rows, chosen, start)
            idle = staff.free.between(start, end)
            affinity = np.where(kept >= 0, staff.free.between(start, np.minimum(end, kept_until)), 0)
            for i in np.flatnonzero((affinity > 0) & staff.fits_matter) if staff.fits_matter else ():
                affinity[i] = staff.free_but(int(kept[i]), int(start[i]), int(min(end[i], kept_until[i])))
            parts[chosen, AFFINITY] = affinity
            parts[chosen, UNAVAILABILITY] += idle - affinity
            passed = staff.overtaken(start, end)
            parts[chosen, PRIORITISATION] = passed
            opened = opened - idle - passed
        parts[chosen, CONTENTION] = opened

    def _keeping(self, rank: int, rows: slice, chosen: NDArray[np.intp], start: Times) -> tuple[Times, Times]:
        """Until when each item is kept for a person, and for whom (-1 for nobody)."""
        nobody = np.full(len(chosen), NONE, np.int64)
        if rank not in self._kept:
            return nobody, nobody
        node = self.nodes[rank]
        latest = self._latest(node.same_person_as)
        cases = self.column("case", rows)[chosen]
        kept = nobody.copy()
        eligible = set(node.eligible)
        for i, (case, released) in enumerate(zip(cases.tolist(), start.tolist(), strict=True)):
            person = latest.before(case, released, rows.start + int(chosen[i]))
            if person >= 0 and int(self._person_role[person]) in eligible:
                kept[i] = person
        until = np.where(kept >= 0, start + self._patience(node, cases), NONE)
        return until, kept

    def _patience(self, node: NodeInfo, cases: Times) -> Times:
        """How long the items of some cases are kept for a person: a choice by an attribute that nothing changes."""
        options = dict(node.keeps_for)
        if not node.keeps_by:
            return np.full(len(cases), options[""], np.int64)
        values, which = np.unique(self.log.attributes[node.keeps_by][cases], return_inverse=True)
        patience = [options.get(written_value(value), options.get("else", 0)) for value in values.tolist()]
        return np.array(patience, np.int64)[which]

    def _latest(self, rank: int) -> "_Latest":
        if rank not in self._latest_of:
            self._latest_of[rank] = _Latest(self.log, rank)
        return self._latest_of[rank]

    @cached_property
    def _latest_of(self) -> dict[int, "_Latest"]:
        return {}

    @cached_property
    def services(self) -> Services:
        """What people worked on, by items and runs."""
        items = self.log.items
        alone = (items["person"] >= 0) & (items["started"] != NONE)
        members, _ = self._members
        alone[members] = False
        batches = self.log.batches
        runs = batches["person"] >= 0

        def both(name: str) -> Times:
            return np.concatenate([items[name][alone].astype(np.int64), batches[name][runs].astype(np.int64)])

        completed = both("completed")
        completed = np.where(completed == NONE, self.stopped, completed)
        return Services(both("person"), both("released"), both("started"), completed)


class _Latest:
    """Who completed the latest visit of a task, case by case."""

    def __init__(self, log: EventLog, rank: int) -> None:
        rows = np.flatnonzero((log.items["node"] == rank) & (log.items["completed"] != NONE))
        self._by_case: dict[int, list[tuple[int, int, int]]] = {}
        columns = (log.items[name][rows].tolist() for name in ("case", "completed", "person"))
        for row, case, completed, person in zip(rows.tolist(), *columns, strict=True):
            self._by_case.setdefault(case, []).append((completed, row, person))

    def before(self, case: int, released: int, row: int) -> int:
        """Who did it last, before an item of a row was released."""
        found = NONE
        for completed, other, person in self._by_case.get(case, ()):
            if completed < released or (completed == released and other < row):
                found = person
        return found


class _Staff:
    """The people eligible for a set of performers, as functions of time."""

    def __init__(self, ledger: Ledger, eligible: tuple[int, ...]) -> None:
        log, roles = ledger.log, ledger.log.settings.roles
        self._ledger, self._eligible = ledger, eligible
        opened = [openings(log, roles[r].calendar) for r in eligible]
        distinct = {roles[r].calendar: opening for r, opening in zip(eligible, opened, strict=True)}
        self.on_shift = _either(list(distinct.values()), ledger.stopped)
        self.fits_matter = any(roles[r].fit for r in eligible)
        queued = [node for node in log.settings.nodes if set(node.eligible) & set(eligible)]
        kept = any(node.same_person_as != NONE for node in queued)
        self.overtaking = kept or self.fits_matter or log.settings.priorities
        duties = any(roles[r].other_duties for r in eligible)
        self.away = self._all_away() if duties else None

    @staticmethod
    def of(ledger: Ledger, node: NodeInfo) -> "_Staff":
        """Give the staff of a node, made once for each set of roles."""
        cache: dict[tuple[int, ...], _Staff] = ledger.__dict__.setdefault("_staffs", {})
        key = tuple(sorted(node.eligible))
        if key not in cache:
            cache[key] = _Staff(ledger, key)
        return cache[key]

    def _level(self, role: int, *, busy: bool, without: int = NONE) -> Steps:
        """How many people of a role are on shift and not away (and, with `busy`, not at work)."""
        ledger, info = self._ledger, self._ledger.log.settings.roles[role]
        first, last = info.first_person, info.first_person + info.staff
        duties = ledger.log.duties
        mine = (duties["person"] >= first) & (duties["person"] < last) & (duties["person"] != without)
        changes = [(duties["start"][mine], -1), (np.minimum(duties["end"][mine], ledger.stopped), 1)]
        if busy:
            services = ledger.services
            mine = (services.person >= first) & (services.person < last) & (services.person != without)
            changes += [(services.started[mine], -1), (services.completed[mine], 1)]
        people = info.staff - (first <= without < last)
        here = steps([(np.zeros(1, np.int64), people), *changes], ledger.stopped)
        return _product(here, ledger._open[role], ledger.stopped)  # noqa: SLF001

    def _all_away(self) -> Steps:
        """1 when somebody eligible is on shift but all such people are away."""
        here = _total([self._level(role, busy=False) for role in self._eligible], self._ledger.stopped)
        return _combine(self.on_shift, here, self._ledger.stopped, lambda on, there: (on > 0) & (there == 0))

    @cached_property
    def free(self) -> Steps:
        """1 when somebody eligible is free."""
        free = _total([self._level(role, busy=True) for role in self._eligible], self._ledger.stopped)
        return Steps(free.times, (free.values > 0).astype(np.int64))

    def free_but(self, person: int, start: int, end: int) -> int:
        """Milliseconds in which somebody eligible other than a person is free."""
        levels = [self._level(role, busy=True, without=person) for role in self._eligible]
        free = _total(levels, self._ledger.stopped)
        marks = Steps(free.times, (free.values > 0).astype(np.int64))
        return int(marks.between(np.array([start]), np.array([end]))[0])

    @cached_property
    def _latest_release(self) -> tuple[Times, Times]:
        """From each instant on: the latest release among the items that eligible people on shift are working on, when nobody is free."""
        ledger, services = self._ledger, self._ledger.services
        roles = ledger.log.settings.roles
        changes: list[Times] = [self.free.times]
        rows: list[tuple[int, int, int]] = []
        for role in self._eligible:
            info = roles[role]
            mine = (services.person >= info.first_person) & (services.person < info.first_person + info.staff)
            opening = ledger._open[role]  # noqa: SLF001
            changes += [
                services.started[mine],
                services.completed[mine],
                opening.times[opening.times <= ledger.stopped],
            ]
            triples = zip(
                services.started[mine].tolist(),
                services.completed[mine].tolist(),
                services.released[mine].tolist(),
                strict=True,
            )
            rows += [(role, *triple) for triple in triples]  # type: ignore[misc]
        times = np.unique(np.concatenate(changes))
        latest = np.full(len(times), NONE, np.int64)
        marks = {
            role: ledger._open[role].values[np.searchsorted(ledger._open[role].times, times, side="right") - 1]
            for role in self._eligible
        }  # noqa: SLF001
        for role, started, completed, released in rows:  # type: ignore[misc]
            low, high = np.searchsorted(times, [started, completed])
            span = latest[low:high]
            np.maximum(span, np.where(marks[role][low:high] > 0, released, NONE), out=span)
        nobody = self.free.values[np.searchsorted(self.free.times, times, side="right") - 1] == 0
        return times, np.where(nobody, latest, NONE)

    def overtaken(self, start: Times, end: Times) -> Times:
        """Milliseconds of each wait in which somebody eligible works on an item released later, and nobody is free."""
        times, latest = self._latest_release
        passed = np.zeros(len(start), np.int64)
        for i, (released, until) in enumerate(zip(start.tolist(), end.tolist(), strict=True)):
            low = int(np.searchsorted(times, released, side="right")) - 1
            high = int(np.searchsorted(times, until))
            over = np.flatnonzero(latest[max(low, 0) : high] > released) + max(low, 0)
            if len(over):
                ends = np.minimum(times[np.minimum(over + 1, len(times) - 1)], until)
                passed[i] = int(np.sum(np.maximum(ends - np.maximum(times[over], released), 0)))
        return passed


def _grid(functions: list[Steps], end: int) -> Times:
    return np.unique(np.concatenate([*(function.times for function in functions), np.array([0, end])]))


def _at(function: Steps, times: Times) -> NDArray[np.int64]:
    i = np.searchsorted(function.times, times, side="right") - 1
    return np.where(i < 0, 0, function.values[i])


def _total(functions: list[Steps], end: int) -> Steps:
    times = _grid(functions, end)
    return Steps(times, sum((_at(function, times) for function in functions), np.zeros(len(times), np.int64)))


def _either(functions: list[Steps], end: int) -> Steps:
    total = _total(functions, end)
    return Steps(total.times, (total.values > 0).astype(np.int64))


def _product(first: Steps, second: Steps, end: int) -> Steps:
    times = _grid([first, second], end)
    return Steps(times, _at(first, times) * _at(second, times))


def _combine(first: Steps, second: Steps, end: int, rule) -> Steps:  # type: ignore[no-untyped-def]  # noqa: ANN001
    times = _grid([first, second], end)
    return Steps(times, rule(_at(first, times), _at(second, times)).astype(np.int64))
