"""Every picture by its name, as the bytes of a file: what `bpsim draw` writes and a report shows."""

from bpsim.comparison.compare import Comparison
from bpsim.comparison.standouts import bottleneck
from bpsim.errors import RunError, did_you_mean
from bpsim.experiment.results import Results
from bpsim.model.process import Process
from bpsim.redesign.scenario import Scenario
from bpsim.reporting.canvas import PIXELS, paint
from bpsim.reporting.card import card
from bpsim.reporting.days import days, waterfall
from bpsim.reporting.differencemap import difference_map
from bpsim.reporting.figures import blank, look, picture_bytes
from bpsim.reporting.handing import handoffs
from bpsim.reporting.lives import cases
from bpsim.reporting.loaded import Colour, process_of, result_map
from bpsim.reporting.marks import NONE, Marks
from bpsim.reporting.mermaid import draw_mermaid
from bpsim.reporting.processmap import map_sketch
from bpsim.reporting.proof import frontier, paired, tiles
from bpsim.reporting.rush import queue, week
from bpsim.reporting.sketch import svg
from bpsim.reporting.spread import lead_time
from bpsim.reporting.subject import Picture, Subject

#: The maps, by their names.
MAP, DIFFERENCE = "map", "difference"
#: The forms of files; mmd is Mermaid text.
FORMS = ("svg", "png", "pdf", "mmd")
#: The plots by their names, with what is asked of them.
PLOTS: dict[str, tuple[Picture, dict[str, str]]] = {
    "tiles": (tiles, {}),
    "lead-time": (lead_time, {}),
    "days": (days, {}),
    "departments": (days, {"by": "department"}),
    "waterfall": (waterfall, {}),
    "handoffs": (handoffs, {}),
    "paired": (paired, {}),
    "frontier": (frontier, {}),
    "queue": (queue, {}),
    "week": (week, {}),
    "cases": (cases, {}),
    "card": (card, {}),
}
#: Those that need two scenarios, those that need people who work, and those that are of one.
COMPARED = ("waterfall", "paired", "frontier")
STAFFED = ("queue", "week")
OF_ONE = ("tiles", "waterfall", "handoffs", "queue", "week", "cases")


def picture(
    source: Scenario | Results | Comparison,
    name: str = MAP,
    *,
    form: str = "svg",
    scenario: str | None = None,
    colour: Colour = "waiting",
    whole: bool = False,
) -> bytes:
    """Give a picture of a scenario or of results as a file: the same source, the same bytes.

    `scenario` chooses one of the results (by default the last; of a map the baseline); `colour` what fills the map.
    A map that is too large to be read is collapsed, unless the `whole` is wanted.
    RunError when there is no such picture, form or scenario.
    """
    if form not in FORMS:
        raise RunError("BP833", f"pictures are not written as .{form}", f"Choose one of {', '.join(FORMS)}.")
    if name not in names(source):
        hint = did_you_mean(name, names(source)) or f"There are: {', '.join(names(source))}."
        raise RunError("BP832", f"there is no picture {name} of {_kind(source)}", hint)
    study = source if isinstance(source, Scenario) else Subject.of(source)
    if isinstance(study, Scenario) or name in {MAP, DIFFERENCE}:
        return _map(*_mapped(study, name, scenario, colour), form, whole=whole)
    if form == "mmd":
        raise RunError("BP833", f"only maps are written as Mermaid text, not {name}", "Choose svg, png or pdf.")
    draw, asked = PLOTS[name]
    if name in OF_ONE and scenario is not None:
        asked = {**asked, "scenario": study.one(scenario, redesign=False).name}
    drawn = draw(study.comparison, ax=blank(*draw.size), **asked)
    return picture_bytes(drawn, "svg" if form == "svg" else "png" if form == "png" else "pdf")


def names(source: Scenario | Results | Comparison) -> tuple[str, ...]:
    """Name the pictures that there are of a scenario or of results."""
    if isinstance(source, Scenario):
        return (MAP, DIFFERENCE) if source.changes else (MAP,)
    several = len(Subject.of(source).names) > 1
    staffed = any(bottleneck(result) for result in Subject.of(source).results.values())
    missing = {*(() if several else COMPARED), *(() if staffed else STAFFED)}
    return (MAP, *([DIFFERENCE] if several else []), *(name for name in PLOTS if name not in missing))


def _kind(source: Scenario | Results | Comparison) -> str:
    if isinstance(source, Scenario):
        return "a scenario with changes" if source.changes else "a process without changes"
    return "a comparison" if len(Subject.of(source).names) > 1 else "one scenario's results"


def _mapped(study: Scenario | Subject, name: str, scenario: str | None, colour: Colour) -> tuple[Process, Marks]:
    if isinstance(study, Scenario):
        return difference_map(study) if name == DIFFERENCE else (study.resolved(), NONE)
    one = study.one(scenario, redesign=name == DIFFERENCE)
    if name == MAP:
        return result_map(study.results, one.name, colour)
    pair = (study.results[study.baseline], one)
    return difference_map(*(Scenario(scenario=each.name, process=process_of(each)) for each in pair))


def _map(process: Process, marks: Marks, form: str, *, whole: bool) -> bytes:
    if form == "mmd":
        return draw_mermaid(process, whole=whole).encode()
    sketch = map_sketch(process, marks, whole=whole)
    if form == "svg":
        return svg(sketch).encode()
    with look():
        ax = blank(sketch.width / PIXELS, sketch.height / PIXELS, layout=None)
        ax.set_position((0, 0, 1, 1))
        return picture_bytes(paint(sketch, ax=ax), "png" if form == "png" else "pdf")
