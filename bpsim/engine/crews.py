"""Several people at once: who fills which seat, who is held until all are there, and their common hours.

A seat is one of the performers of a task with `performer: {all: [...]}`. In every dispatch it is decided anew who is
held for whom, as if nobody were: so the first of the waiting items gets everybody it needs in the end, and nobody waits
in a circle.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from bpsim.engine.clock import Item
from bpsim.values.calendars import NEVER, OpenTable

if TYPE_CHECKING:
    from bpsim.engine.recorder import Recorder


class Crews:
    """Keeps book of the people who are held in a pool: `held` gives for whom and since when."""

    def __init__(self) -> None:
        """Hold nobody."""
        self.held: dict[int, tuple[Item, int]] = {}
        self._next: dict[int, Item] = {}

    def begin(self) -> None:
        """Begin a dispatch: everybody may be taken."""
        self._next = {}

    def hold(self, item: Item, people: Iterable[int]) -> None:
        """Hold people for an item until the next dispatch."""
        self._next.update((person, item) for person in people if person >= 0)

    def settle(self, now: int) -> None:
        """End a dispatch: note the stretches that are over, and go on with those that last."""
        for person, (item, since) in self.held.items():
            if self._next.get(person) is not item and since < now:
                item.holds.append((person, since, now))
        before, self.held = self.held, {}
        for person, item in self._next.items():
            same = person in before and before[person][0] is item
            self.held[person] = before[person] if same else (item, now)
        self._next = {}

    def release(self, item: Item, now: int) -> None:
        """Hold nobody any more for an item that is taken away."""
        for person in [person for person, (other, _) in self.held.items() if other is item]:
            since = self.held.pop(person)[1]
            if since < now:
                item.holds.append((person, since, now))


class Joint:
    """The hours that several calendars have in common."""

    def __init__(self) -> None:
        """Begin without any."""
        self._made: dict[tuple[int, ...], OpenTable] = {}

    def add(self, tables: Sequence[OpenTable], now: int, work: int) -> int:
        """Give the end of work that begins now and goes on in the common hours; of no calendars: at any time."""
        if not tables:
            return min(now + work, NEVER)
        key = tuple(sorted(set(map(id, tables))))
        if key not in self._made:
            common, *others = {id(table): table for table in tables}.values()
            for other in others:
                common = common.common(other)
            self._made[key] = common
        return self._made[key].add(now, work)


def note_held(recorder: "Recorder", item: Item, row: int) -> None:
    """Note who was held for an item (for a run of a batch: with the row of its opener)."""
    for stretch in item.holds:
        recorder.reserved.extend((row, *stretch))
    item.holds = []
