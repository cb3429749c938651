"""`objective_weights` of the goldens, what peers do wrong, and speed of data weights."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import karat
from karat import Indicator, Plan, ValueModel, weights

GOLDENS = Path(__file__).parents[2] / "crates" / "karat" / "tests" / "goldens" / "ahp.json"
CASES = json.loads(GOLDENS.read_text(encoding="utf-8"))["objective_weights"]
TELECOM = CASES[1]
METHODS = {
    "entropy": weights.entropy,
    "critic": weights.critic,
    "std_of_minmax": weights.standard_deviation,
    "merec": weights.merec,
    "gini": weights.gini,
    "pca_first_component": weights.principal_component,
}
#: Direction makes no difference to these.
ONE_SIDED = ("entropy", "gini")


def near(found, golden, tolerance=1e-12):
    np.testing.assert_allclose(found, golden, rtol=0, atol=tolerance)


def tables(case):
    """The same table in every form that it may come in."""
    rows = np.array(case["data"], dtype=float)
    frame = pd.DataFrame(rows, columns=case["labels"])
    yield rows
    yield np.asfortranarray(rows)
    yield np.repeat(rows, 2, axis=0)[::2]
    yield rows.tolist()
    yield frame
    yield frame.to_dict("list")
    yield pl.DataFrame(frame)
    yield pa.table({name: frame[name].to_numpy() for name in frame})


# In the small table two directions run against the other two, which W121 tells.
@pytest.mark.filterwarnings("ignore:W121")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
@pytest.mark.parametrize("key", METHODS)
def test_six_methods_on_two_tables(case, key):
    golden = case[key]["weights"] if key == "pca_first_component" else case[key]
    better = {} if key in ONE_SIDED else {"better": case["direction"]}
    bits = set()
    for table in tables(case):
        found = METHODS[key](table, **better)
        near(found.to_numpy(), golden)
        bits.add(found.to_numpy().tobytes())
        assert found.rows == len(case["data"])
    assert len(bits) == 1, "the layout shows"
    if key == "pca_first_component":
        near(found.explained, case[key]["explained"])
        squares = np.array(golden) ** 2
        near(
            weights.principal_component(table, **better, loadings="squared").to_numpy(),
            squares / squares.sum(),
        )


def test_directions_by_name_and_by_list():
    frame = pd.DataFrame(TELECOM["data"], columns=TELECOM["labels"])
    golden = TELECOM["critic"]
    near(weights.critic(frame, better={"late_payments": "low"}).to_numpy(), golden)
    near(weights.critic(frame, better=["high"] * 4 + ["cost"]).to_numpy(), golden)
    assert weights.critic(frame, better="low").weights == weights.critic(frame).weights
    assert weights.critic(frame, better={"late_payments": "low"}).names == tuple(TELECOM["labels"])


def test_expert_and_critic_five_ways():
    golden = TELECOM["combination"]
    frame = pd.DataFrame(TELECOM["data"], columns=TELECOM["labels"])
    expert = dict(zip(TELECOM["labels"], golden["expert_ahp"], strict=True))
    data = weights.critic(frame, better={"late_payments": "low"})
    near(weights.combine(expert, data, share=0.6).to_numpy(), golden["linear_0.6_0.4"])
    near(weights.mix({"e": expert, "d": data}, {"e": 0.6, "d": 0.4}).to_numpy(), golden["linear_0.6_0.4"])
    for how, key in [
        ("multiplicative", "multiplicative"),
        ("geometric", "geometric"),
        ("minimum_relative_entropy", "geometric"),
    ]:
        near(weights.combine(expert, data, how).to_numpy(), golden[key])
    game = weights.combine(expert, data, "game_theory")
    near(game.to_numpy(), golden["game_theory"]["weights"])
    near(game.coefficients, golden["game_theory"]["alpha"])


@pytest.mark.parametrize("method", ["critic", "standard_deviation", "merec", "pca", "entropy", "equal"])
def test_a_plan_weighs_by_any_method(method):
    frame = pd.DataFrame(TELECOM["data"], columns=TELECOM["labels"])
    indicators = [Indicator(name, better="low" if name == "late_payments" else "high") for name in frame]
    model = ValueModel(Plan(indicators, weights=method)).fit(frame)
    found = np.array([row["weight"] for row in model.report_.weights])
    scaled = (frame - frame.min()) / (frame.max() - frame.min())
    scaled["late_payments"] = 1.0 - scaled["late_payments"]
    expected = {
        "critic": weights.critic,
        "standard_deviation": weights.standard_deviation,
        "merec": lambda table: weights.merec(1.0 + 99.0 * table),
        "pca": weights.principal_component,
        "entropy": weights.entropy,
        "equal": weights.equal,
    }[method](scaled)
    near(found, expected.to_numpy())
    source = model.report_.data_weights[0]
    assert source["customers"] == (0 if method == "equal" else 10)
    assert source["method"] == ("principal_component" if method == "pca" else method)


def test_a_plan_mixes_and_bounds():
    frame = pd.DataFrame(TELECOM["data"], columns=TELECOM["labels"])
    described = {
        "method": "combined",
        "mix": {"expert": 0.6, "critic": 0.4},
        "bounds": {"tenure": (0.05, 0.15)},
    }
    plan = Plan([Indicator(name) for name in frame], weights=described)
    assert Plan.from_toml(plan.to_toml()) == plan
    report = ValueModel(plan).fit(frame).report_
    found = {row["indicator"]: row["weight"] for row in report.weights}
    with pytest.warns(weights.WeightsWarning, match="W131 tenure"):
        expected = weights.mix(
            {"expert": weights.equal(frame), "critic": weights.critic(frame)},
            {"expert": 0.6, "critic": 0.4},
            bounds={"tenure": (0.05, 0.15)},
        )
    near(list(found.values()), expected.to_numpy())
    assert found["tenure"] == 0.15
    assert [finding["code"] for finding in report.findings] == ["W131"]
    for wrong, message in [
        ({"method": "critik"}, "did you mean `critic`"),
        ({"method": "combined", "mix": {"expert": 1, "entropi": 1}}, "did you mean `entropy`"),
        ({"bounds": {"tenur": (0, 1)}}, "did you mean `tenure`"),
        ({"cap": 0.1}, "greatest weights that sum to at least 1"),
    ]:
        with pytest.raises(karat.ParameterError, match=message):
            Plan([Indicator(name) for name in frame], weights=wrong)


@settings(max_examples=50)
@given(
    st.lists(st.lists(st.floats(0.125, 1024), min_size=4, max_size=4), min_size=5, max_size=30).filter(
        lambda rows: all(np.ptp([row[j] for row in rows]) > 1 for j in range(4))
    )
)
def test_against_numpy(rows):
    """Independent of the core: numpy's own means, deviations and correlations."""
    x = np.array(rows)
    z = (x - x.min(0)) / np.ptp(x, axis=0)
    deviation, correlation = z.std(0, ddof=1), np.corrcoef(z.T)
    near(weights.standard_deviation(x).to_numpy(), deviation / deviation.sum(), 1e-10)
    information = deviation * (1 - correlation).sum(0)
    if information.sum() > 1e-6:
        near(weights.critic(x).to_numpy(), information / information.sum(), 1e-8)
    mean_differences = np.abs(x[:, None] - x[None]).mean((0, 1)) / (2 * x.mean(0))
    near(weights.gini(x).to_numpy(), mean_differences / mean_differences.sum(), 1e-10)
    logs = np.log(x / x.min(0))
    whole = np.log1p(logs.mean(1))
    effects = [np.abs(np.log1p(logs[:, np.arange(4) != j].sum(1) / 4) - whole).sum() for j in range(4)]
    near(weights.merec(x).to_numpy(), effects / np.sum(effects), 1e-10)
    values = np.linalg.eigvalsh(correlation)[::-1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", weights.WeightsWarning)
        near(weights.principal_component(x).eigenvalues, values, 1e-9)


@pytest.mark.parametrize("method", [weights.critic, weights.standard_deviation, weights.merec, weights.gini])
def test_a_constant_column_is_named_where_it_was_called(method):
    with pytest.warns(weights.WeightsWarning, match="W120 column `flat`") as caught:
        found = method({"flat": [1, 1, 1, 1], "steep": [1, 2, 5, 9], "other": [3, 1, 1, 4]})
    assert found["flat"] == 0.0
    assert 0 < found["steep"] < 1
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: weights.merec({"a": [0, 1.0], "b": [1, 2]}), karat.DataError, "column `a`: not above 0: 0"),
        (
            lambda: weights.critic({"a": [1, np.nan], "b": [1, 2]}),
            karat.DataError,
            "column `a`: not a number",
        ),
        (lambda: weights.critic({"a": [1, np.inf], "b": [1, 2]}), karat.DataError, "column `a`: infinite"),
        (lambda: weights.gini({"a": [1, -2], "b": [1, 2]}), karat.DataError, "column `a`: negative: -2"),
        (
            lambda: weights.entropy({"a": [0, 0], "b": [1, 2]}),
            karat.DataError,
            "column `a`: every value is 0",
        ),
        (
            lambda: weights.critic({"a": [1, 1], "b": [2, 2]}),
            karat.DataError,
            "no column carries information",
        ),
        (lambda: weights.critic({"a": [1, 2], "b": [2, 4]}), karat.DataError, "repeats the others"),
        (lambda: weights.critic([[1.0, 2.0]]), karat.ParameterError, "a single row"),
        (lambda: weights.critic([1.0, 2.0]), karat.ShapeError, "two dimensions"),
        (lambda: weights.critic({"a": ["x", "y"]}), karat.DataError, "column `a`: not numeric"),
        (lambda: weights.critic(np.zeros((0, 2))), karat.ShapeError, "0 sample"),
        (lambda: weights.critic({}), karat.ShapeError, "minimum of 1"),
        (lambda: weights.critic([[1, 2], [2, 1]], better="more"), karat.ParameterError, '"high" or "low"'),
        (lambda: weights.critic([[1, 2], [2, 1]], better=["low"]), karat.ParameterError, "2 columns"),
        (lambda: weights.critic({"abc": [1, 2]}, better={"abd": "low"}), karat.ParameterError, "mean 'abc'"),
        (
            lambda: weights.principal_component([[1, 2], [2, 1]], loadings="s"),
            karat.ParameterError,
            "squared",
        ),
        (lambda: weights.bounded({"a": 0.5, "b": 0.5}, {"c": (0, 1)}), karat.ParameterError, "must name"),
        (lambda: weights.bounded([0.5, 0.5], cap=0.4), karat.ParameterError, "x0 0.4, x1 0.4"),
        (lambda: weights.mix({"a": [1.0]}, {"b": 1.0}), karat.ParameterError, "must name sources"),
        (lambda: weights.mix({"a": {"x": 1.0}, "b": {"y": 1.0}}), karat.ParameterError, "`b` weighs"),
        (lambda: weights.stability([[1, 2], [2, 1]], "gini"), karat.ParameterError, "sorted"),
        (lambda: weights.stability([[1, 2], [2, 1]], "crtic"), karat.ParameterError, "`critic`"),
        (lambda: weights.share_path({"a": 1.0}, {"b": 1.0}), karat.ParameterError, "same names"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_bands_are_those_of_a_plain_bootstrap():
    """Against rows drawn with replacement in numpy: standard errors to what 400 replicates leave."""
    rng = np.random.default_rng(3)
    x = rng.gamma(2.0, size=(3000, 4)) + rng.gamma(2.0, size=(3000, 1))
    band = weights.stability(x, "critic", replicates=1000)
    span = np.ptp(x, axis=0)

    def critic(rows):
        z = rows / span
        information = z.std(0, ddof=1) * (1 - np.corrcoef(z.T)).sum(0)
        return information / information.sum()

    drawn = np.array([critic(x[rng.integers(0, 3000, 3000)]) for _ in range(400)])
    ratio = np.array(list(band.standard_error.values())) / drawn.std(0, ddof=1)
    assert (np.abs(ratio - 1) < 0.2).all(), ratio
    near(list(band.low.values()), np.quantile(drawn, 0.025, axis=0), 0.01)
    near(band.to_numpy(), weights.critic(x).to_numpy())
    assert band.weights == weights.stability(pd.DataFrame(x), "critic").weights or band.names[0] == "x0"
    fused = weights.stability(x, "critic", expert=[0.4, 0.3, 0.2, 0.1], share=0.75, replicates=1000)
    near(list(fused.standard_error.values()), np.array(list(band.standard_error.values())) / 4, 1e-9)


@pytest.mark.filterwarnings("ignore:W121")
def test_results_show_themselves():
    frame = pl.DataFrame({"a": [1.0, 2.0, 4.0, 3.0], "b<c": [4.0, 1.0, 2.0, 2.0], "c": [1.0, 5.0, 2.0, 7.0]})
    found = weights.critic(frame)
    assert repr(found).startswith("<CriticWeights: a=")
    assert "critic of 4 rows" in repr(found)
    assert "b&lt;c" in found._repr_html_()
    table = found.to_frame(frame)
    assert isinstance(table, pl.DataFrame)
    assert table.columns == ["column", "weights", "information", "standard_deviation", "conflict"]
    assert set(weights.principal_component(frame).to_frame("dict")) == {"column", "weights", "loadings"}
    assert found.correlation.shape == (3, 3)
    path = weights.share_path([0.6, 0.3, 0.1], [0.2, 0.3, 0.5], 3)
    assert path.to_frame().columns.tolist() == ["expert_share", "x0", "x1", "x2"]
    assert path.exchanges[0][1:] == ("x0", "x1")
    near(path.exchanges[0].share, 0.25)
    assert "<table" in path._repr_html_()
    band = weights.stability(frame, "entropy")
    assert "widest 95 % band" in repr(band)
    assert band.to_frame("polars").columns == ["column", "weight", "standard_error", "low", "high"]
    assert weights.equal(["a", "b"]).weights == {"a": 0.5, "b": 0.5}
    assert "0.6000 e, 0.4000 d" in repr(weights.mix({"e": [1.0], "d": [1.0]}, {"e": 3, "d": 2}))
