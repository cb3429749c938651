"""Hazards by fields in whole periods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._contract_step import ContractStep
from karat._errors import ParameterError
from karat._estimator import check_integer, check_number, check_threads
from karat._survival_coefficients import Coefficients
from karat._survival_input import column, read_regression


class DiscreteHazard(Coefficients):
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
