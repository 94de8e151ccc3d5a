"""Soundness of inclusive blocks, races, escalations and ends that terminate."""

from typing import Any

import pytest

from bpsim.model.checks import check
from bpsim.model.process import Process
from tests.model.drawing import drawn, only

WORK = {"performer": "desk.clerk", "duration": "1h"}


def said(flow: dict[str, Any], **attributes: str) -> list[tuple[str, str]]:
    """Give the codes and nodes of what is found in a flow (`begin` is the start), but for clerks without work."""
    cases = {"arrivals": "1h", "attributes": attributes}
    departments = {"desk": {"roles": {"clerk": {"staff": 1}}}}
    written = {"process": "p", "departments": departments, "cases": cases, "flow": flow}
    found = check(Process.model_validate(written))
    return [(one.code, str(one.path[1])) for one in found if one.code != "BP405"]


def block(kind: str, join: str, branches: Any, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - nodes
    """Write a split of two branches and their join."""
    return {
        "begin": {"type": "start", "next": "split"},
        "split": {"type": kind, "next": branches},
        "a": {**WORK, "next": "met"},
        "b": {**WORK, "next": "met"},
        "met": {"type": join, "next": "done"},
        "done": {"type": "end"},
        **more,
    }


SOME = {"a": "30%", "b": True}


def test_a_split_and_its_join_are_of_one_kind() -> None:
    """Each pair of kinds: only equal ones are sound, and a choice is closed by an exclusive gateway."""
    ways: dict[str, Any] = {"inclusive": SOME, "parallel": ["a", "b"], "exclusive": {"a": "30%", "b": "else"}}
    codes = {
        (split, join): [code for code, _ in said(block(split, join, ways[split]))] for split in ways for join in ways
    }
    assert codes == {
        ("inclusive", "inclusive"): [],
        ("inclusive", "parallel"): ["BP347"],
        ("inclusive", "exclusive"): ["BP313"],
        ("parallel", "inclusive"): ["BP347"],
        ("parallel", "parallel"): [],
        ("parallel", "exclusive"): ["BP313"],
        ("exclusive", "inclusive"): ["BP348"],
        ("exclusive", "parallel"): ["BP312"],
        ("exclusive", "exclusive"): [],
    }


def test_some_branches_meet_before_the_others() -> None:
    """A join of two of three branches, then of all; each inclusive."""
    flow = block("inclusive", "inclusive", {**SOME, "c": "50%"}, c={**WORK, "next": "last"})
    flow |= {"met": {"type": "inclusive", "next": "last"}, "last": {"type": "inclusive", "next": "done"}}
    assert said(flow) == []


def test_branches_of_one_flow_may_come_by_several_ways() -> None:
    """An inclusive join counts branches, not flows: a choice inside a branch may lead to it twice."""
    flow = block("inclusive", "inclusive", SOME, a={"type": "exclusive", "next": {"met": "50%", "more": "else"}})
    assert said({**flow, "more": {**WORK, "next": "met"}}) == []


def test_blocks_of_both_kinds_inside_each_other() -> None:
    """A parallel block inside a branch of an inclusive one."""
    inner = {
        "a": {"type": "parallel", "next": ["x", "y"]},
        "x": {**WORK, "next": "both"},
        "y": {**WORK, "next": "both"},
        "both": {"type": "parallel", "next": "met"},
    }
    assert said(block("inclusive", "inclusive", SOME, **inner)) == []


@pytest.mark.parametrize("kind", ["inclusive", "parallel"])
def test_only_an_end_that_terminates_leaves_a_block(kind: str) -> None:
    """Any other end, or a node after the join, is a flow out of the block past its join."""
    ways = SOME if kind == "inclusive" else ["a", "b"]
    choice = {"type": "exclusive", "next": {"met": "50%", "out": "else"}}
    for out, codes in (
        ({"type": "end"}, ["BP318"]),
        ({"type": "end", "terminate": True}, []),
        ({**WORK, "next": "done"}, ["BP318"]),
    ):
        assert [code for code, _ in said(block(kind, kind, ways, a=choice, out=out))] == codes


def test_a_race_is_one_token() -> None:
    """Its ways are those of a choice: they meet in an exclusive gateway, and a parallel join would wait for ever."""

    def race(join: str) -> dict[str, Any]:
        return {
            "begin": {"type": "start", "next": "wait"},
            "wait": {"type": "event_based", "next": ["answer", "month"]},
            "answer": {"performer": "client", "duration": "5d", "next": "met"},
            "month": {"type": "timer", "delay": "30d", "next": "met"},
            "met": {"type": join, "next": "done"},
            "done": {"type": "end"},
        }

    assert said(race("exclusive")) == []
    assert said(race("parallel")) == [("BP312", "met")]
    assert said(race("inclusive")) == [("BP348", "met")]


def test_escalations_stay_beside_the_case() -> None:
    """They may share nodes with one another and with ends, not with the flow that they come beside."""

    def flow(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - nodes
        beside = {"after": "1d", "next": "remind", "non_interrupting": True}
        return {
            "begin": {"type": "start", "next": "one"},
            "one": {**WORK, "timeout": beside, "next": "two"},
            "two": {**WORK, "on": {"nag": beside}, "next": "done"},
            "remind": {**WORK, "next": "done"},
            "done": {"type": "end"},
            **more,
        }

    assert said(flow()) == []
    assert said(flow(remind={**WORK, "next": "two"})) == [("BP350", "remind")]
    again = {"type": "exclusive", "next": {"remind": "10%", "done": "else"}}
    assert said(flow(remind={**WORK, "next": "more"}, more=again)) == []
    split = {"type": "parallel", "next": ["x", "y"]}
    inside = {
        "x": {**WORK, "next": "both"},
        "y": {**WORK, "next": "both"},
        "both": {"type": "parallel", "next": "done"},
    }
    assert said(flow(remind={**WORK, "next": "more"}, more=split, **inside)) == []


def test_an_escalation_out_of_a_block() -> None:
    """It leaves the block that its task stands in, as it is no branch of it."""
    beside = {"after": "1d", "next": "remind", "non_interrupting": True}
    more = {"a": {**WORK, "timeout": beside, "next": "met"}, "remind": {**WORK, "next": "done"}}
    assert said(block("parallel", "parallel", ["a", "b"], **more)) == []


def test_an_escalation_and_its_case_do_not_meet_in_an_attribute() -> None:
    """What follows the task, and the escalation, run at once: one writes and the other reads."""
    beside = {"after": "1d", "next": "remind", "non_interrupting": True}
    flow = {
        "begin": {"type": "start", "assign": {"n": "1"}, "next": "one"},
        "one": {**WORK, "timeout": beside, "next": "two"},
        "two": {**WORK, "assign": {"n": "n + 1"}, "next": "done"},
        "remind": {**WORK, "duration": {"value": "1h", "factor": "n"}, "next": "done"},
        "done": {"type": "end"},
    }
    assert said(flow, n="0") == [("BP351", "two")]
    flow["two"] = {**WORK, "next": "done"}
    assert said(flow, n="0") == []  # what was written before the task is read in peace


def test_the_kinds_of_an_inclusive_gateway_may_mix() -> None:
    """Shares and conditions side by side; conditions may hold at once; `else` is the rest."""
    ways = {"a": "n > 1", "b": "n > 0", "c": "20%", "d": "else"}
    more = {name: {**WORK, "next": "met"} for name in "cd"}
    assert said(block("inclusive", "inclusive", ways, **more), n="uniform(0, 2)") == []


def test_a_race_waits_for_each_once() -> None:
    """The same answer cannot happen first twice."""
    race = {"type": "event_based", "performer": None, "duration": None}
    found = only(drawn("s > y; y > c, w, c; c > e; w > e; e", nodes={"y": race}))
    assert (found.code, found.what, found.hint) == ("BP322", "the flow from y to c is there 2 times", "Write it once.")
