"""The flow run: what a process asks for before anybody waits."""

import math
from typing import Any

import numpy as np
import pytest

from bpsim.engine import flowrun
from bpsim.engine.flowrun import FlowRun, flow_run, load_findings, traffic
from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.model.process import Process
from tests.engine.drawn import Written, flow
from tests.model.drawing import drawn
from tests.oracle.generate import process as generated

HOUR, MINUTE = 3_600_000, 60_000
#: The two-sided 99.9 % point of the normal distribution.
WIDE = 3.29

ORGANISATION: dict[str, Any] = {
    "calendars": {"office": {"mon-fri": "09:00-17:00"}},
    "departments": {
        "desk": {"calendar": "office", "body": "city", "roles": {"clerk": {"staff": 2}}},
        "back": {"calendar": "office", "body": "city", "roles": {"handler": {"staff": 1}, "head": {"staff": 1}}},
        "law": {"calendar": "office", "body": "state", "roles": {"judge": {"staff": 1}}},
    },
}


def organised(drawing: str, nodes: dict[str, Any], every: str = "4h", **parts: Any) -> Process:  # noqa: ANN401
    """Make a process with four roles in three departments of two bodies."""
    cases = {"arrivals": every, "calendar": "office", **parts.pop("cases", {})}
    return drawn(drawing, nodes=nodes, cases=cases, **{**ORGANISATION, **parts})


# Visits ---------------------------------------------------------------------------------------------------------------


def test_rework() -> None:
    """With rework of 20 % a task is done 1.25 times."""
    process = drawn("s > x1; x1 > a; a > x2; x2 > x1 20%, e else; e")
    assert traffic(process) == pytest.approx({"s": 1, "x1": 1.25, "a": 1.25, "x2": 1.25, "e": 1})
    run = flow_run(process)
    assert run.cases == 2000
    assert run.visits["s"] == run.visits["e"] == 1
    assert abs(run.visits["a"] - 1.25) <= WIDE * run.spread["a"] / math.sqrt(2000)
    # a geometric number of visits with mean 1 / (1 - p) has the variance p / (1 - p)^2
    assert run.spread["a"] == pytest.approx(math.sqrt(0.2) / 0.8, rel=0.1)


def test_branches() -> None:
    """Every branch of a split is taken, and a join fires once, also with a choice and a loop inside."""
    drawing = "s > p; p > a, x; x > b 25%, c else; b > x2; c > x2; x2 > x3; x3 > x 50%, p2 else; a > p2; p2 > e; e"
    visits = traffic(drawn(drawing))
    assert visits is not None
    assert [visits[name] for name in ("p", "a", "x", "b", "c", "x3", "p2", "e")] == pytest.approx(
        [1, 1, 2, 0.5, 1.5, 2, 1, 1]
    )


def test_no_equations_where_the_case_decides() -> None:
    """Conditions, calculated shares and timeouts have no traffic equations."""
    attributes = {"cases": {"arrivals": "1h", "attributes": {"n": "empirical([0, 1])"}}}
    for rules in ({"a": "n == 0", "e": "else"}, [{"to": "a", "p": "0.1 * n"}, {"to": "e", "p": "else"}]):
        process = drawn("s > x; x > a, e; a > e; e", nodes={"x": {"next": rules}}, **attributes)
        assert traffic(process) is None
    assert traffic(drawn("s > c; c > e; e", nodes={"c": {"timeout": {"after": "1h", "next": "e"}}})) is None


@pytest.mark.untraced
def test_visits_solve_the_traffic_equations() -> None:
    """On generated processes the walk agrees with the equations, at every node (those that have equations)."""
    solved = 0
    for seed in range(80):
        process = Process.model_validate(generated(seed))
        expected = traffic(process)
        if expected is not None:
            solved += 1
            run = flow_run(process)
            for name, visits in expected.items():
                error = run.spread[name] / math.sqrt(run.cases)
                assert abs(run.visits[name] - visits) <= WIDE * error + 1e-9, (seed, name)
    assert solved >= 15


def test_the_same_case_meets_the_same_luck() -> None:
    """With ample staff and no calendars a run of the engine gives the same visits and work, to the millisecond."""
    drawing = "s > x1; x1 > r; r > x2; x2 > x1 30%, c else; c > e; e"
    process = drawn(
        drawing,
        nodes={"r": {"duration": "exponential(mean=20min)", "performer": "desk.clerk"}},
        cases={"arrivals": {"every": "exponential(mean=1h)", "at_most": 500}},
        departments={"desk": {"roles": {"clerk": {"staff": 100}}}},
    )
    run = flow_run(process, cases=500, seed=7)
    plan = compile_plan(process, start=_monday(), length=60 * 24 * HOUR, drain=60 * 24 * HOUR)
    log = replicate(plan, seed=7, replication=0)
    names = [node.name for node in log.settings.nodes]
    mine = log.items["node"] == names.index("r")
    assert run.visits["r"] == mine.sum() / 500
    assert run.work["r"] == float((log.items["completed"] - log.items["started"])[mine].sum()) / 500


def _monday() -> Any:  # noqa: ANN401 - a date
    from datetime import date

    return date(2025, 1, 6)


# Work, contacts, handoffs ---------------------------------------------------------------------------------------------


def test_work_by_hand() -> None:
    """Constant durations: work of tasks, roles, departments; machines and clients are no touch time."""
    nodes = {
        "r1": {"performer": "desk.clerk", "duration": "10min", "contact": "in", "documents": 2},
        "r2": {"performer": "back.handler", "duration": "1h"},
        "r3": {"performer": ["back.head", "law.judge"], "duration": "30min", "contact": "both"},
        "c": {"duration": "5d", "contact": "out"},
        "a": {"duration": "1min"},
    }
    run = flow_run(organised("s > r1; r1 > r2; r2 > c; c > a; a > r3; r3 > e; e", nodes), cases=100)
    assert run.work == {"r1": 10 * MINUTE, "r2": HOUR, "r3": HOUR / 2, "c": 120 * HOUR, "a": MINUTE}
    assert run.role_work == {"back.handler": HOUR, "back.head": HOUR / 2, "desk.clerk": 10 * MINUTE}
    assert run.department_work == {"back": 1.5 * HOUR, "desk": 10 * MINUTE}
    assert run.touch_time == 100 * MINUTE
    assert run.contacts == {"in": 2, "out": 2}
    assert run.documents == 2
    assert run.handoffs == {"role": 2, "department": 1, "body": 0}
    assert run.per_week == 10


def test_lead_time_without_waiting_by_hand() -> None:
    """The longer branch counts, a client and a timer too; nights, other cases and the same busy person do not."""
    nodes = {
        "r1": {"performer": "desk.clerk", "duration": "1h"},
        "r2": {"performer": "back.handler", "duration": "2h"},
        "c": {"duration": "5d"},
        "r3": {"performer": "desk.clerk", "duration": "30min", "same_person_as": "r1"},
    }
    drawing = "s > r1; r1 > p; p > r2, c; r2 > p2; c > p2; p2 > w; w > r3; r3 > e; e"
    assert flow_run(organised(drawing, nodes), cases=100).lead_time == (1 + 5 * 24 + 1 + 0.5) * HOUR
    crowded = flow_run(organised("s > r1; r1 > r3; r3 > e; e", {k: nodes[k] for k in ("r1", "r3")}, "5min"), cases=100)
    assert crowded.lead_time == 1.5 * HOUR


def test_machines_make_no_touch_time() -> None:
    """A machine has a load, but no people's work and no handoff."""
    departments = {**ORGANISATION["departments"], "it": {"roles": {"server": {"staff": 1, "kind": "system"}}}}
    nodes = {
        "r1": {"performer": "desk.clerk", "duration": "1h"},
        "r2": {"performer": "it.server", "duration": "2h"},
        "r3": {"performer": "back.handler", "duration": "1h"},
    }
    process = organised("s > r1; r1 > r2; r2 > r3; r3 > e; e", nodes, departments=departments)
    run = flow_run(process, cases=50)
    assert run.department_work == {"back": HOUR, "desk": HOUR}
    assert run.role_work["it.server"] == 2 * HOUR
    assert run.handoffs == {"role": 1, "department": 1, "body": 0}
    assert run.load["it.server"] == pytest.approx(10 * 2 / 168)


def test_handoffs_at_joins_and_through_loops() -> None:
    """Every branch that comes together is an arc; between bodies too."""
    nodes = {
        "r1": {"performer": "desk.clerk"},
        "r2": {"performer": "back.handler"},
        "r3": {"performer": "law.judge"},
        "r4": {"performer": "back.handler"},
    }
    process = organised("s > r1; r1 > p; p > r2, r3; r2 > p2; r3 > p2; p2 > x; x > r4; r4 > e; e", nodes)
    # desk -> back, desk -> law (state), back -> back (none), law -> back
    assert flow_run(process, cases=20).handoffs == {"role": 3, "department": 3, "body": 2}


def test_who_keeps_a_case_hands_nothing_over() -> None:
    """What the same person does is done where the case is; what is kept for no time goes to its first role."""
    kept = {"performer": ["desk.clerk", "back.handler"], "same_person_as": "r1"}
    nodes = {
        "r1": {"performer": "back.handler"},
        "r2": {**kept, "keeps_for": "1d"},
        "r3": {**kept, "keeps_for": "0min"},
    }
    process = organised("s > r1; r1 > r2; r2 > r3; r3 > e; e", nodes)
    assert flow_run(process, cases=20).handoffs == {"role": 1, "department": 1, "body": 0}


def test_timeouts() -> None:
    """A task that is broken off has no inward contact and no documents; its letter has gone out."""
    nodes = {"c": {"duration": "3d", "contact": "both", "documents": 1, "timeout": {"after": "2d", "next": "e"}}}
    run = flow_run(drawn("s > c; c > e; e", nodes=nodes), cases=10)
    assert (run.contacts, run.documents) == ({"in": 0, "out": 1}, 0)
    assert run.work["c"] == 48 * HOUR


def test_parts_of_work_and_working_days() -> None:
    """A working day of work is the open hours of a day; parts are added up."""
    parts = [{"was": "x", "duration": "1 working day"}, {"was": "y", "duration": "2h", "share": 0.5}]
    nodes = {"r": {"performer": "desk.clerk", "duration": None, "parts": parts}}
    assert flow_run(organised("s > r; r > e; e", nodes), cases=10).work == {"r": 9 * HOUR}


def test_batches_share_work() -> None:
    """Work that is done together is shared; a setup is divided among the members of a run."""

    def work(batch: dict[str, Any], every: str = "4h") -> float:
        nodes = {"r": {"performer": "desk.clerk", "duration": "1h", "batch": batch}}
        return flow_run(organised("s > r; r > e; e", nodes, every), cases=20).work["r"]

    assert work({"size": 4, "setup": "20min"}) == 20 * MINUTE
    assert work({"size": 4, "setup": "20min", "mode": "one_by_one"}) == 65 * MINUTE
    assert work({"size": 4, "max": 2}) == 30 * MINUTE
    # ten cases a week: five for each of two runs
    assert work({"schedule": "tue, thu 10:00"}) == 12 * MINUTE
    # the first waits for 33.6 h, in which two more come (ten in 168 h)
    assert work({"max_wait": "33.6h"}) == 20 * MINUTE
    # hardly anybody comes: a run of one
    assert work({"schedule": "mon-sun 10:00"}, "8h") == HOUR


# Load -----------------------------------------------------------------------------------------------------------------


def loaded(every: str, staff: int = 1, **role: object) -> FlowRun:
    """Run a process in which desk.clerk works an hour for each case."""
    departments = {"desk": {"calendar": "office", "roles": {"clerk": {"staff": staff, **role}}}}
    nodes = {"r": {"performer": "desk.clerk", "duration": "1h"}}
    return flow_run(organised("s > r; r > e; e", nodes, every, departments=departments), cases=50)


def test_load_by_hand() -> None:
    """Work per week over open hours per week: 40 hours for each person."""
    assert loaded("2h").load == {"desk.clerk": pytest.approx(0.5)}
    assert loaded("2h", staff=2).load == {"desk.clerk": pytest.approx(0.25)}
    duties = {"share": "50%", "block": "1h"}
    assert loaded("4h", other_duties=duties).load == {"desk.clerk": pytest.approx(0.5)}
    assert loaded("2h", calendar="always").load == {"desk.clerk": pytest.approx(20 / 168)}


def test_people_who_differ_have_a_capacity_each() -> None:
    """Twice as fast; there for a quarter of the year; all absent for a tenth, half of the rest on other duties."""
    clerk = {
        "people": {"anna": {"proficiency": 2}, "boris": {"from": "2025-10-06"}},
        "absences": [{"name": "leave", "every": "9d", "lasts": "1d"}],
        "other_duties": {"share": "50%", "block": "1h"},
    }
    present = (2 + 91 / 364) * 0.9 * 0.5
    assert loaded("2h", staff=2, **clerk).load == {"desk.clerk": pytest.approx(0.5 / present)}


def test_people_that_would_do() -> None:
    """Load 1 is too much; exactly enough people are named."""
    assert loaded("30min").enough == {"desk.clerk": 3}
    assert loaded("30min", staff=3).enough == {"desk.clerk": 3}
    assert loaded("25min").enough == {"desk.clerk": 3}


def test_profiles_count() -> None:
    """A profile stretches the demand: half on Fridays is nine tenths of a week."""
    process = organised(
        "s > r; r > e; e",
        {"r": {"performer": "desk.clerk", "duration": "1h"}},
        cases={"arrivals": {"every": "4h", "profile": {"fri": 0.5}}, "calendar": "office"},
    )
    assert flow_run(process, cases=20).per_week == 9


def test_alternatives_share_work() -> None:
    """Work goes where there is room: the judge can do the handler's work, and does so until both are busy alike."""
    nodes = {
        "r1": {"performer": ["back.handler", "law.judge"], "duration": "2h"},
        "r2": {"performer": "law.judge", "duration": "30min"},
    }
    run = flow_run(organised("s > r1; r1 > r2; r2 > e; e", nodes), cases=20)
    assert run.load["back.handler"] == run.load["law.judge"] == pytest.approx(2.5 * 10 / 80)
    assert run.load["desk.clerk"] == 0


def test_load_findings() -> None:
    """Too much work is told at the role, with the people that would do."""
    departments = {"desk": {"calendar": "office", "roles": {"clerk": {"staff": 1}}}}
    nodes = {"r": {"performer": "desk.clerk", "duration": "37min 12s"}}
    process = organised("s > r; r > e; e", nodes, "30min", departments=departments)
    (found,) = load_findings(process)
    assert (found.code, found.path) == ("BP451", ("departments", "desk", "roles", "clerk", "staff"))
    assert (found.what, found.hint) == ("load 1.24: the queue of desk.clerk grows without end", "2 people would do.")
    assert load_findings(process, flow_run(process, cases=10)) == [found]
    assert load_findings(organised("s > r; r > e; e", nodes, "1h", departments=departments)) == []


def test_load_without_end() -> None:
    """Work for people without hours is an infinite load."""
    departments = {"desk": {"calendar": "office", "roles": {"clerk": {"staff": 0}}}}
    (found,) = load_findings(drawn("s > r; r > e; e", departments=departments))
    assert (found.what, found.hint) == (
        "load inf: the queue of desk.clerk grows without end",
        "Give it people with hours.",
    )


def test_rare_batches() -> None:
    """A batch that takes years to fill is told, when nothing else makes it fire."""

    def said(batch: dict[str, Any]) -> list[tuple[str, str]]:
        nodes = {"r": {"performer": "desk.clerk", "duration": "1h", "batch": batch}}
        return [(found.code, found.what) for found in load_findings(organised("s > r; r > e; e", nodes))]

    assert said({"size": 500}) == []
    assert said({"size": 1040}) == [("BP417", "it takes 2 years until 1,040 have come together")]
    assert said({"size": 1040, "max_wait": "30d"}) == said({"size": 1040, "schedule": "mon 10:00"}) == []


def test_rules_that_fail_are_told() -> None:
    """A case for which no condition holds stops the walk; it is named."""
    process = drawn(
        "s > x; x > a, e; a > e; e",
        nodes={"x": {"next": {"a": "n == 0", "e": "n == 1"}}},
        cases={"arrivals": "1h", "attributes": {"n": "empirical([0, 1, 2], weights=[50, 49, 1])"}},
    )
    (found,) = load_findings(process)
    assert (found.code, found.path, found.hint) == ("BP707", ("flow",), "Add a flow with `else`.")
    assert found.what.startswith("case ")
    assert found.what.endswith(": no condition at x holds")


def test_rare_cases() -> None:
    """When hardly any cases come, as many are walked as two centuries bring; none is no failure."""
    rare = flow_run(drawn("s > a; a > e; e", cases={"arrivals": "4 years"}))
    assert rare.cases == 49  # 200 years of 364 days, one every 1,460 days
    nobody = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), 0)
    none = flow_run(drawn("s > a; a > e; e", cases={"arrivals": {"every": "1h", "profile": nobody}}))
    assert (none.cases, none.per_week, none.visits["a"]) == (0, 0, 0)


def test_the_number_of_cases_and_the_seed() -> None:
    """Another seed is another luck; the same one is the same."""
    process = drawn("s > x1; x1 > a; a > x2; x2 > x1 20%, e else; e")
    assert flow_run(process, cases=300, seed=1) == flow_run(process, cases=300, seed=1)
    assert flow_run(process, cases=300, seed=2).visits != flow_run(process, cases=300, seed=1).visits
    assert flow_run(process, cases=17).cases == 17
    assert np.isfinite(list(flow_run(process, cases=17).spread.values())).all()


def test_cases_that_are_called_count_for_who_calls() -> None:
    """Visits, work and load go through calls; a process where cases come as well has figures of its own."""
    work = {"performer": "desk.clerk", "duration": "1h", "next": "over"}
    sub = {"begin": {"type": "start", "next": "work"}, "work": work, "over": {"type": "end"}}
    call = {"type": "call", "process": "sub", "instances": "2", "next": "over"}
    main = {"begin": {"type": "start", "next": "ask"}, "ask": call, "over": {"type": "end"}}
    process = Process.model_validate(
        {
            "process": "main",
            "departments": {"desk": {"roles": {"clerk": {"staff": 1}}}},
            "cases": {"arrivals": "8h"},
            "flow": main,
            "others": {
                "sub": {"cases": {"entry": "called"}, "flow": sub},
                "beside": {"cases": {"arrivals": "4h"}, "flow": sub},
            },
        }
    )
    run = flow_run(process, cases=100)
    assert (run.cases, run.per_week) == (100, 21)
    assert (run.visits["sub/work"], run.weekly["sub/work"]) == (2, 21)
    assert (run.visits["beside/work"], run.weekly["beside/work"]) == (1, 42)
    assert run.work == {"sub/work": 2 * HOUR, "beside/work": HOUR}
    assert run.touch_time == 2 * HOUR
    assert run.load["desk.clerk"] == pytest.approx(2 / 8 + 1 / 4)
    assert run.lead_time == HOUR
    assert traffic(process) is None
    one = {"cases": process.others["sub"].cases, "others": {"sub": process.others["sub"]}}
    alone = flow_run(process.model_copy(update=one), cases=50)
    assert (alone.cases, alone.per_week, alone.visits["sub/work"], alone.load["desk.clerk"]) == (50, 0, 2, 0)


def test_a_loop_without_end_is_found_by_few_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not 2,000 cases go round a thousand times: the first that passes a node too often says so."""
    nodes: Written = {
        "ask": {"performer": "client", "duration": "1h", "next": "known"},
        "known": {"type": "exclusive", "next": {"ask": "not full", "gone": "else"}},
    }
    walked: list[int] = []
    whole = flowrun.flow_run

    def noted(process: Process, *, cases: int) -> FlowRun:
        walked.append(cases)
        return whole(process, cases=cases)

    monkeypatch.setattr(flowrun, "flow_run", noted)
    process = Process.model_validate(flow(nodes, attributes={"full": "bernoulli(50%)"}))
    assert [found.code for found in flowrun.load_findings(process)] == ["BP701"]
    assert walked == [20]
