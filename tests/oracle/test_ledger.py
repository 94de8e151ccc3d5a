"""The ledger of the measures names the same cause as looking at every eligible person at that instant."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import combinations, count, islice
from random import Random
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.eventlog import NONE, EventLog
from bpsim.measures.measured import measure
from bpsim.measures.waiting import CAUSES, Ledger
from bpsim.model.process import Process
from tests.measures.variants import VARIANTS, Variant
from tests.oracle.generate import process
from tests.oracle.hours import DAY
from tests.oracle.ledger import Ledger as BruteForce
from tests.oracle.ledger import of_log

pytestmark = [pytest.mark.untraced, pytest.mark.xdist_group("ledger")]  # one process looks

MONDAY = date(2025, 1, 6)
PROCESSES, INSTANTS = 200, 1_000
VARIED, VARIED_INSTANTS = 25, 200


@dataclass(frozen=True)
class Look:
    """Random instants of the items of one run, with the causes and cells that brute force finds there."""

    log: EventLog
    rows: NDArray[np.int64]
    times: NDArray[np.int64]
    found: list[tuple[str, str]]

    @classmethod
    def at(cls, seed: int, change: Variant | None = None, instants: int = INSTANTS) -> "Look | None":
        """Draw a process, run it, and look at random instants; None when nothing in it took any time."""
        drawn = process(seed)
        written = Process.model_validate(change(drawn, Random(seed)) if change else drawn)  # noqa: S311 - no secret
        log = replicate(compile_plan(written, start=MONDAY, length=5 * DAY, drain=7 * DAY), seed=seed, replication=0)
        created = log.items["created"].astype(np.int64)
        completed = log.items["completed"].astype(np.int64)
        completed = np.where(completed == NONE, log.settings.stopped, completed)
        luck = np.random.default_rng(seed)
        alive = np.flatnonzero(completed > created)
        if not len(alive):
            return None
        rows = luck.choice(alive, instants)
        times = luck.integers(created[rows], completed[rows])
        ledger = BruteForce(written, MONDAY, of_log(log))
        pairs = zip(rows.tolist(), times.tolist(), strict=True)
        return cls(log, rows, times, [ledger.cause(row, time) for row, time in pairs])


@pytest.fixture(scope="module")
def looks() -> list[Look]:
    """Look at 1,000 instants of each of 200 processes."""
    return list(islice(filter(None, map(Look.at, count())), PROCESSES))


def test_both_ledgers_name_the_same_cause(looks: list[Look]) -> None:
    """At every instant cause and cell are the same, and every cause is met at least a hundred times."""
    met: Counter[str] = Counter()
    for look in looks:
        assert Ledger(look.log).causes(look.rows, look.times) == look.found
        met.update(cause for cause, _ in look.found)
    assert met.keys() == set(CAUSES)
    assert min(met.values()) >= 100


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.__name__)
def test_both_ledgers_name_the_same_cause_in_variants(variant: Variant) -> None:
    """So they do where further constructs are added to the drawn processes."""
    for seed in range(VARIED):
        look = Look.at(seed, variant, VARIED_INSTANTS)
        if look:
            assert Ledger(look.log).causes(look.rows, look.times) == look.found


def test_the_ledger_adds_up(looks: list[Look]) -> None:
    """The causes of every item and of every case of every run make the whole (LawError otherwise)."""
    for look in looks:
        measured = measure(look.log)
        ended = (look.log.cases["ended"] != NONE) & (look.log.cases["need"] < look.log.settings.length)
        lead_times = (look.log.cases["ended"] - look.log.cases["need"])[ended]
        assert sum(sum(causes.values()) for causes in measured.cells.values()) == int(lead_times.sum())


def test_nothing_has_a_cause_outside_of_its_life(looks: list[Look]) -> None:
    """Before an item is created and once it is completed, it waits for nothing."""
    look = looks[0]
    rows = np.flatnonzero(look.log.items["completed"] != NONE)
    for name, by in (("created", -1), ("completed", 0)):
        times = look.log.items[name][rows].astype(np.int64) + by
        assert set(Ledger(look.log).causes(rows, times)) == {("", "")}


@pytest.mark.parametrize(("one", "other"), list(combinations(range(len(CAUSES)), 2)))
def test_no_two_causes_can_be_exchanged(
    looks: list[Look], monkeypatch: pytest.MonkeyPatch, one: int, other: int
) -> None:
    """A ledger that takes one cause for another is found out."""
    whole = Ledger.parts

    def exchanged(ledger: Ledger, rows: Any, until: Any = None) -> Any:  # noqa: ANN401 - as the real one
        parts = whole(ledger, rows, until)
        parts[:, [one, other]] = parts[:, [other, one]]
        return parts

    monkeypatch.setattr(Ledger, "parts", exchanged)
    look = next(look for look in looks if {CAUSES[one], CAUSES[other]} & {cause for cause, _ in look.found})
    assert Ledger(look.log).causes(look.rows, look.times) != look.found
