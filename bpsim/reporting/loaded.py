"""The process map of a result: where cases wait, who is busy, how many go where, what is done again."""

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

import numpy as np

from bpsim.comparison.standouts import NO_WAITING
from bpsim.engine.flowrun import FlowRun, flow_run
from bpsim.errors import RunError
from bpsim.experiment.again import log_of
from bpsim.experiment.results import Results, ScenarioResult
from bpsim.model.process import Process, joined
from bpsim.reporting.marks import FlowMark, Marks, NodeMark, percent
from bpsim.reporting.traffic import traffic
from bpsim.statistics.intervals import Interval, mean_interval
from bpsim.tables import unit_of

Colour = Literal["waiting", "utilisation", "cost", "rework"]
FILLS = {
    "waiting": "fill: share of the lead time that is spent waiting there",
    "utilisation": "fill: utilisation of those who do it",
    "cost": "fill: share of the cost of work",
    "rework": "fill: share of the passes that do it again",
}
#: Those whose values at the nodes are parts of a whole.
ADDING = ("waiting", "cost")


def process_of(result: ScenarioResult) -> Process:
    """Give the process that a result is of; RunError when the result holds none."""
    if result.process is None:
        what = f"the results of {result.name} hold no process to draw"
        raise RunError("BP830", what, "They are of an older version of bpsim: run the experiment again.")
    return result.process


def result_map(results: Results, scenario: str, colour: Colour = "waiting") -> tuple[Process, Marks]:
    """Give the process of a scenario and the marks of its result, filled by one of four figures."""
    result = results[scenario]
    process = process_of(result)
    flow = flow_run(process)
    values = SHARES[colour](results, result, flow)
    nodes = {}
    for name, task in process.work().items():
        performer = task.performer[0] if task.by_people() else ""
        share = values.get(name)
        nodes[name] = NodeMark(
            share=share,
            value=percent(share) if share else "",
            busy=_busy(result, performer),
            queue=_queue(result, name),
            overloaded=performer in {role for role, _ in result.overloaded},
        )
    title = f"{process.title or process.process}, {scenario}: {_headline(process, values, colour)}"
    flows, notes = dict(_flows(process, flow)), tuple(_notes(result, colour))
    return process, Marks(nodes, flows, FILLS[colour], title, notes, adds=colour in ADDING)


def _flows(process: Process, flow: FlowRun) -> Iterator[tuple[tuple[str, str], FlowMark]]:
    for key, one in process.every().items():
        visits = {name: flow.visits.get(joined(key, name), 0.0) for name in one.flow}
        for (origin, target), cases in traffic(one, visits).items():
            yield (joined(key, origin), joined(key, target)), FlowMark(cases=cases)


def _busy(result: ScenarioResult, role: str) -> float | None:
    key = ("utilisation", f"role={role}")
    return result.interval(*key).mean if key in result.measures() else None


def _queue(result: ScenarioResult, task: str) -> float:
    key = ("queue.p95", f"task={task}")
    length = result.interval(*key).mean if key in result.measures() else 0.0
    return length if length >= 0.5 else 0.0  # noqa: PLR2004 - what is rounded to nothing


def _headline(process: Process, values: Mapping[str, float], colour: Colour) -> str:
    """Say what is seen: the node with the most, by its title."""
    if not any(values.values()):
        return {"waiting": "nobody waits", "rework": "nothing is done again"}.get(colour, "nobody works")
    name = max(values, key=lambda each: values[each])
    work = process.work()
    title = (work[name].title if name in work else "") or name.replace("_", " ")
    share = percent(values[name])
    return {
        "waiting": f"most waiting at '{title}' ({share} of the lead time)",
        "utilisation": f"busiest are those who do '{title}' ({share})",
        "cost": f"most is spent on '{title}' ({share} of the cost of work)",
        "rework": f"'{title}' is repeated most ({share} of its passes)",
    }[colour]


def _notes(result: ScenarioResult, colour: Colour) -> Iterator[str]:
    lead = result.interval("lead_time.mean")
    unit = unit_of("ms", [lead.mean])
    runs = f"{len(result.measured)} replication{'s' if len(result.measured) > 1 else ''}"
    yield (
        f"Mean lead time {unit.show(lead.mean)}{_ends(lead, unit.scale)}, all hours of the day counted; "
        f"means over {runs}. "
        "Flows and counts: what 2,000 cases do that nobody makes wait."
    )
    if colour == "waiting":
        largest = [(interval.mean, name, interval) for name, interval in waiting(result).items()]
        for _, name, interval in sorted(largest, reverse=True)[:1]:
            yield f"Waiting at {name}: {100 * interval.mean:.1f} % of the lead time{_ends(interval, 0.01)}."
    if colour == "rework":
        yield "Repeated passes: counted in the first replication."


def _ends(interval: Interval, scale: float) -> str:
    if not np.isfinite(interval.low):
        return ""
    return f" (95 % CI {interval.low / scale:.1f} to {interval.high / scale:.1f})"


def waiting(result: ScenarioResult) -> dict[str, Interval]:
    """Give for every task the share of the lead time that cases wait there: mean and interval over replications."""
    names = dict.fromkeys(name for measured in result.measured for name in measured.tasks)
    whole = [max(sum(sum(causes.values()) for causes in m.cells.values()), 1) for m in result.measured]
    found = {}
    for name in names:
        waits = [
            sum(value for cause, value in measured.tasks.get(name, {}).items() if cause not in NO_WAITING)
            for measured in result.measured
        ]
        found[name] = mean_interval([wait / total for wait, total in zip(waits, whole, strict=True)])
    return found


def _waiting(_: Results, result: ScenarioResult, __: FlowRun) -> dict[str, float]:
    return {name: interval.mean for name, interval in waiting(result).items()}


def _utilisation(_: Results, result: ScenarioResult, __: FlowRun) -> dict[str, float]:
    process = process_of(result)
    shares = {n: _busy(result, task.performer[0]) for n, task in process.work().items() if task.by_people()}
    return {name: share for name, share in shares.items() if share is not None}


def _cost(_: Results, result: ScenarioResult, flow: FlowRun) -> dict[str, float]:
    process = process_of(result)
    tasks = {name: task for name, task in process.work().items() if task.by_people()}
    spent = {name: flow.work.get(name, 0.0) * process.role(task.performer[0]).cost for name, task in tasks.items()}
    total = sum(spent.values())
    return {name: value / total for name, value in spent.items()} if total else {}


def _rework(results: Results, result: ScenarioResult, _: FlowRun) -> dict[str, float]:
    log = log_of(results, result.name)
    node, again = log.items["node"], log.items["visit"] > 0
    passes = np.bincount(node, minlength=len(log.settings.nodes))
    repeated = np.bincount(node[again], minlength=len(log.settings.nodes))
    return {each.name: float(repeated[i] / passes[i]) for i, each in enumerate(log.settings.nodes) if passes[i]}


SHARES: dict[str, Callable[[Results, ScenarioResult, FlowRun], dict[str, float]]] = {
    "waiting": _waiting,
    "utilisation": _utilisation,
    "cost": _cost,
    "rework": _rework,
}
