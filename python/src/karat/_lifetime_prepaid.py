"""Models of prepaid customers as estimators."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._errors import ParameterError, ShapeError
from karat._estimator import ConvergenceWarning, Estimator, check_number, check_threads
from karat._frame import to_frame
from karat._named_weights import Finding

Fitted = TypeVar("Fitted", bound="LifetimeEstimator")
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
            Columns ``parameter``, ``coef``, ``se(coef)``, ``lower`` and ``upper``. A parameter at its bound, or
            that the data do not determine, has an infinite standard error (see `findings_`).
        """
        self._check_fitted()
        from statistics import NormalDist

        z = NormalDist().inv_cdf(0.5 + 0.5 * check_number("level", level, 1e-9, 1.0 - 1e-9))
        value = np.array([self.params_[name] for name in self._PARAMETERS])
        error = np.array([self.standard_errors_[name] for name in self._PARAMETERS])
        spread = np.exp(np.minimum(z * error / value, 700.0))
        known = np.isfinite(error)
        columns = {
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


class _Prepaid(LifetimeEstimator):
    """What all models of histories share."""

    _KIND = ""

    def fit(
        self: Any,
        frequency: Any,
        recency: ArrayLike | None = None,
        T: ArrayLike | None = None,
        weights: ArrayLike | None = None,
    ) -> Any:
        """Fit by maximum likelihood, or to the greatest posterior where there are priors.

        Parameters
        ----------
        frequency : array-like, or a table
            Transactions after the first one, x; or a table with ``frequency``, ``recency``, ``T``.
        recency : array-like
            Time from the first transaction to the last, t_x; 0 where there was only one.
        T : array-like
            Time from the first transaction to now.
        weights : array-like, optional
            How many customers each row stands for; equal rows are counted once anyway.

        Returns
        -------
        self

        Raises
        ------
        DataError
            With all problems and their rows: t_x after T, negative counts, x > 0 with t_x = 0, T = 0 for all.
        """
        x, t_x, t = columns_from(("frequency", "recency", "T"), (frequency, recency, T))
        w = None if weights is None else numbers_of(weights)
        self._learn(
            _karat.fit_prepaid(self._KIND, x, t_x, t, w, self._priors(), check_threads(self.n_threads))
        )
        return self

    def _values(self) -> tuple[float, float, float, float]:
        self._check_fitted()
        first, second, third, fourth = (self.params_[name] for name in self._PARAMETERS)
        return first, second, third, fourth


class _Leaving(_Prepaid):
    """Models in which customers leave."""

    def _quantity(self, quantity: str, given: tuple[Any, ...], horizon: float, rate: float) -> Numbers:
        values = self._values()
        x, t_x, t = columns_from(("frequency", "recency", "T"), given)
        threads = check_threads(self.n_threads)
        return _karat.prepaid_quantity(self._KIND, values, quantity, x, t_x, t, horizon, rate, threads)

    def conditional_probability_alive(
        self, frequency: Any, recency: ArrayLike | None = None, T: ArrayLike | None = None
    ) -> Numbers:
        """Return the probability that each customer has not left.

        Parameters
        ----------
        frequency, recency, T : array-like, or one table
            As for `fit`.

        Returns
        -------
        ndarray
            One probability a customer.
        """
        return self._quantity("p_alive", (frequency, recency, T), 0.0, 0.0)

    def conditional_expected_number_of_purchases_up_to_time(
        self, t: float, frequency: Any, recency: ArrayLike | None = None, T: ArrayLike | None = None
    ) -> Numbers:
        """Return the transactions expected of each customer within `t` from now.

        Parameters
        ----------
        t : float
            How far ahead, in the unit of `T`; periods for `BetaGeoBetaBinomial`.
        frequency, recency, T : array-like, or one table
            As for `fit`.

        Returns
        -------
        ndarray
            One number a customer.
        """
        horizon = check_number("t", t, 0.0, 1e300)
        return self._quantity("expected", (frequency, recency, T), horizon, 0.0)

    #: Short for `conditional_expected_number_of_purchases_up_to_time`.
    predict = conditional_expected_number_of_purchases_up_to_time

    def expected_number_of_purchases_up_to_time(self, t: ArrayLike) -> Numbers:
        """Return the transactions expected of a new customer within each time of `t` after the first.

        Parameters
        ----------
        t : float or array-like
            Times in the unit of `T`.

        Returns
        -------
        ndarray
            One number a time.
        """
        zero = np.zeros(1)
        found = [
            self._quantity("expected", (zero, zero, zero), check_number("t", float(time), 0.0, 1e300), 0.0)[0]
            for time in numbers_of(t)
        ]
        return np.array(found)

    def discounted_expected_residual_transactions(
        self,
        discount_rate: float,
        frequency: Any,
        recency: ArrayLike | None = None,
        T: ArrayLike | None = None,
        *,
        t: float | None = None,
    ) -> Numbers:
        """Return the transactions still to come, each discounted to now (DERT).

        Parameters
        ----------
        discount_rate : float
            Compound interest for each unit of time: a transaction after time u counts ``(1 + d)**-u``. A
            continuous rate of 0.0027 a week is ``math.expm1(0.0027)``.
        frequency, recency, T : array-like, or one table
            As for `fit`.
        t : float, optional
            How far ahead; for ever if not given, which needs a positive rate.

        Returns
        -------
        ndarray
            One number a customer.
        """
        rate = float(np.log1p(check_number("discount_rate", discount_rate, 0.0, 1e6)))
        horizon = np.inf if t is None else check_number("t", t, 0.0, 1e300)
        return self._quantity("discounted", (frequency, recency, T), horizon, rate)

    def score(
        self,
        frequency: Any,
        recency: ArrayLike | None = None,
        T: ArrayLike | None = None,
        monetary_value: ArrayLike | None = None,
        *,
        t: float,
        discount_rate: float = 0.0,
        spend: GammaGamma | None = None,
        like: Any = "dict",
    ) -> Any:
        """Return everything about each customer at once, from the frozen step that also scores elsewhere.

        Parameters
        ----------
        frequency, recency, T, monetary_value : array-like, or one table
            As for `fit`; the mean values count where there is a `spend`.
        t : float
            How far ahead.
        discount_rate : float, default 0
            Compound interest for each unit of time.
        spend : GammaGamma, optional
            What transactions are worth; without it a value counts transactions.
        like : table or kind, default "dict"
            Which kind of table to return.

        Returns
        -------
        frame
            ``p_alive``, ``expected_transactions``, ``expected_spend``, ``discounted_value``.
        """
        names: tuple[str, ...] = ("frequency", "recency", "T")
        given: tuple[Any, ...] = (frequency, recency, T)
        if spend is not None:
            names, given = (*names, "monetary_value"), (*given, monetary_value)
        x, t_x, age, *money = columns_from(names, given)
        step = self.freeze(t=t, discount_rate=discount_rate, spend=spend)
        values = money[0] if money else None
        found = _karat.score_prepaid(step, x, t_x, age, values, check_threads(self.n_threads))
        columns = ("p_alive", "expected_transactions", "expected_spend", "discounted_value")
        return to_frame(dict(zip(columns, found, strict=True)), like)

    def freeze(self, *, t: float, discount_rate: float = 0.0, spend: GammaGamma | None = None) -> bytes:
        """Return the frozen step as bytes: what `score` evaluates, here and in Rust with the same bits."""
        values = self._values()
        money = None
        if spend is not None:
            spend._check_fitted()
            money = (spend.params_["p"], spend.params_["q"], spend.params_["v"])
        rate = float(np.log1p(check_number("discount_rate", discount_rate, 0.0, 1e6)))
        return _karat.freeze_prepaid(self._KIND, values, money, check_number("t", t, 0.0, 1e300), rate)


class ParetoNBD(_Leaving):
    """Pareto/NBD: transactions at a gamma rate until the customer leaves, at another gamma rate.

    The model to begin with: it tells silence from absence for customers without a repeat too.

    Parameters
    ----------
    priors : mapping of str to (median, deviation), optional
        Normal priors on the logarithms of parameters; maximum likelihood without.
    n_threads : int or None, default None
        Threads, None for all. Never changes a result.

    Attributes
    ----------
    params_, standard_errors_ : dict of str to float
        ``r``, ``alpha``, ``s``, ``beta``.
    log_likelihood_, aic_, bic_ : float
        Of all customers, in the unit of time given.
    findings_ : tuple of Finding
        W301 a parameter at its bound, W302 one that the data do not determine, W303 not converged.
    converged_, n_iter_, gradient_, n_customers_, n_distinct_
        How the fit went.

    Notes
    -----
    Schmittlein, Morrison & Colombo (1987). The time of leaving is integrated out in logarithms.

    Examples
    --------
    >>> from karat.lifetime import ParetoNBD
    >>> x, t_x = [0, 3, 1, 0, 7, 2, 0, 1] * 20, [0, 20, 5, 0, 33, 9, 0, 30] * 20
    >>> model = ParetoNBD().fit(x, t_x, [38] * 160)
    >>> early, late = model.conditional_probability_alive([2, 2], [9, 37], [38, 38])
    >>> bool(early < late)
    True
    """

    _KIND = "pareto_nbd"
    _PARAMETERS = ("r", "alpha", "s", "beta")


class _BetaGeo(_Leaving):
    _PARAMETERS = ("r", "alpha", "a", "b")

    def probability_of_n_purchases_up_to_time(self, t: float, n: int) -> float:
        """Return the probability that a new customer has `n` transactions within `t` after the first."""
        most = int(check_number("n", n, 0, 1_000_000))
        time = check_number("t", t, 0.0, 1e300)
        modified = self._KIND == "mbg_nbd"
        return float(_karat.prepaid_probabilities(modified, self._values(), time, most)[most])


class BetaGeoNBD(_BetaGeo):
    """BG/NBD: a customer may leave after each repeated transaction.

    Everybody without a repeat is alive with probability 1, so it is no churn score: use `ParetoNBD` or
    `ModifiedBetaGeoNBD` for that.

    Parameters
    ----------
    priors, n_threads
        As for `ParetoNBD`.

    Attributes
    ----------
    params_, standard_errors_ : dict of str to float
        ``r``, ``alpha``, ``a``, ``b``; the rest as for `ParetoNBD`.

    Notes
    -----
    Fader, Hardie & Lee (2005).

    Examples
    --------
    >>> from karat.lifetime import BetaGeoNBD
    >>> x, t_x = [0, 3, 1, 0, 7, 2, 0, 1] * 20, [0, 20, 5, 0, 33, 9, 0, 30] * 20
    >>> model = BetaGeoNBD().fit({"frequency": x, "recency": t_x, "T": [38] * 160})
    >>> float(model.conditional_probability_alive(0, 0, 38)[0])
    1.0
    """

    _KIND = "bg_nbd"


class ModifiedBetaGeoNBD(_BetaGeo):
    """MBG/NBD: a customer may leave after each transaction, the first one too.

    Parameters
    ----------
    priors, n_threads
        As for `ParetoNBD`.

    Attributes
    ----------
    params_, standard_errors_ : dict of str to float
        ``r``, ``alpha``, ``a``, ``b``; the rest as for `ParetoNBD`.

    Notes
    -----
    Batislam, Denizel & Filiztekin (2007).

    Examples
    --------
    >>> from karat.lifetime import ModifiedBetaGeoNBD
    >>> x, t_x = [0, 3, 1, 0, 7, 2, 0, 1] * 20, [0, 20, 5, 0, 33, 9, 0, 30] * 20
    >>> model = ModifiedBetaGeoNBD().fit(x, t_x, [38] * 160)
    >>> bool(model.conditional_probability_alive(0, 0, 38)[0] < 1)
    True
    """

    _KIND = "mbg_nbd"


class BetaGeoBetaBinomial(_Leaving):
    """BG/BB: transactions in some of a number of equal periods, such as months with a top-up.

    `T` is the number of periods, `recency` the last one with a transaction, `frequency` how many had one.

    Parameters
    ----------
    priors, n_threads
        As for `ParetoNBD`.

    Attributes
    ----------
    params_, standard_errors_ : dict of str to float
        ``alpha``, ``beta`` of transactions, ``gamma``, ``delta`` of leaving; the rest as for `ParetoNBD`.

    Notes
    -----
    Fader, Hardie & Shang (2010). `conditional_probability_alive` is about the last period observed.

    Examples
    --------
    >>> from karat.lifetime import BetaGeoBetaBinomial
    >>> x, t_x, weights = [0, 1, 2, 3, 6, 2], [0, 1, 4, 6, 6, 6], [3464, 1091, 155, 357, 1203, 234]
    >>> model = BetaGeoBetaBinomial().fit(x, t_x, [6] * 6, weights)
    >>> bool(model.predict(5, 6, 6, 6)[0] > model.predict(5, 1, 1, 6)[0])
    True
    """

    _KIND = "bg_bb"
    _PARAMETERS = ("alpha", "beta", "gamma", "delta")


class NBD(_Prepaid):
    """NBD: transactions at a gamma rate, and nobody leaves. The baseline that the others must beat.

    Parameters
    ----------
    priors, n_threads
        As for `ParetoNBD`.

    Attributes
    ----------
    params_, standard_errors_ : dict of str to float
        ``r``, ``alpha``; the rest as for `ParetoNBD`. The likelihood is one of the counts alone and not to be
        compared with those of models that also use the times.

    Examples
    --------
    >>> from karat.lifetime import NBD
    >>> model = NBD().fit([0, 3, 1, 0, 7], [0, 20, 5, 0, 33], [38] * 5)
    >>> [round(float(n), 3) for n in model.predict(38, [2], [9], [38])]
    [2.106]
    """

    _KIND = "nbd"
    _PARAMETERS = ("r", "alpha")

    def conditional_expected_number_of_purchases_up_to_time(
        self, t: float, frequency: Any, recency: ArrayLike | None = None, T: ArrayLike | None = None
    ) -> Numbers:
        """Return the transactions expected within `t` from now: ``t (r + x) / (alpha + T)``."""
        self._check_fitted()
        x, _, age = columns_from(("frequency", "recency", "T"), (frequency, recency, T))
        horizon = check_number("t", t, 0.0, 1e300)
        return horizon * (self.params_["r"] + x) / (self.params_["alpha"] + age)

    #: Short for `conditional_expected_number_of_purchases_up_to_time`.
    predict = conditional_expected_number_of_purchases_up_to_time


class GammaGamma(LifetimeEstimator):
    """Gamma-Gamma: the mean value of a transaction of each customer, between their own and everybody's.

    Parameters
    ----------
    priors, n_threads
        As for `ParetoNBD`.

    Attributes
    ----------
    params_, standard_errors_ : dict of str to float
        ``p``, ``q``, ``v``; the rest as for `ParetoNBD`.
    correlation_ : float
        Of number and mean value of transactions, which the model takes to be independent.
    findings_ : tuple of Finding
        Also W304 a correlation of 0.3 or more, W305 an infinite mean over customers.

    Notes
    -----
    Fader & Hardie (2013).

    Examples
    --------
    >>> from karat.lifetime import GammaGamma
    >>> spend = GammaGamma().fit([1, 2, 7, 1, 3, 4], [12.0, 22.0, 74.0, 35.0, 18.0, 40.0])
    >>> bool(spend.conditional_expected_average_profit(1, 300.0)[0] < 300)
    True
    """

    _PARAMETERS = ("p", "q", "v")

    correlation_: float

    def fit(
        self,
        frequency: Any,
        monetary_value: ArrayLike | None = None,
        weights: ArrayLike | None = None,
    ) -> GammaGamma:
        """Fit to customers with repeated transactions; the others are left out.

        Parameters
        ----------
        frequency : array-like, or a table
            Transactions after the first; or a table with ``frequency`` and ``monetary_value``.
        monetary_value : array-like
            Mean value of those transactions.
        weights : array-like, optional
            How many customers each row stands for.

        Returns
        -------
        GammaGamma
            Itself, fitted.

        Raises
        ------
        DataError
            With all problems and their rows: values that are zero or negative, nobody with a repeat.
        """
        x, m = columns_from(("frequency", "monetary_value"), (frequency, monetary_value))
        w = None if weights is None else numbers_of(weights)
        found = _karat.fit_spending(x, m, w, self._priors(), check_threads(self.n_threads))
        self._learn(found)
        self.correlation_ = found["correlation"]
        return self

    def conditional_expected_average_profit(
        self, frequency: Any = None, monetary_value: ArrayLike | None = None
    ) -> Numbers:
        """Return the mean value expected of each customer's transactions; everybody's without arguments."""
        self._check_fitted()
        p, q, v = (self.params_[name] for name in self._PARAMETERS)
        if frequency is None:
            frequency, monetary_value = 0.0, 0.0
        x, m = columns_from(("frequency", "monetary_value"), (frequency, monetary_value))
        weight = p * x + (q - 1.0)
        own = np.where(x > 0, x * m, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(weight > 0, p * (v + own) / weight, np.inf)

    #: Short for `conditional_expected_average_profit`.
    predict = conditional_expected_average_profit
