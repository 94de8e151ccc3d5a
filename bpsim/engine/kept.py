"""Work that is kept for certain people: it waits behind these, so that nobody looks at it while they are at work.

Passed over again and again in the queue of its role, it would cost a look at every dispatch. Behind its people it
stands in the same order as there.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from operator import attrgetter

from bpsim.engine.clock import Item
from bpsim.values.calendars import NEVER

by_order = attrgetter("order")


class Kept:
    """The items of a pool that nobody may take but those for whom they are kept.

    `items` gives for whom each is kept, and `lines` by queue and person what is kept for them: what is kept for several
    stands behind each of them.
    """

    def __init__(self, queues: Iterable[int]) -> None:
        """Begin with nothing."""
        self.lines: dict[int, dict[int, list[Item]]] = {queue: {} for queue in queues}
        self.items: dict[Item, tuple[int, ...]] = {}
        self._until: list[tuple[int, tuple[float, ...], Item]] = []

    def put(self, item: Item, people: tuple[int, ...], until: int) -> None:
        """Let an item wait behind people; `due` gives it back at an instant."""
        lines = self.lines[item.node.queue]
        for person in people:
            insort(lines.setdefault(person, []), item, key=by_order)
        self.items[item] = people
        if until < NEVER:
            heappush(self._until, (until, item.order, item))

    def out(self, item: Item) -> bool:
        """Take an item out; tell whether it was here."""
        people, lines = self.items.pop(item, ()), self.lines[item.node.queue]
        for person in people:
            line = lines[person]
            del line[line.index(item, bisect_left(line, item.order, key=by_order))]
            if not line:
                del lines[person]
        return bool(people)

    def due(self, now: int) -> Iterator[Item]:
        """Take out what others may look at from now on."""
        while self._until and self._until[0][0] <= now:
            item = heappop(self._until)[2]
            if self.out(item):
                yield item

    def without(self, person: int) -> list[Item]:
        """Take out what is kept for a person."""
        found = [item for lines in self.lines.values() for item in lines.get(person, ())]
        for item in found:
            self.out(item)
        return found

    def people(self) -> set[int]:
        """Give for whom something is kept."""
        return {person for lines in self.lines.values() for person in lines}
