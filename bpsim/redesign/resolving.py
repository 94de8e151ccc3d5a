"""Applies a list of changes in order, and says which change is to blame for what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from bpsim.errors import CODES
from bpsim.model.checks import Finding, check
from bpsim.model.process import Process
from bpsim.redesign.change import Change, Trouble

#: What is wrong with the flow itself, and holds after each change; everything else holds after the last.
STRUCTURE = ("BP30", "BP31", "BP32", "BP344", "BP347", "BP348", "BP350")


@dataclass(frozen=True, slots=True)
class Resolution:
    """The process after all changes that could be carried out, and the troubles of the others by their place.

    `left_out` has the places of the changes that are in trouble, or would be without one that is.
    """

    process: Process
    troubles: tuple[tuple[int, Trouble], ...]
    left_out: frozenset[int] = frozenset()


def resolve(process: Process, changes: Sequence[Change]) -> Resolution:
    """Apply changes in order and find everything that is wrong; a change in trouble is left out."""
    walk = _Walk(process)
    for place, change in enumerate(changes):
        walk.carry_out(place, change)
    troubles = walk.troubles or walk.consequences()
    return Resolution(walk.states[-1], tuple(troubles), frozenset(walk.left_out or (place for place, _ in troubles)))


class _Walk:
    """What has become of a process after each of its changes."""

    def __init__(self, process: Process) -> None:
        self.states = [process]
        self.faults: list[list[Finding]] = []  # of every state but the first
        self.troubles: list[tuple[int, Trouble]] = []
        self.gone: dict[str, Change] = {}
        self.unmade: set[str] = set()
        self.left_out: set[int] = set()

    def carry_out(self, place: int, change: Change) -> None:
        """Apply one change, or find out why it cannot be applied."""
        before = self.states[-1]
        found = change.check_in(before)
        if not found:
            after = change.changed_in(before)
            wrong = faults(after)
            found = self._broken(wrong)
        if found:
            self.troubles += [(place, self._explained(t, before)) for t in found if t.name not in self.unmade]
            self.unmade.update(change.makes())
            self.left_out.add(place)
            after, wrong = before, self._before()
        self.gone |= {name: change for name in before.flow if name not in after.flow}
        self.states.append(after)
        self.faults.append(wrong)

    @cached_property
    def _first(self) -> list[Finding]:
        return faults(self.states[0])

    def _before(self) -> list[Finding]:
        return self.faults[-1] if self.faults else self._first

    def _broken(self, wrong: list[Finding]) -> list[Trouble]:
        """Find what a change breaks in the flow, after which this is wrong."""
        found = [finding for finding in wrong if finding.code.startswith(STRUCTURE)]
        if found:
            known = set(self._before())
            found = [finding for finding in found if finding not in known]
        return [Trouble("BP609", (), f"{_dotted(one)}: {one.what} after this change", one.hint) for one in found]

    def consequences(self) -> list[tuple[int, Trouble]]:
        """Find what is wrong at the end and was not at the beginning, each at the change since which it is."""
        if not self.faults or not self.faults[-1]:
            return []
        found = [self._first, *self.faults]
        troubles = []
        for finding in found[-1]:
            since = len(found) - 1
            while since and finding in found[since - 1]:
                since -= 1
            if since:
                what = f"{_dotted(finding)}: {finding.what} after this change"
                troubles.append((since - 1, Trouble(finding.code, (), what, finding.hint)))
        return sorted(troubles, key=lambda entry: entry[0])

    def _explained(self, trouble: Trouble, process: Process) -> Trouble:
        """Name the change that took away what a later change speaks of."""
        if trouble.name not in self.gone or trouble.code not in {"BP603", "BP640"}:
            return trouble
        change = self.gone[trouble.name]
        what = f"{trouble.name} is gone: {change.id or change.operator} took it away ({change.describe()})"
        heir = next((made for made in change.makes() if made in process.flow), "")
        hint = f"Speak of {heir}, or put this change before it." if heir else "Put this change before it, or drop one."
        return replace(trouble, code="BP604", what=what, hint=hint)


def faults(process: Process) -> list[Finding]:
    """Find everything that makes a process unusable."""
    return [finding for finding in check(process) if CODES[finding.code][0] != "warning"]


def _dotted(finding: Finding) -> str:
    return ".".join(map(str, finding.path))
