"""bpsim: a run with the full event log, then every measure: ledger, accounts, handoffs, laws."""

from typing import Any

from worker import main
from workloads import plan

from bpsim.engine.replication import replicate
from bpsim.eventlog import EventLog
from bpsim.measures.measured import Measured, measure

MINUTE = 60_000


def run(workload: str, cases: int, seed: int) -> tuple[EventLog, Measured]:
    """Compile, run and measure."""
    log = replicate(plan(workload, cases), seed=seed, replication=0)
    return log, measure(log)


def figures(result: tuple[EventLog, Measured]) -> dict[str, Any]:
    """Read the figures off the log and the measures."""
    log, measured = result
    wait = log.items["started"].astype(float) - log.items["created"]
    return {
        "items": len(wait),
        "waiting": float(wait.mean()) / MINUTE,
        "lead_time": measured.value("lead_time.mean") / MINUTE,
    }


if __name__ == "__main__":
    main(run, figures)
