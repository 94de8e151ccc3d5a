"""The instants of a run: the phases of a millisecond, and the one place that reaches into SimPy's event list.

An entry of SimPy's event list is (time, priority, number, event). Events are put there directly, at their absolute
time, with the phase as the priority and a number that says who is concerned (case and node, person or pool) instead
of a counter: the order within an instant belongs to the model and not to the order of scheduling.
"""

from collections.abc import Callable
from heapq import heappush
from typing import TYPE_CHECKING, Any, ClassVar

import simpy

from bpsim.errors import LimitError
from bpsim.eventlog import NONE

if TYPE_CHECKING:
    from bpsim.engine.draws import Case
    from bpsim.engine.plan import NodePlan

CLOSING, HALT, COMPLETION, CANCELLATION, TIMER, MESSAGE, AVAILABLE, ARRIVING, BATCH, RENEGING, DISPATCH, STOP = (
    -2,
    -1,
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    99,
)

#: More dispatches than this in one millisecond stop a run: time stands still.
MOST_ROUNDS = 1_000_000

Callbacks = tuple[Callable[[Any], None], ...]


class Occasion:
    """The least that SimPy asks of an event: callbacks, and that it did not fail."""

    __slots__ = ("callbacks",)
    _ok: ClassVar[bool] = True
    callbacks: Callbacks | None

    def __lt__(self, other: object) -> bool:
        """Let two signals of one instant, phase and number stand in either order (they do the same thing)."""
        return False


class Signal(Occasion):
    """An event that does nothing but call."""

    __slots__ = ()

    def __init__(self, *callbacks: Callable[[Any], None]) -> None:
        """Call these when the time has come."""
        self.callbacks = callbacks


#: What every item has: those that only pass through simple pools are no larger, as there are so many of them.
LEAST = (
    "case",
    "completed",
    "created",
    "key",
    "node",
    "origin",
    "person",
    "pred",
    "released",
    "started",
    "transferred",
    "visit",
    "work",
)  # fmt: skip
#: What an item has elsewhere.
MORE = (
    "barred",
    "breaks",
    "crew",
    "hold_at",
    "holds",
    "kept",
    "kept_until",
    "order",
    "pace",
    "patience",
    "rivals",
    "run",
    "setup",
    "standing",
    "stint",
    "stints",
    "taken",
    "timers",
    "whole",
)  # fmt: skip


class Item(Occasion):
    """A work item: token, queue entry and event of its own completion. It is made empty, and filled as it lives."""

    __slots__ = LEAST

    case: "Case"
    node: "NodePlan"
    key: int
    visit: int
    pred: int
    origin: int
    created: int
    transferred: int
    released: int
    started: int
    completed: int
    person: int
    work: int
    whole: int
    patience: int  # in its queue, where items have one (see clients.py)
    # in a general pool (see pools.py):
    order: tuple[float, ...]  # the place in its queue
    standing: tuple[float, int, int, int]  # among the queues: priority, preemption, released, key
    breaks: bool  # into work of lower rank
    setup: int  # what is left of it
    pace: float  # of who did the work last; 0 before its start
    taken: int  # when that person took it; -1 when they have left since
    stint: "Stint | None"  # in which somebody is at work on it
    stints: list[tuple[int, int, int, int]]  # person, start, end, why it ended: so far, and as planned
    kept: tuple[int, ...]  # for whom, until kept_until
    kept_until: int
    barred: tuple[int, ...]  # who may not take it
    # where several people are wanted at once (see crews.py):
    crew: tuple[int, ...]  # who is at work on it, by seat
    hold_at: int  # from when on people are held for it
    holds: list[tuple[int, int, int]]  # who was held, from when until when
    # where items may be taken away (see cancelling.py):
    timers: dict[bool, Signal]  # the next to fire while it is under way, and while it is held (True)
    rivals: "tuple[Item, ...]"  # of which only one is completed
    run: "BatchRun | None"  # that it was released with


class Whole(Item):
    """An item with everything that may happen to it: transfers, batches, general pools, boundaries."""

    __slots__ = MORE


class BatchRun(Whole):
    """A run of a batch: one piece of work; `visit` is the place of the member whose turn it is."""

    __slots__ = ("batch", "members", "one_by_one", "passed", "rows")

    members: list[Item]
    batch: int
    one_by_one: bool
    passed: int  # when the present member's turn came; -1 for the first
    rows: list[int]  # of the members; -1 for those who have none yet

    def turn(self, rows: list[int]) -> None:
        """Pass the turn to the next member without a row (or beyond the last)."""
        while self.visit < len(rows) and rows[self.visit] >= 0:
            self.visit += 1

    def behind(self) -> list[Item]:
        """List the members whose turn is still to come."""
        rest = zip(self.members[self.visit + 1 :], self.rows[self.visit + 1 :], strict=True)
        return [member for member, row in rest if row < 0]

    def since(self) -> int:
        """Give the start of the member whose turn it is: that of the run for the first, then when the turn passed."""
        return self.started if self.passed == NONE else self.passed


class Stint(Occasion):
    """The end of a piece of work on an item, where work may be broken off: then its callbacks are taken away."""

    __slots__ = ("item",)

    def __init__(self, item: Item, callbacks: Callbacks) -> None:
        """Call these when the work is done."""
        self.item, self.callbacks = item, callbacks

    def __lt__(self, other: object) -> bool:
        """Come in the order of the items, where they have one (see Chase)."""
        return isinstance(other, Stint) and self.item < other.item


class Clock:
    """SimPy's environment, and what is needed to put events into it."""

    def __init__(self) -> None:
        """Start at 0."""
        self.environment = simpy.Environment(initial_time=0)
        self.heap: list[tuple[int, int, float, Any]] = self.environment._queue  # type: ignore[assignment]  # noqa: SLF001
        self._stop = simpy.Event(self.environment)
        self._stop._ok = True  # noqa: SLF001
        self._stop._value = None  # noqa: SLF001
        self.dirty: list[Any] = []
        self._dispatch_at = -1
        self._instant, self._rounds = -1, 0

    @property
    def now(self) -> int:
        """The present instant."""
        return int(self.environment.now)

    def push(self, time: int, phase: int, number: float, event: Any) -> None:  # noqa: ANN401
        """Put an event into the event list."""
        heappush(self.heap, (time, phase, number, event))

    def dispatch(self, now: int) -> None:
        """Make sure that a dispatch ends this instant."""
        if self._dispatch_at != now:
            self._dispatch_at = now
            heappush(self.heap, (now, DISPATCH, 0, Signal(self._settle)))

    def settle_later(self, pool: Any, now: int) -> None:  # noqa: ANN401
        """Let a pool take part in the dispatch of this instant."""
        self.dirty.append(pool)
        self.dispatch(now)

    def _settle(self, _: Signal) -> None:
        now, self._dispatch_at = self._dispatch_at, -1
        pools, self.dirty[:] = tuple(self.dirty), ()
        self._rounds = self._rounds + 1 if now == self._instant else 0
        self._instant = now
        if self._rounds > MOST_ROUNDS:
            names = "; ".join(pool.name for pool in pools) or "nobody"
            what = f"time stands still at {now:,} ms: {MOST_ROUNDS:,} rounds of work without duration for {names}"
            raise LimitError("BP710", what, "Give that work a duration.")
        for pool in pools:
            pool.settle(now)

    def stop(self, time: int, phase: int = STOP) -> None:
        """Stop the run after everything else at an instant (or before it)."""
        heappush(self.heap, (time, phase, len(self.heap), self._stop))

    def run(self) -> None:
        """Carry out events until the stop."""
        self.environment.run(until=self._stop)
