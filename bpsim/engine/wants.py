"""For whom tasks are kept and who may not do them, compiled: places in what a case remembers of its people."""

from collections.abc import Mapping
from dataclasses import dataclass

from bpsim.eventlog import NONE
from bpsim.model.flow import Task

#: Whom a case remembers beside those who did a task; no task has such a name.
OWNER, TEAM, COLLEAGUES = "case owner", "case team", "who has worked on the case"


@dataclass(frozen=True, slots=True)
class WishPlan:
    """For whom a task is kept and who may not do it; and as what its own people are remembered.

    Numbers are places in `Case.anchors`, where people are remembered; -1 and the empty tuple mean none. `kept_as` is
    the place of those for whom it is kept; `named` says that an attribute names the person, who is looked up in `of`.
    """

    kept_as: int
    named: bool
    by: int
    of: tuple[tuple[str, str], ...]
    barred: tuple[int, ...]
    keeps_by: int
    keeps_for: tuple[tuple[str, int], ...]
    remembered: int
    owner: int
    team: int
    colleagues: int

    def any(self) -> bool:
        """Tell whether it matters who does the task."""
        return self.kept_as >= 0 or self.named or bool(self.barred)


def followed(task: Task) -> tuple[str, ...]:
    """Name the tasks whose people a task asks for, and whether it asks for the owner or the team of the case."""
    owner, team = ((OWNER,) if task.case_owner else ()), ((TEAM,) if task.case_team else ())
    same = (task.same_person_as,) if task.same_person_as else ()
    known = (COLLEAGUES,) if task.familiarity != 1 else ()
    return (*same, *task.never_same_person_as, *owner, *team, *known)


def wish_plan(name: str, task: Task | None, anchors: Mapping[str, int], attributes: Mapping[str, int]) -> WishPlan:
    """Compile what a task wishes; `anchors` gives the places of what is remembered."""
    keeps_by, keeps_for = task.patience() if task else ("", ())
    kept = "" if task is None else OWNER if task.case_owner else TEAM if task.case_team else task.same_person_as
    person = task.person if task else None
    return WishPlan(
        kept_as=anchors.get(kept, NONE),
        named=person is not None,
        by=attributes[person.by] if person else NONE,
        of=tuple(sorted(person.of.items())) if person else (),
        barred=tuple(anchors[other] for other in task.never_same_person_as) if task else (),
        keeps_by=attributes.get(keeps_by, NONE),
        keeps_for=keeps_for,
        remembered=anchors.get(name, NONE),
        owner=anchors[OWNER] if task and task.case_owner else NONE,
        team=anchors[TEAM] if task and task.case_team else NONE,
        colleagues=anchors.get(COLLEAGUES, NONE) if task and task.by_people() else NONE,
    )
