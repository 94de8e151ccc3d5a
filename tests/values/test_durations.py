"""Durations as people write them, and the way out of every slip."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpsim.errors import Mistake
from bpsim.values.durations import LONGEST, YEAR, WorkingDays, format_duration, parse_delay, parse_duration

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000


@pytest.mark.parametrize(
    ("written", "milliseconds"),
    [
        ("90 min", 90 * MINUTE),
        ("2h 30min", 150 * MINUTE),
        ("1.5 days", 36 * HOUR),
        ("PT2H", 2 * HOUR),
        ("P1DT30M", DAY + 30 * MINUTE),
        ("P2W", 14 * DAY),
        ("PT1.5S", 1500),
        (".5h", 30 * MINUTE),
        ("1e3 ms", SECOND),
        ("1 year", 365 * DAY),
        ("8 weeks", 56 * DAY),
        ("0", 0),
        (0, 0),
        (0.0, 0),
        ("0min", 0),
        ("0.5 ms", 0),
        ("1.5ms", 2),
        ("10000 years", LONGEST),
    ],
)
def test_what_is_understood(written: str | float, milliseconds: int) -> None:
    """Units are exact: a day has 24 hours, a year 365 days; halves of a millisecond go to the even one."""
    assert parse_duration(written) == milliseconds


@pytest.mark.parametrize(
    ("written", "code", "what", "hint", "offset"),
    [
        (20, "BP201", "20 what?", "Write the unit: 20min, 20h or 20d.", 0),
        ("20", "BP201", "20 what?", "Write the unit: 20min, 20h or 20d.", 0),
        ("2h 30", "BP201", "30 what?", "Write the unit: 30min, 30h or 30d.", 3),
        (True, "BP203", "true is not a duration", "Write a number and a unit, such as 20min.", 0),
        ("9000 years 9000 years", "BP207", "longer than 10,000 years", "Look at the unit.", 0),
        ("soon", "BP203", '"soon" is not a duration', "Write a number and a unit, such as 20min or 2h 30min.", 0),
        ("", "BP203", "nothing where a duration belongs", "Write a number and a unit, such as 20min.", 0),
        (float("nan"), "BP203", "nan is not a duration", "Write a number and a unit, such as 20min.", 0),
        ("inf", "BP203", "inf is not a duration", "Write a number and a unit, such as 20min.", 0),
        (".inf", "BP203", ".inf is not a duration", "Write a number and a unit, such as 20min.", 0),
        ("P", "BP203", '"P" is not a duration', "Write a number and a unit, such as 20min or 2h 30min.", 0),
        ("5 minuts", "BP204", 'unknown unit "minuts"', 'Did you mean "minutes"?', 2),
        ("5 zz", "BP204", 'unknown unit "zz"', "Units are ms, s, min, h, d, w, year.", 2),
        ("3 months", "BP204", '"months" is no unit of time here', "Months differ in length: write weeks or days.", 2),
        (-5, "BP205", "-5 is negative", "A duration is zero or more.", 0),
        ("-5min", "BP205", "-5min is negative", "A duration is zero or more.", 0),
        ("1,5h", "BP206", '"1,5h" has a decimal comma', "Use a point: 1.5h.", 0),
        ("10001 years", "BP207", "longer than 10,000 years", "Look at the unit.", 0),
    ],
)
def test_every_slip_has_a_way_out(written: str | float, code: str, what: str, hint: str, offset: int) -> None:
    """What is wrong, where in the text, and what to write instead."""
    with pytest.raises(Mistake) as caught:
        parse_duration(written)
    mistake = caught.value
    assert (mistake.code, mistake.what, mistake.hint, mistake.offset) == (code, what, hint, offset)


def test_working_days() -> None:
    """A number of working days is no number of hours: the calendar in force decides."""
    assert parse_delay("3 working days") == WorkingDays(3)
    assert parse_delay("1.5 working day") == WorkingDays(1.5)
    assert parse_delay("2h") == 2 * HOUR
    assert [str(parse_delay(text)) for text in ("1 working day", "2 working days")] == [
        "1 working day",
        "2 working days",
    ]


@given(st.integers(0, 20 * YEAR))
def test_what_is_written_is_read_back(milliseconds: int) -> None:
    """Every whole number of milliseconds survives being written."""
    assert parse_duration(format_duration(milliseconds)) == milliseconds


@pytest.mark.parametrize(
    ("milliseconds", "written"),
    [(0, "0min"), (90 * MINUTE, "90min"), (DAY, "1d"), (DAY + 1, "1d 1ms"), (61_001, "1min 1s 1ms"), (7200_000, "2h")],
)
def test_the_shortest_form(milliseconds: int, written: str) -> None:
    """The largest unit that divides, else one after another."""
    assert format_duration(milliseconds) == written
