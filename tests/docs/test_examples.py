"""Everything that the documents show is run: Python here, terminals and processes beside what they show."""

import json
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.untraced

PAGES = [Path("README.md"), *sorted(Path("docs").glob("*.md"))]
BLOCK = re.compile(r"^```([\w{}-]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: Who runs the blocks of each language.
RUN_BY = {
    "python": "tests/docs/test_examples.py",
    "console": "tests/cli/test_transcripts.py",
    "sh": ".ci/run",
    "yaml": "tests/redesign/test_examples.py",
    **dict.fromkeys(("{toctree}", "{include}", "{eval-rst}"), "tests/docs/test_site.py"),
}


@pytest.mark.parametrize(
    "page", [page for page in PAGES if "```python" in page.read_text()], ids=lambda page: page.stem
)
def test_python_examples_run(page: Path) -> None:
    """The blocks of a page are one program; its own assertions hold."""
    program = "\n".join(body for language, body in BLOCK.findall(page.read_text()) if language == "python")
    exec(compile(program, str(page), "exec"), {"__name__": "example"})  # noqa: S102 - our own documents


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_is_run_by_something(page: Path) -> None:
    """A block in a language that nothing runs would be a promise that nobody holds."""
    for language, _ in BLOCK.findall(page.read_text()):
        assert Path(RUN_BY[language]).exists(), f"{page}: {language}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    """Every link to a file of the project exists."""
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        assert "://" in target or (page.parent / target).exists(), f"{page}: {target}"


def test_the_figures_of_the_benchmarks_are_those_of_the_file() -> None:
    """What the page says was measured stands in the kept result."""
    page, kept = Path("benchmarks/README.md").read_text(), json.loads(Path("benchmarks/results.json").read_text())
    faster = {name: engine["bpsim_is_times_faster"] for name, engine in kept["workloads"]["W2"].items()}
    assert f"bpsim was {faster['simpy']:.1f} times as fast as the usual SimPy model" in page
    assert f"{faster['ciw']:.1f} times as fast as Ciw" in page
    assert f"{faster['prosimos']:.0f} times as fast as\nProsimos" in page
    assert f"took {kept['scale']['time_1m_over_100k']:.1f} times as long" in page
    assert f"{kept['scale']['peak_mb_1m_with_log'] / 1000:.1f} GB with log and measures" in page
