"""Operators on information and technology: what systems do instead of people, and how cases travel."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from pydantic import Field

from bpsim.model import flow
from bpsim.model.findings import listed
from bpsim.model.organisation import Transfer
from bpsim.model.process import Process
from bpsim.model.written import Chance, Delay, Number, Probability
from bpsim.redesign import edits, references
from bpsim.redesign.change import Change, Footprint, Trouble, no_such, not_by_people, percent
from bpsim.redesign.scaling import longer

#: The entries of `transfers` that are no pairs.
GENERAL = ("default", "between_bodies", "within")


class Automate(Change):
    """Let a system do tasks, for a share of the cases and but for those that it gives back; or carry cases.

    What the system does not do (or gives back: `fallout`) goes to the people as before, with the luck that it had.
    """

    operator: ClassVar[str] = "automate"
    tasks: tuple[str, ...] = Field((), description="The tasks.")
    transfers: dict[str, Delay] = Field({}, description="Or transfers, `a -> b: DELAY`, that become electronic.")
    share: Probability = Field(1.0, description="The share of the cases that the system tries.")
    duration: flow.Duration = Field(flow.Duration(), description="How long the system takes.")
    fallout: Probability = Field(0.0, description="The share of what it tries that it gives back to the people.")
    residual_factor: Number = Field(1.0, description="So many times as long the people take for what is left to them.")

    error: Chance = Field(None, description="How often the system does it wrong; as often as people when left out.")

    def describe(self) -> str:
        """Say what the change does."""
        if not self.tasks:
            return f"transfers become electronic: {listed(self.transfers)}"
        share = "" if self.share == 1 else f" in {percent(self.share)} of the cases"
        back = f", which gives {percent(self.fallout)} of them back" if self.fallout else ""
        return f"a system does {listed(self.tasks)}{share}{back}"

    def makes(self) -> tuple[str, ...]:
        """Name the tasks of the system."""
        return () if self._wholly() else tuple(f"{name}_by_system" for name in self.tasks)

    def _wholly(self) -> bool:
        return self.share == 1 and not self.fallout

    def check(self, process: Process) -> list[Trouble]:
        """Find everything that forbids the change in this process."""
        if bool(self.tasks) == bool(self.transfers):
            what = "tasks and transfers at once" if self.tasks else "neither tasks nor transfers"
            return [Trouble("BP612", (), what, "Write one of the two.")]
        if self.transfers:
            return self._ways(process)
        troubles = [t for i, name in enumerate(self.tasks) for t in not_by_people(process, name, ("tasks", i))]
        if self.share == 0:
            troubles.append(Trouble("BP611", ("share",), "no case is tried", "Write a share above 0%."))
        if self.residual_factor < 0:
            what = f"{self.residual_factor:g} is negative"
            troubles.append(Trouble("BP502", ("residual_factor",), what, "Write zero or more."))
        if self._wholly() and self.residual_factor != 1:
            what = "nothing is left to the people that could take longer"
            troubles.append(
                Trouble("BP612", ("residual_factor",), what, "Write a share or a fallout, or leave it out.")
            )
        if len(set(self.tasks)) < len(self.tasks):
            troubles.append(Trouble("BP612", ("tasks",), "a task named twice", "Name each once."))
        return troubles or self._needed(process)

    def _needed(self, process: Process) -> list[Trouble]:
        """Find what needs a person, or one node that every case completes."""
        troubles = []
        for i, name in enumerate(self.tasks):
            for owner, task in process.tasks().items():
                if self._wholly() and task.same_person_as == name and owner not in self.tasks:
                    what = f"{owner} is done by whoever did {name}"
                    hint = f"End that first: allocate: {{tasks: [{owner}], policy: any}}."
                    troubles.append(Trouble("BP607", ("tasks", i), what, hint))
                if self._wholly() and name in task.never_same_person_as and owner not in self.tasks:
                    what = f"{owner} is never done by whoever did {name}"
                    troubles.append(Trouble("BP607", ("tasks", i), what, "Four eyes need a person at each of the two."))
            if gates := [gate for gate in process.flow if self._wholly() and gives_back(process, gate) == name]:
                what = f"{name} does what a system gives back ({gates[0]}): nobody would be left who can"
                hint = "Let people keep it: write a share, or leave the task out."
                troubles.append(Trouble("BP687", ("tasks", i), what, hint))
            for clock, model in process.cases.clocks.items():
                if not self._wholly() and model.start == name:
                    what = f"the clock {clock} starts with {name}, which now has two ways"
                    troubles.append(Trouble("BP607", ("tasks", i), what, "Let it start with another node."))
        return troubles

    def _ways(self, process: Process) -> list[Trouble]:
        troubles = []
        given = self.model_fields_set & {"share", "duration", "fallout", "residual_factor", "error"}
        if given:
            what = f"{listed(sorted(given))} beside transfers"
            troubles.append(Trouble("BP612", (min(given),), what, "They belong to tasks."))
        troubles += unknown_ways(process, self.transfers, "transfers")
        if not troubles and self.changed(process) == process:
            troubles.append(Trouble("BP611", ("transfers",), "the transfers are so already", "Leave the change out."))
        return troubles

    def footprint(self, process: Process) -> Footprint:
        """Name what the change reads and writes."""
        if self.transfers:
            return Footprint(frozenset(), frozenset({"transfers"}))
        if self._wholly():
            keys = ("same_person_as", "never_same_person_as")
            reads = frozenset(f"flow.{name}.{key}" for name in process.flow for key in keys)
            return Footprint(reads | {"cases.clocks"}, edits.written(process, self.changed(process)))
        writes = edits.written(process, self.changed(process)) | {f"flow.{name}" for name in self.tasks}
        return Footprint(frozenset({"cases.clocks"}), writes)

    def changed(self, process: Process) -> Process:
        """Make the changed process."""
        if self.transfers:
            return carried(process, {way: Transfer(delay=delay) for way, delay in self.transfers.items()})
        for name in self.tasks:
            process = self._replaced(process, name) if self._wholly() else self._beside(process, name)
        return process

    def _by_system(self, task: flow.Task) -> flow.Task:
        """Give the task as a system does it: what concerns the client stays, what concerns people goes."""
        return flow.Task(
            title=task.title,
            was=task.was,
            next=task.next,
            assign=task.assign,
            performer=(flow.SYSTEM,),
            duration=self.duration,
            contact=task.contact,
            documents=task.documents,
            legal=task.legal,
            visit=task.visit,
            needs=task.needs,
            produces=task.produces,
            must_precede=task.must_precede,
            introduces_error=task.introduces_error if self.error is None else self.error,
            detects_error=task.detects_error,
            price=task.price,
        )

    def _replaced(self, process: Process, name: str) -> Process:
        task = process.tasks()[name]
        evidence = {path: said for path, said in process.evidence.items() if not path.startswith(f"flow.{name}.")}
        process = process.model_copy(update={"evidence": evidence})
        machine = self._by_system(task).model_copy(update={"timeout": task.timeout, "on": task.on})
        return edits.prune(edits.with_nodes(process, {**process.flow, name: machine}))

    def _beside(self, process: Process, name: str) -> Process:
        """Put the system's way beside that of the people; both meet again after the task."""
        process, rejoin = edits.merged_before(process, name)
        task, lineage = process.tasks()[name], process.lineage(name)
        by_system, fallout = edits.free_name(process, f"{name}_by_system"), edits.free_name(process, f"{name}_fallout")
        machine = self._by_system(task).model_copy(update={"was": lineage, "next": (flow.Branch(to=rejoin),)})
        made: dict[str, flow.Node] = {by_system: machine}
        done = by_system
        if self.fallout:
            done = edits.free_name(process, f"{name}_done")
            made[done] = machine.model_copy(update={"duration": flow.Duration()})
            made[by_system] = flow.Task(
                title=task.title,
                performer=machine.performer,
                duration=self.duration,
                legal=task.legal,
                next=(flow.Branch(to=fallout),),
            )
            made[fallout] = edits.choice(self.fallout, name, done, f"{task.title or name}: given back?")
        entry = by_system
        if self.share < 1:
            entry = edits.free_name(process, f"{name}_share")
            made[entry] = edits.choice(self.share, by_system, name, f"{task.title or name}: by the system?")
        process = edits.redirect(process, name, entry)
        process = edits.with_nodes(process, {**process.flow, **made})
        return references.also_completed(_slower(process, name, self.residual_factor), name, done)


def gives_back(process: Process, gate: str) -> str:
    """Name the task of people to which a gateway gives back what a system could not do; empty when it is none."""
    ways = [branch.to for branch in process.flow[gate].next]
    origins = [process.flow[origin] for origin in edits.sources(process, gate)]
    if len(ways) != len(("given back", "done")) or not all(map(_by_a_system, origins)):
        return ""
    back, done = ways
    finished = _by_a_system(process.flow[done]) and process.flow[done].was == process.lineage(back)
    return back if finished and not _by_a_system(process.flow[back]) else ""


def _by_a_system(node: flow.Node) -> bool:
    return isinstance(node, flow.Task) and node.performer[0] == flow.SYSTEM


def _slower(process: Process, name: str, factor: float) -> Process:
    task = process.tasks()[name]
    if factor == 1:
        return process
    if task.parts:
        parts = tuple(part.model_copy(update={"share": part.share * factor}) for part in task.parts)
        return edits.set_node(process, name, parts=parts)
    return edits.set_node(process, name, duration=longer(task.duration, factor))


def unknown_ways(process: Process, ways: Iterable[str], *path: str) -> list[Trouble]:
    """Find the names of ways that are neither general nor lead from one department to another."""
    troubles = []
    for way in ways:
        ends = [end.strip() for end in way.split("->")]
        if len(ends) != len(("from", "to")) and ends[0] not in GENERAL:
            hint = f"Write a -> b, or {listed(GENERAL, 'or')}."
            troubles.append(Trouble("BP603", (*path, way), f"{way} is no way between departments", hint))
        elif len(ends) > 1:
            lost = [end for end in ends if end not in process.departments]
            troubles += [no_such("department", end, (*path, way), process.departments) for end in lost]
    return troubles


def carried(process: Process, ways: Mapping[str, Transfer]) -> Process:
    """Set the delays of ways; what was the default between bodies, too, stays so."""
    ways = {" -> ".join(end.strip() for end in way.split("->")): new for way, new in ways.items()}
    old = process.transfers
    general = {way: new for way, new in ways.items() if way in GENERAL}
    if "default" in general and old.between_bodies == old.default:
        general = {"between_bodies": general["default"], **general}
    pairs = old.pairs | {way: new for way, new in ways.items() if way not in GENERAL}
    return process.model_copy(update={"transfers": old.model_copy(update={**general, "pairs": pairs})})
