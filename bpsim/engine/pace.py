"""How fast people are: their proficiency, and what they have learnt, know of the case, or are still new to."""

from collections import Counter
from collections.abc import Callable
from math import log2
from typing import TYPE_CHECKING

from bpsim.engine.clock import Item

if TYPE_CHECKING:
    from bpsim.engine.plan import Plan

#: Gives the pace of a person at an item now: work is divided by it.
Pace = Callable[[int, Item, int], float]


class Paces:
    """The pace of everybody, where it is more than a proficiency; and how often they have completed what."""

    def __init__(self, plan: "Plan") -> None:
        """Begin with the experience that people bring along."""
        self._role = [role for role in plan.roles for _ in range(role.staff)]
        self._proficiency = [person.proficiency for role in plan.roles for person in role.people]
        self._colleagues = plan.colleagues
        self._completed: list[Counter[int]] = [Counter() for _ in self._role]
        self._learns = [log2(role.learning.rate) if role.learning else 0.0 for role in self._role]

    def of(self, person: int, item: Item, now: int) -> float:  # noqa: ARG002 - what people are new to changes with time
        """Give the pace of a person at an item."""
        role, pace, effort = self._role[person], self._proficiency[person], 1.0
        if role.learning:
            times = role.learning.experience + 1 + self._completed[person][item.node.rank]
            effort = max(role.learning.floor, times ** self._learns[person])
        if item.node.familiarity != 1.0 and person in item.case.anchors[self._colleagues]:
            effort *= item.node.familiarity
        return pace / effort

    def completed(self, person: int, item: Item) -> None:
        """Count an item that a person has completed."""
        self._completed[person][item.node.rank] += 1


def paces(plan: "Plan") -> Paces | None:
    """Give the paces of a plan; None where they are the proficiencies."""
    varied = any(role.learning for role in plan.roles) or any(node.familiarity != 1.0 for node in plan.nodes)
    return Paces(plan) if varied else None
