"""Operators on tasks: take one away, unite several, do work case by case or in batches."""

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, PlainSerializer

from bpsim.model import flow
from bpsim.model.process import Process
from bpsim.redesign.change import Change, Footprint, Trouble


Rule = Annotated[
    flow.Batch | None,
    BeforeValidator(lambda value: None if value == "none" else value),
    PlainSerializer(lambda rule: rule.model_dump(mode="json", exclude_defaults=True) if rule else "none"),
]


class Batch(Change):
    """Hold the work of a task for runs, or do it case by case (`rule: none`)."""

    operator: ClassVar[str] = "batch"
    task: str
    rule: Rule

    def describe(self) -> str:
        """Say what the change does."""
        return f"'{self.task}' is done in runs" if self.rule else f"'{self.task}' is done case by case"

    def check(self, process: Process) -> list[Trouble]:  # noqa: ARG002
        """Find everything that forbids the change in this process."""
        return []

    def footprint(self, process: Process) -> Footprint:  # noqa: ARG002
        """Name what the change reads and writes."""
        return Footprint(frozenset(), frozenset({f"flow.{self.task}.batch"}))

    def changed(self, process: Process) -> Process:
        """Make the changed process."""
        nodes: dict[str, Any] = dict(process.flow)
        nodes[self.task] = nodes[self.task].model_copy(update={"batch": self.rule})
        return process.model_copy(update={"flow": nodes})
