"""The signs of the process map, as shapes: gateways, bars, badges, hatches, and what a redesign has done."""

from collections.abc import Iterator

from bpsim.reporting.lettering import text_width
from bpsim.reporting.marks import State
from bpsim.reporting.palette import INK, STATES
from bpsim.reporting.sketch import Box, Circle, Path, Shape, Text

#: The size of what is written on a badge, and its height.
SMALL, BADGE = 9.5, 13.0
#: The distance of the lines of a hatch, and their pale red, on which a name can be read.
HATCH, PALE = 9.0, "#E9B8B4"


def gateway(kind: str, x: float, y: float, half: float, *, ink: str = INK, tip: str = "") -> Iterator[Shape]:
    """Draw a diamond with the sign of its kind: a cross, a plus, a ring, two rings."""
    corners = ((x, y - half), (x + half, y), (x, y + half), (x - half, y))
    yield Path(corners, ink, 1.5, "#ffffff", closed=True, tip=tip)
    scale = half / 17
    if kind == "inclusive":
        yield Circle(x, y, 6 * scale, "", ink, 2.4 * scale)
    elif kind == "event_based":
        yield Circle(x, y, 8 * scale, "", ink, 1.2)
        yield Circle(x, y, 5 * scale, "", ink, 1.2)
    elif kind == "parallel":
        arm = 6 * scale
        yield Path(((x - arm, y), (x + arm, y)), ink, 2.4 * scale)
        yield Path(((x, y - arm), (x, y + arm)), ink, 2.4 * scale)
    else:
        arm = 4.5 * scale
        yield Path(((x - arm, y - arm), (x + arm, y + arm)), ink, 2.4 * scale)
        yield Path(((x - arm, y + arm), (x + arm, y - arm)), ink, 2.4 * scale)


def bar(x: float, y: float, width: float, share: float) -> Iterator[Shape]:
    """Draw how busy people are: a bar in a frame."""
    yield Box(x, y, width, 5, "#ffffff", "#777777", 0.7)
    yield Box(x, y, width * min(max(share, 0.0), 1.0), 5, INK)


def pill(x: float, y: float, text: str, colour: str, side: str) -> Iterator[Shape]:
    """Draw a badge across the upper edge of a box, from its left end or to its right end."""
    wide = text_width(text, SMALL) + 9
    left = x if side == "start" else x - wide
    yield Box(left, y - BADGE / 2, wide, BADGE, "#ffffff", colour, 1.1, BADGE / 2)
    yield Text(left + wide / 2, y + 3.4, text, SMALL, "middle", fill=colour)


def pile(x: float, y: float, width: float, height: float, colour: str) -> Iterator[Shape]:
    """Draw what lies under a box that stands for several: the edges of two more."""
    for step in (6.0, 3.0):
        yield Box(x + step, y + step, width, height, "#ffffff", colour, 1.2, 6)


def hatch(x: float, y: float, width: float, height: float) -> Iterator[Shape]:
    """Draw slanting lines over a box, each cut where the box ends."""
    at = HATCH
    while at < width + height:
        start = (x + at, y) if at <= width else (x + width, y + at - width)
        end = (x, y + at) if at <= height else (x + at - height, y + height)
        yield Path((start, end), PALE, 1.0)
        at += HATCH


def outline(state: State, x: float, y: float, width: float, height: float) -> Iterator[Shape]:
    """Draw a frame around a box: double for what is new, dashed for what is gone, dotted for what has moved, thick."""
    colour = STATES[state]
    if state == "added":
        yield Box(x - 4, y - 4, width + 8, height + 8, "none", colour, 1.6, 9)
        yield Box(x, y, width, height, "none", colour, 2.4, 6)
    elif state == "removed":
        yield Box(x - 3, y - 3, width + 6, height + 6, "none", colour, 1.8, 8, (5.0, 4.0))
    elif state == "moved":
        yield Box(x - 3, y - 3, width + 6, height + 6, "none", colour, 2.4, 8, (1.5, 3.5))
    else:
        yield Box(x - 1, y - 1, width + 2, height + 2, "none", colour, 3.4, 7)


def state_sign(state: State, x: float, y: float, radius: float) -> Iterator[Shape]:
    """Draw a round badge: plus, minus, an arrow, or a wave for what is new, gone, moved or changed."""
    yield Circle(x, y, radius, STATES[state], "#ffffff", 1.0)
    arm = 0.58 * radius
    ink, wide = "#ffffff", max(1.3, radius / 4)
    if state in {"added", "removed"}:
        yield Path(((x - arm, y), (x + arm, y)), ink, wide)
    if state == "added":
        yield Path(((x, y - arm), (x, y + arm)), ink, wide)
    if state == "moved":
        yield Path(((x - arm, y), (x + arm, y)), ink, wide)
        yield Path(((x, y - arm), (x + arm, y), (x, y + arm)), ink, wide)
    if state == "changed":
        turns = ((-arm, 0.4 * arm), (-arm / 3, -0.6 * arm), (arm / 3, 0.6 * arm), (arm, -0.4 * arm))
        yield Path(tuple((x + dx, y + dy) for dx, dy in turns), ink, wide)
