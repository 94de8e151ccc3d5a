"""Ciw: a node for each department, a customer class for each task; it has no fork: the branches follow each other."""

from math import log, sqrt

import ciw
from worker import Row, figures_of, main
from workloads import CHOICES, CLERKS, CLOSES, DAY, EVERY, OPENS, SERVICE, STAFF, TASKS

NODES = list(STAFF)
CLASSES = [*TASKS, "gone"]
#: What stands for the parallel block: its branches in sequence.
IN_SEQUENCE = {"again": "technical", "technical": "legal", "legal": "report", "finished": "gone"}


def duration(kind: str, numbers: tuple[float, ...]) -> ciw.dists.Distribution:
    """Give Ciw's distribution for a duration."""
    if kind == "exponential":
        return ciw.dists.Exponential(rate=1 / numbers[0])
    if kind == "triangular":
        return ciw.dists.Triangular(*numbers)
    mean, sd = numbers
    square = log(1 + (sd / mean) ** 2)
    return ciw.dists.Lognormal(mean=log(mean) - square / 2, sd=sqrt(square))


def followers(task: str) -> dict[str, float]:
    """Give the tasks that follow a task, with their chances."""
    following = IN_SEQUENCE.get(task, TASKS[task][3] if task in TASKS else "gone")
    if following in CHOICES:
        return CHOICES[following]
    return {IN_SEQUENCE.get(following, following) if following not in TASKS else following: 1.0}


def servers(workload: str, people: int) -> int | ciw.Schedule:
    """Give the people of a node, round the clock or in office hours."""
    if workload != "W3":
        return people
    numbers, ends = [], []
    for day in range(5):
        numbers += [0, people]
        ends += [day * DAY + OPENS, day * DAY + CLOSES]
    return ciw.Schedule(numbers_of_servers=[*numbers, 0], shift_end_dates=[*ends, 7 * DAY], preemption="resume")


def network(workload: str) -> ciw.network.Network:
    """Write the workload in Ciw's terms."""
    if workload == "W1":
        return ciw.create_network(
            arrival_distributions=[ciw.dists.Exponential(rate=1 / EVERY["W1"])],
            service_distributions=[ciw.dists.Exponential(rate=1 / SERVICE)],
            number_of_servers=[CLERKS],
        )
    never = [None] * len(NODES)
    arrivals = {name: list(never) for name in CLASSES}
    arrivals["receive"][0] = ciw.dists.Exponential(rate=1 / EVERY[workload])
    services = {name: [ciw.dists.Deterministic(value=0.0)] * len(NODES) for name in CLASSES}
    routing = {name: [[0.0] * len(NODES) for _ in NODES] for name in CLASSES}
    for task, (pool, kind, numbers, _) in TASKS.items():
        place = NODES.index(pool)
        services[task][place] = duration(kind, numbers)
        for row in routing[task]:
            row[place] = 1.0
    change = {
        name: {other: followers(name).get(other, 0.0) if name in TASKS else float(other == name) for other in CLASSES}
        for name in CLASSES
    }
    return ciw.create_network(
        arrival_distributions=arrivals,
        service_distributions=services,
        routing=routing,
        class_change_matrices=[change] * len(NODES),
        number_of_servers=[servers(workload, people) for people in STAFF.values()],
    )


def run(workload: str, cases: int, seed: int) -> list[ciw.data_record.DataRecord]:
    """Run until so many cases have ended; the records are Ciw's event log."""
    ciw.seed(seed)
    simulation = ciw.Simulation(network(workload))
    simulation.simulate_until_max_customers(cases, method="Finish")
    return simulation.get_all_records(only=["service"])


def figures(records: list[ciw.data_record.DataRecord]) -> dict[str, float]:
    """Read the figures off the records."""
    rows: list[Row] = []
    arrived: dict[int, float] = {}
    for record in records:
        case, created = record.id_number, record.arrival_date
        arrived[case] = min(created, arrived.get(case, created))
        rows.append((case, record.customer_class, created, record.service_start_date, record.service_end_date))
    return figures_of(rows, arrived)


if __name__ == "__main__":
    main(run, figures)
