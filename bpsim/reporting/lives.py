"""The lives of single cases: about forty of one run, from the fastest to the slowest, in the colours of departments."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bpsim.eventlog import NONE, EventLog
from bpsim.experiment.again import log_of
from bpsim.measures.measured import Run
from bpsim.reporting.palette import INK, mixed
from bpsim.reporting.subject import Subject, below, plot
from bpsim.tables import unit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: So many cases are drawn, evenly from the fastest to the slowest.
CASES = 40
OUTSIDE_OF = {"client": "client", "external": "external", "timer": "timer", "system": "system"}


def sample(lead_times: NDArray[np.int64], number: int = CASES) -> NDArray[np.int64]:
    """Choose places in a list of lead times: evenly from the fastest to the slowest, both ends among them."""
    order = np.argsort(lead_times, kind="stable")
    places = np.unique(np.round(np.linspace(0, len(order) - 1, min(number, len(order)))).astype(np.int64))
    return order[places]


@plot(9.2, 6.4)
def cases(subject: Subject, ax: "Axes", *, scenario: str | None = None, replication: int = 0) -> None:
    """Show about forty cases of one run, from need to end: who has each when, waiting pale, work dark."""
    result = subject.one(scenario, redesign=False)
    log = log_of(subject.results, result.name, replication)
    run = Run(log, subject.results.settings.warmup)
    finished = np.flatnonzero(run.finished)
    chosen = finished[sample(run.lead_time[finished])]
    longest = int(run.lead_time[chosen].max()) if len(chosen) else 1
    unit = unit_of("ms", [longest])
    used: dict[str, None] = {}
    for row, case in enumerate(chosen.tolist()):
        need = int(log.cases["need"][case])
        ax.plot([0, unit.of(int(run.lead_time[case]))], [row, row], color="#bbbbbb", linewidth=0.8, zorder=1)
        for place, start, begun, end in _spans(log, case):
            colour = subject.colours[place]
            used[place] = None
            left, work, right = (unit.of(at - need) for at in (start, begun, end))
            ax.barh(row, work - left, 0.74, left=left, color=mixed(colour, 0.38), zorder=2)
            thin = max(right - work, 0.0025 * unit.of(longest))
            ax.barh(row, thin, 0.74, left=work, color=colour, zorder=3)
    _axes(ax, [int(run.lead_time[case]) for case in chosen.tolist()], unit.of(longest))
    _legend(subject, ax, list(used))
    ax.set_xlabel(f"{unit.name} since the need (all hours of the day count)")
    if len(chosen):
        times = [float(np.quantile(run.lead_time[finished], q)) for q in (0.5, 1.0)]
        middle, worst = (unit_of("ms", [time]).show(time) for time in times)
        ax.set_title(f"{result.name}: half of the clients wait up to {middle}, one waits {worst}")
    below(
        ax,
        f"{len(chosen)} of the {len(finished):,} finished cases of replication {replication}, seed "
        f"{subject.results.settings.seed}: one possible course, without an interval. Pale: it waits there; dark: "
        "from start to end of work, nights included; grey line: on its way, or with nobody.",
    )


def _spans(log: EventLog, case: int) -> list[tuple[str, int, int, int]]:
    """List the stays of a case: the department (or client, ...), from, start of work, and end."""
    rows = np.flatnonzero((log.items["case"] == case) & (log.items["completed"] != NONE))
    found = []
    for row in rows.tolist():
        node = log.settings.nodes[int(log.items["node"][row])]
        arrived, started, done = (int(log.items[name][row]) for name in ("transferred", "started", "completed"))
        created = int(log.items["created"][row])
        place = OUTSIDE_OF.get(node.kind) or log.settings.departments[node.department].name
        begin = created if arrived == NONE else arrived
        found.append((place, begin, begin if started == NONE else started, done))
    return found


def _axes(ax: "Axes", times: list[int], longest: float) -> None:
    """Mark the fastest, the median, the ninth of ten and the slowest."""
    last = len(times) - 1
    marks = {0: "fastest", round(0.5 * last): "median", round(0.9 * last): "p90", last: "slowest"}
    ax.set_yticks(list(marks), list(marks.values()))
    ax.set_ylim(last + 0.7, -0.7)
    ax.set_xlim(0, 1.01 * longest)
    ax.grid(visible=True, axis="x")
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def _legend(subject: Subject, ax: "Axes", used: list[str]) -> None:
    from matplotlib.patches import Patch

    handles = [
        Patch(color=subject.colours[place], label=subject.title(place)) for place in subject.colours if place in used
    ]
    ax.legend(handles=handles, loc="upper right", fontsize=8, labelcolor=INK)
