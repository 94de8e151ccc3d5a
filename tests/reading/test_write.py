"""What is written reads back the same."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bpsim
from bpsim.model.process import Process
from bpsim.reading.source import parse_source
from bpsim.reading.write import to_yaml, written_form
from tests.oracle.generate import process as drawn


def read(text: str) -> dict[str, Any]:
    """Read YAML back as plain data."""
    data: dict[str, Any] = parse_source(text, "written.yaml").data
    return data


@pytest.mark.parametrize("seed", range(30))
def test_a_resolved_process_reads_back(seed: int) -> None:
    """The digest of what is read again is that of what was written."""
    process = Process.model_validate(drawn(seed))
    assert Process.model_validate(read(to_yaml(process.as_written()))).digest() == process.digest()
    assert Process.model_validate(read(to_yaml(written_form(process)))).digest() == process.digest()


def test_flows_are_written_as_people_write_them() -> None:
    """A name, a list, a mapping; shares as they were, conditions as text; evidence for what is gone is left out."""
    flow = {
        "begin": {"type": "start", "next": "fork"},
        "fork": {"type": "parallel", "next": ["left", "right"]},
        "left": {"type": "exclusive", "next": {"join": 0.25, "late": "else"}},
        "late": {"type": "timer", "delay": "1d", "next": "join"},
        "right": {"type": "exclusive", "next": [{"to": "join", "when": "large"}, {"to": "wait", "when": "else"}]},
        "wait": {
            "type": "exclusive",
            "next": [{"to": "join", "p": "0.5 if large else 0.1"}, {"to": "last", "p": "else"}],
        },
        "last": {"type": "timer", "delay": "2d", "next": "work"},
        "work": {"performer": "system", "next": "join"},
        "join": {"type": "parallel", "next": "done"},
        "done": {"type": "end"},
    }
    said = {"grade": "assumption", "source": "", "range": []}
    process = Process.model_validate(
        {
            "process": "small",
            "cases": {"arrivals": "1h", "attributes": {"large": "bernoulli(50%)"}},
            "flow": flow,
            "evidence": {
                "flow.late.delay": said,
                "flow.gone.delay": said,
                "flow.late.delay.x.y": said,
                "flow.late.calendar.x": said,
                "flow.left.next.join": said,
                "flow.work.batch": said,
            },
        }
    )
    plain = written_form(process)
    assert {name: node.get("next") for name, node in plain["flow"].items()} == {
        name: node.get("next") for name, node in flow.items()
    }
    assert set(plain["evidence"]) == {"flow.late.delay", "flow.left.next.join"}


def test_two_flows_to_one_node_are_kept_apart() -> None:
    """As a redesign may leave them: a mapping would lose one."""
    flow = {
        "begin": {"type": "start", "next": "left"},
        "left": {"type": "exclusive", "next": {"late": "large", "done": "else"}},
        "late": {"type": "timer", "delay": "1d", "next": "done"},
        "done": {"type": "end"},
    }
    cases = {"arrivals": "1h", "attributes": {"large": "bernoulli(50%)"}}
    process = Process.model_validate({"process": "small", "cases": cases, "flow": flow})
    left = process.flow["left"]
    joined = left.model_copy(update={"next": tuple(each.model_copy(update={"to": "late"}) for each in left.next)})
    process = process.model_copy(update={"flow": {**process.flow, "left": joined}})
    assert len(process.flow["left"].next) == 2
    assert Process.model_validate(read(to_yaml(written_form(process)))).digest() == process.digest()


@pytest.mark.parametrize("text", ["1e3", "0o17", "no", "10:30", "true", "~", "", "010", ">= 5", "a: b", "#", "9" * 500])
def test_a_text_stays_a_text(text: str) -> None:
    """Also one that looks like a number, a truth value, a time or a sign of YAML."""
    assert read(to_yaml({"value": text, "list": [text, 5]})) == {"value": text, "list": [text, 5]}


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}", fullmatch=True),
        st.floats(allow_nan=False, allow_infinity=False) | st.text("abz09.,:'\"#-+e ") | st.booleans(),
        min_size=1,
    )
)
def test_any_plain_data_reads_back(data: dict[str, Any]) -> None:
    """Numbers to the last bit, texts to the last blank."""
    assert read(to_yaml(data)) == data


def test_nothing_is_left_out() -> None:
    """None is written nowhere; lists stand inside their key, in the order given."""
    assert to_yaml({"b": None, "a": {"x": None, "list": [{"c": 1, "d": None}]}}) == "a:\n  list:\n    - c: 1\n"


def test_a_scenario_of_a_scenario_reads_back_with_its_lineage(tmp_path: Path) -> None:
    """Changes, experiment, targets, cost, and the names of what it builds on; the process stands in a file beside."""
    as_is = bpsim.scenario("scenarios/starter/as-is.yaml")
    daily = as_is.change(bpsim.Batch(task="approve", rule="none"), name="daily")
    evening = daily.change(bpsim.Staff(role="permits.officer", set=3, cost={"once": 500}), name="evening-shift")
    assert evening.path() == "as-is / daily / evening-shift"
    (tmp_path / "starter.yaml").write_text(evening.process.to_yaml())  # type: ignore[attr-defined]
    (tmp_path / "mine.yaml").write_text(evening.to_yaml(base="starter.yaml"))  # type: ignore[attr-defined]
    again = bpsim.scenario(tmp_path / "mine.yaml")
    assert again == evening
    assert again.path() == evening.path()
    assert again.resolved().digest() == evening.resolved().digest()
    assert f"base: {evening.process.process}.yaml\n" in evening.to_yaml()  # type: ignore[attr-defined]
    (tmp_path / "more.yaml").write_text("scenario: more\nbase: mine.yaml\n")
    assert bpsim.scenario(tmp_path / "more.yaml").path() == "as-is / daily / evening-shift / more"
    (tmp_path / "bad.yaml").write_text("scenario: bad\nbase: starter.yaml\nlineage: as-is\n")
    assert [(each.line, each.code) for each in bpsim.check(tmp_path / "bad.yaml")] == [(3, "BP104")]
