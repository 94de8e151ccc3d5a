"""The table of operators, and how a change stands in a scenario file: `{id: R2, batch: {task: decide, rule: none}}`."""

from typing import Any

from pydantic import ValidationError

from bpsim.errors import Mistake, did_you_mean
from bpsim.redesign.allocation import Allocate
from bpsim.redesign.change import Change, Mistakes, Trouble
from bpsim.redesign.channels import Channel
from bpsim.redesign.concurring import Concurrency
from bpsim.redesign.information import Automate
from bpsim.redesign.inserting import Insert
from bpsim.redesign.merging import Merge
from bpsim.redesign.moving import Move
from bpsim.redesign.organisation import Staff
from bpsim.redesign.passing import Transfer
from bpsim.redesign.pooling import Pool
from bpsim.redesign.reassigning import Reassign
from bpsim.redesign.routing import Route
from bpsim.redesign.setting import Set
from bpsim.redesign.sourcing import Source
from bpsim.redesign.splitting import Split
from bpsim.redesign.tasks import Batch, Remove
from bpsim.redesign.triggering import Trigger
from bpsim.redesign.tuning import Tune

#: Every operator by its name, and by the other names that people know it by.
OPERATORS: dict[str, type[Change]] = {
    "allocate": Allocate,
    "automate": Automate,
    "batch": Batch,
    "channel": Channel,
    "concurrency": Concurrency,
    "insert": Insert,
    "merge": Merge,
    "move": Move,
    "pool": Pool,
    "reassign": Reassign,
    "remove": Remove,
    "route": Route,
    "set": Set,
    "source": Source,
    "split": Split,
    "staff": Staff,
    "transfer": Transfer,
    "trigger": Trigger,
    "tune": Tune,
    "add_channel": Channel,
    "add_control": Insert,
    "bundle": Trigger,
    "case_based_work": Batch,
    "case_manager": Allocate,
    "centralize": Pool,
    "clarify_language": Channel,
    "clarify_responsibility": Reassign,
    "co_locate": Transfer,
    "compose": Merge,
    "create_team": Pool,
    "cross_train": Staff,
    "customer_team": Allocate,
    "decompose": Split,
    "eliminate": Remove,
    "empower": Route,
    "fast_track": Route,
    "flexible_assignment": Allocate,
    "flexible_hours": Staff,
    "hire": Staff,
    "integral_technology": Automate,
    "isolate_exception": Route,
    "knockout_reorder": Move,
    "life_event": Trigger,
    "once_only": Source,
    "one_window": Channel,
    "outsource": Reassign,
    "parallelize": Concurrency,
    "proactive": Trigger,
    "reduce_contacts": Merge,
    "registry_lookup": Source,
    "relocate_control": Reassign,
    "resequence": Move,
    "sequentialize": Concurrency,
    "straight_through": Automate,
    "triage": Route,
}
#: What a second name of an operator says beside its parameters.
PRESETS: dict[str, dict[str, Any]] = {
    "bundle": {"kind": "bundle"},
    "case_based_work": {"rule": "none"},
    "case_manager": {"policy": "case_owner"},
    "customer_team": {"policy": "team"},
    "empower": {"kind": "threshold", "instead": "skip"},
    "fast_track": {"kind": "fast_track"},
    "flexible_assignment": {"policy": "least_flexible"},
    "isolate_exception": {"kind": "exception"},
    "knockout_reorder": {"order": "knockout"},
    "life_event": {"kind": "bundle"},
    "one_window": {"routing": "front_office"},
    "once_only": {"from": "registry"},
    "outsource": {"to": "external"},
    "parallelize": {"mode": "parallel"},
    "proactive": {"kind": "register_event"},
    "registry_lookup": {"from": "registry"},
    "relocate_control": {"to": "client"},
    "sequentialize": {"mode": "sequential"},
    "triage": {"kind": "triage"},
}
#: What may stand beside the operator.
_BESIDE = ("id", "evidence", "cost")


def operator_of(entry: dict[str, Any]) -> str:
    """Name the key of a written change that holds its operator; empty when there is none or more than one."""
    named = [key for key in entry if key not in _BESIDE]
    return named[0] if len(named) == 1 else ""


def read_change(entry: object) -> Change:
    """Read one written change; Mistakes carry paths that start at this entry."""
    if isinstance(entry, Change):
        return entry
    if not isinstance(entry, dict):
        raise Mistakes(
            [Trouble("BP602", (), "a change is a mapping with one operator", "Write {remove: {task: ...}}.")]
        )
    operator = operator_of(entry)
    if not operator:
        raise Mistakes([_not_one(entry)])
    if operator not in OPERATORS:
        raise Mistakes([_unknown(operator)])
    parameters = entry[operator]
    if not isinstance(parameters, dict):
        raise Mistakes(
            [Trouble("BP104", (operator,), f"{_kind(parameters)} where the parameters of {operator} belong")]
        )
    beside = {key: entry[key] for key in _BESIDE if key in entry}
    strange = [key for key in parameters if key in _BESIDE]
    if strange:
        hint = f"Write it beside {operator}, not inside it."
        raise Mistakes([Trouble("BP101", (operator, key), "not a parameter", hint) for key in strange])
    kind = OPERATORS[operator]
    try:
        return kind.model_validate({**PRESETS.get(operator, {}), **parameters, **beside})
    except ValidationError as error:
        raise Mistakes(_troubles(error, operator, kind)) from None


def written_change(change: Change) -> dict[str, Any]:
    """Write a change as plain data that `read_change` reads."""
    entry: dict[str, Any] = {"id": change.id} if change.id else {}
    entry[change.operator] = change.parameters()
    if change.evidence:
        entry["evidence"] = change.evidence.model_dump(mode="json", exclude_defaults=True)
    if change.cost.once or change.cost.per_year:
        entry["cost"] = change.cost.model_dump(mode="json", exclude_defaults=True)
    return entry


def _not_one(entry: dict[str, Any]) -> Trouble:
    named = [key for key in entry if key not in _BESIDE]
    if not named:
        return Trouble("BP602", (), "no operator", "Write one of: " + ", ".join(sorted(OPERATORS)) + ".")
    unknown = [key for key in named if key not in OPERATORS]
    if len(named) - len(unknown) == 1:
        return Trouble("BP101", (unknown[0],), "unknown key", did_you_mean(unknown[0], _BESIDE))
    what = "several operators in one change: " + ", ".join(map(str, named))
    return Trouble("BP602", (named[1],), what, "Write each as an entry of its own.")


def _unknown(operator: str) -> Trouble:
    hint = did_you_mean(operator, OPERATORS) or "Operators are: " + ", ".join(sorted(OPERATORS)) + "."
    return Trouble("BP601", (operator,), "unknown operator", hint)


def _kind(value: object) -> str:
    return "nothing" if value is None else "a list" if isinstance(value, list) else f"'{value}'"


def _troubles(error: ValidationError, operator: str, kind: type[Change]) -> list[Trouble]:
    """Turn pydantic's errors into troubles, placed from the entry inwards."""
    found: list[Trouble] = []
    for one in error.errors():
        path = tuple(one["loc"])
        path = path if path and path[0] in _BESIDE else (operator, *path)
        cause = one.get("ctx", {}).get("error")
        if isinstance(cause, Mistakes):
            found += [Trouble(t.code, (*path, *t.path), t.what, t.hint) for t in cause.troubles]
        elif isinstance(cause, Mistake):
            found.append(Trouble(cause.code, path, cause.what, cause.hint))
        elif one["type"] == "extra_forbidden":
            known = [name for name in kind.model_fields if name not in _BESIDE]
            hint = did_you_mean(str(path[-1]), known) or "Parameters are: " + ", ".join(known) + "."
            found.append(Trouble("BP101", path, "unknown key", hint if len(path) == 2 else ""))  # noqa: PLR2004
        elif one["type"] == "missing":
            found.append(Trouble("BP103", path, "missing", ""))
        else:
            found.append(Trouble("BP104", path, one["msg"][:1].lower() + one["msg"][1:], ""))
    return found


__all__ = [
    "OPERATORS",
    "PRESETS",
    "Allocate",
    "Automate",
    "Batch",
    "Channel",
    "Concurrency",
    "Insert",
    "Merge",
    "Move",
    "Pool",
    "Reassign",
    "Remove",
    "Route",
    "Set",
    "Source",
    "Split",
    "Staff",
    "Transfer",
    "Trigger",
    "Tune",
    "operator_of",
    "read_change",
    "written_change",
]
