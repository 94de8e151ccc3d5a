"""Boundaries of a task or a block: timeouts, racers, limits of a hold; what happens when one comes first."""

from bisect import insort
from collections.abc import Callable
from functools import partial
from typing import Any

from bpsim.engine.cancelling import clear, lose, take_out, tokens, unbounded, watch
from bpsim.engine.clock import TIMER, Item, Signal, Whole
from bpsim.engine.draws import Case, Work
from bpsim.engine.plan import NodePlan
from bpsim.engine.recorder import ROW
from bpsim.engine.routes import BoundaryPlan
from bpsim.eventlog import COMPLETED, NONE, TIMED_OUT
from bpsim.model.written import NEVER

After = Callable[[Case, int, int], int]
Happens = Callable[[Item, int], None]

_pack = ROW.pack


def after(nodes: Any, node: NodePlan, boundary: BoundaryPlan) -> After:  # noqa: ANN401 - the nodes, which import this
    """Make what says when a boundary comes that begins now: (case, visit, now) -> instant."""
    run = nodes.run
    tables = run.plan.tables
    plain = boundary.after.plain()
    if plain is not None:
        return nodes.delay(plain, boundary.purpose, node.lineage, run.always)  # type: ignore[no-any-return]
    work = Work((boundary.after,), run.streams, run.language, boundary.purpose)
    return lambda case, visit, now: work.end(case, visit, now, tables[run.always], days=tables[node.calendar])


def following(nodes: Any, rank: int, node: NodePlan) -> Callable[[Item], None] | None:  # noqa: ANN401 - the nodes
    """Make what begins to keep book of an item of a node; None where no item is ever taken away."""
    if not nodes.watch:
        return None
    begin = beginning(nodes, rank, node, held=False)
    if begin is None:
        return watch

    def follow(item: Item) -> None:
        watch(item)
        begin(item, item.created)

    return follow


def beginning(
    nodes: Any,  # noqa: ANN401 - the nodes
    rank: int,
    node: NodePlan,
    *,
    held: bool,
) -> Callable[[Item, int], None] | None:
    """Make what sets the timers of an item that begins, or is held from now on; None where there are none."""
    mine = [boundary for boundary in node.boundaries if boundary.held == held]
    if not mine:
        return None
    times = [after(nodes, node, boundary) for boundary in mine]
    happens = [_happening(nodes, rank, node, boundary) for boundary in mine]
    push = nodes.run.clock.push

    def begin(item: Item, now: int) -> None:
        due: list[tuple[int, int]] = []
        for i, time in enumerate(times):
            at = time(item.case, item.visit, now)
            if at < NEVER:
                insort(due, (at, i))
        if due:
            arm(item, due)

    def arm(item: Item, due: list[tuple[int, int]]) -> None:
        signal = item.timers[held] = Signal(partial(fire, item, due))
        push(due[0][0], TIMER, item.key + 0.5 if held else item.key, signal)  # at one instant the batch comes last

    def fire(item: Item, due: list[tuple[int, int]], _: Signal) -> None:
        at, i = due.pop(0)
        if due:
            arm(item, due)
        happens[i](item, at)

    return begin


def opening(
    nodes: Any,  # noqa: ANN401 - the nodes
    rank: int,
    node: NodePlan,
) -> Callable[[Case, int, int, int, int], None] | None:
    """Make what opens a block: (case, visit, pred, origin, now); None where nothing happens before its end."""
    begin = beginning(nodes, rank, node, held=False)
    if begin is None:
        return None

    def opened(case: Case, visit: int, pred: int, origin: int, now: int) -> None:
        block = case.blocks[rank] = Whole()
        block.case, block.key, block.node, block.visit = case, case.key + rank, node, visit
        block.pred, block.origin, block.created, block.timers = pred, origin, now, {}
        begin(block, now)

    return opened


def closing(node: NodePlan) -> Callable[[Case], None] | None:
    """Make what the join of a block does: nothing happens before its end any more. None for all other joins."""
    split = node.ends
    return (lambda case: unbounded(case.blocks.pop(split))) if split != NONE else None


def _happening(nodes: Any, rank: int, node: NodePlan, boundary: BoundaryPlan) -> Happens:  # noqa: ANN401 - the nodes
    make = _beside if boundary.region else _breaking if node.inside else _interrupting
    return make(nodes, rank, node, boundary)


def _breaking(nodes: Any, rank: int, node: NodePlan, boundary: BoundaryPlan) -> Happens:  # noqa: ANN401 - the nodes
    """Everything in the block is taken out, and one token goes another way."""
    run, enters, target, marker, inside = nodes.run, nodes.enter, boundary.target, boundary.marker, node.inside
    write, next_row = run.recorder.write, run.recorder.next_row

    def interrupt(block: Item, now: int) -> None:
        case = block.case
        case.live -= tokens(case, inside) - 1
        unbounded(case.blocks.pop(rank))
        pred, origin = clear(run, case, now, within=inside)
        row = next_row()
        write(_pack(case.number, marker, block.visit, pred, NONE, now, now, now, now, now, COMPLETED))
        enters[target](case, row, origin, now)

    return interrupt


def _interrupting(nodes: Any, _: int, node: NodePlan, boundary: BoundaryPlan) -> Happens:  # noqa: ANN401 - the nodes
    """The item is taken out, and the token goes another way."""
    run, enters, target = nodes.run, nodes.enter, boundary.target
    department = NONE if node.machine else node.department

    def interrupt(item: Item, now: int) -> None:
        if item.rivals:
            lose(run, item, now)
        row = take_out(run, item, now, TIMED_OUT)
        origin = department if department >= 0 and item.started >= 0 else item.origin
        enters[target](item.case, row, origin, now)

    return interrupt


def _beside(nodes: Any, _: int, __: NodePlan, boundary: BoundaryPlan) -> Happens:  # noqa: ANN401 - the nodes
    """The item goes on; a new token starts, unless one is still under way there."""
    run, enters, target, marker, region = nodes.run, nodes.enter, boundary.target, boundary.marker, boundary.region
    write, next_row = run.recorder.write, run.recorder.next_row

    def escalate(item: Item, now: int) -> None:
        case = item.case
        if any(one.key - case.key in region for one in case.items) or not region.isdisjoint(case.joins):
            return
        row, since = next_row(), item.created
        write(_pack(case.number, marker, item.visit, item.pred, NONE, since, since, since, since, now, COMPLETED))
        case.live += 1
        enters[target](case, row, item.origin, now)

    return escalate
