"""What a story tells of work for several people: who did it together, who was held until the others were there."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from bpsim.eventlog import EventLog
from bpsim.values.durations import format_duration

#: Times that are told in a story are cut to the minute.
MINUTE = 60_000


def crew(log: EventLog, row: int) -> list[int]:
    """Give who did the work of a row that somebody has done: the person of the row first."""
    first = int(log.items["person"][row])
    if not log.settings.nodes[int(log.items["node"][row])].together:
        return [first]
    return list(dict.fromkeys([first, *log.stints["person"][log.stints["row"] == row].tolist()]))


def together(names: Sequence[str]) -> str:
    """Write people with their departments, each department once: `permits, handler 1 and adviser 2`."""
    told = list(names[:1])
    for before, name in pairwise(names):
        department = before.rpartition(", ")[0]
        told.append(name.removeprefix(f"{department}, "))
    return " and ".join([", ".join(told[:-1]), told[-1]] if told[:-1] else told)


def held(log: EventLog, row: int, names: Any) -> Iterator[str]:  # noqa: ANN401 - what names a person
    """Say for how long who was held for the work of a row."""
    for entry in (log.reserved["row"] == row).nonzero()[0].tolist():
        length = int(log.reserved["end"][entry] - log.reserved["start"][entry])
        if length >= MINUTE:
            time = format_duration(length - length % MINUTE)
            yield f"{names(int(log.reserved['person'][entry]))} was held for it for {time}"
