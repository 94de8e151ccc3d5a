"""The ways of handing work to people give the same rows: direct, late, and by the general dispatch."""

from dataclasses import replace
from typing import Any

import pytest

from bpsim.engine.clock import Item
from bpsim.engine.plan import Plan, compile_plan
from bpsim.engine.replication import replicate
from bpsim.engine.staffing import SimplePool
from bpsim.model.process import Process
from tests.engine.drawn import DAY, MONDAY
from tests.oracle.generate import process

pytestmark = pytest.mark.untraced

SEEDS = range(150)


def plain(seed: int) -> Plan:
    """Compile a drawn process in which every role works alone, first come, first served, on a coarse clock."""
    written: dict[str, Any] = process(seed)
    written["cases"]["priority"] = "0"
    for department in written["departments"].values():
        for role in department["roles"].values():
            role.pop("also", None)
            role.pop("other_duties", None)
            role.pop("at_shift_end", None)
    for node in written["flow"].values():
        node.pop("same_person_as", None)
        node.pop("keeps_for", None)
        if isinstance(node.get("performer"), list):
            node["performer"] = node["performer"][0]
    return compile_plan(Process.model_validate(written), start=MONDAY, length=5 * DAY, drain=7 * DAY)


def test_the_general_dispatch_gives_the_same_rows() -> None:
    """A simple pool and the general one are each other's oracle."""
    simple = 0
    for seed in SEEDS:
        plan = plain(seed)
        simple += sum(pool.simple and bool(pool.queues) for pool in plan.pools)
        general = replace(plan, pools=tuple(replace(pool, simple=False) for pool in plan.pools))
        first, second = (replicate(one, seed=seed, replication=0) for one in (plan, general))
        assert first.digest() == second.digest(), seed
    assert simple > len(SEEDS)


def test_direct_hand_over_gives_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Handing over at once changes nothing against a dispatch at the end of the instant."""
    direct = [replicate(plain(seed), seed=seed, replication=0).digest() for seed in SEEDS]

    def offer(pool: SimplePool, item: Item, now: int) -> None:
        item.released = now
        pool._pending.append(item)
        pool._settle_later(now)

    def free(pool: SimplePool, person: int, now: int) -> None:
        pool.since[person] = now
        pool._freed.append(person)
        pool._settle_later(now)

    monkeypatch.setattr("bpsim.engine.cases.hands_over", lambda _: False)
    monkeypatch.setattr(SimplePool, "offer", offer)
    monkeypatch.setattr(SimplePool, "free", free)
    assert [replicate(plain(seed), seed=seed, replication=0).digest() for seed in SEEDS] == direct
