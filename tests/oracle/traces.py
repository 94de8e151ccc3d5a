"""Reads the hand-worked traces of tests/traces: a process beside what a run of it must be (see the README there)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from bpsim.model.process import Process
from bpsim.reading.source import parse_source
from tests.oracle.hours import DAY
from tests.oracle.reference import COMPLETED, OPEN, TIMED_OUT

FOLDER = Path(__file__).parent.parent / "traces"
STATUS = {"ok": COMPLETED, "timed-out": TIMED_OUT, "open": OPEN}


@dataclass
class Trace:
    """One trace: the process, the settings of the run, and what must come of it, in the second interpreter's form."""

    name: str
    process: Process
    start: date
    length: int
    drain: int
    stopped: int
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    cases: list[tuple[Any, ...]] = field(default_factory=list)
    joins: list[list[int]] = field(default_factory=list)
    batches: list[tuple[Any, ...]] = field(default_factory=list)
    duties: list[tuple[int, int, int]] = field(default_factory=list)
    causes: list[tuple[int, int, str, str]] = field(default_factory=list)


def moment(text: str) -> int:
    """Read `DAY/HH:MM:SS.mmm` (seconds may be left out), or `-`."""
    if text == "-":
        return -1
    match = re.fullmatch(r"(\d+)/(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{3}))?)?", text)
    if match is None:
        raise ValueError(text)
    days, hours, minutes, seconds, rest = (int(part or 0) for part in match.groups())
    return days * DAY + hours * 3_600_000 + minutes * 60_000 + seconds * 1000 + rest


def span(text: str) -> int:
    """Read `3d` or `8h`."""
    return int(text[:-1]) * {"d": DAY, "h": 3_600_000}[text[-1]]


def row_number(text: str) -> int:
    """Read the number of a row, `-` for none, or `j0` for a firing of a join."""
    return -1 if text == "-" else -2 - int(text[1:]) if text[0] == "j" else int(text)


def value(text: str) -> object:
    """Read an attribute's value."""
    return (
        {"true": True, "false": False}[text]
        if text in {"true", "false"}
        else float(text)
        if text[0].isdigit()
        else text
    )


def lines(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Give the section and the words of each line; `=` repeats the word before."""
    section = ""
    for line in path.read_text().splitlines():
        words = line.split("#")[0].split()
        if words and words[0].endswith(":"):
            section, words = words[0][:-1], words[1:]
        for place, word in enumerate(words):
            if word == "=":
                words[place] = words[place - 1]
        if words:
            yield section, words


def read(path: Path) -> Trace:
    """Read a trace by the path of its log."""
    written = path.with_suffix(".yaml")
    process = Process.model_validate(parse_source(written.read_text(), written.name).data)
    content = list(lines(path))
    start, length, drain, _, stopped = content[0][1]
    trace = Trace(path.stem, process, date.fromisoformat(start), span(length), span(drain), moment(stopped))
    for section, words in content[1:]:
        if section == "items":
            case, node, visit, pred, person, *times, status = words
            moments = tuple(map(moment, times))
            trace.rows.append(
                (int(case), node, int(visit), row_number(pred), row_number(person), *moments, STATUS[status])
            )
        elif section == "cases":
            need, opened, arrived, ended, outcome, last, *attributes = words
            values = {name: value(text) for name, _, text in (word.partition("=") for word in attributes)}
            named = "" if outcome == "-" else outcome
            trace.cases.append((*map(moment, (need, opened, arrived, ended)), named, row_number(last), values))
        elif section == "joins":
            trace.joins.append([row_number(word) for word in words])
        elif section == "batches":
            node, released, begun, completed, person, setup, *members = words
            times = [moment(word) for word in (released, begun, completed)]
            trace.batches.append((node, *times, row_number(person), moment(setup), [int(word) for word in members]))
        elif section == "duties":
            trace.duties.append((int(words[0]), moment(words[1]), moment(words[2])))
        elif section == "causes":
            trace.causes.append((int(words[0]), moment(words[1]), words[2], words[3]))
        else:
            raise ValueError(section)
    return trace


PATHS = sorted(FOLDER.glob("*.log"))
