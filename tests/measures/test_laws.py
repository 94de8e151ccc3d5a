"""Every law of a log is held: a hand-worked trace keeps them all, and breaking it in one place is noticed."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.eventlog import CANCELLED, COMPLETED, NONE, OPEN, OTHER_DUTIES, RENEGED, TRAINING, EventLog
from bpsim.measures import laws
from bpsim.measures.measured import measure
from bpsim.measures.waiting import LawError, Ledger
from tests.oracle.traces import FOLDER, read

MINUTE, HOUR = 60_000, 3_600_000


@cache
def traced(name: str) -> EventLog:
    """Run a trace."""
    trace = read(FOLDER / f"{name}.log")
    return replicate(
        compile_plan(trace.process, start=trace.start, length=trace.length, drain=trace.drain), seed=1, replication=0
    )


def changed(log: EventLog, *changes: tuple[str, int, Any]) -> EventLog:
    """Change entries of a log: `table.column`, row, value."""
    for name, row, value in changes:
        table, _, key = name.partition(".")
        columns = dict(getattr(log, table))
        column = columns[key].astype(np.int64)
        column[row] = value
        log = replace(log, **{table: {**columns, key: column}})
    return log


@pytest.mark.parametrize("name", ["absence", "appeals", "calls", "together", "reneging"])
def test_the_traces_keep_them(name: str) -> None:
    """What happened as it should is measured."""
    laws.check(Ledger(traced(name)))
    measure(traced(name))


def test_who_is_away_when_not_at_work_keeps_them() -> None:
    """Other duties from 10:00 on, when the work had been broken off, are in order."""
    laws.check(Ledger(changed(traced("absence"), ("duties.kind", 0, OTHER_DUTIES))))


TWICE = "person 0 works on two items at once"
ENDLESS = "an item without an end is not open, or an open item has one"
UNBEGUN = "an item was completed before it was started, or reneged after it"
STAMPS = "an item's stamps are out of order"
OUTSIDE = "a stretch of work lies outside of its item"
FOUND = "an error was found or corrected before it was made"
OUTCOME = "a case has ended without an outcome, or has one without an end"

# absence: row 0 is worked on by the only clerk 9:30-10:00 and 13:00-14:30, row 1 14:30-16:30, row 2 16:30-23:00 and on
# the next day. appeals: the first error is made at 1:10, found at 3:00; the second made at 1:30, corrected at 3:10.
# calls: case 0 from 10:00 to 12:20; cases 1 and 2 are its interviews. reneging: the rows of impatient clients.


@pytest.mark.parametrize(
    ("trace", "changes", "sentence"),
    [
        ("absence", [("items.started", 1, 14 * HOUR)], TWICE),
        (
            "absence",
            [("duties.kind", 0, OTHER_DUTIES), ("duties.start", 0, 10 * HOUR - MINUTE)],
            "person 0 works while away",
        ),
        ("absence", [("duties.kind", 0, TRAINING), ("duties.end", 0, 13 * HOUR + MINUTE)], "person 0 works while away"),
        ("absence", [("items.status", 1, 9)], ENDLESS),
        ("absence", [("items.status", 1, OPEN)], ENDLESS),
        ("appeals", [("items.completed", 4, NONE)], ENDLESS),
        ("appeals", [("items.started", 4, NONE)], UNBEGUN),
        ("absence", [("items.status", 1, RENEGED)], UNBEGUN),
        ("absence", [("items.released", 1, 15 * HOUR)], STAMPS),
        ("absence", [("items.transferred", 1, NONE)], STAMPS),
        ("appeals", [("items.completed", 2, HOUR)], STAMPS),
        ("absence", [("stints.start", 0, 9 * HOUR)], OUTSIDE),
        ("absence", [("stints.end", 1, 14 * HOUR + 31 * MINUTE), ("items.person", 1, NONE)], OUTSIDE),
        ("absence", [("stints.end", 0, 9 * HOUR)], "a stretch of work ends before it begins"),
        ("absence", [("stints.end", 1, 14 * HOUR)], "an item was completed while nobody worked on it"),
        ("appeals", [("errors.detected", 0, HOUR)], FOUND),
        ("appeals", [("errors.corrected", 1, 2 * HOUR)], FOUND),
        ("calls", [("cases.parent", 1, 1)], "a case was called by a later one"),
        ("calls", [("cases.ended", 0, 9 * HOUR)], "a case ended before it began"),
        ("calls", [("cases.outcome", 0, NONE)], OUTCOME),
        ("calls", [("cases.ended", 0, NONE)], OUTCOME),
    ],
)
def test_what_is_broken_is_noticed(trace: str, changes: list[tuple[str, int, Any]], sentence: str) -> None:
    """The first law that does not hold is named, and nothing is measured."""
    log = changed(traced(trace), *changes)
    for held in (lambda: laws.check(Ledger(log)), lambda: measure(log)):
        refuses(held, sentence)


def refuses(act: Callable[[], object], sentence: str) -> None:
    """Hold that nothing comes of it but the sentence."""
    with pytest.raises(LawError) as refused:
        act()
    assert str(refused.value) == sentence


def test_nobody_is_held_for_one_item_and_at_work_on_another() -> None:
    """Who is held for a common start does nothing else meanwhile."""
    early = changed(traced("together"), ("reserved.start", 0, 2 * HOUR))  # at work until 2:30
    refuses(lambda: laws.check(Ledger(early)), "person 0 is held for an item and at work on another")


def test_what_is_cancelled_has_left_stamps_out() -> None:
    """A case that was taken back before its work began has no start, and that is in order."""
    log = traced("withdrawal")
    cancelled = np.flatnonzero((log.items["status"] == CANCELLED) & (log.items["started"] == NONE))
    assert len(cancelled)
    laws.check(Ledger(log))
    refuses(lambda: laws.check(Ledger(changed(log, ("items.status", int(cancelled[0]), COMPLETED)))), UNBEGUN)
