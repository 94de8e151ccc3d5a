"""Who speaks of a node or an attribute (clocks, expressions, the same person), and how a node gets a new name."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bpsim.model import demand, flow
from bpsim.model.attributes import chances_of, patiences
from bpsim.model.client import SOURCES, Client, MoneyBy, ShareBy
from bpsim.model.process import Process
from bpsim.model.written import expression
from bpsim.values.conditions import Expression


@dataclass(frozen=True, slots=True)
class Reference:
    """Something that speaks of a name: `owner` is the node, clock or attribute that does, `words` say how."""

    name: str
    owner: str
    words: str


def to_nodes(process: Process) -> Iterator[Reference]:
    """Give every place that speaks of a node, but for the flows."""
    for owner, task in process.tasks().items():
        yield from _of_task(owner, task)
    for owner, text in _expressions(process):
        yield from (Reference(name, owner, f"`{text.text}` counts its visits") for name in text.visits())
    for owner, item in process.items.items():
        if item.source not in SOURCES:
            yield Reference(item.source, f"items.{owner}", f"the document {owner} comes from it")
    for owner, clock in process.cases.clocks.items():
        for name in {clock.start, *clock.to, *clock.stops_while}:
            yield Reference(name, owner, f"the clock {owner} needs it")


def _of_task(owner: str, task: flow.Task) -> Iterator[Reference]:
    if task.same_person_as:
        yield Reference(task.same_person_as, owner, f"{owner} is done by the same person")
    for name in task.never_same_person_as:
        yield Reference(name, owner, f"{owner} is never done by the same person")
    if task.visit:
        yield Reference(task.visit, owner, f"{owner} shares a trip with it")


def to_attributes(process: Process) -> Iterator[Reference]:
    """Give every place that reads an attribute."""
    for owner, text in _expressions(process):
        yield from (Reference(name, owner, f"`{text.text}` reads it") for name in text.names())
    for owner, node in process.flow.items():
        for name in _chosen_by(node):
            yield Reference(name, owner, f"{owner} depends on it")
    for owner, clock in process.cases.clocks.items():
        if isinstance(clock.limit, demand.LimitBy):
            yield Reference(clock.limit.by, owner, f"the clock {owner} depends on it")
    for name in _chosen_by_clients(process):
        yield Reference(name, "client", "what clients do depends on it")


def read_by(duration: flow.Duration) -> set[str]:
    """Name the attributes that a duration depends on."""
    return {*duration.factor.names(), *([duration.choice.by] if duration.choice else [])}


def _chosen_by(node: flow.Node) -> Iterator[str]:
    for duration in (*durations(node), *limits(node)):
        if duration.choice:
            yield duration.choice.by
    if isinstance(node, flow.Task) and isinstance(node.keeps_for, flow.PatienceChoice):
        yield node.keeps_for.by
    if isinstance(node, flow.Task) and node.person:
        yield node.person.by
    yield from (chance.by for _, chance in chances_of(node) if chance.by != "channel")
    if isinstance(node, flow.Task) and node.reneges_after:
        yield from read_by(node.reneges_after.after)


def _chosen_by_clients(process: Process) -> Iterator[str]:
    client = process.cases.client
    yield from [client.groups] if client.groups else []
    for _, node, patience in patiences(process):
        yield from () if node else read_by(patience)
    if isinstance(client.value_of_time, MoneyBy):
        yield client.value_of_time.by
    for channel in process.channels.values():
        shares = [channel.share, *(shift.share for shift in channel.shift)]
        yield from (share.by for share in shares if isinstance(share, ShareBy))


def durations(node: flow.Node) -> tuple[flow.Duration, ...]:
    """Give the durations of a node, those of its parts included."""
    if isinstance(node, flow.Timer):
        return (node.delay,)
    if isinstance(node, flow.Call):
        return (node.applies_after,) if node.applies_after else ()
    return (node.duration, *(part.duration for part in node.parts)) if isinstance(node, flow.Task) else ()


def sets(node: flow.Node) -> set[str]:
    """Name the attributes that a node sets: it assigns them, or they come back from what it calls."""
    return {*node.assign, *(node.returns if isinstance(node, flow.Call) else ())}


def _hands(node: flow.Node) -> Iterator[Expression]:
    """Give what a call or a message hands over, and how many cases a call begins."""
    if isinstance(node, flow.Call | flow.Send):
        yield from node.hands.values()
    if isinstance(node, flow.Call) and isinstance(node.instances, Expression):
        yield node.instances


def limits(node: flow.Node) -> tuple[flow.Duration, ...]:
    """Give the times after which the boundaries of a task come."""
    return tuple(boundary.after for _, boundary in flow.boundaries(node))


def _expressions(process: Process) -> Iterator[tuple[str, Expression]]:
    yield "priority", process.cases.priority
    yield "preempts", process.cases.preempts
    for owner, node in process.flow.items():
        for branch in node.next:
            yield from ((owner, text) for text in (branch.share, branch.when))
        yield from ((owner, value) for value in node.assign.values() if isinstance(value, Expression))
        yield from ((owner, duration.factor) for duration in (*durations(node), *limits(node)))
        yield from ((owner, value) for value in _hands(node))
    yield from ((owner or "client", patience.factor) for _, owner, patience in patiences(process))


def renamed(process: Process, old: str, new: str) -> Process:
    """Let everything that speaks of a node, but for the flows, speak of another."""

    def same(name: str) -> str:
        return new if name == old else name

    def several(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(map(same, names)))

    process = visits_replaced(process, old, f"visits({new})")
    nodes: dict[str, Any] = {
        name: node.model_copy(
            update={
                "same_person_as": same(node.same_person_as),
                "never_same_person_as": several(node.never_same_person_as),
                "visit": same(node.visit),
                "must_precede": several(node.must_precede),
            }
        )
        if isinstance(node, flow.Task)
        else node
        for name, node in process.flow.items()
    }

    clocks = {
        name: clock.model_copy(
            update={"start": same(clock.start), "to": several(clock.to), "stops_while": several(clock.stops_while)}
        )
        for name, clock in process.cases.clocks.items()
    }
    items = {
        name: item if item.source in SOURCES else item.model_copy(update={"source": same(item.source)})
        for name, item in process.items.items()
    }
    cases = process.cases.model_copy(update={"clocks": clocks})
    return process.model_copy(update={"flow": nodes, "items": items, "cases": cases})


def meaning(process: Process, name: str, others: tuple[str, ...]) -> Process:
    """Let four eyes, what must come after a task, and clocks that stand still mean others as well as a task."""

    def more(names: tuple[str, ...], others: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*names, *others))) if name in names else names

    nodes: dict[str, Any] = dict(process.flow)
    tasks = process.tasks()
    people = [other for other in others if tasks[other].by_people()]
    for owner, task in tasks.items():
        eyes, later = more(task.never_same_person_as, people), more(task.must_precede, others)
        nodes[owner] = task.model_copy(update={"never_same_person_as": eyes, "must_precede": later})
    clocks = {
        key: clock.model_copy(update={"stops_while": more(clock.stops_while, others)})
        for key, clock in process.cases.clocks.items()
    }
    cases = process.cases.model_copy(update={"clocks": clocks})
    return process.model_copy(update={"flow": nodes, "cases": cases})


def also_completed(process: Process, name: str, other: str) -> Process:
    """Let clocks and counts of visits that speak of a task mean two nodes."""
    process = visits_replaced(process, name, f"(visits({name}) + visits({other}))")
    clocks = {
        key: clock.model_copy(update={"to": (*clock.to, other)}) if name in clock.to else clock
        for key, clock in process.cases.clocks.items()
    }
    return process.model_copy(update={"cases": process.cases.model_copy(update={"clocks": clocks})})


def visits_replaced(process: Process, name: str, text: str) -> Process:
    """Write another text where expressions count the visits of a node."""
    pattern = re.compile(rf"\bvisits\(\s*{re.escape(name)}\s*\)")

    def rewritten(value: Any) -> Any:  # noqa: ANN401 - an expression, or a distribution that stays
        if isinstance(value, Expression) and name in value.visits():
            return expression(pattern.sub(lambda _: text, value.text))
        return value

    expressions = {"priority": process.cases.priority, "preempts": process.cases.preempts}
    update: dict[str, Any] = {key: rewritten(text) for key, text in expressions.items()}
    cases = process.cases.model_copy(update={**update, "client": _waiting(process.cases.client, rewritten)})
    nodes = {owner: _rewritten(node, rewritten) for owner, node in process.flow.items()}
    return process.model_copy(update={"flow": nodes, "cases": cases})


def _waiting(client: Client, change: Callable[[Any], Any]) -> Client:
    def timed(duration: flow.Duration) -> flow.Duration:
        return duration.model_copy(update={"factor": change(duration.factor)})

    update: dict[str, Any] = {}
    if client.withdraws_after:
        update["withdraws_after"] = timed(client.withdraws_after)
    if client.chases:
        chases, work = client.chases, client.chases.work
        more = {"work": work.model_copy(update={"duration": timed(work.duration)})} if work else {}
        update["chases"] = chases.model_copy(update={"every": timed(chases.every), **more})
    return client.model_copy(update=update)


def _rewritten(node: flow.Node, change: Callable[[Any], Any]) -> flow.Node:
    update: dict[str, Any] = {
        "next": tuple(
            branch.model_copy(update={"share": change(branch.share), "when": change(branch.when)})
            for branch in node.next
        ),
        "assign": {key: change(value) for key, value in node.assign.items()},
    }

    def timed(duration: flow.Duration) -> flow.Duration:
        return duration.model_copy(update={"factor": change(duration.factor)})

    if isinstance(node, flow.Timer):
        update["delay"] = timed(node.delay)
    if isinstance(node, flow.Call | flow.Send):
        update["hands"] = {key: change(value) for key, value in node.hands.items()}
    if isinstance(node, flow.Call):
        update["instances"] = change(node.instances)
        update["applies_after"] = timed(node.applies_after) if node.applies_after else None
    if isinstance(node, flow.Task):
        update["duration"] = timed(node.duration)
        if node.reneges_after:
            after = timed(node.reneges_after.after)
            update["reneges_after"] = node.reneges_after.model_copy(update={"after": after})
        update["parts"] = tuple(part.model_copy(update={"duration": timed(part.duration)}) for part in node.parts)
    changed: flow.Node = flow.with_boundaries(
        node.model_copy(update=update), lambda one: one.model_copy(update={"after": timed(one.after)})
    )
    return changed
