"""Makes a run of an experiment again: the event log that its measures were taken from."""

from datetime import date
from functools import lru_cache

from bpsim.engine.plan import Plan, compile_plan
from bpsim.engine.replication import replicate
from bpsim.errors import RunError
from bpsim.eventlog import EventLog
from bpsim.experiment.results import Results, ScenarioResult, Settings
from bpsim.redesign.scenario import Experiment, Scenario


def log_of(results: Results, scenario: str, replication: int = 0) -> EventLog:
    """Give the event log of one replication of a scenario: the same luck, the same log.

    RunError when the results hold no process, or when this version of bpsim makes another log of it.
    """
    return _made(results[scenario], results.settings, replication)


@lru_cache(maxsize=32)
def _made(result: ScenarioResult, settings: Settings, replication: int) -> EventLog:
    log = replicate(plan_of(result, settings), seed=settings.seed, replication=replication)
    if log.digest() != result.logs[replication]:
        what = f"replication {replication} of {result.name} comes out otherwise than in the results"
        raise RunError("BP831", what, "They are of another version of bpsim: run the experiment again.")
    return log


@lru_cache(maxsize=8)
def plan_of(result: ScenarioResult, settings: Settings) -> Plan:
    """Give the plan that the runs of a scenario followed; RunError when its results hold no process."""
    if result.process is None:
        what = f"the results of {result.name} hold no process to run again"
        raise RunError("BP830", what, "They are of an older version of bpsim: run the experiment again.")
    start = date.fromisoformat(settings.start)
    experiment = Experiment.model_validate({"backlog": dict(result.backlog)})
    whole = Scenario.model_validate({"scenario": result.name, "process": result.process, "experiment": experiment})
    backlog = whole.backlog(result.process)
    return compile_plan(result.process, start=start, length=settings.length, drain=settings.drain, backlog=backlog)
