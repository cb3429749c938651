"""Lifetime values: survival, margins and discount of one period."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._contract_models import _Renewals
from karat._errors import ParameterError
from karat._estimator import check_integer, draw_seed
from karat._frame import to_frame
from karat._survival_curves import KaplanMeier
from karat._survival_input import column

_DRAWS = 500


class Rate(NamedTuple):
    """A rate of discount or growth, and the period it is for.

    Examples
    --------
    >>> from karat.lifetime import Rate
    >>> round(Rate(0.12, "year").to("month").value, 6)
    0.009489
    """

    value: float
    """Share by which money grows in one period."""
    period: str
    """"month", "quarter" or "year"."""

    def to(self, period: str) -> Rate:
        """Return the same growth for another period, compounded."""
        return Rate(_karat.convert_rate(float(self.value), self.period, period, False), period)


def convert_retention(retention: float, period: str, to: str) -> float:
    """Return the chance to stay for another period, at the same pace: 0.9878 a month is 0.863 a year.

    Examples
    --------
    >>> from karat.lifetime import convert_retention
    >>> round(convert_retention(1 - 0.0122, "month", "year"), 6)
    0.863035
    """
    return _karat.convert_rate(float(retention), period, to, True)


def growing_margin(first: float, rate: float, periods: int) -> NDArray[np.float64]:
    """Return margins that grow by a share each period."""
    return _karat.margin_path(
        "growth", [float(first), float(rate)], check_integer("periods", periods, 1, 10**6)
    )


def life_cycle_margin(
    most: float,
    periods: int,
    *,
    speed: float,
    middle: float,
    falls_from: float = float("inf"),
    fall: float = 0.0,
) -> NDArray[np.float64]:
    """Return margins that rise along a logistic curve and fall from a period on.

    ``most / (1 + exp(-speed * (t - middle))) * exp(-fall * max(0, t - falls_from))`` for t = 1, 2, ...

    Examples
    --------
    >>> from karat.lifetime import life_cycle_margin
    >>> life_cycle_margin(30, 4, speed=0.5, middle=4).round(4)
    array([ 5.4728,  8.0682, 11.3262, 15.    ])
    """
    numbers = [float(most), float(speed), float(middle), float(falls_from), float(fall)]
    return _karat.margin_path("life_cycle", numbers, check_integer("periods", periods, 1, 10**6))


class CustomerValue:
    """A lifetime value, or one for each customer, and what was counted.

    Attributes
    ----------
    value : float or ndarray
        The value; negative where margins are.
    lower, upper : float or ndarray, or None
        Interval from what the data leave open of the survival curve; None where it was given as it is.
    remaining_periods : float or ndarray
        Expected periods until the horizon, not discounted.
    parts : ndarray
        Parts of the first value, period by period.
    convention : str
        Which payments were counted and to which moment they are discounted.
    """

    def __init__(self, found: tuple[Any, ...], single: bool, interval: tuple[Any, Any] | None) -> None:
        values, remaining, self.parts, self.convention = found
        self.value: Any = float(values[0]) if single else values
        self.remaining_periods: Any = float(remaining[0]) if single else remaining
        self.lower: Any = None
        self.upper: Any = None
        if interval is not None:
            self.lower, self.upper = (float(end[0]) if single else end for end in interval)

    def __float__(self) -> float:
        return float(self.value)

    def to_frame(self, like: str = "pandas") -> Any:
        """Return the values as a frame, one row each."""
        columns = {
            "value": np.atleast_1d(self.value),
            "remaining_periods": np.atleast_1d(self.remaining_periods),
        }
        if self.lower is not None:
            columns |= {"lower": np.atleast_1d(self.lower), "upper": np.atleast_1d(self.upper)}
        return to_frame(columns, like)

    def __repr__(self) -> str:
        values = np.atleast_1d(self.value)
        shown = f"{values[0]:.6g}" if len(values) == 1 else f"{len(values)} values, mean {values.mean():.6g}"
        band = ""
        if self.lower is not None and len(values) == 1:
            band = f" ({np.atleast_1d(self.lower)[0]:.6g} to {np.atleast_1d(self.upper)[0]:.6g})"
        return f"<CustomerValue {shown}{band}: {self.convention}>"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<div><code>{escape(repr(self))}</code></div>"


def survival_path(survival: Any, horizon: int | None, tenure: int) -> tuple[NDArray[np.float64], Any]:
    """Return chances to be here after 0, 1, ... periods, and the model they come from."""
    if isinstance(survival, _Renewals | KaplanMeier):
        if horizon is None:
            raise ParameterError("`horizon` must be given with a model: it has no end of its own")
        return survival.predict(np.arange(horizon + tenure + 1)), survival
    path = column(survival, "survival")
    if len(path) == 0:
        raise ParameterError("`survival` must hold the chances to be here after 0, 1, 2, ... periods")
    return path, None


def _terms(
    discount_rate: Any, period: str, timing: str, horizon: int | None, cost: float
) -> tuple[float, str, str, int, float]:
    rate = discount_rate if isinstance(discount_rate, Rate) else Rate(float(discount_rate), period)
    steps = 0 if horizon is None else check_integer("horizon", horizon, 1, 10**6)
    return float(rate.value), rate.period, timing, steps, float(cost)


def customer_lifetime_value(
    margin: ArrayLike,
    *,
    survival: Any = None,
    retention: float | None = None,
    discount_rate: float | Rate,
    period: str,
    horizon: int | None = None,
    tenure: ArrayLike = 0,
    timing: str = "end",
    acquisition_cost: float = 0.0,
    margin_period: str | None = None,
    level: float = 0.95,
    random_state: Any = 0,
) -> CustomerValue:
    """Return what customers are worth: margins times survival, discounted.

    Parameters
    ----------
    margin : float or array-like
        Margin of each period, or one for each of the periods 1, 2, ... of a customer; the last holds on.
        Negative margins are kept.
    survival : fitted model or array-like, optional
        A renewal model or Kaplan-Meier of this module (with a `horizon`), or chances to be here after 0, 1,
        2, ... periods.
    retention : float, optional
        The same chance to stay in every period, in place of `survival`.
    discount_rate : float or Rate
        Of one `period`; a `Rate` of another period is refused, not mixed: convert it with `Rate.to`.
    period : {"month", "quarter", "year"}
        Period of survival, retention and margin.
    horizon : int, optional
        Periods counted; without it all that the survival reaches, or for ever with `retention`.
    tenure : int or array-like of int, default 0
        Periods that lie behind: 0 is the total value of a new customer, more what is left. One value each.
    timing : {"end", "start", "before_renewal"}, default "end"
        Paid at the end of each period; at its start, the first at once; or at each renewal, seen just before
        it.
    acquisition_cost : float, default 0
        Taken off.
    margin_period : str, optional
        Period of the margin, refused where it is not `period`.
    level : float, default 0.95
        Level of the interval, where the survival comes from a renewal model.
    random_state : int or generator, default 0
        For the draws behind the interval.

    Returns
    -------
    CustomerValue
        The value with its interval and the convention in words.

    Raises
    ------
    ParameterError
        For mixed periods, a horizon beyond the survival, and options out of range.

    Examples
    --------
    >>> from karat.lifetime import customer_lifetime_value
    >>> value = customer_lifetime_value(300, retention=0.85, discount_rate=0.12, period="year")
    >>> round(value.value, 2)
    944.44
    >>> hazards = [0.02, 0.03, 0.05, 0.02, 0.02, 0.02]
    >>> here = [1.0]
    >>> for hazard in hazards:
    ...     here.append(here[-1] * (1 - hazard))
    >>> round(float(customer_lifetime_value(20, survival=here, discount_rate=0.01, period="month")), 4)
    105.1014
    """
    if (survival is None) == (retention is None):
        raise ParameterError("give either `survival` or `retention`")
    terms = _terms(discount_rate, period, timing, horizon, acquisition_cost)
    margins = column(margin, "margin").tolist()
    single = np.ndim(tenure) == 0
    tenures = column(tenure, "tenure")
    if np.any((tenures < 0) | (tenures != np.floor(tenures))):
        raise ParameterError("`tenure` must be whole periods of 0 or more")
    tenures = tenures.astype(int)
    behind = int(tenures.max(initial=0))
    model: Any = None
    if retention is not None:
        chance = float(retention)
        if not 0 <= chance <= 1:
            raise ParameterError(f"`retention` must lie between 0 and 1, got {retention!r}")
        reach = horizon if horizon is not None else _for_ever(chance, terms[0])
        path = np.cumprod(np.concatenate([[1.0], np.full(reach + behind, chance)]))
    else:
        path, model = survival_path(survival, horizon, behind)
    wanted = (period, margins, margin_period or period, terms)
    listed = tenures.tolist()
    found = _karat.lifetime_value(path.tolist(), *wanted, listed)
    interval = None
    if isinstance(model, _Renewals) and model._periods:
        curves = model.draw_survival(len(path) - 1, _DRAWS, draw_seed(random_state))
        values = np.array([_karat.lifetime_value(curve.tolist(), *wanted, listed)[0] for curve in curves])
        interval = tuple(np.quantile(values, [0.5 - level / 2, 0.5 + level / 2], axis=0))
    return CustomerValue(found, single, interval)


def _for_ever(retention: float, rate: float) -> int:
    """Periods after which nothing that shows is left."""
    ratio = retention / (1 + rate)
    if ratio >= 1:
        raise ParameterError(
            "`horizon` must be given: retention and discount rate leave the value without an end"
        )
    return max(1, int(np.ceil(-37 / np.log(max(ratio, 1e-300)))) + 1)
