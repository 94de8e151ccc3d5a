"""What it costs the organisation: working time at the rates of the roles."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bpsim.eventlog import EventLog
from bpsim.measures.quality import summed

HOUR = 3_600_000
Entry = tuple[str, str, str, float, float]


def row_cost(log: EventLog, work: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the cost of each row: `work` (ms) times the cost per hour of the role (idle hours cost nothing here)."""
    rates = np.array([role.cost for role in log.settings.roles], np.float64)
    person = log.items["person"].astype(np.int64)
    cost = np.zeros(len(person), np.float64)
    done = person >= 0
    if len(rates):
        cost[done] = rates[log.settings.person_roles()[person[done]]]
    return cost * (work / HOUR)


def per_case(log: EventLog, cost: NDArray[np.float64]) -> Iterator[tuple[str, str, NDArray[np.float64]]]:
    """Give the cost of the work on each case, from that of each row."""
    yield "cost_per_case", "cost", summed(log, cost)


def by_department(log: EventLog, cohort: NDArray[np.bool_], cost: NDArray[np.float64]) -> Iterator[Entry]:
    """Give the cost per finished case in each department, from that of each row."""
    finished = cohort & (log.cases["ended"] >= 0)
    mine = np.flatnonzero((log.items["person"] >= 0) & finished[log.items["case"]])
    homes = np.array([role.department for role in log.settings.roles], np.int64)
    if not finished.any():
        return
    where = homes[log.settings.person_roles()[log.items["person"][mine]]]
    totals = np.bincount(where, weights=cost[mine], minlength=len(log.settings.departments))
    for department, total in zip(log.settings.departments, totals.tolist(), strict=True):
        yield "cost_per_case.mean", f"department={department.name}", "cost", total, float(finished.sum())
    yield "cost", "", "cost", float(cost[mine].sum()), 1.0
