"""What a hierarchy answers: consistency, totals, sweeps, changes that matter."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from karat import _karat
from karat._frame import to_frame
from karat._named_weights import Finding, NamedWeights
from karat._priorities import RandomIndex
from karat._score import html_table


class NodeConsistency(NamedTuple):
    """Consistency of the judgments under one criterion."""

    criterion: str
    """The criterion whose children, or alternatives, were judged."""
    level: int
    """Its level; the goal is on level 0."""
    size: int
    """Number of items judged."""
    weight: float
    """Its weight in the whole."""
    consistency_index: float
    """CI = (lambda_max - n) / (n - 1)."""
    consistency_ratio: float
    """CR = CI / random index."""
    random_index: RandomIndex
    """Table and value that CI was divided by."""


class LevelConsistency(NamedTuple):
    """Consistency of several nodes together, each counted with its weight in the whole."""

    level: int | None
    """Level of the nodes; None for the whole hierarchy."""
    consistency_index: float
    """Sum of weight times CI."""
    random_index: float
    """Sum of weight times random index."""
    consistency_ratio: float
    """Their quotient; 0 when no node has three judged items."""


class HierarchyConsistency(NamedTuple):
    """Consistency of a hierarchy: look at the nodes first, a good total can hide a bad node."""

    nodes: list[NodeConsistency]
    """Every judged node."""
    levels: list[LevelConsistency]
    """Every level with judged nodes, from the top."""
    overall: LevelConsistency
    """The whole hierarchy (Saaty, 1980)."""


class Synthesis(NamedWeights):
    """Totals of the alternatives: a mapping from name to total, with what they are made of.

    Attributes
    ----------
    mode : str
        How the alternatives were brought together.
    ranking : tuple of str
        The alternatives, best first.
    contributions : dict of str to dict of str to float
        For every leaf criterion what it adds to each total. In a weighted product these are terms of its
        logarithm.
    findings : tuple of Finding
        W140 when another mode puts another alternative first, with the reason.
    """

    def __init__(self, found: _karat._Synthesis) -> None:
        names = found["alternatives"]
        super().__init__(names, found["totals"].tolist())
        self.mode = found["mode"]
        self.ranking = tuple(names[at] for at in found["ranking"])
        self.findings = tuple(Finding(*row) for row in found["findings"])
        self.contributions = {
            criterion: dict(zip(names, row, strict=True))
            for criterion, row in zip(found["criteria"], found["contributions"].tolist(), strict=True)
        }

    @property
    def winner(self) -> str:
        """The best alternative; of equals, the first."""
        return self.ranking[0]

    def to_frame(self, like: Any = "pandas") -> Any:
        """Build a frame: alternative, total, rank, and what every leaf criterion adds.

        Parameters
        ----------
        like : table or {"pandas", "polars", "pyarrow", "dict"}, default "pandas"
            What kind of frame to build.

        Returns
        -------
        frame
        """
        columns: dict[str, Any] = {
            "alternative": list(self),
            "total": self.to_numpy(),
            "rank": np.array([self.ranking.index(name) + 1 for name in self], dtype=np.int64),
        }
        for criterion, row in self.contributions.items():
            columns[f"from_{criterion}"] = np.array(list(row.values()))
        return to_frame(columns, like)

    def _facts(self) -> list[tuple[str, str]]:
        warned = [("\N{WARNING SIGN}", str(finding)) for finding in self.findings]
        return [("mode", self.mode), ("first", self.winner), *warned]


class Crossing(NamedTuple):
    """A weight at which two alternatives change places."""

    weight: float
    """The weight of the criterion among its siblings."""
    below: str
    """Who is ahead below that weight."""
    above: str
    """Who is ahead above it."""
    first_place: bool
    """Whether the first place changes hands."""


class WeightSweep:
    """The totals as the weight of one criterion among its siblings runs from 0 to 1.

    The others share the rest in proportion. Crossings and intervals are exact; the grid is for drawing.

    Attributes
    ----------
    criterion, mode : str
        What is varied, and how the alternatives are brought together.
    weight : float
        The weight among the siblings now.
    parent_weight : float
        Weight of the parent in the whole; weight in the whole = this times the weight among the siblings.
    grid : ndarray of shape (n_grid,)
        Weights at which totals were taken.
    totals : ndarray of shape (n_grid, n_alternatives)
        The totals.
    crossings : list of Crossing
        Every change of places, in order.
    first_interval, ranking_interval : tuple of two floats
        Weights around the present one at which the first place, or every rank, stays.
    """

    def __init__(
        self,
        criterion: str,
        mode: str,
        alternatives: Sequence[str],
        grid: NDArray[np.float64],
        found: _karat._Sweep,
    ) -> None:
        self.criterion, self.mode, self.alternatives, self.grid = criterion, mode, tuple(alternatives), grid
        self.weight = found["weight"]
        self.parent_weight = found["parent_global"]
        self.totals = found["totals"]
        self.crossings = [Crossing(*row) for row in found["crossings"]]
        self.first_interval = found["first_interval"]
        self.ranking_interval = found["ranking_interval"]

    def to_frame(self, like: Any = "pandas") -> Any:
        """Build a frame of the grid: the weight, then a column of totals for each alternative.

        Parameters
        ----------
        like : table or {"pandas", "polars", "pyarrow", "dict"}, default "pandas"
            What kind of frame to build.

        Returns
        -------
        frame
        """
        columns = {name: self.totals[:, at].copy() for at, name in enumerate(self.alternatives)}
        return to_frame({"weight": self.grid, **columns}, like)

    def __repr__(self) -> str:
        low, high = self.first_interval
        return (
            f"<WeightSweep: {self.criterion}={self.weight:.4f} ({self.mode}); first place stays from "
            f"{low:.4f} to {high:.4f}; {len(self.crossings)} crossings>"
        )

    def _repr_html_(self) -> str:
        rows = [[f"{c.weight:.4f}", c.below, c.above, "yes" if c.first_place else ""] for c in self.crossings]
        table = html_table(["at weight", "ahead below", "ahead above", "first place"], rows)
        return f"<div>{escape(repr(self)[1:-1])}{table}</div>"


class CriticalJudgment(NamedTuple):
    """The nearest value of one judgment that changes the outcome."""

    criterion: str
    """The criterion under which the two are judged."""
    first: str
    """The item on the left."""
    second: str
    """The item on the right."""
    given: float
    """The judgment as it is."""
    changed: float
    """The nearest value of Saaty's scale that changes the outcome."""
    steps: int
    """Steps on the scale from one to the other."""
    then_first: str
    """Who is first then."""
    consistency_ratio: float
    """Consistency ratio of that criterion's judgments then."""


class RankReversal(NamedTuple):
    """An order that turned round although nothing was said anew about those in it."""

    alternative: str
    """The alternative that left, or whose copy joined."""
    removed: bool
    """Whether it left; otherwise a copy of it joined."""
    before: list[str]
    """The alternatives that stay, best first."""
    after: list[str]
    """The same afterwards."""
    reversed: list[tuple[str, str]]
    """Pairs: who was ahead before, who is ahead after."""
