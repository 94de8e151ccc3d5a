"""Every process in the reference of the language is in order, runs for four weeks and keeps the laws."""

import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.measures.measured import measure
from bpsim.reading.load import check_text, load_process_text
from bpsim.reading.source import parse_source

pytestmark = pytest.mark.untraced

PAGE = Path(__file__).parents[2] / "docs" / "reference-language.md"
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
WEEK = 7 * 86_400_000


def completed(block: str) -> str:
    """Give a whole file: what a block does not show is that of the first; departments are put together."""
    if block.startswith("process:"):
        return block
    first, shown = (parse_source(text, "<example>").data for text in (BLOCKS[0], block))
    departments = first["departments"] | shown.get("departments", {})
    return yaml.safe_dump(first | shown | {"departments": departments}, sort_keys=False, allow_unicode=True)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("\n", 1)[0])
def test_an_example_runs(block: str) -> None:
    """It says nothing but warnings of people without work, cases come, and the laws hold."""
    text = completed(block)
    problems = [problem for problem in check_text(text) if problem.code != "BP405"]
    assert list(map(str, problems)) == []
    plan = compile_plan(load_process_text(text), start=date(2025, 1, 6), length=4 * WEEK, drain=4 * WEEK)
    log = replicate(plan, seed=1, replication=0)
    measure(log)
    assert (log.cases["ended"] >= 0).any()
