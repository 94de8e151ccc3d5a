"""Instants and parts of a day, as people write them."""

from datetime import date

import pytest

from bpsim.errors import Mistake
from bpsim.values.durations import parse_duration
from bpsim.values.moments import parse_hours_range, parse_moment

MONDAY = date(2025, 1, 6)
HOUR, DAY = 3_600_000, 86_400_000


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2025-01-06", 0),
        ("2025-01-07 09:30", DAY + 9.5 * HOUR),
        (" 2025-01-07  9:30:15 ", DAY + 9.5 * HOUR + 15_000),
        ("2025-01-06T00:00:00.25", 250),
        ("2024-12-31 23:00", -6 * DAY + 23 * HOUR),
        ("5d 2h", 5 * DAY + 2 * HOUR),
        ("PT90M", 1.5 * HOUR),
        (0, 0),
    ],
)
def test_moments(text: object, time: float) -> None:
    """A date, a date with a time of day, a time since the start; written as it was read."""
    found = parse_moment(text, duration=parse_duration)
    assert found.at(MONDAY) == time
    assert parse_moment(str(found), duration=parse_duration) == found


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2025-02-30", "BP442"),
        ("2025-01-06 24:00", "BP442"),
        ("2025-01-06 09:60", "BP442"),
        ("2025-01-06 09:00:60", "BP442"),
        ("2025-01-06 09:00+01:00", "BP442"),
        ("2025-01", "BP442"),
        (None, "BP442"),
        (True, "BP442"),
        ("yesterday", "BP203"),
        (5, "BP201"),
    ],
)
def test_no_moments(text: object, code: str) -> None:
    """Days and hours that are none, time zones, numbers without a unit."""
    with pytest.raises(Mistake) as found:
        parse_moment(text, duration=parse_duration)
    assert found.value.code == code


@pytest.mark.parametrize(
    ("text", "hours"),
    [("08-10", (8, 10)), ("8-10", (8, 10)), ("08:30-12", (8.5, 12)), (" 22:00 - 24 ", (22, 24)), ("mon", None)],
)
def test_parts_of_a_day(text: str, hours: tuple[float, float] | None) -> None:
    """Hours with minutes or without; a weekday is none."""
    assert parse_hours_range(text) == (hours and tuple(round(hour * HOUR) for hour in hours))


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("08-25", "08-25 is no part of a day", "Write hours from 00 to 24, such as 08-10 or 08:30-12."),
        ("08:60-09", "08:60-09 is no part of a day", "Write hours from 00 to 24, such as 08-10 or 08:30-12."),
        ("22-06", "22-06 ends before it begins", "Over midnight write two: 22-24 and 00-06."),
        ("08-08", "08-08 ends before it begins", "Write 08-10."),
    ],
)
def test_no_parts_of_a_day(text: str, what: str, hint: str) -> None:
    """Beyond midnight, over midnight, empty."""
    with pytest.raises(Mistake) as found:
        parse_hours_range(text)
    assert (found.value.code, found.value.what, found.value.hint) == ("BP443", what, hint)
