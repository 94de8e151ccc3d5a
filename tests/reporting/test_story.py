"""A case told step by step: hand-worked stories, and sums that are exact whatever the process."""

import json
from datetime import date
from typing import Any

import pytest
import yaml

from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.eventlog import NONE, EventLog
from bpsim.measures.handoffs import arcs, handoffs
from bpsim.model.process import Process
from bpsim.reporting.story import clock, tell
from bpsim.values.durations import DAY, HOUR
from tests.oracle.generate import process as drawn
from tests.oracle.traces import FOLDER, read

MONDAY = date(2025, 1, 6)

# Two clerks register, one handler decides; passing a case on takes half an hour. Arrivals every two open hours: 11:00,
# 14:00, 16:00. Who is at the gateway between 14:00 and 15:00 has to be registered again.
SMALL = """
process: small
title: A small permit
calendars:
  office: {mon-fri: "09:00-12:00, 13:00-17:00"}
departments:
  desk: {title: Service desk, calendar: office, roles: {clerk: {staff: 2}}}
  permits: {calendar: office, roles: {case_handler: {staff: 1}}}
transfers: {default: 30min}
cases:
  arrivals: {every: 2h, at_most: 3}
  calendar: office
  attributes: {large: bernoulli(100%), size: 3}
flow:
  received: {type: start, next: register}
  register: {title: Register the application, performer: desk.clerk, duration: 30min, next: complete}
  complete: {type: exclusive, next: {register: now.hour == 14, decide: else}}
  decide: {performer: permits.case_handler, duration: 90min, next: done}
  done: {type: end, outcome: granted}
"""

FOOT = """
All hours of the day count. Work and waiting behind other work pass on shift only; nights, weekends
and holidays stand under 'nobody on shift' and 'paused'.
"""

# Registered 11:00-11:30 by clerk 1 (nobody has worked yet: the lower number). On its way 11:30-12:00. The handler is at
# lunch until 13:00. Work 13:00-14:30. 30 min + 30 min + 60 min + 90 min = 210 min = 11:00 to 14:30.
HANDOFF = """\
Case 0 of A small permit (as-is, seed 1, replication 0)
Need   Mon  6 Jan 2025 11:00
End    Mon  6 Jan 2025 14:30   granted
With   large = true, size = 3
                                                                    d hh:mm:ss

 1  Register the application (Service desk, clerk 1)
    Mon  6 Jan 2025 11:00 to Mon  6 Jan 2025 11:30
      work ..................................................         00:30:00

 2  decide (permits, case handler)
    Mon  6 Jan 2025 11:30 to Mon  6 Jan 2025 14:30
    handoff to another department: from Service desk, clerk 1
      on its way to permits .................................         00:30:00
      nobody on shift .......................................         01:00:00
      work ..................................................         01:30:00
                                                              ----------------
Lead time ...................................................         03:30:00
"""

# Registered 14:00-14:30 by clerk 2 (has not worked yet), again 14:30-15:00 by clerk 1 (idle since 11:30, clerk 2 since
# 14:30). At 15:00 it goes on. On its way 15:00-15:30; the handler, free since 14:30,
# works 15:30-17:00, until the office closes.
REWORK = """\
Case 1 of A small permit (as-is, seed 1, replication 0)
Need   Mon  6 Jan 2025 14:00
End    Mon  6 Jan 2025 17:00   granted
With   large = true, size = 3
                                                                    d hh:mm:ss

 1  Register the application (Service desk, clerk 2)
    Mon  6 Jan 2025 14:00 to Mon  6 Jan 2025 14:30
      work ..................................................         00:30:00

 2  Register the application (Service desk, clerk 1)
    Mon  6 Jan 2025 14:30 to Mon  6 Jan 2025 15:00
    again, pass 2
    handoff to another person: from Service desk, clerk 2
      work ..................................................         00:30:00

 3  decide (permits, case handler)
    Mon  6 Jan 2025 15:00 to Mon  6 Jan 2025 17:00
    handoff to another department: from Service desk, clerk 1
      on its way to permits .................................         00:30:00
      work ..................................................         01:30:00
                                                              ----------------
Lead time ...................................................         03:00:00
"""

# Registered 16:00-16:30 by clerk 2 (idle since 14:30, clerk 1 since 15:00), on its way 16:30-17:00. The handler comes
# back on Tuesday at 9:00 and has worked an hour when the run stops: length 24 h + drain 10 h = Tuesday 10:00.
# 30 min + 30 min + 16 h + 1 h = 18 h.
UNFINISHED = """\
Case 2 of A small permit (as-is, seed 1, replication 0)
Need   Mon  6 Jan 2025 16:00
End    still open at the end of the run
With   large = true, size = 3
                                                                    d hh:mm:ss

 1  Register the application (Service desk, clerk 2)
    Mon  6 Jan 2025 16:00 to Mon  6 Jan 2025 16:30
      work ..................................................         00:30:00

 2  decide (permits, case handler)
    Mon  6 Jan 2025 16:30 to open
    handoff to another department: from Service desk, clerk 2
    still open at the end of the run
      on its way to permits .................................         00:30:00
      nobody on shift .......................................         16:00:00
      work ..................................................         01:00:00
                                                              ----------------
Lead time so far ............................................         18:00:00
"""


def run(written: str | dict[str, Any], *, length: int = DAY, drain: int = 10 * HOUR) -> EventLog:
    """Run a process once."""
    process = Process.model_validate(yaml.safe_load(written) if isinstance(written, str) else written)
    return replicate(compile_plan(process, start=MONDAY, length=length, drain=drain), seed=1, replication=0)


@pytest.mark.parametrize(("case", "text"), [(0, HANDOFF), (1, REWORK), (2, UNFINISHED)])
def test_hand_worked_stories(case: int, text: str) -> None:
    """A handoff over lunch, rework by another clerk, a case that is cut off."""
    story = tell(run(SMALL), case, scenario="as-is")
    assert story.text() == text + FOOT
    assert str(story) == story.text()
    assert "Case" in story._repr_html_()


def test_a_case_that_is_not_there() -> None:
    """The message says which there are."""
    with pytest.raises(IndexError, match="no case 3: the cases of this run are 0 to 2"):
        tell(run(SMALL), 3)
    with pytest.raises(IndexError, match="no case -1"):
        tell(run(SMALL), -1)
    with pytest.raises(IndexError, match="this run has no cases"):
        tell(run(SMALL, length=HOUR), 0)


BRANCHES = """
process: branches
departments:
  law: {roles: {lawyer: {staff: 1}}}
  site: {body: province, roles: {engineer: {staff: 1}}}
channels:
  post: {share: 100%, delay: 1h}
  web: {share: 0%}
cases: {arrivals: {every: 24h, at_most: 1}}
flow:
  received: {type: start, next: fork}
  fork: {type: parallel, next: [visit, check]}
  check: {performer: law.lawyer, duration: 1h, next: meet}
  visit: {performer: site.engineer, duration: 2h, next: meet}
  meet: {type: parallel, next: ask}
  ask: {performer: client, duration: 9d, timeout: {after: 1h, next: rest}, next: rest}
  rest: {type: timer, delay: 30min, next: decide}
  decide: {performer: law.lawyer, duration: 20min, batch: {size: 1, setup: 10min}, next: tell}
  tell: {performer: system, duration: 1min, next: done}
  done: {type: end}
"""

# Need Tuesday 0:00, one hour by post. Both branches begin at 1:00; check ends at 2:00 and waits an hour for visit
# (3:00). The client does not answer within an hour (4:00); put aside until 4:30; a run of one: set-up 10 min
# and work 20 min; the system 1 min: 5:01.
BRANCHES_STORY = """\
Case 0 of branches (seed 1, replication 0)
Need   Tue  7 Jan 2025 00:00   by post
End    Tue  7 Jan 2025 05:01   done
                                                                    d hh:mm:ss
  the application was on its way by post ....................         01:00:00

    |  1  check (law, lawyer)
    |     Tue  7 Jan 2025 01:00 to Tue  7 Jan 2025 02:00
    |     then waited 01:00:00 for its sibling, step 2
    |       work: 01:00:00

 2  visit (site, engineer)
    Tue  7 Jan 2025 01:00 to Tue  7 Jan 2025 03:00
      work ..................................................         02:00:00

 3  ask (the client), after 1 and 2
    Tue  7 Jan 2025 03:00 to Tue  7 Jan 2025 04:00
    timed out
      with the client .......................................         01:00:00

 4  rest (put aside)
    Tue  7 Jan 2025 04:00 to Tue  7 Jan 2025 04:30
      put aside .............................................         00:30:00

 5  decide (law, lawyer)
    Tue  7 Jan 2025 04:30 to Tue  7 Jan 2025 05:00
    handoff to another body: from site, engineer (the client came between)
    in a run of 1, released Tue  7 Jan 2025 04:30
      set-up ................................................         00:10:00
      work ..................................................         00:20:00

 6  tell (system)
    Tue  7 Jan 2025 05:00 to Tue  7 Jan 2025 05:01
      work ..................................................         00:01:00
                                                              ----------------
Lead time ...................................................         05:01:00
"""


def test_branches_timeouts_timers_batches() -> None:
    """What ran beside the critical path is told with a bar and left out of the sum."""
    story = tell(run(BRANCHES, length=3 * DAY), 0)
    bar = "Lines with a bar ran beside the steps that decided when the case ended: not in the sum.\n"
    assert story.text() == BRANCHES_STORY + FOOT + bar


KEPT = """
process: kept
calendars: {short: {mon-sun: "09:00-10:00"}}
departments:
  desk: {roles: {clerk: {staff: 2}, night: {staff: 1, at_shift_end: fit, calendar: short}}}
channels: {counter: {share: 100%, calendar: short}}
cases: {arrivals: {every: 20h, at_most: 2}}
flow:
  received: {type: start, next: register}
  register: {performer: desk.clerk, duration: 30min, next: both}
  both: {type: parallel, next: [again, long]}
  again: {performer: desk.clerk, same_person_as: register, duration: 4h, next: meet}
  long: {performer: desk.night, duration: 50min, next: meet}
  meet: {type: parallel, next: done}
  done: {type: end}
"""


def test_a_closed_channel_a_kept_item_and_a_shift_too_short() -> None:
    """Need 20:00, the counter opens 9:00, registered by 9:30; 50 min do not fit into the 30 left: Wednesday 9:00."""
    story = tell(run(KEPT, length=DAY, drain=3 * DAY), 0)
    assert [(span.words, span.seconds) for span in story.before] == [
        ("the client waited until counter opened", 13 * 3600)
    ]
    steps = {step.task: step for step in story.steps}
    assert [(span.words, span.seconds) for span in steps["long"].spans] == [
        ("nobody on shift with enough time left", 23 * 3600 + 30 * 60),
        ("work", 50 * 60),
    ]
    assert steps["again"].who == "desk, clerk 1"
    assert not steps["again"].critical
    assert steps["again"].notes == ("then waited 20:20:00 for its sibling, step 3",)


def test_a_case_that_has_not_arrived() -> None:
    """Its story is what came before; nobody has it yet."""
    story = tell(run(BRANCHES, length=DAY + 1, drain=HOUR // 2), 0)
    assert story.steps == ()
    assert story.before[0].seconds == 1800
    assert "Lead time so far" in story.text()


def test_who_could_do_it_when_nobody_has_begun() -> None:
    """An item still in the queue names the roles that may take it."""
    text = SMALL.replace("performer: permits.case_handler", "performer: [permits.case_handler, desk.clerk]")
    story = tell(run(text, drain=0), 2)
    assert story.steps[-1].who == "nobody yet: permits, case handler or Service desk, clerk"


def test_the_plain_data_is_json() -> None:
    """Times as ISO text, durations in milliseconds and printed seconds."""
    data = json.loads(json.dumps(tell(run(SMALL), 0).data()))
    assert data["need"] == "2025-01-06T11:00:00"
    assert data["milliseconds"] == 210 * 60_000
    assert data["steps"][1]["spans"][1] == {
        "cause": "unavailability",
        "words": "nobody on shift",
        "milliseconds": 3_600_000,
        "seconds": 3600,
    }
    assert data["steps"][1]["after"] == [1]


# Anna has worked 80 of 120 minutes when case 2 breaks in; 40 are left: 80 for Boris, who is half as fast.
BROKEN_OFF = """
process: small
departments: {desk: {roles: {clerk: {people: {anna: {}, boris: {proficiency: 0.5}}}}}}
cases: {arrivals: {every: 40min, at_most: 3}, priority: 2 if now.hour >= 1 else 0, preempts: now.hour >= 1}
flow:
  received: {type: start, next: check}
  check:
    performer: desk.clerk
    duration: {value: 10min, factor: 12 if now.hour == 0 else 6 if now.hour == 1 else 30}
    next: done
  done: {type: end}
"""


def test_work_that_was_broken_off() -> None:
    """The time in between has its own line; who began is named; people are called by their names."""
    (step,) = tell(run(yaml.safe_load(BROKEN_OFF), length=DAY, drain=DAY), 0).steps
    assert (step.who, step.notes) == ("desk, clerk boris", ("begun by desk, clerk anna",))
    assert [(span.words, span.milliseconds // 60_000) for span in step.spans] == [
        ("work", 160),
        ("broken off for work that ranks higher", 80),
    ]


def test_durations_as_they_are_printed() -> None:
    """Days stand apart from hours."""
    assert clock(59) == "00:00:59"
    assert clock(86_400 + 3661) == "1 d 01:01:01"


def logs() -> list[EventLog]:
    """Run generated processes for three days."""
    return [run(drawn(seed), length=3 * DAY, drain=2 * DAY) for seed in range(40)]


def test_printed_durations_add_up_for_every_case() -> None:
    """Critical steps make the lead time, in milliseconds and as printed; every item is told once, in causal order."""
    told = 0
    for log in logs():
        found = arcs(log)
        marks = handoffs(log, found, "person")
        handed = set(found.after[marks].tolist())
        for case in range(len(log.cases["need"])):
            story = tell(log, case)
            critical = [step.spans for step in story.steps if step.critical]
            spans = [span for spans in (story.before, *critical) for span in spans]
            ended = int(log.cases["ended"][case])
            lead = (log.settings.stopped if ended == NONE else ended) - int(log.cases["need"][case])
            assert story.milliseconds == lead == sum(span.milliseconds for span in spans)
            assert story.seconds == sum(span.seconds for span in spans)
            mine = (log.items["case"] == case).nonzero()[0].tolist()
            human = [row for row in mine if log.settings.nodes[log.items["node"][row]].kind != "silent"]
            assert len(story.steps) == len(human)
            assert all(before < step.number for step in story.steps for before in step.after)
            passed = sum(any(note.startswith("handoff") for note in step.notes) for step in story.steps)
            assert passed == len(handed & set(mine))
            told += 1
    assert told > 300


def traced(name: str) -> EventLog:
    """Run a hand-worked trace."""
    trace = read(FOLDER / f"{name}.log")
    plan = compile_plan(trace.process, start=trace.start, length=trace.length, drain=trace.drain)
    return replicate(plan, seed=1, replication=0)


def test_cases_that_a_case_called_are_part_of_its_story() -> None:
    """The steps of the called cases stand in it, those that decided add up, and each case names its own attributes."""
    story = tell(traced("calls"), 0)
    assert [step.task for step in story.steps if step.critical] == [
        "post",
        "interview/talk",
        "check/look",
        "check/look",
    ]
    assert sum(span.seconds for step in story.steps if step.critical for span in step.spans) == story.seconds == 8400
    assert "in case 2, of interview, that it called" in story.steps[2].notes
    assert story.attributes == (("best", "10"), ("number", "2"))
    called = tell(traced("calls"), 2)
    assert (called.process, called.caller, called.attributes) == (
        "interview",
        "case 0 of hire",
        (("level", "2"), ("score", "10")),
    )
    assert "Caller case 0 of hire" in called.text()
    assert sum(span.seconds for step in called.steps if step.critical for span in step.spans) == called.seconds


def test_an_application_for_a_service_is_a_step() -> None:
    """What passes until a client has applied stands in the story of the life event."""
    story = tell(traced("bundle"), 0)
    first = next(step for step in story.steps if step.title == "application" and step.critical)
    assert [(span.words, span.seconds) for span in first.spans] == [
        ("until the client applied", 32 * 3600),
        ("on its way", 3600),
    ]
    critical = [span.seconds for step in story.steps if step.critical for span in step.spans]
    assert sum(critical) == story.seconds == 33 * 3600 + 40 * 60
    assert tell(traced("bundle"), 1).before[0].words == "until the client applied"
