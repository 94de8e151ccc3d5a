"""Errors: made, found and put right, in the order in which tasks are completed."""

import numpy as np

from bpsim.eventlog import NONE, EventLog
from tests.engine.drawn import HOUR, Written, flow, run


def work(following: str, **more: object) -> Written:
    """Write an hour of a clerk's work."""
    return {"performer": "desk.clerk", "duration": "1h", "next": following, **more}


def rows(log: EventLog) -> list[tuple[str, ...]]:
    """Give the errors of a log: where, and the hours at which they were made, found and corrected."""
    names = [node.name for node in log.settings.nodes]
    table = zip(*(log.errors[key].tolist() for key in ("node", "introduced", "detected", "corrected")), strict=True)
    shown = lambda time: "-" if time == NONE else f"{time / HOUR:g}"  # noqa: E731 - short
    return [(names[node], *map(shown, times)) for node, *times in table]


def test_made_found_and_corrected() -> None:
    """Drafted with an error at 2, found at 3, drafted anew at 4 (and wrongly again), found at 5, then given up."""
    nodes = {
        "draft": work("check", introduces_error=1),
        "check": work("known", detects_error=1),
        "known": {"type": "exclusive", "next": {"draft": "errors > 0 and visits(check) < 2", "gone": "else"}},
    }
    log = run(flow(nodes, arrivals={"every": "1h", "at_most": 1}))
    assert rows(log) == [("draft", "2", "3", "4"), ("draft", "4", "5", "-")]
    assert log.items["visit"].tolist() == [0, 0, 1, 1]


def test_found_by_nobody() -> None:
    """An error that nobody looks for stays undetected; doing the work again corrects it all the same."""
    nodes = {
        "draft": work("again", introduces_error={"by": "channel", "of": {"direct": 1}}),
        "again": {"type": "exclusive", "next": {"draft": "undetected > 0 and visits(draft) < 2", "gone": "else"}},
    }
    log = run(flow(nodes, arrivals={"every": "1h", "at_most": 1}))
    assert rows(log) == [("draft", "2", "-", "3"), ("draft", "3", "-", "-")]


def test_assign_comes_after() -> None:
    """The completion that makes an error may count it; work that is timed out makes none."""
    nodes = {
        "draft": work("ask", introduces_error=1, assign={"n": "undetected"}),
        "ask": {
            "performer": "client",
            "duration": "2d",
            "introduces_error": 1,
            "detects_error": 1,
            "timeout": {"after": "1h", "next": "gone"},
            "next": "gone",
        },
    }
    log = run(flow(nodes, arrivals={"every": "1h", "at_most": 1}, attributes={"n": 0}))
    assert rows(log) == [("draft", "2", "-", "-")]
    assert log.attributes["n"].tolist() == [1]


def test_chances() -> None:
    """Of 4,000 complex and simple cases 40 % and 10 % have an error; half of these are found."""
    chance = {"by": "complex", "of": {"true": "40%", "else": "10%"}}
    nodes = {
        "draft": {"performer": "system", "duration": "1min", "introduces_error": chance, "next": "check"},
        "check": {"performer": "system", "duration": "1min", "detects_error": "50%", "next": "gone"},
    }
    log = run(flow(nodes, arrivals={"every": "1s", "at_most": 4000}, attributes={"complex": "bernoulli(50%)"}))
    wrong = np.zeros(4000, bool)
    wrong[log.errors["case"]] = True
    complex_ones = log.attributes["complex"]
    for chosen, p in ((complex_ones, 0.4), (~complex_ones, 0.1)):
        assert abs(wrong[chosen].mean() - p) < 4 * (p * (1 - p) / chosen.sum()) ** 0.5
    found = log.errors["detected"] != NONE
    assert abs(found.mean() - 0.5) < 4 * (0.25 / len(found)) ** 0.5
    assert (log.errors["detected"][found] - log.errors["introduced"][found] == 60_000).all()
