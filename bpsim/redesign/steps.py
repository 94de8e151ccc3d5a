"""Steps: a task, and the gateway that decides by what the task found; and in which order steps have to stay."""

from dataclasses import dataclass

from bpsim.model import flow
from bpsim.model.graph import flows, reachable
from bpsim.model.process import Process
from bpsim.redesign import edits


@dataclass(frozen=True, slots=True)
class Step:
    """A task with the gateway that decides by what it found (empty: none), and the node to which a case goes on."""

    task: str
    on: str
    gate: str = ""

    @property
    def last(self) -> str:
        """Name the node that leads on."""
        return self.gate or self.task

    @property
    def nodes(self) -> tuple[str, ...]:
        """Name the task, and its gateway."""
        return (self.task, self.gate) if self.gate else (self.task,)


def step(process: Process, task: str) -> Step:
    """Give a node with one flow out as a step: a task with its gateway when the way on from that is clear."""
    node = process.flow[task]
    target = node.next[0].to
    decides = isinstance(node, flow.Task) and isinstance(process.flow[target], flow.Exclusive)
    decides = decides and edits.sources(process, target) == [task]
    on = way_on(process, target) if decides and len(process.flow[target].next) > 1 else ""
    return Step(task, on, target) if on else Step(task, target)


def way_on(process: Process, gate: str) -> str:
    """Name the node to which a case goes on from a gateway whose other ways end the case or lead back.

    Empty when the gateway is none of that kind (its ways meet again), or when it cannot be told.
    """
    found, start = flows(process), process.start()
    targets = tuple(dict.fromkeys(branch.to for branch in process.flow[gate].next))
    ahead = [t for t in targets if gate in reachable(found, [start], avoiding=t)]
    if len(ahead) == 1:
        return ahead[0]
    found = found | {gate: ()}
    ends = {name for name, node in process.flow.items() if isinstance(node, flow.End)}
    if any(all(not ends & reachable(found, [o], avoiding=t) for o in ahead if o != t) for t in ahead):
        return ""
    ahead = [t for t in ahead if t not in ends]
    if len(ahead) == 1:
        return ahead[0]
    leads = {t: reachable(found, [t]) for t in ahead}
    on = [t for t in ahead if all(o in leads[t] and t not in leads[o] for o in ahead if o != t)]
    elsewhere = reachable(found, [start])
    on = on or [t for t in ahead if t not in elsewhere]
    if len(on) > 1:
        on = [t for t in on if ends & leads[t] - elsewhere]
    return on[0] if len(on) == 1 else ""
