"""Process and scenario files: read, checked, and either usable or a list of placed problems."""

import os
from typing import Any, TypeAlias

from pydantic import ValidationError

from bpsim.errors import ModelError, Problem
from bpsim.model.process import Process
from bpsim.reading.names import check_names, title_mistake
from bpsim.reading.placing import Placer, listed
from bpsim.reading.source import Source, lift_evidence, parse_source, read_source
from bpsim.values.calendars import calendar_warnings

Name: TypeAlias = str | os.PathLike[str]


def read_process(path: Name) -> tuple[Process | None, list[Problem]]:
    """Read a process file: the process (None when anything is an error) and every problem, in the order of places."""
    problems: list[Problem] = []
    try:
        source = read_source(path, problems=problems)
    except ModelError as error:
        return None, listed(error.problems)
    return _finished(source, problems)


def load_process(path: Name) -> Process:
    """Read a process file; ModelError carries every problem of one that cannot be used."""
    return _usable(*read_process(path))


def load_process_text(text: str, file: str = "<text>") -> Process:
    """Read a process from text, for notebooks and tests; `file` is the name that problems show."""
    problems: list[Problem] = []
    return _usable(*_finished(parse_source(text, file, problems=problems), problems))


def is_usable(problems: list[Problem]) -> bool:
    """Tell whether there are only warnings."""
    return all(problem.severity == "warning" for problem in problems)


def _usable(made: Process | None, problems: list[Problem]) -> Process:
    if made is None:
        raise ModelError(problems)
    return made


def _finished(source: Source, problems: list[Problem]) -> tuple[Process | None, list[Problem]]:
    process = process_of(source, problems)
    found = listed(problems)
    return (process if is_usable(found) else None), found


def process_of(source: Source, problems: list[Problem]) -> Process | None:
    """Make a process of what a file holds; problems are added to the list. None when it is no process at all."""
    data, evidence = lift_evidence(source, problems=problems)
    place = Placer(source, data)
    if "process" not in data and "scenario" in data:
        hint = "Where a process is wanted, name the file that its 'base' leads to."
        problems.append(place.problem("BP114", ("scenario",), "this is a scenario, not a process", hint, key=True))
        return None
    problems += (place.mistake(named.path, mistake, key=True) for named, mistake in check_names(data))
    name = data.get("process")
    mistake = title_mistake(name) if isinstance(name, str) else None
    if mistake:
        problems.append(place.mistake(("process",), mistake))
    calendars = data.get("calendars")
    for named, hours in calendars.items() if isinstance(calendars, dict) else ():
        problems += (place.mistake(("calendars", named, day), warning) for day, warning in calendar_warnings(hours))
    table = {".".join(map(str, path)): said for path, said in evidence.items()}
    try:
        process = Process.model_validate({**data, "evidence": table})
    except ValidationError as error:
        problems += place.errors(error)
        return None
    return process


def check_file(path: Name) -> list[Problem]:
    """Give every problem of a process or scenario file, in the order of places."""
    return read_process(path)[1]


def check_text(text: str, file: str = "<text>") -> list[Problem]:
    """Give every problem of a text that may stand in the file of this name."""
    problems: list[Problem] = []
    try:
        source = parse_source(text, file, problems=problems)
    except ModelError as error:
        return listed(error.problems)
    return _finished(source, problems)[1]
