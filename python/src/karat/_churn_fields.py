"""The fields of a churn model: numbers as they are, texts as positions of categories."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat._errors import DataError
from karat._frame import MISSING, columns_of
from karat._targets import as_table, check_width, column_names, is_array
from karat._wavelet_input import refuse_infinite


class Fields:
    """Names of the fields of a table and the categories of those that are texts, in their order.

    A category that the fit did not have is missing: none of its indicators is 1.
    """

    def __init__(self, X: Any, who: str) -> None:
        table = as_table(X, who)
        self.names, self.named = column_names(table)
        self.categories: dict[str, list[str]] = {}
        for wire in columns_of(table, self.names).wires:
            if len(wire) == 3 and not isinstance(wire[1], str):
                name, codes, labels = wire
                present = np.unique(codes[codes != MISSING])
                self.categories[name] = sorted(labels[code] for code in present.tolist())

    @property
    def counts(self) -> list[int]:
        """Categories of each field, 0 for a number."""
        return [len(self.categories.get(name, ())) for name in self.names]

    def matrix(self, X: Any, who: str) -> NDArray[np.float64]:
        """Return the fields of a table as numbers; categories as their positions, missing ones as NaN.

        Raises
        ------
        DataError
            For a field that is a text where the fit had a number, or the other way round.
        """
        table = as_table(X, who)
        check_width(table, len(self.names), who)
        if is_array(table):
            refuse_infinite(table)
        rows, wires, _ = columns_of(table, self.names)
        found = {str(wire[0]): wire for wire in wires}
        missing = [name for name in self.names if name not in found]
        if missing:
            raise DataError(f"column `{missing[0]}` is not in the table; {who} was fitted with it")
        matrix = np.empty((rows, len(self.names)))
        for place, name in enumerate(self.names):
            matrix[:, place] = self._numbers(name, found[name])
        return matrix

    def _numbers(self, name: str, wire: Any) -> NDArray[np.float64]:
        if len(wire) == 3 and isinstance(wire[1], str):
            raise DataError(f"column `{name}`: {wire[1]}; {wire[2]}")
        if len(wire) == 2:
            if name in self.categories:
                raise DataError(f"column `{name}`: numbers where the fit had texts; give the texts")
            return np.asarray(wire[1], dtype=np.float64)
        if name not in self.categories:
            raise DataError(f"column `{name}`: texts where the fit had numbers; give the numbers")
        position = {label: float(place) for place, label in enumerate(self.categories[name])}
        _, codes, labels = wire
        places = np.array([position.get(label, np.nan) for label in labels] + [np.nan])
        return places[np.where(codes == MISSING, len(labels), codes).astype(np.intp)]
