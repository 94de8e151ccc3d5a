"""Where a difference of mean lead time arose: by department and cause, and by task, exact to the millisecond.

In each replication the mean is a sum of cells S over a number of finished cases N. The difference of a cell between
scenario a and baseline b is S_a / N_a - S_b / N_b = (N_b S_a - N_a S_b) / (N_a N_b): whole numbers until the last
division (ruling 35), so the cells add up to the difference of the means, not nearly but exactly.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from bpsim.experiment.results import ScenarioResult
from bpsim.measures.measured import Measured
from bpsim.measures.waiting import LawError
from bpsim.statistics.intervals import round_to_total
from bpsim.tables import Unit, decimals, number, unit_of

#: Where the time before the first task stands in the division by task.
ARRIVAL = "(arrival)"

Cells = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Cell:
    """What a place (a department, client, external, ..., or a task) and a cause add to the difference, in ms."""

    place: str
    cause: str
    difference: Fraction


@dataclass(frozen=True, slots=True)
class Decomposition:
    """The difference of mean lead time, divided in two ways that add up to `total` (ms); the largest cells first."""

    total: Fraction
    departments: tuple[Cell, ...]
    tasks: tuple[Cell, ...]

    def by_task(self) -> tuple[Cell, ...]:
        """Add up the causes of each task, the largest first; `cause` is empty."""
        sums: dict[str, Fraction] = {}
        for cell in self.tasks:
            sums[cell.place] = sums.get(cell.place, Fraction()) + cell.difference
        cells = (Cell(place, "", difference) for place, difference in sums.items())
        return tuple(sorted(cells, key=lambda cell: (-abs(cell.difference), cell.place)))

    def unit(self) -> Unit:
        """Give the unit in which the cells are shown."""
        return unit_of("ms", [float(self.total), *(float(cell.difference) for cell in self.departments)])

    def rounded(self, cells: Iterable[Cell]) -> list[tuple[str, str, str]]:
        """Give cells as they are printed: rounded so that the column adds up to the total as printed."""
        cells, unit = list(cells), self.unit()
        exact = [cell.difference / Fraction(unit.scale) for cell in cells]
        places = decimals(max((abs(float(value)) for value in exact), default=0.0))
        shown = (number(value, places) for value in round_to_total(exact, decimals=places))
        return [(cell.place, cell.cause, text) for cell, text in zip(cells, shown, strict=True)]


def decompose(before: ScenarioResult, after: ScenarioResult) -> Decomposition | None:
    """Divide the difference of mean lead time (after - before); None when some replication finished no case.

    LawError when the cells of a replication do not add up to its lead times.
    """
    pairs = list(zip(before.measured, after.measured, strict=True))
    if not all(a.counts.finished and b.counts.finished for b, a in pairs):
        return None
    sums = [(_whole(b), _whole(a), b.counts.finished, a.counts.finished) for b, a in pairs]
    total = sum((Fraction(nb * sa - na * sb, na * nb) for sb, sa, nb, na in sums), Fraction()) / len(pairs)
    return Decomposition(
        total,
        _divide([(b.cells, a.cells, b.counts.finished, a.counts.finished) for b, a in pairs], total),
        _divide([(_by_task(b), _by_task(a), b.counts.finished, a.counts.finished) for b, a in pairs], total),
    )


def _by_task(measured: Measured) -> Cells:
    """Give the cells by task, and what lies before the first of them (closed channels, the way of the application)."""
    rest: dict[str, int] = {}
    for cells, sign in ((measured.cells, 1), (measured.tasks, -1)):
        for causes in cells.values():
            for cause, value in causes.items():
                rest[cause] = rest.get(cause, 0) + sign * value
    return {**measured.tasks, ARRIVAL: {cause: value for cause, value in rest.items() if value}}


def _whole(measured: Measured) -> int:
    return next(int(each.numerator) for each in measured.measures if (each.name, each.group) == ("lead_time.mean", ""))


def _divide(pairs: list[tuple[Cells, Cells, int, int]], total: Fraction) -> tuple[Cell, ...]:
    found: dict[tuple[str, str], Fraction] = {}
    for before, after, n_before, n_after in pairs:
        places = sorted({(place, cause) for cells in (before, after) for place in cells for cause in cells[place]})
        for place, cause in places:
            more = n_before * after.get(place, {}).get(cause, 0) - n_after * before.get(place, {}).get(cause, 0)
            key = place, cause
            found[key] = found.get(key, Fraction()) + Fraction(more, n_before * n_after * len(pairs))
    if sum(found.values(), Fraction()) != total:
        raise LawError("the cells of the ledger do not add up to the difference of mean lead time")
    cells = (Cell(place, cause, difference) for (place, cause), difference in found.items())
    return tuple(sorted(cells, key=lambda cell: (-abs(cell.difference), cell.place, cell.cause)))
