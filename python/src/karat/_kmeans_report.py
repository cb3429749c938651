"""What a fit of k-means prints on the way."""

from __future__ import annotations

from typing import Any


class Narrator:
    """A line for each iteration, in the words that readers of scikit-learn's output look for."""

    def __init__(self) -> None:
        self._start = 0
        self._moved: dict[int, int] = {}

    def next_start(self) -> None:
        """Count fits of one start each as the starts of one fit."""
        self._start += 1

    def __call__(
        self, start: int, starts: int, iteration: int, inertia: float, shift: float, moved: int
    ) -> None:
        """Told by the core when a start has its first centers (iteration 0) and after each iteration."""
        if iteration == 0:
            print("Initialization complete")
            return
        self._moved[max(start, self._start - 1)] = moved
        print(f"Iteration {iteration - 1}, inertia {inertia:.6g}, {moved} rows moved.")

    def finish(self, found: Any) -> None:
        """Say how the start that was kept ended."""
        if not found["converged"]:
            print(f"Not converged after iteration {found['n_iter'] - 1}.")
            return
        inertias = found["restart_inertias"].tolist()
        if self._moved.get(inertias.index(min(inertias)), 0) == 0:
            reason = "strict convergence"
        else:
            reason = f"center shift {found['shift']:.6g} within tolerance {found['shift_tolerance']:.6g}"
        print(f"Converged at iteration {found['n_iter'] - 1}: {reason}.")
