"""Rows labelled a second: karat beside scikit-learn, its Intel extension and faiss.

Every program labels the same rows by the same centers on one thread, in a process of its own: the least CPU
time of some repetitions, after one warm-up on few rows. What is not installed is left out. Labels are
compared with karat's: a share that differs beyond rounding is an error.

    python benches/peers/kmeans_predict.py                           # the whole grid, 10 million rows
    python benches/peers/kmeans_predict.py --columns 8 --clusters 8 64 --rows 1000000
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable

PROGRAMS = ("karat", "scikit-learn", "scikit-learn-intelex", "faiss")
#: Rows of which the tables are copies.
DISTINCT = 250_000
#: Rows whose labels are compared, and the share that rounding in single precision may change.
COMPARED, TOLERATED = 100_000, 1e-3


def karat(centers, threads: int) -> Callable:
    """Put the centers in the place of those of a fit."""
    from karat import KMeans

    model = KMeans(len(centers), init=centers, max_iter=1, n_threads=threads).fit(centers)
    model.cluster_centers_ = centers.astype("f8")
    return model.predict


def scikit_learn(centers, threads: int) -> Callable:
    """Do the same; threads are set by the environment of the process."""
    from sklearn.cluster import KMeans

    model = KMeans(len(centers), init=centers, n_init=1, max_iter=1).fit(centers)
    model.cluster_centers_ = centers
    return model.predict


def scikit_learn_intelex(centers, threads: int) -> Callable:
    """Fit on rows that leave the centers where they are."""
    import daal4py
    import numpy as np
    from sklearnex.cluster import KMeans

    daal4py.daalinit(threads)
    return (
        KMeans(len(centers), init=centers, n_init=1, max_iter=1).fit(np.repeat(centers, 20, axis=0)).predict
    )


def faiss(centers, threads: int) -> Callable:
    """Search the exact index; single precision alone."""
    import faiss as library

    library.omp_set_num_threads(threads)
    index = library.IndexFlatL2(centers.shape[1])
    index.add(centers)
    return lambda rows: index.search(rows, 1)[1].ravel()


def child(options: argparse.Namespace) -> None:
    """Measure one program on one shape and print a line of JSON."""
    import numpy as np

    warnings.simplefilter("ignore")
    random = np.random.default_rng([options.columns[0], options.clusters[0]])
    columns, clusters = options.columns[0], options.clusters[0]
    middles = random.normal(size=(20, columns)) * 2
    distinct = middles[random.integers(20, size=DISTINCT)] + random.normal(size=(DISTINCT, columns))
    distinct = distinct.astype(options.types[0])
    centers = distinct[random.choice(DISTINCT, clusters, replace=False)].copy()
    rows = np.empty((options.rows, columns), dtype=options.types[0])
    for start in range(0, options.rows, DISTINCT):
        rows[start : start + DISTINCT] = distinct[: options.rows - start]
    makers = {
        "karat": karat,
        "scikit-learn": scikit_learn,
        "scikit-learn-intelex": scikit_learn_intelex,
        "faiss": faiss,
    }
    predict = makers[options.child](centers, 1)
    labels = predict(rows[:COMPARED])
    seconds = math.inf
    for _ in range(options.repetitions):
        start = time.process_time()
        predict(rows)
        seconds = min(seconds, time.process_time() - start)
    print(json.dumps({"seconds": seconds, "labels": np.asarray(labels, dtype="i4").tobytes().hex()}))


def measure(program: str, columns: int, clusters: int, kind: str, options: argparse.Namespace) -> dict | None:
    """Run a child; None where the program is not there or refuses."""
    command = [sys.executable, __file__, "--child", program, "--rows", str(options.rows)]
    command += ["--columns", str(columns), "--clusters", str(clusters), "--types", kind]
    command += ["--repetitions", str(options.repetitions)]
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **one, "TBB_NUM_THREADS": "1"},
    )
    if done.returncode:
        print(f"  {program}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return None
    return json.loads(done.stdout.splitlines()[-1])


def differing(mine: str, theirs: str) -> float:
    """Share of labels that differ."""
    import numpy as np

    ours, others = (np.frombuffer(bytes.fromhex(text), dtype="i4") for text in (mine, theirs))
    return float((ours != others).mean())


def main() -> None:
    """Print a table of rates and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--columns", type=int, nargs="+", default=[4, 8, 16, 32])
    parser.add_argument("--clusters", type=int, nargs="+", default=[8, 64, 256])
    parser.add_argument("--types", nargs="+", default=["f4", "f8"], choices=["f4", "f8"])
    parser.add_argument("--programs", nargs="+", default=list(PROGRAMS), choices=PROGRAMS)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options)
        return
    print(f"{options.rows:,} rows, one thread, million rows for each CPU second\n")
    print(f"| d | k | type | {' | '.join(options.programs)} | karat : best peer |")
    print(f"|---|---|---|{'---|' * len(options.programs)}---|")
    ratios = []
    for kind in options.types:
        for columns in options.columns:
            for clusters in options.clusters:
                found = {
                    program: measure(program, columns, clusters, kind, options)
                    for program in options.programs
                    if not (program == "faiss" and kind == "f8")
                }
                rates = {name: options.rows / 1e6 / run["seconds"] for name, run in found.items() if run}
                for name, run in found.items():
                    if run and found.get("karat"):
                        share = differing(found["karat"]["labels"], run["labels"])
                        if share > TOLERATED:
                            raise SystemExit(f"{share:.2%} of the labels of karat and {name} differ")
                peers = [rate for name, rate in rates.items() if name != "karat"]
                ratio = rates["karat"] / max(peers) if peers and "karat" in rates else math.nan
                ratios.append(ratio)
                shown = " | ".join(
                    f"{rates[name]:.1f}" if name in rates else "-" for name in options.programs
                )
                print(f"| {columns} | {clusters} | {kind} | {shown} | {ratio:.1f} |", flush=True)
    known = [ratio for ratio in ratios if not math.isnan(ratio)]
    if known:
        mean = math.exp(sum(map(math.log, known)) / len(known))
        print(f"\nLeast ratio {min(known):.1f}, geometric mean {mean:.1f}")


if __name__ == "__main__":
    main()
