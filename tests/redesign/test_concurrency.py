"""Work side by side, and one after another again."""

from typing import Any

import pytest

from bpsim.model.flow import End
from bpsim.redesign.change import Mistakes
from bpsim.redesign.operators import read_change
from tests.redesign.sketch import Written, applied, line, refused, shown, sketch, ways

#: Two checks that may end the case, and work after them.
CHECKS: Written = {
    "came": {"type": "start", "next": "a"},
    "a": {"next": "a_ok"},
    "a_ok": {"type": "exclusive", "next": {"refused": "30%", "b": "else"}},
    "b": {"next": "b_ok"},
    "b_ok": {"type": "exclusive", "next": {"refused": "50%", "c": "else"}},
    "c": {"next": "done"},
    "refused": {"type": "end"},
    "done": {"type": "end"},
}


def test_there_and_back() -> None:
    """A block around the tasks; in sequence again it is gone."""
    process = line("a", "b", "c", "d")
    after = applied(process, parallelize={"tasks": ["c", "b"]})
    assert ways(after) == {
        "came": ["a"],
        "a": ["b_split"],
        "b_split": ["b", "c"],
        "b": ["b_join"],
        "c": ["b_join"],
        "b_join": ["d"],
        "d": ["done"],
        "done": [],
    }
    assert applied(after, sequentialize={"tasks": ["b", "c"]}).digest() == process.digest()
    turned = applied(after, concurrency={"tasks": ["c", "b"], "mode": "sequential"})
    assert ways(turned) == {"came": ["a"], "a": ["c"], "c": ["b"], "b": ["d"], "d": ["done"], "done": []}


def test_decided_when_all_are_done() -> None:
    """Every case is checked twice; what each check finds is decided in the old order, by the old gateways."""
    process = sketch(CHECKS)
    after = applied(process, concurrency={"tasks": ["a", "b"], "mode": "parallel"})
    assert ways(after) == ways(process) | {
        "came": ["a_split"],
        "a_split": ["a", "b"],
        "a": ["a_join"],
        "b": ["a_join"],
        "a_join": ["a_ok"],
        "a_ok": ["b_ok", "refused"],
    }
    assert after.flow["b_ok"] == process.flow["b_ok"]


def test_the_first_that_ends_the_case_cancels_the_others() -> None:
    """From inside the block only an end is reached that takes everything away; its outcome is the old one."""
    process = sketch(CHECKS)
    after = applied(process, concurrency={"tasks": ["a", "b"], "cancel_on_reject": True})
    assert ways(after) == {name: to for name, to in ways(process).items() if name != "refused"} | {
        "came": ["a_split"],
        "a_split": ["a", "b"],
        "a_ok": ["a_join", "refused_at_once"],
        "b_ok": ["a_join", "refused_at_once"],
        "a_join": ["c"],
        "refused_at_once": [],
    } | {"a": ["a_ok"], "b": ["b_ok"]}  # fmt: skip
    end = after.flow["refused_at_once"]
    assert isinstance(end, End)
    assert (end.terminate, end.outcome, end.was) == (True, "refused", "refused")
    back = applied(after, sequentialize={"tasks": ["a", "b"]})
    assert ways(back)["a_ok"] == ["b", "refused_at_once"]
    assert ways(back)["b_ok"] == ["c", "refused_at_once"]
    ended = sketch(CHECKS | {"refused": {"type": "end", "terminate": True}})
    again = applied(ended, concurrency={"tasks": ["a", "b"], "cancel_on_reject": True})
    assert ways(again)["a_ok"] == ["a_join", "refused"]


def test_in_words() -> None:
    """What the change says of itself."""
    entries: list[Written] = [
        {"concurrency": {"tasks": ["a", "b"]}},
        {"parallelize": {"tasks": ["a", "b"], "cancel_on_reject": True}},
        {"sequentialize": {"tasks": ["a", "b"]}},
    ]
    assert [str(read_change(entry)) for entry in entries] == [
        "a and b are done side by side",
        "a and b are done side by side; the first that ends the case cancels the others",
        "a and b are done one after another",
    ]


def test_footprint() -> None:
    """Tasks alone depend on themselves; with gateways between them the way on follows from the whole flow."""
    plain = read_change({"parallelize": {"tasks": ["a", "b"]}})
    found = plain.footprint(line("a", "b", "c"))
    assert found.reads == {"flow.a", "flow.b", "items", "cases"}
    assert found.writes == {"flow.came", "flow.a", "flow.b", "flow.a_split", "flow.a_join"}
    assert "flow" in plain.footprint(sketch(CHECKS)).reads


def test_parameters() -> None:
    """Two tasks; nothing to cancel in a sequence."""

    def wrong(**parameters: Any) -> list[str]:  # noqa: ANN401
        with pytest.raises(Mistakes) as caught:
            read_change({"concurrency": parameters})
        return [shown(trouble) for trouble in caught.value.troubles]

    for tasks in (["a"], ["a", "a"]):
        assert wrong(tasks=tasks) == ["BP612 concurrency.tasks: not two different tasks. Name two or more, each once."]
    told = "cancel_on_reject in a sequence, where nothing is done at the same time. Leave it out."
    assert wrong(tasks=["a", "b"], mode="sequential", cancel_on_reject=True) == [
        f"BP612 concurrency.cancel_on_reject: {told}"
    ]


def test_what_is_no_sequence() -> None:
    """Not one after another, side by side already, names that are no tasks."""
    process = line("a", "b", "c")
    hint = "Only the gateways that decide by what a task found may stand between the tasks."
    assert refused(process, parallelize={"tasks": ["a", "c"]}) == [f"BP615 tasks.1: c does not follow a. {hint}"]
    assert refused(process, parallelize={"tasks": ["a", "done"]}) == [
        "BP605 tasks.1: done is an end, not a task. Name a task."
    ]
    after = applied(process, parallelize={"tasks": ["a", "b"]})
    assert refused(after, parallelize={"tasks": ["a", "b"]}) == [
        "BP611 tasks: a and b are done side by side already. Leave the change out."
    ]


def test_what_is_no_block() -> None:
    """One after another already, or branches in which more stands."""
    process = line("a", "b", "c")
    hint = "Name all tasks of the branches of a parallel block in which nothing else stands."
    assert refused(process, sequentialize={"tasks": ["a", "b"]}) == [
        "BP611 tasks: a and b are done one after another already. Leave the change out."
    ]
    after = applied(process, parallelize={"tasks": ["a", "b", "c"]})
    told = [f"BP669 tasks.1: b does not follow a. {hint}"]
    assert refused(after, sequentialize={"tasks": ["a", "b"]}) == told
    split = {"type": "parallel", "timeout": {"after": "5d", "next": "done"}, "next": ["a", "b"]}
    broken_off: Written = {
        "came": {"type": "start", "next": "split"},
        "split": split,
        "a": {"next": "join"},
        "b": {"next": "join"},
        "join": {"type": "parallel", "next": "done"},
        "done": {"type": "end"},
    }
    assert refused(sketch(broken_off), sequentialize={"tasks": ["a", "b"]}) == told


def test_what_binds_tasks_to_each_other() -> None:
    """Side by side neither may need the other; what a gateway decides early may not read what is done beside it."""
    hint = "Side by side neither comes first: leave one of them out."
    process = line("a", "b", b={"same_person_as": "a"})
    assert refused(process, parallelize={"tasks": ["a", "b"]}) == [f"BP665 tasks.1: b is done by whoever did a. {hint}"]
    flow = CHECKS | {
        "a_ok": {"type": "exclusive", "next": {"refused": "size > 3", "b": "else"}},
        "b": {"next": "b_ok", "assign": {"size": 2}},
    }
    process = sketch(flow, cases={"attributes": {"size": 1}})
    told = [f"BP665 tasks.1: b sets size, which a_ok reads. {hint}"]
    assert refused(process, parallelize={"tasks": ["a", "b"]}) == told
    assert refused(process, parallelize={"tasks": ["a", "b"], "cancel_on_reject": True}) == told
    flow = CHECKS | {
        "a": {"next": "a_ok", "assign": {"size": 2}},
        "b_ok": {"type": "exclusive", "next": {"refused": "size > 3", "c": "else"}},
    }
    process = sketch(flow, cases={"attributes": {"size": 1}})
    assert refused(process, parallelize={"tasks": ["a", "b"]}) == []
    assert refused(process, parallelize={"tasks": ["a", "b"], "cancel_on_reject": True}) == [
        f"BP665 tasks.1: b_ok reads size, which a sets. {hint}"
    ]


def test_what_cannot_be_cancelled() -> None:
    """No check that ends the case, an end that is not reached at once, a last gateway without a clear way on."""
    assert refused(line("a", "b"), parallelize={"tasks": ["a", "b"], "cancel_on_reject": True}) == [
        "BP612 cancel_on_reject: none of a and b ends the case. Leave it out."
    ]
    told = CHECKS | {"refused": {"next": "gone"}, "gone": {"type": "end"}}
    hint = "Only an end can be reached from there; without cancel_on_reject it is decided when all are done."
    assert refused(sketch(told), parallelize={"tasks": ["a", "b"], "cancel_on_reject": True}) == [
        f"BP668 tasks.0: a_ok leads to refused, which is no end. {hint}",
        f"BP668 tasks.1: b_ok leads to refused, which is no end. {hint}",
    ]
    apart = CHECKS | {
        "b_ok": {"type": "exclusive", "next": {"c": "50%", "d": "else"}},
        "d": {"next": "done"},
    }
    hint = "One way must lead on; the others end the case, or lead back."
    assert refused(sketch(apart), parallelize={"tasks": ["a", "b"], "cancel_on_reject": True}) == [
        f"BP666 tasks.1: it is not clear how the case goes on after b, at b_ok. {hint}"
    ]
    assert ways(applied(sketch(apart), parallelize={"tasks": ["a", "b"]}))["a_ok"] == ["b_ok", "refused"]
    assert refused(sketch(CHECKS), parallelize={"tasks": ["a", "c"]})[0].startswith("BP615")
