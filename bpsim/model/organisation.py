"""Who does the work: departments of bodies, roles and their people, and what it takes to pass a case between them."""

from typing import Any, Literal

from pydantic import Field, model_validator

from bpsim.model.personnel import Learning, Leaving, Onboarding, Training
from bpsim.model.written import (
    ALWAYS,
    Delay,
    Frozen,
    Milliseconds,
    MoneyPerHour,
    Probability,
    Short,
    Whole,
)
from bpsim.values.distributions import constant


class OtherDuties(Frozen):
    """Work outside the model: away for blocks of `block` of working time, `share` of the time on shift in all."""

    share: Probability = Field(description="How much of the time on shift goes to them.")
    block: Milliseconds = Field(description="How long people are away at a time.")


class Role(Frozen):
    """A kind of work that some people of a department do; `staff` of them, each on shift in the hours of `calendar`."""

    title: str = Field("", description="What people see; the name when it is left out.")
    staff: Whole = Field(description="How many people have this role.")
    cost: MoneyPerHour = Field(0.0, description="Cost of an hour on shift, such as 24/h.")
    calendar: str = Field(ALWAYS, description="The working hours; the department's calendar when it is left out.")
    also: tuple[str, ...] = Field((), description="Other roles whose work these people can do.")
    other_duties: OtherDuties | None = Field(None, description="Blocks of work outside this model.")
    at_shift_end: Literal["pause", "fit"] = Field(
        "pause",
        description="pause: work goes on at the next opening; fit: only what fits into the rest of the opening starts.",
    )
    learning: Learning | None = Field(None, description="Who does a task more often does it faster.")
    training: tuple[Training, ...] = Field((), description="Courses: people are away, and faster afterwards.")
    leaving: Leaving | None = Field(None, description="People leave; their posts are vacant until somebody is hired.")
    onboarding: Onboarding | None = Field(None, description="A new person needs time to get up to speed.")
    kind: Literal["people", "system"] = Field("people", description="system: machines with a capacity; no handoffs.")


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
