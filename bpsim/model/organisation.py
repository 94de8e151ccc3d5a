"""Who does the work: departments of bodies, roles and their people, and what it takes to pass a case between them."""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from bpsim.errors import Mistake
from bpsim.model.personnel import Learning, Leaving, Onboarding, Training
from bpsim.model.written import (
    ALWAYS,
    Day,
    Delay,
    DurationDraw,
    Frozen,
    Milliseconds,
    MoneyPerHour,
    Number,
    Probability,
    Short,
    Whole,
)
from bpsim.values.distributions import constant


class OtherDuties(Frozen):
    """Work outside the model: away for blocks of `block` of working time, `share` of the time on shift in all."""

    share: Probability = Field(description="How much of the time on shift goes to them.")
    block: Milliseconds = Field(description="How long people are away at a time.")
    interrupts: bool = Field(
        default=False, description="true: a block breaks into the work at hand; false: the work is completed first."
    )


class Absence(Frozen):
    """A reason to be absent now and then, such as sick leave or holidays, in civil time."""

    name: str = Field("", description="What it is, such as sick leave.")
    every: DurationDraw = Field(description="The time from the end of an absence to the beginning of the next.")
    lasts: DurationDraw = Field(description="How long an absence lasts.")
    interrupts: bool = Field(
        default=False, description="true: it breaks into the work at hand; false: the work is completed first."
    )


def origin(text: str) -> str:
    """Read who somebody was first: a role and the number of the person there."""
    if text and not re.fullmatch(r"[a-z]\w*\.[a-z]\w* [1-9]\d*", text):
        raise Mistake("BP104", f"'{text}' is nobody", "Write the role and the number there: desk.clerk 3.")
    return text


class Employment(Frozen):
    """What may differ between the people of a role; what is left out is as the role says."""

    calendar: str = Field(ALWAYS, description="Their own working hours; those of the role when it is left out.")
    proficiency: Number = Field(
        1.0, description="Work is divided by it: 1.25 is a quarter faster; as the role says when it is left out."
    )
    cost: MoneyPerHour = Field(0.0, description="Cost of an hour on shift; as the role says when it is left out.")
    begins: Day | None = Field(None, alias="from", description="The first day; from the beginning when left out.")
    until: Day | None = Field(None, description="The last day; without end when it is left out.")
    was: Annotated[str, AfterValidator(origin)] = Field(
        "", description="Their role and number before (of a group: the first of them), so that they keep their luck."
    )

    def employed(self, day: date) -> bool:
        """Tell whether they are employed on a day."""
        return (self.begins is None or self.begins <= day) and (self.until is None or day <= self.until)


class Person(Employment):
    """A person with a name."""


class Group(Employment):
    """Some people of a role who are alike; an entry of the list form of `staff`."""

    count: Whole = Field(1, description="How many they are.")


class Role(Frozen):
    """A kind of work that some people of a department do; `staff` of them, each on shift in the hours of `calendar`.

    The first of them are those of `people`, in alphabetical order, then those of `groups`; the others are as the role
    says.
    """

    title: str = Field("", description="What people see; the name when it is left out.")
    staff: Whole = Field(description="How many people have this role; or a list of groups: [{count: 2}, {count: 1}].")
    cost: MoneyPerHour = Field(0.0, description="Cost of an hour on shift, such as 24/h.")
    calendar: str = Field(ALWAYS, description="The working hours; the department's calendar when it is left out.")
    proficiency: Number = Field(1.0, description="Work is divided by it: 1.25 is a quarter faster, 0.8 slower.")
    people: dict[str, Person] = Field({}, description="People with names: {anna: {proficiency: 1.2}, boris: {}}.")
    groups: tuple[Group, ...] = ()
    also: tuple[str, ...] = Field((), description="Other roles whose work these people can do.")
    other_duties: OtherDuties | None = Field(None, description="Blocks of work outside this model.")
    absences: tuple[Absence, ...] = Field((), description="Why people are absent now and then: sick leave, holidays.")
    at_shift_end: Literal["pause", "fit", "finish"] = Field(
        "pause",
        description="pause: work goes on at the next opening; fit: only what fits into the rest of the opening starts; "
        "finish: what has been started is finished in overtime.",
    )
    overtime_cost: MoneyPerHour = Field(
        0.0, description="Cost of an hour of overtime, such as 50/h; `cost` when it is left out."
    )
    discipline: Literal["fifo", "edd", "spt", "siro", "lifo"] = Field(
        "fifo",
        description="Who is next among equal priorities: fifo: who waits longest; edd: whose legal limit comes first; "
        "spt: the shortest work; siro: chance; lifo: who came last.",
    )
    learning: Learning | None = Field(None, description="Who does a task more often does it faster.")
    training: tuple[Training, ...] = Field((), description="Courses: people are away, and faster afterwards.")
    leaving: Leaving | None = Field(None, description="People leave; their posts are vacant until somebody is hired.")
    onboarding: Onboarding | None = Field(None, description="A new person needs time to get up to speed.")
    kind: Literal["people", "system"] = Field("people", description="system: machines with a capacity; no handoffs.")

    @model_validator(mode="before")
    @classmethod
    def _resolve_people(cls, data: Any) -> Any:  # noqa: ANN401 - the written form may be anything
        if not isinstance(data, dict):
            return data
        data = dict(data)
        if isinstance(data.get("staff"), list | tuple) and "groups" not in data:
            data["groups"] = data["staff"]
            data["staff"] = sum(map(_count, data["groups"]))
        people, groups = data.get("people", {}), data.get("groups", ())
        same = {key: data[key] for key in ("calendar", "proficiency", "cost") if key in data}
        if isinstance(people, dict) and people:
            data["people"] = {name: _with(same, person) for name, person in people.items()}
            data.setdefault("staff", len(people))
        if isinstance(groups, list | tuple):
            data["groups"] = [_with(same, group) for group in groups]
        if "cost" in data:
            data.setdefault("overtime_cost", data["cost"])
        return data

    def usual(self) -> Employment:
        """Give what people of the role are like of whom nothing more is said."""
        return Employment(calendar=self.calendar, proficiency=self.proficiency, cost=self.cost)

    def everybody(self) -> list[tuple[str, Employment]]:
        """Give everybody in the order of their numbers, with their names (empty for those who have none)."""
        found: list[tuple[str, Employment]] = sorted(self.people.items())
        for group in self.groups:
            found += [("", group)] * group.count
        return found + [("", self.usual())] * (self.staff - len(found))

    def origins(self, name: str) -> list[tuple[str, int]]:
        """Give with whose luck everybody lives: the role and the number there (from 0) that each of them had first.

        `name` is that of this role. The order is that of `everybody`.
        """
        found: list[tuple[str, int]] = []
        for count, person in [*((1, p) for _, p in sorted(self.people.items())), *((g.count, g) for g in self.groups)]:
            role, _, number = person.was.partition(" ")
            first = int(number) - 1 if role else len(found)
            found += [(role or name, first + i) for i in range(count)]
        return found + [(name, i) for i in range(len(found), self.staff)]

    def is_like(self, person: Employment) -> bool:
        """Tell whether somebody is as the role says, and there all the time."""
        return (
            not person.was
            and person.begins is person.until is None
            and all(getattr(person, key) == getattr(self, key) for key in ("calendar", "proficiency", "cost"))
        )

    def changed(self, **fields: Any) -> "Role":  # noqa: ANN401 - any of the settings
        """Give the role with other settings; people who were as the role said follow it, and so does overtime."""
        made: dict[str, Any] = dict(fields)
        for key in {"calendar", "proficiency", "cost"} & fields.keys():
            old = getattr(self, key)
            one = {key: fields[key]}
            people, groups = made.get("people", self.people), made.get("groups", self.groups)
            made["people"] = {
                name: person.model_copy(update=one) if getattr(person, key) == old else person
                for name, person in people.items()
            }
            made["groups"] = tuple(
                group.model_copy(update=one) if getattr(group, key) == old else group for group in groups
            )
            if key == "cost" and self.overtime_cost == old:
                made.setdefault("overtime_cost", fields[key])
        return self.model_copy(update=made)

    def described(self) -> int:
        """Count the people of whom the role says more than that they are there."""
        return len(self.people) + sum(group.count for group in self.groups)


def _count(group: object) -> int:
    """Count the people of a group; what is no number is said by the field itself."""
    if isinstance(group, Group):
        return group.count
    count = group.get("count", 1) if isinstance(group, dict) else 0
    return count if isinstance(count, int) and not isinstance(count, bool) else 0


def _with(same: dict[str, Any], person: Any) -> Any:  # noqa: ANN401 - the written form may be anything
    return {**same, **person} if isinstance(person, dict) else person


class Department(Frozen):
    """A unit with its roles; departments of one `body` (legal entity) are nearer to each other than bodies."""

    title: str = Field("", description="What people see; the name when it is left out.")
    body: str = Field("organisation", description="The legal entity that the department belongs to.")
    calendar: str = Field(ALWAYS, description="The default working hours of its roles.")
    roles: dict[str, Role] = Field({}, description="Its roles by their names.")


class Transfer(Short):
    """The time that a case is on its way to a department, in the open hours of a calendar."""

    delay: Delay = Field(constant(0), description="How long a case is on its way.")
    calendar: str = Field(ALWAYS, description="The delay counts open time of this calendar.")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:  # noqa: ANN401 - the written form may be anything
        return data if isinstance(data, dict | Transfer) else {"delay": data}


class Transfers(Frozen):
    """Delays on passing a case: a pair of departments before `within`, before `between_bodies`, before `default`."""

    default: Transfer = Field(Transfer(), description="Where nothing more specific is said.")
    between_bodies: Transfer = Field(
        Transfer(), description="Between departments of two bodies; `default` when left out."
    )
    within: Transfer = Field(Transfer(), description="Between people of one department.")
    pairs: dict[str, Transfer] = Field({}, description="From one department to another, written `a -> b: DELAY`.")

    @model_validator(mode="before")
    @classmethod
    def _gather_pairs(cls, data: Any) -> Any:  # noqa: ANN401
        if not isinstance(data, dict):
            return data
        known = {key: value for key, value in data.items() if "->" not in str(key)}
        pairs = {key: value for key, value in data.items() if "->" in str(key)}
        if pairs:
            named = {" -> ".join(part.strip() for part in key.split("->")): value for key, value in pairs.items()}
            known["pairs"] = {**known.get("pairs", {}), **named}
        if "default" in known and "between_bodies" not in known:
            known["between_bodies"] = known["default"]
        return known

    @staticmethod
    def pair(origin: str, target: str) -> str:
        """Name the entry of `pairs` for a way from one department to another."""
        return f"{origin} -> {target}"

    def between(self, origin: str, target: str, *, same_body: bool) -> Transfer:
        """Give the most specific transfer from a department to another (or to itself)."""
        if (pair := self.pair(origin, target)) in self.pairs:
            return self.pairs[pair]
        if origin == target:
            return self.within
        return self.default if same_body else self.between_bodies
