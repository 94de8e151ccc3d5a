"""The operator that adds work: a control, a case manager's first look, an agreement with whom work is given to."""

from dataclasses import replace
from typing import Any, ClassVar

from pydantic import Field, model_validator

from bpsim.model import flow
from bpsim.model.process import Process
from bpsim.model.written import Frozen, Probability
from bpsim.redesign import edits
from bpsim.redesign.change import Change, Footprint, Mistakes, Path, Trouble, kind_of, no_such_node, percent
from bpsim.redesign.pieces import Fragment, Tasks, leads_to


class OnFail(Frozen):
    """What becomes of cases that do not pass what is put in: `{to: draft, p: 10%}`."""

    to: str = Field(description="Where they go: back to do work again, or to an end.")
    p: Probability = Field(description="The share of the passes that fail.")


class Insert(Change):
    """Put a task, or a piece of several nodes, into the flow: before or after a node, or on one flow."""

    operator: ClassVar[str] = "insert"
    task: Tasks = Field({}, description="The task: {NAME: {performer:, duration:, ...}}, as in `flow`.")
    fragment: Fragment | None = Field(None, description="Or several nodes: {nodes:, entry:, exit:}.")
    before: str = Field("", description="Before this node: all flows that lead to it lead to what is put in.")
    after: str = Field("", description="After this node, which has one flow out.")
    on: tuple[str, ...] = Field((), description="On one flow: `a -> b`.")
    on_fail: OnFail | None = Field(None, description="Some cases do not pass: {to:, p:}, by a draw of its own.")

    @model_validator(mode="before")
    @classmethod
    def _flow(cls, data: Any) -> Any:  # noqa: ANN401 - the written form may be anything
        if isinstance(data, dict) and isinstance(data.get("on"), str):
            return {**data, "on": [end.strip() for end in data["on"].split("->")]}
        return data

    @model_validator(mode="after")
    def _one_of_each(self) -> "Insert":
        troubles = []
        if len(self.task) + (self.fragment is not None) != 1:
            hint = "Write task: {NAME: {performer:, ...}}, or fragment: {nodes: {...}}."
            troubles.append(Trouble("BP612", (), "not one task or one fragment", hint))
        if sum(map(bool, (self.before, self.after, self.on))) != 1:
            hint = "Write one of them: before: NODE, after: NODE, on: a -> b."
            troubles.append(Trouble("BP612", (), "not one of before, after and on", hint))
        if len(self.on) not in (0, 2):
            troubles.append(Trouble("BP612", ("on",), "not a flow", "Write on: a -> b."))
        troubles += [
            Trouble("BP660", ("task", name, "next"), f"{name} leads on to what follows it", "Leave `next` out.")
            for name, task in self.task.items()
            if task.next
        ]
        if troubles:
            raise Mistakes(troubles)
        return self

    def describe(self) -> str:
        """Say what the change does."""
        where = f"before {self.before}" if self.before else f"after {self.after}" if self.after else ""
        where = where or f"between {self.on[0]} and {self.on[1]}"
        fails = f"; {percent(self.on_fail.p)} fail and go to {self.on_fail.to}" if self.on_fail else ""
        return f"{self._written().first()} is put in {where}{fails}"

    def makes(self) -> tuple[str, ...]:
        """Name the new nodes."""
        return tuple(self._written().nodes)

    def _written(self) -> Fragment:
        """Give what is put in, as a fragment."""
        return self.fragment or Fragment(nodes=self.task)

    def check(self, process: Process) -> list[Trouble]:
        """Find everything that forbids the change in this process."""
        found = self._written().troubles(process, "fragment")
        if self.task:
            found = [replace(trouble, path=("task", *trouble.path[2:])) for trouble in found]
        troubles = [*self._place(process), *found]
        return troubles or self._failing(process)

    def _place(self, process: Process) -> list[Trouble]:
        """Find what forbids the place."""
        if self.on:
            lost = [no_such_node(process, name, ("on",)) for name in self.on if name not in process.flow]
            return lost or _no_flow(process, *self.on)
        node = process.flow.get(self.after)
        hint = f"Say on which flow: on: {self.after} -> b." if node is not None and node.next else ""
        return misplaced(process, self.before, self.after, hint=hint)

    def _failing(self, process: Process) -> list[Trouble]:
        if not self.on_fail:
            return []
        troubles, to = [], self.on_fail.to
        known = {**process.flow, **self._written().nodes}
        if to not in known:
            troubles.append(no_such_node(process, to, ("on_fail", "to")))
        elif isinstance(known[to], flow.Start):
            hint = "Name the first node after it."
            troubles.append(Trouble("BP661", ("on_fail", "to"), f"{to} is the start: nothing leads back to it", hint))
        if not 0 < self.on_fail.p < 1:
            what = "no case fails" if not self.on_fail.p else "no case passes"
            troubles.append(Trouble("BP662", ("on_fail", "p"), what, "Write a share between 0% and 100%."))
        if not self._written().last():
            what = "all cases of the fragment end in it"
            troubles.append(Trouble("BP612", ("on_fail",), what, "Give the fragment an exit, or leave this out."))
        return troubles

    def footprint(self, process: Process) -> Footprint:
        """Name what the change reads and writes."""
        outside = {name for node in self._written().nodes.values() for name in leads_to(node)} | {
            name for name in (self.before, self.after, *self.on, self.on_fail.to if self.on_fail else "") if name
        }
        reads = {f"flow.{name}" for name in outside} | {f"departments.{name}.roles" for name in process.departments}
        return Footprint(frozenset(reads), edits.written(process, self.changed(process)))

    def changed(self, process: Process) -> Process:
        """Make the changed process."""
        piece = self._written().piece(process)
        if self.before:
            to = self.before
            process = edits.redirect(process, to, piece.first)
        else:
            origin, to = self.on or (self.after, process.flow[self.after].next[0].to)
            process = edits.lead(process, origin, to, piece.first)
        process = edits.insert(process, piece, to)
        return self._checked(process, piece.last, to) if self.on_fail else process

    def _checked(self, process: Process, last: str, to: str) -> Process:
        """Let some of the cases go another way after what is put in."""
        assert self.on_fail  # noqa: S101 - whoever calls this has looked
        gate = edits.free_name(process, f"{last}_failed")
        title = f"{process.flow[last].title or last}: failed?"
        process = edits.lead(process, last, to, gate)
        return edits.with_nodes(
            process, {**process.flow, gate: edits.choice(self.on_fail.p, self.on_fail.to, to, title)}
        )


def _no_flow(process: Process, origin: str, target: str) -> list[Trouble]:
    if target in leads_to(process.flow[origin]):
        return []
    hint = f"{origin} leads to {', '.join(leads_to(process.flow[origin])) or 'nothing'}."
    return [Trouble("BP661", ("on",), f"no flow leads from {origin} to {target}", hint)]


def misplaced(process: Process, before: str, after: str, *, hint: str) -> list[Trouble]:
    """Find what forbids a place before or after a node (the other name is empty); `hint` goes with several ways."""
    key, name = ("before", before) if before else ("after", after)
    node = process.flow.get(name)
    if node is None:
        return [no_such_node(process, name, (key,))]
    if before and isinstance(node, flow.Start):
        return [Trouble("BP661", (key,), f"{name} is the start: nothing comes before it", "Put it after the start.")]
    if before and isinstance(node, flow.Parallel | flow.Inclusive):
        return _joins(process, name, (key,))
    if after and len(node.next) != 1:
        what = f"{name} is {kind_of(process, node)} with {'no flow' if not node.next else 'several flows'} out"
        return [Trouble("BP661", (key,), what, hint)]
    return []


def _joins(process: Process, name: str, path: Path) -> list[Trouble]:
    """Say that nothing can be put before a join, where several flows wait for each other, if that is what it is."""
    into = edits.sources(process, name)
    if len(into) < 2:  # noqa: PLR2004 - a join waits for several
        return []
    what = f"{len(into)} branches meet at {name}"
    return [Trouble("BP661", path, what, f"Say on which flow: on: {into[0]} -> {name}.")]
