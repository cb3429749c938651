"""Retention of segments: what was seen, and what to expect."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from karat._contract_models import BetaDiscreteWeibull, ShiftedBetaGeometric
from karat._errors import ParameterError, ShapeError
from karat._estimator import check_integer
from karat._frame import to_frame
from karat._survival_curves import KaplanMeier
from karat._survival_input import column, events_of

_MODELS: dict[str, tuple[Any, ...]] = {
    "better": (ShiftedBetaGeometric, BetaDiscreteWeibull),
    "shifted_beta_geometric": (ShiftedBetaGeometric,),
    "beta_discrete_weibull": (BetaDiscreteWeibull,),
}


class RetentionCurves:
    """Retention of each segment.

    Attributes
    ----------
    models : dict
        The fitted model of each segment.
    observed : dict
        Kaplan-Meier of each segment.
    forecast : dict of dict
        For each segment arrays ``time``, ``survival``, ``lower`` and ``upper`` to the horizon.
    """

    def __init__(self, models: dict[Any, Any], observed: dict[Any, KaplanMeier], horizon: int) -> None:
        self.models = models
        self.observed = observed
        times = np.arange(horizon + 1)
        self.forecast = {name: model.survival_band(times) for name, model in models.items()}

    def to_frame(self, like: str = "pandas") -> Any:
        """Return what was seen (missing beyond the data) and the forecast, segment by segment."""
        columns: dict[str, Any] = {"segment": []}
        parts: dict[str, list[Any]] = {key: [] for key in ("time", "observed", "survival", "lower", "upper")}
        for name, band in self.forecast.items():
            curve = self.observed[name]
            seen = curve.predict(band["time"])
            seen[band["time"] > curve.timeline_[-1]] = np.nan
            columns["segment"] += [str(name)] * len(seen)
            for key, values in (band | {"observed": seen}).items():
                parts[key].append(values)
        return to_frame(columns | {key: np.concatenate(values) for key, values in parts.items()}, like)

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{name} {band['survival'][-1]:.3f} ({band['lower'][-1]:.3f} to {band['upper'][-1]:.3f})"
            for name, band in self.forecast.items()
        )
        return f"<RetentionCurves, here at the horizon: {shown}>"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<div><code>{escape(repr(self))}</code></div>"


def retention_curves(
    durations: ArrayLike,
    event_observed: ArrayLike | None = None,
    segment: Any = None,
    *,
    horizon: int,
    model: str = "better",
    level: float = 0.95,
) -> RetentionCurves:
    """Return the retention curve of each segment with a forecast and its band.

    Parameters
    ----------
    durations, event_observed : array-like of shape (n,)
        As for `ShiftedBetaGeometric.fit`.
    segment : array-like of shape (n,), optional
        Segment of each customer; one for all without it.
    horizon : int
        Periods of the forecast.
    model : {"better", "shifted_beta_geometric", "beta_discrete_weibull"}, default "better"
        "better" takes the one with the lower AIC.
    level : float, default 0.95
        Level of the bands.

    Examples
    --------
    >>> from karat.lifetime import retention_curves
    >>> months = [1, 1, 2, 3, 6, 6, 2, 4, 5, 6, 6, 6]
    >>> curves = retention_curves(months, [m < 6 for m in months], ["a"] * 6 + ["b"] * 6, horizon=12)
    >>> sorted(curves.forecast)
    ['a', 'b']
    """
    if model not in _MODELS:
        raise ParameterError(f"`model` must be one of {', '.join(_MODELS)}, got {model!r}")
    horizon = check_integer("horizon", horizon, 1, 100_000)
    times = column(durations, "durations")
    events = events_of(event_observed, len(times))
    labels = np.full(len(times), "all") if segment is None else np.asarray(segment)
    if len(labels) != len(times):
        raise ShapeError(f"expected {len(times)} rows of `segment`, got {len(labels)}")
    models, observed = {}, {}
    for name in np.unique(labels):
        within = labels == name
        key = name.item() if hasattr(name, "item") else name
        fits = [kind(level=level).fit(times[within], events[within]) for kind in _MODELS[model]]
        models[key] = min(fits, key=lambda fit: fit.aic_)
        observed[key] = KaplanMeier(level=level).fit(times[within], events[within])
    return RetentionCurves(models, observed, horizon)
