"""What a case draws: from its streams, in blocks of neighbouring cases for the first pass, then one by one."""

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

import numpy as np

from bpsim.engine.clock import Item
from bpsim.engine.plan import Delay, NodePlan, WorkPlan
from bpsim.engine.routes import BranchPlan
from bpsim.engine.streams import Streams, uniform, uniforms
from bpsim.errors import RunError
from bpsim.eventlog import NONE, written_value
from bpsim.values.calendars import NEVER, OpenTable
from bpsim.values.conditions import Expression
from bpsim.values.distributions import Bernoulli, Distribution, sample_ms
from bpsim.values.durations import WorkingDays

#: Cases whose draws are made together.
BLOCK = 1024

HOUR, DAY = 3_600_000, 86_400_000
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Case:
    """A case while it is open."""

    __slots__ = (
        "anchors",
        "arrived",
        "attributes",
        "begun",
        "blocks",
        "caller",
        "calls",
        "channel",
        "clocks",
        "draws",
        "ended",
        "entries",
        "errors",
        "family",
        "items",
        "joins",
        "key",
        "last",
        "live",
        "need",
        "now",
        "number",
        "opened",
        "origin",
        "outcome",
        "over",
        "parent",
        "passes",
        "position",
        "process",
        "running",
        "source",
        "taken",
        "waited",
        "waiting",
    )

    number: int
    position: int  # of its draws
    source: int
    process: int
    parent: int  # the number of the case that called it
    family: int  # the number of the case that nobody called
    caller: Any  # the call that waits for it
    calls: "Sequence[Any]"  # that it waits for
    origin: int  # where its last token came from
    key: int  # of its first node: cases and nodes are numbered through
    need: int
    opened: int
    arrived: int
    ended: int
    outcome: int
    channel: int
    last: int
    live: int  # tokens
    now: int
    waited: int
    draws: tuple[Any, ...]
    attributes: list[Any]
    passes: list[int]  # by lineage
    entries: dict[int, int]  # by node, where somebody asks
    joins: dict[int, list[int]]
    errors: list[Any]  # not corrected yet
    clocks: list[Any]  # those that act, and the client who waits
    waiting: Any  # the client, where something comes of waiting; else None
    begun: list[int]  # when each clock began, where work is done by its limit
    running: list[bool]  # whether it has begun
    over: list[bool]  # whether it has ended
    taken: dict[int, int]  # by inclusive split: the flows taken, as bits
    items: dict[Item, None]  # under way, where they may be taken away
    blocks: dict[int, Item]  # under way, by split, where something may happen before they end
    anchors: list[tuple[int, ...]]  # who did the latest visit of a task that others follow; owner and team


class Draws:
    """Deals each case its draws: `slot` registers a column, `deal` gives the row of a case."""

    def __init__(self, streams: Streams) -> None:
        """Begin without columns."""
        self.streams = streams
        self._fills: list[Callable[[int], Sequence[Any]]] = []
        self._singles: list[Callable[[int], Any]] = []
        self._rows: list[tuple[Any, ...]] = []

    def slot(self, fill: Callable[[int], Sequence[Any]], single: Callable[[int], Any]) -> int:
        """Register a column: `fill(first)` gives the values of a block of cases, `single` that of one position."""
        self._fills.append(fill)
        self._singles.append(single)
        return len(self._fills) - 1

    def deal(self, number: int) -> tuple[Any, ...]:
        """Give the first-pass draws of a case; cases come in the order of their numbers."""
        place = number % BLOCK
        if place == 0:
            self._rows = self._block(number)
        return self._rows[place]

    def dealer(self, first: int) -> Callable[[int], tuple[Any, ...]]:
        """Give a function that deals the draws of the positions first, first + 1, ..., in this order."""
        rows: list[tuple[Any, ...]] = []

        def deal(place: int) -> tuple[Any, ...]:
            if place % BLOCK == 0:
                rows[:] = self._block(first + place)
            return rows[place % BLOCK]

        return deal

    def _block(self, first: int) -> list[tuple[Any, ...]]:
        columns = [fill(first) for fill in self._fills]
        return list(zip(*columns, strict=True)) if columns else [()] * BLOCK

    def at(self, position: int) -> tuple[Any, ...]:
        """Give the first-pass draws of a case that was called: its position has no neighbours."""
        return tuple(single(position) for single in self._singles)

    def milliseconds(
        self, distribution: Distribution, purpose: str, lineage: str
    ) -> tuple[int, Callable[[int, int], int]]:
        """Give the column of a duration, and the function that draws it for a later pass (occurrence, position)."""
        key = self.streams.key(purpose, lineage)

        def again(occurrence: int, position: int) -> int:
            return bounded(distribution, uniform(key, occurrence, position))

        def fill(first: int) -> list[int]:
            values = uniforms(key, 0, first, BLOCK)
            try:
                with np.errstate(invalid="ignore", over="ignore"):
                    drawn = sample_ms(distribution, values)
            except (OverflowError, ValueError):
                drawn = [NONE]
            return drawn if min(drawn) >= 0 else [bounded(distribution, u) for u in values.tolist()]

        return self.slot(fill, lambda position: again(0, position)), again

    def choices(self, cumulative: Sequence[float], purpose: str, lineage: str) -> tuple[int, Callable[[int, int], int]]:
        """Give the column of a choice by shares (an index), and the function for a later pass."""
        key, borders = self.streams.key(purpose, lineage), np.array(cumulative)

        def again(occurrence: int, position: int) -> int:
            return pick(cumulative, uniform(key, occurrence, position))

        def fill(first: int) -> list[int]:
            found = np.searchsorted(borders, uniforms(key, 0, first, BLOCK), side="right")
            taken: list[int] = np.minimum(found, len(borders) - 1).tolist()
            return taken

        return self.slot(fill, lambda position: again(0, position)), again

    def values(self, fill: Callable[[float], Any], purpose: str, lineage: str) -> int:
        """Give the column of a value made from one uniform number."""
        key = self.streams.key(purpose, lineage)

        def block(first: int) -> list[Any]:
            return [fill(u) for u in uniforms(key, 0, first, BLOCK).tolist()]

        return self.slot(block, lambda position: fill(uniform(key, 0, position)))


def pick(cumulative: Sequence[float], u: float) -> int:
    """Take the first entry whose cumulative share exceeds u; the last takes the rest."""
    for i, border in enumerate(cumulative):
        if u < border:
            return i
    return len(cumulative) - 1


def value_of(distribution: Distribution, u: float) -> float | bool:
    """Draw an attribute: true or false, or a number."""
    return u < distribution.p if isinstance(distribution, Bernoulli) else distribution.quantile(u)


def chosen(options: Sequence[tuple[str, Any]], value: object, number: int) -> Any:  # noqa: ANN401 - what the options hold
    """Find the entry of a choice for a value, or `else`."""
    word = written_value(value)
    rest = None
    for key, option in options:
        if key == word:
            return option
        rest = option if key == "else" else rest
    if rest is None:
        raise RunError("BP703", f"case {number}: no choice for the value {word}", "Add it, or `else`, to `of:`.")
    return rest


def bounded(distribution: Distribution, u: float) -> int:
    """Draw and round half to even; what is beyond all times, or no number, never comes."""
    try:
        value = distribution.quantile(u)
    except OverflowError:
        return NEVER
    return round(value) if value < NEVER else NEVER


def whole(value: float, number: int) -> int:
    """Round a duration half to even, when it is one: finite and not negative."""
    if not 0 <= value < NEVER:
        raise RunError(
            "BP704", f"case {number}: a duration of {value:g} ms", "Look at the distribution and its factor."
        )
    return round(value)


class Language:
    """Binds expressions to cases."""

    def __init__(
        self,
        attributes: Sequence[str],
        channels: Sequence[str],
        ranks: dict[str, int],
        weekday: int,
        months: Sequence[int],
    ) -> None:
        """Know the names."""
        self._attributes = {name: i for i, name in enumerate(attributes)}
        self._channels = channels
        self._ranks = ranks
        self._weekday = weekday
        self._months = months

    def bind(self, expression: Expression) -> Callable[[Case, int], Any]:
        """Compile an expression to a function of a case and the time; errors name the case."""
        evaluate = expression.bind(self._getter)

        def value(case: Case, now: int) -> Any:  # noqa: ANN401
            case.now = now
            try:
                result = evaluate(case)
                if isinstance(result, float) and not isfinite(result):
                    raise OverflowError  # noqa: TRY301 - as ** does, and * and + do not
            except (ZeroDivisionError, OverflowError) as error:
                what = "division by zero" if isinstance(error, ZeroDivisionError) else "a number out of range"
                raise RunError("BP702", f"case {case.number}: {what} in `{expression.text}`", "") from None
            return result

        return value

    def _getter(self, name: str) -> Callable[[Case], Any]:
        if name in self._attributes:
            i = self._attributes[name]
            return lambda case: case.attributes[i]
        if name.startswith("visits:"):
            rank = self._ranks[name.removeprefix("visits:")]
            return lambda case: case.entries.get(rank, 0)
        return {
            "age": lambda case: case.now - case.need,
            "waited": lambda case: case.waited,
            "errors": lambda case: sum(one.found for one in case.errors),
            "undetected": lambda case: sum(not one.found for one in case.errors),
            "channel": lambda case: self._channels[case.channel],
            "now.hour": lambda case: case.now // HOUR % 24,
            "now.weekday": lambda case: WEEKDAYS[(case.now // DAY + self._weekday) % 7],
            "now.month": lambda case: self._months[case.now // DAY],
        }[name]


def taken_with(
    language: Language, streams: Streams, node: NodePlan, branch: BranchPlan
) -> Callable[[Case, int, int], bool]:
    """Make what says whether an inclusive gateway takes a flow: (case, visit, now) -> yes or no; `else`: no."""
    if branch.kind == "else":
        return lambda _case, _visit, _now: False
    if branch.kind == "always":
        return lambda _case, _visit, _now: True
    evaluate = language.bind(branch.text)
    if branch.kind == "when":
        return lambda case, _visit, now: bool(evaluate(case, now))
    key, name = streams.key(f"take {branch.lineage}", node.lineage), node.name

    def by_chance(case: Case, visit: int, now: int) -> bool:
        share = float(evaluate(case, now))
        if not 0 <= share <= 1:
            raise RunError("BP705", f"case {case.number}: a share at {name} is {share:g}", "It must be from 0 to 1.")
        return uniform(key, visit, case.position) < share

    return by_chance


class Work:
    """How long a pass through a node takes, in the cases that one column of draws does not decide."""

    def __init__(
        self, parts: Sequence[WorkPlan], streams: Streams, language: Language, purpose: str = "duration"
    ) -> None:
        """Bind the factors and keys of the parts."""
        self._parts = [
            (part, streams.key(purpose, part.lineage), language.bind(part.factor) if part.factor else None)
            for part in parts
        ]

    def milliseconds(self, case: Case, occurrence: int, now: int) -> int:
        """Draw the duration of this pass; parts are rounded one by one and added up."""
        total = 0
        for part, key, factor in self._parts:
            value = self._value(part, key, case, occurrence)
            if isinstance(value, WorkingDays):  # only timers and client or external tasks, which take `end` instead
                message = "working days are not a number of milliseconds"
                raise TypeError(message)
            total += self._whole(value * part.scale, factor, case, now)
        return total

    def end(self, case: Case, occurrence: int, now: int, table: OpenTable, *, days: OpenTable | None = None) -> int:
        """Give the instant at which a delay from now is over; working days may count in hours of their own."""
        part, key, factor = self._parts[0]
        value = self._value(part, key, case, occurrence)
        if isinstance(value, WorkingDays):
            return (days or table).add_working_days(now, value.count)
        if value == NEVER:
            return NEVER
        if len(self._parts) > 1:
            return table.add(now, self.milliseconds(case, occurrence, now))
        return table.add(now, self._whole(value * part.scale, factor, case, now))

    @staticmethod
    def _value(part: WorkPlan, key: int, case: Case, occurrence: int) -> float | WorkingDays:
        option: Delay = part.of[0][1]
        if part.by != NONE:
            option = chosen(part.of, case.attributes[part.by], case.number)
        return option if isinstance(option, WorkingDays) else option.quantile(uniform(key, occurrence, case.position))

    @staticmethod
    def _whole(value: float, factor: Callable[[Case, int], Any] | None, case: Case, now: int) -> int:
        if factor is not None:
            value *= factor(case, now)
        return whole(value, case.number)
