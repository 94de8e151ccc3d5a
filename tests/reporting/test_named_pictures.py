"""Pictures by their names: from files and results, in every form, the same bytes twice; mistakes in words."""

import dataclasses
from pathlib import Path

import pytest
from typer.testing import CliRunner

import bpsim
from bpsim.cli import app
from bpsim.errors import RunError
from bpsim.experiment.again import log_of
from bpsim.experiment.results import Results
from bpsim.reporting.pictures import names, picture

ROOT = Path(__file__).parents[2]
HEADS = {"svg": b"<svg", "png": b"\x89PNG", "pdf": b"%PDF", "mmd": b"---\n"}
STARTER = str(ROOT / "processes/starter.yaml")


@pytest.mark.parametrize("form", HEADS)
def test_every_form(study: Results, form: str) -> None:
    """What a file begins with; the same bytes twice."""
    content = picture(study, "map", form=form)
    assert content.startswith(HEADS[form])
    assert content == picture(study, "map", form=form)


def test_a_saved_study_gives_the_same_pictures(study: Results, tmp_path: Path) -> None:
    """The process travels with the results, in the order of its file."""
    study.save(tmp_path)
    again = Results.load(tmp_path)
    assert list(again["as-is"].process.flow) == list(study["as-is"].process.flow)  # type: ignore[union-attr]
    for name in ("map", "difference"):
        assert picture(again, name) == picture(study, name)
    assert again["sign-daily"].measured[0].lead_times == study["sign-daily"].measured[0].lead_times


def test_a_run_is_made_again(study: Results) -> None:
    """The very log that was measured, or a sentence."""
    assert log_of(study, "sign-daily", 2).digest() == study["sign-daily"].logs[2]
    bare = dataclasses.replace(study["as-is"], process=None)
    with pytest.raises(RunError, match="hold no process") as caught:
        log_of(Results({"as-is": bare}, study.settings), "as-is")
    assert caught.value.code == "BP830"
    with pytest.raises(RunError, match="no process to draw") as caught:
        picture(Results({"as-is": bare}, study.settings))
    assert caught.value.code == "BP830"
    other = dataclasses.replace(study["as-is"], logs=("0" * 64,) * 4)
    with pytest.raises(RunError, match="comes out otherwise") as caught:
        log_of(Results({"as-is": other}, study.settings), "as-is")
    assert caught.value.code == "BP831"


def test_lead_times_are_kept_as_a_curve(study: Results) -> None:
    """Its middle is the median that is measured."""
    for measured in study["as-is"].measured:
        assert len(measured.lead_times) <= 99
        assert measured.lead_times[49] == pytest.approx(measured.value("lead_time.p50"), abs=1)


def test_mistakes_are_told(study: Results) -> None:
    """A name, a form and a scenario that do not exist."""
    for wanted, code in (({"name": "mab"}, "BP832"), ({"form": "gif"}, "BP833"), ({"scenario": "as-it"}, "BP834")):
        with pytest.raises(RunError) as caught:
            picture(study, **wanted)  # type: ignore[arg-type]
        assert caught.value.code == code


def test_the_command_draws(study: Results, tmp_path: Path) -> None:
    """Files and results; what is there is kept; a mistake ends with 2."""
    study.save(tmp_path / "out")
    runner = CliRunner()
    assert runner.invoke(app, ["draw", STARTER]).stdout.startswith("<svg")
    target = str(tmp_path / "map.mmd")
    assert runner.invoke(app, ["draw", STARTER, "-o", target]).exit_code == 0
    assert runner.invoke(app, ["draw", STARTER, "-o", target]).exit_code == 4
    told = runner.invoke(app, ["draw", str(tmp_path / "out"), "--scenario", "sign-daily", "--colour", "utilisation"])
    assert "busiest are those" in told.stdout
    assert runner.invoke(app, ["draw", STARTER, "--whole"]).stdout == runner.invoke(app, ["draw", STARTER]).stdout
    wrong = runner.invoke(app, ["draw", STARTER, "--picture", "difference"])
    assert wrong.exit_code == 2
    assert "there is no picture difference of a process without changes" in wrong.stderr
    redesign = runner.invoke(app, ["draw", str(ROOT / "scenarios/starter/sign-daily.yaml"), "--picture", "difference"])
    assert "what sign-daily changes" in redesign.stdout


def test_objects_draw_themselves() -> None:
    """A process is its map, a scenario what it changes; drawing gives axes."""
    process = bpsim.load(STARTER)
    assert process._repr_svg_().startswith("<svg")  # type: ignore[union-attr]
    scenario = bpsim.scenario(str(ROOT / "scenarios/starter/sign-daily.yaml"))
    assert "what sign-daily changes" in scenario._repr_svg_()  # type: ignore[attr-defined]
    assert names(scenario) == ("map", "difference")
    from matplotlib import pyplot as plt

    for each in (process, scenario, bpsim.scenario(process)):  # type: ignore[arg-type]
        ax = each.draw()  # type: ignore[union-attr]
        assert ax.texts
        plt.close(ax.figure)
    assert bpsim.scenario(process)._repr_svg_() == process._repr_svg_()  # type: ignore[arg-type,attr-defined,union-attr]


def test_a_log_shows_its_numbers(study: Results) -> None:
    """A small table, with where it comes from."""
    log = log_of(study, "as-is", 0)
    page = log._repr_html_()
    assert f"<td>cases</td><td>{len(log.cases['need']):,}</td>" in page
    assert f"<td>work items</td><td>{len(log.items['case']):,}</td>" in page
    assert "<caption>starter, seed 1, replication 0, from 2025-01-06</caption>" in page
