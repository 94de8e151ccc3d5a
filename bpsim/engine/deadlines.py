"""Clocks that act: when a limit has passed, what is under way is cancelled and the case goes on elsewhere."""

from collections.abc import Callable
from typing import Any

from bpsim.engine.cancelling import cancel, clear
from bpsim.engine.clock import CANCELLATION, Signal
from bpsim.engine.coming import DeadlinePlan
from bpsim.engine.draws import Case, chosen
from bpsim.eventlog import BACKLOG, NONE

#: Clocks pass after all other cancellations of their instant.
AFTERWARDS = 2**61

Mark = Callable[[Case, int, int], None]


class Ticking:
    """A clock of a case: how much has been counted, since when it runs, how many live items let it stand."""

    __slots__ = ("_case", "_course", "_number", "_plan", "_signal", "_table", "limit", "open", "over", "since",
                 "started", "used")  # fmt: skip

    def __init__(self, course: Any, number: int, case: Case) -> None:  # noqa: ANN401 - the course, which imports this
        """It has not started yet."""
        self._course, self._number, self._case = course, number, case
        self._plan: DeadlinePlan = course.plan.deadlines[number]
        self._table = course.plan.tables[self._plan.calendar]
        self._signal = Signal()
        self.started = self.over = False
        self.limit = self.used = self.open = self.since = 0

    def start(self, since: int, counted: int = 0) -> None:
        """Let it run from an instant on, once."""
        if self.over or self.started:
            return
        plan, case = self._plan, self._case
        self.started, self.used = True, counted
        self.limit = plan.limits[0][1]
        if plan.by != NONE:
            self.limit = chosen(plan.limits, case.attributes[plan.by], case.number)
        if not self.open:
            self._run(since)

    def stop(self) -> None:
        """End it: it never passes."""
        self.over = True
        cancel(self._signal)

    def stand(self) -> None:
        """Let it stand while an item is open."""
        self.open += 1
        if self.open == 1 and self.started and not self.over:
            self.used += self._table.between(self.since, self._course.clock.now)
            if self.used <= self.limit:
                cancel(self._signal)

    def resume(self) -> None:
        """Let it run again when no such item is open any more."""
        self.open -= 1
        if not self.open and self.started and not self.over and self.used <= self.limit:
            self._run(self._course.clock.now)

    def _run(self, since: int) -> None:
        self.since = since
        due = max(self._table.add(since, max(self.limit + 1 - self.used, 0)), self._case.arrived + 1)
        if due <= self._course.plan.horizon:
            self._signal = Signal(self._pass)
            self._course.clock.push(due, CANCELLATION, AFTERWARDS + self._case.key + self._number, self._signal)

    def _pass(self, _: Signal) -> None:
        """Cancel everything that is under way, and let one token go on."""
        case, course = self._case, self._course
        if self.over or case.ended != NONE:
            return
        self.over, now = True, course.clock.now
        pred, origin = clear(course, case, now)
        case.live = 1
        course.nodes.enter[self._plan.target](case, pred, origin, now)


def begin(course: Any, case: Case) -> list[Any]:  # noqa: ANN401 - the course
    """Make the clocks of a new case, and start those that run from its need or its arrival."""
    plans = course.plan.deadlines
    clocks: list[Any] = [Ticking(course, number, case) for number in range(len(plans))]
    for clock, plan in zip(clocks, plans, strict=True):
        if plan.start != NONE:
            continue
        if case.source == BACKLOG:
            clock.start(0, -case.need)
        else:
            clock.start(case.need if plan.from_need else case.arrived)
    return clocks


def turning(plans: tuple[DeadlinePlan, ...], rank: int, end: Callable[[Case, int], None], begins: Mark) -> Mark | None:
    """Make what the completion of a node does with clocks: `end` is called for some, `begins` for others."""
    ends = [number for number, plan in enumerate(plans) if rank in plan.to]
    starts = [number for number, plan in enumerate(plans) if plan.start == rank]
    if not ends and not starts:
        return None

    def mark(case: Case, visit: int, now: int) -> None:  # noqa: ARG001 - as everything that a completion does
        for number in ends:
            end(case, number)
        for number in starts:
            begins(case, number, now)

    return mark


def stop(case: Case, number: int) -> None:
    """End a clock of a case."""
    case.clocks[number].stop()


def start(case: Case, number: int, now: int) -> None:
    """Start a clock of a case."""
    case.clocks[number].start(now)
