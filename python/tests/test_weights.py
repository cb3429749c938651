"""Weights from judgments, from data, and from both."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import karat
from karat import PairwiseMatrix, weights

ROOT = ["contribution 2 attribution", "contribution 4 influence", "attribution 3 influence"]
#: METHODS GT-9.7: bill, tenure and stops of four customers, min-max with direction.
ARPU = [(v - 60) / 140 for v in (80, 120, 60, 200)]
TENURE = [(v - 12) / 48 for v in (24, 36, 60, 12)]
STOPS = [(3 - v) / 3 for v in (3, 1, 2, 0)]
DATA = {"arpu": ARPU, "tenure": TENURE, "stops": STOPS}


def near(found, expected):
    np.testing.assert_allclose(found, expected, rtol=0, atol=1.1e-6)


def test_gt_1_3_ahp():
    found = weights.ahp(ROOT, random_index="saaty_1980")
    near(found.to_numpy(), [0.558425, 0.319618, 0.121957])
    near(found.consistency_ratio, 0.015771)
    assert weights.ahp(PairwiseMatrix(ROOT)).weights == found.weights
    with pytest.raises(karat.JudgmentError, match="most inconsistent"):
        weights.ahp(["a 3 b", "b 3 c", "c 3 a"])


def test_gt_9_5_groups():
    judges = [PairwiseMatrix(["a 2 b", "a 4 c", "b 3 c"]), PairwiseMatrix(["a 1 b", "a 3 c", "b 2 c"])]
    near(weights.aggregate_judgments(judges).priorities().to_numpy(), [0.501057, 0.354301, 0.144643])
    shared = weights.aggregate_judgments(judges, [0.7, 0.3]).priorities()
    near(shared.to_numpy(), [0.524120, 0.340556, 0.135324])
    near(shared.lambda_max, 3.002923)
    own = [judge.priorities() for judge in judges]
    near(weights.aggregate_priorities(own).to_numpy(), [0.501057, 0.354301, 0.144643])
    arithmetic = weights.aggregate_priorities(own, mean="arithmetic")
    near(arithmetic.to_numpy(), [0.500927, 0.353495, 0.145579])
    assert arithmetic.names == ("a", "b", "c")


@pytest.mark.parametrize("kind", [dict, pd.DataFrame, pl.DataFrame])
def test_gt_9_7_entropy_keeps_names(kind):
    found = weights.entropy(kind(DATA))
    assert found.names == ("arpu", "tenure", "stops")
    near(list(found.entropy.values()), [0.620335, 0.689392, 0.729574])
    near(found.to_numpy(), [0.395196, 0.323315, 0.281489])
    assert found.findings == ()


def test_gt_9_7_combinations():
    expert = dict(zip(DATA, weights.ahp(ROOT).to_numpy(), strict=True))
    data = weights.entropy(DATA)
    for how, golden in {
        "multiplicative": [0.615836, 0.288366, 0.095798],
        "geometric": [0.481071, 0.329191, 0.189738],
        "linear": [0.476811, 0.321466, 0.201723],
    }.items():
        near(weights.combine(expert, data, how).to_numpy(), golden)
    with pytest.warns(weights.WeightsWarning, match=r"W130 .*negative"):
        game = weights.combine(expert, data, "game_theory")
    near(game.published_coefficients, [1.490978, -0.490978])
    assert game.coefficients == (1.0, 0.0)
    assert [finding.code for finding in game.findings] == ["W130"]
    np.testing.assert_allclose(game.to_numpy(), list(expert.values()), rtol=1e-15)


def test_a_constant_column_is_named_and_gets_no_weight():
    with pytest.warns(weights.WeightsWarning, match="W120 column `flat`") as caught:
        found = weights.entropy({"flat": [1, 1, 1], "steep": [0, 1, 5]})
    assert found.weights == {"flat": 0.0, "steep": 1.0}
    assert caught[0].filename == __file__


def test_arrays_have_numbered_columns():
    assert weights.entropy(np.array([[1.0, 2.0], [3.0, 4.0]])).names == ("x0", "x1")
    assert weights.combine([0.5, 0.5], {"a": 0.2, "b": 0.8}).names == ("a", "b")
    assert weights.combine([0.5, 0.5], [0.2, 0.8]).names == ("x0", "x1")


def test_names_are_matched_not_positions():
    found = weights.combine({"a": 0.9, "b": 0.1}, {"b": 0.1, "a": 0.9}, share=0.25)
    np.testing.assert_allclose(found.to_numpy(), [0.9, 0.1])
    assert found.coefficients == (0.25, 0.75)
    mixed = weights.aggregate_priorities([{"a": 0.9, "b": 0.1}, {"b": 0.1, "a": 0.9}])
    np.testing.assert_allclose(mixed["a"], 0.9)


@example([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 5e-324], [1.0, 1.0, 0.0]])
@given(
    st.lists(st.lists(st.floats(0, 1e6), min_size=3, max_size=3), min_size=4, max_size=20).filter(
        lambda rows: all(len({row[j] for row in rows}) > 1 for j in range(3))
    )
)
def test_entropy_is_shannons(rows):
    """Against the formula in numpy, to what its cancellation leaves."""
    array = np.array(rows)
    shares = array / array.sum(axis=0)
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    expected = -(shares * logs).sum(axis=0) / np.log(len(rows))
    found = weights.entropy(array)
    np.testing.assert_allclose(list(found.entropy.values()), expected, atol=1e-10)
    np.testing.assert_allclose(sum(found.values()), 1.0)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: weights.entropy({"a": [1, -1], "b": [1, 2]}), karat.DataError, "column `a`: negative: -1"),
        (
            lambda: weights.entropy({"a": [1, np.nan], "b": [1, 2]}),
            karat.DataError,
            "column `a`: not a number: NaN",
        ),
        (lambda: weights.entropy({"a": ["x", "y"]}), karat.DataError, "column `a`: not numeric"),
        (lambda: weights.entropy({"a": [1.0]}), karat.ParameterError, "a single row has no dispersion"),
        (lambda: weights.entropy({"a": [1, 2], "b": [1]}), karat.ShapeError, "same number of rows"),
        (lambda: weights.combine([0.5, 0.4], [0.5, 0.5]), karat.ParameterError, "`expert` must sum to 1"),
        (lambda: weights.combine([1.0], [0.5, 0.5]), karat.ShapeError, "weights of the data"),
        (lambda: weights.combine({"a": 1.0}, {"b": 1.0}), karat.ParameterError, "same names"),
        (lambda: weights.combine([1.0], [1.0], share=2), karat.ParameterError, "`share` must lie"),
        (lambda: weights.combine([1.0], [1.0], "mean"), karat.ParameterError, "`how` must be one of linear"),
        (lambda: weights.aggregate_judgments([]), karat.ParameterError, "at least one"),
        (lambda: weights.aggregate_priorities([[1.0]], [0.5]), karat.ParameterError, "must sum to 1"),
        (lambda: weights.aggregate_priorities([[1.0]], mean="m"), karat.ParameterError, "`mean` must be"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
