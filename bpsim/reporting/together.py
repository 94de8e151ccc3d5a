"""What a story tells of work for several people: who did it together, who was held until the others were there."""

from collections.abc import Iterator
from typing import Any

from bpsim.eventlog import EventLog
from bpsim.values.durations import format_duration

#: Times that are told in a story are cut to the minute.
MINUTE = 60_000


def several(log: EventLog, row: int, names: Any) -> Iterator[str]:  # noqa: ANN401 - what names a person
    """Say with whom the person of a row did the work, and for how long who was held for it."""
    if not log.settings.nodes[int(log.items["node"][row])].together:
        return
    first = int(log.items["person"][row])
    crew = dict.fromkeys(log.stints["person"][log.stints["row"] == row].tolist())
    others = [names(person) for person in crew if person != first]
    if others:
        yield f"together with {' and '.join(others)}"
    for entry in (log.reserved["row"] == row).nonzero()[0].tolist():
        length = int(log.reserved["end"][entry] - log.reserved["start"][entry])
        if length >= MINUTE:
            held = format_duration(length - length % MINUTE)
            yield f"{names(int(log.reserved['person'][entry]))} was held for it for {held}"
