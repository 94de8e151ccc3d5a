"""The operator that says who gets which case, and which work is done first."""

from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from bpsim.model import flow
from bpsim.model.findings import listed
from bpsim.model.graph import flows, nodes_in_cycles, reachable
from bpsim.model.process import Process
from bpsim.model.written import NEVER, Probability
from bpsim.redesign import edits
from bpsim.redesign.change import Change, Footprint, Mistakes, Trouble, not_by_people
from bpsim.redesign.tasks import WISHES
from bpsim.values.durations import DAY, format_duration

#: Nobody is wanted for a task.
UNWANTED: dict[str, Any] = {"same_person_as": "", "case_owner": False, "case_team": False, "person": None}
#: Policies that keep work for somebody.
KEEPING = ("same_person", "case_owner", "team")


class Allocate(Change):
    """Say who gets a case, or which work is done first.

    `same_person`: one person does all of the tasks in a case; `case_owner`: whoever does the first of them owns the
    case; `team`: all who have worked on the case are its team; `any`: whoever is free; `least_flexible`: those with the
    fewest other tasks are asked first; `edd`: what is due first is done first.
    """

    operator: ClassVar[str] = "allocate"
    tasks: tuple[str, ...] = Field(min_length=1, description="The tasks.")
    policy: Literal["any", "same_person", "case_owner", "team", "least_flexible", "edd"] = Field(
        description="same_person, case_owner or team: the work is kept for them; any: whoever is free; least_flexible: "
        "who can do the fewest tasks is asked first; edd: what is due first is done first."
    )
    keeps_for: flow.Patience = Field(
        DAY, description="So long the work is kept for that person (or team); then anybody may take it."
    )
    familiarity: Probability | None = Field(
        None, description="So much of the duration remains when the person has worked on the case before."
    )

    @model_validator(mode="before")
    @classmethod
    def _not_yet(cls, data: Any) -> Any:  # noqa: ANN401 - the written form may be anything
        if isinstance(data, dict) and data.get("policy") == "priority":
            hint = "Cases have priorities: set: {cases.priority: ...}."
            raise Mistakes([Trouble("BP102", ("policy",), "priority is known, not in this version", hint)])
        return data

    def describe(self) -> str:
        """Say what the change does."""
        tasks = listed(self.tasks)
        if self.policy == "any":
            return f"{tasks} may be done by anybody who can"
        if self.policy == "least_flexible":
            return f"who can do the fewest tasks is asked first to do {tasks}"
        if self.policy == "edd":
            return f"whoever is asked first to do {tasks} does first what is due first"
        kept = "" if not isinstance(self.keeps_for, int) else _kept(self.keeps_for)
        who = {
            "same_person": f"one person does {tasks} of a case",
            "case_owner": f"the owner of a case does {tasks}",
            "team": f"the team of a case does {tasks}",
        }[self.policy]
        known = (
            "" if self.familiarity is None else f"; who knows the case takes {100 * self.familiarity:.6g}% of the time"
        )
        return f"{who}{kept}{known}"

    def check(self, process: Process) -> list[Trouble]:
        """Find everything that forbids the change in this process."""
        troubles = [t for i, name in enumerate(self.tasks) for t in not_by_people(process, name, ("tasks", i))]
        troubles += self._settings()
        if troubles:
            return troubles
        if self.policy not in KEEPING:
            return self._queue(process) or self._nothing(process)
        for i, name in enumerate(self.tasks):
            if process.tasks()[name].batch:
                hint = f"First: batch: {{task: {name}, rule: none}}."
                troubles.append(Trouble("BP621", ("tasks", i), f"{name} is done in runs", hint))
        if self.policy == "same_person" and not self._first(process):
            what = f"none of {listed(self.tasks)} comes before the others in every case"
            troubles.append(Trouble("BP625", ("tasks",), what, "Add the task in which the person is found."))
        skills = [] if self.policy == "team" else self._skills(process)
        return [*troubles, *skills] or self._nothing(process)

    def _settings(self) -> list[Trouble]:
        """Find settings that do nothing with this policy."""
        given = [] if self.policy in KEEPING else sorted(self.model_fields_set & {"keeps_for", "familiarity"})
        what = "nothing is kept for anybody"
        found = [Trouble("BP612", (key,), what, f"Leave {key} out with {self.policy}.") for key in given]
        if self.familiarity == 0:
            what = "who knows the case would take no time at all"
            found.append(Trouble("BP612", ("familiarity",), what, "Write a part above zero, such as 80%."))
        return found

    def _queue(self, process: Process) -> list[Trouble]:
        """Find what forbids another order of the work, or of those who are asked."""
        if self.policy == "edd" and not any(one.cases.clocks for one in process.every().values()):
            what = "there is no limit by which work could be due"
            return [Trouble("BP676", ("policy",), what, "Define cases.clocks first.")]
        if self.policy == "least_flexible":
            tasks = process.tasks()
            several = [(i, name) for i, name in enumerate(self.tasks) if tasks[name].together]
            what, hint = "is done by several people at once", "There nobody is asked before the others."
            return [Trouble("BP617", ("tasks", i), f"{name} {what}", hint) for i, name in several]
        return []

    def _nothing(self, process: Process) -> list[Trouble]:
        if self.changed(process) != process:
            return []
        what = f"{listed(self.tasks)} {'is' if len(self.tasks) == 1 else 'are'} done so already"
        return [Trouble("BP611", ("tasks",), what, "Leave the change out.")]

    def _skills(self, process: Process) -> list[Trouble]:
        able = [set(process.performers(process.tasks()[name])) for name in self.tasks]
        both = sorted(set.intersection(*able))
        if any(process.role(role).staff for role in both):
            return []
        first = process.tasks()[self.tasks[0]].performer[0]
        wanted = sorted({process.tasks()[name].performer[0] for name in self.tasks} - {first})
        hint = f"Cross-train first: staff: {{role: {first}, also: [{', '.join(wanted)}]}}."
        if both:
            hint = f"Hire first: staff: {{role: {both[0]}, set: 1}}."
        return [Trouble("BP616", ("tasks",), f"nobody can do all of {listed(self.tasks)}", hint)]

    def _before(self, process: Process) -> dict[str, set[str]]:
        """Name, for each task, the listed tasks that every way to it passes."""
        found = flows(process)
        start = process.start()
        reached = {name: reachable(found, [start], avoiding=name) for name in self.tasks}
        return {
            name: {other for other in self.tasks if other != name and name not in reached[other]} for name in self.tasks
        }

    def _first(self, process: Process) -> str:
        """Name the task that comes before all others; empty when there is none."""
        before = self._before(process)
        first = [name for name in self.tasks if not before[name]]
        return first[0] if len(first) == 1 else ""

    def anchors(self, process: Process) -> dict[str, str]:
        """Name, for each task, the task whose person does it too: the nearest that every way to it passes."""
        before = self._before(process)
        nearest = {name: max(found, key=lambda other: len(before[other])) for name, found in before.items() if found}
        first = self._first(process)
        return nearest | ({first: first} if first in nodes_in_cycles(process) else {})

    def footprint(self, process: Process) -> Footprint:
        """Name what the change reads and writes."""
        tasks = {f"flow.{name}.{field}" for name in self.tasks for field in ("batch", "performer")}
        if self.policy == "least_flexible":
            skills = {f"departments.{name}.roles" for name in process.departments}
            everybody = {f"flow.{name}.performer" for name in process.flow}
            return Footprint(frozenset(skills | everybody), frozenset(f"flow.{name}.performer" for name in self.tasks))
        if self.policy == "edd":
            writes = {f"{role_at(role)}.discipline" for role in self._asked_first(process)}
            return Footprint(frozenset(tasks | {"cases.clocks"}), frozenset(writes))
        own = ("keeps_for", *(key for key in WISHES if key != "never_same_person_as"))
        writes = {f"flow.{name}.{field}" for name in self.tasks for field in own}
        if self.policy == "any":
            return Footprint(frozenset(), frozenset(writes))
        writes |= {f"flow.{name}.familiarity" for name in self.tasks if self.familiarity is not None}
        skills = {f"departments.{name}.roles" for name in process.departments}
        fields = ("next", "timeout", "on", "batch", "reneges_after")
        ways = {f"flow.{name}.{field}" for name in process.flow for field in fields}
        return Footprint(
            frozenset(skills | tasks | (ways if self.policy == "same_person" else set())), frozenset(writes)
        )

    def _asked_first(self, process: Process) -> list[str]:
        return list(dict.fromkeys(process.tasks()[name].performer[0] for name in self.tasks))

    def changed(self, process: Process) -> Process:
        """Make the changed process."""
        if self.policy == "edd":
            for role in self._asked_first(process):
                process = edits.set_role(process, role, discipline="edd")
            return process
        if self.policy == "least_flexible":
            for name in self.tasks:
                asked = sorted(process.tasks()[name].performer, key=lambda role: flexibility(process, role))
                process = edits.set_node(process, name, performer=tuple(asked))
            return process
        known = {} if self.familiarity is None else {"familiarity": self.familiarity}
        anchors = self.anchors(process) if self.policy == "same_person" else dict.fromkeys(self.tasks, "")
        wish = {"case_owner": "case_owner", "team": "case_team"}.get(self.policy)
        for name, anchor in anchors.items():
            wanted = UNWANTED | ({wish: True} if wish else {"same_person_as": anchor})
            patience = NEVER if self.policy == "any" else self.keeps_for
            process = edits.set_node(process, name, **wanted, keeps_for=patience, **known)
        return process


def flexibility(process: Process, role: str) -> int:
    """Count the tasks, in all processes of the run, that the people of a role can do."""
    return sum(role in process.performers(task) for task in process.work().values())


def role_at(name: str) -> str:
    """Give the path of a role in a process."""
    department, _, role = name.partition(".")
    return f"departments.{department}.roles.{role}"


def _kept(patience: int) -> str:
    return "" if patience == NEVER else f", who is waited for at most {format_duration(patience)}"
