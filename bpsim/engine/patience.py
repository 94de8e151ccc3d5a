"""What clients do while they wait, compiled: their patience, their questions, the patience of items in a queue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bpsim.eventlog import NONE
from bpsim.model.client import ABANDONED, CHASES, WITHDRAWN
from bpsim.model.flow import Task
from bpsim.model.process import Process
from bpsim.model.timing import Duration

if TYPE_CHECKING:
    from bpsim.engine.plan import WorkPlan

Compile = Callable[[str, Duration], "WorkPlan"]


@dataclass(frozen=True, slots=True)
class ClientPlan:
    """What clients do: `withdraws` and `chases` say after how much waiting, `work` is the node of chases (-1: none)."""

    withdraws: "WorkPlan | None"
    outcome: int
    chases: "WorkPlan | None"
    work: int


@dataclass(frozen=True, slots=True)
class RenegingPlan:
    """The patience of an item in its queue, and where its token goes then (-1: the case ends, with the outcome)."""

    after: "WorkPlan"
    target: int
    outcome: int


def client_plan(
    process: Process, rank: Mapping[str, int], outcomes: Mapping[str, int], work: Compile
) -> ClientPlan | None:
    """Compile what clients do while they wait; None when they only wait."""
    client = process.cases.client
    if not client.withdraws_after and not client.chases:
        return None
    return ClientPlan(
        withdraws=work("", client.withdraws_after) if client.withdraws_after else None,
        outcome=outcomes.get(WITHDRAWN, NONE),
        chases=work("", client.chases.every) if client.chases else None,
        work=rank.get(CHASES, NONE),
    )


def reneging_plan(
    task: Task | None, lineage: str, rank: Mapping[str, int], outcomes: Mapping[str, int], work: Compile
) -> RenegingPlan | None:
    """Compile the patience of the items of a task."""
    if task is None or task.reneges_after is None:
        return None
    target = rank[task.reneges_after.next] if task.reneges_after.next else NONE
    return RenegingPlan(work(lineage, task.reneges_after.after), target, outcomes.get(ABANDONED, NONE))


def outcomes_of(process: Process) -> set[str]:
    """Give the outcomes beside those of the ends."""
    found = {WITHDRAWN} if process.cases.client.withdraws_after else set()
    leaves = any(task.reneges_after and not task.reneges_after.next for task in process.tasks().values())
    return found | ({ABANDONED} if leaves else set())


def with_chases(process: Process) -> Process:
    """Add the node of the work that chases make: no flow leads to it."""
    made = process.detached()
    return process.model_copy(update={"flow": {**process.flow, **made}}) if made else process
