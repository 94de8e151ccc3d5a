"""Names that people give: of nodes, roles, departments, attributes and the rest."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bpsim.errors import Mistake

LONGEST = 80
_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_TITLE = re.compile(r"[a-z][a-z0-9_-]*", re.ASCII)
#: Letters of other alphabets that look like Latin ones.
_TWINS = dict(
    zip(
        "аеорсухіјѕԁһӏкмтвнАВЕКМНОРСТУХІЈЅαορνικΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
        "aeopcyxijsdhlkmtbhABEKMHOPCTYXIJSaopvikABEZHIKMNOPTYX",
        strict=True,
    )
)
#: What the names of one kind may not be, because the word has a meaning already.
RESERVED = {
    "calendars": ("civil",),
    "departments": ("client", "external", "system"),
    "attributes": (
        *(
            "age",
            "waited",
            "visits",
            "errors",
            "undetected",
            "channel",
            "now",
            "true",
            "false",
            "min",
            "max",
            "abs",
            "round",
        ),
        *("and", "or", "not", "if", "else", "in", "is", "none", "never"),
        *("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    ),
    "flow": ("client", "external", "system", "start", "end", "else", "arrival", "need", "chases"),
}
#: What the names are names of.
_OF = {
    "calendars": "a calendar",
    "departments": "a department",
    "roles": "a role",
    "people": "a person",
    "channels": "a channel",
    "attributes": "an attribute",
    "clocks": "a clock",
    "flow": "a node",
}


@dataclass(frozen=True, slots=True)
class Named:
    """A name and where it stands: `path` ends with it; `kind` is the key above it."""

    path: tuple[str | int, ...]
    kind: str


def names(data: dict[str, Any]) -> Iterator[Named]:
    """Find every name that a process file gives, those of the processes beside it included."""
    yield from _names(data)
    others = data.get("others")
    for name, other in others.items() if isinstance(others, dict) else ():
        if isinstance(other, dict):
            own = {key: other[key] for key in ("channels", "cases", "flow") if key in other}
            yield from (Named(("others", name, *named.path), named.kind) for named in _names(own))


def _names(data: dict[str, Any]) -> Iterator[Named]:
    for kind in ("calendars", "departments", "channels", "flow"):
        yield from _under((kind,), data.get(kind), kind)
    departments = data.get("departments")
    for name, department in departments.items() if isinstance(departments, dict) else ():
        if isinstance(department, dict):
            roles = department.get("roles")
            yield from _under(("departments", name, "roles"), roles, "roles")
            for role, part in roles.items() if isinstance(roles, dict) else ():
                if isinstance(part, dict):
                    yield from _under(("departments", name, "roles", role, "people"), part.get("people"), "people")
    cases = data.get("cases")
    if isinstance(cases, dict):
        for kind in ("attributes", "clocks"):
            yield from _under(("cases", kind), cases.get(kind), kind)


def _under(path: tuple[str | int, ...], part: Any, kind: str) -> Iterator[Named]:  # noqa: ANN401 - what a file may hold
    for name in part if isinstance(part, dict) else ():
        yield Named((*path, name), kind)


def check_names(data: dict[str, Any]) -> Iterator[tuple[Named, Mistake]]:
    """Find the names that cannot be used."""
    folded: dict[tuple[tuple[str | int, ...], str], str] = {}
    for named in names(data):
        name = str(named.path[-1])
        first = folded.setdefault((named.path[:-1], name.lower()), name)
        mistake = name_mistake(name, named.kind, first)
        if mistake is not None:
            yield named, mistake


def name_mistake(name: str, kind: str, first: str = "") -> Mistake | None:
    """Say what is wrong with a name; `first` is the first that is the same but for capitals."""
    if len(name) > LONGEST:
        return Mistake("BP112", f"a name of {len(name)} characters", f"At most {LONGEST}; 'title' may be longer.")
    if _NAME.fullmatch(name):
        if name in RESERVED.get(kind, ()):
            return Mistake(
                "BP109", f"'{name}' has a meaning of its own and cannot name {_OF[kind]}", f"Write '{name}_1'."
            )
        return None
    if first and first != name:
        return Mistake("BP111", f"'{name}' and '{first}' differ only by capitals", "Give one of them another name.")
    return _spelling(name, _NAME)


def title_mistake(name: str) -> Mistake | None:
    """Say what is wrong with the name of a process or scenario, which may have hyphens."""
    if len(name) > LONGEST:
        return Mistake("BP112", f"a name of {len(name)} characters", f"At most {LONGEST}; 'title' may be longer.")
    return None if _TITLE.fullmatch(name) else _spelling(name, _TITLE, "-")


def _spelling(name: str, form: re.Pattern[str], joint: str = "_") -> Mistake:
    twins = [letter for letter in name if letter in _TWINS]
    latin = "".join(_TWINS.get(letter, letter) for letter in name)
    if twins and latin.isascii():
        script = unicodedata.name(twins[0]).split()[0].capitalize()
        what = f"mixed scripts: the '{twins[0]}' in '{name}' is {script}"
        return Mistake("BP110", what, f"Write '{latin}' in Latin letters.")
    plain = re.sub(r"[^a-z0-9_-]+" if joint == "-" else r"[^a-z0-9_]+", joint, latin.lower()).strip("_-")
    hint = "Write lower-case Latin letters, digits and '_', a letter first"
    hint = hint.replace("and '_'", "'_' and '-'") if joint == "-" else hint
    offer = (
        f"; such as '{plain}'." if form.fullmatch(plain) and latin.isascii() else "; 'title' may be in any language."
    )
    return Mistake("BP108", f"'{name}' cannot be a name", hint + offer)
