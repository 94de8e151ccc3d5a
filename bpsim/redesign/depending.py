"""Numbers of the flow that are made to depend on the channel: shares, chances of errors, how long something takes."""

from collections.abc import Mapping
from typing import Any

from bpsim.errors import Mistake
from bpsim.model import flow
from bpsim.model.attributes import CHANCES
from bpsim.model.demand import SHARE_TOLERANCE
from bpsim.model.process import Process
from bpsim.model.shorthand import node_path
from bpsim.model.written import ProbabilityBy, chances, expression
from bpsim.redesign import edits
from bpsim.values.conditions import Expression

#: A share, or `{multiply: factor}`.
Level = float | dict[str, float]


def on_channel(process: Process, path: str, levels: Mapping[str, Level]) -> Process:
    """Let the number at a path be another for those who come by some channels; Mistake says why it cannot."""
    steps = node_path(process.as_written()["flow"], path).split(".")
    node = process.flow.get(steps[1]) if steps[0] == "flow" and len(steps) > 1 else None
    if node is None:
        where = steps[1] if len(steps) > 1 else steps[0]
        raise Mistake("BP640", f"there is no {where} in flow", "Write the path of a number of the flow.")
    match steps[2:]:
        case ["next", target]:
            return edits.set_node(process, steps[1], next=_shares(node, target, levels, path))
        case [key] if key in CHANCES and isinstance(node, flow.Task):
            return edits.set_node(process, steps[1], **{key: _chance(getattr(node, key), levels, path)})
        case ["duration" | "delay" as key] if isinstance(getattr(node, key, None), flow.Duration):
            return edits.set_node(process, steps[1], **{key: _time(getattr(node, key), levels, path)})
    hint = "Shares of a gateway, chances of errors and durations can."
    raise Mistake("BP689", f"{path} cannot depend on the channel", hint)


def _by_channel(old: Expression, levels: Mapping[str, Level]) -> Expression:
    """Write an expression that is another for some channels."""
    text = f"({old.text})" if old.constant() is None else repr(old.constant())
    for name, level in sorted(levels.items(), reverse=True):
        new = repr(level) if not isinstance(level, dict) else f"({old.text}) * {level['multiply']!r}"
        text = f'{new} if channel == "{name}" else {text}'
    return expression(text)


def _shares(node: flow.Node, target: str, levels: Mapping[str, Level], path: str) -> tuple[flow.Branch, ...]:
    found = [branch for branch in node.next if branch.to == target]
    if len(found) != 1:
        what = f"{len(found) or 'no'} flows lead to {target} there"
        raise Mistake("BP640", what, "A path must mean one of them.")
    if found[0].kind != "share":
        raise Mistake("BP641", f"{path} has no share of its own", "Name the flow that has one.")
    rest = any(branch.kind == "else" for branch in node.next)
    if not rest:
        raise Mistake("BP689", f"{path} cannot depend on the channel", "Let another flow take the rest: else.")
    others = [branch.share.constant() for branch in node.next if branch.kind == "share" and branch is not found[0]]
    beside = sum(float(share) for share in others if isinstance(share, int | float))
    old = found[0].share.constant()
    for name, level in levels.items():
        new = level if not isinstance(level, dict) else level["multiply"] * _number(old)
        if beside + new > 1 + SHARE_TOLERANCE:
            what = f"the shares of {path.rpartition('.')[0]} sum to {beside + new:.6g} for those who come by {name}"
            raise Mistake("BP688", what, "Write less.")
    changed = found[0].model_copy(update={"share": _by_channel(found[0].share, levels)})
    return tuple(changed if branch is found[0] else branch for branch in node.next)


def _number(value: Any) -> float:  # noqa: ANN401 - what an expression may be
    return float(value) if isinstance(value, int | float) else 0.0


def _chance(old: float | ProbabilityBy, levels: Mapping[str, Level], path: str) -> ProbabilityBy:
    if isinstance(old, ProbabilityBy) and old.by != "channel":
        what = f"{path} depends on {old.by} already"
        raise Mistake("BP689", what, "A chance depends on one attribute, or on the channel.")
    of = dict(chances(old))
    rest = of.pop("", None)
    of |= {} if rest is None else {"else": rest}
    new = {}
    for name, level in levels.items():
        before = of.get(name, of.get("else", 0.0))
        new[name] = level if not isinstance(level, dict) else level["multiply"] * before
        if new[name] > 1:
            raise Mistake("BP688", f"{path} would be {new[name]:.6g} for those who come by {name}", "Write less.")
    return ProbabilityBy(by="channel", of={**of, **new})


def _time(old: flow.Duration, levels: Mapping[str, Level], path: str) -> flow.Duration:
    if not all(isinstance(level, dict) for level in levels.values()):
        raise Mistake("BP689", f"{path} is no share", "Write how many times as long it takes: {multiply: 0.8}.")
    return old.model_copy(update={"factor": _by_channel(old.factor, levels)})
