"""Wavelet networks of the classic families from Python."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import karat
from karat import wavelet


def piecewise(x: np.ndarray) -> np.ndarray:
    """The function of Zhang and Benveniste (1992)."""
    right = 10 * np.exp(-0.05 * x - 0.5) * np.sin((0.03 * x + 0.7) * x)
    return np.where(x < -2, -2.186 * x - 12.864, np.where(x < 0, 4.246 * x, right))


def test_gt_3_4_seven_wavelons_follow_the_piecewise_function() -> None:
    x = np.linspace(-10, 10, 200)
    dense = np.linspace(-10, 10, 1001)
    network = wavelet.fit(
        x[:, None],
        piecewise(x),
        family="product",
        mother="gaussian_derivative",
        wavelons=7,
        decay=(0, 0, 0),
        max_iter=500,
        tol=1e-10,
    )
    truth = piecewise(dense)
    error = np.sqrt(
        ((network.predict(dense[:, None]) - truth) ** 2).sum() / ((truth - truth.mean()) ** 2).sum()
    )
    assert error <= 0.06
    assert network.n_parameters_ == 1 + 1 + 7 + 7 + 7
    assert "product" in repr(network)
    assert "<table>" in network._repr_html_()


@pytest.mark.parametrize("family", ["ridge", "product", "radial"])
def test_classes_have_probabilities_and_names(family: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 2))
    names = np.array(["inner", "middle", "outer"])
    y = names[np.minimum(np.hypot(*x.T) / 0.9, 2).astype(int)]
    network = wavelet.fit(x, y, task="classes", family=family, wavelons=6, max_iter=100)
    proba = network.predict_proba(x)
    assert network.classes_ is not None
    assert list(network.classes_) == ["inner", "middle", "outer"]
    assert np.allclose(proba.sum(axis=1), 1)
    assert (network.predict(x) == y).mean() > 0.9
    assert not network.plain_is_as_good_
    again = pickle.loads(pickle.dumps(network))
    assert np.array_equal(again.predict_proba(x), proba)
    alone = np.vstack([network.predict_proba(row[None]) for row in x[:20]])
    assert np.array_equal(alone, proba[:20])


def test_threads_seeds_and_warm_starts() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 3))
    y = np.sin(2 * x[:, 0]) + x[:, 1]
    options = {"wavelons": 4, "members": 3, "bootstrap": True, "max_iter": 40}
    one = wavelet.fit(x, y, n_threads=1, **options)
    two = wavelet.fit(x, y, n_threads=2, **options)
    assert one.to_bytes() == two.to_bytes()
    assert wavelet.fit(x, y, random_state=5, **options).to_bytes() != one.to_bytes()
    warm = wavelet.fit(x, y, warm_start=one, **options)
    assert warm.loss_ <= one.loss_ * 1.01
    assert all(member["counts"].sum() > 0 for member in one.members_)


def test_frames_categories_and_gaps() -> None:
    pd = pytest.importorskip("pandas")
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"tariff": rng.integers(0, 3, 300).astype(float), "bill": rng.normal(50, 9, 300)})
    frame.loc[::7, "bill"] = np.nan
    y = np.where(frame["tariff"] == 1, 5.0, 0.0) + np.where(frame["bill"].isna(), 2.0, 0.0)
    network = wavelet.fit(frame, y, wavelons=1, categories={"tariff": 3})
    assert np.abs(network.predict(frame) - y).max() < 0.1
    flags = network.outside(np.array([[1.0, 50.0], [7.0, np.nan], [1.0, 1e9]]))
    assert flags.tolist() == [0, 5, 2]


def test_choices_and_intervals() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(250, 3))
    y = x[:, 0] ** 2 - x[:, 2] + 0.2 * rng.normal(size=250)
    choice = wavelet.select_wavelons(x, y, [0, 2], max_iter=40)
    assert choice.chosen == 2
    found = wavelet.significance(x, y, wavelons=3, max_iter=40)
    assert found.kept == [0, 2]
    network = wavelet.fit(x, y, wavelons=3, max_iter=40, members=10, bootstrap=True)
    fresh = rng.normal(size=(2000, 3))
    seen = fresh[:, 0] ** 2 - fresh[:, 2] + 0.2 * rng.normal(size=2000)
    bands = wavelet.intervals(network, fresh)
    assert 0.85 < np.mean((bands["low"] <= seen) & (seen <= bands["high"])) < 0.97
    assert np.all(bands["mean_low"] >= bands["low"])
    conformal = wavelet.intervals(network, x, method="conformal")
    assert np.isnan(conformal["mean_low"]).all()
    with pytest.raises(karat.ParameterError, match="members"):
        wavelet.intervals(network, x, method="analytic")
    with pytest.raises(karat.ParameterError, match="session"):
        wavelet.intervals(pickle.loads(pickle.dumps(network)), x)


def test_bad_input_is_named() -> None:
    x, y = np.zeros((10, 2)), np.arange(10.0)
    with pytest.raises(karat.ParameterError, match="did you mean `wavelons`"):
        wavelet.fit(x, y, wavelon=3)
    with pytest.raises(karat.ParameterError, match='did you mean "product"'):
        wavelet.fit(x, y, family="produkt")
    with pytest.raises(karat.ShapeError, match="10 targets"):
        wavelet.fit(x, y[:5])
    with pytest.raises(karat.DataError, match="one class"):
        wavelet.fit(x, np.ones(10), task="classes")
    with pytest.raises(karat.DataError, match="NaN"):
        wavelet.fit(x, np.where(y == 3, np.nan, y))
    constant = wavelet.fit(x, np.full(10, 4.0))
    assert constant.predict(x).tolist() == [4.0] * 10
    assert {"W310", "W311"} <= {finding.code for finding in constant.findings}


def test_progress_is_told_and_may_stop() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(2000, 5))
    y = (x[:, 0] * x[:, 1] > 0).astype(int)

    def stop(member: int, members: int, iteration: int, objective: float) -> None:
        assert (member, members) == (0, 1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wavelet.fit(x, y, task="classes", wavelons=30, max_iter=5000, tol=0.0, progress=stop)
