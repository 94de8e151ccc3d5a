"""Which of several changes does it? Two-level designs, and what they say of each change and each pair.

A design is a list of runs; a run says of each factor whether it is on. What is computed from a design is a weighted sum
of the outcomes of its runs, so that it can be taken of every replication and have an interval over them.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product

#: Up to so many factors every combination is run.
FULL = 6
#: More factors than this are not studied together.
MOST = 32

Run = tuple[bool, ...]
Weights = tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class TwoLevel:
    """A two-level design; `resolution` is 0 when it has every combination, else 4.

    At resolution 4 the effect of a factor is mixed up with nothing below the interactions of three; interactions of two
    are mixed up with each other, as `pairs` says.
    """

    runs: tuple[Run, ...]
    resolution: int
    pairs: tuple[tuple[tuple[int, int], ...], ...]

    @property
    def factors(self) -> int:
        """Count the factors."""
        return len(self.runs[0])

    def main(self, factor: int) -> Weights:
        """Weigh the runs for a main effect: the mean of those with the factor less the mean of those without."""
        return tuple(Fraction(2 if run[factor] else -2, len(self.runs)) for run in self.runs)

    def interaction(self, one: int, other: int) -> Weights:
        """Weigh the runs for an interaction: what both do together beyond the sum of what each does alone.

        The mean over the other factors of y(both) - y(one) - y(other) + y(none); textbooks often give half of it.
        """
        return tuple(Fraction(4 if run[one] == run[other] else -4, len(self.runs)) for run in self.runs)


def two_level(factors: int) -> TwoLevel:
    """Give the design for so many factors: every combination of up to 6, else a regular fraction of resolution 4.

    The fraction (Box and Hunter 1961) has 2^p runs for up to 2^(p-1) factors: p of them take every combination of
    levels, each other one the product (of -1 and 1) of an odd number of these, so that "none" and "all" are runs.
    ValueError for less than 1 factor or more than 32.
    """
    if not 1 <= factors <= MOST:
        raise ValueError(f"a design has 1 to {MOST} factors, not {factors}")
    pairs = list(combinations(range(factors), 2))
    if factors <= FULL:
        return TwoLevel(tuple(product((False, True), repeat=factors)), 0, tuple((pair,) for pair in pairs))
    words = _odd_words(factors)
    basic = (factors - 1).bit_length() + 1
    # A product of an odd number of levels is 1 exactly when an odd number of them are 1.
    runs = tuple(tuple((word & levels).bit_count() % 2 == 1 for word in words) for levels in range(2**basic))
    mixed: dict[int, list[tuple[int, int]]] = {}
    for one, other in pairs:
        mixed.setdefault(words[one] ^ words[other], []).append((one, other))
    return TwoLevel(runs, 4, tuple(map(tuple, mixed.values())))


def _odd_words(count: int) -> list[int]:
    """Name the first factors that are products of an odd number of others, the shortest products first."""
    basic = (count - 1).bit_length() + 1
    odd = [word for word in range(2**basic) if word.bit_count() % 2]
    return sorted(odd, key=lambda word: (word.bit_count(), word))[:count]


def shapley(runs: Sequence[Run], factor: int) -> Weights:
    """Weigh all combinations for a factor's Shapley share (1953) of the difference between all on and all off.

    It is what the factor adds, averaged over all orders in which the factors may be switched on; the shares add up to
    the whole difference. ValueError when `runs` are not all combinations.
    """
    count = len(runs[0])
    if len(set(runs)) != 2**count or len(runs) != 2**count:
        raise ValueError("Shapley shares need every combination, each once")

    def weight(run: Run) -> Fraction:
        others = sum(run) - run[factor]
        orders = Fraction(math.factorial(others) * math.factorial(count - others - 1), math.factorial(count))
        return orders if run[factor] else -orders

    return tuple(map(weight, runs))


def weighted(weights: Weights, outcomes: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """Add up the outcomes of the runs by their weights, replication by replication, each sum rounded once."""
    return tuple(float(_sum(weights, values)) for values in zip(*outcomes, strict=True))


def _sum(weights: Weights, values: Sequence[float]) -> Fraction:
    return sum(_terms(weights, values), Fraction())


def _terms(weights: Weights, values: Sequence[float]) -> Iterator[Fraction]:
    for weight, value in zip(weights, values, strict=True):
        yield weight * Fraction(value)
