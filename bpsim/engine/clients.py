"""Clients while they wait: they withdraw, they ask about the state (which makes work), they leave a queue."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from bpsim.engine.cancelling import cancel, end_case, lose, take_out
from bpsim.engine.clock import ARRIVING, COMPLETION, RENEGING, Item, Signal, Whole
from bpsim.engine.draws import Case, Work
from bpsim.engine.recorder import ROW
from bpsim.engine.wishes import remembering
from bpsim.eventlog import CANCELLED, COMPLETED, DONE, NONE, RENEGED, STATUS
from bpsim.values.calendars import NEVER

if TYPE_CHECKING:
    from bpsim.engine.patience import ClientPlan
    from bpsim.engine.plan import NodePlan, WorkPlan

_pack = ROW.pack

# -- waiting -----------------------------------------------------------------------------------------------------------


class Countdown:
    """So much waiting until something happens; it can stand, go on, and begin anew."""

    __slots__ = ("_act", "_clock", "_length", "_number", "_phase", "_signal", "_since", "_used", "running")

    def __init__(self, clock: Any, phase: int, number: int, act: Callable[[int], None]) -> None:  # noqa: ANN401 - the clock
        """It does not run yet."""
        self._clock, self._phase, self._number, self._act = clock, phase, number, act
        self._signal = Signal()
        self._length = NEVER
        self._used = self._since = 0
        self.running = True

    def begin(self, length: int, now: int) -> None:
        """Let so much waiting be needed from now on."""
        self._length = length
        self.anew(now)

    def anew(self, now: int) -> None:
        """Forget the waiting so far."""
        self._used = 0
        if self.running:
            self._run(now)

    def stand(self, now: int) -> None:
        """Stop counting."""
        self.running = False
        self._used += now - self._since
        cancel(self._signal)

    def go_on(self, now: int) -> None:
        """Count again."""
        self.running = True
        self._run(now)

    def end(self) -> None:
        """Let nothing happen any more."""
        cancel(self._signal)
        self._length = NEVER

    def _run(self, since: int) -> None:
        self._since = since
        cancel(self._signal)
        if self._length < NEVER:
            due = since + self._length - self._used
            self._signal = Signal(lambda _: self._act(due))
            self._clock.push(due, self._phase, self._number, self._signal)


class Waiting:
    """The client of a case waits, from its arrival on, but not while an own task is open."""

    __slots__ = ("_case", "_chase", "_course", "_number", "_open", "_patience", "chases")

    def __init__(self, course: Any, case: Case) -> None:  # noqa: ANN401 - the course, which imports this
        """Begin to count at the arrival."""
        self._course, self._case = course, case
        self._number = self._open = 0
        self.chases: dict[Chase, None] = {}
        work, now = course.plan.client.work, case.arrived
        clock = course.run.clock
        self._patience = Countdown(clock, RENEGING, 2 * case.key, self._withdraw)
        self._chase = Countdown(clock, ARRIVING, case.key + max(work, 0), self._ask)
        if course.patience:
            self._patience.begin(course.patience(case, 0, now), now)
        if course.gap:
            self._chase.begin(max(course.gap(case, 0, now), 1), now)

    def stand(self) -> None:
        """Stop counting: the client has something to do."""
        self._open += 1
        if self._open == 1:
            self._patience.stand(self._course.run.clock.now)
            self._chase.stand(self._course.run.clock.now)

    def resume(self) -> None:
        """Count again, when nothing is left to do for the client."""
        self._open -= 1
        if not self._open and self._case.ended == NONE:
            self._patience.go_on(self._course.run.clock.now)
            self._chase.go_on(self._course.run.clock.now)

    def contact(self, now: int) -> None:
        """Count anew: client and office have been in contact."""
        self._patience.anew(now)
        self._chase.anew(now)

    def _withdraw(self, now: int) -> None:
        if self._case.ended == NONE:
            end_case(self._course, self._case, now, self._course.plan.client.outcome)

    def _ask(self, now: int) -> None:
        """Ask about the state; begin to wait anew."""
        course, case = self._course, self._case
        if case.ended != NONE:
            return
        place = len(course.run.recorder.contacts)
        course.run.recorder.contacts += (case.number, now, STATUS, NONE)
        number, self._number = self._number, self._number + 1
        if course.plan.client.work != NONE:
            course.nodes.enter[course.plan.client.work](case, number, place + 3, now)
        self._chase.begin(max(course.gap(case, self._number, now), 1), now)

    def over(self, now: int) -> None:
        """End with the case: what is asked and nobody has begun to answer is taken away."""
        self._patience.end()
        self._chase.end()
        run = self._course.run
        for chase in [chase for chase in self.chases if chase.started == NONE]:
            run.pools[run.plan.queues[chase.node.queue].pool].remove(chase, now)
            self.write(chase, now, CANCELLED)

    def write(self, chase: "Chase", now: int, status: int) -> int:
        """Leave the row of a chase that is over."""
        recorder = self._course.run.recorder
        row: int = recorder.next_row()
        recorder.contacts[chase.entry] = row
        recorder.write(_pack(self._case.number, chase.node.rank, chase.visit, NONE, chase.person, chase.created,
                             chase.transferred, chase.released, chase.started, now, status))  # fmt: skip
        del self.chases[chase]
        return row


def lengths(course: Any, plan: "WorkPlan | None", purpose: str) -> Callable[[Case, int, int], int] | None:  # noqa: ANN401
    """Make what draws how much waiting it takes: (case, occurrence, now) -> milliseconds."""
    if plan is None:
        return None
    work, table = Work((plan,), course.run.streams, course.language, purpose), course.plan.tables[course.run.always]

    def length(case: Case, occurrence: int, now: int) -> int:
        end = work.end(case, occurrence, now, table)
        return end - now if end < NEVER else NEVER

    return length


def contacting(node: "NodePlan", plan: "ClientPlan | None") -> Callable[[Case, int, int], None] | None:
    """Make what the completion of a task with a contact does to a client who waits."""
    if plan is None or not node.contact:
        return None
    return lambda case, _visit, now: case.waiting.contact(now)


# -- the work of chases ------------------------------------------------------------------------------------------------


class Chase(Whole):
    """A question about the state, as a work item; `entry` is where its row stands in the table of contacts."""

    __slots__ = ("entry",)

    entry: int

    def __lt__(self, other: object) -> bool:
        """Come before a later question of the same case, at one instant."""
        return isinstance(other, Chase) and self.visit < other.visit


def answering(nodes: Any, rank: int, node: "NodePlan") -> Callable[[Case, int, int, int], None]:  # noqa: ANN401 - the nodes
    """Make what a chase does: (case, number of the chase, place in the table of contacts, now)."""
    run = nodes.run
    fixed, slot, again, work = nodes.working(node)
    pool = run.pools[run.plan.queues[node.queue].pool] if node.kind == "people" else None
    release, free = (nodes.release(rank, node, pool), pool.free_all) if pool else (None, None)
    remember = remembering(run, node) if pool else None

    def done(item: Chase) -> None:
        now = item.completed
        row = item.case.waiting.write(item, now, COMPLETED)
        if free:
            if run.note:
                run.note(row, item, item.started, now, DONE)
            free(item, now)
        if remember:
            remember(item)

    after = (done,)

    def enter(case: Case, number: int, entry: int, now: int) -> None:
        item = Chase()
        item.callbacks = after
        item.case, item.node, item.key, item.visit, item.entry = case, node, case.key + rank, number, entry
        item.pred = item.origin = item.started = item.person = NONE
        item.stints, item.timers, item.rivals, item.run = [], {}, (), None
        item.created = item.transferred = item.released = now
        if slot >= 0:
            item.work = case.draws[slot] if number == 0 else again(number, case.position)
        else:
            item.work = work(case, number, now) if work else fixed
        case.waiting.chases[item] = None
        if release:
            release(item, now)
        else:
            item.started, item.completed = now, now + item.work
            run.clock.push(item.completed, COMPLETION, item.key, item)

    return enter


# -- the queue ---------------------------------------------------------------------------------------------------------


def impatient(nodes: Any, node: "NodePlan") -> Callable[[Item, int], None] | None:  # noqa: ANN401 - the nodes
    """Make what draws the patience of an item that is created; None where everybody waits."""
    length = lengths(nodes.run, node.reneging.after if node.reneging else None, "reneging")
    if length is None:
        return None

    def draw(item: Item, now: int) -> None:
        item.patience = length(item.case, item.visit, now)

    return draw


def reneging(nodes: Any, rank: int, node: "NodePlan") -> Callable[[Item, int], None] | None:  # noqa: ANN401 - the nodes
    """Make what lets an item leave its queue when its patience is over; None where everybody waits."""
    plan, run, enters = node.reneging, nodes.run, nodes.enter
    if plan is None:
        return None

    def leave(item: Item, due: int, _: Signal) -> None:
        if item.started != NONE or item not in item.case.items:
            return
        if item.rivals:
            lose(run, item, due)
        row = take_out(run, item, due, RENEGED)
        if plan.target == NONE:
            end_case(run, item.case, due, plan.outcome, by=(row, item.origin))
        else:
            enters[plan.target](item.case, row, item.origin, due)

    def wait(item: Item, now: int) -> None:
        if item.patience < NEVER:
            due = now + item.patience
            run.clock.push(due, RENEGING, 2 * (item.case.key + rank) + 1, Signal(partial(leave, item, due)))

    return wait
