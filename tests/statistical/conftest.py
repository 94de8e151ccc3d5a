"""Prints, at the end, what was simulated beside what is known."""

from collections.abc import Iterator
from typing import Any

import pytest

Row = tuple[str, str, float, float, float]
TABLE: pytest.StashKey[list[Row]] = pytest.StashKey()


@pytest.fixture
def table(request: pytest.FixtureRequest) -> Iterator[list[Row]]:
    """Give the table of this session: model, figure, exact value, mean, standard error."""
    return request.config.stash.setdefault(TABLE, [])


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:  # noqa: ANN401 - pytest's own type is private
    """Print the table."""
    rows = config.stash.get(TABLE, [])
    if rows:
        terminalreporter.section("known answers (times in minutes)")
        terminalreporter.write_line(
            f"{'model':26} {'figure':32} {'exact':>10} {'mean':>10} {'s.e. %':>7} {'off by':>7}"
        )
    for model, figure, exact, mean, error in rows:
        away = (mean - exact) / error
        terminalreporter.write_line(
            f"{model:26} {figure:32} {exact:10.4f} {mean:10.4f} {100 * error / exact:7.2f} {away:+5.1f}se"
        )
