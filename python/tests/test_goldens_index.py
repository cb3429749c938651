"""The part "index" of the goldens, and what explanations and what-if promise, from Python."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import karat
from karat import Grades, Indicator, Plan, ValueModel
from karat.normalise import normalise

GOLDENS = Path(__file__).parents[2] / "crates/karat/tests/goldens/ahp.json"
NEAR = 1e-11
LEAVES = ["arpu", "gigabytes", "minutes", "tenure", "late_payments"]


@pytest.fixture(scope="module")
def golden():
    if not GOLDENS.exists():
        pytest.skip("the goldens stand in the repository, not in the package")
    found = json.loads(GOLDENS.read_text())
    data = next(entry for entry in found["objective_weights"] if entry["id"] == "telecom_10x5")
    return found["index"] | {"X": np.array(data["data"], dtype=float), "direction": data["direction"]}


def columns(golden):
    return {name: golden["X"][:, at] for at, name in enumerate(golden["order"])}


def in_plan_order(golden, rows):
    return np.array(rows)[:, [golden["order"].index(name) for name in LEAVES]]


def model_of(golden, aggregate, **parts):
    indicators = [Indicator(name, better="low" if name == "late_payments" else "high") for name in LEAVES]
    tree = {
        "index": ["value", "activity", "loyalty"],
        "value": ["arpu", "gigabytes"],
        "activity": ["minutes"],
        "loyalty": ["tenure", "late_payments"],
    }
    fixed = {
        "index": {"value": 0.5, "activity": 0.2, "loyalty": 0.3},
        "value": {"arpu": 0.75, "gigabytes": 0.25},
        "loyalty": {"tenure": 2 / 3, "late_payments": 1 / 3},
    }
    plan = Plan(indicators, tree=tree, weights={"fixed": fixed}, index={"aggregate": aggregate}, **parts)
    return ValueModel(plan).fit(columns(golden))


@pytest.mark.parametrize(
    ("name", "method", "to"),
    [
        ("minmax_1_100", "min_max", (1, 100)),
        ("zscore_sample_sd", "z_score", None),
        ("zscore_10_2", "z_score", (10, 2)),
        ("rank_average_ties", "rank", None),
        ("vector", "vector", None),
    ],
)
def test_normalisations(golden, name, method, to):
    for at, direction in enumerate(golden["direction"]):
        better = "high" if direction > 0 else "low"
        found = normalise(golden["X"][:, at], method=method, to=to, better=better)
        assert np.allclose(found, np.array(golden["normalised"][name])[:, at], rtol=0, atol=NEAR)


@pytest.mark.parametrize("name", ["geometric", "harmonic"])
def test_means_and_closed_form(golden, name):
    model = model_of(golden, name)
    X = columns(golden)
    index = model.score(X)["index"]
    assert np.allclose(index, golden["index_minmax_1_100"][name], rtol=0, atol=NEAR)
    explained = model.explain(X)
    wanted = in_plan_order(golden, golden["closed_form_vs_mean"][name])
    assert np.allclose(explained.points, wanted, rtol=0, atol=NEAR)
    assert np.allclose(explained.index, index, rtol=0, atol=1e-10)
    for row, points in zip(explained.reasons, wanted, strict=True):
        falling = [LEAVES[at] for at in np.argsort(points, kind="stable") if points[at] < 0][:3]
        assert [reason.text for reason in row] == falling
    if name == "geometric":
        shapley = model.scorer_.shapley(X)
        wanted = in_plan_order(golden, golden["shapley_geometric_vs_mean"])
        assert np.allclose(shapley, wanted, rtol=0, atol=NEAR)
        assert np.allclose(explained.base, golden["geometric_index_of_mean_row"], rtol=0, atol=NEAR)


def test_arithmetic(golden):
    model = model_of(golden, "arithmetic")
    X = columns(golden)
    index = model.score(X)["index"]
    wanted = np.array(golden["index_minmax_1_100"]["arithmetic"])
    assert np.allclose(1 + 0.99 * index, wanted, rtol=0, atol=NEAR)
    explained = model.explain(X, top=4)
    assert (explained.index == index).all()
    assert not explained.base.any()
    weights = np.array([golden["effective_weights"][name] for name in LEAVES])
    points = in_plan_order(golden, golden["contributions_arithmetic"])
    assert np.allclose(weights + 0.99 * explained.points, points, rtol=0, atol=NEAR)
    against = in_plan_order(golden, golden["contributions_vs_mean_arithmetic"])
    for row, golden_row in zip(explained.reasons, against, strict=True):
        for reason in row:
            assert math.isclose(0.99 * reason.shortfall, -golden_row[reason.position], abs_tol=NEAR)
        assert len(row) == min(4, sum(golden_row < 0))


def test_texts_and_nodes(golden):
    indicators = [
        Indicator("arpu", low="R01 revenue below similar customers", dimension="worth"),
        Indicator("tenure", dimension="loyalty"),
        Indicator("minutes", dimension="loyalty"),
    ]
    plan = Plan(indicators, nodes={"loyalty": {"power": -0.5}})
    assert Plan.from_toml(plan.to_toml()) == plan
    assert Plan.from_dict(plan.to_dict()) == plan
    model = ValueModel(plan).fit(columns(golden))
    reasons = model.explain(columns(golden), top=1).reasons
    assert {row[0].text for row in reasons if row} >= {"R01 revenue below similar customers"}
    assert len(reasons.to_frame()["reason_1"]) == 10
    again = karat.Scorer(model.to_bytes())
    assert again.score(columns(golden)).digest() == model.score(columns(golden)).digest()


@pytest.mark.parametrize("aggregate", ["arithmetic", "geometric", {"power": -2.0}])
def test_steps_reach_the_next_grade_and_no_less_does(golden, aggregate):
    model = model_of(golden, aggregate, grades=Grades(["low", "middle", "high"], cuts=("fixed", [30, 60])))
    X = columns(golden)
    scorer, grades = model.scorer_, ["low", "middle", "high"]
    steps = 0
    for at, lacking in enumerate(model.points_to_next_grade(X)):
        row = {name: float(values[at]) for name, values in X.items()}
        score = scorer.score_row(row)
        if lacking.grade is None:
            assert score.grade == "high"
            continue
        cut = [30, 60][grades.index(score.grade)]
        assert math.isclose(lacking.points, cut - score.index, abs_tol=1e-12)
        assert [step.effort for step in lacking.steps] == sorted(step.effort for step in lacking.steps)
        for step in lacking.steps:
            steps += 1
            found = scorer.what_if(row, {step.field: step.to})
            assert (found.before.index, found.before.grade) == (score.index, score.grade)
            assert found.after.grade == lacking.grade
            # A hair less does not do, whatever the tree.
            less = step.to - 1e-9 * (step.to - row[step.field])
            assert scorer.score_row(row | {step.field: less}).grade == score.grade
    # A steep mean of three dimensions is seldom lifted by one indicator.
    assert steps >= (5 if aggregate == "arithmetic" else 1)


def test_bad_requests(golden):
    indicators = [Indicator("arpu", scale=("points", 1)), Indicator("tenure", scale="points")]
    with pytest.raises(
        karat.ParameterError, match=r"aggregate of node `value`.*negative, as those of `arpu`"
    ):
        Plan(indicators, index={"points": True, "aggregate": "geometric"})
    with pytest.raises(karat.ParameterError, match="did you mean `value`"):
        Plan([Indicator("arpu")], nodes={"valu": "harmonic"})
    with pytest.raises(karat.ParameterError, match=r"power of 0.01 to 20"):
        Plan([Indicator("arpu")], index={"aggregate": {"power": 0}})
    plan = Plan([Indicator("arpu")], index={"aggregate": "geometric", "floor": 0})
    with pytest.raises(karat.DataError, match=r"(?s)arpu.*below node `value`.*floor above 0"):
        ValueModel(plan).fit(columns(golden))
    model = model_of(golden, "arithmetic")
    with pytest.raises(karat.ParameterError, match="`changes`"):
        model.what_if({}, {"arp": 1})
    with pytest.raises(karat.ParameterError, match="`top`"):
        model.explain(columns(golden), top=5)
