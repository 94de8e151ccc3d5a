"""Saved results are reproduced, or it is said in which run and in what they differ."""

from dataclasses import replace
from pathlib import Path

import pytest

from bpsim.errors import RunError
from bpsim.experiment.results import Results
from bpsim.experiment.run import Progress, run
from bpsim.experiment.verify import stated, verify
from tests.experiment.small import pair


@pytest.fixture(scope="module")
def results() -> Results:
    """Give the results of two scenarios with two runs each."""
    return run(pair(length="14d", drain="14d", warmup="1d", replications=2), workers=1)


def with_(results: Results, **fields: object) -> Results:
    """Give results in which the as-is is otherwise."""
    other = replace(results["as-is"], **fields)  # type: ignore[arg-type]
    return Results({**results.scenarios, "as-is": other}, results.settings, results.provenance)


def test_what_was_saved_is_reproduced(results: Results, tmp_path: Path) -> None:
    """From the folder, with progress."""
    results.save(tmp_path)
    seen: list[Progress] = []
    found = verify(tmp_path, workers=1, progress=seen.append)
    assert found.reproduced
    assert repr(found) == "reproduced: 4 runs, every event and every measure the same"
    assert [(each.done, each.total) for each in seen] == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_other_events_are_named_by_their_run(results: Results) -> None:
    """A digest that no log has."""
    found = verify(with_(results, logs=(results["as-is"].logs[0], "0" * 64)), workers=1)
    assert not found.reproduced
    assert str(found) == "not reproduced: 1 of 4 runs differ\nas-is, replication 1: other events"


def test_other_measures_are_named(results: Results) -> None:
    """A mean made a millisecond larger, a measure that no run gives, other cells."""
    first, second = results["as-is"].measured
    rows = [
        replace(each, numerator=each.numerator + 1) if (each.name, each.group) == ("lead_time.mean", "") else each
        for each in first.measures
    ]
    found = verify(with_(results, measured=(replace(first, measures=tuple(rows)), second)), workers=1)
    assert found.differs == ("as-is, replication 0: the same events, but other lead_time.mean",)
    bare = replace(first, measures=first.measures[:-3], cells={})
    found = verify(with_(results, measured=(bare, second)), workers=1)
    names = [each.name for each in first.measures[-3:]]
    assert found.differs[0].startswith(f"as-is, replication 0: the same events, but other {names[0]}")
    assert found.differs[0].endswith(" and more")


def test_where_results_were_made_is_told_when_they_differ(results: Results) -> None:
    """Another Python may be the reason; if all is the same, it does not matter."""
    other = Results(results.scenarios, results.settings, results.provenance | {"python": "3.99.0"})
    assert str(verify(other, workers=1)).startswith("reproduced: 4 runs")
    found = verify(with_(other, logs=("0" * 64, results["as-is"].logs[1])), workers=1)
    assert "The results were made elsewhere: python 3.99.0 (here " in str(found)


def test_results_of_another_version_are_refused(results: Results) -> None:
    """It may draw or measure otherwise."""
    old = Results(results.scenarios, results.settings, results.provenance | {"bpsim": "0.0.1"})
    with pytest.raises(RunError, match=r"BP810 error: the results are of bpsim 0\.0\.1, and this is bpsim"):
        verify(old, workers=1)


def test_a_damaged_answer_is_told(tmp_path: Path) -> None:
    """Torn JSON; no file is no answer."""
    assert stated(tmp_path, "comparison.json") is None
    (tmp_path / "comparison.json").write_text('{"baseline": ')
    with pytest.raises(RunError, match=r"BP724 error: .*comparison\.json is damaged"):
        stated(tmp_path, "comparison.json")
