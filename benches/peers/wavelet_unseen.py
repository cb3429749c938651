"""Wavelet networks on sets that their defaults were not chosen on, beside what people use.

The defaults of `WaveletNetworkClassifier` were chosen looking at two sets of customers, telco and mlc
(`wavelet.py`). Here are public sets of other trades that come with scikit-learn, and generated ones: two
or more classes by log loss and accuracy, numbers by the share of the variance that is missed (1 - R2).
Repeated 5-fold, the same folds for all, defaults, one thread, CPU seconds of a fit.

    python benches/peers/wavelet_unseen.py
    python benches/peers/wavelet_unseen.py --data diabetes,wine --models karat,linear --repeats 1
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from sklearn import datasets
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import accuracy_score, log_loss, r2_score
from sklearn.model_selection import RepeatedKFold, RepeatedStratifiedKFold
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

SEED = 20240501

Set = tuple[np.ndarray, np.ndarray, bool]


def _loaded(load: Callable[..., Any], numbers: bool = False) -> Callable[[], Set]:
    return lambda: (*load(return_X_y=True), numbers)


SETS: dict[str, Callable[[], Set]] = {
    "breast_cancer": _loaded(datasets.load_breast_cancer),
    "wine": _loaded(datasets.load_wine),
    "digits": _loaded(datasets.load_digits),
    "diabetes": _loaded(datasets.load_diabetes, numbers=True),
    "moons": lambda: (*datasets.make_moons(2000, noise=0.3, random_state=3), False),
    "quantiles": lambda: (
        *datasets.make_gaussian_quantiles(n_samples=3000, n_features=6, n_classes=4, random_state=4),
        False,
    ),
    "friedman1": lambda: (*datasets.make_friedman1(2000, noise=1.0, random_state=5), True),
    "friedman2": lambda: (*datasets.make_friedman2(2000, noise=120.0, random_state=6), True),
    "friedman3": lambda: (*datasets.make_friedman3(2000, noise=0.1, random_state=7), True),
}


def karat(numbers: bool, family: str = "sparse") -> Any:
    """Make it with its defaults."""
    from karat import WaveletNetworkClassifier, WaveletNetworkRegressor

    kind = WaveletNetworkRegressor if numbers else WaveletNetworkClassifier
    return kind(family, random_state=0, n_threads=1)


def boosted(package: str, name: str, **options: Any) -> Callable[[bool], Any]:
    """Make a program of boosted trees with its defaults."""

    def make(numbers: bool) -> Any:
        module = __import__(package)
        return getattr(module, name + ("Regressor" if numbers else "Classifier"))(**options)

    return make


def scaled(classifier: Callable[[], Any], regressor: Callable[[], Any]) -> Callable[[bool], Any]:
    """Make a model behind standardised numbers."""
    return lambda numbers: make_pipeline(StandardScaler(), regressor() if numbers else classifier())


MODELS: dict[str, tuple[str, Callable[[bool], Any]]] = {
    "karat": ("karat", karat),
    "karat ridge": ("karat", lambda numbers: karat(numbers, "ridge")),
    "karat product": ("karat", lambda numbers: karat(numbers, "product")),
    "karat radial": ("karat", lambda numbers: karat(numbers, "radial")),
    "linear": ("sklearn", scaled(lambda: LogisticRegression(max_iter=5000), RidgeCV)),
    "mlp": (
        "sklearn",
        scaled(
            lambda: MLPClassifier(random_state=SEED, max_iter=300),
            lambda: MLPRegressor(random_state=SEED, max_iter=300),
        ),
    ),
    "forest": (
        "sklearn",
        lambda numbers: (RandomForestRegressor if numbers else RandomForestClassifier)(random_state=SEED),
    ),
    "hgb": (
        "sklearn",
        lambda numbers: (HistGradientBoostingRegressor if numbers else HistGradientBoostingClassifier)(
            random_state=SEED
        ),
    ),
    "lightgbm": ("lightgbm", boosted("lightgbm", "LGBM", n_jobs=1, verbose=-1, random_state=SEED)),
    "xgboost": ("xgboost", boosted("xgboost", "XGB", n_jobs=1, random_state=SEED)),
    "catboost": (
        "catboost",
        boosted(
            "catboost", "CatBoost", thread_count=1, verbose=0, random_seed=SEED, allow_writing_files=False
        ),
    ),
}


def measure(model: str, of: Set, repeats: int) -> tuple[float, float, float]:
    """Mean loss, second measure and CPU seconds over the folds."""
    X, y, numbers = of
    splitter = RepeatedKFold if numbers else RepeatedStratifiedKFold
    found = []
    for train, test in splitter(n_splits=5, n_repeats=repeats, random_state=SEED).split(X, y):
        program = MODELS[model][1](numbers)
        start = time.process_time()
        program.fit(X[train], y[train])
        seconds = time.process_time() - start
        if numbers:
            missed = 1 - r2_score(y[test], program.predict(X[test]))
            found.append((missed, 1 - missed, seconds))
            continue
        chance = np.clip(program.predict_proba(X[test]).astype(float), 1e-7, 1 - 1e-7)
        chance /= chance.sum(axis=1, keepdims=True)
        right = accuracy_score(y[test], program.classes_[chance.argmax(axis=1)])
        found.append((log_loss(y[test], chance, labels=program.classes_), right, seconds))
    means = np.mean(found, axis=0)
    return float(means[0]), float(means[1]), float(means[2])


def main() -> None:
    """Measure what is asked for and print a table for each set, the best first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", default=",".join(SETS))
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--repeats", type=int, default=1)
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")
    models = []
    for model in asked.models.split(","):
        if find_spec(MODELS[model][0]) is None:
            print(f"{model} is left out: {MODELS[model][0]} is not installed")
        else:
            models.append(model)
    places = {model: [] for model in models}
    for data in asked.data.split(","):
        of = SETS[data]()
        loss, other = ("1 - R2", "R2") if of[2] else ("log loss", "accuracy")
        print(f"\n{data}: {of[0].shape[0]} rows, {of[0].shape[1]} fields\n")
        print(f"| model | {loss} | {other} | fit, CPU s |\n|---|---|---|---|", flush=True)
        with threadpool_limits(1):
            found = [(model, *measure(model, of, asked.repeats)) for model in models]
        for place, (model, first, second, seconds) in enumerate(sorted(found, key=lambda row: row[1]), 1):
            places[model].append(place)
            print(f"| {model} | {first:.4f} | {second:.4f} | {seconds:.2f} |", flush=True)
    print("\nmean place over the sets: ", end="")
    means = sorted((float(np.mean(found)), model) for model, found in places.items())
    print(", ".join(f"{model} {mean:.1f}" for mean, model in means))


if __name__ == "__main__":
    main()
