"""The engine and the second interpreter give the same log for every process that can be drawn."""

import sys
from collections import Counter
from datetime import date
from random import Random

import pytest

from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.measures.measured import measure
from bpsim.model.process import Process
from bpsim.redesign.backlog import queues
from bpsim.redesign.scenario import Waiting
from tests.oracle.generate import AGREED, backlog
from tests.oracle.generate import process as drawn
from tests.oracle.health import CONSTRUCTS, reached
from tests.oracle.hours import DAY, Hours
from tests.oracle.ledger import of_log
from tests.oracle.reference import interpret

pytestmark = pytest.mark.untraced

MONDAY = date(2025, 1, 6)
DRAWS = 500
TABLES = ("rows", "cases", "joins", "batches", "duties", "stints", "reserved", "contacts", "errors", "stopped")


def test_the_engine_equals_the_second_interpreter(capsys: pytest.CaptureFixture[str]) -> None:
    """Every column of every row of 500 drawn processes is the same, the laws hold, and no construct is rare."""
    seen: Counter[str] = Counter()
    for seed in range(DRAWS):
        luck = Random(seed)  # noqa: S311 - nothing secret
        written, length, drain = drawn(seed, AGREED), luck.randint(2, 5) * DAY, luck.choice((0, 3, 7)) * DAY
        process = Process.model_validate(written)
        waiting = {name: Waiting.model_validate(some) for name, some in backlog(written, seed).items()}
        history = interpret(
            process, start=MONDAY, length=length, drain=drain, seed=seed, replication=1, backlog=waiting
        )
        before = queues(process, {name: (some.cases, some.age) for name, some in waiting.items()})
        plan = compile_plan(process, start=MONDAY, length=length, drain=drain, backlog=before)
        log = replicate(plan, seed=seed, replication=1)
        mine = of_log(log)
        for table in TABLES:
            assert getattr(mine, table) == getattr(history, table), f"{table} of the process drawn from {seed}"
        measure(log)
        seen.update(reached(process, history, {n: Hours(c, MONDAY) for n, c in process.calendars.items()}))
    shares = {construct: seen[construct] / DRAWS for construct in sorted(CONSTRUCTS)}
    with capsys.disabled():
        lines = [f"\n{DRAWS} processes drawn; reached by", *(f"{share:6.1%} {name}" for name, share in shares.items())]
        sys.stdout.write("\n".join(lines) + "\n")
    assert seen.keys() <= CONSTRUCTS
    assert min(shares.values()) >= 0.05, min(shares, key=shares.__getitem__)
