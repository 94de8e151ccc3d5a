"""Small processes for the tests of the engine, and runs of them."""

from datetime import date
from typing import Any

from bpsim.engine.plan import Plan, compile_plan
from bpsim.engine.replication import replicate
from bpsim.eventlog import EventLog
from bpsim.model.process import Process

MONDAY = date(2025, 1, 6)
DAY, HOUR, MINUTE = 86_400_000, 3_600_000, 60_000
Written = dict[str, Any]


def queue(every: str, service: str, *, people: int = 1, cases: int = 1000, calendar: Any = "24/7") -> Written:  # noqa: ANN401
    """Write one queue: cases come, are served, and go."""
    return {
        "process": "queue",
        "calendars": {"office": calendar},
        "departments": {"desk": {"calendar": "office", "roles": {"clerk": {"staff": people}}}},
        "cases": {"arrivals": {"every": every, "at_most": cases}},
        "flow": {
            "came": {"type": "start", "next": "served"},
            "served": {"performer": "desk.clerk", "duration": service, "next": "gone"},
            "gone": {"type": "end"},
        },
    }


def flow(nodes: Written, **cases: Any) -> Written:  # noqa: ANN401
    """Write a process of one department with two clerks and two aides; it begins at `came`."""
    roles = {"clerk": {"staff": 2}, "aide": {"staff": 2}}
    arrivals = {"arrivals": {"every": "1h", "at_most": 5}}
    return {
        "process": "small",
        "departments": {"desk": {"roles": roles}},
        "cases": {**arrivals, **cases},
        "flow": {"came": {"type": "start", "next": next(iter(nodes))}, **nodes, "gone": {"type": "end"}},
    }


def plan(written: Written, *, days: int = 1, drain: int = 1) -> Plan:
    """Compile a process for so many days from a Monday."""
    return compile_plan(Process.model_validate(written), start=MONDAY, length=days * DAY, drain=drain * DAY)


def run(written: Written, *, days: int = 1, drain: int = 1, seed: int = 1) -> EventLog:
    """Run a process once."""
    return replicate(plan(written, days=days, drain=drain), seed=seed, replication=2)
