"""Cox's regression, the reference of survival analysis."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._errors import ParameterError
from karat._estimator import check_number, check_threads
from karat._survival_coefficients import Coefficients
from karat._survival_input import column, read_regression


class CoxProportionalHazards(Coefficients):
    """Cox's regression: hazard ratios without a baseline, the reference beside `DiscreteHazard`.

    Parameters
    ----------
    ties : {"efron", "breslow"}, default "efron"
        Treatment of customers who leave at the same time.
    penalty : float, default 0
        Ridge: half of it times the squared effect of one standard deviation of each field.
    n_threads : int or None, default None
        Threads, None for all. Never changes a result.

    Attributes
    ----------
    params_, standard_errors_ : dict
        Log hazard ratios by field.
    log_likelihood_, null_log_likelihood_, concordance_index_, n_iter_, converged_
        Figures of the fit.
    baseline_cumulative_hazard_ : tuple of two ndarrays
        Times, and the cumulative hazard of a customer whose fields are at their means.
    findings_ : tuple of Finding
        W343 a field that separates who leaves, W342 a fit that did not settle.

    Examples
    --------
    >>> from karat.lifetime import CoxProportionalHazards
    >>> base = {"late": [1, 1, 0, 1, 0, 0], "months": [2, 4, 6, 5, 9, 3], "left": [1, 1, 1, 0, 1, 1]}
    >>> model = CoxProportionalHazards().fit(base, "months", "left")
    >>> bool(model.params_["late"] > 0)
    True
    """

    null_log_likelihood_: float
    concordance_index_: float
    baseline_cumulative_hazard_: tuple[NDArray[np.float64], NDArray[np.float64]]
    _inner: _karat.Cox

    def __init__(self, *, ties: str = "efron", penalty: float = 0.0, n_threads: int | None = None) -> None:
        self.ties = ties
        self.penalty = penalty
        self.n_threads = n_threads

    def fit(
        self,
        X: Any,
        duration_col: Any,
        event_col: Any = None,
        *,
        entry_col: Any = None,
        weights_col: Any = None,
    ) -> CoxProportionalHazards:
        """Fit to single customers.

        Parameters
        ----------
        X : table of shape (n, d)
            Fields, with or without the columns below.
        duration_col, event_col, entry_col, weights_col : str or array-like
            As for `DiscreteHazard.fit`; durations need not be whole.

        Returns
        -------
        self

        Raises
        ------
        DataError
            Naming everything wrong with its rows, constant fields and fields that follow from others.
        """
        if self.ties not in ("efron", "breslow"):
            raise ParameterError(f'`ties` must be "efron" or "breslow", got {self.ties!r}')
        wanted = {
            "duration_col": duration_col,
            "event_col": event_col,
            "entry_col": entry_col,
            "weights_col": weights_col,
        }
        names, fields, taken = read_regression(X, wanted, "CoxProportionalHazards")
        durations, events = taken["duration_col"], taken["event_col"]
        if durations is None:
            raise ParameterError("`duration_col` must be a column or values, got None")
        inner = _karat.Cox.fit(
            durations,
            np.ones(len(durations)) if events is None else events,
            names,
            fields,
            taken["entry_col"],
            taken["weights_col"],
            self.ties == "efron",
            check_number("penalty", self.penalty, 0.0, 1e12),
            check_threads(self.n_threads),
        )
        self._inner = inner
        self._keep(inner, names)
        figures = inner.figures()
        self.log_likelihood_, self.null_log_likelihood_, self.concordance_index_ = figures[:3]
        self.n_iter_, self.converged_ = figures[3:]
        self.baseline_cumulative_hazard_ = inner.baseline()
        return self

    def predict_partial_hazard(self, X: Any) -> NDArray[np.float64]:
        """Return each customer's hazard relative to one whose fields are at their means."""
        rows, columns = self._fields(X)
        return self._inner.relative_hazard(rows, columns)

    def predict_survival_function(self, X: Any, times: ArrayLike) -> NDArray[np.float64]:
        """Return the chance of each customer to be here after each time, a column for each time."""
        hazard = self._inner.baseline_at(column(times, "times").tolist())
        found: NDArray[np.float64] = np.exp(-np.outer(self.predict_partial_hazard(X), hazard))
        return found


def concordance_index(
    durations: ArrayLike, risks: ArrayLike, event_observed: ArrayLike | None = None
) -> float:
    """Return Harrell's concordance: how often the one with more risk leaves first.

    Parameters
    ----------
    durations, risks : array-like of shape (n,)
        How long each stayed, and a score that is higher for who should leave earlier.
    event_observed : array-like of shape (n,), optional
        1 for who left, 0 for who is still here.

    Examples
    --------
    >>> from karat.lifetime import concordance_index
    >>> round(concordance_index([1, 2, 3], [0.9, 0.1, 0.5], [1, 1, 0]), 4)
    0.6667
    """
    times = column(durations, "durations")
    events = np.ones(len(times)) if event_observed is None else column(event_observed, "event_observed")
    return _karat.concordance(times, events, column(risks, "risks"))
