"""Prepaid lifetime value: karat beside lifetimes, in one run.

    python benches/peers/lifetime.py [CUSTOMERS ...]

Fits of BG/NBD, MBG/NBD and Pareto/NBD on the CDNOW sample, on synthetic retail customers (100,000 and
1,000,000 if none are given) and on synthetic top-ups with long histories; scoring; and summaries of a log.
CPU time of the best of some rounds with one thread and wall-clock time of two, as ratios in the same run, and
the log-likelihood that each reached, judged by one function. A peer that is not installed is named and left
out; Pareto/NBD of lifetimes is fitted up to 100,000 customers only, and not on top-ups, where it had not
finished after eight minutes.
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import importlib.util
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from karat import lifetime

Rows = tuple[Any, Any, Any]

#: CPU seconds of packages that need a compiler or R, measured once on a machine of the same kind (AMD EPYC,
#: one thread, shared) and not run here: pymc-marketing 0.19.2 (maximum a posteriori, compiled before) and
#: CLVTools 0.12.1, both on CDNOW.
PUBLISHED = {
    "pymc-marketing": ({("CDNOW", "BetaGeoNBD")}, 3.7),
    "CLVTools": ({("CDNOW", "BetaGeoNBD")}, 11.9),
}


def best(work: Callable[[], Any], rounds: int) -> tuple[float, Any]:
    """CPU seconds of the best round, and what it returned."""
    times, found = [], None
    for _ in range(rounds):
        started = time.process_time()
        found = work()
        times.append(time.process_time() - started)
    return min(times), found


def wall(work: Callable[[], Any], rounds: int) -> float:
    """Wall-clock seconds of the best round."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def customers(
    n: int, rates: tuple[float, float], deaths: tuple[float, float], weeks: tuple[int, int], seed: int
) -> Rows:
    """Pareto/NBD customers in weeks at the resolution of days, as in CDNOW."""
    rng = np.random.default_rng(seed)
    T = rng.integers(7 * weeks[0], 7 * weeks[1] + 1, n)
    rate = rng.gamma(rates[0], 1 / rates[1], n) / 7
    life = np.minimum(rng.exponential(1.0, n) / (rng.gamma(deaths[0], 1 / deaths[1], n) / 7), T)
    x = rng.poisson(rate * life)
    last = np.where(x > 0, life * rng.random(n) ** (1 / np.maximum(x, 1)), 0)
    t_x = np.where(x > 0, np.clip(np.ceil(last), 1, T), 0)
    return x, np.round(t_x / 7, 6), np.round(T / 7, 6)


def retail(n: int) -> Rows:
    """Draw customers like those of CDNOW."""
    return customers(n, (0.55, 10.58), (0.61, 11.67), (27, 39), 2)


def top_ups(n: int) -> Rows:
    """Draw prepaid customers who top up often: more than a thousand times in three years."""
    return customers(n, (1.5, 1.0), (0.5, 40.0), (26, 156), 3)


def cdnow() -> Rows | None:
    """Read the sample that lifetimes ships."""
    found = importlib.util.find_spec("lifetimes")
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).parent / "datasets" / "cdnow_customers_summary.csv"
    table = np.genfromtxt(path, delimiter=",", names=True)
    return table["frequency"], table["recency"], table["T"]


def likelihood(kind: str, parameters: list[float], rows: Rows) -> float:
    """Log-likelihood of any package's parameters, by scipy and 200 nodes for the time of death."""
    from scipy.special import betaln, gammaln

    x, t_x, T = (np.asarray(column, dtype=float) for column in rows)
    r, alpha, a, b = parameters
    front = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    if kind != "ParetoNBD":
        more = 1.0 if kind == "ModifiedBetaGeoNBD" else 0.0
        stay = betaln(a, b + x + more) - (r + x) * np.log(alpha + T)
        gone = betaln(a + 1, b + np.maximum(x, 1 - more) - 1 + more) - (r + x) * np.log(alpha + t_x)
        gone = np.where((x > 0) | (more > 0), gone, -np.inf)
        return float((front - betaln(a, b) + np.logaddexp(stay, gone)).sum())
    nodes, weights = np.polynomial.legendre.leggauss(200)
    total, least = 0.0, min(alpha, b)
    for part in range(0, len(x), 20_000):
        y, u, t = (column[part : part + 20_000] for column in (x, t_x, T))
        alive = -(r + y) * np.log(alpha + t) - a * np.log(b + t)
        length = np.log1p((t - u) / (least + u))
        at = u[:, None] + (least + u)[:, None] * np.expm1(0.5 * length[:, None] * (nodes + 1))
        with np.errstate(divide="ignore"):
            logs = np.log(a * weights * 0.5 * length[:, None]) + np.log(least + at)
        logs -= (r + y)[:, None] * np.log(alpha + at) + (a + 1) * np.log(b + at)
        dead = np.logaddexp.reduce(logs, axis=1)
        total += float((front[part : part + 20_000] + a * np.log(b) + np.logaddexp(alive, dead)).sum())
    return total


def compare(name: str, rows: Rows, peer: Any, pareto: bool) -> None:
    """Fit every model with both packages."""
    large = len(rows[0]) > 50_000
    theirs = {
        "BetaGeoNBD": "BetaGeoFitter",
        "ModifiedBetaGeoNBD": "ModifiedBetaGeoFitter",
        "ParetoNBD": "ParetoNBDFitter",
    }
    for kind, fitter in theirs.items():
        ours, model = best(lambda kind=kind: getattr(lifetime, kind)(n_threads=1).fit(*rows), 5)
        both = wall(lambda kind=kind: getattr(lifetime, kind)(n_threads=2).fit(*rows), 5)
        reached = likelihood(kind, list(model.params_.values()), rows)
        line = (
            f"| {name} | {kind} | {model.n_distinct_:,} | {model.n_iter_}{'' if model.converged_ else ' !'} "
            f"| {ours:.4f} | {both:.4f} | {reached:.6f} |"
        )
        if peer is None or (kind == "ParetoNBD" and not pareto):
            print(f"{line} not run | | | |", flush=True)
            continue
        try:
            started = time.perf_counter()
            taken, found = best(lambda fitter=fitter: getattr(peer, fitter)().fit(*rows), 1 if large else 3)
            waited = (time.perf_counter() - started) / (1 if large else 3)
            their = likelihood(kind, list(found.params_), rows)
            print(
                f"{line} {taken:.3f} | {their:.6f} | {taken / ours:.1f} | {waited / both:.1f} |", flush=True
            )
        except Exception as error:  # a fit that does not converge is told, not hidden
            print(f"{line} failed: {error!r:.60} | | | |", flush=True)
        for package, (what, seconds) in PUBLISHED.items():
            if (name, kind) in what:
                print(
                    f"| {name} | {kind} | | | {package}, measured before: {seconds} s CPU | | | | "
                    f"| {seconds / ours:,.0f} | |",
                    flush=True,
                )


def score(name: str, rows: Rows, horizon: float, rate: float, peer: Any) -> None:
    """Probability alive, transactions, spend and value of all; lifetimes computes the value alone."""
    money = np.full(len(rows[0]), 35.0)
    spend = lifetime.GammaGamma()
    spend.params_ = {"p": 6.25, "q": 3.74, "v": 15.44}
    taken = None
    if peer is not None:
        import pandas as pd

        fitted = peer.BetaGeoFitter().fit(*rows)
        series = [pd.Series(column) for column in (*rows, money)]
        value = peer.utils._customer_lifetime_value
        taken, _ = best(lambda: value(fitted, *series, time=12, discount_rate=0.01, freq="W"), 1)
    for kind in ("BetaGeoNBD", "ModifiedBetaGeoNBD", "ParetoNBD"):
        model = getattr(lifetime, kind)(n_threads=1).fit(*rows)
        ours, _ = best(
            lambda model=model: model.score(*rows, money, t=horizon, discount_rate=rate, spend=spend), 5
        )
        both = getattr(lifetime, kind)(n_threads=2)
        both.params_ = model.params_
        waited = wall(
            lambda both=both: both.score(*rows, money, t=horizon, discount_rate=rate, spend=spend), 5
        )
        alive, _ = best(lambda model=model: model.conditional_probability_alive(*rows), 5)
        expected, _ = best(lambda model=model: model.predict(horizon, *rows), 5)
        ratio = "not run |" if taken is None else f"{taken:.3f} | {taken / ours:.1f}"
        print(
            f"| {name} | {kind} | {ours:.4f} | {waited:.4f} | {alive:.4f} | {expected:.4f} | {ratio} |",
            flush=True,
        )


def summaries(peer: Any) -> None:
    """Summarise a million transactions of 100,000 customers."""
    import pandas as pd

    rng = np.random.default_rng(5)
    days = np.datetime64("2025-01-01") + rng.integers(0, 365, 1_000_000)
    log = pd.DataFrame({"customer_id": rng.integers(0, 100_000, 1_000_000), "date": pd.to_datetime(days)})
    log["amount"] = rng.gamma(2, 10, len(log))
    names = ("customer_id", "date", "amount")
    ours, _ = best(lambda: lifetime.summary_from_transactions(log, *names, n_threads=1), 3)
    print(f"summary of 1,000,000 transactions: karat {ours:.4f} s", end="")
    if peer is not None:
        taken, _ = best(lambda: peer.utils.summary_data_from_transaction_data(log, *names), 1)
        print(f", lifetimes {taken:.4f} s, {taken / ours:.1f} times", end="")
    print(flush=True)


def main() -> None:
    """Run all comparisons."""
    warnings.simplefilter("ignore")
    peer = None
    try:
        import lifetimes as peer
    except ImportError as error:
        print(f"lifetimes left out: {error}")
    for other in ("pymc_marketing", "CLVTools"):
        if importlib.util.find_spec(other) is None:
            print(f"{other} is not installed: its figure is the one measured before, on another day")
    sizes = [int(argument) for argument in sys.argv[1:]] or [100_000, 1_000_000]
    print(
        "\nCPU seconds of one thread and wall-clock seconds of two; `!` marks a fit that did not converge\n"
    )
    print(
        "| customers | model | distinct | steps | karat, CPU | karat, wall of two threads | log-likelihood "
        "| lifetimes, CPU | its log-likelihood | ratio of CPU | ratio of wall |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    sample = cdnow()
    if sample is not None:
        compare("CDNOW", sample, peer, True)
    bases = {n: retail(n) for n in sizes}
    for n, rows in bases.items():
        compare(f"retail {n:,}", rows, peer, n <= 100_000)
    recharges = top_ups(100_000)
    compare(f"top-ups 100,000, up to {int(recharges[0].max()):,}", recharges, peer, False)
    print(
        "\nScores: probability alive, transactions, spend and discounted value of everybody (all), the first "
        "two alone; lifetimes computes the value of 12 months alone\n"
    )
    print(
        "| customers | model | all, CPU | all, wall of two threads | alive | expected "
        "| lifetimes' value (BG/NBD), CPU | ratio |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for n, rows in bases.items():
        score(f"retail {n:,}", rows, 52.0, 0.0023, peer)
    score("top-ups 100,000", recharges, 52.0, 0.0023, None)
    print()
    summaries(peer)


if __name__ == "__main__":
    main()
