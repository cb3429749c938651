"""Scorecards: against textbooks, numpy, scikit-learn and optbinning, and what must hold of any base."""

from __future__ import annotations

import copy
import pickle
import shlex
import threading
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

import karat
from karat.scorecard import OptimalBinning, Scorecard, strength

#: Beside the checkout, or beside the folder of several.
TELCO = [Path(__file__).parents[up] / "shared" / "data" / "telco.csv" for up in (3, 4)]


def base(rows=4000, seed=7):
    """A trend, a hump, categories, missing and special values, and a field that tells nothing."""
    rng = np.random.default_rng(seed)
    tenure = rng.integers(0, 72, rows).astype(float)
    bill = rng.uniform(20, 120, rows)
    contract = rng.choice(["month", "year", "two years"], rows, p=[0.5, 0.3, 0.2])
    chance = 0.5 - 0.006 * tenure + 0.2 * (1 - np.abs(bill - 70) / 50) - 0.15 * (contract != "month")
    left = (rng.random(rows) < chance).astype(int)
    tenure[rng.random(rows) < 0.03] = -1
    bill[rng.random(rows) < 0.05] = np.nan
    frame = pd.DataFrame({"tenure": tenure, "bill": bill, "contract": contract, "noise": rng.random(rows)})
    return frame, left


BINNING = OptimalBinning(special_values={"tenure": [-1]})


@parametrize_with_checks([OptimalBinning(), OptimalBinning(output="bin"), Scorecard()])
def test_battery(estimator, check):
    check(estimator)


def test_siddiqis_ages():
    """Siddiqi, "Credit Risk Scorecards" (2006), exhibit 6.2: counts, weights of evidence times 100 and the
    information value as printed."""
    ages = [np.nan, 20, 25, 28, 32, 40, 50]
    goods = [860, 3040, 4920, 8100, 9500, 6800, 2940]
    bads = [140, 960, 1080, 900, 500, 200, 60]
    woe = [-42.719, -108.980, -72.613, -4.526, 70.196, 128.388, 164.934]
    X = {"age": np.repeat(ages + ages, goods + bads)}
    y = np.repeat([0, 1], [sum(goods), sum(bads)])
    binning = OptimalBinning(cuts={"age": [23, 27, 30, 35, 44]}).fit(X, y)
    table = binning.tables_["age"].columns()
    assert table["bin"][:2] == ["(-inf, 23)", "[23, 27)"]
    found = 100 * np.roll(table["woe"], 1)
    np.testing.assert_allclose(found, woe, atol=5e-4)
    assert round(binning.information_values_["age"], 3) == 0.668
    assert binning.tables_["age"].strength == "suspicious"
    assert [finding.code for finding in binning.findings_] == ["W161"]


def test_bands_of_the_information_value():
    assert [strength(iv) for iv in (0.019, 0.02, 0.1, 0.3, 0.5, 0.51)] == [
        "useless",
        "weak",
        "medium",
        "strong",
        "strong",
        "suspicious",
    ]


def test_tables_against_numpy():
    """Counts, weight of evidence, information value, KS and Gini by their definitions."""
    X, y = base()
    binning = clone(BINNING).fit(X, y)
    for name in ("tenure", "bill", "contract", "noise"):
        table = binning.tables_[name]
        columns = table.columns()
        if table.kind == "numeric":
            x = X[name].to_numpy()
            place = np.digitize(x, table.cuts)
            for at, value in enumerate(table.special_values):
                place[x == value] = len(table.cuts) + 1 + at
            place[np.isnan(x)] = len(table) - 1
        else:
            where = {category: at for at, group in enumerate(table.groups) for category in group}
            place = X[name].map(where).to_numpy()
        count, events = np.bincount(place, minlength=len(table)), np.bincount(place, y, len(table))
        np.testing.assert_array_equal(columns["count"], count)
        np.testing.assert_array_equal(columns["events"], events)
        held = count > 0
        p, q = events[held] / y.sum(), (count - events)[held] / (len(y) - y.sum())
        np.testing.assert_allclose(columns["woe"][held], np.log(q / p), rtol=1e-13)
        assert np.isclose(table.iv, ((q - p) * np.log(q / p)).sum(), rtol=1e-13)
        rate = np.full(len(table), np.nan)
        rate[held] = events[held] / count[held]
        assert np.isclose(table.gini, 2 * roc_auc_score(y, rate[place]) - 1, atol=1e-12)
        order = np.argsort(rate[held])
        assert np.isclose(table.ks, np.abs(np.cumsum(p[order]) - np.cumsum(q[order])).max(), atol=1e-12)
        # Transformed to full precision, never truncated (the defect of optbinning's issue 412).
        woe = clone(binning).set_params(output="woe")
        woe = woe.fit(X, y).transform(X)[name].to_numpy()
        np.testing.assert_array_equal(woe, columns["woe"][place])


@pytest.mark.parametrize("trend", ["free", "ascending", "descending", "peak", "valley"])
@pytest.mark.parametrize("name", ["tenure", "bill", "noise"])
def test_information_is_never_below_optbinning(name, trend):
    """The same pre-bins and constraints: its integer programme is never better than the exact search."""
    optbinning = pytest.importorskip("optbinning")
    X, y = base(6000, seed=11)
    x = X[name].to_numpy()
    kept = ~np.isnan(x)
    x, y = x[kept], y[kept]
    cuts = np.unique(np.quantile(x, np.arange(1, 20) / 20))[1:]
    peer = optbinning.OptimalBinning(
        name,
        user_splits=cuts,
        monotonic_trend=None if trend == "free" else trend,
        max_n_bins=6,
        min_bin_size=0.05,
        divergence="iv",
    )
    peer.fit(x, y)
    theirs = peer.binning_table.build().loc["Totals", "IV"]
    ours = OptimalBinning(candidates={name: cuts}, max_bins=6, trend=trend).fit({name: x}, y)
    assert ours.information_values_[name] >= theirs - 1e-9
    # And by our own definition of theirs: the same bins have the same value.
    fixed = OptimalBinning(cuts={name: peer.splits}).fit({name: x}, y)
    assert np.isclose(fixed.information_values_[name], theirs, atol=1e-9)


def test_trends_are_kept():
    X, y = base()
    for trend, signs in (("ascending", {1}), ("descending", {-1}), ("auto", {1, -1})):
        binning = clone(BINNING).set_params(trend=trend).fit(X, y)
        for name in ("tenure", "bill", "noise"):
            table = binning.tables_[name]
            rate = table.columns()["event_rate"][: len(table.cuts) + 1]
            steps = np.sign(np.diff(rate))
            assert set(steps) - {0} <= signs
            assert len(set(steps) - {0}) <= 1
    assert clone(BINNING).set_params(trend="auto").fit(X, y).tables_["tenure"].trend == "descending"
    only = OptimalBinning(special_values=[-1], trend={"bill": "peak"}).fit(X, y)
    assert [only.tables_[name].trend for name in ("tenure", "bill")] == ["free", "peak"]


def test_a_continuous_target_against_numpy():
    X, _ = base()
    margin = 1e6 + 0.5 * X["bill"].fillna(80).to_numpy() + np.random.default_rng(0).normal(0, 5, len(X))
    binning = OptimalBinning(target="continuous", output="rate").fit(X[["bill"]], margin)
    table = binning.tables_["bill"]
    mean = binning.transform(X[["bill"]])["bill"].to_numpy()
    explained = ((mean - margin.mean()) ** 2).sum() / ((margin - margin.mean()) ** 2).sum()
    assert np.isclose(table.iv, explained, rtol=1e-9)
    for value in np.unique(mean):
        assert np.isclose(value, margin[mean == value].mean(), rtol=1e-12)
    assert table.strength is None
    assert "mean" in table.columns()


def test_coefficients_against_scikit_learn():
    X, y = base()
    for penalty in (0.5, 20.0):
        card = Scorecard(BINNING, penalty=penalty).fit(X, y)
        evidence = clone(BINNING).fit(X, y).transform(X)[list(card.points_)].to_numpy()
        theirs = LogisticRegression(C=1 / penalty, tol=1e-12, max_iter=1000).fit(evidence, y)
        np.testing.assert_allclose(card.coef_, theirs.coef_[0], atol=1e-6)
        assert np.isclose(card.intercept_, theirs.intercept_[0], atol=1e-6)
        np.testing.assert_allclose(card.predict_proba(X), theirs.predict_proba(evidence), atol=1e-6)
        assert np.isclose(card.score(X, y), roc_auc_score(y, card.predict_proba(X)[:, 1]), atol=1e-12)
        assert np.isclose(card.gini_, 2 * card.score(X, y) - 1, atol=1e-12)


def test_points_are_log_odds():
    """`pdo` points double the odds, and the base points stand at the base odds (Siddiqi 2006)."""
    X, y = base()
    card = Scorecard(BINNING, base_points=500, base_odds=10, pdo=25).fit(X, y)
    chance = card.predict_proba(X)[:, 1]
    wanted = 500 + 25 * np.log2((1 - chance) / chance / 10)
    np.testing.assert_allclose(card.predict_points(X), wanted, atol=1e-9)
    turned = clone(card).set_params(favour="events").fit(X, y)
    wanted = 500 + 25 * np.log2(chance / (1 - chance) / 10)
    np.testing.assert_allclose(turned.predict_points(X), wanted, atol=1e-9)


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("split", [False, True])
def test_points_add_up_and_have_the_same_bits_everywhere(whole, split):
    X, y = base()
    card = Scorecard(BINNING, whole_points=whole, split_intercept=split).fit(X, y)
    points, index = card.transform(X), card.predict_points(X)
    total = np.zeros(len(X))
    for name in points:  # in order, as the index is defined
        total = total + points[name].to_numpy()
    assert (total == index).all()
    assert not whole or (index == np.floor(index)).all()
    assert list(points) == list(card.get_feature_names_out())
    assert (card.base_points_ is None) == split
    # The scorer, row by row; the model of the plan; the model file.
    scorer = karat.Scorer(card.to_scorer().to_bytes())
    records = X.replace({np.nan: None}).to_dict("records")
    assert [scorer.score_row(row).index for row in records[:300]] == list(index[:300])
    explained = scorer.explain(X)
    assert (explained.points == points.to_numpy()).all()
    model = card.to_model(X)
    assert (model.score(X)["index"] == index).all()
    assert (karat.ValueModel(card.to_plan()).fit(X[:50]).score(X)["index"] == index).all()


def test_reasons():
    X, y = base()
    texts = {"tenure": "R07 short time with us"}
    card = Scorecard(BINNING, reason_texts=texts).fit(X, y)
    points = card.transform(X)
    names = list(card.points_)
    line = 600 + 20 / np.log(2) * (-card.intercept_ - np.log(50))
    neutral = line / len(names)
    for against, side in (("maximum", "below"), ("mean", "below"), ("mean", "above"), ("neutral", "below")):
        found = card.reasons(X, most=2, against=against, side=side)
        held = {name: card.tables_[name].columns()["count"] for name in names}
        baseline = {
            "maximum": [card.points_[name][held[name] > 0].max() for name in names],
            "mean": [points[name].mean() for name in names],
            # Where the weight of evidence is 0: the share of the base points.
            "neutral": [neutral] * len(names),
        }[against]
        gap = np.array(baseline) - points[names].to_numpy()
        gap = -gap if side == "above" else gap
        gap[gap < 1e-9] = np.nan
        for row in range(0, len(X), 37):
            order = [at for at in np.argsort(-gap[row], kind="stable") if gap[row, at] > 0][:2]
            given = [field for field in found.positions[row] if field >= 0]
            assert given == order
            np.testing.assert_allclose(found.shortfalls[row, : len(order)], gap[row, order], atol=1e-9)
    best = X.loc[[int(np.argmax(card.predict_points(X)))]]
    frame = card.reasons(best).to_frame()
    assert list(frame) == [f"{what}_{n}" for n in range(1, 5) for what in ("reason", "shortfall")]
    new = card.reasons({"tenure": [0.0], "bill": [70.0], "contract": ["month"], "noise": [0.5]})
    assert "R07 short time with us" in [reason.text for reason in new[0]]
    assert "R07" in new._repr_html_()
    assert len(new) == 1


def test_no_reason_without_a_shortfall():
    x = np.tile([0.0, 1.0], 100)
    y = np.tile([0, 0, 0, 1], 50)
    card = Scorecard(OptimalBinning(cuts={"stops": [1]})).fit({"stops": x}, y)
    found = card.reasons({"stops": [0.0, 1.0]})
    assert [[reason.text for reason in row] for row in found] == [[], ["stops"]]
    assert found.positions.tolist() == [[-1] * 4, [0, -1, -1, -1]]


def score_by_pmml(text, row):
    """Score one customer as the standard says: of each characteristic the first attribute that holds."""
    space = {"p": "http://www.dmg.org/PMML-4_4"}
    card = ElementTree.fromstring(text).find("p:Scorecard", space)

    def holds(predicate):
        kind = predicate.tag.rpartition("}")[2]
        if kind == "True":
            return True
        value = row[predicate.get("field")]
        missing = value is None or value != value
        if kind == "SimpleSetPredicate":
            return not missing and value in shlex.split(predicate.find("p:Array", space).text)
        operator, limit = predicate.get("operator"), predicate.get("value")
        if operator == "isMissing":
            return missing
        if missing:
            return False
        return value < float(limit) if operator == "lessThan" else value == float(limit)

    score, gaps = float(card.get("initialScore")), []
    for characteristic in card.find("p:Characteristics", space):
        attribute = next(attribute for attribute in characteristic if holds(attribute[0]))
        points = float(attribute.get("partialScore"))
        score += points
        gaps.append((float(characteristic.get("baselineScore")) - points, characteristic.get("reasonCode")))
    gaps = [(gap, code) for gap, code in gaps if gap > 0]
    return score, [code for _, code in sorted(gaps, key=lambda pair: -pair[0])][:4]


def test_pmml_scores_alike():
    X, y = base(1000)
    X["contract"] = X["contract"].str.replace("two years", 'two "years" & <more>')
    card = Scorecard(BINNING, split_intercept=False, reason_texts={"bill": "R<1>"}).fit(X, y)
    text, points, reasons = (
        card.to_pmml(against="mean"),
        card.predict_points(X),
        card.reasons(X, against="mean"),
    )
    for row in range(0, 1000, 13):
        score, given = score_by_pmml(text, X.iloc[row].to_dict())
        assert score == points[row]
        assert given == [reason.text for reason in reasons[row]]


def test_given_coefficients():
    X, y = base()
    card = Scorecard(BINNING, coefficients={"intercept": -1.0, "tenure": -0.5}).fit(X, y)
    assert (list(card.points_), card.n_iter_) == (["tenure"], 0)
    woe = card.tables_["tenure"].columns()["woe"]
    factor, offset = 20 / np.log(2), 600 - 20 * np.log2(50)
    np.testing.assert_allclose(card.points_["tenure"], offset + factor * (1.0 + 0.5 * woe), rtol=1e-13)
    with pytest.raises(karat.ParameterError, match="did you mean `tenure`"):
        Scorecard(coefficients={"intercept": 0, "tenur": -1}).fit(X, y)
    with pytest.raises(karat.ParameterError, match="intercept"):
        Scorecard(coefficients={"tenure": -1}).fit(X, y)


def test_frames_leave_as_they_came():
    X, y = base(500)
    binning = clone(BINNING).fit(X, y)
    wanted = binning.transform(X)
    assert isinstance(wanted, pd.DataFrame)
    tables = (pl.from_pandas(X), pa.Table.from_pandas(X), X.to_dict("list"))
    for table, kind in zip(tables, (pl.DataFrame, pa.Table, dict), strict=True):
        found = binning.transform(table)
        assert isinstance(found, kind)
        other = clone(BINNING).fit(table, y)
        assert other.information_values_ == binning.information_values_
        assert isinstance(other.tables_["bill"].to_frame(), kind)
        column = found["bill"]
        column = column.to_numpy() if hasattr(column, "to_numpy") else column
        np.testing.assert_array_equal(np.asarray(column), wanted["bill"])
    shifted = X.set_index(X.index + 1000)
    assert (binning.transform(shifted).index == shifted.index).all()
    labels = clone(BINNING).set_params(output="label").fit(X, y).transform(X)
    assert set(labels["contract"]) <= set(binning.tables_["contract"].labels)
    array = X[["tenure", "bill"]].to_numpy()
    assert isinstance(OptimalBinning().fit(array, y).transform(array), np.ndarray)
    polars = clone(BINNING).fit(X, y).set_output(transform="polars").transform(X)
    assert isinstance(polars, pl.DataFrame)
    assert list(binning.summary("dict")) == ["field", "kind", "bins", "iv", "strength", "gini", "ks", "trend"]
    assert len(binning.to_frame()) == sum(len(table) for table in binning.tables_.values())


def test_copies_pickles_and_views():
    X, y = base(800)
    for fitted in (clone(BINNING).fit(X, y), Scorecard(BINNING, split_intercept=False).fit(X, y)):
        for other in (copy.deepcopy(fitted), pickle.loads(pickle.dumps(fitted))):
            np.testing.assert_array_equal(other.transform(X).to_numpy(), fitted.transform(X).to_numpy())
            assert other.findings_ == fitted.findings_
            assert str(other.to_frame()) == str(fitted.to_frame())
        html = fitted._repr_html_()
        assert "tenure" in html
        assert "<script" not in html
        assert "BinTable('tenure'" in repr(fitted.tables_["tenure"])
        assert "month" in fitted.tables_["contract"]._repr_html_()
    assert "not fitted" in OptimalBinning()._repr_html_()
    assert repr(Scorecard(pdo=40)) == "Scorecard(pdo=40)"
    with pytest.raises(karat.NotFittedError):
        Scorecard().predict_points(X)


def test_in_a_pipeline_and_a_search():
    X, y = base(1500)
    pipeline = make_pipeline(OptimalBinning(special_values={"tenure": [-1]}), LogisticRegression())
    assert pipeline.fit(X, y).score(X, y) > 0.6
    grid = {"binning__max_bins": [2, 5], "penalty": [1.0]}
    search = GridSearchCV(Scorecard(BINNING), grid, cv=3).fit(X, y)
    assert search.best_params_["binning__max_bins"] in (2, 5)
    assert BINNING.max_bins == 10
    assert Scorecard().set_params(binning__max_bins=3).binning.max_bins == 3


def test_targets_of_any_two_classes():
    X, y = base(500)
    numbers = clone(BINNING).fit(X, y).information_values_
    for target in (y == 1, np.where(y == 1, "Yes", "No"), pd.Series(y), pl.Series(y), list(y), y * 7.0):
        assert clone(BINNING).fit(X, target).information_values_ == numbers
    turned = clone(BINNING).set_params(event=0).fit(X, y)
    assert turned.event_ == 0
    woe, other = turned.tables_["noise"], clone(BINNING).fit(X, y).tables_["noise"]
    np.testing.assert_allclose(woe.columns()["woe"], -other.columns()["woe"], atol=1e-12)
    card = Scorecard(BINNING, event="No").fit(X, np.where(y == 1, "Yes", "No"))
    assert list(card.classes_) == ["No", "Yes"]
    chance = Scorecard(BINNING).fit(X, y).predict_proba(X)
    np.testing.assert_allclose(card.predict_proba(X), chance, atol=1e-9)


def test_more_fields_than_a_row_of_a_model_has():
    rng = np.random.default_rng(5)
    X, y = rng.random((400, 300)), rng.integers(0, 2, 400)
    binning = OptimalBinning(max_bins=3, max_pre_bins=8).fit(X, y)
    assert binning.transform(X).shape == (400, 300)
    with pytest.raises(karat.ParameterError, match="128"):
        Scorecard(binning).fit(X, y)


def test_operators_schemes_from_their_files():
    """GT-1.1 and GT-1.2 of the methods: charges, tenure and suspensions to points."""
    plans = Path(__file__).parents[2] / "examples" / "plans"
    growth = {
        "charges_12m": [1800, 7990, 7990, 590, 590, 3000],
        "tenure_months": [48, 0, 1, 0, 1, 120],
        "double_suspensions": [2, 0, 0, 0, 0, 6],
        "months_since_rating": [np.nan] * 6,
        "stars_before": [None] * 6,
    }
    scores = karat.ValueModel(karat.Plan.read(plans / "growth_value.toml")).fit(growth).score(growth)
    assert scores["index"].tolist() == [2260, 7990, 8000, 590, 600, 4140]
    assert scores["grade"].tolist() == [3, 6, 7, 0, 1, 5]
    customer = {"mean_bill_12m": [149.6], "months_on_net": [61], "product_classes": [2], "arrears_stops": [1]}
    scores = karat.ValueModel(karat.Plan.read(plans / "shanghai.toml")).fit(customer).score(customer)
    assert (scores["index"][0], scores.names("grade")[0]) == (211, "4 stars")


def test_bad_input_is_named():
    X, y = base(300)
    for target, words in (
        (np.zeros(300), "two classes"),
        (np.where(np.arange(300) == 5, np.nan, y), r"missing \(1 row: 5\)"),
        (np.arange(300) % 3, "3 classes"),
        (y[:-1], "300"),
        (None, "requires y"),
    ):
        with pytest.raises((karat.DataError, karat.ShapeError, karat.ParameterError), match=words):
            clone(BINNING).fit(X, target)
    with pytest.raises(karat.DataError) as raised:
        OptimalBinning().fit(X.assign(flat=1.0, empty=np.nan, day=pd.Timestamp("2026-01-01")), y)
    assert {problem[0] for problem in raised.value.problems} == {"flat", "empty", "day"}
    assert "months since that day" in str(raised.value)
    for change, words in (
        ({"max_bins": 0}, "max_bins"),
        ({"trend": "upwards"}, "trend"),
        ({"output": "iv"}, "output"),
        ({"cuts": {"bill": [50, 40]}}, "cuts of bill"),
        ({"cuts": {"bil": [50]}}, "did you mean `bill`"),
        ({"event": 2}, "event"),
    ):
        with pytest.raises(karat.ParameterError, match=words):
            OptimalBinning(**change).fit(X, y)
    binning = clone(BINNING).fit(X, y)
    strange = X.assign(contract="weekly")
    with pytest.raises(karat.DataError, match="weekly"):
        binning.transform(strange)
    lenient = clone(BINNING).set_params(unseen="missing").fit(X, y).transform(strange)
    assert (lenient["contract"] == 0).all()  # nobody was missing: weight of evidence 0
    card = Scorecard(BINNING).fit(X, y)
    with pytest.raises(karat.DataError, match="weekly"):
        card.predict_points(strange)
    assert len(card.predict_points(strange, unseen="missing")) == 300
    with pytest.raises(karat.SchemaError, match="bill"):
        binning.transform(X.drop(columns="bill"))
    with pytest.raises(karat.ParameterError, match="`most`"):
        card.reasons(X, most=5)
    with pytest.raises(karat.ParameterError, match="against"):
        card.reasons(X, against="best")


def test_a_separated_base_warns():
    """Bins of one class each, allowed on purpose, and no penalty: the slopes have no end."""
    X = {"x": np.tile([0.0, 1.0], 100), "z": np.tile([0.0, 0.0, 1.0, 1.0], 50)}
    y = (X["x"] + X["z"] > 0).astype(int)
    card = Scorecard(OptimalBinning(min_events=0), penalty=0)
    with pytest.warns(karat.ConvergenceWarning, match="W165"):
        card.fit(X, y)
    assert {finding.code for finding in card.findings_} == {"W161", "W162", "W165"}
    assert len(set(card.set_params(penalty=1).fit(X, y).findings_)) == 4  # each field: W161 and W162


def test_threads_give_the_same_bits_and_leave_the_lock():
    X, y = base(30_000)
    one = Scorecard(BINNING, n_threads=1).fit(X, y)
    two = Scorecard(BINNING, n_threads=2).fit(X, y)
    assert one._inner.to_json() == two._inner.to_json()
    done = threading.Event()
    turns = 0

    def fit():
        for _ in range(3):
            Scorecard(BINNING, n_threads=1).fit(X, y)
        done.set()

    worker = threading.Thread(target=fit)
    worker.start()
    while not done.wait(0.001):
        turns += 1
    worker.join()
    assert turns > 3


def test_churn_of_the_telco_sample():
    path = next((path for path in TELCO if path.exists()), None)
    if path is None:
        pytest.skip("no telco.csv in shared/data beside the checkout")
    X = pl.read_csv(path)
    fields = ["tenure", "Contract", "InternetService", "PaymentMethod", "MonthlyCharges", "TotalCharges"]
    binning = OptimalBinning(trend="auto", numeric=["TotalCharges"], categorical=None)
    card = Scorecard(binning, whole_points=True).fit(X[fields], X["Churn"])
    assert card.event_ == "Yes"
    table = card.tables_["Contract"].columns()
    # Counted with polars: 1,655 of 3,875 monthly customers left.
    left = X.filter((pl.col("Contract") == "Month-to-month") & (pl.col("Churn") == "Yes"))
    place = card.tables_["Contract"].labels.index("{Month-to-month}")
    assert table["events"][place] == len(left)
    tenure = card.tables_["tenure"]
    assert (tenure.trend, tenure.exact) == ("descending", False)
    assert card.tables_["TotalCharges"].columns()["count"][-1] == 11
    # Better than tenure alone, as scikit-learn's area under the curve counts it.
    churn = (X["Churn"] == "Yes").to_numpy()
    assert roc_auc_score(churn, -card.predict_points(X)) > roc_auc_score(churn, -X["tenure"].to_numpy())
