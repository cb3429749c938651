"""Amounts that belong to identifiers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat._errors import DataError, ParameterError, ShapeError
from karat._identifiers import Column, read


def read_amounts(given: Any, name: str, default: float | None = None) -> tuple[Column, NDArray[np.float64]]:
    """Read identifiers with their amounts, or with the default for those that are only named."""
    pandas_series = type(given).__module__.startswith("pandas") and type(given).__name__ == "Series"
    if isinstance(given, Mapping):
        column, amounts = read(name, list(given)), list(given.values())
    elif default is None and pandas_series:
        column, amounts = read(name, given.index.to_series()), given
    elif default is None:
        if not isinstance(given, tuple) or len(given) != 2:
            raise ShapeError(
                f"`{name}` must be a mapping, a pandas Series, or identifiers and values in a tuple"
            )
        column, amounts = read(name, given[0]), given[1]
    else:
        column = read(name, given)
        length = len(column.codes) if column.numbers is None else len(column.numbers)
        return column, np.full(length, default)
    numbers = read_numbers(amounts, name)
    length = len(column.codes) if column.numbers is None else len(column.numbers)
    if len(numbers) != length:
        raise ShapeError(f"expected {length} values of `{name}`, one for each identifier, got {len(numbers)}")
    return column, numbers


def read_numbers(values: Any, name: str) -> NDArray[np.float64]:
    """Read a column of numbers; what is missing is NaN."""
    try:
        if type(values).__module__.startswith("pandas"):
            values = values.to_numpy(dtype=np.float64, na_value=np.nan)
        elif hasattr(values, "to_numpy"):
            values = values.to_numpy()
        numbers = np.ascontiguousarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"column `{name}`: not numeric ({error}); give numbers") from None
    if numbers.ndim != 1:
        raise ShapeError(f"`{name}` must be one number a row, got an array of shape {numbers.shape}")
    return numbers


def refuse(bad: NDArray[np.bool_], column: Column, numbers: NDArray[np.float64], rule: str) -> None:
    """Raise for the first of the amounts that break a rule, naming whose it is."""
    rows = np.flatnonzero(bad)
    if len(rows):
        row = int(rows[0])
        whose = column.labels[column.codes[row]] if column.numbers is None else column.numbers[row].item()
        more = f" (and {len(rows) - 1} more)" if len(rows) > 1 else ""
        raise ParameterError(f"`{column.name}` {rule}, got {numbers[row]} for {whose!r}{more}")
