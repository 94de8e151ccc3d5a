"""A piece of the flow as it is written in a change: `{nodes: {...}, entry:, exit:}`."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, PlainSerializer, model_validator

from bpsim.model import flow
from bpsim.model.process import Process, resolved_node
from bpsim.model.written import Frozen
from bpsim.redesign.change import Mistakes, Path, Trouble, bad_name, no_such, no_such_node
from bpsim.redesign.edits import Piece


def written_nodes(nodes: Mapping[str, flow.Node]) -> dict[str, Any]:
    """Write nodes as plain data that is read again as the same nodes; what has its default is left out."""
    return {name: _written(node) for name, node in nodes.items()}


def _written(node: flow.Node) -> dict[str, Any]:
    plain = node.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    kind = node.model_dump(include={"type"}) if not isinstance(node, flow.Task) else {}
    return kind | plain | ({"ordered": node.ordered} if node.next else {})


Nodes = Annotated[dict[str, flow.AnyNode], PlainSerializer(written_nodes)]
Tasks = Annotated[dict[str, flow.Task], PlainSerializer(written_nodes)]


class Fragment(Frozen):
    """Nodes with one way in and one way out; flows lead to its own nodes, or to those of the process."""

    nodes: Nodes = Field(min_length=1, description="The nodes by their names, as in `flow`.")
    entry: str = Field("", description="Where cases come in; the only node that none of them leads to.")
    exit: str = Field("", description="From where they go on; the only node that leads nowhere. Ends need none.")

    @model_validator(mode="before")
    @classmethod
    def _outcomes(cls, data: Any) -> Any:  # noqa: ANN401 - the written form may be anything
        nodes = data.get("nodes") if isinstance(data, dict) else None
        if not isinstance(nodes, dict):
            return data
        return {**data, "nodes": {name: resolved_node(name, node) for name, node in nodes.items()}}

    @model_validator(mode="after")
    def _one_way(self) -> "Fragment":
        troubles = [no_such("node", name, (key,), self.nodes) for key, name in self._given() if name not in self.nodes]
        if not troubles and not self.first():
            hint = "Say where cases come in: entry: NODE."
            troubles = [Trouble("BP660", (), "several nodes, or none, where cases could come in", hint)]
        if not troubles and len(self._open()) > 1:
            hint = "Let all meet at one node."
            left = next(name for name in self._open() if name != self.exit)
            troubles = [Trouble("BP660", ("nodes", left), f"{left} leads nowhere, and is not the exit", hint)]
        if not troubles and self.last() and self.nodes[self.last()].next:
            hint = "Leave its `next` out."
            troubles = [Trouble("BP660", ("exit",), f"{self.last()} is the exit and leads elsewhere", hint)]
        if troubles:
            raise Mistakes(troubles)
        return self

    def _given(self) -> list[tuple[str, str]]:
        return [(key, name) for key, name in (("entry", self.entry), ("exit", self.exit)) if name]

    def _open(self) -> list[str]:
        return [name for name, node in self.nodes.items() if not node.next and not isinstance(node, flow.End)]

    def first(self) -> str:
        """Name the node where cases come in; empty when it cannot be told."""
        led = {target for name, node in self.nodes.items() for target in leads_to(node) if target != name}
        free = [name for name in self.nodes if name not in led]
        return self.entry or (free[0] if len(free) == 1 else "")

    def last(self) -> str:
        """Name the node from which cases go on; empty when all of them end."""
        return self.exit or next(iter(self._open()), "")

    def piece(self, process: Process) -> Piece:
        """Give the nodes to put into a flow; who names a node in `was` has that node's luck."""
        heirs = {
            name: node.model_copy(update={"was": process.lineage(node.was)}) if node.was in process.flow else node
            for name, node in self.nodes.items()
        }
        return Piece(heirs, self.first(), self.last())

    def troubles(self, process: Process, *path: str) -> list[Trouble]:
        """Find what forbids these nodes in a process: names that are taken, flows and performers that are not there."""
        path = (*path, "nodes")
        found = [trouble for name in self.nodes for trouble in bad_name(process, name, (*path, name))]
        for name, node in self.nodes.items():
            at = (*path, name)
            if isinstance(node, flow.Start):
                found.append(Trouble("BP660", at, f"{name} is a second start", "A fragment begins where it is put in."))
            found += [
                no_such_node(process, target, (*at, "next"))
                for target in leads_to(node)
                if target not in process.flow and target not in self.nodes
            ]
            found += without_role(process, node, at)
            if isinstance(node, flow.Task) and (node.misrouting or node.clarity):
                key = "misrouting" if node.misrouting else "clarity"
                hint = "Write it out as nodes."
                found.append(Trouble("BP660", (*at, key), f"the short form {key} in a fragment", hint))
        return found


def leads_to(node: flow.Node) -> list[str]:
    """Name all nodes that a node leads to."""
    return [*(branch.to for branch in node.next), *(target for _, target in flow.side_ways(node))]


def without_role(process: Process, node: flow.Node, path: Path) -> list[Trouble]:
    """Name the performers of a node that are no roles."""
    performers = node.performer if isinstance(node, flow.Task) else ()
    known = [*process.roles(), *flow.RESERVED]
    return [no_such("role", role, (*path, "performer"), process.roles()) for role in performers if role not in known]
