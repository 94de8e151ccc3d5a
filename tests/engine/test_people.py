"""People who differ: nobody idles while work waits, nobody works when away, and what is left of work is done."""

import itertools
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.eventlog import ABSENCE, DONE, NONE, OPEN, OTHER_DUTIES, VACANT, EventLog
from bpsim.model.process import Process
from bpsim.reading.load import load_process
from tests.oracle.hours import DAY, Hours
from tests.oracle.luck import luck

MONDAY = date(2025, 1, 6)
CORPUS = Path(__file__).parent.parent / "corpus" / "valid" / "people.yaml"
#: Person, start, end.
Stretch = tuple[int, int, int]


def run(process: Process, *, seed: int = 1, days: int = 60) -> EventLog:
    """Run a process once."""
    return replicate(compile_plan(process, start=MONDAY, length=days * DAY, drain=days * DAY), seed=seed, replication=0)


def at_work(log: EventLog) -> list[tuple[int, Stretch]]:
    """Give the stretches of work of every row that has been started."""
    broken = defaultdict(list)
    for row, person, start, end, _ in zip(*(column.tolist() for column in log.stints.values()), strict=True):
        broken[row].append((person, start, end))
    found = []
    for row, (person, start, end) in enumerate(
        zip(*(log.items[name].tolist() for name in ("person", "started", "completed")), strict=True)
    ):
        if person != NONE:
            whole = [(person, start, log.settings.stopped if end == NONE else end)]
            found += [(row, stretch) for stretch in broken.get(row, whole)]
    return found


def clerks(**role: object) -> Process:
    """Make a process with one task of one role."""
    return Process.model_validate(
        {
            "process": "clerks",
            "departments": {"desk": {"roles": {"clerk": {"staff": 1, **role}}}},
            "cases": {"arrivals": {"every": "exponential(mean=30min)", "at_most": 200}},
            "flow": {
                "came": {"type": "start", "next": "check"},
                "check": {"performer": "desk.clerk", "duration": "exponential(mean=25min)", "next": "gone"},
                "gone": {"type": "end"},
            },
        }
    )


@pytest.fixture(scope="module")
def mixed() -> tuple[Process, EventLog]:
    """Run a process with all that people can differ in."""
    process = load_process(CORPUS)
    return process, run(process)


def test_nobody_does_two_things_at_once(mixed: tuple[Process, EventLog]) -> None:
    """Stretches of one person do not overlap; but for overtime and the last work nobody works when away."""
    _, log = mixed
    stretches = sorted(stretch for _, stretch in at_work(log) if stretch[1] < stretch[2])
    for (person, _, end), (other, start, _) in itertools.pairwise(stretches):
        assert person != other or end <= start
    away = zip(*(log.duties[name].tolist() for name in ("person", "start", "end", "kind")), strict=True)
    for person, start, end, kind in away:
        inside = [one for one in stretches if one[0] == person and one[1] < end and start < one[2]]
        assert not inside, (person, start, end, kind)
    assert {ABSENCE, OTHER_DUTIES, VACANT} <= set(log.duties["kind"].tolist())


def test_what_is_left_is_done(mixed: tuple[Process, EventLog]) -> None:
    """The stretches of a row make its work: of each person's time the part of one, by their proficiency."""
    process, log = mixed
    people = [person for name in sorted(process.roles()) for _, person in process.role(name).everybody()]
    overtime = [
        role.at_shift_end == "finish" for name, role in sorted(process.roles().items()) for _ in role.everybody()
    ]
    hours = {name: Hours(calendar, MONDAY) for name, calendar in process.calendars.items()}
    work: dict[int, float] = defaultdict(float)
    for row, (person, start, end) in at_work(log):
        worked = end - start if overtime[person] else hours[people[person].calendar].open_time(start, end)
        work[row] += worked * people[person].proficiency
    draws = {"register": process.tasks()["register"].duration, "decide": process.tasks()["decide"].duration}
    seen = set()
    for row, amount in work.items():
        name = log.settings.nodes[int(log.items["node"][row])].name
        if log.items["completed"][row] != NONE and name in draws:
            u = luck(f"1/0/duration/{name}", 0, int(log.items["case"][row]))
            assert amount == pytest.approx(round(draws[name].value.quantile(u)), abs=6)
            seen.add(name)
    assert seen == {"register", "decide"}
    ended = log.stints["ended_by"].tolist()
    assert DONE in ended
    assert len(set(ended)) >= 3


def test_nobody_idles_while_work_waits(mixed: tuple[Process, EventLog]) -> None:
    """At every instant at which something happens, whoever waits finds nobody eligible on shift, there and idle."""
    process, log = mixed
    names = sorted(process.roles())
    people = [person for name in names for _, person in process.role(name).everybody()]
    role = [name for name in names for _ in process.role(name).everybody()]
    hours = {name: Hours(calendar, MONDAY) for name, calendar in process.calendars.items()}
    busy: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row, (person, start, end) in at_work(log):
        busy[person].append((start, end))
        if log.items["started"][row] < start:  # broken off by an absence, and gone on with: no other work meanwhile
            busy[person].append((int(log.items["started"][row]), start))
    for person, start, end in zip(*(log.duties[name].tolist() for name in ("person", "start", "end")), strict=True):
        busy[person].append((start, end))
    waits = zip(*(log.items[name].tolist() for name in ("node", "released", "started")), strict=True)
    moments = sorted({time for spans in busy.values() for span in spans for time in span})
    checked = 0
    for node, released, started in waits:
        eligible = set(process.performers(process.tasks()[log.settings.nodes[node].name]))
        for now in (time for time in moments if released <= time < started):
            for person, spans in busy.items():
                there = role[person] in eligible and hours[people[person].calendar].opening(now) is not None
                assert not there or any(start <= now < end for start, end in spans), (node, now, person)
                checked += there
    assert checked > 1000


def test_chance_decides_anew_each_time() -> None:
    """By `siro` whoever has the lowest lot at the instant of the dispatch is next."""
    log = run(clerks(discipline="siro"), days=10)
    items = list(zip(*(log.items[name].tolist() for name in ("case", "released", "started")), strict=True))
    chosen = 0
    for case, _, started in items:
        others = [(c, r) for c, r, s in items if r <= started and s >= started]
        lots = {c: luck("1/0/lot/check", started, c) for c, _ in others}
        assert case == min(lots, key=lots.__getitem__)
        chosen += len(others) > 1
    assert chosen > 20


def test_the_first_of_constant_gaps_begins_anywhere() -> None:
    """Absences at a constant distance do not take everybody away at once."""
    log = run(clerks(staff=20, absences=[{"name": "leave", "every": "10d", "lasts": "1d"}]), days=30)
    first = dict(reversed(list(zip(log.duties["person"], log.duties["start"], strict=True))))
    assert len(first) == 20
    assert all(start <= 10 * DAY for start in first.values())
    for person, start in first.items():  # those who were at work then completed it first
        due = round(10 * DAY * luck("1/0/absence phase/desk.clerk/leave", 0, int(person)))
        assert due <= start <= due + DAY


@pytest.mark.parametrize(
    ("performer", "completed", "absence"),
    [("desk.clerk", 14, (10, 13)), ({"all": ["desk.clerk", "desk.aide"]}, 11, (11, 14))],
)
def test_common_work_is_not_interrupted(performer: object, completed: int, absence: tuple[int, int]) -> None:
    """Two hours from 09:00 on, ill from 10:00 on for three: alone it goes on at 13:00; with others that waits."""
    ill = {"name": "ill", "every": "empirical([10h])", "lasts": "empirical([3h])", "interrupts": True}
    process = Process.model_validate(
        {
            "process": "ill",
            "departments": {"desk": {"roles": {"clerk": {"staff": 1, "absences": [ill]}, "aide": {"staff": 1}}}},
            "cases": {"arrivals": {"every": "9h", "at_most": 1}},
            "flow": {
                "came": {"type": "start", "next": "check"},
                "check": {"performer": performer, "duration": "2h", "next": "gone"},
                "gone": {"type": "end"},
            },
        }
    )
    log = run(process, days=1)
    assert log.items["completed"].tolist() == [completed * 3_600_000]
    clerk = log.duties["person"] == 1
    assert (log.duties["start"][clerk][0], log.duties["end"][clerk][0]) == tuple(hour * 3_600_000 for hour in absence)


def test_open_work_of_those_who_are_all_alike() -> None:
    """Where some are interrupted and others never, the open items of both are written at the end."""
    ill = {"name": "ill", "every": "empirical([10h])", "lasts": "empirical([3h])", "interrupts": True}
    process = Process.model_validate(
        {
            "process": "open",
            "departments": {"desk": {"roles": {"clerk": {"staff": 1, "absences": [ill]}, "aide": {"staff": 1}}}},
            "cases": {"arrivals": {"every": "9h", "at_most": 1}},
            "flow": {
                "came": {"type": "start", "next": "both"},
                "both": {"type": "parallel", "next": ["check", "file"]},
                "check": {"performer": "desk.clerk", "duration": "90h", "next": "met"},
                "file": {"performer": "desk.aide", "duration": "90h", "next": "met"},
                "met": {"type": "parallel", "next": "gone"},
                "gone": {"type": "end"},
            },
        }
    )
    log = run(process, days=1)
    assert log.items["status"].tolist() == [OPEN, OPEN]
    clerk = log.stints["person"] == 1
    assert clerk.all()
    assert clerk.sum() > 1


def test_limits_of_one_process_in_the_queue_of_two() -> None:
    """Work of a process without clocks stands behind what has a limit, in one queue of both."""
    process = Process.model_validate(
        {
            "process": "first",
            "departments": {"desk": {"roles": {"clerk": {"staff": 1, "discipline": "edd"}}}},
            "cases": {"arrivals": {"every": "1h", "at_most": 3}, "clocks": {"legal": {"limit": "9d"}}},
            "flow": {
                "came": {"type": "start", "next": "check"},
                "check": {"performer": "desk.clerk", "duration": "90min", "next": "gone"},
                "gone": {"type": "end"},
            },
            "others": {
                "second": {
                    "cases": {"arrivals": {"every": "50min", "at_most": 2}},
                    "flow": {
                        "came": {"type": "start", "next": "look"},
                        "look": {"performer": "desk.clerk", "duration": "90min", "next": "gone"},
                        "gone": {"type": "end"},
                    },
                }
            },
        }
    )
    log = run(process, days=1)
    nodes = [log.settings.nodes[node].name for node in log.items["node"].tolist()]
    # 00:50 look; 02:20: two checks (01:00, 02:00) and a look (01:40) wait; 03:00 a third check
    assert nodes == ["second/look", "check", "check", "check", "second/look"]
