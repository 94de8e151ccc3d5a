"""Whom a case wants: what a run refuses, and what it does when nobody is left."""

from datetime import date
from typing import Any

import pytest

from bpsim.engine.plan import compile_plan
from bpsim.engine.pools import GeneralPool
from bpsim.engine.replication import replicate
from bpsim.errors import RunError
from bpsim.eventlog import EventLog
from bpsim.reading.load import load_process_text

DAY, HOUR = 86_400_000, 3_600_000
DESK = """
process: desk
departments: {desk: {roles: {clerk: {staff: 3}}}}
cases: {arrivals: {every: 1h, at_most: 20}, attributes: {boss: "uniform(1, 4)"}}
flow:
  received: {type: start, next: register}
  register: {performer: desk.clerk, duration: 20min, person: {by: boss}, next: done}
  done: {type: end}
"""


def run(text: str) -> EventLog:
    """Run a process for ten days."""
    plan = compile_plan(load_process_text(text), start=date(2025, 1, 6), length=10 * DAY, drain=10 * DAY)
    return replicate(plan, seed=1, replication=0)


def test_a_person_who_does_not_exist() -> None:
    """BP713: a number that is no number of a person stops the run, and names case and task."""
    with pytest.raises(RunError) as error:
        run(DESK)
    assert error.value.code == "BP713"
    assert "case 0 wants" in error.value.what
    assert "for register: desk.clerk has no such person" in error.value.what


def test_the_person_whom_a_case_names() -> None:
    """Numbers count from 1 in the role; the person has the number less one in the log."""
    log = run(DESK.replace("uniform(1, 4)", "empirical([1, 2, 3])"))
    assert (log.items["person"][log.items["case"].argsort()] == log.attributes["boss"] - 1).all()
    log = run(DESK.replace("{by: boss}", "{by: boss, of: {else: 2}}"))
    assert set(log.items["person"].tolist()) == {1}


def test_four_eyes_hold() -> None:
    """Nobody does both of two tasks with four eyes, however busy it is."""
    check = "  check: {performer: desk.clerk, duration: 70min, never_same_person_as: register, next: done}"
    text = DESK.replace('"uniform(1, 4)"', "1").replace("person: {by: boss}, next: done", "next: check")
    items = run(text.replace("  done:", f"{check}\n  done:")).items
    did = {name: items["node"] == rank for rank, name in enumerate(("check", "done", "received", "register"))}
    who = {name: dict(zip(items["case"][mine], items["person"][mine], strict=True)) for name, mine in did.items()}
    assert len(who["register"]) == len(who["check"]) == 20
    assert all(who["register"][case] != who["check"][case] for case in range(20))


def test_what_is_kept_for_somebody_at_work_is_open_when_its_time_is_over() -> None:
    """Four cases want clerk 1, who is at work on the first for 10 h: two are taken after 3 h, then clerk 1 is free."""
    text = DESK.replace('"uniform(1, 4)"', "1").replace("at_most: 20", "at_most: 4")
    items = run(text.replace("20min, person: {by: boss}", "10h, person: {by: boss}, keeps_for: 3h")).items
    mine = items["node"] == 2
    begun, who = items["started"][mine], items["person"][mine]
    arrived = items["created"][mine].min()
    order = items["case"][mine].argsort()
    assert ((begun[order] - arrived) / HOUR).tolist() == [0, 1 + 3, 2 + 3, 10]
    assert who[order].tolist() == [0, 1, 2, 0]


@pytest.mark.parametrize(
    ("task", "looked"),
    [
        ("performer: desk.clerk, duration: 1d, person: {by: boss}, keeps_for: never", "_choose"),
        ("performer: {all: [desk.clerk, desk.boss]}, duration: 1d, hold_after: never", "_seat"),
    ],
)
def test_nobody_looks_again_and_again_at_what_cannot_begin(
    task: str, looked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """300 cases wait for one who is at work while others are free: each is looked at when its turn comes, or nearly."""
    text = DESK.replace('"uniform(1, 4)"', "1").replace("every: 1h, at_most: 20", "every: 1min, at_most: 300")
    text = text.replace("{staff: 3}}}", "{staff: 3}, boss: {staff: 1}}}")
    text = text.replace("performer: desk.clerk, duration: 20min, person: {by: boss}", task)
    plan = compile_plan(load_process_text(text), start=date(2025, 1, 6), length=DAY, drain=9 * DAY)
    looks: list[int] = []
    look = getattr(GeneralPool, looked)

    def noted(*args: Any, **more: Any) -> Any:  # noqa: ANN401 - whatever the pool says
        looks.append(0)
        return look(*args, **more)

    monkeypatch.setattr(GeneralPool, looked, noted)
    assert len(replicate(plan, seed=1, replication=0).items["case"]) == 300
    assert 10 <= len(looks) <= 300 + 2 * 11
