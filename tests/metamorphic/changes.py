"""Ways to change a written process whose effect on a run is known."""

import re
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import numpy as np

from bpsim.eventlog import NONE, EventLog

Written = dict[str, Any]
#: Names of nodes that sort after all others, so that no rank changes.
LAST = "zz"
#: A number of minutes, hours, days or working days.
_TIME = re.compile(r"(\d+(?:\.\d+)?)(min|h|d| working days?)\b")
_SMOOTH = re.compile(r"(exponential|triangular)\([^)]*\)|\d+-\d+ min")
_TIMES = ("created", "transferred", "released", "started", "completed", "need", "opened", "arrived", "ended")


def everywhere(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401
    """Change every text of a written value, but not its keys."""
    if isinstance(value, dict):
        return {key: everywhere(part, change) for key, part in value.items()}
    if isinstance(value, list):
        return [everywhere(part, change) for part in value]
    return change(value) if isinstance(value, str) else value


def on_one_clock(written: Written) -> Written:
    """Leave only times that can be multiplied exactly: constants and empirical draws, and no hours of the day."""
    plain = everywhere(written, lambda text: _SMOOTH.sub("40min", text).replace("now.hour < 12", "flag"))
    plain = everywhere(plain, lambda text: "0" if text == "now.hour" else text)
    plain["calendars"] = dict.fromkeys(written["calendars"], "24/7")
    for department in plain["departments"].values():
        for role in department["roles"].values():
            role.pop("other_duties", None)
    for key in ("profile", "dispersion"):
        plain["cases"]["arrivals"].pop(key, None)
    for node in plain["flow"].values():
        batch = node.get("batch", {})
        if batch.pop("schedule", None):
            batch["max_wait"] = "3h"
    return plain


def slower(written: Written, factor: int) -> Written:
    """Multiply every time."""
    return everywhere(written, lambda text: _TIME.sub(lambda found: f"{float(found[1]) * factor:g}{found[2]}", text))


def slower_log(log: EventLog, factor: int) -> dict[str, list[Any]]:
    """Give the columns of a log with every time multiplied."""
    timed = {name for name in log.arrays() if name.rpartition(".")[2] in {*_TIMES, "setup", "start", "end"}}
    columns = {}
    for name, column in log.arrays().items():
        values = column.astype(np.int64) if name in timed else column
        columns[name] = np.where(values == NONE, NONE, values * factor).tolist() if name in timed else values.tolist()
    return columns


def shuffled(value: Any, luck: Random) -> Any:  # noqa: ANN401
    """Write the keys of every mapping in another order; lists stay as they are."""
    if isinstance(value, dict):
        keys = list(value)
        luck.shuffle(keys)
        return {key: shuffled(value[key], luck) for key in keys}
    return [shuffled(part, luck) for part in value] if isinstance(value, list) else value


def renamed(written: Written, prefix: str) -> Written:
    """Put a prefix before the name of every node (so that their order stays), and say what it was."""
    names = "|".join(written["flow"])

    def change(text: str) -> str:
        return (
            f"{prefix}{text}"
            if text in written["flow"]
            else re.sub(rf"visits\(({names})\)", rf"visits({prefix}\1)", text)
        )

    flow: Written = {}
    for name, node in written["flow"].items():
        was = node.get("was", name)
        parts = {"parts": node["parts"]} if "parts" in node else {}
        targets = node.get("next")
        node = everywhere(node, change) | {"was": was} | parts  # noqa: PLW2901 - the same node under another name
        if isinstance(targets, dict):
            node["next"] = {change(target): change(rule) for target, rule in targets.items()}
        flow[f"{prefix}{name}"] = node
    cases = dict(written["cases"])
    if "clocks" in cases:
        cases["clocks"] = everywhere(cases["clocks"], change)
    return written | {"flow": flow, "cases": cases}


def with_a_part_that_nobody_reaches(written: Written, rule: str) -> Written:
    """Put a choice at the beginning, whose one way (a loop of work in another department) is never taken."""
    role = {"staff": 2, "cost": "50/h"}
    first = next(node["next"] for node in written["flow"].values() if node.get("type") == "start")
    flow = {name: dict(node) for name, node in written["flow"].items()}
    next(node for node in flow.values() if node.get("type") == "start")["next"] = f"{LAST}_split"
    work = {"performer": f"{LAST}_office.clerk", "duration": "exponential(mean=3h)", "next": f"{LAST}_check"}
    flow |= {
        f"{LAST}_split": {"type": "exclusive", "next": {f"{LAST}_merge": rule, first: "else"}},
        f"{LAST}_merge": {"type": "exclusive", "next": f"{LAST}_work"},
        f"{LAST}_work": work,
        f"{LAST}_check": {"type": "exclusive", "next": {f"{LAST}_merge": "30%", first: "else"}},
    }
    departments = written["departments"] | {f"{LAST}_office": {"roles": {"clerk": role}}}
    return written | {"flow": flow, "departments": departments}


def with_blocks_of_one_branch(written: Written) -> Written:
    """Put a parallel split with one flow and a parallel join with one flow into every plain flow."""
    flow = {name: dict(node) for name, node in written["flow"].items()}
    for number, (name, node) in enumerate(written["flow"].items()):
        if isinstance(node.get("next"), str):
            split, join = f"{LAST}{number:03}split", f"{LAST}{number:03}join"
            flow[split] = {"type": "parallel", "next": [join]}
            flow[join] = {"type": "parallel", "next": node["next"]}
            flow[name]["next"] = split
    return written | {"flow": flow}


def by_group(measures: Any, change: Callable[[str], str]) -> Mapping[tuple[str, str], tuple[float, float]]:  # noqa: ANN401
    """Give numerators and denominators by name and group, with another name for each group."""
    return {(each.name, change(each.group)): (each.numerator, each.denominator) for each in measures}
