"""From what the model says to problems with a place: pydantic's errors, mistakes in values, findings of the checks."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bpsim.errors import CODES, Mistake, Problem, did_you_mean
from bpsim.model.client import CHASES
from bpsim.model.family import written_at
from bpsim.model.findings import Finding
from bpsim.model.process import LANGUAGE, Evidence, Process
from bpsim.model.shorthand import source_of
from bpsim.reading.compose import dotted
from bpsim.reading.source import Path, Source
from bpsim.reading.words import (
    LATER_KEYS,
    NEEDED,
    NODE_TYPES,
    keys_at,
    keys_of,
    levels,
    suggestion,
)
from bpsim.redesign.change import Mistakes
from bpsim.values.calendars import CalendarMistakes

#: So many problems are listed; the rest is counted.
MOST = 50
LONGEST_SHOWN = 60
#: Slips after which nothing sensible stands in the place of the value.
_EMPTY = ("BP007", "BP008", "BP018")
_TYPE_WORDS = {
    "string_type": "text",
    "string_sub_type": "text",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "mapping_type": "a mapping",
    "tuple_type": "a list",
    "list_type": "a list",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "date_type": "a date",
}


@dataclass(frozen=True)
class Placer:
    """Makes problems of one file, or of a part of it.

    `data` is what the model was made of, without evidence, and `root` the model; in the file it stands at `start`,
    except that all but the keys `beside` stand one level deeper, under the key `inside` (a change and its operator).
    """

    source: Source
    data: dict[str, Any]
    root: type[BaseModel] = Process
    start: Path = ()
    inside: str = ""
    beside: tuple[str, ...] = ()

    def problem(
        self, code: str, path: Path, what: str, hint: str = "", *, key: bool = False, offset: int = 0
    ) -> Problem:
        """Make a problem at a path of the data."""
        inside = (self.inside,) if self.inside and path[:1] not in [(key,) for key in self.beside] else ()
        path = (*self.start, *inside, *path)
        place = self.source.place(path, key=key, offset=offset)
        return Problem(self.source.file, *place, code, CODES[code][0], dotted(path), what, hint)

    def nothings(self, told: Iterable[Problem]) -> list[Problem]:
        """Make problems of keys without a value, where nothing has been told yet; the model takes some for left out."""
        known = {problem.path for problem in told}
        paths = [path for path in empty(self.data) if dotted(path) not in known]
        return [self.problem("BP104", path, "nothing where a value belongs", _NOTHING, key=True) for path in paths]

    def evidence(self, path: Path, said: object) -> list[Problem]:
        """Make problems of what is wrong with the evidence for the value at a path."""
        try:
            Evidence.model_validate(said)
        except ValidationError as error:
            data = said if isinstance(said, dict) else {}
            return Placer(self.source, data, Evidence, (*path, "evidence")).errors(error)
        return []

    def mistake(self, path: Path, mistake: Mistake, *, key: bool = False) -> Problem:
        """Make a problem of a mistake in a value."""
        return self.problem(mistake.code, path, mistake.what, mistake.hint, key=key, offset=mistake.offset)

    def finding(self, found: Finding) -> Problem:
        """Make a problem of what a check found; its path is in the model's terms."""
        path, key = written_path(self.data, found.path, key=found.key)
        return self.problem(found.code, path, found.what, found.hint, key=key, offset=0 if key else found.offset)

    def errors(self, error: ValidationError, *, except_missing: str = "") -> list[Problem]:
        """Make problems of everything that pydantic has found, each once; one missing key may be known already."""
        details = error.errors(include_url=False)
        unknown = {item["loc"]: self._unknown(item) for item in details if item["type"] == "extra_forbidden"}
        meant = {(*loc[:-1], key) for loc, (_, key) in unknown.items() if key} | {(except_missing,)}
        choices = {loc[:-1] for loc in unknown if loc[-1] == "by"}
        untyped = {
            item["loc"][:-1] for item in details if item["type"] == "literal_error" and item["loc"][-1] == "type"
        }
        found: list[Problem] = []
        for item in details:
            loc = item["loc"]
            if loc in unknown:
                if loc[:-1] not in choices or loc[-1] == "by":
                    found.append(unknown[loc][0])
            elif item["type"] != "missing" or not (loc in meant or loc[:-1] in untyped):
                found += self._problems(item)
        return list(dict.fromkeys(found))

    def _path(self, loc: tuple[int | str, ...]) -> Path:
        """Take what pydantic adds out of a path: the kind of a node, the kind of replications."""
        if loc[:1] == ("others",) and len(loc) > 2:  # noqa: PLR2004 - a process beside the main one, and its parts
            return (*loc[:2], *self._path(loc[2:]))
        if "nodes" in loc[1:2]:  # of a fragment
            return (*loc[:3], *loc[4:])
        is_kind = loc[:1] == ("flow",) or loc[:2] == ("experiment", "replications")
        return (*loc[:2], *loc[3:]) if is_kind and loc[2:3] and loc[2] in (*NODE_TYPES, "until", "number") else loc

    def _problems(self, item: ErrorDetails) -> Iterator[Problem]:
        path, key = written_path(self.data, self._path(item["loc"]))
        kind, said = item["type"], item.get("ctx", {}).get("error")
        if kind == "missing":
            yield self._missing(item)
        elif isinstance(said, CalendarMistakes):
            for day, mistake in said.mistakes:
                yield self.mistake((*path, day), mistake, key=mistake.code == "BP223")
        elif isinstance(said, Mistakes):
            for trouble in said.troubles:
                yield self.problem(trouble.code, (*path, *trouble.path), trouble.what, trouble.hint)
        elif isinstance(said, Mistake):
            yield self._mistake(path, said, item["input"])
        elif kind == "literal_error":
            yield self._not_one_of(path, item) if path[-1:] != ("type",) else self._node_type(path, item["input"])
        elif kind == "union_tag_invalid":
            yield self._node_type((*path, "type"), item["input"].get("type"))
        elif kind == "too_short":
            yield self.problem("BP103", path, "there is nothing in it", f"{NEEDED.get(str(path[-1]), 'Write one')}.")
        else:
            yield self._wrong_type(path, item, key=key)

    def _missing(self, item: ErrorDetails) -> Problem:
        name = str(item["loc"][-1])
        path, _ = written_path(self.data, self._path(item["loc"]))
        hint = f"{NEEDED[name]}." if name in NEEDED else ""
        return self.problem("BP103", path, f"'{name}' is missing", hint, key=bool(path))

    def _mistake(self, path: Path, mistake: Mistake, given: object) -> Problem:
        hint = mistake.hint
        if mistake.code == "BP104" and not hint:
            hint = _hint(given, mistake.what.partition(" where ")[2].removesuffix(" belongs"))
        at = self.problem(mistake.code, path, mistake.what, hint, offset=mistake.offset)
        return at if given is not None else self.problem(mistake.code, path, mistake.what, hint, key=True)

    def _wrong_type(self, path: Path, item: ErrorDetails, *, key: bool) -> Problem:
        given = item["input"]
        wanted = _TYPE_WORDS.get(item["type"], "something else")
        if item["type"].startswith(("float_", "int_", "finite_")):
            wanted = "a whole number" if item["type"].startswith("int_") else "a number"
        if path[-1:] == ("calendar",) and isinstance(given, dict):
            what = "a calendar has to be defined before it is used"
            return self.problem("BP104", path, what, "Define it under 'calendars' and write its name here.")
        if path[2:3] == ("next",) and wanted in ("a list", "a mapping"):
            what, hint = (
                f"{kind_of(given)} where a node's name belongs",
                "Write NODE, [NODE, OTHER] or {NODE: 30%, OTHER: else}.",
            )
            return self.problem("BP104", path, what, hint, key=given is None)
        what = f"{kind_of(given)} where {wanted} belongs"
        return self.problem("BP104", path, what, _hint(given, wanted), key=key or given is None)

    def _not_one_of(self, path: Path, item: ErrorDetails) -> Problem:
        given, words = item["input"], re.findall(r"'([^']*)'", item["ctx"]["expected"])
        name = next((step for step in reversed(path) if isinstance(step, str)), "")
        if name == "language":
            hint = f"This version reads language {LANGUAGE}: install a newer bpsim, or write language: {LANGUAGE}."
            return self.problem("BP113", path, f"the file is written in language {shown_value(given)}", hint)
        near = did_you_mean(str(given), words)
        hint = near or f"Write {', '.join(words[:-1])} or {words[-1]}."
        return self.problem("BP105", path, f"'{name}' cannot be {shown_value(given)}", hint)

    def _node_type(self, path: Path, kind: object) -> Problem:
        near = did_you_mean(str(kind), NODE_TYPES)
        hint = near or f"There are {', '.join(NODE_TYPES)}."
        return self.problem("BP106", path, f"no type of node: {shown_value(kind)}", hint, key=kind is None)

    def _unknown(self, item: ErrorDetails) -> tuple[Problem, str]:
        """The problem of an unknown key, and the key that was probably meant."""
        loc, name = item["loc"], str(item["loc"][-1])
        path, _ = written_path(self.data, self._path(loc))
        here = keys_at(loc[:-1], self.root)
        if name in LATER_KEYS:
            return self.problem("BP102", path, _LATER, _LATER_HINT, key=True), ""
        if name in here:  # `by` without `of`
            hint = "Write {by: ATTRIBUTE, of: {VALUE: DURATION, else: DURATION}}."
            return self.problem("BP103", path[:-1], "'of' is missing", hint), ""
        other = self._other_node(loc, name)
        if other:
            return self.problem("BP101", path, "unknown key", other, key=True), ""
        hint, meant = suggestion(name, here, self.root)
        return self.problem("BP101", path, "unknown key", hint, key=True), meant

    def _other_node(self, loc: tuple[int | str, ...], name: str) -> str:
        """Say which other kind of node has a key."""
        if loc[:1] != ("flow",) or len(loc) != 4 or self.root is not Process:  # noqa: PLR2004 - flow, name, type, key
            return ""
        kinds = [kind for kind in NODE_TYPES if name in keys_of(levels()["flow", "*", kind])]
        if not kinds:
            return ""
        written = " or ".join(f"'type: {kind}'" for kind in kinds if kind != "task")
        needs = f"It belongs to {written}" if written else "Only a task has it"
        return f"{needs}; this node is of the type '{loc[2]}'."


_LATER = "known, not in this version"
#: What a person has from the role, and a role from its department (overtime costs what an hour costs).
_INHERITED = ("calendar", "proficiency", "cost", "overtime_cost")
#: Steps of the model that are written as the value of another key.
_SHORT = {"choice": "value", "groups": "staff"}
_LATER_HINT = "Leave it out for now."
_NOTHING = "Write a value after the ':', or remove the key."


def kind_of(given: object) -> str:
    """Name what was written, in words."""
    if given is None:
        return "nothing"
    if isinstance(given, bool):
        return str(given).lower()
    if isinstance(given, int | float):
        return f"the number {given:.12g}"
    return "text" if isinstance(given, str) else "a mapping" if isinstance(given, Mapping) else "a list"


def shown_value(given: object) -> str:
    """Show a value in a sentence: as written when it is short, else by its kind."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        return str(given)
    if not isinstance(given, str):
        return kind_of(given)
    text = given
    return f"'{text}'" if len(text) <= LONGEST_SHOWN else f"'{text[:LONGEST_SHOWN]}...'"


def _hint(given: object, wanted: str) -> str:
    """Give the way out of a wrong type."""
    if given is None:
        return _NOTHING
    if wanted == "text":
        return f'Put it in quotes: "{given}".' if isinstance(given, int | float) else "Write one line of text."
    if wanted == "a list":
        return f"Write it in brackets: [{given}]." if isinstance(given, str | int | float) else "Write [...]."
    return "Write 'key: value' lines below it." if wanted == "a mapping" else f"Write {wanted}."


def written_path(data: dict[str, Any], loc: Path, *, key: bool = False) -> tuple[Path, bool]:
    """Find where something of the model is written, and whether its key is meant rather than its value.

    Steps that only the model has (the item of a list written as one value, the delay of a transfer written as one
    delay) are left out; defaults taken from elsewhere lead to where they were taken from.
    """
    path: list[str | int] = []
    here: Any = data
    loc = written_at(data, _source_of(data, loc))
    if loc[:1] == ("others",) and len(loc) > 2 and isinstance(other := _beside(data, loc[1]), dict):  # noqa: PLR2004
        inner, key = written_path(other, loc[2:], key=key)
        return (*loc[:2], *inner), key
    for position, step in enumerate(loc):
        if position == 3 and loc[0] == "flow" and path[2:] == ["next"]:  # noqa: PLR2004 - flow, node, next
            rest, key = _branch(here, step, loc[position + 1 :], key=key)
            return (*path, *rest), key
        short = _SHORT.get(str(step)) if isinstance(here, dict) and step not in here else None
        found = short if short and _has(here, short) else step
        if isinstance(step, int) and path[-1:] == ["performer"] and _has(here, "all"):  # several people at once
            path.append("all")
            here = here["all"]
        if _has(here, found):
            path.append(found)
            here = here[found]
    return tuple(path), key


def _beside(data: dict[str, Any], name: str | int) -> Any:  # noqa: ANN401 - what a file may hold
    others = data.get("others")
    return others.get(name) if isinstance(others, dict) else None


def _has(here: Any, step: str | int) -> bool:  # noqa: ANN401 - what a file may hold
    return step in here if isinstance(here, dict) else isinstance(here, list) and step in range(len(here))


def _source_of(data: dict[str, Any], loc: Path) -> Path:
    """Find where a default came from: the department's calendar, the default transfer; and a pair as it was written.

    What was written out of a short form leads to the short form, the node of chases to their work.
    """
    loc = source_of(data, loc)
    if loc[:2] == ("flow", CHASES):
        return ("cases", "client", CHASES, "work", *loc[2:])
    transfers = data.get("transfers")
    if loc[:1] == ("transfers",) and isinstance(transfers, dict):
        if loc[1:2] == ("between_bodies",) and "between_bodies" not in transfers:
            return "transfers", "default", *loc[2:]
        if loc[1:2] == ("pairs",) and "pairs" not in transfers:
            written = (key for key in transfers if " -> ".join(part.strip() for part in key.split("->")) in loc[2:3])
            return "transfers", *written, *loc[3:]
    if loc[:1] == ("departments",) and loc[-1] in _INHERITED and len(loc) > 3:  # noqa: PLR2004 - of a role, or below
        holder, _ = written_path(data, loc[:-1])
        if not _has(_at(data, holder), loc[-1]):
            if len(loc) > 5:  # noqa: PLR2004 - what is not said of a person is as the role says
                return _source_of(data, (*loc[:4], loc[-1]))
            return (*loc[:4], "cost") if loc[-1] == "overtime_cost" else (*loc[:2], loc[-1])
    return loc


def _at(data: Any, path: Path) -> Any:  # noqa: ANN401 - what a file may hold
    for step in path:
        data = data[step]
    return data


def _branch(written: Any, step: str | int, rest: Path, *, key: bool) -> tuple[Path, bool]:  # noqa: ANN401 - as above
    """Follow a flow (by its number or its target) into one of the written forms of `next`."""
    if isinstance(written, dict):
        name = sorted(written, key=str)[step] if isinstance(step, int) else step
        return (name,), key or rest[:1] == ("to",)
    place = (
        next((at for at, item in enumerate(written) if step in (at, item, _to(item))), None) if _is(written) else None
    )
    if place is None:
        return (), False
    item = written[place]
    wanted = (
        "to" if key else {"share": "p"}.get(str(rest[0]), rest[0]) if rest else "when" if _has(item, "when") else "p"
    )
    return ((place, wanted) if _has(item, wanted) else (place,)), False


def _is(written: Any) -> bool:  # noqa: ANN401 - as above
    return isinstance(written, list)


def _to(item: Any) -> Any:  # noqa: ANN401 - as above
    return item.get("to") if isinstance(item, dict) else None


def empty(data: Any, path: Path = ()) -> Iterator[Path]:  # noqa: ANN401 - what a file may hold
    """Find the keys and list items after which nothing stands."""
    if data is None:
        yield path
    steps = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for step, value in steps:
        yield from empty(value, (*path, step))


def listed(problems: Iterable[Problem]) -> list[Problem]:
    """Put problems in the order of their places, each once: at most 50, then how many more there are."""
    problems = list(dict.fromkeys(problems))
    slips = {found.path for found in problems if found.code in _EMPTY}
    problems = [found for found in problems if found.path not in slips or found.code.startswith("BP0")]
    ordered = sorted(problems, key=lambda found: (found.file, found.line, found.column, found.code))
    rest = ordered[MOST:]
    if not rest:
        return ordered
    worst = next((found.severity for found in rest if found.severity != "warning"), "warning")
    more = Problem(rest[0].file, rest[0].line, rest[0].column, "BP199", worst, "", f"and {len(rest)} more problems")
    return [*ordered[:MOST], more]
