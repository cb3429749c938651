"""Scorecards beside those packages that are installed: optbinning, toad, scorecardpy.

Fits 12 numeric fields, scores rows, tells points and reasons; seconds of CPU and of the clock, best of three.
The peers use one thread; karat is timed with one and with all.

    python benches/peers/scorecard.py [ROWS]
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np  # noqa: E402  (threads are limited first)
import pandas as pd  # noqa: E402

FIELDS = [f"x{j:02d}" for j in range(12)]
#: Rows for which reasons are told: slow in one of the peers.
REASONS = 20_000

Times = dict[str, dict[str, float]]


def base(rows: int) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    """Log-normal fields, some of which tell much and some nothing."""
    rng = np.random.default_rng(3)
    X = np.exp(rng.normal(2, 0.8, (rows, len(FIELDS))))
    chance = 1 / (1 + np.exp(-((np.log(X) - 2) @ np.linspace(-0.6, 0.6, len(FIELDS)))))
    return pd.DataFrame(X, columns=FIELDS), (rng.random(rows) < chance).astype(int)


def measured(times: Times, name: str, work: Callable[[], Any], rounds: int = 3) -> Any:
    """Run some work and keep its best times."""
    best = {"cpu": float("inf"), "clock": float("inf")}
    result = None
    for _ in range(rounds):
        clock, cpu = time.perf_counter(), time.process_time()
        result = work()
        best["cpu"] = min(best["cpu"], time.process_time() - cpu)
        best["clock"] = min(best["clock"], time.perf_counter() - clock)
    times[name] = {what: round(seconds, 7) for what, seconds in best.items()}
    return result


def run_karat(X: pd.DataFrame, y: np.ndarray[Any, Any], threads: int | None) -> Times:
    """Time karat with some number of threads."""
    from karat.scorecard import OptimalBinning, Scorecard

    times: Times = {}
    options = OptimalBinning(n_threads=threads)
    measured(times, "bin", lambda: options.fit(X, y))
    measured(times, "transform", lambda: options.transform(X))
    card = Scorecard(options, points_range=(0, 100))
    measured(times, "fit", lambda: card.fit(X, y))
    card.n_threads = threads
    measured(times, "score", lambda: card.predict_points(X))
    measured(times, "points of each field", lambda: card.transform(X))
    measured(times, "reasons", lambda: card.reasons(X[:REASONS], against="mean"))
    one = {name: float(X[name].iloc[0]) for name in FIELDS}
    measured(times, "one row", lambda: card.scorer_.score_row(one), rounds=50)
    return times


def run_optbinning(X: pd.DataFrame, y: np.ndarray[Any, Any]) -> Times:
    """Time optbinning with its defaults."""
    from optbinning import BinningProcess, Scorecard
    from sklearn.linear_model import LogisticRegression

    times: Times = {}
    process = BinningProcess(FIELDS)
    measured(times, "bin", lambda: process.fit(X, y), rounds=1)
    measured(times, "transform", lambda: process.transform(X))
    limits = {"min": 0, "max": 100}
    card = Scorecard(
        BinningProcess(FIELDS),
        LogisticRegression(),
        scaling_method="min_max",
        scaling_method_params=limits,
    )
    measured(times, "fit", lambda: card.fit(X, y), rounds=1)
    measured(times, "score", lambda: card.score(X))
    if hasattr(card, "transform"):
        measured(times, "points of each field", lambda: card.transform(X))
    one = X.iloc[:1]
    measured(times, "one row", lambda: card.score(one), rounds=10)
    return times


def run_toad(X: pd.DataFrame, y: np.ndarray[Any, Any]) -> Times:
    """Time toad with bins by decision trees, its fastest."""
    import toad
    from toad.transform import Combiner, WOETransformer

    times: Times = {}
    combiner, woe = Combiner(), WOETransformer()
    measured(times, "bin", lambda: combiner.fit(X, y, method="dt", n_bins=10), rounds=1)
    evidence = woe.fit_transform(combiner.transform(X), y)
    measured(times, "transform", lambda: woe.transform(combiner.transform(X)))
    card = toad.ScoreCard(combiner=combiner, transer=woe)
    measured(times, "fit", lambda: card.fit(evidence, y), rounds=1)
    times["fit"] = {what: round(times["fit"][what] + times["bin"][what], 7) for what in times["fit"]}
    measured(times, "score", lambda: card.predict(X))
    measured(times, "points of each field", lambda: card.predict(X, return_sub=True))
    measured(times, "reasons", lambda: card.get_reason(X.iloc[:REASONS]), rounds=1)
    one = X.iloc[:1]
    measured(times, "one row", lambda: card.predict(one), rounds=10)
    return times


def run_scorecardpy(X: pd.DataFrame, y: np.ndarray[Any, Any]) -> Times:
    """Time the bins of scorecardpy."""
    import scorecardpy

    times: Times = {}
    data = X.assign(y=y)
    measured(times, "bin", lambda: scorecardpy.woebin(data, "y", no_cores=1, print_info=False), rounds=1)
    return times


def main() -> None:
    """Time all, and print how many times longer the peers take than karat with one thread."""
    warnings.simplefilter("ignore")
    X, y = base(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
    found = {"karat, one thread": run_karat(X, y, 1), "karat, all threads": run_karat(X, y, None)}
    peers = {"optbinning": run_optbinning, "toad": run_toad, "scorecardpy": run_scorecardpy}
    for name, run in peers.items():
        try:
            found[name] = run(X, y)
        except Exception as error:  # a peer that does not run is told, not hidden
            print(f"{name} left out: {error!r:.150}", file=sys.stderr)
    ours = found["karat, one thread"]
    ratios = {
        name: {what: round(t["cpu"] / max(ours[what]["cpu"], 1e-6), 1) for what, t in times.items()}
        for name, times in found.items()
        if name in peers
    }
    print(json.dumps({"rows": len(X), "seconds": found, "cpu against karat": ratios}, indent=1))


if __name__ == "__main__":
    main()
