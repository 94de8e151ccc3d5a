"""The flow of a process as a graph: what leads where, what can be repeated, what encloses what."""

from collections import deque
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bpsim.model.flow import Start, side_ways
from bpsim.model.process import Process

if TYPE_CHECKING:
    from networkx import DiGraph

Flows = Mapping[str, tuple[str, ...]]


def flows(process: Process) -> dict[str, tuple[str, ...]]:
    """Give the targets of every node in the order of the file: its flows out, then the ways of its boundaries.

    A case whose clock has passed begins anew with one token: where it goes on is one more target of the start.
    """
    found = {}
    passed = tuple(clock.on_pass.next for _, clock in sorted(process.cases.clocks.items()) if clock.on_pass)
    for name, node in process.flow.items():
        targets = [branch.to for branch in node.next]
        targets += [target for _, target in side_ways(node)]
        if isinstance(node, Start):
            targets += (target for target in dict.fromkeys(passed) if target in process.flow and target not in targets)
        found[name] = tuple(targets)
    return found


def graph(found: Flows) -> "DiGraph[Any]":
    """Make a networkx graph of flows whose ends exist."""
    from networkx import DiGraph

    made: DiGraph[Any] = DiGraph()
    made.add_nodes_from(found)
    made.add_edges_from((name, target) for name, targets in found.items() for target in targets if target in found)
    return made


def nodes_in_cycles(process: Process) -> frozenset[str]:
    """Name the nodes that a case may pass more than once."""
    return _in_cycles(tuple(flows(process).items()))


@lru_cache(maxsize=64)
def _in_cycles(found: tuple[tuple[str, tuple[str, ...]], ...]) -> frozenset[str]:
    return frozenset(name for part in loops(dict(found)) for name in part)


def loops(found: Flows) -> list[list[str]]:
    """Give the sets of nodes that lead back to themselves, each in the order of the file."""
    from networkx import strongly_connected_components

    made = graph(found)
    parts = [part for part in strongly_connected_components(made) if len(part) > 1 or made.has_edge(*(list(part) * 2))]
    place = {name: i for i, name in enumerate(found)}
    return sorted((sorted(part, key=place.__getitem__) for part in parts), key=lambda part: place[part[0]])


def around(found: Flows, part: Iterable[str], first: str) -> list[str]:
    """Give a shortest way from a node back to itself within a set of nodes; it names the node at both ends."""
    inside = set(part)
    before: dict[str, str] = {}
    todo = deque([first])
    while todo:
        name = todo.popleft()
        for target in found[name]:
            if target == first:
                back = [first, name]
                while back[-1] != first:
                    back.append(before[back[-1]])
                return (back if len(back) > 2 or name != first else [first, first])[::-1]  # noqa: PLR2004
            if target in inside and target not in before:
                before[target] = name
                todo.append(target)
    raise ValueError(first)


def reachable(found: Flows, starts: Iterable[str], *, avoiding: str = "") -> set[str]:
    """Give every node that flows lead to from some nodes (these included), by ways that do not pass the one avoided."""
    seen = {name for name in starts if name != avoiding}
    todo = list(seen)
    while todo:
        for target in found[todo.pop()]:
            if target in found and target not in seen and target != avoiding:
                seen.add(target)
                todo.append(target)
    return seen


def backwards(found: Flows) -> dict[str, tuple[str, ...]]:
    """Turn every flow round: where each node is reached from."""
    into: dict[str, list[str]] = {name: [] for name in found}
    for name, targets in found.items():
        for target in targets:
            if target in into:
                into[target].append(name)
    return {name: tuple(sources) for name, sources in into.items()}


def parting(found: Flows, start: str, one: str, other: str) -> str:
    """Name the node at which the ways from the start to two nodes part: the nearest that every way to both passes."""
    from networkx import immediate_dominators

    above = immediate_dominators(graph(found), start)
    line = [one]
    while line[-1] != start:
        line.append(above[line[-1]])
    while other not in line:
        other = above[other]
    return other
