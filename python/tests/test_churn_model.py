"""The churn model: scikit-learn's contract, its regression against scikit-learn's, reasons, bad input."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from karat import DataError, ParameterError
from karat.churn import ChurnModel, Ranking, calibration, shapley


def base(rows=3000, seed=3):
    random = np.random.default_rng(seed)
    table = {
        "months": random.integers(1, 72, rows).astype(float),
        "contract": random.choice(["monthly", "yearly"], rows),
        "overage": np.where(random.random(rows) < 0.1, np.nan, random.exponential(4, rows)),
    }
    log_odds = (
        -1 - 0.03 * table["months"] + (table["contract"] == "monthly") + 0.1 * np.nan_to_num(table["overage"])
    )
    return table, random.random(rows) < 1 / (1 + np.exp(-log_odds))


@pytest.mark.parametrize("l1_ratio", [0.0, 0.5, 1.0])
def test_regression_equals_scikit_learn(l1_ratio):
    linear = pytest.importorskip("sklearn.linear_model", reason="scikit-learn is not installed")
    random = np.random.default_rng(0)
    x = random.normal(size=(800, 6))
    y = random.random(800) < 1 / (1 + np.exp(-(x[:, 0] - 0.5 * x[:, 1] - 1)))
    ours = ChurnModel(penalty=5.0, l1_ratio=l1_ratio).fit(x, y)
    coded = (x - x.mean(axis=0)) / x.std(axis=0)
    theirs = linear.LogisticRegression(
        C=0.2, l1_ratio=l1_ratio, solver="saga", max_iter=20_000, tol=1e-12
    ).fit(coded, y)
    assert ours.coef_ == pytest.approx(theirs.coef_[0], abs=2e-6)
    assert ours.intercept_ == pytest.approx(theirs.intercept_[0], abs=2e-6)


@pytest.mark.parametrize("method", ["logistic", "network"])
def test_reasons_add_up(method):
    table, left = base()
    families = {"price": "overage", "contract": ["contract", "months"]}
    model = ChurnModel(method, families=families, actions={"price": "larger plan"}).fit(table, left)
    reasons = model.reasons(table)
    assert reasons.families == ["price", "contract"]
    total = reasons.base_log_odds + reasons.contributions.sum(axis=1)
    assert total == pytest.approx(model.decision_function(table), abs=1e-12)
    assert reasons.probability == pytest.approx(model.predict_proba(table)[:, 1], abs=1e-14)
    product = np.exp(reasons.base_log_odds) * reasons.factors.prod(axis=1)
    assert product == pytest.approx(reasons.probability / (1 - reasons.probability), rel=1e-10)
    assert reasons.shares.sum(axis=1).max() <= 1 + 1e-12
    frame = reasons.to_frame(2, like="dict")
    assert list(frame)[:4] == ["probability", "reason_1", "odds_1", "action_1"]
    assert {"larger plan", ""} >= set(frame["action_1"].tolist())
    assert "ChurnReasons of 3000 customers" in repr(reasons)
    assert "<table>" in reasons._repr_html_()


@pytest.mark.parametrize("method", ["logistic", "network"])
def test_it_forecasts_and_is_pickled(method):
    table, left = base()
    later, left_later = base(seed=4)
    model = ChurnModel(method).fit(table, left)
    chance = model.predict_proba(later)[:, 1]
    # Against the truth that made them, which nothing can beat but by chance.
    truth = (
        -1 - 0.03 * later["months"] + (later["contract"] == "monthly") + 0.1 * np.nan_to_num(later["overage"])
    )
    assert Ranking(left_later, chance).auc > Ranking(left_later, truth).auc - 0.01
    best = calibration(left_later, 1 / (1 + np.exp(-truth))).slope
    assert abs(calibration(left_later, chance).slope - best) < 0.1
    again = pickle.loads(pickle.dumps(model))
    assert (again.predict_proba(later) == model.predict_proba(later)).all()
    assert (
        ChurnModel(method, n_threads=2).fit(table, left).predict_proba(later) == model.predict_proba(later)
    ).all()
    platt = model.calibrate(later, left_later)
    assert platt(model.decision_function(later)).shape == (3000,)


def test_true_rate_moves_the_log_odds():
    table, left = base()
    plain, moved = (ChurnModel(true_rate=rate).fit(table, left) for rate in (None, 0.02))
    by = np.log(0.02 / 0.98) - np.log(plain.base_rate_ / (1 - plain.base_rate_))
    assert moved.decision_function(table) == pytest.approx(plain.decision_function(table) + by, abs=1e-12)
    reasons = moved.reasons(table)
    total = reasons.base_log_odds + reasons.contributions.sum(axis=1)
    assert total == pytest.approx(moved.decision_function(table), abs=1e-12)


def test_frames_and_unknown_categories():
    pd = pytest.importorskip("pandas", reason="pandas is not installed")
    pl = pytest.importorskip("polars", reason="polars is not installed")
    table, left = base()
    names = np.where(left, "gone", "here")
    model = ChurnModel(event="gone").fit(pd.DataFrame(table), names)
    assert model.classes_.tolist() == ["here", "gone"]
    chance = model.predict_proba(pl.DataFrame(table))
    assert (chance == model.predict_proba(table)).all()
    other = {**table, "contract": np.full(3000, "weekly")}
    assert np.isfinite(model.predict_proba(other)).all()


def test_bad_input_is_named():
    table, left = base(60)
    wrong = [
        (
            lambda: ChurnModel("tree").fit(table, left),
            ParameterError,
            "`method` must be 'logistic' or 'network'",
        ),
        (lambda: ChurnModel().fit(table, np.zeros(60)), DataError, "must have two classes"),
        (
            lambda: ChurnModel(families={"price": "bill"}).fit(table, left),
            ParameterError,
            "'bill' under 'price'",
        ),
        (
            lambda: ChurnModel(families={"a": "months", "b": ["months"]}).fit(table, left),
            ParameterError,
            "'months' twice",
        ),
        (lambda: ChurnModel(actions={"sun": "x"}).fit(table, left), ParameterError, "`actions` names 'sun'"),
        (lambda: ChurnModel(true_rate=2).fit(table, left), ParameterError, "`true_rate` must be between"),
        (lambda: ChurnModel(penalty=-1).fit(table, left), ParameterError, "`penalty`"),
        (
            lambda: ChurnModel().fit(table, left).predict({**table, "months": ["a"] * 60}),
            DataError,
            "column `months`: texts where the fit had numbers",
        ),
        (
            lambda: ChurnModel().fit(table, left).predict({"months": [1.0]}),
            DataError,
            "column `contract` is not in the table",
        ),
    ]
    for act, kind, message in wrong:
        with pytest.raises(kind, match=message):
            act()


def test_a_field_that_knows_the_future_is_found():
    table, left = base()
    with pytest.warns(UserWarning, match="had not converged"):
        model = ChurnModel(penalty=0).fit({**table, "final_bill": left.astype(float)}, left)
    assert {"W370", "W371"} <= {finding.code for finding in model.findings_}
    assert any(finding.place == "final_bill" for finding in model.findings_)


def test_shapley_of_any_function():
    random = np.random.default_rng(1)
    background = random.normal(size=(20, 4))
    row = random.normal(size=4)

    def function(x):
        return x[:, 0] * x[:, 1] + np.sin(x[:, 2]) * x[:, 3] + x[:, 0]

    base_value, values = shapley(function, row, background, [[0], [1], [2, 3]])
    assert base_value + values.sum() == pytest.approx(function(row[None])[0], abs=1e-12)
    # A group that shares nothing with the others adds what it adds alone.
    alone = np.sin(row[2]) * row[3] - (np.sin(background[:, 2]) * background[:, 3]).mean()
    assert values[2] == pytest.approx(alone, abs=1e-12)
    with pytest.raises(ParameterError, match="1 to 16"):
        shapley(function, row, background, [])


@parametrize_with_checks([ChurnModel()])
def test_scikit_learn_contract(estimator, check):
    check(estimator)
