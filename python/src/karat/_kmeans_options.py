"""Options of k-means: missing values and bounds of sizes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat._errors import ParameterError
from karat._estimator import check_integer
from karat._matrix import check_finite


def takes_gaps(estimator: Any) -> bool:
    """Whether missing values are compared over what is present; `missing` is read from the estimator."""
    missing = getattr(estimator, "missing", "error")
    if missing not in ("error", "scale"):
        raise ParameterError(f'`missing` must be "error" or "scale", got {missing!r}')
    return bool(missing == "scale")


def check_values(estimator: Any, array: NDArray[np.floating[Any]], names: list[str] | None) -> bool:
    """Refuse infinities, and NaN unless gaps are taken; return whether they are."""
    gaps = takes_gaps(estimator)
    check_finite(
        np.nan_to_num(array, nan=0.0, posinf=np.inf, neginf=-np.inf) if gaps else array,
        names,
        type(estimator).__name__,
    )
    return gaps


def read_sizes(estimator: Any, rows: int) -> tuple[int, int] | None:
    """Bounds of the sizes of segments; None where there are none."""
    least, most = estimator.min_size, estimator.max_size
    if least is None and most is None:
        return None
    if takes_gaps(estimator):
        raise ParameterError(
            '`min_size` and `max_size` cannot be had with missing="scale"; fill the gaps first'
        )
    return (
        0 if least is None else check_integer("min_size", least, 0, 2**31 - 1),
        rows if most is None else check_integer("max_size", most, 1, 2**31 - 1),
    )
