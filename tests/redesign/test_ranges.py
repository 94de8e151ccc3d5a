"""Ranges of evidence: which numbers they are about, and processes and changes with other numbers."""

from typing import Any

import pytest

from bpsim.errors import Mistake
from bpsim.model.process import Process
from bpsim.redesign.operators import read_change
from bpsim.redesign.ranges import Assumption, assumptions, having
from bpsim.redesign.scenario import Scenario
from tests.experiment.small import process

MINUTE = 60_000


def written() -> dict[str, Any]:
    """Give a process with a number of every kind."""
    plain = process().as_written()
    plain["flow"]["register"]["duration"] = "triangular(10min, 20min, 30min)"
    plain["flow"]["register"]["next"] = {"decide": "60%", "ask": "30%", "done": "10%"}
    plain["flow"]["register"]["type"] = "task"
    plain["flow"] = {
        **plain["flow"],
        "register": {**plain["flow"]["register"], "next": "which"},
        "which": {"type": "exclusive", "next": {"decide": 0.6, "ask": 0.3, "done": 0.1}},
        "ask": {"type": "exclusive", "next": {"decide": 0.2, "done": "else"}},
    }
    plain["flow"]["decide"]["duration"] = {"by": "major", "of": {"true": "1h", "false": "30min"}}
    plain["cases"]["attributes"] = {"major": "bernoulli(0.5)", "size": "uniform(1, 3)", "fixed": 4}
    plain["channels"] = {"post": {"share": 0.25}, "web": {"share": 0.75}}
    plain["transfers"] = {"default": {"delay": "4h"}, "within": {"delay": "1 working day"}}
    return plain


def with_ranges(**ranges: Any) -> Scenario:  # noqa: ANN401 - written data
    """Give a scenario whose process has ranges at paths (__ for a dot)."""
    evidence = {path.replace("__", "."): {"grade": "assumption", "range": ends} for path, ends in ranges.items()}
    return Scenario(
        scenario="as-is", base=Process.model_validate(written() | {"evidence": evidence | {"flow": {"grade": "log"}}})
    )


def only(scenario: Scenario) -> Assumption:
    """Give the one thing that may be otherwise."""
    (found,), unusable = assumptions(scenario)
    assert unusable == ()
    return found


def at(scenario: Scenario, value: float) -> Process:
    """Give the process with its one uncertain number so."""
    return having(scenario, {only(scenario): value}).process


def test_a_distribution_is_stretched_to_the_mean() -> None:
    """A triangle of mean 20 minutes with a mean of 30: everything half as long again; the evidence stays."""
    scenario = with_ranges(flow__register__duration=["15min", "40min"])
    found = only(scenario)
    assert (found.path, found.low, found.high, found.unit) == ("flow.register.duration", 15 * MINUTE, 40 * MINUTE, "ms")
    after = at(scenario, 30 * MINUTE)
    assert after.as_written()["flow"]["register"]["duration"]["value"] == "(triangular(10min, 20min, 30min)) * 1.5"
    assert after.evidence == scenario.process.evidence
    assert found.show(found.at(0.2)) == "20min"


def test_the_range_of_a_task_is_that_of_its_duration() -> None:
    """Evidence counts for what stands below its path; what is as it was stays the same object."""
    scenario = with_ranges(flow__register=["15min", "40min"])
    assert only(scenario).path == "flow.register.duration"
    assert at(scenario, 20 * MINUTE) is scenario.process


def test_a_duration_chosen_by_an_attribute_is_stretched_as_a_whole() -> None:
    """60 and 30 minutes have the mean 45; with 90 both are twice as long."""
    scenario = with_ranges(flow__decide__duration=["30min", "2h"])
    choice = at(scenario, 90 * MINUTE).as_written()["flow"]["decide"]["duration"]["choice"]
    assert choice["of"] == {"true": "2h", "false": "1h"}
    assert at(scenario, 45 * MINUTE).digest() == scenario.process.digest()


@pytest.mark.parametrize(
    ("path", "ends", "value", "keys", "after"),
    [
        ("departments.desk.roles.clerk.staff", [1, 5], 3.0, ("departments", "desk", "roles", "clerk", "staff"), 3),
        (
            "departments.desk.roles.clerk.cost",
            ["15/h", "30/h"],
            22.5,
            ("departments", "desk", "roles", "clerk", "cost"),
            "22.5/h",
        ),
        ("cases.attributes.major", ["10%", "90%"], 0.7, ("cases", "attributes", "major"), "bernoulli(0.7)"),
        ("cases.attributes.size", [1, 4], 3.0, ("cases", "attributes", "size"), "(uniform(1, 3)) * 1.5"),
        ("transfers.default", ["1h", "8h"], 2.0 * 60 * MINUTE, ("transfers", "default", "delay"), "2h"),
    ],
)
def test_numbers_of_every_kind(path: str, ends: list[Any], value: float, keys: tuple[str, ...], after: object) -> None:
    """People, money, odds, what is drawn, and a fixed delay."""
    plain: Any = at(with_ranges(**{path: ends}), value).as_written()
    for key in keys:
        plain = plain[key]
    assert plain == after


def test_people_are_whole() -> None:
    """Half-way between 1 and 4 people are 2; costs need not be whole."""
    assert only(with_ranges(**{"departments.desk.roles.clerk.staff": [1, 4]})).at(0.5) == 2
    assert only(with_ranges(**{"departments.desk.roles.clerk.cost": ["1/h", "4/h"]})).at(0.5) == 2.5
    assert only(with_ranges(**{"departments.desk.roles.clerk.cost": ["1/h", "4/h"]})).show(2.5) == "2.5"


def test_other_shares_make_room() -> None:
    """60, 30 and 10 % with 30 becoming 50: the others keep 6 to 1; where an `else` stands it takes the rest."""
    after = at(with_ranges(flow__which__next__ask=[0.1, 0.5]), 0.5)
    shares = {branch.to: float(branch.share.text) for branch in after.flow["which"].next}
    assert shares == pytest.approx({"decide": 0.6 * 5 / 7, "ask": 0.5, "done": 0.1 * 5 / 7})
    after = at(with_ranges(flow__ask__next__decide=[0.1, 0.5]), 0.5)
    assert [branch.share.text for branch in after.flow["ask"].next if branch.kind == "share"] == ["0.5"]
    after = at(with_ranges(channels__post__share=[0.1, 0.5]), 0.5)
    assert [channel.share for channel in after.channels.values()] == [0.5, 0.5]


@pytest.mark.parametrize(
    ("path", "ends", "why"),
    [
        ("flow.register.duration", [1, 2], "the range is not of the kind of what it is about"),
        ("departments.desk.roles.clerk.staff", ["1h", "2h"], "the range is not of the kind of what it is about"),
        ("transfers.within.delay", ["1h", "2h"], "the range is not of the kind of what it is about"),
        ("flow.register.duration", ["1h", "1 working day"], "the range is not of the kind of what it is about"),
        ("flow.register.duration", ["2h", "1h"], "2h is not below 1h"),
        ("flow.register.duration", ["1h"], "a range has a lowest and a highest value"),
        ("flow.register.nothing", ["1h", "2h"], "there is no nothing in flow.register"),
        ("flow.which.next.ask", [0.1, 1.5], "the shares of flow.which.next sum to 1.5 after the change"),
        ("flow.ask.next.decide", [0.1, 1.2], "the shares of flow.ask.next sum to 1.2 after the change"),
    ],
)
def test_ranges_that_cannot_be_varied_say_why(path: str, ends: list[Any], why: str) -> None:
    """They are left aside, not guessed at."""
    found, (unusable,) = assumptions(with_ranges(**{path: ends}))
    assert found == ()
    assert (unusable.name, unusable.why) == (path, why)


def change(**entry: Any) -> Scenario:  # noqa: ANN401 - written data
    """Give a scenario with one change."""
    return Scenario(scenario="as-is", base=process()).change(read_change(entry), name="to-be")


def evidence(*ends: Any, about: str = "") -> dict[str, Any]:  # noqa: ANN401 - written data
    """Write evidence with a range."""
    return {"grade": "assumption", "range": list(ends)} | ({"about": about} if about else {})


def test_the_range_of_a_change_is_about_its_one_number_or_the_one_it_names() -> None:
    """A tuned path, a delay of a transfer, the share of an automation."""
    tuned = change(tune={"flow.decide.duration": "1h"}, evidence=evidence("30min", "2h"))
    found = only(tuned)
    assert (found.name, found.low) == ("R1 flow.decide.duration", 30 * MINUTE)
    (after,) = having(tuned, {found: 45.0 * MINUTE}).changes
    assert after.parameters() == {"flow.decide.duration": "45min"}
    automate = {"tasks": ["decide"], "share": 0.6, "duration": "1min", "fallout": 0.1}
    partly = change(automate=automate, evidence=evidence("40%", "80%", about="share"))
    (after,) = having(partly, {only(partly): 0.5}).changes
    assert after.parameters()["share"] == 0.5
    hired = change(staff={"role": "desk.clerk", "add": 2}, evidence=evidence(1, 4))
    assert only(hired).whole
    timed = change(automate=automate, evidence=evidence("30s", "3min", about="duration.value"))
    (after,) = having(timed, {only(timed): 2.0 * MINUTE}).changes
    assert after.parameters()["duration"]["value"] == "2min"


def test_a_range_of_a_change_that_is_not_clear_says_so() -> None:
    """Several numbers, no such parameter, a value that cannot be."""
    automate = {"tasks": ["decide"], "share": 0.6, "duration": "1min", "fallout": 0.1}
    whys = []
    for said in (evidence(0.1, 0.2), evidence(0.1, 0.2, about="shore"), evidence(0.1, 1.2, about="share")):
        found, (unusable,) = assumptions(change(automate=automate, evidence=said))
        assert found == ()
        whys.append(unusable.why)
    assert whys[0].startswith("not clear which number it is of (share, ")
    assert whys[1:] == ["shore is no parameter of it", "share cannot be 1.2"]


def test_a_change_that_a_scenario_does_not_have_is_left_aside() -> None:
    """The as-is knows nothing of the redesign's numbers; a change without a range has none."""
    tuned = change(tune={"flow.decide.duration": "1h"}, evidence=evidence("30min", "2h"))
    before = Scenario(scenario="as-is", base=process())
    assert having(before, {only(tuned): 45.0 * MINUTE}) == before
    plain = change(tune={"flow.decide.duration": "1h"}, evidence={"grade": "log"})
    assert assumptions(plain) == ((), ())


def test_a_change_that_changes_nothing_with_its_number_is_left_out() -> None:
    """One clerk is there already; the change comes back with two."""
    hired = change(staff={"role": "desk.clerk", "set": 2}, evidence=evidence(1, 3))
    assert having(hired, {only(hired): 1.0}).changes == ()
    assert having(hired, {only(hired): 3.0}).resolved().departments["desk"].roles["clerk"].staff == 3


def test_a_number_that_cannot_be_is_a_mistake() -> None:
    """Beyond its range nothing is promised."""
    scenario = with_ranges(flow__which__next__ask=[0.1, 0.5])
    with pytest.raises(Mistake, match="sum to"):
        at(scenario, 1.5)
