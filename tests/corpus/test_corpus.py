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


@pytest.mark.untraced
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


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (
            "process: \u0440\u0430\u0437\u0440\u0435\u0448\u0435\u043d\u0438\u0435\n".encode("cp1251"),
            "1:10: BP002 error: the file is not UTF-8",
        ),
        ("process: desk\n".encode("utf-16"), "1:1: BP002 error: the file is not UTF-8 but, it seems, UTF-16"),
        (b"process: desk\ntitle: a\0b\n", "2:9: BP009 error: the character U+0000 is not allowed"),
        (b"process: desk\nflow: " + b"[" * 20_000, "2:106: BP004 limit: more than 100 levels"),
        (
            b"a: &a [x, x, x, x]\n"
            + b"".join(b"%c: &%c [*%c, *%c, *%c, *%c]\n" % (c, c, *[c - 1] * 4) for c in range(98, 110)),
            "7:16: BP006 limit",
        ),
        (b"#" * 2_000_001, "1:1: BP003 limit: the file is larger than 2 MB"),
        (b"a: [" + b"1," * 200_001 + b"]", "1:400003: BP005 limit: more than 200,000 values"),
    ],
    ids=["windows-1251", "utf-16", "nul", "nesting", "aliases", "bytes", "values"],
)
def test_files_that_are_no_text(content: bytes, line: str, tmp_path: Path) -> None:
    """What cannot stand in a folder of texts: other encodings, bombs, giants."""
    (tmp_path / "x.yaml").write_bytes(content)
    assert [found[: len(line)] for found in told(tmp_path / "x.yaml")] == [line]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end: str, tmp_path: Path) -> None:
    """A byte order mark and line ends of any system are read in silence."""
    text = (CORPUS / "valid" / "desk.yaml").read_text(encoding="utf-8")
    (tmp_path / "x.yaml").write_bytes(("\ufeff" + text.replace("\n", end)).encode())
    assert told(tmp_path / "x.yaml") == []


def test_a_large_file(tmp_path: Path) -> None:
    """A flow of a thousand tasks is read and checked."""
    head = (CORPUS / "valid" / "desk.yaml").read_text(encoding="utf-8").partition("flow:")[0]
    tasks = "".join(f"  t{i}: {{performer: desk.clerk, duration: 1s, next: t{i + 1}}}\n" for i in range(1000))
    flow = f"flow:\n  received: {{type: start, next: t0}}\n{tasks}  t1000: {{type: end}}\n"
    (tmp_path / "x.yaml").write_text(head + flow, encoding="utf-8")
    assert told(tmp_path / "x.yaml") == []


def test_size() -> None:
    """There are enough of them, and two carry five problems each."""
    assert len(INVALID) >= 75
    assert sum(len(marked.expected) == 5 for marked in INVALID) >= 2


# Codes

#: Codes that no file of the corpus can have, with the tests that show them.
ELSEWHERE = {
    **dict.fromkeys(("BP002", "BP003", "BP004", "BP005", "BP006"), "tests/reading/test_source.py"),
    **dict.fromkeys(("BP102", "BP114", "BP199"), "tests/reading/test_load.py"),
    **dict.fromkeys([f"BP{code}" for code in range(701, 712)], "tests/engine/test_limits.py"),
    "BP713": "tests/engine/test_wishes.py",
    "BP716": "tests/engine/test_calls.py",
    "BP719": "tests/engine/test_arrivals.py",
    **dict.fromkeys(("BP721", "BP722", "BP723", "BP725"), "tests/experiment/test_run.py"),
    "BP714": "tests/engine/test_cancelling.py",
    "BP724": "tests/experiment/test_results.py",
    **dict.fromkeys([f"BP{code}" for code in range(830, 835)], "tests/reporting/test_named_pictures.py"),
    **dict.fromkeys(("BP835", "BP836"), "tests/reporting/test_plots.py"),
    "BP726": "tests/comparison/test_compare.py",
    **dict.fromkeys(("BP805", "BP806", "BP807"), "tests/comparison/test_factors.py"),
    **dict.fromkeys([f"BP{code}" for code in range(820, 828)], "tests/comparison/test_guards.py"),
    "BP810": "tests/experiment/test_verify.py",
    **dict.fromkeys(("BP815", "BP816"), "tests/comparison/test_sensitivity.py"),
    **dict.fromkeys(("BP801", "BP802", "BP803", "BP804"), "tests/reading/test_source.py"),
}


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
    for code, path in ELSEWHERE.items():
        assert code in (ROOT / path).read_text(encoding="utf-8"), (code, path)


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
