"""As-is against redesigns: paired differences of every measure, verdicts that are earned, and targets."""

import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bpsim.comparison import words
from bpsim.comparison.explain import Decomposition, decompose
from bpsim.comparison.guards import Guard, guards
from bpsim.comparison.standouts import bottleneck
from bpsim.errors import RunError, did_you_mean
from bpsim.eventlog import EventLog
from bpsim.experiment.design import baseline_of
from bpsim.experiment.results import SUMMARY, Goal, Results, ScenarioResult, label
from bpsim.experiment.run import Report, run
from bpsim.redesign.scenario import Scenario, Sequential
from bpsim.statistics.intervals import Interval, mean_interval
from bpsim.statistics.paired import Judgement, differences, judge, replications_needed
from bpsim.tables import Unit, csv_text, to_pandas, unit_of

if TYPE_CHECKING:
    import pandas as pd

    from bpsim.comparison.factors import Factors
    from bpsim.comparison.sensitivity import Sensitivity

#: What verdicts are about where no scenario has a target.
TRACKED = ("lead_time.mean", "handoffs.department.mean", "cost_per_case.mean")
#: The largest cells of the decomposition that the text shows.
CELLS = 3
#: The columns of the table of a comparison.
_COLUMNS = ("scenario", "measure", "group", "baseline", "value", "difference", "low", "high", "verdict")

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """One measure of a scenario against the baseline, in the measure's own unit; `shown` is the unit for people.

    The interval of a tracked measure is the one its verdict was reached at (`confidence`); `needed` is about how many
    replications would decide what is not proven. A measure that is not tracked has no verdict.
    """

    measure: str
    group: str
    shown: Unit
    baseline: float
    value: float
    difference: Interval
    confidence: float = 0.95
    verdict: str = ""
    needed: int | None = None

    @property
    def name(self) -> str:
        """Name the measure with its group."""
        return label(self.measure, self.group)


@dataclass(frozen=True, slots=True)
class TargetLine:
    """A target and whether it is met: `met`, `missed` or `not proven`, by the interval over replications."""

    goal: Goal
    interval: Interval
    verdict: str


def compare(
    *subjects: Scenario | Results,
    baseline: str | None = None,
    replications: int | Sequential | None = None,
    seed: int | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Report | None = None,
    journal: str | os.PathLike[str] | None = None,
    keep_logs: str | os.PathLike[str] | None = None,
) -> "Comparison":
    """Compare scenarios, which are run with the same luck, or results of runs that had it.

    The baseline is the scenario named, or the one called as-is, or the first. The other settings are those of `run`.
    RunError when the scenarios or results are not comparable.
    """
    if any(isinstance(subject, EventLog) for subject in subjects):
        what = "a log is one run: its cases share the queues, so they are no replications, and give no interval"
        raise RunError("BP821", what, "Compare the scenarios, which are run many times.")
    results = [subject for subject in subjects if isinstance(subject, Results)]
    scenarios = [subject for subject in subjects if isinstance(subject, Scenario)]
    if len(results) + len(scenarios) != len(subjects) or bool(results) == bool(scenarios):
        raise TypeError("compare takes scenarios, or results, but not both")
    if scenarios:
        results = [
            run(
                scenarios,
                replications=replications,
                seed=seed,
                workers=workers,
                executor=executor,
                progress=progress,
                journal=journal,
                keep_logs=keep_logs,
                baseline=baseline,
            )
        ]
    joined = _joined(results)
    return Comparison(joined, baseline_of(joined, baseline), {each.scenario: each for each in scenarios})


def _joined(results: Sequence[Results]) -> Results:
    """Put results together; RunError when they are not of one experiment."""
    first = results[0]
    for other in results[1:]:
        mine, theirs = asdict(first.settings), asdict(other.settings)
        differs = [name for name, value in mine.items() if name != "note" and theirs[name] != value]
        if first.replications != other.replications:
            differs.append("replications")
        if differs:
            what = f"the results are not comparable: they differ in {', '.join(differs)}"
            raise RunError("BP825" if "seed" in differs else "BP723", what, "Run the scenarios together.")
    scenarios: dict[str, ScenarioResult] = {}
    for each in results:
        for name, scenario in each.items():
            if name in scenarios:
                raise RunError("BP721", f"two scenarios are called '{name}'", "Give each its own name.")
            scenarios[name] = scenario
    return Results(scenarios, first.settings, first.provenance)


class Comparison:
    """What the redesigns change against the baseline, with intervals; verdicts for the tracked measures only."""

    def __init__(self, results: Results, baseline: str, scenarios: Mapping[str, Scenario] | None = None) -> None:
        """Judge the results; RunError when a target is about a measure that does not exist.

        `scenarios` are those that were run, by their names; without them no further runs can be made.
        """
        self.results = results
        self.scenarios = dict(scenarios or {})
        self.baseline = baseline
        self.names = tuple(name for name in results if name != baseline)
        self.tracked = self._tracked()
        self._judged = self._judge()

    def _tracked(self) -> tuple[Key, ...]:
        goals = [(goal.measure, goal.group) for result in self.results.values() for goal in result.goals]
        known = {key for result in self.results.values() for key in result.measures()}
        for measure, group in goals:
            if (measure, group) not in known:
                options = {label(*key) for key in known}
                hint = did_you_mean(label(measure, group), options) or "`bpsim run` lists the measures of a scenario."
                raise RunError("BP726", f"no scenario has the measure {label(measure, group)} of a target", hint)
        return tuple(dict.fromkeys(goals)) or tuple((name, "") for name in TRACKED)

    def _judge(self) -> dict[tuple[str, Key], tuple[Judgement, int | None]]:
        """Judge all scenarios x tracked measures together (Holm)."""
        asked = [(name, key) for name in self.names for key in self.tracked]
        values = {question: self._differences(*question) for question in asked}
        known = {question: series for question, series in values.items() if series is not None}
        found = {}
        for question, judgement in zip(known, judge(list(known.values())), strict=True):
            needed = None
            if judgement.verdict == "not proven":
                needed = replications_needed(known[question], confidence=judgement.confidence)
            found[question] = judgement, needed
        return found

    def _differences(self, name: str, key: Key) -> tuple[float, ...] | None:
        try:
            return differences(self.results[self.baseline].values(*key), self.results[name].values(*key))
        except (KeyError, ValueError):
            return None

    def line(self, name: str, measure: str, group: str = "") -> Line:
        """Give one measure of a scenario against the baseline; KeyError where it cannot be compared."""
        key = measure, group
        series = self._differences(name, key)
        if series is None:
            raise KeyError(f"{label(*key)} cannot be compared between {self.baseline} and {name}")
        before, after = self.results[self.baseline], self.results[name]
        values = before.interval(*key).mean, after.interval(*key).mean
        unit = before if key in before.measures() else after
        shown = unit_of(unit.unit(*key), values)
        if (name, key) not in self._judged:
            return Line(measure, group, shown, *values, mean_interval(series))
        judgement, needed = self._judged[name, key]
        interval, confidence = judgement.interval, judgement.confidence
        return Line(measure, group, shown, *values, interval, confidence, judgement.verdict, needed)

    def lines(self, name: str) -> list[Line]:
        """Give every measure that both the scenario and the baseline have, the tracked ones first."""
        return [self.line(name, *key) for key in self._keys(name) if self._differences(name, key) is not None]

    def _keys(self, name: str) -> Iterable[Key]:
        both = (*self.tracked, *self.results[self.baseline].measures(), *self.results[name].measures())
        return dict.fromkeys(both)

    def key_lines(self, name: str) -> list[Line]:
        """Give the tracked measures and the most important others: what the text shows."""
        wanted = {*self.tracked, *((measure, "") for measure in SUMMARY)}
        return [line for line in self.lines(name) if self._is_key(line, wanted)]

    def _is_key(self, line: Line, wanted: set[Key]) -> bool:
        if (line.measure, line.group) in wanted:
            return True
        busy = line.measure == "utilisation" and "," not in line.group
        return busy or line.measure == "critical" or (line.measure.startswith("on_time.") and not line.group)

    def targets(self, name: str) -> list[TargetLine]:
        """Say of each target of a scenario whether it is met, missed or not proven."""
        result = self.results[name]
        known = result.measures()
        found = []
        for goal in result.goals:
            key = goal.measure, goal.group
            unknown = Interval(math.nan, -math.inf, math.inf, len(result.measured))
            interval = result.interval(*key) if key in known else unknown
            found.append(TargetLine(goal, interval, _reached(goal, interval)))
        return found

    @cached_property
    def _decompositions(self) -> dict[str, Decomposition | None]:
        return {name: decompose(self.results[self.baseline], self.results[name]) for name in self.names}

    def decomposition(self, name: str) -> Decomposition | None:
        """Say where the difference of mean lead time arose; None when some replication finished no case."""
        return self._decompositions[name]

    def assumed(self, name: str) -> tuple[float, float] | None:
        """Divide the difference of mean lead time (ms): what the flow alone makes of it, and the rest, which emerges.

        The first is the difference of the two flow runs, in which nobody waits: it follows from what was typed in. The
        rest is what queues, calendars, batches and transfers made of it.
        """
        division = self.decomposition(name)
        before, after = (self.results[each].flow_lead_time for each in (self.baseline, name))
        if division is None or before is None or after is None:
            return None
        return after - before, float(division.total) - (after - before)

    def factors(self, name: str, **settings: Any) -> "Factors":  # noqa: ANN401 - passed on
        """Find out which of a redesign's changes does it, by further runs on the same cases.

        The settings are workers, executor, progress and journal, as of `compare`.
        """
        from bpsim.comparison.factors import factors

        return factors(self, name, **settings)

    def sensitivity(self, name: str, **settings: Any) -> "Sensitivity":  # noqa: ANN401 - passed on
        """Find out whether a redesign's difference holds when what is assumed is otherwise, by further runs.

        The settings are `samples` (sets of numbers drawn from the ranges, 40), workers, executor, progress and journal.
        """
        from bpsim.comparison.sensitivity import sensitivity

        return sensitivity(self, name, **settings)

    def sentence(self, name: str) -> str:
        """Give the verdict of a scenario in words."""
        tracked = [self.line(name, *key) for key in self.tracked if (name, key) in self._judged]
        unfinished = sum(self.results[each].counts.open for each in (self.baseline, name))
        return words.sentence(name, tracked, bottleneck=self._bottleneck(name), unfinished=unfinished)

    def _bottleneck(self, name: str) -> tuple[str, float] | None:
        """Name the busiest role of a scenario where it is another than the baseline's."""
        before, after = bottleneck(self.results[self.baseline]), bottleneck(self.results[name])
        return (after[0], after[1].mean) if before and after and after[0] != before[0] else None

    def guards(self) -> tuple[Guard, ...]:
        """Give the warnings about what is easily misread."""
        return guards(self)

    def notes(self) -> list[str]:
        """Say what a reader must know before the figures."""
        warnings = self.guards()
        found = [str(guard) for guard in warnings]
        if self.results.settings.note not in {"", *(guard.what for guard in warnings)}:
            found.append(self.results.settings.note)
        found += self.results.overload()
        before = self.results[self.baseline].counts.started
        for name in self.names:
            after = self.results[name].counts.started
            if before != after:
                found.append(f"{name} has {after:,} cases, {self.baseline} {before:,}: demand itself was changed.")
        return found

    def as_json(self) -> dict[str, Any]:
        """Give everything as plain data, in the units that are shown (each measure says its unit)."""
        return {
            "baseline": self.baseline,
            "replications": self.results.replications,
            "seed": self.results.settings.seed,
            "warmup_days": self.results.settings.warmup / 86_400_000,
            "notes": self.notes(),
            "warnings": [{"code": guard.code, "what": guard.what} for guard in self.guards()],
            "scenarios": {name: self._scenario_json(name) for name in self.names},
        }

    def _scenario_json(self, name: str) -> dict[str, Any]:
        division = self.decomposition(name)
        parts = self.assumed(name) or (None, None)
        return {
            "measures": {line.name: _line_json(line) for line in self.lines(name)},
            "decomposition": _cells_json(division, "department"),
            "tasks": _cells_json(division, "task"),
            "assumed": {"difference": parts[0], "unit": "ms"},
            "emergent": {"difference": parts[1], "unit": "ms"},
            "targets": [
                {"target": label(each.goal.measure, each.goal.group), "text": each.goal.text, "verdict": each.verdict}
                for each in self.targets(name)
            ],
            "sentence": self.sentence(name),
        }

    def to_pandas(self) -> "pd.DataFrame":
        """Give every measure of every scenario as a data frame, in the measures' own units (needs pandas)."""
        return to_pandas(_COLUMNS, self._rows())

    def as_csv(self) -> str:
        """Give every measure of every scenario as CSV for a spreadsheet: in the measures' own units, to ten digits.

        A measure that is nothing before and after is left out.
        """
        rows = (row for row in self._rows() if row[3] or row[4])
        return csv_text(_COLUMNS, ([f"{x:.10g}" if isinstance(x, float) else x for x in row] for row in rows))

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        for name in self.names:
            for line in self.lines(name):
                gap = line.difference
                yield (
                    name,
                    line.measure,
                    line.group,
                    line.baseline,
                    line.value,
                    gap.mean,
                    gap.low,
                    gap.high,
                    line.verdict,
                )

    def text(self) -> str:
        """Give the answer as text: notes, then for each scenario the verdict, the measures and the largest cells."""
        return words.text(self)

    def __repr__(self) -> str:
        """Give the answer as text."""
        return self.text()

    def _repr_html_(self) -> str:
        return words.page(self)


def _reached(goal: Goal, interval: Interval) -> str:
    """Compare the whole interval with the target: its value itself meets it."""
    sign = 1 if goal.comparison == "<=" else -1
    low, high = sorted((sign * interval.low, sign * interval.high))
    return "met" if high <= sign * goal.value else "missed" if low > sign * goal.value else "not proven"


def _cells_json(division: Decomposition | None, place: str) -> list[dict[str, Any]]:
    if division is None:
        return []
    unit, cells = division.unit(), division.tasks if place == "task" else division.departments
    return [
        {place: cell.place, "cause": cell.cause, "difference": float(cell.difference) / unit.scale, "unit": unit.name}
        for cell in cells
    ]


def _line_json(line: Line) -> dict[str, Any]:
    gap = line.difference
    values = {"baseline": line.baseline, "value": line.value, "difference": gap.mean, "low": gap.low, "high": gap.high}
    plain: dict[str, Any] = {
        name: line.shown.of(value) if math.isfinite(value) else None for name, value in values.items()
    }
    return plain | {"unit": line.shown.name, "verdict": line.verdict or None}
