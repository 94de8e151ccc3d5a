"""The cases that belong to a story: those that a case called, and what the client did to apply for them."""

import numpy as np

from bpsim.eventlog import CALLED, NONE, EventLog


class Kin:
    """A case and the cases that it called, directly or not."""

    def __init__(self, log: EventLog, case: int) -> None:
        """Find them."""
        self.log = log
        self.cases = {case}
        parent, source = log.cases["parent"], log.cases["source"]
        for other in np.flatnonzero((parent != NONE) & (source == CALLED)).tolist():  # callers come before the called
            if int(parent[other]) in self.cases:
                self.cases.add(other)
        self._case = case

    def rows(self) -> list[int]:
        """List their rows."""
        found: list[int] = np.flatnonzero(np.isin(self.log.items["case"], sorted(self.cases))).tolist()
        return found

    def applied(self) -> dict[int, int]:
        """Give the rows that are the start of a case that was applied for, with that case."""
        cases, items = self.log.cases, self.log.items
        found: dict[int, int] = {}
        for case in sorted(self.cases - {self._case}):
            rows = np.flatnonzero(items["case"] == case)
            first = [row for row in rows.tolist() if int(items["created"][row]) == int(cases["arrived"][case])]
            if first and int(cases["arrived"][case]) != int(cases["need"][case]):
                silent = [row for row in first if self.log.settings.nodes[int(items["node"][row])].kind == "silent"]
                found |= dict.fromkeys(silent[:1], case)
        return found

    def process(self, case: int) -> str:
        """Name the process of a case."""
        settings = self.log.settings
        number = int(self.log.cases["process"][case])
        return settings.processes[number] if number else settings.title or settings.process

    def caller(self) -> str:
        """Say who called the case; empty when nobody did."""
        parent = int(self.log.cases["parent"][self._case])
        return "" if parent == NONE else f"case {parent} of {self.process(parent)}"

    def attributes(self) -> list[tuple[str, object]]:
        """Give the attributes of the case, by their own names."""
        number = int(self.log.cases["process"][self._case])
        prefix = f"{self.log.settings.processes[number]}/" if number else ""
        mine = (name for name in self.log.attributes if name.startswith(prefix) and "/" not in name[len(prefix) :])
        return [(name[len(prefix) :], self.log.attributes[name][self._case]) for name in mine]
