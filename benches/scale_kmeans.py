"""k-means streamed from Parquet: 1, 10 and 100 million customers x 8 in bounded memory.

Writes skewed, correlated rows (float32) by parts into a directory, which is removed afterwards, fits k = 8
with a fixed number of iterations, and prints seconds, rows a second and the peak of resident memory of the
fit, which runs in a process of its own. 100 million rows take 3.2 GB of disk.

    python benches/scale_kmeans.py DIRECTORY [--rows 1 10 100] [--iterations 5] [--threads 2] [--json]
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from karat import ConvergenceWarning, KMeans

COLUMNS = 8
#: Rows of a part, a file each.
PART = 1_000_000
#: Bytes that the fit may take.
LIMIT = 2 << 30


def part(number: int, rows: int) -> pa.Table:
    """Skewed amounts that share a factor, standardised; the same whatever the other parts."""
    random = np.random.default_rng([17, number])
    shared = random.normal(size=(rows, 1)).astype(np.float32)
    own = random.normal(size=(rows, COLUMNS)).astype(np.float32)
    logs = 0.6 * shared + 0.8 * own
    values = np.where(np.arange(COLUMNS) % 2 == 0, np.exp(0.8 * logs), logs).astype(np.float32)
    return pa.table({f"x{j}": values[:, j] for j in range(COLUMNS)})


def write(directory: Path, rows: int) -> None:
    """Write the parts."""
    for number, start in enumerate(range(0, rows, PART)):
        table = part(number, min(PART, rows - start))
        pq.write_table(
            table, directory / f"part-{number:04}.parquet", compression="none", use_dictionary=False
        )


def fit(directory: Path, iterations: int, threads: int | None) -> dict[str, float]:
    """Fit, and measure; for a process of its own."""
    wall, cpu = time.perf_counter(), time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = KMeans(8, max_iter=iterations, tol=0, random_state=0, n_threads=threads).fit_batches(
            directory, progress=None
        )
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {
        "rows": found.n_rows_,
        "iterations": found.n_iter_,
        "readings": found.n_readings_,
        "seconds": wall,
        "cpu_seconds": cpu,
        "rows_per_second": found.n_rows_ * found.n_readings_ / wall,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "inertia": found.inertia_,
    }


def measured(directory: Path, millions: float, options: argparse.Namespace) -> dict[str, float]:
    """Write, fit in a new process, remove."""
    place = directory / f"karat-scale-{millions:g}"
    place.mkdir(parents=True)
    try:
        write(place, round(millions * 1e6))
        command = [sys.executable, __file__, str(place), "--fit", "--iterations", str(options.iterations)]
        if options.threads:
            command += ["--threads", str(options.threads)]
        told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        figures: dict[str, float] = json.loads(told)
        return figures
    finally:
        shutil.rmtree(place)


def main() -> int:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--rows", type=float, nargs="+", default=[1, 10, 100], metavar="MILLIONS")
    parser.add_argument("--iterations", type=int, default=5)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--fit", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fit:
        print(json.dumps(fit(options.directory, options.iterations, options.threads)))
        return 0
    found = [measured(options.directory, millions, options) for millions in options.rows]
    if options.json:
        print(json.dumps(found))
    else:
        print("     rows  readings   seconds    CPU s  million rows/s  peak MiB    CPU ns/row/reading")
        for each in found:
            print(
                f"{each['rows']:>9,.0f}  {each['readings']:>8.0f}  {each['seconds']:>8.2f}  "
                f"{each['cpu_seconds']:>7.2f}  {each['rows_per_second'] / 1e6:>14.1f}  "
                f"{each['peak_bytes'] / 2**20:>8.0f}  "
                f"{each['cpu_seconds'] / each['rows'] / each['readings'] * 1e9:>20.1f}"
            )
    worst = max(each["peak_bytes"] for each in found)
    if worst > LIMIT:
        print(f"peak of {worst / 2**30:.2f} GiB is above 2 GiB", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
