"""Times at which cases come, from a file: what is read, and where a slip in it is shown."""

from pathlib import Path

import pytest

from bpsim.reading import times as reading
from bpsim.reading.load import check_file, load_process

DESK = """
process: desk
departments: {desk: {roles: {clerk: {staff: 2}}}}
cases: {arrivals: {file: times.csv}}
flow:
  received: {type: start, next: register}
  register: {performer: desk.clerk, duration: 20min, next: done}
  done: {type: end}
"""


def written(folder: Path, times: bytes, text: str = DESK) -> Path:
    """Write a process beside a file of times."""
    (folder / "times.csv").write_bytes(times)
    (folder / "desk.yaml").write_text(text, encoding="utf-8")
    return folder / "desk.yaml"


@pytest.mark.parametrize(
    "times",
    [
        b"2025-01-06 09:30\n\n# a comment\n2025-01-06T11:00:00\n",
        b"\xef\xbb\xbfneed;kind\r\n2025-01-06 09:30;a\r\n2025-01-06T11:00:00;b\r\n",
        b'kind\tTIME\n1\t"2025-01-06 09:30"\n2\t2025-01-06T11:00:00',
        b"when it came\n2025-01-06 09:30\n2025-01-06T11:00:00\n",
    ],
)
def test_forms(times: bytes, tmp_path: Path) -> None:
    """A time in each line, or a column by its heading; commas, semicolons and tabs; a byte order mark."""
    process = load_process(written(tmp_path, times))
    assert [str(moment) for moment in process.cases.arrivals.times] == ["2025-01-06 09:30", "2025-01-06T11:00:00"]
    assert process.cases.arrivals.file == ""


def test_slips_are_shown_in_the_file_of_times(tmp_path: Path) -> None:
    """A line that is no time is named with its own line and column."""
    path = written(tmp_path, b"kind,time\na,2025-01-06 09:30\nb,yesterday\nc\nd,2025-02-30\ne,2025-01-06 10:00+01:00\n")
    found = [str(problem).partition("times.csv:")[2].partition(" is")[0] for problem in check_file(path)]
    assert found[0] == '3:3: BP203 error: "yesterday"'
    assert found[1].startswith("4:1: BP203")
    assert found[2:] == ["5:3: BP442 error: 2025-02-30", "6:3: BP442 error: 2025-01-06 10:00+01:00"]


@pytest.mark.parametrize(
    ("times", "what"),
    [
        (b"", "there is no time in 'times.csv'"),
        (b"\xff\xfe1\x00", "'times.csv' is not UTF-8"),
        (b"1h\n" * 1_001, "there are 1,001 times in 'times.csv'"),
        (b"#" * 50_000_001, "'times.csv' is larger than 50 MB"),
    ],
    ids=["empty", "utf-16", "many", "large"],
)
def test_files_that_cannot_be_read(times: bytes, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in it, no text, too much: here a thousand times instead of a million."""
    assert reading.MAX_TIMES == 1_000_000
    monkeypatch.setattr(reading, "MAX_TIMES", 1_000)
    path = written(tmp_path, times)
    assert [(p.code, p.what, p.line) for p in check_file(path)] == [("BP441", what, 4)]


def test_two_forms(tmp_path: Path) -> None:
    """A file beside `every` is said, and not read."""
    text = DESK.replace("{file: times.csv}", "{file: times.csv, every: 2h}")
    assert [p.code for p in check_file(written(tmp_path, b"nonsense", text))] == ["BP439"]
