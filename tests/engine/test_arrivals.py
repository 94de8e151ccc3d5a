"""When needs arise: the clock of the demand is stretched by the profile and stands still where nothing comes."""

import math

import numpy as np
import pytest

from bpsim.engine.draws import BLOCK, Draws
from bpsim.engine.streams import Streams
from bpsim.errors import LimitError
from bpsim.eventlog import NONE, EventLog
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


def hours(log: EventLog) -> list[float]:
    """Give the needs of a run in hours."""
    return [need / HOUR for need in log.cases["need"].tolist()]


def test_hours_of_a_profile() -> None:
    """Every two hours, but from 08:00 to 10:00 four times as often: half an hour apart; the rest is carried over."""
    log = run(demand(every="2h", profile={"08-10": 4, "10:00-11": 0}), days=1, drain=0)
    # 4 stretched hours until 04:00 are 2 arrivals at 2, 4; at 6 and 8; then 8 stretched hours from 8 to 10 are 4
    # arrivals, at 8:30 ... 10; nothing until 11; then 13, 15, ...
    assert hours(log) == [2, 4, 6, 8, 8.5, 9, 9.5, 10, 13, 15, 17, 19, 21, 23]


def test_growth() -> None:
    """Half as many again within a year: day 365 has 1.5 times as many as day 0, and each day more than the last."""
    log = run(demand(every="1h", growth="50% per year"), days=366, drain=0)
    per_day = np.bincount((log.cases["need"] - 1) // DAY)
    assert per_day[0] == 24
    assert abs(per_day[365] - 36) <= 1
    # 24 a day, with the weights 1.5 ** (d / 365): a geometric series
    step = 1.5 ** (1 / 365)
    assert abs(len(log.cases["need"]) - 24 * (step**366 - 1) / (step - 1)) <= 1


def test_shocks() -> None:
    """From 06:00 for six hours nobody comes; from 12:00 of the Tuesday on four times as many, for an hour."""
    shocks = [
        {"at": "6h", "times": 0, "lasts": "6h"},
        {"at": "2025-01-07 12:00", "times": 2, "lasts": "2h"},
        {"at": "2025-01-07 13:00", "times": 2, "lasts": "1h"},
        {"at": "2024-12-01", "times": 0, "lasts": "1w"},
    ]
    log = run(demand(every="3h", shocks=shocks), days=2, drain=0)
    # until 6: 3, 6; from 12: 15, 18, 21, 24, 27, 30, 33, 36; then 2 stretched hours until 37 and 4 more until 38:
    # the next 3 are full after a quarter of the second hour, the next 3 at its end
    assert hours(log) == [3, 6, 15, 18, 21, 24, 27, 30, 33, 36, 37.25, 38, 41, 44, 47]


def test_several_at_once() -> None:
    """Two or three come together; the last arrival is cut off by at_most."""
    log = run(demand(every="1h", size="empirical([2, 3])", at_most=7), days=1, drain=0)
    counts = np.bincount(log.cases["need"] // HOUR)[1:]
    assert counts.sum() == 7
    assert set(counts[:-1].tolist()) <= {2, 3}
    whole = run(demand(every="1h", size="empirical([0, 4])"), days=10, drain=0)
    assert set(np.bincount(whole.cases["need"] // HOUR).tolist()) == {0, 4}


def test_given_times() -> None:
    """Dates, dates with times, times since the start: in the order of time, those within the run."""
    times = ["2025-01-07", "3h", "2025-01-06 01:30:15", "2025-01-05 23:00", "90d", "3h"]
    log = run({**demand(), "cases": {"arrivals": {"times": times}}}, days=3, drain=0)
    assert log.cases["need"].tolist() == [90 * 60_000 + 15_000, 3 * HOUR, 3 * HOUR, DAY]


def appointed(**rule: object) -> Written:
    """Write a process whose clients come by appointment, from 09:00 to 10:00 on Mondays."""
    written = demand()
    cases = {"arrivals": {"appointments": {"every": "30min", **rule}}, "calendar": "hour"}
    return {**written, "calendars": {"hour": {"mon": "09:00-10:00"}}, "cases": cases}


def test_appointments() -> None:
    """Two slots of two clients; who is ten minutes early waits for the slot."""
    log = run(appointed(clients=2, earliness="10min"), days=1, drain=0)
    assert hours(log) == [9 - 1 / 6] * 2 + [9.5 - 1 / 6] * 2
    assert log.cases["opened"].tolist() == [9 * HOUR, 9 * HOUR, 9.5 * HOUR, 9.5 * HOUR]
    late = run(appointed(earliness="-10min"), days=1, drain=0)
    assert late.cases["need"].tolist() == late.cases["opened"].tolist() == [9 * HOUR + 600_000, 9.5 * HOUR + 600_000]


def test_clients_who_stay_away_or_come_in_another_order() -> None:
    """Three in ten stay away; the others come up to an hour early, in an order of their own, never before 0."""
    rule = {"clients": 1000, "no_show": "30%", "earliness": "uniform(0min, 60min)"}
    log = run(appointed(**rule), days=1, drain=0)
    assert abs(len(log.cases["need"]) - 1400) < 4 * (2000 * 0.3 * 0.7) ** 0.5
    assert (np.diff(log.cases["need"]) >= 0).all()
    waited = (log.cases["opened"] - log.cases["need"]) / 60_000
    assert set(log.cases["opened"].tolist()) == {9 * HOUR, 9.5 * HOUR}
    assert 0 <= waited.min() <= waited.max() <= 60
    assert abs(waited.mean() - 30) < 4 * (60**2 / 12 / len(waited)) ** 0.5
    cut = run(appointed(**rule), days=1, drain=0)
    assert cut.digest() == log.digest()
    early = run(appointed(earliness="1d"), days=1, drain=0)
    assert early.cases["need"].tolist() == [0, 0]


def test_too_many_appointments() -> None:
    """More than five million are refused before anything runs."""
    with pytest.raises(LimitError, match="BP719"):
        run(appointed(clients=5_000_001))
