"""Small processes for the tests of operators: only what a test is about is written out."""

import itertools
from typing import Any

from bpsim.model.process import Process
from bpsim.redesign.change import Change, Trouble
from bpsim.redesign.operators import read_change
from bpsim.redesign.resolving import faults

Written = dict[str, Any]

ROLES = {
    "desk": {"calendar": "office", "roles": {"clerk": {"staff": 2, "cost": "20/h"}, "senior": {"staff": 1}}},
    "back": {
        "body": "state",
        "calendar": "office",
        "roles": {"handler": {"staff": 2}, "robot": {"staff": 1, "kind": "system"}},
    },
}


def sketch(flow: Written, cases: Written | None = None, **parts: Any) -> Process:  # noqa: ANN401
    """Make a process of a flow; a task without performer is a clerk's, and without duration takes 10 minutes."""
    nodes = {}
    for name, node in flow.items():
        usual = {} if "type" in node else {"performer": "desk.clerk", "duration": "10min"}
        nodes[name] = usual | node
    return Process.model_validate(
        {
            "process": "sketch",
            "calendars": {"office": {"mon-fri": "09:00-17:00"}, "late": {"mon-fri": "12:00-20:00"}},
            "departments": ROLES,
            "cases": {"arrivals": {"every": "1h", "at_most": 50}, **(cases or {})},
            "flow": nodes,
            **parts,
        }
    )


def line(*tasks: str, **nodes: Written) -> Process:
    """Make a process of tasks one after another; keyword arguments say more of some of them."""
    names = [*tasks, "done"]
    flow: Written = {"came": {"type": "start", "next": names[0]}, "done": {"type": "end"}}
    for task, after in itertools.pairwise(names):
        flow[task] = {"next": after, **nodes.get(task, {})}
    return sketch(flow)


def ways(process: Process) -> dict[str, list[str]]:
    """Show the flow: where each node leads, its timeout last."""
    found = {}
    for name, node in process.flow.items():
        found[name] = [branch.to for branch in node.next]
        timeout = getattr(node, "timeout", None)
        if timeout:
            found[name].append(f"(timeout) {timeout.next}")
    return found


def refused(process: Process, **entry: Any) -> list[str]:  # noqa: ANN401
    """Give the troubles of a written change in one line each."""
    return [shown(trouble) for trouble in read_change(entry).check(process)]


def shown(trouble: Trouble) -> str:
    """Show a trouble in one line."""
    stop = "" if trouble.what.endswith("?") else "."
    return f"{trouble.code} {'.'.join(map(str, trouble.path))}: {trouble.what}{stop} {trouble.hint}".rstrip()


def applied(process: Process, **entry: Any) -> Process:  # noqa: ANN401
    """Carry out a written change; nothing may be wrong afterwards that was not before; the old process stays."""
    change: Change = read_change(entry)
    before = process.as_written()
    after = change.apply(process)
    assert process.as_written() == before
    assert [fault for fault in faults(after) if fault not in faults(process)] == []
    assert Process.model_validate(after.as_written()) == after
    return after
