"""The primitives on pieces of the flow, one by one, and which gateway decides by what a task found."""

from typing import Any

from bpsim.model.flow import Branch, Exclusive, Parallel
from bpsim.model.process import Process
from bpsim.model.written import expression
from bpsim.redesign import edits, fragments
from bpsim.redesign.steps import Step, step, way_on
from tests.redesign.sketch import line, sketch, ways

#: Three checks, each of which may end the case.
CHECKS: dict[str, Any] = {
    "came": {"type": "start", "next": "one"},
    "one": {"next": "one_ok"},
    "one_ok": {"type": "exclusive", "next": {"refuse": "10%", "two": "else"}},
    "two": {"next": "two_ok"},
    "two_ok": {"type": "exclusive", "next": {"refuse": "30%", "three": "else"}},
    "three": {"next": "three_ok"},
    "three_ok": {"type": "exclusive", "next": {"grant": "50%", "refuse": "else"}},
    "refuse": {"next": "refused"},
    "grant": {"next": "granted"},
    "refused": {"type": "end"},
    "granted": {"type": "end"},
}


def choosing(**ways_out: Any) -> Process:  # noqa: ANN401
    """A gateway after a task, with other nodes around."""
    flow = {
        "came": {"type": "start", "next": "before"},
        "before": {"next": "a"},
        "a": {"next": "which"},
        "which": {"type": "exclusive", "next": ways_out},
        "b": {"next": "c"},
        "c": {"next": "done"},
        "done": {"type": "end"},
        "stop": {"type": "end"},
    }
    return sketch(flow)


def test_way_on() -> None:
    """It is the way that is not one to the end of the case, and not one back; ways that meet again are none."""
    assert [way_on(sketch(CHECKS), gate) for gate in ("one_ok", "two_ok", "three_ok")] == ["two", "three", "grant"]
    explained = {
        "three_ok": {"type": "exclusive", "next": {"tell": "50%", "grant": "else"}},
        "tell": {"next": "refused"},
    }
    assert way_on(sketch(CHECKS | explained), "three_ok") == "grant"
    assert way_on(choosing(before="10%", c="else"), "which") == "c"
    assert way_on(choosing(before="10%", b="40%", c="else"), "which") == ""
    assert way_on(choosing(b="40%", c="else"), "which") == ""
    assert way_on(choosing(stop="40%", c="else"), "which") == "c"
    assert way_on(edits.lead(choosing(b="40%", c="else"), "b", "c", "stop"), "which") == ""


def test_step() -> None:
    """A task alone, or with its gateway; not with one that others lead to, or whose ways meet again."""
    assert step(sketch(CHECKS), "one") == Step("one", "two", "one_ok")
    assert step(sketch(CHECKS), "refuse") == Step("refuse", "refused")
    assert step(choosing(b="40%", c="else"), "a") == Step("a", "which")
    assert (Step("a", "b").last, Step("a", "b", "gate").last) == ("a", "gate")
    shared = edits.lead(choosing(before="10%", c="else"), "c", "done", "which")
    assert step(shared, "a") == Step("a", "which")


def test_replace() -> None:
    """A piece in the place of nodes; with nothing in their place they are passed. Flows within them go with them."""
    process = sketch(CHECKS)
    new = line("x", "y").flow
    piece = edits.Piece({"x": new["x"], "y": new["y"]}, "x", "y")
    after = ways(fragments.replace(process, ("one", "one_ok", "two", "two_ok"), piece, "three"))
    assert (after["came"], after["x"], after["y"]) == (["x"], ["y"], ["three"])
    assert set(after) == {"came", "x", "y", "three", "three_ok", "refuse", "grant", "refused", "granted"}
    assert ways(fragments.replace(process, ("one", "one_ok"), edits.PAST, "two"))["came"] == ["two"]


def test_permute() -> None:
    """Steps change their places with the gateways behind them; shares and their order in a gateway stay."""
    process = sketch(CHECKS)
    one, two, three = (step(process, name) for name in ("one", "two", "three"))
    after = fragments.permute(process, (one, two, three), (three, one, two))
    assert ways(after) == ways(process) | {
        "came": ["three"],
        "three_ok": ["one", "refuse"],
        "one_ok": ["refuse", "two"],
        "two_ok": ["refuse", "grant"],
    }
    back = fragments.permute(after, [step(after, name) for name in ("three", "one", "two")], (
        step(after, "one"), step(after, "two"), step(after, "three"),
    ))  # fmt: skip
    assert back.digest() == process.digest()


def test_permute_what_is_repeated_as_a_whole() -> None:
    """What leads back to the first leads back to the new first."""
    process = edits.lead(sketch(CHECKS), "three_ok", "grant", "one")
    process = edits.prune(process)
    one, two, three = Step("one", "two", "one_ok"), Step("two", "three", "two_ok"), Step("three", "one", "three_ok")
    after = fragments.permute(process, (one, two, three), (two, one, three))
    assert (ways(after)["came"], ways(after)["three_ok"], ways(after)["two_ok"]) == (
        ["two"],
        ["two", "refuse"],
        ["refuse", "one"],
    )


def test_in_parallel_and_back() -> None:
    """A split and a join around what stood one after another; in sequence again they are gone."""
    process = line("a", "b", "c", "d")
    steps = (Step("b", "c"), Step("c", "d"))
    after = fragments.in_parallel(process, steps, "split", "join")
    assert ways(after) == {
        "came": ["a"],
        "a": ["split"],
        "split": ["b", "c"],
        "b": ["join"],
        "c": ["join"],
        "join": ["d"],
        "d": ["done"],
        "done": [],
    }
    assert isinstance(after.flow["split"], Parallel)
    assert fragments.in_sequence(after, ("b", "c")).digest() == process.digest()
    assert ways(fragments.in_sequence(after, ("c", "b")))["a"] == ["c"]


def test_in_parallel_with_gateways() -> None:
    """Each check decides at once: who passes goes to the join."""
    process = sketch(CHECKS)
    steps = (Step("one", "two", "one_ok"), Step("two", "three", "two_ok"), Step("three", "three_ok"))
    after = fragments.in_parallel(process, steps, "split", "join")
    assert ways(after) == ways(process) | {
        "came": ["split"],
        "split": ["one", "two", "three"],
        "one_ok": ["refuse", "join"],
        "two_ok": ["refuse", "join"],
        "three": ["join"],
        "join": ["three_ok"],
    }
    back = fragments.in_sequence(after, ("one", "two", "three"))
    assert back.digest() == process.digest()


def test_decided_after() -> None:
    """What checks found is decided when all are done, in the old order and with the old shares."""
    process = sketch(CHECKS)
    steps = (Step("one", "two", "one_ok"), Step("two", "three", "two_ok"), Step("three", "three_ok"))
    after, done = fragments.decided_after(process, steps)
    assert ways(after) == ways(process) | {
        "one": ["two"],
        "two": ["three"],
        "three": ["one_ok"],
        "one_ok": ["refuse", "two_ok"],
        "two_ok": ["refuse", "three_ok"],
    }
    assert done == (Step("one", "two"), Step("two", "three"), Step("three", "one_ok"))
    plain = line("a", "b")
    steps = (Step("a", "b"), Step("b", "done"))
    assert fragments.decided_after(plain, steps) == (plain, steps)


def test_guard() -> None:
    """A gateway of its own leads some cases past a region, or through other nodes; flows back inside it stay."""
    process = choosing(a="10%", c="else")
    rule = Branch(to="", kind="share", share=expression("30%"))
    after = fragments.guard(process, ("a", "which"), gate="gate", rule=rule, piece=edits.PAST, to="c")
    assert ways(after) == ways(process) | {"before": ["gate"], "gate": ["c", "a"]}
    assert [(branch.kind, branch.share.text) for branch in after.flow["gate"].next] == [("share", "30%"), ("else", "1")]
    clone = process.flow["a"].model_copy(update={"was": "a"})
    other = edits.Piece({"x": clone}, "x", "x")
    through = fragments.guard(process, ("a", "which"), gate="gate", rule=rule, piece=other, to="c")
    assert (ways(through)["gate"], ways(through)["x"], through.lineage("x")) == (["x", "a"], ["c"], "a")


def test_fuse() -> None:
    """One task in the place of several; what a later one sets is set where it was."""
    process = sketch(
        {
            "came": {"type": "start", "next": "a"},
            "a": {"next": "b"},
            "b": {"next": "done", "assign": {"size": 2}},
            "done": {"type": "end"},
        },
        cases={"attributes": {"size": 1}},
    )
    found = fragments.chain(process, ("a", "b"))
    assert isinstance(found, fragments.Chain)
    after = fragments.fuse(process, found, "ab", process.tasks()["a"], drop=False)
    assert ways(after) == {"came": ["ab"], "ab": ["b_data"], "b_data": ["done"], "done": []}
    assert isinstance(after.flow["b_data"], Exclusive)
    assert after.lineage("b_data") == "b"
