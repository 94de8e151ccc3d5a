"""As-is against redesigns: figures by hand, verdicts with Holm, words, targets and guards."""

import json
import math
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import pytest

from bpsim.comparison.compare import TRACKED, Comparison, compare
from bpsim.comparison.words import name_of
from bpsim.errors import RunError
from bpsim.experiment.results import Goal, Results, ScenarioResult
from bpsim.experiment.run import run
from bpsim.measures.measured import Measured
from bpsim.statistics.intervals import mean_interval, student_t
from tests.experiment.small import DAY, measured, pair, scenario
from tests.experiment.test_results import result, whole

LEAD, HANDOFFS, COST = TRACKED


def of(
    lead: float,
    handoffs: float = 7.0,
    cost: float = 100.0,
    *,
    busy: tuple[float, float] = (0.5, 0.6),
    still_open: int = 0,
) -> Measured:
    """Give a run of one finished case with these means (lead time in days) and two roles' utilisation."""
    ms = round(lead * DAY)
    return measured(
        (LEAD, "ms", float(ms), 1.0),
        (HANDOFFS, "", handoffs, 1.0),
        (COST, "cost", cost, 1.0),
        ("flow_efficiency", "share", 1.0, lead),
        ("utilisation", "role=desk.clerk", "share", busy[0], 1.0),
        ("utilisation", "role=permits.handler", "share", busy[1], 1.0),
        ("utilisation", "role=desk.clerk,hour=9", "share", 1.0, 1.0),
        still_open=still_open,
        cells={"permits": {"contention": ms}},
    )


def study(before: list[Measured], *others: tuple[str, list[Measured]], **goals: tuple[Goal, ...]) -> Comparison:
    """Compare runs written by hand; goals by the scenario's name."""
    scenarios: list[ScenarioResult] = [result(*before)]
    scenarios += [result(*runs, name=name, goals=goals.get(name, ())) for name, runs in others]
    return Comparison(whole(*scenarios), "as-is")


#: Differences of lead time: -4, -4.3 and -3.7 days; of handoffs -3.9; of cost -1, 3, -3.
BEFORE = [of(12.0), of(14.0), of(13.0)]
AFTER = [of(8.0, 3.1, 99.0), of(9.7, 3.1, 103.0), of(9.3, 3.1, 97.0)]


def test_differences_are_paired_and_their_intervals_by_hand() -> None:
    """Holm over three questions: handoffs first (p = 0, level 5 / 3 %), then lead time at 5 / 2 %, then cost at 5 %."""
    comparison = study(BEFORE, ("single", AFTER))
    line = comparison.line("single", LEAD)
    gaps = [-4.0, -4.3, -3.7]
    half = student_t(1 - 0.05 / 2, 2) * stdev(gaps) / math.sqrt(3)
    assert line.difference.mean / DAY == pytest.approx(-4)
    assert line.difference.high / DAY == pytest.approx(-4 + half)
    assert line.confidence == pytest.approx(0.975)
    assert line.verdict == "less"
    assert (line.baseline / DAY, line.value / DAY) == pytest.approx((13, mean([8, 9.7, 9.3])))
    assert comparison.line("single", HANDOFFS).confidence == pytest.approx(1 - 0.05 / 3)
    cost = comparison.line("single", COST)
    assert cost.verdict == "not proven"
    assert cost.confidence == pytest.approx(0.95)
    assert cost.difference == mean_interval([-1.0, 3.0, -3.0])


def test_holm_is_over_all_scenarios_and_tracked_measures() -> None:
    """Six questions: the lead time of one scenario, proven in a study of its own, is not where five more are asked."""
    # three differences -1, -2, -3: t = 2 / (1 / root 3) = 3.46, p = 0.074; with -2, -2.2, -2.4: t = 19, p = 0.0027
    weak = [of(10.0), of(11.8), of(10.6)]
    alone = study(BEFORE, ("weak", weak))
    assert alone.line("weak", LEAD).verdict == "less"
    noisy = [of(12.0, 7.0 + x, 100.0 + y) for x, y in ((1, 2), (-2, -3), (0.5, 3))]
    both = study(BEFORE, ("weak", weak), ("noisy", noisy))
    assert both.line("weak", LEAD).confidence >= alone.line("weak", LEAD).confidence
    assert both.line("weak", LEAD).difference.half_width >= alone.line("weak", LEAD).difference.half_width
    levels = sorted({round(both.line(name, key).confidence, 6) for name in both.names for key in TRACKED})
    assert levels[-1] == round(1 - 0.05 / 6, 6)


def test_only_tracked_measures_have_verdicts() -> None:
    """The others have plain 95 % intervals."""
    comparison = study(BEFORE, ("single", AFTER))
    line = comparison.line("single", "flow_efficiency")
    assert line.verdict == ""
    assert line.confidence == 0.95
    names = [each.name for each in comparison.lines("single")]
    assert names[:3] == list(TRACKED)
    assert "utilisation[role=desk.clerk]" in names
    assert "utilisation[role=desk.clerk,hour=9]" not in [each.name for each in comparison.key_lines("single")]
    with pytest.raises(KeyError, match="nothing cannot be compared between as-is and single"):
        comparison.line("single", "nothing")


def test_a_measure_that_only_one_of_them_has_is_not_compared() -> None:
    """A role of the redesign has no utilisation in the as-is."""
    extra = [
        Measured(
            (*run_.measures, measured(("queue.mean", "items", 1.0, 1.0)).measures[0]),
            run_.counts,
            run_.cells,
            run_.tasks,
        )
        for run_ in AFTER
    ]
    comparison = study(BEFORE, ("single", extra))
    assert "queue.mean" not in [line.name for line in comparison.lines("single")]


def test_the_sentence_says_what_is_proven_and_what_would_decide() -> None:
    """The words of 4.2: by how much, from what to what, which role is busy now, and what is open."""
    busy = [replace_busy(run_, 0.93) for run_ in AFTER]
    said = study(BEFORE, ("single-owner", busy)).sentence("single-owner")
    assert said.startswith("single-owner cuts mean lead time by 4.0 days (97.5 % CI 2.9 to 5.1; 31 %)")
    assert " and handoffs between departments per case from 7.0 to 3.1" in said
    assert "; a difference in cost per case is not proven (95 % CI -7.9 to 7.3; about " in said
    assert said.endswith("; desk.clerk becomes the bottleneck (utilisation 93 %).")


def replace_busy(run_: Measured, share: float) -> Measured:
    """Give a run in which the clerks are so busy."""
    measures = [
        replace(each, numerator=share) if (each.name, each.group) == ("utilisation", "role=desk.clerk") else each
        for each in run_.measures
    ]
    return replace(run_, measures=tuple(measures))


def test_a_measure_that_rises_has_its_own_verb() -> None:
    """Lead time less, cost more."""
    after = [of(each.value(LEAD) / DAY - 4, 7.0, 120.0 + i) for i, each in enumerate(BEFORE)]
    said = study(BEFORE, ("dear", after)).sentence("dear")
    assert "dear cuts mean lead time by 4.0 days" in said
    assert "and raises cost per case from 100.0 to 121.0" in said
    assert "no difference in handoffs between departments per case" in said


def test_not_proven_says_how_many_replications_would_decide_or_how_small_it_is() -> None:
    """Differences -2, 1, -1.4: mean -0.8, deviation 1.587; n with t(n - 1) x 1.587 / root n < 0.8 is 18."""
    after = [of(10.0), of(15.0), of(11.6)]
    line = study(BEFORE, ("maybe", after)).line("maybe", LEAD)
    gaps = [-2.0, 1.0, -1.4]
    decides = [n for n in range(2, 400) if student_t(line.confidence, n - 1) * stdev(gaps) / math.sqrt(n) < 0.8]
    assert line.verdict == "not proven"
    assert line.needed == decides[0]
    said = study(BEFORE, ("maybe", after)).sentence("maybe")
    assert f"about {decides[0]} replications would decide" in said
    balanced = [of(11.0), of(15.0), of(13.0)]
    still = study(BEFORE, ("even", balanced))
    reach = still.line("even", LEAD).difference.reach / DAY
    assert still.line("even", LEAD).needed is None
    assert f"no difference larger than {reach:.1f} days" in still.sentence("even")


def test_a_copy_differs_by_exactly_nothing() -> None:
    """Through the engine: another name, zero differences, zero cells, one verdict."""
    comparison = compare(scenario(), scenario("copy"), replications=3, workers=1)
    for line in comparison.lines("copy"):
        assert (line.difference.mean, line.difference.low, line.difference.high) == (0, 0, 0)
    assert {comparison.line("copy", key).verdict for key in TRACKED} == {"no difference"}
    assert comparison.sentence("copy") == (
        "copy: no difference in mean lead time, handoffs between departments per case and cost per case."
    )
    division = comparison.decomposition("copy")
    assert division is not None
    assert {cell.difference for cell in (*division.departments, *division.tasks)} == {0}
    assert comparison.results["copy"].log_hash == comparison.results["as-is"].log_hash


def test_targets_are_met_missed_or_not_proven_by_their_intervals() -> None:
    """Lead times of 8, 9.7 and 9.3 days: 95 % from 6.8 to 11.2 days. A target itself is met."""
    goals = tuple(
        Goal(LEAD, "", sign, days * DAY, f"{sign} {days} days")
        for sign, days in (("<=", 12.0), ("<=", 6.0), ("<=", 9.0), (">=", 6.0), (">=", 12.0), (">=", 9.0))
    )
    comparison = study(BEFORE, ("single", AFTER), single=goals)
    verdicts = [line.verdict for line in comparison.targets("single")]
    assert verdicts == ["met", "missed", "not proven", "met", "missed", "not proven"]
    assert comparison.tracked == ((LEAD, ""),)
    exact = study(BEFORE, ("b", AFTER), b=(Goal(HANDOFFS, "", "<=", 3.1, "<= 3.1"),))
    assert exact.targets("b")[0].verdict == "met"
    assert "target mean lead time <= 12.0 days: met (9.0 d, 95 % CI 6.8 to 11.2)" in comparison.text()


def test_a_target_about_what_a_scenario_no_longer_has_is_not_proven() -> None:
    """The redesign has no such role; the inherited target is neither met nor missed, and says why."""
    goal = Goal("utilisation", "role=desk.clerk", "<=", 0.8, "<= 80%")
    without = [
        replace(run_, measures=tuple(each for each in run_.measures if "desk.clerk" not in each.group))
        for run_ in AFTER
    ]
    comparison = study(BEFORE, ("b", without), b=(goal,))
    assert comparison.targets("b")[0].verdict == "not proven"
    assert "target utilisation (role desk.clerk) <= 80%: not proven (b has no such figure)" in comparison.text()
    assert comparison.as_json()["scenarios"]["b"]["targets"][0]["verdict"] == "not proven"


def test_a_target_in_one_replication_shows_no_interval() -> None:
    """The figure alone."""
    comparison = study(BEFORE[:1], ("b", AFTER[:1]), b=(Goal(LEAD, "", "<=", 9.0 * DAY, "<= 9 days"),))
    assert "target mean lead time <= 9 days: not proven (8.0 d)" in comparison.text()


def test_a_target_about_no_measure_is_refused() -> None:
    """With the nearest name."""
    with pytest.raises(RunError, match=r"BP726 error: .*lead_time.maen.*Did you mean 'lead_time.mean'"):
        study(BEFORE, ("b", AFTER), b=(Goal("lead_time.maen", "", "<=", 1.0, "<= 1"),))
    with pytest.raises(RunError, match="`bpsim run` lists the measures"):
        study(BEFORE, ("b", AFTER), b=(Goal("xyz", "", "<=", 1.0, "<= 1"),))


def test_one_replication_gives_no_intervals_and_no_verdicts() -> None:
    """It is said first."""
    comparison = study(BEFORE[:1], ("single", AFTER[:1]))
    assert (
        comparison.notes()[0] == "BP820 warning: One replication says nothing of chance: no intervals and no verdicts."
    )
    line = comparison.line("single", LEAD)
    assert line.verdict == "not proven"
    assert "a difference in mean lead time is not proven (from 12.0 d to 8.0 d in one replication)" in (
        comparison.sentence("single")
    )
    plain = comparison.as_json()["scenarios"]["single"]["measures"][LEAD]
    assert (plain["low"], plain["high"]) == (None, None)
    assert "-4.0" in comparison.text()
    assert comparison.targets("single") == []


def test_open_cases_stand_in_the_first_line_and_in_the_sentence() -> None:
    """Means are 'at least' then."""
    after = [replace(run_, counts=of(1.0, still_open=2).counts) for run_ in AFTER]
    comparison = study([of(12.0, still_open=2), of(14.0, still_open=2), of(13.0, still_open=2)], ("slow", after))
    first = comparison.text().splitlines()[0]
    assert first == (
        "as-is against slow; 3 replications, 9 cases per scenario, seed 5, warm-up 7 days; "
        "cases still open at the end: as-is 6 of 9, slow 6 of 9"
    )
    assert "terminating study: 12 cases were still open, so take the means as 'at least'" in comparison.sentence("slow")


def test_changed_demand_is_said() -> None:
    """The scenarios have different cases."""
    comparison = study(BEFORE, ("less", [replace(run_, counts=of(1.0, still_open=1).counts) for run_ in AFTER]))
    assert "less has 6 cases, as-is 3: demand itself was changed." in comparison.notes()


def test_results_of_one_experiment_can_be_put_together() -> None:
    """Scenarios run apart compare as those run together."""
    scenarios = pair()
    together = compare(*scenarios, workers=1)
    apart = compare(*[run(each, workers=1) for each in scenarios])
    assert apart.as_json() == together.as_json()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seed": 6}, "seed"),
        ({"length": 1}, "length"),
        ({"warmup": 0}, "warmup"),
        ({"start": "2026-01-05"}, "start"),
    ],
)
def test_results_of_other_experiments_are_not_comparable(change: dict[str, Any], said: str) -> None:
    """Different seeds, lengths or warm-ups are no luck in common."""
    first, second = whole(result(*BEFORE)), whole(result(*AFTER, name="b"))
    other = Results(second.scenarios, replace(second.settings, **change))
    with pytest.raises(RunError, match=f"BP(723|825) error: the results are not comparable: they differ in {said}"):
        compare(first, other)


def test_other_things_that_cannot_be_compared() -> None:
    """Numbers of replications, names, a mixture, nothing, a name that is not there."""
    first = whole(result(*BEFORE))
    with pytest.raises(RunError, match="differ in replications"):
        compare(first, whole(result(*AFTER[:2], name="b")))
    with pytest.raises(RunError, match="BP721"):
        compare(first, first)
    with pytest.raises(TypeError, match="scenarios, or results"):
        compare(first, scenario())
    with pytest.raises(TypeError, match="scenarios, or results"):
        compare()
    with pytest.raises(TypeError, match="scenarios, or results"):
        compare(first, "as-is")  # type: ignore[arg-type]
    with pytest.raises(RunError, match="no scenario is called 'c'"):
        compare(first, baseline="c")


def test_any_scenario_may_be_the_baseline() -> None:
    """The difference turns around."""
    results = study(BEFORE, ("single", AFTER)).results
    turned = compare(results, baseline="single")
    assert turned.names == ("as-is",)
    assert turned.line("as-is", LEAD).difference.mean / DAY == pytest.approx(4)
    assert turned.line("as-is", LEAD).verdict == "more"


def test_the_json_is_as_other_tools_rely_on_it() -> None:
    """Names, units that are shown, null where there is none; days for lead times of days."""
    plain = json.loads(json.dumps(study(BEFORE, ("single", AFTER)).as_json(), allow_nan=False))
    assert plain["baseline"] == "as-is"
    single = plain["scenarios"]["single"]
    assert single["tasks"] == [
        {"task": "permits", "cause": "contention", "difference": pytest.approx(-4), "unit": "days"}
    ]
    assert set(single) == {"measures", "decomposition", "tasks", "assumed", "emergent", "targets", "sentence"}
    lead = single["measures"][LEAD]
    assert lead["baseline"] == pytest.approx(13)
    assert lead["difference"] == pytest.approx(-4)
    assert lead["low"] < -4 < lead["high"]
    assert (lead["unit"], lead["verdict"]) == ("days", "less")
    assert single["measures"]["flow_efficiency"]["verdict"] is None
    assert single["measures"]["flow_efficiency"]["unit"] == "%"
    cell = {"department": "permits", "cause": "contention", "difference": pytest.approx(-4), "unit": "days"}
    assert single["decomposition"] == [cell]
    assert single["sentence"].startswith("single cuts mean lead time")


def test_the_text_has_a_sentence_a_table_and_the_largest_cells() -> None:
    """For each scenario."""
    text = study(BEFORE, ("single", AFTER)).text()
    lines = text.splitlines()
    assert lines[0] == "as-is against single; 3 replications, 3 cases per scenario, seed 5, warm-up 7 days"
    assert lines[2].startswith("single cuts")
    row = next(line for line in lines if line.startswith(LEAD))
    assert row.split()[:6] == [LEAD, "13.0", "d", "9.0", "d", "-4.0"]
    assert "(97.5 %)" in row
    assert row.endswith("less")
    assert lines[-2] == "Where mean lead time changed (-4.0 d): permits / contention -4.0 d"
    assert lines[-1] == "At which tasks: permits -4.0 d"


def test_what_is_printed_of_the_cells_adds_up() -> None:
    """By hand, in tenths of days: -30 +20 -7 -4 +1 = -20; by task -10 (-30 and +20), -11 (-7 and -4) and +1."""
    tenths = {"a": {"contention": -30, "batching": 20}, "b": {"contention": -7}, "c": {"client": -4, "setup": 1}}
    tasks = {"x": tenths["a"], "y": {"contention": -7, "client": -4}, "z": {"setup": 1}}

    def run_(days: float, *, more: bool) -> Measured:
        def whole_(parts: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
            return {
                place: {cause: 100 * DAY + more * value * DAY // 10 for cause, value in causes.items()}
                for place, causes in parts.items()
            }

        return measured((LEAD, "ms", days * DAY, 1.0), cells=whole_(tenths), tasks=whole_(tasks))

    comparison = study([run_(500, more=False)] * 2, ("b", [run_(498, more=True)] * 2))
    where, tasks_ = comparison.text().splitlines()[-2:]
    assert where == (
        "Where mean lead time changed (-2.0 d): a / contention -3.0 d, a / batching +2.0 d, b / contention -0.7 d, "
        "others -0.3 d"
    )
    assert tasks_ == "At which tasks: y -1.1 d, x -1.0 d, z +0.1 d"


def test_a_comparison_shows_itself_in_notebooks_and_escapes_names() -> None:
    """The same content as HTML; repr is the text."""
    comparison = study(BEFORE, ("a<b", AFTER))
    page = comparison._repr_html_()
    assert "a&lt;b cuts mean lead time" in page
    assert "a<b" not in page
    assert "<td>13.0 d</td>" in page
    assert repr(comparison) == comparison.text()


def test_a_comparison_becomes_a_data_frame() -> None:
    """A row per scenario and measure."""
    comparison = study(BEFORE, ("single", AFTER))
    frame = comparison.to_pandas()
    row = frame[(frame.scenario == "single") & (frame.measure == LEAD)].iloc[0]
    assert row.difference / DAY == pytest.approx(-4)
    assert row.verdict == "less"
    assert len(frame) == len(comparison.lines("single"))


def test_one_scenario_alone_is_its_own_report() -> None:
    """Nothing to compare with: only the first line."""
    comparison = Comparison(whole(result(*BEFORE)), "as-is")
    assert comparison.text() == "as-is; 3 replications, 3 cases per scenario, seed 5, warm-up 7 days"


def test_where_nothing_was_finished_nothing_is_compared() -> None:
    """No verdict, no cells, and a sentence that says so."""
    empty = [measured(finished=0, still_open=4)] * 2
    comparison = Comparison(whole(result(*empty), result(*empty, name="b")), "as-is")
    assert comparison.sentence("b").startswith("b: no case was finished in some replication")
    assert comparison.decomposition("b") is None
    assert comparison.as_json()["scenarios"]["b"]["decomposition"] == []
    assert "measure" in comparison.text()


@pytest.mark.parametrize(
    ("measure", "group", "words"),
    [
        ("lead_time.mean", "", "mean lead time"),
        ("lead_time.p90", "", "90th percentile of lead time"),
        ("handoffs.mean", "", "handoffs per case"),
        ("handoffs.person.p50", "", "50th percentile of handoffs between people per case"),
        ("cost_per_case.mean", "department=desk", "cost per case (department desk)"),
        ("on_time.statutory", "", "on time (statutory)"),
        ("lead_time.statutory.mean", "", "mean lead time (statutory)"),
        ("first_time_right", "", "first time right"),
        ("utilisation", "role=desk.clerk", "utilisation (role desk.clerk)"),
        ("handoffs.person.none", "", "handoffs (person none)"),
    ],
)
def test_measures_have_names_in_a_sentence(measure: str, group: str, words: str) -> None:
    """As a reader would say them."""
    assert name_of(measure, group) == words


def test_shares_differ_by_points() -> None:
    """From 40 % to 60 % are 20 points more, not 50 %."""
    before, after = (
        [
            measured(("on_time.legal", "share", above + i, 100.0), (LEAD, "ms", 0.0, 100.0), finished=100)
            for i in range(3)
        ]
        for above in (40.0, 60.0)
    )
    goal = Goal("on_time.legal", "", ">=", 0.5, ">= 50%")
    comparison = Comparison(whole(result(*before, goals=(goal,)), result(*after, name="b", goals=(goal,))), "as-is")
    assert comparison.sentence("b").startswith("b raises on time (legal) by 20.0 points (95 % CI 20.0 to 20.0; 49 %)")
    assert comparison.targets("b")[0].verdict == "met"
    assert comparison.targets("as-is")[0].verdict == "missed"
    said = "as-is: target on time (legal) >= 50%: missed (41.0 %, 95 % CI 38.5 to 43.5)"
    assert comparison.text().splitlines()[1] == said
    assert "as-is: target on time (legal) &gt;= 50%: missed" in comparison._repr_html_()


def test_what_is_assumed_and_what_emerges_add_up() -> None:
    """Lead time -4 days, of which the flow alone makes -1 day: -3 days emerge; without a flow run nothing is said."""
    flows = {"as-is": 3.0 * DAY, "single": 2.0 * DAY}
    plain = study(BEFORE, ("single", AFTER))
    assert plain.assumed("single") is None
    assert "Assumed" not in plain.text()
    results = whole(*(replace(each, flow_lead_time=flows[name]) for name, each in plain.results.items()))
    comparison = Comparison(results, "as-is")
    assert comparison.assumed("single") == pytest.approx((-DAY, -3 * DAY))
    said = "Assumed: -24.0 h from the flow itself; emergent: -3.0 d from queues, calendars, batches and transfers"
    assert comparison.text().endswith(said)
    assert said in comparison._repr_html_()
    plainly = comparison.as_json()["scenarios"]["single"]
    assert plainly["assumed"] == {"difference": -DAY, "unit": "ms"}
    assert plainly["emergent"]["difference"] == pytest.approx(-3 * DAY)


def test_the_same_process_assumes_nothing(tmp_path: Path) -> None:
    """A second decider changes no flow: 0 is assumed, all of it emerges, also after saving and loading."""
    comparison = compare(*pair(replications=2), workers=1)
    division = comparison.decomposition("two-deciders")
    assert division is not None
    assert comparison.assumed("two-deciders") == (0.0, float(division.total))
    text = comparison.text()
    assert "Assumed: 0 from the flow itself; emergent: -" in text
    comparison.results.save(tmp_path)
    assert compare(Results.load(tmp_path)).text() == text
