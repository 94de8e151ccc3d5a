"""A process in words and numbers: what is printed follows from the file by simple arithmetic."""

import pytest
import yaml

from bpsim.model.process import Process
from bpsim.reporting.portrait import Portrait, html_of, portrait

# 40 open hours a week, a case every two hours: 20 cases a week. Half of them have work done again.
WRITTEN = """
process: small
title: A small <permit>
calendars: {office: {mon-fri: "09:00-17:00"}}
departments:
  desk: {title: Service desk, calendar: office, roles: {clerk: {staff: 1, cost: 20/h}}}
  permits: {calendar: office, roles: {officer: {staff: 1, cost: 40/h, other_duties: {share: 50%, block: 2h}}}}
cases:
  arrivals: {every: 2h}
  calendar: office
  attributes: {large: bernoulli(50%)}
flow:
  received: {type: start, next: register}
  register: {performer: desk.clerk, duration: 30min, contact: in, next: fork}
  fork: {type: parallel, next: [wait, assess]}
  wait: {type: timer, delay: {value: 1d, factor: 2}, next: meet}
  assess:
    performer: [permits.officer, desk.clerk]
    duration: 40min
    batch: {size: 4, max_wait: 1d, schedule: "tue 10:00", mode: one_by_one}
    next: meet
  meet: {type: parallel, next: large}
  large: {type: exclusive, next: {again: large and visits(again) < 1, ask: else}}
  again:
    parts: [{was: one, duration: 10min}, {was: two, duration: 5min}]
    performer: desk.clerk
    same_person_as: register
    next: large
  ask:
    performer: client
    duration: {by: large, of: {"true": 1d, "false": 2d}}
    timeout: {after: 30d, next: out}
    next: done
  done: {type: end}
  out: {type: end}
"""


@pytest.fixture(scope="module")
def told() -> Portrait:
    """Tell the process."""
    return portrait(Process.model_validate(yaml.safe_load(WRITTEN)), changes=["R1 nothing"])


def test_what_stands_in_the_file_is_told(told: Portrait) -> None:
    """Each node with who does it, how long, and where it leads."""
    lines = {line.split()[0]: line for line in told.text().splitlines() if line}
    assert "A small <permit> (small)" in told.text()
    assert "changed: R1 nothing" in told.text()
    assert "desk.clerk, 30min" in lines["register"]
    assert "all ways, or wait for all" in lines["fork"]
    assert "timer, 1d * (2)" in lines["wait"]
    assert "permits.officer or desk.clerk, 40min, in batches (from " in lines["assess"]
    assert "one of the ways" in lines["large"]
    assert "large and visits(again)…: again" in lines["large"]
    assert "10min + 5min, by whoever did register" in lines["again"]
    assert "client, by large" in lines["ask"]
    assert lines["ask"].endswith("done, after 30d: out")
    assert repr(told) == told.text()


def test_visits_work_and_load_are_those_of_the_arithmetic(told: Portrait) -> None:
    """20 cases a week; 70 minutes of work, and 15 more in half of them."""
    data = told.data()
    nodes = {node["node"]: node for node in data["nodes"]}
    assert data["cases_per_week"] == pytest.approx(20)
    assert nodes["register"]["visits"] == 1
    assert nodes["register"]["work"] == 30 * 60_000
    share = nodes["again"]["visits"]
    assert share == pytest.approx(0.5, abs=0.04)
    assert data["touch_time"] == pytest.approx((70 + 15 * share) * 60_000)
    assert data["handoffs"]["department"] == pytest.approx(1 + share)
    assert data["contacts"] == {"in": 1.0, "out": 0.0}
    roles = {role["role"]: role for role in data["roles"]}
    assert roles["permits.officer"]["other_duties"] == 0.5
    total = roles["desk.clerk"]["load"] * 40 + roles["permits.officer"]["load"] * 20
    assert total == pytest.approx(20 * (70 + 15 * share) / 60)


def test_too_much_work_names_the_people_that_would_do() -> None:
    """30 minutes every two hours for one clerk is 25 %; every ten minutes it is 300 %: four people."""
    written = yaml.safe_load(WRITTEN)
    written["cases"]["arrivals"] = {"every": "10min"}
    written["flow"] = {
        "received": {"type": "start", "next": "register"},
        "register": {"performer": "desk.clerk", "duration": "30min", "next": "done"},
        "done": {"type": "end"},
    }
    rows = portrait(Process.model_validate(written)).loads()
    assert rows[0] == ("Service desk", "", "", "", "")
    assert rows[1] == ("  desk.clerk", "1", "office", "20", "300 %: 4 people would do")
    assert rows[3] == ("  permits.officer", "1", "office, 50 % other duties", "40", "0 %")


def test_people_who_differ() -> None:
    """What makes their hours is said in a word each; who they are stands in the data."""
    written = yaml.safe_load(WRITTEN)
    written["calendars"]["late"] = {"mon-fri": "12:00-20:00"}
    written["departments"]["desk"]["roles"]["clerk"] = {
        "people": {"anna": {"proficiency": 2}, "boris": {"calendar": "late", "until": "2025-02-28"}},
        "at_shift_end": "finish",
        "absences": [{"name": "leave", "every": "90d", "lasts": "10d"}],
    }
    found = portrait(Process.model_validate(written))
    assert found.loads()[1][:3] == ("  desk.clerk", "2", "office or late, some for a time, overtime, leave")
    clerk = next(role for role in found.data()["roles"] if role["role"] == "desk.clerk")
    assert [(one["name"], one["calendar"], one["proficiency"], one["until"]) for one in clerk["people"]] == [
        ("anna", "office", 2.0, ""),
        ("boris", "late", 1.0, "2025-02-28"),
    ]


def test_a_notebook_shows_map_and_load(told: Portrait) -> None:
    """All text is escaped."""
    page = html_of(told.process)
    assert "<svg" in page
    assert "300 %" not in page
    assert "<td>  desk.clerk</td>" in page
    assert "<permit>" not in page
