"""Conditions and number expressions: what they give, what they are made of, and what is not allowed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpsim.errors import Mistake
from bpsim.values.conditions import Expression, always_true, gap, never_true, overlap, parse_expression
from bpsim.values.durations import parse_duration

TYPES = {"area": "number", "kind": "text", "big": "truth", "rounds": "number"}
CATEGORIES = {"kind": ("housing", "trade", "other")}


def read(text: str | float) -> Expression:
    """Read an expression as files do."""
    return parse_expression(text, duration=parse_duration)


def value(text: str | float, **known: Any) -> Any:  # noqa: ANN401
    """Evaluate an expression with the given names; `now_hour` stands for `now.hour`, `visits_a` for `visits(a)`."""
    names = {name.replace("now_", "now.").replace("visits_", "visits:"): found for name, found in known.items()}
    return read(text).bind(lambda name: lambda context: context[name])(names)


@pytest.mark.parametrize(
    ("text", "known", "result"),
    [
        (3, {}, 3),
        (2.5, {}, 2.5),
        (True, {}, True),
        ("1.5 if area > 200 else 1", {"area": 201}, 1.5),
        ("1.5 if area > 200 else 1", {"area": 200}, 1),
        ("30%", {}, 0.3),
        ("30% if big else 10%", {"big": True}, 0.3),
        ("30% if big else 10%", {"big": False}, 0.1),
        ("area % (3 + 4)", {"area": 17}, 3),
        ("age >= 2h30min", {"age": 150 * 60_000}, True),
        ("2e3 + 1E-1", {}, 2000.1),
        ("area + 10% * 50", {"area": 1}, 6),
        ("area % 7", {"area": 17}, 3),
        ("1 + 2 * 3 - 4 / 8", {}, 6.5),
        ("-area", {"area": 3}, -3),
        ("+area", {"area": 3}, 3),
        ("not big", {"big": True}, False),
        ("big and area > 1", {"big": True, "area": 1}, False),
        ("big or area > 1", {"big": True, "area": 1}, True),
        ('kind == "trade"', {"kind": "trade"}, True),
        ("kind != 'trade'", {"kind": "trade"}, False),
        ("kind in ['trade', 'other']", {"kind": "other"}, True),
        ("kind not in ('trade', 'other')", {"kind": "other"}, False),
        ("1 < area <= 3", {"area": 3}, True),
        ("1 < area <= 3", {"area": 1}, False),
        ("min(area, 4) + max(1, 2, area) + abs(-2) + round(2.6)", {"area": 5}, 4 + 5 + 2 + 3),
        ("visits(a) >= 2", {"visits_a": 2}, True),
        ("age > 100d", {"age": 100 * 86_400_000}, False),
        ("age >= 2h 30min", {"age": 150 * 60_000}, True),
        ("waited > 1h or channel == 'post'", {"waited": 0, "channel": "post"}, True),
        ("now.hour < 12 and now.weekday == mon", {"now_hour": 11, "now_weekday": "mon"}, True),
        ("now.month in [1, 2]", {"now_month": 3}, False),
        ("big == true", {"big": True}, True),
        ("false", {}, False),
        ('"2h" == kind', {"kind": "2h"}, True),
    ],
)
def test_what_expressions_give(text: str | float, known: dict[str, Any], result: object) -> None:
    """Arithmetic, comparisons, choices and built-ins, worked out by hand."""
    assert value(text, **known) == result
    assert str(read(text)) in {str(text), str(text).lower()}


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(1, 9))
def test_arithmetic_is_that_of_numbers(a: int, b: int, c: int) -> None:
    """Order of operations, brackets, and the remainder as Python has it."""
    assert value("(a + b) * c - a % c + b / c", a=a, b=b, c=c) == (a + b) * c - a % c + b / c


def test_what_an_expression_reads() -> None:
    """Attributes, visited tasks and built-ins are told apart; text and functions are none of them."""
    text = read(
        "area > 2 and kind == 'x' and visits(check) + visits('other') > 1 and age > 3d and now.hour < max(1, rounds)"
    )
    assert text.names() == ("area", "kind", "rounds")
    assert text.visits() == ("check", "other")
    assert text.builtins() == ("age", "now.hour")
    assert read("errors > undetected").builtins() == ("errors", "undetected")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("area", "number"),
        ("big", "truth"),
        ("true", "truth"),
        ("kind", "text"),
        ("mon", "text"),
        ("'x'", "text"),
        ("2h", "duration"),
        ("2h + age", "duration"),
        ("age / 2h", "number"),
        ("2 * age", "duration"),
        ("-age", "duration"),
        ("area > 1", "truth"),
        ("not area", "truth"),
        ("big and area", "truth"),
        ("visits(a)", "number"),
        ("min(area, 3)", "number"),
        ("1 if big else area", "number"),
        ("age if big else 2h", "duration"),
        ("area if big else big", "number"),
        ("'a' if big else 'b'", "text"),
        ("kind in ['trade', 'other']", "truth"),
        ("area in [1, 2]", "truth"),
        ("area in [1, big]", "truth"),
        ("age > 0", "truth"),
        ("now.hour", "number"),
        ("now.weekday", "text"),
        ("channel == 'x'", "truth"),
    ],
)
def test_types(text: str, kind: str) -> None:
    """What an expression results in."""
    assert read(text).check(TYPES, CATEGORIES) == kind


@pytest.mark.parametrize(
    ("text", "code", "what", "hint", "offset"),
    [
        ("aera > 1", "BP243", "undefined attribute aera", "Did you mean 'area'?", 0),
        (
            "kind == zzz",
            "BP243",
            "undefined attribute zzz",
            "Define it under cases.attributes; text needs quotes.",
            8,
        ),
        ("kind + 1", "BP244", "text where a number belongs in `kind + 1`", "", 0),
        (
            "area > 1 and kind",
            "BP244",
            "text or a duration where a condition belongs in `area > 1 and kind`",
            "Compare it with something.",
            13,
        ),
        ("1 if big else kind", "BP244", "text or a number, depending on the condition, in `1 if big else kind`", "", 0),
        ("kind > 1", "BP244", "text compared with a number in `kind > 1`", "", 7),
        ("1 < kind", "BP244", "text compared with a number in `1 < kind`", "", 4),
        ("age > 100", "BP244", "a duration compared with a number in `age > 100`", "Write the unit: age > 100d.", 6),
        ("area / 0", "BP245", "division by zero in `area / 0`", "", 7),
        ("area % 0 > 1", "BP245", "division by zero in `area % 0 > 1`", "", 7),
        ("kind == 'trad'", "BP246", 'kind is never "trad"', "Did you mean 'trade'?", 8),
        ("'q' == kind", "BP246", 'kind is never "q"', "It can be housing, trade, other.", 0),
        ("kind in ['trade', 'q']", "BP246", 'kind is never "q"', "It can be housing, trade, other.", 18),
    ],
)
def test_names_and_types_that_do_not_fit(text: str, code: str, what: str, hint: str, offset: int) -> None:
    """Found when the file is read, at the very character."""
    with pytest.raises(Mistake) as caught:
        read(text).check(TYPES, CATEGORIES)
    mistake = caught.value
    assert (mistake.code, mistake.what, mistake.hint, mistake.offset) == (code, what, hint, offset)


NUMBERS = "There are + - * / %."


@pytest.mark.parametrize(
    ("text", "code", "what", "hint"),
    [
        (float("nan"), "BP241", "nan is not a number", "Write a finite number."),
        ("a" * 501, "BP241", "an expression of 501 characters", "At most 500: use `assign` for parts of it."),
        ("1,5%", "BP241", "`1,5%` is a list, not a condition or number", "Use a point: 1.5%."),
        ("[1, 2]", "BP241", "`[1, 2]` is a list, not a condition or number", "A list stands behind `in`."),
        ("area = 2", "BP241", "`area = 2` is not a condition or number", "Compare with two equal signs: ==."),
        ("a && b", "BP241", "`a && b` is not a condition or number", "Write `and` and `or`."),
        ("area >", "BP241", "`area >` is not a condition or number", 'Such as: area > 200 and kind == "housing".'),
        ("(" * 60 + "a" + ")" * 60 + " +", "BP241", None, 'Such as: area > 200 and kind == "housing".'),
        ("-" * 60 + "a", "BP241", "an expression that is nested too deeply", "Use `assign` for parts of it."),
        ("open('x')", "BP242", "the call of open is not allowed", "There are min, max, abs, round and visits(task)."),
        ("(1)(2)", "BP242", "the call of this is not allowed", "There are min, max, abs, round and visits(task)."),
        ("max(a, b=2)", "BP242", "max takes plain values", ""),
        ("max(*a)", "BP242", "max takes plain values", ""),
        ("visits(a, b)", "BP242", "visits takes the name of one task", "Write visits(review)."),
        ("visits(1 + 2)", "BP242", "visits takes the name of one task", "Write visits(review)."),
        ("min(a)", "BP242", "min does not take 1 values", ""),
        ("a.b", "BP242", "`.b` is not allowed", "After `now.` come hour, weekday, month."),
        ("now.year", "BP242", "`.year` is not allowed", "After `now.` come hour, weekday, month."),
        ("a ** 2", "BP242", "this operator is not allowed", NUMBERS),
        ("~a", "BP242", "this operator is not allowed", NUMBERS),
        ("a is b", "BP242", "`is` is not allowed", "Compare with ==."),
        ("None", "BP242", "`None` is not allowed", "There are numbers, quoted text, true and false."),
        ("a[1]", "BP242", "this is not allowed in a condition (subscript)", ""),
        ("lambda: 1", "BP242", "this is not allowed in a condition (lambda)", ""),
        ("age > 5 parsecs", "BP204", 'unknown unit "parsecs"', None),
    ],
)
def test_what_is_not_allowed(text: str | float, code: str, what: str | None, hint: str | None) -> None:
    """Nothing but the small language: no calls, no attributes, no power."""
    with pytest.raises(Mistake) as caught:
        read(text)
    mistake = caught.value
    assert mistake.code == code
    assert what is None or mistake.what == what
    assert hint is None or mistake.hint == hint


# Conditions that should exclude each other


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        (["area > 3", "area > 5"], "area = 6"),
        (["area > 3", "area <= 3"], None),
        (["area >= 3", "area <= 3"], "area = 3"),
        (["3 < area < 4", "area < 3.4"], "area = 3.2"),
        (["kind == 'trade'", "kind == 'other'"], None),
        (["kind == 'trade'", "kind in ['trade', 'other']"], "kind = trade"),
        (["big", "not big"], None),
        (["big", "area > 3"], "area = 4, big = true"),
        (["age > 3d", "age > 5d"], None),  # cannot be decided beforehand
        (["area + 1 > 3", "area > 1"], None),
        (["true", "true"], None),
        (["a > 1", "b > 1"], "a = 2, b = 2"),
    ],
)
def test_overlap(conditions: list[str], found: str | None) -> None:
    """Values for which two conditions hold are found at, between and beyond the numbers that they name."""
    assert overlap([read(text) for text in conditions], TYPES, CATEGORIES) == found


def test_too_many_combinations_are_not_tried() -> None:
    """Nine numbers with three values each are more than can be tried: nothing is said."""
    wide = " and ".join(f"x{n} > 1" for n in range(20))
    assert overlap([read(wide), read(wide)], {}, {}) is None


@pytest.mark.parametrize(
    ("text", "never", "always"),
    [
        ("area > 3 and area < 2", True, False),
        ("area > 3 or area <= 3", False, True),
        ("kind in ['housing', 'trade', 'other']", False, True),
        ("big and not big", True, False),
        ("area > 3", False, False),
        ("age > 3d", False, False),
    ],
)
def test_never_and_always(text: str, never: bool, always: bool) -> None:  # noqa: FBT001 - two columns of a table
    """Said only when every combination that matters has been tried."""
    assert (never_true(read(text), TYPES, CATEGORIES), always_true(read(text), TYPES, CATEGORIES)) == (never, always)


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        (["area > 3", "area < 3"], "area = 3"),
        (["area > 3", "area <= 3"], ""),
        (["kind == 'trade'", "kind == 'other'"], "kind = housing"),
        (["age > 3d"], None),
    ],
)
def test_gap(conditions: list[str], found: str | None) -> None:
    """Values for which no condition holds; empty when there are none, None when it cannot be decided."""
    assert gap([read(text) for text in conditions], TYPES, CATEGORIES) == found


@pytest.mark.parametrize(
    ("text", "result"),
    [("1 + 2", 3), ("'a'", "a"), ("2 > 1", True), ("area", None), ("1 / 0", None), ("now.hour", None)],
)
def test_constants(text: str, result: object) -> None:
    """The value of an expression that reads nothing of a case; nothing where there is none."""
    assert read(text).constant() == result
