"""What is not a number: set."""

import pytest

from bpsim.model.process import Process
from bpsim.redesign.change import Mistakes
from bpsim.redesign.operators import read_change, written_change
from tests.redesign.sketch import applied, line, refused, shown, sketch

CLERK = "departments.desk.roles.clerk"


def said() -> Process:
    """Make a process in which something is said of a value."""
    process = line("a", "b")
    said = {"flow.a.contact": {"grade": "assumption"}, "flow.b.contact": {"grade": "log"}}
    return Process.model_validate(process.as_written() | {"evidence": said})


def test_a_rule_a_calendar_and_a_condition() -> None:
    """Words, truths, lists, mappings and expressions stand where they stood before, in any written form."""
    values = {
        f"{CLERK}.discipline": "lifo",
        f"{CLERK}.calendar": "late",
        f"{CLERK}.also": ["desk.senior"],
        "flow.a.contact": "both",
        "flow.a.legal": True,
        "flow.b.batch": {"size": 3, "max_wait": "1d"},
        "cases.priority": "visits(a)",
    }
    after = applied(line("a", "b"), set=values)
    role, tasks = after.role("desk.clerk"), after.tasks()
    assert (role.discipline, role.calendar, role.also) == ("lifo", "late", ("desk.senior",))
    assert (tasks["a"].contact, tasks["a"].legal) == (("in", "out"), True)
    assert tasks["b"].batch is not None
    assert tasks["b"].batch.size == 3
    assert after.cases.priority.text == "visits(a)"


def test_people_follow_their_role() -> None:
    """Who worked in the hours of the role does so in its new hours."""
    roles = {"desk": {"calendar": "office", "roles": {"clerk": {"people": {"anna": {}, "bo": {"calendar": "late"}}}}}}
    flow = {"came": {"type": "start", "next": "a"}, "a": {"next": "done"}, "done": {"type": "end"}}
    process = sketch(flow, departments=roles, calendars={"office": "24/7", "late": "24/7", "early": "24/7"})
    change = read_change({"set": {f"{CLERK}.calendar": "early"}})
    role = change.apply(process).role("desk.clerk")
    assert [person.calendar for _, person in role.everybody()] == ["early", "late"]
    assert change.footprint(process).writes == {CLERK}
    assert read_change({"set": {f"{CLERK}.discipline": "lifo"}}).footprint(process).writes == {f"{CLERK}.discipline"}


def test_what_was_said_of_it() -> None:
    """The evidence of the change is that of the new value."""
    change = read_change({"set": {"flow.a.contact": "in"}, "evidence": {"grade": "published"}})
    assert {path: one.grade for path, one in change.apply(said()).evidence.items()} == {
        "flow.a.contact": "published",
        "flow.b.contact": "log",
    }


def test_refused() -> None:
    """A number; a path to nothing; a value that cannot be; nothing new."""
    process = line("a")
    assert refused(process, set={"flow.a.duration": "20min"}) == [
        "BP678 flow.a.duration: flow.a.duration is a number. Use tune: {flow.a.duration: 20min}."
    ]
    assert refused(process, set={"flow.z.contact": "in", f"{CLERK}.disciplin": "edd"}) == [
        "BP640 flow.z.contact: there is no z in flow.",
        f"BP640 {CLERK}.disciplin: there is no disciplin in {CLERK}. Did you mean 'discipline'?",
    ]
    assert refused(process, set={f"{CLERK}.discipline": "soon"}) == [
        f"BP104 {CLERK}.discipline: Input should be 'fifo', 'edd', 'spt', 'siro' or 'lifo'."
    ]
    assert refused(process, set={"cases.priority": "2 +"})[0].startswith("BP")
    assert refused(process, set={"flow.a.legal": False, "flow.a.contact": "none"}) == [
        "BP611 : flow.a.legal and flow.a.contact have this value already. Leave the change out."
    ]


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        ("flow.a.next", "b", "the flow itself. Use an operator of the flow, such as remove, insert, move or route."),
        ("flow.a", {}, "the flow itself. Use an operator of the flow, such as remove, insert, move or route."),
        ("departments", {}, "not one setting. Write the path of one setting."),
        ("process", "other", "not one setting. Write the path of one setting."),
    ],
)
def test_no_single_setting(path: str, value: object, line: str) -> None:
    """The flow has operators of its own, and a whole process is no setting."""
    with pytest.raises(Mistakes) as caught:
        read_change({"set": {path: value}})
    assert [shown(trouble) for trouble in caught.value.troubles] == [f"BP677 set.{path}: {path} is {line}"]


def test_nothing_to_set() -> None:
    """A path has a value, and there is a path."""
    for written, said in (
        ({}, "BP612 set: nothing to set. Write a path: departments.desk.roles.clerk.discipline: edd."),
        (
            {"flow.a.contact": None},
            "BP104 set.flow.a.contact: nothing where a value belongs. Write a value after the ':'.",
        ),
    ):
        with pytest.raises(Mistakes) as caught:
            read_change({"set": written})
        assert [shown(trouble) for trouble in caught.value.troubles] == [said]


def test_in_words() -> None:
    """One plain sentence; the entry is written as it was read."""
    values = {f"{CLERK}.also": ["desk.senior"], "flow.a.batch": {"size": 3}, "flow.a.legal": True}
    change = read_change({"id": "R1", "set": values})
    assert str(change) == (
        f"{CLERK}.also becomes [desk.senior], flow.a.batch becomes {{size: 3}} and flow.a.legal becomes true"
    )
    assert written_change(change) == {"id": "R1", "set": values}
