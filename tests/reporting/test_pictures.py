"""The pictures of the documents are those of the shipped processes."""

from pathlib import Path

import pytest

from bpsim.reading.load import load_process
from bpsim.reporting.processmap import draw_svg

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["permit-receipt", "starter"])
def test_pictures_are_fresh(name: str) -> None:
    """Bring one up to date with `bpsim draw processes/NAME.yaml -o docs/pictures/NAME.svg --force`."""
    drawn = draw_svg(load_process(ROOT / f"processes/{name}.yaml"))
    assert (ROOT / f"docs/pictures/{name}.svg").read_text() == drawn
