"""Is the redesign really different? Differences replication by replication, and verdicts that are earned.

Both scenarios see the same cases with the same luck, so replication i of one belongs to replication i of the other, and
only their differences are judged. A *comparison* is the series of differences of one measure between two scenarios, one
value per replication: `differences(...)` of means or quantiles, `ratio_differences(...)` of ratios.

Intervals and verdicts never disagree: see `judge`.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from bpsim.statistics.intervals import Interval, mean_and_error, mean_interval, ratio_values, student_t

Verdict = Literal["less", "more", "no difference", "not proven"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the replications say of one comparison.

    `interval` is at the level `confidence` at which the verdict was reached; `p` is the plain two-sided p-value and
    `adjusted_p` Holm's.
    """

    verdict: Verdict
    interval: Interval
    confidence: float
    p: float
    adjusted_p: float

    @property
    def proven(self) -> bool:
        """Whether the difference has a proven direction."""
        return self.verdict in {"less", "more"}


def differences(before: Iterable[float], after: Iterable[float]) -> tuple[float, ...]:
    """Subtract replication by replication: after - before. ValueError when their numbers differ."""
    return tuple(b - a for a, b in zip(before, after, strict=True))


def ratio_differences(
    before: tuple[Iterable[float], Iterable[float]], after: tuple[Iterable[float], Iterable[float]]
) -> tuple[float, ...]:
    """Give the difference of two ratios of means as one value per replication, by the jack-knife.

    Each scenario is (numerators, denominators) over the same replications. The mean of the values is the difference of
    the ratios; leaving out replication i leaves it out of both, so what the scenarios share cancels.
    """
    return differences(ratio_values(*before), ratio_values(*after))


def paired_interval(before: Iterable[float], after: Iterable[float], confidence: float = 0.95) -> Interval:
    """Give the mean difference (after - before) and its paired t interval."""
    return mean_interval(differences(before, after), confidence)


def p_value(values: Iterable[float]) -> float:
    """Give the two-sided p-value of the paired t test that the mean difference is 0.

    1 with one replication (nothing is known) and when all differences are 0; 0 when all are the same and not 0.
    """
    from scipy.special import stdtr

    values = tuple(values)
    mean, error = mean_and_error(values)
    if mean == 0 or len(values) == 1:
        return 1.0
    if error == 0:
        return 0.0
    return min(1.0, 2 * float(stdtr(len(values) - 1, -abs(mean) / error)))


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjust p-values for having asked several questions: Holm's step-down method (1979), in the order given.

    The smallest is multiplied by their number m, the next by m - 1, and so on; none falls below one before it or
    rises above 1. Rejecting what is at most 0.05 keeps the chance of any false finding at 5 % however they depend.
    """
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, i in enumerate(_by_size(p_values)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = highest
    return tuple(adjusted)


def judge(comparisons: Sequence[Sequence[float]], *, error: float = 0.05) -> tuple[Judgement, ...]:
    """Judge all comparisons of a study together, so that the chance of any false finding is at most `error`.

    Verdicts: `less` and `more` when the mean difference is proven below or above 0; `no difference` when every
    difference of at least two replications is exactly 0; `not proven` otherwise, and always with one replication.

    Holm's method tests the k-th smallest p-value of m at the level error / (m - k + 1) and stops at the first that
    fails. The interval given is the one at the very level at which Holm tested the comparison; what comes after the
    stop takes the level of the stop. So it excludes 0 exactly when the verdict is `less` or `more`: print this
    interval and no other beside a verdict. With one comparison it is the plain 95 % interval, with several it is never
    narrower, so each holds its true difference with at least 95 %; that all hold theirs at once is not claimed.
    """
    p_values = [p_value(values) for values in comparisons]
    adjusted = holm(p_values)
    judgements: dict[int, Judgement] = {}
    confidence = 1 - error
    stopped = False
    for rank, i in enumerate(_by_size(p_values)):
        if not stopped:
            confidence = 1 - error / (len(comparisons) - rank)
        interval = mean_interval(comparisons[i], confidence)
        stopped = stopped or not interval.excludes(0)
        judgements[i] = Judgement(
            _verdict(interval, proven=not stopped), interval, confidence, p_values[i], adjusted[i]
        )
    return tuple(judgements[i] for i in range(len(comparisons)))


def replications_needed(values: Sequence[float], *, confidence: float = 0.95, limit: int = 1000) -> int | None:
    """Say how many replications would decide, if mean and spread of the differences stay as they are.

    The smallest number at which the t interval of this confidence (take a judgement's own) excludes 0; None when
    that is above `limit`, when the mean is 0, or with one replication. It is a forecast ("about"): half of such runs
    need more.
    """
    mean, error = mean_and_error(values)
    if len(values) == 1 or mean == 0:
        return None
    deviation = error * math.sqrt(len(values))

    def decides(number: int) -> bool:
        return student_t(confidence, number - 1) * deviation / math.sqrt(number) < abs(mean)

    numbers = range(2, limit + 1)
    place = bisect_left(numbers, True, key=decides)  # noqa: FBT003 - the key is a yes or no
    return numbers[place] if place < len(numbers) else None


def _by_size(numbers: Sequence[float]) -> list[int]:
    """Give the places of the numbers in ascending order, the earlier of equals first."""
    return sorted(range(len(numbers)), key=numbers.__getitem__)


def _verdict(interval: Interval, *, proven: bool) -> Verdict:
    """Name what the interval shows."""
    if proven:
        return "less" if interval.high < 0 else "more"
    return "no difference" if interval.low == interval.high == 0 else "not proven"
