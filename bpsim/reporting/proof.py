"""Is it real, and what does it cost: paired differences, tiles of measures, and cost against waiting."""

import math
from typing import TYPE_CHECKING

from bpsim.comparison.compare import Line
from bpsim.comparison.words import name_of
from bpsim.errors import RunError, did_you_mean
from bpsim.experiment.results import label
from bpsim.reporting.subject import LINES, MARKERS, Subject, below, ends, plot
from bpsim.statistics.paired import differences
from bpsim.tables import unit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: So many tiles are shown, in so many columns.
TILES, COLUMNS = 9, 3
#: A difference below this is written in a smaller unit than the value.
TINY = 0.05


def _compared(subject: Subject) -> tuple[str, ...]:
    if len(subject.names) == 1:
        raise RunError("BP835", "one scenario has no differences to draw", "Compare it with another one.")
    return subject.names[1:]


@plot(8.2, 3.8)
def paired(subject: Subject, ax: "Axes", *, measure: str = "", group: str = "") -> None:
    """Show the difference of a measure in every replication, the mean with its interval, and zero.

    By default the first measure that is tracked.
    """
    names = _compared(subject)
    key = (measure, group) if measure else subject.comparison.tracked[0]
    known = subject.results[subject.baseline].measures()
    if key not in known:
        raise RunError(
            "BP726", f"there is no measure {label(*key)}", did_you_mean(label(*key), [label(*k) for k in known])
        )
    lines = {name: subject.comparison.line(name, *key) for name in names}
    unit = unit_of(subject.results[subject.baseline].unit(*key), [abs(v) for e in lines.values() for v in _reach(e)])
    for row, (name, line) in enumerate(lines.items()):
        colour = LINES[(row + 1) % len(LINES)][0]
        found = differences(*(subject.results[each].values(*key) for each in (subject.baseline, name)))
        for i, value in enumerate(sorted(found)):
            ax.plot(unit.of(value), row + 0.16 * ((i % 5) - 2) / 2, "o", color=colour, alpha=0.35, markersize=4.5)
        gap = line.difference
        if math.isfinite(gap.low):
            ax.plot(
                [unit.of(gap.low), unit.of(gap.high)], [row, row], color=colour, linewidth=2.6, solid_capstyle="butt"
            )
        ax.plot(unit.of(gap.mean), row, MARKERS[(row + 1) % 5], color=colour, markersize=9, markeredgecolor="white")
        told = (
            f"{line.verdict or 'no verdict'}: {unit.show(gap.mean)} ({100 * line.confidence:.3g} %: {ends(gap, unit)})"
        )
        ax.annotate(
            told,
            (1.0, row),
            xycoords=("axes fraction", "data"),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
        )
    ax.axvline(0, color="#222222", linewidth=1)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.grid(visible=True, axis="x")
    hours = ", all hours of the day counted" if subject.results[subject.baseline].unit(*key) == "ms" else ""
    points = "points" if unit.name == "%" else unit.name
    ax.set_xlabel(f"difference from {subject.baseline} in {name_of(*key)}{f', {points}' if points else ''}{hours}")
    ax.set_title(_verdict(lines, name_of(*key)))
    below(ax, f"A dot is one replication: both scenarios had the same cases and the same luck. {subject.origin()}.")


def _reach(line: Line) -> tuple[float, float]:
    ends_ = (line.difference.low, line.difference.high)
    return (line.difference.mean, line.difference.mean) if not all(map(math.isfinite, ends_)) else ends_


def _verdict(lines: dict[str, Line], measure: str) -> str:
    word = {True: "cuts", False: "raises"}
    said = [f"{name} {word[line.difference.mean < 0]} it" for name, line in lines.items() if _proven(line)]
    return f"{measure[0].upper()}{measure[1:]}: {', '.join(said[:3]) or 'no change is proven'}"


def _proven(line: Line) -> bool:
    return line.verdict in {"less", "more"} if line.verdict else line.difference.excludes(0)


@plot(8.6, 4.8)
def tiles(subject: Subject, ax: "Axes", *, scenario: str | None = None) -> None:
    """Show the measures that count as tiles: value, difference with its interval, and whether a target is met."""
    from matplotlib.patches import FancyBboxPatch

    result = subject.one(scenario)
    redesign = result.name != subject.baseline
    wanted = dict.fromkeys([*subject.comparison.tracked, *((name, "") for name in TILED)])
    keys = [key for key in wanted if key in result.measures()][:TILES]
    targets = {(t.goal.measure, t.goal.group): t for t in subject.comparison.targets(result.name)}
    rows = -(-len(keys) // COLUMNS)
    for i, key in enumerate(keys):
        x, y = i % COLUMNS, i // COLUMNS
        found = result.interval(*key)
        unit = unit_of(result.unit(*key), [found.mean])
        ax.add_patch(
            FancyBboxPatch(
                (x + 0.04, y + 0.06),
                0.92,
                0.86,
                boxstyle="round,pad=0,rounding_size=0.05",
                facecolor="#f6f6f8",
                edgecolor="#cfcfd6",
            )
        )
        ax.text(x + 0.1, y + 0.2, name_of(*key), fontsize=8.2, color="#444444", va="center")
        ax.text(x + 0.1, y + 0.43, unit.show(found.mean), fontsize=17, va="center", fontweight="bold")
        told = ends(found, unit)
        ax.text(x + 0.92, y + 0.45, told, fontsize=7.5, color="#666666", ha="right", va="center")
        if redesign:
            ax.text(x + 0.1, y + 0.64, _difference(subject, result.name, key), fontsize=8.2, va="center")
        if key in targets:
            sign = {"met": "✓", "missed": "✗", "not proven": "?"}[targets[key].verdict]
            words = f"{sign} target {targets[key].goal.text}: {targets[key].verdict}"
            ax.text(x + 0.1, y + 0.81, words, fontsize=8.2, va="center", fontweight="bold")
    ax.set_xlim(0, COLUMNS)
    ax.set_ylim(rows, 0)
    ax.axis("off")
    ax.set_title(f"{result.name} against {subject.baseline}" if redesign else f"{result.name}: what it does")
    ax.annotate(
        f"Right of a value: its 95 % interval. Times count all hours of the day. {subject.origin()}.",
        (0, 0),
        xycoords="axes fraction",
        xytext=(4, -6),
        textcoords="offset points",
        fontsize=7.8,
        color="#555555",
        va="top",
    )


#: Measures that stand on tiles after those that are tracked.
TILED = ("lead_time.mean", "lead_time.p90", "waiting_time.mean", "handoffs.department.mean", "first_time_right",
         "contacts.mean", "cost_per_case.mean", "flow_efficiency", "processing_time.mean")  # fmt: skip


def _difference(subject: Subject, name: str, key: tuple[str, str]) -> str:
    """Write the difference with its interval, and what is proven."""
    try:
        line = subject.comparison.line(name, *key)
    except KeyError:
        return "not comparable"
    gap = line.difference
    if gap.mean == gap.low == gap.high == 0:
        return "= as before"
    unit = (
        line.shown if abs(line.shown.of(gap.mean)) >= TINY else unit_of(subject.results[name].unit(*key), _reach(line))
    )
    arrow = "▼" if gap.mean < 0 else "▲"
    known = line.verdict if line.verdict in {"not proven", "no difference"} else "" if gap.excludes(0) else "not proven"
    size = f"{unit.show(gap.mean, sign=False)} {'points' if unit.name == '%' else unit.sign}".strip()
    told = ends(gap, unit).removesuffix(f" {unit.sign}")
    return f"{arrow} {size}{f' ({told})' if told else ''}{f' {known}' if known else ''}"


@plot(7.4, 4.8)
def frontier(
    subject: Subject, ax: "Axes", *, cost: str = "cost_per_case.mean", wait: str = "waiting_time.mean"
) -> None:
    """Show every scenario by its cost and its waiting time, each a cross as wide as its intervals."""
    results = {name: subject.results[name] for name in subject.names}
    known = set.intersection(*(set(result.measures()) for result in results.values()))
    for measure in (cost, wait):
        if (measure, "") not in known:
            raise RunError(
                "BP726", f"not every scenario has the measure {measure}", did_you_mean(measure, {m for m, _ in known})
            )
    units = {
        m: unit_of(next(iter(results.values())).unit(m), [r.interval(m).mean for r in results.values()])
        for m in (cost, wait)
    }
    points = {}
    for i, (name, result) in enumerate(results.items()):
        across, up = result.interval(cost), result.interval(wait)
        x, y = units[cost].of(across.mean), units[wait].of(up.mean)
        reach = [units[m].of(e.half_width) if math.isfinite(e.low) else 0.0 for m, e in ((cost, across), (wait, up))]
        colour = LINES[i % len(LINES)][0]
        ax.errorbar(x, y, xerr=reach[0], yerr=reach[1], fmt=MARKERS[i % 5], color=colour, markersize=7, capsize=3)
        ax.annotate(name, (x, y), xytext=(8, 6), textcoords="offset points", fontsize=9, color=colour)
        points[name] = (x, y)
    best = [n for n, p in points.items() if not any(q[0] <= p[0] and q[1] <= p[1] and q != p for q in points.values())]
    steps = sorted(points[name] for name in best)
    ax.plot(*zip(*steps, strict=True), color="#999999", linewidth=0.9, linestyle=":", zorder=0)
    ax.margins(0.18)
    ax.grid(visible=True)
    ax.set_xlabel(f"{name_of(cost)}{f', {units[cost].name}' if units[cost].name else ''} (less is to the left)")
    ax.set_ylabel(f"{name_of(wait)}, {units[wait].name} (less is below)")
    alone = (
        f"no scenario is cheaper or faster than {best[0]}" if len(best) == 1 else f"{' and '.join(best)} are a choice"
    )
    ax.set_title(f"Cost against waiting: {alone}")
    below(
        ax,
        "Crosses: 95 % intervals of each scenario; differences are surer than the crosses look, as all had the same "
        f"cases.\nDotted: nothing is better in both. Waiting counts all hours of the day. {subject.origin()}.",
    )
