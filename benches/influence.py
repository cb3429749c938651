"""Time and memory of a call graph: building it from identifiers, and every measure.

    python benches/influence.py [ROWS] [THREADS]

Ten million rows between a million people by default. Memory is the growth of the greatest resident size
over that of the process with the rows in place, as Linux tells it. The same seed gives the same bits, which
the digest at the end shows: run it with other numbers of threads to compare.
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from karat.influence import CallGraph


def make_calls(rows: int, seed: int = 7) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Phone numbers and minutes: circles of thirty, acquaintances, and a few hotlines everybody calls."""
    rng = np.random.default_rng(seed)
    people = max(rows // 10, 40)
    callers = rng.integers(0, people, rows, dtype=np.int64)
    near = (callers // 30 * 30 + rng.integers(0, 30, rows)) % people
    far = (people * rng.random(rows) ** 3).astype(np.int64)
    callees = np.where(rng.random(rows) < 0.6, near, far)
    phone = rng.permutation(people) * 97 + 8_613_900_000_000
    return phone[callers], phone[callees], rng.gamma(2.0, 3.0, rows)


def memory(what: str) -> float:
    """Resident size now (VmRSS) or at its greatest since it was last forgotten (VmHWM), in MB. Linux."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition(f"{what}:")[2].split()[0]) / 1024


def main() -> None:
    """Print a line for each step."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else None
    calls = make_calls(rows)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forget what making the rows took
    before = memory("VmRSS")
    digest = hashlib.sha256()

    def timed(what: str, call: Callable[[], Any]) -> Any:
        wall, cpu = time.perf_counter(), time.process_time()
        found = call()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        grown = memory("VmHWM") - before
        print(f"{what:24} {wall:8.2f} s wall {cpu:8.2f} s CPU, peak {grown:7.0f} MB above the rows")
        for values in getattr(found, "columns", {}).values():
            digest.update(values.tobytes())
        return found

    graph = timed("call graph", lambda: CallGraph(calls, n_threads=threads))
    print(graph)
    ranks = timed("PageRank", graph.page_rank)
    print(ranks)
    churners = graph.ids[::50]
    timed("exposure, 3 steps", lambda: graph.exposure(churners))
    values = (graph.ids, np.arange(len(graph)) % 1000)
    timed("network value", lambda: graph.network_value(values, contagion=0.2))
    timed("measures with circles", lambda: graph.measures(hub=200))
    timed("reach of 1000", lambda: graph.reach(graph.ids[:1000], steps=2))
    print(f"digest {digest.hexdigest()[:16]}")


if __name__ == "__main__":
    main()
