"""The names of measures, as targets and stopping rules use them."""

from collections.abc import Iterator, Sequence

from bpsim.errors import Mistake, did_you_mean
from bpsim.measures.fairness import APART
from bpsim.model.process import Process

#: Measures with a mean and quantiles.
SPREAD = (
    *("lead_time", "waiting_time", "processing_time", "client_time", "client_cost", "cost_per_case"),
    *("handoffs", "handoffs.person", "handoffs.role", "handoffs.department", "handoffs.body", "handoffs.sequence"),
    *("people", "departments", "bodies", "touches", "contacts", "contacts.in", "contacts.out", "documents"),
)
FIGURES = ("mean", "p50", "p80", "p90", "p95")
#: Measures that are one number.
SINGLE = (
    *("abandonment", "capacity", "failure_demand", "p_instant", "wasted_work"),
    *(
        "backlog_drift",
        "cost",
        "critical",
        "first_time_right",
        "flow_efficiency",
        "handoff_delay.mean",
        "idle_while_queue",
    ),
    *("handoffs.person.none", "handoffs.role.none", "handoffs.department.none", "handoffs.body.none", "outcome"),
    *("ping_pong", "queue.mean", "queue.p95", "rework_rate", "utilisation", "work_in_progress.mean", "workload_gini"),
)


def measure_names(process: Process) -> list[str]:
    """Name every measure that a run of a process gives."""
    spread = [f"{name}.{figure}" for name in SPREAD for figure in FIGURES]
    clocks = [
        name.format(clock)
        for clock in process.cases.clocks
        for name in ("on_time.{}", "lateness.{}.mean", "lead_time.{}.mean")
    ]
    return sorted([*spread, *SINGLE, *clocks, *_of_people(process), *_of_clients(process)])


def _of_people(process: Process) -> Iterator[str]:
    """Name measures that only some roles and tasks have."""
    roles = process.roles().values()
    yield from ("overtime",) if any(role.at_shift_end == "finish" for role in roles) else ()
    yield from ("time_to_fill.mean",) if any(role.leaving for role in roles) else ()
    tasks = process.tasks().values()
    yield from ("held",) if any(task.together for task in tasks) else ()
    if any(task.introduces_error for task in tasks):
        yield from ("undetected_errors", *(f"errors.{figure}" for figure in FIGURES))


def _of_clients(process: Process) -> Iterator[str]:
    """Name measures of client groups, and of what their time is worth."""
    client = process.cases.client
    yield from (f"burden.{figure}" for figure in FIGURES if client.value_of_time)
    apart = APART if client.value_of_time else [name for name in APART if name != "burden"]
    yield from (f"{name}.{how}" for name in apart for how in ("ratio", "gap", "gini") if client.groups)


def measure_mistake(name: str, known: Sequence[str]) -> Mistake | None:
    """Say what is wrong with the name of a measure; nothing when no measures are known."""
    if name in known or not known:
        return None
    figures = [other for other in known if other.startswith(f"{name}.")]
    family = name.partition(".")[0]
    if family in ("on_time", "lateness"):
        near = did_you_mean(name, [other for other in known if other.startswith(family)])
        near = near or "It needs a clock, defined under cases.clocks."
    else:
        near = f"Write {figures[0]}." if figures else did_you_mean(name, known)
    return Mistake("BP657", f"there is no measure '{name}'", near or "Such as lead_time.p90 or handoffs.mean.")
