"""By when a case is due: the clocks that are running, for work that is done by its limit (`discipline: edd`)."""

from collections.abc import Callable
from typing import Any

from bpsim.engine.clock import Item
from bpsim.engine.draws import Case, chosen
from bpsim.eventlog import BACKLOG, NONE
from bpsim.values.calendars import NEVER


def begin(course: Any, case: Case) -> None:  # noqa: ANN401 - the course, which imports this
    """Note when the clocks of a new case begin; of a case that was there at the start the time before 0 counts."""
    plans = course.plan.dues
    arrived = case.need if case.source == BACKLOG else case.arrived
    case.begun = [case.need if plan.from_need else arrived for plan in plans]
    case.running = [plan.start == NONE for plan in plans]
    case.over = [False] * len(plans)


def stop(case: Case, number: int) -> None:
    """Note that a clock has ended."""
    case.over[number] = True


def start(case: Case, number: int, now: int) -> None:
    """Note that a clock begins, once."""
    if not case.running[number]:
        case.running[number] = True
        case.begun[number] = now


def earliest(course: Any) -> Callable[[Item], int]:  # noqa: ANN401 - the course
    """Make what gives the earliest instant at which a running clock of an item's case reaches its limit."""
    plans, tables = course.plan.dues, course.plan.tables

    def found(item: Item) -> int:
        case = item.case
        first = NEVER
        for number, plan in enumerate(plans):
            if case.running[number] and not case.over[number]:
                value = case.attributes[plan.by] if plan.by != NONE else None
                limit = plan.limits[0][1] if plan.by == NONE else chosen(plan.limits, value, case.number)
                begun = case.begun[number]
                left = limit + min(begun, 0)  # of a case that was there at the start some time has passed
                first = min(first, left if left < 0 else tables[plan.calendar].add(max(begun, 0), left))
        return first

    return found
