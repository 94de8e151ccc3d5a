"""Operators on processes with inclusive gateways, races and boundaries keep them, or say why they cannot."""

from datetime import date
from typing import Any

import numpy as np

from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.eventlog import EventLog
from bpsim.model.flow import Task
from bpsim.model.process import Process
from bpsim.reading.load import load_process_text
from bpsim.reading.write import to_yaml, written_form
from bpsim.redesign.operators import read_change
from bpsim.redesign.resolving import Resolution, resolve

DAY = 86_400_000
WORK = {"performer": "desk.clerk", "duration": "1h"}


def process(flow: dict[str, Any]) -> Process:
    """Write a process with ample clerks; cases come every hour."""
    return Process.model_validate(
        {
            "process": "p",
            "departments": {"desk": {"roles": {"clerk": {"staff": 50}}}},
            "cases": {"arrivals": "1h"},
            "flow": {"begin": {"type": "start", "next": next(iter(flow))}, **flow, "done": {"type": "end"}},
        }
    )


def changed(before: Process, **change: Any) -> Resolution:  # noqa: ANN401 - what people write
    """Resolve one change."""
    return resolve(before, [read_change(change)])


def run(made: Process) -> EventLog:
    """Run a process for a month."""
    return replicate(compile_plan(made, start=date(2025, 1, 6), length=30 * DAY, drain=9 * DAY), seed=1, replication=0)


def passing(log: EventLog, name: str) -> set[int]:
    """Give the cases that pass a node that takes time."""
    rank = [node.name for node in log.settings.nodes].index(name)
    return set(np.unique(log.items["case"][log.items["node"] == rank]).tolist())


BLOCK = {
    "split": {"type": "inclusive", "next": {"a": "30%", "b": "50%", "c": "else"}},
    **{name: {**WORK, "next": "met"} for name in "abc"},
    "met": {"type": "inclusive", "next": "last"},
    "last": {**WORK, "next": "done"},
}


def test_a_branch_keeps_its_luck_when_something_else_stands_at_its_beginning() -> None:
    """Half of the cases no longer need `a`: its flow now leads to a gateway, and is taken by the same cases."""
    before = process(BLOCK)
    after = changed(before, remove={"task": "a", "share": "50%"})
    assert not after.troubles
    old, new = run(before), run(after.process)
    assert passing(new, "a") < passing(old, "a")
    assert passing(new, "b") == passing(old, "b")
    assert passing(new, "c") == passing(old, "c")


def test_a_branch_without_its_task() -> None:
    """The flow leads to the join; with what luck it is taken is kept, and can be written and read again."""
    before = process(BLOCK)
    after = changed(before, remove={"task": "a"})
    assert not after.troubles
    assert {branch.to: branch.was for branch in after.process.flow["split"].next} == {"met": "a", "b": "", "c": ""}
    again = load_process_text(to_yaml(written_form(after.process)))
    assert again.digest() == after.process.digest()
    assert passing(run(after.process), "c") == passing(run(before), "c")


def test_the_last_step_of_a_block_may_go() -> None:
    """A task between two inclusive joins, and the one after the last."""
    assert not changed(process(BLOCK), remove={"task": "last"}).troubles


def test_a_race_needs_what_happens_by_itself() -> None:
    """A task that takes part in a race cannot be taken out when people would stand in its place."""
    race = {
        "wait": {"type": "event_based", "next": ["answer", "month"]},
        "answer": {"performer": "client", "duration": "5d", "next": "check"},
        "month": {"type": "timer", "delay": "30d", "next": "check"},
        "check": {**WORK, "next": "done"},
    }
    ((_, trouble),) = changed(process(race), remove={"task": "answer"}).troubles
    assert trouble.code == "BP609"
    assert "check does not happen by itself" in trouble.what


LATE = {
    "check": {
        **WORK,
        "timeout": {"after": "5d", "next": "late"},
        "on": {"recall": {"after": "9d", "next": "recalled"}},
        "batch": {"size": 5, "timeout": {"after": "1d", "next": "alone"}},
        "next": "done",
    },
    "alone": {**WORK, "next": "done"},
    "late": {"type": "end"},
    "recalled": {"type": "end"},
}


def test_a_system_has_the_timeouts_of_the_people() -> None:
    """What may happen first does so whoever does the work; the hold of the batch goes."""
    after = changed(process(LATE), automate={"tasks": ["check"], "duration": "1min"})
    assert not after.troubles
    made = after.process.flow["check"]
    assert isinstance(made, Task)
    assert [path for path, _ in made.boundaries()] == [("timeout",), ("on", "recall")]
    assert "alone" not in after.process.flow


def test_the_timeout_of_a_batch_goes_with_it() -> None:
    """So does what only it led to."""
    after = changed(process(LATE), batch={"task": "check", "rule": "none"})
    assert not after.troubles
    assert set(after.process.flow) == {"begin", "check", "done", "late", "recalled"}


def test_flows_of_boundaries_are_led_on() -> None:
    """A node that a boundary leads to is taken out: the boundary leads on, too."""
    after = changed(process(LATE), remove={"task": "alone"})
    assert not after.troubles
    made = after.process.tasks()["check"].batch
    assert made is not None
    assert made.timeout is not None
    assert made.timeout.next == "done"


def test_work_with_boundaries_is_no_part_of_other_work() -> None:
    """A hold, a racer or a timeout of one part would not be that of the whole."""
    pair = {"one": {**WORK, "on": LATE["check"]["on"], "next": "two"}, "two": {**WORK, "next": "done"}}
    found = changed(process({**pair, "recalled": {"type": "end"}}), merge={"tasks": ["one", "two"]})
    assert [trouble.code for _, trouble in found.troubles] == ["BP617"]


def test_times_of_boundaries_are_tuned() -> None:
    """By their paths."""
    after = changed(process(LATE), tune={"flow.check.on.recall.after": {"multiply": 2}})
    assert not after.troubles
    assert str(after.process.tasks()["check"].on["recall"].after.value) == str(
        process({**LATE, "check": {**LATE["check"], "on": {"recall": {"after": "18d", "next": "recalled"}}}})
        .tasks()["check"].on["recall"].after.value
    )  # fmt: skip
