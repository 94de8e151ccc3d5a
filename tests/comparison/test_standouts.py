"""What stands out is found from the event log too, by a road of its own."""

from collections import Counter, defaultdict

import numpy as np

from bpsim.comparison.standouts import biggest_interface, bottleneck, longest_wait
from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.eventlog import COMPLETED, EventLog
from bpsim.experiment.run import run
from tests.experiment.small import scenario

DAY, HOUR = 86_400_000, 3_600_000


def opened(time: int) -> int:
    """Count the office hours (Monday to Friday, 9 to 17) before a time; the run begins on a Monday."""
    days, rest = divmod(time, DAY)
    weeks, weekday = divmod(days, 7)
    today = min(max(rest - 9 * HOUR, 0), 8 * HOUR) if weekday < 5 else 0
    return (weeks * 5 + min(weekday, 5)) * 8 * HOUR + today


def logs_of_the_study() -> list[EventLog]:
    """Give the logs of the two replications of the small study."""
    chosen = scenario(warmup="0d", length="28d", drain="112d")
    experiment = chosen.experiment
    plan = compile_plan(
        chosen.resolved(), start=experiment.start, length=experiment.length, drain=experiment.drain_time()
    )
    return [replicate(plan, seed=experiment.seed, replication=i) for i in range(2)]


def test_what_stands_out_is_what_the_log_says() -> None:
    """Waiting at a task is its time without the work; work (in office hours) and handoffs are counted row by row."""
    logs = logs_of_the_study()
    result = run([scenario(warmup="0d", length="28d", drain="112d")], replications=2, workers=1)["as-is"]
    waits: dict[str, int] = defaultdict(int)
    work: dict[str, int] = defaultdict(int)
    handed: Counter[tuple[str, str]] = Counter()
    cases = 0
    for log in logs:
        cohort = set(np.flatnonzero(log.cases["need"] < 28 * DAY).tolist())
        cases += len(cohort)
        last: dict[int, str] = {}
        for row in np.lexsort((log.items["node"], log.items["started"], log.items["case"])).tolist():
            case, node = int(log.items["case"][row]), log.settings.nodes[log.items["node"][row]]
            if case not in cohort:
                continue
            assert log.items["status"][row] == COMPLETED
            created, started, completed = (int(log.items[name][row]) for name in ("created", "started", "completed"))
            worked = opened(completed) - opened(started)
            waits[node.name] += completed - created - worked
            work[log.settings.roles[node.performers[0]].name] += worked
            department = log.settings.departments[node.department].name
            if last.get(case, department) != department:
                handed[last[case], department] += 1
            last[case] = department
    busiest = bottleneck(result)
    assert busiest is not None
    assert busiest[0] == max(work, key=lambda role: work[role])
    wait = longest_wait(result)
    assert wait is not None
    assert wait.task == max(waits, key=lambda task: waits[task])
    assert wait.milliseconds == waits[wait.task] / cases
    interface = biggest_interface(result)
    assert interface is not None
    ((origin, target), count), *_ = handed.most_common(1)
    assert (interface.origin, interface.target) == (origin, target)
    assert np.isclose(interface.handoffs.mean, count / cases)
