"""Checks of the organisation: roles and their people, calendars, transfers, clocks and what is asked of performers."""

from collections.abc import Iterator
from datetime import date

from bpsim.errors import did_you_mean
from bpsim.model import flow
from bpsim.model.findings import Check, Finding, Path
from bpsim.model.graph import flows, reachable
from bpsim.model.organisation import Transfer
from bpsim.model.process import Process
from bpsim.model.written import ALWAYS, NEVER, known_reference
from bpsim.values.calendars import Calendar

#: A year of whole weeks, to see whether something happens at all.
FROM, DAYS = date(2025, 1, 6), 371
#: So many people of a role at most: more would be people of whom a run cannot keep book.
MOST_PEOPLE = 100_000


def role_path(name: str) -> Path:
    """Give the path of a role."""
    department, _, role = name.partition(".")
    return ("departments", department, "roles", role)


def eligible(process: Process, task: flow.Task) -> list[str]:
    """Give the roles whose people can do a task, those that exist."""
    roles = process.roles()
    return [name for name in process.performers(task) if name in roles]


def _calendars(process: Process) -> Iterator[tuple[Path, str]]:
    """Give every place that names a calendar."""
    yield ("cases", "calendar"), process.cases.calendar
    for name, department in process.departments.items():
        yield ("departments", name, "calendar"), department.calendar
        for key, role in department.roles.items():
            if role.calendar != department.calendar:
                yield ("departments", name, "roles", key, "calendar"), role.calendar
            own: list[tuple[Path, str]] = [(("people", person), one.calendar) for person, one in role.people.items()]
            own += [(("groups", i), group.calendar) for i, group in enumerate(role.groups)]
            for below, calendar in own:
                if calendar != role.calendar:
                    yield ("departments", name, "roles", key, *below, "calendar"), calendar
    for name, channel in process.channels.items():
        yield ("channels", name, "calendar"), channel.calendar
    yield from (((*path, "calendar"), transfer.calendar) for path, transfer in ways(process))
    for name, clock in process.cases.clocks.items():
        yield ("cases", "clocks", name, "calendar"), clock.calendar
    for name, node in process.flow.items():
        if isinstance(node, flow.Task | flow.Timer):
            yield ("flow", name, "calendar"), node.calendar


def ways(process: Process) -> Iterator[tuple[Path, Transfer]]:
    """Give every transfer that is written."""
    found = process.transfers
    yield ("transfers", "default"), found.default
    yield ("transfers", "within"), found.within
    if found.between_bodies != found.default:
        yield ("transfers", "between_bodies"), found.between_bodies
    for name, transfer in found.pairs.items():
        yield ("transfers", "pairs", name), transfer


def calendars(process: Process) -> Iterator[Finding]:
    """Every calendar that is named exists, and opens at some time."""
    for path, name in _calendars(process):
        if name not in process.calendars:
            hint = known_reference(name, process.calendars)
            yield Finding("BP402", path, f"there is no calendar {name}", hint)
    for name, calendar in process.calendars.items():
        if calendar.is_empty():
            what = f"the calendar {name} never opens"
            hint = 'Give it hours, such as mon-fri: "09:00-17:00".'
            yield Finding("BP403", ("calendars", name), what, hint, key=True)
        years = sorted({entry[:4] for entry in calendar.holidays if entry[0].isdigit()})
        shut = [] if calendar.is_empty() else [year for year in years if not _opens_in(calendar, int(year))]
        if shut:
            what = f"the calendar {name} never opens in {shut[0]}: all its hours fall on holidays"
            yield Finding("BP403", ("calendars", name, "holidays"), what, "Take some out, or open on other days.")


def _opens_in(calendar: Calendar, year: int) -> bool:
    return bool(calendar.table(date(year, 1, 1), 365).opens)


def performers(process: Process) -> Iterator[Finding]:
    """Every performer exists, and the performers of one task are of one kind."""
    roles = process.roles()
    for name, task in {**process.tasks(), **process.detached()}.items():
        if len(set(task.performer)) < len(task.performer) and not task.together:
            what = "one performer is named twice"
            yield Finding("BP421", ("flow", name, "performer"), what, "Name each once.")
        reserved = [performer for performer in task.performer if performer in flow.RESERVED]
        if reserved and len(task.performer) > 1:
            what = f"{reserved[0]} cannot share a task with other performers"
            yield Finding("BP421", ("flow", name, "performer"), what, "Make it a task of its own behind a gateway.")
            continue
        for i, performer in enumerate(task.performer):
            if performer not in roles and performer not in flow.RESERVED:
                yield Finding("BP401", ("flow", name, "performer", i), *no_role(process, performer))
        kinds = {roles[performer].kind for performer in task.performer if performer in roles}
        if len(kinds) > 1:
            what = "people and machines cannot be performers of one task"
            hint = "Make them two tasks behind a gateway, or change `kind` of the role."
            yield Finding("BP421", ("flow", name, "performer"), what, hint)


def no_role(process: Process, name: str) -> tuple[str, str]:
    """Say that a role does not exist, and which may be meant."""
    roles = process.roles()
    homes = [full for full in roles if full.partition(".")[2] == name]
    department, dot, role = name.partition(".")
    if homes:
        return f"{name} is not a department.role", f"Write {' or '.join(homes)}."
    if dot and department in process.departments:
        here = process.departments[department].roles
        hint = did_you_mean(name, roles) or f"Roles of {department} are: {', '.join(sorted(here))}."
        return f"{department} has no role {role}", hint if here else f"Define it under departments.{department}.roles."
    return f"there is no role {name}", known_reference(name, {**roles, **dict.fromkeys(flow.RESERVED)})


def staff(process: Process) -> Iterator[Finding]:
    """Whoever is needed is there: some staff, not always away; no role is there for nothing."""
    roles = process.roles()
    needed: set[str] = set()
    misspelt = any(set(task.performer) - set(roles) - set(flow.RESERVED) for task in process.work().values())
    for name, task in process.work().items():
        able = eligible(process, task)
        needed |= set(able)
        if able and not any(roles[role].staff for role in able):
            what = f"nobody works as {able[0]}, whom the task {name} needs"
            yield Finding("BP404", (*role_path(able[0]), "staff"), what, "Write staff: 1 or more.")
    for name, role in roles.items():
        path = role_path(name)
        if name not in needed and not misspelt:
            what = f"no task needs the role {name}"
            yield Finding("BP405", path, what, "Name it as a performer, or take it out.", key=True)
        duties = role.other_duties
        if duties and duties.share >= 1:
            what = f"all of the time of {name} goes to other duties"
            yield Finding("BP419", (*path, "other_duties", "share"), what, "Leave some of it: a share below 100 %.")
        if duties and not duties.block and duties.share:
            what = "other duties in blocks of no time"
            yield Finding("BP419", (*path, "other_duties", "block"), what, "Write how long a block is, such as 2h.")


def also(process: Process) -> Iterator[Finding]:
    """What people can do also is work of another role that exists, of the same kind."""
    roles = process.roles()
    for name, role in roles.items():
        for i, other in enumerate(role.also):
            path = (*role_path(name), "also", i)
            if other not in roles:
                yield Finding("BP401", path, *no_role(process, other))
            elif other == name:
                what = f"{name} can do its own work anyway"
                yield Finding("BP410", path, what, "Name another role, or leave `also` out.")
            elif roles[other].kind != role.kind:
                what = f"{name} and {other} are not both people or both machines"
                yield Finding("BP410", path, what, "Leave it out, or change `kind`.")


def same_person(process: Process) -> Iterator[Finding]:
    """The same person as of another task of people that comes before, who can do this one too."""
    tasks, found = process.tasks(), flows(process)
    for name, task in tasks.items():
        other, path = task.same_person_as, ("flow", name, "same_person_as")
        if not other:
            if task.keeps_for != NEVER and not task.wishes():
                what = "keeps_for does nothing without same_person_as"
                yield Finding("BP423", ("flow", name, "keeps_for"), what, "Add same_person_as: TASK.", key=True)
            continue
        if other not in tasks:
            hint = known_reference(other, tasks)
            yield Finding("BP411", path, f"there is no task {other}", hint)
        elif not (tasks[other].by_people() and task.by_people()):
            which = other if task.by_people() else name
            what = f"{which} is not done by people: there is no same person"
            yield Finding("BP411", path, what, "Leave same_person_as out.")
        elif not set(eligible(process, task)) & set(eligible(process, tasks[other])):
            what = f"nobody can do both {other} and {name}"
            hint = "Give them a role in common, or let a role do the other's work with `also`."
            yield Finding("BP412", path, what, hint)
        elif task.batch:
            what = "a batch has no same person: its items are done together"
            yield Finding("BP413", path, what, "Leave out same_person_as, or the batch.")
        elif name not in reachable(found, [t for t in found[other] if t in found]):
            what = f"{other} never comes before {name}: nobody is kept"
            yield Finding("BP414", path, what, "Name a task that comes before, or leave it out.")


def batches(process: Process) -> Iterator[Finding]:
    """A batch is of people's work, fires at some time, and takes what it waits for."""
    for name, task in process.tasks().items():
        batch, path = task.batch, ("flow", name, "batch")
        if batch is None:
            continue
        if not task.by_people():
            what = f"a batch on a task of {task.performer[0]}"
            hint = "Batches are for work of a role; let a role of kind: system do it."
            yield Finding("BP418", path, what, hint, key=True)
            continue
        for key, number in (("size", batch.size), ("max", batch.max)):
            if number == 0:
                yield Finding("BP415", (*path, key), "a batch of none", "Write 1 or more.")
        if batch.size and batch.max and batch.max < batch.size:
            what = f"a run takes at most {batch.max}, but fires only at {batch.size}"
            yield Finding("BP415", (*path, "max"), what, f"Write {batch.size} or more, or a smaller size.")
        yield from _firing(process, name, task.performer[0], batch)


def _firing(process: Process, name: str, first: str, batch: flow.Batch) -> Iterator[Finding]:
    """Look at what makes a batch fire."""
    path = ("flow", name, "batch")
    if batch.schedule is None and batch.size is None and batch.max_wait == NEVER:
        what = "nothing makes this batch fire"
        yield Finding("BP416", path, what, "Add size, max_wait or schedule.", key=True)
    if batch.schedule is None and batch.cutoff:
        what = "a cut-off does nothing without a schedule"
        yield Finding("BP423", (*path, "cutoff"), what, "Add a schedule, or leave it out.", key=True)
    most = process.cases.arrivals.at_most
    if batch.size and most is not None and 0 < most < batch.size and batch.schedule is None and batch.max_wait == NEVER:
        what = f"it waits for {batch.size}, but only {most} cases come: it never fires"
        yield Finding("BP417", (*path, "size"), what, "Take a smaller size, or add max_wait.")
    roles = process.roles()
    calendar = process.calendars.get(roles[first].calendar) if first in roles else None
    if batch.schedule is None or calendar is None or calendar.is_empty():
        return
    if not batch.schedule.on(calendar.table(FROM, DAYS), batch.on_closed, FROM, DAYS):
        what = f'no run at "{batch.schedule}" falls into the hours of {first}'
        code = "BP416" if batch.size is None and batch.max_wait == NEVER else "BP417"
        yield Finding(code, (*path, "schedule"), what, "Move it into the hours, or write on_closed: next_opening.")


def transfers(process: Process) -> Iterator[Finding]:
    """Transfers lead from one department to another."""
    for pair in process.transfers.pairs:
        ends = [end.strip() for end in pair.split("->")]
        for end in ends:
            if end not in process.departments:
                hint = known_reference(end, process.departments)
                yield Finding("BP420", ("transfers", "pairs", pair), f"there is no department {end}", hint, key=True)
        if len(ends) != 2:  # noqa: PLR2004 - from and to
            what = "not one department and another"
            yield Finding("BP420", ("transfers", "pairs", pair), what, "Write a -> b: DELAY.", key=True)
        elif ends[0] == ends[1]:
            what = f"a transfer from {ends[0]} to itself"
            hint = "Write `within` for transfers inside departments."
            yield Finding("BP420", ("transfers", "pairs", pair), what, hint, key=True)


def clocks(process: Process) -> Iterator[Finding]:
    """Clocks run between nodes that exist, and stop for the client, a third party or a task."""
    for name, clock in process.cases.clocks.items():
        path = ("cases", "clocks", name)
        named: list[tuple[Path, str, tuple[str, ...]]] = [((*path, "from"), clock.start, ("arrival", "need"))]
        named += [((*path, "to", i), node, ("end",)) for i, node in enumerate(clock.to)]
        for at, node, words in named:
            if node not in words and node not in process.flow:
                hint = known_reference(node, {*process.flow, *words})
                yield Finding("BP422", at, f"there is no node {node}", hint)
        for i, node in enumerate(clock.stops_while):
            at = (*path, "stops_while", i)
            if node not in (flow.CLIENT, flow.EXTERNAL) and node not in process.flow:
                hint = known_reference(node, {*process.tasks(), flow.CLIENT, flow.EXTERNAL})
                yield Finding("BP422", at, f"there is no task {node}", hint)
            elif node in process.flow and not isinstance(process.flow[node], flow.Task | flow.Timer):
                what = f"{node} takes no time: a clock cannot stop while it is open"
                yield Finding("BP422", at, what, "Name a task or a timer.")


def without_effect(process: Process) -> Iterator[Finding]:
    """Nothing is written that changes nothing."""
    for name, task in process.tasks().items():
        if task.by_people() and task.calendar != ALWAYS:
            what = "people work in the hours of their role: a calendar of the task does nothing"
            hint = "Leave it out, or give the role this calendar."
            yield Finding("BP423", ("flow", name, "calendar"), what, hint, key=True)


def countable(process: Process) -> Iterator[Finding]:
    """A role has no more people than can be told apart."""
    for name, role in process.roles().items():
        if role.staff > MOST_PEOPLE:
            what = f"{role.staff:,} people are more than can be told apart"
            yield Finding("BP501", (*role_path(name), "staff"), what, f"Write at most {MOST_PEOPLE:,}.")


CHECKS: tuple[Check, ...] = (
    calendars,
    countable,
    performers,
    staff,
    also,
    same_person,
    batches,
    transfers,
    clocks,
    without_effect,
)
