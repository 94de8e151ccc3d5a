"""How people change: they learn, are trained, leave, and others are hired in their place."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema

from bpsim.errors import Mistake
from bpsim.model.written import (
    NEVER,
    Condition,
    DurationDraw,
    Frozen,
    Limit,
    Milliseconds,
    PerYear,
    Probability,
    Whole,
    expression,
)
from bpsim.values.distributions import constant


def moment(value: object) -> datetime:
    """Read a date, or a date and a time of day, as a civil instant."""
    if isinstance(value, datetime):
        return value
    try:
        found = datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None:
        raise Mistake("BP546", f"{value} is not a date", 'Write it as 2025-03-03, or with a time: "2025-03-03 09:00".')
    return found


def show_moment(value: datetime) -> str:
    """Write an instant as it could have been written."""
    text = value.isoformat(sep=" ", timespec="auto")
    return text.removesuffix(":00").removesuffix(" 00:00") if value.second == 0 else text


Moment = Annotated[datetime, PlainValidator(moment), PlainSerializer(show_moment), WithJsonSchema({"type": "string"})]


class Learning(Frozen):
    """Who does a task more often does it faster: the n-th time takes `n ** log2(rate)` of the duration."""

    rate: Probability = Field(description="What each doubling of experience leaves of the duration, such as 85%.")
    floor: Probability = Field(0.0, description="It never takes less than this part of the duration.")
    experience: Whole = Field(0, description="How often a new person has done each task before.")


class Training(Frozen):
    """A course for everybody of the role: away for a while, faster afterwards."""

    at: Moment = Field(description="When it begins: a date, or a date and a time.")
    lasts: Limit = Field(description="How long people are away, in working time.")
    effect: Probability = Field(description="So much more gets done in the same time after it.")
    decay: Milliseconds = Field(NEVER, description="In this time half of the effect is lost; never: it stays.")


class Leaving(Frozen):
    """People leave, at any time with the same chance; their posts are vacant until somebody is hired."""

    rate: PerYear = Field(description="How many leave, such as 12% per year.")


class Onboarding(Frozen):
    """A new person needs time to get up to speed: from `start` of the usual speed to all of it, in even steps."""

    lasts: Milliseconds = Field(description="After this time they are as fast as the others.")
    start: Probability = Field(description="How fast they are on the first day, such as 50%.")


#: A duration whose forms are read where a trigger or a bundle becomes a call (model.family).
Later = Annotated[
    Any, PlainValidator(lambda value: value), WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object"}]})
]


class Trigger(Frozen):
    """What makes a case arise instead of an arrival: somebody has left, or a case of another process passes a node."""

    vacancy: str = Field("", description="A department.role: somebody of it has left.")
    event: str = Field("", description="A node of another process, written process/node: a case has passed it.")
    when: Condition = Field(expression("true"), description="Only for cases of which this holds there.")
    delay: Later = Field("0s", description="How long after the event the client applies.")
    hands: dict[str, Condition] = Field({}, alias="with", description="Attributes handed over to the new case.")


class Effect(Frozen):
    """What a case that ends here brings about."""

    hire: str = Field(description="A department.role: the oldest vacancy is filled.")
    after: DurationDraw = Field(constant(0), description="So much later the new person begins, in civil time.")
