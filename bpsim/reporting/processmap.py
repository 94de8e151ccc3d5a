"""The process map: the flow drawn in department lanes, as SVG."""

from html import escape

from bpsim.model.process import Process
from bpsim.reporting.layout import LABEL_FONT, LANE_LABEL, Geometry, Lane, Line, Place, geometry
from bpsim.reporting.lettering import FONT, wrapped
from bpsim.reporting.wording import GATES

#: Okabe and Ito's colours, told apart by colour-blind readers too; lighter shades fill the lanes.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8A7A00", "#555555")
HANDOFF, PLAIN = "#B3261E", "#555555"
STYLE = f"font-family:Helvetica,Arial,sans-serif;font-size:{FONT}px"
#: Room above the lanes for the title, and below for the legend.
ABOVE, BELOW, SIDE = 30, 28, 6


def draw_svg(process: Process) -> str:
    """Draw the map of a process as one SVG document; flows that pass work to another department stand out.

    The processes that run beside it, or are called, stand below.

    The same process gives the same text.
    """
    maps = [_map(one) for one in process.every().values()]
    width = max(wide for wide, _, _ in maps)
    height = sum(high for _, high, _ in maps)
    size, box = f'width="{width:g}" height="{height:g}"', f"{-SIDE} {-ABOVE} {width:g} {height:g}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="{box}" style="{STYLE}" role="img">',
        f"<title>{escape(_title(process))}</title>",
        f'<rect x="{-SIDE}" y="{-ABOVE}" {size} fill="#ffffff"/>',
    ]
    down = 0.0
    for place, (_, high, drawn) in enumerate(maps):
        head, *rest = drawn
        parts += [head, _markers(), *rest] if not place else [f'<g transform="translate(0,{down:g})">', *drawn, "</g>"]
        down += high
    return "\n".join([*parts, "</svg>", ""])


def _title(process: Process) -> str:
    return process.title or process.process.replace("-", " ")


def _map(process: Process) -> tuple[float, float, list[str]]:
    """Draw one process: width and height, and the parts with the title first."""
    plan = geometry(process)
    parts = [f'<text x="0" y="-11" font-size="15" font-weight="bold">{escape(_title(process))}</text>']
    colours = {lane.name: PALETTE[i % len(PALETTE)] for i, lane in enumerate(plan.lanes)}
    parts += [_lane(lane, colours[lane.name], plan) for lane in plan.lanes]
    parts += [_line(line) for line in sorted(plan.lines, key=lambda line: line.crosses)]
    parts += [_place(place, colours[place.lane]) for place in plan.places]
    parts += [_label(line) for line in plan.lines if line.label]
    parts.append(_legend(plan))
    return plan.width + 2 * SIDE, plan.height + ABOVE + BELOW, parts


def _markers() -> str:
    marks = [
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="9" markerHeight="9" '
        f'markerUnits="userSpaceOnUse" orient="auto">'
        f'<path d="M0,0 L8,4 L0,8 z" fill="{colour}"/></marker>'
        for name, colour in (("plain", PLAIN), ("handoff", HANDOFF))
    ]
    return f"<defs>{''.join(marks)}</defs>"


def _lane(lane: Lane, colour: str, plan: Geometry) -> str:
    middle = lane.y + lane.height / 2
    lines = wrapped(lane.title, LANE_LABEL - 22)
    text = "".join(
        f'<text x="14" y="{middle + 4 + 14 * (i - (len(lines) - 1) / 2):g}" font-weight="bold">{escape(line)}</text>'
        for i, line in enumerate(lines)
    )
    return (
        f'<g><rect x="0" y="{lane.y:g}" width="{plan.width:g}" height="{lane.height:g}" fill="{colour}" '
        f'fill-opacity="0.07" stroke="#bbbbbb"/>'
        f'<rect x="0" y="{lane.y:g}" width="7" height="{lane.height:g}" fill="{colour}"/>{text}</g>'
    )


def _line(line: Line) -> str:
    path = " ".join(f"{'M' if i == 0 else 'L'}{x:g},{y:g}" for i, (x, y) in enumerate(line.points))
    colour, width, mark = (HANDOFF, 2.4, "handoff") if line.crosses else (PLAIN, 1.3, "plain")
    dashes = ' stroke-dasharray="6 4"' if line.back else ""
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linejoin="round"{dashes} '
        f'marker-end="url(#{mark})">'
        f"<title>{escape(line.origin)} to {escape(line.target)}</title></path>"
    )


def _label(line: Line) -> str:
    """Write a share, a condition or a timeout on the flow's own piece, with a white rim where lines pass."""
    x, y = line.label_at
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{LABEL_FONT:g}" fill="#333333" stroke="#ffffff" stroke-width="3" '
        f'paint-order="stroke">'
        f"{escape(line.label)}</text>"
    )


def _place(place: Place, colour: str) -> str:
    x, y, half = place.x, place.y, place.height / 2
    tip = f"<title>{escape(place.name)}</title>"
    if place.kind in {"task", "call"}:
        left, top = x - place.width / 2, y - half
        size = f'width="{place.width:g}" height="{place.height:g}" rx="6"'
        box = f'<rect x="{left:g}" y="{top:g}" {size} fill="#ffffff" stroke="{colour}" stroke-width="1.8"/>'
        if place.kind == "call":  # a small plus at the lower edge: there is more inside
            edge = f"M{x - 6:g},{y + half - 14:g} h12 v12 h-12 z m6,2 v8 m-4,-4 h8"
            box += f'<path d="{edge}" fill="none" stroke="#333333" stroke-width="1.2"/>'
        return f"<g>{tip}{box}{_lines(place.lines, x, y + 4 - 7 * (len(place.lines) - 1))}</g>"
    ink = 'fill="#ffffff" stroke="#333333"'
    if place.kind in GATES:
        edge = f"M{x:g},{y - half:g} l{half:g},{half:g} l{-half:g},{half:g} l{-half:g},{-half:g} z"
        diamond = f'<path d="{edge}" {ink} stroke-width="1.5"/>'
        above = _lines(place.lines, x, y - half - 5 - 13 * (len(place.lines) - 1))
        return f"<g>{tip}{diamond}{_sign(place.kind, x, y)}{above}</g>"
    end = place.kind in {"end", "terminate"}
    circle = f'<circle cx="{x:g}" cy="{y:g}" r="{half:g}" {ink} stroke-width="{3.6 if end else 1.5}"/>'
    if place.kind == "terminate":
        circle += f'<circle cx="{x:g}" cy="{y:g}" r="{half - 5:g}" fill="#333333"/>'
    hands = f'<path d="M{x:g},{y - 8:g} V{y:g} h6" {ink} stroke-width="1.5"/>' if place.kind == "timer" else ""
    return f"<g>{tip}{circle}{hands}{_lines(place.lines, x, y + half + 13)}</g>"


def _sign(kind: str, x: float, y: float) -> str:
    """Draw what stands in the diamond of a gateway."""
    ring = '<circle cx="{:g}" cy="{:g}" r="{:g}" fill="none" stroke="#333333" stroke-width="{:g}"/>'
    if kind == "inclusive":
        return ring.format(x, y, 6, 2.4)
    if kind == "event_based":
        return ring.format(x, y, 8, 1.2) + ring.format(x, y, 5, 1.2)
    arm = 6 if kind == "parallel" else 4.5
    plus = f"M{x - arm:g},{y:g} h{2 * arm} M{x:g},{y - arm:g} v{2 * arm}"
    cross = f"M{x - arm:g},{y - arm:g} l{2 * arm:g},{2 * arm:g} m0,{-2 * arm:g} l{-2 * arm:g},{2 * arm:g}"
    return f'<path d="{plus if kind == "parallel" else cross}" stroke="#333333" stroke-width="2.4"/>'


def _lines(lines: tuple[str, ...], x: float, y: float) -> str:
    """Write lines of text below each other, centred, the first with its base at y."""
    return "".join(
        f'<text x="{x:g}" y="{y + 14 * i:g}" text-anchor="middle">{escape(line)}</text>' for i, line in enumerate(lines)
    )


def _legend(plan: Geometry) -> str:
    return (
        f'<text x="0" y="{plan.height + 18:g}" font-size="11" fill="#333333">'
        f'<tspan fill="{HANDOFF}" font-weight="bold">red, thick</tspan> = handoff to another department; '
        "dashed = back for rework; \u00d7 = one of the ways; + = all ways at once, or wait for all</text>"
    )
