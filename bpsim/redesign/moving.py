"""Operators on the order of work: tasks earlier or later, checks in the order that saves most, side by side or not."""

import math
from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from bpsim.model import flow
from bpsim.model.findings import listed
from bpsim.model.graph import backwards, flows, reachable
from bpsim.model.process import Process
from bpsim.redesign import edits
from bpsim.redesign.change import Change, Footprint, Mistakes, Path, Trouble, kind_of, no_such_node
from bpsim.redesign.fragments import NoChain, chain, permute
from bpsim.redesign.inserting import misplaced
from bpsim.redesign.merging import mean_work
from bpsim.redesign.ordering import Orders
from bpsim.redesign.steps import Step, step

#: More checks than this are not put into an order: there would be too many orders.
MOST_CHECKS = 12


class Move(Change):
    """Put tasks earlier or later in the flow, or checks into the order in which least work is done in vain.

    A task moves with the gateway that decides by what it found.
    """

    operator: ClassVar[str] = "move"
    tasks: tuple[str, ...] = Field(min_length=1, description="The tasks; they stand in this order afterwards.")
    before: str = Field("", description="Put them before this node.")
    after: str = Field("", description="Put them after this one, and after the gateway that decides by what it found.")
    order: Literal["", "knockout"] = Field(
        "", description="knockout: checks by the chance that they end the case per working time, the highest first."
    )

    @model_validator(mode="after")
    def _one_place(self) -> "Move":
        if sum(map(bool, (self.before, self.after, self.order))) != 1:
            hint = "Write one of them: before: NODE, after: NODE, order: knockout."
            raise Mistakes([Trouble("BP612", (), "not one of before, after and order", hint)])
        if len(set(self.tasks)) < len(self.tasks):
            raise Mistakes([Trouble("BP612", ("tasks",), "a task named twice", "Name each once.")])
        return self

    def describe(self) -> str:
        """Say what the change does."""
        if self.order:
            return f"{listed(self.tasks)} are done in the order in which least work is done in vain"
        return f"{listed(self.tasks)} {self._verb()} {'before' if self.before else 'after'} {self.before or self.after}"

    def _verb(self) -> str:
        return "moves" if len(self.tasks) == 1 else "move"

    def check(self, process: Process) -> list[Trouble]:
        """Find everything that forbids the change in this process."""
        troubles = [t for i, name in enumerate(self.tasks) for t in no_task(process, name, ("tasks", i))]
        if troubles:
            return troubles
        troubles = self._checks(process) if self.order else self._place(process) or self._ties(process)
        if not troubles and self.changed(process) == process:
            troubles = [Trouble("BP611", (), "the tasks stand so already", "Leave the change out.")]
        return troubles

    def _place(self, process: Process) -> list[Trouble]:
        """Find what forbids the place."""
        key, name = ("before", self.before) if self.before else ("after", self.after)
        if name in process.flow and any(name in step(process, task).nodes for task in self.tasks):
            return [Trouble("BP661", (key,), f"{name} is to be moved itself", "Name a node that stays.")]
        return misplaced(process, self.before, self.after, hint="Name the node before which they are to stand.")

    def _ties(self, process: Process) -> list[Trouble]:
        """Find what binds a task to a node that it would be moved across, or to another that is moved."""
        orders, troubles = Orders(process), []
        for i, name in enumerate(self.tasks):
            own = step(process, name).nodes
            crossed, forward = self._crossed(process, name)
            earlier = [other for other in self.tasks[i + 1 :] if comes_before(process, other, name)]
            why = orders.of_nodes(own, crossed) if forward else orders.of_nodes(crossed, own)
            why = why or orders.of_nodes(earlier, own)
            if why:
                hint = "Leave the task where it is, or change that first."
                troubles.append(Trouble("BP665", ("tasks", i), why, hint))
        return troubles

    def _crossed(self, process: Process, name: str) -> tuple[list[str], bool]:
        """Give the nodes that a task is moved across, and whether it moves forwards."""
        found, anchor = flows(process), self.before or self.after
        into = backwards(found)
        forward = not comes_before(process, anchor, name)
        first, last = (name, anchor) if forward else (anchor, name)
        between = reachable(found, found[first], avoiding=last) & reachable(into, into[last], avoiding=first)
        passed = (
            step(process, anchor).nodes if self.after and forward else [anchor] if self.before and not forward else []
        )
        moved = {node for task in self.tasks for node in step(process, task).nodes}
        return sorted((between | {*passed}) - moved), forward

    def _checks(self, process: Process) -> list[Trouble]:
        """Find what forbids an order by the chance to end."""
        found = checks(process, self.tasks)
        if isinstance(found, Trouble):
            return [found]
        if forks(process, found[-1]):
            return [unclear(found[-1], self.tasks)]
        if len(found) > MOST_CHECKS:
            what = f"{len(found)} checks, and at most {MOST_CHECKS} are put into an order"
            return [Trouble("BP612", ("tasks",), what, "Name fewer.")]
        troubles = []
        for one in found:
            at = ("tasks", self.tasks.index(one.task))
            if effort(process.tasks()[one.task]) is None:
                what = f"how long {one.task} takes depends on the case"
                troubles.append(Trouble("BP667", at, what, "Put it where it belongs: move: {tasks:, before:}."))
            if rejects(process, one) is None:
                what = f"how often {one.gate} ends the case depends on the case"
                troubles.append(Trouble("BP667", at, what, "Put it where it belongs: move: {tasks:, before:}."))
        return troubles

    def footprint(self, process: Process) -> Footprint:
        """Name what the change reads and writes."""
        return Footprint(frozenset({"flow", "items", "cases"}), edits.written(process, self.changed(process)))

    def changed(self, process: Process) -> Process:
        """Make the changed process."""
        if self.order:
            found = checks(process, self.tasks)
            assert not isinstance(found, Trouble)  # noqa: S101 - the check has said so
            return permute(process, found, best(process, found))
        for name in self.tasks if self.before else reversed(self.tasks):
            process = self._moved(process, name)
        return process

    def _moved(self, process: Process, name: str) -> Process:
        moved = step(process, name)
        process, rest = _lifted(process, moved)
        if self.before:
            process = edits.redirect(process, self.before, name, leave=moved.nodes)
            return edits.lead(process, moved.last, rest, self.before)
        anchor = step(process, self.after)
        process = edits.lead(process, anchor.last, anchor.on, name)
        return edits.lead(process, moved.last, rest, anchor.on)


def comes_before(process: Process, one: str, other: str) -> bool:
    """Tell whether every way to a node passes another."""
    return other not in reachable(flows(process), [process.start()], avoiding=one)


def no_task(process: Process, name: str, path: Path) -> list[Trouble]:
    """Say that a name is no task, if it is none."""
    node = process.flow.get(name)
    if node is None:
        return [no_such_node(process, name, path)]
    if isinstance(node, flow.Task):
        return []
    return [Trouble("BP605", path, f"{name} is {kind_of(process, node)}, not a task", "Name a task.")]


def _lifted(process: Process, moved: Step) -> tuple[Process, str]:
    """Lead what led to a step to what follows it, and name that; the step stays, with nothing that leads to it."""
    rest = moved.on
    if len([name for name in edits.sources(process, moved.task) if name not in moved.nodes]) > 1:
        process, rest = edits.merged_before(process, moved.last, rest)
    return edits.redirect(process, moved.task, rest, leave=moved.nodes), rest


def checks(process: Process, tasks: Sequence[str]) -> tuple[Step, ...] | Trouble:
    """Give tasks that follow each other, each with its decision; or say why they are not that."""
    found = chain(process, tasks)
    if isinstance(found, NoChain):
        hint = "Only the gateways that decide by what a task found may stand between the tasks."
        return Trouble("BP615", ("tasks", tasks.index(found.task)), found.what, hint)
    steps = tuple(step(process, name) for name in found.tasks)
    for one, after in zip(steps, found.tasks[1:], strict=False):
        if one.on != after:
            return unclear(one, tasks)
    return steps


def unclear(one: Step, tasks: Sequence[str]) -> Trouble:
    """Say that it cannot be told how a case goes on after a step."""
    what = f"it is not clear how the case goes on after {one.task}, at {one.on}"
    hint = "One way must lead on; the others end the case, or lead back."
    return Trouble("BP666", ("tasks", tasks.index(one.task)), what, hint)


def forks(process: Process, one: Step) -> bool:
    """Tell whether a gateway follows a step from which no way is the way on."""
    node = process.flow[one.on]
    return isinstance(node, flow.Exclusive) and len(node.next) > 1 and not one.gate


def effort(task: flow.Task) -> float | None:
    """Give the mean time that a task takes, in ms; None when it depends on the case."""
    return mean_work(task.parts or (flow.Part(was="", duration=task.duration),))


def rejects(process: Process, one: Step) -> float | None:
    """Give the chance that a case does not go on after a step; None when it depends on the case."""
    if not one.gate:
        return 0.0
    branches = process.flow[one.gate].next
    shares = [branch.share.constant() if branch.kind == "share" else 0.0 for branch in branches]
    if None in shares or any(branch.kind == "when" for branch in branches):
        return None
    rest = 1 - math.fsum(shares)
    chances = zip(branches, shares, strict=True)
    return math.fsum(rest if branch.kind == "else" else share for branch, share in chances if branch.to != one.on)


def best(process: Process, found: Sequence[Step]) -> tuple[Step, ...]:
    """Put checks into the order in which least working time is expected, and that no tie forbids.

    Without ties that is by falling chance to end the case per working time. Of equal orders the one nearest to today's.
    """
    orders = Orders(process)
    ties = [{j for j in range(i) if orders.of_nodes(found[j].nodes, one.nodes)} for i, one in enumerate(found)]
    work = [effort(process.tasks()[one.task]) or 0.0 for one in found]
    stays = [1 - (rejects(process, one) or 0.0) for one in found]
    plans: dict[int, tuple[float, tuple[int, ...]]] = {0: (0.0, ())}
    for done in range(2 ** len(found)):
        spent, order = plans.get(done, (0.0, ()))
        left = [i for i in range(len(found)) if not done >> i & 1 and ties[i] <= {*order}] if done in plans else []
        for i in left:
            plan = round(spent + math.prod(stays[j] for j in order) * work[i], 6), (*order, i)
            plans[done | 1 << i] = min(plan, plans.get(done | 1 << i, plan))
    return tuple(found[i] for i in plans[2 ** len(found) - 1][1])
