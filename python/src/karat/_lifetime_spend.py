"""What a transaction is worth, as an estimator."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from karat import _karat
from karat._estimator import check_threads
from karat._lifetime_estimator import LifetimeEstimator, Numbers, columns_from, numbers_of


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
