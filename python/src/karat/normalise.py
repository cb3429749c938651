"""Plain normalisations of composite indicators, with parameters frozen on one base."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from karat import _karat
from karat._errors import ParameterError

__all__ = ["normalise"]

_METHODS = ("min_max", "z_score", "rank", "vector", "maximum")


def normalise(
    base: Any,
    values: Any = None,
    *,
    method: str = "min_max",
    to: tuple[float, float] | None = None,
    better: str = "high",
) -> npt.NDArray[np.float64]:
    """Normalise values by the range, spread, ranks or norm of a base, without clamping.

    A model's own scales give 0 to 1 and are clamped there; these are the textbook ones, for tables and
    comparisons.

    Parameters
    ----------
    base : array-like of shape (n,)
        What the parameters are taken from; missing values are left out.
    values : array-like of shape (m,), optional
        What is normalised; the base itself if not given.
    method : {"min_max", "z_score", "rank", "vector", "maximum"}, default "min_max"
        Range; mean and sample standard deviation; average rank; Euclidean norm; largest magnitude.
    to : tuple of float, optional
        For "min_max" what the worst and the best become (0 and 1), for "z_score" the new mean and standard
        deviation (0 and 1).
    better : {"high", "low"}, default "high"
        Whether more is better; otherwise the scale is turned round.

    Returns
    -------
    ndarray of shape (m,)

    References
    ----------
    OECD/JRC, Handbook on Constructing Composite Indicators (2008), chapter 5.

    Examples
    --------
    >>> from karat.normalise import normalise
    >>> normalise([10.0, 20.0, 40.0], [25.0], to=(1, 100))
    array([50.5])
    >>> normalise([5.0, 7.0, 7.0], method="rank")
    array([1. , 2.5, 2.5])
    """
    if method not in _METHODS:
        raise ParameterError(f"`method` must be one of {', '.join(_METHODS)}, got {method!r}")
    if better not in ("high", "low"):
        raise ParameterError(f'`better` must be "high" or "low", got {better!r}')
    column = np.ascontiguousarray(base, dtype=np.float64)
    wanted = column if values is None else np.ascontiguousarray(values, dtype=np.float64)
    if column.ndim != 1 or wanted.ndim != 1:
        raise ParameterError("`base` and `values` must have one dimension")
    a, b = (0.0, 1.0) if to is None else (float(to[0]), float(to[1]))
    return _karat.normalise(column, wanted, method, a, b, better == "low")
