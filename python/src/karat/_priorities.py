"""Weights drawn from judgments, and the figures that come with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from karat import _karat
from karat._named_weights import Finding, NamedWeights


class RandomIndex(NamedTuple):
    """The random index that a consistency ratio was measured by."""

    table: str
    """Name of the table."""
    value: float
    """The random index; 0 for one or two items."""
    standard_error: float | None
    """Of a simulated value; 0 where every matrix was counted, None where the source gives none."""
    extrapolated: bool
    """Whether it lies beyond the table."""


#: Random indices that were met before: a handful for each table.
_SEEN: dict[tuple[str, float, float | None, bool], RandomIndex] = {}


class Priorities(NamedWeights):
    """Weights of judged items, and how consistent the judgments are.

    Attributes
    ----------
    weights : dict of str to float
        Weight of each item; they sum to 1. The object itself is a mapping of them, and `to_numpy()` an array.
    method : str
        How the weights were drawn from the judgments.
    lambda_max : float
        Principal eigenvalue; the number of items for consistent judgments, more otherwise.
    lambda_bounds : tuple of two floats
        Proven bounds of it.
    consistency_index : float
        CI = (lambda_max - n) / (n - 1).
    consistency_ratio : float
        CR = CI / random index; Saaty accepts up to 0.10.
    random_index : RandomIndex
        Table and value that CI was divided by.
    geometric_consistency_index : float
        Variance of the judgments around their geometric-mean weights (Crawford and Williams, 1985); around
        their least squares fit, by the degrees of freedom they leave, when judgments are missing.
    findings : tuple of Finding
        W152 when several sets of weights are equally near in the least squares.
    completion : str or None
        How missing judgments were dealt with; None when none is.
    filled : dict of (str, str) to float
        The values that stand for the missing judgments.
    finding : Finding or None
        W110 when judgments are missing, with the next best question.
    """

    def __init__(self, names: Sequence[str], found: _karat._Priorities) -> None:
        super().__init__(names, found["weights"])
        self.method = found["method"]
        self.lambda_max = found["lambda_max"]
        self.lambda_bounds = found["lambda_bounds"]
        self.consistency_index = found["consistency_index"]
        self.consistency_ratio = found["consistency_ratio"]
        self.random_index = RandomIndex(*found["random_index"])
        self.geometric_consistency_index = found["geometric_consistency_index"]
        self.findings = tuple(Finding(*row) for row in found["findings"])
        finding = found.get("finding")
        self.finding = None if finding is None else Finding(*finding)
        self.completion = None if finding is None else found["completion"]
        self.filled = {(first, second): value for first, second, value in found.get("filled", [])}

    @classmethod
    def _quick(cls, names: Sequence[str], method: str, found: _karat._Quick) -> Priorities:
        """Fill the object from plain tuples: an array in, microseconds out."""
        made = cls.__new__(cls)
        values, figures, index = found
        low, high = figures[1], figures[2]
        random_index = _SEEN.get(index)
        if random_index is None:
            random_index = _SEEN[index] = RandomIndex(*index)
        # Stores one by one: of all ways to fill an object this is the fastest.
        fields = made.__dict__
        fields["_values"] = dict(zip(names, values))  # noqa: B905  (as long as each other, and faster)
        fields["method"] = method
        fields["lambda_max"] = figures[0]
        fields["lambda_bounds"] = (low, high)
        fields["consistency_index"] = figures[3]
        fields["consistency_ratio"] = figures[4]
        fields["geometric_consistency_index"] = figures[5]
        fields["random_index"] = random_index
        fields["findings"] = ()
        fields["finding"] = fields["completion"] = None
        fields["filled"] = {}
        return made

    def _facts(self) -> list[tuple[str, str]]:
        index = self.random_index
        return [
            ("consistency ratio", f"{self.consistency_ratio:.4f}"),
            ("random index", f"{index.value:.4f} ({index.table})"),
        ]


class ConsistencyIndices(NamedTuple):
    """Measures of inconsistency; all are 0 for consistent judgments and for fewer than three items."""

    lambda_max: float
    """Principal eigenvalue."""
    consistency_index: float
    """CI (Saaty, 1977)."""
    consistency_ratio: float
    """CR = CI / random index."""
    random_index: RandomIndex
    """Table and value that CI was divided by."""
    geometric_consistency_index: float
    """GCI (Crawford and Williams, 1985)."""
    geometric_consistency_threshold: float | None
    """Limit of GCI that corresponds to CR 0.10 (Aguarón and Moreno-Jiménez, 2003)."""
    harmonic_consistency_index: float
    """HCI, from the column sums (Stein and Mizzi, 2007)."""
    koczkodaj_index: float
    """Of the worst triad, 0 to 1 (Koczkodaj, 1993)."""
    worst_triad: tuple[str, str, str] | None
    """The items of that triad."""
    pelaez_lamata_index: float
    """Mean determinant of the triads (Peláez and Lamata, 2003)."""


class LeastSquaresMinimum(NamedTuple):
    """A local minimum of the sum of squares of a_ij - w_i / w_j."""

    weights: dict[str, float]
    """Weights by name."""
    objective: float
    """The sum of squares there."""


class NextQuestion(NamedTuple):
    """A missing judgment and what asking for it would be worth."""

    first: str
    """The item on the left."""
    second: str
    """The item on the right."""
    implied: float
    """What the judgments so far imply: how many times the first is as important as the second."""
    variance: float
    """Variance of the logarithm of that, in units of the variance of one judgment."""
    variance_removed: float
    """Share of the variance of all weights that the answer is expected to remove, 0 to 1."""
