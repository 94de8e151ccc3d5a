"""Measures of small runs whose every moment was worked out by hand."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.eventlog import EventLog
from bpsim.measures.measured import Measured, measure
from bpsim.measures.waiting import LawError, Ledger
from bpsim.measures.workload import daily_work_in_progress, gini
from bpsim.model.process import Process
from bpsim.reading.source import read_source

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
MONDAY = date(2025, 1, 6)


def simulate(written: Mapping[str, Any], days: int = 1, drain: int = 1) -> EventLog:
    """Run a written process once."""
    process = Process.model_validate({"process": "small", **written})
    return replicate(compile_plan(process, start=MONDAY, length=days * DAY, drain=drain * DAY), seed=1, replication=0)


def chain(*tasks: Mapping[str, Any], cases: int = 1, every: str = "1h", **rest: Any) -> dict[str, Any]:  # noqa: ANN401
    """Write a process of tasks a, b, c, ... one after another."""
    flow: dict[str, Any] = {"came": {"type": "start", "next": "a"}, "gone": {"type": "end"}}
    for name, following, task in zip("abcdefgh", "bcdefghi", tasks, strict=False):
        flow[name] = {**task, "next": following}
    flow["abcdefgh"[len(tasks) - 1]]["next"] = "gone"
    demand = {"arrivals": {"every": every, "at_most": cases}, **rest.pop("cases_", {})}
    return {"cases": demand, "flow": flow, **rest}


def values(found: Measured, name: str) -> dict[str, float]:
    """Give the values of a measure by group."""
    return {entry.group: entry.value for entry in found.measures if entry.name == name}


@pytest.fixture(scope="module")
def transfers() -> Measured:
    """The trace `transfers`: six pieces of work in four departments of two bodies, the client once in between."""
    data = read_source("tests/traces/transfers.yaml").data
    return measure(simulate(data))


def test_where_the_time_of_a_case_goes(transfers: Measured) -> None:
    """Lead time 10:00 to 12:05 next day; on its way 10 + 30 + 180 + 1140 + 60 min; work 10 + 5 + 20 + 30 + 10 + 10."""
    assert transfers.value("lead_time.mean") == (26 * 60 + 5) * MINUTE
    causes = {group: value / MINUTE for group, value in values(transfers, "lead_time.mean").items() if value and group}
    assert causes == {"cause=transfer": 1420, "cause=client": 60, "cause=processing": 85}
    assert transfers.value("waiting_time.mean") == 1420 * MINUTE
    assert transfers.value("waiting_time.mean", "cause=transfer") == 1420 * MINUTE
    assert "cause=client" not in values(transfers, "waiting_time.mean")
    assert transfers.value("processing_time.p90") == 85 * MINUTE
    assert transfers.value("flow_efficiency") == 85 / 1565


def test_who_handed_to_whom(transfers: Measured) -> None:
    """desk, desk, permits, county, permits, archive: four handoffs of departments, two of bodies; permits twice."""
    assert {level: transfers.value(f"handoffs.{level}.mean") for level in ("person", "role", "department", "body")} == {
        "person": 4,
        "role": 4,
        "department": 4,
        "body": 2,
    }
    assert transfers.value("handoffs.body.none") == 0
    assert transfers.value("ping_pong") == 1
    assert (transfers.value("people.mean"), transfers.value("departments.mean"), transfers.value("bodies.mean")) == (
        4,
        4,
        2,
    )
    # review starts 11:55, 90 min after scan; advise 3 h, decide 19 h, file 1 h after the work before; scan 10 min.
    assert transfers.value("handoff_delay.mean", "handoff=yes") == (90 + 180 + 1140 + 60) / 4 * MINUTE
    assert transfers.value("handoff_delay.mean", "handoff=no") == 10 * MINUTE
    # At the boundary the client's hour does not count: from the creation of the item.
    assert values(transfers, "waiting_time.mean")["boundary=desk -> permits"] == 30 * MINUTE
    assert values(transfers, "handoffs.mean") == {
        "": 4,
        "boundary=desk -> permits": 1,
        "boundary=permits -> county": 1,
        "boundary=county -> permits": 1,
        "boundary=permits -> archive": 1,
    }


def test_cells_of_the_ledger_are_those_of_departments(transfers: Measured) -> None:
    """The time on the way belongs to the receiving department, work to that of the person."""
    minutes = {
        cell: {cause: ms / MINUTE for cause, ms in causes.items()} for cell, causes in transfers.cells.items() if causes
    }
    assert minutes == {
        "desk": {"transfer": 10, "processing": 15},
        "permits": {"transfer": 30 + 1140, "processing": 30},
        "county": {"transfer": 180, "processing": 30},
        "archive": {"transfer": 60, "processing": 10},
        "client": {"client": 60},
    }
    assert sum(ms for causes in transfers.tasks.values() for ms in causes.values()) == 1565 * MINUTE


def test_parallel_branches_are_no_ping_pong() -> None:
    """Two departments and a join in the first: A, B, A in the order of completion, but nothing came back."""
    found = measure(
        simulate(
            {
                "departments": {"x": {"roles": {"one": {"staff": 2}}}, "y": {"roles": {"two": {"staff": 1}}}},
                "cases": {"arrivals": {"every": "1h", "at_most": 1}},
                "flow": {
                    "came": {"type": "start", "next": "fork"},
                    "fork": {"type": "parallel", "next": ["a", "b"]},
                    "a": {"performer": "x.one", "duration": "10min", "next": "meet"},
                    "b": {"performer": "y.two", "duration": "30min", "next": "meet"},
                    "meet": {"type": "parallel", "next": "c"},
                    "c": {"performer": "x.one", "duration": "5min", "next": "gone"},
                    "gone": {"type": "end"},
                },
            }
        )
    )
    assert found.value("ping_pong") == 0
    assert found.value("handoffs.department.mean") == 1  # of the two arcs into c, the one from b
    assert found.value("handoffs.person.mean") == 2  # c is done by the person of x who has idled longest
    assert found.value("handoffs.sequence.mean") == 2
    assert found.value("lead_time.mean") == 35 * MINUTE  # a's branch is not critical
    assert values(found, "critical") == {"branch=a": 0, "branch=b": 1}
    assert {name: sum(causes.values()) / MINUTE for name, causes in found.tasks.items()} == {"b": 30, "c": 5}


@pytest.mark.parametrize("departments", [3, 70])
def test_coming_back_by_way_of_a_stay(departments: int) -> None:
    """The last department, another one twice, and the last again: a ping-pong, however many departments there are."""
    names = [f"d{number:02}" for number in range(departments)]
    last, other = f"{names[-1]}.one", f"{names[-2]}.one"
    performers = (last, other, other, last)
    found = measure(
        simulate(
            chain(
                *({"performer": performer, "duration": "5min"} for performer in performers),
                departments={name: {"roles": {"one": {"staff": 1}}} for name in names},
            )
        )
    )
    assert found.value("ping_pong") == 1
    assert found.value("handoffs.mean") == 2


@pytest.fixture(scope="module")
def office() -> dict[str, Any]:
    """A clerk from 09:00 to 12:00, at 60 an hour."""
    return {
        "calendars": {"morning": {"mon-sun": "09:00-12:00"}},
        "departments": {"desk": {"calendar": "morning", "roles": {"clerk": {"staff": 1, "cost": "60/h"}}}},
    }


def test_a_clerk_by_the_hour(office: dict[str, Any]) -> None:
    """Cases at 08:30, 09:00, 09:30, 10:00 of 40 min each: 09:00-09:40, -10:20, -11:00, -11:40."""
    work = {"performer": "desk.clerk", "duration": "40min"}
    arrivals = {"cases_": {"calendar": "early"}, "cases": 4, "every": "30min"}
    calendars = {"early": {"mon": "08:00-11:00"}, **office["calendars"]}
    found = measure(simulate(chain(work, **arrivals, **{**office, "calendars": calendars})))
    assert found.value("utilisation", "role=desk.clerk") == 160 / 180
    hours = {group: value for group, value in values(found, "utilisation").items() if "hour" in group}
    assert hours == {f"role=desk.clerk,hour={hour}": share for hour, share in ((9, 1.0), (10, 1.0), (11, 40 / 60))}
    # Waits: 08:30-09:00, 09:00-09:40, 09:30-10:20, 10:00-11:00.
    assert found.value("queue.mean", "task=a") == (30 + 40 + 50 + 60) / 1440
    assert found.value("queue.p95", "task=a") == 1  # two wait for 10 + 20 min of 1440, one for 30 + 30 + 20 + 40
    assert found.value("lead_time.mean", "cause=unavailability") == 30 / 4 * MINUTE
    assert found.value("lead_time.mean", "cause=contention") == 150 / 4 * MINUTE
    assert found.value("idle_while_queue", "role=desk.clerk") == 0
    assert found.value("work_in_progress.mean") == (70 + 80 + 90 + 100) / 1440
    assert found.value("backlog_drift") == 0
    assert found.value("cost_per_case.mean") == 40
    assert values(found, "cost_per_case.mean")["department=desk"] == 40
    assert found.value("cost") == 160
    assert found.value("workload_gini", "role=desk.clerk") == 0


def test_time_on_other_duties_is_no_time_for_the_process() -> None:
    """Of 24 h on shift a clerk is away for the blocks in the log; 2 h of work are measured against the rest."""
    log = simulate(
        chain(
            {"performer": "desk.clerk", "duration": "1h"},
            cases=2,
            every="10h",
            departments={"desk": {"roles": {"clerk": {"staff": 1, "other_duties": {"share": "50%", "block": "2h"}}}}},
        )
    )
    blocks = zip(log.duties["start"].tolist(), log.duties["end"].tolist(), strict=True)
    away = sum(min(end, DAY) - start for start, end in blocks if start < DAY)
    assert away > 2 * HOUR
    assert measure(log).value("utilisation", "role=desk.clerk") == 2 * HOUR / (DAY - away)


def test_an_item_that_is_kept_lets_people_idle() -> None:
    """Two clerks; the second task of case 0 is kept for who did the first, while that one is busy with case 1.

    Case 0: a 10 min by clerk 0 from 01:00, then a timer of 5 min. Case 1: a by clerk 1 at 01:05 (idle longest), 30 min:
    so it is case 0's own clerk that must be busy: with one clerk on a third role nothing idles.
    """
    found = measure(
        simulate(
            chain(
                {"performer": "desk.clerk", "duration": "10min"},
                {"performer": "desk.clerk", "duration": "10min", "same_person_as": "a"},
                cases=3,
                every="4min",
                departments={"desk": {"roles": {"clerk": {"staff": 2}}}},
            )
        )
    )
    # a of case 0: clerk 0, 00:04-00:14; of case 1: clerk 1, 00:08-00:18; case 2 waits from 00:12.
    # 00:14: b of case 0 was released at 00:14, a of case 2 at 00:12: case 2 first, by clerk 0, until 00:24.
    # 00:18: b of case 1 by clerk 1 until 00:28. 00:24: b of case 0 by clerk 0 until 00:34.
    # b of case 2 is kept for clerk 0 from 00:24 to 00:34, then until 00:44.
    # Clerk 1 is free from 00:28: 16 min, of which 6 with case 2 waiting.
    assert found.value("lead_time.mean", "cause=affinity") == 6 / 3 * MINUTE
    assert found.value("idle_while_queue", "role=desk.clerk") == 6 / 1440
    assert found.value("workload_gini", "role=desk.clerk") == pytest.approx((40 - 20) / (2 * 60))


def test_the_client_and_the_letters(office: dict[str, Any]) -> None:
    """A visit, a letter that is answered, and the client's own time and money at the counter."""
    found = measure(
        simulate(
            chain(
                {"performer": "desk.clerk", "duration": "10min", "contact": "in", "documents": 2},
                {"performer": "client", "duration": "1h", "contact": "both", "documents": 1},
                {"performer": "desk.clerk", "duration": "5min", "contact": "out"},
                channels={"counter": {"share": 1.0, "client_time": "30min", "client_cost": 2}},
                **office,
            )
        )
    )
    assert {name: found.value(f"{name}.mean") for name in ("contacts", "contacts.in", "contacts.out", "documents")} == {
        "contacts": 4,
        "contacts.in": 2,
        "contacts.out": 2,
        "documents": 3,
    }
    assert found.value("client_time.mean") == 2 * 30 * MINUTE
    assert found.value("client_cost.mean") == 4
    assert found.value("touches.mean") == 2
    assert found.value("outcome", "outcome=gone") == 1


def test_a_run_of_a_batch_is_shared() -> None:
    """Three served together in 30 min: each is in it for 30 min, and costs a third of it."""
    work = {"performer": "desk.clerk", "duration": "30min", "batch": {"size": 3}}
    found = measure(
        simulate(chain(work, cases=3, departments={"desk": {"roles": {"clerk": {"staff": 1, "cost": "60/h"}}}}))
    )
    assert found.value("lead_time.mean", "cause=processing") == 30 * MINUTE
    assert found.value("lead_time.mean", "cause=batching") == 60 * MINUTE  # 2 h, 1 h, none
    assert found.value("processing_time.mean") == 10 * MINUTE
    assert found.value("cost_per_case.mean") == 10
    assert found.value("utilisation", "role=desk.clerk") == 30 / 1440


def test_clocks_stop_while_the_client_has_the_case() -> None:
    """10 min of work, 3 h with the client, 20 min of work, against limits of 30 and 29 min, from the first work on."""
    stops = {"from": "a", "to": ["c"], "stops_while": ["client"]}
    clocks = {
        "kept": {**stops, "limit": "20min"},
        "missed": {**stops, "limit": "19min"},
        "whole": {"limit": {"by": "big", "of": {"true": "1h", "false": "1d"}}},
        "desk": {"limit": "1 working day", "calendar": "short", "to": "end"},
    }
    found = measure(
        simulate(
            chain(
                {"performer": "desk.clerk", "duration": "10min"},
                {"performer": "client", "duration": "3h"},
                {"performer": "desk.clerk", "duration": "20min"},
                calendars={"short": {"mon-sun": "02:00-03:00"}},
                departments={"desk": {"roles": {"clerk": {"staff": 1}}}},
                cases_={"clocks": clocks, "attributes": {"big": "bernoulli(100%)"}},
            )
        )
    )
    # 01:00 - 04:30. The working day is the hour from 02:00, which is used up.
    assert {name: found.value(f"on_time.{name}") for name in clocks} == {"kept": 1, "missed": 0, "whole": 0, "desk": 1}
    assert found.value("lead_time.kept.mean") == 20 * MINUTE
    assert found.value("lateness.missed.mean") == MINUTE
    assert found.value("lateness.whole.mean") == (210 - 60) * MINUTE
    assert found.value("lead_time.desk.mean") == HOUR


def test_open_cases_count() -> None:
    """One clerk, 5 h a case, a case an hour: of 23 cases of the day 9 end within two days, the others are open.

    Case n (0, 1, ...) arises at hour n + 1 and ends at 1 + 5 (n + 1): lead time 5 + 4 n. At hour 48 nine have ended,
    the last with 37 h; the open ones are 48 - (n + 1) = 38, ..., 25 h old.
    """
    work = {"performer": "desk.clerk", "duration": "5h"}
    found = measure(
        simulate(
            chain(
                work,
                cases=23,
                departments={"desk": {"roles": {"clerk": {"staff": 1}}}},
                cases_={"clocks": {"legal": {"limit": "30h"}}},
            ),
        )
    )
    assert (found.counts.started, found.counts.finished, found.counts.abandoned, found.counts.open) == (23, 9, 0, 14)
    assert found.value("lead_time.mean") == 21 * HOUR  # of those that ended: 5, 9, ..., 37
    # Kaplan-Meier: ends at 5, 9, 13, 17, 21, 25 h with 23, 22, ..., 18 at risk: 17/23 left.
    # At 29 h: at risk are 3 ended + the open of 29 and more (10) = 13; at 33 h 2 + 6 = 8; at 37 h 1 + 2 = 3.
    left = 17 / 23 * (12 / 13) * (7 / 8) * (2 / 3)
    assert left == pytest.approx(0.398, abs=0.001)
    assert found.value("lead_time.p50") == 37 * HOUR
    with pytest.raises(KeyError):
        found.value("lead_time.p80")
    # Met: 5, ..., 29 h: 7. Passed: 33 and 37 h, and of the open those older than 30 h: 31, ..., 38: 8.
    assert found.value("on_time.legal") == 7 / (7 + 2 + 8)
    assert found.value("backlog_drift") == 23 - 4


def test_the_cohort_begins_after_the_warm_up() -> None:
    """Cases of the first day are left out, in counts, means and utilisation."""
    work = {"performer": "desk.clerk", "duration": "1h"}
    written = chain(work, cases=6, every="8h", departments={"desk": {"roles": {"clerk": {"staff": 1}}}})
    log = simulate(written, days=3)
    found = measure(log, warmup=DAY)
    assert found.counts.started == 4  # at 8, 16 h; 24, 32, 40 h; 48 h
    assert found.value("utilisation", "role=desk.clerk") == 4 / 48
    assert daily_work_in_progress(log).tolist() == [0, 0, 0]


def test_first_time_right() -> None:
    """Every case goes through the task twice: half of the items are rework, and nothing is right the first time."""
    written = chain(
        {"performer": "desk.clerk", "duration": "10min"}, departments={"desk": {"roles": {"clerk": {"staff": 1}}}}
    )
    written["flow"] |= {
        "came": {"type": "start", "next": "again"},
        "again": {"type": "exclusive", "next": "a"},
        "a": {"performer": "desk.clerk", "duration": "10min", "next": "check"},
        "check": {"type": "exclusive", "next": {"again": "visits(a) < 2", "gone": "else"}},
    }
    found = measure(simulate(written))
    assert found.value("first_time_right") == 0
    assert found.value("rework_rate") == 1 / 2


def test_channels_and_outcomes_are_groups() -> None:
    """The mean over all is that of the groups, weighted; the wait for the counter is the client's."""
    written = chain(
        {"performer": "desk.clerk", "duration": "10min"},
        cases=10,
        departments={"desk": {"roles": {"clerk": {"staff": 5}}}},
        calendars={"late": {"mon-sun": "12:00-13:00"}},
        channels={
            "counter": {"share": "50%", "calendar": "late"},
            "post": {"share": "50%", "delay": "2h"},
        },
    )
    written["flow"]["a"]["next"] = "split"
    written["flow"] |= {
        "split": {"type": "exclusive", "next": {"gone": "50%", "refused": "else"}},
        "refused": {"type": "end"},
    }
    log = simulate(written)
    found = measure(log)
    mean, channel, outcome = (found.value("lead_time.mean", "") * 10, log.cases["channel"], log.cases["outcome"])
    for key, column, names in (("channel", channel, ("counter", "post")), ("outcome", outcome, ("gone", "refused"))):
        parts = [found.value("lead_time.mean", f"{key}={name}") * (column == i).sum() for i, name in enumerate(names)]
        assert sum(parts) == pytest.approx(mean)
    waits = [(12 - hour if hour < 12 else 0) for hour in range(1, 11)]  # until noon
    expected = sum(wait for wait, where in zip(waits, channel.tolist(), strict=True) if where == 0)
    assert found.value("lead_time.mean", "cause=client") * 10 == expected * HOUR
    assert found.cells["client"]["client"] == expected * HOUR
    assert found.cells["desk"]["transfer"] == int((channel == 1).sum()) * 2 * HOUR
    assert found.value("lead_time.mean", "channel=post") >= (2 * 60 + 10) * MINUTE


# What must hold in every log


@pytest.fixture(scope="module")
def queue() -> EventLog:
    """Two cases, one after the other, at one clerk: 01:00-02:30 and 02:30-04:00."""
    work = {"performer": "desk.clerk", "duration": "90min"}
    return simulate(chain(work, cases=2, departments={"desk": {"roles": {"clerk": {"staff": 1}}}}))


def test_the_account_of_a_case_adds_up(queue: EventLog) -> None:
    """A case that ends later than its last item has lost time somewhere."""
    ended = queue.cases["ended"].copy()
    ended[1] += 1
    with pytest.raises(LawError, match="the account of case 1 does not add up"):
        measure(replace(queue, cases={**queue.cases, "ended": ended}))


def test_the_causes_of_an_item_add_up(queue: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """A millisecond without a cause is found."""
    whole = Ledger.parts

    def lossy(ledger: Ledger, rows: slice) -> Any:  # noqa: ANN401 - an array of numpy
        parts = whole(ledger, rows)
        parts[1, 0] -= 1
        return parts

    monkeypatch.setattr(Ledger, "parts", lossy)
    with pytest.raises(LawError, match="the causes of row 1 do not add up"):
        measure(queue)


@pytest.mark.parametrize(
    ("shares", "coefficient"), [([5, 5, 5], 0.0), ([0, 0, 9], 2 / 3), ([1, 3], 0.25), ([0, 0], 0.0), ([7], 0.0)]
)
def test_gini(shares: list[int], coefficient: float) -> None:
    """Gini's coefficient is half the mean absolute difference over the mean."""
    values = np.array(shares, np.int64)
    assert gini(values) == pytest.approx(coefficient)
    if values.sum():
        assert gini(values) == pytest.approx(np.abs(values[:, None] - values).mean() / 2 / values.mean())
