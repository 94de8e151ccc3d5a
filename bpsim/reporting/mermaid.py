"""The process map as Mermaid text, for wikis and README files that draw it themselves."""

from collections.abc import Iterator

from bpsim.model.process import Process
from bpsim.reporting.layout import Geometry, geometry
from bpsim.reporting.lettering import clean
from bpsim.reporting.palette import HANDOFF, department_colours, mixed

#: What stands around the name of a node, by its kind.
SHAPES = {
    "task": ("[", "]"),
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


def draw_mermaid(process: Process) -> str:
    """Write the map of the main process as a Mermaid flowchart: a subgraph per lane, handoffs red, rework dashed."""
    return "\n".join(_lines(process, geometry(process))) + "\n"


def _lines(process: Process, plan: Geometry) -> Iterator[str]:
    number = {place.name: f"n{i}" for i, place in enumerate(plan.places)}
    colours = department_colours(process)
    yield "---"
    yield f"title: {_quoted(process.title or process.process)}"
    yield "---"
    yield "flowchart LR"
    for i, lane in enumerate(plan.lanes):
        yield f"  subgraph lane{i} [{_quoted(lane.title)}]"
        for place in plan.places:
            if place.lane == lane.name:
                opened, closed = SHAPES.get(place.kind, ("([", "])"))
                node = process.flow[place.name]
                words = node.title or SIGNS.get(place.kind) or place.name.replace("_", " ")
                yield f"    {number[place.name]}{opened}{_quoted(words)}{closed}"
        yield "  end"
        yield f"  style lane{i} fill:{mixed(colours[lane.name], 0.1)},stroke:{colours[lane.name]}"
    handed = []
    for i, line in enumerate(plan.lines):
        arrow = "-.->" if line.back else "-->"
        words = f"|{_quoted(line.label)}|" if line.label else ""
        yield f"  {number[line.origin]} {arrow}{words} {number[line.target]}"
        handed += [str(i)] if line.crosses else []
    if handed:
        yield f"  linkStyle {','.join(handed)} stroke:{HANDOFF},stroke-width:3px"


def _quoted(text: str) -> str:
    """Write a text so that Mermaid takes it as nothing but text."""
    plain = clean(text)
    for sign, code in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;"), ("&", "#amp;"), ("`", "#96;")):
        plain = plain.replace(sign, code)
    return f'"{plain}"'
