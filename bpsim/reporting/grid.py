"""The order of the process map before it has a size: the column, the lane and the row of every node."""

from collections import defaultdict
from itertools import pairwise

from bpsim.model.flow import Node, Task
from bpsim.model.graph import flows
from bpsim.model.process import Process


class Grid:
    """Columns by the longest path from the start, lanes by department, rows in a lane by where the neighbours stand.

    `at` maps every node, and every stop of a flow that skips columns, to its column and lane; `row` to its row in that
    lane; `back` holds the flows that lead back (rework).
    """

    def __init__(self, process: Process) -> None:
        """Put everything in its place."""
        self.process = process
        self.nodes = process.flow
        self.flows = {name: tuple(dict.fromkeys(targets)) for name, targets in flows(process).items()}
        self.before = {name: [other for other in self.nodes if name in self.flows[other]] for name in self.nodes}
        self.back = self._back_flows()
        self.column = self._columns()
        self.lanes = self._lane_order()
        self.lane = self._lane_of()
        self._route_long_flows()
        self._rows()

    # -- columns and lanes -------------------------------------------------------------------------------------------

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
        """Give every flow that skips columns a place in each of them, one for all flows to a node: they meet early."""
        self.stops: dict[tuple[str, str], list[str]] = {}
        self.at: dict[str, tuple[int, str]] = {name: (self.column[name], self.lane[name]) for name in self.nodes}
        for name in self.nodes:
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
