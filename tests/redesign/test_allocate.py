"""Who gets a case, and which work is done first: allocate."""

import pytest

from bpsim.model.flow import PatienceChoice
from bpsim.model.process import Process
from bpsim.model.written import NEVER
from bpsim.redesign.change import Mistakes
from bpsim.redesign.operators import Allocate, read_change
from bpsim.values.durations import DAY, HOUR
from tests.redesign.sketch import Written, applied, line, refused, shown, sketch
from tests.redesign.test_organisation import RUNS


def test_one_person() -> None:
    """Each task goes to whoever did the nearest of them that every case has passed; they are waited for for one day."""
    process = sketch(tracks())
    after = applied(process, allocate={"tasks": ["c", "a", "b", "d", "e"], "policy": "same_person"}).tasks()
    assert {name: task.same_person_as for name, task in after.items()} == {
        "a": "",
        "b": "a",
        "c": "b",
        "d": "a",
        "e": "a",
        "x": "",
    }
    assert {after[name].keeps_for for name in "bcde"} == {DAY}
    assert after["a"].keeps_for == NEVER


def tracks(**more: Written) -> dict[str, Written]:
    """Two tracks side by side after a first task, then one more."""
    flow: dict[str, Written] = {
        "came": {"type": "start", "next": "a"},
        "a": {"next": "split"},
        "split": {"type": "parallel", "next": ["b", "d"]},
        "b": {"next": "x"},
        "x": {"next": "c"},
        "c": {"next": "join"},
        "d": {"next": "join"},
        "join": {"type": "parallel", "next": "which"},
        "which": {"type": "exclusive", "next": {"e": "50%", "done": "else"}},
        "e": {"next": "done"},
        "done": {"type": "end"},
    }
    for name, node in more.items():
        flow[name] = flow[name] | node
    return flow


def test_a_loop() -> None:
    """A first task that comes again goes to whoever did it before."""
    process = sketch(
        {
            "came": {"type": "start", "next": "a"},
            "a": {"next": "which"},
            "which": {"type": "exclusive", "next": {"a": "20%", "b": "else"}},
            "b": {"next": "done"},
            "done": {"type": "end"},
        }
    )
    after = applied(process, allocate={"tasks": ["a", "b"], "policy": "same_person", "keeps_for": "4h"}).tasks()
    assert [(after[name].same_person_as, after[name].keeps_for) for name in "ab"] == [("a", 4 * HOUR), ("a", 4 * HOUR)]
    assert applied(process, allocate={"tasks": ["a"], "policy": "same_person"}).tasks()["a"].same_person_as == "a"


def test_a_patience_that_depends_on_the_case() -> None:
    """As in the model, the patience may be chosen by an attribute."""
    process = sketch(tracks(), {"attributes": {"own": "bernoulli(57%)"}})
    kept = {"by": "own", "of": {"true": "never", "false": "0min"}}
    after = applied(process, allocate={"tasks": ["a", "b"], "policy": "same_person", "keeps_for": kept})
    assert after.tasks()["b"].keeps_for == PatienceChoice(by="own", of={"true": "never", "false": "0min"})


def test_anybody() -> None:
    """Nobody is waited for any more."""
    process = sketch(tracks(b={"same_person_as": "a", "keeps_for": "1d"}, c={"same_person_as": "b"}))
    after = applied(process, allocate={"tasks": ["b"], "policy": "any"}).tasks()
    assert [(after[name].same_person_as, after[name].keeps_for) for name in "bc"] == [("", NEVER), ("b", NEVER)]


def test_allocate_refused() -> None:
    """Nobody with all skills; no first task; runs; nothing new; no people's task."""
    process = sketch(tracks(c=RUNS, x={"performer": "back.handler"}))
    policy = {"policy": "same_person"}
    assert refused(process, allocate={"tasks": ["a", "x"], **policy}) == [
        "BP616 tasks: nobody can do all of a and x. Cross-train first: staff: {role: desk.clerk, also: [back.handler]}."
    ]
    assert refused(process, allocate={"tasks": ["b", "d"], **policy}) == [
        "BP625 tasks: none of b and d comes before the others in every case. Add the task in which the person is found."
    ]
    assert refused(process, allocate={"tasks": ["a", "c"], **policy}) == [
        "BP621 tasks.1: c is done in runs. First: batch: {task: c, rule: none}."
    ]
    assert refused(process, allocate={"tasks": ["a"], **policy}) == [
        "BP611 tasks: a is done so already. Leave the change out."
    ]
    assert refused(process, allocate={"tasks": ["a", "b"], "policy": "any"}) == [
        "BP611 tasks: a and b are done so already. Leave the change out."
    ]
    assert refused(process, allocate={"tasks": ["a", "which"], **policy}) == [
        "BP605 tasks.1: which is a gateway, not a task done by people. Name a task with a role as its performer."
    ]


def test_somebody_who_is_not_there() -> None:
    """A role without people helps nobody."""
    roles = {"desk": {"roles": {"clerk": {"staff": 0}}}, "back": {"roles": {"handler": {"staff": 1}}}}
    process = sketch(tracks(x={"performer": "back.handler"}), departments=roles)
    assert refused(process, allocate={"tasks": ["a", "b"], "policy": "same_person"}) == [
        "BP616 tasks: nobody can do all of a and b. Hire first: staff: {role: desk.clerk, set: 1}."
    ]


def test_allocate_in_words() -> None:
    """One plain sentence; the ways of the flow are read when the first has to be found."""
    assert str(Allocate(tasks=("a", "b"), policy="any")) == "a and b may be done by anybody who can"
    one = Allocate(tasks=("a", "b"), policy="same_person")
    assert str(one) == "one person does a and b of a case, who is waited for at most 1d"
    assert str(Allocate(tasks=("a",), policy="same_person", keeps_for="never")) == "one person does a of a case"
    chosen = {"by": "own", "of": {"true": "never", "false": "0min"}}
    assert str(Allocate(tasks=("a",), policy="same_person", keeps_for=chosen)) == "one person does a of a case"
    process = line("a", "b")
    wishes = ("same_person_as", "keeps_for", "case_owner", "case_team", "person")
    writes = {f"flow.{name}.{key}" for name in "ab" for key in wishes}
    assert one.footprint(process).writes == writes
    assert {"flow.a.next", "flow.came.next", "departments.desk.roles"} < one.footprint(process).reads
    free = Allocate(tasks=("a", "b"), policy="any").footprint(process)
    assert (free.reads, free.writes) == (set(), writes)


@pytest.mark.parametrize(
    ("name", "policy", "key"), [("case_manager", "case_owner", "case_owner"), ("customer_team", "team", "case_team")]
)
def test_an_owner_and_a_team(name: str, policy: str, key: str) -> None:
    """The work of a case is kept for its owner or its team; whoever knows the case is faster."""
    process = sketch(tracks(b={"same_person_as": "a"}))
    tasks = {"tasks": ["a", "b", "c"]}
    after = applied(process, **{name: tasks | {"keeps_for": "2h", "familiarity": "80%"}})
    for one in "abc":
        task = after.tasks()[one]
        assert (task.wishes(), task.keeps_for, task.familiarity) == ([key], 2 * HOUR, 0.8)
    assert after.tasks()["d"] == process.tasks()["d"]
    assert applied(process, **{name: tasks}) == applied(process, allocate=tasks | {"policy": policy})
    assert applied(process, **{name: tasks}).tasks()["a"].familiarity == 1
    free = applied(after, allocate=tasks | {"policy": "any"}).tasks()
    assert [free[one].wishes() for one in "abc"] == [[], [], []]


def test_owners_and_teams_refused() -> None:
    """An owner has all the roles, a team need not; no runs; nothing is kept for whoever is free."""
    process = sketch(tracks(c=RUNS, x={"performer": "back.handler"}))
    assert refused(process, case_manager={"tasks": ["a", "x", "c"]}) == [
        "BP621 tasks.2: c is done in runs. First: batch: {task: c, rule: none}.",
        (
            "BP616 tasks: nobody can do all of a, x and c. "
            "Cross-train first: staff: {role: desk.clerk, also: [back.handler]}."
        ),
    ]
    assert refused(process, customer_team={"tasks": ["a", "x"]}) == []
    policy = {"tasks": ["a", "b"], "policy": "any", "keeps_for": "1h", "familiarity": "80%"}
    assert refused(process, allocate=policy) == [
        "BP612 familiarity: nothing is kept for anybody. Leave familiarity out with any.",
        "BP612 keeps_for: nothing is kept for anybody. Leave keeps_for out with any.",
    ]
    assert refused(process, customer_team={"tasks": ["a", "b"], "familiarity": 0}) == [
        "BP612 familiarity: who knows the case would take no time at all. Write a part above zero, such as 80%."
    ]


def specialists() -> Process:
    """Make three tasks: the senior can do all of them, a clerk two, a handler one."""
    both = {"performer": ["desk.senior", "desk.clerk"]}
    return line("a", "b", "c", a=both, b={"performer": ["back.handler", "desk.senior"]}, c=both)


def test_least_flexible() -> None:
    """Who can do the fewest tasks is asked first; equals keep the written order."""
    after = applied(specialists(), flexible_assignment={"tasks": ["a", "b"]}).tasks()
    assert {name: task.performer for name, task in after.items()} == {
        "a": ("desk.clerk", "desk.senior"),
        "b": ("back.handler", "desk.senior"),
        "c": ("desk.senior", "desk.clerk"),
    }
    assert refused(specialists(), flexible_assignment={"tasks": ["b"]}) == [
        "BP611 tasks: b is done so already. Leave the change out."
    ]
    together = line("a", a={"performer": {"all": ["desk.senior", "desk.clerk"]}})
    assert refused(together, flexible_assignment={"tasks": ["a"]}) == [
        "BP617 tasks.0: a is done by several people at once. There nobody is asked before the others."
    ]


def test_what_is_due_first() -> None:
    """The queues of those who are asked first are in the order of the limits, where there are any."""
    clock = {"clocks": {"legal": {"limit": "8 weeks"}}}
    flow = {"came": {"type": "start", "next": "a"}, "a": {"next": "done"}, "done": {"type": "end"}}
    after = applied(sketch(flow, clock), allocate={"tasks": ["a"], "policy": "edd"})
    assert {name: role.discipline for name, role in after.roles().items() if role.discipline != "fifo"} == {
        "desk.clerk": "edd"
    }
    assert refused(line("a"), allocate={"tasks": ["a"], "policy": "edd"}) == [
        "BP676 policy: there is no limit by which work could be due. Define cases.clocks first."
    ]
    assert refused(after, allocate={"tasks": ["a"], "policy": "edd"}) == [
        "BP611 tasks: a is done so already. Leave the change out."
    ]


def test_other_policies_in_words() -> None:
    """One plain sentence each."""
    two = {"tasks": ["a", "b"]}
    assert [str(read_change({"allocate": two | {"policy": policy}})) for policy in ("least_flexible", "edd")] == [
        "who can do the fewest tasks is asked first to do a and b",
        "whoever is asked first to do a and b does first what is due first",
    ]
    assert [str(read_change({name: two | {"keeps_for": "never"}})) for name in ("case_manager", "customer_team")] == [
        "the owner of a case does a and b",
        "the team of a case does a and b",
    ]
    known = two | {"familiarity": "80%", "keeps_for": "2h"}
    assert str(read_change({"case_manager": known})) == (
        "the owner of a case does a and b, who is waited for at most 2h; who knows the case takes 80% of the time"
    )


def test_footprints_of_the_policies() -> None:
    """What decides about a policy is read; only what it says is written."""
    process = specialists()
    flexible = Allocate(tasks=("a",), policy="least_flexible").footprint(process)
    assert flexible.writes == {"flow.a.performer"}
    assert {"flow.b.performer", "departments.desk.roles"} <= flexible.reads
    due = Allocate(tasks=("b",), policy="edd").footprint(process)
    assert due.writes == {"departments.back.roles.handler.discipline"}
    assert {"cases.clocks", "flow.b.performer"} <= due.reads
    team = Allocate(tasks=("a",), policy="team", familiarity=0.8).footprint(process)
    assert "flow.a.familiarity" in team.writes
    assert "flow.came.next" not in team.reads


def test_known_not_yet() -> None:
    """Tasks have no priority of their own in this version."""
    with pytest.raises(Mistakes) as caught:
        read_change({"allocate": {"tasks": ["a"], "policy": "priority"}})
    assert [shown(trouble) for trouble in caught.value.troubles] == [
        (
            "BP102 allocate.policy: priority is known, not in this version. "
            "Cases have priorities: set: {cases.priority: ...}."
        )
    ]
