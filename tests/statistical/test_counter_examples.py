"""Where a rule of thumb fails: each scenario of scenarios/counter-examples is worse than its process, as theory says.

Marked `statistical`, like the known answers: `python -m pytest -m statistical tests/statistical`.
"""

import math
from functools import cache
from pathlib import Path
from statistics import stdev

import pytest

import bpsim
from bpsim.comparison.compare import Comparison
from bpsim.statistics import pooling, theory

pytestmark = pytest.mark.statistical
FOLDER = Path(__file__).parents[2] / "scenarios" / "counter-examples"
FAR = 3.29
HOUR = 3_600_000
#: Short and long jobs, in hours: two queues M/M/1; and both in one queue of two servers.
APART = (8 * theory.mm1(8, 10).waiting + 0.8 * theory.mm1(0.8).waiting) / 8.8
TOGETHER = pooling.unlike_jobs_waiting((8, 0.8), (0.1, 1), 2)
#: Of the cases that the machine takes 60 % leave after a minute; the others have work of 1.8 hours in a queue M/M/6.
MACHINE = 0.6 / 60 + 0.4 * (theory.mmc(0.4 * 7.8, 6, 1 / 1.8).waiting + 1.8)
#: Of each: what gets worse (a measure that rises), and what is known, before and after.
#: Checks: the visits of a queue M/M/2 with Poisson arrivals and exponential work are a product-form network: each takes
#: 1 / (1 - r^2) hours at load r = 0.675, and there are 1.5 of them. Pooling: M/M/2 and M/M/1 at load 0.8.
EXAMPLES: dict[str, tuple[str, dict[str, tuple[float | None, float | None]]]] = {
    "parallel-checks": (
        "lead_time.mean",
        {"processing_time.mean": (1.5, 2.0), "lead_time.mean": (1.5 / (1 - 0.675**2), None)},
    ),
    "lost-pooling": ("lead_time.mean", {"waiting_time.mean": (1.7777778, 4.0)}),
    "unlike-jobs-pooled": ("waiting_time.mean", {"waiting_time.mean": (APART, TOGETHER)}),
    "hard-same-person": ("lead_time.mean", {"waiting_time.mean": (None, 5 * 24 / 9)}),
    "hard-cases-left": (
        "lead_time.mean",
        {
            "processing_time.mean": (1.0, 0.4 * 1.8),
            "lead_time.mean": (1 + theory.mmc(7.8, 10).waiting, MACHINE),
        },
    ),
    "one-window": ("lead_time.mean", {"handoffs.mean": (0, 2), "contacts.mean": (6, 2)}),
    "dear-case-manager": ("cost_per_case.mean", {"cost_per_case.mean": (24 + 2 * 36, 48 * (1 + 2 * 0.9))}),
}
#: One worker compares each, once.
NAMES = [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in EXAMPLES]


@cache
def compared(name: str) -> Comparison:
    """Compare a scenario with its process."""
    redesign = bpsim.scenario(FOLDER / f"{name}.yaml")
    as_is = redesign.model_copy(update={"scenario": "as-is", "changes": ()})
    return bpsim.compare(as_is, redesign)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_worse(name: str) -> None:
    """The interval of the difference lies above zero: the redesign does not do what the rule says."""
    measure, _ = EXAMPLES[name]
    assert compared(name).line(name, measure).difference.low > 0


@pytest.mark.parametrize("name", NAMES)
def test_it_is_as_theory_says(name: str) -> None:
    """Means of replications lie within 3.29 standard errors of what is known."""
    for measure, known in EXAMPLES[name][1].items():
        for scenario, exact in zip(("as-is", name), known, strict=True):
            if exact is not None:
                unit = HOUR if "time" in measure else 1
                values = [value / unit for value in compared(name).results[scenario].values(measure)]
                error = stdev(values) / math.sqrt(len(values))
                assert abs(sum(values) / len(values) - exact) <= FAR * error, (measure, scenario)
                assert error <= 0.05 * exact, (measure, scenario)


@pytest.mark.xdist_group("parallel-checks")
def test_a_third_more_work() -> None:
    """Side by side every case has both checks: 2 hours instead of 1.5."""
    more = compared("parallel-checks").line("parallel-checks", "processing_time.mean").difference
    assert more.low < HOUR / 2 < more.high


@pytest.mark.xdist_group("dear-case-manager")
def test_the_case_manager_hands_nothing_over() -> None:
    """What is dearer has its merit: nobody else has the case."""
    line = compared("dear-case-manager").line("dear-case-manager", "handoffs.person.mean")
    assert line.difference.high < 0
    assert max(compared("dear-case-manager").results["dear-case-manager"].values("handoffs.person.mean")) == 0
