"""Constructs that meet: each a case in which they once went wrong together, with the times worked out by hand."""

import numpy as np

from bpsim.eventlog import COMPLETED, NONE, TIMED_OUT, VACANT, EventLog
from bpsim.measures.measured import measure
from tests.engine.drawn import DAY, HOUR, Written, flow, run


def rows(log: EventLog, node: str) -> list[tuple[int, float, float, int, int]]:
    """Give the rows of a node: case, start and end in hours, person, status."""
    rank = [info.name for info in log.settings.nodes].index(node)
    names = ("case", "started", "completed", "person", "status")
    found = zip(*(log.items[name][log.items["node"] == rank].tolist() for name in names), strict=True)
    return [(case, begun / HOUR, done / HOUR, person, status) for case, begun, done, person, status in found]


def task(following: str, duration: str = "1h", **more: object) -> Written:
    """Write work of a clerk."""
    return {"performer": "desk.clerk", "duration": duration, "next": following, **more}


def desk(nodes: Written, clerk: Written, **cases: object) -> Written:
    """Write a process of clerks."""
    written = flow(nodes, **cases)
    written["departments"]["desk"]["roles"] = {"clerk": {"staff": 1, **clerk}}
    return written


def urgent(routine: str, *, before: int) -> Written:
    """Write a gateway that sends those who come before an hour to routine work, the others to urgent work."""
    ways = [{"to": routine, "when": f"now.hour < {before}"}, {"to": "hurry", "when": "else"}]
    return {"type": "exclusive", "next": ways}


def test_answers_are_practice() -> None:
    """Who has answered a question has practice in it, and knows the case: 1 h, then half an hour; the work too."""
    nodes = {"rest": {"type": "timer", "delay": "10h", "next": "finish"}, "finish": task("gone", familiarity=0.5)}
    client = {"chases": {"every": "4h", "work": {"performer": "desk.clerk", "duration": "1h"}}}
    log = run(desk(nodes, {"learning": {"rate": "50%"}}, arrivals={"every": "1h", "at_most": 1}, client=client))
    assert rows(log, "chases") == [(0, 5, 6, 0, COMPLETED), (0, 9, 9.5, 0, COMPLETED)]
    assert rows(log, "finish") == [(0, 11, 11.5, 0, COMPLETED)]


def test_the_way_back_from_a_case_whose_client_withdrew() -> None:
    """The token comes from the department that did the last work: an hour's way to the next one."""
    call: Written = {"type": "call", "process": "asked", "next": "file"}
    written = desk({"ask": call, "file": {"performer": "back.aide", "duration": "1h", "next": "gone"}}, {})
    written["departments"]["back"] = {"roles": {"aide": {"staff": 1}}}
    written["transfers"] = {"default": "1h"}
    written["cases"]["arrivals"]["at_most"] = 1
    inner: Written = {"begin": {"type": "start", "next": "hear"}, "hear": task("rest")}
    inner |= {"rest": {"type": "timer", "delay": "9h", "next": "late"}, "late": {"type": "end"}}
    client = {"withdraws_after": "5h"}
    written["others"] = {"asked": {"cases": {"entry": "called", "client": client}, "flow": inner}}
    log = run(written)
    assert rows(log, "asked/hear") == [(1, 1, 2, 1, COMPLETED)]
    assert rows(log, "file") == [(0, 7, 8, 0, COMPLETED)]


def test_an_owner_whose_employment_has_ended() -> None:
    """Whoever completes the next task owns the case, and the one after is kept for them."""
    nodes = {"first": task("rest", case_owner=True), "rest": {"type": "timer", "delay": "24h", "next": "second"}}
    nodes |= {"second": task("third", case_owner=True), "third": task("gone", case_owner=True, keeps_for="never")}
    clerk = {"staff": 3, "people": {"ada": {"until": "2025-01-06"}, "bob": {}}}
    log = run(desk(nodes, clerk, arrivals={"every": "1h", "at_most": 1}), days=3)
    assert [rows(log, node)[0][3] for node in ("first", "second", "third")] == [0, 1, 1]


def test_work_that_is_kept_for_somebody_whose_employment_ends() -> None:
    """It is open to everybody at the midnight at which the employment ends, though nothing else happens then."""
    nodes = {"first": task("rest"), "rest": {"type": "timer", "delay": "12h", "next": "second"}}
    nodes["second"] = task("gone", same_person_as="first", keeps_for="never")
    clerk = {"staff": 2, "people": {"ada": {"until": "2025-01-06", "calendar": "day"}, "bob": {}}}
    written = desk(nodes, clerk, arrivals={"times": ["2h"]})
    written["calendars"] = {"day": {"mon-sun": "02:00-10:00"}}
    log = run(written, days=3)
    assert rows(log, "first") + rows(log, "second") == [(0, 2, 3, 0, COMPLETED), (0, 24, 25, 1, COMPLETED)]


def test_nobody_is_in_the_post_that_a_case_names() -> None:
    """The one clerk has left long ago: somebody else does the work at once."""
    node = {"performer": ["desk.clerk", "back.aide"], "duration": "1h", "next": "gone"}
    node |= {"person": {"by": "who"}, "keeps_for": "never"}
    cases = {"arrivals": {"times": ["50d"]}, "attributes": {"who": 1}}
    written = desk({"check": node}, {"leaving": {"rate": "20000% per year"}}, **cases)
    written["departments"]["back"] = {"roles": {"aide": {"staff": 1}}}
    assert rows(run(written, days=60), "check") == [(0, 1200, 1201, 0, COMPLETED)]


def test_a_turn_that_comes_while_the_run_waits() -> None:
    """The member is started when somebody takes the run up, not when the one before it was taken out."""
    nodes = {"sort": urgent("check", before=1), "hurry": task("gone", "3h", preempts=True)}
    batch = {"size": 2, "mode": "one_by_one"}
    nodes["check"] = task("gone", "2h", batch=batch, timeout={"after": "225min", "next": "gone"})
    log = run(desk(nodes, {}, arrivals={"times": ["0h", "30min", "1h"]}))
    assert rows(log, "hurry") == [(2, 1, 4, 0, COMPLETED)]
    assert rows(log, "check") == [(0, 0.5, 3.75, 0, TIMED_OUT), (1, 4, 4.25, 0, TIMED_OUT)]
    measure(log)


def test_what_is_left_of_a_run_fits() -> None:
    """Of two hours one is taken away, and an hour fits into the shift: it is begun at that instant."""
    node = task("gone", batch={"size": 2, "mode": "one_by_one"}, timeout={"after": "25min", "next": "gone"})
    written = desk({"check": node}, {"calendar": "day", "at_shift_end": "fit"}, arrivals={"times": ["0h", "15min"]})
    written["calendars"] = {"day": {"mon-sun": "00:00-01:30"}}
    ends = 25 / 60, 40 / 60
    assert rows(run(written), "check") == [(0, NONE / HOUR, ends[0], NONE, TIMED_OUT), (1, *ends, 0, TIMED_OUT)]


def test_a_case_that_is_ended_at_the_instant_at_which_it_would_arrive() -> None:
    """It leaves no row; the time of the case that waited for it is the client's, and the account adds up."""
    call: Written = {"type": "call", "process": "asked", "applies_after": "4h", "next": "join"}
    nodes: Written = {
        "split": {"type": "parallel", "next": ["ask", "rest"], "timeout": {"after": "4h", "next": "gone"}}
    }
    nodes |= {"ask": call, "rest": {"type": "timer", "delay": "1h", "next": "join"}}
    nodes["join"] = {"type": "parallel", "next": "gone"}
    written = desk(nodes, {}, arrivals={"times": ["0h"]})
    inner: Written = {"begin": {"type": "start", "next": "hear"}, "hear": task("late"), "late": {"type": "end"}}
    written["others"] = {"asked": {"cases": {"entry": "called"}, "flow": inner}}
    log = run(written)
    assert rows(log, "asked/hear") == []
    assert (log.cases["ended"] / HOUR).tolist() == [4, 4]
    measure(log)


def test_a_run_keeps_the_pace_of_its_opener() -> None:
    """The clerk knows the case of the second member, not that of the first, which is gone: no familiarity."""
    nodes = {"sort": urgent("check", before=1), "hurry": task("check", "1h")}
    nodes["check"] = task("gone", "40min", batch={"size": 2, "mode": "one_by_one"}, familiarity=0.5)
    nodes["check"]["timeout"] = {"after": "4h", "next": "gone"}
    written = desk(nodes, {"calendar": "day"}, arrivals={"times": ["0h", "1h"]})
    written["calendars"] = {"day": {"mon-sun": "00:00-02:00, 05:00-24:00"}}
    log = run(written)
    assert rows(log, "check") == [(0, NONE / HOUR, 4, NONE, TIMED_OUT), (1, 5, 5 + 40 / 60, 0, COMPLETED)]


def test_another_goes_on_in_the_same_post() -> None:
    """Of ten hours one is done when the clerk is called away, leaves after that, and a beginner does nine in 18."""
    nodes = {"sort": urgent("check", before=1), "hurry": task("gone", "720h", preempts=True)}
    nodes["check"] = task("gone", "10h")
    clerk = {"leaving": {"rate": "10000% per year"}, "onboarding": {"lasts": "100d", "start": "50%"}}
    written = desk(nodes, clerk, arrivals={"times": ["0h", "1h"]})
    written["flow"]["gone"]["effect"] = {"hire": "desk.clerk", "after": "5h"}
    log = run(written, days=40)
    assert rows(log, "hurry") == [(1, 1, 721, 0, COMPLETED)]
    assert rows(log, "check") == [(0, 0, 726 + 18, 0, COMPLETED)]


def test_posts_that_begin_and_end() -> None:
    """Nobody leaves a post before it begins or after it has ended, and a vacancy is not filled after that."""
    people = {"ada": {"from": "2025-01-16", "until": "2025-01-25"}, "bob": {"until": "2025-01-25"}, "cy": {}}
    written = desk({"check": task("gone")}, {"staff": 3, "people": people, "leaving": {"rate": "20000% per year"}})
    written["cases"]["arrivals"] = {"every": "1h"}
    written["flow"]["gone"]["effect"] = {"hire": "desk.clerk", "after": "10h"}
    log = run(written, days=60)
    duties = np.array([log.duties[name] for name in ("person", "start", "end", "kind")]).T.tolist()
    of = {who: [(a / DAY, b / DAY) for person, a, b, kind in duties if person == who and kind == VACANT]
          for who in range(3)}  # fmt: skip
    begins, ends, horizon = 10, 20, 61
    assert of[0][0] == (0, begins)
    assert all(a >= begins for a, _ in of[0][1:])
    for who in (0, 1):
        assert (ends, horizon) in of[who]
        assert all(a <= ends and (b <= ends or b == horizon) for a, b in of[who])
        assert len(of[who]) > 3
    assert any(a > ends for a, _ in of[2])
