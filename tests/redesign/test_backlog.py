"""Before which node a backlog waits in the changed process, and where no case can wait."""

import pytest

from bpsim.errors import RunError
from bpsim.redesign.backlog import found, queues, troubles
from bpsim.redesign.scenario import Scenario
from bpsim.values.distributions import Constant
from tests.redesign.sketch import Written, applied, line, sketch

FLOW: Written = {
    "came": {"type": "start", "next": "a"},
    "a": {"type": "parallel", "next": ["b", "c"]},
    "b": {"next": "d"},
    "c": {"next": "d"},
    "d": {"type": "parallel", "next": "e"},
    "e": {"next": "done"},
    "done": {"type": "end"},
}


def test_where_a_case_can_wait() -> None:
    """Before tasks and splits, not at the ends, nor inside a block."""
    said = [(t.code, t.path, t.what) for t in troubles(sketch(FLOW), dict.fromkeys([*FLOW, "eee"]))]
    assert said == [
        ("BP481", ("came",), "nobody waits at the start came"),
        ("BP481", ("b",), "b stands in the block of a: its join would wait for branches that nobody is on"),
        ("BP481", ("c",), "c stands in the block of a: its join would wait for branches that nobody is on"),
        ("BP481", ("d",), "d waits for branches that nobody is on"),
        ("BP481", ("done",), "nobody waits at the end done"),
        ("BP480", ("eee",), "there is no node eee for cases to wait at"),
    ]


def test_by_what_a_node_was() -> None:
    """A renamed node, and a task that was merged into another, are found by their old names, with their own luck."""
    process = line("a", "b", "c", c={"was": "old"})
    assert [found(process, name) for name in ("a", "old", "new")] == ["a", "c", ""]
    merged = applied(process, merge={"tasks": ["a", "b"], "into": "ab"})
    ages = {name: (1, Constant("", 0.0)) for name in ("a", "b", "ab", "old", "c")}
    assert [queue[:2] for queue in queues(merged, ages)] == [
        ("ab", "a"),
        ("ab", "b"),
        ("ab", "a"),
        ("c", "old"),
        ("c", "old"),
    ]


def test_in_a_companion() -> None:
    """A node of a companion is written with the name of its process; its luck too."""
    flow = {
        "begin": {"type": "start", "next": "ask"},
        "ask": {"performer": "desk.clerk", "duration": "1h", "next": "end_"},
    }
    flow["end_"] = {"type": "end"}
    process = sketch(
        {"came": {"type": "start", "next": "a"}, "a": {"next": "done"}, "done": {"type": "end"}},
        others={"interview": {"cases": {"arrivals": "1h"}, "flow": flow}},
    )
    assert [found(process, name) for name in ("interview/ask", "interview/x", "other/ask")] == ["interview/ask", "", ""]
    assert queues(process, {"interview/ask": (1, Constant("", 0.0))})[0][:2] == ("interview/ask", "interview/ask")
    assert [t.what for t in troubles(process, dict.fromkeys(["interview/ask", "interview/begin"]))] == [
        "nobody waits at the start begin"
    ]


def test_the_backlog_of_a_scenario() -> None:
    """Nodes are looked up in the changed process; one that is not there is refused as the experiment's."""
    waiting = {"a": {"cases": 2, "age": "1d"}}
    scenario = Scenario(
        scenario="later", process=line("a", "b"), experiment={"backlog": waiting}, changes=[{"remove": {"task": "b"}}]
    )
    (queue,) = scenario.backlog(scenario.resolved())
    assert queue[:3] == ("a", "a", 2)
    with pytest.raises(RunError) as refused:
        scenario.backlog(line("b"))
    assert str(refused.value) == (
        "BP480 error: experiment.backlog: there is no node a for cases to wait at. "
        "Name a task of the process as it is after the changes."
    )
