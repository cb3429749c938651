"""Targets and weights as wavelet networks take them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat._errors import DataError, ParameterError, ShapeError
from karat._targets import _missing, _one_dimension


def require(y: Any) -> Any:
    """Refuse a target that is not there."""
    if y is None:
        raise ParameterError(
            "a network learns from a target: requires y to be passed, but the target y is None"
        )
    return y


def read_classes(y: Any) -> tuple[NDArray[np.intp], NDArray[Any]]:
    """Return the number of each row's class, and the classes in order."""
    values = _one_dimension(require(y))
    missing = _missing(values)
    if missing.any():
        rows = np.flatnonzero(missing)
        first = ", ".join(str(row) for row in rows[:5])
        raise DataError(f"column `target`: missing or NaN ({len(rows)} rows: first {first}); drop these rows")
    if values.dtype.kind == "f" and not np.all(np.floor(values) == values):
        raise DataError(
            "Unknown label type: continuous. The target has fractions; use WaveletNetworkRegressor"
        )
    try:
        classes, codes = np.unique(values, return_inverse=True)
    except TypeError:
        kinds = " and ".join(sorted({type(value).__name__ for value in values}))
        raise DataError(f"target: values of several kinds ({kinds}); give one kind") from None
    if len(classes) < 2:
        raise DataError(
            f"target: only one class ({classes.tolist()}); a network needs two classes to tell apart"
        )
    if len(classes) > 256:
        raise DataError(
            f"target: {len(classes)} classes, at most 256; use WaveletNetworkRegressor for numbers"
        )
    return codes.reshape(-1), classes


def with_class_weights(
    class_weight: str | Mapping[Any, float] | None,
    codes: NDArray[np.intp],
    classes: NDArray[Any],
    weights: NDArray[np.float64] | None,
) -> NDArray[np.float64] | None:
    """Return the weights of rows times those of their classes."""
    if class_weight is None:
        return weights
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise ParameterError(
                f'`class_weight` must be None, "balanced" or a mapping, got {class_weight!r}'
            )
        counts = np.bincount(codes, minlength=len(classes))
        factors = len(codes) / (len(classes) * counts)
    else:
        unknown = [label for label in class_weight if label not in classes.tolist()]
        if unknown:
            raise ParameterError(
                f"`class_weight` names {unknown[0]!r}, which is none of {classes.tolist()!r}"
            )
        factors = np.array([float(class_weight.get(label, 1.0)) for label in classes.tolist()])
    found = factors[codes]
    if weights is None:
        return found
    if len(weights) != len(found):
        raise ShapeError(f"expected {len(found)} sample weights, got {len(weights)}")
    return weights * found


def refuse_infinite(X: NDArray[Any]) -> None:
    """Say where the first infinity of an array is, if there is one."""
    if X.dtype.kind == "f" and np.isinf(X).any():
        row, column = np.argwhere(np.isinf(X))[0]
        raise DataError(
            f"X contains infinity, first in row {row} of column x{column}; replace it by a number or NaN"
        )
