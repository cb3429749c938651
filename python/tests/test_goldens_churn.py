"""The goldens of churn from Python; views, bad input."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from karat import DataError, ParameterError, ShapeError
from karat.churn import (
    IsotonicCalibration,
    PlattCalibration,
    Ranking,
    auc_difference,
    calibration,
    churn_rate,
    correct_prior,
)

GOLDENS = json.loads(
    (Path(__file__).parents[2] / "crates" / "karat" / "tests" / "goldens" / "churn.json").read_text()
)
LEFT, SCORE = (np.array(GOLDENS["ranking"]["data"][name]) for name in ("y", "score"))


def test_ranking():
    ranking, golden = Ranking(LEFT, SCORE), GOLDENS["ranking"]["metrics"]
    assert (ranking.customers, ranking.churners) == (golden["n"], golden["churners"])
    assert ranking.auc == pytest.approx(golden["auc"], abs=1e-15)
    assert ranking.gini == pytest.approx(golden["gini"], abs=1e-15)
    assert ranking.average_precision == pytest.approx(golden["average_precision"], rel=1e-13)
    assert ranking.kolmogorov_smirnov == pytest.approx(golden["ks"], abs=1e-15)
    assert ranking.h_measure == pytest.approx(GOLDENS["h_measure"]["value"], rel=1e-12)
    interval = GOLDENS["auc_ci"]
    assert ranking.auc_standard_error == pytest.approx(interval["se"], rel=1e-12)
    assert [ranking.auc_low, ranking.auc_high] == pytest.approx(interval["ci95"], rel=1e-12)
    for fraction in (0.05, 0.1, 0.2, 0.3):
        assert ranking.lift(fraction) == pytest.approx(golden[f"lift_top_{fraction}"], rel=1e-13)
        assert ranking.capture(fraction) == pytest.approx(golden[f"capture_top_{fraction}"], rel=1e-13)
    table = ranking.gains(10, like="dict")
    for i, row in enumerate(GOLDENS["decile_table"]["rows"]):
        assert table["captured"][i] == pytest.approx(row["cum_capture"], rel=1e-13)
        assert table["cumulative_lift"][i] == pytest.approx(row["cum_lift"], rel=1e-13)


@pytest.mark.parametrize(
    ("key", "money"),
    [
        ("seeded_defaults", {}),
        ("seeded_clv500_d30_f2", {"value": 500, "offer": 30, "contact": 2}),
    ],
)
def test_profit(key, money):
    ranking, golden = Ranking(LEFT, SCORE), GOLDENS["emp"][key]
    found = ranking.expected_maximum_profit(**money)
    assert found.per_customer == pytest.approx(golden["empulse_empc"], rel=1e-12)
    assert found.fraction == pytest.approx(golden["empulse_optimal_rate"], rel=1e-12)
    assert found.threshold == golden["empulse_optimal_threshold"]
    known = ranking.maximum_profit(**money, acceptance=0.3)
    assert known.per_customer == pytest.approx(golden["empulse_mpc_accept_0.3"], rel=1e-12)
    assert ranking.expected_maximum_profit(**{**money, "value": [money.get("value", 200)] * 600}) == found


def test_calibration():
    found, golden = calibration(LEFT, SCORE), GOLDENS["calibration"]
    assert found.brier == pytest.approx(golden["brier"], rel=1e-13)
    assert found.expected_error == pytest.approx(golden["ece_10_equal_width"], rel=1e-12)
    assert found.slope == pytest.approx(golden["calibration_slope"], rel=1e-8)
    assert found.intercept == pytest.approx(golden["calibration_intercept"], rel=1e-8)
    assert found.in_the_large == pytest.approx(golden["calibration_in_the_large"], rel=1e-8)
    assert found.hosmer_lemeshow[2] == pytest.approx(golden["hosmer_lemeshow"]["p"], rel=1e-11)
    assert found.spiegelhalter_z == pytest.approx(golden["spiegelhalter_z"], rel=1e-12)
    assert found.to_frame("dict")["customers"].tolist() == [row["n"] for row in golden["bins"]]
    at = np.array(golden["isotonic_at"])
    assert IsotonicCalibration(LEFT, SCORE)(at[:, 0]) == pytest.approx(at[:, 1], rel=1e-13)
    prior = golden["prior_correction"]
    assert correct_prior(prior["p"], prior["sample_rate"], prior["true_rate"]) == pytest.approx(
        np.array(prior["corrected"]), rel=1e-13
    )


def test_platt_equals_scikit_learn():
    sigmoid = pytest.importorskip("sklearn.calibration", reason="scikit-learn is not installed")
    theirs = sigmoid._SigmoidCalibration().fit(SCORE, LEFT)
    ours = PlattCalibration(LEFT, SCORE)
    # Theirs is minus the slope and the intercept, to the tolerance of L-BFGS.
    assert [ours.slope, ours.intercept] == pytest.approx([-theirs.a_, -theirs.b_], rel=1e-4)


def test_isotonic_equals_scikit_learn():
    isotonic = pytest.importorskip("sklearn.isotonic", reason="scikit-learn is not installed")
    random = np.random.default_rng(3)
    score = random.normal(size=2000).round(2)
    left = random.random(2000) < 1 / (1 + np.exp(-score))
    theirs = isotonic.IsotonicRegression(out_of_bounds="clip").fit(score, left)
    grid = np.linspace(-5, 5, 1001)
    assert IsotonicCalibration(left, score)(grid) == pytest.approx(theirs.predict(grid), abs=1e-12)


def test_difference_of_areas():
    random = np.random.default_rng(4)
    other = SCORE + random.normal(0, 0.2, len(SCORE))
    found = auc_difference(LEFT, SCORE, other)
    assert found.difference == pytest.approx(Ranking(LEFT, SCORE).auc - Ranking(LEFT, other).auc, abs=1e-13)
    # Two scores of one customer go together, so that their difference is surer than either.
    alone = np.hypot(Ranking(LEFT, SCORE).auc_standard_error, Ranking(LEFT, other).auc_standard_error)
    assert 0 < found.standard_error < alone
    assert 0 < found.p_value < 1


@pytest.mark.parametrize("case", GOLDENS["churn_rate"]["cases"])
def test_rates_of_churn(case):
    taken = (case["start"], case["lost"], case["gross_adds"])
    assert churn_rate(*taken) == pytest.approx(case["start_based"], rel=1e-14)
    assert churn_rate(*taken, basis="average") == pytest.approx(case["average_based"], rel=1e-14)
    assert 1 - (1 - churn_rate(*taken)) ** 12 == pytest.approx(case["annual"], rel=1e-12)


def test_classes_of_any_kind():
    named = np.where(LEFT == 1, "yes", "no")
    assert Ranking(named, SCORE).auc == Ranking(LEFT, SCORE).auc
    assert Ranking(named, -SCORE, event="no").auc == pytest.approx(Ranking(LEFT, SCORE).auc, abs=1e-15)


def test_views():
    ranking = Ranking(LEFT, SCORE)
    assert repr(ranking) == (
        "<Ranking of 600 customers, 16.7% left: AUC 0.800 (0.752 to 0.848), top-decile lift 3.00>"
    )
    assert "<table>" in ranking._repr_html_()
    assert "slope 1.191" in repr(calibration(LEFT, SCORE))
    assert "expected error" in calibration(LEFT, SCORE)._repr_html_()
    assert ranking.to_frame().shape == (12, 2)


def test_bad_input_is_named():
    with pytest.raises(DataError, match="column `score`: NaN where a score is needed"):
        Ranking([1, 0], [0.5, np.nan])
    with pytest.raises(DataError, match="must have two classes, got 1 class"):
        Ranking([1, 1], [0.5, 0.2])
    with pytest.raises(ShapeError, match="expected 2 scores, one a customer, got 3"):
        Ranking([1, 0], [0.5, 0.2, 0.1])
    with pytest.raises(DataError, match=r"1\.5 where a probability is needed \(1 row: 0\)"):
        calibration([1, 0], [1.5, 0.2])
    with pytest.raises(ParameterError, match="`fraction` must be above 0"):
        Ranking([1, 0], [0.5, 0.2]).lift(0)
    with pytest.raises(ShapeError, match="amounts of `value`"):
        Ranking([1, 0], [0.5, 0.2]).expected_maximum_profit(value=[1, 2, 3])
    with pytest.raises(ParameterError, match="`lost`"):
        churn_rate(100, 200)
