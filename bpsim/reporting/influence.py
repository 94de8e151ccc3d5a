"""What matters: the main effects of the changes of a redesign, and a tornado over the ranges of what is assumed."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from bpsim.comparison.factors import Factors
from bpsim.comparison.sensitivity import Sensitivity
from bpsim.comparison.words import name_of
from bpsim.errors import RunError, did_you_mean
from bpsim.experiment.results import label
from bpsim.reporting.figures import axes_for, look
from bpsim.reporting.lettering import clean, wrapped
from bpsim.reporting.subject import below, ends
from bpsim.statistics.intervals import Interval
from bpsim.tables import Unit, unit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Towards less and towards more: told apart by hatching too.
LESS, MORE = "#5E3C99", "#A6521A"


class Swing(NamedTuple):
    """A line of a tornado: an assumption, and the difference when it is as low and as high as it may be."""

    name: str
    low: Interval | None
    high: Interval | None

    @property
    def width(self) -> float:
        """Say how far the difference moves."""
        return abs(self.high.mean - self.low.mean) if self.low and self.high else 0.0


def effects(factors: Factors, *, measure: str = "", group: str = "", ax: "Axes | None" = None) -> "Axes":
    """Show what each change does by itself to a measure (its main effect), with intervals, and the whole difference."""
    known = {(each.measure, each.group): each for each in factors.measures}
    key = (measure, group) if measure else next(iter(known))
    if key not in known:
        options = [label(*each) for each in known]
        raise RunError("BP726", f"the study has no measure {label(*key)}", did_you_mean(label(*key), options))
    chosen = known[key]
    found = [*chosen.of("main effect")] or [*chosen.of("alone")]
    texts = {change.id: change.text for change in factors.changes}
    rows = [(f"{effect.name} {texts.get(effect.name, '')}", effect.interval) for effect in found]
    rows.sort(key=lambda row: -abs(row[1].mean))
    unit = chosen.shown
    with look():
        axes = axes_for(9.0, 1.9 + 0.45 * len(rows)) if ax is None else ax
        _bars(axes, [*rows, ("all of them", chosen.total)], unit)
        best = rows[0][0].partition(" ")[0]
        axes.set_title(
            f"{best} has the largest effect on {name_of(*key)}" if rows[0][1].mean else "No change has an effect"
        )
        axes.set_xlabel(f"difference of {factors.name} from {factors.baseline} in {name_of(*key)}{_unit(unit)}")
        runs = f"{factors.replications} replications with the same luck"
        below(axes, f"A change's effect, averaged over the others on and off; lines: 95 % intervals over {runs}.")
    return axes


def _unit(unit: Unit) -> str:
    hours = " (all hours of the day count)" if unit.name in {"days", "hours", "minutes", "seconds"} else ""
    return f", {'points' if unit.name == '%' else unit.name}{hours}" if unit.name else ""


def _bars(ax: "Axes", rows: Sequence[tuple[str, Interval]], unit: Unit) -> None:
    for row, (_, interval) in enumerate(rows):
        value = unit.of(interval.mean)
        colour = "#444444" if row == len(rows) - 1 else LESS if value < 0 else MORE
        ax.barh(row, value, 0.6, color=colour, hatch="////" if value > 0 else "", edgecolor="white")
        if math.isfinite(interval.low):
            ax.plot([unit.of(interval.low), unit.of(interval.high)], [row, row], color="black", linewidth=1.6)
        told = unit.show(interval.mean) + (f" ({ends(interval, unit)})" if math.isfinite(interval.low) else "")
        ax.annotate(told, (1, row), xycoords=("axes fraction", "data"), xytext=(6, 0), textcoords="offset points",
                    va="center", fontsize=8.2)  # fmt: skip
    ax.axvline(0, color="black", linewidth=0.9)
    ax.set_yticks(range(len(rows)), ["\n".join(wrapped(name, 230, 2)) for name, _ in rows])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.grid(visible=True, axis="x")


def tornado_of(found: Sensitivity, *, measure: str = "", group: str = "", ax: "Axes | None" = None) -> "Axes":
    """Draw the tornado of a study of what is assumed, for a measure (by default the first that is tracked)."""
    key = (measure, group) if measure else next(iter(found.nominal))
    if key not in found.nominal:
        options = [label(*each) for each in found.nominal]
        raise RunError("BP726", f"the study has no measure {label(*key)}", did_you_mean(label(*key), options))
    swings = [Swing(bar.assumption.name, bar.low, bar.high) for bar in found.tornado(*key)]
    gaps = [gap.mean for swing in swings for gap in (swing.low, swing.high) if gap is not None]
    unit = unit_of(found.units[key], [found.nominal[key].mean, *gaps])
    words = f"{name_of(*key)} of {found.name} from {found.baseline}"
    return tornado(swings, found.nominal[key], unit, measure=words, ax=ax)


def tornado(
    swings: Sequence[Swing], nominal: Interval, unit: Unit, *, measure: str, ax: "Axes | None" = None
) -> "Axes":
    """Show how the difference of a measure moves when each assumption goes to the ends of its range, widest first."""
    rows = sorted((swing for swing in swings if swing.low and swing.high), key=lambda swing: -swing.width)
    with look():
        axes = axes_for(9.0, 1.9 + 0.42 * max(len(rows), 1)) if ax is None else ax
        middle = unit.of(nominal.mean)
        for row, swing in enumerate(rows):
            for end, colour, hatch, word in ((swing.low, LESS, "", "low"), (swing.high, MORE, "////", "high")):
                if end is not None:
                    value = unit.of(end.mean)
                    axes.barh(row, value - middle, 0.6, left=middle, color=colour, hatch=hatch, edgecolor="white",
                              label=f"at the {word} end of its range" if not row else None)  # fmt: skip
                    if math.isfinite(end.low):
                        axes.plot([unit.of(end.low), unit.of(end.high)], [row, row], color="black", linewidth=1.2)
        axes.axvline(middle, color="black", linewidth=1)
        axes.axvline(0, color="#888888", linewidth=0.9, linestyle=":")
        axes.set_yticks(range(len(rows)), ["\n".join(wrapped(clean(swing.name), 230, 2)) for swing in rows])
        axes.set_ylim(max(len(rows), 1) - 0.4, -0.6)
        axes.grid(visible=True, axis="x")
        axes.set_xlabel(f"difference in {measure}{_unit(unit)}")
        if rows:
            axes.legend(loc="lower right", fontsize=8)
            signs = {end.mean < 0 for swing in rows for end in (swing.low, swing.high) if end is not None}
            holds = "the answer holds at both ends of every range" if len(signs) == 1 else "the answer depends on it"
            axes.set_title("\n".join(wrapped(f"{clean(rows[0].name)} matters most; {holds}", 420, 2)))
        else:
            axes.set_title("No assumption has a range that could be tried")
        below(axes, "One number at a time; black line: as assumed; thin lines: 95 % intervals; dotted: no difference.")
    return axes
