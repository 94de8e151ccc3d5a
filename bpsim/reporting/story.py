"""One case told step by step: who had it when, why it waited, and how its lead time adds up."""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import numpy as np

from bpsim.eventlog import BACKLOG, CANCELLED, FIRST_JOIN, NONE, OPEN, RENEGED, TIMED_OUT, EventLog
from bpsim.measures.handoffs import LEVELS, arcs, handoffs
from bpsim.measures.waiting import (
    AFFINITY,
    BATCHING,
    CAUSES,
    CLIENT,
    CONTENTION,
    EXTERNAL,
    OTHER_DUTY,
    PRIORITISATION,
    PROCESSING,
    SETUP,
    TRANSFER,
    UNAVAILABILITY,
    Ledger,
)
from bpsim.reporting.happenings import notes
from bpsim.reporting.interruptions import BROKEN_OFF, gaps, told
from bpsim.reporting.kin import Kin
from bpsim.reporting.together import crew, held, together
from bpsim.statistics.intervals import round_to_total

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: The order in which the causes of an item are told, and the words for them.
WORDS = {
    TRANSFER: "on its way",
    CLIENT: "with the client",
    EXTERNAL: "with a third party",
    BATCHING: "held for a batch",
    UNAVAILABILITY: "nobody on shift",
    OTHER_DUTY: "everybody on other duties",
    AFFINITY: "kept for one person while another was free",
    PRIORITISATION: "others went first that came later",
    CONTENTION: "behind work that came earlier",
    SETUP: "set-up",
    PROCESSING: "work",
}
PAUSE = "paused at the end of the shift"
STATUS = {
    TIMED_OUT: "timed out",
    CANCELLED: "cancelled",
    OPEN: "still open at the end of the run",
    RENEGED: "left the queue",
}
#: Widths of the printed page.
PAGE, SUM = 78, 16


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a step with one cause: its words, its exact milliseconds and the seconds printed."""

    cause: str
    words: str
    milliseconds: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Step:
    """One work item of the case. `critical` steps make up the lead time; `number` counts all steps in causal order."""

    number: int
    task: str
    title: str
    who: str
    created: datetime
    completed: datetime | None
    status: str
    critical: bool
    spans: tuple[Span, ...]
    after: tuple[int, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """What happened to one case. The seconds of the critical spans add up to `seconds`, exactly."""

    case: int
    process: str
    caller: str
    origin: str
    need: datetime
    ended: datetime | None
    outcome: str
    channel: str
    attributes: tuple[tuple[str, str], ...]
    milliseconds: int
    seconds: int
    before: tuple[Span, ...]
    steps: tuple[Step, ...]

    def text(self) -> str:
        """Tell it in lines of text; durations in the right column add up to the last line."""
        return "\n".join(_page(self)) + "\n"

    def data(self) -> dict[str, Any]:
        """Give it as plain data: times as ISO text, durations in milliseconds and in printed seconds."""
        import dataclasses

        plain: dict[str, Any] = _plain(dataclasses.asdict(self))
        return plain

    def __str__(self) -> str:
        """Tell it."""
        return self.text()

    def _repr_html_(self) -> str:
        import html

        return f"<pre>{html.escape(self.text())}</pre>"


def _plain(value: Any) -> Any:  # noqa: ANN401 - data of any shape
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, datetime):
        return value.isoformat()
    return [_plain(entry) for entry in value] if isinstance(value, list | tuple) else value


def tell(log: EventLog, case: int, *, scenario: str = "") -> Story:
    """Tell the story of a case of a log by its number; IndexError says which cases there are."""
    cases = len(log.cases["need"])
    if not 0 <= case < cases:
        there = f"the cases of this run are 0 to {cases - 1}" if cases else "this run has no cases"
        raise IndexError(f"there is no case {case}: {there}")
    return _Teller(log, case, scenario).story()


class _Teller:
    """Reads one case out of the log."""

    def __init__(self, log: EventLog, case: int, scenario: str) -> None:
        self.log, self.case, self.scenario = log, case, scenario
        self.settings = log.settings
        self.start = datetime.fromisoformat(self.settings.start)
        self.items = log.items
        self.kin = Kin(log, case)
        self.applied = self.kin.applied()
        told = [row for row in self.kin.rows() if self.node(row).kind != "silent" or row in self.applied]
        self.rows: list[int] = sorted(told, key=lambda row: (int(self.items["created"][row]), row))
        self.number = {row: i + 1 for i, row in enumerate(self.rows)}
        self.critical = set(self._critical_path())
        self.ledger = Ledger(log)
        self.happened = notes(log, case)
        self.roles = self.settings.person_roles()

    def node(self, row: int) -> Any:  # noqa: ANN401 - a NodeInfo
        return self.settings.nodes[int(self.items["node"][row])]

    def at(self, milliseconds: int) -> datetime:
        return self.start + timedelta(milliseconds=int(milliseconds))

    def stamp(self, name: str, row: int) -> int:
        """Give a time of a row; what has not happened counts as the end of the run."""
        value = int(self.items[name][row])
        return self.settings.stopped if value == NONE else value

    # -- causes and effects ------------------------------------------------------------------------------------------

    def incoming(self, pred: int) -> list[int]:
        """List all that met at a firing of a join, the last to come at the end."""
        firing = FIRST_JOIN - pred
        low, high = int(self.log.join_starts[firing]), int(self.log.join_starts[firing + 1])
        return [int(row) for row in self.log.join_preds[low:high]]

    def told(self, pred: int) -> set[int]:
        """Find the nearest rows that are told, back through joins and through rows of no length."""
        found: set[int] = set()
        todo = [pred]
        while todo:
            row = todo.pop()
            if row in self.number:
                found.add(row)
            elif row <= FIRST_JOIN:
                todo += self.incoming(row)
            elif row != NONE:
                todo.append(int(self.items["pred"][row]))
        return found

    def last(self, pred: int) -> int:
        """Find the row, told or not, whose completion counted: at a join that of the last to come."""
        while pred <= FIRST_JOIN:
            pred = self.incoming(pred)[-1]
        return pred

    def _critical_path(self) -> Iterator[int]:
        row = self.last(int(self.log.cases["last"][self.case]))
        if row == NONE and self.rows:
            mine = [each for each in self.rows if not self.node(each).detached]
            still = [each for each in mine if int(self.items["completed"][each]) == NONE]
            row = (still or mine or [NONE])[-1]
        while row >= 0 and int(self.items["case"][row]) in self.kin.cases:
            yield row
            row = self.last(int(self.items["pred"][row]))

    def waits_for_siblings(self) -> dict[int, str]:
        """Say for each row that came too early to a join how long its branch waited there, and for which."""
        found: dict[int, str] = {}
        for pred in {int(self.items["pred"][row]) for row in self.rows} | {int(self.log.cases["last"][self.case])}:
            todo = [pred]
            while todo:
                firing = todo.pop()
                if firing > FIRST_JOIN:
                    continue
                *early, late = self.incoming(firing)
                todo += [*early, late]
                until, sibling = self.completed(late), self.told(self.last(late))
                for other in early:
                    waited = until - self.completed(other)
                    name = " and ".join(f"step {self.number[row]}" for row in sorted(sibling))
                    for row in self.told(self.last(other)) - sibling:
                        found[row] = f"then waited {clock(round(waited / 1000))} for its sibling, {name}"
        return found

    def completed(self, pred: int) -> int:
        row = self.last(pred)
        return int(self.log.cases["arrived"][self.case]) if row == NONE else int(self.items["completed"][row])

    def handoffs(self) -> dict[int, str]:
        """Say for each row from whom it was handed over, when person, role, department or body changed."""
        found = arcs(self.log)
        mine = np.isin(self.log.items["case"][found.after], sorted(self.kin.cases))
        words: dict[int, str] = {}
        for level in LEVELS:
            marks = handoffs(self.log, found, level) & mine
            entries = zip(
                found.before[marks].tolist(), found.after[marks].tolist(), found.client[marks].tolist(), strict=True
            )
            for before, after, client in entries:
                by = " (the client came between)" if client else ""
                words[after] = f"handoff to another {level}: from {self.who(before)}{by}"
        return words

    # -- words -------------------------------------------------------------------------------------------------------

    def who(self, row: int) -> str:
        """Name the person with role and department, or the outside party, or who could have done it."""
        node, person = self.node(row), int(self.items["person"][row])
        if row in self.applied:
            return "the client"
        if node.message:
            return f"the message {node.message}"
        if "." in node.name:  # the row of a boundary
            return "what came first" if self.items["created"][row] == self.items["completed"][row] else "beside it"
        if node.kind not in {"people", "machine"}:
            return {"client": "the client", "external": "a third party", "timer": "put aside"}.get(node.kind, "system")
        if person != NONE:
            return together([self.person(one) for one in crew(self.log, row)])
        none = "nobody yet: " if self.items["status"][row] == OPEN else "nobody began: "
        return none + " or ".join(self.role(self.settings.roles[role]) for role in node.performers)

    def person(self, person: int) -> str:
        """Name a person: by name, or by role and number."""
        role = self.settings.roles[int(self.roles[person])]
        number = person - role.first_person
        name = role.people[number].name if role.people else ""
        return f"{self.role(role)}{f' {name or number + 1}' if name or role.staff > 1 else ''}"

    def role(self, role: Any) -> str:  # noqa: ANN401 - a RoleInfo
        return f"{self.department(role.department)}, {_name(role.title, role.name.partition('.')[2], role.name)}"

    def department(self, number: int) -> str:
        department = self.settings.departments[number]
        return _name(department.title, department.name)

    def spans(self, row: int) -> list[tuple[int, str, int]]:
        """List cause, words and milliseconds of a row, in the order in which they usually come."""
        if row in self.applied:
            return self.application(row)
        node = self.node(row)
        parts = dict(enumerate(self.ledger.parts(slice(row, row + 1))[0].tolist()))
        words = dict(WORDS)
        if node.kind == "timer":
            words[EXTERNAL] = "put aside"
        if node.kind in {"people", "machine"}:
            words[TRANSFER] = f"on its way to {self.department(node.department)}"
        if any(self.settings.roles[role].fit for role in node.eligible):
            words[UNAVAILABILITY] = "nobody on shift with enough time left"
        broken = [(*BROKEN_OFF[by], ms) for by, ms in gaps(self.log, row, self.stamp("completed", row)).items()]
        pause = 0
        if parts[PROCESSING] or parts[SETUP]:
            worked = self.stamp("completed", row) - self.stamp("started", row) - sum(ms for _, _, ms in broken)
            pause = worked - parts[PROCESSING] - parts[SETUP] if node.kind != "system" else 0
        later = [*broken, (UNAVAILABILITY, PAUSE, pause)]
        for cause, _, ms in later:
            parts[cause] -= ms
        found = [(cause, words[cause], parts[cause]) for cause in WORDS]
        return [entry for entry in (*found, *later) if entry[2]]

    def begun(self, row: int) -> int:
        """Give the beginning of a step: of an application, the need."""
        return int(self.log.cases["need"][self.applied[row]] if row in self.applied else self.items["created"][row])

    def application(self, row: int) -> list[tuple[int, str, int]]:
        """List what passed until an application for a case that this one called had come."""
        cases, case = self.log.cases, self.applied[row]
        need, opened, arrived = (int(cases[name][case]) for name in ("need", "opened", "arrived"))
        entries = [(CLIENT, "until the client applied", opened - need), (TRANSFER, "on its way", arrived - opened)]
        return [entry for entry in entries if entry[2]]

    def before(self) -> list[tuple[int, str, int]]:
        """List what passed between the need and the arrival at the office."""
        cases, stopped = self.log.cases, self.settings.stopped
        need = int(cases["need"][self.case])
        end = min(int(cases["arrived"][self.case]), stopped)
        opened = min(int(cases["opened"][self.case]), end)
        channel = self.channel()
        waited = f"the client waited until {channel} opened"
        if int(cases["source"][self.case]) == BACKLOG:
            waited = "it was there already when the run began"
        elif int(cases["parent"][self.case]) != NONE:
            waited = "until the client applied"
        elif self.settings.appointments:
            waited = "the client was early, and waited for the appointment"
        entries = [
            (CLIENT, waited, opened - need),
            (TRANSFER, f"the application was on its way by {channel}", end - opened),
        ]
        return [entry for entry in entries if entry[2]]

    def channel(self) -> str:
        return self.settings.channels[int(self.log.cases["channel"][self.case])].name.replace("_", " ")

    def notes(self, row: int, handed: dict[int, str], siblings: dict[int, str]) -> Iterator[str]:
        visit = int(self.items["visit"][row])
        case = int(self.items["case"][row])
        if case != self.case:
            yield f"in case {case}, of {self.kin.process(case)}, that it called"
        if visit:
            yield f"again, pass {visit + 1}"
        if row in handed:
            yield handed[row]
        run = (self.log.batch_rows == row).nonzero()[0]
        if len(run):
            firing = int(self.log.batch_starts.searchsorted(run[0], side="right")) - 1
            size = int(self.log.batch_starts[firing + 1] - self.log.batch_starts[firing])
            yield f"in a run of {size}, released {moment(self.at(self.log.batches['released'][firing]))}"
        status = int(self.items["status"][row])
        if status in STATUS:
            yield STATUS[status]
        yield from told(self.log, row, self.person)
        yield from held(self.log, row, self.person)
        yield from self.happened.get(row, ())
        if row in siblings:
            yield siblings[row]

    # -- the whole ---------------------------------------------------------------------------------------------------

    def story(self) -> Story:
        cases, settings = self.log.cases, self.settings
        before = self.before()
        spans = {row: self.spans(row) for row in self.rows}
        summed = before + [entry for row in self.rows if row in self.critical for entry in spans[row]]
        printed = iter(round_to_total(Fraction(ms, 1000) for _, _, ms in summed) if summed else ())
        told_before = tuple(_span(entry, printed) for entry in before)
        handed, siblings = self.handoffs(), self.waits_for_siblings()
        steps = tuple(self.step(row, spans[row], printed, handed, siblings) for row in self.rows)
        ended, need = int(cases["ended"][self.case]), int(cases["need"][self.case])
        lead = (settings.stopped if ended == NONE else ended) - need
        return Story(
            case=self.case,
            process=self.kin.process(self.case),
            caller=self.kin.caller(),
            origin=", ".join(
                [
                    *([self.scenario] if self.scenario else []),
                    f"seed {settings.seed}",
                    f"replication {settings.replication}",
                ]
            ),
            need=self.at(need),
            ended=None if ended == NONE else self.at(ended),
            outcome="" if ended == NONE else settings.outcomes[int(cases["outcome"][self.case])],
            channel=self.channel() if len(settings.channels) > 1 else "",
            attributes=tuple((name, _value(value)) for name, value in self.kin.attributes()),
            milliseconds=lead,
            seconds=round(Fraction(lead, 1000)),
            before=told_before,
            steps=steps,
        )

    def step(
        self,
        row: int,
        entries: list[tuple[int, str, int]],
        printed: Iterator[float],
        handed: dict[int, str],
        siblings: dict[int, str],
    ) -> Step:
        node, critical = self.node(row), row in self.critical
        rounded = printed if critical else iter([float(round(ms / 1000)) for _, _, ms in entries])
        done = int(self.items["completed"][row]) != NONE
        return Step(
            number=self.number[row],
            task=node.name,
            title="application" if row in self.applied else _name(node.title, node.name.rpartition("/")[2]),
            who=self.who(row),
            created=self.at(
                self.log.cases["need"][self.applied[row]] if row in self.applied else self.items["created"][row]
            ),
            completed=self.at(self.items["completed"][row]) if done else None,
            status=STATUS.get(int(self.items["status"][row]), "completed"),
            critical=critical,
            spans=tuple(_span(entry, rounded) for entry in entries),
            after=tuple(sorted(self.number[other] for other in self.told(int(self.items["pred"][row])))),
            notes=tuple(self.notes(row, handed, siblings)),
        )


def _name(title: str, *names: str) -> str:
    """Give the title, or the name in words where there is no title of its own."""
    return names[0].replace("_", " ") if title in {"", *names} else title


def _span(entry: tuple[int, str, int], printed: Iterator[float]) -> Span:
    cause, words, milliseconds = entry
    return Span(CAUSES[cause], words, milliseconds, int(next(printed)))


def _value(value: Any) -> str:  # noqa: ANN401 - numpy's bool, float or text
    plain = value.item() if hasattr(value, "item") else value
    if isinstance(plain, bool):
        return str(plain).lower()
    return f"{plain:g}" if isinstance(plain, float) else str(plain)


def clock(seconds: int) -> str:
    """Write seconds as days and hours:minutes:seconds."""
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    text = f"{hours:02}:{minutes:02}:{rest:02}"
    return f"{days} d {text}" if days else text


def moment(at: datetime) -> str:
    """Write a date with its weekday, and the time to the minute."""
    return f"{WEEKDAYS[at.weekday()]} {at.day:2} {MONTHS[at.month - 1]} {at.year} {at:%H:%M}"


def _page(story: Story) -> Iterator[str]:
    yield f"Case {story.case} of {story.process} ({story.origin})"
    yield f"Need   {moment(story.need)}{f'   by {story.channel}' if story.channel else ''}"
    if story.caller:
        yield f"Caller {story.caller}"
    end = f"{moment(story.ended)}   {story.outcome}" if story.ended else "still open at the end of the run"
    yield f"End    {end}"
    attributes = ", ".join(f"{name} = {value}" for name, value in story.attributes)
    yield from textwrap.wrap(attributes, PAGE, initial_indent="With   ", subsequent_indent=" " * 7)
    yield f"{'':{PAGE - SUM}}{'d hh:mm:ss':>{SUM}}"
    for span in story.before:
        yield _sum_line("  " + span.words, span.seconds)
    for step in story.steps:
        yield ""
        yield from _step_lines(step)
    yield f"{'':{PAGE - SUM}}{'-' * SUM}"
    yield _sum_line("Lead time" if story.ended else "Lead time so far", story.seconds)
    yield ""
    yield "All hours of the day count. Work and waiting behind other work pass on shift only; nights, weekends"
    yield "and holidays stand under 'nobody on shift' and 'paused'."
    if any(not step.critical for step in story.steps):
        yield "Lines with a bar ran beside the steps that decided when the case ended: not in the sum."


def _step_lines(step: Step) -> Iterator[str]:
    bar = "" if step.critical else "    | "
    after = f", after {' and '.join(map(str, step.after))}" if step.after and step.after != (step.number - 1,) else ""
    yield f"{bar}{step.number:>2}  {step.title} ({step.who}){after}"
    end = moment(step.completed) if step.completed else "open"
    yield f"{bar}    {moment(step.created)} to {end}"
    for note in step.notes:
        yield f"{bar}    {note}"
    for span in step.spans:
        if step.critical:
            yield _sum_line(f"      {span.words}", span.seconds)
        else:
            yield f"{bar}      {span.words}: {clock(span.seconds)}"


def _sum_line(words: str, seconds: int) -> str:
    return f"{words} {'.' * (PAGE - SUM - len(words) - 2)} {clock(seconds):>{SUM}}"
