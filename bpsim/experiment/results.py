"""What came of an experiment: the measures of every replication, their intervals, and where they come from.

Nothing here depends on which machine ran what, or in which order. What differs between machines (the platform, the
versions of libraries) is the provenance, and stands apart.
"""

import dataclasses
import hashlib
import io
import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from bpsim.errors import RunError, did_you_mean
from bpsim.measures.measured import Counts, Measure, Measured
from bpsim.model.process import Process
from bpsim.statistics.intervals import Interval, mean_interval, ratio_values
from bpsim.tables import csv_text, html_table, text_table, to_pandas, unit_of

if TYPE_CHECKING:
    import pandas as pd

DAY = 86_400_000
#: The version of the file format.
FORMAT = 1
_MANIFEST = "results.json"
#: Means and quantiles have one value per replication; every other measure is a ratio of means over replications.
_MEAN, _QUANTILE = re.compile(r"\.mean$"), re.compile(r"\.p\d+$")
#: What a summary shows where there is room for a few lines only.
SUMMARY = (
    "lead_time.mean",
    "lead_time.p50",
    "lead_time.p90",
    "waiting_time.mean",
    "processing_time.mean",
    "flow_efficiency",
    "handoffs.department.mean",
    "handoffs.person.mean",
    "contacts.mean",
    "first_time_right",
    "cost_per_case.mean",
)


class Row(NamedTuple):
    """A line of the tidy table: one measure of one replication."""

    scenario: str
    replication: int
    measure: str
    group: str
    unit: str
    numerator: float
    denominator: float


@dataclass(frozen=True, slots=True)
class Goal:
    """A target of a scenario: `measure` of `group` is to be `<=` or `>=` a value in the measure's own unit."""

    measure: str
    group: str
    comparison: str
    value: float
    text: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What all scenarios of an experiment share: dates and times in ms, the seed, and the warm-up that was found.

    `note` says why there is no warm-up where one was looked for.
    """

    start: str
    length: int
    drain: int
    seed: int
    warmup: int
    note: str = ""


@dataclass(frozen=True, eq=False)
class ScenarioResult:
    """The replications of one scenario.

    `digest` identifies the resolved process, `logs` the event log of each replication; `overloaded` names the roles
    that get more work than they can do, with their load; `flow_lead_time` is the mean lead time (ms) of the flow run,
    in which nobody waits. `process` is the resolved process with the cases that were there at the start (`backlog`, as
    an experiment writes them) and the `changes` in words: with them a run can be made again (None in older results).
    `grounds` has for each change where its numbers come from and what it costs.
    """

    name: str
    title: str
    digest: str
    measured: tuple[Measured, ...]
    logs: tuple[str, ...]
    goals: tuple[Goal, ...] = ()
    overloaded: tuple[tuple[str, float], ...] = ()
    flow_lead_time: float | None = None
    process: Process | None = None
    backlog: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    changes: tuple[str, ...] = ()
    grounds: tuple[Mapping[str, Any], ...] = ()

    @cached_property
    def log_hash(self) -> str:
        """Identify everything that happened in all replications: one hash over the digests of the logs, in order."""
        return hashlib.sha256("\n".join(self.logs).encode()).hexdigest()

    @cached_property
    def counts(self) -> Counts:
        """Add up the cases of all replications."""
        each = [dataclasses.astuple(measured.counts) for measured in self.measured]
        return Counts(*map(sum, zip(*each, strict=True)))

    @cached_property
    def _series(self) -> dict[tuple[str, str], list[Measure | None]]:
        found: dict[tuple[str, str], list[Measure | None]] = {}
        for i, measured in enumerate(self.measured):
            for measure in measured.measures:
                found.setdefault((measure.name, measure.group), [None] * len(self.measured))[i] = measure
        return found

    def measures(self) -> tuple[tuple[str, str], ...]:
        """Give the name and group of every measure that any replication has."""
        return tuple(self._series)

    def unit(self, measure: str, group: str = "") -> str:
        """Give the unit of a measure as it is kept: ms, share, cost, ...; KeyError when there is no such measure."""
        return next(each.unit for each in self._found(measure, group) if each is not None)

    def parts(self, measure: str, group: str = "") -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Give numerators and denominators, one per replication.

        A boundary that no case crossed in a replication has no handoffs per case, rather than no value; any other
        measure that a replication does not have is nothing over nothing. KeyError when no replication has it.
        """
        base = self._series.get((measure, ""), [None] * len(self.measured))
        crossed = measure == "handoffs.mean" and group.startswith("boundary=")
        if crossed and (measure, group) not in self._series and any(base):
            found: list[Measure | None] = [None] * len(self.measured)
        else:
            found = self._found(measure, group)
        pairs = []
        for mine, whole in zip(found, base, strict=True):
            if mine is not None:
                pairs.append((mine.numerator, mine.denominator))
            else:
                pairs.append((0.0, whole.denominator if crossed and whole is not None else 0.0))
        return tuple(above for above, _ in pairs), tuple(below for _, below in pairs)

    def values(self, measure: str, group: str = "") -> tuple[float, ...]:
        """Give one value per replication: of a mean or a quantile its own, of a ratio the jack-knife's.

        A mean that has nothing to be taken over in some replication is a ratio of means over all. ValueError when a
        value does not exist: a quantile in some replication, or a ratio in all but one.
        """
        above, below = self.parts(measure, group)
        if all(below) and (_MEAN.search(measure) or _QUANTILE.search(measure)):
            return tuple(a / b for a, b in zip(above, below, strict=True))
        if _QUANTILE.search(measure):
            message = f"{measure} does not exist in every replication: too many cases were open"
            raise ValueError(message)
        return ratio_values(above, below)

    def interval(self, measure: str, group: str = "", confidence: float = 0.95) -> Interval:
        """Give the mean over replications and its interval; nan without an interval where it does not exist."""
        try:
            return mean_interval(self.values(measure, group), confidence)
        except ValueError:
            return Interval(math.nan, -math.inf, math.inf, len(self.measured))

    def summary(self) -> dict[str, Any]:
        """Give cases and measures as plain data: times in milliseconds, `measure[group]` for a group of cases."""
        measures = {}
        for name, group in self.measures():
            found = self.interval(name, group)
            if math.isfinite(found.mean):
                unit = self.unit(name, group)
                measures[label(name, group)] = {
                    "mean": found.mean,
                    "low": _finite(found.low),
                    "high": _finite(found.high),
                    "unit": unit,
                }
        return {"cases": dataclasses.asdict(self.counts), "measures": measures, "log_hash": self.log_hash}

    def lines(self) -> list[tuple[str, str, str]]:
        """Give the most important measures as they are shown: name, mean and interval in one unit."""
        names = [(name, "") for name in SUMMARY if (name, "") in self._series]
        names += [key for key in self._series if key[0].startswith("on_time.") and not key[1]]
        return [(label(*key), *self._shown(*key)) for key in names]

    def _shown(self, measure: str, group: str) -> tuple[str, str]:
        found = self.interval(measure, group)
        unit = unit_of(self.unit(measure, group), [found.mean])
        if not math.isfinite(found.low):
            return unit.show(found.mean), "-"
        low, high = (unit.show(value, like=found.mean, sign=False) for value in (found.low, found.high))
        return unit.show(found.mean), f"{low} to {high}"

    def _found(self, measure: str, group: str) -> list[Measure | None]:
        if (measure, group) in self._series:
            return self._series[measure, group]
        raise KeyError(
            f"no measure {label(measure, group)}. {did_you_mean(measure, {n for n, _ in self._series})}".strip()
        )

    def __repr__(self) -> str:
        """Show the cases and the most important measures."""
        counts, n = self.counts, len(self.measured)
        first = f"{self.name}: {_plural(n, 'replication')}; {counts.started:,} cases started, "
        first += f"{counts.finished:,} finished, {counts.abandoned:,} abandoned, {counts.open:,} open"
        return f"{first}\n{text_table(('measure', 'mean', '95 % interval'), self.lines())}"

    def _repr_html_(self) -> str:
        return html_table(("measure", "mean", "95 % interval"), self.lines(), repr(self).partition("\n")[0])


@dataclass(frozen=True, eq=False)
class Results(Mapping[str, ScenarioResult]):
    """The scenarios of an experiment by name, all with the same seed: replication i of each had the same luck."""

    scenarios: dict[str, ScenarioResult]
    settings: Settings
    provenance: dict[str, Any] = dataclasses.field(default_factory=dict)

    def __getitem__(self, name: str) -> ScenarioResult:
        """Give a scenario by its name."""
        return self.scenarios[name]

    def __iter__(self) -> Iterator[str]:
        """Give the names, in the order in which the scenarios were given."""
        return iter(self.scenarios)

    def __len__(self) -> int:
        """Count the scenarios."""
        return len(self.scenarios)

    @property
    def replications(self) -> int:
        """How often each scenario was run."""
        return len(next(iter(self.scenarios.values())).measured)

    @cached_property
    def log_hash(self) -> str:
        """Identify everything that happened: one hash over all replications of all scenarios, in order."""
        return hashlib.sha256("\n".join(digest for each in self.values() for digest in each.logs).encode()).hexdigest()

    @property
    def table(self) -> tuple[Row, ...]:
        """Give the tidy table: a row per scenario, replication, measure and group."""
        return tuple(
            Row(name, i, each.name, each.group, each.unit, each.numerator, each.denominator)
            for name, result in self.items()
            for i, measured in enumerate(result.measured)
            for each in measured.measures
        )

    def to_pandas(self) -> "pd.DataFrame":
        """Give the tidy table as a data frame (needs pandas)."""
        return to_pandas(Row._fields, self.table)

    def as_csv(self) -> str:
        """Give the tidy table as CSV, for a spreadsheet."""
        return csv_text(Row._fields, self.table)

    def notes(self) -> list[str]:
        """Say what a reader must know before the figures: no warm-up, overload, open cases."""
        found = [self.settings.note] if self.settings.note else []
        return [*found, *self.overload(), *self.still_open()]

    def overload(self) -> list[str]:
        """Name the roles that get more work than they can do."""
        return [
            f"{name}: {role} gets {load:.2f} times the work it can do; its queue grows without end."
            for name, result in self.items()
            for role, load in result.overloaded
        ]

    def still_open(self) -> list[str]:
        """Say in which scenarios cases were still open at the end."""
        return [
            f"{name}: {result.counts.open:,} of {result.counts.started:,} cases were still open at the end "
            "(a terminating study): means are over the others, so take them as 'at least'."
            for name, result in self.items()
            if result.counts.open
        ]

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the results into a folder, numbers as npz, the rest as JSON: the old or the new, never torn."""
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        content = _pack(self)
        name = f"measures-{hashlib.sha256(content).hexdigest()[:16]}.npz"
        manifest = {
            "format": FORMAT,
            "measures": name,
            "settings": dataclasses.asdict(self.settings),
            "scenarios": {
                each.name: {"title": each.title, "replications": len(each.logs), "log_hash": each.log_hash}
                for each in self.values()
            },
            "provenance": self.provenance,
        }
        write_whole(target / name, content)
        write_whole(target / _MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1).encode())
        for old in target.glob("measures-*.npz"):
            if old.name != name:
                old.unlink()

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> "Results":
        """Read saved results; RunError when they are not whole or of another format."""
        source = Path(folder)
        try:
            manifest = json.loads((source / _MANIFEST).read_bytes())
            content = (source / manifest["measures"]).read_bytes()
            whole = manifest["format"] == FORMAT and hashlib.sha256(content).hexdigest()[:16] in manifest["measures"]
        except (OSError, ValueError, KeyError) as reason:
            raise RunError("BP724", f"{folder} holds no results: {reason}", "Run the experiment again.") from reason
        if not whole:
            raise RunError("BP724", f"the results in {folder} are damaged or of another format", "Run it again.")
        return _unpack(content, manifest["provenance"])

    def __repr__(self) -> str:
        """Show every scenario."""
        return "\n\n".join([*map(repr, self.values()), *self.notes()])

    def _repr_html_(self) -> str:
        from html import escape

        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes())
        return "".join(each._repr_html_() for each in self.values()) + notes


def label(measure: str, group: str = "") -> str:
    """Name a measure of a group of cases: `lead_time.mean[channel=portal]`."""
    return f"{measure}[{group}]" if group else measure


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, also after a crash."""
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def as_plain(measured: Measured) -> dict[str, Any]:
    """Give what a run measured as plain data; `from_plain` reads it."""
    plain = dataclasses.asdict(measured)
    plain["measures"] = [[m.name, m.group, m.unit, m.numerator, m.denominator] for m in measured.measures]
    return plain


def from_plain(plain: Mapping[str, Any]) -> Measured:
    """Read what `as_plain` gave."""
    measures = tuple(Measure(*each) for each in plain["measures"])
    counts, times = Counts(**plain["counts"]), tuple(plain.get("lead_times", ()))
    return Measured(measures, counts, plain["cells"], plain["tasks"], times)


def _pack(results: Results) -> bytes:
    """Put everything but the provenance into an npz: numbers as columns, names and cells as JSON inside."""
    rows = results.table
    names = sorted({(row.measure, row.group, row.unit) for row in rows})
    place = {name: i for i, name in enumerate(names)}
    order = {name: i for i, name in enumerate(results)}
    columns: dict[str, Any] = {
        "scenario": np.array([order[row.scenario] for row in rows], np.int32),
        "replication": np.array([row.replication for row in rows], np.int32),
        "measure": np.array([place[row.measure, row.group, row.unit] for row in rows], np.int32),
        "numerator": np.array([row.numerator for row in rows], np.float64),
        "denominator": np.array([row.denominator for row in rows], np.float64),
    }
    plain = {
        "settings": dataclasses.asdict(results.settings),
        "measures": names,
        "scenarios": [_plain_scenario(result) for result in results.values()],
    }
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True).encode()
    memory = io.BytesIO()
    np.savez(memory, json=np.frombuffer(text, np.uint8), **columns)
    return memory.getvalue()


def _plain_scenario(result: ScenarioResult) -> dict[str, Any]:
    replications = [as_plain(measured) | {"measures": []} for measured in result.measured]
    names = ("name", "title", "digest", "logs", "overloaded", "flow_lead_time", "backlog", "changes", "grounds")
    fields = {name: getattr(result, name) for name in names}
    if result.process:  # as text: the order of departments and nodes is that of the file
        fields["process"] = json.dumps(result.process.as_written(), ensure_ascii=False)
    return fields | {"goals": [dataclasses.asdict(goal) for goal in result.goals], "replications": replications}


def _unpack(content: bytes, provenance: dict[str, Any]) -> Results:
    with np.load(io.BytesIO(content), allow_pickle=False) as saved:
        plain = json.loads(saved["json"].tobytes())
        columns = [saved[name].tolist() for name in ("scenario", "replication", "measure", "numerator", "denominator")]
    for scenario, replication, measure, above, below in zip(*columns, strict=True):
        entry = [*plain["measures"][measure], above, below]
        plain["scenarios"][scenario]["replications"][replication]["measures"].append(entry)
    scenarios = {
        each["name"]: ScenarioResult(
            each["name"],
            each["title"],
            each["digest"],
            tuple(map(from_plain, each["replications"])),
            tuple(each["logs"]),
            tuple(Goal(**goal) for goal in each["goals"]),
            tuple((role, load) for role, load in each["overloaded"]),
            each.get("flow_lead_time"),
            Process.model_validate_json(each["process"]) if each.get("process") else None,
            each.get("backlog", {}),
            tuple(each.get("changes", ())),
            tuple(each.get("grounds", ())),
        )
        for each in plain["scenarios"]
    }
    return Results(scenarios, Settings(**plain["settings"]), provenance)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
