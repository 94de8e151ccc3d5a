"""Where a difference arose: exact, adding up, and printed so that the column adds up."""

from fractions import Fraction

import pytest

from bpsim.comparison.explain import ARRIVAL, Cell, decompose
from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.experiment.run import run
from bpsim.measures.measured import Measured
from bpsim.measures.waiting import LawError
from tests.experiment.small import DAY, measured, pair
from tests.experiment.test_results import result

Cells = dict[str, dict[str, int]]


def of(finished: int, cells: Cells, tasks: Cells | None = None, whole: int | None = None) -> Measured:
    """Give a run with these cells; its lead times are their sum."""
    total = sum(sum(causes.values()) for causes in cells.values()) if whole is None else whole
    return measured(
        ("lead_time.mean", "ms", float(total), float(finished)), finished=finished, cells=cells, tasks=tasks
    )


def test_cells_are_differences_of_means_in_whole_numbers() -> None:
    """Two replications by hand: (100/10 - 90/9, 40/10 - 0), then (70/7 - 60/10, 0 - 30/10); the mean of each cell."""
    before = result(of(9, {"a": {"client": 90}}), of(10, {"a": {"client": 60}, "b": {"processing": 30}}))
    after = result(of(10, {"a": {"client": 100}, "b": {"processing": 40}}), of(7, {"a": {"client": 70}}))
    found = decompose(before, after)
    assert found is not None
    assert found.departments == (
        Cell("a", "client", Fraction(0 + 4, 2)),
        Cell("b", "processing", Fraction(4 - 3, 2)),
    )
    assert found.total == Fraction(14 - 10, 2) + Fraction(10 - 9, 2)


def test_what_lies_before_the_first_task_stands_in_the_division_by_task() -> None:
    """The way of the application: 50 ms of transfer more than the tasks account for."""
    before = result(of(1, {"a": {"transfer": 10}}, tasks={"register": {"transfer": 10}}))
    after = result(of(1, {"a": {"transfer": 65}}, tasks={"register": {"transfer": 15}}))
    found = decompose(before, after)
    assert found is not None
    assert found.tasks == (Cell(ARRIVAL, "transfer", Fraction(50)), Cell("register", "transfer", Fraction(5)))


def test_without_a_finished_case_there_is_nothing_to_divide() -> None:
    """One replication finished nothing."""
    empty = measured(finished=0, still_open=3)
    assert decompose(result(empty), result(of(1, {"a": {"client": 1}}))) is None


def test_cells_that_do_not_add_up_are_refused() -> None:
    """A millisecond is missing: no figure must be shown."""
    before = result(of(1, {"a": {"client": 5}}))
    with pytest.raises(LawError, match="do not add up"):
        decompose(before, result(of(1, {"a": {"client": 5}}, whole=6)))


def test_printed_cells_add_up_to_the_printed_total() -> None:
    """Three times a third of a day more than 4: 1.4 + 1.4 + 1.5 shows as 4.3, though each is 1.4333."""
    cells = {name: {"client": 86_400_000 * 43 // 30} for name in ("a", "b", "c")}
    found = decompose(result(of(1, {})), result(of(1, cells)))
    assert found is not None
    assert found.unit().sign == "d"
    shown = [float(text) for _, _, text in found.rounded(found.departments)]
    assert shown == [1.5, 1.4, 1.4]
    assert found.unit().show(float(found.total)) == "4.3 d"


def test_runs_of_the_engine_add_up() -> None:
    """A real pair of scenarios: the cells by department, by task, and the difference of the means by another road."""
    scenarios = pair()
    results = run(scenarios, workers=1)
    found = decompose(results["as-is"], results["two-deciders"])
    assert found is not None
    means = []
    for each in scenarios:
        plan = compile_plan(each.resolved(), start=each.experiment.start, length=each.experiment.length, drain=84 * DAY)
        total = Fraction()
        for i in range(4):
            cases = replicate(plan, seed=5, replication=i).cases
            counted = (cases["need"] >= 7 * DAY) & (cases["need"] < 84 * DAY) & (cases["ended"] >= 0)
            total += Fraction(int((cases["ended"] - cases["need"])[counted].sum()), int(counted.sum())) / 4
        means.append(total)
    assert found.total == means[1] - means[0]
    assert sum((cell.difference for cell in found.departments), Fraction()) == found.total
    assert sum((cell.difference for cell in found.tasks), Fraction()) == found.total
    assert found.departments[0].place == "permits"
