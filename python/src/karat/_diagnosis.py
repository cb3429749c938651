"""What is wrong with judgments, how to mend them, and what their weights are worth."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from karat import _karat
from karat._frame import to_frame
from karat._score import html_table

if TYPE_CHECKING:
    from karat._judgments import PairwiseMatrix


class PairDiagnosis(NamedTuple):
    """One judgment beside what the rest of the matrix says about it."""

    first: str
    """The item on the left."""
    second: str
    """The item on the right."""
    given: float
    """How many times as important the first was judged."""
    weights_imply: float
    """What the weights make of it."""
    others_imply: float
    """What all other judgments imply in its place."""
    ratio_error: float
    """How far judgment and weights disagree, as a factor of at least 1."""
    suspicion: float
    """Part, 0 to 1, of all contradiction that vanishes when this judgment is left out."""
    suggested: float
    """What the others imply, rounded to Saaty's scale: the value to suggest."""


class SingleChange(NamedTuple):
    """One judgment replaced by another."""

    first: str
    """The item on the left."""
    second: str
    """The item on the right."""
    given: float
    """The judgment as it is."""
    proposed: float
    """The judgment proposed, a value of Saaty's scale."""
    steps: int
    """Steps on Saaty's scale between the two."""
    consistency_ratio: float
    """The consistency ratio that follows."""


class Triad(NamedTuple):
    """Three items and the judgments between them."""

    items: tuple[str, str, str]
    """The items."""
    judgments: tuple[float, float, float]
    """First over second, second over third, first over third."""
    inconsistency: float
    """0 when the first two multiply to the last, towards 1 the less they do (Koczkodaj, 1993)."""
    circular: bool
    """Whether each item beats the next, and the last the first."""


class Transitivity(NamedTuple):
    """The order that judgments imply, and where there is none."""

    circles: list[Triad]
    """The circular triads, the most inconsistent first."""
    zeta: float | None
    """Kendall's coefficient: 1 when the judgments rank the items, 0 with as many circles as can be. None with
    ties, for fewer than three items, and when judgments are missing."""


class Influence(NamedTuple):
    """What one judgment does to the consistency of its matrix."""

    first: str
    """The item on the left."""
    second: str
    """The item on the right."""
    slope: float
    """Derivative of the principal eigenvalue by the judgment's logarithm; positive when a stronger judgment
    makes matters worse."""
    ratio_without: float
    """The consistency ratio with the value that fits best in its place: no other value gives less."""
    best_value: float
    """That value."""


class Diagnosis(NamedTuple):
    """What is inconsistent in a matrix, and where to look first."""

    pairs: list[PairDiagnosis]
    """Every judgment, the most suspect first; those alone that others can contradict."""
    changes: list[SingleChange]
    """For every judgment the change to what the others imply; the lowest resulting ratio first."""
    triads: list[Triad]
    """Every three items, the most inconsistent first; those alone whose three judgments were given."""
    transitivity: Transitivity
    """Whether the judgments run in circles."""
    influences: list[Influence]
    """Every judgment, the most helpful to leave out first; empty when judgments are missing."""

    def to_frame(self, like: Any = "pandas") -> Any:
        """Build a frame with a row for each judgment, the most suspect first.

        Parameters
        ----------
        like : table or {"pandas", "polars", "pyarrow", "dict"}, default "pandas"
            What kind of frame to build.

        Returns
        -------
        frame
        """
        return to_frame(_columns(PairDiagnosis._fields, self.pairs), like)

    def _repr_html_(self) -> str:
        rows = [
            [
                pair.first,
                pair.second,
                text_of(pair.given),
                text_of(pair.others_imply),
                text_of(pair.suggested),
                f"{pair.suspicion:.3f}",
            ]
            for pair in self.pairs[:10]
        ]
        names = ["first", "second", "given", "others imply", "suggested", "suspicion"]
        circles = f"{len(self.transitivity.circles)} circular triads"
        more = f"; {len(self.pairs) - 10} more pairs" if len(self.pairs) > 10 else ""
        return f"<div>{html_table(names, rows)}{circles}{more}</div>"


class Repaired(NamedTuple):
    """Judgments made consistent enough, with every change: a proposal to put before whoever judged."""

    matrix: PairwiseMatrix
    """The judgments with all changes made."""
    changes: list[SingleChange]
    """The changes, each with the consistency ratio after it and those before it."""
    consistency_ratio: float
    """The consistency ratio with all changes made."""
    fewest_judgments: bool
    """Whether every smaller number of changes was tried and does not suffice."""
    fewest_steps: bool
    """Whether in addition no other set of as many changes takes fewer steps on Saaty's scale."""

    def to_frame(self, like: Any = "pandas") -> Any:
        """Build a frame with a row for each change.

        Parameters
        ----------
        like : table or {"pandas", "polars", "pyarrow", "dict"}, default "pandas"
            What kind of frame to build.

        Returns
        -------
        frame
        """
        return to_frame(_columns(SingleChange._fields, self.changes), like)

    def _repr_html_(self) -> str:
        rows = [
            [
                change.first,
                change.second,
                text_of(change.given),
                text_of(change.proposed),
                str(change.steps),
                f"{change.consistency_ratio:.4f}",
            ]
            for change in self.changes
        ]
        names = ["first", "second", "given", "changed to", "steps", "consistency ratio"]
        if self.fewest_steps:
            proof = "fewest judgments and steps"
        else:
            proof = "fewest judgments" if self.fewest_judgments else "not proven to be the fewest"
        return f"<div>{html_table(names, rows)}{proof}</div>"


class Band(NamedTuple):
    """Where a weight lies when every judgment could have been a little different."""

    low: float
    """Lower end."""
    median: float
    """Middle."""
    high: float
    """Upper end."""


class Uncertainty:
    """What weights are worth when every judgment could have been a little different.

    Attributes
    ----------
    weights : dict of str to float
        Weights of the judgments as given.
    bands : dict of str to Band
        Band of every weight.
    rank_probabilities : ndarray of shape (n_items, n_items)
        Part of the draws in which the item of the row has the rank of the column, the heaviest first.
    sd : float
        Standard deviation of the logarithm of a judgment that was used.
    level : float
        Probability inside each band.
    settled_pairs : float
        Part of the pairs of items whose order no draw turns round.
    """

    def __init__(self, names: Sequence[str], level: float, found: _karat._Uncertainty) -> None:
        weights, bands, self.rank_probabilities, self.sd, self.settled_pairs = found
        self.level = level
        self.weights = dict(zip(names, weights.tolist(), strict=True))
        self.bands = {name: Band(*band) for name, band in zip(names, bands, strict=True)}

    def to_frame(self, like: Any = "pandas") -> Any:
        """Build a frame with a row for each item: weight, band, rank probabilities.

        Parameters
        ----------
        like : table or {"pandas", "polars", "pyarrow", "dict"}, default "pandas"
            What kind of frame to build.

        Returns
        -------
        frame
        """
        columns: dict[str, Any] = {
            "item": list(self.weights),
            "weight": np.array(list(self.weights.values())),
            **_columns(Band._fields, list(self.bands.values())),
        }
        for rank in range(len(self.weights)):
            columns[f"rank_{rank + 1}"] = self.rank_probabilities[:, rank].copy()
        return to_frame(columns, like)

    def _note(self) -> str:
        return f"{self.level:.0%} bands, sd {self.sd:.3g}; {self.settled_pairs:.0%} of the pairs settled"

    def __repr__(self) -> str:
        shown = ", ".join(f"{name} {band.low:.3f} to {band.high:.3f}" for name, band in self.bands.items())
        return f"<Uncertainty: {shown}; {self._note()}>"

    def _repr_html_(self) -> str:
        table = self.to_frame("dict")
        rows = [
            [value if isinstance(value, str) else f"{value:.4f}" for value in row]
            for row in zip(*table.values(), strict=True)
        ]
        return f"<div>{html_table(list(table), rows)}{escape(self._note())}</div>"


def diagnosis_of(core: _karat.Judgments | _karat.IncompleteJudgments, method: str, index: str) -> Diagnosis:
    """Diagnose judgments, of which some may be missing."""
    pairs, changes = core.diagnose(method, index)
    zeta: float | None = None
    influences: list[_karat._Influence] = []
    if isinstance(core, _karat.IncompleteJudgments):
        rows = core.triads()
    else:
        rows, zeta, influences = _karat.judgment_structure(core, index)
    triads = [
        Triad((a, b, c), (ab, bc, ac), inconsistency, circular)
        for (a, b, c), (ab, bc, ac), inconsistency, circular in rows
    ]
    return Diagnosis(
        [PairDiagnosis(*pair) for pair in pairs],
        [SingleChange(*change) for change in changes],
        triads,
        Transitivity([triad for triad in triads if triad.circular], zeta),
        [Influence(*influence) for influence in influences],
    )


def text_of(value: float) -> str:
    """Write a judgment as a person would: 6, 1/3, or as it is; a missing one as a blank."""
    if np.isnan(value):
        return ""
    for number, form in ((value, "{}"), (1.0 / value, "1/{}")):
        if number >= 1.0 and abs(number - round(number)) <= 1e-9 * number and number < 1e6:
            return form.format(round(number))
    return f"{value:.4g}"


def _columns(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Turn rows into columns: arrays of numbers, lists of texts."""
    columns = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    return {
        name: values if name in ("first", "second") else np.array(values) for name, values in columns.items()
    }
