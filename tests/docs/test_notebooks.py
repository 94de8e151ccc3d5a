"""The notebooks run from top to bottom as they are stored: without output."""

from pathlib import Path

import pytest

nbclient = pytest.importorskip("nbclient", reason="the group `docs` is not installed")
nbformat = pytest.importorskip("nbformat", reason="the group `docs` is not installed")

NOTEBOOKS = sorted(Path("notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path) -> None:
    """Every cell runs, and the last of them are exercises."""
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    assert "## Exercises" in notebook.cells[-1].source
    nbclient.NotebookClient(notebook, timeout=600, resources={"metadata": {"path": "notebooks"}}).execute()
    assert any(cell.outputs for cell in code)


def test_there_are_five() -> None:
    """For analysts four, for trainers one."""
    assert [path.stem[:2] for path in NOTEBOOKS] == ["01", "02", "03", "04", "05"]
