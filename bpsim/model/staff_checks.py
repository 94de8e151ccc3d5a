"""Checks of people who differ: who they are, when they are there, who goes first and who is interrupted."""

import math
from collections import Counter
from collections.abc import Iterator

from bpsim.model.findings import Check, Finding, Path
from bpsim.model.organisation import Employment, Role
from bpsim.model.people_checks import role_path
from bpsim.model.process import Process


def described(role: Role) -> Iterator[tuple[Path, Employment]]:
    """Give the people and groups of whom a role says something, with their paths below the role's."""
    yield from ((("people", name), person) for name, person in role.people.items())
    yield from ((("groups", i), group) for i, group in enumerate(role.groups))


def people(process: Process) -> Iterator[Finding]:
    """Nobody is more than the head count says; everybody is employed for some time and does some work."""
    for name, role in process.roles().items():
        path = role_path(name)
        if role.described() > role.staff:
            what = f"{role.described()} people are described, but staff says {role.staff}"
            yield Finding("BP510", (*path, "staff"), what, "Leave staff out, or count everybody.")
        if not role.proficiency > 0:
            yield _no_work(path, role.proficiency)
        for below, person in described(role):
            if not person.proficiency > 0 and role.proficiency > 0:
                yield _no_work((*path, *below), person.proficiency)
            if person.begins and person.until and person.until < person.begins:
                what = f"the last day, {person.until}, comes before the first, {person.begins}"
                yield Finding("BP511", (*path, *below, "until"), what, "Write a later day, or leave it out.")


def _no_work(path: Path, proficiency: float) -> Finding:
    what = f"a proficiency of {proficiency:g}: the work would never be done"
    return Finding("BP512", (*path, "proficiency"), what, "Write 1 for usual, 0.8 for slower, 1.2 for faster.")


def absences(process: Process) -> Iterator[Finding]:
    """Absences have different names, and leave some time for work."""
    for name, role in process.roles().items():
        path, names = (*role_path(name), "absences"), Counter(absence.name for absence in role.absences)
        for i, absence in enumerate(role.absences):
            if absence.every.mean() <= 0 or math.isinf(absence.lasts.mean()):
                what = f"the people of {name} would always be absent"
                hint = "Write the time between two absences, such as every: 90d."
                key = "every" if absence.every.mean() <= 0 else "lasts"
                yield Finding("BP514", (*path, i, key), what, hint)
            if names[absence.name] > 1 and [one.name for one in role.absences].index(absence.name) < i:
                what = f'two absences of the name "{absence.name}"' if absence.name else "two absences without a name"
                yield Finding("BP515", (*path, i), what, "Give each a name of its own.")


def order(process: Process) -> Iterator[Finding]:
    """What decides who goes first is there, and decides something."""
    first = {task.performer[0] for task in process.work().values() if task.by_people()}
    for name, role in process.roles().items():
        path = role_path(name)
        if role.discipline == "edd" and not any(one.cases.clocks for one in process.every().values()):
            what = "there is no limit by which work could be due"
            yield Finding("BP516", (*path, "discipline"), what, "Define cases.clocks, or write fifo.")
        elif role.discipline != "fifo" and name not in first and first:
            what = f"{name} is the first performer of no task: its discipline does nothing"
            yield Finding("BP423", (*path, "discipline"), what, "Give it to the role that is named first.", key=True)
        if role.at_shift_end != "finish" and role.overtime_cost != role.cost:
            what = "there is no overtime: its cost does nothing"
            yield Finding(
                "BP423", (*path, "overtime_cost"), what, "Write at_shift_end: finish, or leave it out.", key=True
            )


def preemption(process: Process) -> Iterator[Finding]:
    """Only work of people is interrupted, by work that ranks higher."""
    tasks = process.tasks()
    for name, task in tasks.items():
        if task.preempts and not task.by_people():
            what = f"{task.performer[0]} has no queue: there is nothing to break into"
            yield Finding("BP517", ("flow", name, "preempts"), what, "Leave it out.", key=True)
    always = process.cases.preempts.constant()
    if always is True and process.cases.priority.constant() is not None:
        what = "all items have one priority: none breaks into another"
        yield Finding("BP518", ("cases", "preempts"), what, "Write a priority, or preempts: true on a task.")


CHECKS: tuple[Check, ...] = (people, absences, order, preemption)
