"""Why two nodes have to stay in their order: data, documents, people, clocks and what was declared."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from bpsim.model.attributes import choosings, readings
from bpsim.model.documents import at_once, made_by
from bpsim.model.process import Process
from bpsim.redesign import references


class Orders:
    """What each node of a process reads, counts and makes."""

    def __init__(self, process: Process) -> None:
        """Look at every node once."""
        self.process, self.tasks = process, process.tasks()
        self.reads: defaultdict[str, set[str]] = defaultdict(set)
        self.counts: defaultdict[str, set[str]] = defaultdict(set)
        for reading in readings(process):
            self.reads[reading.node] |= set(reading.expression.names())
            self.counts[reading.node] |= set(reading.expression.visits())
        for choosing in choosings(process):
            self.reads[choosing.node].add(choosing.by)
        self.made, self.free = made_by(process), at_once(process)

    def between(self, first: str, second: str) -> Iterator[str]:
        """Say why one node has to come before another, where it does so now."""
        mine, theirs = (references.sets(self.process.flow[name]) for name in (first, second))
        for name in sorted(mine & theirs):
            yield f"{first} and {second} both set {name}"
        for name in sorted((mine - theirs) & self.reads[second]):
            yield f"{second} reads {name}, which {first} sets"
        for name in sorted((theirs - mine) & self.reads[first]):
            yield f"{second} sets {name}, which {first} reads"
        for one, other in ((first, second), (second, first)):
            if one in self.counts[other]:
                yield f"{other} counts the visits of {one}"
        if first in self.tasks and second in self.tasks:
            yield from self._of_tasks(first, second)
        for name, clock in self.process.cases.clocks.items():
            if clock.start == first and second in clock.to:
                yield f"the clock {name} runs from {first} to {second}"

    def _of_tasks(self, first: str, second: str) -> Iterator[str]:
        task, earlier = self.tasks[second], self.tasks[first]
        for name in task.needs:
            if name in self.made[first] and name not in self.free:
                yield f"{second} needs the document {name}, which {first} makes"
        if second in earlier.must_precede:
            yield f"{first} must precede {second}"
        if task.same_person_as == first:
            yield f"{second} is done by whoever did {first}"
        if first in task.never_same_person_as:
            yield f"{second} is never done by whoever did {first}"

    def of_nodes(self, first: Iterable[str], second: Iterable[str]) -> str:
        """Say why some nodes have to come before others; empty when either may come first."""
        others = tuple(second)
        pairs = ((one, other) for one in first for other in others)
        return next((why for one, other in pairs for why in self.between(one, other)), "")
