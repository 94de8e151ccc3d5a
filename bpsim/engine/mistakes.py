"""Errors that tasks make, find and put right."""

from collections.abc import Callable
from typing import Any

from bpsim.engine.draws import Case, chosen
from bpsim.engine.plan import CHANNEL, ChancePlan, NodePlan
from bpsim.engine.streams import uniform
from bpsim.eventlog import ERROR_COLUMNS, NONE

Settle = Callable[[Case, int, int], None]

_DETECTED, _CORRECTED = ERROR_COLUMNS.index("detected"), ERROR_COLUMNS.index("corrected")


class Mistake:
    """An error of a case that is not corrected yet: who made it, and where its row begins."""

    __slots__ = ("found", "lineage", "row")

    def __init__(self, lineage: int, row: int) -> None:
        """It is not found yet."""
        self.lineage, self.row, self.found = lineage, row, False


def settling(nodes: Any, rank: int, node: NodePlan) -> Settle | None:  # noqa: ANN401 - the nodes, which import this
    """Make what the completion of a task does with errors: those of its lineage go, others are found, one is made."""
    own = nodes.run.plan.number
    makers = {one.lineage_index: one.lineage for one in nodes.run.plan.nodes if one.introduces and one.process == own}
    ours = node.lineage_index
    if not makers or not (ours in makers or node.detects):
        return None
    streams, records = nodes.run.streams, nodes.run.recorder.errors
    keys = {index: streams.key(f"detect {lineage}", node.lineage) for index, lineage in makers.items()}
    key = streams.key("error", node.lineage)
    finds, makes = _chance(nodes.run, node.detects), _chance(nodes.run, node.introduces)

    def settle(case: Case, visit: int, now: int) -> None:
        for one in case.errors:
            if one.lineage == ours:
                records[one.row + _CORRECTED] = now
        case.errors = [one for one in case.errors if one.lineage != ours]
        if finds and case.errors:
            chance = finds(case)
            for one in case.errors:
                if not one.found and uniform(keys[one.lineage], visit, case.position) < chance:
                    one.found = True
                    records[one.row + _DETECTED] = now
        if makes and uniform(key, visit, case.position) < makes(case):
            case.errors.append(Mistake(ours, len(records)))
            records.extend((case.number, rank, now, NONE, NONE))

    return settle


def _chance(run: Any, chance: ChancePlan | None) -> Callable[[Case], float] | None:  # noqa: ANN401 - the course
    """Make the probability that is in force for a case."""
    if chance is None:
        return None
    by, options = chance.by, chance.of
    if by == NONE:
        only = options[0][1]
        return lambda _: only
    if by == CHANNEL:
        names = [channel.name for channel in run.plan.settings.channels]
        return lambda case: float(chosen(options, names[case.channel], case.number))
    return lambda case: float(chosen(options, case.attributes[by], case.number))


def both(first: Settle | None, second: Settle | None) -> Settle | None:
    """Do one after the other, where there are two."""
    if first is None or second is None:
        return first or second

    def settle(case: Case, visit: int, now: int) -> None:
        first(case, visit, now)
        second(case, visit, now)

    return settle
