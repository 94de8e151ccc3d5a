"""Calls, messages, several processes: what a run makes of them, where the two interpreters do not look."""

from datetime import date
from typing import Any

import pytest

from bpsim.engine.calls import position_of
from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.errors import RunError
from bpsim.eventlog import EventLog
from bpsim.model.process import Process

HOUR = 3_600_000
WEEK = 7 * 24 * HOUR


def called(flow: dict[str, Any] | None = None, **cases: Any) -> dict[str, Any]:  # noqa: ANN401 - as it may be written
    """Write a process that is called: one task of a clerk."""
    nodes = {"work": {"performer": "desk.clerk", "duration": "1h", "next": "finish"}}
    begin = {"begin": {"type": "start", "next": next(iter(flow or nodes))}}
    return {"cases": {"entry": "called", **cases}, "flow": begin | (flow or nodes) | {"finish": {"type": "end"}}}


def run(call: dict[str, Any], *, staff: int = 1, replication: int = 0, **other: Any) -> EventLog:  # noqa: ANN401
    """Run one case that comes after an hour and makes a call."""
    process = {
        "process": "main",
        "departments": {"desk": {"roles": {"clerk": {"staff": staff}}}},
        "cases": {"arrivals": {"every": "1h", "at_most": 1}, **other.pop("cases", {})},
        "flow": {
            "begin": {"type": "start", "next": "ask"},
            "ask": {"type": "call", "process": "sub", "next": "over", **call},
            "over": {"type": "end"},
        },
        "others": {"sub": called(), **other.pop("others", {})},
    }
    plan = compile_plan(Process.model_validate(process | other), start=date(2025, 1, 6), length=WEEK, drain=WEEK)
    return replicate(plan, seed=1, replication=replication)


def ends(log: EventLog) -> list[float]:
    """Give the ends of the cases in hours."""
    return [end / HOUR for end in log.cases["ended"].tolist()]


def test_all_at_once_and_one_after_another() -> None:
    """Parallel cases go on at once; the next of a sequence begins when the one before has ended."""
    assert ends(run({"instances": 3}, staff=3)) == [2, 2, 2, 2]
    parallel = run({"instances": 3})
    assert ends(parallel) == [4, 2, 3, 4]
    assert parallel.join_preds.tolist() == [0, 1, 2]
    assert parallel.cases["last"].tolist() == [-2, 0, 1, 2]
    sequence = run({"instances": 3, "order": "sequential"}, staff=3)
    assert ends(sequence) == [4, 2, 3, 4]
    assert sequence.items["pred"].tolist() == [-1, 0, 1]
    assert len(sequence.join_starts) == 1
    assert sequence.cases["need"].tolist() == [HOUR, HOUR, 2 * HOUR, 3 * HOUR]


def test_not_waited_for() -> None:
    """The case goes on, and so do the others by themselves."""
    log = run({"instances": 2, "wait": False})
    assert ends(log) == [1, 2, 3]
    assert log.cases["parent"].tolist() == [-1, 0, 0]
    assert log.cases["source"].tolist() == [0, 2, 2]


def test_no_instance() -> None:
    """Nothing begins: the case goes on at once, and what would come back is empty."""
    returns = {"total": "sum(x)", "number": "count(finish)", "some": "any(y)", "every": "all(y)", "last": "x"}
    attributes = {"total": 7, "number": 7, "some": "bernoulli(100%)", "every": "bernoulli(0%)", "last": 7}
    sub = called(attributes={"x": 1, "y": "bernoulli(50%)"})
    log = run({"instances": 0, "returns": returns}, cases={"attributes": attributes}, others={"sub": sub})
    assert ends(log) == [1]
    found = {name: log.attributes[name][0].item() for name in attributes}
    assert found == {"total": 0, "number": 0, "some": False, "every": True, "last": 7}


@pytest.mark.parametrize("instances", ["-1", "1001", "1 / 0.0001"])
def test_impossible_numbers(instances: str) -> None:
    """BP716: there can be 0 to 1,000 instances."""
    with pytest.raises(RunError, match=r"BP716.* case 0: ask begins"):
        run({"instances": instances})


def test_a_long_sequence_of_nothing() -> None:
    """A thousand cases that take no time, one after another, are no thousand calls inside each other."""
    nothing = called({"pause": {"type": "exclusive", "next": "finish"}})
    log = run({"instances": 1000, "order": "sequential"}, others={"sub": nothing})
    assert len(log.cases["need"]) == 1001
    assert set(ends(log)) == {1}


def test_positions_are_those_of_the_address() -> None:
    """A case that is called draws by who calls it, where and as which instance, whatever else happens."""
    sub = called(attributes={"x": "uniform(0, 1)"})
    one = run({"instances": 3}, others={"sub": sub})
    more = run({"instances": 5}, staff=2, others={"sub": sub})
    assert one.cases["position"].tolist() == [0, *(position_of(0, "ask", 0, i) for i in range(3))]
    assert one.attributes["sub/x"][1:].tolist() == more.attributes["sub/x"][1:4].tolist()
    assert len(set(more.attributes["sub/x"][1:].tolist())) == 5


def test_cases_end_with_the_one_that_waits_for_them() -> None:
    """Terminate ends a case and those that it waits for, with an outcome of their own; others go on."""
    split = {
        "begin": {"type": "start", "next": "split"},
        "split": {"type": "parallel", "next": ["ask", "tell", "soon"]},
        "ask": {"type": "call", "process": "sub", "next": "over"},
        "tell": {"type": "call", "process": "sub", "wait": False, "next": "late"},
        "late": {"type": "timer", "delay": "5h", "next": "over"},
        "soon": {"type": "timer", "delay": "30min", "next": "stop"},
        "over": {"type": "end"},
        "stop": {"type": "end", "terminate": True},
    }
    log = run({}, staff=2, flow=split)
    names = log.settings.outcomes
    assert [names[i] for i in log.cases["outcome"].tolist()] == ["stop", "cancelled", "finish"]
    assert ends(log) == [1.5, 1.5, 2]
    kinds = dict(zip(map(int, log.items["case"]), map(int, log.items["status"]), strict=False))
    assert kinds[1] == 2


def test_messages_wait_for_receivers_and_receivers_for_messages() -> None:
    """A message is kept until somebody receives it, the oldest first; who waits longest gets the next."""
    hear = {"hear": {"type": "receive", "message": "go", "next": "finish"}}
    flow = {
        "begin": {"type": "start", "next": "first"},
        "first": {"type": "send", "message": "go", "with": {"x": 1}, "next": "second"},
        "second": {"type": "send", "message": "go", "with": {"x": 2}, "next": "ask"},
        "ask": {"type": "call", "process": "sub", "instances": 3, "wait": False, "next": "later"},
        "later": {"type": "timer", "delay": "2h", "next": "third"},
        "third": {"type": "send", "message": "go", "with": {"x": 3}, "next": "over"},
        "over": {"type": "end"},
    }
    log = run({}, flow=flow, others={"sub": called(hear, attributes={"x": 0})})
    assert log.attributes["sub/x"][1:].tolist() == [1, 2, 3]
    assert ends(log) == [3, 1, 1, 3]


def test_families_do_not_hear_each_other() -> None:
    """A message stays in the family of the case that sends it."""
    hear = {
        "hear": {"type": "receive", "message": "go", "timeout": {"after": "3h", "next": "finish"}, "next": "finish"}
    }
    flow = {
        "begin": {"type": "start", "next": "ask"},
        "ask": {"type": "call", "process": "sub", "wait": False, "next": "which"},
        "which": {"type": "exclusive", "next": {"say": "age > 1h", "over": "else"}},
        "say": {"type": "send", "message": "go", "next": "over"},
        "over": {"type": "end"},
    }
    log = run({}, flow=flow, others={"sub": called(hear)}, cases={"arrivals": {"every": "1h", "at_most": 2}})
    assert ends(log) == [1, 4, 2, 5]
    assert log.items["status"].tolist() == [1, 1]


def test_processes_share_their_people() -> None:
    """Work of two processes waits for one clerk; each has its own luck, and numbers are given as cases come."""
    other = called()
    other["cases"] = {"arrivals": {"every": "90min", "at_most": 1}}
    log = run({}, others={"beside": other})
    assert log.cases["process"].tolist() == [0, 2, 1]
    assert log.settings.processes == ("main", "beside", "sub")
    assert ends(log) == [2, 2, 3]
    assert log.cases["position"].tolist() == [0, position_of(0, "ask", 0, 0), 0]
