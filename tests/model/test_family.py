"""Bundles and triggers written out, and the way back to where they were written."""

from typing import Any

import pytest

from bpsim.model.family import expanded, redirected, written_at
from bpsim.reading.load import check_text

Data = dict[str, Any]

CALLED: Data = {"cases": {"entry": "called"}, "flow": {"begin": {"type": "start", "next": "done"}}}
MOVE: Data = {
    "process": "move",
    "cases": {
        "arrivals": "1h",
        "bundle": {
            "event": "moved",
            "services": [
                {"process": "register"},
                {"process": "car-permit", "when": "drives", "delay": "2d", "with": {"far": "far"}},
                {"process": "register", "when": False},
            ],
        },
    },
    "others": {"register": CALLED, "car-permit": CALLED},
}


def test_a_bundle_is_a_split_of_calls_and_their_join() -> None:
    """Every service is called at once, under a condition 1 or 0 times, and all are waited for."""
    assert expanded(MOVE)["cases"] == {"arrivals": "1h", "entry": "event"}
    calls = ["register", "car_permit", "register_no_2"]
    assert expanded(MOVE)["flow"] == {
        "moved": {"type": "start", "next": "services"},
        "services": {"type": "parallel", "next": calls},
        "register": {"type": "call", "process": "register", "applies_after": "0s", "next": "all_done"},
        "car_permit": {
            "type": "call",
            "process": "car-permit",
            "applies_after": "2d",
            "instances": "1 if drives else 0",
            "with": {"far": "far"},
            "next": "all_done",
        },
        "register_no_2": {
            "type": "call",
            "process": "register",
            "applies_after": "0s",
            "instances": 0,
            "next": "all_done",
        },
        "all_done": {"type": "parallel", "next": "served"},
        "served": {"type": "end"},
    }


def test_a_bundle_of_one_service() -> None:
    """It needs neither a split nor a join."""
    bundle = {"event": "moved", "services": [{"process": "register"}]}
    assert expanded({"process": "move", "cases": {"arrivals": "1h", "bundle": bundle}})["flow"] == {
        "moved": {"type": "start", "next": "register"},
        "register": {"type": "call", "process": "register", "applies_after": "0s", "next": "served"},
        "served": {"type": "end"},
    }


@pytest.mark.parametrize("bundle", [["birth"], {"services": [{"process": "register"}]}, {"event": "moved"}])
def test_a_bundle_that_cannot_be_read_is_left_to_its_form(bundle: object) -> None:
    """It makes an empty flow, so that only its own mistakes are told, not those of a flow that nobody wrote."""
    cases = {"arrivals": "1h", "bundle": bundle}
    assert expanded({"process": "move", "cases": cases}) == {"process": "move", "cases": cases, "flow": {}}


def test_a_bundle_without_an_event_is_told_once() -> None:
    """The user reads what is missing, and nothing about the flow."""
    text = "process: move\ncases: {arrivals: 1h, bundle: {services: [{process: register}]}}\n"
    assert [str(problem) for problem in check_text(text, "x.yaml")] == [
        "x.yaml:2:23: BP103 error: cases.bundle: 'event' is missing"
    ]


def triggered(event: str, flow: Data, **trigger: Any) -> Data:  # noqa: ANN401 - parts of a trigger
    """Write a process, one beside it, and a trigger of the main one by a node of the other."""
    return {
        "process": "main",
        "cases": {"trigger": {"event": event, **trigger}},
        "flow": {"begin": {"type": "start", "next": "done"}, "done": {"type": "end"}},
        "others": {"beside": {"cases": {"arrivals": "1h"}, "flow": flow}},
    }


def test_a_task_that_triggers_is_followed_by_a_call() -> None:
    """The case goes on to the call that nobody waits for, and from there to where it went before."""
    flow = {"begin": {"type": "start", "next": "look"}, "look": {"performer": "system", "next": "done"}, "done": {}}
    found = expanded(triggered("beside/look", flow, delay="1d"))
    assert found["cases"] == {"entry": "called"}
    made = {"type": "call", "process": "main", "applies_after": "1d", "wait": False, "next": "done"}
    assert found["others"]["beside"]["flow"] == {
        "begin": {"type": "start", "next": "look"},
        "look": {"performer": "system", "next": "look_main"},
        "done": {},
        "look_main": made,
    }


def test_an_end_that_triggers_is_preceded_by_a_call() -> None:
    """Every way to the end leads through the call, whatever the form in which the way is written."""
    flow = {
        "begin": {"type": "start", "next": {"done": "30%", "other": "else"}},
        "look": {"performer": "system", "timeout": {"after": "1d", "next": "done"}, "next": [{"to": "done", "p": 1}]},
        "done": {"type": "end"},
        "other": {"type": "end"},
    }
    found = expanded(triggered("beside/done", flow))
    assert found["others"]["beside"]["flow"] == {
        "begin": {"type": "start", "next": {"done_main": "30%", "other": "else"}},
        "look": {
            "performer": "system",
            "timeout": {"after": "1d", "next": "done_main"},
            "next": [{"to": "done_main", "p": 1}],
        },
        "done": {"type": "end"},
        "other": {"type": "end"},
        "done_main": {
            "type": "call",
            "process": "main",
            "applies_after": "0s",
            "wait": False,
            "next": "done",
        },
    }


def test_the_main_process_triggers_another() -> None:
    """A node of the main process may be named with its process, or alone."""
    for event in ("main/begin", "begin"):
        data = {
            "process": "main",
            "cases": {"arrivals": "1h"},
            "flow": {"begin": {"type": "start", "next": "done"}, "done": {"type": "end"}},
            "others": {"health-card": {"cases": {"trigger": {"event": event}}, "flow": {}}},
        }
        found = expanded(data)
        assert found["flow"]["begin"]["next"] == "begin_health_card"
        assert found["flow"]["begin_health_card"]["next"] == "done"
        assert found["others"]["health-card"]["cases"] == {"entry": "called"}


def test_what_is_no_process_is_left_to_its_form() -> None:
    """A process beside it that is no mapping is told of by the model."""
    data = triggered("beside/begin", {"begin": {"type": "start", "next": "done"}})
    data["others"]["odd"] = 3
    assert expanded(data)["others"]["odd"] == 3
    assert expanded(data)["others"]["beside"]["flow"]["begin"]["next"] == "begin_main"


def test_only_ways_lead_elsewhere() -> None:
    """A word that is the same by chance stays: a title, a performer."""
    node = {"title": "done", "performer": "done", "next": "done"}
    assert redirected(node, "done", "made") == {"title": "done", "performer": "done", "next": "made"}


# The way back ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "written"),
    [
        (("flow", "car_permit", "instances"), ("cases", "bundle", "services", 1, "when")),
        (("flow", "car_permit", "applies_after", "by"), ("cases", "bundle", "services", 1, "delay", "by")),
        (("flow", "car_permit", "with", "far"), ("cases", "bundle", "services", 1, "with", "far")),
        (("flow", "register_no_2"), ("cases", "bundle", "services", 2)),
        (("flow", "all_done", "next"), ("cases", "bundle", "event")),
        (("flow", "moved"), ("cases", "bundle", "event")),
        (("cases", "arrivals"), ("cases", "arrivals")),
        (("others", "register", "flow", "begin"), ("others", "register", "flow", "begin")),
    ],
)
def test_where_a_bundle_was_written(path: tuple[str | int, ...], written: tuple[str | int, ...]) -> None:
    """What is wrong with a call is wrong with its service; what is wrong with the rest, with the event."""
    assert written_at(MOVE, path) == written


@pytest.mark.parametrize(
    ("path", "written"),
    [
        (("others", "beside", "flow", "look_main", "instances"), ("cases", "trigger", "when")),
        (("others", "beside", "flow", "look_main", "with", "a"), ("cases", "trigger", "with", "a")),
        (("others", "beside", "flow", "look_main"), ("cases", "trigger", "event")),
        (("others", "beside", "flow", "look", "next"), ("others", "beside", "flow", "look", "next")),
        (("flow", "begin", "next"), ("flow", "begin", "next")),
        (("flow", "nothing", "next"), ("flow", "nothing", "next")),
    ],
)
def test_where_a_trigger_was_written(path: tuple[str | int, ...], written: tuple[str | int, ...]) -> None:
    """What is wrong with the call is wrong with the trigger; nodes that were written stay where they are."""
    flow = {"begin": {"type": "start", "next": "look"}, "look": {"performer": "system", "next": "done"}}
    assert written_at(triggered("beside/look", flow), path) == written


def test_where_the_trigger_of_another_process_was_written() -> None:
    """The call stands in the main flow, its trigger beside."""
    data = {
        "process": "main",
        "cases": {"arrivals": "1h"},
        "flow": {"begin": {"type": "start", "next": "done"}, "done": {"type": "end"}},
        "others": {"card": {"cases": {"trigger": {"event": "begin", "delay": "1 fortnight"}}, "flow": {}}},
    }
    path = ("flow", "begin_card", "applies_after", "value")
    assert written_at(data, path) == ("others", "card", "cases", "trigger", "delay", "value")
