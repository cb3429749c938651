"""First centers of k-means beside scikit-learn, scikit-learn-intelex and faiss.

Every program draws from the same float32 rows, on one thread, in a child process of its own: seconds of CPU
(the least and the median over the seeds), the inertia that the centers start with (quartiles), and, with
--converge, the inertia that scikit-learn's Lloyd iterations end with from there. Ratios are to karat.

    python benches/peers/kmeans_init.py [--rows N] [--columns D] [--k 8,64,256] [--seeds S] [--converge]
        [--data skewed,groups] [--programs karat,scikit-learn,scikit-learn-intelex,faiss,faiss-greedy]
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

#: What each program is distributed as.
PROGRAMS = {
    "karat": "karat",
    "scikit-learn": "scikit-learn",
    "scikit-learn-intelex": "scikit-learn-intelex",
    "faiss": "faiss-cpu",
    "faiss-greedy": "faiss-cpu",
}
#: Rows whose distances are computed together.
BLOCK = 50_000


def make_rows(kind: str, rows: int, columns: int) -> Any:
    """Standardised customers: skewed and correlated, or in overlapping groups."""
    random = np.random.default_rng([rows, columns])
    if kind == "groups":
        middles = random.normal(scale=2.0, size=(24, columns))
        X = middles[random.integers(24, size=rows)] + random.normal(size=(rows, columns))
    else:
        habits = random.normal(size=(rows, min(4, columns)))
        mixed = habits @ random.normal(scale=0.6, size=(habits.shape[1], columns))
        X = np.exp(0.9 * (mixed + 0.6 * random.normal(size=(rows, columns))))
        unused = random.random((rows, columns)) < np.where(np.arange(columns) % 4 == 2, 0.7, 0.0)
        X[unused] = 0.0
    return ((X - X.mean(axis=0)) / X.std(axis=0)).astype(np.float32)


def make_program(name: str, k: int) -> Callable[[Any, int], Any]:
    """Return a function of the rows and a seed that draws centers."""
    if name == "karat":
        import karat

        return lambda X, seed: karat.kmeans_plusplus(X, k, random_state=seed, n_threads=1)[0]
    if name == "scikit-learn":
        from sklearn.cluster import kmeans_plusplus

        return lambda X, seed: kmeans_plusplus(X, k, random_state=seed)[0]
    if name == "scikit-learn-intelex":
        import daal4py
        from onedal.cluster import KMeansInit

        daal4py.daalinit(1)
        options = {"algorithm": "plus_plus_dense", "local_trials_count": 2 + int(math.log(k))}
        return lambda X, seed: np.asarray(KMeansInit(k, seed=seed, **options).compute(X))
    import faiss

    faiss.omp_set_num_threads(1)
    method = faiss.ClusteringInitMethod_KMEANS_PLUS_PLUS if name == "faiss-greedy" else None

    def draw(X: Any, seed: int) -> Any:
        options = {} if method is None else {"init_method": method}
        means = faiss.Kmeans(
            X.shape[1],
            k,
            niter=0,
            seed=seed + 1,
            max_points_per_centroid=len(X),
            min_points_per_centroid=1,
            **options,
        )
        means.train(X)
        return means.centroids

    return draw


def measure_inertia(X: Any, centers: Any) -> float:
    """Sum the squared distances to the nearest center, in double precision."""
    centers = np.asarray(centers, dtype=np.float64)
    total = 0.0
    for start in range(0, len(X), BLOCK):
        block = X[start : start + BLOCK].astype(np.float64)
        squares = (centers**2).sum(axis=1) - 2.0 * block @ centers.T
        total += float((squares.min(axis=1) + (block**2).sum(axis=1)).sum())
    return total


def run_child(name: str, path: str, k: int, seeds: int, converge: bool) -> None:
    """Draw with every seed and print what was measured."""
    warnings.filterwarnings("ignore")
    X = np.load(path)
    draw = make_program(name, k)
    draw(X[:2000], 0)
    seconds, starts, ends = [], [], []
    for seed in range(seeds):
        before = time.process_time()
        centers = draw(X, seed)
        seconds.append(time.process_time() - before)
        starts.append(measure_inertia(X, centers))
        if converge:
            from sklearn.cluster import KMeans

            first = np.ascontiguousarray(centers, dtype=np.float32)
            ends.append(measure_inertia(X, KMeans(k, init=first, n_init=1).fit(X).cluster_centers_))
    print(json.dumps({"seconds": seconds, "starts": starts, "ends": ends}))


def ask_child(name: str, path: str, k: int, options: argparse.Namespace) -> dict[str, Any] | None:
    """Return what a child measured; None, with the reason printed, where it could not."""
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    command = [sys.executable, __file__, "--child", name, "--path", path, "--k", str(k)]
    command += ["--seeds", str(options.seeds)] + (["--converge"] if options.converge else [])
    done = subprocess.run(
        command,
        env={**os.environ, **dict.fromkeys(threads, "1")},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(
            f"{name}: left out ({done.stderr.strip().splitlines()[-1] if done.stderr else done.returncode})"
        )
        return None
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def show(kind: str, k: int, found: dict[str, dict[str, Any]]) -> None:
    """Print a line for each program."""
    fastest = min(found["karat"]["seconds"]) if "karat" in found else math.nan
    for name, row in found.items():
        low, middle, high = np.quantile(row["starts"], [0.25, 0.5, 0.75])
        least = min(row["seconds"])
        end = f" {np.median(row['ends']):14.1f}" if row["ends"] else ""
        print(
            f"{kind:8} {k:4} {name:22} {least:8.3f} {np.median(row['seconds']):8.3f} {least / fastest:7.2f}x"
            f" {low:13.1f} {middle:13.1f} {high:13.1f}{end}",
            flush=True,
        )


def main() -> None:
    """Run all programs and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=8)
    parser.add_argument("--k", default="8,64,256")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--data", default="skewed")
    parser.add_argument("--programs", default=",".join(PROGRAMS))
    parser.add_argument("--converge", action="store_true")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--path", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        run_child(options.child, options.path, int(options.k), options.seeds, options.converge)
        return
    for name in options.programs.split(","):
        try:
            print(f"{name}: {version(PROGRAMS[name])}")
        except PackageNotFoundError:
            print(f"{name}: not installed")
    end = "      ends (med)" if options.converge else ""
    print(
        "data        k program                  CPU min  CPU med  of karat"
        f"  starts (25 %)         (med)        (75 %){end}"
    )
    with tempfile.TemporaryDirectory() as folder:
        for kind in options.data.split(","):
            path = os.path.join(folder, f"{kind}.npy")
            np.save(path, make_rows(kind, options.rows, options.columns))
            for k in map(int, options.k.split(",")):
                asked = {name: ask_child(name, path, k, options) for name in options.programs.split(",")}
                show(kind, k, {name: row for name, row in asked.items() if row is not None})


if __name__ == "__main__":
    main()
