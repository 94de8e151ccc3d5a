"""The people who can do a task, as functions of time: on shift, away, free, at work on what came later."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bpsim.eventlog import NONE, EventLog
from bpsim.measures.steps import Steps, Times, ordered, product, steps, sums_above, total


def openings(log: EventLog, calendar: int) -> Steps:
    """Give 1 where a calendar is open and 0 where it is closed."""
    info = log.settings.calendars[calendar]
    opens, closes = np.array(info.opens, np.int64), np.array(info.closes, np.int64)
    return steps([(opens, 1), (closes, -1)], max(log.settings.stopped, int(closes.max(initial=0))))


@dataclass(frozen=True, slots=True)
class Services:
    """What people did: one entry for each item, or for each run of a batch; in order of person and time."""

    person: Times
    released: Times
    started: Times
    completed: Times

    @classmethod
    def of(cls, log: EventLog) -> "Services":
        """Gather them; what is under way at the stop ends there."""
        items, batches = log.items, log.batches
        alone = (items["person"] >= 0) & (items["started"] != NONE)
        alone[log.batch_rows] = False
        runs = batches["person"] >= 0

        def both(name: str) -> Times:
            return np.concatenate([items[name][alone].astype(np.int64), batches[name][runs].astype(np.int64)])

        completed = both("completed")
        completed = np.where(completed == NONE, log.settings.stopped, completed)
        person, started = both("person"), both("started")
        order = np.lexsort((completed, started, person))
        return cls(person[order], both("released")[order], started[order], completed[order])

    def of_people(self, first: int, last: int, without: int = NONE) -> "Services":
        """Choose those of the people numbered from first up to last, but for one of them."""
        low, high = np.searchsorted(self.person, [first, last])
        mine = slice(int(low), int(high))
        others = self.person[mine] != without
        return Services(
            *(column[mine][others] for column in (self.person, self.released, self.started, self.completed))
        )


class Staff:
    """The people of some roles, who can do the same tasks."""

    def __init__(self, log: EventLog, services: Services, eligible: tuple[int, ...]) -> None:
        """Remember whom this is about; functions of time are made when they are asked for."""
        self._log, self._services, self._roles = log, services, eligible
        self._stopped = log.settings.stopped
        self._infos = [log.settings.roles[role] for role in eligible]
        self._open = [openings(log, info.calendar) for info in self._infos]
        self._others: dict[int, Steps] = {}

    @cached_property
    def on_shift(self) -> Steps:
        """1 while somebody is on shift (or would be, if the role had people)."""
        manned = [opening for info, opening in zip(self._infos, self._open, strict=True) if info.staff]
        return total(manned, self._stopped).positive()

    @cached_property
    def all_away(self) -> Steps | None:
        """1 while people are on shift, but all of them away on other duties; None without other duties."""
        if not any(info.other_duties for info in self._infos):
            return None
        here = self._count(busy=False).positive()
        there = Steps(here.times, 1 - here.values)
        return product(self.on_shift, there, self._stopped)

    @cached_property
    def may_pass(self) -> bool:
        """Tell whether an item may wait although somebody is free, or while others go first."""
        settings = self._log.settings
        kept = any(node.same_person_as != NONE for node in settings.nodes if set(node.eligible) & set(self._roles))
        return kept or settings.priorities or any(info.fit for info in self._infos)

    @cached_property
    def free(self) -> Steps:
        """1 while somebody is free."""
        return self._count(busy=True).positive()

    def others_free(self, person: int) -> Steps:
        """1 while somebody other than this person is free and something is kept for this person.

        Whoever is free takes what is kept for them, unless it does not fit: only then need they be told apart.
        """
        if not any(info.fit for info in self._infos):
            return self.free
        if person not in self._others:
            self._others[person] = self._count(busy=True, without=person).positive()
        return self._others[person]

    def overtaken(self, start: Times, end: Times) -> Times:
        """Milliseconds of each wait in which nobody is free and somebody on shift works on what was released later."""
        times, latest = self._latest_release
        low = np.searchsorted(times, start, side="right") - 1
        high = np.searchsorted(times, end, side="right") - 1
        if not len(start) or not (latest[low.min() : high.max() + 1] > start.min()).any():
            return np.zeros(len(start), np.int64)
        first, last = int(low.min()), int(high.max()) + 1
        lengths = np.diff(times, append=times[-1:])[first:last]
        whole = sums_above(latest[first:last], lengths, low - first, high - first, start)
        before = np.where(latest[low] > start, start - times[low], 0)
        behind = np.where(latest[high] > start, end - times[high], 0)
        return whole - before + behind

    @cached_property
    def _latest_release(self) -> tuple[Times, Times]:
        """From each of some instants on: the latest release of what people on shift work on; -1 when one is free."""
        mine = [self._services.of_people(info.first_person, info.first_person + info.staff) for info in self._infos]
        marks = [self.free.times, *(opening.times[opening.times <= self._stopped] for opening in self._open)]
        marks += [column for services in mine for column in (services.started, services.completed)]
        times = ordered(*marks)
        latest = np.full(len(times), NONE, np.int64)
        for info, opening, services in zip(self._infos, self._open, mine, strict=True):
            on = opening.at(times) > 0
            for person in range(info.first_person, info.first_person + info.staff):
                one = services.of_people(person, person + 1)
                place = np.searchsorted(one.started, times, side="right") - 1
                busy = on & (place >= 0)
                busy[busy] = times[busy] < one.completed[place[busy]]
                latest[busy] = np.maximum(latest[busy], one.released[place[busy]])
        return times, np.where(self.free.at(times) > 0, NONE, latest)

    def _count(self, *, busy: bool, without: int = NONE) -> Steps:
        """How many people are on shift and not away (and, with `busy`, not at work)."""
        levels = [self._level(place, busy=busy, without=without) for place in range(len(self._roles))]
        return total(levels, self._stopped)

    def _level(self, place: int, *, busy: bool, without: int) -> Steps:
        info, duties = self._infos[place], self._log.duties
        first, last = info.first_person, info.first_person + info.staff
        away = (duties["person"] >= first) & (duties["person"] < last) & (duties["person"] != without)
        changes = [(duties["start"][away], -1), (np.minimum(duties["end"][away], self._stopped), 1)]
        if busy:
            mine = self._services.of_people(first, last, without)
            changes += [(mine.started, -1), (mine.completed, 1)]
        people = info.staff - (first <= without < last)
        here = steps([(np.zeros(1, np.int64), people), *changes], self._stopped)
        return product(here, self._open[place], self._stopped)
