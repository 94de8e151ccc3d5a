"""The compiled process: names become numbers, context becomes tables. Everything that a run needs, and nothing else.

A plan is plain data (tuples, numbers, distributions, expressions), so that it travels to worker processes and so that
another engine could read it. Nodes are numbered by their rank (their place in alphabetical order), departments,
roles, channels, attributes and outcomes by their names too: the order in which a file is written means nothing.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import accumulate
from typing import Any

from bpsim.engine.coming import (
    DAY,
    ArrivalPlan,
    Backlog,
    BacklogPlan,
    DeadlinePlan,
    arrival_plan,
    backlog_plans,
    deadline_plans,
)
from bpsim.engine.labels import Labels
from bpsim.engine.numbering import Numbering
from bpsim.engine.patience import ClientPlan, RenegingPlan, client_plan, reneging_plan
from bpsim.engine.queues import PoolPlan, QueuePlan, queue_of
from bpsim.engine.roles import RolePlan, role_plan
from bpsim.engine.routes import BoundaryPlan, BranchPlan, Routes
from bpsim.engine.wants import WishPlan, followed, wish_plan
from bpsim.eventlog import (
    NONE,
    Settings,
)
from bpsim.model import demand, flow
from bpsim.model.client import CHASES, ShareBy
from bpsim.model.graph import flows, nodes_in_cycles, reachable
from bpsim.model.process import Process, joined
from bpsim.model.written import ALWAYS, NEVER, ProbabilityBy, chances
from bpsim.values.calendars import OpenTable
from bpsim.values.conditions import Expression
from bpsim.values.distributions import Distribution, constant
from bpsim.values.durations import WorkingDays

#: Calendars are tabulated this much beyond the end of the run, for work that ends later.
MARGIN_DAYS = 370
#: What a clock may start from or run to beside nodes.
CLOCK_WORDS = ("arrival", "need", "end")

#: What a chance is chosen by, when it is not an attribute.
CHANNEL = -2

Delay = Distribution | WorkingDays
#: How an attribute is drawn: ("one", D), ("shares", cumulative, words) or ("choice", index, ((value, D), ...)).
Rule = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class WorkPlan:
    """How long something takes: one draw, or a choice by an attribute, times a factor. `lineage` names its stream."""

    lineage: str
    by: int
    of: tuple[tuple[str, Delay], ...]
    factor: Expression | None
    scale: float = 1.0

    def plain(self) -> Distribution | None:
        """Give the one distribution, when neither the case nor a calendar decides."""
        value = self.of[0][1]
        simple = self.by == NONE and self.factor is None and self.scale == 1.0
        return value if simple and isinstance(value, Distribution) else None


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """When a batch runs: `times` are the scheduled instants."""

    size: int
    most: int
    max_wait: int
    times: tuple[int, ...]
    cutoff: int
    one_by_one: bool
    setup: Distribution


@dataclass(frozen=True, slots=True)
class ChancePlan:
    """A probability: one, or by the value of an attribute (or of the channel)."""

    by: int
    of: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class TransferPlan:
    """The delay of a way into a department, in a calendar."""

    delay: Delay
    calendar: int


@dataclass(frozen=True, slots=True)
class CallPlan:
    """What a call begins: `hands` and `returns` name attributes by their numbers there and here.

    A return is (attribute here, way, number there): way `last`, `sum`, `min`, `max`, `any`, `all` of an attribute, or
    `outcome`, or `count` of an outcome. `applies` is the time until the client applies.
    """

    process: int
    instances: Distribution | Expression
    sequential: bool
    wait: bool
    hands: tuple[tuple[int, Expression], ...]
    returns: tuple[tuple[int, str, int], ...]
    applies: WorkPlan | None


@dataclass(frozen=True, slots=True)
class NodePlan:
    """A node, compiled. Numbers refer to the plan's tuples; -1 means none."""

    name: str
    process: int
    kind: str
    lineage: str
    lineage_index: int
    repeated: bool
    milestone: bool
    targets: tuple[int, ...]
    rule: str
    cumulative: tuple[float, ...]
    conditions: tuple[Expression | None, ...]
    incoming: int
    assign: tuple[tuple[int, Distribution | Expression], ...]
    outcome: int
    terminate: bool
    hire: tuple[int, Distribution] | None
    work: tuple[WorkPlan, ...]
    calendar: int
    until: tuple[int, ...] | None
    boundaries: tuple[BoundaryPlan, ...]
    inside: frozenset[int]
    ends: int
    branches: tuple[BranchPlan, ...]
    closes: int
    groups: tuple[int, ...]
    department: int
    machine: bool
    queue: int
    rank: int
    together: bool
    hold_after: int | WorkingDays
    wish: WishPlan
    familiarity: float
    preempts: bool
    batch: BatchPlan | None
    transfers: tuple[TransferPlan | None, ...]
    stops: tuple[int, ...]
    contact: bool
    reneging: RenegingPlan | None
    detached: bool
    introduces: ChancePlan | None
    detects: ChancePlan | None
    call: CallPlan | None
    message: str
    hands: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class ChannelPlan:
    """A channel: when it is open and how long an application is on its way.

    `shift` has the places of the channels that some come by instead: with the attribute that decides (NONE: none) and
    the shares by its values.
    """

    calendar: int
    delay: Delay
    shift: tuple[tuple[int, int, tuple[tuple[str, float], ...]], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole compiled process for one experiment.

    In a run of several processes each has a plan; those of the companions are `others`. What they share (settings,
    nodes, roles, queues, pools, tables) is the same in all. `name` is empty for the main process.
    """

    settings: Settings
    name: str
    number: int
    weekday: int
    start_date: date
    length: int
    horizon: int
    start: int
    nodes: tuple[NodePlan, ...]
    roles: tuple[RolePlan, ...]
    queues: tuple[QueuePlan, ...]
    pools: tuple[PoolPlan, ...]
    tables: tuple[OpenTable, ...]
    arrivals: ArrivalPlan
    backlog: tuple[BacklogPlan, ...]
    deadlines: tuple[DeadlinePlan, ...]
    dues: tuple[DeadlinePlan, ...]
    client: ClientPlan | None
    channels: tuple[ChannelPlan, ...]
    channel_by: int
    channel_shares: tuple[tuple[str, tuple[float, ...]], ...]
    channel_numbers: tuple[int, ...]
    by_event: bool
    attributes: tuple[tuple[str, Rule], ...]
    attribute_order: tuple[int, ...]
    priority: Expression | None
    preempts: Expression | None
    lineages: int
    anchors: int
    cancels: bool
    trigger: int
    breaks_off: bool
    max_visits: int
    counted: tuple[int, ...]
    others: tuple["Plan", ...] = ()

    def address(self, name: str = "") -> str:
        """Give the lineage of something of this process: its name, in a companion after the process's."""
        return "/".join(part for part in (self.name, name) if part)

    def every(self) -> tuple["Plan", ...]:
        """Give the plans of all processes of the run, the main one first."""
        return (self, *self.others)


def compile_plan(process: Process, *, start: date, length: int, drain: int, backlog: Backlog = ()) -> Plan:
    """Compile a process for runs of `length` ms that begin at midnight of `start` and may drain for `drain` ms.

    `backlog` says how many cases wait before which nodes at the start, and how old they are.
    """
    shared = Numbering(process, start, (length + drain) // DAY + MARGIN_DAYS)
    compilers = [Compiler(shared, name, start, length, drain) for name in shared.every]
    nodes = sorted((node for each in compilers for node in each.nodes()), key=lambda node: shared.rank[node.name])
    settings = Labels(compilers).settings()
    main, *others = [each.plan(tuple(nodes), settings, backlog) for each in compilers]
    return replace(main, others=tuple(others))


class Compiler:
    """Holds the numbering of one process while a plan is made; `name` is empty for the main process."""

    def __init__(self, shared: Numbering, name: str, start: date, length: int, drain: int) -> None:
        self.shared, self.name = shared, name
        process = self.process = shared.every[name]
        self.number = list(shared.every).index(name)
        self.start = start
        self.length = length
        self.drain = drain
        self.days = (length + drain) // DAY + MARGIN_DAYS
        self.names = sorted(process.flow)
        self.rank = {node: shared.rank[joined(name, node)] for node in self.names}
        self.role_models, self.role = shared.role_models, shared.role
        self.departments, self.calendars, self.tables = shared.departments, shared.calendars, shared.tables
        self.outcomes, self.queues = shared.outcomes, shared.queues
        self.attributes = {name: i for i, name in enumerate(sorted(process.cases.attributes))}
        self.lineage = {name: i for i, name in enumerate(sorted({process.lineage(name) for name in self.names}))}
        remembered = {name for task in process.tasks().values() for name in followed(task)}
        self.anchors = {name: i for i, name in enumerate(sorted(remembered))}
        self.deadlines = deadline_plans(process, self.rank, self.attributes, self.calendars)
        self.client = client_plan(process, self.rank, self.outcomes, self._patience)
        self.routes = Routes(
            process, name, self.rank, lambda lineage, duration: self._duration(lineage, duration, None)
        )

    def _dues(self) -> tuple[DeadlinePlan, ...]:
        """Compile every clock, where work is done by its limit."""
        if all(role.discipline != "edd" for role in self.role_models.values()):
            return ()
        return deadline_plans(self.process, self.rank, self.attributes, self.calendars, every=True)

    def nodes(self) -> list[NodePlan]:
        """Compile the nodes of the process."""
        passed = [clock.on_pass.next for clock in self.process.cases.clocks.values() if clock.on_pass]
        cycles = nodes_in_cycles(self.process) | reachable(flows(self.process), passed)
        shared = Counter(self.process.lineage(name) for name in self.names)
        return [self._node(name, cycles, shared) for name in self.names]

    def plan(self, nodes: tuple[NodePlan, ...], settings: Settings, backlog: Backlog) -> Plan:
        """Compile the rest; the nodes are those of all processes, and so are those of the backlog."""
        process, cases = self.process, self.process.cases
        own = [queue for queue in backlog if queue[0] in {joined(self.name, name) for name in self.names}]
        channels = sorted(process.channels.items())
        by, shares = demand.channel_shares(dict(channels))
        visited = {name for text in self._expressions() for name in text.visits()}
        roles, pools = tuple(role_plan(self, name) for name in self.role), tuple(self.queues.pools())
        return Plan(
            settings=settings,
            name=self.name,
            number=self.number,
            weekday=self.start.weekday(),
            start_date=self.start,
            length=self.length,
            horizon=self.length + self.drain,
            start=self.rank[process.start()],
            nodes=nodes,
            roles=roles,
            queues=tuple(self.queues.plans),
            pools=pools,
            tables=self.tables,
            arrivals=arrival_plan(
                process, self.tables[self.calendars[cases.calendar]], self.start, self.length + self.drain
            ),
            backlog=backlog_plans(self.shared.rank, own),
            deadlines=self.deadlines,
            dues=self._dues(),
            client=self.client,
            channels=self._channels([name for name, _ in channels]),
            channel_by=self.attributes.get(by, NONE) if len(channels) > 1 else NONE,
            channel_shares=tuple((key, tuple(accumulate(one.values()))) for key, one in sorted(shares.items())),
            channel_numbers=tuple(self.shared.channels[name] for name, _ in channels),
            by_event=cases.entry == "event",
            attributes=tuple((name, self._attribute(name)) for name in self.attributes),
            attribute_order=self._attribute_order(),
            priority=None if cases.priority.text == "0" else cases.priority,
            preempts=None if cases.preempts.text == "false" else cases.preempts,
            lineages=len(self.lineage),
            anchors=len(self.anchors),
            cancels=self.shared.cancels,
            trigger=self.role.get(cases.trigger.vacancy, NONE) if cases.trigger else NONE,
            breaks_off=any(
                (
                    *(role.breaks_off() for role in roles),
                    *(pool.breaks for pool in pools),
                    *(node.together for node in nodes),
                )
            ),
            max_visits=cases.max_visits,
            counted=tuple(self.rank[name] for name in sorted(visited)),
        )

    # -- people ------------------------------------------------------------------------------------------------------

    def first_person(self, name: str) -> int:
        """Give the number of the first person of a role."""
        return sum(role.staff for other, role in self.role_models.items() if other < name)

    # -- nodes -------------------------------------------------------------------------------------------------------

    def _node(self, name: str, cycles: frozenset[str] | set[str], shared: Mapping[str, int]) -> NodePlan:
        node = self.process.flow[name]
        lineage = self.process.lineage(name)
        task = node if isinstance(node, flow.Task) else None
        people = task is not None and task.by_people()
        rule, cumulative, conditions, targets = self._routing(node)
        department = self.departments[task.performer[0].partition(".")[0]] if task and people else NONE
        machine = bool(task and people and self.process.role(task.performer[0]).kind == "system")
        closes, groups = self.routes.closing(name, node)
        return NodePlan(
            name=joined(self.name, name),
            process=self.number,
            kind=self.kind(name, node),
            lineage=joined(self.name, lineage),
            lineage_index=self.lineage[lineage],
            repeated=name in cycles or name in self.routes.beside or shared[lineage] > 1,
            milestone=self._is_milestone(name, node),
            targets=targets,
            rule=rule,
            cumulative=cumulative,
            conditions=conditions,
            incoming=self.incoming[name],
            assign=tuple((self.attributes[key], value) for key, value in sorted(node.assign.items())),
            outcome=self.outcomes[node.outcome] if isinstance(node, flow.End) else NONE,
            terminate=isinstance(node, flow.End) and node.terminate,
            hire=self._hire(node),
            work=self._work(name, node),
            calendar=self.calendar(node),
            until=self._until(node) if isinstance(node, flow.Timer) and node.until else None,
            boundaries=self.routes.boundaries(name, node),
            inside=self.routes.inside(name, node),
            ends=self.routes.ends(name),
            branches=self.routes.branches(node),
            closes=closes,
            groups=groups,
            department=department,
            machine=machine,
            queue=self.queues.number[queue_of(task)] if task and people else NONE,
            rank=self.rank[name],
            together=bool(task and task.together),
            hold_after=task.hold_after if task else NEVER,
            wish=wish_plan(name, task, self.anchors, self.attributes),
            familiarity=task.familiarity if task else 1.0,
            preempts=bool(task and task.preempts),
            batch=self._batch(task) if task and task.batch else None,
            stops=self._stops(name, task),
            contact=bool(task and task.contact),
            reneging=reneging_plan(task, lineage, self.rank, self.outcomes, self._patience),
            detached=name == CHASES,
            introduces=self._chance(task.introduces_error) if task else None,
            detects=self._chance(task.detects_error) if task else None,
            transfers=() if department == NONE or machine else self._transfers(department),
            call=self._call(lineage, node) if isinstance(node, flow.Call) else None,
            message=node.message if isinstance(node, flow.Send | flow.Receive) else "",
            hands=tuple(sorted(node.hands.items())) if isinstance(node, flow.Send) else (),
        )

    def _stops(self, name: str, task: flow.Task | None) -> tuple[int, ...]:
        """Number the clocks that stand while the work is open; the client who waits comes after those that act."""
        found = [i for i, clock in enumerate(self.deadlines) if self.rank[name] in clock.stops]
        if self.client and task and task.performer[0] == flow.CLIENT:
            found.append(len(self.deadlines))
        return tuple(found)

    def _patience(self, lineage: str, duration: flow.Duration) -> WorkPlan:
        work = self._duration(lineage, duration, None)
        return work if lineage else replace(work, lineage=self.name)

    def _call(self, lineage: str, node: flow.Call) -> CallPlan:
        key = self.shared.whole.key(node.process)
        called = self.shared.every[key]
        there = {name: i for i, name in enumerate(sorted(called.cases.attributes))}
        returns = []
        for mine, written in sorted(node.returns.items()):
            way, name = flow.read_return(written)
            number = self.outcomes.get(name, NONE) if way == "count" else there.get(name, NONE)
            returns.append((self.attributes[mine], way, number))
        return CallPlan(
            process=list(self.shared.every).index(key),
            instances=node.instances,
            sequential=node.order == "sequential",
            wait=node.wait,
            hands=tuple((there[name], value) for name, value in sorted(node.hands.items())),
            returns=tuple(returns),
            applies=self._duration(lineage, node.applies_after, None) if node.applies_after else None,
        )

    def kind(self, name: str, node: flow.Node) -> str:
        """Name what a run does at a node."""
        if isinstance(node, flow.Task):
            return "people" if node.by_people() else node.performer[0]
        if isinstance(node, flow.Parallel):
            return "split" if len(node.next) > 1 else "join"
        if isinstance(node, flow.Inclusive):
            return "inclusive_split" if len(node.next) > 1 else "inclusive_join" if self.incoming[name] > 1 else ""
        return getattr(node, "type", "")

    @cached_property
    def incoming(self) -> Counter[str]:
        flows: Counter[str] = Counter()
        for node in self.process.flow.values():
            flows.update(branch.to for branch in node.next)
            flows.update(target for _, target in flow.side_ways(node, beside=False))
        return flows

    def _hire(self, node: flow.Node) -> tuple[int, Distribution] | None:
        effect = node.effect if isinstance(node, flow.End) else None
        return (self.role[effect.hire], effect.after) if effect else None

    def _is_milestone(self, name: str, node: flow.Node) -> bool:
        clocks = self.process.cases.clocks.values()
        named = any(name == clock.start or name in clock.to for clock in clocks)
        return named and name not in CLOCK_WORDS and not isinstance(node, flow.Task | flow.Timer | flow.Receive)

    def _routing(
        self, node: flow.Node
    ) -> tuple[str, tuple[float, ...], tuple[Expression | None, ...], tuple[int, ...]]:
        """Compile the flows out: all, single, shares (numbers), odds (expressions), first or only (conditions)."""
        branches = list(node.next)
        if isinstance(node, flow.Parallel | flow.Inclusive | flow.EventBased) and len(branches) > 1:
            return "all", (), (), tuple(sorted(self.rank[branch.to] for branch in branches))
        branches.sort(key=lambda branch: branch.kind == "else")  # `else` takes the rest, wherever it stands
        targets = tuple(self.rank[branch.to] for branch in branches)
        if len(branches) <= 1:
            return "single", (), (), targets
        if any(branch.kind == "when" for branch in branches):
            conditions = tuple(branch.when if branch.kind == "when" else None for branch in branches)
            return ("first" if node.ordered else "only"), (), conditions, targets
        try:
            shares = [_number(branch.share) if branch.kind == "share" else 0.0 for branch in branches]
        except ValueError:
            odds = tuple(branch.share if branch.kind == "share" else None for branch in branches)
            return "odds", (), odds, targets
        return "shares", tuple(accumulate(shares)), (), targets

    def _work(self, name: str, node: flow.Node) -> tuple[WorkPlan, ...]:
        lineage = self.process.lineage(name)
        if isinstance(node, flow.Timer):
            return (self._duration(lineage, node.delay, None),)
        if not isinstance(node, flow.Task):
            return ()
        role = self.process.role(node.performer[0]) if node.by_people() else None
        calendar = self.process.calendars[role.calendar] if role else None
        day = calendar.mean_open_day() if calendar is not None else None
        if node.parts:
            return tuple(self._duration(part.was, part.duration, day, part.share) for part in node.parts)
        return (self._duration(lineage, node.duration, day),)

    def _duration(self, lineage: str, duration: flow.Duration, day: float | None, scale: float = 1.0) -> WorkPlan:
        def as_work(value: Delay) -> Delay:
            return constant(round(value.count * day)) if isinstance(value, WorkingDays) and day is not None else value

        choice = duration.choice
        of = (
            tuple((key, as_work(v)) for key, v in sorted(choice.of.items()))
            if choice
            else (("", as_work(duration.value)),)
        )
        by = self.attributes[choice.by] if choice else NONE
        return WorkPlan(joined(self.name, lineage), by, of, duration.factor if duration.scaled() else None, scale)

    def _until(self, timer: flow.Timer) -> tuple[int, ...]:
        """Give the times at which a timer may be over."""
        assert timer.until is not None  # noqa: S101 - narrows the type; the caller has looked
        return tuple(timer.until.on(self.tables[self.calendar(timer)], timer.on_closed, self.start, self.days))

    def calendar(self, node: flow.Node) -> int:
        """Give the calendar in force at a node."""
        if isinstance(node, flow.Task) and node.by_people():
            return self.calendars[self.process.role(node.performer[0]).calendar]
        return self.calendars[getattr(node, "calendar", ALWAYS)]

    def _chance(self, chance: float | ProbabilityBy) -> ChancePlan | None:
        """Compile a probability; None when it is 0 for all."""
        of = tuple(sorted(chances(chance).items()))
        if not any(p for _, p in of):
            return None
        by = getattr(chance, "by", "")
        return ChancePlan(CHANNEL if by == "channel" else self.attributes.get(by, NONE), of)

    def _transfers(self, department: int) -> tuple[TransferPlan | None, ...]:
        """Give the transfer from each department; the last entry is for a case that comes from nowhere: None."""
        models, names = self.process.departments, list(self.departments)
        target = names[department]
        ways: list[TransferPlan | None] = []
        for origin in names:
            same_body = models[origin].body == models[target].body
            way = self.process.transfers.between(origin, target, same_body=same_body)
            instant = isinstance(way.delay, Distribution) and way.delay.is_constant() and way.delay.mean() == 0
            ways.append(None if instant else TransferPlan(way.delay, self.calendars[way.calendar]))
        return (*ways, None)

    def _batch(self, task: flow.Task) -> BatchPlan:
        batch = task.batch
        assert batch is not None  # noqa: S101 - narrows the type; the caller has looked
        table = self.tables[self.calendar(task)]
        times = batch.schedule.on(table, batch.on_closed, self.start, self.days) if batch.schedule else []
        setup = batch.setup
        if isinstance(setup, WorkingDays):
            calendar = self.process.calendars[self.process.role(task.performer[0]).calendar]
            setup = constant(round(setup.count * calendar.mean_open_day()))
        return BatchPlan(
            size=batch.size or NEVER,
            most=batch.max or NEVER,
            max_wait=batch.max_wait,
            times=tuple(time for time in times if 0 <= time <= self.length + self.drain),
            cutoff=batch.cutoff,
            one_by_one=batch.mode == "one_by_one",
            setup=setup,
        )

    # -- demand ------------------------------------------------------------------------------------------------------

    def _attribute(self, name: str) -> Rule:
        attribute = self.process.cases.attributes[name]
        if isinstance(attribute, demand.Categories):
            return ("shares", tuple(accumulate(attribute.shares.values())), tuple(attribute.shares))
        if isinstance(attribute, demand.Choice):
            return ("choice", self.attributes.get(attribute.by, NONE), tuple(sorted(attribute.of.items())))
        return ("one", attribute)

    def _channels(self, names: list[str]) -> tuple[ChannelPlan, ...]:
        plans = []
        for name in names:
            channel = self.process.channels[name]
            shift = []
            for one in channel.shift:
                share = one.share
                by = self.attributes[share.by] if isinstance(share, ShareBy) else NONE
                of = tuple(sorted(share.of.items())) if isinstance(share, ShareBy) else (("", share),)
                shift.append((names.index(one.to), by, of))
            plans.append(ChannelPlan(self.calendars[channel.calendar], channel.delay, tuple(shift)))
        return tuple(plans)

    def _attribute_order(self) -> tuple[int, ...]:
        """Put attributes that are chosen by another after it."""
        order: list[int] = []
        models = self.process.cases.attributes

        def place(name: str) -> None:
            attribute = models[name]
            if isinstance(attribute, demand.Choice) and attribute.by in models:
                place(attribute.by)
            if self.attributes[name] not in order:
                order.append(self.attributes[name])

        for name in self.attributes:
            place(name)
        return tuple(order)

    def _expressions(self) -> list[Expression]:
        found = [self.process.cases.priority, self.process.cases.preempts]
        for node in self.process.flow.values():
            found += [value for value in node.assign.values() if isinstance(value, Expression)]
            found += [text for branch in node.next for text in (branch.when, branch.share)]
            if isinstance(node, flow.Task | flow.Timer):
                durations = (
                    [node.delay] if isinstance(node, flow.Timer) else [node.duration, *(p.duration for p in node.parts)]
                )
                found += [duration.factor for duration in durations]
            if isinstance(node, flow.Call | flow.Send):
                found += node.hands.values()
            if isinstance(node, flow.Call):
                found += [node.instances] if isinstance(node.instances, Expression) else []
                found += [node.applies_after.factor] if node.applies_after else []
            found += [boundary.after.factor for _, boundary in flow.boundaries(node)]
        return found


def _number(share: Expression) -> float:
    """Give the value of a share that is a plain number; ValueError when it depends on the case."""
    if share.names() or share.visits() or share.builtins():
        message = "depends on the case"
        raise ValueError(message)

    def nothing(_: str) -> object:
        message = "depends on the case"
        raise ValueError(message)

    return float(share.bind(nothing)(None))  # type: ignore[arg-type]


__all__ = ["DAY", "Plan", "compile_plan"]
