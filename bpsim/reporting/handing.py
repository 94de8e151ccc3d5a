"""The handoff matrix: which department hands to which, how often, and how long work waits at the border."""

from typing import TYPE_CHECKING

from bpsim.reporting.palette import INK, INTENSE, mixed
from bpsim.reporting.subject import Subject, below, plot
from bpsim.tables import unit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@plot(7.4, 5.0)
def handoffs(subject: Subject, ax: "Axes", *, scenario: str | None = None) -> None:
    """Show from which department work is handed to which: the number per 100 cases, the mean wait as the colour."""
    from matplotlib.patches import Rectangle

    result = subject.one(scenario, redesign=False)
    pairs = {}
    for measure, group in result.measures():
        if measure == "handoffs.mean" and group.startswith("boundary="):
            origin, _, target = group.removeprefix("boundary=").partition(" -> ")
            pairs[origin, target] = (result.interval(measure, group), result.interval("waiting_time.mean", group))
    names = [name for name in subject.colours if any(name in pair for pair in pairs)]
    unit = unit_of("ms", [wait.mean for _, wait in pairs.values()])
    longest = max((wait.mean for _, wait in pairs.values()), default=0.0) or 1.0
    for (origin, target), (count, wait) in pairs.items():
        x, y = names.index(target), names.index(origin)
        share = wait.mean / longest
        colour = mixed(INTENSE, 0.85 * share)
        ax.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=colour, edgecolor="white", linewidth=2))
        ink = "white" if share > 0.55 else INK  # noqa: PLR2004 - where black on violet grows faint
        reach = f" ±{100 * count.half_width:.1f}" if count.n > 1 else ""
        much = 100 * count.mean
        ax.text(x, y - 0.12, f"{much:.0f}" if much >= 1 else "<1", ha="center", va="center", color=ink, fontsize=14)
        words = f"{reach.strip()}\nwait {unit.show(wait.mean)}".strip()
        ax.text(x, y + 0.24, words, ha="center", va="center", color=ink, fontsize=7.5)
    for i in range(len(names)):
        ax.add_patch(Rectangle((i - 0.5, i - 0.5), 1, 1, facecolor="#f2f2f2", edgecolor="white", linewidth=2))
    _frame(subject, ax, names)
    if pairs:
        worst = max(pairs, key=lambda pair: pairs[pair][0].mean * pairs[pair][1].mean)
        told = f"{subject.title(worst[0])} to {subject.title(worst[1])}"
        ax.set_title(f"{result.name}: most time is lost from {told}")
    else:
        ax.set_title(f"{result.name}: nothing is handed over between departments")
    words = "Large: handoffs per 100 cases, with the half-width of the 95 % interval. Colour and 'wait': mean time "
    words += f"from the handoff to the start of work, all hours of the day counted (darkest: {unit.show(longest)}). "
    below(ax, words + f"Grey: work that stays; white: nothing is handed over. {subject.origin()}.", under=62)


def _frame(subject: Subject, ax: "Axes", names: list[str]) -> None:
    import textwrap

    titles = ["\n".join(textwrap.wrap(subject.title(name), 16)) for name in names]
    ax.set_xlim(-0.5, max(len(names), 1) - 0.5)
    ax.set_ylim(max(len(names), 1) - 0.5, -0.5)
    ax.set_xticks(range(len(names)), titles)
    ax.set_yticks(range(len(names)), titles)
    for labels in (ax.get_xticklabels(), ax.get_yticklabels()):
        for label, name in zip(labels, names, strict=True):
            label.set_bbox({"facecolor": mixed(subject.colours[name], 0.25), "edgecolor": "none", "pad": 2})
    ax.set_xlabel("receives")
    ax.set_ylabel("hands over")
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
