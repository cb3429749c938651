"""The index without classes: numpy's formula, the full fit, every kind of table, and bad input."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import karat

WEIGHTS = {"arpu": 0.5, "minutes": 0.2, "complaints": 0.2, "tenure": 0.1}


@pytest.fixture(scope="module")
def table():
    random = np.random.default_rng(11)
    return np.exp(random.normal(2, 0.8, (3_001, 4)))


@pytest.fixture(scope="module")
def fitted(table):
    return karat.Index(WEIGHTS, better=["complaints"]).fit(table)


def by_hand(table, weights, low=()):
    z = (table - table.min(0)) / np.ptp(table, axis=0)
    z[:, list(low)] = 1 - z[:, list(low)]
    return 100 * z @ weights


def test_the_index_is_the_weighted_sum(table, fitted):
    wanted = by_hand(table, list(WEIGHTS.values()), [2])
    np.testing.assert_allclose(fitted.score(table), wanted, rtol=0, atol=1e-11)
    assert fitted.weights_ == pytest.approx(WEIGHTS, abs=1e-15)
    assert fitted.bounds_["arpu"] == (table[:, 0].min(), table[:, 0].max())
    assert fitted.n_features_in_ == 4
    assert list(fitted.feature_names_in_) == list(WEIGHTS)


def test_points_add_up_to_the_last_bit(table, fitted):
    explained = fitted.explain(table)
    assert (explained.index == fitted.score(table)).all()
    assert (fitted.model_.score(table)["index"] == fitted.score(table)).all()
    by_columns = fitted.explain(np.asfortranarray(table))
    assert by_columns.points.tobytes() == explained.points.tobytes()
    assert by_columns.dimensions.tobytes() == explained.dimensions.tobytes()


def test_reasons_are_the_largest_shortfalls_against_the_mean(table, fitted):
    explained = fitted.explain(table, top=3)
    # Independently: differences from the mean of the points, in numpy.
    short = explained.points.mean(0) - explained.points
    for row in range(0, len(table), 97):
        wanted = [at for at in np.argsort(-short[row], kind="stable")[:3] if short[row, at] > 0]
        assert [reason.text for reason in explained.reasons[row]] == [list(WEIGHTS)[at] for at in wanted]
        for reason, at in zip(explained.reasons[row], wanted, strict=True):
            assert reason.shortfall == pytest.approx(short[row, at], rel=1e-9)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_bits_do_not_depend_on_layout_or_threads(table, fitted, threads):
    names = list(WEIGHTS)
    index = karat.Index(WEIGHTS, better=["complaints"], n_threads=threads)
    wanted = fitted.score(table).tobytes()
    frame = pd.DataFrame(table, columns=names)
    for kind in (
        table,
        np.asfortranarray(table),
        frame,
        pl.DataFrame(frame),
        pa.table(frame),
        table.tolist(),
    ):
        found = index.fit(kind)
        assert found.score(kind).tobytes() == wanted
        assert found.model_.to_bytes() == fitted.model_.to_bytes()


def test_the_full_fit_freezes_the_same(table, fitted):
    plan = fitted.model_.plan
    full = karat.ValueModel(plan).fit(table)
    assert full.score(table)["index"].tobytes() == fitted.score(table).tobytes()


def test_directions_and_weights_by_position(table):
    found = karat.Index([0.5, 0.2, 0.2, 0.1], better=[1, 1, -1, 1]).fit(table)
    np.testing.assert_allclose(found.score(table), by_hand(table, [0.5, 0.2, 0.2, 0.1], [2]), atol=1e-11)
    assert list(found.feature_names_in_) == ["x0", "x1", "x2", "x3"]
    equal = karat.Index().fit(table)
    np.testing.assert_allclose(equal.score(table), by_hand(table, [0.25] * 4), atol=1e-11)


def test_other_scales_and_missing_values(table):
    gapped = table.copy()
    gapped[::7, 1] = np.nan
    for missing in ("neutral", "renormalise", "median", 3.0):
        found = karat.Index(WEIGHTS, scale={"arpu": "rank", "tenure": "log1p"}, missing=missing).fit(gapped)
        full = karat.ValueModel(found.model_.plan).fit(gapped)
        assert full.score(gapped)["index"].tobytes() == found.score(gapped).tobytes()
        assert np.isfinite(found.score(gapped)).all()


def test_saved_and_pickled(tmp_path, table, fitted):
    fitted.save(tmp_path / "index.karat")
    loaded = karat.load(tmp_path / "index.karat")
    assert (loaded.scorer_.index(table) == fitted.score(table)).all()
    again = pickle.loads(pickle.dumps(fitted))
    assert (again.score(table) == fitted.score(table)).all()


def test_in_a_pipeline(table):
    pipeline = pytest.importorskip("sklearn.pipeline", reason="scikit-learn is not installed")
    from sklearn.base import clone
    from sklearn.preprocessing import StandardScaler

    index = clone(karat.Index(list(WEIGHTS.values())))
    pipe = pipeline.make_pipeline(index, StandardScaler())
    assert pipe.fit_transform(table).shape == (3_001, 1)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda t: karat.Index({"a": 0.5, "b": 0.2}).fit(t[:, :2]), karat.ParameterError, "sum"),
        (lambda t: karat.Index([0.5, 0.5]).fit(t), karat.ParameterError, "4 columns"),
        (lambda t: karat.Index(better=["bills"]).fit(t), karat.ParameterError, "bills"),
        (lambda t: karat.Index(better=[1, -1]).fit(t), karat.ParameterError, "direction"),
        (lambda t: karat.Index().fit(t[:, 0]), karat.ShapeError, "2 dimensions"),
        (lambda t: karat.Index().fit(t[:0]), karat.ShapeError, "rows"),
        (lambda t: karat.Index().fit(np.c_[t, np.ones(len(t))]), karat.DataError, "constant"),
        (lambda t: karat.Index().fit(np.where(t > t.max() / 2, np.inf, t)), karat.DataError, "infinite"),
        (lambda t: karat.Index(WEIGHTS).fit({"arpu": t[:, 0]}), karat.SchemaError, "minutes"),
        (lambda t: karat.Index().score(t), karat.NotFittedError, "fit"),
        (lambda t: karat.Index().fit(t).score(t[:, :3]), karat.ShapeError, "4 columns"),
    ],
)
def test_bad_input_is_named(table, make, error, message):
    with pytest.raises(error, match=message):
        make(table)
