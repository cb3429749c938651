"""Columns of durations, events and fields, whatever they come in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from karat._data_weights import near
from karat._errors import DataError, ParameterError, ShapeError
from karat._frame import columns_of, names_in
from karat._targets import as_table, is_array

Floats = NDArray[np.float64]


def column(values: Any, name: str) -> Floats:
    """Return one column as contiguous numbers; missing ones are NaN, which the core refuses by row."""
    if hasattr(values, "to_numpy"):
        values = values.to_numpy()
    if values is not None and np.ndim(values) == 0:
        values = [values]
    array = np.asarray(values)
    if array.ndim != 1:
        raise ShapeError(f"`{name}` must have one value for each customer, got {array.ndim} dimensions")
    if array.dtype.kind == "O":
        array = np.array([np.nan if value is None else value for value in array.tolist()], dtype=object)
    try:
        return np.ascontiguousarray(array, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"`{name}`: not numeric ({error}); give numbers") from None


def events_of(event_observed: Any, rows: int) -> Floats:
    """Return events as 0 and 1; without any everybody has left, as in lifelines."""
    return np.ones(rows) if event_observed is None else column(event_observed, "event_observed")


def optional(values: Any, name: str) -> Floats | None:
    """Return a column, or None for None."""
    return None if values is None else column(values, name)


class Regression(NamedTuple):
    """What a regression reads."""

    names: list[str]
    fields: list[Floats]
    taken: dict[str, Floats | None]


def read_regression(X: Any, wanted: Mapping[str, Any], who: str) -> Regression:
    """Split a table into fields and the columns that `wanted` names; entries may be arrays as well."""
    table = as_table(X, who)
    names = [f"x{j}" for j in range(table.shape[1])] if is_array(table) else names_in(table)
    taken: dict[str, Floats | None] = {}
    used = []
    for role, source in wanted.items():
        if isinstance(source, str):
            if is_array(table) or source not in names:
                raise ParameterError(f"`{role}` must name a column, got {source!r}{near(source, names)}")
            used.append(source)
            taken[role] = read_fields(table, [source])[0]
        else:
            taken[role] = optional(source, role)
    fields = [name for name in names if name not in used]
    return Regression(fields, read_fields(table, fields), taken)


def read_fields(X: Any, names: Sequence[str]) -> list[Floats]:
    """Return columns by name as numbers, all problems of their kinds at once."""
    wires = columns_of(X, list(names)).wires
    found = {wire[0]: wire for wire in wires}
    missing = [name for name in names if name not in found]
    if missing:
        raise DataError(f"the table has no column {missing[0]!r}{near(missing[0], found)}")
    problems = []
    for wire in wires:
        if len(wire) == 3:
            what = wire[1] if isinstance(wire[1], str) else "text"
            problems.append(f"column `{wire[0]}`: {what}; turn it into numbers, one column for each category")
    if problems:
        raise DataError("\n".join(problems))
    return [np.ascontiguousarray(found[name][1], dtype=np.float64) for name in names]
