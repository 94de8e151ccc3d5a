"""What must happen to a run when the process is changed in a way whose effect is known: no oracle is needed."""

from dataclasses import astuple
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from bpsim.comparison.compare import compare
from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.eventlog import EventLog
from bpsim.experiment.run import run as run_study
from bpsim.measures.measured import measure
from bpsim.model.process import Process
from bpsim.statistics.paired import paired_interval
from tests.engine.drawn import DAY, HOUR, MINUTE, MONDAY, queue
from tests.experiment import small
from tests.metamorphic.changes import (
    LAST,
    Written,
    by_group,
    on_one_clock,
    renamed,
    shuffled,
    slower,
    slower_log,
    with_a_part_that_nobody_reaches,
    with_blocks_of_one_branch,
)
from tests.oracle.generate import process
from tests.oracle.luck import luck

pytestmark = pytest.mark.untraced

SEEDS = range(40)


def simulate(written: Written, *, days: int = 5, drain: int = 7, start: date = MONDAY, seed: int = 3) -> EventLog:
    """Run a written process once."""
    plan = compile_plan(Process.model_validate(written), start=start, length=days * DAY, drain=drain * DAY)
    return replicate(plan, seed=seed, replication=0)


def ends(log: EventLog) -> Any:  # noqa: ANN401 - an array
    """Give when each case of the run ended; all of them have."""
    mine = log.cases["ended"][log.cases["need"] < log.settings.length]
    assert len(mine)
    assert (mine >= 0).all()
    return mine


# M1-M5, M19: the same process, written otherwise


@pytest.mark.parametrize("factor", [2, 3, 60])
def test_times_scale(factor: int) -> None:
    """All times multiplied by a whole number multiply every stamp of every row, to the millisecond."""
    for seed in SEEDS:
        written = on_one_clock(process(seed))
        log, slow = simulate(written), simulate(slower(written, factor), days=5 * factor, drain=7 * factor)
        assert {name: column.tolist() for name, column in slow.arrays().items()} == slower_log(log, factor), seed
        assert slow.settings.stopped == log.settings.stopped * factor


def test_the_order_of_keys_means_nothing() -> None:
    """Mappings written in any order give the same log and the same process."""
    for seed in SEEDS:
        written = process(seed)
        other = shuffled(written, Random(seed))  # noqa: S311 - nothing secret
        assert simulate(other).digest() == simulate(written).digest()
        assert Process.model_validate(other).digest() == Process.model_validate(written).digest()


def test_names_mean_nothing() -> None:
    """Nodes under other names that say what they were have the same luck: the same log, the same measures."""
    for seed in SEEDS:
        written = process(seed)
        log, other = simulate(written), simulate(renamed(written, "new_"))
        assert other.digest() == log.digest(), seed
        found = by_group(measure(other).measures, lambda group: group.replace("new_", ""))
        assert found == by_group(measure(log).measures, str)


@pytest.mark.parametrize("rule", ["kind == 'a' and kind == 'b'", "0%"], ids=["no case fulfils", "no share"])
def test_what_nobody_reaches_changes_nothing(rule: str) -> None:
    """A part behind a condition that no case fulfils, or behind a share of 0, may as well not be there."""
    for seed in SEEDS:
        written = process(seed)
        log, other = simulate(written), simulate(with_a_part_that_nobody_reaches(written, rule))
        assert other.digest() == log.digest(), seed
        found = {key: value for key, value in by_group(measure(other).measures, str).items() if LAST not in key[1]}
        assert found == by_group(measure(log).measures, str)


def test_a_week_later_everything_is_the_same() -> None:
    """Without holidays and months, an experiment that begins a week later gives the same log."""
    for seed in SEEDS:
        written = process(seed)
        written["cases"]["arrivals"].get("profile", {}).pop("jan", None)
        assert simulate(written, start=date(2025, 3, 17)).digest() == simulate(written).digest()


# M6, M10, M13: what amounts to the same


def test_a_parallel_block_of_one_branch_is_a_sequence() -> None:
    """A split with one flow and a join with one flow, anywhere, change no row."""
    for seed in SEEDS:
        written = process(seed)
        before, after = simulate(written), simulate(with_blocks_of_one_branch(written))
        for name in ("node", "person", "created", "transferred", "released", "started", "completed", "status"):
            assert after.items[name].tolist() == before.items[name].tolist(), (seed, name)
        assert after.cases["ended"].tolist() == before.cases["ended"].tolist()
        assert by_group(measure(after).measures, str) == by_group(measure(before).measures, str)


def test_two_classes_alike_are_one() -> None:
    """Cases split by chance over two tasks of one lineage and one role end when those of a single task end."""
    one = queue("exponential(mean=10min)", "exponential(mean=18min)", people=2)
    task = one["flow"]["served"]
    two = one | {
        "flow": {
            "came": {"type": "start", "next": "which"},
            "which": {"type": "exclusive", "next": {"first": "35%", "second": "else"}},
            "first": task | {"was": "served"},
            "second": task | {"was": "served"},
            "gone": {"type": "end"},
        }
    }
    before, after = simulate(one, days=14), simulate(two, days=14)
    assert 0 < np.count_nonzero(after.items["node"] == after.items["node"].min()) < len(after.items["node"])
    assert ends(after).tolist() == ends(before).tolist()


@pytest.mark.parametrize("level", ["1", "5 if flag else 5", "-2.5"])
def test_priorities_all_alike_are_none(level: str) -> None:
    """Who has the same priority as everybody waits as if there were none."""
    for seed in SEEDS:
        written = process(seed)
        plain, alike = ({**written["cases"], "priority": priority} for priority in ("0", level))
        log, other = (simulate(written | {"cases": cases}) for cases in (plain, alike))
        assert other.digest() == log.digest(), seed
        assert by_group(measure(other).measures, str) == by_group(measure(log).measures, str)


# M8, M9: never worse, case by case


@pytest.mark.parametrize("people", [1, 2, 5])
def test_one_more_person_makes_no_case_later(people: int) -> None:
    """At one station, first come first served, with the same luck, every case departs no later (Kiefer-Wolfowitz)."""
    for seed in range(10):
        every, service = "exponential(mean=10min)", f"exponential(mean={9.5 * people}min)"
        before, after = (
            simulate(queue(every, service, people=number), days=14, seed=seed) for number in (people, people + 1)
        )
        assert (ends(after) <= ends(before)).all()
        assert (ends(after) < ends(before)).any()


@pytest.mark.parametrize("longer", ["09:00-18:00", "08:00-17:00", "09:00-12:00, 12:30-17:00"])
def test_longer_hours_make_no_case_later(longer: str) -> None:
    """One person who is at work whenever they were before, and longer, ends every case no later."""
    for seed in range(10):
        hours = ({"mon-fri": "09:00-12:00, 13:00-17:00"}, {"mon-fri": longer})
        before, after = (
            simulate(queue("exponential(mean=4h)", "exponential(mean=40min)", calendar=calendar), days=28, seed=seed)
            for calendar in hours
        )
        assert (ends(after) <= ends(before)).all()
        assert (ends(after) < ends(before)).any()


# M7, M11, M12: studies


def test_two_scenarios_alike_differ_by_nothing() -> None:
    """The same process under two names: every difference is exactly 0, and the verdict says so."""
    comparison = compare(small.scenario(), small.scenario("the-same"), workers=1)
    lines = comparison.lines("the-same")
    for line in lines:
        assert line.difference.mean == line.difference.low == line.difference.high == 0
        assert line.verdict in {"", "no difference"}
    assert {line.verdict for line in lines} == {"", "no difference"}


def test_a_study_that_was_stopped_and_resumed_is_whole(tmp_path: Path) -> None:
    """Two replications, then four from the same journal, are the four of one go."""
    whole = run_study(small.pair(), workers=1)
    run_study(small.pair(replications=2), workers=1, journal=tmp_path)
    resumed = run_study(small.pair(), workers=1, journal=tmp_path)
    assert _bytes(resumed) == _bytes(whole)


def test_workers_change_nothing() -> None:
    """One to four worker processes: the same logs and the same measures."""
    alone = _bytes(run_study(small.pair(), workers=1))
    for workers in (2, 3, 4):
        assert _bytes(run_study(small.pair(), workers=workers)) == alone


def _bytes(results: Any) -> Any:  # noqa: ANN401
    return [(name, result.log_hash, [astuple(each) for each in result.measured]) for name, result in results.items()]


# M14, M15: worked out without a clock


def test_with_ample_staff_a_case_takes_its_critical_path() -> None:
    """Nobody waits, and a case takes register + the longer of (check, then visit) and letter, drawn at its address."""
    flow = {
        "came": {"type": "start", "next": "register"},
        "register": {"performer": "desk.clerk", "duration": "exponential(mean=30min)", "next": "both"},
        "both": {"type": "parallel", "next": ["check", "letter"]},
        "check": {"performer": "desk.clerk", "duration": "exponential(mean=2h)", "next": "visit"},
        "visit": {"performer": "desk.clerk", "duration": "exponential(mean=1h)", "next": "met"},
        "letter": {"performer": "client", "duration": "exponential(mean=4h)", "next": "met"},
        "met": {"type": "parallel", "next": "gone"},
        "gone": {"type": "end"},
    }
    written = queue("exponential(mean=10min)", "1h", people=2000) | {"flow": flow}
    log = simulate(written)
    assert (log.items["started"] == log.items["created"]).all()

    def drawn(node: str, mean: int, case: int) -> int:
        return round(-mean * float(np.log1p(-luck(f"3/0/duration/{node}", 0, case))))

    critical = [
        drawn("register", 30 * MINUTE, case)
        + max(
            drawn("check", 2 * HOUR, case) + drawn("visit", HOUR, case),
            drawn("letter", 4 * HOUR, case),
        )
        for case in range(len(log.cases["need"]))
    ]
    ended = log.cases["ended"] >= 0
    lead = (log.cases["ended"] - log.cases["need"])[ended]
    assert len(lead) > 500
    assert np.abs(lead - np.array(critical)[ended]).max() <= 3  # log and log1p may round a draw differently
    assert measure(log).value("waiting_time.mean") == 0


def test_a_lonely_case_takes_the_sum_of_its_times() -> None:
    """Arrivals days apart and fixed times: 2 h by post, 10 min, 30 min on the way, 20 min with a factor of 1.5, 1 d."""
    written = {
        "process": "lonely",
        "departments": {"desk": {"roles": {"clerk": {"staff": 1}}}, "back": {"roles": {"aide": {"staff": 1}}}},
        "channels": {"post": {"share": 1.0, "delay": "2h"}},
        "transfers": {"default": "30min"},
        "cases": {"arrivals": {"every": "3d"}},
        "flow": {
            "came": {"type": "start", "next": "open_it"},
            "open_it": {"performer": "desk.clerk", "duration": "10min", "next": "decide"},
            "decide": {"performer": "back.aide", "duration": {"value": "20min", "factor": "1.5"}, "next": "period"},
            "period": {"type": "timer", "delay": "1d", "next": "gone"},
            "gone": {"type": "end"},
        },
    }
    log = simulate(written, days=30)
    assert len(ends(log)) == 9
    lead = 2 * HOUR + (10 + 30 + 30) * MINUTE + DAY
    assert set((log.cases["ended"] - log.cases["need"])[log.cases["ended"] >= 0].tolist()) == {lead}


# M16, M17: redesigns with known effect


def test_pooling_like_work_is_never_worse() -> None:
    """Two queues of load 0.8 wait 36 min on average (4 services), pooled 16 min: proven by 10 runs of 120 days.

    The difference of 20 min is about 10 of its standard errors, so that a pooling without effect cannot pass.
    """
    roles = {"left": {"staff": 1}, "right": {"staff": 1}}
    service = "exponential(mean=9min)"

    def waits(*performers: list[str]) -> list[float]:
        flow = {
            "came": {"type": "start", "next": "which"},
            "which": {"type": "exclusive", "next": {"one": "50%", "two": "else"}},
            "one": {"performer": performers[0], "duration": service, "next": "gone"},
            "two": {"performer": performers[1], "duration": service, "next": "gone"},
            "gone": {"type": "end"},
        }
        written = {
            "process": "pool",
            "departments": {"desk": {"roles": roles}},
            "cases": {"arrivals": "exponential(mean=5.625min)"},
            "flow": flow,
        }
        plan = compile_plan(Process.model_validate(written), start=MONDAY, length=120 * DAY, drain=9 * DAY)
        logs = (replicate(plan, seed=5, replication=number) for number in range(10))
        return [measure(log).value("waiting_time.mean") / MINUTE for log in logs]

    apart = waits(["desk.left"], ["desk.right"])
    pooled = waits(["desk.left", "desk.right"], ["desk.right", "desk.left"])
    difference = paired_interval(apart, pooled, 0.999)
    assert difference.high < 0
    assert difference.low < -20 < difference.high


@pytest.mark.parametrize("people", [1, 50])
def test_without_rework_the_work_of_repeated_visits_is_saved(people: int) -> None:
    """The same cases without the loop: the processing that is saved is that of visits after the first, to the ms."""

    def written(again: str) -> Written:
        flow = {
            "came": {"type": "start", "next": "merge"},
            "merge": {"type": "exclusive", "next": "draft"},
            "draft": {"performer": "desk.clerk", "duration": "exponential(mean=20min)", "next": "review"},
            "review": {"performer": "desk.clerk", "duration": "exponential(mean=10min)", "next": "good"},
            "good": {"type": "exclusive", "next": {"merge": again, "notify": "else"}},
            "notify": {"performer": "desk.clerk", "duration": "5min", "next": "gone"},
            "gone": {"type": "end"},
        }
        return queue("exponential(mean=2h)", "1h", people=people, cases=200) | {"flow": flow}

    before, after = simulate(written("40%"), days=40), simulate(written("0%"), days=40)
    assert len(ends(before)) == len(ends(after)) == 200
    spent = [(log.items["completed"] - log.items["started"]).astype(np.int64) for log in (before, after)]
    repeated = before.items["visit"] > 0
    assert 100 < np.count_nonzero(repeated) < 500
    assert int(spent[0].sum()) - int(spent[1].sum()) == int(spent[0][repeated].sum()) > 0
    found = [measure(log).value("processing_time.mean") * 200 for log in (before, after)]
    assert found[0] - found[1] == pytest.approx(int(spent[0][repeated].sum()), abs=0.01)
