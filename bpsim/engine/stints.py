"""The stretches of work on an item that is broken off and gone on with, and how they come into the log."""

from collections.abc import Callable, Sequence
from typing import Any

from bpsim.engine.clock import Item
from bpsim.eventlog import ABSENT, CALLED_AWAY, DONE, STOPPED, TAKEN_OUT

#: Person, start, end, and why it ended.
Stretch = tuple[int, int, int, int]
#: Notes the stretches of a row of an item that started and ended then, for a reason.
Note = Callable[[int, Item, int, int, int], None]


def cut(stretches: Sequence[Stretch], now: int, cause: int) -> list[Stretch]:
    """End stretches at an instant: later ones never are, and what is under way ends for a cause.

    Work that would go on at the instant at which it is taken away, or the run stops, does not.
    """
    found: list[Stretch] = []
    for person, start, end, why in stretches:
        goes_on = bool(found) and found[-1][3] in (ABSENT, CALLED_AWAY)
        if start > now or (start == now and goes_on and cause in (TAKEN_OUT, STOPPED)):
            break
        found.append((person, start, min(end, now), why if end <= now and why != DONE else cause))
    return found


def noting(run: Any) -> Note | None:  # noqa: ANN401 - the replication
    """Make what writes down the stretches of a row; None where all work is one stretch of one person."""
    if not run.plan.breaks_off:
        return None
    stints = run.recorder.stints

    def note(row: int, item: Item, started: int, ended: int, cause: int = DONE) -> None:
        found = cut(item.stints, ended, cause)
        if len(found) != 1 or found[0][1:3] != (started, ended):
            for stretch in found:
                stints.extend((row, *stretch))

    return note
