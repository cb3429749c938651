"""Hazards by fields: in whole periods for forecasts, and Cox's regression as reference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._errors import DataError, ParameterError
from karat._estimator import Estimator, check_integer, check_number, check_threads
from karat._frame import to_frame
from karat._named_weights import Finding
from karat._survival_input import column, optional, read_fields, read_regression
from karat._targets import as_table, check_width, is_array

Z = 1.959963984540054


class _Coefficients(Estimator):
    """What both regressions report."""

    params_: dict[str, float]
    standard_errors_: dict[str, float]
    log_likelihood_: float
    n_iter_: int
    converged_: bool
    findings_: tuple[Finding, ...]
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]

    def _keep(self, inner: Any, names: Sequence[str]) -> None:
        rows = inner.coefficients()
        self.params_ = {name: value for name, value, _ in rows}
        self.standard_errors_ = {name: error for name, _, error in rows}
        self.findings_ = tuple(Finding(*row) for row in inner.findings())
        self.feature_names_in_ = np.array(names, dtype=object)
        self.n_features_in_ = len(names)

    def _fields(self, X: Any) -> tuple[int, list[NDArray[np.float64]]]:
        self._check_fitted()
        names = list(self.feature_names_in_)
        if X is None and not names:
            return 0, []
        table = as_table(X, type(self).__name__)
        check_width(table, len(names), type(self).__name__)
        if is_array(table):
            columns = [np.ascontiguousarray(table[:, j], dtype=np.float64) for j in range(len(names))]
        else:
            columns = read_fields(table, names)
        return (len(columns[0]) if columns else 0), columns

    def summary(self, like: str = "pandas") -> Any:
        """Return coefficients with standard errors, hazard or odds ratios, 95 % intervals, z and p."""
        return self.to_frame(like)

    def to_frame(self, like: str = "pandas") -> Any:
        """Return the coefficients as a frame, one row each."""
        self._check_fitted()
        names = list(self.params_)
        value = np.array([self.params_[name] for name in names])
        error = np.array([self.standard_errors_[name] for name in names])
        with np.errstate(over="ignore"):
            z = np.divide(value, error)
            columns = {
                "covariate": names,
                "coef": value,
                "exp(coef)": np.exp(value),
                "se(coef)": error,
                "coef lower 95%": value - Z * error,
                "coef upper 95%": value + Z * error,
                "z": z,
                "p": np.array([math.erfc(abs(x) / math.sqrt(2)) for x in z]),
            }
        return to_frame(columns, like)

    def _facts(self) -> list[tuple[str, str]]:
        if "params_" not in vars(self):
            return []
        errors = self.standard_errors_
        facts = [(name, f"{value:.4f} ± {errors[name]:.4f}") for name, value in self.params_.items()]
        facts.append(("log-likelihood", f"{self.log_likelihood_:.4f}"))
        return [*facts, *((finding.code, finding.fact) for finding in self.findings_)]


class DiscreteHazard(_Coefficients):
    """Chances to leave in each period, by tenure, contract clock and fields.

    Parameters
    ----------
    link : {"logit", "cloglog"}, default "logit"
        Effects on the odds of leaving, or on the hazard of continuous time (grouped proportional hazards).
    baseline : {"log", "constant", "periods"} or sequence of int, default "log"
        How the chance runs with tenure: linear in the logarithm of the period, the same always, one level for
        each period with exits, or one level for each band; numbers are the last periods of all bands but the
        last.
    penalty : float, default 0
        Ridge: half of it times the squared effect of one standard deviation of each field.
    n_threads : int or None, default None
        Threads, None for all. Never changes a result.

    Attributes
    ----------
    params_, standard_errors_ : dict
        By name: baseline, ``contract_end`` and ``in_contract``, then the fields.
    log_likelihood_, n_iter_, converged_, customer_periods_, events_
        Figures of the fit.
    findings_ : tuple of Finding
        W343 a field that separates who leaves, W342 a fit that did not settle.
    n_features_in_, feature_names_in_
        The fields.

    Examples
    --------
    >>> from karat.lifetime import DiscreteHazard
    >>> base = {"autopay": [1, 0, 1, 0, 1, 0, 0, 1], "months": [9, 2, 12, 3, 5, 7, 1, 12],
    ...         "left": [0, 1, 0, 1, 1, 1, 1, 0]}
    >>> model = DiscreteHazard().fit(base, "months", "left")
    >>> bool(model.params_["autopay"] < 0)
    True
    >>> step = model.freeze(horizon=12, discount_rate=0.01)
    >>> forecast = step.forecast([9.0], {"autopay": [1.0]})
    >>> bool(0 < forecast["survival"][0] < 1)
    True
    """

    customer_periods_: float
    events_: float
    _inner: _karat.Hazard

    def __init__(
        self,
        *,
        link: str = "logit",
        baseline: str | Sequence[int] = "log",
        penalty: float = 0.0,
        n_threads: int | None = None,
    ) -> None:
        self.link = link
        self.baseline = baseline
        self.penalty = penalty
        self.n_threads = n_threads

    def fit(
        self,
        X: Any,
        duration_col: Any,
        event_col: Any = None,
        *,
        entry_col: Any = None,
        weights_col: Any = None,
        term_col: Any = None,
    ) -> DiscreteHazard:
        """Fit to single customers.

        Parameters
        ----------
        X : table of shape (n, d), or None
            Fields, with or without the columns below.
        duration_col : str or array-like
            Whole periods each customer has stayed: a column of X or values.
        event_col : str or array-like, optional
            1 for who left in the last of them, 0 for who is still here; without it everybody has left.
        entry_col, weights_col : str or array-like, optional
            Periods each had been here when the records began; how much each counts.
        term_col : str or array-like, optional
            Length of each contract in periods, renewed at its end; 0 for none. Adds the effect of the period
            in which a contract ends, and of the others of a running contract.

        Returns
        -------
        self

        Raises
        ------
        DataError
            Naming everything wrong with its rows, constant fields and fields that follow from others.
        """
        if self.link not in ("logit", "cloglog"):
            raise ParameterError(f'`link` must be "logit" or "cloglog", got {self.link!r}')
        baseline, bands = self._baseline()
        penalty = check_number("penalty", self.penalty, 0.0, 1e12)
        wanted = {
            "duration_col": duration_col,
            "event_col": event_col,
            "entry_col": entry_col,
            "weights_col": weights_col,
            "term_col": term_col,
        }
        names, fields, taken = read_regression({} if X is None else X, wanted, "DiscreteHazard")
        durations = taken["duration_col"]
        if durations is None:
            raise ParameterError("`duration_col` must be a column or values, got None")
        events = taken["event_col"]
        inner = _karat.Hazard.fit(
            durations,
            np.ones(len(durations)) if events is None else events,
            names,
            fields,
            taken["entry_col"],
            taken["weights_col"],
            taken["term_col"],
            self.link == "cloglog",
            baseline,
            bands,
            penalty,
            check_threads(self.n_threads),
        )
        self._inner = inner
        self._keep(inner, names)
        figures = inner.figures()
        self.log_likelihood_, self.customer_periods_, self.events_, self.n_iter_, self.converged_ = figures
        self.longest_ = int(durations.max())
        return self

    def _baseline(self) -> tuple[str, list[int]]:
        if isinstance(self.baseline, str):
            if self.baseline not in ("log", "constant", "periods"):
                raise ParameterError(
                    '`baseline` must be "log", "constant", "periods" or the ends of bands, '
                    f"got {self.baseline!r}"
                )
            return self.baseline, []
        return "bands", [check_integer("baseline", edge, 1, 100_000) for edge in self.baseline]

    def freeze(
        self,
        *,
        horizon: int = 36,
        discount_rate: float = 0.0,
        timing: str = "end",
        periods: int | None = None,
    ) -> ContractStep:
        """Return the frozen model that scores customers with the same bits everywhere.

        Parameters
        ----------
        horizon : int, default 36
            Periods of the forecast.
        discount_rate : float, default 0
            Of one period.
        timing : {"end", "start", "before_renewal"}, default "end"
            When payments are made.
        periods : int, optional
            Periods of the baseline, by default as long as the longest stay; the chance of the last one holds
            on.
        """
        self._check_fitted()
        periods = min(self.longest_, 1200) if periods is None else check_integer("periods", periods, 1, 1200)
        horizon = check_integer("horizon", horizon, 1, 1200)
        inner = self._inner.freeze(periods, horizon, float(discount_rate), timing)
        return ContractStep(inner, [str(name) for name in self.feature_names_in_])

    def predict_survival_function(
        self, X: Any, times: ArrayLike, *, tenure: Any = None, term: Any = None
    ) -> NDArray[np.float64]:
        """Return each customer's chance to be here `times` periods after `tenure`, a column for each time."""
        wanted = column(times, "times")
        steps = [self.freeze(horizon=max(int(time), 1)) for time in wanted]
        rows, _ = self._fields(X)
        tenure = np.zeros(rows) if tenure is None else column(tenure, "tenure")
        columns = [
            step.forecast(tenure, X, term=term)["survival"] if time > 0 else np.ones(rows)
            for step, time in zip(steps, wanted, strict=True)
        ]
        return np.column_stack(columns)


class ContractStep:
    """A frozen model of contracts: tenure, contract term and fields in, survival and value out.

    Made by `DiscreteHazard.freeze`; pickles through its bytes.
    """

    def __init__(self, inner: _karat.ContractStep, names: Sequence[str]) -> None:
        self._inner = inner
        self.names = tuple(names)

    @classmethod
    def from_hazards(
        cls, hazards: ArrayLike, *, horizon: int = 36, discount_rate: float = 0.0, timing: str = "end"
    ) -> ContractStep:
        """Return a step of chances to leave in periods 1, 2, ...; the last one holds on."""
        chances = column(hazards, "hazards").tolist()
        return cls(_karat.ContractStep.of_hazards(chances, horizon, float(discount_rate), timing), ())

    def forecast(
        self, tenure: ArrayLike, X: Any = None, *, term: Any = None
    ) -> dict[str, NDArray[np.float64]]:
        """Return what is to come of each customer.

        Parameters
        ----------
        tenure : array-like of shape (n,)
            Periods lived through.
        X : table of shape (n, d), optional
            The fields of the fit.
        term : array-like of shape (n,), optional
            Length of each contract, 0 for none.

        Returns
        -------
        dict of str to ndarray
            ``survival`` to the horizon, ``next_hazard``, ``remaining_periods`` and ``discounted_periods``:
            times a margin, the last is a value. NaN where a number is missing.
        """
        columns = []
        if self.names:
            if X is None:
                raise DataError(f"the step needs the fields {', '.join(self.names)}")
            table = as_table(X, "ContractStep")
            check_width(table, len(self.names), "ContractStep")
            columns = (
                [np.ascontiguousarray(table[:, j], dtype=np.float64) for j in range(len(self.names))]
                if is_array(table)
                else read_fields(table, self.names)
            )
        found = self._inner.forecast(column(tenure, "tenure"), optional(term, "term"), columns)
        keys = ("survival", "next_hazard", "remaining_periods", "discounted_periods")
        return dict(zip(keys, found, strict=True))

    def to_bytes(self) -> bytes:
        """Return the step as bytes: kind, revision and section."""
        return self._inner.to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes, names: Sequence[str] = ()) -> ContractStep:
        """Return a step from its bytes, checked; `names` are those of its fields."""
        inner = _karat.ContractStep.from_bytes(data)
        listed = list(names) or [f"x{j}" for j in range(inner.fields())]
        return cls(inner, listed)

    def __reduce__(self) -> tuple[Any, tuple[bytes, tuple[str, ...]]]:
        return ContractStep.from_bytes, (self.to_bytes(), self.names)

    def __repr__(self) -> str:
        return f"<ContractStep of {', '.join(self.names) or 'tenure alone'}>"


class CoxProportionalHazards(_Coefficients):
    """Cox's regression: hazard ratios without a baseline, the reference beside `DiscreteHazard`.

    Parameters
    ----------
    ties : {"efron", "breslow"}, default "efron"
        Treatment of customers who leave at the same time.
    penalty : float, default 0
        Ridge: half of it times the squared effect of one standard deviation of each field.
    n_threads : int or None, default None
        Threads, None for all. Never changes a result.

    Attributes
    ----------
    params_, standard_errors_ : dict
        Log hazard ratios by field.
    log_likelihood_, null_log_likelihood_, concordance_index_, n_iter_, converged_
        Figures of the fit.
    baseline_cumulative_hazard_ : tuple of two ndarrays
        Times, and the cumulative hazard of a customer whose fields are at their means.
    findings_ : tuple of Finding
        W343 a field that separates who leaves, W342 a fit that did not settle.

    Examples
    --------
    >>> from karat.lifetime import CoxProportionalHazards
    >>> base = {"late": [1, 1, 0, 1, 0, 0], "months": [2, 4, 6, 5, 9, 3], "left": [1, 1, 1, 0, 1, 1]}
    >>> model = CoxProportionalHazards().fit(base, "months", "left")
    >>> bool(model.params_["late"] > 0)
    True
    """

    null_log_likelihood_: float
    concordance_index_: float
    baseline_cumulative_hazard_: tuple[NDArray[np.float64], NDArray[np.float64]]
    _inner: _karat.Cox

    def __init__(self, *, ties: str = "efron", penalty: float = 0.0, n_threads: int | None = None) -> None:
        self.ties = ties
        self.penalty = penalty
        self.n_threads = n_threads

    def fit(
        self,
        X: Any,
        duration_col: Any,
        event_col: Any = None,
        *,
        entry_col: Any = None,
        weights_col: Any = None,
    ) -> CoxProportionalHazards:
        """Fit to single customers.

        Parameters
        ----------
        X : table of shape (n, d)
            Fields, with or without the columns below.
        duration_col, event_col, entry_col, weights_col : str or array-like
            As for `DiscreteHazard.fit`; durations need not be whole.

        Returns
        -------
        self

        Raises
        ------
        DataError
            Naming everything wrong with its rows, constant fields and fields that follow from others.
        """
        if self.ties not in ("efron", "breslow"):
            raise ParameterError(f'`ties` must be "efron" or "breslow", got {self.ties!r}')
        wanted = {
            "duration_col": duration_col,
            "event_col": event_col,
            "entry_col": entry_col,
            "weights_col": weights_col,
        }
        names, fields, taken = read_regression(X, wanted, "CoxProportionalHazards")
        durations, events = taken["duration_col"], taken["event_col"]
        if durations is None:
            raise ParameterError("`duration_col` must be a column or values, got None")
        inner = _karat.Cox.fit(
            durations,
            np.ones(len(durations)) if events is None else events,
            names,
            fields,
            taken["entry_col"],
            taken["weights_col"],
            self.ties == "efron",
            check_number("penalty", self.penalty, 0.0, 1e12),
            check_threads(self.n_threads),
        )
        self._inner = inner
        self._keep(inner, names)
        figures = inner.figures()
        self.log_likelihood_, self.null_log_likelihood_, self.concordance_index_ = figures[:3]
        self.n_iter_, self.converged_ = figures[3:]
        self.baseline_cumulative_hazard_ = inner.baseline()
        return self

    def predict_partial_hazard(self, X: Any) -> NDArray[np.float64]:
        """Return each customer's hazard relative to one whose fields are at their means."""
        rows, columns = self._fields(X)
        return self._inner.relative_hazard(rows, columns)

    def predict_survival_function(self, X: Any, times: ArrayLike) -> NDArray[np.float64]:
        """Return the chance of each customer to be here after each time, a column for each time."""
        hazard = self._inner.baseline_at(column(times, "times").tolist())
        found: NDArray[np.float64] = np.exp(-np.outer(self.predict_partial_hazard(X), hazard))
        return found


def concordance_index(
    durations: ArrayLike, risks: ArrayLike, event_observed: ArrayLike | None = None
) -> float:
    """Return Harrell's concordance: how often the one with more risk leaves first.

    Parameters
    ----------
    durations, risks : array-like of shape (n,)
        How long each stayed, and a score that is higher for who should leave earlier.
    event_observed : array-like of shape (n,), optional
        1 for who left, 0 for who is still here.

    Examples
    --------
    >>> from karat.lifetime import concordance_index
    >>> round(concordance_index([1, 2, 3], [0.9, 0.1, 0.5], [1, 1, 0]), 4)
    0.6667
    """
    times = column(durations, "durations")
    events = np.ones(len(times)) if event_observed is None else column(event_observed, "event_observed")
    return _karat.concordance(times, events, column(risks, "risks"))
