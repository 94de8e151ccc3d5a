"""Work that is taken away, gateways that take some of their flows, and what happens first."""

from typing import Any

import numpy as np
import pytest

from bpsim.errors import RunError
from bpsim.eventlog import CANCELLED, COMPLETED, NONE, OPEN, TIMED_OUT, EventLog
from bpsim.measures.measured import measure
from tests.engine.drawn import HOUR, Written, flow, run

TASK = {"performer": "desk.clerk", "duration": "1h", "next": "met"}


def rows(log: EventLog, name: str) -> list[tuple[int, ...]]:
    """Give case, started, completed (in hours) and status of the rows of a node."""
    rank = [node.name for node in log.settings.nodes].index(name)
    mine = np.flatnonzero(log.items["node"] == rank)
    return [
        tuple(int(log.items[key][i]) // (HOUR if log.items[key][i] > 0 and key in ("started", "completed") else 1)
              for key in ("case", "started", "completed", "status"))
        for i in mine
    ]  # fmt: skip


def outcomes(log: EventLog) -> list[str]:
    """Name how each case ended."""
    return [log.settings.outcomes[int(number)] for number in log.cases["outcome"]]


def test_an_inclusive_gateway_takes_at_least_one_flow() -> None:
    """A case for which none of the conditions holds stops the run, and is named."""
    checks = {"type": "inclusive", "next": {"one": "big", "other": "not big and big"}}
    nodes = {"checks": checks, "one": TASK, "other": TASK, "met": {"type": "inclusive", "next": "gone"}}
    written = flow(nodes, arrivals="1h", attributes={"big": "bernoulli(0%)"})
    with pytest.raises(RunError) as caught:
        run(written)
    assert (caught.value.code, caught.value.what) == ("BP714", "case 0: none of the flows from checks is taken")


def test_the_share_of_a_flow_is_a_share() -> None:
    """A share that depends on the case must lie between 0 and 1."""
    ways = [{"to": "one", "p": "many"}, {"to": "other", "when": "true"}]
    checks = {"type": "inclusive", "next": ways}
    nodes = {"checks": checks, "one": TASK, "other": TASK, "met": {"type": "inclusive", "next": "gone"}}
    with pytest.raises(RunError, match="case 0: a share at checks is 2"):
        run(flow(nodes, attributes={"many": "2"}))


def test_a_case_may_pass_a_node_so_often() -> None:
    """`max_visits` stops the run at the pass after the last that is allowed."""
    nodes: Written = {
        "again": {"type": "exclusive", "next": "work"},
        "work": {"performer": "desk.clerk", "duration": "1min", "next": "more"},
        "more": {"type": "exclusive", "next": {"again": "visits(work) < 3", "gone": "else"}},
    }
    log = run(flow(nodes, max_visits=3))
    assert measure(log).counts.finished == 5
    with pytest.raises(RunError) as caught:
        run(flow(nodes, max_visits=2))
    assert (caught.value.code, caught.value.what) == ("BP701", "case 0 passes again more than 2 times")


def test_a_clerk_is_free_when_work_is_taken_away() -> None:
    """Who waits for them begins at that instant."""
    # both clerks are at work on cases 0 and 1 (one each, from 1:00 and 2:00) for days; timed out after 5 hours.
    check = {"performer": "desk.clerk", "duration": "4d", "timeout": {"after": "5h", "next": "late"}, "next": "gone"}
    log = run(flow({"check": check, "late": {"type": "end"}}))
    # The next begins at 6:00, when the first is timed out, and its own time (from 3:00) is over at 8:00;
    # another at 7:00, until 9:00; the last at 8:00, until 10:00.
    assert rows(log, "check") == [
        (0, 1, 6, TIMED_OUT), (1, 2, 7, TIMED_OUT), (2, 6, 8, TIMED_OUT), (3, 7, 9, TIMED_OUT), (4, 8, 10, TIMED_OUT)
    ]  # fmt: skip
    assert outcomes(log) == ["late"] * 5
    measure(log)


def test_a_hundred_that_wait_are_taken_away_with_their_case() -> None:
    """Items deep in a queue with priorities leave it without a trace but their row."""
    nodes: Written = {
        "split": {"type": "parallel", "next": ["work", "ask"]},
        "work": {"performer": "desk.clerk", "duration": "30d", "next": "done"},
        "ask": {"performer": "client", "duration": "1h", "next": "refused"},
        "refused": {"type": "end", "terminate": True},
        "done": {"type": "end"},
    }
    cases: dict[str, Any] = {"arrivals": {"every": "1min", "at_most": 100}, "priority": "now.hour"}
    log = run(flow(nodes, **cases))
    found = rows(log, "work")
    assert [status for *_, status in found] == [CANCELLED] * 100
    assert any(started == NONE for _, started, *_ in found)
    assert outcomes(log) == ["refused"] * 100
    measure(log)


def test_open_rivals_are_one_token() -> None:
    """A race that is open when the run stops: every rival has an open row, and the law of tokens holds."""
    nodes: Written = {
        "wait": {"type": "event_based", "next": ["answer", "rest"]},
        "answer": {"performer": "client", "duration": "never", "next": "gone"},
        "rest": {"type": "timer", "until": "sat 09:00", "next": "gone"},
    }
    log = run(flow(nodes), days=1, drain=1)
    assert {status for *_, status in [*rows(log, "answer"), *rows(log, "rest")]} == {OPEN}
    assert len(log.items["case"]) == 10


def test_a_timer_that_no_time_ends() -> None:
    """A time in closed hours that is skipped never comes: the case stays open."""
    nodes = {"rest": {"type": "timer", "until": "sun 09:00", "on_closed": "skip", "calendar": "office", "next": "gone"}}
    written = flow(nodes) | {"calendars": {"office": {"mon-fri": "09:00-17:00"}}}
    log = run(written, days=2, drain=9)
    assert (log.cases["ended"] == NONE).all()


def test_an_escalation_comes_once_at_a_time() -> None:
    """While a reminder is under way, another of the same kind does not begin; later it may, with luck of its own."""
    nodes: Written = {
        "again": {"type": "exclusive", "next": "ask"},
        "ask": {
            "performer": "client",
            "duration": "2h",
            "timeout": {"after": "1h", "next": "remind", "non_interrupting": True},
            "next": "more",
        },
        "remind": {"performer": "external", "duration": "uniform(150min, 170min)", "next": "reminded"},
        "reminded": {"type": "end", "outcome": "gone"},
        "more": {"type": "exclusive", "next": {"again": "visits(ask) < 4", "gone": "else"}},
    }
    log = run(flow(nodes, arrivals={"every": "1h", "at_most": 1}))
    # asked 1:00, 3:00, 5:00, 7:00; due 2:00, 4:00, 6:00, 8:00. The reminder of 2:00 lasts beyond 4:00, until 4:30-4:50.
    reminders = rows(log, "ask.timeout")
    assert [(case, at) for case, _, at, _ in reminders] == [(0, 2), (0, 6)]
    rank = [node.name for node in log.settings.nodes].index("remind")
    mine = log.items["node"] == rank
    assert log.items["visit"][mine].tolist() == [0, 1]
    lasted = (log.items["completed"] - log.items["started"])[mine]
    assert len(set(lasted.tolist())) == 2
    assert (log.items["status"][mine] == COMPLETED).all()
    measure(log)


def test_boundaries_of_one_instant_have_an_order() -> None:
    """The timeout, then what else may happen by its name, then the hold of a batch: the last finds nothing to do."""
    beside = {"after": "1h", "next": "remind", "non_interrupting": True}
    check: dict[str, Any] = {
        "performer": "desk.clerk",
        "duration": "1h",
        "batch": {"size": 99, "timeout": {"after": "1h", "next": "alone"}},
        "timeout": beside,
        "next": "gone",
    }
    nodes = {"check": check, "remind": {"performer": "system", "next": "gone"}, "alone": {"type": "end"}}
    log = run(flow(nodes))
    assert len(rows(log, "check.timeout")) == 5
    assert outcomes(log) == ["alone"] * 5
    racers = {name: {"after": "1h", "next": name} for name in ("b", "a")}
    ends = {name: {"type": "end"} for name in "ab"}
    assert outcomes(run(flow({**nodes, "check": {**check, "on": racers}, **ends}))) == ["a"] * 5


def test_a_block_is_broken_off_with_all_that_is_in_it() -> None:
    """Work that is held, races, cases that were called are gone; one token goes on, behind the oldest item."""
    nodes: Written = {
        "both": {"type": "parallel", "timeout": {"after": "150min", "next": "tell"}, "next": ["held", "subs", "race"]},
        "held": {"performer": "desk.clerk", "duration": "1h", "batch": {"size": 4}, "next": "met"},
        "subs": {"type": "call", "process": "sub", "instances": 2, "next": "met"},
        "race": {"type": "event_based", "next": ["answer", "advice"]},
        "answer": {"performer": "client", "duration": "9h", "next": "raced"},
        "advice": {"performer": "external", "duration": "8h", "next": "raced"},
        "raced": {"type": "exclusive", "next": "met"},
        "met": {"type": "parallel", "next": "gone"},
        "tell": {"performer": "desk.aide", "duration": "1h", "next": "late"},
        "late": {"type": "end"},
    }
    sub = {
        "cases": {"entry": "called"},
        "flow": {
            "begin": {"type": "start", "next": "look"},
            "look": {"performer": "client", "duration": "10h", "next": "looked"},
            "looked": {"type": "end"},
        },
    }
    log = run({**flow(nodes), "others": {"sub": sub}})
    # Cases come at 1:00 to 5:00 and are broken off at 3:30 to 7:30. At 4:00 the first has left the batch: three are
    # held, and so it is at 5:00; it never fires. What was called goes first, then the items, by their names.
    assert rows(log, "held") == [(n, NONE, h, CANCELLED) for n, h in zip((0, 3, 6, 9, 12), range(3, 8), strict=True)]
    assert outcomes(log) == ["late", "cancelled", "cancelled"] * 5
    names = [log.settings.nodes[node].name for node in log.items["node"].tolist()]
    mine = [names[row] for row in np.flatnonzero(log.items["case"] == 0).tolist()]
    assert mine == ["advice", "answer", "held", "both.timeout", "tell"]
    found = measure(log)
    assert found.counts.finished == 5
    # The account: 2.5 h with the third party (the oldest item, by its name), then the hour of the aide.
    assert found.cells == {"desk": {"processing": 5 * HOUR}, "external": {"external": 5 * 150 * 60_000}}
    assert found.value("lead_time.mean") == 3.5 * HOUR


def test_a_block_that_has_ended_is_not_broken_off() -> None:
    """The join that fires at the very instant goes before; the next pass has a limit of its own."""
    nodes: Written = {
        "again": {"type": "exclusive", "next": "both"},
        "both": {
            "type": "inclusive",
            "timeout": {"after": "2h", "next": "late"},
            "next": {"one": "true", "two": "true"},
        },
        "one": {"performer": "client", "duration": "30min", "next": "met"},
        "two": {"performer": "external", "duration": {"value": "2h", "factor": "visits(two)"}, "next": "met"},
        "met": {"type": "inclusive", "next": "more"},
        "more": {"type": "exclusive", "next": {"again": "visits(two) < 2", "gone": "else"}},
        "late": {"type": "end"},
    }
    log = run(flow(nodes, arrivals={"every": "1h", "at_most": 1}))
    # 1:00-3:00 in time; then two would take 4 h: broken off at 5:00.
    assert outcomes(log) == ["late"]
    assert rows(log, "two") == [(0, 1, 3, COMPLETED), (0, 3, 5, CANCELLED)]
    assert rows(log, "both.timeout") == [(0, 5, 5, COMPLETED)]
    measure(log)
