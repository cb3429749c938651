"""Survival without a model: Kaplan-Meier, and Aalen-Johansen for competing ways to leave."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._errors import ParameterError
from karat._estimator import Estimator
from karat._frame import to_frame
from karat._survival_input import column, events_of, optional


def _steps(times: NDArray[np.float64], values: NDArray[np.float64], at: ArrayLike, before: float) -> Any:
    places = np.searchsorted(times, column(at, "times"), side="right") - 1
    return np.where(places < 0, before, values[np.maximum(places, 0)])


class KaplanMeier(Estimator):
    """The product-limit estimate of survival with Greenwood's band.

    Parameters
    ----------
    bands : {"log-log", "plain"}, default "log-log"
        Scale on which the band is symmetric: ``ln(-ln S)``, which keeps it within 0 and 1, or S itself.
    level : float, default 0.95
        Level of the band.

    Attributes
    ----------
    timeline_ : ndarray
        Distinct times, 0 first.
    survival_, standard_error_, lower_, upper_ : ndarray
        Curve, Greenwood's standard error and band after each time.
    at_risk_, events_ : ndarray
        Customers at risk just before each time, and those who left at it.
    cumulative_hazard_, cumulative_hazard_error_ : ndarray
        Nelson-Aalen.
    median_survival_time_ : float
        First time at which no more than half are left; infinite if more stay.

    Examples
    --------
    >>> from karat.lifetime import KaplanMeier
    >>> curve = KaplanMeier().fit([2, 3, 3, 5], [1, 1, 0, 0])
    >>> curve.predict([2.5, 3])
    array([0.75, 0.5 ])
    >>> curve.median_survival_time_
    3.0
    """

    timeline_: NDArray[np.float64]
    survival_: NDArray[np.float64]
    standard_error_: NDArray[np.float64]
    lower_: NDArray[np.float64]
    upper_: NDArray[np.float64]
    at_risk_: NDArray[np.float64]
    events_: NDArray[np.float64]
    cumulative_hazard_: NDArray[np.float64]
    cumulative_hazard_error_: NDArray[np.float64]
    median_survival_time_: float

    def __init__(self, *, bands: str = "log-log", level: float = 0.95) -> None:
        self.bands = bands
        self.level = level

    def fit(
        self,
        durations: ArrayLike,
        event_observed: ArrayLike | None = None,
        *,
        entry: ArrayLike | None = None,
        weights: ArrayLike | None = None,
    ) -> KaplanMeier:
        """Estimate the curve.

        Parameters
        ----------
        durations : array-like of shape (n,)
            How long each customer has stayed.
        event_observed : array-like of shape (n,), optional
            1 for who left, 0 for who is still here; without it everybody has left.
        entry : array-like of shape (n,), optional
            How long each had been here when the records began.
        weights : array-like of shape (n,), optional
            How much each counts.

        Returns
        -------
        self
        """
        if self.bands not in ("log-log", "plain"):
            raise ParameterError(f'`bands` must be "log-log" or "plain", got {self.bands!r}')
        times = column(durations, "durations")
        events = events_of(event_observed, len(times))
        late, counts = optional(entry, "entry"), optional(weights, "weights")
        found = _karat.kaplan_meier(times, events, late, counts, self.bands == "plain", self.level)
        self.timeline_ = found["time"]
        self.survival_ = found["survival"]
        self.standard_error_ = found["standard_error"]
        self.lower_, self.upper_ = found["lower"], found["upper"]
        self.at_risk_, self.events_ = found["at_risk"], found["events"]
        self.cumulative_hazard_ = found["cumulative_hazard"]
        self.cumulative_hazard_error_ = found["cumulative_hazard_error"]
        self.median_survival_time_ = self.percentile(0.5)
        return self

    def predict(self, times: ArrayLike) -> NDArray[np.float64]:
        """Return the chance to be still here after each time."""
        self._check_fitted()
        found: NDArray[np.float64] = _steps(self.timeline_, self.survival_, times, 1.0)
        return found

    def survival_function_at_times(self, times: ArrayLike) -> NDArray[np.float64]:
        """Return the chance to be still here after each time; `predict` under the name lifelines has."""
        return self.predict(times)

    def percentile(self, p: float) -> float:
        """Return the first time at which no more than the share `p` is left, infinite if more stay."""
        self._check_fitted()
        reached = np.flatnonzero(self.survival_ <= p + 1e-12)
        return float(self.timeline_[reached[0]]) if len(reached) else float("inf")

    def restricted_mean(self, horizon: float) -> float:
        """Return the mean time of service up to `horizon`: the area below the curve."""
        self._check_fitted()
        inside = self.timeline_ < horizon
        ends = np.append(self.timeline_[inside], horizon)
        levels = self.survival_[inside]
        if ends[0] > 0:
            ends, levels = np.concatenate([[0.0], ends]), np.concatenate([[1.0], levels])
        return float(np.dot(np.diff(ends), levels))

    def summary(self, like: str = "pandas") -> Any:
        """Return the curve as a frame, one row for each time."""
        return self.to_frame(like)

    def to_frame(self, like: str = "pandas") -> Any:
        """Return times, customers at risk, events, survival with its band and the cumulative hazard."""
        self._check_fitted()
        return to_frame(
            {
                "time": self.timeline_,
                "at_risk": self.at_risk_,
                "events": self.events_,
                "survival": self.survival_,
                "standard_error": self.standard_error_,
                "lower": self.lower_,
                "upper": self.upper_,
                "cumulative_hazard": self.cumulative_hazard_,
            },
            like,
        )

    def _facts(self) -> list[tuple[str, str]]:
        if "timeline_" not in vars(self):
            return []
        last = f"{self.survival_[-1]:.4f} ({self.lower_[-1]:.4f} to {self.upper_[-1]:.4f})"
        return [
            ("customers", f"{self.at_risk_[0]:g}"),
            ("left", f"{self.events_.sum():g}"),
            ("median", f"{self.median_survival_time_:g}"),
            (f"here after {self.timeline_[-1]:g}", last),
        ]


class AalenJohansen(Estimator):
    """What each of several competing ways to leave has taken of the base.

    Parameters
    ----------
    level : float, default 0.95
        Level of the bands.

    Attributes
    ----------
    causes_ : tuple
        Ways to leave, in order; names where names were given.
    timeline_, at_risk_, survival_ : ndarray
        Distinct times, customers at risk, and the chance to be still here.
    incidence_, standard_error_, lower_, upper_ : dict of cause to ndarray
        Chance to have left by each cause, with its band.

    Examples
    --------
    >>> from karat.lifetime import AalenJohansen
    >>> curves = AalenJohansen().fit([1, 2, 2, 4], ["port-out", "unpaid", None, "port-out"])
    >>> curves.causes_
    ('port-out', 'unpaid')
    >>> curves.predict("port-out", [3])
    array([0.25])
    """

    causes_: tuple[Any, ...]
    timeline_: NDArray[np.float64]
    at_risk_: NDArray[np.float64]
    survival_: NDArray[np.float64]
    incidence_: dict[Any, NDArray[np.float64]]
    standard_error_: dict[Any, NDArray[np.float64]]
    lower_: dict[Any, NDArray[np.float64]]
    upper_: dict[Any, NDArray[np.float64]]

    def __init__(self, *, level: float = 0.95) -> None:
        self.level = level

    def fit(
        self,
        durations: ArrayLike,
        causes: Any,
        *,
        entry: ArrayLike | None = None,
        weights: ArrayLike | None = None,
    ) -> AalenJohansen:
        """Estimate the curves.

        Parameters
        ----------
        durations : array-like of shape (n,)
            How long each customer has stayed.
        causes : array-like of shape (n,)
            How each left: a name, or a whole number from 1 on; None, "" or 0 for who is still here.
        entry, weights : array-like of shape (n,), optional
            As for `KaplanMeier.fit`.

        Returns
        -------
        self
        """
        times = column(durations, "durations")
        values = causes.to_numpy() if hasattr(causes, "to_numpy") else np.asarray(causes, dtype=object)
        names: list[Any] = []
        if any(isinstance(value, str) for value in values):
            here = [not isinstance(value, str) or value == "" for value in values]
            names = sorted({value for value, stays in zip(values, here, strict=True) if not stays})
            codes = {name: float(code) for code, name in enumerate(names, 1)}
            values = np.array([0.0 if s else codes[v] for v, s in zip(values, here, strict=True)])
        late, counts = optional(entry, "entry"), optional(weights, "weights")
        found = _karat.aalen_johansen(times, column(values, "causes"), late, counts, self.level)
        self.causes_ = tuple(names[code - 1] if names else code for code in found["causes"])
        self.timeline_, self.at_risk_ = found["time"], found["at_risk"]
        self.survival_ = found["survival"]
        by_cause = {
            key: dict(zip(self.causes_, found[key], strict=True))
            for key in ("incidence", "standard_error", "lower", "upper")
        }
        self.incidence_, self.standard_error_ = by_cause["incidence"], by_cause["standard_error"]
        self.lower_, self.upper_ = by_cause["lower"], by_cause["upper"]
        return self

    def predict(self, cause: Any, times: ArrayLike) -> NDArray[np.float64]:
        """Return the chance to have left by a cause at each time."""
        self._check_fitted()
        if cause not in self.incidence_:
            raise ParameterError(
                f"`cause` must be one of {', '.join(map(repr, self.causes_))}, got {cause!r}"
            )
        found: NDArray[np.float64] = _steps(self.timeline_, self.incidence_[cause], times, 0.0)
        return found

    def summary(self, like: str = "pandas") -> Any:
        """Return the curves as a frame, one row for each time."""
        return self.to_frame(like)

    def to_frame(self, like: str = "pandas") -> Any:
        """Return times, customers at risk, survival, and the incidence of each cause with its band."""
        self._check_fitted()
        columns = {"time": self.timeline_, "at_risk": self.at_risk_, "survival": self.survival_}
        for cause in self.causes_:
            columns[f"{cause}"] = self.incidence_[cause]
            columns[f"{cause}_lower"] = self.lower_[cause]
            columns[f"{cause}_upper"] = self.upper_[cause]
        return to_frame(columns, like)

    def _facts(self) -> list[tuple[str, str]]:
        if "timeline_" not in vars(self):
            return []
        end = f"{self.timeline_[-1]:g}"
        return [
            (f"left by {cause} until {end}", f"{self.incidence_[cause][-1]:.4f}") for cause in self.causes_
        ]
