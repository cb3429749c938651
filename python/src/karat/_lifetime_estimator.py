"""What all models of lifetimes share that are fitted by maximum likelihood."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat._errors import ParameterError, ShapeError
from karat._estimator import ConvergenceWarning, Estimator, check_number
from karat._frame import to_frame
from karat._named_weights import Finding

Numbers = NDArray[np.float64]

#: What tables call the columns.
_NAMES = {
    "frequency": ("frequency", "x"),
    "recency": ("recency", "t_x"),
    "T": ("T", "age"),
    "monetary_value": ("monetary_value", "monetary", "m"),
}


def _has_columns(table: Any) -> bool:
    return isinstance(table, Mapping) or hasattr(table, "columns")


def numbers_of(values: Any) -> Numbers:
    """Return one column of numbers that lie together."""
    if hasattr(values, "to_numpy"):
        values = values.to_numpy()
    try:
        return np.ascontiguousarray(np.atleast_1d(np.asarray(values, dtype=np.float64)))
    except (TypeError, ValueError) as error:
        raise ParameterError(f"expected numbers, got {values!r:.60}") from error


def columns_from(names: tuple[str, ...], given: tuple[Any, ...]) -> list[Numbers]:
    """Return columns given one by one, or all in one table."""
    first, *others = given
    if _has_columns(first) and all(other is None for other in others):
        found = []
        for name in names:
            known = [choice for choice in _NAMES[name] if choice in list(first)]
            if not known:
                there = ", ".join(map(str, first))
                raise ParameterError(f"the table has no column `{name}`; it has {there}")
            found.append(numbers_of(first[known[0]]))
        return found
    missing = [name for name, column in zip(names, given, strict=True) if column is None]
    if missing:
        raise ParameterError(f"`{missing[0]}` is missing: give {', '.join(names)}, or a table with them")
    columns = [numbers_of(column) for column in given]
    rows = max(len(column) for column in columns)
    for name, column in zip(names, columns, strict=True):
        if len(column) not in (1, rows):
            raise ShapeError(f"expected {rows} rows of column `{name}`, got {len(column)}")
    return [column if len(column) == rows else np.full(rows, column[0]) for column in columns]


class LifetimeEstimator(Estimator):
    """What all models fitted by maximum likelihood share."""

    _PARAMETERS: tuple[str, ...] = ()

    priors: Mapping[str, tuple[float, float]] | None
    n_threads: int | None
    params_: dict[str, float]
    standard_errors_: dict[str, float]
    log_likelihood_: float
    aic_: float
    bic_: float
    n_iter_: int
    converged_: bool
    n_customers_: float
    n_distinct_: int
    findings_: tuple[Finding, ...]

    def __init__(
        self, *, priors: Mapping[str, tuple[float, float]] | None = None, n_threads: int | None = None
    ) -> None:
        self.priors = priors
        self.n_threads = n_threads

    def _priors(self) -> list[tuple[float, float] | None]:
        if not self.priors:
            return []
        for name in self.priors:
            if name not in self._PARAMETERS:
                raise ParameterError(
                    f"`priors` names `{name}`; the parameters are {', '.join(self._PARAMETERS)}"
                )
        given = dict(self.priors)
        return [
            (float(given[name][0]), float(given[name][1])) if name in given else None
            for name in self._PARAMETERS
        ]

    def _learn(self, found: dict[str, Any]) -> None:
        names = found["names"]
        self.params_ = {name: float(value) for name, value in zip(names, found["parameters"], strict=True)}
        self.standard_errors_ = {
            name: float(value) for name, value in zip(names, found["standard_errors"], strict=True)
        }
        self.log_covariance_: Numbers = found["log_covariance"].reshape(len(names), -1)
        self.log_likelihood_ = found["log_likelihood"]
        self.aic_, self.bic_ = found["aic"], found["bic"]
        self.gradient_: float = found["gradient"]
        self.n_iter_ = found["iterations"]
        self.converged_ = found["converged"]
        self.n_customers_ = found["customers"]
        self.n_distinct_ = found["distinct"]
        self.findings_ = tuple(Finding(*finding) for finding in found["findings"])
        for finding in self.findings_:
            if finding.code == "W303":
                warnings.warn(str(finding), ConvergenceWarning, stacklevel=3)

    def summary(self, level: float = 0.95, *, like: Any = "dict") -> Any:
        """Return the parameters with standard errors and intervals.

        Parameters
        ----------
        level : float, default 0.95
            Of the intervals, which are symmetric in the parameters' logarithms (Wald).
        like : table or {"pandas", "polars", "pyarrow", "dict"}, default "dict"
            Which kind of table to return.

        Returns
        -------
        frame
            Columns ``parameter``, ``coef``, ``se(coef)``, ``lower`` and ``upper``. A parameter at its bound,
            or that the data do not determine, has an infinite standard error (see `findings_`).
        """
        self._check_fitted()
        from statistics import NormalDist

        z = NormalDist().inv_cdf(0.5 + 0.5 * check_number("level", level, 1e-9, 1.0 - 1e-9))
        value = np.array([self.params_[name] for name in self._PARAMETERS])
        error = np.array([self.standard_errors_[name] for name in self._PARAMETERS])
        known = np.isfinite(error)
        spread = np.exp(np.where(known, np.minimum(z * error / value, 600.0), 0.0))
        columns: dict[str, Any] = {
            "parameter": list(self._PARAMETERS),
            "coef": value,
            "se(coef)": error,
            "lower": np.where(known, value / spread, 0.0),
            "upper": np.where(known, value * spread, np.inf),
        }
        return to_frame(columns, like)

    def _facts(self) -> list[tuple[str, str]]:
        if not hasattr(self, "params_"):
            return []
        rows = [
            (name, f"{value:.6g} (standard error {self.standard_errors_[name]:.3g})")
            for name, value in self.params_.items()
        ]
        rows += [
            ("log-likelihood", f"{self.log_likelihood_:.6f}"),
            ("customers", f"{self.n_customers_:g} in {self.n_distinct_} distinct rows"),
        ]
        return rows + [(finding.code, str(finding)) for finding in self.findings_]
