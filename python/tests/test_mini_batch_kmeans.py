"""Mini-batch k-means: scikit-learn's contract, its quality, and what is better than there."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn.cluster
from sklearn.base import clone
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

import karat
from karat import MiniBatchKMeans


def blobs(rows, columns, centers, seed):
    random = np.random.default_rng(seed)
    middle = random.normal(scale=6, size=(centers, columns))
    return middle[random.integers(centers, size=rows)] + random.normal(size=(rows, columns))


@parametrize_with_checks([MiniBatchKMeans(), MiniBatchKMeans(2, init="random", batch_size=10)])
def test_battery(estimator, check):
    check(estimator)


def test_the_battery_is_whole():
    results = check_estimator(MiniBatchKMeans(), on_skip=None)
    skipped = {result["check_name"] for result in results if result["status"] == "skipped"}
    assert skipped <= {"check_array_api_input"}
    for check in estimator_checks._yield_clustering_checks(MiniBatchKMeans()):
        check("MiniBatchKMeans", MiniBatchKMeans())


@pytest.mark.parametrize(("rows", "columns", "k", "size"), [(6_000, 4, 6, 256), (4_000, 8, 12, 128)])
def test_inertia_is_no_worse_than_scikit_learns(rows, columns, k, size):
    """Over 20 seeds, three starts each: the median at most 2 % above theirs, the mean at most 3 %."""
    X = blobs(rows, columns, k, seed=rows)
    ours, theirs = [], []
    for seed in range(20):
        ours.append(MiniBatchKMeans(k, batch_size=size, n_init=3, random_state=seed).fit(X).inertia_)
        peer = sklearn.cluster.MiniBatchKMeans(k, batch_size=size, n_init=3, random_state=seed)
        theirs.append(peer.fit(X).inertia_)
    assert np.median(ours) <= 1.02 * np.median(theirs)
    assert np.mean(ours) <= 1.03 * np.mean(theirs)


def test_attributes_are_those_of_scikit_learn():
    X = blobs(3_000, 3, 4, seed=1)
    ours = MiniBatchKMeans(4, batch_size=500, max_no_improvement=None, max_iter=5, random_state=0).fit(X)
    theirs = sklearn.cluster.MiniBatchKMeans(
        4, batch_size=500, max_no_improvement=None, max_iter=5, n_init=1, random_state=0
    ).fit(X)
    assert (ours.n_steps_, ours.n_iter_) == (theirs.n_steps_, theirs.n_iter_) == (30, 5)
    assert ours.counts_.sum() == 15_000
    assert ours.labels_.dtype == np.int32
    np.testing.assert_array_equal(ours.labels_, ours.predict(X))
    assert ours.inertia_ == pytest.approx(-ours.score(X))
    assert ours.transform(X).shape == (3_000, 4)
    parameters = MiniBatchKMeans().get_params().keys() - {"n_threads"}
    assert parameters == sklearn.cluster.MiniBatchKMeans().get_params().keys()
    bare = MiniBatchKMeans(4, compute_labels=False, random_state=0).fit(X)
    assert not hasattr(bare, "labels_")


def test_a_step_is_scikit_learns_step():
    X = blobs(900, 3, 4, seed=2)
    weights = np.random.default_rng(0).uniform(0.1, 2, 900)
    options = {"init": X[:4], "n_init": 1, "reassignment_ratio": 0.0, "random_state": 0}
    ours, theirs = MiniBatchKMeans(4, **options), sklearn.cluster.MiniBatchKMeans(4, **options)
    for part in np.split(np.arange(900), 9):
        ours.partial_fit(X[part], sample_weight=weights[part])
        theirs.partial_fit(X[part], sample_weight=weights[part])
        np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=1e-9)
        np.testing.assert_array_equal(ours.labels_, theirs.labels_)
        assert ours.inertia_ == pytest.approx(theirs.inertia_)
    assert ours.n_steps_ == theirs.n_steps_ == 9


def test_neither_threads_nor_order_nor_copies_show():
    X = blobs(5_000, 3, 5, seed=3)
    expected = MiniBatchKMeans(5, random_state=1, n_threads=1).fit(X)
    for other in (
        MiniBatchKMeans(5, random_state=1, n_threads=2).fit(X),
        MiniBatchKMeans(5, random_state=1).fit(X[::-1]),
        MiniBatchKMeans(5, random_state=1).fit(np.repeat(X, 2, axis=0)),
        MiniBatchKMeans(5, random_state=1).fit(X, sample_weight=np.full(5_000, 4.0)),
    ):
        assert other.cluster_centers_.tobytes() == expected.cluster_centers_.tobytes()


def test_streams_go_on_after_pickling_and_cloning():
    X = blobs(4_000, 2, 3, seed=4)
    whole, broken = MiniBatchKMeans(3, random_state=5), MiniBatchKMeans(3, random_state=5)
    for part in np.split(X, 8):
        whole.partial_fit(part)
        broken = pickle.loads(pickle.dumps(broken)).partial_fit(part)
    assert whole.cluster_centers_.tobytes() == broken.cluster_centers_.tobytes()
    streamed = MiniBatchKMeans(3, random_state=5).fit_batches(X, batch_size=500, progress=False)
    assert streamed.cluster_centers_.tobytes() == whole.cluster_centers_.tobytes()
    assert not hasattr(clone(whole), "cluster_centers_")
    best = karat.KMeans(3, random_state=0).fit(X)
    assert -whole.score(X) < 1.1 * best.inertia_


def test_frames_and_names():
    frame = pd.DataFrame(blobs(300, 2, 3, seed=6), columns=["a", "b"])
    found = MiniBatchKMeans(3, random_state=0).partial_fit(frame).partial_fit(frame)
    assert found.feature_names_in_.tolist() == ["a", "b"]
    with pytest.raises(ValueError, match="same order"):
        found.partial_fit(frame[["b", "a"]])
    assert "batches" in found._repr_html_()


def test_centers_with_few_rows_are_put_elsewhere():
    X = blobs(2_000, 2, 5, seed=7)
    far = np.vstack([X[:4], [[900.0, 900.0]]])
    stuck = MiniBatchKMeans(5, init=far, reassignment_ratio=0, random_state=0).fit(X)
    assert (np.bincount(stuck.labels_, minlength=5) == 0).any()
    free = MiniBatchKMeans(5, init=far, random_state=0).fit(X)
    assert (np.bincount(free.labels_, minlength=5) > 0).all()


def test_bad_parameters_are_named():
    X = blobs(50, 2, 2, seed=8)
    for bad in (
        {"batch_size": 0},
        {"n_init": "many"},
        {"n_init": 0},
        {"reassignment_ratio": -0.1},
        {"max_no_improvement": -1},
        {"tol": np.nan},
        {"init_size": 0},
    ):
        with pytest.raises(karat.ParameterError, match=f"`{next(iter(bad))}` must be"):
            MiniBatchKMeans(2, **bad).fit(X)
    with pytest.warns(RuntimeWarning, match="init_size=3 should be larger than n_clusters=4"):
        MiniBatchKMeans(4, init_size=3).fit(X)
    with pytest.raises(karat.DataError, match="1 different row cannot make 2 segments"):
        MiniBatchKMeans(2).fit(np.ones((9, 2)))
    with pytest.raises(karat.DataError, match="NaN"):
        MiniBatchKMeans(2).fit([[1.0], [np.nan]])
