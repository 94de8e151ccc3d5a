"""How a comparison is said: a sentence per scenario, and the page of text or HTML around it."""

import math
from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from bpsim.tables import html_table, text_table

if TYPE_CHECKING:
    from bpsim.comparison.compare import Comparison, Line, TargetLine

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
}
_VERBS = {"less": "cuts", "more": "raises"}
_HEADER = ("measure", "as is", "to be", "difference", "interval", "verdict")
#: A role at least so busy is called a bottleneck.
_BUSY = 0.8


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


def amount(line: "Line", value: float) -> str:
    """Write a difference or the like, with the decimals that the interval wants."""
    gap = line.difference
    return line.shown.show(value, like=gap.reach if math.isfinite(gap.reach) else gap.mean)


def span(line: "Line", low: float, high: float) -> str:
    """Write an interval, its unit told already."""
    like = line.difference.reach
    return f"{line.shown.show(low, like=like, sign=False)} to {line.shown.show(high, like=like, sign=False)}"


def sentence(name: str, lines: Sequence["Line"], *, bottleneck: tuple[str, float] | None) -> str:
    """Say what a scenario changes of the tracked measures: what is proven first, then what is not."""
    proven = [line for line in lines if line.verdict in _VERBS]
    rest = [line for line in lines if line.verdict not in _VERBS]
    parts = [_proven(proven)] if proven else []
    same = [line for line in rest if line.verdict == "no difference"]
    if same:
        parts.append(f"no difference in {_list([name_of(line.measure, line.group) for line in same])}")
    parts += [_open(line) for line in rest if line.verdict == "not proven"]
    if bottleneck and bottleneck[1] >= _BUSY:
        parts.append(f"{bottleneck[0]} becomes the bottleneck (utilisation {bottleneck[1]:.0%})".replace("%", " %"))
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
    share = f"; {abs(gap.mean / line.baseline):.0%}".replace("%", " %") if line.baseline else ""
    name = name_of(line.measure, line.group)
    by = amount(line, abs(gap.mean)) if line.shown.name != "%" else f"{_bare(line, abs(gap.mean))} points"
    return f"{name} by {by} ({level(line)} CI {span(line, low, high)}{share})"


def _further(line: "Line") -> str:
    like = max(abs(line.baseline), abs(line.value))
    before, after = (line.shown.show(value, like=like) for value in (line.baseline, line.value))
    return f"{name_of(line.measure, line.group)} from {before} to {after}"


def _open(line: "Line") -> str:
    gap = line.difference
    said = f"a difference in {name_of(line.measure, line.group)} is not proven"
    if not math.isfinite(gap.low):
        return f"{said} ({_further(line).removeprefix(name_of(line.measure, line.group) + ' ')} in one replication)"
    interval = f"{level(line)} CI {span(line, gap.low, gap.high)}{_sign(line)}"
    return f"{said} ({interval}; {outlook(line)})"


def outlook(line: "Line") -> str:
    """Say what would decide: more replications, or nothing worth deciding."""
    if line.needed is not None:
        return f"about {line.needed} replications would decide"
    return f"no difference larger than {_bare(line, line.difference.reach)}{_sign(line)}"


def level(line: "Line") -> str:
    """Write the confidence of the interval beside a verdict: Holm's, so never less than 95 %."""
    return f"{math.floor(line.confidence * 1000 + 1e-9) / 10:g} %"


def _bare(line: "Line", value: float) -> str:
    return line.shown.show(value, like=line.difference.reach, sign=False)


def _sign(line: "Line") -> str:
    return "" if not line.shown.sign else " points" if line.shown.name == "%" else f" {line.shown.sign}"


def _list(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def table(comparison: "Comparison", name: str) -> list[tuple[str, ...]]:
    """Give the rows of the table of a scenario, as text."""
    return [_row(line) for line in comparison.key_lines(name) if line.baseline or line.value]


def _row(line: "Line") -> tuple[str, ...]:
    gap = line.difference
    like = max(abs(line.baseline), abs(line.value))
    before, after = (line.shown.show(value, like=like) for value in (line.baseline, line.value))
    if not math.isfinite(gap.low):
        return line.name, before, after, _plus(line, gap.mean, gap.mean), "-", "-"
    if gap.low == gap.high == 0:
        return line.name, before, after, "0", "-", line.verdict
    interval = f"{_plus(line, gap.low, gap.reach)} to {_plus(line, gap.high, gap.reach)}"
    verdict = f"{line.verdict}; {outlook(line)}" if line.verdict == "not proven" else line.verdict
    if line.verdict and line.confidence != 0.95:  # noqa: PLR2004 - the plain level needs no word
        interval += f" ({level(line)})"
    return line.name, before, after, _plus(line, gap.mean, gap.reach), interval, verdict


def _plus(line: "Line", value: float, like: float) -> str:
    text = line.shown.show(value, like=like, sign=False)
    return text if value <= 0 or not text.strip("0.") else f"+{text}"


def target(line: "TargetLine", comparison: "Comparison", name: str) -> str:
    """Say whether a target is met."""
    from bpsim.tables import unit_of

    goal, found = line.goal, line.interval
    unit = unit_of(comparison.results[name].unit(goal.measure, goal.group), [found.mean, goal.value])
    interval = ""
    if math.isfinite(found.low):
        low, high = (unit.show(value, like=found.mean, sign=False) for value in (found.low, found.high))
        interval = f", 95 % CI {low} to {high}"
    what = f"target {name_of(goal.measure, goal.group)} {goal.text}"
    return f"{what}: {line.verdict} ({unit.show(found.mean)}{interval})"


def cells(comparison: "Comparison", name: str, most: int = 3) -> str:
    """Name the largest cells of the decomposition."""
    division = comparison.decomposition(name)
    if division is None or not any(cell.difference for cell in division.departments):
        return ""
    unit = division.unit()
    largest = division.rounded(division.departments)[:most]
    said = (
        f"{place} / {cause} {'' if text.startswith('-') else '+'}{text} {unit.sign}" for place, cause, text in largest
    )
    total = unit.show(float(division.total))
    return f"Where mean lead time changed ({'' if division.total < 0 else '+'}{total}): {', '.join(said)}"


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
    head += f"{n} replication{'s' if n > 1 else ''}, {counts.started:,} cases each, seed {results.settings.seed}, "
    head += f"warm-up {days} days"
    pages = ["\n".join([head, *comparison.notes()])]
    for name in comparison.names:
        table_text = text_table(_HEADER, table(comparison, name))
        pages.append("\n".join([*_blocks(comparison, name), table_text, cells(comparison, name)]).rstrip())
    return "\n\n".join(pages)


def page(comparison: "Comparison") -> str:
    """Give the whole comparison as HTML."""
    parts = [f"<p>{escape(note)}</p>" for note in comparison.notes()]
    for name in comparison.names:
        parts += [f"<p><b>{escape(block)}</b></p>" for block in _blocks(comparison, name)]
        parts.append(html_table(_HEADER, table(comparison, name), name))
        parts.append(f"<p>{escape(cells(comparison, name))}</p>")
    return "".join(parts)
