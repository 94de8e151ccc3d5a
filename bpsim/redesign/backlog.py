"""Cases that are there at the start: before which node of the changed process they wait."""

from collections.abc import Iterator, Mapping

from bpsim.errors import did_you_mean
from bpsim.model import flow
from bpsim.model.blocks import BESIDE, Blocks
from bpsim.model.flow_checks import enclosed
from bpsim.model.process import Process, joined
from bpsim.redesign.change import Trouble
from bpsim.values.distributions import Distribution


def found(process: Process, name: str) -> str:
    """Name the node that a backlog means: by its name, by the name it had, or the task it was merged into.

    A node of a companion is written `process/node`.
    """
    companion, slash, own = name.rpartition("/")
    if slash:
        other = process.every().get(companion)
        there = found(other, own) if other is not None else ""
        return joined(companion, there) if there else ""
    if name in process.flow:
        return name
    for other_name, node in process.flow.items():
        if node.was == name or (isinstance(node, flow.Task) and name in {part.was for part in node.parts}):
            return other_name
    return ""


def queues(
    process: Process, backlog: Mapping[str, tuple[int, Distribution]]
) -> tuple[tuple[str, str, int, Distribution], ...]:
    """Give the cases before each node: the node, the lineage that their luck goes by, how many, how old."""
    made = []
    for name, (cases, age) in backlog.items():
        node = found(process, name)
        companion, _, own = node.rpartition("/")
        home = process.every()[companion]
        made.append((node, joined(companion, home.lineage(own)) if node == name else name, cases, age))
    return tuple(made)


def troubles(process: Process, backlog: Mapping[str, object]) -> Iterator[Trouble]:
    """Find cases that wait before no node, or where a case cannot stand alone."""
    for name in backlog:
        whole = found(process, name)
        companion, _, node = whole.rpartition("/")
        home = process.every()[companion]
        yield from _trouble(home, name, node)


def _block(blocks: Blocks | None, node: str) -> str:
    """Name the split in whose block a node stands; an empty text when it stands in none."""
    places = blocks.places.get(node, ()) if blocks else ()
    return next((split for split, _ in places if split != BESIDE), "")


def _trouble(process: Process, name: str, node: str) -> Iterator[Trouble]:
    blocks = enclosed(process)
    if not node:
        hint = did_you_mean(name, process.flow) or "Name a task of the process as it is after the changes."
        yield Trouble("BP480", (name,), f"there is no node {name} for cases to wait at", hint)
    elif isinstance(process.flow[node], flow.Start | flow.End):
        what = f"nobody waits at the {process.flow[node].type} {node}"
        yield Trouble("BP481", (name,), what, "Name the node that comes after the start, or before the end.")
    elif split := _block(blocks, node):
        what = f"{node} stands in the block of {split}: its join would wait for branches that nobody is on"
        yield Trouble("BP481", (name,), what, f"Let them wait at {split}, or at a node before it.")
    elif isinstance(process.flow[node], flow.Parallel | flow.Inclusive) and len(process.flow[node].next) == 1:
        what = f"{node} waits for branches that nobody is on"
        yield Trouble("BP481", (name,), what, "Name the node after it.")
