"""What it costs the organisation: working time at the rates of people and roles, prices, and work lost."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bpsim.eventlog import CANCELLED, COMPLETED, TIMED_OUT, EventLog
from bpsim.measures.touch import Touch

Entry = tuple[str, str, str, float, float]
Marks = NDArray[np.bool_]


def per_case(log: EventLog, touch: Touch, cost: NDArray[np.float64]) -> Iterator[tuple[str, str, NDArray[np.float64]]]:
    """Give the cost of the work on each case, from that of each entry (idle hours cost nothing here)."""
    case, number = log.items["case"], len(log.cases["need"])
    work = np.bincount(case[touch.row], cost, number).astype(np.float64)
    yield "cost_per_case", "cost", work + np.bincount(case, prices(log), number)


def prices(log: EventLog) -> NDArray[np.float64]:
    """Give what each row costs beside people's time: the price of its task when it has been completed."""
    price = np.array([node.price for node in log.settings.nodes], np.float64)
    return np.where(log.items["status"] == COMPLETED, price[log.items["node"]], 0.0)


def by_department(
    log: EventLog, touch: Touch, cost: NDArray[np.float64], counted: Marks, number: float
) -> Iterator[Entry]:
    """Give the cost per finished case in each department, from that of each entry (of the work on `counted` cases).

    The cost of the finished cases in all has prices in it, too: they are of no department.
    """
    mine = np.flatnonzero(counted[log.items["case"][touch.row]])
    homes = np.array([role.department for role in log.settings.roles], np.int64)
    if not number:
        return
    where = homes[log.settings.person_roles()[touch.person[mine]]]
    totals = np.bincount(where, weights=cost[mine], minlength=len(log.settings.departments))
    for department, total in zip(log.settings.departments, totals.tolist(), strict=True):
        yield "cost_per_case.mean", f"department={department.name}", "cost", total, number
    paid = prices(log)[counted[log.items["case"]]].sum()
    yield "cost", "", "cost", float(cost[mine].sum() + paid), 1.0


def wasted(log: EventLog, touch: Touch, ended: Marks) -> Iterator[Entry]:
    """Give the share of the work on ended cases that was broken off for good: taken away or timed out."""
    mine = ended[log.items["case"][touch.row]]
    status = log.items["status"][touch.row]
    lost = mine & ((status == CANCELLED) | (status == TIMED_OUT))
    yield "wasted_work", "", "share", float(touch.time[lost].sum()), float(touch.time[mine].sum())
