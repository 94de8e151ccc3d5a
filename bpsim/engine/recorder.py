"""Append-only rows while a run goes on: packed bytes that become numpy columns every so many rows.

A row is packed as soon as it is known: its numbers are still in the processor's cache, and are forgotten at once.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from itertools import chain
from struct import Struct

import numpy as np

from bpsim.engine.plan import Plan
from bpsim.eventlog import (
    BATCH_COLUMNS,
    CASE_COLUMNS,
    CONTACT_COLUMNS,
    DUTY_COLUMNS,
    ERROR_COLUMNS,
    ITEM_COLUMNS,
    RESERVED_COLUMNS,
    STINT_COLUMNS,
    Column,
    EventLog,
)

WIDTH = len(ITEM_COLUMNS)
#: The numbers of the cases of a process, and the values of the attributes of each.
Known = tuple[Sequence[int], Sequence[Sequence[object]]]
#: A row in bytes: whole numbers of 64 bits in the order of ITEM_COLUMNS.
ROW = Struct(f"={WIDTH}q")
#: Rows that are kept as bytes before they become columns.
CHUNK = 50_000
#: Ranges of the unsigned and signed types, to give each column the smallest one that holds it.
SMALL = (np.int8, np.int16, np.int32)


class Recorder:
    """Collects what happened. `write` takes a row packed by `ROW.pack`, `next_row` numbers the rows.

    `duties`, `stints`, `reserved`, `contacts` and `errors` are rows of their columns, end to end, in any order.
    """

    def __init__(self, numbers: Iterator[int]) -> None:
        """Begin with nothing; rows are numbered by these, which refuse when there are too many."""
        self._bytes = BytesIO()
        self._chunks: list[list[Column]] = []
        self.write: Callable[[bytes], int] = self._bytes.write
        self.next_row = numbers.__next__
        self.join_preds, self.join_starts = array("q"), array("q", [0])
        self.cases = array("q")
        self.batches: list[list[int]] = []
        self.batch_rows: list[list[int]] = []
        self.duties: list[int] = []
        self.stints: list[int] = []
        self.reserved: list[int] = []
        self.contacts: list[int] = []
        self.errors: list[int] = []

    def keep(self, number: int, case: tuple[int, ...]) -> None:
        """Write what has become of a case into the place of its number."""
        first = number * len(CASE_COLUMNS)
        self.cases[first : first + len(CASE_COLUMNS)] = array("q", case)

    def pack(self) -> None:
        """Turn the rows so far into columns, when there are enough of them."""
        if self._bytes.tell() >= CHUNK * ROW.size:
            self._pack()

    def busiest(self) -> int:
        """Name the node with most rows."""
        self._pack()
        nodes = np.concatenate([chunk[ITEM_COLUMNS.index("node")] for chunk in self._chunks])
        return int(np.bincount(nodes).argmax())

    def rows(self) -> int:
        """Count the rows so far."""
        return sum(len(chunk[0]) for chunk in self._chunks) + self._bytes.tell() // ROW.size

    def _pack(self) -> None:
        table = np.frombuffer(self._bytes.getvalue(), dtype=np.int64).reshape(-1, WIDTH)
        self._chunks.append([_smallest(table[:, i]) for i in range(WIDTH)])
        self._bytes.seek(0)
        self._bytes.truncate()

    def log(self, plan: Plan, *, seed: int, replication: int, stopped: int, attributes: Sequence[Known]) -> EventLog:
        """Make the event log of the run; `attributes` are those of the cases of each process."""
        self._pack()
        columns = {}
        for i, name in enumerate(ITEM_COLUMNS):
            columns[name] = np.concatenate([chunk[i] for chunk in self._chunks])
        self._chunks.clear()
        runs = sorted(zip(self.batches, self.batch_rows, strict=True), key=_released)
        batch_starts, batch_rows = _ragged([rows for _, rows in runs])
        return EventLog(
            settings=replace(plan.settings, seed=seed, replication=replication, stopped=stopped),
            items=columns,
            cases=_table(CASE_COLUMNS, np.array(self.cases, dtype=np.int64)),
            attributes=dict(_attributes(plan, attributes, len(self.cases) // len(CASE_COLUMNS))),
            join_starts=np.array(self.join_starts, dtype=np.int64),
            join_preds=np.array(self.join_preds, dtype=np.int64),
            batches=_table(BATCH_COLUMNS, [batch for batch, _ in runs]),
            batch_starts=batch_starts,
            batch_rows=batch_rows,
            duties=self._duties(stopped),
            stints=_ordered(STINT_COLUMNS, self.stints, "row", "start", "end", "person"),
            reserved=_ordered(RESERVED_COLUMNS, self.reserved, "row", "start", "person"),
            contacts=_ordered(CONTACT_COLUMNS, self.contacts, "case", "time", "kind", "row"),
            errors=_ordered(ERROR_COLUMNS, self.errors, "case", "introduced", "node"),
        )

    def _duties(self, stopped: int) -> dict[str, Column]:
        """Put the blocks that began before the stop in the order of people and time."""
        table = _ordered(DUTY_COLUMNS, self.duties, "person", "start", "kind")
        begun = table["start"] < stopped
        return {name: column[begun] for name, column in table.items()}


def _released(run: tuple[list[int], list[int]]) -> tuple[int, int]:
    """Order runs of batches by their release, at one instant by the rank of the node."""
    return run[0][1], run[0][0]


def _smallest(column: Column) -> Column:
    low, high = (int(column.min()), int(column.max())) if len(column) else (0, 0)
    for kind in SMALL:
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return column.astype(kind)
    return column.copy()


def _table(names: Sequence[str], rows: Sequence[Sequence[int]] | Column) -> dict[str, Column]:
    numbers = rows if isinstance(rows, np.ndarray) else np.fromiter(chain.from_iterable(rows), dtype=np.int64)
    table = numbers.reshape(-1, len(names))
    return {name: np.ascontiguousarray(table[:, i]) for i, name in enumerate(names)}


def _ordered(names: Sequence[str], rows: Sequence[int], *by: str) -> dict[str, Column]:
    """Make a table of rows that lie end to end, in the order of some of its columns."""
    table = _table(names, np.array(rows, dtype=np.int64))
    order = np.lexsort([table[name] for name in reversed(by)])
    return {name: column[order] for name, column in table.items()}


def _ragged(lists: Sequence[Sequence[int]]) -> tuple[Column, Column]:
    lengths = np.fromiter((len(entry) for entry in lists), dtype=np.int64, count=len(lists))
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])
    return starts, np.fromiter((value for entry in lists for value in entry), dtype=np.int64, count=int(starts[-1]))


def _attributes(plan: Plan, known: Sequence[Known], cases: int) -> Iterator[tuple[str, Column]]:
    """Make the columns of the attributes; those that are not of a case's process are false, no number, or empty."""
    labels = iter(plan.settings.attributes)
    for each, (numbers, rows) in zip(plan.every(), known, strict=True):
        for i, (name, kind) in zip(range(len(each.attributes)), labels, strict=False):
            values = [row[i] for row in rows]
            if len(numbers) < cases:
                values = [{"truth": False, "number": float("nan")}.get(kind, "")] * cases
                for number, row in zip(numbers, rows, strict=True):
                    values[number] = row[i]
            yield name, _attribute(kind, values)


def _attribute(kind: str, values: Sequence[object]) -> Column:
    if kind == "truth":
        return np.array([bool(value) for value in values], dtype=np.bool_)
    return np.array(values, dtype=np.float64) if kind == "number" else np.array(values, dtype=np.str_)
