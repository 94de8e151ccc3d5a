"""Which of a redesign's changes does it: each switched off, each alone, main effects, interactions, Shapley shares."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Literal

from bpsim.comparison.further import scenario_of, settled
from bpsim.comparison.words import name_of
from bpsim.errors import RunError
from bpsim.experiment.results import ScenarioResult, label
from bpsim.experiment.run import Report, run
from bpsim.redesign.scenario import Scenario
from bpsim.statistics.factorial import FULL, MOST, TwoLevel, shapley, two_level, weighted
from bpsim.statistics.intervals import Interval, mean_interval
from bpsim.statistics.paired import differences
from bpsim.tables import Unit, html_table, number, places_for, text_table, to_pandas, unit_of

if TYPE_CHECKING:
    import pandas as pd

    from bpsim.comparison.compare import Comparison

#: What is said of a change: by itself, on top of all the others (what switching it off would lose), on average over
#: all combinations of the others, and its fair share of the whole.
Kind = Literal["alone", "on top", "main effect", "share", "interaction"]
COLUMNS: tuple[Kind, ...] = ("alone", "on top", "main effect", "share")
#: So many interactions are shown.
SHOWN = 3

Outcomes = dict[frozenset[str], tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Factor:
    """A change that can be switched off; `takes` names the changes that cannot be carried out without it."""

    id: str
    text: str
    takes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change, or a pair of changes, does to a measure, in the measure's own unit.

    `also` has the pairs that an interaction cannot be told apart from, in a design that is a fraction.
    """

    kind: Kind
    changes: tuple[str, ...]
    interval: Interval
    also: tuple[tuple[str, ...], ...] = ()

    @property
    def name(self) -> str:
        """Name the change, the pair, or the pairs that may be meant."""
        return " or ".join(" x ".join(pair) for pair in (self.changes, *self.also))


@dataclass(frozen=True, slots=True)
class MeasureEffects:
    """What the changes do to one measure: the whole difference, and the effects."""

    measure: str
    group: str
    shown: Unit
    total: Interval
    effects: tuple[Effect, ...]

    def of(self, kind: Kind) -> tuple[Effect, ...]:
        """Give the effects of one kind."""
        return tuple(effect for effect in self.effects if effect.kind == kind)


@dataclass(frozen=True, eq=False)
class Factors:
    """What each change of a redesign does, for each tracked measure."""

    baseline: str
    name: str
    changes: tuple[Factor, ...]
    design: TwoLevel | None
    combinations: int
    replications: int
    measures: tuple[MeasureEffects, ...]

    @property
    def table(self) -> tuple[tuple[Any, ...], ...]:
        """Give the tidy table: measure, group, kind, changes, effect, low, high, unit (of the measure)."""
        return tuple(self._rows())

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        for each in self.measures:
            whole = Effect("on top", tuple(change.id for change in self.changes), each.total)
            for kind, effect in (("total", whole), *((effect.kind, effect) for effect in each.effects)):
                gap = effect.interval
                name = "all" if kind == "total" else effect.name
                yield each.measure, each.group, kind, name, gap.mean, gap.low, gap.high, each.shown.name

    def to_pandas(self) -> "pd.DataFrame":
        """Give the tidy table as a data frame (needs pandas), in the measures' own units."""
        header = ("measure", "group", "kind", "changes", "effect", "low", "high", "shown_in")
        return to_pandas(header, self.table)

    def as_json(self) -> dict[str, Any]:
        """Give everything as plain data, in the units that are shown."""
        return {
            "baseline": self.baseline,
            "scenario": self.name,
            "design": self._kind_of_design(),
            "combinations": self.combinations,
            "replications": self.replications,
            "changes": [{"id": each.id, "text": each.text, "takes": list(each.takes)} for each in self.changes],
            "measures": {label(each.measure, each.group): _measure_json(each) for each in self.measures},
        }

    def _kind_of_design(self) -> str:
        return "none" if self.design is None else "fraction" if self.design.resolution else "full"

    def notes(self) -> list[str]:
        """Say what a reader must know before the figures."""
        found = [
            f"Without {change.id} there is no {_and(change.takes)}: it goes too."
            for change in self.changes
            if change.takes
        ]
        if self.design and self.design.resolution:
            found.append(
                f"More than {FULL} changes: {len(self.design.runs)} of {2 ** len(self.changes):,} combinations were "
                "run (a regular fraction of resolution IV). There are no Shapley shares, and not all interactions can "
                "be told apart."
            )
        return found

    def head(self) -> str:
        """Say what was done."""
        if not self.changes:
            return f"{self.name} has no changes beyond {self.baseline}: there is nothing to switch off."
        changes = f"{len(self.changes)} change{'s' if len(self.changes) > 1 else ''}"
        runs = f"{self.combinations} combination{'s' if self.combinations > 1 else ''}"
        often = f"{self.replications} replication{'s' if self.replications > 1 else ''}"
        return f"What each change does: {self.name} against {self.baseline}; {changes}, {runs}, {often}"

    def text(self) -> str:
        """Give the answer as text."""
        lines = [self.head(), *(f"  {each.id}  {each.text}" for each in self.changes), *self.notes()]
        for each in self.measures if self.changes else ():
            lines += ["", _whole(each), text_table(self._header(each), _rows_of(each, self.changes))]
            lines += _interactions(each)
        if self.changes:
            lines += ["", *_LEGEND[: 2 if self._kind_of_design() == "full" else 1], _WARNING]
        return "\n".join(lines)

    def _header(self, each: MeasureEffects) -> tuple[str, ...]:
        return ("change", *(kind for kind in COLUMNS if each.of(kind)))

    def __repr__(self) -> str:
        """Give the answer as text."""
        return self.text()

    def _repr_html_(self) -> str:
        parts = [f"<p>{escape(line)}</p>" for line in (self.head(), *self.notes())]
        parts += [f"<p><b>{escape(each.id)}</b> {escape(each.text)}</p>" for each in self.changes]
        for each in self.measures if self.changes else ():
            parts.append(html_table(self._header(each), _rows_of(each, self.changes), _whole(each)))
            parts += [f"<p>{escape(line.strip())}</p>" for line in _interactions(each)]
        return "".join(parts)


_LEGEND = (
    """alone: the change by itself; on top: what is lost when only it is switched off; main effect: its mean over all
combinations of the others.""",
    "share: its fair part of the whole (Shapley): the shares add up.",
)
_WARNING = "The intervals are plain 95 % intervals, and many: one in twenty excludes 0 by chance."


def factors(
    comparison: "Comparison",
    name: str,
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Report | None = None,
    journal: str | os.PathLike[str] | None = None,
) -> Factors:
    """Find out what each change of a compared redesign does: a factorial over the changes, on the same cases.

    The changes are those that the redesign has beyond the baseline. Every combination of up to 6 is run, of more a
    regular fraction; with each change goes what cannot be carried out without it. RunError when the redesign does not
    build on the baseline, has more than 32 changes, or only results are known.
    """
    before, after = scenario_of(comparison, comparison.baseline), scenario_of(comparison, name)
    ids = beyond(before, after)
    variants = {frozenset(ids): after, frozenset[str](): before}
    design = two_level(len(ids)) if ids else None
    kept: dict[frozenset[str], frozenset[str]] = {}
    for on in _wanted(ids, design):
        variant = after.without(*(each for each in ids if each not in on)) if len(on) < len(ids) else after
        left = frozenset(change.id for change in variant.changes).intersection(ids)
        kept[on] = left
        named = f"{name} with {' '.join(each for each in ids if each in left)}"
        variants.setdefault(left, variant.model_copy(update={"scenario": named}))
    new = {left: variant for left, variant in variants.items() if variant is not before and variant is not after}
    results = {frozenset(ids): comparison.results[name], frozenset[str](): comparison.results[comparison.baseline]}
    if new:
        arms = settled(comparison, new.values())
        made = run(arms, workers=workers, executor=executor, progress=progress, journal=journal)
        results |= {left: made[variant.scenario] for left, variant in new.items()}
    return Factors(
        comparison.baseline,
        name,
        tuple(_factor(after, each, ids) for each in ids),
        design,
        len(results) if ids else 1,
        comparison.results.replications,
        tuple(_effects(comparison, name, ids, design, {on: results[left] for on, left in kept.items()})),
    )


def beyond(before: Scenario, after: Scenario) -> tuple[str, ...]:
    """Name the changes that a redesign has beyond the baseline; RunError when they cannot be studied one by one."""
    first = len(before.changes)
    same = before.process == after.process and before.changes == after.changes[:first]
    if not same or before.experiment.backlog != after.experiment.backlog:
        what = f"{after.scenario} does not build on {before.scenario}: its changes cannot be switched off one by one"
        raise RunError("BP806", what, "Let it have the baseline as its base, or name its base with --baseline.")
    ids = tuple(change.id for change in after.changes[first:])
    if len(ids) > MOST:
        raise RunError("BP807", f"{after.scenario} has {len(ids)} changes; at most {MOST} are studied together")
    return ids


def _wanted(ids: Sequence[str], design: TwoLevel | None) -> list[frozenset[str]]:
    """Give the combinations to look at: the design's, all without one, and each alone."""
    every = frozenset(ids)
    runs = [frozenset(each for each, on in zip(ids, run, strict=True) if on) for run in design.runs] if design else []
    single = [combination for each in ids for combination in (every - {each}, frozenset({each}))]
    return list(dict.fromkeys([*runs, *single]))


def _factor(after: Scenario, name: str, ids: Sequence[str]) -> Factor:
    text = next(change.describe() for change in after.changes if change.id == name)
    left = {change.id for change in after.without(name).changes}
    return Factor(name, text, tuple(each for each in ids if each != name and each not in left))


def _effects(
    comparison: "Comparison",
    name: str,
    ids: Sequence[str],
    design: TwoLevel | None,
    results: dict[frozenset[str], ScenarioResult],
) -> Iterator[MeasureEffects]:
    before, after = comparison.results[comparison.baseline], comparison.results[name]
    for key in comparison.tracked:
        try:
            outcomes = {on: result.values(*key) for on, result in results.items()}
            series = differences(before.values(*key), after.values(*key))
        except (KeyError, ValueError):  # some variant lacks it, or it does not exist in some replication
            continue
        total = mean_interval(series)
        effects = tuple(_all_effects(ids, design, outcomes)) if design else ()
        largest = max([abs(total.mean), *(abs(effect.interval.mean) for effect in effects)])
        yield MeasureEffects(*key, unit_of(before.unit(*key), [largest]), total, effects)


def _all_effects(ids: Sequence[str], design: TwoLevel, outcomes: Outcomes) -> Iterator[Effect]:
    every, nothing = frozenset(ids), frozenset[str]()
    runs = [outcomes[frozenset(each for each, on in zip(ids, run, strict=True) if on)] for run in design.runs]
    for place, each in enumerate(ids):
        yield _effect("alone", each, differences(outcomes[nothing], outcomes[frozenset({each})]))
        yield _effect("on top", each, differences(outcomes[every - {each}], outcomes[every]))
        yield _effect("main effect", each, weighted(design.main(place), runs))
        if not design.resolution:
            yield _effect("share", each, weighted(shapley(design.runs, place), runs))
    for first, *others in design.pairs:
        one, other = first
        interval = mean_interval(weighted(design.interaction(one, other), runs))
        also = tuple((ids[a], ids[b]) for a, b in others)
        yield Effect("interaction", (ids[one], ids[other]), interval, also)


def _effect(kind: Kind, name: str, values: Sequence[float]) -> Effect:
    return Effect(kind, (name,), mean_interval(values))


# -- how it is said --------------------------------------------------------------------------------------------------


def _measure_json(each: MeasureEffects) -> dict[str, Any]:
    def plain(interval: Interval) -> dict[str, float | None]:
        ends = (interval.low, interval.high) if interval.n > 1 else (None, None)
        shown = [None if value is None else each.shown.of(value) for value in (interval.mean, *ends)]
        return dict(zip(("effect", "low", "high"), shown, strict=True))

    return {
        "unit": each.shown.name,
        "total": plain(each.total),
        "effects": [
            {"kind": effect.kind, "changes": list(effect.changes), "also": [list(pair) for pair in effect.also]}
            | plain(effect.interval)
            for effect in each.effects
        ],
    }


def _show(each: MeasureEffects, interval: Interval, *, sign: bool = False) -> str:
    half = each.shown.of(interval.half_width) if interval.n > 1 else 0.0
    mean = each.shown.of(interval.mean)
    if mean == half == 0:
        return "0"
    places = places_for(half, mean)
    text = number(mean, places)
    text = text if text.startswith("-") or not text.strip("0.") else f"+{text}"
    name = "points" if each.shown.name == "%" else each.shown.sign
    unit = f" {name}" if sign and name else ""
    return f"{text}{unit}" if interval.n == 1 else f"{text} ± {number(half, places)}{unit}"


def _whole(each: MeasureEffects) -> str:
    return f"{name_of(each.measure, each.group)}: {_show(each, each.total, sign=True)} in all"


def _rows_of(each: MeasureEffects, changes: Sequence[Factor]) -> list[tuple[str, ...]]:
    cells = {(effect.changes, effect.kind): _show(each, effect.interval) for effect in each.effects}
    kinds = [kind for kind in COLUMNS if each.of(kind)]
    return [(change.id, *(cells[(change.id,), kind] for kind in kinds)) for change in changes]


def _interactions(each: MeasureEffects) -> list[str]:
    """Tell the largest interactions that are more than chance."""
    found = [effect for effect in each.of("interaction") if effect.interval.n > 1 and effect.interval.excludes(0)]
    largest = sorted(found, key=lambda effect: -abs(effect.interval.mean))[:SHOWN]
    return [
        f"  {effect.name}: {_show(each, effect.interval, sign=True)} beyond the sum of each alone" for effect in largest
    ]


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
