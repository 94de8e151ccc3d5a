"""A second interpreter of a resolved process, written from docs/semantics.md alone: slow, plain and obviously right.

It shares nothing with the engine but the model and the one-line values. People's states are looked up by scanning,
dispatch sorts everything that waits, other duties happen event by event. Cases, items (passes through a node), pieces
(what one person does in one go: an item, or a run of a batch) and people are plain namespaces.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any

from bpsim.model.demand import MONTHS, WEEKDAYS, Categories, Choice
from bpsim.model.flow import Duration, End, Exclusive, Parallel, Task, Timer
from bpsim.model.process import Process
from bpsim.model.written import NEVER
from bpsim.values.conditions import Expression
from bpsim.values.distributions import Bernoulli, Distribution, Exponential, Gamma
from bpsim.values.durations import WorkingDays
from tests.oracle.hours import DAY, Hours
from tests.oracle.luck import chosen, luck, share_of, whole

COMPLETED, TIMED_OUT, CANCELLED, OPEN, RENEGED = 0, 1, 2, 3, 4
#: The phases of an instant.
WORK_ENDS, TIME_PASSES, SHIFTS, ARRIVALS, RUNS = 0, 2, 4, 5, 6
MAX_PASSES = 1000


class Thing(SimpleNamespace):
    """A case, an item, a piece of work or a person; two are the same only if they are one."""

    __eq__, __hash__ = object.__eq__, object.__hash__


@dataclass
class Reference:
    """What happened, in the columns of the event log, with names instead of the numbers of nodes."""

    rows: list[tuple[Any, ...]]
    cases: list[tuple[int, int, int, int, str, str, int, int, int, int, int, dict[str, Any]]]
    joins: list[list[int]]
    batches: list[tuple[str, int, int, int, int, int, list[int]]]
    duties: list[tuple[int, int, int, int]]
    stopped: int
    stints: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    reserved: list[tuple[int, int, int, int]] = field(default_factory=list)
    contacts: list[tuple[int, int, int, int]] = field(default_factory=list)
    errors: list[tuple[int, str, int, int, int]] = field(default_factory=list)


class Run:
    """One run, event by event."""

    def __init__(self, process: Process, start: date, length: int, drain: int, address: str) -> None:
        """Number the people and the nodes, count the flows into each node, and let the cases come."""
        self.process, self.start, self.length, self.end, self.address = process, start, length, length + drain, address
        self.flow, self.roles, self.now, self.serial = process.flow, process.roles(), 0, count()
        self.heap: list[tuple[int, int, int, int, int, Callable[[], None]]] = []
        self.hours = {name: Hours(calendar, start) for name, calendar in process.calendars.items()}
        self.rank = {name: place for place, name in enumerate(sorted(self.flow))}
        self.tasks = {name: task for name, task in process.tasks().items() if task.by_people()}
        self.incoming = Counter(branch.to for node in self.flow.values() for branch in node.next)
        self.incoming.update(task.timeout.next for task in process.tasks().values() if task.timeout)
        clocks = process.cases.clocks.values()
        self.clocked = {c.start for c in clocks} - {"arrival", "need"} | {to for c in clocks for to in c.to} - {"end"}
        self.people = [Thing(role=r, place=p, busy=None, away=False, owed=False, last=-1, gaps=0)
                       for r in sorted(self.roles) for p in range(self.roles[r].staff)]  # fmt: skip
        for number, person in enumerate(self.people):
            person.number, person.hours = number, self.hours[self.roles[person.role].calendar]
        self.able = {r: sum(self.place(r, task) is not None for task in self.tasks.values()) for r in self.roles}
        self.rows, self.open, self.queue, self.runs = [], [], [], []
        self.held: dict[str, list[Thing]] = {name: [] for name, task in self.tasks.items() if task.batch}
        self.times: dict[str, set[int]] = {}
        self.joins, self.duties = [], []
        self.formulas: dict[str, Callable[[Thing], Any]] = {}
        self.cases = [self.arrive(number, need) for number, need in enumerate(self.needs())]
        self.unfinished = sum(case.need < length for case in self.cases)

    def at(self, time: int, phase: int, case: int, rank: int, action: Callable[[], None]) -> None:
        """Let something happen at a time, in the order (phase, case, rank)."""
        heapq.heappush(self.heap, (time, phase, case, rank, next(self.serial), action))

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

    def needs(self) -> Iterator[int]:
        """Give the instants at which needs arise, while they could matter."""
        arrivals, number = self.process.cases.arrivals, 0
        todo = self.draw(arrivals.every, "arrival", "", 0, number)
        for start, length, intensity in self.pieces():
            used = 0.0
            while intensity > 0 and todo <= length * intensity - used:
                used += todo
                need = start + round(used / intensity)
                if number == arrivals.at_most or need > self.end:
                    return
                yield need
                number += 1
                todo = self.draw(arrivals.every, "arrival", "", 0, number)
            todo -= length * intensity - used

    def pieces(self) -> Iterator[tuple[int, int, float]]:
        """Cut the openings of the cases' calendar by days, each with its intensity."""
        profile, cv = self.process.cases.arrivals.profile, self.process.cases.arrivals.dispersion
        for opens, closes in self.hours[self.process.cases.calendar].until(self.end):
            begin = opens
            while begin < min(closes, self.end + 1):
                day = begin // DAY
                today = self.start + timedelta(days=day)
                intensity = profile.get(WEEKDAYS[today.weekday()], 1.0) * profile.get(MONTHS[today.month - 1], 1.0)
                if cv:
                    intensity *= self.draw(Gamma("", 1 / cv**2, cv**2), "day", "", 0, day)
                stop = min(closes, (day + 1) * DAY)
                yield begin, stop - begin, intensity
                begin = stop

    def arrive(self, number: int, need: int) -> Thing:
        """Draw channel and attributes of a case, and let it come to the start node."""
        channels, start = self.process.channels, self.process.start()
        name = share_of({key: channel.share for key, channel in channels.items()}, self.luck("channel", "", 0, number))
        delay = self.draw(channels[name].delay, "channel delay", "", 0, number)
        opened = self.hours[channels[name].calendar].next_open(need)
        arrived = self.later(channels[name].calendar if isinstance(delay, WorkingDays) else "always", opened, delay)
        case = Thing(number=number, need=need, opened=opened, arrived=arrived, channel=name, attributes={})
        case.ended, case.outcome, case.last, case.tokens, case.waited = -1, "", -1, 1, 0
        case.entries, case.passes, case.joins, case.done_by = Counter(), Counter(), {}, {}
        for key in self.process.cases.attributes:
            self.attribute(case, key)
        self.at(arrived, ARRIVALS, number, self.rank[start], lambda: self.enter(case, -1, "", start))
        return case

    def attribute(self, case: Thing, name: str) -> Any:  # noqa: ANN401
        """Give an attribute of a new case, drawn when first asked for."""
        if name == "channel":
            return case.channel
        if name not in case.attributes:
            rule = self.process.cases.attributes[name]
            if isinstance(rule, Categories):
                case.attributes[name] = share_of(rule.shares, self.luck("attribute", name, 0, case.number))
            else:
                if isinstance(rule, Choice):
                    rule = chosen(rule.of, self.attribute(case, rule.by))
                case.attributes[name] = self.draw(rule, "attribute", name, 0, case.number)
        return case.attributes[name]

    def enter(self, case: Thing, pred: int, origin: str, name: str) -> None:
        """Let a token enter a node: it waits at a join, becomes a work item, or goes on at once."""
        node = self.flow[name]
        if isinstance(node, Parallel) and self.incoming[name] > 1:
            came = case.joins.setdefault(name, [])
            came.append(pred)
            if len(came) < self.incoming[name]:
                return
            self.joins.append(case.joins.pop(name))
            case.tokens -= len(came) - 1
            pred = -1 - len(self.joins)
        lineage = self.process.lineage(name)
        item = Thing(case=case, node=name, visit=case.passes[lineage], pred=pred, origin=origin, created=self.now)
        item.person = item.transferred = item.released = item.started = item.completed = -1
        item.status = OPEN
        case.passes[lineage] += 1
        case.entries[name] += 1
        if case.passes[lineage] > MAX_PASSES:
            raise ValueError(name)
        if isinstance(node, Task | Timer):
            self.open.append(item)
            self.create(item, node)
            return
        if name in self.clocked:
            item.transferred = item.released = item.started = self.now
            pred = self.write(item, COMPLETED)
        self.assign(item)
        self.leave(item, pred)

    def leave(self, item: Thing, pred: int) -> None:
        """Let a token go on from a node that is done."""
        case, node = item.case, self.flow[item.node]
        targets = [branch.to for branch in node.next]
        if isinstance(node, Exclusive) and len(targets) > 1:
            targets = [self.route(item, node)]
        case.tokens += len(targets) - 1
        for target in sorted(targets, key=self.rank.__getitem__):
            self.enter(case, pred, item.origin, target)
        if isinstance(node, End) and case.tokens == 0:
            case.ended, case.outcome, case.last = self.now, node.outcome, pred
            self.unfinished -= case.need < self.length

    def route(self, item: Thing, node: Exclusive) -> str:
        """Choose the flow out of an exclusive gateway."""
        case, otherwise = item.case, [branch.to for branch in node.next if branch.kind == "else"]
        if any(branch.kind == "when" for branch in node.next):
            holding = [branch.to for branch in node.next if branch.kind == "when" and self.value(branch.when, case)]
            holding = holding[:1] if node.ordered else holding
            if len(holding) > 1 or not holding + otherwise:
                raise ValueError(item.node)
            return (holding + otherwise)[0]
        u = self.luck("route", self.process.lineage(item.node), item.visit, case.number)
        shared, reached = [branch for branch in node.next if branch.kind == "share"], 0.0
        for branch in shared:
            reached += self.value(branch.share, case)
            if u < reached:
                return branch.to
        return (otherwise or [shared[-1].to])[0]

    def value(self, expression: Expression, case: Thing) -> Any:  # noqa: ANN401
        """Evaluate an expression for a case, now."""
        if expression.code not in self.formulas:
            self.formulas[expression.code] = expression.bind(lambda name: lambda case: self.meaning(name, case))
        return self.formulas[expression.code](case)

    def meaning(self, name: str, case: Thing) -> Any:  # noqa: ANN401
        """Say what a name in an expression stands for."""
        if name.startswith("visits:"):
            return case.entries[name.removeprefix("visits:")]
        today = self.start + timedelta(days=self.now // DAY)
        known = {"age": self.now - case.need, "waited": case.waited, "channel": case.channel, "now.month": today.month}
        clock = {"now.hour": self.now % DAY // 3_600_000, "now.weekday": WEEKDAYS[today.weekday()]}
        return {**case.attributes, **known, **clock}[name]

    def assign(self, item: Thing) -> None:
        """Set the attributes that a node sets: old values are read, all at once."""
        case, lineage, new = item.case, self.process.lineage(item.node), {}
        for name, rule in self.flow[item.node].assign.items():
            if isinstance(rule, Distribution):
                new[name] = self.draw(rule, f"assign {name}", lineage, item.visit, case.number)
            else:
                new[name] = self.value(rule, case)
        case.attributes.update(new)

    def write(self, item: Thing, status: int) -> int:
        """Append the row of an item that ends now; give its number."""
        item.completed, item.status, item.row = self.now, status, len(self.rows)
        self.rows.append(item)
        item.case.waited += item.started - item.created
        return item.row

    def create(self, item: Thing, node: Task | Timer) -> None:
        """Draw what an item takes and send it on its way."""
        case, rank = item.case.number, self.rank[item.node]
        if isinstance(node, Task) and node.by_people():
            item.duration = self.effort(item, node)
            self.transfer(item, node)
            return
        item.transferred = item.released = item.started = self.now
        takes = self.drawn(item, node.delay) if isinstance(node, Timer) else self.effort(item, node)
        ends, then = self.later(node.calendar, self.now, takes), lambda: self.complete(item)
        phase = TIME_PASSES if isinstance(node, Timer) else WORK_ENDS
        if isinstance(node, Task) and node.timeout:
            after = self.draw(node.timeout.after.value, "timeout", self.process.lineage(item.node), item.visit, case)
            fires = self.later(node.calendar if isinstance(after, WorkingDays) else "always", self.now, after)
            if fires < ends:
                ends, phase, then = fires, TIME_PASSES, lambda: self.time_out(item, node.timeout.next)
        self.at(ends, phase, case, rank, then)

    def drawn(self, item: Thing, duration: Duration, lineage: str = "", share: float = 1.0) -> Any:  # noqa: ANN401
        """Draw a duration at the address of this pass: milliseconds, or working days when nobody's shift bounds it."""
        case, rule = item.case, duration.value
        if duration.choice:
            rule = chosen(duration.choice.of, case.attributes[duration.choice.by])
        value = self.draw(rule, "duration", lineage or self.process.lineage(item.node), item.visit, case.number)
        if isinstance(value, WorkingDays):
            if item.node not in self.tasks:
                return value
            value = self.work_of(value, self.tasks[item.node])
        return whole(value * share * self.value(duration.factor, case))

    def work_of(self, days: WorkingDays, task: Task) -> int:
        """Give the open time of so many working days: the mean open hours of an open day of the first performer."""
        return whole(days.count * self.process.calendars[self.roles[task.performer[0]].calendar].mean_open_day())

    def effort(self, item: Thing, task: Task) -> Any:  # noqa: ANN401
        """Draw the duration of a task, part by part when it was merged."""
        if task.parts:
            return sum(self.drawn(item, part.duration, part.was, part.share) for part in task.parts)
        return self.drawn(item, task.duration)

    def transfer(self, item: Thing, task: Task) -> None:
        """Bring an item to the department of the first performer."""
        target, case, came = task.performer[0].partition(".")[0], item.case.number, self.now
        if item.origin and self.roles[task.performer[0]].kind != "system":
            bodies = {self.process.departments[name].body for name in (item.origin, target)}
            way = self.process.transfers.between(item.origin, target, same_body=len(bodies) == 1)
            delay = self.draw(way.delay, "transfer", self.process.lineage(item.node), item.visit, case)
            came = self.later(way.calendar, self.now, delay)
        if came == self.now:
            self.reach(item, task)
        else:
            self.at(came, ARRIVALS, case, self.rank[item.node], lambda: self.reach(item, task))

    def reach(self, item: Thing, task: Task) -> None:
        """Hold an item that has been transferred for a batch, or release it."""
        item.transferred = self.now
        if task.batch is None:
            self.release([item], 1, task)
            return
        self.held[item.node].append(item)
        for time in (self.now, self.now + task.batch.max_wait):
            self.at(time, RUNS, -1, self.rank[item.node], lambda: self.decide(item.node))

    def plan_runs(self, name: str) -> None:
        """Enter the scheduled runs of a batch, adapted to the calendar of the first performer."""
        task = self.tasks[name]
        hours, closed = self.hours[self.roles[task.performer[0]].calendar], task.batch.on_closed
        times = task.batch.schedule.times(self.start, self.end // DAY + 1) if task.batch.schedule else []
        times = [hours.next_open(time) if closed == "next_opening" else time for time in times]
        self.times[name] = {time for time in times if closed == "run" or hours.opening(time)}
        for time in self.times[name]:
            self.at(time, RUNS, -1, self.rank[name], lambda: self.decide(name))

    def decide(self, name: str) -> None:
        """Let the runs of a batch begin that are due now: by schedule, by patience, by size."""
        held, task = self.held[name], self.tasks[name]
        batch, most = task.batch, task.batch.max or NEVER
        held.sort(key=lambda item: (item.transferred, item.case.number))
        if self.now in self.times[name]:
            self.times[name].remove(self.now)
            self.release(held, min(most, sum(item.transferred <= self.now - batch.cutoff for item in held)), task)
        while held and held[0].transferred + batch.max_wait <= self.now:
            self.release(held, most, task)
        while batch.size and len(held) >= batch.size:
            self.release(held, min(most, batch.size), task)

    def release(self, held: list[Thing], most: int, task: Task) -> None:
        """Put an item, or the run of a batch (so many of the held items), into the queue."""
        items, held[:] = held[:most], held[most:]
        if not items:
            return
        name, case = items[0].node, items[0].case
        piece = Thing(items=items, node=name, released=self.now, started=-1, completed=-1, person=-1, kept=-1, setup=0)
        for item in items:
            item.released = self.now
        priority = max(self.value(self.process.cases.priority, item.case) for item in items)
        piece.order = (-priority, self.now, case.number, self.rank[name])
        piece.one_by_one = task.batch is not None and task.batch.mode == "one_by_one"
        if task.batch:
            self.runs.append(piece)
            setup = self.draw(task.batch.setup, "setup", self.process.lineage(name), items[0].visit, case.number)
            piece.setup = self.work_of(setup, task) if isinstance(setup, WorkingDays) else whole(setup)
        piece.work = piece.setup + sum(item.duration for item in (items if piece.one_by_one else items[:1]))
        self.queue.append(piece)
        person = case.done_by.get(task.same_person_as, -1)
        if person >= 0 and self.place(self.people[person].role, task) is not None:
            keeps = task.keeps_for
            keeps = keeps if isinstance(keeps, int) else chosen(keeps.of, case.attributes[keeps.by])
            piece.kept, piece.open_at = person, self.now + keeps
            self.at(piece.open_at, TIME_PASSES, case.number, self.rank[name], lambda: None)

    def place(self, role: str, task: Task) -> int | None:
        """Give the place of a role in the order of a task's performers, or None when its people cannot do it."""
        own = {role, *self.roles[role].also}
        return next((place for place, wanted in enumerate(task.performer) if wanted in own), None)

    def dispatch(self) -> None:
        """Give what waits to who is free, in order."""
        for piece in sorted(self.queue, key=lambda piece: piece.order):
            task = self.tasks[piece.node]
            free = [person for person in self.people if self.may(person, piece, task)]
            if free:
                person = min(free, key=lambda p: (self.place(p.role, task), self.able[p.role], p.last, p.number))
                self.queue.remove(piece)
                piece.started, piece.person, person.busy = self.now, person.number, piece
                self.begin(piece, person, 0)

    def may(self, person: Thing, piece: Thing, task: Task) -> bool:
        """Tell whether a person could begin a piece of work now."""
        if person.busy or person.away or self.place(person.role, task) is None:
            return False
        opening = person.hours.opening(self.now)
        if opening is None or (piece.kept not in {-1, person.number} and self.now < piece.open_at):
            return False
        return self.roles[person.role].at_shift_end != "fit" or piece.work <= opening[1] - self.now

    def begin(self, piece: Thing, person: Thing, place: int) -> None:
        """Let a person begin an item, a run together, or the next member of a run one by one."""
        items = piece.items[place : place + 1] if piece.one_by_one else piece.items
        for item in items:
            item.started, item.person = self.now, person.number
        ends = person.hours.add(self.now, items[0].duration + (0 if place else piece.setup))
        case, rank = items[0].case.number, self.rank[piece.node]
        self.at(ends, WORK_ENDS, case, rank, lambda: self.finish(piece, person, place, items))

    def finish(self, piece: Thing, person: Thing, place: int, items: list[Thing]) -> None:
        """Let a person go on with a run, or be free again; then let the completed items go on."""
        if piece.one_by_one and place + 1 < len(piece.items):
            self.begin(piece, person, place + 1)
        else:
            piece.completed = person.last = self.now
            person.busy = None
            if person.owed:
                self.at(self.now, SHIFTS, -1, -1, lambda: self.due(person))
        for item in sorted(items, key=lambda item: item.case.number):
            self.complete(item)

    def complete(self, item: Thing) -> None:
        """Write the row of an item, carry out what it assigns, and let its token go on."""
        self.open.remove(item)
        row = self.write(item, COMPLETED)
        if item.person >= 0:
            first = self.tasks[item.node].performer[0]
            item.case.done_by[item.node] = item.person
            item.origin = item.origin if self.roles[first].kind == "system" else first.partition(".")[0]
        self.assign(item)
        self.leave(item, row)

    def time_out(self, item: Thing, target: str) -> None:
        """Break off an item; its token goes another way."""
        self.open.remove(item)
        self.enter(item.case, self.write(item, TIMED_OUT), item.origin, target)

    def begin_duties(self, person: Thing) -> None:
        """Give somebody with other duties the first block or gap, at time 0."""
        duties = self.roles[person.role].other_duties
        if duties and duties.share > 0:
            u = self.luck("duty phase", person.role, 0, person.place)
            if u < duties.share:
                self.go_away(person, whole(duties.block * (u / duties.share)))
            else:
                self.come_back(person)

    def come_back(self, person: Thing) -> None:
        """Begin a gap between blocks of other duties."""
        person.away, duties = False, self.roles[person.role].other_duties
        mean = duties.block * (1 - duties.share) / duties.share
        gap = self.draw(Exponential("", mean), "duty", person.role, person.gaps, person.place)
        person.gaps += 1
        self.at(person.hours.add(self.now, whole(gap)), SHIFTS, -1, -1, lambda: self.due(person))

    def due(self, person: Thing) -> None:
        """Begin a block of other duties, or owe it while at work."""
        person.owed = person.busy is not None
        if not person.owed:
            self.go_away(person, self.roles[person.role].other_duties.block)

    def go_away(self, person: Thing, length: int) -> None:
        """Be away for so much working time."""
        person.away, back = True, person.hours.add(self.now, length)
        self.duties.append((person.number, self.now, back, 0))
        self.at(back, SHIFTS, -1, -1, lambda: self.come_back(person))

    def carry_out(self) -> int:
        """Carry out instant after instant; give the instant at which the run stopped."""
        for name in self.held:
            self.plan_runs(name)
        for person in self.people:
            self.begin_duties(person)
        for calendar in {role.calendar for role in self.roles.values()}:
            for opens, _ in self.hours[calendar].until(self.end):
                self.at(opens, SHIFTS, -1, -1, lambda: None)
        while self.heap:
            time = self.heap[0][0]
            if time > self.end or (time >= self.length and self.unfinished == 0):
                break
            self.now = time
            while self.heap and self.heap[0][0] == time:
                while self.heap and self.heap[0][0] == time:
                    heapq.heappop(self.heap)[-1]()
                self.dispatch()
            if time >= self.length and self.unfinished == 0:
                return time
        return self.end if self.unfinished else self.length

    def result(self, stopped: int) -> Reference:
        """Give the log: rows of open items last, and the side tables."""
        still = sorted(self.open, key=lambda item: (item.case.number, self.rank[item.node]))
        for number, item in enumerate(still, len(self.rows)):
            item.row = number
        times = ("created", "transferred", "released", "started", "completed")
        rows = [
            (i.case.number, i.node, i.visit, i.pred, i.person, *(getattr(i, time) for time in times), i.status)
            for i in self.rows + still
        ]
        limit = stopped if self.unfinished or self.now == stopped else stopped - 1
        known = [case for case in self.cases if case.need <= limit]
        cases = [(c.need, c.opened, c.arrived, c.ended, c.outcome, c.channel, c.last, 0, -1, 0, c.number, c.attributes)
                 for c in known]  # fmt: skip
        runs = sorted(self.runs, key=lambda run: (run.released, self.rank[run.node]))
        stamps = [(r.node, r.released, r.started, r.completed, r.person, r.setup) for r in runs]
        batches = [(*stamp, [item.row for item in run.items]) for stamp, run in zip(stamps, runs, strict=True)]
        duties = sorted((duty for duty in self.duties if duty[1] < stopped), key=lambda duty: duty[:2])
        return Reference(rows, cases, self.joins, batches, duties, stopped)


def interpret(process: Process, *, start: date, length: int, drain: int, seed: int, replication: int) -> Reference:
    """Run a resolved process once; `length` and `drain` in milliseconds."""
    run = Run(process, start, length, drain, f"{seed}/{replication}")
    return run.result(run.carry_out())
