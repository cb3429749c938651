"""How customers go from stage to stage, and what a life is worth on the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._errors import ParameterError, ShapeError
from karat._estimator import check_integer
from karat._frame import to_frame
from karat._lifecycle_stages import STAGES, read_series
from karat._survival_input import column


class StageChain:
    """Stages as a Markov chain with a way out: how long, how much.

    Parameters
    ----------
    transitions : array-like of shape (k, k)
        Chances to go from stage to stage within a month; what a row lacks to 1 leaves for good.
    names : sequence of str, optional
        Names of the stages, by default the first four of the life cycle.

    Attributes
    ----------
    names : tuple of str
        Stages.
    remaining_months : dict of str to float
        Expected months to come from each stage, the present one included.
    months_in_stage : dict of str to float
        Expected months until it is left.

    Examples
    --------
    >>> from karat.lifecycle import StageChain
    >>> chain = StageChain([[0.5, 0.4], [0.0, 0.9]], names=["new", "loyal"])
    >>> round(chain.remaining_months["loyal"], 6)
    10.0
    """

    def __init__(self, transitions: ArrayLike, names: Sequence[str] = STAGES[:4]) -> None:
        self.transitions = np.asarray(transitions, dtype=np.float64)
        self.names = tuple(names)
        months, _, stay, _ = self._solve(None, 0.0, None)
        self.remaining_months = dict(zip(self.names, months, strict=True))
        self.months_in_stage = dict(zip(self.names, stay, strict=True))

    @classmethod
    def from_histories(cls, stage: Any, customer: Any, month: ArrayLike) -> StageChain:
        """Count the chain from stages of customers month by month, names or codes 0 to 4."""
        given = np.asarray(stage.to_numpy() if hasattr(stage, "to_numpy") else stage)
        if given.dtype.kind in "OU":
            unknown = sorted({str(name) for name in given} - set(STAGES))
            if unknown:
                raise ParameterError(f"`stage` must be one of {', '.join(STAGES)}, got {unknown[0]!r}")
            given = np.array([STAGES.index(str(name)) for name in given], dtype=np.float64)
        series = read_series(given, customer, month, np.zeros(len(given)))
        return cls(_karat.stage_transitions(series.offsets, series.values.astype(np.uint8)))

    def _solve(self, monthly: Any, rate: float, to: int | None) -> Any:
        return _karat.stage_chain(list(self.names), self.transitions.tolist(), monthly, rate, to)

    def expected_value(self, monthly: ArrayLike, discount_rate: float = 0.0) -> dict[str, float]:
        """Return the value to come from each stage, this month's at once, later ones discounted a month."""
        values = self._solve(column(monthly, "monthly").tolist(), float(discount_rate), None)[1]
        return dict(zip(self.names, values, strict=True))

    def time_to(self, stage: str) -> dict[str, tuple[float, float]]:
        """Return months until a stage of those who reach it, and the chance to, from each stage."""
        if stage not in self.names:
            raise ParameterError(f"`stage` must be one of {', '.join(self.names)}, got {stage!r}")
        found = self._solve(None, 0.0, self.names.index(stage))[3]
        return dict(zip(self.names, found, strict=True))

    def to_frame(self, like: str = "pandas") -> Any:
        """Return stages with months to come and in stage, and the chances to go on."""
        columns: dict[str, Any] = {
            "stage": list(self.names),
            "remaining_months": np.array(list(self.remaining_months.values())),
            "months_in_stage": np.array(list(self.months_in_stage.values())),
        }
        columns |= {f"to_{name}": self.transitions[:, i] for i, name in enumerate(self.names)}
        return to_frame(columns, like)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name} {months:.1f}" for name, months in self.remaining_months.items())
        return f"<StageChain, months to come: {shown}>"

    def _repr_html_(self) -> str:
        from karat._score import html_table

        rows = [[name, f"{months:.1f}"] for name, months in self.remaining_months.items()]
        return f"<div>{html_table(['stage', 'months to come'], rows)}</div>"


class LifeCycleCurves:
    """Mean monthly value by month of tenure, segment by segment, with bands.

    Attributes
    ----------
    segments : dict of str to dict
        For each segment arrays ``tenure``, ``customers``, ``value``, ``lower`` and ``upper``.
    """

    def __init__(self, segments: dict[Any, dict[str, NDArray[Any]]]) -> None:
        self.segments = segments

    def to_frame(self, like: str = "pandas") -> Any:
        """Return one row for each segment and month of tenure."""
        names = [str(name) for name, curve in self.segments.items() for _ in curve["tenure"]]
        keys = ("tenure", "customers", "value", "lower", "upper")
        joined = {key: np.concatenate([curve[key] for curve in self.segments.values()]) for key in keys}
        return to_frame({"segment": names, **joined}, like)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name} {len(curve['tenure'])} months" for name, curve in self.segments.items())
        return f"<LifeCycleCurves: {shown}>"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<div><code>{escape(repr(self))}</code></div>"


def life_cycle_curve(
    value: ArrayLike,
    customer: Any,
    month: ArrayLike,
    tenure: ArrayLike,
    *,
    segment: Any = None,
    level: float = 0.9,
    least: int = 30,
) -> LifeCycleCurves:
    """Return the life-cycle value curve of each segment.

    Parameters
    ----------
    value, customer, month, tenure : array-like of shape (n_months,)
        As for `StageRules.assign`.
    segment : array-like of shape (n_customers,), optional
        Segment of each customer, in ascending order of customers.
    level : float, default 0.9
        Level of the pointwise bands of the mean.
    least : int, default 30
        Months of tenure with fewer customers are left out.

    Examples
    --------
    >>> from karat.lifecycle import life_cycle_curve
    >>> curves = life_cycle_curve([4, 6, 6, 8], [1, 1, 2, 2], [1, 2, 1, 2], [1, 2, 1, 2], least=2)
    >>> curves.segments["all"]["value"]
    array([5., 7.])
    """
    series = read_series(value, customer, month, tenure)
    count = len(series.customers)
    labels = np.full(count, "all") if segment is None else np.asarray(segment)
    if len(labels) != count:
        raise ShapeError(f"expected {count} values of `segment`, got {len(labels)}")
    keys = ("tenure", "customers", "value", "lower", "upper")
    least = check_integer("least", least, 2, 10**9)
    found: dict[Any, dict[str, NDArray[Any]]] = {}
    for name in np.unique(labels):
        within = np.ascontiguousarray(labels == name)
        curve = _karat.value_curve(series.offsets, series.values, series.tenures, within, float(level), least)
        arrays: tuple[NDArray[Any], ...] = curve
        found[name.item() if hasattr(name, "item") else name] = dict(zip(keys, arrays, strict=True))
    return LifeCycleCurves(found)
