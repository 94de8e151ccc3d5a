"""How sure a number is: intervals over replications, quantiles, unfinished durations, and rounding that adds up.

Everything here takes plain numbers. A *value* is one number per replication (a mean, a quantile, a share of that run);
a *sample* is many numbers of one run (the lead times of its cases).
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Item = TypeVar("Item")

#: Survival probabilities nearer than this are the same: far below 1/n for any sample that fits in memory.
_SAME = 1e-12


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over `n` replications and the interval that holds the true mean.

    One replication says nothing of the spread: then `low` is -inf and `high` is inf, which is "no interval".
    """

    mean: float
    low: float
    high: float
    n: int

    @property
    def half_width(self) -> float:
        """Half the length of the interval, in the unit of the mean; inf with one replication."""
        return (self.high - self.low) / 2

    @property
    def reach(self) -> float:
        """The largest size, either way, that the interval leaves possible: "no difference larger than"."""
        return max(abs(self.low), abs(self.high))

    def excludes(self, value: float = 0.0) -> bool:
        """Say whether `value` lies outside; the ends belong to the interval."""
        return not self.low <= value <= self.high

    def within(self, fraction: float, reference: float) -> bool:
        """Say whether the half-width is at most `fraction` of the size of `reference`."""
        return self.half_width <= fraction * abs(reference)


def student_t(confidence: float, freedom: int) -> float:
    """Give the t value of a two-sided interval of this confidence at these degrees of freedom (2.262 at 0.95, 9)."""
    from scipy.special import stdtrit

    if not 0 < confidence < 1:
        raise ValueError(f"a confidence lies between 0 and 1, not {confidence}")
    return float(stdtrit(freedom, (1 + confidence) / 2))


def mean_interval(values: Iterable[float], confidence: float = 0.95) -> Interval:
    """Give the mean of one value per replication and its Student t interval.

    Values must be finite and at least one; otherwise ValueError.
    """
    values = _finite(values)
    mean, error = mean_and_error(values)
    if len(values) == 1:
        return Interval(mean, -math.inf, math.inf, 1)
    half = student_t(confidence, len(values) - 1) * error
    return Interval(mean, mean - half, mean + half, len(values))


def mean_and_error(values: Iterable[float]) -> tuple[float, float]:
    """Give the mean and its standard error (standard deviation over the root of n); the error of one value is inf."""
    values = _finite(values)
    n = len(values)
    # The clamp keeps rounding from pushing the mean of equal values off them: equal values have no spread at all.
    mean = min(max(math.fsum(values) / n, min(values)), max(values))
    if n == 1:
        return mean, math.inf
    return mean, math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1) / n)


def ratio_values(numerators: Iterable[float], denominators: Iterable[float]) -> tuple[float, ...]:
    """Turn a ratio of means over replications into one value per replication, by the jack-knife.

    The mean of these values is the ratio of means itself, and their spread is that of the jack-knife: value i is
    r + (n - 1) (mean of the r(-j) - r(-i)), where r(-i) leaves replication i out (Efron 1982; the usual pseudo-values,
    moved so that their mean is the printed ratio). So whatever takes one value per replication takes a ratio too, and
    the values of two scenarios may be subtracted pair by pair.

    ValueError when the denominators, or all but one of them, add up to nothing.
    """
    above, below = _finite(numerators), _finite(denominators)
    if len(above) != len(below):
        raise ValueError(f"{len(above)} numerators but {len(below)} denominators")
    if math.fsum(below) == 0:
        raise ValueError("the denominators add up to nothing: there is no ratio")
    ratio = math.fsum(above) / math.fsum(below)
    n = len(above)
    if n == 1:
        return (ratio,)
    rests = [math.fsum(below[:i] + below[i + 1 :]) for i in range(n)]
    if not all(rests):
        raise ValueError("only one replication has a denominator: its ratio has no spread")
    without = [math.fsum(above[:i] + above[i + 1 :]) / rest for i, rest in enumerate(rests)]
    middle = mean_and_error(without)[0]
    return tuple(ratio + (n - 1) * (middle - each) for each in without)


def ratio_interval(numerators: Iterable[float], denominators: Iterable[float], confidence: float = 0.95) -> Interval:
    """Give the ratio of the mean numerator to the mean denominator over replications, with its jack-knife interval."""
    return mean_interval(ratio_values(numerators, denominators), confidence)


def quantile(ordered: Sequence[float] | NDArray[Any], p: float | Fraction) -> float:
    """Give the p-quantile of a sample already in ascending order: type 7 of Hyndman and Fan (1996).

    With h = (n - 1) p it is the value at place floor(h), counted from 0, plus the fraction of h of the way to the next
    one (numpy's and R's default). `p` is taken as the decimal that was written (0.95 is 19/20) and the arithmetic is
    exact, so whole numbers give the exact quantile, rounded once to a float.
    """
    if not len(ordered):
        raise ValueError("no quantile of an empty sample")
    place = (len(ordered) - 1) * _share(p)
    below = math.floor(place)
    first = _exact(ordered[below])
    if place == below:
        return float(first)
    return float(first + (place - below) * (_exact(ordered[below + 1]) - first))


def bootstrap_interval(
    items: Sequence[Item],
    statistic: Callable[[Sequence[Item]], float],
    *,
    seed: int,
    confidence: float = 0.95,
    resamples: int = 2000,
) -> Interval:
    """Give a statistic of the items and its percentile bootstrap interval (Efron 1979).

    The items (one per replication) are drawn again with replacement `resamples` times; the interval runs between the
    (1 - confidence) / 2 quantiles (type 7) of the statistic on either side. The draws are the raw bits of PCG64, which
    numpy keeps the same between versions: same seed, same interval. One item has no interval.
    """
    n = len(items)
    estimate = float(statistic(items))
    if n == 1:
        return Interval(estimate, -math.inf, math.inf, 1)
    bits = np.random.PCG64(seed)
    # The upper 32 bits times n, over 2**32: an index below n, even to one part in 2**32 / n.
    drawn = ((bits.random_raw(resamples * n) >> np.uint64(32)) * np.uint64(n)) >> np.uint64(32)
    again = sorted(
        float(statistic([items[i] for i in drawn[start : start + n].tolist()])) for start in range(0, resamples * n, n)
    )
    tail = (1 - _share(confidence)) / 2
    return Interval(estimate, quantile(again, tail), quantile(again, 1 - tail), n)


@dataclass(frozen=True, slots=True)
class SurvivalStep:
    """At `time`, `events` of the `at_risk` durations ended; `survival` is the share that lasts longer."""

    time: float
    at_risk: int
    events: int
    survival: float


def kaplan_meier(durations: Iterable[float], observed: Iterable[bool]) -> tuple[SurvivalStep, ...]:
    """Estimate how long things last when some have not ended yet (Kaplan and Meier 1958): a step per time of an end.

    `observed` says of each duration whether its end was seen; if not, it lasted at least so long (an open case's age).
    At equal times an end comes before a duration that is cut off. Without unfinished durations it is the plain share.
    """
    pairs = sorted(zip(durations, observed, strict=True), key=itemgetter(0))
    steps: list[SurvivalStep] = []
    at_risk = len(pairs)
    survival = 1.0
    # From one cut-off to the next the product telescopes to a single division, so no rounding piles up.
    survival_then, at_risk_then = survival, at_risk
    for time, same_time in groupby(pairs, key=itemgetter(0)):
        ends = [bool(end) for _, end in same_time]
        events = sum(ends)
        if events:
            survival = survival_then * (at_risk - events) / at_risk_then
            steps.append(SurvivalStep(time, at_risk, events, survival))
        at_risk -= len(ends)
        if not all(ends):
            survival_then, at_risk_then = survival, at_risk
    return tuple(steps)


def survival_quantile(steps: Sequence[SurvivalStep], p: float) -> float | None:
    """Give the time by which the share `p` has ended: the first step with survival at most 1 - p.

    None where it does not exist: too many durations were cut off before so many had ended.
    """
    left = 1 - float(_share(p)) + _SAME
    return next((step.time for step in steps if step.survival <= left), None)


def round_to_total(values: Iterable[float | Fraction], *, decimals: int = 0) -> tuple[float, ...]:
    """Round numbers so that the printed column adds up: the largest-remainder method (Hamilton).

    The exact sum is rounded (half-even) to `decimals`; each number is rounded down, and the units still missing go to
    the largest remainders, the earlier of equals first. No number moves by a whole unit; one that needs no rounding
    stays. Fractions are taken exactly, so a column of milliseconds may be given as `Fraction(ms, 86_400_000)` days.
    """
    scale = Fraction(10) ** decimals
    scaled = [_exact(value) * scale for value in values]
    units = [math.floor(each) for each in scaled]
    missing = round(sum(scaled, Fraction())) - sum(units)
    by_remainder = sorted(range(len(units)), key=lambda i: units[i] - scaled[i])
    for i in by_remainder[:missing]:
        units[i] += 1
    return tuple(float(unit / scale) for unit in units)


def _finite(values: Iterable[float]) -> tuple[float, ...]:
    """Give the values as floats; ValueError when there are none or one is not finite."""
    numbers = tuple(float(value) for value in values)
    if not numbers:
        raise ValueError("no values")
    if not all(map(math.isfinite, numbers)):
        raise ValueError(f"a value is not finite: {next(x for x in numbers if not math.isfinite(x))}")
    return numbers


def _share(p: float | Fraction) -> Fraction:
    """Give a share between 0 and 1 as the decimal that was written."""
    share = p if isinstance(p, Fraction) else Fraction(repr(float(p)))
    if not 0 <= share <= 1:
        raise ValueError(f"a share lies between 0 and 1, not {p}")
    return share


def _exact(value: float | Fraction | np.integer[Any]) -> Fraction:
    """Give a number exactly; numpy's whole numbers as Python's, lest they overflow."""
    return Fraction(int(value)) if isinstance(value, np.integer) else Fraction(value)
