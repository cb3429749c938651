"""What a fit against a target reads: names of columns, the target, weights."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat._errors import DataError, ParameterError, ShapeError
from karat._frame import _source

#: Classes and rows named in a message.
_SHOWN = 5


def is_array(X: Any) -> bool:
    """Whether a table is an array, whose columns have no names."""
    return isinstance(X, np.ndarray) and not X.dtype.names


def as_table(X: Any, who: str) -> Any:
    """Return a frame or mapping as it is, and whatever else numpy reads as an array of two dimensions.

    Raises
    ------
    TypeError
        For sparse matrices.
    ShapeError
        For an array of other than two dimensions, or without columns.
    """
    if hasattr(X, "toarray") and hasattr(X, "nnz"):
        raise TypeError(
            f"sparse data was passed, but {who} needs dense data; use `X.toarray()` if it fits in memory"
        )
    if type(X).__module__.startswith("pandas") and not all(isinstance(name, str) for name in X.columns):
        return X.set_axis([str(name) for name in X.columns], axis=1)
    listed = isinstance(X, np.ndarray | list | tuple)
    if listed or (hasattr(X, "__array__") and not hasattr(X, "columns") and not isinstance(X, Mapping)):
        array = np.asarray(X)
        if array.dtype.names:
            return array
        if array.dtype.kind == "c":
            raise DataError(f"Complex data not supported\n{array}\n")
        if array.ndim != 2:
            raise ShapeError(
                f"{who} needs a table of two dimensions, got {array.ndim}. Reshape your data: "
                "`X.reshape(-1, 1)` for one feature, `X.reshape(1, -1)` for one sample"
            )
        if array.shape[1] == 0:
            raise ShapeError(f"0 feature(s) (shape={array.shape}) while a minimum of 1 is required.")
        return array
    return X


def check_width(X: Any, fitted: int, who: str) -> None:
    """Refuse an array of another number of columns than the fit had."""
    if is_array(X) and X.shape[1] != fitted:
        raise ShapeError(f"X has {X.shape[1]} features, but {who} is expecting {fitted} features as input")


def column_names(X: Any) -> tuple[list[str], bool]:
    """Return the names of a table's columns, and whether they are its own rather than x0, x1, ..."""
    if is_array(X):
        return [f"x{j}" for j in range(X.shape[1])], False
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
        whole = classes.dtype.kind != "f" or (np.floor(classes) == classes).all()
        kind = "multiclass" if whole else "continuous"
        hint = {"continuous": " Unknown label type: continuous.", "multiclass": ""}[kind]
        if len(classes) > 2:
            hint += f" Only binary classification is supported. The type of the target is {kind}."
        raise DataError(f"target: must have two classes, got {found}; bins need rows of either kind.{hint}")
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
        raise ParameterError("bins are made for a target: requires y to be passed, but the target y is None")
    values = np.asarray(y.to_numpy() if hasattr(y, "to_numpy") else y)
    if values.ndim == 2 and values.shape[1] == 1:
        sklearn = sys.modules.get("sklearn.exceptions")
        warnings.warn(
            "A column-vector y was passed when a 1d array was expected. Please change the shape of y to "
            "(n_samples,), for example using ravel()",
            UserWarning if sklearn is None else sklearn.DataConversionWarning,
            stacklevel=4,
        )
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
