"""Further runs of a comparison: other variants of its scenarios, under the very settings that it found.

Seed, warm-up and number of replications are those of the comparison, so that its own runs need not be made again.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bpsim.errors import RunError
from bpsim.redesign.scenario import Scenario

if TYPE_CHECKING:
    from bpsim.comparison.compare import Comparison


def scenario_of(comparison: "Comparison", name: str) -> Scenario:
    """Give a scenario of a comparison; RunError when only its results are known, KeyError for no such name."""
    if name not in comparison.results:
        raise KeyError(f"no scenario is called '{name}'")
    if name not in comparison.scenarios:
        what = f"only the results of {name} are known, and further runs need the scenario itself"
        raise RunError("BP805", what, "Compare the scenarios, not results that were loaded.")
    return comparison.scenarios[name]


def settled(comparison: "Comparison", variants: Iterable[Scenario]) -> list[Scenario]:
    """Give variants the settings under which the comparison was made."""
    settings = comparison.results.settings
    found = {
        "warmup": settings.warmup,
        "seed": settings.seed,
        "replications": comparison.results.replications,
    }
    return [each.model_copy(update={"experiment": each.experiment.model_copy(update=found)}) for each in variants]
