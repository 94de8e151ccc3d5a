"""Puts a drawing on matplotlib's axes: the same shapes as the SVG."""

from typing import TYPE_CHECKING, Any

from bpsim.model.process import Process
from bpsim.reporting.figures import axes_for
from bpsim.reporting.lettering import clean
from bpsim.reporting.marks import NONE, Marks
from bpsim.reporting.processmap import map_sketch
from bpsim.reporting.sketch import Box, Circle, Path, Shape, Sketch, Text, head

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Pixels of a drawing in an inch of a figure of its own.
PIXELS = 100
ANCHORS = {"start": "left", "middle": "center", "end": "right"}


def draw_map(process: Process, marks: Marks = NONE, *, whole: bool = False, ax: "Axes | None" = None) -> "Axes":
    """Draw the map of a process on axes of matplotlib, or on a new figure of its size; give the axes."""
    return paint(map_sketch(process, marks, whole=whole), ax=ax)


def paint(sketch: Sketch, *, ax: "Axes | None" = None) -> "Axes":
    """Put a drawing on axes: one pixel of it is one unit, and letters have their size in it."""
    if ax is None:
        ax = axes_for(sketch.width / PIXELS, sketch.height / PIXELS, layout=None)
        ax.set_position((0, 0, 1, 1))
    ax.set_xlim(sketch.left, sketch.left + sketch.width)
    ax.set_ylim(sketch.top + sketch.height, sketch.top)
    ax.set_aspect("equal")
    ax.axis("off")
    figure = ax.get_figure(root=True)
    wide = ax.get_position().width * figure.get_size_inches()[0] * 72 if figure else 72.0
    high = ax.get_position().height * figure.get_size_inches()[1] * 72 if figure else 72.0
    points = min(wide / sketch.width, high / sketch.height)
    for order, shape in enumerate(sketch.shapes):
        _put(ax, shape, points, 1 + order / 1e5)
    return ax


def _put(ax: "Axes", shape: Shape, points: float, order: float) -> None:
    from matplotlib import patches

    if isinstance(shape, Text):
        ax.text(
            shape.x,
            shape.y,
            clean(shape.text),
            fontsize=shape.size * points * 0.92,  # the usual face of matplotlib is wide
            ha=ANCHORS[shape.anchor],
            va="baseline",
            color=shape.fill,
            fontweight="bold" if shape.bold else "normal",
            zorder=order,
            parse_math=False,
        )
        return
    if isinstance(shape, Path):
        ink = _ink(shape.stroke, shape.width, shape.fill, shape.dash, points)
        ax.add_patch(patches.Polygon(shape.points, closed=shape.closed, zorder=order, **ink))
        if shape.arrow:
            corners = head(shape.points, shape.width)
            ax.add_patch(patches.Polygon(corners, closed=True, color=shape.stroke, linewidth=0, zorder=order))
        return
    ink = _ink(shape.stroke, shape.line, shape.fill, shape.dash, points)
    if isinstance(shape, Circle):
        ax.add_patch(patches.Circle((shape.x, shape.y), shape.radius, zorder=order, **ink))
    elif isinstance(shape, Box):
        corner = min(shape.round, shape.width / 2, shape.height / 2)
        style = patches.BoxStyle.Round(pad=0, rounding_size=corner) if corner else patches.BoxStyle.Square(pad=0)
        place = (shape.x, shape.y), shape.width, shape.height
        ax.add_patch(patches.FancyBboxPatch(*place, boxstyle=style, zorder=order, **ink))


def _ink(stroke: str, width: float, fill: str, dash: tuple[float, ...], points: float) -> dict[str, Any]:
    line = width * points
    style: Any = (0, tuple(each / width for each in dash)) if dash else "solid"
    return {
        "facecolor": fill if fill and fill != "none" else "none",
        "edgecolor": stroke or "none",
        "linewidth": line if stroke else 0,
        "linestyle": style,
        "joinstyle": "round",
    }
