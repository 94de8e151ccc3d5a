"""When needs arise: a renewal process in stretched open time."""

from collections.abc import Iterator

from bpsim.engine.plan import ArrivalPlan
from bpsim.engine.streams import Streams, uniform, uniforms
from bpsim.values.distributions import Gamma

BLOCK = 256


def needs(plan: ArrivalPlan, streams: Streams) -> Iterator[int]:
    """Give the instants at which needs arise, in order."""
    if plan.most == 0:
        return
    steps = _steps(plan, streams)
    todo = next(steps)
    number = 0
    factor = _DailyFactor(plan.dispersion, streams)
    for start, length, profile, day in plan.pieces:
        intensity = profile * factor.of(day)
        if intensity <= 0:
            continue
        used = 0.0
        while todo <= length * intensity - used:
            used += todo
            yield start + round(used / intensity)
            number += 1
            if number == plan.most:
                return
            todo = next(steps)
        todo -= length * intensity - used


def _steps(plan: ArrivalPlan, streams: Streams) -> Iterator[float]:
    key = streams.key("arrival")
    quantile = plan.every.quantile
    first = 0
    while True:
        for u in uniforms(key, 0, first, BLOCK).tolist():
            yield quantile(u)
        first += BLOCK


class _DailyFactor:
    """Days differ from each other: a gamma-distributed factor with mean 1."""

    def __init__(self, dispersion: float, streams: Streams) -> None:
        self._distribution = Gamma("", 1 / dispersion**2, dispersion**2) if dispersion > 0 else None
        self._key = streams.key("day")
        self._day, self._factor = -1, 1.0

    def of(self, day: int) -> float:
        if self._distribution is not None and day != self._day:
            self._day, self._factor = day, self._distribution.quantile(uniform(self._key, 0, day))
        return self._factor
