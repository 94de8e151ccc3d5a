"""Clients who do not wait for ever: Erlang's queue with abandonment (Palm 1957)."""

import numpy as np

from bpsim.eventlog import RENEGED, EventLog
from bpsim.statistics import theory
from tests.statistical.models import MINUTE, Figures, Model, cohort, exponential, queue, steady

RATE, SERVERS, IMPATIENCE = 10, 10, 0.5


def left_and_waited(log: EventLog, warmup: int) -> Figures:
    """Shares of the items that leave the queue, and that wait; and the mean number in the queue, by Little's law."""
    chosen = cohort(log, warmup)[log.items["case"]]
    status, released, started, completed = (
        log.items[name][chosen] for name in ("status", "released", "started", "completed")
    )
    left = status == RENEGED
    wait = (np.where(left, completed, started).astype(np.int64) - released) / MINUTE
    return {
        "share that leaves": float(left.mean()),
        "share that waits": float((wait > 0).mean()),
        "queue": float(wait.mean()) * RATE,
    }


def abandonment() -> Model:
    """M/M/10 + M at load 1."""
    process = queue(RATE, SERVERS, exponential(1))
    process["flow"]["served"]["reneges_after"] = exponential(1 / IMPATIENCE)
    exact = theory.erlang_a(RATE, SERVERS, IMPATIENCE)
    figures = {"share that leaves": exact.p_lost, "share that waits": exact.p_wait, "queue": exact.queue}
    return steady("Erlang-A, load 1", process, (RATE, 600_000), left_and_waited, figures, warmup=2_000)


WAITING = {model.name: model for model in (abandonment(),)}
