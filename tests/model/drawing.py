"""Short drawings of processes for the tests of checks.

`drawn("s > a; a > x; x > b 30%, e else")`: each node with its flows. The first letter of a name says what the node is:
s a start, e an end, x an exclusive and p a parallel gateway, c a task of the client, w a timer, r a task of people
(desk.clerk), anything else a task of a system. `drawn(..., nodes={"a": {...}})` changes nodes; further arguments change
the parts of the process.
"""

from typing import Any

from bpsim.model.checks import check
from bpsim.model.findings import Finding
from bpsim.model.process import Process

Written = dict[str, Any]

KINDS: dict[str, Written] = {
    "s": {"type": "start"},
    "e": {"type": "end"},
    "x": {"type": "exclusive"},
    "p": {"type": "parallel"},
    "w": {"type": "timer", "delay": "1h"},
    "c": {"performer": "client", "duration": "1h"},
    "r": {"performer": "desk.clerk", "duration": "10min"},
}
TASK: Written = {"performer": "system", "duration": "1min"}


def flows(drawing: str) -> Written:
    """Read a drawing."""
    made: Written = {}
    for part in drawing.split(";"):
        name, _, ways = (piece.strip() for piece in part.partition(">"))
        node = dict(KINDS.get(name[0], TASK))
        rules = [way.strip().partition(" ") for way in ways.split(",") if way.strip()]
        if len(rules) == 1 and not rules[0][2]:
            node["next"] = rules[0][0]
        elif rules and all(rule for *_, rule in rules) and len({to for to, *_ in rules}) == len(rules):
            node["next"] = {to: _rule(rule) for to, _, rule in rules}
        elif rules:
            node["next"] = [{"to": to, **({"p": _rule(rule)} if rule else {})} for to, _, rule in rules]
        made[name] = node
    return made


def _rule(rule: str) -> object:
    try:
        return float(rule)
    except ValueError:
        return rule


def drawn(drawing: str = "s > r; r > e; e", nodes: Written | None = None, **parts: object) -> Process:
    """Make the process of a drawing."""
    flow = flows(drawing)
    for name, changes in (nodes or {}).items():
        flow[name] = {key: value for key, value in {**flow[name], **changes}.items() if value is not None}
    people = any(name.startswith("r") for name in flow)
    written: Written = {
        "process": "drawn",
        "calendars": {"office": {"mon-fri": "09:00-17:00"}},
        "departments": {"desk": {"calendar": "office", "roles": {"clerk": {"staff": 2}}}} if people else {},
        "cases": {"arrivals": "exponential(mean=2h)"},
        "flow": flow,
    }
    return Process.model_validate({**written, **parts})


def said(process: Process) -> list[tuple[str, str]]:
    """Give the code and the dotted path of everything that is found."""
    return [(finding.code, ".".join(map(str, finding.path))) for finding in check(process)]


def only(process: Process) -> Finding:
    """Give the one thing that is found."""
    (finding,) = check(process)
    return finding
