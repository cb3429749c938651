"""The estimators against scikit-learn's own battery."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from sklearn.base import clone, is_clusterer
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

import karat
from karat import KMeans


@parametrize_with_checks([KMeans(), KMeans(n_clusters=2, init="random", n_init=1)])
def test_battery(estimator, check):
    check(estimator)


def test_the_battery_is_whole():
    """A tag that skips checks would go unnoticed: 54 of them run in scikit-learn 1.9, none fails."""
    results = check_estimator(KMeans(), on_skip=None)
    statuses = {result["check_name"]: result["status"] for result in results}
    skipped = {name for name, status in statuses.items() if status == "skipped"}
    # Needs an environment variable set before scipy is imported.
    assert skipped <= {"check_array_api_input"}
    assert {status for name, status in statuses.items() if name not in skipped} == {"passed"}
    minor = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
    assert len(results) == 54 if minor == (1, 9) else len(results) > 45
    named = {
        "check_sample_weight_equivalence_on_dense_data",
        "check_transformer_general",
        "check_methods_subset_invariance",
        "check_n_features_in_after_fitting",
    }
    assert named <= statuses.keys()


def test_clustering_checks():
    """They are chosen by inheritance from scikit-learn's mixin, which karat does without."""
    checks = list(estimator_checks._yield_clustering_checks(KMeans()))
    assert len(checks) >= 4
    for check in checks:
        check("KMeans", KMeans())


@pytest.mark.parametrize(
    "name",
    [
        "check_dataframe_column_names_consistency",
        "check_transformer_get_feature_names_out",
        "check_transformer_get_feature_names_out_pandas",
        "check_set_output_transform",
        "check_set_output_transform_pandas",
        "check_set_output_transform_polars",
        "check_global_output_transform_pandas",
        "check_global_set_output_transform_polars",
    ],
)
def test_checks_that_scikit_learn_keeps_for_its_own_estimators(name):
    getattr(estimator_checks, name)("KMeans", KMeans(n_clusters=3))


def test_clones_and_pickles():
    estimator = KMeans(3, random_state=1, init="random").set_output(transform="pandas")
    copy = clone(estimator)
    assert copy.get_params() == estimator.get_params()
    X = np.random.default_rng(0).normal(size=(50, 2))
    estimator.fit(X)
    read = pickle.loads(pickle.dumps(estimator))
    assert np.array_equal(read.predict(X), estimator.labels_)
    assert read.transform(X).equals(estimator.transform(X))
    assert isinstance(copy.fit(X).transform(X), pd.DataFrame), "clone keeps the output"
    assert is_clusterer(estimator)


def test_set_output_and_the_global_setting():
    frame = pd.DataFrame({"a": [0.0, 1.0, 5.0], "b": [1.0, 1.0, 9.0]}, index=[7, 8, 9])
    found = KMeans(2, random_state=0).fit(frame)
    assert isinstance(found.transform(frame), np.ndarray)
    with sklearn.config_context(transform_output="pandas"):
        table = found.transform(frame)
    assert list(table.columns) == ["kmeans0", "kmeans1"]
    assert list(table.index) == [7, 8, 9]
    assert isinstance(found.set_output(transform="polars").transform(frame), pl.DataFrame)
    with pytest.raises(karat.ParameterError, match="`transform` must be default, pandas or polars"):
        found.set_output(transform="arrow")


def test_in_pipelines_and_searches():
    X = np.random.default_rng(0).normal(size=(120, 3)) * [1, 10, 100]
    pipeline = make_pipeline(StandardScaler(), KMeans(3, random_state=0))
    labels = pipeline.fit_predict(X)
    assert np.array_equal(pipeline.predict(X), labels)
    assert pipeline.fit_transform(X).shape == (120, 3)
    assert pipeline[:1].get_feature_names_out().tolist() == ["x0", "x1", "x2"]
    assert pipeline.get_feature_names_out().tolist() == ["kmeans0", "kmeans1", "kmeans2"]
    search = GridSearchCV(KMeans(random_state=0), {"n_clusters": [2, 4, 6]}, cv=3).fit(X)
    assert search.best_params_["n_clusters"] in (2, 4, 6)


def test_unfitted_estimators_raise_both_classes():
    with pytest.raises(NotFittedError) as caught:
        KMeans().predict([[1.0]])
    assert isinstance(caught.value, karat.NotFittedError)
    assert isinstance(caught.value, karat.KaratError)


def test_unknown_parameters_are_named():
    with pytest.raises(karat.ParameterError, match="invalid parameter `k` of KMeans"):
        KMeans().set_params(k=3)
