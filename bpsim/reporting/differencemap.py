"""The difference map: a process drawn over another, with what a redesign adds, removes, moves and changes."""

from collections.abc import Iterator, Mapping

from bpsim.comparison.difference import Difference, diff
from bpsim.model.flow import AnyNode, Branch
from bpsim.model.graph import flows
from bpsim.model.process import Process
from bpsim.redesign.scenario import Scenario
from bpsim.reporting.marks import FlowMark, Marks, NodeMark, State
from bpsim.reporting.processmap import draw_svg

#: How many changes outside the flow are told below the map.
NOTES = 8


def draw_difference(before: Process | Scenario, after: Process | Scenario | None = None) -> str:
    """Draw what `after` has otherwise than `before` as SVG; of a scenario alone, what its changes make of its base."""
    return draw_svg(*difference_map(before, after))


def difference_map(before: Process | Scenario, after: Process | Scenario | None = None) -> tuple[Process, Marks]:
    """Give the process to draw, with what is gone in it too, and the marks on it."""
    if after is None:
        if not isinstance(before, Scenario):
            raise TypeError("a process alone has nothing to differ from")
        one, other, found = before.process, before.resolved(), diff(before)
    else:
        one, other = (each.resolved() if isinstance(each, Scenario) else each for each in (before, after))
        found = diff(before, after)
    return united(one, other, found), _marks(one, other, found)


def united(before: Process, after: Process, found: Difference) -> Process:
    """Give the process after with the nodes, flows and departments that are gone put back: for drawing only."""
    now = _names(before, found)
    nodes: dict[str, AnyNode] = dict(after.flow)
    new, last = flows(after), ""
    for name, targets in flows(before).items():
        known = now[name]
        if name in found.removed:
            nodes = _behind(nodes, last, known, _plain(before.flow[name], [now[target] for target in targets]))
        elif lost := [now[target] for target in targets if now[target] not in new[known]]:
            ways = (*nodes[known].next, *(Branch(to=target) for target in dict.fromkeys(lost)))
            nodes[known] = nodes[known].model_copy(update={"next": ways})
        last = known
    departments = after.departments | {k: v for k, v in before.departments.items() if k not in after.departments}
    return after.model_copy(update={"flow": nodes, "departments": departments})


def _names(before: Process, found: Difference) -> dict[str, str]:
    """Give the name in the united process of every node before: one that is gone leaves its name to a new one."""
    return {
        name: f"{name} " if name in found.removed and name in found.added else found.renamed.get(name, name)
        for name in before.flow
    }


def _behind(nodes: dict[str, AnyNode], last: str, name: str, node: AnyNode) -> dict[str, AnyNode]:
    """Put a node behind another in the order of the file."""
    order = list(nodes)
    order.insert(order.index(last) + 1 if last else 0, name)
    return {each: nodes.get(each, node) for each in order}


def _plain(node: AnyNode, targets: list[str]) -> AnyNode:
    """Give a node that is gone its old ways as plain flows, and nothing that happens before it is done."""
    changed: dict[str, object] = {"next": tuple(Branch(to=target) for target in dict.fromkeys(targets))}
    fields: tuple[tuple[str, object], ...] = (("timeout", None), ("on", {}), ("batch", None), ("reneges_after", None))
    return node.model_copy(update=changed | {key: empty for key, empty in fields if hasattr(node, key)})


def _marks(before: Process, after: Process, found: Difference) -> Marks:
    now = _names(before, found)
    nodes = {name: NodeMark(state="added", note=_made(found, name)) for name in found.added}
    nodes |= {now[name]: NodeMark(state="removed", note=_into(found, name)) for name in found.removed}
    moved = {edit.path.split(".")[1]: edit for edit in found.performers}
    for name in found.changed:
        if name in moved:
            nodes[name] = NodeMark(state="moved", note=f"was: {' or '.join(moved[name].before)}")
        else:
            what = [edit for edit in found.fields if edit.path.startswith(f"flow.{name}.")]
            nodes[name] = NodeMark(state="changed", note=", ".join(dict.fromkeys(e.path.split(".")[2] for e in what)))
    notes = tuple(_notes(found))
    title = f"{after.title or after.process.replace('-', ' ')}: what {found.after} changes of {found.before}"
    return Marks(nodes, dict(_flows(before, after, found, now)), title=title, notes=notes)


def _made(found: Difference, name: str) -> str:
    parts = found.merged.get(name, ())
    return f"of {', '.join(parts)}" if parts else ""


def _into(found: Difference, name: str) -> str:
    return next((f"now in {new}" for new, parts in found.merged.items() if name in parts), "")


def _flows(
    before: Process, after: Process, found: Difference, now: Mapping[str, str]
) -> Iterator[tuple[tuple[str, str], FlowMark]]:
    old = {(now[name], now[target]) for name, targets in flows(before).items() for target in targets}
    new = {(name, target) for name, targets in flows(after).items() for target in targets}
    changed = {tuple(edit.path.split(" -> ")) for edit in found.flows if None not in (edit.before, edit.after)}
    for pair in sorted(old | new):
        state: State = "added" if pair not in old else "removed" if pair not in new else ""
        if not state and pair in changed:
            state = "changed"
        if state:
            yield pair, FlowMark(state=state)


def _notes(found: Difference) -> Iterator[str]:
    """Tell what is changed outside the flow, and what a change of a node is about."""
    if not found:
        yield "Nothing differs."
    told = list(map(str, found.fields))
    yield from told[:NOTES]
    if len(told) > NOTES:
        yield f"and {len(told) - NOTES} more: `bpsim show --diff` lists them all."
