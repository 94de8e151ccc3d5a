"""One queue of 100,000 cases equals the recursions of Lindley and of Kiefer and Wolfowitz, integer for integer."""

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bpsim.statistics.theory import kiefer_wolfowitz, lindley
from tests.engine.drawn import DAY, HOUR, MINUTE, queue, run
from tests.oracle.luck import luck

pytestmark = pytest.mark.untraced

CASES = 100_000
Times = NDArray[np.int64]
#: Working hours to choose from: never closed, and every day with and without a lunch break.
HOURS = {"straight": [(9, 17)], "lunch": [(9, 12), (13, 17)]}


def services(mean: float) -> list[int]:
    """Draw exponential service times at their addresses."""
    return [round(-mean * math.log1p(-luck("1/2/duration/served", 0, number))) for number in range(CASES)]


def waits(came: list[int], work: list[int], people: int) -> Times:
    """Give the waits by the recursions."""
    return np.array(lindley(came, work) if people == 1 else kiefer_wolfowitz(came, work, people))


def served(every: str, service: str, people: int, calendar: Any = "24/7") -> tuple[Times, Times, Times]:  # noqa: ANN401
    """Run a queue; give when its cases came, started and were done."""
    log = run(queue(every, service, people=people, cases=CASES, calendar=calendar), days=20_000)
    order = np.argsort(log.items["case"])
    assert len(order) == CASES
    came, started, done = (log.items[name][order].astype(np.int64) for name in ("created", "started", "completed"))
    return came, started, done


@pytest.mark.parametrize("people", [1, 3])
def test_exponential_arrivals_and_services(people: int) -> None:
    """Random arrivals and services, with one server and with three."""
    work = services(8 * MINUTE)
    came, started, done = served(f"exponential(mean={600 // people}s)", "exponential(mean=8min)", people)
    assert (started - came == waits(came.tolist(), work, people)).all()
    assert (done - started == work).all()


@pytest.mark.parametrize("people", [1, 3])
def test_constant_service(people: int) -> None:
    """Random arrivals, services that all take the same time."""
    came, started, done = served(f"exponential(mean={600 // people}s)", "9min", people)
    assert (started - came == waits(came.tolist(), [9 * MINUTE] * CASES, people)).all()
    assert (done - started == 9 * MINUTE).all()


@pytest.mark.parametrize("people", [1, 3])
def test_ties(people: int) -> None:
    """Several cases come at the same instant, and services end when others come."""
    came, started, done = served(
        f"empirical([0min, {20 // people}min])", "empirical([0min, 5min, 10min, 15min])", people
    )
    work = (done - started).tolist()
    assert set(work) == {0, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE}
    assert (np.diff(came) == 0).mean() > 0.4
    assert (started - came == waits(came.tolist(), work, people)).all()


@pytest.mark.parametrize("people", [1, 3])
@pytest.mark.parametrize("hours", HOURS.values(), ids=HOURS.keys())
def test_shifts(people: int, hours: list[tuple[int, int]]) -> None:
    """In open time a queue with shifts is a queue without: the recursions hold on the open time of the arrivals."""
    calendar = {"mon-sun": ", ".join(f"{a:02}:00-{b:02}:00" for a, b in hours)}
    work = np.array(services(8 * MINUTE))
    came, started, done = served(f"exponential(mean={2400 // people}s)", "exponential(mean=8min)", people, calendar)
    inside = worked(came, hours)
    starts = inside + waits(inside.tolist(), work.tolist(), people)
    assert (started == np.maximum(came, opening(starts, hours))).all()
    assert (worked(done, hours) == starts + work).all()
    assert (done - started > work).any()


def worked(times: Times, hours: list[tuple[int, int]]) -> Times:
    """Count the open time before some instants."""
    days, rest = np.divmod(times, DAY)
    daily = sum(b - a for a, b in hours) * HOUR
    return days * daily + sum(np.clip(rest, a * HOUR, b * HOUR) - a * HOUR for a, b in hours)


def opening(inside: Times, hours: list[tuple[int, int]]) -> Times:
    """Give the latest instants before which so much open time has passed: when the next work begins."""
    days, rest = np.divmod(inside, sum(b - a for a, b in hours) * HOUR)
    begun = np.cumsum([0, *(b - a for a, b in hours)])[:-1] * HOUR
    place = np.searchsorted(begun, rest, side="right") - 1
    return days * DAY + np.array([a for a, _ in hours])[place] * HOUR + rest - begun[place]
