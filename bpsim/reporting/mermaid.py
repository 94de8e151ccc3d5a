"""The process map as Mermaid text, for wikis and README files that draw it themselves."""

from collections.abc import Iterator

from bpsim.model.process import Process
from bpsim.reporting.chart import Chart, charted
from bpsim.reporting.collapsing import collapsed
from bpsim.reporting.lettering import clean
from bpsim.reporting.palette import HANDOFF, PLAIN, department_colours, mixed

#: What stands around the name of a node, by its kind.
SHAPES = {
    "task": ("[", "]"),
    "folded": ("[", "]"),
    "call": ("[[", "]]"),
    "start": ("((", "))"),
    "end": ("(((", ")))"),
    "terminate": ("(((", ")))"),
    "exclusive": ("{", "}"),
    "parallel": ("{", "}"),
    "inclusive": ("{", "}"),
    "event_based": ("{", "}"),
}
SIGNS = {"exclusive": "x", "parallel": "+", "inclusive": "o", "event_based": "first"}


def draw_mermaid(process: Process, *, whole: bool = False) -> str:
    """Write the map of the main process as a Mermaid flowchart: a subgraph per lane, handoffs red, rework dashed.

    A map that is too large to be read is collapsed, unless the whole is wanted.
    """
    chart = charted(process)
    return "\n".join(_lines(process, chart if whole else collapsed(chart))) + "\n"


def _lines(process: Process, chart: Chart) -> Iterator[str]:
    number = {name: f"n{i}" for i, name in enumerate(chart.stations)}
    colours = department_colours(process)
    yield "---"
    yield f"title: {_quoted(process.title or process.process)}"
    yield "---"
    yield "flowchart LR"
    for i, (lane, title) in enumerate(chart.lanes.items()):
        yield f"  subgraph lane{i} [{_quoted(title)}]"
        for name, station in chart.stations.items():
            if chart.strip(name) == lane:
                opened, closed = SHAPES.get(station.kind, ("([", "])"))
                words = ": ".join([station.title, " … ".join(station.ends)][: 1 + bool(station.ends)])
                yield f"    {number[name]}{opened}{_quoted(words or SIGNS[station.kind])}{closed}"
        yield "  end"
        colour = colours.get(lane, PLAIN)
        yield f"  style lane{i} fill:{mixed(colour, 0.1)},stroke:{colour}"
    handed = []
    lines = [(origin, target, way) for origin, ways in chart.ways.items() for target, way in ways.items()]
    for i, (origin, target, way) in enumerate(lines):
        arrow = "-.->" if way.back else "-->"
        words = f"|{_quoted(way.label)}|" if way.label else ""
        yield f"  {number[origin]} {arrow}{words} {number[target]}"
        handed += [str(i)] if way.crosses else []
    if handed:
        yield f"  linkStyle {','.join(handed)} stroke:{HANDOFF},stroke-width:3px"


def _quoted(text: str) -> str:
    """Write a text so that Mermaid takes it as nothing but text."""
    plain = clean(text)
    for sign, code in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;"), ("&", "#amp;"), ("`", "#96;")):
        plain = plain.replace(sign, code)
    return f'"{plain}"'
