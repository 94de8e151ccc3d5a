"""What other programs rely on: the JSON of each command, key by key, and the exit codes."""

import json
import re
from pathlib import Path

import pytest

from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.reading.load import load_scenario
from tests.cli.conftest import PROCESS, Run

WRONG = PROCESS.replace("duration: 20min", "duration: 20 minuts")


def keys(data: object) -> set[str]:
    """Name every key of plain data, at any depth."""
    inside = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    own = set(data) if isinstance(data, dict) else set()
    return own.union(*map(keys, inside))


def documented(command: str) -> set[str]:
    """Name every key that docs/reference-interfaces.md shows for a command."""
    page = (Path(__file__).parents[2] / "docs/reference-interfaces.md").read_text()
    section = page.split(f"## `{command}")[1].split("\n## ")[0]
    return set(re.findall(r'"([a-z_]+)":', section))


def test_check_gives_a_list_of_problems(bpsim: Run, folder: Path) -> None:
    """Each with its place; the same as in text."""
    (folder / "process.yaml").write_text(WRONG)
    ended = bpsim("check", "process.yaml", "--format", "json")
    line = WRONG.splitlines().index(next(line for line in WRONG.splitlines() if "minuts" in line)) + 1
    assert json.loads(ended.out) == [
        {
            "code": "BP204",
            "severity": "error",
            "file": "process.yaml",
            "line": line,
            "column": WRONG.splitlines()[line - 1].index("minuts") + 1,
            "path": "flow.decide.duration",
            "what": 'unknown unit "minuts"',
            "hint": 'Did you mean "minutes"?',
        }
    ]
    assert ended.code == 2
    assert ended.err == ""
    text = bpsim("check", "process.yaml")
    place = f"process.yaml:{line}:{WRONG.splitlines()[line - 1].index('minuts') + 1}"
    told = f'{place}: BP204 error: flow.decide.duration: unknown unit "minuts". Did you mean "minutes"?\n'
    assert (text.code, text.out, text.err) == (2, told, "")


def test_check_is_silent_when_all_is_well(bpsim: Run) -> None:
    """Nothing in text, an empty list in JSON."""
    assert bpsim("check", "process.yaml", "as-is.yaml", "to-be.yaml") == (0, "", "")
    assert bpsim("check", "process.yaml", "--format", "json") == (0, "[]\n", "")


def test_run_gives_cases_measures_and_where_they_come_from(bpsim: Run) -> None:
    """The interface of `bpsim run --format json`; the log's hash is that of the replications."""
    ended = bpsim(*("run", "as-is.yaml", "--replications", "2", "--seed", "7", "--workers", "1", "--format", "json"))
    assert (ended.code, ended.err) == (0, "")
    data = json.loads(ended.out)
    assert documented("bpsim run SCENARIO") <= keys(data)
    assert set(data) >= {"scenario", "seed", "replications", "cases", "measures", "log_hash", "provenance"}
    assert (data["scenario"], data["seed"], data["replications"]) == ("as-is", 7, 2)
    scenario = load_scenario("as-is.yaml")
    experiment = scenario.experiment
    plan = compile_plan(scenario.resolved(), start=experiment.start, length=experiment.length, drain=experiment.length)
    logs = [replicate(plan, seed=7, replication=i) for i in range(2)]
    started = sum(int((log.cases["need"] < experiment.length).sum()) for log in logs)
    assert data["cases"] == {"started": started, "finished": started, "abandoned": 0, "open": 0}
    lead = data["measures"]["lead_time.mean"]
    means = [
        float((log.cases["ended"] - log.cases["need"])[log.cases["need"] < experiment.length].mean()) for log in logs
    ]
    assert lead["mean"] == pytest.approx(sum(means) / 2)
    assert lead["low"] < lead["mean"] < lead["high"]
    assert lead["unit"] == "ms"
    assert len(data["log_hash"]) == 64


def test_compare_gives_differences_verdicts_and_where_they_arose(bpsim: Run) -> None:
    """The interface of `bpsim compare --format json`."""
    ended = bpsim("compare", "to-be.yaml", "as-is.yaml", "--workers", "1", "--format", "json")
    data = json.loads(ended.out)
    assert data["baseline"] == "as-is"
    (name, scenario), *others = data["scenarios"].items()
    assert (name, others) == ("to-be", [])
    lead = scenario["measures"]["lead_time.mean"]
    assert set(lead) >= {"baseline", "value", "difference", "low", "high", "verdict"}
    assert lead["difference"] == pytest.approx(lead["value"] - lead["baseline"])
    assert lead["low"] < lead["difference"] < lead["high"] < 0
    assert lead["verdict"] == "less"
    cells = scenario["decomposition"]
    assert all(set(cell) >= {"department", "cause", "difference"} for cell in cells)
    assert min(cells, key=lambda cell: cell["difference"])["cause"] == "batching"
    assert scenario["sentence"].startswith("to-be cuts mean lead time by")


def test_the_other_tables_as_json(bpsim: Run) -> None:
    """`show`, `show --resolved`, `explain` and `schema`."""
    shown = json.loads(bpsim("show", "to-be.yaml", "--format", "json").out)
    assert {role["role"] for role in shown["roles"]} == {"desk.clerk", "permits.officer"}
    assert documented("bpsim show FILE") <= keys(shown)
    resolved = json.loads(bpsim("show", "to-be.yaml", "--resolved", "--format", "json").out)
    assert resolved["flow"]["decide"]["batch"] is None
    story = json.loads(bpsim("explain", "as-is.yaml", "--case", "0", "--format", "json").out)
    assert [step["task"] for step in story["steps"]] == ["register", "decide"]
    assert documented("bpsim explain SCENARIO") <= keys(story)
    critical = [span["seconds"] for step in story["steps"] for span in step["spans"]]
    assert sum(critical) == story["seconds"]
    for kind in ("process", "scenario"):
        assert json.loads(bpsim("schema", kind).out)["$schema"].startswith("http://json-schema.org/draft-07")


def test_the_changes_of_a_scenario_before_any_run(bpsim: Run) -> None:
    """`show --diff`: the batch is gone, and the work is as it was."""
    told = bpsim("show", "to-be.yaml", "--diff")
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("base -> to-be\nflow.decide.batch: ")
    data = json.loads(bpsim("show", "to-be.yaml", "--diff", "--format", "json").out)
    assert documented("bpsim show SCENARIO --diff") - {"check_and_decide"} <= keys(data)
    assert data["tasks"]["changed"] == ["decide"]
    assert bpsim("show", "as-is.yaml", "--diff").out == "base -> as-is\nno difference\n"
    assert bpsim("show", "as-is.yaml", "--diff", "--resolved").code == 2
