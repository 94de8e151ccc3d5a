"""Who fills the seats: held against every way in which distinct people could sit."""

from itertools import product
from random import Random

import pytest

from bpsim.model.seats import most, seated

CASES = [
    ([], []),
    ([[]], [-1]),
    ([[1, 2], [1]], [2, 1]),
    ([[1], [1]], [1, -1]),
    ([[1, 2], [2, 3], [1]], [2, 3, 1]),
    ([[], [4]], [-1, 4]),
]


def ways(seats: list[list[int]]) -> list[tuple[int, ...]]:
    """Give every way to sit, -1 for an empty seat."""
    found = product(*([*people, -1] for people in seats))
    return [way for way in found if len({p for p in way if p >= 0}) == sum(p >= 0 for p in way)]


@pytest.mark.parametrize(("seats", "chosen"), CASES)
def test_by_hand(seats: list[list[int]], chosen: list[int]) -> None:
    """The first person of each list with whom as many seats are filled as can be."""
    assert seated(seats) == chosen
    assert most(seats) == sum(person >= 0 for person in chosen)


def test_against_every_way() -> None:
    """As many seats as possible; of the ways to fill so many, the one that comes first in the order of choice."""
    luck = Random(1)  # noqa: S311 - nothing secret
    for _ in range(300):
        seats = [luck.sample(range(5), luck.randrange(4)) for _ in range(luck.randrange(1, 4))]
        best = max(sum(person >= 0 for person in way) for way in ways([people[: len(seats)] for people in seats]))
        assert best == most(seats)
        full = [way for way in ways(seats) if sum(person >= 0 for person in way) == best]
        order = [{person: place for place, person in enumerate([*people, -1])} for people in seats]
        first = min(full, key=lambda way: [ranks[person] for ranks, person in zip(order, way, strict=True)])
        assert tuple(seated(seats)) == first, seats
    assert most([[1, 2], [1]], frozenset({1})) == 1
