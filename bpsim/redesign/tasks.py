"""Operators on tasks: take one away, unite several, do work case by case or in runs."""

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, PlainSerializer

from bpsim.model import flow
from bpsim.model.documents import made_by, there_before
from bpsim.model.findings import listed
from bpsim.model.process import Process
from bpsim.model.written import Probability
from bpsim.redesign import edits, references
from bpsim.redesign.change import Change, Footprint, Path, Trouble, kind_of, no_such_node, not_by_people, percent


class Remove(Change):
    """Take a task (or a timer) out of the flow: what led to it leads on to what followed it.

    With a `share` below 1 that share of the cases passes it by; the others go on as before.
    """

    operator: ClassVar[str] = "remove"
    task: str = Field(description="The task or timer.")
    share: Probability = Field(1.0, description="The share of the cases that no longer need it.")
    legal_change: bool | str = Field(
        default=False, description="Needed for a legal task: which change of the law makes it unnecessary."
    )

    def describe(self) -> str:
        """Say what the change does."""
        if self.share == 1:
            return f"{self.task} is left out"
        return f"{self.task} is left out in {percent(self.share)} of the cases"

    def check(self, process: Process) -> list[Trouble]:
        """Find everything that forbids the change in this process."""
        node = process.flow.get(self.task)
        if node is None:
            return [no_such_node(process, self.task, ("task",))]
        if not isinstance(node, flow.Task | flow.Timer):
            what = f"{self.task} is {kind_of(process, node)}, not a task"
            return [Trouble("BP605", ("task",), what, "Name a task or a timer.")]
        if self.share == 0:
            return [Trouble("BP611", ("share",), "no case is to pass it by", "Write a share above 0%.")]
        unlawful = [] if self.legal_change else illegal(process, self._gone(process), ("task",))
        return [*unlawful, *self._needed(process)]

    def _gone(self, process: Process) -> list[str]:
        """Name what goes (or is passed by), in the order of the file."""
        lost = edits.lost_without(process, self.task) if self.share == 1 else set()
        return [name for name in process.flow if name == self.task or name in lost]

    def _needed(self, process: Process) -> list[Trouble]:
        gone = self._gone(process)
        speaking = references.to_nodes(process) if self.share == 1 else ()
        found = [r for r in speaking if r.name in gone and r.owner not in gone]
        written = {name: key for key in gone for name in references.sets(process.flow[key])}
        reading = [r for r in references.to_attributes(process) if r.name in written and r.owner not in gone]
        hint = "Change that first, or keep the task."
        return [
            *(Trouble("BP607", ("task",), f"{r.name} is needed elsewhere: {r.words}", hint) for r in found),
            *(Trouble("BP607", ("task",), f"{written[r.name]} sets {r.name}, and {r.words}", hint) for r in reading),
            *(Trouble("BP607", ("task",), what, hint) for what in self._documents(process, gone)),
        ]

    def _made(self, process: Process, gone: list[str]) -> dict[str, str]:
        """Give the documents that come of what goes, and do not name it as where they come from."""
        made = made_by(process)
        return {
            document: name
            for name in gone
            for document in made.get(name, ())
            if self.share < 1 or process.items[document].source != name
        }

    def _documents(self, process: Process, gone: list[str]) -> list[str]:
        """Say which tasks would be without a document that they need."""
        made = self._made(process, gone)
        if not made:
            return []
        after = self.changed(process)
        there = there_before(after)
        return [
            f"{made[document]} makes {document}, and {name} needs it"
            for name, task in after.tasks().items()
            for document in task.needs
            if document in made and document not in there[name]
        ]

    def footprint(self, process: Process) -> Footprint:
        """Name what the change reads and writes."""
        gone = self._gone(process)
        far = {"flow", "items"} if self._made(process, gone) else {"flow"} if gone[1:] else set[str]()
        writes = edits.written(process, self.changed(process)) | {f"flow.{self.task}"}
        return Footprint(frozenset(far), writes)

    def changed(self, process: Process) -> Process:
        """Make the changed process."""
        if self.share == 1:
            return edits.without_order(edits.delete(process, self.task))
        process, rejoin = edits.merged_before(process, self.task)
        gate = edits.free_name(process, f"{self.task}_or_not")
        title = f"{process.flow[self.task].title or self.task}, or not"
        return edits.insert_before(process, self.task, gate, edits.choice(self.share, rejoin, self.task, title))


def illegal(process: Process, gone: list[str], path: Path) -> list[Trouble]:
    """Find the legal tasks among those that go."""
    found = []
    for name in gone:
        node = process.flow[name]
        if isinstance(node, flow.Task) and node.legal:
            hint = "Say which change of the law allows it: legal_change: ..."
            found.append(Trouble("BP606", path, f"{name} is required by law", hint))
    return found


def _read_rule(value: object) -> object:
    return None if value == "none" else value


Rule = Annotated[
    flow.Batch | None,
    BeforeValidator(_read_rule),
    PlainSerializer(lambda rule: rule.model_dump(mode="json", exclude_defaults=True) if rule else "none"),
]


#: What says who does a task.
WISHES = ("same_person_as", "never_same_person_as", "case_owner", "case_team", "person")


def _barred(task: flow.Task) -> list[str]:
    return ["never_same_person_as"] if task.never_same_person_as else []


class Batch(Change):
    """Hold the work of a task for runs, or do it case by case (`rule: none`)."""

    operator: ClassVar[str] = "batch"
    task: str = Field(description="The task.")
    rule: Rule = Field(description="none, or {size:, max:, max_wait:, schedule:, cutoff:, mode:, setup:}.")

    def describe(self) -> str:
        """Say what the change does."""
        return f"{self.task} is done in runs" if self.rule else f"{self.task} is done case by case"

    def check(self, process: Process) -> list[Trouble]:
        """Find everything that forbids the change in this process."""
        if troubles := not_by_people(process, self.task, ("task",)):
            return troubles
        task = process.tasks()[self.task]
        if task.batch == self.rule:
            what = f"{self.task} is done {'in just these runs' if self.rule else 'case by case'} already"
            return [Trouble("BP611", ("rule",), what, "Leave the change out.")]
        if self.rule and task.same_person_as:
            hint = f"End that first: allocate: {{tasks: [{self.task}], policy: any}}."
            what = f"{self.task} is done by the same person as {task.same_person_as}"
            return [Trouble("BP621", ("rule",), what, hint)]
        if self.rule and (task.wishes() or task.never_same_person_as):
            what = f"it matters who does {self.task}: {listed([*task.wishes(), *_barred(task)])}"
            return [Trouble("BP621", ("rule",), what, "A run is kept for nobody and closed to nobody.")]
        return []

    def footprint(self, process: Process) -> Footprint:
        """Name what the change reads and writes."""
        at = f"flow.{self.task}"
        wishes = {f"{at}.{key}" for key in WISHES}
        reads, writes = {f"{at}.performer", *wishes}, {f"{at}.batch"}
        more = edits.written(process, self.changed(process)) - {at} if self._gone(process) else frozenset[str]()
        return Footprint(frozenset(reads), frozenset(writes | more))

    def _gone(self, process: Process) -> bool:
        """Tell whether the old runs had a timeout, with ways of its own."""
        batch = process.tasks()[self.task].batch
        return bool(batch and batch.timeout)

    def changed(self, process: Process) -> Process:
        """Make the changed process; what only the timeout of the old runs led to goes with it."""
        after = edits.set_node(process, self.task, batch=self.rule)
        return edits.prune(after) if self._gone(process) else after
