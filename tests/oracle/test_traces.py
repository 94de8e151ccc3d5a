"""The hand-worked traces, held against the engine, the second interpreter and both ledgers."""

from pathlib import Path

import numpy as np
import pytest

from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.eventlog import EventLog
from bpsim.measures import waiting
from bpsim.measures.measured import measure
from bpsim.redesign.backlog import queues
from tests.oracle.ledger import Ledger, of_log
from tests.oracle.reference import Reference, interpret
from tests.oracle.traces import PATHS, Trace, read

CAUSED = [path for path in PATHS if "causes:" in path.read_text()]


def run(trace: Trace) -> EventLog:
    """Run a trace's process by the engine."""
    waiting = queues(trace.process, {name: (each.cases, each.age) for name, each in trace.backlog.items()})
    plan = compile_plan(trace.process, start=trace.start, length=trace.length, drain=trace.drain, backlog=waiting)
    return replicate(plan, seed=1, replication=0)


def second(trace: Trace) -> Reference:
    """Run a trace's process by the second interpreter."""
    return interpret(trace.process, start=trace.start, length=trace.length, drain=trace.drain, seed=1, replication=0,
                     backlog=trace.backlog)  # fmt: skip


def assert_traced(trace: Trace, history: Reference) -> None:
    """Compare what happened with what was worked out by hand."""
    for number, (row, wanted) in enumerate(zip(history.rows, trace.rows, strict=False)):
        assert row == wanted, f"{trace.name}: row {number}"
    assert len(history.rows) == len(trace.rows)
    cases = [(*case[:5], case[6], case[-1]) for case in history.cases]
    assert cases == trace.cases
    alone = {number: (0, -1, 0, number) for number in range(len(cases))}
    assert {number: case[7:11] for number, case in enumerate(history.cases)} == {**alone, **trace.families}
    assert history.joins == trace.joins
    assert history.batches == trace.batches
    assert history.duties == trace.duties
    assert history.stints == trace.stints
    assert history.reserved == trace.reserved
    assert history.contacts == trace.contacts
    assert history.errors == trace.errors
    assert history.stopped == trace.stopped


def test_there_are_enough_traces() -> None:
    """At least 15 traces were worked out by hand, and the causes of waiting in some of them."""
    assert len(PATHS) >= 15
    assert len(CAUSED) >= 5


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_engine_gives_the_trace(path: Path) -> None:
    """Every row, case, join, batch and duty of a hand-worked trace comes out, to the millisecond."""
    trace = read(path)
    assert_traced(trace, of_log(run(trace)))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_second_interpreter_gives_the_trace(path: Path) -> None:
    """The same holds for the second interpreter."""
    trace = read(path)
    assert_traced(trace, second(trace))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_laws_hold_in_the_trace(path: Path) -> None:
    """A trace can be measured: its parts make the whole."""
    trace = read(path)
    waiting = sum(each.cases for each in trace.backlog.values())
    mine = [i for i in range(waiting, len(trace.cases)) if trace.families.get(i, (0,))[0] == 0]
    assert measure(run(trace)).counts.started == sum(0 <= trace.cases[i][0] < trace.length for i in mine)


@pytest.mark.parametrize("path", CAUSED, ids=lambda path: path.stem)
def test_the_ledger_names_the_causes_of_the_trace(path: Path) -> None:
    """The causes found by hand for instants of a trace are those of the measures' ledger."""
    trace = read(path)
    rows, times, *_ = (np.array(column) for column in zip(*trace.causes, strict=True))
    found = waiting.Ledger(run(trace)).causes(rows, times)
    assert found == [(cause, department) for _, _, cause, department in trace.causes]


@pytest.mark.parametrize("path", CAUSED, ids=lambda path: path.stem)
def test_the_ledger_by_brute_force_names_the_causes_of_the_trace(path: Path) -> None:
    """They are those of the ledger by brute force, too."""
    trace = read(path)
    ledger = Ledger(trace.process, trace.start, second(trace))
    found = [(row, time, *ledger.cause(row, time)) for row, time, _, _ in trace.causes]
    assert found == trace.causes
