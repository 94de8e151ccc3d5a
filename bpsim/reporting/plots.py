"""The pictures of results and comparisons: `results.plot.lead_time()`.

Each takes `ax=` (axes of matplotlib to draw on; a new figure if left out) and gives the axes back. Nothing is shown and
no global style is set. All but `days`, `lead_time`, `paired`, `frontier` and `card` are of one scenario: `scenario=`
names it.
"""

from typing import TYPE_CHECKING, Any

from bpsim.reporting.card import card
from bpsim.reporting.days import days, waterfall
from bpsim.reporting.handing import handoffs
from bpsim.reporting.lives import cases
from bpsim.reporting.loaded import Colour, result_map
from bpsim.reporting.proof import frontier, paired, tiles
from bpsim.reporting.rush import queue, week
from bpsim.reporting.spread import lead_time
from bpsim.reporting.subject import Subject

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bpsim.comparison.compare import Comparison
    from bpsim.experiment.results import Results


class Plots:
    """Draws the pictures of results or of a comparison."""

    def __init__(self, subject: "Results | Comparison") -> None:
        """Keep what is drawn."""
        self.subject = subject

    def map(self, *, scenario: str | None = None, colour: Colour = "waiting", ax: "Axes | None" = None) -> "Axes":
        """Draw the process map: where cases wait, who is busy, how many go where, who hands to whom."""
        from bpsim.reporting.canvas import draw_map

        subject = Subject.of(self.subject)
        return draw_map(*result_map(subject.results, subject.one(scenario, redesign=False).name, colour), ax=ax)

    def handoffs(self, **asked: Any) -> "Axes":  # noqa: ANN401 - as the function says
        """Draw which department hands to which, how often, and how long work waits there (`scenario`)."""
        return handoffs(self.subject, **asked)

    def days(self, **asked: Any) -> "Axes":  # noqa: ANN401
        """Draw where the days of a case go, `by="cause"` or `by="department"`."""
        return days(self.subject, **asked)

    def waterfall(self, **asked: Any) -> "Axes":  # noqa: ANN401
        """Draw why a redesign is faster: what each department and cause adds or takes (`scenario`)."""
        return waterfall(self.subject, **asked)

    def lead_time(self, **asked: Any) -> "Axes":  # noqa: ANN401
        """Draw which share of the cases is done within a time, with its band and the legal limit."""
        return lead_time(self.subject, **asked)

    def paired(self, **asked: Any) -> "Axes":  # noqa: ANN401
        """Draw the difference of a `measure` (and `group`) in every replication, with its interval."""
        return paired(self.subject, **asked)

    def queue(self, **asked: Any) -> "Axes":  # noqa: ANN401
        """Draw the queue for a `role` over the run (`scenario`)."""
        return queue(self.subject, **asked)

    def week(self, **asked: Any) -> "Axes":  # noqa: ANN401
        """Draw a typical week of a `role`: what waits, and who is there (`scenario`)."""
        return week(self.subject, **asked)

    def cases(self, **asked: Any) -> "Axes":  # noqa: ANN401
        """Draw about forty cases of one `replication`, from the fastest to the slowest (`scenario`)."""
        return cases(self.subject, **asked)

    def tiles(self, **asked: Any) -> "Axes":  # noqa: ANN401
        """Draw the measures that count, with difference, interval and target (`scenario`)."""
        return tiles(self.subject, **asked)

    def frontier(self, **asked: Any) -> "Axes":  # noqa: ANN401
        """Draw every scenario by its `cost` and its `wait`."""
        return frontier(self.subject, **asked)

    def card(self, **asked: Any) -> "Axes":  # noqa: ANN401
        """Draw what the figures rest on."""
        return card(self.subject, **asked)

    def __repr__(self) -> str:
        """Name the pictures."""
        names = (name for name in vars(type(self)) if not name.startswith("_"))
        return f"pictures: {', '.join(names)}"
