"""One exact pass of k-means, cut into parts that any number of workers add up in any order.

For engines that karat does not drive itself (Spark, Dask, Ray, a queue): every worker turns its rows into
bytes by `summarise`, bytes are merged pair by pair in any tree, and `finish` gives the new centers. The sums
are exact integers, so the partition and the order of the merges never change a bit, and the centers are those
that `KMeans` finds in one iteration in memory.

Examples
--------
>>> import numpy as np
>>> from karat import lloyd
>>> parts = [np.array([[1.0], [10.0]]), np.array([[11.0], [2.0]])]
>>> scale = np.maximum.reduce([lloyd.magnitudes(part) for part in parts])
>>> states = [lloyd.summarise(part, centers=[[0.0], [9.0]], scale=scale) for part in parts]
>>> found = lloyd.finish(lloyd.merge(*states))
>>> found.centers.tolist(), found.inertia
([[1.5], [10.5]], 10.0)
"""

from __future__ import annotations

from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._errors import ParameterError, ShapeError
from karat._matrix import check_finite, read_matrix

__all__ = ["Pass", "finish", "magnitudes", "merge", "summarise"]


class Pass(NamedTuple):
    """What a pass over all rows found."""

    centers: NDArray[np.float64]
    """Means of the rows of each center; a center without rows stays where it was."""
    inertia: float
    """Sum of weight times squared distance to the old centers."""
    counts: NDArray[np.int64]
    """Rows of each center."""
    weights: NDArray[np.float64]
    """Weight of the rows of each center."""
    shift: float
    """Squared Frobenius norm of the difference between the new centers and the old."""


def magnitudes(batch: Any, *, sample_weight: ArrayLike | None = None) -> NDArray[np.float64]:
    """Return the largest magnitude of each column, and of the weights at the end.

    Those of several batches combine by `numpy.maximum`; the result is the `scale` of `summarise`. First
    centers that are not rows of the table go in like a batch.

    Parameters
    ----------
    batch : frame or array-like of shape (n, d)
        Rows.
    sample_weight : array-like of shape (n,), optional
        Their weights, 1 by default.

    Returns
    -------
    ndarray of shape (d + 1,)
        Largest magnitudes.
    """
    array, names = read_matrix(batch, who="magnitudes")
    check_finite(array, names, "magnitudes")
    weights = _weights(sample_weight, len(array))
    return np.append(np.abs(array).max(axis=0), 1.0 if weights is None else weights.max())


def summarise(
    batch: Any, *, centers: ArrayLike, scale: ArrayLike, sample_weight: ArrayLike | None = None
) -> bytes:
    """Return the exact state of a pass over some rows.

    Parameters
    ----------
    batch : frame or array-like of shape (n, d)
        Rows.
    centers : array-like of shape (k, d)
        Centers that the rows are assigned to.
    scale : array-like of shape (d + 1,)
        Largest magnitudes of *all* rows and weights, from `magnitudes`; the same for every worker.
    sample_weight : array-like of shape (n,), optional
        Weights, 1 by default.

    Returns
    -------
    bytes
        State, to be merged.

    Raises
    ------
    DataError, ParameterError, ShapeError
        For values that are not finite or beyond the scale, and shapes that do not fit.
    """
    array, names = read_matrix(batch, who="summarise")
    check_finite(array, names, "summarise")
    given = np.require(np.asarray(centers), np.float64, "A")
    if given.ndim != 2:
        raise ShapeError(f"`centers` must have two dimensions, got {given.ndim}")
    largest = np.asarray(scale, dtype=np.float64)
    if largest.shape != (given.shape[1] + 1,):
        raise ShapeError(
            f"`scale` must have a number for each of {given.shape[1]} columns and one for the weights, got "
            f"shape {largest.shape}"
        )
    return _karat.summarise_lloyd(array, _weights(sample_weight, len(array)), given, largest.tolist())


def merge(*states: bytes) -> bytes:
    """Return the state of all the rows that the given states are of.

    Parameters
    ----------
    *states : bytes
        One or more states of one pass.

    Returns
    -------
    bytes
        Equal for any order and grouping.

    Raises
    ------
    FormatError
        For bytes that were cut or changed.
    ParameterError
        For states with other centers or another scale.
    """
    if not states:
        raise ParameterError("`states` must be one or more, got none")
    return reduce(_karat.merge_lloyd, states)


def finish(state: bytes) -> Pass:
    """Return the new centers and what else the pass found.

    Parameters
    ----------
    state : bytes
        State of all rows.

    Returns
    -------
    Pass
        Centers, inertia, counts, weights and the squared shift.

    Raises
    ------
    FormatError
        For bytes that were cut or changed.
    """
    return Pass(*_karat.finish_lloyd(state))


def _weights(sample_weight: ArrayLike | None, rows: int) -> NDArray[np.float64] | None:
    if sample_weight is None:
        return None
    weights = np.ascontiguousarray(sample_weight, dtype=np.float64)
    if weights.shape != (rows,):
        raise ShapeError(f"expected {rows} sample weights, one a row, got shape {weights.shape}")
    return weights
