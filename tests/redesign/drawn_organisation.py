"""Changes of the organisation that could be tried on a drawn process, for the laws of all operators."""

from collections.abc import Callable, Iterator

from bpsim.model.process import Process
from bpsim.redesign.change import Change
from bpsim.redesign.operators import Allocate, Pool, Reassign, Set, Staff

ANSWER = {"response": "2d", "price": 30, "error": "5%"}


def _work(model: Process) -> list[str]:
    return [name for name, task in model.tasks().items() if task.by_people()]


def kept(model: Process) -> Iterator[Change]:
    """Owners and teams of cases."""
    names = _work(model)
    yield from (Allocate(tasks=(a, b), policy="case_owner", familiarity=0.8) for a in names for b in names if a < b)
    yield from (Allocate(tasks=(name,), policy="team", keeps_for="4h") for name in names)


def order(model: Process) -> Iterator[Change]:
    """Who is asked first, and what is done first."""
    yield from (Allocate(tasks=(name,), policy=way) for name in _work(model) for way in ("least_flexible", "edd"))


def handed(model: Process) -> Iterator[Change]:
    """Tasks for another role, the client, a third party or a system."""
    for name in model.tasks():
        yield from (Reassign(tasks=(name,), to=role) for role in model.roles())
        yield from (Reassign(tasks=(name,), to=to, terms=ANSWER) for to in ("client", "external", "system"))


def settings(model: Process) -> Iterator[Change]:
    """What is not a number."""
    yield from (Set(values={f"flow.{name}.contact": "both"}) for name in model.tasks())
    yield from (Set(values={f"departments.{name.replace('.', '.roles.')}.calendar": "early"}) for name in model.roles())


def trained(model: Process) -> Iterator[Change]:
    """Roles that go to a training."""
    course = {"hours": "4h", "effect": "20%", "decay": "30d"}
    yield from (
        Staff.model_validate({"role": name, "from": "2025-01-08", "training": course}) for name in model.roles()
    )


def pooled(model: Process) -> Iterator[Change]:
    """Pools, parts of pools, and teams."""
    roles = model.roles()
    yield from (Pool(merge=(a, b), into=f"{a}s") for a in roles for b in roles if a != b)
    for name, role in roles.items():
        tasks = tuple(task for task, one in model.work().items() if name in one.performer)
        half = role.staff // 2
        parts = {f"{name}_a": half, f"{name}_b": role.staff - half}
        into = {part: {"staff": staff, "tasks": tasks} for part, staff in parts.items()}
        yield Pool.model_validate({"split": {"role": name, "into": into}})
        if tasks:
            team = {"from": [name], "size": 1, "tasks": tasks[:1]}
            yield Pool.model_validate({"team": team, "into": f"{name}_team", "transfer": "1h"})


KINDS: dict[str, Callable[[Process], Iterator[Change]]] = {
    "kept": kept,
    "order": order,
    "handed": handed,
    "settings": settings,
    "trained": trained,
    "pooled": pooled,
}


def candidates(model: Process, kind: str) -> Iterator[Change]:
    """Give every change of a kind."""
    return KINDS[kind](model)
