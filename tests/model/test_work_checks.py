"""Checks of how long things take."""

from typing import Any

import pytest

from bpsim.model.checks import check
from bpsim.model.process import Process
from tests.model.drawing import drawn, said

Told = list[tuple[str, str, str, str]]


def working(node: dict[str, Any], role: dict[str, Any] | None = None, **parts: Any) -> Process:  # noqa: ANN401
    """Make a process with one task r of desk.clerk, in an office with a lunch break (4 h and 4 h)."""
    calendars = {"office": {"mon-fri": "08:00-12:00, 13:00-17:00"}, "short": {"mon": "09:00-10:00"}, "shut": {}}
    departments = {"desk": {"calendar": "office", "roles": {"clerk": {"staff": 2, **(role or {})}}}}
    settings = {"calendars": calendars, "departments": departments, **parts}
    return drawn("s > r; r > e; e", nodes={"r": node}, **settings)


def told(process: Process) -> Told:
    """Give what is said of a process (but not that the calendar `shut` never opens)."""
    return [
        (found.code, ".".join(map(str, found.path)), found.what, found.hint)
        for found in check(process)
        if found.code != "BP403"
    ]


FIT = {"at_shift_end": "fit"}

# Shifts ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "node",
    [
        {"duration": "4h"},
        {"duration": "1-7 h"},
        {"duration": {"value": "2h", "factor": 2}},
        {"duration": {"value": "5h", "factor": "0.5 if now.hour < 12 else 0.1"}},
        {"duration": "0.5 working days"},
        {"duration": "1h", "batch": {"size": 9, "setup": "3h"}},
        {"duration": "1h", "batch": {"size": 3, "mode": "one_by_one", "setup": "1h"}},
        {"duration": None, "parts": [{"was": "x", "duration": "3h"}, {"was": "y", "duration": "2h", "share": 0.5}]},
    ],
)
def test_work_that_fits(node: dict[str, Any]) -> None:
    """Four hours fit into four hours."""
    assert told(working(node, FIT)) == []


@pytest.mark.parametrize(
    ("node", "amount"),
    [
        ({"duration": "5h"}, "5 h"),
        ({"duration": "4h 1min"}, "4.02 h"),
        ({"duration": {"value": "2h", "factor": 3}}, "6 h"),
        ({"duration": "1 working day"}, "8 h"),
        ({"duration": "1h", "batch": {"size": 9, "setup": "4h"}}, "5 h"),
        ({"duration": "2h", "batch": {"size": 3, "mode": "one_by_one", "setup": "1h"}}, "7 h"),
        ({"duration": "2h", "batch": {"size": 3, "max": 3, "mode": "one_by_one"}}, "6 h"),
        ({"duration": None, "parts": [{"was": "x", "duration": "3h"}, {"was": "y", "duration": "2h"}]}, "5 h"),
    ],
)
def test_work_that_never_fits(node: dict[str, Any], amount: str) -> None:
    """What takes longer than any opening is never started."""
    assert told(working(node, FIT)) == [
        (
            "BP431",
            "flow.r.duration",
            f"it takes {amount} at least, and openings last 4 h: it can never finish",
            "Write at_shift_end: pause for desk.clerk, or less work.",
        )
    ]
    assert told(working(node)) == []


def test_work_that_seldom_fits() -> None:
    """A mean above the longest opening is a warning; so is one value of an attribute that never fits."""
    said_ = told(working({"duration": "exponential(mean=5h)"}, FIT))
    assert said_ == [
        (
            "BP432",
            "flow.r.duration",
            "it takes 5 h on average, and openings last 4 h at most",
            "What does not fit waits for ever: write at_shift_end: pause for desk.clerk.",
        )
    ]
    cases = {"arrivals": "1h", "attributes": {"flag": "bernoulli(10%)"}}
    by = {"by": "flag", "of": {"true": "6h", "false": "1h"}}
    assert [code for code, *_ in told(working({"duration": by}, FIT, cases=cases))] == ["BP432"]


def test_somebody_else_may_have_longer_shifts() -> None:
    """What fits into one role's openings can be done; who pauses can do anything."""
    for role, expected in (
        ({"calendar": "always", **FIT}, []),
        ({"calendar": "short"}, []),
        ({"calendar": "short", **FIT}, ["BP431"]),
        ({"calendar": "shut", **FIT}, []),
    ):
        aide = {"staff": 1, **role}
        departments = {"desk": {"calendar": "office", "roles": {"clerk": {"staff": 2, **FIT}, "aide": aide}}}
        node = {"duration": "5h", "performer": ["desk.clerk", "desk.aide"]}
        assert [code for code, *_ in told(working(node, departments=departments))] == expected


# Days -----------------------------------------------------------------------------------------------------------------


def test_days_of_work() -> None:
    """A day of work is 24 hours, three shifts of 8."""
    assert told(working({"duration": "1 day"})) == [
        (
            "BP433",
            "flow.r.duration.value",
            "24 h of work = 3 shifts: a day of work is 24 h",
            "Write 8h or 1 working day.",
        )
    ]
    cases = {"arrivals": "1h", "attributes": {"flag": "bernoulli(10%)"}}
    by = {"by": "flag", "of": {"true": "triangular(1d, 2d, 3d)", "false": "1 working day"}}
    assert told(working({"duration": by}, cases=cases)) == [
        (
            "BP433",
            "flow.r.duration.choice.of.true",
            "48 h of work = 6 shifts: a day of work is 24 h",
            "Write 16h or 2 working days.",
        )
    ]


@pytest.mark.parametrize("role", [{"calendar": "always"}, {"calendar": "shut"}])
def test_days_where_they_are_meant(role: dict[str, Any]) -> None:
    """Who never goes home works 24 hours; a calendar that never opens is told elsewhere."""
    assert told(working({"duration": "1 day"}, role)) == []


def test_days_of_waiting() -> None:
    """The client's days are days."""
    assert said(drawn("s > c; c > w; w > e; e", nodes={"c": {"duration": "5d"}, "w": {"delay": "2 days"}})) == []


def test_durations_that_only_look_like_days() -> None:
    """Hours, and names that begin with a d, are no days."""
    for duration in ("1-2 h", "lognormal(median=2h, p90=5h)", "3 working days", "empirical([1h, 2h], weights=[1, 2])"):
        assert told(working({"duration": duration})) == []


# Nothing and too much -------------------------------------------------------------------------------------------------


def test_no_time() -> None:
    """A task of people or of the client takes time, and so does a timer; a system may be quick."""
    assert told(working({"duration": None})) == [
        ("BP434", "flow.r.duration", "the task r takes no time", "Write how long, such as 20min.")
    ]
    assert said(drawn("s > w; w > e; e", nodes={"w": {"delay": 0}})) == [("BP434", "flow.w.delay")]
    assert said(drawn("s > c; c > e; e", nodes={"c": {"duration": 0}})) == [("BP434", "flow.c.duration")]
    assert said(drawn("s > a; a > e; e", nodes={"a": {"duration": 0}})) == []
    assert told(working({"duration": 0}, {"kind": "system"})) == []
    assert told(working({"duration": "0-1 min"})) == []


def slip(durations: dict[str, str]) -> list[tuple[str, str, str]]:
    """Give what is said of slips of the unit, of tasks one after another."""
    names = list(durations)
    drawing = "; ".join(f"{a} > {b}" for a, b in zip(["s", *names], [*names, "e"], strict=True)) + "; e"
    nodes = {name: {"delay" if name.startswith("w") else "duration": text} for name, text in durations.items()}
    return [(found.code, str(found.path[1]), found.what) for found in check(drawn(drawing, nodes=nodes))]


def test_slips_of_the_unit() -> None:
    """A thousand times the others, more than a year of work, or decades of waiting."""
    assert slip({"r1": "10min", "r2": "5min", "r3": "100h"}) == []
    assert slip({"r1": "10min", "r2": "1min", "r3": "200h"}) == [
        ("BP435", "r3", "r3 takes 2,182 times as long as other tasks: 200 h")
    ]
    assert slip({"r1": "1000000000 s"}) == [("BP435", "r1", "r1 takes 31.7 years")]
    assert slip({"r1": "1h", "c1": "10 years", "w1": "21 years"}) == [("BP435", "w1", "w1 takes 21 years")]
    assert slip({"c1": "1s", "c2": "10 years"}) == []


def test_giants() -> None:
    """A mean that no computer holds is an error; one above nearly all values is a heavy tail."""
    assert told(working({"duration": "weibull(scale=1h, shape=0.001)"})) == [
        (
            "BP436",
            "flow.r.duration.value",
            "the mean of weibull(scale=1h, shape=0.001) is infinite, or too large for a computer",
            "Cut it off: truncated(..., high=90d).",
        )
    ]
    heavy = "mixture(99.9% 1min, 0.1% 720h)"
    assert told(working({"duration": heavy})) == [
        (
            "BP437",
            "flow.r.duration.value",
            f"a heavy tail: the mean of {heavy} lies above 99 % of its values",
            "Rare giants decide everything: cut it off with truncated(..., high=90d).",
        )
    ]
    assert told(working({"duration": "lognormal(median=1h, p90=10h)"})) == []


@pytest.mark.parametrize(("hours", "found"), [({}, True), ({"calendar": "office"}, False)])
def test_working_days_want_a_calendar(hours: dict[str, str], found: bool) -> None:  # noqa: FBT001 - a column of a table
    """Of tasks of the client, timeouts, timers, channels, transfers and limits; not where people's own hours count."""
    days = "2 working days"
    nodes = {
        "c": {"duration": days, "timeout": {"after": days, "next": "e"}, **hours},
        "w": {"delay": {"by": "big", "of": {"true": days, "false": "1d"}}, **hours},
        "r": {"performer": "desk.clerk", "duration": "1 working day"},
    }
    chosen = {"by": "big", "of": {"true": days, "false": "5d"}}
    parts: dict[str, Any] = {
        "calendars": {"office": {"mon-fri": "09:00-17:00"}},
        "departments": {"desk": {"calendar": "office", "roles": {"clerk": {"staff": 1}}}},
        "channels": {"web": {"share": 1.0, "delay": days, **hours}},
        "transfers": {"within": {"delay": days, **hours}},
        "cases": {
            "arrivals": "10000h",
            "attributes": {"big": "bernoulli(50%)"},
            "clocks": {"one": {"limit": days, **hours}, "two": {"limit": chosen, **hours}},
        },
    }
    places = {
        path for code, path in said(drawn("s > c; c > w; w > r; r > e; e", nodes=nodes, **parts)) if code == "BP438"
    }
    wanted = {
        "flow.c.duration.value",
        "flow.c.timeout.after.value",
        "flow.w.delay.choice.of.true",
        "channels.web.delay",
        "transfers.within.delay",
        "cases.clocks.one.limit",
        "cases.clocks.two.limit.of.true",
    }
    assert places == (wanted if found else set())


def test_giants_are_sought_everywhere() -> None:
    """In arrivals, channels, transfers and timeouts too."""
    giant = "mixture(99.9% 1min, 0.1% 30d)"
    nodes = {"c": {"timeout": {"after": giant, "next": "e"}}}
    parts: dict[str, Any] = {
        "channels": {"web": {"share": 0.5, "delay": giant}, "post": {"share": 0.5, "delay": "1 working day"}},
        "transfers": {"default": giant, "within": "2 working days", "desk -> desk2": giant},
        "cases": {"arrivals": giant},
        "departments": {"desk": {}, "desk2": {}},
    }
    assert said(drawn("s > c; c > e; e", nodes=nodes, **parts)) == [
        ("BP438", "channels.post.delay"),
        ("BP438", "transfers.within.delay"),
        ("BP437", "cases.arrivals.every"),
        ("BP437", "flow.c.timeout.after.value"),
        ("BP437", "channels.web.delay"),
        ("BP437", "transfers.default.delay"),
        ("BP437", "transfers.pairs.desk -> desk2.delay"),
    ]


def test_undefined_roles_and_calendars_are_told_once() -> None:
    """Where the role or its calendar does not exist, its shifts are not looked at."""
    assert [code for code, *_ in told(working({"duration": "5h"}, {"calendar": "offic", **FIT}))] == ["BP402"]
    assert [code for code, *_ in told(working({"duration": "1 day", "performer": "desk.clerc"}, FIT))] == ["BP401"]


def test_short_times_are_said_in_their_unit() -> None:
    """Minutes and seconds of work that does not fit."""
    calendars = {"office": {"mon": "09:00-09:01"}, "short": {"mon": "09:00-10:00"}, "shut": {"mon": "09:00-10:00"}}
    found = told(working({"duration": "90s"}, FIT, calendars=calendars))
    assert [what for _, _, what, _ in found] == [
        "it takes 1.5 min at least, and openings last 1 min: it can never finish"
    ]
    found = told(working({"duration": "0.0001 days"}))
    assert [(what, hint) for _, _, what, hint in found] == [
        ("8.64 s of work = 0.0003 shifts: a day of work is 24 h", "Write 2.88s or 0.0001 working days.")
    ]
