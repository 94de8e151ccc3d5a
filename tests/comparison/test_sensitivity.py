"""Does it hold: against functions of known answer, with runs that meet a limit, and through the engine."""

import json
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from bpsim.comparison import sensitivity as module
from bpsim.comparison.compare import Comparison, compare
from bpsim.comparison.sensitivity import Sensitivity
from bpsim.errors import LimitError, RunError
from bpsim.experiment.results import Results
from bpsim.model.process import Process
from bpsim.redesign.operators import read_change
from bpsim.redesign.scenario import Scenario
from bpsim.statistics.sampling import latin_hypercube
from bpsim.values.durations import parse_duration
from tests.experiment.small import DAY, HOUR, measured, scenario
from tests.experiment.test_results import result, whole

LEAD = "lead_time.mean"
Figures = Callable[[Scenario], list[float]]


def as_is(**settings: Any) -> Scenario:  # noqa: ANN401 - written data
    """Give the small as-is with ranges: the work of deciders (mean 2 h) and the number of clerks (1)."""
    plain = scenario(**settings)
    ranges = {"flow.decide.duration": ["1h", "5h"], "departments.desk.roles.clerk.staff": [1, 3], "flow": []}
    said = {path: {"grade": "assumption", "range": ends} for path, ends in ranges.items()}
    process = Process.model_validate(plain.process.as_written() | {"evidence": said})
    return plain.model_copy(update={"process": process})


def to_be(before: Scenario) -> Scenario:
    """Give a redesign whose own number has a range too."""
    entry = {"tune": {"transfers.default.delay": "2h"}, "evidence": {"grade": "assumption", "range": ["1h", "3h"]}}
    return before.change(read_change(entry), name="to-be")


def work(one: Scenario) -> float:
    """Give the mean work of a decision in hours, as the scenario has it."""
    plain = one.process.as_written()["flow"]["decide"]["duration"]["value"]
    return 2 * float(plain.partition("* ")[2] or 1)


def days(one: Scenario) -> list[float]:
    """Give lead times of a known function: the redesign saves 3 days less its own delay in hours, less the work."""
    delay = {each.id: each for each in one.changes}
    saved = 3 - parse_duration(delay["R1"].parameters()["transfers.default.delay"]) / HOUR if delay else 0.0
    return [10 - saved * (4 - work(one)) + luck for luck in (0.0, 1.0, -1.0)]


def studied(
    monkeypatch: pytest.MonkeyPatch, of: Figures = days, samples: int = 0
) -> tuple[Sensitivity, list[Scenario]]:
    """Study a redesign whose runs follow a known function; give also what was run."""
    ran: list[Scenario] = []

    def made(arms: Iterable[Scenario]) -> Results:
        scenarios = [(arm.scenario, [measured((LEAD, "ms", value * DAY, 1.0)) for value in of(arm)]) for arm in arms]
        return whole(*(result(*runs, name=name) for name, runs in scenarios))

    def run(arms: Iterable[Scenario], **_: object) -> Results:
        ran.extend(arms := list(arms))
        return made(arms)

    monkeypatch.setattr(module, "run", run)
    before = as_is()
    after = to_be(before)
    known = {each.scenario: each for each in (before, after)}
    comparison = Comparison(made(known.values()), "as-is", known)
    return comparison.sensitivity("to-be", samples=samples, executor=nullcontext), ran  # type: ignore[arg-type]


def test_one_at_a_time_by_a_function_of_known_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """As assumed -(3 - 2) (4 - 2) = -2 days; work of 1 and 5 hours: -3 and +1; delay of 1 and 3 hours: -4 and 0."""
    study, ran = studied(monkeypatch)
    assert study.nominal[LEAD, ""].mean / DAY == -2
    bars = {bar.assumption.name: (bar.low, bar.high) for bar in study.tornado(LEAD)}
    assert list(bars) == ["flow.decide.duration", "R1 transfers.default.delay", "departments.desk.roles.clerk.staff"]
    means = [tuple(round(end.mean / DAY, 9) for end in ends if end) for ends in bars.values()]
    assert means == [(-3, 1), (-4, 0), (-2, -2)]
    assert len(ran) == 2 * 2 * 3
    assert {arm.experiment.replications for arm in ran} == {3}
    assert {arm.process.departments["desk"].roles["clerk"].staff for arm in ran} == {1, 3}


def test_the_ranking_over_sampled_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The redesign is better where the work is below 4 hours of 1 to 5: three quarters of 40 even slices."""
    study, ran = studied(monkeypatch, samples=40)
    holding = study.holds(LEAD)
    assert (holding.sets, holding.same, holding.proven) == (40, 30, 30)
    assert holding.share == 0.75
    works = sorted(work(arm) for arm in ran[12::2])
    assert all(1 + i / 10 <= each <= 1.1 + i / 10 for i, each in enumerate(works))
    assert [work(arm) for arm in ran[12::2]] == [work(arm) for arm in ran[13::2]]
    assert len(study.table) == 6 + 40 * 3
    text = study.text()
    assert text.startswith("Does it hold? to-be against as-is; 3 numbers with a range, 40 sets drawn from the ranges\n")
    ranking = "the ranking as-is against to-be holds in 75 % of the sets (proven in 75 %)"
    assert f"mean lead time: -2.0 ± 0.0 d as assumed; {ranking}" in text
    row = next(line for line in text.splitlines() if line.startswith("flow.decide.duration"))
    assert row.split() == ["flow.decide.duration", "1h", "-3.0", "±", "0.0", "5h", "+1.0", "±", "0.0"]
    assert repr(study) == text
    assert "holds in 75 % of the sets" in study._repr_html_()
    assert len(study.to_pandas()) == len(study.table)
    plain = json.loads(json.dumps(study.as_json(), allow_nan=False))["measures"][LEAD]
    assert (plain["unit"], plain["sets"], plain["holds"], plain["as_assumed"]["difference"]) == ("days", 40, 30, -2)


def test_what_a_limit_stops_is_counted_and_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """With work of 5 hours the queue explodes: no bar on that side, no set."""

    def of(one: Scenario) -> list[float]:
        if work(one) > 4.5:
            raise LimitError("BP711", "too many open cases")
        return days(one)

    study, _ = studied(monkeypatch, of, samples=8)
    assert study.stopped == 2
    assert study.holds(LEAD).sets == 7
    bar = next(bar for bar in study.tornado(LEAD) if bar.assumption.path == "flow.decide.duration")
    assert (bar.high, bar.swing) == (None, 0)
    assert "With 2 of the sets of numbers a run met a limit; these are left out." in study.text()
    plain = study.as_json()["measures"][LEAD]["tornado"]
    assert [each["at_high"]["difference"] for each in plain].count(None) == 1


def test_ranges_that_cannot_be_varied_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are."""
    study, _ = studied(monkeypatch)
    more = Sensitivity(
        **{each: getattr(study, each) for each in ("baseline", "name", "assumptions", "nominal", "trials", "units")},
        unusable=(module.Unusable("flow.x", "a range has a lowest and a highest value"),),
    )
    assert more.notes() == ["flow.x is not varied: a range has a lowest and a highest value."]
    assert str(study.holds(LEAD).share) == "nan"


def test_one_replication_has_no_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain figures, and nothing is proven."""
    study, _ = studied(monkeypatch, lambda one: days(one)[:1], samples=4)
    assert "mean lead time: -2.0 d as assumed" in study.text()
    assert study.holds(LEAD).proven == 0
    assert study.as_json()["measures"][LEAD]["as_assumed"]["low"] is None


def test_what_cannot_be_studied_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """No ranges; a number that the other scenario's process cannot have."""
    monkeypatch.setattr(module, "run", None)
    before = scenario()
    after = before.change(read_change({"staff": {"role": "desk.clerk", "set": 2}}), name="to-be")
    results = whole(result(measured((LEAD, "ms", 1.0, 1.0))), result(measured((LEAD, "ms", 1.0, 1.0)), name="to-be"))
    with pytest.raises(RunError, match=r"BP816 error: nothing in as-is or to-be has a range"):
        Comparison(results, "as-is", {"as-is": before, "to-be": after}).sensitivity("to-be", workers=1)
    other = scenario(parts={"decide": {"duration": "1 working day"}}).model_copy(update={"scenario": "as-is"})
    with pytest.raises(RunError, match=r"BP815 error: flow.decide.duration = 1h: the range is not of the kind"):
        Comparison(results, "as-is", {"as-is": other, "to-be": to_be(as_is())}).sensitivity("to-be", workers=1)


def test_a_latin_hypercube_has_a_point_in_every_slice() -> None:
    """By its definition; the same seed, the same points."""
    points = latin_hypercube(3, 10, seed=4)
    for dimension in range(3):
        assert sorted(int(point[dimension] * 10) for point in points) == list(range(10))
    assert latin_hypercube(3, 10, seed=4) == points != latin_hypercube(3, 10, seed=5)


def test_through_the_engine_an_end_is_a_comparison_of_its_own(tmp_path: Path) -> None:
    """Work of 1 hour instead of 2 in both scenarios; every pair of runs has its journal."""
    before = as_is(length="14d", drain="14d", replications=2)
    after = before.change(read_change({"tune": {"transfers.default.delay": "2h"}}), name="to-be")
    study = compare(before, after, workers=1).sensitivity("to-be", samples=0, workers=1, journal=tmp_path)
    low = next(bar.low for bar in study.tornado(LEAD) if bar.assumption.path == "flow.decide.duration")
    process = scenario(parts={"decide": {"duration": "exponential(mean=1h)"}}).process
    shorter = before.model_copy(update={"process": process})
    apart = compare(shorter, shorter.change(*after.changes, name="to-be"), workers=1).line("to-be", LEAD).difference
    assert low is not None
    assert low.mean == pytest.approx(apart.mean, abs=HOUR / 1000)
    assert low.mean != 0
    assert len(list(tmp_path.glob("000[0-3]/*.run.json"))) == 4 * 2 * 2
