"""Work that is taken away before it is done: a case that ends early, a race that another won, a limit that passed.

Only plans with something that cancels (`Plan.cancels`) keep book of the items that are under way: each item is in
`case.items` from the moment at which its token enters the node until it is completed or taken out.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from bpsim.engine.clock import BatchRun, Item, Signal
from bpsim.engine.crews import note_held
from bpsim.engine.recorder import ROW
from bpsim.eventlog import CANCELLED, NONE, TAKEN_OUT

if TYPE_CHECKING:
    from bpsim.engine.draws import Case

_pack = ROW.pack


def watch(item: Item) -> None:
    """Begin to keep book of an item whose token has just entered its node."""
    item.transferred = item.released = item.started = item.person = NONE
    item.stints = []
    item.timers, item.rivals, item.run = {}, (), None
    item.case.items[item] = None
    for clock in item.node.stops:
        item.case.clocks[clock].stand()


def forget(item: Item) -> None:
    """Stop keeping book of an item that is completed or taken out: its timers never fire."""
    del item.case.items[item]
    unbounded(item)
    for clock in item.node.stops:
        item.case.clocks[clock].resume()


def unbounded(item: Item) -> None:
    """Let the boundaries of an item never come."""
    for timer in item.timers.values():
        timer.callbacks = ()


def unheld(item: Item) -> None:
    """Let the boundary of a batch's hold end: the item is released."""
    timer = item.timers.pop(True, None)
    if timer is not None:
        timer.callbacks = ()


def won(run: Any) -> Callable[[Item], None]:  # noqa: ANN401 - the replication, which imports this module
    """Make what precedes the completion of an item: it is forgotten, and those that raced with it are taken out."""

    def first(item: Item) -> None:
        forget(item)
        if item.rivals:
            lose(run, item, item.completed)

    return first


def lose(run: Any, winner: Item, now: int) -> None:  # noqa: ANN401 - the replication
    """Take out the items that raced with one that has won."""
    for rival in winner.rivals:
        if rival is not winner and rival in rival.case.items:
            take_out(run, rival, now, CANCELLED)


def take_out(run: Any, item: Item, now: int, status: int) -> int:  # noqa: ANN401 - the replication
    """Remove an item wherever it is: on its way, held, waiting or being worked on; give the number of its row.

    Its people are free now, its row is written with this status, completed now; its timers never fire. The token stays
    where it is: the caller lets it go on, or ends it.
    """
    forget(item)
    case = item.case
    row: int = run.recorder.next_row()
    rank = item.key - case.key
    node = item.node
    if node.kind != "people":
        at = item.created
        run.recorder.write(_pack(case.number, rank, item.visit, item.pred, NONE, at, at, at, at, now, status))
        item.callbacks = ()
        return row
    if item.run is not None:
        item.started, item.person = _in_run(item, item.run)
    if run.note and item.started != NONE:
        run.note(row, item.run or item, item.started, now, TAKEN_OUT)
    run.recorder.write(_pack(case.number, rank, item.visit, item.pred, item.person, item.created, item.transferred,
                             item.released, item.started, now, status))  # fmt: skip
    if item.run is not None:
        run.nodes.holder_of[rank].leave(item, row, now)
    elif item.transferred == NONE:
        item.callbacks = ()
    elif item.released == NONE:
        run.nodes.holder_of[rank].held.remove(item)
    else:
        pool = run.pools[run.plan.queues[node.queue].pool]
        if item.started == NONE:
            pool.remove(item, now)
        else:
            pool.stop(item, now)
            item.callbacks = ()
        if node.together:
            note_held(run.recorder, item, row)
    return row


def _in_run(item: Item, run: BatchRun) -> tuple[int, int]:
    """Give the start and the person of a member of a run (-1 before its own start)."""
    if run.started == NONE or (run.one_by_one and run.members[run.visit] is not item):
        return NONE, NONE
    if run.one_by_one and run.stint is None and not run.stints:  # its turn came while the run waits again
        return NONE, NONE
    return (run.since() if run.one_by_one else run.started), run.person


def end_case(
    run: Any,  # noqa: ANN401 - the replication
    case: "Case",
    now: int,
    outcome: int,
    *,
    by: tuple[int, int] | None = None,
    but: Item | None = None,
) -> None:
    """End a case with an outcome: take out all its live items, those that were created first first.

    `by` is the token that ends it: the row that its account ends with, and the department that it comes from; when it
    is left out, those of the oldest live item. `but` is an item whose row is already written.
    """
    oldest = clear(run, case, now, but=but)
    case.live = 0
    case.outcome = outcome
    case.last, case.origin = by or oldest
    run.ended(case, now)


def clear(
    run: Any,  # noqa: ANN401 - the replication
    case: "Case",
    now: int,
    *,
    but: Item | None = None,
    within: frozenset[int] | None = None,
) -> tuple[int, int]:
    """Take out all live items of a case (those `within` some nodes) and end the cases that it waits for there.

    Give the row of the oldest item (or the last row of the first such case) and the department that it came from.
    """
    calls = [call for call in case.calls if within is None or call.rank in within]
    called = _end_called(run, case, calls, now)
    mine = (item for item in case.items if item is not but and (within is None or item.key - case.key in within))
    live = sorted(mine, key=lambda item: (item.created, item.key))
    rows = [take_out(run, item, now, CANCELLED) for item in live]
    for rank in [rank for rank in case.joins if within is None or rank in within]:
        del case.joins[rank]
    for rank in [rank for rank in case.blocks if within is None or rank in within]:
        unbounded(case.blocks.pop(rank))
    return (rows[0], live[0].origin) if live else (called, NONE)


def tokens(case: "Case", within: frozenset[int]) -> int:
    """Count the tokens of a case within some nodes: items (rivals are one), those at joins, and calls that wait."""
    items = (item for item in case.items if not item.rivals or item is item.rivals[0])
    under_way = sum(item.key - case.key in within for item in items)
    at_joins = sum(len(here) for rank, here in case.joins.items() if rank in within)
    return under_way + at_joins + sum(call.rank in within for call in case.calls)


def _end_called(run: Any, case: "Case", calls: Sequence[Any], now: int) -> int:  # noqa: ANN401 - the replication
    """End the cases that some calls of a case wait for; give the last row of the first of them (-1 for none).

    A case that has not arrived has no row: then what led to its call.
    """
    left = [(call, one) for call in calls for one in call.begun if one.ended == NONE]
    left.sort(key=lambda each: each[1].number)
    case.calls = [call for call in case.calls if call not in calls]
    for _, one in left:
        one.caller = None
        end_case(run.courses[one.process], one, now, run.plan.settings.outcomes.index("cancelled"))
    if not left:
        return NONE
    call, first = left[0]
    last: int = call.pred if first.last == NONE else first.last
    return last


def cancel(signal: Signal) -> None:
    """Let an event that is in the clock do nothing."""
    signal.callbacks = ()
