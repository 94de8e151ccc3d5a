"""A second interpreter of a resolved process, written from docs/semantics.md alone: slow, plain and obviously right.

It shares nothing with the engine but the model and the one-line values. People's states are looked up by scanning,
dispatch sorts everything that waits, other duties happen event by event. Cases, items (passes through a node), pieces
(what is done in one go: an item, or a run of a batch), people, blocks (of absence, other duties, training) and clocks
that can stand still are plain namespaces.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from math import inf
from typing import Any

from bpsim.model.demand import WEEKDAYS, Categories, Choice, LimitBy
from bpsim.model.flow import (
    Call,
    Duration,
    End,
    EventBased,
    Exclusive,
    Inclusive,
    Parallel,
    PatienceChoice,
    Receive,
    Send,
    Start,
    Task,
    Timer,
)
from bpsim.model.process import Process
from bpsim.model.written import NEVER
from bpsim.values.conditions import Expression
from bpsim.values.distributions import Distribution
from tests.oracle.hours import DAY, Hours
from tests.oracle.luck import chosen, hashed, share_of, whole
from tests.oracle.needs import is_days
from tests.oracle.paths import Course
from tests.oracle.staff import (
    ARRIVAL,
    ARRIVALS,
    BACKLOG,
    CALLED,
    CANCELLED,
    CANCELS,
    COMPLETED,
    EVENT,
    LEAVING,
    MAX_INSTANCES,
    MESSAGES,
    OPEN,
    RENEGED,
    RUNS,
    SHIFTS,
    STOPPED,
    TAKEN_OUT,
    TIME_PASSES,
    TIMED_OUT,
    VACANT,
    WORK_ENDS,
    Staff,
    Thing,
)


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


#: What may be said of a case that comes to be.
CIRCUMSTANCES = ("need", "ready", "entry", "caller", "given", "channel")


class Run(Staff):
    """One run, event by event."""

    def __init__(self, process: Process, start: date, length: int, drain: int, address: str) -> None:
        """Nothing has happened yet."""
        super().__init__(process, start, length, drain, address)
        self.cases, self.rows, self.open, self.runs, self.unfinished = [], [], [], [], 0
        self.held: dict[str, list[Thing]] = {name: [] for name, task in self.tasks.items() if task.batch}
        self.times: dict[str, set[int]] = {}
        self.joins, self.contacts, self.errors, self.messages = [], [], [], []
        self.formulas: dict[Any, Callable[[Thing], Any]] = {}

    def timing(self, case: Thing, duration: Duration) -> tuple[Any, float]:
        """Give the distribution and the factor that hold for a case now."""
        choice = duration.choice
        rule = chosen(choice.of, self.meaning(choice.by, case)) if choice else duration.value
        return rule, self.value(duration.factor, case)

    # Cases ---------------------------------------------------------------------------------------------------------

    def expect(self, course: Thing) -> None:
        """Enter the needs of a process, as they arise."""
        arrivals = course.process.cases.arrivals
        for number, (need, ready) in enumerate(self.needs(course, arrivals)):
            if need > self.end or number == arrivals.at_most:
                return
            self.at(need, ARRIVALS, inf, course.number, partial(self.arrive, course, ARRIVAL, number, ready=ready))

    def wait_in_line(self, backlog: Mapping[str, Any]) -> None:
        """Put the cases of the backlog before their nodes."""
        for name in sorted(backlog, key=self.rank.__getitem__):
            rule, lineage = backlog[name], self.lineages[name]
            first = 2**62 + hashed(f"backlog/{lineage}") % 2**61
            for place in range(rule.cases):
                age = whole(self.draw(rule.age, "age", lineage, 0, first + place))
                self.arrive(self.home[name], BACKLOG, first + place, need=-age, entry=name)

    def arrive(self, course: Course, source: int, position: int, **more: Any) -> None:  # noqa: ANN401
        """Let a case come to be, with its channel and attributes, and let it come to the start node."""
        need, ready, entry, caller, given, channel = map(more.get, CIRCUMSTANCES)
        need = self.now if need is None else need
        case = Thing(number=len(self.cases), course=course, position=position, source=source, caller=caller, need=need)
        case.attributes, case.ended, case.outcome, case.last, case.tokens = dict(given or {}), -1, "", -1, 1
        case.entries, case.passes, case.joins, case.blocks, case.waited, case.live = Counter(), Counter(), {}, {}, 0, []
        case.first, case.done_by, case.owner, case.team, case.errors = {}, {}, None, [], []
        case.clocks, case.chases, case.calls, case.ending, case.taken = [], [], [], [], {}
        self.cases.append(case)
        case.counts = 0 <= need < self.length and source != BACKLOG
        self.unfinished += case.counts
        case.channel = channel or self.channel(case)
        case.attributes = {name: self.attribute(case, name) for name in course.process.cases.attributes}
        case.opened = case.arrived = 0 if source == BACKLOG else self.now
        if not channel and source != BACKLOG and course.process.cases.entry != "event":
            rule = course.process.channels[case.channel]
            delay = self.draw(rule.delay, "channel delay", course.name, 0, position)
            case.opened = self.hours[rule.calendar].next_open(self.now if ready is None else ready)
            case.arrived = self.later(rule.calendar if is_days(delay) else "always", case.opened, delay)
        token = Thing(case=case, pred=-1, origin="", rivals=None)
        if caller:
            token.pred, token.origin = caller.token.pred, "" if caller.applies else caller.token.origin
        start = entry or course.prefix + course.process.start()
        if caller and case.arrived == need:
            self.come(token, start)
        else:
            self.at(case.arrived, ARRIVALS, case.number, self.rank[start], lambda: self.come(token, start))

    def channel(self, case: Thing) -> str:
        """Draw the channel of a case, and whether it comes by another one instead; attributes may decide shares."""
        course, reached = case.course, 0.0
        shares = {name: self.portion(channel.share, case) for name, channel in course.process.channels.items()}
        first = share_of(shares, self.luck("channel", course.name, 0, case.position))
        u = self.luck("channel shift", course.name, 0, case.position)
        for shift in course.process.channels[first].shift:
            reached += self.portion(shift.share, case)
            if u < reached:
                return shift.to
        return first

    def portion(self, share: Any, case: Thing) -> float:  # noqa: ANN401
        """Give a share of channels, or the one that an attribute of a new case decides."""
        if isinstance(share, float | int):
            return share
        return float(chosen({"else": 0.0, **share.of}, self.attribute(case, share.by)))

    def attribute(self, case: Thing, name: str) -> Any:  # noqa: ANN401
        """Give an attribute of a new case, drawn when first asked for."""
        if name == "channel":
            return case.channel
        if name not in case.attributes:
            rule, lineage = case.course.process.cases.attributes[name], case.course.prefix + name
            if isinstance(rule, Categories):
                case.attributes[name] = share_of(rule.shares, self.luck("attribute", lineage, 0, case.position))
            else:
                if isinstance(rule, Choice):
                    rule = chosen(rule.of, self.attribute(case, rule.by))
                case.attributes[name] = self.draw(rule, "attribute", lineage, 0, case.position)
        return case.attributes[name]

    # Tokens and nodes ----------------------------------------------------------------------------------------------

    def enter(self, token: Thing, name: str) -> None:
        """Let a token enter a node: it waits at a join, becomes a work item, or goes on at once."""
        node, case = self.flow[name], token.case
        if isinstance(node, Parallel | Inclusive) and case.course.into[name] > 1:
            came = case.joins.setdefault(name, [])
            came.append(token.pred)
            if len(came) < self.awaited(case, name):
                return
            case.tokens -= len(came) - 1
            token.pred = self.join(case.joins.pop(name))
            for split in [split for split in case.blocks if case.course.block(split)[0] == name]:
                self.call_off(case.blocks.pop(split))
        item = self.passing(token, name)
        if isinstance(node, Task | Timer | Receive):
            self.create(item, node)
        elif isinstance(node, Call):
            self.call(item, node)
        else:
            self.go_through(item)

    def awaited(self, case: Thing, join: str) -> int:
        """Say how many tokens a join waits for."""
        if isinstance(self.flow[join], Parallel):
            return case.course.into[join]
        split, flows = case.course.closed(join)
        return len({branches for branches in flows if branches & case.taken[split]})

    def join(self, preds: list[int]) -> int:
        """Let a join fire; give the `pred` of what comes after it."""
        self.joins.append(preds)
        return -1 - len(self.joins)

    def passing(self, token: Thing, name: str) -> Thing:
        """Begin a pass of a token through a node: its occurrence is fixed."""
        lineage, case = self.lineages[name], token.case
        item = Thing(**vars(token), node=name, visit=case.passes[lineage], created=self.now, status=OPEN)
        item.person = item.transferred = item.released = item.started = item.completed = item.row = -1
        item.events, item.piece, item.stints, item.people, item.detached, item.hold = [], None, [], [], False, None
        case.passes[lineage] += 1
        case.entries[name] += 1
        if case.passes[lineage] > case.course.process.cases.max_visits:
            raise ValueError(name)
        return item

    def go_through(self, item: Thing) -> None:
        """Let a token pass a node that takes no time."""
        node = self.flow[item.node]
        self.mark(item)
        self.assign(item)
        if isinstance(node, Send):
            self.send(item, node)
        self.leave(item)

    def mark(self, item: Thing) -> None:
        """Leave a row of zero length at a node that a clock names."""
        applied = isinstance(self.flow[item.node], Start) and item.case.caller and item.case.caller.applies
        if applied or item.node in item.case.course.marked:
            item.transferred = item.released = item.started = self.now
            self.write(item, COMPLETED)

    def leave(self, item: Thing) -> None:
        """Let a token go on from a node that is done."""
        case, node, token = item.case, self.flow[item.node], self.token(item)
        targets = [branch.to for branch in node.next]
        if isinstance(node, Exclusive) and len(targets) > 1:
            targets = [self.route(item, node)]
        if isinstance(node, Inclusive) and len(targets) > 1:
            targets = self.take(item, node)
        if isinstance(node, End) and node.terminate:
            action = partial(self.terminate, item, node)
            case.ending.append(self.at(self.now, CANCELS, case.number, self.rank[item.node], action))
            return
        case.tokens += (1 if isinstance(node, EventBased) else len(targets)) - 1
        token.rivals = [] if isinstance(node, EventBased) else None
        if isinstance(node, Parallel | Inclusive) and (node.timeout or node.on):
            case.blocks[item.node] = block = Thing(**{**vars(item), "pred": token.pred, "events": []})
            self.bind(block, node)
        for target in sorted((case.course.prefix + target for target in targets), key=self.rank.__getitem__):
            self.enter(Thing(**vars(token)), target)
        if isinstance(node, End) and case.tokens == 0:
            self.end_case(case, node.outcome, token.pred, token.origin)
            if node.effect:
                self.promise(item, node.effect)

    @staticmethod
    def token(item: Thing) -> Thing:
        """Give the token that goes on from a pass through a node."""
        return Thing(case=item.case, pred=item.pred if item.row < 0 else item.row, origin=item.origin, rivals=None)

    def terminate(self, item: Thing, node: End) -> None:
        """End a case at once, with all that is under way for it."""
        self.cancel(item.case)
        token = self.token(item)
        self.end_case(item.case, node.outcome, token.pred, token.origin)
        if node.effect:
            self.promise(item, node.effect)

    def take(self, item: Thing, node: Inclusive) -> list[str]:
        """Choose the flows out of an inclusive gateway."""
        case, taken = item.case, []
        for branch in node.next:
            if branch.kind == "when" and self.value(branch.when, case):
                taken.append(branch.to)
            if branch.kind == "share":
                purpose = f"take {self.lineages[case.course.prefix + branch.to]}"
                u = self.luck(purpose, self.lineages[item.node], item.visit, case.position)
                taken += [branch.to] if u < self.value(branch.share, case) else []
        taken = taken or [branch.to for branch in node.next if branch.kind == "else"]
        if not taken:
            raise ValueError(item.node)
        case.taken[item.node] = {case.course.prefix + to for to in taken}
        return taken

    def route(self, item: Thing, node: Exclusive) -> str:
        """Choose the flow out of an exclusive gateway."""
        case, otherwise = item.case, [branch.to for branch in node.next if branch.kind == "else"]
        if any(branch.kind == "when" for branch in node.next):
            holding = [branch.to for branch in node.next if branch.kind == "when" and self.value(branch.when, case)]
            holding = holding[:1] if node.ordered else holding
            if len(holding) > 1 or not holding + otherwise:
                raise ValueError(item.node)
            return (holding + otherwise)[0]
        u = self.luck("route", self.lineages[item.node], item.visit, case.position)
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
            return case.entries[case.course.prefix + name.removeprefix("visits:")]
        today = self.start + timedelta(days=self.now // DAY)
        known = {"age": self.now - case.need, "waited": case.waited, "channel": case.channel, "now.month": today.month}
        clock = {"now.hour": self.now % DAY // 3_600_000, "now.weekday": WEEKDAYS[today.weekday()]}
        known["errors"] = sum(error.detected >= 0 and error.corrected < 0 for error in case.errors)
        known["undetected"] = sum(error.detected < 0 and error.corrected < 0 for error in case.errors)
        return {**case.attributes, **known, **clock}[name]

    def assign(self, item: Thing) -> None:
        """Set the attributes that a node sets: old values are read, all at once."""
        case, lineage, new = item.case, self.lineages[item.node], {}
        for name, rule in self.flow[item.node].assign.items():
            if isinstance(rule, Distribution):
                new[name] = self.draw(rule, f"assign {name}", lineage, item.visit, case.position)
            else:
                new[name] = self.value(rule, case)
        case.attributes.update(new)

    # Calls and messages --------------------------------------------------------------------------------------------

    def call(self, item: Thing, node: Call) -> None:
        """Begin the cases of a call; the caller waits for them, or does not."""
        case, rule = item.case, node.instances
        if isinstance(rule, Distribution):
            many = self.draw(rule, "instances", self.lineages[item.node], item.visit, case.position)
        else:
            many = self.value(rule, case)
        item.many, item.ended, item.begun = round(many), [], 0
        if not 0 <= item.many <= MAX_INSTANCES:
            raise ValueError(item.node)
        if node.wait and item.many:
            case.calls.append(item)
        for _ in range(1 if node.order == "sequential" and node.wait and item.many else item.many):
            self.instance(item, node, self.token(item))
        if not node.wait or not item.many:
            self.called(item, node)

    def instance(self, item: Thing, node: Call, token: Thing) -> None:
        """Begin one case of a call."""
        case, course = item.case, next(course for course in self.courses if course.name == node.process)
        name = self.lineages[item.node]
        position = hashed(f"{case.position}/{name}/{item.visit}/{item.begun}") % 2**63
        given = {key: self.value(rule, case) for key, rule in node.hands.items()}
        item.begun += 1
        ready = None
        if node.applies_after:
            rule, factor = self.timing(case, node.applies_after)
            ready = self.now + whole(self.draw(rule, "application", name, 0, position) * factor)
        source = CALLED if node.wait or ready is None else EVENT
        caller = Thing(item=item, token=token, waits=node.wait, applies=ready is not None)
        channel = "" if caller.applies else case.channel
        self.arrive(course, source, position, ready=ready, caller=caller, given=given, channel=channel)

    def instance_ended(self, case: Thing) -> None:
        """Let the case that called go on when the last of its cases has ended, or begin the next one."""
        item = case.caller.item
        node = self.flow[item.node]
        item.ended.append(case)
        token = Thing(case=item.case, pred=case.last, origin=case.origin, rivals=None)
        if node.order == "sequential" and item.begun < item.many:
            self.instance(item, node, token)
        elif len(item.ended) == item.many:
            item.case.calls.remove(item)
            several = node.order == "parallel" and item.many > 1
            item.pred = self.join([ended.last for ended in item.ended]) if several else case.last
            item.origin = case.origin
            self.called(item, node)

    def called(self, item: Thing, node: Call) -> None:
        """Let a token go on from a call: what comes back is set, then `assign` is carried out."""
        self.mark(item)
        item.case.attributes.update(self.returned(item, node))
        self.assign(item)
        self.leave(item)

    @staticmethod
    def returned(item: Thing, node: Call) -> dict[str, Any]:
        """Give what comes back from the cases of a call."""
        found: dict[str, Any] = {}
        together = {"sum": sum, "min": min, "max": max, "any": any, "all": all}
        cases = sorted(item.ended, key=lambda case: case.number)
        for mine, theirs in node.returns.items():
            form, _, name = theirs.rstrip(")").partition("(")
            if form == "count" and name:
                found[mine] = sum(case.outcome == name for case in cases)
            elif name:
                values = [case.attributes[name] for case in cases]
                found |= {mine: together[form](values)} if values or form in {"sum", "any", "all"} else {}
            elif cases:
                last = item.ended[-1]
                found[mine] = last.outcome if theirs == "outcome" else last.attributes[theirs]
        return found

    @staticmethod
    def family(case: Thing) -> Thing:
        """Give the case that nobody called, at the head of a family."""
        while case.caller:
            case = case.caller.item.case
        return case

    def send(self, item: Thing, node: Send) -> None:
        """Send a message to whoever of the family waits for it longest, or keep it."""
        values = {key: self.value(rule, item.case) for key, rule in node.hands.items()}
        family = self.family(item.case)
        waiting = [
            other
            for other in self.open
            if isinstance(self.flow[other.node], Receive)
            and not other.got
            and self.flow[other.node].message == node.message
            and self.family(other.case) is family
        ]
        if waiting:
            self.get(min(waiting, key=lambda i: (i.created, i.case.number, self.rank[i.node])), values)
        else:
            self.messages.append((family, node.message, values))

    def get(self, item: Thing, values: dict[str, Any]) -> None:
        """Let a receive have its message."""
        known = item.case.attributes
        known.update({key: value for key, value in values.items() if key in known})
        self.call_off(item)
        item.got = True
        self.due_at(item, self.now, MESSAGES, lambda: self.complete(item))

    # Items ---------------------------------------------------------------------------------------------------------

    def write(self, item: Thing, status: int) -> None:
        """Append the row of an item that ends now."""
        item.completed, item.status, item.row = self.now, status, len(self.rows)
        self.rows.append(item)
        if status == COMPLETED and not item.detached:
            item.case.waited += item.started - item.created
            if item.case.first.setdefault(item.node, item) is item:
                self.tick(item)

    def due_at(self, item: Thing, time: float, phase: int, action: Callable[[], Any]) -> Thing:
        """Let something happen to an item at a time, in the order of its case and node, unless the item is gone."""
        event = self.at(time, phase, *self.place_of(item), action)
        item.events.append(event)
        return event

    @staticmethod
    def call_off(item: Thing) -> None:
        """Call off all that was to happen to an item."""
        for event in item.events:
            event.off = True
        item.events = []

    def create(self, item: Thing, node: Task | Timer | Receive) -> None:
        """Draw what an item takes and send it on its way."""
        self.open.append(item)
        item.case.live.append(item)
        if item.rivals is not None:
            item.rivals.append(item)
        if isinstance(node, Task) and node.by_people():
            item.duration = self.effort(item, node)
            if node.reneges_after:
                item.patience = self.drawn(item, node.reneges_after.after, purpose="reneging")
            self.bind(item, node)
            self.transfer(item, node)
        elif isinstance(node, Receive):
            item.transferred = item.released = item.started = self.now
            self.receive(item, node)
        else:
            item.transferred = item.released = item.started = self.now
            takes = self.drawn(item, node.delay) if isinstance(node, Timer) else self.effort(item, node)
            phase = TIME_PASSES if isinstance(node, Timer) else WORK_ENDS
            ends = self.later(node.calendar, self.now, takes)
            if isinstance(node, Timer) and node.until:
                ends = min(
                    (t for t in self.adapted(node.until, self.hours[node.calendar], node.on_closed) if t > ends),
                    default=NEVER,
                )
            self.due_at(item, ends, phase, lambda: self.complete(item))
        if item.node not in self.tasks:
            self.bind(item, node)
        self.watch(item.case)

    def bind(self, item: Thing, node: Any) -> None:  # noqa: ANN401
        """Enter the timers at the boundary of an item that begin with it."""
        if getattr(node, "timeout", None) and not getattr(item, "got", False):
            self.bound(item, "timeout", node.timeout, "timeout")
        for name, racer in sorted(getattr(node, "on", {}).items()):
            self.bound(item, f"on {name}", racer, f"on.{name}")

    def bound(self, item: Thing, purpose: str, rule: Any, name: str) -> Thing:  # noqa: ANN401
        """Enter a timer at the boundary of an item."""
        after, node = self.drawn(item, rule.after, purpose=purpose, days=True), self.flow[item.node]
        calendar = (
            self.roles[node.performer[0]].calendar if item.node in self.tasks else getattr(node, "calendar", "always")
        )
        fires = self.later(calendar if is_days(after) else "always", self.now, after)
        return self.due_at(item, fires, TIME_PASSES, lambda: self.at_boundary(item, rule, name))

    def at_boundary(self, item: Thing, rule: Any, name: str) -> None:  # noqa: ANN401
        """Break off an item, whose token goes another way; or let a token go there beside it."""
        case, target = item.case, item.case.course.prefix + rule.next
        if not rule.non_interrupting and item.node in case.blocks:
            self.enter(self.break_off(item, name), target)
            return
        if not rule.non_interrupting:
            self.outrun(item)
            first = self.tasks[item.node].performer[0] if item.node in self.tasks and item.started >= 0 else ""
            token = self.take_out(item, TIMED_OUT)
            if first and self.roles[first].kind != "system":
                token.origin = first.partition(".")[0]
            self.enter(token, target)
            return
        places = {other.node for other in [*case.live, *case.calls]} | set(case.joins)
        if not places & case.course.reach(target):
            row = Thing(**{**vars(item), "node": f"{item.node}.{name}", "person": -1, "stints": []})
            row.transferred = row.released = row.started = item.created
            self.write(row, COMPLETED)
            case.tokens += 1
            self.enter(Thing(case=case, pred=row.row, origin=item.origin, rivals=None), target)

    def break_off(self, block: Thing, name: str) -> Thing:
        """Take out everything in a block; give the token that goes on, behind the row that the boundary leaves."""
        case, nodes = block.case, block.case.course.block(block.node)[1]
        items = [item for item in case.live if item.node in nodes]
        case.tokens += 1 - len({id(item) if item.rivals is None else id(item.rivals) for item in items})
        case.tokens -= sum(len(came) for join, came in case.joins.items() if join in nodes)
        case.tokens -= sum(item.node in nodes for item in case.calls)
        token = self.cancel(case, nodes | {block.node})
        row = Thing(**{**vars(block), "node": f"{block.node}.{name}", "pred": token.pred, "created": self.now})
        row.transferred = row.released = row.started = self.now
        self.write(row, COMPLETED)
        return Thing(case=case, pred=row.row, origin=token.origin, rivals=None)

    def outrun(self, item: Thing) -> None:
        """Let the rivals of an item be taken out: it was the first."""
        for rival in sorted(item.rivals or [], key=lambda rival: self.rank[rival.node]):
            if rival is not item and rival in self.open:
                self.take_out(rival, CANCELLED)

    def receive(self, item: Thing, node: Receive) -> None:
        """Get the oldest message of the name that is kept, or wait for one."""
        family = self.family(item.case)
        item.got = False
        kept = next((m for m in self.messages if m[0] is family and m[1] == node.message), None)
        if kept:
            self.messages.remove(kept)
            self.get(item, kept[2])

    def drawn(self, item: Thing, duration: Duration, lineage: str = "", share: float = 1.0, *,
              purpose: str = "duration", days: bool = False) -> Any:  # fmt: skip # noqa: ANN401
        """Draw a duration at the address of this pass: milliseconds, or working days when nobody's shift bounds it."""
        rule, factor = self.timing(item.case, duration)
        lineage = item.case.course.prefix + lineage if lineage else self.lineages[item.node]
        value = self.draw(rule, purpose, lineage, item.visit, item.case.position)
        if is_days(value):
            if days or item.node not in self.tasks:
                return value
            value = self.worth(value, self.roles[self.tasks[item.node].performer[0]].calendar)
        return whole(value * share * factor)

    def effort(self, item: Thing, task: Task) -> Any:  # noqa: ANN401
        """Draw the duration of a task, part by part when it was merged."""
        if task.parts:
            return sum(self.drawn(item, part.duration, part.was, part.share) for part in task.parts)
        return self.drawn(item, task.duration)

    def transfer(self, item: Thing, task: Task) -> None:
        """Bring an item to the department of the first performer."""
        target, came = task.performer[0].partition(".")[0], self.now
        if item.origin and self.roles[task.performer[0]].kind != "system":
            bodies = {self.process.departments[name].body for name in (item.origin, target)}
            way = self.process.transfers.between(item.origin, target, same_body=len(bodies) == 1)
            delay = self.draw(way.delay, "transfer", self.lineages[item.node], item.visit, item.case.position)
            came = self.later(way.calendar, self.now, delay)
        if came == self.now:
            self.reach(item, task)
        else:
            self.due_at(item, came, ARRIVALS, lambda: self.reach(item, task))

    def reach(self, item: Thing, task: Task) -> None:
        """Hold an item that has been transferred for a batch, or release it."""
        item.transferred = self.now
        if task.batch is None:
            self.release([item], 1, task)
            return
        self.held[item.node].append(item)
        if task.batch.timeout:
            item.hold = self.bound(item, "hold", task.batch.timeout, "batch.timeout")
        for moment in (self.now, self.now + task.batch.max_wait):
            self.at(moment, RUNS, -1, self.rank[item.node], lambda: self.decide(item.node))

    def plan_runs(self, name: str) -> None:
        """Enter the scheduled runs of a batch, adapted to the calendar of the first performer."""
        task = self.tasks[name]
        hours, closed = self.hours[self.roles[task.performer[0]].calendar], task.batch.on_closed
        self.times[name] = self.adapted(task.batch.schedule, hours, closed) if task.batch.schedule else set()
        for moment in self.times[name]:
            self.at(moment, RUNS, -1, self.rank[name], lambda: self.decide(name))

    def adapted(self, schedule: Any, hours: Hours, closed: str) -> set[int]:  # noqa: ANN401
        """Give the times of a schedule, adapted to a calendar."""
        times = schedule.times(self.start, self.end // DAY + 1)
        times = [hours.next_open(moment) if closed == "next_opening" else moment for moment in times]
        return {moment for moment in times if closed == "run" or hours.opening(moment)}

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
        piece = Thing(items=items, node=name, released=self.now, started=-1, completed=-1, person=-1, setup=0)
        piece.setup_left = piece.rest = 0
        piece.members, piece.opener = list(items), items[0]
        piece.people, piece.event, piece.rules = [], None, [item.case.course.process.cases for item in items]
        for item in items:
            item.released, item.piece = self.now, piece
            if item.hold:
                item.hold.off = True
        asked = list(zip(items, piece.rules, strict=True))
        priority = max(self.value(rules.priority, item.case) for item, rules in asked)
        piece.preempts = task.preempts or any(self.value(rules.preempts, item.case) for item, rules in asked)
        piece.order = (-priority, not piece.preempts, self.now, case.number, self.rank[name])
        piece.one_by_one = task.batch is not None and task.batch.mode == "one_by_one"
        if task.batch:
            self.runs.append(piece)
            setup = self.draw(task.batch.setup, "setup", self.lineages[name], items[0].visit, case.position)
            piece.setup = piece.setup_left = self.worth(setup, self.roles[task.performer[0]].calendar)
        piece.drawn = piece.setup + sum(item.duration for item in (items if piece.one_by_one else items[:1]))
        piece.due = min(self.deadline(item.case, rules) for item, rules in asked)
        self.queue.append(piece)
        self.reserve(piece, task, items)

    def deadline(self, case: Thing, rules: Any) -> float:  # noqa: ANN401
        """Give the earliest instant at which a clock of a case ends that is running now."""
        ends = [inf]
        for clock in rules.clocks.values():
            arrived = case.need if case.source == BACKLOG else case.arrived
            begun = {"need": case.need, "arrival": arrived}.get(clock.start)
            marked = case.first.get(case.course.prefix + clock.start)
            begun = marked.completed if begun is None and marked else begun
            if begun is not None and not any(case.course.prefix + to in case.first for to in clock.to):
                limit = clock.limit
                limit = chosen(limit.of, self.meaning(limit.by, case)) if isinstance(limit, LimitBy) else limit
                left = self.worth(limit, clock.calendar) + min(begun, 0)
                ends.append(left if left < 0 else self.hours[clock.calendar].add(max(begun, 0), left))
        return min(ends)

    def reserve(self, piece: Thing, task: Task, items: list[Thing]) -> None:
        """Note who is barred from a piece of work, and for whom it is kept how long; enter its patience."""
        case = items[0].case
        prefix = case.course.prefix
        barred = [i.case.done_by.get(prefix + other, []) for i in items for other in task.never_same_person_as]
        piece.barred = {who for people in barred for who in people}
        kept = [who for who in self.kept_people(case, task) if who not in piece.barred and who[1] == who[0].leavers]
        piece.kept = {who for who in kept if who[0].role in self.places[piece.node]}
        keeps, hold = task.keeps_for, task.hold_after
        keeps = chosen(keeps.of, self.meaning(keeps.by, case)) if isinstance(keeps, PatienceChoice) else keeps
        piece.open_at = self.now + keeps if piece.kept else self.now
        days = self.roles[task.performer[0]].calendar if is_days(hold) else "always"
        piece.holds_at = self.later(days, self.now, hold) if task.together else NEVER
        for moment in (piece.open_at, piece.holds_at):
            self.at(moment, TIME_PASSES, case.number, self.rank[piece.node], lambda: None)
        if task.reneges_after:
            self.due_at(items[0], self.now + items[0].patience, LEAVING, lambda: self.renege(items[0], task))

    def kept_people(self, case: Thing, task: Task) -> list[tuple[Thing, int]]:
        """Give the people whom a case wants for a task."""
        if task.same_person_as:
            return case.done_by.get(case.course.prefix + task.same_person_as, [])[:1]
        if task.case_owner:
            return [case.owner] if case.owner else []
        if task.person is None:
            return case.team if task.case_team else []
        wanted = self.meaning(task.person.by, case)
        wanted = chosen(task.person.of, wanted) if task.person.of else wanted
        if str(wanted).removesuffix(".0").isdigit():
            number, role = int(float(wanted)), task.performer[0]
            named = [p for p in self.people if p.role == role and p.place == number - 1]
        else:
            named = [p for p in self.people if p.name == wanted]
        return [(p, p.leavers) for p in named if p.vacant is None and not p.gone]

    def complete(self, item: Thing) -> None:
        """Write the row of an item, carry out what it assigns, and let its token go on."""
        self.outrun(item)
        self.remove(item)
        self.write(item, COMPLETED)
        case, task = item.case, self.flow[item.node]
        for person, _ in item.people:
            person.experience[item.node] += 1
            person.known.add(case)
        if item.people and not item.detached:
            self.remember(item, task)
        if item.detached:
            return
        if isinstance(task, Task):
            self.err(item, task)
            if task.contact:
                self.contact(case)
        self.assign(item)
        self.watch(case)
        self.leave(item)

    def remember(self, item: Thing, task: Task) -> None:
        """Note who did an item of a case."""
        case, first = item.case, task.performer[0]
        case.done_by[item.node] = item.people
        item.origin = item.origin if self.roles[first].kind == "system" else first.partition(".")[0]
        if task.case_owner and (case.owner is None or case.owner[0].leavers != case.owner[1]):
            case.owner = item.people[0]
        if task.case_team:
            case.team += item.people

    def err(self, item: Thing, task: Task) -> None:
        """Correct, detect and introduce errors at the completion of a task."""
        case, lineage = item.case, self.lineages[item.node]
        for error in case.errors:
            if error.lineage == lineage and error.corrected < 0:
                error.corrected = self.now
        finds, makes = self.chance(case, task.detects_error), self.chance(case, task.introduces_error)
        for error in case.errors:
            if finds and error.detected < 0 and error.corrected < 0:
                u = self.luck(f"detect {error.lineage}", lineage, item.visit, case.position)
                error.detected = self.now if u < finds else -1
        if makes and self.luck("error", lineage, item.visit, case.position) < makes:
            error = Thing(case=case, node=item.node, lineage=lineage, made=self.now, detected=-1, corrected=-1)
            case.errors.append(error)
            self.errors.append(error)

    def chance(self, case: Thing, rule: Any) -> float:  # noqa: ANN401
        """Give a chance, or the one that holds for a case now."""
        return rule if isinstance(rule, int | float) else chosen(rule.of, self.meaning(rule.by, case))

    # What is taken away --------------------------------------------------------------------------------------------

    def remove(self, item: Thing) -> None:
        """Let an item be under way no longer."""
        self.open.remove(item)
        self.call_off(item)
        (item.case.chases if item.detached else item.case.live).remove(item)

    def take_out(self, item: Thing, status: int) -> Thing:
        """Take an item away, wherever it is; give its token."""
        self.remove(item)
        if item.node in self.held and item in self.held[item.node]:
            self.held[item.node].remove(item)
        if item.piece and item.piece.completed < 0:
            self.leave_run(item, item.piece)
        self.write(item, status)
        self.watch(item.case)
        return self.token(item)

    def leave_run(self, item: Thing, piece: Thing) -> None:
        """Take an item out of a piece of work, which goes on without it if anything is left."""
        working, present = piece.event is not None, item in self.present(piece)
        alone = present and (piece.one_by_one or len(piece.items) == 1)
        if working and alone:
            self.halt(piece, TAKEN_OUT)
        elif working and present:
            item.stints += [(person.number, piece.since, self.now, TAKEN_OUT) for person in piece.people]
        piece.items.remove(item)
        if not piece.items:
            piece.completed = self.now if piece.started >= 0 else -1
            if piece in self.queue:
                self.queue.remove(piece)
            else:
                self.release_people(piece)
        elif alone and piece.started >= 0:
            self.next_turn(piece)
            if working:
                self.go_on(piece)
            elif piece not in self.queue:
                piece.items[0].started, piece.items[0].person = self.now, piece.person
                piece.items[0].stints.append((piece.person, self.now, self.now, item.stints[-1][3]))

    def cancel(self, case: Thing, nodes: Collection[str] = ()) -> Thing:
        """Take out all that is under way for a case (or only at some nodes); give the token of the oldest item."""
        token, nodes = Thing(case=case, pred=-1, origin="", rivals=None), nodes or case.course.flow
        calls = [item for item in case.calls if item.node in nodes]
        case.calls = [item for item in case.calls if item.node not in nodes]
        for name in [name for name in case.blocks if name in nodes]:
            self.call_off(case.blocks.pop(name))
        children = [c for c in self.cases if c.caller and c.caller.item in calls and c.ended < 0]
        for child in children:
            child.caller.waits = False
            self.end_case(child, "cancelled", self.cancel(child).pred, "")
        if children:
            token.pred = children[0].caller.token.pred if children[0].last == -1 else children[0].last
        for event in case.ending:
            event.off = True
        items = sorted((i for i in case.live if i.node in nodes), key=lambda item: (item.created, self.rank[item.node]))
        tokens = [self.take_out(item, CANCELLED) for item in items]
        for name in set(nodes) & set(case.joins):
            del case.joins[name]
        return tokens[0] if tokens else token

    def end_case(self, case: Thing, outcome: str, last: int, origin: str) -> None:
        """Let a case have ended."""
        case.ended, case.outcome, case.last, case.origin = self.now, outcome, last, origin
        self.unfinished -= case.counts
        for clock in case.clocks:
            self.stop_clock(clock)
        case.clocks.clear()
        for chase in list(case.chases):
            if chase.started < 0:
                self.take_out(chase, CANCELLED)
        if case.caller and case.caller.waits:
            self.instance_ended(case)

    def come(self, token: Thing, name: str) -> None:
        """Let a case come to the office: its clocks begin, and its token enters a node."""
        case = token.case
        if case.ended >= 0:
            return
        client = case.course.process.cases.client
        if client.withdraws_after:
            rule, factor = self.timing(case, client.withdraws_after)
            patience = whole(self.draw(rule, "patience", case.course.name, 0, case.position) * factor)
            self.run_clock(case, patience, (LEAVING, -1), case.course.asks, lambda _: self.withdraw(case))
        if client.chases:
            self.wait_to_ask(case, 0)
        for clock in case.course.process.cases.clocks:
            if case.course.process.cases.clocks[clock].start in {"arrival", "need"}:
                self.start_limit(case, clock)
        self.watch(case)
        self.enter(token, name)

    def wait_to_ask(self, case: Thing, number: int) -> None:
        """Begin the waiting before a chase."""
        rule, factor = self.timing(case, case.course.process.cases.client.chases.every)
        waits = max(1, whole(self.draw(rule, "chase", case.course.name, number, case.position) * factor))
        rank = self.rank.get(case.course.prefix + "chases", -1)
        self.run_clock(case, waits, (ARRIVALS, rank), case.course.asks, lambda clock: self.chase(case, clock, number))

    def chase(self, case: Thing, clock: Thing, number: int) -> None:
        """Let a client ask about the state of the case, which may make work."""
        case.clocks.remove(clock)
        entry = Thing(case=case, time=self.now, row=None)
        self.contacts.append(entry)
        name = case.course.prefix + "chases"
        if name in self.flow:
            entry.row = item = self.passing(Thing(case=case, pred=-1, origin="", rivals=None), name)
            item.detached, item.transferred, item.duration = True, self.now, self.effort(item, self.flow[name])
            self.open.append(item)
            case.chases.append(item)
            if name in self.tasks:
                self.release([item], 1, self.flow[name])
            else:
                item.released = item.started = self.now
                self.due_at(item, self.now + item.duration, WORK_ENDS, lambda: self.complete(item))
        self.wait_to_ask(case, number + 1)
        self.watch(case)

    def contact(self, case: Thing) -> None:
        """Give the client the whole patience again."""
        for clock in case.clocks:
            if clock.stops is case.course.asks:
                self.stop_clock(clock)
                clock.left = clock.whole

    def withdraw(self, case: Thing) -> None:
        """Let the client withdraw."""
        token = self.cancel(case)
        self.end_case(case, "withdrawn", token.pred, token.origin)

    def renege(self, item: Thing, task: Task) -> None:
        """Let an item that was not started in time leave the queue."""
        if item.started < 0:
            token = self.take_out(item, RENEGED)
            if task.reneges_after.next:
                self.enter(token, item.case.course.prefix + task.reneges_after.next)
            else:
                self.cancel(item.case)
                self.end_case(item.case, "abandoned", item.row, item.origin)

    def start_limit(self, case: Thing, name: str) -> None:
        """Start a clock that acts when its limit has passed."""
        rule, prefix = case.course.process.cases.clocks[name], case.course.prefix
        if rule.on_pass is None or any(prefix + to in case.first for to in rule.to):
            return
        limit = rule.limit
        limit = chosen(limit.of, self.meaning(limit.by, case)) if isinstance(limit, LimitBy) else limit
        stops = {n for n, t in case.course.flow.items() if isinstance(t, Task) and t.performer[0] in rule.stops_while}
        stops |= {prefix + node for node in rule.stops_while}
        hours, counted = self.hours[rule.calendar], 0
        if case.source == BACKLOG and rule.start in {"need", "arrival"}:
            counted = -case.need
        elif rule.start == "need":
            counted = hours.open_time(case.need, self.now)
        left = max(0, self.worth(limit, rule.calendar) + 1 - counted)
        place = (CANCELS + 0.5, sorted(case.course.process.cases.clocks).index(name))
        clock = self.run_clock(case, left, place, frozenset(stops), lambda clock: self.pass_limit(clock, rule))
        clock.name, clock.hours = name, hours

    def tick(self, item: Thing) -> None:
        """Let clocks that act start and end at the first completion of a node."""
        case = item.case
        local = item.node.removeprefix(case.course.prefix)
        for name, rule in case.course.process.cases.clocks.items():
            if local in rule.to:
                for clock in [clock for clock in case.clocks if clock.name == name]:
                    self.stop_clock(clock)
                    case.clocks.remove(clock)
            if local == rule.start:
                self.start_limit(case, name)
        self.watch(case)

    def pass_limit(self, clock: Thing, rule: Any) -> None:  # noqa: ANN401
        """Let a limit have passed: all that is under way is cancelled, and one token goes elsewhere."""
        case = clock.case
        case.clocks.remove(clock)
        token = self.cancel(case)
        case.tokens = 1
        self.enter(token, case.course.prefix + rule.on_pass.next)

    def run_clock(
        self, case: Thing, left: int, place: tuple[float, int], stops: frozenset[str], action: Callable[[Thing], None]
    ) -> Thing:
        """Add a clock that stands still while items of some nodes are under way."""
        clock = Thing(case=case, left=left, whole=left, since=None, place=place, stops=stops, action=action, name="")
        clock.hours = self.hours["always"]
        case.clocks.append(clock)
        return clock

    def watch(self, case: Thing) -> None:
        """Let the clocks of a case stand or run, as its items want it."""
        for clock in case.clocks:
            stands = any(item.node in clock.stops for item in case.live) and not (clock.name and clock.left == 0)
            if stands:
                self.stop_clock(clock)
            elif clock.since is None:
                clock.since, ends = self.now, clock.hours.add(self.now, clock.left)
                ends = max(ends, case.arrived + 1) if clock.name else ends
                phase, rank = clock.place
                clock.event = self.at(ends, phase, case.number, rank, partial(clock.action, clock))

    def stop_clock(self, clock: Thing) -> None:
        """Let a clock stand."""
        if clock.since is not None:
            clock.left -= clock.hours.open_time(clock.since, self.now)
            clock.event.off, clock.since = True, None

    # The run -------------------------------------------------------------------------------------------------------

    def begin_run(self, backlog: Mapping[str, Any]) -> None:
        """Enter what happens by itself: backlog, arrivals, runs of batches, shifts, absences."""
        self.wait_in_line(backlog)
        for course in self.courses:
            self.expect(course)
        for name in self.held:
            self.plan_runs(name)
        for person in self.people:
            self.employ(person)
            self.begin_duties(person)
            self.begin_courses(person)
            for kind in self.roles[person.role].absences:
                self.absence_gap(person, kind, 0)
            for opens, _ in person.hours.until(self.end):
                self.at(opens, SHIFTS, -1, person.number, lambda: None)

    def carry_out(self) -> int:
        """Carry out instant after instant; give the instant at which the run stopped."""
        while self.heap:
            moment = self.heap[0][0]
            if moment > self.end or (moment >= self.length and not self.unfinished):
                break
            self.now = moment
            while self.heap and self.heap[0][0] == moment:
                while self.heap and self.heap[0][0] == moment:
                    event = heapq.heappop(self.heap)[-1]
                    if not event.off:
                        event.action()
                self.dispatch()
            if moment >= self.length and not self.unfinished:
                return moment
        return self.end if self.unfinished else self.length

    def result(self, stopped: int) -> Reference:
        """Give the log: rows of open items last, and the side tables."""
        self.now = stopped
        still = sorted(self.open, key=lambda item: (item.case.number, self.rank[item.node]))
        for number, item in enumerate(still, len(self.rows)):
            item.row = number
        for piece in {person.busy for person in self.people if person.busy}:
            if piece.event:
                self.stretch(piece, STOPPED)
        columns = ("created", "transferred", "released", "started", "completed")
        rows = [
            (i.case.number, i.node, i.visit, i.pred, i.person, *(getattr(i, column) for column in columns), i.status)
            for i in self.rows + still
        ]
        return Reference(
            rows,
            [self.outlined(case) for case in self.cases],
            self.joins,
            self.batches(),
            self.all_duties(stopped),
            stopped,
            stints=sorted(self.stints(self.rows + still), key=lambda stint: (stint[0], *stint[2:4], stint[1])),
            reserved=self.reserved(stopped),
            contacts=sorted((c.case.number, c.time, 2, c.row.row if c.row else -1) for c in self.contacts),
            errors=[
                (e.case.number, e.node, e.made, e.detected, e.corrected)
                for e in sorted(self.errors, key=lambda e: (e.case.number, e.made, self.rank[e.node]))
            ],
        )

    @staticmethod
    def outlined(c: Thing) -> tuple[Any, ...]:
        """Give the line of a case."""
        parent = c.caller.item.case.number if c.caller else -1
        family = (c.course.number, parent, c.source, c.position)
        return (c.need, c.opened, c.arrived, c.ended, c.outcome, c.channel, c.last, *family, c.attributes)

    def batches(self) -> list[tuple[Any, ...]]:
        """Give the table of batches."""
        runs = sorted(self.runs, key=lambda run: (run.released, self.rank[run.node]))
        stamps = [(r.node, r.released, r.started, r.completed, r.person, r.setup) for r in runs]
        return [(*stamp, [item.row for item in run.members]) for stamp, run in zip(stamps, runs, strict=True)]

    def all_duties(self, stopped: int) -> list[tuple[int, int, int, int]]:
        """Give the table of duties, vacancies that nobody has filled included."""
        vacant = [(p.number, p.vacant, self.end, VACANT, 0) for p in self.people if p.vacant is not None]
        found = sorted(self.duties + vacant, key=lambda duty: (*duty[:2], *duty[3:]))
        return [duty[:4] for duty in found if duty[1] < stopped]

    @staticmethod
    def stints(items: list[Thing]) -> Iterator[tuple[int, ...]]:
        """Give the stretches of work on items that were not simply done by one person in one go."""
        for item in items:
            times = [(begin, end) for _, begin, end, _ in item.stints]
            simple = len(times) == 1 and times[0][0] == item.started and item.stints[0][3] == STOPPED
            if times and not simple and times != [(item.started, item.completed)]:
                yield from ((item.row, *stint) for stint in item.stints)

    def reserved(self, stopped: int) -> list[tuple[int, int, int, int]]:
        """Give the table of people who were held."""
        last = [(person.hold[0], person, person.hold[1], stopped) for person in self.people if person.hold]
        found = [(piece.opener.row, p.number, a, b) for piece, p, a, b in self.holdings + last if a < b]
        return sorted(found, key=lambda held: (held[0], held[2], held[1]))


def interpret(process: Process, *, start: date, length: int, drain: int, seed: int, replication: int,
              backlog: Mapping[str, Any] | None = None) -> Reference:  # fmt: skip
    """Run a resolved process once; `length` and `drain` in milliseconds."""
    run = Run(process, start, length, drain, f"{seed}/{replication}")
    run.begin_run(backlog or {})
    return run.result(run.carry_out())
