"""Documents, the order of tasks, trips and patience when tasks are removed, united or automated."""

from bpsim.redesign.operators import Merge
from tests.redesign.sketch import applied, refused, sketch

ITEMS = {"form": {"from": "client"}, "report": {"from": "check"}, "letter": {"from": "client"}}
FLOW = {
    "came": {"type": "start", "next": "check"},
    "check": {"needs": "form", "contact": "in", "must_precede": ["decide", "sign"], "next": "decide"},
    "decide": {"needs": ["report", "letter"], "produces": "form", "next": "sign"},
    "sign": {"contact": "in", "visit": "with check", "next": "done"},
    "done": {"type": "end"},
}


def test_united() -> None:
    """The new task needs what comes from outside, produces what its parts do, and goes before what they did."""
    after = applied(sketch(FLOW, items=ITEMS), merge={"tasks": ["check", "decide"], "into": "both"})
    task = after.tasks()["both"]
    assert set(task.needs) == {"form", "letter"}
    assert (task.produces, task.must_precede) == (("form",), ("sign",))
    assert after.items["report"].source == "both"
    assert after.tasks()["sign"].visit == "both"
    whole = applied(sketch(FLOW, items=ITEMS), merge={"tasks": ["check", "decide", "sign"], "into": "all"})
    assert (whole.tasks()["all"].visit, whole.tasks()["all"].must_precede) == ("", ())


def test_removed() -> None:
    """What came before a task that is gone need not any more; what a document or a trip needs, stays."""
    after = applied(sketch(FLOW, items=ITEMS), remove={"task": "decide"})
    assert after.tasks()["check"].must_precede == ("sign",)
    hint = "Change that first, or keep the task."
    assert refused(sketch(FLOW, items=ITEMS), remove={"task": "check"}) == [
        f"BP607 task: check is needed elsewhere: sign shares a trip with it. {hint}",
        f"BP607 task: check is needed elsewhere: the document report comes from it. {hint}",
    ]


def test_documents_that_are_needed_elsewhere() -> None:
    """A document that only the task makes, for all cases or for some; not one that another task makes before."""
    flow = {
        "came": {"type": "start", "next": "a"},
        "a": {"produces": ["note"], "next": "b"},
        "b": {"produces": ["note", "letter"], "next": "c"},
        "c": {"needs": ["note", "letter"], "next": "done"},
        "done": {"type": "end"},
    }
    process = sketch(flow, items={"note": {"from": "a"}, "letter": {"from": "client"}})
    hint = "Change that first, or keep the task."
    assert refused(process, remove={"task": "b"}) == []
    process = sketch(flow, items={"note": {"from": "a"}, "letter": {"from": "b"}})
    assert refused(process, remove={"task": "b", "share": "20%"}) == [
        f"BP607 task: b makes letter, and c needs it. {hint}"
    ]
    assert refused(process, remove={"task": "b"}) == [
        f"BP607 task: b is needed elsewhere: the document letter comes from it. {hint}"
    ]
    process = sketch(flow | {"b": {"next": "c"}}, items={"note": {"from": "external"}, "letter": {"from": "client"}})
    assert refused(process, remove={"task": "a"}) == [f"BP607 task: a makes note, and c needs it. {hint}"]


def test_a_patience_cannot_be_united() -> None:
    """An item with a patience of its own is no part of another task; a flow to where it leads is a flow."""
    flow = {**FLOW, "decide": {"reneges_after": {"after": "2d", "next": "sign"}, "next": "sign"}}
    process = sketch(flow, items={"form": {}})
    found = Merge(tasks=("check", "decide")).check(process)
    assert [trouble.what for trouble in found] == ["decide has a patience (reneges_after)"]
    after = applied(process, remove={"task": "sign"})
    assert after.tasks()["decide"].reneges_after.next == "done"  # type: ignore[union-attr]


def test_automated() -> None:
    """A system brings and needs the same documents, in the same order; nobody waits for it in a queue."""
    after = applied(sketch(FLOW, items=ITEMS), automate={"tasks": ["check"], "duration": "1min"})
    task = after.tasks()["check"]
    assert (task.performer, task.needs, task.must_precede) == (("system",), ("form",), ("decide", "sign"))


def test_numbers_of_short_forms_and_of_patience() -> None:
    """They are tuned by the paths at which they are written; who waits for ever goes on doing so."""
    work = {"performer": "desk.senior", "duration": "5min"}
    flow = {
        "came": {"type": "start", "next": "check"},
        "check": {"misrouting": {"share": "20%", "work": work, "delay": "1d"}, "reneges_after": "2d", "next": "ask"},
        "ask": {"performer": "client", "clarity": {"incomplete": "30%", "next": "ask"}, "next": "done"},
        "done": {"type": "end"},
    }
    kinds = {"kind": {"firm": "30%", "citizen": "70%"}}
    client = {"withdraws_after": {"by": "kind", "of": {"firm": "never", "citizen": "10d"}}}
    values = {
        "flow.check.misrouting.share": "10%",
        "flow.check.misrouting.work.duration": {"multiply": 2},
        "flow.check.misrouting.delay": "3d",
        "flow.check.reneges_after": "4d",
        "flow.ask.clarity.incomplete": "5%",
        "cases.client.withdraws_after": {"multiply": 2},
    }
    after = applied(sketch(flow, cases={"attributes": kinds, "client": client}), tune=values)
    assert after.flow["check_misrouted"].next[0].share.text == "10%"
    assert after.tasks()["check_wrong_desk"].duration.value.mean() == 10 * 60_000
    assert str(after.flow["check_referral"].delay.value) == "3d"  # type: ignore[union-attr]
    assert str(after.tasks()["check"].reneges_after.after.value) == "4d"  # type: ignore[union-attr]
    assert after.flow["ask_complete"].next[0].share.text == "5%"
    choice = after.cases.client.withdraws_after.choice  # type: ignore[union-attr]
    assert {name: draw.mean() for name, draw in choice.of.items()}["citizen"] == 20 * 86_400_000  # type: ignore[union-attr]
    assert str(choice.of["firm"]) == "never"  # type: ignore[union-attr]
