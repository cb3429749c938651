"""Priorities of 2,000 random judgment matrices: karat beside ahpy, pyDecision, pyanp and pymcdm.

Complete and incomplete matrices of 3 to 15 items, judged by an expert with log-normal noise on Saaty's
scale. Every priority vector of a package is compared with karat's; then the time of one 9 x 9 and of 10,000
is taken, CPU seconds of one thread. Differences above 1e-9 are counted and shown.

    python benches/peers/ahp.py [--matrices 2000] [--json]
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
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import karat

SCALE = np.r_[1 / np.arange(9, 1, -1), np.arange(1, 10)]
TOLERANCE = 1e-9


def experts(n: int, count: int, random: np.random.Generator) -> np.ndarray:
    """Hidden weights, ratios with log-normal noise, rounded to the scale."""
    weights = np.exp(random.normal(0, 0.7, (count, n)))
    noise = np.exp(random.normal(0, 0.35, (count, n, n)))
    upper = np.triu_indices(n, 1)
    exact = np.log((weights[:, :, None] / weights[:, None, :] * noise)[:, upper[0], upper[1]])
    nearest = SCALE[np.abs(exact[..., None] - np.log(SCALE)).argmin(-1)]
    matrices = np.ones((count, n, n))
    matrices[:, upper[0], upper[1]] = nearest
    matrices[:, upper[1], upper[0]] = 1 / nearest
    return matrices


def with_gaps(matrix: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Leave some pairs out (NaN), so that every item is still linked to the others."""
    n = len(matrix)
    chain = random.permutation(n)
    linked = {frozenset(pair) for pair in zip(chain[:-1].tolist(), chain[1:].tolist(), strict=True)}
    free = [
        pair for pair in zip(*np.triu_indices(n, 1), strict=True) if frozenset(map(int, pair)) not in linked
    ]
    most = max(1, len(free) // 2)
    gapped = matrix.copy()
    for i, j in random.permutation(free)[: random.integers(1, most + 1)]:
        gapped[i, j] = gapped[j, i] = np.nan
    return gapped


Peer = Callable[[np.ndarray], np.ndarray]


def complete_peers() -> Iterator[tuple[str, str, Peer]]:
    """Name, karat's method, and how the package is called."""
    try:
        import ahpy

        yield "ahpy, precision 12", "eigenvector", lambda a: _ahpy(ahpy, a)
    except ImportError:
        print("ahpy is not installed: left out")
    try:
        from pyDecision.algorithm import ahp_method

        yield "pyDecision, wd='me'", "eigenvector", lambda a: np.ravel(ahp_method(a, wd="me")[0])
        yield "pyDecision, wd='g'", "geometric_mean", lambda a: np.ravel(ahp_method(a, wd="g")[0])
        yield "pyDecision, wd='m' (default)", "column_mean", lambda a: np.ravel(ahp_method(a, wd="m")[0])
    except ImportError:
        print("pyDecision is not installed: left out")
    try:
        from pyanp import priority

        yield "pyanp, eigenvector", "eigenvector", lambda a: np.asarray(priority.pri_eigen(a))
        yield "pyanp, LLSM", "geometric_mean", lambda a: _normalised(priority.pri_llsm(a))
    except ImportError:
        print("pyanp is not installed: left out")
    try:
        from pymcdm.weights.subjective import AHP

        yield "pymcdm", "eigenvector", lambda a: np.asarray(AHP(matrix=a)())
    except ImportError:
        print("pymcdm is not installed: left out")


def incomplete_peers() -> Iterator[tuple[str, str, Peer]]:
    """As `complete_peers`, with karat's way of completion."""
    try:
        from scipy import optimize

        yield "scipy, quasi-Newton on lambda_max", "optimal", lambda a: _scipy_completion(optimize, a)
    except ImportError:
        print("scipy is not installed: left out")
    try:
        import ahpy

        yield "ahpy, optimal completion, tolerance 1e-4 (default)", "optimal", lambda a: _ahpy(ahpy, a)
    except ImportError:
        pass
    try:
        from pyanp import priority

        yield "pyanp, Harker", "harker", lambda a: _pyanp_harker(priority, a)
    except ImportError:
        pass


def _ahpy(ahpy: Any, matrix: np.ndarray) -> np.ndarray:
    n = len(matrix)
    given = {
        (str(i), str(j)): float(matrix[i, j])
        for i in range(n)
        for j in range(i + 1, n)
        if not np.isnan(matrix[i, j])
    }
    weights = ahpy.Compare("c", given, precision=12, random_index="saaty" if n < 16 else "dd").local_weights
    return np.array([float(weights[str(i)]) for i in range(n)])


def _scipy_completion(optimize: Any, matrix: np.ndarray) -> np.ndarray:
    """Least lambda_max over the logarithms of the missing judgments, convex there (Bozoki and others, 2010).

    No package: the definition itself, by numpy's eigenvectors and scipy's general methods.
    """
    rows, columns = np.nonzero(np.triu(np.isnan(matrix)))

    def principal(logarithms: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        filled = matrix.copy()
        filled[rows, columns], filled[columns, rows] = np.exp(logarithms), np.exp(-logarithms)
        values, right = np.linalg.eig(filled)
        at = values.real.argmax()
        transposed_values, left = np.linalg.eig(filled.T)
        u, v = left[:, transposed_values.real.argmax()].real, right[:, at].real
        slope = u[rows] * filled[rows, columns] * v[columns] - u[columns] * filled[columns, rows] * v[rows]
        return values[at].real, slope / (u @ v), v / v.sum()

    start = optimize.minimize(
        lambda x: principal(x)[:2], np.zeros(len(rows)), jac=True, method="BFGS", options={"gtol": 1e-7}
    ).x
    return principal(optimize.root(lambda x: principal(x)[1], start, options={"xtol": 1e-14}).x)[2]


def _pyanp_harker(priority: Any, matrix: np.ndarray) -> np.ndarray:
    return np.asarray(priority.pri_eigen(np.nan_to_num(matrix), error=1e-14, use_harker=True))


def _normalised(values: Any) -> np.ndarray:
    values = np.asarray(values, dtype=float)
    return values / values.sum()


def agreement(matrices: list[np.ndarray], peers: list[tuple[str, str, Peer]], ours: Any) -> dict[str, Any]:
    """Largest difference of each package, and how many matrices it was far off or failed on."""
    found: dict[str, Any] = {}
    for name, method, peer in peers:
        differences, failures = [], {}
        for matrix in matrices:
            wanted = ours(matrix, method)
            try:
                differences.append(float(np.abs(peer(matrix.copy()) - wanted).max()))
            except Exception as error:
                reason = f"{type(error).__name__}: {str(error)[:60]}"
                failures[reason] = failures.get(reason, 0) + 1
        array = np.array(differences)
        found[name] = {
            "compared": len(array),
            "within 1e-9": int((array <= TOLERANCE).sum()),
            "median": float(np.median(array)) if len(array) else None,
            "largest": float(array.max()) if len(array) else None,
            "failed": failures,
        }
    return found


def _complete(matrix: np.ndarray, method: str) -> np.ndarray:
    weights = karat.weights.ahp(matrix, method=method, threshold=1e9).weights
    return np.fromiter(weights.values(), float)


def _incomplete(matrix: np.ndarray, completion: str) -> np.ndarray:
    priorities = _named(matrix).priorities(completion=completion)
    return np.fromiter(priorities.weights.values(), float)


def _named(matrix: np.ndarray) -> karat.PairwiseMatrix:
    return karat.PairwiseMatrix(matrix, [f"x{i}" for i in range(len(matrix))])


def best(work: Callable[[], Any], target: float = 0.2, rounds: int = 7) -> float:
    """CPU seconds of one call, the quickest of some rounds of many calls."""
    started = time.process_time()
    work()
    calls = max(1, int(target / rounds / max(time.process_time() - started, 1e-7)))
    least = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        for _ in range(calls):
            work()
        least = min(least, (time.process_time() - started) / calls)
    return least


def speed(random: np.random.Generator) -> dict[str, float]:
    """Microseconds of one 9 x 9 with its consistency ratio, milliseconds of 10,000, and of one with gaps."""
    many = experts(9, 10_000, random)
    one = many[0].copy()
    figures = {
        "karat, one 9x9 with CR [us]": 1e6 * best(lambda: karat.weights.ahp(one, threshold=1e9)),
        "karat, 10,000 9x9 in one call [ms]": 1e3 * best(lambda: karat.weights.ahp(many, threshold=1e9)),
        "numpy, 10,000 9x9 by stacked power iteration [ms]": 1e3 * best(lambda: _stacked_power(many)),
    }
    for name, _, peer in complete_peers():
        figures[f"{name}, one 9x9 [us]"] = 1e6 * best(lambda peer=peer: peer(one))
    gaps = _house_with_gaps()
    matrix = _named(gaps)
    figures["karat, 8x8 with 12 missing, optimal [us]"] = 1e6 * best(lambda: matrix.priorities())
    for name, _, peer in incomplete_peers():
        figures[f"{name}, 8x8 with 12 missing [us]"] = 1e6 * best(lambda peer=peer: peer(gaps), 0.5, 2)
    return figures


def _stacked_power(matrices: np.ndarray) -> np.ndarray:
    vectors = np.full(matrices.shape[:2], 1 / matrices.shape[1])
    for _ in range(500):
        products = np.einsum("kij,kj->ki", matrices, vectors)
        products /= products.sum(1, keepdims=True)
        if np.abs(products - vectors).max() < 1e-12:
            break
        vectors = products
    return products


def _house_with_gaps() -> np.ndarray:
    """Saaty's house criteria with 12 of 28 judgments left out (Bozoki, Fulop, Ronyai 2010)."""
    given = {
        (0, 1): 5, (0, 2): 3, (0, 3): 7, (0, 4): 6, (0, 5): 6, (0, 6): 1 / 3, (0, 7): 1 / 4, (1, 3): 5,
        (1, 5): 3, (1, 7): 1 / 7, (2, 4): 3, (2, 6): 6, (3, 5): 1 / 4, (3, 7): 1 / 8, (4, 6): 1 / 5,
        (5, 7): 1 / 6,
    }  # fmt: skip
    matrix = np.full((8, 8), np.nan)
    np.fill_diagonal(matrix, 1.0)
    for (i, j), value in given.items():
        matrix[i, j], matrix[j, i] = value, 1 / value
    return matrix


def main() -> None:
    """Compare, then time."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--matrices", type=int, default=2000)
    parser.add_argument("--json", action="store_true", help="one line for the record")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    random = np.random.default_rng(7)
    sizes = random.integers(3, 16, options.matrices)
    matrices = [experts(int(n), 1, random)[0] for n in sizes]
    complete, incomplete = matrices[::2], [with_gaps(matrix, random) for matrix in matrices[1::2]]
    found = {
        "complete": agreement(complete, list(complete_peers()), _complete),
        "incomplete": agreement(incomplete, list(incomplete_peers()), _incomplete),
    }
    figures = speed(random)
    if options.json:
        print(json.dumps({"agreement": found, "speed": {name: round(v, 3) for name, v in figures.items()}}))
        return
    for kind, packages in found.items():
        print(f"\n{kind} matrices: differences of the weights from karat's")
        for name, row in packages.items():
            within = f"{row['within 1e-9']:5} of {row['compared']:5} within 1e-9"
            print(f"  {name:52} {within}, largest {row['largest']}")
            for reason, count in row["failed"].items():
                print(f"    {count} x {reason}")
    print("\nCPU time of one thread")
    for name, value in figures.items():
        print(f"  {value:12.2f}  {name}")


if __name__ == "__main__":
    main()
