"""Two-level designs: what they are by their definition, and effects of functions whose answer is known."""

from collections.abc import Callable
from fractions import Fraction
from itertools import combinations, permutations

import pytest

from bpsim.statistics.factorial import FULL, MOST, Run, shapley, two_level, weighted

#: y = 10 - 2a - 3b + c + 4ab + 6abc, of factors that are off (0) or on (1).
POLYNOMIAL = {(): 10, (0,): -2, (1,): -3, (2,): 1, (0, 1): 4, (0, 1, 2): 6}


def value(run: Run, terms: dict[tuple[int, ...], int] = POLYNOMIAL) -> float:
    """Give the value of a polynomial for a run."""
    return float(sum(weight for term, weight in terms.items() if all(run[i] for i in term)))


def outcomes(runs: tuple[Run, ...], of: Callable[[Run], float] = value) -> list[list[float]]:
    """Give two replications: the function, and one more than it."""
    return [[of(run), of(run) + 1] for run in runs]


def test_main_effects_of_a_function_of_known_answer() -> None:
    """By hand: a is -2 + 4 / 2 + 6 / 4 = 1.5; b is -3 + 2 + 1.5 = 0.5; c is 1 + 6 / 4 = 2.5."""
    design = two_level(3)
    found = [weighted(design.main(i), outcomes(design.runs)) for i in range(3)]
    assert found == [(1.5, 1.5), (0.5, 0.5), (2.5, 2.5)]


def test_interactions_of_a_function_of_known_answer() -> None:
    """Beyond the sum of each: ab is 4 + 6 / 2 = 7; ac and bc are 6 / 2 = 3."""
    design = two_level(3)
    assert design.pairs == (((0, 1),), ((0, 2),), ((1, 2),))
    found = [weighted(design.interaction(*pair), outcomes(design.runs))[0] for ((*pair,),) in design.pairs]
    assert found == [7, 3, 3]


def test_shapley_shares_of_a_function_of_known_answer() -> None:
    """A term is shared equally by its factors: a gets -2 + 4 / 2 + 6 / 3 = 2, b 1, c 3; together 6."""
    design = two_level(3)
    found = [weighted(shapley(design.runs, i), outcomes(design.runs))[1] for i in range(3)]
    assert found == [2, 1, 3]
    assert sum(found) == value((True,) * 3) - value((False,) * 3)


def test_shapley_shares_are_means_over_all_orders() -> None:
    """A second way: switch the factors on in every order of five, and average what each adds."""
    terms = {(0,): 3, (1, 4): -5, (0, 2, 3): 11, (0, 1, 2, 3, 4): 7, (3,): -2}
    design = two_level(5)
    for factor in range(5):
        added = []
        for order in permutations(range(5)):
            before = {*order[: order.index(factor)]}
            off, on = (tuple(i in kept for i in range(5)) for kept in (before, before | {factor}))
            added.append(value(on, terms) - value(off, terms))
        exact = Fraction(sum(map(int, added)), len(added))
        assert weighted(shapley(design.runs, factor), outcomes(design.runs, lambda run: value(run, terms)))[0] == float(
            exact
        )


def test_shapley_shares_need_every_combination() -> None:
    """A fraction, or a run twice, has none."""
    with pytest.raises(ValueError, match="every combination, each once"):
        shapley(two_level(7).runs, 0)
    with pytest.raises(ValueError, match="every combination, each once"):
        shapley(((True,), (True,), (False,)), 0)


@pytest.mark.parametrize("factors", [1, 2, FULL])
def test_few_factors_have_every_combination(factors: int) -> None:
    """Each once, nothing mixed up."""
    design = two_level(factors)
    assert len(set(design.runs)) == len(design.runs) == 2**factors
    assert design.resolution == 0
    assert design.factors == factors
    assert [len(mixed) for mixed in design.pairs] == [1] * (factors * (factors - 1) // 2)


@pytest.mark.parametrize(("factors", "runs"), [(7, 16), (8, 16), (9, 32), (16, 32), (17, 64), (MOST, 64)])
def test_a_fraction_is_regular_and_of_resolution_four(factors: int, runs: int) -> None:
    """By the definition: columns are balanced, orthogonal to each other and to every product of two."""
    design = two_level(factors)
    assert len(set(design.runs)) == len(design.runs) == runs
    assert design.resolution == 4
    assert (False,) * factors in design.runs
    assert (True,) * factors in design.runs
    signs = [[1 if run[i] else -1 for run in design.runs] for i in range(factors)]
    pairs = {
        pair: [a * b for a, b in zip(*(signs[i] for i in pair), strict=True)]
        for pair in combinations(range(factors), 2)
    }
    assert all(sum(column) == 0 for column in (*signs, *pairs.values()))
    few = list(pairs.items())[:: max(1, len(pairs) // 40)]
    assert all(sum(a * b for a, b in zip(column, product, strict=True)) == 0 for column in signs for _, product in few)
    groups: dict[tuple[int, ...], list[tuple[int, int]]] = {}
    for pair, column in pairs.items():
        groups.setdefault(tuple(column), []).append(pair)
    assert sorted(map(tuple, groups.values())) == sorted(design.pairs)


def test_a_fraction_finds_main_effects_and_mixed_interactions() -> None:
    """Seven factors: main effects are not disturbed by pairs; an interaction is the sum of those it is mixed with."""
    design = two_level(7)
    terms = {(0,): 3, (5,): -2, design.pairs[0][0]: 4, design.pairs[0][1]: 2}
    found = outcomes(design.runs, lambda run: value(run, terms))
    halves = {i: sum(w / 2 for term, w in terms.items() if len(term) == 2 and i in term) for i in range(7)}
    for i in range(7):
        assert weighted(design.main(i), found)[0] == terms.get((i,), 0) + halves[i]
    assert weighted(design.interaction(*design.pairs[0][0]), found)[0] == 6
    assert weighted(design.interaction(*design.pairs[1][0]), found)[0] == 0


@pytest.mark.parametrize("factors", [0, MOST + 1])
def test_a_design_has_a_number_of_factors_that_can_be(factors: int) -> None:
    """Not none, and not too many."""
    with pytest.raises(ValueError, match=f"1 to 32 factors, not {factors}"):
        two_level(factors)
