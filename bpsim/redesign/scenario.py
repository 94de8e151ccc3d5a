"""A scenario: a process, an ordered list of changes, and how it is to be simulated and judged."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from html import escape
from itertools import count
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, PlainSerializer, PlainValidator, Tag, WithJsonSchema, model_validator

from bpsim.errors import ChangeError, Mistake, RunError
from bpsim.model.process import Process
from bpsim.model.written import (
    DurationDraw,
    Frozen,
    Milliseconds,
    Probability,
    Short,
    Whole,
    milliseconds,
    show_milliseconds,
)
from bpsim.redesign.backlog import queues, troubles
from bpsim.redesign.change import Change, Costs, Mistakes, Trouble
from bpsim.redesign.operators import read_change, written_change
from bpsim.redesign.resolving import Resolution, resolve
from bpsim.values.distributions import Distribution, constant, parse_number
from bpsim.values.durations import YEAR, format_duration, parse_duration

#: The longest experiment, and the longest time for it to drain.
LONGEST = 100 * YEAR
#: Seeds are whole numbers below this.
SEEDS = 2**63
#: Measures of time and of shares begin with these words; all others are plain numbers.
TIMES = ("client_time", "handoff_delay", "lateness", "lead_time", "processing_time", "time_to_fill", "waiting_time")
SHARES = (
    "abandonment",
    "capacity",
    "critical",
    "failure_demand",
    "first_time_right",
    "flow_efficiency",
    "held",
    "idle_while_queue",
    "on_time",
    "outcome",
    "p_instant",
    "ping_pong",
    "rework_rate",
    "undetected_errors",
    "utilisation",
    "wasted_work",
    "workload_gini",
)
_TARGET = re.compile(r"\s*(<=|>=)\s*(\S.*?)\s*")
_MEASURE = re.compile(r"\s*([a-z_][\w.]*)\s*(?:\[\s*([^\[\]]+?)\s*\])?\s*")


def read_start(value: object) -> date:
    """Read the first day of an experiment, such as 2025-01-06."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise Mistake("BP651", f"{value} is not a date", "Write it as 2025-01-06.") from None


def read_length(value: object) -> int:
    """Read the length of an experiment."""
    length = milliseconds(value)
    if length == 0:
        raise Mistake("BP652", "nothing happens in no time", "Write a length such as 1 year.")
    if length > LONGEST:
        raise Mistake("BP652", "longer than 100 years", "Write a length such as 1 year.")
    return length


def read_seed(value: object) -> int:
    """Read a seed."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < SEEDS:
        raise Mistake("BP650", f"{value} is not a seed", "Write a whole number from 0 to 9223372036854775807.")
    return value


def read_warmup(value: object) -> int | Literal["auto"]:
    """Read a warm-up: `auto`, or the time at the beginning that does not count."""
    return "auto" if value == "auto" else milliseconds(value)


def read_replications(value: object) -> int:
    """Read a fixed number of replications."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise Mistake("BP653", f"{value} is not a number of replications", "Write 1 or more; 30 is a good beginning.")
    return value


def unit_of(measure: str) -> Literal["ms", "share", "number"]:
    """Say in which unit a measure is given, by its name."""
    family, _, rest = measure.partition(".")
    if rest == "ratio":
        return "number"
    if family in SHARES or rest == "gini" or rest.endswith("none"):
        return "share"
    return "ms" if family in TIMES else "number"


Length = Annotated[
    int, PlainValidator(read_length), PlainSerializer(format_duration), WithJsonSchema({"type": "string"})
]
Start = Annotated[
    date,
    PlainValidator(read_start),
    PlainSerializer(date.isoformat),
    WithJsonSchema({"type": "string", "format": "date"}),
]
Seed = Annotated[int, PlainValidator(read_seed), WithJsonSchema({"type": "integer", "minimum": 0})]
Warmup = Annotated[
    int | Literal["auto"],
    PlainValidator(read_warmup),
    PlainSerializer(lambda value: value if value == "auto" else show_milliseconds(value)),
    WithJsonSchema({"type": "string"}),
]
Fixed = Annotated[int, PlainValidator(read_replications), WithJsonSchema({"type": "integer", "minimum": 1})]


class Until(Frozen):
    """When enough replications have been made: the interval of a measure is narrow."""

    measure: str = Field(description="The measure, such as lead_time.mean.")
    half_width: Probability = Field(
        description="Half the width of its 95 % interval, as a share of the baseline's value."
    )


class Sequential(Frozen):
    """As many replications as it takes, within limits."""

    at_least: Fixed = Field(10, description="So many before the first look.")
    until: Until = Field(Until(measure="lead_time.mean", half_width=0.05), description="When it is enough.")
    at_most: Fixed = Field(200, description="So many at most.")

    @model_validator(mode="after")
    def _in_order(self) -> "Sequential":
        if not 2 <= self.at_least <= self.at_most:  # noqa: PLR2004 - an interval needs two
            what = f"at_least {self.at_least} and at_most {self.at_most} replications"
            raise Mistakes([Trouble("BP653", ("at_most",), what, "Write 2 <= at_least <= at_most.")])
        return self


def _kind_of_replications(value: object) -> str:
    return "until" if isinstance(value, Mapping | Sequential) else "number"


Replications = Annotated[
    Annotated[Fixed, Tag("number")] | Annotated[Sequential, Tag("until")], Discriminator(_kind_of_replications)
]


class Waiting(Short):
    """Cases that are there at the start, before a node: a number, or `{cases: 40, age: exponential(mean=30d)}`."""

    cases: Whole = Field(description="How many.")
    age: DurationDraw = Field(constant(0), description="How long ago their need arose.")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:  # noqa: ANN401 - the written form may be anything
        return data if isinstance(data, dict | Waiting) else {"cases": data}


class Experiment(Frozen):
    """How a scenario is simulated: from when, how long, how often, with which luck."""

    start: Start = Field(date(2025, 1, 6), description="The first day; the run begins at its midnight.")
    length: Length = Field(YEAR, description="How long cases arrive that count.")
    drain: Milliseconds | None = Field(
        None, description="How long the run goes on at most until these cases have ended; as long again when left out."
    )
    backlog: dict[str, Waiting] = Field({}, description="Cases that are there at the start, by the node they wait at.")
    warmup: Warmup = Field("auto", description="The time at the beginning that does not count; auto: found by MSER-5.")
    replications: Replications = Field(30, description="How many runs: a number, or {at_least:, until:, at_most:}.")
    seed: Seed = Field(1, description="The luck of the experiment: the same seed, the same runs.")

    @model_validator(mode="after")
    def _something_counts(self) -> "Experiment":
        if self.warmup != "auto" and self.warmup >= self.length:
            what = f"a warm-up of {format_duration(self.warmup)} in an experiment of {format_duration(self.length)}"
            raise Mistakes([Trouble("BP654", ("warmup",), what, "Nothing would count: write a shorter warm-up.")])
        if self.drain is not None and self.drain > LONGEST:
            raise Mistakes([Trouble("BP652", ("drain",), "longer than 100 years", "Write a time such as 1 year.")])
        return self

    def drain_time(self) -> int:
        """Give the time after `length` that the run may take until all its cases have ended, in ms."""
        return self.length if self.drain is None else self.drain


class Target(Frozen):
    """What a measure should reach: `lead_time.p90: <= 20 days`.

    `value` is in the unit of the measure (ms, share, number).
    """

    measure: str
    group: str = ""
    comparison: Literal["<=", ">="]
    value: float
    text: str

    @property
    def name(self) -> str:
        """Name the measure with its group, as it is written in a file."""
        return f"{self.measure}[{self.group}]" if self.group else self.measure

    def met_by(self, value: float) -> bool:
        """Tell whether a value of the measure reaches the target."""
        return value <= self.value if self.comparison == "<=" else value >= self.value


def read_target(name: str, text: object) -> Target:
    """Read one target: `lead_time.p90` (or `utilisation[role=desk.clerk]`, of a group) and `<= 20 days`."""
    measure = _MEASURE.fullmatch(name)
    if measure is None:
        raise Mistake(
            "BP655", f"'{name}' is no name of a measure", "Write lead_time.p90, or utilisation[role=desk.clerk]."
        )
    written = _TARGET.fullmatch(text) if isinstance(text, str) else None
    if written is None:
        raise Mistake("BP655", f"'{text}' is not a target", 'Write "<= 20 days" or ">= 95%".')
    value = _target_value(measure[1], written[2], written.start(2))
    comparison: Literal["<=", ">="] = "<=" if written[1] == "<=" else ">="
    return Target(
        measure=measure[1], group=measure[2] or "", comparison=comparison, value=value, text=str(text).strip()
    )


def _target_value(measure: str, text: str, offset: int) -> float:
    unit = unit_of(measure)
    try:
        if unit == "ms":
            return float(parse_duration(text))
        value = parse_number(text)
    except Mistake as mistake:
        raise Mistake(mistake.code, mistake.what, mistake.hint, offset + mistake.offset) from None
    if unit == "share" and not 0 <= value <= 1:
        hint = f"Did you mean {value:g}%?" if 1 < value <= 100 else "Write 0% to 100%."  # noqa: PLR2004 - per cent
        raise Mistake("BP655", f"{measure} is a share, and {text} is none", hint, offset)
    return value


def read_targets(written: object) -> tuple[Target, ...]:
    """Read the targets of a scenario: a mapping from measures to what they should reach."""
    if isinstance(written, tuple):
        return written
    if not isinstance(written, dict):
        raise Mistake("BP104", "targets are a mapping", 'Write {lead_time.p90: "<= 20 days"}.')
    found, troubles = [], []
    for name, text in written.items():
        try:
            found.append(read_target(name, text))
        except Mistake as mistake:
            troubles.append(Trouble(mistake.code, (name,), mistake.what, mistake.hint))
    if troubles:
        raise Mistakes(troubles)
    return tuple(found)


def read_changes(written: object) -> tuple[Change, ...]:
    """Read an ordered list of changes and name those without an id R1, R2, ... by their place."""
    if not isinstance(written, list | tuple):
        raise Mistake("BP104", "changes are a list", "Write each with a dash: `- remove: {task: ...}`.")
    found: list[Change] = []
    troubles = []
    for i, entry in enumerate(written):
        try:
            found.append(read_change(entry))
        except Mistakes as mistakes:
            troubles += [Trouble(t.code, (i, *t.path), t.what, t.hint) for t in mistakes.troubles]
    if troubles:
        raise Mistakes(troubles)
    return _named(found)


def _named(changes: list[Change]) -> tuple[Change, ...]:
    given = [change.id for change in changes if change.id]
    taken = set(given)
    for i, change in enumerate(changes):
        if change.id and change.id in {other.id for other in changes[:i]}:
            what = f"{change.id} is the id of two changes"
            raise Mistakes([Trouble("BP610", (i, "id"), what, "Give each change an id of its own.")])
    named = []
    for i, change in enumerate(changes):
        number, name = i + 1, change.id
        while not name or (not change.id and name in taken):
            name, number = f"R{number}", number + 1
        taken.add(name)
        named.append(change if change.id else change.model_copy(update={"id": name}))
    return tuple(named)


Changes = Annotated[
    tuple[Change, ...],
    PlainValidator(read_changes),
    PlainSerializer(lambda changes: [written_change(change) for change in changes]),
    WithJsonSchema({"type": "array", "items": {"type": "object"}}),
]
Targets = Annotated[
    tuple[Target, ...],
    PlainValidator(read_targets),
    PlainSerializer(lambda targets: {target.name: target.text for target in targets}),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "string"}}),
]


class Scenario(Frozen):
    """A process with an ordered list of changes, the experiment to make with it, and the targets to judge it by.

    `process` is the process before the changes; `resolved()` gives the one after them. `lineage` names the
    scenarios that this one builds on, the oldest first.
    """

    scenario: str = Field(description="Its name.")
    title: str = Field("", description="What people see.")
    process: Process = Field(alias="base", description="The process before the changes.")
    changes: Changes = Field((), description="The redesign: operators, applied in this order.")
    cost: Costs = Field(Costs(), description="What the redesign as a whole costs: once, and every year.")
    experiment: Experiment = Field(Experiment(), description="How it is simulated.")
    targets: Targets = Field((), description="What measures should reach, such as lead_time.p90: <= 20 days.")
    lineage: tuple[str, ...] = Field(
        (), description="The names of the scenarios that this one builds on, where they are no files of their own."
    )

    def resolved(self) -> Process:
        """Give the process with all changes applied; ChangeError carries everything that is wrong with them."""
        resolution = self.resolution()
        if resolution.troubles:
            raise ChangeError(
                [trouble.problem(self.scenario, *self.changes[place].place()) for place, trouble in resolution.troubles]
            )
        return resolution.process

    def backlog(self, process: Process) -> tuple[tuple[str, str, int, Distribution], ...]:
        """Give the cases that wait in the changed process at the start: node, lineage of their luck, number, age.

        RunError names a node that is not there, or where no case can wait alone.
        """
        waiting = self.experiment.backlog
        for trouble in troubles(process, waiting):
            raise RunError(trouble.code, f"experiment.backlog: {trouble.what}", trouble.hint)
        return queues(process, {name: (one.cases, one.age) for name, one in waiting.items()})

    def resolution(self) -> Resolution:
        """Apply all changes and give the result with everything that is wrong, by the places of the changes."""
        return resolve(self.process, self.changes)

    def change(self, *changes: Change, name: str = "") -> "Scenario":
        """Give a scenario that carries out further changes; its title and its cost are its own."""
        lineage = (*self.lineage, self.scenario)
        name = name or next(free for free in _names() if free not in lineage)
        return self.model_copy(
            update={
                "scenario": name,
                "title": "",
                "changes": read_changes([*self.changes, *changes]),
                "cost": Costs(),
                "lineage": lineage,
            }
        )

    def without(self, *ids: str) -> "Scenario":
        """Give the scenario with changes switched off, and with them what cannot be carried out without them."""
        unknown = [name for name in ids if name not in {change.id for change in self.changes}]
        if unknown:
            raise KeyError(", ".join(unknown))
        left = [change for change in self.changes if change.id not in ids]
        while lost := resolve(self.process, left).left_out:
            left = [change for place, change in enumerate(left) if place not in lost]
        return self.model_copy(
            update={
                "scenario": f"{self.scenario} without {', '.join(ids)}",
                "changes": tuple(left),
                "lineage": (*self.lineage, self.scenario),
            }
        )

    def path(self) -> str:
        """Show the lineage: `as-is / single-owner / evening-shift`."""
        return " / ".join((*self.lineage, self.scenario))

    def written(self) -> dict[str, Any]:
        """Give plain data that could be written as YAML and read again; the process stands in it whole, as `base`."""
        plain = self.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"process"})
        return plain | {"base": self.process.as_written()}

    def __repr__(self) -> str:
        """Give one line."""
        changes = "; ".join(f"{change.id} {change.describe()}" for change in self.changes) or "no changes"
        return f"Scenario({self.path()}: {changes})"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        lines = "".join(f"<li><b>{escape(change.id)}</b> {escape(change.describe())}</li>" for change in self.changes)
        return f"<b>{escape(self.title or self.path())}</b><ol style='list-style:none'>{lines}</ol>"


def _names() -> Iterator[str]:
    yield "to-be"
    yield from (f"to-be-{number}" for number in count(2))
