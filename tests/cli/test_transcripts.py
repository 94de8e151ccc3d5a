"""What the documents show of a terminal is what the commands print.

With BPSIM_TRANSCRIPTS=write the documents are brought up to date instead.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
WITH_TRANSCRIPTS = sorted(path.name for path in DOCS.glob("*.md") if "```console\n" in path.read_text())


def run(command: str, folder: Path) -> str:
    """Run a line in a shell that finds this bpsim; give what a terminal would show."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    ended = subprocess.run(  # noqa: S603 - our own documents
        ["/bin/bash", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path, "NO_COLOR": "1", "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ended.stdout


def again(text: str, folder: Path) -> str:
    """Run every command of a document, in order, and put what it prints below it."""

    def block(match: re.Match[str]) -> str:
        commands = [line for line in match[1].splitlines() if line.startswith("$ ")]
        return "```console\n" + "".join(f"{line}\n{run(line[2:], folder)}" for line in commands) + "```"

    return BLOCK.sub(block, text)


@pytest.mark.parametrize("name", WITH_TRANSCRIPTS)
def test_transcripts_are_what_the_commands_print(name: str, tmp_path: Path) -> None:
    """A document with a terminal in it is a program with its output."""
    text = (DOCS / name).read_text()
    fresh = again(text, tmp_path)
    assert "a mistake of bpsim itself" not in fresh
    if os.environ.get("BPSIM_TRANSCRIPTS") == "write":
        (DOCS / name).write_text(fresh)
        return
    assert text == fresh


def test_a_document_that_is_out_of_date_is_noticed(tmp_path: Path) -> None:
    """The test can fail."""
    assert again("```console\n$ echo 2\n3\n```", tmp_path) == "```console\n$ echo 2\n2\n```"
    assert "tutorial.md" in WITH_TRANSCRIPTS
