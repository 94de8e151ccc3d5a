"""Everything that the documents show is run: Python here, terminals and processes beside what they show."""

import re
from pathlib import Path

import pytest

PAGES = [Path("README.md"), *sorted(Path("docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: Who runs the blocks of each language.
RUN_BY = {
    "python": "tests/docs/test_examples.py",
    "console": "tests/cli/test_transcripts.py",
    "sh": ".ci/run",
    "yaml": "tests/redesign/test_examples.py",
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
