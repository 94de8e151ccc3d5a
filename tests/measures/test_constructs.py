"""Measures of the further constructs of the language, one small run each, worked out by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bpsim.eventlog import CANCELLED
from bpsim.measures.measured import Counts, measure
from bpsim.measures.waiting import CAUSES, Ledger
from tests.measures.test_measures import HOUR, MINUTE, chain, simulate, values


def desk(staff: int = 1, **role: Any) -> dict[str, Any]:  # noqa: ANN401
    """Write one department with one role, paid 60 an hour: one a minute."""
    return {"desk": {"roles": {"clerk": {"staff": staff, "cost": "60/h", **role}}}}


def parts(log: Any, row: int) -> dict[str, float]:  # noqa: ANN401
    """Give the minutes of each cause of a row."""
    found = Ledger(log).parts(slice(row, row + 1))[0].tolist()
    return {cause: ms / MINUTE for cause, ms in zip(CAUSES, found, strict=True) if ms}


TERMINATED = {
    "departments": desk(2),
    "cases": {"arrivals": {"every": "1h", "at_most": 1}},
    "flow": {
        "came": {"type": "start", "next": "fork"},
        "fork": {"type": "parallel", "next": ["quick", "slow", "letter"]},
        "quick": {"performer": "desk.clerk", "duration": "10min", "next": "no"},
        "slow": {"performer": "desk.clerk", "duration": "30min", "next": "meet"},
        "letter": {"performer": "client", "duration": "5h", "contact": "out", "next": "meet"},
        "meet": {"type": "parallel", "next": "yes"},
        "no": {"type": "end", "terminate": True, "outcome": "refused"},
        "yes": {"type": "end", "outcome": "granted"},
    },
}


def test_a_terminated_case_has_the_account_of_the_token_that_ended_it() -> None:
    """Quick is done at 10, which ends the case: slow has had 10 minutes for nothing, the letter is out all the same."""
    log = simulate(TERMINATED)
    found = measure(log)
    assert found.counts == Counts(1, 1, 0, 0)
    assert found.value("lead_time.mean") == 10 * MINUTE
    assert found.value("lead_time.mean", "cause=processing") == 10 * MINUTE
    assert found.value("processing_time.mean") == 20 * MINUTE
    assert found.value("wasted_work") == 0.5
    assert found.value("cost_per_case.mean") == 20
    assert found.value("contacts.out.mean") == 1
    assert found.value("touches.mean") == 2
    assert found.value("outcome", "outcome=refused") == 1
    assert sorted(log.items["status"].tolist()) == [0, CANCELLED, CANCELLED]
    assert log.stints["row"].tolist() == []


def test_what_nobody_started_is_no_touch_and_no_waste() -> None:
    """With one clerk slow is still waiting when quick is done: nobody has touched it."""
    found = measure(simulate({**TERMINATED, "departments": desk()}))
    assert found.value("wasted_work") == 0
    assert found.value("touches.mean") == 1
    assert found.value("people.mean") == 1
    assert found.value("queue.mean", "task=slow") * 24 * 60 == 10


def test_errors() -> None:
    """An error is made by a, found by b or never: what was found is not undetected, but not right the first time."""
    a = {"performer": "desk.clerk", "duration": "10min", "introduces_error": 1.0}
    b = {"performer": "desk.clerk", "duration": "10min"}
    hidden = measure(simulate(chain(a, b, cases=3, departments=desk())))
    assert (hidden.value("undetected_errors"), hidden.value("errors.mean"), hidden.value("first_time_right")) == (
        1,
        1,
        0,
    )
    found = measure(simulate(chain(a, {**b, "detects_error": 1.0}, cases=3, departments=desk())))
    assert (found.value("undetected_errors"), found.value("errors.mean"), found.value("first_time_right")) == (0, 1, 0)


def test_nobody_works_by_hand() -> None:
    """The share of cases that are decided at once."""
    found = measure(simulate(chain({"performer": "system", "duration": "1min"}, cases=4, departments=desk())))
    assert found.value("p_instant") == 1
    found = measure(simulate(chain({"performer": "desk.clerk", "duration": "1min"}, cases=4, departments=desk())))
    assert found.value("p_instant") == 0


def test_client_groups_are_told_apart() -> None:
    """Groups 0, 1, 2 of one case each have lead times of 60, 120, 180: ratio 3, gap 120, Gini 2/9."""
    log = simulate(chain({"performer": "desk.clerk", "duration": "1h"}, cases=3, every="0h", departments=desk()))
    settings = replace(log.settings, groups="kind", value_by="kind", value_of_time=(("1", 30.0), ("else", 60.0)))
    log = replace(log, settings=settings, attributes={"kind": np.array([0.0, 1.0, 2.0])})
    found = measure(log)
    assert values(found, "lead_time.mean")["group=2"] == 3 * HOUR
    assert (found.value("lead_time.ratio"), found.value("lead_time.gap")) == (3, 2 * HOUR)
    assert found.value("lead_time.gini") == pytest.approx(2 / 9)
    assert found.value("abandonment", "group=1") == 0


CALLING = {
    "departments": desk(2) | {"panel": {"roles": {"judge": {"staff": 1, "cost": "120/h"}}}},
    "cases": {"arrivals": {"every": "1h", "at_most": 1}},
    "flow": {
        "came": {"type": "start", "next": "a"},
        "a": {"performer": "desk.clerk", "duration": "10min", "next": "ask"},
        "ask": {"type": "call", "process": "hearing", "instances": 2, "next": "b"},
        "b": {"performer": "desk.clerk", "duration": "5min", "next": "gone"},
        "gone": {"type": "end"},
    },
    "others": {
        "hearing": {
            "cases": {"entry": "called"},
            "flow": {
                "began": {"type": "start", "next": "hear"},
                "hear": {"performer": "panel.judge", "duration": "20min", "next": "heard"},
                "heard": {"type": "end"},
            },
        }
    },
}


def test_the_account_of_a_case_goes_through_the_cases_that_it_called() -> None:
    """Two hearings by one judge: 10 + 20 + 20 + 5; the second waits 20 for the judge, and comes last."""
    found = measure(simulate(CALLING))
    assert found.counts == Counts(1, 1, 0, 0)
    assert found.value("lead_time.mean") == 55 * MINUTE
    assert values(found, "lead_time.mean")["process=hearing"] == 30 * MINUTE
    assert found.value("lead_time.mean", "cause=contention") == 20 * MINUTE
    assert found.value("lead_time.mean", "cause=processing") == 35 * MINUTE
    assert found.cells == {
        "desk": {"processing": 15 * MINUTE},
        "panel": {"processing": 20 * MINUTE, "contention": 20 * MINUTE},
    }
    assert found.tasks["hearing/hear"] == {"processing": 20 * MINUTE, "contention": 20 * MINUTE}
    assert found.value("work_in_progress.mean") * 24 * 60 == pytest.approx(55)
    assert found.value("work_in_progress.mean", "process=hearing") * 24 * 60 == pytest.approx(20 + 40)
    assert found.value("processing_time.mean") == 55 * MINUTE
    assert values(found, "processing_time.mean")["process=hearing"] == 20 * MINUTE
    assert found.value("cost_per_case.mean") == 15 + 80
    assert found.value("handoffs.department.mean") == 4
    assert found.value("people.mean") == 3
    assert found.value("touches.mean") == 4


def test_preempted_work_waits_for_what_went_first() -> None:
    """Slow works from 0 to 10 and from 20 to 70: urgent, which preempts, has the clerk from 10 to 20."""
    log = simulate(
        {
            "departments": desk(),
            "cases": {"arrivals": {"every": "1h", "at_most": 1}},
            "flow": {
                "came": {"type": "start", "next": "fork"},
                "fork": {"type": "parallel", "next": ["slow", "later"]},
                "slow": {"performer": "desk.clerk", "duration": "60min", "next": "meet"},
                "later": {"type": "timer", "delay": "10min", "next": "urgent"},
                "urgent": {"performer": "desk.clerk", "duration": "10min", "preempts": True, "next": "meet"},
                "meet": {"type": "parallel", "next": "gone"},
                "gone": {"type": "end"},
            },
        }
    )
    found = measure(log)
    assert found.value("lead_time.mean") == 70 * MINUTE
    assert found.value("lead_time.mean", "cause=prioritisation") == 10 * MINUTE
    assert found.value("lead_time.mean", "cause=processing") == 60 * MINUTE
    assert found.value("utilisation", "role=desk.clerk") * 24 * 60 == pytest.approx(70)
    assert found.value("cost_per_case.mean") == 70


def test_overtime_is_paid_at_its_own_rate_and_is_no_pause() -> None:
    """Work of 90 minutes in a shift of an hour: half an hour beyond it, at 100 an hour."""
    role = {"calendar": "hour", "at_shift_end": "finish", "overtime_cost": "100/h"}
    calendars = {"hour": {"mon": "09:00-10:00"}}
    log = simulate(
        chain({"performer": "desk.clerk", "duration": "90min"}, departments=desk(**role), calendars=calendars)
        | {"cases": {"arrivals": {"every": "1h", "at_most": 1}}}
    )
    found = measure(log)
    assert found.value("lead_time.mean", "cause=processing") == 90 * MINUTE
    assert found.value("cost_per_case.mean") == 60 + 50
    assert found.value("overtime", "role=desk.clerk") == 0.5
    assert found.value("overtime", "role=desk.clerk,hour=10") == 0.5
    assert found.value("utilisation", "role=desk.clerk") == 1


def test_absences_break_off_work_and_take_away_capacity() -> None:
    """Each absence of 3 hours, while 10 hours of work are done, is unavailability; it is no capacity either."""
    ill = {"absences": [{"name": "ill", "every": "4h", "lasts": "3h", "interrupts": True}]}
    log = simulate(chain({"performer": "desk.clerk", "duration": "10h"}, departments=desk(**ill)))
    start, end = (log.duties[name].tolist() for name in ("start", "end"))
    done = int(log.items["completed"][0])
    inside = [(a, b) for a, b in zip(start, end, strict=True) if log.items["created"][0] <= a < done]
    assert len(inside) >= 2
    waited = [(a, b) for a, b in zip(start, end, strict=True) if a < log.items["created"][0] < b]
    lost = 3 * len(inside) + sum((b - int(log.items["created"][0])) / HOUR for _, b in waited)
    found = measure(log)
    assert found.value("lead_time.mean", "cause=processing") == 10 * HOUR
    assert found.value("lead_time.mean", "cause=unavailability") / HOUR == pytest.approx(lost)
    away = sum(max(0, min(b, 24 * HOUR) - a) for a, b in zip(start, end, strict=True) if a < 24 * HOUR)
    assert found.value("capacity", "role=desk.clerk") == pytest.approx(1 - away / (24 * HOUR))


def test_people_have_costs_of_their_own() -> None:
    """Anna costs 90 an hour, Bo as the role says."""
    people = {"people": {"anna": {"cost": "90/h"}, "bo": {}}}
    found = measure(
        simulate(chain({"performer": "desk.clerk", "duration": "1h"}, cases=2, departments=desk(2, **people)))
    )
    assert found.value("cost_per_case.mean") == (90 + 60) / 2


def test_a_long_stay_is_still_a_ping_pong() -> None:
    """Desk, four pieces of work in the back, and the desk again."""
    departments = desk() | {"back": {"roles": {"aide": {"staff": 1}}}}
    desk_task, back_task = ({"performer": who, "duration": "1min"} for who in ("desk.clerk", "back.aide"))
    log = simulate(chain(desk_task, *[back_task] * 4, desk_task, departments=departments))
    assert measure(log).value("ping_pong") == 1


def test_several_at_once_are_each_paid_and_share_the_case() -> None:
    """Two clerks at once for 30 minutes, then one of them for 10: the pair has one in common with what follows."""
    pair = {"performer": {"all": ["desk.clerk", "desk.clerk"]}, "duration": "30min"}
    found = measure(simulate(chain(pair, {"performer": "desk.clerk", "duration": "10min"}, departments=desk(2))))
    assert found.value("lead_time.mean") == 40 * MINUTE
    assert found.value("processing_time.mean") == 70 * MINUTE
    assert found.value("cost_per_case.mean") == 70
    assert found.value("handoffs.person.mean") == 0
    assert found.value("people.mean") == 2
    assert found.value("touches.mean") == 2
    assert found.value("utilisation", "role=desk.clerk") * 2 * 24 * 60 == pytest.approx(70)


def test_a_partner_who_is_missing_is_the_cause() -> None:
    """Desk is open from 9 to 10, the back from 10 to 12 and the desk again from 11: both are there at 11."""
    calendars = {"one": {"mon": "09:00-10:00, 11:00-13:00"}, "two": {"mon": "10:00-12:00"}}
    departments = {
        "desk": {"calendar": "one", "roles": {"clerk": {"staff": 1}}},
        "back": {"calendar": "two", "roles": {"aide": {"staff": 1}}},
    }
    both = {"performer": {"all": ["desk.clerk", "back.aide"]}, "duration": "30min"}
    log = simulate(chain(both, departments=departments, calendars=calendars, every="9h"))
    assert parts(log, 0) == {"unavailability": 120, "processing": 30}


def test_the_time_to_fill_a_post() -> None:
    """Everybody leaves within hours; each case hires for the post that is vacant longest, two hours after its end."""
    clerk = {"leaving": {"rate": "100000% per year"}}
    written = chain({"performer": "system", "duration": "1h"}, cases=20, departments=desk(**clerk))
    written["flow"]["gone"]["effect"] = {"hire": "desk.clerk", "after": "2h"}
    log = simulate(written)
    posts = [
        (end - start) / HOUR
        for start, end, kind in zip(*(log.duties[name].tolist() for name in ("start", "end", "kind")), strict=True)
        if kind == 3 and end < log.settings.stopped
    ]
    assert len(posts) >= 2
    assert measure(log).value("time_to_fill.mean", "role=desk.clerk") / HOUR == pytest.approx(sum(posts) / len(posts))


def test_a_timeout_in_the_queue_is_a_wait_without_a_touch() -> None:
    """The only clerk works for 60; the other branch gives up waiting after 20, and then a machine takes 5."""
    log = simulate(
        {
            "departments": desk(),
            "cases": {"arrivals": {"every": "1h", "at_most": 1}},
            "flow": {
                "came": {"type": "start", "next": "fork"},
                "fork": {"type": "parallel", "next": ["long", "short"]},
                "long": {"performer": "desk.clerk", "duration": "60min", "next": "meet"},
                "short": {
                    "performer": "desk.clerk",
                    "duration": "10min",
                    "timeout": {"after": "20min", "next": "machine"},
                    "next": "one",
                },
                "machine": {"performer": "system", "duration": "50min", "next": "one"},
                "one": {"type": "exclusive", "next": "meet"},
                "meet": {"type": "parallel", "next": "gone"},
                "gone": {"type": "end"},
            },
        }
    )
    found = measure(log)
    assert found.value("lead_time.mean") == 70 * MINUTE
    assert found.value("lead_time.mean", "cause=contention") == 20 * MINUTE
    assert found.value("lead_time.mean", "cause=processing") == 50 * MINUTE
    assert found.value("touches.mean") == 1
    assert found.value("wasted_work") == 0
    assert found.value("queue.mean", "task=short") * 24 * 60 == pytest.approx(20)


def test_a_client_who_withdraws_is_abandoned_and_in_no_mean() -> None:
    """Work of 3 hours, patience of 2: the client has gone by then, and two hours of work were wasted."""
    written = chain(
        {"performer": "desk.clerk", "duration": "3h"}, departments=desk(), cases_={"client": {"withdraws_after": "2h"}}
    )
    found = measure(simulate(written))
    assert found.counts == Counts(1, 0, 1, 0)
    assert found.value("abandonment") == 1
    assert found.value("wasted_work") == 1
    assert found.value("outcome", "outcome=withdrawn") == 1
    assert not values(found, "lead_time.mean")


def test_chases_are_contacts_and_work_but_in_no_account() -> None:
    """Work of 5 hours by the back, a question every 2 hours that costs the desk 6 minutes: two questions."""
    chases = {"every": "2h", "work": {"performer": "desk.clerk", "duration": "6min"}}
    departments = desk() | {"back": {"roles": {"aide": {"staff": 1}}}}
    channels = {"phone": {"share": 1.0, "client_time": "30min", "client_cost": 1}}
    client = {"chases": chases, "value_of_time": "20/h"}
    task = {"performer": "back.aide", "duration": "5h", "contact": "in"}
    written = chain(task, departments=departments, channels=channels, cases_={"client": client})
    found = measure(simulate(written))
    assert found.value("lead_time.mean") == 5 * HOUR
    assert found.value("contacts.in.mean") == 3
    assert found.value("failure_demand") == 2 / 3
    assert found.value("cost_per_case.mean") == 12
    assert found.value("burden.mean") == 3 * (1 + 10)
    assert found.value("touches.mean") == 3
    assert found.value("handoffs.person.mean") == 0
    assert found.value("first_time_right") == 1


def test_who_leaves_a_queue() -> None:
    """Three at once for one clerk, 30 minutes each, patience of 40: two are served, the third leaves."""
    task = {"performer": "desk.clerk", "duration": "30min", "reneges_after": "40min"}
    found = measure(simulate(chain(task, cases=3, every="0h", departments=desk())))
    assert found.value("abandonment", "task=a") == 1 / 3
    assert found.counts == Counts(3, 2, 1, 0)
    assert found.value("lead_time.mean") == 45 * MINUTE
    assert found.value("queue.mean", "task=a") * 24 * 60 == pytest.approx(30 + 40)
