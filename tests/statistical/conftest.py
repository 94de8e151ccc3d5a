"""Prints, at the end, what was simulated beside what is known, and keeps the table of docs/validation.md true.

BPSIM_KNOWN_ANSWERS=write python -m pytest -m statistical tests/statistical       (writes the table anew)
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

Row = tuple[str, str, float, float, float]
TABLE: pytest.StashKey[list[Row]] = pytest.StashKey()
DOCUMENT = Path(__file__).parents[2] / "docs" / "validation.md"
BEGIN, END = "<!-- known answers: begin -->", "<!-- known answers: end -->"
HEAD = "| model | figure | exact | simulated | standard error | off by |\n|---|---|---|---|---|---|"


def written(row: Row) -> str:
    """Write a row of the table."""
    model, figure, exact, mean, error = row
    away = (mean - exact) / error
    return f"| {model} | {figure} | {exact:.4f} | {mean:.4f} | {error / exact:.2%} | {away:+.1f} standard errors |"


def told(model: str, figure: str) -> tuple[float, float] | None:
    """Give the exact and the simulated value that the document tells of a figure."""
    found = re.search(
        rf"^\| {re.escape(model)} \| {re.escape(figure)} \| (\S+) \| (\S+) \|",
        DOCUMENT.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    return (float(found[1]), float(found[2])) if found else None


@pytest.fixture
def table(request: pytest.FixtureRequest) -> Iterator[list[Row]]:
    """Give the table of this session: model, figure, exact value, mean, standard error; the document must agree."""
    rows = request.config.stash.setdefault(TABLE, [])
    before = len(rows)
    yield rows
    for model, figure, exact, mean, error in rows[before:]:
        if not os.environ.get("BPSIM_KNOWN_ANSWERS"):
            value = told(model, figure)
            assert value is not None, f"docs/validation.md does not tell {model}, {figure}"
            assert value[0] == pytest.approx(exact, abs=1e-4)
            assert value[1] == pytest.approx(mean, abs=1e-4 + 0.1 * error)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:  # noqa: ANN401 - pytest's own type is private
    """Print the table; write it into the document when asked."""
    rows = config.stash.get(TABLE, [])
    if not rows:
        return
    lines = [HEAD, *(written(row) for row in sorted(rows))]
    terminalreporter.section("known answers (times in minutes)")
    for line in lines:
        terminalreporter.write_line(line)
    if os.environ.get("BPSIM_KNOWN_ANSWERS") == "write":
        text = DOCUMENT.read_text(encoding="utf-8")
        start, stop = text.index(BEGIN) + len(BEGIN), text.index(END)
        DOCUMENT.write_text(text[:start] + "\n\n" + "\n".join(lines) + "\n\n" + text[stop:], encoding="utf-8")
