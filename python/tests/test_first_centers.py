"""First centers: against scikit-learn, and what must hold of any table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import sklearn.cluster

import karat
from karat import KMeans, kmeans_plusplus


def groups(rows=4_000, columns=4, centers=12, seed=0):
    random = np.random.default_rng(seed)
    middle = random.normal(scale=4, size=(centers, columns))
    return middle[random.integers(centers, size=rows)] + random.normal(size=(rows, columns))


def inertia(X, centers):
    return ((X[:, None, :] - centers[None, :, :]) ** 2).sum(axis=2).min(axis=1).sum()


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_centers_are_rows_in_the_precision_of_the_table(dtype, order):
    X = np.asarray(groups(), dtype=dtype, order=order)
    centers, indices = kmeans_plusplus(X, 20, random_state=3)
    assert centers.dtype == dtype
    assert centers.shape == (20, 4)
    assert indices.dtype == np.int64
    assert np.array_equal(X[indices], centers)
    assert len(set(indices.tolist())) == 20
    wide, again = kmeans_plusplus(np.asarray(X, dtype=np.float64), 20, random_state=3, n_threads=1)
    assert np.array_equal(again, indices)
    assert np.array_equal(wide, centers)
    assert not np.array_equal(kmeans_plusplus(X, 20, random_state=4)[1], indices)


@pytest.mark.parametrize("n_local_trials", [None, 1])
@pytest.mark.parametrize("k", [6, 24])
def test_starts_are_as_good_as_those_of_scikit_learn(k, n_local_trials):
    """The mean over 40 seeds lies no more than 3 of its standard errors above scikit-learn's."""
    X = groups(seed=k)
    ours, theirs = (
        np.array([inertia(X, f(X, k, random_state=s, n_local_trials=n_local_trials)[0]) for s in range(40)])
        for f in (kmeans_plusplus, sklearn.cluster.kmeans_plusplus)
    )
    error = np.sqrt((ours.var(ddof=1) + theirs.var(ddof=1)) / 40)
    assert abs(ours.mean() - theirs.mean()) <= 3 * error


def test_k_means_parallel_ends_as_well_as_k_means_plus_plus():
    X = groups(seed=5)
    parallel, greedy = (
        [KMeans(12, init=init, n_init=1, random_state=seed).fit(X).inertia_ for seed in range(15)]
        for init in ("k-means||", "k-means++")
    )
    assert np.median(parallel) <= 1.05 * np.median(greedy)


def test_weights_are_copies():
    X = groups(500)
    weights = np.arange(500) % 3
    repeated, _ = kmeans_plusplus(np.repeat(X, weights, axis=0)[::-1], 9, random_state=1)
    weighted, indices = kmeans_plusplus(X, 9, sample_weight=weights, random_state=1)
    assert np.array_equal(repeated, weighted)
    assert weights[indices].all()


def test_frames_and_other_layouts():
    X = groups(300)
    expected = kmeans_plusplus(X, 5, random_state=2)
    for same in (pd.DataFrame(X, columns=list("abcd")), X.tolist(), np.repeat(X, 2, axis=1)[:, ::2]):
        found = kmeans_plusplus(same, 5, random_state=2)
        assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


def test_bad_input_is_named():
    X = groups(50).astype(np.float32)
    for bad in (
        {"n_clusters": 0},
        {"n_clusters": 2, "n_local_trials": 0},
        {"n_clusters": 2, "random_state": -1},
    ):
        with pytest.raises(karat.ParameterError):
            kmeans_plusplus(X, **bad)
    X[3, 1] = np.nan
    with pytest.raises(karat.DataError, match="NaN"):
        kmeans_plusplus(X, 2)
    with pytest.raises(karat.DataError, match="1 different row"):
        kmeans_plusplus(np.ones((5, 2), dtype=np.float32), 2)
    with pytest.raises(karat.ShapeError):
        kmeans_plusplus(X[0], 2)


def test_a_callable_is_asked_for_each_start():
    X = groups(400)
    asked = []

    def init(rows, n_clusters, random_state):
        asked.append(random_state)
        return rows[random_state.choice(len(rows), n_clusters, replace=False)]

    fits = [KMeans(5, init=init, n_init=3, random_state=8).fit(X) for _ in range(2)]
    assert len(asked) == 6
    assert isinstance(asked[0], np.random.RandomState)
    assert fits[0].restart_inertias_.shape == (3,)
    assert fits[0].inertia_ == fits[0].restart_inertias_.min()
    assert len(set(fits[0].restart_inertias_.tolist())) > 1, "starts differ"
    assert fits[0].cluster_centers_.tobytes() == fits[1].cluster_centers_.tobytes()


def test_a_fitted_model_is_a_warm_start():
    X = groups(400)
    first = KMeans(5, random_state=0).fit(X)
    again = KMeans(5, init=first).fit(X)
    by_centers = KMeans(5, init=first.cluster_centers_).fit(X)
    assert again.cluster_centers_.tobytes() == by_centers.cluster_centers_.tobytes()
    assert again.n_iter_ <= 2
    assert np.isclose(again.inertia_, first.inertia_)
    with pytest.raises(karat.NotFittedError):
        KMeans(5, init=KMeans(5)).fit(X)
