"""Checks of how long things take: work that fits no shift, slips of the unit, days that are meant as shifts, giants."""

import math
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from statistics import fmean

from bpsim.model import flow
from bpsim.model.attributes import durations, limits
from bpsim.model.demand import LimitBy
from bpsim.model.demand_checks import distributions as of_arrivals
from bpsim.model.findings import Check, Finding, Path
from bpsim.model.organisation import Role
from bpsim.model.people_checks import eligible, ways
from bpsim.model.process import Process
from bpsim.model.written import NEVER, is_never
from bpsim.values.calendars import Calendar
from bpsim.values.distributions import Distribution
from bpsim.values.durations import DAY, HOUR, MINUTE, YEAR, WorkingDays

#: A task that takes so many times as long as the others has probably the wrong unit.
GIANT = 1000
#: Work or waiting longer than this is probably a slip.
LONGEST_WORK, LONGEST_WAIT = YEAR, 20 * YEAR
_DAYS = re.compile(r"\d\s*(d|days?|w|weeks?)\b(?!\s*=)", re.IGNORECASE)

Measure = Callable[[Distribution], float]


def _mean(draw: Distribution) -> float:
    """Give the mean, infinite where it cannot be worked out."""
    try:
        mean = draw.mean()
    except OverflowError:
        return math.inf
    return mean if math.isfinite(mean) else math.inf


def _takes(draw: Distribution | WorkingDays, measure: Measure, day: float) -> float:
    return draw.count * day if isinstance(draw, WorkingDays) else measure(draw)


def _day(process: Process, task: flow.Task) -> float:
    """Give the working day of whoever does a task."""
    roles = process.roles()
    calendar = process.calendars.get(roles[task.performer[0]].calendar) if task.performer[0] in roles else None
    return calendar.mean_open_day() if calendar is not None else float(DAY)


def work(process: Process, name: str, measure: Measure, pick: Callable[[list[float]], float]) -> float:
    """Measure the work of a task; `pick` chooses among the durations of a choice by an attribute."""
    task = process.flow[name]
    assert isinstance(task, flow.Task)  # noqa: S101 - narrows the type; only tasks are work
    day, total = _day(process, task), 0.0
    shares = [part.share for part in task.parts] or [1.0]
    for (_, duration), share in zip(durations(process, name), shares, strict=True):
        factor = duration.factor.constant() if duration.scaled() else 1
        scale = float(factor) if isinstance(factor, int | float) else math.nan
        total += pick([_takes(draw, measure, day) for draw in duration.draws()]) * share * scale
    return total


def fits(process: Process) -> Iterator[Finding]:
    """With `at_shift_end: fit`, work must fit into one opening."""
    roles = process.roles()
    for name, task in process.tasks().items():
        able = eligible(process, task)
        openings = [_most(process, roles[role]) for role in able]
        if not able or any(roles[role].at_shift_end != "fit" for role in able) or 0 in openings:
            continue
        longest, path = max(openings), ("flow", name, "duration")
        least, mean = (_whole_work(process, name, *how) for how in ((_minimum, min), (_mean, max)))
        if least > longest:
            what = f"it takes {_hours(least)} at least, and openings last {_hours(longest)}: it can never finish"
            yield Finding("BP431", path, what, f"Write at_shift_end: pause for {able[0]}, or less work.")
        elif mean > longest:
            what = f"it takes {_hours(mean)} on average, and openings last {_hours(longest)} at most"
            hint = f"What does not fit waits for ever: write at_shift_end: pause for {able[0]}."
            yield Finding("BP432", path, what, hint)


def _minimum(draw: Distribution) -> float:
    return draw.minimum()


def _whole_work(process: Process, name: str, measure: Measure, pick: Callable[[list[float]], float]) -> float:
    """Measure the work of a task with the setup of its batch: what must fit into one opening."""
    task = process.tasks()[name]
    once = work(process, name, measure, pick)
    if task.batch is None:
        return once
    members = min(task.batch.size or 1, task.batch.max or NEVER) if task.batch.mode == "one_by_one" else 1
    return _takes(task.batch.setup, measure, _day(process, task)) + members * once


def _most(process: Process, role: Role) -> float:
    """Give the usual work that somebody of a role can do in one opening; 0 when nobody can."""
    described = [*role.people.values(), *role.groups]
    people = described if described and role.staff <= role.described() else [*described, role.usual()]
    return max(_opening(process.calendars.get(one.calendar)) * one.proficiency for one in people)


def _opening(calendar: Calendar | None) -> int:
    return calendar.longest_opening() if calendar is not None else 0


def _hours(milliseconds: float) -> str:
    """Write a length of work as people say it."""
    for unit, size in (("years", YEAR), ("h", HOUR), ("min", MINUTE)):
        if milliseconds >= size:
            return f"{milliseconds / size:.3g} {unit}"
    return f"{milliseconds / 1000:.3g} s"


def days_of_work(process: Process) -> Iterator[Finding]:
    """Work that is written in days is 24 hours a day, which is seldom meant."""
    for name, task in process.tasks().items():
        day = _day(process, task)
        if not task.by_people() or not 0 < day < DAY:
            continue
        for path, duration in durations(process, name):
            for at, draw in _draws(path, duration):
                if isinstance(draw, Distribution) and _DAYS.search(str(draw)):
                    amount = _mean(draw)
                    what = f"{_hours(amount)} of work = {amount / day:.3g} shifts: a day of work is 24 h"
                    hours = _hours(amount * day / DAY).replace(" ", "")
                    hint = f"Write {hours} or {amount / DAY:.3g} working day{'' if amount == DAY else 's'}."
                    yield Finding("BP433", at, what, hint)


def _draws(path: Path, duration: flow.Duration) -> Iterator[tuple[Path, Distribution | WorkingDays]]:
    """Give every draw of a duration with its path."""
    if duration.choice:
        for key, draw in duration.choice.of.items():
            yield (*path, "choice", "of", key), draw
    else:
        yield (*path, "value"), duration.value


def no_time(process: Process) -> Iterator[Finding]:
    """Tasks take time, but for those of systems; so do timers."""
    for name, node in process.flow.items():
        quick = isinstance(node, flow.Call)
        quick = quick or (isinstance(node, flow.Task) and (node.performer[0] == flow.SYSTEM or _machine(process, node)))
        found = list(durations(process, name))
        if quick or not found:
            continue
        draws = [draw for _, duration in found for draw in duration.draws()]
        if isinstance(node, flow.Timer) and node.until:
            continue
        if all(isinstance(draw, Distribution) and draw.is_constant() and draw.mean() == 0 for draw in draws):
            kind = "timer" if isinstance(node, flow.Timer) else "task"
            yield Finding("BP434", found[0][0], f"the {kind} {name} takes no time", "Write how long, such as 20min.")


def _machine(process: Process, task: flow.Task) -> bool:
    roles = process.roles()
    return task.performer[0] in roles and roles[task.performer[0]].kind == "system"


def slips(process: Process) -> Iterator[Finding]:
    """No work takes a thousand times as long as the rest, and nothing takes decades."""
    tasks = process.tasks()
    means = {name: work(process, name, _mean, max) for name, task in tasks.items() if task.by_people()}
    ordered = sorted(mean for mean in means.values() if mean > 0)
    for name in process.flow:
        people = name in means
        usual = _median_without(ordered, means.get(name, 0.0))
        for path, duration in durations(process, name):
            longest = max((_takes(draw, _mean, DAY) for draw in duration.draws() if not is_never(draw)), default=0.0)
            if math.isinf(longest):
                continue
            if longest > (LONGEST_WORK if people else LONGEST_WAIT):
                what = f"{name} takes {longest / YEAR:,.3g} years"
                yield Finding("BP435", path, what, "Look at the unit.")
            elif people and longest > GIANT * usual:
                what = f"{name} takes {longest / usual:,.0f} times as long as other tasks: {_hours(longest)}"
                yield Finding("BP435", path, what, "Look at the unit.")


def _median_without(ordered: list[float], one: float) -> float:
    """Give the median of sorted numbers, one of them (if it is there) left out; infinite when none is left."""
    gap = bisect_left(ordered, one) if one > 0 else len(ordered)
    left = len(ordered) - (one > 0)
    middle = [ordered[i + (i >= gap)] for i in {(left - 1) // 2, left // 2}] if left else [math.inf]
    return fmean(middle)


def giants(process: Process) -> Iterator[Finding]:
    """Distributions have a mean, and it is not made by rare giants alone."""
    for path, draw in _everything(process):
        mean = _mean(draw)
        if math.isinf(mean):
            what = f"the mean of {draw} is infinite, or too large for a computer"
            yield Finding("BP436", path, what, "Cut it off: truncated(..., high=90d).")
        elif not draw.is_constant() and mean > draw.quantile(0.99) > 0:
            what = f"a heavy tail: the mean of {draw} lies above 99 % of its values"
            yield Finding(
                "BP437", path, what, "Rare giants decide everything: cut it off with truncated(..., high=90d)."
            )


def _everything(process: Process) -> Iterator[tuple[Path, Distribution]]:
    """Give every distribution of durations."""
    yield from of_arrivals(process)
    for name in process.flow:
        for path, duration in (*durations(process, name), *limits(process, name)):
            yield from ((at, draw) for at, draw in _draws(path, duration) if isinstance(draw, Distribution))
    for name, channel in process.channels.items():
        if isinstance(channel.delay, Distribution):
            yield ("channels", name, "delay"), channel.delay
    for path, way in ways(process):
        if isinstance(way.delay, Distribution):
            yield (*path, "delay"), way.delay


def working_days(process: Process) -> Iterator[Finding]:
    """Working days are counted in a calendar that closes at some time."""
    for path, delay, name in _waits(process):
        calendar = process.calendars.get(name)
        if isinstance(delay, WorkingDays) and calendar is not None and calendar.always:
            what = f"{delay} of no calendar: that is 24 h of any day, weekends too"
            yield Finding("BP438", path, what, "Name the hours that count, such as calendar: office, or write days.")


def _waits(process: Process) -> Iterator[tuple[Path, object, str]]:
    """Give every wait that may be written in working days, with the calendar in which they count."""
    for name, node in process.flow.items():
        if isinstance(node, flow.Timer) or (isinstance(node, flow.Task) and not node.by_people()):
            for path, duration in durations(process, name):
                yield from ((at, draw, node.calendar) for at, draw in _draws(path, duration))
        if isinstance(node, flow.Task) and not node.by_people():
            for path, duration in limits(process, name):
                yield from ((at, draw, node.calendar) for at, draw in _draws(path, duration))
    for name, channel in process.channels.items():
        yield ("channels", name, "delay"), channel.delay, channel.calendar
    for path, way in ways(process):
        yield (*path, "delay"), way.delay, way.calendar
    for name, clock in process.cases.clocks.items():
        where: Path = ("cases", "clocks", name, "limit")
        if isinstance(clock.limit, LimitBy):
            yield from (((*where, "of", key), limit, clock.calendar) for key, limit in clock.limit.of.items())
        else:
            yield where, clock.limit, clock.calendar


CHECKS: tuple[Check, ...] = (fits, days_of_work, working_days, no_time, slips, giants)
