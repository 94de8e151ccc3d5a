"""The difference of two processes, before any run: by hand."""

import json
from typing import Any

import pytest

from bpsim.comparison.difference import diff
from bpsim.model.process import Process
from bpsim.redesign.operators import Merge
from bpsim.redesign.scenario import Scenario
from tests.model.drawing import drawn

MINUTE = 60_000
DEPARTMENTS: dict[str, Any] = {
    "desk": {"calendar": "office", "roles": {"clerk": {"staff": 2}}},
    "back": {"calendar": "office", "roles": {"handler": {"staff": 1}}},
}
NODES: dict[str, Any] = {"r1": {"contact": "in"}, "r2": {"performer": "back.handler", "duration": "20min"}}


def process(drawing: str = "s > r1; r1 > r2; r2 > e; e", nodes: dict[str, Any] | None = None) -> Process:
    """Make a process with a desk and a back office; each task of the desk takes 10 minutes."""
    return drawn(drawing, nodes=NODES if nodes is None else nodes, departments=DEPARTMENTS)


def figure(found: Any, measure: str, group: str = "") -> tuple[float | None, float | None, float]:  # noqa: ANN401
    """Give a figure before and after, and the difference."""
    (one,) = [each for each in found.figures if (each.measure, each.group) == (measure, group)]
    return one.before, one.after, one.difference


def test_nothing_changed() -> None:
    """The same process has no difference, and every figure is exactly equal."""
    found = diff(process(), process())
    assert not found
    assert found.text() == "drawn -> drawn\nno difference\n"
    assert diff(Scenario(scenario="same", process=process())).text() == "base -> same\nno difference\n"
    with pytest.raises(TypeError, match="a process alone"):
        diff(process())


def test_a_task_is_gone_and_another_is_done_by_others() -> None:
    """r1 is removed with its contact; r2 moves to the desk and takes 5 minutes: 30 minutes become 5."""
    after = process("s > r2; r2 > e; e", {"r2": {"duration": "5min"}})
    found = diff(process(), after)
    assert (found.added, found.removed, found.changed) == ((), ("r1",), ("r2",))
    assert [str(edit) for edit in found.performers] == ["flow.r2.performer: back.handler -> desk.clerk"]
    assert [str(edit) for edit in found.fields] == ["flow.r2.duration.value: 20min -> 5min"]
    assert [(e.path, e.before, e.after) for e in found.flows] == [
        ("s -> r1", "always", None),
        ("r1 -> r2", "always", None),
        ("s -> r2", None, "always"),
    ]
    assert figure(found, "touch_time") == (30 * MINUTE, 5 * MINUTE, -25 * MINUTE)
    assert figure(found, "handoffs", "department") == (1, 0, -1)
    assert figure(found, "contacts", "in") == (1, 0, -1)
    assert figure(found, "visits", "r1") == (1, None, -1)
    load = figure(found, "load", "back.handler")
    assert (load[1], load[2]) == (0, -(load[0] or 0))
    assert "removed: r1\nflow removed: s -> r1" in found.text()
    assert ("touch_time", "30.0 min", "5.0 min", "-25.0") in found.rows()


def test_a_renamed_task_is_the_same_by_its_lineage() -> None:
    """Nothing but the name and the share of the loop differ; what is added has a plus."""
    before = process("s > x1; x1 > r1; r1 > x2; x2 > x1 20%, e else; e", {})
    after = process("s > x1; x1 > r9; r9 > x2; x2 > x1 50%, e else; e", {"r9": {"was": "r1"}})
    found = diff(before, after)
    assert (found.added, found.removed, found.renamed) == ((), (), {"r1": "r9"})
    assert [edit.path for edit in found.flows] == ["x2 -> x1"]
    assert found.fields == ()
    visits = figure(found, "visits", "r9")
    assert visits[2] == pytest.approx(2 - 1.25, abs=0.2)
    assert "renamed: r1 -> r9" in found.text()
    assert any(name == "visits[r9]" and more.startswith("+") for name, *_, more in found.rows())


def test_the_parts_of_a_merged_task_are_named() -> None:
    """A scenario alone is told against its base."""
    base = process(nodes={"r2": {"duration": "20min"}})
    scenario = Scenario(scenario="one", process=base, changes=(Merge(tasks=("r1", "r2"), into="both"),))
    found = diff(scenario)
    assert (found.added, found.removed, found.merged) == (("both",), ("r1", "r2"), {"both": ("r1", "r2")})
    assert "added: both (made of r1, r2)" in found.text()
    assert figure(found, "touch_time")[2] == 0
    assert found.as_json() == diff(base, scenario).as_json() | {"before": "base"}


def test_json_and_html() -> None:
    """Plain data all through; what a file says is text in a page."""
    other = process().model_copy(update={"title": "<b>"})
    found = diff(process(), other)
    assert json.loads(json.dumps(found.as_json()))["fields"] == [{"path": "title", "before": "", "after": "<b>"}]
    page = found._repr_html_()
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    assert "<table>" in diff(process(), process("s > r2; r2 > e; e", {}))._repr_html_()
