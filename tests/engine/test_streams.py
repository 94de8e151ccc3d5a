"""The streams: one number for one address, even over the interval, and independent of every neighbouring address."""

import math
from hashlib import blake2b
from itertools import combinations, product

import numpy as np
import pytest
from numpy.typing import NDArray

from bpsim.engine.streams import GOLDEN, MASK, OCCURRENCE, Streams, mix, occurrence_key, stream_key, uniform, uniforms

#: Outputs of SplitMix64 as published with its C source, for two seeds.
PUBLISHED = {
    0: (0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F, 0xF88BB8A8724C81EC, 0x1B39896A51A8749B),
    1234567: (
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ),
}
#: Keys of streams worked out by a program of its own: printf '1/0/arrival/' | b2sum -l 64.
HASHED = {
    (1, 0, "arrival", ""): "26e7917e0670843e",
    (7, 2, "duration", "check"): "a61e9dd726f91c57",
    (1, 0, "assign count", "Straße"): "8824a77d9b4acd1e",
}
#: Addresses that differ in one thing from the first: seed, replication, purpose, lineage.
NAMES = [
    (1, 0, "duration", "check"),
    (2, 0, "duration", "check"),
    (1, 1, "duration", "check"),
    (1, 0, "setup", "check"),
    (1, 0, "duration", "decide"),
    (1, 0, "duration", "check2"),
]
DRAWS = 200_000
#: Standard errors that a figure may lie from what is expected: of a thousand good generators three would fail here.
FAR = 4.5


def draws(
    name: tuple[int, int, str, str], occurrence: int = 0, first: int = 0, count: int = DRAWS
) -> NDArray[np.float64]:
    """Draw from the stream of a name."""
    return uniforms(stream_key(*name), occurrence, first, count)


def unmix(value: int) -> int:
    """Undo the finalizer, step by step."""
    for shift, factor in ((31, 0x94D049BB133111EB), (27, 0xBF58476D1CE4E5B9), (30, 1)):
        undone = value
        for _ in range(64 // shift):
            undone = value ^ (undone >> shift)
        value = undone * pow(factor, -1, 1 << 64) & MASK
    return value


def key_for(bits: int) -> int:
    """Find the key whose first draw is made of these bits."""
    return (unmix((unmix(bits) - GOLDEN) & MASK) - OCCURRENCE) & MASK


def excess(counts: NDArray[np.int64]) -> float:
    """Give Pearson's chi-square of counts with equal chances, in standard errors above or below its expectation."""
    expected, freedom = counts.sum() / counts.size, counts.size - 1
    square = float(((counts - expected) ** 2).sum() / expected)
    return (square - freedom) / math.sqrt(2 * freedom)


def cells(*columns: NDArray[np.float64], bins: int) -> NDArray[np.int64]:
    """Count how often the numbers fall together into each cell of a grid."""
    place = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        place = place * bins + (column * bins).astype(np.int64)
    return np.bincount(place, minlength=bins ** len(columns))


def correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Give the correlation of two columns in its standard errors."""
    return float(((first - 0.5) * (second - 0.5)).mean() * 12 * math.sqrt(len(first)))


@pytest.mark.parametrize("seed", PUBLISHED)
def test_the_finalizer_gives_the_published_numbers(seed: int) -> None:
    """SplitMix64 adds the golden gamma and mixes: the published outputs."""
    assert tuple(mix(seed + n * 0x9E3779B97F4A7C15) for n in range(1, 6)) == PUBLISHED[seed]


def test_the_finalizer_loses_nothing() -> None:
    """Each of 64 bits can be found again from the mixed number, so no two positions of a stream share one."""
    for value in (0, 1, MASK, *(1 << bit for bit in range(64)), *PUBLISHED[0]):
        assert unmix(mix(value)) == value


@pytest.mark.parametrize("name", HASHED)
def test_a_stream_is_keyed_by_its_names(name: tuple[int, int, str, str]) -> None:
    """The key is the BLAKE2b hash of the names, little-endian."""
    assert stream_key(*name) == int.from_bytes(bytes.fromhex(HASHED[name]), "little")
    assert Streams(name[0], name[1]).key(*name[2:]) == stream_key(*name)


def test_every_name_counts() -> None:
    """Seed, replication, purpose and lineage each make another stream."""
    names = list(product((1, 2, 11), (0, 1, 12), ("duration", "setup", ""), ("check", "decide", "")))
    assert len({stream_key(*name) for name in names}) == len(names)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("occurrence", "first"), [(0, 0), (0, 1023), (1, 7), (999, 0), (3, 1 << 40)])
def test_many_at_a_time_are_the_same_bits(name: tuple[int, int, str, str], occurrence: int, first: int) -> None:
    """A block of draws equals the draws one by one, to the last bit."""
    key = stream_key(*name)
    assert uniforms(key, occurrence, first, 300).tolist() == [uniform(key, occurrence, first + n) for n in range(300)]


@pytest.mark.parametrize("key", [0, MASK, GOLDEN, MASK - GOLDEN + 1])
def test_overflow_is_the_same_bits(key: int) -> None:
    """Keys at the ends of 64 bits wrap around alike in both ways of drawing."""
    assert uniforms(key, 0, 0, 50).tolist() == [uniform(key, 0, n) for n in range(50)]


def test_a_draw_follows_the_published_recipe() -> None:
    """One draw, worked out from the description in docs/semantics.md with nothing of the module."""

    def scatter(z: int) -> int:
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
        return z ^ (z >> 31)

    key = int.from_bytes(blake2b(b"3/4/route/complete", digest_size=8).digest(), "little")
    second = scatter((key + 2 * 0xD1342543DE82EF95) % 2**64)
    bits = scatter((second + 18 * 0x9E3779B97F4A7C15) % 2**64)
    assert uniform(stream_key(3, 4, "route", "complete"), 1, 17) == ((bits >> 12) + 0.5) / 2**52


@pytest.mark.parametrize(("bits", "u"), [(0, 2.0**-53), (MASK, 1 - 2.0**-53), (1 << 63, 0.5 + 2.0**-53)])
def test_the_interval_is_open(bits: int, u: float) -> None:
    """The lowest bits stay above 0 and the highest below 1, in both ways of drawing."""
    key = key_for(bits)
    assert mix(occurrence_key(key, 0) + GOLDEN) == bits
    assert uniform(key, 0, 0) == u
    assert uniforms(key, 0, 0, 1).tolist() == [u]
    assert 0 < u < 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("occurrence", [0, 1, 2])
def test_the_numbers_are_even(name: tuple[int, int, str, str], occurrence: int) -> None:
    """Mean, variance, 1,000 equal cells and the largest step of the distribution function are those of even numbers."""
    u = draws(name, occurrence)
    assert abs(u.mean() - 0.5) * math.sqrt(12 * DRAWS) < FAR
    # The variance of (u - 1/2)^2 is 1/180.
    assert abs(((u - 0.5) ** 2).mean() - 1 / 12) * math.sqrt(180 * DRAWS) < FAR
    assert abs(excess(cells(u, bins=1000))) < FAR
    ranked = np.sort(u)
    step = np.arange(DRAWS) / DRAWS
    kolmogorov = max(float((ranked - step).max()), float((step + 1 / DRAWS - ranked).max())) * math.sqrt(DRAWS)
    # The chance of more is 2 exp(-2 x^2): one in 50,000.
    assert kolmogorov < 2.4


@pytest.mark.parametrize("name", NAMES[:3])
def test_every_bit_is_even(name: tuple[int, int, str, str]) -> None:
    """Each of the 52 bits is set in half of the draws, and no bit says anything of the next."""
    bits = (draws(name) * 2.0**52).astype(np.uint64)
    ones = np.array([((bits >> np.uint64(n)) & np.uint64(1)).astype(np.float64) for n in range(52)])
    assert np.abs(ones.mean(axis=1) - 0.5).max() * 2 * math.sqrt(DRAWS) < FAR
    agreement = (ones[1:] == ones[:-1]).mean(axis=1)
    assert np.abs(agreement - 0.5).max() * 2 * math.sqrt(DRAWS) < FAR


@pytest.mark.parametrize("name", NAMES[:3])
@pytest.mark.parametrize("lag", [1, 2, 3, 7, 1024])
def test_neighbouring_cases_are_independent(name: tuple[int, int, str, str], lag: int) -> None:
    """A case's draw says nothing of the draw some cases later: pairs fill the square evenly (serial test)."""
    u = draws(name)
    first, second = u[:-lag], u[lag:]
    assert abs(correlation(first, second)) < FAR
    assert abs(excess(cells(first, second, bins=20))) < FAR


def test_three_neighbours_are_independent() -> None:
    """Triples of neighbouring cases fill the cube evenly, where weak generators fall into planes."""
    u = draws(NAMES[0])[: DRAWS // 3 * 3].reshape(-1, 3)
    assert abs(excess(cells(*u.T, bins=10))) < FAR


@pytest.mark.parametrize(("first", "second"), list(combinations(NAMES, 2)))
def test_streams_are_independent(first: tuple[int, int, str, str], second: tuple[int, int, str, str]) -> None:
    """Streams whose names differ by a seed, a replication, a purpose or a lineage say nothing of each other."""
    one, two = draws(first), draws(second)
    assert abs(correlation(one, two)) < FAR
    assert abs(excess(cells(one, two, bins=20))) < FAR


@pytest.mark.parametrize(("first", "second"), [(0, 1), (1, 2), (0, 2), (0, 999)])
def test_passes_are_independent(first: int, second: int) -> None:
    """The draw of a case's next pass says nothing of the one before, nor of its neighbour's."""
    one, two = draws(NAMES[0], first), draws(NAMES[0], second)
    for here, there in ((one, two), (one[1:], two[:-1]), (one[:-1], two[1:])):
        assert abs(correlation(here, there)) < FAR
        assert abs(excess(cells(here, there, bins=20))) < FAR


def test_passes_and_cases_share_no_lattice() -> None:
    """Over 500 passes of 500 cases every address has its own number."""
    found = np.concatenate([draws(NAMES[0], occurrence, count=500) for occurrence in range(500)])
    assert len(np.unique(found)) == 250_000


def test_one_case_through_many_passes_is_even() -> None:
    """The draws of one case along its passes are as even as those of many cases in one pass."""
    key = stream_key(*NAMES[0])
    u = np.array([uniform(key, occurrence, 5) for occurrence in range(20_000)])
    assert abs(u.mean() - 0.5) * math.sqrt(12 * len(u)) < FAR
    assert abs(excess(cells(u, bins=100))) < FAR
    assert abs(excess(cells(u[:-1], u[1:], bins=10))) < FAR
