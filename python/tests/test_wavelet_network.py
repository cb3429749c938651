"""Wavelet networks: contract, accuracy against peers, explanations, bad input, bits."""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.datasets import make_classification, make_friedman1
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.utils.estimator_checks import parametrize_with_checks

import karat
from karat import WaveletNetworkClassifier, WaveletNetworkRegressor


def customers(rows: int = 1200, seed: int = 3) -> tuple[pd.DataFrame, np.ndarray]:
    """A known law: churn falls with tenure, jumps on monthly contracts of high bills."""
    random = np.random.default_rng(seed)
    tenure = random.integers(0, 72, rows).astype(float)
    bill = random.gamma(4, 20, rows)
    contract = random.choice(["monthly", "yearly", "two years"], rows, p=[0.5, 0.3, 0.2])
    odds = -1 - 0.05 * (tenure - 20) + 2.5 * ((contract == "monthly") & (bill > 80))
    left = random.random(rows) < 1 / (1 + np.exp(-odds))
    table = pd.DataFrame({"tenure": tenure, "bill": bill, "contract": contract})
    table.loc[random.random(rows) < 0.05, "bill"] = np.nan
    return table, np.where(left, "left", "stays")


@pytest.fixture(scope="module")
def fitted() -> tuple[WaveletNetworkClassifier, pd.DataFrame, np.ndarray]:
    table, y = customers()
    return WaveletNetworkClassifier(random_state=1).fit(table, y), table, y


@parametrize_with_checks([WaveletNetworkClassifier(), WaveletNetworkRegressor()])
def test_battery(estimator, check):
    check(estimator)


def test_a_known_law_is_found(fitted):
    network, _, _ = fitted
    table, y = customers(6000, seed=4)
    monthly = table["contract"] == "monthly"
    odds = -1 - 0.05 * (table["tenure"] - 20) + 2.5 * (monthly & (table["bill"] > 80))
    truth = 1 / (1 + np.exp(-odds.to_numpy()))
    known = table["bill"].notna().to_numpy()
    chance = network.predict_proba(table)[:, list(network.classes_).index("left")]
    left = y == "left"
    # The law itself is the best that any forecast can be.
    assert log_loss(left[known], chance[known]) < log_loss(left[known], truth[known]) + 0.012
    assert roc_auc_score(left[known], chance[known]) > roc_auc_score(left[known], truth[known]) - 0.01


def test_explanations_add_up_to_the_last_bit(fitted):
    network, table, _ = fitted
    explanation = network.explain(table)
    assert np.array_equal(explanation.total(), network.decision_function(table))
    assert "tenure" in explanation.names
    frame = explanation.to_frame()
    assert isinstance(frame, pd.DataFrame)
    assert frame.index.equals(table.index)
    strongest = next(iter(explanation.importance()))
    assert "tenure" in strongest or "contract" in strongest


def test_bits_do_not_depend_on_threads_order_or_batches(fitted):
    network, table, y = fitted
    decisions = network.decision_function(table)
    for threads in (1, 3):
        again = WaveletNetworkClassifier(random_state=1, n_threads=threads).fit(table, y)
        assert again.to_bytes() == network.to_bytes()
    shuffled = np.random.default_rng(0).permutation(len(table))
    moved = WaveletNetworkClassifier(random_state=1).fit(table.iloc[shuffled], y[shuffled])
    assert moved.to_bytes() == network.to_bytes()
    alone = np.concatenate([network.decision_function(table.iloc[[row]]) for row in range(50)])
    assert np.array_equal(alone, decisions[:50])


def test_a_weight_of_two_is_the_row_twice():
    table, y = customers(400)
    weights = np.random.default_rng(1).integers(0, 4, len(table))
    repeated = np.repeat(np.arange(len(table)), weights)
    one = WaveletNetworkClassifier(random_state=0).fit(table, y, sample_weight=weights)
    other = WaveletNetworkClassifier(random_state=0).fit(table.iloc[repeated], y[repeated])
    assert one.to_bytes() == other.to_bytes()


def test_saved_pickled_and_in_frames_of_every_kind(fitted, tmp_path: Path):
    network, table, _ = fitted
    chance = network.predict_proba(table)
    read = pickle.loads(pickle.dumps(network))
    assert np.array_equal(read.predict_proba(table), chance)
    network.save(tmp_path / "churn.karat")
    loaded = WaveletNetworkClassifier.load(tmp_path / "churn.karat")
    assert np.array_equal(loaded.predict(table), network.predict(table))
    assert loaded.get_params() == network.get_params()
    assert np.array_equal(network.predict_proba(pl.from_pandas(table)), chance)
    assert np.array_equal(network.predict_proba(table[["contract", "bill", "tenure"]]), chance)
    with pytest.raises(karat.FormatError, match="holds a WaveletNetworkClassifier"):
        WaveletNetworkRegressor.load(tmp_path / "churn.karat")
    body = bytearray((tmp_path / "churn.karat").read_bytes())
    body[-200] ^= 1
    (tmp_path / "bad.karat").write_bytes(body)
    with pytest.raises(karat.FormatError, match="checksum"):
        WaveletNetworkClassifier.load(tmp_path / "bad.karat")


def test_several_classes_beat_the_linear_model():
    X, y = make_classification(1500, 8, n_informative=5, n_classes=4, n_clusters_per_class=2, random_state=5)
    network = WaveletNetworkClassifier(random_state=0).fit(X[:1000], y[:1000])
    linear = LogisticRegression(max_iter=1000).fit(X[:1000], y[:1000])
    chance = network.predict_proba(X[1000:])
    assert np.allclose(chance.sum(axis=1), 1)
    assert log_loss(y[1000:], chance) < log_loss(y[1000:], linear.predict_proba(X[1000:])) - 0.05
    assert network.decision_function(X).shape == (1500, 4)
    assert np.array_equal(network.explain(X).total(), network.decision_function(X))


def test_numbers_are_as_good_as_boosted_trees():
    X, y = make_friedman1(2000, 10, noise=1.0, random_state=1)
    network = WaveletNetworkRegressor(random_state=0).fit(X[:1000], y[:1000])
    trees = HistGradientBoostingRegressor(random_state=0).fit(X[:1000], y[:1000])
    missed = [np.mean((m.predict(X[1000:]) - y[1000:]) ** 2) for m in (network, trees)]
    assert missed[0] < missed[1]
    # Noise of variance 1 is what nobody can forecast.
    assert missed[0] < 1.35


def test_wild_rows_count_less_with_huber():
    X, y = make_friedman1(1500, 6, noise=0.5, random_state=2)
    wild = y.copy()
    wild[:40] += 300
    squared = WaveletNetworkRegressor(random_state=0).fit(X[:1000], wild[:1000])
    huber = WaveletNetworkRegressor(loss="huber", huber_delta=0.1, random_state=0).fit(X[:1000], wild[:1000])
    missed = [np.mean((m.predict(X[1000:]) - y[1000:]) ** 2) for m in (huber, squared)]
    assert missed[0] < 0.5 * missed[1]


def test_balanced_classes_raise_the_rare_one():
    table, y = customers()
    y = np.where((y == "left") & (np.arange(len(y)) % 3 > 0), "stays", y)
    plain = WaveletNetworkClassifier(random_state=0).fit(table, y)
    balanced = WaveletNetworkClassifier(random_state=0, class_weight="balanced").fit(table, y)
    rare = list(plain.classes_).index("left")
    assert balanced.predict_proba(table)[:, rare].mean() > plain.predict_proba(table)[:, rare].mean() + 0.1
    named = WaveletNetworkClassifier(random_state=0, class_weight={"left": 3.0}).fit(table, y)
    assert named.predict_proba(table)[:, rare].mean() > plain.predict_proba(table)[:, rare].mean()
    with pytest.raises(karat.ParameterError, match="which is none of"):
        WaveletNetworkClassifier(class_weight={"gone": 2}).fit(table, y)


def test_far_missing_and_unseen_are_flagged_and_bounded(fitted):
    network, _, _ = fitted
    rows = {
        "tenure": [1e300, -1e300, 5, 5],
        "bill": [50.0, 50.0, np.nan, 50.0],
        "contract": ["monthly", "yearly", "yearly", "weekly"],
    }
    assert network.flags(rows).tolist() == [2, 2, 1, 4]
    assert np.isfinite(network.decision_function(rows)).all()
    ends = network.decision_function({"tenure": [71.0], "bill": [50.0], "contract": ["monthly"]})
    assert network.decision_function(rows)[0] == ends[0]


def test_bad_input_is_told():
    table, y = customers(200)
    with pytest.raises(karat.DataError, match="only one class"):
        WaveletNetworkClassifier().fit(table, ["a"] * 200)
    with pytest.raises(karat.ParameterError, match='did you mean "radial"'):
        WaveletNetworkClassifier("radia").fit(table, y)
    with pytest.raises(karat.ParameterError, match="`penalty` must be a number"):
        WaveletNetworkClassifier(penalty=0).fit(table, y)
    with pytest.raises(karat.DataError, match="infinite values"):
        WaveletNetworkClassifier().fit(table.assign(bill=np.inf), y)
    with pytest.raises(karat.ShapeError, match="200 rows"):
        WaveletNetworkClassifier().fit(table, y[:-1])
    network = WaveletNetworkClassifier(n_members=1, n_libraries=1).fit(table, y)
    renamed = table.rename(columns={"tenure": "tenur"})
    with pytest.raises(
        karat.SchemaError, match="column `tenure`: missing from the table; did you mean `tenur`"
    ):
        network.predict(renamed)


def test_hard_tables_are_fitted():
    random = np.random.default_rng(0)
    x = random.normal(size=60)
    # Collinear, constant, all missing, huge; more terms than rows; a class with one row.
    X = np.column_stack([x, 2 * x, x + 1e-13, np.ones(60), np.full(60, np.nan), x * 1e140])
    y = (x > 0).astype(int)
    assert WaveletNetworkClassifier(random_state=0).fit(X, y).score(X, y) > 0.95
    three = y.copy()
    three[0] = 2
    network = WaveletNetworkClassifier(random_state=0).fit(X, three)
    assert np.isfinite(network.predict_proba(X)).all()
    flat = WaveletNetworkRegressor(random_state=0).fit(X, np.full(60, 7.0))
    assert np.allclose(flat.predict(X), 7.0)
    wide = random.normal(size=(30, 100))
    assert np.isfinite(WaveletNetworkRegressor(random_state=0).fit(wide, x[:30]).predict(wide)).all()


def test_a_signal_stops_the_fit(monkeypatch):
    table, y = customers(300)

    class Impatient:
        def __call__(self, done: int, networks: int) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr("karat._wavelet_training._Narrator", Impatient)
    with pytest.raises(KeyboardInterrupt):
        WaveletNetworkClassifier(verbose=1).fit(table, y)


def test_ctrl_c_ends_a_long_fit_soon():
    """As in a terminal: the signal comes while threads of the core work."""
    random = np.random.default_rng(0)
    X = random.normal(size=(60_000, 30))
    y = (np.sin(2 * X[:, 0]) * X[:, 1] + random.logistic(size=len(X)) > 0).astype(int)
    timer = threading.Timer(0.7, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    started = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        WaveletNetworkClassifier(random_state=0).fit(X, y)
    assert time.perf_counter() - started < 5


def test_progress_is_told(capsys):
    table, y = customers(300)
    WaveletNetworkClassifier(verbose=1, n_libraries=1, n_members=2).fit(table, y)
    assert "2 of 2 networks grown" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "auc", "loss"), [("telco", 0.8495, 0.4120), ("mlc", 0.922, 0.150)])
def test_public_sets(customer_data, name: str, auc: float, loss: float):
    """Two repeats of the folds of `benches/peers/wavelet.py`, within what the best peers reach there."""
    table = pd.read_csv(customer_data({"telco": "telco.csv", "mlc": "mlc_churn.csv"}[name]))
    if name == "telco":
        table = table.drop(columns=["customerID"])
        table["TotalCharges"] = pd.to_numeric(table["TotalCharges"], errors="coerce").fillna(0.0)
        table["SeniorCitizen"] = table["SeniorCitizen"].map({0: "No", 1: "Yes"})
    target = "Churn" if name == "telco" else "churn"
    y = table.pop(target).str.lower().eq("yes").to_numpy()
    found = []
    folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=20240501)
    for train, test in folds.split(table, y):
        network = WaveletNetworkClassifier(random_state=0).fit(table.iloc[train], y[train])
        chance = network.predict_proba(table.iloc[test])[:, 1]
        odds = network.decision_function(table.iloc[test])[:, None]
        slope = LogisticRegression(C=1e6).fit(odds, y[test]).coef_[0, 0]
        found.append((roc_auc_score(y[test], chance), log_loss(y[test], chance), slope))
    means = np.mean(found, axis=0)
    assert means[0] >= auc
    assert means[1] <= loss
    if name == "telco":
        assert 0.9 <= means[2] <= 1.1


FAMILIES = ("ridge", "product", "radial")


@parametrize_with_checks(
    [
        kind(family, max_iter=60, random_state=0)
        for family in FAMILIES
        for kind in (WaveletNetworkClassifier, WaveletNetworkRegressor)
    ]
)
def test_battery_of_the_classic_families(estimator, check):
    check(estimator)


@pytest.mark.parametrize("family", FAMILIES)
def test_classic_families_take_tables_and_are_saved(family: str, tmp_path: Path):
    table, y = customers(500)
    network = WaveletNetworkClassifier(family, n_wavelons=4, max_iter=60, random_state=0).fit(table, y)
    chance = network.predict_proba(table)
    assert roc_auc_score(y == "left", chance[:, 0]) > 0.8
    assert network.findings_ is not None
    assert len(network.history_) == 1
    fitted = {
        WaveletNetworkClassifier(
            family, n_wavelons=4, n_members=3, max_iter=20, random_state=0, n_threads=threads
        )
        .fit(table, y)
        .to_bytes()
        for threads in (1, 2, 4)
    }
    assert len(fitted) == 1
    # A weight of 2 is the row twice, and the order of rows does not matter.
    weights = np.random.default_rng(1).integers(0, 3, len(table))
    repeated = np.random.default_rng(2).permutation(np.repeat(np.arange(len(table)), weights))
    one = WaveletNetworkClassifier(family, max_iter=10, random_state=0).fit(table, y, sample_weight=weights)
    other = WaveletNetworkClassifier(family, max_iter=10, random_state=0).fit(
        table.iloc[repeated], y[repeated]
    )
    assert one.to_bytes() == other.to_bytes()
    assert np.array_equal(pickle.loads(pickle.dumps(network)).predict_proba(table), chance)
    network.save(tmp_path / "one.karat")
    loaded = WaveletNetworkClassifier.load(tmp_path / "one.karat")
    assert loaded.get_params() == network.get_params()
    assert np.array_equal(loaded.predict_proba(pl.from_pandas(table)), chance)
    rows = {
        "tenure": [1e300, 5, 5],
        "bill": [50.0, np.nan, 50.0],
        "contract": ["monthly", "yearly", "weekly"],
    }
    assert network.flags(rows).tolist() == [2, 1, 4]
    assert np.isfinite(network.predict_proba(rows)).all()
    with pytest.raises(karat.ParameterError, match="family"):
        network.explain(table)
    with pytest.raises(karat.SchemaError, match="did you mean `tenur`"):
        network.predict(table.rename(columns={"tenure": "tenur"}))


@pytest.mark.parametrize("family", ["sparse", *FAMILIES])
def test_a_warm_start_goes_on(family: str, tmp_path: Path):
    table, y = customers(1200)
    few, left = customers(60, seed=9)
    options = {"random_state": 0, "max_iter": 15, "warm_start": True, "n_libraries": 1}
    network = WaveletNetworkClassifier(family, **options).fit(table, y)
    network.save(tmp_path / "first.karat")
    before = log_loss(y == "left", network.predict_proba(table)[:, 0])
    if family == "sparse":
        # What is known stays: a few new rows move it less than they would teach a new network.
        network.fit(few, left)
        cold = WaveletNetworkClassifier(family, **options).fit(few, left)
        test, truth = customers(3000, seed=11)
        warm_loss, cold_loss = (
            log_loss(truth == "left", n.predict_proba(test)[:, 0]) for n in (network, cold)
        )
        assert warm_loss < cold_loss - 0.01
        assert np.array_equal(network.explain(test).total(), network.decision_function(test))
    else:
        # Twice as many iterations lower the objective further.
        network.fit(table, y)
        assert network.history_[0][-1] <= before + 0.05
        assert log_loss(y == "left", network.predict_proba(table)[:, 0]) < before + 1e-3
    # After a file and a pickle it goes on from the same place.
    loaded = WaveletNetworkClassifier.load(tmp_path / "first.karat")
    other = pickle.loads(pickle.dumps(loaded))
    assert loaded.fit(few, left).to_bytes() == other.fit(few, left).to_bytes()
    with pytest.raises(karat.ParameterError, match="warm_start"):
        loaded.fit(few[["bill", "tenure", "contract"]], left)
    with pytest.raises(karat.DataError, match="classes of the last fit"):
        loaded.fit(few, np.where(left == "left", "gone", "stays"))
    with pytest.raises(karat.ParameterError, match="warm_start"):
        loaded.set_params(family="radial" if family != "radial" else "sparse").fit(few, left)


def test_ordered_classes_are_learned_from_fewer_rows():
    """Classes cut from a number: cumulative logits are the truth, and polynomials of the position near it."""
    random = np.random.default_rng(4)
    X = random.normal(size=(3400, 5))
    latent = 1.5 * X[:, 0] + np.sin(2 * X[:, 1]) + random.logistic(size=len(X))
    y = np.digitize(latent, [-2.5, -1, 0, 1, 2.5])
    scores = []
    for ordered in (True, False):
        network = WaveletNetworkClassifier(ordered=ordered, random_state=0).fit(X[:400], y[:400])
        chance = network.predict_proba(X[400:])
        assert np.allclose(chance.sum(axis=1), 1)
        assert np.array_equal(network.explain(X[:50]).total(), network.decision_function(X[:50]))
        scores.append(log_loss(y[400:], chance))
    assert scores[0] < scores[1]
    weights = np.repeat([1, 2], 200)
    one = WaveletNetworkClassifier(ordered=True, n_libraries=1, n_members=1, random_state=0)
    two = WaveletNetworkClassifier(ordered=True, n_libraries=1, n_members=1, random_state=0, n_threads=4)
    twice = np.repeat(np.arange(400), weights)
    assert one.fit(X[:400], y[:400], weights).to_bytes() == two.fit(X[twice], y[twice]).to_bytes()
    classic = WaveletNetworkClassifier("ridge", ordered=True, random_state=0).fit(X[:400], y[:400])
    assert classic.decision_function(X).shape == (3400, 6)
    assert log_loss(y[400:], classic.predict_proba(X[400:])) < log_loss(
        y, np.tile(np.bincount(y) / 3400, (3400, 1))
    )
