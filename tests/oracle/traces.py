"""Reads the hand-worked traces of tests/traces: a process beside what a run of it must be (see the README there)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from bpsim.model.process import Process
from bpsim.reading.source import parse_source
from bpsim.redesign.scenario import Waiting
from tests.oracle.hours import DAY
from tests.oracle.reference import CANCELLED, COMPLETED, OPEN, RENEGED, TIMED_OUT

FOLDER = Path(__file__).parent.parent / "traces"
STATUS = {"ok": COMPLETED, "timed-out": TIMED_OUT, "cancelled": CANCELLED, "open": OPEN, "reneged": RENEGED}
DUTIES = ("duty", "absence", "training", "vacant")
STINTS = ("done", "preempted", "absence", "duty", "cancelled", "open")
CONTACTS = ("value", "failure", "status")
SOURCES = ("arrival", "backlog", "called", "vacancy", "event")


@dataclass
class Trace:
    """One trace: the process, the settings of the run, and what must come of it, in the second interpreter's form."""

    name: str
    process: Process
    start: date
    length: int
    drain: int
    stopped: int
    backlog: dict[str, Waiting] = field(default_factory=dict)
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    cases: list[tuple[Any, ...]] = field(default_factory=list)
    joins: list[list[int]] = field(default_factory=list)
    batches: list[tuple[Any, ...]] = field(default_factory=list)
    families: dict[int, tuple[int, int, int, int]] = field(default_factory=dict)
    duties: list[tuple[int, int, int, int]] = field(default_factory=list)
    stints: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    reserved: list[tuple[int, int, int, int]] = field(default_factory=list)
    contacts: list[tuple[int, int, int, int]] = field(default_factory=list)
    errors: list[tuple[int, str, int, int, int]] = field(default_factory=list)
    causes: list[tuple[int, int, str, str]] = field(default_factory=list)


def moment(text: str) -> int:
    """Read `DAY/HH:MM:SS.mmm` (seconds may be left out), or `-`."""
    if text == "-":
        return -1
    match = re.fullmatch(r"(-?\d+)/(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{3}))?)?", text)
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
        elif section == "backlog":
            trace.backlog[words[0]] = Waiting(cases=int(words[1]), age=words[2])  # type: ignore[arg-type]
        elif section == "causes":
            trace.causes.append((int(words[0]), moment(words[1]), words[2], words[3]))
        else:
            read_table(trace, section, words)
    return trace


def read_table(trace: Trace, section: str, words: list[str]) -> None:
    """Read a line of the tables of people, contacts, errors and families."""
    if section == "duties":
        person, begin, end, *kind = words
        trace.duties.append((int(person), moment(begin), moment(end), DUTIES.index(kind[0]) if kind else 0))
    elif section == "stints":
        row, person, begin, end, by = words
        trace.stints.append((int(row), int(person), moment(begin), moment(end), STINTS.index(by)))
    elif section == "reserved":
        row, person, begin, end = words
        trace.reserved.append((int(row), int(person), moment(begin), moment(end)))
    elif section == "contacts":
        case, time, kind, row = words
        trace.contacts.append((int(case), moment(time), CONTACTS.index(kind), row_number(row)))
    elif section == "errors":
        case, node, *times = words
        introduced, detected, corrected = map(moment, times)
        trace.errors.append((int(case), node, introduced, detected, corrected))
    elif section == "families":
        case, process, parent, source, position = words
        trace.families[int(case)] = (int(process), row_number(parent), SOURCES.index(source), int(position))
    else:
        raise ValueError(section)


PATHS = sorted(FOLDER.glob("*.log"))
