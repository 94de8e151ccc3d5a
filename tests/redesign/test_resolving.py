"""Changes in a row: what a later one may use, what an earlier one took away, and who is to blame."""

import pytest

from bpsim.errors import ChangeError
from bpsim.redesign.operators import read_change
from bpsim.redesign.resolving import resolve
from bpsim.redesign.scenario import Scenario
from tests.redesign.sketch import Written, line, shown, sketch, ways


def troubles(process: object, *entries: Written) -> list[str]:
    """Resolve a list of changes and give the troubles, each with the place of its change."""
    scenario = Scenario(scenario="to-be", process=process, changes=list(entries))
    return [f"{place} {shown(trouble)}" for place, trouble in scenario.resolution().troubles]


def test_in_order() -> None:
    """A later change uses what an earlier one made."""
    process = line("a", "b", "c", b={"batch": {"size": 2, "max_wait": "1d"}})
    changes = [
        {"batch": {"task": "b", "rule": "none"}},
        {"merge": {"tasks": ["a", "b"], "into": "ab"}},
        {"automate": {"tasks": ["ab"], "share": 0.5}},
        {"tune": {"flow.ab_by_system.duration": "1min", "flow.ab.parts": "1min"}},
    ]
    assert troubles(process, *changes) == [
        "3 BP641 flow.ab.parts: flow.ab.parts is not a number. Only numbers, durations and distributions can be tuned."
    ]
    del changes[3]["tune"]["flow.ab.parts"]
    after = Scenario(scenario="x", process=process, changes=changes).resolved()
    assert ways(after)["ab_share"] == ["ab_by_system", "ab"]
    assert str(after.tasks()["ab_by_system"].duration.value) == "1min"


def test_no_changes() -> None:
    """The empty list gives the very process."""
    process = line("a")
    assert resolve(process, ()).process is process


def test_what_is_gone() -> None:
    """A reference to a node that is gone names the change that took it away, and its heir."""
    process = line("a", "b", "c", "d")
    assert troubles(
        process,
        {"remove": {"task": "a"}},
        {"merge": {"tasks": ["b", "c"]}, "id": "unite"},
        {"batch": {"task": "a", "rule": {"size": 2}}},
        {"staff": {"role": "desk.clerk", "add": 1}},
        {"batch": {"task": "b", "rule": {"size": 2}}},
        {"tune": {"flow.c.duration": "1h"}},
        {"tune": {"flow.x.duration": "1h"}},
    ) == [
        "2 BP604 task: a is gone: R1 took it away (a is left out). Put this change before it, or drop one.",
        (
            "4 BP604 task: b is gone: unite took it away (b and c become one task, b_c). "
            "Speak of b_c, or put this change before it."
        ),
        (
            "5 BP604 flow.c.duration: c is gone: unite took it away (b and c become one task, b_c). "
            "Speak of b_c, or put this change before it."
        ),
        "6 BP640 flow.x.duration: there is no x in flow.",
    ]
    change = read_change({"remove": {"task": "a"}})
    found = resolve(process, (change, change)).troubles
    assert [shown(trouble) for _, trouble in found] == [
        "BP604 task: a is gone: remove took it away (a is left out). Put this change before it, or drop one."
    ]


def test_one_mistake_is_told_once() -> None:
    """What fails only because an earlier change failed is not told."""
    assert troubles(
        line("a", "b", "c"),
        {"merge": {"tasks": ["a", "x"], "into": "ax"}},
        {"batch": {"task": "ax", "rule": {"size": 2}}},
        {"remove": {"task": "bb"}},
    ) == [
        "0 BP603 tasks.1: there is no node x. There are: a, b, c, came, done.",
        "2 BP603 task: there is no node bb. Did you mean 'b'?",
    ]


def loop() -> object:
    """A task that is done again now and then."""
    return sketch(
        {
            "came": {"type": "start", "next": "again"},
            "again": {"type": "exclusive", "next": "a"},
            "a": {"next": "which"},
            "which": {"type": "exclusive", "next": {"again": "20%", "done": "else"}},
            "done": {"type": "end"},
        }
    )


def test_a_broken_flow() -> None:
    """The structure holds after every change: a loop must take time."""
    found = troubles(loop(), {"remove": {"task": "a"}}, {"staff": {"role": "desk.clerk", "add": 1}})
    assert found == [
        (
            "0 BP609 : flow.again: nothing in the loop again -> which -> again takes time after this change. "
            "Put a task or a timer into it, or take it out."
        )
    ]


def test_consequences() -> None:
    """Everything else holds after the last change, and is told of the change since which it does not hold."""
    process = line("a", "b")
    zero = {"staff": {"role": "desk.clerk", "set": 0}}
    more = {"tune": {"flow.a.duration": "1h"}}
    found = troubles(process, more, zero, {"tune": {"flow.b.duration": "1h"}})
    assert found == [
        f"1 BP404 : departments.desk.roles.clerk.staff: nobody works as desk.clerk, whom the task {task} needs "
        "after this change. Write staff: 1 or more."
        for task in "ab"
    ]
    assert troubles(process, zero, {"staff": {"role": "desk.clerk", "set": 1}}) == []


def test_what_was_wrong_before() -> None:
    """A process that was wrong before the changes is not a change's fault."""
    process = line("a", "b", b={"performer": "back.robot"})
    broken = process.model_copy(update={"flow": process.flow | {"lost": process.flow["a"]}})
    nodes = dict(process.flow)
    nodes["b"] = nodes["b"].model_copy(update={"next": ()})
    unended = process.model_copy(update={"flow": nodes})
    zero = line("a").model_copy(update={"departments": process.departments})
    zero = read_change({"staff": {"role": "desk.clerk", "set": 0}}).apply(zero)
    assert troubles(broken, {"staff": {"role": "desk.clerk", "add": 1}}) == []
    assert troubles(unended, {"staff": {"role": "desk.clerk", "add": 1}}) == []
    assert troubles(zero, {"tune": {"flow.a.duration": "1h"}}) == []


def test_raised() -> None:
    """Resolving raises all troubles at once, named by id, operator and path."""
    process = line("a", "b")
    changes = [{"remove": {"task": "x"}}, {"id": "later", "remove": {"task": "y"}}]
    with pytest.raises(ChangeError) as caught:
        Scenario(scenario="to-be", process=process, changes=changes).resolved()
    assert str(caught.value).splitlines() == [
        "to-be: BP603 error: changes.R1.remove.task: there is no node x. There are: a, b, came, done.",
        "to-be: BP603 error: changes.later.remove.task: there is no node y. There are: a, b, came, done.",
    ]
