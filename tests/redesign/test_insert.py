"""Putting work into the flow."""

from dataclasses import replace
from typing import Any

import pytest

from bpsim.redesign.change import Mistakes
from bpsim.redesign.operators import Insert, read_change, written_change
from tests.redesign.sketch import Written, applied, line, refused, shown, sketch, ways

#: A check of ten minutes.
CHECK: Written = {"performer": "desk.senior", "duration": "10min"}
#: Two branches that meet again, and a gateway.
BLOCK: Written = {
    "came": {"type": "start", "next": "split"},
    "split": {"type": "parallel", "next": ["a", "b"]},
    "a": {"next": "join"},
    "b": {"next": "join"},
    "join": {"type": "parallel", "next": "which"},
    "which": {"type": "exclusive", "next": {"a2": "50%", "done": "else"}},
    "a2": {"next": "done"},
    "done": {"type": "end"},
}


def wrong(**parameters: Any) -> list[str]:  # noqa: ANN401
    """Give what is wrong with the parameters themselves."""
    with pytest.raises(Mistakes) as caught:
        read_change({"insert": parameters})
    return [shown(replace(trouble, path=trouble.path[1:])) for trouble in caught.value.troubles]


def test_before_after_and_on() -> None:
    """All flows into a node, the one flow out of a node, or one flow of several."""
    process = sketch(BLOCK)
    task = {"x": CHECK}
    assert ways(applied(process, insert={"task": task, "before": "done"})) == ways(process) | {
        "which": ["a2", "x"],
        "a2": ["x"],
        "x": ["done"],
    }
    assert ways(applied(process, insert={"task": task, "after": "a"})) == ways(process) | {"a": ["x"], "x": ["join"]}
    assert ways(applied(process, insert={"task": task, "on": "which -> done"})) == ways(process) | {
        "which": ["a2", "x"],
        "x": ["done"],
    }
    after = applied(process, add_control={"task": task, "on": "split->b"})
    assert ways(after) == ways(process) | {"split": ["a", "x"], "x": ["b"]}
    assert after.tasks()["x"].performer == ("desk.senior",)


def test_who_fails_goes_back() -> None:
    """A gateway of its own, with a draw of its own; everything else stays."""
    process = line("a", "b")
    after = applied(process, insert={"task": {"x": CHECK | {"title": "Control"}}, "after": "a", "on_fail": {
        "to": "a", "p": "10%",
    }})  # fmt: skip
    assert ways(after) == ways(process) | {"a": ["x"], "x": ["x_failed"], "x_failed": ["a", "b"]}
    gate = after.flow["x_failed"]
    assert [(branch.kind, branch.share.text) for branch in gate.next] == [("share", "0.1"), ("else", "1")]
    assert gate.title == "Control: failed?"
    assert after.flow["b"] == process.flow["b"]


def test_a_fragment() -> None:
    """Nodes with one way in; its last leads on, and those that end the case end it."""
    process = line("a", "b")
    nodes = {
        "x": CHECK | {"next": "ok"},
        "ok": {"type": "exclusive", "next": {"refused": "5%", "y": "else"}},
        "y": CHECK | {"was": "b"},
        "refused": {"type": "end"},
    }
    entry = {"insert": {"fragment": {"nodes": nodes}, "before": "b"}}
    after = applied(process, **entry)
    assert ways(after) == ways(process) | {
        "a": ["x"],
        "x": ["ok"],
        "ok": ["refused", "y"],
        "y": ["b"],
        "refused": [],
    }
    assert after.flow["refused"].outcome == "refused"  # type: ignore[union-attr]
    change = read_change(entry)
    assert read_change(written_change(change)) == change
    assert change.makes() == ("x", "ok", "y", "refused")
    ended = {"nodes": {"x": CHECK | {"next": "stop"}, "stop": {"type": "end"}}}
    assert ways(applied(process, insert={"fragment": ended, "on": "a -> b"}))["a"] == ["x"]


def test_a_clone_has_the_luck_of_the_node_it_names() -> None:
    """A node that was renamed before has its luck from its oldest name."""
    process = line("a", "b", b={"was": "old"})
    after = applied(process, insert={"fragment": {"nodes": {"x": CHECK | {"was": "b"}}}, "before": "b"})
    assert after.lineage("x") == "old"


def test_there_and_back() -> None:
    """What is inserted and removed again leaves nothing behind."""
    process = sketch(BLOCK)
    for place in ({"before": "done"}, {"after": "a"}, {"on": "split -> b"}):
        after = applied(process, insert={"task": {"x": CHECK}, **place})
        assert applied(after, remove={"task": "x"}).digest() == process.digest()


def test_in_words() -> None:
    """What the change says of itself."""
    said = [
        str(Insert(task={"x": CHECK}, **place))
        for place in ({"before": "b"}, {"after": "a"}, {"on": "a -> b", "on_fail": {"to": "a", "p": 0.1}})
    ]
    assert said == [
        "x is put in before b",
        "x is put in after a",
        "x is put in between a and b; 10% fail and go to a",
    ]


def test_footprint() -> None:
    """It depends on the nodes that it names, and on roles."""
    change = Insert(task={"x": CHECK}, on=("a", "b"), on_fail={"to": "a", "p": 0.5})
    found = change.footprint(line("a", "b", "c"))
    assert found.reads == {"flow.a", "flow.b", "departments.desk.roles", "departments.back.roles"}
    assert found.writes == {"flow.a", "flow.x", "flow.x_failed"}


def test_parameters_that_do_not_go_together() -> None:
    """One thing at one place."""
    assert wrong(before="b") == [
        "BP612 : not one task or one fragment. Write task: {NAME: {performer:, ...}}, or fragment: {nodes: {...}}."
    ]
    assert wrong(task={"x": CHECK}, before="b", on="a -> b -> c") == [
        "BP612 : not one of before, after and on. Write one of them: before: NODE, after: NODE, on: a -> b.",
        "BP612 on: not a flow. Write on: a -> b.",
    ]
    assert wrong(task={"x": CHECK | {"next": "b"}}, before="b") == [
        "BP660 task.x.next: x leads on to what follows it. Leave `next` out."
    ]


def test_fragments_that_are_none() -> None:
    """Where cases come in and go on must be clear."""

    def fragment(**parts: Any) -> list[str]:  # noqa: ANN401
        return wrong(fragment=parts, before="b")

    two = {"x": CHECK, "y": CHECK}
    assert fragment(nodes=two) == [
        "BP660 fragment: several nodes, or none, where cases could come in. Say where cases come in: entry: NODE."
    ]
    assert fragment(nodes=two, entry="x") == [
        "BP660 fragment.nodes.x: x leads nowhere, and is not the exit. Let all meet at one node."
    ]
    assert fragment(nodes=two, entry="z") == ["BP603 fragment.entry: there is no node z. There are: x, y."]
    assert wrong(fragment=3, before="b") == [
        "BP104 fragment: input should be a valid dictionary or instance of Fragment."
    ]
    round_trip = {"x": CHECK | {"next": "y"}, "y": CHECK | {"next": "x"}}
    assert fragment(nodes=round_trip, entry="x", exit="y") == [
        "BP660 fragment.exit: y is the exit and leads elsewhere. Leave its `next` out."
    ]


def test_places_that_are_none() -> None:
    """Before the start, after the end, after a gateway, before a join, on a flow that there is not."""
    process = sketch(BLOCK)
    task = {"x": CHECK}
    assert refused(process, insert={"task": task, "before": "came"}) == [
        "BP661 before: came is the start: nothing comes before it. Put it after the start."
    ]
    assert refused(process, insert={"task": task, "before": "join"}) == [
        "BP661 before: 2 branches meet at join. Say on which flow: on: a -> join."
    ]
    assert refused(process, insert={"task": task, "before": "split"}) == []
    assert refused(process, insert={"task": task, "after": "done"}) == ["BP661 after: done is an end with no flow out."]
    assert refused(process, insert={"task": task, "after": "which"}) == [
        "BP661 after: which is a gateway with several flows out. Say on which flow: on: which -> b."
    ]
    assert refused(process, insert={"task": task, "on": "a -> b"}) == [
        "BP661 on: no flow leads from a to b. a leads to join."
    ]
    assert refused(process, insert={"task": task, "on": "done -> b"}) == [
        "BP661 on: no flow leads from done to b. done leads to nothing."
    ]
    assert refused(process, insert={"task": task, "on": "a -> joim"}) == [
        "BP603 on: there is no node joim. Did you mean 'join'?"
    ]
    assert refused(process, insert={"task": task, "after": "joim"}) == [
        "BP603 after: there is no node joim. Did you mean 'join'?"
    ]


def test_what_cannot_be_put_in() -> None:
    """Names that are taken, performers and nodes that are not there, a second start, short forms."""
    process = line("a", "b")
    assert refused(process, insert={"task": {"a": CHECK}, "before": "b"}) == [
        "BP608 task.a: there is a node a already. Choose another name."
    ]
    assert refused(process, insert={"task": {"client": CHECK | {"performer": "desk.clark"}}, "before": "b"}) == [
        "BP608 task.client: client cannot be the name of a task. Use lower-case letters, digits and _.",
        "BP603 task.client.performer: there is no role desk.clark. Did you mean 'desk.clerk'?",
    ]
    nodes = {"x": CHECK | {"next": "nowhere"}, "y": {"type": "start", "next": "x"}}
    assert refused(process, insert={"fragment": {"nodes": nodes}, "before": "b"}) == [
        "BP603 fragment.nodes.x.next: there is no node nowhere. There are: a, b, came, done.",
        "BP660 fragment.nodes.y: y is a second start. A fragment begins where it is put in.",
    ]
    short = CHECK | {"misrouting": {"share": "10%", "work": CHECK}}
    assert refused(process, insert={"task": {"x": short}, "before": "b"}) == [
        "BP660 task.x.misrouting: the short form misrouting in a fragment. Write it out as nodes."
    ]
    asked = {"performer": "client", "duration": "1d", "clarity": {"incomplete": "10%", "next": "a"}}
    assert refused(process, insert={"task": {"x": asked}, "before": "b"}) == [
        "BP660 task.x.clarity: the short form clarity in a fragment. Write it out as nodes."
    ]


def test_failing() -> None:
    """Some fail and some pass; they go to a node that is there; who cannot come out cannot fail there."""
    process = line("a", "b")

    def fails(**on_fail: Any) -> list[str]:  # noqa: ANN401
        return refused(process, insert={"task": {"x": CHECK}, "before": "b", "on_fail": on_fail})

    hint = "Write a share between 0% and 100%."
    assert fails(to="a", p=0) == [f"BP662 on_fail.p: no case fails. {hint}"]
    assert fails(to="aa", p=1) == [
        "BP603 on_fail.to: there is no node aa. Did you mean 'a'?",
        f"BP662 on_fail.p: no case passes. {hint}",
    ]
    assert fails(to="came", p=0.5) == [
        "BP661 on_fail.to: came is the start: nothing leads back to it. Name the first node after it."
    ]
    assert fails(to="x", p=0.5) == []
    ended = {"nodes": {"x": CHECK | {"next": "stop"}, "stop": {"type": "end"}}}
    assert refused(process, insert={"fragment": ended, "before": "b", "on_fail": {"to": "a", "p": 0.5}}) == [
        "BP612 on_fail: all cases of the fragment end in it. Give the fragment an exit, or leave this out."
    ]
