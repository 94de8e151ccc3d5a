"""What must hold in every log, whatever the process: LawError says that the numbers of a run must not be used."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from bpsim.eventlog import COMPLETED, NONE, OPEN, OTHER_DUTIES, RENEGED, TRAINING, EventLog
from bpsim.measures.waiting import LawError, Ledger

STAMPS = ("created", "transferred", "released", "started", "completed")


def check(ledger: Ledger) -> None:
    """Hold the laws of people, of stamps, of stretches of work, of errors and of families; LawError otherwise."""
    log = ledger.log
    for message in (*_people(ledger), *_stamps(log), *_stretches(log), *_tables(log)):
        raise LawError(message)


def _people(ledger: Ledger) -> Iterator[str]:
    """Nobody works on two items at once, is held for one while at work on another, or works while on other duties."""
    looked_at = [(ledger.services, "works on two items at once")]
    if ledger.presence.services is not ledger.services:
        looked_at.append((ledger.presence.services, "is held for an item and at work on another"))
    for services, what in looked_at:
        person, started, completed = services.person, services.started, services.completed
        both = (person[1:] == person[:-1]) & (started[1:] < completed[:-1])
        if both.any():
            yield f"person {int(person[1:][both][0])} {what}"
    duties = ledger.log.duties
    away = np.isin(duties["kind"], (OTHER_DUTIES, TRAINING)) & np.isin(duties["person"], ledger.services.person)
    for person, start, end in zip(*(duties[name][away].tolist() for name in ("person", "start", "end")), strict=True):
        mine = ledger.services.of_person(person)
        long = mine.completed > mine.started  # a turn may come to a member of a run whose person is away
        begun, done = mine.started[long], mine.completed[long]
        place = int(np.searchsorted(begun, end)) - 1
        if place >= 0 and done[place] > start:
            yield f"person {person} works while away"


def _stamps(log: EventLog) -> Iterator[str]:
    """Stamps are in order; only what was broken off has left some out, and only what is open has no end."""
    items = log.items
    status, completed = items["status"], items["completed"].astype(np.int64)
    if ((status < COMPLETED) | (status > RENEGED)).any() or ((completed == NONE) != (status == OPEN)).any():
        yield "an item without an end is not open, or an open item has one"
    begun = items["started"] != NONE
    if ((status == COMPLETED) & ~begun).any() or ((status == RENEGED) & begun).any():
        yield "an item was completed before it was started, or reneged after it"
    stamps = [items[name].astype(np.int64) for name in STAMPS]
    for early, late in pairwise(stamps[:-1]):
        if ((late != NONE) & ((early > late) | (early == NONE))).any():
            yield "an item's stamps are out of order"
    if ((completed != NONE) & (np.max(stamps[:-1], axis=0, initial=NONE) > completed)).any():
        yield "an item's stamps are out of order"


def _stretches(log: EventLog) -> Iterator[str]:
    """Stretches lie within the work of their row: the first begins with it, the last ends with it if it was done."""
    stints = log.stints
    if not len(stints["row"]):
        return
    rows, first = np.unique(stints["row"], return_index=True)
    started = log.items["started"][rows].astype(np.int64)
    completed = log.items["completed"][rows].astype(np.int64)
    over = np.where(completed == NONE, log.settings.stopped, completed)
    last = np.maximum.reduceat(stints["end"], first)
    if (np.minimum.reduceat(stints["start"], first) != started).any() or (last > over).any():
        yield "a stretch of work lies outside of its item"
    if (stints["start"] > stints["end"]).any():
        yield "a stretch of work ends before it begins"
    if ((log.items["status"][rows] == COMPLETED) & (last != over)).any():
        yield "an item was completed while nobody worked on it"


def _tables(log: EventLog) -> Iterator[str]:
    """What was found was made before, what was corrected too; a case ends after it began; parents come first."""
    made, found, mended = (log.errors[name] for name in ("introduced", "detected", "corrected"))
    if ((found != NONE) & (found < made)).any() or ((mended != NONE) & (mended < np.maximum(made, found))).any():
        yield "an error was found or corrected before it was made"
    cases = log.cases
    parent, ended = cases["parent"], cases["ended"]
    if (parent >= np.arange(len(parent))).any():
        yield "a case was called by a later one"
    if ((ended != NONE) & (ended < cases["need"])).any():
        yield "a case ended before it began"
    if ((cases["outcome"] != NONE) != (ended != NONE)).any():
        yield "a case has ended without an outcome, or has one without an end"
