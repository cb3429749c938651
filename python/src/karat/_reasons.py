"""Why a customer scores low, and what would lift one: reasons, changes, the next grade."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from karat._frame import to_frame
from karat._score import Score, html_table


class Reason(NamedTuple):
    """One reason for a low score."""

    text: str
    """What the plan says of it, or the name of the indicator or penalty rule."""
    shortfall: float
    """Points that the mean customer, or another baseline, has more."""
    position: int
    """Position among the names of the explanation, or the fields of the scorecard: the stable code."""


class Reasons(Sequence[tuple[Reason, ...]]):
    """The reasons of each row, the weightiest first; none where there is no shortfall.

    Attributes
    ----------
    positions : ndarray of int of shape (n_rows, top)
        Positions among the names of the explanation, or the fields of the scorecard; -1 for none.
    shortfalls : ndarray of shape (n_rows, top)
        Points from what the row is compared with, NaN for none.
    texts : tuple of str
        What to say of each position.
    """

    def __init__(
        self,
        positions: npt.NDArray[np.signedinteger[Any]],
        shortfalls: npt.NDArray[np.float64],
        texts: Sequence[str],
        like: Any = "dict",
    ):
        self.positions, self.shortfalls, self.texts = positions, shortfalls, tuple(texts)
        self._like = like

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, row: Any) -> Any:
        if isinstance(row, slice):
            return Reasons(self.positions[row], self.shortfalls[row], self.texts, self._like)
        pairs = zip(self.positions[row].tolist(), self.shortfalls[row].tolist(), strict=True)
        return tuple(Reason(self.texts[at], shortfall, at) for at, shortfall in pairs if at >= 0)

    def to_frame(self, like: Any = None) -> Any:
        """Build a frame with columns reason_1, shortfall_1, reason_2, ...

        Parameters
        ----------
        like : table or {"pandas", "polars", "pyarrow", "dict"}, optional
            What kind of frame to build; by default the kind of the table that was asked about.

        Returns
        -------
        frame
        """
        known = np.array([*self.texts, None], dtype=object)
        columns: dict[str, Any] = {}
        for slot in range(self.positions.shape[1]):
            columns[f"reason_{slot + 1}"] = known[self.positions[:, slot]].tolist()
            columns[f"shortfall_{slot + 1}"] = np.ascontiguousarray(self.shortfalls[:, slot])
        return to_frame(columns, self._like if like is None else like)

    def __repr__(self) -> str:
        return f"Reasons({len(self)} rows, at most {self.positions.shape[1]} each)"

    def _repr_html_(self) -> str:
        rows = [["; ".join(f"{reason.text} ({reason.shortfall:.2f})" for reason in row)] for row in self[:10]]
        return html_table(["reasons"], rows) + f"<p>{len(self)} rows</p>"


class Step(NamedTuple):
    """A change of one field that alone lifts a customer to the next grade."""

    indicator: str
    """The indicator that gains."""
    field: str
    """The field that changes."""
    now: float | str | None
    """Its value; None if missing."""
    to: float | str
    """The value nearest to that which suffices."""
    effort: float
    """How far the indicator moves on its scale of 0 to 1."""


class NextGrade(NamedTuple):
    """What one customer lacks for the next grade."""

    grade: str | None
    """The grade above; None at the top or without a grade."""
    points: float
    """Index points missing to it; NaN without a grade above."""
    steps: tuple[Step, ...]
    """Every change of one indicator that suffices, cheapest first."""


class NextGrades(Sequence[NextGrade]):
    """What each customer lacks for the next grade.

    Attributes
    ----------
    points : ndarray of shape (n_rows,)
        Index points missing, NaN at the top.
    """

    def __init__(self, found: Sequence[Any], like: Any = "dict"):
        self._list = [
            NextGrade(grade, points, tuple(Step(*step) for step in steps)) for grade, points, steps in found
        ]
        self._like = like
        self.points: npt.NDArray[np.float64] = np.array([next.points for next in self._list], dtype=float)

    def __len__(self) -> int:
        return len(self._list)

    def __getitem__(self, row: Any) -> Any:
        return self._list[row]

    def __iter__(self) -> Iterator[NextGrade]:
        return iter(self._list)

    def to_frame(self, like: Any = None) -> Any:
        """Build a frame: the next grade, the points missing, and the cheapest change.

        Parameters
        ----------
        like : table or {"pandas", "polars", "pyarrow", "dict"}, optional
            What kind of frame to build; by default the kind of the table that was asked about.

        Returns
        -------
        frame
        """
        first = [next.steps[0] if next.steps else None for next in self._list]
        columns: dict[str, Any] = {
            "next_grade": [next.grade for next in self._list],
            "points": self.points,
            "field": [step and step.field for step in first],
            "to": [None if step is None else str(step.to) for step in first],
            "effort": np.array([np.nan if step is None else step.effort for step in first], dtype=float),
        }
        return to_frame(columns, self._like if like is None else like)

    def __repr__(self) -> str:
        able = sum(bool(next.steps) for next in self._list)
        return f"NextGrades({len(self)} rows, {able} can rise by one change)"

    def _repr_html_(self) -> str:
        shown = [
            [next.grade or "", f"{next.points:.2f}", "; ".join(f"{s.field} to {s.to}" for s in next.steps)]
            for next in self._list[:10]
        ]
        return html_table(["next grade", "points", "any of"], shown) + f"<p>{len(self)} rows</p>"


class WhatIf(NamedTuple):
    """A score before and after some fields change."""

    before: Score
    """As the customer is."""
    after: Score
    """With the changes."""
    gained: dict[str, float]
    """What the points of each indicator and penalty rule gain."""
