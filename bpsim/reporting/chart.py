"""What a process map shows, before anything has a place: stations in the lanes of departments, and ways between them.

Lanes are departments in the order of the file, with the client above and third parties and systems below. Gateways,
timers and events stand with what comes before them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bpsim.model.flow import End, Exclusive, Inclusive, Node, Start, Task, boundaries
from bpsim.model.graph import backwards, flows
from bpsim.model.process import Process
from bpsim.reporting.lettering import LABEL_FONT, LABEL_WIDTH, clean, wrapped
from bpsim.reporting.wording import GATES, boundary_words, leaving_words, passing_words


@dataclass(frozen=True, slots=True)
class Station:
    """A node of the flow, or several of one lane folded into a box: `steps` names them, in their order.

    `ends` are the titles of the first and the last step of such a box, where it has several.
    """

    kind: str
    title: str
    lane: str
    steps: tuple[str, ...]
    ends: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """A flow: what is written on it, whether it leads back (rework), and whether work passes to another department."""

    label: str = ""
    back: bool = False
    crosses: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """The whole map; `lanes` are drawn from above, each with its title; those in `shared` have one in common."""

    lanes: Mapping[str, str]
    stations: Mapping[str, Station]
    ways: Mapping[str, Mapping[str, Way]]
    shared: tuple[str, ...] = ()

    def strip(self, name: str) -> str:
        """Name the lane in which a station is drawn: its own, or the one that it shares."""
        lane = self.stations[name].lane
        return SHARED if lane in self.shared else lane


#: The lane that several departments share.
SHARED = "(others)"


def charted(process: Process) -> Chart:
    """Read the map of a process off its flow."""
    reading = _Reading(process)
    stations = {name: reading.station(name) for name in process.flow}
    ways = {name: {to: reading.way(name, to) for to in targets} for name, targets in reading.flows.items()}
    return Chart({lane: reading.lane_title(lane) for lane in reading.lanes}, stations, ways)


def onward(ways: Mapping[str, Iterable[str]], back: Iterable[tuple[str, str]]) -> list[str]:
    """Order stations so that every way leads on, but for those that lead back."""
    against = set(back)
    ahead = {name: tuple(to for to in targets if (name, to) not in against) for name, targets in ways.items()}
    waiting = {name: len(sources) for name, sources in backwards(ahead).items()}
    ready = [name for name in ahead if not waiting[name]]
    order = []
    while ready:
        name = ready.pop(0)
        order.append(name)
        for target in ahead[name]:
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return order


class _Reading:
    def __init__(self, process: Process) -> None:
        self.process = process
        self.nodes = process.flow
        self.flows = {name: tuple(dict.fromkeys(targets)) for name, targets in flows(process).items()}
        self.before = backwards(self.flows)
        self.back = self._back_flows()
        self.lanes = self._lane_order()
        self.lane = self._lane_of()

    def station(self, name: str) -> Station:
        node = self.nodes[name]
        kind = "terminate" if isinstance(node, End) and node.terminate else node.type
        title = node.title or ("" if node.type in GATES else name.replace("_", " "))
        return Station(kind, title, self.lane[name], (name,))

    def way(self, name: str, target: str) -> Way:
        return Way(cut(self._label(name, target)), (name, target) in self.back, self._crosses(name, target))

    def lane_title(self, lane: str) -> str:
        if lane.startswith("("):
            return {"(client)": "Client", "(external)": "Third parties", "(system)": "Systems"}[lane]
        return clean(self.process.departments[lane].title) or lane.replace("_", " ")

    # -- lanes -------------------------------------------------------------------------------------------------------

    def _back_flows(self) -> set[tuple[str, str]]:
        """Find the flows that lead back to a node on the way: a depth-first walk in the order of the file."""
        back: set[tuple[str, str]] = set()
        state: dict[str, int] = {}
        for root in [self.process.start(), *self.nodes]:
            if root in state:
                continue
            state[root] = 1
            stack = [(root, iter(self.flows[root]))]
            while stack:
                name, rest = stack[-1]
                for target in rest:
                    if state.get(target) == 1:
                        back.add((name, target))
                    elif target not in state:
                        state[target] = 1
                        stack.append((target, iter(self.flows[target])))
                        break
                else:
                    state[name] = 2
                    stack.pop()
        return back

    def _own_lane(self, node: Node) -> str:
        if not isinstance(node, Task):
            return ""
        return node.performer[0].partition(".")[0] if node.by_people() else f"({node.performer[0]})"

    def _lane_order(self) -> list[str]:
        used = {self._own_lane(node) for node in self.nodes.values()} - {""}
        order = [lane for lane in ("(client)",) if lane in used]
        order += [name for name in self.process.departments if name in used]
        return order + [lane for lane in ("(external)", "(system)") if lane in used] or ["(system)"]

    def _lane_of(self) -> dict[str, str]:
        """Put gateways, timers and events into the lane of what comes before them (the start: of what follows)."""
        lane = {name: self._own_lane(node) for name, node in self.nodes.items()}
        order = onward(self.flows, self.back)
        before: dict[str, str] = {}
        for name in order:
            for target in self.flows[name]:
                before.setdefault(target, name)
        for name in order:
            if not lane[name] and name in before:
                lane[name] = lane[before[name]]
        for name in reversed(order):
            if not lane[name]:
                lane[name] = next((lane[target] for target in self.flows[name] if lane[target]), self.lanes[0])
        return {name: value or self.lanes[0] for name, value in lane.items()}

    # -- ways --------------------------------------------------------------------------------------------------------

    def _crosses(self, name: str, target: str) -> bool:
        """Tell whether a flow leads into another lane and work passes to another department by it."""
        if self.lane[name] == self.lane[target] or self.lane[target].startswith("("):
            return False
        before, after = self._departments(name, self.before), self._departments(target, self.flows)
        if self.lane[name].startswith("(") and self.lane[target] in before:
            return False
        return any(here != there for here in before for there in after)

    def _departments(self, name: str, ways: Mapping[str, Iterable[str]]) -> set[str]:
        """Name the departments of the nearest work of people, from a node on along the ways given."""
        found: set[str] = set()
        seen, todo = {name}, [name]
        while todo:
            at = todo.pop()
            own = self._own_lane(self.nodes[at])
            if own and not own.startswith("("):
                found.add(own)
                continue
            further = [other for other in ways[at] if other not in seen]
            seen.update(further)
            todo += further
        return found

    def _label(self, name: str, target: str) -> str:
        node = self.nodes[name]
        branch = next((branch for branch in node.next if branch.to == target), None)
        if isinstance(node, Exclusive | Inclusive) and len(node.next) > 1 and branch:
            return {"share": _percent(branch.share.text), "when": branch.when.text, "else": "else"}.get(branch.kind, "")
        if isinstance(node, Start) and target not in {branch.to for branch in node.next}:
            return " or ".join(passing_words(self.process, target))
        found = [boundary_words(*one) for one in boundaries(node) if one[1].next == target]
        if isinstance(node, Task) and node.reneges_after and node.reneges_after.next == target:
            found.append(leaving_words(node))
        both = bool(found) and any(branch.to == target for branch in node.next)
        return ", or ".join(["done"] * both + found)


def cut(words: str) -> str:
    """Leave as much of what is written on a flow as there is room for."""
    return wrapped(words, LABEL_WIDTH, 1, LABEL_FONT)[0] if words else ""


def _percent(text: str) -> str:
    """Write a plain probability as a percentage; leave expressions as they are."""
    try:
        return f"{100 * float(text):.4g}%"
    except ValueError:
        return text
