"""Runs that never settle stop with a sentence that names the place; nothing half-written remains."""

from typing import Any

import pytest

from bpsim.engine import clock, recorder, replication, unfinished
from bpsim.engine.pools import GeneralPool
from bpsim.errors import LimitError, RunError
from bpsim.values.calendars import NEVER
from tests.engine.drawn import flow, queue, run

TASK = {"performer": "desk.clerk", "duration": "10min"}


def test_too_many_open_cases_name_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue that explodes is named with its role, and so is the day."""
    monkeypatch.setattr(replication, "MOST_OPEN", 50)
    with pytest.raises(LimitError) as caught:
        run(queue("1h", "2d"), days=30)
    assert caught.value.code == "BP711"
    assert caught.value.what == "more than 50 cases are open on day 2; 50 items are at served, the work of desk.clerk"
    assert caught.value.hint == "Add people there, or let fewer cases arrive."


def test_too_many_open_cases_outside_of_the_organisation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cases may pile up with the client, too."""
    monkeypatch.setattr(replication, "MOST_OPEN", 5)
    with pytest.raises(LimitError, match=r"more than 5 cases are open on day 0; 5 items are at answer\."):
        run(flow({"answer": {"performer": "client", "duration": "100d", "next": "gone"}}, arrivals="1h"))


def test_too_many_open_cases_on_their_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Applications that are still in the post are open cases."""
    monkeypatch.setattr(replication, "MOST_OPEN", 5)
    written = flow({"answer": {**TASK, "next": "gone"}}, arrivals="1h") | {
        "channels": {"post": {"share": 1, "delay": "9d"}}
    }
    with pytest.raises(LimitError, match="more than 5 cases are open on day 0; none of them is under way"):
        run(written)


def test_too_many_work_items_name_the_busiest_node(monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory is not filled."""
    monkeypatch.setattr(replication, "MOST_ITEMS", 100)
    monkeypatch.setattr(recorder, "CHUNK", 10)
    with pytest.raises(LimitError) as caught:
        run(queue("10min", "10min", cases=1000))
    assert caught.value.code == "BP709"
    assert caught.value.what == "more than 100 work items by day 0, most of them at served"


def test_too_many_work_items_when_nobody_comes_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """One case goes round every minute: the 101st item is never begun."""
    monkeypatch.setattr(replication, "MOST_ITEMS", 100)
    nodes = {
        "again": {"type": "timer", "delay": "1min", "next": "choose"},
        "choose": {"type": "exclusive", "next": [{"to": "again", "p": 1}, {"to": "gone", "p": 0}]},
    }
    with pytest.raises(LimitError, match="more than 100 work items by day 0, most of them at again"):
        run(flow(nodes, arrivals={"every": "1min", "at_most": 1}))


def test_arrivals_without_time_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrivals that stand still are found, even when the cases end at once."""
    monkeypatch.setattr(replication, "AT_ONCE", 100)
    with pytest.raises(LimitError) as caught:
        run(flow({"through": {"type": "exclusive", "next": "gone"}}, arrivals="0min"))
    assert caught.value.code == "BP710"
    assert caught.value.what == "more than 100 cases arrive in one millisecond of day 0"


def test_work_without_duration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds of work without duration are found, and the role is named."""
    monkeypatch.setattr(clock, "MOST_ROUNDS", 50)
    nodes = {
        "work": {"performer": "desk.clerk", "duration": "0min", "next": "judge"},
        "judge": {"type": "exclusive", "next": {"work": "age >= 0d", "gone": "else"}},
    }
    with pytest.raises(LimitError) as caught:
        run(flow(nodes))
    assert caught.value.code == "BP710"
    assert caught.value.what == "time stands still at 3,600,000 ms: 50 rounds of work without duration for desk.clerk"


@pytest.mark.parametrize("between", [{**TASK, "next": "judge"}, {"type": "exclusive", "next": "judge"}])
def test_a_case_that_goes_round_for_ever(between: dict[str, Any]) -> None:
    """The thousand-and-first pass of a case through a node is an error, with work in the loop or without."""
    nodes = {
        "again": {"type": "exclusive", "next": "between"},
        "between": between,
        "judge": {"type": "exclusive", "next": {"again": "age >= 0d", "gone": "else"}},
    }
    with pytest.raises(RunError) as caught:
        run(flow(nodes), days=60)
    assert caught.value.code == "BP701"
    assert caught.value.what == "case 0 passes again more than 1,000 times"


def test_a_thousand_passes_are_allowed() -> None:
    """A case may go round a thousand times, even where that takes no time."""
    nodes = {
        "again": {"type": "exclusive", "next": "count"},
        "count": {"type": "exclusive", "assign": {"rounds": "rounds + 1"}, "next": "judge"},
        "judge": {"type": "exclusive", "next": {"again": "rounds < 1000", "gone": "else"}},
    }
    log = run(flow(nodes, attributes={"rounds": 0}))
    assert log.attributes["rounds"].tolist() == [1000] * 5
    assert (log.cases["ended"] == log.cases["need"]).all()


def test_a_deadlock_names_the_join_and_its_flows() -> None:
    """A token that can never move again is reported with the join and the branches that it waits for."""
    nodes = {
        "both": {"type": "parallel", "next": ["left", "right"]},
        "left": {**TASK, "next": "met"},
        "right": {**TASK, "next": "judge"},
        "judge": {"type": "exclusive", "next": {"met": "0%", "lost": "else"}},
        "lost": {"type": "end"},
        "met": {"type": "parallel", "next": "gone"},
    }
    with pytest.raises(RunError) as caught:
        run(flow(nodes))
    assert caught.value.code == "BP708"
    assert caught.value.what == "case 0 waits for ever: met has 1 of the 2 flows from judge, left"


@pytest.mark.parametrize(
    ("judge", "code", "what"),
    [
        (
            {"gone": "level > 0", "refused": "level > 1"},
            "BP706",
            "case 0: several conditions at judge hold: gone, refused",
        ),
        ({"gone": "level > 2", "refused": "level > 3"}, "BP707", "case 0: no condition at judge holds"),
        (
            [{"to": "gone", "p": "level"}, {"to": "refused", "p": "0.5"}],
            "BP705",
            "case 0: the shares at judge add up to 2.5",
        ),
        (
            {"gone": "1 / (level - 2) > 0", "refused": "else"},
            "BP702",
            "case 0: division by zero in `1 / (level - 2) > 0`",
        ),
        (
            [{"to": "gone", "p": "level * 1e308"}, {"to": "refused", "p": "0.5"}],
            "BP702",
            "case 0: a number out of range in `level * 1e308`",
        ),
    ],
)
def test_rules_that_fail_in_the_run(judge: Any, code: str, what: str) -> None:  # noqa: ANN401 - as written
    """What only the values of a case can show stops the run, with the case and the place."""
    nodes = {"judge": {"type": "exclusive", "next": judge}, "refused": {"type": "end"}}
    with pytest.raises(RunError) as caught:
        run(flow(nodes, attributes={"level": 2}))
    assert (caught.value.code, caught.value.what) == (code, what)


@pytest.mark.parametrize(
    ("duration", "code", "what"),
    [
        ({"by": "level", "of": {"1": "10min"}}, "BP703", "case 0: no choice for the value 2"),
        ({"value": "10min", "factor": "-level"}, "BP704", "case 0: a duration of -1.2e+06 ms"),
        ({"value": "10min", "factor": "1e30"}, "BP704", "case 0: a duration of 6e+35 ms"),
    ],
)
def test_durations_that_cannot_be(duration: Any, code: str, what: str) -> None:  # noqa: ANN401 - as written
    """A duration is checked before it reaches the clock."""
    with pytest.raises(RunError) as caught:
        run(flow({"work": {**TASK, "duration": duration, "next": "gone"}}, attributes={"level": 2}))
    assert (caught.value.code, caught.value.what) == (code, what)


@pytest.mark.parametrize("performer", ["desk.clerk", "client"])
@pytest.mark.parametrize("tail", ["lognormal(median=1min, p90=9000 years)", "weibull(scale=1min, shape=0.01)"])
def test_draws_beyond_all_bounds(performer: str, tail: str) -> None:
    """A draw beyond all times never comes: the clock does not run backwards, and the item stays open."""
    task = {"performer": performer, "duration": tail, "next": "gone"}
    log = run(flow({"work": task}, arrivals={"every": "1min", "at_most": 1000}), days=2)
    started = log.items["started"] >= 0
    never = started & (log.items["completed"] < 0)
    assert never.any()
    assert (log.items["completed"][started & ~never] >= log.items["started"][started & ~never]).all()


def test_a_lost_token_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The law of tokens is checked at the end of every run: what is alive is under way, or waits at a join."""
    rows = unfinished.Unfinished.rows
    monkeypatch.setattr(unfinished.Unfinished, "rows", lambda self: rows(self)[1:])
    monkeypatch.setattr(unfinished.Counter, "__getitem__", lambda _, __: 0)
    with pytest.raises(AssertionError, match="case 0 has 1 tokens, but 0 are under way and 0 wait at joins"):
        run(flow({"answer": {"performer": "client", "duration": "100d", "next": "gone"}}))


def test_work_that_never_ends() -> None:
    """Somebody who is beyond all measure slow takes until the end of time, which is a number."""
    assert GeneralPool._scaled(60_000, 1e-308) == NEVER
    assert GeneralPool._scaled(60_000, 0.5) == 120_000
