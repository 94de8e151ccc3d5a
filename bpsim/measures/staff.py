"""The people who can do a task, as functions of time: on shift, away, free, at work on what came later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bpsim.eventlog import ABSENCE, NONE, OTHER_DUTIES, VACANT, Column, EventLog
from bpsim.measures.steps import Steps, Times, ordered, product, steps, sums_above, total

Marks = NDArray[np.bool_]


def openings(log: EventLog, calendar: int) -> Steps:
    """Give 1 where a calendar is open and 0 where it is closed."""
    info = log.settings.calendars[calendar]
    opens, closes = np.array(info.opens, np.int64), np.array(info.closes, np.int64)
    return steps([(opens, 1), (closes, -1)], max(log.settings.stopped, int(closes.max(initial=0))))


def chosen(person: Times, people: Times) -> slice | Marks:
    """Choose the entries of some people (in order) from a column that is in the order of people."""
    if len(people) and people[-1] - people[0] + 1 == len(people):
        low, high = np.searchsorted(person, [people[0], people[-1] + 1])
        return slice(int(low), int(high))
    return np.isin(person, people)


@dataclass(frozen=True, slots=True)
class Spans:
    """Stretches of time of people, in the order of people."""

    person: Times
    start: Times
    end: Times

    def of(self, people: Times) -> "Spans":
        """Choose those of some people."""
        mine = chosen(self.person, people)
        return Spans(self.person[mine], self.start[mine], self.end[mine])


def united(spans: Sequence[Spans]) -> Spans:
    """Unite stretches of each person that touch or overlap, so that nobody counts twice at any instant."""
    person, start, end = (
        np.concatenate([getattr(each, name) for each in spans]) for name in ("person", "start", "end")
    )
    order = np.lexsort((end, start, person))
    person, start, end = person[order], start[order], end[order]
    if not len(person):
        return Spans(person, start, end)
    apart = int(end.max()) + 1
    reached = np.maximum.accumulate(end + person * apart) - person * apart
    new = np.ones(len(person), np.bool_)
    new[1:] = (person[1:] != person[:-1]) | (start[1:] > reached[:-1])
    return Spans(person[new], start[new], reached[np.append(new[1:], True)])


@dataclass(frozen=True, slots=True)
class Services:
    """What people did: an entry for each item, run of a batch, or stretch of one; in order of person and time.

    With `held`, being held for an item counts as being at work on it.
    """

    person: Times
    released: Times
    started: Times
    completed: Times

    @classmethod
    def of(cls, log: EventLog, *, held: bool = False) -> "Services":
        """Gather them; what is under way at the stop ends there."""
        items, batches, stints = log.items, log.batches, log.stints
        broken = np.zeros(len(items["case"]), np.bool_)
        broken[stints["row"]] = True
        whole, within, again = _runs(log, broken)
        alone = (items["person"] >= 0) & (items["started"] != NONE)
        alone[log.batch_rows[~within]] = False
        columns = ("person", "released", "started", "completed")
        tables = [
            [items[name][alone & ~broken].astype(np.int64) for name in columns],
            [batches[name][whole].astype(np.int64) for name in columns],
            _stretches(log, stints, ~np.isin(stints["row"], again)),
        ]
        if held:
            tables.append(_stretches(log, log.reserved, np.ones(len(log.reserved["row"]), np.bool_)))
        person, released, started, completed = (np.concatenate(parts) for parts in zip(*tables, strict=True))
        completed = np.where(completed == NONE, log.settings.stopped, completed)
        order = np.lexsort((completed, started, person))
        return cls(person[order], released[order], started[order], completed[order])

    def of_people(self, people: Times) -> "Services":
        """Choose those of some people."""
        return self._only(chosen(self.person, people))

    def of_person(self, person: int) -> "Services":
        """Choose those of one person."""
        low, high = np.searchsorted(self.person, [person, person + 1])
        return self._only(slice(int(low), int(high)))

    def _only(self, mine: slice | Marks) -> "Services":
        columns = (self.person, self.released, self.started, self.completed)
        return Services(*(column[mine] for column in columns))

    def spans(self) -> Spans:
        """Give their stretches of time."""
        return Spans(self.person, self.started, self.completed)


def _stretches(log: EventLog, table: Mapping[str, Column], chosen: Marks) -> list[Times]:
    rows = table["row"][chosen]
    return [table["person"][chosen], log.items["released"][rows].astype(np.int64), *_ends(table, chosen)]


def _ends(table: Mapping[str, Column], chosen: Marks) -> tuple[Times, Times]:
    return table["start"][chosen], table["end"][chosen]


def _runs(log: EventLog, broken: Marks) -> tuple[Marks, Marks, Times]:
    """Tell which runs of batches are one stretch; which of the members stand for themselves; which repeat another's.

    A run `together` whose work was broken up is told by the stretches of the member that was there longest.
    """
    sizes = np.diff(log.batch_starts)
    run = np.repeat(np.arange(len(sizes)), sizes)
    pieces = np.zeros(len(sizes), np.bool_)
    pieces[run[broken[log.batch_rows]]] = True
    within = pieces[run]
    whole = (log.batches["person"] >= 0) & ~pieces
    if not within.any():
        return whole, within, np.zeros(0, np.int64)
    together = within & ~np.array([node.one_by_one for node in log.settings.nodes])[log.batches["node"][run]]
    within = within & ~together
    rows = log.batch_rows[together]
    completed = log.items["completed"][rows].astype(np.int64)
    order = np.lexsort((np.where(completed == NONE, log.settings.stopped + 1, completed), run[together]))
    last = np.append(np.diff(run[together][order]) != 0, True)[: len(order)]
    return whole, within, rows[order[~last]]


class Presence:
    """Who is where: the hours of everybody, their absences and other duties, and what they did."""

    def __init__(self, log: EventLog, services: Services) -> None:
        """Look at the tables of a log; functions of time are made when they are asked for."""
        self.log, self.stopped = log, log.settings.stopped
        self.calendars = log.settings.person_calendars()
        self.services = Services.of(log, held=True) if len(log.reserved["row"]) else services
        kind, person = log.duties["kind"], log.duties["person"]
        missing = (kind == ABSENCE) | (kind == VACANT)
        end = np.minimum(log.duties["end"], self.stopped)
        self.missing, self.away = (
            Spans(person[mine], log.duties["start"][mine], end[mine]) for mine in (missing, ~missing)
        )
        alone = bool((kind == OTHER_DUTIES).all())
        self._disjoint = alone and not len(log.reserved["row"]) and not len(log.stints["row"])
        self._open: dict[int, Steps] = {}
        self._counted: dict[tuple[bytes, bool, bool], Steps] = {}

    def opening(self, calendar: int) -> Steps:
        """Give 1 where a calendar is open."""
        if calendar not in self._open:
            self._open[calendar] = openings(self.log, calendar)
        return self._open[calendar]

    def hours(self, people: Times) -> Steps:
        """Count who of some people would be on shift if all were there all the time."""
        calendars, numbers = np.unique(self.calendars[people], return_counts=True)
        each = [self.opening(calendar) for calendar in calendars.tolist()]
        levels = [Steps(one.times, one.values * n) for one, n in zip(each, numbers.tolist(), strict=True)]
        return total(levels, self.stopped)

    def count(self, people: Times, *, away: bool, busy: bool) -> Steps:
        """Count who of some people is on shift and neither absent nor (if asked for) away or at work."""
        asked = people.tobytes(), away and bool(len(self.away.person)), busy
        if asked not in self._counted:
            self._counted[asked] = self._count(people, away=asked[1], busy=busy)
        return self._counted[asked]

    def _count(self, people: Times, *, away: bool, busy: bool) -> Steps:
        out = [self.missing, *([self.away] if away else []), *([self.services.spans()] if busy else [])]
        levels = []
        for calendar in np.unique(self.calendars[people]).tolist():
            mine = people[self.calendars[people] == calendar]
            spans = [each.of(mine) for each in out]
            spans = spans if self._disjoint else [united(spans)]
            changes = [change for each in spans for change in ((each.start, -1), (each.end, 1))]
            here = steps([(np.zeros(1, np.int64), len(mine)), *changes], self.stopped)
            levels.append(product(here, self.opening(calendar), self.stopped))
        return total(levels, self.stopped)


class Staff:
    """The people who can do the same items.

    `seats` are the people for each seat of an item and the number of such seats; nearly always there is one.
    """

    def __init__(self, presence: Presence, seats: Sequence[tuple[frozenset[int], int]], *, exact: bool) -> None:
        """Remember whom this is about; with `exact`, an item may wait although the person it is kept for is free."""
        self._presence, self._exact, self._stopped = presence, exact, presence.stopped
        self._needs, self._several = _needs(seats), sum(number for _, number in seats) > 1
        self.people = np.array(sorted(frozenset().union(*(people for people, _ in seats))), np.int64)
        self._others: dict[frozenset[int], Steps] = {}

    @cached_property
    def on_shift(self) -> Steps:
        """1 while enough people are on shift."""
        return self._enough(away=False, busy=False)

    @cached_property
    def all_away(self) -> Steps | None:
        """1 while enough people are on shift, but not without those who are away; None when nobody ever is."""
        if not np.isin(self._presence.away.person, self.people).any():
            return None
        here = self._enough(away=True, busy=False)
        return product(self.on_shift, Steps(here.times, 1 - here.values), self._stopped)

    @cached_property
    def free(self) -> Steps:
        """1 while enough people are free."""
        return self._enough(away=True, busy=True)

    def others_free(self, kept: frozenset[int]) -> Steps:
        """1 while somebody else than these people is free and something is kept for them.

        Whoever is free takes what is kept for them, unless a rule forbids it: only then need they be told apart. Of
        several people at once it is asked whether they could do it if it were not kept.
        """
        if not self._exact or self._several:
            return self.free
        if kept not in self._others:
            rest = np.array([person for person in self.people.tolist() if person not in kept], np.int64)
            self._others[kept] = self._presence.count(rest, away=True, busy=True).at_least(1)
        return self._others[kept]

    def overtaken(self, start: Times, end: Times, released: Times) -> Times:
        """Milliseconds of each wait in which nobody is free and somebody on shift works on what was released later."""
        times, latest = self._latest_release
        low = np.searchsorted(times, start, side="right") - 1
        high = np.searchsorted(times, end, side="right") - 1
        if not len(start) or not (latest[low.min() : high.max() + 1] > released.min()).any():
            return np.zeros(len(start), np.int64)
        first, last = int(low.min()), int(high.max()) + 1
        lengths = np.diff(times, append=times[-1:])[first:last]
        whole = sums_above(latest[first:last], lengths, low - first, high - first, released)
        before = np.where(latest[low] > released, start - times[low], 0)
        behind = np.where(latest[high] > released, end - times[high], 0)
        return whole - before + behind

    @cached_property
    def _latest_release(self) -> tuple[Times, Times]:
        """From each of some instants on: the latest release of what people on shift work on; -1 for free or too few."""
        presence = self._presence
        mine, missing = presence.services.of_people(self.people), presence.missing.of(self.people)
        calendars = np.unique(presence.calendars[self.people]).tolist()
        marks = [presence.opening(calendar).times for calendar in calendars]
        here = self._enough(away=True, busy=False)
        times = ordered(
            self.free.times,
            here.times,
            *(each[each <= self._stopped] for each in marks),
            *(mine.started, mine.completed, missing.start, missing.end),
        )
        latest = np.full(len(times), NONE, np.int64)
        on = {calendar: presence.opening(calendar).at(times) > 0 for calendar in calendars}
        for person in self.people.tolist():
            one, gone = mine.of_person(person), missing.of(np.array([person]))
            place = np.searchsorted(one.started, times, side="right") - 1
            busy = on[int(presence.calendars[person])] & (place >= 0)
            if len(gone.start):
                busy &= steps([(gone.start, 1), (gone.end, -1)], self._stopped).at(times) == 0
            busy[busy] = times[busy] < one.completed[place[busy]]
            latest[busy] = np.maximum(latest[busy], one.released[place[busy]])
        return times, np.where((self.free.at(times) > 0) | (here.at(times) == 0), NONE, latest)

    def _enough(self, *, away: bool, busy: bool) -> Steps:
        """1 while the people that are counted can fill all seats."""
        found = None
        for people, number in self._needs:
            enough = self._presence.count(people, away=away, busy=busy).at_least(number)
            found = enough if found is None else product(found, enough, self._stopped)
        return found or steps([], self._stopped)


def _needs(seats: Sequence[tuple[frozenset[int], int]]) -> list[tuple[Times, int]]:
    """Say of which people how many it takes: seats can be filled when of all together there are enough (Hall 1935)."""
    found = []
    for chosen in range(1, 1 << len(seats)):
        mine = [seat for i, seat in enumerate(seats) if chosen >> i & 1]
        people = frozenset().union(*(people for people, _ in mine))
        found.append((np.array(sorted(people), np.int64), sum(number for _, number in mine)))
    return found
