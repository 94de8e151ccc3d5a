"""Distributions: quantiles against closed forms and scipy, means against integration, and the way out of every slip."""

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from bpsim.errors import Mistake
from bpsim.values.distributions import (
    Bernoulli,
    Distribution,
    constant,
    parse_distribution,
    parse_number,
    parse_probability,
    sample_ms,
    scaled,
    shifted,
)
from bpsim.values.durations import parse_duration

MINUTE, HOUR = 60_000, 3_600_000
Z90 = float(stats.norm.ppf(0.9))
SHARES = (0.001, 0.05, 0.3, 0.5, 0.77, 0.95, 0.999)


def numbers(text: str | float) -> Distribution:
    """Read a distribution of plain numbers."""
    return parse_distribution(text, scalar=parse_number, nonnegative=False)


def durations(text: str | float) -> Distribution:
    """Read a distribution of durations."""
    return parse_distribution(text, scalar=parse_duration)


#: Written form beside scipy's distribution of the same law.
LAWS: list[tuple[str, Any]] = [
    ("exponential(mean=3)", stats.expon(scale=3)),
    ("exponential(3)", stats.expon(scale=3)),
    ("uniform(2, 5)", stats.uniform(2, 3)),
    ("2-5", stats.uniform(2, 3)),
    ("triangular(1, 2, 6)", stats.triang(0.2, loc=1, scale=5)),
    ("triangular(1, 1, 6)", stats.triang(0.0, loc=1, scale=5)),
    ("triangular(1, 6, 6)", stats.triang(1.0, loc=1, scale=5)),
    ("pert(1, 2, 6)", stats.beta(1 + 4 * 1 / 5, 1 + 4 * 4 / 5, loc=1, scale=5)),
    ("normal(mean=10, sd=2)", stats.norm(10, 2)),
    ("lognormal(median=3, p90=9)", stats.lognorm(math.log(3) / Z90, scale=3)),
    ("lognormal(mean=2, sd=1)", stats.lognorm(math.sqrt(math.log(1.25)), scale=2 / math.sqrt(1.25))),
    ("gamma(mean=4, sd=2)", stats.gamma(4, scale=1)),
    ("erlang(k=3, mean=6)", stats.erlang(3, scale=2)),
    ("weibull(scale=2, shape=1.5)", stats.weibull_min(1.5, scale=2)),
    ("beta(low=0, high=10, mean=4, sd=2)", stats.beta(2, 3, scale=10)),
    ("exponential(mean=3) * 2", stats.expon(scale=6)),
    ("exponential(mean=3) + 2", stats.expon(2, scale=3)),
    ("2 + exponential(mean=3)", stats.expon(2, scale=3)),
    ("(exponential(mean=3) * 2) + 1", stats.expon(1, scale=6)),
    ("truncated(exponential(mean=3), high=4)", stats.truncexpon(4 / 3, scale=3)),
    ("truncated(normal(mean=0, sd=1), low=-1, high=2)", stats.truncnorm(-1, 2)),
]


@pytest.mark.parametrize(("written", "law"), LAWS, ids=[written for written, _ in LAWS])
def test_laws(written: str, law: Any) -> None:  # noqa: ANN401
    """Quantiles, mean, least and greatest value are those of the law."""
    distribution = numbers(written)
    for share in SHARES:
        assert distribution.quantile(share) == pytest.approx(float(law.ppf(share)), rel=1e-9, abs=1e-9)
    tolerance = 1e-3 if "truncated" in written else 1e-9  # that mean is a sum over quantiles
    assert distribution.mean() == pytest.approx(float(law.mean()), rel=tolerance, abs=1e-3 * tolerance)
    low, high = law.support()
    assert (distribution.minimum(), distribution.maximum()) == (pytest.approx(low), pytest.approx(high))
    assert not distribution.is_constant()
    assert str(distribution) == written


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("7", 7),
        (7, 7),
        ("30%", 0.3),
        ("pert(4, 4, 4)", 4),
        ("normal(mean=3, sd=0)", 3),
        ("2 * 3", 6),
        ("triangular(4, 4, 4)", 4),
        ("quantiles(p0=4, p100=4)", 4),
    ],
)
def test_no_spread(written: str | float, value: float) -> None:
    """Where all is one value, every quantile is this value."""
    distribution = numbers(written)
    assert [distribution.quantile(share) for share in SHARES] == [pytest.approx(value)] * len(SHARES)
    assert (distribution.mean(), distribution.minimum(), distribution.maximum()) == (pytest.approx(value),) * 3


def test_which_are_constant() -> None:
    """A number, and what is made of one."""
    assert [numbers(text).is_constant() for text in ("7", "7 * 2", "7 + 1", "bernoulli(50%)")] == [
        True,
        True,
        True,
        False,
    ]


def test_choices_of_values() -> None:
    """Empirical values with weights, and straight lines between quantiles, worked out by hand."""
    few = numbers("empirical([1, 5, 10], weights=[1, 2, 1])")
    assert [few.quantile(u) for u in (0.1, 0.25, 0.7, 0.75, 0.99)] == [1, 5, 5, 10, 10]
    assert (few.mean(), few.minimum(), few.maximum()) == (5.25, 1, 10)
    assert numbers("empirical([3, 1])").quantile(0.4) == 3
    lines = numbers("quantiles(p0=0, p50=2, p90=10, p100=20)")
    assert [lines.quantile(u) for u in (0.25, 0.5, 0.7, 0.95)] == [1, 2, pytest.approx(6), pytest.approx(15)]
    assert (lines.mean(), lines.minimum(), lines.maximum()) == (pytest.approx(0.5 * 1 + 0.4 * 6 + 0.1 * 15), 0, 20)


def test_mixtures() -> None:
    """The first uniform number chooses, and what is left of it draws: 80 % of 1 to 2, 20 % of 10 to 20."""
    mixed = numbers("mixture(80% uniform(1, 2), 20% uniform(10, 20))")
    assert [mixed.quantile(u) for u in (0.4, 0.9)] == [pytest.approx(1.5), pytest.approx(15)]
    assert (mixed.mean(), mixed.minimum(), mixed.maximum()) == (pytest.approx(0.8 * 1.5 + 0.2 * 15), 1, 20)
    assert numbers("mixture(0.5 3, 0% 9, 0.5 4)").maximum() == 4  # what is never drawn does not count


def test_truth() -> None:
    """A bernoulli is 1 below its probability."""
    drawn = numbers("bernoulli(30%)")
    assert isinstance(drawn, Bernoulli)
    assert [drawn.quantile(u) for u in (0.29, 0.3)] == [1, 0]
    assert (drawn.mean(), drawn.minimum(), drawn.maximum()) == (0.3, 0, 1)


def test_a_normal_duration_is_cut_off_at_zero() -> None:
    """At most 1 % below zero is cut off; the mean is that of what is left."""
    cut = durations("normal(mean=10min, sd=4min)")
    law = stats.truncnorm(-2.5, math.inf, loc=10 * MINUTE, scale=4 * MINUTE)
    for share in SHARES:
        assert cut.quantile(share) == pytest.approx(float(law.ppf(share)), rel=1e-6)
    assert cut.mean() == pytest.approx(float(law.mean()), rel=1e-9)
    assert cut.minimum() == 0
    assert cut.quantile(1e-300) == pytest.approx(0, abs=1e-6)
    assert (
        durations("normal(mean=10min, sd=1s)").minimum() == 0
    )  # next to nothing lies below: it is cut off all the same


@pytest.mark.parametrize("written", [written for written, _ in LAWS if "normal(mean=0" not in written])
def test_means_by_integration(written: str) -> None:
    """The mean is the integral of the quantile function."""
    distribution = numbers(written)
    area, _ = integrate.quad(distribution.quantile, 0, 1, limit=500)
    assert distribution.mean() == pytest.approx(area, rel=2e-3)


DRAWN = (
    "exponential(mean=40min)",
    "10-50 min",
    "triangular(10min, 20min, 1h)",
    "17min",
    "lognormal(median=1h, p90=3h)",
    "normal(mean=1h, sd=10min)",
    "gamma(mean=1h, sd=30min)",
    "empirical([10min, 1h])",
    "weibull(scale=1h, shape=0.7)",
    "mixture(95% 2min, 5% exponential(mean=14h))",
    "pert(10min, 20min, 1h)",
    "beta(0min, 1h, mean=20min, sd=10min)",
    "erlang(k=3, mean=1h)",
    "quantiles(p0=0min, p50=2h, p90=1d, p100=9d)",
    "exponential(mean=1h) * 1.5",
    "lognormal(median=1h, p90=3h) + 10min",
    "truncated(exponential(mean=1h), high=2h) * 0.25",
)


@given(st.sampled_from(DRAWN), st.lists(st.integers(0, 2**52 - 1), min_size=1, max_size=50))
def test_many_draws_are_the_single_draws(written: str, bits: list[int]) -> None:
    """Whole milliseconds drawn together equal round(quantile(u)) one by one, whatever vector unit drew them."""
    distribution = durations(written)
    shares = [(number + 0.5) / 2**52 for number in bits]
    assert sample_ms(distribution, np.array(shares)) == [round(distribution.quantile(u)) for u in shares]


@pytest.mark.parametrize("written", DRAWN)
def test_many_draws_in_the_middle_and_far_out_are_the_single_draws(written: str) -> None:
    """So it is for two thousand numbers of one generator, and for some far out."""
    distribution = durations(written)
    shares = [*np.random.default_rng(1).random(2_000).tolist(), 1e-12, 0.01, 0.5, 0.99, 1 - 1e-12]
    assert sample_ms(distribution, np.array(shares)) == [round(distribution.quantile(u)) for u in shares]


def test_draws_near_a_rounding_border() -> None:
    """A value on the very half of a millisecond is redone by the scalar function: half to even."""
    wide = durations("0-8 ms")
    shares = [k / 16 for k in range(1, 16)]  # 0.5, 1.0, 1.5, ... ms
    assert sample_ms(wide, np.array(shares)) == [0, 1, 2, 2, 2, 3, 4, 4, 4, 5, 6, 6, 6, 7, 8]


def test_made_by_changes() -> None:
    """Times a factor, plus a time: written so that they can be read again."""
    base = durations("10-20 min")
    slower, later = scaled(base, 1.5), shifted(base, 5 * MINUTE, "5min")
    assert (slower.mean(), later.mean()) == (22.5 * MINUTE, 20 * MINUTE)
    for made in (slower, later, constant(90_000), constant(0)):
        again = durations(str(made))
        assert [again.quantile(u) for u in SHARES] == [made.quantile(u) for u in SHARES]


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [("5-20 min", 5 * MINUTE, 20 * MINUTE), ("30min - 2h", 30 * MINUTE, 2 * HOUR), ("1.5-2h", 1.5 * HOUR, 2 * HOUR)],
)
def test_ranges(written: str, low: float, high: float) -> None:
    """A range is uniform; a unit at the end counts for both."""
    assert (durations(written).minimum(), durations(written).maximum()) == (low, high)


SLIPS: list[tuple[str | float | bool, str, str, str, int]] = [
    (True, "BP208", "true is not a distribution", "Write a number or a distribution.", 0),
    (20, "BP201", "20 what?", "Write the unit: 20min, 20h or 20d.", 0),
    ("exponential(mean=30)", "BP201", "30 what?", "Write the unit: 30min, 30h or 30d.", 17),
    ("uniform(1h, 2 minuts)", "BP204", 'unknown unit "minuts"', 'Did you mean "minutes"?', 14),
    ("uniform(5min, -1h)", "BP205", "-1h is negative", "A duration is zero or more.", 14),
    (
        "truncated(normal(mean=1h, sd=10min), low=1h) * -2",
        "BP205",
        "the factor -2 is negative",
        "A factor is zero or more.",
        46,
    ),
    ("exponential(mean=1h", "BP209", "a bracket is not closed", "End it with ).", 19),
    (
        "exponential(mean=1h) + exponential(mean=2h)",
        "BP209",
        "two distributions cannot be added or multiplied",
        "Put the second into a task or timer of its own.",
        22,
    ),
    ("exponental(mean=1h)", "BP210", 'unknown distribution "exponental"', "Did you mean 'exponential'?", 0),
    ("uniform(2h, 1h)", "BP211", "the lowest value is above the highest", "Write the smaller one first.", 8),
    (
        "triangular(1h, 5h, 4h)",
        "BP211",
        "the most likely value lies outside the lowest and highest",
        "Write lowest, most likely, highest.",
        14,
    ),
    ("exponential(mean=0min)", "BP211", "mean must be above zero", "", 17),
    ("lognormal(mean=1h, sd=-1min)", "BP205", "-1min is negative", "A duration is zero or more.", 22),
    ("lognormal(median=2h, p90=1h)", "BP211", "p90 is below the median", "90 % of the values lie below p90.", 25),
    ("erlang(k=1.5, mean=1h)", "BP211", "k = 1.5 is not a whole number of phases", "Write 1, 2, 3, ...", 9),
    (
        "beta(low=0h, high=1h, mean=2h, sd=1h)",
        "BP211",
        "no beta distribution has this mean and sd",
        "Move the mean inside the limits, or take a smaller sd.",
        5,
    ),
    (
        "truncated(uniform(1h, 2h), low=3h, high=4h)",
        "BP211",
        "almost nothing of the distribution lies within these limits",
        "Widen them.",
        10,
    ),
    (
        "quantiles(p0=1h, p50=3h, p100=2h)",
        "BP211",
        "a higher quantile has a lower value",
        "Values rise with the percentages.",
        10,
    ),
    ("exponential(rate=2)", "BP212", "exponential takes a mean, not a rate", "Write exponential(mean=30min).", 12),
    ("exponential()", "BP212", "exponential needs mean", "Write exponential(mean=).", 12),
    ("gamma(mean=1h, sd=1h, sd=2h)", "BP212", "sd is given twice", "Give it once.", 22),
    ("gamma(mean=1h, std=1h)", "BP212", "gamma does not know std", "Did you mean 'sd'?", 15),
    ("uniform(1h, 2h, 3h)", "BP212", "uniform has 3 values, but takes 2", "", 15),
    ("empirical(1h)", "BP212", "values is not a list", "Write it in square brackets: [1h, 2h].", 10),
    (
        "quantiles(p50=1h)",
        "BP212",
        "quantiles must begin with p0 and end with p100",
        "Such as quantiles(p0=0min, p50=2h, p100=9d).",
        10,
    ),
    ("quantiles(p0=1h, q=1h, p100=2h)", "BP212", "quantiles does not know q", "Write p0=, p50=, p100=.", 17),
    (
        "truncated(high=2h)",
        "BP212",
        "truncated needs a distribution",
        "Such as truncated(exponential(mean=1h), high=4h).",
        10,
    ),
    (
        "normal(mean=1h, sd=1h)",
        "BP213",
        "16% of this normal distribution lies below zero: cut off there, its mean would be 1.29 times as large",
        "Use lognormal or gamma with the same mean and sd.",
        7,
    ),
    ("empirical()", "BP214", "an empirical distribution without values", "Write empirical([1h, 2h, 5h]).", 10),
    ("((1h)", "BP203", '"((1h)" is not a duration', "Write a number and a unit, such as 20min or 2h 30min.", 0),
    ("empirical([])", "BP214", "an empirical distribution without values", "Write empirical([1h, 2h, 5h]).", 10),
    ("empirical([1h], weights=[1, 2])", "BP214", "1 values but 2 weights", "Give each value one weight.", 24),
    ("empirical([1h], weights=[0])", "BP214", "weights must be zero or more, and not all zero", "", 24),
    (
        "mixture(1h, 50% 2h)",
        "BP215",
        "a part of a mixture without a share",
        "Write 95% exponential(mean=2min), 5% 14h.",
        8,
    ),
    ("mixture(40% 1h, 50% 2h)", "BP215", "the shares of a mixture add up to 90 %", "They must make 100 %.", 8),
]


@pytest.mark.parametrize("slip", SLIPS, ids=[str(slip[0]) for slip in SLIPS])
def test_every_slip_has_a_way_out(slip: tuple[Any, str, str, str, int]) -> None:
    """What is wrong, at the very character, and what to write instead."""
    written, *expected = slip
    with pytest.raises(Mistake) as caught:
        durations(written)
    mistake = caught.value
    assert [mistake.code, mistake.what, mistake.hint, mistake.offset] == expected


@pytest.mark.parametrize(
    ("written", "code", "what", "hint"),
    [
        (True, "BP208", "true is not a number", ""),
        ("1,5", "BP206", '"1,5" has a decimal comma', "Use a point: 1.5."),
        ("1_000", "BP208", '"1_000" is not a number', "Write digits without separators: 1000."),
        ("many", "BP208", '"many" is not a number', "Write a number such as 2, 0.5 or 30%."),
        ("nan", "BP208", "nan is not a finite number", "Write a number such as 2, 0.5 or 30%."),
        (math.inf, "BP208", "inf is not a finite number", "Write a number such as 2, 0.5 or 30%."),
        ("1e999", "BP208", "1e999 is not a finite number", "Write a number such as 2, 0.5 or 30%."),
    ],
)
def test_what_is_no_number(written: str | float, code: str, what: str, hint: str) -> None:
    """Numbers are finite, with a point."""
    with pytest.raises(Mistake) as caught:
        parse_number(written)
    assert (caught.value.code, caught.value.what, caught.value.hint) == (code, what, hint)


@pytest.mark.parametrize(
    ("written", "what", "hint"),
    [
        ("-0.1", "the probability -0.1 is negative", "Write 0% to 100%."),
        (80, "the probability 80 is above 1", "Did you mean 80 % = 0.8?"),
        ("150", "the probability 150 is above 1", "Write 0% to 100%."),
    ],
)
def test_what_is_no_probability(written: str | float, what: str, hint: str) -> None:
    """80 asks whether 80 % was meant."""
    with pytest.raises(Mistake) as caught:
        parse_probability(written)
    assert (caught.value.code, caught.value.what, caught.value.hint) == ("BP231", what, hint)


def test_what_can_be_negative_is_no_duration() -> None:
    """Numbers may be negative, durations may not; a negative sd is refused in both."""
    assert numbers("uniform(-3, 5)").minimum() == -3
    assert numbers("normal(mean=0, sd=1)").minimum() == -math.inf
    with pytest.raises(Mistake, match="sd is negative"):
        numbers("lognormal(mean=1, sd=-1)")
    with pytest.raises(Mistake, match="can be negative"):
        parse_distribution("uniform(-3, 5)", scalar=parse_number)
    with pytest.raises(Mistake, match="the probability 2 is above 1") as caught:
        numbers("bernoulli(2)")
    assert caught.value.offset == 10


def test_numbers_in_other_parts() -> None:
    """A slip in a plain number among durations stands at its own place."""
    with pytest.raises(Mistake, match="not a number") as caught:
        durations("weibull(scale=1h, shape=x)")
    assert caught.value.offset == 24


def test_every_law_rises() -> None:
    """A higher share never has a lower value."""
    for written in (each for each in DRAWN if "mixture" not in each):  # its parts may lie either way
        values = [durations(written).quantile(k / 200) for k in range(1, 200)]
        assert all(a <= b for a, b in pairwise(values))


@pytest.mark.parametrize("mean", ["1e-200", "1"])
def test_numbers_that_no_computer_can_square(mean: str) -> None:
    """A ratio that is, or whose square is, beyond the largest number (1.8e308) is refused, not computed with."""
    with pytest.raises(Mistake) as caught:
        parse_distribution(f"lognormal(mean={mean}, sd=1e200)", scalar=parse_number, nonnegative=False)
    assert caught.value.code == "BP211"
    assert caught.value.what == "the numbers of lognormal are too far apart to compute with"


@pytest.mark.parametrize(
    "written",
    [
        "normal(mean=0, sd=1e308)",  # 8 standard deviations are drawn now and then
        "uniform(-1e308, 1e308)",  # twice 1e308 is too wide
        "lognormal(median=1, p90=1e100)",  # the median times 10^100 at z = 1.28, so 10^640 at 8.2
        "weibull(scale=1, shape=0.001)",  # 36^1000
        "triangular(-1e200, 0, 1e200)",  # the square of the width is under the root
    ],
)
def test_numbers_that_no_computer_knows_are_refused_when_they_may_be_drawn(written: str) -> None:
    """An attribute never holds infinity, or what is no number: a distribution that would give them is refused."""
    with pytest.raises(Mistake) as caught:
        parse_distribution(written, scalar=parse_number, nonnegative=False)
    assert (caught.value.code, caught.value.what) == (
        "BP211",
        f"{written} reaches numbers that are too large to compute with",
    )


def test_a_width_beyond_all_numbers() -> None:
    """The share of a mean of an infinite width is zero, and its spread cannot be divided by."""
    with pytest.raises(Mistake) as caught:
        parse_distribution("beta(-1e308, 1e308, mean=0, sd=1)", scalar=parse_number, nonnegative=False)
    assert caught.value.what == "the numbers of beta are too far apart to compute with"
