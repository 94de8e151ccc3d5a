"""People and runs: batch and staff."""

from datetime import datetime
from typing import Any

import pytest

from bpsim.model.organisation import OtherDuties
from bpsim.model.process import Process
from bpsim.model.written import NEVER
from bpsim.redesign.operators import Batch, Staff, read_change
from bpsim.values.durations import DAY, HOUR, YEAR
from tests.redesign.sketch import ROLES, Written, applied, line, refused, sketch

RUNS = {"batch": {"size": 3, "max_wait": "1d"}}


def test_case_by_case() -> None:
    """The runs of a task are given up; the short name says it too."""
    process = line("a", "b", b=RUNS)
    assert applied(process, batch={"task": "b", "rule": "none"}).tasks()["b"].batch is None
    assert applied(process, case_based_work={"task": "b"}) == applied(process, batch={"task": "b", "rule": "none"})


def test_in_runs() -> None:
    """A task is held for runs, or for other runs than before."""
    rule = {"schedule": "tue, thu 10:00", "cutoff": "1d", "mode": "one_by_one", "setup": "10min"}
    batch = applied(line("a", a=RUNS), batch={"task": "a", "rule": rule}).tasks()["a"].batch
    assert batch is not None
    assert (batch.size, batch.cutoff, batch.mode, str(batch.setup)) == (None, DAY, "one_by_one", "10min")


def test_batch_refused() -> None:
    """Nothing changes; the same person; nobody's task."""
    process = line("a", "b", "c", a=RUNS, b={"same_person_as": "a"}, c={"performer": "back.robot"})
    rule = RUNS["batch"]
    assert refused(process, batch={"task": "a", "rule": rule}) == [
        "BP611 rule: a is done in just these runs already. Leave the change out."
    ]
    assert refused(process, batch={"task": "b", "rule": "none"}) == [
        "BP611 rule: b is done case by case already. Leave the change out."
    ]
    assert refused(process, batch={"task": "b", "rule": rule}) == [
        "BP621 rule: b is done by the same person as a. End that first: allocate: {tasks: [b], policy: any}."
    ]
    assert refused(process, batch={"task": "c", "rule": rule}) == [
        "BP605 task: c is a task of a system, not a task done by people. Name a task with a role as its performer."
    ]
    assert refused(process, batch={"task": "d", "rule": rule})[0].startswith("BP603 task: there is no node d.")


def test_batch_in_words() -> None:
    """One plain sentence, plain data, and what it touches."""
    assert str(Batch(task="a", rule=None)) == "a is done case by case"
    assert str(Batch(task="a", rule={"size": 2})) == "a is done in runs"
    assert Batch(task="a", rule=None).parameters() == {"task": "a", "rule": "none"}
    assert Batch(task="a", rule={"size": 2}).parameters() == {"task": "a", "rule": {"size": 2}}
    footprint = Batch(task="a", rule=None).footprint(line("a"))
    assert footprint.writes == {"flow.a.batch"}
    wishes = ("same_person_as", "never_same_person_as", "case_owner", "case_team", "person")
    assert footprint.reads == {"flow.a.performer", *(f"flow.a.{key}" for key in wishes)}


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"set": 5}, "staff", 5),
        ({"add": 2}, "staff", 4),
        ({"add": -1}, "staff", 1),
        ({"calendar": "late"}, "calendar", "late"),
        ({"also": ["senior", "back.handler"]}, "also", ("desk.senior", "back.handler")),
        ({"also": ["clerk", "senior"]}, "also", ("desk.senior",)),
        ({"other_duties": {"share": "20%", "block": "1h"}}, "other_duties", OtherDuties(share="20%", block="1h")),
    ],
)
def test_staff(change: dict[str, Any], field: str, value: object) -> None:
    """One setting of one role changes; everything else stays."""
    process = line("a", "b", b={"performer": "back.handler"})
    after = applied(process, staff={"role": "desk.clerk", **change})
    assert getattr(after.role("desk.clerk"), field) == value
    assert after.flow == process.flow
    assert after.roles() | {"desk.clerk": 0} == process.roles() | {"desk.clerk": 0}


def test_no_other_duties() -> None:
    """The time for other work is given to this process."""
    process = applied(line("a"), staff={"role": "desk.clerk", "other_duties": {"share": "20%", "block": "1h"}})
    assert applied(process, staff={"role": "desk.clerk", "other_duties": "none"}) == line("a")


def test_staff_refused() -> None:
    """Unknown names, contradictions, fewer people than none, nothing new."""
    process = line("a")
    assert refused(process, staff={"role": "desk.clark", "set": 1}) == [
        "BP603 role: there is no role desk.clark. Did you mean 'desk.clerk'?"
    ]
    assert refused(process, staff={"role": "desk.clerk", "set": 1, "add": 2}) == [
        "BP612 add: set and add at once. Keep one of the two."
    ]
    assert refused(process, staff={"role": "desk.clerk", "calendar": "offices", "also": ["handler"], "add": -3}) == [
        "BP603 also.0: there is no role handler. Did you mean 'back.handler'?",
        "BP603 calendar: there is no calendar offices. Did you mean 'office'?",
        "BP620 add: desk.clerk has 2 people, 3 cannot go. At most 2 can go.",
    ]
    for nothing in ({}, {"set": 2}, {"other_duties": "none"}):
        assert refused(process, staff={"role": "desk.clerk", **nothing}) == [
            "BP611 : desk.clerk is so already. Write set, add, calendar, proficiency, also, training or other_duties."
        ]


def peopled() -> Process:
    """Make a process with three clerks, two of them with names."""
    clerk = {"people": {"anna": {"proficiency": 2}, "boris": {}}, "staff": 3, "cost": "20/h"}
    flow: Written = {"came": {"type": "start", "next": "a"}, "a": {"next": "done"}, "done": {"type": "end"}}
    return sketch(flow, departments=ROLES | {"desk": {"calendar": "office", "roles": {"clerk": clerk}}})


def test_people_follow_their_role() -> None:
    """Who was as the role said is so after a change; who differs still does; overtime costs what an hour costs."""
    process = peopled()
    role = applied(process, staff={"role": "desk.clerk", "calendar": "late", "proficiency": 1.5}).role("desk.clerk")
    assert [(person.calendar, person.proficiency) for _, person in role.everybody()] == [
        ("late", 2.0), ("late", 1.5), ("late", 1.5),
    ]  # fmt: skip
    role = applied(process, tune={"departments.desk.roles.clerk.cost": "30/h"}).role("desk.clerk")
    assert [person.cost for _, person in role.everybody()] == [30, 30, 30]
    assert role.overtime_cost == 30


def test_people_for_a_time() -> None:
    """People who come for some months are a group of their own; nobody else changes."""
    change = {"role": "desk.clerk", "add": 2, "from": "2025-03-01", "until": "2025-09-30", "proficiency": 0.8}
    process = peopled()
    role = applied(process, staff=change).role("desk.clerk")
    found = [(name, person.proficiency, str(person.until)) for name, person in role.everybody()]
    assert found == [("anna", 2, "None"), ("boris", 1, "None"), ("", 1, "None"), *[("", 0.8, "2025-09-30")] * 2]
    assert str(Staff.model_validate(change)) == (
        "desk.clerk has 2 people more from 2025-03-01 until 2025-09-30 and has a proficiency of 0.8"
    )


def test_who_comes_may_go() -> None:
    """Of people without a name those who are as the role says go first; who came for a time stays."""
    process = applied(line("a"), staff={"role": "desk.clerk", "add": 1, "until": "2025-09-30"})
    role = applied(process, staff={"role": "desk.clerk", "set": 2}).role("desk.clerk")
    assert [str(person.until) for _, person in role.everybody()] == ["None", "2025-09-30"]
    assert refused(process, staff={"role": "desk.clerk", "set": 0}) == [
        "BP620 set: 1 person of desk.clerk is described. Say who goes in the file."
    ]


def test_people_who_are_described_stay() -> None:
    """Those of whom the file says something do not vanish by a number; from and until are for those who come."""
    process = peopled()
    assert refused(process, staff={"role": "desk.clerk", "set": 1}) == [
        "BP620 set: 2 people of desk.clerk are described. Say who goes in the file."
    ]
    assert refused(process, staff={"role": "desk.clerk", "set": 3, "until": "2025-09-30"}) == [
        "BP612 : from and until are for people who come. Write add: 1, or more."
    ]


def test_a_training() -> None:
    """Everybody of the role is away for it on the day `from`, and does more afterwards; the words say so."""
    process = line("a")
    change = {"role": "desk.clerk", "from": "2025-03-03", "training": {"hours": "16h", "effect": "20%", "decay": "1y"}}
    [course] = applied(process, staff=change).role("desk.clerk").training
    assert (course.at, course.lasts, course.effect, course.decay) == (datetime(2025, 3, 3), 16 * HOUR, 0.2, YEAR)  # noqa: DTZ001
    assert str(read_change({"staff": change})) == "desk.clerk is trained for 16h from 2025-03-03 (+20%)"
    again = applied(applied(process, staff=change), cross_train=change | {"from": "2025-09-01"})
    assert [course.at.month for course in again.role("desk.clerk").training] == [3, 9]
    days = {"role": "desk.clerk", "from": "2025-03-03", "training": {"hours": "2 working days", "effect": "20%"}}
    assert str(read_change({"staff": days})) == "desk.clerk is trained for 2 working days from 2025-03-03 (+20%)"
    assert applied(process, staff=days).role("desk.clerk").training[0].decay == NEVER


def test_a_training_refused() -> None:
    """It has a day and an effect, and it goes together with people who come, but with no last day of its own."""
    course = {"hours": "8h", "effect": "10%"}
    assert refused(line("a"), staff={"role": "desk.clerk", "training": course}) == [
        "BP612 training: nothing says when the training is. Write its day: from: 2025-03-03."
    ]
    nothing = {"role": "desk.clerk", "from": "2025-03-03", "training": course | {"effect": 0}}
    assert refused(line("a"), staff=nothing) == [
        "BP611 training.effect: a training without effect. Write one, or no training."
    ]
    until = {"role": "desk.clerk", "from": "2025-03-03", "until": "2025-04-01", "training": course}
    assert refused(line("a"), staff=until) == ["BP612 : from and until are for people who come. Write add: 1, or more."]
    role = applied(line("a"), staff=until | {"add": 1}).role("desk.clerk")
    assert (role.staff, len(role.training), len(role.groups)) == (3, 1, 2)


def test_staff_in_words() -> None:
    """One plain sentence, however much changes."""
    assert str(Staff(role="desk.clerk", set=4)) == "desk.clerk has 4 people"
    assert str(Staff(role="desk.clerk", add=-1, calendar="late")) == (
        "desk.clerk has 1 person fewer and works in the hours of late"
    )
    duties = {"share": "20%", "block": "1h"}
    assert str(Staff(role="desk.clerk", add=1, also=("back.handler",), other_duties=duties)) == (
        "desk.clerk has 1 person more, can also do the work of back.handler and is away 20% of the time"
    )
    assert str(Staff(role="desk.clerk", other_duties="none")) == "desk.clerk has no other duties"


def test_staff_footprint() -> None:
    """To add people depends on how many there are; to set their number does not."""
    process = line("a")
    at = "departments.desk.roles.clerk"
    assert Staff(role="desk.clerk", set=4).footprint(process).reads == set()
    assert Staff(role="desk.clerk", set=4).footprint(process).writes == {f"{at}.staff"}
    more = Staff(role="desk.clerk", add=1, calendar="late").footprint(process)
    assert (more.reads, more.writes) == ({f"{at}.staff", "calendars.late"}, {f"{at}.staff", f"{at}.calendar"})


def test_the_footprint_of_people_who_are_described() -> None:
    """Who is as the role says follows it, so they are written; who comes for a time is like the role: it is read."""
    clerk = {"people": {"anna": {}}, "staff": 2}
    process = sketch(
        {"came": {"type": "start", "next": "a"}, "a": {"next": "done"}, "done": {"type": "end"}},
        departments={"desk": {"calendar": "office", "roles": {"clerk": clerk}}},
    )
    at = "departments.desk.roles.clerk"
    hours = Staff(role="desk.clerk", calendar="late").footprint(process)
    assert hours.reads == {"calendars.late"}
    assert hours.writes == {f"{at}.{key}" for key in ("calendar", "people", "groups")}
    some_time = Staff(role="desk.clerk", add=1, until="2025-03-31").footprint(process)
    assert some_time.reads == {f"{at}.{key}" for key in ("staff", "calendar", "proficiency", "cost", "people")}
    assert some_time.writes == {f"{at}.{key}" for key in ("staff", "groups")}
