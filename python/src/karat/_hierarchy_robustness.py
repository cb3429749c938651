"""How much the outcome of a hierarchy can bear: stability under weights, simulation of judgments."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple

import numpy as np

from karat import _karat
from karat._errors import ParameterError
from karat._frame import to_frame
from karat._score import html_table


class CriticalWeight(NamedTuple):
    """The nearest weight at which something changes."""

    weight: float
    """The weight among the siblings."""
    change: float
    """What is to be subtracted before the weights are divided by their sum (Triantaphyllou and Sanchez)."""
    percent: float
    """The change in percent of the weight."""


class CriterionStability(NamedTuple):
    """How stable the outcome is under the weight of one criterion."""

    criterion: str
    """The criterion."""
    weight: float
    """Its weight among its siblings."""
    global_weight: float
    """Its weight in the whole."""
    first_interval: tuple[float, float]
    """Weights among the siblings at which the first place stays."""
    ranking_interval: tuple[float, float]
    """Weights at which every rank stays."""
    first_change: CriticalWeight | None
    """The nearest weight at which the first place changes."""
    then_first: str | None
    """Who is first beyond it."""
    rank_change: CriticalWeight | None
    """The nearest weight at which any rank changes."""


class Stability:
    """How far each weight may move before the outcome changes.

    Attributes
    ----------
    mode : str
        How the alternatives are brought together.
    criteria : list of CriterionStability
        Every criterion that has siblings.
    percent_top, absolute_top, percent_any, absolute_any : str or None
        The most critical criterion after Triantaphyllou and Sanchez (1997): whose weight needs the smallest
        change, in percent of itself or in absolute terms, to change the first place or any rank.
    """

    def __init__(
        self, mode: str, rows: Sequence[_karat._StabilityRow], critical: Sequence[str | None]
    ) -> None:
        self.mode = mode
        self.criteria = [
            CriterionStability(*row[:5], _critical(row[5]), row[6], _critical(row[7])) for row in rows
        ]
        self.percent_top, self.absolute_top, self.percent_any, self.absolute_any = critical

    def to_frame(self, like: Any = "pandas") -> Any:
        """Build a frame with a row for each criterion.

        Parameters
        ----------
        like : table or {"pandas", "polars", "pyarrow", "dict"}, default "pandas"
            What kind of frame to build.

        Returns
        -------
        frame
        """
        of = self.criteria
        nan = float("nan")

        def change(found: CriticalWeight | None) -> float:
            return found.percent if found else nan

        return to_frame(
            {
                "criterion": [c.criterion for c in of],
                "weight": np.array([c.weight for c in of]),
                "global": np.array([c.global_weight for c in of]),
                "first_low": np.array([c.first_interval[0] for c in of]),
                "first_high": np.array([c.first_interval[1] for c in of]),
                "then_first": [c.then_first for c in of],
                "first_change_percent": np.array([change(c.first_change) for c in of]),
                "ranking_low": np.array([c.ranking_interval[0] for c in of]),
                "ranking_high": np.array([c.ranking_interval[1] for c in of]),
                "rank_change_percent": np.array([change(c.rank_change) for c in of]),
            },
            like,
        )

    def __repr__(self) -> str:
        return f"<Stability: {len(self.criteria)} criteria ({self.mode}); most critical {self.percent_top}>"

    def _repr_html_(self) -> str:
        rows = [
            [
                c.criterion,
                f"{c.weight:.4f}",
                f"{c.first_interval[0]:.4f} \N{EN DASH} {c.first_interval[1]:.4f}",
                c.then_first or "",
                f"{c.ranking_interval[0]:.4f} \N{EN DASH} {c.ranking_interval[1]:.4f}",
            ]
            for c in self.criteria
        ]
        names = ["criterion", "weight", "first place stays", "then first", "ranking stays"]
        return f"<div>{html_table(names, rows)}{escape(repr(self)[1:-1])}</div>"


def _critical(row: tuple[float, float, float] | None) -> CriticalWeight | None:
    return None if row is None else CriticalWeight(*row)


class Band(NamedTuple):
    """Where a figure lies over the draws."""

    mean: float
    """Mean."""
    low: float
    """Lower end of the band."""
    median: float
    """Median."""
    high: float
    """Upper end of the band."""


class Simulation:
    """What the outcome is worth when every judgment could have been a little different.

    Attributes
    ----------
    draws, seed : int
        How many draws, from which seed.
    spread, level : float
        Standard deviation of the logarithm of a judgment; part of the draws inside a band.
    mode : str
        How the alternatives were brought together.
    weights : dict of str to Band
        Weight in the whole of every criterion.
    totals : dict of str to Band
        Total of every alternative; empty without alternatives.
    rank_probabilities : ndarray of shape (n_alternatives, n_alternatives)
        Part of the draws in which the alternative of the row has the rank of the column, best first.
    ahead : ndarray of shape (n_alternatives, n_alternatives)
        Part of the draws in which the alternative of the row is ahead of that of the column.
    same_ranking : float
        Part of the draws in which the ranking is the one without noise.
    """

    def __init__(
        self,
        criteria: Sequence[str],
        alternatives: Sequence[str],
        settings: tuple[int, float, float, int, str],
        found: _karat._Simulation,
    ) -> None:
        self.draws, self.spread, self.level, self.seed, self.mode = settings
        self.weights = {name: Band(*row) for name, row in zip(criteria, found["weights"], strict=True)}
        self.totals = {name: Band(*row) for name, row in zip(alternatives, found["totals"], strict=True)}
        self.rank_probabilities = found["rank_probabilities"]
        self.ahead = found["ahead"]
        self.same_ranking = found["same_ranking"]

    @property
    def first(self) -> dict[str, float]:
        """For every alternative the part of the draws in which it comes first."""
        return {name: float(self.rank_probabilities[at, 0]) for at, name in enumerate(self.totals)}

    def to_frame(self, name: str = "totals", like: Any = "pandas") -> Any:
        """Build a frame of one table.

        Parameters
        ----------
        name : {"totals", "weights"}, default "totals"
            Bands of the alternatives with their rank probabilities, or bands of the criteria's weights.
        like : table or {"pandas", "polars", "pyarrow", "dict"}, default "pandas"
            What kind of frame to build.

        Returns
        -------
        frame
        """
        if name not in ("totals", "weights"):
            raise ParameterError(f"`name` must be totals or weights, got {name!r}")
        bands = self.totals if name == "totals" else self.weights
        columns: dict[str, Any] = {"alternative" if name == "totals" else "criterion": list(bands)}
        for at, field in enumerate(Band._fields):
            columns[field] = np.array([band[at] for band in bands.values()])
        if name == "totals":
            for rank in range(len(bands)):
                columns[f"rank_{rank + 1}"] = self.rank_probabilities[:, rank].copy()
        return to_frame(columns, like)

    def __repr__(self) -> str:
        first = "".join(f" {name} {share:.3f}" for name, share in self.first.items())
        return (
            f"<Simulation: {self.draws} draws, spread {self.spread:g}; first:{first or ' no alternatives'}>"
        )

    def _repr_html_(self) -> str:
        table = self.to_frame("totals" if self.totals else "weights", "dict")
        names = list(table)
        rows = [
            [value if isinstance(value, str) else f"{value:.4f}" for value in row]
            for row in zip(*table.values(), strict=True)
        ]
        return f"<div>{html_table(names, rows)}{escape(repr(self)[1:-1])}</div>"
