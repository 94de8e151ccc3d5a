"""How fast people are: their proficiency, and what they have learnt, know of the case, or are still new to."""

from collections import Counter
from collections.abc import Callable
from math import log2
from typing import TYPE_CHECKING

from bpsim.engine.clock import Item

if TYPE_CHECKING:
    from bpsim.engine.absences import Absences
    from bpsim.engine.plan import Plan
    from bpsim.engine.posts import Posts
    from bpsim.engine.roles import RolePlan

#: Gives the pace of a person at an item now: work is divided by it.
Pace = Callable[[int, Item, int], float]


class Paces:
    """The pace of everybody, where it is more than a proficiency; and how often they have completed what."""

    def __init__(self, plan: "Plan", absences: "Absences", posts: "Posts | None") -> None:
        """Begin with the experience that people bring along."""
        self._role = [role for role in plan.roles for _ in range(role.staff)]
        self._proficiency = [person.proficiency for role in plan.roles for person in role.people]
        self._absences, self._posts = absences, posts
        self._completed: list[Counter[int]] = [Counter() for _ in self._role]
        self._learns = [log2(role.learning.rate) if role.learning else 0.0 for role in self._role]

    def of(self, person: int, item: Item, now: int) -> float:
        """Give the pace of a person at an item."""
        role, pace, effort = self._role[person], self._proficiency[person], 1.0
        if role.onboarding and self._posts and (hired := self._posts.hired[person]) >= 0:
            lasts, start = role.onboarding
            pace *= start + (1 - start) * min(1, (now - hired) / lasts)
        if role.training:
            pace *= 1 + sum(self._effects(person, role, now))
        if role.learning:
            times = role.learning.experience + 1 + self._completed[person][item.node.rank]
            effort = max(role.learning.floor, times ** self._learns[person])
        if item.node.familiarity != 1.0 and self._knows(person, item):
            effort *= item.node.familiarity
        return pace / effort

    def _knows(self, person: int, item: Item) -> bool:
        token = self._posts.token(person) if self._posts else person
        return token in item.case.anchors[item.node.wish.colleagues]

    def _effects(self, person: int, role: "RolePlan", now: int) -> list[float]:
        """List what is left of the effects of a person's trainings, in the order of the plan."""
        ends = self._absences.trained[person]
        return [
            training.effect * 0.5 ** ((now - ends[place]) / training.decay if training.decay else 0)
            for place, training in enumerate(role.training)
            if place in ends and ends[place] <= now
        ]

    def completed(self, person: int, item: Item) -> None:
        """Count an item that a person has completed."""
        self._completed[person][item.node.rank] += 1

    def forget(self, person: int) -> None:
        """Begin anew with somebody else in the post of a person."""
        self._completed[person].clear()
        self._absences.trained[person].clear()


def paces(plan: "Plan", absences: "Absences", posts: "Posts | None") -> Paces | None:
    """Give the paces of a plan; None where they are the proficiencies."""
    varied = any(role.learning or role.training or role.onboarding for role in plan.roles)
    familiar = any(node.familiarity != 1.0 for node in plan.nodes)
    return Paces(plan, absences, posts) if varied or familiar else None
