"""Counts the instructions that a work item costs bpsim, with valgrind: the same on a busy machine.

    python benchmarks/instructions.py                 # this checkout
    python benchmarks/instructions.py OTHER_CHECKOUT  # both, and the ratio

Counted is what 2,000 cases of W2 cost more than 100 cases: start-up cancels out, and a first run has warmed everything.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
CASES, FEW = 2000, 100
#: What is counted: `replicate` with the full event log, and then also `measure`.
PROGRAM = """
import sys
sys.path[:0] = [{root!r}, {benchmarks!r}]
from bpsim.engine.replication import replicate
from bpsim.measures.measured import measure
from workloads import plan
measure(replicate(plan("W2", {few}), seed=1, replication=0))
log = replicate(plan("W2", {cases}), seed=1, replication=0)
{measure}
print(len(log.items["case"]))
"""


def instructions(root: Path, cases: int, *, with_measures: bool) -> tuple[int, int]:
    """Count the instructions of a program that runs so many cases; give them and the number of work items."""
    measuring = "measure(log)" if with_measures else ""
    code = PROGRAM.format(root=str(root), benchmarks=str(root / "benchmarks"), few=FEW, cases=cases, measure=measuring)
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable, "-c", code]
    settled = {**os.environ, "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(  # noqa: S603 - our own program
        command, env=settled, capture_output=True, text=True, check=True, cwd=root
    )
    return int(re.findall(r"Collected\s*:\s*(\d+)", done.stderr)[-1]), int(done.stdout)


def per_item(root: Path, *, with_measures: bool) -> float:
    """Give the instructions that each further work item costs."""
    many, items = instructions(root, CASES, with_measures=with_measures)
    few, fewer = instructions(root, FEW, with_measures=with_measures)
    return (many - few) / (items - fewer)


def main() -> None:
    """Print what was counted."""
    if shutil.which("valgrind") is None:
        sys.exit("valgrind is not installed")
    roots = [HERE, *map(Path, sys.argv[1:2])]
    for label, with_measures in (("run", False), ("run and measures", True)):
        counted = [per_item(root.resolve(), with_measures=with_measures) for root in roots]
        line = f"{label:17} {counted[0]:10,.0f} instructions per work item"
        if len(counted) > 1:
            line += f"; other {counted[1]:,.0f}; ratio {counted[0] / counted[1]:.3f}"
        print(line)


if __name__ == "__main__":
    main()
