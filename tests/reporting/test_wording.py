"""Words for parts of a process: what is said of durations, timers, boundaries, calls, clients and errors."""

from typing import Any

import pytest

from bpsim.model.flow import Call, Receive, Send, Task, Timer
from bpsim.model.process import Process
from bpsim.reporting import wording

Written = dict[str, Any]


def task(**more: object) -> Task:
    """Make a task of a clerk."""
    return Task.model_validate({"performer": "desk.clerk", "duration": "20min", "next": "done", **more})


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("20min", "20min"),
        ({"by": "kind", "of": {"a": "1h", "else": "2h"}}, "by kind"),
        ({"value": "20min", "factor": "size"}, "20min * (size)"),
        ({"by": "kind", "of": {"a": "1h", "else": "2h"}, "factor": "1 + size"}, "by kind * (1 + size)"),
    ],
)
def test_how_long(written: object, words: str) -> None:
    """A time, what it depends on, and by what it is multiplied."""
    assert wording.how_long(task(duration=written).duration) == words


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"delay": "1d"}, "1d"),
        ({"until": "fri 14:00"}, "until fri 14:00"),
        ({"until": "fri 14:00", "delay": "1d"}, "until fri 14:00, 1d later at least"),
    ],
)
def test_timers(written: Written, words: str) -> None:
    """For some time, until a moment, or until the first moment after some time."""
    assert wording.waits(Timer.model_validate({"type": "timer", "next": "done", **written})) == words


@pytest.mark.parametrize(
    ("kind", "written", "words"),
    [
        (Send, {"type": "send", "message": "decided"}, "sends decided"),
        (Receive, {"type": "receive", "message": "decided"}, "waits for decided"),
        (Call, {}, "talk"),
        (Call, {"wait": False}, "begins talk"),
        (Call, {"instances": 3}, "talk, 3 times"),
        (Call, {"instances": "2 * n", "order": "sequential"}, "talk, 2 * n times, one after another"),
        (Call, {"wait": False, "applies_after": "2d"}, "begins talk, 2d later"),
    ],
)
def test_calls(kind: type[Call | Send | Receive], written: Written, words: str) -> None:
    """What begins, how often, in which order and when; what is sent or waited for."""
    called = {"type": "call", "process": "talk"} if kind is Call else {}
    assert wording.call_words(kind.model_validate({**called, "next": "done", **written})) == words


def test_boundaries() -> None:
    """When it comes, under which name, and whether the work goes on beside it."""
    held = {"size": 3, "max_wait": "9d", "timeout": {"after": "2d", "next": "out"}}
    node = task(
        timeout={"after": "30d", "next": "out"},
        on={"recall": {"after": "5d", "next": "out"}, "warn": {"after": "8h", "next": "out", "non_interrupting": True}},
        batch=held,
    )
    assert [wording.boundary_words(path, boundary) for path, boundary in node.boundaries()] == [
        "after 30d",
        "recall after 5d",
        "beside it warn after 8h",
        "held after 2d",
    ]


def test_patience_of_an_item() -> None:
    """An item leaves the queue, or never does."""
    assert wording.leaving_words(task(reneges_after="2h")) == "unserved for 2h"
    assert wording.leaving_words(task()) == ""


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({}, []),
        ({"introduces_error": "4%"}, ["4 % wrong"]),
        ({"detects_error": "100%"}, ["finds 100 % of errors"]),
        (
            {"introduces_error": {"by": "kind", "of": {"a": "12.5%", "b": 0, "else": "1%"}}, "detects_error": "90%"},
            ["0 % to 12.5 % wrong", "finds 90 % of errors"],
        ),
        ({"introduces_error": {"by": "kind", "of": {"a": "3%", "else": "3%"}}}, ["3 % wrong"]),
    ],
)
def test_errors(written: Written, words: list[str]) -> None:
    """How many are made and found, from the fewest to the most; nothing for never."""
    assert wording.error_words(task(**written)) == words


def served(client: Written, **beside: Written) -> Process:
    """Make a process whose clients do something, with processes beside it whose clients do."""

    def part(mine: Written) -> Written:
        flow = {
            "came": {"type": "start", "next": "look"},
            "look": {"performer": "system", "duration": "1min", "next": "done"},
            "done": {"type": "end"},
            "late": {"type": "end"},
        }
        return {"cases": {"arrivals": "1h", "client": mine}, "flow": flow}

    main = part(client)
    main["cases"]["clocks"] = {
        "law": {"limit": "8 weeks", "on_pass": {"next": "late"}},
        "promise": {"limit": "2 weeks", "on_pass": {"next": "late"}},
        "goal": {"limit": "1 week"},
    }
    return Process.model_validate({"process": "main", **main, "others": {k: part(v) for k, v in beside.items()}})


def test_clients() -> None:
    """What those of the process do, and those of the processes beside it."""
    both = {"withdraws_after": "30d", "chases": {"every": "10d"}}
    assert wording.client_words(served({})) == []
    assert wording.client_words(served(both, appeal={"chases": {"every": "5d"}})) == [
        "A client who waits withdraws: 30d after the last contact.",
        "A client who waits asks about the state: every 10d.",
        "A client of appeal who waits asks about the state: every 5d.",
    ]


def test_limits_that_act() -> None:
    """Which clocks lead to a node; a clock that only counts leads nowhere."""
    assert wording.passing_words(served({}), "late") == ["law has passed", "promise has passed"]
    assert wording.passing_words(served({}), "done") == []


def test_what_the_numbers_without_waiting_cannot_show() -> None:
    """Growth, shocks, people who change, clients who leave, and limits that act; nothing of a plain process."""
    plain: Written = {
        "process": "plain",
        "departments": {"desk": {"roles": {"clerk": {"staff": 2}}}},
        "cases": {"arrivals": {"every": "1h"}},
        "flow": {
            "came": {"type": "start", "next": "check"},
            "check": {"performer": "desk.clerk", "duration": "1h", "next": "gone"},
            "gone": {"type": "end"},
        },
    }
    assert wording.left_out(Process.model_validate(plain)) == []
    role = {"staff": 2, "learning": {"rate": "85%"}, "leaving": {"rate": "12% per year"}}
    role["training"] = [{"at": "2025-03-03", "lasts": "2d", "effect": "20%"}]
    arrivals = {"every": "1h", "growth": "5% per year", "shocks": [{"at": "2025-04-01", "times": 2, "lasts": "1d"}]}
    cases = {
        "arrivals": arrivals,
        "client": {"withdraws_after": "30d"},
        "clocks": {"law": {"limit": "8 weeks", "on_pass": {"next": "gone"}}},
    }
    full = {**plain, "departments": {"desk": {"roles": {"clerk": role}}}, "cases": cases}
    assert wording.left_out(Process.model_validate(full)) == [
        "growth", "shocks", "learning", "training", "people who leave and their posts", "clients who do not wait",
        "limits that pass",
    ]  # fmt: skip
    leaving = {**plain["flow"]["check"], "reneges_after": "1h"}
    some = {**plain, "flow": {**plain["flow"], "check": leaving}}
    assert wording.left_out(Process.model_validate(some)) == ["clients who do not wait"]
