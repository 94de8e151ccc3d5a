"""The model card: what is assumed and how sure it is, seeds, versions, and the checks that were passed."""

import textwrap
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bpsim.reporting.lettering import clean
from bpsim.reporting.subject import Subject, plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: So many assumptions are listed, and a line is this long at most.
LISTED, LONG = 12, 112
GRADES = {"log": "counted in a log", "published": "published", "assumption": "assumed"}
STEP = 0.042
NO_SOURCE = "nothing says where the numbers come from"
CHECKED = (
    "Every case that came has ended or is open. The causes of a case's lead time add up to it, to the millisecond.",
    "Nobody works on two things at once. All scenarios met the same cases with the same luck.",
)


@plot(9.2, 6.2)
def card(subject: Subject, ax: "Axes") -> None:
    """Show what the figures rest on: evidence by grade, assumptions, changes, runs, versions, checks."""
    y = 0.0
    for heading, lines in _sections(subject):
        ax.text(0, y, heading, fontweight="bold", fontsize=10, va="top")
        y += 1.15 * STEP
        for text in (part for line in lines for part in textwrap.wrap(clean(line), LONG, subsequent_indent="   ")):
            ax.text(0.015, y, text, fontsize=8.6, va="top", parse_math=False)
            y += STEP
        y += 0.4 * STEP
    ax.set_xlim(0, 1)
    ax.set_ylim(max(y, 1.0), 0)
    ax.axis("off")
    process = subject.process
    ax.set_title(
        f"What the figures rest on: {clean(process.title or process.process) if process else subject.baseline}"
    )


def _sections(subject: Subject) -> list[tuple[str, list[str]]]:
    settings, provenance = subject.results.settings, subject.results.provenance
    process = subject.process
    evidence = process.evidence if process else {}
    counted = Counter(each.grade for each in evidence.values())
    grades = [f"{number} {GRADES[grade]}" for grade, number in counted.items()] or [
        "nothing says where the numbers come from"
    ]
    assumed = [
        f"{path}: {each.source or 'no reason given'}{_range(each.range)}"
        for path, each in evidence.items()
        if each.grade == "assumption"
    ]
    more = [f"and {len(assumed) - LISTED} more (`bpsim show --resolved` lists them)"] if len(assumed) > LISTED else []
    changes = [
        f"{name}: {each['id']} {each['text']}{_ground(each)}"
        for name in subject.names
        for each in subject.results[name].grounds
    ]
    libraries = ", ".join(f"{name} {version}" for name, version in provenance.get("libraries", {}).items())
    runs = (
        (
            f"{subject.origin()}; from {settings.start}, {settings.length / 86_400_000:g} days, then up to "
            f"{settings.drain / 86_400_000:g} days until the last case has ended"
        ),
        "; ".join(f"{name}: process {subject.results[name].digest}" for name in subject.names),
        (
            f"logs {subject.results.log_hash[:16]}; bpsim {provenance.get('bpsim', '?')}, "
            f"Python {provenance.get('python', '?')}{f', {libraries}' if libraries else ''}"
        ),
    )
    return [
        (f"Numbers with a source: {', '.join(grades)}", [*assumed[:LISTED], *more]),
        *([("Changes", changes[:LISTED])] if changes else []),
        ("Runs", [*runs]),
        ("Checked in every run", [*CHECKED]),
        ("To be kept in mind", subject.comparison.notes() or ["nothing"]),
    ]


def _ground(change: Mapping[str, Any]) -> str:
    """Say where a change's numbers come from and what it costs."""
    said = [GRADES[change["grade"]]] if change["grade"] else []
    said += [change["source"] + _range(tuple(change["range"]))] if change["source"] else []
    said += [f"costs {change['once']:g} once"] if change["once"] else []
    said += [f"{change['per_year']:g} a year"] if change["per_year"] else []
    return f" ({', '.join(said)})" if said else ""


def _range(ends: tuple[object, ...]) -> str:
    return f" ({ends[0]} to {ends[-1]})" if ends else ""
