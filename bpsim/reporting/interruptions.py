"""Work that was broken off: for what, for how long, and who went on with it."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from bpsim.eventlog import ABSENT, CALLED_AWAY, PREEMPTED, EventLog
from bpsim.measures.waiting import OTHER_DUTY, PRIORITISATION, UNAVAILABILITY

#: The cause of the time after a stretch that ended so, and the words for it.
BROKEN_OFF = {
    PREEMPTED: (PRIORITISATION, "broken off for work that ranks higher"),
    ABSENT: (UNAVAILABILITY, "broken off by an absence"),
    CALLED_AWAY: (OTHER_DUTY, "broken off by other duties"),
}


def stretches(log: EventLog, row: int) -> list[dict[str, int]]:
    """Give the stretches of work on a row, where they are more than one of one person."""
    mine = (log.stints["row"] == row).nonzero()[0].tolist()
    return [{name: int(column[i]) for name, column in log.stints.items()} for i in mine]


def gaps(log: EventLog, row: int, end: int) -> dict[int, int]:
    """Give the milliseconds up to an instant for which work on a row was broken off, by why its stretches ended."""
    found = dict.fromkeys(BROKEN_OFF, 0)
    mine = stretches(log, row)
    for before, after in pairwise([*mine, {"start": end}]):
        if before["ended_by"] in found:
            found[before["ended_by"]] += after["start"] - before["end"]
    return found


def told(log: EventLog, row: int, names: Any) -> Iterator[str]:  # noqa: ANN401 - what names a person
    """Say by whom work on a row was begun, when others did the rest."""
    people = [stretch["person"] for stretch in stretches(log, row) if stretch["ended_by"] in BROKEN_OFF]
    last = int(log.items["person"][row])
    others = dict.fromkeys(person for person in people if person != last)
    if others:
        yield f"begun by {' and '.join(map(names, others))}"
