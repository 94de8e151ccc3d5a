"""The report: the answer is there, nothing is asked of the network, and whatever a file says is only text."""

import base64
import re
from functools import cache

import pytest

import bpsim
from bpsim.comparison.compare import Comparison
from bpsim.comparison.standouts import biggest_interface, bottleneck, longest_wait
from bpsim.errors import RunError
from bpsim.reporting.pictures import names, picture
from bpsim.reporting.report import report
from bpsim.reporting.rush import queue
from tests.experiment.small import pair, process, scenario

#: What may not do anything in a page.
NASTY = "<script>alert('1')</script> \"&\" Жилищный отдел \u200f'=SUM(A1)'"


@cache
def small(replications: int = 4) -> Comparison:
    """Compare the small process with one that has a second decider."""
    return bpsim.compare(*pair(length="28d", drain="28d"), replications=replications, workers=1)


def box(page: str, name: str) -> str:
    """Give the text of a box."""
    found = re.search(rf'<section id="{name}".*?</section>', page, re.DOTALL)
    assert found is not None
    return re.sub(r"<[^>]+>", "", found[0])


def test_the_first_boxes_name_what_stands_out() -> None:
    """The verdict is the sentence of the comparison; bottleneck and interface are those of the result."""
    comparison = small()
    (name,) = comparison.names
    page, result = report(comparison), comparison.results["as-is"]
    assert comparison.sentence(name).removeprefix(f"{name} ") in box(page, "verdict")
    busiest, wait, interface = bottleneck(result), longest_wait(result), biggest_interface(result)
    assert busiest is not None and wait is not None and interface is not None  # noqa: PT018 - for the type checker
    assert f"as-is: {busiest[0]} is busy" in box(page, "bottleneck")
    assert f"wait longest before {wait.task}" in box(page, "bottleneck")
    assert f"as-is: {interface.origin} to {interface.target}, " in box(page, "interface")


def test_one_replication_earns_no_verdict() -> None:
    """The box says so, and why."""
    text = box(report(small(replications=1)), "verdict")
    assert "No verdict" in text
    assert "One replication says nothing of chance" in text
    assert "cuts" not in text


def test_the_page_asks_nothing_of_the_network() -> None:
    """A policy forbids it, and there is no address in the page but names of XML."""
    page = report(small())
    assert "default-src 'none'" in page
    assert "<script" not in page
    addresses = set(re.findall(r"https?://[^\s\"'<)]+", page))
    assert [each for each in addresses if not each.startswith("http://www.w3.org/")] == []


def test_the_same_comparison_gives_the_same_page() -> None:
    """To the byte."""
    assert report(small(), command="bpsim report") == report(small(), command="bpsim report")


def test_names_are_only_text() -> None:
    """Titles with tags, quotes, Cyrillic and marks of direction are shown as they are, and do nothing."""
    written = process().as_written() | {"title": NASTY}
    written["departments"]["permits"]["title"] = NASTY
    chosen = [
        scenario(name, length="14d", drain="14d").model_copy(
            update={"process": bpsim.Process.model_validate(written), "title": NASTY}
        )
        for name in ("as-is", "same")
    ]
    page = report(bpsim.compare(*chosen, replications=2, workers=1))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "Жилищный отдел" in page


def test_the_table_in_the_page_is_the_whole_table() -> None:
    """The download is the table of the comparison, guarded against formulas like every CSV."""
    comparison = small()
    found = re.search(r'download="measures.csv" href="data:text/csv;base64,([^"]+)"', report(comparison))
    assert found is not None
    assert base64.b64decode(found[1]).decode() == comparison.as_csv()


def test_a_process_without_people_has_a_report() -> None:
    """Only a third party and a waiting period: every picture that is named is drawn, and none is of a queue."""
    written = {
        "process": "unstaffed",
        "departments": {"desk": {}},
        "cases": {"arrivals": "exponential(mean=8h)"},
        "flow": {
            "start": {"type": "start", "next": "expert"},
            "expert": {"performer": "external", "duration": "exponential(mean=2d)", "next": "period"},
            "period": {"type": "timer", "delay": "3d", "next": "done"},
            "done": {"type": "end"},
        },
    }
    chosen = [
        scenario(name, length="14d", drain="14d").model_copy(update={"process": bpsim.Process.model_validate(written)})
        for name in ("as-is", "same")
    ]
    comparison = bpsim.compare(*chosen, replications=2, workers=1)
    assert not {"queue", "week"} & set(names(comparison))
    for name in names(comparison):
        assert picture(comparison, name)
    page = report(comparison)
    assert "The difference in every pair of runs" in page
    assert "busiest role" not in page
    with pytest.raises(RunError, match="nobody works in as-is"):
        queue(comparison)
