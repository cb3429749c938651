"""Stages of the life of customers from their monthly series."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._errors import DataError, ParameterError, ShapeError
from karat._estimator import Estimator, check_integer, check_number, check_threads
from karat._frame import to_frame
from karat._named_weights import Finding
from karat._survival_input import column

STAGES = ("introduction", "growth", "maturity", "decline", "lost")
"""Stages in order."""


class Series(NamedTuple):
    """Monthly values of customers, one after another."""

    customers: NDArray[Any]
    offsets: NDArray[np.int64]
    values: NDArray[np.float64]
    tenures: NDArray[np.float64]


def read_series(value: ArrayLike, customer: Any, month: Any, tenure: Any) -> Series:
    """Sort months by customer and month; the tenure of each customer is that of the last month."""
    values = column(value, "value")
    ids = customer.to_numpy() if hasattr(customer, "to_numpy") else np.asarray(customer)
    months = column(month, "month")
    tenures = column(tenure, "tenure")
    for name, given in (("customer", ids), ("month", months), ("tenure", tenures)):
        if len(given) != len(values):
            raise ShapeError(f"expected {len(values)} rows of `{name}`, got {len(given)}")
    if len(values) == 0:
        raise DataError("there are no months; give at least one")
    known, codes = np.unique(ids, return_inverse=True)
    order = np.lexsort((months, codes))
    codes, months = codes[order], months[order]
    twice = np.flatnonzero((codes[1:] == codes[:-1]) & (months[1:] == months[:-1]))
    if len(twice):
        rows = ", ".join(str(row) for row in order[twice[:5] + 1])
        raise DataError(f"column `month`: a month twice for one customer ({len(twice)} rows: first {rows})")
    offsets = np.concatenate([[0], np.flatnonzero(np.diff(codes)) + 1, [len(codes)]]).astype(np.int64)
    return Series(known, offsets, values[order], np.ascontiguousarray(tenures[order][offsets[1:] - 1]))


def _by_customer(values: Any, series: Series, name: str) -> NDArray[np.float64]:
    if values is None:
        return np.zeros(len(series.customers))
    if np.ndim(values) == 0 and not hasattr(values, "to_numpy"):
        raise ParameterError(f"`{name}` must have one value for each customer, got {values!r}")
    given = column(values, name)
    if len(given) != len(series.customers):
        raise ShapeError(f"expected {len(series.customers)} values of `{name}`, got {len(given)}")
    return given


def _known(stages: Any, customers: int) -> NDArray[np.uint8] | None:
    """Codes of known stages, 255 where there is none."""
    if stages is None:
        return None
    given = list(stages.to_numpy() if hasattr(stages, "to_numpy") else stages)
    if len(given) != customers:
        raise ShapeError(f"expected {customers} values of `stage`, got {len(given)}")
    codes = {name: code for code, name in enumerate(STAGES)}
    found = np.full(customers, 255, dtype=np.uint8)
    for place, name in enumerate(given):
        if name in codes:
            found[place] = codes[name]
        elif isinstance(name, str) and name:
            raise ParameterError(f"`stage` must be one of {', '.join(STAGES)}, got {name!r}")
    return found


class StageTable:
    """The stage of every customer with what speaks for it.

    Attributes
    ----------
    customers : ndarray
        Customers in ascending order.
    stage : ndarray of str
        Their stages now.
    evidence : dict of str to ndarray
        By rules: level, slope, relative slope, trend, variation, ratio and confidence of the last window, and
        ``month_stage``, what it says by itself. Of a hidden chain: chances of the stages and months to the
        next.
    """

    def __init__(self, customers: NDArray[Any], codes: NDArray[np.uint8], evidence: dict[str, Any]) -> None:
        self.customers = customers
        self.stage: NDArray[Any] = np.array(STAGES)[codes]
        self.evidence = evidence

    def counts(self) -> dict[str, int]:
        """Return how many customers are in each stage."""
        return {stage: int(np.sum(self.stage == stage)) for stage in STAGES}

    def to_frame(self, like: str = "pandas") -> Any:
        """Return customers, stages and evidence as a frame."""
        columns: dict[str, Any] = {"customer": _plain(self.customers), "stage": self.stage.tolist()}
        return to_frame(columns | {name: _plain(values) for name, values in self.evidence.items()}, like)

    def __repr__(self) -> str:
        shown = ", ".join(f"{count} {stage}" for stage, count in self.counts().items())
        return f"<StageTable of {len(self.customers)} customers: {shown}>"

    def _repr_html_(self) -> str:
        from karat._score import html_table

        rows = [[stage, str(count)] for stage, count in self.counts().items()]
        return f"<div>{html_table(['stage', 'customers'], rows)}</div>"


def _plain(values: NDArray[Any]) -> Any:
    return values if values.dtype.kind in "fiub" else [str(value) for value in values]


class StageRules(Estimator):
    """Stages by rules of trend and activity, with evidence and hysteresis.

    In this order: silent for `lost_days` or gone is *lost*; a tenure up to `introduction_months` is
    *introduction*; a falling trend, a suspension or a month without use is *decline*; a rising trend is
    *growth*; all else is *maturity*. A trend needs a slope (Theil-Sen, relative to the level) and its
    confirmation by Mann-Kendall or by the last three months against the three before.

    Parameters
    ----------
    window : int, default 6
        Months looked back on.
    introduction_months, lost_days : float, default 6, 90
        Limits of being new and of being lost.
    growth, decline : float, default 0.03, -0.03
        Relative slopes a month.
    trend, ratio_up, ratio_down : float, default 1.64, 1.15, 0.85
        What confirms a slope.
    hold : int, default 2
        Months for which a new stage must hold; being lost needs none.
    n_threads : int or None, default None
        Threads, None for all. Never changes a result.

    Examples
    --------
    >>> from karat.lifecycle import StageRules
    >>> months = list(range(7))
    >>> found = StageRules().assign([30, 34, 39, 45, 52, 60, 69], [1] * 7, months, [m + 14 for m in months])
    >>> found.stage.tolist()
    ['growth']
    """

    def __init__(
        self,
        *,
        window: int = 6,
        introduction_months: float = 6.0,
        lost_days: float = 90.0,
        growth: float = 0.03,
        decline: float = -0.03,
        trend: float = 1.64,
        ratio_up: float = 1.15,
        ratio_down: float = 0.85,
        hold: int = 2,
        n_threads: int | None = None,
    ) -> None:
        self.window = window
        self.introduction_months = introduction_months
        self.lost_days = lost_days
        self.growth = growth
        self.decline = decline
        self.trend = trend
        self.ratio_up = ratio_up
        self.ratio_down = ratio_down
        self.hold = hold
        self.n_threads = n_threads

    def freeze(self) -> _karat.StageStep:
        """Return the frozen rules, which have `to_bytes` and `from_bytes`."""
        numbers = ("introduction_months", "lost_days", "growth", "decline", "trend", "ratio_up", "ratio_down")
        return _karat.StageStep(
            check_integer("window", self.window, 3, 24),
            check_integer("hold", self.hold, 1, 24),
            [check_number(name, getattr(self, name), -1e9, 1e9) for name in numbers],
        )

    def assign(
        self,
        value: ArrayLike,
        customer: Any,
        month: ArrayLike,
        tenure: ArrayLike,
        *,
        idle_days: ArrayLike | None = None,
        suspended: ArrayLike | None = None,
        lost: ArrayLike | None = None,
    ) -> StageTable:
        """Return the stage of every customer in the last month.

        Parameters
        ----------
        value, customer, month, tenure : array-like of shape (n_months,)
            One row for each month of each customer, in any order: what it was worth, whose and which month
            it is, and the months of tenure in it.
        idle_days, suspended, lost : array-like of shape (n_customers,), optional
            Of each customer, in ascending order: days since the last activity, whether suspended, whether
            gone.

        Returns
        -------
        StageTable

        Raises
        ------
        DataError
            Naming months that are missing, negative or there twice, and tenures that are no number.
        """
        series = read_series(value, customer, month, tenure)
        settled, last, evidence = self.freeze().assign(
            series.offsets,
            series.values,
            series.tenures,
            _by_customer(idle_days, series, "idle_days"),
            _by_customer(suspended, series, "suspended"),
            _by_customer(lost, series, "lost"),
            check_threads(self.n_threads),
        )
        return StageTable(series.customers, settled, {"month_stage": np.array(STAGES)[last], **evidence})


class HiddenStages(Estimator):
    """Stages as a hidden Markov chain that runs with tenure, for series whose trend drowns in noise.

    The logarithm of the value rises in growth, falls in decline and follows the market in between, around a
    level of each customer's own and through noise of which a part lasts. Every life that fits the months seen
    is weighed.

    Parameters
    ----------
    introduction_months : float, default 3
        Months of tenure up to which a customer is new.
    growth_ends, decline_begins : float, default 15, 36
        Expected months of tenure at which growth ends and decline begins; the data correct them.
    strength : float, default 200
        Customers' worth of belief in these expectations for each quarter of tenure.
    iterations : int, default 30
        Rounds of expectation and maximisation.
    n_threads : int or None, default None
        Threads, None for all. Never changes a result.

    Attributes
    ----------
    drift_ : dict of str to float
        Mean change of the logarithm of the value in a month of each stage.
    deviation_ : float
        Standard deviation of a month's change that no stage explains.
    persistence_ : float
        What of a month's surprise is left a month later, as far as it lasts at all.
    end_of_growth_, begin_of_decline_ : ndarray
        Chances within a month, by bands of three months of tenure.
    history_ : ndarray
        Mean log-likelihood of a customer, round by round.
    findings_ : tuple of Finding
        W351: growth and decline are hardly told apart.

    Examples
    --------
    >>> from karat.lifecycle import HiddenStages
    >>> months = list(range(8))
    >>> value = [50, 48, 47, 44, 42, 40, 38, 35]
    >>> chain = HiddenStages().fit(value, [1] * 8, months, [m + 60 for m in months])
    >>> chain.predict(value, [1] * 8, months, [m + 60 for m in months]).stage.tolist()
    ['decline']
    """

    drift_: dict[str, float]
    deviation_: float
    persistence_: float
    end_of_growth_: NDArray[np.float64]
    begin_of_decline_: NDArray[np.float64]
    history_: NDArray[np.float64]
    findings_: tuple[Finding, ...]
    _inner: _karat.HiddenChain

    def __init__(
        self,
        *,
        introduction_months: float = 3.0,
        growth_ends: float = 15.0,
        decline_begins: float = 36.0,
        strength: float = 200.0,
        iterations: int = 30,
        n_threads: int | None = None,
    ) -> None:
        self.introduction_months = introduction_months
        self.growth_ends = growth_ends
        self.decline_begins = decline_begins
        self.strength = strength
        self.iterations = iterations
        self.n_threads = n_threads

    def fit(
        self,
        value: ArrayLike,
        customer: Any,
        month: ArrayLike,
        tenure: ArrayLike,
        *,
        stage: ArrayLike | None = None,
    ) -> HiddenStages:
        """Learn from the months of a base.

        Parameters
        ----------
        value, customer, month, tenure : array-like of shape (n_months,)
            As for `StageRules.assign`.
        stage : array-like of shape (n_customers,), optional
            The stage of each customer, in ascending order, as far as it is known ("" or None where not): when
            stages end is then expected as among these, not as `growth_ends` and `decline_begins` say. At
            least 100 must be known and still here.

        Returns
        -------
        self

        Raises
        ------
        DataError
            As for `StageRules.assign`; fewer than 100 known stages.
        """
        series = read_series(value, customer, month, tenure)
        names = ("introduction_months", "growth_ends", "decline_begins", "strength")
        self._inner = _karat.HiddenChain.fit(
            series.offsets,
            series.values,
            series.tenures,
            [check_number(name, getattr(self, name), 0.0, 1e9) for name in names],
            check_integer("iterations", self.iterations, 0, 10_000),
            _known(stage, len(series.customers)),
            check_threads(self.n_threads),
        )
        drift, (self.deviation_, self.persistence_), growth, decline, history = self._inner.figures()
        self.drift_ = dict(zip(STAGES, drift, strict=False))
        self.end_of_growth_, self.begin_of_decline_ = np.array(growth), np.array(decline)
        self.history_ = np.array(history)
        self.findings_ = tuple(Finding(*row) for row in self._inner.findings())
        return self

    def predict(
        self,
        value: ArrayLike,
        customer: Any,
        month: ArrayLike,
        tenure: ArrayLike,
        *,
        lost: ArrayLike | None = None,
    ) -> StageTable:
        """Return the likeliest stage of every customer in the last month, with the chances of all."""
        self._check_fitted()
        series = read_series(value, customer, month, tenure)
        codes, chances, months = self._inner.predict(series.offsets, series.values, series.tenures)
        gone = _by_customer(lost, series, "lost") != 0
        codes = np.where(gone, np.uint8(4), codes)
        evidence: dict[str, Any] = {stage: chances[:, i] for i, stage in enumerate(STAGES[:4])}
        return StageTable(series.customers, codes, evidence | {"months_to_next": months})

    def _facts(self) -> list[tuple[str, str]]:
        if "drift_" not in vars(self):
            return []
        facts = [
            (f"drift in {stage}", f"{100 * drift:+.2f} % a month") for stage, drift in self.drift_.items()
        ]
        return [*facts, *((finding.code, finding.fact) for finding in self.findings_)]
