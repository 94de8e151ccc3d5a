"""When needs arise: the clock of the demand is stretched by the profile and stands still where nothing comes."""

import math

import numpy as np
import pytest

from bpsim.engine.draws import BLOCK, Draws
from bpsim.engine.streams import Streams
from bpsim.eventlog import NONE
from bpsim.values.calendars import NEVER
from bpsim.values.distributions import Constant, Distribution, Weibull
from tests.engine.drawn import DAY, HOUR, Written, flow, run


def demand(**arrivals: object) -> Written:
    """Write a process whose cases end as soon as they come."""
    return flow({"through": {"type": "exclusive", "next": "gone"}}, arrivals={"every": "1h", **arrivals})


def test_no_cases_at_all() -> None:
    """A run without cases is a run: it stops at its length."""
    log = run(demand(at_most=0), days=3, drain=2)
    assert len(log.cases["need"]) == 0
    assert log.settings.stopped == 3 * DAY


def test_a_profile_stretches_the_days() -> None:
    """On a Monday of intensity 2 cases come every half hour; on a Tuesday of intensity 0 none; then hourly again."""
    log = run(demand(profile={"mon": 2, "tue": 0}), days=3, drain=0)
    monday = [30 * place * HOUR // 60 for place in range(1, 49)]
    wednesday = [2 * DAY + hour * HOUR for hour in range(1, 24)]
    assert log.cases["need"].tolist() == monday + wednesday


def test_the_way_of_an_application() -> None:
    """A closed channel makes the client wait for its opening; then the application is on its way."""
    written = demand(at_most=3) | {
        "calendars": {"counter": {"mon": "02:00-03:00", "wed": "10:00-12:00"}},
        "channels": {"post": {"share": 1, "calendar": "counter", "delay": "1 working day"}},
    }
    log = run(written, days=3, drain=3)
    assert log.cases["need"].tolist() == [HOUR, 2 * HOUR, 3 * HOUR]
    assert log.cases["opened"].tolist() == [2 * HOUR, 2 * HOUR, 2 * DAY + 10 * HOUR]
    assert log.cases["arrived"].tolist() == [2 * DAY + 2 * HOUR, 2 * DAY + 2 * HOUR, 7 * DAY + 10 * HOUR]
    assert log.settings.stopped == 6 * DAY


@pytest.mark.parametrize("beyond", [Weibull("", 60_000.0, 1e-3), Constant("", math.inf), Constant("", math.nan)])
def test_a_draw_beyond_all_numbers_never_comes(beyond: Distribution) -> None:
    """No infinity and no nan reaches the clock, from a block of draws or from a later pass."""
    draws = Draws(Streams(1, 0))
    slot, again = draws.milliseconds(beyond, "duration", "work")
    found = [draws.deal(number)[slot] for number in range(BLOCK)]
    assert max(found) == NEVER
    assert min(found) >= 0
    assert found[0] == again(0, 0)


def test_numbers_of_cases_are_in_the_order_of_their_needs() -> None:
    """Busy days and quiet days: needs never go back in time, whatever the daily factor."""
    log = run(demand(dispersion={"daily": "gamma(cv=0.8)"}), days=30, drain=0)
    assert (np.diff(log.cases["need"]) >= 0).all()
    per_day = np.bincount(log.cases["need"] // DAY, minlength=30)
    assert per_day.max() > 2 * per_day.mean()


def test_an_application_may_never_arrive() -> None:
    """What is lost in the post stays a case of the log, open to the end."""
    written = demand(at_most=50) | {"channels": {"post": {"share": 1, "delay": "weibull(scale=1min, shape=0.001)"}}}
    log = run(written, days=3, drain=3)
    lost = log.cases["arrived"] == NEVER
    assert lost.any()
    late = log.cases["arrived"] > log.settings.stopped
    assert (log.cases["ended"][late] == NONE).all()
    assert (log.cases["ended"][~late] == log.cases["arrived"][~late]).all()
