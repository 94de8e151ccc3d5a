"""Long runs of processes whose answer is known: each mean within 3.29 standard errors, each error small enough to tell.

These runs take minutes. They are marked `statistical` and belong in a process of their own, without coverage:
`python -m pytest -m statistical tests/statistical`.
"""

import math
from statistics import fmean, stdev

import pytest

from tests.statistical.crews import CREWS
from tests.statistical.events import EVENTS
from tests.statistical.families import FAMILIES
from tests.statistical.limits import LIMITS
from tests.statistical.models import MODELS
from tests.statistical.waiting import WAITING

pytestmark = pytest.mark.statistical
#: One in a thousand good simulators would be refused by one figure.
FAR = 3.29
SEED = 20250106
ALL = {**MODELS, **LIMITS, **WAITING, **EVENTS, **FAMILIES, **CREWS}


@pytest.mark.parametrize("name", ALL)
def test_a_model_has_its_known_figures(name: str, table: list[tuple[str, str, float, float, float]]) -> None:
    """The mean of independent replications lies at the exact value, and its standard error is a small share of that."""
    model = ALL[name]
    found = model.sample(SEED)
    rows = [(figure, exact, fmean(found[figure]), stdev(found[figure]) / math.sqrt(len(found[figure])), limit)
            for figure, (exact, limit) in model.exact.items()]  # fmt: skip
    table += [(name, figure, exact, mean, error) for figure, exact, mean, error, _ in rows]
    for figure, exact, mean, error, limit in rows:
        assert error <= limit * exact, f"{figure}: a standard error of {error / exact:.2%} is too large to tell"
        assert abs(mean - exact) <= FAR * error, (
            f"{figure}: {mean:g} instead of {exact:g}, {(mean - exact) / error:+.1f} errors"
        )
