"""One small study of two scenarios, run once for all tests of pictures: that of docs/pictures.md."""

from pathlib import Path

import pytest

from bpsim.experiment.results import Results
from bpsim.experiment.run import run
from bpsim.reading.load import load_scenario

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def study() -> Results:
    """Give what `bpsim compare scenarios/starter/*.yaml --replications 6 -o study` keeps."""
    return run([load_scenario(ROOT / f"scenarios/starter/{name}.yaml") for name in ("as-is", "sign-daily")],
               replications=6, workers=1)  # fmt: skip
