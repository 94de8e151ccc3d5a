"""The plots: what is drawn is what was measured, in the colours of the map; the same bytes; mistakes in words."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from bpsim.comparison.compare import compare
from bpsim.errors import RunError
from bpsim.experiment.again import log_of
from bpsim.experiment.results import Results
from bpsim.measures.measured import Counts
from bpsim.measures.workload import _integral
from bpsim.model.process import Process
from bpsim.reporting.days import days, parts, waterfall
from bpsim.reporting.figures import blank, picture_bytes
from bpsim.reporting.influence import Swing, effects, tornado
from bpsim.reporting.lives import sample
from bpsim.reporting.palette import PALETTE, department_colours, mixed
from bpsim.reporting.pictures import PLOTS, names, picture
from bpsim.reporting.plots import Plots
from bpsim.reporting.rush import queue, queue_of, staff_of, week
from bpsim.reporting.spread import done_within, lead_time
from bpsim.statistics.intervals import Interval
from bpsim.tables import Unit

DAY = 86_400_000


def drawn(name: str, subject: Results, **asked: Any) -> Axes:  # noqa: ANN401 - passed on
    """Draw on a figure that nobody else knows of."""
    draw, more = PLOTS[name]
    return draw(subject, ax=blank(*draw.size), **more, **asked)


def words(ax: Axes) -> str:
    """Give all that is written in a picture."""
    return "\n".join(text.get_text() for text in ax.findobj(Text))


def bars(ax: Axes) -> list[Rectangle]:
    """Give the bars."""
    return [patch for patch in ax.patches if isinstance(patch, Rectangle)]


def alone(study: Results) -> Results:
    """Give the results of one scenario."""
    return Results({"as-is": study["as-is"]}, study.settings, study.provenance)


@pytest.mark.parametrize("name", PLOTS)
def test_every_plot_is_the_same_twice_and_says_what_it_is_of(study: Results, name: str) -> None:
    """Bytes; a title; how many replications or which; nothing is left open."""
    content = picture(study, name)
    assert content == picture(study, name)
    assert content.startswith(b"<?xml")
    assert not plt.get_fignums()
    told = words(drawn(name, study))
    assert "replication" in told
    assert "nan" not in told
    assert "inf" not in told.replace("information", "")


def test_parts_of_the_lead_time_make_it_whole(study: Results) -> None:
    """By cause and by department; and so do the bars, in days."""
    for name, result in study.items():
        mean = result.interval("lead_time.mean").mean
        for by in ("cause", "department"):
            assert sum(parts(result, by).values()) == pytest.approx(mean)  # type: ignore[arg-type]
        ax = days(study, ax=blank(*days.size))
        row = list(study).index(name)
        wide = sum(bar.get_width() for bar in bars(ax) if round(bar.get_y() + bar.get_height() / 2) == row)
        assert wide == pytest.approx(mean / DAY)


def test_a_department_has_the_colour_of_the_map(study: Results) -> None:
    """Okabe-Ito in the order of the file; the client is grey."""
    process = study["as-is"].process
    assert process is not None
    colours = department_colours(process)
    assert [colours[name] for name in process.departments] == list(PALETTE[:2])
    faces = {bar.get_facecolor() for bar in bars(drawn("departments", study))}
    assert {tuple(round(value, 3) for value in face) for face in faces} >= {(0.0, 0.447, 0.698, 1)}
    assert mixed("#000000", 0.5) == "#808080"


def test_the_waterfall_leads_from_one_mean_to_the_other(study: Results) -> None:
    """The steps begin at the as-is and end at the redesign."""
    ax = waterfall(study, ax=blank(*waterfall.size))
    first, *steps, last = bars(ax)
    before, after = (study[name].interval("lead_time.mean").mean / DAY for name in ("as-is", "sign-daily"))
    assert first.get_width() == pytest.approx(before)
    assert sum(bar.get_width() for bar in steps) == pytest.approx(after - before)
    assert last.get_width() == pytest.approx(after)
    assert "Parking permits: held for a batch" in words(ax)
    with pytest.raises(RunError, match="no difference to divide") as caught:
        waterfall(study, scenario="as-is")
    assert caught.value.code == "BP835"


def test_shares_done_follow_the_lead_times(study: Results) -> None:
    """By hand: half of the cases are done at the median; nobody at once; open cases are never done."""
    result = study["as-is"]
    for i, measured in enumerate(result.measured):
        times = np.array([0.0, measured.lead_times[49], 1e12])
        assert done_within(result, times)[i] == pytest.approx([0, 0.5, 0.99], abs=1e-9)
    few = dataclasses.replace(result.measured[0], lead_times=(10, 20))
    short = dataclasses.replace(result, measured=(few, dataclasses.replace(few, lead_times=())))
    assert done_within(short, np.array([15.0, 99.0])).ravel().tolist() == pytest.approx([0.015, 0.02, 0, 0])
    ax = lead_time(study, ax=blank(*lead_time.size))
    assert len(ax.lines) == 3  # two scenarios and the limit of 28 days
    assert ax.lines[-1].get_xdata()[0] == pytest.approx(28)  # type: ignore[index]
    written = result.process.as_written()  # type: ignore[union-attr]
    (clock,) = written["cases"]["clocks"]
    written["cases"]["clocks"][clock]["calendar"] = "office"
    office = Results({"as-is": dataclasses.replace(result, process=Process.model_validate(written))}, study.settings)
    ax = lead_time(office, ax=blank(*lead_time.size))
    assert len(ax.lines) == 1
    assert f"The limit {clock} counts the hours of 'office' only" in " ".join(words(ax).split())
    empty = Results(
        {"as-is": dataclasses.replace(result, measured=(dataclasses.replace(few, lead_times=()),))}, study.settings
    )
    with pytest.raises(RunError, match="no lead times"):
        lead_time(empty)


def test_every_replication_is_a_dot(study: Results) -> None:
    """At its difference."""
    ax = drawn("paired", study, measure="lead_time.mean")
    gaps = np.subtract(study["sign-daily"].values("lead_time.mean"), study["as-is"].values("lead_time.mean"))
    dots = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]  # type: ignore[index]
    scale = max(abs(gaps)) / max(map(abs, dots))
    assert any(scale == pytest.approx(unit) for unit in (DAY, DAY / 24))
    assert sorted(dots) == pytest.approx(sorted(gaps / scale))
    with pytest.raises(RunError, match="there is no measure leed_time"):
        drawn("paired", study, measure="leed_time.mean")
    with pytest.raises(RunError, match="one scenario has no differences"):
        drawn("paired", alone(study))


def test_the_queue_of_a_role_is_that_of_its_tasks(study: Results) -> None:
    """Its mean is the sum of the means that are measured by task; never more people than there are."""
    log, settings = log_of(study, "as-is", 0), study.settings
    measured = study["as-is"].measured[0]
    wanted = sum(measured.value("queue.mean", f"task={task}") for task in ("assess", "approve"))
    number = [role.name for role in log.settings.roles].index("permits.officer")
    span = settings.length - settings.warmup
    assert _integral(queue_of(log, number), settings.warmup, settings.length) / span == pytest.approx(wanted)
    assert 0 < staff_of(log, number).values.max() <= 2


def test_a_role_may_be_chosen(study: Results) -> None:
    """Or the busiest is drawn; who does not exist is told."""
    assert "permits.officer" in words(queue(study, ax=blank(*queue.size)))
    assert "service_desk.clerk" in words(week(study, role="service_desk.clerk", ax=blank(*week.size)))
    with pytest.raises(RunError, match=r"nobody works as permits\.oficer") as caught:
        queue(study, role="permits.oficer")
    assert caught.value.code == "BP836"


def test_cases_are_chosen_evenly() -> None:
    """By hand: of ten, the fastest, the slowest and one between; of two, both."""
    times = np.array([5, 1, 9, 2, 8, 3, 7, 4, 6, 10])
    assert times[sample(times, 3)].tolist() == [1, 5, 10]
    assert times[sample(times[:2], 40)].tolist() == [1, 5]
    assert len(sample(times[:0])) == 0


def test_tiles_and_frontier_tell_values(study: Results) -> None:
    """Of the redesign, and of the as-is alone."""
    told = words(drawn("tiles", study))
    assert "sign-daily against as-is" in told
    assert "= as before" in told
    assert "target <= 11 days" in told
    assert "as-is: what it does" in words(drawn("tiles", study, scenario="as-is"))
    assert "as-is" in words(drawn("frontier", study))
    with pytest.raises(RunError, match="not every scenario has the measure price"):
        drawn("frontier", study, cost="price")
    assert set(PLOTS) - set(names(alone(study))) == {"waterfall", "paired", "frontier"}


def test_handoffs_tell_counts_and_waits(study: Results) -> None:
    """Per 100 cases, with the wait."""
    count = study["as-is"].interval("handoffs.mean", "boundary=service_desk -> permits").mean
    told = words(drawn("handoffs", study))
    assert f"\n{100 * count:.0f}\n" in f"\n{told}\n"
    assert "most time is lost from Service desk to Parking permits" in told


def test_the_card_says_what_is_assumed(study: Results) -> None:
    """Evidence, changes, seeds and versions."""
    told = words(drawn("card", study))
    assert "2 assumed" in told
    assert "sign-daily: R1" in told
    assert study.log_hash[:16] in told


def test_a_picture_leaves_no_style_and_shows_nothing(study: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new figure where no axes are given; the user's own style stays."""
    monkeypatch.setattr(plt, "show", lambda: pytest.fail("shown"))
    before = dict(rcParams)
    plots = Plots(study)
    for ax in (plots.days(by="department"), plots.map(scenario="sign-daily"), plots.frontier()):
        assert isinstance(ax, Axes)
        plt.close(ax.figure)  # type: ignore[arg-type]
    assert dict(rcParams) == before
    assert "lead_time" in repr(plots)
    with pytest.raises(RunError, match="no scenario 'x'"):
        plots.tiles(scenario="x", ax=blank(3, 3))
    assert compare(study).baseline == Plots(compare(study)).subject.baseline  # type: ignore[union-attr]


def test_one_replication_has_no_intervals(study: Results) -> None:
    """Nothing invents a spread."""
    one = {n: dataclasses.replace(r, measured=r.measured[:1], logs=r.logs[:1]) for n, r in study.items()}
    single = Results(one, study.settings, study.provenance)
    for name in ("days", "lead-time", "tiles", "paired", "frontier", "handoffs", "waterfall"):
        assert "inf" not in words(drawn(name, single))


def test_nothing_finished_is_said(study: Results) -> None:
    """A study in which every case is still open."""
    run = study["as-is"].measured[0]
    none = dataclasses.replace(run, counts=Counts(5, 0, 0, 5), cells={}, tasks={}, lead_times=())
    empty = Results({"as-is": dataclasses.replace(study["as-is"], measured=(none,))}, study.settings)
    assert parts(empty["as-is"], "cause") == {}


def interval(mean: float) -> Interval:
    """Make an interval of a half-width of one."""
    return Interval(mean, mean - 1, mean + 1, 10)


def test_a_tornado_has_the_widest_on_top() -> None:
    """And says whether the answer holds at all ends."""
    swings = [
        Swing("narrow", interval(-5), interval(-4)),
        Swing("wide", interval(-9), interval(-1)),
        Swing("open", None, None),
    ]
    ax = tornado(swings, interval(-4.5), Unit("days", "d"), measure="mean lead time", ax=blank(8, 4))
    assert [label.get_text() for label in ax.get_yticklabels()] == ["wide", "narrow"]
    assert "wide matters most; the answer holds at both ends of every range" in words(ax)
    ax = tornado(
        [Swing("wide", interval(-9), interval(1))], interval(-4), Unit("days", "d"), measure="x", ax=blank(8, 4)
    )
    assert "depends on it" in words(ax)
    assert "No assumption" in words(tornado([], interval(0), Unit("", ""), measure="x", ax=blank(8, 4)))
    assert picture_bytes(ax, "png") == picture_bytes(ax, "png")


def test_the_tornado_of_a_study_takes_its_bars() -> None:
    """With its unit; a measure that was not studied is told."""
    from bpsim.comparison.sensitivity import Sensitivity, Trial
    from bpsim.redesign.ranges import Assumption
    from bpsim.reporting.influence import tornado_of

    one, key = Assumption("flow.a.duration", 1, 3, Unit("", "")), ("lead_time.mean", "")
    days_ = [Interval(mean * DAY, (mean - 1) * DAY, (mean + 1) * DAY, 9) for mean in (-8, -5, -3)]
    trials = (Trial("low", {one: 1.0}, {key: days_[0]}), Trial("high", {one: 3.0}, {key: days_[2]}))
    found = Sensitivity("as-is", "to-be", (one,), (), {key: days_[1]}, trials, {key: "ms"})
    ax = tornado_of(found, ax=blank(8, 4))
    assert [(bar.get_x() + bar.get_width(), bar.get_x()) for bar in bars(ax)] == [(-8, -5), (-3, -5)]
    with pytest.raises(RunError, match="the study has no measure cost"):
        tornado_of(found, measure="cost")


def test_the_card_tells_what_a_change_rests_on(study: Results) -> None:
    """Grade, source, range and cost."""
    ground = {
        "id": "R1",
        "text": "is done",
        "grade": "published",
        "source": "a report",
        "range": [1, 3],
        "once": 5.0,
        "per_year": 2.0,
    }
    grounded = dataclasses.replace(study["sign-daily"], grounds=(ground,))
    told = words(drawn("card", Results({"as-is": study["as-is"], "sign-daily": grounded}, study.settings)))
    assert "sign-daily: R1 is done (published, a report (1 to 3), costs 5 once, 2 a year)" in told
    assert study["sign-daily"].grounds[0]["id"] == "R1"


def test_effects_are_drawn_as_they_were_found() -> None:
    """The largest first, the whole difference last."""
    from bpsim.comparison.factors import Effect, Factor, Factors, MeasureEffects

    found = (Effect("main effect", ("R1",), interval(-2)), Effect("main effect", ("R2",), interval(3)))
    measures = (MeasureEffects("lead_time.mean", "", Unit("days", "d"), interval(1), found),)
    factors = Factors("as-is", "to-be", (Factor("R1", "less", ()), Factor("R2", "more", ())), None, 4, 10, measures)
    ax = effects(factors, ax=blank(8, 4))
    assert [bar.get_width() for bar in bars(ax)] == [3, -2, 1]
    assert "R2 has the largest effect on mean lead time" in words(ax)
    with pytest.raises(RunError, match="the study has no measure cost"):
        effects(factors, measure="cost")
