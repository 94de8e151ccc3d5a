"""The difference of two processes before anything is simulated: what is written otherwise, and what that asks for."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from bpsim.engine.flowrun import FlowRun, flow_run
from bpsim.model.flow import Branch, Task
from bpsim.model.process import Process
from bpsim.redesign.scenario import Scenario
from bpsim.tables import html_table, text_table, unit_of

_HEADER = ("figure", "before", "after", "difference")
#: Keys of a node that are told as flows, as performers or as the match itself.
_ELSEWHERE = {"next", "ordered", "performer", "was"}
#: Values inside a part that say nothing.
_SILENT: tuple[Any, ...] = (None, "", "never", "0", "0min", [], {})


@dataclass(frozen=True, slots=True)
class Edit:
    """What is written otherwise: a dotted path in the process after, its value before and after (None: not there)."""

    path: str
    before: Any
    after: Any

    def __str__(self) -> str:
        """Give one line."""
        return f"{self.path}: {_said(self.before)} -> {_said(self.after)}"


@dataclass(frozen=True, slots=True)
class Change:
    """A figure of the flow run before and after, in its own unit; None where there is no such node or role."""

    measure: str
    group: str
    unit: str
    before: float | None
    after: float | None

    @property
    def difference(self) -> float:
        """Give what is added; what is not there counts as nothing."""
        return (self.after or 0.0) - (self.before or 0.0)

    def row(self) -> tuple[str, str, str, str]:
        """Give the line as it is shown."""
        values = [value for value in (self.before, self.after) if value is not None]
        unit = unit_of(self.unit, values)
        like = max(values, key=abs)
        before, after = ("-" if v is None else unit.show(v, like=like) for v in (self.before, self.after))
        more = unit.show(self.difference, sign=False) if self.difference else "0"
        name = f"{self.measure}[{self.group}]" if self.group else self.measure
        return name, before, after, f"+{more}" if self.difference > 0 else more


@dataclass(frozen=True)
class Difference:
    """What one process has otherwise than another; nodes are matched by their lineage.

    `merged` maps a new task to the tasks it is made of, or a part of; `renamed` an old name to the new one. Flows are
    written `a -> b`, in the names of the process after where the node is still there.
    """

    before: str
    after: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    merged: dict[str, tuple[str, ...]]
    renamed: dict[str, str]
    flows: tuple[Edit, ...]
    performers: tuple[Edit, ...]
    fields: tuple[Edit, ...]
    figures: tuple[Change, ...]

    def __bool__(self) -> bool:
        """Tell whether anything differs."""
        written = self.added, self.removed, self.changed, self.renamed, self.flows, self.performers, self.fields
        return any(written) or any(figure.difference for figure in self.figures)

    def as_json(self) -> dict[str, Any]:
        """Give it as plain data; times are milliseconds."""
        return {
            "before": self.before,
            "after": self.after,
            "tasks": {
                "added": list(self.added),
                "removed": list(self.removed),
                "changed": list(self.changed),
                "merged": {name: list(parts) for name, parts in self.merged.items()},
                "renamed": dict(self.renamed),
            },
            "flows": [asdict(edit) for edit in self.flows],
            "performers": [asdict(edit) for edit in self.performers],
            "fields": [asdict(edit) for edit in self.fields],
            "figures": [asdict(figure) | {"difference": figure.difference} for figure in self.figures],
        }

    def _lines(self) -> Iterator[str]:
        yield f"{self.before} -> {self.after}"
        if not self:
            yield "no difference"
        for name in self.added:
            parts = self.merged.get(name)
            made = (
                "" if not parts else f" (a part of {parts[0]})" if len(parts) == 1 else f" (made of {', '.join(parts)})"
            )
            yield f"added: {name}{made}"
        yield from (f"removed: {name}" for name in self.removed)
        yield from (f"renamed: {old} -> {new}" for old, new in self.renamed.items())
        for edit in self.flows:
            word = "flow added" if edit.before is None else "flow removed" if edit.after is None else "flow changed"
            rules = f": {edit.before} -> {edit.after}" if word == "flow changed" else ""
            yield f"{word}: {edit.path}{rules}"
        yield from map(str, (*self.performers, *self.fields))

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Give the figures that differ, as they are shown."""
        return [figure.row() for figure in self.figures if figure.difference]

    def text(self) -> str:
        """Tell it in lines of text."""
        table = ["", text_table(_HEADER, self.rows())] if self.rows() else []
        return "\n".join([*self._lines(), *table]) + "\n"

    def __repr__(self) -> str:
        """Tell it."""
        return self.text()

    def _repr_html_(self) -> str:
        lines = "".join(f"<li>{escape(line)}</li>" for line in self._lines())
        return f"<ul style='list-style:none'>{lines}</ul>" + (html_table(_HEADER, self.rows()) if self.rows() else "")


def diff(before: Process | Scenario, after: Process | Scenario | None = None) -> Difference:
    """Give what `after` has otherwise than `before`; of a scenario alone, what its changes make of its base.

    >>> bpsim.diff(as_is, to_be)
    """
    if after is None:
        if not isinstance(before, Scenario):
            raise TypeError("a process alone has nothing to differ from")
        return _between(before.process, before.resolved(), "base", before.scenario)
    one, other = (each.resolved() if isinstance(each, Scenario) else each for each in (before, after))
    names = (each.scenario if isinstance(each, Scenario) else each.process for each in (before, after))
    return _between(one, other, *names)


def _between(before: Process, after: Process, one: str, other: str) -> Difference:
    match = _matched(before, after)
    old, new = before.as_written(), after.as_written()
    fields = [edit for key in old if key not in {"flow", "evidence"} for edit in _edits(key, old[key], new[key])]
    performers = [
        Edit(f"flow.{now}.performer", list(was.performer), list(task.performer))
        for then, now in match.items()
        if isinstance(was := before.flow[then], Task) and isinstance(task := after.flow[now], Task)
        if was.performer != task.performer
    ]
    changed = [edit.path.split(".")[1] for edit in performers]
    for then, now in match.items():
        mine, theirs = (
            {k: v for k, v in node.items() if k not in _ELSEWHERE} for node in (old["flow"][then], new["flow"][now])
        )
        edits = _edits(f"flow.{now}", mine, theirs)
        fields += edits
        changed += [now] if edits else []
    return Difference(
        before=one,
        after=other,
        added=tuple(name for name in after.flow if name not in match.values()),
        removed=tuple(name for name in before.flow if name not in match),
        changed=tuple(dict.fromkeys(changed)),
        merged=_merged(before, after),
        renamed={then: now for then, now in match.items() if then != now},
        flows=tuple(_flows(before, after, match)),
        performers=tuple(performers),
        fields=tuple(fields),
        figures=tuple(_figures(flow_run(before), flow_run(after), match)),
    )


def _matched(before: Process, after: Process) -> dict[str, str]:
    """Match nodes: the same name and lineage first, then the first of the same lineage; a united task is a new one."""
    united = _merged(before, after)
    free = [name for name in after.flow if name not in united]
    match = {n: n for n in before.flow if n in free and before.lineage(n) == after.lineage(n)}
    free = [name for name in free if name not in match]
    for name in before.flow:
        if name not in match:
            found = next((each for each in free if after.lineage(each) == before.lineage(name)), None)
            if found is not None:
                match[name] = found
                free.remove(found)
    return {name: match[name] for name in before.flow if name in match}


def _merged(before: Process, after: Process) -> dict[str, tuple[str, ...]]:
    """Name the tasks before that a task after is made of (or is a part of), where they were not one already."""
    found = {}
    for name, task in after.tasks().items():
        was = {part.was for part in task.parts}
        parts = tuple(old for old in before.tasks() if before.lineage(old) in was)
        if len(parts) > 1 or (parts and name not in before.flow and after.lineage(name) not in was):
            found[name] = parts
    return found


def _flows(before: Process, after: Process, match: dict[str, str]) -> Iterator[Edit]:
    old = {
        f"{match.get(name, name)} -> {match.get(way.to, way.to)}": _rule(way)
        for name, node in before.flow.items()
        for way in node.next
    }
    new = {f"{name} -> {way.to}": _rule(way) for name, node in after.flow.items() for way in node.next}
    for path in dict.fromkeys((*old, *new)):
        if old.get(path) != new.get(path):
            yield Edit(path, old.get(path), new.get(path))


def _rule(way: Branch) -> str:
    return {"share": way.share.text, "when": way.when.text}.get(way.kind, way.kind)


def _edits(path: str, before: Any, after: Any) -> list[Edit]:  # noqa: ANN401 - plain data
    if isinstance(before, dict) and isinstance(after, dict):
        keys = dict.fromkeys((*before, *after))
        return [edit for key in keys for edit in _edits(f"{path}.{key}", before.get(key), after.get(key))]
    return [] if before == after else [Edit(path, before, after)]


def _figures(before: FlowRun, after: FlowRun, match: dict[str, str]) -> Iterator[Change]:
    back = {now: then for then, now in match.items()}
    yield Change("cases_per_week", "", "", before.per_week, after.per_week)
    yield Change("touch_time", "", "ms", before.touch_time, after.touch_time)
    for level in before.handoffs:
        yield Change("handoffs", level, "", before.handoffs[level], after.handoffs[level])
    for way in before.contacts:
        yield Change("contacts", way, "", before.contacts[way], after.contacts[way])
    yield Change("documents", "", "", before.documents, after.documents)
    for name in after.visits:
        then = name if "/" in name else back.get(name, "")  # nodes of other processes keep their names
        yield Change("visits", name, "", before.visits.get(then), after.visits[name])
    for name in before.visits:
        if name not in match and name not in after.visits:
            yield Change("visits", name, "", before.visits[name], None)
    for role in dict.fromkeys((*before.load, *after.load)):
        yield Change("load", role, "share", before.load.get(role), after.load.get(role))
        yield Change("enough", role, "people", before.enough.get(role), after.enough.get(role))


def _said(value: object) -> str:
    """Write a value for people; of a part with keys only what says something."""
    if isinstance(value, dict):
        told = (f"{key}: {_said(inner)}" for key, inner in value.items() if inner not in _SILENT)
        return f"{{{', '.join(told)}}}"
    return "nothing" if value is None else ", ".join(map(_said, value)) if isinstance(value, list) else str(value)
