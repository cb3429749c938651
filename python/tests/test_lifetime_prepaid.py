"""Prepaid models against golden values of the field's own data.

Golden parameters, likelihoods, standard errors and predictions: maximum likelihood polished by Newton's
method at 40 digits with mpmath on the CDNOW sample (Fader & Hardie's site; shipped with ``lifetimes``) and on
the donations of Fader, Hardie & Shang (2010).
"""

from __future__ import annotations

import math
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import karat
from karat.lifetime import (
    NBD,
    BetaGeoBetaBinomial,
    BetaGeoNBD,
    GammaGamma,
    ModifiedBetaGeoNBD,
    ParetoNBD,
    summary_from_transactions,
)

HISTORIES = (
    [2, 1, 0, 26, 29, 7, 7, 1],
    [30.43, 1.71, 0.0, 30.86, 37.86, 29.43, 10.0, 38.86],
    [38.86, 38.86, 38.86, 31.0, 38.29, 38.86, 38.86, 38.86],
)
GOLDEN: dict[str, dict[str, Any]] = {
    "bg": {
        "class": BetaGeoNBD,
        "params": [0.242592907204465893, 4.41353156120542629, 0.792886148098768565, 2.42575343649362146],
        "loglik": -9582.425560567362545,
        "se": [0.0125573196, 0.3782214045, 0.1857191517, 0.7053457903],
        "alive": [
            0.726609151550647714,
            0.212227408786327181,
            1.0,
            0.968919710167057271,
            0.966151187759870733,
            0.641800609078142815,
            0.00368810456139787932,
            0.753657988954616046,
        ],
        "cet": [
            1.22591045212269916,
            0.203250644941550644,
            0.194780847006320051,
            20.7505695199434751,
            19.8840667287285676,
            3.33723943371663327,
            0.0191774326852790698,
            0.721779873751380072,
        ],
        "new": {1.0: 0.0531847407762175591, 39.0: 1.1950162977034431, 78.0: 1.85797178242792043},
        "total": 1653.42325980402,
    },
    "mbg": {
        "class": ModifiedBetaGeoNBD,
        "params": [0.524837983665595109, 6.18299201967209692, 0.891356155331535782, 1.61399933473050115],
        "loglik": -9582.1326848999039102,
        "se": [0.08326406002, 0.6955978992, 0.1547853505, 0.5374724712],
        "alive": [
            0.706126246666638344,
            0.170819628846446982,
            0.389716313513791223,
            0.965552873001639852,
            0.962659100610875924,
            0.622638758520576845,
            0.00434467524648464756,
            0.745715903035055433,
        ],
        "cet": [
            1.26267078911012719,
            0.188789254455951136,
            0.153953653691476028,
            19.4480366614069462,
            18.7919118560990871,
            3.16680548729883243,
            0.0220974701989168177,
            0.824162599583254676,
        ],
        "new": {1.0: 0.0530606202106337483, 39.0: 1.18228369931578246, 78.0: 1.80363609258700877},
        "total": None,
    },
    "pareto": {
        "class": ParetoNBD,
        "params": [0.553275508689519312, 10.5776122386817086, 0.606213568674084476, 11.6679112379202271],
        "loglik": -9594.9739298268636344,
        "se": [0.04762875217, 0.842723911, 0.187279569, 6.211028952],
        "alive": [
            0.869118718168994387,
            0.167871978035778774,
            0.295097158389589453,
            0.99791794333351024,
            0.994030966387209303,
            0.749416401382894946,
            0.011090314467580176,
            1.0,
        ],
        "cet": [
            1.45511295501387042,
            0.170980517316766914,
            0.107059792696753885,
            20.1158671813833071,
            19.4546144653218155,
            3.71174766606649752,
            0.054928673518518736,
            1.01851732086176773,
        ],
        "new": {1.0: 0.0510065452581604356, 39.0: 1.2134080647031294, 78.0: 1.90988076629028617},
        "total": 1665.53423152008,
    },
}
DONATIONS = [
    *([0, 0, 3464], [1, 1, 1091], [1, 2, 277], [1, 3, 129], [1, 4, 78], [1, 5, 119], [1, 6, 129]),
    *([2, 2, 613], [2, 3, 255], [2, 4, 155], [2, 5, 173], [2, 6, 234], [3, 3, 322], [3, 4, 181]),
    *([3, 5, 225], [3, 6, 357], [4, 4, 240], [4, 5, 284], [4, 6, 512], [5, 5, 335], [5, 6, 728]),
    [6, 6, 1203],
]


def cdnow(name: str) -> np.ndarray[Any, Any]:
    """Read a table of the CDNOW sample as shipped with lifetimes, without importing lifetimes."""
    found = find_spec("lifetimes")
    if found is None or found.origin is None:
        print("skipped: the CDNOW sample comes with the package `lifetimes`, which is not installed")
        pytest.skip("the package `lifetimes`, which ships the CDNOW sample, is not installed")
    path = Path(found.origin).parent / "datasets" / name
    return np.genfromtxt(path, delimiter=",", names=True)


@pytest.fixture(scope="module")
def histories() -> tuple[Any, Any, Any]:
    table = cdnow("cdnow_customers_summary.csv")
    return table["frequency"], table["recency"], table["T"]


def test_who_buys_again_is_ranked_as_the_how_to_says(histories: tuple[Any, Any, Any]) -> None:
    """Figures of `docs/src/howto/lifetime-value.md`; they were found first with the package lifetimes."""
    pd = pytest.importorskip("pandas")
    metrics = pytest.importorskip("sklearn.metrics")
    package = find_spec("lifetimes")
    assert package is not None
    assert package.origin is not None
    path = Path(package.origin).parent / "datasets" / "CDNOW_sample.txt"
    log = pd.read_csv(path, sep=r"\s+", header=None, names=["master", "customer", "date", "number", "value"])
    again = log[log["date"] > 19970930].groupby("customer").size()
    bought = again.reindex(np.arange(1, len(histories[0]) + 1)).fillna(0) > 0
    wanted = {BetaGeoNBD: 0.316, ModifiedBetaGeoNBD: 0.687, ParetoNBD: 0.726}
    for kind, by_alive in wanted.items():
        model = kind().fit(*histories)
        alive = metrics.roc_auc_score(bought, model.conditional_probability_alive(*histories))
        assert alive == pytest.approx(by_alive, abs=0.0005)
        assert 0.77 <= metrics.roc_auc_score(bought, model.predict(39, *histories)) < 0.785
    assert bought.sum() < again.sum()


@pytest.mark.parametrize("which", GOLDEN)
def test_cdnow_has_the_golden_maximum(which: str, histories: tuple[Any, Any, Any]) -> None:
    golden = GOLDEN[which]
    model = golden["class"]().fit(*histories)
    assert model.converged_
    assert model.findings_ == ()
    np.testing.assert_allclose(list(model.params_.values()), golden["params"], rtol=1e-8)
    assert abs(model.log_likelihood_ - golden["loglik"]) < 1e-8
    np.testing.assert_allclose(list(model.standard_errors_.values()), golden["se"], rtol=1e-6)
    assert (model.n_customers_, model.n_distinct_) == (2357, 1016)
    if golden["total"] is not None:
        assert model.predict(39, *histories).sum() == pytest.approx(golden["total"], rel=1e-8)
    # 1,882 transactions in weeks 40 to 78 (hold-out of the same customers).
    assert 0.8 < model.predict(39, *histories).sum() / 1882 < 0.9


def with_params(which: str) -> Any:
    model = GOLDEN[which]["class"]()
    model.params_ = dict(zip(model._PARAMETERS, GOLDEN[which]["params"], strict=True))
    return model


@pytest.mark.parametrize("which", GOLDEN)
def test_predictions_are_the_golden_ones(which: str) -> None:
    golden, model = GOLDEN[which], with_params(which)
    np.testing.assert_allclose(model.conditional_probability_alive(*HISTORIES), golden["alive"], rtol=1e-11)
    np.testing.assert_allclose(model.predict(39, *HISTORIES), golden["cet"], rtol=1e-11)
    times = list(golden["new"])
    found = model.expected_number_of_purchases_up_to_time(times)
    np.testing.assert_allclose(found, list(golden["new"].values()), rtol=1e-11)


def test_discounted_transactions() -> None:
    pareto = with_params("pareto")
    found = pareto.discounted_expected_residual_transactions(math.expm1(0.0027), *HISTORIES)
    expected = [6.48224937165287414, 0.761685439692158327, 0.476930860622572495, 86.0309289981336567]
    np.testing.assert_allclose(found[:4], expected, rtol=1e-11)
    # BG/NBD by adaptive quadrature at 40 digits: within 52 weeks, and for ever.
    bg, rate = with_params("bg"), 1.1 ** (1 / 52) - 1
    year = bg.discounted_expected_residual_transactions(rate, *HISTORIES, t=52)[:3]
    np.testing.assert_allclose(year, [1.4916425611281, 0.24863438552005, 0.24056694892243], rtol=1e-10)
    ever = bg.discounted_expected_residual_transactions(rate, *HISTORIES)[:3]
    np.testing.assert_allclose(ever, [6.36056153948, 1.14151045983, 1.2992502731], rtol=1e-9)
    with pytest.raises(karat.ParameterError, match="horizon"):
        bg.discounted_expected_residual_transactions(0.0, *HISTORIES)


def test_probabilities_of_counts() -> None:
    expected = [0.574307291109794458, 0.199193042527442156, 0.0853224084374190489, 0.0457971936667557978]
    bg = with_params("bg")
    found = [bg.probability_of_n_purchases_up_to_time(39, n) for n in range(4)]
    np.testing.assert_allclose(found, expected, rtol=1e-11)


def test_donations() -> None:
    x, t_x, weights = np.array(DONATIONS, dtype=float).T
    model = BetaGeoBetaBinomial().fit(x, t_x, 6, weights)
    expected = [1.20352235160191393, 0.749716358172938893, 0.656718208441832434, 2.78344223257738075]
    np.testing.assert_allclose(list(model.params_.values()), expected, rtol=1e-8)
    assert abs(model.log_likelihood_ + 33225.581274347006839) < 1e-8
    assert (model.predict(5, x, t_x, 6) * weights).sum() == pytest.approx(12884.1568488186, rel=1e-8)
    found = model.discounted_expected_residual_transactions(0.1, [0, 3], [0, 6], 6)
    np.testing.assert_allclose(found, [0.114752715632489212, 3.44864239251507176], rtol=1e-7)


def test_spending_of_cdnow() -> None:
    table = cdnow("cdnow_customers_summary_with_transactions.csv")
    model = GammaGamma().fit(table["x"], table["zbar"])
    expected = [6.24880248970909699, 3.74458845328746903, 15.4477480094637163]
    np.testing.assert_allclose(list(model.params_.values()), expected, rtol=1e-8)
    assert abs(model.log_likelihood_ + 4055.9232435028642551) < 1e-8
    np.testing.assert_allclose(
        list(model.standard_errors_.values()), [1.18968697, 0.2901656109, 4.159993674], rtol=1e-6
    )
    found = model.conditional_expected_average_profit(
        [0, 1, 2, 7, 1, 29], [0, 11.77, 22.35, 73.74, 300, 39.41]
    )
    golden = [
        *(35.1710020882409665, 18.9114798415670998, 24.6586161743267122),
        *(71.4628508045184156, 219.179916188306791, 39.3467562865034344),
    ]
    np.testing.assert_allclose(found, golden, rtol=1e-8)
    repeat = table["x"] > 0
    pearson = np.corrcoef(table["x"][repeat], table["zbar"][repeat])[0, 1]
    assert model.correlation_ == pytest.approx(pearson, rel=1e-10)


def test_bg_misleads_about_customers_without_a_repeat(histories: tuple[Any, Any, Any]) -> None:
    once = histories[0] == 0
    assert (BetaGeoNBD().fit(*histories).conditional_probability_alive(*histories)[once] == 1).all()
    assert (ParetoNBD().fit(*histories).conditional_probability_alive(*histories)[once] < 0.6).all()


def simulate(seed: int, n: int) -> tuple[Any, Any, Any]:
    """Pareto/NBD customers drawn from their definition."""
    rng = np.random.default_rng(seed)
    T = rng.uniform(20, 60, n).round()
    rate, leaving = rng.gamma(0.6, 1 / 8, n), rng.gamma(0.8, 1 / 15, n)
    life = np.minimum(rng.exponential(1, n) / leaving, T)
    x = rng.poisson(rate * life)
    t_x = np.where(x > 0, life * rng.random(n) ** (1 / np.maximum(x, 1)), 0.0)
    return x, t_x, T


def test_simulated_parameters_come_back() -> None:
    truth = np.array([0.6, 8.0, 0.8, 15.0])
    model = ParetoNBD().fit(*simulate(3, 20_000))
    found = np.array(list(model.params_.values()))
    error = np.array(list(model.standard_errors_.values()))
    assert (np.abs(found - truth) < 3.5 * error).all(), (found, error)
    table = model.summary()
    assert (table["lower"] < found).all()
    assert (found < table["upper"]).all()


def test_threads_and_order_leave_the_bits() -> None:
    x, t_x, T = simulate(5, 9_000)
    for kind in (BetaGeoNBD, ModifiedBetaGeoNBD, ParetoNBD, NBD):
        one = kind(n_threads=1).fit(x, t_x, T).params_
        assert one == kind(n_threads=3).fit(x[::-1], t_x[::-1], T[::-1]).params_


def test_score_has_the_values_of_the_single_methods() -> None:
    model = with_params("pareto")
    spend = GammaGamma()
    spend.params_ = {"p": 6.25, "q": 3.74, "v": 15.44}
    money = np.full(8, 35.0)
    found = model.score(*HISTORIES, money, t=52, discount_rate=0.002, spend=spend)
    alive = model.conditional_probability_alive(*HISTORIES)
    assert found["p_alive"].tobytes() == alive.tobytes()
    assert found["expected_transactions"].tobytes() == model.predict(52, *HISTORIES).tobytes()
    value = model.discounted_expected_residual_transactions(0.002, *HISTORIES, t=52)
    value = value * spend.predict(HISTORIES[0], money)
    np.testing.assert_allclose(found["discounted_value"], value, rtol=1e-15)
    assert len(model.freeze(t=52)) == 88


def test_bad_rows_are_named_all_at_once() -> None:
    with pytest.raises(karat.DataError) as caught:
        BetaGeoNBD().fit([2, -1, 3, 0], [40, 0, 0, 5], [39, 39, 39, 39])
    text = str(caught.value)
    for part in ("after `T`", "negative count", "repeated transactions", "no repeated transaction"):
        assert part in text
    with pytest.raises(karat.DataError, match="0 for everybody"):
        ParetoNBD().fit([0, 0], [0, 0], [0, 0])
    with pytest.raises(karat.DataError, match="zero or negative"):
        GammaGamma().fit([1, 2], [0.0, -5.0])
    with pytest.raises(karat.ParameterError, match="no column `T`"):
        ParetoNBD().fit({"frequency": [1], "recency": [2]})
    with pytest.raises(karat.NotFittedError):
        ParetoNBD().predict(1, 0, 0, 1)


def test_without_repeats_the_bounds_are_reported() -> None:
    for kind in (BetaGeoNBD, ModifiedBetaGeoNBD, ParetoNBD, NBD):
        model = kind().fit(np.zeros(50), np.zeros(50), np.full(50, 30.0))
        assert model.findings_
        assert np.isfinite(list(model.params_.values())).all()
        assert np.isfinite(model.log_likelihood_)


def robustness_case(rng: np.random.Generator) -> tuple[Any, Any, Any]:
    """Invent a base anywhere in the parameter space: x to 5,000, T from 0.01 to 10,000, a, b near 0."""
    n = int(rng.integers(20, 200))
    T = 10.0 ** rng.uniform(-2, 4) * rng.uniform(0.2, 1, n)
    most = 10.0 ** rng.uniform(0, np.log10(5000))
    rate = rng.gamma(10.0 ** rng.uniform(-1.5, 1), 1, n)
    rate *= most / max(float((rate * T).max()), 1e-12)
    stay = rng.beta(10.0 ** rng.uniform(-3, 1), 10.0 ** rng.uniform(-3, 1), n)
    x = np.minimum(rng.poisson(rate * T), rng.geometric(np.clip(1 - stay, 1e-4, 1)) - rng.integers(0, 2))
    x = np.where(rng.random(n) < rng.uniform(0, 0.9), 0, np.maximum(x, 0))
    t_x = np.where(x > 0, T * rng.random(n) ** (1 / np.maximum(x, 1)), 0.0)
    return x, np.where(x > 0, np.maximum(t_x, T * 1e-6), 0.0), T


def test_nothing_is_ever_nan() -> None:
    rng = np.random.default_rng(11)
    for _ in range(20):
        rows = robustness_case(rng)
        for kind in (BetaGeoNBD, ModifiedBetaGeoNBD, ParetoNBD):
            model = kind(n_threads=1).fit(*rows)
            assert np.isfinite(model.log_likelihood_)
            assert np.isfinite(list(model.params_.values())).all()
            assert np.isfinite(model.conditional_probability_alive(*rows)).all()
            assert np.isfinite(model.predict(float(rows[2].max()), *rows)).all()


def test_summaries_equal_a_plain_loop() -> None:
    rng = np.random.default_rng(2)
    ids, days = rng.integers(0, 300, 3000), rng.integers(0, 200, 3000)
    money = rng.gamma(2, 10, 3000).round(2)
    log = {"customer_id": ids, "date": np.datetime64("2025-01-01") + days, "amount": money}
    found = summary_from_transactions(
        log,
        monetary_value_col="amount",
        observation_period_end="2025-07-19",
        calibration_period_end="2025-05-01",
    )
    cut = 120
    for place, customer in enumerate(found["customer_id"]):
        mine = np.unique(days[ids == customer])
        seen = mine[mine <= cut]
        late = mine[mine > cut]
        assert found["frequency"][place] == len(seen) - 1
        assert found["recency"][place] == seen[-1] - seen[0]
        assert found["T"][place] == cut - seen[0]
        assert found["frequency_holdout"][place] == len(late)
        sums = [money[(ids == customer) & (days == day)].sum() for day in seen[1:]]
        assert found["monetary_value"][place] == pytest.approx(np.mean(sums) if sums else 0.0)
    assert len(found["T"]) == sum((days[ids == c] <= cut).any() for c in np.unique(ids))
    with pytest.raises(karat.ParameterError, match="no column `who`"):
        summary_from_transactions(log, "who")


def test_tables_come_back_as_their_kind() -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(
        {"customer_id": ["b", "a", "b"], "date": pd.to_datetime(["2025-01-01"] * 2 + ["2025-02-01"])}
    )
    table = summary_from_transactions(frame)
    assert isinstance(table, pd.DataFrame)
    assert table["frequency"].tolist() == [0, 1]
    model = ModifiedBetaGeoNBD().fit(
        pd.DataFrame({"frequency": [1, 0, 3], "recency": [2, 0, 9], "T": [9, 9, 9]})
    )
    assert "log-likelihood" in model._repr_html_()
    assert isinstance(model.summary(like="pandas"), pd.DataFrame)
