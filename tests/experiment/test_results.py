"""Results: values and intervals by hand, and files that are whole or not there at all."""

import hashlib
import json
import math
import os
from pathlib import Path
from statistics import mean, stdev

import pytest

from bpsim.errors import RunError
from bpsim.experiment.results import Goal, Results, ScenarioResult, Settings, as_plain, from_plain, label
from bpsim.measures.measured import Measured
from tests.experiment.small import DAY, measured

#: The two-sided 95 % points of Student's t with 2 and 3 degrees of freedom (any table).
T2, T3 = 4.302653, 3.182446
SETTINGS = Settings("2025-01-06", 84 * DAY, 84 * DAY, 5, 7 * DAY)


def result(*runs: Measured, name: str = "as-is", **fields: object) -> ScenarioResult:
    """Give a scenario's result of runs written by hand."""
    logs = tuple(hashlib.sha256(str(i).encode()).hexdigest() for i in range(len(runs)))
    return ScenarioResult(name, "By hand", "abc", runs, logs, **fields)  # type: ignore[arg-type]


def whole(*scenarios: ScenarioResult, note: str = "") -> Results:
    """Give results of several scenarios."""
    settings = Settings(*[getattr(SETTINGS, field) for field in ("start", "length", "drain", "seed", "warmup")], note)
    return Results({each.name: each for each in scenarios}, settings, {"bpsim": "test"})


def three() -> ScenarioResult:
    """Three runs with lead times of 2, 4 and 6 days on average, and a share of 1 of 10, 4 of 20 and 10 of 20."""
    runs = [
        measured(
            ("lead_time.mean", "ms", days * DAY * 10.0, 10.0),
            ("lead_time.p90", "ms", 2.0 * days * DAY, 1.0),
            ("on_time.legal", "share", above, below),
            ("lead_time.mean", "channel=post", "ms", 3.0 * DAY, 1.0),
            finished=10,
            still_open=days // 6,
        )
        for days, above, below in ((2, 1.0, 10.0), (4, 4.0, 20.0), (6, 10.0, 20.0))
    ]
    return result(*runs)


def test_a_mean_has_one_value_per_replication_and_its_t_interval() -> None:
    """Means 2, 4, 6 days: mean 4, standard error 2 / root 3."""
    found = three().interval("lead_time.mean")
    half = T2 * stdev([2, 4, 6]) / math.sqrt(3) * DAY
    assert three().values("lead_time.mean") == (2 * DAY, 4 * DAY, 6 * DAY)
    assert found.mean == 4 * DAY
    assert found.high - found.mean == pytest.approx(half, rel=1e-6)
    assert three().values("lead_time.p90") == (4 * DAY, 8 * DAY, 12 * DAY)


def test_a_ratio_is_that_of_the_sums_with_the_jack_knife() -> None:
    """15 of 50; leaving each run out: 14/40, 11/30, 5/30, so the values are .3 + 2 (mean of these - each)."""
    rests = [14 / 40, 11 / 30, 5 / 30]
    expected = [0.3 + 2 * (mean(rests) - rest) for rest in rests]
    assert three().values("on_time.legal") == pytest.approx(expected)
    assert three().interval("on_time.legal").mean == pytest.approx(0.3)


def test_a_group_without_cases_in_some_run_is_taken_as_a_ratio_over_all() -> None:
    """A channel that nobody used in one run: 6 days over 2 cases and 2 days over 2 cases make 2 days a case."""
    runs = [
        measured(("lead_time.mean", "channel=post", "ms", 6.0, 2.0)),
        measured(("lead_time.mean", "ms", 1.0, 1.0)),
        measured(("lead_time.mean", "channel=post", "ms", 2.0, 2.0)),
    ]
    found = result(*runs)
    assert found.parts("lead_time.mean", "channel=post") == ((6.0, 0.0, 2.0), (2.0, 0.0, 2.0))
    assert found.interval("lead_time.mean", "channel=post").mean == pytest.approx(2.0)


def test_a_boundary_that_was_not_crossed_has_no_handoffs() -> None:
    """Nobody crossed in the second run: that is 0 of 10 cases, not an unknown."""
    boundary = "boundary=a -> b"
    runs = [
        measured(("handoffs.mean", "", 20.0, 10.0), ("handoffs.mean", boundary, "", 5.0, 10.0), finished=10),
        measured(("handoffs.mean", "", 20.0, 10.0), finished=10),
    ]
    assert result(*runs).values("handoffs.mean", boundary) == (0.5, 0.0)
    assert result(runs[1]).parts("handoffs.mean", boundary) == ((0.0,), (10.0,))
    with pytest.raises(KeyError, match=r"handoffs\.mean"):
        result(measured(("lead_time.mean", "ms", 1.0, 1.0))).parts("handoffs.mean", boundary)


def test_a_quantile_that_does_not_exist_in_some_run_has_no_value() -> None:
    """Too many open cases in the second run: no quantile there, so none at all."""
    found = result(
        measured(("lead_time.p90", "ms", 5.0, 1.0)),
        measured(("lead_time.mean", "ms", 5.0, 1.0)),
    )
    with pytest.raises(ValueError, match="too many cases were open"):
        found.values("lead_time.p90")
    assert math.isnan(found.interval("lead_time.p90").mean)
    assert "lead_time.p90" not in found.summary()["measures"]


def test_an_unknown_measure_is_named_with_a_suggestion() -> None:
    """A slip of the pen is met with the nearest name."""
    with pytest.raises(KeyError, match=r"lead_time.maen. Did you mean 'lead_time.mean'"):
        three().values("lead_time.maen")


def test_counts_and_hashes_are_over_all_replications() -> None:
    """30 finished, one open; the hash is SHA-256 over the digests in order, a line each."""
    found = three()
    assert (found.counts.started, found.counts.finished, found.counts.open) == (31, 30, 1)
    assert found.log_hash == hashlib.sha256("\n".join(found.logs).encode()).hexdigest()
    both = whole(found, result(*found.measured, name="copy"))
    assert both.log_hash == hashlib.sha256("\n".join(found.logs * 2).encode()).hexdigest()
    assert both["copy"].log_hash == found.log_hash


def test_the_summary_is_plain_data_in_the_units_that_are_kept() -> None:
    """What `bpsim run --format json` builds on; one replication has no interval."""
    plain = json.loads(json.dumps(three().summary()))
    assert plain["cases"] == {"started": 31, "finished": 30, "abandoned": 0, "open": 1}
    assert plain["measures"]["lead_time.mean"]["mean"] == 4 * DAY
    assert plain["measures"]["lead_time.mean"]["unit"] == "ms"
    assert plain["measures"]["lead_time.mean[channel=post]"]["low"] == 3 * DAY
    alone = result(three().measured[0]).summary()["measures"]["lead_time.mean"]
    assert alone == {"mean": 2 * DAY, "low": None, "high": None, "unit": "ms"}


def test_the_table_is_tidy_and_becomes_a_data_frame() -> None:
    """A row per scenario, replication and measure, in this order."""
    results = whole(three(), result(*three().measured, name="copy"))
    rows = results.table
    assert len(rows) == 2 * 3 * 4
    assert rows[4] == ("as-is", 1, "lead_time.mean", "", "ms", 40.0 * DAY, 10.0)
    frame = results.to_pandas()
    assert list(frame.columns) == ["scenario", "replication", "measure", "group", "unit", "numerator", "denominator"]
    assert frame[frame.scenario == "copy"].shape == (12, 7)
    assert results.as_csv().splitlines()[5] == f"as-is,1,lead_time.mean,,ms,{40.0 * DAY},10.0"


def test_results_are_a_mapping_in_the_order_given() -> None:
    """Names to scenarios."""
    results = whole(result(*three().measured, name="b"), result(*three().measured, name="a"))
    assert list(results) == ["b", "a"]
    assert len(results) == 2
    assert results.replications == 3
    assert results["a"].name == "a"


def test_what_is_shown_has_one_unit_and_says_what_is_open() -> None:
    """Half-width by hand: 4.302653 x 2 / root 3 = 4.97 days."""
    results = whole(three(), note="No warm-up: too short.")
    shown = repr(results)
    assert "as-is: 3 replications; 31 cases started, 30 finished, 0 abandoned, 1 open" in shown
    assert "4.0 d" in shown
    assert "-1.0 to 9.0" in shown
    assert "on_time.legal" in shown
    assert "No warm-up: too short." in shown
    assert "as-is: 1 of 31 cases were still open" in shown
    page = result(*three().measured, name="<b>")._repr_html_()
    assert "&lt;b&gt;: 3 replications" in page
    assert "<b>" not in page
    assert "1 of 31" in results._repr_html_()


def test_one_replication_shows_no_interval() -> None:
    """A dash stands where the interval would."""
    line = next(line for line in repr(result(three().measured[0])).splitlines() if line.startswith("lead_time.mean"))
    assert line.split() == ["lead_time.mean", "2.0", "d", "-"]


def test_overload_is_said() -> None:
    """A role with more work than it can do is named with its load."""
    results = whole(result(*three().measured, overloaded=(("desk.clerk", 1.25),)))
    assert any("desk.clerk gets 1.25 times the work it can do" in note for note in results.notes())


def test_plain_data_gives_back_what_was_measured() -> None:
    """Through JSON, as a journal does it, without losing a bit."""
    run = measured(("x", "ms", 0.1 + 0.2, 3.0), cells={"a": {"client": 2**60}}, still_open=2)
    assert from_plain(json.loads(json.dumps(as_plain(run)))) == run


def test_saved_results_load_equal_and_their_bytes_are_the_same(tmp_path: Path) -> None:
    """The numbers' file depends on the results alone; the provenance stands beside it."""
    goal = Goal("lead_time.mean", "", "<=", 5.0 * DAY, "<= 5 days")
    results = whole(three(), result(*three().measured, name="b", goals=(goal,), overloaded=(("r", 1.5),)))
    results.save(tmp_path / "one")
    other = Results(results.scenarios, results.settings, {"platform": "another machine"})
    other.save(tmp_path / "two")
    files = [sorted(path.name for path in (tmp_path / name).iterdir()) for name in ("one", "two")]
    assert files[0] == files[1]
    assert files[0][1] == "results.json"
    assert (tmp_path / "one" / files[0][0]).read_bytes() == (tmp_path / "two" / files[0][0]).read_bytes()
    again = Results.load(tmp_path / "one")
    assert again.table == results.table
    assert again.settings == results.settings
    assert again["b"].goals == (goal,)
    assert again["b"].overloaded == (("r", 1.5),)
    assert [again[name].measured for name in again] == [results[name].measured for name in results]
    assert again.log_hash == results.log_hash
    assert again.provenance == {"bpsim": "test"}


def test_saving_again_replaces_the_old_results(tmp_path: Path) -> None:
    """One file of numbers is left."""
    whole(three()).save(tmp_path)
    whole(result(three().measured[0])).save(tmp_path)
    assert len(list(tmp_path.glob("measures-*.npz"))) == 1
    assert Results.load(tmp_path).replications == 1


@pytest.mark.parametrize("failing", [1, 2])
def test_a_write_that_fails_leaves_the_old_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    """Whichever write fails, what was there before can be loaded, and nothing half-written is left."""
    old = whole(three())
    old.save(tmp_path)
    calls = 0

    def full(_: int) -> None:
        nonlocal calls
        calls += 1
        if calls == failing:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        whole(result(three().measured[0])).save(tmp_path)
    assert Results.load(tmp_path).table == old.table
    assert not list(tmp_path.glob("*.partial"))


def test_results_that_are_not_whole_are_refused(tmp_path: Path) -> None:
    """No folder, a damaged file, another format."""
    with pytest.raises(RunError, match="BP724"):
        Results.load(tmp_path / "nothing")
    whole(three()).save(tmp_path)
    numbers = next(tmp_path.glob("*.npz"))
    content = numbers.read_bytes()
    numbers.write_bytes(content[:-1])
    with pytest.raises(RunError, match="damaged"):
        Results.load(tmp_path)
    numbers.write_bytes(content)
    manifest = tmp_path / "results.json"
    manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 99'))
    with pytest.raises(RunError, match="another format"):
        Results.load(tmp_path)


def test_a_label_names_the_group_in_brackets() -> None:
    """As targets are written."""
    assert label("lead_time.mean") == "lead_time.mean"
    assert label("utilisation", "role=desk.clerk") == "utilisation[role=desk.clerk]"
