"""Large files are read in a time that grows with their size, not with its square: counted in calls, not in seconds."""

import cProfile
import pstats

import pytest

from bpsim.reading.load import check_text


def chain(tasks: int) -> str:
    """Write a process of so many tasks, one after the other, with a choice that goes round each."""
    lines = ["process: giant", "departments: {desk: {roles: {clerk: {staff: 9}}}}"]
    lines += ["cases: {arrivals: exponential(mean=90d)}", "flow:", "  begin: {type: start, next: g0}"]
    for i in range(tasks):
        lines += [
            f"  g{i}: {{type: exclusive, next: {{t{i}: 50%, g{i + 1}: else}}}}",
            f"  t{i}: {{performer: desk.clerk, duration: 1min, next: g{i + 1}}}",
        ]
    return "\n".join([*lines, f"  g{tasks}: {{type: exclusive, next: gone}}", "  gone: {type: end}"])


def calls(text: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Count the calls that a check makes, when 20 cases walk the flow."""
    monkeypatch.setattr("bpsim.engine.flowrun.PASSES", 1)
    profile = cProfile.Profile()
    assert profile.runcall(check_text, text) == []
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]


@pytest.mark.untraced
def test_a_file_four_times_as_large_costs_four_times_as_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """300 tasks against 1,200; a check that looked at every pair of tasks would make it sixteen times."""
    calls(chain(10), monkeypatch)  # what is done once in a lifetime
    assert calls(chain(1200), monkeypatch) < 4.6 * calls(chain(300), monkeypatch)
