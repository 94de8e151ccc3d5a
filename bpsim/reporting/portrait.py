"""A process in words and numbers before anything is simulated: who works where, what a case asks for, the load."""

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bpsim.model.flow import AnyNode, Batch, Call, End, Exclusive, Inclusive, Receive, Send, Task, Timer, boundaries
from bpsim.model.organisation import Role
from bpsim.model.process import Process, joined
from bpsim.model.staff_checks import described
from bpsim.model.written import NEVER, show_milliseconds
from bpsim.reporting.wording import (
    GATES,
    boundary_words,
    call_words,
    client_words,
    error_words,
    how_long,
    leaving_words,
    left_out,
    passing_words,
    waits,
)
from bpsim.tables import html_table, unit_of

if TYPE_CHECKING:
    from bpsim.engine.flowrun import FlowRun

#: Longer conditions, and longer words about who does a task, are cut in the table.
LONG, WIDE = 24, 56


@dataclass(frozen=True)
class Portrait:
    """What `bpsim show` prints; times are milliseconds. Visits, work, handoffs and contacts are means per case."""

    process: Process
    flow: "FlowRun"
    changes: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        """Give it as plain data."""
        flow = self.flow
        return {
            "process": self.process.process,
            "title": self.process.title,
            "changes": list(self.changes),
            "cases_per_week": flow.per_week,
            "touch_time": flow.touch_time,
            "handoffs": dict(flow.handoffs),
            "contacts": dict(flow.contacts),
            "roles": [self._role(name) for name in self.process.roles()],
            "nodes": [self._node(name, node) for name, node in self._nodes().items()],
        }

    def _nodes(self) -> dict[str, AnyNode]:
        """Give the nodes of all processes of a run, and the work of chases beside them."""
        every = self.process.every().items()
        return {joined(key, name): node for key, one in every for name, node in (one.flow | one.detached()).items()}

    def _role(self, name: str) -> dict[str, Any]:
        role = self.process.role(name)
        return {
            "role": name,
            "staff": role.staff,
            "calendar": role.calendar,
            "people": [
                {
                    "name": named,
                    "calendar": person.calendar,
                    "proficiency": person.proficiency,
                    "cost": person.cost,
                    "from": str(person.begins or ""),
                    "until": str(person.until or ""),
                }
                for named, person in (role.everybody() if role.described() else ())
            ],
            "cost": role.cost,
            "other_duties": role.other_duties.share if role.other_duties else 0.0,
            "load": self.flow.load[name],
            "enough": self.flow.enough[name],
        }

    def _node(self, name: str, node: AnyNode) -> dict[str, Any]:
        return {
            "node": name,
            "type": node.type,
            "title": node.title,
            "performer": list(node.performer) if isinstance(node, Task) else [],
            "visits": self.flow.visits[name],
            "work": self.flow.work.get(name, 0.0),
            "next": [branch.to for branch in node.next],
        }

    def text(self) -> str:
        """Tell it in lines of text."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        title = self.process.title
        yield f"{title} ({self.process.process})" if title else self.process.process
        yield from (f"changed: {change}" for change in self.changes)
        yield self.sentence()
        yield ""
        yield from _laid("lrlrr", [self.LOADS, *self.loads()])
        yield ""
        header = ("node", "who and how long", "visits", "time", "then")
        yield from _laid("llrrl", [header, *(self._told(name, node) for name, node in self._nodes().items())])
        yield ""
        for target in dict.fromkeys(c.on_pass.next for c in self.process.cases.clocks.values() if c.on_pass):
            words = " or ".join(passing_words(self.process, target))
            yield f"When the limit of {words}, all work on the case is cancelled and it goes on at {target}."
        yield from client_words(self.process)
        yield f"Visits and time are means per case, from {self.flow.cases:,} cases that nobody makes wait. Load is"
        yield "the work that comes in per hour that the people have for it: from 100 % on, the queue grows without end."
        out = left_out(self.process)
        yield from [f"What only a run shows, and is left out here: {', '.join(out)}."] if out else []

    def sentence(self) -> str:
        """Say what comes in and what a case asks for."""
        flow = self.flow
        contacts = sum(flow.contacts.values())
        return (
            f"About {flow.per_week:.3g} cases a week{self._waves()}. "
            f"A case takes {_time(flow.touch_time)} of people's work,\n"
            f"{flow.handoffs['department']:.2g} handoffs between departments "
            f"and {contacts:.2g} contacts with the client."
        )

    def _waves(self) -> str:
        """Say what the figures leave out: how demand changes over the years."""
        arrivals = self.process.cases.arrivals
        words = [f"a growth of {100 * arrivals.growth:.3g} % per year"] if arrivals.growth else []
        number = len(arrivals.shocks)
        words += [f"{number} shock{'s' if number > 1 else ''}"] if number else []
        return f", without {' and '.join(words)}" if words else ""

    LOADS = ("department and role", "people", "hours", "cost/h", "load")

    def loads(self) -> list[tuple[str, ...]]:
        """Give a line for each department and role."""
        rows: list[tuple[str, ...]] = []
        for name, department in self.process.departments.items():
            rows.append((department.title or name, "", "", "", ""))
            for role_name, role in department.roles.items():
                full = f"{name}.{role_name}"
                load, enough = self.flow.load[full], self.flow.enough[full]
                much = f"{100 * load:.0f} %" + (f": {enough} people would do" if load >= 1 else "")
                rows.append((f"  {full}", str(role.staff), _hours(role), f"{role.cost:g}", much))
        return rows

    def _told(self, name: str, node: AnyNode) -> tuple[str, ...]:
        work = self.flow.work.get(name)
        who, then = _cut(_who(node), WIDE), _then(node)
        return (name, who, f"{self.flow.visits[name]:.2f}", "" if work is None else _time(work), then)

    def __repr__(self) -> str:
        """Tell it."""
        return self.text()

    def _repr_html_(self) -> str:
        from bpsim.reporting.processmap import draw_svg

        table = html_table(self.LOADS, self.loads())
        return (
            f"<div style='overflow-x:auto'>{draw_svg(self.process)}</div><p>{html.escape(self.sentence())}</p>{table}"
        )


def _hours(role: Role) -> str:
    """Say when the people of a role are there, and what keeps them away."""
    calendars = dict.fromkeys((role.calendar, *(person.calendar for _, person in described(role))))
    says = [" or ".join(calendars)]
    if any(person.begins or person.until for _, person in described(role)):
        says.append("some for a time")
    if role.at_shift_end == "finish":
        says.append("overtime")
    if role.other_duties:
        says.append(f"{100 * role.other_duties.share:.0f} % other duties")
    says += [absence.name or "absences" for absence in role.absences]
    return ", ".join(says)


def portrait(process: Process, *, changes: Sequence[str] = ()) -> Portrait:
    """Walk 2,000 cases through a process that nobody makes wait, and tell what it asks for."""
    from bpsim.engine.flowrun import flow_run

    return Portrait(process, flow_run(process), tuple(changes))


def html_of(process: Process) -> str:
    """Show a process in a notebook: its map, what a case asks for, and the load per role."""
    return portrait(process)._repr_html_()


def _time(milliseconds: float) -> str:
    return unit_of("ms", [milliseconds]).show(milliseconds)


def _who(node: AnyNode) -> str:
    if isinstance(node, Timer):
        return f"timer, {waits(node)}"
    if isinstance(node, Call | Send | Receive):
        return call_words(node)
    if not isinstance(node, Task):
        return GATES.get(node.type, "ends the whole case" if isinstance(node, End) and node.terminate else node.type)
    parts = " + ".join(how_long(part.duration) for part in node.parts)
    told = [(" and " if node.together else " or ").join(node.performer), parts or how_long(node.duration)]
    if node.batch:
        told.append(_batch(node.batch))
    if node.same_person_as:
        told.append(f"by whoever did {node.same_person_as}")
    told += wishes_told(node)
    told += error_words(node)
    return ", ".join(told)


def wishes_told(task: Task) -> list[str]:
    """Say for whom else a task is kept, and who may not do it."""
    told = ["by the owner of the case"] if task.case_owner else []
    told += ["by the team of the case"] if task.case_team else []
    told += [f"by the person whom {task.person.by} names"] if task.person else []
    return told + (
        [f"never by whoever did {' or '.join(task.never_same_person_as)}"] if task.never_same_person_as else []
    )


def _batch(batch: Batch) -> str:
    rules = [f"from {batch.size} on"] if batch.size else []
    rules += [f"after {show_milliseconds(batch.max_wait)}"] if batch.max_wait != NEVER else []
    rules += [str(batch.schedule)] if batch.schedule else []
    return f"in batches ({', or '.join(rules)})"


def _then(node: AnyNode) -> str:
    ways = []
    for branch in node.next:
        rule = {"share": branch.share.text, "when": branch.when.text, "else": "else"}.get(branch.kind, "")
        shown = _cut(rule, LONG)
        ways.append(f"{shown}: {branch.to}" if isinstance(node, Exclusive | Inclusive) and shown else branch.to)
    ways += [f"{boundary_words(path, boundary)}: {boundary.next}" for path, boundary in boundaries(node)]
    if isinstance(node, Task) and node.reneges_after:
        ways.append(f"{leaving_words(node)}: {node.reneges_after.next or 'abandoned'}")
    return ", ".join(ways)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _laid(sides: str, rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lay out rows in columns, l to the left and r to the right, the first row as a header."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for i, row in enumerate(rows):
        cells = (
            cell.rjust(width) if side == "r" else cell.ljust(width)
            for cell, width, side in zip(row, widths, sides, strict=True)
        )
        yield "  ".join(cells).rstrip()
        if i == 0:
            yield "  ".join("-" * width for width in widths)
