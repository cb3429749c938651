"""Renewal models of customers under contract."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._errors import ParameterError
from karat._estimator import Estimator, draw_seed
from karat._frame import to_frame
from karat._matrix import read_matrix
from karat._named_weights import Finding
from karat._survival_input import column, events_of, optional

Self = TypeVar("Self", bound="_Renewals")


class _Renewals(Estimator):
    """What the models have in common."""

    parameters_: dict[str, float]
    standard_errors_: dict[str, float]
    confidence_intervals_: dict[str, tuple[float, float]]
    log_likelihood_: float
    aic_: float
    events_: float
    n_iter_: int
    converged_: bool
    findings_: tuple[Finding, ...]
    _inner: _karat.FittedContract
    _model = ""
    _periods = True

    def __init__(self, *, level: float = 0.95) -> None:
        self.level = level

    def fit(
        self: Self,
        durations: ArrayLike,
        event_observed: ArrayLike | None = None,
        *,
        entry: ArrayLike | None = None,
        weights: ArrayLike | None = None,
    ) -> Self:
        """Fit to single customers.

        Parameters
        ----------
        durations : array-like of shape (n,)
            How long each customer has stayed: the period in which they left, or those lived through so far.
        event_observed : array-like of shape (n,), optional
            1 for who left, 0 for who is still here; without it everybody has left.
        entry : array-like of shape (n,), optional
            How long each had been here when the records began (late entry).
        weights : array-like of shape (n,), optional
            How much each counts.

        Returns
        -------
        self

        Raises
        ------
        DataError
            Naming everything wrong with its rows: negative durations, events that are not 0 or 1, and more.
        """
        times = column(durations, "durations")
        events = events_of(event_observed, len(times))
        late, counts = optional(entry, "entry"), optional(weights, "weights")
        return self._keep(_karat.FittedContract.fit(self._model, times, events, late, counts))

    def _keep(self: Self, inner: _karat.FittedContract) -> Self:
        self._inner = inner
        rows = inner.parameters()
        self.parameters_ = {name: value for name, value, _, _, _ in rows}
        self.standard_errors_ = {name: error for name, _, error, _, _ in rows}
        self.confidence_intervals_ = {name: (low, high) for name, _, _, low, high in rows}
        self.log_likelihood_, self.aic_, self.events_, self.n_iter_, self.converged_ = inner.figures()
        self.findings_ = tuple(Finding(*row) for row in inner.findings())
        for name, value in self.parameters_.items():
            setattr(self, f"{name}_", value)
        return self

    def predict(self, times: ArrayLike) -> NDArray[np.float64]:
        """Return the chance to be still here after each time."""
        return self._bands(times)[0]

    def survival_function_at_times(self, times: ArrayLike) -> NDArray[np.float64]:
        """Return the chance to be still here after each time; `predict` under the name lifelines has."""
        return self.predict(times)

    def survival_band(self, times: ArrayLike) -> dict[str, NDArray[np.float64]]:
        """Return the curve at each time with a band of `level`, by the delta method on ``ln(-ln S)``."""
        value, lower, upper = self._bands(times)
        return {"time": column(times, "times"), "survival": value, "lower": lower, "upper": upper}

    def _bands(self, times: ArrayLike) -> tuple[NDArray[np.float64], ...]:
        self._check_fitted()
        return self._inner.band(column(times, "times").tolist(), self.level)

    def conditional_survival(self, after: float, times: ArrayLike) -> NDArray[np.float64]:
        """Return the chance of those here after `after` to be here each time later."""
        self._check_fitted()
        return self._inner.conditional(float(after), column(times, "times").tolist())

    def retention(self, periods: ArrayLike) -> NDArray[np.float64]:
        """Return the chance to stay in each period, counted from 1, of those still here at its start."""
        ends = column(periods, "periods")
        if np.any(ends < 1):
            raise ParameterError("`periods` must be 1 or more: period 1 ends with the first renewal")
        now, before = self.predict(ends), self.predict(ends - 1)
        return np.divide(now, before, out=np.zeros_like(now), where=before > 0)

    def draw_survival(self, horizon: int, draws: int = 1000, random_state: Any = 0) -> NDArray[np.float64]:
        """Return curves that the data allow as well, a row each, for intervals of what follows from them."""
        self._check_fitted()
        return self._inner.draws(int(horizon), int(draws), draw_seed(random_state))

    def summary(self, like: str = "pandas") -> Any:
        """Return parameters with standard errors and 95 % intervals as a frame."""
        return self.to_frame(like)

    def to_frame(self, like: str = "pandas") -> Any:
        """Return the parameters as a frame, one row each."""
        self._check_fitted()
        names = list(self.parameters_)
        return to_frame(
            {
                "parameter": names,
                "estimate": np.array([self.parameters_[name] for name in names]),
                "standard_error": np.array([self.standard_errors_[name] for name in names]),
                "lower": np.array([self.confidence_intervals_[name][0] for name in names]),
                "upper": np.array([self.confidence_intervals_[name][1] for name in names]),
            },
            like,
        )

    def _facts(self) -> list[tuple[str, str]]:
        if "parameters_" not in vars(self):
            return []
        errors = self.standard_errors_
        facts = [(name, f"{value:.6g} ± {errors[name]:.2g}") for name, value in self.parameters_.items()]
        facts.append(("log-likelihood", f"{self.log_likelihood_:.4f}"))
        return [*facts, *((finding.code, finding.fact) for finding in self.findings_)]


class _CohortModel(_Renewals):
    def fit_cohorts(self: Self, survivors: Any) -> Self:
        """Fit to survivors of one cohort or several.

        Parameters
        ----------
        survivors : sequence, sequence of sequences, mapping or frame
            The size of a cohort, then how many are left after 1, 2, ... periods. Cohorts may differ in
            length; in a frame each column is one, and missing values at its end are periods to come.

        Returns
        -------
        self

        Raises
        ------
        DataError
            Naming every cohort that is empty, too short or grows.
        """
        return self._keep(_karat.FittedContract.fit_cohorts(self._model, _cohorts(survivors)))

    def discounted_residual_lifetime(
        self, renewals_survived: ArrayLike, discount_rate: float
    ) -> NDArray[np.float64]:
        """Return renewals to come, each discounted to just before the next one (Fader and Hardie's DERL).

        Parameters
        ----------
        renewals_survived : array-like of int
            Renewals already made. The paper's n-th renewal is the one after n - 1 were made.
        discount_rate : float
            Of one period, such as 0.1 for ten percent.
        """
        self._check_fitted()
        counts = column(renewals_survived, "renewals_survived")
        if np.any((counts < 0) | (counts != np.floor(counts))):
            raise ParameterError("`renewals_survived` must be whole numbers of 0 or more")
        return self._inner.residual(counts.astype(int).tolist(), float(discount_rate))

    def discounted_lifetime(self, discount_rate: float) -> float:
        """Return payments of a new customer, the first at once, each discounted (Fader and Hardie's DEL)."""
        self._check_fitted()
        return self._inner.discounted_lifetime(float(discount_rate))


class ShiftedBetaGeometric(_CohortModel):
    """Renewals of customers who differ: retention rises because those likely to leave go first.

    Each customer leaves at every renewal with the same chance, which follows a beta distribution over
    customers (Fader and Hardie 2007, 2010).

    Parameters
    ----------
    level : float, default 0.95
        Level of bands around curves.

    Attributes
    ----------
    alpha_, beta_ : float
        Parameters of the beta distribution.
    parameters_, standard_errors_, confidence_intervals_ : dict
        By name; a standard error is infinite where the data set no end to a parameter.
    log_likelihood_, aic_, events_, n_iter_, converged_
        Figures of the fit.
    findings_ : tuple of Finding
        W340 a parameter at its bound, W341 one that the data do not tell, W342 a fit that did not settle.

    Examples
    --------
    >>> from karat.lifetime import ShiftedBetaGeometric
    >>> model = ShiftedBetaGeometric().fit_cohorts([1000, 869, 743, 653, 593, 551, 517, 491])
    >>> round(model.alpha_, 3), round(model.beta_, 3)
    (0.668, 3.806)
    >>> model.predict([12]).round(3)
    array([0.378])
    """

    alpha_: float
    beta_: float
    _model = "shifted_beta_geometric"


class BetaDiscreteWeibull(_CohortModel):
    """As `ShiftedBetaGeometric`, but the chance of a single customer may rise or fall with every renewal.

    ``S(t) = B(alpha, beta + t**c) / B(alpha, beta)`` (Fader, Hardie, Liu, Davin and Steenburgh 2018).

    Parameters
    ----------
    level : float, default 0.95
        Level of bands around curves.

    Attributes
    ----------
    alpha_, beta_, c_ : float
        Parameters; above 1, `c_` says that single customers grow tired.
    parameters_, standard_errors_, confidence_intervals_, log_likelihood_, aic_, findings_
        As for `ShiftedBetaGeometric`.

    Examples
    --------
    >>> from karat.lifetime import BetaDiscreteWeibull
    >>> model = BetaDiscreteWeibull().fit_cohorts([1000, 869, 743, 653, 593, 551, 517, 491])
    >>> model.predict([12]).round(3)
    array([0.404])
    """

    alpha_: float
    beta_: float
    c_: float
    _model = "beta_discrete_weibull"


class ExponentialGamma(_Renewals):
    """Continuous time: constant rates that differ between customers, ``S(t) = (alpha / (alpha + t))**r``.

    Parameters
    ----------
    level : float, default 0.95
        Level of bands around curves.

    Attributes
    ----------
    r_, alpha_ : float
        Shape and rate of the gamma distribution of the rates.
    parameters_, standard_errors_, confidence_intervals_, log_likelihood_, aic_, findings_
        As for `ShiftedBetaGeometric`.

    Examples
    --------
    >>> from karat.lifetime import ExponentialGamma
    >>> model = ExponentialGamma().fit([3.5, 8, 20, 40, 1, 2, 60], [1, 1, 1, 0, 1, 1, 0])
    >>> bool(0 < model.predict([24])[0] < 1)
    True
    """

    r_: float
    alpha_: float
    _model = "exponential_gamma"


class WeibullGamma(_Renewals):
    """As `ExponentialGamma` with rates that rise or fall: ``S(t) = (alpha / (alpha + t**c))**r``.

    Parameters
    ----------
    level : float, default 0.95
        Level of bands around curves.

    Attributes
    ----------
    r_, alpha_, c_ : float
        Parameters.
    parameters_, standard_errors_, confidence_intervals_, log_likelihood_, aic_, findings_
        As for `ShiftedBetaGeometric`.

    Examples
    --------
    >>> from karat.lifetime import WeibullGamma
    >>> model = WeibullGamma().fit([3.5, 8, 20, 40, 1, 2, 60], [1, 1, 1, 0, 1, 1, 0])
    >>> bool(model.c_ > 0)
    True
    """

    r_: float
    alpha_: float
    c_: float
    _model = "weibull_gamma"


def _cohorts(survivors: Any) -> list[list[float]]:
    if isinstance(survivors, Mapping):
        return [[float(value) for value in cohort] for cohort in survivors.values()]
    if hasattr(survivors, "columns") or (isinstance(survivors, np.ndarray) and survivors.ndim == 2):
        table, _ = read_matrix(survivors, who="fit_cohorts")
        columns = table.T if hasattr(survivors, "columns") else table
        return [_trimmed(cohort.tolist()) for cohort in columns]
    listed = survivors.tolist() if hasattr(survivors, "tolist") else list(survivors)
    if listed and not isinstance(listed[0], Sequence | np.ndarray):
        return [[float(value) for value in listed]]
    return [[float(value) for value in cohort] for cohort in listed]


def _trimmed(cohort: list[float]) -> list[float]:
    while cohort and math.isnan(cohort[-1]):
        cohort.pop()
    return cohort
