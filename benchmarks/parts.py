"""Where bpsim's time goes on W2, and whether memory grows when only the measures of many runs are kept: JSON."""

import json
import resource
import sys
import time
from cProfile import Profile
from pathlib import Path
from pstats import Stats

from workloads import plan

import bpsim
from bpsim.engine.replication import replicate
from bpsim.measures.measured import measure

CASES, RUNS = 10_000, (10, 60)
BIGGEST = 6


def stages() -> dict[str, float]:
    """Give the share of the run and of the measures in the time of one replication, without a profiler."""
    compiled = plan("W2", CASES)
    spent = [0.0, 0.0]
    for replication in range(5):
        began = time.process_time()
        log = replicate(compiled, seed=1, replication=replication)
        middle = time.process_time()
        measure(log)
        spent[0] += middle - began
        spent[1] += time.process_time() - middle
    return {"engine": round(spent[0] / sum(spent), 3), "measures": round(spent[1] / sum(spent), 3)}


def biggest() -> list[dict[str, float | str]]:
    """Give the modules in which most time is spent, under the profiler (which makes short functions look longer)."""
    compiled = plan("W2", CASES)
    home = Path(bpsim.__file__).parent
    with Profile() as profile:
        measure(replicate(compiled, seed=1, replication=0))
    spent: dict[str, float] = {}
    for (file, _, name), (_, _, own, _, _) in Stats(profile).stats.items():  # type: ignore[attr-defined]
        path = Path(file)
        part = str(path.relative_to(home)) if path.is_relative_to(home) else f"{path.parent.name}/{path.name}"
        part = "numpy" if "numpy" in file or "numpy" in name else "built-in" if file == "~" else part
        spent[part] = spent.get(part, 0.0) + own
    total = sum(spent.values())
    ranked = sorted(spent.items(), key=lambda entry: -entry[1])[:BIGGEST]
    return [{"part": part, "share": round(own / total, 3)} for part, own in ranked]


def memory() -> dict[str, float]:
    """Give the peak memory after some runs of which only the measures are kept, and after many."""
    compiled = plan("W2", CASES)
    kept, peaks = [], {}
    for replication in range(max(RUNS)):
        kept.append(measure(replicate(compiled, seed=1, replication=replication)))
        if replication + 1 in RUNS:
            peaks[f"peak_mb_after_{replication + 1}_runs"] = round(
                resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            )
    return peaks


if __name__ == "__main__":
    json.dump({**memory(), "stages": stages(), "biggest_parts": biggest()}, sys.stdout)
