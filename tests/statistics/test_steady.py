"""Warm-up and stopping, on series worked out by hand."""

import math
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpsim.statistics.steady import (
    WarmUp,
    longest_in_whole_weeks,
    mean_series,
    mser5,
    mser_scores,
    precise_enough,
)


def fives(batches: Sequence[float]) -> list[float]:
    """Give a series whose batch means are these: two below, one on and two above each."""
    return [mean + step for mean in batches for step in (-2, -1, 0, 1, 2)]


def test_the_scores_by_hand() -> None:
    """Of 9, 3, 1, 2: after two, (1/4 + 1/4) / 4; after one, (1 + 1 + 0) / 9; of all, mean 15/4 and 38.75 / 16."""
    assert mser_scores([9, 3, 1, 2]) == pytest.approx([38.75 / 16, 2 / 9, 1 / 8, 0.0], rel=1e-15)


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=30))
def test_the_scores_are_whites_formula(batches: list[int]) -> None:
    """The running update gives the sum of squares about the mean over the squared count, worked out in fractions."""
    for d, score in enumerate(mser_scores(batches)):
        rest = batches[d:]
        mean = Fraction(sum(rest), len(rest))
        expected = sum((value - mean) ** 2 for value in rest) / len(rest) ** 2
        assert score == pytest.approx(float(expected), rel=1e-9, abs=1e-9)


def test_the_transient_is_cut() -> None:
    """Batches 20, 10 and then 1, 0, 1, 0 ...: scores fall to the third batch and rise again, so 10 values go."""
    batches = [20, 10, *[1, 0] * 6]
    # After 2: 12 batches, sum of squares 3, score 3/144. After 3: 11 batches of sum 5, (5 - 25/11) / 121 = 0.0225.
    assert mser_scores(batches)[2:4] == pytest.approx([3 / 144, (5 - 25 / 11) / 121])
    assert mser5(fives(batches)) == WarmUp(10, 70)


def test_values_that_fill_no_batch_are_left_off() -> None:
    """Four wild values after the last batch change nothing but the count."""
    assert mser5([*fives([20, 10, *[1, 0] * 6]), 9e9, 9e9, 9e9, 9e9]) == WarmUp(10, 74)


def test_a_series_that_is_steady_from_the_start_needs_no_warm_up() -> None:
    """Equal values score 0 everywhere, and the smallest cut is none."""
    assert mser5([0.1] * 50) == WarmUp(0, 50)


def test_a_series_that_settles_too_late_is_refused() -> None:
    """Ten batches of growth and then eight level ones: the cut of 50 of 90 is more than half."""
    batches = [*range(100, 0, -10), *[0] * 8]
    assert mser5(fives(batches)) == WarmUp(
        None, 90, "it has not settled: the warm-up would take 50 of 90 values, more than half"
    )


def test_exactly_half_is_not_more_than_half() -> None:
    """Five batches to settle out of ten may still be cut."""
    assert mser5(fives([*range(50, 0, -10), *[0] * 5])) == WarmUp(25, 50)


def test_a_run_that_grows_throughout_is_refused() -> None:
    """A backlog that never stops growing has no steady state; the last five batches are never scored alone."""
    growing = mser5(fives(list(range(20))))
    assert growing.length is None
    # Of k equal steps the score is (k * k - 1) / 12 k: least for the fewest that are scored, the last 5 of 20.
    assert growing.reason == "it has not settled: the warm-up would take 75 of 100 values, more than half"


def test_a_short_series_is_refused() -> None:
    """Below 50 values there are fewer than ten batches."""
    assert mser5([1.0] * 49) == WarmUp(None, 49, "49 values are too few to find a warm-up in; at least 50")


def test_a_series_has_finite_values() -> None:
    """A NaN would hide in every score."""
    with pytest.raises(ValueError, match="finite values only"):
        mser5([*[1.0] * 60, math.nan])


def test_replications_are_averaged_day_by_day() -> None:
    """The mean series has the mean of each day, and the replications must be equally long."""
    assert mean_series([[1, 2, 3], [3, 4, 8]]) == (2.0, 3.0, 5.5)
    with pytest.raises(ValueError, match="shorter"):
        mean_series([[1, 2], [1]])


def test_the_longest_warm_up_in_whole_weeks() -> None:
    """10 days of one scenario and 15 of another make three weeks for all; 14 stay two weeks, and none none."""
    assert longest_in_whole_weeks([WarmUp(10, 364), WarmUp(15, 350)]) == WarmUp(21, 350)
    assert longest_in_whole_weeks([WarmUp(14, 28)]) == WarmUp(14, 28)
    assert longest_in_whole_weeks([WarmUp(0, 50)]) == WarmUp(0, 50)


def test_one_refusal_refuses_all() -> None:
    """A scenario that has not settled leaves no common warm-up, and its reason is kept."""
    refused = WarmUp(None, 90, "it has not settled")
    assert longest_in_whole_weeks([WarmUp(10, 364), refused]) == refused


def test_rounding_up_to_weeks_may_not_take_more_than_half() -> None:
    """25 of 50 days may be cut, but 28 may not."""
    assert longest_in_whole_weeks([WarmUp(25, 50)]) == WarmUp(
        None, 50, "a warm-up of 4 whole weeks would take more than half of 50 days"
    )


def test_a_longest_needs_warm_ups() -> None:
    """There is no longest of none."""
    with pytest.raises(ValueError, match="empty"):
        longest_in_whole_weeks([])


def test_when_replications_may_stop() -> None:
    """Ten values of standard error 1/3 have a half-width of 2.262 / 3 = 0.754: a twentieth of 15.1, not of 15."""
    values = [4.0, 6.0] * 5
    assert precise_enough(values, 15.1, 0.05)
    assert not precise_enough(values, 15.0, 0.05)
    assert precise_enough(values, -15.1, 0.05)
    assert precise_enough(values, 13.0, 0.05, confidence=0.9)


def test_one_replication_is_never_enough() -> None:
    """Without a spread there is no precision; two equal ones have it, even against a reference of 0."""
    assert not precise_enough([5.0], 1e9, 0.5)
    assert precise_enough([0.0, 0.0], 0.0, 0.05)
    assert not precise_enough([0.0, 1.0], 0.0, 0.05)
