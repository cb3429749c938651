"""Forecasts in a model give what their estimators give alone, in every way a model is scored."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest

import karat
from karat import wavelet
from karat.lifecycle import StageRules
from karat.lifetime import BetaGeoNBD, ContractStep, DiscreteHazard, GammaGamma, ParetoNBD

N = 300
MONTHS = [f"m{back}" for back in range(8, 0, -1)]


@pytest.fixture(scope="module")
def base():
    rng = np.random.default_rng(3)
    age = rng.uniform(31, 60, N)
    lived = np.minimum(rng.exponential(40, N), age)  # some have left before today
    x = rng.poisson(rng.gamma(0.8, 0.2, N) * lived).astype(float)
    table = {
        "arpu": rng.gamma(4, 15, N),
        "complaints": rng.poisson(1.0, N).astype(float),
        "contract": rng.choice(["monthly", "yearly", "two years"], N),
        "frequency": x,
        "recency": np.where(x > 0, lived * rng.random(N) ** (1 / np.maximum(x, 1)), 0.0),
        "T": age,
        "monetary_value": rng.gamma(6, 5, N),
        "tenure": rng.integers(1, 60, N).astype(float),
    }
    return table | {month: rng.gamma(9, 3, N) for month in MONTHS}


@pytest.fixture(scope="module")
def plain(base):
    plan = karat.Plan(
        [
            karat.Indicator("arpu"),
            karat.Indicator("contract", categories={"monthly": 0.2, "yearly": 0.6, "two years": 1.0}),
        ],
        grades=["low", "high"],
    )
    return karat.ValueModel(plan, random_state=5, n_threads=1).fit(base)


@pytest.fixture(scope="module")
def network(base):
    left = np.where(
        np.random.default_rng(4).random(N) < 0.1 + 0.15 * base["complaints"].clip(0, 4), "yes", "no"
    )
    fields = {name: base[name] for name in ("contract", "arpu", "complaints")}
    return karat.WaveletNetworkClassifier(n_libraries=1, n_members=2, random_state=0).fit(fields, left)


def holes(base):
    """The same rows with missing and unheard-of values."""
    rng, damaged = np.random.default_rng(6), {}
    for name, values in base.items():
        values = values.astype(object if name == "contract" else float)
        values[rng.random(N) < 0.1] = None if name == "contract" else np.nan
        damaged[name] = values
    damaged["arpu"][:3] = [np.inf, -np.inf, 1e300]
    return damaged


def same(found, expected):
    np.testing.assert_array_equal(np.asarray(found).view(np.uint64), np.asarray(expected).view(np.uint64))


@pytest.mark.parametrize("whole", [True, False])
def test_a_network_in_a_model_is_the_network(base, plain, network, whole):
    rows = base if whole else holes(base)
    model = plain.with_forecast("churn", network)
    expected = network.predict_proba({name: rows[name] for name in ("contract", "arpu", "complaints")})
    forecasts = model.forecast(rows)
    assert forecasts.names == ("churn.no", "churn.yes")
    same(forecasts["churn"], expected)
    scores = model.score(rows)
    same(scores["churn"], expected[:, 1])
    before = plain.score(rows)
    same(scores["index"], before["index"])
    assert scores.names("grade") == before.names("grade")
    assert np.isnan(before["churn"]).all()
    assert [field.name for field in model.scorer_.fields] == ["arpu", "contract", "complaints"]
    assert [field.name for field in plain.scorer_.fields] == ["arpu", "contract"]


def test_threads_blocks_and_single_rows_give_one_answer(base, plain, network):
    model = plain.with_forecast("churn", network).with_lifetime("life", ParetoNBD().fit(base), t=26)
    forecasts = model.forecast(base)
    for threads in (1, 2, 3):
        same(model.scorer_.forecast(base, n_threads=threads).values, forecasts.values)
    for row in (0, 7, N - 1):
        one = model.forecast({name: values[row : row + 1] for name, values in base.items()})
        same(one.values[0], forecasts.values[row])
        score = model.scorer_.score_row(
            {name: base[name][row] for name in [f.name for f in model.scorer_.fields]}
        )
        assert score.churn == forecasts["churn.yes"][row]
    many = {name: np.tile(values, 200) for name, values in base.items()}
    same(model.forecast(many).values, np.tile(forecasts.values, (200, 1)))


def test_classic_families_and_numbers(base, plain):
    x = np.column_stack([base["arpu"], base["complaints"]])
    value = wavelet.fit(x, base["arpu"] * 0.5 + base["complaints"], wavelons=3)
    classes = wavelet.fit(
        x, (base["complaints"] > 1).astype(int), task="classes", family="product", wavelons=3
    )
    model = plain.with_forecast("forecast", value, fields={"x0": "arpu", "x1": "complaints"})
    model = model.with_forecast("many", classes, fields={"x0": "arpu", "x1": "forecast.value"})
    forecasts = model.forecast(base)
    same(forecasts["forecast.value"], value.predict(x))
    same(model.score(base)["forecast"], value.predict(x))
    chained = np.column_stack([base["arpu"], forecasts["forecast.value"]])
    same(forecasts["many"], classes.predict_proba(chained))
    assert forecasts.names == ("forecast.value", "many.0", "many.1")
    on_index = plain.with_forecast("on_index", value, fields={"x0": "index", "x1": 2})
    index = plain.score(base)["index"]
    same(on_index.forecast(base)["on_index.value"], value.predict(np.column_stack([index, np.full(N, 2.0)])))


def test_lifetimes_contracts_and_stages(base, plain):
    paid = base["frequency"] > 0
    spend = GammaGamma().fit(base["frequency"][paid], base["monetary_value"][paid])
    prepaid = BetaGeoNBD().fit(base)
    model = plain.with_lifetime("lifetime", prepaid, t=40, discount_rate=0.002, spend=spend)
    expected = prepaid.score(base, t=40, discount_rate=0.002, spend=spend)
    assert np.isfinite(expected["discounted_value"]).all()
    left = (np.arange(N) % 3 == 0).astype(float)
    hazards = {"months": base["tenure"], "left": left, "complaints": base["complaints"]}
    step = DiscreteHazard(penalty=1).fit(hazards, "months", "left").freeze(horizon=24, discount_rate=0.01)
    model = model.with_contract("contract", step, fields={"margin": "arpu", "term": 12})
    model = model.with_stage("stage", StageRules(), MONTHS)
    forecasts = model.forecast(base)
    for name, values in expected.items():
        same(forecasts[f"lifetime.{name}"], values)
    survival = step.forecast(base["tenure"], {"complaints": base["complaints"]}, term=np.full(N, 12.0))
    for name, values in survival.items():
        same(forecasts[f"contract.{name}"], values)
    same(forecasts["contract.value"], survival["discounted_periods"] * base["arpu"])
    values = np.concatenate([base[month] for month in MONTHS])
    months = np.repeat(np.arange(8), N)
    tenure = np.tile(base["tenure"], 8) + months - 7
    stages = StageRules().assign(values, np.tile(np.arange(N), 8), months, tenure)
    scores = model.score(base)
    assert scores.names("stage") == stages.stage.tolist()
    same(forecasts["stage.confidence"], stages.evidence["confidence"])
    # The lifetime came first, and a second value leaves it alone.
    same(scores["clv"], expected["discounted_value"])
    assert model.report_.forecasts[1]["record"] == []


def test_a_model_is_saved_pickled_and_shown(base, plain, network, tmp_path):
    model = plain.with_forecast("churn", network)
    model.save(tmp_path / "churn.karat")
    loaded = karat.load(tmp_path / "churn.karat")
    same(loaded.forecast(base).values, model.forecast(base).values)
    assert loaded.report_.forecasts == model.report_.forecasts
    again = pickle.loads(pickle.dumps(model))
    assert (again.model_id_, again.random_state) == (model.model_id_, 5)
    forecasts = pickle.loads(pickle.dumps(model.forecast(base)))
    assert "churn.yes" in repr(forecasts)
    for shown in (forecasts._repr_html_(), model._repr_html_(), str(model.report_)):
        assert "churn.yes" in shown
    frame = forecasts.to_frame("pandas")
    assert list(frame.columns) == ["churn.no", "churn.yes"]
    assert model.report_.to_frame("forecasts", "dict")["record"] == ["churn = churn.yes"]
    assert "churn.yes" in model.score(base)._repr_html_() or "churn" in model.score(base)._repr_html_()


def test_the_file_is_the_same_in_any_process(base, plain, network, tmp_path):
    plain.with_forecast("churn", network).save(tmp_path / "model.karat")
    (tmp_path / "network.pickle").write_bytes(pickle.dumps((plain, network)))
    code = (
        "import pickle, sys; plain, network = pickle.load(open(sys.argv[1], 'rb'));"
        "plain.with_forecast('churn', network).save(sys.argv[2])"
    )
    other = tmp_path / "other.karat"
    subprocess.run([sys.executable, "-c", code, tmp_path / "network.pickle", other], check=True)
    assert other.read_bytes() == (tmp_path / "model.karat").read_bytes()


def test_what_is_wrong_is_said(base, plain, network):
    joined = plain.with_forecast("churn", network)
    with pytest.raises(karat.SchemaError, match=r"`complaint`: neither a field nor an output.*did you mean"):
        joined.with_forecast("again", network, fields={"complaints": "complaint"}, new_fields=False)
    with pytest.raises(
        karat.SchemaError, match="`complaint`: not an input of forecast churn; did you mean `complaints`"
    ):
        plain.with_forecast("churn", network, fields={"complaint": "arpu"})
    with pytest.raises(karat.SchemaError, match="holds categories; `arpu` must be a number"):
        plain.with_forecast("churn", network, fields={"arpu": "contract"})
    with pytest.raises(karat.ParameterError, match="`record` must be one of no, yes, got `left`"):
        plain.with_forecast("churn", network, record={"churn": "left"})
    with pytest.raises(karat.ParameterError, match="needs to say which output"):
        plain.with_forecast("churn", network, record="clv")
    with pytest.raises(karat.ParameterError, match="fitted wavelet network"):
        plain.with_forecast("churn", BetaGeoNBD().fit(base))
    with pytest.raises(karat.NotFittedError):
        plain.with_forecast("churn", karat.WaveletNetworkClassifier())
    with pytest.raises(karat.NotFittedError):
        karat.ValueModel(plain.plan).with_forecast("churn", network)
    with pytest.raises(karat.ParameterError, match="`t` is missing"):
        plain.with_lifetime("lifetime", BetaGeoNBD().fit(base))
    with pytest.raises(karat.ParameterError, match="freeze"):
        plain.with_contract("contract", DiscreteHazard())
    model = plain.with_forecast("churn", network)
    with pytest.raises(karat.ParameterError, match="no other forecast"):
        model.with_forecast("churn", network)
    with pytest.raises(karat.SchemaError, match="`complaints`"):
        model.score({"arpu": [1.0], "contract": ["monthly"], "complaint": [1.0]})
    with pytest.raises(
        karat.ParameterError, match=r"`churn\.yess` is no output of this model; did you mean `churn\.yes`"
    ):
        model.forecast(base)["churn.yess"]
    with pytest.raises(karat.ParameterError, match="unseen"):
        model.forecast(base, unseen="ignore")
    assert plain.forecast(base).values.shape == (N, 0)
    with pytest.raises(karat.ParameterError, match="there are none"):
        plain.forecast(base)["churn"]


def test_contract_step_of_rates_is_the_closed_form(plain):
    # Retention .8 at 10 %: the margin multiple r / (1 + i - r) of Gupta and Lehmann (2003).
    step = ContractStep.from_hazards([0.2], horizon=1200, discount_rate=0.1)
    model = plain.with_contract("contract", step, fields={"margin": 30.0})
    row = {"arpu": [1.0], "contract": ["monthly"], "tenure": [5.0]}
    assert abs(model.score(row)["clv"][0] - 30 * 0.8 / 0.3) < 1e-9
