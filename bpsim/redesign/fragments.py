"""Pieces of the flow with one entry: tasks one after another, and the gateways that stand between them."""

from collections.abc import Sequence
from dataclasses import dataclass

from bpsim.model import flow
from bpsim.model.graph import flows
from bpsim.model.process import Process
from bpsim.redesign import edits


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
                branches.sort(key=lambda branch: tasks.index(branch[0][0]))
                return in_sequence(_lined_up(process, split, [b for b, _ in branches], joins.pop()), tasks)
    return process


def _branch(process: Process, first: str, tasks: Sequence[str]) -> tuple[list[str], str]:
    """Follow a branch of listed tasks to the join that ends it; without a name when anything else stands in it."""
    found: list[str] = []
    name = first
    while name in tasks and name not in found and len(edits.sources(process, name)) == 1:
        found.append(name)
        name = process.flow[name].next[0].to
    node = process.flow[name]
    joins = found and isinstance(node, flow.Parallel) and len(node.next) == 1
    return found, name if joins else ""


def _named(process: Process, gateways: set[str]) -> bool:
    """Tell whether gateways do more than to split and to join: an attribute is set, or a clock names them."""
    clocks = process.cases.clocks.values()
    spoken = {name for clock in clocks for name in (clock.start, *clock.to)}
    return any(process.flow[name].assign or name in spoken for name in gateways)


def _lined_up(process: Process, split: str, branches: Sequence[Sequence[str]], join: str) -> Process:
    after = process.flow[join].next
    process = edits.redirect(process, split, branches[0][0])
    starts = [branch[0] for branch in branches[1:]]
    for branch, start in zip(branches, [*starts, ""], strict=True):
        ways = (flow.Branch(to=start),) if start else after
        process = edits.set_node(process, branch[-1], next=ways)
    return edits.with_nodes(process, {n: node for n, node in process.flow.items() if n not in {split, join}})
