"""The words of the language: which keys stand where, which belong to a later version, what people write instead."""

from collections.abc import Iterator
from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel, Tag

from bpsim.errors import did_you_mean
from bpsim.model.client import Client
from bpsim.model.flow import Branch, Duration
from bpsim.model.process import Process

Pattern: TypeAlias = tuple[str, ...]

#: Kinds of nodes; pydantic puts them into the paths of its errors.
NODE_TYPES = (
    *("start", "end", "task", "exclusive", "parallel", "inclusive", "event_based", "timer"),
    *("call", "send", "receive"),
)
#: Keys of a later version: the language has them, this version does not read them.
LATER_KEYS = frozenset({"interface", "overflow", "queue_limit", "routing", "skills"})
#: Keys that only the resolved form has; nobody is told to write them.
INTERNAL = ("choice", "ordered", "parts", "pairs", "kind", "together", "groups")
#: What people write instead of a key.
SYNONYMS = {
    "capacity": "staff",
    "count": "staff",
    "number": "staff",
    "headcount": "staff",
    "wage": "cost",
    "salary": "cost",
    "rate": "cost",
    "hours": "calendar",
    "shift": "calendar",
    "resource": "performer",
    "resources": "performer",
    "role": "performer",
    "assignee": "performer",
    "who": "performer",
    "time": "duration",
    "processing_time": "duration",
    "goto": "next",
    "to": "next",
    "flows": "next",
    "probability": "share",
    "p": "share",
    "name": "title",
    "label": "title",
    "tasks": "flow",
    "steps": "flow",
    "nodes": "flow",
    "activities": "flow",
    "units": "departments",
    "schedules": "calendars",
    "variables": "attributes",
    "interval": "every",
    "deadline": "limit",
    "deadlines": "clocks",
    "kpi": "targets",
    "kpis": "targets",
    "goals": "targets",
    "runs": "replications",
    "duration": "length",
    "horizon": "length",
    "warm_up": "warmup",
}
#: Keywords in other languages.
FOREIGN = {
    "процесс": "process",
    "название": "title",
    "имя": "title",
    "язык": "language",
    "календари": "calendars",
    "календарь": "calendar",
    "отделы": "departments",
    "подразделения": "departments",
    "роли": "roles",
    "каналы": "channels",
    "передачи": "transfers",
    "обращения": "cases",
    "дела": "cases",
    "случаи": "cases",
    "поток": "flow",
    "схема": "flow",
    "задачи": "flow",
    "шаги": "flow",
    "исполнитель": "performer",
    "исполнители": "performer",
    "роль": "performer",
    "длительность": "duration",
    "время": "duration",
    "далее": "next",
    "дальше": "next",
    "следующий": "next",
    "тип": "type",
    "штат": "staff",
    "численность": "staff",
    "стоимость": "cost",
    "ставка": "cost",
    "доля": "share",
    "приоритет": "priority",
    "признаки": "attributes",
    "сроки": "clocks",
    "срок": "limit",
    "сценарий": "scenario",
    "основа": "base",
    "изменения": "changes",
    "цели": "targets",
    "эксперимент": "experiment",
    "prozess": "process",
    "kalender": "calendar",
    "abteilungen": "departments",
    "rollen": "roles",
    "ablauf": "flow",
    "aufgaben": "flow",
    "dauer": "duration",
    "weiter": "next",
    "afdelingen": "departments",
    "taken": "flow",
    "duur": "duration",
    "volgende": "next",
    "processus": "process",
    "tâches": "flow",
    "durée": "duration",
    "suivant": "next",
    "proceso": "process",
    "tareas": "flow",
    "duración": "duration",
    "siguiente": "next",
}
#: What a missing key is for.
NEEDED = {
    "process": "Begin with process: NAME",
    "cases": "Say how often cases come: cases: {arrivals: exponential(mean=2h)}",
    "flow": "Say what is done: nodes from a start to an end",
    "arrivals": "Say how often cases come: arrivals: exponential(mean=2h)",
    "every": "Say how often: every: exponential(mean=2h)",
    "performer": "Say who does it: a department.role, client, external or system",
    "staff": "Say how many people have this role: staff: 2",
    "share": "Say how large a part it is: share: 30%",
    "block": "Say how long they are away at a time: block: 2h",
    "limit": "Say what the law allows: limit: 8 weeks",
    "delay": "Say how long the case waits: delay: 2h",
    "after": "Say when it fires: after: 30d",
    "next": "Say where the case goes then: next: NODE",
    "to": "Say where the flow leads: to: NODE",
    "by": "Say on which attribute it depends: by: ATTRIBUTE",
    "of": "Give each value its own: of: {true: 2h, false: 30min}",
    "duration": "Say how long it takes: duration: 20min",
    "was": "Say which task the work comes from: was: TASK",
    "grade": "Say how sure it is: grade: log, published or assumption",
    "scenario": "Begin with scenario: NAME",
    "base": "Say what it builds on: base: as-is.yaml",
    "at_least": "Say with how many it begins: at_least: 10",
    "at_most": "Say when it gives up: at_most: 200",
    "until": "Say when it is enough: until: {measure: lead_time.mean, half_width: 2%}",
    "measure": "Say of what: measure: lead_time.mean",
    "half_width": "Say how narrow the interval must be: half_width: 2%",
}


@lru_cache(maxsize=8)
def levels(root: type[BaseModel] = Process) -> dict[Pattern, type[BaseModel]]:
    """Give every mapping of the language by the pattern of its path: `('flow', '*', 'task')`."""
    return dict(_below(root, ()))


def _below(annotation: Any, path: Pattern) -> Iterator[tuple[Pattern, type[BaseModel]]]:  # noqa: ANN401 - any type
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield path, annotation
        for name, info in annotation.model_fields.items():
            for part in [info.annotation, *info.metadata]:
                yield from _below(part, (*path, info.alias or name))
        return
    arguments = get_args(annotation)
    if get_origin(annotation) is Annotated:
        tag = next((part.tag for part in annotation.__metadata__ if isinstance(part, Tag)), None)
        yield from _below(arguments[0], (*path, tag) if tag else path)
    elif get_origin(annotation) in (dict, tuple):
        yield from _below(arguments[-1] if get_origin(annotation) is dict else arguments[0], (*path, "*"))
    elif get_origin(annotation) in (Union, UnionType):
        for part in arguments:
            yield from _below(part, path)


def keys_of(model: type[BaseModel]) -> list[str]:
    """Give the keys of a mapping as they are written."""
    hidden = () if model is Client else INTERNAL
    names = [info.alias or name for name, info in model.model_fields.items() if name not in hidden]
    if model is Branch:
        return ["to", "p", "when"]
    return [*names, "by", "of"] if model is Duration else names


def keys_at(path: tuple[str | int, ...], root: type[BaseModel] = Process) -> list[str]:
    """Give the keys that may stand in a mapping, by the path that pydantic gives it."""
    for pattern, model in levels(root).items():
        if len(pattern) == len(path) and all(a in ("*", b) for a, b in zip(pattern, path, strict=True)):
            return keys_of(model)
    return ["by", "of"]  # a choice inside a value


def shown(pattern: Pattern) -> str:
    """Write a pattern as people know it: `flow.*`, without the kinds of nodes."""
    parts = [part for place, part in enumerate(pattern) if place != 2 or part not in NODE_TYPES]  # noqa: PLR2004
    return ".".join(part for part in parts if part not in INTERNAL)


def homes(key: str, root: type[BaseModel] = Process) -> list[Pattern]:
    """Find the mappings that have a key."""
    return [pattern for pattern, model in levels(root).items() if key in keys_of(model)]


def suggestion(key: str, here: list[str], root: type[BaseModel] = Process) -> tuple[str, str]:
    """Give a hint for an unknown key, and the key that was probably meant at this place (or an empty text)."""
    folded = key.strip().lower().replace("-", "_").replace(" ", "_")
    meant = folded if folded in here else SYNONYMS.get(folded, "") or FOREIGN.get(key.strip().lower(), "")
    if meant in here:
        return f"Did you mean '{meant}'?", meant
    near = did_you_mean(folded, here)
    if near and not homes(folded, root):
        return near, near.split("'")[1]
    similar = did_you_mean(folded, [word for word, key in SYNONYMS.items() if key in here])
    if similar and not near:
        meant = SYNONYMS[similar.split("'")[1]]
        return f"Did you mean '{meant}'?", meant
    alone = [pattern for pattern in homes(folded, root) if pattern[:1] != ("others",)]
    alone = [pattern for pattern in alone if pattern[-1:] != ("work",)] or alone  # the more usual places
    places = list(dict.fromkeys(map(shown, alone)))
    if places:
        return f"It belongs under {' or '.join(place or 'the top level' for place in places[:3])}.", ""
    if meant:
        return f"The keys are English words: did you mean '{meant}'?" if key.lower() in FOREIGN else "", ""
    return f"Keys here are {', '.join(here)}.", ""
