"""What else happened in a case: errors that were made and found, limits that passed, how it came to be there."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from bpsim.eventlog import CANCELLED, COMPLETED, NONE, RENEGED, TIMED_OUT, EventLog


def notes(log: EventLog, case: int) -> dict[int, list[str]]:
    """Give, by row, what went wrong or right at the completion of work, and why it was cancelled."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for row, words in (*_errors(log, case), *_passed(log, case), *_overtaken(log, case), *_left(log, case)):
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


def _overtaken(log: EventLog, case: int) -> Iterator[tuple[int, str]]:
    """Name what came before work was done, as far as what follows tells it; a plain timeout needs no name."""
    mine = log.items["case"] == case
    for row in np.flatnonzero(mine & (log.items["status"] == TIMED_OUT)).tolist():
        ways = log.settings.nodes[int(log.items["node"][row])].boundaries
        held = log.items["released"][row] == NONE
        names = [name for name, _ in ways if held or name != "batch timeout"]
        after = {int(node) for node in log.items["node"][mine & (log.items["pred"] == row)]}
        if int(log.cases["last"][case]) == row:
            after = {-2 - int(log.cases["outcome"][case])}
        names = [name for name in names if after & set(dict(ways)[name])] or names
        if set(names) - {"timeout"}:
            words = {"timeout": "its time was over", "batch timeout": "it had been held too long"}
            yield row, " or ".join(words.get(name, f"{name} came first") for name in names)


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
