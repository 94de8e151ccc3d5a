"""Paired comparisons and their verdicts, against published examples, a second implementation and laws."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from bpsim.statistics.intervals import Interval, mean_interval, ratio_interval
from bpsim.statistics.paired import (
    differences,
    holm,
    judge,
    p_value,
    paired_interval,
    ratio_differences,
    replications_needed,
)

# Student (1908), table of the additional hours of sleep of ten patients under two drugs.
DRUG_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
DRUG_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def around(mean: float, half_spread: float, n: int = 10) -> list[float]:
    """Give n values, half of them above the mean and half below."""
    return [mean - half_spread, mean + half_spread] * (n // 2)


def test_the_paired_interval_is_students() -> None:
    """Student's sleep data: 1.58 hours more, 0.700 to 2.460, p = 0.002833."""
    interval = paired_interval(DRUG_1, DRUG_2)
    assert [round(x, 4) for x in (interval.mean, interval.low, interval.high)] == [1.58, 0.7001, 2.4599]
    assert round(p_value(differences(DRUG_1, DRUG_2)), 6) == 0.002833


def test_pairs_must_match() -> None:
    """A replication without its partner is refused."""
    with pytest.raises(ValueError, match="shorter"):
        differences([1, 2], [1])


def test_the_difference_of_two_ratios_by_hand() -> None:
    """2/4 and 4/4 against 1/4 and 3/4, equal denominators: each replication's own difference, -1/4 and -1/4."""
    values = ratio_differences(([2, 4], [4, 4]), ([1, 3], [4, 4]))
    assert values == pytest.approx([-0.25, -0.25], rel=1e-12)


def test_what_two_ratios_share_cancels() -> None:
    """Each ratio alone is unsure; of the same replications their difference is not."""
    cases = [80.0, 100.0, 130.0, 90.0]
    late = [8.0, 25.0, 65.0, 12.0]
    one = ratio_interval(late, cases)
    halves = [(late, cases), ([number - 0.1 * of for number, of in zip(late, cases, strict=True)], cases)]
    difference = mean_interval(ratio_differences(halves[0], halves[1]))
    assert one.half_width > 0.3
    assert difference.mean == pytest.approx(-0.1, rel=1e-12)
    assert difference.half_width < 1e-12


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=10).filter(lambda v: max(v) - min(v) > 1e-3))
def test_the_p_value_agrees_with_scipy(values: list[float]) -> None:
    """A second implementation, scipy's, gives the same two-sided p-value."""
    assert p_value(values) == pytest.approx(float(stats.ttest_1samp(values, 0).pvalue), rel=1e-6)


@pytest.mark.parametrize(
    ("values", "expected"), [([3.0], 1.0), ([0.0, 0.0], 1.0), ([2.0, 2.0], 0.0), ([-1.0, 1.0], 1.0)]
)
def test_p_values_at_the_edges(values: list[float], expected: float) -> None:
    """One value and a mean of 0 say nothing; equal values that are not 0 say all."""
    assert p_value(values) == expected


def test_holm_by_hand() -> None:
    """0.01, 0.04, 0.03, 0.005: 4 x 0.005, 3 x 0.01, 2 x 0.03, and 0.04 not below the one before it."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.7, 0.6]) == (1.0, 1.0)
    assert holm([]) == ()


def test_verdicts_by_direction() -> None:
    """Clear differences are less and more, exact zeros no difference, and noise is not proven."""
    shown = judge([around(-4, 1), around(2, 1), [0.0] * 10, around(0.1, 1)])
    assert [each.verdict for each in shown] == ["less", "more", "no difference", "not proven"]
    assert [each.proven for each in shown] == [True, True, False, False]
    assert shown[2].interval == Interval(0.0, 0.0, 0.0, 10)


def test_a_small_difference_can_be_proven() -> None:
    """The direction is that of the interval, however near it is to 0."""
    assert [each.verdict for each in judge([around(0.5, 0.1), around(-0.5, 0.1)])] == ["more", "less"]


def test_one_comparison_has_the_plain_interval() -> None:
    """With a single question the verdict's interval is the 95 % interval, and both p-values are the same."""
    (shown,) = judge([differences(DRUG_1, DRUG_2)])
    assert shown.interval == paired_interval(DRUG_1, DRUG_2)
    assert shown.confidence == 0.95
    assert shown.p == shown.adjusted_p == p_value(differences(DRUG_1, DRUG_2))
    assert shown.verdict == "more"


def test_one_replication_proves_nothing() -> None:
    """Neither a large difference nor none at all is proven by a single run."""
    assert [each.verdict for each in judge([[-5.0], [0.0]])] == ["not proven", "not proven"]


def test_a_difference_that_never_varies_is_proven() -> None:
    """The same difference in every replication needs no interval."""
    (shown,) = judge([[-2.0, -2.0, -2.0]])
    assert (shown.verdict, shown.interval, shown.p) == ("less", Interval(-2.0, -2.0, -2.0, 3), 0.0)


def test_two_questions_need_more_proof_than_one() -> None:
    """A t of 2.4 with 9 degrees of freedom (p = 0.040) is proven alone, not twice, and the interval says so."""
    once = around(2.4 / 3, 1)  # ten values of spread 1: standard error 1/3
    assert round(p_value(once), 3) == 0.040
    assert judge([once])[0].verdict == "more"
    shown = judge([once, once])
    assert [each.verdict for each in shown] == ["not proven"] * 2
    assert [each.confidence for each in shown] == [0.975] * 2
    assert all(each.interval.low < 0 < each.interval.high for each in shown)


def test_the_levels_step_down_and_stay_where_holm_stops() -> None:
    """Of four, the first is tested at 5/4 %, the next at 5/3 %, and from the stop on all at the level of the stop."""
    shown = judge([around(0.1, 1), around(9, 1), around(0.2, 1), around(-8, 1)])
    assert [each.verdict for each in shown] == ["not proven", "more", "not proven", "less"]
    assert [each.confidence for each in shown] == pytest.approx([0.975, 0.9875, 0.975, 1 - 0.05 / 3])


def test_judging_nothing_gives_nothing() -> None:
    """No comparison, no verdict."""
    assert judge([]) == ()


@given(st.lists(st.lists(st.integers(-50, 50), min_size=1, max_size=8), max_size=6), st.sampled_from([0.01, 0.05, 0.2]))
@example([[1, 2], [0, 0], [3]], 0.05)
def test_verdict_interval_and_holm_never_disagree(comparisons: list[list[int]], error: float) -> None:
    """Proven, an interval without 0, and an adjusted p-value of at most the error are the same thing."""
    for values, shown in zip(comparisons, judge(comparisons, error=error), strict=True):
        assert shown.proven == shown.interval.excludes(0) == (shown.adjusted_p <= error)
        assert (shown.verdict == "less") == (shown.interval.high < 0)
        assert (shown.verdict == "no difference") == (len(values) > 1 and not any(values))
        plain = mean_interval(values, 1 - error)
        assert shown.interval.low <= plain.low + 1e-9
        assert shown.interval.high >= plain.high - 1e-9


def test_replications_needed_is_the_first_number_that_would_decide() -> None:
    """Mean 1, standard deviation 4: 1.99897 x 4 / root of 64 is under 1, and 1.9983 x 4 / root of 63 is over."""
    spread = 4 * math.sqrt(9 / 10)  # ten values at this distance have standard deviation 4
    values = around(1, spread)
    deciding = [n for n in range(2, 200) if stats.t.ppf(0.975, n - 1) * 4 / math.sqrt(n) < 1]
    assert replications_needed(values) == deciding[0] == 64
    assert replications_needed(values, limit=64) == 64
    assert replications_needed(values, limit=63) is None


def test_few_replications_needed_by_the_printed_table() -> None:
    """Mean 1, standard deviation 1: 2.571 / root of 6 is over 1, 2.447 / root of 7 under."""
    assert replications_needed(around(1, math.sqrt(9 / 10))) == 7


def test_replications_needed_grows_with_the_confidence_asked() -> None:
    """At 99 % the same differences need more."""
    values = around(1, 4 * math.sqrt(9 / 10))
    expected = next(n for n in range(2, 200) if stats.t.ppf(0.995, n - 1) * 4 / math.sqrt(n) < 1)
    assert replications_needed(values, confidence=0.99) == expected


def test_when_no_number_of_replications_is_given() -> None:
    """Beyond the limit, without a difference, and from a single replication there is no forecast."""
    values = around(0.01, 1)
    assert replications_needed(values) is None
    assert replications_needed(values, limit=100_000) is not None
    assert replications_needed([1.0, -1.0]) is None
    assert replications_needed([5.0]) is None


def test_a_difference_that_never_varies_needs_two_replications() -> None:
    """Two equal differences would decide."""
    assert replications_needed([3.0, 3.0, 3.0]) == 2
