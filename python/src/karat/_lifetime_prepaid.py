"""Models of prepaid customers as estimators."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from karat import _karat
from karat._estimator import check_number
from karat._lifetime_estimator import Numbers, columns_from
from karat._lifetime_histories import Leaving, Prepaid


class ParetoNBD(Leaving):
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


class _BetaGeo(Leaving):
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


class BetaGeoBetaBinomial(Leaving):
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


class NBD(Prepaid):
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
    >>> few, many = model.predict(38, [0, 7], [0, 33], [38, 38])
    >>> bool(0 < few < many < 7)
    True
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
