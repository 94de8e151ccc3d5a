"""Every number of the shipped permit process and its redesigns says where it comes from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bpsim.reading.load import check_file, load_scenario
from bpsim.reading.source import lift_evidence, read_source

ROOT = Path(__file__).parent.parent.parent
PROCESSES = [ROOT / "processes" / "permit-receipt.yaml"]
SCENARIOS = sorted((ROOT / "scenarios" / "permit-receipt").glob("*.yaml"))
#: Sections that hold numbers about the world.
SECTIONS = ("calendars", "departments", "channels", "transfers", "cases", "flow")
WORDS = {"title"}


def numbers(data: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Give the paths of values that hold a digit; titles are words."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key not in WORDS:
                yield from numbers(value, (*path, str(key)))
    elif isinstance(data, list):
        for place, value in enumerate(data):
            yield from numbers(value, (*path, str(place)))
    elif not isinstance(data, bool) and any(letter.isdigit() for letter in str(data)):
        yield path


def without_evidence(data: dict[str, object], said: set[tuple[str, ...]]) -> list[str]:
    """Give the numbers for which neither their path nor one above it has evidence."""
    found = [path for section in SECTIONS for path in numbers(data.get(section, {}), (section,))]
    return [".".join(path) for path in found if not any(path[: n + 1] in said for n in range(len(path)))]


@pytest.mark.parametrize("file", PROCESSES, ids=lambda path: path.name)
def test_every_number_of_a_process_has_evidence(file: Path) -> None:
    """A number without a grade and a source is found."""
    data, evidence = lift_evidence(read_source(file))
    said = {tuple(map(str, path)) for path in evidence}
    assert without_evidence(data, said) == []
    assert [path for path, one in evidence.items() if not one.get("source") or not one.get("grade")] == []


def test_a_number_without_evidence_would_be_found() -> None:
    """The search itself works: it names the one number that has none."""
    data: dict[str, object] = {
        "flow": {"a": {"title": "T02", "duration": "5min", "next": "b"}, "b": {"duration": "3min"}}
    }
    assert without_evidence(data, {("flow", "b")}) == ["flow.a.duration"]


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda path: path.name)
def test_every_change_has_evidence(file: Path) -> None:
    """A redesign says of each of its changes what it rests on."""
    changes = load_scenario(file).changes
    assert [change.id for change in changes if change.evidence is None or not change.evidence.source] == []
    assert bool(changes) == (file.stem != "as-is")


@pytest.mark.parametrize("file", [*PROCESSES, *SCENARIOS], ids=lambda path: path.name)
def test_shipped_files_are_silent(file: Path) -> None:
    """Reading a shipped file gives no error and no warning."""
    assert check_file(file) == []


def test_no_elapsed_time_is_a_table_of_quantiles() -> None:
    """No distribution of the process is a table of observed values: the days come from people, runs, work put aside."""
    text = PROCESSES[0].read_text(encoding="utf-8")
    assert "quantiles(" not in text
    assert "empirical(" not in text
