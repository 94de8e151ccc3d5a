"""What a picture is of: the scenarios of a study, their order, their look and their words."""

import textwrap
from dataclasses import dataclass
from functools import cached_property, update_wrapper
from typing import TYPE_CHECKING, Any

from bpsim.comparison.compare import Comparison
from bpsim.errors import RunError, did_you_mean
from bpsim.experiment.design import baseline_of
from bpsim.experiment.results import Results, ScenarioResult
from bpsim.model.process import Process
from bpsim.reporting.figures import axes_for, look
from bpsim.reporting.lettering import clean
from bpsim.reporting.palette import department_colours
from bpsim.statistics.intervals import Interval
from bpsim.tables import Unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

#: The lines of scenarios: the baseline first. No two differ by colour alone.
LINES = (
    ("#444444", (0, (5, 2))),
    ("#5E3C99", "-"),
    ("#A6521A", "-."),
    ("#1B7837", ":"),
    ("#B3261E", (0, (8, 2, 1, 2))),
)
MARKERS = ("o", "s", "^", "D", "v")


@dataclass(frozen=True, eq=False)
class Subject:
    """A study as pictures see it: results, and the comparison where there are several scenarios."""

    comparison: Comparison

    @classmethod
    def of(cls, given: "Results | Comparison") -> "Subject":
        """Take results or a comparison."""
        return cls(given if isinstance(given, Comparison) else Comparison(given, baseline_of(given)))

    @property
    def results(self) -> Results:
        """Give the results."""
        return self.comparison.results

    @property
    def baseline(self) -> str:
        """Name the baseline."""
        return self.comparison.baseline

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Name the scenarios, the baseline first."""
        return (self.baseline, *self.comparison.names)

    @cached_property
    def process(self) -> Process | None:
        """Give the process of the baseline, or the first that is known."""
        return next((p for p in (self.results[name].process for name in self.names) if p is not None), None)

    @cached_property
    def colours(self) -> dict[str, str]:
        """Give the colour of every department: that of the map."""
        departments = [d for name in self.names if (p := self.results[name].process) for d in p.departments]
        cells = [place for name in self.names for m in self.results[name].measured for place in m.cells]
        return department_colours(self.process, [*departments, *cells])

    def one(self, scenario: str | None, *, redesign: bool = True) -> ScenarioResult:
        """Give a scenario: the one named, or the last redesign, or else the baseline."""
        if scenario is not None and scenario not in self.results:
            hint = did_you_mean(scenario, self.results) or f"There are: {', '.join(self.results)}."
            raise RunError("BP834", f"the results hold no scenario '{scenario}'", hint)
        return self.results[scenario or (self.names[-1] if redesign else self.baseline)]

    def title(self, place: str) -> str:
        """Give what people call a department, or those who are none."""
        words = {"client": "the client", "external": "third parties", "system": "systems", "timer": "put aside"}
        department = next(
            (p.departments[place] for n in self.names if (p := self.results[n].process) and place in p.departments),
            None,
        )
        return clean(department.title if department and department.title else words.get(place, place.replace("_", " ")))

    def origin(self) -> str:
        """Say what every picture says of the runs: how many, the seed, what a day is."""
        settings, runs = self.results.settings, self.results.replications
        warm = f", warm-up {settings.warmup / 86_400_000:g} days" if settings.warmup else ""
        return f"{runs} replication{'s' if runs != 1 else ''}, seed {settings.seed}{warm}"


class Picture:
    """A drawing as users call it: results or a comparison first, `ax` where it is to stand; it gives the axes back.

    `size` is that of a figure of its own, in inches.
    """

    def __init__(self, draw: "Callable[..., None]", size: tuple[float, float]) -> None:
        """Keep how it is drawn."""
        self._draw, self.size = draw, size
        update_wrapper(self, draw)

    def __call__(self, subject: Results | Comparison, *, ax: "Axes | None" = None, **asked: Any) -> "Axes":  # noqa: ANN401 - as the drawing says
        """Draw it."""
        with look():
            axes = axes_for(*self.size) if ax is None else ax
            self._draw(Subject.of(subject), axes, **asked)
        return axes


def plot(width: float, height: float) -> "Callable[[Callable[..., None]], Picture]":
    """Make a drawing a picture of this size in inches."""
    return lambda draw: Picture(draw, (width, height))


def below(ax: "Axes", text: str, *, under: float = 42) -> None:
    """Write what must be known of a picture below it, small, in lines that are no longer than the picture is wide."""
    figure = ax.get_figure(root=True)
    inches = figure.get_figwidth() * ax.get_position().width if figure else 6.0
    ax.annotate(
        textwrap.fill(clean(text), max(int(15.5 * inches), 40)),
        (0, 0),
        xycoords="axes fraction",
        xytext=(0, -under),
        textcoords="offset points",
        fontsize=7.8,
        color="#555555",
        va="top",
        annotation_clip=False,
        parse_math=False,
    )


def ends(interval: Interval, unit: Unit) -> str:
    """Write an interval: `5.9 to 6.4 d`, or nothing where there is none."""
    if abs(interval.low) == float("inf"):
        return ""
    low, high = (unit.show(value, like=interval.mean, sign=False) for value in (interval.low, interval.high))
    return f"{low} to {high}{f' {unit.sign}' if unit.sign else ''}"
