"""What else happened in a case: errors that were made and found, limits that passed, how it came to be there."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from bpsim.eventlog import CANCELLED, COMPLETED, NONE, RENEGED, EventLog


def notes(log: EventLog, case: int) -> dict[int, list[str]]:
    """Give, by row, what went wrong or right at the completion of work, and why it was cancelled."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for row, words in (*_errors(log, case), *_passed(log, case), *_left(log, case)):
        found[row].append(words)
    return found


def _left(log: EventLog, case: int) -> Iterator[tuple[int, str]]:
    """Say at the last row of a case that its client did not wait for the end; and what came of questions."""
    outcome, last = int(log.cases["outcome"][case]), int(log.cases["last"][case])
    words = {"withdrawn": "the client withdrew", "abandoned": "the client did not wait any longer"}
    said = words.get(log.settings.outcomes[outcome], "") if log.cases["ended"][case] != NONE else ""
    if said and last >= 0 and log.items["status"][last] in (CANCELLED, RENEGED):
        yield last, said
    for row in np.flatnonzero((log.items["case"] == case) & (log.items["status"] == CANCELLED)).tolist():
        if log.settings.nodes[int(log.items["node"][row])].detached:
            yield row, "the case had ended before anybody answered"


def _errors(log: EventLog, case: int) -> Iterator[tuple[int, str]]:
    rows = np.flatnonzero((log.items["case"] == case) & (log.items["status"] == COMPLETED))
    mine = np.flatnonzero(log.errors["case"] == case)
    for one in mine.tolist():
        node = int(log.errors["node"][one])
        times = {key: int(log.errors[key][one]) for key in ("introduced", "detected", "corrected")}
        title = log.settings.nodes[node].title
        for row in _completed(log, rows, times["introduced"], node):
            yield row, "an error was made here" + (", which nobody found" if times["detected"] == NONE else "")
        for row in _completed(log, rows, times["detected"])[:1]:
            yield row, f"the error of {title} was found"
        for row in _completed(log, rows, times["corrected"])[:1]:
            yield row, f"the error of {title} was corrected"


def _completed(log: EventLog, rows: Sequence[int] | np.ndarray, time: int, node: int = NONE) -> list[int]:
    """List the rows that were completed at an instant, those with work first."""
    if time == NONE:
        return []
    found = [
        int(row)
        for row in rows
        if log.items["completed"][row] == time and (node in (NONE, int(log.items["node"][row])))
    ]
    return sorted(found, key=lambda row: log.settings.nodes[int(log.items["node"][row])].kind == "silent")


def _passed(log: EventLog, case: int) -> Iterator[tuple[int, str]]:
    """Name the clock whose limit had passed where work was cancelled and the case went on elsewhere."""
    targets = {clock.on_pass: clock.name for clock in log.settings.clocks if clock.on_pass}
    mine = log.items["case"] == case
    cancelled = np.flatnonzero(mine & (log.items["status"] == CANCELLED)).tolist() if targets else []
    for row in cancelled:
        after = np.flatnonzero(mine & (log.items["pred"] == row)).tolist()
        names = {log.settings.nodes[int(log.items["node"][other])].name for other in after}
        if not after and int(log.cases["last"][case]) == row:  # it led to an end
            names = set(targets)
        found = sorted(names & set(targets))
        if found:
            yield row, f"the limit of {targets[found[0]]} had passed"
