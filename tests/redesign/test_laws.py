"""Laws of all operators on drawn processes: purity, footprints, commutation, invariants, and there and back.

`BPSIM_DRAWS=200 pytest tests/redesign/test_laws.py` draws so many processes for each operator.
"""

import json
import os
from collections.abc import Iterator
from datetime import date
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.measures.measured import measure
from bpsim.model.process import Process
from bpsim.redesign.change import Change
from bpsim.redesign.operators import (
    Allocate,
    Automate,
    Batch,
    Merge,
    Remove,
    Staff,
    Transfer,
    Tune,
    read_change,
    written_change,
)
from bpsim.redesign.resolving import faults, resolve
from bpsim.redesign.scenario import Scenario
from bpsim.values.durations import DAY
from tests.oracle.generate import process, processes
from tests.redesign import drawn_flow, drawn_information, drawn_organisation

#: Families of operators with modules of their own.
FAMILIES = (drawn_flow, drawn_information, drawn_organisation)
OPERATORS = (
    "remove",
    "skip",
    "merge",
    "staff",
    "batch",
    "at_once",
    "allocate",
    "free",
    "automate",
    "help",
    "tune",
    "near",
    *(kind for family in FAMILIES for kind in family.KINDS),
)


DRAWS = int(os.environ.get("BPSIM_DRAWS", "40"))
#: As Hypothesis draws them (small when it can), and as a plain seed does (large).
DRAWN = st.one_of(processes(), st.integers(0, 10_000).map(process))


def candidates(model: Process, kind: str) -> Iterator[Change]:  # noqa: C901, PLR0912 - one branch for each operator
    """Give every change of a kind that could be tried on a process, few of them in vain."""
    work = [name for name, task in model.tasks().items() if task.by_people()]
    each = list(model.tasks())
    pairs = [(a, b) for a in each for b in each if a != b]
    family = next((family for family in FAMILIES if kind in family.KINDS), None)
    if family is not None:
        yield from family.candidates(model, kind)
    elif kind == "remove":
        yield from (Remove(task=name) for name in each)
    elif kind == "skip":
        yield from (Remove(task=name, share=0.4) for name in each)
    elif kind == "merge":
        yield from (Merge(tasks=pair, into="united") for pair in pairs if pair[0] < pair[1])
    elif kind == "staff":
        for role in model.roles():
            yield Staff(role=role, add=1)
            yield Staff(role=role, calendar="early", other_duties="none")
    elif kind == "batch":
        yield from (Batch(task=name, rule={"size": 2, "max_wait": "2d"}) for name in work)
    elif kind == "at_once":
        yield from (Batch(task=name, rule=None) for name in work)
    elif kind == "allocate":
        yield from (Allocate(tasks=pair, policy="same_person") for pair in pairs if set(pair) <= set(work))
    elif kind == "free":
        yield from (Allocate(tasks=(name,), policy="any") for name in work)
    elif kind == "automate":
        yield from (Automate(tasks=(name,), duration="1min") for name in work)
    elif kind == "help":
        yield from (Automate(tasks=(name,), share=0.5, fallout=0.2, residual_factor=1.25) for name in work)
    elif kind == "near":
        places = list(model.departments)
        yield from (Transfer(ways={f"{a} -> {b}": "5min"}) for a in places for b in places if a != b)
    else:
        yield from (Tune(values={f"flow.{name}.duration": {"multiply": 0.5}}) for name in each)


def possible(model: Process, kind: str, luck: Random) -> Change | None:
    """Choose a change of a kind whose preconditions hold and that breaks nothing."""
    found = list(candidates(model, kind))
    luck.shuffle(found)
    fitting = (change for change in found if not change.check(model))
    return next((change for change in fitting if not resolve(model, (change,)).troubles), None)


def read(written: dict[str, Any]) -> Process:
    """Make a process of what was drawn, with documents that come from outside."""
    return Process.model_validate(drawn_information.documented(written))


def drawn(written: dict[str, Any]) -> Process:
    """Make a process of what was drawn; one that has faults is drawn again."""
    model = read(written)
    assume(not faults(model))
    return model


def same_but(before: Process, after: Process, writes: frozenset[str]) -> bool:
    """Tell whether two processes agree on every path that is not among those written."""
    left, right = before.as_written(), after.as_written()
    return all(_same(left.get(key), right.get(key), (key,), writes) for key in {*left, *right} - {"evidence"})


def _same(left: Any, right: Any, path: tuple[str, ...], writes: frozenset[str]) -> bool:  # noqa: ANN401
    name = ".".join(path)
    if left == right or any(name == written or name.startswith(f"{written}.") for written in writes):
        return True
    if not isinstance(left, dict) or not isinstance(right, dict):
        return False
    return all(_same(left.get(key), right.get(key), (*path, key), writes) for key in {*left, *right})


@pytest.mark.parametrize("kind", OPERATORS)
@settings(max_examples=DRAWS)
@given(written=DRAWN, luck=st.randoms(use_true_random=False))
def test_one_change(kind: str, written: dict[str, Any], luck: Random) -> None:
    """It leaves the old process alone, writes only its footprint, breaks nothing, and is read again."""
    model = drawn(written)
    change = possible(model, kind, luck)
    assume(change is not None)
    assert change is not None
    before = model.as_written()
    after = change.apply(model)
    assert model.as_written() == before
    assert change.apply(model) == after
    assert same_but(model, after, change.footprint(model).writes)
    assert faults(after) == []
    assert Process.model_validate(json.loads(json.dumps(after.as_written()))) == after
    assert read_change(written_change(change)) == change
    legal = {model.lineage(name) for name, task in model.tasks().items() if task.legal}
    kept = {name: task for name, task in after.tasks().items() if task.legal}
    assert legal <= {was for name, task in kept.items() for was in (after.lineage(name), *(p.was for p in task.parts))}
    assert str(change)


@settings(max_examples=150)
@given(
    written=DRAWN,
    kinds=st.tuples(st.sampled_from(OPERATORS), st.sampled_from(OPERATORS)),
    luck=st.randoms(use_true_random=False),
)
def test_commutation(written: dict[str, Any], kinds: tuple[str, str], luck: Random) -> None:
    """Changes whose footprints do not meet can be carried out in either order, with the same result."""
    model = drawn(written)
    one, other = possible(model, kinds[0], luck), possible(model, kinds[1], luck)
    assume(one is not None and other is not None)
    assert one is not None
    assert other is not None
    assume(one.footprint(model).commutes_with(other.footprint(model)))
    forth, back = resolve(model, (one, other)), resolve(model, (other, one))
    assert forth.troubles == back.troubles == ()
    assert forth.process.digest() == back.process.digest()


@settings(max_examples=25)
@given(written=DRAWN, luck=st.randoms(use_true_random=False))
def test_a_scenario(written: dict[str, Any], luck: Random) -> None:
    """Many changes in a row: a scenario that resolves can be written, read and switched off change by change."""
    model = drawn(written)
    scenario = Scenario(scenario="as-is", process=model)
    for kind in luck.sample(OPERATORS, 5):
        change = possible(scenario.resolved(), kind, luck)
        further = scenario if change is None else scenario.change(change)
        scenario = scenario if further.resolution().troubles else further
    assert Scenario.model_validate(json.loads(json.dumps(scenario.written()))) == scenario
    assert set(faults(scenario.resolved())) <= set(faults(model))
    for change in scenario.changes:
        without = scenario.without(change.id)
        assert change.id not in [other.id for other in without.changes]
        assert all(other in scenario.changes for other in without.changes)
        assert without.resolution().troubles == ()


@pytest.mark.untraced
@pytest.mark.parametrize("seed", range(500, 520))
def test_it_runs(seed: int) -> None:
    """A process after four changes can be run to its end, and the laws of work and of the ledger hold in its log."""
    luck = Random(seed)  # noqa: S311 - nothing secret
    model = read(process(seed))
    if faults(model):
        pytest.skip("drawn with a fault")
    for kind in luck.sample(OPERATORS, 4):
        change = possible(model, kind, luck)
        model = model if change is None else change.apply(model)
    log = replicate(compile_plan(model, start=date(2025, 1, 6), length=20 * DAY, drain=60 * DAY), seed=1, replication=0)
    counts = measure(log).counts
    assert counts.started == counts.finished + counts.open == len(log.cases["need"])


@cache
def reached() -> dict[str, int]:
    """Say on how many in a hundred drawn processes a change of each kind can be carried out."""
    counts = dict.fromkeys(OPERATORS, 0)
    sound = [model for model in (read(process(seed)) for seed in range(60)) if not faults(model)]
    luck = Random(1)  # noqa: S311 - nothing secret
    for kind in OPERATORS:
        counts[kind] = 100 * sum(possible(model, kind, luck) is not None for model in sound) // len(sound)
    return counts


@pytest.mark.untraced
@pytest.mark.xdist_group("reached")
@pytest.mark.parametrize("kind", OPERATORS)
def test_the_drawn_processes_reach_it(kind: str) -> None:
    """The laws above are not about nothing: the preconditions hold in enough of the processes drawn."""
    assert reached()[kind] >= 30, f"{reached()[kind]} % of the processes"
