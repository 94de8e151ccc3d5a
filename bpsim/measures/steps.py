"""Functions of time that change in steps, and sums over those stretches of time whose value is high enough."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int64]


class Steps:
    """A function of time that changes at `times`: from times[i] on it has the value values[i]; before that 0."""

    def __init__(self, times: Times, values: NDArray[np.int64]) -> None:
        """Keep the steps and their running integral."""
        self.times = times
        self.values = values
        lengths = np.diff(times, append=times[-1:])
        self._sum = np.concatenate([np.zeros(1, np.int64), np.cumsum(values * lengths)])[:-1]

    def at(self, times: Times) -> NDArray[np.int64]:
        """Give the values at some instants."""
        i = np.searchsorted(self.times, times, side="right") - 1
        return np.where(i < 0, 0, self.values[i])

    def positive(self) -> "Steps":
        """Give 1 where the value is above 0."""
        return self.at_least(1)

    def at_least(self, number: int) -> "Steps":
        """Give 1 where the value is at least some number."""
        return Steps(self.times, (self.values >= number).astype(np.int64))

    def integral(self, until: Times) -> Times:
        """Integrate from the beginning of time."""
        i = np.searchsorted(self.times, until, side="right") - 1
        return np.where(i < 0, 0, self._sum[i] + self.values[i] * (until - self.times[i]))

    def between(self, start: Times, end: Times) -> Times:
        """Integrate from start to end."""
        return self.integral(end) - self.integral(start)


def steps(changes: Sequence[tuple[Times, int]], end: int) -> Steps:
    """Add up changes: each of the times adds its number from then on."""
    times = np.concatenate([at for at, _ in changes]) if changes else np.zeros(0, np.int64)
    adds = np.concatenate([np.full(len(at), by, np.int64) for at, by in changes]) if changes else times
    order = np.argsort(times, kind="stable")
    times, level = times[order], np.cumsum(adds[order])
    last = np.append(times[1:] != times[:-1], True) if len(times) else np.zeros(0, np.bool_)
    return Steps(np.append(times[last], end), np.append(level[last], 0))


def total(functions: Sequence[Steps], end: int) -> Steps:
    """Add functions up."""
    if len(functions) == 1:
        return functions[0]
    times = _marks(functions, end)
    return Steps(times, sum((function.at(times) for function in functions), np.zeros(len(times), np.int64)))


def product(first: Steps, second: Steps, end: int) -> Steps:
    """Multiply two functions."""
    times = _marks((first, second), end)
    return Steps(times, first.at(times) * second.at(times))


def _marks(functions: Sequence[Steps], end: int) -> Times:
    return ordered(*(function.times for function in functions), np.array([0, end]))


def ordered(*times: Times) -> Times:
    """Give several lists of instants as one: in order, each once (sorting is faster here than numpy's unique)."""
    together = np.sort(np.concatenate(times))
    new = np.ones(len(together), np.bool_)
    new[1:] = together[1:] != together[:-1]
    return together[new]


def sums_above(values: Times, weights: Times, low: Times, high: Times, threshold: Times) -> Times:
    """For each stretch [low, high) of neighbouring entries: the sum of the weights whose value exceeds its threshold.

    A wavelet matrix (Claude, Navarro, Ordonez 2015), made level by level and thrown away: the time is proportional to
    (entries + stretches) times the number of bits.
    """
    known = ordered(values)
    ranks = np.searchsorted(known, values) + 1
    wanted = np.searchsorted(known, threshold, side="right")
    found = np.zeros(len(low), np.int64)
    for bit in reversed(range(len(known).bit_length())):
        ones = (ranks >> bit) & 1 == 1
        before = np.concatenate([np.zeros(1, np.int64), np.cumsum(ones)])
        order = np.concatenate([np.flatnonzero(~ones), np.flatnonzero(ones)])
        ranks, weights = ranks[order], weights[order]
        total = np.concatenate([np.zeros(1, np.int64), np.cumsum(weights)])
        zeros = len(ones) - int(before[-1])
        low_one, high_one = zeros + before[low], zeros + before[high]
        above = (wanted >> bit) & 1 == 0
        found += np.where(above, total[high_one] - total[low_one], 0)
        low = np.where(above, low - before[low], low_one)
        high = np.where(above, high - before[high], high_one)
    return found
