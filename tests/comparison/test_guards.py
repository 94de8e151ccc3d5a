"""Each warning about a comparison: what triggers it, and that it is silent otherwise."""

import re
from dataclasses import replace
from typing import Any

import pytest

from bpsim.comparison.compare import Comparison, compare
from bpsim.engine.replication import replicate
from bpsim.errors import RunError
from bpsim.experiment.design import design
from bpsim.experiment.results import Goal, Results
from bpsim.measures.measured import Measured
from bpsim.model.process import Process
from tests.engine.drawn import plan, queue
from tests.experiment.small import DAY, measured, process, scenario
from tests.experiment.test_results import result, whole


def runs(*days: float, still_open: int = 0, median: float = 1.0) -> list[Measured]:
    """Give runs with these mean lead times, a median, a late case in twenty at 5 days, and a busy clerk."""
    return [
        measured(
            ("lead_time.mean", "ms", each * DAY, 1.0),
            ("lead_time.p50", "ms", median * DAY, 1.0),
            ("lead_time.p95", "ms", 5.0 * DAY, 1.0),
            ("utilisation", "role=desk.clerk", "share", 0.5, 1.0),
            still_open=still_open,
            cells={"desk": {"contention": round(each * DAY)}},
        )
        for each in days
    ]


def found(comparison: Comparison) -> dict[str, str]:
    """Give the warnings of a comparison by their codes."""
    return {guard.code: guard.what for guard in comparison.guards()}


def study(
    *days: float, goals: tuple[Goal, ...] = (), settings: dict[str, Any] | None = None, **more: float
) -> Comparison:
    """Compare an as-is with a redesign that takes a day less."""
    before = result(*runs(*days, **more), goals=goals)
    after = result(*runs(*(each - 1 for each in days), **more), name="b")
    results = whole(before, after)
    return Comparison(Results(results.scenarios, replace(results.settings, **settings or {})), "as-is")


def test_a_sound_comparison_is_not_warned_of() -> None:
    """Several replications, a warm-up, no open cases, a light tail."""
    assert found(study(3, 4, 5)) == {}


def test_one_replication() -> None:
    """BP820: it comes first."""
    assert list(found(study(3))) == ["BP820"]
    assert study(3).notes()[0].startswith("BP820 warning: One replication says nothing of chance")


def test_logs_are_no_replications() -> None:
    """BP821: an interval over the cases of a run is refused."""
    log = replicate(plan(queue("exponential(mean=20min)", "10min", cases=20), days=2, drain=1), seed=1, replication=0)
    with pytest.raises(RunError, match=r"BP821 error: a log is one run: its cases share the queues"):
        compare(log, log)  # type: ignore[arg-type]


def test_an_empty_start_without_a_warm_up() -> None:
    """BP822: the reason is told; not where the run begins with a backlog, or never settles."""
    assert found(study(3, 4, settings={"warmup": 0})) == {
        "BP822": "No warm-up: the runs are measured from their empty beginning."
    }
    told = study(3, 4, settings={"warmup": 0, "note": "No warm-up: 20 values are too few. The runs are ..."})
    assert found(told)["BP822"].startswith("No warm-up: 20 values are too few")
    assert len(told.notes()) == 1
    results = told.results
    first = replace(results["as-is"], backlog={"register": {"cases": 40}})
    full = Comparison(Results({**results.scenarios, "as-is": first}, results.settings), "as-is")
    assert found(full) == {}
    assert full.notes() == [results.settings.note]
    first = replace(results["as-is"], overloaded=(("desk.clerk", 1.2),))
    assert found(Comparison(Results({**results.scenarios, "as-is": first}, results.settings), "as-is")) == {}


def test_unfinished_cases_left_out() -> None:
    """BP823: in each scenario, with their number."""
    warnings = study(3, 4, still_open=2).guards()
    assert [guard.code for guard in warnings] == ["BP823", "BP823"]
    assert warnings[1].what.startswith("b: 4 of 6 cases were still open at the end")


def test_utilisation_over_calendar_time() -> None:
    """BP824: a clerk without a calendar is there day and night; machines may be."""
    comparison = study(3, 4)
    for role, code in (("clerk", {"BP824"}), ("decider", set())):
        department = {"clerk": "desk", "decider": "permits"}[role]
        written = process().as_written()
        written["departments"][department]["roles"][role]["calendar"] = "always"
        results = {
            name: replace(each, process=Process.model_validate(written)) for name, each in comparison.results.items()
        }
        again = Comparison(Results(results, comparison.results.settings), "as-is")
        assert set(found(again)) == code


def test_different_seeds() -> None:
    """BP825: refused, whether the scenarios differ or the results."""
    with pytest.raises(RunError, match=r"BP825 error: .* differ in seed"):
        design([scenario(), scenario("b", seed=6)])
    one, other = study(3, 4).results, study(3, 4, settings={"seed": 6}).results
    with pytest.raises(RunError, match=r"BP825 error: .* differ in seed"):
        compare(one, other)


def test_means_only_with_a_heavy_tail() -> None:
    """BP826: one in twenty takes 10 times the median; not with a target for a quantile, nor where nothing is known."""
    told = found(study(3, 4, median=0.5))["BP826"]
    assert "(half of the cases take up to 0.50 d, one in twenty more than 5.0 d)" in told
    goal = Goal("lead_time.p95", "", "<=", 9.0 * DAY, "<= 9 days")
    assert found(study(3, 4, median=0.5, goals=(goal,))) == {}
    other = Goal("utilisation", "role=desk.clerk", "<=", 0.9, "<= 90%")
    assert found(study(3, 4, median=0.5, goals=(other,))) == {}
    short = [measured(("lead_time.mean", "ms", 1.0, 1.0))] * 2
    assert found(Comparison(whole(result(*short), result(*short, name="b")), "as-is")) == {}


@pytest.mark.parametrize(("flow", "warned"), [(-0.4, False), (-0.5, True), (-1.5, True), (0.5, False)])
def test_effects_that_were_typed_in(flow: float, *, warned: bool) -> None:
    """BP827: of a day less, the flow alone explains so much; below a half, or the other way, nothing is said."""
    results = study(3, 4).results
    flows = {"as-is": 3.0 * DAY, "b": (3.0 + flow) * DAY}
    scenarios = {name: replace(each, flow_lead_time=flows[name]) for name, each in results.items()}
    comparison = Comparison(Results(scenarios, results.settings), "as-is")
    assert ("BP827" in found(comparison)) == warned
    if flow == -0.5:
        told = "BP827 warning: b: 12.0 h of the 24.0 h of difference in mean lead time were typed in"
        assert any(note.startswith(told) for note in comparison.notes())


def test_warnings_are_in_the_answer_for_programs() -> None:
    """With their codes."""
    comparison = study(3, 4, still_open=2)
    assert [each["code"] for each in comparison.as_json()["warnings"]] == ["BP823", "BP823"]
    assert re.search(r"^BP823 warning: as-is: 4 of 6 cases", comparison.text(), re.MULTILINE)
