"""The workloads of the benchmarks are what they claim to be: bpsim and the usual SimPy model give the known means."""

import math
import sys
from pathlib import Path
from statistics import fmean, stdev

import pytest

pytestmark = pytest.mark.statistical
CASES, SEED = 5_000, 1
#: Runs that bring the standard error of each workload below 4 %.
REPLICATIONS = {"W2": 40, "W3": 20}
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the programs of the engines on the path, as the benchmarks do."""
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), str(BENCHMARKS / "engines"), *sys.path])


@pytest.mark.parametrize("engine", ["bpsim", "simpy"])
@pytest.mark.parametrize("workload", ["W2", "W3"])
def test_a_workload_has_its_known_means(
    workload: str, engine: str, table: list[tuple[str, str, float, float, float]]
) -> None:
    """Mean wait per item and mean lead time of 5,000 cases from empty lie within what is known, and our own error."""
    import importlib

    program = importlib.import_module(f"with_{engine}")
    expected = importlib.import_module("workloads").EXPECTED[workload]
    found = [program.figures(program.run(workload, CASES, SEED + n)) for n in range(REPLICATIONS[workload])]
    known = {
        "waiting": (expected.waiting, expected.waiting_tolerance),
        "lead_time": (expected.lead_time, expected.lead_time_tolerance),
    }
    for figure, (value, tolerance) in known.items():
        values = [each[figure] for each in found]
        mean, error = fmean(values), stdev(values) / math.sqrt(len(values))
        table.append((f"{workload} in {engine}", figure, value, mean, error))
        assert error <= 0.04 * value
        assert abs(mean - value) <= tolerance + 3.29 * error
