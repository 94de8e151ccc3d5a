"""Checks of the data of a case: expressions, assignments, choices by an attribute, attributes in two branches."""

from collections import defaultdict
from collections.abc import Iterator

from bpsim.errors import Mistake, did_you_mean
from bpsim.model import demand, flow
from bpsim.model.attributes import CHANCES, categories, choosings, readings, types, values
from bpsim.model.findings import Check, Finding, chain, listed, of_mistake
from bpsim.model.flow_checks import enclosed
from bpsim.model.process import Process
from bpsim.model.written import known_reference
from bpsim.values.conditions import Expression
from bpsim.values.distributions import Bernoulli


def expressions(process: Process) -> Iterator[Finding]:
    """Every expression reads what exists and results in what is wanted there."""
    kinds, words = types(process), categories(process)
    for found in readings(process):
        for task in found.expression.visits():
            if task not in process.flow:
                hint = known_reference(task, process.tasks())
                yield Finding("BP359", found.path, f"visits({task}): there is no task {task}", hint)
        try:
            kind = found.expression.check(kinds, words)
        except Mistake as mistake:
            yield of_mistake(found.path, mistake)
            continue
        text = found.expression.text
        if found.wanted == "number" and kind != "number":
            what = f"`{text}` is {_a(kind)}, where a number belongs"
            hint = f"Write 1 if {text} else 0." if kind == "truth" else ""
            yield Finding("BP244", found.path, what, hint)
        elif found.wanted == "condition" and kind in {"text", "duration"}:
            what = f"`{text}` is {_a(kind)}, where a condition belongs"
            yield Finding("BP244", found.path, what, "Compare it with something.")
        elif found.path[-1:] == ("factor",):
            value = found.expression.constant()
            if isinstance(value, int | float) and value < 0:
                yield Finding("BP205", found.path, f"the factor {text} is negative", "A factor is zero or more.")


def _a(kind: str) -> str:
    return {"truth": "true or false", "duration": "a duration", "number": "a number"}.get(kind, kind)


def assignments(process: Process) -> Iterator[Finding]:
    """An assignment sets an attribute that exists, to what it can hold."""
    kinds, words = types(process), categories(process)
    for name, node in process.flow.items():
        for attribute, value in node.assign.items():
            path = ("flow", name, "assign", attribute)
            if attribute not in kinds:
                hint = did_you_mean(attribute, kinds) or f"Define it under cases.attributes: {attribute}: 0."
                yield Finding("BP352", path, f"there is no attribute {attribute} to assign to", hint, key=True)
                continue
            kind = _result(value, kinds, words)
            if kind and kind != kinds[attribute]:
                what = f"{attribute} holds {_holds(kinds[attribute])}, and is assigned {_a(kind)}"
                hint = {"truth": "Write true, false or bernoulli(p).", "text": 'Write a word in quotes: "word".'}.get(
                    kinds[attribute], "Divide it by a duration: age / 1d." if kind == "duration" else ""
                )
                yield Finding("BP353", path, what, hint)


def _holds(kind: str) -> str:
    return {"truth": "true or false", "number": "a number"}.get(kind, "a word")


def _result(value: object, kinds: dict[str, str], words: dict[str, tuple[str, ...]]) -> str:
    if not isinstance(value, Expression):
        return "truth" if isinstance(value, Bernoulli) else "number"
    try:
        return value.check(kinds, words)
    except Mistake:
        return ""


def choices(process: Process) -> Iterator[Finding]:
    """A choice by an attribute names an attribute that exists, only values that it can have, and all of them."""
    kinds = types(process)
    for found in choosings(process):
        by_channel = found.by == "channel" and (found.path[:2] == ("cases", "attributes") or found.path[-1] in CHANCES)
        if found.by not in kinds and not by_channel:
            hint = did_you_mean(found.by, kinds) or "Define it under cases.attributes."
            if found.by == "channel":
                hint = (
                    "Only attributes are chosen by the channel: draw one, {by: channel, of: {...}}, and choose by that."
                )
            yield Finding("BP354", (*found.path, "by"), f"undefined attribute {found.by}", hint)
            continue
        possible = tuple(process.channels) if by_channel else values(process, found.by)
        named = [value for value in found.values if value != "else"]
        for value in named:
            if possible is not None and value not in possible:
                hint = did_you_mean(value, possible) or f"It can be {listed(possible, 'or')}."
                what = f"{found.by} is never {value}"
                yield Finding("BP355", (*found.path, "of", value), what, hint, key=True)
        missing = [value for value in possible if value not in named] if possible is not None else ["any other value"]
        if "else" not in found.values and missing:
            what = f"nothing is said for {found.by} = {listed(missing, 'or')}"
            if possible is None:
                what = f"nothing is said for other values of {found.by}"
            yield Finding("BP356", (*found.path, "of"), what, "Add `else`.", key=True)


def kept_constant(process: Process) -> Iterator[Finding]:
    """What decides how long an item is kept for a person does not change during a case."""
    for name, task in process.tasks().items():
        if isinstance(task.keeps_for, flow.PatienceChoice):
            by = task.keeps_for.by
            writers = [other for other, node in process.flow.items() if by in node.assign]
            if writers:
                what = f"keeps_for depends on {by}, which {writers[0]} assigns"
                hint = "Choose by an attribute that stays as it was drawn."
                yield Finding("BP357", ("flow", name, "keeps_for", "by"), what, hint)


def circular_choices(process: Process) -> Iterator[Finding]:
    """No attribute is drawn by an attribute that is drawn by it."""
    by = {
        name: attribute.by
        for name, attribute in process.cases.attributes.items()
        if isinstance(attribute, demand.Choice)
    }
    done: set[str] = set()
    for first in by:
        seen = [first]
        while by.get(seen[-1], "") not in ("", *seen) and seen[-1] not in done:
            seen.append(by[seen[-1]])
        last = by.get(seen[-1], "")
        if seen[-1] not in done and last in seen:
            circle = [*seen[seen.index(last) :], last]
            what = f"attributes that wait for each other: {chain(circle)}"
            yield Finding("BP358", ("cases", "attributes", circle[-2], "by"), what, "Draw one of them by itself.")
        done.update(seen)


def meetings(process: Process) -> Iterator[Finding]:
    """Concurrent branches do not write one attribute, or write and read it: what came first would be chance."""
    found = enclosed(process)
    if found is None:
        return
    readers = _readers(process)
    for attribute, writers in _writers(process).items():
        for i, one in enumerate(writers):
            others = [(other, "assigns") for other in writers[i + 1 :]]
            others += [(other, "reads") for other in readers[attribute] if other not in writers[: i + 1]]
            meeting = next((pair for pair in others if found.concurrent(one, pair[0])), None)
            if meeting:
                split = found.concurrent(one, meeting[0])
                what = f"{one} assigns {attribute} while {meeting[0]} {meeting[1]} it, in another branch of {split}"
                hint = f"Assign it before {split}, or after the branches have met."
                yield Finding("BP351", ("flow", one, "assign", attribute), what, hint, key=True)


def _writers(process: Process) -> dict[str, list[str]]:
    """Give the nodes that assign each attribute."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, node in process.flow.items():
        for attribute in (*node.assign, *(node.returns if isinstance(node, flow.Call) else ())):
            found[attribute].append(name)
    return found


def _readers(process: Process) -> defaultdict[str, list[str]]:
    """Give the nodes that read each attribute."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for reading in readings(process):
        for attribute in reading.expression.names() if reading.node else ():
            found[attribute].append(reading.node)
    for choosing in choosings(process):
        if choosing.node:
            found[choosing.by].append(choosing.node)
    return found


CHECKS: tuple[Check, ...] = (
    expressions,
    assignments,
    choices,
    kept_constant,
    circular_choices,
    meetings,
)
