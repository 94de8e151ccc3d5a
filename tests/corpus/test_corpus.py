"""The corpus: every valid file is silent, every invalid file gets exactly the diagnostics that it announces."""

import re
from pathlib import Path

import pytest

from bpsim.errors import CODES, Problem
from bpsim.reading.load import check_file, check_text
from tests.corpus.marks import CORPUS, Marked, read_marks

ROOT = CORPUS.parent.parent
VALID = sorted((CORPUS / "valid").glob("*.yaml"))
INVALID = [read_marks(path) for path in sorted((CORPUS / "invalid").glob("*.yaml"))]
SHIPPED = sorted([*(ROOT / "processes").glob("*.yaml"), *(ROOT / "scenarios").glob("*/*.yaml")])


def told(path: Path) -> list[str]:
    """Give the diagnostics of a file, without its name."""
    return [str(problem).removeprefix(f"{problem.file}:") for problem in check_file(path)]


@pytest.mark.parametrize("path", [*VALID, *SHIPPED], ids=lambda path: path.name)
def test_valid_files_are_silent(path: Path) -> None:
    """Nothing is said about a file that is in order."""
    assert told(path) == []


@pytest.mark.parametrize("marked", INVALID, ids=lambda marked: marked.path.name)
def test_invalid_files(marked: Marked) -> None:
    """Exactly the announced diagnostics, in the order of the file."""
    assert told(marked.path) == list(marked.expected)


@pytest.mark.parametrize("marked", INVALID, ids=lambda marked: marked.path.name)
def test_twins_are_silent(marked: Marked) -> None:
    """With the named line as it should be, the file is in order."""
    assert list(map(str, check_text(marked.twin, str(marked.path)))) == []


@pytest.mark.parametrize("marked", INVALID, ids=lambda marked: marked.path.name)
def test_marks(marked: Marked) -> None:
    """An invalid file says what is expected and where its twin differs, and by as few lines as there are problems."""
    assert marked.expected
    assert 1 <= len(marked.changes) <= len(marked.expected)
    form = r"\d+:\d+: (BP\d{3}) (error|warning|limit): .+"
    for line in marked.expected:
        found = re.fullmatch(form, line)
        assert found
        assert CODES[found[1]][0] == found[2]
    numbers = [tuple(map(int, line.split(":")[:2])) for line in marked.expected]
    assert numbers == sorted(numbers)


def test_size() -> None:
    """There are enough of them, and two carry five problems each."""
    assert len(INVALID) >= 75
    assert sum(len(marked.expected) == 5 for marked in INVALID) >= 2


# Codes

#: Codes that no file of the corpus can have, with the test that shows them.
ELSEWHERE: dict[str, str] = {}


def used() -> dict[str, set[str]]:
    """Give the codes that the package names, with the modules that do."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "bpsim").rglob("*.py"):
        if path.name != "errors.py":
            for code in re.findall(r"\"(BP\d{3})\"", path.read_text(encoding="utf-8")):
                found.setdefault(code, set()).add(path.name)
    return found


def test_codes_are_in_the_table() -> None:
    """Every code in use is in the table, in order, and none of the table is unused."""
    assert list(CODES) == sorted(CODES)
    assert set(used()) == set(CODES)


def test_every_code_has_a_case() -> None:
    """Every code has a file of the corpus, or a test that is named here."""
    in_files = {line.split(" ")[1] for marked in INVALID for line in marked.expected}
    assert sorted(set(CODES) - in_files) == sorted(ELSEWHERE)
    for code, where in ELSEWHERE.items():
        path, _, name = where.partition("::")
        assert re.search(rf"def {name}\b", (ROOT / path).read_text(encoding="utf-8")), (code, where)


def test_every_code_has_a_paragraph() -> None:
    """docs/errors.md explains every code, and no other."""
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    headings = [f"{code} ({severity}): {about}" for code, (severity, about) in sorted(CODES.items())]
    assert re.findall(r"^### (.*)", text, re.MULTILINE) == headings


def test_form_of_a_diagnostic() -> None:
    """One format: FILE:LINE:COLUMN: CODE severity: PATH: WHAT. HINT."""
    what, hint = 'unknown unit "minuts"', 'Did you mean "minutes"?'
    problem = Problem("service.yaml", 17, 9, "BP204", "error", "flow.review.duration", what, hint)
    line = 'service.yaml:17:9: BP204 error: flow.review.duration: unknown unit "minuts". Did you mean "minutes"?'
    assert str(problem) == line
