"""The process map: the flow drawn in department lanes, with figures of a run or what a redesign changes.

`map_sketch` makes the drawing, `draw_svg` writes it as SVG, `canvas.paint` puts it on matplotlib's axes.
"""

from collections.abc import Iterator
from dataclasses import replace

from bpsim.model.process import Process, joined
from bpsim.reporting.chart import Chart, charted
from bpsim.reporting.gathering import gathered
from bpsim.reporting.layout import BOX_LINES, BOXES, LANE_LABEL, Geometry, Lane, Line, Place, geometry
from bpsim.reporting.legend import legend
from bpsim.reporting.lettering import FONT, LABEL_FONT, clean, text_width, wrapped
from bpsim.reporting.marks import NONE, FlowMark, Marks, NodeMark
from bpsim.reporting.palette import HANDOFF, INK, INTENSE, PLAIN, STATES, department_colours, mixed
from bpsim.reporting.signs import bar, gateway, hatch, outline, pile, pill, state_sign
from bpsim.reporting.sketch import Box, Circle, Path, Shape, Sketch, Text, on_white, svg
from bpsim.reporting.wording import GATES

#: Room above the lanes for the title, beside them, and between two processes.
ABOVE, SIDE, BETWEEN = 34, 6, 14
#: The darkest fill, and the widest flow in pixels, with what one of 100 cases adds.
DARKEST, WIDEST = 0.62, 7.0


def draw_svg(process: Process, marks: Marks = NONE, *, whole: bool = False) -> str:
    """Draw the map of a process as one SVG document; flows that pass work to another department stand out.

    The processes that run beside it, or are called, stand below. The same process gives the same text.
    A map that is too large to be read is collapsed, unless the whole is wanted.
    """
    return svg(map_sketch(process, marks, whole=whole))


def map_sketch(process: Process, marks: Marks = NONE, *, whole: bool = False) -> Sketch:
    """Draw the map of a process as shapes, with a legend that explains every sign on it."""
    colours = department_colours(process)
    charts = {key: charted(one) for key, one in process.every().items()}
    if not whole:
        charts, marks = gathered(charts, marks)
    shapes: list[Shape] = []
    width, down, plans = 0.0, 0.0, []
    for key, one in process.every().items():
        plan = geometry(charts[key], _counts(key, charts[key], marks))
        title = marks.title if marks.title and not key else clean(one.title) or one.process.replace("-", " ")
        drawn = [Text(0, -13, title, 15, bold=True), *_map(plan, colours, marks, key)]
        shapes += drawn if not down else [_moved(shape, down) for shape in drawn]
        width = max(width, plan.width, text_width(title, 15) * 1.1)
        down += plan.height + ABOVE + BETWEEN
        plans.append(plan)
    bottom = down - ABOVE - BETWEEN + 12
    explained, bottom = legend(plans, marks, max(width, 420.0), bottom)
    title = clean(process.title) or process.process.replace("-", " ")
    return Sketch(title, -SIDE, -ABOVE, max(width, 420.0) + 2 * SIDE, bottom + ABOVE + SIDE, (*shapes, *explained))


def _counts(key: str, chart: Chart, marks: Marks) -> dict[tuple[str, str], str]:
    """Write how many of 100 cases take each flow that has a figure."""
    found = {}
    for name, targets in chart.ways.items():
        for target in targets:
            cases = marks.flow(joined(key, name), joined(key, target)).cases
            if cases is not None:
                found[name, target] = "<1" if 0 < cases < 0.005 else f"{100 * cases:.0f}"  # noqa: PLR2004 - rounded to 0
    return found


def _moved(shape: Shape, down: float) -> Shape:
    if isinstance(shape, Path):
        return replace(shape, points=tuple((x, y + down) for x, y in shape.points))
    return replace(shape, y=shape.y + down)


def _map(plan: Geometry, colours: dict[str, str], marks: Marks, key: str) -> Iterator[Shape]:
    """Draw one process: lanes, then flows (handoffs above the others), then nodes, then what is written on flows."""
    for lane in plan.lanes:
        yield from _lane(lane, colours.get(lane.name, PLAIN), plan)
    flows = {line: marks.flow(joined(key, line.origin), joined(key, line.target)) for line in plan.lines}
    for line in sorted(plan.lines, key=lambda line: (bool(flows[line].state), line.crosses)):
        yield from _line(line, flows[line], states=marks.states())
    for place in plan.places:
        yield from _place(place, colours[place.department], marks.node(joined(key, place.name)), marks)
    for line in plan.lines:
        yield from _label(line)


def _lane(lane: Lane, colour: str, plan: Geometry) -> Iterator[Shape]:
    middle = lane.y + lane.height / 2
    yield Box(0, lane.y, plan.width, lane.height, mixed(colour, 0.07), "#bbbbbb")
    yield Box(0, lane.y, 7, lane.height, colour)
    lines = wrapped(lane.title, (LANE_LABEL - 22) / 1.12)
    for i, text in enumerate(lines):
        yield Text(14, middle + 4 + 14 * (i - (len(lines) - 1) / 2), text, bold=True)


def _line(line: Line, mark: FlowMark, *, states: bool) -> Iterator[Shape]:
    colour, width = (HANDOFF, 2.4) if line.crosses and not states else (PLAIN, 1.3)
    if mark.cases is not None:
        width = 0.8 + (WIDEST - 0.8) * min(mark.cases, 1.0)
    if states:
        colour, width = "#8a8a8a", 1.2
    dash: tuple[float, ...] = (6.0, 4.0) if line.back else ()
    tip = f"{line.origin} to {line.target}"
    if mark.cases is not None:
        tip += f": {100 * mark.cases:.3g} of 100 cases"
    if mark.state:
        colour, tip = STATES[mark.state], f"{tip}: {mark.state}"
        width, dash = (1.6, (2.0, 4.0)) if mark.state == "removed" else (2.8, dash)
    yield Path(line.points, colour, round(width, 2), dash=dash, arrow=True, tip=tip)
    if mark.state:
        (ax, ay), (bx, by) = line.points[-2:]  # the last piece is its own where flows begin together
        yield from state_sign(mark.state, (ax + bx) / 2, (ay + by) / 2, 5.5)


def _label(line: Line) -> Iterator[Shape]:
    """Write a share, a condition or a timeout on the flow's own piece, and the count behind it."""
    x, y = line.label_at
    if line.label:
        yield from on_white(Text(x, y, line.label, LABEL_FONT, fill=INK))
        x += text_width(f"{line.label} ", LABEL_FONT)
    if line.count:
        fill = HANDOFF if line.crosses else "#666666"
        yield from on_white(Text(x, y, line.count, LABEL_FONT, bold=line.crosses, fill=fill))


def _place(place: Place, colour: str, mark: NodeMark, marks: Marks) -> Iterator[Shape]:
    x, y, half = place.x, place.y, place.height / 2
    if place.kind in BOXES:
        yield from _box(place, colour, mark, marks)
        return
    grey = mark.state == "removed"
    ink = "#999999" if grey else INK
    if mark.state:
        yield Circle(x, y, half + 6, "", STATES[mark.state], 1.8, (4.0, 3.0) if grey else ())
    if place.kind in GATES:
        yield from gateway(place.kind, x, y, half, ink=ink, tip=place.name)
        yield from _lines(place, y - half - 5 - 13 * (len(place.lines) - 1))
    else:
        end = place.kind in {"end", "terminate"}
        yield Circle(x, y, half, "#ffffff", ink, 3.6 if end else 1.5, tip=place.name)
        if place.kind == "terminate":
            yield Circle(x, y, half - 5, ink)
        if place.kind == "timer":
            yield Path(((x, y - 8), (x, y), (x + 6, y)), ink, 1.5)
        if place.kind in {"send", "receive"}:
            yield from _letter(x, y, ink, filled=place.kind == "send")
        yield from _lines(place, y + half + 13)
    if mark.state:
        yield from state_sign(mark.state, x + half + 4, y - half - 2, 6)


def _letter(x: float, y: float, ink: str, *, filled: bool) -> Iterator[Shape]:
    """Draw the envelope of a message: dark when it is sent."""
    yield Box(x - 7, y - 5, 14, 10, ink if filled else "#ffffff", ink)
    yield Path(((x - 7, y - 5), (x, y + 1), (x + 7, y - 5)), "#ffffff" if filled else ink)


def _box(place: Place, colour: str, mark: NodeMark, marks: Marks) -> Iterator[Shape]:
    """Draw a task or a call with its marks."""
    left, top = place.x - place.width / 2, place.y - place.height / 2
    gone = mark.state == "removed"
    most = marks.most()
    share = DARKEST * mark.share / most if mark.share and most else 0.0
    tip = f"{place.name}{f': {mark.note}' if mark.note else ''}"
    if place.kind == "folded":
        yield from pile(left, top, place.width, place.height, colour)
    yield Box(
        left,
        top,
        place.width,
        place.height,
        mixed(INTENSE, share) if not gone else "#f4f4f4",
        "#aaaaaa" if gone else colour,
        1.8,
        6,
        (5.0, 4.0) if gone else (),
        tip,
    )
    if mark.overloaded:
        yield from hatch(left, top, place.width, place.height)
    if mark.state:
        yield from outline(mark.state, left, top, place.width, place.height)
    if place.kind == "call":  # a small plus at the lower edge: there is more inside
        x, low = place.x, place.y + place.height / 2
        yield Box(x - 6, low - 14, 12, 12, "#ffffff", INK, 1.2)
        yield Path(((x, low - 12), (x, low - 4)), INK, 1.2)
        yield Path(((x - 4, low - 8), (x + 4, low - 8)), INK, 1.2)
    yield from _name(place, mark)
    yield from _figures(place, mark)


def _name(place: Place, mark: NodeMark) -> Iterator[Shape]:
    """Write the name in a box: smaller where badges and a bar need room, struck through where it is gone."""
    tight = len(place.lines) >= BOX_LINES[0][0] and (mark.value or mark.queue or mark.busy is not None)
    size = min(place.font, 10.0 if len(place.lines) <= BOX_LINES[0][0] else 9.0) if tight else place.font
    step = size + 2 if size == FONT else 1.12 * size
    first = place.y + 0.34 * size - step / 2 * (len(place.lines) - 1) - (1.5 if mark.busy is not None else 0)
    gone = mark.state == "removed"
    for i, line in enumerate(place.lines):
        y = first + step * i
        yield Text(place.x, y, line, size, "middle", fill="#777777" if gone else "#000000")
        if gone:
            wide = text_width(line, size)
            yield Path(((place.x - wide / 2, y - 4), (place.x + wide / 2, y - 4)), "#888888", 1.0)


def _figures(place: Place, mark: NodeMark) -> Iterator[Shape]:
    """Put the figures of a run on a box, and the sign and the note of what a redesign has done to it."""
    left, top = place.x - place.width / 2, place.y - place.height / 2
    if mark.busy is not None:
        yield from bar(left + 8, top + place.height - 8, place.width - 16, mark.busy)
    if mark.value:
        yield from pill(left + 4, top, mark.value, INTENSE, "start")
    if mark.queue:
        yield from pill(left + place.width - 4, top, f"q {mark.queue:.0f}", INK, "end")
    if mark.state:
        yield from state_sign(mark.state, left + place.width - 3, top + 2, 8)
        if mark.note:
            note = wrapped(mark.note, place.width - 4, 1, 9.5)[0]
            yield from on_white(Text(place.x, top + place.height + 9.5, note, 9.5, "middle", fill=STATES[mark.state]))


def _lines(place: Place, y: float) -> Iterator[Shape]:
    """Write lines of text below each other, centred, the first with its base at y."""
    for i, line in enumerate(place.lines):
        yield Text(place.x, y + 14 * i, line, anchor="middle")
