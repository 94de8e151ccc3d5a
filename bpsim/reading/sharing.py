"""What a file uses: calendars, departments, channels and transfers of other files, and the processes that it calls."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bpsim.errors import ModelError, Problem
from bpsim.model.process import LANGUAGE
from bpsim.reading.placing import Placer, kind_of
from bpsim.reading.source import Path, Source, lift_evidence, read_source

#: What is common to all processes of a run, and is defined once.
COMMON = ("calendars", "departments", "transfers")
UNREADABLE = ("BP801", "BP802", "BP803", "BP804")

_KINDS = {"calendars": "calendar", "departments": "department", "channels": "channel", "transfers": "transfer"}


@dataclass(frozen=True)
class Part:
    """A file of several: what it holds without evidence, and its evidence by path."""

    source: Source
    data: dict[str, Any]
    evidence: dict[Path, Any]
    place: Placer


@dataclass(frozen=True)
class JoinedPlacer(Placer):
    """Places problems of joined data in the files that it comes from: `origins` says what stands where."""

    origins: dict[Path, tuple[Source, Path]] = field(default_factory=dict)

    def at(self, path: Path) -> tuple[Source, Path]:
        """Find the file in which a path was written, and the path in it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.origins:
                source, inner = self.origins[path[:length]]
                return source, (*inner, *path[length:])
        return self.source, path

    def evidence(self, path: Path, said: object) -> list[Problem]:
        """Make problems of what is wrong with the evidence for the value at a path, in its file."""
        source, inner = self.at(path)
        return Placer(source, source.data).evidence(inner, said)

    def problem(
        self, code: str, path: Path, what: str, hint: str = "", *, key: bool = False, offset: int = 0
    ) -> Problem:
        """Make a problem at a path of the joined data, in its file."""
        source, inner = self.at(path)
        return Placer(source, source.data).problem(code, inner, what, hint, key=key, offset=offset)


class Joining:
    """Joins a file with those that it uses, each read once."""

    def __init__(self, source: Source, problems: list[Problem], also: Sequence[str] = ()) -> None:
        """Read them all; `also` are files that are used from outside (the processes of a scenario)."""
        self.problems = problems
        self.parts: list[Part] = []
        self._read: dict[str, Part] = {}
        self._uses: dict[str, list[str]] = {}
        self.first = self._part(source)
        self._follow(self.first, (os.path.realpath(source.file),))
        for file in also:
            self._used(file, self.first, (), (os.path.realpath(source.file),))

    # -- reading -----------------------------------------------------------------------------------------------------

    def _part(self, source: Source) -> Part:
        data, evidence = lift_evidence(source, problems=self.problems)
        part = Part(source, data, evidence, Placer(source, data))
        self.parts.append(part)
        self._read[os.path.realpath(source.file)] = part
        return part

    def _version(self, part: Part) -> None:
        """Refuse a file of another version of the language; that of the first is looked at with the whole."""
        written = part.data.get("language", LANGUAGE)
        if part is not self.first and written != LANGUAGE:
            what = f"the file is written in language {written}"
            hint = f"This version reads language {LANGUAGE}: install a newer bpsim, or write language: {LANGUAGE}."
            self.problems.append(part.place.problem("BP113", ("language",), what, hint))

    def _follow(self, part: Part, way: tuple[str, ...]) -> None:
        """Read the files that a file uses; `way` leads to it."""
        self._version(part)
        written = part.data.pop("uses", [])
        names = [written] if isinstance(written, str) else written
        if not isinstance(names, list):
            what = f"{kind_of(names)} where a list belongs"
            self.problems.append(part.place.problem("BP104", ("uses",), what, "Write uses: [municipality.yaml]."))
            return
        for i, name in enumerate(names):
            path: Path = ("uses",) if isinstance(written, str) else ("uses", i)
            if not isinstance(name, str) or "://" in name:
                what = (
                    "an address where a file belongs"
                    if isinstance(name, str)
                    else f"{kind_of(name)} where a path belongs"
                )
                hint = "Write a path: uses: [municipality.yaml]."
                self.problems.append(part.place.problem("BP378", path, what, hint))
                continue
            file = os.path.normpath(os.path.join(os.path.dirname(part.source.file), name))  # noqa: PTH118, PTH120
            self._used(file, part, path, way)

    def _used(self, file: str, part: Part, path: Path, way: tuple[str, ...]) -> None:
        real = os.path.realpath(file)
        self._uses.setdefault(os.path.realpath(part.source.file), []).append(real)
        if real in way:
            folder = os.path.dirname(way[0]) or "."  # noqa: PTH120 - names are texts here
            names = [os.path.relpath(name, folder) for name in (*way[way.index(real) :], real)]
            what = f"the files use each other: {' -> '.join(names)}"
            hint = "Put what they share into a third file."
            self.problems.append(part.place.problem("BP116", path, what, hint))
            return
        if real in self._read:
            return
        found: list[Problem] = []
        try:
            source = read_source(file, problems=found)
        except ModelError as error:
            self.problems += found
            if error.problems[0].code in UNREADABLE:
                what = f"'{os.path.basename(file)}': {error.problems[0].what}"  # noqa: PTH119
                self.problems.append(
                    part.place.problem("BP378", path, what, "A path begins at the folder of this file.")
                )
            else:
                self.problems += error.problems
            return
        self.problems += found
        if "scenario" in source.data:
            what = f"'{os.path.basename(file)}' is a scenario"  # noqa: PTH119
            self.problems.append(part.place.problem("BP378", path, what, "Name a process, or a file with `shared:`."))
            return
        self._follow(self._part(source), (*way, real))

    # -- joining -----------------------------------------------------------------------------------------------------

    def joined(self) -> tuple[dict[str, Any], dict[Path, Any], Placer]:
        """Give the data of the first file with what it uses, the evidence, and what places problems."""
        if len(self.parts) == 1:
            return self.first.data, self.first.evidence, self.first.place
        data = dict(self.first.data)
        evidence = dict(self.first.evidence)
        origins: dict[Path, tuple[Source, Path]] = {}
        where: dict[Path, Source] = {}
        for part in (*self.parts[1:], self.first):
            for path, value in self._common(part):
                self._define(part, path, where)
                if part is not self.first and isinstance(data.setdefault(str(path[0]), {}), dict):
                    data[str(path[0])] = {**data[str(path[0])], path[1]: value}
                    origins[path] = (part.source, path)
            if part is not self.first:
                self._others(part, data, origins)
        for part in self.parts:
            self._channels(part, data, origins)
        back = {(id(source), inner): path for path, (source, inner) in origins.items()}
        for part in self.parts[1:]:
            for path, said in part.evidence.items():
                prefix = next((path[:n] for n in range(len(path), -1, -1) if (id(part.source), path[:n]) in back), None)
                if prefix is not None:
                    evidence[(*back[id(part.source), prefix], *path[len(prefix) :])] = said
        return data, evidence, JoinedPlacer(self.first.source, data, origins=origins)

    @staticmethod
    def _common(part: Part) -> Iterator[tuple[Path, Any]]:
        for kind in COMMON:
            entries = part.data.get(kind)
            if isinstance(entries, dict):
                yield from (((kind, name), value) for name, value in entries.items())

    def _define(self, part: Part, path: Path, where: dict[Path, Source]) -> None:
        """Note who defines something; a second definition is an error that names both."""
        first = where.setdefault(path, part.source)
        if first is not part.source:
            what = f"the {_KINDS[str(path[0])]} {path[1]} is defined in {self._name(first)} already"
            hint = "Define it once, in a file that both use."
            self.problems.append(part.place.problem("BP377", path, what, hint, key=True))

    def _name(self, source: Source) -> str:
        return os.path.relpath(source.file, os.path.dirname(self.first.source.file) or ".")  # noqa: PTH120

    def _others(self, part: Part, data: dict[str, Any], origins: dict[Path, tuple[Source, Path]]) -> None:
        """Put the process of a file beside the first."""
        name = part.data.get("process")
        rest = {key: value for key, value in part.data.items() if key not in {*COMMON, "process", "language", "others"}}
        if name is None:
            for key in set(rest) - {"shared", "title", "channels"}:
                what = f"a file that others share has no '{key}'"
                self.problems.append(
                    part.place.problem("BP384", (key,), what, "Begin it with process: NAME.", key=True)
                )
            if "shared" not in rest:
                what = "neither a process nor a file that others share"
                self.problems.append(
                    part.place.problem("BP384", (), what, "Begin it with process: NAME or shared: NAME.")
                )
            return
        others = dict(data.get("others") or {})
        inner = part.data.get("others")
        for key, value in inner.items() if isinstance(inner, dict) else ():
            others[key] = value
            origins["others", key] = (part.source, ("others", key))
        if name in others or name == data.get("process"):
            what = f"two processes are called {name}"
            self.problems.append(part.place.problem("BP385", ("process",), what, "Give one of them another name."))
            return
        others[str(name)] = rest
        origins["others", str(name)] = (part.source, ())
        data["others"] = others

    def _channels(self, part: Part, data: dict[str, Any], origins: dict[Path, tuple[Source, Path]]) -> None:
        """Give a process the channels of the files that it uses; without any it is reached directly."""
        name = part.data.get("process")
        if name is None:
            return
        target, prefix = (data, ()) if part is self.first else (data.get("others", {}).get(name), ("others", name))
        if not isinstance(target, dict):
            return
        mine = dict(target.get("channels") or {}) if isinstance(target.get("channels", {}), dict) else None
        if mine is None:
            return
        for used in self._all_used(part):
            shared = used.data.get("channels")
            for key, value in shared.items() if "process" not in used.data and isinstance(shared, dict) else ():
                if key in mine and ("channels", key) not in origins:
                    what = f"the channel {key} is defined in {self._name(used.source)} already"
                    hint = "Define it once, in a file that both use."
                    self.problems.append(part.place.problem("BP377", ("channels", key), what, hint, key=True))
                mine[key] = value
                origins[(*prefix, "channels", key)] = (used.source, ("channels", key))
        called = isinstance(target.get("cases"), dict) and target["cases"].get("entry") == "called"
        if mine or not called:
            target["channels"] = mine or {"direct": {"share": 1.0}}

    def _all_used(self, part: Part) -> list[Part]:
        seen: list[str] = []
        todo = list(self._uses.get(os.path.realpath(part.source.file), ()))
        while todo:
            file = todo.pop(0)
            if file not in seen and file in self._read:
                seen.append(file)
                todo += self._uses.get(file, ()) if "process" not in self._read[file].data else ()
        return [self._read[file] for file in seen]
