"""Random numbers that belong to a named decision of a case, never to the order in which things happen.

A draw has an address: seed, replication, purpose, lineage of the node, occurrence, position (the case's number). The
generator is SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014), used as a
function of the address.
"""

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
#: An odd multiplier with good spectral properties (Steele, Vigna 2021): occurrences and positions share no lattice.
OCCURRENCE = 0xD1342543DE82EF95
FIRST, SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
#: 52 bits and a half make a number strictly between 0 and 1.
SHIFT, UNIT = 12, 2.0**-52


def mix(value: int) -> int:
    """Scatter 64 bits (the finalizer of SplitMix64)."""
    value &= MASK
    value = ((value ^ (value >> 30)) * FIRST) & MASK
    value = ((value ^ (value >> 27)) * SECOND) & MASK
    return value ^ (value >> 31)


def stream_key(seed: int, replication: int, purpose: str, lineage: str) -> int:
    """Give the key of a stream from its names."""
    name = f"{seed}/{replication}/{purpose}/{lineage}".encode()
    return int.from_bytes(blake2b(name, digest_size=8).digest(), "little")


def occurrence_key(key: int, occurrence: int) -> int:
    """Give the key of the draws of one occurrence."""
    return mix(key + (occurrence + 1) * OCCURRENCE)


def uniform(key: int, occurrence: int, position: int) -> float:
    """Draw one number, strictly between 0 and 1."""
    bits = mix(occurrence_key(key, occurrence) + (position + 1) * GOLDEN)
    return ((bits >> SHIFT) + 0.5) * UNIT


def uniforms(key: int, occurrence: int, first: int, count: int) -> NDArray[np.float64]:
    """Draw the numbers of `count` neighbouring positions: the same bits as `uniform`, many at a time."""
    with np.errstate(over="ignore"):
        bits = np.arange(first + 1, first + count + 1, dtype=np.uint64) * np.uint64(GOLDEN)
        bits += np.uint64(occurrence_key(key, occurrence))
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(FIRST)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(SECOND)
        bits ^= bits >> np.uint64(31)
    return ((bits >> np.uint64(SHIFT)).astype(np.float64) + 0.5) * UNIT


class Streams:
    """The streams of one replication."""

    def __init__(self, seed: int, replication: int) -> None:
        """Remember the seed and the replication."""
        self.seed = seed
        self.replication = replication

    def key(self, purpose: str, lineage: str = "") -> int:
        """Give the key of a stream."""
        return stream_key(self.seed, self.replication, purpose, lineage)
