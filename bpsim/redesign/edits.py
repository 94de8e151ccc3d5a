"""The small edits from which every operator is composed; each gives a new process and leaves the old one as it is.

Twelve are the primitives of redesign: insert (`insert`), delete (`delete`), set an assignment (`set_assignment`), set a
parameter (`set_node`), edit resources (`set_role`) and edit the entry (`set_entry`) stand here; those on pieces of the
flow (replace, fuse, permute, sequence to parallel, parallel to sequence, guard) stand in `fragments`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from bpsim.model import flow
from bpsim.model.graph import flows, reachable
from bpsim.model.process import Evidence, Process
from bpsim.model.written import expression


@dataclass(frozen=True, slots=True)
class Piece:
    """Nodes to be put into the flow: the first is where cases come in, the last (empty: none) leads on."""

    nodes: Mapping[str, flow.Node]
    first: str
    last: str


#: Nothing to do: whoever goes this way goes past.
PAST = Piece({}, "", "")


def with_nodes(process: Process, nodes: dict[str, Any]) -> Process:
    """Give the process with other nodes; what is said about numbers of nodes that are gone goes too."""
    gone = [f"flow.{name}." for name in process.flow if name not in nodes]
    evidence = {path: said for path, said in process.evidence.items() if not path.startswith(tuple(gone))}
    return process.model_copy(update={"flow": nodes, "evidence": evidence})


def set_node(process: Process, name: str, **fields: Any) -> Process:  # noqa: ANN401
    """Set parameters of a node."""
    return with_nodes(process, {**process.flow, name: process.flow[name].model_copy(update=fields)})


def saying(process: Process, paths: Collection[str], evidence: Evidence | None) -> Process:
    """Say where new values come from; what was said of the old ones is no longer said."""
    below = tuple(f"{path}." for path in paths)
    said = {path: one for path, one in process.evidence.items() if not f"{path}.".startswith(below)}
    return process.model_copy(update={"evidence": said | (dict.fromkeys(paths, evidence) if evidence else {})})


def set_role(process: Process, name: str, **fields: Any) -> Process:  # noqa: ANN401
    """Set parameters of a role (`department.role`)."""
    department, _, role = name.partition(".")
    model = process.departments[department]
    roles = {**model.roles, role: model.roles[role].changed(**fields)}
    departments = {**process.departments, department: model.model_copy(update={"roles": roles})}
    return process.model_copy(update={"departments": departments})


def set_assignment(process: Process, name: str, **who: Any) -> Process:  # noqa: ANN401
    """Say who does a task: `performer` and `together`, and for whom it is kept; wishes that are not given end."""
    none = {"same_person_as": "", "case_owner": False, "case_team": False, "person": None}
    return set_node(process, name, **(none | who))


def set_entry(process: Process, **fields: Any) -> Process:  # noqa: ANN401
    """Set how cases come: fields of `cases` (arrivals, attributes, clocks), and `channels`."""
    channels = {"channels": fields.pop("channels")} if "channels" in fields else {}
    return process.model_copy(update={"cases": process.cases.model_copy(update=fields), **channels})


def free_name(process: Process, wanted: str) -> str:
    """Give a name that no node has: the wanted one, or the next with a number."""
    name, number = wanted, 2
    while name in process.flow:
        name, number = f"{wanted}_{number}", number + 1
    return name


def sources(process: Process, name: str) -> list[str]:
    """Name where the flows into a node come from, once for each flow."""
    return [origin for origin, targets in flows(process).items() for target in targets if target == name]


def lost_without(process: Process, *names: str) -> set[str]:
    """Name the nodes that can no longer be reached when some are taken out and their predecessors lead on."""
    after = process
    for name in names:
        after = _bridged(after, name)
    return set(process.flow) - set(names) - reachable(flows(after), [process.start()])


def redirect(process: Process, old: str, new: str, *, leave: Collection[str] = ()) -> Process:
    """Let the flows into a node lead to another, but for those that come from the nodes in `leave`."""
    targets = flows(process)
    nodes: dict[str, Any] = {
        origin: node if origin in leave or old not in targets[origin] else _led(process, origin, old, new)
        for origin, node in process.flow.items()
    }
    return with_nodes(_clocks_redirected(process, old, new), nodes)


def lead(process: Process, origin: str, old: str, new: str) -> Process:
    """Let the flow from one node to another lead elsewhere; ways that leave it early only if there is no other."""
    node = process.flow[origin]
    if not any(branch.to == old for branch in node.next):
        return with_nodes(process, {**process.flow, origin: _led(process, origin, old, new)})
    changed = node.model_copy(update={"next": _branches(process, node, old, new)})
    return with_nodes(process, {**process.flow, origin: changed})


def _branches(process: Process, node: flow.Node, old: str, new: str) -> tuple[flow.Branch, ...]:
    """Bend flows; one of several that an inclusive gateway takes or not keeps the luck with which it is taken."""
    some = isinstance(node, flow.Inclusive) and len(node.next) > 1
    there = process.lineage(new) if new in process.flow else ""

    def bent(branch: flow.Branch) -> flow.Branch:
        was = branch.was or process.lineage(old)
        return branch.model_copy(update={"to": new} | ({"was": "" if was == there else was} if some else {}))

    return tuple(bent(branch) if branch.to == old else branch for branch in node.next)


def _led(process: Process, origin: str, old: str, new: str) -> flow.Node:
    """Give a node all of whose flows to another lead elsewhere."""
    node = process.flow[origin]
    update: dict[str, Any] = {"next": _branches(process, node, old, new)}
    if isinstance(node, flow.Task) and node.reneges_after and node.reneges_after.next == old:
        update["reneges_after"] = node.reneges_after.model_copy(update={"next": new})
    bent: flow.Node = flow.with_boundaries(
        node.model_copy(update=update), lambda one: one.model_copy(update={"next": new}) if one.next == old else one
    )
    return bent


def _clocks_redirected(process: Process, old: str, new: str) -> Process:
    """Let clocks whose limit has passed lead to another node."""
    clocks = {
        name: clock.model_copy(update={"on_pass": clock.on_pass.model_copy(update={"next": new})})
        for name, clock in process.cases.clocks.items()
        if clock.on_pass and clock.on_pass.next == old
    }
    if not clocks:
        return process
    cases = process.cases.model_copy(update={"clocks": {**process.cases.clocks, **clocks}})
    return process.model_copy(update={"cases": cases})


def prune(process: Process) -> Process:
    """Take out the nodes that the start does not lead to."""
    reached = reachable(flows(process), [process.start()])
    return with_nodes(process, {name: node for name, node in process.flow.items() if name in reached})


def delete(process: Process, name: str) -> Process:
    """Take a node with one flow out away: what led to it leads on. What only its timeout led to goes with it."""
    return prune(_bridged(process, name))


def _bridged(process: Process, name: str) -> Process:
    target = process.flow[name].next[0].to
    if len(sources(process, name)) > 1:
        process, target = merged_before(process, name)
    process = redirect(process, name, target)
    return with_nodes(process, {key: node for key, node in process.flow.items() if key != name})


def merged_before(process: Process, name: str, target: str = "") -> tuple[Process, str]:
    """Name the node after `name` where further flows may come in: the next, or a merge made before a parallel one.

    `target` says which is the next where `name` has several.
    """
    target = target or process.flow[name].next[0].to
    if not isinstance(process.flow[target], flow.Parallel | flow.Inclusive):
        return process, target
    merge = free_name(process, f"after_{name}")
    process = with_nodes(process, {**process.flow, merge: flow.Exclusive(next=(flow.Branch(to=target),))})
    return lead(process, name, target, merge), merge


def insert(process: Process, piece: Piece, to: str) -> Process:
    """Put a piece into the flow before a node; flows lead to it when they lead to its first node."""
    made = dict(piece.nodes)
    if piece.last:
        made[piece.last] = made[piece.last].model_copy(update={"next": (flow.Branch(to=to),)})
    return with_nodes(process, {**process.flow, **made})


def insert_before(process: Process, name: str, new: str, node: flow.Node, *, leave: Collection[str] = ()) -> Process:
    """Put a node before another: all flows into that one (but for those from `leave`) lead to the new one."""
    process = redirect(process, name, new, leave=leave)
    return with_nodes(process, {**process.flow, new: node})


def choice(share: float, then: str, other: str, title: str = "") -> flow.Exclusive:
    """Make a gateway that takes one way for a share of the cases, and the other for the rest: a draw of its own."""
    ways = (flow.Branch(to=then, kind="share", share=expression(share)), flow.Branch(to=other, kind="else"))
    return flow.Exclusive(title=title, next=ways, ordered=True)


def without_order(process: Process) -> Process:
    """Let no task have to precede tasks that are gone."""
    nodes: dict[str, Any] = dict(process.flow)
    for name, task in process.tasks().items():
        left = tuple(other for other in task.must_precede if other in nodes)
        if left != task.must_precede:
            nodes[name] = task.model_copy(update={"must_precede": left})
    return with_nodes(process, nodes)


def written(before: Process, after: Process) -> frozenset[str]:
    """Give the paths of the nodes that differ between two processes (of the cases, of documents), for a footprint."""
    names = {*before.flow, *after.flow}
    paths = {f"flow.{name}" for name in names if before.flow.get(name) != after.flow.get(name)}
    paths |= {"cases"} if before.cases != after.cases else set()
    return frozenset(paths | ({"items"} if before.items != after.items else set()))
