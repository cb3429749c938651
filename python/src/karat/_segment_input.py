"""Rows and labels of segments as the core takes them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat._errors import ParameterError, ShapeError
from karat._matrix import check_finite, read_matrix

Rows = NDArray[np.float64] | NDArray[np.float32]


def read_rows(X: Any, who: str) -> Rows:
    """Rows in double precision, or in single where they are an array of that."""
    if isinstance(X, np.ndarray) and X.dtype == np.float32 and X.ndim == 2 and X.size:
        return X
    array, names = read_matrix(X, who=who)
    check_finite(array, names, who)
    return array


def read_labels(labels: Any, name: str = "labels") -> NDArray[np.uint32]:
    """Labels as whole numbers of 0 or more."""
    array = np.asarray(labels)
    if array.ndim != 1:
        raise ShapeError(f"`{name}` must be one number a row, got an array of shape {array.shape}")
    if array.dtype.kind == "f" and np.isfinite(array).all() and (array == np.floor(array)).all():
        array = array.astype(np.int64)
    if array.dtype.kind not in "iub":
        raise ParameterError(f"`{name}` must be whole numbers, got {array.dtype}")
    if array.size and (array.min() < 0 or array.max() >= 2**32):
        row = int(np.flatnonzero((array < 0) | (array >= 2**32))[0])
        raise ParameterError(f"`{name}` must be 0 or more in every row (row {row}), got {array[row]}")
    return np.ascontiguousarray(array, dtype=np.uint32)


def check_length(labels: NDArray[np.uint32], rows: int) -> None:
    """Refuse labels that are not one a row."""
    if len(labels) != rows:
        raise ShapeError(f"expected {rows} labels, one a row, got {len(labels)}")
