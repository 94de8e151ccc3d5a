"""The flow of a process as a graph: what leads where, what can be repeated, what encloses what."""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bpsim.model.flow import Task
from bpsim.model.process import Process

if TYPE_CHECKING:
    from networkx import DiGraph


def flows(process: Process) -> dict[str, tuple[str, ...]]:
    """Give the targets of every node in the order of the file: its flows out, then the way of its timeout."""
    found = {}
    for name, node in process.flow.items():
        targets = [branch.to for branch in node.next]
        if isinstance(node, Task) and node.timeout:
            targets.append(node.timeout.next)
        found[name] = tuple(targets)
    return found


def graph(found: Mapping[str, tuple[str, ...]]) -> "DiGraph[Any]":
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
    from networkx import strongly_connected_components

    made = graph(dict(found))
    parts = [part for part in strongly_connected_components(made) if len(part) > 1]
    loops = {name for name in made if made.has_edge(name, name)}
    return frozenset(loops.union(*parts))
