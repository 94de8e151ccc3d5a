"""Queues and staff: over the whole run (is it stable), and over a typical week (when is the rush)."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bpsim.comparison.standouts import bottleneck
from bpsim.errors import RunError, did_you_mean
from bpsim.eventlog import NONE, EventLog
from bpsim.experiment.again import log_of
from bpsim.experiment.results import ScenarioResult
from bpsim.measures.steps import Steps, steps
from bpsim.measures.waiting import Ledger
from bpsim.reporting.palette import mixed
from bpsim.reporting.subject import LINES, Subject, below, plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HOUR, DAY, WEEK = 3_600_000, 86_400_000, 7 * 86_400_000
#: So many replications are made again at most.
RUNS = 8
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

Levels = NDArray[np.floating[Any]]


def queue_of(log: EventLog, role: int) -> Steps:
    """Give the number of items that wait for people of a role, as a function of time."""
    able = [rank for rank, node in enumerate(log.settings.nodes) if role in node.eligible]
    rows = np.isin(log.items["node"], able) & (log.items["released"] != NONE)
    begun, over = (log.items[name][rows].astype(np.int64) for name in ("started", "completed"))
    left = np.where(begun == NONE, over, begun)
    stopped = log.settings.stopped
    return steps(
        [(log.items["released"][rows].astype(np.int64), 1), (np.where(left == NONE, stopped, left), -1)], stopped
    )


def staff_of(log: EventLog, role: int) -> Steps:
    """Give the number of people of a role who are on shift and not away, as a function of time."""
    one = log.settings.roles[role]
    people = np.arange(one.first_person, one.first_person + one.staff)
    return Ledger(log).presence.count(people, away=True, busy=False)


def _level(function: Steps, marks: NDArray[np.int64]) -> Levels:
    """Give the mean level between marks."""
    return np.diff(function.integral(marks)) / np.diff(marks)


def _role(result: ScenarioResult, role: str | None) -> str:
    """Name a role: the one given, or the busiest."""
    busiest = bottleneck(result)
    if busiest is None:
        raise RunError("BP836", f"nobody works in {result.name}", "A queue is one for people: give a task a performer.")
    roles = [g.removeprefix("role=") for m, g in result.measures() if m == "utilisation" and "," not in g]
    if role is not None and role not in roles:
        raise RunError(
            "BP836", f"nobody works as {role}", did_you_mean(role, roles) or f"There are: {', '.join(roles)}."
        )
    return role or busiest[0]


def _logs(subject: Subject, result: ScenarioResult) -> list[EventLog]:
    return [log_of(subject.results, result.name, i) for i in range(min(RUNS, len(result.measured)))]


@plot(9.2, 4.0)
def queue(subject: Subject, ax: "Axes", *, scenario: str | None = None, role: str | None = None) -> None:
    """Show how long the queue for a role is from day to day: median and band over replications, the warm-up grey."""
    result = subject.one(scenario, redesign=False)
    name = _role(result, role)
    logs = _logs(subject, result)
    number = [each.name for each in logs[0].settings.roles].index(name)
    settings = subject.results.settings
    marks = np.arange(0, settings.length + 1, DAY)
    rows = np.array([_level(queue_of(log, number), marks) for log in logs])
    days = marks[:-1] / DAY
    colour = subject.colours[name.partition(".")[0]]
    _band(ax, days, rows, mixed(colour, 0.85, "#000000"), "items waiting")
    if settings.warmup:
        ax.axvspan(0, settings.warmup / DAY, color="#dddddd", zorder=0, label="warm-up: does not count")
    ax.set_xlim(0, days[-1] + 1)
    ax.set_ylim(bottom=0)
    ax.grid(visible=True, axis="y")
    begin = datetime.fromisoformat(settings.start)
    ax.set_xlabel(f"day of the run (day 0 is {begin.day} {begin:%B %Y})")
    ax.set_ylabel("items waiting, mean of each day")
    ax.legend(loc="upper left", fontsize=8, ncols=3)
    ax.set_title(f"{_stable(rows, int(settings.warmup // DAY), name, result)}")
    below(
        ax,
        f"Median and 10 to 90 % of {len(logs)} replications, seed {settings.seed}; days when nobody works count too.",
    )


def _band(ax: "Axes", x: Levels, rows: Levels, colour: str, words: str) -> None:
    low, middle, high = np.quantile(rows, (0.1, 0.5, 0.9), axis=0)
    ax.fill_between(x, low, high, color=colour, alpha=0.25, linewidth=0, label="10 to 90 % of the replications")
    ax.plot(x, middle, color=colour, linewidth=1.7, label=f"{words} (median)")


def _stable(rows: Levels, warm: int, name: str, result: ScenarioResult) -> str:
    """Say whether the last third of the run waits longer than the middle third."""
    counted = np.median(rows[:, warm:], axis=0)
    third = max(len(counted) // 3, 1)
    middle, last = counted[third : 2 * third].mean(), counted[-third:].mean()
    grows = last > 1.5 * middle + 1 or name in {role for role, _ in result.overloaded}
    word = "grows: the people cannot keep up" if grows else f"is stable, about {counted.mean():.1f} items"
    return f"{result.name}: the queue for {name} {word}"


@plot(9.2, 4.0)
def week(subject: Subject, ax: "Axes", *, scenario: str | None = None, role: str | None = None) -> None:
    """Show a typical week of a role, hour by hour: items that wait, people on shift, shifts shaded."""
    result = subject.one(scenario, redesign=False)
    name = _role(result, role)
    logs = _logs(subject, result)
    number = [each.name for each in logs[0].settings.roles].index(name)
    settings = subject.results.settings
    begin = datetime.fromisoformat(settings.start)
    first = -(-settings.warmup // WEEK) * WEEK + (-begin.weekday() % 7) * DAY
    weeks = max((settings.length - first) // WEEK, 1)
    marks = first + np.arange(0, weeks * WEEK + 1, HOUR)
    waits, staff = (
        np.array([_level(of(log, number), marks).reshape(weeks, 168).mean(axis=0) for log in logs])
        for of in (queue_of, staff_of)
    )
    hours = np.arange(168) + 0.5
    there = staff.mean(axis=0)
    for hour in np.flatnonzero(there > 0.02 * there.max()).tolist():
        ax.axvspan(hour, hour + 1, color="#f0ead6", zorder=0, linewidth=0)
    colour = mixed(subject.colours[name.partition(".")[0]], 0.85, "#000000")
    _band(ax, hours, waits, colour, "items waiting")
    ax.step(
        np.arange(169),
        np.append(there, there[-1]),
        where="post",
        color=LINES[0][0],
        linestyle="--",
        linewidth=1.2,
        label="people on shift and not away (mean)",
    )
    ax.set_xticks(range(0, 168, 24), [f"{day} 0:00" for day in DAYS])
    ax.set_xlim(0, 168)
    ax.set_ylim(0, 1.18 * max(float(np.quantile(waits, 0.9, axis=0).max()), float(there.max())))
    ax.set_xlabel("hour of the week")
    ax.set_ylabel("items, people")
    ax.legend(loc="upper left", fontsize=8, ncols=3)
    peak = int(np.median(waits, axis=0).argmax())
    at = (begin + timedelta(days=-begin.weekday(), hours=peak)).strftime("%H:%M")
    ax.set_title(f"{result.name}: most work waits for {name} on {DAYS[peak // 24]} at {at}")
    below(
        ax,
        f"Shaded: hours in which people are on shift. Mean of {weeks} weeks in each of {len(logs)} "
        f"replications, seed {settings.seed}; holidays count.",
    )
