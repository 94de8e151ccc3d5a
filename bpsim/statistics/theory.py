"""Known answers: closed forms of queueing theory that the simulator is checked against, and teachers explain with.

Rates are per unit of time, and times come back in that unit. `Station` figures are long-run means. A station loaded
at 1 or more has none: ValueError. Sources: Kleinrock, Queueing Systems I (1975) and II (1976); Gross, Shortle, Thompson
and Harris, Fundamentals of Queueing Theory (2008); others are named at their function.
"""

import heapq
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

#: Where an infinite sum may stop: terms this small relative to the largest cannot change a double.
_NEGLIGIBLE = 1e-25


@dataclass(frozen=True, slots=True)
class Station:
    """Long-run figures of one station.

    `utilisation` is the share of time a server is busy. `p_wait` is the share of those let in who must queue,
    `p_lost` the share of all arrivals turned away or giving up. `waiting` is the mean time in queue and `sojourn` the
    mean time at the station of those let in; `queue` and `number` are the mean numbers in queue and at the station.
    """

    utilisation: float
    p_wait: float
    p_lost: float
    waiting: float
    sojourn: float
    queue: float
    number: float


def erlang_b(servers: int, offered: float) -> float:
    """Give the share of calls lost by `servers` lines without queue at `offered` erlangs."""
    lost = 1.0
    for line in range(1, servers + 1):
        lost = offered * lost / (line + offered * lost)
    return lost


def erlang_c(servers: int, offered: float) -> float:
    """Give the share of arrivals at M/M/c that must wait, at `offered` = arrival rate x mean service."""
    load = stable(offered / servers)
    lost = erlang_b(servers, offered)
    return lost / (1 - load * (1 - lost))


def mm1(arrival_rate: float, service_rate: float = 1.0) -> Station:
    """One server, exponential gaps and services."""
    return mmc(arrival_rate, 1, service_rate)


def mmc(arrival_rate: float, servers: int, service_rate: float = 1.0) -> Station:
    """Several like servers with one queue, exponential gaps and services (Erlang C)."""
    p_wait = erlang_c(servers, arrival_rate / service_rate)
    waiting = p_wait / (servers * service_rate - arrival_rate)
    return _open_station(arrival_rate, servers, 1 / service_rate, p_wait, waiting)


def mg1(arrival_rate: float, service_mean: float = 1.0, service_cv2: float = 1.0) -> Station:
    """One server, exponential gaps, services with this mean and squared coefficient of variation.

    The formula of Pollaczek and Khinchine.
    """
    load = stable(arrival_rate * service_mean)
    waiting = arrival_rate * service_mean**2 * (1 + service_cv2) / 2 / (1 - load)
    return _open_station(arrival_rate, 1, service_mean, load, waiting)


def gm1(transform: Callable[[float], float], arrival_rate: float, service_rate: float = 1.0) -> Station:
    """One server, exponential services, independent gaps with this Laplace transform E[exp(-s gap)].

    An arrival finds the server busy with the probability r that solves r = transform(service_rate (1 - r)).
    """
    stable(arrival_rate / service_rate)
    busy = 0.0
    # From 0 the iteration climbs to the smallest root; it ends when rounding stops the climb.
    while (following := transform(service_rate * (1 - busy))) > busy:
        busy = following
    return _open_station(arrival_rate, 1, 1 / service_rate, busy, busy / service_rate / (1 - busy))


def dm1(arrival_rate: float, service_rate: float = 1.0) -> Station:
    """One server, exponential services, arrivals at equal gaps."""
    return gm1(lambda s: math.exp(-s / arrival_rate), arrival_rate, service_rate)


def batch_mm1(batch_rate: float, size: int, service_rate: float = 1.0) -> Station:
    """One server, arrivals in batches of a fixed size at exponential gaps, exponential services: M[x]/M/1."""
    arrival_rate = batch_rate * size
    load = stable(arrival_rate / service_rate)
    number = load * (1 + size) / 2 / (1 - load)
    # Only the first of a batch can find an empty station, and does so with the share of time it is empty.
    p_wait = 1 - (1 - load) / size
    return _open_station(arrival_rate, 1, 1 / service_rate, p_wait, number / arrival_rate - 1 / service_rate)


def vacation_mg1(
    arrival_rate: float,
    vacation_mean: float,
    vacation_cv2: float = 0.0,
    *,
    service_mean: float = 1.0,
    service_cv2: float = 1.0,
) -> Station:
    """M/G/1 whose server leaves whenever the queue is empty, again and again until someone waits (Doshi 1986).

    Everybody waits: for the rest of a service or of a vacation.
    """
    plain = mg1(arrival_rate, service_mean, service_cv2)
    rest = vacation_mean * (1 + vacation_cv2) / 2
    return _open_station(arrival_rate, 1, service_mean, 1.0, plain.waiting + rest)


def mmck(arrival_rate: float, servers: int, capacity: int, service_rate: float = 1.0) -> Station:
    """M/M/c with room for `capacity` at the station; who finds it full is lost."""
    arrivals = [arrival_rate] * capacity + [0.0]
    departures = [min(n, servers) * service_rate for n in range(capacity + 1)]
    shares = birth_death(arrivals, departures)
    return _closed_station(shares, arrivals, servers, p_lost=shares[-1])


def machine_repair(machines: int, failure_rate: float, repair_rate: float, repairers: int = 1) -> Station:
    """Machines that fail and are repaired, a closed population: `number` are down, `waiting` is for a repairer."""
    arrivals = [(machines - n) * failure_rate for n in range(machines + 1)]
    departures = [min(n, repairers) * repair_rate for n in range(machines + 1)]
    return _closed_station(birth_death(arrivals, departures), arrivals, repairers)


def erlang_a(arrival_rate: float, servers: int, patience_rate: float, service_rate: float = 1.0) -> Station:
    """M/M/c whose waiting clients give up after an exponential patience (Palm 1957); steady at any load."""
    departures = [0.0]
    weight = heaviest = 1.0
    while weight > _NEGLIGIBLE * heaviest or len(departures) <= servers:
        n = len(departures)
        departures.append(min(n, servers) * service_rate + max(n - servers, 0) * patience_rate)
        weight *= arrival_rate / departures[-1]
        heaviest = max(heaviest, weight)
    arrivals = [arrival_rate] * len(departures)
    shares = birth_death(arrivals, departures)
    queue = math.fsum(max(n - servers, 0) * share for n, share in enumerate(shares))
    return _closed_station(shares, arrivals, servers, p_lost=patience_rate * queue / arrival_rate)


def birth_death(births: Sequence[float], deaths: Sequence[float]) -> list[float]:
    """Give the long-run share of time in each state, from the rates upwards and downwards of each state.

    The first rate downwards and the last upwards are not used.
    """
    weights = [1.0]
    for up, down in zip(births[:-1], deaths[1:], strict=True):
        weights.append(weights[-1] * up / down)
    total = math.fsum(weights)
    return [weight / total for weight in weights]


def priority_waiting(arrival_rates: Sequence[float], servers: int = 1, service_rate: float = 1.0) -> tuple[float, ...]:
    """Give each class's mean wait, highest class first, when services are never interrupted (Cobham 1954).

    Exponential services, the same for all classes.
    """
    offered = [rate / service_rate for rate in arrival_rates]
    remaining = erlang_c(servers, math.fsum(offered)) / (servers * service_rate)
    above = _loads_above([each / servers for each in offered])
    return tuple(remaining / (1 - higher) / (1 - own) for higher, own in pairwise(above))


def preemptive_sojourn(arrival_rates: Sequence[float], service_rate: float = 1.0) -> tuple[float, ...]:
    """Give each class's mean time at one server, highest class first, when it interrupts the lower, who resume later.

    Exponential services, the same for all classes.
    """
    above = _loads_above([rate / service_rate for rate in arrival_rates])
    stable(above[-1])
    return tuple(1 / service_rate / (1 - higher) / (1 - own) for higher, own in pairwise(above))


def squared_wait(arrival_rate: float, discipline: str = "fifo", service_rate: float = 1.0) -> float:
    """Give the mean square of the wait in M/M/1: fifo, siro or lifo, nobody interrupted (Takacs 1963)."""
    load = stable(arrival_rate / service_rate)
    fifo = 2 * load / (service_rate - arrival_rate) ** 2
    return fifo * {"fifo": 1.0, "siro": 2 / (2 - load), "lifo": 1 / (1 - load)}[discipline]


def shortest_first(arrival_rates: Sequence[float], services: Sequence[float]) -> float:
    """Give the mean wait at one server of jobs of some fixed lengths, the shorter first, never interrupted (Cobham)."""
    loads = [rate * service for rate, service in zip(arrival_rates, services, strict=True)]
    above = _loads_above(loads)
    stable(above[-1])
    rest = math.fsum(load * service for load, service in zip(loads, services, strict=True)) / 2
    waits = [rest / (1 - higher) / (1 - own) for higher, own in pairwise(above)]
    return math.fsum(rate * wait for rate, wait in zip(arrival_rates, waits, strict=True)) / math.fsum(arrival_rates)


def unreliable_sojourn(
    arrival_rate: float, failure_rate: float, repair_rate: float, service_rate: float = 1.0
) -> float:
    """Give the mean time at a server that fails now and then, idle or not, and goes on later (White, Christie 1958)."""
    both = failure_rate + repair_rate
    stable(arrival_rate * both / (service_rate * repair_rate))
    return (both**2 + service_rate * failure_rate) / (both * (service_rate * repair_rate - arrival_rate * both))


@dataclass(frozen=True, slots=True)
class Network:
    """Long-run figures of an open network: the arrival rate of each station, the station, and the mean time to exit."""

    arrival_rates: tuple[float, ...]
    stations: tuple[Station, ...]
    total_time: float


def jackson(
    entering: Sequence[float], routing: Sequence[Sequence[float]], stations: Sequence[tuple[int, float]]
) -> Network:
    """Solve an open network of M/M/c stations (Jackson 1957).

    `entering[i]` is the rate from outside, `routing[i][j]` the probability of going from i to j (the rest leaves), and
    `stations[i]` = (servers, service rate).
    """
    flows = np.linalg.solve(
        np.eye(len(entering)) - np.asarray(routing, dtype=float).T, np.asarray(entering, dtype=float)
    )
    rates = tuple(float(rate) for rate in flows)
    solved = tuple(mmc(rate, *station) for rate, station in zip(rates, stations, strict=True))
    return Network(rates, solved, math.fsum(each.number for each in solved) / math.fsum(entering))


def tandem_sojourn(arrival_rate: float, service_rates: Sequence[float]) -> float:
    """Give the mean time through M/M/1 stations in a row: each sees the same arrival rate (Burke 1956)."""
    return math.fsum(mm1(arrival_rate, rate).sojourn for rate in service_rates)


def fork_join_two(arrival_rate: float, service_rate: float = 1.0) -> float:
    """Give the mean time until both of two like M/M/1 branches are done.

    Flatto and Hahn (1984); Nelson and Tantawi (1988).
    """
    load = stable(arrival_rate / service_rate)
    return (12 - load) / 8 * mm1(arrival_rate, service_rate).sojourn


def longest_of(branches: int, mean: float = 1.0) -> float:
    """Give the mean of the longest of several like exponential branches, when nobody waits: mean x (1 + 1/2 + ...)."""
    return mean * math.fsum(1 / k for k in range(1, branches + 1))


def batch_hold(size: int, arrival_rate: float) -> float:
    """Give the mean hold of an item until a batch of this size is full."""
    return (size - 1) / (2 * arrival_rate)


def schedule_hold(gaps: Sequence[float], period: float | None = None) -> float:
    """Give the mean hold of an item that arrives at any instant of the period with the same chance.

    `gaps` are the stretches in which an item is held to their end (between runs, or while closed); the rest of the
    `period` (default: the gaps fill it) lets it pass at once.
    """
    return math.fsum(gap**2 for gap in gaps) / 2 / (math.fsum(gaps) if period is None else period)


def knock_out_effort(checks: Sequence[tuple[float, float]]) -> float:
    """Give the expected effort of checks in this order: (effort, probability of reject) each; a reject ends them."""
    reached = 1.0
    efforts: list[float] = []
    for effort, reject in checks:
        efforts.append(reached * effort)
        reached *= 1 - reject
    return math.fsum(efforts)


def rework_passes(probability: float) -> float:
    """Give the mean number of passes through a task that is repeated with this probability each time."""
    return 1 / (1 - stable(probability))


def lindley(arrivals: Sequence[int], services: Sequence[int]) -> list[int]:
    """Give the wait of each item at one server, first come first served (Lindley 1952): exact on whole numbers.

    Arrivals are in order; the wait of the next is max(0, wait + service - gap).
    """
    waits: list[int] = []
    finish = min(arrivals, default=0)
    for arrival, service in zip(arrivals, services, strict=True):
        waits.append(max(0, finish - arrival))
        finish = arrival + waits[-1] + service
    return waits


def kiefer_wolfowitz(arrivals: Sequence[int], services: Sequence[int], servers: int) -> list[int]:
    """Give the wait of each item at several servers, first come first served (Kiefer and Wolfowitz 1955): exact.

    Arrivals are in order; each takes the server that is free first.
    """
    waits: list[int] = []
    free = [min(arrivals, default=0)] * servers
    for arrival, service in zip(arrivals, services, strict=True):
        start = max(arrival, free[0])
        waits.append(start - arrival)
        heapq.heapreplace(free, start + service)
    return waits


def stable(load: float) -> float:
    """Give the load back; ValueError when it is no load of a steady state."""
    if not 0 <= load < 1:
        raise ValueError(f"no steady state at a load of {load:g}")
    return load


def _loads_above(loads: Sequence[float]) -> list[float]:
    """Give the total load above each class, and at last that of all."""
    return [math.fsum(loads[:k]) for k in range(len(loads) + 1)]


def _open_station(arrival_rate: float, servers: int, service_mean: float, p_wait: float, waiting: float) -> Station:
    """Complete a station without losses from its wait, by Little's law."""
    sojourn = waiting + service_mean
    utilisation = arrival_rate * service_mean / servers
    return Station(utilisation, p_wait, 0.0, waiting, sojourn, arrival_rate * waiting, arrival_rate * sojourn)


def _closed_station(shares: Sequence[float], arrivals: Sequence[float], servers: int, p_lost: float = 0.0) -> Station:
    """Complete a station from the share of time in each state and the rate at which each state lets arrivals in."""
    entering = [rate * share for rate, share in zip(arrivals, shares, strict=True)]
    admitted = math.fsum(entering)
    queue = math.fsum(max(n - servers, 0) * share for n, share in enumerate(shares))
    busy = math.fsum(min(n, servers) * share for n, share in enumerate(shares))
    number = math.fsum(n * share for n, share in enumerate(shares))
    p_wait = math.fsum(entering[servers:]) / admitted
    return Station(busy / servers, p_wait, p_lost, queue / admitted, number / admitted, queue, number)
