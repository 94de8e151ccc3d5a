"""Parallel and inclusive blocks: which split each join closes, and where flows contradict that.

A token carries the list of the splits that it is inside of, and of the escalations that it belongs to. Every flow into
a node must bring the same list (a join takes the last entry off again); so at most one token of a case stands at a
node, and no join waits in vain.
"""

from collections import deque
from dataclasses import dataclass, field

from bpsim.model.flow import End, Inclusive, Node, Parallel, boundaries, side_ways
from bpsim.model.graph import Flows, backwards, reachable
from bpsim.model.process import Process

#: Where a token stands: the splits that it is inside of, the outermost first, each with the branches it stands for.
Place = tuple[tuple[str, frozenset[int]], ...]
#: The entry of a place for a token that an escalation (a boundary that does not interrupt) has started.
BESIDE = "!"


@dataclass(frozen=True)
class Clash:
    """Flows into a node that contradict each other, or the block of a split; `kind` says how.

    multiplied: branches of a split meet without a join. choice: a join waits for flows of which a case takes one.
    leaves: a flow out of a block past its join. enters: a flow into a block past its split. mismatch: flows of
    different blocks. after: a join waits for what comes after it. dead: a join waits for a flow that no case takes.
    beside: an escalation (of the task `split`) meets the flow that it came beside. unlike: a parallel join closes an
    inclusive split, or the other way round. unmatched: an inclusive join closes no split.
    """

    kind: str
    node: str
    split: str
    sources: tuple[str, ...]


@dataclass
class Blocks:
    """The place of every node that a case reaches, and what is wrong; `open` lists the splits without a join.

    `closes` gives for an inclusive join the split, and the branches that each of its flows stands for; `escalations`
    for a node that an escalation leads to the tasks (or splits) it comes from, and `later` what follows those.
    `ends` names the join of each split that has one: where its block ends. `joined` gives by split all such joins (it
    should be one), each with the node from which each branch (or several, joined before) comes to it.
    """

    places: dict[str, Place] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    closes: dict[str, tuple[str, tuple[frozenset[int], ...]]] = field(default_factory=dict)
    escalations: dict[str, tuple[str, ...]] = field(default_factory=dict)
    later: dict[str, set[str]] = field(default_factory=dict)
    ends: dict[str, str] = field(default_factory=dict)
    joined: dict[str, dict[str, dict[frozenset[int], str]]] = field(default_factory=dict)

    def inside(self, split: str) -> set[str]:
        """Name the nodes between a split and its join, and the join."""
        return {name for name, place in self.places.items() if any(each == split for each, _ in place)} | (
            {self.ends[split]} if split in self.ends else set()
        )

    def concurrent(self, one: str, other: str) -> str:
        """Name the split in different branches of which two nodes stand; an empty text when there is none."""
        first, second = dict(self.places.get(one, ())), dict(self.places.get(other, ()))
        beside = [sum(split == BESIDE for split, _ in self.places.get(name, ())) for name in (one, other)]
        if beside[0] != beside[1]:
            inner, outer = (one, other) if beside[0] > beside[1] else (other, one)
            tasks = self.escalations.get(inner, ())
            return next((task for task in tasks if outer == task or outer in self.later[task]), "")
        return next((split for split in first if split in second and not first[split] & second[split]), "")


def blocks(process: Process, found: Flows, start: str) -> Blocks:
    """Find the blocks of a process whose flows lead to existing nodes."""
    return _Walk(process, found, start).run()


def closing(found: Flows, into: Flows, process: Process, split: str) -> str:
    """Name the join that two branches of a split lead to without passing the split again; an empty text for none."""
    seen: set[str] = set()
    for branch in process.flow[split].next:
        here = reachable(found, [branch.to] if branch.to in found else [], avoiding=split)
        joins = [name for name in found if name in here & seen and _waits(process, name, into)]
        if joins:
            return joins[0]
        seen |= here
    return ""


def _waits(process: Process, name: str, into: Flows) -> bool:
    return isinstance(process.flow[name], Parallel | Inclusive) and len(into[name]) > 1


def _inner(place: Place) -> str:
    """Name the innermost split that a token is inside of; an empty text for none."""
    return place[-1][0] if place and place[-1][0] != BESIDE else ""


def _splits(node: Node) -> bool:
    return isinstance(node, Parallel | Inclusive) and len(node.next) > 1


class _Walk:
    """Carries places along the flows."""

    def __init__(self, process: Process, found: Flows, start: str) -> None:
        self.process, self.found = process, found
        self.into = backwards(found)
        self.live = reachable(found, [start])
        self.blocks = Blocks()
        self.first: dict[str, str] = {}
        self.arrived: dict[str, list[tuple[str, Place]]] = {}
        self.todo: deque[tuple[str, str, Place]] = deque([(start, "", ())])
        self.raw: list[tuple[str, str, str, Place, Place]] = []
        self.ended: list[tuple[str, str, Place]] = []

    def run(self) -> Blocks:
        while self.todo:
            while self.todo:
                self._enter(*self.todo.popleft())
            self._release()
        for name, one, other, first, second in self.raw:
            self._compare(name, (one, other), first, second)
        self._ends()
        self._escalations()
        order = (
            "beside",
            "unlike",
            "multiplied",
            "enters",
            "leaves",
            "choice",
            "after",
            "dead",
            "unmatched",
            "mismatch",
        )
        taken: set[str] = set()
        kept: list[Clash] = []
        for clash in sorted(self.blocks.clashes, key=lambda clash: order.index(clash.kind)):
            if clash.split not in taken and not (clash.kind == "mismatch" and kept):
                kept.append(clash)
            taken |= {clash.split} - {""}
        self.blocks.clashes = kept
        self.blocks.open = [split for split in self.blocks.open if split not in taken]
        return self.blocks

    def _enter(self, name: str, source: str, place: Place) -> None:
        node = self.process.flow[name]
        if isinstance(node, End):
            if not node.terminate:
                self.ended.append((source, name, place))
            self.blocks.places.setdefault(name, place)
        elif _waits(self.process, name, self.into):
            self.arrived.setdefault(name, []).append((source, place))
            if len(self.arrived[name]) == sum(origin in self.live for origin in self.into[name]):
                self._join(name)
        elif name not in self.blocks.places:
            self.first[name] = source
            self._open(name, place)
        elif place != self.blocks.places[name]:
            self.raw.append((name, self.first[name], source, self.blocks.places[name], place))

    def _open(self, name: str, place: Place) -> None:
        """Fix the place of a node and go on."""
        self.blocks.places[name] = place
        node = self.process.flow[name]
        aside = [one.next for _, one in boundaries(node) if one.non_interrupting]
        if _splits(node):
            ways = [(branch.to, (*place, (name, frozenset((i,))))) for i, branch in enumerate(node.next)]
            ways += [(target, place) for _, target in side_ways(node, beside=False)]
        elif aside:
            here = [branch.to for branch in node.next] + [target for _, target in side_ways(node, beside=False)]
            ways = [(target, place) for target in here]
        else:
            ways = [(target, place) for target in self.found[name]]
        beside = (*(entry for entry in place if entry[0] == BESIDE), (BESIDE, frozenset((0,))))
        ways += [(target, beside) for target in aside]
        self.todo.extend((target, name, there) for target, there in ways if target in self.found)

    # -- joins -------------------------------------------------------------------------------------------------------

    def _release(self) -> None:
        """Open a join that still waits when nothing moves any more: for a flow that comes only after it."""
        name = next((name for name in self.arrived if name not in self.blocks.places), "")
        if name:
            here = {source for source, _ in self.arrived[name]}
            missing = next(origin for origin in self.into[name] if origin in self.live and origin not in here)
            self.blocks.clashes.append(Clash("after", name, "", (missing,)))
            self._open(name, self.arrived[name][0][1][:-1])

    def _join(self, name: str) -> None:
        if name in self.blocks.places:
            return
        dead = [origin for origin in self.into[name] if origin not in self.live]
        if dead:
            self.blocks.clashes.append(Clash("dead", name, "", (dead[0],)))
        self._open(name, self._after(name, self.arrived[name]))

    def _after(self, name: str, arrived: list[tuple[str, Place]]) -> Place:
        """Give the place after a join, from the places of the flows into it."""
        first, place = arrived[0]
        split = _inner(place)
        outside = place[:-1] if split else place
        if self._unlike(name, first, split):
            return outside
        taken: dict[int, str] = {}
        came: dict[frozenset[int], str] = {}
        for source, there in arrived:
            if _inner(there) != split or (there[:-1] if split else there) != outside:
                self.raw.append((name, first, source, place, there))
                return min(place, there, key=len)[:-1]
            group = there[-1][1] if split else frozenset((0,))
            if group in came and isinstance(self.process.flow[name], Inclusive):
                continue  # another way of the same branches
            came[group] = source
            for branch in group:
                if branch in taken:
                    self.blocks.clashes.append(Clash("choice", name, split, (taken[branch], source)))
                    return outside
                taken[branch] = source
        if isinstance(self.process.flow[name], Inclusive):
            self.blocks.closes[name] = (split, tuple(came))
        whole = not split or len(taken) == len(self.process.flow[split].next)
        if split and whole:
            self.blocks.ends[split] = name
            self.blocks.joined.setdefault(split, {})[name] = came
        return outside if whole else (*outside, (split, frozenset(taken)))

    def _unlike(self, name: str, source: str, split: str) -> bool:
        """Find a join that closes a split of the other kind, or an inclusive one that closes none."""
        node = self.process.flow[name]
        if split and type(self.process.flow[split]) is not type(node):
            self.blocks.clashes.append(Clash("unlike", name, split, (source,)))
        elif not split and isinstance(node, Inclusive):
            self.blocks.clashes.append(Clash("unmatched", name, "", (source,)))
        else:
            return False
        return True

    # -- contradictions ----------------------------------------------------------------------------------------------

    def _compare(self, name: str, sources: tuple[str, str], first: Place, second: Place) -> None:
        """Say how two places at one node contradict each other."""
        same = 0
        while same < min(len(first), len(second)) and first[same] == second[same]:
            same += 1
        one, other = first[same:], second[same:]
        depth = [sum(split == BESIDE for split, _ in place) for place in (first, second)]
        if depth[0] != depth[1]:
            self.blocks.clashes.append(Clash("beside", name, "", sources if depth[0] > depth[1] else sources[::-1]))
            return
        if one and other:
            (split, branches), (split_too, branches_too) = one[0], other[0]
            meets = split == split_too and not branches & branches_too and not _waits(self.process, name, self.into)
            inner = max(first, second, key=len)[-1][0]
            clash = Clash("multiplied", name, split, sources) if meets else Clash("mismatch", name, inner, sources)
            self.blocks.clashes.append(clash)
            return
        inner, outer = sources if one else sources[::-1]
        split = (one or other)[0][0]
        join = closing(self.found, self.into, self.process, split)
        if _waits(self.process, name, self.into):
            self.blocks.clashes.append(Clash("mismatch", name, split, (inner, outer)))
        elif join and join in reachable(self.found, [name], avoiding=split):
            self.blocks.clashes.append(Clash("enters", name, split, (outer, join)))
        else:
            self.blocks.clashes.append(Clash("leaves", name, split, (inner, join)))

    def _escalations(self) -> None:
        """Note which nodes run beside which tasks (or blocks), and what follows these."""
        for task, node in self.process.flow.items():
            starts = [one.next for _, one in boundaries(node) if one.non_interrupting]
            for name in reachable(self.found, starts):
                self.blocks.escalations[name] = (*self.blocks.escalations.get(name, ()), task)
            if starts:
                going_on = [branch.to for branch in node.next]
                going_on += [one.next for _, one in boundaries(node) if not one.non_interrupting]
                self.blocks.later[task] = reachable(self.found, going_on)

    def _ends(self) -> None:
        """Find tokens that end inside a block: the block has no join, or the flow leaves it."""
        found: dict[str, tuple[int, str, str]] = {}
        for source, name, place in self.ended:
            for split, branches in place:
                if split == BESIDE:
                    continue
                found[split] = min(found.get(split, (len(branches), source, name)), (len(branches), source, name))
        for split, (_, source, name) in found.items():
            join = closing(self.found, self.into, self.process, split)
            if join:
                self.blocks.clashes.append(Clash("leaves", name, split, (source, join)))
            else:
                self.blocks.open.append(split)
