"""A weighted index of 1,000,000 x 12: karat beside numpy, pymcdm and scikit-criteria.

CPU seconds of one thread, the best of several rounds, everything in one process on the same array. Prints a
table and, with `--json`, one line for the record.

    python benches/peers/index.py [--rows 1000000] [--json]
"""

# ruff: noqa: E402  (threads are limited before numpy is imported)
from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import argparse
import json
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import karat

COLUMNS = 12
DIRECTION = np.array([1, 1, 1, 1, 1, -1, 1, -1, 1, 1, 1, -1])
WEIGHTS = np.arange(1, COLUMNS + 1) / 78


def best(work: Callable[[], Any], rounds: int = 7) -> float:
    """CPU seconds of the quickest of some rounds."""
    work()
    least = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        work()
        least = min(least, time.process_time() - started)
    return least


def customers(rows: int) -> np.ndarray:
    """Skewed amounts, and two columns of small whole numbers."""
    random = np.random.default_rng(3)
    table = np.exp(random.normal(2, 0.8, (rows, COLUMNS)))
    table[:, 3] = random.integers(1, 120, rows)
    table[:, 7] = random.integers(1, 30, rows)
    return table


def of_numpy(table: np.ndarray) -> dict[str, float]:
    """Write the formulas by hand."""

    def normalised() -> np.ndarray:
        least, greatest = table.min(0), table.max(0)
        return np.where(DIRECTION > 0, table - least, greatest - table) / (greatest - least)

    def explained() -> np.ndarray:
        z = normalised()
        against_mean = (z - z.mean(0)) * WEIGHTS
        worst = np.argpartition(against_mean, 3, 1)[:, :3]
        order = np.argsort(np.take_along_axis(against_mean, worst, 1), 1)
        return np.take_along_axis(worst, order, 1)

    least, greatest = table.min(0), table.max(0)
    slope = WEIGHTS * DIRECTION / (greatest - least)
    shift = (slope * np.where(DIRECTION > 0, -least, -greatest)).sum()
    return {
        "numpy: bounds": best(lambda: (table.min(0), table.max(0))),
        "numpy: bounds, min-max, weighted sum": best(lambda: normalised() @ WEIGHTS),
        "numpy: weighted sum with frozen bounds (one product)": best(lambda: table @ slope + shift),
        "numpy: index, contributions, top-3 reasons": best(explained, 2),
    }


def of_packages(table: np.ndarray) -> dict[str, float]:
    """Call the packages."""
    figures = {}
    try:
        from pymcdm.methods import WSM
        from pymcdm.normalizations import minmax_normalization

        method = WSM(minmax_normalization)
        figures["pymcdm: WSM, min-max, without validation"] = best(
            lambda: method(table, WEIGHTS, DIRECTION, validation=False), 3
        )
    except ImportError:
        print("pymcdm is not installed: left out")
    try:
        import skcriteria
        from skcriteria.agg import simple
        from skcriteria.pipelines import mkpipe
        from skcriteria.preprocessing import invert_objectives, scalers

        pipe = mkpipe(
            invert_objectives.NegateMinimize(),
            scalers.MinMaxScaler(target="matrix"),
            simple.WeightedSumModel(),
        )
        decision = skcriteria.mkdm(table, DIRECTION.tolist(), weights=WEIGHTS)
        figures["scikit-criteria: negate, min-max, weighted sum"] = best(lambda: pipe.evaluate(decision), 1)
    except ImportError:
        print("scikit-criteria is not installed: left out")
    return figures


def of_karat(table: np.ndarray) -> dict[str, float]:
    """By rows as they lie, and by columns as most frames keep them."""
    index = karat.Index(WEIGHTS, better=DIRECTION, n_threads=1)
    columns = np.asfortranarray(table)
    fitted = index.fit(table)
    truth = (
        np.where(DIRECTION > 0, table - table.min(0), table.max(0) - table) / np.ptp(table, axis=0) @ WEIGHTS
    )
    difference = np.abs(fitted.score(table) - 100 * truth).max()
    if difference > 1e-10:
        raise SystemExit(f"karat and numpy differ by {difference}")
    explanation = fitted.explain(table[:10_000], top=3)
    if not np.array_equal(explanation.index, fitted.score(table[:10_000])):
        raise SystemExit("an explanation does not add up")
    return {
        "karat: fit, rows": best(lambda: index.fit(table)),
        "karat: fit, columns": best(lambda: index.fit(columns)),
        "karat: score, rows": best(lambda: fitted.score(table)),
        "karat: score, columns": best(lambda: fitted.score(columns)),
        "karat: score, contributions, top-3 reasons, rows": best(lambda: fitted.explain(table, top=3)),
        "karat: score, contributions, top-3 reasons, columns": best(lambda: fitted.explain(columns, top=3)),
    }


def main() -> None:
    """Run everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true", help="one line for the record")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    table = customers(options.rows)
    figures = of_karat(table) | of_numpy(table) | of_packages(table)
    if options.json:
        rounded = {name: round(seconds, 5) for name, seconds in figures.items()}
        print(json.dumps({"rows": options.rows, "cpu_seconds": rounded}))
        return
    print(f"{options.rows:,} x {COLUMNS}, CPU milliseconds of one thread")
    for name, seconds in figures.items():
        print(f"{seconds * 1e3:10.2f}  {name}")


if __name__ == "__main__":
    main()
