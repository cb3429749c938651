"""Hierarchies: goldens, published examples, every form of input, bad input, notebook views."""

from __future__ import annotations

import copy
import doctest
import importlib
import json
import pickle
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import karat
from karat import Hierarchy, PairwiseMatrix
from karat.weights import WeightsWarning

GOLDENS = Path(__file__).parents[2] / "crates" / "karat" / "tests" / "goldens" / "ahp.json"
DATA = json.loads(GOLDENS.read_text(encoding="utf-8"))
PAIRWISE = {case["id"]: case for case in DATA["pairwise"]}
MODES = ["distributive", "ideal", "weighted_product"]


def near(found, expected, tolerance):
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)


def matrix(name):
    return PairwiseMatrix(PAIRWISE[name]["matrix"], labels=PAIRWISE[name]["labels"])


def golden(case):
    criteria = matrix(case["criteria"])
    leaves = {name: matrix(child) for name, child in zip(criteria.labels, case["children"], strict=True)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", WeightsWarning)  # Saaty's examples are less consistent than he asks
        return Hierarchy(
            {"goal": criteria.labels},
            judgments={"goal": criteria, **leaves},
            alternatives=case["alternatives"],
        )


def by_id(name):
    return golden(next(case for case in DATA["hierarchies"] if case["id"] == name))


@pytest.mark.parametrize("case", DATA["hierarchies"], ids=lambda case: case["id"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.filterwarnings("ignore::karat.weights.WeightsWarning")
def test_goldens(case, mode):
    found = golden(case).synthesise(mode)
    near(found.to_numpy(), case[f"global_{mode}"], 1e-12)
    assert found.ranking[0] == max(found, key=found.__getitem__)


def test_the_winner_of_the_house_depends_on_the_mode():
    house = by_id("house")
    assert {finding.code for finding in house.findings} == {"W102"}
    with pytest.warns(WeightsWarning, match="W140 .* `A` in distributive, but `B` in ideal"):
        assert house.synthesise().winner == "A"
    with pytest.warns(WeightsWarning):
        found = house.synthesise("ideal")
    assert found.winner == "B"
    assert found.findings[0].code == "W140"


SMALL = {
    "value": {
        "contribution": ["arpu", "margin"],
        "attribution": ["wallet", "contract", "tenure"],
        "influence": ["degree", "industry"],
    }
}
JUDGMENTS = {
    "value": ["contribution 2 attribution", "contribution 4 influence", "attribution 3 influence"],
    "contribution": {("arpu", "margin"): 3},
    "attribution": [[1, 2, 3], ["1/2", 1, 2], ["1/3", "1/2", 1]],
    "influence": [("degree", "industry", "1/2")],
}


def test_gt_1_3_small_tree():
    tree = Hierarchy(SMALL, JUDGMENTS, random_index="saaty_1980")
    printed = [0.418819, 0.139606, 0.172471, 0.094914, 0.052233, 0.040652, 0.081305]
    near(tree.weights().to_numpy(), printed, 1.1e-6)  # the source multiplies rounded factors
    near(tree.weights("attribution").to_numpy(), [0.539615, 0.296961, 0.163424], 5e-7)
    near(tree.consistency.nodes[0].consistency_ratio, 0.015771, 5e-7)
    near(tree.consistency.levels[1].consistency_ratio, 0.007933, 5e-7)
    assert tree.consistency.nodes[0].random_index.table == "saaty_1980"


def test_gt_9_2_composition():
    first = ["a 1/3 b", "a 1/5 c", "a 2 d", "a 3 e", "b 1/3 c", "b 3 d", "b 3 e", "c 5 d", "c 7 e", "d 1 e"]
    second = ["a 1/5 b", "a 1/4 c", "a 2 d", "a 3 e", "b 2 c", "b 4 d", "b 7 e", "c 3 d", "c 5 e", "d 2 e"]
    found = Hierarchy(
        ["m1", "m2"],
        judgments={"m1": first, "m2": second},
        weights={"goal": [75, 25]},
        alternatives=["a", "b", "c", "d", "e"],
    )
    near(found.synthesise().to_numpy(), [0.122529, 0.284863, 0.455477, 0.077067, 0.060064], 1e-6)


def test_belton_and_gears_rank_reversal():
    """Omega 11 (1983): .45 .47 .08, with a copy of the second .37 .29 .06 .29."""
    three = Hierarchy(
        ["x", "y", "z"],
        {
            "x": ["b 9 a", "a 1 c", "b 9 c"],
            "y": ["a 9 b", "a 9 c", "b 1 c"],
            "z": {("b", "a"): "9/8", ("a", "c"): 8, ("b", "c"): 9},
        },
        alternatives=["a", "b", "c"],
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", WeightsWarning)
        near(three.synthesise().to_numpy(), [0.45, 0.47, 0.08], 5e-3)
        near(three.with_copy("b", "d").synthesise().to_numpy(), [0.37, 0.29, 0.06, 0.29], 5e-3)
    copied = [found for found in three.rank_reversals() if not found.removed]
    assert ("b", [("b", "a")]) in [(found.alternative, found.reversed) for found in copied]
    assert all(found.removed for found in three.rank_reversals("ideal"))


def test_an_alternative_taken_out_and_put_back():
    house = by_id("house")
    said = {name: {other: house.judgments(name)["C", other] for other in "AB"} for name in house.leaves}
    back = house.without_alternative("C").with_alternative("C", said)
    near(back.stability().to_frame()["first_high"], house.stability().to_frame()["first_high"], 1e-12)
    mixed = Hierarchy(["p", "q"], {"p": ["a 2 b"]}, scores={"q": [1, 3]}, alternatives=["a", "b"])
    three = mixed.with_alternative("c", {"p": ["1", "1/2"], "q": 4})
    assert three.judgments("p")["c", "b"] == 0.5
    near(three.weights("q").to_numpy(), [0.125, 0.375, 0.5], 1e-15)
    with pytest.raises(karat.ParameterError, match="must compare with a, b"):
        mixed.with_alternative("c", {"p": {"a": 1}, "q": 4})
    with pytest.raises(karat.JudgmentError, match="did you mean `p`"):
        mixed.with_alternative("c", {"pp": [1, 2], "q": 4})


def test_critical_criteria_of_the_house():
    """Goepel, "Sensitivity analysis in AHP": neighbourhood, 18.8 %, a change of 8 points."""
    found = by_id("house").stability()
    assert found.absolute_top == "neighbourhood"
    row = next(row for row in found.criteria if row.criterion == "neighbourhood")
    assert row.then_first == "B"
    near(abs(row.first_change.change), 0.08, 5e-3)
    frame = found.to_frame()
    assert list(frame["criterion"]) == list(by_id("house").leaves)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.filterwarnings("ignore::karat.weights.WeightsWarning")
def test_sweeps_agree_with_replacement(mode):
    school = by_id("school")
    sweep = school.sensitivity("music", mode, grid=11)
    assert sweep.totals.shape == (11, 3)
    for weight, totals in zip(sweep.grid, sweep.totals, strict=True):
        near(school.with_weight("music", weight).synthesise(mode).to_numpy(), totals, 1e-12)
    for crossing in sweep.crossings:
        totals = school.with_weight("music", crossing.weight).synthesise(mode)
        near(totals[crossing.below], totals[crossing.above], 1e-12)


@pytest.mark.filterwarnings("ignore::karat.weights.WeightsWarning")
def test_critical_judgments_do_what_they_say():
    house = by_id("house")
    found = house.critical_judgments("ideal")
    assert found[0].steps == min(row.steps for row in found)
    for row in found[:5]:
        changed = house.what_if(row.criterion, row.first, row.second, row.changed)
        assert changed.synthesise("ideal").winner == row.then_first != "B"
        near(dict(_ratios(changed))[row.criterion], row.consistency_ratio, 1e-12)
    assert len(house.critical_judgments("ideal", any_rank=True)) >= len(found)


def _ratios(hierarchy):
    return [(node.criterion, node.consistency_ratio) for node in hierarchy.consistency.nodes]


def test_simulation_against_numpy():
    """The same model with numpy's generator and eigenvectors: frequencies agree within four errors."""
    leader = by_id("leader")
    found = leader.simulate(4_000, random_state=1, spread=0.4, level=0.8)
    random = np.random.default_rng(2)

    def noisy(names):
        n = len(names)
        given = np.array([[names[i, j] for j in names.labels] for i in names.labels])
        upper = np.triu(given * np.exp(0.4 * random.standard_normal((n, n))), 1)
        full = np.eye(n) + upper
        full[np.tril_indices(n, -1)] = 1 / full.T[np.tril_indices(n, -1)]
        values, vectors = np.linalg.eig(full)
        vector = np.abs(vectors[:, np.argmax(values.real)].real)
        return vector / vector.sum()

    matrices = [leader.judgments(name) for name in leader.leaves]
    firsts = np.zeros(3)
    weights = []
    for _ in range(2_000):
        criteria = noisy(leader.judgments("goal"))
        weights.append(criteria)
        firsts[np.argmax(criteria @ [noisy(leaf) for leaf in matrices])] += 1 / 2_000
    expected = list(found.first.values())
    assert sum(expected) == pytest.approx(1.0)
    near(firsts, expected, 4 * np.sqrt(0.25 / 2_000 + 0.25 / 4_000))
    low, median, high = np.quantile(weights, [0.1, 0.5, 0.9], axis=0)
    bands = [found.weights[name] for name in leader.leaves]
    near([band.low for band in bands], low, 0.02)
    near([band.median for band in bands], median, 0.02)
    near([band.high for band in bands], high, 0.02)


def test_simulation_is_a_function_of_the_seed():
    tree = Hierarchy(SMALL, JUDGMENTS)
    one, two = tree.simulate(200, 5, n_threads=1), tree.simulate(200, 5, n_threads=3)
    assert one.weights == two.weights
    assert one.weights != tree.simulate(200, 6).weights
    assert not one.totals
    assert one.first == {}
    assert "no alternatives" in repr(one)
    assert list(one.to_frame("weights", "polars")["criterion"]) == list(tree.criteria)
    with pytest.raises(karat.ParameterError, match="draws"):
        tree.simulate(0)
    with pytest.raises(karat.ParameterError, match="totals or weights"):
        one.to_frame("ranks")


def test_a_plan_is_a_hierarchy():
    plan = karat.Plan(
        [
            karat.Indicator("arpu", dimension="revenue"),
            karat.Indicator("margin", dimension="revenue"),
            karat.Indicator("tenure", dimension="loyalty"),
        ],
        judgments={"value": {("revenue", "loyalty"): 3}, "revenue": ["arpu 2 margin"]},
        weights={"random_index": "saaty_1980"},
    )
    tree = plan.hierarchy()
    near(tree.weights().to_numpy(), [0.5, 0.25, 0.25], 1e-15)
    frame = tree.to_frame()
    assert list(frame["source"]) == ["judgments", "judgments", "leaf", "leaf", "equal", "leaf"]
    assert frame["parent"][1] == "value"
    assert frame["level"].tolist() == [0, 1, 2, 2, 1, 2]


def test_trees_and_scores_in_every_form():
    flat = {"plan": ["price", "quality"], "quality": ["network", "service"]}
    nested = {"plan": {"price": {}, "quality": {"network": None, "service": None}}}
    rows = {"price": [3.0, 1.0], "network": [1.0, 2.0], "service": [5.0, 4.0]}
    named = {name: dict(zip(["a", "b"], values, strict=True)) for name, values in rows.items()}
    made = [
        Hierarchy(tree, scores=scores, alternatives=["a", "b"])
        for tree in (flat, nested)
        for scores in (
            rows,
            named,
            pd.DataFrame(rows),
            pl.DataFrame(rows),
            pd.DataFrame(rows).to_dict("series"),
        )
    ]
    assert len(made) == 10
    assert all(one == made[0] for one in made)
    text = """
        alternatives = ["a", "b"]
        [tree]
        plan = ["price", "quality"]
        quality = ["network", "service"]
        [scores]
        price = { a = 3, b = 1 }
        network = { b = 2, a = 1 }
        service = { a = 5, b = 4 }
    """
    assert Hierarchy.from_toml(text) == made[0]
    near(made[0].weights("price").to_numpy(), [0.75, 0.25], 1e-15)
    assert list(made[0]) == ["plan", "price", "quality", "network", "service"]
    assert len(made[0]) == 5


def test_copies_and_views():
    house = by_id("house")
    fixed = house.with_weight("size", 0.37)
    for one in (house, fixed, Hierarchy(SMALL, JUDGMENTS, threshold=0.2)):
        again = pickle.loads(pickle.dumps(one))
        assert again == one
        assert hash(again) == hash(one)
        assert copy.copy(one) == one
    assert house != fixed
    assert house != "house"
    assert repr(house) == "<Hierarchy 'goal': 8 leaf criteria on 1 levels, 3 alternatives>"
    page = house._repr_html_()
    assert "neighbourhood" in page
    assert "W102" in page
    assert "recomputed" in page
    assert "<script" not in Hierarchy({"<script>": ["a", "b"]})._repr_html_()
    for view in (house.sensitivity("size"), house.stability(), house.simulate(50, 0)):
        assert "<table>" in view._repr_html_()
        assert repr(view).startswith("<")
    with pytest.warns(WeightsWarning):
        totals = house.synthesise()
    assert "W140" in totals._repr_html_()
    frame = totals.to_frame("polars")
    added = frame.select(pl.sum_horizontal(pl.selectors.starts_with("from_"))).to_series()
    near(added.to_numpy(), frame["total"].to_numpy(), 1e-14)
    assert house.sensitivity("size").to_frame().shape == (101, 4)


@pytest.mark.filterwarnings("ignore::karat.weights.WeightsWarning")
def test_three_levels_against_numpy():
    """Random judgments on every node; weights multiplied down with numpy's eigenvectors."""
    random = np.random.default_rng(5)
    scale = np.array([1 / 9, 1 / 7, 1 / 5, 1 / 3, 1, 3, 5, 7, 9])
    children = {name: list(below) for name, below in SMALL["value"].items()}
    nodes = {"value": list(children), **children}
    compared = ["p", "q", "r", "s"]
    nodes |= {leaf: compared for below in children.values() for leaf in below}
    given, local = {}, {}
    for name, items in nodes.items():
        upper = np.triu(random.choice(scale, (len(items), len(items))), 1)
        full = np.eye(len(items)) + upper
        lower = np.tril_indices(len(items), -1)
        full[lower] = 1 / full.T[lower]
        values, vectors = np.linalg.eig(full)
        vector = np.abs(vectors[:, np.argmax(values.real)].real)
        given[name], local[name] = full, vector / vector.sum()
    found = Hierarchy(SMALL, given, alternatives=compared)
    weights = np.concatenate([w * local[name] for w, name in zip(local["value"], children, strict=True)])
    rows = np.array([local[leaf] for leaf in found.leaves])
    near(found.weights().to_numpy(), weights, 1e-12)
    ideal = weights @ (rows / rows.max(axis=1, keepdims=True))
    product = np.exp(weights @ np.log(rows))
    near(found.synthesise().to_numpy(), weights @ rows, 1e-12)
    near(found.synthesise("ideal").to_numpy(), ideal / ideal.sum(), 1e-12)
    near(found.synthesise("weighted_product").to_numpy(), product / product.sum(), 1e-12)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"tree": {"goal": ["a", "b"]}, "judgments": {"goal": ["a 2 bb"]}}, "did you mean `b`"),
        ({"tree": {"goal": ["a", "b"]}, "judgments": {"gaol": ["a 2 b"]}}, "did you mean `goal`"),
        ({"tree": {"goal": ["a", "b"]}, "judgments": {"gaol": [[1, 2], [0.5, 1]]}}, "did you mean `goal`"),
        ({"tree": {"goal": ["a", "b"]}, "weights": {"gaol": [0.5, 0.5]}}, "weights of an unknown criterion"),
        ({"tree": {"goal": ["a", "a"]}}, "stands twice"),
        ({"tree": {"goal": ["a"], "a": ["goal"]}}, "circle"),
        ({"tree": {"goal": ["a", "b"]}, "weights": {"goal": {"a": 0.5}}}, "none for `b`"),
        ({"tree": {"goal": ["a", "b"]}, "alternatives": ["x", "y"]}, "says nothing about the alternatives"),
    ],
)
def test_descriptions_that_do_not_hold(parts, message):
    with pytest.raises(karat.JudgmentError, match=message):
        Hierarchy(**parts)


def test_arguments_of_the_wrong_kind():
    with pytest.raises(karat.ParameterError, match="`tree` must be a mapping"):
        Hierarchy(3)
    with pytest.raises(karat.ParameterError, match="below `goal`"):
        Hierarchy({"goal": "ab"})
    with pytest.raises(karat.ParameterError, match="list of names"):
        Hierarchy(["a", "b"], alternatives="xy")
    with pytest.raises(karat.ParameterError, match="2 numbers in the order"):
        Hierarchy(["a", "b"], weights={"goal": [1.0]})
    with pytest.raises(karat.JudgmentError, match="keys of judgments"):
        Hierarchy(["a", "b"], {"goal": {"a": 2}})
    tree = Hierarchy(["price", "b"])
    with pytest.raises(karat.ParameterError, match="did you mean `price`"):
        tree.weights("prize")
    with pytest.raises(karat.ParameterError, match="did you mean `ideal`"):
        tree.synthesise("ideals")
    with pytest.raises(karat.ParameterError, match="alternatives"):
        tree.stability()


def test_a_frame_that_names_its_rows_is_matched_by_name():
    frame = pd.DataFrame({"price": [1.0, 3.0], "quality": [2.0, 1.0]}, index=["b", "a"])
    found = Hierarchy(["price", "quality"], scores=frame, alternatives=["a", "b"])
    near(found.weights("price").to_numpy(), [0.75, 0.25], 1e-15)


@pytest.mark.parametrize("module", ["_hierarchy", "_plan"])
def test_examples_run(module):
    failed, tried = doctest.testmod(importlib.import_module(f"karat.{module}"))
    assert tried > 5
    assert failed == 0
