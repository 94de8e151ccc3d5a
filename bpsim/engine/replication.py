"""One run of a plan, from the first arrival to the event log."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from bpsim.engine.absences import Absences
from bpsim.engine.calls import calls
from bpsim.engine.clock import CLOSING, HALT, Clock, Signal
from bpsim.engine.draws import Case
from bpsim.engine.intake import Course
from bpsim.engine.messages import Post
from bpsim.engine.pace import paces
from bpsim.engine.plan import DAY, Plan
from bpsim.engine.pools import GeneralPool
from bpsim.engine.posts import posts
from bpsim.engine.recorder import Recorder
from bpsim.engine.staffing import SimplePool
from bpsim.engine.stints import noting
from bpsim.engine.streams import Streams
from bpsim.engine.unfinished import Unfinished
from bpsim.errors import LimitError
from bpsim.eventlog import BACKLOG, NONE, EventLog
from bpsim.values.conditions import Expression

if TYPE_CHECKING:
    from bpsim.engine.cases import Enter

#: More open cases than this stop a run: a queue has exploded.
MOST_OPEN = 200_000
#: More rows than this stop a run: they would fill the memory.
MOST_ITEMS = 50_000_000
#: A call is so many Python calls, beside the nodes of the called process.
DEEP_CALL = 8
#: More arrivals than this in one millisecond stop a run: time stands still.
AT_ONCE = 200_000


def replicate(plan: Plan, *, seed: int, replication: int, most: int | None = None) -> EventLog:
    """Run a plan once and give what happened; the same plan, seed and replication give the same log.

    A run with more rows than `most` is stopped. RunError names the case when a rule of the process fails in the run;
    LimitError says which limit was met.
    """
    return Replication(plan, seed, replication, most).run()


class Replication:
    """The state of one run: clock, streams, people, open cases."""

    def __init__(self, plan: Plan, seed: int, replication: int, most: int | None = None) -> None:
        """Compile the nodes for this run."""
        self.plan = plan
        self.seed, self.replication = seed, replication
        self.clock = Clock()
        self.streams = Streams(seed, replication)
        most = most or MOST_ITEMS
        self.recorder = Recorder(chain(range(most), iter(partial(self._refuse, most), None)))
        self.always = next(i for i, calendar in enumerate(plan.settings.calendars) if calendar.name == "always")
        self.waits = any("waited" in text for text in _expressions(plan))
        since = [NONE] * sum(role.staff for role in plan.roles)
        self.posts = posts(plan, self.streams, self.recorder)
        self.absences = Absences(plan, self.streams, self.recorder, self.posts)
        self.note = noting(self)
        self.paces = paces(plan, self.absences, self.posts)
        self.pools = [
            SimplePool(i, pool, plan, self.clock, since=since)
            if pool.simple
            else GeneralPool(
                i,
                pool,
                plan,
                self.clock,
                since=since,
                absences=self.absences,
                streams=self.streams,
                paces=self.paces,
            )
            for i, pool in enumerate(plan.pools)
        ]
        self.open: dict[int, Case] = {}
        self._cases = self._cohort = 0
        self._closed = False
        self._at_once, self._last_need = 0, NONE
        enter: list[Enter] = []
        self.post = Post(self)
        if calls(plan):
            self.ended = self._ended_called  # type: ignore[method-assign]
        if any(each.client for each in plan.every()):
            self.ended = partial(self._ended_waiting, self.ended)  # type: ignore[method-assign]
        self.courses: list[Course] = []
        for each in plan.every():
            self.courses.append(Course(self, each, enter))
        self.nodes = self.courses[0].nodes

    def run(self) -> EventLog:
        """Carry the run out."""
        plan = self.plan
        for course in self.courses:
            course.begin()
        if self.posts:
            self.posts.begin(self)
        self.clock.push(plan.length, CLOSING, 0, Signal(self._close))
        self.clock.stop(plan.horizon)
        with deep_calls(plan):
            self.clock.run()
        return self._finish(self.clock.now)

    # -- cases -------------------------------------------------------------------------------------------------------

    def count_case(self, need: int, source: int) -> int:
        """Number a new case; nobody waits for the end of the backlog."""
        number = self._cases
        self._cases += 1
        if need < self.plan.length and source != BACKLOG:
            self._cohort += 1
        return number

    def ended(self, case: Case, now: int) -> None:
        """The last token of a case is gone."""
        case.ended = now
        number = case.number
        self.recorder.keep(number, _case_row(case))
        del self.open[number]
        if case.need < self.plan.length and case.source != BACKLOG:
            self._cohort -= 1
            if self._closed and not self._cohort:
                self.clock.stop(now)

    def _ended_called(self, case: Case, now: int) -> None:
        """The last token of a case is gone: the call that waits for it hears of it."""
        Replication.ended(self, case, now)
        if case.caller is not None:
            case.caller.heard(case, now)

    def _ended_waiting(self, ended: Callable[[Case, int], None], case: Case, now: int) -> None:
        """The last token of a case is gone: its client waits no longer."""
        if case.waiting is not None:
            case.waiting.over(now)
        ended(case, now)

    def _close(self, _: Signal) -> None:
        self._closed = True
        if not self._cohort:
            self.clock.stop(self.plan.length, HALT)

    def hold_limits(self, need: int) -> None:
        """Stop a run that would never settle, and say where it is stuck."""
        self._at_once = self._at_once + 1 if need == self._last_need else 0
        self._last_need = need
        if self._at_once > AT_ONCE:
            what = f"more than {AT_ONCE:,} cases arrive in one millisecond of day {need // DAY}"
            raise LimitError("BP710", what, "Let there be time between them: cases.arrivals.every.")
        self.hold_open(need)
        self.recorder.pack()

    def _refuse(self, most: int) -> None:
        """Stop a run with too many rows: what would number the next one calls this."""
        node = self.plan.settings.nodes[self.recorder.busiest()].name
        what = f"more than {most:,} work items by day {self.clock.now // DAY}, most of them at {node}"
        raise LimitError("BP709", what, "Shorten the experiment, or look for a loop that is left too seldom.")

    def hold_open(self, need: int) -> None:
        """Stop a run with too many open cases."""
        if len(self.open) > MOST_OPEN:
            what = f"more than {MOST_OPEN:,} cases are open on day {need // DAY}; {Unfinished(self).where_most()}"
            raise LimitError("BP711", what, "Add people there, or let fewer cases arrive.")

    # -- the end of the run ------------------------------------------------------------------------------------------

    def _finish(self, now: int) -> EventLog:
        unfinished = Unfinished(self)
        unfinished.write()
        unfinished.check()
        if self.posts:
            self.posts.finish()
        for number, case in self.open.items():
            self.recorder.keep(number, _case_row(case))
        return self.recorder.log(
            self.plan,
            seed=self.seed,
            replication=self.replication,
            stopped=now,
            attributes=[(course.numbers, course.attributes) for course in self.courses],
        )


@contextmanager
def deep_calls(plan: Plan) -> Iterator[None]:
    """Let a case go round nodes without time as often as the rules allow: each is a call inside the last."""
    before = sys.getrecursionlimit()
    timeless = sum(node.repeated and not node.work for node in plan.nodes)
    timeless += sum(len(plan.nodes) + DEEP_CALL for node in plan.nodes if node.repeated and node.call)
    most = max(one.max_visits for one in plan.every())
    sys.setrecursionlimit(before + 3 * (most + 1) * timeless)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _case_row(case: Case) -> tuple[int, ...]:
    family = (case.process, case.parent, case.source, case.position)
    return (case.need, case.opened, case.arrived, case.ended, case.outcome, case.channel, case.last, *family)


def _expressions(plan: Plan) -> list[tuple[str, ...]]:
    found = [text for each in plan.every() for text in (each.priority, each.preempts) if text]
    for node in plan.nodes:
        found += [condition for condition in node.conditions if condition]
        found += [part.factor for part in node.work if part.factor]
        found += [value for _, value in (*node.assign, *node.hands) if isinstance(value, Expression)]
        if node.call:
            found += [value for _, value in node.call.hands]
            found += [node.call.instances] if isinstance(node.call.instances, Expression) else []
    return [text.builtins() for text in found]
