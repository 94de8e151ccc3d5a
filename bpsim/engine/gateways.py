"""Gateways that take some of their flows, or wait for what happens first; ends that end the whole case."""

from itertools import islice
from typing import Any

from bpsim.engine.boundaries import closing, opening
from bpsim.engine.cancelling import end_case
from bpsim.engine.clock import CANCELLATION, Signal
from bpsim.engine.draws import Case, taken_with
from bpsim.engine.plan import NodePlan
from bpsim.engine.posts import hiring
from bpsim.errors import RunError
from bpsim.eventlog import FIRST_JOIN, NONE


def inclusive_split(nodes: Any, rank: int, node: NodePlan) -> Any:  # noqa: ANN401 - the nodes, which import this
    """Each flow is taken or not; the set of those that are is kept with the case for the join."""
    (count, more), enters, targets = nodes.passed(rank, node), nodes.enter, node.targets
    run = nodes.run
    opened = opening(nodes, rank, node)
    takes = [taken_with(run.language, run.streams, node, branch) for branch in node.branches]
    other = next((i for i, branch in enumerate(node.branches) if branch.kind == "else"), NONE)
    dispatch = run.clock.dispatch

    def enter(case: Case, pred: int, origin: int, now: int) -> None:
        visit = count(case) if count else 0
        if more:
            pred = more(case, visit, pred, now)
        taken = [i for i, take in enumerate(takes) if take(case, visit, now)]
        if not taken and other < 0:
            what = f"case {case.number}: none of the flows from {node.name} is taken"
            raise RunError("BP714", what, "Add a flow with `else`, or one with `when: true`.")
        taken = taken or [other]
        case.taken[rank] = sum(1 << i for i in taken)
        case.live += len(taken) - 1
        if opened:
            opened(case, visit, pred, origin, now)
        dispatch(now)  # what the branches release is dispatched together
        for i in taken:
            enters[targets[i]](case, pred, origin, now)

    return enter


def inclusive_join(nodes: Any, rank: int, node: NodePlan) -> Any:  # noqa: ANN401 - the nodes
    """Wait for the flows that the split has taken."""
    (count, more), enters, target = nodes.passed(rank, node), nodes.enter, node.targets[0]
    split, groups = node.closes, node.groups
    recorder, closed = nodes.run.recorder, closing(node)

    def enter(case: Case, pred: int, origin: int, now: int) -> None:
        here = case.joins.setdefault(rank, [])
        here.append(pred)
        taken = case.taken[split]
        expected = sum(1 for group in groups if group & taken)
        if len(here) < expected:
            return
        del case.joins[rank]
        case.live -= expected - 1
        if closed:
            closed(case)
        pred = FIRST_JOIN + 1 - len(recorder.join_starts)
        recorder.join_preds.extend(here)
        recorder.join_starts.append(len(recorder.join_preds))
        visit = count(case) if count else 0
        if more:
            pred = more(case, visit, pred, now)
        enters[target](case, pred, origin, now)

    return enter


def event_based(nodes: Any, rank: int, node: NodePlan) -> Any:  # noqa: ANN401 - the nodes
    """Enter every target with one token: the first item that is completed takes out the others."""
    (count, more), enters, targets = nodes.passed(rank, node), nodes.enter, sorted(node.targets)

    def enter(case: Case, pred: int, origin: int, now: int) -> None:
        visit = count(case) if count else 0
        if more:
            pred = more(case, visit, pred, now)
        before = len(case.items)
        for target in targets:
            enters[target](case, pred, origin, now)
        racing = tuple(islice(case.items, before, None))
        for item in racing:
            item.rivals = racing

    return enter


def terminate(nodes: Any, rank: int, node: NodePlan) -> Any:  # noqa: ANN401 - the nodes
    """The end of the whole case: after the completions of this instant, what is left is taken away."""
    (count, more), outcome, run = nodes.passed(rank, node), node.outcome, nodes.run
    hire = hiring(run, rank, node)

    def enter(case: Case, pred: int, origin: int, now: int) -> None:
        visit = count(case) if count else 0
        if more:
            pred = more(case, visit, pred, now)

        def over(_: Signal) -> None:
            if case.ended == NONE:
                end_case(run, case, now, outcome, by=(pred, origin))
                if hire:
                    hire(case, visit, now)

        run.clock.push(now, CANCELLATION, case.key + rank, Signal(over))

    return enter
