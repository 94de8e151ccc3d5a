"""The oracle's own hours: questions to a calendar, answered by walking through its openings."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date

from bpsim.model.written import NEVER
from bpsim.values.calendars import Calendar

HOUR, DAY = 3_600_000, 86_400_000


class Hours:
    """The openings of a calendar from time 0 on, as pairs (opens, closes), made longer when needed."""

    def __init__(self, calendar: Calendar, start: date) -> None:
        """Begin with nothing."""
        self.calendar, self.start, self.known = calendar, start, 0
        self.pairs: list[tuple[int, int]] = []

    def openings(self, days: int) -> list[tuple[int, int]]:
        """Give the openings of so many days."""
        table = self.calendar.table(self.start, days)
        return list(zip(table.opens, table.closes, strict=True))

    def until(self, time: int) -> list[tuple[int, int]]:
        """Give the openings, complete up to a time."""
        while time >= self.known:
            days = 2 * time // DAY + 30
            self.known, self.pairs = (days - 2) * DAY, self.openings(days)
        return self.pairs

    def opening(self, time: int) -> tuple[int, int] | None:
        """Give the opening that contains a time."""
        pairs = self.until(time)
        place = bisect_right(pairs, (time, NEVER)) - 1
        return pairs[place] if place >= 0 and time < pairs[place][1] else None

    def next_open(self, time: int) -> int:
        """Give the time itself when it is open, else the beginning of the next opening."""
        return time if self.opening(time) else self.add(time, 1) - 1

    def add(self, time: int, work: int) -> int:
        """Give the earliest instant by which so much open time has passed; NEVER when no opening is left."""
        place = max(0, bisect_right(self.until(time), (time, NEVER)) - 1)
        while work > 0:
            while place == len(self.pairs):
                if self.known > 100_000 * DAY:
                    return NEVER
                self.until(self.known)
            opens, closes = max(time, self.pairs[place][0]), self.pairs[place][1]
            if closes - opens >= work:
                return opens + work
            work -= max(0, closes - opens)
            place += 1
        return time

    def open_time(self, start: int, end: int) -> int:
        """Count the open time between two instants."""
        pairs = self.until(end)
        first = max(0, bisect_right(pairs, (start, NEVER)) - 1)
        last = bisect_right(pairs, (end, NEVER))
        return sum(max(0, min(end, closes) - max(start, opens)) for opens, closes in pairs[first:last])


class Common(Hours):
    """The time in which several calendars are open at once; all time when there are none."""

    def __init__(self, several: Sequence[Hours]) -> None:
        """Begin with nothing."""
        self.several, self.known, self.pairs = several, 0, []

    def openings(self, days: int) -> list[tuple[int, int]]:
        """Give the openings of so many days."""
        pairs = [(0, NEVER)]
        for hours in self.several:
            others = hours.openings(days)
            both = [(max(a, c), min(b, d)) for a, b in pairs for c, d in others if a < d and c < b]
            pairs = [(opens, closes) for opens, closes in both if opens < closes]
        return pairs
