"""Work that is held and done in runs: when enough are there, when the first has waited enough, or by schedule."""

from bisect import insort
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING

from bpsim.engine.boundaries import beginning
from bpsim.engine.cancelling import forget, unheld
from bpsim.engine.clock import BATCH, BatchRun, Item, Signal
from bpsim.engine.crews import note_held
from bpsim.engine.draws import bounded
from bpsim.engine.ordering import placing
from bpsim.engine.plan import NodePlan
from bpsim.engine.pools import GeneralPool
from bpsim.engine.recorder import ROW
from bpsim.engine.streams import uniform
from bpsim.engine.wishes import NOBODY, holding
from bpsim.eventlog import COMPLETED, DONE, NONE
from bpsim.model.written import NEVER

if TYPE_CHECKING:
    from bpsim.engine.cases import Nodes

_held_order = attrgetter("transferred", "key")


def _by_key(entry: tuple[int, Item]) -> int:
    return entry[1].key


class Holder:
    """Holds the items of a task with a batch until a run fires."""

    def __init__(self, nodes: "Nodes", rank: int, node: NodePlan) -> None:
        """Put the scheduled runs into the clock."""
        assert node.batch is not None  # noqa: S101 - narrows the type; only such nodes have holders
        self.node, self.rank, self.plan = node, rank, node.batch
        self.held: list[Item] = []
        self._run, self._nodes = nodes.run, nodes
        self._target = node.targets[0]
        self._department = NONE if node.machine else node.department
        self._pool = nodes.run.pools[nodes.run.plan.queues[node.queue].pool]
        self._after = nodes.after(node)
        self._setup_key = nodes.run.streams.key("setup", node.lineage)
        self._place = placing(nodes.run, node)
        self._note = nodes.run.note if isinstance(self._pool, GeneralPool) else None
        self._forget = forget if nodes.watch else None
        self._hold = holding(nodes.run, node, self._pool)
        self._begin = beginning(nodes, rank, node, held=True)
        nodes.holders.append(self)
        nodes.holder_of[rank] = self
        for time in self.plan.times:
            nodes.run.clock.push(time, BATCH, 2 * rank, Signal(partial(self._runs, now=time, scheduled=True)))

    def arrive(self, item: Item, now: int) -> None:
        """Hold an item."""
        if self._begin:
            self._begin(item, now)
        insort(self.held, item, key=_held_order)
        if len(self.held) >= self.plan.size:
            self._look(now)
        elif len(self.held) == 1 and self.plan.max_wait < NEVER:
            self._look(now + self.plan.max_wait)

    def _look(self, at: int) -> None:
        self._run.clock.push(at, BATCH, 2 * self.rank + 1, Signal(partial(self._runs, now=at, scheduled=False)))

    def _runs(self, _: Signal, *, now: int, scheduled: bool) -> None:
        """Decide the runs of this instant: the schedule's, then where the first has waited enough, then full ones."""
        plan, held = self.plan, self.held
        self._run.clock.dispatch(now)  # runs that fire together are dispatched together
        if scheduled:
            ready = sum(item.transferred <= now - plan.cutoff for item in held)
            if ready:
                self._fire(min(ready, plan.most), now)
        while held and held[0].transferred + plan.max_wait <= now:
            self._fire(min(len(held), plan.most), now)
        while len(held) >= plan.size:
            self._fire(min(plan.size, plan.most), now)
        if held and plan.max_wait < NEVER:
            self._look(held[0].transferred + plan.max_wait)

    def _fire(self, number: int, now: int) -> None:
        """Release a run as one piece of work."""
        members, self.held[:number] = self.held[:number], []
        opener = members[0]
        setup = bounded(self.plan.setup, uniform(self._setup_key, opener.visit, opener.case.position))
        recorder = self._run.recorder
        run = BatchRun()
        run.case, run.key, run.node, run.members = opener.case, opener.key, self.node, members
        run.batch, run.one_by_one = len(recorder.batches), self.plan.one_by_one
        run.visit, run.started, run.person, run.passed = 0, NONE, NONE, NONE
        run.kept = run.barred = NOBODY
        recorder.batches.append([self.rank, now, NONE, NONE, NONE, setup])
        recorder.batch_rows.append([NONE] * number)
        run.rows = recorder.batch_rows[-1]
        self._pool.load(run, setup, opener.work)
        run.whole = setup + (sum(member.work for member in members) if self.plan.one_by_one else opener.work)
        self._place(run, members, now)
        for member in members:
            member.released = now
            if self._forget:
                member.run = run
                unheld(member)
        if self._hold:
            self._hold(run, now)
        run.callbacks = (self._member_done if self.plan.one_by_one else self._all_done,)
        self._pool.offer(run, now)

    def _write(self, run: BatchRun, member: Item, started: int, now: int) -> int:
        recorder = self._run.recorder
        row: int = recorder.next_row()
        recorder.write(ROW.pack(member.case.number, self.rank, member.visit, member.pred, run.person, member.created,
                                member.transferred, member.released, started, now, COMPLETED))  # fmt: skip
        if self._note:
            self._note(row, run, started, now, DONE)
        member.started, member.person = started, run.person
        if self._hold:
            member.crew = run.crew
            self._held(run, row if member is run.members[0] else run.rows[0])
        if self._forget:
            self._forget(member)
        return row

    def _held(self, run: BatchRun, opener: int) -> None:
        """Note who was held for a run, with the row of its opener, once that is written."""
        if opener >= 0:
            note_held(self._run.recorder, run, opener)

    def _go_on(self, member: Item, row: int, now: int) -> None:
        if self._after:
            self._after(member, now)
        origin = self._department if self._department >= 0 else member.origin
        self._nodes.enter[self._target](member.case, row, origin, now)

    def _all_done(self, run: BatchRun) -> None:
        now = run.completed
        self._run.recorder.batches[run.batch][2:5] = (run.started, now, run.person)
        self._run.clock.dispatch(now)
        self._pool.free_all(run, now)
        rows = self._run.recorder.batch_rows[run.batch]
        for place, member in sorted(enumerate(run.members), key=_by_key):
            if rows[place] == NONE:
                rows[place] = self._write(run, member, run.started, now)
                self._go_on(member, rows[place], now)

    def _member_done(self, run: BatchRun) -> None:
        """Complete the next member of a run that is done one by one."""
        now, batch = run.completed, self._run.recorder.batches[run.batch]
        rows = self._run.recorder.batch_rows[run.batch]
        batch[2], batch[4] = run.started, run.person
        member = run.members[run.visit]
        member.completed = now
        row = rows[run.visit] = self._write(run, member, run.since(), now)
        run.turn(rows)
        if run.visit == len(run.members):
            batch[3] = now
            self._pool.free_all(run, now)
        else:
            following = run.members[run.visit]
            run.passed = now
            run.key, run.callbacks = following.key, (self._member_done,)
            self._pool.proceed(run, following.work, now)
        self._go_on(member, row, now)

    def leave(self, member: Item, row: int, now: int) -> None:
        """Take a member out of a run that has been released; its row is written."""
        run = member.run
        assert run is not None  # noqa: S101 - narrows the type; only members of runs are taken out here
        rows, batch = self._run.recorder.batch_rows[run.batch], self._run.recorder.batches[run.batch]
        place = run.members.index(member)
        rows[place] = row
        if isinstance(self._pool, GeneralPool):
            self._pool.settle_later(now)  # what is left of the run may fit now
        waiting = run.started == NONE
        if not waiting:
            batch[2], batch[4] = run.started, run.person
        if NONE not in rows:
            if waiting:
                self._pool.remove(run, now)
            else:
                batch[3], run.callbacks = now, ()
                self._pool.stop(run, now)
            if self._hold:
                self._held(run, rows[0])
        elif run.one_by_one and waiting:
            run.turn(rows)
            first = run.members[run.visit]
            run.key = first.key
            self._pool.load(run, batch[5], first.work)
            run.whole = batch[5] + sum(one.work for one, done in zip(run.members, rows, strict=True) if done == NONE)
        elif run.one_by_one and place == run.visit:
            run.turn(rows)
            following = run.members[run.visit]
            run.key, run.passed = following.key, now
            self._pool.proceed(run, following.work, now)
