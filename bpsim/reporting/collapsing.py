"""A map that is too large to be read is collapsed: steps of one lane share a box, small departments share a lane.

What hides least comes first: steps in a row with one way in and one way out (chains), then blocks that are entered at
one node and left at one, those with rework inside after the others, then whatever one lane does before the work leaves
it. Ways between boxes stay, those between the same two boxes become one. Nothing is folded over a border between lanes,
and no fold makes a way that leads on lead back, so that handoffs stay what they are and a box says where rework is.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from bpsim.reporting.chart import SHARED, Chart, Station, Way, cut, onward
from bpsim.reporting.layout import BOXES

#: A map with no more than this is drawn as it is.
STATIONS, LANES = 60, 12
#: What may share a box. A start, an end, a call and a message stand for something outside the map.
FOLDABLE = ("task", "timer", "exclusive", "parallel", "inclusive", "event_based", "folded")
#: Gateways that wait for several ways.
JOINS = ("parallel", "inclusive")


def collapsed(chart: Chart, kept: Collection[str] = ()) -> Chart:
    """Give a map of at most 60 stations in at most 12 lanes, or as few as can be; those to be kept share no box.

    The same map gives the same; a map that is small enough stays as it is.
    """
    folding = _Folding(chart, kept)
    while len(folding.chart.stations) > STATIONS and (groups := folding.least()):
        folding.fold(groups)
    return _sharing(folding.chart) if len(chart.lanes) > LANES else folding.chart


def _sharing(chart: Chart) -> Chart:
    """Put the departments with the fewest steps into one last lane, in the order of the file."""
    size = Counter({lane: 0 for lane in chart.lanes if not lane.startswith("(")})
    for station in chart.stations.values():
        if station.lane in size:
            size[station.lane] += len(station.steps)
    place = {lane: i for i, lane in enumerate(chart.lanes)}
    small = sorted(size, key=lambda lane: (size[lane], -place[lane]))[: len(chart.lanes) - LANES + 1]
    shared = tuple(lane for lane in chart.lanes if lane in small)
    lanes = {lane: title for lane, title in chart.lanes.items() if lane not in shared}
    stations = {
        name: replace(station, title=f"{chart.lanes[station.lane]}: {station.title}")
        if station.lane in shared and station.kind in BOXES and not station.ends
        else station
        for name, station in chart.stations.items()
    }
    return Chart({**lanes, SHARED: f"{len(shared)} other departments"}, stations, chart.ways, shared)


class _Folding:
    """A map on its way to a smaller one."""

    def __init__(self, chart: Chart, kept: Collection[str]) -> None:
        self.whole = chart
        self.chart = chart
        self.kept = kept

    def least(self) -> list[frozenset[str]]:
        """Name the stations of the folds that hide least: blocks alike and apart, as many as are needed; or a part."""
        self._survey()
        blocks = sorted((self._loss(group), group) for group in self._blocks() if self._titles(group))
        if not blocks:
            return sorted((group for group in self._parts() if self._titles(group)), key=self._loss)[:1]
        chosen: list[frozenset[str]] = []
        gone: set[str] = set()
        for loss, group in blocks:
            needed = len(self.chart.stations) - len(gone) + len(chosen) > STATIONS
            if needed and loss[:-1] == blocks[0][0][:-1] and not gone & group:
                chosen.append(group)
                gone |= group
        return chosen

    def _loss(self, group: frozenset[str]) -> tuple[int, ...]:
        """Tell what a fold hides: whether ways part or meet in it or lead back, how many names, how many nodes."""
        chain = all(len(self.after[name]) <= 1 and len(self.before[name]) <= 1 for name in group)
        again = any(way.back and target in group for name in group for target, way in self.chart.ways[name].items())
        hidden = max(len(self._titles(group)) - 2, 0)
        return (2 if again else 0 if chain else 1, hidden, len(group), min(self.rank[name] for name in group))

    def _survey(self) -> None:
        """See what leads where, and in which order."""
        ways = self.chart.ways
        self.ahead = {name: [to for to, way in targets.items() if not way.back] for name, targets in ways.items()}
        self.after = {name: set(targets) for name, targets in ways.items()}
        self.before: dict[str, set[str]] = {name: set() for name in ways}
        for name, targets in ways.items():
            for target in targets:
                self.before[target].add(name)
        self.order = onward(self.ahead, ())
        self.rank = {name: i for i, name in enumerate(self.order)}
        self.free = {
            name: station.lane if station.kind in FOLDABLE and name not in self.kept else ""
            for name, station in self.chart.stations.items()
        }

    def _titles(self, group: Iterable[str]) -> list[str]:
        """Give the titles that are written on some stations in the whole map, in their order."""
        steps = [step for name in sorted(group, key=self.rank.__getitem__) for step in self.chart.stations[name].steps]
        return [title for step in steps if (title := self.whole.stations[step].title)]

    # -- what can be folded ------------------------------------------------------------------------------------------

    def _blocks(self) -> Iterator[frozenset[str]]:
        """Give the smallest block that begins at each station."""
        meeting = self._meeting()
        for first in self.order:
            last = meeting[first] if self.free[first] else ""
            while last:
                block = self._between(first, last)
                if {self.free[name] for name in block} != {self.free[first]}:
                    break
                if self._closed(block, first, last):
                    yield block
                    break
                last = meeting[last]

    def _meeting(self) -> dict[str, str]:
        """Name for each station the nearest that every way on from it passes; nothing where there is none."""
        meeting = {"": ""}
        far = {**self.rank, "": len(self.rank)}
        for name in reversed(self.order):
            here, *rest = self.ahead[name] or [""]
            for way in rest:
                other = way
                while here != other:
                    here, other = (meeting[here], other) if far[here] < far[other] else (here, meeting[other])
            meeting[name] = here
        return meeting

    def _between(self, first: str, last: str) -> frozenset[str]:
        """Name the stations on the ways on from one to another."""
        found, todo = {first, last}, [first]
        while todo:
            for target in self.ahead[todo.pop()]:
                if target not in found:
                    found.add(target)
                    todo.append(target)
        return frozenset(found)

    def _closed(self, block: frozenset[str], first: str, last: str) -> bool:
        """Tell whether a block is entered at the first only, and left at the last, and its ways mean the same then."""
        joins = self._kind(first, 0) in JOINS and len(self.before[first] - block) > 1
        splits = self._kind(last, -1) != "exclusive" and len(self.after[last] - block) > 1
        return not (
            joins
            or splits
            or any(self.before[name] - block for name in block - {first})
            or any(self.after[name] - block for name in block - {last})
        )

    def _kind(self, name: str, end: int) -> str:
        """Give what a station begins (0) or ends (-1) with."""
        return self.whole.stations[self.chart.stations[name].steps[end]].kind

    def _parts(self) -> Iterator[frozenset[str]]:
        """Give what each lane does before the work leaves it, as far as it hangs together.

        The work may leave a lane and come back: of two steps on such a way the second has entered it once more often.
        So no way leaves a part and leads back into it.
        """
        entered: dict[str, Counter[str]] = {name: Counter() for name in self.order}
        parts: dict[tuple[str, int], list[set[str]]] = defaultdict(list)
        for name in self.order:
            lane, sources = self.free[name], [other for other in self.before[name] if name in self.ahead[other]]
            for other in sources:
                entered[name] |= entered[other]
            own = [entered[other][lane] + (self.free[other] != lane) for other in sources]
            if lane:
                entered[name][lane] = max(own, default=1)
                key = (lane, entered[name][lane])
                near = [part for part in parts[key] if part & (self.before[name] | self.after[name])]
                parts[key] = [part for part in parts[key] if part not in near] + [{name}.union(*near)]
        yield from (frozenset(part) for found in parts.values() for part in found if len(part) > 1)

    # -- the fold ----------------------------------------------------------------------------------------------------

    def fold(self, groups: list[frozenset[str]]) -> None:
        """Put the stations of each group into a box."""
        stations, ways = self.chart.stations, self.chart.ways
        home, boxes = {name: name for name in stations}, dict(stations)
        silent: set[str] = set()
        for group in groups:
            ordered = sorted(group, key=self.rank.__getitem__)
            steps = tuple(step for name in ordered for step in stations[name].steps)
            home |= dict.fromkeys(group, f"{steps[0]} … {steps[-1]}")
            boxes |= dict.fromkeys(group, self._box(self._titles(group), stations[ordered[0]].lane, steps))
            exits = [name for name in group if self.after[name] - group]
            if len(exits) > 1 or any(self._kind(name, -1) != "exclusive" for name in exits):
                silent |= group
        joined: dict[str, dict[str, Way]] = {home[name]: {} for name in stations}
        for name, targets in ways.items():
            for target, way in targets.items():
                if home[name] != home[target] or home[name] == name:
                    shown = replace(way, label="") if name in silent else way
                    others = joined[home[name]]
                    others[home[target]] = _both(others.get(home[target], shown), shown)
        self.chart = replace(self.chart, stations={home[name]: box for name, box in boxes.items()}, ways=joined)

    def _box(self, titles: list[str], lane: str, steps: tuple[str, ...]) -> Station:
        """Name what a box holds: its only title, or how many it has; and whether something in it is done again."""
        within = [way for step in steps for target, way in self.whole.ways[step].items() if target in steps]
        rework = ", rework" if any(way.back for way in within) else ""
        if len(titles) == 1:
            return Station("folded", f"{titles[0]}{rework}", lane, steps)
        many = f"{self.whole.lanes[lane]}: {len(titles)} steps{rework}"
        return Station("folded", many, lane, steps, (titles[0], titles[-1]))


def _both(one: Way, other: Way) -> Way:
    """Make one way of two."""
    labels = dict.fromkeys(label for label in (one.label, other.label) if label)
    return Way(cut(" or ".join(labels)), one.back, one.crosses or other.crosses)
