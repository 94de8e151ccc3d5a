"""Where everything stands on the process map: one geometry, in pixels, for every way of drawing it.

Lanes are departments in the order of the file, with the client above and third parties and systems below. Columns follow the longest path from the start;
flows that go back (rework) run below the lanes. Long flows pass through a free place in every column on their way, so that no line crosses a box.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from bpsim.model.flow import Exclusive, Node, Task
from bpsim.model.process import Process

BOX_WIDTH, BOX_HEIGHT = 132, 54
SMALL = 34
COLUMN_GAP, ROW_GAP = 26, 16
TRACK = 7
LANE_LABEL, LANE_PADDING = 120, 14
TEXT_WIDTH = BOX_WIDTH - 12

#: Widths of characters at 11 px, in classes that hold for the usual sans-serif faces.
NARROW, WIDE = "iljftrI.,:;'|!()[] ", "mwMW@%"


@dataclass(frozen=True, slots=True)
class Place:
    """A node: its centre, its size, and its lines of text."""

    name: str
    kind: str
    lane: str
    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A flow: the corners of its way, whether it goes back, and what is written on it."""

    origin: str
    target: str
    points: tuple[tuple[float, float], ...]
    back: bool
    crosses: bool
    label: str


@dataclass(frozen=True, slots=True)
class Lane:
    """A department's strip."""

    name: str
    title: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Geometry:
    """The whole map."""

    width: float
    height: float
    lanes: tuple[Lane, ...]
    places: tuple[Place, ...]
    lines: tuple[Line, ...]


def text_width(text: str, size: float = 11) -> float:
    """Estimate how wide a text is drawn."""
    units = sum(
        0.3 if c in NARROW else 0.86 if c in WIDE else 0.66 if c.isupper() else 1.0 if ord(c) > 0x2E80 else 0.56
        for c in text
    )
    return units * size


def wrapped(text: str, width: float, most: int = 3) -> tuple[str, ...]:
    """Break a text into at most so many lines; what does not fit ends in an ellipsis."""
    lines: list[str] = []
    for word in text.split():
        if lines and text_width(f"{lines[-1]} {word}") <= width:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    cut = len(lines) > most
    lines = lines[:most]
    for i, line in enumerate(lines):
        short = line
        last = cut and i == len(lines) - 1
        while (text_width(short) > width or (last and text_width(short + "…") > width)) and len(short) > 1:
            short = short[:-1]
        lines[i] = short if short == line and not last else f"{short.rstrip()}…"
    return tuple(lines)


def geometry(process: Process) -> Geometry:
    """Lay a process out."""
    return _Layout(process).geometry()


class _Layout:
    def __init__(self, process: Process) -> None:
        self.process = process
        self.nodes = process.flow
        self.flows = _flows(process)
        self.back = self._back_flows()
        self.column = self._columns()
        self.lanes = self._lane_order()
        self.lane = self._lane_of()
        self._route_long_flows()
        self._rows()

    # -- columns and lanes -------------------------------------------------------------------------------------------

    def _back_flows(self) -> set[tuple[str, str]]:
        """Find the flows that lead back to a node on the way, by a depth-first walk from the start in the order of the file."""
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

    def _columns(self) -> dict[str, int]:
        column = dict.fromkeys(self.nodes, 0)
        order = self._topological()
        for name in order:
            for target in self.flows[name]:
                if (name, target) not in self.back:
                    column[target] = max(column[target], column[name] + 1)
        return column

    def _topological(self) -> list[str]:
        waiting = dict.fromkeys(self.nodes, 0)
        for name in self.nodes:
            for target in self.flows[name]:
                if (name, target) not in self.back:
                    waiting[target] += 1
        ready = [name for name in self.nodes if not waiting[name]]
        order = []
        while ready:
            name = ready.pop(0)
            order.append(name)
            for target in self.flows[name]:
                if (name, target) not in self.back:
                    waiting[target] -= 1
                    if not waiting[target]:
                        ready.append(target)
        return order

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
        order = self._topological()
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

    # -- rows --------------------------------------------------------------------------------------------------------

    def _route_long_flows(self) -> None:
        """Give every flow that skips columns a place in each of them."""
        self.stops: dict[tuple[str, str], list[str]] = {}
        self.at: dict[str, tuple[int, str]] = {name: (self.column[name], self.lane[name]) for name in self.nodes}
        for name in self.nodes:
            for target in self.flows[name]:
                stops = []
                if (name, target) not in self.back:
                    for column in range(self.column[name] + 1, self.column[target]):
                        stop = f"{name}>{target}@{column}"
                        self.at[stop] = (column, self.lane[target])
                        stops.append(stop)
                self.stops[name, target] = stops

    def _rows(self) -> None:
        """Order the places of a column within each lane by where their neighbours on the left stand."""
        cells: dict[tuple[int, str], list[str]] = defaultdict(list)
        for name, cell in self.at.items():
            cells[cell].append(name)
        left: dict[str, list[str]] = defaultdict(list)
        for (name, target), stops in self.stops.items():
            if (name, target) not in self.back:
                chain = [name, *stops, target]
                for a, b in zip(chain[:-1], chain[1:], strict=True):
                    left[b].append(a)
        self.row: dict[str, int] = {}
        height = {lane: 1 for lane in self.lanes}
        position: dict[str, float] = {}
        rank = {lane: i for i, lane in enumerate(self.lanes)}
        for column in range(max(self.column.values(), default=0) + 1):
            for lane in self.lanes:
                here = cells.get((column, lane), [])
                weight = {
                    name: sum(position[n] for n in left[name]) / len(left[name]) if left[name] else 0.0 for name in here
                }
                here.sort(key=lambda name: (weight[name], ">" in name, name))
                taken = -1
                for name in here:
                    level = [self.row[n] for n in left[name] if self.at[n][1] == lane]
                    taken = max(taken + 1, min(level, default=0))
                    self.row[name] = taken
                    position[name] = 1000 * rank[lane] + taken
                height[lane] = max(height[lane], taken + 1)
        self.height = height

    # -- coordinates -------------------------------------------------------------------------------------------------

    def geometry(self) -> Geometry:
        lanes, tops = [], {}
        y = 10.0
        for name in self.lanes:
            tall = self.height[name] * (BOX_HEIGHT + ROW_GAP) - ROW_GAP + 2 * LANE_PADDING
            tops[name] = y + LANE_PADDING
            lanes.append(Lane(name, self._title(name), y, tall))
            y += tall
        lefts = self._gutters()
        centre = {
            name: (lefts[column] + BOX_WIDTH / 2, tops[lane] + self.row[name] * (BOX_HEIGHT + ROW_GAP) + BOX_HEIGHT / 2)
            for name, (column, lane) in self.at.items()
        }
        lines = tuple(self._line(name, target, centre, lefts, y) for name in self.nodes for target in self.flows[name])
        tracks = len(self.back)
        width = lefts[-1] + 10
        places = tuple(self._place(name, *centre[name]) for name in self.nodes)
        return Geometry(width, y + (tracks * TRACK + 22 if tracks else 10), tuple(lanes), places, lines)

    def _title(self, lane: str) -> str:
        if lane.startswith("("):
            return {"(client)": "Client", "(external)": "Third parties", "(system)": "Systems"}[lane]
        return self.process.departments[lane].title or lane

    def _gutters(self) -> list[float]:
        """Give the left edge of each column (and of one behind the last), leaving room for a track per vertical line."""
        self.tracks: dict[int, dict[tuple[str, str, int], int]] = defaultdict(dict)
        for name in self.nodes:
            for target in self.flows[name]:
                if (name, target) in self.back:
                    self._track(self.column[name], (name, target, 0))
                    self._track(self.column[target] - 1, (name, target, 1))
                else:
                    for column in range(self.column[name], self.column[target]):
                        self._track(column, (name, target, column))
        last = max(self.column.values(), default=0)
        lefts = [LANE_LABEL + COLUMN_GAP + TRACK * len(self.tracks[-1])]
        for column in range(last + 1):
            lefts.append(lefts[-1] + BOX_WIDTH + COLUMN_GAP + TRACK * len(self.tracks[column]))
        return lefts

    def _track(self, column: int, key: tuple[str, str, int]) -> None:
        self.tracks[column][key] = len(self.tracks[column])

    def _gutter_x(self, column: int, key: tuple[str, str, int], lefts: list[float]) -> float:
        right = lefts[column + 1]
        return right - COLUMN_GAP / 2 - TRACK * (len(self.tracks[column]) - self.tracks[column][key] - 1)

    def _place(self, name: str, x: float, y: float) -> Place:
        node = self.nodes[name]
        kind = node.type
        big = isinstance(node, Task)
        lines = wrapped(node.title or name.replace("_", " "), TEXT_WIDTH if big else BOX_WIDTH)
        size = (BOX_WIDTH, BOX_HEIGHT) if big else (SMALL, SMALL)
        return Place(name, kind, self.lane[name], x, y, *size, lines)

    def _half(self, name: str) -> float:
        return BOX_WIDTH / 2 if isinstance(self.nodes[name], Task) else SMALL / 2

    def _line(
        self, name: str, target: str, centre: Mapping[str, tuple[float, float]], lefts: list[float], bottom: float
    ) -> Line:
        start = (centre[name][0] + self._half(name), centre[name][1])
        end = (centre[target][0] - self._half(target), centre[target][1])
        points = [start]
        back = (name, target) in self.back
        if back:
            down = self._gutter_x(self.column[name], (name, target, 0), lefts)
            up = self._gutter_x(self.column[target] - 1, (name, target, 1), lefts)
            y = bottom + 8 + TRACK * sorted(self.back).index((name, target))
            points += [(down, start[1]), (down, y), (up, y), (up, end[1])]
        else:
            for i, stop in enumerate([*self.stops[name, target], target]):
                column = self.column[name] + i
                x = self._gutter_x(column, (name, target, column), lefts)
                points += [(x, points[-1][1]), (x, centre[stop][1])]
                if stop != target:
                    points.append((centre[stop][0], centre[stop][1]))
        points.append(end)
        crosses = self._human(name) != self._human(target) and bool(self._human(target)) and bool(self._human(name))
        return Line(name, target, _straightened(points), back, crosses, self._label(name, target))

    def _human(self, name: str) -> str:
        lane = self.lane[name]
        return "" if lane.startswith("(") else lane

    def _label(self, name: str, target: str) -> str:
        node = self.nodes[name]
        if isinstance(node, Exclusive) and len(node.next) > 1:
            branch = next((branch for branch in node.next if branch.to == target), None)
            if branch is None:
                return ""
            words = {"share": branch.share.text, "when": branch.when.text, "else": "else", "always": ""}[branch.kind]
            return wrapped(words, 110, 1)[0] if words else ""
        return "timeout" if isinstance(node, Task) and node.timeout and node.timeout.next == target else ""


def _flows(process: Process) -> dict[str, list[str]]:
    """List the targets of every node, each once, in the order of the file."""
    flows = {}
    for name, node in process.flow.items():
        targets = [branch.to for branch in node.next]
        if isinstance(node, Task) and node.timeout:
            targets.append(node.timeout.next)
        flows[name] = list(dict.fromkeys(targets))
    return flows


def _straightened(points: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Drop corners that are none."""
    kept: list[tuple[float, float]] = []
    for point in points:
        if kept and point == kept[-1]:
            continue
        if len(kept) > 1 and ((kept[-2][0] == kept[-1][0] == point[0]) or (kept[-2][1] == kept[-1][1] == point[1])):
            kept.pop()
        kept.append(point)
    return tuple(kept)


__all__ = ["Geometry", "Lane", "Line", "Place", "geometry", "text_width", "wrapped"]
