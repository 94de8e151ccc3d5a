"""Where the days go: the ledger of every work item, computed from the rows of a log.

Each instant of an item's life has one cause; the causes of an item add up to `completed - created`, and those of a
case, along its critical path, to its lead time, to the millisecond.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bpsim.errors import BpsimError
from bpsim.eventlog import ABSENT, CALLED_AWAY, NONE, PREEMPTED, EventLog
from bpsim.measures.keeping import NOBODY, Group, Pieces, Wanted
from bpsim.measures.staff import Presence, Services, Staff
from bpsim.measures.steps import Times
from bpsim.measures.stretches import Stretches

Marks = NDArray[np.bool_]
#: Some rows of a log: a piece, or their numbers.
Rows = slice | NDArray[np.int64]

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
#: Causes that belong to the department that receives an item, whoever does it in the end.
RECEIVING = (TRANSFER, CLIENT, EXTERNAL, BATCHING)
#: Names of the cells that belong to no department, after the departments.
OUTSIDE = ("client", "external", "timer", "system")
#: The cause of a gap in the work of an item, by what ended the stretch before it.
GAPS = {PREEMPTED: PRIORITISATION, ABSENT: UNAVAILABILITY, CALLED_AWAY: OTHER_DUTY}
#: The stamps of an item, in order.
STAMPS = ("created", "transferred", "released", "started", "completed")


class LawError(BpsimError):
    """A conservation law does not hold: the numbers of this run must not be used."""


#: Rows that are worked on at once: larger pieces fall out of the processor's cache.
CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class _Members:
    """The rows that belong to runs of batches, in order: when the run started, and the setup before this member."""

    rows: Times
    started: Times
    setup: Times

    def find(self, numbers: Times) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Give the places of those row numbers that are members, and their places here."""
        if not len(self.rows):
            return np.zeros(0, np.intp), np.zeros(0, np.intp)
        place = np.searchsorted(self.rows, numbers)
        place[place == len(self.rows)] = 0
        inside = np.flatnonzero(self.rows[place] == numbers)
        return inside, place[inside]


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
        self._wanted = Wanted(log)
        self._staff_of: dict[tuple[tuple[Group, int], ...], Staff] = {}

    def column(self, name: str, rows: Rows) -> Times:
        """Give a column of some rows as 64-bit integers."""
        return self.log.items[name][rows].astype(np.int64)

    def chunks(self) -> Iterator[slice]:
        """Divide the rows into pieces."""
        total = len(self.log.items["case"])
        for first in range(0, total, CHUNK):
            yield slice(first, min(first + CHUNK, total))

    # -- the rows --------------------------------------------------------------------------------------------------

    def parts(self, rows: Rows, until: Times | None = None) -> Times:
        """Give the milliseconds of each cause for some rows, an array (rows, causes); `until` cuts each life off.

        What is still open counts up to the stop.
        """
        node = self.log.items["node"][rows]
        kinds = self._kinds[node]
        numbers = np.arange(len(self.log.items["node"]))[rows]
        stamps = self._stamps(rows, until)
        parts = np.zeros((len(node), len(CAUSES)), np.int64)
        whole = stamps["completed"] - stamps["created"]
        for kind, cause in (("client", CLIENT), ("external", EXTERNAL), ("timer", EXTERNAL), ("system", PROCESSING)):
            chosen = kinds == kind
            parts[chosen, cause] = whole[chosen]
        people = (kinds == "people") | (kinds == "machine")
        parts[people, TRANSFER] = (stamps["transferred"] - stamps["created"])[people]
        parts[people, BATCHING] = (stamps["released"] - stamps["transferred"])[people]
        begun = self._run_started(numbers, stamps["started"])
        parts[people, BATCHING] += (stamps["started"] - begun)[people]
        self._work(rows, numbers, stamps, parts)
        queue = self._queue_of[node]
        for i, seats in enumerate(self._queues):
            chosen = np.flatnonzero(queue == i)
            if len(chosen):
                wait = (stamps["released"][chosen], begun[chosen])
                self._waits(seats, numbers[chosen], wait, chosen, parts)
        return parts

    def causes(self, rows: NDArray[np.int64], times: Times) -> list[tuple[str, str]]:
        """Name the cause and its cell at one instant of each row; empty texts outside of the row's life."""
        parts = self.parts(rows, times + 1) - self.parts(rows, times)
        receiving, worker = self.places(rows)
        cause = parts.argmax(axis=1)
        place = np.where(np.isin(cause, RECEIVING), receiving, worker)
        named = zip(cause.tolist(), place.tolist(), parts.sum(axis=1).tolist(), strict=True)
        return [(CAUSES[one], self.cells[cell]) if alive else ("", "") for one, cell, alive in named]

    def places(self, rows: Rows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Give two cells of each row: that of the receiving department, and that of the people who did it."""
        settings = self.log.settings
        kinds = {kind: len(settings.departments) + i for i, kind in enumerate(OUTSIDE)}
        home = np.array([kinds.get(info.kind, max(info.department, 0)) for info in settings.nodes])
        receiving = home[self.log.items["node"][rows]]
        person = self.column("person", rows)
        worker, done = receiving.copy(), person >= 0
        roles = np.array([role.department for role in settings.roles], np.int64)
        worker[done] = roles[self._person_role[person[done]]]
        return receiving, worker

    def _stamps(self, rows: Rows, until: Times | None) -> dict[str, Times]:
        """Give the stamps of some rows; what an item has not reached lies at its end."""
        over = self.column("completed", rows)
        over = np.where(over == NONE, self.stopped, over)
        stamps = {}
        for name in STAMPS:
            column = self.column(name, rows)
            column = np.where(column == NONE, over, column)
            stamps[name] = column if until is None else np.minimum(column, until)
        return stamps

    def _run_started(self, numbers: Times, started: Times) -> Times:
        """For members of a run: when the run started; for all others: when the item did."""
        begun = started.copy()
        inside, place = self._members.find(numbers)
        begun[inside] = np.minimum(begun[inside], self._members.started[place])
        return begun

    @cached_property
    def _members(self) -> _Members:
        log = self.log
        batch = np.repeat(np.arange(len(log.batch_starts) - 1), np.diff(log.batch_starts))
        started = np.where(log.batches["started"] == NONE, self.stopped, log.batches["started"])[batch]
        one_by_one = np.array([node.one_by_one for node in self.nodes])[log.batches["node"]]
        began = log.items["started"][log.batch_rows] != NONE
        place = np.where(began, np.arange(len(batch)), len(batch))
        first = np.minimum.reduceat(place, log.batch_starts[:-1]) if len(batch) else place
        later = one_by_one[batch] & (np.arange(len(batch)) != first[batch])
        setup = np.where(later, 0, log.batches["setup"][batch])
        order = np.argsort(log.batch_rows, kind="stable")
        return _Members(log.batch_rows[order], started[order], setup[order])

    def _work(self, rows: Rows, numbers: Times, stamps: dict[str, Times], parts: Times) -> None:
        """Split [started, completed) into setup, processing and pauses by the calendar of the person."""
        person = self.column("person", rows)
        done = np.flatnonzero(person >= 0)
        hours = self._hours[person[done]]
        for calendar in np.unique(hours).tolist():
            mine = done[hours == calendar]
            start, end = stamps["started"][mine], stamps["completed"][mine]
            work = end - start if calendar == NONE else self.presence.opening(calendar).between(start, end)
            parts[mine, PROCESSING] = work
            parts[mine, UNAVAILABILITY] += end - start - work
        if len(self.log.stints["row"]):
            self._in_stretches(numbers, stamps, parts)
        inside, place = self._members.find(numbers)
        setup = np.minimum(self._members.setup[place], parts[inside, PROCESSING])
        parts[inside, SETUP] = setup
        parts[inside, PROCESSING] -= setup

    def _in_stretches(self, numbers: Times, stamps: dict[str, Times], parts: Times) -> None:
        """Split the work that is not one stretch of one person: what broke it off is the cause of the gap after it."""
        split = self._stretches.split(numbers, stamps["completed"])
        whole = (stamps["completed"] - stamps["started"])[split.place]
        pauses = whole - parts[split.place, PROCESSING]
        parts[split.place, UNAVAILABILITY] += split.paused - pauses
        parts[split.place, PROCESSING] = split.worked
        for by in range(split.gaps.shape[1]):
            parts[split.place, GAPS.get(by, PROCESSING)] += split.gaps[:, by]

    @cached_property
    def _hours(self) -> Times:
        """The calendar in which each person works; -1 for who goes on after the end of the shift."""
        roles = self.log.settings.roles
        goes_on = np.array([role.overtime for role in roles], np.bool_)[self._person_role]
        return np.where(goes_on, NONE, self.presence.calendars)

    @cached_property
    def _stretches(self) -> Stretches:
        return Stretches(self.log, self._hours, self.presence.opening)

    # -- waiting for people ------------------------------------------------------------------------------------------

    @cached_property
    def presence(self) -> Presence:
        """Who is where."""
        return Presence(self.log, self.services)

    @cached_property
    def services(self) -> Services:
        """What people worked on, by items, runs and stretches."""
        return Services.of(self.log)

    @cached_property
    def _queues(self) -> dict[tuple[tuple[Group, int], ...], list[int]]:
        """The nodes by the seats that people have to fill."""
        queues: dict[tuple[tuple[Group, int], ...], list[int]] = {}
        for rank, node in enumerate(self.nodes):
            if node.eligible:
                queues.setdefault(self._wanted.seats(node), []).append(rank)
        return queues

    @cached_property
    def _queue_of(self) -> NDArray[np.int64]:
        """The place of each node's queue; -1 for none."""
        place = np.full(len(self.nodes), NONE, np.int64)
        for i, ranks in enumerate(self._queues.values()):
            place[ranks] = i
        return place

    def _staff(self, seats: tuple[tuple[Group, int], ...], barred: Group) -> Staff:
        """Give the people who can fill some seats, without those who are barred."""
        seats = tuple((people - barred, number) for people, number in seats)
        if seats not in self._staff_of:
            self._staff_of[seats] = Staff(self.presence, seats, exact=self._exact)
        return self._staff_of[seats]

    @cached_property
    def _exact(self) -> bool:
        """Whether an item may wait although the person that it is kept for is free."""
        return any(role.fit for role in self.log.settings.roles) or any(node.together for node in self.nodes)

    @cached_property
    def _in_turn(self) -> bool:
        """Whether nobody ever goes first who came later, and nobody waits while somebody is free."""
        settings = self.log.settings
        usual = all(role.discipline == "fifo" and not role.people for role in settings.roles)
        plain = not settings.priorities and usual and not len(self.log.stints["row"])
        return plain and not self._exact

    def _waits(
        self,
        seats: tuple[tuple[Group, int], ...],
        numbers: Times,
        wait: tuple[Times, Times],
        chosen: NDArray[np.intp],
        parts: Times,
    ) -> None:
        """Split the waits of items that the same people can do, piece by piece."""
        start, end = wait
        staff = self._staff(seats, NOBODY)
        simple = self._in_turn and not any(self._wanted.asks(self.nodes[rank]) for rank in self._rivals(seats))
        wanting = [rank for rank in self._queues[seats] if self._wanted.asks(self.nodes[rank])]
        if not wanting:
            self._split(staff, wait, start, chosen, parts, simple=simple, once=True)
            return
        node = self.log.items["node"][numbers]
        plain = np.flatnonzero(~np.isin(node, wanting))
        self._split(staff, (start[plain], end[plain]), start[plain], chosen[plain], parts, simple=simple, once=True)
        for rank in wanting:
            mine = np.flatnonzero(node == rank)
            pieces = self._wanted.pieces(rank, numbers[mine], start[mine], end[mine])
            self._in_pieces(seats, pieces, start[mine], chosen[mine], parts)

    def _rivals(self, seats: tuple[tuple[Group, int], ...]) -> list[int]:
        """The nodes that ask for some of the same people."""
        people = frozenset().union(*(each for each, _ in seats))
        return [rank for other, ranks in self._queues.items() for rank in ranks if any(people & e for e, _ in other)]

    def _in_pieces(
        self,
        seats: tuple[tuple[Group, int], ...],
        pieces: Pieces,
        released: Times,
        chosen: NDArray[np.intp],
        parts: Times,
    ) -> None:
        """Split waits in which items are kept for people, or people are barred from them."""
        for barred in np.unique(pieces.barred).tolist():
            staff = self._staff(seats, pieces.groups[barred])
            mine = np.flatnonzero((pieces.barred == barred) & (pieces.end > pieces.start))
            wait = pieces.start[mine], pieces.end[mine]
            place, kept = chosen[pieces.place[mine]], pieces.kept[mine]
            self._split(staff, wait, released[pieces.place[mine]], place, parts)
            for group in np.unique(kept[kept > 0]).tolist():
                held = kept == group
                affinity = staff.others_free(pieces.groups[group]).between(wait[0][held], wait[1][held])
                np.add.at(parts[:, AFFINITY], place[held], affinity)
                np.add.at(parts[:, UNAVAILABILITY], place[held], -affinity)

    def _split(
        self,
        staff: Staff,
        wait: tuple[Times, Times],
        released: Times,
        place: NDArray[np.intp],
        parts: Times,
        *,
        simple: bool = False,
        once: bool = False,
    ) -> None:
        """Split pieces of waits: the first cause that holds; what somebody free leaves lying does not fit.

        `simple` where nobody goes first who came later; `once` where each place is there once.
        """
        start, end = wait
        opened = staff.on_shift.between(start, end)
        found = {UNAVAILABILITY: end - start - opened}
        if staff.all_away is not None:
            found[OTHER_DUTY] = staff.all_away.between(start, end)
            opened = opened - found[OTHER_DUTY]
        if not simple:
            idle = staff.free.between(start, end)
            found[UNAVAILABILITY] = found[UNAVAILABILITY] + idle
            found[PRIORITISATION] = staff.overtaken(start, end, released)
            opened = opened - idle - found[PRIORITISATION]
        found[CONTENTION] = opened
        for cause, time in found.items():
            if once:
                parts[place, cause] += time
            else:
                np.add.at(parts[:, cause], place, time)
