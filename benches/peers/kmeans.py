"""Lloyd's iterations: karat beside scikit-learn (lloyd, elkan), scikit-learn-intelex and faiss.

Every program gets the same rows, the same first centers and the same rule to stop. Each cell of the grid
runs in a process of its own, so that threads are limited before anything is imported and the peak of memory
is that of one fit. What is measured:

- `iteration`: CPU seconds of a fit with 3 + m iterations less those of one with 3, over m; what a fit costs
  beside its iterations cancels. The median and the least of some rounds.
- `converged`: CPU and wall seconds of a fit from the first centers until it stops by itself (tolerance 1e-4,
  at most 300 iterations). faiss knows no tolerance: it is given the number of iterations that karat took.
- `inertia`: of the centers of that fit, computed here in double precision.
- `memory`: MiB by which the peak of the process grew in its first fit.

    python benches/peers/kmeans.py --d 4,8 --k 4,8,16 --out figures.jsonl
    python benches/peers/kmeans.py --table figures.jsonl

`--instructions avx2` makes karat do without AVX-512.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

TOLERANCE = 1e-4
MOST_ITERATIONS = 300
#: Iterations that are left out of the time of one: the first ones move every row, and karat copies a double
#: precision table to single precision only for a fit of more than two.
SKIPPED = 3
PROGRAMS = ("karat", "lloyd", "elkan", "intelex", "faiss")
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def blobs(rows: int, columns: int) -> np.ndarray:
    """Twenty overlapping clouds of unit variance and unequal size."""
    import numpy as np

    random = np.random.default_rng([17, columns])
    middles = random.normal(0, 2.8 / math.sqrt(columns), (20, columns))
    shares = random.dirichlet(np.full(20, 3.0))
    cloud = random.choice(20, rows, p=shares)
    table = random.standard_normal((rows, columns), dtype=np.float32)
    table += middles.astype(np.float32)[cloud]
    return table


def customers(rows: int, columns: int) -> np.ndarray:
    """Skewed and correlated amounts, services that many do not use, and counts; standardised."""
    import numpy as np

    random = np.random.default_rng([29, columns])
    habits = min(5, columns)
    loadings = random.normal(0, 0.6, (habits, columns))
    spread = random.uniform(0.5, 1.3, columns)
    level = random.uniform(0, 4, columns)
    without = random.uniform(0.5, 0.9, columns)
    table = np.empty((rows, columns), dtype=np.float32)
    for start in range(0, rows, 250_000):
        count = min(250_000, rows - start)
        heavy = random.random((count, 1)) < 0.15
        traits = random.normal(size=(count, habits)) + 1.2 * heavy * np.array([1, 1, -1, 1, -1])[:habits]
        mixed = traits @ loadings + random.normal(0, 0.6, (count, columns))
        amounts = np.exp(level + spread * mixed)
        counts = random.poisson(np.exp(np.minimum(0.5 + 0.8 * mixed, 5)))
        used = random.random((count, columns)) > without
        kind = np.arange(columns) % 4
        part = np.where(kind == 3, counts, np.where(kind == 2, amounts * used, amounts))
        table[start : start + count] = part
    table -= table.mean(0, dtype=np.float64).astype(np.float32)
    table /= table.std(0, dtype=np.float64).astype(np.float32)
    return table


TABLES: dict[str, Callable[[int, int], np.ndarray]] = {"customers": customers, "blobs": blobs}


def first_centers(x: np.ndarray, k: int) -> np.ndarray:
    """Take different rows at random."""
    import numpy as np

    rows = x[np.random.default_rng(k).choice(len(x), 4 * k, replace=False)]
    _, first = np.unique(rows, axis=0, return_index=True)
    return np.ascontiguousarray(rows[np.sort(first)[:k]])


def inertia(x: np.ndarray, centers: np.ndarray) -> float:
    """Sum the squared distances to the nearest center, from differences, in double precision."""
    import numpy as np

    centers = np.asarray(centers, dtype=np.float64)
    norms = (centers**2).sum(1)
    total = 0.0
    for start in range(0, len(x), 50_000):
        part = x[start : start + 50_000].astype(np.float64)
        nearest = (norms - 2 * part @ centers.T).argmin(1)
        total += float(((part - centers[nearest]) ** 2).sum())
    return total


Fit = Callable[["np.ndarray", "np.ndarray", int, float], "tuple[np.ndarray, int]"]


def program(name: str, threads: int, instructions: str | None) -> Fit:
    """Import a program; its fit returns the centers and how many iterations it made."""
    if name == "faiss":
        import faiss

        faiss.omp_set_num_threads(threads)

        def fit_faiss(x: Any, start: Any, iterations: int, _: float) -> tuple[Any, int]:
            clustering = faiss.Kmeans(
                x.shape[1],
                len(start),
                niter=iterations,
                max_points_per_centroid=len(x),
                min_points_per_centroid=1,
            )
            clustering.train(x, init_centroids=start)
            return clustering.centroids, iterations

        return fit_faiss
    more: dict[str, Any] = {}
    if name == "karat":
        from karat import KMeans

        KMeans._instructions = instructions
        more["n_threads"] = threads
    elif name == "intelex":
        import daal4py
        from sklearnex.cluster import KMeans

        daal4py.daalinit(threads)
    else:
        from sklearn.cluster import KMeans

        more["algorithm"] = name

    def fit(x: Any, start: Any, iterations: int, tolerance: float) -> tuple[Any, int]:
        model = KMeans(len(start), init=start, n_init=1, max_iter=iterations, tol=tolerance, **more)
        model.fit(x)
        return model.cluster_centers_, model.n_iter_

    return fit


def peak() -> float:
    """MiB of the process at its peak; NaN where the system does not say."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return math.nan
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if "VmHWM" in line), math.nan)


def measure(cell: dict[str, Any]) -> dict[str, Any]:
    """Measure one cell, in this process."""
    import numpy as np

    warnings.simplefilter("ignore")
    x = np.load(cell["path"])
    start = first_centers(x, cell["k"])
    fit = program(cell["program"], cell["threads"], cell["instructions"])
    fit(x[:2000], start[:2].copy(), 2, 0.0)

    def run(iterations: int, tolerance: float) -> tuple[float, float, np.ndarray, int]:
        cpu, wall = time.process_time(), time.perf_counter()
        centers, made = fit(x, start, iterations, tolerance)
        return time.process_time() - cpu, time.perf_counter() - wall, centers, made

    before = peak()
    short = run(SKIPPED, 0.0)
    figures: dict[str, Any] = {"memory": peak() - before}
    longer = run(SKIPPED + 3, 0.0)
    one = max((longer[0] - short[0]) / max(longer[3] - SKIPPED, 1), 1e-4)
    more = int(min(30, max(4, cell["seconds"] / one)))
    shorts, longs, made = [short[0]], [], 0
    for _ in range(cell["rounds"]):
        shorts.append(run(SKIPPED, 0.0)[0])
        cpu, _, _, made = run(SKIPPED + more, 0.0)
        longs.append(cpu)
    beyond = max(made - SKIPPED, 1)
    figures["iteration"] = max(statistics.median(longs) - statistics.median(shorts), 0.0) / beyond
    figures["least_iteration"] = max(min(longs) - min(shorts), 0.0) / beyond
    figures["beside"] = min(shorts) - SKIPPED * figures["least_iteration"]
    figures["iterations_timed"] = beyond
    if cell["converge"]:
        limit = cell["limit"] if cell["program"] == "faiss" else MOST_ITERATIONS
        runs = [run(limit, TOLERANCE) for _ in range(min(cell["rounds"], 3))]
        figures["converged_cpu"] = statistics.median(cpu for cpu, *_ in runs)
        figures["converged_wall"] = min(wall for _, wall, *_ in runs)
        figures["iterations"] = int(runs[0][3])
        figures["inertia"] = inertia(x, runs[0][2])
    return figures


def grid(options: argparse.Namespace) -> None:
    """Run every cell in a process of its own; writes a line for each."""
    import numpy as np

    names = options.programs.split(",")
    with tempfile.TemporaryDirectory() as folder, open(options.out, "a", encoding="utf-8") as out:
        shapes = itertools.product(
            options.data.split(","), numbers(options.n), numbers(options.d), options.dtype.split(",")
        )
        for data, n, d, dtype in shapes:
            path = os.path.join(folder, "rows.npy")
            np.save(path, TABLES[data](n, d).astype({"f32": np.float32, "f64": np.float64}[dtype]))
            for k, threads in itertools.product(numbers(options.k), numbers(options.threads)):
                limit = 30
                for name in names:
                    cell = {
                        "data": data,
                        "n": n,
                        "d": d,
                        "k": k,
                        "dtype": dtype,
                        "threads": threads,
                        "program": name,
                        "instructions": options.instructions if name == "karat" else None,
                    }
                    ask = cell | {
                        "path": path,
                        "rounds": options.rounds,
                        "seconds": options.seconds,
                        "converge": not options.iterations_only,
                        "limit": limit,
                    }
                    if name == "faiss" and dtype == "f64":
                        continue
                    line = cell | child(ask, threads, options.timeout)
                    if name == "karat":
                        limit = line.get("iterations", limit)
                    print(json.dumps(line), file=out, flush=True)
                    print(describe(line), flush=True)


def child(ask: dict[str, Any], threads: int, timeout: float) -> dict[str, Any]:
    """Measure a cell in a process of its own."""
    environment = os.environ | dict.fromkeys(THREAD_VARIABLES, str(threads))
    environment["OMP_WAIT_POLICY"] = "passive"
    command = [sys.executable, os.path.abspath(__file__), "--cell", json.dumps(ask)]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        return {"error": f"not done after {timeout:.0f} s"}
    if done.returncode:
        return {"error": done.stderr.strip().splitlines()[-1][:200] if done.stderr.strip() else "failed"}
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def numbers(text: str) -> list[int]:
    """Read `1e6,4e6`."""
    return [int(float(part)) for part in text.split(",")]


def describe(line: dict[str, Any]) -> str:
    """Show a cell on one line."""
    where = f"{line['data']} {line['n']}x{line['d']} k{line['k']} {line['dtype']} {line['threads']} thr"
    if "error" in line:
        return f"{where} {line['program']}: {line['error']}"
    text = f"{where} {line['program']}: {line['iteration'] * 1e3:.2f} ms an iteration"
    if "inertia" in line:
        text += f", {line['converged_cpu']:.3f} s in {line['iterations']}, inertia {line['inertia']:.7g}"
    return text + f", {line['memory']:.0f} MiB"


def table(paths: list[str], key: str, instructions: str | None) -> None:
    """Print the figures as Markdown: milliseconds, and how much longer the best peer takes than karat."""
    cells: dict[tuple[Any, ...], dict[str, dict[str, Any]]] = {}
    for path in paths:
        for text in Path(path).read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            if "error" in line or (line["program"] == "karat" and line["instructions"] != instructions):
                continue
            if key in line:
                shape = tuple(line[name] for name in ("data", "n", "d", "k", "dtype", "threads"))
                cells.setdefault(shape, {})[line["program"]] = line
    print(
        "| data | n | d | k | type | threads | " + " | ".join(PROGRAMS) + " | best peer / karat | inertia |"
    )
    print("|" + "---|" * (len(PROGRAMS) + 8))
    ratios = []
    for shape, found in sorted(cells.items()):
        shown = [f"{found[name][key] * 1e3:.2f}" if name in found else "-" for name in PROGRAMS]
        peers = [found[name] for name in PROGRAMS[1:] if name in found]
        ratio, difference = "-", "-"
        if peers and "karat" in found and found["karat"][key] > 0:
            ratios.append(min(peer[key] for peer in peers) / found["karat"][key])
            ratio = f"{ratios[-1]:.2f}"
        least = [peer["inertia"] for peer in peers if "inertia" in peer]
        if least and "inertia" in found.get("karat", {}):
            difference = f"{found['karat']['inertia'] / min(least) - 1:+.1e}"
        print("| " + " | ".join([*map(str, shape), *shown, ratio, difference]) + " |")
    if ratios:
        mean = math.exp(statistics.fmean(math.log(ratio) for ratio in ratios))
        print(
            f"\nGeometric mean of best peer / karat over {len(ratios)} cells: {mean:.2f}; "
            f"least {min(ratios):.2f}."
        )


def main() -> None:
    """Measure a grid, or print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="customers", help="customers, blobs or both, with a comma")
    parser.add_argument("--n", default="1e6")
    parser.add_argument("--d", default="8")
    parser.add_argument("--k", default="8")
    parser.add_argument("--dtype", default="f32", help="f32, f64 or both")
    parser.add_argument("--threads", default="1")
    parser.add_argument("--programs", default=",".join(PROGRAMS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.3, help="CPU time of a fit, about")
    parser.add_argument("--timeout", type=float, default=600)
    parser.add_argument("--iterations-only", action="store_true", help="no fits until convergence")
    parser.add_argument("--instructions", choices=["portable", "avx2", "avx512"], help="of karat")
    parser.add_argument("--out", default="kmeans.jsonl", help="lines are added to it")
    parser.add_argument("--table", nargs="+", metavar="FILE", help="print what is in these files")
    parser.add_argument("--of", default="iteration", help="the figure in the table: iteration, converged_cpu")
    parser.add_argument("--cell", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.cell:
        print(json.dumps(measure(json.loads(options.cell))))
    elif options.table:
        table(options.table, options.of, options.instructions)
    else:
        grid(options)


if __name__ == "__main__":
    main()
