"""How work is spread over roles, against linear programming and by hand."""

import math
from random import Random

import numpy as np
import pytest
from scipy.optimize import linprog

from bpsim.engine.offered import Demand, enough, spread_evenly


def test_one_role() -> None:
    """Work over capacity."""
    assert spread_evenly([(30.0, [0])], [40.0]) == [0.75]


def test_levels_by_hand() -> None:
    """Water finds its level: the role that has work of its own gets less of the common work."""
    assert spread_evenly([(10.0, [0]), (20.0, [0, 1])], [40.0, 40.0]) == pytest.approx([0.375, 0.375])
    assert spread_evenly([(30.0, [0]), (10.0, [0, 1])], [40.0, 40.0]) == pytest.approx([0.75, 0.25])
    assert spread_evenly([(12.0, [0, 1])], [40.0, 80.0]) == pytest.approx([0.1, 0.1])


def test_chains_are_evened_out() -> None:
    """What one role hands on to the next goes through the whole chain."""
    demands: list[Demand] = [(60.0, [0, 1]), (30.0, [1, 2]), (30.0, [2, 3])]
    assert spread_evenly(demands, [40.0] * 4) == pytest.approx([0.75] * 4)


def test_work_that_nobody_can_do() -> None:
    """It is an infinite load of the first role named; no work is none."""
    assert spread_evenly([(1.0, [0, 1]), (1.0, [2])], [0.0, 0.0, 10.0]) == [math.inf, 0.0, pytest.approx(0.1)]
    assert spread_evenly([(0.0, [0])], [0.0]) == [0.0]
    assert spread_evenly([], [5.0]) == [0.0]


@pytest.mark.parametrize("seed", range(40))
def test_the_highest_load_is_as_low_as_it_can_be(seed: int) -> None:
    """A linear programme finds no better one."""
    luck = Random(seed)  # noqa: S311 - nothing secret
    roles = luck.randint(1, 5)
    capacity = [float(luck.randint(10, 80)) for _ in range(roles)]
    demands: list[Demand] = [
        (float(luck.randint(0, 60)), luck.sample(range(roles), luck.randint(1, roles)))
        for _ in range(luck.randint(1, 5))
    ]
    pairs = [(i, role) for i, (_, able) in enumerate(demands) for role in able]
    cost = np.array([*([0.0] * len(pairs)), 1.0])
    upper = np.array([[*(1.0 if r == role else 0.0 for _, r in pairs), -capacity[role]] for role in range(roles)])
    equal = np.array([[*(1.0 if i == j else 0.0 for j, _ in pairs), 0.0] for i in range(len(demands))])
    best = linprog(cost, upper, np.zeros(roles), equal, np.array([work for work, _ in demands])).fun
    load = spread_evenly(demands, capacity)
    assert max(load) == pytest.approx(best, abs=1e-6)
    assert sum(x * c for x, c in zip(load, capacity, strict=True)) == pytest.approx(sum(work for work, _ in demands))


def test_people_that_would_do() -> None:
    """The least number with a load below 1, also where work is shared."""
    assert enough([(80.0, [0])], [40.0], 0, 1) == 3
    assert enough([(79.0, [0])], [40.0], 0, 1) == 2
    assert enough([(1000.0, [0])], [80.0], 0, 2) == 26
    shared: list[Demand] = [(100.0, [0, 1]), (30.0, [1])]
    assert enough(shared, [40.0, 40.0], 0, 1) == 3
    assert spread_evenly(shared, [120.0, 40.0])[0] < 1 <= spread_evenly(shared, [80.0, 40.0])[0]
