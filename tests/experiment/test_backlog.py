"""Cases that are there at the start of an experiment: the same in every scenario, whatever becomes of their node."""

import pytest

from bpsim.comparison.compare import compare
from bpsim.errors import RunError
from bpsim.experiment.design import design
from bpsim.experiment.run import run
from bpsim.redesign.operators import read_change
from bpsim.redesign.scenario import Experiment, Scenario
from tests.experiment.small import scenario

MERGED = read_change({"merge": {"tasks": ["register", "decide"], "into": "handle", "performer": "desk.clerk"}})
ALSO = read_change({"staff": {"role": "desk.clerk", "also": ["permits.decider"], "set": 4}})


def test_they_belong_to_no_cohort() -> None:
    """Forty more cases wait at the start: the number of those that are measured stays, and they wait longer."""
    alone, busy = (
        next(iter(run(scenario(warmup="0d", backlog=backlog), workers=1).values())) for backlog in ({}, {"decide": 40})
    )
    assert [m.counts.started for m in alone.measured] == [m.counts.started for m in busy.measured]
    slower = [m.value("lead_time.mean") for m in busy.measured]
    assert all(m.value("lead_time.mean") < mean for m, mean in zip(alone.measured, slower, strict=True))


def test_another_backlog_is_another_study() -> None:
    """The journal of a run without it does not fit."""
    plain, busy, older = (
        design([scenario(backlog=backlog)]).identity
        for backlog in ({}, {"decide": 40}, {"decide": {"cases": 40, "age": "3d"}})
    )
    assert len({plain, busy, older}) == 3


def test_the_node_may_have_become_another() -> None:
    """Before a merged task wait those of both parts, with the luck of their own names; an unknown one is an error."""
    made = scenario(backlog={"decide": 2, "register": {"cases": 3, "age": "exponential(mean=9d)"}})
    changed = made.change(ALSO, MERGED)
    assert [(node, lineage, cases) for node, lineage, cases, _ in changed.backlog(changed.resolved())] == [
        ("handle", "decide", 2),
        ("handle", "register", 3),
    ]
    assert Scenario.model_validate(changed.written()) == changed
    settings = Experiment.model_validate({"backlog": {"start": 2}})
    with pytest.raises(RunError, match=r"BP481.*nobody waits at the start start"):
        design([made.model_copy(update={"experiment": settings})])


def test_a_comparison_with_a_backlog() -> None:
    """The as-is and the redesign begin with the same forty cases."""
    made = scenario(backlog={"decide": 40})
    result = compare(made, made.change(ALSO, MERGED, name="to-be"), replications=2, seed=1)
    assert "to-be" in str(result)
