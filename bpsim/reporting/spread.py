"""How long cases take: the share that is done within a time, as-is and redesign, against the legal limit."""

from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bpsim.errors import RunError
from bpsim.experiment.results import ScenarioResult
from bpsim.model.written import ALWAYS
from bpsim.reporting.subject import LINES, Subject, below, plot
from bpsim.statistics.intervals import student_t
from bpsim.tables import unit_of
from bpsim.values.durations import parse_duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: So many points of time are drawn, up to the time that this share of cases keeps to in the slowest scenario.
POINTS, UP_TO = 240, 0.985
#: More limits than this would be no lines but a pattern.
MOST = 3
Values = NDArray[np.float64]


def done_within(result: ScenarioResult, times: Values) -> Values:
    """Give the share of cases done within each time (ms), a row per replication; open cases count as not done yet."""
    shares = np.arange(1, 100) / 100
    rows = []
    for measured in result.measured:
        known = np.asarray(measured.lead_times, np.float64)
        rows.append(np.interp(times, known, shares[: len(known)], left=0.0) if len(known) else np.zeros(len(times)))
    return np.array(rows)


@plot(8.6, 4.6)
def lead_time(subject: Subject, ax: "Axes") -> None:
    """Show which share of the cases is done within a time, each scenario with its band, and the legal limit."""
    results = [subject.results[name] for name in subject.names]
    curves = [m.lead_times for result in results for m in result.measured if m.lead_times]
    if not curves:
        raise RunError("BP835", "no lead times are known", "Let the experiment be longer, or run it again.")
    longest = float(np.quantile([curve[min(int(99 * UP_TO), len(curve) - 1)] for curve in curves], 0.9))
    limits = _limits(subject)
    drawn = limits if len(limits) <= MOST else []
    longest = max([longest, *(limit * 1.04 for _, _, limit in drawn if limit < 2 * longest)])
    times = np.linspace(0, longest, POINTS)
    unit = unit_of("ms", [longest])
    for i, result in enumerate(results):
        colour, style = LINES[i % len(LINES)]
        rows = 100 * done_within(result, times)
        mean, count = rows.mean(axis=0), len(rows)
        line: dict[str, Any] = {"color": colour, "linestyle": style, "linewidth": 1.9}
        ax.plot(unit.of(1.0) * times, mean, label=_words(subject, result), **line)
        if count > 1:
            half = student_t(0.95, count - 1) * rows.std(axis=0, ddof=1) / np.sqrt(count)
            low, high = np.clip(mean - half, 0, 100), np.clip(mean + half, 0, 100)
            ax.fill_between(unit.of(1.0) * times, low, high, color=colour, alpha=0.16, linewidth=0)
    for name, words, limit in drawn:
        if limit <= longest:
            ax.axvline(unit.of(limit), color="#B3261E", linewidth=1.2)
            ax.text(
                unit.of(limit),
                42,
                f"limit {name}: {words} ",
                rotation=90,
                ha="right",
                va="bottom",
                fontsize=8,
                color="#B3261E",
            )
    ax.set_xlim(0, unit.of(longest))
    ax.set_ylim(0, 101)
    ax.grid(visible=True)
    ax.set_ylabel("% of the cases done")
    ax.set_xlabel(f"within so many {unit.name} from the need (all hours of the day count)")
    ax.legend(loc="lower right", fontsize=8.5)
    ax.set_title(_headline(subject))
    counted = (
        " The clock of the law may stand still while the client answers: 'on time' counts by it." if limits else ""
    )
    beyond = "".join(f" The limit {name} ({words}) lies beyond." for name, words, limit in drawn if limit > longest)
    if len(limits) > MOST:
        beyond = f" Limits differ from case to case, {limits[0][1]} to {limits[-1][1]}: no line is drawn for them."
    hours = "".join(
        f" The limit {name} counts the hours of '{hours}' only and has no line." for name, hours in _hours(subject)
    )
    below(ax, f"Band: 95 % interval over {subject.origin()}.{counted}{beyond}{hours}")


def _limits(subject: Subject) -> list[tuple[str, str, float]]:
    """List the limits of clocks in civil time: name, in words, ms. Those in working time have no place on the axis."""
    if subject.process is None:
        return []
    found = []
    for name, clock in subject.process.cases.clocks.items():
        limit = clock.model_dump(mode="json")["limit"]
        values = limit["of"].values() if isinstance(limit, dict) else [limit]
        texts = dict.fromkeys(map(str, values)) if clock.calendar == ALWAYS else ()
        found += [(name, text, float(parse_duration(text))) for text in texts]
    return sorted(found, key=lambda limit: limit[2])


def _hours(subject: Subject) -> list[tuple[str, str]]:
    """List the clocks in working time with their calendars."""
    clocks = subject.process.cases.clocks if subject.process else {}
    return [(name, clock.calendar) for name, clock in clocks.items() if clock.calendar != ALWAYS]


def _on_time(subject: Subject) -> str:
    return next(
        (
            m
            for m, g in chain.from_iterable(r.measures() for r in subject.results.values())
            if m.startswith("on_time.") and not g
        ),
        "",
    )


def _words(subject: Subject, result: ScenarioResult) -> str:
    """Name a scenario with what it keeps of the limit."""
    measure = _on_time(subject)
    if measure and (measure, "") in result.measures():
        found = result.interval(measure)
        half = 100 * found.half_width
        reach = f" ±{half:.1f}" if 0.05 <= half < 100 else ""  # noqa: PLR2004 - what is rounded to nothing, or unknown
        return f"{result.name}: on time {100 * found.mean:.1f}{reach} %"
    return result.name


def _headline(subject: Subject) -> str:
    before = subject.results[subject.baseline]
    unit = unit_of("ms", [before.interval("lead_time.p90").mean])
    if len(subject.names) == 1:
        return f"Nine of ten cases are done within {unit.show(before.interval('lead_time.p90').mean)}"
    after = subject.results[subject.names[-1]]
    one, other = (unit.show(each.interval("lead_time.p90").mean) for each in (before, after))
    return f"Nine of ten cases within {other} ({after.name}) instead of {one} ({before.name})"
