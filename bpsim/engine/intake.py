"""How the cases of one process come to be: their needs arise, they choose a channel, get their attributes and enter."""

from datetime import timedelta
from functools import partial
from heapq import heappush
from typing import TYPE_CHECKING, Any

from bpsim.engine.arrivals import appointments, needs
from bpsim.engine.cases import Enter, Nodes
from bpsim.engine.clock import ARRIVING, Signal
from bpsim.engine.coming import BacklogPlan
from bpsim.engine.draws import Case, Draws, Language, bounded, chosen, value_of
from bpsim.engine.plan import DAY, Plan
from bpsim.engine.streams import uniform
from bpsim.eventlog import ARRIVAL, BACKLOG, CASE_COLUMNS, NONE
from bpsim.model.written import NEVER
from bpsim.values.durations import WorkingDays

if TYPE_CHECKING:
    from bpsim.engine.replication import Replication

#: The place of a case that has just arrived.
BLANK = (NONE,) * len(CASE_COLUMNS)
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
        self._position = 0
        self._booked: list[tuple[int, int]] = []
        self._first = len(plan.nodes)
        self._need = NEVER
        self._arrival, self._arriving = Signal(), (self._arrive,)
        self._enter = enter[plan.start]
        self._channel = self._channel_draws()
        only = plan.channels[0]
        self._walk_in = len(plan.channels) == 1 and only.calendar == run.always and self._channel[1] == [-1]
        self._attribute_draws = self._attribute_columns()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the replication has
        """Share the replication's things."""
        return getattr(self.run, name)

    def _language(self) -> Language:
        first = self.plan.start_date
        months = [(first + timedelta(days=day)).month for day in range(self.plan.horizon // DAY + 2)]
        names = [name for name, _ in self.plan.attributes]
        channels = [channel.name for channel in self.plan.settings.channels]
        ranks = {node.name: rank for rank, node in enumerate(self.plan.nodes)}
        return Language(names, channels, ranks, self.plan.weekday, months)

    def begin(self) -> None:
        """Put the backlog before its nodes, and let the first need arise when it does."""
        for waiting in self.plan.backlog:
            self._put(waiting)
        arrivals, booked = self.plan.arrivals, self.plan.arrivals.appointments
        if booked:
            self._booked = appointments(booked, arrivals.most, self.run.streams)
            self._walk_in = False
        self._needs = iter([need for need, _ in self._booked]) if booked else needs(arrivals, self.run.streams)
        self._arrive_next()

    # -- the backlog -------------------------------------------------------------------------------------------------

    def _put(self, waiting: BacklogPlan) -> None:
        """Let the cases of a backlog enter their node at 0."""
        key = self.run.streams.key("age", waiting.lineage)
        deal = self.draws.dealer(waiting.position)
        for place in range(waiting.cases):
            position = waiting.position + place
            age = bounded(waiting.age, uniform(key, 0, position))
            case = self.new(-age, position, BACKLOG, deal(place))
            slot = self._channel[0]
            case.channel = case.draws[slot] if slot >= 0 else 0
            case.opened = case.arrived = 0
            self._set_attributes(case)
            self.run.clock.push(
                0, ARRIVING, case.key + waiting.node, Signal(partial(self._take_up, case, waiting.node))
            )

    def _take_up(self, case: Case, node: int, _: Signal) -> None:
        self.nodes.enter[node](case, NONE, NONE, 0)

    # -- draws of a new case -----------------------------------------------------------------------------------------

    def _channel_draws(self) -> tuple[int, list[int]]:
        """Give the columns of the channel (-1 when there is one only) and of each channel's delay (-1 for none)."""
        plan = self.plan
        slot = self.draws.choices(plan.channel_shares, "channel", "")[0] if len(plan.channels) > 1 else -1
        delays = []
        for channel in plan.channels:
            delay = channel.delay
            if isinstance(delay, WorkingDays) or (delay.is_constant() and delay.mean() == 0):
                delays.append(-1)
            else:
                delays.append(self.draws.milliseconds(delay, "channel delay", "")[0])
        return slot, delays

    def _attribute_columns(self) -> list[int]:
        columns = []
        for name, rule in self.plan.attributes:
            kind = rule[0]
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
            heappush(self.run.clock.heap, (need, ARRIVING, LAST, self._arrival))

    def _arrive(self, _: Signal) -> None:
        """Let a need arise."""
        need, position = self._need, self._position
        self._position += 1
        case = self.new(need, position, ARRIVAL, self.draws.deal(position))
        if self._walk_in:
            case.channel, case.opened, case.arrived = 0, need, need
        else:
            self._come(case, max(need, self._booked[position][1]) if self._booked else need)
        self._set_attributes(case)
        self.run.hold_limits(need)
        self._arrive_next()
        if case.arrived == need:
            self._enter(case, NONE, NONE, need)
        else:
            self.run.clock.push(case.arrived, ARRIVING, case.key, Signal(partial(self._reach_office, case)))

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
        case.anchors = [NONE] * plan.anchors
        case.joins, case.entries, case.items, case.errors = {}, {}, {}, []
        case.waited, case.live, case.ended, case.outcome, case.last = 0, 1, NONE, NONE, NONE
        run.open[number] = case
        run.recorder.cases.extend(BLANK)
        return case

    def _come(self, case: Case, ready: int) -> None:
        """Choose the channel, wait for its opening, and send the application on its way."""
        slot, delays = self._channel
        case.channel = case.draws[slot] if slot >= 0 else 0
        channel = self.plan.channels[case.channel]
        table = self.plan.tables[channel.calendar]
        case.opened = table.next_open(ready)
        if isinstance(channel.delay, WorkingDays):
            case.arrived = table.add_working_days(case.opened, channel.delay.count)
        else:
            delay = delays[case.channel]
            case.arrived = min(case.opened + (case.draws[delay] if delay >= 0 else 0), NEVER)

    def _set_attributes(self, case: Case) -> None:
        values: list[object] = [None] * len(self.plan.attributes)
        case.attributes = values
        for i in self.plan.attribute_order:
            rule = self.plan.attributes[i][1]
            drawn = case.draws[self._attribute_draws[i]]
            if rule[0] == "shares":
                drawn = rule[2][drawn]
            elif rule[0] == "choice":
                by = rule[1]
                word = values[by] if by >= 0 else self.plan.settings.channels[case.channel].name
                drawn = value_of(chosen(rule[2], word, case.number), drawn)
            values[i] = drawn
        if values:
            self.attributes.append(values)
