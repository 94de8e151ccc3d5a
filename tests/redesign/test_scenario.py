"""Scenarios: what they hold, how they build on each other, and how they are written."""

import json
import pickle
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.errors import ChangeError, Mistake
from bpsim.measures.measured import measure
from bpsim.model.process import Process
from bpsim.reading.source import read_source
from bpsim.redesign.change import Mistakes
from bpsim.redesign.operators import Automate, Batch, Merge, Remove, Staff, Tune
from bpsim.redesign.scenario import (
    Costs,
    Experiment,
    Scenario,
    Sequential,
    Target,
    Until,
    read_changes,
    read_target,
    read_targets,
    unit_of,
)
from bpsim.values.durations import DAY, YEAR
from tests.redesign.sketch import line, shown


def as_is() -> Scenario:
    """A process of three tasks, the second in runs."""
    return Scenario(scenario="as-is", process=line("a", "b", "c", b={"batch": {"size": 2, "max_wait": "1d"}}))


def test_defaults() -> None:
    """A scenario without anything is the process as it is, for a year from a Monday."""
    scenario = as_is()
    assert scenario.experiment == Experiment(
        start="2025-01-06", length="1 year", warmup="auto", replications=30, seed=1
    )
    assert scenario.experiment.start == date(2025, 1, 6)
    assert scenario.experiment.length == YEAR
    assert scenario.experiment.drain_time() == YEAR
    assert Experiment(drain="5d").drain_time() == 5 * DAY
    assert scenario.resolved() is scenario.process
    assert (scenario.changes, scenario.targets, scenario.cost, scenario.lineage) == ((), (), Costs(), ())


def test_ids() -> None:
    """Changes without an id are named by their place, and never like another."""
    entries = [{"id": "R2", "remove": {"task": "a"}}, {"remove": {"task": "b"}}, {"remove": {"task": "c"}}]
    assert [change.id for change in read_changes(entries)] == ["R2", "R3", "R4"]
    with pytest.raises(Mistakes) as caught:
        read_changes([{"id": "x", "remove": {"task": "a"}}, {"id": "x", "remove": {"task": "b"}}])
    assert [shown(t) for t in caught.value.troubles] == [
        "BP610 1.id: x is the id of two changes. Give each change an id of its own."
    ]


def test_all_mistakes_of_a_list() -> None:
    """Every entry is read; each mistake has the number of its entry."""
    with pytest.raises(Mistakes) as caught:
        read_changes([{"remov": {"task": "a"}}, {"remove": {"task": "a"}}, {"remove": {}}])
    assert [shown(t) for t in caught.value.troubles] == [
        "BP601 0.remov: unknown operator. Did you mean 'remove'?",
        "BP103 2.remove.task: missing.",
    ]
    with pytest.raises(Mistake, match="changes are a list"):
        read_changes({"remove": {"task": "a"}})


def test_building_on_each_other() -> None:
    """A scenario of a scenario has all changes, its own name and the names of those before it."""
    first = as_is().change(Batch(task="b", rule=None), name="at-once")
    second = first.change(Staff(role="desk.clerk", add=1), Remove(task="c"))
    assert (first.path(), second.path()) == ("as-is / at-once", "as-is / at-once / to-be")
    assert [change.id for change in second.changes] == ["R1", "R2", "R3"]
    assert second.process is first.process is as_is().process or second.process == as_is().process
    assert second.resolved().tasks()["b"].batch is None
    third = second.change()
    assert (third.scenario, third.change().scenario) == ("to-be-2", "to-be-3")


def test_a_later_scenario_has_its_own_title_and_cost() -> None:
    """What a redesign is called and costs is not that of what it builds on; experiment and targets are."""
    first = Scenario(
        scenario="as-is",
        title="As it is",
        process=line("a"),
        cost={"once": 10},
        experiment={"seed": 7},
        targets={"lead_time.mean": "<= 1 day"},
    )
    second = first.change(Staff(role="desk.clerk", add=1))
    assert (second.title, second.cost) == ("", Costs())
    assert (second.experiment.seed, second.targets) == (7, first.targets)


def test_switching_off() -> None:
    """A change that is switched off takes with it what cannot be carried out without it, and nothing else."""
    scenario = as_is().change(
        Batch(task="b", rule=None),
        Merge(tasks=("a", "b"), into="ab"),
        Automate(tasks=("ab",), share=0.5),
        Staff(role="desk.clerk", add=1),
        Tune(values={"flow.ab_by_system.duration": "1min"}),
    )
    assert [change.id for change in scenario.without("R4").changes] == ["R1", "R2", "R3", "R5"]
    assert [change.id for change in scenario.without("R3").changes] == ["R1", "R2", "R4"]
    assert [change.id for change in scenario.without("R1").changes] == ["R4"]
    assert scenario.without("R1").resolution().troubles == ()
    assert [change.id for change in scenario.without("R2", "R4").changes] == ["R1"]
    assert scenario.without("R1").path() == "as-is / to-be / to-be without R1"
    with pytest.raises(KeyError, match="R9"):
        scenario.without("R9")


def test_switching_off_what_a_consequence_rests_on() -> None:
    """What breaks only the end result without another change rests on that change, too."""
    scenario = as_is().change(
        Staff(role="desk.senior", also=("clerk",)),
        Staff(role="desk.clerk", set=0),
    )
    assert scenario.resolution().troubles == ()
    assert scenario.without("R1").changes == ()


def full() -> Scenario:
    """A scenario with everything."""
    return Scenario.model_validate(
        {
            "scenario": "full",
            "title": "Everything & more",
            "base": line("a", "b", "c").as_written(),
            "changes": [
                {"id": "R1", "merge": {"tasks": ["a", "b"], "setup_saved": "5min"}},
                {
                    "tune": {"flow.c.duration": {"multiply": 0.5}},
                    "evidence": {"grade": "assumption", "range": [0.3, 0.9]},
                },
            ],
            "cost": {"once": 12000, "per_year": 3000},
            "experiment": {
                "start": "2025-03-03",
                "length": "26 weeks",
                "drain": "30d",
                "warmup": "4 weeks",
                "replications": {
                    "at_least": 10,
                    "until": {"measure": "lead_time.p90", "half_width": "2%"},
                    "at_most": 80,
                },
                "seed": 2021,
            },
            "targets": {
                "lead_time.p90": "<= 20 days",
                "utilisation[role=desk.clerk]": "<= 85%",
                "handoffs.mean": "<=3",
            },
            "lineage": ["as-is"],
        }
    )


def test_there_and_back() -> None:
    """What is written (as JSON, too) is read again to the same; defaults are not written."""
    scenario = full()
    assert Scenario.model_validate(json.loads(json.dumps(scenario.written()))) == scenario
    written = as_is().written()
    assert list(written) == ["scenario", "base"]
    assert Scenario.model_validate(written) == as_is()
    made = as_is().change(Batch(task="b", rule=None), name="x")
    assert Scenario.model_validate(made.written()) == made


def test_experiment() -> None:
    """Texts become numbers in milliseconds and shares."""
    experiment = full().experiment
    assert (experiment.start, experiment.length, experiment.drain) == (date(2025, 3, 3), 182 * DAY, 30 * DAY)
    assert (experiment.warmup, experiment.seed) == (28 * DAY, 2021)
    assert experiment.replications == Sequential(
        at_least=10, until=Until(measure="lead_time.p90", half_width=0.02), at_most=80
    )
    assert Experiment.model_validate(experiment.model_dump(mode="json")) == experiment
    assert Experiment(start=date(2025, 3, 3)).start == date(2025, 3, 3)


@pytest.mark.parametrize(
    ("given", "code", "what"),
    [
        ({"start": "2025-02-30"}, "BP651", "2025-02-30 is not a date"),
        ({"start": 2025}, "BP651", "2025 is not a date"),
        ({"length": "0 days"}, "BP652", "nothing happens in no time"),
        ({"length": "101 years"}, "BP652", "longer than 100 years"),
        ({"drain": "101 years"}, "BP652", "longer than 100 years"),
        ({"length": 365}, "BP201", "365 what?"),
        ({"warmup": "1 year"}, "BP654", "a warm-up of 365d in an experiment of 365d"),
        ({"replications": 0}, "BP653", "0 is not a number of replications"),
        ({"replications": True}, "BP653", "True is not a number of replications"),
        ({"replications": "many"}, "BP653", "many is not a number of replications"),
        ({"replications": {"at_least": 1}}, "BP653", "at_least 1 and at_most 200 replications"),
        ({"replications": {"at_least": 30, "at_most": 20}}, "BP653", "at_least 30 and at_most 20 replications"),
        ({"seed": -1}, "BP650", "-1 is not a seed"),
        ({"seed": 2**63}, "BP650", f"{2**63} is not a seed"),
        ({"seed": True}, "BP650", "True is not a seed"),
        ({"seed": "1"}, "BP650", "1 is not a seed"),
    ],
)
def test_experiment_refused(given: dict[str, Any], code: str, what: str) -> None:
    """What cannot be run."""
    with pytest.raises(ValidationError) as caught:
        Experiment.model_validate(given)
    cause = caught.value.errors()[0]["ctx"]["error"]
    found = cause.troubles[0] if isinstance(cause, Mistakes) else cause
    assert (found.code, found.what) == (code, what)
    assert Experiment(seed=2**63 - 1).seed == 2**63 - 1


@pytest.mark.parametrize(
    ("name", "text", "target"),
    [
        ("lead_time.p90", "<= 20 days", ("lead_time.p90", "", "<=", 20 * DAY)),
        ("lead_time.p90", " <=  20 days ", ("lead_time.p90", "", "<=", 20 * DAY)),
        ("on_time.statutory", ">= 95%", ("on_time.statutory", "", ">=", 0.95)),
        ("handoffs.mean", "<= 3", ("handoffs.mean", "", "<=", 3)),
        ("handoff_delay.mean", "<= 2h", ("handoff_delay.mean", "", "<=", 2 * 3_600_000)),
        ("handoffs.person.none", ">= 0.6", ("handoffs.person.none", "", ">=", 0.6)),
        ("waiting_time.mean[cause=batching]", "<= 0", ("waiting_time.mean", "cause=batching", "<=", 0)),
        ("utilisation [ role=desk.clerk ]", "<= 85%", ("utilisation", "role=desk.clerk", "<=", 0.85)),
        ("contacts.mean", "<= 1.5", ("contacts.mean", "", "<=", 1.5)),
    ],
)
def test_target(name: str, text: str, target: tuple[object, ...]) -> None:
    """A target has a measure, perhaps a group, a comparison and a value in the measure's unit."""
    found = read_target(name, text)
    assert (found.measure, found.group, found.comparison, found.value) == target
    assert found.text == text.strip()
    assert read_target(found.name, found.text) == found


def test_met() -> None:
    """The value itself is good enough."""
    low, high = read_target("lead_time.mean", "<= 1 day"), read_target("on_time.x", ">= 95%")
    assert [low.met_by(DAY), low.met_by(DAY + 1), high.met_by(0.95), high.met_by(0.94)] == [True, False, True, False]


@pytest.mark.parametrize(
    ("name", "text", "code", "what", "offset"),
    [
        ("lead time", "<= 1 day", "BP655", "'lead time' is no name of a measure", 0),
        ("lead_time.mean", "< 1 day", "BP655", "'< 1 day' is not a target", 0),
        ("lead_time.mean", 20, "BP655", "'20' is not a target", 0),
        ("lead_time.mean", "<= 20", "BP201", "20 what?", 3),
        ("lead_time.mean", "<= 2 dais", "BP204", 'unknown unit "dais"', 5),
        ("handoffs.mean", "<= 3 days", "BP208", '"3 days" is not a number', 3),
        ("on_time.x", ">= 95", "BP655", "on_time.x is a share, and 95 is none", 3),
        ("on_time.x", ">= 950", "BP655", "on_time.x is a share, and 950 is none", 3),
    ],
)
def test_no_target(name: str, text: object, code: str, what: str, offset: int) -> None:
    """What cannot be meant, with the place in the text."""
    with pytest.raises(Mistake) as caught:
        read_target(name, text)
    assert (caught.value.code, caught.value.what, caught.value.offset) == (code, what, offset)


def test_targets() -> None:
    """All mistakes at once, each at its measure."""
    with pytest.raises(Mistakes) as caught:
        read_targets({"lead_time.mean": "<= 20", "handoffs.mean": "<= 3", "on_time.x": ">= 95"})
    assert [shown(t) for t in caught.value.troubles] == [
        "BP201 lead_time.mean: 20 what? Write the unit: 20min, 20h or 20d.",
        "BP655 on_time.x: on_time.x is a share, and 95 is none. Did you mean 95%?",
    ]
    with pytest.raises(Mistake, match="targets are a mapping"):
        read_targets(["lead_time.mean <= 20 days"])
    target = read_target("handoffs.mean", "<= 3")
    assert read_targets((target,)) == (target,)
    assert isinstance(target, Target)


def test_units() -> None:
    """The unit follows from the name of the measure."""
    process = line("a", "b").model_copy(update={"cases": line("a").cases})
    clocks = {"clocks": {"own": {"limit": "1d"}}, "arrivals": {"every": "1h", "at_most": 3}}
    process = Process.model_validate(process.as_written() | {"cases": clocks})
    log = replicate(compile_plan(process, start=date(2025, 1, 6), length=5 * DAY, drain=DAY), seed=1, replication=0)
    units = {found.name: found.unit for found in measure(log).measures}
    assert {"lead_time.p90", "lead_time.own.mean", "handoff_delay.mean", "on_time.own", "cost"} < units.keys()
    written = read_source(Path(__file__).parents[1] / "corpus" / "valid" / "everything.yaml")
    everything = Process.model_validate(written.data)
    plan = compile_plan(everything, start=date(2025, 1, 6), length=30 * DAY, drain=60 * DAY)
    units |= {found.name: found.unit for found in measure(replicate(plan, seed=1, replication=0)).measures}
    assert {"abandonment", "time_to_fill.mean", "lead_time.gini", "lead_time.ratio", "held"} < units.keys()
    for name, unit in units.items():
        assert unit_of(name) == (unit if unit in {"ms", "share"} else "number"), name


def test_travelling() -> None:
    """A scenario, and what is wrong with its changes, reach a worker process whole."""
    scenario = full().change(Remove(task="x"))
    assert pickle.loads(pickle.dumps(scenario)) == scenario  # noqa: S301 - our own bytes
    with pytest.raises(ChangeError) as caught:
        scenario.resolved()
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301
    assert (type(again), again.problems, str(again)) == (ChangeError, caught.value.problems, str(caught.value))


def test_shown() -> None:
    """One line for people, and a short list for notebooks, with nothing of a name taken for markup."""
    scenario = full()
    assert (
        repr(scenario)
        == str(scenario)
        == ("Scenario(as-is / full: R1 a and b become one task, a_b; R2 flow.c.duration is multiplied by 0.5)")
    )
    assert repr(as_is()) == "Scenario(as-is: no changes)"
    html = scenario._repr_html_()
    assert html.startswith("<b>Everything &amp; more</b><ol")
    assert "<li><b>R2</b> flow.c.duration is multiplied by 0.5</li>" in html
    assert as_is()._repr_html_().startswith("<b>as-is</b>")
