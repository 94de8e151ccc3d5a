"""Short forms of a family of processes, written out: called processes without arrivals, bundles, triggers.

This works on written data, before it becomes a model: what it makes could have been written by hand, and
`bpsim show --resolved` shows it.
"""

from collections.abc import Iterator
from typing import Any

Data = dict[str, Any]

#: The nodes of a bundle beside its event and its calls.
SPLIT, JOIN, SERVED = "services", "all_done", "served"
#: Nodes that can trigger a case of another process.
EVENTS = ("start", "task", "timer", "end", "call", "receive")


def expanded(data: Data) -> Data:
    """Write out the short forms of a process and of those beside it."""
    data = _bundled(dict(data))
    others = data.get("others")
    if isinstance(others, dict):
        parts = {k: _bundled(dict(part)) if isinstance(part, dict) else part for k, part in others.items()}
        data["others"] = parts
        for name, part in parts.items():
            if isinstance(part, dict):
                _trigger(data, name, part)
        _trigger(data, "", data)
    return data


def processes(data: Data) -> Iterator[tuple[str, Data]]:
    """Give each process of written data that can be read: by its name, the main one by the empty name."""
    yield "", data
    others = data.get("others")
    for name, part in others.items() if isinstance(others, dict) else ():
        if isinstance(part, dict):
            yield name, part


# -- bundles ---------------------------------------------------------------------------------------------------------


def service_nodes(bundle: Data) -> list[str]:
    """Name the calls of a bundle, in the order of its services."""
    names: list[str] = []
    for service in bundle["services"]:
        name = str(service["process"]).replace("-", "_")
        same = sum(other == name or other.startswith(f"{name}_no_") for other in names)
        names.append(f"{name}_no_{same + 1}" if same else name)
    return names


def _readable(bundle: object) -> bool:
    if not isinstance(bundle, dict) or not isinstance(bundle.get("event"), str):
        return False
    services = bundle.get("services")
    known = {"process", "when", "delay", "with"}
    return (
        set(bundle) == {"event", "services"}
        and isinstance(services, list)
        and bool(services)
        and all(isinstance(s, dict) and isinstance(s.get("process"), str) and set(s) <= known for s in services)
    )


def _bundled(data: Data) -> Data:
    """Make the flow of a life event: all its services are called at once, and waited for."""
    cases = data.get("cases")
    if not isinstance(cases, dict) or cases.get("bundle") is None or data.get("flow"):
        return data
    bundle = cases["bundle"]
    if not _readable(bundle):
        return {**data, "flow": {}}
    names = service_nodes(bundle)
    calls = {name: _call(service) for name, service in zip(names, bundle["services"], strict=True)}
    several = len(names) > 1
    flow: Data = {bundle["event"]: {"type": "start", "next": SPLIT if several else names[0]}}
    if several:
        flow[SPLIT] = {"type": "parallel", "next": names}
    flow |= {name: {**call, "next": JOIN if several else SERVED} for name, call in calls.items()}
    if several:
        flow[JOIN] = {"type": "parallel", "next": SERVED}
    flow[SERVED] = {"type": "end"}
    rest = {key: value for key, value in cases.items() if key != "bundle"}
    return {**data, "cases": {**rest, "entry": "event"}, "flow": flow}


def _call(written: Data) -> Data:
    """Make the call of a service, or of a case that is triggered."""
    call: Data = {"type": "call", "process": written["process"], "applies_after": written.get("delay", "0s")}
    when = written.get("when", True)
    if when is not True and when != "true":
        call["instances"] = f"1 if {when} else 0" if isinstance(when, str) else 0
    if "with" in written:
        call["with"] = written["with"]
    return call


# -- triggers --------------------------------------------------------------------------------------------------------


def trigger_node(process: str, node: str) -> str:
    """Name the call that a trigger becomes."""
    return f"{node}_{process.replace('-', '_')}"


def _trigger(data: Data, name: str, part: Data) -> None:
    """Let the node that triggers a process be followed (an end: be preceded) by a call that nobody waits for.

    The process that is triggered has the empty name when it is the main one.
    """
    cases = part.get("cases")
    trigger = cases.get("trigger") if isinstance(cases, dict) else None
    if not isinstance(trigger, dict) or not set(trigger) <= {"event", "when", "delay", "with"}:
        return
    origin, _, node = str(trigger.get("event", "")).rpartition("/")
    origin = "" if origin == data.get("process") else origin
    source = dict(processes(data)).get(origin, {})
    flow: Any = source.get("flow")
    found = flow.get(node) if isinstance(flow, dict) else None
    if not isinstance(found, dict) or found.get("type", "task") not in EVENTS:
        return
    process = name or str(data.get("process"))
    made = trigger_node(process, node)
    call = _call({**trigger, "process": process}) | {"wait": False}
    if found.get("type") == "end":
        flow = {other: redirected(part, node, made) for other, part in flow.items()} | {made: {**call, "next": node}}
    else:
        flow = flow | {node: {**found, "next": made}, made: {**call, "next": found.get("next")}}
    changed = {**source, "flow": flow}
    if origin:
        data["others"][origin] = changed
    else:
        data["flow"] = flow
    mine = data["others"][name] if name else data
    cases = {key: value for key, value in mine["cases"].items() if key != "trigger"} | {"entry": "called"}
    if name:
        data["others"][name] = {**mine, "cases": cases}
    else:
        data["cases"] = cases


def redirected(node: Any, old: str, new: str, key: str = "") -> Any:  # noqa: ANN401 - written data of any shape
    """Let the flows of a written node that lead to one node lead to another."""
    if isinstance(node, dict):
        if key == "next":
            node = {new if name == old else name: value for name, value in node.items()}
        return {
            k: redirected(value, old, new, "to" if k == "to" else k if k == "next" else "") for k, value in node.items()
        }
    if isinstance(node, list | tuple):
        return [redirected(entry, old, new, key) for entry in node]
    return new if key and node == old else node


# -- back to what was written ----------------------------------------------------------------------------------------

_WRITTEN = {"applies_after": "delay", "instances": "when", "process": "process", "with": "with"}


def written_at(data: Data, path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Find where something of a call stands that a bundle or a trigger was written out to."""
    if path[:1] == ("others",) and len(path) > 2 and isinstance(data.get("others"), dict):  # noqa: PLR2004
        part = data["others"].get(path[1])
        inner = written_at(part, path[2:]) if isinstance(part, dict) else path[2:]
        return _triggered(data, str(path[1]), inner) or (*path[:2], *inner)
    cases = data.get("cases")
    bundle = cases.get("bundle") if isinstance(cases, dict) else None
    if path[:1] == ("flow",) and not data.get("flow") and isinstance(bundle, dict) and _readable(bundle):
        names = service_nodes(bundle)
        if path[1:2] and path[1] in names:
            place = ("cases", "bundle", "services", names.index(str(path[1])))
            return (*place, _WRITTEN.get(str(path[2]), path[2]), *path[3:]) if path[2:] else place
        return "cases", "bundle", "event"
    return _triggered(data, "", path) or path


def _triggered(data: Data, origin: str, path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Find the trigger that a call in the flow of a process was made of."""
    source = dict(processes(data)).get(origin, {})
    flow = source.get("flow")
    if path[:1] != ("flow",) or not path[1:] or (isinstance(flow, dict) and path[1] in flow):
        return ()
    for name, part in processes(data):
        cases = part.get("cases")
        trigger = cases.get("trigger") if isinstance(cases, dict) else None
        event = str(trigger.get("event", "")) if isinstance(trigger, dict) else ""
        if trigger_node(name or str(data.get("process")), event.rpartition("/")[2]) == path[1]:
            place = (*(("others", name) if name else ()), "cases", "trigger")
            return (*place, _WRITTEN.get(str(path[2]), path[2]), *path[3:]) if path[2:] else (*place, "event")
    return ()
