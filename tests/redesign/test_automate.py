"""What systems do: tasks, wholly or in part, and the way of cases."""

import pytest

from bpsim.model.flow import Duration
from bpsim.redesign.operators import Automate
from tests.redesign.sketch import Written, applied, line, refused, sketch, ways

RICH = {
    "title": "Check",
    "contact": "out",
    "documents": 1,
    "legal": True,
    "batch": {"size": 2, "max_wait": "1d"},
    "duration": {"by": "kind", "of": {"1": "10min", "else": "exponential(mean=1h)"}},
    "assign": {"size": "size + 1"},
}
DATA = {"attributes": {"kind": "empirical([1, 2])", "size": 1}}


def rich(clocks: Written | None = None, **more: Written) -> Written:
    """One task with everything, in the middle of a loop."""
    flow: Written = {
        "came": {"type": "start", "next": "a"},
        "a": {"next": "check"},
        "check": RICH | {"next": "which"},
        "which": {"type": "exclusive", "next": {"check": "visits(check) < 2", "done": "else"}},
        "done": {"type": "end"},
    }
    for name, node in more.items():
        flow[name] = flow[name] | node
    return {"flow": flow, "cases": DATA | {"clocks": clocks or {}}}


def test_wholly() -> None:
    """The node stays, with what concerns the client and the law; runs and people go."""
    process = sketch(**rich({"own": {"to": "check", "limit": "5d"}}))
    after = applied(process, automate={"tasks": ["check"], "duration": "1min"})
    assert ways(after) == ways(process)
    task = after.tasks()["check"]
    assert (task.performer, str(task.duration.value), task.batch) == (("system",), "1min", None)
    assert (task.title, task.contact, task.documents, task.legal) == ("Check", ("out",), 1, True)
    assert task.assign == process.flow["check"].assign
    assert after.cases == process.cases


def test_for_a_share() -> None:
    """The system's task stands beside that of the people, with its lineage: a pass is done by one of the two."""
    process = sketch(**rich({"own": {"to": "check", "limit": "5d"}}))
    after = applied(process, straight_through={"tasks": ["check"], "share": "60%", "duration": "1min"})
    assert ways(after) == {
        "came": ["a"],
        "a": ["check_share"],
        "check_share": ["check_by_system", "check"],
        "check_by_system": ["which"],
        "check": ["which"],
        "which": ["check_share", "done"],
        "done": [],
    }
    gate, machine = after.flow["check_share"], after.tasks()["check_by_system"]
    assert [(b.kind, b.share.text) for b in gate.next] == [("share", "0.6"), ("else", "1")]
    assert (machine.was, machine.performer, machine.contact, machine.documents) == ("check", ("system",), ("out",), 1)
    assert machine.assign == process.flow["check"].assign
    assert after.flow["check"] == process.flow["check"]
    assert after.flow["which"].next[0].when.text == "(visits(check) + visits(check_by_system)) < 2"
    assert after.cases.clocks["own"].to == ("check", "check_by_system")


def test_with_fallout() -> None:
    """What the system gives back goes to the people; only what it finishes reaches the client and sets the data."""
    process = sketch(**rich({"own": {"to": "check", "limit": "5d"}}))
    entry = {"tasks": ["check"], "share": 0.6, "duration": "1min", "fallout": "5%", "residual_factor": 1.5}
    after = applied(process, automate=entry)
    assert ways(after) == {
        "came": ["a"],
        "a": ["check_share"],
        "check_share": ["check_by_system", "check"],
        "check_by_system": ["check_fallout"],
        "check_fallout": ["check", "check_done"],
        "check_done": ["which"],
        "check": ["which"],
        "which": ["check_share", "done"],
        "done": [],
    }
    machine, done = after.tasks()["check_by_system"], after.tasks()["check_done"]
    assert (machine.was, machine.contact, machine.documents, machine.assign) == ("", (), 0, {})
    assert (str(machine.duration.value), machine.legal) == ("1min", True)
    assert (done.was, done.contact, done.documents, done.duration) == ("check", ("out",), 1, Duration())
    assert done.assign == process.flow["check"].assign
    assert after.cases.clocks["own"].to == ("check", "check_done")
    choice = after.tasks()["check"].duration.choice
    assert choice is not None
    assert {key: str(value) for key, value in choice.of.items()} == {
        "1": "15min",
        "else": "(exponential(mean=1h)) * 1.5",
    }
    assert after.flow["check_fallout"].title == "Check: given back?"


def test_all_cases_with_fallout() -> None:
    """Without a share the system tries them all."""
    after = applied(line("a", "b"), automate={"tasks": ["b"], "fallout": "10%"})
    assert ways(after) == {
        "came": ["a"],
        "a": ["b_by_system"],
        "b_by_system": ["b_fallout"],
        "b_fallout": ["b", "b_done"],
        "b_done": ["done"],
        "b": ["done"],
        "done": [],
    }


def test_before_a_join() -> None:
    """The two ways meet before a join counts them."""
    process = sketch(
        {
            "came": {"type": "start", "next": "split"},
            "split": {"type": "parallel", "next": ["a", "b"]},
            "a": {"next": "join"},
            "b": {"next": "join"},
            "join": {"type": "parallel", "next": "done"},
            "done": {"type": "end"},
        }
    )
    after = applied(process, automate={"tasks": ["a", "b"], "share": 0.5})
    assert ways(after)["a_by_system"] == ["after_a"]
    assert ways(after)["a"] == ["after_a"]
    assert ways(after)["after_a"] == ["join"]
    assert ways(after)["split"] == ["a_share", "b_share"]


@pytest.mark.parametrize(
    ("duration", "longer"),
    [
        ("10min", "15min"),
        ("2 working days", "3 working days"),
        ("5-20 min", "(5-20 min) * 1.5"),
        ({"value": "10min", "factor": "now.month"}, "15min"),
    ],
)
def test_what_is_left_takes_longer(duration: object, longer: str) -> None:
    """The residual factor lengthens what people do, however it is written."""
    after = applied(
        line("a", a={"duration": duration}), automate={"tasks": ["a"], "share": 0.5, "residual_factor": 1.5}
    )
    assert str(after.tasks()["a"].duration.value) == longer


def test_what_is_left_of_parts() -> None:
    """A merged task is lengthened part by part."""
    merged = applied(line("a", "b"), merge={"tasks": ["a", "b"], "into": "ab"})
    after = applied(merged, automate={"tasks": ["ab"], "share": 0.5, "residual_factor": 1.5})
    assert [part.share for part in after.tasks()["ab"].parts] == [1.5, 1.5]


def test_transfers() -> None:
    """A way becomes electronic; one for all departments also counts between bodies where nothing else was said."""
    assert (
        sketch(line("a").as_written()["flow"], transfers={"default": "1d"}).transfers.between_bodies.calendar
        == "always"
    )
    old = {"default": {"delay": "1d", "calendar": "office"}, "desk -> back": "2d"}
    process = sketch(line("a").as_written()["flow"], transfers=old)
    after = applied(process, integral_technology={"transfers": {"desk  ->back": "1min"}}).transfers
    assert (str(after.pairs["desk -> back"].delay), after.pairs["desk -> back"].calendar) == ("1min", "always")
    assert after.default == process.transfers.default
    after = applied(process, automate={"transfers": {"default": "1min"}}).transfers
    assert (str(after.default.delay), str(after.between_bodies.delay)) == ("1min", "1min")
    process = sketch(line("a").as_written()["flow"], transfers=old | {"between_bodies": "3d"})
    after = applied(process, automate={"transfers": {"default": "1min", "within": "0min"}}).transfers
    assert (str(after.default.delay), str(after.between_bodies.delay), str(after.within.delay)) == (
        "1min",
        "3d",
        "0min",
    )


def test_transfers_refused() -> None:
    """Unknown departments, no way, what belongs to tasks, nothing new."""
    process = sketch(line("a").as_written()["flow"], transfers={"desk -> back": "1d"})
    assert refused(process, automate={"transfers": {"desk -> bak": "1min"}}) == [
        "BP603 transfers.desk -> bak: there is no department bak. Did you mean 'back'?"
    ]
    assert refused(process, automate={"transfers": {"desk": "1min"}, "share": 0.5}) == [
        "BP612 share: share beside transfers. They belong to tasks.",
        "BP603 transfers.desk: desk is no way between departments. Write a -> b, or default, between_bodies or within.",
    ]
    assert refused(process, automate={"transfers": {"desk -> back": "1d"}}) == [
        "BP611 transfers: the transfers are so already. Leave the change out."
    ]


def test_refused() -> None:
    """Both, neither, no share, a negative factor, a factor for nobody, a task named twice, a system already."""
    process = line("a", "b", b={"performer": "system"})
    assert refused(process, automate={}) == ["BP612 : neither tasks nor transfers. Write one of the two."]
    assert refused(process, automate={"tasks": ["a"], "transfers": {"within": "1h"}}) == [
        "BP612 : tasks and transfers at once. Write one of the two."
    ]
    assert refused(process, automate={"tasks": ["b"]}) == [
        "BP605 tasks.0: b is a task of a system, not a task done by people. Name a task with a role as its performer."
    ]
    assert refused(process, automate={"tasks": ["a", "a"], "share": 0, "residual_factor": -1}) == [
        "BP611 share: no case is tried. Write a share above 0%.",
        "BP502 residual_factor: -1 is negative. Write zero or more.",
        "BP612 tasks: a task named twice. Name each once.",
    ]
    assert refused(process, automate={"tasks": ["a"], "residual_factor": 2}) == [
        (
            "BP612 residual_factor: nothing is left to the people that could take longer. "
            "Write a share or a fallout, or leave it out."
        )
    ]


def test_what_needs_a_person_or_one_node() -> None:
    """Whoever did the task is nobody any more; a clock cannot start at two nodes."""
    process = sketch(
        {
            "came": {"type": "start", "next": "a"},
            "a": {"next": "b"},
            "b": {"next": "done", "same_person_as": "a"},
            "done": {"type": "end"},
        },
        {"clocks": {"own": {"from": "a", "to": "b", "limit": "5d"}}},
    )
    assert refused(process, automate={"tasks": ["a"]}) == [
        "BP607 tasks.0: b is done by whoever did a. End that first: allocate: {tasks: [b], policy: any}."
    ]
    assert refused(process, automate={"tasks": ["b", "a"]}) == []
    assert refused(process, automate={"tasks": ["a"], "share": 0.5}) == [
        "BP607 tasks.0: the clock own starts with a, which now has two ways. Let it start with another node."
    ]


def test_errors_of_the_system() -> None:
    """A system makes errors of its own, where it finishes; people make theirs as before."""
    process = line("a", a={"introduces_error": "5%"})
    assert applied(process, automate={"tasks": ["a"]}).tasks()["a"].introduces_error == 0.05
    assert applied(process, automate={"tasks": ["a"], "error": "1%"}).tasks()["a"].introduces_error == 0.01
    after = applied(process, automate={"tasks": ["a"], "share": 0.5, "fallout": 0.1, "error": 0}).tasks()
    assert [after[name].introduces_error for name in ("a", "a_by_system", "a_done")] == [0.05, 0, 0]
    by_kind = {"by": "channel", "of": {"direct": 0.02}}
    assert applied(process, automate={"tasks": ["a"], "error": by_kind}).tasks()["a"].introduces_error.of == {
        "direct": 0.02
    }
    assert refused(process, automate={"transfers": {"desk -> back": "1min"}, "error": 0.1}) == [
        "BP612 error: error beside transfers. They belong to tasks."
    ]


def test_the_price_is_paid_once() -> None:
    """What each completion costs is paid where the system finishes, not where it tries."""
    process = line("a", a={"price": 3})
    assert applied(process, automate={"tasks": ["a"]}).tasks()["a"].price == 3
    after = applied(process, automate={"tasks": ["a"], "fallout": 0.1}).tasks()
    assert [after[name].price for name in ("a", "a_by_system", "a_done")] == [3, 0, 3]


def test_somebody_is_left_for_what_is_given_back() -> None:
    """What a system gives back needs people: they cannot be replaced, too, but for a share."""
    after = applied(line("a"), automate={"tasks": ["a"], "fallout": 0.1})
    assert refused(after, automate={"tasks": ["a"]}) == [
        (
            "BP687 tasks.0: a does what a system gives back (a_fallout): nobody would be left who can. "
            "Let people keep it: write a share, or leave the task out."
        )
    ]
    assert refused(after, automate={"tasks": ["a"], "share": 0.5}) == []
    only_a_share = applied(line("a"), automate={"tasks": ["a"], "share": 0.5})
    assert refused(only_a_share, automate={"tasks": ["a"]}) == []


def test_evidence() -> None:
    """What was said of the people's time does not speak of the system's."""
    process = line("a", "b")
    said = {"evidence": {"flow.a.duration": {"grade": "log"}}}
    process = type(process).model_validate(process.as_written() | said)
    assert applied(process, automate={"tasks": ["a"]}).evidence == {}
    assert list(applied(process, automate={"tasks": ["a"], "share": 0.5}).evidence) == ["flow.a.duration"]


def test_in_words_and_footprint() -> None:
    """One plain sentence; what it touches."""
    assert str(Automate(tasks=("a", "b"))) == "a system does a and b"
    part = Automate(tasks=("a",), share=0.6, fallout=0.05)
    assert str(part) == "a system does a in 60% of the cases, which gives 5% of them back"
    assert str(Automate(transfers={"desk -> back": "1min"})) == "transfers become electronic: desk -> back"
    assert (Automate(tasks=("a",)).makes(), part.makes()) == ((), ("a_by_system",))
    process = line("x", "a", "b")
    whole = Automate(tasks=("a",)).footprint(process)
    assert whole.writes == {"flow.a"}
    people = {f"flow.{name}.{key}" for name in process.flow for key in ("same_person_as", "never_same_person_as")}
    assert whole.reads == {"cases.clocks", *people}
    names = ("x", "a", "a_by_system", "a_fallout", "a_done", "a_share")
    assert part.footprint(process).writes == {f"flow.{name}" for name in names}
    assert Automate(transfers={"desk -> back": "1min"}).footprint(process).writes == {"transfers"}
    process = sketch(**rich({"own": {"to": "check", "limit": "5d"}}))
    assert "cases" in Automate(tasks=("check",), share=0.5).footprint(process).writes
