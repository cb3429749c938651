"""Entropy and CRITIC over a million rows: karat beside scikit-criteria, pymcdm and numpy, in one run.

    python benches/peers/data_weights.py [ROWS]

CPU time of one process with one thread, the best of several rounds. Peers that are not installed are left out
and named. Every peer's weights are compared with karat's before its time counts.
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from karat import weights

COLUMNS = 12
ROUNDS = 5


def numpy_entropy(x: np.ndarray) -> np.ndarray:
    """Entropy weights as one writes them in numpy."""
    shares = x / x.sum(0)
    information = 1 + (shares * np.log(shares)).sum(0) / np.log(len(x))
    return information / information.sum()


def numpy_critic(x: np.ndarray) -> np.ndarray:
    """CRITIC as one writes it in numpy."""
    low = x.min(0)
    z = (x - low) / (x.max(0) - low)
    information = z.std(0, ddof=1) * (1 - np.corrcoef(z, rowvar=False)).sum(0)
    return information / information.sum()


def peers() -> dict[str, dict[str, Callable[[np.ndarray], Any]]]:
    """Every implementation that is here, by method."""
    found: dict[str, dict[str, Callable[[np.ndarray], Any]]] = {
        "entropy": {"numpy": numpy_entropy},
        "critic": {"numpy": numpy_critic},
    }
    benefits = np.ones(COLUMNS, dtype=int)
    try:
        from skcriteria.preprocessing import weighters
    except ImportError as error:
        print(f"scikit-criteria is left out: {error}")
    else:
        found["entropy"]["scikit-criteria"] = weighters.entropy_weights
        found["critic"]["scikit-criteria"] = lambda x: weighters.critic_weights(x, benefits)
    try:
        from pymcdm import weights as pymcdm
    except ImportError as error:
        print(f"pymcdm is left out: {error}")
    else:
        found["entropy"]["pymcdm"] = pymcdm.entropy_weights
        found["critic"]["pymcdm"] = pymcdm.critic_weights
    return found


def cpu_time(call: Callable[[], Any], rounds: int) -> float:
    """Seconds of CPU time of the quickest round."""
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        call()
        best = min(best, time.process_time() - start)
    return best


def main() -> None:
    """Print one line for each method and implementation."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    x = np.random.default_rng(7).gamma(2.0, size=(rows, COLUMNS))
    # One range for all, so that peers which do not scale agree.
    x = 0.01 + 0.99 * (x - x.min(0)) / (x.max(0) - x.min(0))
    own = {"entropy": weights.entropy, "critic": weights.critic}
    layouts = {
        "rows": x,
        "columns": np.asfortranarray(x),
        "mapping": {f"c{j}": x[:, j].copy() for j in range(COLUMNS)},
    }
    for method, others in peers().items():
        times = {
            name: cpu_time(lambda t=table, m=method: own[m](t), ROUNDS) for name, table in layouts.items()
        }
        expected = own[method](x).to_numpy()
        for name, seconds in times.items():
            print(f"{method:8} {'karat (' + name + ')':18} {1e3 * seconds:9.1f} ms")
        slowest = max(times.values())
        fastest = float("inf")
        for name, call in others.items():
            difference = np.abs(np.asarray(call(x)) - expected).max()
            seconds = cpu_time(lambda c=call: c(x), 2)
            fastest = min(fastest, seconds)
            print(
                f"{method:8} {name:18} {1e3 * seconds:9.1f} ms {seconds / slowest:7.1f} x, "
                f"largest difference {difference:.1e}"
            )
        print(f"{method:8} fastest peer / slowest layout of karat: {fastest / slowest:.1f}")


if __name__ == "__main__":
    main()
