"""Operators on the organisation: how many people, with which hours and skills, and who gets which case."""

from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from bpsim.model import flow
from bpsim.model.findings import listed
from bpsim.model.graph import flows, nodes_in_cycles, reachable
from bpsim.model.organisation import Group, OtherDuties, Role
from bpsim.model.process import Process
from bpsim.model.written import NEVER, Day, Number, Whole
from bpsim.redesign import edits
from bpsim.redesign.change import Change, Footprint, Mistakes, Trouble, no_such, not_by_people, percent
from bpsim.values.durations import DAY, format_duration

#: Parameters of `staff` and policies of `allocate` that the language knows and this version does not.
STAFF_LATER = ("training",)
POLICIES_LATER = ("case_owner", "team", "least_flexible", "edd", "priority")


#: Nobody else is wanted for a task.
UNWANTED: dict[str, Any] = {"case_owner": False, "case_team": False, "person": None}


class Staff(Change):
    """Change a role: more or fewer people (for some time), other hours, another pace, further skills, other duties.

    With `from` or `until` the people who come differ: `calendar` and `proficiency` are theirs alone then.
    """

    operator: ClassVar[str] = "staff"
    role: str = Field(description="The role, as department.role.")
    set: Whole | None = Field(None, description="So many people from now on.")
    add: int | None = Field(None, description="So many people more (fewer when it is negative).")
    begins: Day | None = Field(None, alias="from", description="With add: the first day of those who come.")
    until: Day | None = Field(None, description="With add: the last day of those who come.")
    calendar: str | None = Field(None, description="The calendar of their working hours.")
    proficiency: Number | None = Field(None, description="How fast they are: work is divided by it.")
    also: tuple[str, ...] = Field((), description="Further roles whose work they can do.")
    other_duties: OtherDuties | Literal["none"] | None = Field(
        None, description="Their work outside this model, or none."
    )

    @model_validator(mode="before")
    @classmethod
    def _not_yet(cls, data: Any) -> Any:  # noqa: ANN401 - the written form may be anything
        later(data, STAFF_LATER)
        return data

    def describe(self) -> str:
        """Say what the change does."""
        says = []
        if self.set is not None:
            says.append(f"has {_people(self.set)}")
        if self.add is not None:
            more = f"{_people(abs(self.add))} {'more' if self.add >= 0 else 'fewer'}"
            says.append(f"has {more}{_time(self.begins, self.until)}")
        if self.calendar is not None:
            says.append(f"works in the hours of {self.calendar}")
        if self.proficiency is not None:
            says.append(f"has a proficiency of {self.proficiency:g}")
        if self.also:
            says.append(f"can also do the work of {listed(self.also)}")
        if self.other_duties == "none":
            says.append("has no other duties")
        elif self.other_duties is not None:
            says.append(f"is away {percent(self.other_duties.share)} of the time")
        return f"{self.role} {listed(says)}"

    def check(self, process: Process) -> list[Trouble]:
        """Find everything that forbids the change in this process."""
        roles = process.roles()
        if self.role not in roles:
            return [no_such("role", self.role, ("role",), roles)]
        if self.set is not None and self.add is not None:
            return [Trouble("BP612", ("add",), "set and add at once", "Keep one of the two.")]
        role = roles[self.role]
        troubles = [
            no_such("role", name, ("also", i), roles)
            for i, name in enumerate(self.also)
            if self._full(name) not in roles
        ]
        if self.calendar is not None and self.calendar not in process.calendars:
            troubles.append(no_such("calendar", self.calendar, ("calendar",), process.calendars))
        if self.add is not None and role.staff + self.add < 0:
            what = f"{self.role} has {_people(role.staff)}, {-self.add} cannot go"
            troubles.append(Trouble("BP620", ("add",), what, f"At most {role.staff} can go."))
        staff = self.set if self.set is not None else role.staff + (self.add or 0)
        described = role.described() - sum(group.count for group in role.groups if role.is_like(group))
        if not troubles and staff < min(described, role.staff):
            what = f"{_people(described)} of {self.role} {'are' if described > 1 else 'is'} described"
            troubles.append(
                Trouble("BP620", ("set" if self.add is None else "add",), what, "Say who goes in the file.")
            )
        if self._for_a_time() and not (self.add or 0) > 0:
            what = "from and until are for people who come"
            troubles.append(Trouble("BP612", (), what, "Write add: 1, or more."))
        if not troubles and self.changed(process) == process:
            what = f"{self.role} is so already"
            troubles.append(Trouble("BP611", (), what, "Write set, add, calendar, proficiency, also or other_duties."))
        return troubles

    def _full(self, name: str) -> str:
        return name if "." in name else f"{self.role.partition('.')[0]}.{name}"

    def _fields(self, process: Process) -> dict[str, Any]:
        role = process.role(self.role)
        fields: dict[str, Any] = {}
        if self.set is not None or self.add is not None:
            staff = fields["staff"] = self.set if self.set is not None else role.staff + (self.add or 0)
            if staff < role.described():
                fields["groups"] = _without(role, role.described() - staff)
        own = {"calendar": self.calendar, "proficiency": self.proficiency}
        own = {key: value for key, value in own.items() if value is not None}
        if self._for_a_time():
            plain = {"calendar": role.calendar, "proficiency": role.proficiency, "cost": role.cost}
            group = Group(**plain | own, count=self.add or 0, begins=self.begins, until=self.until)
            rest = (Group(**plain, count=role.staff - role.described()),) if role.staff > role.described() else ()
            fields["groups"] = (*role.groups, *rest, group)
        else:
            fields |= own
        if self.also:
            further = (full for name in self.also if (full := self._full(name)) != self.role)
            fields["also"] = tuple(dict.fromkeys((*role.also, *further)))
        if self.other_duties is not None:
            fields["other_duties"] = None if self.other_duties == "none" else self.other_duties
        return fields

    def _for_a_time(self) -> bool:
        return self.begins is not None or self.until is not None

    def footprint(self, process: Process) -> Footprint:
        """Name what the change reads and writes."""
        department, _, role = self.role.partition(".")
        at = f"departments.{department}.roles.{role}"
        reads = {f"{at}.staff"} if self.add is not None else set()
        if self.calendar is not None:
            reads.add(f"calendars.{self.calendar}")
        fields = set(self._fields(process))
        if self._for_a_time():
            reads |= {f"{at}.{field}" for field in ("calendar", "proficiency", "cost", "people")}
        elif fields & {"calendar", "proficiency"} and process.role(self.role).described():
            fields |= {"people", "groups"}
        return Footprint(frozenset(reads), frozenset(f"{at}.{field}" for field in fields))

    def changed(self, process: Process) -> Process:
        """Make the changed process."""
        return edits.set_role(process, self.role, **self._fields(process))


def _without(role: Role, number: int) -> tuple[Group, ...]:
    """Take so many people out of the groups who are as the role says, from the last on."""
    groups = []
    for group in reversed(role.groups):
        gone = min(number, group.count) if role.is_like(group) else 0
        number -= gone
        groups.append(group.model_copy(update={"count": group.count - gone}))
    return tuple(group for group in reversed(groups) if group.count)


def _time(begins: date | None, until: date | None) -> str:
    """Say from when until when."""
    return (f" from {begins}" if begins else "") + (f" until {until}" if until else "")


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number} people"


def later(data: Any, names: tuple[str, ...]) -> None:  # noqa: ANN401
    """Refuse parameters that the language knows and this version does not."""
    found = [name for name in names if isinstance(data, dict) and name in data]
    if found:
        raise Mistakes([Trouble("BP102", (name,), f"{name} is known, not in this version") for name in found])


class Allocate(Change):
    """Say who gets a case: one person for all of some tasks (`same_person`), or whoever is free (`any`)."""

    operator: ClassVar[str] = "allocate"
    tasks: tuple[str, ...] = Field(min_length=1, description="The tasks.")
    policy: Literal["same_person", "any"] = Field(description="same_person: one person does them all in a case; any.")
    keeps_for: flow.Patience = Field(
        DAY, description="So long the work is kept for that person; then anybody may take it."
    )

    @model_validator(mode="before")
    @classmethod
    def _not_yet(cls, data: Any) -> Any:  # noqa: ANN401 - the written form may be anything
        if isinstance(data, dict) and data.get("policy") in POLICIES_LATER:
            what = f"{data['policy']} is known, not in this version"
            raise Mistakes([Trouble("BP102", ("policy",), what, "Write same_person or any.")])
        return data

    def describe(self) -> str:
        """Say what the change does."""
        if self.policy == "any":
            return f"{listed(self.tasks)} may be done by anybody who can"
        kept = "" if not isinstance(self.keeps_for, int) else _kept(self.keeps_for)
        return f"one person does {listed(self.tasks)} of a case{kept}"

    def check(self, process: Process) -> list[Trouble]:
        """Find everything that forbids the change in this process."""
        troubles = [t for i, name in enumerate(self.tasks) for t in not_by_people(process, name, ("tasks", i))]
        if troubles:
            return troubles
        if self.policy == "any":
            return self._nothing(process)
        for i, name in enumerate(self.tasks):
            if process.tasks()[name].batch:
                hint = f"First: batch: {{task: {name}, rule: none}}."
                troubles.append(Trouble("BP621", ("tasks", i), f"{name} is done in runs", hint))
        first = self._first(process)
        if not first:
            what = f"none of {listed(self.tasks)} comes before the others in every case"
            troubles.append(Trouble("BP625", ("tasks",), what, "Add the task in which the person is found."))
        return [*troubles, *self._skills(process)] or self._nothing(process)

    def _nothing(self, process: Process) -> list[Trouble]:
        if self.changed(process) != process:
            return []
        what = f"{listed(self.tasks)} {'is' if len(self.tasks) == 1 else 'are'} done so already"
        return [Trouble("BP611", ("tasks",), what, "Leave the change out.")]

    def _skills(self, process: Process) -> list[Trouble]:
        able = [set(process.performers(process.tasks()[name])) for name in self.tasks]
        both = sorted(set.intersection(*able))
        if any(process.role(role).staff for role in both):
            return []
        first = process.tasks()[self.tasks[0]].performer[0]
        wanted = sorted({process.tasks()[name].performer[0] for name in self.tasks} - {first})
        hint = f"Cross-train first: staff: {{role: {first}, also: [{', '.join(wanted)}]}}."
        if both:
            hint = f"Hire first: staff: {{role: {both[0]}, set: 1}}."
        return [Trouble("BP616", ("tasks",), f"nobody can do all of {listed(self.tasks)}", hint)]

    def _before(self, process: Process) -> dict[str, set[str]]:
        """Name, for each task, the listed tasks that every way to it passes."""
        found = flows(process)
        start = process.start()
        reached = {name: reachable(found, [start], avoiding=name) for name in self.tasks}
        return {
            name: {other for other in self.tasks if other != name and name not in reached[other]} for name in self.tasks
        }

    def _first(self, process: Process) -> str:
        """Name the task that comes before all others; empty when there is none."""
        before = self._before(process)
        first = [name for name in self.tasks if not before[name]]
        return first[0] if len(first) == 1 else ""

    def anchors(self, process: Process) -> dict[str, str]:
        """Name, for each task, the task whose person does it too: the nearest that every way to it passes."""
        before = self._before(process)
        nearest = {name: max(found, key=lambda other: len(before[other])) for name, found in before.items() if found}
        first = self._first(process)
        return nearest | ({first: first} if first in nodes_in_cycles(process) else {})

    def footprint(self, process: Process) -> Footprint:
        """Name what the change reads and writes."""
        fields = ("same_person_as", "keeps_for", "case_owner", "case_team", "person")
        writes = frozenset(f"flow.{name}.{field}" for name in self.tasks for field in fields)
        if self.policy == "any":
            return Footprint(frozenset(), writes)
        skills = {f"departments.{name}.roles" for name in process.departments}
        fields = ("next", "timeout", "on", "batch", "reneges_after")
        ways = {f"flow.{name}.{field}" for name in process.flow for field in fields}
        tasks = {f"flow.{name}.{field}" for name in self.tasks for field in ("batch", "performer")}
        return Footprint(frozenset(skills | ways | tasks), writes)

    def changed(self, process: Process) -> Process:
        """Make the changed process."""
        if self.policy == "any":
            for name in self.tasks:
                process = edits.set_node(process, name, same_person_as="", keeps_for=NEVER, **UNWANTED)
            return process
        for name, anchor in self.anchors(process).items():
            process = edits.set_node(process, name, same_person_as=anchor, keeps_for=self.keeps_for, **UNWANTED)
        return process


def _kept(patience: int) -> str:
    return "" if patience == NEVER else f", who is waited for at most {format_duration(patience)}"
