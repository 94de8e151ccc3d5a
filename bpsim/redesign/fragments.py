"""Pieces of the flow with one entry, and the primitives of redesign on them.

Replace (`replace`), fuse (`fuse`), permute a sequence (`permute`), sequence to parallel (`in_parallel`), parallel to
sequence (`in_sequence`), guard (`guard`). The other primitives stand in `edits`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bpsim.model import flow
from bpsim.model.graph import flows
from bpsim.model.process import Evidence, Process
from bpsim.redesign import edits, references
from bpsim.redesign.steps import Step, step


@dataclass(frozen=True, slots=True)
class Chain:
    """Tasks in the order of the flow, and the exclusive gateways between each and the next."""

    tasks: tuple[str, ...]
    between: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class NoChain:
    """Why tasks are no chain: where (a task) and what."""

    task: str
    what: str


def chain(process: Process, tasks: Sequence[str]) -> Chain | NoChain:
    """Put tasks in the order of the flow; only exclusive gateways may stand between them, and nothing may enter."""
    failures = []
    for first in tasks:
        found = _from(process, first, tasks)
        if isinstance(found, Chain):
            found = _entered(process, found) or found
        if isinstance(found, Chain):
            return found
        failures.append(found)
    return failures[0]


def _from(process: Process, first: str, tasks: Sequence[str]) -> Chain | NoChain:
    order, between = [first], []
    while len(order) < len(tasks):
        ahead = _ahead(process, order[-1])
        options = [name for name in tasks if name in ahead and name not in order]
        if not options:
            left = next(name for name in tasks if name not in order)
            return NoChain(left, f"{left} does not follow {order[-1]}")
        if len(options) > 1:
            return NoChain(options[1], f"after {order[-1]} comes either {' or '.join(options)}")
        order.append(options[0])
        between.append(ahead[options[0]])
    return Chain(tuple(order), tuple(between))


def _ahead(process: Process, name: str) -> dict[str, tuple[str, ...]]:
    """Give the tasks that come next when only exclusive gateways are passed, and the gateways on the way to each."""
    targets = flows(process)
    seen: dict[str, None] = {}
    todo = list(targets[name])
    while todo:
        node = todo.pop()
        if node not in seen:
            seen[node] = None
            todo += targets[node] if isinstance(process.flow[node], flow.Exclusive) else ()
    gateways = {node for node in seen if isinstance(process.flow[node], flow.Exclusive)}
    return {node: _leading(targets, gateways, node) for node in seen if node not in gateways}


def _leading(targets: dict[str, tuple[str, ...]], gateways: set[str], to: str) -> tuple[str, ...]:
    """Give the gateways from which a node can be reached through gateways alone."""
    leading: set[str] = set()
    while more := {g for g in gateways - leading if any(t == to or t in leading for t in targets[g])}:
        leading |= more
    return tuple(sorted(leading))


def _entered(process: Process, found: Chain) -> NoChain | None:
    for before, gateways, task in zip(found.tasks, found.between, found.tasks[1:], strict=False):
        inside = {before, *gateways}
        for node in (*gateways, task):
            outside = [origin for origin in edits.sources(process, node) if origin not in inside]
            if outside:
                return NoChain(task, f"{outside[0]} leads to {node}, between {before} and {task}")
    return None


def in_sequence(process: Process, tasks: Sequence[str]) -> Process:
    """Put parallel branches that hold only the given tasks one after another, in the order of the tasks given."""
    for split, node in process.flow.items():
        if isinstance(node, flow.Parallel) and len(node.next) > 1:
            branches = [_branch(process, branch.to, tasks) for branch in node.next]
            joins = {join for _, join in branches}
            if len(joins) == 1 and "" not in joins and not _named(process, {split, *joins}):
                branches.sort(key=lambda branch: tasks.index(branch[0][0].task))
                return in_sequence(_lined_up(process, split, [b for b, _ in branches], joins.pop()), tasks)
    return process


def _branch(process: Process, first: str, tasks: Sequence[str]) -> tuple[list[Step], str]:
    """Follow a branch of listed tasks to the join that ends it; without a name when anything else stands in it."""
    found: list[Step] = []
    name = first
    while name in tasks and name not in [one.task for one in found] and len(edits.sources(process, name)) == 1:
        found.append(step(process, name))
        name = found[-1].on
    node = process.flow[name]
    joins = found and isinstance(node, flow.Parallel) and len(node.next) == 1
    return found, name if joins else ""


def _named(process: Process, gateways: set[str]) -> bool:
    """Tell whether gateways do more than split and join: they set an attribute, a clock names them, they break off."""
    clocks = process.cases.clocks.values()
    spoken = {name for clock in clocks for name in (clock.start, *clock.to)}
    nodes = {name: process.flow[name] for name in gateways}
    return any(node.assign or flow.boundaries(node) or name in spoken for name, node in nodes.items())


def _lined_up(process: Process, split: str, branches: Sequence[Sequence[Step]], join: str) -> Process:
    after = process.flow[join].next[0].to
    process = edits.redirect(process, split, branches[0][0].task)
    starts = [branch[0].task for branch in branches[1:]]
    for branch, start in zip(branches, [*starts, after], strict=True):
        process = edits.lead(process, branch[-1].last, join, start)
    return edits.with_nodes(process, {n: node for n, node in process.flow.items() if n not in {split, join}})


def replace(process: Process, region: Sequence[str], piece: edits.Piece, to: str) -> Process:
    """Put a piece in the place of nodes with one way in (to the first of them); it goes on to a node.

    What only they led to goes with them.
    """
    process = edits.redirect(process, region[0], piece.first or to, leave=region)
    left = {name: node for name, node in process.flow.items() if name not in region}
    return edits.prune(edits.insert(edits.with_nodes(process, left), piece, to))


def fuse(process: Process, found: Chain, name: str, task: flow.Task, *, drop: bool) -> Process:
    """Put one task in the place of the first of a chain; the others go, their ways out stay (or are dropped).

    What a later part sets is set where it was, in a gateway with that part's lineage.
    """
    moved = _evidence(process, found, name) if task.parts else {}
    if drop:
        for gateways, after in zip(found.between, found.tasks[1:], strict=True):
            for gateway in gateways:
                process = edits.redirect(process, gateway, after)
        process = edits.prune(process)
    first, *others = found.tasks
    for other in others:
        process = _only_data(process, other) if process.flow[other].assign else edits.delete(process, other)
    process = edits.redirect(process, first, name)
    new = task.model_copy(update={"next": process.flow[first].next})
    nodes = {name if key == first else key: new if key == first else node for key, node in process.flow.items()}
    process = edits.with_nodes(process, nodes)
    kept = {path: said for path, said in process.evidence.items() if not path.startswith(f"flow.{name}.duration")}
    process = process.model_copy(update={"evidence": kept | moved})
    for old in found.tasks:
        process = references.renamed(process, old, name)
    return edits.without_order(process)


def _only_data(process: Process, name: str) -> Process:
    node = process.flow[name]
    kept = flow.Exclusive(was=process.lineage(name), next=node.next, assign=node.assign)
    process = edits.insert_before(process, name, edits.free_name(process, f"{name}_data"), kept)
    return edits.prune(process)


def _evidence(process: Process, found: Chain, name: str) -> dict[str, Evidence]:
    """Say of the parts what was said of the durations that they were."""
    moved = {}
    place = 0
    for task in found.tasks:
        parts = process.tasks()[task].parts
        for i in range(len(parts) or 1):
            old = f"flow.{task}.parts.{i}.duration" if parts else f"flow.{task}.duration"
            new = f"flow.{name}.parts.{place}.duration"
            for path, said in process.evidence.items():
                if path == old or path.startswith(f"{old}."):
                    moved[new + path.removeprefix(old)] = said
            place += 1
    return moved


def permute(process: Process, steps: Sequence[Step], order: Sequence[Step]) -> Process:
    """Put steps that follow each other into another order; each decides as before, and goes on to the next."""
    new = {steps[0].task: order[0].task}
    process = edits.redirect(process, steps[0].task, order[0].task)
    following = [*(one.task for one in order[1:]), new.get(steps[-1].on, steps[-1].on)]
    for one, to in zip(order, following, strict=True):
        process = edits.lead(process, one.last, new.get(one.on, one.on), to)
    return process


def in_parallel(process: Process, steps: Sequence[Step], split: str, join: str) -> Process:
    """Put steps that follow each other side by side, each with its gateway, whose way on leads to the join."""
    new = {steps[0].task: split}
    after = new.get(steps[-1].on, steps[-1].on)
    process = edits.redirect(process, steps[0].task, split)
    for one in steps:
        process = edits.lead(process, one.last, new.get(one.on, one.on), join)
    branches = tuple(flow.Branch(to=one.task) for one in steps)
    block = {split: flow.Parallel(next=branches), join: flow.Parallel(next=(flow.Branch(to=after),))}
    return edits.with_nodes(process, {**process.flow, **block})


def decided_after(process: Process, steps: Sequence[Step]) -> tuple[Process, tuple[Step, ...]]:
    """Take the gateways out from between steps: what they decide is decided when all is done, in the old order.

    Gives the steps as they are then, without gateways.
    """
    gates = [one for one in steps if one.gate]
    following = [*(one.task for one in steps[1:]), gates[0].gate if gates else steps[-1].on]
    later = [*(one.gate for one in gates[1:]), steps[-1].on]
    for one, to in zip(gates, later, strict=False):
        process = edits.lead(process, one.gate, one.on, to)
    for one, to in zip(steps, following, strict=True):
        process = edits.lead(process, one.task, one.gate or one.on, to)
    return process, tuple(Step(one.task, to) for one, to in zip(steps, following, strict=True))


def guard(
    process: Process, region: Sequence[str], *, gate: str, rule: flow.Branch, piece: edits.Piece, to: str
) -> Process:
    """Let cases for which a rule holds go through a piece (or past) instead of a region, by a gateway of its own.

    The region's first node is where cases come in; flows from inside it back there stay. Both ways meet at `to`.
    The nodes of the piece may be clones: `was` says whose luck they share.
    """
    ways = (rule.model_copy(update={"to": piece.first or to}), flow.Branch(to=region[0], kind="else"))
    process = edits.insert_before(process, region[0], gate, flow.Exclusive(next=ways, ordered=True), leave=region)
    return edits.insert(process, piece, to)
