"""What every test may rely on: the same examples each time, no display, no coverage of long runs."""

import os

import pytest
from hypothesis import settings

os.environ.setdefault("MPLBACKEND", "Agg")

# The same examples on every machine; `HYPOTHESIS_PROFILE=explore pytest` looks for new ones.
settings.register_profile("steady", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("explore", deadline=None, derandomize=False, print_blob=True, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the long statistical runs untraced: they show that figures are right, not which lines ran."""
    for item in items:
        if item.get_closest_marker("statistical"):
            item.add_marker("no_cover")
