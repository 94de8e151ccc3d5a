"""What it is like for the client: contacts, documents, their own time and money."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bpsim.eventlog import COMPLETED, TIMED_OUT, EventLog
from bpsim.measures.steps import Times

Entry = tuple[str, str, str, float, float]


def contacts(log: EventLog, direction: str) -> Times:
    """Count the contacts of each case in a direction (in, out); a letter that nobody answered went out all the same."""
    wanted = np.array([direction in node.contact for node in log.settings.nodes])[log.items["node"]]
    status = log.items["status"]
    had = wanted & ((status == COMPLETED) | ((status == TIMED_OUT) & (direction == "out")))
    return np.bincount(log.items["case"][had], minlength=len(log.cases["need"]))


def per_case(log: EventLog) -> Iterator[tuple[str, str, Times | NDArray[np.float64]]]:
    """Give contacts, documents, the client's time (in contacts and own tasks) and cost for each case."""
    inward, outward = contacts(log, "in"), contacts(log, "out")
    yield "contacts", "", inward + outward
    yield "contacts.in", "", inward
    yield "contacts.out", "", outward
    wanted = np.array([node.documents for node in log.settings.nodes], np.int64)[log.items["node"]]
    done = log.items["status"] == COMPLETED
    yield "documents", "", np.bincount(log.items["case"][done], wanted[done], len(inward))
    channel = log.cases["channel"]
    times = np.array([info.client_time for info in log.settings.channels], np.int64)
    costs = np.array([info.client_cost for info in log.settings.channels], np.float64)
    yield "client_time", "ms", inward * times[channel]
    yield "client_cost", "cost", inward * costs[channel]


def shares(log: EventLog, cohort: NDArray[np.bool_]) -> Iterator[Entry]:
    """Give the share of each outcome among the finished cases."""
    finished = cohort & (log.cases["ended"] >= 0)
    for i, outcome in enumerate(log.settings.outcomes):
        yield (
            "outcome",
            f"outcome={outcome}",
            "share",
            float((finished & (log.cases["outcome"] == i)).sum()),
            float(finished.sum()),
        )
