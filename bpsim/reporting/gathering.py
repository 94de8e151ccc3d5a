"""What is shown at boxes that stand for several steps, and the words below a map that say how it was collapsed."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bpsim.model.process import joined
from bpsim.reporting.chart import Chart
from bpsim.reporting.collapsing import STATIONS, collapsed
from bpsim.reporting.lettering import clean
from bpsim.reporting.marks import FlowMark, Marks, NodeMark, percent


def gathered(charts: Mapping[str, Chart], marks: Marks) -> tuple[dict[str, Chart], Marks]:
    """Collapse the maps of the processes of a run and gather their marks; what is small enough stays as it is."""
    small = {key: collapsed(chart, _kept(key, chart, marks)) for key, chart in charts.items()}
    nodes, flows, notes = dict(marks.nodes), dict(marks.flows), list(marks.notes)
    for key, chart in charts.items():
        if small[key] is not chart:
            _gather_nodes(key, chart, small[key], nodes, adds=marks.adds)
            _gather_flows(key, chart, small[key], flows)
            notes += [f"{key}: {note}" if key else note for note in _told(chart, small[key], marks)]
    return small, replace(marks, nodes=nodes, flows=flows, notes=tuple(notes))


def _kept(key: str, chart: Chart, marks: Marks) -> set[str]:
    """Name the nodes that share no box: what a redesign touches, and the node that the title names."""
    kept = {name for name in chart.stations if marks.node(joined(key, name)).state}
    for origin, ways in chart.ways.items():
        for target in ways:
            if marks.flow(joined(key, origin), joined(key, target)).state:
                kept |= {origin, target}
    most = marks.most()
    fullest = [name for name in chart.stations if most and marks.node(joined(key, name)).share == most]
    return kept | set(fullest[:1])


def _gather_nodes(key: str, chart: Chart, small: Chart, nodes: dict[str, NodeMark], *, adds: bool) -> None:
    for name, station in small.stations.items():
        if station.kind == "folded":
            steps = [nodes.pop(joined(key, step), NodeMark()) for step in station.steps]
            titles = [chart.stations[step].title or step.replace("_", " ") for step in station.steps]
            nodes[joined(key, name)] = replace(_one(steps, adds=adds), note=", ".join(map(clean, titles)))


def _gather_flows(key: str, chart: Chart, small: Chart, flows: dict[tuple[str, str], FlowMark]) -> None:
    """Add up the cases of the flows between the same two boxes; those inside a box go, those with a state stay."""
    home = {step: name for name, station in small.stations.items() for step in station.steps}
    for origin, ways in chart.ways.items():
        for target in ways:
            mark = flows.pop((joined(key, origin), joined(key, target)), None)
            pair = (joined(key, home[origin]), joined(key, home[target]))
            if mark and home[target] in small.ways[home[origin]]:
                cases = [one.cases for one in (mark, flows.get(pair)) if one and one.cases is not None]
                flows[pair] = replace(mark, cases=sum(cases) if cases else None)


def _one(steps: list[NodeMark], *, adds: bool) -> NodeMark:
    """Make one mark of those of several steps: shares that add up are added, of all else it is the largest."""
    shares = [mark.share for mark in steps if mark.share is not None]
    share = (sum(shares) if adds else max(shares)) if shares else None
    return NodeMark(
        share=share,
        value=percent(share) if share else "",
        busy=max((mark.busy for mark in steps if mark.busy is not None), default=None),
        queue=max(mark.queue for mark in steps),
        overloaded=any(mark.overloaded for mark in steps),
    )


def _told(chart: Chart, small: Chart, marks: Marks) -> Iterator[str]:
    """Say how a map was collapsed, what its boxes show then, and how to see all of it."""
    boxes = [station for station in small.stations.values() if station.kind == "folded"]
    many, left = sum(len(station.steps) for station in boxes), len(small.stations)
    if boxes:
        held, tell = (f"{len(boxes)} boxes hold", "name") if len(boxes) > 1 else ("one box holds", "names")
        yield (
            f"Too large to be read whole: {len(chart.stations)} nodes are drawn as {left}; {held} {many} of them and "
            f"{tell} the first and the last. Each is of one lane; flows between the same boxes are one line."
        )
    figures = ["fill: the sum" if marks.adds else "fill: the largest"] if marks.most() else []
    figures += ["bar: the largest"] if any(mark.busy is not None for mark in marks.nodes.values()) else []
    figures += ["badge: the largest"] if any(mark.queue for mark in marks.nodes.values()) else []
    if boxes and figures:
        yield f"Of the nodes in a folded box it shows {', '.join(figures)}. Counts of cases on its flows are added up."
    if left > STATIONS:
        yield f"Nothing else can be folded without hiding a handoff, rework or a change: {left} nodes are left."
    if small.shared:
        names = ", ".join(chart.lanes[lane] for lane in small.shared)
        yield f"The last lane is shared by the departments with the fewest nodes: {names}."
    yield "Every node and lane: --whole (in Python whole=True)."
