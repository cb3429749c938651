"""What all models of prepaid customers share: fits to histories and predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from karat import _karat
from karat._estimator import check_number, check_threads
from karat._frame import to_frame
from karat._lifetime_estimator import LifetimeEstimator, Numbers, columns_from, numbers_of
from karat._lifetime_spend import GammaGamma


class Prepaid(LifetimeEstimator):
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


class Leaving(Prepaid):
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
