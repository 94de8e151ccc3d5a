"""The laws of `test_laws` for the operators on the flow: insert, split, move, concurrency, route."""

import json
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
from bpsim.model import flow
from bpsim.model.process import Process
from bpsim.redesign.change import Change
from bpsim.redesign.operators import Concurrency, Insert, Move, Route, Split, read_change, written_change
from bpsim.redesign.resolving import faults, resolve
from bpsim.values.durations import DAY
from tests.oracle.generate import process
from tests.redesign import test_laws as laws

OPERATORS = ("insert", "control", "split", "move", "side_by_side", "in_line", "skip_some", "other_way")
CHECK = {"duration": "10min"}


def candidates(model: Process, kind: str) -> Iterator[Change]:
    """Give every change of a kind that could be tried on a process, few of them in vain."""
    tasks = list(model.tasks())
    roles = [name for name, role in model.roles().items() if role.kind == "people"]
    task = {"new": {"performer": roles[0]} | CHECK}
    flows = [(name, branch.to) for name, node in model.flow.items() for branch in node.next]
    if kind == "insert":
        yield from (Insert(task=task, before=name) for name in tasks)
        yield from (Insert(task=task, on=way) for way in flows)
    elif kind == "control":
        yield from (Insert(task=task, after=name, on_fail={"to": name, "p": 0.3}) for name in tasks)
    elif kind == "split":
        yield from (Split(task=name, into=("first", "second"), shares=(0.25, 0.75)) for name in tasks)
    elif kind == "move":
        yield from (Move(tasks=(name,), before=other) for name in tasks for other in tasks if other != name)
        yield from (Move(tasks=(name,), after=other) for name in tasks for other in tasks if other != name)
    elif kind == "side_by_side":
        yield from (Concurrency(tasks=(name, *pair)) for name in tasks for pair in _next(model, name))
    elif kind == "in_line":
        for split in (node for node in model.flow.values() if isinstance(node, flow.Parallel) and len(node.next) > 1):
            tasks = tuple(name for branch in split.next for name in _along(model, branch.to))
            yield from (Concurrency(tasks=tasks, mode="sequential"),) if len(tasks) > 1 else ()
    else:
        instead = "skip" if kind == "skip_some" else {"nodes": {"new": task["new"]}}
        how = "triage" if kind == "skip_some" else "exception"
        yield from (Route(kind=how, task=name, cases={"p": 0.4}, instead=instead) for name in tasks)


def _next(model: Process, name: str) -> list[tuple[str]]:
    return [(branch.to,) for branch in model.flow[name].next if isinstance(model.flow[branch.to], flow.Task)]


def _along(model: Process, name: str) -> Iterator[str]:
    """Follow a branch as long as there are tasks, each once."""
    seen: set[str] = set()
    while name not in seen and isinstance(node := model.flow[name], flow.Task):
        seen.add(name)
        yield name
        name = node.next[0].to


def possible(model: Process, kind: str, luck: Random) -> Change | None:
    """Choose a change of a kind whose preconditions hold and that breaks nothing."""
    if kind in laws.OPERATORS:
        return laws.possible(model, kind, luck)
    found = list(candidates(model, kind))
    luck.shuffle(found)
    fitting = (change for change in found if not change.check(model))
    return next((change for change in fitting if not resolve(model, (change,)).troubles), None)


@pytest.mark.parametrize("kind", OPERATORS)
@settings(max_examples=25)
@given(written=laws.DRAWN, luck=st.randoms(use_true_random=False))
def test_one_change(kind: str, written: dict[str, Any], luck: Random) -> None:
    """It leaves the old process alone, writes only its footprint, breaks nothing, and is read again."""
    model = laws.drawn(written)
    change = possible(model, kind, luck)
    assume(change is not None)
    assert change is not None
    before = model.as_written()
    after = change.apply(model)
    assert model.as_written() == before
    assert change.apply(model) == after
    assert laws.same_but(model, after, change.footprint(model).writes)
    assert set(faults(after)) <= set(faults(model))
    assert Process.model_validate(json.loads(json.dumps(after.as_written()))) == after
    assert read_change(written_change(change)) == change
    old = {model.lineage(name) for name, task in model.tasks().items() if task.legal}
    assert old <= {after.lineage(name) for name, task in after.tasks().items() if task.legal}
    assert str(change)


@settings(max_examples=25)
@given(written=laws.DRAWN, luck=st.randoms(use_true_random=False))
def test_there_and_back(written: dict[str, Any], luck: Random) -> None:
    """What is put in and taken out again leaves nothing; side by side and in line again is as before."""
    model = laws.drawn(written)
    inserted = possible(model, "insert", luck)
    if inserted is not None:
        back = {"remove": {"task": "new"}}
        assert resolve(model, (inserted, read_change(back))).process.digest() == model.digest()
    parallel = possible(model, "side_by_side", luck)
    assume(parallel is not None)
    assert isinstance(parallel, Concurrency)
    line = Concurrency(tasks=parallel.tasks, mode="sequential")
    assert resolve(model, (parallel, line)).process.digest() == model.digest()


@settings(max_examples=60)
@given(
    written=laws.DRAWN,
    kind=st.sampled_from(OPERATORS),
    luck=st.randoms(use_true_random=False),
)
def test_commutation(written: dict[str, Any], kind: str, luck: Random) -> None:
    """Changes whose footprints do not meet can be carried out in either order, with the same result."""
    model = laws.drawn(written)
    one = possible(model, kind, luck)
    assume(one is not None)
    assert one is not None
    mine = one.footprint(model)
    others = (possible(model, name, luck) for name in luck.sample((*OPERATORS, *laws.OPERATORS), 8))
    other = next((found for found in others if found and mine.commutes_with(found.footprint(model))), None)
    assume(other is not None)
    assert other is not None
    forth, back = resolve(model, (one, other)), resolve(model, (other, one))
    assert forth.troubles == back.troubles == ()
    assert forth.process.digest() == back.process.digest()


@pytest.mark.parametrize("seed", range(600, 612))
def test_it_runs(seed: int) -> None:
    """A process after four changes can be run to its end, and the laws of work and of the ledger hold in its log."""
    luck = Random(seed)  # noqa: S311 - nothing secret
    model = Process.model_validate(process(seed))
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
    sound = [model for model in (Process.model_validate(process(seed)) for seed in range(40)) if not faults(model)]
    luck = Random(1)  # noqa: S311 - nothing secret
    for kind in OPERATORS:
        counts[kind] = 100 * sum(possible(model, kind, luck) is not None for model in sound) // len(sound)
    return counts


@pytest.mark.parametrize("kind", OPERATORS)
def test_the_drawn_processes_reach_it(kind: str) -> None:
    """The laws above are not about nothing: the preconditions hold in enough of the processes drawn."""
    assert reached()[kind] >= 30, f"{reached()[kind]} % of the processes"
