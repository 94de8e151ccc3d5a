"""Checks of several people at once, of four eyes, and of those for whom work is kept."""

from collections.abc import Iterator
from datetime import date
from itertools import product

from bpsim.errors import did_you_mean
from bpsim.model import flow
from bpsim.model.attributes import types, values
from bpsim.model.findings import Check, Finding, listed
from bpsim.model.graph import flows, reachable
from bpsim.model.people_checks import eligible
from bpsim.model.process import Process
from bpsim.model.seats import most
from bpsim.model.written import known_reference
from bpsim.values.durations import WorkingDays

#: A year of whole weeks, to see whether people ever meet.
FROM, DAYS = date(2025, 1, 6), 371
#: So many combinations of calendars are looked at.
COMBINATIONS = 200


def _able(process: Process, wanted: str) -> list[str]:
    """Give the roles whose people can take a seat of a role, those that have people."""
    roles = process.roles()
    return [name for name, role in roles.items() if role.staff and (name == wanted or wanted in role.also)]


def _people(process: Process, names: list[str], most_of_each: int) -> list[tuple[str, int]]:
    """List the people of roles, as many of each as may matter."""
    roles = process.roles()
    return [(name, i) for name in names for i in range(min(roles[name].staff, most_of_each))]


def several(process: Process) -> Iterator[Finding]:
    """Several people at once are there, and at some time together."""
    roles = process.roles()
    for name, task in process.tasks().items():
        path = ("flow", name, "performer")
        if not task.together:
            if task.hold_after != WorkingDays(1):
                what = "hold_after does nothing for one person"
                yield Finding("BP423", ("flow", name, "hold_after"), what, "Name several: {all: [...]}.", key=True)
            continue
        if any(performer not in roles for performer in task.performer):
            continue
        if task.preempts:
            what = "work of several people breaks into nothing"
            yield Finding("BP423", ("flow", name, "preempts"), what, "Leave it out.", key=True)
        able = [_people(process, _able(process, wanted), len(task.performer)) for wanted in task.performer]
        number = {person: i for i, person in enumerate(sorted({one for seat in able for one in seat}))}
        seats = [[number[one] for one in seat] for seat in able]
        if (filled := most(seats)) < len(seats):
            what = f"{len(seats)} people are wanted at once, and at most {filled} can be there"
            yield Finding("BP530", path, what, "Add people, or ask for fewer of them.")
        elif not _meet(process, task):
            what = f"{listed(dict.fromkeys(task.performer))} are never on shift at the same time"
            yield Finding("BP531", path, what, "Give them hours in common.")


def _meet(process: Process, task: flow.Task) -> bool:
    """Tell whether people for all seats are on shift together at some time."""
    roles, calendars = process.roles(), process.calendars
    hours = []
    for wanted in task.performer:
        names = {person.calendar for role in _able(process, wanted) for _, person in roles[role].everybody()}
        hours.append(sorted(names & set(calendars)))
    combinations = list(product(*hours))
    tables = {name: calendars[name].table(FROM, DAYS) for name in {name for names in hours for name in names}}
    if not combinations or len(combinations) > COMBINATIONS:
        return True
    for combination in combinations:
        common = tables[combination[0]]
        for name in combination[1:]:
            common = common.common(tables[name])
        if common.opens:
            return True
    return False


def four_eyes(process: Process) -> Iterator[Finding]:
    """Four eyes: the other tasks exist and come before, and somebody else is left."""
    tasks, found = process.tasks(), flows(process)
    for name, task in tasks.items():
        sound = True
        for i, other in enumerate(task.never_same_person_as):
            path = ("flow", name, "never_same_person_as", i)
            if other not in tasks:
                sound = False
                yield Finding("BP533", path, f"there is no task {other}", known_reference(other, tasks))
            elif not (tasks[other].by_people() and task.by_people()):
                sound = False
                which = other if task.by_people() else name
                what = f"{which} is not done by people: there are no eyes"
                yield Finding("BP533", path, what, "Leave it out.")
            elif name not in reachable(found, [target for target in found[other] if target in found]):
                what = f"{other} never comes before {name}: nobody is barred"
                yield Finding("BP535", path, what, "Name a task that comes before, or leave it out.")
            if other == task.same_person_as:
                what = f"the same person as {other}, and never the same"
                yield Finding("BP537", path, what, "Leave one of the two out.")
        if task.never_same_person_as and sound:
            yield from _left(process, name, task)


def _left(process: Process, name: str, task: flow.Task) -> Iterator[Finding]:
    """Look whether anybody is left when those are barred who did the other tasks."""
    roles, tasks = process.roles(), process.tasks()
    able = set(eligible(process, task))
    there, wanted = sum(roles[role].staff for role in able), len(task.performer) if task.together else 1
    barred_most = barred_least = 0
    for other in dict.fromkeys(task.never_same_person_as):
        theirs = set(eligible(process, tasks[other]))
        seats = len(tasks[other].performer) if tasks[other].together else 1
        barred_most += min(seats, sum(roles[role].staff for role in able & theirs))
        if theirs <= able:
            barred_least = max(barred_least, seats)
    path = ("flow", name, "never_same_person_as")
    others = listed(dict.fromkeys(task.never_same_person_as))
    hint = "Add people, or let other roles do it too."
    if there and there - barred_least < wanted:
        what = f"when {others} has been done, nobody is left for {name}"
        yield Finding("BP534", path, what, hint)
    elif there and there - barred_most < wanted:
        what = f"those who did {others} may be all who can do {name}: then it waits for ever"
        yield Finding("BP536", path, what, hint)


def wishes(process: Process) -> Iterator[Finding]:
    """A task is kept for one kind of people, who do it one by one; owners and teams have several tasks."""
    tasks = process.tasks()
    found = flows(process)
    for name, task in tasks.items():
        mine = task.wishes()
        if len(mine) > 1:
            what = f"it is kept for several at once: {listed(mine)}"
            yield Finding("BP537", ("flow", name, mine[-1]), what, "Choose one of them.", key=True)
        for key in [key for key in mine if key != "same_person_as"]:
            if not task.by_people():
                what = f"{name} is not done by people: there is nobody to keep it for"
                yield Finding("BP411", ("flow", name, key), what, f"Leave {key} out.", key=True)
        special = [key for key in (*mine, "never_same_person_as") if key != "same_person_as" and getattr(task, key)]
        if task.batch and special:
            what = "a batch is kept for nobody and closed to nobody: its items are done together"
            yield Finding("BP413", ("flow", name, special[0]), what, f"Leave out {special[0]}, or the batch.", key=True)
        if task.familiarity != 1 and not task.by_people():
            what = "nobody knows the case: it is not done by people"
            yield Finding("BP423", ("flow", name, "familiarity"), what, "Leave familiarity out.", key=True)
        elif not task.familiarity:
            what = "who knows the case would take no time at all"
            yield Finding("BP540", ("flow", name, "familiarity"), what, "Write a part above zero, such as 80%.")
    for key, word in (("case_owner", "an owner"), ("case_team", "a team")):
        kept = [name for name, task in tasks.items() if getattr(task, key) and task.by_people()]
        if len(kept) == 1 and kept[0] not in reachable(found, [t for t in found[kept[0]] if t in found]):
            what = f"{kept[0]} is the only task with {key}, and is done once: {word} does nothing more"
            yield Finding("BP423", ("flow", kept[0], key), what, f"Give other tasks {key}: true too.", key=True)


def named(process: Process) -> Iterator[Finding]:
    """The person whom a case names exists, and is the same all through the case."""
    kinds, roles = types(process), process.roles()
    for name, task in process.tasks().items():
        if task.person is None or not task.by_people() or task.performer[0] not in roles:
            continue
        by, path = task.person.by, ("flow", name, "person")
        if by not in kinds:
            if not task.person.of:
                hint = did_you_mean(by, kinds) or "Define it under cases.attributes, or write {by: ATTRIBUTE}."
                yield Finding("BP354", path, f"undefined attribute {by}", hint)
            continue
        writers = [node for node, one in process.flow.items() if by in one.assign]
        if writers:
            what = f"the person depends on {by}, which {writers[0]} assigns"
            yield Finding("BP357", path, what, "Use an attribute that no task changes.")
        yield from _persons(process, name, task.person)


def _persons(process: Process, name: str, person: flow.PersonChoice) -> Iterator[Finding]:
    first = process.tasks()[name].performer[0]
    role = process.role(first)
    known = {*(str(i + 1) for i in range(role.staff)), *role.people}
    hint = f"Write a number from 1 to {role.staff}" + (f", or {listed(role.people, 'or')}." if role.people else ".")
    for key, who in person.of.items():
        if who not in known:
            yield Finding("BP538", ("flow", name, "person", "of", key), f"{first} has no person {who}", hint)
    possible = () if person.of else values(process, person.by) or ()
    for value in possible:
        if value not in known:
            what = f"{person.by} can be {value}, and {first} has no such person"
            yield Finding("BP538", ("flow", name, "person"), what, f"{hint[:-1]}; or say who it is: of: {{...}}.")
            return


CHECKS: tuple[Check, ...] = (several, four_eyes, wishes, named)
