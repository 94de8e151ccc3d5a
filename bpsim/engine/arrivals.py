"""When needs arise: a renewal process in stretched open time, given times, or appointments."""

from collections.abc import Iterator

from bpsim.engine.coming import AppointmentPlan, ArrivalPlan
from bpsim.engine.streams import Streams, uniform, uniforms
from bpsim.values.calendars import NEVER
from bpsim.values.distributions import Distribution, Gamma

BLOCK = 256


def needs(plan: ArrivalPlan, streams: Streams, lineage: str = "") -> Iterator[int]:
    """Give the instants at which needs arise, in order: one for each case; `lineage` is that of the process."""
    found = iter(plan.times) if plan.times else _renewals(plan, streams, lineage)
    if plan.size is not None:
        found = _together(found, plan.size, streams, lineage)
    for number, need in enumerate(found):
        if number == plan.most:
            return
        yield need


def _renewals(plan: ArrivalPlan, streams: Streams, lineage: str) -> Iterator[int]:
    steps = _drawn(plan.every, streams.key("arrival", lineage))
    todo = next(steps)
    factor = _DailyFactor(plan.dispersion, streams, lineage)
    for start, length, profile, day in plan.pieces:
        intensity = profile * factor.of(day)
        if intensity <= 0:
            continue
        used = 0.0
        while todo <= length * intensity - used:
            used += todo
            yield start + round(used / intensity)
            todo = next(steps)
        todo -= length * intensity - used


def _together(arrivals: Iterator[int], size: Distribution, streams: Streams, lineage: str) -> Iterator[int]:
    """Let several cases come at each arrival."""
    for need, drawn in zip(arrivals, _drawn(size, streams.key("size", lineage)), strict=False):
        for _ in range(round(drawn) if drawn < NEVER else NEVER):
            yield need


def appointments(plan: AppointmentPlan, most: int, streams: Streams, lineage: str = "") -> list[tuple[int, int]]:
    """Give the need and the slot of every client who comes, in the order of the needs."""
    away = _uniforms(streams.key("no show", lineage))
    before = _drawn(plan.earliness, streams.key("earliness", lineage))
    found: list[tuple[int, int, int]] = []
    for slot in plan.slots:
        for _ in range(plan.clients):
            stays, early = next(away) < plan.no_show, next(before)
            if not stays:
                come = slot - round(min(max(early, -NEVER), NEVER))
                found.append((max(0, come), len(found), slot))
    found.sort()
    return [(need, slot) for need, _, slot in found[:most]]


def _uniforms(key: int) -> Iterator[float]:
    first = 0
    while True:
        yield from uniforms(key, 0, first, BLOCK).tolist()
        first += BLOCK


def _drawn(distribution: Distribution, key: int) -> Iterator[float]:
    return map(distribution.quantile, _uniforms(key))


class _DailyFactor:
    """Days differ from each other: a gamma-distributed factor with mean 1."""

    def __init__(self, dispersion: float, streams: Streams, lineage: str) -> None:
        self._distribution = Gamma("", 1 / dispersion**2, dispersion**2) if dispersion > 0 else None
        self._key = streams.key("day", lineage)
        self._day, self._factor = -1, 1.0

    def of(self, day: int) -> float:
        if self._distribution is not None and day != self._day:
            self._day, self._factor = day, self._distribution.quantile(uniform(self._key, 0, day))
        return self._factor
