"""The oracle's own luck: numbers at addresses (section 2 of docs/semantics.md), and choices made with them."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any


def mix(z: int) -> int:
    """Scatter 64 bits."""
    z %= 2**64
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
    return z ^ (z >> 31)


def luck(address: str, occurrence: int, position: int) -> float:
    """Give the number between 0 and 1 at an address `SEED/REPLICATION/PURPOSE/LINEAGE`."""
    key = int.from_bytes(blake2b(address.encode(), digest_size=8).digest(), "little")
    bits = mix(mix(key + (occurrence + 1) * 0xD1342543DE82EF95) + (position + 1) * 0x9E3779B97F4A7C15)
    return ((bits >> 12) + 0.5) / 2**52


def share_of(shares: Mapping[str, float], u: float) -> str:
    """Give the first name, in alphabetical order, whose cumulative share exceeds u."""
    reached = 0.0
    for name in sorted(shares):
        reached += shares[name]
        if u < reached:
            return name
    return max(shares)


def whole(value: float) -> int:
    """Check a duration and round it half to even."""
    if not 0 <= value < float("inf"):
        raise ValueError(value)
    return round(value)


def chosen(options: Mapping[str, Any], value: object) -> Any:  # noqa: ANN401
    """Give the entry of a choice: truths are written true and false, numbers in their shortest form."""
    word = str(value).lower() if isinstance(value, bool) else str(value).removesuffix(".0")
    return options[word] if word in options else options["else"]


def hashed(text: str) -> int:
    """Give the first eight bytes of the BLAKE2b-64 hash of a text as a number."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")
