"""Sets of numbers that fill a space of possibilities evenly."""

import numpy as np


def latin_hypercube(dimensions: int, count: int, *, seed: int) -> tuple[tuple[float, ...], ...]:
    """Give `count` points in a cube of edge 1: along every dimension one in each of `count` slices of equal width.

    McKay, Beckman and Conover (1979), by scipy. The same seed gives the same points.
    """
    from scipy.stats import qmc

    points = qmc.LatinHypercube(d=dimensions, seed=np.random.default_rng(seed)).random(count)
    return tuple(map(tuple, points.tolist()))
