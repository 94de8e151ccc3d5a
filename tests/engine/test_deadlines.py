"""Clocks that act: what is under way is cancelled, and the case goes on elsewhere with one token."""

from typing import Any

from bpsim.eventlog import CANCELLED, COMPLETED, NONE, OPEN, EventLog
from tests.engine.drawn import HOUR, Written, flow, run

ONE = {"every": "1h", "at_most": 1}


def process(clock: Written, nodes: Written, **cases: Any) -> Written:  # noqa: ANN401
    """Write a process whose clock leads to an end of its own."""
    written = flow(nodes, **{"arrivals": ONE, "clocks": {"law": {"on_pass": {"next": "deemed"}, **clock}}, **cases})
    written["flow"]["deemed"] = {"type": "end"}
    return written


def told(log: EventLog) -> list[tuple[str, int, float, float, float]]:
    """Give the rows of a log: node, status, created, started and completed in hours."""
    names = [node.name for node in log.settings.nodes]
    columns = [log.items[key].tolist() for key in ("node", "status", "created", "started", "completed")]
    return [
        (names[n], s, *(t if t == NONE else t / HOUR for t in times)) for n, s, *times in zip(*columns, strict=True)
    ]


def outcome(log: EventLog) -> list[str]:
    """Name how the cases ended."""
    return [log.settings.outcomes[i] if i >= 0 else "" for i in log.cases["outcome"].tolist()]


def work(duration: str, following: str, performer: str = "desk.clerk", **more: object) -> Written:
    """Write a task."""
    return {"performer": performer, "duration": duration, "next": following, **more}


def test_the_limit_is_inclusive() -> None:
    """Three hours from the arrival at 1: who is done at 4 is in time; who is not ends a millisecond later."""
    done = run(process({"limit": "3h"}, {"decide": work("3h", "gone")}))
    assert (outcome(done), told(done)) == (["gone"], [("decide", COMPLETED, 1, 1, 4)])
    late = run(process({"limit": "3h"}, {"decide": work("4h", "gone")}))
    end = 4 + 1 / HOUR
    assert (outcome(late), told(late)) == (["deemed"], [("decide", CANCELLED, 1, 1, end)])
    assert late.cases["last"].tolist() == [0]
    assert late.cases["ended"].tolist() == [4 * HOUR + 1]


def test_the_client_stops_the_clock() -> None:
    """An hour of work, two of the client, in parallel with an hour of another clerk; then too much work."""
    nodes = {
        "first": work("1h", "both"),
        "both": {"type": "parallel", "next": ["ask", "look"]},
        "ask": work("2h", "met", "client"),
        "look": work("3h", "met"),
        "met": {"type": "parallel", "next": "decide"},
        "decide": work("9h", "gone"),
    }
    log = run(process({"limit": "3h", "stops_while": "client"}, nodes))
    # 1 to 2 counts, 2 to 4 stands, 4 to 5 counts, 5 on counts: 3 hours are full at 6
    assert told(log)[-1] == ("decide", CANCELLED, 5, 5, 6 + 1 / HOUR)
    assert len(log.join_starts) == 2


def test_all_branches_are_cancelled() -> None:
    """One branch waits at the join, one is with the client, one in the queue: the oldest item leads on."""
    nodes = {
        "all": {"type": "parallel", "next": ["a", "b", "c", "d"]},
        "a": work("1h", "met", "desk.aide"),
        "b": work("5d", "met", "client"),
        "c": work("3h", "c2"),
        "c2": work("3h", "met", "desk.clerk"),
        "d": work("9h", "met"),
        "met": {"type": "parallel", "next": "gone"},
    }
    log = run(
        process({"limit": "4h", "on_pass": {"next": "letter"}}, {**nodes, "letter": work("1h", "deemed", "desk.aide")})
    )
    passed = 5 + 1 / HOUR
    assert told(log) == [
        ("a", COMPLETED, 1, 1, 2),
        ("c", COMPLETED, 1, 1, 4),
        ("b", CANCELLED, 1, 1, passed),
        ("d", CANCELLED, 1, 1, passed),
        ("c2", CANCELLED, 4, 4, passed),
        ("letter", COMPLETED, passed, passed, passed + 1),
    ]
    assert log.items["pred"].tolist() == [-1, -1, -1, -1, 1, 2]
    assert outcome(log) == ["deemed"]


def test_from_a_node_to_a_node() -> None:
    """The clock runs from the completion of `check` to that of `decide`; afterwards nothing happens any more."""
    nodes = {"check": work("3h", "decide"), "decide": work("2h", "send"), "send": work("9h", "gone")}
    kept = run(process({"from": "check", "to": "decide", "limit": "2h"}, nodes))
    assert outcome(kept) == ["gone"]
    missed = run(process({"from": "check", "to": "send", "limit": "2h"}, nodes))
    assert told(missed)[-1] == ("send", CANCELLED, 6, 6, 6 + 1 / HOUR)


def test_visits_go_on() -> None:
    """Whoever comes back to a node by way of the clock passes it for the second time, with another draw."""
    nodes = {"decide": work("exponential(mean=30h)", "gone")}
    log = run(
        process({"limit": "1h", "on_pass": {"next": "decide"}}, nodes, arrivals={"every": "1h", "at_most": 50}), days=20
    )
    again = log.items["visit"] == 1
    assert again.sum() == (log.items["status"] == CANCELLED).sum() > 30
    assert set(log.items["visit"].tolist()) == {0, 1}
    assert (log.items["created"][again] == log.cases["arrived"][log.items["case"][again]] + HOUR + 1).all()


def test_by_an_attribute_and_in_office_hours() -> None:
    """Urgent cases have an hour, others two, of office hours from 9 to 12: the first ends at 10, the other at 11."""
    nodes = {"decide": work("20h", "gone", "client")}
    limit = {"by": "urgent", "of": {"true": "1h", "false": "2h"}}
    for urgent, hours in (("bernoulli(100%)", 10), ("bernoulli(0%)", 11)):
        written = process({"limit": limit, "calendar": "office"}, nodes, attributes={"urgent": urgent})
        log = run({**written, "calendars": {"office": {"mon-fri": "09:00-12:00"}}})
        assert log.cases["ended"].tolist() == [hours * HOUR + 1]


def test_before_the_application_has_come() -> None:
    """From the need, with two days of post: the limit is over on the way, and the clock passes when it has come."""
    written = process({"limit": "1d", "from": "need"}, {"decide": work("1h", "gone")})
    log = run({**written, "channels": {"post": {"share": 1, "delay": "2d"}}}, days=1, drain=3)
    arrived = 2 * 24 + 1
    assert told(log) == [("decide", CANCELLED, arrived, arrived, arrived + 1 / HOUR)]


def test_an_end_with_terminate_at_the_same_instant() -> None:
    """What completes at the very instant at which the limit has passed comes first."""
    nodes = {"decide": {"performer": "client", "duration": "10800001ms", "next": "gone"}}
    written = process({"limit": "3h"}, nodes)
    written["flow"]["gone"]["terminate"] = True
    assert outcome(run(written)) == ["gone"]


def test_open_at_the_stop() -> None:
    """A limit that lies beyond the run does nothing."""
    log = run(process({"limit": "3d"}, {"decide": work("9d", "gone")}), days=1, drain=1)
    assert told(log) == [("decide", OPEN, 1, 1, NONE)]


def test_two_clocks() -> None:
    """After the first has passed the second still runs."""
    nodes = {"decide": work("9d", "gone"), "late": work("9d", "gone", "client")}
    clocks = {
        "b_first": {"limit": "1h", "on_pass": {"next": "late"}},
        "a_second": {"limit": "2h", "on_pass": {"next": "deemed"}},
    }
    log = run(process({"limit": "5d"}, nodes, clocks=clocks))
    assert told(log) == [
        ("decide", CANCELLED, 1, 1, 2 + 1 / HOUR),
        ("late", CANCELLED, 2 + 1 / HOUR, 2 + 1 / HOUR, 3 + 1 / HOUR),
    ]
    assert outcome(log) == ["deemed"]
