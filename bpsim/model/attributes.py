"""What the attributes of a case hold, and which nodes read and write them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from bpsim.model import demand, flow
from bpsim.model.client import MoneyBy, ShareBy
from bpsim.model.findings import Path, way
from bpsim.model.process import Process
from bpsim.model.written import ProbabilityBy
from bpsim.values.conditions import Expression
from bpsim.values.distributions import Constant, Distribution, Empirical

#: Keys of a task that hold a chance, which may be chosen by the channel too.
CHANCES = ("introduces_error", "detects_error")


@dataclass(frozen=True)
class Reading:
    """An expression of a process: where it stands, at which node (empty for none), and what it must result in."""

    path: Path
    node: str
    expression: Expression
    wanted: str


@dataclass(frozen=True)
class Choosing:
    """A choice by an attribute: where it stands, at which node (empty for none), the attribute, the values it names."""

    path: Path
    node: str
    by: str
    values: tuple[str, ...]


def types(process: Process) -> dict[str, str]:
    """Give what each attribute holds: truth, number or text."""
    return {name: demand.attribute_type(value) for name, value in process.cases.attributes.items()}


def categories(process: Process) -> dict[str, tuple[str, ...]]:
    """Give the words that each attribute of text can hold, those that are assigned included; and the channels."""
    found = {
        name: list(value.shares)
        for name, value in process.cases.attributes.items()
        if isinstance(value, demand.Categories)
    }
    for node in process.flow.values():
        for name, value in node.assign.items():
            if name in found and isinstance(value, Expression):
                found[name] += [word for word in _texts(value.tree) if word not in found[name]]
        for name, word in _returned(process, node):
            if name in found and word not in found[name]:
                found[name].append(word)
    return {name: tuple(words) for name, words in found.items()} | {"channel": tuple(process.channels)}


def _returned(process: Process, node: flow.Node) -> Iterator[tuple[str, str]]:
    """Give the attributes that a call sets to words, and the words."""
    called = process.others.get(node.process) if isinstance(node, flow.Call) else None
    if called is None or not isinstance(node, flow.Call):
        return
    for name, written in node.returns.items():
        way, theirs = flow.read_return(written)
        attribute = called.cases.attributes.get(theirs)
        if way == "outcome":
            yield from ((name, end.outcome) for end in called.flow.values() if isinstance(end, flow.End))
        elif isinstance(attribute, demand.Categories):
            yield from ((name, word) for word in attribute.shares)


def _texts(tree: ast.expr) -> Iterator[str]:
    """Give the texts that an expression may result in."""
    if isinstance(tree, ast.IfExp):
        yield from _texts(tree.body)
        yield from _texts(tree.orelse)
    elif isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        yield tree.value


def values(process: Process, name: str) -> tuple[str, ...] | None:
    """Give every value that an attribute can have, as choices name them; None when they cannot be listed."""
    kind = types(process)[name]
    if kind == "truth":
        return ("true", "false")
    if kind == "text":
        return categories(process)[name]
    found = numbers(process, name)
    return None if found is None else tuple(repr(float(number)).removesuffix(".0") for number in found)


def domains(process: Process) -> dict[str, tuple[object, ...]]:
    """Give the values of every attribute of text, and of those of numbers that have few."""
    listed = {name: numbers(process, name) for name, kind in types(process).items() if kind == "number"}
    few = {name: tuple(found) for name, found in listed.items() if found is not None and len(found) <= FEW}
    return {**categories(process), **few}


#: An attribute with more values than this is treated as any number.
FEW = 20


def numbers(process: Process, name: str) -> list[float] | None:
    """Give every number that an attribute can be, or None when they cannot be listed."""
    attribute = process.cases.attributes[name]
    draws = [attribute, *(node.assign[name] for node in process.flow.values() if name in node.assign)]
    found: list[float] = []
    for draw in draws:
        parts = tuple(draw.of.values()) if isinstance(draw, demand.Choice) else (draw,)
        for part in parts:
            listed = _numbers(part)
            if listed is None:
                return None
            found += listed
    return sorted(set(found))


def _numbers(draw: Distribution | Expression) -> list[float] | None:
    if isinstance(draw, Expression):
        number = draw.constant()
        return [number] if isinstance(number, int | float) else None
    if isinstance(draw, Constant):
        return [draw.value]
    return list(draw.values) if isinstance(draw, Empirical) else None


# -- where they are read and written ----------------------------------------------------------------------------------


def readings(process: Process) -> Iterator[Reading]:
    """Give every expression of a process."""
    yield Reading(("cases", "priority"), "", process.cases.priority, "number")
    yield Reading(("cases", "preempts"), "", process.cases.preempts, "condition")
    for name, node in process.flow.items():
        for i, branch in enumerate(node.next):
            if branch.kind in {"share", "when"}:
                wanted, text = ("number", branch.share) if branch.kind == "share" else ("condition", branch.when)
                yield Reading(way(process, name, i), name, text, wanted)
        for attribute, value in node.assign.items():
            if isinstance(value, Expression):
                yield Reading(("flow", name, "assign", attribute), name, value, "any")
        for path, duration in (*durations(process, name), *limits(process, name)):
            yield Reading((*path, "factor"), name, duration.factor, "number")
        if isinstance(node, flow.Call | flow.Send):
            yield from (Reading(("flow", name, "with", key), name, value, "any") for key, value in node.hands.items())
        if isinstance(node, flow.Call) and isinstance(node.instances, Expression):
            yield Reading(("flow", name, "instances"), name, node.instances, "any")
    for path, name, duration in patiences(process):
        yield Reading((*path, "factor"), name, duration.factor, "number")


def durations(process: Process, name: str) -> Iterator[tuple[Path, flow.Duration]]:
    """Give the durations of a node."""
    node = process.flow[name]
    if isinstance(node, flow.Timer):
        yield ("flow", name, "delay"), node.delay
    elif isinstance(node, flow.Task) and node.parts:
        for i, part in enumerate(node.parts):
            yield ("flow", name, "parts", i, "duration"), part.duration
    elif isinstance(node, flow.Task):
        yield ("flow", name, "duration"), node.duration
    elif isinstance(node, flow.Call) and node.applies_after:
        yield ("flow", name, "applies_after"), node.applies_after


def limits(process: Process, name: str) -> Iterator[tuple[Path, flow.Duration]]:
    """Give the times after which the boundaries of a task come."""
    for path, boundary in flow.boundaries(process.flow[name]):
        yield ("flow", name, *path, "after"), boundary.after


def patiences(process: Process) -> Iterator[tuple[Path, str, flow.Duration]]:
    """Give how long clients wait for something, with the node where that is; the work of chases too."""
    client = process.cases.client
    if client.withdraws_after:
        yield ("cases", "client", "withdraws_after"), "", client.withdraws_after
    if client.chases:
        yield ("cases", "client", "chases", "every"), "", client.chases.every
        if client.chases.work:
            yield ("cases", "client", "chases", "work", "duration"), "", client.chases.work.duration
    for name, task in process.tasks().items():
        if task.reneges_after:
            yield ("flow", name, "reneges_after", "after"), name, task.reneges_after.after


def choosings(process: Process) -> Iterator[Choosing]:
    """Give every choice by an attribute."""
    for name, attribute in process.cases.attributes.items():
        if isinstance(attribute, demand.Choice):
            yield Choosing(("cases", "attributes", name), "", attribute.by, tuple(attribute.of))
    for name, clock in process.cases.clocks.items():
        if isinstance(clock.limit, demand.LimitBy):
            yield Choosing(("cases", "clocks", name, "limit"), "", clock.limit.by, tuple(clock.limit.of))
    for name, node in process.flow.items():
        for path, duration in (*durations(process, name), *limits(process, name)):
            if duration.choice:
                yield Choosing((*path, "choice"), name, duration.choice.by, tuple(duration.choice.of))
        if isinstance(node, flow.Task):
            yield from _choosings_of_people(name, node)
        for key, chance in chances_of(node):
            yield Choosing(("flow", name, key), name, chance.by, tuple(chance.of))
    yield from _choosings_of_clients(process)


def _choosings_of_people(name: str, task: flow.Task) -> Iterator[Choosing]:
    """Give who does a task, and how long it is kept for them."""
    if task.person and task.person.of:
        yield Choosing(("flow", name, "person"), name, task.person.by, tuple(task.person.of))
    if isinstance(task.keeps_for, flow.PatienceChoice):
        yield Choosing(("flow", name, "keeps_for"), name, task.keeps_for.by, tuple(task.keeps_for.of))


def chances_of(node: flow.Node) -> Iterator[tuple[str, ProbabilityBy]]:
    """Give the chances of a node that an attribute (or the channel) decides, by their keys."""
    for key in CHANCES if isinstance(node, flow.Task) else ():
        chance = getattr(node, key)
        if isinstance(chance, ProbabilityBy):
            yield key, chance


def _choosings_of_clients(process: Process) -> Iterator[Choosing]:
    for path, name, patience in patiences(process):
        if patience.choice:
            yield Choosing((*path, "choice"), name, patience.choice.by, tuple(patience.choice.of))
    for name, channel in process.channels.items():
        if isinstance(channel.share, ShareBy):
            yield Choosing(("channels", name, "share"), "", channel.share.by, tuple(channel.share.of))
        for i, shift in enumerate(channel.shift):
            if isinstance(shift.share, ShareBy):
                yield Choosing(("channels", name, "shift", i, "share"), "", shift.share.by, tuple(shift.share.of))
    worth = process.cases.client.value_of_time
    if isinstance(worth, MoneyBy):
        yield Choosing(("cases", "client", "value_of_time"), "", worth.by, tuple(worth.of))
