"""How one-line values stand in a field: parsed from the written form, printed back in the same form."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from bpsim.errors import Mistake, did_you_mean
from bpsim.values.calendars import Calendar, Schedule, parse_calendar, parse_schedule
from bpsim.values.conditions import Expression, parse_expression
from bpsim.values.distributions import (
    Constant,
    Distribution,
    constant,
    parse_distribution,
    parse_number,
    parse_probability,
)
from bpsim.values.durations import WorkingDays, format_duration, parse_delay, parse_duration
from bpsim.values.moments import Moment, parse_moment

#: The name of the built-in calendar that never closes; `civil` is another word for it in clocks.
ALWAYS = "always"
#: The largest number of people, documents or cases.
MOST = 10_000_000
#: A limit or patience that never passes.
NEVER = 2**62
#: More than this is no cost.
RICHES = 10**12

SCALAR_SCHEMA: JsonSchemaValue = {"type": ["string", "number", "boolean"]}


class Frozen(BaseModel):
    """A resolved part of the model: immutable, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, arbitrary_types_allowed=True)


class Short(Frozen):
    """A part that may also be written as one scalar, which stands for its field `short`."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Tell editors that the scalar form is as good as the mapping."""
        return {"anyOf": [SCALAR_SCHEMA, handler(core)]}


def expression(text: object) -> Expression:
    """Read a condition or number expression; durations inside it are milliseconds."""
    if isinstance(text, Expression):
        return text
    if not isinstance(text, bool):
        text = _scalar(text, "a number or a condition")
    return parse_expression(text, duration=parse_duration)


def number_draw(text: object) -> Distribution:
    """Read a distribution of plain numbers."""
    if isinstance(text, Distribution):
        return text
    return parse_distribution(_scalar(text, "a number or a distribution"), scalar=parse_number, nonnegative=False)


def duration_draw(text: object) -> Distribution:
    """Read a distribution of durations."""
    if isinstance(text, Distribution):
        return text
    return parse_distribution(_scalar(text, "a duration or a distribution"), scalar=parse_duration)


def delay_draw(text: object) -> Distribution | WorkingDays:
    """Read a distribution of durations, a number of working days, or `never`."""
    if isinstance(text, Distribution | WorkingDays):
        return text
    if isinstance(text, str) and text.strip() == "never":
        return Constant("never", float(NEVER))
    if isinstance(text, str) and "working day" in text:
        delay = parse_delay(text)
        return delay if isinstance(delay, WorkingDays) else constant(delay)
    return duration_draw(text)


def is_never(draw: Distribution | WorkingDays) -> bool:
    """Tell whether a delay is written `never`."""
    return isinstance(draw, Constant) and draw.value >= NEVER


def milliseconds(text: object) -> int:
    """Read one fixed duration; `never` and `always` stand for a time that does not come."""
    if isinstance(text, str) and text.strip() in {"never", "always"}:
        return NEVER
    if isinstance(text, int) and not isinstance(text, bool) and text == NEVER:
        return NEVER
    return parse_duration(_scalar(text, "a duration"))


def limit(text: object) -> int | WorkingDays:
    """Read one fixed duration or a number of working days."""
    if isinstance(text, WorkingDays):
        return text
    return parse_delay(_scalar(text, "a duration"))


def limit_or_never(text: object) -> int | WorkingDays:
    """Read one fixed duration, a number of working days, or `never`."""
    return milliseconds(text) if text in ("never", NEVER) else limit(text)


def show_milliseconds(value: int) -> str:
    """Write a fixed duration as it could have been written."""
    return "never" if value == NEVER else format_duration(value)


def show_limit(value: int | WorkingDays) -> str:
    """Write a limit as it could have been written."""
    return str(value) if isinstance(value, WorkingDays) else format_duration(value)


def money_per_hour(text: object) -> float:
    """Read `24/h` (or a number) as currency units per hour."""
    scalar = _scalar(text, "a cost per hour, such as 24/h")
    if isinstance(scalar, str):
        amount, slash, unit = scalar.partition("/")
        if slash and unit.strip() not in {"h", "hour"}:
            raise Mistake("BP503", f'a cost per "{unit.strip()}"', "Write the cost per hour: 24/h.", len(amount) + 1)
        scalar = amount.strip()
    return not_negative(parse_number(scalar))


def per_year(text: object) -> float:
    """Read a yearly rate, such as `12% per year`."""
    scalar = _scalar(text, "a yearly rate, such as 12% per year")
    if isinstance(scalar, float) and isinstance(text, float):
        return not_negative(scalar)
    amount, _, unit = str(scalar).partition(" per ")
    if unit.strip() != "year":
        raise Mistake("BP547", f"{scalar} is not a yearly rate", "Write it with its unit: 12% per year.")
    return not_negative(parse_number(amount))


def yearly_change(text: object) -> float:
    """Read how much more or less there is from year to year: `10% per year`, `-5% per year`."""
    scalar = _scalar(text, "a rate, such as 10% per year")
    amount, word, unit = str(scalar).partition(" per ")
    if isinstance(text, float):
        return text
    if not word or unit.strip() != "year":
        hint = f"Write the unit: {amount.strip()} per year." if not word else "Write it per year: 10% per year."
        raise Mistake("BP444", f"{scalar} is not a rate per year", hint)
    return parse_number(amount.strip())


def signed_duration_draw(text: object) -> Distribution:
    """Read a distribution of durations that may be negative."""
    if isinstance(text, Distribution):
        return text
    return parse_distribution(_scalar(text, "a duration or a distribution"), scalar=_signed, nonnegative=False)


def _signed(text: str) -> int:
    stripped = text.strip()
    return -parse_duration(stripped[1:]) if stripped.startswith("-") else parse_duration(text)


def count_draw(text: object) -> Distribution:
    """Read a distribution of numbers that are not negative."""
    if isinstance(text, Distribution):
        return text
    return parse_distribution(_scalar(text, "a number or a distribution"), scalar=parse_number)


def moment(text: object) -> Moment:
    """Read an instant: a date, a date with a time of day, or a time since the start."""
    return text if isinstance(text, Moment) else parse_moment(text, duration=parse_duration)


def not_negative(value: float) -> float:
    """Refuse a negative cost or count, and one that no sum can hold."""
    if value < 0:
        raise Mistake("BP502", f"{value:g} is negative", "Write zero or more.")
    if value > RICHES:
        raise Mistake("BP502", f"{value:g} is beyond all measure", f"Write at most {RICHES:,}.")
    return value


def whole(text: object) -> int:
    """Read a whole number, zero or more."""
    scalar = _scalar(text, "a whole number")
    value = parse_number(scalar)
    if value != int(value):
        raise Mistake("BP501", f"{value} is not a whole number", "Part time: use other_duties, or a shorter calendar.")
    if value > MOST:
        raise Mistake("BP501", f"{value:g} is more than can be counted here", f"Write at most {MOST:,}.")
    return int(not_negative(value))


def read_day(value: object) -> date:
    """Read a day: 2025-03-01."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise Mistake("BP513", f"{_scalar(value, 'a day')} is not a day", "Write it as 2025-03-01.") from None


def _scalar(value: object, wanted: str) -> str | int | float:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return value
    kind = "a mapping" if isinstance(value, Mapping) else "a list" if isinstance(value, list) else f"{value}".lower()
    kind = "nothing" if value is None else kind
    raise Mistake("BP104", f"{kind} where {wanted} belongs", "")


def _text(value: object) -> str:
    return str(value)


def _field(read: Any, write: Any = _text, schema: JsonSchemaValue | None = None) -> tuple[Any, ...]:  # noqa: ANN401
    return (PlainValidator(read), PlainSerializer(write), WithJsonSchema(schema or SCALAR_SCHEMA))


Number = Annotated[float, *_field(lambda value: parse_number(_scalar(value, "a number")), lambda value: value)]
Probability = Annotated[float, *_field(lambda v: parse_probability(_scalar(v, "a probability")), lambda v: v)]
Whole = Annotated[int, *_field(whole, lambda value: value, {"type": "integer", "minimum": 0})]
MoneyPerHour = Annotated[float, *_field(money_per_hour, lambda value: f"{value!r}/h")]
PerYear = Annotated[float, *_field(per_year, lambda value: f"{value!r} per year")]
Money = Annotated[float, *_field(lambda v: not_negative(parse_number(_scalar(v, "a sum of money"))), lambda v: v)]
Milliseconds = Annotated[int, *_field(milliseconds, show_milliseconds)]
Limit = Annotated[int | WorkingDays, *_field(limit, show_limit)]
LimitOrNever = Annotated[int | WorkingDays, *_field(limit_or_never, lambda v: "never" if v == NEVER else show_limit(v))]
NumberDraw = Annotated[Distribution, *_field(number_draw)]
DurationDraw = Annotated[Distribution, *_field(duration_draw)]
CountDraw = Annotated[Distribution, *_field(count_draw)]
SignedDraw = Annotated[Distribution, *_field(signed_duration_draw)]
Delay = Annotated[Distribution | WorkingDays, *_field(delay_draw)]
Day = Annotated[date, *_field(read_day, date.isoformat, {"type": "string", "format": "date"})]
YearlyChange = Annotated[float, *_field(yearly_change, lambda value: f"{value!r} per year")]
Instant = Annotated[Moment, *_field(moment)]
Condition = Annotated[Expression, *_field(expression)]
Hours = Annotated[
    Calendar,
    *_field(
        lambda value: value if isinstance(value, Calendar) else parse_calendar(value),
        lambda value: value.written(),
        {"anyOf": [{"type": "string"}, {"type": "object"}]},
    ),
]
Runs = Annotated[
    Schedule,
    *_field(
        lambda value: value if isinstance(value, Schedule) else parse_schedule(value),
        lambda value: value.written(),
        {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
    ),
]


class ProbabilityBy(Frozen):
    """A probability that depends on an attribute, or on the channel: `{by: complex, of: {true: 5%, else: 1%}}`."""

    by: str = Field(description="The attribute that it depends on, or channel.")
    of: dict[str, Probability] = Field(min_length=1, description="A probability for each value, and else.")


def read_chance(value: object) -> float | ProbabilityBy:
    """Read a probability, or a choice of probabilities by an attribute."""
    if isinstance(value, Mapping | ProbabilityBy):
        return ProbabilityBy.model_validate(value)
    return parse_probability(_scalar(value, "a probability"))


Chance = Annotated[
    Any,
    PlainValidator(read_chance),
    PlainSerializer(lambda value: value.model_dump(mode="json") if isinstance(value, ProbabilityBy) else value),
    WithJsonSchema({"anyOf": [SCALAR_SCHEMA, {"type": "object", "required": ["by", "of"]}]}),
]


def chances(value: float | ProbabilityBy) -> dict[str, float]:
    """Give every probability that a chance may be, by the value of its attribute."""
    return value.of if isinstance(value, ProbabilityBy) else {"": value}


def known_reference(name: str, options: Mapping[str, object] | set[str]) -> str:
    """Give the did-you-mean hint for an undefined name, with the list of what there is when nothing is near."""
    return did_you_mean(name, options) or ("Defined are: " + ", ".join(sorted(options)) + "." if options else "")
