"""Applies a list of changes in order, and says which change is to blame for what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

from bpsim.model.graph import flows
from bpsim.model.process import Process
from bpsim.redesign.change import Change, Trouble


@dataclass(frozen=True, slots=True)
class Resolution:
    """The process after all changes that could be carried out, and the troubles of the others by their place."""

    process: Process
    troubles: tuple[tuple[int, Trouble], ...]


def resolve(process: Process, changes: Sequence[Change]) -> Resolution:
    """Apply changes in order; a change that is in trouble is left out, and so is what depends on it."""
    troubles: list[tuple[int, Trouble]] = []
    for place, change in enumerate(changes):
        found = change.check(process)
        if not found:
            after = change.changed(process)
            found = structure(after)
        if found:
            troubles += [(place, trouble) for trouble in found]
        else:
            process = after
    return Resolution(process, tuple(troubles))


def structure(process: Process) -> list[Trouble]:
    """Find flows that lead nowhere."""
    return [
        Trouble("BP609", (), f"after this change '{name}' leads to '{target}', which does not exist")
        for name, targets in flows(process).items()
        for target in targets
        if target not in process.flow
    ]
