"""Generated mixtures with a known number of groups, for `choose_k.py`.

Mixture `i` has `2 + i % 9` groups. Its rows (600 to 4,000), dimensions (2 to 16), least separation of two
groups, their unequal shares and unequal spreads, and the shape of its groups are drawn from the seed and `i`.
Separation is the distance of two centers over the sum of their spreads: at 1.4 two normal groups share one
row in twelve, at 2.8 one in 400.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SHAPES = ("normal", "correlated", "uniform", "heavy-tailed", "skewed")
DIMENSIONS = (2, 3, 4, 6, 8, 12, 16)


class Mixture(NamedTuple):
    """Rows with the truth about them."""

    rows: NDArray[np.float64]
    labels: NDArray[np.int64]
    k: int
    shape: str
    separation: float


def mixture(seed: int, number: int) -> Mixture:
    """Mixture `number` of `seed`."""
    random = np.random.default_rng([seed, number])
    k = 2 + number % 9
    d = int(random.choice(DIMENSIONS))
    n = int(random.integers(max(600, 120 * k), 4001))
    shape = str(random.choice(SHAPES))
    separation = float(random.uniform(1.4, 2.8))
    shares = 0.35 / k + 0.65 * random.dirichlet(np.full(k, 3.0))
    spreads = np.exp(random.uniform(np.log(0.5), np.log(1.5), k))
    centers = _centers(random, k, d, separation, spreads)
    labels = random.choice(k, n, p=shares)
    rows = np.empty((n, d))
    for group in range(k):
        members = np.flatnonzero(labels == group)
        rows[members] = centers[group] + spreads[group] * _noise(random, len(members), d, shape)
    return Mixture(rows, labels, k, shape, separation)


def _centers(
    random: np.random.Generator, k: int, d: int, separation: float, spreads: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Points in a cube, the best spaced of several draws, scaled until the nearest two are as asked."""
    best, widest = np.empty((k, d)), 0.0
    for _ in range(20):
        draw = random.uniform(0, 1, (k, d))
        distance = np.linalg.norm(draw[:, None] - draw[None], axis=2) / (spreads[:, None] + spreads[None])
        nearest = float(distance[np.triu_indices(k, 1)].min())
        if nearest > widest:
            best, widest = draw, nearest
    return best * (separation / widest)


def _noise(random: np.random.Generator, n: int, d: int, shape: str) -> NDArray[np.float64]:
    """Mean 0 and, on the whole, variance 1 in every dimension."""
    if shape == "uniform":
        return random.uniform(-np.sqrt(3), np.sqrt(3), (n, d))
    if shape == "heavy-tailed":
        return random.standard_t(6, (n, d)) / np.sqrt(1.5)
    if shape == "skewed":
        return (random.gamma(4.0, 1.0, (n, d)) - 4.0) / 2.0
    noise = random.standard_normal((n, d))
    if shape == "log-normal":
        return np.exp(0.8 * noise)
    if shape == "correlated":
        rotation, _ = np.linalg.qr(random.standard_normal((d, d)))
        scales = np.exp(random.uniform(np.log(0.5), np.log(1.4), d))
        noise = noise @ (rotation * (scales / np.sqrt(np.mean(scales**2))))
    return noise


def single(seed: int, number: int) -> Mixture:
    """One group alone, of the same shapes or log-normal, with columns of unequal spread."""
    random = np.random.default_rng([seed, number, 1])
    d = int(random.choice(DIMENSIONS))
    shape = str(random.choice((*SHAPES, "log-normal")))
    n = int(random.integers(600, 4001))
    spreads = np.exp(random.uniform(np.log(0.5), np.log(1.5), d))
    return Mixture(spreads * _noise(random, n, d, shape), np.zeros(n, dtype=np.int64), 1, shape, np.nan)
