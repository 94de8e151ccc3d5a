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

    `cases`: ms by case and cause, along the critical path (an open case has none, but for the time before its arrival).
    `cells`: ms by department (then client, external, timer, system) and cause over the ended cases of the cohort;
    `tasks`: ms by node and cause over the same; `items`: ms by node and cause over all items.
    """

    departments: tuple[str, ...]
    cases: Times
    cells: Times
    tasks: Times
    items: Times


@dataclass(frozen=True, slots=True)
class Paths:
    """The critical paths of the ended cases: entries of a case and a row on its path, in the order of the rows.

    The path of a case goes through the cases that it waited for.
    """

    case: Times
    row: Times

    @classmethod
    def of(cls, log: EventLog) -> "Paths":
        """Walk back from the last row of each case along what enabled it; a called case begins at its own arrival."""
        preds, home = log.items["pred"], log.items["case"]
        called = bool((log.cases["parent"] != NONE).any())
        if not called:
            return cls._alone(log)
        case = np.flatnonzero(log.cases["last"] != NONE)
        row = log.cases["last"][case]
        cases, rows = [case[:0]], [row[:0]]
        while len(row):
            row = critical(log, row)
            there = row >= 0
            case, row = case[there], row[there]
            inside = _within(log, home[row].astype(np.int64), case)
            case, row = case[inside], row[inside]
            cases.append(case)
            rows.append(row)
            row = preds[row].astype(np.int64)
        case, row = np.concatenate(cases), np.concatenate(rows)
        order = np.argsort(row, kind="stable")
        return cls(case[order], row[order])

    @classmethod
    def _alone(cls, log: EventLog) -> "Paths":
        """Walk back where no case has called another: each row is on one path at most, that of its case."""
        marks, row = np.zeros(len(log.items["case"]), np.bool_), log.cases["last"]
        while len(row := critical(log, row)):
            row = row[row >= 0]
            marks[row] = True
            row = log.items["pred"][row]
        rows = np.flatnonzero(marks)
        return cls(log.items["case"][rows].astype(np.int64), rows)

    def among(self, rows: slice) -> tuple[Times, Times]:
        """Give the entries of a piece of the rows: cases, and rows counted from the beginning of the piece."""
        low, high = np.searchsorted(self.row, [rows.start, rows.stop])
        return self.case[low:high], self.row[low:high] - rows.start


def _within(log: EventLog, inner: Times, outer: Times) -> NDArray[np.bool_]:
    """Tell which cases are the same as others, or were called by them, directly or not."""
    parent = log.cases["parent"]
    found: NDArray[np.bool_] = inner == outer
    while (climbing := ~found & (inner != NONE)).any():
        inner = np.where(climbing, parent[inner], inner)
        found |= climbing & (inner == outer)
    return found


def critical(log: EventLog, rows: Times) -> Times:
    """Replace firings of joins by their critical row."""
    rows = rows.astype(np.int64)
    while len(joins := np.flatnonzero(rows <= FIRST_JOIN)):
        rows[joins] = log.join_preds[log.join_starts[FIRST_JOIN - rows[joins] + 1] - 1]
    return rows


def branches(log: EventLog, finished: NDArray[np.bool_]) -> Iterator[tuple[str, str, str, float, float]]:
    """Give for each task that ends a branch of a parallel block how often it was the last to arrive at the join."""
    rows = critical(log, log.join_preds)
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
    paths = Paths.of(log)
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
        case, critical = paths.among(rows)
        _add(per_case, case, parts[critical])
        counted = critical[cohort[case]]
        _add(totals["tasks"], node[counted], parts[counted])
        _into_cells(ledger, rows, counted, parts, totals["cells"])
    _before_arrivals(ledger, cohort, paths, per_case, totals["cells"])
    _never_arrived(log, cohort, per_case, totals["cells"])
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


def _before_arrivals(ledger: Ledger, cohort: NDArray[np.bool_], paths: Paths, per_case: Times, cells: Times) -> None:
    """Charge the wait for a closed channel to the client, and the way of the application to the first department.

    So it is with the applications of the cases that a case waited for.
    """
    log, cases = ledger.log, ledger.log.cases
    case = inner = np.arange(len(cases["need"]))
    if (cases["parent"] != NONE).any():
        home = log.items["case"][paths.row].astype(np.int64)
        further = np.unique(np.stack([paths.case, home], axis=1)[paths.case != home], axis=0)
        case, inner = np.concatenate([case, further[:, 0]]), np.concatenate([inner, further[:, 1]])
    over = np.where(cases["ended"] == NONE, log.settings.stopped, cases["ended"])
    end = np.minimum(cases["arrived"], over)
    opened = np.minimum(cases["opened"], end)
    waited, sent = (opened - cases["need"])[inner], (end - opened)[inner]
    np.add.at(per_case[:, CLIENT], case, waited)
    np.add.at(per_case[:, TRANSFER], case, sent)
    counted = (cohort & (cases["ended"] != NONE))[case]
    cells[len(log.settings.departments), CLIENT] += int(np.sum(waited[counted]))
    if sent[counted].any():
        first = next((info.department for info in ledger.nodes if info.department >= 0), len(log.settings.departments))
        where = _first_departments(log, paths, first)
        np.add.at(cells[:, TRANSFER], where[inner[counted]], sent[counted])


def _never_arrived(log: EventLog, cohort: NDArray[np.bool_], per_case: Times, cells: Times) -> None:
    """Charge to the client what callers waited for cases that were ended before they arrived: those have no rows."""
    cases = log.cases
    ended = cases["ended"] != NONE
    never = ended & (cases["arrived"] >= cases["ended"]) & (cases["last"] == NONE)
    for case in np.flatnonzero(never).tolist():
        caller = int(cases["parent"][case])
        while caller != NONE:
            if ended[caller] and cases["ended"][caller] >= cases["ended"][case]:
                rest = int(cases["ended"][caller] - cases["need"][caller] - per_case[caller].sum())
                per_case[caller, CLIENT] += max(rest, 0)
                cells[len(log.settings.departments), CLIENT] += max(rest, 0) if cohort[caller] else 0
            caller = int(cases["parent"][caller])


def _first_departments(log: EventLog, paths: Paths, default: int) -> Times:
    """The department of the first item of each case, on the path to its end, that is done by a role."""
    departments = np.array([info.department for info in log.settings.nodes], np.int64)[log.items["node"][paths.row]]
    found = np.full(len(log.cases["need"]), default, np.int64)
    mine = np.flatnonzero(departments >= 0)[::-1]
    found[paths.case[mine]] = departments[mine]
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
