"""`import bpsim`: the public names, what they do, and how their objects show themselves."""

import doctest
from pathlib import Path

import pytest

import bpsim
from tests.cli.conftest import PROCESS


def test_every_public_name_exists() -> None:
    """And `dir` lists exactly those."""
    assert dir(bpsim) == sorted(bpsim.__all__)
    assert all(getattr(bpsim, name) is not None for name in bpsim.__all__)
    with pytest.raises(AttributeError, match="module 'bpsim' has no attribute 'simulat'"):
        bpsim.simulat  # noqa: B018


@pytest.mark.usefixtures("folder")
def test_from_a_file_to_a_verdict() -> None:
    """The lines of the module's docstring, on a small process."""
    process = bpsim.load("process.yaml")
    assert isinstance(process, bpsim.Process)
    assert "<svg" in process._repr_html_()  # type: ignore[operator]
    as_is = bpsim.scenario("as-is.yaml")
    to_be = as_is.change(bpsim.Batch(task="decide", rule="none"))
    assert to_be.scenario == "to-be"
    comparison = bpsim.compare(as_is, to_be, replications=3, seed=1, workers=1)
    assert isinstance(comparison, bpsim.Comparison)
    assert comparison.line("to-be", "lead_time.mean").verdict == "less"
    assert "<table>" in comparison._repr_html_()
    assert isinstance(bpsim.load("to-be.yaml"), bpsim.Scenario)


@pytest.mark.usefixtures("folder")
def test_a_process_may_be_simulated_as_it_is() -> None:
    """As a scenario `as-is` that changes nothing: the same log as from the file."""
    process = bpsim.load("process.yaml")
    settings = bpsim.scenario("as-is.yaml").experiment
    alone = bpsim.simulate(
        bpsim.scenario(process).model_copy(update={"experiment": settings}), replications=2, workers=1
    )
    scenario = bpsim.simulate(bpsim.scenario("as-is.yaml"), replications=2, workers=1)
    assert isinstance(alone, bpsim.Results)
    assert list(alone) == ["as-is"]
    assert alone.log_hash == scenario.log_hash
    assert bpsim.scenario(process) == bpsim.scenario("process.yaml")


def test_problems_come_back_as_a_list(folder: Path) -> None:
    """`check` gives them, `load` raises them all."""
    assert bpsim.check("process.yaml") == []
    (folder / "process.yaml").write_text(
        PROCESS.replace("20min", "20 minuts").replace("staff: 1, cost: 20", "staf: 1, cost: 20")
    )
    problems = bpsim.check("process.yaml")
    assert {problem.code for problem in problems} >= {"BP204", "BP101"}
    with pytest.raises(bpsim.ModelError) as caught:
        bpsim.load("process.yaml")
    assert caught.value.problems == tuple(problems)
    assert isinstance(caught.value, bpsim.BpsimError)


def test_examples_stand_in_every_docstring() -> None:
    """A function of the face shows how it is called."""
    for function in (bpsim.load, bpsim.scenario, bpsim.check, bpsim.simulate):
        assert doctest.DocTestParser().get_examples(function.__doc__ or "")
