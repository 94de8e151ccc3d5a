"""Changing numbers by their paths in the written process."""

from typing import Any

import pytest

from bpsim.model.process import Evidence, Process
from bpsim.redesign.change import Mistakes
from bpsim.redesign.operators import Tune, read_change
from tests.redesign.sketch import Written, applied, refused, shown, sketch

ONLY = "Only numbers, durations and distributions can be tuned."
WITH = "after the change. Change the others with it, in the same entry."
PART = "Part time: use other_duties, or a shorter calendar."


def rich() -> Process:
    """A process with a number of every kind."""
    flow: Written = {
        "came": {"type": "start", "next": "which"},
        "which": {"type": "exclusive", "next": {"a": "30%", "b": "20%", "c": "else"}},
        "a": {
            "duration": {"by": "flag", "of": {"true": "2h", "false": "exponential(mean=1h)"}, "factor": "now.month"},
            "next": "rest",
            "batch": {"size": 3, "max_wait": "1d"},
        },
        "b": {"duration": {"value": "5-20 min", "factor": "2"}, "next": "rest", "documents": 2},
        "c": {
            "performer": "client",
            "duration": "2 working days",
            "timeout": {"after": "5d", "next": "rest"},
            "next": "rest",
        },
        "rest": {"type": "timer", "delay": "3d", "next": "odds"},
        "odds": {
            "type": "exclusive",
            "next": [
                {"to": "d", "p": "0.1 if flag else 0.2"},
                {"to": "d", "p": "10%"},
                {"to": "done", "p": "else"},
            ],
        },
        "d": {"next": "even", "same_person_as": "a"},
        "even": {"type": "exclusive", "next": {"d": "flag and visits(d) < 2", "done": "else"}},
        "done": {"type": "end"},
    }
    return sketch(
        flow,
        {
            "arrivals": {
                "every": "exponential(mean=2h)",
                "dispersion": {"daily": "gamma(cv=0.5)"},
                "profile": {"mon": 1.5},
            },
            "attributes": {
                "flag": "bernoulli(40%)",
                "kind": {"x": "60%", "y": "40%"},
                "size": "empirical([1, 2])",
                "level": 3,
            },
            "clocks": {"own": {"limit": "10 working days"}},
        },
        channels={"web": {"share": "70%"}, "post": {"share": "30%", "delay": "2d", "client_cost": 3}},
        transfers={"default": {"delay": "1d", "calendar": "office"}, "desk -> back": "2h", "within": 0},
    )


def value(process: Process, path: str) -> Any:  # noqa: ANN401
    """Read a place of the written form, step by step."""
    here: Any = process.as_written()
    for step in path.split("."):
        here = here[int(step)] if isinstance(here, list) else here[step]
    return here


@pytest.mark.parametrize(
    ("path", "new", "place", "after"),
    [
        ("departments.desk.roles.clerk.staff", 5, "", 5),
        ("departments.desk.roles.clerk.staff", {"multiply": 1.5}, "", 3),
        ("departments.desk.roles.clerk.staff", {"add": -1}, "", 1),
        ("departments.desk.roles.clerk.cost", "25/h", "", "25.0/h"),
        ("departments.desk.roles.clerk.cost", {"multiply": 1.1}, "", "22.0/h"),
        ("departments.desk.roles.clerk.cost", {"add": 2.5}, "", "22.5/h"),
        ("flow.b.duration", "1h", "flow.b.duration.value", "1h"),
        ("flow.b.duration", {"multiply": "50%"}, "flow.b.duration.value", "(5-20 min) * 0.5"),
        ("flow.b.duration.value", {"add": "10min"}, "flow.b.duration.value", "(5-20 min) + 10min"),
        ("flow.b.documents", {"add": 1}, "", 3),
        ("flow.a.duration.of.true", {"multiply": 0.5}, "flow.a.duration.choice.of.true", "1h"),
        ("flow.a.duration.choice.of.true", {"add": "-30min"}, "flow.a.duration.choice.of.true", "90min"),
        (
            "flow.a.duration",
            {"multiply": 2},
            "flow.a.duration.choice.of",
            {"true": "4h", "false": "(exponential(mean=1h)) * 2.0"},
        ),
        ("flow.a.duration", "45min", "flow.a.duration", {"value": "45min", "choice": None, "factor": "now.month"}),
        ("flow.a.batch.size", 5, "", 5),
        ("flow.a.batch.max_wait", {"multiply": 2}, "", "2d"),
        ("flow.c.duration", {"multiply": 1.5}, "flow.c.duration.value", "3 working days"),
        ("flow.c.timeout.after", {"add": "1d"}, "flow.c.timeout.after.value", "6d"),
        ("flow.rest.delay", {"multiply": 0.5}, "flow.rest.delay.value", "36h"),
        ("flow.which.next.a", "40%", "flow.which.next.0.share", "40%"),
        ("flow.which.next.a", {"multiply": 0.5}, "flow.which.next.0.share", "0.15"),
        ("flow.d.keeps_for", "1d", "", "1d"),
        ("cases.arrivals.every", {"multiply": 0.5}, "", "(exponential(mean=2h)) * 0.5"),
        ("cases.arrivals.profile.mon", {"add": 0.25}, "", 1.75),
        ("cases.arrivals.dispersion.daily", {"multiply": 2}, "", "gamma(cv=1.0)"),
        ("cases.attributes.flag", {"multiply": 0.5}, "", "bernoulli(0.2)"),
        ("cases.attributes.flag", {"add": "10%"}, "", "bernoulli(0.5)"),
        ("cases.attributes.size", {"add": 2}, "", "(empirical([1, 2])) + 2.0"),
        ("cases.attributes.size", {"multiply": 2}, "", "(empirical([1, 2])) * 2.0"),
        ("cases.attributes.level", {"add": 1}, "", "4"),
        ("cases.clocks.own.limit", {"multiply": 2}, "", "20 working days"),
        ("channels.post.delay", {"multiply": 0}, "", "0min"),
        ("channels.post.client_cost", {"multiply": 2}, "", 6.0),
        ("transfers.default", "3h", "transfers.default.delay", "3h"),
        ("transfers.default.delay", {"multiply": 0.5}, "transfers.default.delay", "12h"),
        ("transfers.desk -> back", {"multiply": 0.5}, "transfers.pairs.desk -> back.delay", "1h"),
        ("transfers.within", {"add": "10min"}, "transfers.within.delay", "10min"),
        ("transfers.within", {"add": 0}, "transfers.within.delay", "0"),
    ],
)
def test_tuned(path: str, new: object, place: str, after: object) -> None:
    """One number changes; everything else stays as it was."""
    process = rich()
    if new == {"add": 0}:
        assert refused(process, tune={path: new})[0].startswith("BP611")
        return
    changed = applied(process, tune={path: new})
    assert value(changed, place or path) == after
    left, right = process.as_written(), changed.as_written()
    section = path.split(".", maxsplit=1)[0]
    assert {k: v for k, v in left.items() if k != section} == {k: v for k, v in right.items() if k != section}


@pytest.mark.parametrize(
    ("path", "new", "said"),
    [
        ("flow.x.duration", "1h", "BP640 flow.x.duration: there is no x in flow."),
        ("flow.a.duratoin", "1h", "BP640 flow.a.duratoin: there is no duratoin in flow.a. Did you mean 'duration'?"),
        ("process.name", "1h", "BP640 process.name: there is no name in process."),
        ("chanels.web", 1, "BP640 chanels.web: there is no chanels. Did you mean 'channels'?"),
        (
            "transfers.desk -> bak",
            "1h",
            "BP640 transfers.desk -> bak: there is no desk -> bak in transfers. Did you mean 'desk -> back'?",
        ),
        ("flow.which.next.aa", 0.1, "BP640 flow.which.next.aa: no flow leads to aa there. Did you mean 'a'?"),
        ("flow.odds.next.d", 0.1, "BP640 flow.odds.next.d: 2 flows lead to d. A path must mean one of them."),
        ("flow.a.performer.x", 0.1, "BP640 flow.a.performer.x: no flow leads to x there."),
        ("flow.b.batch.size", 2, "BP640 flow.b.batch.size: there is no size in flow.b.batch."),
        ("flow.b.batch", 2, "BP640 flow.b.batch: nothing is set at flow.b.batch. Only what is there can be tuned."),
        (
            "flow.which.next.c",
            0.1,
            "BP641 flow.which.next.c: flow.which.next.c has no share of its own. Change the shares of the other flows.",
        ),
        (
            "flow.even.next.d",
            0.1,
            "BP641 flow.even.next.d: flow.even.next.d has no share of its own. Change the shares of the other flows.",
        ),
        (
            "flow.a.legal",
            1,
            "BP641 flow.a.legal: flow.a.legal is not a number. " + ONLY,
        ),
        (
            "flow.a.title",
            1,
            "BP641 flow.a.title: flow.a.title is not a number. " + ONLY,
        ),
        (
            "flow.a.performer",
            1,
            "BP641 flow.a.performer: flow.a.performer is not a number. " + ONLY,
        ),
        (
            "flow.d.keeps_for",
            {"multiply": 2},
            "BP641 flow.d.keeps_for: flow.d.keeps_for is never. Write the new value.",
        ),
        (
            "flow.c.duration",
            {"add": "1d"},
            "BP641 flow.c.duration: working days and a time cannot be added. Write the new value, or multiply it.",
        ),
        (
            "flow.b.duration",
            {"add": "-1min"},
            "BP641 flow.b.duration: nothing can be subtracted from what is drawn. Multiply it, or write the new value.",
        ),
        ("flow.rest.delay", {"add": "-4d"}, "BP205 flow.rest.delay: 1d below zero. Subtract less."),
        ("flow.rest.delay", "4", "BP201 flow.rest.delay: 4 what? Write the unit: 4min, 4h or 4d."),
        (
            "departments.desk.roles.clerk.staff",
            {"add": 0.5},
            "BP501 departments.desk.roles.clerk.staff: 2.5 is not a whole number. " + PART,
        ),
        ("flow.rest.delay", {"add": "3 dais"}, 'BP204 flow.rest.delay: unknown unit "dais". Did you mean "days"?'),
        ("flow.b.duration", "5-20 min", "BP611 : flow.b.duration has this value already. Leave the change out."),
        (
            "channels.web.share",
            "80%",
            "BP642 channels.web.share: the shares of channels sum to 1.1 " + WITH,
        ),
        (
            "channels.web.share",
            "60%",
            "BP642 channels.web.share: the shares of channels sum to 0.9 " + WITH,
        ),
        (
            "cases.attributes.kind.x",
            "50%",
            "BP642 cases.attributes.kind.x: the shares of cases.attributes.kind sum to 0.9 " + WITH,
        ),
        (
            "flow.which.next.a",
            "90%",
            "BP642 flow.which.next.a: the shares of flow.which.next sum to 1.1 " + WITH,
        ),
    ],
)
def test_refused(path: str, new: object, said: str) -> None:
    """A path that leads nowhere, what is no number, what is no value for it."""
    assert refused(rich(), tune={path: new}) == [said]


def test_shares_together() -> None:
    """Shares that are changed in one entry need only sum to 1 together; others are not looked at."""
    process = rich()
    after = applied(process, tune={"channels.web.share": "60%", "channels.post.share": "40%", "flow.b.documents": 0})
    assert [channel.share for channel in after.channels.values()] == [0.6, 0.4]
    said = refused(process, tune={"channels.web.share": "60%", "channels.post.share": "50%"})
    assert [line.split(":")[0] for line in said] == ["BP642 channels.web.share"]


def test_shares_that_depend_on_the_case() -> None:
    """A gateway with an expression among its shares is checked by nobody but the run."""
    flow: Written = {
        "came": {"type": "start", "next": "odds"},
        "odds": {
            "type": "exclusive",
            "next": [{"to": "a", "p": "0.2 * size"}, {"to": "b", "p": "10%"}, {"to": "done", "p": "else"}],
        },
        "a": {"next": "done"},
        "b": {"next": "done"},
        "done": {"type": "end"},
    }
    process = sketch(flow, {"attributes": {"size": "empirical([1, 2])"}})
    assert applied(process, tune={"flow.odds.next.b": "99%"}).flow["odds"].next[1].share.text == "99%"
    assert refused(process, tune={"flow.odds.next.a": {"multiply": 2}}) == [
        "BP641 flow.odds.next.a: flow.odds.next.a is not a number. " + ONLY
    ]


def test_a_value_that_the_model_refuses_whole() -> None:
    """A number that may have only one value is such a number, too."""
    assert refused(rich(), tune={"language": 2}) == ["BP104 language: Input should be 1."]


def test_not_a_value() -> None:
    """Values are read with the file."""
    written = {
        "flow.a.duration": {"divide": 2},
        "flow.b.duration": {"multiply": 2, "add": 1},
        "flow.c.duration": {"multiply": [2]},
        "flow.d.duration": {"multiply": "twice"},
        "flow.e.duration": {"multiply": -2},
        "flow.f.duration": True,
        "flow.g.duration": {"multiply": True},
    }
    with pytest.raises(Mistakes) as caught:
        read_change({"tune": written})
    hint = "Write a number, a duration or a distribution; {multiply: 0.8}; or {add: 10min}."
    assert [shown(trouble) for trouble in caught.value.troubles] == [
        f"BP612 tune.flow.a.duration: not one of multiply or add. {hint}",
        f"BP612 tune.flow.b.duration: not one of multiply or add. {hint}",
        f"BP104 tune.flow.c.duration.multiply: not a number. {hint}",
        'BP208 tune.flow.d.duration.multiply: "twice" is not a number. Write a number such as 2, 0.5 or 30%.',
        "BP502 tune.flow.e.duration.multiply: -2 is negative. Write zero or more.",
        f"BP104 tune.flow.f.duration: not a number. {hint}",
        f"BP104 tune.flow.g.duration.multiply: not a number. {hint}",
    ]
    with pytest.raises(Mistakes) as caught:
        read_change({"tune": {}})
    assert [shown(trouble) for trouble in caught.value.troubles] == [
        "BP612 tune: nothing to tune. Write a path: flow.review.duration: 20min."
    ]
    with pytest.raises(ValueError, match="dictionary"):
        Tune.model_validate(3)


def test_evidence() -> None:
    """What was said of the old number goes; what is said of the change is said of the new one."""
    said = {"evidence": {"flow.b.duration": {"grade": "log"}, "flow.b.documents": {"grade": "log"}}}
    process = Process.model_validate(rich().as_written() | said)
    assert list(applied(process, tune={"flow.b.duration": "1h"}).evidence) == ["flow.b.documents"]
    after = applied(process, tune={"flow.b.duration": "1h"}, evidence={"grade": "assumption"})
    assert after.evidence["flow.b.duration"] == Evidence(grade="assumption")


def test_in_words() -> None:
    """One plain sentence; in Python the paths stand in `values`."""
    change = Tune(
        values={"flow.a.duration": "1h", "flow.b.duration": {"multiply": 0.8}, "flow.c.duration": {"add": "1d"}}
    )
    assert str(change) == (
        "flow.a.duration becomes 1h, flow.b.duration is multiplied by 0.8 and flow.c.duration changes by 1d"
    )
    assert change.parameters() == dict(change.values)
    assert change.footprint(rich()).writes == {"flow.a.duration", "flow.b.duration", "flow.c.duration"}
    assert Tune(values={"transfers.within": "1h"}).footprint(rich()).writes == {"transfers"}


def test_numbers_of_demand() -> None:
    """Growth, a shock by its place in the list, errors, and chances by an attribute: all of them, or one for all."""
    arrivals = {"every": "1h", "growth": "10% per year", "shocks": [{"at": "1d", "times": 2, "lasts": "1w"}]}
    by = {"by": "hard", "of": {"true": "40%", "else": "10%"}}
    nodes = {"came": {"type": "start", "next": "a"}, "a": {"introduces_error": by, "next": "done"}}
    cases = {"arrivals": arrivals, "attributes": {"hard": "bernoulli(50%)"}}
    process = sketch({**nodes, "done": {"type": "end"}}, cases)
    after = applied(process, tune={"cases.arrivals.growth": {"multiply": 3}, "cases.arrivals.shocks.0.times": 5})
    assert after.cases.arrivals.growth == pytest.approx(0.3)
    assert after.cases.arrivals.shocks[0].times == 5
    halved = applied(process, tune={"flow.a.introduces_error": {"multiply": 0.5}}).tasks()["a"].introduces_error
    assert halved.of == {"true": 0.2, "else": 0.05}
    assert applied(process, tune={"flow.a.introduces_error": "3%"}).tasks()["a"].introduces_error == 0.03
    assert applied(process, tune={"flow.a.introduces_error.of.true": "3%"}).tasks()["a"].introduces_error.of == {
        "true": 0.03,
        "else": 0.1,
    }


def test_people_with_a_number_of_their_own_keep_it() -> None:
    """Who was as the role said follows it, overtime too; who was not stays."""
    clerk = {"people": {"anna": {}, "boris": {"cost": "50/h"}}, "cost": "20/h"}
    process = sketch(
        {"came": {"type": "start", "next": "a"}, "a": {"next": "done"}, "done": {"type": "end"}},
        departments={"desk": {"calendar": "office", "roles": {"clerk": clerk}}},
    )
    role = applied(process, tune={"departments.desk.roles.clerk.cost": "30/h"}).role("desk.clerk")
    assert (role.cost, role.overtime_cost) == (30, 30)
    assert {name: person.cost for name, person in role.people.items()} == {"anna": 30, "boris": 50}
    faster = applied(process, tune={"departments.desk.roles.clerk.proficiency": 1.5}).role("desk.clerk")
    assert [person.proficiency for _, person in faster.everybody()] == [1.5, 1.5]
    assert faster.overtime_cost == 20
