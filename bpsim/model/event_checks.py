"""Checks of what happens beside the plain flow: boundaries of tasks, races of events, inclusive gateways, timers."""

from collections.abc import Iterator

from bpsim.model import flow
from bpsim.model.attributes import durations
from bpsim.model.choice_checks import TOLERANCE
from bpsim.model.findings import Check, Finding, listed, way
from bpsim.model.flow_checks import enclosed, into_themselves
from bpsim.model.graph import backwards, flows
from bpsim.model.process import Process
from bpsim.model.written import NEVER, is_never
from bpsim.values.distributions import Distribution

#: Nodes whose ends can be waited for together.
EVENTS = "timers, tasks of the client or of a third party, or messages"


def races(process: Process) -> Iterator[Finding]:
    """An event_based gateway leads to what happens by itself: at least two timers, answers or messages."""
    for name, node in process.flow.items():
        if not isinstance(node, flow.EventBased):
            continue
        if any(branch.kind != "always" for branch in node.next):
            what = f"the event_based gateway {name} waits for all its flows: they have neither shares nor conditions"
            yield Finding("BP326", ("flow", name, "next"), what, "Write a list of nodes.", key=True)
        targets = [branch.to for branch in node.next]
        for i, target in enumerate(targets):
            if target in process.flow and not _happens(process.flow[target]):
                what = f"{name} waits for what happens first, and {target} does not happen by itself"
                yield Finding("BP344", way(process, name, i), what, f"Lead it to {EVENTS}.", key=True)
        if len(targets) == 1:
            what = f"the event_based gateway {name} has one flow out: nothing else can happen first"
            yield Finding("BP316", ("flow", name), what, "Take it out, or add the flow that is missing.", key=True)


def _happens(node: flow.Node) -> bool:
    if isinstance(node, flow.Task):
        return node.performer[0] in {flow.CLIENT, flow.EXTERNAL}
    return isinstance(node, flow.Timer) or getattr(node, "type", "") == "receive"


def some_flow(process: Process) -> Iterator[Finding]:
    """An inclusive gateway takes at least one of its flows, and perhaps all."""
    for name, node in process.flow.items():
        if not isinstance(node, flow.Inclusive) or len(node.next) < 2:  # noqa: PLR2004 - a split
            continue
        others = [i for i, branch in enumerate(node.next) if branch.kind == "else"]
        sure = [branch for branch in node.next if _always(branch)]
        shares = all(branch.kind == "share" for branch in node.next)
        if shares and not sure:
            what = f"it may be that {name} takes none of its flows: the run would stop"
            hint = "Add a flow with `else`, or one that is always taken: {to: NODE, when: true}."
            yield Finding("BP345", ("flow", name, "next"), what, hint, key=True)
        if others and sure:
            what = f"the flow from {name} to {sure[0].to} is always taken, and `else` never"
            yield Finding("BP346", way(process, name, others[0]), what, "Take it out, or make the other a condition.")


def _always(branch: flow.Branch) -> bool:
    if branch.kind == "when":
        return branch.when.constant() is True
    share = branch.share.constant() if branch.kind == "share" else None
    return isinstance(share, int | float) and not isinstance(share, bool) and share >= 1 - TOLERANCE


def never_ends(process: Process) -> Iterator[Finding]:
    """Work of people takes some time; `never` is for what may not happen."""
    for name, task in process.tasks().items():
        if not task.by_people() and task.performer[0] != flow.SYSTEM:
            continue
        for path, duration in durations(process, name):
            if any(is_never(draw) for draw in duration.draws()):
                who = "people" if task.by_people() else "a system"
                what = f"work of {who} that never ends"
                yield Finding("BP343", path, what, "`never` is for clients, third parties, timers and timeouts.")


def boundaries(process: Process) -> Iterator[Finding]:
    """A boundary can come, and does not always come before the work is done."""
    for name, task in process.tasks().items():
        for path, boundary in task.boundaries():
            here = ("flow", name, *path)
            draws = boundary.after.draws()
            if boundary.after.choice is None and all(map(is_never, draws)):
                what = f"it never comes: the flow from {name} to {boundary.next} is never taken"
                yield Finding("BP349", (*here, "after"), what, "Write when it comes, or take it out.")
            elif path[0] == "batch":
                yield from _after_the_run(name, task, boundary)
            elif not boundary.non_interrupting:
                yield from _always_first(name, task, path)


def around_blocks(process: Process) -> Iterator[Finding]:
    """A gateway with boundaries splits, and its block ends at a join; they can come."""
    found = enclosed(process)
    for name, path, target in into_themselves(process, found) if found else ():
        what = f"what happens before the block of {name} has ended leads back into it, to {target}"
        yield Finding("BP365", ("flow", name, *path, "next"), what, "Lead it to a node behind the join.")
    for name, node in process.flow.items():
        mine = flow.boundaries(node) if isinstance(node, flow.Gateway) else ()
        for path, boundary in mine:
            if all(map(is_never, boundary.after.draws())):
                what = f"it never comes: the flow from {name} to {boundary.next} is never taken"
                yield Finding("BP349", ("flow", name, *path, "after"), what, "Write when it comes, or take it out.")
        if mine and len(node.next) < 2:  # noqa: PLR2004 - it does not split
            what = f"{name} opens no block: nothing begins there that could be broken off"
            yield Finding("BP365", ("flow", name, mine[0][0][0]), what, "Write it at the split.", key=True)
        elif mine and found is not None and not found.clashes and name not in found.ends:
            what = f"the block of {name} has no join, and so no end before which something could happen"
            hint = f"Let its branches meet in a join of type {getattr(node, 'type', '')}."
            yield Finding("BP365", ("flow", name, mine[0][0][0]), what, hint, key=True)


def _after_the_run(name: str, task: flow.Task, boundary: flow.Timeout) -> Iterator[Finding]:
    batch = task.batch
    least = _least(boundary.after)
    if batch is not None and batch.max_wait < NEVER and least >= batch.max_wait:
        what = f"it never comes: {name} is held for max_wait at most"
        yield Finding("BP349", ("flow", name, "batch", "timeout", "after"), what, "Make it shorter than max_wait.")


def _always_first(name: str, task: flow.Task, path: tuple[str, ...]) -> Iterator[Finding]:
    """Find a boundary that comes even before the quickest work is done."""
    boundary = dict(task.boundaries())[path]
    draws = [draw for draw in boundary.after.draws() if isinstance(draw, Distribution)]
    if len(draws) < len(boundary.after.draws()) or boundary.after.scaled() or task.parts or task.duration.scaled():
        return
    latest = max(draw.maximum() for draw in draws)
    works = list(task.duration.draws())
    if any(not isinstance(draw, Distribution) for draw in works):
        return
    quickest = min(draw.minimum() for draw in works if isinstance(draw, Distribution))
    if latest < quickest and not all(map(is_never, works)):
        what = f"it always comes before {name} is done: nothing goes on to {listed(b.to for b in task.next)}"
        yield Finding("BP363", ("flow", name, *path, "after"), what, "Make it longer, or the work shorter.")


def _least(duration: flow.Duration) -> float:
    if duration.scaled():
        return 0.0
    return min(draw.minimum() if isinstance(draw, Distribution) else 0.0 for draw in duration.draws())


def limits_of_visits(process: Process) -> Iterator[Finding]:
    """A case may pass a node at least once."""
    if process.cases.max_visits < 1:
        yield Finding("BP360", ("cases", "max_visits"), "no case could pass a node", "Write 1 or more.")


def one_flow_out(process: Process) -> Iterator[Finding]:
    """Where an end terminates the case, there is something that could be under way."""
    into = backwards(flows(process))
    several = any(
        (isinstance(node, flow.Parallel | flow.Inclusive) and len(node.next) > 1)
        or any(one.non_interrupting for _, one in flow.boundaries(node))
        for node in process.flow.values()
    )
    for name, node in process.flow.items():
        if isinstance(node, flow.End) and node.terminate and into[name] and not several:
            what = f"{name} terminates the case, where a case is never at two places at once"
            yield Finding("BP364", ("flow", name, "terminate"), what, "Leave `terminate` out.", key=True)


CHECKS: tuple[Check, ...] = (races, some_flow, never_ends, boundaries, around_blocks, limits_of_visits, one_flow_out)
