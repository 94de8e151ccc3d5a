"""The reference page names every measure, and no other."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from bpsim.eventlog import EventLog
from bpsim.measures.fairness import APART
from bpsim.measures.measured import QUANTILES, measure
from tests.measures.test_measures import simulate

PAGE = Path("docs/reference-measures.md")
LEVELS = ("person", "role", "department", "body")


def documented() -> set[str]:
    """Give the names in the first columns of the page, without groups and placeholders."""
    names: set[str] = set()
    for line in PAGE.read_text().splitlines():
        if line.startswith("| `"):
            for name in re.findall(r"`([^`]+)`", line.split(" | ")[0]):
                bare = name.split("[")[0].replace("CLOCK", "legal")
                names |= {bare.replace("LEVEL", level) for level in LEVELS} if "LEVEL" in bare else {bare}
    short = {f"handoffs{name}" for name in names if name[1:] in LEVELS}
    apart = {f"{name}.{how}" for name in APART for how in ("ratio", "gap", "gini")}
    return {name for name in names if name and not name.startswith(".")} | short | apart


def with_everything(log: EventLog) -> EventLog:
    """Give a log the settings of which measures depend: groups, a value of time, errors, overtime, vacancies ..."""
    settings = log.settings
    nodes = [replace(node, together=True, reneges=True, introduces_error=True) for node in settings.nodes]
    roles = [replace(role, overtime=True, leaving=True) for role in settings.roles]
    new = {"nodes": tuple(nodes), "roles": tuple(roles), "groups": "kind", "value_of_time": (("", 20.0),)}
    return replace(log, settings=replace(settings, **new), attributes={"kind": np.arange(len(log.cases["need"]))})


def test_every_measure_is_documented_and_no_other() -> None:
    """A run with a clock, two channels and a handoff gives exactly the measures of the page."""
    log = simulate(
        {
            "departments": {"x": {"roles": {"one": {"staff": 1}}}, "y": {"roles": {"two": {"staff": 1}}}},
            "channels": {"web": {"share": 0.5}, "post": {"share": 0.5}},
            "cases": {"arrivals": {"every": "1h", "at_most": 3}, "clocks": {"legal": {"limit": "1h"}}},
            "flow": {
                "came": {"type": "start", "next": "a"},
                "a": {"performer": "x.one", "duration": "10min", "next": "fork"},
                "fork": {"type": "parallel", "next": ["b", "c"]},
                "b": {"performer": "y.two", "duration": "10min", "next": "meet"},
                "c": {"performer": "y.two", "duration": "10min", "next": "meet"},
                "meet": {"type": "parallel", "next": "gone"},
                "gone": {"type": "end"},
            },
        }
    )
    found = {entry.name for entry in measure(with_everything(log)).measures}
    stems = {name.removesuffix(".mean") for name in found if name.rpartition(".")[2] not in QUANTILES}
    assert {name.removesuffix(".mean") for name in documented() if not name.endswith(".p95")} == stems
