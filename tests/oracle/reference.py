"""A second interpreter of a resolved process, written from docs/semantics.md alone: slow, plain and obviously right.

It shares nothing with the engine but the model and the one-line values (calendars, distributions, conditions). People's states
are looked up by scanning, dispatch sorts everything that waits, other duties happen event by event.
"""

import heapq
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import blake2b
from typing import Any

from bpsim.model.demand import MONTHS, WEEKDAYS, Categories, Choice
from bpsim.model.flow import Duration, End, Exclusive, Parallel, Task, Timer
from bpsim.model.process import Process
from bpsim.model.written import NEVER
from bpsim.values.calendars import Calendar
from bpsim.values.conditions import Expression
from bpsim.values.distributions import Bernoulli, Distribution, Exponential, Gamma
from bpsim.values.durations import WorkingDays

DAY = 86_400_000
BITS = 2**64
COMPLETED, TIMED_OUT, OPEN = 0, 1, 3
#: The phases of an instant.
WORK_ENDS, TIME_PASSES, SHIFTS, ARRIVALS, RUNS = 0, 2, 4, 5, 6
MAX_PASSES = 1000


class WrongRunError(Exception):
    """The process cannot go on: endless passes, ambiguous conditions, an impossible duration."""


def mix(z: int) -> int:
    """Scatter 64 bits."""
    z %= BITS
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % BITS
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % BITS
    return z ^ (z >> 31)


def luck(address: str, occurrence: int, position: int) -> float:
    """Give the number between 0 and 1 at an address (`SEED/REPLICATION/PURPOSE/LINEAGE`)."""
    key = int.from_bytes(blake2b(address.encode(), digest_size=8).digest(), "little")
    key = mix(key + (occurrence + 1) * 0xD1342543DE82EF95)
    bits = mix(key + (position + 1) * 0x9E3779B97F4A7C15)
    return ((bits >> 12) + 0.5) / 2**52


def whole(value: float) -> int:
    """Check a duration and round it half to even."""
    if not 0 <= value < float("inf"):
        message = f"a duration of {value} ms"
        raise WrongRunError(message)
    return round(value)


def word(value: object) -> str:
    """Write an attribute's value as the key of a choice."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


class Hours:
    """The openings of a calendar from time 0 on, as pairs (opens, closes), made longer when needed."""

    def __init__(self, calendar: Calendar, start: date) -> None:
        """Begin with a week."""
        self.calendar, self.start, self.days = calendar, start, 0
        self.openings: list[tuple[int, int]] = []
        self._extend(7 * DAY)

    def _extend(self, until: int) -> None:
        self.days = -(-until // DAY) * 2
        self.openings = [tuple(pair) for pair in self.calendar.openings(self.start, self.days)]

    def until(self, time: int) -> list[tuple[int, int]]:
        """Give the openings, complete up to a time and more."""
        if self.days * DAY <= time + DAY:
            self._extend(time + 2 * DAY)
        return self.openings

    def opening(self, time: int) -> tuple[int, int] | None:
        """Give the opening that contains a time."""
        openings = self.until(time)
        place = bisect_right(openings, (time, NEVER)) - 1
        return openings[place] if place >= 0 and time < openings[place][1] else None

    def next_opening(self, time: int) -> int:
        """Give the time itself when it is open, else the next opening's beginning."""
        horizon = time
        while True:
            for opens, closes in self.until(horizon):
                if time < closes:
                    return max(time, opens)
            horizon += 400 * DAY

    def add(self, time: int, work: int) -> int:
        """Give the earliest instant by which so much open time has passed."""
        horizon = time + work
        while work > 0:
            openings = self.until(horizon)
            left = work
            for opens, closes in openings[max(0, bisect_right(openings, (time, NEVER)) - 1) :]:
                begin = max(time, opens)
                if closes - begin >= left:
                    return begin + left
                left -= max(0, closes - begin)
            horizon = 2 * horizon + 400 * DAY
        return time

    def open_time(self, begin: int, end: int) -> int:
        """Give the open time between two instants."""
        return sum(max(0, min(end, closes) - max(begin, opens)) for opens, closes in self.until(end))


@dataclass(eq=False)
class Case:
    """What is known of a case; `first` names who completed the latest visit of a task."""

    number: int
    need: int
    opened: int
    arrived: int
    channel: str
    attributes: dict[str, Any]
    ended: int = -1
    outcome: str = ""
    last: int = -1
    tokens: int = 1
    waited: int = 0
    entries: Counter[str] = field(default_factory=Counter)
    passes: Counter[str] = field(default_factory=Counter)
    joins: dict[str, list["Token"]] = field(default_factory=dict)
    done_by: dict[str, int] = field(default_factory=dict)


@dataclass(eq=False)
class Token:
    """A place in the flow: the row that enabled it and the department it comes from."""

    case: Case
    pred: int = -1
    origin: str = ""


@dataclass(eq=False)
class Item:
    """A work item, from `created` to `completed`; `duration` is drawn at once."""

    token: Token
    node: str
    visit: int
    created: int
    duration: int = 0
    transferred: int = -1
    released: int = -1
    started: int = -1
    completed: int = -1
    person: int = -1
    status: int = OPEN
    row: int = -1

    def order(self) -> tuple[int, int]:
        """Order items of one task that are held for a batch."""
        return (self.transferred, self.token.case.number)

    def as_row(self) -> tuple[Any, ...]:
        """Give the columns of the log."""
        times = (self.created, self.transferred, self.released, self.started, self.completed)
        return (self.token.case.number, self.node, self.visit, self.token.pred, self.person, *times, self.status)


@dataclass(eq=False)
class Piece:
    """What one person does in one go: an item, or a run of a batch. `kept` until `open_at` for one person."""

    items: list[Item]
    batch: str
    released: int
    priority: float
    order: tuple[Any, ...]
    setup: int = 0
    kept: int = -1
    open_at: int = 0
    started: int = -1
    completed: int = -1
    person: int = -1

    def work(self) -> int:
        """Give the time that the whole takes."""
        members = self.items if self.batch == "one_by_one" else self.items[:1]
        return self.setup + sum(item.duration for item in members)


@dataclass(eq=False)
class Person:
    """Somebody: where they are in the order of people, what they do now and since when they idle."""

    number: int
    role: str
    place: int
    hours: Hours
    busy: Piece | None = None
    away: bool = False
    owed: bool = False
    gaps: int = 0
    last: int = -1


@dataclass
class Reference:
    """What happened, in the columns of the event log, with names instead of numbers of nodes."""

    rows: list[tuple[Any, ...]]
    cases: list[tuple[int, int, int, int, str, str, int, dict[str, Any]]]
    joins: list[list[int]]
    batches: list[tuple[str, int, int, int, int, int, list[int]]]
    duties: list[tuple[int, int, int]]
    stopped: int


class Run:
    """One run, event by event."""

    def __init__(self, process: Process, start: date, length: int, drain: int, address: str) -> None:  # noqa: PLR0913, PLR0917
        """Number the people, count the flows into each node and draw the arrivals."""
        self.process, self.start, self.length, self.end, self.address = process, start, length, length + drain, address
        self.now, self.serial = 0, 0
        self.heap: list[tuple[int, int, int, int, int, Callable[[], None]]] = []
        self.hours = {name: Hours(calendar, start) for name, calendar in process.calendars.items()}
        self.rank = {name: place for place, name in enumerate(sorted(process.flow))}
        targets = [branch.to for node in process.flow.values() for branch in node.next]
        targets += [task.timeout.next for task in process.tasks().values() if task.timeout]
        self.incoming = Counter(targets)
        clocks = process.cases.clocks.values()
        self.clocked = {c.start for c in clocks} - {"arrival", "need"} | {to for c in clocks for to in c.to} - {"end"}
        self.roles = process.roles()
        names = [(name, place) for name in sorted(self.roles) for place in range(self.roles[name].staff)]
        self.people = [Person(n, r, p, self.hours[self.roles[r].calendar]) for n, (r, p) in enumerate(names)]
        self.tasks = {name: task for name, task in process.tasks().items() if task.by_people()}
        self.flexibility = {r: sum(self.fits_at(r, t) is not None for t in self.tasks.values()) for r in self.roles}
        self.rows: list[Item] = []
        self.open: list[Item] = []
        self.queue: list[Piece] = []
        self.held: dict[str, list[Item]] = {name: [] for name, task in self.tasks.items() if task.batch}
        self.batches: list[tuple[str, Piece]] = []
        self.joins: list[list[int]] = []
        self.duties: list[tuple[int, int, int]] = []
        self.cases = [self.new_case(number, need) for number, need in enumerate(self.needs())]
        self.unfinished = sum(case.need < length for case in self.cases)

    def at(self, time: int, phase: int, case: int, rank: int, action: Callable[[], None]) -> None:
        """Let something happen at a time, in the order (phase, case, rank)."""
        self.serial += 1
        heapq.heappush(self.heap, (time, phase, case, rank, self.serial, action))

    def draw(self, purpose: str, lineage: str, occurrence: int, position: int) -> float:
        """Draw a number between 0 and 1."""
        return luck(f"{self.address}/{purpose}/{lineage}", occurrence, position)

    # Arrivals ------------------------------------------------------------------------------------------------------

    def needs(self) -> list[int]:
        """Give the instants at which needs arise, until the last that could matter."""
        arrivals = self.process.cases.arrivals
        most = NEVER if arrivals.at_most is None else arrivals.at_most
        needs: list[int] = []

        def gap() -> float:
            return float(sample(arrivals.every, self.draw("arrival", "", 0, len(needs))))

        todo = gap()
        for start, length, intensity in self.pieces():
            used = 0.0
            if intensity == 0:
                continue
            while todo <= length * intensity - used:
                if len(needs) == most:
                    return needs
                used += todo
                needs.append(start + round(used / intensity))
                todo = gap()
            todo -= length * intensity - used
        return [need for need in needs if need <= self.end]

    def pieces(self) -> list[tuple[int, int, float]]:
        """Cut the openings of the cases' calendar by days, each with its intensity."""
        profile, cv = self.process.cases.arrivals.profile, self.process.cases.arrivals.dispersion
        pieces = []
        for opens, closes in self.hours[self.process.cases.calendar].until(self.end):
            begin = opens
            while begin < min(closes, self.end + 1):
                day = begin // DAY
                today = self.start + timedelta(days=day)
                intensity = profile.get(WEEKDAYS[today.weekday()], 1.0) * profile.get(MONTHS[today.month - 1], 1.0)
                if cv:
                    intensity *= sample(Gamma(1.0, cv), self.draw("day", "", 0, day))
                stop = min(closes, (day + 1) * DAY)
                pieces.append((begin, stop - begin, intensity))
                begin = stop
        return pieces

    def new_case(self, number: int, need: int) -> Case:
        """Draw channel and attributes, and let the case arrive."""
        channels = self.process.channels
        name = share_of({c: channels[c].share for c in sorted(channels)}, self.draw("channel", "", 0, number))
        hours = self.hours[channels[name].calendar]
        opened = hours.next_opening(need)
        delay = sample(channels[name].delay, self.draw("channel delay", "", 0, number))
        arrived = self.days_later(channels[name].calendar, opened, delay) if isinstance(delay, WorkingDays) else opened + whole(delay)
        case = Case(number, need, opened, arrived, name, {})
        wanted = dict(self.process.cases.attributes)
        while wanted:
            for key, rule in list(wanted.items()):
                if isinstance(rule, Choice) and rule.by in wanted:
                    continue
                case.attributes[key] = self.attribute(case, key, wanted.pop(key))
        case.attributes = {key: case.attributes[key] for key in self.process.cases.attributes}
        start = self.process.start()
        self.at(arrived, ARRIVALS, number, self.rank[start], lambda: self.enter(Token(case), start))
        return case

    def attribute(self, case: Case, name: str, rule: Distribution | Categories | Choice) -> object:
        """Draw an attribute of a case."""
        u = self.draw("attribute", name, 0, case.number)
        if isinstance(rule, Categories):
            return share_of({key: rule.shares[key] for key in sorted(rule.shares)}, u)
        return sample(chosen(case, rule) if isinstance(rule, Choice) else rule, u)

    # Tokens --------------------------------------------------------------------------------------------------------

    def enter(self, token: Token, name: str) -> None:
        """Let a token enter a node: it waits at a join, becomes a work item, or goes on at once."""
        node, case = self.process.flow[name], token.case
        if isinstance(node, Parallel) and self.incoming[name] > 1:
            waiting = case.joins.setdefault(name, [])
            waiting.append(token)
            if len(waiting) < self.incoming[name]:
                return
            del case.joins[name]
            case.tokens -= len(waiting) - 1
            self.joins.append([each.pred for each in waiting])
            token = Token(case, -1 - len(self.joins), token.origin)
        lineage = self.process.lineage(name)
        visit = case.passes[lineage]
        case.passes[lineage] += 1
        case.entries[name] += 1
        if case.entries[name] > MAX_PASSES:
            message = f"case {case.number} passes {name} for ever"
            raise WrongRunError(message)
        item = Item(token, name, visit, self.now)
        if isinstance(node, Task | Timer):
            self.open.append(item)
            self.create(item, node)
            return
        self.assign(item)
        if name in self.clocked:
            item.transferred = item.released = item.started = self.now
            token.pred = self.write(item, COMPLETED)
        self.leave(token, name, visit)

    def leave(self, token: Token, name: str, visit: int) -> None:
        """Let a token go on from a node that is done."""
        node, case = self.process.flow[name], token.case
        if isinstance(node, End):
            case.tokens -= 1
            if case.tokens == 0:
                case.ended, case.outcome, case.last = self.now, node.outcome, token.pred
                self.unfinished -= case.need < self.length
        elif isinstance(node, Parallel):
            targets = sorted((branch.to for branch in node.next), key=self.rank.__getitem__)
            case.tokens += len(targets) - 1
            for target in targets:
                self.enter(Token(case, token.pred, token.origin), target)
        elif isinstance(node, Exclusive) and len(node.next) > 1:
            self.enter(token, self.route(case, name, visit))
        else:
            self.enter(token, node.next[0].to)

    def route(self, case: Case, name: str, visit: int) -> str:
        """Choose the flow out of an exclusive gateway."""
        node = self.process.flow[name]
        otherwise = [branch.to for branch in node.next if branch.kind == "else"]
        if any(branch.kind == "when" for branch in node.next):
            holding = [branch.to for branch in node.next if branch.kind == "when" and self.value(branch.when, case)]
            holding = holding[:1] if node.ordered else holding
            if len(holding) > 1 or not (holding or otherwise):
                message = f"case {case.number} at {name}: {holding} hold"
                raise WrongRunError(message)
            return (holding or otherwise)[0]
        u, reached = self.draw("route", self.process.lineage(name), visit, case.number), 0.0
        shared = [branch for branch in node.next if branch.kind == "share"]
        for branch in shared:
            reached += self.value(branch.share, case)
            if u < reached:
                return branch.to
        return (otherwise or [shared[-1].to])[0]

    def value(self, expression: Expression, case: Case) -> Any:  # noqa: ANN401 - whatever the expression gives
        """Evaluate an expression for a case, now."""
        moment = self.start + timedelta(days=self.now // DAY)
        clock = {"now.hour": self.now % DAY // 3_600_000, "now.weekday": WEEKDAYS[moment.weekday()], "now.month": moment.month}
        known = {"age": self.now - case.need, "waited": case.waited, "channel": case.channel}
        return evaluate(expression, {**case.attributes, **known, **clock}, case.entries)

    def assign(self, item: Item) -> None:
        """Set the attributes that a node sets: old values are read, all at once."""
        case, new = item.token.case, {}
        for name, rule in self.process.flow[item.node].assign.items():
            if isinstance(rule, Distribution):
                lineage = self.process.lineage(item.node)
                new[name] = sample(rule, self.draw(f"assign {name}", lineage, item.visit, case.number))
            else:
                new[name] = self.value(rule, case)
        case.attributes.update(new)

    def write(self, item: Item, status: int) -> int:
        """Append the row of an item that ends now; give its number."""
        item.completed, item.status, item.row = self.now, status, len(self.rows)
        self.rows.append(item)
        item.token.case.waited += item.started - item.created
        return item.row

    # Work items ----------------------------------------------------------------------------------------------------

    def create(self, item: Item, node: Task | Timer) -> None:
        """Draw the duration of an item and send it on its way."""
        case, rank = item.token.case, self.rank[item.node]
        if isinstance(node, Task) and node.by_people():
            item.duration = self.work(item, node)
            self.transfer(item, node)
            return
        item.transferred = item.released = item.started = self.now
        if isinstance(node, Timer):
            ends = self.later(node.calendar, self.drawn(item, node.delay, "", 1.0))
            self.at(ends, TIME_PASSES, case.number, rank, lambda: self.complete(item))
            return
        ends = self.later(node.calendar, self.effort(item, node))
        if node.timeout:
            after = sample(node.timeout.after, self.draw("timeout", self.process.lineage(item.node), item.visit, case.number))
            breaks = self.days_later(node.calendar, self.now, after) if isinstance(after, WorkingDays) else self.now + whole(after)
            if breaks < ends:
                self.at(breaks, TIME_PASSES, case.number, rank, lambda: self.time_out(item, node.timeout.next))
                return
        self.at(ends, WORK_ENDS, case.number, rank, lambda: self.complete(item))

    def drawn(self, item: Item, duration: Duration, lineage: str, share: float) -> Any:  # noqa: ANN401
        """Draw a duration (or number of working days) at the address of this pass."""
        case, lineage = item.token.case, lineage or self.process.lineage(item.node)
        value = sample(chosen(case, duration.choice) if duration.choice else duration.value, self.draw("duration", lineage, item.visit, case.number))
        if isinstance(value, WorkingDays):
            return value
        return whole(value * self.value(duration.factor, case) * share)

    def effort(self, item: Item, task: Task) -> Any:  # noqa: ANN401
        """Draw the duration of a task, part by part when it was merged."""
        if task.parts:
            return sum(self.drawn(item, part.duration, part.was, part.share) for part in task.parts)
        return self.drawn(item, task.duration, "", 1.0)

    def work(self, item: Item, task: Task) -> int:
        """Give the duration of work by people in milliseconds of open time."""
        effort = self.effort(item, task)
        if isinstance(effort, WorkingDays):
            return whole(working_time(self.process.calendars[self.roles[task.performer[0]].calendar], effort))
        return int(effort)

    def later(self, calendar: str, delay: Any) -> int:  # noqa: ANN401
        """Give the instant a delay from now."""
        return self.days_later(calendar, self.now, delay) if isinstance(delay, WorkingDays) else self.hours[calendar].add(self.now, delay)

    def days_later(self, calendar: str, time: int, delay: WorkingDays) -> int:
        """Give the same clock time so many open days later."""
        return working_days_later(self.process.calendars[calendar], self.start, time, delay)

    def transfer(self, item: Item, task: Task) -> None:
        """Bring an item to the department of the first performer."""
        target, origin, arrives = task.performer[0].partition(".")[0], item.token.origin, self.now
        if origin and self.roles[task.performer[0]].kind != "system":
            bodies = [self.process.departments[name].body for name in (origin, target)]
            way = self.process.transfers.between(origin, target, same_body=bodies[0] == bodies[1])
            case, lineage = item.token.case, self.process.lineage(item.node)
            delay = sample(way.delay, self.draw("transfer", lineage, item.visit, case.number))
            arrives = self.later(way.calendar, delay if isinstance(delay, WorkingDays) else whole(delay))
        if arrives == self.now:
            self.arrive(item, task)
        else:
            self.at(arrives, ARRIVALS, item.token.case.number, self.rank[item.node], lambda: self.arrive(item, task))

    def arrive(self, item: Item, task: Task) -> None:
        """Hold an item for a batch, or release it."""
        item.transferred = self.now
        if task.batch is None:
            self.release([item], task)
            return
        self.held[item.node].append(item)
        self.at(self.now, RUNS, -1, self.rank[item.node], lambda: self.decide(item.node))
        if task.batch.max_wait < NEVER:
            self.at(self.now + task.batch.max_wait, RUNS, -1, self.rank[item.node], lambda: self.decide(item.node))

    # Batches -------------------------------------------------------------------------------------------------------

    def plan_runs(self) -> None:
        """Enter the scheduled runs of every batch, adapted to the calendar of the first performer."""
        self.scheduled: dict[str, list[int]] = {}
        for name in self.held:
            batch, hours = self.tasks[name].batch, self.hours[self.roles[self.tasks[name].performer[0]].calendar]
            times = schedule_times(batch.schedule, self.start, self.end) if batch.schedule else []
            if batch.on_closed == "skip":
                times = [time for time in times if hours.opening(time)]
            elif batch.on_closed == "next_opening":
                times = [hours.next_opening(time) for time in times]
            self.scheduled[name] = sorted(set(times))
            for time in self.scheduled[name]:
                self.at(time, RUNS, -1, self.rank[name], lambda name=name: self.decide(name))

    def decide(self, name: str) -> None:
        """Let the runs of a batch begin that are due now: by schedule, by patience, by size."""
        held, task = self.held[name], self.tasks[name]
        batch, most = task.batch, task.batch.max or NEVER
        held.sort(key=Item.order)
        if self.now in self.scheduled[name]:
            self.scheduled[name].remove(self.now)
            self.release_first(held, min(most, sum(item.transferred <= self.now - batch.cutoff for item in held)), task)
        while held and held[0].transferred + batch.max_wait <= self.now:
            self.release_first(held, min(most, len(held)), task)
        while batch.size and len(held) >= batch.size:
            self.release_first(held, min(most, batch.size), task)

    def release_first(self, held: list[Item], count: int, task: Task) -> None:
        """Release so many of the held items as one run."""
        members, held[:] = held[:count], held[count:]
        if members:
            self.release(members, task)

    def release(self, items: list[Item], task: Task) -> None:
        """Put an item, or the run of a batch, into the queue."""
        name, case = items[0].node, items[0].token.case
        for item in items:
            item.released = self.now
        priority = max(self.value(self.process.cases.priority, item.token.case) for item in items)
        piece = Piece(items, task.batch.mode if task.batch else "", self.now, priority, (-priority, self.now, case.number, self.rank[name]))
        self.queue.append(piece)
        if task.batch:
            setup = sample(task.batch.setup, self.draw("setup", self.process.lineage(name), items[0].visit, case.number))
            calendar = self.process.calendars[self.roles[task.performer[0]].calendar]
            piece.setup = whole(working_time(calendar, setup) if isinstance(setup, WorkingDays) else setup)
            self.batches.append((name, piece))
        person = case.done_by.get(task.same_person_as, -1)
        if person >= 0 and self.fits_at(self.people[person].role, task) is not None:
            piece.kept, piece.open_at = person, self.now + task.keeps_for
            self.at(piece.open_at, TIME_PASSES, case.number, self.rank[name], lambda: None)

    # People --------------------------------------------------------------------------------------------------------

    def fits_at(self, role: str, task: Task) -> int | None:
        """Give the place of a role in the order of a task's performers, or None when its people cannot do it."""
        places = [n for n, wanted in enumerate(task.performer) if wanted == role or wanted in self.roles[role].also]
        return places[0] if places else None

    def dispatch(self) -> None:
        """Give what waits to who is free, in order."""
        for piece in sorted(self.queue, key=lambda piece: piece.order):
            task = self.tasks[piece.items[0].node]
            able = [person for person in self.people if self.can_take(person, piece, task)]
            if able:
                self.queue.remove(piece)
                self.begin(piece, min(able, key=lambda person: self.preference(person, task)))

    def can_take(self, person: Person, piece: Piece, task: Task) -> bool:
        """Tell whether a person could begin a piece of work now."""
        opening = person.hours.opening(self.now)
        if person.busy or person.away or opening is None or self.fits_at(person.role, task) is None:
            return False
        if piece.kept not in {-1, person.number} and self.now < piece.open_at:
            return False
        return self.roles[person.role].at_shift_end != "fit" or piece.work() <= opening[1] - self.now

    def preference(self, person: Person, task: Task) -> tuple[int, int, int, int]:
        """Order people for a task: performers as written, least flexible, idle longest, number."""
        return (self.fits_at(person.role, task), self.flexibility_of(person.role), person.last, person.number)

    def begin(self, piece: Piece, person: Person) -> None:
        """Let a person begin."""
        piece.started, piece.person, person.busy = self.now, person.number, piece
        if piece.batch == "one_by_one":
            self.begin_member(piece, person, 0)
            return
        for item in piece.items:
            item.started, item.person = self.now, person.number
        opener = piece.items[0]
        ends = person.hours.add(self.now, piece.work())
        self.at(ends, WORK_ENDS, opener.token.case.number, self.rank[opener.node], lambda: self.end_piece(piece, person, piece.items))

    def begin_member(self, piece: Piece, person: Person, place: int) -> None:
        """Let a person begin with the next member of a run."""
        item = piece.items[place]
        item.started, item.person = self.now, person.number
        ends = person.hours.add(self.now, item.duration + (0 if place else piece.setup))

        def end() -> None:
            if place + 1 < len(piece.items):
                self.begin_member(piece, person, place + 1)
                self.complete(item)
            else:
                self.end_piece(piece, person, [item])

        self.at(ends, WORK_ENDS, item.token.case.number, self.rank[item.node], end)

    def end_piece(self, piece: Piece, person: Person, items: Sequence[Item]) -> None:
        """Let a person be free again, or leave for other duties that were due."""
        piece.completed = person.last = self.now
        person.busy = None
        if person.owed:
            person.owed = False
            self.at(self.now, SHIFTS, -1, person.number, lambda: self.leave_desk(person, self.block(person)))
        for item in sorted(items, key=lambda item: item.token.case.number):
            self.complete(item)

    def complete(self, item: Item) -> None:
        """Write the row of an item, carry out what it assigns, and let its token go on."""
        self.open.remove(item)
        task, token = self.process.flow[item.node], item.token
        row = self.write(item, COMPLETED)
        if item.person >= 0:
            token.case.done_by[item.node] = item.person
            if self.roles[task.performer[0]].kind != "system":
                token.origin = task.performer[0].partition(".")[0]
        self.assign(item)
        self.leave(Token(token.case, row, token.origin), item.node, item.visit)

    def time_out(self, item: Item, target: str) -> None:
        """Break off an item; its token goes another way."""
        self.open.remove(item)
        self.enter(Token(item.token.case, self.write(item, TIMED_OUT), item.token.origin), target)

    # Other duties --------------------------------------------------------------------------------------------------

    def block(self, person: Person) -> int:
        """Give the length of a block of other duties."""
        return self.roles[person.role].other_duties.block

    def begin_duties(self) -> None:
        """Give everybody with other duties their first block or gap, at time 0."""
        for person in self.people:
            duties = self.roles[person.role].other_duties
            if duties and duties.share > 0:
                u = self.draw("duty phase", person.role, 0, person.place)
                if u < duties.share:
                    self.leave_desk(person, whole(duties.block * (u / duties.share)))
                else:
                    self.next_gap(person)

    def next_gap(self, person: Person) -> None:
        """Draw how long a person is here until the next block is due."""
        duties, occurrence = self.roles[person.role].other_duties, person.gaps
        person.gaps += 1
        mean = duties.block * (1 - duties.share) / duties.share
        gap = whole(sample(Exponential(mean), self.draw("duty", person.role, occurrence, person.place)))
        self.at(person.hours.add(self.now, gap), SHIFTS, -1, person.number, lambda: self.duty_due(person))

    def duty_due(self, person: Person) -> None:
        """Begin a block of other duties, or owe it while at work."""
        if person.busy:
            person.owed = True
        else:
            self.leave_desk(person, self.block(person))

    def leave_desk(self, person: Person, length: int) -> None:
        """Be away for so much working time."""
        person.away, back = True, person.hours.add(self.now, length)
        self.duties.append((person.number, self.now, back))

        def end() -> None:
            person.away = False
            self.next_gap(person)

        self.at(back, SHIFTS, -1, person.number, end)

    def open_shift(self, hours: Hours) -> None:
        """Wake up at the next opening, and at the one after it, for ever."""
        opening = hours.opening(self.now)
        following = hours.next_opening(opening[1] if opening else self.now)
        if following <= self.end and following < NEVER:
            self.at(following, SHIFTS, -1, -1, lambda: self.open_shift(hours))

    # The run -------------------------------------------------------------------------------------------------------

    def carry_out(self) -> int:
        """Carry out instant after instant; give the instant at which the run stopped."""
        self.plan_runs()
        self.begin_duties()
        for name in {role.calendar for role in self.roles.values()}:
            self.open_shift(self.hours[name])
        while self.heap:
            time = self.heap[0][0]
            if time >= self.length and self.unfinished == 0:
                return self.length
            if time > self.end:
                break
            self.now = time
            while self.heap and self.heap[0][0] == time:
                while self.heap and self.heap[0][0] == time:
                    heapq.heappop(self.heap)[-1]()
                self.dispatch()
            if time >= self.length and self.unfinished == 0:
                return time
        return self.length if self.unfinished == 0 else self.end

    def result(self, stopped: int) -> Reference:
        """Give the log: rows of open items last, and the side tables."""
        still = sorted(self.open, key=lambda item: (item.token.case.number, self.rank[item.node]))
        for number, item in enumerate(still, len(self.rows)):
            item.row = number
        known = [case for case in self.cases if case.need <= min(stopped, self.now)]
        cases = [(c.need, c.opened, c.arrived, c.ended, c.outcome, c.channel, c.last, c.attributes) for c in known]
        batches = [
            (name, p.released, p.started, p.completed, p.person, p.setup, [item.row for item in p.items])
            for name, p in sorted(self.batches, key=lambda run: (run[1].released, self.rank[run[0]]))
        ]
        duties = sorted((duty for duty in self.duties if duty[1] < stopped), key=lambda duty: duty[:2])
        return Reference([item.as_row() for item in self.rows + still], cases, self.joins, batches, duties, stopped)


def interpret(process: Process, *, start: date, length: int, drain: int, seed: int, replication: int) -> Reference:  # noqa: PLR0913
    """Run a resolved process once; `length` and `drain` in milliseconds."""
    run = Run(process, start, length, drain, f"{seed}/{replication}")
    return run.result(run.carry_out())
