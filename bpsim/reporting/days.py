"""Where the days go: lead time by cause or department, and the way from one scenario to another."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from bpsim.comparison.explain import Decomposition
from bpsim.errors import RunError
from bpsim.experiment.results import ScenarioResult
from bpsim.measures.waiting import CAUSES
from bpsim.reporting.palette import INK, OUTSIDE
from bpsim.reporting.subject import Subject, below, ends, plot
from bpsim.tables import Unit, unit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: How causes are said and drawn: work dark, waiting for people violet, closed offices and the way grey, others brown.
LOOKS: dict[str, tuple[str, str, str]] = {
    "processing": ("work", "#222222", ""),
    "setup": ("set-up", "#6b6b6b", ""),
    "contention": ("behind other work", "#5E3C99", ""),
    "prioritisation": ("others went first", "#8E6DC0", "////"),
    "affinity": ("kept for one person", "#C6B4E3", "\\\\\\\\"),
    "batching": ("held for a batch", "#A080C8", ".."),
    "other_duty": ("people on other duties", "#C9C9C9", "xx"),
    "unavailability": ("nobody on shift", "#E3E3E3", ""),
    "transfer": ("on its way", "#8FA8B8", "--"),
    "client": ("with the client", "#EAD9B0", ""),
    "external": ("third parties, put aside", "#C7AE7A", "////"),
}
#: Parts below this share are not written on their bar; so many cells, and none smaller, stand in the waterfall.
SMALL, MOST, FAINT = 0.055, 8, 0.01


def parts(result: ScenarioResult, by: Literal["cause", "department"]) -> dict[str, float]:
    """Divide the mean lead time (ms) of a scenario; the parts add up to it. Runs without a case do not count."""
    found: dict[str, float] = {}
    counted = [measured for measured in result.measured if measured.counts.finished]
    for measured in counted:
        for place, causes in measured.cells.items():
            for cause, value in causes.items():
                key = cause if by == "cause" else place
                found[key] = found.get(key, 0.0) + value / measured.counts.finished / len(counted)
    order = [*LOOKS] if by == "cause" else [*found]
    assert set(CAUSES) == set(LOOKS)  # noqa: S101 - a cause without a look would vanish from the picture
    return {key: found[key] for key in order if found.get(key)}


@plot(9.2, 3.6)
def days(subject: Subject, ax: "Axes", *, by: Literal["cause", "department"] = "cause") -> None:
    """Show where the days of a case go in each scenario, by cause or by department: the parts add up to the mean."""
    from matplotlib.patches import Patch

    divided = {name: parts(subject.results[name], by) for name in subject.names}
    unit = unit_of("ms", [sum(each.values()) for each in divided.values()])
    longest = max(unit.of(sum(each.values())) for each in divided.values())
    keys = list(LOOKS if by == "cause" else dict.fromkeys(k for d in divided.values() for k in d))
    used = [key for key in keys if any(key in each for each in divided.values())]
    places = subject.colours
    for row, (name, each) in enumerate(divided.items()):
        left = 0.0
        for key in used:
            wide = unit.of(each.get(key, 0.0))
            colour, hatch = LOOKS[key][1:] if by == "cause" else (places[key], "")
            ax.barh(row, wide, 0.62, left=left, color=colour, hatch=hatch, edgecolor="white", linewidth=0.8)
            if wide > SMALL * longest:
                _written(ax, left + wide / 2, row, f"{wide:.1f}", colour)
            left += wide
        mean = subject.results[name].interval("lead_time.mean")
        told = ends(mean, unit)
        ax.text(
            left + 0.012 * longest, row, f"{unit.show(mean.mean)}\n{told and f'({told})'}", va="center", fontsize=8.5
        )
    ax.set_yticks(range(len(divided)), list(divided))
    ax.invert_yaxis()
    ax.set_xlim(0, 1.2 * longest)
    ax.set_xlabel(f"mean lead time of finished cases, {unit.name} (all hours of the day count)")
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    looks = [(LOOKS[k][0], *LOOKS[k][1:]) if by == "cause" else (subject.title(k), places[k], "") for k in used]
    handles = [Patch(facecolor=colour, hatch=hatch, edgecolor="white", label=words) for words, colour, hatch in looks]
    ax.legend(handles=handles, ncols=4, loc="lower left", bbox_to_anchor=(0, 1.0), fontsize=8, borderaxespad=0.3)
    ax.set_title(_headline(subject, divided, by), pad=12 + 14 * -(-len(handles) // 4))
    below(ax, f"In brackets: 95 % interval of the mean over {subject.origin()}.")


def _steps(subject: Subject, division: Decomposition, unit: Unit) -> list[tuple[str, float, str, str]]:
    """Give the steps of the waterfall: words, length in a unit, colour, and what is written on it.

    What is written is rounded as in the tables, so that it adds up to the whole; what is small is one step.
    """
    sign = division.unit().sign
    cells = [
        (place, cause, unit.of(float(cell.difference)), Decimal(text.replace(",", "")))
        for cell, (place, cause, text) in zip(division.departments, division.rounded(division.departments), strict=True)
    ]
    whole = max((abs(value) for _, _, value, _ in cells), default=0.0)
    alone = [cell for cell in cells if abs(cell[2]) > FAINT * whole][:MOST]
    rest = [cell for cell in cells if cell not in alone]
    steps = [(_cell(subject, p, c), value, subject.colours[p], f"{text:+} {sign}") for p, c, value, text in alone]
    if rest:
        length, text = sum(cell[2] for cell in rest), sum((cell[3] for cell in rest), Decimal(0))
        steps.append(("all other causes", length, "#888888", f"{text:+} {sign}"))
    return steps


def _cell(subject: Subject, place: str, cause: str) -> str:
    """Name a place and a cause; those who are no department say both at once."""
    return subject.title(place) if place in OUTSIDE else f"{subject.title(place)}: {LOOKS[cause][0]}"


def _written(ax: "Axes", x: float, y: float, text: str, colour: str) -> None:
    """Write on a bar in what can be read on it."""
    dark = sum(int(colour[i : i + 2], 16) for i in (1, 3, 5)) < 380  # noqa: PLR2004 - half of white
    box = {"facecolor": colour, "edgecolor": "none", "pad": 0.8}
    ax.text(x, y, text, ha="center", va="center", fontsize=8, color="white" if dark else INK, bbox=box)


def _headline(subject: Subject, divided: Mapping[str, Mapping[str, float]], by: str) -> str:
    name = subject.names[0]
    each = divided[name]
    if not each:
        return "No case was finished"
    key = max(each, key=lambda k: each[k])
    words = LOOKS[key][0] if by == "cause" else subject.title(key)
    return f"Where the days go: {name} spends {100 * each[key] / sum(each.values()):.0f} % of them {_at(words, by)}"


def _at(words: str, by: str) -> str:
    return f"'{words}'" if by == "cause" else f"at {words}"


@plot(9.2, 4.4)
def waterfall(subject: Subject, ax: "Axes", *, scenario: str | None = None) -> None:
    """Show how the mean lead time of the baseline becomes that of a redesign: what adds and what takes."""
    result = subject.one(scenario)
    division = subject.comparison.decomposition(result.name) if result.name != subject.baseline else None
    if division is None:
        hint = "Name a redesign, with at least one finished case in every replication."
        raise RunError("BP835", f"there is no difference to divide between {subject.baseline} and {result.name}", hint)
    before = subject.results[subject.baseline].interval("lead_time.mean")
    after = result.interval("lead_time.mean")
    unit = unit_of("ms", [before.mean, after.mean])
    rows = _steps(subject, division, unit)
    level = unit.of(before.mean)
    ax.barh(0, level, 0.6, color="#444444")
    ax.text(level, 0, f" {unit.show(before.mean)}", va="center", fontsize=8.5)
    highest = level
    for row, (_, value, colour, text) in enumerate(rows, 1):
        ax.barh(row, value, 0.6, left=level, color=colour, hatch="////" if value > 0 else "", edgecolor="white")
        ax.plot([level, level], [row - 1, row], color="#999999", linewidth=0.7)
        level += value
        ax.text(max(level, level - value), row, f" {text}", va="center", fontsize=8.5)
        highest = max(highest, level)
    ax.barh(len(rows) + 1, level, 0.6, color="#5E3C99")
    ax.text(level, len(rows) + 1, f" {unit.show(after.mean)}", va="center", fontsize=8.5)
    ax.set_yticks(range(len(rows) + 2), [subject.baseline, *(row[0] for row in rows), result.name])
    ax.invert_yaxis()
    ax.set_xlim(0, 1.12 * highest)
    ax.set_xlabel(f"mean lead time of finished cases, {unit.name} (all hours of the day count)")
    gap = subject.comparison.line(result.name, "lead_time.mean")
    word = "faster" if gap.difference.mean < 0 else "slower"
    size = unit.show(abs(gap.difference.mean))
    proven = "" if gap.difference.excludes(0) else ", which is not proven"
    ax.set_title(f"Why {result.name} is {size} {word} on average{proven}")
    told = ends(gap.difference, unit)
    below(
        ax,
        f"Plain bars take time away, hatched ones add it. The whole difference: {told} (95 % interval); "
        f"the parts add up to it exactly. {subject.origin()}.",
    )
