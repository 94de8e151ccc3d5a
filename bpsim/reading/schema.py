"""JSON Schemas for editors (draft 7), made from the same models that read the files, in the forms that people write."""

import json
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel

from bpsim.model.process import Process, Shared
from bpsim.model.written import SCALAR_SCHEMA
from bpsim.redesign.change import Change
from bpsim.redesign.operators import OPERATORS, PRESETS, Tune
from bpsim.redesign.scenario import Scenario
from bpsim.redesign.tuning import WAYS

Schema: TypeAlias = dict[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"
_SCALARS = {"string", "number", "integer", "boolean"}
#: Keys that never carry evidence: words and names, not numbers.
_PLAIN = (
    *("process", "shared", "scenario", "base", "title", "language", "type", "id", "was", "to", "by", "groups", "visit"),
    *("grade", "source", "evidence"),
)
#: Keys that only the resolved form has.
_INTERNAL = {
    "Duration": ("choice",),
    "Task": ("parts", "ordered", "together"),
    "Transfers": ("pairs",),
    "Branch": ("kind", "share", "was"),
    "Role": ("groups",),
    **dict.fromkeys(
        ("Start", "End", "Exclusive", "Parallel", "Inclusive", "EventBased", "Timer", "Call", "Send", "Receive"),
        ("ordered",),
    ),
}
_TEXTS: Schema = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_WAYS = ("in", "out", "both", "none")


@lru_cache(maxsize=1)
def process_schema() -> Schema:
    """Give the schema of process files."""
    return _finished(_written(Process), "A process for bpsim")


@lru_cache(maxsize=1)
def shared_schema() -> Schema:
    """Give the schema of files that processes share (`uses`)."""
    schema, process = _written(Shared), _written(Process)
    schema["properties"]["evidence"] = process["properties"]["evidence"]
    schema["definitions"]["Evidence"] = process["definitions"]["Evidence"]
    return _finished(schema, "What processes share, for bpsim")


@lru_cache(maxsize=1)
def scenario_schema() -> Schema:
    """Give the schema of scenario files."""
    schema = _written(Scenario)
    text = "The scenario or process file that this one builds on."
    schema["properties"]["base"] = {"type": "string", "description": text}
    named = "Processes that run in one simulation; without a base the first of them is it."
    schema["properties"]["processes"] = {"type": "array", "items": {"type": "string"}, "description": named}
    schema["required"].remove("base")
    schema["anyOf"] = [{"required": ["base"]}, {"required": ["processes"]}]
    shared = schema["definitions"]
    for operator, kind in OPERATORS.items():
        shared[f"change_{operator}"] = _change(operator, kind, shared)
    schema["properties"]["changes"] = {
        "type": "array",
        "description": Scenario.model_fields["changes"].description,
        "items": {"anyOf": [{"$ref": f"#/definitions/change_{operator}"} for operator in OPERATORS]},
    }
    return _finished(schema, "A scenario for bpsim")


def schema_text(name: Literal["process", "scenario", "shared"]) -> str:
    """Give a schema as the text of its file, `schemas/NAME.json`."""
    schema = {"process": process_schema, "scenario": scenario_schema, "shared": shared_schema}[name]()
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _change(operator: str, kind: type[Change], shared: Schema) -> Schema:
    """Give the schema of one entry of `changes`: the operator with its parameters, and what may stand beside it."""
    made = _written(kind)
    shared.update({name: part for name, part in made.pop("definitions").items() if name not in shared})
    beside = {name: made["properties"].pop(name) for name in ("id", "evidence", "cost")}
    if kind.spread:  # parameters of any name
        entries = made["properties"].pop(kind.spread)
        made |= _paths(entries) if kind is Tune else _spread(entries)
    for key, word in (("rule", "none"), ("instead", "skip")):
        if rule := made["properties"].get(key):
            made["properties"][key] = {"description": rule["description"], "anyOf": [{"const": word}, rule]}
    given = PRESETS.get(operator, {})
    made["required"] = [name for name in made.get("required", ()) if name not in given]
    if not made["required"]:
        del made["required"]
    return {
        "type": "object",
        "description": made["description"],
        "properties": {operator: made, **beside},
        "required": [operator],
        "additionalProperties": False,
    }


def _paths(values: Schema) -> Schema:
    step = {"type": "object", "properties": dict.fromkeys(WAYS, SCALAR_SCHEMA), "additionalProperties": False}
    new = {"description": values["description"], "anyOf": [SCALAR_SCHEMA, step]}
    return {"additionalProperties": new, "minProperties": 1, "required": []}


def _spread(entries: Schema) -> Schema:
    return {"additionalProperties": entries["additionalProperties"], "minProperties": 1, "required": []}


def _finished(schema: Schema, title: str) -> Schema:
    """Allow evidence wherever a scalar may stand, keep what is referred to, and put the head first."""
    definitions = {name: _value(part) for name, part in schema.pop("definitions").items()}
    schema = _evidenced(schema)
    kept = {name: definitions[name] for name in sorted(_referred(schema, definitions))}
    return {"$schema": DRAFT, "title": title, **schema, "definitions": kept}


def _referred(schema: Any, definitions: Schema) -> set[str]:  # noqa: ANN401 - any part of a schema
    found: set[str] = set()
    waiting = [schema]
    while waiting:
        for name in _names(waiting.pop()):
            if name not in found:
                found.add(name)
                waiting.append(definitions[name])
    return found


def _names(part: Any) -> set[str]:  # noqa: ANN401 - any part of a schema
    if isinstance(part, list):
        return {name for item in part for name in _names(item)}
    if not isinstance(part, dict):
        return set()
    own = {part["$ref"].removeprefix("#/definitions/")} if "$ref" in part else set()
    return own.union(*(_names(item) for item in part.values()))


# The written forms


def _written(model: type[BaseModel]) -> Schema:
    """Give a model's schema in draft 7 and in the forms that people write; its parts are under `definitions`."""
    schema: Schema = _draft7(model.model_json_schema(by_alias=True))
    definitions = schema.setdefault("definitions", {})
    for name, part in [(model.__name__, schema), *definitions.items()]:
        body = _body(part)
        for key in _INTERNAL.get(name, ()):
            body["properties"].pop(key, None)
        body["required"] = [key for key in body.get("required", ()) if key in body["properties"]]
        _FORMS.get(name, lambda _: None)(body)
        if not body["required"]:
            del body["required"]
    return schema


def _body(part: Schema) -> Schema:
    """See through the scalar form of a part."""
    return next((form for form in part.get("anyOf", ()) if "properties" in form), part)


def _draft7(part: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """Translate from the draft that pydantic writes; titles made of names and defaults say nothing to a reader."""
    if isinstance(part, list):
        return [_draft7(item) for item in part]
    if not isinstance(part, dict):
        return part
    made: Schema = {}
    for key, value in part.items():
        if key in ("$defs", "properties", "patternProperties"):
            made["definitions" if key == "$defs" else key] = {name: _draft7(item) for name, item in value.items()}
        elif key == "$ref":
            made[key] = value.replace("#/$defs/", "#/definitions/")
        elif key not in ("discriminator", "title", "default"):
            made["anyOf" if key == "oneOf" else key] = _draft7(value)
    forms = [form for form in made.get("anyOf", ()) if form != {"type": "null"}]
    if len(forms) == 1:  # what may be left out is left out, not written as null
        made |= forms[0]
        del made["anyOf"]
    if "$ref" in made and len(made) > 1:  # in draft 7 nothing beside a reference counts
        made["allOf"] = [{"$ref": made.pop("$ref")}]
    return made


def _kind_is_written(body: Schema) -> None:
    """Only a task may leave its type out."""
    body["required"] = ["type", *(key for key in body["required"] if key != "outcome")]
    _flows(body)
    body["properties"]["type"]["description"] = body["description"]


def _flows(body: Schema) -> None:
    share = {"type": ["string", "number", "boolean"]}
    branch = {"$ref": "#/definitions/Branch"}
    body["properties"]["next"] = {
        "description": body["properties"]["next"]["description"],
        "anyOf": [
            {"type": "string"},
            {"type": "array", "items": {"anyOf": [{"type": "string"}, branch]}},
            {"type": "object", "additionalProperties": share},
        ],
    }


def _process(body: Schema) -> None:
    """A bundle makes the flow."""
    body["required"].remove("flow")


def _task(body: Schema) -> None:
    _flows(body)
    body["properties"]["type"]["description"] = "A node is a task when nothing else is said."
    together = {"type": "object", "properties": {"all": {"type": "array"}}, "required": ["all"]}
    performer = {"anyOf": [*_TEXTS["anyOf"], {**together, "additionalProperties": False}]}
    person = {"anyOf": [{"const": "by_case"}, {"$ref": "#/definitions/PersonChoice"}]}
    contact = {"anyOf": [{"enum": list(_WAYS)}, {"type": "array"}]}
    names = dict.fromkeys(("never_same_person_as", "needs", "produces", "must_precede"), _TEXTS)
    for key, form in (*names.items(), ("person", person), ("performer", performer), ("contact", contact)):
        body["properties"][key] = {"description": body["properties"][key]["description"], **form}


def _timer(body: Schema) -> None:
    """A time to wait, or a time to wait for."""
    _kind_is_written(body)
    body["required"].remove("delay")
    body["anyOf"] = [{"required": ["delay"]}, {"required": ["until"]}]


def _role(body: Schema) -> None:
    """People may be counted, listed in groups, or named."""
    body["required"].remove("staff")
    staff = body["properties"]["staff"]
    groups = {"type": "array", "items": {"$ref": "#/definitions/Group"}}
    body["properties"]["staff"] = {
        "description": staff.pop("description"),
        "anyOf": [staff, groups],
    }
    body["anyOf"] = [{"required": ["staff"]}, {"required": ["people"]}]


def _work(body: Schema) -> None:
    body["properties"]["performer"] = {"description": body["properties"]["performer"]["description"], **_TEXTS}


def _reneging(body: Schema) -> None:
    """Write a choice by an attribute without `after`, too."""
    body["properties"] |= {
        "by": {"type": "string", "description": "The attribute that it depends on."},
        "of": {"type": "object", "description": "A time for each value, and else."},
    }
    body["required"] = []


def _branch(body: Schema) -> None:
    for key, text in (("p", "Its share, or an expression for it."), ("when", "When it is taken, or else.")):
        body["properties"][key] = {"description": text, **SCALAR_SCHEMA}


def _clock(body: Schema) -> None:
    for key in ("to", "stops_while"):
        body["properties"][key] = {"description": body["properties"][key]["description"], **_TEXTS}


def _cases(body: Schema) -> None:
    body["required"] = []
    body["anyOf"] = [{"required": [key]} for key in ("arrivals", "trigger", "entry")]


def _channel(body: Schema) -> None:
    """Let the `shift` of a channel be written as a mapping (the operator has one of its own)."""
    shift = body["properties"]["shift"]
    if shift["type"] == "array":
        share = {"anyOf": [SCALAR_SCHEMA, {"$ref": "#/definitions/ShareBy"}]}
        mapping = {"type": "object", "additionalProperties": share}
        body["properties"]["shift"] = {"description": shift.pop("description"), "anyOf": [mapping, shift]}


def _person(body: Schema) -> None:
    people = {"type": ["string", "integer"]}
    body["properties"]["of"] |= {"additionalProperties": people}


def _transfers(body: Schema) -> None:
    body["patternProperties"] = {"->": {"$ref": "#/definitions/Transfer"}}


def _insert(body: Schema) -> None:
    body["properties"]["on"] = {"description": body["properties"]["on"]["description"], **_TEXTS}


def _duration(body: Schema) -> None:
    choice = {"$ref": "#/definitions/DelayChoice"}
    text = {"description": body["properties"]["value"]["description"]}
    body["properties"]["value"] = {**text, "anyOf": [SCALAR_SCHEMA, choice]}
    body["properties"] |= {
        "by": {"type": "string", "description": "The attribute that it depends on."},
        "of": {"type": "object", "description": "A duration for each value, and else."},
        "evidence": {"description": "Where its numbers come from.", "allOf": [{"$ref": "#/definitions/Evidence"}]},
    }


_FORMS = {
    **dict.fromkeys(
        ("Start", "End", "Exclusive", "Parallel", "Inclusive", "EventBased", "Call", "Send", "Receive"),
        _kind_is_written,
    ),
    **dict.fromkeys(("Process", "Companion"), _process),
    "Task": _task,
    "Timer": _timer,
    "Role": _role,
    "Branch": _branch,
    "Cases": _cases,
    "PersonChoice": _person,
    "Channel": _channel,
    "Work": _work,
    "Reneging": _reneging,
    "Clock": _clock,
    "Insert": _insert,
    "Transfers": _transfers,
    "Duration": _duration,
}


# Evidence


def _evidenced(part: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """Let `{value: ..., evidence: ...}` stand for every value that may be a scalar."""
    if isinstance(part, list):
        return [_evidenced(item) for item in part]
    if not isinstance(part, dict):
        return part
    made = {}
    for key, value in part.items():
        if key in ("properties", "patternProperties"):
            made[key] = {name: _evidenced(item) if name in _PLAIN else _value(item) for name, item in value.items()}
        else:
            made[key] = _value(value) if key in ("additionalProperties", "items") else _evidenced(value)
    return made


def _value(part: Any) -> Any:  # noqa: ANN401 - any part of a schema
    made = _evidenced(part)
    return _with_evidence(made) if isinstance(part, dict) and _may_be_scalar(part) else made


def _may_be_scalar(part: Schema) -> bool:
    kinds = part.get("type", ())
    forms = part.get("anyOf", ())
    return bool(_SCALARS & ({kinds} if isinstance(kinds, str) else set(kinds))) or any(map(_may_be_scalar, forms))


def _with_evidence(part: Schema) -> Schema:
    text = {"description": part["description"]} if "description" in part else {}
    bare = {key: value for key, value in part.items() if key != "description"}
    evidence = {"$ref": "#/definitions/Evidence"}
    block = {"type": "object", "properties": {"value": bare, "evidence": evidence}, "required": ["value", "evidence"]}
    return {**text, "anyOf": [bare, block | {"additionalProperties": False}]}
