"""What the order of customers by a score tells, and what it is worth."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._errors import ParameterError, ShapeError
from karat._frame import to_frame
from karat._survival_input import column
from karat._targets import read_classes


class Profit(NamedTuple):
    """The best that a score makes of a retention campaign."""

    per_customer: float
    """Profit for each customer of the table, contacted or not."""
    fraction: float
    """Share of the customers to contact, or its expectation."""
    threshold: float
    """The score from which on the customers come nearest to that share; infinite where nobody does."""


class AucDifference(NamedTuple):
    """How much two scores of the same customers differ in their area under the curve."""

    difference: float
    """The area of the first less that of the second."""
    standard_error: float
    """Its standard error."""
    p_value: float
    """The probability of a difference as large when there is none."""


class Ranking:
    """Customers sorted by a score, the likeliest to leave first.

    Customers of one score stand side by side: no measure depends on the order of the rows.

    Parameters
    ----------
    left : array-like of shape (n,)
        Who left: two classes.
    score : array-like of shape (n,)
        Higher means likelier to leave.
    level : float, default 0.95
        Confidence of the interval of the area.
    event : object, optional
        Which class of `left` left, by default the greater one, such as 1 of 0 and 1.

    Attributes
    ----------
    customers, churners : int
        How many there are and how many of them left.
    churn_rate : float
        The share that left.
    auc, auc_standard_error, auc_low, auc_high : float
        Area under the curve with its interval (DeLong, DeLong & Clarke-Pearson 1988).
    gini : float
        Twice the area less one.
    average_precision : float
        Mean precision over the churners as they are found.
    kolmogorov_smirnov : float
        Greatest distance between the shares of churners and of stayers above a score.
    h_measure : float
        Hand's (2009) measure, with its mode of costs at the churn rate.

    Examples
    --------
    >>> from karat.churn import Ranking
    >>> ranking = Ranking([1, 1, 0, 1, 0, 0, 0, 1, 0, 0], [.9, .8, .7, .6, .5, .4, .3, .2, .15, .1])
    >>> round(ranking.auc, 4), ranking.lift(0.2)
    (0.7917, 2.5)
    >>> ranking.maximum_profit(value=200, offer=10, contact=1, acceptance=0.3).fraction
    0.8
    """

    customers: int
    churners: int
    churn_rate: float
    auc: float
    auc_standard_error: float
    auc_low: float
    auc_high: float
    gini: float
    average_precision: float
    kolmogorov_smirnov: float
    h_measure: float

    def __init__(self, left: ArrayLike, score: ArrayLike, *, level: float = 0.95, event: object = None):
        self._left, self._score = read_pair(left, score, event)
        self._inner = _karat.ChurnRanking(self._left, self._score)
        self.level = float(level)
        self.__dict__.update(self._inner.measures(self.level))

    def lift(self, fraction: float) -> float:
        """Return how many times more often customers leave among the top fraction than among all.

        Customers of one score that the border cuts count in proportion.
        """
        return self._inner.lift(float(fraction))

    def capture(self, fraction: float) -> float:
        """Return the share of those who left that is among the top fraction."""
        return self._inner.capture(float(fraction))

    def roc(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the operating characteristic: shares of stayers and of churners above each score."""
        return self._inner.curve(False)

    def convex_hull(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the corners of the least concave curve above `roc`."""
        return self._inner.curve(True)

    def gains(self, groups: int = 10, like: Any = "pandas") -> Any:
        """Return the gains table, customers in groups of equal size from the highest score.

        Parameters
        ----------
        groups : int, default 10
            Groups; ten are the deciles.
        like : table or {"pandas", "polars", "pyarrow", "dict"}, default "pandas"
            What kind of frame to build.
        """
        columns = _karat.churn_gains(self._left, self._score, groups)
        group = np.arange(1, len(columns["customers"]) + 1)
        return to_frame({"group": group, **columns}, like)

    def expected_maximum_profit(
        self,
        value: ArrayLike = 200.0,
        offer: ArrayLike = 10.0,
        contact: ArrayLike = 1.0,
        acceptance: tuple[float, float] = (6.0, 14.0),
    ) -> Profit:
        """Return what the best campaign earns when the share that accepts is uncertain.

        Parameters
        ----------
        value, offer, contact : float or array-like of shape (n,)
            What a customer who is kept is worth, what the offer costs where it is accepted, and what a
            contact costs: for all or one a customer. The defaults are those of Verbraken, Verbeke & Baesens
            (2013), in euros.
        acceptance : tuple of two floats, default (6, 14)
            Parameters of the beta distribution of the share of would-be churners that accepts; its mean is
            30 % by default.
        """
        both = tuple(float(parameter) for parameter in acceptance)
        if len(both) != 2:
            raise ParameterError(f"`acceptance` must be the two parameters of a beta, got {acceptance!r}")
        return self._profit((value, offer, contact), list(both))

    def maximum_profit(
        self,
        value: ArrayLike = 200.0,
        offer: ArrayLike = 10.0,
        contact: ArrayLike = 1.0,
        acceptance: float = 0.3,
    ) -> Profit:
        """Return what the best campaign earns when a known share of would-be churners accepts."""
        return self._profit((value, offer, contact), [float(acceptance)])

    def _profit(self, amounts: Sequence[ArrayLike], acceptance: list[float]) -> Profit:
        value, offer, contact = (np.atleast_1d(np.asarray(part, dtype=np.float64)) for part in amounts)
        lists = (value.tolist(), offer.tolist(), contact.tolist())
        return Profit(*_karat.churn_profit(self._left, self._score, lists, acceptance))

    def summary(self) -> dict[str, float]:
        """Return every measure by name, with the lift of the top tenth."""
        measures: dict[str, float] = self._inner.measures(self.level)
        return measures | {"top_decile_lift": self.lift(0.1)}

    def to_frame(self, like: Any = "pandas") -> Any:
        """Return `summary` as a frame of two columns."""
        measures = self.summary()
        return to_frame({"measure": list(measures), "value": np.array(list(measures.values()))}, like)

    def __repr__(self) -> str:
        return (
            f"<Ranking of {self.customers} customers, {self.churn_rate:.1%} left: AUC {self.auc:.3f} "
            f"({self.auc_low:.3f} to {self.auc_high:.3f}), top-decile lift {self.lift(0.1):.2f}>"
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(name.replace('_', ' '))}</td>"
            f"<td style='text-align:right'>{number:.4g}</td></tr>"
            for name, number in self.summary().items()
        )
        return f"<table><caption>{escape(repr(self)[1:-1])}</caption>{rows}</table>"


def auc_difference(
    left: ArrayLike, first: ArrayLike, second: ArrayLike, *, event: object = None
) -> AucDifference:
    """Compare two scores of the same customers by their areas under the curve.

    The errors of both go together, which DeLong, DeLong & Clarke-Pearson (1988) take into account: two scores
    can differ for certain although their intervals overlap.

    Examples
    --------
    >>> from karat.churn import auc_difference
    >>> left = [1, 1, 0, 0, 1, 0]
    >>> round(auc_difference(left, [6, 5, 4, 3, 2, 1], [1, 5, 4, 3, 2, 6]).difference, 4)
    0.5556
    """
    target, one = read_pair(left, first, event)
    other = column(second, "second")
    return AucDifference(*_karat.churn_auc_difference(target, one, other))


def churn_rate(start: float, lost: float, gained: float = 0.0, *, basis: str = "start") -> float:
    """Return the share of customers lost in a period.

    Parameters
    ----------
    start, lost, gained : float
        Customers at the start of the period, lost in it, and gained in it.
    basis : {"start", "average"}, default "start"
        Whether the loss is set against the customers at the start, or against the mean of start and end.

    Notes
    -----
    Twelve months at a rate ``m`` lose ``1 - (1 - m) ** 12`` of the customers, not ``12 m``.

    Examples
    --------
    >>> from karat.churn import churn_rate
    >>> round(churn_rate(100_000, 1960, 2500, basis="average"), 6)
    0.019547
    """
    if basis not in ("start", "average"):
        raise ParameterError(f"`basis` must be 'start' or 'average', got {basis!r}")
    if not (start > 0 and 0 <= lost <= start + gained and gained >= 0):
        raise ParameterError(
            f"`lost` must be 0 to all there were ({start + gained:g}) and `start` above 0, "
            f"got {lost:g} of {start:g}"
        )
    base = start if basis == "start" else (start + (start + gained - lost)) / 2
    return lost / base


def read_pair(
    left: ArrayLike, score: ArrayLike, event: object
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return who left as 1 and 0, and the scores."""
    target, _, _ = read_classes(left, event)
    scores = column(score, "score")
    if len(scores) != len(target):
        raise ShapeError(f"expected {len(target)} scores, one a customer, got {len(scores)}")
    return target, scores
