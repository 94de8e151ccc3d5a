"""Arrivals, backlog, errors and clocks that act in a process that runs beside another: each has its own."""

from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.eventlog import BACKLOG, CANCELLED, NONE
from bpsim.model.process import Process
from bpsim.values.distributions import Constant
from tests.engine.drawn import DAY, HOUR, MONDAY, Written, flow


def work(following: str, **more: object) -> Written:
    """Write an hour of a clerk's work."""
    return {"performer": "desk.clerk", "duration": "1h", "next": following, **more}


def test_beside_each_other() -> None:
    """The main process makes no errors and has no deadline; its companion has all of it, under its own names."""
    beside = {
        "cases": {
            "arrivals": {"times": ["2h"]},
            "clocks": {"law": {"limit": "30min", "on_pass": {"next": "late"}, "from": "a_draft"}},
        },
        "flow": {
            "a_came": {"type": "start", "next": "a_draft"},
            "a_draft": work("b_check", introduces_error="100%"),
            "b_check": work("over", detects_error="100%"),
            "late": {"performer": "system", "duration": "1min", "detects_error": "100%", "next": "over"},
            "over": {"type": "end"},
        },
    }
    written = flow({"draft": work("gone")}, arrivals={"times": ["1h", "3h"]})
    process = Process.model_validate({**written, "others": {"beside": beside}})
    waiting = [("beside/b_check", "beside/b_check", 1, Constant("", 0.0)), ("draft", "draft", 1, Constant("", 0.0))]
    plan = compile_plan(process, start=MONDAY, length=DAY, drain=DAY, backlog=waiting)
    log = replicate(plan, seed=1, replication=0)
    names = [node.name for node in log.settings.nodes]
    mine = log.cases["source"] == BACKLOG
    assert log.cases["process"].tolist() == [0, 1, 0, 1, 0]
    assert mine.tolist() == [True, True, False, False, False]
    rows = zip(*(log.items[key].tolist() for key in ("case", "node", "status", "completed")), strict=True)
    assert [(case, names[node], status, completed / HOUR) for case, node, status, completed in rows] == [
        (0, "draft", 0, 1),
        (1, "beside/b_check", 0, 1),
        (2, "draft", 0, 2),
        (3, "beside/a_draft", 0, 3),
        (3, "beside/b_check", CANCELLED, 3.5 + 1 / HOUR),
        (3, "beside/late", 0, 3.5 + 60_001 / HOUR),
        (4, "draft", 0, 4),
    ]
    errors = {key: column.tolist() for key, column in log.errors.items()}
    assert errors == {
        "case": [3],
        "node": [names.index("beside/a_draft")],
        "introduced": [3 * HOUR],
        "detected": [int(3.5 * HOUR) + 60_001],
        "corrected": [NONE],
    }
