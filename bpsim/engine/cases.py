"""The life of a case: it arrives, enters nodes, is handed over, waits, is worked on, branches, joins and ends.

Every node of the plan becomes one or two functions, with everything they need bound once. `enter(case, pred, origin,
now)` is called when a token enters a node; completions are called by the clock.
"""

from bisect import bisect_right
from collections.abc import Callable
from functools import partial
from heapq import heappush
from typing import Any

from bpsim.engine import deadlines, due
from bpsim.engine.batches import Holder
from bpsim.engine.boundaries import after as coming
from bpsim.engine.boundaries import closing, following, opening
from bpsim.engine.calls import calling, calls
from bpsim.engine.cancelling import watch, won
from bpsim.engine.clients import answering, contacting, impatient, reneging
from bpsim.engine.clock import ARRIVING, COMPLETION, TIMER, Item, Whole
from bpsim.engine.crews import note_held
from bpsim.engine.direct import completing, entering, hands_over
from bpsim.engine.draws import Case, Work, pick, value_of
from bpsim.engine.gateways import event_based, inclusive_join, inclusive_split, terminate
from bpsim.engine.messages import receiving, sending
from bpsim.engine.mistakes import both, settling
from bpsim.engine.ordering import placing
from bpsim.engine.plan import NodePlan, TransferPlan
from bpsim.engine.pools import GeneralPool
from bpsim.engine.posts import hiring
from bpsim.engine.recorder import ROW
from bpsim.engine.staffing import SimplePool
from bpsim.engine.streams import uniform
from bpsim.engine.wishes import NOBODY, holding, remembering, wishing
from bpsim.errors import RunError
from bpsim.eventlog import COMPLETED, DONE, FIRST_JOIN, NONE, TIMED_OUT
from bpsim.model.written import NEVER
from bpsim.values.conditions import Expression
from bpsim.values.distributions import Distribution
from bpsim.values.durations import WorkingDays

pack = ROW.pack

Enter = Callable[[Case, int, int, int], None]


class Nodes:
    """The compiled nodes of one replication: `enter[rank]`."""

    def __init__(self, run: Any, enter: list[Enter]) -> None:  # noqa: ANN401 - the course, which imports this module
        """Compile every node into `enter`, by its rank."""
        self.run = run
        self.enter = enter
        self.holders: list[Holder] = []
        self.holder_of: dict[int, Holder] = {}
        self.watch = watch if run.plan.cancels else None
        self._skipped: dict[int, int] = {}
        self._ranks = {node.name: rank for rank, node in enumerate(run.plan.nodes)}
        for rank, node in enumerate(run.plan.nodes):
            if run.plan.number == 0:
                self.enter.append(nowhere)
            if node.process == run.plan.number:
                self.enter[rank] = self._compile(rank, node)
        for rank, after_it in self._skipped.items():
            target = after_it
            while target in self._skipped:
                target = self._skipped[target]
            self.enter[rank] = self.enter[target]

    def _compile(self, rank: int, node: NodePlan) -> Enter:
        makers: dict[str, Callable[[int, NodePlan], Enter]] = {
            "end": self._end,
            "split": self._split,
            "join": self._join,
            "exclusive": self._exclusive,
            "inclusive_split": partial(inclusive_split, self),
            "inclusive_join": partial(inclusive_join, self),
            "event_based": partial(event_based, self),
            "people": self._people,
            "timer": self._unqueued,
            "client": self._unqueued,
            "external": self._unqueued,
            "system": self._unqueued,
            "call": partial(calling, self),
            "send": partial(sending, self),
            "receive": partial(receiving, self),
        }
        if node.detached:
            return answering(self, rank, node)
        return makers.get(node.kind, self._silent)(rank, node)

    # -- what nodes have in common ----------------------------------------------------------------------------------

    def passing(self, rank: int, node: NodePlan) -> Callable[[Case], int] | None:
        """Count the passes of a case through a node; None where a case can pass only once and nobody asks."""
        counted = rank in self.run.plan.counted
        if not node.repeated and not counted:
            return None
        lineage, name, most = node.lineage_index, node.name, self.run.plan.max_visits

        def occurrence(case: Case) -> int:
            passes = case.passes
            visit = passes[lineage]
            passes[lineage] = visit + 1
            if counted:
                case.entries[rank] = case.entries.get(rank, 0) + 1
            if visit >= most:
                raise RunError(
                    "BP701",
                    f"case {case.number} passes {name} more than {most:,} times",
                    "Give the loop a better way out.",
                )
            return visit

        return occurrence

    def assigning(self, node: NodePlan) -> Callable[[Case, int, int], None] | None:
        """Set attributes from old values, all at once; before that, clocks end or start, errors are found and made."""
        rank = self._ranks[node.name]
        clocks = both(
            deadlines.turning(self.run.plan.deadlines, rank, deadlines.stop, deadlines.start),
            deadlines.turning(self.run.plan.dues, rank, due.stop, due.start),
        )
        clocks = both(clocks, contacting(node, self.run.plan.client))
        settle = both(clocks, settling(self, rank, node))
        if not node.assign:
            return settle
        makers: list[tuple[int, Callable[[Case, int, int], Any]]] = []
        for index, value in node.assign:
            name = self.run.plan.attributes[index][0]
            makers.append((index, self.drawing(value, f"assign {name}", node.lineage)))

        def assign(case: Case, visit: int, now: int) -> None:
            values = [make(case, visit, now) for _, make in makers]
            for (index, _), value in zip(makers, values, strict=True):
                case.attributes[index] = value

        return both(settle, assign)

    def drawing(self, value: Distribution | Expression, purpose: str, lineage: str) -> Callable[[Case, int, int], Any]:
        """Make what gives a fresh draw at a pass, or the value of an expression."""
        if isinstance(value, Expression):
            evaluate = self.run.language.bind(value)
            return lambda case, _, now: evaluate(case, now)
        key = self.run.streams.key(purpose, lineage)
        return lambda case, visit, _: value_of(value, uniform(key, visit, case.position))

    def milestone(self, rank: int) -> Callable[[Case, int, int, int], int]:
        """Leave a row of zero length."""
        write, next_row = self.run.recorder.write, self.run.recorder.next_row

        def leave(case: Case, visit: int, pred: int, now: int) -> int:
            row: int = next_row()
            write(pack(case.number, rank, visit, pred, NONE, now, now, now, now, now, COMPLETED))
            return row

        return leave

    def passed(
        self, rank: int, node: NodePlan
    ) -> tuple[Callable[[Case], int] | None, Callable[[Case, int, int, int], int] | None]:
        """What passing a node that takes no time does: the count, and the row and the assignment (giving `pred`)."""
        assign = self.assigning(node)
        leave = self.milestone(rank) if node.milestone else None

        def more(case: Case, visit: int, pred: int, now: int) -> int:
            if leave:
                pred = leave(case, visit, pred, now)
            if assign:
                assign(case, visit, now)
            return pred

        return self.passing(rank, node), more if leave or assign else None

    # -- nodes that take no time -------------------------------------------------------------------------------------

    def _silent(self, rank: int, node: NodePlan) -> Enter:
        """Start, merges, and parallel nodes with one flow in and one out; skipped where there is nothing to do."""
        (count, more), enters, target = self.passed(rank, node), self.enter, node.targets[0]
        if not count and not more:
            self._skipped[rank] = target

        def enter(case: Case, pred: int, origin: int, now: int) -> None:
            visit = count(case) if count else 0
            if more:
                pred = more(case, visit, pred, now)
            enters[target](case, pred, origin, now)

        return enter

    def _end(self, rank: int, node: NodePlan) -> Enter:
        end: Enter = terminate(self, rank, node) if node.terminate else self._plain_end(rank, node)
        if node.terminate or not calls(self.run.plan):
            return end

        def enter(case: Case, pred: int, origin: int, now: int) -> None:
            case.origin = origin
            end(case, pred, origin, now)

        return enter

    def _plain_end(self, rank: int, node: NodePlan) -> Enter:
        (count, more), outcome, ended = self.passed(rank, node), node.outcome, self.run.ended
        hire = hiring(self.run, rank, node)

        def enter(case: Case, pred: int, origin: int, now: int) -> None:  # noqa: ARG001 - every node is entered alike
            visit = count(case) if count else 0
            if more:
                pred = more(case, visit, pred, now)
            case.live -= 1
            if not case.live:
                case.outcome = outcome
                case.last = pred
                ended(case, now)
                if hire:
                    hire(case, visit, now)

        return enter

    def _split(self, rank: int, node: NodePlan) -> Enter:
        (count, more), enters, targets = self.passed(rank, node), self.enter, node.targets
        added = len(targets) - 1
        following = [self.run.plan.nodes[target] for target in targets]
        direct = all(one.kind == "people" and one.batch is None for one in following)
        dispatch, opened = self.run.clock.dispatch, opening(self, rank, node)

        def enter(case: Case, pred: int, origin: int, now: int) -> None:
            visit = count(case) if count else 0
            if more:
                pred = more(case, visit, pred, now)
            case.live += added
            if opened:
                opened(case, visit, pred, origin, now)
            if not direct:
                dispatch(now)  # what the branches release is dispatched together
            for target in targets:
                enters[target](case, pred, origin, now)

        return enter

    def _join(self, rank: int, node: NodePlan) -> Enter:
        if node.incoming <= 1:
            return self._silent(rank, node)
        (count, more), incoming = self.passed(rank, node), node.incoming
        enters, target = self.enter, node.targets[0]
        preds, starts = self.run.recorder.join_preds, self.run.recorder.join_starts
        closed = closing(node)

        def enter(case: Case, pred: int, origin: int, now: int) -> None:
            here = case.joins.get(rank)
            if here is None:
                case.joins[rank] = [pred]
                return
            here.append(pred)
            if len(here) < incoming:
                return
            del case.joins[rank]
            case.live -= incoming - 1
            if closed:
                closed(case)
            pred = FIRST_JOIN + 1 - len(starts)
            preds.extend(here)
            starts.append(len(preds))
            visit = count(case) if count else 0
            if more:
                pred = more(case, visit, pred, now)
            enters[target](case, pred, origin, now)

        return enter

    def _exclusive(self, rank: int, node: NodePlan) -> Enter:
        if node.rule == "single":
            return self._silent(rank, node)
        (count, more), enters, targets = self.passed(rank, node), self.enter, node.targets
        if node.rule == "shares":
            slot, again = self.run.draws.choices(node.cumulative, "route", node.lineage)

            def enter(case: Case, pred: int, origin: int, now: int) -> None:
                visit = count(case) if count else 0
                if more:
                    pred = more(case, visit, pred, now)
                branch = case.draws[slot] if visit == 0 else again(visit, case.position)
                enters[targets[branch]](case, pred, origin, now)

            return enter
        decide = self._odds(node) if node.rule == "odds" else self._condition(node)

        def enter_deciding(case: Case, pred: int, origin: int, now: int) -> None:
            visit = count(case) if count else 0
            if more:
                pred = more(case, visit, pred, now)
            enters[targets[decide(case, visit, now)]](case, pred, origin, now)

        return enter_deciding

    def _odds(self, node: NodePlan) -> Callable[[Case, int, int], int]:
        """Shares that depend on the case."""
        shares = [self.run.language.bind(share) if share else None for share in node.conditions]
        key, name = self.run.streams.key("route", node.lineage), node.name

        def decide(case: Case, visit: int, now: int) -> int:
            odds = [float(share(case, now)) if share else None for share in shares]
            given = sum(share for share in odds if share is not None)
            lowest = min((share for share in odds if share is not None), default=0.0)
            if not (lowest >= 0 and given <= 1 + 1e-6 and (None in odds or given >= 1 - 1e-6)):
                raise RunError(
                    "BP705", f"case {case.number}: the shares at {name} add up to {given:g}", "They must make 1."
                )
            total, cumulative = 0.0, []
            for share in odds:
                total += share or 0.0  # `else` stands last and takes the rest
                cumulative.append(total)
            return pick(cumulative, uniform(key, visit, case.position))

        return decide

    def _condition(self, node: NodePlan) -> Callable[[Case, int, int], int]:
        conditions = [self.run.language.bind(condition) if condition else None for condition in node.conditions]
        other = next((i for i, condition in enumerate(conditions) if condition is None), NONE)
        first, name = node.rule == "first", node.name
        names = [self.run.plan.nodes[target].name for target in node.targets]

        def decide(case: Case, visit: int, now: int) -> int:  # noqa: ARG001 - every rule is asked alike
            true = [i for i, condition in enumerate(conditions) if condition is not None and condition(case, now)]
            if len(true) > 1 and not first:
                flows = ", ".join(names[i] for i in true)
                what = f"case {case.number}: several conditions at {name} hold: {flows}"
                raise RunError(
                    "BP706", what, "Make them exclude each other, or write a list: the first that holds is taken."
                )
            if not true and other == NONE:
                raise RunError("BP707", f"case {case.number}: no condition at {name} holds", "Add a flow with `else`.")
            return true[0] if true else other

        return decide

    # -- work without a queue ----------------------------------------------------------------------------------------

    def _unqueued(self, rank: int, node: NodePlan) -> Enter:
        """Timers, and tasks of the client, a third party or an unlimited system."""
        run, target = self.run, node.targets[0]
        occurrence, end = self.passing(rank, node), self._ending(node)
        limit = self.timeout(node)
        push, phase = run.clock.push, TIMER if node.kind == "timer" else COMPLETION
        done, out = self.last(self.when_completed(rank, node, target)), (self.when_timed_out(rank, node),)
        follow = following(self, rank, node)

        def enter(case: Case, pred: int, origin: int, now: int) -> None:
            item = Whole()
            visit = item.visit = occurrence(case) if occurrence else 0
            item.case, item.key, item.pred, item.origin = case, case.key + rank, pred, origin
            item.node = node
            item.created = now
            if follow:
                follow(item)
            item.transferred = item.released = item.started = now
            item.person = NONE
            item.completed = end(case, visit, now)
            timeout = limit(case, visit, now) if limit else NEVER
            if timeout < item.completed:
                item.completed, item.callbacks = timeout, out
                push(timeout, TIMER, item.key, item)
            else:
                item.callbacks = done
                push(item.completed, phase, item.key, item)

        return enter

    def _ending(self, node: NodePlan) -> Callable[[Case, int, int], int]:
        """When a delay that begins now is over."""
        delay = self._delayed(node)
        if node.until is None:
            return delay
        times = node.until

        def end(case: Case, visit: int, now: int) -> int:
            place = bisect_right(times, delay(case, visit, now))
            return times[place] if place < len(times) else NEVER

        return end

    def _delayed(self, node: NodePlan) -> Callable[[Case, int, int], int]:
        table = self.run.plan.tables[node.calendar]
        plain = node.work[0].plain() if len(node.work) == 1 else None
        if plain is None:
            work = Work(node.work, self.run.streams, self.run.language)
            return lambda case, visit, now: work.end(case, visit, now, table)
        slot, again = self.run.draws.milliseconds(plain, "duration", node.work[0].lineage)
        add = table.add
        return lambda case, visit, now: add(now, case.draws[slot] if visit == 0 else again(visit, case.position))

    def delay(
        self, delay: Distribution | WorkingDays, purpose: str, lineage: str, calendar: int
    ) -> Callable[[Case, int, int], int]:
        """When a delay of one of the other purposes is over."""
        table = self.run.plan.tables[calendar]
        if isinstance(delay, WorkingDays):
            days = delay.count
            return lambda _case, _visit, now: table.add_working_days(now, days)
        slot, again = self.run.draws.milliseconds(delay, purpose, lineage)
        add = table.add
        return lambda case, visit, now: add(now, case.draws[slot] if visit == 0 else again(visit, case.position))

    def last(self, done: Callable[[Item], None]) -> tuple[Callable[[Any], None], ...]:
        """Give what the completion of an item calls: where items may be taken away, the book is kept first."""
        return (won(self.run), done) if self.watch else (done,)

    def timeout(self, node: NodePlan) -> Callable[[Case, int, int], int] | None:
        """Make what says when the timeout of a node passes; where items are watched, boundaries do it."""
        return coming(self, node, node.boundaries[0]) if node.boundaries and not self.watch else None

    def when_completed(self, rank: int, node: NodePlan, target: int) -> Callable[[Item], None]:
        """Make the completion of an item that nobody queued for."""
        run, enters, assign = self.run, self.enter, self.assigning(node)
        write, next_row = run.recorder.write, run.recorder.next_row

        def completed(item: Item) -> None:
            now, case = item.completed, item.case
            row, at = next_row(), item.created
            write(pack(case.number, rank, item.visit, item.pred, NONE, at, at, at, at, now, COMPLETED))
            if assign:
                assign(case, item.visit, now)
            enters[target](case, row, item.origin, now)

        return completed

    def when_timed_out(self, rank: int, node: NodePlan) -> Callable[[Item], None]:
        """Make the end of an item whose timeout passes first."""
        run, enters, target = self.run, self.enter, node.boundaries[0].target if node.boundaries else NONE
        write, next_row = run.recorder.write, run.recorder.next_row

        def timed_out(item: Item) -> None:
            now, case = item.completed, item.case
            row, at = next_row(), item.created
            write(pack(case.number, rank, item.visit, item.pred, NONE, at, at, at, at, now, TIMED_OUT))
            enters[target](case, row, item.origin, now)

        return timed_out

    # -- work of people ----------------------------------------------------------------------------------------------

    def _people(self, rank: int, node: NodePlan) -> Enter:
        run = self.run
        pool = run.pools[run.plan.queues[node.queue].pool]
        if hands_over(pool) and node.batch is None and not any(node.transfers):
            return entering(self, rank, node, pool)
        heap, counted = run.clock.heap, self.passing(rank, node)
        fixed, slot, again, work = self.working(node)
        arrive = Holder(self, rank, node).arrive if node.batch else self.release(rank, node, pool)
        ways = self._ways(node)
        done, follow = self.last(self._done(rank, node, pool)), following(self, rank, node)
        patience = impatient(self, node)

        def transferred(item: Item) -> None:
            item.callbacks = done
            now = item.transferred = item.completed
            arrive(item, now)

        on_the_way = (transferred,)

        def enter(case: Case, pred: int, origin: int, now: int) -> None:
            item = Whole()
            visit = counted(case) if counted else 0
            item.callbacks = done
            item.case = case
            item.key = case.key + rank
            item.visit = visit
            item.pred = pred
            item.origin = origin
            item.node = node
            item.created = now
            if follow:
                follow(item)
            if patience:
                patience(item, now)
            if slot >= 0:
                item.work = case.draws[slot] if visit == 0 else again(visit, case.position)
            else:
                item.work = work(case, visit, now) if work else fixed
            if ways is not None:
                way = ways[origin]
                if way is not None:
                    at = way(case, visit, now)
                    if at > now:
                        item.completed = at
                        item.callbacks = on_the_way
                        heappush(heap, (at, ARRIVING, item.key, item))
                        return
            item.transferred = now
            arrive(item, now)

        return enter

    def working(
        self, node: NodePlan
    ) -> tuple[int, int, Callable[[int, int], int], Callable[[Case, int, int], int] | None]:
        """How long people work: (fixed, slot, later draws, function); one of fixed, slot and function applies."""
        plain = node.work[0].plain() if len(node.work) == 1 else None
        if plain is None:
            return 0, -1, _no_draw, Work(node.work, self.run.streams, self.run.language).milliseconds
        if plain.is_constant():
            return round(plain.quantile(0.5)), -1, _no_draw, None
        slot, again = self.run.draws.milliseconds(plain, "duration", node.work[0].lineage)
        return 0, slot, again, None

    def _ways(self, node: NodePlan) -> list[Callable[[Case, int, int], int] | None] | None:
        """Give the transfers into a node by the department of origin; the last serves a case from nowhere."""
        if not any(node.transfers):
            return None
        made: dict[TransferPlan, Callable[[Case, int, int], int]] = {}
        for way in node.transfers:
            if way is not None and way not in made:
                made[way] = self.delay(way.delay, "transfer", node.lineage, way.calendar)
        return [made[way] if way is not None else None for way in node.transfers]

    def release(self, rank: int, node: NodePlan, pool: SimplePool | GeneralPool) -> Callable[[Item, int], None]:
        """Put an item into its queue, with its priority and what the case wishes."""
        if isinstance(pool, SimplePool):
            return pool.offer
        place = placing(self.run, node)
        wish, hold = wishing(self.run, rank, node, pool), holding(self.run, node, pool)
        renege = reneging(self, rank, node)

        def release(item: Item, now: int) -> None:
            item.setup, item.whole = 0, item.work
            place(item, (item,), now)
            item.kept = item.barred = NOBODY
            if wish:
                wish(item, now)
            if hold:
                hold(item, now)
            if renege:
                renege(item, now)
            pool.offer(item, now)

        return release

    def _done(self, rank: int, node: NodePlan, pool: SimplePool | GeneralPool) -> Callable[[Item], None]:
        """Completion of work by a person: the row, the person, the case."""
        if hands_over(pool):
            return completing(self, rank, node, pool)
        run, enters, target = self.run, self.enter, node.targets[0]
        write, next_row, free = run.recorder.write, run.recorder.next_row, pool.free_all
        go_on, department = self.after(node), NONE if node.machine else node.department
        note, together = run.note, node.together

        def done(item: Item) -> None:
            now, case, person = item.completed, item.case, item.person
            row = next_row()
            if note:
                note(row, item, item.started, now, DONE)
            write(pack(case.number, rank, item.visit, item.pred, person, item.created, item.transferred, item.released,
                       item.started, now, COMPLETED))  # fmt: skip
            if together:
                note_held(run.recorder, item, row)
            free(item, now)
            if go_on:
                go_on(item, now)
            enters[target](case, row, department if department >= 0 else item.origin, now)

        return done

    def after(self, node: NodePlan) -> Callable[[Item, int], None] | None:
        """What else a completion by people does: waiting is summed, the person remembered, attributes set."""
        assign, remember, waits = self.assigning(node), remembering(self.run, node), self.run.waits
        if assign is None and remember is None and not waits:
            return None

        def go_on(item: Item, now: int) -> None:
            case = item.case
            if waits:
                case.waited += item.started - item.created
            if remember:
                remember(item)
            if assign:
                assign(case, item.visit, now)

        return go_on


def nowhere(_case: Case, _pred: int, _origin: int, _now: int) -> None:
    """Stand in the place of a node until it is compiled."""


def _no_draw(_occurrence: int, _position: int) -> int:
    return 0
