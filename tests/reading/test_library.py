"""Where the shipped library is found, and that what `bpsim new` makes of it can be read."""

from pathlib import Path

import pytest

from bpsim.reading import library as module
from bpsim.reading.library import library, starter


def test_a_working_copy_reads_it_where_it_stands() -> None:
    """Processes, scenarios and schemas lie beside the package."""
    root = library()
    assert root == Path(module.__file__).parents[2]
    assert (root / "processes/starter.yaml").is_file()


def test_an_installed_package_carries_it_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wheel puts it into bpsim/library."""
    inside = tmp_path / "bpsim/library"
    inside.mkdir(parents=True)
    monkeypatch.setattr(module, "__file__", str(tmp_path / "bpsim/reading/library.py"))
    assert library() == inside


def test_the_starter_stands_on_its_own() -> None:
    """Every path in it leads to a file of the folder; the process is called after the folder."""
    files = starter("Ons loket")
    assert "$schema=schemas/process.json" in files["process.yaml"]
    assert "\nprocess: ons-loket\n" in files["process.yaml"]
    assert "$schema=../schemas/scenario.json" in files["scenarios/as-is.yaml"]
    assert "\nbase: ../process.yaml\n" in files["scenarios/as-is.yaml"]
    assert "\nbase: as-is.yaml\n" in files["scenarios/sign-daily.yaml"]
    assert "\nprocess: starter\n" in starter("2025")["process.yaml"]
