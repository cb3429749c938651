"""Contract models, survival and values against values found in 40-digit arithmetic, published, or by scipy.

Sources stand beside each table. Rossi's data (432 rows) stand with the goldens of the Rust tests.
"""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

import karat
from karat import lifetime
from karat.lifetime import (
    AalenJohansen,
    BetaDiscreteWeibull,
    ContractStep,
    CoxProportionalHazards,
    DiscreteHazard,
    ExponentialGamma,
    KaplanMeier,
    Rate,
    ShiftedBetaGeometric,
    WeibullGamma,
    customer_lifetime_value,
)

HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491]
REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]
ROSSI = Path(__file__).parents[2] / "crates" / "karat" / "tests" / "goldens" / "rossi.csv"


def rossi() -> dict[str, np.ndarray]:
    table = np.genfromtxt(ROSSI, delimiter=",", names=True)
    return {name: np.ascontiguousarray(table[name]) for name in table.dtype.names}


# Fader and Hardie (2007); optima, log-likelihoods and survival in 40 digits.
SBG = [
    (HIGH_END, (0.668088351106446, 3.80609496405827), -1611.15814739115644, 0.37799907159740885),
    (HIGH_END[:5], (1.28097638036743, 7.79038409526386), -1225.13490704161248, 0.307006658984453636),
    (REGULAR, (0.704077298473516, 1.18204302620948), -1680.26518846328699, 0.170037452811510893),
    (REGULAR[:5], (0.763665062564553, 1.29583027218250), -1401.55942357744545, 0.15953950068794393),
]
BDW = [
    (
        HIGH_END,
        (0.214253339280850, 1.42657487486008, 1.72356484874453),
        -1605.31421321419320,
        0.403929590700038,
    ),
    (
        HIGH_END[:5],
        (0.259335731511166, 1.72255148808669, 1.58436151502286),
        -1222.74931824082178,
        0.38891073081743644,
    ),
    (
        REGULAR,
        (0.455613989371638, 0.779325508387956, 1.28345128578329),
        -1679.60283290717829,
        0.177331398294901681,
    ),
    (
        REGULAR[:5],
        (0.523029312908843, 0.894282658910332, 1.19639871135902),
        -1401.38305167861838,
        0.171447636271257392,
    ),
]


@pytest.mark.parametrize(("model", "goldens"), [(ShiftedBetaGeometric, SBG), (BetaDiscreteWeibull, BDW)])
def test_renewal_models_meet_the_40_digit_optima(model, goldens):
    for survivors, parameters, log_likelihood, twelfth in goldens:
        fitted = model().fit_cohorts(survivors)
        np.testing.assert_allclose(list(fitted.parameters_.values()), parameters, rtol=1e-8)
        np.testing.assert_allclose(fitted.log_likelihood_, log_likelihood, rtol=1e-11)
        np.testing.assert_allclose(fitted.predict([12]), [twelfth], rtol=1e-9)
        assert fitted.converged_
        assert not fitted.findings_


def test_cohorts_come_in_any_form_and_as_single_customers():
    cohorts = [[10000, 6334, 4367, 3264, 2604], [10000, 6334, 4367, 3264], [10000, 6334, 4367], [10000, 6334]]
    fitted = ShiftedBetaGeometric().fit_cohorts(cohorts)
    np.testing.assert_allclose(
        [fitted.alpha_, fitted.beta_, fitted.log_likelihood_],
        [1.66708832066310, 2.85661185792839, -44644.1155061482427],
        rtol=1e-8,
    )
    np.testing.assert_allclose(
        fitted.discounted_residual_lifetime([0, 1, 2, 3, 4], 0.1),
        [2.16180189909015, 2.66574716331747, 3.09986959719785, 3.48032934895143, 3.81810806271833],
        rtol=1e-8,
    )
    np.testing.assert_allclose(fitted.discounted_lifetime(0.1), 2.96527445371832, rtol=1e-8)
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({k: pd.Series(cohort) for k, cohort in enumerate(cohorts)})
    named = frame.rename(columns=str)
    assert ShiftedBetaGeometric().fit_cohorts(named).alpha_ == fitted.alpha_
    assert ShiftedBetaGeometric().fit_cohorts(dict(enumerate(cohorts))).alpha_ == fitted.alpha_
    lost = -np.diff(REGULAR)
    durations = np.concatenate([np.repeat(np.arange(1, 8), lost), np.full(REGULAR[-1], 7)])
    events = np.concatenate([np.ones(lost.sum()), np.zeros(REGULAR[-1])])
    single = ShiftedBetaGeometric().fit(durations, events)
    assert single.alpha_ == ShiftedBetaGeometric().fit_cohorts(REGULAR).alpha_


def test_continuous_models_meet_a_search_by_scipy():
    optimize = pytest.importorskip("scipy.optimize")
    rng = np.random.default_rng(3)
    rates = rng.gamma(1.4, 1 / 60, 4000)
    times, cut = rng.exponential(1 / rates), 48.0
    durations, events = np.minimum(times, cut), (times < cut).astype(float)

    def loss(logs):
        r, alpha, c = np.exp(logs) if len(logs) == 3 else (*np.exp(logs), 1.0)
        u = durations**c / alpha
        log_hazard = np.log(r * c / alpha) + (c - 1) * np.log(durations) - np.log1p(u)
        return r * np.log1p(u).sum() - log_hazard[events == 1].sum()

    for model, start in ((ExponentialGamma, [0.3, 4.0]), (WeibullGamma, [0.3, 4.0, 0.0])):
        fitted = model().fit(durations, events)
        best = optimize.minimize(
            loss, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-9, "maxiter": 4000}
        )
        np.testing.assert_allclose(list(fitted.parameters_.values()), np.exp(best.x), rtol=1e-4)
        assert fitted.log_likelihood_ >= -best.fun - 1e-7


def test_kaplan_meier_and_cox_meet_the_goldens_of_rossi():
    data = rossi()
    curve = KaplanMeier().fit(data["week"], data["arrest"])
    np.testing.assert_allclose(
        curve.predict([10, 20, 26, 40, 52]) * 432, [417, 392, 378, 347, 318], rtol=1e-13
    )
    # Nelson-Aalen by an independent program in double precision.
    found = np.interp([26, 52], curve.timeline_, curve.cumulative_hazard_)
    np.testing.assert_allclose(found, [0.1330683229648702, 0.3051275337204023], rtol=1e-12)
    cox = CoxProportionalHazards().fit(data, "week", "arrest")
    np.testing.assert_allclose(
        list(cox.params_.values()),
        [-0.3794221668712078, -0.05743774301376122, 0.3138997859492935, -0.149795697222785,
         -0.4337038766902524, -0.084871082990836, 0.09149707935112086],
        rtol=1e-9,
    )  # fmt: skip
    np.testing.assert_allclose(cox.log_likelihood_, -658.74765944608565932, rtol=1e-13)
    np.testing.assert_allclose(cox.concordance_index_, 0.6403292470997135, rtol=1e-12)
    breslow = CoxProportionalHazards(ties="breslow").fit(data, "week", "arrest")
    np.testing.assert_allclose(breslow.params_["fin"], -0.3790218877950275, rtol=1e-9)
    np.testing.assert_allclose(breslow.log_likelihood_, -659.12060567732818, rtol=1e-13)
    survival = cox.predict_survival_function(
        {name: data[name][:3] for name in cox.feature_names_in_}, [20, 52]
    )
    assert survival.shape == (3, 2)
    assert np.all((survival > 0) & (survival < 1))


def test_discrete_hazards_meet_the_logistic_regression_of_person_weeks():
    data = rossi()
    fitted = DiscreteHazard().fit(data, "week", "arrest")
    np.testing.assert_allclose(
        list(fitted.params_.values()),
        [-5.169548350328606, 0.3738079961120899, -0.3832018524225122, -0.05729644846914687,
         0.31710569820967915, -0.1506073768967844, -0.43829974141598504, -0.08314672423240037,
         0.09252621499826624],
        rtol=1e-8,
    )  # fmt: skip
    assert fitted.customer_periods_ == 19809
    np.testing.assert_allclose(fitted.log_likelihood_, -680.9588181713675, rtol=1e-12)
    step = fitted.freeze(horizon=24, discount_rate=0.01)
    rows = {name: data[name] for name in fitted.feature_names_in_}
    whole = step.forecast(np.full(432, 10.0), rows)
    one = step.forecast([10.0], {name: values[7:8] for name, values in rows.items()})
    copy = pickle.loads(pickle.dumps(step)).forecast(np.full(432, 10.0), rows)
    for key, values in whole.items():
        assert values[7] == one[key][0]
        assert np.array_equal(values, copy[key])
    with pytest.raises(karat.FormatError):
        ContractStep.from_bytes(step.to_bytes()[:-8])


def test_kaplan_meier_of_the_telco_base(customer_data):
    """IBM's sample of 7,043 customers; its file is not part of the repository."""
    pd = pytest.importorskip("pandas")
    base = pd.read_csv(customer_data("telco.csv"))
    left = (base["Churn"] == "Yes").astype(float)
    whole = KaplanMeier().fit(base["tenure"], left)
    wanted = [0.945961, 0.843200, 0.788736, 0.708840, 0.592790]
    np.testing.assert_allclose(whole.predict([1, 12, 24, 48, 72]), wanted, atol=5e-7)
    some = (base["Contract"] == "Month-to-month") & (base["InternetService"] != "No")
    curve = KaplanMeier().fit(base["tenure"][some], left[some])
    assert curve.events_.sum() == 1556
    assert curve.median_survival_time_ == 34
    np.testing.assert_allclose(
        curve.predict([6, 12, 24, 48, 60]), [0.780260, 0.695031, 0.575343, 0.387177, 0.289013], atol=5e-7
    )
    at = np.searchsorted(curve.timeline_, [6, 12, 24])
    np.testing.assert_allclose(curve.standard_error_[at], [0.007348, 0.008417, 0.009652], atol=5e-7)


def test_incidences_and_survival_add_up():
    rng = np.random.default_rng(1)
    durations = rng.integers(1, 30, 500)
    causes = rng.choice(["", "port-out", "unpaid"], 500)
    curves = AalenJohansen().fit(durations, causes)
    total = sum(curves.incidence_.values()) + curves.survival_
    np.testing.assert_allclose(total, 1.0, atol=1e-12)
    assert list(curves.to_frame("dict"))[:3] == ["time", "at_risk", "survival"]


def test_values_are_those_published():
    # Gupta and Lehmann (2003); a telecom classroom case; Lu (2003); Hwang, Jung and Suh's discounting.
    value = lambda **given: float(customer_lifetime_value(**given))  # noqa: E731
    year = {"period": "year", "discount_rate": 0.12}
    assert value(margin=300, retention=0.85, **year) == pytest.approx(944.444444444, abs=1e-8)
    assert value(margin=300, retention=0.87, **year) == pytest.approx(1044.0, abs=1e-8)
    assert value(margin=1, retention=0.8, discount_rate=0.1, period="year", horizon=5) == pytest.approx(
        2.124097, abs=5e-7
    )
    start = value(margin=1, retention=0.8, discount_rate=0.1, period="year", timing="start")
    assert start == pytest.approx(3.666666667, abs=1e-8)
    lu = [1, 0.98, 0.96, 0.95, 0.93, 0.92, 0.92]
    assert value(margin=20, survival=lu, discount_rate=0.01, period="month", timing="start") == pytest.approx(
        112.050041, abs=5e-7
    )
    weibull = np.exp(-((np.arange(25) / 24) ** 1.3))
    margins = lifetime.life_cycle_margin(30, 24, speed=0.5, middle=4)
    found = value(margin=margins, survival=weibull, discount_rate=0.01, period="month")
    assert found == pytest.approx(329.633433, abs=5e-7)
    assert lifetime.convert_retention(1 - 0.0122, "month", "year") == pytest.approx(0.863035, abs=5e-7)
    with pytest.raises(karat.ParameterError, match="must be for a month"):
        customer_lifetime_value(20, survival=lu, discount_rate=Rate(0.12, "year"), period="month")
    with pytest.raises(karat.ParameterError, match="must be for a month"):
        customer_lifetime_value(20, survival=lu, discount_rate=0.01, period="month", margin_period="year")
    assert customer_lifetime_value(-5, survival=lu, discount_rate=0.01, period="month").value < 0


def test_residual_values_of_a_fitted_model_have_intervals():
    model = ShiftedBetaGeometric().fit_cohorts(HIGH_END)
    worth = customer_lifetime_value(
        1,
        survival=model,
        discount_rate=0.1,
        period="year",
        horizon=400,
        tenure=[0, 3, 7],
        timing="before_renewal",
    )
    np.testing.assert_allclose(worth.value, model.discounted_residual_lifetime([0, 3, 7], 0.1), rtol=1e-9)
    assert np.all(worth.lower < worth.value)
    assert np.all(worth.value < worth.upper)
    assert "CustomerValue" in repr(worth)
    assert "<div>" in worth._repr_html_()
    assert list(worth.to_frame("dict")) == ["value", "remaining_periods", "lower", "upper"]


def test_segments_have_curves_with_forecasts():
    def spells(survivors):
        lost = -np.diff(survivors)
        last = len(survivors) - 1
        durations = np.concatenate([np.repeat(np.arange(1, last + 1), lost), np.full(survivors[-1], last)])
        return durations, np.concatenate([np.ones(lost.sum()), np.zeros(survivors[-1])])

    (a, left_a), (b, left_b) = spells(HIGH_END), spells(REGULAR)
    segments = ["high end"] * 1000 + ["regular"] * 1000
    curves = lifetime.retention_curves(np.append(a, b), np.append(left_a, left_b), segments, horizon=12)
    assert type(curves.models["high end"]).__name__ == "BetaDiscreteWeibull"
    np.testing.assert_allclose(curves.forecast["high end"]["survival"][12], 0.403929590700038, rtol=1e-8)
    # What came to pass (Fader and Hardie 2007): 394 and 173 of 1,000 were left, within both bands.
    for name, left in (("high end", 0.394), ("regular", 0.173)):
        band = curves.forecast[name]
        assert band["lower"][12] < left < band["upper"][12]
    assert len(curves.to_frame("dict")["time"]) == 26


def test_bad_input_is_named_at_once():
    with pytest.raises(karat.DataError) as error:
        ShiftedBetaGeometric().fit([-1, 2.5, 3, 4], [1, 0, 2, 1])
    for part in ("negative (1 row: 0)", "not whole periods (1 row: 1)", "neither 0"):
        assert part in str(error.value)
    with pytest.raises(karat.DataError, match="more customers than in the period before"):
        BetaDiscreteWeibull().fit_cohorts([[10, 12, 3]])
    data = rossi()
    with pytest.raises(karat.DataError, match="every value is 1"):
        DiscreteHazard().fit(data | {"one": np.ones(432)}, "week", "arrest")
    with pytest.raises(karat.ParameterError, match="did you mean 'week'"):
        CoxProportionalHazards().fit(data, "weeks", "arrest")
    with pytest.raises(karat.NotFittedError):
        KaplanMeier().predict([1])


def test_reports_are_frames_and_html():
    data = rossi()
    for model in (
        ShiftedBetaGeometric().fit_cohorts(HIGH_END),
        KaplanMeier().fit(data["week"], data["arrest"]),
        CoxProportionalHazards().fit(data, "week", "arrest"),
        DiscreteHazard().fit(data, "week", "arrest"),
    ):
        assert "<table>" in model._repr_html_()
        assert type(model).__name__ in repr(model)
        assert len(model.summary("dict")) > 3
        assert model.get_params()
        assert type(model)(**model.get_params())
