"""What a process map shows beside the flow: figures of a run, or what a redesign has changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

State = Literal["", "added", "removed", "moved", "changed"]


@dataclass(frozen=True, slots=True)
class NodeMark:
    """What is shown at a node.

    `share` (0 to 1) is its fill and is written as `value`; `busy` (0 to 1, or more) is the bar; `queue` (items) is
    the badge; `overloaded` hatches it. `state` is what a redesign has done to it, `note` says where it was, or what
    changed.
    """

    share: float | None = None
    value: str = ""
    busy: float | None = None
    queue: float = 0.0
    overloaded: bool = False
    state: State = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class FlowMark:
    """What is shown at a flow: how many of 100 cases take it, and what a redesign has done to it."""

    cases: float | None = None
    state: State = ""


@dataclass(frozen=True, slots=True)
class Marks:
    """All marks of a map; `fill` says what the fill tells; `notes` stand below the map, `title` above it.

    `adds` tells whether the shares of nodes are parts of a whole, which add up.
    """

    nodes: Mapping[str, NodeMark] = field(default_factory=dict)
    flows: Mapping[tuple[str, str], FlowMark] = field(default_factory=dict)
    fill: str = ""
    title: str = ""
    notes: tuple[str, ...] = ()
    adds: bool = True

    def node(self, name: str) -> NodeMark:
        """Give the marks of a node."""
        return self.nodes.get(name, NodeMark())

    def flow(self, origin: str, target: str) -> FlowMark:
        """Give the marks of a flow."""
        return self.flows.get((origin, target), FlowMark())

    def states(self) -> bool:
        """Tell whether it shows what a redesign has done."""
        return bool(self.used())

    def used(self) -> set[State]:
        """Give what a redesign has done to anything."""
        states: list[State] = [mark.state for mark in self.nodes.values()]
        states += [mark.state for mark in self.flows.values()]
        return set(states) - {""}

    def most(self) -> float:
        """Give the largest share: the fullest fill."""
        return max((mark.share for mark in self.nodes.values() if mark.share is not None), default=0.0)


NONE = Marks()


def percent(share: float) -> str:
    """Write a share; what is rounded to nothing is less than one."""
    return "<1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"  # noqa: PLR2004 - what is rounded to nothing
