"""k-means: against scikit-learn, and what must hold of any table."""

from __future__ import annotations

import _thread
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse
import sklearn.cluster
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import karat
from karat import ConvergenceWarning, KMeans


def blobs(rows=600, columns=4, centers=5, seed=0):
    random = np.random.default_rng(seed)
    middle = random.normal(scale=6, size=(centers, columns))
    return middle[random.integers(centers, size=rows)] + random.normal(size=(rows, columns))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("rows", "columns", "k"), [(300, 2, 3), (2_000, 8, 6), (500, 1, 4)])
def test_labels_and_centers_are_those_of_scikit_learn(rows, columns, k, weighted):
    X = blobs(rows, columns, k, seed=rows)
    weights = np.random.default_rng(1).uniform(0.1, 3, rows) if weighted else None
    init = X[:k]
    ours = KMeans(k, init=init, tol=0).fit(X, sample_weight=weights)
    theirs = sklearn.cluster.KMeans(k, init=init, n_init=1, tol=0, algorithm="lloyd")
    theirs.fit(X, sample_weight=weights)
    assert ours.converged_
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours.inertia_, theirs.inertia_, rtol=1e-12)
    np.testing.assert_allclose(ours.transform(X), theirs.transform(X), atol=1e-9)
    np.testing.assert_allclose(ours.score(X, sample_weight=weights), -ours.inertia_, rtol=1e-12)
    np.testing.assert_array_equal(ours.predict(X + 0.5), theirs.predict(X + 0.5))


def test_starts_are_as_good_as_those_of_scikit_learn():
    X = blobs(800, 3, 9, seed=4)
    ours = [KMeans(9, n_init=1, random_state=seed).fit(X).inertia_ for seed in range(15)]
    theirs = [sklearn.cluster.KMeans(9, n_init=1, random_state=s).fit(X).inertia_ for s in range(15)]
    assert np.median(ours) <= 1.05 * np.median(theirs)
    assert min(ours) <= 1.001 * min(theirs)


def test_threads_do_not_show():
    X = blobs(30_000, 6, 7)
    one, two = (KMeans(7, random_state=3, n_threads=n).fit(X) for n in (1, 2))
    for name in ("cluster_centers_", "labels_", "history_", "restart_inertias_"):
        assert getattr(one, name).tobytes() == getattr(two, name).tobytes()
    assert (one.inertia_, one.n_iter_) == (two.inertia_, two.n_iter_)
    assert one.predict(X).tobytes() == two.predict(X).tobytes() == one.labels_.tobytes()
    assert one.transform(X).tobytes() == two.transform(X).tobytes()


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**64 - 1), st.sampled_from(["k-means++", "random"]), st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_copies_show(seed, init, random):
    X = blobs(60, 2, 4, seed=seed % 1000).round(1)
    copies = [random.choice([0, 1, 2, 4]) for _ in range(60)]
    assume(sum(c > 0 for c in copies) > 20)
    order = random.sample(range(60), 60)
    repeated = KMeans(4, init=init, random_state=seed).fit(np.repeat(X, copies, axis=0))
    weighted = KMeans(4, init=init, random_state=seed).fit(X[order], sample_weight=np.array(copies)[order])
    assert repeated.cluster_centers_.tobytes() == weighted.cluster_centers_.tobytes()
    assert repeated.inertia_ == pytest.approx(weighted.inertia_, rel=1e-12)


def test_random_state_has_numpys_meanings():
    X = np.random.default_rng(0).uniform(size=(300, 2))

    def fit(state):
        return KMeans(12, n_init=1, random_state=state).fit(X).cluster_centers_

    assert np.array_equal(fit(7), fit(np.int64(7)))
    assert np.array_equal(fit(np.random.RandomState(5)), fit(np.random.RandomState(5)))
    assert np.array_equal(fit(np.random.default_rng(5)), fit(np.random.default_rng(5)))
    generator = np.random.default_rng(5)
    assert not np.array_equal(fit(generator), fit(generator)), "a generator moves on"
    assert len({fit(None).tobytes() for _ in range(6)}) > 1, "None is fresh entropy"
    for bad in (-1, 2**64, "seed", 1.5):
        with pytest.raises(karat.ParameterError, match="`random_state` must be"):
            fit(bad)


FRAMES = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "pyarrow": lambda columns: pa.table(dict(columns)),
    "dict": dict,
}


@pytest.mark.parametrize("kind", FRAMES)
def test_frames_of_every_kind(kind):
    X = blobs(200, 2)
    columns = {"arpu": X[:, 0], "tenure": X[:, 1]}
    frame = FRAMES[kind](columns)
    found = KMeans(3, random_state=0).fit(frame)
    assert found.feature_names_in_.tolist() == ["arpu", "tenure"]
    assert found.feature_names_in_.dtype == object
    expected = KMeans(3, random_state=0).fit(X)
    assert not hasattr(expected, "feature_names_in_")
    assert found.cluster_centers_.tobytes() == expected.cluster_centers_.tobytes()
    assert np.array_equal(found.predict(frame), found.labels_)
    with pytest.raises(ValueError, match="same order"):
        found.predict(FRAMES[kind](dict(reversed(columns.items()))))
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        found.predict(X)


def test_single_precision_and_integers_are_computed_in_double():
    X = blobs(100, 3)
    narrow = X.astype(np.float32)
    a, b = (KMeans(3, random_state=0).fit(data) for data in (narrow, narrow.astype(float)))
    assert a.cluster_centers_.dtype == np.float64
    assert a.cluster_centers_.tobytes() == b.cluster_centers_.tobytes()
    whole = KMeans(2, random_state=0).fit([[1], [2], [10], [11]])
    assert sorted(whole.cluster_centers_.ravel()) == [1.5, 10.5]


@pytest.mark.parametrize("layout", [np.asfortranarray, lambda X: X[::-1][::-1], lambda X: X.astype(">f8")])
def test_layouts_do_not_show(layout):
    X = blobs(150, 3)
    expected = KMeans(4, random_state=1).fit(X)
    found = KMeans(4, random_state=1).fit(layout(X))
    assert found.labels_.tobytes() == expected.labels_.tobytes()
    assert found.cluster_centers_.tobytes() == expected.cluster_centers_.tobytes()


def test_nullable_and_missing_columns():
    frame = pd.DataFrame({"a": pd.array([1, 2, 9], dtype="Int64"), "b": [0.5, 0.25, 4]})
    assert KMeans(2, random_state=0).fit(frame).inertia_ == pytest.approx(0.53125)
    frame.loc[1, "a"] = pd.NA
    with pytest.raises(karat.DataError, match=r"column `a`: NaN where KMeans needs .* \(1 row: 1\)"):
        KMeans(2).fit(frame)


def test_not_converging_warns_and_stands():
    X = blobs(500, 4)
    with pytest.warns(ConvergenceWarning, match="max_iter=1 iterations") as caught:
        found = KMeans(5, max_iter=1, random_state=0).fit(X)
    assert caught[0].filename == __file__
    assert not found.converged_
    assert found.n_iter_ == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert KMeans(5, random_state=0).fit(X).converged_


def test_history_falls_and_the_best_start_is_kept():
    found = KMeans(6, random_state=2, n_init=5).fit(blobs(700, 3, 6))
    assert len(found.history_) == found.n_iter_
    assert (np.diff(found.history_) <= 0).all()
    assert found.restart_inertias_.shape == (5,)
    assert found.inertia_ == found.restart_inertias_.min()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_clusters": 0}, "`n_clusters` must be an integer from 1 to 256, got 0"),
        ({"n_clusters": 2.0}, "`n_clusters` must be an integer"),
        ({"n_clusters": True}, "`n_clusters` must be an integer"),
        ({"n_init": 0}, "`n_init` must be"),
        ({"max_iter": 0}, "`max_iter` must be"),
        ({"tol": -1}, "`tol` must be"),
        ({"tol": float("nan")}, "`tol` must be"),
        ({"init": "kmeans++"}, '`init` must be "k-means\\+\\+"'),
        ({"init": [1.0, 2.0]}, "`init` must be an array of shape"),
        ({"init": np.zeros((3, 2))}, "expected 2 rows of the given centers, got 3"),
        ({"init": np.zeros((2, 3))}, "expected 2 columns of the given centers, got 3"),
        ({"n_threads": -1}, "`n_threads` must be"),
    ],
)
def test_bad_parameters_are_named_by_fit(parameters, message):
    estimator = KMeans(**{"n_clusters": 2, **parameters})
    with pytest.raises(ValueError, match=message) as caught:
        estimator.fit([[0.0, 1.0], [2.0, 3.0], [4.0, 6.0]])
    assert isinstance(caught.value, karat.KaratError)


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (np.zeros((10, 2)), karat.DataError, "1 different row cannot make 2 segments"),
        (np.zeros((0, 2)), karat.ShapeError, r"0 sample\(s\)"),
        (np.zeros((2, 0)), karat.ShapeError, r"0 feature\(s\)"),
        (np.zeros(4), karat.ShapeError, "Reshape your data"),
        ([[1.0, np.inf], [1.0, 2.0]], karat.DataError, r"column `1`: inf .*\(1 row: 0\)"),
        ({"a": ["x", "y"], "b": [1, 2]}, karat.DataError, "column `a`: not numeric"),
        ({"a": [1, 2], "b": [1]}, karat.ShapeError, "same number of rows"),
        (pd.DataFrame({"d": pd.to_datetime(["2024-01-01", "2024-01-02"])}), karat.DataError, "column `d`"),
        (scipy.sparse.csr_matrix(np.eye(3)), TypeError, "sparse data was passed"),
        (np.full((3, 1), 1e300), karat.DataError, "different row|overflow"),
        (np.eye(3) * 1e200, karat.DataError, "overflow"),
    ],
)
def test_bad_tables_are_named(X, error, message):
    with pytest.raises(error, match=message):
        KMeans(2).fit(X)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, 2], "expected 3 sample weights"),
        ([[1], [2], [3]], "one number a row"),
        ([1, -1, 1], r"`sample_weight` must be finite and >= 0 .*\(row 1\)"),
        ([1, np.nan, 1], "must be finite"),
        ([0, 0, 0], "must not be zero in every row"),
    ],
)
def test_bad_weights_are_named(weights, message):
    with pytest.raises(ValueError, match=message):
        KMeans(2).fit([[0.0], [1.0], [2.0]], sample_weight=weights)


def test_a_failed_fit_leaves_the_earlier_one():
    found = KMeans(2, random_state=0).fit([[0.0], [1.0], [9.0]])
    centers = found.cluster_centers_.copy()
    with pytest.raises(karat.DataError):
        found.fit([[np.nan], [1.0], [2.0]])
    assert np.array_equal(found.cluster_centers_, centers)


def test_views():
    assert repr(KMeans()) == "KMeans()"
    assert repr(KMeans(3, random_state=1)) == "KMeans(n_clusters=3, random_state=1)"
    assert "array of shape (4, 2)" in repr(KMeans(4, init=np.zeros((4, 2))))
    assert "not fitted" in KMeans()._repr_html_()
    view = KMeans(2, random_state=0).fit([[0.0], [1.0], [9.0]])._repr_html_()
    assert "KMeans(n_clusters=2, random_state=0)" in view
    assert "converged" in view


def test_control_c_stops_a_fit():
    X = np.random.default_rng(0).uniform(size=(60_000, 8))
    threading.Timer(0.3, _thread.interrupt_main).start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        KMeans(64, n_init=200, tol=0, random_state=0).fit(X)
    assert time.monotonic() - started < 20


def test_nothing_heavy_is_imported():
    code = (
        "import sys, karat; karat.KMeans(2, random_state=0).fit([[0.0], [1.0], [5.0]]).transform([[1.0]]);"
        "heavy = ('sklearn', 'scipy', 'pandas', 'polars', 'pyarrow', 'narwhals');"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def skewed(rows: int = 3000, columns: int = 9) -> np.ndarray:
    """Amounts with outliers, as single-precision numbers."""
    random = np.random.default_rng(4)
    return np.exp(random.normal(0, 1.2, (rows, columns))).astype(np.float32)


@pytest.mark.parametrize("order", ["C", "F"])
def test_single_precision_rows_are_the_same_rows_in_double(order: str) -> None:
    rows = np.asarray(skewed(), order=order)  # type: ignore[call-overload]
    single = KMeans(7, random_state=1, n_init=2).fit(rows)
    double = KMeans(7, random_state=1, n_init=2).fit(rows.astype(np.float64))
    assert np.array_equal(single.cluster_centers_, double.cluster_centers_)
    assert np.array_equal(single.labels_, double.labels_)
    assert np.array_equal(single.history_, double.history_)
    assert single.inertia_ == double.inertia_
    assert np.array_equal(single.labels_, single.predict(rows))


@pytest.mark.parametrize("method", ["exact", "screen", "neighbours"])
@pytest.mark.parametrize("instructions", ["portable", "avx2", "avx512"])
def test_neither_method_nor_instructions_show(method: str, instructions: str) -> None:
    rows = skewed()
    expected = KMeans(20, random_state=3, n_init=1).fit(rows)
    km = KMeans(20, random_state=3, n_init=1, n_threads=2)
    km._method, km._instructions = method, instructions
    km.fit(rows)
    assert np.array_equal(km.cluster_centers_, expected.cluster_centers_)
    assert np.array_equal(km.labels_, expected.labels_)
    assert np.array_equal(km.history_, expected.history_)


def test_labels_are_the_least_ordered_sums_of_squares() -> None:
    """The definition in numpy: differences squared and added column by column, ties to the first."""
    rows = skewed().astype(np.float64)
    km = KMeans(12, random_state=5, n_init=1).fit(rows)
    squares = np.zeros((len(rows), 12))
    for f in range(rows.shape[1]):
        squares += (rows[:, f : f + 1] - km.cluster_centers_[:, f]) ** 2
    assert np.array_equal(km.labels_, squares.argmin(1))


def test_bad_single_precision_rows_are_named() -> None:
    rows = skewed(50, 3)
    rows[7, 1] = np.nan
    with pytest.raises(
        karat.DataError, match=r"column `1`: NaN where KMeans needs a finite number \(1 row: 7\)"
    ):
        KMeans(2).fit(rows)
