"""Work that is taken away, gateways that take some of their flows, and what happens first."""

import pytest

from bpsim.errors import RunError
from tests.engine.drawn import flow, run

TASK = {"performer": "desk.clerk", "duration": "1h", "next": "met"}


def test_an_inclusive_gateway_takes_at_least_one_flow() -> None:
    """A case for which none of the conditions holds stops the run, and is named."""
    checks = {"type": "inclusive", "next": {"one": "big", "other": "not big and big"}}
    nodes = {"checks": checks, "one": TASK, "other": TASK, "met": {"type": "inclusive", "next": "gone"}}
    written = flow(nodes, arrivals="1h", attributes={"big": "bernoulli(0%)"})
    with pytest.raises(RunError) as caught:
        run(written)
    assert (caught.value.code, caught.value.what) == ("BP714", "case 0: none of the flows from checks is taken")
