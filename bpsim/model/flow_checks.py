"""Checks of the graph: starts and ends, flows that lead nowhere, loops, gateways and parallel blocks."""

from collections import Counter
from collections.abc import Iterator

from bpsim.model import flow
from bpsim.model.blocks import Blocks, Clash, blocks, closing
from bpsim.model.findings import Check, Finding, chain, listed, way
from bpsim.model.graph import around, backwards, flows, loops, parting, reachable
from bpsim.model.process import Process
from bpsim.model.written import known_reference


def starts_and_ends(process: Process) -> Iterator[Finding]:
    """A flow begins at one start and ends at one or several ends."""
    starts = [name for name, node in process.flow.items() if isinstance(node, flow.Start)]
    if not starts:
        yield Finding(
            "BP301", ("flow",), "there is no start", "Add a node, such as received: {type: start, next: NODE}."
        )
    for other in starts[1:]:
        what = f"a second start, beside {starts[0]}"
        hint = "Keep one; let it lead to an exclusive gateway where cases begin differently."
        yield Finding("BP302", ("flow", other), what, hint, key=True)
    if not any(isinstance(node, flow.End) for node in process.flow.values()):
        yield Finding("BP303", ("flow",), "there is no end", "Add a node, such as done: {type: end}.")


def targets(process: Process) -> Iterator[Finding]:
    """Every flow leads to a node, not to a start; every node but an end has a flow out."""
    for name, node in process.flow.items():
        ways = [(way(process, name, i), branch.to) for i, branch in enumerate(node.next)]
        ways += [(("flow", name, *path), target) for path, target in flow.side_ways(node)]
        for path, target in ways:
            if target not in process.flow:
                hint = known_reference(target, process.flow)
                yield Finding("BP306", path, f"there is no node {target}", hint, key=path[2] == "next")
            elif isinstance(process.flow[target], flow.Start):
                hint = "Let the flow lead to the node after the start."
                yield Finding("BP323", path, f"a flow into the start {target}", hint, key=path[2] == "next")
        if isinstance(node, flow.End) and node.next:
            hint = "Leave `next` out, or make the node a task or gateway."
            yield Finding("BP324", ("flow", name, "next"), f"a flow out of the end {name}", hint, key=True)
        elif not isinstance(node, flow.End) and not node.next:
            yield Finding("BP305", ("flow", name), f"nothing follows {name}", "Add next: NODE, or type: end.", key=True)


def unreachable(process: Process) -> Iterator[Finding]:
    """Every node is reached from the start."""
    found = flows(process)
    if not whole(process):
        return
    reached = reachable(found, [process.start()])
    lost = {name: found[name] for name in found if name not in reached}
    into = backwards(lost)
    circles = {name: part for part in loops(lost) for name in part}
    seen: set[str] = set()
    for name in lost:
        circle = circles.get(name, [name])
        if name in seen or any(origin not in circle for member in circle for origin in into[member]):
            continue
        after = reachable(lost, [name]) - seen - {name}
        behind = [other for other in lost if other in after]
        seen |= {name, *behind}
        hint = f"Lead a flow to it, or take it out{' with ' + listed(behind) if behind else ''}."
        yield Finding("BP304", ("flow", name), f"no flow leads to {name}: no case reaches it", hint, key=True)


def closed_loops(process: Process) -> Iterator[Finding]:
    """From every node there is a way to an end, by flows that can be taken."""
    if not whole(process) or not any(isinstance(node, flow.End) for node in process.flow.values()):
        return
    everything = flows(process)
    for found, code in ((everything, "BP307"), (_takeable(process), "BP308")):
        ends = [name for name, node in process.flow.items() if isinstance(node, flow.End) or not node.next]
        free = reachable(backwards(found), ends)
        reached = reachable(found, [process.start()])
        trapped = {name: found[name] for name in found if name not in free and name in reached}
        for part in loops(trapped):
            if any(target not in part for name in part for target in trapped[name]):
                continue
            circle = around(found, part, part[0])
            exits = [name for name in part if set(everything[name]) - set(part)]
            yield _closed(code, part[0], circle, exits)
        if trapped:
            return


def _closed(code: str, first: str, circle: list[str], exits: list[str]) -> Finding:
    if code == "BP307":
        what = f"closed loop {chain(circle)}: cases never leave"
        if len(circle) == 2:  # noqa: PLR2004 - the node at both ends
            what = f"{first} leads only to itself: cases never leave"
        return Finding(code, ("flow", first), what, "Give one of its nodes a flow that leads on.", key=True)
    what = f"closed loop {chain(circle)}: the flow out of it is never taken, so cases never leave"
    hint = "Give the flow that leads out a share above 0 %."
    return Finding(code, ("flow", exits[0] if exits else first), what, hint, key=True)


def _takeable(process: Process) -> dict[str, tuple[str, ...]]:
    """Give the flows less those with a share of zero, and those that zero is left for."""
    found = {}
    for name, targets_of in flows(process).items():
        branches = process.flow[name].next
        rest = 1.0 - sum(_share(branch) or 0.0 for branch in branches)
        full = all(branch.kind == "else" or _share(branch) is not None for branch in branches) and rest <= SMALL
        never = {i for i, b in enumerate(branches) if _share(b) == 0 or (b.kind == "else" and full)}
        found[name] = tuple(target for i, target in enumerate(targets_of) if i not in never)
    return found


#: Gateways that take some of their flows, or wait for them.
GATES = (flow.Exclusive, flow.Parallel, flow.Inclusive)
#: Shares may be off by this much.
SMALL = 1e-6


def _share(branch: flow.Branch) -> float | None:
    """Give the share of a flow when it is a plain number; a condition that is plainly false is a share of zero."""
    if branch.kind == "when":
        return 0.0 if branch.when.constant() is False else None
    share = branch.share.constant() if branch.kind == "share" else None
    return float(share) if isinstance(share, int | float) else None


def zero_time_loops(process: Process) -> Iterator[Finding]:
    """Something in every loop takes time or is decided: gateways alone would spin at one instant."""
    gates = {
        name: targets_of
        for name, targets_of in flows(process).items()
        if isinstance(process.flow[name], flow.Exclusive | flow.Parallel | flow.Inclusive)
    }
    everything = {tuple(part) for part in loops(flows(process))}
    for part in loops(gates):
        if tuple(part) in everything:
            what = f"nothing in the loop {chain(around(gates, part, part[0]))} takes time"
            yield Finding("BP310", ("flow", part[0]), what, "Put a task or a timer into it, or take it out.", key=True)


def whole(process: Process) -> bool:
    """Tell whether the flow hangs together well enough to look at its ways: one start, and flows that lead to nodes."""
    found = flows(process)
    starts = sum(isinstance(node, flow.Start) for node in process.flow.values())
    return starts == 1 and all(target in found for targets_of in found.values() for target in targets_of)


# -- gateways ---------------------------------------------------------------------------------------------------------


def implicit_splits(process: Process) -> Iterator[Finding]:
    """Only gateways have several flows out."""
    for name, node in process.flow.items():
        if isinstance(node, (*GATES, flow.EventBased, flow.End)) or not node.next:
            continue
        if len(node.next) > 1:
            to = listed(dict.fromkeys(branch.to for branch in node.next))
            what = f"{name} has several flows out, to {to}: one of them, or all at once"
            gate = f"decide_{name}" if len(name) < 12 else "choice"  # noqa: PLR2004 - a name that can be read
            hint = (
                f"Let it lead to a gateway: {gate}: {{type: exclusive, ...}} for one, {{type: parallel, ...}} for all."
            )
            yield Finding("BP321", ("flow", name, "next"), what, hint, key=True)
        elif node.next[0].kind != "always":
            what = f"{name} is no gateway: its flow has neither share nor condition"
            hint = "Write next: NODE, or let it lead to a node of type: exclusive."
            yield Finding("BP326", ("flow", name, "next"), what, hint, key=True)


def gateways(process: Process) -> Iterator[Finding]:
    """A parallel gateway splits or joins; a gateway with one flow in and one out does nothing."""
    into = backwards(flows(process))
    marks = {name for clock in process.cases.clocks.values() for name in (clock.start, *clock.to)}
    for name, node in process.flow.items():
        if not isinstance(node, GATES) or not node.next:
            continue
        path = ("flow", name)
        if isinstance(node, flow.Parallel | flow.Inclusive):
            alone = isinstance(node, flow.Inclusive) and len(node.next) == 1
            if any(branch.kind != "always" for branch in node.next) and (alone or isinstance(node, flow.Parallel)):
                what = f"the {node.type} gateway {name} takes all its flows: they have neither shares nor conditions"
                yield Finding("BP326", (*path, "next"), what, "Write a list of nodes, or type: exclusive.", key=True)
            if len(node.next) > 1 and len(into[name]) > 1:
                what = f"the {node.type} gateway {name} has several flows in and several out: it cannot join and split"
                hint = f"Let the flows meet in an exclusive gateway (or {_a(node.type)} join) before it."
                yield Finding("BP317", path, what, hint, key=True)
        if len(node.next) == 1 and len(into[name]) == 1 and not node.assign and name not in marks:
            what = f"the {node.type} gateway {name} has one flow in and one out: it does nothing"
            code = "BP315" if isinstance(node, flow.Parallel) else "BP316"
            yield Finding(code, path, what, "Take it out, or add the flow that is missing.", key=True)


def duplicate_flows(process: Process) -> Iterator[Finding]:
    """A flow is written once."""
    for name, node in process.flow.items():
        rules = Counter((branch.to, branch.kind, branch.share.text, branch.when.text) for branch in node.next)
        for (target, *_), number in rules.items():
            if number > 1:
                last = max(i for i, branch in enumerate(node.next) if branch.to == target)
                what = f"the flow from {name} to {target} is there {number} times"
                yield Finding("BP322", ("flow", name, "next", last), what, "Write it once.")


# -- blocks -----------------------------------------------------------------------------------------------------------


def enclosed(process: Process) -> Blocks | None:
    """Give the parallel blocks, or None when the flow does not hang together."""
    return blocks(process, flows(process), process.start()) if whole(process) else None


def into_themselves(process: Process, found: Blocks) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Give the boundaries of splits that lead into their own block: the split, their path and target."""
    for name, node in process.flow.items():
        if isinstance(node, flow.Gateway) and len(node.next) > 1 and flow.boundaries(node):
            out = flows(process)
            inner = found.inside(name) | {closing(out, backwards(out), process, name)}
            yield from ((name, path, one.next) for path, one in flow.boundaries(node) if one.next in inner)


def parallel_blocks(process: Process) -> Iterator[Finding]:
    """Every split has one join or none, flows enter a block at its split and leave it at its join."""
    found = enclosed(process)
    if found is None:
        return
    out = flows(process)
    into = backwards(out)
    gates = [name for name, node in process.flow.items() if isinstance(node, flow.Parallel | flow.Inclusive)]
    both = {name for name in gates if len(into[name]) > 1 and len(out[name]) > 1}
    acting = {clock.on_pass.next for clock in process.cases.clocks.values() if clock.on_pass}
    back = {(split, target) for split, _, target in into_themselves(process, found)}
    wrong = [clash for clash in found.clashes if not any((source, clash.node) in back for source in clash.sources)]
    yield from (_clash(process, clash) for clash in wrong if clash.node not in both | acting)
    for split in found.open:
        if split in both:
            continue
        kind = process.flow[split].type
        what = f"the {kind} split {split} has no join: the case ends with its last branch"
        hint = f"Let its branches meet in {_a(kind)} gateway, unless that is meant."
        yield Finding("BP314", ("flow", split), what, hint, key=True)


def one_join(process: Process) -> Iterator[Finding]:
    """Branches of a split do not choose between two joins, each by itself: sooner or later they part.

    Found where two branches choose by shares, and nothing may break off a case that waits. What chooses otherwise may
    choose alike; the flow run looks at that.
    """
    found = enclosed(process)
    if found is None or found.clashes or not _left_alone(process):
        return
    out = flows(process)
    for split, joins in found.joined.items():
        if len(joins) == 1 or not isinstance(process.flow[split], flow.Parallel):
            continue
        one, *others = (name for name in process.flow if name in joins)
        branches = [branch for branch in sorted(joins[one], key=min) if _by_chance(process, found, (split, branch))]
        for other in others:
            apart = [branch for branch in branches if branch in joins[other]]
            if len(apart) < 2:  # noqa: PLR2004 - two part
                continue
            first, second = (
                parting(out, process.start(), joins[one][branch], joins[other][branch]) for branch in apart[:2]
            )
            what = (
                f"the joins {one} and {other} both wait for all branches of the {_block(process, split)}, but {first}"
                f" and {second} choose between them each by itself: a case that goes from {first} to {one} and from"
                f" {second} to {other} waits for ever"
            )
            hint = f"Let all branches meet in {one}, and choose after it; or choose before {split}."
            yield Finding("BP327", ("flow", other), what, hint, key=True)


def _left_alone(process: Process) -> bool:
    """Tell whether nothing can break off a case that waits for ever."""
    cases = process.cases
    acting = any(clock.on_pass for clock in cases.clocks.values()) or cases.client.withdraws_after
    ends = any(
        (isinstance(node, flow.End) and node.terminate)
        or (isinstance(node, flow.Gateway) and flow.boundaries(node))
        or (isinstance(node, flow.Task) and node.reneges_after)
        for node in process.flow.values()
    )
    called = cases.arrivals.at_most == 0  # the caller's block may be broken off
    return not acting and not ends and not called


def _by_chance(process: Process, found: Blocks, branch: tuple[str, frozenset[int]]) -> bool:
    """Tell whether nothing but shares, all above 0, decides where a branch leads."""
    inside = (process.flow[name] for name, place in found.places.items() if branch in place)
    return all(not flow.side_ways(node) and (len(node.next) == 1 or _shared(node)) for node in inside)


def _shared(node: flow.Node) -> bool:
    if isinstance(node, flow.Parallel):
        return True
    shares = [branch.share.constant() for branch in node.next if branch.kind == "share"]
    rest = [branch.kind for branch in node.next if branch.kind != "share"]
    given = all(isinstance(share, int | float) and share > 0 for share in shares)
    return isinstance(node, flow.Exclusive) and given and (not rest or (rest == ["else"] and sum(shares) < 1))


def _clash(process: Process, clash: Clash) -> Finding:
    return {
        "multiplied": _multiplied,
        "choice": _choice_joined,
        "leaves": _leaves,
        "enters": _enters,
        "mismatch": _mismatch,
        "after": _after_itself,
        "dead": _dead,
        "beside": _beside,
        "unlike": _unlike,
        "unmatched": _unmatched,
    }[clash.kind](process, clash)


def _flow_path(process: Process, source: str, target: str) -> tuple[str | int, ...]:
    node = process.flow[source]
    place = next((i for i, branch in enumerate(node.next) if branch.to == target), None)
    if place is None:
        return ("flow", source, *next(path for path, to in flow.side_ways(node) if to == target))
    return way(process, source, place)


def _kind(process: Process, name: str) -> str:
    node = process.flow[name]
    return f"{node.type} gateway {name}" if isinstance(node, (*GATES, flow.EventBased)) else f"{node.type} {name}"


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeio" else f"a {kind}"


def _block(process: Process, split: str) -> str:
    return f"{process.flow[split].type} split {split}"


def _beside(process: Process, clash: Clash) -> Finding:
    source, other = clash.sources
    what = (
        f"the flow from {source} to {clash.node} belongs to an escalation, which comes beside the case, and meets the"
        f" flow from {other}: {clash.node} would come twice"
    )
    hint = "Lead the escalation to an end of its own, or leave non_interrupting out."
    return Finding("BP350", _flow_path(process, source, clash.node), what, hint, key=True)


def _unlike(process: Process, clash: Clash) -> Finding:
    split, join = process.flow[clash.split].type, process.flow[clash.node].type
    waits = "for flows that are perhaps not taken" if split == "inclusive" else "for some flows, and all come"
    what = f"the {join} join {clash.node} closes the {_block(process, clash.split)}: it waits {waits}"
    hint = f"Make {clash.node} {split}, or {clash.split} {join}."
    return Finding("BP347", ("flow", clash.node), what, hint, key=True)


def _unmatched(_process: Process, clash: Clash) -> Finding:
    what = f"the inclusive join {clash.node} closes no inclusive split: nothing says how many flows it waits for"
    hint = f"Make {clash.node} exclusive, or let its flows come from one inclusive split."
    return Finding("BP348", ("flow", clash.node), what, hint, key=True)


def _join(process: Process, name: str) -> str:
    return f"{process.flow[name].type} join {name}"


def _multiplied(process: Process, clash: Clash) -> Finding:
    what = (
        f"the branches of the {_block(process, clash.split)} meet in the {_kind(process, clash.node)},"
        f" which does not wait: {clash.node} would come once for each"
    )
    gate = isinstance(process.flow[clash.node], flow.Exclusive)
    kind = process.flow[clash.split].type
    hint = f"Make {clash.node} {kind}, or {clash.split} exclusive."
    if not gate:
        hint = f"Let them meet in {_a(kind)} gateway before {clash.node}, or make {clash.split} exclusive."
    return Finding("BP313", ("flow", clash.node), what, hint, key=True)


def _choice_joined(process: Process, clash: Clash) -> Finding:
    one, other = clash.sources
    split = parting(flows(process), process.start(), one, other)
    what = (
        f"the {_join(process, clash.node)} waits for all flows, but the {_kind(process, split)} sends a case along one"
        f" of them: it never goes on"
    )
    hint = f"Make {clash.node} exclusive, or {split} parallel."
    if not isinstance(process.flow[split], flow.Exclusive):
        hint = f"Let the ways from {split} meet in an exclusive gateway."
    return Finding("BP312", ("flow", clash.node), what, hint, key=True)


def _leaves(process: Process, clash: Clash) -> Finding:
    source, join = clash.sources
    closed = f"and the join {join} waits for it" if join else "which has no join"
    what = f"the flow from {source} to {clash.node} leaves the block of the {_block(process, clash.split)}, {closed}"
    hint = f"Lead it to {join}, and decide after {join}." if join else "Lead it to an end, or join the branches first."
    if isinstance(process.flow[clash.node], flow.End) and join:
        hint = f"Lead it to {join}, and decide after {join}; or write terminate: true at {clash.node}."
    return Finding("BP318", _flow_path(process, source, clash.node), what, hint, key=True)


def _enters(process: Process, clash: Clash) -> Finding:
    source, join = clash.sources
    what = f"the flow from {source} to {clash.node} enters the block between {clash.split} and {join} past its split"
    hint = f"Lead it to {clash.split}, or to a node before it."
    return Finding("BP319", _flow_path(process, source, clash.node), what, hint, key=True)


def _mismatch(process: Process, clash: Clash) -> Finding:
    one, other = clash.sources
    kind = process.flow[clash.split].type
    what = f"flows of different {kind} blocks meet in the {_kind(process, clash.node)}: from {one} and from {other}"
    hint = f"Let all branches of {clash.split} meet before they meet others."
    return Finding("BP320", ("flow", clash.node), what, hint, key=True)


def _after_itself(process: Process, clash: Clash) -> Finding:
    what = f"the {_join(process, clash.node)} waits for {clash.sources[0]}, which only comes after it"
    hint = f"Lead {clash.sources[0]} to an exclusive gateway before or after the block."
    return Finding("BP325", ("flow", clash.node), what, hint, key=True)


def _dead(process: Process, clash: Clash) -> Finding:
    what = f"the {_join(process, clash.node)} waits for {clash.sources[0]}, which no case reaches"
    return Finding("BP325", ("flow", clash.node), what, f"Take out the flow from {clash.sources[0]}.", key=True)


CHECKS: tuple[Check, ...] = (
    starts_and_ends,
    targets,
    unreachable,
    closed_loops,
    zero_time_loops,
    implicit_splits,
    gateways,
    duplicate_flows,
    parallel_blocks,
    one_join,
)
