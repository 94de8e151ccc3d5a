"""The operator that makes several tasks of one: each with its share of the work, and with people of its own."""

import math
from typing import Any, ClassVar

from pydantic import Field, model_validator

from bpsim.model import flow
from bpsim.model.documents import made_by
from bpsim.model.findings import listed
from bpsim.model.process import Evidence, Process
from bpsim.model.written import ALWAYS, NEVER, Probability
from bpsim.redesign import edits, references
from bpsim.redesign.change import Change, Footprint, Mistakes, Trouble, bad_name, kind_of, no_such, no_such_node
from bpsim.values.durations import WorkingDays

#: Shares may miss 1 by so much.
TOLERANCE = 1e-6


class Split(Change):
    """Make several tasks, one after another, of one task.

    Each takes its share of the time that the old task took in that case: together they take as long, with the same
    luck. What the old task produced and set is there after the last of them, unless it is said otherwise.
    """

    operator: ClassVar[str] = "split"
    task: str = Field(description="The task.")
    into: tuple[str, ...] = Field(description="The names of the new tasks, in their order; two or more.")
    shares: tuple[Probability, ...] = Field((), description="Which share of the work each is; equal when left out.")
    performers: tuple[str, ...] = Field((), description="Who does each; as before when left out.")
    produces: dict[str, tuple[str, ...]] = Field(
        {}, description="Which of the documents of the old task each makes; all the last one when left out."
    )

    @model_validator(mode="after")
    def _as_many(self) -> "Split":
        count = len(self.into)
        troubles = []
        if count < 2 or len(set(self.into)) < count:  # noqa: PLR2004 - two are several
            hint = "Name two or more, each once."
            troubles.append(Trouble("BP612", ("into",), "not two different new tasks", hint))
        for key in ("shares", "performers"):
            said = len(getattr(self, key))
            if said not in (0, count):
                troubles.append(Trouble("BP612", (key,), f"{said} {key} of {count} tasks", "Write one for each."))
        total = math.fsum(self.shares)
        if len(self.shares) == count and abs(total - 1) > TOLERANCE:
            what = f"the shares make {100 * total:.6g} %"
            troubles.append(Trouble("BP663", ("shares",), what, "They must make 100 %."))
        troubles += [
            Trouble("BP663", ("shares", i), f"{name} has no share of the work", "Write more than 0%.")
            for i, (name, share) in enumerate(zip(self.into, self.shares, strict=False))
            if not share
        ]
        if troubles:
            raise Mistakes(troubles)
        return self

    def describe(self) -> str:
        """Say what the change does."""
        who = [f"{name} by {performer}" for name, performer in zip(self.into, self.performers, strict=False)]
        return f"{self.task} becomes {listed(who or self.into)}"

    def makes(self) -> tuple[str, ...]:
        """Name the new tasks; what spoke of the old one mostly means the last."""
        return self.into[::-1]

    def check(self, process: Process) -> list[Trouble]:
        """Find everything that forbids the change in this process."""
        node = process.flow.get(self.task)
        if node is None:
            return [no_such_node(process, self.task, ("task",))]
        if not isinstance(node, flow.Task):
            what = f"{self.task} is {kind_of(process, node)}, not a task"
            return [Trouble("BP605", ("task",), what, "Name a task.")]
        names = [t for i, name in enumerate(self.into) for t in bad_name(process, name, ("into", i), but=(self.task,))]
        known = [*process.roles(), *flow.RESERVED]
        names += [
            no_such("role", role, ("performers", i), process.roles())
            for i, role in enumerate(self.performers)
            if role not in known
        ]
        return [*names, *self._whole(node), *self._outputs(process)]

    def _whole(self, task: flow.Task) -> list[Trouble]:
        """Find settings that cannot hold for a part of a task."""
        words = {
            "several people at once": task.together,
            "a timeout": task.boundaries(),
            "a patience (reneges_after)": task.reneges_after,
            "runs of its own": task.batch,
            "a duration in working days": not self._at_work(task)
            and any(isinstance(draw, WorkingDays) for draw in task.duration.draws()),
        }
        return [
            Trouble("BP617", ("task",), f"{self.task} has {word}", "End that first, or leave the task whole.")
            for word, there in words.items()
            if there
        ]

    def _at_work(self, task: flow.Task) -> bool:
        """Tell whether people do the old task and the new ones."""
        return task.by_people() and not any(performer in flow.RESERVED for performer in self.performers)

    def _outputs(self, process: Process) -> list[Trouble]:
        """Find documents that none of the new tasks would make, and those that the old one never made."""
        if not self.produces:
            return []
        lost = [
            Trouble("BP664", ("produces", name), f"{name} is none of the new tasks", "Name one of `into`.")
            for name in self.produces
            if name not in self.into
        ]
        made, said = made_by(process)[self.task], {d for documents in self.produces.values() for d in documents}
        lost += [
            Trouble("BP664", ("produces",), f"none of the new tasks makes {document}", "Say which of them does.")
            for document in sorted(made - said)
        ]
        return lost + [
            Trouble("BP664", ("produces",), f"{self.task} does not make {document}", "Leave it out.")
            for document in sorted(said - made)
        ]

    def footprint(self, process: Process) -> Footprint:
        """Name what the change reads and writes."""
        skills = {f"departments.{name}.roles" for name in process.departments}
        return Footprint(frozenset(skills), edits.written(process, self.changed(process)))

    def changed(self, process: Process) -> Process:
        """Make the changed process."""
        task, last = process.tasks()[self.task], self.into[-1]
        said = self._evidence(process)
        made = {name: self._part(process, task, i) for i, name in enumerate(self.into)}
        for name, to in zip(self.into, self.into[1:], strict=False):
            made[name] = made[name].model_copy(update={"next": (flow.Branch(to=to),)})
        process = edits.redirect(process, self.task, self.into[0])
        nodes = {name: node for name, node in process.flow.items() if name != self.task}
        process = edits.with_nodes(process, {**nodes, **made})
        process = references.meaning(references.renamed(process, self.task, last), last, self.into[:-1])
        trips = {
            name: other.model_copy(update={"visit": self.into[0]})
            for name, other in process.tasks().items()
            if other.visit == last and task.contact == ("in",)
        }
        items = {
            document: item.model_copy(update={"source": self._maker(document)}) if item.source == last else item
            for document, item in process.items.items()
        }
        flowing = {**process.flow, **trips}
        return process.model_copy(update={"flow": flowing, "items": items, "evidence": said})

    def _evidence(self, process: Process) -> dict[str, Evidence]:
        """Say of the parts what was said of how long the task takes."""
        own, old = f"flow.{self.task}.", f"flow.{self.task}.duration"
        kept = {path: said for path, said in process.evidence.items() if not path.startswith(own)}
        moved = {
            path.replace(old, f"flow.{name}.parts.0.duration", 1): said
            for name in self.into
            for path, said in process.evidence.items()
            if path == old or path.startswith(f"{old}.")
        }
        return kept | moved

    def _maker(self, document: str) -> str:
        """Name the new task that makes a document."""
        return next((name for name in self.into if document in self.produces.get(name, ())), self.into[-1])

    def _part(self, process: Process, task: flow.Task, i: int) -> flow.Task:
        """Give one of the new tasks: the first has what is there before the work, the last what comes of it."""
        name, lineage = self.into[i], process.lineage(self.task)
        first, last = i == 0, i == len(self.into) - 1
        share = self.shares[i] if self.shares else 1 / len(self.into)
        parts = task.parts or (flow.Part(was=lineage, duration=task.duration),)
        performer = (self.performers[i],) if self.performers else task.performer
        heir = lineage if lineage in self.into else self.into[-1]
        fields: dict[str, Any] = {
            "title": "",
            "was": lineage if name == heir != lineage else "",
            "performer": performer,
            "duration": flow.Duration(),
            "parts": tuple(part.model_copy(update={"share": part.share * share}) for part in parts),
            "contact": tuple(way for way in task.contact if (way == "in" and first) or (way == "out" and last)),
            "documents": task.documents if first else 0,
            "needs": task.needs if first else (),
            "produces": tuple(d for d in task.produces if self._maker(d) == name),
            "visit": task.visit if (first if task.contact == ("in",) else last) else "",
        }
        if not last:
            fields |= {"assign": {}, "introduces_error": 0.0, "detects_error": 0.0, "price": 0.0}
        if performer[0] in flow.RESERVED:
            return task.model_copy(update=fields | NOBODYS)
        return task.model_copy(update=fields | {"calendar": ALWAYS})


#: What only people can have: a client, a third party or a system that does a part has none of it.
NOBODYS: dict[str, Any] = {
    "same_person_as": "",
    "never_same_person_as": (),
    "case_owner": False,
    "case_team": False,
    "person": None,
    "keeps_for": NEVER,
    "familiarity": 1.0,
    "preempts": False,
}
