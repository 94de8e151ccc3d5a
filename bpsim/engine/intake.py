"""How the cases of one process come to be: their needs arise, they choose a channel, get their attributes and enter."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache, partial
from heapq import heappush
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bpsim.engine import due
from bpsim.engine.arrivals import appointments, needs
from bpsim.engine.cases import Enter, Nodes, pack
from bpsim.engine.clients import Waiting, lengths
from bpsim.engine.clock import ARRIVING, Signal
from bpsim.engine.coming import BacklogPlan
from bpsim.engine.deadlines import begin
from bpsim.engine.draws import Case, Draws, Language, bounded, chosen, pick, value_of
from bpsim.engine.plan import DAY, Plan
from bpsim.engine.streams import uniform
from bpsim.eventlog import ARRIVAL, BACKLOG, CALLED, CASE_COLUMNS, COMPLETED, NONE, VACANCY
from bpsim.model.written import NEVER
from bpsim.values.durations import WorkingDays

if TYPE_CHECKING:
    from bpsim.engine.replication import Replication

#: The place of a case that has just arrived.
BLANK = (NONE,) * len(CASE_COLUMNS)
NOTHING: Mapping[int, object] = MappingProxyType({})
#: Needs that arise come after all other events of their phase, those of the first process before the others'.
LAST = 2**62


class Course:
    """One of the processes of a run: its luck, its language, its nodes, and how its cases come.

    What it does not have itself (the clock, the people, the recorder) is the replication's.
    """

    def __init__(self, run: "Replication", plan: Plan, enter: list[Enter]) -> None:
        """Compile the nodes of the process; `enter` is shared by all processes of the run."""
        self.run, self.plan = run, plan
        self.draws = Draws(run.streams)
        self.language = self._language()
        self.nodes = Nodes(self, enter)
        self.attributes: list[list[object]] = []
        self.numbers: list[int] = []
        self._position = 0
        self._booked: list[tuple[int, int]] = []
        self._first = len(plan.nodes)
        self._need = NEVER
        self._arrival, self._arriving = Signal(), (self._arrive,)
        self._enter = enter[plan.start]
        self._channel = self._channel_draws()
        only = plan.channels[0]
        self._only = plan.channel_numbers[0]
        self._walk_in = len(plan.channels) == 1 and only.calendar == run.always and self._channel[1] == [-1]
        self._attribute_draws = self._attribute_columns()
        self._clocked = bool(plan.deadlines or plan.dues or plan.client)
        self.patience = lengths(self, plan.client.withdraws if plan.client else None, "patience")
        self.gap = lengths(self, plan.client.chases if plan.client else None, "chase")
        shifts = {by for channel in plan.channels for _, by, _ in channel.shift}
        before = [_with_what_decides(plan, by) for by in (plan.channel_by, *sorted(shifts))]
        self._before = tuple(dict.fromkeys(attribute for chain in before for attribute in chain))
        self._shift = self.draws.values(float, "channel shift", plan.address()) if shifts else NONE

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the replication has
        """Share the replication's things."""
        return getattr(self.run, name)

    def _language(self) -> Language:
        months = _months(self.plan.start_date, self.plan.horizon // DAY + 2)
        names = [name for name, _ in self.plan.attributes]
        channels = [channel.name for channel in self.plan.settings.channels]
        here = len(self.plan.address("")) + 1 if self.plan.name else 0
        own = self.plan.number
        ranks = {node.name[here:]: rank for rank, node in enumerate(self.plan.nodes) if node.process == own}
        return Language(names, channels, ranks, self.plan.weekday, months)

    def begin(self) -> None:
        """Put the backlog before its nodes, and let the first need arise when it does."""
        for waiting in self.plan.backlog:
            self._put(waiting)
        arrivals, booked = self.plan.arrivals, self.plan.arrivals.appointments
        address = self.plan.address()
        if booked:
            self._booked = appointments(booked, arrivals.most, self.run.streams, address)
            self._walk_in = False
        self._needs = iter([need for need, _ in self._booked]) if booked else needs(arrivals, self.run.streams, address)
        self._arrive_next()
        if self.plan.trigger >= 0 and self.run.posts:
            self.run.posts.ask(self.plan.trigger, self._vacancy)

    # -- the backlog -------------------------------------------------------------------------------------------------

    def _put(self, waiting: BacklogPlan) -> None:
        """Let the cases of a backlog enter their node at 0."""
        key = self.run.streams.key("age", waiting.lineage)
        deal = self.draws.dealer(waiting.position)
        for place in range(waiting.cases):
            position = waiting.position + place
            age = bounded(waiting.age, uniform(key, 0, position))
            case = self.new(-age, position, BACKLOG, deal(place))
            self._choose_channel(case)
            case.opened = case.arrived = 0
            self._set_attributes(case)
            if self._clocked:
                self._begin_clocks(case)
            entry = Signal(partial(self._take_up, case, waiting.node))
            self.run.clock.push(0, ARRIVING, case.key + waiting.node, entry)

    def _take_up(self, case: Case, node: int, _: Signal) -> None:
        self.nodes.enter[node](case, NONE, NONE, 0)

    # -- draws of a new case -----------------------------------------------------------------------------------------

    def _channel_draws(self) -> tuple[int, list[int]]:
        """Give the columns of the channel (-1 when there is one only) and of each channel's delay (-1 for none)."""
        plan = self.plan
        if plan.channel_by >= 0:
            slot = self.draws.values(float, "channel", plan.address())
        elif len(plan.channels) > 1:
            slot = self.draws.choices(plan.channel_shares[0][1], "channel", plan.address())[0]
        else:
            slot = -1
        delays = []
        for channel in plan.channels:
            delay = channel.delay
            if isinstance(delay, WorkingDays) or (delay.is_constant() and delay.mean() == 0):
                delays.append(-1)
            else:
                delays.append(self.draws.milliseconds(delay, "channel delay", plan.address())[0])
        return slot, delays

    def _attribute_columns(self) -> list[int]:
        columns = []
        for attribute, rule in self.plan.attributes:
            kind, name = rule[0], self.plan.address(attribute)
            if kind == "one":
                distribution = rule[1]
                column = self.draws.values(partial(value_of, distribution), "attribute", name)
            elif kind == "shares":
                column = self.draws.choices(rule[1], "attribute", name)[0]
            else:
                column = self.draws.values(float, "attribute", name)
            columns.append(column)
        return columns

    # -- arrivals ----------------------------------------------------------------------------------------------------

    def _arrive_next(self) -> None:
        """Put the next arrival into the clock: one event, used again and again."""
        need = self._need = next(self._needs, NEVER)
        if need <= self.plan.horizon:
            self._arrival.callbacks = self._arriving
            heappush(self.run.clock.heap, (need, ARRIVING, LAST + self.plan.number, self._arrival))

    def _arrive(self, _: Signal) -> None:
        """Let a need arise."""
        self._arise(self._need, ARRIVAL)

    def _vacancy(self, person: int, now: int) -> None:
        """Let a need arise from a vacancy."""
        self.run.clock.push(now, ARRIVING, LAST + person, Signal(lambda _: self._arise(now, VACANCY)))

    def _arise(self, need: int, source: int) -> None:
        """Begin a case."""
        position = self._position
        self._position += 1
        case = self.new(need, position, source, self.draws.deal(position))
        if self._walk_in:
            case.channel, case.opened, case.arrived = self._only, need, need
        else:
            self._come(case, max(need, self._booked[position][1]) if self._booked else need)
            if self.plan.by_event:
                case.opened = case.arrived = need
        self._set_attributes(case)
        if self._clocked:
            self._begin_clocks(case)
        self.run.hold_limits(need)
        if source == ARRIVAL:
            self._arrive_next()
        if case.arrived == need:
            self._enter(case, NONE, NONE, need)
        else:
            self.run.clock.push(case.arrived, ARRIVING, case.key, Signal(partial(self._reach_office, case)))

    def _begin_clocks(self, case: Case) -> None:
        """Let the clocks of a new case run, and let its client wait."""
        case.clocks = begin(self, case) if self.plan.deadlines else []
        if self.plan.dues:
            due.begin(self, case)
        if self.plan.client:
            case.waiting = Waiting(self, case)
            case.clocks.append(case.waiting)

    def _reach_office(self, case: Case, _: Signal) -> None:
        """Enter the flow after the way of the application, unless the case has ended before."""
        if case.ended == NONE:
            self._enter(case, NONE, NONE, case.arrived)

    def new(self, need: int, position: int, source: int, draws: tuple[Any, ...]) -> Case:
        """Make a case that is open from now on, with the draws of a position."""
        run, plan = self.run, self.plan
        case = Case()
        number = run.count_case(need, source)
        case.number, case.key, case.need = number, number * self._first, need
        case.position, case.source, case.draws = position, source, draws
        case.passes = [0] * plan.lineages
        case.anchors = [()] * plan.anchors
        case.attributes = [None] * len(plan.attributes)
        case.joins, case.taken, case.entries, case.items, case.blocks, case.errors = {}, {}, {}, {}, {}, []
        case.waited, case.live, case.ended, case.outcome, case.last = 0, 1, NONE, NONE, NONE
        case.process, case.parent, case.family, case.origin = plan.number, NONE, number, NONE
        case.caller, case.calls, case.waiting = None, (), None
        run.open[number] = case
        run.recorder.cases.extend(BLANK)
        return case

    def enter(self, case: Case, pred: int, origin: int, now: int) -> None:
        """Let the token of a case that was called enter the flow."""
        self._enter(case, pred, origin, now)

    def apply(self, case: Case, pred: int, _: Signal | None = None) -> None:
        """Let the application of a case that was called reach the office: the start leaves a row."""
        now, start = case.arrived, self.plan.start
        if case.ended != NONE:
            return
        if not self.plan.nodes[start].milestone:
            row: int = self.run.recorder.next_row()
            self.run.recorder.write(pack(case.number, start, 0, pred, NONE, now, now, now, now, now, COMPLETED))
            pred = row
        self._enter(case, pred, NONE, now)

    def called(self, caller: Case, position: int, given: dict[int, object], *, now: int, ready: int) -> Case:
        """Make a case that another calls: within the office now, or by its own channel once the client is `ready`."""
        self.run.hold_open(now)
        case = self.new(now, position, CALLED, self.draws.at(position))
        case.parent, case.family = caller.number, caller.family
        case.channel, case.opened, case.arrived = caller.channel, now, now
        if ready != NONE:
            self._come(case, ready, given)
        self._set_attributes(case, given)
        if self._clocked:
            self._begin_clocks(case)
        return case

    def _choose_channel(self, case: Case, given: Mapping[int, object] = NOTHING) -> int:
        """Draw the channel, after the attribute that it depends on; give its place among the process's."""
        slot = self._channel[0]
        place: int = case.draws[slot] if slot >= 0 else 0
        if self._before:
            self._draw(case, self._before, given)
        if self.plan.channel_by >= 0:
            value = case.attributes[self.plan.channel_by]
            place = pick(chosen(self.plan.channel_shares, value, case.number), case.draws[slot])
        if self._shift >= 0:
            place = self._shifted(case, place)
        case.channel = self.plan.channel_numbers[place]
        return place

    def _shifted(self, case: Case, place: int) -> int:
        """Give the place of the channel that a case comes by instead: a draw of its own, whatever the first channel."""
        total, u = 0.0, case.draws[self._shift]
        for to, by, of in self.plan.channels[place].shift:
            total += of[0][1] if by < 0 else chosen(of, case.attributes[by], case.number)
            if u < total:
                return to
        return place

    def _come(self, case: Case, ready: int, given: Mapping[int, object] = NOTHING) -> None:
        """Choose the channel, wait for its opening, and send the application on its way."""
        delays = self._channel[1]
        place = self._choose_channel(case, given)
        channel = self.plan.channels[place]
        table = self.plan.tables[channel.calendar]
        case.opened = table.next_open(ready)
        if isinstance(channel.delay, WorkingDays):
            case.arrived = table.add_working_days(case.opened, channel.delay.count)
        else:
            delay = delays[place]
            case.arrived = min(case.opened + (case.draws[delay] if delay >= 0 else 0), NEVER)

    def _set_attributes(self, case: Case, given: Mapping[int, object] = NOTHING) -> None:
        self._draw(case, self.plan.attribute_order, given)
        if case.attributes:
            self.attributes.append(case.attributes)
            self.numbers.append(case.number)

    def _draw(self, case: Case, order: tuple[int, ...], given: Mapping[int, object]) -> None:
        values = case.attributes
        for i in order:
            if i in given:
                values[i] = given[i]
                continue
            rule = self.plan.attributes[i][1]
            drawn = case.draws[self._attribute_draws[i]]
            if rule[0] == "shares":
                drawn = rule[2][drawn]
            elif rule[0] == "choice":
                by = rule[1]
                word = values[by] if by >= 0 else self.plan.settings.channels[case.channel].name
                drawn = value_of(chosen(rule[2], word, case.number), drawn)
            values[i] = drawn


@lru_cache(maxsize=4)
def _months(first: date, days: int) -> tuple[int, ...]:
    """Give the month of each day; the processes of a run, and its replications, share them."""
    return tuple((first + timedelta(days=day)).month for day in range(days))


def _with_what_decides(plan: Plan, attribute: int) -> tuple[int, ...]:
    """Give an attribute after those that it is chosen by; nothing for no attribute."""
    if attribute < 0:
        return ()
    rule = plan.attributes[attribute][1]
    return (*_with_what_decides(plan, rule[1] if rule[0] == "choice" else NONE), attribute)
