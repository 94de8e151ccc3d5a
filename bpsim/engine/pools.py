"""Pools of people who differ: several roles or queues, priorities, preemption, absences, their own hours and pace.

A general pool collects what an instant brings and dispatches at its end. The end of a piece of work is a `Stint` in the
clock and not the item itself, so that work can be broken off.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from functools import partial
from heapq import heapify, heappop, heappush, heapreplace, merge
from itertools import islice

from bpsim.engine.absences import Absences
from bpsim.engine.clock import AVAILABLE, COMPLETION, BatchRun, Clock, Item, Signal, Stint
from bpsim.engine.crews import Crews, Joint
from bpsim.engine.kept import Kept, by_order
from bpsim.engine.pace import Pace, Paces
from bpsim.engine.plan import Plan
from bpsim.engine.posts import Left
from bpsim.engine.queues import PoolPlan
from bpsim.engine.roles import RolePlan
from bpsim.engine.shifts import Shift
from bpsim.engine.stints import cut
from bpsim.engine.streams import Streams, uniform
from bpsim.eventlog import DONE, NONE, PREEMPTED, TAKEN_OUT
from bpsim.model.seats import most, seated
from bpsim.values.calendars import NEVER


class Kind:
    """The people of a role who have the same hours: who is idle of them, the longest first."""

    __slots__ = ("away", "fit", "idle", "shift")

    def __init__(self, role: RolePlan, shift: Shift) -> None:
        """Begin with nobody."""
        self.idle: list[int] = []
        self.shift = shift
        self.fit = role.fit
        self.away = bool(
            role.training or role.block or role.absences or any(p.begins or p.ends < NEVER for p in role.people)
        )


Groups = tuple[tuple[Kind, ...], ...]
#: The item that is next in a line: its standing, the queue, behind whom the line is (-1: nobody), its place, the line.
Head = tuple[tuple[float, int, int, int], int, int, int, list[Item]]


class GeneralPool:
    """People of several roles, with whatever the language knows."""

    __slots__ = (
        "_absences", "_at_work", "_crews", "_eligible", "_end", "_ends", "_fixed", "_freed", "_groups",
        "_heap", "_holding", "_joint", "_kept", "_kind_of", "_kinds", "_leaving", "_lots", "_over", "_pace", "_pending",
        "_plan", "_pool", "_proficiency", "_seats", "_since", "_waiting", "_wake_at", "clock", "dirty",
        "index", "name",
    )  # fmt: skip

    def __init__(
        self,
        index: int,
        pool: PoolPlan,
        plan: Plan,
        clock: Clock,
        *,
        since: list[int],
        absences: Absences,
        streams: Streams,
        paces: Paces | None,
    ) -> None:
        """Begin with everybody idle."""
        self.index, self.name = index, ", ".join(plan.roles[role].name for role in pool.roles)
        self.clock = clock
        self.dirty = False
        self._plan, self._pool, self._since, self._absences = plan, pool, since, absences
        self._heap = clock.heap
        self._over = (self._ended,)
        self._kinds: dict[tuple[int, int], Kind] = {}
        self._kind_of: dict[int, Kind] = {}
        self._proficiency: dict[int, float] = {}
        self._ends: dict[int, int] = {}
        for role in pool.roles:
            self._hire(plan.roles[role], role)
        self._groups = {
            queue: tuple(tuple(self._kinds_of(group)) for group in plan.queues[queue].groups) for queue in pool.queues
        }
        self._eligible = {
            queue: tuple(kind for group in groups for kind in group) for queue, groups in self._groups.items()
        }
        self._waiting: dict[int, list[Item]] = {queue: [] for queue in pool.queues}
        self._kept = Kept(pool.queues)
        self._lots = {
            node.lineage: streams.key("lot", node.lineage)
            for node in plan.nodes
            if node.queue in self._waiting and plan.queues[node.queue].discipline == "siro"
        }
        self._seats = {
            queue: tuple(tuple(tuple(self._kinds_of(group)) for group in groups) for groups in plan.queues[queue].seats)
            for queue in pool.queues
            if plan.queues[queue].seats
        }
        self._holding = {node.queue for node in plan.nodes if node.together and node.hold_after != NEVER}
        held = {kind for queue in self._seats if queue in self._holding for kind in self._eligible[queue]}
        self._fixed = {queue for queue in pool.queues if queue in self._seats or held & set(self._eligible[queue])}
        self._end = any(end < NEVER for end in self._ends.values())
        self._crews, self._joint = Crews(), Joint()
        self._pace: Pace = paces.of if paces else self._proficiency_of
        self._at_work: dict[int, Item] = {}
        self._leaving: dict[int, Left] = {}
        self._pending: list[Item] = []
        self._freed: list[int] = []
        self._wake_at = -1

    def _hire(self, role: RolePlan, number: int) -> None:
        for ordinal, plan in enumerate(role.people):
            person, hours = role.first_person + ordinal, plan.calendar
            if (number, hours) not in self._kinds:
                shift = Shift(self._plan.tables[hours], finish=role.at_shift_end == "finish")
                self._kinds[number, hours] = Kind(role, shift)
            kind = self._kind_of[person] = self._kinds[number, hours]
            kind.idle.append(person)
            self._proficiency[person], self._ends[person] = plan.proficiency, plan.ends

    def _kinds_of(self, roles: Iterable[int]) -> list[Kind]:
        wanted = set(roles)
        return [kind for (role, _), kind in self._kinds.items() if role in wanted]

    # -- what comes and goes -----------------------------------------------------------------------------------------

    def offer(self, item: Item, now: int) -> None:
        """Take in an item that has just been released."""
        item.released = now
        item.started = item.person = NONE
        item.stint, item.stints, item.pace = None, [], 0.0
        self._pending.append(item)
        self.settle_later(now)

    @staticmethod
    def load(run: BatchRun, setup: int, work: int) -> None:
        """Say what a run of a batch takes: the setup, and the work after it."""
        run.setup, run.work = setup, work

    def free(self, person: int, now: int) -> None:
        """Take back a person whose work is completed."""
        del self._at_work[person]
        self._since[person] = now
        self.settle_later(now)
        self._freed.append(person)
        if person in self._leaving:
            self._leaving.pop(person)(person, now)

    def dismiss(self, person: int, now: int, left: Left, later: Left) -> None:
        """Let a person leave; `left` is told. After the work that they are at `later` is told instead."""
        if person in self._at_work:
            self._leaving[person] = later
            return
        self._part(person, now, left)
        if person in self._freed:
            self._freed.remove(person)
            self._absences.worked(person, now)
        else:
            self._absences.away_until(person, now)
            self._kind_of[person].idle.remove(person)
        self.settle_later(now)

    def _part(self, person: int, now: int, left: Left) -> None:
        """Let nothing be kept for a person who has left, or barred to the next, and nobody go on in their place."""
        self._pending += self._kept.without(person)
        for item in (*self.waiting(), *self._at_work.values()):  # work that is broken off waits again
            item.kept = tuple(other for other in item.kept if other != person)
            item.barred = tuple(other for other in item.barred if other != person)
            if item.person == person:
                item.taken = NONE
        left(person, now)

    def welcome(self, person: int, now: int) -> None:
        """Take in who has been hired."""
        self._since[person] = NONE
        insort(self._kind_of[person].idle, person, key=self._idle_order)
        self.settle_later(now)

    def free_all(self, item: Item, now: int) -> None:
        """Take back everybody who was at work on an item."""
        for person in item.crew if item.node.together else (item.person,):
            if item.node.together:
                self._absences.worked(person, now, common=True)
            self.free(person, now)

    def let_go(self, item: Item, now: int) -> None:
        """Hold nobody any more for an item that waits."""
        self._crews.release(item, now)

    def remove(self, item: Item, now: int) -> None:
        """Take away an item that waits."""
        if self._crews.held:  # without this item another may be next, and take who is held
            self.settle_later(now)
        if item.node.together:
            self.let_go(item, now)
        if item in self._pending:
            self._pending.remove(item)
            return
        if self._kept.out(item):
            return
        waiting = self._waiting[item.node.queue]
        del waiting[bisect_left(waiting, item.order, key=by_order)]

    def stop(self, item: Item, now: int) -> None:
        """Take away an item that has been started: whoever works on it is free now."""
        if item.stint is None:
            self.remove(item, now)
        elif item.node.together:
            item.stint.callbacks, item.stint = (), None
            self.free_all(item, now)
        else:
            self._break_off(item, now, TAKEN_OUT)
            self.free(item.person, now)

    def proceed(self, run: BatchRun, work: int, now: int) -> None:
        """Go on with the next member of a run, by the same person, or whoever takes the run when it waits again."""
        run.setup, run.work, run.stints = 0, self._scaled(work, run.pace), []
        if run.node.together:
            if run.stint is not None:
                run.stint.callbacks = ()
            self._schedule_all(run, now)
        elif run.person in self._at_work and self._at_work[run.person] is run:
            if run.stint is not None:
                run.stint.callbacks = ()
            self._schedule(run, run.person, now)

    def serves(self, person: int, queue: int) -> bool:
        """Tell whether a person is eligible for a queue of this pool."""
        return self._kind_of.get(person) in self._eligible[queue]

    def employs(self, person: int, now: int) -> bool:
        """Tell whether an employment has not ended yet: it lasts until the work at hand is completed."""
        return now < self._ends[person] or person in self._at_work or person in self._freed

    def waiting(self) -> list[Item]:
        """List the items that nobody is at work on."""
        return [item for queue in self._waiting.values() for item in queue] + [*self._kept.items] + self._pending

    # -- dispatch ----------------------------------------------------------------------------------------------------

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
        for person in self._freed:
            self._absences.worked(person, now)
            insort(self._kind_of[person].idle, person, key=self._idle_order)
        self._freed.clear()
        if self._kept.items:
            self._let_out(now)
        for item in self._pending:
            if item.kept:
                self._queue_up(item, now)
            else:
                insort(self._waiting[item.node.queue], item, key=by_order)
        self._pending.clear()
        if any(self._waiting.values()) or self._kept.items:
            self._assign(now)
        if self._seats:
            self._crews.settle(now)
        if any(self._waiting.values()) or self._kept.items:
            self._wake(now)

    def _let_out(self, now: int) -> None:
        """Let others look at what was kept until now, or for somebody whose employment has ended."""
        self._pending += self._kept.due(now)
        for person in self._kept.people() if self._end else ():
            if not self.employs(person, now):
                self._pending += self._kept.without(person)

    def _queue_up(self, item: Item, now: int) -> None:
        """Put an item into its queue; or behind its people, as long as nobody else may take it or is held for it."""
        queue = item.node.queue
        plain = self._plan.queues[queue].discipline == "fifo" and not item.breaks
        if plain and (people := self._only(item, now)):
            until = min(item.kept_until, item.hold_at) if queue in self._seats else item.kept_until
            if now < until:
                self._kept.put(item, people, until)
                return
        insort(self._waiting[queue], item, key=by_order)

    def _idle_order(self, person: int) -> tuple[int, int]:
        return self._since[person], person

    def _available(self, kind: Kind, now: int) -> list[int]:
        """List who of a kind is free, the longest idle first."""
        idle = kind.idle
        if not idle or not kind.shift.on(now):
            return []
        if not kind.away:
            return idle.copy()
        due, until, away_until = self._absences.due, self._absences.until, self._absences.away_until
        return [
            person for person in idle if (until[person] <= now if due[person] > now else away_until(person, now) <= now)
        ]

    def _line(self, queue: int, now: int) -> list[Item]:
        """Give the items of a queue in the order of their turns."""
        items = self._waiting[queue]
        if self._plan.queues[queue].discipline != "siro" or len(items) == 1:
            return items

        def lot(item: Item) -> tuple[float, ...]:
            at = item.released if queue in self._fixed else now
            drawn = uniform(self._lots[item.node.lineage], at, item.case.position)
            return (*item.standing[:2], drawn, *item.standing[2:])

        return sorted(items, key=lot)

    def _assign(self, now: int) -> None:
        """Go through the waiting items in order; each takes the best free person, or one whose work it breaks into."""
        while self._pass(now):  # what was interrupted has its turn too
            pass

    def _pass(self, now: int) -> bool:
        """Go through the waiting items once; tell whether that ended with an interruption."""
        self._crews.begin()
        free, breaks = self._free(now), self._pool.breaks
        heads = self._heads(free, now)
        while heads:
            standing, queue, behind, place, line = heads[0]
            able = self._eligible[queue]
            if behind >= 0 and (place == len(line) or line[place].standing != standing):
                pass  # it was kept for others too, and has been taken from behind them
            elif queue in self._seats:
                if not self._seat(line, place, free, now):
                    place = len(line) if self._short(queue, free) else place + 1
            elif (person := self._choose(line[place], free, now)) >= 0:
                kind = self._kind_of[person]
                free[kind].remove(person)
                kind.idle.remove(person)
                self._take(line, place, person, now)
            elif breaks and line[place].breaks and (person := self._interrupted(line[place], now)) >= 0:
                self._take(line, place, person, now)
                return True
            else:
                place += 1
            on = place < len(line) and (breaks or any(free[kind] for kind in able))
            if on and (behind < 0 or behind in free[self._kind_of[behind]]):
                heapreplace(heads, (line[place].standing, queue, behind, place, line))
            else:
                heappop(heads)
        return False

    def _heads(self, free: dict[Kind, list[int]], now: int) -> list[Head]:
        """List the heads of the queues, and of the lines behind people, that somebody may take from."""
        heads: list[Head] = []
        for queue, items in self._waiting.items():
            if items and (self._pool.breaks or any(free[kind] for kind in self._eligible[queue])):
                line = self._line(queue, now)
                heads.append((line[0].standing, queue, NONE, 0, line))
        if self._kept.items:
            there = {person for people in free.values() for person in people}
            for queue, lines in self._kept.lines.items():
                heads += [(lines[who][0].standing, queue, who, 0, lines[who]) for who in lines.keys() & there]
        heapify(heads)
        return heads

    def _asked(self) -> dict[Kind, None]:
        """Give the kinds of people that somebody waits for."""
        lines, eligible = self._kept.lines, self._eligible
        asked = [queue for queue, items in self._waiting.items() if items or lines[queue]]
        return {kind: None for queue in asked for kind in eligible[queue]}

    def _free(self, now: int) -> dict[Kind, list[int]]:
        """List who is free, of every kind that somebody waits for."""
        return {kind: self._available(kind, now) for kind in self._asked()}

    def _choose(self, item: Item, free: dict[Kind, list[int]], now: int) -> int:
        only = self._only(item, now)
        for group in self._groups[item.node.queue]:
            able = [self._first(item, kind, free[kind], only, now) for kind in group if free[kind]]
            able = [person for person in able if person >= 0]
            if able:
                return min(able, key=self._idle_order)
        return NONE

    def _first(self, item: Item, kind: Kind, people: list[int], only: tuple[int, ...], now: int) -> int:
        if not (kind.fit or only or item.barred):
            return people[0]
        wanted = people
        if only:
            there = [person for person in only if self._kind_of[person] is kind and person in people]
            wanted = sorted(there, key=self._idle_order)
        return next((person for person in wanted if self._may(item, person, only, now)), NONE)

    def _may(self, item: Item, person: int, only: tuple[int, ...], now: int) -> bool:
        """Tell whether a free person may take an item that is kept for some (empty: for nobody)."""
        wanted = person not in item.barred and (not only or person in only)
        return wanted and self._fits(item, person, now)

    def _only(self, item: Item, now: int) -> tuple[int, ...]:
        """Give for whom an item is kept now: nobody (empty) when it is open to everybody."""
        if not item.kept or now >= item.kept_until:
            return ()
        return tuple(person for person in item.kept if self.employs(person, now))

    def _fits(self, item: Item, person: int, now: int) -> bool:
        kind = self._kind_of[person]
        return not kind.fit or self._takes(item, person, now) <= kind.shift.closed - now

    # -- several people at once --------------------------------------------------------------------------------------

    def _seat(self, line: list[Item], place: int, free: dict[Kind, list[int]], now: int) -> bool:
        """Start an item with a person for each seat; or hold those who are there, when it has waited long enough."""
        item = line[place]
        seats, kept = self._seats[item.node.queue], self._only(item, now)
        mine = {self._kind_of[person] for person in kept}
        place_kept = next((i for i, groups in enumerate(seats) if any(mine & set(group) for group in groups)), NONE)
        able = [self._able(item, groups, free, kept if i == place_kept else (), now) for i, groups in enumerate(seats)]
        crew = seated([list(islice(people, len(seats))) for people in able])
        whole = NONE not in crew
        if not whole and now < item.hold_at:
            return False
        for person in crew:
            if person >= 0:
                free[self._kind_of[person]].remove(person)
        if not whole:
            self._crews.hold(item, crew)
            return False
        self._drawn(line, place)
        item.crew, item.person, item.started, item.taken = tuple(crew), crew[0], now, now
        for person in crew:
            self._kind_of[person].idle.remove(person)
            self._at_work[person] = item
        item.pace = min(self._pace(person, item, now) for person in crew)
        item.work = self._scaled(item.work, item.pace)
        self._schedule_all(item, now)
        return True

    def _short(self, queue: int, free: dict[Kind, list[int]]) -> bool:
        """Tell whether there are too few for the seats of a queue, whoever is wanted, and nobody is held for them."""
        if queue in self._holding:
            return False
        seats = self._seats[queue]
        able = [[who for group in groups for kind in group for who in free[kind][: len(seats)]] for groups in seats]
        return most(able) < len(seats)

    def _able(
        self, item: Item, groups: Groups, free: dict[Kind, list[int]], only: tuple[int, ...], now: int
    ) -> Iterator[int]:
        """Give the free people who may take a seat, in the order of choice."""
        for group in groups:
            for person in merge(*(free[kind] for kind in group), key=self._idle_order):
                if self._may(item, person, only, now):
                    yield person

    def _schedule_all(self, item: Item, now: int) -> None:
        """Put the end of work into the clock that goes on in the hours that everybody on it has in common."""
        shifts = [self._kind_of[person].shift for person in item.crew]
        tables = [shift.table for shift in shifts if not shift.finish]
        item.completed = self._joint.add(tables, now, item.setup + item.work)
        item.stints += [(person, now, item.completed, DONE) for person in item.crew]
        item.stint = stint = Stint(item, self._over)
        heappush(self._heap, (item.completed, COMPLETION, item.key, stint))

    # -- work --------------------------------------------------------------------------------------------------------

    def _proficiency_of(self, person: int, _item: Item, _now: int) -> float:
        return self._proficiency[person]

    def _paced(self, person: int, item: Item, now: int) -> float:
        """Give the pace of a person at an item; who was at it last goes on as before."""
        same = item.pace and item.person == person and item.taken != NONE
        return item.pace if same else self._pace(person, item, now)

    def _takes(self, item: Item, person: int, now: int) -> int:
        """Give how long a person takes for an item, or for what is left of it."""
        pace = self._paced(person, item, now)
        work = item.setup + self._work(item, pace)
        if isinstance(item, BatchRun) and item.one_by_one:
            work += sum(self._scaled(member.work, pace) for member in item.behind())
        return work

    def _work(self, item: Item, pace: float) -> int:
        """Give the work without the setup, at a pace: that of an item begun is left by somebody with another one."""
        if not item.pace:
            return self._scaled(item.work, pace)
        return item.work if item.pace == pace else round(min(item.work * item.pace / pace, NEVER))

    @staticmethod
    def _scaled(work: int, pace: float) -> int:
        return work if pace in (0.0, 1.0) else round(min(work / pace, NEVER))

    def _drawn(self, line: list[Item], place: int) -> Item:
        """Take an item out of a line, and out of its queue."""
        item = line[place]
        if not self._kept.out(item):
            del line[place]
            if line is not self._waiting[item.node.queue]:
                self._waiting[item.node.queue].remove(item)
        return item

    def _take(self, line: list[Item], place: int, person: int, now: int) -> None:
        """Let a person start, or go on with, an item of a line."""
        item = self._drawn(line, place)
        if item.started == NONE:
            item.started = now
        elif isinstance(item, BatchRun) and not item.stints:
            item.passed = now  # the turn came to its member while the run waited
        pace = self._paced(person, item, now)
        item.person, item.taken = person, now
        item.work, item.pace = self._work(item, pace), pace
        self._at_work[person] = item
        self._schedule(item, person, now)

    def _schedule(self, item: Item, person: int, now: int) -> None:
        """Put the end of the work into the clock."""
        stretches = self._absences.stretches(
            person, self._kind_of[person].shift, now, min(item.setup + item.work, NEVER)
        )
        item.stints += [(person, *stretch) for stretch in stretches]
        item.completed = stretches[-1][1]
        item.stint = stint = Stint(item, self._over)
        heappush(self._heap, (item.completed, COMPLETION, item.key, stint))

    @staticmethod
    def _ended(stint: Stint) -> None:
        """Complete the piece of work that ends now."""
        item = stint.item
        item.stint = None
        for callback in item.callbacks or ():
            callback(item)

    def _break_off(self, item: Item, now: int, cause: int) -> None:
        """Break off the work on an item: what is left of it, and its stretches so far."""
        assert item.stint is not None  # noqa: S101 - narrows the type; only work that goes on is broken off
        item.stint.callbacks, item.stint = (), None
        shift = self._kind_of[item.person].shift
        item.stints = cut(item.stints, now, cause)
        mine = [one for one in item.stints if one[0] == item.person and one[1] >= item.taken]
        done = sum(shift.worked(start, end) for _, start, end, _ in mine)
        item.setup, done = max(0, item.setup - done), max(0, done - item.setup)
        item.work = max(0, item.work - done)

    def _interrupted(self, item: Item, now: int) -> int:
        """Find who is to leave their work for an item that breaks in, and let them."""
        people = self._only(item, now) or tuple(self._at_work)
        able = set(self._eligible[item.node.queue])
        best: tuple[float, int, int, int] | None = None
        for person in people:
            other, kind = self._at_work.get(person), self._kind_of[person]
            if other is None or other.node.together or kind not in able or person in item.barred:
                continue
            if other.standing[:2] <= item.standing[:2] or not kind.shift.on(now):
                continue
            if now < self._ends[person] and self._absences.back(person, now) == NEVER and self._fits(item, person, now):
                found = (*other.standing[:2], other.taken, -person)
                best = found if best is None else max(best, found)
        if best is None:
            return NONE
        person = -best[3]
        other = self._at_work.pop(person)
        self._break_off(other, now, PREEMPTED)
        self._queue_up(other, now)
        return person

    def _leaves(self, person: int, item: Item, now: int) -> int:
        """Give the instant at which a person who is held for an item goes off shift or away, or it no longer fits."""
        kind = self._kind_of[person]
        fits = NEVER
        if kind.fit:  # by the pace that they will have then
            still = range(now, kind.shift.closed + 1)
            fits = now + bisect_left(still, 1, key=lambda at: self._takes(item, person, at) > kind.shift.closed - at)
        return min(kind.shift.closed, fits, self._absences.due[person], self._ends[person])

    def _wake(self, now: int) -> None:
        """Look again when somebody comes back: from closed hours, from being away, from too short a shift."""
        breaks = self._pool.breaks and any(item.breaks for items in self._waiting.values() for item in items)
        until = self._absences.until
        best = min((self._leaves(person, item, now) for person, (item, _) in self._crews.held.items()), default=NEVER)
        for kind in self._asked():
            if (kind.idle or breaks) and (not kind.shift.on(now) or kind.fit):
                best = min(best, kind.shift.following)
            if kind.away and kind.idle:
                best = min(best, min((until[person] for person in kind.idle if until[person] > now), default=NEVER))
        if self._end:
            kept = {person for items in self._waiting.values() for item in items for person in self._only(item, now)}
            kept |= self._kept.people()
            best = min(best, min((self._ends[person] for person in kept if self._ends[person] > now), default=NEVER))
        if breaks:
            best = min(
                best,
                min(
                    (
                        self._absences.back(person, now)
                        for person, item in self._at_work.items()
                        if not item.node.together
                    ),
                    default=NEVER,
                ),
            )
        if best < NEVER and self._wake_at != best:
            self._wake_at = best
            heappush(self._heap, (best, AVAILABLE, self.index, Signal(partial(self.look, at=best))))
