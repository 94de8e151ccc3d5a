"""Checks of processes that call, tell and trigger each other: every slip with its words."""

from typing import Any

import pytest

from bpsim.model.checks import check
from bpsim.model.process import Process
from tests.model.drawing import Written, drawn

Said = tuple[str, str, str, str]


def told(process: Process) -> list[Said]:
    """Give the whole of everything that is found: code, path, what and hint."""
    return [(found.code, ".".join(map(str, found.path)), found.what, found.hint) for found in check(process)]


def calling(call: Written, attributes: Written | None = None, theirs: Written | None = None, **parts: Any) -> Process:  # noqa: ANN401
    """Make a process that does some work and calls a talk."""
    node = {"type": "call", "process": "talk", "performer": None, "duration": None, **call}
    cases = {"arrivals": "exponential(mean=2h)", "attributes": attributes or {}}
    flow = {
        "begin": {"type": "start", "next": "say"},
        "say": {"performer": "system", "duration": "1min", "next": "said"},
    }
    talk = {"cases": {"entry": "called", "attributes": theirs or {}}, "flow": {**flow, "said": {"type": "end"}}}
    return drawn("s > r; r > k; k > e; e", nodes={"k": node}, cases=cases, others={"talk": talk}, **parts)


@pytest.mark.parametrize(
    ("call", "attributes", "theirs", "expected"),
    [
        ({}, {}, {}, []),
        ({"instances": 3}, {}, {}, []),
        ({"instances": "empirical([1, 3])"}, {}, {}, []),
        (
            {"instances": "2000"},
            {},
            {},
            [("BP374", "flow.k.instances", "2000 cases cannot begin", "Write a number from 0 to 1,000.")],
        ),
        (
            {"order": "sequential", "wait": False},
            {},
            {},
            [
                (
                    "BP374",
                    "flow.k.order",
                    "one after another, but nobody waits for the first",
                    "Leave out wait: false, or order.",
                )
            ],
        ),
        (
            {"with": {"kind": '"short"'}},
            {},
            {"kind": {"long": "50%", "longer": "50%"}},
            [
                (
                    "BP372",
                    "flow.k.with.kind",
                    "kind of talk is never short",
                    "Give it a share there: kind: {short: 0%, ...}.",
                )
            ],
        ),
        ({"with": {"kind": "mine"}}, {"mine": {"long": "100%"}}, {"kind": {"long": "50%", "longer": "50%"}}, []),
        (
            {"returns": {"bst": "max(score)"}},
            {"best": 0},
            {"score": "uniform(0, 10)"},
            [("BP373", "flow.k.returns.bst", "there is no attribute bst to return to", "Did you mean 'best'?")],
        ),
        (
            {"returns": {"best": "max(score)"}},
            {},
            {"score": "uniform(0, 10)"},
            [
                (
                    "BP373",
                    "flow.k.returns.best",
                    "there is no attribute best to return to",
                    "Define it under cases.attributes: best: 0.",
                )
            ],
        ),
    ],
)
def test_calls(call: Written, attributes: Written, theirs: Written, expected: list[Said]) -> None:
    """How many begin and in which order, what is handed over and what comes back."""
    assert told(calling(call, attributes, theirs)) == expected


def test_a_mistake_in_what_is_handed_over_is_told_once() -> None:
    """An expression that is wrong in itself says so, and not also of which kind it is."""
    found = told(calling({"with": {"n": "m + 1"}, "instances": "m"}, {}, {"n": 1}))
    what, hint = "undefined attribute m", "Define it under cases.attributes; text needs quotes."
    assert found == [("BP243", f"flow.k.{key}", what, hint) for key in ("with.n", "instances")]


def test_a_trigger_at_a_gateway() -> None:
    """Nothing happens at a gateway; what happens is named in the hint."""
    beside = {
        "cases": {"trigger": {"event": "drawn/x"}},
        "flow": {"begin": {"type": "start", "next": "done"}, "done": {"type": "end"}},
    }
    assert told(drawn("s > x; x > r 30%, e else; r > e; e", others={"beside": beside})) == [
        (
            "BP380",
            "others.beside.cases.trigger.event",
            "drawn/x is a gateway: nothing happens there",
            "Name a start, a task, a timer, a call or an end.",
        )
    ]
