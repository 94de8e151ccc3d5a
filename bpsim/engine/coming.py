"""How cases come, compiled: pieces of time with their intensity, given times, slots of appointments, the backlog."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from itertools import pairwise

from bpsim.errors import LimitError
from bpsim.eventlog import NONE
from bpsim.model import demand
from bpsim.model.process import Process
from bpsim.model.written import NEVER
from bpsim.values.calendars import OpenTable
from bpsim.values.distributions import Distribution, constant
from bpsim.values.durations import WorkingDays

DAY = 86_400_000
#: More appointments than this within an experiment stop it before it begins.
MOST_APPOINTMENTS = 5_000_000
#: Positions of cases that do not arrive lie beyond those of all that do.
BEYOND = 2**62


@dataclass(frozen=True, slots=True)
class AppointmentPlan:
    """Slots in the order of time, with so many clients each, who may stay away, or come early or late."""

    slots: tuple[int, ...]
    clients: int
    no_show: float
    earliness: Distribution


@dataclass(frozen=True, slots=True)
class ArrivalPlan:
    """The demand: pieces of open time within days (start, length, intensity, day), stretched by daily factors.

    Or the very `times` of the arrivals, or appointments; then there are no pieces. `size` is None where cases come
    one by one.
    """

    every: Distribution
    dispersion: float
    pieces: tuple[tuple[int, int, float, int], ...]
    most: int
    size: Distribution | None
    times: tuple[int, ...]
    appointments: AppointmentPlan | None


#: Cases that wait before nodes at the start: the node, the lineage that their luck goes by, how many, how old.
Backlog = Sequence[tuple[str, str, int, Distribution]]


@dataclass(frozen=True, slots=True)
class BacklogPlan:
    """Cases that wait before a node at the start; their positions begin at `position`."""

    node: int
    cases: int
    age: Distribution
    position: int
    lineage: str


@dataclass(frozen=True, slots=True)
class DeadlinePlan:
    """A clock that acts. `start` is the node that starts it; without one it runs from the need or from the arrival.

    `limits` are by the value of attribute `by`, in open time of the calendar; it stands while an item is at a node of
    `stops`; `target` is where the case goes when it has passed.
    """

    start: int
    from_need: bool
    to: frozenset[int]
    by: int
    limits: tuple[tuple[str, int], ...]
    calendar: int
    stops: frozenset[int]
    target: int


def arrival_plan(process: Process, table: OpenTable, start: date, horizon: int) -> ArrivalPlan:
    """Compile the arrivals; `table` has the hours in which cases come."""
    arrivals = process.cases.arrivals
    size = arrivals.size
    timed = arrivals.every is not None
    return ArrivalPlan(
        every=arrivals.every or constant(0),
        dispersion=arrivals.dispersion,
        pieces=tuple(_pieces(arrivals, table, start, horizon)) if timed else (),
        most=NEVER if arrivals.at_most is None else arrivals.at_most,
        size=None if not timed or (size.is_constant() and size.mean() == 1) else size,
        times=tuple(sorted(time for time in (moment.at(start) for moment in arrivals.times) if 0 <= time <= horizon)),
        appointments=_appointments(arrivals.appointments, table, horizon) if arrivals.appointments else None,
    )


def _pieces(
    arrivals: demand.Arrivals, table: OpenTable, start: date, horizon: int
) -> Iterator[tuple[int, int, float, int]]:
    """Cut the openings where the intensity changes; daily factors are not in it yet."""
    hours = arrivals.hours()
    shocks = [(s.at.at(start), s.at.at(start) + s.lasts, s.times) for s in arrivals.shocks]
    borders = sorted({border for low, high, _ in shocks for border in (low, high)})
    for opens, closes in zip(table.opens, table.closes, strict=True):
        begin = opens
        while begin < min(closes, horizon):
            day = begin // DAY
            end = min(closes, (day + 1) * DAY)
            today = date.fromordinal(start.toordinal() + day)
            whole = arrivals.profile.get(demand.WEEKDAYS[today.weekday()], 1.0)
            whole *= arrivals.profile.get(demand.MONTHS[today.month - 1], 1.0)
            growth = (1 + arrivals.growth) ** (day / 365)
            cuts = {day * DAY + border for low, high, _ in hours for border in (low, high)} | {*borders}
            inner = [begin, *sorted(cut for cut in cuts if begin < cut < end), end]
            for low, high in pairwise(inner):
                factor = next((f for first, last, f in hours if first <= low - day * DAY < last), 1.0)
                intensity = whole * factor * growth
                for on, off, times in shocks:
                    intensity *= times if on <= low < off else 1.0
                yield low, high - low, intensity, day
            begin = end


def _appointments(booked: demand.Appointments, table: OpenTable, horizon: int) -> AppointmentPlan:
    slots: list[int] = []
    for opens, closes in zip(table.opens, table.closes, strict=True):
        if opens >= horizon:
            break
        here = range(opens, min(closes, horizon), booked.every)
        if (len(slots) + len(here)) * booked.clients > MOST_APPOINTMENTS:
            what = f"more than {MOST_APPOINTMENTS:,} appointments within the experiment"
            raise LimitError("BP719", what, "Let there be more time between the slots, or shorten the experiment.")
        slots += here
    return AppointmentPlan(tuple(slots), booked.clients, booked.no_show, booked.earliness)


def backlog_plans(ranks: Mapping[str, int], backlog: Backlog) -> tuple[BacklogPlan, ...]:
    """Compile a backlog, in the order of ranks."""
    return tuple(
        BacklogPlan(ranks[node], cases, age, _position(lineage), lineage)
        for node, lineage, cases, age in sorted(backlog, key=_place)
    )


def _place(queue: tuple[str, str, int, Distribution]) -> tuple[str, str]:
    return queue[0], queue[1]


def _position(lineage: str) -> int:
    """Give the position of the first case of a backlog."""
    number = int.from_bytes(blake2b(f"backlog/{lineage}".encode(), digest_size=8).digest(), "little")
    return BEYOND + number % 2**61


def deadline_plans(
    process: Process,
    ranks: Mapping[str, int],
    attributes: Mapping[str, int],
    calendars: Mapping[str, int],
    *,
    every: bool = False,
) -> tuple[DeadlinePlan, ...]:
    """Compile the clocks that act, or every clock, in the order of their names."""
    plans = []
    for _, clock in sorted(process.cases.clocks.items()):
        if clock.on_pass is None and not every:
            continue
        limit = clock.limit
        of = limit.of if isinstance(limit, demand.LimitBy) else {"": limit}
        day = process.calendars[clock.calendar].mean_open_day()
        lengths = {key: round(v.count * day) if isinstance(v, WorkingDays) else v for key, v in of.items()}
        stops = {name for name, task in process.tasks().items() if task.performer[0] in clock.stops_while}
        plans.append(
            DeadlinePlan(
                start=NONE if clock.start in ("need", "arrival") else ranks[clock.start],
                from_need=clock.start == "need",
                to=frozenset(ranks[name] for name in clock.to if name != "end"),
                by=attributes[limit.by] if isinstance(limit, demand.LimitBy) else NONE,
                limits=tuple(sorted(lengths.items())),
                calendar=calendars[clock.calendar],
                stops=frozenset(ranks[name] for name in {*stops, *clock.stops_while} if name in ranks),
                target=ranks[clock.on_pass.next] if clock.on_pass else NONE,
            )
        )
    return tuple(plans)
