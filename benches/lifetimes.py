"""Lifetime values of ten million customers in C and in Python: one hash of all outputs, and the rates.

    python benches/lifetimes.py [--rows 10000000] [--model bg_nbd|mbg_nbd|pareto_nbd] [--json]

Builds the static library (`cargo build --release -p karat-capi`) and `benches/c/lifetimes.c`, which makes the
same invented customers. Ends with 1 when two hashes differ. Only scoring is timed, not the making of
customers.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import karat
from karat.lifetime import BetaGeoNBD, GammaGamma, ModifiedBetaGeoNBD, ParetoNBD

ROOT = Path(__file__).resolve().parent.parent
CHUNK = 1 << 18
MODELS = {"bg_nbd": BetaGeoNBD, "mbg_nbd": ModifiedBetaGeoNBD, "pareto_nbd": ParetoNBD}
GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def mixed(at: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's number `at`, as in benches/c/timing.h."""
    with np.errstate(over="ignore"):
        z = (at + np.uint64(1)) * GOLDEN
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def uniform(at: NDArray[np.uint64]) -> NDArray[np.float64]:
    """From 0 to below 1."""
    return (mixed(at) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def customers(first: int, count: int, names: list[str]) -> NDArray[np.float64]:
    """Rows of the model for customers `first` to `first + count - 1`, as benches/c/lifetimes.c makes them."""
    at = np.uint64(4) * np.arange(first, first + count, dtype=np.uint64)
    u, age = uniform(at), 1.0 + 103.0 * uniform(at + np.uint64(1))
    frequency = np.floor(u * u * u * 30.0)
    recency = np.where(frequency > 0, age * (1.0 - 0.999 * uniform(at + np.uint64(2))), 0.0)
    columns = {
        "frequency": frequency,
        "recency": recency,
        "T": age,
        "monetary_value": 5.0 + 95.0 * uniform(at + np.uint64(3)),
    }
    return np.column_stack([columns.get(name, np.zeros(count)) for name in names])


def simulated(count: int) -> tuple[NDArray[np.float64], ...]:
    """Histories by the BG/NBD story, with gamma values, to fit something sensible to."""
    random = np.random.default_rng(5)
    x, recency, age = np.zeros(count), np.zeros(count), random.uniform(20, 104, count)
    rate, leaving = random.gamma(0.55, 1 / 6.0, count), random.beta(0.8, 2.5, count)
    for customer in range(count):
        now = 0.0
        while True:
            now += random.exponential(1 / max(rate[customer], 1e-9))
            if now > age[customer]:
                break
            x[customer], recency[customer] = x[customer] + 1, now
            if random.random() < leaving[customer]:
                break
    scale = 15.0 / np.maximum(random.gamma(4.0, 1.0, count), 1e-3)
    value = np.array([random.gamma(6.0 * max(n, 1), s / max(n, 1)) for n, s in zip(x, scale, strict=True)])
    return x, recency, age, value


def fitted(kind: str) -> karat.ValueModel:
    """Fit a value model of one indicator with a lifetime of the kind."""
    x, recency, age, value = simulated(4000)
    bought = x > 0
    spend = GammaGamma().fit(x[bought], value[bought])
    model = karat.ValueModel(karat.Plan([karat.Indicator("arpu", scale=("min_max", 0, 100))]))
    lifetime = MODELS[kind]().fit(x, recency, age)
    rate = float(np.expm1(0.0027))
    return model.fit({"arpu": value}).with_lifetime(
        "lifetime", lifetime, t=52, discount_rate=rate, spend=spend
    )


def in_c(path: Path, rows: int, threads: int, program: Path) -> dict[str, object]:
    """Run the C program and read what it prints."""
    said = subprocess.run(
        [program, path, str(rows), str(threads)], check=True, capture_output=True, text=True
    ).stdout
    found: dict[str, object] = json.loads(said)
    return {"language": "C"} | found


def in_python(scorer: karat.Scorer, rows: int, threads: int) -> dict[str, object]:
    """Do the same through `Scorer.forecast`."""
    names, outputs = [field.name for field in scorer.fields], len(scorer.names["outputs"])
    total, cpu, wall = np.uint64(0), 0.0, 0.0
    for first in range(0, rows, CHUNK):
        table = customers(first, min(CHUNK, rows - first), names)
        started, began = time.process_time(), time.perf_counter()
        values = scorer.forecast(table, n_threads=threads).values
        cpu, wall = cpu + time.process_time() - started, wall + time.perf_counter() - began
        positions = np.arange(first * outputs, first * outputs + values.size, dtype=np.uint64)
        with np.errstate(over="ignore"):
            total += mixed(values.reshape(-1).view(np.uint64) + positions).sum(dtype=np.uint64)
    return {
        "language": "Python",
        "rows": rows,
        "threads": threads,
        "hash": f"{int(total):016x}",
        "cpu_seconds": cpu,
        "wall_seconds": wall,
    }


def built(folder: Path) -> Path:
    """Compile the C program against the static library."""
    subprocess.run(["cargo", "build", "--quiet", "--release", "-p", "karat-capi"], cwd=ROOT, check=True)
    program = folder / "lifetimes"
    subprocess.run(
        ["cc", "-std=c99", "-O2", "-Wall", "-Wextra", "-I", ROOT / "crates/karat-capi/include",
         ROOT / "benches/c/lifetimes.c", ROOT / "target/release/libkarat.a", "-pthread", "-lm", "-ldl",
         "-o", program],
        check=True,
    )  # fmt: skip
    return program


def main() -> int:
    """Score in both languages and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--model", choices=list(MODELS), default="bg_nbd")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    chosen = parser.parse_args()
    model = fitted(chosen.model)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "lifetime.karat"
        model.save(path)
        program = built(folder)
        found = [in_c(path, chosen.rows, threads, program) for threads in (1, 2)]
        found += [in_python(karat.Scorer(path), chosen.rows, threads) for threads in (1, 2)]
    if chosen.json:
        for line in found:
            print(json.dumps({"model": chosen.model} | line))
    else:
        print(
            f"{chosen.rows:,} customers, {chosen.model} with Gamma-Gamma:"
            " P(alive), E[Y], spend, discounted value\n"
        )
        print("| language | threads | hash | CPU s | wall s | million/s of the wall | ns of CPU a customer |")
        print("|---|---|---|---|---|---|---|")
        for line in found:
            cpu, wall = float(str(line["cpu_seconds"])), float(str(line["wall_seconds"]))
            rate, each = chosen.rows / wall / 1e6, 1e9 * cpu / chosen.rows
            print(
                f"| {line['language']} | {line['threads']} | `{line['hash']}` | {cpu:.2f} | {wall:.2f}"
                f" | {rate:.2f} | {each:.0f} |"
            )
    if len({line["hash"] for line in found}) != 1:
        print("the hashes differ")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
