"""Missing values and bounds of sizes in k-means, against numpy and scipy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics.pairwise import nan_euclidean_distances

import karat
from karat import KMeans

random = np.random.default_rng(1)
ROWS = random.normal(size=(600, 4)) + 4 * random.integers(3, size=(600, 1))


def gappy(share=0.2, seed=0):
    X = ROWS.copy()
    holes = np.random.default_rng(seed).random(X.shape) < share
    holes[holes.all(axis=1), 0] = False
    X[holes] = np.nan
    return X


def test_gaps_are_those_of_nan_euclidean_distances():
    X = gappy()
    found = KMeans(3, missing="scale", random_state=0, tol=0).fit(X)
    distances = nan_euclidean_distances(X, found.cluster_centers_)
    np.testing.assert_allclose(found.transform(X), distances, rtol=1e-12)
    np.testing.assert_array_equal(found.labels_, distances.argmin(axis=1))
    np.testing.assert_array_equal(found.predict(X), found.labels_)
    assert found.inertia_ == pytest.approx((distances.min(axis=1) ** 2).sum(), rel=1e-12)
    assert found.score(X) == pytest.approx(-found.inertia_, rel=1e-12)
    means = np.array([np.nanmean(X[found.labels_ == c], axis=0) for c in range(3)])
    np.testing.assert_allclose(found.cluster_centers_, means, rtol=1e-12)
    assert (np.diff(found.history_) <= 1e-9).all()
    whole = KMeans(3, random_state=0).fit(ROWS)
    # Clear groups are found again although a fifth of the values is gone.
    pairs = {(a, b) for a, b in zip(whole.labels_, found.labels_, strict=True)}
    counts = sorted(np.sum((whole.labels_ == a) & (found.labels_ == b)) for a, b in pairs)
    assert sum(counts[-3:]) > 0.98 * len(X)


def test_without_gaps_the_option_changes_nothing_and_it_is_off_by_default():
    plain, option = KMeans(3, random_state=2).fit(ROWS), KMeans(3, random_state=2, missing="scale").fit(ROWS)
    assert plain.cluster_centers_.tobytes() == option.cluster_centers_.tobytes()
    assert plain.inertia_ == option.inertia_
    with pytest.raises(karat.DataError, match="NaN"):
        KMeans(3).fit(gappy())
    infinite = gappy()
    infinite[5, 1] = np.inf
    with pytest.raises(karat.DataError, match="column `1`: inf"):
        KMeans(3, missing="scale").fit(infinite)
    with pytest.raises(karat.ParameterError, match='`missing` must be "error" or "scale"'):
        KMeans(3, missing="drop").fit(ROWS)
    bare = gappy()
    bare[7] = np.nan
    with pytest.raises(karat.DataError, match=r"nothing present \(1 row: 7\)"):
        KMeans(3, missing="scale").fit(bare)


def test_scaling_threads_and_order_do_not_show():
    X = gappy()
    expected = KMeans(4, missing="scale", random_state=0, n_threads=1).fit(X)
    other = KMeans(4, missing="scale", random_state=0, n_threads=2).fit(X[::-1])
    assert other.cluster_centers_.tobytes() == expected.cluster_centers_.tobytes()
    assert np.array_equal(other.labels_[::-1], expected.labels_)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 5), st.integers(0, 10**6), st.floats(0, 1), st.floats(0, 0.5))
def test_assignments_within_bounds_are_the_cheapest(k, seed, tight, spare):
    """scipy's linear programme over the same costs finds nothing cheaper."""
    X = np.random.default_rng(seed).gamma(1.0, size=(40, 2))
    least, most = int(40 // k * tight), -(-40 // k) + int(20 * spare)
    found = KMeans(k, n_init=1, min_size=least, max_size=most, random_state=seed).fit(X)
    sizes = np.bincount(found.labels_, minlength=k)
    assert sizes.min() >= least
    assert sizes.max() <= most
    costs = ((X[:, None] - found.cluster_centers_) ** 2).sum(axis=2)
    rows = np.kron(np.eye(40), np.ones(k))
    columns = np.tile(np.eye(k), 40)
    best = scipy.optimize.linprog(
        costs.ravel(),
        A_ub=np.vstack([columns, -columns]),
        b_ub=np.r_[np.full(k, most), np.full(k, -least)],
        A_eq=rows,
        b_eq=np.ones(40),
    )
    assert found.inertia_ == pytest.approx(best.fun, rel=1e-9)
    assert found.inertia_ == pytest.approx(costs[np.arange(40), found.labels_].sum(), rel=1e-12)


def test_balanced_segments():
    found = KMeans(6, min_size=100, max_size=100, random_state=0).fit(ROWS)
    assert np.bincount(found.labels_).tolist() == [100] * 6
    free = KMeans(6, random_state=0).fit(ROWS)
    assert free.inertia_ <= found.inertia_
    wide = KMeans(6, min_size=0, random_state=0).fit(ROWS)
    assert wide.inertia_ == pytest.approx(free.inertia_, rel=0.05)
    means = np.array([ROWS[found.labels_ == c].mean(axis=0) for c in range(6)])
    if found.converged_:
        np.testing.assert_allclose(found.cluster_centers_, means, atol=0.05)
    with pytest.raises(karat.ParameterError, match="`max_size` must be at least 100"):
        KMeans(6, max_size=99).fit(ROWS)
    with pytest.raises(karat.ParameterError, match="`min_size` must be at most 100"):
        KMeans(6, min_size=101).fit(ROWS)
    with pytest.raises(karat.ParameterError, match="`min_size` must be an integer"):
        KMeans(6, min_size=0.5).fit(ROWS)
    with pytest.raises(karat.ParameterError, match='cannot be had with missing="scale"'):
        KMeans(6, min_size=5, missing="scale").fit(ROWS)
