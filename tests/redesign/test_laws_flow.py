"""Laws of the operators on the flow that `test_laws` does not hold for all: there and back again, and commutation."""

from random import Random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bpsim.redesign.operators import Concurrency, read_change
from bpsim.redesign.resolving import resolve
from tests.redesign import drawn_flow
from tests.redesign.test_laws import DRAWN, OPERATORS, drawn, possible


@settings(max_examples=20)
@given(written=DRAWN, luck=st.randoms(use_true_random=False))
def test_there_and_back(written: dict[str, Any], luck: Random) -> None:
    """What is put in and taken out again leaves nothing; side by side and in line again is as before."""
    model = drawn(written)
    inserted = possible(model, "insert", luck)
    if inserted is not None:
        back = {"remove": {"task": "new"}}
        assert resolve(model, (inserted, read_change(back))).process.digest() == model.digest()
    parallel = possible(model, "side_by_side", luck)
    assume(parallel is not None)
    assert isinstance(parallel, Concurrency)
    line = Concurrency(tasks=parallel.tasks, mode="sequential")
    assert resolve(model, (parallel, line)).process.digest() == model.digest()


@pytest.mark.parametrize("kind", drawn_flow.KINDS)
@settings(max_examples=6)
@given(written=DRAWN, luck=st.randoms(use_true_random=False))
def test_commutation(kind: str, written: dict[str, Any], luck: Random) -> None:
    """Changes whose footprints do not meet can be carried out in either order, with the same result."""
    model = drawn(written)
    one = possible(model, kind, luck)
    assume(one is not None)
    assert one is not None
    mine = one.footprint(model)
    others = (possible(model, name, luck) for name in luck.sample(OPERATORS, 8))
    other = next((found for found in others if found and mine.commutes_with(found.footprint(model))), None)
    assume(other is not None)
    assert other is not None
    forth, back = resolve(model, (one, other)), resolve(model, (other, one))
    assert forth.troubles == back.troubles == ()
    assert forth.process.digest() == back.process.digest()
