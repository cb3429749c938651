"""What regressions on the time until an end have in common."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat._estimator import Estimator
from karat._frame import to_frame
from karat._named_weights import Finding
from karat._survival_input import read_fields
from karat._targets import as_table, check_width, is_array

Z = 1.959963984540054


class Coefficients(Estimator):
    """What both regressions report."""

    params_: dict[str, float]
    standard_errors_: dict[str, float]
    log_likelihood_: float
    n_iter_: int
    converged_: bool
    findings_: tuple[Finding, ...]
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]

    def _keep(self, inner: Any, names: Sequence[str]) -> None:
        rows = inner.coefficients()
        self.params_ = {name: value for name, value, _ in rows}
        self.standard_errors_ = {name: error for name, _, error in rows}
        self.findings_ = tuple(Finding(*row) for row in inner.findings())
        self.feature_names_in_ = np.array(names, dtype=object)
        self.n_features_in_ = len(names)

    def _fields(self, X: Any) -> tuple[int, list[NDArray[np.float64]]]:
        self._check_fitted()
        names = list(self.feature_names_in_)
        if X is None and not names:
            return 0, []
        table = as_table(X, type(self).__name__)
        check_width(table, len(names), type(self).__name__)
        if is_array(table):
            columns = [np.ascontiguousarray(table[:, j], dtype=np.float64) for j in range(len(names))]
        else:
            columns = read_fields(table, names)
        return (len(columns[0]) if columns else 0), columns

    def summary(self, like: str = "pandas") -> Any:
        """Return coefficients with standard errors, hazard or odds ratios, 95 % intervals, z and p."""
        return self.to_frame(like)

    def to_frame(self, like: str = "pandas") -> Any:
        """Return the coefficients as a frame, one row each."""
        self._check_fitted()
        names = list(self.params_)
        value = np.array([self.params_[name] for name in names])
        error = np.array([self.standard_errors_[name] for name in names])
        with np.errstate(over="ignore"):
            z = np.divide(value, error)
            columns = {
                "covariate": names,
                "coef": value,
                "exp(coef)": np.exp(value),
                "se(coef)": error,
                "coef lower 95%": value - Z * error,
                "coef upper 95%": value + Z * error,
                "z": z,
                "p": np.array([math.erfc(abs(x) / math.sqrt(2)) for x in z]),
            }
        return to_frame(columns, like)

    def _facts(self) -> list[tuple[str, str]]:
        if "params_" not in vars(self):
            return []
        errors = self.standard_errors_
        facts = [(name, f"{value:.4f} ± {errors[name]:.4f}") for name, value in self.params_.items()]
        facts.append(("log-likelihood", f"{self.log_likelihood_:.4f}"))
        return [*facts, *((finding.code, finding.fact) for finding in self.findings_)]
