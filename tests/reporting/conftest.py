"""One small study of two scenarios, run once for all tests of pictures."""

from pathlib import Path

import pytest

from bpsim.experiment.results import Results
from bpsim.experiment.run import run
from bpsim.reading.load import load_scenario
from bpsim.redesign.scenario import Scenario

ROOT = Path(__file__).parents[2]


def pair() -> list[Scenario]:
    """Give the as-is of the starter process and a redesign, with a short experiment."""
    found = []
    for name in ("as-is", "sign-daily"):
        scenario = load_scenario(ROOT / f"scenarios/starter/{name}.yaml")
        short = {"length": 8 * 7 * 86_400_000, "warmup": 7 * 86_400_000, "replications": 4}
        found.append(scenario.model_copy(update={"experiment": scenario.experiment.model_copy(update=short)}))
    return found


@pytest.fixture(scope="session")
def study() -> Results:
    """Run both four times over eight weeks."""
    return run(pair(), workers=1)
