"""The people of a plan: what each is like, when they are absent, and what is to be done first."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from bpsim.eventlog import PersonInfo
from bpsim.model.organisation import Employment, Role
from bpsim.model.personnel import Learning, Training
from bpsim.model.written import NEVER
from bpsim.values.distributions import Distribution
from bpsim.values.durations import WorkingDays

if TYPE_CHECKING:
    from bpsim.engine.plan import Compiler

DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class PersonPlan:
    """A person: the calendar, the proficiency, and the employment from `begins` to `ends`."""

    calendar: int
    proficiency: float
    begins: int
    ends: int

    def employed(self, length: int) -> float:
        """Give the part of a time from 0 on in which the person is employed; 1 when the employment lies outside it."""
        part = max(0, min(self.ends, length) - min(self.begins, length)) / length
        return part or 1.0


@dataclass(frozen=True, slots=True)
class AbsencePlan:
    """A kind of absence: the gaps between two, and how long one lasts."""

    name: str
    every: Distribution
    lasts: Distribution
    interrupts: bool


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """A training: when it is due, how long it lasts in working time, its effect, when half of it is lost (0: never)."""

    at: int
    lasts: int
    effect: float
    decay: int


@dataclass(frozen=True, slots=True)
class RolePlan:
    """The people of a role; `flexibility` is the number of tasks that they are eligible for."""

    name: str
    staff: int
    first_person: int
    calendar: int
    share: float
    block: int
    duties_interrupt: bool
    absences: tuple[AbsencePlan, ...]
    at_shift_end: str
    flexibility: int
    people: tuple[PersonPlan, ...]
    luck: tuple[tuple[str, int], ...]  # of each of them: the role and the number there that they had first
    learning: Learning | None
    training: tuple[TrainingPlan, ...]
    leaving: float  # so many of them in a year, of all who are there
    onboarding: tuple[int, float] | None

    @property
    def fit(self) -> bool:
        """Tell whether only what fits into a shift is started."""
        return self.at_shift_end == "fit"

    def alike(self) -> list[tuple[PersonPlan, int]]:
        """Count people who are alike and stand side by side."""
        return [(next(run), 1 + sum(1 for _ in run)) for _, run in groupby(self.people, key=id)]

    def present(self) -> float:
        """Give the part of the time on shift in which somebody is there for this process, absences and all."""
        part = 1 - self.share if self.block else 1.0
        for absence in self.absences:
            every, lasts = absence.every.mean(), absence.lasts.mean()
            part *= every / (every + lasts)
        return part

    def ample(self, number: int, first_person: int) -> "RolePlan":
        """Give the role with so many people who are always there and alike."""
        people = (PersonPlan(self.calendar, 1.0, 0, NEVER),) * number
        return replace(self, staff=number, first_person=first_person, share=0.0, block=0, duties_interrupt=False,
                       absences=(), at_shift_end="pause", people=people, luck=(), learning=None, training=(),
                       leaving=0.0, onboarding=None)  # fmt: skip

    def breaks_off(self) -> bool:
        """Tell whether something interrupts work of these people."""
        return (self.block > 0 and self.duties_interrupt) or any(absence.interrupts for absence in self.absences)


def role_plan(made: "Compiler", name: str) -> RolePlan:
    """Compile a role."""
    role = made.role_models[name]
    duties = role.other_duties
    return RolePlan(
        name=name,
        staff=role.staff,
        first_person=made.first_person(name),
        calendar=made.calendars[role.calendar],
        share=duties.share if duties else 0.0,
        block=duties.block if duties else 0,
        duties_interrupt=bool(duties and duties.interrupts),
        absences=tuple(AbsencePlan(one.name, one.every, one.lasts, one.interrupts) for one in role.absences),
        at_shift_end=role.at_shift_end,
        flexibility=made.queues.flexibility[name],
        people=_people(made, role),
        luck=tuple(role.origins(name)),
        learning=role.learning,
        training=tuple(_training(made, training, role.calendar) for training in role.training),
        leaving=role.leaving.rate if role.leaving else 0.0,
        onboarding=(start.lasts, start.start) if (start := role.onboarding) and start.lasts else None,
    )


def _people(made: "Compiler", role: Role) -> tuple[PersonPlan, ...]:
    described = [_person(made, person) for _, person in sorted(role.people.items())]
    for group in role.groups:
        described += [_person(made, group)] * group.count
    return (*described, *[_person(made, role.usual())] * (role.staff - len(described)))


def _person(made: "Compiler", person: Employment) -> PersonPlan:
    begins = max(0, _midnight(made, person.begins)) if person.begins else 0
    ends = max(0, _midnight(made, person.until) + DAY) if person.until else NEVER
    return PersonPlan(made.calendars[person.calendar], person.proficiency, begins, ends)


def _training(made: "Compiler", training: Training, name: str) -> TrainingPlan:
    lasts = training.lasts
    calendar = next(each.calendars[name] for each in made.shared.every.values() if name in each.calendars)
    return TrainingPlan(
        at=_midnight(made, training.at.date()) + _of_day(training.at),
        lasts=round(lasts.count * calendar.mean_open_day()) if isinstance(lasts, WorkingDays) else lasts,
        effect=training.effect,
        decay=0 if training.decay >= NEVER else training.decay,
    )


def _of_day(at: datetime) -> int:
    return ((at.hour * 60 + at.minute) * 60 + at.second) * 1000 + at.microsecond // 1000


def _midnight(made: "Compiler", day: date) -> int:
    return (day - made.start).days * DAY


def person_infos(made: "Compiler", name: str) -> tuple[PersonInfo, ...]:
    """Describe the people of a role for the log: nothing when all are as the role is."""
    role = made.role_models[name]
    if not role.described():
        return ()
    return tuple(
        PersonInfo(named, made.calendars[person.calendar], person.proficiency, person.cost)
        for named, person in role.everybody()
    )
