"""The report: one HTML page with the answer first and the evidence below it, that asks nothing of the network."""

import base64
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from bpsim.comparison import words
from bpsim.comparison.compare import Comparison, Line
from bpsim.comparison.standouts import biggest_interface, bottleneck, longest_wait
from bpsim.experiment.results import ScenarioResult
from bpsim.measures.waiting import CAUSES
from bpsim.reporting.pictures import picture
from bpsim.reporting.replay import Replay
from bpsim.reporting.story import WORDS
from bpsim.reporting.stress import stress_des
from bpsim.statistics.intervals import Interval
from bpsim.tables import number, unit_of
from bpsim.version import __version__

#: Verdicts that say that there is a difference.
_PROVEN = ("less", "more")


@dataclass(frozen=True, slots=True)
class Table:
    """A table of text."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Download:
    """A file inside the page."""

    name: str
    data: str
    size: str


@dataclass(frozen=True, slots=True)
class Part:
    """A picture (SVG), a table, a text or a download, with what it shows; `folded` opens on demand."""

    caption: str = ""
    picture: str = ""
    table: Table | None = None
    text: str = ""
    download: Download | None = None
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter of the report."""

    id: str
    title: str
    lead: str = ""
    parts: tuple[Part, ...] = ()


def report(comparison: Comparison, *, command: str = "", replay: Replay | None = None) -> str:
    """Give the whole page; `command` is what made it, for those who want to make it again.

    With a `replay` (see `bpsim.reporting.replay`) cases move on the map; without one the page has no script.

    The same comparison gives the same text. All that comes from files of the user is escaped.
    """
    from jinja2 import Environment, StrictUndefined

    folder = files("bpsim.reporting") / "templates"
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    template = environment.from_string((folder / "report.html").read_text(encoding="utf-8"))
    style = (folder / "report.css").read_text(encoding="utf-8")
    chapters = [Section("tiles", "In figures"), *(chapter(comparison) for chapter in CHAPTERS)]
    sections = [each for each in chapters if each.parts or each.id == "tiles"]
    return template.render(
        title=title(comparison),
        study=study(comparison),
        style=style,
        verdicts=verdicts(comparison),
        notes=comparison.notes(),
        bottleneck=[*bottlenecks(comparison)],
        interface=[*interfaces(comparison)],
        tiles=tiles(comparison),
        sections=sections,
        replay=replay,
        version=__version__,
        origin=f"Made by the command: {command}" if command else "",
    )


def title(comparison: Comparison) -> str:
    """Name the study: the title of the process that the baseline simulates, or its name."""
    process = comparison.results[comparison.baseline].process
    return (process.title or process.process) if process else comparison.baseline


def study(comparison: Comparison) -> str:
    """Say in a line what was compared, how often, and with which luck."""
    results = comparison.results
    n, cases = results.replications, results[comparison.baseline].counts.started
    names = ", ".join(comparison.names)
    said = f"{comparison.baseline} against {names}. " if names else f"{comparison.baseline}. "
    times = "1 replication" if n == 1 else f"{n} replications"
    return f"{said}{times} and {cases:,} cases per scenario, seed {results.settings.seed}. Times are calendar time."


# -- the first screen ----------------------------------------------------------------------


def verdicts(comparison: Comparison) -> list[dict[str, Any]]:
    """Say what each redesign changes; nothing where no verdict is earned."""
    if comparison.results.replications == 1:
        return []
    return [
        {
            "name": name,
            "said": comparison.sentence(name).removeprefix(name).lstrip(": "),
            "targets": [words.target(line, comparison, name) for line in comparison.targets(name)],
        }
        for name in comparison.names
    ]


def bottlenecks(comparison: Comparison) -> Iterator[str]:
    """Say of each scenario who is busiest, and before which task cases wait longest."""
    before: tuple[str, str, str] | None = None
    for name, result in _baseline_first(comparison):
        busiest, wait = bottleneck(result), longest_wait(result)
        if busiest is None:
            continue
        role, share = busiest
        known = role, wait.task if wait else "", wait.cause if wait else ""
        waits = f" ({_time(wait.milliseconds)} per case, mostly {WORDS[CAUSES.index(wait.cause)]})" if wait else ""
        if known == before:
            yield f"{name}: the same role ({_share(share)}) and the same wait{waits}."
            continue
        before = before or known
        longest = f"; cases wait longest before {wait.task}{waits}" if wait else ""
        yield f"{name}: {role} is busy {_share(share)} of the time it has{longest}."


def interfaces(comparison: Comparison) -> Iterator[str]:
    """Say of each scenario between which departments most work is handed over."""
    for name, result in _baseline_first(comparison):
        found = biggest_interface(result)
        if found is None:
            yield f"{name}: no work goes from one department to another."
            continue
        wait = f", each waits {_time(found.wait)} until somebody begins" if math.isfinite(found.wait) else ""
        count = number(found.handoffs.mean, 2)
        yield f"{name}: {found.origin} to {found.target}, {count} handoffs per case{wait}."


def _baseline_first(comparison: Comparison) -> Iterator[tuple[str, ScenarioResult]]:
    for name in (comparison.baseline, *comparison.names):
        yield name, comparison.results[name]


def _share(share: Interval) -> str:
    middle = f"{number(100 * share.mean, 0)} %"
    if not math.isfinite(share.low):
        return middle
    return f"{middle} (95 % CI {number(100 * share.low, 0)} to {number(100 * share.high, 0)} %)"


def _time(milliseconds: float) -> str:
    unit = unit_of("ms", [milliseconds])
    return f"{unit.show(milliseconds, sign=False)} {unit.name}"


def tiles(comparison: Comparison) -> list[dict[str, Any]]:
    """Give the most important measures: of the baseline, and of each redesign with its difference and interval."""
    keys = dict.fromkeys((line.measure, line.group) for name in comparison.names for line in comparison.key_lines(name))
    return [_tile(comparison, *key) for key in keys if key[0] != "critical" and _varies(comparison, *key)]


def _varies(comparison: Comparison, measure: str, group: str) -> bool:
    """Tell whether a measure has anything to say: another value than nothing in some scenario."""
    known = [result for result in comparison.results.values() if (measure, group) in result.measures()]
    return any(result.interval(measure, group).mean for result in known)


def _tile(comparison: Comparison, measure: str, group: str) -> dict[str, Any]:
    rows: list[dict[str, str]] = []
    for name in comparison.names:
        try:
            line = comparison.line(name, measure, group)
        except KeyError:
            continue
        if not rows:
            before = line.shown.show(line.baseline, like=max(abs(line.baseline), abs(line.value)))
            rows.append({"name": comparison.baseline, "value": before, "difference": "", "verdict": "", "mark": ""})
        rows.append(_tile_row(name, line))
    return {"name": words.name_of(measure, group), "rows": rows}


def _tile_row(name: str, line: Line) -> dict[str, str]:
    _, _, after, difference, interval, _ = words.row(line)
    shown = difference if interval == "-" else f"{difference} ({interval})"
    mark = line.verdict if line.verdict in _PROVEN else "open"
    return {"name": name, "value": after, "difference": shown, "verdict": line.verdict, "mark": mark}


# -- the evidence --------------------------------------------------------------------------


def _maps(comparison: Comparison) -> Section:
    parts = [_picture(comparison, "map", f"{comparison.baseline}: where cases wait", comparison.baseline)]
    for name in comparison.names:
        parts.append(_picture(comparison, "difference", f"{name}: what is changed in the flow", name))
        parts.append(_picture(comparison, "map", f"{name}: where cases wait then", name, folded=True))
    return Section("maps", "The process and its redesigns", "", tuple(parts))


def _picture(
    comparison: Comparison, name: str, caption: str, scenario: str | None = None, *, folded: bool = False
) -> Part:
    """Give a picture as SVG that stands in the page itself."""
    drawn = picture(comparison, name, scenario=scenario).decode()
    drawn = re.sub(r"<metadata>.*?</metadata>", "", drawn[drawn.index("<svg") :], flags=re.DOTALL)
    return Part(caption, picture=drawn, folded=folded)


def _why(comparison: Comparison) -> Section:
    lead = "The parts of a difference add up to it exactly: each moment of a case has one place and one cause."
    parts = [_picture(comparison, "days", "Where the days of a case go, by cause")]
    for name in comparison.names:
        parts.append(_picture(comparison, "waterfall", f"{name}: why its lead time is another", name))
        parts += _division(comparison, name)
    parts.append(_picture(comparison, "handoffs", f"{comparison.baseline}: who hands to whom", comparison.baseline))
    return Section("why", "Why", lead, tuple(parts))


def _division(comparison: Comparison, name: str) -> Iterator[Part]:
    division = comparison.decomposition(name)
    if division is None or not division.total:
        return
    unit = division.unit()
    total = unit.show(float(division.total), sign=False)
    for kind, cells in (("department", division.departments), ("task", division.tasks)):
        shown = [row for row in division.rounded(cells) if row[2].strip("-0.,")]
        rows = [(place, f"{cause} ({WORDS[CAUSES.index(cause)]})", text) for place, cause, text in shown]
        table = Table((kind, "cause", f"difference in {unit.name}"), (*rows, ("all", "", total)))
        yield Part(f"{name}: the difference in mean lead time by {kind} and cause", table=table, folded=True)
    typed = words.assumed(comparison, name)
    if typed:
        yield Part(f"{name}. {typed}.")


def _distribution(comparison: Comparison) -> Section:
    parts = (_picture(comparison, "lead-time", "How many cases are done within a time"),)
    return Section("distribution", "How long cases take", "", parts)


def _stability(comparison: Comparison) -> Section:
    before = comparison.baseline
    parts = []
    if comparison.results.replications > 1 and comparison.names:
        parts.append(_picture(comparison, "paired", "The difference in every pair of runs"))
    if bottleneck(comparison.results[before]) is not None:
        parts.append(_picture(comparison, "queue", f"{before}: the queue of the busiest role over the run", before))
        parts.append(_picture(comparison, "week", f"{before}: a typical week of the busiest role", before, folded=True))
    return Section("stability", "Is it real, and is it stable?", "", tuple(parts))


def _cases(comparison: Comparison) -> Section:
    caption = f"{comparison.baseline}: forty cases, from fast to slow"
    # as SVG it would be the largest picture of all
    drawn = picture(comparison, "cases", form="png", scenario=comparison.baseline)
    image = f'<img alt="" src="data:image/png;base64,{base64.b64encode(drawn).decode()}">'
    return Section("cases", "Single cases", "", (Part(caption, picture=image),))


def _cost(comparison: Comparison) -> Section:
    if not comparison.names or not _varies(comparison, "cost_per_case.mean", ""):
        return Section("cost", "Cost")
    return Section("cost", "Cost", "", (_picture(comparison, "frontier", "Cost against waiting"),))


def _assumptions(comparison: Comparison) -> Section:
    """Say where the numbers come from, and what was changed."""
    parts = []
    for name, result in comparison.results.items():
        if result.grounds:
            header = ("change", "what it does", "grade", "source", "plausible range", "cost once", "a year")
            rows = tuple(map(_ground, result.grounds))
            parts.append(Part(f"{name}: what is changed", table=Table(header, rows)))
    parts += [*_evidence(comparison.results[comparison.baseline])]
    return Section(
        "assumptions", "Assumptions", "What is assumed decides what comes out; so question it first.", tuple(parts)
    )


def _ground(change: Mapping[str, Any]) -> tuple[str, ...]:
    """Give a change with where its numbers come from and what it costs, as text."""
    costs = (f"{change[key]:,g}" if change[key] else "" for key in ("once", "per_year"))
    spread = " to ".join(map(str, change["range"]))
    return change["id"], change["text"], change["grade"], change["source"], spread, *costs


def _evidence(result: ScenarioResult) -> Iterator[Part]:
    if result.process is None:
        return
    said = result.process.evidence
    rows = tuple((path, each.grade, each.source, " to ".join(map(str, each.range))) for path, each in said.items())
    if rows:
        header = ("number", "grade", "source", "plausible range")
        yield Part(
            f"{len(rows)} numbers of {result.name} and where they come from", table=Table(header, rows), folded=True
        )


def _tables(comparison: Comparison) -> Section:
    parts = []
    for name in comparison.names:
        rows = tuple(words.row(line) for line in comparison.lines(name) if not line.group)
        parts.append(Part(f"{name}: every measure over all cases", table=Table(words.HEADER, rows), folded=True))
    content = comparison.as_csv().encode()
    data = f"data:text/csv;base64,{base64.b64encode(content).decode()}"
    caption = "Every measure of every group with its difference and interval, in the measures' own units"
    parts.append(Part(caption, download=Download("measures.csv", data, f"{len(content) / 1000:,.0f} kB")))
    return Section("tables", "All figures", "", tuple(parts))


def _inputs(comparison: Comparison) -> Section:
    from bpsim.reading.write import process_yaml

    parts = []
    process = comparison.results[comparison.baseline].process
    if process is not None:
        caption = f"{comparison.baseline}: the whole process as it was simulated"
        parts.append(Part(caption, text=process_yaml(process), folded=True))
    known = comparison.results.provenance
    rows = [("seed", str(comparison.results.settings.seed)), ("replications", str(comparison.results.replications))]
    rows += [(f"{name}: log hash", result.log_hash) for name, result in comparison.results.items()]
    rows += [(str(key), str(value)) for key, value in known.items()]
    parts.append(Part("Seeds, versions and hashes", table=Table(("what", "value"), tuple(rows))))
    return Section("inputs", "Inputs and how to repeat this", "", tuple(parts))


def _appendix(comparison: Comparison) -> Section:
    rows = tuple(stress_des(comparison))
    table = Part("The items of STRESS-DES that the files answer", table=Table(("item", "", "answer"), rows))
    return Section("appendix", "Appendix: reporting checklist (STRESS-DES)", "", (table,) if rows else ())


#: The chapters below the first screen, in their order.
CHAPTERS: Sequence[Callable[[Comparison], Section]] = (
    *(_maps, _why, _distribution, _stability, _cases, _cost),
    *(_assumptions, _tables, _inputs, _appendix),
)
