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
    written_value,
)
from bpsim.model.flow import Receive, Task, Timer
from bpsim.model.process import Process, joined
from tests.oracle.hours import NEVER, Hours
from tests.oracle.luck import chosen
from tests.oracle.reference import COMPLETED, Reference


def of_log(log: EventLog) -> Reference:
    """Give an event log in the reference's form: tuples of plain values, with names of nodes, outcomes and channels."""
    settings = log.settings
    nodes = [node.name for node in settings.nodes]
    rows = [(case, nodes[node], *rest) for case, node, *rest in _records(log.items, ITEM_COLUMNS)]
    attributes = {name: column.tolist() for name, column in log.attributes.items()}
    cases = []
    for number, row in enumerate(_records(log.cases, CASE_COLUMNS)):
        need, opened, arrived, ended, outcome, channel, *rest = row
        own = settings.processes[rest[1]] if rest[1] else ""
        values = {
            name.rpartition("/")[2]: column[number]
            for name, column in attributes.items()
            if name.rpartition("/")[0] == own
        }
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
        every = process.every().items()
        self.flow = {joined(name, node): each for name, one in every for node, each in one.flow.items()}
        self.flow |= {name: task for name, task in process.work().items() if name not in self.flow}
        self.tasks = {name: node for name, node in self.flow.items() if isinstance(node, Task)}
        for name, node in list(self.flow.items()):
            alarms = ("timeout", "batch.timeout", *(f"on.{racer}" for racer in getattr(node, "on", ())))
            self.flow |= {f"{name}.{alarm}": Timer.model_construct() for alarm in alarms}
        self.values = [case[-1] for case in history.cases]
        self.rows = [Row(*row) for row in history.rows]
        self.hours = {name: Hours(calendar, start) for name, calendar in process.calendars.items()}
        roles = process.roles()
        self.people = [name for name in sorted(roles) for _ in range(roles[name].staff)]
        everybody = [one for name in sorted(roles) for one in roles[name].everybody()]
        self.names, self.employed = [name for name, _ in everybody], [each for _, each in everybody]
        self.runs = {row: run for run in history.batches for row in run[6]}
        self.stints: dict[int, list[tuple[int, int, int, int]]] = defaultdict(list)
        for row, person, begin, end, by in history.stints:
            self.stints[row].append((begin, end, person, by))
        self.work = self.gather(self.services(history))
        held = ((person, begin, end, self.rows[row].released) for row, person, begin, end in history.reserved)
        self.taken = self.gather([*self.services(history), *held])
        self.away = self.gather((person, a, b, 0) for person, a, b, kind in history.duties if kind in {0, 2})
        self.missing = self.gather((person, a, b, 0) for person, a, b, kind in history.duties if kind in {1, 3})
        self.vacant = self.gather((person, a, b) for person, a, b, kind in history.duties if kind == 3)

    def services(self, history: Reference) -> set[tuple[int, int, int, int]]:
        """Give what everybody worked on: person, start, end, release; a run of a batch is one piece of work."""
        found = set()
        pieces = [run for run in history.batches if any(row in self.stints for row in run[6])]
        alone = [n for n in range(len(self.rows)) if n not in self.runs or self.runs[n] in pieces]
        for number in alone:
            row, mode = self.rows[number], self.mode(number)
            if number in self.stints:
                found |= {(person, a, b, row.released) for a, b, person, _ in self.stints[number]}
            elif row.person >= 0 and mode != "together":
                found.add((row.person, row.started, _until(row.completed), row.released))
        for run in history.batches:
            _, released, started, completed, person, _, _ = run
            if started >= 0 and run not in pieces:
                found.add((person, started, _until(completed), released))
        return found

    def gather(self, spans: Any) -> dict[int, list[Any]]:  # noqa: ANN401
        """Put spans in order of time, for each person."""
        found: dict[int, list[Any]] = defaultdict(list)
        for person, *span in spans:
            found[person].append(tuple(span))
        return {person: sorted(mine) for person, mine in found.items()}

    def mode(self, number: int) -> str:
        """Say how the run of a row is done; empty when it is in none."""
        return self.flow[self.rows[number].node].batch.mode if number in self.runs else ""

    def on_shift(self, person: int, time: int) -> bool:
        """Tell whether somebody is on shift: in their hours, not absent, and employed."""
        return bool(self.calendar_of(person).opening(time)) and not _within(self.missing.get(person, ()), time)

    def calendar_of(self, person: int) -> Hours:
        """Give the working hours of a person."""
        return self.hours[self.employed[person].calendar]

    def cause(self, number: int, time: int) -> tuple[str, str]:
        """Name the cause and the department of an instant of an item's life."""
        row = self.rows[number]
        node = self.flow[row.node]
        if isinstance(node, Timer | Receive):
            return "external", "timer" if isinstance(node, Timer) else "external"
        if not node.by_people():
            return "processing" if node.performer[0] == "system" else node.performer[0], node.performer[0]
        first = node.performer[0].partition(".")[0]
        doer = self.people[row.person].partition(".")[0] if row.person >= 0 else first
        over = _until(row.completed)
        if time < (over if row.transferred < 0 else row.transferred):
            return "transfer", first
        if time < (over if row.released < 0 else row.released):
            return "batching", first
        begun = self.runs[number][2] if number in self.runs else row.started
        if 0 <= begun <= time and (row.started < 0 or time < row.started):
            return "batching", first
        begun = 0 <= row.started <= time
        return self.working(number, row, time) if begun else self.waiting(number, row, node, time), doer

    def working(self, number: int, row: Row, time: int) -> str:
        """Name the cause of an instant between start and completion."""
        stretches = sorted(self.stints.get(number, [(row.started, _until(row.completed), row.person, 0)]))
        now = [person for begin, end, person, _ in stretches if begin <= time < end]
        if not now:
            last = [(begin, end, by) for begin, end, _, by in stretches if begin <= time][-1][2]
            return {1: "prioritisation", 2: "unavailability", 3: "other_duty"}[last]
        if not all(self.works(person, time) for person in now):
            return "unavailability"
        if number not in self.runs:
            return "processing"
        run = self.runs[number]
        first = next(member for member in run[6] if self.rows[member].started >= 0)
        setup = 0 if self.mode(number) == "one_by_one" and number != first else run[5]
        spans = {(begin, min(end, time)) for begin, end, *_ in stretches if begin <= time}
        done = sum(self.hours_at_work(a, b, [p for begin, _, p, _ in stretches if begin == a]) for a, b in spans)
        return "setup" if done < setup else "processing"

    def works(self, person: int, time: int) -> bool:
        """Tell whether somebody goes on with an item at an instant: on shift, or beyond its end."""
        late = self.process.role(self.people[person]).at_shift_end == "finish"
        return late or bool(self.calendar_of(person).opening(time))

    def hours_at_work(self, start: int, end: int, people: list[int]) -> int:
        """Count the time in which all of some people are in their hours."""
        marks = {start, end}
        for person in people:
            marks |= {time for pair in self.calendar_of(person).until(end) for time in pair if start < time < end}
        return sum(b - a for a, b in pairwise(sorted(marks)) if all(self.works(person, a) for person in people))

    def waiting(self, number: int, row: Row, task: Task, time: int) -> str:
        """Name the cause of an instant between release and start: the first rule that holds."""
        kept, barred = self.wanted(number, row, task, time)
        seats = task.performer if task.together else (None,)
        eligible = {n for n, role in enumerate(self.people) if self.may(role, task)} - barred
        present = {n for n in eligible if self.on_shift(n, time)}
        if not self.can(present, task, seats):
            return "unavailability"
        here = {n for n in present if not _within(self.away.get(n, ()), time)}
        if not self.can(here, task, seats):
            return "other_duty"
        busy = {n: span for n in present if (span := _at(self.taken.get(n, ()), time))}
        free = here - set(busy)
        if kept and self.can(free if task.together else free - kept, task, seats):
            return "affinity"
        if self.can(free, task, seats):
            return "unavailability"
        return "prioritisation" if any(span[2] > row.released for span in busy.values()) else "contention"

    def can(self, people: set[int], task: Task, seats: Sequence[str | None]) -> bool:
        """Tell whether different ones of some people can fill all seats: by trying."""
        if not seats:
            return True
        first, *rest = seats
        able = [n for n in people if self.may(self.people[n], task) and (first is None or self.fills(n, first))]
        return any(self.can(people - {n}, task, rest) for n in able)

    def fills(self, person: int, seat: str) -> bool:
        """Tell whether somebody can have a seat."""
        return self.people[person] == seat or seat in self.process.role(self.people[person]).also

    def wanted(self, number: int, row: Row, task: Task, time: int) -> tuple[set[int], set[int]]:
        """Name the people for whom an item is kept at an instant, and those who are barred from it."""
        barred: dict[int, int] = {}
        for name in task.never_same_person_as:
            for last in self.completed(number, row, {beside(row.node, name)})[-1:]:
                barred |= dict.fromkeys(self.seats_of(last), self.rows[last].completed)
        sets = []
        for group in (self.kept(number, row, task), barred):
            at_release = {n: since for n, since in group.items() if not self.gone(n, since, row.released)}
            sets.append({n for n, since in at_release.items() if not self.gone(n, since, time)})
        kept = {n for n in sets[0] if self.may(self.people[n], task) and n not in sets[1]}
        return (kept if time < row.released + self.patience(row, task) else set()), sets[1]

    def kept(self, number: int, row: Row, task: Task) -> dict[int, int]:
        """Name those who have a right to an item at its release, with the instant at which they got it."""
        tasks, kept = self.tasks, dict[int, int]()
        if task.same_person_as:
            for last in self.completed(number, row, {beside(row.node, task.same_person_as)})[-1:]:
                kept = {self.rows[last].person: self.rows[last].completed}
        elif task.case_owner:
            for done in self.completed(number, row, {name for name in tasks if tasks[name].case_owner}):
                if all(self.gone(person, since, self.rows[done].completed) for person, since in kept.items()):
                    kept = {self.rows[done].person: self.rows[done].completed}
        elif task.case_team:
            for done in self.completed(number, row, {name for name in tasks if tasks[name].case_team}):
                kept |= dict.fromkeys(self.seats_of(done), self.rows[done].completed)
        elif task.person:
            kept = {self.named(row, task): NEVER}
        return kept

    def completed(self, number: int, row: Row, names: set[str]) -> list[int]:
        """Give the rows of some tasks that a case had completed when one of its items was released."""
        return [
            n
            for n, other in enumerate(self.rows[:number])
            if other.case == row.case
            and other.status == COMPLETED
            and other.completed <= row.released
            and other.node in names
        ]

    def seats_of(self, number: int) -> set[int]:
        """Name everybody who did a row."""
        return {person for *_, person, _ in self.stints.get(number, ())} or {self.rows[number].person}

    def gone(self, person: int, since: int, time: int) -> bool:
        """Tell whether somebody who was there at an instant has left by another."""
        return any(since <= begin <= time and begin > 0 for begin, _ in self.vacant.get(person, ()))

    def named(self, row: Row, task: Task) -> int:
        """Give the person that the case names: by number in the first performer's role, or by name."""
        value = self.values[row.case][task.person.by]
        word = chosen(task.person.of, value) if task.person.of else written_value(value)
        if str(word).isdigit():
            return self.people.index(task.performer[0]) + int(word) - 1
        return self.names.index(word)

    def patience(self, row: Row, task: Task) -> int:
        """Say how long an item is kept; a choice goes by the value that the case has from beginning to end."""
        keeps = task.keeps_for
        return keeps if isinstance(keeps, int) else chosen(keeps.of, self.values[row.case][keeps.by])

    def may(self, role: str, task: Task) -> bool:
        """Tell whether people of a role can do a task."""
        return any(wanted == role or wanted in self.process.role(role).also for wanted in task.performer)


def beside(node: str, name: str) -> str:
    """Give the whole name of something in the process of a node."""
    return joined(node.rpartition("/")[0], name)


def _until(completed: int) -> int:
    return completed if completed >= 0 else NEVER


def _at(spans: Any, time: int) -> tuple[int, int, int] | None:  # noqa: ANN401
    """Find the span that contains an instant; spans of one person do not overlap."""
    place = bisect_right(spans, (time, NEVER, NEVER)) - 1
    return spans[place] if place >= 0 and time < spans[place][1] else None


def _within(spans: Any, time: int) -> bool:  # noqa: ANN401
    """Tell whether an instant lies in one of some spans, which may overlap."""
    return any(begin <= time < end for begin, end, *_ in spans)
