"""The hours of people, with the opening in force at hand."""

from bisect import bisect_right

from bpsim.values.calendars import NEVER, OpenTable


class Shift:
    """The hours of a calendar; work that runs over their end pauses, or (`finish`) is finished in overtime."""

    __slots__ = ("_closes", "_opens", "closed", "finish", "following", "opened", "table")

    def __init__(self, table: OpenTable, *, finish: bool = False) -> None:
        """Begin before everything."""
        self.table, self._opens, self._closes = table, table.opens, table.closes
        self.finish = finish
        self.opened = self.closed = self.following = -1

    def on(self, now: int) -> bool:
        """Tell whether it is open; `opened`, `closed` and `following` (the next opening) are those of this instant."""
        if self.opened <= now < self.closed:
            return True
        if not self.closed <= now < self.following:
            i = bisect_right(self._opens, now)
            self.opened, self.closed = (self._opens[i - 1], self._closes[i - 1]) if i else (-1, -1)
            self.following = self._opens[i] if i < len(self._opens) else NEVER
        return self.opened <= now < self.closed

    def add(self, now: int, work: int) -> int:
        """Give the end of work that begins now."""
        end = now + work
        return end if end <= self.closed or self.finish else self.table.add(now, work)

    def worked(self, start: int, end: int) -> int:
        """Give the work that is done between two instants of a stretch."""
        return end - start if self.finish else self.table.between(start, end)

    def resumed(self, now: int) -> int:
        """Give the instant at which work that was broken off goes on: with overtime, when the shift opens next."""
        return self.table.next_open(now) if self.finish else now
