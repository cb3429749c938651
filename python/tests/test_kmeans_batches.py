"""k-means over batches, and the state of a pass as bytes: the bits of the fit in memory."""

from __future__ import annotations

import io
import signal
import threading
import time
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import karat
from karat import KMeans, lloyd
from karat._batch_progress import ProgressLine

random = np.random.default_rng(0)
ROWS = np.where(random.random((4_000, 1)) < 0.5, 3.0, 0.0) + random.gamma(1.5, 1.0, (4_000, 3))
NAMES = ["arpu", "tenure", "calls"]
START = ROWS[:5]


def frame():
    return pl.DataFrame(ROWS, schema=NAMES)


def one_row_groups(path):
    frame().write_parquet(path / "base.parquet", row_group_size=777)
    return path


SOURCES = {
    "directory": one_row_groups,
    "path": lambda path: str(one_row_groups(path) / "base.parquet"),
    "paths": lambda path: [one_row_groups(path) / "base.parquet"],
    "dataset": lambda path: ds.dataset(one_row_groups(path)),
    "table": lambda path: frame().to_arrow(),
    "lazy": lambda path: frame().lazy(),
    "polars": lambda path: frame(),
    "pandas": lambda path: pd.DataFrame(ROWS, columns=NAMES),
    "array": lambda path: ROWS,
    "fortran": lambda path: np.asfortranarray(ROWS),
    "arrays": lambda path: [ROWS[:1], ROWS[1:1], ROWS[1:3_000], ROWS[3_000:]],
    "function": lambda path: lambda: (ROWS[i : i + 999] for i in range(0, 4_000, 999)),
    "mappings": lambda path: [dict(zip(NAMES, ROWS.T, strict=True))],
}


@pytest.mark.parametrize("kind", SOURCES)
def test_every_source_gives_the_bits_of_the_fit_in_memory(kind, tmp_path):
    expected = KMeans(5, init=START).fit(ROWS)
    source = SOURCES[kind](tmp_path)
    found = KMeans(5, init=START).fit_batches(source, batch_size=333, progress=False)
    assert found.cluster_centers_.tobytes() == expected.cluster_centers_.tobytes()
    assert (found.inertia_, found.n_iter_, found.converged_) == (expected.inertia_, expected.n_iter_, True)
    assert found.history_.tobytes() == expected.history_.tobytes()
    assert found.sizes_.tolist() == np.bincount(expected.labels_).tolist()
    assert found.n_rows_ == 4_000
    assert not hasattr(found, "labels_")
    named = kind not in ("array", "fortran", "arrays", "function")
    assert (found.feature_names_in_.tolist() if named else NAMES) == NAMES
    labels = np.concatenate(list(found.predict_batches(source, batch_size=1_000)))
    np.testing.assert_array_equal(labels, expected.labels_)
    assert "rows of each" in found._repr_html_()


def test_duckdb_relations(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    one_row_groups(tmp_path)
    relation = duckdb.sql(f"select arpu, tenure, calls from '{tmp_path}/base.parquet'")
    found = KMeans(5, init=START).fit_batches(relation)
    expected = KMeans(5, init=START).fit(ROWS)
    assert found.cluster_centers_.tobytes() == expected.cluster_centers_.tobytes()


def test_columns_and_weights_by_name(tmp_path):
    weights = random.uniform(0, 3, 4_000)
    table = frame().with_columns(weight=pl.Series(weights), id=pl.Series(["a"] * 4_000))
    table.write_parquet(tmp_path / "base.parquet")
    chosen = ["calls", "arpu"]
    found = KMeans(4, init=START[:4, [2, 0]]).fit_batches(tmp_path, columns=chosen, weight="weight")
    expected = KMeans(4, init=START[:4, [2, 0]]).fit(ROWS[:, [2, 0]], sample_weight=weights)
    assert found.cluster_centers_.tobytes() == expected.cluster_centers_.tobytes()
    assert found.inertia_ == expected.inertia_
    pairs = [(ROWS[:7, [2, 0]], weights[:7]), (ROWS[7:, [2, 0]], weights[7:])]
    assert KMeans(4, init=START[:4, [2, 0]]).fit_batches(pairs).inertia_ == expected.inertia_
    assert len(next(iter(found.predict_batches(tmp_path)))) > 0
    with pytest.raises(karat.SchemaError, match="no column `age`"):
        KMeans(2).fit_batches(table.lazy().collect(), columns=["age"])
    with pytest.raises(karat.DataError, match="column `id`: "):
        KMeans(2).fit_batches(tmp_path, weight="weight")
    with pytest.raises(karat.ParameterError, match="`weight` must not be one of"):
        KMeans(2).fit_batches(tmp_path, columns=["arpu"], weight="arpu")


def test_single_precision_is_the_same_numbers():
    narrow = ROWS.astype(np.float32)
    wide = narrow.astype(float)
    expected = KMeans(5, init=wide[:5]).fit(wide)
    for source in (
        narrow,
        pl.DataFrame(narrow, schema=NAMES),
        pa.table(dict(zip(NAMES, narrow.T, strict=True))),
    ):
        found = KMeans(5, init=wide[:5]).fit_batches(source, batch_size=123)
        assert found.cluster_centers_.tobytes() == expected.cluster_centers_.tobytes()


def test_small_sources_get_the_fit_in_memory_and_large_ones_a_sample():
    whole = KMeans(5, random_state=3).fit(ROWS)
    found = KMeans(5, random_state=3).fit_batches(ROWS, batch_size=100)
    assert found.cluster_centers_.tobytes() == whole.cluster_centers_.tobytes()
    assert (found.inertia_, found.n_readings_) == (whole.inertia_, 1)
    some = [KMeans(5, random_state=3).fit_batches(ROWS, sample=400, batch_size=b) for b in (4_000, 77)]
    assert some[0].cluster_centers_.tobytes() == some[1].cluster_centers_.tobytes()
    assert some[0].n_readings_ > 3
    assert some[0].inertia_ < 1.05 * whole.inertia_


def test_progress_is_told_and_can_stop():
    seen = []
    with pytest.warns(karat.ConvergenceWarning, match="had not converged after max_iter=2"):
        KMeans(5, init=START, max_iter=2, tol=0).fit_batches(
            ROWS, batch_size=2_000, progress=lambda *told: seen.append(told)
        )
    assert [told[:4] for told in seen] == [
        ("first look", 0, 2_000, None),
        ("first look", 0, 4_000, None),
        ("iteration", 0, 2_000, 4_000),
        ("iteration", 0, 4_000, 4_000),
        ("iteration", 1, 2_000, 4_000),
        ("iteration", 1, 4_000, 4_000),
        ("inertia", 2, 2_000, 4_000),
        ("inertia", 2, 4_000, 4_000),
    ]
    assert seen[0][4] is None
    assert seen[-1][4] > 0

    def stop(*told):
        raise RuntimeError("enough")

    estimator = KMeans(5, init=START)
    with pytest.raises(RuntimeError, match="enough"):
        estimator.fit_batches(ROWS, progress=stop)
    assert not hasattr(estimator, "cluster_centers_")
    with pytest.raises(karat.ParameterError, match="`progress` must be"):
        KMeans(2).fit_batches(ROWS, progress="yes")


def test_the_line_is_written_over_and_silent_elsewhere(capsys):
    KMeans(5, init=START).fit_batches(ROWS)
    assert capsys.readouterr().err == ""
    stream = io.StringIO()
    line = ProgressLine(stream, 10)
    line("iteration", 0, 50, 100, None)
    line("iteration", 0, 100, 100, 7.5)
    line.done()
    text = stream.getvalue()
    assert "\n" not in text
    assert "karat: iteration 1, 100 of 100 rows" in text
    assert "inertia 7.5" in text


def test_ctrl_c_between_batches():
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("signals reach the main thread only")

    def endless():
        while True:
            yield ROWS

    threading.Timer(0.3, lambda: signal.raise_signal(signal.SIGINT)).start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        KMeans(3).fit_batches(endless)
    assert time.monotonic() - started < 10


def test_bad_sources_are_named(tmp_path):
    def message(source, kind=karat.KaratError, **options):
        with pytest.raises(kind) as caught:
            KMeans(2, **options).fit_batches(source)
        return str(caught.value)

    assert "one that can be read again" in message(iter([ROWS]), karat.ParameterError)
    assert "`source` must be a path" in message(7, karat.ParameterError)
    assert "must exist" in message(str(tmp_path / "none.parquet"), karat.ParameterError)
    assert "no rows" in message([], karat.DataError)
    assert "columns in the batch that begins with row 4000" in message([ROWS, ROWS[:, :2]], karat.ShapeError)
    others = [frame(), frame().rename({"arpu": "spend"})]
    assert "a batch has the columns" in message(others, karat.SchemaError)
    holes = ROWS.copy()
    holes[3_456, 1] = np.nan
    table = pl.DataFrame(holes, schema=NAMES)
    assert "column `tenure`: NaN where k-means needs a finite number (1 row: 3456)" in message(table)
    left = [ROWS, ROWS[:5]]
    shrinking = message(lambda: [left.pop(0) if left else ROWS[:1]], karat.DataError, init=START[:2])
    assert "4000 rows in the first reading of the source, 5 now" in shrinking

    def failing():
        yield ROWS
        raise OSError("disk is gone")

    with pytest.raises(OSError, match="disk is gone"):
        KMeans(2).fit_batches(failing)
    with pytest.raises(karat.NotFittedError):
        next(KMeans(2).predict_batches(ROWS))
    with pytest.raises(karat.ParameterError, match="takes neither missing values nor size bounds"):
        KMeans(2, max_size=3_000).fit_batches(ROWS)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=40, max_size=40), st.randoms(use_true_random=False))
def test_workers_and_merge_trees_do_not_show(workers, shuffle):
    X, centers = ROWS[:40], ROWS[40:43]
    weights = np.linspace(0, 2, 40)
    workers = np.array(workers)
    parts = [workers == w for w in range(6) if (workers == w).any()]
    scale = np.maximum.reduce([lloyd.magnitudes(X, sample_weight=weights), lloyd.magnitudes(centers)])
    states = [
        lloyd.summarise(X[part], centers=centers, scale=scale, sample_weight=weights[part]) for part in parts
    ]
    while len(states) > 1:
        shuffle.shuffle(states)
        states.append(lloyd.merge(states.pop(), states.pop()))
    whole = lloyd.summarise(X, centers=centers, scale=scale, sample_weight=weights)
    assert states == [whole]
    found = lloyd.finish(whole)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", karat.ConvergenceWarning)
        expected = KMeans(3, init=centers, max_iter=1).fit(X, sample_weight=weights)
    assert found.centers.tobytes() == expected.cluster_centers_.tobytes()
    assert found.inertia == expected.history_[0]
    assert found.counts.sum() == 40
    np.testing.assert_allclose(found.weights.sum(), weights.sum())


def test_damaged_states_are_refused():
    scale = lloyd.magnitudes(ROWS)
    state = lloyd.summarise(ROWS, centers=START, scale=scale)
    for bad in (b"", b"KLLS", state[:-1], state + b"\0", state[:50] + b"\xff" + state[51:]):
        with pytest.raises(karat.FormatError):
            lloyd.finish(bad)
        with pytest.raises(karat.FormatError):
            lloyd.merge(state, bad)
    other = lloyd.summarise(ROWS, centers=START + 0.1, scale=scale * 2)
    with pytest.raises(karat.ParameterError, match="same centers and scale"):
        lloyd.merge(state, other)
    with pytest.raises(karat.DataError, match="where the scale ends"):
        lloyd.summarise(ROWS * 9, centers=START, scale=scale)
    with pytest.raises(karat.ShapeError, match="`scale` must have a number"):
        lloyd.summarise(ROWS, centers=START, scale=scale[:2])
    with pytest.raises(karat.ParameterError, match="one or more"):
        lloyd.merge()
