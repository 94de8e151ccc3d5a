"""What is easily misread: warnings about a comparison, each with a code that docs/errors.md explains in plain words.

Two mistakes are refused instead of warned of: logs in place of scenarios (BP821) and different luck (BP825).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bpsim.errors import CODES
from bpsim.model.written import ALWAYS
from bpsim.tables import unit_of

if TYPE_CHECKING:
    from bpsim.comparison.compare import Comparison

#: A 95 % quantile so many times the median is a heavy tail: of an exponential wait it is 4.3 times.
HEAVY = 6.0
#: From this share of a difference on it is worth saying that it was typed in.
TYPED = 0.5
_LEAD, _MEDIAN, _LATE = "lead_time.mean", "lead_time.p50", "lead_time.p95"


@dataclass(frozen=True, slots=True)
class Guard:
    """A warning about a comparison."""

    code: str
    what: str

    def __str__(self) -> str:
        """Give the line that is shown."""
        return f"{self.code} {CODES[self.code][0]}: {self.what}"


def guards(comparison: "Comparison") -> tuple[Guard, ...]:
    """Find what a reader of a comparison must be warned of."""
    return tuple(
        Guard(code, what)
        for code, find in (
            ("BP820", _one_replication),
            ("BP822", _empty_start),
            ("BP823", _unfinished),
            ("BP824", _calendar_time),
            ("BP826", _means_only),
            ("BP827", _typed_in),
        )
        for what in find(comparison)
    )


def _one_replication(comparison: "Comparison") -> Iterator[str]:
    if comparison.results.replications == 1:
        yield "One replication says nothing of chance: no intervals and no verdicts."


def _empty_start(comparison: "Comparison") -> Iterator[str]:
    results = comparison.results
    settles = not any(each.overloaded for each in results.values())
    if results.settings.warmup == 0 and settles and not results[comparison.baseline].backlog:
        yield results.settings.note or "No warm-up: the runs are measured from their empty beginning."


def _unfinished(comparison: "Comparison") -> Iterator[str]:
    yield from comparison.results.still_open()


def _calendar_time(comparison: "Comparison") -> Iterator[str]:
    found: dict[str, None] = {}
    for result in comparison.results.values():
        measured = {group.removeprefix("role=") for name, group in result.measures() if name == "utilisation"}
        roles = result.process.roles() if result.process else {}
        always = [name for name, role in roles.items() if role.kind == "people" and role.calendar == ALWAYS]
        found |= dict.fromkeys(name for name in always if name in measured)
    if found:
        yield f"{', '.join(found)}: on shift day and night, so utilisation is over calendar time, not working hours."


def _means_only(comparison: "Comparison") -> Iterator[str]:
    tracked = {measure for measure, _ in comparison.tracked}
    result = comparison.results[comparison.baseline]
    if _LEAD not in tracked or any(measure.startswith("lead_time.p") for measure in tracked):
        return
    if not {(_MEDIAN, ""), (_LATE, "")} <= set(result.measures()):
        return
    median, late = (result.interval(measure).mean for measure in (_MEDIAN, _LATE))
    if median > 0 and late > HEAVY * median:
        unit = unit_of(result.unit(_LATE), [median, late])
        yield (
            f"Lead times have a heavy tail (half of the cases take up to {unit.show(median)}, one in twenty more than "
            f"{unit.show(late)}): the mean hides it. Set a target for lead_time.p90 too."
        )


def _typed_in(comparison: "Comparison") -> Iterator[str]:
    for name in comparison.names:
        typed, emergent = comparison.assumed(name) or (0.0, 0.0)
        total = typed + emergent
        if typed * total > 0 and abs(typed) >= TYPED * abs(total):
            unit = unit_of("ms", [total, typed])
            yield (
                f"{name}: {unit.show(abs(typed))} of the {unit.show(abs(total))} of difference in mean lead time were "
                "typed in (durations, shares, ways through the flow); the runs only repeat them."
            )
