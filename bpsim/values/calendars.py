"""Working hours: weekly intervals, holidays, and tables of open time; schedules of batch runs."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal

from bpsim.errors import Mistake, did_you_mean

HOUR, DAY = 3_600_000, 86_400_000
#: An instant that never comes.
NEVER = 2**62
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(\+1)?")

Interval = tuple[int, int]


class CalendarMistakes(ValueError):  # noqa: N818 - several of the user's mistakes
    """Everything that is wrong with a calendar: (key, Mistake) pairs."""

    def __init__(self, mistakes: Sequence[tuple[str, Mistake]]) -> None:
        """Keep the mistakes in the order of the keys."""
        super().__init__("; ".join(mistake.what for _, mistake in mistakes))
        self.mistakes = list(mistakes)


class OpenTable:
    """The openings of a calendar as cumulative open time: every question is one binary search.

    Openings are half-open [open, close), in milliseconds, in order, and do not touch.
    """

    __slots__ = ("_before", "_total", "closes", "opens")

    def __init__(self, opens: Iterable[int], closes: Iterable[int]) -> None:
        """Tabulate the openings."""
        self.opens = tuple(opens)
        self.closes = tuple(closes)
        before, total = [], 0
        for start, end in zip(self.opens, self.closes, strict=True):
            before.append(total)
            total += end - start
        self._before = tuple(before)
        self._total = total

    def is_open(self, time: int) -> bool:
        """Tell whether it is open at an instant."""
        i = bisect_right(self.opens, time) - 1
        return i >= 0 and time < self.closes[i]

    def next_open(self, time: int) -> int:
        """Give the instant itself when open, else the next opening; NEVER when there is none."""
        i = bisect_right(self.opens, time) - 1
        if i >= 0 and time < self.closes[i]:
            return time
        return self.opens[i + 1] if i + 1 < len(self.opens) else NEVER

    def close_after(self, time: int) -> int:
        """Give the end of the opening that an instant lies in."""
        return self.closes[bisect_right(self.opens, time) - 1]

    def elapsed(self, time: int) -> int:
        """Give the open time from the beginning of the table to an instant."""
        i = bisect_right(self.opens, time) - 1
        if i < 0:
            return 0
        end = self.closes[i]
        return self._before[i] + (min(end, time)) - self.opens[i]

    def between(self, start: int, end: int) -> int:
        """Give the open time between two instants."""
        return self.elapsed(end) - self.elapsed(start)

    def add(self, time: int, work: int) -> int:
        """Give the earliest instant by which so much open time has passed; work that ends at closing time ends then."""
        if work <= 0:
            return time
        target = self.elapsed(time) + work
        if target > self._total:
            return NEVER
        i = bisect_left(self._before, target) - 1
        return self.opens[i] + target - self._before[i]

    def common(self, other: "OpenTable") -> "OpenTable":
        """Give the hours in which both are open."""
        opens, closes = [], []
        mine, theirs = (
            list(zip(self.opens, self.closes, strict=True)),
            list(zip(other.opens, other.closes, strict=True)),
        )
        i = j = 0
        while i < len(mine) and j < len(theirs):
            start, end = max(mine[i][0], theirs[j][0]), min(mine[i][1], theirs[j][1])
            if start < end:
                opens.append(start)
                closes.append(end)
            if mine[i][1] <= theirs[j][1]:
                i += 1
            else:
                j += 1
        return OpenTable(opens, closes)

    def mean_open_day(self) -> float:
        """Give the mean open time of the days on which it opens."""
        days: dict[int, int] = {}
        for start, end in self._by_day():
            days[start // DAY] = days.get(start // DAY, 0) + end - start
        return sum(days.values()) / len(days) if days else 0.0

    def _by_day(self) -> Iterator[Interval]:
        for opens, closes in zip(self.opens, self.closes, strict=True):
            start, last = opens, min(closes, opens + 3660 * DAY)
            while start < last:
                end = min(last, (start // DAY + 1) * DAY)
                yield start, end
                start = end

    def add_working_days(self, time: int, count: float) -> int:
        """Give the same clock time so many open days later; a fraction counts the mean open hours of an open day."""
        if len(self.opens) == 1 and self.closes[0] >= NEVER:
            return time + round(count * DAY)
        whole, rest = int(count), count - int(count)
        day = time // DAY
        days = self._open_days
        i = bisect_right(days, day) + whole - 1
        if whole and i >= len(days):
            return NEVER
        moved = time if not whole else days[i] * DAY + time % DAY
        return self.add(moved, round(rest * self.mean_open_day()))

    @property
    def _open_days(self) -> list[int]:
        return sorted({start // DAY for start, _ in self._by_day()})


@dataclass(frozen=True, slots=True)
class Calendar:
    """Weekly opening hours (intervals of each weekday in ms from its midnight) less holidays; `always` never closes."""

    weekly: tuple[tuple[Interval, ...], ...]
    holidays: tuple[str, ...] = ()
    always: bool = False

    def written(self) -> Any:  # noqa: ANN401 - text or mapping, as in the file
        """Write the calendar as it could stand in a file."""
        if self.always:
            return "24/7"
        hours: dict[str, Any] = {
            WEEKDAYS[i]: ", ".join(f"{_clock(a)}-{_clock(b)}" for a, b in day)
            for i, day in enumerate(self.weekly)
            if day
        }
        return hours | ({"holidays": list(self.holidays)} if self.holidays else {})

    def __str__(self) -> str:
        """Write the calendar in one line."""
        return str(self.written())

    def is_empty(self) -> bool:
        """Tell whether it never opens."""
        return not self.always and not any(self.weekly)

    def weekly_open(self) -> int:
        """Give the open time of a week without holidays."""
        return 7 * DAY if self.always else sum(b - a for day in self.weekly for a, b in day)

    def mean_open_day(self) -> float:
        """Give the mean open time of the weekdays on which it opens."""
        if self.always:
            return float(DAY)
        days = [sum(b - a for a, b in day) for day in self.weekly if day]
        return sum(days) / len(days) if days else 0.0

    def longest_opening(self) -> int:
        """Give the longest opening of a week without holidays."""
        if self.always:
            return NEVER
        table = Calendar(self.weekly).table(date(2025, 1, 6), 21)
        return max((b - a for a, b in zip(table.opens, table.closes, strict=True)), default=0)

    def table(self, start: date, days: int) -> OpenTable:
        """Tabulate so many days from a date's midnight on."""
        return _table(self, start, days)

    def holiday_dates(self, first: date, last: date) -> frozenset[date]:
        """Give the holidays between two dates."""
        found: set[date] = set()
        for entry in self.holidays:
            if entry[:1].isdigit():
                found.add(date.fromisoformat(entry))
            else:
                found |= _country(entry, first.year, last.year)
        return frozenset(day for day in found if first <= day <= last)


@lru_cache(maxsize=64)
def _table(calendar: Calendar, start: date, days: int) -> OpenTable:
    if calendar.always:
        return OpenTable((0,), (NEVER,))
    free = calendar.holiday_dates(start - timedelta(days=1), start + timedelta(days=days))
    opens: list[int] = []
    closes: list[int] = []
    for day in range(-1, days):
        today = start + timedelta(days=day)
        if today in free:
            continue
        for begin, end in calendar.weekly[today.weekday()]:
            first, last = max(day * DAY + begin, 0), day * DAY + end
            if last <= first:
                continue
            if closes and first <= closes[-1]:
                closes[-1] = max(closes[-1], last)
            else:
                opens.append(first)
                closes.append(last)
    return OpenTable(opens, closes)


@lru_cache(maxsize=32)
def _country(code: str, first: int, last: int) -> frozenset[date]:
    import holidays

    return frozenset(holidays.country_holidays(code, years=range(first, last + 1)))


def parse_calendar(written: object) -> Calendar:
    """Read `24/7`, or a mapping of days to hours with `holidays`; CalendarMistakes carries everything that is wrong."""
    if isinstance(written, str):
        if written.strip() in {"24/7", "always"}:
            return Calendar((((0, DAY),),) * 7, (), always=True)
        raise Mistake("BP221", f'"{written}" is not a calendar', 'Write 24/7 or {mon-fri: "09:00-17:00"}.')
    if not isinstance(written, Mapping):
        raise Mistake("BP221", "not a calendar", 'Write 24/7 or {mon-fri: "09:00-17:00"}.')
    days: list[list[Interval]] = [[] for _ in WEEKDAYS]
    mistakes: list[tuple[str, Mistake]] = []
    holidays: tuple[str, ...] = ()
    for key, value in written.items():
        try:
            if key == "holidays":
                holidays = _holidays(value)
            else:
                for day in _days_of(str(key)):
                    days[day] += parse_hours(value)
        except Mistake as mistake:
            mistakes.append((str(key), mistake))
    if mistakes:
        raise CalendarMistakes(mistakes)
    return Calendar(tuple(_merged(day) for day in days), holidays)


def _days_of(key: str) -> tuple[int, ...]:
    if key in {"timezone", "time_zone", "tz"}:
        raise Mistake("BP226", "no time zones here", "Times are local working time; leave the zone out.")
    return parse_days(key)


def calendar_warnings(written: object) -> list[tuple[str, Mistake]]:
    """Find hours that overlap on one day: they are merged, and that is said."""
    if not isinstance(written, Mapping):
        return []
    found: list[tuple[str, Mistake]] = []
    days: list[list[Interval]] = [[] for _ in WEEKDAYS]
    for key, value in written.items():
        if key == "holidays":
            continue
        try:
            hours, named = parse_hours(value), parse_days(str(key))
        except Mistake:
            continue
        for day in named:
            together = sorted([*days[day], *hours])
            if any(b[0] < a[1] for a, b in pairwise(together)):
                what = f"hours overlap on {WEEKDAYS[day]}; they are taken as one opening"
                found.append((str(key), Mistake("BP225", what, "Write each hour once.")))
                break
        for day in named:
            days[day] += hours
    return found


def parse_days(text: str) -> tuple[int, ...]:
    """Read `mon-fri` or `mon, wed` as numbers of weekdays."""
    days: list[int] = []
    for part in text.split(","):
        ends = [_weekday(name.strip(), text.find(name.strip())) for name in part.split("-", 1)]
        first, last = ends[0], ends[-1]
        days += range(first, last + 1) if first <= last else [*range(first, 7), *range(last + 1)]
    return tuple(dict.fromkeys(days))


def _weekday(name: str, at: int) -> int:
    if name.lower()[:3] in WEEKDAYS and (name.isalpha() and (len(name) == 3 or name.lower().endswith("day"))):  # noqa: PLR2004
        return WEEKDAYS.index(name.lower()[:3])
    raise Mistake(
        "BP223",
        f'unknown weekday "{name}"',
        did_you_mean(name, WEEKDAYS) or f"Weekdays are {', '.join(WEEKDAYS)}.",
        max(at, 0),
    )


def parse_hours(written: object) -> list[Interval]:
    """Read `08:30-12:30, 13:30-17:30` as intervals in ms from midnight; `22:00-06:00+1` ends on the next day."""
    if not isinstance(written, str):
        raise Mistake("BP221", f"{written} is not opening hours", 'Write them in quotes, such as "09:00-17:00".')
    hours = []
    place = 0
    for part in written.split(","):
        at = place + len(part) - len(part.lstrip())
        place += len(part) + 1
        ends = part.strip().split("-")
        if len(ends) != 2:  # noqa: PLR2004 - from and to
            raise Mistake(
                "BP221", f'"{part.strip()}" is not opening hours', 'Write from and to, such as "09:00-17:00".', at
            )
        start, end = (parse_time(end.strip(), at) for end in ends)
        if end <= start:
            hint = f"A night shift is written {ends[0].strip()}-{ends[1].strip()}+1."
            raise Mistake("BP224", f"{part.strip()} ends before it begins", hint, at)
        hours.append((start, end))
    return hours


def parse_time(text: str, at: int = 0) -> int:
    """Read a clock time as ms from midnight."""
    match = _TIME.fullmatch(text)
    if match is None or int(match[2]) > 59 or int(match[1]) * 60 + int(match[2]) > 24 * 60:  # noqa: PLR2004
        if re.search(r"(?i)[a-z]{3,}|Z$|\+\d\d", text):
            raise Mistake(
                "BP226", f'"{text}" names a time zone', "Times are local working time; leave the zone out.", at
            )
        raise Mistake("BP222", f'"{text}" is not a time of day', "Write hours and minutes, such as 09:00.", at)
    return (int(match[1]) * 60 + int(match[2])) * 60_000 + (DAY if match[3] else 0)


def _clock(time: int) -> str:
    day, rest = divmod(time, DAY)
    if time == DAY:
        return "24:00"
    return f"{rest // HOUR:02d}:{rest % HOUR // 60_000:02d}{'+1' if day else ''}"


def _merged(hours: list[Interval]) -> tuple[Interval, ...]:
    merged: list[Interval] = []
    for start, end in sorted(hours):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _holidays(written: object) -> tuple[str, ...]:
    entries = written if isinstance(written, list | tuple) else [written]
    found = []
    for entry in entries:
        text = str(entry).strip()
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            try:
                found.append(date.fromisoformat(text).isoformat())
            except ValueError:
                raise Mistake("BP227", f"{text} is not a date", "Write year-month-day, such as 2025-12-25.") from None
        elif re.fullmatch(r"[A-Z]{2}", text) and _known_country(text):
            found.append(text)
        else:
            raise Mistake(
                "BP227",
                f'"{text}" is neither a date nor a country',
                "Write dates such as 2025-12-25, or a country code such as NL.",
            )
    return tuple(sorted(found))


def _known_country(code: str) -> bool:
    import holidays

    return code in holidays.list_supported_countries()


# -- schedules of batch runs ------------------------------------------------------------------------------------

_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
_UNITS = {"day": 1, "days": 1, "week": 7, "weeks": 7}


@dataclass(frozen=True, slots=True)
class Schedule:
    """When runs take place, as it was written.

    The forms are `tue, thu 10:00`, `day 1, 15 10:00`, `last fri 12:00`, `30 mar 09:00`,
    `every 2 weeks from 2025-01-06 09:00`, or dates with times.
    """

    lines: tuple[str, ...]

    def written(self) -> Any:  # noqa: ANN401 - text or list, as in the file
        """Write the schedule as it could stand in a file."""
        return self.lines[0] if len(self.lines) == 1 else list(self.lines)

    def __str__(self) -> str:
        """Write the schedule in one line."""
        return "; ".join(self.lines)

    def times(self, start: date, days: int) -> list[int]:
        """Give the instants of the runs in the given days, in order, in ms since the start's midnight."""
        found: set[int] = set()
        for line in self.lines:
            found.update(_runs(line, start, days))
        return sorted(found)

    def on(self, table: OpenTable, rule: Literal["next_opening", "skip", "run"], start: date, days: int) -> list[int]:
        """Adapt the runs to a calendar: a run in closed time moves to the next opening, is dropped, or stays."""
        times = self.times(start, days)
        if rule == "next_opening":
            times = [table.next_open(time) for time in times]
        elif rule == "skip":
            times = [time for time in times if table.is_open(time)]
        return sorted({time for time in times if time < NEVER})


def parse_schedule(written: object) -> Schedule:
    """Read a schedule; Mistake shows the forms that are understood."""
    lines = written if isinstance(written, list | tuple) else [written]
    cleaned = []
    for line in lines:
        if not isinstance(line, str) or not line.strip():
            raise _unreadable(str(line))
        text = " ".join(line.split()).removeprefix("next ")
        try:
            _runs(text, date(2025, 1, 1), 1)
        except (ValueError, KeyError, IndexError):
            raise _unreadable(text) from None
        cleaned.append(text)
    if not cleaned:
        raise _unreadable("")
    return Schedule(tuple(cleaned))


def _unreadable(text: str) -> Mistake:
    forms = '"tue, thu 10:00", "day 1, 15 10:00", "last fri 12:00", "30 mar 09:00"'
    hint = f'Write {forms} or "every 2 weeks from 2025-01-06 09:00".'
    return Mistake("BP228", f'"{text}" is not a schedule', hint)


def _runs(line: str, start: date, days: int) -> Iterable[int]:
    """Give the runs of one line; ValueError, KeyError or IndexError when it has no known form."""
    rule, _, clock = line.rpartition(" ")
    time = parse_time(clock)
    dates = [start + timedelta(days=i) for i in range(days)]
    chosen = [_chosen(rule, today) for today in dates]
    return [i * DAY + time for i, wanted in enumerate(chosen) if wanted]


def _chosen(rule: str, today: date) -> bool:
    words = rule.split()
    if words[0] == "every":
        _, count, unit, origin, first = ["every", "1", *words[1:]] if words[1] in _UNITS else words
        if origin != "from" or int(count) < 1:
            raise ValueError(rule)
        gone, period = (today - date.fromisoformat(first)).days, int(count) * _UNITS[unit]
        return gone >= 0 and gone % period == 0
    if words[0] == "day":
        numbers = [int(part) for part in rule.removeprefix("day").split(",")]
        if not all(1 <= number <= 31 for number in numbers):  # noqa: PLR2004 - days of a month
            raise ValueError(rule)
        return today.day in numbers
    if words[0] in _ORDINALS:
        weekday, place = parse_days(words[1])[0], _ORDINALS[words[0]]
        if len(words) != 2:  # noqa: PLR2004 - an ordinal and a weekday
            raise ValueError(rule)
        last = (today + timedelta(days=7)).month != today.month
        return today.weekday() == weekday and (last if place < 0 else (today.day - 1) // 7 + 1 == place)
    if words[-1] in MONTHS and len(words) == 2:  # noqa: PLR2004 - a day and a month
        date(2024, MONTHS.index(words[1]) + 1, int(words[0]))
        return (today.day, today.month) == (int(words[0]), MONTHS.index(words[1]) + 1)
    if rule[:1].isdigit():
        return today == date.fromisoformat(rule)
    return today.weekday() in parse_days(rule)
