"""The second interpreter itself: one queue equals the recursions of Lindley and of Kiefer and Wolfowitz."""

import math
from bisect import bisect_right
from datetime import date
from typing import Any

import pytest

from bpsim.model.process import Process
from tests.oracle.hours import DAY
from tests.oracle.luck import luck
from tests.oracle.reference import Reference, interpret

pytestmark = pytest.mark.untraced

MONDAY = date(2025, 1, 6)
MINUTE = 60_000
CASES = 100_000
#: Openings of one week, worked out by hand: Monday to Friday 09:00-12:00 and 13:00-17:00.
LUNCH = [(day * DAY + a * 60 * MINUTE, day * DAY + b * 60 * MINUTE) for day in range(5) for a, b in ((9, 12), (13, 17))]


def queue(every: str, service: str, people: int, cases: int, calendar: Any = "24/7") -> Reference:  # noqa: ANN401
    """Run one queue."""
    process = Process.model_validate(
        {
            "process": "queue",
            "calendars": {"office": calendar},
            "departments": {"desk": {"calendar": "office", "roles": {"clerk": {"staff": people}}}},
            "cases": {"arrivals": {"every": every, "at_most": cases}},
            "flow": {
                "came": {"type": "start", "next": "served"},
                "served": {"performer": "desk.clerk", "duration": service, "next": "gone"},
                "gone": {"type": "end"},
            },
        }
    )
    return interpret(process, start=MONDAY, length=20_000 * DAY, drain=0, seed=7, replication=2)


def exponential(mean: float, purpose: str, position: int) -> float:
    """Draw by the inverse of the exponential law at an address of the seed and replication above."""
    return -mean * math.log1p(-luck(f"7/2/{purpose}", 0, position))


def arrivals(mean: float | None, constant: int, cases: int) -> list[int]:
    """Add up the times between cases, day by day, and round each sum."""
    sums: list[int] = []
    day, used, todo = 0, 0.0, 0.0
    while len(sums) < cases:
        if not todo:
            todo = constant if mean is None else exponential(mean, "arrival/", len(sums))
        if todo <= DAY - used:
            used += todo
            sums.append(day + round(used))
            todo = 0.0
        else:
            todo -= DAY - used
            day, used = day + DAY, 0.0
    return sums


def services(mean: float | None, constant: int, cases: int) -> list[int]:
    """Draw the service times."""
    return [constant if mean is None else round(exponential(mean, "duration/served", n)) for n in range(cases)]


def lindley(needs: list[int], work: list[int]) -> list[int]:
    """Lindley (1952): W' = max(0, W + S - A), the waits in a queue with one server."""
    waits = [0]
    for number in range(1, len(needs)):
        waits.append(max(0, waits[-1] + work[number - 1] - (needs[number] - needs[number - 1])))
    return waits


def kiefer_wolfowitz(needs: list[int], work: list[int], servers: int) -> list[int]:
    """Kiefer and Wolfowitz (1955): the ordered workloads of several servers; a case waits for the smallest."""
    load, waits, before = [0] * servers, [], needs[0]
    for need, service in zip(needs, work, strict=True):
        load = sorted(max(0, left - (need - before)) for left in load)
        waits.append(load[0])
        load[0] += service
        before = need
    return waits


@pytest.mark.parametrize(
    ("every", "mean", "service", "served"), [("10min", None, "8min", 8.0), ("10min", None, "10min", None)]
)
def test_arrivals_by_the_clock(every: str, mean: float | None, service: str, served: float | None) -> None:
    """Arrivals by the clock, with exponential and with constant service (ties at each instant): Lindley's recursion."""
    written = service if served is None else f"exponential(mean={service})"
    history = queue(every, written, 1, 20_000)
    needs = arrivals(mean, 10 * MINUTE, 20_000)
    work = services(served and served * MINUTE, 10 * MINUTE, 20_000)
    assert [row[8] - row[5] for row in sorted(history.rows)] == lindley(needs, work)


@pytest.mark.parametrize("people", [1, 3])
def test_one_queue(people: int) -> None:
    """100,000 cases through one exponential queue: starts and ends equal the recursions, integer for integer."""
    seconds = 600 // people
    history = queue(f"exponential(mean={seconds}s)", "exponential(mean=8min)", people, CASES)
    needs = arrivals(seconds * 1000, 0, CASES)
    work = services(8 * MINUTE, 0, CASES)
    waits = lindley(needs, work) if people == 1 else kiefer_wolfowitz(needs, work, people)
    rows = sorted(history.rows)
    assert [row[5] for row in rows] == needs
    assert [row[8] for row in rows] == [need + wait for need, wait in zip(needs, waits, strict=True)]
    assert [row[9] for row in rows] == [need + wait + s for need, wait, s in zip(needs, waits, work, strict=True)]


def open_time(time: int) -> int:
    """Count the open time of the week with lunch breaks up to an instant, week by week."""
    weeks, rest = divmod(time, 7 * DAY)
    return weeks * 35 * 60 * MINUTE + sum(max(0, min(rest, b) - a) for a, b in LUNCH)


def opening(worked: int) -> int:
    """Give the latest instant before which so much of the week's open time has passed: where the next work begins."""
    weeks, rest = divmod(worked, 35 * 60 * MINUTE)
    sums = [0]
    for a, b in LUNCH:
        sums.append(sums[-1] + b - a)
    place = bisect_right(sums, rest) - 1
    return weeks * 7 * DAY + LUNCH[place][0] + rest - sums[place]


def test_a_queue_with_lunch_breaks() -> None:
    """In open time a queue with shifts is a queue without: Lindley's recursion on the arrivals' open time."""
    office = {"mon-fri": "09:00-12:00, 13:00-17:00"}
    history = queue("exponential(mean=60min)", "exponential(mean=10min)", 1, 20_000, office)
    needs = arrivals(60 * MINUTE, 0, 20_000)
    work = services(10 * MINUTE, 0, 20_000)
    inside = [open_time(need) for need in needs]
    waits = lindley(inside, work)
    rows = sorted(history.rows)
    starts = [opening(came + wait) for came, wait in zip(inside, waits, strict=True)]
    assert [row[8] for row in rows] == [max(start, need) for start, need in zip(starts, needs, strict=True)]
    assert [open_time(row[9]) - open_time(row[8]) for row in rows] == work
