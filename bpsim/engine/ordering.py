"""Who is next: the place of an item in its queue, and its turn among the queues."""

from collections.abc import Callable, Sequence
from typing import Any

from bpsim.engine.clock import Item
from bpsim.engine.due import earliest
from bpsim.engine.plan import NodePlan

#: Gives an item (a run of a batch: with its members) its place at its release.
Place = Callable[[Item, Sequence[Item], int], None]
#: What comes before the time of release.
Key = Callable[[Item, Sequence[Item], int], int]


def _key(course: Any, discipline: str) -> Key | None:  # noqa: ANN401 - the course, which imports this module
    if discipline == "edd":
        due = earliest(course)
        return lambda _item, members, _now: min(map(due, members))
    keys: dict[str, Key] = {"spt": lambda item, _members, _now: item.whole, "lifo": lambda _item, _members, now: -now}
    return keys.get(discipline)


def placing(course: Any, node: NodePlan) -> Place:  # noqa: ANN401 - the course
    """Make what gives the items of a node their places: by priority, preemption and discipline."""
    plan, bind = course.plan, course.language.bind
    priority = bind(plan.priority) if plan.priority else None
    preempts = bind(plan.preempts) if plan.preempts else None
    discipline = plan.queues[node.queue].discipline
    key = _key(course, discipline)

    def place(item: Item, members: Sequence[Item], now: int) -> None:
        best = max(priority(member.case, now) for member in members) if priority else 0
        breaks = item.breaks = node.preempts or bool(preempts and any(preempts(one.case, now) for one in members))
        item.standing = (-best, 0 if breaks else 1, now, item.key)
        item.order = (*item.standing[:2], key(item, members, now), *item.standing[2:]) if key else item.standing

    return place
