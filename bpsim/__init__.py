"""Simulate a public-service process as it is and as it could be, and say what a redesign changes.

    import bpsim

    permit = bpsim.load("processes/permit-receipt.yaml")                  # shows the map and the load per role
    as_is = bpsim.scenario("scenarios/permit-receipt/as-is.yaml")
    to_be = as_is.change(bpsim.Batch(task="decide", rule="none"), name="no-batch")
    bpsim.compare(as_is, to_be, replications=30, seed=1)                  # shows difference, interval and verdict

Nothing heavy is imported before it is used.
"""

import importlib
import os
from typing import TYPE_CHECKING, Any

from bpsim.version import __version__

if TYPE_CHECKING:
    from bpsim.comparison.compare import Comparison, compare
    from bpsim.comparison.difference import Difference, diff
    from bpsim.errors import BpsimError, ChangeError, ModelError, Problem, RunError
    from bpsim.eventlog import EventLog
    from bpsim.experiment.results import Results
    from bpsim.experiment.verify import verify
    from bpsim.model.process import Process
    from bpsim.redesign.operators import (
        Allocate,
        Automate,
        Batch,
        Channel,
        Concurrency,
        Insert,
        Merge,
        Move,
        Pool,
        Reassign,
        Remove,
        Route,
        Set,
        Source,
        Split,
        Staff,
        Transfer,
        Trigger,
        Tune,
    )
    from bpsim.redesign.scenario import Scenario

#: Where each public name lives; it is imported when it is first used.
_HOMES = {
    "compare": "bpsim.comparison.compare",
    "Comparison": "bpsim.comparison.compare",
    "diff": "bpsim.comparison.difference",
    "Difference": "bpsim.comparison.difference",
    "BpsimError": "bpsim.errors",
    "ChangeError": "bpsim.errors",
    "ModelError": "bpsim.errors",
    "RunError": "bpsim.errors",
    "EventLog": "bpsim.eventlog",
    "Results": "bpsim.experiment.results",
    "Process": "bpsim.model.process",
    "Allocate": "bpsim.redesign.operators",
    "Automate": "bpsim.redesign.operators",
    "Batch": "bpsim.redesign.operators",
    "Channel": "bpsim.redesign.operators",
    "Merge": "bpsim.redesign.operators",
    "Concurrency": "bpsim.redesign.operators",
    "Insert": "bpsim.redesign.operators",
    "Move": "bpsim.redesign.operators",
    "Route": "bpsim.redesign.operators",
    "Split": "bpsim.redesign.operators",
    "Pool": "bpsim.redesign.operators",
    "Reassign": "bpsim.redesign.operators",
    "Remove": "bpsim.redesign.operators",
    "Source": "bpsim.redesign.operators",
    "Set": "bpsim.redesign.operators",
    "Staff": "bpsim.redesign.operators",
    "Transfer": "bpsim.redesign.operators",
    "Trigger": "bpsim.redesign.operators",
    "Tune": "bpsim.redesign.operators",
    "Scenario": "bpsim.redesign.scenario",
    "verify": "bpsim.experiment.verify",
}
#: What has pictures: whoever uses one of these gets them with it.
_SHOWN = {"compare", "Comparison", "diff", "Difference", "EventLog", "Process", "Results", "Scenario"}
__all__ = [
    "Allocate",
    "Automate",
    "Batch",
    "BpsimError",
    "ChangeError",
    "Channel",
    "Comparison",
    "Concurrency",
    "Difference",
    "EventLog",
    "Insert",
    "Merge",
    "ModelError",
    "Move",
    "Pool",
    "Process",
    "Reassign",
    "Remove",
    "Results",
    "Route",
    "RunError",
    "Scenario",
    "Set",
    "Source",
    "Split",
    "Staff",
    "Transfer",
    "Trigger",
    "Tune",
    "__version__",
    "check",
    "compare",
    "diff",
    "load",
    "scenario",
    "simulate",
    "verify",
]


def load(path: str | os.PathLike[str]) -> "Process | Scenario":
    """Read a process or a scenario file, by its first key; ModelError carries every problem with its place.

    >>> bpsim.load("processes/permit-receipt.yaml").tasks()
    """
    from bpsim.reading.load import load as read

    _faces()
    return read(path)


def scenario(source: "str | os.PathLike[str] | Process") -> "Scenario":
    """Read a scenario file, or take a process file or a process as a scenario `as-is` that changes nothing.

    >>> as_is = bpsim.scenario("scenarios/permit-receipt/as-is.yaml")
    >>> to_be = as_is.change(bpsim.Staff(role="permits.handler", set=20), name="more-handlers")
    """
    from bpsim.model.process import Process
    from bpsim.reading.load import load_scenario
    from bpsim.redesign.scenario import Scenario

    _faces()
    return Scenario(scenario="as-is", process=source) if isinstance(source, Process) else load_scenario(source)


def check(path: str | os.PathLike[str]) -> "list[Problem]":
    """Give every problem of a file, warnings too, in the order of places; an empty list when all is well.

    >>> for problem in bpsim.check("my-process.yaml"):
    ...     print(problem)
    """
    from bpsim.reading.load import check_file

    return check_file(path)


def simulate(subject: "Process | Scenario", *, replications: int = 30, seed: int = 1, **settings: Any) -> "Results":  # noqa: ANN401 - passed on
    """Simulate one process or scenario: every measure with its interval over the replications.

    Further settings are those of `bpsim.experiment.run.run`: workers, executor, progress, journal, keep_logs.

    >>> bpsim.simulate(permit, replications=10).interval("lead_time.mean")
    """
    from bpsim.experiment.run import run
    from bpsim.redesign.scenario import Scenario

    _faces()
    chosen = subject if isinstance(subject, Scenario) else scenario(subject)
    return run([chosen], replications=replications, seed=seed, **settings)


def _faces() -> None:
    """Let notebooks show objects as pictures; a process itself does not know how it is drawn."""
    from bpsim.reporting.faces import put_on

    put_on()


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever stands at that name
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'bpsim' has no attribute '{name}'")
    found = getattr(importlib.import_module(_HOMES[name]), name)
    if name in _SHOWN:
        _faces()
    return found


def __dir__() -> list[str]:
    """List the public names."""
    return list(__all__)
