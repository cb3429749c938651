"""Contracts of 100,000 customers: karat beside lifelines, in one run.

    python benches/peers/survival.py [ROWS]

Whole months 1 to 72, ten fields, about half of the customers gone: a Weibull hazard with gamma frailty. One
thread; CPU time of the best of three rounds of each, and the ratio in the same run. What both found is
compared. lifelines is left out, and said so, where it is not installed; give another interpreter that has it
with KARAT_PEER_PYTHON.
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROUNDS = 3


def make_base(rows: int) -> dict[str, np.ndarray]:
    """Build the contract base."""
    rng = np.random.default_rng(11)
    fields = rng.normal(size=(rows, 10)).round(3)
    fields[:, 5:] = (fields[:, 5:] > 0.4).astype(float)
    effects = np.array([0.5, -0.4, 0.3, 0.2, -0.1, 0.6, -0.3, 0.2, 0, 0.1])
    frailty = rng.gamma(2, 0.5, rows)
    time_to = (rng.exponential(1, rows) / (frailty * np.exp(fields @ effects)) * 40**1.2) ** (1 / 1.2)
    cut = rng.uniform(1, 72, rows)
    base = {f"x{j}": np.ascontiguousarray(fields[:, j]) for j in range(10)}
    return {"time": np.ceil(np.minimum(time_to, cut)), "event": (time_to <= cut).astype(float), **base}


def best(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of the best round, and what the last one found."""
    times, found = [], None
    for _ in range(ROUNDS):
        started = time.process_time()
        found = work()
        times.append(time.process_time() - started)
    return min(times), found


def karat_runs(base: dict[str, np.ndarray]) -> dict[str, tuple[float, list[float]]]:
    """Karat, one thread."""
    from karat.lifetime import CoxProportionalHazards, KaplanMeier, concordance_index

    runs = {}
    seconds, curve = best(lambda: KaplanMeier().fit(base["time"], base["event"]))
    runs["Kaplan-Meier"] = seconds, curve.predict([12, 24, 60]).tolist()
    cox = CoxProportionalHazards(n_threads=1)
    seconds, fitted = best(lambda: cox.fit(base, "time", "event"))
    runs["Cox, Efron"] = seconds, list(fitted.params_.values())
    risks = fitted.predict_partial_hazard({name: base[name] for name in fitted.feature_names_in_})
    seconds, index = best(lambda: concordance_index(base["time"], risks, base["event"]))
    runs["concordance"] = seconds, [index]
    return runs


def lifelines_runs(base: dict[str, np.ndarray]) -> dict[str, tuple[float, list[float]]]:
    """Run lifelines."""
    import lifelines
    import pandas as pd
    from lifelines.utils import concordance_index

    frame = pd.DataFrame(base)
    runs = {}
    seconds, curve = best(lambda: lifelines.KaplanMeierFitter().fit(frame["time"], frame["event"]))
    runs["Kaplan-Meier"] = seconds, [float(curve.predict(t)) for t in (12, 24, 60)]
    seconds, fitted = best(lambda: lifelines.CoxPHFitter().fit(frame, "time", "event"))
    runs["Cox, Efron"] = seconds, fitted.params_.tolist()
    risks = -fitted.predict_partial_hazard(frame)
    seconds, index = best(lambda: concordance_index(frame["time"], risks, frame["event"]))
    runs["concordance"] = seconds, [float(index)]
    return runs


def child(name: str, path: str) -> None:
    """Run one package in a process of its own and print what it found."""
    with np.load(path) as stored:
        base = dict(stored)
    print(json.dumps({"karat": karat_runs, "lifelines": lifelines_runs}[name](base)))


def run(name: str, path: str) -> dict[str, Any] | None:
    """Return what a package found, or None where it is missing."""
    python = os.environ.get("KARAT_PEER_PYTHON", sys.executable) if name != "karat" else sys.executable
    command = [python, __file__, "--child", name, path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = done.stderr.strip().splitlines()[-1:] or ["no message"]
        print(f"{name}: left out ({reason[0]})")
        return None
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Compare on a base of the size asked for."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "base.npz")
        base = make_base(rows)
        np.savez(path, **base)
        print(
            f"{rows} customers, {base['event'].mean():.0%} gone, CPU seconds of the best of {ROUNDS} rounds"
        )
        ours, theirs = run("karat", path), run("lifelines", path)
    for what, (seconds, values) in (ours or {}).items():
        line = f"{what:14} karat {seconds:8.4f}"
        if theirs:
            other, known = theirs[what]
            apart = float(np.max(np.abs(np.array(values) - np.array(known))))
            line += f"   lifelines {other:8.4f}   ratio {other / max(seconds, 1e-9):6.1f}   apart {apart:.1e}"
        print(line)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:4])
    else:
        main()
