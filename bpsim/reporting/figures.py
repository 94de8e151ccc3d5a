"""Figures of matplotlib: where a picture is drawn, how all of them look, and their bytes.

No global style is set: every picture is drawn inside `look()`.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from bpsim.errors import BpsimError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: How pictures look: quiet axes, no frames, room for sentences.
LOOK: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9.5,
    "axes.titlesize": 11.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#777777",
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "text.parse_math": False,
    "axes.unicode_minus": False,
    "figure.dpi": 100,
    "savefig.dpi": 120,
    "svg.fonttype": "none",
    "svg.hashsalt": "bpsim",
    "pdf.fonttype": 42,
}
#: What would make the bytes of a file depend on the day it is written.
METADATA: dict[str, dict[str, str | None]] = {
    "svg": {"Date": None, "Creator": "bpsim"},
    "png": {"Software": "bpsim"},
    "pdf": {"CreationDate": None, "Creator": "bpsim", "Producer": None},
}
Form = Literal["svg", "png", "pdf"]


@contextmanager
def look() -> Iterator[None]:
    """Draw in the look of bpsim, whatever the user's own style is."""
    import matplotlib as mpl

    usual: Any = {name: value for name, value in mpl.rcParamsDefault.items() if "backend" not in name}
    with mpl.rc_context(usual | LOOK):
        yield


def axes_for(width: float, height: float, *, layout: Literal["constrained"] | None = "constrained") -> "Axes":
    """Give axes on a new figure (sizes in inches) that a notebook shows."""
    from matplotlib import pyplot as plt

    return plt.figure(figsize=(width, height), layout=layout).subplots()


def blank(width: float, height: float, *, layout: Literal["constrained"] | None = "constrained") -> "Axes":
    """Give axes on a figure that nobody else knows of: for files and reports."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with look():
        figure = Figure(figsize=(width, height), layout=layout)
        FigureCanvasAgg(figure)
        return figure.subplots()


def picture_bytes(drawn: "Axes | Figure", form: Form = "svg") -> bytes:
    """Give a picture as a file: the same picture, the same bytes."""
    from matplotlib.figure import Figure

    figure = drawn if isinstance(drawn, Figure) else drawn.get_figure(root=True)
    if figure is None:
        raise BpsimError("these axes are on no figure any more")
    memory = io.BytesIO()
    with look():
        figure.savefig(memory, format=form, metadata=METADATA[form])
    return _slim(memory.getvalue()) if form == "svg" else memory.getvalue()


def _slim(svg: bytes) -> bytes:
    """Write the corners of paths with two decimals, and name faces of the same width where DejaVu is not installed."""
    short = re.sub(rb' d="[^"]*"', lambda way: re.sub(rb"(\.\d\d)\d+", rb"\1", way[0]), svg)
    return short.replace(b"'DejaVu Sans'", b"'DejaVu Sans', Verdana, sans-serif")
