"""The pictures of the documents are those of the shipped processes, and every picture stands in them.

`BPSIM_PICTURES=write pytest tests/reporting/test_pictures.py` renews them all; look at what has changed.

Maps are compared byte by byte. A plot is compared by everything that is written in it, as its bytes change with the
version of matplotlib: what it says stands in docs/pictures/words.json.
"""

import json
import os
import re
from pathlib import Path

import pytest
from matplotlib.text import Text

from bpsim.experiment.results import Results
from bpsim.reading.load import load_process
from bpsim.reporting.figures import blank, picture_bytes
from bpsim.reporting.pictures import PLOTS, picture
from bpsim.reporting.processmap import draw_svg

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/pictures"
PAGE = ROOT / "docs/pictures.md"
WRITE = os.environ.get("BPSIM_PICTURES") == "write"
#: Hashes and versions on the model card.
CHANGING = re.compile(r"[0-9a-f]{16}|bpsim \d|numpy|simpy|scipy")
#: Maps of the study of the page, with what is asked for.
MAPS = {
    "waiting": ("map", {}),
    "utilisation": ("map", {"colour": "utilisation", "scenario": "sign-daily"}),
    "difference": ("difference", {}),
}


def same(path: Path, content: bytes) -> None:
    """Compare a file with what it should be, or write it."""
    if WRITE:
        path.write_bytes(content)
    assert path.read_bytes() == content, f"{path.name} is out of date"


@pytest.mark.parametrize("name", ["permit-receipt", "starter"])
def test_maps_of_processes_are_fresh(name: str) -> None:
    """What `bpsim draw processes/NAME.yaml` draws."""
    same(FOLDER / f"{name}.svg", draw_svg(load_process(ROOT / f"processes/{name}.yaml")).encode())


@pytest.mark.parametrize("name", MAPS)
def test_maps_of_results_are_fresh(study: Results, name: str) -> None:
    """What `bpsim draw study` draws."""
    what, asked = MAPS[name]
    same(FOLDER / f"{name}.svg", picture(study, what, **asked))  # type: ignore[arg-type]


def test_plots_say_what_they_said(study: Results) -> None:
    """Every title, label, figure and note."""
    said = {}
    for name, (draw, asked) in PLOTS.items():
        ax = draw(study, ax=blank(*draw.size), **asked)
        content = picture_bytes(ax, "png")
        told = {text.get_text() for text in ax.findobj(Text)} - {""}
        said[name] = sorted(text for text in told if not CHANGING.search(text))
        if WRITE:
            (FOLDER / f"{name}.png").write_bytes(content)
    same(FOLDER / "words.json", (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode())


def test_every_picture_stands_in_the_page_with_its_command() -> None:
    """And nothing lies in the folder that no document shows."""
    text = PAGE.read_text()
    for name in PLOTS:
        assert f"(pictures/{name}.png)" in text
        assert f"--picture {name}" in text
    for name in MAPS:
        assert f"(pictures/{name}.svg)" in text
    shown = "".join(path.read_text() for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
    assert [path.name for path in FOLDER.iterdir() if path.suffix != ".json" and path.name not in shown] == []
