"""The goldens of judgments from Python: methods, indices, scales, fuzzy, best-worst; batches, bad input."""

from __future__ import annotations

import json
import warnings
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import karat
from karat import PairwiseMatrix, weights

GOLDENS = json.loads(
    (Path(__file__).parents[2] / "crates" / "karat" / "tests" / "goldens" / "ahp.json").read_text()
)
PAIRWISE = pytest.mark.parametrize("case", GOLDENS["pairwise"], ids=lambda case: case["id"])
TABLES = {
    "saaty_1980": "saaty_1980",
    "saaty_2005": "saaty_2005",
    "donegan_dodd_1991": "donegan_dodd_1991",
    "tummala_ling_1998": "tummala_ling_1998",
    "alonso_lamata_2006": "alonso_lamata_2006",
    "alonso_lamata_linear_fit": "alonso_lamata_fit",
}
METHODS = ["eigenvector", "geometric_mean", "column_mean", "weighted_least_squares", "least_squares"]


def array_of(case):
    return np.array([[float(Fraction(value)) for value in row] for row in case["matrix"]])


@PAIRWISE
def test_methods_and_ratios(case):
    matrix = PairwiseMatrix(case["matrix"], labels=case["labels"])
    for method in ("eigenvector", "geometric_mean", "column_mean"):
        found = matrix.priorities(method)
        np.testing.assert_allclose(found.to_numpy(), case[method]["weights"], rtol=0, atol=1e-12)
    for name, table in TABLES.items():
        ratio = matrix.priorities(random_index=table).consistency_ratio
        np.testing.assert_allclose(ratio, case["eigenvector"]["cr"][name], rtol=1e-11, atol=1e-11)


@PAIRWISE
def test_indices(case):
    found = PairwiseMatrix(case["matrix"], labels=case["labels"]).consistency_indices()
    golden = case["indices"]
    np.testing.assert_allclose(found.koczkodaj_index, golden["koczkodaj"], rtol=0, atol=1e-13)
    np.testing.assert_allclose(
        found.harmonic_consistency_index, golden["harmonic_ci"], rtol=1e-12, atol=1e-12
    )
    np.testing.assert_allclose(found.pelaez_lamata_index, golden["pelaez_lamata"], rtol=1e-13, atol=1e-13)
    gci = case["geometric_mean"]["gci"]
    np.testing.assert_allclose(found.geometric_consistency_index, gci, rtol=1e-12, atol=1e-12)


def test_random_index_tables():
    for name, table in GOLDENS["random_index_tables"].items():
        for n, value in table.items():
            equal = PairwiseMatrix(np.ones((int(n), int(n))), labels=[str(i) for i in range(int(n))])
            assert equal.priorities(random_index=name).random_index.value == value, (name, n)


def test_scales():
    golden = GOLDENS["scales"]
    for name, values in golden["values"].items():
        found = [weights.scale_value(level, name, golden["n"]) for level in range(1, 10)]
        np.testing.assert_allclose(found, values, rtol=1e-14)


def test_fuzzy():
    for case in GOLDENS["fuzzy"]:
        rows = case["triangular"]
        pairs = [(i, j) for i in range(len(rows)) for j in range(i + 1, len(rows))]
        judgments = {(str(i), str(j)): [float(Fraction(v)) for v in rows[i][j]] for i, j in pairs}
        found = weights.fuzzy(judgments)
        np.testing.assert_allclose(found.to_numpy(), case["weights"], rtol=1e-14)
        np.testing.assert_allclose(found.fuzzy, case["fuzzy_weights"], rtol=1e-14)
    with pytest.warns(weights.WeightsWarning, match="W150 `2`"):
        assert weights.fuzzy(judgments, method="extent_analysis")["2"] == 0.0


def test_best_worst():
    for case in GOLDENS["best_worst"]:
        from_best = dict(zip(case["labels"], case["best_to_others"], strict=True))
        to_worst = dict(zip(case["labels"], case["others_to_worst"], strict=True))
        best = min(from_best, key=from_best.get)
        worst = min(to_worst, key=to_worst.get)
        found = weights.best_worst(best, worst, from_best, to_worst)
        np.testing.assert_allclose(found.to_numpy(), case["weights"], rtol=0, atol=6e-13)
        np.testing.assert_allclose(found.deviation, case["xi"], rtol=0, atol=6e-13)
        np.testing.assert_allclose(found.consistency_ratio, case["input_based_cr"], rtol=1e-14)


@pytest.mark.parametrize("n", [3, 4, 7, 12, 30])
def test_best_worst_against_a_linear_programme(n):
    """The same model by SciPy's HiGHS."""
    optimize = pytest.importorskip("scipy.optimize", reason="scipy is not installed")
    rng = np.random.default_rng(n)
    for _ in range(20):
        b, c = rng.integers(1, 10, n).astype(float), rng.integers(1, 10, n).astype(float)
        b[0], c[-1] = 1.0, 1.0
        b[-1] = c[0] = 9.0
        rows, limits = [], []
        for j in range(n):
            for sign in (1.0, -1.0):
                for top, factor, other in ((0, b[j], j), (j, c[j], n - 1)):
                    row = np.zeros(n + 1)
                    row[top] += sign
                    row[other] -= sign * factor
                    row[n] = -1.0
                    rows.append(row)
                    limits.append(0.0)
        solved = optimize.linprog(
            np.r_[np.zeros(n), 1.0], A_ub=rows, b_ub=limits, A_eq=[np.r_[np.ones(n), 0.0]], b_eq=[1.0]
        )
        names = [f"i{j}" for j in range(n)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", weights.WeightsWarning)
            found = weights.best_worst(
                "i0", names[-1], dict(zip(names, b, strict=True)), dict(zip(names, c, strict=True))
            )
        np.testing.assert_allclose(found.deviation, solved.fun, rtol=1e-8, atol=1e-10)


def test_interval_bounds_against_a_linear_programme():
    """Smallest and largest weight over all that fit, by SciPy's HiGHS."""
    optimize = pytest.importorskip("scipy.optimize", reason="scipy is not installed")
    rng = np.random.default_rng(3)
    for n in (2, 3, 5, 8):
        worth = np.exp(rng.normal(0, 0.7, n))
        judgments, rows = {}, []
        for i in range(n):
            for j in range(i + 1, n):
                low, high = worth[i] / worth[j] * np.exp([-rng.random(), rng.random()])
                judgments[f"i{i}", f"i{j}"] = (low, high)
                for sign, bound in ((1.0, high), (-1.0, low)):
                    row = np.zeros(n)
                    row[i], row[j] = sign, -sign * bound
                    rows.append(row)
        found = weights.interval(judgments)
        assert found.consistent
        for i in range(n):
            for sign, own in zip((1.0, -1.0), found.bounds[f"i{i}"], strict=True):
                objective = np.zeros(n)
                objective[i] = sign
                solved = optimize.linprog(
                    objective, A_ub=rows, b_ub=np.zeros(len(rows)), A_eq=[np.ones(n)], b_eq=[1.0]
                )
                np.testing.assert_allclose(own, sign * solved.fun, rtol=1e-7, atol=1e-10)


@PAIRWISE
def test_least_squares_against_the_stacked_system(case):
    """Weighted least squares by numpy's lstsq with a heavy sum condition; plain by its own objective."""
    a = array_of(case)
    n = len(a)
    matrix = PairwiseMatrix(case["matrix"], labels=case["labels"])
    rows = [a[i, j] * np.eye(n)[j] - np.eye(n)[i] for i in range(n) for j in range(n) if i != j]
    # Eliminating the last weight keeps the condition exact.
    stacked = np.array(rows)
    free = stacked[:, :-1] - stacked[:, -1:]
    first = np.linalg.lstsq(free, -stacked[:, -1], rcond=None)[0]
    np.testing.assert_allclose(
        matrix.priorities("weighted_least_squares").to_numpy(), np.r_[first, 1 - first.sum()], atol=1e-11
    )
    best = matrix.least_squares_minima()[0]
    w = np.array(list(best.weights.values()))
    np.testing.assert_allclose(best.objective, ((a - w[:, None] / w) ** 2).sum(), rtol=1e-9, atol=1e-12)


def test_a_batch_gives_the_bits_of_single_matrices():
    by_size: dict[int, list] = {}
    for case in GOLDENS["pairwise"]:
        by_size.setdefault(case["n"], []).append(array_of(case))
    for method in METHODS:
        for n, arrays in by_size.items():
            batch = karat.weights.ahp(np.array(arrays * 3), method=method)
            assert batch.weights.shape == (3 * len(arrays), n)
            for at, array in enumerate(arrays * 3):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", weights.WeightsWarning)
                    one = PairwiseMatrix(array, labels=list(map(str, range(n)))).priorities(method)
                    quick = weights.ahp(array, method=method, threshold=100.0)
                assert batch.weights[at].tolist() == list(one.values()) == list(quick.values())
                assert batch.consistency_ratio[at] == one.consistency_ratio == quick.consistency_ratio
                assert batch.lambda_max[at] == one.lambda_max == quick.lambda_max
                assert (
                    quick.lambda_bounds == one.lambda_bounds == (batch.lambda_low[at], batch.lambda_high[at])
                )
                assert batch.geometric_consistency_index[at] == quick.geometric_consistency_index
                assert quick.random_index == one.random_index == batch.random_index
                assert batch.acceptable[at] == (one.consistency_ratio < 0.1)


def test_arrays_keep_the_refusals():
    cycle = np.array([[1, 3, 1 / 3], [1 / 3, 1, 3], [3, 1 / 3, 1]])
    with pytest.raises(karat.JudgmentError, match=r"1\.271 > 0\.10 .*`x0` vs `x1`"):
        weights.ahp(cycle)
    assert not weights.ahp(cycle[None]).acceptable[0]
    bad = np.ones((4, 3, 3))
    bad[2, 0, 1] = 3.0
    with pytest.raises(karat.JudgmentError, match="matrix 2: `x0` vs `x1` is 3 but `x1` vs `x0` is 1"):
        weights.ahp(bad)
    with pytest.raises(karat.JudgmentError, match="matrix 2: `a` vs `b` is 3"):
        weights.ahp(bad, labels=["a", "b", "c"])
    for value in (0.0, -1.0, np.nan, np.inf):
        bad[2, 0, 1] = value
        with pytest.raises(karat.JudgmentError, match="`x0` vs `x1` is"):
            weights.ahp(bad)
        if not np.isnan(value):  # a judgment that one matrix lacks is completed
            with pytest.raises(karat.JudgmentError, match="`x0` vs `x1` is"):
                weights.ahp(bad[2])
    for shape in ((0, 3, 3), (2, 3, 4), (2, 2, 2, 2), (3,), (2, 65, 65)):
        with pytest.raises(karat.KaratError):
            weights.ahp(np.ones(shape))
    with pytest.raises(karat.ParameterError, match="did you mean `eigenvector`"):
        weights.ahp(np.ones((2, 3, 3)), method="eigenvectr")
    big = weights.ahp(np.ones((1, 64, 64)))
    assert big.random_index.extrapolated
    assert big.consistency_ratio[0] == 0.0
    assert weights.ahp(np.array([[1, 3], [1 / 3, 1]])).consistency_ratio == 0.0
    assert list(weights.ahp(np.ones((1, 1)))) == ["x0"]
    # A transposed view and integers take the way with names.
    assert weights.ahp(np.array([[1, 1 / 3], [3, 1]]).T, labels=["a", "b"])["a"] == 0.75
    assert weights.ahp(np.ones((2, 2), dtype=int))["x1"] == 0.5


def test_words():
    matrix = PairwiseMatrix.from_words(["a strong b", "a very strong c", "b weak c"], scale="linear")
    assert (matrix["a", "b"], matrix["a", "c"], matrix["b", "c"]) == (5.0, 7.0, 2.0)
    assert matrix.on_scale("power")["a", "b"] == 25.0
    assert PairwiseMatrix.from_words({("a", "b"): "1/5"})["b", "a"] == 5.0
    with pytest.raises(karat.JudgmentError, match="`a` vs `b`: unknown strength"):
        PairwiseMatrix.from_words({("a", "b"): "stronk"})
    with pytest.raises(karat.ParameterError, match="did you mean `balanced`"):
        PairwiseMatrix.from_words({("a", "b"): "strong"}, scale="balancd")


def test_ties_and_contradictions_warn():
    circle = PairwiseMatrix(["a 9 b", "b 9 c", "c 9 a"])
    assert circle.priorities("least_squares").findings[0].code == "W152"
    assert len(circle.least_squares_minima()) >= 3
    with pytest.warns(weights.WeightsWarning, match="W151"):
        found = weights.interval({("a", "b"): (2, 3), ("b", "c"): (2, 3), ("a", "c"): (1, 2)})
    assert sorted(found.contradiction) == ["a", "b", "c"]
    np.testing.assert_allclose(found.widening, 2 ** (1 / 3), rtol=1e-14)
    with pytest.warns(weights.WeightsWarning, match="W153 `b`"):
        weights.best_worst("a", "c", {"b": 9, "c": 9}, {"b": 9})
    with pytest.raises(karat.JudgmentError, match="`b` vs `c` is not a number"):
        weights.best_worst("a", "c", {"b": 2, "c": 4}, {})
