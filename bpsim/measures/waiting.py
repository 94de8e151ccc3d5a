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
from bpsim.eventlog import NONE, EventLog, NodeInfo, written_value
from bpsim.measures.staff import Services, Staff, openings
from bpsim.measures.steps import Steps, Times

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
        place = np.searchsorted(self.rows, numbers)
        place[place == len(self.rows)] = 0
        inside = np.flatnonzero(self.rows[place] == numbers) if len(self.rows) else np.zeros(0, np.intp)
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
        self._staff_of: dict[tuple[int, ...], Staff] = {}
        self._latest_of: dict[int, _Latest] = {}

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
        for eligible, ranks in self._queues.items():
            chosen = np.flatnonzero(np.isin(node, ranks))
            if len(chosen):
                wait = (stamps["released"][chosen], begun[chosen])
                self._waits(eligible, numbers[chosen], wait, chosen, parts)
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
        stamps = {}
        for name in STAMPS:
            column = self.column(name, rows)
            column = np.where(column == NONE, self.stopped, column)
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
        first = log.batch_starts[:-1]
        batch = np.repeat(np.arange(len(first)), np.diff(log.batch_starts))
        started = np.where(log.batches["started"] == NONE, self.stopped, log.batches["started"])[batch]
        one_by_one = np.array([node.one_by_one for node in self.nodes])[log.batches["node"]]
        later = one_by_one[batch] & (np.arange(len(batch)) != first[batch])
        setup = np.where(later, 0, log.batches["setup"][batch])
        order = np.argsort(log.batch_rows, kind="stable")
        return _Members(log.batch_rows[order], started[order], setup[order])

    def _work(self, rows: Rows, numbers: Times, stamps: dict[str, Times], parts: Times) -> None:
        """Split [started, completed) into setup, processing and pauses by the calendar of the person."""
        person = self.column("person", rows)
        done = np.flatnonzero(person >= 0)
        role = self._person_role[person[done]]
        for r in np.unique(role).tolist():
            mine = done[role == r]
            start, end = stamps["started"][mine], stamps["completed"][mine]
            work = self._openings[r].between(start, end)
            parts[mine, PROCESSING] = work
            parts[mine, UNAVAILABILITY] += end - start - work
        inside, place = self._members.find(numbers)
        setup = np.minimum(self._members.setup[place], parts[inside, PROCESSING])
        parts[inside, SETUP] = setup
        parts[inside, PROCESSING] -= setup

    # -- waiting for people ------------------------------------------------------------------------------------------

    @cached_property
    def _openings(self) -> list[Steps]:
        return [openings(self.log, role.calendar) for role in self.log.settings.roles]

    @cached_property
    def _queues(self) -> dict[tuple[int, ...], list[int]]:
        """The nodes by the roles whose people can do them."""
        queues: dict[tuple[int, ...], list[int]] = {}
        for rank, node in enumerate(self.nodes):
            if node.eligible:
                queues.setdefault(tuple(sorted(node.eligible)), []).append(rank)
        return queues

    @cached_property
    def services(self) -> Services:
        """What people worked on, by items and runs."""
        return Services.of(self.log)

    def _staff(self, eligible: tuple[int, ...]) -> Staff:
        if eligible not in self._staff_of:
            self._staff_of[eligible] = Staff(self.log, self.services, eligible)
        return self._staff_of[eligible]

    def _waits(
        self,
        eligible: tuple[int, ...],
        numbers: Times,
        wait: tuple[Times, Times],
        chosen: NDArray[np.intp],
        parts: Times,
    ) -> None:
        """Split the waits of items that the same people can do: the first cause that holds."""
        staff, (start, end) = self._staff(eligible), wait
        opened = staff.on_shift.between(start, end)
        parts[chosen, UNAVAILABILITY] += end - start - opened
        if staff.all_away is not None:
            duty = staff.all_away.between(start, end)
            parts[chosen, OTHER_DUTY] = duty
            opened = opened - duty
        if staff.may_pass:
            idle = staff.free.between(start, end)
            affinity = self._affinity(staff, numbers, start, end)
            parts[chosen, AFFINITY] = affinity
            parts[chosen, UNAVAILABILITY] += idle - affinity
            passed = staff.overtaken(start, end)
            parts[chosen, PRIORITISATION] = passed
            opened = opened - idle - passed
        parts[chosen, CONTENTION] = opened

    def _affinity(self, staff: Staff, numbers: Times, start: Times, end: Times) -> Times:
        """Milliseconds in which an item is kept for somebody while somebody else is free."""
        affinity = np.zeros(len(numbers), np.int64)
        node = self.log.items["node"][numbers]
        for rank in np.unique(node).tolist():
            if self.nodes[rank].same_person_as == NONE:
                continue
            mine = np.flatnonzero(node == rank)
            until, kept = self._keeping(self.nodes[rank], numbers[mine], start[mine])
            for person in np.unique(kept[kept >= 0]).tolist():
                his = mine[kept == person]
                last = np.minimum(end[his], until[kept == person])
                affinity[his] = staff.others_free(person).between(start[his], last)
        return affinity

    def _keeping(self, node: NodeInfo, numbers: Times, released: Times) -> tuple[Times, Times]:
        """Until when each item is kept for a person, and for whom (-1 for nobody)."""
        if node.same_person_as not in self._latest_of:
            self._latest_of[node.same_person_as] = _Latest(self.log, node.same_person_as)
        cases = self.column("case", numbers)
        kept = self._latest_of[node.same_person_as].before(cases, released, numbers)
        able = np.isin(self._person_role[kept], node.eligible) if len(self._person_role) else kept >= 0
        return released + self._patience(node, cases), np.where(able, kept, NONE)

    def _patience(self, node: NodeInfo, cases: Times) -> Times:
        """How long the items of some cases are kept for a person: a choice by an attribute that nothing changes."""
        options = dict(node.keeps_for)
        if not node.keeps_by:
            return np.full(len(cases), options[""], np.int64)
        values, which = np.unique(self.log.attributes[node.keeps_by][cases], return_inverse=True)
        patience = [options.get(written_value(value), options.get("else", 0)) for value in values.tolist()]
        return np.array(patience, np.int64)[which]


class _Latest:
    """Who completed the latest visit of a task, case by case."""

    def __init__(self, log: EventLog, rank: int) -> None:
        rows = np.flatnonzero((log.items["node"] == rank) & (log.items["completed"] != NONE))
        case = log.items["case"][rows].astype(np.int64)
        order = np.argsort(case, kind="stable")
        self._rows, self._case = rows[order].astype(np.int64), case[order]
        self._completed = log.items["completed"][self._rows].astype(np.int64)
        self._person = log.items["person"][self._rows].astype(np.int64)
        self._span = log.settings.stopped + 1
        self._total = len(log.items["node"]) + 1

    def before(self, case: Times, released: Times, row: Times) -> Times:
        """Who did it last, by the time that an item of a row was released; -1 for nobody."""
        by_time = np.searchsorted(self._case * self._span + self._completed, case * self._span + released, side="right")
        by_row = np.searchsorted(self._case * self._total + self._rows, case * self._total + row)
        place = np.minimum(by_time, by_row) - 1
        found = np.full(len(case), NONE, np.int64)
        there = np.flatnonzero(place >= 0)
        there = there[self._case[place[there]] == case[there]]
        found[there] = self._person[place[there]]
        return found
