"""Checks of what clients do and are asked for: patience, groups, letters, visits; documents, and the order of tasks."""

from collections.abc import Iterator

from bpsim.errors import did_you_mean
from bpsim.model import flow
from bpsim.model.attributes import patiences, types, values
from bpsim.model.client import CHASES, SOURCES, Client, ShareBy
from bpsim.model.demand import SHARE_TOLERANCE, Choice, share_for
from bpsim.model.documents import made_by, there_before
from bpsim.model.findings import Check, Finding, Path, chain, listed
from bpsim.model.flow_checks import enclosed, whole
from bpsim.model.graph import flows, reachable
from bpsim.model.process import Process
from bpsim.model.written import known_reference
from bpsim.values.distributions import Distribution
from bpsim.values.durations import MINUTE


def reneging(process: Process) -> Iterator[Finding]:
    """Only work that is waited for in a queue has a patience, and not in batches."""
    for name, task in process.tasks().items():
        path: Path = ("flow", name, "reneges_after")
        if task.reneges_after is None:
            continue
        if not task.by_people():
            what = f"nobody waits in a queue for work of {task.performer[0]}"
            yield Finding("BP460", path, what, "Write a timeout, or let a role do it.", key=True)
        elif task.batch:
            what = "the items of a batch are done together: none of them leaves before"
            yield Finding("BP461", path, what, "Leave out the batch, or reneges_after.", key=True)


def patience(process: Process) -> Iterator[Finding]:
    """Clients wait for some time before they withdraw, leave or ask."""
    for path, _, duration in patiences(process):
        draws = [draw for draw in duration.draws() if isinstance(draw, Distribution)]
        if len(draws) == len(duration.draws()) and all(draw.is_constant() and draw.mean() == 0 for draw in draws):
            yield Finding("BP473", path, "no time at all", "Write how long, such as 30d, or leave it out.")
    client = process.cases.client
    yield from _too_often(client)
    work = client.chases.work if client.chases else None
    for i, performer in enumerate(work.performer if work else ()):
        if performer in (flow.CLIENT, flow.EXTERNAL):
            path = ("cases", "client", CHASES, "work", "performer", i)
            what = f"the {performer} does not answer questions about the state"
            yield Finding("BP421", path, what, "Name a department.role, or system.")


def _too_often(client: Client) -> Iterator[Finding]:
    """Nobody asks every few seconds: that would be a slip of the unit, and no end of questions."""
    draws = client.chases.every.draws() if client.chases else ()
    means = [draw.mean() for draw in draws if isinstance(draw, Distribution)]
    if means and 0 < min(means) < MINUTE:
        what = f"clients ask every {min(means) / 1000:.3g} s"
        yield Finding(
            "BP473", ("cases", "client", CHASES, "every"), what, "Look at the unit: write one minute or more."
        )


def groups(process: Process) -> Iterator[Finding]:
    """The groups of clients are the values of an attribute that has few."""
    name = process.cases.client.groups
    if not name:
        return
    kinds, path = types(process), ("cases", "client", "groups")
    if name not in kinds:
        hint = did_you_mean(name, kinds) or "Define it under cases.attributes."
        yield Finding("BP467", path, f"undefined attribute {name}", hint)
    elif values(process, name) is None:
        what = f"{name} can be any number: that makes no groups"
        yield Finding("BP467", path, what, "Define an attribute of words, or of true and false, and name it here.")


def channel_shares(process: Process) -> Iterator[Finding]:
    """Shares of channels depend on one attribute, which does not depend on the channel."""
    by = {name: channel.share.by for name, channel in process.channels.items() if isinstance(channel.share, ShareBy)}
    names = sorted(set(by.values()))
    if len(names) > 1:
        last = list(by)[-1]
        what = f"the shares of channels depend on {listed(names)}"
        yield Finding("BP471", ("channels", last, "share", "by"), what, "Choose by one attribute in all channels.")
        return
    first = [(("channels", next(iter(by)), "share", "by"), names[0])] if names else []
    for path, name in (*first, *_shifted_by(process)):
        here = [name]
        attributes = process.cases.attributes
        while isinstance(attribute := attributes.get(here[-1]), Choice) and attribute.by not in here:
            here = [*here, attribute.by]
        if here[1:] and here[-1] == "channel":
            what = f"the channel depends on {name}, which depends on the channel: {chain(['channel', *here])}"
            yield Finding("BP472", path, what, "Draw one of them by itself.")


def _shifted_by(process: Process) -> Iterator[tuple[Path, str]]:
    """Give the attributes that decide who comes by another channel, with their places."""
    for name, channel in process.channels.items():
        for i, shift in enumerate(channel.shift):
            if isinstance(shift.share, ShareBy):
                yield ("channels", name, "shift", i, "share", "by"), shift.share.by


def shifts(process: Process) -> Iterator[Finding]:
    """Who comes by another channel instead: there is one, and no more come than there are."""
    for name, channel in process.channels.items():
        for i, shift in enumerate(channel.shift):
            path = ("channels", name, "shift", i, "to")
            if shift.to not in process.channels:
                hint = known_reference(shift.to, process.channels)
                yield Finding("BP478", path, f"there is no channel {shift.to}", hint)
        words = {value for s in channel.shift if isinstance(s.share, ShareBy) for value in s.share.of} or {""}
        most = max(sum(share_for(s.share, word) for s in channel.shift) for word in words)
        if most > 1 + SHARE_TOLERANCE:
            what = f"{most * 100:.6g} % of those who would come by {name} come by another channel"
            yield Finding("BP479", ("channels", name, "shift"), what, "Let the shares sum to 100 % at most.")


def short_forms(process: Process) -> Iterator[Finding]:
    """What is written in short can be written out; only clients misunderstand letters."""
    for name, task in process.tasks().items():
        for key, share in _short(task):
            path: Path = ("flow", name, key)
            if key == "clarity" and task.performer[0] != flow.CLIENT:
                what = f"clarity on a task of {task.performer[0]}"
                yield Finding(
                    "BP468", path, what, "Only an answer of the client is incomplete: name it there.", key=True
                )
                continue
            missing = _unsaid(process, share)
            if missing:
                field = "incomplete" if key == "clarity" else "share"
                what = f"nothing is said for {missing}"
                yield Finding("BP356", (*path, field, "of"), what, "Add `else`.", key=True)


def _short(task: flow.Task) -> Iterator[tuple[str, float | ShareBy]]:
    if task.misrouting:
        yield "misrouting", task.misrouting.share
    if task.clarity:
        yield "clarity", task.clarity.incomplete


def _unsaid(process: Process, share: float | ShareBy) -> str:
    """Say for which values a choice says nothing."""
    if not isinstance(share, ShareBy) or "else" in share.of:
        return ""
    known = share.by in types(process)
    possible = tuple(process.channels) if share.by == "channel" else values(process, share.by) if known else None
    if possible is None:
        return f"other values of {share.by}"
    missing = [value for value in possible if value not in share.of]
    return f"{share.by} = {listed(missing, 'or')}" if missing else ""


def visits(process: Process) -> Iterator[Finding]:
    """One trip serves two contacts, of two tasks."""
    tasks = process.tasks()
    for name, task in tasks.items():
        other, path = task.visit, ("flow", name, "visit")
        if not other:
            continue
        if other not in tasks:
            yield Finding("BP470", path, f"there is no task {other}", known_reference(other, tasks))
        elif other == name:
            yield Finding("BP470", path, "a visit with itself", "Name another task, or leave it out.")
        elif not task.contact or not tasks[other].contact:
            which = other if task.contact else name
            what = f"{which} has no contact with the client: there is no trip"
            yield Finding("BP470", path, what, f"Give {which} a contact, or leave `visit` out.")


# -- documents and order ---------------------------------------------------------------------------------------------


def sources(process: Process) -> Iterator[Finding]:
    """Every document comes from somewhere, exists where it is named, and is needed by somebody."""
    tasks = process.tasks()
    for name, item in process.items.items():
        if item.source not in SOURCES and item.source not in tasks:
            hint = known_reference(item.source, {**tasks, **dict.fromkeys(SOURCES)})
            yield Finding("BP465", ("items", name, "from"), f"there is no task {item.source}", hint)
        if not any(name in task.needs for task in tasks.values()):
            what = f"no task needs {name}"
            yield Finding("BP466", ("items", name), what, "Let a task need it, or take it out.", key=True)
    for name, task in tasks.items():
        for key, named in (("needs", task.needs), ("produces", task.produces)):
            for i, document in enumerate(named):
                if document not in process.items:
                    hint = (
                        did_you_mean(document, process.items) or f"Define it: items: {{{document}: {{from: client}}}}."
                    )
                    yield Finding("BP462", ("flow", name, key, i), f"there is no item {document}", hint)


def needs(process: Process) -> Iterator[Finding]:
    """On every way to a task, what it needs is there."""
    if not whole(process):
        return
    made, here = made_by(process), there_before(process)
    for name, task in process.tasks().items():
        for i, document in enumerate(task.needs):
            item = process.items.get(document)
            sourced = item and (item.source in SOURCES or item.source in process.flow)
            if not sourced or name not in here or document in here[name]:
                continue
            makers = [maker for maker in made if document in made[maker]]
            what = f"{document} is not there on every way to {name}"
            hint = f"It comes from {listed(makers, 'or')}: lead every way through it." if makers else ""
            if not makers or makers == [name]:
                what, hint = f"nothing brings {document} before {name}", "Let a task before it produce it."
            yield Finding("BP463", ("flow", name, "needs", i), what, hint)


def order(process: Process) -> Iterator[Finding]:
    """A task that must precede another is never passed after it for the first time, nor beside it."""
    if not whole(process):
        return
    tasks, found, start = process.tasks(), flows(process), process.start()
    places = enclosed(process)
    for name, task in tasks.items():
        for i, other in enumerate(task.must_precede):
            path: Path = ("flow", name, "must_precede", i)
            if other not in tasks or other == name:
                what = f"there is no task {other}" if other != name else "a task before itself"
                hint = known_reference(other, tasks) if other != name else "Name another task, or leave it out."
                yield Finding("BP464", path, what, hint)
                continue
            split = places.concurrent(name, other) if places else ""
            if split:
                what = f"{name} must come before {other}, and is in another branch of {split}"
                yield Finding("BP464", path, what, f"Put {other} after {name}.")
            elif other in reachable(found, [start], avoiding=name) and name in reachable(found, found[other]):
                what = f"{name} must come before {other}, but there is a way on which it comes after it"
                yield Finding("BP464", path, what, f"Lead every way that passes {name} through it first.")


CHECKS: tuple[Check, ...] = (
    reneging,
    patience,
    groups,
    channel_shares,
    shifts,
    short_forms,
    visits,
    sources,
    needs,
    order,
)
