"""Every YAML block of the documents is read: a process, or changes that can be carried out on the one before them."""

import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from bpsim.reading.load import load_process_text
from bpsim.redesign.operators import OPERATORS
from bpsim.redesign.scenario import Scenario

PAGES = [Path("README.md"), *sorted(set(Path("docs").glob("*.md")) - {Path("docs/reference-language.md")})]
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LEADS = re.compile(r"^# (\w+) -> ([\w, ]+)$", re.MULTILINE)


def blocks(page: Path) -> list[tuple[str, str]]:
    """Give each block of changes of a page with the process that stands before it, or that of the starter."""
    process, found = Path("processes/starter.yaml").read_text(), []
    for block in BLOCK.findall(page.read_text()):
        if block.startswith("process:"):
            process = block
            found.append((process, "changes: []"))
        else:
            found.append((process, block))
    return found


CASES = [
    pytest.param(process, changes, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, (process, changes) in enumerate(blocks(page))
]


load = cache(load_process_text)


@pytest.mark.parametrize(("process", "changes"), CASES)
def test_a_block(process: str, changes: str) -> None:
    """It resolves; nodes lead where its comments say; and it can be written and read again."""
    written = yaml.safe_load(changes)
    scenario = Scenario(scenario="example", process=load(process), changes=written["changes"])
    flow = scenario.resolved().flow
    for name, targets in LEADS.findall(changes):
        assert [branch.to for branch in flow[name].next] == targets.split(", "), name
    assert Scenario.model_validate(scenario.written()) == scenario


def test_every_operator_has_its_paragraph() -> None:
    """The reference names every operator, and every other name of it."""
    page = Path("docs/reference-operators.md").read_text()
    headings = re.findall(r"^## (\w+)$", page, re.MULTILINE)
    assert set(headings) == {kind.operator for kind in OPERATORS.values()}
    for name in OPERATORS:
        assert f"`{name}" in page or name in headings, name
    for name, kind in OPERATORS.items():
        section = page.split(f"\n## {kind.operator}\n")[1].split("\n## ")[0]
        for field, info in kind.model_fields.items():
            if field not in {"id", "evidence", "cost", kind.spread}:
                assert f"`{info.alias or field}" in section, (name, field)
