"""What the programs of all engines share: they run one workload once, timed, and print what came out as JSON.

`python with_ENGINE.py WORKLOAD CASES SEED`, with this folder and its parent on the path. The seconds are processor
time of this process alone, so that other programs on the machine count little; start-up and a short run come before.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

#: A case number, the instant at which its work item was created, started and completed, and of whom it asked work.
Row = tuple[int, str, float, float, float]


def main(run: Callable[[str, int, int], Any], figures: Callable[[Any], dict[str, float]]) -> None:
    """Run, and print items, seconds, peak memory, mean wait per item and mean lead time (minutes)."""
    workload, cases, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    run(workload, max(cases // 20, 50), seed + 1)
    began = time.process_time()
    result = run(workload, cases, seed)
    seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": round(peak, 1), **figures(result)}))


def figures_of(rows: list[Row], arrived: dict[int, float]) -> dict[str, float]:
    """Work out the figures from an event log of tuples and the arrivals of the cases."""
    ended: dict[int, float] = {}
    for case, _, _, _, completed in rows:
        ended[case] = max(completed, ended.get(case, 0.0))
    waiting = sum(started - created for _, _, created, started, _ in rows)
    lead = sum(end - arrived[case] for case, end in ended.items())
    return {"items": len(rows), "waiting": waiting / len(rows), "lead_time": lead / len(ended)}
