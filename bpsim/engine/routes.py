"""The ways that are not plain flows: what may happen before a task is done, and the flows of inclusive gateways."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from bpsim.eventlog import NONE
from bpsim.model import flow
from bpsim.model.blocks import Blocks, blocks
from bpsim.model.graph import flows, reachable
from bpsim.model.process import Process, joined
from bpsim.values.conditions import Expression

if TYPE_CHECKING:
    from bpsim.engine.plan import WorkPlan


@dataclass(frozen=True, slots=True)
class BoundaryPlan:
    """What may happen before a task (or a block) is done. `marker` is the node of the row that it leaves (-1: none).

    `held`: it counts while the item is held for a batch. An escalation does not come while a token is in its `region`,
    which is empty for what interrupts.
    """

    purpose: str
    after: "WorkPlan"
    target: int
    held: bool
    marker: int
    region: frozenset[int]


@dataclass(frozen=True, slots=True)
class BranchPlan:
    """A flow of an inclusive gateway: `kind` and text as in the model, and the lineage of the node it leads to."""

    kind: str
    text: Expression
    lineage: str


def with_markers(process: Process) -> Process:
    """Add a node for the row of every escalation and every boundary of a block (`review.timeout`).

    It is a timer that no flow leads to.
    """
    markers = {
        ".".join((name, *path)): flow.Timer(
            title=f"{node.title or name}: {' '.join(path)}",
            was=".".join((process.lineage(name), *path)),
            delay=flow.Duration(),
            next=(flow.Branch(to=boundary.next),),
        )
        for name, node in process.flow.items()
        for path, boundary in flow.boundaries(node)
        if _leaves_a_row(node, boundary)
    }
    return process.model_copy(update={"flow": {**process.flow, **markers}}) if markers else process


def _leaves_a_row(node: flow.Node, boundary: flow.Timeout) -> bool:
    return boundary.non_interrupting or isinstance(node, flow.Gateway)


class Routes:
    """Compiles boundaries and inclusive gateways by the ranks of the nodes."""

    def __init__(
        self, process: Process, name: str, rank: Mapping[str, int], work: Callable[[str, flow.Duration], "WorkPlan"]
    ) -> None:
        """Use the numbering of a compiler, and its way to compile a duration with a lineage; `name` of a companion."""
        self._process, self._name, self._rank, self._work = process, name, rank, work

    @cached_property
    def beside(self) -> set[str]:
        """Name the nodes that escalations lead to: a case may pass them once for each."""
        starts = [
            boundary.next
            for node in self._process.flow.values()
            for _, boundary in flow.boundaries(node)
            if boundary.non_interrupting
        ]
        return reachable(flows(self._process), starts)

    @cached_property
    def _blocks(self) -> Blocks:
        return blocks(self._process, flows(self._process), self._process.start())

    def boundaries(self, name: str, node: flow.Node) -> tuple[BoundaryPlan, ...]:
        """Give what may happen before a node is done, in the order of one instant."""
        found = []
        for path, boundary in flow.boundaries(node):
            purpose = {"timeout": "timeout", "on": f"on {path[-1]}", "batch": "hold"}[path[0]]
            region = reachable(flows(self._process), [boundary.next]) if boundary.non_interrupting else ()
            found.append(
                BoundaryPlan(
                    purpose=purpose,
                    after=self._work(self._process.lineage(name), boundary.after),
                    target=self._rank[boundary.next],
                    held=path[0] == "batch",
                    marker=self._rank[".".join((name, *path))] if _leaves_a_row(node, boundary) else NONE,
                    region=frozenset(self._rank[node] for node in region),
                )
            )
        return tuple(found)

    def inside(self, name: str, node: flow.Node) -> frozenset[int]:
        """Give the nodes of the block that a split with boundaries opens, and its join; empty for all other nodes."""
        if not isinstance(node, flow.Gateway) or not flow.boundaries(node):
            return frozenset()
        return frozenset(self._rank[within] for within in self._blocks.inside(name))

    def ends(self, name: str) -> int:
        """Give the split with boundaries whose block ends at a join; -1 for all other nodes."""
        return next((self._rank[split] for split in self._bounded if self._blocks.ends[split] == name), NONE)

    @cached_property
    def _bounded(self) -> list[str]:
        """Name the splits with boundaries."""
        nodes = self._process.flow.items()
        return [name for name, node in nodes if isinstance(node, flow.Gateway) and flow.boundaries(node)]

    def branches(self, node: flow.Node) -> tuple[BranchPlan, ...]:
        """Give the flows of an inclusive split in the order of the ranks of their targets."""
        if not isinstance(node, flow.Inclusive) or len(node.next) < 2:  # noqa: PLR2004 - a split
            return ()
        return tuple(
            BranchPlan(
                branch.kind,
                branch.share if branch.kind == "share" else branch.when,
                joined(self._name, branch.was or self._process.lineage(branch.to)),
            )
            for branch in self._ordered(node)
        )

    def _ordered(self, node: flow.Node) -> list[flow.Branch]:
        return sorted(node.next, key=lambda branch: self._rank[branch.to])

    def closing(self, name: str, node: flow.Node) -> tuple[int, tuple[int, ...]]:
        """Give the split that an inclusive join closes, and its flows in: each the branches it stands for, as bits."""
        if not isinstance(node, flow.Inclusive) or len(node.next) > 1 or name not in self._blocks.closes:
            return NONE, ()
        split, groups = self._blocks.closes[name]
        opened = self._process.flow[split]
        place = {i: self._ordered(opened).index(branch) for i, branch in enumerate(opened.next)}
        return self._rank[split], tuple(sorted({sum(1 << place[i] for i in group) for group in groups}))
