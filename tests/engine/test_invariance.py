"""The same luck whatever else changes: compiled twice, pickled, or with a task more."""

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from bpsim.engine import arrivals, batches, cases, draws, staffing, streams
from bpsim.engine.replication import replicate
from bpsim.eventlog import EventLog
from tests.engine.drawn import Written, plan, run
from tests.oracle.generate import process

Address = tuple[str, str, int, int]


def permit(staff: int, *, extra: bool) -> Written:
    """Write a process with a loop, a parallel block and choices; with a task more or not."""
    teams = ("front", "registry", "experts", *(["added"] if extra else []))
    work = "exponential(mean=20min)"
    flow: Written = {
        "came": {"type": "start", "next": "check"},
        "check": {"performer": "town.front", "duration": work, "next": "again"},
        "again": {"type": "exclusive", "next": "both"},
        "both": {"type": "parallel", "next": ["technical", "letter"]},
        "technical": {
            "performer": "town.experts",
            "duration": {"by": "kind", "of": {"a": work, "b": "1h"}},
            "next": "met",
        },
        "letter": {"performer": "client", "duration": "exponential(mean=3h)", "next": "met"},
        "met": {"type": "parallel", "next": "judge"},
        "judge": {"type": "exclusive", "next": {"again": "30%", "decide": "else"}},
        "decide": {
            "performer": "town.registry",
            "duration": work,
            "assign": {"large": "bernoulli(50%)"},
            "next": "done",
        },
        "done": {"type": "end"},
    }
    if extra:
        flow["check"]["next"] = "added"
        flow["added"] = {"performer": "town.added", "duration": work, "next": "again"}
    return {
        "process": "permit",
        "departments": {"town": {"roles": {team: {"staff": staff} for team in teams}}},
        "cases": {
            "arrivals": {"every": "exponential(mean=30min)", "at_most": 300},
            "attributes": {"kind": {"a": "60%", "b": "40%"}, "large": "bernoulli(20%)"},
        },
        "flow": flow,
    }


@contextmanager
def spied(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[Address]]:
    """Collect the addresses of all draws: purpose, lineage, occurrence, position."""
    names: dict[int, tuple[str, str]] = {}
    seen: set[Address] = set()
    key, one, many = streams.Streams.key, streams.uniform, streams.uniforms

    def named(self: streams.Streams, purpose: str, lineage: str = "") -> int:
        number = key(self, purpose, lineage)
        names[number] = (purpose, lineage)
        return number

    def uniform(number: int, occurrence: int, position: int) -> float:
        seen.add((*names[number], occurrence, position))
        return one(number, occurrence, position)

    def uniforms(number: int, occurrence: int, first: int, count: int) -> Any:  # noqa: ANN401 - an array
        seen.update((*names[number], occurrence, first + place) for place in range(count))
        return many(number, occurrence, first, count)

    with monkeypatch.context() as patch:
        patch.setattr(streams.Streams, "key", named)
        for module in (arrivals, batches, cases, draws, staffing):
            for name, spy in (("uniform", uniform), ("uniforms", uniforms)):
                if hasattr(module, name):
                    patch.setattr(module, name, spy)
        yield seen


def durations(log: EventLog) -> dict[tuple[int, str, int], int]:
    """Give how long each work item took, by case, task and visit."""
    names = [node.name for node in log.settings.nodes]
    columns = (log.items[name].tolist() for name in ("case", "node", "visit", "started", "completed"))
    return {(case, names[node], visit): end - start for case, node, visit, start, end in zip(*columns, strict=True)}


@pytest.mark.parametrize("staff", [2, 400], ids=["scarce", "ample"])
def test_a_task_more_changes_no_other_draw(monkeypatch: pytest.MonkeyPatch, staff: int) -> None:
    """A task more on every path, with its own role, draws at its own address; no other draw comes or goes."""
    with spied(monkeypatch) as before:
        without = run(permit(staff, extra=False), days=20, drain=60)
    with spied(monkeypatch) as after:
        with_it = run(permit(staff, extra=True), days=20, drain=60)
    assert {address for address in after if address[1] == "added"}
    assert {address for address in after if address[1] != "added"} == before
    rest = {key: length for key, length in durations(with_it).items() if key[1] != "added"}
    assert rest == durations(without)
    assert max(visit for _, _, visit in rest) >= 3
    assert all((with_it.attributes[name] == without.attributes[name]).all() for name in without.attributes)


def test_with_ample_staff_everything_else_takes_as_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody waits for anybody, the lead time of a case grows by the new task and by nothing else."""
    del monkeypatch
    without, with_it = (run(permit(400, extra=extra), days=20, drain=60) for extra in (False, True))
    lead = [log.cases["ended"] - log.cases["need"] for log in (without, with_it)]
    added = durations(with_it)
    assert (lead[1] - lead[0]).tolist() == [added[case, "added", 0] for case in range(len(lead[0]))]


@pytest.mark.parametrize("seed", range(20))
def test_compiled_twice_is_bit_identical(seed: int) -> None:
    """A process without changes gives the same bytes, compiled again or sent to another worker."""
    first, second = plan(process(seed), days=5, drain=7), plan(process(seed), days=5, drain=7)
    once = replicate(first, seed=seed, replication=0)
    assert once.digest() == replicate(second, seed=seed, replication=0).digest()
    assert once.digest() == replicate(pickle.loads(pickle.dumps(first)), seed=seed, replication=0).digest()  # noqa: S301


def test_the_written_order_means_nothing() -> None:
    """Departments, roles, nodes and attributes may be written in any order."""

    def turned(value: Any) -> Any:  # noqa: ANN401 - any written value
        if isinstance(value, dict):
            return {key: turned(value[key]) for key in reversed(value)}
        return value

    written = permit(2, extra=True)
    assert run(turned(written), days=5).digest() == run(written, days=5).digest()


def test_seeds_and_replications_differ() -> None:
    """Another seed or another replication is another run."""
    compiled = plan(permit(2, extra=False), days=5)
    digests = {replicate(compiled, seed=seed, replication=number).digest() for seed in (1, 2) for number in (0, 1)}
    assert len(digests) == 4
    log = replicate(compiled, seed=2, replication=1)
    assert (log.settings.seed, log.settings.replication) == (2, 1)
    assert np.all(np.diff(log.cases["need"]) >= 0)
