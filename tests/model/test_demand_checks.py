"""Checks of demand: the forms of arrivals, errors, clocks that act."""

from typing import Any

import pytest

from bpsim.model.checks import check
from bpsim.model.process import Process

Told = list[tuple[str, str, str, str]]
MINE = ("BP103", "BP42", "BP439", "BP44", "BP48", "BP49")
FLOW: dict[str, Any] = {
    "came": {"type": "start", "next": "a"},
    "a": {"performer": "desk.clerk", "duration": "10min", "next": "b"},
    "b": {"performer": "desk.clerk", "duration": "10min", "next": "done"},
    "done": {"type": "end"},
}


def told(cases: dict[str, Any], flow: dict[str, Any] | None = None) -> Told:
    """Give what is said of the demand of a process: code, path, what, hint."""
    process = Process.model_validate(
        {
            "process": "p",
            "calendars": {"office": "24/7"},
            "departments": {"desk": {"roles": {"clerk": {"staff": 2}}}},
            "cases": cases,
            "flow": flow or FLOW,
        }
    )
    found = [(f.code, ".".join(map(str, f.path)), f.what, f.hint) for f in check(process)]
    return [entry for entry in found if entry[0].startswith(MINE)]


def arrivals(rule: dict[str, Any], **more: Any) -> Told:  # noqa: ANN401 - written data
    """Give what is said of arrivals."""
    return told({"arrivals": rule, **more})


@pytest.mark.parametrize(
    "rule",
    [
        {"every": "1h", "profile": {"mon": 0, "jan": 2, "08-10": 2, "10-12:30": 0}, "growth": "-5% per year"},
        {"every": "1h", "size": "empirical([0, 2])", "shocks": [{"at": "2025-03-01", "times": 0, "lasts": "2d"}]},
        {"times": ["1h", "2025-01-06"], "at_most": 1},
        {"appointments": {"every": "20min"}},
    ],
)
def test_forms(rule: dict[str, Any]) -> None:
    """Every form of arrivals is accepted in silence."""
    assert arrivals(rule) == []


def test_one_form() -> None:
    """One of four ways, with nothing beside it that does nothing there."""
    assert arrivals({}) == [
        ("BP103", "cases.arrivals", "'every' is missing", "Say how often: every: exponential(mean=2h).")
    ]
    assert arrivals({"every": "1h", "appointments": {"every": "1h"}, "file": "x"})[0][1:3] == (
        "cases.arrivals.file",
        "arrivals are given in 3 ways: every, file and appointments",
    )
    found = arrivals({"times": ["1h"], "size": 2, "growth": "5% per year"}, calendar="office")
    assert [entry[:3] for entry in found] == [
        ("BP440", "cases.arrivals.size", "size does nothing where arrivals are given by times"),
        ("BP440", "cases.arrivals.growth", "growth does nothing where arrivals are given by times"),
        ("BP440", "cases.calendar", "the hours of cases do nothing where arrivals are given by times"),
    ]
    assert arrivals({"appointments": {"every": "1h"}}, calendar="office") == []


def test_numbers() -> None:
    """Sizes, growth, shocks and appointments leave some cases, and take some time."""
    found = arrivals({"every": "1h", "size": 0, "growth": "-100% per year", "at_most": 0})
    assert [entry[1:3] for entry in found] == [
        ("cases.arrivals.at_most", "no cases at all"),
        ("cases.arrivals.size", "no cases at all"),
        ("cases.arrivals.growth", "a growth of -100% per year leaves no cases"),
    ]
    found = arrivals({"every": "1h", "shocks": [{"at": "1d", "times": -1, "lasts": 0}]})
    assert [entry[1:3] for entry in found] == [
        ("cases.arrivals.shocks.0.times", "the factor -1 is negative"),
        ("cases.arrivals.shocks.0.lasts", "a shock that takes no time"),
    ]
    for every in (0, "never"):
        found = arrivals({"appointments": {"every": every, "clients": 0, "no_show": 1}})
        assert [entry[1:3] for entry in found] == [
            ("cases.arrivals.appointments.every", "no time from slot to slot"),
            ("cases.arrivals.appointments.clients", "slots for nobody"),
            ("cases.arrivals.appointments.no_show", "nobody ever comes"),
        ]


def test_hours_of_a_profile() -> None:
    """Parts of a day follow each other."""
    found = arrivals({"every": "1h", "profile": {"08-10": 1, "09-11": 2, "25-26": 1, "easter": 1}})
    assert [entry[:3] for entry in found] == [
        ("BP443", "cases.arrivals.profile.25-26", "25-26 is no part of a day"),
        ("BP425", "cases.arrivals.profile.easter", "easter is no weekday, month or part of a day"),
        ("BP443", "cases.arrivals.profile.09-11", "08-10 and 09-11 overlap"),
    ]


def test_time_between_cases() -> None:
    """Some time between two cases; no factor is negative, and some days have cases."""
    assert arrivals({"every": 0})[0][2] == "no time between two cases"
    assert arrivals({"every": "1h", "profile": {"mon": -1}})[0][2] == "the factor -1 is negative"
    days = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), 0)
    found = arrivals({"every": "1h", "profile": days})
    assert found[0][2] == "the profile is zero for mon to sun: no cases at all"


def test_cases_that_do_not_arrive() -> None:
    """Where a vacancy or a call brings cases, nothing is asked of arrivals."""
    assert told({"trigger": {"vacancy": "desk.clerk"}}) == []
    assert told({"entry": "called"}) == []


def test_errors() -> None:
    """What is counted can be made and found."""
    makes, finds = {"introduces_error": {"by": "channel", "of": {"direct": "5%"}}}, {"detects_error": "50%"}
    reads = {"duration": {"value": "10min", "factor": "1 + errors + undetected"}}

    def with_tasks(a: dict[str, Any], b: dict[str, Any]) -> list[tuple[str, str, str]]:
        flow = {**FLOW, "a": {**FLOW["a"], **a}, "b": {**FLOW["b"], **b}}
        return [entry[:3] for entry in told({"arrivals": "1h"}, flow)]

    assert with_tasks(makes, finds) == []
    assert with_tasks(makes, {**finds, **reads}) == []
    assert with_tasks({}, finds) == [
        ("BP485", "flow.b.detects_error", "no task makes errors: there is nothing to find")
    ]
    assert with_tasks(makes, reads) == [
        ("BP486", "flow.b.duration.factor", "`errors` is always 0: no error is ever found")
    ]
    only = {"duration": {"value": "10min", "factor": "1 + undetected"}}
    assert with_tasks(makes, only) == []
    assert with_tasks({}, only) == [
        ("BP486", "flow.b.duration.factor", "`undetected` is always 0: no task makes errors")
    ]


def acting(clock: dict[str, Any], flow: dict[str, Any] | None = None, **more: Any) -> Told:  # noqa: ANN401 - written
    """Give what is said of a clock that acts."""
    return told({"arrivals": "1h", "clocks": {"law": {"limit": "8 weeks", **clock}}, **more}, flow)


def test_clocks_that_act() -> None:
    """They lead to a node outside of all blocks, and their limit stays."""
    assert acting({"on_pass": {"next": "b"}}) == acting({}) == []
    assert acting({"on_pass": {"next": "bb"}})[0][:3] == (
        "BP490",
        "cases.clocks.law.on_pass.next",
        "there is no node bb",
    )
    assert acting({"on_pass": {"next": "zzzzzz"}})[0][3] == "Name a node of the flow."
    assert acting({"on_pass": {"next": "came"}})[0][2] == "a case does not begin again when a limit has passed"
    flow = {
        **FLOW,
        "a": {"type": "parallel", "next": ["b", "c"]},
        "b": {**FLOW["b"], "next": "d"},
        "c": {**FLOW["b"], "next": "d"},
        "d": {"type": "parallel", "next": "done"},
    }
    for target in ("a", "c", "d"):
        assert acting({"on_pass": {"next": target}}, flow)[0][:3] == (
            "BP491",
            "cases.clocks.law.on_pass.next",
            f"{target} is part of a parallel block, and only one token goes on when a limit has passed",
        )
    assert acting({"on_pass": {"next": "done"}}, flow) == []
    limit = {"by": "hard", "of": {"true": "8 weeks", "false": "4 weeks"}}
    attributes = {"attributes": {"hard": "bernoulli(50%)"}}
    assert acting({"limit": limit, "on_pass": {"next": "b"}}, **attributes) == []
    flow = {**FLOW, "a": {**FLOW["a"], "assign": {"hard": "true"}}}
    assert acting({"limit": limit, "on_pass": {"next": "b"}}, flow, **attributes)[0][:3] == (
        "BP492",
        "cases.clocks.law.limit.by",
        "the limit depends on hard, which a assigns",
    )
    broken = {**FLOW, "a": {**FLOW["a"], "next": "nowhere"}}
    assert acting({"on_pass": {"next": "b"}}, broken) == []
