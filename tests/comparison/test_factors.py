"""Which change does it: against a function of known answer, with changes that need others, and through the engine."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from bpsim.comparison import factors as module
from bpsim.comparison.compare import Comparison, compare
from bpsim.comparison.factors import Factors
from bpsim.errors import RunError
from bpsim.experiment.results import Results
from bpsim.redesign.operators import read_change
from bpsim.redesign.scenario import Scenario
from bpsim.statistics.intervals import mean_interval
from tests.experiment.small import DAY, measured, scenario
from tests.experiment.test_results import result, whole

LEAD, COST = "lead_time.mean", "cost_per_case.mean"
#: Replications differ by these days, whatever is changed: differences have no spread.
LUCK = (10.0, 12.0, 11.0)
#: One replication in which R1 does a day more.
MORE = (0.0, 1.0, 0.0)


def redesign(*changes: dict[str, Any], name: str = "to-be", base: Scenario | None = None) -> Scenario:
    """Give a redesign of the small process."""
    return (base or scenario()).change(*map(read_change, changes), name=name)


def staff(set_: int, role: str = "desk.clerk", **beside: Any) -> dict[str, Any]:  # noqa: ANN401 - written data
    """Write a change of the head count."""
    return {"staff": {"role": role, "set": set_}, **beside}


THREE = redesign(staff(2), staff(2, "permits.decider"), {"tune": {"transfers.default.delay": "1h"}}, name="three")


def days(on: frozenset[str]) -> list[float]:
    """Give lead times by a function of known answer: -2a - 3b + c + 4ab + 6abc days, by the changes that are made."""
    a, b, c = ("R1" in on, "R2" in on, "R3" in on)
    value = -2 * a - 3 * b + c + 4 * (a and b) + 6 * (a and b and c)
    return [luck + value + more * a for luck, more in zip(LUCK, MORE, strict=True)]


def made(arms: Iterable[Scenario], of: Callable[[frozenset[str]], list[float]] = days) -> Results:
    """Give results of scenarios by a function of their changes."""
    scenarios = []
    for arm in arms:
        values = of(frozenset(change.id for change in arm.changes))
        runs = [measured((LEAD, "ms", value * DAY, 1.0), (COST, "cost", 5.0, 1.0)) for value in values]
        scenarios.append(result(*runs, name=arm.scenario))
    return whole(*scenarios)


def studied(
    monkeypatch: pytest.MonkeyPatch,
    after: Scenario,
    of: Callable[[frozenset[str]], list[float]] = days,
    before: Scenario | None = None,
) -> tuple[Factors, list[Scenario]]:
    """Study a redesign whose runs follow a known function; give also what was run."""
    ran: list[Scenario] = []

    def run(arms: Iterable[Scenario], **_: object) -> Results:
        ran.extend(arms)
        return made(ran, of)

    monkeypatch.setattr(module, "run", run)
    before = before or scenario()
    comparison = Comparison(made([before, after], of), "as-is", {each.scenario: each for each in (before, after)})
    return comparison.factors(after.scenario), ran


def figures(study: Factors, kind: str) -> dict[str, float]:
    """Give the effects on lead time of one kind, in days."""
    return {name: round(effect / DAY, 9) for m, _, k, name, effect, *_ in study.table if (m, k) == (LEAD, kind)}


def test_effects_are_those_of_the_function(monkeypatch: pytest.MonkeyPatch) -> None:
    """By hand; R1 has a third of a day more on average, in every combination."""
    study, ran = studied(monkeypatch, THREE)
    more = 1 / 3
    assert figures(study, "total") == {"all": pytest.approx(6 + more)}
    assert figures(study, "alone") == {"R1": pytest.approx(-2 + more), "R2": -3, "R3": 1}
    assert figures(study, "on top") == {"R1": pytest.approx(8 + more), "R2": 7, "R3": 7}
    assert figures(study, "main effect") == {"R1": pytest.approx(1.5 + more), "R2": 0.5, "R3": 2.5}
    assert figures(study, "share") == {"R1": pytest.approx(2 + more), "R2": 1, "R3": 3}
    assert figures(study, "interaction") == {"R1 x R2": 7, "R1 x R3": 3, "R2 x R3": 3}
    assert len(ran) == 6
    assert study.combinations == 8


def test_intervals_are_over_replications_pair_by_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    """What all combinations share cancels: only R1 differs between replications."""
    study, ran = studied(monkeypatch, THREE)
    (lead,) = (each for each in study.measures if each.measure == LEAD)
    alone = {effect.changes[0]: effect.interval for effect in lead.of("alone")}
    expected = mean_interval([(-2 + more) * DAY for more in MORE])
    assert (alone["R1"].low, alone["R1"].high) == pytest.approx((expected.low, expected.high))
    assert alone["R2"].half_width == 0
    assert {arm.experiment.warmup for arm in ran} == {7 * DAY}
    assert {(arm.experiment.replications, arm.experiment.seed) for arm in ran} == {(3, 5)}


def test_what_needs_a_change_goes_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """R2 tunes a task that R1 makes: of four combinations three are left, and R2 alone does nothing."""
    before = scenario(parts={"decide": {"performer": "desk.clerk"}})
    merge = {"merge": {"tasks": ["register", "decide"], "into": "all"}}
    after = redesign(merge, {"tune": {"flow.all.duration": "10min"}}, base=before)
    study, ran = studied(monkeypatch, after, before=before)
    assert [each.takes for each in study.changes] == [("R2",), ()]
    assert study.notes() == ["Without R1 there is no R2: it goes too."]
    assert [[change.id for change in arm.changes] for arm in ran] == [["R1"]]
    assert study.combinations == 3
    assert figures(study, "alone") == {"R1": pytest.approx(-2 + 1 / 3), "R2": 0}
    assert figures(study, "on top") == {"R1": pytest.approx(-1 + 1 / 3), "R2": 1}


def test_only_changes_beyond_the_baseline_are_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scenario of a scenario: what its base has too stays on; one change needs no further run."""
    base = redesign(staff(2), name="first")
    after = redesign(staff(2, "permits.decider"), name="second", base=base)
    comparison = Comparison(made([base, after]), "first", {each.scenario: each for each in (base, after)})
    monkeypatch.setattr(module, "run", None)
    study = comparison.factors("second")
    assert [each.id for each in study.changes] == ["R2"]
    for kind in ("total", "alone", "on top", "main effect", "share"):
        assert list(figures(study, kind).values()) == [1]


def test_more_than_six_changes_are_a_fraction(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven: 16 of 128 combinations and those with one switched off or alone; no shares; mixed interactions say so."""
    changes = [{"id": f"C{i}", "tune": {"flow.register.duration": {"multiply": 0.9}}} for i in range(7)]

    def of(on: frozenset[str]) -> list[float]:
        return [20 - ("C0" in on) - 2 * ("C1" in on) - 4 * ({"C2", "C3"} <= on) + 0.0] * 3

    study, ran = studied(monkeypatch, redesign(*changes), of)
    assert study.as_json()["design"] == "fraction"
    assert len(ran) == study.combinations - 2 <= 16 + 14
    assert figures(study, "main effect") == {
        f"C{i}": {0: -1.0, 1: -2.0, 2: -2.0, 3: -2.0}.get(i, 0.0) for i in range(7)
    }
    assert figures(study, "on top")["C3"] == -4
    assert figures(study, "share") == {}
    (name,) = (name for name, effect in figures(study, "interaction").items() if effect)
    assert "C2 x C3" in name.split(" or ")
    assert "16 of 128 combinations were run" in study.text()
    assert f"{name}: -4.0 d beyond the sum of each alone" in study.text().replace(" ± 0.0", "")


def test_it_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Head, changes, a table for each measure, interactions that are no chance, and what the columns mean."""
    study, _ = studied(monkeypatch, THREE)
    text = study.text()
    assert text.startswith("What each change does: three against as-is; 3 changes, 8 combinations, 3 replications\n")
    assert "  R2  permits.decider" in text
    assert "mean lead time: +6.3 ± 1.4 d in all" in text
    row = next(line for line in text.splitlines() if line.startswith("R2  "))
    assert row.split() == ["R2", "-3.0", "±", "0.0", "+7.0", "±", "0.0", "+0.5", "±", "0.0", "+1.0", "±", "0.0"]
    assert "  R1 x R2: +7.0 ± 0.0 d beyond the sum of each alone" in text
    assert "one in twenty excludes 0 by chance" in text
    assert "cost per case: 0 in all" in text
    page = study._repr_html_()
    assert "<td>+7.0 ± 0.0</td>" in page
    assert repr(study) == text
    assert len(study.to_pandas()) == len(study.table)


def test_a_measure_that_some_combination_lacks_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The handoffs of the tracked measures are in none of these results."""
    study, _ = studied(monkeypatch, THREE)
    assert [each.measure for each in study.measures] == [LEAD, COST]


def test_a_copy_has_nothing_to_switch_off() -> None:
    """It is said, and nothing is run."""
    copy = scenario("copy")
    comparison = Comparison(made([scenario(), copy]), "as-is", {"as-is": scenario(), "copy": copy})
    study = comparison.factors("copy")
    assert study.text() == "copy has no changes beyond as-is: there is nothing to switch off."
    assert study.as_json()["design"] == "none"
    assert study._repr_html_() == "<p>copy has no changes beyond as-is: there is nothing to switch off.</p>"


def test_one_replication_has_no_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain figures, null ends, no interactions told."""
    study, _ = studied(monkeypatch, THREE, lambda on: days(on)[:1])
    assert "mean lead time: +6.0 d in all" in study.text()
    assert "beyond the sum" not in study.text()
    plain = json.loads(json.dumps(study.as_json(), allow_nan=False))
    assert plain["measures"][LEAD]["total"] == {"effect": 6.0, "low": None, "high": None}


def test_what_cannot_be_studied_is_refused() -> None:
    """Results alone, a redesign of something else, too many changes, no such name."""
    before = scenario()
    results = made([before, THREE])
    with pytest.raises(RunError, match=r"BP805 error: only the results of as-is are known"):
        Comparison(results, "as-is").factors("three")
    other = Comparison(results, "as-is", {"as-is": scenario(parts={"every": "5h"}), "three": THREE})
    with pytest.raises(RunError, match=r"BP806 error: three does not build on as-is"):
        other.factors("three")
    many = redesign(*({"tune": {"flow.register.duration": {"multiply": 0.9}}} for _ in range(33)), name="three")
    with pytest.raises(RunError, match=r"BP807 limit: three has 33 changes; at most 32"):
        Comparison(results, "as-is", {"as-is": before, "three": many}).factors("three")
    with pytest.raises(KeyError, match="no scenario is called 'four'"):
        Comparison(results, "as-is", {"as-is": before}).factors("four")


def test_through_the_engine_the_ends_are_the_comparison() -> None:
    """Two changes: the shares add up to the printed difference, and a change alone is a comparison of its own."""
    settings: dict[str, Any] = {"length": "28d", "drain": "28d", "replications": 3}
    before = scenario(**settings)
    after = redesign(staff(2), staff(2, "permits.decider"), base=before)
    comparison = compare(before, after, workers=1)
    study = comparison.factors("to-be", workers=1)
    whole_ = comparison.line("to-be", LEAD).difference.mean / DAY
    assert sum(figures(study, "share").values()) == pytest.approx(whole_, abs=1e-6)
    alone = compare(before, redesign(staff(2), base=before), workers=1).line("to-be", LEAD).difference.mean / DAY
    assert figures(study, "alone")["R1"] == pytest.approx(alone, abs=1e-6)
    assert alone != 0
