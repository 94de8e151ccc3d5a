"""Changes around clocks that act and tasks that make errors: nothing is lost, nothing points nowhere."""

from bpsim.model.process import Process
from tests.redesign.sketch import Written, applied, line, refused, sketch

CLOCK = {"clocks": {"law": {"limit": "8 weeks", "on_pass": {"next": "letter"}}}}
FLOW: Written = {
    "came": {"type": "start", "next": "a"},
    "a": {"next": "b"},
    "b": {"next": "done"},
    "letter": {"next": "send"},
    "send": {"next": "deemed"},
    "done": {"type": "end"},
    "deemed": {"type": "end"},
}


def leads_to(process: Process) -> str:
    """Name the node where a case goes on when the limit has passed."""
    acts = process.cases.clocks["law"].on_pass
    assert acts is not None
    return acts.next


def test_what_the_clock_leads_to_is_taken_out() -> None:
    """The clock leads on to what came after it."""
    after = applied(sketch(FLOW, CLOCK), remove={"task": "letter"})
    assert leads_to(after) == "send"
    assert set(after.flow) == {"came", "a", "b", "send", "done", "deemed"}


def test_what_the_clock_leads_to_is_united_with_the_next() -> None:
    """The clock leads to the new task; a task into which it leads cannot be the later part of one."""
    after = applied(sketch(FLOW, CLOCK), merge={"tasks": ["letter", "send"], "into": "post"})
    assert leads_to(after) == "post"
    clock = {"clocks": {"law": {"limit": "8 weeks", "on_pass": {"next": "send"}}}}
    flow = {**FLOW, "b": {"next": "letter"}, "letter": {"next": "send"}}
    flow = {name: node for name, node in flow.items() if name != "done"}
    assert [line[:5] for line in refused(sketch(flow, clock), merge={"tasks": ["letter", "send"]})] == ["BP615"]


def test_nothing_that_only_the_clock_reaches_is_pruned() -> None:
    """Whatever is changed elsewhere, the way of the clock stays."""
    after = applied(sketch(FLOW, CLOCK), remove={"task": "b"})
    assert leads_to(after) == "letter"
    assert {"letter", "send", "deemed"} <= set(after.flow)


def test_a_system_keeps_the_errors_of_the_task() -> None:
    """What is automated goes wrong as often as before: who expects less says so."""
    process = line("a", "b", a={"introduces_error": "10%"}, b={"detects_error": "50%"})
    after = applied(process, automate={"tasks": ["a"], "duration": "1min", "fallout": "20%"})
    assert {name: task.introduces_error for name, task in after.tasks().items()} == {
        "a": 0.1,
        "a_by_system": 0.0,
        "a_done": 0.1,
        "b": 0.0,
    }
