"""What it is like for the client: contacts, documents, their own time and money, and how it ends."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bpsim.eventlog import CANCELLED, COMPLETED, NONE, RENEGED, TIMED_OUT, VALUE, EventLog, written_value
from bpsim.measures.steps import Times

Entry = tuple[str, str, str, float, float]
Marks = NDArray[np.bool_]
HOUR = 3_600_000
#: Outcomes of clients who did not wait for the end.
ABANDONED = ("withdrawn", "abandoned")


def contacts(log: EventLog, direction: str) -> Times:
    """Count the contacts of each case in a direction (in, out); a letter that nobody answered went out all the same.

    Chases come in beside the tasks.
    """
    nodes = log.settings.nodes
    wanted = np.array([direction in node.contact for node in nodes])[log.items["node"]]
    status = log.items["status"]
    had = status == COMPLETED
    if direction == "out":
        sent = np.array([node.kind not in {"people", "machine"} for node in nodes])[log.items["node"]]
        had |= sent & ((status == TIMED_OUT) | (status == CANCELLED))
    cases = len(log.cases["need"])
    found = np.bincount(log.items["case"][wanted & had], minlength=cases)
    return found + np.bincount(log.contacts["case"], minlength=cases) if direction == "in" else found


def shared_trips(log: EventLog) -> Times:
    """Count the incoming contacts of each case that share the trip of another (`visit`): one for each of those."""
    cases, done = len(log.cases["need"]), log.items["status"] == COMPLETED
    found = np.zeros(cases, np.int64)
    for rank, node in enumerate(log.settings.nodes):
        if node.visit != NONE and "in" in node.contact:
            mine, other = (
                np.bincount(log.items["case"][done & (log.items["node"] == one)], minlength=cases)
                for one in (rank, node.visit)
            )
            found += np.minimum(mine, other)
    return found


def per_case(log: EventLog) -> Iterator[tuple[str, str, Times | NDArray[np.float64]]]:
    """Give contacts, documents, the client's time and cost in contacts, and the burden of both, for each case."""
    inward, outward = contacts(log, "in"), contacts(log, "out")
    yield "contacts", "", inward + outward
    yield "contacts.in", "", inward
    yield "contacts.out", "", outward
    wanted = np.array([node.documents for node in log.settings.nodes], np.int64)[log.items["node"]]
    done = log.items["status"] == COMPLETED
    brought = np.bincount(log.items["case"][done], wanted[done], len(inward))
    yield "documents", "", brought + log.settings.documents * (log.cases["process"] == 0)
    channel = log.cases["channel"]
    times = np.array([info.client_time for info in log.settings.channels], np.int64)
    costs = np.array([info.client_cost for info in log.settings.channels], np.float64)
    trips = inward - shared_trips(log)
    time, cost = trips * times[channel], trips * costs[channel]
    yield "client_time", "ms", time
    yield "client_cost", "cost", cost
    if log.settings.value_of_time:
        yield "burden", "cost", cost + time / HOUR * _value_of_time(log)


def _value_of_time(log: EventLog) -> NDArray[np.float64]:
    """Give the cost of an hour of each case's client."""
    values, by = dict(log.settings.value_of_time), log.settings.value_by
    if not by:
        return np.full(len(log.cases["need"]), values[""], np.float64)
    words = [written_value(value) for value in log.attributes[by].tolist()]
    return np.array([values.get(word, values.get("else", 0.0)) for word in words], np.float64)


def abandoned(log: EventLog) -> Marks:
    """Mark the cases whose client did not wait for the end."""
    outcomes = np.array([outcome in ABANDONED for outcome in log.settings.outcomes], np.bool_)
    return (log.cases["ended"] >= 0) & outcomes[log.cases["outcome"]]


def shares(log: EventLog, chosen: Marks, touched: Marks, group: str = "") -> Iterator[Entry]:
    """Give the share of each outcome among the ended cases of a group, of those abandoned, and of those not touched."""
    ended, left = chosen & (log.cases["ended"] >= 0), abandoned(log)
    beside = f",{group}" if group else ""
    for i, outcome in enumerate(log.settings.outcomes):
        number = float((ended & (log.cases["outcome"] == i)).sum())
        yield "outcome", f"outcome={outcome}{beside}", "share", number, float(ended.sum())
    yield "abandonment", group, "share", float((ended & left).sum()), float(ended.sum())
    finished = ended & ~left
    yield "p_instant", group, "share", float((finished & ~touched).sum()), float(finished.sum())


def demand(log: EventLog, finished: Marks, start: int, end: int) -> Iterator[Entry]:
    """Give the share of the incoming contacts that ask what has become of the case, and of the items that renege."""
    inward = contacts(log, "in")[finished].sum()
    asked = finished[log.contacts["case"]] & (log.contacts["kind"] != VALUE)
    yield "failure_demand", "", "share", float(asked.sum()), float(inward)
    for rank, node in enumerate(log.settings.nodes):
        if node.reneges:
            mine = (log.items["node"] == rank) & (log.items["released"] >= start) & (log.items["released"] < end)
            left = mine & (log.items["status"] == RENEGED)
            gone = left | (mine & (log.items["started"] >= 0))
            yield "abandonment", f"task={node.name}", "share", float(left.sum()), float(gone.sum())
