"""Working hours and schedules, held against minute-by-minute counting and against a wall calendar."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpsim.errors import Mistake
from bpsim.values.calendars import (
    NEVER,
    Calendar,
    CalendarMistakes,
    OpenTable,
    calendar_warnings,
    parse_calendar,
    parse_days,
    parse_schedule,
)

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
MONDAY = date(2025, 1, 6)

tables = st.lists(st.integers(0, 40), min_size=2, max_size=12, unique=True).map(
    lambda marks: [*zip(sorted(marks)[0::2], sorted(marks)[1::2], strict=False)]
)


class Ticks:
    """The same questions, answered by looking at every single tick."""

    def __init__(self, hours: list[tuple[int, int]]) -> None:
        """Mark every tick."""
        self.open = [any(a <= tick < b for a, b in hours) for tick in range(60)]

    def next_open(self, time: int) -> int:
        """Look for the next marked tick."""
        return next((tick for tick in range(time, 60) if self.open[tick]), NEVER)

    def between(self, start: int, end: int) -> int:
        """Count the marked ticks."""
        return sum(self.open[start:end])

    def add(self, time: int, work: int) -> int:
        """Count until there are enough."""
        return next((t for t in range(time, 60) if self.between(time, t) >= work), NEVER)


@given(tables, st.integers(0, 41), st.integers(0, 20))
def test_open_time_tick_by_tick(hours: list[tuple[int, int]], time: int, work: int) -> None:
    """Whether it is open, when it opens, how long it was open and when work is done: as counted tick by tick."""
    table, ticks = OpenTable(*zip(*hours, strict=True)), Ticks(hours)
    assert table.is_open(time) == ticks.open[time]
    assert table.next_open(time) == ticks.next_open(time)
    assert table.between(time, time + work) == ticks.between(time, time + work)
    assert table.add(time, work) == ticks.add(time, work)
    if table.is_open(time):
        assert table.close_after(time) == next(b for a, b in hours if a <= time < b)


def test_work_that_ends_at_closing_time() -> None:
    """It ends then, and not at the next opening; no work at all ends at once, even when closed."""
    table = OpenTable((9, 13), (12, 17))
    assert (table.add(10, 2), table.add(12, 0), table.add(12, 1), table.add(3, 8)) == (12, 12, 14, NEVER)
    assert (table.elapsed(3), table.elapsed(100), table.next_open(17)) == (0, 7, NEVER)


def office(**more: Any) -> Calendar:  # noqa: ANN401
    """Office hours with a lunch break."""
    return parse_calendar({"mon-fri": "08:30-12:30, 13:30-17:30", **more})


def test_a_week_of_office_hours() -> None:
    """Forty hours, eight a day; Saturday is closed; the table begins at the start's midnight."""
    calendar = office()
    table = calendar.table(MONDAY, 7)
    assert calendar.weekly_open() == 40 * HOUR == table.elapsed(7 * DAY)
    assert calendar.mean_open_day() == 8 * HOUR == table.mean_open_day()
    assert calendar.longest_opening() == 4 * HOUR
    assert table.next_open(5 * DAY) == NEVER
    assert calendar.table(MONDAY, 8).next_open(5 * DAY) == 7 * DAY + 8 * HOUR + 30 * MINUTE
    assert calendar.table(MONDAY + timedelta(days=1), 1).opens == table.opens[:2]
    assert not calendar.is_empty()


def test_a_night_shift_belongs_to_the_evening_it_begins() -> None:
    """22:00-06:00+1 from Sunday on: early on Monday the shift of Sunday is open; neighbours that touch are one."""
    calendar = parse_calendar({"sun-thu": "22:00-06:00+1", "mon": "06:00-07:00"})
    table = calendar.table(MONDAY, 2)
    assert list(zip(table.opens, table.closes, strict=True)) == [
        (0, 7 * HOUR),
        (22 * HOUR, DAY + 6 * HOUR),
        (DAY + 22 * HOUR, 2 * DAY + 6 * HOUR),
    ]
    assert calendar.longest_opening() == 9 * HOUR
    assert parse_calendar(calendar.written()) == calendar
    assert calendar.written()["sun"] == "22:00-06:00+1"
    assert str(parse_calendar({"sat": "20:00-24:00"})) == "{'sat': '20:00-24:00'}"


def test_holidays_close_the_whole_day() -> None:
    """Liberation Day in the Netherlands, 5 May 2025, and given dates are closed."""
    calendar = office(holidays=["NL", "2025-05-07"])
    table = calendar.table(date(2025, 5, 5), 7)
    assert table.elapsed(DAY) == 0
    assert table.between(DAY, 2 * DAY) == 8 * HOUR
    assert table.between(2 * DAY, 3 * DAY) == 0
    assert calendar.holiday_dates(date(2025, 12, 25), date(2025, 12, 26)) == {date(2025, 12, 25), date(2025, 12, 26)}
    assert calendar.written()["holidays"] == ["2025-05-07", "NL"]
    assert office(holidays="NL").holidays == ("NL",)


def test_never_closed() -> None:
    """24/7 has one opening without end, in which a working day is 24 hours."""
    always = parse_calendar("24/7")
    table = always.table(MONDAY, 1)
    assert (table.add(5, 7), table.is_open(10**15), table.add_working_days(5, 1.5)) == (12, True, 5 + 36 * HOUR)
    assert (always.weekly_open(), always.mean_open_day(), always.longest_opening()) == (7 * DAY, DAY, NEVER)
    assert str(always) == "24/7" == parse_calendar("always").written()
    assert table.mean_open_day() == DAY


def test_working_days_keep_the_clock() -> None:
    """Three working days after Thursday 16:00 is Tuesday 16:00; half a day more is four hours of open time."""
    table = office().table(MONDAY, 21)
    thursday = 3 * DAY + 16 * HOUR
    assert table.add_working_days(thursday, 3) == 8 * DAY + 16 * HOUR
    assert table.add_working_days(thursday, 3.5) == 9 * DAY + 11 * HOUR  # 1.5 h until 17:30, then 2.5 h from 08:30
    assert table.add_working_days(thursday, 0) == thursday
    assert table.add_working_days(5 * DAY, 1) == 7 * DAY  # from Saturday midnight: Monday is the first open day
    assert table.add_working_days(thursday, 99) == NEVER


def test_a_calendar_that_never_opens() -> None:
    """It is empty, and nothing is ever done in it."""
    empty = parse_calendar({})
    assert empty.is_empty()
    assert (empty.mean_open_day(), empty.longest_opening(), empty.weekly_open()) == (0.0, 0, 0)
    table = empty.table(MONDAY, 3)
    assert (table.add(0, 1), table.next_open(0), table.mean_open_day(), table.is_open(0)) == (NEVER, NEVER, 0.0, False)


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("mon-fri", (0, 1, 2, 3, 4)),
        ("Monday, wed", (0, 2)),
        ("fri-mon", (4, 5, 6, 0)),
        ("sun", (6,)),
        ("mon, mon", (0,)),
    ],
)
def test_days(written: str, days: tuple[int, ...]) -> None:
    """Names, short or long, ranges over the weekend too."""
    assert parse_days(written) == days


@pytest.mark.parametrize(
    ("written", "key", "code", "what", "hint", "offset"),
    [
        ({"mon-fry": "9:00-10:00"}, "mon-fry", "BP223", 'unknown weekday "fry"', "Did you mean 'fri'?", 4),
        (
            {"x": "9:00-10:00"},
            "x",
            "BP223",
            'unknown weekday "x"',
            "Weekdays are mon, tue, wed, thu, fri, sat, sun.",
            0,
        ),
        ({"mon": 9}, "mon", "BP221", "9 is not opening hours", 'Write them in quotes, such as "09:00-17:00".', 0),
        (
            {"mon": "9:00-10:00, 11"},
            "mon",
            "BP221",
            '"11" is not opening hours',
            'Write from and to, such as "09:00-17:00".',
            12,
        ),
        (
            {"mon": "9:60-10:00"},
            "mon",
            "BP222",
            '"9:60" is not a time of day',
            "Write hours and minutes, such as 09:00.",
            0,
        ),
        (
            {"mon": "9:00-24:01"},
            "mon",
            "BP222",
            '"24:01" is not a time of day',
            "Write hours and minutes, such as 09:00.",
            0,
        ),
        (
            {"mon": "9:00-10:00, 22:00-06:00"},
            "mon",
            "BP224",
            "22:00-06:00 ends before it begins",
            "A night shift is written 22:00-06:00+1.",
            12,
        ),
        (
            {"mon": "9:00 CET-10:00"},
            "mon",
            "BP226",
            '"9:00 CET" names a time zone',
            "Times are local working time; leave the zone out.",
            0,
        ),
        ({"tz": "CET"}, "tz", "BP226", "no time zones here", "Times are local working time; leave the zone out.", 0),
        (
            {"holidays": "2025-02-30"},
            "holidays",
            "BP227",
            "2025-02-30 is not a date",
            "Write year-month-day, such as 2025-12-25.",
            0,
        ),
        (
            {"holidays": ["XX"]},
            "holidays",
            "BP227",
            '"XX" is neither a date nor a country',
            "Write dates such as 2025-12-25, or a country code such as NL.",
            0,
        ),
    ],
)
def test_slips_in_a_calendar(  # noqa: PLR0917 - one column of the table above each
    written: Any,  # noqa: ANN401
    key: str,
    code: str,
    what: str,
    hint: str,
    offset: int,
) -> None:
    """Each is reported with the key under which it stands."""
    with pytest.raises(CalendarMistakes) as caught:
        parse_calendar(written)
    [(found, mistake)] = caught.value.mistakes
    assert (found, mistake.code, mistake.what, mistake.hint, mistake.offset) == (key, code, what, hint, offset)


@pytest.mark.parametrize("written", ["office", 5, None, ["mon"]])
def test_what_is_no_calendar(written: Any) -> None:  # noqa: ANN401
    """Neither 24/7 nor a mapping."""
    with pytest.raises(Mistake) as caught:
        parse_calendar(written)
    assert (caught.value.code, caught.value.hint) == ("BP221", 'Write 24/7 or {mon-fri: "09:00-17:00"}.')


def test_all_slips_at_once() -> None:
    """Every key that is wrong is named."""
    with pytest.raises(CalendarMistakes, match=r"time zones.*unknown weekday") as caught:
        parse_calendar({"tz": "CET", "mon": "9:00-10:00", "moon": "9:00-10:00"})
    assert [key for key, _ in caught.value.mistakes] == ["tz", "moon"]


def test_overlapping_hours_are_one_opening_and_said() -> None:
    """08:00-12:00 and 11:00-15:00 are 7 hours; what merely touches is no overlap."""
    written = {"mon": "08:00-12:00, 11:00-15:00", "tue": "08:00-12:00, 12:00-15:00", "x": "?", "holidays": "NL"}
    [(key, mistake)] = calendar_warnings(written)
    assert (key, mistake.code, mistake.what) == ("mon", "BP225", "hours overlap on mon; they are taken as one opening")
    calendar = parse_calendar({key: value for key, value in written.items() if key != "x"})
    assert calendar.weekly[0] == ((8 * HOUR, 15 * HOUR),) == calendar.weekly[1]
    assert calendar_warnings("24/7") == []
    assert [key for key, _ in calendar_warnings({"mon-wed": "08:00-12:00", "tue": "11:00-13:00"})] == ["tue"]


# Schedules


@pytest.mark.parametrize(
    ("written", "runs"),
    [
        ("tue, thu 10:00", ["2025-01-07", "2025-01-09", "2025-01-14", "2025-01-16"]),
        ("mon-tue 09:30", ["2025-01-06", "2025-01-07", "2025-01-13", "2025-01-14"]),
        ("day 1, 15 10:00", ["2025-01-15", "2025-02-01"]),
        ("last fri 12:00", ["2025-01-31"]),
        ("second mon 12:00", ["2025-01-13"]),
        ("30 mar 09:00", ["2025-03-30"]),
        ("every 2 weeks from 2025-01-07 09:00", ["2025-01-07", "2025-01-21", "2025-02-04"]),
        ("every day from 2025-01-08 09:00", ["2025-01-08", "2025-01-09", "2025-01-10"]),
        ("2025-01-20 09:00", ["2025-01-20"]),
    ],
)
def test_schedules_on_a_wall_calendar(written: str, runs: list[str]) -> None:
    """The first runs from Monday 6 January 2025 on are those of a wall calendar."""
    schedule = parse_schedule(written)
    times = schedule.times(MONDAY, 90)
    days = [(MONDAY + timedelta(days=time // DAY)).isoformat() for time in times]
    assert days[: len(runs)] == runs
    hour, minute = written[-5:].split(":")
    assert {time % DAY for time in times} == {int(hour) * HOUR + int(minute) * MINUTE}
    assert str(schedule) == written == schedule.written()


def test_several_lines_and_closed_times() -> None:
    """Two lines are one schedule; a run in closed time moves, is dropped, or stays; runs that fall together are one."""
    schedule = parse_schedule(["mon  12:45", "mon 13:00", "sat 10:00"])
    assert schedule.written() == ["mon 12:45", "mon 13:00", "sat 10:00"]
    assert str(schedule) == "mon 12:45; mon 13:00; sat 10:00"
    table = office().table(MONDAY, 14)
    lunch, saturday = 12 * HOUR + 45 * MINUTE, 5 * DAY + 10 * HOUR
    opens, next_monday = 13 * HOUR + 30 * MINUTE, 7 * DAY + 8 * HOUR + 30 * MINUTE
    assert schedule.on(table, "next_opening", MONDAY, 7) == [opens, next_monday]
    assert schedule.on(table, "skip", MONDAY, 7) == []
    assert schedule.on(table, "run", MONDAY, 7) == [lunch, 13 * HOUR, saturday]
    assert schedule.on(office().table(MONDAY, 5), "next_opening", MONDAY, 7) == [opens]  # nothing opens after that


@pytest.mark.parametrize(
    "written",
    [
        "",
        [],
        5,
        "10:00",
        "tue",
        "noday 10:00",
        "day 0 10:00",
        "day 32 10:00",
        "last fri sat 12:00",
        "31 feb 09:00",
        "every 0 weeks from 2025-01-06 09:00",
        "every 2 weeks since 2025-01-06 09:00",
        "every 2 moons from 2025-01-06 09:00",
        "2025-13-01 09:00",
        "every 09:00",
        ["mon 10:00", ""],
    ],
)
def test_what_is_no_schedule(written: Any) -> None:  # noqa: ANN401
    """The hint shows the forms that are understood."""
    with pytest.raises(Mistake) as caught:
        parse_schedule(written)
    assert caught.value.code in {"BP222", "BP223", "BP228"}
    assert caught.value.hint


def test_the_end_of_an_opening() -> None:
    """Openings 9-12 and 13-17: from 10 on until 12, from 13 on until 17; what both of two tables have."""
    table, mornings = OpenTable([9, 13], [12, 17]), OpenTable([8, 32], [12, 36])
    assert [table.close_after(time) for time in (9, 11, 13, 16)] == [12, 12, 17, 17]
    assert [table.next_open(time) for time in (8, 10, 12, 13, 17)] == [9, 10, 13, 13, NEVER]
    late = OpenTable([11], [14])
    found = [table.common(mornings), table.common(late), late.common(table)]
    assert [(list(one.opens), list(one.closes)) for one in found] == [([9], [12]), *[([11, 13], [12, 14])] * 2]
