"""Intervals, quantiles, unfinished durations and rounding, against textbooks, hand sums and a second implementation."""

import math
import subprocess
import sys
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bpsim.statistics.intervals import (
    Interval,
    SurvivalStep,
    bootstrap_interval,
    kaplan_meier,
    mean_and_error,
    mean_interval,
    quantile,
    ratio_interval,
    ratio_values,
    round_to_total,
    student_t,
    survival_quantile,
)

# Law and Kelton, Simulation Modeling and Analysis, example 4.27: ten observations.
LAW_AND_KELTON = [1.20, 1.50, 1.68, 1.89, 0.95, 1.49, 1.58, 1.55, 0.50, 1.09]

# Kaplan and Meier's method on the 6-MP arm of Freireich et al. (1963), the textbook example; False: still in remission.
REMISSION = [
    *[(6, True)] * 3,
    *[(6, False), (7, True), (9, False), (10, True), (10, False), (11, False), (13, True), (16, True)],
    *[(17, False), (19, False), (20, False), (22, True), (23, True), (25, False)],
    *[(32, False), (32, False), (34, False), (35, False)],
]

finite = st.floats(-1e6, 1e6)


@pytest.mark.parametrize(
    ("confidence", "freedom", "printed"),
    [(0.95, 1, 12.706), (0.95, 4, 2.776), (0.95, 9, 2.262), (0.95, 29, 2.045), (0.9, 9, 1.833), (0.99, 29, 2.756)],
)
def test_student_t_is_that_of_the_printed_table(confidence: float, freedom: int, printed: float) -> None:
    """The t values are those at the back of every textbook."""
    assert round(student_t(confidence, freedom), 3) == printed


@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_a_confidence_is_a_share(confidence: float) -> None:
    """A confidence in per cent, or none at all, is refused."""
    with pytest.raises(ValueError, match=f"a confidence lies between 0 and 1, not {confidence}"):
        student_t(confidence, 9)


def test_the_interval_of_a_mean_is_the_textbook_one() -> None:
    """Ten observations of Law and Kelton: 1.34 +- 0.24 at 90 %."""
    interval = mean_interval(LAW_AND_KELTON, 0.9)
    assert round(interval.mean, 2) == 1.34
    assert round(interval.half_width, 2) == 0.24
    assert interval.n == 10


def test_the_interval_of_two_values_by_hand() -> None:
    """1 and 3: standard deviation root 2, standard error 1, so 2 +- 12.7062."""
    interval = mean_interval([1, 3])
    assert (round(interval.low, 4), interval.mean, round(interval.high, 4)) == (-10.7062, 2.0, 14.7062)


@given(st.lists(finite, min_size=2, max_size=12).filter(lambda values: np.std(values) > 1e-3))
def test_the_interval_of_a_mean_agrees_with_scipy(values: list[float]) -> None:
    """A second implementation, scipy's, gives the same interval."""
    interval = mean_interval(values)
    other = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    scale = max(map(abs, values)) * 1e-6
    assert (interval.low, interval.high) == pytest.approx((other.low, other.high), rel=1e-6, abs=scale)


def test_one_replication_has_no_interval() -> None:
    """One value leaves everything possible, and no precision is enough."""
    interval = mean_interval([4.1])
    assert interval == Interval(4.1, -math.inf, math.inf, 1)
    assert interval.half_width == math.inf
    assert not interval.excludes(1e300)
    assert not interval.within(0.5, 4.1)


@pytest.mark.parametrize("n", range(2, 40))
def test_equal_values_have_no_spread(n: int) -> None:
    """Rounding makes no interval where all values are the same."""
    assert mean_interval([0.1] * n) == Interval(0.1, 0.1, 0.1, n)


def test_the_mean_does_not_depend_on_the_order() -> None:
    """Large values that cancel leave the small ones whole: the sum is exact before the one rounding."""
    assert mean_and_error([1e16, 1.0, -1e16, 1.0])[0] == 0.5
    assert mean_and_error([1.0, 1.0, 1e16, -1e16])[0] == 0.5


def test_no_values_and_values_that_are_none_are_refused() -> None:
    """An empty list and a NaN or an infinity have no mean."""
    with pytest.raises(ValueError, match="no values"):
        mean_interval([])
    with pytest.raises(ValueError, match="a value is not finite: nan"):
        mean_interval([1.0, math.nan])
    with pytest.raises(ValueError, match="a value is not finite: inf"):
        mean_interval([math.inf])


def test_what_an_interval_excludes_and_leaves_possible() -> None:
    """The ends belong to the interval; its reach is the larger of the two sizes."""
    interval = Interval(-1.0, -4.0, 2.0, 10)
    assert not interval.excludes()
    assert not interval.excludes(2.0)
    assert interval.excludes(2.1)
    assert interval.excludes(-4.1)
    assert interval.reach == 4.0
    assert interval.half_width == 3.0
    assert interval.within(0.3, -10.0)
    assert not interval.within(0.29, 10.0)


def test_the_jack_knife_of_a_ratio_by_hand() -> None:
    """Without each in turn, 12/5 becomes 10/4, 8/3, 6/3; their mean is 43/18, and the values lie twice as far apart."""
    expected = [Fraction(12, 5) + 2 * (Fraction(43, 18) - each) for each in (Fraction(5, 2), Fraction(8, 3), 2)]
    values = ratio_values([2, 4, 6], [1, 2, 2])
    assert values == pytest.approx([float(each) for each in expected], rel=1e-15)
    assert math.fsum(values) / 3 == pytest.approx(2.4, rel=1e-15)


def test_a_ratio_of_equal_denominators_is_a_mean() -> None:
    """Over equal denominators the jack-knife's interval is the plain t interval."""
    ratio = ratio_interval([2.0 * value for value in LAW_AND_KELTON], [2.0] * 10, 0.9)
    plain = mean_interval(LAW_AND_KELTON, 0.9)
    assert (ratio.mean, ratio.low, ratio.high) == pytest.approx((plain.mean, plain.low, plain.high), rel=1e-12)


def test_a_ratio_of_one_replication_has_no_interval() -> None:
    """One replication gives its ratio and no interval."""
    assert ratio_interval([3], [4]) == Interval(0.75, -math.inf, math.inf, 1)


def test_a_ratio_needs_denominators() -> None:
    """Nothing below the line, something below it only once, or lists that do not match are refused."""
    with pytest.raises(ValueError, match="there is no ratio"):
        ratio_values([1, 2], [0, 0])
    with pytest.raises(ValueError, match="only one replication has a denominator"):
        ratio_values([1, 0, 0], [2, 0, 0])
    with pytest.raises(ValueError, match="3 numerators but 2 denominators"):
        ratio_values([1, 2, 3], [1, 2])


@pytest.mark.parametrize(
    ("p", "expected"), [(0, 10), (0.25, 17.5), (0.5, 25), (0.9, 37), (Fraction(1, 3), 20), (1, 40)]
)
def test_quantiles_by_hand(p: float, expected: float) -> None:
    """Of 10, 20, 30, 40 the place is 3p: 0.75 of the way from 10 to 20 at a quarter."""
    assert quantile([10, 20, 30, 40], p) == expected


def test_a_quantile_takes_the_decimal_that_was_written() -> None:
    """100 x 0.07 is 7, although in floating point it is a little more."""
    assert 100 * 0.07 > 7
    assert quantile([0] * 7 + [1] + [10**9] * 93, 0.07) == 1


def test_quantiles_of_large_whole_numbers_are_exact() -> None:
    """The middle of 2**53 + 1 and 2**53 + 3 is 2**53 + 2, which floating point alone would miss."""
    assert quantile([2**53 + 1, 2**53 + 3], 0.5) == 2**53 + 2
    assert quantile(np.array([2**62, 2**62 + 2**11], dtype=np.int64), 0.5) == 2**62 + 2**10


@given(st.lists(finite, min_size=1, max_size=30), st.lists(st.floats(0, 1), min_size=1, max_size=4))
def test_quantiles_agree_with_numpy(sample: list[float], shares: list[float]) -> None:
    """The default method of numpy is the same definition, whatever the order of the sample."""
    expected = [float(np.quantile(sample, p)) for p in shares]
    found = [quantile(sorted(sample), p) for p in shares]
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_quantiles_need_a_sample_and_a_share() -> None:
    """There is no quantile of nothing, and none at 95."""
    with pytest.raises(ValueError, match="no quantile of an empty sample"):
        quantile([], 0.5)
    with pytest.raises(ValueError, match="a share lies between 0 and 1, not 95"):
        quantile([1, 2], 95)


def test_the_bootstrap_interval_of_a_share_is_that_of_the_binomial() -> None:
    """10 successes of 20, drawn again: 5 or fewer in 2.07 %, 6 or fewer in 5.77 %, so the 2.5 % quantile is 6 of 20."""
    assert [round(float(stats.binom.cdf(k, 20, 0.5)), 4) for k in (5, 6)] == [0.0207, 0.0577]
    interval = bootstrap_interval([0, 1] * 10, lambda items: sum(items) / len(items), seed=1, resamples=20_000)
    assert interval == Interval(0.5, 0.3, 0.7, 20)


def test_the_bootstrap_is_the_same_for_the_same_seed() -> None:
    """Same seed, same interval; another seed, another."""

    def middle(items: Sequence[float]) -> float:
        return sorted(items)[len(items) // 2]

    first, again, other = (bootstrap_interval(LAW_AND_KELTON, np.mean, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert bootstrap_interval(LAW_AND_KELTON, middle, seed=1).mean == 1.5


def test_the_bootstrap_of_one_item_has_no_interval() -> None:
    """One item drawn again and again shows no spread, and that is no certainty."""
    assert bootstrap_interval([7.0], max, seed=1) == Interval(7.0, -math.inf, math.inf, 1)


def test_kaplan_meier_is_the_textbook_one() -> None:
    """The remission times of the 6-MP patients: the printed survival at every relapse, and the median of 23 weeks."""
    steps = kaplan_meier(*zip(*REMISSION, strict=True))
    assert [(step.time, step.at_risk, step.events) for step in steps] == [
        *[(6, 21, 3), (7, 17, 1), (10, 15, 1), (13, 12, 1), (16, 11, 1), (22, 7, 1), (23, 6, 1)],
    ]
    assert [round(step.survival, 3) for step in steps] == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert survival_quantile(steps, 0.5) == 23
    assert survival_quantile(steps, 0.2) == 10
    assert survival_quantile(steps, 0.6) is None


def test_kaplan_meier_agrees_with_scipy() -> None:
    """The empirical survival of scipy for the same right-censored data has the same steps."""
    ended = [time for time, seen in REMISSION if seen]
    open_ones = [time for time, seen in REMISSION if not seen]
    other = stats.ecdf(stats.CensoredData(uncensored=ended, right=open_ones)).sf
    expected = {float(time): float(share) for time, share in zip(other.quantiles, other.probabilities, strict=True)}
    for step in kaplan_meier(*zip(*REMISSION, strict=True)):
        assert step.survival == pytest.approx(expected[step.time], rel=1e-14)


def test_kaplan_meier_with_a_cut_off_before_the_first_end() -> None:
    """Of 1+, 2, 3+, 4 the first counts only as having been at risk of nothing: a half is left at 2 x 2/3, none at 4."""
    steps = kaplan_meier([4, 2, 1, 3], [True, True, False, False])
    assert steps == (SurvivalStep(2, 3, 1, 2 / 3), SurvivalStep(4, 1, 1, 0.0))


@given(st.lists(st.integers(0, 20), min_size=1, max_size=40), st.integers(0, 10))
def test_without_cut_offs_kaplan_meier_is_the_plain_share(durations: list[int], tenths: int) -> None:
    """When all have ended, survival is the share that lasts longer, and the quantile is the smallest that reaches p."""
    steps = kaplan_meier(durations, [True] * len(durations))
    assert [(step.time, step.survival) for step in steps] == [
        (time, sum(each > time for each in durations) / len(durations)) for time in sorted(set(durations))
    ]
    reached = [time for time in sorted(durations) if sum(x <= time for x in durations) * 10 >= tenths * len(durations)]
    assert survival_quantile(steps, tenths / 10) == reached[0]


def test_where_nothing_has_ended_there_is_no_quantile() -> None:
    """Open cases only: no step and no quantile; and the two lists must match."""
    assert kaplan_meier([1, 2], [False, False]) == ()
    assert survival_quantile((), 0.5) is None
    with pytest.raises(ValueError, match="shorter"):
        kaplan_meier([1, 2], [True])


def test_rounded_cells_add_up_by_the_largest_remainder() -> None:
    """Three thirds of 100 become 34, 33 and 33, the first of equals gaining; halves of cents go to the larger rest."""
    assert round_to_total([Fraction(100, 3)] * 3) == (34.0, 33.0, 33.0)
    assert round_to_total([0.26, 0.26, 0.28], decimals=1) == (0.3, 0.2, 0.3)
    assert round_to_total([-0.4, 0.4]) == (0.0, 0.0)
    assert round_to_total([-1.5, 0.75, 0.25], decimals=1) == (-1.5, 0.8, 0.2)
    assert round_to_total([1234, 5678], decimals=-2) == (1200.0, 5700.0)
    assert round_to_total([]) == ()


@given(st.lists(st.integers(-(10**12), 10**12), max_size=20), st.integers(0, 3))
def test_rounded_cells_always_add_up_and_stay_near(cells: list[int], decimals: int) -> None:
    """Milliseconds printed in days: the cells add up to the rounded sum, none moves by a whole unit."""
    days = [Fraction(cell, 86_400_000) for cell in cells]
    unit = Fraction(1, 10**decimals)
    printed = [Fraction(repr(each)) for each in round_to_total(days, decimals=decimals)]
    assert sum(printed) == round(sum(days, Fraction()), decimals)
    assert all(abs(a - b) < unit for a, b in zip(printed, days, strict=True))


def test_importing_the_statistics_loads_no_scipy() -> None:
    """Importing stays quick: scipy comes only with the first interval."""
    names = "intervals, paired, pooling, steady, theory"
    code = f"import sys; from bpsim.statistics import {names}; print('scipy' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert shown.stdout == "False\n"
