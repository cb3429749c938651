"""A million calls to weighted PageRank: karat beside igraph, networkx and scipy, in one run.

    python benches/peers/influence.py [ROWS]

Each implementation runs in a process of its own with one thread, from the arrays of calls to the ranks: CPU
time of the best of three rounds (networkx: one), and the growth of the greatest resident size in the first.
Peers that are not installed are left out and named. Everybody's ranks are compared with karat's.
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROUNDS = 3
DAMPING = 0.85
Calls = tuple[np.ndarray, np.ndarray, np.ndarray]


def make_calls(rows: int) -> Calls:
    """Numbers of people and minutes: circles of thirty, acquaintances, and a few hotlines."""
    rng = np.random.default_rng(7)
    people = max(rows // 10, 40)
    callers = rng.integers(0, people, rows, dtype=np.int64)
    near = (callers // 30 * 30 + rng.integers(0, 30, rows)) % people
    far = (people * rng.random(rows) ** 3).astype(np.int64)
    callees = np.where(rng.random(rows) < 0.6, near, far)
    minutes = rng.gamma(2.0, 3.0, rows)
    apart = callers != callees
    return callers[apart], callees[apart], minutes[apart]


def karat_ranks(calls: Calls) -> tuple[float, np.ndarray]:
    """Karat, one thread."""
    from karat.influence import CallGraph

    started = time.process_time()
    graph = CallGraph(calls, n_threads=1)
    built = time.process_time() - started
    return built, graph.page_rank(damping=DAMPING)["page_rank"]


def igraph_ranks(calls: Calls) -> tuple[float, np.ndarray]:
    """Igraph, by PRPACK; identifiers are numbered by numpy."""
    import igraph

    started = time.process_time()
    ids, places = np.unique(np.concatenate(calls[:2]), return_inverse=True)
    edges = places.reshape(2, -1).T
    graph = igraph.Graph(n=len(ids), edges=edges, directed=True)
    graph.es["weight"] = calls[2].tolist()
    graph.simplify(combine_edges="sum")
    built = time.process_time() - started
    return built, np.asarray(graph.pagerank(damping=DAMPING, weights="weight"))


def scipy_ranks(calls: Calls) -> tuple[float, np.ndarray]:
    """Power iteration with a sparse matrix, to the same residual as karat's."""
    from scipy import sparse

    started = time.process_time()
    ids, places = np.unique(np.concatenate(calls[:2]), return_inverse=True)
    first, second = places.reshape(2, -1)
    matrix = sparse.csr_matrix((calls[2], (first, second)), shape=(len(ids), len(ids)))
    strength = np.asarray(matrix.sum(axis=1)).ravel()
    idle = strength == 0
    step = (sparse.diags(np.divide(1.0, strength, where=~idle, out=np.zeros(len(ids)))) @ matrix).T.tocsr()
    built = time.process_time() - started
    x = np.full(len(ids), 1.0 / len(ids))
    for _ in range(1000):
        new = DAMPING * (step @ x) + (1 - DAMPING + DAMPING * x[idle].sum()) / len(ids)
        change = np.abs(new - x).sum()
        x = new
        if change <= 1e-12:
            break
    return built, x


def networkx_ranks(calls: Calls) -> tuple[float, np.ndarray]:
    """Networkx, to about the residual of karat's."""
    import networkx

    started = time.process_time()
    graph = networkx.DiGraph()
    for a, b, weight in zip(*(column.tolist() for column in calls), strict=True):
        if graph.has_edge(a, b):
            graph[a][b]["weight"] += weight
        else:
            graph.add_edge(a, b, weight=weight)
    built = time.process_time() - started
    ranks = networkx.pagerank(graph, alpha=DAMPING, max_iter=1000, tol=1e-12 / len(graph))
    return built, np.array([ranks[node] for node in sorted(ranks)])


IMPLEMENTATIONS: dict[str, Callable[[Calls], tuple[float, np.ndarray]]] = {
    "karat": karat_ranks,
    "igraph": igraph_ranks,
    "scipy": scipy_ranks,
    "networkx": networkx_ranks,
}


def memory(what: str) -> float:
    """Resident size now (VmRSS) or at its greatest since it was last forgotten (VmHWM), in MB. Linux."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition(f"{what}:")[2].split()[0]) / 1024


def run_one(name: str, folder: Path) -> None:
    """Measure one implementation; its figures and ranks go into the folder."""
    __import__({"karat": "karat.influence", "scipy": "scipy.sparse"}.get(name, name))
    loaded = np.load(folder / "calls.npz")
    calls = (loaded["callers"], loaded["callees"], loaded["minutes"])
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = memory("VmRSS")
    best, built, grown, ranks = float("inf"), 0.0, 0.0, np.empty(0)
    for number in range(1 if name == "networkx" else ROUNDS):
        started = time.process_time()
        build, ranks = IMPLEMENTATIONS[name](calls)
        seconds = time.process_time() - started
        if number == 0:
            grown = memory("VmHWM") - before
        if seconds < best:
            best, built = seconds, build
    np.savez(folder / f"{name}.npz", ranks=ranks, figures=[best, built, grown])


def main() -> None:
    """Print one line for each implementation."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        callers, callees, minutes = make_calls(rows)
        np.savez(folder / "calls.npz", callers=callers, callees=callees, minutes=minutes)
        own = None
        for name in IMPLEMENTATIONS:
            done = subprocess.run(
                [sys.executable, __file__, "--one", name, made], capture_output=True, text=True, check=False
            )
            if done.returncode:
                print(f"{name} is left out: {done.stderr.strip().splitlines()[-1]}")
                continue
            loaded = np.load(folder / f"{name}.npz")
            total, built, grown = loaded["figures"]
            line = f"{name:9} {total:8.2f} s CPU ({built:.2f} to build), {grown:7.0f} MB"
            if own is None:
                own = loaded
                print(line)
                continue
            difference = np.abs(loaded["ranks"] - own["ranks"]).max()
            ratios = loaded["figures"] / own["figures"]
            line += f": {ratios[0]:.1f} x the time, {ratios[2]:.1f} x the memory"
            print(f"{line}, largest difference {difference:.1e}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        run_one(sys.argv[2], Path(sys.argv[3]))
    else:
        main()
