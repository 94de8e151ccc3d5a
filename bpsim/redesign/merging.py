"""The operator that unites tasks: fewer handovers, fewer times that somebody reads in anew."""

from collections.abc import Iterable, Sequence
from math import prod
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from bpsim.model import flow
from bpsim.model.attributes import CHANCES
from bpsim.model.documents import made_by
from bpsim.model.findings import listed
from bpsim.model.process import Process
from bpsim.model.written import NEVER, Milliseconds, ProbabilityBy
from bpsim.model.written import chances as of_each
from bpsim.redesign import edits, references
from bpsim.redesign.change import Change, Footprint, Trouble, bad_name, kind_of, no_such, no_such_node
from bpsim.redesign.fragments import Chain, NoChain, chain, fuse, in_sequence
from bpsim.redesign.tasks import illegal
from bpsim.values.durations import WorkingDays, format_duration

NewDuration = Annotated[
    Annotated[Literal["sum"], Tag("sum")] | Annotated[flow.Duration, Tag("own")],
    Discriminator(lambda value: "sum" if value == "sum" else "own"),
]


class Merge(Change):
    """Unite tasks that follow each other (or fill the branches of a parallel block) into one task of one person.

    The new task takes as long as its parts together, drawn with the luck that the old tasks had. Ways out between the
    tasks are carried over: they are decided after the new task, with the probabilities and the luck that they had.
    """

    operator: ClassVar[str] = "merge"
    tasks: tuple[str, ...] = Field(description="The tasks, at least two.")
    into: str = Field("", description="The name of the new task; the old names joined by _ when it is left out.")
    duration: NewDuration = Field("sum", description="sum: as long as the parts together; or a duration of its own.")
    setup_saved: Milliseconds = Field(0, description="The time saved each time because nobody has to read in anew.")
    performer: str = Field("", description="Who does it: a role that can do every part; found when it is left out.")
    exits: Literal["carry", "drop"] = Field("carry", description="What becomes of ways out between the tasks.")

    def describe(self) -> str:
        """Say what the change does."""
        return f"{listed(self.tasks)} become one task, {self.name()}"

    def name(self) -> str:
        """Name the new task."""
        return self.into or "_".join(self.tasks)

    def makes(self) -> tuple[str, ...]:
        """Name the new task."""
        return (self.name(),)

    def check(self, process: Process) -> list[Trouble]:
        """Find everything that forbids the change in this process."""
        troubles = self._names(process) or self._kinds(process)
        if troubles:
            return troubles
        flat = in_sequence(process, self.tasks)
        found = chain(flat, self.tasks)
        if isinstance(found, NoChain):
            hint = "Only gateways may stand between tasks that are merged, and nothing may enter there."
            return [Trouble("BP615", ("tasks", self.tasks.index(found.task)), found.what, hint)]
        troubles = [*self._skills(process), *self._unlike(process, found), *self._time(process, found)]
        if troubles:
            return troubles
        kept = self.changed(process).flow
        gone = [name for name in process.flow if name not in kept and name not in self.tasks]
        return illegal(process, gone, ("exits",))

    def _names(self, process: Process) -> list[Trouble]:
        if len(set(self.tasks)) < max(2, len(self.tasks)):
            return [Trouble("BP612", ("tasks",), "not two different tasks", "Name the tasks to unite, each once.")]
        troubles = [
            no_such_node(process, name, ("tasks", i)) for i, name in enumerate(self.tasks) if name not in process.flow
        ]
        return [*troubles, *bad_name(process, self.name(), ("into",), but=self.tasks)]

    def _kinds(self, process: Process) -> list[Trouble]:
        first = kind_of(process, process.flow[self.tasks[0]])
        troubles = []
        for i, name in enumerate(self.tasks):
            node = process.flow[name]
            what = ""
            if not isinstance(node, flow.Task):
                hint, what = "Name tasks.", f"{name} is {kind_of(process, node)}, not a task"
                troubles.append(Trouble("BP605", ("tasks", i), what, hint))
            elif kind_of(process, node) != first:
                what = f"{name} is {kind_of(process, node)}, and {self.tasks[0]} {first}"
                troubles.append(Trouble("BP617", ("tasks", i), what, "Unite what one performer does."))
            elif node.together:
                what = f"{name} needs several people at once"
                troubles.append(Trouble("BP617", ("tasks", i), what, "It cannot be a part of another task."))
            elif barred := [other for other in node.never_same_person_as if other in self.tasks]:
                what = f"whoever does {barred[0]} may not do {name}"
                troubles.append(Trouble("BP617", ("tasks", i), what, "Four eyes keep them apart."))
            elif node.boundaries() or node.reneges_after:
                what = f"{name} has a {'timeout' if node.boundaries() else 'patience (reneges_after)'}"
                troubles.append(Trouble("BP617", ("tasks", i), what, "It cannot be a part of another task."))
        return troubles

    def _anchor(self, name: str, process: Process, found: Chain) -> str:
        """Name whose person is to do the new task because of a part; an earlier part's person is the same anyway."""
        anchor = process.tasks()[name].same_person_as
        if anchor not in found.tasks:
            return anchor
        return "" if found.tasks.index(anchor) < found.tasks.index(name) else self.name()

    def _performers(self, process: Process) -> tuple[str, ...]:
        """Name who can do every part: of the first part's performers those that can, or whoever else can."""
        tasks = [process.tasks()[name] for name in self.tasks]
        if not tasks[0].by_people():
            return tasks[0].performer
        able = [role for role in process.performers(tasks[0]) if all(role in process.performers(t) for t in tasks)]
        if self.performer:
            return (self.performer,) if self.performer in able else ()
        return tuple(role for role in able if role in tasks[0].performer) or tuple(able[:1])

    def _skills(self, process: Process) -> list[Trouble]:
        if self._performers(process):
            return []
        roles = dict.fromkeys(role for name in self.tasks for role in process.tasks()[name].performer)
        if self.performer and self.performer not in process.roles():
            return [no_such("role", self.performer, ("performer",), process.roles())]
        who, path = (self.performer, "performer") if self.performer else ("nobody", "tasks")
        can = (
            f"{who} cannot do all of {listed(self.tasks)}" if self.performer else f"nobody can do {listed(self.tasks)}"
        )
        hint = f"Cross-train first: staff: {{role: {self.performer or next(iter(roles))}, also: [...]}}."
        return [Trouble("BP616", (path,), can, hint)]

    def _unlike(self, process: Process, found: Chain) -> list[Trouble]:
        """Find settings of the tasks that cannot hold for one task."""
        tasks = {name: process.tasks()[name] for name in found.tasks}
        troubles = []
        first = tasks[found.tasks[0]]
        for name, task in tasks.items():
            at = ("tasks", self.tasks.index(name))
            if task.batch != first.batch:
                what = f"{name} and {found.tasks[0]} are not done in the same runs"
                hint = f"First: batch: {{task: {name if task.batch else found.tasks[0]}, rule: none}}."
                troubles.append(Trouble("BP617", at, what, hint))
            if task.calendar != first.calendar:
                what = f"{name} and {found.tasks[0]} have different calendars"
                troubles.append(Trouble("BP617", at, what, "Unite what has one calendar."))
        for key in CHANCES:
            chosen = {chance.by for task in tasks.values() if isinstance(chance := getattr(task, key), ProbabilityBy)}
            if len(chosen) > 1:
                what = f"{key} depends on {listed(sorted(chosen))}"
                troubles.append(Trouble("BP617", ("tasks",), what, "Let one of them decide, or none."))
        outside = {self._anchor(name, process, found) for name in tasks} - {""}
        if len(outside) > 1:
            what = f"the person is to be that of {listed(sorted(outside), 'or')}"
            hint = "End one of them first: allocate: {tasks: [...], policy: any}."
            troubles.append(Trouble("BP617", ("tasks",), what, hint))
        if outside and first.batch:
            what = f"{self.name()} would be done in runs and by the same person as {outside.pop()}"
            troubles.append(Trouble("BP621", ("tasks",), what, "End one of them first."))
        for owner, clock in process.cases.clocks.items():
            if clock.start in tasks and set(clock.to) & set(tasks):
                what = f"the clock {owner} runs from {clock.start} to {listed(clock.to)}"
                troubles.append(Trouble("BP607", ("tasks",), what, "It would run inside one task."))
        return troubles

    def _time(self, process: Process, found: Chain) -> list[Trouble]:
        """Find what forbids the new duration."""
        if self.duration != "sum":
            hint = "Write the duration that is left, or sum."
            both = Trouble("BP612", ("setup_saved",), "time saved from a duration that is given anyway", hint)
            return [both] if self.setup_saved else []
        set_before: dict[str, str] = {}
        troubles = []
        for name, before in zip(found.tasks, ((), *found.between), strict=True):
            task = process.tasks()[name]
            set_before |= {key: gate for gate in before for key in references.sets(process.flow[gate])}
            for key in {key for duration in references.durations(task) for key in references.read_by(duration)}:
                if key in set_before:
                    what = f"{name} takes its time from {key}, which {set_before[key]} sets before it"
                    at = ("tasks", self.tasks.index(name))
                    troubles.append(Trouble("BP617", at, what, "Give the new task a duration of its own."))
            set_before |= dict.fromkeys(task.assign, name)
            if not task.by_people() and any(_in_days(duration) for duration in references.durations(task)):
                what = f"{name} takes working days, which cannot be added to a time"
                at = ("tasks", self.tasks.index(name))
                troubles.append(Trouble("BP617", at, what, "Give the new task a duration of its own."))
        return troubles or self._saving(process, found)

    def _saving(self, process: Process, found: Chain) -> list[Trouble]:
        if not self.setup_saved:
            return []
        work = mean_work(_parts(process, found, 0))
        if work is None:
            what = "time saved from a duration that depends on the case"
            return [Trouble("BP612", ("setup_saved",), what, "Write the new duration: duration: ...")]
        if self.setup_saved > work:
            what = f"{format_duration(self.setup_saved)} saved of {format_duration(round(work))} of work on average"
            return [Trouble("BP618", ("setup_saved",), what, "Save less.")]
        return []

    def footprint(self, process: Process) -> Footprint:
        """Name what the change reads and writes."""
        skills = {f"departments.{d}.roles" for d in process.departments}
        return Footprint(frozenset(skills), edits.written(process, self.changed(process)))

    def changed(self, process: Process) -> Process:
        """Make the changed process."""
        flat = in_sequence(process, self.tasks)
        found = chain(flat, self.tasks)
        assert isinstance(found, Chain)  # noqa: S101 - the check has said so
        return fuse(flat, found, self.name(), self._united(process, found), drop=self.exits == "drop")

    def _united(self, process: Process, found: Chain) -> flow.Task:
        tasks = [process.tasks()[name] for name in found.tasks]
        anchored = next((name for name in found.tasks if self._anchor(name, process, found)), "")
        first = found.tasks[0]
        titled = any(task.title for task in tasks)
        names = [task.title or name for name, task in zip(found.tasks, tasks, strict=True)]
        contacts = {way for task in tasks for way in task.contact}
        lineage = process.lineage(first)
        own = None if isinstance(self.duration, str) else self.duration
        fields: dict[str, Any] = {
            "title": listed(names) if titled else "",
            "was": "" if lineage == self.name() else lineage,
            "performer": self._performers(process),
            "duration": own or flow.Duration(),
            "parts": () if own else _parts(process, found, self.setup_saved),
            "contact": tuple(way for way in ("in", "out") if way in contacts),
            "documents": sum(task.documents for task in tasks),
            "price": sum((task.price for task in tasks), 0.0),
            "legal": any(task.legal for task in tasks),
            **{key: either([getattr(task, key) for task in tasks]) for key in CHANCES},
            "same_person_as": self._anchor(anchored, process, found) if anchored else "",
            "keeps_for": process.tasks()[anchored].keeps_for if anchored else NEVER,
            **_wishes(tasks, anchored),
            **_documents(process, found),
        }
        return tasks[0].model_copy(update=fields)


def _wishes(tasks: Sequence[flow.Task], anchored: str) -> dict[str, Any]:
    """Give for whom the new task is kept, and who may not do it: what any part says; one wish at most."""
    person = next((task.person for task in tasks if task.person), None)
    kept = next((task for task in tasks if task.case_owner or task.case_team or task.person), None)
    fields: dict[str, Any] = {
        "never_same_person_as": tuple(dict.fromkeys(name for task in tasks for name in task.never_same_person_as)),
        "familiarity": tasks[0].familiarity,
    }
    if anchored or kept is None:
        return {**fields, "case_owner": False, "case_team": False, "person": None}
    wish = {"case_owner": kept.case_owner, "case_team": kept.case_team, "person": kept.person and person}
    return {**fields, **wish, "keeps_for": kept.keeps_for}


def _documents(process: Process, found: Chain) -> dict[str, Any]:
    """Give what the new task needs from outside, what it produces, and what must come after it."""
    made, there = made_by(process), set[str]()
    tasks = [process.tasks()[name] for name in found.tasks]
    needs: list[str] = []
    for name, task in zip(found.tasks, tasks, strict=True):
        needs += [document for document in task.needs if document not in there]
        there |= made[name]
    produced = [document for task in tasks for document in task.produces]
    after = [name for task in tasks for name in task.must_precede if name not in found.tasks]
    visit = next((task.visit for task in tasks if task.visit and task.visit not in found.tasks), "")
    once = {"needs": needs, "produces": produced, "must_precede": after}
    return {"visit": visit, **{key: tuple(dict.fromkeys(names)) for key, names in once.items()}}


def _parts(process: Process, found: Chain, saved: int) -> tuple[flow.Part, ...]:
    parts: list[flow.Part] = []
    for name in found.tasks:
        task = process.tasks()[name]
        parts += task.parts or (flow.Part(was=process.lineage(name), duration=task.duration),)
    if not saved:
        return tuple(parts)
    left = 1 - saved / (mean_work(parts) or saved)
    return tuple(part.model_copy(update={"share": part.share * left}) for part in parts)


def mean_work(parts: Sequence[flow.Part]) -> float | None:
    """Give the mean of all parts together in ms, or None when it depends on the case or on a calendar."""
    total = 0.0
    for part in parts:
        value = part.duration.value
        if part.duration.choice or part.duration.scaled() or isinstance(value, WorkingDays):
            return None
        total += part.share * value.mean()
    return total


def either(chances: Sequence[float | ProbabilityBy]) -> float | ProbabilityBy:
    """Give the chance that one of several independent things happens; at most one attribute decides them."""
    tables = [of_each(chance) for chance in chances]
    by = next((chance.by for chance in chances if isinstance(chance, ProbabilityBy)), "")
    if not by:
        return _any(table[""] for table in tables)
    values = sorted({value for table in tables for value in table if value})
    return ProbabilityBy(
        by=by,
        of={value: _any(t.get(value, t.get("else", t.get("", 0.0))) for t in tables) for value in values},
    )


def _any(chances: Iterable[float]) -> float:
    some = [chance for chance in chances if chance]
    return 1 - prod(1 - chance for chance in some) if len(some) > 1 else sum(some, 0.0)


def _in_days(duration: flow.Duration) -> bool:
    return any(isinstance(draw, WorkingDays) for draw in duration.draws())
