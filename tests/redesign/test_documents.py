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
