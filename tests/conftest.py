"""What every test may rely on: the same examples each time, no display, no coverage of long runs."""

import os
import signal
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

os.environ.setdefault("MPLBACKEND", "Agg")

# The same examples on every machine; `HYPOTHESIS_PROFILE=explore pytest` looks for new ones.
settings.register_profile("steady", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("explore", deadline=None, derandomize=False, print_blob=True, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


UNTRACED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave tests of many drawn or long runs untraced: they show that figures are right, not which lines ran.

    So tracing does not make them slow, and what is covered depends on no luck of drawing. They come first: at the end
    there are short tests to share out among the workers.
    """
    for item in items:
        drawn = getattr(getattr(item, "function", None), "is_hypothesis_test", False)
        marked = item.get_closest_marker("statistical") or item.get_closest_marker("untraced")
        item.stash[UNTRACED] = bool(drawn or marked)
    items.sort(key=lambda item: not item.stash[UNTRACED])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Take the tracer away while such a test runs; the marker of pytest-cov has no effect in workers of xdist."""
    tracer = sys.gettrace()
    if item.stash[UNTRACED]:
        sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracer)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let Ctrl-C work, also where whoever started the tests ignores it, as a shell does for jobs in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
