"""Work of people in a simple pool, written out: the way that most items of most processes go.

The functions do what `enter` and `done` of cases.py do with `SimplePool.offer` and `SimplePool.free`, without calling
them: a work item costs two calls here instead of eight. Whatever is out of the ordinary (another event at the same
millisecond, work of no time, a closed shift) is left to the pool.
"""

from collections.abc import Callable
from heapq import heappush
from typing import Any, TypeGuard

from bpsim.engine.clock import COMPLETION, Item
from bpsim.engine.draws import Case
from bpsim.engine.plan import NodePlan
from bpsim.engine.recorder import ROW
from bpsim.engine.staffing import SimplePool
from bpsim.eventlog import COMPLETED, NONE

Enter = Callable[[Case, int, int, int], None]

pack = ROW.pack


def hands_over(pool: object) -> TypeGuard[SimplePool]:
    """Tell whether the work of a pool may go this way."""
    return isinstance(pool, SimplePool)


def entering(nodes: Any, rank: int, node: NodePlan, pool: SimplePool) -> Enter:  # noqa: ANN401 - the nodes, which import this
    """Make what happens when a token enters a task without transfers and batches."""
    counted = nodes.passing(rank, node)
    fixed, slot, again, work = nodes.working(node)
    done = (completing(nodes, rank, node, pool),)
    heap, idle, line, on_shift, add, offer = pool.heap, pool.idle, pool.line, pool.on_shift, pool.add, pool.offer

    def enter(case: Case, pred: int, origin: int, now: int) -> None:
        item = Item()
        item.callbacks = done
        item.case = case
        key = item.key = case.key + rank
        visit = item.visit = counted(case) if counted else 0
        item.pred = pred
        item.origin = origin
        item.node = node
        item.created = item.transferred = item.released = now
        if slot < 0:
            length = work(case, visit, now) if work else fixed
        else:
            length = again(visit, case.position) if visit else case.draws[slot]
        item.work = length
        if heap[0][0] == now or not length:
            offer(item, now)
        elif idle:
            if pool.opened <= now < pool.closed or on_shift(now):
                item.person = idle.popleft()
                item.started = now
                end = now + length
                if end > pool.closed:
                    end = add(now, length)
                item.completed = end
                heappush(heap, (end, COMPLETION, key, item))
            else:
                offer(item, now)
        elif line and line[-1].released == now:
            offer(item, now)
        else:
            line.append(item)

    return enter


def completing(nodes: Any, rank: int, node: NodePlan, pool: SimplePool) -> Callable[[Item], None]:  # noqa: ANN401 - as above
    """Make the completion of work by a person: the row, the next item in line, the case."""
    enters, target, go_on = nodes.enter, node.targets[0], nodes.after(node)
    write, next_row = nodes.run.recorder.write, nodes.run.recorder.next_row
    heap, idle, line, since = pool.heap, pool.idle, pool.line, pool.since
    on_shift, add, free = pool.on_shift, pool.add, pool.free
    department = NONE if node.machine else node.department

    def done(item: Item) -> None:
        now, case, person = item.completed, item.case, item.person
        row = next_row()
        write(pack(case.number, rank, item.visit, item.pred, person, item.created, item.transferred, item.released,
                   item.started, now, COMPLETED))  # fmt: skip
        if heap[0][0] == now:
            free(person, now)
        elif line:
            first = line[0]
            length = first.work
            if length and first.released != now and (pool.opened <= now < pool.closed or on_shift(now)):
                line.popleft()
                since[person] = now
                first.person = person
                first.started = now
                end = now + length
                if end > pool.closed:
                    end = add(now, length)
                first.completed = end
                heappush(heap, (end, COMPLETION, first.key, first))
            else:
                free(person, now)
        elif idle and since[idle[-1]] == now:
            free(person, now)
        else:
            since[person] = now
            idle.append(person)
        if go_on:
            go_on(item, now)
        enters[target](case, row, department if department >= 0 else item.origin, now)

    return done
