"""The fields of the model: what may be written in them, how it is printed, and what is refused."""

from datetime import date, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from bpsim.errors import Mistake
from bpsim.model import demand, flow, organisation, personnel, written
from bpsim.model.client import Work
from bpsim.model.flow import read_branches
from bpsim.model.organisation import OtherDuties, Role, Transfer, Transfers
from bpsim.model.written import NEVER, Frozen, Short, known_reference
from bpsim.values.conditions import parse_expression
from bpsim.values.distributions import Bernoulli, Constant, Uniform
from bpsim.values.durations import WorkingDays, parse_duration

HOUR = 3_600_000

#: A field, what is written in it, what it becomes, and how it is printed.
FIELDS: list[tuple[Any, object, object, object]] = [
    (written.Number, "1.5", 1.5, 1.5),
    (written.Number, "30%", 0.3, 0.3),
    (written.Probability, "30%", 0.3, 0.3),
    (written.Whole, 3, 3, 3),
    (written.Whole, "3", 3, 3),
    (written.Whole, 3.0, 3, 3),
    (written.MoneyPerHour, "24/h", 24.0, "24.0/h"),
    (written.MoneyPerHour, "24 / hour", 24.0, "24.0/h"),
    (written.MoneyPerHour, 24, 24.0, "24.0/h"),
    (written.Money, "2.50", 2.5, 2.5),
    (written.Milliseconds, "1h", HOUR, "1h"),
    (written.Milliseconds, "never", NEVER, "never"),
    (written.Milliseconds, " always ", NEVER, "never"),
    (written.Milliseconds, NEVER, NEVER, "never"),
    (written.Limit, "8 weeks", 56 * 24 * HOUR, "56d"),
    (written.Limit, "3 working days", WorkingDays(3), "3 working days"),
    (written.Limit, WorkingDays(3), WorkingDays(3), "3 working days"),
    (written.NumberDraw, 3, Constant("3", 3.0), "3"),
    (written.DurationDraw, "1-2 h", Uniform("1-2 h", HOUR, 2 * HOUR), "1-2 h"),
    (written.Delay, "1 working day", WorkingDays(1), "1 working day"),
    (written.Delay, WorkingDays(2), WorkingDays(2), "2 working days"),
    (written.Delay, "1h", Constant("1h", float(HOUR)), "1h"),
    (written.Condition, "a > 1", parse_expression("a > 1", duration=parse_duration), "a > 1"),
    (written.Condition, True, parse_expression("true", duration=parse_duration), "true"),
    (written.Hours, "24/7", written.parse_calendar("24/7"), "24/7"),
    (written.Runs, "mon 10:00", written.parse_schedule("mon 10:00"), "mon 10:00"),
    (written.PerYear, "12% per year", 0.12, "0.12 per year"),
    (written.PerYear, "0.5 per year", 0.5, "0.5 per year"),
    (written.YearlyChange, "-5% per year", -0.05, "-0.05 per year"),
    (written.SignedDraw, "-1h", Constant("-1h", float(-HOUR)), "-1h"),
    (written.CountDraw, "3", Constant("3", 3.0), "3"),
    (written.Day, "2025-03-01", date(2025, 3, 1), "2025-03-01"),
    (personnel.Moment, "2025-03-03", datetime(2025, 3, 3), "2025-03-03"),  # noqa: DTZ001 - civil time has no zone
    (personnel.Moment, " 2025-03-03 09:30 ", datetime(2025, 3, 3, 9, 30), "2025-03-03 09:30"),  # noqa: DTZ001
    (personnel.Moment, "2025-03-03 09:30:15", datetime(2025, 3, 3, 9, 30, 15), "2025-03-03 09:30:15"),  # noqa: DTZ001
]


@pytest.mark.parametrize(("field", "text", "value", "printed"), FIELDS)
def test_fields(field: Any, text: object, value: object, printed: object) -> None:  # noqa: ANN401 - a type
    """A field reads what people write, prints it, and reads what it has printed."""
    adapter: TypeAdapter[Any] = TypeAdapter(field)
    assert adapter.validate_python(text) == value
    assert adapter.dump_python(adapter.validate_python(text), mode="json") == printed
    again = adapter.validate_python(printed)
    assert adapter.dump_python(again, mode="json") == printed
    if not isinstance(value, int):  # a number of milliseconds is no duration: the unit is missing
        assert adapter.validate_python(value) == value
    assert adapter.json_schema()


#: A field, what is written in it, and the code, words and offset of the mistake.
MISTAKES: list[tuple[Any, object, str, str, int]] = [
    (written.Number, None, "BP104", "nothing where a number belongs", 0),
    (written.Number, [1], "BP104", "a list where a number belongs", 0),
    (written.Number, {"a": 1}, "BP104", "a mapping where a number belongs", 0),
    (written.Probability, True, "BP104", "true where a probability belongs", 0),
    (written.Whole, 2.5, "BP501", "2.5 is not a whole number", 0),
    (written.Whole, "2.5", "BP501", "2.5 is not a whole number", 0),
    (written.Whole, -1, "BP502", "-1 is negative", 0),
    (written.Whole, "1e15", "BP501", "1e+15 is more than can be counted here", 0),
    (written.Money, -2, "BP502", "-2 is negative", 0),
    (written.MoneyPerHour, "24/day", "BP503", 'a cost per "day"', 3),
    (written.MoneyPerHour, "-24/h", "BP502", "-24 is negative", 0),
    (written.Milliseconds, False, "BP104", "false where a duration belongs", 0),
    (written.Condition, ["a"], "BP104", "a list where a number or a condition belongs", 0),
    (written.DurationDraw, None, "BP104", "nothing where a duration or a distribution belongs", 0),
    (written.NumberDraw, None, "BP104", "nothing where a number or a distribution belongs", 0),
    (demand.Dispersion, {"weekly": "gamma(cv=1)"}, "BP407", "not a dispersion", 0),
    (demand.Dispersion, {"daily": "normal(cv=1)"}, "BP407", "not a dispersion", 0),
    (demand.Dispersion, {"daily": 3}, "BP407", "not a dispersion", 0),
    (written.PerYear, "12%", "BP547", "12% is not a yearly rate", 0),
    (written.PerYear, "-12% per year", "BP502", "-0.12 is negative", 0),
    (organisation.Person, {"was": "anna"}, "BP104", "'anna' is nobody", 0),
    (written.Day, "March", "BP513", "March is not a day", 0),
    (personnel.Moment, "2025-03-03 09:00+01:00", "BP546", "2025-03-03 09:00+01:00 is not a date", 0),
    (personnel.Moment, "2025-02-30", "BP546", "2025-02-30 is not a date", 0),
    (demand.Dispersion, {"daily": "gamma(cv=-1)"}, "BP502", "-1 is negative", 0),
]


@pytest.mark.parametrize(("field", "text", "code", "what", "offset"), MISTAKES)
def test_mistakes(field: Any, text: object, code: str, what: str, offset: int) -> None:  # noqa: ANN401 - a type
    """What cannot be read carries the mistake into pydantic's error."""
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(field).validate_python(text)
    said = caught.value.errors()[0]["ctx"]["error"]
    assert isinstance(said, Mistake)
    assert (said.code, said.what, said.offset) == (code, what, offset)


def test_known_reference() -> None:
    """The nearest name, or the list of what there is, or nothing where there is nothing."""
    assert known_reference("clark", {"clerk": 1, "aide": 2}) == "Did you mean 'clerk'?"
    assert known_reference("zzz", {"clerk", "aide"}) == "Defined are: aide, clerk."
    assert known_reference("zzz", {}) == ""


def test_frozen_and_short() -> None:
    """Parts are frozen; the short form is offered to editors."""
    with pytest.raises(ValidationError, match="frozen"):
        OtherDuties.model_validate({"share": 0.1, "block": "1h"}).share = 0.2
    schema = TypeAdapter(Transfer).json_schema()
    assert schema["anyOf"][0] == {"type": ["string", "number", "boolean"]}
    assert issubclass(Short, Frozen)


# What comes in --------------------------------------------------------------------------------------------------------


def test_dispersion() -> None:
    """A coefficient of variation, or nothing."""
    adapter: TypeAdapter[float] = TypeAdapter(demand.Dispersion)
    assert [adapter.validate_python(form) for form in ({"daily": "gamma(cv=0.8)"}, 0, 0.5)] == [0.8, 0.0, 0.5]
    assert adapter.dump_python(0.8, mode="json") == {"daily": "gamma(cv=0.8)"}
    assert adapter.dump_python(0.0, mode="json") == 0


def test_arrivals() -> None:
    """A duration alone is the time between two cases."""
    short = demand.Arrivals.model_validate("exponential(mean=2h)")
    assert short == demand.Arrivals.model_validate({"every": "exponential(mean=2h)"})
    assert demand.Arrivals.model_validate(short) == short


def test_attributes() -> None:
    """Draws, words with shares (in alphabetical order), and choices by another attribute."""
    adapter: TypeAdapter[Any] = TypeAdapter(demand.Attribute)
    words = adapter.validate_python({"b": "30%", "a": "70%"})
    assert list(words.shares.items()) == [("a", 0.7), ("b", 0.3)]
    assert adapter.validate_python({"shares": {"a": 1.0}}) == demand.Categories(shares={"a": 1.0})
    assert adapter.validate_python({"shares": "100%"}) == demand.Categories(shares={"shares": 1.0})
    chosen = adapter.validate_python({"by": "a", "of": {"x": 1, "else": "bernoulli(10%)"}})
    assert adapter.dump_python(chosen, mode="json") == {"by": "a", "of": {"else": "bernoulli(10%)", "x": "1"}}
    for value in (words, chosen, adapter.validate_python(3)):
        assert adapter.validate_python(value) == value
        assert adapter.validate_python(adapter.dump_python(value, mode="json")) == value
    with pytest.raises(ValidationError):
        adapter.validate_python({})


def test_attribute_types() -> None:
    """Truth is a bernoulli or a choice of them only; words are text; the rest are numbers."""

    def kind(text: object) -> str:
        return demand.attribute_type(demand.read_attribute(text))

    assert kind("bernoulli(10%)") == "truth"
    assert kind({"by": "a", "of": {"x": "bernoulli(10%)", "y": "bernoulli(20%)"}}) == "truth"
    assert kind({"by": "a", "of": {"x": "bernoulli(10%)", "y": 2}}) == "number"
    assert kind({"a": "100%"}) == "text"
    assert kind(3) == kind("exponential(mean=2)") == "number"


def test_assignments() -> None:
    """A distribution is a fresh draw; everything else, a plain number too, is an expression."""
    assert isinstance(demand.read_assignment("bernoulli(10%)"), Bernoulli)
    for text in ("count + 1", "3", 3, True, "a"):
        assert str(demand.read_assignment(text)) == str(text).lower()
        assert demand.read_assignment(demand.read_assignment(text)) == demand.read_assignment(text)


def test_clocks() -> None:
    """Single names stand for lists; civil time never closes; a limit may depend on an attribute."""
    clock = demand.Clock.model_validate(
        {"limit": "8 weeks", "to": "notify", "stops_while": "client", "calendar": "civil"}
    )
    assert (clock.start, clock.to, clock.stops_while, clock.calendar) == ("arrival", ("notify",), ("client",), "always")
    plain = demand.Clock.model_validate({"from": "received", "limit": "3 working days", "calendar": "office"})
    assert (plain.start, plain.to, plain.calendar) == ("received", ("end",), "office")
    by = demand.Clock.model_validate({"limit": {"by": "major", "of": {"true": "13 weeks", "false": "8 weeks"}}})
    for one in (clock, plain, by):
        assert demand.Clock.model_validate(one.model_dump(mode="json", by_alias=True)) == one
        assert demand.Clock.model_validate(one) == one
    with pytest.raises(ValidationError):
        demand.Clock.model_validate("8 weeks")


# The flow -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", [{"to": "a"}]),
        (["a", "b"], [{"to": "a"}, {"to": "b"}]),
        ({"b": "else", "a": "30%"}, [{"to": "a", "kind": "share", "share": "30%"}, {"to": "b", "kind": "else"}]),
        ({"a": 0.3}, [{"to": "a", "kind": "share", "share": 0.3}]),
        ({"a": True}, [{"to": "a", "kind": "when", "when": True}]),
        ({"a": "x > 1"}, [{"to": "a", "kind": "when", "when": "x > 1"}]),
        ([{"to": "a", "p": "x"}], [{"to": "a", "kind": "share", "share": "x"}]),
        ([{"to": "a", "p": "else"}], [{"to": "a", "kind": "else"}]),
        ([{"to": "a", "when": "x"}], [{"to": "a", "kind": "when", "when": "x"}]),
        ([{"to": "a", "when": "else"}], [{"to": "a", "kind": "else"}]),
        ([{"to": "a"}], [{"to": "a"}]),
        ([{"to": "a", "kind": "else"}], [{"to": "a", "kind": "else"}]),
        ([3], [3]),
        (3, 3),
    ],
)
def test_branches(text: object, expected: object) -> None:
    """The written forms of `next`; a mapping is put into alphabetical order, a list keeps its own."""
    assert read_branches(text) == expected


def test_lists_are_ordered() -> None:
    """A list is tried in its order, a mapping is not; what is printed keeps it."""
    plain = flow.Exclusive.model_validate({"type": "exclusive", "next": {"a": "x", "b": "else"}})
    ordered = flow.Exclusive.model_validate({"type": "exclusive", "next": [{"to": "a", "when": "x"}]})
    assert (plain.ordered, ordered.ordered) == (False, True)
    for node in (plain, ordered):
        assert flow.Exclusive.model_validate(node.model_dump(mode="json")) == node


def test_durations() -> None:
    """One value, a choice by an attribute, either with a factor: all forms are read, and printed in one."""
    by = {"by": "flag", "of": {"true": "1h", "false": "2h"}}
    plain = flow.Duration.model_validate("1h")
    chosen = flow.Duration.model_validate(by)
    assert (plain.choice, plain.scaled(), [str(d) for d in plain.draws()]) == (None, False, ["1h"])
    assert [str(draw) for draw in chosen.draws()] == ["1h", "2h"]
    scaled = flow.Duration.model_validate({**by, "factor": "level"})
    assert scaled == flow.Duration.model_validate({"value": by, "factor": "level"})
    assert scaled.scaled()
    assert flow.Duration.model_validate({"value": "1h", "factor": 2}).factor.text == "2"
    for duration in (plain, chosen, scaled):
        assert flow.Duration.model_validate(duration.model_dump(mode="json")) == duration
        assert flow.Duration.model_validate(duration) == duration
    with pytest.raises(ValidationError):
        flow.Duration.model_validate({"by": "flag"})
    with pytest.raises(ValidationError):
        flow.Duration.model_validate({"low": "1h"})


def test_tasks() -> None:
    """One performer stands for a list, `both` for two contacts."""
    task = flow.Task.model_validate({"performer": "client", "contact": "both"})
    assert (task.performer, task.contact, task.by_people()) == (("client",), ("in", "out"), False)
    assert flow.Task.model_validate({"performer": ["a.b"], "contact": "none"}).contact == ()
    assert flow.Task.model_validate({"performer": ["a.b"], "contact": ["out"]}).by_people()
    assert flow.Task.model_validate(task) == task
    for wrong in (3, {"performer": [], "duration": "1h"}, {"performer": "client", "contact": "up"}):
        with pytest.raises(ValidationError):
            flow.Task.model_validate(wrong)


def test_kinds_of_nodes() -> None:
    """A node without a type is a task; a node that is made already knows its type."""
    adapter: TypeAdapter[Any] = TypeAdapter(flow.AnyNode)
    assert isinstance(adapter.validate_python({"performer": "client"}), flow.Task)
    timer = adapter.validate_python({"type": "timer", "delay": "1h"})
    assert adapter.validate_python(timer) == timer
    for wrong in ({"type": ["x"]}, {"type": "loop"}, 3):
        with pytest.raises(ValidationError):
            adapter.validate_python(wrong)


def test_transfers() -> None:
    """A delay alone, pairs with or without blanks, and the wrong shape."""
    transfers = Transfers.model_validate({"default": "1h", "a->b": "2h", "pairs": {"b -> a": "3h"}})
    assert sorted(transfers.pairs) == ["a -> b", "b -> a"]
    assert transfers.between_bodies == transfers.default
    assert Transfers.model_validate(transfers.model_dump(mode="json")) == transfers
    assert Transfers.model_validate(transfers) == transfers
    assert Transfers.model_validate({}).default == Transfer()
    assert organisation.Transfer.model_validate(Transfer()) == Transfer()
    with pytest.raises(ValidationError):
        Transfers.model_validate(3)


def test_roles() -> None:
    """A head count is needed; the rest has defaults."""
    assert Role.model_validate({"staff": 2}).at_shift_end == "pause"
    with pytest.raises(ValidationError, match="staff"):
        Role.model_validate({})


def test_people_of_a_role() -> None:
    """Groups are counted where `staff` lists them; who is as the role says follows it when it changes."""
    group = organisation.Group.model_validate({"count": 2})
    role = Role.model_validate({"staff": [group, {"count": 1, "cost": "30/h"}, {}], "cost": "20/h"})
    assert (role.staff, role.described()) == (4, 4)
    for odd in (3, {"staff": 1, "groups": 3}):
        with pytest.raises(ValidationError):
            Role.model_validate(odd)
    named = Role.model_validate(
        {"people": {"anna": {}, "boris": {"cost": "30/h", "until": "2025-02-28"}}, "staff": 3, "cost": "20/h"}
    )
    assert [(name, one.cost) for name, one in named.everybody()] == [("anna", 20), ("boris", 30), ("", 20)]
    assert [named.is_like(one) for _, one in named.everybody()] == [True, False, True]
    dearer = named.changed(cost=25.0)
    assert [one.cost for _, one in dearer.everybody()] == [25, 30, 25]
    assert (dearer.overtime_cost, named.changed(staff=4).overtime_cost) == (25, 20)
    own = Role.model_validate({"staff": 2, "cost": "20/h", "overtime_cost": "50/h"})
    assert own.changed(cost=25.0).overtime_cost == 50
    days = [date(2025, 2, 28), date(2025, 3, 1)]
    assert [named.people["boris"].employed(day) for day in days] == [True, False]


def test_work_of_several() -> None:
    """Who answers questions is one role, or several in order of preference."""
    one = Work.model_validate({"performer": "desk.clerk", "duration": "5min"})
    assert one == Work.model_validate({"performer": ["desk.clerk"], "duration": "5min"})


def test_cases_that_others_begin() -> None:
    """Who is called or triggered does not arrive; who is not, has to say how cases come."""
    for how in ({"entry": "called"}, {"trigger": {"vacancy": "desk.clerk"}}):
        assert demand.Cases.model_validate(how).arrivals.at_most == 0
    with pytest.raises(ValidationError, match="arrivals"):
        demand.Cases.model_validate({})
    with pytest.raises(ValidationError):
        demand.Cases.model_validate(3)
