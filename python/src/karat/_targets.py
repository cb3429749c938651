"""What a fit against a target reads: names of columns, the target, weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat._errors import DataError, ParameterError, ShapeError
from karat._frame import _source

#: Classes and rows named in a message.
_SHOWN = 5


def column_names(X: Any) -> tuple[list[str], bool]:
    """Return the names of a table's columns, and whether they are its own rather than x0, x1, ..."""
    if isinstance(X, Mapping) or (isinstance(X, np.ndarray) and X.dtype.names):
        return list(_source(X, ()).names), True
    if isinstance(X, np.ndarray | list | tuple):
        shape = np.shape(X)
        if len(shape) != 2:
            raise ShapeError(
                f"expected a table of 2 dimensions, got {len(shape)}. Reshape your data: "
                "`X.reshape(-1, 1)` for one feature, `X.reshape(1, -1)` for one sample"
            )
        return [f"x{j}" for j in range(shape[1])], False
    return list(_source(X, ()).names), True


def read_numbers(y: Any) -> NDArray[np.float64]:
    """Return a continuous target as numbers; missing values are NaN, which the core refuses by row."""
    values = _one_dimension(y)
    try:
        return np.ascontiguousarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"target: not numeric ({error}); give numbers, or a target of two classes") from None


def read_classes(y: Any, event: object) -> tuple[NDArray[np.float64], NDArray[Any], Any]:
    """Return 1 for the event and 0 for the other class, both classes, and the event.

    Parameters
    ----------
    y : array-like of shape (n,)
        Two different values of any kind.
    event : object
        Which of them is the event; None takes the greater one, such as 1 of 0 and 1.
    """
    values = _one_dimension(y)
    missing = _missing(values)
    present = values[~missing]
    try:
        classes = np.unique(present)
    except TypeError:
        kinds = " and ".join(sorted({type(value).__name__ for value in present}))
        raise DataError(f"target: values of several kinds ({kinds}); give one kind") from None
    if missing.any():
        rows = np.flatnonzero(missing)
        first = ", ".join(str(row) for row in rows[:_SHOWN])
        raise DataError(
            f"column `target`: missing ({len(rows)} row{'s' if len(rows) > 1 else ''}: {first}); drop these "
            "rows: nothing can be learned from them"
        )
    if len(classes) != 2:
        shown = ", ".join(repr(value) for value in classes[:_SHOWN].tolist())
        more = ", ..." if len(classes) > _SHOWN else ""
        found = f"{len(classes)} class{'' if len(classes) == 1 else 'es'} ({shown}{more})"
        raise DataError(f"target: must have two classes, got {found}; bins need rows of either kind")
    if event is None:
        event = classes[1]
    elif event not in classes.tolist():
        raise ParameterError(f"`event` must be one of {classes.tolist()!r}, got {event!r}")
    target = np.ascontiguousarray(values == event, dtype=np.float64)
    return target, classes, event


def read_weights(sample_weight: ArrayLike | None) -> NDArray[np.float64] | None:
    """Return weights as numbers; the core checks their length and values."""
    if sample_weight is None:
        return None
    weights = np.asarray(sample_weight, dtype=np.float64)
    if weights.ndim != 1:
        raise ShapeError(f"sample weights must be one number a row, got an array of shape {weights.shape}")
    return np.ascontiguousarray(weights)


def _one_dimension(y: Any) -> NDArray[Any]:
    if y is None:
        raise ParameterError("`y` must be given: bins are made for a target, but requires y to be passed")
    values = np.asarray(y.to_numpy() if hasattr(y, "to_numpy") else y)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        raise ShapeError(f"the target must be one value a row, got an array of shape {values.shape}")
    return values


def _missing(values: NDArray[Any]) -> NDArray[np.bool_]:
    if values.dtype.kind == "f":
        return np.asarray(np.isnan(values))
    if values.dtype.kind != "O":
        return np.zeros(len(values), dtype=bool)
    return np.fromiter(
        (
            value is None or type(value).__name__ in ("NAType", "NaTType") or value != value
            for value in values
        ),
        dtype=bool,
        count=len(values),
    )
