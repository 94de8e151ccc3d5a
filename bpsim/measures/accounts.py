"""The account of each case along its critical path: its causes add up to the lead time, to the millisecond."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bpsim.eventlog import FIRST_JOIN, NONE, EventLog
from bpsim.measures.steps import Times
from bpsim.measures.waiting import CAUSES, CLIENT, RECEIVING, TRANSFER, LawError, Ledger


@dataclass(frozen=True, slots=True)
class Accounts:
    """What the ledger adds up to.

    `cases`: ms by case and cause, along the critical path (an open case: up to the stop, by its latest item).
    `cells`: ms by department (then client, external, timer, system) and cause over the ended cases of the cohort;
    `tasks`: ms by node and cause over the same; `items`: ms by node and cause over all items.
    """

    departments: tuple[str, ...]
    cases: Times
    cells: Times
    tasks: Times
    items: Times


def critical_rows(log: EventLog) -> NDArray[np.bool_]:
    """Mark the rows on the critical paths of the ended cases: walking back from the last along what enabled it."""
    marks = np.zeros(len(log.items["case"]), np.bool_)
    preds = log.items["pred"]
    current = log.cases["last"][log.cases["last"] != NONE]
    current = _through_joins(log, current)
    while len(current):
        marks[current] = True
        current = _through_joins(log, preds[current].astype(np.int64))
    return marks


def _through_joins(log: EventLog, rows: Times) -> Times:
    """Replace firings of joins by their critical row; drop starts."""
    rows = _critical(log, rows)
    return rows[rows >= 0]


def _critical(log: EventLog, rows: Times) -> Times:
    """Replace firings of joins by their critical row."""
    rows = rows.astype(np.int64)
    while len(joins := np.flatnonzero(rows <= FIRST_JOIN)):
        rows[joins] = log.join_preds[log.join_starts[FIRST_JOIN - rows[joins] + 1] - 1]
    return rows


def branches(log: EventLog, finished: NDArray[np.bool_]) -> Iterator[tuple[str, str, str, float, float]]:
    """Give for each task that ends a branch of a parallel block how often it was the last to arrive at the join."""
    rows = _critical(log, log.join_preds)
    last = np.zeros(len(rows), np.bool_)
    last[log.join_starts[1:] - 1] = True
    counted = np.zeros(len(rows), np.bool_)
    done = rows >= 0
    counted[done] = finished[log.items["case"][rows[done]]]
    node = log.items["node"][rows[counted]]
    for rank in np.flatnonzero(np.bincount(node, minlength=1)).tolist():
        mine = node == rank
        group = f"branch={log.settings.nodes[rank].name}"
        yield "critical", group, "share", float((mine & last[counted]).sum()), float(mine.sum())


def accounts(ledger: Ledger, cohort: NDArray[np.bool_]) -> Accounts:
    """Make the accounts; `cohort` marks the cases that count. LawError when parts do not make the whole."""
    log = ledger.log
    marks = critical_rows(log)
    causes, cells = len(CAUSES), len(ledger.cells)
    per_case = np.zeros((len(log.cases["need"]), causes), np.int64)
    totals = {
        name: np.zeros((rows, causes), np.int64)
        for name, rows in (("cells", cells), ("tasks", len(ledger.nodes)), ("items", len(ledger.nodes)))
    }
    for rows in ledger.chunks():
        parts = ledger.parts(rows)
        _check_items(ledger, rows, parts)
        node = log.items["node"][rows]
        _add(totals["items"], node, parts)
        critical = np.flatnonzero(marks[rows])
        case = log.items["case"][rows][critical]
        _add(per_case, case, parts[critical])
        counted = critical[cohort[case]]
        _add(totals["tasks"], node[counted], parts[counted])
        _into_cells(ledger, rows, counted, parts, totals["cells"])
    _before_arrival(ledger, cohort, marks, per_case, totals["cells"])
    _check_cases(log, per_case)
    return Accounts(ledger.cells, per_case, totals["cells"], totals["tasks"], totals["items"])


def _add(sums: Times, places: NDArray[Any], parts: Times) -> None:
    """Add each row of parts to the row of sums that its place names, exactly, one cause after another."""
    for cause in np.flatnonzero(parts.any(axis=0)).tolist():
        np.add.at(sums[:, cause], places, parts[:, cause])


def _into_cells(ledger: Ledger, rows: slice, chosen: NDArray[np.intp], parts: Times, cells: Times) -> None:
    """Add rows to the cells of department and cause."""
    receiving, worker = ledger.places(rows)
    for cause in range(len(CAUSES)):
        where = receiving if cause in RECEIVING else worker
        np.add.at(cells[:, cause], where[chosen], parts[chosen, cause])


def _before_arrival(
    ledger: Ledger, cohort: NDArray[np.bool_], marks: NDArray[np.bool_], per_case: Times, cells: Times
) -> None:
    """Charge the wait for a closed channel to the client, and the way of the application to the first department."""
    log, cases = ledger.log, ledger.log.cases
    end = np.minimum(cases["arrived"], log.settings.stopped)
    opened = np.minimum(cases["opened"], end)
    per_case[:, CLIENT] += opened - cases["need"]
    per_case[:, TRANSFER] += end - opened
    counted = cohort & (cases["ended"] != NONE)
    cells[len(log.settings.departments), CLIENT] += int(np.sum((opened - cases["need"])[counted]))
    first = next((info.department for info in ledger.nodes if info.department >= 0), len(log.settings.departments))
    on_the_way = (end - opened)[counted]
    if on_the_way.any():
        np.add.at(cells[:, TRANSFER], _first_department(log, marks, first)[counted], on_the_way)


def _first_department(log: EventLog, marks: NDArray[np.bool_], default: int) -> Times:
    """The department of the first item on each case's critical path that is done by a role."""
    departments = np.array([info.department for info in log.settings.nodes], np.int64)[log.items["node"]]
    found = np.full(len(log.cases["need"]), default, np.int64)
    rows = np.flatnonzero((departments >= 0) & marks)[::-1]
    found[log.items["case"][rows]] = departments[rows]
    return found


def _check_items(ledger: Ledger, rows: slice, parts: Times) -> None:
    completed = ledger.column("completed", rows)
    whole = np.where(completed == NONE, ledger.stopped, completed) - ledger.column("created", rows)
    wrong = np.flatnonzero((parts.sum(axis=1) != whole) | (parts < 0).any(axis=1))
    if len(wrong):
        row = rows.start + int(wrong[0])
        found = f"{parts[wrong[0]].tolist()} of {int(whole[wrong[0]])} ms"
        message = f"the causes of row {row} do not add up to its time: {found}"
        raise LawError(message)


def _check_cases(log: EventLog, per_case: Times) -> None:
    ended = log.cases["ended"] != NONE
    lead = log.cases["ended"] - log.cases["need"]
    wrong = np.flatnonzero(ended & (per_case.sum(axis=1) != lead))
    if len(wrong):
        message = f"the account of case {int(wrong[0])} does not add up to its lead time"
        raise LawError(message)
