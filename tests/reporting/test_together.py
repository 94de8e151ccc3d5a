"""Stories of work for several people: who was together, and who was held for it."""

from datetime import date

from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.reading.load import load_process_text
from bpsim.reporting.portrait import portrait
from bpsim.reporting.story import tell
from bpsim.reporting.together import together
from bpsim.values.durations import DAY

#: The trace `together`: the joint work of case 2 waits from 03:00 to 05:00, and the first anna is held from 03:30 on.
JOINT = """
process: joint
calendars: {split: {mon-sun: "00:00-06:00, 06:30-24:00"}}
departments: {desk: {roles: {anna: {staff: 2}, boss: {staff: 1, calendar: split}}}}
cases: {arrivals: {every: 1h, at_most: 3}}
flow:
  received: {type: start, next: joint}
  joint: {performer: {all: [desk.anna, desk.boss]}, duration: 90min, hold_after: 30min, next: solo}
  solo: {performer: desk.boss, duration: 1h, next: sign}
  sign: {performer: desk.anna, duration: 10min, never_same_person_as: joint, next: done}
  done: {type: end}
"""


def test_who_was_together_and_who_was_held() -> None:
    """All of them stand in the head, the first seat first; who was held stands below it."""
    plan = compile_plan(load_process_text(JOINT), start=date(2025, 1, 6), length=DAY, drain=DAY)
    text = str(tell(replicate(plan, seed=1, replication=0), 2))
    assert "joint (desk, anna 1 and boss)" in text
    assert "desk, anna 1 was held for it for 90min" in text
    assert "solo (desk, boss)" in text


def test_each_department_is_named_once() -> None:
    """Names follow their department; another department is named again."""
    assert together(["desk, anna 1"]) == "desk, anna 1"
    assert together(["desk, anna 1", "desk, boss"]) == "desk, anna 1 and boss"
    assert together(["a, x", "a, y 2", "b, z"]) == "a, x, y 2 and b, z"


def test_the_portrait_names_them_all() -> None:
    """Several people at once are joined by `and`; who may not do a task is said."""
    text = str(portrait(load_process_text(JOINT)))
    assert "desk.anna and desk.boss" in text
    assert "never by whoever did joint" in text
