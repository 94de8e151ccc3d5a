"""People who come into other roles: pool."""

from datetime import date
from typing import Any

import pytest

from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.model.process import Process
from bpsim.redesign.operators import Pool, read_change
from bpsim.values.durations import DAY
from tests.oracle.generate import process as drawn
from tests.oracle.reference import interpret
from tests.redesign.sketch import Written, applied, line, refused, sketch
from tests.redesign.test_organisation import RUNS

SICK = {
    "absences": [{"name": "sick leave", "every": "exponential(mean=9d)", "lasts": "exponential(mean=2d)"}],
    "other_duties": {"share": "20%", "block": "1h"},
}


def two_places(more: Written | None = None, **parts: Any) -> Process:  # noqa: ANN401
    """Make a process with clerks in two places, a boss who can do everything, and a task in each place."""
    more = more or {}
    north = {"staff": 2, "cost": "20/h", **SICK, **more}
    south = {"staff": 3, "cost": "30/h", "calendar": "late", "proficiency": 1.5, "also": ["hall.boss"], **SICK, **more}
    departments = {
        "north": {"calendar": "office", "body": "town", "roles": {"clerk": north}},
        "south": {"roles": {"clerk": south}},
        "hall": {"roles": {"boss": {"staff": 1, "also": ["north.clerk", "south.clerk"]}}},
    }
    flow = {
        "came": {"type": "start", "next": "a"},
        "a": {"performer": "north.clerk", "next": "b"},
        "b": {"performer": ["south.clerk", "hall.boss"], "next": "done"},
        "done": {"type": "end"},
    }
    return sketch(flow, **({"departments": departments} | parts))


APART = {
    "role": "hall.clerk",
    "into": {
        "north.clerk": {"staff": 2, "tasks": ["a"], "also": []},
        "south.clerk": {"staff": 3, "tasks": ["b"], "also": ["hall.boss"]},
    },
}


def test_one_pool() -> None:
    """Everybody is there with hours, pace, cost and number; who spoke of the old roles speaks of the pool."""
    after = applied(two_places(), centralize={"merge": ["north.clerk", "south.clerk"], "into": "hall.clerk"})
    pool = after.role("hall.clerk")
    people = [(p.calendar, p.proficiency, p.cost) for _, p in pool.everybody()]
    assert people == [*[("office", 1, 20)] * 2, *[("late", 1.5, 30)] * 3]
    assert pool.origins("hall.clerk") == [
        *(("north.clerk", i) for i in range(2)),
        *(("south.clerk", i) for i in range(3)),
    ]
    assert {name: task.performer for name, task in after.tasks().items()} == {
        "a": ("hall.clerk",),
        "b": ("hall.clerk", "hall.boss"),
    }
    assert (pool.also, after.role("hall.boss").also) == (("hall.boss",), ("hall.clerk",))
    assert sorted(after.roles()) == ["hall.boss", "hall.clerk"]
    assert (pool.absences, pool.other_duties) == (
        two_places().role("north.clerk").absences,
        two_places().role("north.clerk").other_duties,
    )


def test_together_and_apart() -> None:
    """A pool that is split as it was made gives the old process: equal digests, equal runs."""
    process = two_places()
    pooled = applied(process, pool={"merge": ["north.clerk", "south.clerk"], "into": "hall.clerk"})
    apart = applied(pooled, pool={"split": APART})
    assert apart.digest() == process.digest()
    first = applied(process, pool={"merge": ["north.clerk", "south.clerk"]})
    assert first.role("north.clerk").origins("north.clerk")[1:3] == [("north.clerk", 1), ("south.clerk", 0)]
    again = applied(first, pool={"split": APART | {"role": "north.clerk"}})
    assert again.digest() == process.digest()


def undone(process: Process, change: Pool) -> Pool:
    """Give the split that makes the old roles of a pool again."""
    work = process.work()
    into = {
        name: {
            "staff": process.role(name).staff,
            "tasks": [task for task, one in work.items() if name in one.performer],
            "also": process.role(name).also,
        }
        for name in change.merge
    }
    return Pool.model_validate({"split": {"role": change.into, "into": into}})


def test_apart_again_is_as_before() -> None:
    """Of drawn processes: what is pooled and split again is as it was, where the order of performers allows it."""
    number = 0
    for seed in range(60):
        process = Process.model_validate(drawn(seed))
        roles = process.roles()
        for pair in [(a, b) for a in roles for b in roles if a < b]:
            change = Pool(merge=pair, into="desk.all_of_them")
            plain = not any(process.role(name).described() for name in pair)
            told = [role.also for name, role in roles.items() if name not in pair]
            orders = [task.performer for task in process.work().values()]
            alike = all((pair[0] in also) == (pair[1] in also) for also in told)
            alone = not any(set(pair) <= set(who) for who in (*orders, *told))
            if not (plain and alike and alone) or change.check(process):
                continue
            back = undone(process, change)
            pool = change.apply(process)
            assert back.check(pool) == []
            assert back.apply(pool).digest() == process.digest()
            number += 1
    assert number >= 10


def away(process: Process) -> dict[tuple[str, int], list[tuple[int, int, int]]]:
    """Say when everybody is absent or away in a run where nobody has work, by who they were first."""
    plan = compile_plan(process, start=date(2025, 1, 6), length=30 * DAY, drain=0)
    duties = replicate(plan, seed=3, replication=0).duties
    luck = [one for role in plan.roles for one in role.luck]
    found: dict[tuple[str, int], list[tuple[int, int, int]]] = {one: [] for one in luck}
    for person, start, end, kind in zip(
        *(duties[key].tolist() for key in ("person", "start", "end", "kind")), strict=True
    ):
        found[luck[person]].append((start, end, kind))
    return {who: sorted(times) for who, times in found.items()}


def test_everybody_keeps_their_luck() -> None:
    """Absences and other duties are at the same times in the pool, in its parts and in a team."""
    nobody = two_places()
    before = away(quiet(nobody))
    pooled = applied(nobody, pool={"merge": ["north.clerk", "south.clerk"], "into": "hall.clerk"})
    mixed = APART | {"into": {"hall.x": {"staff": 3, "tasks": ["a"]}, "hall.y": {"staff": 2, "tasks": ["b"]}}}
    parts = applied(pooled, pool={"split": mixed})
    assert parts.role("hall.x").origins("hall.x") == [("north.clerk", 0), ("north.clerk", 1), ("south.clerk", 0)]
    team = {"from": ["hall.x", "hall.y"], "size": 1, "tasks": ["a"]}
    teamed = applied(parts, create_team={"team": team, "into": "crew.member"})
    assert teamed.role("crew.member").origins("crew.member") == [("south.clerk", 0), ("south.clerk", 2)]
    assert sum(map(len, before.values())) > 100
    for after in (pooled, parts, teamed):
        assert away(quiet(after)) == before


def quiet(process: Process) -> Process:
    """Give the process without any case."""
    cases = process.cases.model_dump(mode="json", by_alias=True)
    return Process.model_validate(process.as_written() | {"cases": cases | {"arrivals": {"times": ["2030-01-01"]}}})


def test_the_second_interpreter_agrees() -> None:
    """A pool with people of two places, who leave and are absent, gives the same log by another road."""
    more = {"leaving": {"rate": "400% per year"}}
    process = applied(two_places(more), pool={"merge": ["north.clerk", "south.clerk"], "into": "hall.clerk"})
    start = date(2025, 1, 6)
    log = replicate(compile_plan(process, start=start, length=20 * DAY, drain=10 * DAY), seed=5, replication=0)
    told = interpret(process, seed=5, replication=0, start=start, length=20 * DAY, drain=10 * DAY)
    duties = zip(*(log.duties[key].tolist() for key in ("person", "start", "end", "kind")), strict=True)
    assert [tuple(row[:4]) for row in told.duties] == list(duties)
    assert len(told.rows) == len(log.items["case"])


def test_a_team() -> None:
    """So many of each role do the work of the team and no other; the way there may take its time."""
    team = {"from": ["north.clerk", "south.clerk"], "size": {"north.clerk": 1, "south.clerk": 2}, "tasks": ["b"]}
    after = applied(two_places(), create_team={"team": team, "into": "crew.member", "transfer": "2h"})
    assert {name: role.staff for name, role in after.roles().items()} == {
        "north.clerk": 1,
        "south.clerk": 1,
        "hall.boss": 1,
        "crew.member": 3,
    }
    assert {name: task.performer for name, task in after.tasks().items()} == {
        "a": ("north.clerk",),
        "b": ("crew.member", "hall.boss"),
    }
    assert (after.departments["crew"].body, after.departments["crew"].calendar) == ("town", "office")
    assert [str(after.transfers.pairs[f"{place} -> crew"].delay) for place in ("north", "south", "hall")] == ["2h"] * 3
    assert after.role("crew.member").also == ()


def test_named_people() -> None:
    """People with names keep them and their luck; they are numbered before the others."""
    people = {"people": {"bo": {}, "anna": {"cost": "40/h"}}}
    departments = {
        "north": {"calendar": "office", "roles": {"clerk": {"staff": 3, "cost": "20/h", **people}}},
        "south": {"calendar": "office", "roles": {"clerk": {"staff": 2, "cost": "20/h", "people": {"abe": {}}}}},
    }
    flow = {
        "came": {"type": "start", "next": "a"},
        "a": {"performer": "north.clerk", "next": "done"},
        "done": {"type": "end"},
    }
    process = sketch(flow, departments=departments)
    pool = applied(process, pool={"merge": ["north.clerk", "south.clerk"]}).role("north.clerk")
    assert [(name, p.cost) for name, p in pool.everybody()] == [
        ("abe", 20),
        ("anna", 40),
        ("bo", 20),
        ("", 20),
        ("", 20),
    ]
    assert pool.origins("north.clerk") == [
        ("south.clerk", 0), ("north.clerk", 0), ("north.clerk", 1), ("north.clerk", 2), ("south.clerk", 1),
    ]  # fmt: skip
    twice = sketch(flow, departments=departments | {"south": departments["north"]})
    assert refused(twice, pool={"merge": ["north.clerk", "south.clerk"]}) == [
        "BP680 merge: two people are called anna and bo. Give them different names."
    ]


def test_vacancies_and_other_processes() -> None:
    """Hires, triggers, chases and the tasks of every process speak of the pool."""
    roles = {"staff": 2, "leaving": {"rate": "10% per year"}}
    end = {"type": "end", "effect": {"hire": "north.clerk"}}
    other = {
        "cases": {"trigger": {"vacancy": "south.clerk"}},
        "flow": {
            "came": {"type": "start", "next": "c"},
            "c": {"performer": "south.clerk", "duration": "1h", "next": "in"},
            "in": end,
        },
    }
    departments = {"north": {"roles": {"clerk": roles}}, "south": {"roles": {"clerk": roles}}}
    chases = {"client": {"chases": {"every": "9d", "work": {"performer": "south.clerk", "duration": "5min"}}}}
    flow = {
        "came": {"type": "start", "next": "a"},
        "a": {"performer": "north.clerk", "next": "done"},
        "done": {"type": "end"},
    }
    process = sketch(flow, chases, departments=departments, others={"hiring": other})
    change = {"merge": ["north.clerk", "south.clerk"], "into": "south.pool"}
    after = applied(process, pool=change)
    there = after.of("hiring")
    assert there.tasks()["c"].performer == ("south.pool",)
    assert there.cases.trigger is not None
    assert there.cases.trigger.vacancy == "south.pool"
    assert there.flow["in"].effect.hire == "south.pool"
    assert after.detached()["chases"].performer == ("south.pool",)
    writes = read_change({"pool": change}).footprint(process).writes
    assert {"others.hiring.cases", "others.hiring.flow.c", "flow.a", "departments.south.roles.pool"} <= writes
    division = {
        "role": "north.clerk",
        "into": {"north.x": {"staff": 1, "tasks": ["a"]}, "north.y": {"staff": 1, "tasks": ["a"]}},
    }
    assert refused(process, pool={"split": division}) == [
        "BP607 split.role: vacancies of north.clerk start cases, or are filled. " + WHICH
    ]


#: What is to be done about it.
ALIKE = "Make them alike first, with staff, tune or set."
TAKE = "Take one or more, and no more than there are."
EVERYBODY = "Share out everybody; hire with staff."
WHICH = "Nothing says which of the new roles is meant."
FIRST = "End that first: allocate: {tasks: [a], policy: any}."
IDLE = {"staff": 1, "tasks": []}


def south(parts: Written) -> Written:
    """Split the clerks of the south."""
    return {"split": {"role": "south.clerk", "into": parts}}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, ["BP612 : nothing to pool. Write one of merge, split and team."]),
        (
            {"merge": ["north.clerk", "south.clerk"], "split": APART},
            ["BP612 split: merge and split at once. Write one of merge, split and team."],
        ),
        ({"merge": ["north.clerk"]}, ["BP612 merge: not two different roles. Name the roles to unite, each once."]),
        ({"split": APART, "into": "hall.x"}, ["BP612 into: into beside split. The new roles stand in split."]),
        ({"split": APART}, [
            "BP603 split.role: there is no role hall.clerk. Did you mean 'south.clerk'?",
            "BP608 split.into.north.clerk: there is a role north.clerk already. Choose another name.",
            "BP608 split.into.south.clerk: there is a role south.clerk already. Choose another name.",
        ]),
        (
            {"team": {"from": ["hall.boss"], "size": 1, "tasks": ["b"]}},
            ["BP612 : a team without a name. Write into: DEPARTMENT.ROLE."],
        ),
        ({"merge": ["north.clark", "south.clerk"], "into": "hall"}, [
            "BP603 merge.0: there is no role north.clark. Did you mean 'north.clerk'?",
            "BP608 into: hall cannot be the name of a role. Write DEPARTMENT.ROLE.",
        ]),
        ({"merge": ["north.clerk", "south.clerk"], "into": "hall.boss"}, [
            "BP608 into: there is a role hall.boss already. Choose another name.",
        ]),
        ({"merge": ["north.clerk", "hall.boss"]}, [
            "BP680 merge.1: hall.boss and north.clerk differ in other_duties and absences. " + ALIKE,
        ]),
        ({"team": {"from": ["north.clerk"], "size": 3, "tasks": ["a", "b", "c"]}, "into": "hall.team"}, [
            "BP681 team.size: north.clerk has 2 people, and 3 people would come from there. " + TAKE,
            "BP682 team.tasks.1: b is no work of north.clerk. Name their tasks; give them others with reassign.",
            "BP603 team.tasks.2: there is no task c. There are: a, b.",
        ]),
        ({"team": {"from": ["north.clark"], "size": 1, "tasks": ["a"]}, "into": "hall.team"}, [
            "BP603 team.from.0: there is no role north.clark. Did you mean 'north.clerk'?",
        ]),
        (south({"lost.x": IDLE, "hall.y": IDLE | {"also": ["bos"]}}), [
            "BP603 split.into.lost.x: there is no department lost. There are: hall, north, south.",
            "BP603 split.into.hall.y.also.0: there is no role bos. There are: hall.boss, north.clerk, south.clerk.",
        ]),
        (south({"hall.x": IDLE, "hall.y": IDLE}), [
            "BP681 split.into: south.clerk has 3 people, and 2 people are shared out. " + EVERYBODY,
            "BP682 split.into: nobody is left to do b. Share it out, too.",
        ]),
    ],
)  # fmt: skip
def test_refused(change: Written, said: list[str]) -> None:
    """Forms, names, people who are not alike, people from nowhere, work that is left."""
    assert refused(two_places(), pool=change) == said


def test_overtime_several_people_and_persons_by_number() -> None:
    """What overtime costs is common; nobody splits what several do at once, or what cases say by number."""
    late = {"at_shift_end": "finish", "overtime_cost": "50/h"}
    assert refused(two_places(late), pool={"merge": ["north.clerk", "south.clerk"]}) == []
    odd = two_places(late).as_written()
    odd["departments"]["south"]["roles"]["clerk"]["overtime_cost"] = "60/h"
    assert refused(Process.model_validate(odd), pool={"merge": ["north.clerk", "south.clerk"]})[0].startswith(
        "BP680 merge.1: south.clerk and north.clerk differ in overtime_cost"
    )
    both = line("a", "b", a={"performer": {"all": ["desk.clerk", "back.handler"]}}, b=RUNS)
    parts = {"desk.x": {"staff": 1, "tasks": ["a", "b"]}, "desk.y": {"staff": 1, "tasks": []}}
    assert refused(both, pool={"split": {"role": "desk.clerk", "into": parts}}) == [
        "BP617 split.into.desk.x.tasks.0: a needs several people at once. Nothing says who of them comes."
    ]
    pooled = applied(both, pool={"merge": ["desk.clerk", "back.handler"]}).tasks()["a"]
    assert (pooled.performer, pooled.together) == (("desk.clerk", "desk.clerk"), True)
    flow: Written = {"came": {"type": "start", "next": "a"}, "done": {"type": "end"}}
    flow["a"] = {"person": {"by": "place", "of": {"x": 1, "else": 2}}, "next": "done"}
    named = sketch(flow, {"attributes": {"place": {"x": "50%", "y": "50%"}}})
    assert refused(named, pool={"merge": ["desk.clerk", "desk.senior"]}) == [
        "BP683 : cases name the person for a by the number in desk.clerk. " + FIRST
    ]


def test_nobody_in_a_part() -> None:
    """A part without people has what the pool had; everybody who could do the pool's work can do that of both parts."""
    parts = {"north.clerk": {"staff": 2, "tasks": ["a"]}, "north.trainee": {"staff": 0, "tasks": ["a"]}}
    process = two_places()
    after = read_change({"pool": {"split": {"role": "north.clerk", "into": parts}}}).apply(process)
    assert after.role("north.trainee").calendar == "office"
    assert after.role("hall.boss").also == ("north.clerk", "north.trainee", "south.clerk")
    assert after.tasks()["a"].performer == ("north.clerk", "north.trainee")


def test_in_words() -> None:
    """One plain sentence each; what it touches."""
    change = Pool(merge=("north.clerk", "south.clerk"))
    assert str(change) == "north.clerk and south.clerk become one pool, north.clerk"
    assert str(read_change({"pool": {"split": APART}})) == (
        "hall.clerk is split into north.clerk (2 people) and south.clerk (3 people)"
    )
    team = {"from": ["north.clerk", "south.clerk"], "size": 1, "tasks": ["a", "b"]}
    assert str(read_change({"pool": {"team": team, "into": "crew.member"}})) == (
        "1 person of north.clerk and 1 person of south.clerk become the team crew.member, which does a and b"
    )
    assert change.footprint(two_places()).writes == {
        "departments.north.roles.clerk",
        "departments.south.roles.clerk",
        "departments.hall.roles.boss",
        "flow.b",
    }
    far = Pool(merge=("north.clerk", "south.clerk"), into="new.pool", transfer="2h").footprint(two_places())
    assert {"departments.new", "transfers"} <= far.writes
