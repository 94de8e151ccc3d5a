"""The process: everything that a run needs to know, resolved and frozen."""

import hashlib
import json
from typing import Any, Literal

from pydantic import Field, model_validator

from bpsim.model.client import CHASES, DataItem
from bpsim.model.demand import Cases, Channel
from bpsim.model.family import expanded
from bpsim.model.flow import RESERVED, AnyNode, Start, Task
from bpsim.model.organisation import Department, Role, Transfers
from bpsim.model.shorthand import written_out
from bpsim.model.written import ALWAYS, Frozen, Hours, Number
from bpsim.values.calendars import parse_calendar

#: The version of the language that this version of bpsim reads.
LANGUAGE = 1


class Evidence(Frozen):
    """Where a number comes from."""

    grade: Literal["log", "published", "assumption"] = Field(description="How sure it is.")
    source: str = Field("", description="The log, the publication, or why it is assumed.")
    range: tuple[Any, ...] = Field((), description="The lowest and the highest plausible value.")


class Companion(Frozen):
    """A process that runs beside the main one: with the same departments, people, calendars and transfers."""

    title: str = Field("", description="What people see.")
    channels: dict[str, Channel] = Field({}, description="How clients reach it; those of the main one if left out.")
    cases: Cases = Field(description="What a case is, and how cases come.")
    flow: dict[str, AnyNode] = Field(description="The nodes by their names, from the start to the ends.")
    items: dict[str, DataItem] = Field({}, description="Documents and data that tasks need, by their names.")


class Common(Frozen):
    """What a process has of its own, or shares with others."""

    title: str = Field("", description="What people see.")
    language: Literal[1] = Field(1, description="The version of the language.")
    calendars: dict[str, Hours] = Field({}, description="Working and opening hours by their names.")
    departments: dict[str, Department] = Field({}, description="Departments by their names.")
    channels: dict[str, Channel] = Field({}, description="How clients reach the service; their shares make 1.")
    transfers: Transfers = Field(Transfers(), description="What it takes to pass a case on.")


class NameOfShared(Frozen):
    """The head of a file that several processes share."""

    shared: str = Field(description="Its name: lower-case letters, digits, hyphens.")


class NameOfProcess(Frozen):
    """The head of a process."""

    process: str = Field(description="Its name: lower-case letters, digits, hyphens.")


class Shared(Common, NameOfShared):  # the name comes first, where keys are listed
    """What several processes share: each names this file under `uses`."""

    @model_validator(mode="before")
    @classmethod
    def _resolve_defaults(cls, data: Any) -> Any:  # noqa: ANN401
        departments = data.get("departments") if isinstance(data, dict) else None
        if not isinstance(departments, dict):
            return data
        return {**data, "departments": {name: _department(name, part) for name, part in departments.items()}}


class Process(Common, NameOfProcess):
    """A process that crosses departments: calendars, departments and roles, channels, transfers, cases and the flow."""

    cases: Cases = Field(description="What a case is, and how cases come.")
    flow: dict[str, AnyNode] = Field(description="The nodes by their names, from the start to the ends.")
    others: dict[str, Companion] = Field({}, description="Processes that run beside it, by their names.")
    items: dict[str, DataItem] = Field({}, description="Documents and data that tasks need, by their names.")
    uses: tuple[str, ...] = Field(
        (), exclude=True, description="Files with what this process shares with others, and with processes it calls."
    )
    evidence: dict[str, Evidence] = Field({}, description="Where numbers come from, by their path.")

    @model_validator(mode="before")
    @classmethod
    def _resolve_defaults(cls, data: Any) -> Any:  # noqa: ANN401
        return resolved(data)

    def role(self, name: str) -> Role:
        """Give a role by its full name `department.role`."""
        department, _, role = name.partition(".")
        return self.departments[department].roles[role]

    def roles(self) -> dict[str, Role]:
        """Give every role by its full name, in the order of the file."""
        return {f"{d}.{r}": role for d, department in self.departments.items() for r, role in department.roles.items()}

    def tasks(self) -> dict[str, Task]:
        """Give the tasks by their names, in the order of the file."""
        return {name: node for name, node in self.flow.items() if isinstance(node, Task)}

    def every(self) -> dict[str, "Process"]:
        """Give each process of a run as if it stood alone, by its name; the main one, whole, by the empty name."""
        return {"": self, **{name: self.of(name) for name in sorted(self.others)}}

    def key(self, name: str) -> str:
        """Give the key in `every` of a process that is called by its name."""
        return "" if name == self.process else name

    def called(self, key: str) -> str:
        """Give the name of a process by its key in `every`."""
        return key or self.process

    def of(self, name: str) -> "Process":
        """Give one of the other processes as if it stood alone."""
        other = self.others[name]
        return Process.model_construct(
            process=name,
            title=other.title,
            language=1,
            calendars=self.calendars,
            departments=self.departments,
            channels=other.channels,
            transfers=self.transfers,
            cases=other.cases,
            flow=other.flow,
            others={key: one for key, one in self.others.items() if key != name},
            uses=(),
            items=other.items,
            evidence={},
        )

    def having(self, name: str, one: "Process") -> "Process":
        """Give the run with another form of one of its processes, as `of` gives it."""
        own = {key: getattr(one, key) for key in ("title", "channels", "cases", "flow", "items")}
        others = {**self.others, name: self.others[name].model_copy(update=own)}
        shared = {key: getattr(one, key) for key in ("calendars", "departments", "transfers")}
        return self.model_copy(update={**shared, "others": others})

    def work(self) -> dict[str, Task]:
        """Give what is done in all processes of a run: tasks and chases; of the others by `process/task`."""
        return {node: task for name, one in self.every().items() for node, task in one.tasks_of(name).items()}

    def tasks_of(self, name: str) -> dict[str, Task]:
        """Give what is done by its names in a run in which this process is called so."""
        return {joined(name, node): task for node, task in {**self.tasks(), **self.detached()}.items()}

    def detached(self) -> dict[str, Task]:
        """Give the work that chases make: a node beside the flow."""
        chases = self.cases.client.chases
        if chases is None or chases.work is None:
            return {}
        work = chases.work
        return {CHASES: Task(title="Questions about the state", performer=work.performer, duration=work.duration)}

    def start(self) -> str:
        """Name the start node."""
        return next(name for name, node in self.flow.items() if isinstance(node, Start))

    def lineage(self, name: str) -> str:
        """Name the lineage of a node: what it was first called."""
        return self.flow[name].was or name

    def performers(self, task: Task) -> tuple[str, ...]:
        """List every role whose people can do a task: in the order of preference, then roles that can do it `also`."""
        if not task.by_people():
            return ()
        able = list(task.performer)
        for wanted in task.performer:
            able += [name for name, role in self.roles().items() if wanted in role.also and name not in able]
        return tuple(able)

    def as_written(self) -> dict[str, Any]:
        """Give the resolved process as plain data that could be written as YAML and read again."""
        return self.model_dump(mode="json", by_alias=True)

    def digest(self) -> str:
        """Identify the resolved process: equal digests, equal runs. Titles and evidence do not count."""
        plain = json.dumps(_without(self.as_written(), {"title", "evidence"}), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(plain.encode()).hexdigest()[:16]


def joined(process: str, name: str) -> str:
    """Name something of a process in a run of several: `process/name`, just the name for the main process."""
    return f"{process}/{name}" if process else name


def _without(data: object, keys: set[str]) -> object:
    if isinstance(data, dict):
        return {key: _without(value, keys) for key, value in data.items() if key not in keys}
    return [_without(value, keys) for value in data] if isinstance(data, list) else data


def resolved(data: Any) -> Any:  # noqa: ANN401 - the written form may be anything
    """Fill in what a process file leaves to context: calendars and full names of roles, outcomes, the one channel."""
    if not isinstance(data, dict):
        return data
    data = expanded(data)
    calendars = data.get("calendars", {})
    if isinstance(calendars, dict):
        data["calendars"] = {ALWAYS: parse_calendar("24/7"), **calendars}
    departments = data.get("departments")
    if isinstance(departments, dict):
        data["departments"] = {name: _department(name, part) for name, part in departments.items()}
    if not data.get("channels", {}) and isinstance(data.get("channels", {}), dict):
        data["channels"] = {"direct": {"share": 1.0}}
    others = data.get("others")
    if isinstance(others, dict):
        data["others"] = {name: _companion(part, data["channels"]) for name, part in others.items()}
    return _with_nodes(data)


def _with_nodes(data: dict[str, Any]) -> dict[str, Any]:
    flow = data.get("flow")
    if isinstance(flow, dict):
        return {**data, "flow": {name: resolved_node(name, part) for name, part in written_out(data)[0].items()}}
    return data


def _companion(data: Any, channels: object) -> Any:  # noqa: ANN401
    if not isinstance(data, dict):
        return data
    return _with_nodes(data if data.get("channels") else {**data, "channels": channels})


def _department(name: str, data: Any) -> Any:  # noqa: ANN401
    if not isinstance(data, dict) or not isinstance(data.get("roles"), dict):
        return data
    calendar = {"calendar": data["calendar"]} if "calendar" in data else {}
    roles = {key: {**calendar, **role} if isinstance(role, dict) else role for key, role in data["roles"].items()}
    for role in roles.values():
        if isinstance(role, dict) and isinstance(role.get("also"), list | tuple):
            role["also"] = [r if not isinstance(r, str) or "." in r else f"{name}.{r}" for r in role["also"]]
    return {**data, "roles": roles}


def resolved_node(name: str, data: Any) -> Any:  # noqa: ANN401
    """Give an end without an outcome that of its name."""
    if isinstance(data, dict) and data.get("type") == "end" and "outcome" not in data:
        return {**data, "outcome": name}
    return data


__all__ = ["LANGUAGE", "RESERVED", "Companion", "Evidence", "Number", "Process", "joined", "resolved"]
