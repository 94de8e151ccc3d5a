"""Scenario files: what they build on and inherit, and what is wrong with their changes, experiment and targets."""

import os
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from bpsim.engine.flowrun import load_findings
from bpsim.errors import Mistake, ModelError, Problem
from bpsim.model.process import Process
from bpsim.reading.compose import dotted
from bpsim.reading.measures import measure_mistake, measure_names
from bpsim.reading.names import title_mistake
from bpsim.reading.placing import Placer, kind_of
from bpsim.reading.processes import process_of
from bpsim.reading.source import Path, Source, lift_evidence, read_source
from bpsim.redesign.backlog import troubles
from bpsim.redesign.change import Change, Mistakes, Trouble
from bpsim.redesign.operators import OPERATORS, PRESETS, operator_of, read_change
from bpsim.redesign.resolving import resolve
from bpsim.redesign.scenario import Scenario, Sequential, Target, read_target

#: Keys that lead to other files.
_LEADING = ("base", "processes")
_NAME_THEM = "Write the names of files: processes: [permits.yaml, complaints.yaml]."
_BESIDE = ("id", "evidence", "cost")
#: What is wrong with a key, not with its value.
_OF_KEYS = ("BP101", "BP102", "BP601", "BP602", "BP640", "BP641")
_UNREADABLE = ("BP801", "BP802", "BP803", "BP804")


class _RoundError(Exception):
    """A file builds on itself, by way of others."""


def as_it_is(process: Process) -> Scenario:
    """Make the scenario that a process file stands for: no changes, the usual experiment."""
    return Scenario(scenario="as-is", process=process)


def scenario_of(
    source: Source, problems: list[Problem], way: tuple[str, ...] = (), also: tuple[str, ...] = ()
) -> Scenario | None:
    """Make a scenario of what a file holds; problems are added to the list.

    `way` leads here, over files that build on each other; `also` are the processes that run beside the base.
    """
    if is_process(source):
        process = process_of(source, problems, with_load=not way, also=also)
        return None if process is None else as_it_is(process)
    return _Reader(source, problems, (*way, os.path.normpath(source.file)), also).scenario()


def is_process(source: Source) -> bool:
    """Tell whether a file holds a process (and not a scenario)."""
    return "process" in source.data and "scenario" not in source.data


class _Reader:
    """Reads one scenario file, and by it the files that it builds on."""

    def __init__(self, source: Source, problems: list[Problem], way: tuple[str, ...], also: tuple[str, ...]) -> None:
        self.source, self.problems, self.way, self.also = source, problems, way, also
        self.data, evidence = lift_evidence(source, problems=problems)
        self.place = Placer(source, self.data, Scenario)
        for path, said in evidence.items():
            self.problems += self.place.evidence(path, said)
            _give(self.data.get("changes"), path, said)
        self.lineage: tuple[str, ...] = ()

    def scenario(self) -> Scenario | None:
        """Give the scenario, or None when something is wrong with it."""
        name = self.data.get("scenario")
        mistake = title_mistake(name) if isinstance(name, str) else None
        if mistake:
            self.problems.append(self.place.mistake(("scenario",), mistake))
        base, changes = self._base(), self._changes()
        given: dict[str, Any] = {key: value for key, value in self.data.items() if key not in _LEADING}
        given["changes"] = changes if isinstance(self.data.get("changes", []), list) else self.data["changes"]
        given["targets"] = self._targets(base)
        if base is not None:
            given |= self._inherited(base, given)
        made = self._made(given)
        self.problems += self.place.nothings(self.problems)
        if made is None or base is None or any(problem.severity != "warning" for problem in self.problems):
            return None
        self._advise(made)
        self._consequences(made, len(base.changes))
        return made

    # What it builds on

    def _base(self) -> Scenario | None:
        """Read the file that this one builds on; a process stands for the scenario of its as-is."""
        key: Path = ("base",)
        written, beside = self.data.get("base"), self._beside()
        if "base" not in self.data and beside:
            (key, written), *beside = beside
        self.also = (*self.also, *(self._file(name) for _, name in beside))
        if not isinstance(written, str):
            if "base" in self.data:
                what = f"{kind_of(written)} where a path belongs"
                self._problem("BP104", ("base",), what, "Write the name of a file: base: as-is.yaml.")
            return None
        if "://" in written:
            self._problem("BP115", key, "an address where a file belongs", f"Write a path: {key[0]}: as-is.yaml.")
            return None
        found: list[Problem] = []
        try:
            made = self._below(self._file(written), found, key)
        except _RoundError as error:
            if len(self.way) > 1:
                raise
            what = f"the files build on each other: {error}"
            self._problem("BP116", key, what, "The last of them must build on a process.")
            return None
        self.problems += (problem for problem in found if problem.severity != "warning")
        return made

    def _file(self, written: str) -> str:
        return os.path.normpath(os.path.join(os.path.dirname(self.source.file), written))  # noqa: PTH118, PTH120

    def _beside(self) -> list[tuple[Path, str]]:
        """Give the processes that are named, with their places; those that cannot be read are told."""
        written = self.data.get("processes", [])
        if not isinstance(written, list):
            self._problem("BP104", ("processes",), f"{kind_of(written)} where a list belongs", _NAME_THEM)
            return []
        found: list[tuple[Path, str]] = []
        for i, name in enumerate(written):
            path: Path = ("processes", i)
            if not isinstance(name, str):
                self._problem("BP104", path, f"{kind_of(name)} where a path belongs", _NAME_THEM)
            elif "://" in name or not os.path.isfile(self._file(name)):  # noqa: PTH113
                what = "an address where a file belongs" if "://" in name else f"'{name}': there is no such file"
                self._problem("BP115", path, what, "A path begins at the folder of this file.")
            else:
                found.append((path, name))
        return found

    def _below(self, file: str, found: list[Problem], key: Path) -> Scenario | None:
        met = [os.path.realpath(other) for other in self.way]
        if os.path.realpath(file) in met:
            folder = os.path.dirname(self.way[0]) or "."  # noqa: PTH120 - names are texts here
            round_way = (*self.way[met.index(os.path.realpath(file)) :], file)
            raise _RoundError(" -> ".join(os.path.relpath(name, folder) for name in round_way))
        try:
            source = read_source(file, problems=found)
        except ModelError as error:
            if error.problems[0].code in _UNREADABLE:
                written = self.data["base"] if key == ("base",) else self.data["processes"][key[1]]
                what = f"'{written}': {error.problems[0].what}"
                self._problem("BP115", key, what, "A path begins at the folder of this file.")
            else:
                found += error.problems
            return None
        made = scenario_of(source, found, self.way, self.also)
        if made is not None and not is_process(source):
            self.lineage = (*made.lineage, made.scenario)
        return made

    def _inherited(self, base: Scenario, given: dict[str, Any]) -> dict[str, Any]:
        """Give what the file does not say, and what comes before its own changes."""
        inherited: dict[str, Any] = {"base": base.process}
        if isinstance(named := given.get("lineage", []), list):
            inherited["lineage"] = [*self.lineage, *named]
        written = base.model_dump(mode="json", by_alias=True, include={"experiment"})["experiment"]
        if isinstance(said := given.get("experiment", {}), dict):
            inherited["experiment"] = written | said
        if isinstance(given["targets"], tuple):
            own = {target.name for target in given["targets"]}
            inherited["targets"] = (*(t for t in base.targets if t.name not in own), *given["targets"])
        if isinstance(given["changes"], list):
            inherited["changes"] = [*base.changes, *given["changes"]]
        return inherited

    # What it says

    def _changes(self) -> list[Change]:
        """Read the changes that can be read."""
        written = self.data.get("changes")
        found: list[Change] = []
        for number, entry in enumerate(written if isinstance(written, list) else ()):
            try:
                found.append(read_change(entry))
            except Mistakes as mistakes:
                self.problems += self._of_change(number, entry, mistakes.troubles)
        return found

    def _of_change(self, number: int, entry: Any, troubles: Sequence[Trouble]) -> list[Problem]:  # noqa: ANN401
        """Place the problems of a change at its keys and the very columns of its values."""
        start: Path = ("changes", number)
        operator = operator_of(entry) if isinstance(entry, dict) else ""
        parameters = entry[operator] if operator else None
        if operator in OPERATORS and isinstance(parameters, dict) and not parameters.keys() & set(_BESIDE):
            data = {**parameters, **{key: entry[key] for key in _BESIDE if key in entry}}
            place = Placer(self.source, data, OPERATORS[operator], start, operator, _BESIDE)
            try:
                OPERATORS[operator].model_validate(PRESETS.get(operator, {}) | data)
            except ValidationError as error:
                return place.errors(error)
        return [self._trouble((*start, *trouble.path), trouble) for trouble in troubles]

    def _trouble(self, path: Path, trouble: Trouble) -> Problem:
        key = trouble.code in _OF_KEYS or not trouble.path
        return self.place.problem(trouble.code, path, trouble.what, trouble.hint, key=key)

    def _targets(self, base: Scenario | None) -> object:
        written = self.data.get("targets", {})
        if not isinstance(written, dict):
            return written
        known = measure_names(base.process) if base else []
        found: list[Target] = []
        for name, text in written.items():
            unknown = measure_mistake(name.partition("[")[0].strip(), known)
            if unknown:
                self.problems.append(self.place.mistake(("targets", name), unknown, key=True))
                continue
            try:
                found.append(read_target(name, text))
            except Mistake as mistake:
                on_name = mistake.what.startswith(f"'{name}'")
                self.problems.append(self.place.mistake(("targets", name), mistake, key=on_name))
        return tuple(found)

    def _made(self, given: dict[str, Any]) -> Scenario | None:
        try:
            return Scenario.model_validate(given)
        except ValidationError as error:
            self.problems += self.place.errors(error, except_missing="base" if self.data.keys() & set(_LEADING) else "")
            return None

    # What follows from it

    def _advise(self, made: Scenario) -> None:
        replications = made.experiment.replications
        path = ("experiment", "replications")
        if isinstance(replications, Sequential):
            known = measure_names(made.process)
            if mistake := measure_mistake(replications.until.measure, known):
                self.problems.append(self.place.mistake((*path, "until", "measure"), mistake))
        elif replications == 1:
            self._problem("BP656", path, "one replication has no interval", "Write 2 or more; 30 is a good beginning.")

    def _consequences(self, made: Scenario, first: int) -> None:
        """Place what is wrong with the changes, or after them, at the change that brings it about."""
        outcome = resolve(made.process, made.changes)
        for place, trouble in outcome.troubles:
            number = place - first
            path: Path = ("changes", number, operator_of(self.data["changes"][number]), *trouble.path)
            self.problems.append(self._trouble(path, trouble))
        if not outcome.troubles:
            self._beginning(made, outcome.process)
        if outcome.troubles or first == len(made.changes):
            return
        after = load_findings(outcome.process)
        before = {(found.code, found.path) for found in load_findings(made.process)} if after else set()
        for found in after:
            if (found.code, found.path) not in before:
                what = f"after the changes {dotted(found.path)}: {found.what}"
                self._problem(found.code, ("changes",), what, found.hint, key=True)

    def _beginning(self, made: Scenario, process: Process) -> None:
        """Place what is wrong with the cases that are there at the start, and with times outside the experiment."""
        path: Path = ("experiment", "backlog")
        for trouble in troubles(process, made.experiment.backlog):
            name = trouble.path[0]
            at = (*path, name) if self.source.has((*path, name)) else ("changes",)
            self._problem(trouble.code, at, trouble.what, trouble.hint, key=True)
        times = [moment.at(made.experiment.start) for moment in process.cases.arrivals.times]
        if times and not any(0 <= time < made.experiment.length for time in times):
            what = "none of the times at which cases come lies within the experiment"
            first = process.cases.arrivals.times[times.index(min(times))]
            self._problem("BP447", ("experiment",), what, f"The first is {first}.", key=True)

    def _problem(self, code: str, path: Path, what: str, hint: str, *, key: bool = False) -> None:
        self.problems.append(self.place.problem(code, path, what, hint, key=key))


def _give(changes: Any, path: Path, said: object) -> None:  # noqa: ANN401 - what a file may hold
    """Give a change without evidence of its own the evidence of a number in it, and say which number that is."""
    if path[:1] == ("changes",) and isinstance(changes, list) and len(path) > 1:
        entry = changes[int(path[1])]
        if isinstance(entry, dict):
            about = {"about": dotted(path[3:])} if len(path) > 3 else {}  # noqa: PLR2004 - changes, number, operator
            entry.setdefault("evidence", about | said if isinstance(said, dict) else said)
