"""Reasons: the fields that cost, or earn, a customer the most points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat._bin_table import html_table
from karat._frame import to_frame

#: Customers shown in a notebook.
_SHOWN = 10


class Reasons:
    """The reasons of every customer, the weightiest first.

    Attributes
    ----------
    fields : ndarray of int32 of shape (n_samples, most)
        Position of each reason's field among `names`; -1 where there are no more.
    shortfalls : ndarray of shape (n_samples, most)
        How many points each field lies from what it is compared with; NaN where there is none.
    names : list of str
        The fields of the scorecard.
    """

    def __init__(
        self,
        fields: NDArray[np.int32],
        shortfalls: NDArray[np.float64],
        names: Sequence[str],
        texts: Sequence[str],
        like: Any,
    ) -> None:
        self.fields, self.shortfalls, self.names = fields, shortfalls, list(names)
        self._texts, self._like = list(texts), like

    def __len__(self) -> int:
        return len(self.fields)

    def texts(self, row: int) -> list[str]:
        """Return the reasons of one customer, as many as there are."""
        return [self._texts[field] for field in self.fields[row] if field >= 0]

    def _columns(self, rows: int | None = None) -> dict[str, Any]:
        known = np.array([*self._texts, None], dtype=object)
        columns: dict[str, Any] = {}
        for place in range(self.fields.shape[1]):
            columns[f"reason_{place + 1}"] = known[self.fields[:rows, place]].tolist()
            columns[f"shortfall_{place + 1}"] = self.shortfalls[:rows, place]
        return columns

    def to_frame(self, like: Any = None) -> Any:
        """Return one row for each customer: reason_1, shortfall_1, reason_2, ...

        Parameters
        ----------
        like : table or str, optional
            The kind of frame, by default that of the table that was asked about.
        """
        return to_frame(self._columns(), self._like if like is None else like)

    def __repr__(self) -> str:
        given = int((self.fields[:, 0] >= 0).sum()) if len(self) else 0
        return f"Reasons({len(self)} customers, {given} with a reason)"

    def _repr_html_(self) -> str:
        return html_table(repr(self), self._columns(_SHOWN))
