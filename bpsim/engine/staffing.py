"""People of one role with one queue, all alike: the way that most work goes.

A simple pool hands work over directly as long as nothing else happens at the same millisecond; it gives the same rows
as a general pool (pools.py), which collects what an instant brings and dispatches at its end.
"""

from bisect import bisect_right
from collections import deque
from heapq import heappush
from operator import attrgetter

from bpsim.engine.clock import AVAILABLE, COMPLETION, BatchRun, Clock, Item, Signal
from bpsim.engine.plan import Plan
from bpsim.engine.queues import PoolPlan
from bpsim.values.calendars import NEVER

_by_key = attrgetter("key")


class SimplePool:
    """One role and one queue, strictly first come, first served."""

    __slots__ = (
        "_closes",
        "_freed",
        "_opens",
        "_pending",
        "_wake_at",
        "add",
        "clock",
        "closed",
        "dirty",
        "heap",
        "idle",
        "index",
        "line",
        "name",
        "opened",
        "since",
    )  # fmt: skip

    def __init__(self, index: int, pool: PoolPlan, plan: Plan, clock: Clock, *, since: list[int]) -> None:
        """Begin with everybody idle."""
        role = plan.roles[pool.roles[0]]
        table = plan.tables[role.calendar]
        self.index, self.name = index, ", ".join(plan.roles[role].name for role in pool.roles)
        self.clock = clock
        self.dirty = False
        self.heap = clock.heap
        self.add = table.add
        self._opens, self._closes = table.opens, table.closes
        self.opened = self.closed = -1
        self.since = since
        self.idle = deque(range(role.first_person, role.first_person + role.staff))
        self.line: deque[Item] = deque()
        self._pending: list[Item] = []
        self._freed: list[int] = []
        self._wake_at = -1

    def offer(self, item: Item, now: int) -> None:
        """Take in an item that has just been released."""
        item.released = now
        if self.heap[0][0] == now or item.work == 0:
            self._pending.append(item)
            self._settle_later(now)
        elif self.idle and (self.opened <= now < self.closed or self.on_shift(now)):
            self._start(item, self.idle.popleft(), now)
        else:
            self._queue_up(item, now)
            if self.idle:
                self._wake(now)

    def free(self, person: int, now: int) -> None:
        """Take back a person whose work is completed."""
        self.since[person] = now
        waiting = self.line
        if self.heap[0][0] == now or (waiting and (waiting[0].work == 0 or waiting[0].released == now)):
            self._freed.append(person)
            self._settle_later(now)
        elif waiting and (self.opened <= now < self.closed or self.on_shift(now)):
            self._start(waiting.popleft(), person, now)
        else:
            self._rest(person, now)
            if waiting:
                self._wake(now)

    def free_all(self, item: Item, now: int) -> None:
        """Take back the person who was at work on an item."""
        self.free(item.person, now)

    def settle(self, now: int) -> None:
        """Dispatch what this instant has brought."""
        self.dirty = False
        if self._pending:
            self._pending.sort(key=_by_key)
            for item in self._pending:
                self._queue_up(item, now)
            self._pending.clear()
        for person in self._freed:
            self._rest(person, now)
        self._freed.clear()
        waiting, idle = self.line, self.idle
        if waiting and idle:
            if not self.on_shift(now):
                self._wake(now)
                return
            while waiting and idle:
                self._start(waiting.popleft(), idle.popleft(), now)

    @staticmethod
    def load(run: BatchRun, setup: int, work: int) -> None:
        """Say what a run of a batch takes."""
        run.work = min(setup + work, NEVER)

    def proceed(self, run: BatchRun, work: int, now: int) -> None:
        """Go on with the next member of a run."""
        run.completed = self.add(now, work)
        heappush(self.heap, (run.completed, COMPLETION, run.key, run))

    def waiting(self) -> list[Item]:
        """List the items that nobody has started."""
        return [*self.line, *self._pending]

    def _start(self, item: Item, person: int, now: int) -> None:
        item.person = person
        item.started = now
        end = now + item.work
        if end > self.closed:
            end = self.add(now, item.work)
        item.completed = end
        heappush(self.heap, (end, COMPLETION, item.key, item))

    def on_shift(self, now: int) -> bool:
        """Tell whether the shift is open, and remember the opening."""
        if self.opened <= now < self.closed:
            return True
        i = bisect_right(self._opens, now) - 1
        if i < 0 or now >= self._closes[i]:
            return False
        self.opened, self.closed = self._opens[i], self._closes[i]
        return True

    def _queue_up(self, item: Item, now: int) -> None:
        """Join the queue; at one instant in the order of case and node."""
        waiting = self.line
        behind = []
        while waiting and waiting[-1].released == now and waiting[-1].key > item.key:
            behind.append(waiting.pop())
        waiting.append(item)
        waiting.extend(reversed(behind))

    def _rest(self, person: int, now: int) -> None:
        """Join the idle; at one instant in the order of numbers."""
        idle = self.idle
        behind = []
        while idle and self.since[idle[-1]] == now and idle[-1] > person:
            behind.append(idle.pop())
        idle.append(person)
        idle.extend(reversed(behind))

    def _settle_later(self, now: int) -> None:
        if not self.dirty:
            self.dirty = True
            self.clock.settle_later(self, now)

    def _wake(self, now: int) -> None:
        """Look again when the shift opens."""
        i = bisect_right(self._opens, now)
        if i < len(self._opens) and self._wake_at != self._opens[i]:
            self._wake_at = self._opens[i]
            heappush(self.heap, (self._wake_at, AVAILABLE, self.index, Signal(self._shift_opens)))

    def _shift_opens(self, _: Signal) -> None:
        self._settle_later(self._wake_at)
