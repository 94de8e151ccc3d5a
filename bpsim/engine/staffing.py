"""Pools, people and queues: who is on shift, who takes what next.

Two kinds of pool give the same rows. A simple pool (one role, one queue, first come first served) hands work over
directly as long as nothing else happens at the same millisecond. A general pool collects what an instant brings and
dispatches at its end.
"""

from bisect import bisect_left, bisect_right, insort
from collections import deque
from functools import partial
from heapq import heapify, heappop, heappush, heapreplace
from operator import attrgetter

from bpsim.engine.clock import AVAILABLE, COMPLETION, Clock, Item, Signal
from bpsim.engine.plan import Plan
from bpsim.engine.queues import PoolPlan
from bpsim.engine.recorder import Recorder
from bpsim.engine.streams import Streams, uniform
from bpsim.eventlog import OTHER_DUTIES
from bpsim.values.calendars import NEVER, OpenTable
from bpsim.values.distributions import Exponential

_by_key = attrgetter("key")
_by_order = attrgetter("order")


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


class Shift:
    """The hours of a role, with the opening in force at hand."""

    __slots__ = ("_add", "_closes", "_opens", "closed", "following", "opened")

    def __init__(self, table: OpenTable) -> None:
        """Begin before everything."""
        self._add, self._opens, self._closes = table.add, table.opens, table.closes
        self.opened = self.closed = self.following = -1

    def on(self, now: int) -> bool:
        """Tell whether it is open; `opened`, `closed` and `following` (the next opening) are those of this instant."""
        if self.opened <= now < self.closed:
            return True
        if not self.closed <= now < self.following:
            i = bisect_right(self._opens, now)
            self.opened, self.closed = (self._opens[i - 1], self._closes[i - 1]) if i else (-1, -1)
            self.following = self._opens[i] if i < len(self._opens) else NEVER
        return self.opened <= now < self.closed

    def add(self, now: int, work: int) -> int:
        """Give the end of work that begins now, while it is open."""
        end = now + work
        return end if end <= self.closed else self._add(now, work)


class GeneralPool:
    """Several roles or queues, priorities, kept items, other duties, work that has to fit into a shift."""

    def __init__(
        self, index: int, pool: PoolPlan, plan: Plan, clock: Clock, *, since: list[int], duties: "Duties"
    ) -> None:
        """Begin with everybody idle."""
        self.index, self.name = index, ", ".join(plan.roles[role].name for role in pool.roles)
        self.clock = clock
        self.dirty = False
        self._plan = plan
        self._since = since
        self._duties = duties
        self._heap = clock.heap
        self._roles = {role: plan.roles[role] for role in pool.roles}
        self._shifts = {role: Shift(plan.tables[plan.roles[role].calendar]) for role in pool.roles}
        self._idle = {role: list(range(r.first_person, r.first_person + r.staff)) for role, r in self._roles.items()}
        self._role_of = {person: role for role, people in self._idle.items() for person in people}
        self._groups = {queue: plan.queues[queue].groups for queue in pool.queues}
        self._eligible = {
            queue: frozenset(role for group in groups for role in group) for queue, groups in self._groups.items()
        }
        self._waiting: dict[int, list[Item]] = {queue: [] for queue in pool.queues}
        self._pending: list[Item] = []
        self._freed: list[int] = []
        self._wake_at = -1

    def offer(self, item: Item, now: int) -> None:
        """Take in an item that has just been released."""
        item.released = now
        self._pending.append(item)
        self.settle_later(now)

    def free(self, person: int, now: int) -> None:
        """Take back a person whose work is completed."""
        self._since[person] = now
        self._freed.append(person)
        self.settle_later(now)

    def remove(self, item: Item, now: int) -> None:  # noqa: ARG002 - pools of other kinds ask what time it is
        """Take away an item that waits."""
        if item in self._pending:
            self._pending.remove(item)
            return
        waiting = self._waiting[item.node.queue]
        del waiting[bisect_left(waiting, item.order, key=_by_order)]

    def stop(self, item: Item, now: int) -> None:
        """Break off an item that is being worked on: the person is free now."""
        self.free(item.person, now)

    def serves(self, person: int, queue: int) -> bool:
        """Tell whether a person is eligible for a queue of this pool."""
        return self._role_of.get(person, -1) in self._eligible[queue]

    def settle_later(self, now: int) -> None:
        """Take part in the dispatch of this instant."""
        if not self.dirty:
            self.dirty = True
            self.clock.settle_later(self, now)

    def look(self, _: Signal, *, at: int) -> None:
        """Take part in the dispatch of an instant that an event was set for."""
        self.settle_later(at)

    def settle(self, now: int) -> None:
        """Dispatch what this instant has brought."""
        self.dirty = False
        for item in self._pending:
            insort(self._waiting[item.node.queue], item, key=_by_order)
        self._pending.clear()
        for person in self._freed:
            self._duties.worked(person, now)
            insort(self._idle[self._role_of[person]], person, key=self._idle_order)
        self._freed.clear()
        if any(self._waiting.values()):
            self._assign(now)
            if any(self._waiting.values()):
                self._wake(now)

    def waiting(self) -> list[Item]:
        """List the items that nobody has started."""
        return [item for queue in self._waiting.values() for item in queue] + self._pending

    def _idle_order(self, person: int) -> tuple[int, int]:
        return self._since[person], person

    def _available(self, role: int, now: int) -> list[int]:
        """List who of a role is free, the longest idle first."""
        idle = self._idle[role]
        if not idle or not self._shifts[role].on(now):
            return []
        if not self._roles[role].block:
            return idle.copy()
        due, until, away_until = self._duties.due, self._duties.until, self._duties.away_until
        return [
            person for person in idle if (until[person] <= now if due[person] > now else away_until(person, now) <= now)
        ]

    def _assign(self, now: int) -> None:
        """Go through the waiting items in order; each takes the best free person."""
        free: dict[int, list[int]] = {}
        heads: list[tuple[tuple[float, int, int], int, int]] = []
        for queue, items in self._waiting.items():
            if items:
                for role in self._eligible[queue]:
                    if role not in free:
                        free[role] = self._available(role, now)
                if any(free[role] for role in self._eligible[queue]):
                    heads.append((items[0].order, queue, 0))
        heapify(heads)
        while heads:
            _, queue, place = heads[0]
            items = self._waiting[queue]
            person = self._choose(items[place], free, now)
            if person < 0:
                place += 1
            else:
                role = self._role_of[person]
                free[role].remove(person)
                self._idle[role].remove(person)
                self._start(items.pop(place), person, role, now)
            if place < len(items) and any(free[role] for role in self._eligible[queue]):
                heapreplace(heads, (items[place].order, queue, place))
            else:
                heappop(heads)

    def _choose(self, item: Item, free: dict[int, list[int]], now: int) -> int:
        if item.kept >= 0 and now < item.kept_until:
            role = self._role_of[item.kept]
            return item.kept if item.kept in free[role] and self._fits(item, role, now) else -1
        for group in self._groups[item.node.queue]:
            able = [free[role][0] for role in group if free[role] and self._fits(item, role, now)]
            if able:
                return min(able, key=self._idle_order)
        return -1

    def _fits(self, item: Item, role: int, now: int) -> bool:
        return not self._roles[role].fit or item.whole <= self._shifts[role].closed - now

    def _start(self, item: Item, person: int, role: int, now: int) -> None:
        item.person = person
        item.started = now
        item.completed = self._shifts[role].add(now, item.work)
        heappush(self._heap, (item.completed, COMPLETION, item.key, item))

    def _wake(self, now: int) -> None:
        """Look again when somebody idle comes back: from closed hours, from other duties, from too short a shift."""
        wanted = {role for queue, items in self._waiting.items() if items for role in self._eligible[queue]}
        until = self._duties.until
        best = NEVER
        for role in wanted:
            if not self._idle[role]:
                continue
            shift = self._shifts[role]
            if not shift.on(now) or self._roles[role].fit:
                best = min(best, shift.following)
            if self._roles[role].block:
                back = min((until[person] for person in self._idle[role] if until[person] > now), default=NEVER)
                best = min(best, back)
        if best < NEVER and self._wake_at != best:
            self._wake_at = best
            heappush(self._heap, (best, AVAILABLE, self.index, Signal(partial(self.look, at=best))))


class Duties:
    """Other duties: blocks of work outside the model, between exponential gaps, in working time."""

    def __init__(self, plan: Plan, streams: Streams, recorder: Recorder) -> None:
        """Draw everybody's first phase."""
        people = sum(role.staff for role in plan.roles)
        self._record = recorder.duties
        self.until = [0] * people
        self.due = [NEVER] * people
        self._gaps = [0] * people
        self._role = [role for role in plan.roles for _ in range(role.staff)]
        self._tables = [plan.tables[role.calendar] for role in plan.roles for _ in range(role.staff)]
        self._keys = [streams.key("duty", role.name) for role in plan.roles for _ in range(role.staff)]
        gaps = [Exponential("", role.block * (1 - role.share) / (role.share or 1)) for role in plan.roles]
        self._gap = [gap for gap, role in zip(gaps, plan.roles, strict=True) for _ in range(role.staff)]
        self._horizon = plan.horizon
        for role in plan.roles:
            if role.block and role.share > 0:
                phase = streams.key("duty phase", role.name)
                for ordinal in range(role.staff):
                    self._begin(role.first_person + ordinal, uniform(phase, 0, ordinal))

    def _begin(self, person: int, u: float) -> None:
        role = self._role[person]
        if u < role.share:
            self._block(person, 0, round(role.block * (u / role.share)))
        else:
            self.due[person] = self._next_due(person, 0)

    def _block(self, person: int, start: int, length: int) -> None:
        end = self._tables[person].add(start, length)
        if start <= self._horizon:
            self._record += (person, start, end, OTHER_DUTIES)
        self.until[person] = end
        self.due[person] = self._next_due(person, end)

    def _next_due(self, person: int, start: int) -> int:
        role = self._role[person]
        if start >= NEVER:
            return NEVER
        u = uniform(self._keys[person], self._gaps[person], person - role.first_person)
        self._gaps[person] += 1
        return self._tables[person].add(start, round(self._gap[person].quantile(u)))

    def away_until(self, person: int, now: int) -> int:
        """Bring an idle person's duties up to now; give the end of the latest block that has begun."""
        while self.due[person] <= now:
            self._block(person, self.due[person], self._role[person].block)
        return self.until[person]

    def worked(self, person: int, now: int) -> None:
        """Start the block that became due during the work that ends now, if one did."""
        if self.due[person] <= now:
            self._block(person, now, self._role[person].block)

    def finish(self, now: int, busy: set[int]) -> None:
        """Write down the blocks of everybody idle, up to the end of the run."""
        for person, role in enumerate(self._role):
            if role.block and person not in busy:
                self.away_until(person, now)
