"""Calls: cases of another process begin, and the case that calls waits for them, or does not."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from bpsim.engine.clock import ARRIVING, Signal
from bpsim.engine.draws import Case, chosen, whole
from bpsim.engine.plan import CallPlan, NodePlan, Plan, WorkPlan
from bpsim.engine.streams import uniform
from bpsim.errors import RunError
from bpsim.eventlog import EVENT, FIRST_JOIN, NONE
from bpsim.values.durations import WorkingDays

if TYPE_CHECKING:
    from bpsim.engine.cases import Enter, Nodes
    from bpsim.values.calendars import OpenTable

#: A call begins at most so many cases.
MOST_INSTANCES = 1000


def calls(plan: Plan) -> bool:
    """Tell whether a run has cases that call others."""
    return any(node.call for node in plan.nodes)


def position_of(caller: int, lineage: str, visit: int, instance: int) -> int:
    """Give the position of the draws of a case that is called: it follows from who calls, where, and which instance."""
    name = f"{caller}/{lineage}/{visit}/{instance}".encode()
    return int.from_bytes(blake2b(name, digest_size=8).digest(), "little") % 2**63


def calling(nodes: "Nodes", rank: int, node: NodePlan) -> "Enter":
    """Make what happens when a token enters a call."""
    assert node.call is not None  # noqa: S101 - narrows the type; only such nodes call
    return Caller(nodes, rank, node, node.call).enter


class Token(NamedTuple):
    """The token of a case at a call: the occurrence of the pass, and where the token came from."""

    case: Case
    visit: int
    pred: int
    origin: int


class Caller:
    """A call of the flow: it begins cases and sets what comes back from them."""

    def __init__(self, nodes: "Nodes", rank: int, node: NodePlan, plan: CallPlan) -> None:
        """Bind what is handed over, and how many cases begin."""
        self.run, self.plan, self.rank = nodes.run, plan, rank
        self._lineage = node.lineage
        self._name = node.name
        self._count = nodes.passing(rank, node)
        self._number = nodes.drawing(plan.instances, "instances", node.lineage)
        self._hands = [(i, nodes.run.language.bind(value)) for i, value in plan.hands]
        self._leave = nodes.milestone(rank) if node.milestone else None
        self._assign = nodes.assigning(node)
        self._applies = _applying(nodes, plan.applies) if plan.applies else None
        self._enters, self._target = nodes.enter, node.targets[0]

    def enter(self, case: Case, pred: int, origin: int, now: int) -> None:
        """Begin the cases; go on, or wait for them."""
        visit = self._count(case) if self._count else 0
        number = self._instances(case, visit, now)
        if number:
            self.run.clock.dispatch(now)  # what the cases release is dispatched together
        if number and self.plan.wait:
            Waiting(self, Token(case, visit, pred, origin), number).begin(now)
            return
        token = Token(case, visit, pred, origin)
        for instance in range(number):
            self.begin(token, instance, now)
        self.go_on(token, now, ())

    def _instances(self, case: Case, visit: int, now: int) -> int:
        value = float(self._number(case, visit, now))
        number = round(value) if math.isfinite(value) else NONE
        if not 0 <= number <= MOST_INSTANCES:
            what = f"case {case.number}: {self._name} begins {value:g} cases"
            raise RunError("BP716", what, f"There can be 0 to {MOST_INSTANCES:,} instances.")
        return number

    def begin(self, token: Token, instance: int, now: int, waiting: "Waiting | None" = None) -> Case:
        """Begin one case: its token goes as far as it can."""
        case, visit, pred, origin = token
        position = position_of(case.position, self._lineage, visit, instance)
        given = {i: value(case, now) for i, value in self._hands}
        course = self.run.courses[self.plan.process]
        ready = self._applies(case, position, now) if self._applies else NONE
        made: Case = course.called(case, position, given, now=now, ready=ready)
        made.caller, made.origin = waiting, origin
        if waiting:
            waiting.begun.append(made)
        elif self._applies:
            made.source = EVENT
        if not self._applies:
            course.enter(made, pred, origin, now)
        elif made.arrived == now:
            course.apply(made, pred)
        else:
            self.run.clock.push(made.arrived, ARRIVING, made.key, Signal(partial(course.apply, made, pred)))
        return made

    def go_on(self, token: Token, now: int, ended: Sequence[Case]) -> None:
        """Let the token go on, with what has come back from the cases, in the order in which they ended."""
        case, visit, pred, origin = token
        if self._leave:
            pred = self._leave(case, visit, pred, now)
        if self.plan.wait and self.plan.returns:
            for index, value in self._returned(ended).items():
                case.attributes[index] = value
        if self._assign:
            self._assign(case, visit, now)
        self._enters[self._target](case, pred, origin, now)

    def _returned(self, ended: Sequence[Case]) -> Mapping[int, object]:
        values: dict[int, object] = {}
        ordered = sorted(ended, key=lambda case: case.number)
        for index, way, number in self.plan.returns:
            if way == "count":
                values[index] = sum(case.outcome == number for case in ended)
            elif way in GATHERED:
                found = [case.attributes[number] for case in ordered]
                if found or way not in {"min", "max"}:
                    values[index] = GATHERED[way](found)
            elif ended:
                last = ended[-1]
                outcomes = self.run.plan.settings.outcomes
                values[index] = outcomes[last.outcome] if way == "outcome" else last.attributes[number]
        return values


GATHERED: Mapping[str, Callable[[Any], object]] = {"sum": sum, "min": min, "max": max, "any": any, "all": all}


class Waiting:
    """A call that waits for the cases that it begins, all at once or one after another."""

    __slots__ = ("_busy", "_caller", "_ended", "_number", "_token", "begun", "rank")

    def __init__(self, caller: Caller, token: Token, number: int) -> None:
        """Begin with none."""
        self._caller, self._token, self._number, self.rank = caller, token, number, caller.rank
        self.begun: list[Case] = []
        self._ended: list[Case] = []
        self._busy = False
        token.case.calls = [*token.case.calls, self]

    @property
    def pred(self) -> int:
        """The row that led here, or to the present case of a sequence."""
        return self._token.pred

    def begin(self, now: int) -> None:
        """Begin all cases, or the first of a sequence."""
        if self._caller.plan.sequential:
            self._next(now)
            return
        for instance in range(self._number):
            self._begin(instance, now)

    def _begin(self, instance: int, now: int) -> Case:
        return self._caller.begin(self._token, instance, now, self)

    def _next(self, now: int) -> None:
        """Begin the cases of a sequence until one does not end at once."""
        self._busy = True
        while len(self.begun) < self._number:
            if self._begin(len(self.begun), now).ended == NONE:
                self._busy = False
                return
        self._finish(now)

    def heard(self, case: Case, now: int) -> None:
        """Take note that one of the cases has ended."""
        self._ended.append(case)
        if not self._caller.plan.sequential:
            if len(self._ended) == self._number:
                self._finish(now)
            return
        self._token = self._token._replace(pred=case.last, origin=case.origin)
        if not self._busy:
            self._next(now)

    def _finish(self, now: int) -> None:
        """Let the case go on from the last rows of those that it waited for."""
        case, last = self._token.case, self._ended[-1]
        case.calls = [call for call in case.calls if call is not self]
        pred = last.last
        if self._number > 1 and not self._caller.plan.sequential:
            recorder = self._caller.run.recorder
            pred = FIRST_JOIN + 1 - len(recorder.join_starts)
            recorder.join_preds.extend(one.last for one in self._ended)
            recorder.join_starts.append(len(recorder.join_preds))
        self._caller.go_on(self._token._replace(pred=pred, origin=last.origin), now, self._ended)


def _applying(nodes: "Nodes", work: WorkPlan) -> Callable[[Case, int, int], int]:
    """Make what says when the client of a new case is ready to apply."""
    run = nodes.run
    key = run.streams.key("application", work.lineage)
    factor = run.language.bind(work.factor) if work.factor else None
    table: OpenTable = run.plan.tables[run.always]

    def ready(case: Case, position: int, now: int) -> int:
        option = work.of[0][1]
        if work.by != NONE:
            option = chosen(work.of, case.attributes[work.by], case.number)
        if isinstance(option, WorkingDays):
            return table.add_working_days(now, option.count)
        value = option.quantile(uniform(key, 0, position))
        return table.add(now, whole(value * factor(case, now) if factor else value, case.number))

    return ready
