"""The operator that does work side by side, or one after another again."""

from itertools import combinations
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from bpsim.model import flow
from bpsim.model.findings import listed
from bpsim.model.process import Process
from bpsim.redesign import edits
from bpsim.redesign.change import Change, Footprint, Mistakes, Trouble
from bpsim.redesign.fragments import NoChain, chain, decided_after, in_parallel, in_sequence
from bpsim.redesign.moving import checks, forks, no_task, unclear
from bpsim.redesign.ordering import Orders
from bpsim.redesign.steps import Step


class Concurrency(Change):
    """Do tasks that follow each other side by side, or those of parallel branches one after another.

    What a check between them decides is decided when all are done; or at once, and then nothing more is done for the
    case: `cancel_on_reject`.
    """

    operator: ClassVar[str] = "concurrency"
    tasks: tuple[str, ...] = Field(description="The tasks, two or more; in this order when they become a sequence.")
    mode: Literal["parallel", "sequential"] = Field("parallel", description="Side by side, or one after another.")
    cancel_on_reject: bool = Field(
        default=False, description="Side by side: the first check that ends the case takes away what is still to do."
    )

    @model_validator(mode="after")
    def _several(self) -> "Concurrency":
        if len(set(self.tasks)) < max(2, len(self.tasks)):
            raise Mistakes([Trouble("BP612", ("tasks",), "not two different tasks", "Name two or more, each once.")])
        if self.cancel_on_reject and self.mode == "sequential":
            what = "cancel_on_reject in a sequence, where nothing is done at the same time"
            raise Mistakes([Trouble("BP612", ("cancel_on_reject",), what, "Leave it out.")])
        return self

    def describe(self) -> str:
        """Say what the change does."""
        how = "side by side" if self.mode == "parallel" else "one after another"
        cancel = "; the first that ends the case cancels the others" if self.cancel_on_reject else ""
        return f"{listed(self.tasks)} are done {how}{cancel}"

    def check(self, process: Process) -> list[Trouble]:
        """Find everything that forbids the change in this process."""
        troubles = [t for i, name in enumerate(self.tasks) for t in no_task(process, name, ("tasks", i))]
        if troubles:
            return troubles
        lined = in_sequence(process, self.tasks)
        if self.mode == "sequential":
            return self._in_branches(process, lined)
        if lined != process:
            what = f"{listed(self.tasks)} are done side by side already"
            return [Trouble("BP611", ("tasks",), what, "Leave the change out.")]
        found = checks(process, self.tasks)
        if isinstance(found, Trouble):
            return [found]
        return [*self._ties(process, found), *self._leaving(process, found)]

    def _in_branches(self, process: Process, lined: Process) -> list[Trouble]:
        found = chain(lined, self.tasks)
        hint = "Name all tasks of the branches of a parallel block in which nothing else stands."
        if isinstance(found, NoChain):
            return [Trouble("BP669", ("tasks", self.tasks.index(found.task)), found.what, hint)]
        if lined == process:
            what = f"{listed(self.tasks)} are done one after another already"
            return [Trouble("BP611", ("tasks",), what, "Leave the change out.")]
        return []

    def _ties(self, process: Process, found: tuple[Step, ...]) -> list[Trouble]:
        """Find what binds tasks to each other: data, documents, people, what was declared."""
        orders, troubles = Orders(process), []
        for one, other in combinations(found, 2):
            later = other.nodes if self.cancel_on_reject else (other.task,)
            if why := orders.of_nodes(one.nodes, later):
                at = ("tasks", self.tasks.index(other.task))
                hint = "Side by side neither comes first: leave one of them out."
                troubles.append(Trouble("BP665", at, why, hint))
        return troubles

    def _leaving(self, process: Process, found: tuple[Step, ...]) -> list[Trouble]:
        """Find ways out of the block to be that are not ends."""
        if not self.cancel_on_reject:
            return []
        if not any(one.gate for one in found):
            what = f"none of {listed(self.tasks)} ends the case"
            return [Trouble("BP612", ("cancel_on_reject",), what, "Leave it out.")]
        if forks(process, found[-1]):
            return [unclear(found[-1], self.tasks)]
        hint = "Only an end can be reached from there; without cancel_on_reject it is decided when all are done."
        return [
            Trouble("BP668", ("tasks", self.tasks.index(one.task)), f"{one.gate} leads to {to}, which is no end", hint)
            for one in found
            for to in _ways_out(process, one)
            if not isinstance(process.flow[to], flow.End)
        ]

    def footprint(self, process: Process) -> Footprint:
        """Name what the change reads and writes."""
        own = {f"flow.{name}" for name in self.tasks}
        return Footprint(
            frozenset({*own, "items", "cases", *self._far(process)}), edits.written(process, self.changed(process))
        )

    def _far(self, process: Process) -> set[str]:
        """Name what else it depends on: where gateways decide, the way on follows from the whole flow."""
        following = {branch.to for name in self.tasks for branch in process.flow[name].next}
        return {"flow"} if any(isinstance(process.flow[name], flow.Exclusive) for name in following) else set()

    def changed(self, process: Process) -> Process:
        """Make the changed process."""
        if self.mode == "sequential":
            return in_sequence(process, self.tasks)
        found = checks(process, self.tasks)
        assert not isinstance(found, Trouble)  # noqa: S101 - the check has said so
        if self.cancel_on_reject:
            process = _cancelling(process, found)
        else:
            process, found = decided_after(process, found)
        split, join = (edits.free_name(process, f"{found[0].task}_{word}") for word in ("split", "join"))
        return in_parallel(process, found, split, join)


def _ways_out(process: Process, one: Step) -> list[str]:
    branches = process.flow[one.gate].next if one.gate else ()
    return list(dict.fromkeys(branch.to for branch in branches if branch.to != one.on))


def _cancelling(process: Process, found: tuple[Step, ...]) -> Process:
    """Let the ways out of checks lead to ends that take away whatever else is under way for the case."""
    made: dict[str, str] = {}
    for one in found:
        for name in _ways_out(process, one):
            end = process.flow[name]
            assert isinstance(end, flow.End)  # noqa: S101 - the check has said so
            if not end.terminate:
                clone = end.model_copy(update={"terminate": True, "was": process.lineage(name)})
                made[name] = made.get(name) or edits.free_name(process, f"{name}_at_once")
                process = edits.with_nodes(process, {**process.flow, made[name]: clone})
                process = edits.lead(process, one.gate, name, made[name])
    return edits.prune(process)
