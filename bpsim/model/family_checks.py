"""Checks of several processes in a run: what is called, handed over and given back, messages, bundles and triggers."""

from collections.abc import Iterator

from bpsim.errors import Mistake
from bpsim.model import flow
from bpsim.model.attributes import categories, types
from bpsim.model.findings import Check, Finding, Path, chain, listed
from bpsim.model.process import Process
from bpsim.model.written import known_reference
from bpsim.values.conditions import Expression

#: A call begins at most so many cases.
MOST_INSTANCES = 1000
#: What may come back of an attribute, and what the attribute must hold.
_GATHERED = {"sum": "number", "min": "number", "max": "number", "any": "truth", "all": "truth"}
_HOLDS = {"truth": "true or false", "number": "a number", "text": "a word"}


def place(name: str, *path: str | int) -> Path:
    """Give a path in one of the processes of a run."""
    return ("others", name, *path) if name else path


def _calls(process: Process) -> Iterator[tuple[str, Process, str, flow.Call]]:
    """Give every call: the name of the process that it stands in (empty for the main one), that process, its node."""
    for name, one in process.every().items():
        yield from ((name, one, node, call) for node, call in one.flow.items() if isinstance(call, flow.Call))


def called(process: Process) -> Iterator[Finding]:
    """Every process that is called exists, and none calls itself by way of others."""
    known = {process.process, *process.others}
    for name, _, node, call in _calls(process):
        if call.process not in known:
            hint = known_reference(call.process, known) if process.others else ""
            hint = hint or f"Name its file under uses: [{call.process}.yaml]."
            yield Finding("BP370", place(name, "flow", node, "process"), f"there is no process {call.process}", hint)
    edges: dict[str, list[tuple[str, str]]] = {}
    for name, _, node, call in _calls(process):
        edges.setdefault(name, []).append((node, process.key(call.process)))
    yield from _rounds(process, edges)


def _rounds(process: Process, edges: dict[str, list[tuple[str, str]]]) -> Iterator[Finding]:
    done: set[str] = set()

    def follow(way: list[str], node: str) -> Iterator[Finding]:
        here = way[-1]
        if here in way[:-1]:
            circle = way[way.index(here) :]
            if not done & set(circle):
                done.update(circle)
                told = chain(process.called(name) for name in circle)
                what = f"processes that call each other: {told}"
                path = place(circle[-2], "flow", node, "process")
                yield Finding("BP371", path, what, "A case would begin cases without end: take a call out.")
            return
        for next_node, target in edges.get(here, ()):
            yield from follow([*way, target], next_node)

    for name in process.every():
        yield from follow([name], "")


def instances(process: Process) -> Iterator[Finding]:
    """A number of cases begins, and only those that are waited for begin one after another and give something back."""
    for name, one, node, call in _calls(process):
        path = place(name, "flow", node)
        if isinstance(call.instances, Expression):
            value, kind = call.instances.constant(), _kind(call.instances, one)
        else:
            value, kind = (call.instances.mean() if call.instances.is_constant() else None), "number"
        if kind not in {"", "number"}:
            what = f"`{call.instances}` is no number of cases"
            yield Finding("BP374", (*path, "instances"), what, "Write a number, a distribution or an expression.")
        elif isinstance(value, int | float) and not 0 <= value <= MOST_INSTANCES:
            what = f"{value:g} cases cannot begin"
            yield Finding("BP374", (*path, "instances"), what, f"Write a number from 0 to {MOST_INSTANCES:,}.")
        if call.order == "sequential" and not call.wait:
            what = "one after another, but nobody waits for the first"
            yield Finding("BP374", (*path, "order"), what, "Leave out wait: false, or order.")
        if call.returns and not call.wait:
            what = "nothing comes back from cases that nobody waits for"
            yield Finding("BP373", (*path, "returns"), what, "Leave out wait: false, or returns.", key=True)


def _kind(value: Expression, process: Process) -> str:
    """Say what an expression results in; empty when it is wrong in itself, which is told elsewhere."""
    try:
        return value.check(types(process), categories(process))
    except Mistake:
        return ""


# -- what is handed over and given back ------------------------------------------------------------------------------


def handed(process: Process) -> Iterator[Finding]:
    """What is handed over is an attribute there, and can be held by it."""
    known = {process.process, *process.others}
    for name, one, node, call in _calls(process):
        if call.process in known:
            target = process.every()[process.key(call.process)]
            for attribute, value in call.hands.items():
                path = place(name, "flow", node, "with", attribute)
                yield from _handed(path, value, one, attribute, {call.process: target})
    receivers = _receivers(process)
    for name, one in process.every().items():
        for node, send in one.flow.items():
            if isinstance(send, flow.Send):
                there = receivers.get(send.message, {})
                for attribute, value in send.hands.items():
                    path = place(name, "flow", node, "with", attribute)
                    yield from _handed(path, value, one, attribute, there)


def _handed(
    path: Path, value: Expression, one: Process, attribute: str, targets: dict[str, Process]
) -> Iterator[Finding]:
    having = {name: target for name, target in targets.items() if attribute in target.cases.attributes}
    if targets and not having:
        every = {name for target in targets.values() for name in target.cases.attributes}
        hint = known_reference(attribute, every) or f"Define it there under cases.attributes: {attribute}: 0."
        what = f"{listed(targets, 'or')} has no attribute {attribute}"
        yield Finding("BP372", path, what, hint, key=True)
    kind = _kind(value, one)
    for name, target in having.items():
        wanted = types(target)[attribute]
        if kind and kind != wanted:
            what = f"{attribute} of {name} holds {_HOLDS[wanted]}, and gets {_HOLDS.get(kind, 'a duration')}"
            yield Finding("BP372", path, what, "Hand over an expression of that kind.")
            continue
        words = set(_words(value, one)) - set(categories(target).get(attribute, ())) if wanted == "text" else set()
        if kind and words:
            what = f"{attribute} of {name} is never {listed(sorted(words), 'or')}"
            yield Finding("BP372", path, what, f"Give it a share there: {attribute}: {{{min(words)}: 0%, ...}}.")


def _words(value: Expression, one: Process) -> tuple[str, ...]:
    """Give the words that an expression can result in, where it is plain: a word, or an attribute."""
    constant = value.constant()
    if isinstance(constant, str):
        return (constant,)
    return categories(one).get(value.text.strip(), ())


def returned(process: Process) -> Iterator[Finding]:
    """What comes back is there, and can be held here."""
    known = {process.process, *process.others}
    for name, one, node, call in _calls(process):
        if call.process not in known:
            continue
        target = process.every()[process.key(call.process)]
        for mine, written in call.returns.items():
            path = place(name, "flow", node, "returns", mine)
            if mine not in one.cases.attributes:
                hint = known_reference(mine, one.cases.attributes) or f"Define it under cases.attributes: {mine}: 0."
                yield Finding("BP373", path, f"there is no attribute {mine} to return to", hint, key=True)
            else:
                yield from _returned(path, types(one)[mine], written, call.process, target)


def _returned(path: Path, held: str, written: str, name: str, target: Process) -> Iterator[Finding]:
    way, theirs = flow.read_return(written)
    kinds = types(target)
    ends = {node.outcome for node in target.flow.values() if isinstance(node, flow.End)}
    if way == "count":
        if theirs not in ends:
            hint = known_reference(theirs, ends)
            yield Finding("BP373", path, f"no case of {name} ends with the outcome {theirs}", hint)
        kind = "number"
    elif way == "outcome":
        kind = "text"
    elif theirs not in kinds:
        hint = known_reference(theirs, {*kinds, "outcome"})
        yield Finding("BP373", path, f"{name} has no attribute {theirs}", hint)
        return
    else:
        kind = kinds[theirs]
        if way in _GATHERED and kind != _GATHERED[way]:
            what = f"{way} of {theirs}, which holds {_HOLDS[kind]}"
            yield Finding("BP373", path, what, f"It wants {_HOLDS[_GATHERED[way]]}.")
            return
    if kind != held:
        what = f"it holds {_HOLDS[held]}, and gets {_HOLDS[kind]}"
        yield Finding("BP373", path, what, "Let an attribute of that kind take it.")


# -- messages --------------------------------------------------------------------------------------------------------


def _receivers(process: Process) -> dict[str, dict[str, Process]]:
    """Give the processes that receive each message, by their names."""
    found: dict[str, dict[str, Process]] = {}
    for name, one in process.every().items():
        for node in one.flow.values():
            if isinstance(node, flow.Receive):
                found.setdefault(node.message, {})[process.called(name)] = one
    return found


def messages(process: Process) -> Iterator[Finding]:
    """Whoever waits for a message is sent one, and whoever sends one is heard."""
    nodes = [(name, key, node) for name, one in process.every().items() for key, node in one.flow.items()]
    sent = {node.message for _, _, node in nodes if isinstance(node, flow.Send)}
    received = {node.message for _, _, node in nodes if isinstance(node, flow.Receive)}
    for name, key, node in nodes:
        path = place(name, "flow", key, "message")
        if isinstance(node, flow.Receive) and node.message not in sent:
            hint = known_reference(node.message, sent) or f"Add a node {{type: send, message: {node.message}}}."
            yield Finding("BP375", path, f"nobody sends {node.message}: whoever waits for it waits for ever", hint)
        elif isinstance(node, flow.Send) and node.message not in received:
            hint = known_reference(node.message, received) or "Let a node of type: receive wait for it, or take it out."
            yield Finding("BP376", path, f"nobody receives {node.message}", hint)


# -- how cases begin -------------------------------------------------------------------------------------------------


def entries(process: Process) -> Iterator[Finding]:
    """Every process of a run gets cases, in one way; bundles and triggers could be written out."""
    wanted = {process.key(call.process) for *_, call in _calls(process)}
    for name, one in process.every().items():
        path = place(name, "cases")
        cases = one.cases
        arrive = cases.arrivals.at_most != 0
        if name and name not in wanted and not arrive and cases.trigger is None:
            what = f"nobody calls {name}: no case of it ever begins"
            yield Finding("BP379", place(name), what, "Call it, give it arrivals, or take it out.", key=True)
        if cases.entry == "called" and arrive:
            what = f"cases of {process.called(name)} are called, and arrive as well"
            yield Finding("BP383", (*path, "entry"), what, "Leave out entry, or arrivals.")
        if cases.trigger is not None and cases.trigger.event:
            yield _no_event(process, (*path, "trigger", "event"), cases.trigger.event)
        if cases.bundle is not None:
            what = "a bundle makes the flow itself"
            yield Finding("BP382", (*path, "bundle"), what, "Leave out the flow, or the bundle.", key=True)


def _no_event(process: Process, path: Path, event: str) -> Finding:
    origin, _, node = event.rpartition("/")
    name = process.key(origin) if origin else ""
    if origin and origin not in {process.process, *process.others}:
        hint = known_reference(origin, {process.process, *process.others})
        return Finding("BP380", path, f"there is no process {origin}", hint)
    nodes = process.every()[name].flow
    if node not in nodes:
        return Finding("BP380", path, f"there is no node {event}", known_reference(node, nodes))
    what = f"{event} is a gateway: nothing happens there"
    return Finding("BP380", path, what, "Name a start, a task, a timer, a call or an end.")


def names(process: Process) -> Iterator[Finding]:
    """Processes have names of their own, and channels of one name are one channel."""
    if process.process in process.others:
        what = f"two processes are called {process.process}"
        yield Finding("BP385", ("others", process.process), what, "Give one of them another name.", key=True)
    known = dict(process.channels)
    for name, other in sorted(process.others.items()):
        for key, channel in other.channels.items():
            first = known.setdefault(key, channel)
            if first.model_copy(update={"share": 0.0}) != channel.model_copy(update={"share": 0.0}):
                what = f"the channel {key} of {name} is not as that of another process"
                hint = "Channels of one name differ only by their shares: give it another name."
                yield Finding("BP381", ("others", name, "channels", key), what, hint, key=True)


CHECKS: tuple[Check, ...] = (called, instances, handed, returned, messages, entries, names)
