"""Every measure by another road: a plain program counts the rows of a hundred drawn runs."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any

import pytest

from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.measures.measured import Measured, measure
from bpsim.model.process import Process
from tests.measures.tally import Tally
from tests.measures.variants import VARIANTS, Variant
from tests.oracle.generate import process
from tests.oracle.hours import DAY
from tests.oracle.ledger import of_log

pytestmark = [pytest.mark.untraced, pytest.mark.xdist_group("tally")]  # one process makes the pairs

MONDAY = date(2025, 1, 6)
PROCESSES, VARIED = 100, 40
#: Measures of what the drawn processes do not have.
RARE = {"abandonment", "wasted_work", "failure_demand"}


def with_more_to_measure(seed: int) -> dict[str, Any]:
    """Draw a process, and add contacts, documents, costs, clients' time and three clocks with stops and calendars."""
    written, luck = process(seed), Random(seed)  # noqa: S311 - nothing secret
    tasks = sorted(name for name, node in written["flow"].items() if "performer" in node)
    for name in tasks:
        written["flow"][name] |= {
            "contact": luck.choice(("none", "in", "out", "both")),
            "documents": luck.choice((0, 0, 1, 3)),
            "price": luck.choice((0, 0, 4.5, 30)),
            "introduces_error": luck.choice(("0%", "20%")),
            "detects_error": luck.choice(("0%", "50%")),
        }
    for department in written["departments"].values():
        for role in department["roles"].values():
            role["cost"] = f"{luck.choice((0, 12, 20.5, 60))}/h"
    for channel in written["channels"].values():
        channel |= {"client_time": luck.choice(("0min", "25min", "2h")), "client_cost": luck.choice((0, 1.25, 7))}
    stops = luck.sample(["client", "external", *tasks], min(2, len(tasks)))
    by_kind = {"by": "kind", "of": {"a": "1h", "b": "1 working day", "else": "2d"}}
    written["cases"].setdefault("clocks", {}).update(
        {
            "legal": {"from": "need", "limit": luck.choice(("6h", "2d", by_kind)), "stops_while": stops},
            "office": {
                "limit": "2 working days",
                "calendar": luck.choice(("office", "early")),
                "stops_while": "client",
            },
            "inner": {"from": luck.choice(tasks), "to": luck.sample(tasks, 1), "limit": "3h", "stops_while": stops[:1]},
        }
    )
    return written


Pair = tuple[Measured, Tally]


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    """Measure a hundred runs both ways; every second from the second day on, every third without a drain."""
    return list(_pairs())


def _pairs() -> Iterator[Pair]:
    for seed in range(PROCESSES):
        yield _both(seed, with_more_to_measure(seed))


def _both(seed: int, data: dict[str, Any]) -> Pair:
    written = Process.model_validate(data)
    length = (4 + seed % 4) * DAY
    plan = compile_plan(written, start=MONDAY, length=length, drain=0 if seed % 3 == 0 else 7 * DAY)
    log = replicate(plan, seed=seed, replication=0)
    warmup = DAY * (seed % 2)
    return measure(log, warmup=warmup), Tally(written, of_log(log), MONDAY, (warmup, length))


def test_every_measure_is_what_the_rows_come_to(pairs: list[Pair]) -> None:
    """Counts and milliseconds are the same to the last one, everything else to nine digits."""
    seen: Counter[str] = Counter()
    for seed, (measured, tally) in enumerate(pairs):
        assert_same(seed, measured, tally)
        seen.update(key[0] for key, wanted in tally.found.items() if wanted[0])
    assert {name for name, times in seen.items() if times < 4} <= RARE, seen


def assert_same(seed: int, measured: Measured, tally: Tally) -> None:
    """Compare the two roads to every measure, and to the cells of the ledger."""
    found = {(each.name, each.group): (each.numerator, each.denominator) for each in measured.measures}
    assert len(found) == len(measured.measures)
    assert found.keys() == tally.found.keys(), f"process {seed}"
    for key, wanted in tally.found.items():
        exact = all(isinstance(part, int) for part in wanted)
        assert found[key] == (wanted if exact else pytest.approx(tuple(map(float, wanted)), rel=1e-9)), (seed, key)
    for cells, sums in ((measured.cells, tally.cells), (measured.tasks, tally.tasks)):
        assert cells == {name: dict(+causes) for name, causes in sums.items() if +causes}


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.__name__)
def test_every_measure_of_a_variant_is_what_the_rows_come_to(variant: Variant) -> None:
    """So it is where a family of constructs is added to the drawn processes."""
    for seed in range(VARIED):
        assert_same(seed, *_both(seed, variant(with_more_to_measure(seed), Random(7 * seed + 1))))  # noqa: S311


def test_no_case_vanishes(pairs: list[Pair]) -> None:
    """Started are finished, abandoned and open together, and the finished are those of all outcomes."""
    for measured, tally in pairs:
        counts = measured.counts
        assert (counts.started, counts.finished) == (len(tally.cohort), len(tally.finished))
        assert counts.started == counts.finished + counts.abandoned + counts.open
        assert counts.finished == sum(each.numerator for each in measured.measures if each.name == "outcome")
