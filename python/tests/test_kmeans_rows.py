"""k-means: rows of every layout and type through predict, transform and score, and what bad input gets."""

from __future__ import annotations

import pickle
import threading
import time

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sklearn.cluster

import karat
from karat import KMeans


def table(rows=5_000, columns=5, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, columns)) + 3.0


def fitted(X, k=7):
    model = KMeans(k, random_state=0, max_iter=5, tol=1.0).fit(X)
    model.cluster_centers_ += 0.01
    return model


def brute_force(X, centers):
    """The definition: squared differences added in the order of the columns, of equally near the first."""
    squares = np.zeros((len(X), len(centers)))
    for j in range(X.shape[1]):
        difference = X[:, j, None].astype(np.float64) - centers[None, :, j]
        squares += difference * difference
    return squares.argmin(axis=1), squares


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("columns", [1, 2, 3, 4, 5, 8, 11, 33])
@pytest.mark.parametrize("k", [1, 2, 8, 9, 100])
def test_labels_distances_and_inertia_are_those_of_the_definition(dtype, columns, k):
    X = table(1_003, columns).astype(dtype)
    centers = np.random.default_rng(1).normal(size=(k, columns)) + 3.0
    model = fitted(X, 2)
    model.cluster_centers_ = centers
    labels, squares = brute_force(X, centers)
    found = model.predict(X)
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, labels)
    distances = model.transform(X)
    assert distances.dtype == dtype
    np.testing.assert_array_equal(distances, np.sqrt(squares).astype(dtype))
    np.testing.assert_allclose(model.score(X), -squares.min(axis=1).sum(), rtol=1e-12)
    weights = np.random.default_rng(2).uniform(0, 3, len(X))
    expected = -(weights * squares.min(axis=1)).sum()
    np.testing.assert_allclose(model.score(X, sample_weight=weights), expected, rtol=1e-12)


LAYOUTS = {
    "fortran": np.asfortranarray,
    "reversed rows": lambda X: X[::-1].copy()[::-1],
    "reversed columns": lambda X: X[:, ::-1].copy()[:, ::-1],
    "every other row": lambda X: np.repeat(X, 2, axis=0)[::2],
    "some of the columns": lambda X: np.hstack([X, X])[:, : X.shape[1]],
    "broadcast from three dimensions": lambda X: np.stack([X, X], axis=2)[:, :, 0],
    "byte-swapped": lambda X: X.astype(X.dtype.newbyteorder()),
    "read-only": lambda X: np.frombuffer(X.tobytes(), dtype=X.dtype).reshape(X.shape),
    "not aligned": lambda X: (
        np.frombuffer(b"x" + X.tobytes(), dtype=np.uint8)[1:].view(X.dtype).reshape(X.shape)
    ),
    "list of rows": lambda X: X.tolist(),
    "objects": lambda X: X.astype(object),
    "pandas": lambda X: pd.DataFrame(X).rename(columns=str).set_axis(range(X.shape[1]), axis=1),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_do_not_show(layout, dtype):
    X = table(3_001).astype(dtype)
    model = fitted(X)
    other = LAYOUTS[layout](X)
    for n_threads in (1, 2):
        model.n_threads = n_threads
        assert model.predict(other).tobytes() == model.predict(X).tobytes()
        np.testing.assert_allclose(model.transform(other), model.transform(X), rtol=1e-6)
        assert model.score(other) == model.score(X)


@pytest.mark.parametrize("kind", [np.float16, np.int8, np.uint16, np.int32, np.int64, bool])
def test_other_numbers_are_read_in_double(kind):
    X = np.random.default_rng(5).uniform(size=(400, 3)) * 90
    X = X > 45 if kind is bool else X.astype(kind)
    model = fitted(X.astype(np.float64), 3)
    assert np.array_equal(model.predict(X), model.predict(X.astype(np.float64)))
    assert model.transform(X).dtype == np.float64
    assert (
        KMeans(2, random_state=0).fit(X).inertia_ == KMeans(2, random_state=0).fit(X.astype(float)).inertia_
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "make",
    [pd.DataFrame, pl.DataFrame, lambda columns: pa.table(columns), dict],
    ids=["pandas", "polars", "arrow", "dict"],
)
def test_columns_of_frames_are_read_in_their_precision(make, dtype):
    X = table(2_000, 3).astype(dtype)
    frame = make({f"c{j}": np.ascontiguousarray(X[:, j]) for j in range(3)})
    model = fitted(X)
    model.feature_names_in_ = np.array(["c0", "c1", "c2"], dtype=object)
    expected, _ = brute_force(X, model.cluster_centers_)
    np.testing.assert_array_equal(model.predict(frame), expected)
    assert model.transform(frame).dtype == dtype


def test_rows_between_two_centers_go_to_the_first():
    model = KMeans(3, init=[[2.0, 0.0], [0.0, 0.0], [9.0, 9.0]]).fit([[2.0, 0], [0, 0], [9, 9]])
    for dtype in (np.float32, np.float64):
        halves = np.tile(np.array([[1.0, 0.5]], dtype=dtype), (100, 1))
        assert not model.predict(halves).any()
        above = np.nextafter(halves, 0) if dtype == np.float64 else halves.astype(np.float64) - 1e-12
        assert (model.predict(above) == 1).all()


@pytest.mark.parametrize("scale", [1e-200, 1e-30, 1e25, 1e140])
def test_sizes_beyond_single_precision_are_decided_in_double(scale):
    X = table(500) * scale
    model = fitted(X / scale)
    model.cluster_centers_ = model.cluster_centers_ * scale
    expected, _ = brute_force(X, model.cluster_centers_)
    np.testing.assert_array_equal(model.predict(X), expected)


def test_offsets_cost_no_precision():
    X = table(2_000) + 1e7
    model = KMeans(6, random_state=0).fit(X)
    expected, _ = brute_force(X, model.cluster_centers_)
    np.testing.assert_array_equal(model.predict(X), expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("call", ["predict", "transform", "score"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_every_column_that_is_not_finite_is_named(call, bad, dtype):
    X = table(100, 4).astype(dtype)
    model = fitted(X)
    broken = X.copy()
    broken[17, 1] = broken[40, 1] = broken[98, 3] = bad
    for rows in (broken, np.asfortranarray(broken), broken[::-1][::-1], broken.tolist()):
        with pytest.raises(karat.DataError) as caught:
            getattr(model, call)(rows)
        message = str(caught.value)
        assert "column `1`" in message
        assert "(2 rows: 17, 40)" in message
        assert "column `3`" in message
        assert "(1 row: 98)" in message
    frame = pd.DataFrame(broken, columns=list("abcd"))
    named = KMeans(2, random_state=0).fit(pd.DataFrame(X, columns=list("abcd")))
    with pytest.raises(karat.DataError, match=r"column `b`.*\n.*column `d`"):
        getattr(named, call)(frame)


def test_singles_that_overflow_on_the_way_are_named():
    wide = np.array([[1e39, 1.0], [2.0, 3.0]])
    with np.errstate(over="ignore"):
        narrow = wide.astype(np.float32)
    model = KMeans(2, random_state=0).fit([[0.0, 0.0], [5.0, 5.0]])
    with pytest.raises(karat.DataError, match=r"column `0`: inf .*\(1 row: 0\)"):
        model.predict(narrow)
    assert model.predict(wide).tolist() == brute_force(wide, model.cluster_centers_)[0].tolist()
    top = np.array([[3e38, 0.0], [-3e38, 1.0]], dtype=np.float32)
    assert KMeans(2, random_state=0).fit(top).inertia_ == 0.0


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (np.ones((9, 3)), karat.DataError, "1 different row cannot make 2 segments; choose k <= 1"),
        ([[1.0], [1.0], [2.0], [2.0]], None, None),
        ([[1.0]], karat.DataError, "1 different row cannot make 2 segments"),
        ([[None, 1.0], [2.0, 3.0]], karat.DataError, "column `0`: NaN"),
        (np.array([["a", "b"], ["c", "d"]]), ValueError, "could not convert string to float"),
        (np.array([[1j, 2.0], [2.0, 3.0]]), ValueError, "Complex data not supported"),
        (np.array([["2024-01-01"], ["2024-01-02"]], dtype="M8[D]"), TypeError, "convert them first"),
        (np.float64(3.0), karat.ShapeError, "needs a table of two dimensions, got 0"),
        (np.ones((2, 2, 2)), karat.ShapeError, "needs a table of two dimensions, got 3"),
        (np.ones((3, 129)), ValueError, "at most 128 columns"),
    ],
)
def test_bad_tables(X, error, message):
    model = KMeans(2, random_state=0)
    if error is None:
        assert model.fit(X).inertia_ == 0.0
        return
    with pytest.raises(error, match=message):
        model.fit(X)


def test_one_row_and_one_segment():
    model = KMeans(1).fit([[3.0, 4.0]])
    assert (model.inertia_, model.labels_.tolist(), model.cluster_centers_.tolist()) == (
        0.0,
        [0],
        [[3.0, 4.0]],
    )
    assert model.predict([[0.0, 0.0]]).tolist() == [0]
    assert model.transform([[0.0, 0.0]]).tolist() == [[5.0]]
    X = table(300)
    whole = KMeans(1).fit(X)
    np.testing.assert_allclose(whole.cluster_centers_[0], X.mean(axis=0), rtol=1e-12)
    assert KMeans(1).fit(np.ones((8, 2))).inertia_ == 0.0, "rows that are all equal are one segment"


@pytest.mark.parametrize("weights", [[0, 1, 2, 0], np.array([0, 1, 2, 0], dtype=np.int8)])
def test_rows_of_weight_zero_get_a_label_and_no_say(weights):
    model = KMeans(2, random_state=0).fit([[100.0], [1.0], [5.0], [-70.0]], sample_weight=weights)
    assert sorted(model.cluster_centers_.ravel()) == [1.0, 5.0]
    assert (model.labels_ >= 0).all()
    with pytest.raises(karat.DataError, match="2 different rows of positive weight cannot make 3 segments"):
        KMeans(3).fit([[100.0], [1.0], [5.0], [-70.0]], sample_weight=weights)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, 2], "expected 4 sample weights, one a row, got 2"),
        ([1, -1, 1, 1], r"must be finite and >= 0 in every row \(row 1\), got -1"),
        ([1, 1, np.inf, 1], r"must be finite and >= 0 in every row \(row 2\), got inf"),
        ([0, 0, 0, 0], "must not be zero in every row"),
        ("abcd", "could not convert"),
    ],
)
def test_bad_weights_of_score(weights, message):
    model = KMeans(2, random_state=0).fit([[0.0], [1.0], [2.0], [3.0]])
    with pytest.raises(ValueError, match=message):
        model.score([[0.0], [1.0], [2.0], [3.0]], sample_weight=weights)


def test_starts_are_counted_as_in_scikit_learn():
    X = table(200, 3)
    for init in (
        "k-means++",
        "random",
        X[:4],
        lambda X, k, random_state: X[random_state.permutation(len(X))[:k]],
    ):
        ours = KMeans(4, init=init, random_state=0).fit(X)
        theirs = sklearn.cluster.KMeans(4, init=init, random_state=0).fit(X)
        assert len(ours.restart_inertias_) == theirs._n_init
        assert ours.inertia_ == ours.restart_inertias_.min()
    with pytest.warns(RuntimeWarning, match="performing only one init") as caught:
        KMeans(4, init=X[:4], n_init=3).fit(X)
    assert caught[0].filename == __file__


def test_a_callable_makes_the_first_centers():
    X = table(300, 2)
    seen = []

    def init(rows, n_clusters, random_state):
        seen.append((rows.shape, n_clusters, random_state.randint(1 << 30)))
        return rows[:n_clusters]

    model = KMeans(3, init=init, n_init=4, random_state=7).fit(X)
    assert [call[:2] for call in seen] == [((300, 2), 3)] * 4
    # The same stream that scikit-learn hands out for this seed.
    assert [call[2] for call in seen] == np.random.RandomState(7).randint(1 << 30, size=4).tolist()
    given = KMeans(3, init=X[:3]).fit(X)
    assert model.cluster_centers_.tobytes() == given.cluster_centers_.tobytes()
    with pytest.raises(karat.ShapeError, match="expected 3 rows of the given centers, got 2"):
        KMeans(3, init=lambda X, k, random_state: X[:2]).fit(X)
    with pytest.raises(ZeroDivisionError):
        KMeans(3, init=lambda X, k, random_state: 1 / 0).fit(X)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"algorithm": "full"}, '`algorithm` must be "lloyd" or "elkan", got \'full\''),
        ({"copy_x": "no"}, "`copy_x` must be True or False"),
        ({"n_init": "many"}, '`n_init` must be an integer >= 1 or "auto"'),
        ({"verbose": -1}, "`verbose` must be"),
        ({"verbose": "loud"}, "`verbose` must be"),
    ],
)
def test_bad_choices_are_named(parameters, message):
    with pytest.raises(karat.ParameterError, match=message):
        KMeans(2, **parameters).fit([[0.0], [1.0]])


def test_parameters_of_scikit_learn_never_change_a_result():
    X = table(500)
    before = X.tobytes()
    plain = KMeans(5, random_state=1).fit(X)
    other = KMeans(5, random_state=1, algorithm="elkan", copy_x=False).fit(X)
    assert plain.cluster_centers_.tobytes() == other.cluster_centers_.tobytes()
    assert X.tobytes() == before
    ours = set(KMeans().get_params()) - {"n_threads", "missing", "min_size", "max_size"}
    assert ours == set(sklearn.cluster.KMeans().get_params())
    theirs = sklearn.cluster.KMeans().get_params()
    defaults = {name: value for name, value in KMeans().get_params().items() if name in theirs}
    assert defaults | {"n_clusters": 8} == theirs


def test_verbose_prints_a_line_for_each_iteration(capsys):
    X = table(2_000)
    silent = KMeans(4, n_init=2, tol=0, random_state=0).fit(X)
    assert capsys.readouterr().out == ""
    told = KMeans(4, n_init=2, tol=0, random_state=0, verbose=1).fit(X)
    lines = capsys.readouterr().out.splitlines()
    assert lines.count("Initialization complete") == 2
    assert sum(line.startswith("Iteration ") for line in lines) >= told.n_iter_
    assert lines[-1] == f"Converged at iteration {told.n_iter_ - 1}: strict convergence."
    assert told.cluster_centers_.tobytes() == silent.cluster_centers_.tobytes()
    KMeans(4, max_iter=1, tol=1e9, random_state=0, verbose=True).fit(X)
    assert "within tolerance" in capsys.readouterr().out


def test_other_threads_run_while_rows_are_labelled():
    X = np.random.default_rng(0).normal(size=(1_000_000, 8))
    model = KMeans(256, init=X[:256], max_iter=1, tol=1e9, n_threads=1).fit(X[:1000])
    ticks = []
    done = threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    start = time.perf_counter()
    model.predict(X)
    end = time.perf_counter()
    done.set()
    thread.join()
    inside = sum(start < at < end for at in ticks)
    assert inside >= 3, "with the lock held there would be one tick at most"


def test_a_fit_survives_pickle_and_clone_with_every_parameter():
    X = table(200)
    model = KMeans(3, init=X[:3], n_init=1, algorithm="elkan", verbose=0, random_state=3).fit(X)
    again = pickle.loads(pickle.dumps(model))
    assert again.predict(X).tobytes() == model.labels_.tobytes()
    assert repr(again) == repr(model)
    copy = sklearn.base.clone(model)
    assert not hasattr(copy, "labels_")
    assert copy.fit(X).inertia_ == model.inertia_


def test_output_keeps_single_precision_in_frames():
    X = table(50, 3).astype(np.float32)
    model = KMeans(3, random_state=0).fit(X)
    frame = model.set_output(transform="pandas").transform(pd.DataFrame(X).set_axis(range(3), axis=1))
    assert (frame.dtypes == np.float32).all()
    assert list(frame.columns) == list(model.get_feature_names_out()) == ["kmeans0", "kmeans1", "kmeans2"]
    assert model.set_output(transform="polars").transform(X).dtypes == [pl.Float32] * 3
