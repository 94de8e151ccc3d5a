"""When does a run settle, and when is it precise enough? Warm-up by MSER-5, and the half-width rule for stopping."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bpsim.statistics.intervals import mean_interval

_BATCH = 5
_FEWEST_BATCHES = 10
_WEEK = 7


@dataclass(frozen=True, slots=True)
class WarmUp:
    """How much of the beginning of a series to leave out: `length` of its `observations` values.

    `length` is None when no warm-up can be given; `reason` then says why, and is empty otherwise.
    """

    length: int | None
    observations: int
    reason: str = ""


def mser5(series: Iterable[float]) -> WarmUp:
    """Find the warm-up of a series by MSER-5 (White 1997; Franklin and White 2008).

    The series is cut into batches of 5 (what is left at the end is not used). For each d, the score is the variance of
    the mean of the batches after the d-th, sum of (z - mean)^2 / (m - d)^2: leaving out the transient lowers it,
    leaving out good data raises it. The warm-up is the d batches with the least score, the smallest such d.
    The last 5 batches are never scored alone, because few values are alike by chance (Hoad, Robinson and Davies 2010).

    Refused when it would take more than half of the batches (the run has not settled) and below 50 values.
    """
    values = tuple(float(value) for value in series)
    if not all(map(math.isfinite, values)):
        raise ValueError("a series to find a warm-up in has finite values only")
    batches = [math.fsum(values[i : i + _BATCH]) / _BATCH for i in range(0, len(values) - _BATCH + 1, _BATCH)]
    if len(batches) < _FEWEST_BATCHES:
        reason = f"{len(values)} values are too few to find a warm-up in; at least {_BATCH * _FEWEST_BATCHES}"
        return WarmUp(None, len(values), reason)
    scores = mser_scores(batches)[: len(batches) - _BATCH + 1]
    best = scores.index(min(scores))
    if 2 * best > len(batches):
        reason = f"it has not settled: the warm-up would take {best * _BATCH} of {len(values)} values, more than half"
        return WarmUp(None, len(values), reason)
    return WarmUp(best * _BATCH, len(values))


def mser_scores(batches: Sequence[float]) -> list[float]:
    """Give for each d the marginal standard error score of what follows the first d batch means."""
    scores: list[float] = []
    mean = squares = 0.0
    # Welford's update from the end: stable, and exactly 0 for equal values.
    for count, value in enumerate(reversed(batches), start=1):
        step = value - mean
        mean += step / count
        squares += step * (value - mean)
        scores.append(squares / count**2)
    return scores[::-1]


def mean_series(replications: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """Average the same day of several replications: the series in which a warm-up shows best (Welch 1983)."""
    return tuple(math.fsum(values) / len(values) for values in zip(*replications, strict=True))


def longest_in_whole_weeks(warm_ups: Iterable[WarmUp]) -> WarmUp:
    """Take the longest of several warm-ups of daily series, rounded up to whole weeks; `length` is in days.

    One warm-up serves all scenarios, so a single refusal refuses all, and so does a length that the rounding
    brings above half of the shortest series. ValueError when there are none.
    """
    warm_ups = tuple(warm_ups)
    observations = min(each.observations for each in warm_ups)
    longest = 0
    for each in warm_ups:
        if each.length is None:
            return WarmUp(None, observations, each.reason)
        longest = max(longest, each.length)
    days = math.ceil(longest / _WEEK) * _WEEK
    if 2 * days > observations:
        reason = f"a warm-up of {days // _WEEK} whole weeks would take more than half of {observations} days"
        return WarmUp(None, observations, reason)
    return WarmUp(days, observations)


def precise_enough(values: Iterable[float], reference: float, fraction: float, confidence: float = 0.95) -> bool:
    """Say whether replications may stop: the half-width of the values' interval is at most `fraction` of `reference`.

    The values are one per replication (of a tracked measure's difference); the reference is the baseline's mean.
    Never true of one replication.
    """
    return mean_interval(values, confidence).within(fraction, reference)
