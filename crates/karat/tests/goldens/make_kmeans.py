#!/usr/bin/env python3
"""Golden numbers for k-means, computed by scikit-learn's Lloyd iterations from given first centers.

    pip install numpy==2.4.6 scikit-learn==1.9.1        (the versions used are stored in the file)
    python make_kmeans.py > kmeans.json

Rows are multiples of 1/64, so that the file holds them exactly. `after` are the centers after a fixed number
of iterations with the tolerance switched off; `converged` the fit with the default tolerance. The greedy
k-means++ entry holds the inertias that scikit-learn's own starts end at, over seeds, for comparison of
their medians.
"""
import json
import warnings

import numpy as np
import sklearn
from sklearn.cluster import KMeans

warnings.filterwarnings("ignore")
rng = np.random.default_rng(20240607)


def blobs(n, d, groups, spread):
    middle = rng.normal(size=(groups, d)) * spread
    x = middle[rng.integers(0, groups, n)] + rng.normal(size=(n, d))
    return np.round(x * 64) / 64


def skewed(n, d):
    x = np.exp(rng.normal(size=(n, d))) * (1 + np.arange(d)) + 3 * rng.poisson(0.5, size=(n, 1))
    return np.round(x * 64) / 64


def case(name, x, k, weights=None, empty=False):
    start = x[rng.choice(len(x), k, replace=False)]
    assert len(np.unique(start, axis=0)) == k
    if empty:
        start = start.copy()
        start[-1] = 1000.0
    out = {
        "name": name,
        "x": x.tolist(),
        "start": start.tolist(),
        "weights": None if weights is None else weights.tolist(),
    }
    for key, options in [("after", {"max_iter": 3, "tol": 0}), ("converged", {}), ("exhausted", {"tol": 0})]:
        fit = KMeans(k, init=start, n_init=1, algorithm="lloyd", **options).fit(x, sample_weight=weights)
        out[key] = {
            "centers": fit.cluster_centers_.tolist(),
            "inertia": fit.inertia_,
            "labels": fit.labels_.tolist(),
            "iterations": int(fit.n_iter_),
        }
    return out


cases = [
    case("four groups in the plane", blobs(120, 2, 4, 6.0), 4),
    case("overlapping, five columns", blobs(200, 5, 6, 1.5), 7),
    case("skewed, three columns", skewed(150, 3), 5),
    case("weighted", skewed(100, 2), 4, weights=np.round(rng.exponential(size=100) * 16) / 16),
    case("one column", blobs(60, 1, 3, 5.0), 3),
    case("one segment", blobs(40, 3, 2, 3.0), 1),
    case("a center far from all rows", blobs(90, 2, 3, 6.0), 3, empty=True),
]
x = blobs(400, 4, 9, 2.5)
starts = [KMeans(9, init="k-means++", n_init=1, random_state=seed).fit(x).inertia_ for seed in range(60)]
random = [KMeans(9, init="random", n_init=1, random_state=seed).fit(x).inertia_ for seed in range(60)]
print(json.dumps({
    "numpy": np.__version__,
    "scikit_learn": sklearn.__version__,
    "cases": cases,
    "greedy": {"x": x.tolist(), "k": 9, "k_means_plus_plus": starts, "random": random},
}, separators=(",", ":")).replace('{"name"', '\n{"name"').replace('"greedy"', '\n"greedy"'))
