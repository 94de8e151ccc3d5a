"""bpsim against other simulators: work items per second, ratios and peak memory on the workloads of workloads.py.

    python benchmarks/peers.py             everything; keeps the result in benchmarks/results.json
    python benchmarks/peers.py --json      prints {workload: {engine: {items_per_second, peak_mb}}} and keeps nothing
    python benchmarks/peers.py --quick     W2 at 20,000 cases against the usual SimPy model; prints the ratio

Each engine runs in a process of its own, pinned to one core, with its event log; the engines take turns, round by
round, and a ratio is taken within a round. Each peer is installed into its own virtual environment in a cache folder.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import venv
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
CACHE = Path.home() / ".cache" / "bpsim-peers"
WORKLOADS = ("W1", "W2", "W3")
#: How much faster than each peer bpsim is wanted to be on W2.
WANTED = {"simpy": 3, "ciw": 5, "prosimos": 30}
QUICK_CASES = 20_000
#: Cases for the measurement of memory, the same for all.
MEMORY_CASES = 10_000


@dataclass(frozen=True, slots=True)
class Engine:
    """A simulator: what pip installs for it (nothing for bpsim itself), and cases per run on each workload."""

    name: str
    packages: tuple[str, ...]
    cases: dict[str, int]


ENGINES = (
    Engine("bpsim", (), {"W1": 100_000, "W2": 20_000, "W3": 20_000}),
    Engine("simpy", ("simpy==4.1.2",), {"W1": 100_000, "W2": 20_000, "W3": 20_000}),
    Engine("ciw", ("ciw==3.2.7",), {"W1": 50_000, "W2": 10_000, "W3": 5_000}),
    Engine("prosimos", ("prosimos==2.1.0",), {"W1": 10_000, "W2": 2_000, "W3": 2_000}),
)


def main() -> None:
    """Measure, print, keep."""
    options = _options()
    if options.quick:
        quick(options.rounds)
        return
    pythons = {engine.name: python for engine in ENGINES if (python := installed(engine, options.cache)) is not None}
    found = {workload: measure(workload, pythons, options.rounds) for workload in options.workloads}
    if options.json:
        print(json.dumps({workload: brief(runs) for workload, runs in found.items()}))
        return
    result = {
        "machine": machine(),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "rounds": options.rounds,
        "workloads": found,
    }
    if options.scale:
        result["scale"] = scale(options.rounds)
    _print(result)
    RESULTS.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON and keep nothing")
    parser.add_argument("--quick", action="store_true", help="W2 against SimPy only")
    parser.add_argument("--scale", action="store_true", help="also a million cases, memory, and the biggest parts")
    parser.add_argument("--rounds", type=int, default=5, help="rounds in which every engine runs once (default 5)")
    parser.add_argument(
        "--cache", type=Path, default=CACHE, help=f"folder of the peers' environments (default {CACHE})"
    )
    parser.add_argument("--workloads", nargs="+", choices=WORKLOADS, default=WORKLOADS)
    return parser.parse_args()


def installed(engine: Engine, cache: Path) -> str | None:
    """Give the Python that runs an engine, after installing it; None, and a line on stderr, when that cannot be."""
    if not engine.packages:
        return sys.executable
    folder = cache / "-".join((*engine.packages, platform.python_version())).replace("==", "-")
    python, done = folder / "bin" / "python", folder / "installed"
    if done.exists():
        return str(python)
    try:
        venv.create(folder, with_pip=True, clear=True)
        command = [python, "-m", "pip", "install", "-q", *engine.packages]
        subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - fixed names
    except (OSError, subprocess.CalledProcessError) as error:
        reason = (getattr(error, "stderr", "") or str(error)).strip().splitlines()[-1:]
        print(f"{engine.name} cannot be installed and is left out: {' '.join(reason)}", file=sys.stderr)
        return None
    done.touch()
    return str(python)


def run(engine: str, python: str, workload: str, cases: int, seed: int) -> dict[str, float]:
    """Run an engine once in a process of its own, on one core."""
    paths = os.pathsep.join([str(HERE), str(HERE / "engines")])
    command = [python, str(HERE / "engines" / f"with_{engine}.py"), workload, str(cases), str(seed)]
    environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True, preexec_fn=_one_core)  # noqa: S603 - our own programs
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _one_core() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def measure(workload: str, pythons: dict[str, str], rounds: int) -> dict[str, Any]:
    """Let the engines take turns; give items per second and ratios with their range, memory, and the means found."""
    engines = [engine for engine in ENGINES if engine.name in pythons]
    speeds: dict[str, list[float]] = {engine.name: [] for engine in engines}
    runs: dict[str, list[dict[str, float]]] = {engine.name: [] for engine in engines}
    for number in range(rounds):
        for engine in engines:
            found = run(engine.name, pythons[engine.name], workload, engine.cases[workload], number + 1)
            speeds[engine.name].append(found["items"] / found["seconds"])
            runs[engine.name].append(found)
    result: dict[str, Any] = {}
    for engine in engines:
        own = [bpsim / peer for bpsim, peer in zip(speeds["bpsim"], speeds[engine.name], strict=True)]
        peak = run(engine.name, pythons[engine.name], workload, MEMORY_CASES, 1)["peak_mb"]
        result[engine.name] = {
            "items_per_second": round(median(speeds[engine.name])),
            "range": [round(min(speeds[engine.name])), round(max(speeds[engine.name]))],
            "bpsim_is_times_faster": round(median(own), 2),
            "times_range": [round(min(own), 2), round(max(own), 2)],
            "peak_mb": peak,
            "waiting": round(median(found["waiting"] for found in runs[engine.name]), 3),
            "lead_time": round(median(found["lead_time"] for found in runs[engine.name]), 3),
        }
    return result


def brief(runs: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Keep items per second and peak memory."""
    return {name: {key: found[key] for key in ("items_per_second", "peak_mb")} for name, found in runs.items()}


def quick(rounds: int) -> None:
    """Measure W2 against the usual SimPy model alone, with the SimPy that bpsim uses, and print the ratio."""
    ratios = []
    for number in range(rounds):
        ours, theirs = (run(name, sys.executable, "W2", QUICK_CASES, number + 1) for name in ("bpsim", "simpy"))
        ratios.append(ours["items"] / ours["seconds"] * theirs["seconds"] / theirs["items"])
    print(
        f"W2, {QUICK_CASES:,} cases: bpsim with all measures is {median(ratios):.2f} times as fast as the usual SimPy"
        f" model ({min(ratios):.2f} to {max(ratios):.2f} in {rounds} rounds; wanted {WANTED['simpy']})"
    )


def scale(rounds: int) -> dict[str, Any]:
    """Grow W2 to a million cases, watch the memory of many short runs, and name the biggest parts of the time."""
    small = median(run("bpsim", sys.executable, "W2", 100_000, n + 1)["seconds"] for n in range(min(rounds, 3)))
    large = run("bpsim", sys.executable, "W2", 1_000_000, 1)
    parts = subprocess.run([sys.executable, str(HERE / "parts.py")], check=True, capture_output=True, text=True)  # noqa: S603 - our own program
    return {
        "seconds_100k": round(small, 1),
        "seconds_1m": round(large["seconds"], 1),
        "time_1m_over_100k": round(large["seconds"] / small, 2),
        "peak_mb_1m_with_log": large["peak_mb"],
        **json.loads(parts.stdout),
    }


def machine() -> dict[str, str]:
    """Say where this was measured."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = [line for line in info.read_text(encoding="utf-8").splitlines() if line.startswith("model name")]
        model = lines[0].partition(":")[2].strip() if lines else model
    return {
        "processor": model,
        "cores": str(os.cpu_count()),
        "system": platform.platform(),
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "simpy": version("simpy"),
    }


def _print(result: dict[str, Any]) -> None:
    print(f"{result['machine']['processor']}, Python {result['machine']['python']}, {result['date']}, "
          f"{result['rounds']} rounds")  # fmt: skip
    for workload, runs in result["workloads"].items():
        heads = f"{'items/s':>10} {'range':>19} {'bpsim faster':>13} {'range':>13} {'MB':>6} {'wait':>8} {'lead':>8}"
        print(f"\n{workload:10} {heads}")
        for name, found in runs.items():
            low, high = found["range"]
            least, most = found["times_range"]
            wanted = f"  wanted {WANTED[name]}" if workload == "W2" and name in WANTED else ""
            speed = f"{found['items_per_second']:10,} {low:9,}-{high:9,}"
            ratio = f"{found['bpsim_is_times_faster']:12.2f}x {least:6.2f}-{most:6.2f}"
            means = f"{found['peak_mb']:6.0f} {found['waiting']:8.2f} {found['lead_time']:8.1f}"
            print(f"{name:10} {speed} {ratio} {means}{wanted}")
    for key, value in result.get("scale", {}).items():
        print(f"{key}: {value}")


if __name__ == "__main__":
    main()
