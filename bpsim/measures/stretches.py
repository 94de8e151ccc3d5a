"""Work that is done by several people at once, or is broken off and goes on: what its stretches and gaps come to."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bpsim.eventlog import EventLog
from bpsim.measures.steps import Steps, Times, product


@dataclass(frozen=True, slots=True)
class Split:
    """Some rows that were done in stretches: their places among the rows asked for, and milliseconds of each.

    `worked` and `paused` lie inside of stretches; `gaps` are those after a stretch, by what ended it.
    """

    place: Times
    worked: Times
    paused: Times
    gaps: Times


class Stretches:
    """The stretches of all rows that are not one stretch of one person: there are some."""

    def __init__(self, log: EventLog, calendars: Times, opening: Callable[[int], Steps]) -> None:
        """Put stretches of several people at once together: work goes on while all of them are there.

        `calendars` are those in which each person works, -1 for who does not stop.
        """
        stints, self._stopped = log.stints, log.settings.stopped
        row, start, end = stints["row"], stints["start"], stints["end"]
        new = np.ones(len(row), np.bool_)
        new[1:] = (row[1:] != row[:-1]) | (start[1:] != start[:-1]) | (end[1:] != end[:-1])
        first = np.flatnonzero(new)
        self._start, self._end, self._by = start[first], end[first], stints["ended_by"][first]
        self.rows, begin = np.unique(row[first], return_index=True)
        self._begin = np.append(begin, len(first))
        completed = log.items["completed"].astype(np.int64)
        self._next = np.append(self._start[1:], 0)
        last = self._begin[1:] - 1
        self._next[last] = np.where(completed[self.rows] < 0, self._stopped, completed[self.rows])
        hours = [tuple(sorted({*each} - {-1})) for each in np.split(calendars[stints["person"]], first[1:])]
        kinds = sorted(set(hours))
        self._hours = np.array([kinds.index(each) for each in hours], np.int64)
        self._opening = [self._common([opening(calendar) for calendar in kind]) for kind in kinds]

    def _common(self, openings: list[Steps]) -> Steps | None:
        found = None
        for each in openings:
            found = each if found is None else product(found, each, self._stopped)
        return found

    def split(self, numbers: Times, until: Times) -> Split:
        """Split the work of some rows, each up to an instant."""
        found = np.searchsorted(self.rows, numbers)
        found[found == len(self.rows)] = 0
        place = np.flatnonzero(self.rows[found] == numbers)
        low, high = self._begin[found[place]], self._begin[found[place] + 1]
        counts = high - low
        stretch = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(low, counts)
        owner, cut = np.repeat(np.arange(len(place)), counts), np.repeat(until[place], counts)
        start, end, following = (np.minimum(each[stretch], cut) for each in (self._start, self._end, self._next))
        worked = end - start
        for kind, opening in enumerate(self._opening):
            mine = self._hours[stretch] == kind
            if opening is not None:
                worked[mine] = opening.between(start[mine], end[mine])
        total = np.zeros((3, len(place)), np.int64)
        gaps = np.zeros((len(place), int(self._by.max(initial=0)) + 1), np.int64)
        np.add.at(total[0], owner, worked)
        np.add.at(total[1], owner, end - start - worked)
        np.add.at(gaps, (owner, self._by[stretch]), following - end)
        return Split(place, total[0], total[1], gaps)
