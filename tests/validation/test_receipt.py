"""The model of the permit receipt fits the event log that it was made from."""

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.validation import receipt
from tests.validation.receipt import Case, Event

MONDAY = datetime.fromisoformat("2011-01-03T09:00")
#: Where the log is, on a machine that has it.
LOG = os.environ.get("BPSIM_RECEIPT_LOG", "")


@pytest.mark.statistical
def test_every_fitted_figure_is_within_its_limits() -> None:
    """30 replications of the as-is give the log's lead times, handoffs and arrivals, within the limits."""
    process = receipt.load_scenario(receipt.AS_IS).resolved()
    model = receipt.intervals(receipt.simulate(process, 30))
    outside = [
        f"{figure.name}: {model[figure.name].mean}"
        for figure in receipt.FITTED
        if not figure.passed(model[figure.name].mean)
    ]
    assert outside == []


@pytest.mark.statistical
def test_who_keeps_the_case_decides_how_long_it_takes() -> None:
    """Told only how many cases one person keeps, the model tells the two periods of the log apart."""
    process = receipt.load_scenario(receipt.AS_IS).resolved()
    found = {}
    for name, (_, _, share) in receipt.PERIODS.items():
        model = receipt.intervals(receipt.simulate(receipt.with_one_person(process, share), 6))
        found[name] = (model["lead_p50"].mean, model["handoffs"].mean, model["one_person"].mean)
    assert found["early"] == pytest.approx((4.22, 1.8, 0.119), rel=0.15)
    assert found["late"] == pytest.approx((0.014, 0.19, 0.904), rel=0.15)


def test_the_committed_figures_are_those_of_the_log() -> None:
    """The committed figures are what the functions give for the log itself."""
    if not Path(LOG).is_file():
        pytest.skip("the event log is not on this machine: set BPSIM_RECEIPT_LOG to the path of receipt.csv.gz")
    assert receipt.aggregates(Path(LOG)) == receipt.committed()


def test_few_figures_of_the_log_are_kept_with_their_origin() -> None:
    """At most 60 numbers are kept, the attribution with them, and each shows in the page."""
    kept = receipt.committed()
    numbers = [(name, value) for part in ("all", *receipt.PERIODS) for name, value in kept[part].items()]
    assert len(numbers) <= 60
    assert "10.4121/uuid:a07386a5-7be3-4367-9535-70bc9e77dbe6" in str(kept["attribution"])
    page = receipt.PAGE.read_text(encoding="utf-8")
    shown = {figure.name: figure for figure in (*receipt.FITTED, *receipt.REPORTED, *receipt.IN_PERIODS)}
    assert [name for name, value in numbers if receipt.show(shown[name], value) not in page] == []


def test_what_the_limits_are() -> None:
    """The fitted figures and their limits are those that were agreed."""
    limits = {figure.name: (figure.low, figure.high) for figure in receipt.FITTED}
    assert limits == {
        "lead_p50": (0.02, 0.05),
        "lead_p75": pytest.approx((4.318, 5.842)),
        "lead_p90": pytest.approx((11.985, 16.215)),
        "lead_p95": pytest.approx((20.315, 27.485)),
        "handoffs": pytest.approx((0.756, 0.924)),
        "handoffs_tracks": pytest.approx((0.747, 0.913)),
        "arrivals": pytest.approx((4.0643, 4.3157)),
        "dispersion": pytest.approx((2.7675, 4.6125)),
    }


def test_the_figures_of_two_cases_worked_out_by_hand() -> None:
    """Anna confirms on Monday, does T06, Ben checks on Tuesday; a second case is confirmed on Wednesday."""
    monday = MONDAY
    first = Case(
        "desk",
        1.0,
        (
            Event(monday, "CONF", "anna"),
            Event(monday + timedelta(hours=12), "T06", "anna"),
            Event(monday + timedelta(hours=24), "T02", "ben"),
        ),
    )
    second = Case("internet", 3.0, (Event(monday + timedelta(days=2), "CONF", "cleo"),))
    assert (first.handoffs(), first.handoffs_on_tracks(), first.people()) == (1, 1, 2)
    found = receipt.figures([first, second])
    assert found["lead_p50"] == 0.5
    assert found["lead_mean"] == 0.5
    assert found["late"] == 0.5
    assert found["no_handoff"] == 0.5
    assert found["one_person"] == 0
    assert found["p90_desk"] == 1
    assert found["variant_3"] == 0.5
    assert found["arrivals"] == pytest.approx(2 / 3)  # Monday 1, Tuesday 0, Wednesday 1
    assert found["dispersion"] == pytest.approx(1 / 2)  # variance 1/3


def test_handoffs_along_the_tracks_are_not_those_of_time() -> None:
    """Ben checks while Anna goes on with the other track: two changes in time, one on the tracks."""
    start = MONDAY
    names = (("CONF", "anna"), ("T02", "ben"), ("T06", "anna"), ("T10", "anna"))
    events = tuple(Event(start + timedelta(minutes=i), activity, person) for i, (activity, person) in enumerate(names))
    case = Case("desk", 9.0, events)
    assert (case.handoffs(), case.handoffs_on_tracks()) == (2, 1)


def test_waiting_between_two_activities() -> None:
    """Of 4 hours of waiting one lies between T05 and T06."""
    start = MONDAY
    events = tuple(
        Event(start + timedelta(hours=hour), name, "anna") for hour, name in ((0, "T04"), (3, "T05"), (4, "T06"))
    )
    other = Case("desk", 9.0, (Event(start + timedelta(days=1), "CONF", "ben"),))
    assert receipt.figures([Case("desk", 9.0, events), other])["wait_t05_t06"] == 0.25
