"""Changes of the flow that could be tried on a drawn process, for the laws of all operators."""

from collections.abc import Callable, Iterator
from typing import Any

from bpsim.model import flow
from bpsim.model.process import Process
from bpsim.redesign.change import Change
from bpsim.redesign.operators import Concurrency, Insert, Move, Route, Split

Written = dict[str, Any]


def _task(model: Process) -> Written:
    role = next(name for name, role in model.roles().items() if role.kind == "people")
    return {"new": {"performer": role, "duration": "10min"}}


def insert(model: Process) -> Iterator[Change]:
    """A task before a task, or on a flow."""
    task = _task(model)
    yield from (Insert(task=task, before=name) for name in model.tasks())
    yield from (Insert(task=task, on=(name, branch.to)) for name, node in model.flow.items() for branch in node.next)


def control(model: Process) -> Iterator[Change]:
    """A check after a task, which leads back to it."""
    yield from (Insert(task=_task(model), after=name, on_fail={"to": name, "p": 0.3}) for name in model.tasks())


def split(model: Process) -> Iterator[Change]:
    """Two tasks of one."""
    yield from (Split(task=name, into=("first", "second"), shares=(0.25, 0.75)) for name in model.tasks())


def move(model: Process) -> Iterator[Change]:
    """A task before or after another."""
    pairs = [(a, b) for a in model.tasks() for b in model.tasks() if a != b]
    yield from (Move(tasks=(name,), before=other) for name, other in pairs)
    yield from (Move(tasks=(name,), after=other) for name, other in pairs)


def side_by_side(model: Process) -> Iterator[Change]:
    """Two tasks that follow each other."""
    for name in model.tasks():
        following = [branch.to for branch in model.flow[name].next if isinstance(model.flow[branch.to], flow.Task)]
        yield from (Concurrency(tasks=(name, other)) for other in following if other != name)


def in_line(model: Process) -> Iterator[Change]:
    """The tasks with which the branches of a block begin."""
    for node in model.flow.values():
        if isinstance(node, flow.Parallel) and len(node.next) > 1:
            tasks = tuple(name for branch in node.next for name in _along(model, branch.to))
            yield from (Concurrency(tasks=tasks, mode="sequential"),) if len(tasks) > 1 else ()


def _along(model: Process, name: str) -> Iterator[str]:
    """Follow a branch as long as there are tasks, each once."""
    seen: set[str] = set()
    while name not in seen and isinstance(node := model.flow[name], flow.Task):
        seen.add(name)
        yield name
        name = node.next[0].to


def skip_some(model: Process) -> Iterator[Change]:
    """Some cases pass a task by."""
    yield from (Route(kind="triage", task=name, cases={"p": 0.4}, instead="skip") for name in model.tasks())


def other_way(model: Process) -> Iterator[Change]:
    """Some cases go through another task instead."""
    instead = {"nodes": _task(model)}
    yield from (Route(kind="exception", task=name, cases={"p": 0.4}, instead=instead) for name in model.tasks())


KINDS: dict[str, Callable[[Process], Iterator[Change]]] = {
    "insert": insert,
    "control": control,
    "split": split,
    "move": move,
    "side_by_side": side_by_side,
    "in_line": in_line,
    "skip_some": skip_some,
    "other_way": other_way,
}


def candidates(model: Process, kind: str) -> Iterator[Change]:
    """Give every change of a kind."""
    return KINDS[kind](model)
