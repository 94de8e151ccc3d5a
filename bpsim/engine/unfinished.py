"""What is still under way when a run stops: its rows, and the law of tokens."""

from collections import Counter
from typing import TYPE_CHECKING

from bpsim.engine.clients import Chase
from bpsim.engine.clock import ARRIVING, BatchRun, Item, Stint
from bpsim.engine.crews import note_held
from bpsim.engine.draws import Case
from bpsim.engine.pools import GeneralPool
from bpsim.engine.recorder import ROW
from bpsim.errors import RunError
from bpsim.eventlog import ITEM_COLUMNS, NONE, OPEN, STOPPED

if TYPE_CHECKING:
    from bpsim.engine.replication import Replication

STARTED = ITEM_COLUMNS.index("started")


class Unfinished:
    """The open items of a replication at this instant."""

    def __init__(self, run: "Replication") -> None:
        """Look at a replication between two events."""
        self._run = run
        self._tokens: Counter[int] = Counter()
        self._begun: dict[tuple[int, ...], Item] = {}
        self._chases: dict[tuple[int, ...], int] = {}

    def write(self) -> None:
        """Append the rows of the open items."""
        note, now = self._run.note, self._run.clock.now
        numbers: dict[tuple[int, ...], int] = {}
        for row in sorted(self.rows()):
            number = numbers[row[:3]] = self._run.recorder.next_row()
            self._run.recorder.write(ROW.pack(*row))
            if note and row[:3] in self._begun:
                note(number, self._begun[row[:3]], row[STARTED], now, STOPPED)
            if row[:3] in self._chases:
                self._run.recorder.contacts[self._chases[row[:3]]] = number
        for item in self._several():
            opener = (
                item.rows[0]
                if isinstance(item, BatchRun)
                else numbers[item.case.number, item.key - item.case.key, item.visit]
            )
            note_held(self._run.recorder, item, opener)

    def rows(self) -> list[tuple[int, ...]]:
        """Make rows of the items that are under way: in transit, held, waiting, or being worked on."""
        rows = []
        busy: set[int] = set()
        common: set[int] = set()
        self._tokens.clear()
        for phase, event in self._under_way():
            if phase == ARRIVING:
                rows.append(self._row(event, transferred=NONE, released=NONE))
            elif event.person < 0:
                rows.append(self._row(event, event.transferred, event.released, event.started))
            else:
                busy.update(event.crew if event.node.together else (event.person,))
                common.update(event.crew if event.node.together else ())
                rows += self._service_rows(event)
        for holder in (holder for course in self._run.courses for holder in course.nodes.holders):
            rows += [self._row(item, item.transferred, released=NONE) for item in holder.held]
        rows += [self._row(item, item.created, item.created, item.created) for item in self._run.post.waiting()]
        for pool in self._run.pools:
            for item in pool.waiting():
                if isinstance(pool, GeneralPool) and item.stints:  # it was interrupted
                    rows += self._service_rows(item)
                    continue
                left = self._left(item) if isinstance(item, BatchRun) else [item]
                rows += [self._row(one, one.transferred, one.released) for one in left]
        self._batch_rows(rows)
        self._run.absences.finish(self._run.clock.now, busy, common)
        return rows

    def _several(self) -> list[Item]:
        """List the items (and runs) for several people that people have been held for; nobody is any more."""
        found = [
            item for phase, item in self._under_way() if item.node.together and phase != ARRIVING and item.person >= 0
        ]
        for pool in self._run.pools:
            for item in pool.waiting():
                if isinstance(pool, GeneralPool) and item.node.together:
                    pool.let_go(item, self._run.clock.now)
                    found.append(item)
        return found

    def _under_way(self) -> list[tuple[int, Item]]:
        """List the items in the clock, with the phase of what happens to them next."""
        found = []
        for _, phase, _, event in self._run.clock.heap:
            item = event.item if isinstance(event, Stint) else event
            if event.callbacks and isinstance(item, Item):
                found.append((phase, item))
        return found

    def _service_rows(self, item: Item) -> list[tuple[int, ...]]:
        if not isinstance(item, BatchRun):
            return [self._worked(item, item, item.started)]
        batch = self._run.recorder.batches[item.batch]
        batch[2], batch[4] = item.started, item.person
        rest = self._left(item)
        if not item.one_by_one:
            return [self._worked(one, item, item.started) for one in rest]
        rows = [self._row(one, one.transferred, one.released) for one in rest[1:]]
        return [self._worked(rest[0], item, item.since()), *rows]

    def _worked(self, item: Item, run: Item, started: int) -> tuple[int, ...]:
        """Make the row of an item that has been started, by itself or in a run."""
        row = self._row(item, item.transferred, item.released, started, run.person)
        if isinstance(self._run.pools[self._run.plan.queues[run.node.queue].pool], GeneralPool):
            self._begun[row[:3]] = run
        return row

    def _left(self, run: BatchRun) -> list[Item]:
        """List the members of a run that have no row yet."""
        return [one for one, row in zip(run.members, self._run.recorder.batch_rows[run.batch], strict=True) if row < 0]

    def _row(
        self, item: Item, transferred: int, released: int, started: int = NONE, person: int = NONE
    ) -> tuple[int, ...]:
        number, rank = item.case.number, item.key - item.case.key
        if isinstance(item, Chase):
            self._chases[number, rank, item.visit] = item.entry
        elif not self._run.plan.cancels or not item.rivals or item is item.rivals[0]:
            self._tokens[number] += 1  # rivals are one token
        return (number, rank, item.visit, item.pred, person, item.created, transferred, released, started, NONE, OPEN)

    def _batch_rows(self, rows: list[tuple[int, ...]]) -> None:
        """Add the rows of open members to their batches."""
        place = {row[:2]: i for i, row in enumerate(sorted(rows))}
        first = self._run.recorder.rows()
        runs = [item for _, item in self._under_way()]
        runs += [item for pool in self._run.pools for item in pool.waiting()]
        for run in runs:
            if isinstance(run, BatchRun):
                members = self._run.recorder.batch_rows[run.batch]
                for i, member in enumerate(run.members):
                    if members[i] < 0:
                        members[i] = first + place[member.case.number, member.key - member.case.key]

    def check(self) -> None:
        """Hold the law of tokens: a live token is under way, or waits at a join."""
        for number, case in self._run.open.items():
            at_joins = sum(map(len, case.joins.values()))
            under_way = self._tokens[number] + len(case.calls)
            if case.arrived > self._run.clock.now:
                continue
            if under_way + at_joins != case.live:
                message = (
                    f"case {number} has {case.live} tokens, but {under_way} are under way and {at_joins} wait at joins"
                )
                raise AssertionError(message)
            if not under_way:
                raise RunError(
                    "BP708", f"case {number} waits for ever: {self._stuck(case)}", "Let every branch get there."
                )

    def _stuck(self, case: Case) -> str:
        """Say at which joins a case waits, and for how many of which flows."""
        nodes = self._run.plan.nodes
        found = []
        for rank, came in sorted(case.joins.items()):
            sources = ", ".join(node.name for node in nodes if rank in node.targets)
            found.append(f"{nodes[rank].name} has {len(came)} of the {nodes[rank].incoming} flows from {sources}")
        return "; ".join(found)

    def where_most(self) -> str:
        """Say at which node most items are under way, and who should do them."""
        settings = self._run.plan.settings
        ranks = Counter(row[1] for row in self.rows())
        if not ranks:
            return "none of them is under way"
        rank, number = ranks.most_common(1)[0]
        roles = " or ".join(settings.roles[role].name for role in settings.nodes[rank].performers)
        return f"{number:,} items are at {settings.nodes[rank].name}{f', the work of {roles}' if roles else ''}"
