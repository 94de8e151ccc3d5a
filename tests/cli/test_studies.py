"""What a comparison rests on, from the command line: changes, assumptions, and runs made again."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from bpsim.experiment.results import Results
from tests.cli.conftest import Run
from tests.cli.test_interfaces import documented, keys

TWO = """\
scenario: two
base: as-is.yaml
changes:
  - batch: {task: decide, rule: none}
  - staff: {role: desk.clerk, set: 2}
"""


def test_factors_are_the_interface_and_resume(bpsim: Run, folder: Path) -> None:
    """The JSON of `--factors`, the same in the folder; a second call runs nothing again and prints the same."""
    (folder / "two.yaml").write_text(TWO)
    command = ("compare", "as-is.yaml", "two.yaml", "to-be.yaml", "--factors", "--workers", "1", "-o", "out")
    ended = bpsim(*command, "--format", "json")
    data = json.loads(ended.out)
    assert ended.code == 0
    assert documented("bpsim compare SCENARIO... --factors") <= keys(data)
    assert set(data["factors"]) == {"two", "to-be"}
    assert data == json.loads((folder / "out/comparison.json").read_text())
    lead = data["factors"]["two"]["measures"]["lead_time.mean"]
    shares = [each["effect"] for each in lead["effects"] if each["kind"] == "share"]
    assert sum(shares) == pytest.approx(lead["total"]["effect"])
    compared = data["scenarios"]["two"]["measures"]["lead_time.mean"]
    assert (lead["total"]["effect"], lead["unit"]) == (pytest.approx(compared["difference"]), compared["unit"])
    before = {path: path.stat().st_mtime_ns for path in (folder / "out").rglob("*.run.json")}
    assert len([path for path in before if path.parent.name == "two"]) == 2 * 3
    text = bpsim(*command).out
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert re.search(
        r"^What each change does: two against as-is; 2 changes, 4 combinations, 3 replications$", text, re.MULTILINE
    )
    assert "What each change does: to-be against as-is; 1 change, 2 combinations" in text


def test_what_does_not_build_on_the_baseline_is_refused_before_anything_runs(bpsim: Run, folder: Path) -> None:
    """No folder is made, and nothing is run."""
    (folder / "two.yaml").write_text(TWO)
    ended = bpsim("compare", "two.yaml", "to-be.yaml", "--factors", "-o", "out")
    assert ended.code == 2
    assert ended.err.startswith("bpsim: BP806 error: to-be does not build on two")
    assert not (folder / "out").exists()


def test_sensitivity_is_the_interface(bpsim: Run, folder: Path) -> None:
    """The JSON of `--sensitivity`, the same in the folder."""
    ranged = "    evidence: {grade: assumption, range: [1, 3]}\n"
    (folder / "to-be.yaml").write_text(TWO.replace("scenario: two", "scenario: to-be") + ranged)
    command = ("compare", "as-is.yaml", "to-be.yaml", "--sensitivity", "--samples", "2", "--replications", "2")
    ended = bpsim(*command, "--workers", "1", "-o", "out", "--format", "json")
    data = json.loads(ended.out)
    assert ended.code == 0
    assert documented("bpsim compare SCENARIO... --sensitivity") <= keys(data) | {"why"}
    assert data == json.loads((folder / "out/comparison.json").read_text())
    found = data["sensitivity"]["to-be"]
    assert [each["name"] for each in found["assumptions"]] == ["R2 set"]
    assert found["measures"]["lead_time.mean"]["sets"] == 2
    text = bpsim(*command, "--workers", "1", "-o", "out").out
    assert "\n\nDoes it hold? to-be against as-is; 1 number with a range, 2 sets drawn from the ranges\n" in text
    none = bpsim("compare", "as-is.yaml", "as-is.yaml", "--sensitivity", "--workers", "1")
    assert none.code == 2


def test_a_folder_of_results_is_verified(bpsim: Run, folder: Path) -> None:
    """Reproduced; then a figure of the answer, and then a number of the results, is changed by hand."""
    bpsim("compare", "as-is.yaml", "to-be.yaml", "--workers", "1", "--replications", "2", "-o", "out")
    ended = bpsim("verify", "out", "--workers", "1")
    assert (ended.code, ended.out) == (0, "reproduced: 4 runs, every event and every measure the same\n")
    data = json.loads(bpsim("verify", "out", "--workers", "1", "--format", "json").out)
    assert data == {"reproduced": True, "runs": 4, "differs": []}
    assert documented("bpsim verify DIR") == set(data)
    answer = folder / "out/comparison.json"
    answer.write_text(answer.read_text().replace('"seed": 1,', '"seed": 2,'))
    ended = bpsim("verify", "out", "--workers", "1")
    assert (ended.code, ended.err) == (1, "bpsim: out/comparison.json is not what these results say: seed\n")
    results = Results.load(folder / "out")
    first = replace(results["as-is"], logs=("0" * 64, results["as-is"].logs[1]))
    Results({**results.scenarios, "as-is": first}, results.settings, results.provenance).save(folder / "out")
    answer.unlink()
    ended = bpsim("verify", "out", "--workers", "1")
    assert (ended.code, ended.err) == (1, "")
    assert ended.out == "not reproduced: 1 of 4 runs differ\nas-is, replication 0: other events\n"
