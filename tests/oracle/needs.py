"""The oracle's own demand: draws and delays of a run, and the instants at which needs arise (sections 2 and 3)."""

from collections.abc import Iterator
from datetime import date, timedelta
from math import prod
from typing import Any

from bpsim.model.demand import MONTHS, WEEKDAYS
from bpsim.model.process import Process
from bpsim.values.distributions import Bernoulli, Gamma
from bpsim.values.durations import WorkingDays
from tests.oracle.hours import DAY, Hours
from tests.oracle.luck import luck, whole
from tests.oracle.paths import Course


def is_days(value: object) -> bool:
    """Tell whether a delay is a number of working days."""
    return isinstance(value, WorkingDays)


class Demand:
    """What a run draws, and when needs arise in it."""

    def __init__(self, process: Process, start: date, end: int, address: str) -> None:
        """Know the process, the first day, the last instant, and seed and replication."""
        self.process, self.start, self.end, self.address = process, start, end, address
        self.hours = {name: Hours(calendar, start) for name, calendar in process.calendars.items()}
        self.means: dict[str, float] = {}

    def luck(self, purpose: str, lineage: str, occurrence: int, position: int) -> float:
        """Give the number between 0 and 1 at an address of this run."""
        return luck(f"{self.address}/{purpose}/{lineage}", occurrence, position)

    def draw(self, rule: Any, purpose: str, lineage: str, occurrence: int, position: int) -> Any:  # noqa: ANN401
        """Draw from a distribution at an address; a number of working days is not drawn."""
        if isinstance(rule, WorkingDays):
            return rule
        u = self.luck(purpose, lineage, occurrence, position)
        return u < rule.p if isinstance(rule, Bernoulli) else rule.quantile(u)

    def later(self, calendar: str, time: int, delay: Any) -> int:  # noqa: ANN401
        """Give the instant a delay after a time: open time of a calendar, or its working days."""
        if isinstance(delay, WorkingDays):
            days = int(delay.count) + time // DAY + 500
            return self.process.calendars[calendar].table(self.start, days).add_working_days(time, delay.count)
        return self.hours[calendar].add(time, whole(delay))

    def worth(self, days: Any, calendar: str) -> int:  # noqa: ANN401
        """Give a time, or as many mean open days of a calendar, in open time."""
        if is_days(days) and calendar not in self.means:
            self.means[calendar] = self.process.calendars[calendar].mean_open_day()
        return whole(days.count * self.means[calendar] if is_days(days) else days)

    def needs(self, course: Course, arrivals: Any) -> Iterator[tuple[int, int]]:  # noqa: ANN401
        """Give the instants at which needs arise, and from when on the client is ready."""
        if arrivals.times:
            found = sorted(moment.at(self.start) for moment in arrivals.times)
            yield from ((need, need) for need in found if need >= 0)
            return
        if arrivals.appointments:
            yield from self.booked(course, arrivals.appointments)
            return
        for number, need in enumerate(self.sums(course, arrivals)):
            together = round(self.draw(arrivals.size, "size", course.name, 0, number))
            yield from [(need, need)] * together

    def sums(self, course: Course, arrivals: Any) -> Iterator[int]:  # noqa: ANN401
        """Give the instants at which arrivals are due: the sums of the draws of `every`, in stretched time."""
        number, todo = 0, self.draw(arrivals.every, "arrival", course.name, 0, 0)
        for start, length, intensity in self.pieces(course, arrivals):
            used = 0.0
            while intensity > 0 and todo <= length * intensity - used:
                used += todo
                number += 1
                yield start + round(used / intensity)
                todo = self.draw(arrivals.every, "arrival", course.name, 0, number)
            todo -= length * intensity - used

    def booked(self, course: Course, rule: Any) -> Iterator[tuple[int, int]]:  # noqa: ANN401
        """Give when the clients of appointments come, and their slots."""
        last, number, found = self.end, 0, []
        for opens, closes in self.hours[course.process.cases.calendar].until(last):
            for slot in range(opens, min(closes, last), rule.every):
                for _ in range(rule.clients):
                    if self.luck("no show", course.name, 0, number) >= rule.no_show:
                        early = round(self.draw(rule.earliness, "earliness", course.name, 0, number))
                        found.append((max(0, slot - early), number, slot))
                    number += 1
        yield from ((need, max(need, slot)) for need, _, slot in sorted(found))

    def pieces(self, course: Course, arrivals: Any) -> Iterator[tuple[int, int, float]]:  # noqa: ANN401
        """Cut the openings of the cases' calendar where the intensity may change; give it with each piece."""
        profile, cv, hours = arrivals.profile, arrivals.dispersion, arrivals.hours()
        shocks = [(shock.at.at(self.start), shock.lasts, shock.times) for shock in arrivals.shocks]
        cuts = {border for at, lasts, _ in shocks for border in (at, at + lasts)}
        for opens, closes in self.hours[course.process.cases.calendar].until(self.end):
            begin = opens
            while begin < min(closes, self.end + 1):
                day = begin // DAY
                today, inside = self.start + timedelta(days=day), begin % DAY
                borders = cuts | {day * DAY + part for low, high, _ in hours for part in (low, high)}
                stop = min([closes, (day + 1) * DAY, *(border for border in borders if border > begin)])
                factors = [profile.get(WEEKDAYS[today.weekday()], 1.0), profile.get(MONTHS[today.month - 1], 1.0)]
                factors += [factor for low, high, factor in hours if low <= inside < high]
                factors += [(1 + arrivals.growth) ** (day / 365)] if arrivals.growth else []
                factors += [times for at, lasts, times in shocks if at <= begin < at + lasts]
                factors += [self.draw(Gamma("", 1 / cv**2, cv**2), "day", course.name, 0, day)] if cv else []
                yield begin, stop - begin, prod(factors)
                begin = stop
