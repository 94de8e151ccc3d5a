"""The process map: the flow drawn in department lanes, as SVG."""

from html import escape

from bpsim.model.process import Process
from bpsim.reporting.layout import LANE_LABEL, Geometry, Lane, Line, Place, geometry, wrapped

#: Okabe and Ito's colours, told apart by colour-blind readers too; lighter shades fill the lanes.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8A7A00", "#555555")
HANDOFF, PLAIN, REWORK = "#B3261E", "#555555", "#555555"
STYLE = "font-family:Helvetica,Arial,sans-serif;font-size:11px"


def draw_svg(process: Process) -> str:
    """Draw the map of a process as one SVG document: lanes, tasks, gateways, flows; flows that cross departments stand out.

    The same process gives the same text.
    """
    plan = geometry(process)
    title = process.title or process.process
    width, height = f"{plan.width:g}", f"{plan.height + 34:g}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 -24 {width} {height}" style="{STYLE}" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect x="0" y="-24" width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="10" y="-6" font-size="13" font-weight="bold">{escape(title)}</text>',
        _markers(),
    ]
    parts += [_lane(lane, i, plan) for i, lane in enumerate(plan.lanes)]
    parts += [_line(line) for line in sorted(plan.lines, key=lambda line: line.crosses)]
    colours = {lane.name: PALETTE[i % len(PALETTE)] for i, lane in enumerate(plan.lanes)}
    parts += [_place(place, colours[place.lane]) for place in plan.places]
    parts += [_label(line) for line in plan.lines if line.label]
    parts.append(_legend(plan))
    return "\n".join([*parts, "</svg>", ""])


def _markers() -> str:
    marks = [
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0,0 L8,4 L0,8 z" fill="{colour}"/></marker>'
        for name, colour in (("plain", PLAIN), ("handoff", HANDOFF))
    ]
    return f"<defs>{''.join(marks)}</defs>"


def _lane(lane: Lane, index: int, plan: Geometry) -> str:
    colour = PALETTE[index % len(PALETTE)]
    middle = lane.y + lane.height / 2
    lines = wrapped(lane.title, LANE_LABEL - 24)
    text = "".join(
        f'<text x="18" y="{middle + 4 + 13 * (i - (len(lines) - 1) / 2):g}" font-weight="bold">{escape(line)}</text>'
        for i, line in enumerate(lines)
    )
    return (
        f'<g><rect x="4" y="{lane.y:g}" width="{plan.width - 8:g}" height="{lane.height:g}" fill="{colour}" fill-opacity="0.07" '
        f'stroke="#bbbbbb"/><rect x="4" y="{lane.y:g}" width="7" height="{lane.height:g}" fill="{colour}"/>{text}</g>'
    )


def _line(line: Line) -> str:
    path = " ".join(f"{'M' if i == 0 else 'L'}{x:g},{y:g}" for i, (x, y) in enumerate(line.points))
    colour, width, mark = (HANDOFF, 2.2, "handoff") if line.crosses else (PLAIN, 1.2, "plain")
    dashes = ' stroke-dasharray="6 4"' if line.back else ""
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linejoin="round"{dashes} marker-end="url(#{mark})">'
        f"<title>{escape(line.origin)} to {escape(line.target)}</title></path>"
    )


def _label(line: Line) -> str:
    """Write a share or condition on the last straight piece before the target, where no other flow of the gateway runs."""
    x, y = line.points[1] if len(line.points) > 2 else line.points[0]  # noqa: PLR2004 - a straight line has two ends
    end = line.points[2] if len(line.points) > 3 else line.points[-1]  # noqa: PLR2004
    y = end[1] if len(line.points) > 3 else y  # noqa: PLR2004
    return (
        f'<text x="{x + 4:g}" y="{y - 4:g}" font-size="10" fill="#333333" stroke="#ffffff" stroke-width="3" paint-order="stroke">'
        f"{escape(line.label)}</text>"
    )


def _place(place: Place, colour: str) -> str:
    x, y = place.x - place.width / 2, place.y - place.height / 2
    tip = f"<title>{escape(place.name)}</title>"
    if place.kind == "task":
        text = _lines(place.lines, place.x, place.y + 4)
        box = f'<rect x="{x:g}" y="{y:g}" width="{place.width:g}" height="{place.height:g}" rx="6" fill="#ffffff" stroke="{colour}" stroke-width="1.6"/>'
        return f"<g>{tip}{box}{text}</g>"
    below = (
        _lines(place.lines, place.x, place.y + place.height / 2 + 12 + 6.5 * (len(place.lines) - 1))
        if place.kind in {"start", "end", "timer"}
        else ""
    )
    half = place.width / 2
    if place.kind in {"exclusive", "parallel"}:
        mark = "×" if place.kind == "exclusive" else "+"
        diamond = f"M{place.x:g},{y:g} l{half:g},{half:g} l{-half:g},{half:g} l{-half:g},{-half:g} z"
        sign = f'<text x="{place.x:g}" y="{place.y + 7:g}" text-anchor="middle" font-size="20">{mark}</text>'
        return f'<g>{tip}<path d="{diamond}" fill="#ffffff" stroke="#333333" stroke-width="1.4"/>{sign}</g>'
    thick = {"start": 1.4, "timer": 1.4, "end": 3.2}.get(place.kind, 1.4)
    hands = (
        f'<path d="M{place.x:g},{place.y - 9:g} V{place.y:g} h7" fill="none" stroke="#333333" stroke-width="1.4"/>'
        if place.kind == "timer"
        else ""
    )
    circle = f'<circle cx="{place.x:g}" cy="{place.y:g}" r="{half - 4:g}" fill="#ffffff" stroke="#333333" stroke-width="{thick}"/>'
    return f"<g>{tip}{circle}{hands}{below}</g>"


def _lines(lines: tuple[str, ...], x: float, y: float) -> str:
    return "".join(
        f'<text x="{x:g}" y="{y + 13 * (i - (len(lines) - 1) / 2):g}" text-anchor="middle">{escape(line)}</text>'
        for i, line in enumerate(lines)
    )


def _legend(plan: Geometry) -> str:
    y = plan.height - 1
    return (
        f'<text x="10" y="{y:g}" font-size="10" fill="#333333"><tspan fill="{HANDOFF}" font-weight="bold">red</tspan>'
        " = handoff to another department, dashed = rework, × = one way, + = all ways</text>"
    )
