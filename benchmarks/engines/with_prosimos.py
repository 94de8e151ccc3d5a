"""Prosimos: BPMN and JSON files in, a CSV log out.

Its triangular distribution gives no numbers: a uniform one of equal mean and variance stands for it.
"""

import csv
import json
import tempfile
from datetime import datetime
from math import sqrt
from pathlib import Path
from typing import Any

from prosimos.simulation_engine import run_simulation
from worker import Row, figures_of, main
from workloads import BLOCK, CHOICES, CLERKS, EVERY, MERGES, SERVICE, STAFF, TASKS

START = datetime.fromisoformat("2025-01-06T00:00:00+00:00")
DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
EVER = 1e12
NAMESPACE = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def duration(kind: str, numbers: tuple[float, ...]) -> dict[str, Any]:
    """Give a duration in Prosimos' terms, in seconds."""
    numbers = tuple(60.0 * number for number in numbers)
    if kind == "exponential":
        name, values = "expon", (numbers[0], 0.0, EVER)
    elif kind == "lognormal":
        name, values = "lognorm", (numbers[0], numbers[1] ** 2, 0.0, EVER)
    else:
        low, mode, high = numbers
        mean = (low + mode + high) / 3
        square = (low**2 + mode**2 + high**2 - low * mode - low * high - mode * high) / 18
        name, values = "uniform", (mean - sqrt(3 * square), mean + sqrt(3 * square))
    return {"distribution_name": name, "distribution_params": [{"value": value} for value in values]}


def tables(workload: str) -> tuple[dict[str, tuple[str, str, tuple[float, ...], str]], dict[str, int]]:
    """Give tasks and staff of a workload."""
    if workload == "W1":
        return {"served": ("clerks", "exponential", (SERVICE,), "done")}, {"clerks": CLERKS}
    return TASKS, STAFF


def bpmn(workload: str) -> str:
    """Write the flow as BPMN."""
    tasks, _ = tables(workload)
    nodes = [("startEvent", "came"), ("endEvent", "done"), *(("task", name) for name in tasks)]
    flows = [("came", next(iter(tasks))), *((name, task[3]) for name, task in tasks.items())]
    if workload != "W1":
        nodes += [("exclusiveGateway", name) for name in (*CHOICES, *MERGES)]
        nodes += [("parallelGateway", name) for name in BLOCK]
        flows += [(name, target) for name, shares in CHOICES.items() for target in shares]
        flows += [(name, target) for name, targets in BLOCK.items() for target in targets]
        flows += list(MERGES.items())
    lines = [f'<{kind} id="{name}" name="{name}"/>' for kind, name in nodes]
    lines += [f'<sequenceFlow id="{a}_{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in flows]
    return f'<definitions xmlns="{NAMESPACE}"><process id="p">{"".join(lines)}</process></definitions>'


def hours(workload: str) -> list[dict[str, str]]:
    """Give the openings of a calendar."""
    if workload == "W3":
        return [{"from": "MONDAY", "to": "FRIDAY", "beginTime": "09:00:00", "endTime": "17:00:00"}]
    return always()


def always() -> list[dict[str, str]]:
    """Open round the clock."""
    return [{"from": "MONDAY", "to": "SUNDAY", "beginTime": "00:00:00", "endTime": "23:59:59.999999"}]


def parameters(workload: str) -> dict[str, Any]:
    """Write the parameters as Prosimos' JSON."""
    tasks, staff = tables(workload)
    choices = {} if workload == "W1" else CHOICES
    person = {"cost_per_hour": 1, "calendar": "hours"}
    return {
        "resource_profiles": [
            {"id": pool, "name": pool, "resource_list": [{"id": pool, "name": pool, "amount": people, **person}]}
            for pool, people in staff.items()
        ],
        "arrival_time_distribution": duration("exponential", (EVERY[workload],)),
        "arrival_time_calendar": always(),
        "gateway_branching_probabilities": [
            {"gateway_id": name,
             "probabilities": [{"path_id": f"{name}_{target}", "value": share} for target, share in shares.items()]}
            for name, shares in choices.items()
        ],
        "task_resource_distribution": [
            {"task_id": name, "resources": [{"resource_id": pool, **duration(kind, numbers)}]}
            for name, (pool, kind, numbers, _) in tasks.items()
        ],
        "resource_calendars": [{"id": "hours", "name": "hours", "time_periods": hours(workload)}],
    }  # fmt: skip


def run(workload: str, cases: int, seed: int) -> Path:
    """Run and give the CSV log that it writes; its generator has no seed."""
    del seed
    folder = Path(tempfile.mkdtemp(prefix="prosimos"))
    model, settings, found = folder / "model.bpmn", folder / "model.json", folder / "log.csv"
    model.write_text(bpmn(workload), encoding="utf-8")
    settings.write_text(json.dumps(parameters(workload)), encoding="utf-8")
    run_simulation(str(model), str(settings), cases, log_out_path=str(found), starting_at=START.isoformat())
    return found


def figures(path: Path) -> dict[str, float]:
    """Read the figures off the CSV log."""

    def minutes(text: str) -> float:
        return (datetime.fromisoformat(text) - START).total_seconds() / 60

    rows: list[Row] = []
    arrived: dict[int, float] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for entry in csv.DictReader(file):
            case, created = int(entry["case_id"]), minutes(entry["enable_time"])
            arrived[case] = min(created, arrived.get(case, created))
            rows.append((case, entry["activity"], created, minutes(entry["start_time"]), minutes(entry["end_time"])))
    return figures_of(rows, arrived)


if __name__ == "__main__":
    main(run, figures)
