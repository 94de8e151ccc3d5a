"""People who come into other roles, each with the hours, the pace, the cost and the luck that they had."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from bpsim.model.organisation import Employment, Group, Person, Role
from bpsim.model.process import Process

#: Everybody of a role: their names (empty for those who have none), and what they are like.
Roster = list[tuple[str, Employment]]
#: What differs between people.
OWN = ("calendar", "proficiency", "cost", "begins", "until")
_NAME = re.compile(r"[a-z]\w*\.[a-z]\w*")


def roster(name: str, role: Role) -> Roster:
    """List the people of a role, each with the role and number that they had first."""
    people = zip(role.everybody(), role.origins(name), strict=True)
    return [
        (known, person.model_copy(update={"was": f"{first} {number + 1}"}))
        for (known, person), (first, number) in people
    ]


def enrolled(name: str, role: Role, people: Roster) -> Role:
    """Give a role with other people; of those who are as the role says nothing more is said."""
    ordered: Roster = sorted((one for one in people if one[0]), key=lambda one: one[0])
    ordered += [one for one in people if not one[0]]
    ordered = [
        (known, person.model_copy(update={"was": ""}) if person.was == f"{name} {i + 1}" else person)
        for i, (known, person) in enumerate(ordered)
    ]
    named = {known: Person.model_construct(**_own(person)) for known, person in ordered if known}
    rest = [person for known, person in ordered if not known]
    while rest and role.is_like(rest[-1]):
        rest.pop()
    fields = {"staff": len(people), "people": named, "groups": tuple(_groups(rest))}
    return role.model_copy(update=fields)


def _own(person: Employment) -> dict[str, Any]:
    return {key: getattr(person, key) for key in (*OWN, "was")}


def _groups(people: Sequence[Employment]) -> list[Group]:
    """Put those together who are alike, stand side by side, and did so before."""
    groups: list[Group] = []
    for person in people:
        last = groups[-1] if groups else None
        if last and all(getattr(last, key) == getattr(person, key) for key in OWN) and _follows(last, person.was):
            groups[-1] = last.model_copy(update={"count": last.count + 1})
        else:
            groups.append(Group.model_construct(**_own(person), count=1))
    return groups


def _follows(group: Group, was: str) -> bool:
    if not group.was or not was:
        return group.was == was
    role, _, number = group.was.partition(" ")
    return was == f"{role} {int(number) + group.count}"


def usual(role: Role, people: Roster) -> Role:
    """Give a role whose usual hours, pace and cost are those of the last of some people."""
    if not people:
        return role
    last = people[-1][1]
    late = last.cost if role.overtime_cost == role.cost else role.overtime_cost
    own = {key: getattr(last, key) for key in ("calendar", "proficiency", "cost")}
    return role.model_copy(update={**own, "overtime_cost": late})


def with_roles(process: Process, roles: dict[str, Role], gone: Iterable[str] = ()) -> Process:
    """Give the process with other roles in its departments."""
    departments = dict(process.departments)
    for name in gone:
        department, _, short = name.partition(".")
        model = departments[department]
        left = {key: role for key, role in model.roles.items() if key != short}
        departments[department] = model.model_copy(update={"roles": left})
    for name, role in roles.items():
        department, _, short = name.partition(".")
        model = departments[department]
        departments[department] = model.model_copy(update={"roles": {**model.roles, short: role}})
    return process.model_copy(update={"departments": departments})


def is_name(text: str) -> bool:
    """Tell whether a text can be the full name of a role."""
    return bool(_NAME.fullmatch(text))
