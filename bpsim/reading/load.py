"""Process and scenario files: read, checked, and either usable or a list of placed problems."""

import os
from collections.abc import Callable
from typing import TypeAlias, TypeVar

from bpsim.errors import ModelError, Problem
from bpsim.model.process import Process
from bpsim.reading.placing import listed
from bpsim.reading.processes import look_at_shared, process_of, usable
from bpsim.reading.scenarios import is_process, scenario_of
from bpsim.reading.source import Source, parse_source, read_source
from bpsim.redesign.scenario import Scenario

Name: TypeAlias = str | os.PathLike[str]
_Made = TypeVar("_Made")
_Maker: TypeAlias = Callable[[Source, list[Problem]], _Made | None]


def read_process(path: Name) -> tuple[Process | None, list[Problem]]:
    """Read a process file: the process (None when anything is an error) and every problem, in the order of places."""
    return _read(path, process_of)


def read_scenario(path: Name) -> tuple[Scenario | None, list[Problem]]:
    """Read a scenario file as `read_process` reads a process; a process file gives the scenario of its as-is."""
    return _read(path, scenario_of)


def load_process(path: Name) -> Process:
    """Read a process file; ModelError carries every problem of one that cannot be used."""
    return _usable(*read_process(path))


def load_scenario(path: Name) -> Scenario:
    """Read a scenario or process file as a scenario; ModelError carries every problem of one that cannot be used."""
    return _usable(*read_scenario(path))


def load(path: Name) -> Process | Scenario:
    """Read a process or a scenario, whichever the file holds."""
    found: tuple[Process | Scenario | None, list[Problem]] = _read(path, _runnable)
    made, problems = found
    if made is None:
        raise ModelError(problems)
    return made


def load_process_text(text: str, file: str = "<text>") -> Process:
    """Read a process from text, for notebooks and tests; `file` is the name that problems show."""
    return _usable(*_finished(lambda found: parse_source(text, file, problems=found), process_of))


def check_file(path: Name) -> list[Problem]:
    """Give every problem of a process or scenario file, in the order of places."""
    return _read(path, _either)[1]


def check_text(text: str, file: str = "<text>") -> list[Problem]:
    """Give every problem of a text as if it stood in the file of this name."""
    return _finished(lambda found: parse_source(text, file, problems=found), _either)[1]


def _runnable(source: Source, problems: list[Problem]) -> Process | Scenario | None:
    """Make whichever a file holds; a file that others share cannot be run."""
    return process_of(source, problems) if "scenario" not in source.data else scenario_of(source, problems)


def _either(source: Source, problems: list[Problem]) -> Process | Scenario | None:
    """Make whichever a file holds."""
    if "shared" in source.data and not source.data.keys() & {"process", "scenario"}:
        look_at_shared(source, problems)
        return None
    if is_process(source) or "scenario" not in source.data:
        return process_of(source, problems)
    return scenario_of(source, problems)


def _read(path: Name, make: _Maker[_Made]) -> tuple[_Made | None, list[Problem]]:
    return _finished(lambda found: read_source(path, problems=found), make)


def _finished(read: Callable[[list[Problem]], Source], make: _Maker[_Made]) -> tuple[_Made | None, list[Problem]]:
    problems: list[Problem] = []
    try:
        made = make(read(problems), problems)
    except ModelError as error:
        return None, listed([*problems, *error.problems])
    return (made if usable(problems) else None), listed(problems)


def _usable(made: _Made | None, problems: list[Problem]) -> _Made:
    if made is None:
        raise ModelError(problems)
    return made
