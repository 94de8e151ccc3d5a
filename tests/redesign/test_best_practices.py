"""The 29 best practices of Reijers and Liman Mansar (2005): each by its operators, with the whole graph afterwards."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bpsim.model.process import Process
from bpsim.reading.load import load_process_text
from bpsim.redesign.operators import read_change
from bpsim.redesign.scenario import Scenario
from tests.redesign.sketch import ways

PAGE = (Path(__file__).parents[2] / "docs" / "best-practices.md").read_text(encoding="utf-8")
SECTION = re.compile(r"^### (\d+) [^\n]+\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
AS_IS = load_process_text(BLOCK.findall(PAGE)[0])
SHOWN = {int(number): yaml.safe_load(BLOCK.findall(text)[0])["changes"] for number, text in SECTION.findall(PAGE)}

Graph = dict[str, list[str] | None]
EXCEPTION = {"fit": ["draft_exception", "refused"], "draft_exception": ["board", "draft"], "board": ["notify"]}
LOOKUP: Graph = {
    "complete": ["ask_lookup", "visit"],
    "ask_lookup": ["ask_found"],
    "ask_found": ["ask_filled", "ask"],
    "ask_filled": ["recheck"],
}
TAKE_IN: Graph = {"received": ["take_in"], "register": None, "check_form": None, "take_in": ["complete"]}

#: By which operators each is carried out, and every node that leads elsewhere afterwards (None: it is gone).
PRACTICES: dict[int, tuple[str, Graph]] = {
    1: ("reassign move", {"received": ["check_form"], "check_form": ["register"], "register": ["complete"]}),
    2: ("source", {}),
    3: ("channel merge", TAKE_IN),
    4: (
        "route",
        {"fit": ["draft_case_type", "refused"], "draft_case_type": ["settle", "draft"], "settle": ["notify"]},
    ),
    5: ("remove", {"register": ["complete"], "check_form": None}),
    6: ("batch", {}),
    7: (
        "route",
        {
            "fit": ["draft_classify", "refused"],
            "draft_classify": ["draft_triage"],
            "draft_triage": ["settle", "draft"],
            "settle": ["notify"],
        },
    ),
    8: (
        "merge split",
        {**TAKE_IN, "complete": ["ask", "travel"], "visit": None, "travel": ["look"], "look": ["safe"]},
    ),
    9: ("move", {"decide": ["file"], "file": ["notify"], "notify": ["granted"]}),
    10: (
        "concurrency",
        {
            "decide": ["notify_split"],
            "notify_split": ["notify", "file"],
            "notify": ["notify_join"],
            "file": ["notify_join"],
            "notify_join": ["granted"],
        },
    ),
    11: ("move", {"complete": ["ask", "check"], "fit": ["visit", "refused"], "safe": ["draft", "refused"]}),
    12: ("route", EXCEPTION),
    13: ("allocate", {}),
    14: ("allocate", {}),
    15: ("pool", {}),
    16: ("reassign", {}),
    17: ("pool allocate", {}),
    18: ("staff reassign merge", {"decide": ["finish"], "notify": None, "file": None, "finish": ["granted"]}),
    19: ("allocate insert", {"received": ["welcome"], "welcome": ["register"]}),
    20: ("staff", {}),
    21: ("staff", {}),
    22: ("batch route", {"draft": ["decide_threshold"], "decide_threshold": ["notify", "decide"]}),
    23: (
        "insert",
        {"decide": ["second_look"], "second_look": ["second_look_failed"], "second_look_failed": ["draft", "notify"]},
    ),
    24: ("source", LOOKUP),
    25: (
        "automate",
        {
            "register": ["check_form_share"],
            "check_form_share": ["check_form_by_system", "check_form"],
            "check_form_by_system": ["check_form_fallout"],
            "check_form_fallout": ["check_form", "check_form_done"],
            "check_form_done": ["complete"],
        },
    ),
    26: ("automate", {}),
    27: ("source", LOOKUP),
    28: ("reassign insert", {"visit": ["read_report"], "read_report": ["safe"]}),
    29: ("channel", {}),
}

#: What else is different afterwards, by its path in the file.
SETTINGS: dict[int, dict[str, object]] = {
    1: {"flow.check_form.performer": ["client"]},
    2: {"flow.ask.performer": ["system"], "flow.ask.contact": [], "items.paper.from": "ask"},
    3: {"channels.post.shift": [{"to": "system_to_system", "share": 0.5}], "channels.system_to_system.share": 0.0},
    6: {"flow.decide.batch": None},
    13: {"flow.draft.same_person_as": "check"},
    14: {"flow.draft.performer": ["permits.handler", "permits.adviser"]},
    15: {
        "flow.register.performer": ["service.officer"],
        "flow.file.performer": ["service.officer"],
        "departments.service.roles.officer.staff": 5,
    },
    16: {"flow.draft.performer": ["permits.handler"]},
    17: {
        "flow.visit.performer": ["permits.team"],
        "flow.draft.case_team": True,
        "departments.permits.roles.team.staff": 4,
    },
    18: {"flow.finish.performer": ["desk.clerk"]},
    19: {"flow.check.case_owner": True, "flow.draft.case_owner": True, "flow.welcome.contact": ["out"]},
    20: {"departments.permits.roles.adviser.staff": 4},
    21: {"departments.desk.roles.clerk.also": ["archive.keeper"], "departments.permits.roles.handler.proficiency": 1.2},
    24: {"flow.ask_lookup.performer": ["system"], "flow.ask_filled.introduces_error": 0.05},
    26: {"transfers.default.delay": "1min", "transfers.default.calendar": "always"},
    27: {"flow.ask_lookup.performer": ["external"]},
    28: {"flow.visit.performer": ["external"], "flow.visit.introduces_error": 0.02},
    29: {"channels.post.delay": "1d", "channels.counter.client_time": "30min"},
}


def different(after: Process) -> Graph:
    """Give every node that is new, gone, or leads elsewhere."""
    old, new = ways(AS_IS), ways(after)
    return {name: new.get(name) for name in {*old, *new} if old.get(name) != new.get(name)}


def at(process: Process, path: str) -> Any:  # noqa: ANN401 - what a file may hold
    """Give what stands at a path of the file."""
    here: Any = process.as_written()
    for step in path.split("."):
        here = here[step]
    return here


@pytest.mark.parametrize("number", sorted(PRACTICES))
def test_a_practice(number: int) -> None:
    """It is carried out by its operators; every node that is not named leads where it led."""
    operators, graph = PRACTICES[number]
    changes = SHOWN[number]
    assert [read_change(entry).operator for entry in changes] == list(dict.fromkeys(operators.split())) or {
        read_change(entry).operator for entry in changes
    } == set(operators.split())
    after = Scenario(scenario="x", process=AS_IS, changes=changes).resolved()
    assert different(after) == graph
    for path, value in SETTINGS.get(number, {}).items():
        assert at(after, path) == value, path
    assert after.digest() != AS_IS.digest()


def test_every_practice_is_there() -> None:
    """What is shown is what is tested; a practice without a change of the flow changes a setting that is looked at."""
    assert set(SHOWN) == set(PRACTICES) == set(range(1, 30))
    assert all(graph or SETTINGS.get(number) for number, (_, graph) in PRACTICES.items())
