"""Some cases go another way."""

from typing import Any

import pytest

from bpsim.model.flow import Task
from bpsim.redesign.change import Mistakes
from bpsim.redesign.operators import read_change, written_change
from tests.redesign.sketch import Written, applied, line, refused, shown, sketch, ways

CHECK: Written = {"performer": "desk.senior", "duration": "10min"}
#: A check that may have to be done again, its decision, and work after it.
FLOW: Written = {
    "came": {"type": "start", "next": "a"},
    "a": {"next": "b", "assign": {"level": "empirical([1, 2])"}},
    "b": {"title": "Check", "next": "again"},
    "again": {"type": "exclusive", "next": {"b": "20%", "c": "else"}},
    "c": {"next": "ok"},
    "ok": {"type": "exclusive", "next": {"refused": "10%", "d": "else"}},
    "d": {"next": "done", "assign": {"late": 1}},
    "done": {"type": "end"},
    "refused": {"type": "end"},
}
CASES: Written = {"attributes": {"big": "bernoulli(20%)", "level": 1, "late": 0, "kind": {"x": 0.5, "y": 0.5}}}
MODEL = sketch(FLOW, cases=CASES)


def branches(process: Any, gate: str) -> list[tuple[str, str, str]]:  # noqa: ANN401
    """Show the rules of a gateway."""
    rules = {"share": lambda one: one.share.text, "when": lambda one: one.when.text, "else": lambda _: ""}
    return [(one.to, one.kind, rules[one.kind](one)) for one in process.flow[gate].next]


def test_past_a_task() -> None:
    """A gateway of its own before it; what led back to it from outside goes through the gateway, too."""
    after = applied(MODEL, route={"kind": "threshold", "task": "c", "cases": "big", "instead": "skip"})
    assert ways(after) == ways(MODEL) | {"again": ["b", "c_threshold"], "c_threshold": ["ok", "c"]}
    assert branches(after, "c_threshold") == [("ok", "when", "big"), ("c", "else", "")]
    assert after.flow["c_threshold"].title == "c: threshold?"
    empowered = applied(MODEL, empower={"task": "c", "cases": "big"})
    assert empowered.digest() == after.digest()


def test_past_a_region() -> None:
    """Work that is done again inside the region stays inside; the region ends with a decision whose way on is clear."""
    after = applied(MODEL, triage={"region": ["b", "ok"], "cases": {"p": "30%"}, "instead": "skip"})
    assert ways(after) == ways(MODEL) | {"a": ["b_triage"], "b_triage": ["d", "b"]}
    assert branches(after, "b_triage") == [("d", "share", "0.3"), ("b", "else", "")]
    assert after.flow["b_triage"].title == "Check: triage?"


def test_through_a_fragment() -> None:
    """Other nodes instead; a clone has the luck of the task it stands for, and counts where that is counted."""
    cases = CASES | {"clocks": {"legal": {"to": ["c"], "limit": "5d"}}, "priority": "visits(c)"}
    process = sketch(FLOW, cases=cases)
    nodes = {"x": CHECK | {"next": "y"}, "y": CHECK | {"was": "c"}}
    entry: Written = {
        "route": {"kind": "case_type", "region": ["b", "c"], "cases": "kind == 'x'", "instead": {"nodes": nodes}},
    }
    after = applied(process, **entry)
    assert ways(after) == ways(process) | {"a": ["b_case_type"], "b_case_type": ["x", "b"], "x": ["y"], "y": ["ok"]}
    assert (after.lineage("y"), after.lineage("x")) == ("c", "x")
    assert after.cases.clocks["legal"].to == ("c", "y")
    assert after.cases.priority.text == "(visits(c) + visits(y))"
    change = read_change(entry)
    assert read_change(written_change(change)) == change
    assert change.makes() == ("x", "y")
    skipping = read_change({"empower": {"task": "c", "cases": "big"}})
    assert read_change(written_change(skipping)) == skipping
    assert skipping.makes() == ()


def test_with_errors_and_with_work() -> None:
    """Somebody looks, and is not always right: of both kinds of cases some go the wrong way, by one draw."""
    after = applied(
        MODEL,
        triage={
            "task": "c",
            "cases": "level > 1 or big",
            "accuracy": "90%",
            "classify": {"performer": "desk.senior", "duration": "5min"},
            "instead": {"nodes": {"x": CHECK}},
        },
    )
    assert ways(after) == ways(MODEL) | {
        "again": ["b", "c_classify"],
        "c_classify": ["c_triage"],
        "c_triage": ["x", "c"],
        "x": ["ok"],
    }
    assert branches(after, "c_triage")[0] == ("x", "share", "0.9 if (level > 1 or big) else 1 - 0.9")
    look = after.flow["c_classify"]
    assert isinstance(look, Task)
    assert (look.performer, str(look.duration.value), look.title) == (("desk.senior",), "5min", "c: which way?")


def test_before_a_join() -> None:
    """Both ways meet before a join."""
    process = applied(line("a", "b", "c"), parallelize={"tasks": ["a", "b"]})
    after = applied(process, fast_track={"task": "a", "cases": {"p": 0.5}, "instead": "skip"})
    assert ways(after) == ways(process) | {
        "a_split": ["a_fast_track", "b"],
        "a_fast_track": ["after_a", "a"],
        "a": ["after_a"],
        "after_a": ["a_join"],
    }


def test_in_words() -> None:
    """What the change says of itself."""
    entries: list[Written] = [
        {"fast_track": {"task": "c", "cases": {"p": "30%"}, "instead": "skip"}},
        {"triage": {"region": ["b", "c"], "cases": "big", "accuracy": 0.9, "instead": {"nodes": {"x": CHECK}}}},
    ]
    assert [str(read_change(entry)) for entry in entries] == [
        "30% of the cases pass c by (fast track)",
        "cases with big go through x instead of b to c (triage; 90% are judged right)",
    ]


def test_footprint() -> None:
    """A plain share of one task depends on that task; a condition, a region or a clone on the flow around it."""

    def far(**more: Any) -> bool:  # noqa: ANN401
        entry = {"task": "c", "cases": {"p": 0.3}, "instead": "skip"} | more
        return "flow" in read_change({"fast_track": entry}).footprint(MODEL).reads

    alone = {"nodes": {"x": CHECK}}
    assert [far(), far(instead=alone)] == [False, False]
    assert far(cases="big")
    assert far(task="a")
    assert far(task="", region=["b", "c"])
    assert far(instead={"nodes": {"x": CHECK | {"was": "c"}}})
    assert far(instead={"nodes": {"x": CHECK | {"next": "refused"}}})
    found = read_change({"fast_track": {"task": "c", "cases": {"p": 0.3}, "instead": "skip"}}).footprint(MODEL)
    assert found.writes == {"flow.again", "flow.c_fast_track"}


def test_parameters() -> None:
    """One region; a share or a condition; an accuracy needs to know what is right; a kind may need more."""

    def wrong(**parameters: Any) -> list[str]:  # noqa: ANN401
        with pytest.raises(Mistakes) as caught:
            read_change({"route": {"kind": "triage", "cases": "big", "instead": "skip"} | parameters})
        return [shown(trouble) for trouble in caught.value.troubles]

    region = "BP612 route: not one task or one region. Write task: NODE, or region: [FROM, TO]."
    assert wrong() == wrong(task="a", region=["a", "b"]) == wrong(region=["a"]) == [region]
    assert wrong(task="a", cases={"p": 0.3, "when": "big"}) == [
        "BP612 route.cases: a share and a condition. Write one of the two."
    ]
    assert wrong(task="a", cases={"p": 0}, accuracy=0.9) == [
        "BP612 route.accuracy: an accuracy where nothing says which way is right. Write the cases as a condition.",
        "BP671 route.cases.p: no case goes the other way. Write a share between 0% and 100%.",
    ]
    assert wrong(task="a", kind="case_type", cases={"p": 1}) == [
        "BP673 route.cases: a case type by a plain share. Write a condition on an attribute of the case.",
        "BP671 route.cases.p: every case goes the other way. Write a share between 0% and 100%.",
    ]
    assert wrong(task="a", kind="exception") == [
        "BP673 route.instead: exceptions that are skipped. Say what is done for them: instead: {nodes: {...}}."
    ]


def told(model: Any = MODEL, **parameters: Any) -> list[str]:  # noqa: ANN401
    """Give why a route is refused."""
    return refused(model, triage={"cases": "big", "instead": "skip"} | parameters)


def test_regions_that_are_none() -> None:
    """Nodes that are there, one way in, and a clear way on."""
    hint = "Name where the region begins and where it ends, with one way on."
    assert told(task="x") == ["BP603 task: there is no node x. There are: a, again, b, c, came, d, done, ok, refused."]
    assert told(region=["b", "x"])[0].startswith("BP603 region: there is no node x.")
    assert told(region=["came", "b"]) == [f"BP672 region: came is the start. {hint}"]
    assert told(task="done") == [f"BP672 task: it is not clear how a case goes on after done. {hint}"]
    assert told(region=["c", "b"]) == [f"BP672 region: there is a way to b that does not pass c. {hint}"]
    unclear = sketch(
        {
            "came": {"type": "start", "next": "a"},
            "a": {"next": "which"},
            "which": {"type": "exclusive", "next": {"b": "20%", "c": "else"}},
            "b": {"next": "done"},
            "c": {"next": "done"},
            "done": {"type": "end"},
        }
    )
    assert told(unclear, region=["a", "which"], cases={"p": 0.5}) == [
        f"BP672 region: it is not clear how a case goes on after which. {hint}"
    ]


def test_conditions() -> None:
    """What is no condition, what holds for all or none, and what nobody knows there yet."""
    hint = "Correct the condition, or change the flow for all."
    assert told(task="c", cases="bigg") == ["BP243 cases: undefined attribute bigg. Did you mean 'big'?"]
    assert told(task="c", cases="kind") == ["BP244 cases: `kind` is no condition. Compare it with something."]
    assert told(task="c", cases="big and not big") == [f"BP671 cases: `big and not big` holds for no case. {hint}"]
    assert told(task="c", cases="big or not big") == [f"BP671 cases: `big or not big` holds for every case. {hint}"]
    assert told(task="c", cases="true") == [f"BP671 cases: `true` holds for every case. {hint}"]
    assert told(task="c", cases="false") == [f"BP671 cases: `false` holds for no case. {hint}"]
    assert told(task="c", cases="late > 0") == [
        "BP670 cases: late is not known before c: d sets it. Let the region begin after d."
    ]
    assert told(task="c", cases="level > 1") == []


def test_what_would_be_missed() -> None:
    """Legal tasks, and what is read elsewhere; a fragment may do both."""
    process = sketch(FLOW | {"c": {"legal": True, "next": "ok"}}, cases=CASES)
    legal = "BP606 instead: c is required by law. Say which change of the law allows it: legal_change: ..."
    assert told(process, task="c") == [legal]
    assert told(process, task="c", legal_change="Act of 2026") == []
    assert told(process, task="c", instead={"nodes": {"x": CHECK | {"was": "c"}}}) == [legal]
    assert told(process, task="c", instead={"nodes": {"x": CHECK | {"was": "c", "legal": True}}}) == []
    cases = CASES | {"priority": "level"}
    assert told(sketch(FLOW, cases=cases), region=["a", "b"]) == [
        "BP607 instead: a sets level, and `level` reads it. Let the fragment set it, too, or let the region end later."
    ]
    sets = {"nodes": {"x": CHECK | {"assign": {"level": 2}}}}
    assert told(sketch(FLOW, cases=cases), region=["a", "b"], instead=sets) == []


def test_who_is_not_there() -> None:
    """Performers of the fragment, and of the look at the case."""
    assert told(
        task="c",
        classify={"performer": "desk.clark", "duration": "5min"},
        instead={"nodes": {"x": CHECK | {"performer": "desk.senor"}}},
    ) == [
        "BP603 instead.nodes.x.performer: there is no role desk.senor. Did you mean 'desk.senior'?",
        "BP603 classify.performer: there is no role desk.clark. Did you mean 'desk.clerk'?",
    ]
