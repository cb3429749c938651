"""The group of `ahp.json` (60-digit arithmetic, its consensus also by AHP-OS), METHODS GT-9.5, GT-9.6."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import karat
from karat import PairwiseMatrix, weights

GOLDENS = Path(__file__).parents[2] / "crates" / "karat" / "tests" / "goldens" / "ahp.json"
CASE = json.loads(GOLDENS.read_text())["group"][0]
JUDGES = {expert["name"]: PairwiseMatrix(expert["matrix"], CASE["labels"]) for expert in CASE["experts"]}


def near(found, golden, tolerance=1e-12):
    np.testing.assert_allclose(found, golden, rtol=0, atol=tolerance)


@pytest.mark.parametrize("key", ["equal", "weighted"])
def test_golden_group(key):
    golden = CASE[key]
    shares = None if key == "equal" else CASE["expert_weights"]
    found = weights.group_report(JUDGES, shares)
    near(found.to_numpy(), golden["aij_eigenvector"])
    near(found.matrix.to_numpy(), golden["aij_geometric_matrix"])
    near(found.priorities.lambda_max, golden["aij_lambda_max"], 1e-11)
    near(found.consensus.shannon, CASE["consensus_shannon_goepel"], 1e-13)
    near(found.consensus.beta_entropy, CASE["beta_entropy"], 1e-13)
    for expert in CASE["experts"]:
        member = found.members[expert["name"]]
        near(member.priorities.to_numpy(), expert["eigenvector"])
        near(member.priorities.consistency_index, expert["ci"], 1e-11)
    near(weights.group_report(JUDGES, shares, group="priorities").to_numpy(), golden["aip_geometric"])
    root = weights.group_report(JUDGES, shares, method="geometric_mean")
    near(root.to_numpy(), golden["aij_geometric_mean"])
    own = [member.priorities for member in found.members.values()]
    near(weights.aggregate_priorities(own, shares, "arithmetic").to_numpy(), golden["aip_arithmetic"])


def test_concordance_agrees_with_the_rank_sums():
    report = weights.group_report(JUDGES)
    ranks = np.array(
        [np.argsort(np.argsort(-member.priorities.to_numpy())) + 1 for member in report.members.values()]
    )
    judges, items = ranks.shape
    sums = ranks.sum(axis=0)
    by_hand = 12 * ((sums - sums.mean()) ** 2).sum() / (judges**2 * (items**3 - items))
    near(report.consensus.kendall_w, by_hand)


def test_gt_9_5():
    judges = {"one": ["a 2 b", "a 4 c", "b 3 c"], "two": ["a 1 b", "a 3 c", "b 2 c"]}
    found = weights.group_report(judges)
    near(found.to_numpy(), [0.501057, 0.354301, 0.144643], 5.1e-7)
    near(found.priorities.lambda_max, 3.0)
    own = [member.priorities for member in found.members.values()]
    arithmetic = weights.aggregate_priorities(own, mean="arithmetic")
    near(arithmetic.to_numpy(), [0.500927, 0.353495, 0.145579], 5.1e-7)
    found = weights.group_report(judges, {"two": 0.3, "one": 0.7})
    near(found.to_numpy(), [0.524120, 0.340556, 0.135324], 5.1e-7)
    near(found.priorities.lambda_max, 3.002923, 5.1e-7)
    # Without one judge the group is the other.
    alone = PairwiseMatrix(judges["two"]).priorities()
    near(list(found.members["one"].pull.values()), found.to_numpy() - alone.to_numpy())


def test_gt_9_6():
    circle = PairwiseMatrix(["a 3 b", "a 1/3 c", "b 3 c"])
    near(circle.priorities().lambda_max, 13 / 3)
    near(circle.priorities(random_index="saaty_1980").consistency_ratio, 1.149425, 5.1e-7)
    with pytest.raises(karat.JudgmentError, match="worst triad is `a` 3 `b`, `b` 3 `c`, `a` 1/3 `c`"):
        circle.check()
    found = circle.diagnose()
    assert found.transitivity.zeta == 0.0
    [triad] = found.transitivity.circles
    assert triad == found.triads[0]
    assert (triad.items, triad.judgments, triad.circular) == (("a", "b", "c"), (3.0, 3.0, 1 / 3), True)
    near(triad.inconsistency, 26 / 27)


def test_opposite_judges_do_not_agree():
    judges = {"x": ["a 9 b", "a 9 c", "b 1 c"], "y": ["b 1 c", "c 9 a", "b 9 a"]}
    found = weights.group_report(judges)
    assert found.consensus.shannon < 0.5
    assert found.clusters == (("x",), ("y",))
    # y names its items in another order, which does not matter.
    near(found.members["y"].priorities["a"], 1 / 19)
    near(found["a"], 1 / 3)


def test_outliers_and_properties():
    def judge(c):
        return {("a", "b"): c, ("a", "c"): c * c, ("b", "c"): c}

    names = ["one", "two", "three", "four", "far"]
    ratios = [2.0, 2.2, 1.9, 2.1, 0.2]
    judges = {name: judge(c) for name, c in zip(names, ratios, strict=True)}
    found = weights.group_report(judges)
    assert found.outliers == ("far",)
    assert found.clusters == (("one", "two", "three", "four"), ("far",))
    assert found.members["far"].outlier
    for member in found.members.values():
        near(sum(member.pull.values()), 0.0)
    again = weights.group_report(dict(reversed(judges.items())))
    near([again[item] for item in found], found.to_numpy())
    near(again.consensus, found.consensus)
    same = weights.group_report([judge(2.0)] * 3)
    near(same.consensus.shannon, 1.0)
    near([list(member.pull.values()) for member in same.members.values()], 0.0)


def test_frame_names_and_refusals():
    report = weights.group_report(JUDGES)
    table = report.to_frame("dict")
    assert list(table["judge"]) == ["marketing", "finance", "network"]
    assert list(table["share"]) == [1 / 3] * 3
    assert "marketing" in report._repr_html_()
    assert "consensus 0.8619" in repr(report)
    assert list(weights.group_report(list(JUDGES.values())).members) == ["judge0", "judge1", "judge2"]
    with pytest.raises(karat.ParameterError, match="must name every judge"):
        weights.group_report(JUDGES, {"marketing": 1.0})
    with pytest.raises(karat.ParameterError, match="must be judgments or priorities"):
        weights.group_report(JUDGES, group="judgment")
    with pytest.raises(karat.JudgmentError, match="judge `short` needs every judgment, missing: `a` vs `c`"):
        weights.group_report({"short": ["a 2 b", "b 2 c"]})
