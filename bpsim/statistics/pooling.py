"""Why pooling may hurt: the exact wait when two unlike kinds of jobs share servers.

Pooling like queues always shortens the wait; pooling short jobs with long ones need not, because the short ones then
wait behind the long ones. There is no closed form for several servers, but an exact solution by levels: M/H2/c.
"""

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bpsim.statistics.theory import stable

Matrix: TypeAlias = NDArray[np.float64]

#: A probability that adds nothing to a double beside it.
_NONE = 1e-20


def unlike_jobs_waiting(arrival_rates: tuple[float, float], service_means: tuple[float, float], servers: int) -> float:
    """Give the mean wait over both kinds of jobs, exponential services and gaps, first come first served.

    Solved by its levels (Neuts, Matrix-geometric solutions in stochastic models, 1981). A level is the number n at the
    station, a phase the number of first-kind jobs in service. The weights of level n are those of level n - 1 times
    R(n) = up(n - 1) (out(n) - R(n + 1) down(n + 1))^-1, which no longer changes above the number of servers.
    ValueError at a load of 1 or more.
    """
    stable(math.fsum(map(math.prod, zip(arrival_rates, service_means, strict=True))) / servers)
    station = _MixedStation(arrival_rates, service_means, servers)
    above = station.step_above()
    steps = [above]
    for level in range(servers, 0, -1):
        steps.append(station.step(level, steps[-1]))
    weights = np.ones(1)
    total = 1.0
    for step in reversed(steps[1:]):
        weights = weights @ step
        total += float(weights.sum())
    rest = np.linalg.inv(np.eye(servers + 1) - above)
    tail = weights @ above @ rest
    queue = float((tail @ rest).sum()) / (total + float(tail.sum()))
    return queue / math.fsum(arrival_rates)


@dataclass(frozen=True, slots=True)
class _MixedStation:
    """The rates between the states of M/H2/c: rows are phases before, columns phases after."""

    arrival_rates: tuple[float, float]
    service_means: tuple[float, float]
    servers: int

    def up(self, level: int) -> Matrix:
        """Give the rates of arrivals: who finds a free server adds to the phase at once."""
        first, second = self.arrival_rates
        if level >= self.servers:
            return (first + second) * np.eye(self.servers + 1)
        return first * np.eye(level + 1, level + 2, 1) + second * np.eye(level + 1, level + 2)

    def down(self, level: int) -> Matrix:
        """Give the rates of completions: one who waits, of either kind by its share, takes the server at once."""
        busy = min(level, self.servers)
        phases = np.arange(busy + 1)
        first = np.diag(phases / self.service_means[0])
        second = np.diag((busy - phases) / self.service_means[1])
        if level <= self.servers:
            return first @ np.eye(busy + 1, busy, -1) + second @ np.eye(busy + 1, busy)
        share = self.arrival_rates[0] / math.fsum(self.arrival_rates)
        same, less, more = (np.eye(busy + 1, k=k) for k in (0, -1, 1))
        return first @ (share * same + (1 - share) * less) + second @ (share * more + (1 - share) * same)

    def step(self, level: int, following: Matrix) -> Matrix:
        """Give R(level) from R(level + 1)."""
        out = np.diag(self.up(level).sum(axis=1) + self.down(level).sum(axis=1))
        return self.up(level - 1) @ np.linalg.inv(out - following @ self.down(level + 1))

    def step_above(self) -> Matrix:
        """Give R above the number of servers, where it is its own successor.

        By logarithmic reduction (Latouche and Ramaswami 1993): `fall` gathers the probabilities of the phase in which
        the next lower level is first reached, `still` that of not having reached it after 2, 4, 8 ... levels.
        """
        level = self.servers + 1
        one = np.eye(level)
        up, down = self.up(level), self.down(level)
        out = np.diag(up.sum(axis=1) + down.sum(axis=1))
        higher, lower = np.linalg.inv(out) @ up, np.linalg.inv(out) @ down
        fall, still = lower, higher
        while still.max() > _NONE:
            return_here = np.linalg.inv(one - higher @ lower - lower @ higher)
            higher, lower = return_here @ higher @ higher, return_here @ lower @ lower
            fall, still = fall + still @ lower, still @ higher
        return up @ np.linalg.inv(out - up @ fall)
