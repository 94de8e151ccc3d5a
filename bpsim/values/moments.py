"""Instants as people write them: a date, a date with a time of day, or a duration since the start."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from bpsim.errors import Mistake

DAY = 86_400_000
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T]+(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?)?")
_RANGE = re.compile(r"(\d{1,2})(?::(\d\d))?\s*-\s*(\d{1,2})(?::(\d\d))?")


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant: `time` milliseconds since the midnight of a day, or since the start of the experiment."""

    text: str
    day: date | None
    time: int

    def at(self, start: date) -> int:
        """Give it in milliseconds since the midnight of the start; negative before it."""
        return self.time if self.day is None else (self.day - start).days * DAY + self.time

    def __str__(self) -> str:
        """Write it as it was written."""
        return self.text


def parse_moment(text: object, *, duration: Callable[[str | float], int]) -> Moment:
    """Read `2025-03-01`, `2025-03-01 09:30`, or a duration since the start such as `5d 2h`."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return Moment(str(text), None, duration(text))
    if not isinstance(text, str):
        raise Mistake("BP442", "not an instant", "Write 2025-03-01 09:30, or a time since the start such as 5d 2h.")
    cleaned = " ".join(text.split())
    if not re.match(r"\d{4}-", cleaned):
        return Moment(cleaned, None, duration(text))
    match = _MOMENT.fullmatch(cleaned)
    day = _day(match[1]) if match else None
    parts = [int(part or 0) for part in match.group(2, 3, 4)] if match else []
    if match is None or day is None or parts[0] > 23 or parts[1] > 59 or parts[2] > 59:  # noqa: PLR2004 - of a day
        hint = "Write 2025-03-01 09:30 in local working time, or a time since the start such as 5d 2h."
        raise Mistake("BP442", f"{cleaned} is not an instant", hint)
    seconds = (parts[0] * 60 + parts[1]) * 60 + parts[2]
    return Moment(cleaned, day, seconds * 1000 + int((match[5] or "0").ljust(3, "0")))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def parse_hours_range(text: str) -> tuple[int, int] | None:
    """Read a part of the day, `08-10` or `08:30-12`, in ms since midnight; None for what looks like none."""
    match = _RANGE.fullmatch(text.strip())
    if match is None:
        return None
    low, high = ((int(match[i]) * 60 + int(match[i + 1] or 0)) * 60_000 for i in (1, 3))
    if int(match[2] or 0) > 59 or int(match[4] or 0) > 59 or high > DAY:  # noqa: PLR2004 - minutes of an hour
        raise Mistake("BP443", f"{text} is no part of a day", "Write hours from 00 to 24, such as 08-10 or 08:30-12.")
    if low >= high:
        hint = f"Over midnight write two: {match[1]}-24 and 00-{match[3]}." if low > high else "Write 08-10."
        raise Mistake("BP443", f"{text} ends before it begins", hint)
    return low, high
