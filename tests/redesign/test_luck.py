"""The same case keeps the same luck: what a change does not touch takes, in every case, exactly as long as before."""

from datetime import date
from functools import cache
from typing import Any

import pytest

from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.eventlog import EventLog
from bpsim.model.process import Process
from bpsim.redesign.scenario import Scenario
from bpsim.values.durations import DAY
from tests.redesign.sketch import Written

pytestmark = [pytest.mark.untraced, pytest.mark.xdist_group("luck")]  # one process runs it as it is

CASES = 2000
#: Two-sided 0.1 % point of the standard normal distribution.
FAR = 3.29


def service(**more: Written) -> Process:
    """Everything that draws (channels, attributes, shares, loops, blocks), with so many people that nobody waits."""
    flow: Written = {
        "came": {"type": "start", "next": "a"},
        "a": {"duration": "exponential(mean=1h)", "next": "which"},
        "which": {"type": "exclusive", "next": {"b": "40%", "c": "else"}},
        "b": {"duration": "5-20 min", "next": "met"},
        "c": {"duration": {"by": "kind", "of": {"x": "exponential(mean=1h)", "else": "2h"}}, "next": "met"},
        "met": {"type": "exclusive", "next": "split"},
        "split": {"type": "parallel", "next": ["d", "e"]},
        "d": {"performer": "back.handler", "duration": "lognormal(mean=1h, sd=2h)", "next": "join"},
        "e": {"performer": "client", "duration": "exponential(mean=2d)", "next": "join"},
        "join": {"type": "parallel", "next": "f"},
        "f": {"duration": "gamma(mean=30min, sd=20min)", "assign": {"size": "empirical([1, 2, 3])"}, "next": "again"},
        "again": {"type": "exclusive", "next": {"a": "20%", "g": "else"}},
        "g": {"duration": "triangular(5min, 10min, 30min)", "next": "done"},
        "done": {"type": "end"},
    }
    people = {"staff": 5000}
    nodes = {name: node if "type" in node else {"performer": "desk.clerk"} | node for name, node in flow.items()}
    return Process.model_validate(
        {
            "process": "service",
            "departments": {"desk": {"roles": {"clerk": people}}, "back": {"roles": {"handler": people}}},
            "channels": {"web": {"share": 0.7}, "post": {"share": 0.3, "delay": "exponential(mean=1d)"}},
            "transfers": {"default": "exponential(mean=3h)"},
            "cases": {
                "arrivals": {"every": "exponential(mean=5min)", "at_most": CASES},
                "attributes": {"kind": {"x": 0.3, "y": 0.7}, "size": 0},
            },
            "flow": {name: node | more.get(name, {}) for name, node in nodes.items()},
        }
    )


AS_IS = service()


def run(process: Process, *changes: Written) -> EventLog:
    """Run a process with changes."""
    after = Scenario(scenario="x", process=process, changes=list(changes)).resolved()
    return replicate(
        compile_plan(after, start=date(2025, 1, 6), length=30 * DAY, drain=300 * DAY), seed=5, replication=1
    )


def work(log: EventLog) -> dict[str, dict[tuple[int, int], int]]:
    """Give, for each task, how long each pass of each case took (nobody ever pauses here)."""
    found: dict[str, dict[tuple[int, int], int]] = {}
    items = {name: log.items[name].tolist() for name in ("case", "node", "visit", "started", "completed")}
    for case, node, visit, started, completed in zip(*items.values(), strict=True):
        found.setdefault(log.settings.nodes[node].name, {})[case, visit] = completed - started
    return found


def travel(log: EventLog, node: str) -> dict[tuple[int, int], int]:
    """Give how long each case was on its way to a task."""
    rank = [info.name for info in log.settings.nodes].index(node)
    items = {name: log.items[name].tolist() for name in ("case", "node", "visit", "created", "transferred")}
    return {(case, visit): t - c for case, at, visit, c, t in zip(*items.values(), strict=True) if at == rank}


@cache
def before() -> EventLog:
    """Run it as it is."""
    return run(AS_IS)


@cache
def worked() -> dict[str, dict[tuple[int, int], int]]:
    """Give how long each pass took as it is."""
    return work(before())


CHANGES: list[tuple[Written, str]] = [
    ({"remove": {"task": "d"}}, "d"),
    ({"remove": {"task": "g"}}, "g"),
    ({"remove": {"task": "b", "share": 0.3}}, "b"),
    ({"remove": {"task": "d", "share": 0.3}}, "d"),
    ({"merge": {"tasks": ["f", "g"], "into": "fg"}}, "f g"),
    ({"staff": {"role": "back.handler", "add": 7}}, ""),
    ({"batch": {"task": "g", "rule": {"size": 3, "max_wait": "1d", "mode": "one_by_one"}}}, "g"),
    ({"allocate": {"tasks": ["a", "f"], "policy": "same_person"}}, ""),
    ({"automate": {"tasks": ["d"], "duration": "1min"}}, "d"),
    ({"automate": {"tasks": ["c"], "share": 0.6, "fallout": 0.1}}, "c"),
    ({"automate": {"transfers": {"default": "1min"}}}, ""),
    ({"tune": {"flow.d.duration": {"multiply": 0.5}}}, "d"),
    ({"insert": {"task": {"x": {"performer": "desk.clerk", "duration": "1h"}}, "before": "f"}}, "x"),
    ({"split": {"task": "e", "into": ["e1", "e2"]}}, "e"),
    ({"move": {"tasks": ["g"], "before": "f"}}, "g"),
    ({"concurrency": {"tasks": ["d", "e"], "mode": "sequential"}}, ""),
    ({"route": {"kind": "triage", "task": "b", "cases": {"p": 0.3}, "instead": "skip"}}, "b"),
]


@pytest.mark.parametrize(("change", "touched"), CHANGES, ids=lambda value: next(iter(value)) if value else "none")
def test_untouched(change: Written, touched: str) -> None:
    """Every pass of every case through every other task takes exactly as long; needs and attributes stay, too."""
    log = run(AS_IS, change)
    after = work(log)
    for task in set(worked()) - set(touched.split()):
        assert after[task] == worked()[task], task
    for column in ("need", "channel", "outcome"):
        assert log.cases[column].tolist() == before().cases[column].tolist()
    for attribute in ("kind", "size"):
        assert log.attributes[attribute].tolist() == before().attributes[attribute].tolist()


def test_nothing_changes() -> None:
    """The empty list gives the same log, bit for bit, and so do changes that take each other back."""
    assert run(AS_IS).digest() == before().digest()
    there = {"tune": {"flow.g.duration": "1h"}}
    back = {"tune": {"flow.g.duration": "triangular(5min, 10min, 30min)"}}
    assert run(AS_IS, there).digest() != before().digest()
    assert run(AS_IS, there, back).digest() == before().digest()


def test_merged_work_is_the_sum() -> None:
    """In every case the merged task takes as long as its parts took, and its way is that of the first part."""
    process = service(f={"next": "g"}, g={"next": "again"}, again={"next": {"a": "20%", "done": "else"}})
    before = run(process)
    log = run(process, {"merge": {"tasks": ["f", "g"], "into": "fg"}})
    parts, whole = work(before), work(log)["fg"]
    assert len(whole) > CASES
    assert whole == {key: parts["f"][key] + parts["g"][key] for key in parts["f"]}
    assert travel(log, "fg") == travel(before, "f")
    assert log.attributes["size"].tolist() == before.attributes["size"].tolist()


def test_time_saved_by_merging() -> None:
    """The mean falls by the time saved, and every part by the same share."""
    process = service(f={"next": "g"}, g={"next": "again"}, again={"next": {"a": "20%", "done": "else"}})
    parts = work(run(process))
    whole = work(run(process, {"merge": {"tasks": ["f", "g"], "into": "fg", "setup_saved": "9min"}}))["fg"]
    left = 1 - 9 / (30 + 15)
    assert max(abs(time - left * (parts["f"][key] + parts["g"][key])) for key, time in whole.items()) < 2


def test_a_share_of_the_cases() -> None:
    """A share of the passes is left out, by a draw of its own; who is left out at 25 % is left out at 50 %, too."""
    all_passes = worked()["d"]
    quarter = work(run(AS_IS, {"remove": {"task": "d", "share": 0.25}}))["d"]
    half = work(run(AS_IS, {"remove": {"task": "d", "share": 0.5}}))["d"]
    n = len(all_passes)
    for left, share in ((quarter, 0.75), (half, 0.5)):
        assert abs(len(left) - share * n) < FAR * (n * share * (1 - share)) ** 0.5
    assert {case for case, visit in half if visit == 0} <= {case for case, visit in quarter if visit == 0}
    first = {key: time for key, time in half.items() if key[1] == 0}
    assert first == {key: all_passes[key] for key in first}


def test_automated() -> None:
    """A share is done by the system, some of that is given back, and what is left takes longer by the factor."""
    entry: dict[str, Any] = {"tasks": ["f"], "share": 0.6, "fallout": 0.1, "duration": "1min", "residual_factor": 1.5}
    log = run(AS_IS, {"automate": entry})
    after = work(log)
    n = len(worked()["f"])
    tried, done, manual = after["f_by_system"], after["f_done"], after["f"]
    assert abs(len(tried) - 0.6 * n) < FAR * (n * 0.6 * 0.4) ** 0.5
    assert abs(len(tried) - len(done) - 0.1 * len(tried)) < FAR * (len(tried) * 0.1 * 0.9) ** 0.5
    assert len(done) + len(manual) == n
    assert set(tried.values()) == {60_000}
    assert set(done) | set(manual) == set(worked()["f"])
    for key, time in manual.items():
        assert abs(time - 1.5 * worked()["f"][key]) <= 1.5
    assert log.attributes["size"].tolist() == before().attributes["size"].tolist()


def test_halved() -> None:
    """A tuned duration is drawn with the same luck."""
    after = work(run(AS_IS, {"tune": {"flow.d.duration": {"multiply": 0.5}}}))["d"]
    assert all(abs(after[key] - time / 2) <= 1 for key, time in worked()["d"].items())


def test_a_new_person_has_luck_of_their_own() -> None:
    """Another person changes nobody's other duties."""
    duties = {"other_duties": {"share": "40%", "block": "2h"}}
    process = Scenario(
        scenario="x", process=AS_IS, changes=[{"staff": {"role": "desk.clerk", "set": 3, **duties}}]
    ).resolved()
    arrivals = AS_IS.cases.arrivals.model_copy(update={"at_most": 1})
    process = process.model_copy(update={"cases": AS_IS.cases.model_copy(update={"arrivals": arrivals})})
    fewer, more = run(process), run(process, {"staff": {"role": "desk.clerk", "add": 1}})

    def first_block(log: EventLog) -> dict[int, int]:
        blocks: dict[int, int] = {}
        start = next(info.first_person for info in log.settings.roles if info.name == "desk.clerk")
        for person, begin in zip(log.duties["person"].tolist(), log.duties["start"].tolist(), strict=True):
            blocks.setdefault(person - start, begin)
        return blocks

    old, new = first_block(fewer), first_block(more)
    assert len(new) == len(old) + 1
    assert {person: new[person] for person in old if person} == {person: old[person] for person in old if person}


def test_a_clone_takes_as_long_as_the_task_would_have() -> None:
    """Cases that go another way through a clone have, pass by pass, the luck of the task that they do not pass."""
    nodes = {"x": {"performer": "back.handler", "duration": "5-20 min", "was": "b"}}
    route = {"route": {"kind": "case_type", "task": "b", "cases": "kind == 'x'", "instead": {"nodes": nodes}}}
    after = work(run(AS_IS, route))
    assert len(after["x"]) > CASES // 20
    assert len(after["b"]) > CASES // 20

    def passes(*tasks: dict[tuple[int, int], int]) -> list[tuple[int, int]]:
        return sorted((case, length) for task in tasks for (case, _), length in task.items())

    assert passes(after["b"], after["x"]) == passes(worked()["b"])
