"""The documentation as a site: pages are reached, the generated ones are fresh, and it builds without a warning."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import bpsim
from tests.docs import keys

DOCS = Path("docs")


def test_the_page_of_keys_is_fresh() -> None:
    """What is written is what the models say; `python -m tests.docs.keys` renews it."""
    assert keys.PAGE.read_text(encoding="utf-8") == keys.page()


def test_every_key_says_what_it_is() -> None:
    """No key of a file is without its sentence."""
    silent = re.findall(r"^\| \**`([\w.]+)`\** \|\s+\|", keys.page(), re.MULTILINE)
    assert silent == []


def test_every_page_has_its_door() -> None:
    """Each page stands in exactly one of the four doors of the index."""
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    doors = re.findall(r"^```\{toctree\}\n:caption: (.+?)\n.*?\n\n(.+?)\n```$", index, re.MULTILINE | re.DOTALL)
    assert [door for door, _ in doors] == ["Tutorial", "How to", "Reference", "Background"]
    listed = [name for _, names in doors for name in names.split("\n")]
    assert sorted(listed) == sorted(page.stem for page in DOCS.glob("*.md") if page.stem != "index")


def test_every_public_name_is_in_the_python_reference() -> None:
    """What `import bpsim` gives has its entry."""
    page = (DOCS / "reference-python.md").read_text(encoding="utf-8")
    missing = [name for name in bpsim.__all__ if not re.search(rf"\b{name}\b", page)]
    assert missing == ["__version__"]


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    """Sphinx finds every page, link, picture and docstring in order."""
    pytest.importorskip("sphinx", reason="the group `docs` is not installed")
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", "docs", str(tmp_path / "site")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert done.returncode == 0, done.stderr
    assert "bpsim" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
