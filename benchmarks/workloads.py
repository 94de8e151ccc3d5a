"""The three workloads of the benchmarks, as tables for every engine and as bpsim processes. All times in minutes.

W1: M/M/3 at a load of 0.9. W2: a permit process across five departments, about 9.95 work items per case. W3: W2 with
office hours for every department and arrivals round the clock, at a rate that keeps the load.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

START = date(2025, 1, 6)
DAY = 24 * 60
WORKLOADS = ("W1", "W2", "W3")
#: Office hours of W3, Monday to Friday, in minutes of the day.
OPENS, CLOSES = 9 * 60, 17 * 60
#: Minutes between two cases.
EVERY = {"W1": 1 / 2.7, "W2": 12.0, "W3": 12.0 * 168 / 40}
#: W1: people and mean service.
CLERKS, SERVICE = 3, 1.0
#: People of each pool of W2 and W3.
STAFF = {"front": 2, "registry": 3, "experts": 10, "lawyers": 5, "deciders": 2}
#: Task: pool, kind of duration and its numbers (mean; low, mode, high; mean, standard deviation), where the case goes.
TASKS: dict[str, tuple[str, str, tuple[float, ...], str]] = {
    "receive": ("front", "exponential", (10,), "check"),
    "check": ("registry", "triangular", (5, 10, 30), "complete"),
    "missing": ("front", "lognormal", (15, 12), "register"),
    "register": ("registry", "exponential", (8,), "again"),
    "technical": ("experts", "lognormal", (60, 48), "joined"),
    "legal": ("lawyers", "lognormal", (40, 32), "joined"),
    "report": ("experts", "triangular", (10, 20, 45), "good"),
    "correct": ("registry", "exponential", (12,), "again"),
    "decide": ("deciders", "exponential", (10,), "granted"),
    "fee": ("deciders", "triangular", (4, 8, 15), "issue"),
    "issue": ("front", "exponential", (6,), "finished"),
    "reject": ("lawyers", "lognormal", (12, 9.6), "finished"),
}
#: Choices: node, and the share of each way.
CHOICES: dict[str, dict[str, float]] = {
    "complete": {"register": 0.75, "missing": 0.25},
    "good": {"correct": 0.2, "decide": 0.8},
    "granted": {"fee": 0.7, "reject": 0.3},
}
#: Nodes that take every flow, or wait for all of them.
BLOCK: dict[str, tuple[str, ...]] = {"both": ("technical", "legal"), "joined": ("report",)}
#: Merges.
MERGES = {"again": "both", "finished": "done"}


@dataclass(frozen=True, slots=True)
class Expected:
    """Means that a workload is known to have, in minutes, and how exactly they are known."""

    waiting: float
    waiting_tolerance: float
    lead_time: float
    lead_time_tolerance: float


#: W1: Erlang's formula, in the long run. W2 and W3: 5,000 cases from empty, by several simulators.
EXPECTED = {
    "W1": Expected(2.7235, 0, 3.7235, 0),
    "W2": Expected(16.7, 0.2, 319.0, 1.6),
    "W3": Expected(284.0, 1.4, 3178.0, 12.0),
}


def written(workload: str, cases: int) -> dict[str, Any]:
    """Write a workload down as a process file would."""
    arrivals = {"every": f"exponential(mean={EVERY[workload]!r}min)", "at_most": cases}
    if workload == "W1":
        return {
            "process": "w1",
            "departments": {"desk": {"roles": {"clerk": {"staff": CLERKS}}}},
            "cases": {"arrivals": arrivals},
            "flow": {
                "came": {"type": "start", "next": "served"},
                "served": {"performer": "desk.clerk", "duration": f"exponential(mean={SERVICE}min)", "next": "done"},
                "done": {"type": "end"},
            },
        }
    flow: dict[str, Any] = {"came": {"type": "start", "next": "receive"}, "done": {"type": "end"}}
    for task, (pool, kind, numbers, following) in TASKS.items():
        flow[task] = {"performer": f"{pool}.staff", "duration": _duration(kind, numbers), "next": following}
    for node, shares in CHOICES.items():
        flow[node] = {"type": "exclusive", "next": {target: f"{share:.0%}" for target, share in shares.items()}}
    for node, targets in BLOCK.items():
        flow[node] = {"type": "parallel", "next": list(targets)}
    for node, target in MERGES.items():
        flow[node] = {"type": "exclusive", "next": target}
    hours = "office" if workload == "W3" else "always"
    return {
        "process": workload.lower(),
        "calendars": {"office": {"mon-fri": "09:00-17:00"}},
        "departments": {
            pool: {"calendar": hours, "roles": {"staff": {"staff": people}}} for pool, people in STAFF.items()
        },
        "cases": {"arrivals": arrivals},
        "flow": flow,
    }


def _duration(kind: str, numbers: tuple[float, ...]) -> str:
    if kind == "triangular":
        return "triangular({}min, {}min, {}min)".format(*numbers)
    if kind == "lognormal":
        return "lognormal(mean={}min, sd={}min)".format(*numbers)
    return f"exponential(mean={numbers[0]}min)"


def plan(workload: str, cases: int) -> Any:  # noqa: ANN401 - a bpsim Plan; the peers' environments have no bpsim
    """Compile a workload for a run that takes in so many cases and lets them all end."""
    from bpsim.engine.plan import compile_plan
    from bpsim.model.process import Process

    days = int(cases * EVERY[workload] * 1.1) // DAY + 30
    process = Process.model_validate(written(workload, cases))
    return compile_plan(process, start=START, length=days * DAY * 60_000, drain=0)
