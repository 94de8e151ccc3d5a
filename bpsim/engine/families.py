"""Whose work a row is: the families of a log of several processes, and how often each process makes them come."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bpsim.eventlog import NONE, EventLog

Numbers = NDArray[np.int64]
Figures = NDArray[np.float64]


@dataclass(frozen=True)
class Families:
    """The families of a log. `root` is the case at the head of each case's family, `kind` the process of that head.

    `count` is the number of heads by process (1 at least), `per_week` how many of them come in a week.
    """

    root: Numbers
    kind: Numbers
    count: Numbers
    per_week: Figures

    def rows_of(self, log: EventLog, process: int) -> NDArray[np.bool_]:
        """Tell which rows belong to families that a process makes come."""
        return np.asarray(self.kind[log.items["case"]] == process)

    def home(self, node_process: Sequence[int]) -> Numbers:
        """Give the process whose cases the figures of each node are told for: its own where cases come, or the main."""
        first = int(np.argmax(self.per_week > 0))
        return np.array([p if self.per_week[p] > 0 else first for p in node_process], dtype=np.int64)

    def a_case(self, totals: Figures, home: Numbers) -> Figures:
        """Turn totals (by process of the head, and node) into what a case of each node's home makes."""
        per_case = totals / self.count[:, None]
        nodes = np.arange(len(home))
        found = per_case[home, nodes].copy()
        for process in range(len(self.count)):
            weekly = self.per_week[home]
            more = (home != process) & (weekly > 0)
            found[more] += (per_case[process] * self.per_week[process])[more] / weekly[more]
        return found


def families(log: EventLog, per_week: Sequence[float]) -> Families:
    """Find the families of a log."""
    parent = log.cases["parent"].tolist()
    root = list(range(len(parent)))
    for case, caller in enumerate(parent):
        if caller != NONE:
            root[case] = root[caller]
    heads = np.array(root, dtype=np.int64)
    process = log.cases["process"].astype(np.int64)
    alone = process[np.unique(heads)] if len(heads) else process
    count = np.maximum(np.bincount(alone, minlength=len(per_week)), 1)
    return Families(heads, process[heads] if len(heads) else process, count, np.array(per_week, dtype=np.float64))


def totals(log: EventLog, found: Families, weights: Figures | None = None) -> Figures:
    """Add up rows by the process of the head and the node: their number, or their weights."""
    nodes, kinds = len(log.settings.nodes), len(found.count)
    places = found.kind[log.items["case"]] * nodes + log.items["node"]
    summed = np.bincount(places, weights, minlength=kinds * nodes)
    return summed.reshape(kinds, nodes).astype(np.float64)
