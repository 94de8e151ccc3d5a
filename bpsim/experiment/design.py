"""What is to be run: scenarios x replications, one seed for all, and when to stop."""

import dataclasses
import hashlib
import json
import math
import pickle
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bpsim.engine.flowrun import flow_run
from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import MOST_ITEMS
from bpsim.errors import LimitError, RunError
from bpsim.experiment.results import Goal, Settings
from bpsim.model.process import Process
from bpsim.redesign.change import Change
from bpsim.redesign.scenario import Experiment, Scenario, Sequential
from bpsim.redesign.tuning import ByPath
from bpsim.version import __version__

#: The usual name of the baseline.
AS_IS = "as-is"
WEEK = 7 * 86_400_000
#: Replications are looked at after so many more.
STEP = 10


@dataclass(frozen=True, eq=False)
class Arm:
    """A scenario, resolved and compiled: `plan` is its pickled plan, as it travels to the workers."""

    name: str
    title: str
    digest: str
    plan: bytes
    goals: tuple[Goal, ...]
    overloaded: tuple[tuple[str, float], ...]
    flow_lead_time: float | None
    process: Process
    backlog: dict[str, Any]
    changes: tuple[str, ...]
    grounds: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Looks:
    """How many replications: at least and at most, and what has to be how precise to stop in between.

    `half_width` is a share of the baseline's mean of `measure`; an empty measure means a fixed number.
    """

    at_least: int
    at_most: int
    measure: str = ""
    half_width: float = 0.0

    def counts(self) -> tuple[int, ...]:
        """Give the numbers of replications after which to look: multiples of 10, and the last."""
        if not self.measure:
            return (self.at_most,)
        first = -(-self.at_least // STEP) * STEP
        return (*range(first, self.at_most, STEP), self.at_most)


@dataclass(frozen=True, eq=False)
class Design:
    """Everything that the replications follow from. `warmup` is None where it is to be found (ruling 34)."""

    arms: tuple[Arm, ...]
    baseline: str
    settings: Settings
    warmup: int | None
    looks: Looks

    @cached_property
    def study(self) -> dict[str, Any]:
        """Say what a journal's entries belong to: two studies with the same answer have the same replications."""
        fields = dataclasses.asdict(self.settings)
        shared = {name: fields[name] for name in ("start", "length", "drain", "seed")}
        return {"version": __version__, **shared, "scenarios": {arm.name: arm.digest for arm in self.arms}}

    @cached_property
    def identity(self) -> str:
        """Give the study as one short hash."""
        return hashlib.sha256(json.dumps(self.study, sort_keys=True).encode()).hexdigest()[:16]


def design(
    scenarios: Iterable[Scenario],
    *,
    replications: int | Sequential | None = None,
    seed: int | None = None,
    baseline: str | None = None,
) -> Design:
    """Resolve and compile the scenarios, each once.

    The settings are the baseline's, `replications` and `seed` before them. RunError when the scenarios cannot be
    compared: two of one name, or another start, length, drain or seed.
    """
    chosen = list(scenarios)
    names = [scenario.scenario for scenario in chosen]
    if not chosen:
        raise ValueError("no scenario to run")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RunError("BP721", f"two scenarios are called '{twice[0]}'", "Give each its own name.")
    first = baseline_of(names, baseline)
    experiment = chosen[names.index(first)].experiment
    for scenario in chosen:
        _alike(first, experiment, scenario, seed)
    wanted = experiment.replications if replications is None else replications
    settings = Settings(
        start=experiment.start.isoformat(),
        length=experiment.length,
        drain=experiment.drain_time(),
        seed=experiment.seed if seed is None else seed,
        warmup=0,
    )
    return Design(
        arms=tuple(_arm(scenario, experiment) for scenario in chosen),
        baseline=first,
        settings=settings,
        warmup=None if experiment.warmup == "auto" else experiment.warmup,
        looks=_looks(wanted),
    )


def baseline_of(names: Iterable[str], given: str | None = None) -> str:
    """Name the baseline: the one given, or the one called as-is, or the first."""
    names = list(names)
    if given is None:
        return AS_IS if AS_IS in names else names[0]
    if given not in names:
        raise RunError("BP723", f"no scenario is called '{given}'", f"There are: {', '.join(names)}.")
    return given


def _looks(wanted: int | Sequential) -> Looks:
    if isinstance(wanted, int):
        if wanted < 1:
            raise ValueError(f"at least one replication, not {wanted}")
        return Looks(min(wanted, STEP), wanted)
    return Looks(wanted.at_least, wanted.at_most, wanted.until.measure, wanted.until.half_width)


def _arm(scenario: Scenario, experiment: Experiment) -> Arm:
    process = scenario.resolved()
    plan = compile_plan(
        process,
        start=experiment.start,
        length=experiment.length,
        drain=experiment.drain_time(),
        backlog=scenario.backlog(process),
    )
    overloaded, flow_lead_time = _flow(process, experiment)
    return Arm(
        name=scenario.scenario,
        title=scenario.title or process.title,
        digest=_digest(scenario, process),
        plan=pickle.dumps(plan, protocol=pickle.HIGHEST_PROTOCOL),
        goals=tuple(Goal(t.measure, t.group, t.comparison, t.value, t.text) for t in scenario.targets),
        overloaded=overloaded,
        flow_lead_time=flow_lead_time,
        process=process,
        backlog=scenario.experiment.model_dump(mode="json", include={"backlog"})["backlog"],
        changes=tuple(f"{change.id} {change.describe()}" for change in scenario.changes),
        grounds=tuple(map(_grounds, scenario.changes)),
    )


def _grounds(change: Change) -> dict[str, Any]:
    """Say where the numbers of a change come from, and what it costs, as plain data."""
    evidence = change.evidence.model_dump(mode="json") if change.evidence else {"grade": "", "source": "", "range": []}
    costs = {"once": change.cost.once, "per_year": change.cost.per_year}
    free = "free change: " if isinstance(change, ByPath) else ""  # nothing but the user says that it can be
    return {"id": change.id, "text": free + change.describe(), **evidence, **costs}


def _digest(scenario: Scenario, process: Process) -> str:
    """Identify what is run: the process, and the cases that are there at the start."""
    if not scenario.experiment.backlog:
        return process.digest()
    plain = json.dumps(scenario.experiment.model_dump(mode="json", include={"backlog"}), sort_keys=True)
    return hashlib.sha256(f"{process.digest()}{plain}".encode()).hexdigest()[:16]


def _flow(process: Process, experiment: Experiment) -> tuple[tuple[tuple[str, float], ...], float | None]:
    """Give the roles with too much work, and the mean lead time when nobody waits.

    LimitError when a run would make more work items than it may.
    """
    try:
        flow = flow_run(process)
    except RunError:  # the run itself will say it, with the case and the replication
        return (), None
    arrivals = process.cases.arrivals
    most = math.inf if arrivals.at_most is None else arrivals.at_most
    most = min(most, len(arrivals.times)) if arrivals.times else most
    cases = min(flow.per_week * experiment.length / WEEK, most)
    items = cases * sum(flow.visits[name] for name in flow.work)
    if items > MOST_ITEMS:
        what = f"a run would make about {items:,.0f} work items in {cases:,.0f} cases; the limit is {MOST_ITEMS:,}"
        raise LimitError("BP709", what, "Let it be shorter (experiment.length), or let fewer cases arrive.")
    return tuple((role, share) for role, share in sorted(flow.load.items()) if share >= 1), flow.lead_time


def _alike(first: str, experiment: Experiment, scenario: Scenario, seed: int | None) -> None:
    other = scenario.experiment
    pairs: list[tuple[str, object, object]] = [
        ("start", experiment.start, other.start),
        ("length", experiment.length, other.length),
        ("drain", experiment.drain_time(), other.drain_time()),
    ]
    if seed is None:
        pairs.append(("seed", experiment.seed, other.seed))
    for name, mine, theirs in pairs:
        if mine != theirs:
            what = f"'{first}' and '{scenario.scenario}' are not comparable: their experiments differ in {name}"
            code = "BP825" if name == "seed" else "BP723"
            raise RunError(code, what, "Let both inherit the experiment from one scenario.")
