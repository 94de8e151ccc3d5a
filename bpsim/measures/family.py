"""Cases and the cases that they called: what is done for a called case is done for its caller."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bpsim.eventlog import CALLED, EventLog

if TYPE_CHECKING:
    from bpsim.measures.steps import Times


class Family:
    """The case to which each case belongs: itself, or the one that called it, directly or not."""

    def __init__(self, log: EventLog) -> None:
        """Follow the calls of a log."""
        self._log = log
        self._called = log.cases["source"] == CALLED
        self.root: Times = np.arange(len(self._called))
        while (further := self._called[self.root]).any():
            self.root = np.where(further, log.cases["parent"][self.root], self.root)

    def total(self, values: NDArray[Any]) -> NDArray[Any]:
        """Add to the value of each case those of the cases that it called; a called case keeps its own."""
        if not self._called.any():
            return values
        found = np.where(self._called, values, 0).astype(values.dtype)
        np.add.at(found, self.root, values)
        return found

    def any(self, marks: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Mark the cases that are marked, or have called one that is."""
        found = marks.copy()
        found[self.root[marks]] = True
        return found

    def joint(self, count: Callable[[EventLog], NDArray[Any]]) -> NDArray[Any]:
        """Count something that does not add up over cases: everything done for a called case is done in its caller."""
        if not self._called.any():
            return count(self._log)
        items = {**self._log.items, "case": self.root[self._log.items["case"]]}
        return np.where(self._called, count(self._log), count(replace(self._log, items=items)))
