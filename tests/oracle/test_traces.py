"""The hand-worked traces, held against the second interpreter and the ledger by brute force."""

from pathlib import Path

import pytest

from tests.oracle.ledger import Ledger
from tests.oracle.reference import Reference, interpret
from tests.oracle.traces import PATHS, Trace, read


def assert_traced(trace: Trace, history: Reference) -> None:
    """Compare what happened with what was worked out by hand."""
    for number, (row, wanted) in enumerate(zip(history.rows, trace.rows, strict=False)):
        assert row == wanted, f"{trace.name}: row {number}"
    assert len(history.rows) == len(trace.rows)
    cases = [(*case[:5], case[6], case[7]) for case in history.cases]
    assert cases == trace.cases
    assert history.joins == trace.joins
    assert history.batches == trace.batches
    assert history.duties == trace.duties
    assert history.stopped == trace.stopped


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_second_interpreter_gives_the_trace(path: Path) -> None:
    """Every row, case, join, batch and duty of a hand-worked trace comes out, to the millisecond."""
    trace = read(path)
    history = interpret(trace.process, start=trace.start, length=trace.length, drain=trace.drain, seed=1, replication=0)
    assert_traced(trace, history)


@pytest.mark.parametrize("path", [path for path in PATHS if "causes:" in path.read_text()], ids=lambda path: path.stem)
def test_the_ledger_names_the_causes_of_the_trace(path: Path) -> None:
    """The causes that were found by hand for instants of a trace are those of the ledger by brute force."""
    trace = read(path)
    history = interpret(trace.process, start=trace.start, length=trace.length, drain=trace.drain, seed=1, replication=0)
    ledger = Ledger(trace.process, trace.start, history)
    found = [(row, time, *ledger.cause(row, time)) for row, time, _, _ in trace.causes]
    assert found == trace.causes
