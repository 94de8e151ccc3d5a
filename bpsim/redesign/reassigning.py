"""The operator that gives tasks to somebody else: another role, the client, a third party, a system."""

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import Field

from bpsim.model import flow
from bpsim.model.findings import listed
from bpsim.model.process import Process
from bpsim.model.written import ALWAYS, NEVER, Chance, Frozen, Money
from bpsim.redesign import edits
from bpsim.redesign.change import Change, Footprint, Trouble, by_people, kind_of, no_such, no_such_node

#: What only work of people has.
OF_PEOPLE: dict[str, Any] = {
    "same_person_as": "",
    "never_same_person_as": (),
    "case_owner": False,
    "case_team": False,
    "person": None,
    "familiarity": 1.0,
    "keeps_for": NEVER,
}
#: What only work has that waits in a queue.
OF_QUEUES: dict[str, Any] = {"batch": None, "preempts": False, "reneges_after": None}
WHOSE = {flow.CLIENT: "the client", flow.EXTERNAL: "a third party", flow.SYSTEM: "a system"}


class Terms(Frozen):
    """On which terms somebody does a task."""

    response: flow.Duration | None = Field(
        None, description="How long it takes them; without a role: until the answer is there."
    )
    price: Money | None = Field(None, description="What each time costs that somebody else does it.")
    error: Chance | None = Field(None, description="How often they make an error.")


class Reassign(Change):
    """Give tasks to a role that can do them, to the client, to a third party or to a system."""

    operator: ClassVar[str] = "reassign"
    tasks: tuple[str, ...] = Field(min_length=1, description="The tasks.")
    to: str = Field(description="A department.role, client, external or system.")
    terms: Terms = Field(
        Terms(), description="response: how long it takes them; price: of each time; error: how often."
    )

    def describe(self) -> str:
        """Say what the change does."""
        price = "" if self.terms.price is None else f" for {self.terms.price:g} each"
        return f"{WHOSE.get(self.to, self.to)} does {listed(self.tasks)}{price}"

    def check(self, process: Process) -> list[Trouble]:
        """Find everything that forbids the change in this process."""
        troubles = [*self._names(process), *self._terms()]
        if troubles:
            return troubles
        troubles = [trouble for place in enumerate(self.tasks) for trouble in self._task(process, *place)]
        if not troubles and self.changed(process) == process:
            what = f"{WHOSE.get(self.to, self.to)} does {listed(self.tasks)} already"
            troubles.append(Trouble("BP611", ("to",), what, "Leave the change out."))
        return troubles

    def _names(self, process: Process) -> Iterator[Trouble]:
        for i, name in enumerate(self.tasks):
            node = process.flow.get(name)
            if node is None:
                yield no_such_node(process, name, ("tasks", i))
            elif not isinstance(node, flow.Task):
                what = f"{name} is {kind_of(process, node)}, not a task"
                yield Trouble("BP605", ("tasks", i), what, "Name a task.")
            elif name in self.tasks[:i]:
                yield Trouble("BP612", ("tasks", i), f"{name} is named twice", "Name each once.")
        if self.to not in flow.RESERVED and self.to not in process.roles():
            yield no_such("role", self.to, ("to",), (*process.roles(), *flow.RESERVED))

    def _terms(self) -> Iterator[Trouble]:
        if self.to in (flow.CLIENT, flow.EXTERNAL) and self.terms.response is None:
            what = f"nothing says how long it takes {WHOSE[self.to]}"
            yield Trouble("BP612", ("terms",), what, "Write terms: {response: ...}: work is no answer.")
        if self.to not in flow.RESERVED and self.terms.price is not None:
            what = f"a price for work of {self.to}"
            yield Trouble("BP612", ("terms", "price"), what, "Their work costs what their hours cost.")

    def _task(self, process: Process, place: int, name: str) -> Iterator[Trouble]:
        task, path = process.tasks()[name], ("tasks", place)
        if task.together:
            yield Trouble("BP617", path, f"{name} needs several people at once", "Give it to nobody alone.")
        elif self._people(process):
            if by_people(process, task) and self.to not in process.performers(task):
                able = f"staff: {{role: {self.to}, also: [{', '.join(task.performer)}]}}"
                yield Trouble("BP675", path, f"{self.to} cannot do {name}", f"Cross-train first: {able}.")
        else:
            yield from self._needs_people(process, name, path)

    def _needs_people(self, process: Process, name: str, path: tuple[str, int]) -> Iterator[Trouble]:
        """Find what needs a person at a task that none does any more."""
        for owner, task in process.tasks().items():
            if owner in self.tasks:
                continue
            if task.same_person_as == name:
                hint = f"End that first: allocate: {{tasks: [{owner}], policy: any}}."
                yield Trouble("BP607", path, f"{owner} is done by whoever did {name}", hint)
            if name in task.never_same_person_as:
                what = f"{owner} is never done by whoever did {name}"
                yield Trouble("BP607", path, what, "Four eyes need a person at each of the two.")

    def _people(self, process: Process) -> bool:
        """Tell whether people do the tasks afterwards."""
        return self.to not in flow.RESERVED and process.role(self.to).kind == "people"

    def footprint(self, process: Process) -> Footprint:
        """Name what the change reads and writes."""
        reads = {f"departments.{name}.roles" for name in process.departments}
        reads |= {f"flow.{name}.{key}" for name in process.flow for key in ("same_person_as", "never_same_person_as")}
        writes = edits.written(process, self.changed(process)) | {f"flow.{name}" for name in self.tasks}
        gone = {name for name in process.flow if f"flow.{name}" in writes} - set(self.tasks)
        return Footprint(frozenset(reads | ({"flow"} if gone else set())), frozenset(writes))

    def changed(self, process: Process) -> Process:
        """Make the changed process; what only the held or waiting work led to goes with it."""
        for name in self.tasks:
            process = self._given(process, name)
        return edits.prune(process)

    def _given(self, process: Process, name: str) -> Process:
        fields: dict[str, Any] = {"performer": (self.to,)}
        if self.terms.price is not None or not process.tasks()[name].by_people():
            fields["price"] = self.terms.price or 0.0  # that of whoever did it goes with them
        if not self._people(process):
            fields |= OF_PEOPLE
        if self.to in flow.RESERVED:
            fields |= OF_QUEUES
        if self.to not in (flow.CLIENT, flow.EXTERNAL):
            fields["calendar"] = ALWAYS
        said = []
        if self.terms.response is not None:
            fields |= {"duration": self.terms.response, "parts": ()}
            said.append("duration")
        if self.terms.error is not None:
            fields["introduces_error"] = self.terms.error
            said.append("introduces_error")
        if self.terms.price is not None:
            said.append("price")
        process = edits.set_node(process, name, **fields)
        return edits.saying(process, [f"flow.{name}.{key}" for key in said], self.evidence and self.evidence.plain())
