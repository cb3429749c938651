"""What an index does with a base, against numpy and scipy computed apart."""

import numpy as np
import pytest
from scipy.stats import rankdata

import karat
from karat import Indicator, Plan, ValueModel

NAMES = ["arpu", "minutes", "gigabytes", "tenure", "late_payments"]


def make_base(rows=2000, seed=3):
    draw = np.random.default_rng(seed)
    usage = draw.gamma(2.0, 1.0, rows)
    return {
        "arpu": 10 * draw.gamma(3.0, 1.0, rows) + 5 * usage,
        "minutes": 100 * usage + draw.normal(0, 20, rows),
        "gigabytes": 5 * usage + draw.normal(0, 1, rows),
        "tenure": draw.integers(0, 120, rows).astype(float),
        "late_payments": draw.poisson(0.8, rows).astype(float),
    }


def make_model(base, **changes):
    indicators = [
        Indicator("arpu", dimension="contribution"),
        Indicator("minutes", dimension="contribution"),
        Indicator("gigabytes", dimension="contribution", **changes.pop("gigabytes", {})),
        Indicator("tenure", dimension="attribution"),
        Indicator("late_payments", better="low", dimension="attribution"),
    ]
    parts = {"judgments": {"value": {("contribution", "attribution"): 2}}, "grades": ["C", "B", "A"]}
    return ValueModel(Plan(indicators, **(parts | changes)), random_state=1).fit(base)


@pytest.fixture(scope="module")
def base():
    return make_base()


@pytest.fixture(scope="module")
def model(base):
    return make_model(base)


def values_of(model, base):
    """Indicator values from the points; every weight is above 0 and nothing is missing."""
    points = model.explain(base).points[:, : len(NAMES)]
    nominal = np.array([entry.nominal for entry in model.effective_weights(base).entries])[: len(NAMES)]
    return points / (100 * nominal), points, nominal


def test_effective_weights_are_shares_of_covariance(model, base):
    found = model.effective_weights(base)
    points, index = model.explain(base).points, model.score(base)["index"]
    covariance = np.cov(np.column_stack([points, index]), rowvar=False)
    effective = np.array([entry.effective for entry in found.entries])
    np.testing.assert_allclose(effective, covariance[:-1, -1] / covariance[-1, -1], rtol=1e-10)
    assert effective.sum() == pytest.approx(1, abs=1e-12)
    assert sum(entry.nominal for entry in found.entries) == pytest.approx(1)
    expected = [np.corrcoef(points[:, at], index)[0, 1] for at in range(len(NAMES))]
    np.testing.assert_allclose([entry.correlation for entry in found.entries], expected, rtol=1e-10)
    np.testing.assert_allclose([entry.importance for entry in found.entries], np.square(expected), rtol=1e-9)
    assert list(found.to_frame("pandas")["name"]) == NAMES
    assert found["arpu"].dimension == "contribution"
    assert "real influence" in found._repr_html_()


def test_indicators_that_say_the_same_are_named_with_their_joint_influence(model, base):
    found = model.effective_weights(base)
    pair = next(finding for finding in found.findings if finding.code == "W211")
    assert pair.place == "minutes, gigabytes"
    joint = found["minutes"].effective + found["gigabytes"].effective
    correlation = np.corrcoef(base["minutes"], base["gigabytes"])[0, 1]
    assert f"real influence {joint:.2f} (correlated" in pair.fact
    assert correlation > 0.8


def test_an_indicator_against_the_index_is_found():
    draw = np.random.default_rng(0)
    usage = draw.random(1000)
    base = {
        "calls": usage,
        "data": usage + 0.1 * draw.random(1000),
        "left": 1 - usage + 0.3 * draw.random(1000),
    }
    model = ValueModel(Plan([Indicator(name) for name in base])).fit(base)
    found = model.effective_weights(base)
    assert {f.place for f in found.findings if f.code == "W212"} == {"left"}
    assert found["left"].effective < 0
    assert sum(entry.effective for entry in found.entries) == pytest.approx(1)
    assert {f.place for f in found.findings if f.code == "W210"} >= {"left"}


def test_penalties_and_left_out_indicators_take_their_part(base):
    base = dict(base)
    gaps = np.random.default_rng(8).random(2000) < 0.2
    base["gigabytes"] = np.where(gaps, np.nan, base["gigabytes"])
    rules = [karat.Rule("late", ["late_payments > 2"], penalty=5)]
    model = make_model(base, rules=rules, gigabytes={"missing": "renormalise"})
    found = model.effective_weights(base)
    assert found.entries[-1].name == "late"
    assert found.entries[-1].nominal == 0
    explanation = model.explain(base)
    index = model.score(base)["index"]
    covariance = np.cov(np.column_stack([explanation.points, index]), rowvar=False)
    expected = covariance[:-1, -1] / covariance[-1, -1]
    np.testing.assert_allclose([entry.effective for entry in found.entries], expected, rtol=1e-9)
    # Draws of weights stretch such customers by the weights that are left, as the scorer does.
    robust = model.robust(base, draws=3, spread=0.0)
    assert robust.mean_shift == 0
    assert robust.never_change == 1


def test_models_that_are_not_sums_are_refused(base):
    plan = Plan([Indicator("arpu"), Indicator("tenure")], nodes={"value": "geometric"})
    model = ValueModel(plan).fit(base)
    with pytest.raises(karat.ParameterError, match="additive"):
        model.effective_weights(base)


def test_variance_inflation_is_that_of_least_squares(model, base):
    z, _, nominal = values_of(model, base)
    found = model.lint(base)
    for at, admission in enumerate(found.indicators):
        others = np.column_stack([np.ones(len(z)), np.delete(z, at, axis=1)])
        rest = z[:, at] - others @ np.linalg.lstsq(others, z[:, at], rcond=None)[0]
        assert admission.inflation == pytest.approx(z[:, at].var() / rest.var(), rel=1e-7)
        assert admission.spread == pytest.approx(z[:, at].std(ddof=1), rel=1e-10)
        assert admission.weight == pytest.approx(nominal[at])
    assert {f.place for f in found.findings if f.code == "W215"} == {"minutes", "gigabytes"}
    assert found.indicators[1].nearest == "gigabytes"


def test_every_admission_test_finds_what_it_is_for():
    draw = np.random.default_rng(5)
    rows = 1000
    first, second = draw.random(rows), draw.random(rows)
    base = {
        "x1": first,
        "data_use": second,
        "Data Use": first + second,
        "gaps": np.where(draw.random(rows) < 0.3, np.nan, draw.random(rows)),
        "same": np.full(rows, 4.0),
        "little": draw.random(rows),
        "paid": first - 0.5 * second + 0.2 * draw.random(rows),
    }
    names = list(base)[:-1]
    weights = dict(zip(names, [0.3, 0.3, 0.2, 0.1, 0.095, 0.005], strict=True))
    plan = Plan(
        [Indicator(name, scale=("min_max", 0, 5) if name == "same" else "min_max") for name in names],
        weights={"fixed": {"value": weights}},
    )
    found = ValueModel(plan).fit(base).lint(base, "paid")
    places = {}
    for finding in found.findings:
        places.setdefault(finding.code, set()).add(finding.place)
    assert places["W213"] == {"x1", "data_use, Data Use"}
    assert places["W214"] == {"gaps"}
    assert places["W215"] == {"x1", "data_use", "Data Use"}
    assert "data_use" in places["W216"]
    assert "x1" not in places["W216"]
    assert places["W217"] == {"little"}
    assert places["W218"] == {"same"}
    assert all(np.isinf(of.inflation) for of in found.indicators[:3])
    missing = int(np.isnan(base["gaps"]).sum())
    assert any(f"missing for {missing} of {rows} rows" in finding.fact for finding in found.findings)
    guidance = [np.corrcoef(base[name], base["paid"])[0, 1] for name in names[:3]]
    np.testing.assert_allclose([of.guidance for of in found.indicators[:3]], guidance, rtol=1e-9)
    assert "variance inflation" in found._repr_html_()


def brute_force(z, weights, nominal, cuts):
    """Share of draws with another grade by customer, and mean rank shifts: numpy alone, shares kept."""
    index = z @ (100 * nominal)
    below = [(index < cut).sum() for cut in cuts]
    grades = np.searchsorted(np.sort(cuts), index, side="right")
    changed, shifts = np.zeros(len(z)), []
    for drawn in weights:
        moved = z @ (100 * drawn)
        fresh = [np.sort(moved)[k] for k in below]
        changed += np.searchsorted(fresh, moved, side="right") != grades
        shifts.append(np.abs(rankdata(moved) - rankdata(index)).mean() / len(z))
    return changed / len(weights), np.array(shifts)


@pytest.mark.parametrize("distribution", ["uniform", "log_normal"])
def test_robust_is_brute_force_with_the_weights_it_reports(model, base, distribution):
    z, _, nominal = values_of(model, base)
    found = model.robust(base, draws=60, distribution=distribution, random_state=4)
    cuts = [cut for cut in grade_cuts(model, base)]
    changed, shifts = brute_force(z, found.weights, nominal, cuts)
    assert found.boundaries == "shares"
    # Products in another order may put a customer on the other side of a cut.
    assert np.mean(np.abs(found.change_probability - changed) > 1e-12) < 0.002
    np.testing.assert_allclose(found.shifts, shifts, rtol=1e-6)
    assert found.never_change == np.mean(found.change_probability == 0)
    np.testing.assert_allclose(found.weights.sum(axis=1), 1)
    assert found.mean_change > 0


def grade_cuts(model, base):
    """The lowest index of each grade but the first."""
    scores = model.score(base)
    return [scores["index"][scores["grade"] == grade].min() for grade in (1, 2)]


def test_draws_lie_within_their_spread_and_follow_their_seed(model, base):
    nominal = np.array([entry.nominal for entry in model.effective_weights(base).entries])
    found = model.robust(base, draws=500, spread=0.1, random_state=2)
    ratio = found.weights / nominal
    # The common factor that brings the sum back is between 1 / 1.1 and 1 / 0.9.
    assert ratio.min() >= 0.9 / 1.1
    assert ratio.max() <= 1.1 / 0.9
    again = make_model(base)
    again.n_threads = 1
    same = again.robust(base, draws=500, spread=0.1, random_state=2)
    np.testing.assert_array_equal(found.change_probability, same.change_probability)
    np.testing.assert_array_equal(found.shifts, same.shifts)
    assert (found.weights != model.robust(base, draws=500, spread=0.1).weights).any()


def test_one_weight_at_a_time(model, base):
    z, _, nominal = values_of(model, base)
    found = model.robust(base, draws=1)
    cuts = grade_cuts(model, base)
    for at, one in enumerate(found.indicators):
        for factor, share in ((0.8, one.lower), (1.2, one.higher)):
            weights = nominal * np.where(np.arange(len(NAMES)) == at, factor, 1)
            changed, _ = brute_force(z, [weights / weights.sum()], nominal, cuts)
            assert share == pytest.approx(changed.mean(), abs=0.002)
    assert list(found.to_frame()) == ["name", "weight", "lower", "higher", "shift"]


def test_frozen_cuts_and_samples(base):
    model = make_model(base, grades=karat.Grades(["C", "B"], cuts=("fixed", [40.0])))
    whole = model.robust(base, draws=50)
    assert whole.boundaries == "frozen"
    assert whole.sampling_error == 0
    z, _, nominal = values_of(model, base)
    before = z @ (100 * nominal) >= 40
    expected = np.mean([(z @ (100 * weights) >= 40) != before for weights in whole.weights], axis=0)
    np.testing.assert_allclose(whole.change_probability, expected, atol=1e-12)
    part = model.robust(base, draws=50, customers=500)
    read = ~np.isnan(part.change_probability)
    assert part.sampled
    assert read.sum() == part.customers == 500
    np.testing.assert_array_equal(part.change_probability[read], whole.change_probability[read])
    expected = np.sqrt(part.never_change * (1 - part.never_change) / 500 * (1 - 500 / 2000))
    assert part.sampling_error == pytest.approx(expected)
    assert abs(part.never_change - whole.never_change) < 5 * part.sampling_error


def test_sensitivity_of_weights_follows_what_each_weight_does_alone(model, base):
    found = model.sensitivity(base, samples=128, vary=("weights",), customers=1000)
    assert [one.input for one in found.inputs] == [f"weight of {name}" for name in NAMES]
    assert found.evaluations == 128 * (5 + 2)
    assert any("normalisation" in text for text in found.skipped)
    for one in found.inputs:
        assert one.shift_total_low <= one.shift_total <= one.shift_total_high
        assert one.shift_total >= 0
    # The weight that moves ranks least alone is not the one that matters most in company.
    alone = [one.shift for one in model.robust(base, draws=1).indicators]
    total = [one.shift_total for one in found.inputs]
    assert np.argmax(total) != np.argmin(alone)


def test_sensitivity_tells_choices_apart(model, base):
    found = model.sensitivity(base, samples=64, by="dimension", customers=500, random_state=3)
    assert [one.input for one in found.inputs] == [
        "weight of contribution",
        "weight of attribution",
        "normalisation",
        "left out",
    ]
    assert found.inputs[3].shift_total > found.inputs[0].shift_total
    again = model.sensitivity(base, samples=64, by="dimension", customers=500, random_state=3)
    assert again.inputs == found.inputs
    assert "left out" in found._repr_html_()
    assert "most from left out" in repr(found)
    frame = found.to_frame("pandas")
    assert frame["shift_total"].dtype == float
    assert frame["shift_total"].idxmax() == 3


def test_target_weights_reach_the_influence_that_numpy_measures(model, base):
    z, _, _ = values_of(model, base)
    covariance = np.cov(z, rowvar=False)
    for targets in (None, {"arpu": 0.5, "tenure": 0.3, "late_payments": 0.2}):
        found = model.target_weights(base, targets)
        weights = np.array([found[name] for name in NAMES])
        share = weights * (covariance @ weights) / (weights @ covariance @ weights)
        wanted = [0.2] * 5 if targets is None else [targets.get(name, 0) for name in NAMES]
        np.testing.assert_allclose(share, wanted, atol=1e-8)
        assert found.reached
        assert weights.sum() == pytest.approx(1)
    with pytest.raises(karat.ParameterError, match="indicators of the model"):
        model.target_weights(base, {"arppu": 1})


def test_an_interrupt_stops_the_draws(model):
    import signal
    import threading

    base = make_base(rows=20_000)
    timer = threading.Timer(0.5, lambda: signal.raise_signal(signal.SIGINT))
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            model.robust(base, draws=1_000_000)
    finally:
        timer.cancel()


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("robust", {"draws": 0}),
        ("robust", {"spread": 1.5}),
        ("robust", {"distribution": "normal"}),
        ("robust", {"boundaries": "quantile"}),
        ("robust", {"customers": 1}),
        ("sensitivity", {"samples": 1}),
        ("sensitivity", {"vary": ()}),
        ("sensitivity", {"by": "node"}),
    ],
)
def test_parameters_are_checked(model, base, method, arguments):
    with pytest.raises(karat.ParameterError):
        getattr(model, method)(base, **arguments)
