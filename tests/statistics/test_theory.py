"""The table of known answers to every printed digit, and each formula once more by another road."""

import math
from collections.abc import Callable
from dataclasses import astuple
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpsim.statistics.pooling import unlike_jobs_waiting
from bpsim.statistics.theory import (
    Station,
    batch_hold,
    batch_mm1,
    birth_death,
    dm1,
    erlang_a,
    erlang_b,
    erlang_c,
    fork_join_two,
    gm1,
    jackson,
    kiefer_wolfowitz,
    knock_out_effort,
    lindley,
    longest_of,
    machine_repair,
    mg1,
    mm1,
    mmc,
    mmck,
    preemptive_sojourn,
    priority_waiting,
    rework_passes,
    schedule_hold,
    shortest_first,
    squared_wait,
    tandem_sojourn,
    unreliable_sojourn,
    vacation_mg1,
)

loads = st.floats(0.01, 0.97)


def jackson_rework() -> float:
    """Give the time through the rework loop: one server of rate 2, then two of 0.8, and back with 0.2."""
    return jackson([1, 0], [[0, 1], [0.2, 0]], [(1, 2), (2, 0.8)]).total_time


def apart() -> float:
    """Give the mean wait of short and long jobs, each with a server of their own, weighted by their numbers."""
    return (0.8 * mm1(0.8).waiting + 0.08 * mm1(0.08, 0.1).waiting) / 0.88


TABLE: dict[str, tuple[Callable[[], float], str]] = {
    "M/M/1 wait": (lambda: mm1(0.8).waiting, "4.0"),
    "M/M/1 queue": (lambda: mm1(0.8).queue, "3.2"),
    "M/M/3 share that waits": (lambda: mmc(2.4, 3).p_wait, "0.6471910"),
    "M/M/3 wait": (lambda: mmc(2.4, 3).waiting, "1.0786517"),
    "M/M/10 share that waits": (lambda: mmc(9, 10).p_wait, "0.6687315"),
    "M/M/10 wait": (lambda: mmc(9, 10).waiting, "0.6687315"),
    "M/D/1 wait": (lambda: mg1(0.8, 1, 0).waiting, "2.0"),
    "M/E4/1 wait": (lambda: mg1(0.8, 1, 1 / 4).waiting, "2.5"),
    "M/U(.5,1.5)/1 wait": (lambda: mg1(0.8, 1, 1 / 12).waiting, "2.1666667"),
    "M/LN/1 wait, cv2 = 4": (lambda: mg1(0.8, 1, 4).waiting, "10.0"),
    "M/M/2/5 share blocked": (lambda: mmck(2.5, 2, 5).p_lost, "0.2836525"),
    "M/M/2/5 number": (lambda: mmck(2.5, 2, 5).number, "3.2772080"),
    "Erlang-A share that gives up": (lambda: erlang_a(10, 10, 0.5).p_lost, "0.1039132"),
    "Erlang-A share that waits": (lambda: erlang_a(10, 10, 0.5).p_wait, "0.6196552"),
    "Erlang-A queue": (lambda: erlang_a(10, 10, 0.5).queue, "2.0782642"),
    "priorities, class 1": (lambda: priority_waiting([0.2, 0.3, 0.3])[0], "1"),
    "priorities, class 2": (lambda: priority_waiting([0.2, 0.3, 0.3])[1], "2"),
    "priorities, class 3": (lambda: priority_waiting([0.2, 0.3, 0.3])[2], "8"),
    "preemptive sojourn, class 1": (lambda: preemptive_sojourn([0.2, 0.3, 0.3])[0], "1.25"),
    "preemptive sojourn, class 2": (lambda: preemptive_sojourn([0.2, 0.3, 0.3])[1], "2.5"),
    "preemptive sojourn, class 3": (lambda: preemptive_sojourn([0.2, 0.3, 0.3])[2], "10"),
    "M/M/3 priorities, class 1": (lambda: priority_waiting([0.6, 0.9, 0.9], 3)[0], "0.2696629"),
    "M/M/3 priorities, class 2": (lambda: priority_waiting([0.6, 0.9, 0.9], 3)[1], "0.5393258"),
    "M/M/3 priorities, class 3": (lambda: priority_waiting([0.6, 0.9, 0.9], 3)[2], "2.1573034"),
    "Jackson rework loop, total time": (jackson_rework, "5.6766917"),
    "tandem sojourn": (lambda: tandem_sojourn(0.8, [1, 1.6]), "6.25"),
    "machine repair, number down": (lambda: machine_repair(6, 1 / 20, 1 / 2).number, "0.8451490"),
    "machine repair, wait": (lambda: machine_repair(6, 1 / 20, 1 / 2).waiting, "1.2790435"),
    "M[3]/M/1 wait": (lambda: batch_mm1(0.25, 3).waiting, "7.0"),
    "D/M/1 wait": (lambda: dm1(0.8).waiting, "1.6927308"),
    "fork-join of two": (lambda: fork_join_two(0.5), "2.875"),
    "longest of 2": (lambda: longest_of(2), "1.5"),
    "longest of 3": (lambda: longest_of(3), "1.8333333"),
    "vacations, wait": (lambda: vacation_mg1(0.5, 5).waiting, "3.5"),
    "like queues apart": (lambda: mm1(0.8).waiting, "4.0"),
    "like queues pooled": (lambda: mmc(1.6, 2).waiting, "1.7778"),
    "unlike jobs apart": (apart, "7.2727"),
    "batch of 5 at rate 2": (lambda: batch_hold(5, 2), "1.0"),
    "a run every 6": (lambda: schedule_hold([6]), "3.0"),
    "runs on Monday and Thursday": (lambda: schedule_hold([3, 4]), "1.79"),
    "office hours in a week": (lambda: schedule_hold([16, 16, 16, 16, 64], 168), "15.24"),
    "knock-out order 2, 3, 1": (lambda: knock_out_effort([(20, 0.3), (40, 0.5), (10, 0.1)]), "51.5"),
    "knock-out order 1, 2, 3": (lambda: knock_out_effort([(10, 0.1), (20, 0.3), (40, 0.5)]), "53.2"),
    "rework at 0.2": (lambda: rework_passes(0.2), "1.25"),
}


@pytest.mark.parametrize("name", TABLE)
def test_the_table_of_known_answers(name: str) -> None:
    """Every printed digit of the table comes out."""
    compute, printed = TABLE[name]
    decimals = len(printed.partition(".")[2])
    assert f"{compute():.{decimals}f}" == printed


def test_the_number_at_m_m_2_5_in_fractions() -> None:
    """At 2.5 erlangs the states weigh 1, 5/2, 25/8, 125/32, 625/128, 3125/512: 36105 / 11017 are there."""
    weights = [Fraction(1), *(Fraction(5, 2) * Fraction(5, 4) ** k for k in range(5))]
    number = sum(n * weight for n, weight in enumerate(weights)) / sum(weights)
    assert number == Fraction(36105, 11017)
    assert mmck(2.5, 2, 5).number == pytest.approx(float(number), rel=1e-15)


def test_unlike_jobs_pooled_wait_longer_than_apart() -> None:
    """Pooling hurts: 7.27 apart, and in M/G/2 the simulated 9.44 +- 0.10."""
    pooled = unlike_jobs_waiting((0.8, 0.08), (1, 10), 2)
    assert abs(pooled - 9.44) <= 0.10
    assert pooled > apart()


def lumped_wait(rates: tuple[float, float], means: tuple[float, float], most: int) -> float:
    """Give the wait of M/H2/2 from its balance equations, cut off at `most` in the station, all solved at once."""
    share = rates[0] / sum(rates)
    speeds = (1 / means[0], 1 / means[1])
    states = [(n, i) for n in range(most + 1) for i in range(min(n, 2) + 1)]
    place = {state: k for k, state in enumerate(states)}
    flow = np.zeros((len(states), len(states)))
    for n, i in states:
        here = place[n, i]
        if n < 2:
            flow[here, place[n + 1, i + 1]] += rates[0]
            flow[here, place[n + 1, i]] += rates[1]
        elif n < most:
            flow[here, place[n + 1, i]] += sum(rates)
        for kind, busy in enumerate((i, min(n, 2) - i)):
            left = i - (kind == 0)
            if not busy:
                continue
            if n <= 2:
                flow[here, place[n - 1, left]] += busy * speeds[kind]
            else:
                flow[here, place[n - 1, left + 1]] += busy * speeds[kind] * share
                flow[here, place[n - 1, left]] += busy * speeds[kind] * (1 - share)
    balance = (flow - np.diag(flow.sum(axis=1))).T
    balance[-1] = 1
    shares = np.linalg.solve(balance, np.eye(len(states))[-1])
    return float(sum(max(n - 2, 0) * shares[place[n, i]] for n, i in states)) / sum(rates)


def test_unlike_jobs_pooled_is_the_solution_of_the_balance_equations() -> None:
    """Cut off at 150 in the station, where the rest weighs nothing, the equations give the same wait."""
    assert unlike_jobs_waiting((0.4, 0.1), (1, 4), 2) == pytest.approx(lumped_wait((0.4, 0.1), (1, 4), 150), rel=1e-9)


@pytest.mark.parametrize("servers", [1, 2, 3, 10])
def test_like_jobs_pooled_are_m_m_c(servers: int) -> None:
    """When both kinds take equally long, their kind makes no difference."""
    expected = mmc(0.8 * servers, servers).waiting
    assert unlike_jobs_waiting((0.5 * servers, 0.3 * servers), (1, 1), servers) == pytest.approx(expected, rel=1e-10)


def test_unlike_jobs_at_one_server_are_m_g_1() -> None:
    """At one server Pollaczek and Khinchine hold: rates .4, .04 of means 1, 10 wait (.4 x 2 + .04 x 200) / 2 / .2."""
    assert unlike_jobs_waiting((0.4, 0.04), (1, 10), 1) == pytest.approx(22.0, rel=1e-10)


@given(loads)
def test_one_server_by_its_own_formulas(load: float) -> None:
    """M/M/1: everything follows from the load."""
    idle = 1 - load
    expected = Station(load, load, 0.0, load / idle, 1 / idle, load**2 / idle, load / idle)
    assert astuple(mm1(load)) == pytest.approx(astuple(expected))


def test_erlang_by_the_sums() -> None:
    """Erlang's B and C from their defining sums."""
    terms = [2.4**n / math.factorial(n) for n in range(4)]
    assert erlang_b(3, 2.4) == pytest.approx(terms[3] / sum(terms), rel=1e-14)
    waiting = terms[3] / (1 - 0.8)
    assert erlang_c(3, 2.4) == pytest.approx(waiting / (sum(terms[:3]) + waiting), rel=1e-14)
    assert erlang_b(0, 1.0) == 1.0


def test_room_for_all_is_no_limit() -> None:
    """M/M/c/K with much room and Erlang-A with much patience are M/M/c; with room for servers only it is Erlang B."""
    endless = mmc(2.4, 3)
    roomy, patient = mmck(2.4, 3, 300), erlang_a(2.4, 3, 1e-9)
    for field in ("utilisation", "p_wait", "waiting", "sojourn", "queue", "number"):
        assert getattr(roomy, field) == pytest.approx(getattr(endless, field), rel=1e-9)
        assert getattr(patient, field) == pytest.approx(getattr(endless, field), rel=1e-6)
    assert mmck(2.4, 3, 3).p_lost == pytest.approx(erlang_b(3, 2.4), rel=1e-14)
    assert mmck(2.4, 3, 3).p_wait == 0.0


def test_patience_as_long_as_service_makes_endless_servers() -> None:
    """When giving up is as fast as service, the number is Poisson with mean the offered load, even above load 1."""
    shown = erlang_a(12, 10, 1.0)
    assert shown.number == pytest.approx(12, rel=1e-12)
    below = [math.exp(-12) * 12**n / math.factorial(n) for n in range(10)]
    assert shown.p_wait == pytest.approx(1 - sum(below), rel=1e-12)
    assert shown.utilisation * 10 == pytest.approx(12 * (1 - shown.p_lost), rel=1e-12)


def test_few_calls_to_many_servers_are_summed_past_the_servers() -> None:
    """Nearly idle: the chain still reaches the states where somebody waits."""
    shown = erlang_a(0.001, 12, 1.0)
    assert 0 < shown.p_wait == pytest.approx(0.001**12 / math.factorial(12), rel=1e-2)


def test_birth_and_death_by_hand() -> None:
    """Rates 2 up and 1, 4 down: weights 1, 2, 1."""
    assert birth_death([2, 2, 0], [0, 1, 4]) == [0.25, 0.5, 0.25]
    with pytest.raises(ValueError, match="longer"):
        birth_death([1, 1], [0, 1, 1])


def test_two_machines_by_hand() -> None:
    """Two machines failing and repaired at rate 1: weights 1, 2, 2; with two repairers 1, 2, 1 and no wait."""
    alone = machine_repair(2, 1, 1)
    assert (alone.utilisation, alone.number, alone.queue) == pytest.approx((0.8, 6 / 5, 2 / 5))
    # Failures: 2 x 1/5 with all running, 1 x 2/5 with one: 4/5, half of them while the repairer is busy.
    assert (alone.waiting, alone.p_wait) == pytest.approx((0.5, 0.5))
    both = machine_repair(2, 1, 1, repairers=2)
    assert (both.waiting, both.p_wait, both.number) == pytest.approx((0, 0, 1))


def test_exponential_gaps_and_services_are_m_m_1_by_every_road() -> None:
    """G/M/1 with exponential gaps, M/G/1 with cv 1, batches of one, and a network of one station all give M/M/1."""
    plain = mm1(0.7)
    roads = [
        gm1(lambda s: 0.7 / (0.7 + s), 0.7),
        mg1(0.7),
        batch_mm1(0.7, 1),
        jackson([0.7], [[0]], [(1, 1)]).stations[0],
    ]
    for road in roads:
        for field in ("utilisation", "p_wait", "p_lost", "waiting", "sojourn", "queue", "number"):
            assert getattr(road, field) == pytest.approx(getattr(plain, field), rel=1e-12)


def test_erlang_gaps_by_the_root_of_a_quadratic() -> None:
    """E2/M/1 at rate .8: (1.6 / (2.6 - r))^2 = r; without its root 1 the cubic leaves r^2 - 4.2 r + 2.56 = 0."""
    root = (4.2 - math.sqrt(4.2**2 - 4 * 2.56)) / 2
    assert (1.6 / (2.6 - root)) ** 2 == pytest.approx(root, rel=1e-12)
    assert gm1(lambda s: (1.6 / (1.6 + s)) ** 2, 0.8).p_wait == pytest.approx(root, rel=1e-12)


def test_equal_gaps_solve_their_equation() -> None:
    """D/M/1: an arrival finds the server busy with r = exp(-(1 - r) / .8)."""
    busy = dm1(0.8).p_wait
    assert busy == pytest.approx(math.exp(-(1 - busy) / 0.8), rel=1e-14)


def test_batches_wait_for_the_work_before_them_and_in_them() -> None:
    """M[3]/M/1: a batch waits as in M/G/1 with Erlang-3 services of mean 3, and its members one service more each."""
    whole = mg1(0.25, 3, 1 / 3).waiting
    shown = batch_mm1(0.25, 3)
    assert shown.waiting == pytest.approx(whole + (0 + 1 + 2) / 3, rel=1e-14)
    assert shown.p_wait == pytest.approx((0.75 + 1 + 1) / 3, rel=1e-14)


def test_vacations_of_varying_length_are_met_longer() -> None:
    """Exponential vacations of mean 5 have a mean rest of 5, not 2.5; everybody waits."""
    shown = vacation_mg1(0.5, 5, 1)
    assert (shown.waiting, shown.p_wait) == (6.0, 1.0)


def test_priorities_only_move_the_wait_between_classes() -> None:
    """Weighted by load the waits are those without priorities (conservation), for one server and for several."""
    for rates, servers in (([0.2, 0.3, 0.3], 1), ([0.6, 0.9, 0.9], 3)):
        waits = priority_waiting(rates, servers)
        mean = sum(rate * wait for rate, wait in zip(rates, waits, strict=True)) / sum(rates)
        assert mean == pytest.approx(mmc(sum(rates), servers).waiting, rel=1e-12)
    sojourns = preemptive_sojourn([0.2, 0.3, 0.3])
    mean = sum(rate * time for rate, time in zip([0.2, 0.3, 0.3], sojourns, strict=True)) / 0.8
    assert mean == pytest.approx(mm1(0.8).sojourn, rel=1e-12)


def test_the_rework_loop_by_visits() -> None:
    """With rework 0.2 each station sees 1.25 a unit, and the time is 1.25 visits to each."""
    network = jackson([1, 0], [[0, 1], [0.2, 0]], [(1, 2), (2, 0.8)])
    assert network.arrival_rates == pytest.approx((1.25, 1.25))
    by_visits = rework_passes(0.2) * (mmc(1.25, 1, 2).sojourn + mmc(1.25, 2, 0.8).sojourn)
    assert network.total_time == pytest.approx(by_visits, rel=1e-12)


def test_a_row_of_stations_is_a_network() -> None:
    """The tandem is the network that goes on with certainty."""
    network = jackson([0.8, 0], [[0, 1], [0, 0]], [(1, 1), (1, 1.6)])
    assert tandem_sojourn(0.8, [1, 1.6]) == pytest.approx(network.total_time, rel=1e-12)


def test_two_branches_take_longer_than_one_and_shorter_than_both_in_a_row() -> None:
    """Nearly without load the fork-join is the longest of two; near load 1 it is 11/8 of one branch."""
    assert fork_join_two(1e-9) == pytest.approx(longest_of(2), rel=1e-6)
    assert fork_join_two(1 - 1e-9) / mm1(1 - 1e-9).sojourn == pytest.approx(11 / 8, rel=1e-6)
    assert longest_of(2, mean=4) == 6.0


def test_hold_of_a_schedule_by_counting() -> None:
    """Items at every quarter of an hour through runs 3 and 4 days apart are held 25/14 days on average."""
    step = 1 / 96
    held = [(3 if at < 3 else 7) - at for at in (step * (k + 0.5) for k in range(7 * 96))]
    assert schedule_hold([3, 4]) == pytest.approx(sum(held) / len(held), rel=1e-12)
    assert batch_hold(1, 5) == 0


def test_the_best_knock_out_order_is_by_rejects_per_effort() -> None:
    """Of all six orders of the three checks, 2, 3, 1 takes least: its rejects per effort fall, .3/20, .5/40, .1/10."""
    one, two, three = (10, 0.1), (20, 0.3), (40, 0.5)
    efforts = {order: knock_out_effort(order) for order in permutations((one, two, three))}
    assert min(efforts, key=efforts.__getitem__) == (two, three, one)


def test_nothing_is_checked_after_a_certain_reject() -> None:
    """No checks take nothing, and what follows a certain reject takes nothing either."""
    assert knock_out_effort([]) == 0
    assert knock_out_effort([(7, 1.0), (1000, 0.5)]) == 7


STATIONS: list[Callable[[float], Station]] = [
    lambda unit: mm1(0.8 / unit, 1 / unit),
    lambda unit: mmc(2.4 / unit, 3, 1 / unit),
    lambda unit: mg1(0.8 / unit, unit, 0.3),
    lambda unit: gm1(lambda s: 0.8 / unit / (0.8 / unit + s), 0.8 / unit, 1 / unit),
    lambda unit: dm1(0.8 / unit, 1 / unit),
    lambda unit: batch_mm1(0.25 / unit, 3, 1 / unit),
    lambda unit: vacation_mg1(0.5 / unit, 5 * unit, 0.2, service_mean=unit, service_cv2=0.3),
    lambda unit: mmck(2.5 / unit, 2, 5, 1 / unit),
    lambda unit: machine_repair(6, 0.05 / unit, 0.5 / unit, 2),
    lambda unit: erlang_a(10 / unit, 10, 0.5 / unit, 1 / unit),
]

TIMES: list[Callable[[float], float]] = [
    lambda unit: sum(priority_waiting([0.6 / unit, 0.9 / unit], 3, 1 / unit)),
    lambda unit: sum(preemptive_sojourn([0.2 / unit, 0.3 / unit], 1 / unit)),
    lambda unit: jackson([1 / unit, 0], [[0, 1], [0.2, 0]], [(1, 2 / unit), (2, 0.8 / unit)]).total_time,
    lambda unit: tandem_sojourn(0.8 / unit, [1 / unit, 1.6 / unit]),
    lambda unit: fork_join_two(0.5 / unit, 1 / unit),
    lambda unit: longest_of(3, unit),
    lambda unit: batch_hold(3, 2 / unit),
    lambda unit: schedule_hold([16 * unit, 64 * unit], 168 * unit),
    lambda unit: unlike_jobs_waiting((0.8 / unit, 0.08 / unit), (unit, 10 * unit), 2),
]


@pytest.mark.parametrize("station", STATIONS)
def test_figures_do_not_depend_on_the_unit_of_time(station: Callable[[float], Station]) -> None:
    """Counted in minutes instead of hours, times are 60 times as long, and shares and numbers the same."""
    hours, minutes = station(1), station(60)
    assert minutes.waiting == pytest.approx(60 * hours.waiting, rel=1e-12)
    assert minutes.sojourn == pytest.approx(60 * hours.sojourn, rel=1e-12)
    for field in ("utilisation", "p_wait", "p_lost", "queue", "number"):
        assert getattr(minutes, field) == pytest.approx(getattr(hours, field), rel=1e-12)


@pytest.mark.parametrize("time", TIMES)
def test_times_do_not_depend_on_the_unit_of_time(time: Callable[[float], float]) -> None:
    """Counted in minutes instead of hours, every time is 60 times as long."""
    assert time(60) == pytest.approx(60 * time(1), rel=1e-12)


@pytest.mark.parametrize("station", STATIONS)
def test_littles_law_holds_at_every_station(station: Callable[[float], Station]) -> None:
    """Number and queue are in the proportion of sojourn and wait: both are the rate of those let in times the time."""
    figures = station(1)
    assert figures.queue * figures.sojourn == pytest.approx(figures.number * figures.waiting, rel=1e-12)


def test_without_arrivals_nobody_waits() -> None:
    """A load of 0 is a steady state."""
    assert mm1(0) == Station(0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@pytest.mark.parametrize(
    "overloaded",
    [
        lambda: mm1(1.0),
        lambda: mmc(3.0, 3),
        lambda: mg1(0.5, 2),
        lambda: dm1(1.2),
        lambda: batch_mm1(0.5, 2),
        lambda: vacation_mg1(1, 1),
        lambda: priority_waiting([0.5, 0.5]),
        lambda: preemptive_sojourn([0.5, 0.5]),
        lambda: jackson([1], [[0]], [(1, 1)]),
        lambda: fork_join_two(1.0),
        lambda: rework_passes(1.0),
        lambda: mm1(-0.1),
        lambda: unlike_jobs_waiting((1, 0.1), (1, 10), 2),
    ],
)
def test_what_is_overloaded_has_no_steady_state(overloaded: Callable[[], object]) -> None:
    """A load of 1 or more, or below 0, is refused."""
    with pytest.raises(ValueError, match="no steady state at a load of"):
        overloaded()


def test_lindley_by_hand() -> None:
    """Arrivals at 0, 2, 3, 10, 10 with 5, 1, 4, 2, 1 of work start at 0, 5, 6, 10, 12."""
    assert lindley([0, 2, 3, 10, 10], [5, 1, 4, 2, 1]) == [0, 3, 3, 0, 2]
    assert lindley([], []) == []
    with pytest.raises(ValueError, match="shorter"):
        lindley([1], [])


def test_kiefer_and_wolfowitz_by_hand() -> None:
    """Two servers: 0-5 and 1-8, the third starts at 5 for 1, the fourth at 6, the fifth finds one free at 9."""
    assert kiefer_wolfowitz([0, 1, 2, 3, 9], [5, 7, 1, 2, 4], 2) == [0, 0, 3, 3, 0]
    assert kiefer_wolfowitz([], [], 2) == []
    assert kiefer_wolfowitz([7, 7, 7], [1, 1, 1], 4) == [0, 0, 0]


items = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 60)), max_size=40)


@given(items, st.integers(1, 4))
def test_kiefer_and_wolfowitz_is_the_sorted_workload_vector(
    gaps_and_services: list[tuple[int, int]], servers: int
) -> None:
    """The recursion as it was published: the least workload is the wait; add the service, take the gap, sort."""
    arrivals = [sum(gap for gap, _ in gaps_and_services[: k + 1]) for k in range(len(gaps_and_services))]
    services = [service for _, service in gaps_and_services]
    workload, expected = [0] * servers, []
    for k, (gap, service) in enumerate(gaps_and_services):
        workload = sorted(max(0, work - (gap if k else 0)) for work in workload)
        expected.append(workload[0])
        workload[0] += service
    assert kiefer_wolfowitz(arrivals, services, servers) == expected
    if servers == 1:
        assert lindley(arrivals, services) == expected


@pytest.mark.parametrize(("arrivals", "failures", "repairs"), [(0.5, 0.1, 0.4), (0.3, 0.5, 1.0), (0.4, 0.0, 1.0)])
def test_a_server_that_fails_by_its_markov_chain(arrivals: float, failures: float, repairs: float) -> None:
    """The mean number in the system is that of the chain of (cases there, server up or down), cut off at 400 cases."""
    most = 400
    rates = np.zeros((2 * most, 2 * most))
    for n in range(most):
        up, down = 2 * n, 2 * n + 1
        rates[up, down], rates[down, up] = failures, repairs
        if n + 1 < most:
            rates[up, up + 2] = rates[down, down + 2] = arrivals
        if n:
            rates[up, up - 2] = 1.0
    np.fill_diagonal(rates, -rates.sum(axis=1))
    system = np.vstack([rates.T, np.ones(2 * most)])
    shares = np.linalg.lstsq(system, np.append(np.zeros(2 * most), 1.0), rcond=None)[0]
    number = sum(n * (shares[2 * n] + shares[2 * n + 1]) for n in range(most))
    assert unreliable_sojourn(arrivals, failures, repairs) == pytest.approx(number / arrivals, rel=1e-6)


def test_shortest_first_by_hand() -> None:
    """Rates .4 and .2 with lengths .5 and 2: W0 = (.4 * .25 + .2 * 4) / 2 = .45; .45 / .8 and .45 / (.8 * .4)."""
    assert shortest_first([0.4, 0.2], [0.5, 2]) == pytest.approx((0.4 * 0.5625 + 0.2 * 1.40625) / 0.6)
    assert shortest_first([0.8], [1]) == pytest.approx(mg1(0.8, service_cv2=0).waiting)


def test_squares_of_waits() -> None:
    """At load .5 the wait is 0 or, in half of the cases, exponential with mean 2: its square has the mean 4."""
    assert [squared_wait(0.5, name) for name in ("fifo", "siro", "lifo")] == pytest.approx([4, 16 / 3, 8])
