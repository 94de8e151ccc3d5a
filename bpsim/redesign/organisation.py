"""The operator on the people of a role: how many there are, with which hours, pace, skills and training."""

from datetime import date, datetime, time
from typing import Any, ClassVar, Literal

from pydantic import Field

from bpsim.model.findings import listed
from bpsim.model.organisation import Group, OtherDuties, Role
from bpsim.model.personnel import Training
from bpsim.model.process import Process
from bpsim.model.written import NEVER, Day, Frozen, Limit, Milliseconds, Number, Probability, Whole
from bpsim.redesign import edits
from bpsim.redesign.allocation import role_at
from bpsim.redesign.change import Change, Footprint, Trouble, no_such, percent
from bpsim.values.durations import WorkingDays, format_duration


class Course(Frozen):
    """A training for everybody of a role, on the day `from`."""

    hours: Limit = Field(description="How long people are away for it, in working time.")
    effect: Probability = Field(description="So much more gets done in the same time after it.")
    decay: Milliseconds = Field(NEVER, description="In this time half of the effect is lost; never: it stays.")


class Staff(Change):
    """Change a role: more or fewer people (for some time), other hours or pace, further skills, training, other duties.

    With `add` and `from` or `until` the people who come differ: `calendar` and `proficiency` are theirs alone then.
    """

    operator: ClassVar[str] = "staff"
    role: str = Field(description="The role, as department.role.")
    set: Whole | None = Field(None, description="So many people from now on.")
    add: int | None = Field(None, description="So many people more (fewer when it is negative).")
    begins: Day | None = Field(
        None, alias="from", description="The first day of those who come; the day of the training."
    )
    until: Day | None = Field(None, description="With add: the last day of those who come.")
    calendar: str | None = Field(None, description="The calendar of their working hours.")
    proficiency: Number | None = Field(None, description="How fast they are: work is divided by it.")
    also: tuple[str, ...] = Field((), description="Further roles whose work they can do.")
    training: Course | None = Field(None, description="A training for all of them, on the day `from`.")
    other_duties: OtherDuties | Literal["none"] | None = Field(
        None, description="Their work outside this model, or none."
    )

    def describe(self) -> str:
        """Say what the change does."""
        says = []
        if self.set is not None:
            says.append(f"has {people(self.set)}")
        if self.add is not None:
            more = f"{people(abs(self.add))} {'more' if self.add >= 0 else 'fewer'}"
            says.append(f"has {more}{_time(self.begins, self.until)}")
        if self.calendar is not None:
            says.append(f"works in the hours of {self.calendar}")
        if self.proficiency is not None:
            says.append(f"has a proficiency of {self.proficiency:g}")
        if self.also:
            says.append(f"can also do the work of {listed(self.also)}")
        if self.training is not None:
            hours = self.training.hours
            lasts = str(hours) if isinstance(hours, WorkingDays) else format_duration(hours)
            says.append(f"is trained for {lasts}{_time(self.begins, None)} (+{percent(self.training.effect)})")
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
            what = f"{self.role} has {people(role.staff)}, {-self.add} cannot go"
            troubles.append(Trouble("BP620", ("add",), what, f"At most {role.staff} can go."))
        staff = self.set if self.set is not None else role.staff + (self.add or 0)
        described = role.described() - sum(group.count for group in role.groups if role.is_like(group))
        if not troubles and staff < min(described, role.staff):
            what = f"{people(described)} of {self.role} {'are' if described > 1 else 'is'} described"
            troubles.append(
                Trouble("BP620", ("set" if self.add is None else "add",), what, "Say who goes in the file.")
            )
        if (self.until or (self.begins and not self.training)) and not (self.add or 0) > 0:
            what = "from and until are for people who come"
            troubles.append(Trouble("BP612", (), what, "Write add: 1, or more."))
        if self.training and not self.begins:
            what = "nothing says when the training is"
            troubles.append(Trouble("BP612", ("training",), what, "Write its day: from: 2025-03-03."))
        if self.training and not self.training.effect:
            troubles.append(
                Trouble("BP611", ("training", "effect"), "a training without effect", "Write one, or no training.")
            )
        if not troubles and self.changed(process) == process:
            what = f"{self.role} is so already"
            troubles.append(
                Trouble("BP611", (), what, "Write set, add, calendar, proficiency, also, training or other_duties.")
            )
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
        if self.training and self.begins:
            given = self.training
            at = datetime.combine(self.begins, time())
            course = Training.model_construct(at=at, lasts=given.hours, effect=given.effect, decay=given.decay)
            fields["training"] = (*role.training, course)
        if self.other_duties is not None:
            fields["other_duties"] = None if self.other_duties == "none" else self.other_duties
        return fields

    def _for_a_time(self) -> bool:
        return self.add is not None and (self.begins is not None or self.until is not None)

    def footprint(self, process: Process) -> Footprint:
        """Name what the change reads and writes."""
        at = role_at(self.role)
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


def people(number: int) -> str:
    """Say how many people."""
    return "1 person" if number == 1 else f"{number} people"
