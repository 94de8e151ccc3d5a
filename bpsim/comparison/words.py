"""How a comparison is said: a sentence per scenario, and the page of text or HTML around it."""

import math
from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from bpsim.tables import html_table, number, places_for, text_table, unit_of

if TYPE_CHECKING:
    from bpsim.comparison.compare import Comparison, Line, TargetLine
    from bpsim.comparison.explain import Cell, Decomposition

#: Measures that have a name of their own in a sentence.
_NAMES = {
    "handoffs": "handoffs per case",
    "handoffs.department": "handoffs between departments per case",
    "handoffs.person": "handoffs between people per case",
    "handoffs.role": "handoffs between roles per case",
    "handoffs.body": "handoffs between bodies per case",
    "cost_per_case": "cost per case",
    "contacts": "contacts per case",
    "documents": "documents per case",
    "touches": "touches per case",
    "burden": "burden on the client per case",
    "errors": "errors per case",
}
_VERBS = {"less": "cuts", "more": "raises"}
HEADER = ("measure", "as is", "to be", "difference", "interval", "verdict")
#: A role at least so busy is called a bottleneck.
_BUSY = 0.8
#: A share below this is written with a decimal.
_TINY = 0.01


def name_of(measure: str, group: str = "") -> str:
    """Name a measure in a sentence: `mean lead time`, `90th percentile of lead time`."""
    family, _, kind = measure.rpartition(".")
    if kind == "mean":
        words = _NAMES.get(family, f"mean {_plain(family)}")
    elif family and kind[:1] == "p" and kind[1:].isdigit():
        words = f"{kind[1:]}th percentile of {_NAMES.get(family, _plain(family))}"
    else:
        words = _plain(measure)
    return f"{words} ({group.replace('=', ' ')})" if group else words


def _plain(name: str) -> str:
    first, *rest = name.replace("_", " ").split(".")
    return f"{first} ({' '.join(rest)})" if rest else first


def places(line: "Line") -> int:
    """Say with how many decimals a difference is written: as many as tell the ends of its interval apart."""
    gap = line.difference
    return places_for(line.shown.of(gap.half_width), line.shown.of(gap.mean))


def amount(line: "Line", value: float) -> str:
    """Write a difference with its unit's name: `4.1 days`, `3.2 points` (of a percentage), `0.4`."""
    name = "points" if line.shown.name == "%" else line.shown.name if line.shown.sign else ""
    return f"{bare(line, value)} {name}".rstrip()


def bare(line: "Line", value: float) -> str:
    """Write a difference without its unit."""
    return line.shown.show(value, places=places(line), sign=False)


def sentence(name: str, lines: Sequence["Line"], *, bottleneck: tuple[str, float] | None, unfinished: int = 0) -> str:
    """Say what a scenario changes of the tracked measures: what is proven first, then what is not.

    `bottleneck` is the role that has become the busiest, with its utilisation; `unfinished` counts the open cases.
    """
    proven = [line for line in lines if line.verdict in _VERBS]
    rest = [line for line in lines if line.verdict not in _VERBS]
    parts = [_proven(proven)] if proven else []
    same = [line for line in rest if line.verdict == "no difference"]
    if same:
        parts.append(f"no difference in {_list([name_of(line.measure, line.group) for line in same])}")
    parts += [_open(line) for line in rest if line.verdict == "not proven"]
    if bottleneck and bottleneck[1] >= _BUSY:
        parts.append(f"{bottleneck[0]} becomes the bottleneck (utilisation {number(100 * bottleneck[1], 0)} %)")
    if not parts:
        parts.append("no case was finished in some replication, so nothing can be compared")
    if unfinished:
        parts.append(f"terminating study: {unfinished:,} cases were still open, so take the means as 'at least'")
    start = f"{name} {parts[0]}" if proven else f"{name}: {parts[0]}"
    return "; ".join([start, *parts[1:]]) + "."


def _proven(lines: Sequence["Line"]) -> str:
    clauses: list[str] = []
    verb = ""
    for i, line in enumerate(lines):
        said = _first(line) if i == 0 else _further(line)
        new = _VERBS[line.verdict]
        clauses.append(said if new == verb else f"{new} {said}")
        verb = new
    return _list(clauses)


def _first(line: "Line") -> str:
    gap = line.difference
    low, high = sorted((abs(gap.low), abs(gap.high)))
    interval = f"{level(line)} CI {bare(line, low)} to {bare(line, high)}{_share(line)}"
    return f"{name_of(line.measure, line.group)} by {amount(line, abs(gap.mean))} ({interval})"


def _share(line: "Line") -> str:
    share = abs(line.difference.mean / line.baseline) if line.baseline else 0.0
    return f"; {number(100 * share, 0 if share >= _TINY else 1)} %" if share else ""


def _further(line: "Line") -> str:
    return f"{name_of(line.measure, line.group)} {_from_to(line)}"


def _from_to(line: "Line") -> str:
    before, after = (line.shown.show(value, places=places(line)) for value in (line.baseline, line.value))
    return f"from {before} to {after}"


def _open(line: "Line") -> str:
    gap = line.difference
    said = f"a difference in {name_of(line.measure, line.group)} is not proven"
    if not math.isfinite(gap.low):
        return f"{said} ({_from_to(line)} in one replication)"
    return f"{said} ({level(line)} CI {bare(line, gap.low)} to {amount(line, gap.high)}; {outlook(line)})"


def outlook(line: "Line") -> str:
    """Say what would decide: more replications, or nothing worth deciding."""
    if line.needed is not None:
        return f"about {line.needed} replications would decide"
    return f"no difference larger than {amount(line, line.difference.reach)}"


def level(line: "Line") -> str:
    """Write the confidence of the interval beside a verdict: Holm's, so never less than 95 %."""
    return f"{math.floor(line.confidence * 1000 + 1e-9) / 10:g} %"


def _list(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def table(comparison: "Comparison", name: str) -> list[tuple[str, ...]]:
    """Give the rows of the table of a scenario, as text."""
    return [row(line) for line in comparison.key_lines(name) if line.baseline or line.value]


def row(line: "Line") -> tuple[str, ...]:
    """Give a line of the table of a scenario, as text (see HEADER)."""
    gap = line.difference
    like = max(abs(line.baseline), abs(line.value))
    before, after = (line.shown.show(value, like=like) for value in (line.baseline, line.value))
    if not math.isfinite(gap.low):
        return line.name, before, after, _plus(line, gap.mean), "-", ""
    if gap.low == gap.high == 0:
        return line.name, before, after, "0", "-", line.verdict
    interval = f"{_plus(line, gap.low)} to {_plus(line, gap.high)}"
    verdict = f"{line.verdict}; {outlook(line)}" if line.verdict == "not proven" else line.verdict
    if line.verdict and line.confidence != 0.95:  # noqa: PLR2004 - the plain level needs no word
        interval += f" ({level(line)})"
    return line.name, before, after, _plus(line, gap.mean), interval, verdict


def _plus(line: "Line", value: float) -> str:
    text = bare(line, value)
    return text if value <= 0 or not text.strip("0.") else f"+{text}"


def target(line: "TargetLine", comparison: "Comparison", name: str) -> str:
    """Say whether a target is met."""
    goal, found = line.goal, line.interval
    what = f"target {name_of(goal.measure, goal.group)} {goal.text}"
    if not math.isfinite(found.mean):
        return f"{what}: {line.verdict} ({name} has no such figure)"
    unit = unit_of(comparison.results[name].unit(goal.measure, goal.group), [found.mean, goal.value])
    interval = ""
    if math.isfinite(found.low):
        low, high = (unit.show(value, like=found.mean, sign=False) for value in (found.low, found.high))
        interval = f", 95 % CI {low} to {high}"
    return f"{what}: {line.verdict} ({unit.show(found.mean)}{interval})"


def cells(comparison: "Comparison", name: str, most: int = 3) -> str:
    """Name the largest cells of the decomposition, by department and cause; with the others they add up."""
    division = comparison.decomposition(name)
    if division is None or not any(cell.difference for cell in division.departments):
        return ""
    total = division.unit().show(float(division.total))
    said = _summands(division, division.departments, most)
    return f"Where mean lead time changed ({'' if division.total < 0 else '+'}{total}): {said}"


def tasks(comparison: "Comparison", name: str, most: int = 3) -> str:
    """Name the tasks at which most of the difference arose; with the others they add up."""
    division = comparison.decomposition(name)
    if division is None or not any(cell.difference for cell in division.tasks):
        return ""
    return f"At which tasks: {_summands(division, division.by_task(), most)}"


def _summands(division: "Decomposition", cells: Sequence["Cell"], most: int) -> str:
    shown = division.rounded(cells)
    places = max((len(text.partition(".")[2]) for *_, text in shown), default=0)
    told = [each for each in shown[:most] if each[2].strip("-0.")]
    said = [(f"{place} / {cause}" if cause else place, text) for place, cause, text in told]
    rest = sum(float(text.replace(",", "")) for *_, text in shown[most:])
    if number(rest, places).strip("-0."):
        said.append(("others", number(rest, places)))
    return ", ".join(
        f"{what} {'' if text.startswith('-') else '+'}{text} {division.unit().sign}" for what, text in said
    )


def assumed(comparison: "Comparison", name: str) -> str:
    """Say what of the difference of mean lead time was typed in, and what came of it."""
    parts = comparison.assumed(name)
    if parts is None or not any(parts):
        return ""
    typed, rest = (f"{'+' if part > 0 else ''}{unit_of('ms', [part]).show(part)}" if part else "0" for part in parts)
    return f"Assumed: {typed} from the flow itself; emergent: {rest} from queues, calendars, batches and transfers"


def _blocks(comparison: "Comparison", name: str) -> Iterator[str]:
    yield comparison.sentence(name)
    yield from (target(line, comparison, name) for line in comparison.targets(name))


def text(comparison: "Comparison") -> str:
    """Give the whole comparison as text."""
    results = comparison.results
    n = results.replications
    head = (
        f"{comparison.baseline} against {_list(comparison.names)}; " if comparison.names else comparison.baseline + "; "
    )
    counts = results[comparison.baseline].counts
    days = results.settings.warmup // 86_400_000
    head += (
        f"{n} replication{'s' if n > 1 else ''}, {counts.started:,} cases per scenario, seed {results.settings.seed}, "
    )
    head += f"warm-up {days} days{_still_open(comparison)}"
    pages = ["\n".join([head, *comparison.notes(), *_own_targets(comparison)])]
    for name in comparison.names:
        table_text = text_table(HEADER, table(comparison, name), left=(0, 5))
        pages.append("\n".join([*_blocks(comparison, name), table_text, *_below(comparison, name)]))
    return "\n\n".join(pages)


def _below(comparison: "Comparison", name: str) -> list[str]:
    """Say where the difference arose, and what of it was assumed."""
    return [said for said in (tell(comparison, name) for tell in (cells, tasks, assumed)) if said]


def _own_targets(comparison: "Comparison") -> list[str]:
    """Say how far the baseline itself is from its targets."""
    name = comparison.baseline
    return [f"{name}: {target(line, comparison, name)}" for line in comparison.targets(name)]


def _still_open(comparison: "Comparison") -> str:
    counts = {name: result.counts for name, result in comparison.results.items() if result.counts.open}
    said = [f"{name} {each.open:,} of {each.started:,}" for name, each in counts.items()]
    return f"; cases still open at the end: {', '.join(said)}" if said else ""


def page(comparison: "Comparison") -> str:
    """Give the whole comparison as HTML."""
    parts = [f"<p>{escape(note)}</p>" for note in (*comparison.notes(), *_own_targets(comparison))]
    for name in comparison.names:
        parts += [f"<p><b>{escape(block)}</b></p>" for block in _blocks(comparison, name)]
        parts.append(html_table(HEADER, table(comparison, name), name))
        parts += [f"<p>{escape(said)}</p>" for said in _below(comparison, name)]
    return "".join(parts)
