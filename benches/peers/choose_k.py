"""How often the number of segments is right, and what the table costs: karat beside scikit-learn.

The mixtures are those of `mixtures.py`. scikit-learn's side takes the best k by silhouette, Calinski-Harabasz
or Davies-Bouldin over `KMeans(n_init=5)`; the gap statistic is that of Tibshirani and others with ten
references, over scikit-learn's `KMeans`. `--learn` fits anew the weights of karat's rule, on seeds that the
comparison does not use. `--cost` times the table for k = 2..12 on a million rows of eight columns (one
thread, CPU seconds) beside `KMeans` and `silhouette_score(sample_size=10_000)` for every k.

    python benches/peers/choose_k.py [--mixtures 200] [--seed 7] [--json]
    python benches/peers/choose_k.py --cost [--rows 1000000]
    python benches/peers/choose_k.py --learn
"""

# ruff: noqa: E402  (threads are limited before numpy is imported)
from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import argparse
import json
import time
from typing import Any

import numpy as np
from mixtures import Mixture, mixture, single
from numpy.typing import NDArray

from karat.segments import choose_k

KS = range(1, 13)
#: Seeds the rule was learned on; the comparison uses others.
LEARNING = {"mixtures": (2024, 540), "single": (2024, 120), "single, log-normal": (2025, 150)}
PENALTY = 0.0005


def by_scikit_learn(rows: NDArray[np.float64], references: int = 10) -> dict[str, int]:
    """Return what each index alone recommends."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score

    random = np.random.default_rng(0)
    boxes = [random.uniform(rows.min(0), rows.max(0), rows.shape) for _ in range(references)]
    scores: dict[str, dict[int, float]] = {"silhouette": {}, "Calinski-Harabasz": {}, "Davies-Bouldin": {}}
    gaps, errors = [], []
    for k in KS:
        model = KMeans(k, n_init=5, random_state=0).fit(rows)
        if k > 1:
            scores["silhouette"][k] = silhouette_score(rows, model.labels_)
            scores["Calinski-Harabasz"][k] = calinski_harabasz_score(rows, model.labels_)
            scores["Davies-Bouldin"][k] = -davies_bouldin_score(rows, model.labels_)
        logs = [np.log(KMeans(k, n_init=1, random_state=0).fit(box).inertia_) for box in boxes]
        gaps.append(np.mean(logs) - np.log(model.inertia_))
        errors.append(np.std(logs) * np.sqrt(1 + 1 / references))
    found = {name: max(values, key=values.__getitem__) for name, values in scores.items()}
    fits = (i for i in range(len(gaps) - 1) if gaps[i] >= gaps[i + 1] - errors[i + 1])
    found["gap statistic"] = KS[next(fits, len(gaps) - 1)]
    return found


def compare(seed: int, count: int, peers: bool) -> dict[str, Any]:
    """Share of mixtures whose k each method finds."""
    right: dict[str, int] = {}
    sure: list[tuple[float, bool]] = []
    by_shape: dict[str, list[bool]] = {}
    for number in range(count):
        made = mixture(seed, number)
        choice = choose_k(made.rows, KS, resamples=0, n_threads=1)
        found = {"karat": choice.recommended_k, **(by_scikit_learn(made.rows) if peers else {})}
        for name, k in found.items():
            right[name] = right.get(name, 0) + int(k == made.k)
        sure.append((choice.probability, choice.recommended_k == made.k))
        by_shape.setdefault(made.shape, []).append(choice.recommended_k == made.k)
        if (number + 1) % 20 == 0:
            print(number + 1, right, flush=True)
    bands = {}
    for low, high in ((0.0, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.01)):
        inside = [hit for probability, hit in sure if low <= probability < high]
        bands[f"{low} to {min(high, 1.0)}"] = (len(inside), float(np.mean(inside)) if inside else None)
    alone = [
        choose_k(single(seed, i).rows, KS, resamples=0, n_threads=1).recommended_k for i in range(count // 4)
    ]
    return {
        "mixtures": count,
        "right": {name: hits / count for name, hits in right.items()},
        "right by shape": {shape: float(np.mean(hits)) for shape, hits in by_shape.items()},
        "right by stated probability": bands,
        "single groups called one": float(np.mean(np.array(alone) == 1)),
    }


def cost(rows: int, repeat: int) -> dict[str, Any]:
    """CPU seconds of the table over k = 2..12."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    random = np.random.default_rng(0)
    base = np.exp(
        random.normal(size=(rows, 4)) @ random.normal(size=(4, 8)) * 0.4 + random.normal(size=(rows, 8)) / 2
    )
    table = (np.log1p(base) - np.log1p(base).mean(0)) / np.log1p(base).std(0)
    times: dict[str, list[float]] = {"karat": [], "scikit-learn": []}
    for _ in range(repeat):
        start = time.process_time()
        choice = choose_k(table, range(2, 13), n_threads=1)
        times["karat"].append(time.process_time() - start)
    start = time.process_time()
    inertias = []
    for k in range(2, 13):
        model = KMeans(k, random_state=0).fit(table)
        silhouette_score(table, model.labels_, sample_size=10_000, random_state=0)
        inertias.append(model.inertia_)
    times["scikit-learn"].append(time.process_time() - start)
    best = {name: min(values) for name, values in times.items()}
    worse = np.array(choice.table["inertia"][1:]) / np.array(inertias) - 1
    print(choice)
    return {
        "rows": rows,
        "CPU seconds": best,
        "ratio": best["scikit-learn"] / best["karat"],
        "inertia above scikit-learn's, largest": float(worse.max()),
    }


def learn() -> None:
    """Fit the multinomial logit and print its weights by name."""
    from scipy.optimize import minimize

    made: list[Mixture] = []
    for name, (seed, count) in LEARNING.items():
        kind = mixture if name == "mixtures" else single
        made += [kind(seed, number) for number in range(count)]
    names: list[str] = []
    features = []
    for one in made:
        names, values = choose_k(one.rows, KS, resamples=0, n_threads=1)._features
        features.append(values)
    x, truth = np.array(features), np.array([one.k - 1 for one in made])
    scale = x.reshape(-1, x.shape[2]).std(0) + 1e-12
    z, own = x / scale, np.arange(len(truth))

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = z @ weights
        odds = np.exp(scores - scores.max(1, keepdims=True))
        shares = odds / odds.sum(1, keepdims=True)
        value = -np.log(shares[own, truth] + 1e-300).mean() + PENALTY * weights @ weights
        slope = (shares[:, :, None] * z).sum(1) - z[own, truth]
        return value, slope.mean(0) + 2 * PENALTY * weights

    found = minimize(loss, np.zeros(x.shape[2]), jac=True, method="L-BFGS-B", options={"maxiter": 1000})
    for name, weight in zip(names, found.x / scale, strict=True):
        print(f"{weight:9.3f}  {name}")


def main() -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mixtures", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--cost", action="store_true", help="time the table instead")
    parser.add_argument("--learn", action="store_true", help="fit the rule's weights instead")
    parser.add_argument("--alone", action="store_true", help="without the peers")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.learn:
        learn()
        return
    if arguments.cost:
        result = cost(arguments.rows, arguments.repeat)
    else:
        result = compare(arguments.seed, arguments.mixtures, not arguments.alone)
    print(json.dumps(result) if arguments.json else json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
