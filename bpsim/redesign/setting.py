"""The operator that changes what is not a number, by its path in the file: a rule, a calendar, a condition."""

from typing import Any, ClassVar

from pydantic import Field

from bpsim.errors import Mistake
from bpsim.model.findings import listed
from bpsim.model.process import Process
from bpsim.redesign.change import Footprint, Trouble
from bpsim.redesign.tuning import ByPath, leaves, put, read_again, understood

#: The parts of a process that are more than one setting.
WHOLE = ("calendars", "cases", "channels", "departments", "flow", "items", "transfers")
#: What makes a process the one that it is.
KEPT = ("evidence", "language", "others", "process", "title", "uses")
#: What of a node is the flow itself.
FLOW = ("next", "on", "ordered", "parts", "type", "was")
NODE = 2


class Set(ByPath):
    """Set what is not a number, by its path: `departments.desk.roles.clerk.discipline: edd`."""

    operator: ClassVar[str] = "set"
    example: ClassVar[str] = "departments.desk.roles.clerk.discipline: edd"
    values: dict[str, Any] = Field(description="The new value of each path.")

    def describe(self) -> str:
        """Say what the change does."""
        return listed([f"{path} becomes {_said(value)}" for path, value in self.values.items()])

    @classmethod
    def wrong(cls, path: str, value: object) -> list[Trouble]:
        """Find paths that are no single setting, or that operators of their own change."""
        steps = path.split(".")
        if value is None:
            return [Trouble("BP104", (path,), "nothing where a value belongs", "Write a value after the ':'.")]
        if steps[0] in KEPT or path in WHOLE:
            return [Trouble("BP677", (path,), f"{path} is not one setting", "Write the path of one setting.")]
        if steps[0] == "flow" and (len(steps) == NODE or steps[NODE] in FLOW):
            hint = "Use an operator of the flow, such as remove, insert, move or route."
            return [Trouble("BP677", (path,), f"{path} is the flow itself", hint)]
        return []

    @staticmethod
    def one(process: Process, path: str, value: object) -> Process:
        """Set one value of a process."""
        plain = process.as_written()
        container, key = leaves(plain, path, whole=True)[0]
        if _number(container[key]) and _number(value):
            raise Mistake("BP678", f"{path} is a number", f"Use tune: {{{path}: {value}}}.")
        put(container, key, value)
        return read_again(plain)

    def footprint(self, process: Process) -> Footprint:
        """Name what the change reads and writes."""
        found = super().footprint(process)
        return Footprint(found.reads, frozenset(_role(path) for path in found.writes))


def _role(path: str) -> str:
    """Name what setting a path may change: people who were as their role said follow it."""
    steps = path.split(".")
    follows = steps[0] == "departments" and steps[4:] in (["calendar"], ["proficiency"], ["cost"])
    return ".".join(steps[:4]) if follows else path


def _number(value: object) -> bool:
    """Tell whether a value is a number, a duration or a distribution."""
    return not isinstance(value, bool) and understood(value)[0] not in ("other", "nothing", "never")


def _said(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_said(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_said, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)
