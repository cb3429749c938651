"""Wavelet networks beside the classifiers people use on customer tables.

Every program gets the same repeated stratified folds (seed 20240501), raw columns, and its defaults; one
thread each. Linear models and MLPs see one-hot categories and standardised numbers, boosted trees their own
way of categories. Measured on each fold: area under the ROC curve, log loss, Brier score, the slope of a
logistic regression on the log-odds (calibration, 1 is right), and CPU seconds of the fit.

    KARAT_DATA=folder python benches/peers/wavelet.py --repeats 2 --out figures.json
    python benches/peers/wavelet.py --models karat,logistic --data telco
    python benches/peers/wavelet.py --large 1000000 --threads 1

The folder holds `telco.csv` (IBM's telco customer churn) and `mlc_churn.csv` (churn of the MLC++ library);
sets that are absent are left out with a line that says so. Programs that are not installed likewise.
`--large` fits the defaults to so many generated rows of 30 fields instead, and tells time and memory.
`wavelet_unseen.py` compares on sets that nothing was chosen on.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from threadpoolctl import threadpool_limits

SEED = 20240501


def telco(folder: Path) -> tuple[pd.DataFrame, np.ndarray]:
    """IBM's customers; the eleven blanks of total charges are customers of no month yet."""
    table = pd.read_csv(folder / "telco.csv").drop(columns=["customerID"])
    table["TotalCharges"] = pd.to_numeric(table["TotalCharges"], errors="coerce").fillna(0.0)
    table["SeniorCitizen"] = table["SeniorCitizen"].map({0: "No", 1: "Yes"})
    return table.drop(columns=["Churn"]), (table["Churn"] == "Yes").to_numpy().astype(int)


def mlc(folder: Path) -> tuple[pd.DataFrame, np.ndarray]:
    """Read the churn set of the MLC++ library."""
    table = pd.read_csv(folder / "mlc_churn.csv")
    return table.drop(columns=["churn"]), (table["churn"] == "yes").to_numpy().astype(int)


def generated(name: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Draw a set that nothing was chosen on, by scikit-learn's generators."""
    from sklearn.datasets import make_classification, make_hastie_10_2

    if name == "hastie":
        X, y = make_hastie_10_2(4000, random_state=1)
        return pd.DataFrame(X).add_prefix("x"), (y > 0).astype(int)
    X, y = make_classification(
        4000, 20, n_informative=8, n_redundant=4, n_clusters_per_class=3, flip_y=0.1, random_state=2
    )
    return pd.DataFrame(X).add_prefix("x"), y


SETS: dict[str, Callable[[Path], tuple[pd.DataFrame, np.ndarray]]] = {
    "telco": telco,
    "mlc": mlc,
    "hastie": lambda _: generated("hastie"),
    "clusters": lambda _: generated("clusters"),
}


def is_text(table: pd.DataFrame) -> list[bool]:
    """Tell which columns are text."""
    return [not pd.api.types.is_numeric_dtype(table[name]) for name in table]


class OneHot:
    """A model behind one-hot categories and standardised numbers."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def fit(self, table: pd.DataFrame, y: np.ndarray) -> OneHot:
        """Prepare and fit."""
        texts = [name for name, text in zip(table, is_text(table), strict=True) if text]
        numbers = [name for name in table if name not in texts]
        scaled = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
        coded = OneHotEncoder(handle_unknown="ignore", sparse_output=False, drop="if_binary")
        self.prepare = ColumnTransformer([("numbers", scaled, numbers), ("texts", coded, texts)])
        self.model.fit(self.prepare.fit_transform(table), y)
        return self

    def chance(self, table: pd.DataFrame) -> np.ndarray:
        """Return the probability of the event."""
        return self.model.predict_proba(self.prepare.transform(table))[:, 1]


class Ordinal:
    """Boosted trees behind codes of categories, which `make` is told the places of."""

    def __init__(self, make: Callable[[list[int]], Any], whole: bool = False) -> None:
        self.make, self.whole = make, whole

    def fit(self, table: pd.DataFrame, y: np.ndarray) -> Ordinal:
        """Prepare and fit."""
        texts = [name for name, text in zip(table, is_text(table), strict=True) if text]
        numbers = [name for name in table if name not in texts]
        codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
        self.prepare = ColumnTransformer([("numbers", "passthrough", numbers), ("texts", codes, texts)])
        self.places = list(range(len(numbers), len(numbers) + len(texts)))
        prepared = self._prepared(self.prepare.fit_transform(table))
        self.model = self.make(self.places).fit(prepared, y)
        return self

    def _prepared(self, values: np.ndarray) -> Any:
        if not self.whole:
            return values
        frame = pd.DataFrame(values)
        return frame.astype(dict.fromkeys(self.places, int))

    def chance(self, table: pd.DataFrame) -> np.ndarray:
        """Return the probability of the event."""
        return self.model.predict_proba(self._prepared(self.prepare.transform(table)))[:, 1]


class Raw:
    """A model that takes tables as they are."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def fit(self, table: pd.DataFrame, y: np.ndarray) -> Raw:
        """Prepare and fit."""
        self.model.fit(table, y)
        return self

    def chance(self, table: pd.DataFrame) -> np.ndarray:
        """Return the probability of the event."""
        return self.model.predict_proba(table)[:, 1]


def karat() -> Any:
    """Make it with its defaults."""
    from karat import WaveletNetworkClassifier

    return Raw(WaveletNetworkClassifier(random_state=0, n_threads=1))


def karat_single() -> Any:
    """Make one network of one library."""
    from karat import WaveletNetworkClassifier

    return Raw(WaveletNetworkClassifier(n_libraries=1, n_members=1, random_state=0, n_threads=1))


def lightgbm() -> Any:
    """Make it with its defaults."""
    from lightgbm import LGBMClassifier

    return Ordinal(lambda _: LGBMClassifier(n_jobs=1, verbose=-1, random_state=SEED))


def xgboost() -> Any:
    """Make it with its defaults."""
    from xgboost import XGBClassifier

    return OneHot(XGBClassifier(n_jobs=1, random_state=SEED))


def catboost() -> Any:
    """Make it with its defaults."""
    from catboost import CatBoostClassifier

    def make(places: list[int]) -> Any:
        return CatBoostClassifier(
            cat_features=places, thread_count=1, verbose=0, random_seed=SEED, allow_writing_files=False
        )

    return Ordinal(make, whole=True)


def ebm() -> Any:
    """Make it with its defaults."""
    from interpret.glassbox import ExplainableBoostingClassifier

    return Raw(ExplainableBoostingClassifier(n_jobs=1, random_state=SEED))


MODELS: dict[str, tuple[str, Callable[[], Any]]] = {
    "karat": ("karat", karat),
    "karat_single": ("karat", karat_single),
    "logistic": ("sklearn", lambda: OneHot(LogisticRegression(max_iter=2000))),
    "mlp": ("sklearn", lambda: OneHot(MLPClassifier(random_state=SEED, max_iter=300))),
    "hgb": (
        "sklearn",
        lambda: Ordinal(
            lambda places: HistGradientBoostingClassifier(categorical_features=places, random_state=SEED)
        ),
    ),
    "lightgbm": ("lightgbm", lightgbm),
    "xgboost": ("xgboost", xgboost),
    "catboost": ("catboost", catboost),
    "ebm": ("interpret", ebm),
}


def calibration_slope(y: np.ndarray, chance: np.ndarray) -> float:
    """Slope of a logistic regression of the class on the forecast log-odds."""
    odds = np.log(chance / (1 - chance))[:, None]
    return float(LogisticRegression(C=1e6).fit(odds, y).coef_[0, 0])


def measure(model: str, table: pd.DataFrame, y: np.ndarray, repeats: int, most: int) -> pd.DataFrame:
    """One row for each fold."""
    found = []
    folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=repeats, random_state=SEED).split(table, y)
    for number, (train, test) in enumerate(folds):
        if number >= most:
            break
        program = MODELS[model][1]()
        start = time.process_time()
        program.fit(table.iloc[train], y[train])
        seconds = time.process_time() - start
        chance = np.clip(program.chance(table.iloc[test]), 1e-7, 1 - 1e-7)
        found.append(
            {
                "auc": roc_auc_score(y[test], chance),
                "log_loss": log_loss(y[test], chance),
                "brier": brier_score_loss(y[test], chance),
                "slope": calibration_slope(y[test], chance),
                "fit_seconds": seconds,
            }
        )
    return pd.DataFrame(found)


def large(rows: int, threads: int | None) -> None:
    """Fit 24 numbers and 6 texts, some missing, and print what it took beyond the table itself."""
    import resource

    from karat import WaveletNetworkClassifier

    random = np.random.default_rng(SEED)
    table: dict[str, Any] = {f"x{j}": random.normal(size=rows) for j in range(24)}
    table["x0"][random.random(rows) < 0.1] = np.nan
    for j in range(6):
        codes = random.integers(0, 5 + j, rows)
        table[f"t{j}"] = pd.Categorical.from_codes(codes, [f"label {code}" for code in range(5 + j)])
    bent = np.sin(2 * table["x1"]) * table["x2"] + table["x3"] ** 2 - 1 + (table["t0"].codes == 2)
    y = (random.random(rows) < 1 / (1 + np.exp(-bent))).astype(int)
    frame = pd.DataFrame(table, copy=False)
    size = frame.memory_usage(deep=True).sum() / 2**20
    peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10  # noqa: E731
    before, wall, cpu = peak(), time.perf_counter(), time.process_time()
    network = WaveletNetworkClassifier(random_state=0, n_threads=threads, verbose=1).fit(frame, y)
    print(
        f"{rows:,} rows x {frame.shape[1]} fields ({size:.0f} MiB): {network.n_rows_:,} distinct rows fitted "
        f"in {time.perf_counter() - wall:.1f} s, {time.process_time() - cpu:.1f} CPU s, peak memory "
        f"{peak() - before:.0f} MiB above the {before:.0f} MiB of before, log loss on unseen rows "
        f"{network.held_out_loss_:.4f} (linear {network.linear_loss_:.4f})"
    )


def main() -> None:
    """Measure what is asked for and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", default=",".join(SETS))
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--folder", type=Path, default=Path(os.environ.get("KARAT_DATA", "data")))
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--most", type=int, default=10_000, help="folds at the most")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--large", type=int, help="rows of a generated table to be fitted")
    parser.add_argument("--threads", type=int, help="threads of that fit, all by default")
    asked = parser.parse_args()
    if asked.large:
        large(asked.large, asked.threads)
        return
    warnings.filterwarnings("ignore")
    results: dict[str, Any] = {}
    print("| data | model | AUC | log loss | Brier | calibration slope | fit, CPU s |")
    print("|---|---|---|---|---|---|---|")
    for data in asked.data.split(","):
        try:
            table, y = SETS[data](asked.folder)
        except FileNotFoundError as absent:
            print(f"{data} is left out: {absent.filename} is absent")
            continue
        for model in asked.models.split(","):
            if find_spec(MODELS[model][0]) is None:
                print(f"{model} is left out: {MODELS[model][0]} is not installed")
                continue
            with threadpool_limits(1):
                found = measure(model, table, y, asked.repeats, asked.most)
            mean, spread = found.mean(), found["auc"].std()
            print(
                f"| {data} | {model} | {mean.auc:.4f} ({spread:.4f}) | {mean.log_loss:.4f} "
                f"| {mean.brier:.4f} | {mean.slope:.2f} | {mean.fit_seconds:.2f} |",
                flush=True,
            )
            results[f"{data}/{model}"] = {"mean": mean.to_dict(), "folds": found.to_dict("list")}
    if asked.out:
        asked.out.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
