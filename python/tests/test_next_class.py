"""From segments to ordered classes and a forecast of the next: the comparison, frames, files, bad input."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score, f1_score, log_loss

import karat
from karat import NextClassForecaster
from karat.datasets import make_operator

MEASURES = ["margin", "minutes", "data_gb"]
STATIC = ["age", "contract_term", "autopay", "products", "device_generation", "account_lines"]
FIELDS = ["type", "region", "roaming_revenue", "complaints", "care_calls", "arrears_months", "suspended"]


def panel_of(customers: int, seed: int = 5) -> pd.DataFrame:
    """Months of an operator's customers, with what never changes about each."""
    operator = make_operator(customers, months=12, seed=seed, frame="pandas")
    return operator.monthly.merge(operator.customers[["customer_id", *STATIC]], on="customer_id")


def small(**options) -> NextClassForecaster:
    given = {"measures": MEASURES, "fields": FIELDS + STATIC, "n_members": 2, "max_rows": 6000}
    return NextClassForecaster(4, **{**given, "growth_rows": 4000, "random_state": 1, **options})


@pytest.fixture(scope="module")
def panel() -> pd.DataFrame:
    return panel_of(1500)


@pytest.fixture(scope="module")
def fitted(panel) -> NextClassForecaster:
    return small().fit(panel)


def test_the_network_beats_persistence_and_the_chain(fitted):
    report = fitted.report_
    names = [model.name for model in report.models]
    assert names == ["network", "persistence", "Markov chain", "multinomial logit"]
    for model in report.models[1:3]:
        assert model.gain["log_loss"].is_sure
        assert model.gain["weighted_kappa"].is_sure
    assert report.models[0].log_loss < report.models[3].log_loss
    assert report.models[0].lift > 2
    assert report.first_test_period == "202310"
    assert list(fitted.class_values_) == sorted(fitted.class_values_)
    text = str(report)
    for word in ("multinomial logit", "gain over", "kappa", "which nothing was learned from"):
        assert word in text
    assert report.verdict() in report._repr_html_()
    assert report.to_frame()["model"].tolist() == names
    assert report.to_frame("polars")["gain_log_loss_low"][1] > 0
    assert "log loss" in fitted._repr_html_()


def test_measures_are_those_of_scikit_learn(panel):
    """Fitted to the periods before and asked for those held back, the report says what scikit-learn says."""
    forecaster = small(refit=False, recogniser=False, classes=None).fit(panel)
    table = forecaster.forecast(panel, last=False)
    after = table.shift(-1)
    follows = (after["customer_id"] == table["customer_id"]) & (after["month"] == table["month"] + 1)
    held_back = follows & (after["month"] >= 202310)
    truth = after.loc[held_back, "class_now"].astype(int)
    chances = table.loc[held_back, [f"chance_{k}" for k in range(4)]].to_numpy()
    decided = table.loc[held_back, "class_next"].astype(int)
    network = forecaster.report_.models[0]
    assert held_back.sum() == forecaster.report_.test_rows
    assert network.log_loss == pytest.approx(log_loss(truth, chances, labels=range(4)), rel=1e-9)
    assert network.weighted_kappa == pytest.approx(cohen_kappa_score(truth, decided, weights="quadratic"))
    likeliest = chances.argmax(axis=1)
    assert network.macro_f1 == pytest.approx(f1_score(truth, likeliest, average="macro"))
    assert network.accuracy == pytest.approx((truth == likeliest).mean())
    # Decided is what costs least: the mean class, rounded.
    mean = chances @ np.arange(4)
    assert np.array_equal(decided, np.ceil(mean - 0.5).astype(int))
    falls = np.array(
        [
            row[:now].sum()
            for row, now in zip(chances, table.loc[held_back, "class_now"].astype(int), strict=True)
        ]
    )
    assert np.allclose(table.loc[held_back, "falls"], falls)
    # The logit beside it is as good as scikit-learn's, of the class now and the measures as the network has
    # them.
    train = follows & (after["month"] < 202310)
    now = pd.get_dummies(table["class_now"]).to_numpy(float)
    logs = np.log1p(panel.sort_values(["customer_id", "month"])[MEASURES].clip(lower=0).to_numpy())
    inputs = np.hstack([now, (logs - logs.mean(0)) / logs.std(0)])
    theirs = LogisticRegression(max_iter=2000).fit(inputs[train], after.loc[train, "class_now"].astype(int))
    assert forecaster.report_.models[3].log_loss < log_loss(truth, theirs.predict_proba(inputs[held_back]))


def test_files_pickles_and_frames(fitted, panel, tmp_path: Path):
    chances = fitted.predict_proba(panel)
    assert np.allclose(chances.sum(axis=1), 1)
    fitted.save(tmp_path / "next.karat")
    loaded = NextClassForecaster.load(tmp_path / "next.karat")
    assert loaded.get_params() == fitted.get_params()
    for other in (loaded, pickle.loads(pickle.dumps(fitted))):
        assert np.array_equal(other.predict_proba(panel), chances)
        assert np.array_equal(other.recognise(panel.head(50)), fitted.recognise(panel.head(50)))
    shuffled = panel.sample(frac=1, random_state=0)
    assert np.array_equal(fitted.predict_proba(shuffled), chances)
    frame = pl.from_pandas(panel)
    found = fitted.forecast(frame)
    assert isinstance(found, pl.DataFrame)
    assert found["customer_id"].to_list() == sorted(set(panel["customer_id"]))
    assert np.allclose(found["expected_value"], chances @ fitted.class_values_)
    assert np.array_equal(fitted.predict(frame).astype(str), found["class_next"])
    body = bytearray((tmp_path / "next.karat").read_bytes())
    body[-100] ^= 1
    (tmp_path / "bad.karat").write_bytes(body)
    with pytest.raises(karat.FormatError):
        NextClassForecaster.load(tmp_path / "bad.karat")
    with pytest.raises(karat.FormatError, match="not a wavelet network"):
        karat.WaveletNetworkClassifier.load(tmp_path / "next.karat")


def test_explanations_name_what_moves_the_forecast(fitted, panel):
    explanation = fitted.explain(panel)
    outputs = explanation.total()
    chances = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    assert np.allclose(chances / chances.sum(axis=1, keepdims=True), fitted.predict_proba(panel))
    strongest = list(explanation.importance())[:6]
    assert any("class" in name or "on average" in name for name in strongest)


def test_threads_and_seeds(panel):
    few = panel[panel["customer_id"] <= 300]
    one = small(n_threads=1, recogniser=False).fit(few)
    four = small(n_threads=4, recogniser=False).fit(few)
    assert one._step.to_bytes() == four._step.to_bytes()
    assert str(one.report_) == str(four.report_)
    again = small(recogniser=False).fit(few, previous=one)
    assert again.report_.continued.kept == 1.0
    assert again.report_.continued.renamed == [0, 1, 2, 3]
    with pytest.raises(karat.ParameterError, match="was not learned"):
        one.recognise(few)


def test_classes_that_are_there_already(panel):
    graded = panel[panel["customer_id"] <= 400].copy()
    grade = np.digitize(graded["margin"], graded["margin"].quantile([0.3, 0.7]))
    graded["grade"] = np.array(["bronze", "silver", "gold"])[grade]
    names = ["bronze", "silver", "gold"]
    options = {"classes": "grade", "class_names": names, "measures": ["margin"], "recogniser": False}
    forecaster = NextClassForecaster(3, **options, fields=["type"], n_members=1, random_state=0).fit(graded)
    assert set(forecaster.forecast(graded)["class_next"]) <= set(names)
    assert forecaster.report_.models[0].log_loss < forecaster.report_.models[2].log_loss
    with pytest.raises(karat.DataError, match="is none of the classes"):
        NextClassForecaster(3, **{**options, "class_names": ["bronze", "silver", "platinum"]}).fit(graded)


def test_costs_move_decisions(panel):
    few = panel[panel["customer_id"] <= 300]
    dear = np.abs(np.subtract.outer(range(4), range(4))) * np.where(np.tri(4) > 0, 1.0, 20.0)
    plain, careful = (small(recogniser=False, refit=False, costs=costs).fit(few) for costs in (None, dear))
    places = [np.asarray(found.predict(few)).astype(int).mean() for found in (plain, careful)]
    # Deciding too high is twenty times as dear: row is the truth, column the decision.
    assert places[1] < places[0]


def test_bad_input_is_named(panel):
    with pytest.raises(karat.SchemaError, match="did you mean `margin`"):
        NextClassForecaster(value="margn").fit(panel)
    with pytest.raises(karat.ParameterError, match="n_classes"):
        NextClassForecaster(1).fit(panel)
    with pytest.raises(karat.ParameterError, match="class_names"):
        NextClassForecaster(3, class_names=["a", "a", "b"]).fit(panel)
    with pytest.raises(karat.DataError, match="twice in one period"):
        small().fit(pd.concat([panel.head(5), panel.head(1)]))
    with pytest.raises(karat.DataError, match="at least 5"):
        small().fit(panel[panel["month"] <= 202304])
    with pytest.raises(karat.ShapeError, match="costs"):
        small(costs=[[1.0]]).fit(panel)
    with pytest.raises(karat.NotFittedError):
        small().predict(panel)


def test_a_signal_stops_the_fit_and_progress_is_told(panel, monkeypatch, capsys):
    few = panel[panel["customer_id"] <= 200]
    small(verbose=1, n_members=1, refit=False).fit(few)
    said = capsys.readouterr().err
    assert "network to be judged: 1 of 1 networks grown" in said
    assert "recogniser" in said

    class Impatient:
        def __call__(self, stage: str, done: int, networks: int) -> None:
            if stage == "recogniser":
                raise KeyboardInterrupt

    monkeypatch.setattr("karat._next_class._Narrator", Impatient)
    with pytest.raises(KeyboardInterrupt):
        small(verbose=1).fit(few)


@pytest.mark.skipif("KARAT_LONG" not in os.environ, reason="minutes: run by make test-long (KARAT_LONG=1)")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_better_than_every_baseline_on_an_operator(seed: int):
    """Done when 6 in full: intervals of log loss and weighted kappa over all three baselines exclude zero."""
    table = panel_of(10_000, seed)
    found = NextClassForecaster(measures=MEASURES, fields=FIELDS + STATIC, random_state=seed).fit(table)
    print(found.report_)
    for model in found.report_.models[1:]:
        assert model.gain["log_loss"].is_sure, model
        assert model.gain["weighted_kappa"].is_sure, model
