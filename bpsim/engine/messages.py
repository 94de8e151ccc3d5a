"""Messages between the cases of a family: sent, kept until somebody receives them, waited for."""

from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from bpsim.engine.boundaries import following
from bpsim.engine.cancelling import unbounded
from bpsim.engine.clock import MESSAGE, TIMER, Item, Signal, Whole
from bpsim.engine.draws import Case
from bpsim.engine.plan import NodePlan
from bpsim.eventlog import NONE
from bpsim.values.calendars import NEVER

if TYPE_CHECKING:
    from bpsim.engine.cases import Enter, Nodes

#: What is handed over, by the names of attributes.
Content = Mapping[str, object]
_Address = tuple[int, str]


class Post:
    """The messages of a run that are on their way, by family and name, and who waits for them."""

    def __init__(self, run: Any) -> None:  # noqa: ANN401 - the replication, which imports this module
        """Begin with nothing."""
        self._run = run
        self._kept: dict[_Address, deque[Content]] = {}
        self._waiting: dict[_Address, list[Item]] = {}

    def send(self, family: int, name: str, content: Content, now: int) -> None:
        """Give a message to whoever has waited longest for it, or keep it."""
        line = [item for item in self._waiting.pop((family, name), ()) if item.callbacks]
        if not line:
            self._kept.setdefault((family, name), deque()).append(content)
            return
        first = min(line, key=lambda item: (item.created, item.key))
        line.remove(first)
        if line:
            self._waiting[family, name] = line
        self._deliver(first, content, now)

    def wait(self, item: Item, name: str, now: int) -> bool:
        """Give an item the oldest message that is kept for it and tell so, or let it wait."""
        address = (item.case.family, name)
        if address not in self._kept:
            self._waiting.setdefault(address, []).append(item)
            return False
        kept = self._kept[address]
        content = kept.popleft()
        if not kept:
            del self._kept[address]
        self._deliver(item, content, now)
        return True

    def leave(self, item: Item, name: str) -> None:
        """Let an item wait no longer."""
        self._waiting[item.case.family, name].remove(item)

    def waiting(self) -> list[Item]:
        """List the items that wait."""
        return [item for line in self._waiting.values() for item in line if item.callbacks]

    def _deliver(self, item: Item, content: Content, now: int) -> None:
        case = item.case
        if content:
            places = {name: i for i, (name, _) in enumerate(self._run.courses[case.process].plan.attributes)}
            for name, value in content.items():
                if name in places:
                    case.attributes[places[name]] = value
        item.completed = now
        if self._run.plan.cancels:
            unbounded(item)  # the message is there: nothing comes before it
        self._run.clock.push(now, MESSAGE, item.key, item)


def sending(nodes: "Nodes", rank: int, node: NodePlan) -> "Enter":
    """Make what happens when a token sends a message."""
    run, enters, target, name = nodes.run, nodes.enter, node.targets[0], node.message
    count, more = nodes.passed(rank, node)
    hands = [(there, run.language.bind(value)) for there, value in node.hands]

    def enter(case: Case, pred: int, origin: int, now: int) -> None:
        visit = count(case) if count else 0
        if more:
            pred = more(case, visit, pred, now)
        run.clock.dispatch(now)  # what the receiver and the sender release is dispatched together
        run.post.send(case.family, name, {there: value(case, now) for there, value in hands}, now)
        enters[target](case, pred, origin, now)

    return enter


def receiving(nodes: "Nodes", rank: int, node: NodePlan) -> "Enter":
    """Make what happens when a token comes to a message that it needs."""
    run, name = nodes.run, node.message
    count, limit, follow = nodes.passing(rank, node), nodes.timeout(node), following(nodes, rank, node)
    done, out = nodes.last(nodes.when_completed(rank, node, node.targets[0])), nodes.when_timed_out(rank, node)

    def timed_out(item: Item, at: int, _: Signal) -> None:
        if item.completed == NEVER and item.callbacks:
            run.post.leave(item, name)
            item.completed = at
            out(item)

    def enter(case: Case, pred: int, origin: int, now: int) -> None:
        item = Whole()
        item.visit = count(case) if count else 0
        item.case, item.key, item.pred, item.origin = case, case.key + rank, pred, origin
        item.created, item.node = now, node
        if follow:
            follow(item)
        item.transferred = item.released = item.started = now
        item.person, item.completed, item.callbacks = NONE, NEVER, done
        if not run.post.wait(item, name, now) and limit:
            at = limit(case, item.visit, now)
            if at < NEVER:
                run.clock.push(at, TIMER, item.key, Signal(partial(timed_out, item, at)))

    return enter
