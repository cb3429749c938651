"""What can be asked about the outcome of a hierarchy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from karat import _karat
from karat._estimator import draw_seed
from karat._hierarchy_results import CriticalJudgment, RankReversal, WeightSweep
from karat._hierarchy_robustness import Simulation, Stability

if TYPE_CHECKING:
    from numpy.random import Generator, RandomState


class Questions:
    """The part of a hierarchy that asks what would change its outcome."""

    __slots__ = ()

    _core: _karat.Hierarchy
    _names: list[str]

    def sensitivity(
        self, criterion: str, mode: str = "distributive", grid: int | ArrayLike = 101
    ) -> WeightSweep:
        """Follow the totals as the weight of one criterion among its siblings runs from 0 to 1.

        Parameters
        ----------
        criterion : str
            Any but the goal; its siblings share the rest in proportion.
        mode : str
            As in `synthesise`.
        grid : int or array-like, default 101
            Number of weights from 0 to 1, or the weights.

        Returns
        -------
        WeightSweep
            Totals along the grid, exact crossings, intervals in which nothing changes.
        """
        weights = np.linspace(0.0, 1.0, grid) if isinstance(grid, int) else np.asarray(grid, np.float64)
        found = self._core.sensitivity(criterion, mode, weights.tolist())
        return WeightSweep(criterion, mode, self._core.alternatives, weights, found)

    def stability(self, mode: str = "distributive") -> Stability:
        """Tell for every criterion how far its weight may move before the outcome changes, in closed form.

        Parameters
        ----------
        mode : str
            As in `synthesise`.

        Returns
        -------
        Stability
            Intervals, who would be first, and the most critical criteria.
        """
        return Stability(mode, *self._core.stability(mode))

    def critical_judgments(
        self, mode: str = "distributive", *, any_rank: bool = False
    ) -> list[CriticalJudgment]:
        """Return for every judgment the nearest value on Saaty's scale that changes the outcome.

        Parameters
        ----------
        mode : str
            As in `synthesise`.
        any_rank : bool, default False
            Whether a change of any rank counts, rather than of the first place.

        Returns
        -------
        list of CriticalJudgment
            Fewest steps first; without judgments that cannot change it.
        """
        return [CriticalJudgment(*row) for row in self._core.critical_judgments(mode, any_rank)]

    def simulate(
        self,
        draws: int = 1000,
        random_state: int | RandomState | Generator | None = None,
        *,
        spread: float = 0.25,
        level: float = 0.9,
        mode: str = "distributive",
        n_threads: int = 0,
    ) -> Simulation:
        """Vary every judgment of the hierarchy at once and see what comes of it.

        Parameters
        ----------
        draws : int, default 1000
            How often.
        random_state : None, int, RandomState or Generator, default None
            An integer is the seed; None takes fresh entropy.
        spread : float, default 0.25
            Standard deviation of the logarithm of a judgment; 0.22 is a step from 4 to 5.
        level : float, default 0.9
            Part of the draws inside a band.
        mode : str
            As in `synthesise`.
        n_threads : int, default 0
            Threads, 0 for all; they do not change the result.

        Returns
        -------
        Simulation
            Rank probabilities, bands of weights and totals.
        """
        seed = draw_seed(random_state)
        found = self._core.simulate(draws, spread, level, seed, mode, n_threads)
        settings = (draws, spread, level, seed, mode)
        return Simulation(self._names, self._core.alternatives, settings, found)

    def rank_reversals(self, mode: str = "distributive") -> list[RankReversal]:
        """Return every alternative that turns the order of others round by leaving or by being copied."""
        return [RankReversal(*row) for row in self._core.rank_reversals(mode)]
