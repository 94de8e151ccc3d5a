"""Whom a case wants: what a run refuses, and what it does when nobody is left."""

from datetime import date

import pytest

from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.errors import RunError
from bpsim.eventlog import EventLog
from bpsim.reading.load import load_process_text

DAY = 86_400_000
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
