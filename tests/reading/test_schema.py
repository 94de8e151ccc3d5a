"""The JSON Schemas: fresh, valid, and neither stricter nor much laxer than what reads the files."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from bpsim.reading.schema import process_schema, scenario_schema, schema_text, shared_schema
from bpsim.reading.source import parse_source, read_source

ROOT = Path(__file__).parent.parent.parent
FILES = [
    *sorted((ROOT / "tests" / "corpus" / "valid").glob("*.yaml")),
    *sorted((ROOT / "processes").glob("*.yaml")),
    ROOT / "tests" / "corpus" / "parts" / "town.yaml",
    *sorted((ROOT / "scenarios").glob("*/*.yaml")),
]
DESK = """
process: desk
departments: {desk: {roles: {clerk: {staff: 2}}}}
cases: {arrivals: exponential(mean=1h)}
flow:
  received: {type: start, next: register}
  register: {performer: desk.clerk, duration: 20min, next: done}
  done: {type: end}
"""
SHARED = """
shared: town
departments: {desk: {roles: {clerk: {staff: {value: 2, evidence: {grade: log}}}}}}
evidence: {departments.desk.roles.clerk.cost: {grade: log}}
"""
SCENARIO = """
scenario: faster
base: desk.yaml
changes: [{id: R1, staff: {role: desk.clerk, set: 3}, evidence: {grade: assumption}}]
targets: {lead_time.p90: <= 2 days}
"""


def wrong(data: dict[str, Any]) -> list[str]:
    """Say what a schema finds wrong."""
    schema = process_schema() if "process" in data else shared_schema() if "shared" in data else scenario_schema()
    return [error.message for error in Draft7Validator(schema).iter_errors(data)]


@pytest.mark.parametrize("name", ["process", "scenario", "shared"])
def test_fresh(name: str) -> None:
    """The files in schemas/ are what the models say now: else write `schema_text(name)` into them."""
    assert (ROOT / "schemas" / f"{name}.json").read_text(encoding="utf-8") == schema_text(name)


@pytest.mark.parametrize(
    "schema", [process_schema(), scenario_schema(), shared_schema()], ids=["process", "scenario", "shared"]
)
def test_draft_7(schema: dict[str, Any]) -> None:
    """They are valid schemas of draft 7, without words of later drafts."""
    Draft7Validator.check_schema(schema)
    text = json.dumps(schema)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    for later in ("$defs", "prefixItems", "unevaluated", "dependentRequired", '"discriminator"'):
        assert later not in text


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_valid_files(path: Path) -> None:
    """Every valid file of the corpus and every shipped file validates."""
    assert wrong(read_source(path).data) == []


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        (DESK, "flow:", "flo:"),
        (DESK, "cases: {arrivals: exponential(mean=1h)}\n", ""),
        (DESK, "staff: 2", "staf: 2"),
        (DESK, "{staff: 2}", "{cost: 2}"),
        (DESK, "{staff: 2}", "[2]"),
        (DESK, "duration: 20min", "duration: [20min]"),
        (DESK, "next: done", "next: [{to: done, why: 1}]"),
        (DESK, "type: end", "type: finish"),
        (DESK, "type: start, ", ""),
        (DESK, "performer: desk.clerk, ", ""),
        (DESK, "next: done", "contact: inwards"),
        (DESK, "20min", "{value: 20min, evidence: {grade: sure}}"),
        (DESK, "20min", "{value: 20min, evidence: 5}"),
        (SHARED, "departments: {desk", "flow: {desk"),
        (SHARED, "{roles", "{rolls"),
        (SCENARIO, "scenario: faster\n", "scenario: [faster]\n"),
        (SCENARIO, "base: desk.yaml", "bases: desk.yaml"),
        (SCENARIO, "staff: {role: desk.clerk, set: 3}", "hire_more: {role: desk.clerk}"),
        (SCENARIO, "staff: {role: desk.clerk, set: 3}", "staff: {rule: desk.clerk}"),
        (SCENARIO, "staff: {role: desk.clerk, set: 3}", "tune: {flow.register.duration: {times: 2}}"),
        (SCENARIO, "staff: {role: desk.clerk, set: 3}", "tune: {}"),
        (SCENARIO, "targets: {lead_time.p90: <= 2 days}", "experiment: {length: 1 year, runs: 5}"),
    ],
)
def test_invalid_files(text: str, good: str, bad: str) -> None:
    """A key that does not exist, one that is missing, a value of the wrong kind are found; the rest is in order."""
    assert text.count(good) == 1
    assert wrong(parse_source(text, "f").data) == []
    assert wrong(parse_source(text.replace(good, bad), "f").data)


@pytest.mark.parametrize(
    ("good", "also"),
    [
        ("20min", "{value: 20min, evidence: {grade: log}}"),
        ("20min", "{value: 20min, factor: 1.5, evidence: {grade: log}}"),
        ("20min", "{by: big, of: {true: 2h, else: {value: 1h, evidence: {grade: log}}}}"),
        ("20min", "{value: {by: big, of: {true: 2h, else: 1h}}, factor: 2}"),
        ("next: done", "next: [done]"),
        ("next: done", "next: {done: {value: 100%, evidence: {grade: log}}}"),
        ("next: done", "next: [{to: done, when: else}]"),
        ("exponential(mean=1h)", "{value: 1h, evidence: {grade: log}}"),
        ("exponential(mean=1h)", "{every: {value: 1h, evidence: {grade: log}}}"),
        ("staff: 2", "staff: {value: 2, evidence: {grade: published, range: [1, 3]}}"),
    ],
)
def test_written_forms(good: str, also: str) -> None:
    """The short forms, and evidence wherever a scalar may stand."""
    assert wrong(parse_source(DESK.replace(good, also), "f").data) == []


def test_texts() -> None:
    """What stands at a field in the model is what an editor shows."""
    task = process_schema()["definitions"]["Task"]
    assert task["description"].startswith("Work done by people of a role")
    assert task["properties"]["performer"]["description"].startswith("A department.role")
    assert "so long the item is kept" in json.dumps(task["properties"]["keeps_for"]).lower()
    batch = scenario_schema()["definitions"]["change_batch"]
    assert batch["description"].startswith("Hold the work of a task for runs")


def test_nothing_internal() -> None:
    """What only the resolved form has is not offered to anybody."""
    text = json.dumps([process_schema(), scenario_schema()])
    for key in ("ordered", "choice", "pairs", "parts"):
        assert f'"{key}": {{' not in text
