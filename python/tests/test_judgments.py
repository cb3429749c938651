"""Pairwise judgments: published examples, diagnosis, bad input, notebook views."""

from __future__ import annotations

import copy
import json
import pickle
import re
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import karat
from karat import PairwiseMatrix

GOLDENS = Path(__file__).parents[2] / "crates" / "karat" / "tests" / "goldens" / "ahp.json"
TEXTBOOK = [["1", "3", "3", "7"], ["1/3", 1, 1, 5], ["1/3", 1, 1, 3], ["1/7", "1/5", "1/3", 1]]
#: METHODS GT-9.6: a circle.
CIRCLE = ["a 3 b", "b 3 c", "c 3 a"]


def near(found, expected, digits=6):
    np.testing.assert_allclose(found, expected, rtol=0, atol=0.51 * 10**-digits)


def test_gt_9_1_textbook():
    matrix = PairwiseMatrix(TEXTBOOK, labels=["p", "q", "r", "s"])
    found = matrix.priorities()
    near(found.to_numpy(), [0.534727, 0.217496, 0.188056, 0.059722])
    near(found.lambda_max, 4.057089)
    near(found.consistency_index, 0.019030)
    near(found.geometric_consistency_index, 0.075413)
    near(matrix.priorities("geometric_mean").to_numpy(), [0.535008, 0.215768, 0.189900, 0.059324])
    near(matrix.priorities("column_mean").to_numpy(), [0.532389, 0.219130, 0.187880, 0.060602])
    near(matrix.priorities(random_index="saaty_1980").consistency_ratio, 0.021144)
    near(matrix.priorities(random_index="saaty_2005").consistency_ratio, 0.021382)


def test_gt_9_2_contest_paper():
    first = PairwiseMatrix(
        [
            ["1", "1/3", "1/5", 2, 3],
            [3, 1, "1/3", 3, 3],
            [5, 3, 1, 5, 7],
            ["1/2", "1/3", "1/5", 1, 1],
            ["1/3", "1/3", "1/7", 1, 1],
        ],
        labels=list("abcde"),
    ).priorities(random_index="chinese_1000")
    near(first.to_numpy(), [0.1241, 0.2292, 0.5100, 0.0732, 0.0635], 4)
    near(first.lambda_max, 5.153750)
    near(first.consistency_ratio, 0.034319)


def test_gt_9_6_intransitive_judgments_are_refused():
    matrix = PairwiseMatrix(CIRCLE)
    near(matrix.priorities(random_index="saaty_1980").consistency_ratio, 1.149425)
    near(matrix.priorities().lambda_max, 4.333333)
    with pytest.raises(karat.JudgmentError, match=r"1\.271 > 0\.10 .*most inconsistent: `a` vs `b`"):
        matrix.check()
    assert matrix.check(threshold=2.0) == matrix.priorities()


@pytest.mark.parametrize("case", json.loads(GOLDENS.read_text())["pairwise"], ids=lambda case: case["id"])
def test_goldens_of_sixty_digits(case):
    matrix = PairwiseMatrix(case["matrix"], labels=case["labels"])
    found = matrix.priorities()
    np.testing.assert_allclose(found.to_numpy(), case["eigenvector"]["weights"], rtol=1e-12)
    np.testing.assert_allclose(found.lambda_max, case["eigenvector"]["lambda_max"], rtol=1e-13)
    low, high = found.lambda_bounds
    assert low <= case["eigenvector"]["lambda_max"] <= high
    assert found.consistency_ratio == found.consistency_index / (found.random_index.value or 1.0)


def test_every_way_in_gives_the_same_matrix():
    texts = ["a 3 b", "c 1/2 a", "b 0.25 c"]
    pairs = {("a", "b"): 3, ("c", "a"): Fraction(1, 2), ("b", "c"): "1/4"}
    matrix = PairwiseMatrix(texts)
    assert matrix.labels == ("a", "b", "c")
    assert PairwiseMatrix(pairs) == matrix
    assert PairwiseMatrix([(*pair, value) for pair, value in pairs.items()]) == matrix
    assert PairwiseMatrix(matrix) == matrix
    frame = pd.DataFrame(matrix.to_numpy(), columns=matrix.labels, index=matrix.labels)
    assert PairwiseMatrix(frame) == matrix
    assert PairwiseMatrix(pl.DataFrame(matrix.to_numpy(), schema=list("abc"))) == matrix
    assert PairwiseMatrix(matrix.to_numpy(), labels="abc") == matrix
    assert PairwiseMatrix(texts, labels=["c", "b", "a"]) != matrix
    assert matrix["b", "a"] == 1 / 3
    with pytest.raises(KeyError):
        matrix["a", "z"]


def test_a_result_is_a_mapping_and_an_array():
    found = PairwiseMatrix(["a 3 b"]).priorities()
    assert found.weights == {"a": 0.75, "b": 0.25}
    assert dict(found) == found.weights
    assert found.to_numpy().tolist() == [0.75, 0.25]
    assert found.consistency_ratio == 0.0
    assert pickle.loads(pickle.dumps(found)) == found
    assert "a=0.7500" in repr(found)
    assert "0.7500" in found._repr_html_()


def test_diagnosis_names_the_judgment_that_was_turned_round():
    matrix = PairwiseMatrix(["a 2 b", "b 3 c", "a 1/6 c", "c 1 d", "a 6 d", "b 3 d"])
    diagnosis = matrix.diagnose()
    worst, best = diagnosis.pairs[0], diagnosis.changes[0]
    assert (worst.first, worst.second) == ("a", "c")
    np.testing.assert_allclose(worst.others_imply, 6.0)
    assert (best.first, best.second, best.proposed) == ("a", "c", 6.0)
    assert best.consistency_ratio < 1e-12
    mended = matrix.replace("a", "c", best.proposed)
    assert mended.consistency_ratio < 1e-12
    assert mended["c", "a"] == 1 / 6
    assert mended != matrix
    table = pd.DataFrame(diagnosis.pairs)
    assert list(table.columns)[:3] == ["first", "second", "given"]
    assert len(table) == 6


def test_repairs_do_what_they_promise():
    matrix = PairwiseMatrix(["a 2 b", "b 3 c", "a 1/6 c", "c 1 d", "a 6 d", "b 3 d"])
    repairs = matrix.repairs(threshold=0.1)
    assert repairs
    assert [r.steps for r in repairs] == sorted(r.steps for r in repairs)
    for repair in repairs:
        ratio = matrix.replace(repair.first, repair.second, repair.proposed).consistency_ratio
        assert ratio <= 0.1
        np.testing.assert_allclose(ratio, repair.consistency_ratio, atol=1e-12)


judgment = st.one_of(
    st.integers(1, 9).map(float), st.integers(2, 9).map(lambda n: 1 / n), st.floats(0.02, 50)
)


@given(st.lists(judgment, min_size=6, max_size=6), st.lists(st.booleans(), min_size=6, max_size=6))
def test_pickles_and_copies_are_equal_to_the_bit(values, turned):
    pairs = [(b, a) if turn else (a, b) for (a, b), turn in zip(combinations("abcd", 2), turned, strict=True)]
    matrix = PairwiseMatrix(dict(zip(pairs, values, strict=True)))
    for other in (pickle.loads(pickle.dumps(matrix)), copy.deepcopy(matrix)):
        assert other == matrix
        assert hash(other) == hash(matrix)
        assert other.to_numpy().tobytes() == matrix.to_numpy().tobytes()


@given(st.lists(st.floats(0.1, 10), min_size=2, max_size=7))
def test_consistent_judgments_give_back_their_weights(weights):
    names = [f"item {i}" for i in range(len(weights))]
    matrix = PairwiseMatrix(np.divide.outer(weights, weights), labels=names)
    for method in ("eigenvector", "geometric_mean", "column_mean"):
        found = matrix.priorities(method)
        np.testing.assert_allclose(found.to_numpy(), np.divide(weights, sum(weights)), rtol=1e-9)
        assert found.consistency_ratio < 1e-9


def test_repr_reads_back():
    matrix = PairwiseMatrix(["a 3 b", "c 2 a", "b 1/4 c"])
    assert eval(repr(matrix)) == matrix


def test_notebook_view_marks_the_worst_judgment_by_a_sign_too():
    view = PairwiseMatrix(["a 2 b", "b 3 c", "a 1/6 c", "c 1 <d>", "a 6 <d>", "b 3 <d>"])._repr_html_()
    assert "<d>" not in view
    assert "&lt;d&gt;" in view
    marked = re.findall(r"<td style='background:[^>]*><b>([^<]*)</b>", view)
    assert marked == ["1/6 \N{WARNING SIGN}", "6 \N{WARNING SIGN}"]
    assert "least consistent: a vs c, given 1/6, the others imply 6" in view
    consistent = PairwiseMatrix(["a 2 b", "b 3 c", "a 6 c"])._repr_html_()
    assert "\N{WARNING SIGN}" not in consistent
    assert "consistency ratio 0.0000" in consistent


@pytest.mark.parametrize(
    ("judgments", "labels", "message"),
    [
        (["a 3 b", "c 2 d"], None, "one comparison joins them, for example `a` vs `c`"),
        (["a 3 b", "b 2 a"], None, "compared in both directions"),
        (["a 3 b", "a 3 c", "b 1 x"], ["a", "b", "c"], "unknown item `x`"),
        (["a beats b"], None, "cannot read the judgment"),
        ({("a", "b"): 0}, None, "`a` vs `b` is 0"),
        ({("a", "b"): "three"}, None, "cannot read 'three' as a judgment"),
        ({("a", "b"): None}, None, "never compared with each other"),
        ({"ab": 3}, None, "keys of judgments are pairs"),
        ("a 3 b", None, "put brackets around"),
        ([[1, 3], [3, 1]], ["a", "b"], "`a` vs `b` is 3 but `b` vs `a` is 3"),
        ([[1, float("nan")], [float("nan"), 1]], ["a", "b"], "never compared with each other"),
    ],
)
def test_bad_judgments_are_named(judgments, labels, message):
    with pytest.raises(karat.JudgmentError, match=message):
        PairwiseMatrix(judgments, labels)


def test_other_bad_input():
    with pytest.raises(karat.ShapeError, match="rows of the judgment matrix"):
        PairwiseMatrix([[1, 2], [0.5, 1]], labels=["a", "b", "c"])
    with pytest.raises(karat.ParameterError, match="`labels` must name the items"):
        PairwiseMatrix([[1, 2], [0.5, 1]])
    with pytest.raises(karat.ParameterError, match=r"did you mean `saaty_1980`\?"):
        PairwiseMatrix(CIRCLE).priorities(random_index="saaty1980")
    with pytest.raises(karat.ParameterError, match="must be one of eigenvector"):
        PairwiseMatrix(CIRCLE).priorities("eigen")
    with pytest.raises(karat.ParameterError, match="threshold"):
        PairwiseMatrix(CIRCLE).repairs(threshold=0)
