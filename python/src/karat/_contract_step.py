"""Contracts as the scorer runs them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._errors import DataError
from karat._survival_input import column, optional, read_fields
from karat._targets import as_table, check_width, is_array


class ContractStep:
    """A frozen model of contracts: tenure, contract term and fields in, survival and value out.

    Made by `DiscreteHazard.freeze`; pickles through its bytes.
    """

    def __init__(self, inner: _karat.ContractStep, names: Sequence[str]) -> None:
        self._inner = inner
        self.names = tuple(names)

    @classmethod
    def from_hazards(
        cls, hazards: ArrayLike, *, horizon: int = 36, discount_rate: float = 0.0, timing: str = "end"
    ) -> ContractStep:
        """Return a step of chances to leave in periods 1, 2, ...; the last one holds on."""
        chances = column(hazards, "hazards").tolist()
        return cls(_karat.ContractStep.of_hazards(chances, horizon, float(discount_rate), timing), ())

    def forecast(
        self, tenure: ArrayLike, X: Any = None, *, term: Any = None
    ) -> dict[str, NDArray[np.float64]]:
        """Return what is to come of each customer.

        Parameters
        ----------
        tenure : array-like of shape (n,)
            Periods lived through.
        X : table of shape (n, d), optional
            The fields of the fit.
        term : array-like of shape (n,), optional
            Length of each contract, 0 for none.

        Returns
        -------
        dict of str to ndarray
            ``survival`` to the horizon, ``next_hazard``, ``remaining_periods`` and ``discounted_periods``:
            times a margin, the last is a value. NaN where a number is missing.
        """
        columns = []
        if self.names:
            if X is None:
                raise DataError(f"the step needs the fields {', '.join(self.names)}")
            table = as_table(X, "ContractStep")
            check_width(table, len(self.names), "ContractStep")
            columns = (
                [np.ascontiguousarray(table[:, j], dtype=np.float64) for j in range(len(self.names))]
                if is_array(table)
                else read_fields(table, self.names)
            )
        found = self._inner.forecast(column(tenure, "tenure"), optional(term, "term"), columns)
        keys = ("survival", "next_hazard", "remaining_periods", "discounted_periods")
        return dict(zip(keys, found, strict=True))

    def to_bytes(self) -> bytes:
        """Return the step as bytes: kind, revision and section."""
        return self._inner.to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes, names: Sequence[str] = ()) -> ContractStep:
        """Return a step from its bytes, checked; `names` are those of its fields."""
        inner = _karat.ContractStep.from_bytes(data)
        listed = list(names) or [f"x{j}" for j in range(inner.fields())]
        return cls(inner, listed)

    def __reduce__(self) -> tuple[Any, tuple[bytes, tuple[str, ...]]]:
        return ContractStep.from_bytes, (self.to_bytes(), self.names)

    def __repr__(self) -> str:
        return f"<ContractStep of {', '.join(self.names) or 'tenure alone'}>"
