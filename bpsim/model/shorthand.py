"""Short forms of the flow, written out when a process is read: wrong desks, and letters that are misunderstood.

They work on the written form, so that every other part of bpsim sees plain nodes. What cannot be written out stays
where it is, and is reported there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from bpsim.model.client import Clarity, Misrouting, Share, ShareBy

Flow = dict[str, Any]
Path = tuple[str | int, ...]

#: Keys of a node that lead nowhere, whatever stands in them.
_NO_FLOWS = ("assign", "duration", "delay", "batch", "performer")
#: From this entry on, the answers of a client become no better.
MOST_PASSES = 10
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True)
class Origin:
    """Where a node that was written out comes from: the task, the key of the short form, the part that the node is."""

    task: str
    key: str
    part: str


def written_out(data: Mapping[str, Any]) -> tuple[Flow, dict[str, Origin]]:
    """Give the flow of a process as it is written, without short forms, and where each new node comes from."""
    flow = dict(data["flow"])
    origins: dict[str, Origin] = {}
    for name in data["flow"]:
        _clarity(data, flow, name, origins)
    for name in data["flow"]:
        _misrouting(data, flow, name, origins)
    return flow, origins


def source_of(data: Mapping[str, Any], loc: Path) -> Path:
    """Find where something of a node that was written out stands in the file."""
    flow = data.get("flow")
    if len(loc) < 2 or loc[0] != "flow" or not isinstance(flow, dict):  # noqa: PLR2004 - flow and a name
        return loc
    origins = written_out(data)[1]
    if loc[1] in flow:
        target = origins.get(str(loc[3])) if loc[2:3] == ("next",) and len(loc) > 3 else None  # noqa: PLR2004
        gone = target is not None and loc[3] not in flow
        return (*loc[:3], target.task, *loc[4:]) if target and gone else loc
    origin = origins.get(str(loc[1]))
    return loc if origin is None else ("flow", origin.task, *_inside(flow, origin, loc[2:]))


def node_path(flow: Mapping[str, Any], path: str) -> str:
    """Lead a path into a short form (`flow.check.misrouting.share`) to the node that it has become."""
    steps = path.split(".")
    if steps[0] == "flow" and steps[2:] == ["reneges_after"]:
        return f"{path}.after"
    if len(steps) < 4 or steps[0] != "flow" or steps[2] not in ("misrouting", "clarity"):  # noqa: PLR2004 - and a key
        return path
    task, key, rest = steps[1], steps[3], steps[4:]
    referral = f"{task}_referral"
    inside = {
        "share": [f"{task}_misrouted", "next", f"{task}_wrong_desk"],
        "work": [f"{task}_wrong_desk", *rest],
        "delay": [referral, "delay" if "delay" in flow.get(referral, ()) else "duration", *rest],
        "incomplete": [f"{task}_complete", "next", *_first(flow.get(f"{task}_complete"))],
    }.get(key)
    return path if inside is None or inside[0] not in flow else ".".join(("flow", *inside))


def _first(node: Any) -> list[str]:  # noqa: ANN401 - a resolved node
    return [node["next"][0]["to"]] if node and node["next"] else []


def _inside(flow: Flow, origin: Origin, rest: Path) -> Path:
    if origin.part in ("performer", "duration"):
        known = rest[:1] in (("performer",), ("duration",))
        return (origin.key, "work", *rest) if known else (origin.key, "work")
    if origin.part == "referral":
        key = {"duration": "delay", "delay": "delay", "calendar": "calendar"}.get(str(rest[0]) if rest else "")
        return (origin.key, key, *rest[1:]) if key else (origin.key,)
    if origin.key == "misrouting":
        return (origin.key, "share")
    target = rest[1] if rest[:1] == ("next",) and len(rest) > 1 else ""
    wanted = flow[origin.task]["clarity"]["next"]
    if target not in (wanted, ""):
        return ("next",)
    return (origin.key, "next" if target == wanted and wanted not in flow else "incomplete")


def _clarity(data: Mapping[str, Any], flow: Flow, name: str, origins: dict[str, Origin]) -> None:
    """Put a gateway after a task of the client, which asks whether the answer is complete."""
    node = flow[name]
    if not _is_task(node) or "clarity" not in node or node.get("performer") not in ("client", ["client"]):
        return
    following = _single(node.get("next"))
    try:
        said = Clarity.model_validate(node["clarity"])
    except ValidationError:
        return
    share = share_text(data, said.incomplete)
    if not isinstance(following, str) or not share:
        return
    gate = _free(flow, f"{name}_complete")
    if said.each_pass != 1:
        factors = [said.each_pass**k for k in range(MOST_PASSES)]
        passes = " else ".join(f"{factor!r} if visits({name}) <= {k + 1}" for k, factor in enumerate(factors[:-1]))
        share = f"({share}) * ({passes} else {factors[-1]!r})"
    flow[name] = {**{key: value for key, value in node.items() if key != "clarity"}, "next": gate}
    flow[gate] = {
        "type": "exclusive",
        "title": f"{node.get('title') or name}: complete?",
        "next": [{"to": said.next, "p": share}, {"to": following, "p": "else"}],
    }
    origins[gate] = Origin(name, "clarity", "gateway")


def _single(written: Any) -> Any:  # noqa: ANN401 - what a file may hold
    """Give the one node that a flow leads to, where it is written as a list."""
    only = written[0] if isinstance(written, list) and len(written) == 1 else written
    return only["to"] if only is not written and isinstance(only, dict) and set(only) == {"to"} else only


def _misrouting(data: Mapping[str, Any], flow: Flow, name: str, origins: dict[str, Origin]) -> None:
    """Put a gateway, the wrong desk and the way from there before a task."""
    node = flow[name]
    if not _is_task(node) or "misrouting" not in node:
        return
    try:
        said = Misrouting.model_validate(node["misrouting"])
    except ValidationError:
        return
    share = share_text(data, said.share)
    if not share:
        return
    gate, desk, way = (_free(flow, f"{name}_{part}") for part in ("misrouted", "wrong_desk", "referral"))
    flow[name] = {key: value for key, value in node.items() if key != "misrouting"}
    for other, part in flow.items():
        flow[other] = _redirected(part, name, gate)
    title, written = node.get("title") or name, node["misrouting"]
    by_client = said.referral == "client"
    direct = "delay" not in written and not by_client
    flow[gate] = {
        "type": "exclusive",
        "title": f"{title}: to the right desk?",
        "next": [{"to": desk, "p": share}, {"to": name, "p": "else"}],
    }
    work = {key: written["work"][key] for key in ("performer", "duration")}
    flow[desk] = {"title": f"{title}: at the wrong desk", **work, "next": name if direct else way}
    origins[gate] = Origin(name, "misrouting", "gateway")
    origins[desk] = Origin(name, "misrouting", "duration")
    if direct:
        return
    referral = {"performer": "client", "contact": "both"} if by_client else {"type": "timer"}
    delay = {"duration" if by_client else "delay": written.get("delay", "0min"), "calendar": said.calendar}
    flow[way] = {"title": f"{title}: to the right desk", **referral, **delay, "next": name}
    origins[way] = Origin(name, "misrouting", "referral")


def _is_task(node: object) -> bool:
    return isinstance(node, dict) and node.get("type", "task") == "task"


def _free(flow: Flow, wanted: str) -> str:
    """Give a name that no node has: the wanted one, or the next with a number."""
    name, number = wanted, 2
    while name in flow:
        name, number = f"{wanted}_{number}", number + 1
    return name


def _redirected(part: Any, old: str, new: str) -> Any:  # noqa: ANN401 - what a file may hold
    """Let every flow to a node lead to another."""
    if not isinstance(part, dict):
        return part
    return {
        key: _targets(value, old, new) if key == "next" else value if key in _NO_FLOWS else _redirected(value, old, new)
        for key, value in part.items()
    }


def _targets(written: Any, old: str, new: str) -> Any:  # noqa: ANN401 - as above
    if isinstance(written, str):
        return new if written == old else written
    if isinstance(written, dict):
        return {new if target == old else target: rule for target, rule in written.items()}
    if isinstance(written, list):
        return [
            {**e, "to": new}
            if isinstance(e, dict) and e.get("to") == old
            else _targets(e, old, new)
            if isinstance(e, str)
            else e
            for e in written
        ]
    return written


# -- shares by an attribute ------------------------------------------------------------------------------------------


def share_text(data: Mapping[str, Any], share: Share) -> str:
    """Write a share as an expression; an empty text when a choice leaves values out."""
    if not isinstance(share, ShareBy):
        return repr(share)
    cases = data.get("cases")
    attributes = cases.get("attributes") if isinstance(cases, dict) else None
    drawn = attributes.get(share.by) if isinstance(attributes, dict) else None
    if not _covers(share, drawn, data.get("channels")):
        return ""
    words = share.by == "channel" or isinstance(drawn, dict)
    keys = sorted(key for key in share.of if key != "else")
    last = share.of["else"] if "else" in share.of else share.of[keys.pop()]
    text = "".join(f"{share.of[key]!r} if {_is(share.by, key, words=words)} else " for key in keys)
    return f"{text}{last!r}"


def _covers(share: ShareBy, drawn: object, channels: object) -> bool:
    """Tell whether a choice says something for every value."""
    if "else" in share.of:
        return True
    if share.by == "channel":
        return isinstance(channels, dict) and set(channels) <= set(share.of)
    if isinstance(drawn, dict):
        return not set(drawn) <= {"by", "of"} and set(drawn) <= set(share.of)
    return {"true", "false"} <= set(share.of)


def _is(name: str, value: str, *, words: bool) -> str:
    if not words and value in ("true", "false"):
        return name if value == "true" else f"not {name}"
    return f"{name} == {value}" if not words and _NUMBER.fullmatch(value) else f'{name} == "{value}"'
