"""A drawing as plain shapes in pixels, so that SVG and matplotlib show the same; and the SVG of it.

Nothing here needs a clip, a pattern, a marker or an id: several drawings may stand in one page, and simple programs
show them, too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import hypot
from typing import Literal

from bpsim.reporting.lettering import FONT, clean, text_width

Point = tuple[float, float]
STYLE = f"font-family:Helvetica,Arial,'DejaVu Sans',sans-serif;font-size:{FONT}px;stroke-linejoin:round"


@dataclass(frozen=True, slots=True)
class Path:
    """Straight lines from point to point; `arrow` puts a head on the end. `tip` is told where the mouse rests."""

    points: tuple[Point, ...]
    stroke: str = ""
    width: float = 1.0
    fill: str = ""
    dash: tuple[float, ...] = ()
    closed: bool = False
    arrow: bool = False
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with round corners."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    stroke: str = ""
    line: float = 1.0
    round: float = 0.0
    dash: tuple[float, ...] = ()
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle."""

    x: float
    y: float
    radius: float
    fill: str = ""
    stroke: str = ""
    line: float = 1.0
    dash: tuple[float, ...] = ()
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text; y is its base line."""

    x: float
    y: float
    text: str
    size: float = FONT
    anchor: Literal["start", "middle", "end"] = "start"
    bold: bool = False
    fill: str = "#000000"


Shape = Path | Box | Circle | Text


@dataclass(frozen=True, slots=True)
class Sketch:
    """A whole drawing; the first shapes lie below. `left` and `top` are the corner's coordinates."""

    title: str
    left: float
    top: float
    width: float
    height: float
    shapes: tuple[Shape, ...]


def on_white(text: Text) -> Iterator[Shape]:
    """Give a text with a white ground, so that it can be read where lines pass."""
    wide = text_width(text.text, text.size) * (1.08 if text.bold else 1.0)
    left = text.x - {"start": 0.0, "middle": wide / 2, "end": wide}[text.anchor]
    yield Box(left - 1, text.y - 0.78 * text.size, wide + 2, text.size, "#ffffff")
    yield text


def head(points: Sequence[Point], width: float) -> tuple[Point, ...]:
    """Give the corners of the head of an arrow along the last piece of a line."""
    (ax, ay), (bx, by) = points[-2:]
    length = hypot(bx - ax, by - ay) or 1.0
    dx, dy = (bx - ax) / length, (by - ay) / length
    long, wide = 7.5 + width, 3.2 + width / 3
    return (
        (bx, by),
        (bx - long * dx - wide * dy, by - long * dy + wide * dx),
        (bx - long * dx + wide * dy, by - long * dy - wide * dx),
    )


def svg(sketch: Sketch) -> str:
    """Write a drawing as SVG: the same drawing, the same text."""
    size = f'width="{sketch.width:.6g}" height="{sketch.height:.6g}"'
    corner = f"{sketch.left:.6g} {sketch.top:.6g}"
    view = f"{corner} {sketch.width:.6g} {sketch.height:.6g}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="{view}" style="{STYLE}" role="img">',
        f"<title>{escape(clean(sketch.title))}</title>",
        f'<rect x="{sketch.left:.6g}" y="{sketch.top:.6g}" {size} fill="#ffffff"/>',
    ]
    return "\n".join([*parts, *map(_written, sketch.shapes), "</svg>", ""])


def _written(shape: Shape) -> str:
    if isinstance(shape, Text):
        bold = ' font-weight="bold"' if shape.bold else ""
        anchor = f' text-anchor="{shape.anchor}"' if shape.anchor != "start" else ""
        size = f' font-size="{shape.size:.6g}"' if shape.size != FONT else ""
        fill = f' fill="{shape.fill}"' if shape.fill != "#000000" else ""
        return f'<text x="{shape.x:.6g}" y="{shape.y:.6g}"{size}{anchor}{bold}{fill}>{escape(clean(shape.text))}</text>'
    tip = f"<title>{escape(clean(shape.tip))}</title>" if shape.tip else ""
    if isinstance(shape, Path):
        return _path(shape, tip)
    ink = _ink(shape.stroke, shape.line, shape.fill, shape.dash)
    if isinstance(shape, Circle):
        return _closed(f'circle cx="{shape.x:.6g}" cy="{shape.y:.6g}" r="{shape.radius:.6g}"{ink}', tip, "circle")
    corner = f' rx="{shape.round:.6g}"' if shape.round else ""
    place = f'x="{shape.x:.6g}" y="{shape.y:.6g}" width="{shape.width:.6g}" height="{shape.height:.6g}"'
    return _closed(f"rect {place}{corner}{ink}", tip, "rect")


def _path(shape: Path, tip: str) -> str:
    ink = _ink(shape.stroke, shape.width, shape.fill, shape.dash)
    drawn = _closed(f'path d="{_way(shape.points, closed=shape.closed)}"{ink}', tip, "path")
    if shape.arrow:
        drawn += f'<path d="{_way(head(shape.points, shape.width), closed=True)}" fill="{shape.stroke}"/>'
    return drawn


def _way(points: Sequence[Point], *, closed: bool) -> str:
    way = " ".join(f"{'M' if i == 0 else 'L'}{x:.6g},{y:.6g}" for i, (x, y) in enumerate(points))
    return f"{way} z" if closed else way


def _ink(stroke: str, width: float, fill: str, dash: tuple[float, ...]) -> str:
    line = f' stroke="{stroke}" stroke-width="{width:.6g}"' if stroke else ""
    dashes = f' stroke-dasharray="{" ".join(f"{each:g}" for each in dash)}"' if dash else ""
    return f' fill="{fill or "none"}"{line}{dashes}'


def _closed(start: str, tip: str, tag: str) -> str:
    return f"<{start}>{tip}</{tag}>" if tip else f"<{start}/>"
