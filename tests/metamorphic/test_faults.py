"""Faults that were found in other simulators, each as a process in which it would show."""

import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from bpsim.engine.replication import replicate
from bpsim.errors import RunError
from bpsim.eventlog import NONE, OPEN, EventLog
from bpsim.measures.measured import measure
from bpsim.model.checks import check
from bpsim.model.process import Process
from bpsim.values.distributions import Weibull
from tests.engine.drawn import DAY, HOUR, MINUTE, Written, flow, plan, run
from tests.oracle.generate import process


def stamps(log: EventLog, name: str, node: str) -> list[int]:
    """Give one stamp of every row of a node, by case."""
    rank = [info.name for info in log.settings.nodes].index(node)
    mine = log.items["node"] == rank
    pairs = zip(log.items["case"][mine].tolist(), log.items[name][mine].tolist(), strict=True)
    return [value for _, value in sorted(pairs)]


def test_somebody_off_shift_is_never_preferred_to_an_idle_one_on_shift() -> None:
    """The preferred role is on shift from 09:00; work at 05:00 goes to the other role, which is there, at once."""
    written = flow({"work": {"performer": ["desk.clerk", "desk.aide"], "duration": "30min", "next": "gone"}})
    written["calendars"] = {"day": {"mon-sun": "09:00-17:00"}}
    written["departments"]["desk"]["roles"]["clerk"]["calendar"] = "day"
    written["cases"]["arrivals"] = {"every": "5h", "at_most": 4}
    log = run(written)
    # At 05:00 and 20:00 an aide (0 and 1), at 10:00 and 15:00 a clerk (2 and 3), all without a wait.
    assert (
        stamps(log, "started", "work") == stamps(log, "released", "work") == [5 * HOUR, 10 * HOUR, 15 * HOUR, 20 * HOUR]
    )
    roles = log.settings.person_roles()
    names = [log.settings.roles[roles[person]].name for person in stamps(log, "person", "work")]
    assert names == ["desk.aide", "desk.clerk", "desk.clerk", "desk.aide"]


def test_low_priority_does_not_starve_while_somebody_idles() -> None:
    """Two clerks; urgent work keeps one of them busy without end, and the rest is taken by the other at once."""
    written = flow(
        {
            "which": {"type": "exclusive", "next": {"urgent": "kind == 'a'", "plain": "else"}},
            "urgent": {"performer": "desk.clerk", "duration": "30h", "next": "gone"},
            "plain": {"performer": "desk.clerk", "duration": "20min", "next": "gone"},
        },
        attributes={"kind": {"a": "50%", "b": "50%"}},
        priority="9 if kind == 'a' else 0",
    )
    written["cases"]["arrivals"] = {"every": "1h", "at_most": 12}
    log = run(written, days=1, drain=30, seed=14)
    # The first urgent case takes a clerk, the other serves the rest, until the second comes: then all wait.
    first, second = [case for case, kind in enumerate(log.attributes["kind"].tolist()) if kind == "a"][:2]
    rows = {int(case): row for row, case in enumerate(log.items["case"].tolist())}
    assert second > first + 1
    for case in range(second + 1):
        assert log.items["started"][rows[case]] == log.items["created"][rows[case]]
    assert measure(log).value("idle_while_queue", "role=desk.clerk") == 0


def test_nobody_is_idle_while_work_waits_unless_a_rule_keeps_them_apart() -> None:
    """In drawn processes without kept items, `fit` and runs done one by one, no role idles beside its queue."""
    waited = 0.0
    for seed in range(60):
        log = replicate(plan(without_exceptions(process(seed)), days=5, drain=7), seed=seed, replication=0)
        measured = measure(log)
        idle = [each for each in measured.measures if each.name == "idle_while_queue"]
        assert all(each.numerator == 0 for each in idle), seed
        waited += sum(each.numerator for each in measured.measures if each.name == "queue.mean")
    assert waited > 1000 * HOUR


def without_exceptions(written: Written) -> Written:
    """Leave out what may let people idle beside waiting work."""
    for department in written["departments"].values():
        for role in department["roles"].values():
            role.pop("at_shift_end", None)
    for node in written["flow"].values():
        node.pop("same_person_as", None)
        node.pop("keeps_for", None)
        if "batch" in node:
            node["batch"]["mode"] = "together"
    return written


@pytest.mark.parametrize(("cases", "runs"), [(3, []), (4, [4]), (6, [4]), (9, [4, 4]), (12, [4, 4, 4])])
def test_a_batch_of_four_fires_when_more_come_at_once(cases: int, runs: list[int]) -> None:
    """What came overnight is there at 09:01, all at once: each four are a run, and the rest is held."""
    written = flow(
        {
            "night": {"type": "timer", "delay": "1min", "calendar": "day", "next": "work"},
            "work": {"performer": "desk.clerk", "duration": "10min", "batch": {"size": 4}, "next": "gone"},
        }
    )
    written["calendars"] = {"day": {"mon-sun": "09:00-17:00"}}
    written["cases"]["arrivals"] = {"every": "20min", "at_most": cases}
    log = run(written)
    assert [b - a for a, b in pairwise(log.batch_starts.tolist())] == runs
    assert log.batches["released"].tolist() == [9 * HOUR + MINUTE] * len(runs)
    assert stamps(log, "released", "work").count(NONE) == cases - sum(runs)


def test_a_choice_that_is_closed_by_a_parallel_join_is_refused() -> None:
    """The join would wait for ever for the branch that was not taken."""
    written = flow(
        {
            "which": {"type": "exclusive", "next": {"one": "50%", "two": "else"}},
            "one": {"performer": "desk.clerk", "duration": "10min", "next": "met"},
            "two": {"performer": "desk.aide", "duration": "10min", "next": "met"},
            "met": {"type": "parallel", "next": "gone"},
        }
    )
    assert "BP312" in {finding.code for finding in check(Process.model_validate(written))}
    written["flow"]["met"]["type"] = "exclusive"
    assert "BP312" not in {finding.code for finding in check(Process.model_validate(written))}


@pytest.mark.parametrize("bad", [math.nan, math.inf, None], ids=["nan", "infinite", "beyond all numbers"])
@pytest.mark.parametrize("where", ["duration", "delay", "setup", "timeout", "transfer", "answer"])
def test_a_draw_that_is_no_time_never_enters(monkeypatch: pytest.MonkeyPatch, bad: float | None, where: str) -> None:
    """What is drawn and not finite never comes to pass: the case stays where it is, and time goes on for the others."""
    drawn = dict.fromkeys(("duration", "delay", "setup", "timeout", "transfer", "answer"), "1h")
    drawn |= {"timeout": "5h", where: "weibull(scale=1min, shape=0.001)"}
    wait = {"after": drawn["timeout"], "next": "gone"}
    nodes = {
        "wait": {"type": "timer", "delay": drawn["delay"], "next": "work"},
        "work": {"performer": "desk.clerk", "duration": drawn["duration"], "next": "more"},
        "more": {
            "performer": "desk.aide",
            "duration": "1h",
            "batch": {"size": 1, "setup": drawn["setup"]},
            "next": "ask",
        },
        "ask": {"performer": "client", "duration": drawn["answer"], "timeout": wait, "next": "gone"},
    }
    written = flow(nodes) | {"transfers": {"within": drawn["transfer"]}}
    if bad is not None:
        monkeypatch.setattr(Weibull, "quantile", lambda _, u: bad * u)
        monkeypatch.setattr(Weibull, "block", lambda _, u: bad * u)
    log = run(written, days=2, drain=2)
    known = [
        log.items[name].astype(np.int64) for name in ("created", "transferred", "released", "started", "completed")
    ]
    assert all(times.max() <= 4 * DAY for times in known)
    ended = int((log.cases["ended"] >= 0).sum())
    # Whoever never answers is given up after 5 h, and who is never given up answers after 1 h.
    assert ended == 5 if where in {"answer", "timeout"} else ended < 5 if bad is None else ended == 0
    measure(log)


def test_a_factor_beyond_all_numbers_is_said() -> None:
    """A product that overflows stops the run and names the case."""
    written = flow({"work": {"performer": "desk.clerk", "next": "gone",
                             "duration": {"value": "10min", "factor": "huge * huge"}}},
                   attributes={"huge": "1e200"})  # fmt: skip
    with pytest.raises(RunError, match="case 0"):
        run(written)


@pytest.mark.parametrize("drain", [0, 1, 7])
def test_cases_never_vanish(drain: int) -> None:
    """Started are finished, abandoned and open together; finished are those of all outcomes; what is open is somewhere.

    An open case has a row that is open, or its application has not come yet.
    """
    still_open = 0
    for seed in range(60):
        log = replicate(plan(process(seed), days=3, drain=drain), seed=seed, replication=0)
        measured = measure(log)
        counts = measured.counts
        assert counts.started == int((log.cases["need"] < 3 * DAY).sum())
        assert counts.started == counts.finished + counts.abandoned + counts.open
        outcomes = {each.group: each.numerator for each in measured.measures if each.name == "outcome"}
        assert sum(outcomes.values()) == counts.finished
        ended = log.cases["outcome"][(log.cases["need"] < 3 * DAY) & (log.cases["ended"] >= 0)].tolist()
        names = Counter(f"outcome={log.settings.outcomes[outcome]}" for outcome in ended)
        assert names == +Counter(outcomes)
        alive = set(log.items["case"][log.items["status"] == OPEN].tolist())
        for case, (arrived, end) in enumerate(zip(*(log.cases[n].tolist() for n in ("arrived", "ended")), strict=True)):
            assert end >= 0 or case in alive or arrived >= log.settings.stopped
        still_open += counts.open
    assert still_open > 50
