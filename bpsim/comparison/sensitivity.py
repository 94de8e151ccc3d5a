"""Does the answer hold when what is assumed is otherwise? One number at a time, then many at once."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bpsim.comparison.further import scenario_of, settled
from bpsim.comparison.words import name_of
from bpsim.errors import LimitError, Mistake, RunError
from bpsim.experiment.results import Results, label
from bpsim.experiment.run import Report, labour, run
from bpsim.redesign.ranges import Assumption, Unusable, assumptions, having
from bpsim.redesign.scenario import Scenario
from bpsim.statistics.intervals import Interval, mean_interval
from bpsim.statistics.paired import differences
from bpsim.statistics.sampling import latin_hypercube
from bpsim.tables import Unit, html_table, number, places_for, text_table, to_pandas, unit_of

if TYPE_CHECKING:
    import pandas as pd

    from bpsim.comparison.compare import Comparison

#: So many sets of numbers are drawn from the ranges.
SAMPLES = 40
_HEADER = ("assumption", "lowest", "difference", "highest", "difference")

Key = tuple[str, str]
Values = Mapping[Assumption, float]


@dataclass(frozen=True, slots=True)
class Trial:
    """What a set of numbers makes of the difference of each tracked measure; None where a limit stopped the runs.

    `kind` is low or high (one number at an end of its range, the others as they are) or sample (all drawn).
    """

    kind: str
    numbers: Values
    gaps: Mapping[Key, Interval] | None


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a tornado: the difference with a number at the lowest and at the highest end of its range."""

    assumption: Assumption
    low: Interval | None
    high: Interval | None

    @property
    def swing(self) -> float:
        """Say how far the difference moves between the ends, in the measure's own unit."""
        return abs(self.high.mean - self.low.mean) if self.low and self.high else 0.0


@dataclass(frozen=True, slots=True)
class Holding:
    """In how many of the sampled sets the difference has the sign that it has as assumed."""

    sets: int
    same: int
    proven: int

    @property
    def share(self) -> float:
        """Give the share of the sets in which the ranking holds."""
        return self.same / self.sets if self.sets else float("nan")


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """How the difference between the baseline and a redesign depends on what is assumed."""

    baseline: str
    name: str
    assumptions: tuple[Assumption, ...]
    unusable: tuple[Unusable, ...]
    nominal: Mapping[Key, Interval]
    trials: tuple[Trial, ...]
    units: Mapping[Key, str] = field(default_factory=dict)

    def tornado(self, measure: str, group: str = "") -> tuple[Bar, ...]:
        """Give what each number makes of the difference at the ends of its range, the largest swing first."""
        ends = {
            (each.kind, assumption): each.gaps[measure, group]
            for each in self.trials
            if each.kind != "sample" and each.gaps
            for assumption in each.numbers
        }
        bars = (Bar(each, ends.get(("low", each)), ends.get(("high", each))) for each in self.assumptions)
        return tuple(sorted(bars, key=lambda bar: -bar.swing))

    def holds(self, measure: str, group: str = "") -> Holding:
        """Say in how many of the sampled sets the ranking is as it is as assumed."""
        sign = _sign(self.nominal[measure, group].mean)
        gaps = [each.gaps[measure, group] for each in self.trials if each.kind == "sample" and each.gaps]
        same = [gap for gap in gaps if _sign(gap.mean) == sign]
        proven = [gap for gap in same if gap.excludes(0) or (gap.low == gap.high == 0)]
        return Holding(len(gaps), len(same), len(proven))

    @property
    def stopped(self) -> int:
        """Count the sets of numbers with which a run met a limit."""
        return sum(each.gaps is None for each in self.trials)

    @property
    def table(self) -> tuple[tuple[Any, ...], ...]:
        """Give the tidy table: trial, kind, assumption, value, measure, group, difference, low, high, unit."""
        return tuple(self._rows())

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        for i, each in enumerate(self.trials):
            for assumption, value in each.numbers.items():
                for (measure, group), gap in (each.gaps or {}).items():
                    unit = self.units[measure, group]
                    yield i, each.kind, assumption.name, value, measure, group, gap.mean, gap.low, gap.high, unit

    def to_pandas(self) -> "pd.DataFrame":
        """Give the tidy table as a data frame (needs pandas), times in ms."""
        header = ("trial", "kind", "assumption", "value", "measure", "group", "difference", "low", "high", "unit")
        return to_pandas(header, self.table)

    def as_json(self) -> dict[str, Any]:
        """Give everything as plain data; differences are in the unit that is shown, values of times in ms."""
        return {
            "baseline": self.baseline,
            "scenario": self.name,
            "assumptions": [
                {"name": each.name, "low": each.low, "high": each.high, "unit": each.unit} for each in self.assumptions
            ],
            "not_varied": [{"name": each.name, "why": each.why} for each in self.unusable],
            "stopped": self.stopped,
            "measures": {label(*key): self._measure_json(key) for key in self.nominal},
        }

    def _measure_json(self, key: Key) -> dict[str, Any]:
        unit, holding = self._unit(key), self.holds(*key)

        def plain(gap: Interval | None) -> dict[str, float | None]:
            ends = (gap.low, gap.high) if gap and gap.n > 1 else (None, None)
            shown = [None if value is None else unit.of(value) for value in (gap.mean if gap else None, *ends)]
            return dict(zip(("difference", "low", "high"), shown, strict=True))

        return {
            "unit": unit.name,
            "as_assumed": plain(self.nominal[key]),
            "sets": holding.sets,
            "holds": holding.same,
            "proven": holding.proven,
            "tornado": [
                {"assumption": bar.assumption.name, "at_low": plain(bar.low), "at_high": plain(bar.high)}
                for bar in self.tornado(*key)
            ],
        }

    def _unit(self, key: Key) -> Unit:
        gaps = [self.nominal[key], *(each.gaps[key] for each in self.trials if each.gaps)]
        return unit_of(self.units[key], [gap.mean for gap in gaps])

    def notes(self) -> list[str]:
        """Say what a reader must know before the figures."""
        found = [f"{each.name} is not varied: {each.why}." for each in self.unusable]
        if self.stopped:
            found.append(f"With {self.stopped} of the sets of numbers a run met a limit; these are left out.")
        return found

    def head(self) -> str:
        """Say what was done."""
        count, sets = len(self.assumptions), sum(each.kind == "sample" for each in self.trials)
        numbers = f"{count} number{'s' if count > 1 else ''} with a range"
        return f"Does it hold? {self.name} against {self.baseline}; {numbers}, {sets} sets drawn from the ranges"

    def verdict(self, key: Key) -> str:
        """Say of a measure whether the ranking holds."""
        holding, unit = self.holds(*key), self._unit(key)
        start = f"{name_of(*key)}: {_show(unit, self.nominal[key], sign=True)} as assumed"
        if not holding.sets:
            return start
        shares = (100 * each / holding.sets for each in (holding.same, holding.proven))
        same, proven = (number(each, 0) for each in shares)
        ranking = f"the ranking {self.baseline} against {self.name} holds in {same} % of the sets"
        return f"{start}; {ranking} (proven in {proven} %)"

    def text(self) -> str:
        """Give the answer as text."""
        lines = [self.head(), *self.notes()]
        for key in self.nominal:
            lines += ["", self.verdict(key), text_table(_HEADER, self._lines(key))]
        return "\n".join(lines)

    def _lines(self, key: Key) -> list[tuple[str, ...]]:
        unit = self._unit(key)
        return [
            (
                bar.assumption.name,
                bar.assumption.show(bar.assumption.low),
                _show(unit, bar.low),
                bar.assumption.show(bar.assumption.high),
                _show(unit, bar.high),
            )
            for bar in self.tornado(*key)
        ]

    def __repr__(self) -> str:
        """Give the answer as text."""
        return self.text()

    def _repr_html_(self) -> str:
        parts = [f"<p>{escape(line)}</p>" for line in (self.head(), *self.notes())]
        parts += [html_table(_HEADER, self._lines(key), self.verdict(key)) for key in self.nominal]
        return "".join(parts)


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def _show(unit: Unit, gap: Interval | None, *, sign: bool = False) -> str:
    if gap is None:
        return "-"
    half, mean = unit.of(gap.half_width) if gap.n > 1 else 0.0, unit.of(gap.mean)
    places = places_for(half, mean)
    text = number(mean, places)
    text = text if text.startswith("-") or not text.strip("0.") else f"+{text}"
    name = f" {'points' if unit.name == '%' else unit.sign}" if sign and unit.sign else ""
    return f"{text}{name}" if gap.n == 1 else f"{text} ± {number(half, places)}{name}"


# -- the runs ----------------------------------------------------------------------------------------------------------


def sensitivity(
    comparison: "Comparison",
    name: str,
    *,
    samples: int = SAMPLES,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Report | None = None,
    journal: str | os.PathLike[str] | None = None,
) -> Sensitivity:
    """Find out whether a difference holds when what is assumed is otherwise.

    Every number whose evidence has a range is set to its ends, one at a time; then `samples` sets of all of them are
    drawn evenly from the ranges (a Latin hypercube). With each set baseline and redesign are run anew, on the same
    cases. RunError when nothing has a range, or only results are known.
    """
    before, after = scenario_of(comparison, comparison.baseline), scenario_of(comparison, name)
    known, unusable = _ranges(before, after)
    sets = [("low", {each: each.low}) for each in known] + [("high", {each: each.high}) for each in known]
    points = latin_hypercube(len(known), samples, seed=comparison.results.settings.seed) if samples else ()
    sets += [("sample", {a: a.at(share) for a, share in zip(known, point, strict=True)}) for point in points]
    folder = Path(journal) if journal is not None else None

    def carry_out(pool: Executor | None) -> Iterator[Trial]:
        for i, (kind, values) in enumerate(sets):
            arms = settled(comparison, _otherwise([before, after], values))
            kept = folder / f"{i:04d}" if folder else None
            try:
                results = run(arms, workers=1, executor=pool, progress=progress, journal=kept)
            except LimitError:
                yield Trial(kind, values, None)
                continue
            yield Trial(kind, values, _gaps(comparison, results, comparison.baseline, name))

    if executor is not None:
        trials = tuple(carry_out(executor))
    else:
        with labour(workers) as pool:
            trials = tuple(carry_out(pool))
    nominal = _gaps(comparison, comparison.results, comparison.baseline, name)
    found = {key: gap for key, gap in nominal.items() if all(key in each.gaps for each in trials if each.gaps)}
    units = {key: comparison.results[comparison.baseline].unit(*key) for key in found}
    return Sensitivity(comparison.baseline, name, known, unusable, found, trials, units)


def _ranges(before: Scenario, after: Scenario) -> tuple[tuple[Assumption, ...], tuple[Unusable, ...]]:
    """Give what may be otherwise in the baseline or in the redesign, each once."""
    (one, not_one), (other, not_other) = assumptions(before), assumptions(after)
    known = tuple(dict.fromkeys((*one, *other)))
    if not known:
        what = f"nothing in {before.scenario} or {after.scenario} has a range"
        raise RunError("BP816", what, "Write one where a number is not sure: evidence: {grade:, range: [LOW, HIGH]}.")
    return known, tuple(dict.fromkeys((*not_one, *not_other)))


def _otherwise(scenarios: Sequence[Scenario], values: Values) -> Iterator[Scenario]:
    for scenario in scenarios:
        try:
            yield having(scenario, values)
        except Mistake as mistake:
            said = ", ".join(f"{each.name} = {each.show(value)}" for each, value in values.items())
            raise RunError("BP815", f"{said}: {mistake.what}", mistake.hint) from mistake


def _gaps(comparison: "Comparison", results: Results, before: str, after: str) -> dict[Key, Interval]:
    found = {}
    for key in comparison.tracked:
        try:
            values = [results[name].values(*key) for name in (before, after)]
        except (KeyError, ValueError):  # one of them lacks it, or it does not exist in some replication
            continue
        found[key] = mean_interval(differences(*values))
    return found
