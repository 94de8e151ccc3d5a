"""The report in a real browser: it asks for nothing, reads without JavaScript, prints, and can be used by keyboard."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import bpsim
from bpsim.reporting.replay import replay
from bpsim.reporting.report import report
from tests.experiment.small import pair

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
playwright = pytest.importorskip("playwright.sync_api", reason="the group `browser` is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")

#: The contrast of every text with what is behind it (WCAG 2.1), and the text.
CONTRASTS = """() => {
  const light = c => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const parts = text => text.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b);
  const behind = node => {
    for (let at = node; at; at = at.parentElement) {
      const colour = parts(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const node of document.body.querySelectorAll("*")) {
    const own = [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim());
    if (!own || node.closest("svg") || node.matches("script, noscript, option")) continue;
    const a = luminance(parts(getComputedStyle(node).color)), b = luminance(behind(node));
    found.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), node.textContent.trim().slice(0, 40)]);
  }
  return found;
}"""
#: Everything that can be operated and seen.
OPERABLE = """() => [...document.querySelectorAll("a[href], summary, button, input, select, [tabindex='0']")]
  .filter(node => node.checkVisibility()).length"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the report of a small comparison, with its replay."""
    comparison = bpsim.compare(*pair(length="28d", drain="28d"), replications=3, workers=1)
    moving = replay(comparison.results, "as-is")
    target = tmp_path_factory.mktemp("report") / "report.html"
    target.write_text(report(comparison, replay=moving), encoding="utf-8")
    return target


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start one browser for all tests."""
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


def test_it_asks_for_nothing_and_complains_of_nothing(path: Path, browser: Any) -> None:  # noqa: ANN401
    """One request: the file itself. No message on the console. The replay runs."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(path.as_uri())
    clock = page.locator("#replay output")
    before = clock.inner_text()
    page.locator("#replay button").click()
    page.wait_for_function("before => document.querySelector('#replay output').textContent !== before", arg=before)
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    assert said == []
    page.close()


def test_the_answer_is_on_the_first_screen(path: Path, browser: Any) -> None:  # noqa: ANN401
    """Verdict, bottleneck and interface lie within 1280 x 800."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(path.as_uri())
    for name in ("verdict", "bottleneck", "interface"):
        box = page.locator(f"#{name}").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 1280
        assert box["y"] + box["height"] <= 800
    page.close()


def test_it_reads_without_javascript(path: Path, browser: Any) -> None:  # noqa: ANN401
    """All that a reader sees with it is there without it, but for the replay, which says so."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    text = page.locator("main").inner_text()
    for heading in ("Verdict", "Bottleneck", "Biggest handoff interface", "In figures", "Why", "Inputs"):
        assert heading in text
    assert "needs JavaScript" in text
    assert not page.locator("#replay form").is_visible()
    context.close()


def test_it_prints_on_a4(path: Path, browser: Any) -> None:  # noqa: ANN401
    """Every page of the PDF is 210 x 297 mm (595 x 842 points)."""
    page = browser.new_page()
    page.goto(path.as_uri())
    printed = page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)
    assert boxes
    assert {(round(float(width)), round(float(height))) for width, height in boxes} == {(595, 842)}
    page.close()


def test_everything_is_reached_by_keyboard(path: Path, browser: Any) -> None:  # noqa: ANN401
    """Tab comes by every link, fold, table that scrolls and control, each once."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(path.as_uri())
    wanted = page.evaluate(OPERABLE)
    page.evaluate("window.seen = new Set()")
    for _ in range(wanted):
        page.keyboard.press("Tab")
        page.evaluate("window.seen.add(document.activeElement)")
    reached = page.evaluate("window.seen.delete(document.body), window.seen.size")
    assert wanted > 10
    assert reached == wanted
    page.close()


def test_every_text_has_enough_contrast(path: Path, browser: Any) -> None:  # noqa: ANN401
    """At least 4.5 to 1 (WCAG AA)."""
    page = browser.new_page()
    page.goto(path.as_uri())
    found = page.evaluate(CONTRASTS)
    assert len(found) > 50
    assert [entry for entry in found if entry[0] < 4.5] == []
    page.close()
