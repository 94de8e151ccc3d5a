"""Tasks for somebody else: reassign."""

from typing import Any

from bpsim.model.written import ALWAYS, NEVER
from bpsim.redesign.operators import Reassign, read_change
from tests.redesign.sketch import Written, applied, line, refused, sketch, ways

#: As much as a task of people can say.
BUSY: Written = {
    "performer": ["desk.clerk", "desk.senior"],
    "contact": "out",
    "documents": 1,
    "legal": True,
    "same_person_as": "a",
    "keeps_for": "4h",
    "familiarity": "80%",
    "preempts": True,
}


def test_another_role() -> None:
    """Whoever can do it does it; everything else stays as it was."""
    process = line("a", "b", a={"performer": "desk.senior"}, b=BUSY)
    after = applied(process, reassign={"tasks": ["b"], "to": "desk.senior"}).tasks()["b"]
    assert after == process.tasks()["b"].model_copy(update={"performer": ("desk.senior",)})
    trained = applied(line("a"), cross_train={"role": "back.handler", "also": ["desk.clerk"]})
    there = applied(
        trained, clarify_responsibility={"tasks": ["a"], "to": "back.handler", "terms": {"response": "20min"}}
    )
    task = there.tasks()["a"]
    assert (task.performer, str(task.duration.value), task.was) == (("back.handler",), "20min", "")


def test_competence() -> None:
    """Who has not the skill does not get the task; nobody is asked for a skill where nobody had one."""
    process = line("a", "b", b={"performer": "client", "duration": "3d", "price": 5})
    assert refused(process, reassign={"tasks": ["a"], "to": "back.handler"}) == [
        "BP675 tasks.0: back.handler cannot do a. Cross-train first: staff: {role: back.handler, also: [desk.clerk]}."
    ]
    after = applied(process, reassign={"tasks": ["b"], "to": "back.handler", "terms": {"response": "1h"}}).tasks()["b"]
    assert (after.performer, str(after.duration.value), after.price) == (("back.handler",), "1h", 0)
    machine = applied(process, reassign={"tasks": ["a"], "to": "back.robot"}).tasks()["a"]
    assert machine.performer == ("back.robot",)


def test_outside() -> None:
    """A third party answers in its own time, for its price, with its errors: nothing of people and queues is left."""
    terms = {"response": "lognormal(median=3d, p90=9d)", "price": 30, "error": "5%"}
    process = line("a", "b", b=BUSY | {"reneges_after": "3d"})
    after = applied(process, outsource={"tasks": ["b"], "terms": terms}).tasks()["b"]
    assert (after.performer, str(after.duration.value)) == (("external",), terms["response"])
    assert (after.price, after.introduces_error) == (30, 0.05)
    assert (after.contact, after.documents, after.legal) == (("out",), 1, True)
    assert (after.wishes(), after.familiarity, after.keeps_for) == ([], 1, NEVER)
    assert (after.preempts, after.reneges_after, after.calendar) == (False, None, ALWAYS)
    assert read_change({"outsource": {"tasks": ["b"], "terms": terms}}).to == "external"


def test_the_client_and_a_system() -> None:
    """The control may lie with the client; a system takes as long as the people, unless the terms say otherwise."""
    process = line("a", "b", b={"performer": "external", "duration": "3d", "calendar": "office", "price": 8})
    after = applied(process, relocate_control={"tasks": ["a", "b"], "terms": {"response": "2d"}}).tasks()
    assert [after[name].performer for name in "ab"] == [("client",), ("client",)]
    assert [after[name].calendar for name in "ab"] == [ALWAYS, "office"]
    assert [after[name].price for name in "ab"] == [0, 0]
    machine = applied(process, reassign={"tasks": ["a", "b"], "to": "system"}).tasks()
    assert [machine[name].calendar for name in "ab"] == [ALWAYS, ALWAYS]
    assert machine["a"].duration == process.tasks()["a"].duration


def test_held_work() -> None:
    """What only the timeout of held work led to goes with it; a timeout of the task itself stays."""
    batch = {"size": 3, "max_wait": "9d", "timeout": {"after": "5d", "next": "late"}}
    flow: Written = {
        "came": {"type": "start", "next": "a"},
        "a": {"batch": batch, "next": "b"},
        "b": {"timeout": {"after": "1d", "next": "slow"}, "next": "done"},
        "late": {"next": "done"},
        "slow": {"next": "done"},
        "done": {"type": "end"},
    }
    process = sketch(flow)
    change = {"tasks": ["a", "b"], "to": "external", "terms": {"response": "2d"}}
    after = applied(process, reassign=change)
    assert ways(after) == {
        "came": ["a"],
        "a": ["b"],
        "b": ["done", "(timeout) slow"],
        "slow": ["done"],
        "done": [],
    }
    found = read_change({"reassign": change}).footprint(process)
    assert {"flow.a", "flow.b", "flow.late"} == found.writes
    assert "flow" in found.reads


def test_refused() -> None:
    """No such task or role; no task; named twice; no answer; a price of a role; nothing new."""
    process = line("a", "b", "c", b={"performer": "external"}, c={"performer": {"all": ["desk.clerk", "desk.senior"]}})
    assert refused(process, reassign={"tasks": ["d", "done", "a", "a"], "to": "desk.clark"}) == [
        "BP603 tasks.0: there is no node d. There are: a, b, c, came, done.",
        "BP605 tasks.1: done is an end, not a task. Name a task.",
        "BP612 tasks.3: a is named twice. Name each once.",
        "BP603 to: there is no role desk.clark. Did you mean 'desk.clerk'?",
    ]
    assert refused(process, outsource={"tasks": ["a"]}) == [
        "BP612 terms: nothing says how long it takes a third party. Write terms: {response: ...}: work is no answer."
    ]
    assert refused(process, reassign={"tasks": ["a"], "to": "desk.senior", "terms": {"price": 3}}) == [
        "BP612 terms.price: a price for work of desk.senior. Their work costs what their hours cost."
    ]
    assert refused(process, reassign={"tasks": ["c"], "to": "system"}) == [
        "BP617 tasks.0: c needs several people at once. Give it to nobody alone."
    ]
    assert refused(process, reassign={"tasks": ["a"], "to": "desk.clerk"}) == [
        "BP611 to: desk.clerk does a already. Leave the change out."
    ]


def test_a_person_is_needed() -> None:
    """Whoever did it does another task, or may not: then people must do it, or both go."""
    process = line("a", "b", "c", b={"same_person_as": "a"}, c={"never_same_person_as": ["a", "b"]})
    assert refused(process, reassign={"tasks": ["a"], "to": "system"}) == [
        "BP607 tasks.0: b is done by whoever did a. End that first: allocate: {tasks: [b], policy: any}.",
        "BP607 tasks.0: c is never done by whoever did a. Four eyes need a person at each of the two.",
    ]
    after = applied(process, reassign={"tasks": ["a", "b", "c"], "to": "system"}).tasks()
    assert [(after[name].same_person_as, after[name].never_same_person_as) for name in "abc"] == [("", ())] * 3


def test_where_the_numbers_come_from() -> None:
    """What the terms say has the evidence of the change."""
    terms = {"response": "2d", "price": 30, "error": "5%"}
    entry: dict[str, Any] = {"outsource": {"tasks": ["a"], "terms": terms}, "evidence": {"grade": "assumption"}}
    after = read_change(entry).apply(line("a"))
    assert sorted(after.evidence) == ["flow.a.duration", "flow.a.introduces_error", "flow.a.price"]


def test_in_words() -> None:
    """One plain sentence; what it touches."""
    assert str(Reassign(tasks=("a", "b"), to="external", terms={"response": "2d", "price": 30})) == (
        "a third party does a and b for 30 each"
    )
    assert str(Reassign(tasks=("a",), to="desk.senior")) == "desk.senior does a"
    found = Reassign(tasks=("a",), to="desk.senior").footprint(line("a", "b"))
    assert found.writes == {"flow.a"}
    assert "flow" not in found.reads
