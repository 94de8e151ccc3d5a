"""What comes in: arrivals, channels, the attributes of cases, their priority and their clocks."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema, model_validator

from bpsim.errors import Mistake
from bpsim.model.client import Client, Share, ShareBy
from bpsim.model.personnel import Later, Trigger
from bpsim.model.written import (
    ALWAYS,
    Condition,
    CountDraw,
    Delay,
    DurationDraw,
    Frozen,
    Instant,
    Limit,
    Milliseconds,
    Money,
    Number,
    NumberDraw,
    Probability,
    Short,
    SignedDraw,
    Whole,
    YearlyChange,
    expression,
    limit,
    not_negative,
    number_draw,
    show_limit,
)
from bpsim.values.conditions import Expression
from bpsim.values.distributions import Bernoulli, Constant, Distribution, constant, parse_number
from bpsim.values.durations import WorkingDays
from bpsim.values.moments import parse_hours_range

#: Keys of a profile: weekdays and months.
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: Sums of shares may be off by this much.
SHARE_TOLERANCE = 1e-6


class Shift(Frozen):
    """Some of those who would come one way come by another channel instead."""

    to: str = Field(description="The channel that they come by.")
    share: Share = Field(description="How many of those who would come this way; by a group of clients: {by:, of:}.")


class Channel(Frozen):
    """A way for the client to reach the service."""

    share: Share = Field(
        description="How many of the cases come this way; all channels make 100%. By a group of clients: {by:, of:}."
    )
    calendar: str = Field(ALWAYS, description="When it is open; a client who comes earlier waits for the opening.")
    delay: Delay = Field(constant(0), description="How long an application is on its way.")
    client_time: Milliseconds = Field(0, description="The client's own time for each contact through this channel.")
    client_cost: Money = Field(0.0, description="What a contact through this channel costs the client.")
    shift: tuple[Shift, ...] = Field(
        (), description="Who comes by another channel instead, by a draw of its own: {portal: 20%}."
    )

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:  # noqa: ANN401
        if isinstance(data, dict) and isinstance(data.get("shift"), dict):
            return {**data, "shift": [{"to": to, "share": share} for to, share in sorted(data["shift"].items())]}
        return data


def channel_shares(channels: Mapping[str, Channel]) -> tuple[str, dict[str, dict[str, float]]]:
    """Give the attribute that the shares of channels depend on (or an empty text), and the shares for each value."""
    choices = [channel.share for channel in channels.values() if isinstance(channel.share, ShareBy)]
    values = list(dict.fromkeys(value for share in choices for value in share.of)) or [""]
    if not all("else" in share.of for share in choices):  # every value is named
        values = [value for value in values if value != "else"]
    shares = {value: {name: share_for(channel.share, value) for name, channel in channels.items()} for value in values}
    return (choices[0].by if choices else ""), shares


def share_for(share: float | ShareBy, value: str) -> float:
    """Give a share for a value of the attribute that it depends on; 0 where nothing is said."""
    return share.of.get(value, share.of.get("else", 0.0)) if isinstance(share, ShareBy) else share


def read_dispersion(value: object) -> float:
    """Read `{daily: gamma(cv=0.8)}` as the coefficient of variation of the daily factor."""
    if isinstance(value, float):
        return value
    if value == 0:
        return 0.0
    form = value.get("daily") if isinstance(value, dict) and set(value) == {"daily"} else None
    match = re.fullmatch(r"\s*gamma\(\s*cv\s*=\s*([^\s()]+)\s*\)\s*", form) if isinstance(form, str) else None
    if match is None:
        raise Mistake("BP407", "not a dispersion", "Write {daily: gamma(cv=0.8)}.")
    return not_negative(parse_number(match[1]))


Dispersion = Annotated[
    float,
    PlainValidator(read_dispersion),
    PlainSerializer(lambda cv: {"daily": f"gamma(cv={cv!r})"} if cv else 0),
    WithJsonSchema({"anyOf": [{"const": 0}, {"type": "object", "required": ["daily"]}]}),
]


class Shock(Frozen):
    """A time in which more or fewer cases come: `{at: 2025-03-01, times: 3, lasts: 2 weeks}`."""

    at: Instant = Field(description="When it begins: a date, with a time of day or without; or a time since the start.")
    times: Number = Field(description="The factor: 3 for three times as many, 0 for none.")
    lasts: Milliseconds = Field(description="How long it lasts.")


class Appointments(Frozen):
    """Clients come to slots in the open time of the calendar of cases, and wait for their slot when they are early."""

    every: Milliseconds = Field(description="The time from slot to slot, from each opening on.")
    clients: Whole = Field(1, description="How many clients are booked into each slot.")
    no_show: Probability = Field(0.0, description="How many of them do not come.")
    earliness: SignedDraw = Field(
        constant(0),
        description="How long before the slot a client comes; negative for late.",
    )


class Arrivals(Short):
    """How often a need arises: by the time between two cases, at given times, or by appointment.

    `every` is the time between two arrivals, in open time of the calendar, at intensity 1. The intensity is the
    product of `profile` (of the weekday, the month and the hour), `growth`, `shocks`, and a gamma-distributed daily
    factor with mean 1 and coefficient of variation `dispersion`.
    """

    every: DurationDraw | None = Field(None, description="The time between two arrivals: exponential(mean=2h).")
    size: CountDraw = Field(Constant("1", 1.0), description="How many cases come together.")
    profile: dict[str, Number] = Field(
        {}, description='Factors of weekdays, months and hours: {mon: 1.2, jan: 0.8, "08-10": 1.5}.'
    )
    dispersion: Dispersion = Field(0.0, description="{daily: gamma(cv=0.8)}: some days are busier than others.")
    growth: YearlyChange = Field(0.0, description="More from day to day: 10% per year. Negative: fewer.")
    shocks: tuple[Shock, ...] = Field((), description="Times in which more or fewer cases come.")
    times: tuple[Instant, ...] = Field((), description="Instead of every: the very times at which cases come.")
    file: str = Field("", description="Instead of times: a file with a time in each line, or in its first column.")
    appointments: Appointments | None = Field(None, description="Instead of every: clients come by appointment.")
    at_most: Whole | None = Field(None, description="Arrivals stop after this many cases; without end when left out.")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:  # noqa: ANN401
        return data if isinstance(data, dict | Arrivals) else {"every": data}

    def hours(self) -> tuple[tuple[int, int, float], ...]:
        """Give the parts of the day with a factor of their own, in order: from, to (ms since midnight), factor."""
        found = ((parse_hours_range(key), factor) for key, factor in self.profile.items())
        return tuple(sorted((*hours, factor) for hours, factor in found if hours))


class Categories(Frozen):
    """One of several words, each with its share."""

    shares: dict[str, Probability]


class Choice(Frozen):
    """A draw that depends on an attribute of the case: `{by: kind, of: {housing: D, else: D}}`."""

    by: str
    of: dict[str, NumberDraw] = Field(min_length=1)


def read_attribute(value: object) -> Distribution | Categories | Choice:
    """Read the written form of an attribute: a distribution or number, a mapping of shares, or a choice."""
    if isinstance(value, Distribution | Categories | Choice):
        return value
    if isinstance(value, dict):
        if set(value) <= {"by", "of"}:
            return Choice.model_validate(value)
        shares = value["shares"] if set(value) == {"shares"} and isinstance(value["shares"], dict) else value
        return Categories.model_validate({"shares": dict(sorted(shares.items()))})
    return number_draw(value)


def _show_attribute(value: object) -> object:
    if isinstance(value, Categories):
        return value.shares
    return value.model_dump(mode="json") if isinstance(value, Choice) else str(value)


Attribute = Annotated[
    Any,
    PlainValidator(read_attribute),
    PlainSerializer(_show_attribute),
    WithJsonSchema({"anyOf": [{"type": ["string", "number", "boolean"]}, {"type": "object"}]}),
]


def read_assignment(value: object) -> Distribution | Expression:
    """Read what `assign` sets: a distribution (a fresh draw) or an expression of the case's attributes."""
    if isinstance(value, Distribution | Expression):
        return value
    if isinstance(value, str):
        try:
            drawn = number_draw(value)
        except Mistake:
            return expression(value)
        if not drawn.is_constant():
            return drawn
    return expression(value)


Assignment = Annotated[
    Any,
    PlainValidator(read_assignment),
    PlainSerializer(str),
    WithJsonSchema({"type": ["string", "number", "boolean"]}),
]


def attribute_type(attribute: Distribution | Categories | Choice) -> str:
    """Say what an attribute holds, in the words of the expression checker: truth, number or text."""
    if isinstance(attribute, Categories):
        return "text"
    draws = attribute.of.values() if isinstance(attribute, Choice) else (attribute,)
    return "truth" if all(isinstance(draw, Bernoulli) for draw in draws) else "number"


class LimitBy(Frozen):
    """A legal limit that depends on an attribute (its value at the end of the case)."""

    by: str
    of: dict[str, Limit] = Field(min_length=1)


def read_clock_limit(value: object) -> int | WorkingDays | LimitBy:
    """Read one limit, or a choice of limits by an attribute."""
    return LimitBy.model_validate(value) if isinstance(value, dict | LimitBy) else limit(value)


ClockLimit = Annotated[
    Any,
    PlainValidator(read_clock_limit),
    PlainSerializer(lambda value: value.model_dump(mode="json") if isinstance(value, LimitBy) else show_limit(value)),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object", "required": ["by", "of"]}]}),
]


class OnPass(Frozen):
    """What happens when a limit has passed: everything that is under way is cancelled, and the case goes elsewhere."""

    next: str = Field(description="Where the case goes then: a deemed approval, a refund.")


class Clock(Frozen):
    """A measured span of a case with a limit: from one node to the first completion of others, less the stops."""

    start: str = Field("arrival", alias="from", description="arrival, need, or the node whose completion starts it.")
    to: tuple[str, ...] = Field(("end",), description="The nodes whose completion ends it; end for the case's end.")
    limit: ClockLimit = Field(description="What the law allows, such as 8 weeks; by an attribute: {by:, of:}.")
    calendar: str = Field(
        ALWAYS, description="The limit counts open time of this calendar; civil is another word for always."
    )
    on_pass: OnPass | None = Field(None, description="What happens when the limit has passed; nothing when left out.")
    stops_while: tuple[str, ...] = Field(
        (), description="client, external, or tasks: the clock stands while any is open."
    )

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:  # noqa: ANN401
        if not isinstance(data, dict):
            return data
        data = dict(data)
        for key in ("to", "stops_while"):
            if isinstance(data.get(key), str):
                data[key] = [data[key]]
        if data.get("calendar") == "civil":
            data["calendar"] = ALWAYS
        return data


class Service(Frozen):
    """A service that a life event calls for."""

    process: str = Field(description="The process of the service.")
    when: Condition = Field(expression("true"), description="Only for whom this holds.")
    delay: Later = Field(0, description="How long it takes until the client applies for it.")
    hands: dict[str, Condition] = Field({}, alias="with", description="Attributes handed over to the new case.")


class Bundle(Frozen):
    """A life event and the services it calls for: it is over for the client when the last of them is."""

    event: str = Field(description="The name of the event: the start of the flow.")
    services: tuple[Service, ...] = Field(min_length=1, description="The services.")


class Cases(Frozen):
    """What a case is and how cases come."""

    entry: Literal["arrivals", "called", "event"] = Field(
        "arrivals",
        description="called: cases begin only when another process calls this one; event: something happens, and the "
        "case is there at once, whatever the channel.",
    )
    arrivals: Arrivals = Field(description="How often cases come.")
    trigger: Trigger | None = Field(
        None, description="What makes cases arise instead of arrivals: {vacancy: ROLE} or {event: process/node}."
    )
    bundle: Bundle | None = Field(None, description="A life event and its services; it makes the flow.")
    calendar: str = Field(ALWAYS, description="When cases arrive.")
    attributes: dict[str, Attribute] = Field({}, description="What differs from case to case.")
    priority: Condition = Field(
        expression("0"), description="Higher goes first; evaluated when an item enters a queue."
    )
    preempts: Condition = Field(
        expression("false"),
        description="Whether an item breaks into work of lower priority; evaluated when it enters a queue.",
    )
    clocks: dict[str, Clock] = Field({}, description="Spans of a case that have a limit.")
    max_visits: Whole = Field(1000, description="A case that passes one node more often stops the run.")
    client: Client = Field(Client(), description="What clients do while they wait.")

    @model_validator(mode="before")
    @classmethod
    def _triggered(cls, data: Any) -> Any:  # noqa: ANN401
        if not isinstance(data, dict) or "arrivals" in data:
            return data
        if data.get("trigger") is not None or data.get("entry") == "called":
            return {**data, "arrivals": {"every": "1 year", "at_most": 0}}
        return data
