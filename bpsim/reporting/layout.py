"""Where everything stands on the process map: one geometry, in pixels, for every way of drawing it.

Lanes are departments in the order of the file, with the client above and third parties and systems below. Columns
follow the longest path from the start; flows that go back (rework) leave and enter from below and run under the lanes.
Long flows pass through a free place in every column on their way, so that no line crosses a box; those to one node
meet early. Between two columns every flow that changes its row has a vertical track; what is written on a flow stands
behind the tracks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bpsim.reporting.chart import Chart, Station
from bpsim.reporting.grid import Grid
from bpsim.reporting.lettering import FONT, LABEL_FONT, fitted, text_width, wrapped
from bpsim.reporting.wording import GATES

BOX_WIDTH, BOX_HEIGHT = 128, 56
#: What is drawn as a box.
BOXES = ("task", "call", "folded")
DIAMOND, CIRCLE = 34, 26
ROW_GAP, ROW = 22, BOX_HEIGHT + 22
#: Free space on each side of a gutter, and between two vertical tracks in it.
MARGIN, TRACK = 13, 8
LANE_LABEL, LANE_PADDING = 118, 18
CAPTION_WIDTH, LABEL_GAP = 84, 5
#: A name stands in a box in so many lines of this size at most; a long one in more and smaller ones.
BOX_LINES = ((3, float(FONT)), (4, 10.0))
#: Where rework leaves and enters a box, from its middle.
PORT = 30
#: How far a flow steps aside that changes places with another.
ASIDE = 10

Point = tuple[float, float]
#: The rows that a vertical track comes from, and those that it leads to.
Rows = tuple[set[float], set[float]]


@dataclass(frozen=True, slots=True)
class Place:
    """A station: the strip that it is drawn in, its department, its centre, its size, its lines of text, their size."""

    name: str
    kind: str
    lane: str
    department: str
    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]
    font: float = FONT


@dataclass(frozen=True, slots=True)
class Line:
    """A flow: the corners of its way, whether it goes back, and what is written on it: the rule, and a count."""

    origin: str
    target: str
    points: tuple[Point, ...]
    back: bool
    crosses: bool
    label: str
    label_at: Point
    count: str = ""

    @property
    def words(self) -> str:
        """Give all that is written on it."""
        return f"{self.label} {self.count}".strip()


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


def geometry(chart: Chart, counts: Mapping[tuple[str, str], str] | None = None) -> Geometry:
    """Lay a map out; `counts` are written on flows beside their rules."""
    return _Layout(chart, counts or {}).geometry()


class _Layout(Grid):
    def __init__(self, chart: Chart, counts: Mapping[tuple[str, str], str]) -> None:
        super().__init__(chart)
        self.counts = counts

    def geometry(self) -> Geometry:
        lanes = self._strips()
        tops = {lane.name: lane.y + LANE_PADDING + BOX_HEIGHT / 2 for lane in lanes}
        self.y = {name: tops[lane] + self.row[name] * ROW for name, (_, lane) in self.at.items()}
        self._gutters()
        bottom = lanes[-1].y + lanes[-1].height
        self.below = {flow: bottom + 9 + TRACK * i for i, flow in enumerate(sorted(self.back))}
        lines = tuple(self._line(name, target) for name in self.stations for target in self.flows[name])
        places = tuple(self._place(name) for name in self.stations)
        height = bottom + (9 + TRACK * len(self.back) if self.back else 0)
        return Geometry(self.width, height, tuple(lanes), places, _apart(lines))

    def _strips(self) -> list[Lane]:
        lanes, y = [], 0.0
        for name in self.lanes:
            height = self.height[name] * ROW - ROW_GAP + 2 * LANE_PADDING
            lanes.append(Lane(name, self.chart.lanes[name], y, height))
            y += height
        return lanes

    def _caption(self, name: str) -> tuple[tuple[str, ...], float]:
        """Give the lines of text of a station and their size: in a box, below an event, above a gateway."""
        station = self.stations[name]
        if station.ends:
            return _folded(station, 3 if self.counts else 4), BOX_LINES[1][1]
        if station.kind in BOXES:
            return fitted(station.title, BOX_WIDTH - 14, BOX_LINES)
        return wrapped(station.title, CAPTION_WIDTH, 2), FONT

    def _size(self, name: str) -> Point:
        kind = self.stations[name].kind
        if kind in BOXES:
            return (BOX_WIDTH, BOX_HEIGHT)
        side = DIAMOND if kind in GATES else CIRCLE
        return (side, side)

    def _gutters(self) -> None:
        """Set the middle of each column, the track of each vertical line, and where labels begin in each gutter."""
        last = max(self.column.values(), default=0)
        width = [0.0] * (last + 1)
        for name in self.stations:
            lines, font = self._caption(name)
            caption = max((text_width(line, font) for line in lines), default=0.0)
            here = max(self._size(name)[0], caption)
            width[self.column[name]] = max(width[self.column[name]], here)
        self.middle: dict[int, float] = {}
        self.label_x: dict[int, float] = {}
        self.track_x: dict[tuple[int, object], float] = {}
        x = float(LANE_LABEL)
        for column in range(-1, last + 1):
            tracks = _in_order(self._tracks(column))
            for i, key in enumerate(tracks):
                self.track_x[column, key] = x + MARGIN + TRACK * i
            self.label_x[column] = x + MARGIN + TRACK * max(len(tracks) - 1, 0) + 4
            plain = 2 * MARGIN + TRACK * len(tracks)
            x += plain + self._label_room(column, plain + (width[column] / 2 if column >= 0 else 0))
            if column < last:
                self.middle[column + 1] = x + width[column + 1] / 2
                x += width[column + 1]
        self.width = x

    def _label_room(self, column: int, free: float) -> float:
        """Give the room for what is written on the flows out of a column; `free` is there behind its middle already."""
        room = 0.0
        for name in self.stations:
            for target in self.flows[name] if self.column[name] == column else ():
                count = self.counts.get((name, target), "")
                words = text_width(f"{self.chart.ways[name][target].label} {count}".strip(), LABEL_FONT)
                below = (name, target) in self.back and not self._side(name)
                room = max(room, words + 2 * LABEL_GAP - free if below else words)
        return room

    def _hops(self, name: str, target: str) -> list[tuple[int, object, str, str]]:
        """Cut a flow that goes on into hops from column to column: the gutter, the track in it, and both ends."""
        chain = [name, *self.stops[name, target], target]
        first = self.column[name]
        keys = [("out", name), *(("over", target) for _ in chain[2:])]
        return [(first + i, keys[i], chain[i], chain[i + 1]) for i in range(len(chain) - 1)]

    def _tracks(self, column: int) -> dict[object, Rows]:
        """Give every vertical line in the gutter behind a column with the rows it comes from and those it leads to."""
        tracks: dict[object, Rows] = {}
        for name in self.stations:
            for target in self.flows[name]:
                if (name, target) in self.back:
                    if self.column[name] == column:
                        tracks["down", name, target] = (self._side(name), set())
                    if self.column[target] - 1 == column:
                        tracks["up", name, target] = (set(), self._side(target))
                    continue
                for gutter, key, a, b in self._hops(name, target):
                    if gutter == column and self.y[a] != self.y[b]:
                        rows = tracks.setdefault(key, (set(), set()))
                        rows[0].add(self.y[a])
                        rows[1].add(self.y[b])
        return tracks

    def _side(self, name: str) -> set[float]:
        """Give the row at whose height rework meets a node; none when it meets it from below."""
        return {self.y[name]} if self._size(name)[0] == CIRCLE else set()

    def _place(self, name: str) -> Place:
        x, y = self.middle[self.column[name]], self.y[name]
        station = self.stations[name]
        return Place(name, station.kind, self.lane[name], station.lane, x, y, *self._size(name), *self._caption(name))

    def _end(self, name: str, side: int) -> Point:
        """Give the middle of the left (-1) or right (1) side of a node."""
        return (self.middle[self.column[name]] + side * self._size(name)[0] / 2, self.y[name])

    def _line(self, name: str, target: str) -> Line:
        way = self.chart.ways[name][target]
        points = self._way_back(name, target) if way.back else self._way_on(name, target)
        gutter = self.column[name]
        if way.back and self._side(name):
            label_at = (points[1][0] + 4, points[1][1] + 14)
        elif way.back:
            label_at = (points[0][0] + LABEL_GAP, points[0][1] + 13)
        else:
            first_stop = [*self.stops[name, target], target][0]
            above = 7 if self.counts else 4  # flows with counts are wide
            label_at = (self.label_x[gutter], self.y[first_stop] - above)
        count = self.counts.get((name, target), "")
        return Line(name, target, tuple(points), way.back, way.crosses, way.label, label_at, count)

    def _way_on(self, name: str, target: str) -> list[Point]:
        points = [self._end(name, 1)]
        for gutter, key, a, b in self._hops(name, target):
            if self.y[a] != self.y[b]:
                level = self.y[a]
                if aside := self.track_x.get((gutter, ("aside", key))):
                    level += ASIDE
                    points += [(aside, self.y[a]), (aside, level)]
                x = self.track_x[gutter, key]
                points += [(x, level), (x, self.y[b])]
        return [*points, self._end(target, -1)]

    def _way_back(self, name: str, target: str) -> list[Point]:
        """Leave below (an event: on the right), run under the lanes, come in from below (an event: from the left)."""
        down = self.track_x[self.column[name], ("down", name, target)]
        up = self.track_x[self.column[target] - 1, ("up", name, target)]
        y = self.below[name, target]
        return [*self._stub(name, 1, down), (down, y), (up, y), *reversed(self._stub(target, -1, up))]

    def _stub(self, name: str, side: int, track: float) -> list[Point]:
        x, y = self.middle[self.column[name]], self.y[name]
        if self._side(name):
            return [self._end(name, side), (track, y)]
        x += side * PORT if self._size(name)[0] == BOX_WIDTH else 0
        channel = y + BOX_HEIGHT / 2 + ROW_GAP / 2
        return [(x, y + self._size(name)[1] / 2), (x, channel), (track, channel)]


def _folded(station: Station, most: int) -> tuple[str, ...]:
    """Write what a folded box holds: whose steps and how many, the first and the last; names are cut, not numbers."""
    wide, size = BOX_WIDTH - 12.0, BOX_LINES[1][1]
    whose, _, many = station.title.rpartition(": ")
    room = wide - text_width(f": {many}", size)
    first = wrapped(station.ends[0], wide, most - 2, size)
    last = wrapped(f"… {station.ends[1]}", wide, most - 1 - len(first), size)
    return (f"{wrapped(whose, room, 1, size)[0]}: {many}", *first, *last)


def _in_order(tracks: Mapping[object, Rows]) -> list[object]:
    """Order the tracks of a gutter so that no two flows lie over each other on a row.

    A track that leaves a row stands left of every track that leads into that row. Otherwise lines that lead down stand
    in the order of their origins from below, lines that lead up from above; rework leaves first and comes in last.
    Where flows change places, one of them first steps aside: a short track ("aside", its track) before all others.
    """

    def preference(key: object) -> tuple[int, float]:
        origins, targets = tracks[key]
        if not origins or not targets:
            return (3, 0.0) if targets or key[0] == "up" else (0, 0.0)  # type: ignore[index]
        origin = min(origins)
        return (1, -origin) if max(targets) > origin else (2, origin)

    origins = {key: rows[0] for key, rows in tracks.items()}
    left = sorted(tracks, key=preference)
    order: list[object] = []
    while left:
        holding = {key: [other for other in left if other != key and origins[other] & tracks[key][1]] for key in left}
        chosen = next((key for key in left if not holding[key]), left[0])
        for other in holding[chosen]:
            order.append(("aside", other))
            origins[other] = set()
        order.append(chosen)
        left.remove(chosen)
    return order


def _apart(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Move labels that would stand on the same spot: below the line (of rework: to its left), then further away."""
    taken: dict[Point, int] = {}
    moved = []
    for line in lines:
        x, y = line.label_at
        if line.words:
            n = taken[x, y] = taken.get((x, y), -1) + 1
            if line.back and n == 1:
                x -= 2 * LABEL_GAP + text_width(line.words, LABEL_FONT)
            else:
                y += (0, 15, -12, 27)[n] if n < 4 else 27 + 12 * (n - 3)  # noqa: PLR2004 - four spots that are free
        moved.append(replace(line, label_at=(x, y)))
    return tuple(moved)
