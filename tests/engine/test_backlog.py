"""Cases that are there at the start: who they are, where they stand, and that the others are not disturbed."""

import numpy as np

from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.eventlog import BACKLOG, EventLog
from bpsim.model.process import Process
from bpsim.values.distributions import Constant, Distribution, Exponential
from tests.engine.drawn import DAY, HOUR, MONDAY, Written, flow

NODES = {
    "draft": {"performer": "desk.clerk", "duration": "exponential(mean=1h)", "next": "decide"},
    "decide": {"performer": "desk.aide", "duration": "3h", "next": "gone"},
}


def run(backlog: dict[str, tuple[int, Distribution]], written: Written | None = None, days: int = 1) -> EventLog:
    """Run a process with cases that are there at the start."""
    process = Process.model_validate(written or flow(NODES, attributes={"area": "uniform(0, 100)"}))
    queues = [(node, node, cases, age) for node, (cases, age) in backlog.items()]
    plan = compile_plan(process, start=MONDAY, length=days * DAY, drain=DAY, backlog=queues)
    return replicate(plan, seed=1, replication=0)


def test_they_come_first() -> None:
    """Three cases wait before `decide`, one of them a day old each: two aides take them, three hours each."""
    log = run({"decide": (3, Constant("1d", float(DAY)))})
    mine = log.cases["source"] == BACKLOG
    assert mine.tolist() == [True] * 3 + [False] * 5
    assert log.cases["need"][mine].tolist() == [-DAY] * 3
    assert log.cases["arrived"][mine].tolist() == log.cases["opened"][mine].tolist() == [0] * 3
    first = log.items["case"] < 3
    assert log.items["started"][first].tolist() == [0, 0, 3 * HOUR]
    assert log.items["pred"][first].tolist() == [-1] * 3
    assert log.items["visit"][first].tolist() == [0] * 3
    assert log.cases["position"][~mine].tolist() == [0, 1, 2, 3, 4]
    low = 2**62
    assert np.diff(log.cases["position"][mine]).tolist() == [1, 1]
    assert low <= log.cases["position"][0] < low + 2**61 + 3


def test_the_others_keep_their_luck() -> None:
    """Arrivals, attributes and durations of those who arrive are the same with a backlog and without."""
    alone, busy = run({}), run({"decide": (2, Constant("0", 0.0)), "draft": (4, Exponential("", 1e9))})
    others = busy.cases["source"] != BACKLOG
    assert alone.cases["need"].tolist() == busy.cases["need"][others].tolist()
    assert alone.attributes["area"].tolist() == busy.attributes["area"][others].tolist()
    drafts = [log.items["node"] == 2 for log in (alone, busy)]
    spent = [
        {
            position: end - start
            for position, start, end in zip(
                log.cases["position"][log.items["case"][chosen]],
                log.items["started"][chosen],
                log.items["completed"][chosen],
                strict=True,
            )
        }
        for log, chosen in zip((alone, busy), drafts, strict=True)
    ]
    assert len(spent[1]) == 9
    assert spent[0] == {position: spent[1][position] for position in spent[0]}


def test_ages_are_drawn() -> None:
    """Two thousand ages with a mean of ten days."""
    log = run({"draft": (2000, Exponential("", 10.0 * DAY))})
    ages = -log.cases["need"][log.cases["source"] == BACKLOG] / DAY
    assert abs(ages.mean() - 10) < 4 * 10 / 2000**0.5


def test_nobody_waits_for_them() -> None:
    """The run stops when the cases of its own have ended, whatever is left of the backlog."""
    nodes = {**NODES, "draft": {**NODES["draft"], "next": "gone"}}
    written = flow(nodes)
    written["flow"]["came"]["next"] = "draft"
    written["flow"]["other"] = {"type": "exclusive", "next": "decide"}
    log = run({"decide": (200, Constant("0", 0.0))}, written)
    assert log.settings.stopped == DAY
    assert (log.cases["ended"] == -1).sum() == 200 - 2 * 7


def test_before_a_gateway() -> None:
    """A backlog may stand before a gateway, which takes no time."""
    nodes = {"which": {"type": "exclusive", "next": {"draft": 0.5, "decide": "else"}}, **NODES}
    log = run({"which": (400, Constant("0", 0.0))}, flow(nodes))
    mine = log.items["created"] == 0
    assert abs((log.items["node"][mine] == 2).mean() - 0.5) < 0.2
