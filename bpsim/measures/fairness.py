"""How far client groups are apart."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bpsim.measures.measured import Measure

Entry = tuple[str, str, str, float, float]
#: Measures of which it is told how far client groups are apart.
APART = ("lead_time", "waiting_time", "contacts", "documents", "client_time", "client_cost", "burden")


def between_groups(found: Sequence["Measure"]) -> Iterator[Entry]:
    """Give the ratio and the gap of the largest and the smallest mean of any client group, and Gini's coefficient.

    Gini's coefficient is that of a population in which everybody has the mean of their group.
    """
    for name in APART:
        mine = [each for each in found if each.name == f"{name}.mean" and each.group.startswith("group=")]
        if not mine:
            continue
        means = [each.value for each in mine]
        yield f"{name}.ratio", "", "", max(means), min(means)
        yield f"{name}.gap", "", mine[0].unit, max(means) - min(means), 1.0
        people = sum(each.denominator for each in mine)
        apart = sum(
            one.denominator * other.denominator * abs(one.value - other.value) for one in mine for other in mine
        )
        yield f"{name}.gini", "", "share", apart, 2 * people * sum(each.numerator for each in mine)
