"""One run of a plan, from the first arrival to the event log."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from heapq import heappush

from bpsim.engine.arrivals import needs
from bpsim.engine.cases import MOST_PASSES, Nodes
from bpsim.engine.clock import ARRIVING, CLOSING, HALT, Clock, Signal
from bpsim.engine.draws import Case, Draws, Language, chosen, value_of
from bpsim.engine.plan import DAY, Plan
from bpsim.engine.recorder import Recorder
from bpsim.engine.staffing import Duties, GeneralPool, SimplePool
from bpsim.engine.streams import Streams
from bpsim.engine.unfinished import Unfinished
from bpsim.errors import LimitError
from bpsim.eventlog import ARRIVAL, CASE_COLUMNS, NONE, EventLog
from bpsim.model.written import NEVER
from bpsim.values.conditions import Expression
from bpsim.values.durations import WorkingDays

#: The place of a case that has just arrived.
BLANK = (NONE,) * len(CASE_COLUMNS)
#: More open cases than this stop a run: a queue has exploded.
MOST_OPEN = 200_000
#: More rows than this stop a run: they would fill the memory.
MOST_ITEMS = 50_000_000
#: More arrivals than this in one millisecond stop a run: time stands still.
AT_ONCE = 200_000


def replicate(plan: Plan, *, seed: int, replication: int) -> EventLog:
    """Run a plan once and give what happened; the same plan, seed and replication give the same log.

    RunError names the case when a rule of the process fails in the run; LimitError says which limit was met.
    """
    return Replication(plan, seed, replication).run()


class Replication:
    """The state of one run: clock, streams, people, open cases."""

    def __init__(self, plan: Plan, seed: int, replication: int) -> None:
        """Compile the nodes for this run."""
        self.plan = plan
        self.seed, self.replication = seed, replication
        self.clock = Clock()
        self.streams = Streams(seed, replication)
        self.draws = Draws(self.streams)
        self.recorder = Recorder()
        self.always = next(i for i, calendar in enumerate(plan.settings.calendars) if calendar.name == "always")
        self.language = self._language()
        self.waits = any("waited" in text for text in _expressions(plan))
        self.role_calendar = [role.calendar for role in plan.roles for _ in range(role.staff)]
        since = [NONE] * len(self.role_calendar)
        self.duties = Duties(plan, self.streams, self.recorder)
        self.pools = [
            SimplePool(i, pool, plan, self.clock, since=since)
            if pool.simple
            else GeneralPool(i, pool, plan, self.clock, since=since, duties=self.duties)
            for i, pool in enumerate(plan.pools)
        ]
        self.nodes = Nodes(self)
        self._cases = 0
        self.attributes: list[list[object]] = []
        self.open: dict[int, Case] = {}
        self._at_once, self._last_need, self._need = 0, NONE, NEVER
        self._arrival, self._arriving = Signal(), (self._arrive,)
        self._cohort = 0
        self._closed = False
        self._first = len(plan.nodes)
        self._enter = self.nodes.enter[plan.start]
        self._channel = self._channel_draws()
        only = plan.channels[0]
        self._walk_in = len(plan.channels) == 1 and only.calendar == self.always and self._channel[1] == [-1]
        self._attribute_draws = self._attribute_columns()

    def _language(self) -> Language:
        first = self.plan.start_date
        months = [(first + timedelta(days=day)).month for day in range(self.plan.horizon // DAY + 2)]
        names = [name for name, _ in self.plan.attributes]
        channels = [channel.name for channel in self.plan.settings.channels]
        ranks = {node.name: rank for rank, node in enumerate(self.plan.nodes)}
        return Language(names, channels, ranks, self.plan.weekday, months)

    def run(self) -> EventLog:
        """Carry the run out."""
        plan = self.plan
        self._needs = needs(plan.arrivals, self.streams)
        self._arrive_next()
        self.clock.push(plan.length, CLOSING, 0, Signal(self._close))
        self.clock.stop(plan.horizon)
        with deep_calls(plan):
            self.clock.run()
        return self._finish(self.clock.now)

    # -- arrivals and ends -------------------------------------------------------------------------------------------

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

    def _arrive_next(self) -> None:
        """Put the next arrival into the clock: one event, used again and again."""
        need = self._need = next(self._needs, NEVER)
        if need <= self.plan.horizon:
            self._arrival.callbacks = self._arriving
            heappush(self.clock.heap, (need, ARRIVING, self._cases * self._first, self._arrival))

    def _arrive(self, _: Signal) -> None:
        """Let a need arise."""
        plan, need, number = self.plan, self._need, self._cases
        self._cases += 1
        case = Case()
        case.number, case.key, case.need = number, number * self._first, need
        case.draws = self.draws.deal(number)
        case.passes = [0] * plan.lineages
        case.anchors = [NONE] * plan.anchors
        case.joins, case.entries = {}, {}
        case.waited, case.live, case.ended, case.outcome, case.last = 0, 1, NONE, NONE, NONE
        if self._walk_in:
            case.channel, case.opened, case.arrived = 0, need, need
        else:
            self._come(case, need)
        self._set_attributes(case)
        self.open[number] = case
        self.recorder.cases.extend(BLANK)
        if case.attributes:
            self.attributes.append(case.attributes)
        if need < plan.length:
            self._cohort += 1
        self._hold_limits(need)
        self._arrive_next()
        if case.arrived == need:
            self._enter(case, NONE, NONE, need)
        else:
            self.clock.push(
                case.arrived, ARRIVING, case.key, Signal(lambda _: self._enter(case, NONE, NONE, case.arrived))
            )

    def _come(self, case: Case, need: int) -> None:
        """Choose the channel, wait for its opening, and send the application on its way."""
        slot, delays = self._channel
        case.channel = case.draws[slot] if slot >= 0 else 0
        channel = self.plan.channels[case.channel]
        table = self.plan.tables[channel.calendar]
        case.opened = table.next_open(need)
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

    def ended(self, case: Case, now: int) -> None:
        """The last token of a case is gone."""
        case.ended = now
        number = case.number
        self.recorder.keep(number, _case_row(case))
        del self.open[number]
        if case.need < self.plan.length:
            self._cohort -= 1
            if self._closed and not self._cohort:
                self.clock.stop(now)

    def _close(self, _: Signal) -> None:
        self._closed = True
        if not self._cohort:
            self.clock.stop(self.plan.length, HALT)

    def _hold_limits(self, need: int) -> None:
        """Stop a run that would never settle, and say where it is stuck."""
        self._at_once = self._at_once + 1 if need == self._last_need else 0
        self._last_need = need
        if self._at_once > AT_ONCE:
            what = f"more than {AT_ONCE:,} cases arrive in one millisecond of day {need // DAY}"
            raise LimitError("BP710", what, "Let there be time between them: cases.arrivals.every.")
        if len(self.open) > MOST_OPEN:
            what = f"more than {MOST_OPEN:,} cases are open on day {need // DAY}; {Unfinished(self).where_most()}"
            raise LimitError("BP711", what, "Add people there, or let fewer cases arrive.")
        if self.recorder.pack() and self.recorder.rows() > MOST_ITEMS:
            node = self.plan.settings.nodes[self.recorder.busiest()].name
            what = f"more than {MOST_ITEMS:,} work items by day {need // DAY}, most of them at {node}"
            raise LimitError("BP709", what, "Shorten the experiment, or look for a loop that is left too seldom.")

    # -- the end of the run ------------------------------------------------------------------------------------------

    def _finish(self, now: int) -> EventLog:
        unfinished = Unfinished(self)
        unfinished.write()
        unfinished.check()
        for number, case in self.open.items():
            self.recorder.keep(number, _case_row(case))
        return self.recorder.log(
            self.plan,
            seed=self.seed,
            replication=self.replication,
            stopped=now,
            attributes=self.attributes,
        )


@contextmanager
def deep_calls(plan: Plan) -> Iterator[None]:
    """Let a case go round nodes without time as often as the rules allow: each is a call inside the last."""
    before = sys.getrecursionlimit()
    timeless = sum(node.repeated and not node.work for node in plan.nodes)
    sys.setrecursionlimit(before + 3 * (MOST_PASSES + 1) * timeless)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _case_row(case: Case) -> tuple[int, ...]:
    family = (0, NONE, ARRIVAL, case.number)
    return (case.need, case.opened, case.arrived, case.ended, case.outcome, case.channel, case.last, *family)


def _expressions(plan: Plan) -> list[tuple[str, ...]]:
    found = [plan.priority] if plan.priority else []
    for node in plan.nodes:
        found += [condition for condition in node.conditions if condition]
        found += [part.factor for part in node.work if part.factor]
        found += [value for _, value in node.assign if isinstance(value, Expression)]
    return [text.builtins() for text in found]
