"""What is written reads back the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpsim.model.process import Process
from bpsim.reading.source import parse_source
from bpsim.reading.write import to_yaml
from tests.oracle.generate import process as drawn


def read(text: str) -> dict[str, Any]:
    """Read YAML back as plain data."""
    data: dict[str, Any] = parse_source(text, "written.yaml").data
    return data


@pytest.mark.parametrize("seed", range(30))
def test_a_resolved_process_reads_back(seed: int) -> None:
    """The digest of what is read again is that of what was written."""
    process = Process.model_validate(drawn(seed))
    assert Process.model_validate(read(to_yaml(process.as_written()))).digest() == process.digest()


@pytest.mark.parametrize("text", ["1e3", "0o17", "no", "10:30", "true", "~", "", "010", ">= 5", "a: b", "#", "9" * 500])
def test_a_text_stays_a_text(text: str) -> None:
    """Also one that looks like a number, a truth value, a time or a sign of YAML."""
    assert read(to_yaml({"value": text, "list": [text, 5]})) == {"value": text, "list": [text, 5]}


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}", fullmatch=True),
        st.floats(allow_nan=False, allow_infinity=False) | st.text("abz09.,:'\"#-+e ") | st.booleans(),
        min_size=1,
    )
)
def test_any_plain_data_reads_back(data: dict[str, Any]) -> None:
    """Numbers to the last bit, texts to the last blank."""
    assert read(to_yaml(data)) == data


def test_nothing_is_left_out() -> None:
    """None is written nowhere; lists stand inside their key, in the order given."""
    assert to_yaml({"b": None, "a": {"x": None, "list": [{"c": 1, "d": None}]}}) == "a:\n  list:\n    - c: 1\n"
