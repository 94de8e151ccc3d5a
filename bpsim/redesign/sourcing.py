"""The operator on where data come from: a registry, a buffer or a trusted party instead of the client."""

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

from pydantic import Field

from bpsim.model import flow
from bpsim.model.findings import listed
from bpsim.model.process import Process
from bpsim.model.written import Probability
from bpsim.redesign import edits, references
from bpsim.redesign.change import Change, Footprint, Trouble, kind_of, no_such, percent

#: Who answers, and how that is said.
ANSWERS = {
    "registry": (flow.SYSTEM, "looked up in a registry"),
    "buffer": (flow.SYSTEM, "taken from a copy that is kept up to date"),
    "trusted_party": (flow.EXTERNAL, "asked of a trusted party"),
}


class Source(Change):
    """Take data from a registry, a buffer or a trusted party instead of from the client (or a third party).

    `replaces` is the task that brings them, or a document. What is not found comes as before, or by the fallback.
    """

    operator: ClassVar[str] = "source"
    replaces: str = Field(description="The task that brings the data, or a document of `items`.")
    origin: Literal["registry", "buffer", "trusted_party"] = Field(alias="from", description="Who has the data.")
    hit: Probability = Field(1.0, description="The share of the cases in which they are found there.")
    latency: flow.Duration | None = Field(None, description="How long the answer takes; at once when left out.")
    stale: Probability = Field(0.0, description="How many of the answers are out of date: an error of the case.")
    fallback: str = Field("", description="The node that gets what is not found; it comes as before when left out.")

    def describe(self) -> str:
        """Say what the change does."""
        share = "" if self.hit == 1 else f" in {percent(self.hit)} of the cases"
        return f"{self.replaces} is {ANSWERS[self.origin][1]}{share}"

    def makes(self) -> tuple[str, ...]:
        """Name the nodes that the change adds to the flow."""
        return tuple(f"{self.replaces}_{part}" for part in ("lookup", "found", "filled"))

    def check(self, process: Process) -> list[Trouble]:
        """Find everything that forbids the change in this process."""
        troubles = self._named(process)
        if self.hit == 0:
            troubles.append(Trouble("BP611", ("hit",), "nothing is found", "Write a share above 0%."))
        if self.origin == "trusted_party" and self.latency is None:
            hint = "Write how long the trusted party takes."
            troubles.append(Trouble("BP103", ("latency",), "missing", hint))
        if self.fallback and self.hit == 1:
            what = "everything is found, nothing needs a fallback"
            troubles.append(Trouble("BP612", ("fallback",), what, "Write a hit below 100%, or leave it out."))
        if self.fallback and self.fallback not in process.flow:
            troubles.append(no_such("node", self.fallback, ("fallback",), process.flow))
        return troubles or self._needed(process)

    def _named(self, process: Process) -> list[Trouble]:
        """Find what is wrong with what is to be replaced."""
        name = self.replaces
        if name in process.flow:
            node = process.flow[name]
            if not _outside(node):
                what = f"{name} is {kind_of(process, node)}, not a task of the client or a third party"
                return [Trouble("BP605", ("replaces",), what, "Name the task that brings the data, or a document.")]
            if brought(process, name):
                return []
            what = f"{name} brings nothing that is declared"
            hint = f"Say what it brings: items: {{paper: {{from: client}}}}, and produces: paper at {name}."
            return [Trouble("BP685", ("replaces",), what, hint)]
        if name not in process.items:
            return [no_such("task or document", name, ("replaces",), {*process.tasks(), *process.items})]
        return self._document(process)

    def _document(self, process: Process) -> list[Trouble]:
        name = self.replaces
        source, bringers = process.items[name].source, _bringers(process, name)
        if source == "registry":
            what = f"{name} is in a registry already"
            return [Trouble("BP611", ("replaces",), what, "Leave the change out.")]
        if source in process.flow and source not in bringers:
            what = f"{name} is made by {source}: {kind_of(process, process.flow[source])}"
            hint = "Only what the client or a third party brings can come from elsewhere."
            return [Trouble("BP686", ("replaces",), what, hint)]
        if len(bringers) > 1:
            what = f"{listed(bringers)} bring {name}"
            return [Trouble("BP612", ("replaces",), what, "Name the task that is to be replaced.")]
        if bringers and self.hit < 1 and not self.fallback and not self._task(process):
            what = f"{bringers[0]} brings {name} together with other documents"
            hint = f"Replace {bringers[0]}, or say who brings what is not found: fallback: NODE."
            return [Trouble("BP612", ("hit",), what, hint)]
        return []

    def _task(self, process: Process) -> str:
        """Name the task that is replaced; empty for a document that comes with the application, or with others."""
        if self.replaces in process.flow:
            return self.replaces
        bringers = _bringers(process, self.replaces)
        return bringers[0] if bringers and brought(process, bringers[0]) == [self.replaces] else ""

    def _needed(self, process: Process) -> list[Trouble]:
        """Find what needs the client, or one node that every case completes."""
        name = self._task(process)
        if not name:
            return []
        trips = [owner for owner, task in process.tasks().items() if task.visit == name and self.hit == 1]
        clocks = [key for key, clock in process.cases.clocks.items() if clock.start == name and self.hit < 1]
        hint = "Take `visit` out there first."
        found = [Trouble("BP607", ("replaces",), f"{owner} shares a trip with {name}", hint) for owner in trips]
        for key in clocks:
            what = f"the clock {key} starts with {name}, which now has two ways"
            found.append(Trouble("BP607", ("replaces",), what, "Let it start with another node."))
        return found

    def footprint(self, process: Process) -> Footprint:
        """Name what the change reads and writes."""
        keys = ("produces", "visit", "performer")
        reads = {f"flow.{name}.{key}" for name in process.flow for key in keys} | {"items", "cases.clocks"}
        name = self._task(process)
        writes = edits.written(process, self.changed(process)) | ({f"flow.{name}"} if name else set())
        return Footprint(frozenset(reads), writes)

    def changed(self, process: Process) -> Process:
        """Make the changed process."""
        name = self._task(process)
        if name:
            return self._replaced(process, name) if self.hit == 1 else self._before(process, name)
        return self._at_the_start(process)

    # -- a task --------------------------------------------------------------------------------------------------------

    def _answer(self, title: str, **fields: Any) -> flow.Task:  # noqa: ANN401 - fields of a task
        """Make the task that asks whoever has the data."""
        performer, words = ANSWERS[self.origin]
        usual = {"title": f"{title}: {words}", "performer": (performer,), "duration": self.latency or flow.Duration()}
        return flow.Task(**{**usual, **fields})

    def _replaced(self, process: Process, name: str) -> Process:
        """Let the answer stand where the task stood."""
        task = process.tasks()[name]
        own = [item for item in brought(process, name) if _bringers(process, item) == [name]]
        process, after = landing(process, name)
        answer = self._answer(
            task.title or name,
            was=task.was,
            next=(flow.Branch(to=after),),
            assign=task.assign,
            legal=task.legal,
            produces=tuple(item for item in task.produces if item not in own),
            must_precede=task.must_precede,
            introduces_error=self.stale,
        )
        clocks = {
            key: clock.model_copy(update={"stops_while": tuple(n for n in clock.stops_while if n != name)})
            for key, clock in process.cases.clocks.items()
        }
        items = {
            key: one.model_copy(update={"source": name}) if key in own else one for key, one in process.items.items()
        }
        evidence = {path: said for path, said in process.evidence.items() if not path.startswith(f"flow.{name}.")}
        cases = process.cases.model_copy(update={"clocks": clocks})
        process = process.model_copy(update={"evidence": evidence, "items": items, "cases": cases})
        return edits.prune(edits.with_nodes(process, {**process.flow, name: answer}))

    def _before(self, process: Process, name: str) -> Process:
        """Ask before the task; what is found goes on after it."""
        task, lineage = process.tasks()[name], process.lineage(name)
        process, after = landing(process, name)
        filled = edits.free_name(process, f"{name}_filled")
        done = self._answer(
            task.title or name,
            was=lineage,
            performer=(flow.SYSTEM,),
            duration=flow.Duration(),
            next=(flow.Branch(to=after),),
            assign=task.assign,
            produces=tuple(dict.fromkeys((*task.produces, *brought(process, name)))),
            must_precede=task.must_precede,
            introduces_error=self.stale,
        )
        made = self._asked(process, name, filled, self.fallback or name)
        again = [origin for origin in edits.sources(process, name) if origin == f"{name}_complete"]
        process = edits.redirect(process, name, next(iter(made)), leave=again)
        process = edits.with_nodes(process, {**process.flow, **made, filled: done})
        if self.fallback in ("", name):
            return references.also_completed(process, name, filled)
        if task.legal:
            process = edits.set_node(process, filled, legal=True)
        return _made_by(edits.prune(references.renamed(process, name, filled)), done.produces, filled)

    def _asked(self, process: Process, name: str, filled: str, other: str) -> dict[str, flow.Node]:
        """Make the question, and the gateway that asks whether the data were found."""
        lookup, found = (edits.free_name(process, f"{name}_{part}") for part in ("lookup", "found"))
        title = (process.flow[name].title if name in process.flow else process.items[name].title) or name
        question = self._answer(title, next=(flow.Branch(to=found),))
        return {lookup: question, found: edits.choice(self.hit, filled, other, f"{title}: found?")}

    # -- a document ----------------------------------------------------------------------------------------------------

    def _at_the_start(self, process: Process) -> Process:
        """Ask as soon as the case is there: the document came with the application, or together with others."""
        name = self.replaces
        for bringer in (bringer for bringer in _bringers(process, name) if bringer != self.fallback):
            task = process.tasks()[bringer]
            left = tuple(item for item in task.produces if item != name)
            process = edits.set_node(process, bringer, produces=left, documents=max(task.documents - 1, 0))
        title = process.items[name].title or name
        if self.hit == 1 and self.latency is None and not self.stale:
            return _from(process, name, "registry")
        start = process.start()
        after = process.flow[start].next[0].to
        filled = edits.free_name(process, f"{name}_{'lookup' if self.hit == 1 else 'filled'}")
        way = (flow.Branch(to=after),)
        if self.hit == 1:
            answer = self._answer(title, next=way, introduces_error=self.stale)
            process = _from(edits.set_node(process, start, next=(flow.Branch(to=filled),)), name, filled)
            return edits.with_nodes(process, {**process.flow, filled: answer})
        by_client = edits.free_name(process, f"{name}_by_client")
        made = self._asked(process, name, filled, self.fallback or by_client)
        made[filled] = self._answer(
            title,
            performer=(flow.SYSTEM,),
            duration=flow.Duration(),
            next=way,
            produces=(name,),
            introduces_error=self.stale,
        )
        if not self.fallback:
            made[by_client] = flow.Task(title=f"{title}: brought", performer=(flow.CLIENT,), next=way, produces=(name,))
        process = edits.set_node(process, start, next=(flow.Branch(to=next(iter(made))),))
        return _made_by(edits.with_nodes(process, {**process.flow, **made}), (name,), filled)


def _outside(node: flow.Node) -> bool:
    return isinstance(node, flow.Task) and node.performer[0] in (flow.CLIENT, flow.EXTERNAL)


def brought(process: Process, name: str) -> list[str]:
    """Name the declared documents that a task of the client or a third party brings."""
    produced = process.tasks()[name].produces
    return [item for item, one in process.items.items() if item in produced or one.source == name]


def _bringers(process: Process, item: str) -> list[str]:
    """Name the tasks of the client or a third party that bring a document."""
    return [name for name, task in process.tasks().items() if _outside(task) and item in brought(process, name)]


def _made_by(process: Process, items: Iterable[str], task: str) -> Process:
    """Let documents that nobody brings any more come from a task."""
    for item in items:
        if not _bringers(process, item):
            process = _from(process, item, task)
    return process


def _from(process: Process, item: str, source: str) -> Process:
    items = {**process.items, item: process.items[item].model_copy(update={"source": source})}
    return process.model_copy(update={"items": items})


def landing(process: Process, name: str) -> tuple[Process, str]:
    """Name the node where a case goes on after a complete answer, and let further flows come in there."""
    gate = process.flow[name].next[0].to
    node = process.flow[gate]
    if gate != f"{name}_complete" or not isinstance(node, flow.Exclusive):
        return edits.merged_before(process, name)
    target = node.next[-1].to
    if not isinstance(process.flow[target], flow.Parallel | flow.Inclusive):
        return process, target
    merge = edits.free_name(process, f"after_{name}")
    process = edits.set_node(process, gate, next=(*node.next[:-1], node.next[-1].model_copy(update={"to": merge})))
    return edits.with_nodes(process, {**process.flow, merge: flow.Exclusive(next=(flow.Branch(to=target),))}), merge
