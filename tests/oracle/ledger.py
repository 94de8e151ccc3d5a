"""Names the cause of any instant of a work item's life by looking at every eligible person at that instant.

It knows the log's rows, the process and section 13 of docs/semantics.md, and nothing of the engine or the measures.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from bpsim.eventlog import (
    BATCH_COLUMNS,
    CASE_COLUMNS,
    CONTACT_COLUMNS,
    DUTY_COLUMNS,
    ERROR_COLUMNS,
    ITEM_COLUMNS,
    RESERVED_COLUMNS,
    STINT_COLUMNS,
    EventLog,
)
from bpsim.model.flow import Task, Timer
from bpsim.model.process import Process
from tests.oracle.hours import NEVER, Hours
from tests.oracle.luck import chosen
from tests.oracle.reference import OPEN, Reference


def of_log(log: EventLog) -> Reference:
    """Give an event log in the reference's form: tuples of plain values, with names of nodes, outcomes and channels."""
    settings = log.settings
    nodes = [node.name for node in settings.nodes]
    rows = [(case, nodes[node], *rest) for case, node, *rest in _records(log.items, ITEM_COLUMNS)]
    attributes = {name: column.tolist() for name, column in log.attributes.items()}
    cases = []
    for number, row in enumerate(_records(log.cases, CASE_COLUMNS)):
        need, opened, arrived, ended, outcome, channel, *rest = row
        values = {name: column[number] for name, column in attributes.items()}
        named = settings.outcomes[outcome] if outcome >= 0 else ""
        cases.append((need, opened, arrived, ended, named, settings.channels[channel].name, *rest, values))
    joins = _slices(log.join_starts.tolist(), log.join_preds.tolist())
    members = _slices(log.batch_starts.tolist(), log.batch_rows.tolist())
    runs = _records(log.batches, BATCH_COLUMNS)
    batches = [(nodes[node], *rest, rows_) for (node, *rest), rows_ in zip(runs, members, strict=True)]
    return Reference(
        rows,
        cases,
        joins,
        batches,
        _records(log.duties, DUTY_COLUMNS),
        settings.stopped,
        stints=_records(log.stints, STINT_COLUMNS),
        reserved=_records(log.reserved, RESERVED_COLUMNS),
        contacts=_records(log.contacts, CONTACT_COLUMNS),
        errors=[(case, nodes[node], *times) for case, node, *times in _records(log.errors, ERROR_COLUMNS)],
    )


def _records(table: Mapping[str, Any], names: Sequence[str]) -> list[tuple[int, ...]]:
    return list(zip(*(table[name].tolist() for name in names), strict=True))


def _slices(starts: list[int], values: list[int]) -> list[list[int]]:
    return [values[a:b] for a, b in pairwise(starts)]


@dataclass(frozen=True)
class Row:
    """A row of the log by its column names."""

    case: int
    node: str
    visit: int
    pred: int
    person: int
    created: int
    transferred: int
    released: int
    started: int
    completed: int
    status: int


class Ledger:
    """People's timelines, rebuilt from the rows."""

    def __init__(self, process: Process, start: date, history: Reference) -> None:
        """Gather what each person worked on and when they were away."""
        self.process, self.stopped = process, history.stopped
        self.values = [case[-1] for case in history.cases]
        self.rows = [Row(*row) for row in history.rows]
        self.hours = {name: Hours(calendar, start) for name, calendar in process.calendars.items()}
        roles = process.roles()
        self.people = [name for name in sorted(roles) for _ in range(roles[name].staff)]
        self.runs = {row: run for run in history.batches for row in run[6]}
        work: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        for number, row in enumerate(self.rows):
            if row.person >= 0 and number not in self.runs:
                work[row.person].append((row.started, _until(row.completed), row.released))
        for _, released, started, completed, person, _, _ in history.batches:
            if started >= 0:
                work[person].append((started, _until(completed), released))
        away: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        for person, begin, end, _ in history.duties:
            away[person].append((begin, end, 0))
        self.work = {person: sorted(spans) for person, spans in work.items()}
        self.away = {person: sorted(spans) for person, spans in away.items()}

    def cause(self, number: int, time: int) -> tuple[str, str]:
        """Name the cause and the department of an instant of an item's life."""
        row = self.rows[number]
        node = self.process.flow[row.node]
        if isinstance(node, Timer):
            return "external", "timer"
        if not node.by_people():
            return "processing" if node.performer[0] == "system" else node.performer[0], node.performer[0]
        first = node.performer[0].partition(".")[0]
        doer = self.people[row.person].partition(".")[0] if row.person >= 0 else first
        if row.transferred < 0 or time < row.transferred:
            return "transfer", first
        if row.released < 0 or time < row.released:
            return "batching", first
        begun = self.runs[number][2] if number in self.runs else row.started
        if 0 <= begun <= time and (row.started < 0 or time < row.started):
            return "batching", first
        begun = 0 <= row.started <= time
        return self.working(number, row, time) if begun else self.waiting(number, row, node, time), doer

    def working(self, number: int, row: Row, time: int) -> str:
        """Name the cause of an instant between start and completion."""
        hours = self.hours[self.process.role(self.people[row.person]).calendar]
        if hours.opening(time) is None:
            return "unavailability"
        setup = 0
        if number in self.runs:
            run = self.runs[number]
            one_by_one = self.process.flow[row.node].batch.mode == "one_by_one"
            setup = 0 if one_by_one and number != run[6][0] else run[5]
        return "setup" if hours.open_time(row.started, time) < setup else "processing"

    def waiting(self, number: int, row: Row, task: Task, time: int) -> str:
        """Name the cause of an instant between release and start: the first rule that holds."""
        eligible = [n for n, role in enumerate(self.people) if self.may(role, task)]
        present = [n for n in eligible if self.hours[self.process.role(self.people[n]).calendar].opening(time)]
        if not present:
            return "unavailability"
        if all(_at(self.away.get(n, ()), time) for n in present):
            return "other_duty"
        busy = {n: span for n in present if (span := _at(self.work.get(n, ()), time))}
        free = [n for n in present if n not in busy and not _at(self.away.get(n, ()), time)]
        kept = self.kept(number, row, task, time)
        if kept is not None and any(n != kept for n in free):
            return "affinity"
        if free:
            return "unavailability"
        return "prioritisation" if any(span[2] > row.released for span in busy.values()) else "contention"

    def kept(self, number: int, row: Row, task: Task, time: int) -> int | None:
        """Name the person for whom an item is kept at an instant, or nobody."""
        if not task.same_person_as or time >= row.released + self.patience(row, task):
            return None
        for other in reversed(self.rows[:number]):
            if (
                (other.case, other.node) == (row.case, task.same_person_as)
                and 0 <= other.completed <= row.released
                and other.status != OPEN
            ):
                return other.person if self.may(self.people[other.person], task) else None
        return None

    def patience(self, row: Row, task: Task) -> int:
        """Say how long an item is kept; a choice goes by the value that the case has from beginning to end."""
        keeps = task.keeps_for
        return keeps if isinstance(keeps, int) else chosen(keeps.of, self.values[row.case][keeps.by])

    def may(self, role: str, task: Task) -> bool:
        """Tell whether people of a role can do a task."""
        return any(wanted == role or wanted in self.process.role(role).also for wanted in task.performer)


def _until(completed: int) -> int:
    return completed if completed >= 0 else NEVER


def _at(spans: Any, time: int) -> tuple[int, int, int] | None:  # noqa: ANN401
    """Find the span that contains an instant; spans of one person do not overlap."""
    place = bisect_right(spans, (time, NEVER, NEVER)) - 1
    return spans[place] if place >= 0 and time < spans[place][1] else None
