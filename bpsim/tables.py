"""How numbers, units and tables are shown to people: in text, HTML, CSV and data frames."""

import csv
import html
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
#: Times are shown in the largest of these of which there are at least two.
_TIMES = (("days", "d", DAY), ("hours", "h", HOUR), ("minutes", "min", MINUTE), ("seconds", "s", SECOND))
#: Numbers of at least this size are shown without decimals.
_LARGE = 100
#: What a spreadsheet would read as the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Unit:
    """How a measure is shown: its value divided by `scale`, with a name (days) and a sign (d)."""

    name: str
    sign: str
    scale: float = 1.0

    def of(self, value: float) -> float:
        """Give a value in this unit."""
        return value / self.scale

    def show(self, value: float, *, like: float | None = None, places: int | None = None, sign: bool = True) -> str:
        """Write a value and the unit's sign, with so many places, or as many as `like` (or it itself) wants."""
        wanted = decimals(self.of(value if like is None else like)) if places is None else places
        text = number(self.of(value), wanted)
        return f"{text} {self.sign}" if sign and self.sign and text != "-" else text


def unit_of(unit: str, values: Iterable[float]) -> Unit:
    """Choose one unit for all values of a measure: times in days, hours, minutes or seconds, shares in per cent."""
    if unit == "share":
        return Unit("%", "%", 0.01)
    if unit != "ms":
        return Unit(unit, "" if unit == "cost" else unit)
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    for name, sign, scale in _TIMES:
        if largest >= 2 * scale:
            return Unit(name, sign, scale)
    return Unit("seconds", "s", SECOND)


def decimals(largest: float) -> int:
    """Say how many decimals numbers up to this size want: none from 100 on, one from 1 on, two digits below."""
    if not math.isfinite(largest) or largest == 0:
        return 1
    size = abs(largest)
    return 0 if size >= _LARGE else 1 if size >= 1 else min(6, 1 - math.floor(math.log10(size)))


def places_for(half_width: float, middle: float) -> int:
    """Say how many decimals an interval wants, so that its ends can be told apart, but at most three digits."""
    if not math.isfinite(half_width) or half_width >= 10:  # noqa: PLR2004
        return 0 if math.isfinite(half_width) else decimals(middle)
    wanted = -math.floor(math.log10(half_width)) if half_width else 1
    most = 2 - math.floor(math.log10(abs(middle))) if middle else 6
    return min(6, max(1, min(wanted, most)))


def number(value: float, places: int) -> str:
    """Write a number with so many decimals; `-` for what is not known, and never a minus zero."""
    if math.isnan(value):
        return "-"
    text = f"{value:,.{places}f}"
    return text.removeprefix("-") if not text.strip("-0.,") else text


def text_table(header: Sequence[str], rows: Iterable[Sequence[str]], *, left: Sequence[int] = (0,)) -> str:
    """Lay a table out in columns, those named by `left` to the left, the others (numbers) to the right."""
    lines = [tuple(header), *(tuple(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, tuple("-" * width for width in widths))

    def laid(line: Sequence[str]) -> str:
        pairs = enumerate(zip(line, widths, strict=True))
        cells = (cell.ljust(width) if i in left else cell.rjust(width) for i, (cell, width) in pairs)
        return "  ".join(cells).rstrip()

    return "\n".join(map(laid, lines))


def html_table(header: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "") -> str:
    """Write a table as HTML; whatever stands in it is text."""

    def line(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    title = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    body = "".join(line(row, "td") for row in rows)
    return f"<table>{title}<thead>{line(header, 'th')}</thead><tbody>{body}</tbody></table>"


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table as CSV; a text that a spreadsheet would take for a formula gets an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in (header, *rows):
        writer.writerow([f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell for cell in row])
    return out.getvalue()


def to_pandas(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> "pd.DataFrame":
    """Give a table as a data frame (needs pandas)."""
    import pandas as pd

    return pd.DataFrame(list(rows), columns=list(header))
