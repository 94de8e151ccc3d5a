"""How numbers and tables are shown."""

import math

import pytest

from bpsim.tables import csv_text, decimals, html_table, number, places_for, text_table, to_pandas, unit_of

DAY, HOUR, MINUTE = 86_400_000.0, 3_600_000.0, 60_000.0


@pytest.mark.parametrize(
    ("values", "sign"),
    [
        ([2 * DAY], "d"),
        ([2 * DAY - 1], "h"),
        ([-3 * DAY, 1.0], "d"),
        ([2 * HOUR], "h"),
        ([2 * MINUTE], "min"),
        ([2 * MINUTE - 1], "s"),
        ([0.0], "s"),
        ([math.inf, 3 * HOUR], "h"),
        ([], "s"),
    ],
)
def test_times_have_the_largest_unit_of_which_there_are_two(values: list[float], sign: str) -> None:
    """One unit for all values of a measure."""
    assert unit_of("ms", values).sign == sign


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        ("ms", 4.24 * DAY, "4.2 d"),
        ("ms", 35 * MINUTE, "35.0 min"),
        ("share", 0.934, "93.4 %"),
        ("share", 0.00996, "1.00 %"),
        ("cost", 106.2, "106"),
        ("cases", 24.56, "24.6 cases"),
        ("", 0.842, "0.84"),
        ("", math.nan, "-"),
    ],
)
def test_a_value_is_shown_in_its_unit(unit: str, value: float, text: str) -> None:
    """With decimals for reading, not for show."""
    assert unit_of(unit, [value]).show(value) == text


def test_a_value_can_be_shown_like_another() -> None:
    """The decimals of one measure are the same in a row."""
    days = unit_of("ms", [DAY * 10])
    assert days.show(0.5 * DAY, like=10 * DAY) == "0.5 d"
    assert days.show(0.5 * DAY, places=3, sign=False) == "0.500"
    assert days.of(5 * DAY) == 5


@pytest.mark.parametrize(
    ("size", "places"), [(250, 0), (100, 0), (99, 1), (1, 1), (0.84, 2), (0.084, 3), (0, 1), (1e-12, 6), (math.inf, 1)]
)
def test_decimals_follow_the_size(size: float, places: int) -> None:
    """Two digits below one."""
    assert decimals(size) == decimals(-size) == places


@pytest.mark.parametrize(
    ("half", "middle", "places"),
    [
        (30, 5, 0),
        (10, 5, 0),
        (9.9, 5, 1),
        (0.9, 5, 1),
        (0.09, 5, 2),
        (0.0009, 5, 2),
        (0.0009, 0.5, 3),
        (0, 20, 1),
        (1e-15, 20, 1),
        (1e-15, 250, 1),
        (1e-9, 1e-9, 6),
        (0.04, 0, 2),
        (math.inf, 250, 0),
        (math.inf, 0.84, 2),
    ],
)
def test_an_interval_has_decimals_that_tell_its_ends_apart(half: float, middle: float, places: int) -> None:
    """At least one digit of the half-width, at most three of the middle."""
    assert places_for(half, middle) == places
    assert places_for(half, -middle) == places


def test_numbers_have_no_minus_zero_and_thousands_are_set_apart() -> None:
    """As people write them."""
    assert number(-0.04, 1) == "0.0"
    assert number(-0.06, 1) == "-0.1"
    assert number(12345.6, 0) == "12,346"
    assert number(math.nan, 2) == "-"


def test_a_text_table_has_columns() -> None:
    """Numbers to the right."""
    table = text_table(("name", "n", "why"), [("a", "1", "x"), ("long name", "22", "yes")], left=(0, 2))
    assert table == "name        n  why\n---------  --  ---\na           1  x\nlong name  22  yes"


def test_html_is_escaped() -> None:
    """A name is text, whatever it looks like."""
    page = html_table(("a<b",), [("<script>",)], "x & y")
    assert page == (
        "<table><caption>x &amp; y</caption><thead><tr><th>a&lt;b</th></tr></thead>"
        "<tbody><tr><td>&lt;script&gt;</td></tr></tbody></table>"
    )
    assert html_table(("a",), []) == "<table><thead><tr><th>a</th></tr></thead><tbody></tbody></table>"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_spreadsheet_sees_no_formula(text: str) -> None:
    """Text that begins like a formula gets an apostrophe; numbers stay numbers."""
    assert csv_text(("a", "b"), [(text, -1.5)]).splitlines()[1].strip('"').startswith("'")
    assert csv_text(("a", "b"), [("x, y", -1.5)]) == 'a,b\n"x, y",-1.5\n'


def test_a_table_becomes_a_data_frame() -> None:
    """Header and rows."""
    frame = to_pandas(("a", "b"), [(1, "x"), (2, "y")])
    assert frame.to_dict("list") == {"a": [1, 2], "b": ["x", "y"]}
