"""The order of the process map before it has a size: the column, the lane and the row of every node."""

from collections import defaultdict
from itertools import pairwise

from bpsim.reporting.chart import Chart, onward


class Grid:
    """Columns by the longest path from the start, lanes by department, rows in a lane by where the neighbours stand.

    `at` maps every node, and every stop of a flow that skips columns, to its column and lane; `row` to its row in that
    lane; `back` holds the flows that lead back (rework).
    """

    def __init__(self, chart: Chart) -> None:
        """Put everything in its place."""
        self.chart = chart
        self.stations = chart.stations
        self.flows = {name: tuple(ways) for name, ways in chart.ways.items()}
        self.back = {(name, to) for name, ways in chart.ways.items() for to, way in ways.items() if way.back}
        self.column = self._columns()
        self.lanes = list(chart.lanes)
        self.lane = {name: chart.strip(name) for name in chart.stations}
        self._route_long_flows()
        self._rows()

    # -- columns -----------------------------------------------------------------------------------------------------

    def _columns(self) -> dict[str, int]:
        column = dict.fromkeys(self.stations, 0)
        for name in onward(self.flows, self.back):
            for target in self.flows[name]:
                if (name, target) not in self.back:
                    column[target] = max(column[target], column[name] + 1)
        return column

    # -- rows --------------------------------------------------------------------------------------------------------

    def _route_long_flows(self) -> None:
        """Give every flow that skips columns a place in each of them, one for all flows to a node: they meet early."""
        self.stops: dict[tuple[str, str], list[str]] = {}
        self.at: dict[str, tuple[int, str]] = {name: (self.column[name], self.lane[name]) for name in self.stations}
        for name in self.stations:
            for target in self.flows[name]:
                stops = []
                if (name, target) not in self.back:
                    for column in range(self.column[name] + 1, self.column[target]):
                        stop = f">{target}@{column}"
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
                for a, b in pairwise(chain):
                    left[b] += [a] if a not in left[b] else []
        self.row: dict[str, int] = {}
        height = dict.fromkeys(self.lanes, 1)
        position: dict[str, float] = {}
        rank = {lane: i for i, lane in enumerate(self.lanes)}
        for column in range(max(self.column.values(), default=0) + 1):
            for lane in self.lanes:
                here = cells.get((column, lane), [])
                weight = {}
                for name in here:
                    near = [n for n in left[name] if self.at[n][1] == lane] or left[name]
                    weight[name] = sum(position[n] for n in near) / len(near) if near else 0.0
                here.sort(key=lambda name: (weight[name], name.startswith(">"), name))
                taken = -1
                for name in here:
                    level = [self.row[n] for n in left[name] if self.at[n][1] == lane]
                    taken = max(taken + 1, min(level, default=0))
                    self.row[name] = taken
                    position[name] = 1000 * rank[lane] + taken
                height[lane] = max(height[lane], taken + 1)
        self.height = height
