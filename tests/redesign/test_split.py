"""Several tasks of one."""

from datetime import date
from typing import Any

import pytest

from bpsim.comparison.difference import diff
from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.model.process import Process
from bpsim.redesign.change import Mistakes
from bpsim.redesign.operators import read_change
from bpsim.values.durations import DAY
from tests.redesign.sketch import Written, applied, line, refused, shown, sketch, ways


def service(**more: Any) -> Process:  # noqa: ANN401
    """A task in the middle with everything that a task can have."""
    flow: Written = {
        "came": {"type": "start", "next": "a"},
        "a": {"next": "b"},
        "b": {
            "duration": "exponential(mean=1h)",
            "contact": "both",
            "documents": 2,
            "needs": ["form"],
            "produces": ["draft", "letter"],
            "legal": True,
            "assign": {"size": 2},
            "introduces_error": "5%",
            "price": 3,
            "never_same_person_as": "a",
            "next": "c",
        },
        "c": {"needs": ["draft", "letter", "report"], "same_person_as": "b", "must_precede": ["d"], "next": "d"},
        "d": {"never_same_person_as": ["b"], "next": "done"},
        "done": {"type": "end"},
    }
    items: Written = {
        "form": {"from": "client"},
        "draft": {"from": "b"},
        "letter": {"from": "b"},
        "report": {"from": "b"},
    }
    cases = {
        "attributes": {"size": 1},
        "clocks": {"legal": {"from": "b", "to": ["d"], "limit": "5d", "stops_while": ["b"]}},
    }
    return sketch({**flow, "b": {**flow["b"], **more}}, cases=cases, items=items)


def test_into_several() -> None:
    """The first has what is there before the work, the last what comes of it; who spoke of the old means the last."""
    process = service()
    after = applied(process, split={"task": "b", "into": ["b1", "b2"], "shares": ["25%", "75%"]})
    assert ways(after) == {
        "came": ["a"],
        "a": ["b1"],
        "b1": ["b2"],
        "b2": ["c"],
        "c": ["d"],
        "d": ["done"],
        "done": [],
    }
    first, last = after.tasks()["b1"], after.tasks()["b2"]
    assert [[(part.was, part.share) for part in task.parts] for task in (first, last)] == [[("b", 0.25)], [("b", 0.75)]]
    assert (first.contact, last.contact, first.documents, last.documents) == (("in",), ("out",), 2, 0)
    assert (first.needs, last.needs, first.produces, last.produces) == (("form",), (), (), ("draft", "letter"))
    assert (first.legal, last.legal, dict(first.assign), list(last.assign)) == (True, True, {}, ["size"])
    assert (first.introduces_error, last.introduces_error, first.price, last.price) == (0, 0.05, 0, 3)
    assert (after.lineage("b1"), after.lineage("b2")) == ("b1", "b")
    assert first.never_same_person_as == last.never_same_person_as == ("a",)
    assert after.tasks()["c"].same_person_as == "b2"
    assert after.tasks()["d"].never_same_person_as == ("b2", "b1")
    assert after.items["report"].source == "b2"
    clock = after.cases.clocks["legal"]
    assert (clock.start, clock.to, clock.stops_while) == ("b2", ("d",), ("b2", "b1"))


def test_performers_and_documents() -> None:
    """Each has people of its own; a system has no wishes; each makes the documents that are said to be its."""
    process = service()
    after = applied(
        process,
        decompose={
            "task": "b",
            "into": ["b1", "b2"],
            "performers": ["system", "desk.clerk"],
            "produces": {"b1": ["draft", "report"], "b2": ["letter"]},
        },
    )
    first, last = after.tasks()["b1"], after.tasks()["b2"]
    assert (first.performer, last.performer) == (("system",), ("desk.clerk",))
    assert after.tasks()["d"].never_same_person_as == ("b2",)
    assert (first.never_same_person_as, last.never_same_person_as) == ((), ("a",))
    assert (first.produces, last.produces) == (("draft",), ("letter",))
    assert (after.items["draft"].source, after.items["report"].source) == ("b1", "b1")
    assert after.items["letter"].source == "b2"
    assert [part.share for part in first.parts] == [0.5]


def test_one_keeps_the_name() -> None:
    """Who has the old name has the old luck; the trip of another task goes with the contact."""
    flow: Written = {
        "came": {"type": "start", "next": "b"},
        "b": {"contact": "in", "next": "c"},
        "c": {"contact": "in", "visit": "with b", "next": "done"},
        "done": {"type": "end"},
    }
    after = applied(sketch(flow), split={"task": "b", "into": ["b", "b2"]})
    assert ways(after) == {"came": ["b"], "b": ["b2"], "b2": ["c"], "c": ["done"], "done": []}
    assert (after.lineage("b"), after.lineage("b2")) == ("b", "b2")
    assert (after.tasks()["c"].visit, after.tasks()["b"].contact, after.tasks()["b2"].contact) == ("b", ("in",), ())
    flow["c"] = {"contact": "in", "next": "done"}
    flow["b"] = {"contact": "out", "visit": "with c", "next": "c"}
    after = applied(sketch(flow), split={"task": "b", "into": ["b1", "b2"]})
    assert (after.tasks()["b1"].visit, after.tasks()["b2"].visit) == ("", "c")


def test_the_difference_says_so() -> None:
    """One of the new tasks is the old one under a new name; the others are parts of it."""
    process = line("a", "b")
    after = applied(process, split={"task": "b", "into": ["b1", "b2"]})
    told = diff(process, after).text().splitlines()
    assert "added: b1 (a part of b)" in told
    assert "renamed: b -> b2" in told
    assert not diff(after, after)
    again = applied(after, insert={"task": {"x": {"performer": "desk.clerk"}}, "before": "b1"})
    assert diff(after, again).added == ("x",)


def test_evidence_goes_along() -> None:
    """What was said of the duration is said of both parts; what was said of other things is no longer said."""
    said = {"grade": "assumption"}
    written = line("a", "b").as_written() | {"evidence": {"flow.a.duration": said, "flow.a.documents": said}}
    written["evidence"]["flow.b.duration"] = said
    after = applied(Process.model_validate(written), split={"task": "a", "into": ["a1", "a2"]})
    assert sorted(after.evidence) == ["flow.a1.parts.0.duration", "flow.a2.parts.0.duration", "flow.b.duration"]


def test_together_they_take_as_long() -> None:
    """In every case the parts make the whole, and what was united is split again part by part."""
    flow: Written = {
        "came": {"type": "start", "next": "a"},
        "a": {"duration": "exponential(mean=1h)", "next": "b"},
        "b": {"duration": "exponential(mean=2h)", "next": "again"},
        "again": {"type": "exclusive", "next": {"b": "30%", "done": "else"}},
        "done": {"type": "end"},
    }
    process = sketch(flow, departments={"desk": {"roles": {"clerk": {"staff": 500}}}})
    split = {"split": {"task": "b", "into": ["b1", "b2", "b3"], "shares": [0.2, 0.3, 0.5]}}
    after = applied(process, **split)

    def times(model: Process) -> dict[tuple[int, str], list[int]]:
        plan = compile_plan(model, start=date(2025, 1, 6), length=20 * DAY, drain=20 * DAY)
        log = replicate(plan, seed=3, replication=0)
        found: dict[tuple[int, str], list[int]] = {}
        columns = (log.items[name].tolist() for name in ("case", "node", "started", "completed"))
        for case, node, started, completed in zip(*columns, strict=True):
            name = log.settings.nodes[node].name[:1]
            found.setdefault((case, name), []).append(completed - started)
        return found

    old, new = times(process), times(after)
    assert len(old) == 100
    for (case, name), durations in old.items():
        whole = new[case, name]
        groups = [sum(whole[i : i + 3]) for i in range(0, len(whole), 3)] if name == "b" else whole
        assert groups == pytest.approx(durations, abs=2), case


def test_in_words() -> None:
    """What the change says of itself."""
    entry = {"task": "b", "into": ["b1", "b2"]}
    assert str(read_change({"split": entry})) == "b becomes b1 and b2"
    named = {"split": entry | {"performers": ["desk.clerk", "client"]}}
    assert str(read_change(named)) == "b becomes b1 by desk.clerk and b2 by client"
    assert read_change(named).makes() == ("b2", "b1")


def test_footprint() -> None:
    """It concerns what leads to the task, the new tasks, and who speaks of it."""
    found = read_change({"split": {"task": "b", "into": ["b1", "b2"]}}).footprint(service())
    assert found.writes == {*(f"flow.{name}" for name in ("a", "b", "b1", "b2", "c", "d")), "cases", "items"}


def test_parameters() -> None:
    """Two or more, with one share and one performer for each, and the whole of the work."""

    def wrong(**parameters: Any) -> list[str]:  # noqa: ANN401
        with pytest.raises(Mistakes) as caught:
            read_change({"split": {"task": "b"} | parameters})
        return [shown(trouble) for trouble in caught.value.troubles]

    assert wrong(into=["x"]) == ["BP612 split.into: not two different new tasks. Name two or more, each once."]
    assert wrong(into=["x", "y"], shares=[1], performers=["client"]) == [
        "BP612 split.shares: 1 shares of 2 tasks. Write one for each.",
        "BP612 split.performers: 1 performers of 2 tasks. Write one for each.",
    ]
    assert wrong(into=["x", "y"], shares=["50%", "40%"]) == [
        "BP663 split.shares: the shares make 90 %. They must make 100 %."
    ]
    assert wrong(into=["x", "y"], shares=[0, 1]) == [
        "BP663 split.shares.0: x has no share of the work. Write more than 0%."
    ]


def test_what_cannot_be_split() -> None:
    """Names, kinds, performers that are not there, and what holds only for a whole task."""
    process = service()
    assert refused(process, split={"task": "x", "into": ["y", "z"]}) == [
        "BP603 task: there is no node x. There are: a, b, c, came, d, done."
    ]
    assert refused(process, split={"task": "done", "into": ["y", "z"]}) == [
        "BP605 task: done is an end, not a task. Name a task."
    ]
    assert refused(process, split={"task": "b", "into": ["a", "z"], "performers": ["desk.clark", "client"]}) == [
        "BP608 into.0: there is a node a already. Choose another name.",
        "BP603 performers.0: there is no role desk.clark. Did you mean 'desk.clerk'?",
    ]
    hint = "End that first, or leave the task whole."

    def whole(**more: Any) -> list[str]:  # noqa: ANN401
        return refused(line("a", "b", b=more), split={"task": "b", "into": ["x", "y"]})

    assert whole(performer={"all": ["desk.clerk", "desk.senior"]}) == [
        f"BP617 task: b has several people at once. {hint}"
    ]
    assert whole(timeout={"after": "1d", "next": "done"}) == [f"BP617 task: b has a timeout. {hint}"]
    assert whole(reneges_after={"after": "1d", "next": "done"}) == [
        f"BP617 task: b has a patience (reneges_after). {hint}"
    ]
    assert whole(batch={"size": 3, "max_wait": "1d"}) == [f"BP617 task: b has runs of its own. {hint}"]
    days = f"BP617 task: b has a duration in working days. {hint}"
    assert whole(performer="client", duration="2 working days") == [days]
    assert whole(duration="2 working days") == []
    process = line("a", "b", b={"duration": "2 working days"})
    assert refused(process, split={"task": "b", "into": ["x", "y"], "performers": ["client", "desk.clerk"]}) == [days]


def test_outputs_must_be_shared_out() -> None:
    """Every document that the task makes is made by one of the new ones."""
    entry = {"task": "b", "into": ["b1", "b2"]}
    assert refused(service(), split=entry | {"produces": {"b1": ["draft", "form"], "b3": ["letter"]}}) == [
        "BP664 produces.b3: b3 is none of the new tasks. Name one of `into`.",
        "BP664 produces: none of the new tasks makes report. Say which of them does.",
        "BP664 produces: b does not make form. Leave it out.",
    ]
