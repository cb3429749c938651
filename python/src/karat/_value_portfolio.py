"""The value of a base: concentration, change by cause, effect of policies."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._contract_models import _Renewals
from karat._errors import ParameterError, ShapeError
from karat._estimator import check_integer, draw_seed
from karat._frame import to_frame
from karat._survival_input import column
from karat._value_lifetime import Rate, _terms, survival_path


class Portfolio:
    """The value of all customers and how few hold it.

    Attributes
    ----------
    customers : int
        Customers.
    total, mean : float
        Sum and mean of their values.
    negative_customers : int
        Customers of negative value.
    negative_total : float
        Sum of the negative values.
    gini : float or None
        0 where all are alike; None when the total is 0 or less.
    population, lorenz : ndarray
        Points of Lorenz's curve: shares of customers from the least valuable on, and of the total they hold.

    Examples
    --------
    >>> from karat.lifetime import portfolio_value
    >>> base = portfolio_value([0, 0, 0, 8])
    >>> base.total, base.gini
    (8.0, 0.75)
    """

    def __init__(self, values: ArrayLike) -> None:
        array = column(values, "values")
        points = np.linspace(0, 1, 101)
        found = _karat.portfolio(array, points.tolist())
        self.customers, self.total, self.negative_customers, self.negative_total, self.gini, lorenz = found
        self.mean = self.total / self.customers
        self.population: NDArray[np.float64] = points
        self.lorenz: NDArray[np.float64] | None = None if lorenz is None else np.array(lorenz)

    def share_of_top(self, share: float) -> float | None:
        """Return the share of the total that the most valuable `share` of the customers holds."""
        if self.lorenz is None:
            return None
        return float(1 - np.interp(1 - share, self.population, self.lorenz))

    def to_frame(self, like: str = "pandas") -> Any:
        """Return the points of Lorenz's curve as a frame."""
        lorenz = np.full(len(self.population), np.nan) if self.lorenz is None else self.lorenz
        return to_frame({"customers": self.population, "value": lorenz}, like)

    def __repr__(self) -> str:
        gini = "none" if self.gini is None else f"{self.gini:.3f}"
        return (
            f"<Portfolio of {self.customers} customers: total {self.total:.6g}, Gini {gini}, "
            f"{self.negative_customers} below zero ({self.negative_total:.6g})>"
        )

    def _repr_html_(self) -> str:
        from html import escape

        return f"<div><code>{escape(repr(self))}</code></div>"


def portfolio_value(values: ArrayLike) -> Portfolio:
    """Return total, concentration and loss-makers of customer values."""
    return Portfolio(values)


class EquityChange(NamedTuple):
    """Why the value of a base changed: opening plus the four causes is closing."""

    opening: float
    """Value at the first date."""
    acquired: float
    """Value of who came since."""
    lost: float
    """Value of who left since, below 0."""
    margin: float
    """By margins of who stayed."""
    retention: float
    """By expected periods of who stayed."""
    closing: float
    """Value at the second date."""


def equity_change(
    margin_before: ArrayLike, periods_before: ArrayLike, margin_after: ArrayLike, periods_after: ArrayLike
) -> EquityChange:
    """Return the change of the value of a base between two dates, by cause.

    Parameters
    ----------
    margin_before, periods_before, margin_after, periods_after : array-like of shape (n,)
        Margin and discounted periods to come of each customer at both dates, the same customer at the same
        place; both missing for who is not there.

    Examples
    --------
    >>> from karat.lifetime import equity_change
    >>> change = equity_change([10, 5], [20, 10], [12, None], [20, None])
    >>> change.lost, change.margin, change.closing
    (-50.0, 40.0, 240.0)
    """
    given = (margin_before, periods_before, margin_after, periods_after)
    names = ("margin_before", "periods_before", "margin_after", "periods_after")
    columns = [column(values, name) for values, name in zip(given, names, strict=True)]
    for name, values in zip(names, columns, strict=True):
        if len(values) != len(columns[0]):
            raise ShapeError(f"expected {len(columns[0])} rows of `{name}`, got {len(values)}")
    return EquityChange(**_karat.equity_change(columns))


class PolicyEffect(NamedTuple):
    """What a policy does to the value of one customer of a segment."""

    before: float
    """Value without it."""
    after: float
    """Value with it, its cost taken off."""
    effect: float
    """The difference."""
    lower: float
    """Lower end of the interval of the difference."""
    upper: float
    """Upper end."""
    chance_to_pay: float
    """Share of the draws in which it pays."""


def policy_effect(
    margin: ArrayLike,
    *,
    survival: Any,
    discount_rate: float | Rate,
    period: str,
    horizon: int,
    hazard_ratio: float = 1.0,
    hazard_ratio_error: float = 0.0,
    margin_change: float = 0.0,
    cost: float = 0.0,
    tenure: int = 0,
    timing: str = "end",
    level: float = 0.95,
    draws: int = 500,
    random_state: Any = 0,
) -> PolicyEffect:
    """Return the effect of a retention or price policy on a segment's lifetime value, with an interval.

    Parameters
    ----------
    margin : float or array-like
        As for `customer_lifetime_value`.
    survival : fitted renewal model or array-like
        Survival of the segment.
    discount_rate, period, horizon, tenure, timing
        As for `customer_lifetime_value`.
    hazard_ratio : float, default 1
        By what the chance to leave is multiplied.
    hazard_ratio_error : float, default 0
        Standard error of its logarithm, from the test it comes from.
    margin_change : float, default 0
        Added to the margin of every period: below 0 for a price cut.
    cost : float, default 0
        Of each customer, once.
    level, draws, random_state
        Of the interval.

    Examples
    --------
    >>> from karat.lifetime import ShiftedBetaGeometric, policy_effect
    >>> model = ShiftedBetaGeometric().fit_cohorts([1000, 869, 743, 653, 593, 551, 517, 491])
    >>> effect = policy_effect(100, survival=model, discount_rate=0.1, period="year", horizon=20,
    ...                        hazard_ratio=0.8, hazard_ratio_error=0.05, cost=20)
    >>> effect.lower < effect.effect < effect.upper
    True
    """
    horizon = check_integer("horizon", horizon, 1, 10**5)
    tenure = check_integer("tenure", tenure, 0, 10**5)
    count = check_integer("draws", draws, 1, 100_000)
    if not 0 < level < 1:
        raise ParameterError(f"`level` must lie between 0 and 1, got {level!r}")
    seed = draw_seed(random_state)
    path, model = survival_path(survival, horizon, tenure)
    curves = model.draw_survival(len(path) - 1, count, seed) if isinstance(model, _Renewals) else None
    if curves is None:
        curves = np.tile(path, (count if hazard_ratio_error > 0 else 1, 1))
    found = _karat.policy_effect(
        path.tolist(),
        np.ascontiguousarray(curves),
        period,
        column(margin, "margin").tolist(),
        _terms(discount_rate, period, timing, horizon, 0.0),
        (float(hazard_ratio), float(hazard_ratio_error), float(margin_change), float(cost)),
        tenure,
        float(level),
        seed,
    )
    return PolicyEffect(*found)
