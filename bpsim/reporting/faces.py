"""What objects show of themselves in a notebook, and how they are drawn: given to them from above.

A process, a scenario or a result does not know how it is drawn; whoever uses `bpsim` in Python gets these with it.
"""

from typing import TYPE_CHECKING, Any

from bpsim.model.process import Process
from bpsim.redesign.scenario import Scenario

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bpsim.comparison.compare import Comparison
    from bpsim.comparison.factors import Factors
    from bpsim.comparison.sensitivity import Sensitivity
    from bpsim.experiment.results import Results
    from bpsim.reporting.plots import Plots


def put_on() -> None:
    """Give processes and scenarios their pictures; doing it again changes nothing."""
    from bpsim.comparison.compare import Comparison
    from bpsim.comparison.factors import Factors
    from bpsim.comparison.sensitivity import Sensitivity
    from bpsim.experiment.results import Results

    faces: dict[type, dict[str, Any]] = {
        Process: {
            "_repr_html_": _process_html,
            "_repr_svg_": _process_svg,
            "draw": _draw_process,
            "to_yaml": _process_yaml,
        },
        Scenario: {"_repr_svg_": _scenario_svg, "draw": _draw_scenario, "to_yaml": _scenario_yaml},
        Results: {"plot": property(_plots)},
        Comparison: {"plot": property(_plots)},
        Factors: {"draw": _draw_factors},
        Sensitivity: {"draw": _draw_sensitivity},
    }
    for owner, members in faces.items():
        for name, member in members.items():
            setattr(owner, name, member)


def _process_html(process: Process) -> str:
    from bpsim.reporting.portrait import html_of

    return html_of(process)


def _process_yaml(process: Process) -> str:
    """Write a process as a file that reads back to the same process.

    >>> Path("permit.yaml").write_text(bpsim.load("processes/permit-receipt.yaml").to_yaml())
    """
    from bpsim.reading.write import process_yaml

    return process_yaml(process)


def _scenario_yaml(scenario: Scenario, *, base: str = "") -> str:
    """Write a scenario as a file over its process, which stands in the file `base` (PROCESS.yaml if left out).

    >>> Path("to-be.yaml").write_text(to_be.to_yaml(base="permit.yaml"))
    """
    from bpsim.reading.write import scenario_yaml

    return scenario_yaml(scenario, base)


def _process_svg(process: Process) -> str:
    from bpsim.reporting.processmap import draw_svg

    return draw_svg(process)


def _draw_process(process: Process, *, whole: bool = False, ax: "Axes | None" = None) -> "Axes":
    """Draw the map of a process in the lanes of its departments; give the axes.

    A map of more than 60 nodes or 12 lanes is collapsed, unless the whole is wanted.

    >>> bpsim.load("processes/permit-receipt.yaml").draw()
    """
    from bpsim.reporting.canvas import draw_map

    return draw_map(process, whole=whole, ax=ax)


def _scenario_svg(scenario: Scenario) -> str:
    from bpsim.reporting.differencemap import draw_difference
    from bpsim.reporting.processmap import draw_svg

    return draw_difference(scenario) if scenario.changes else draw_svg(scenario.process)


def _plots(subject: "Results | Comparison") -> "Plots":
    """Draw pictures of it: `results.plot.lead_time()`."""
    from bpsim.reporting.plots import Plots

    return Plots(subject)


def _draw_factors(factors: "Factors", *, measure: str = "", group: str = "", ax: "Axes | None" = None) -> "Axes":
    """Draw the main effect of every change on a measure (by default the first that is tracked)."""
    from bpsim.reporting.influence import effects

    return effects(factors, measure=measure, group=group, ax=ax)


def _draw_sensitivity(found: "Sensitivity", *, measure: str = "", group: str = "", ax: "Axes | None" = None) -> "Axes":
    """Draw what the ends of the ranges make of a difference (by default of the first measure that is tracked)."""
    from bpsim.reporting.influence import tornado_of

    return tornado_of(found, measure=measure, group=group, ax=ax)


def _draw_scenario(scenario: Scenario, *, whole: bool = False, ax: "Axes | None" = None) -> "Axes":
    """Draw what the changes of a scenario make of its process; without changes, the process.

    A map of more than 60 nodes or 12 lanes is collapsed, unless the whole is wanted.
    """
    from bpsim.reporting.canvas import draw_map
    from bpsim.reporting.differencemap import difference_map

    drawn = difference_map(scenario) if scenario.changes else (scenario.process,)
    return draw_map(*drawn, whole=whole, ax=ax)
