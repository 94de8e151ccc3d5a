"""Durations as people write them: `90 min`, `2h 30min`, `1.5 days`, `PT2H`, `3 working days`."""

import math
import re
from dataclasses import dataclass
from decimal import Decimal

from bpsim.errors import Mistake, did_you_mean

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
WEEK, YEAR = 7 * DAY, 365 * DAY

#: Milliseconds of each unit, with every spelling that is understood.
UNITS = {
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), 1),
    **dict.fromkeys(("s", "sec", "second", "seconds"), SECOND),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), MINUTE),
    **dict.fromkeys(("h", "hour", "hours"), HOUR),
    **dict.fromkeys(("d", "day", "days"), DAY),
    **dict.fromkeys(("w", "week", "weeks"), WEEK),
    **dict.fromkeys(("y", "year", "years"), YEAR),
}
_PIECE = re.compile(r"\s*(?P<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+)\s*(?P<unit>[^\W\d_]+)", re.IGNORECASE)
_ISO = re.compile(
    r"P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)
_WORKING = re.compile(r"\s*(\d+(?:\.\d+)?)\s*working\s+days?\s*")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
#: The longest duration that is believed: ten thousand years.
LONGEST = 10_000 * YEAR


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """A number of working days of the calendar in force."""

    count: float

    def __str__(self) -> str:
        """Write it as it is read."""
        return f"{self.count:g} working day{'' if self.count == 1 else 's'}"


def parse_duration(text: str | float) -> int:
    """Read a duration as whole milliseconds; Mistake says what is missing or unknown."""
    if isinstance(text, bool):
        raise Mistake("BP203", f"{str(text).lower()} is not a duration", "Write a number and a unit, such as 20min.")
    if isinstance(text, int | float):
        return _bare(str(text))
    stripped = text.strip()
    if _NUMBER.fullmatch(stripped) or stripped.lower().lstrip("+-.") in {"nan", "inf", "infinity"}:
        return _bare(stripped)
    if stripped[:1] == "P" and (match := _ISO.fullmatch(stripped)) and any(match.groups()):
        parts = zip(match.groups(), (WEEK, DAY, HOUR, MINUTE, SECOND), strict=True)
        return _whole(sum((Decimal(number) * unit for number, unit in parts if number), Decimal(0)))
    return _pieces(text)


def parse_delay(text: str | float) -> int | WorkingDays:
    """Read a duration or a number of working days."""
    if isinstance(text, str) and (match := _WORKING.fullmatch(text)):
        return WorkingDays(float(match[1]))
    return parse_duration(text)


def format_duration(milliseconds: int) -> str:
    """Write whole milliseconds in the units that people use; parse_duration reads the same number back."""
    if milliseconds == 0:
        return "0min"
    for unit, size in (("d", DAY), ("h", HOUR), ("min", MINUTE), ("s", SECOND)):
        if milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    parts, rest = [], milliseconds
    for unit, size in (("d", DAY), ("h", HOUR), ("min", MINUTE), ("s", SECOND), ("ms", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts)


def _bare(text: str) -> int:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Mistake("BP203", f"{text} is not a duration", "Write a number and a unit, such as 20min.")
    if value == 0:
        return 0
    if value < 0:
        raise Mistake("BP205", f"{text} is negative", "A duration is zero or more.")
    raise Mistake("BP201", f"{text} what?", f"Write the unit: {text}min, {text}h or {text}d.")


def _pieces(text: str) -> int:
    total, place = Decimal(0), 0
    rest = text.rstrip()
    while place < len(rest):
        match = _PIECE.match(rest, place)
        if match is None:
            _explain(rest, place)
        assert match is not None  # noqa: S101 - _explain always raises
        unit = match["unit"]
        if unit not in UNITS:
            _unknown_unit(unit, match.start("unit"))
        if float(match["number"]) * UNITS[unit] > LONGEST:  # a number too large for Decimal is infinite as a float
            raise Mistake("BP207", "longer than 10,000 years", "Look at the unit.")
        total += Decimal(match["number"]) * UNITS[unit]
        place = match.end()
    if not rest.strip():
        raise Mistake("BP203", "nothing where a duration belongs", "Write a number and a unit, such as 20min.")
    return _whole(total)


def _explain(text: str, place: int) -> None:
    """Say what is wrong from a place on."""
    rest = text[place:].strip()
    at = place + len(text[place:]) - len(text[place:].lstrip())
    if re.match(r"\d+,\d", rest):
        raise Mistake("BP206", f'"{rest}" has a decimal comma', f"Use a point: {rest.replace(',', '.', 1)}.", at)
    if rest.startswith("-"):
        raise Mistake("BP205", f"{rest} is negative", "A duration is zero or more.", at)
    if _NUMBER.fullmatch(rest):
        raise Mistake("BP201", f"{rest} what?", f"Write the unit: {rest}min, {rest}h or {rest}d.", at)
    raise Mistake("BP203", f'"{rest}" is not a duration', "Write a number and a unit, such as 20min or 2h 30min.", at)


def _unknown_unit(unit: str, at: int) -> None:
    if unit.lower() in {"month", "months", "mo"}:
        raise Mistake("BP204", f'"{unit}" is no unit of time here', "Months differ in length: write weeks or days.", at)
    known = did_you_mean(unit, [name for name in UNITS if len(name) > 1]).replace("'", '"')
    raise Mistake("BP204", f'unknown unit "{unit}"', known or "Units are ms, s, min, h, d, w, year.", at)


def _whole(total: Decimal) -> int:
    if total > LONGEST:
        raise Mistake("BP207", "longer than 10,000 years", "Look at the unit.")
    return round(total)
