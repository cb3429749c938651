"""The value model: a plan fitted to a base, as an estimator."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from karat import _karat
from karat._errors import NotFittedError, ParameterError
from karat._forecasts import Forecasting
from karat._frame import Columns, columns_of
from karat._plan import Plan
from karat._reasons import NextGrades, WhatIf
from karat._report import Report
from karat._score import Explanations, Scores
from karat._scorer import Scorer, threads

if TYPE_CHECKING:
    from karat._analysis import EffectiveWeights, Lint, TargetWeights
    from karat._analysis_robust import Robustness, Sensitivity

Progress = bool | Callable[[str, float], object] | None


class ValueModel(Forecasting):
    """A plan, and after `fit` the model that it gave.

    Parameters
    ----------
    plan : Plan
        What to fit.
    random_state : int, default 0
        Seed of everything random: the starts of k-means and the sample. Same seed, same result.
    n_threads : int, optional
        Threads of a fit; all if not given. The result is the same for any number.
    progress : bool or callable, optional
        True prints a line for each phase to standard error; a callable is told `(task, share)` on the
        calling thread and may return False to stop the fit.

    Attributes
    ----------
    report_ : Report
        What the fit found.
    scorer_ : Scorer
        The frozen model, ready to score.
    model_id_ : str
        SHA-256 of the model, with which its file ends, in hexadecimal.
    feature_names_in_ : ndarray of str
        The fields of a row, in order.
    n_features_in_ : int
        How many there are.

    Examples
    --------
    >>> from karat import Indicator, Plan, ValueModel
    >>> plan = Plan(
    ...     [Indicator("arpu", dimension="contribution"), Indicator("tenure", dimension="attribution")],
    ...     judgments={"value": ["contribution 2 attribution"]},
    ...     grades=["low", "high"],
    ... )
    >>> base = {"arpu": [20.0, 80.0, 50.0, 110.0], "tenure": [3, 40, 60, 24]}
    >>> model = ValueModel(plan, random_state=7).fit(base)
    >>> scores = model.score(base)
    >>> scores.names("grade")
    ['low', 'high', 'low', 'high']
    >>> bool((model.explain(base).index == scores["index"]).all())
    True
    """

    def __init__(
        self,
        plan: Plan,
        *,
        random_state: int = 0,
        n_threads: int | None = None,
        progress: Progress = None,
    ) -> None:
        self.plan = plan
        self.random_state = random_state
        self.n_threads = n_threads
        self.progress = progress

    def fit(self, X: Any, y: Any = None) -> ValueModel:
        """Fit the plan to a base.

        Parameters
        ----------
        X : table
            A pandas or polars DataFrame, a pyarrow Table or RecordBatch, a mapping of columns, or a 2-D
            array in the order of the plan's columns.
        y : ignored

        Returns
        -------
        ValueModel
            Itself.

        Raises
        ------
        ParameterError, JudgmentError
            For a plan that contradicts itself.
        SchemaError, DataError
            For missing columns, or values that cannot be fitted: all of them at once.
        StoppedError
            When `progress` returned False; an earlier fit is kept.
        """
        if not isinstance(self.plan, Plan):
            raise ParameterError(f"`plan` must be a karat.Plan, got {self.plan!r}")
        needed, width = self.plan.columns, len(self.plan._inner.fields())
        columns = X if isinstance(X, Columns) else columns_of(X, needed, width=width)
        self._inner = _karat.Model.fit(
            self.plan._inner,
            *columns,
            _seed(self.random_state),
            threads(self.n_threads),
            _progress(self.progress),
        )
        self._learn()
        return self

    def _learn(self) -> None:
        self.scorer_ = Scorer._of(self._inner.scorer())
        self.report_ = Report(self._inner.report_text(), self._inner.report_json())
        self.model_id_ = self.scorer_.model_id
        self.feature_names_in_: npt.NDArray[Any] = np.array(
            [field.name for field in self.scorer_.fields], dtype=object
        )
        self.n_features_in_ = len(self.scorer_.fields)

    def score(self, X: Any, *, unseen: str = "refuse") -> Scores:
        """Score a table.

        Parameters
        ----------
        X : table
            As for `fit`; see `Scorer.score`.
        unseen : {"refuse", "flag"}, default "refuse"
            Whether a category the model does not know is an error, or missing with the flag UNSEEN.

        Returns
        -------
        Scores
        """
        return self._fitted().score(X, unseen=unseen, n_threads=self.n_threads)

    def points_to_next_grade(self, X: Any) -> NextGrades:
        """Tell what each customer lacks for the next grade; see `Scorer.points_to_next_grade`.

        Parameters
        ----------
        X : table
            As for `score`.

        Returns
        -------
        NextGrades
        """
        return self._fitted().points_to_next_grade(X)

    def what_if(self, row: Mapping[str, Any], changes: Mapping[str, Any]) -> WhatIf:
        """Score one customer as it is and with some fields changed; see `Scorer.what_if`."""
        return self._fitted().what_if(row, changes)

    def explain(self, X: Any, *, top: int = 3) -> Explanations:
        """Tell what the scores of a table are made of.

        Parameters
        ----------
        X : table
            As for `score`.

        top : int, default 3
            Most reasons for each row, at most 4.

        Returns
        -------
        Explanations
            Points for each indicator; each row adds up exactly to the index. See `Scorer.explain`.
        """
        return self._fitted().explain(X, top=top)

    def effective_weights(self, X: Any, *, correlated: float = 0.8, factor: float = 1.5) -> EffectiveWeights:
        """Compare the weights given with the influence that the indicators have on a base.

        Parameters
        ----------
        X : table
            As for `score`.
        correlated : float, default 0.8
            Two indicators correlated above this are named together (W211).
        factor : float, default 1.5
            A real influence so many times the weight, or the other way round, is a finding (W210).

        Returns
        -------
        EffectiveWeights
            Shares of the variance of the index (Paruolo, Saisana and Saltelli, 2013), which add up to 1.

        Raises
        ------
        ParameterError
            For a model with nodes that are not arithmetic.

        Examples
        --------
        >>> import karat
        >>> plan = karat.Plan([karat.Indicator(name, scale=("min_max", 0, 3)) for name in ("calls", "data")])
        >>> base = {"calls": [0.0, 1.0, 0.0, 1.0], "data": [0.0, 0.0, 3.0, 3.0]}
        >>> found = karat.ValueModel(plan).fit(base).effective_weights(base)
        >>> round(found["data"].nominal, 3), round(found["data"].effective, 3)
        (0.5, 0.9)
        """
        from karat._analysis import effective_weights

        return effective_weights(self, X, correlated, factor)

    def lint(
        self,
        X: Any,
        outcome: Any = None,
        *,
        missing: float = 0.05,
        inflation: float = 5.0,
        correlated: float = 0.8,
        weight: float = 0.02,
    ) -> Lint:
        """Put every indicator to five tests: naming, completeness, independence, guidance, importance.

        Parameters
        ----------
        X : table
            As for `score`.
        outcome : str or array of shape (n_rows,), optional
            What the index is meant to tell, more being better, NaN where unknown: numbers, or the name of
            their column in `X`. Without it the index gives the direction.
        missing : float, default 0.05
            Largest share of missing values.
        inflation : float, default 5.0
            Largest variance inflation factor.
        correlated : float, default 0.8
            Largest correlation of two indicators, either sign.
        weight : float, default 0.02
            Least weight, as a share of all.

        Returns
        -------
        Lint
            With `.findings` W213 to W218 and the measures of each indicator.
        """
        from karat._analysis import lint

        limits = {"missing": missing, "inflation": inflation, "correlated": correlated, "weight": weight}
        return lint(self, X, outcome, limits)

    def robust(
        self,
        X: Any,
        *,
        draws: int = 1000,
        spread: float = 0.2,
        distribution: str = "uniform",
        boundaries: str | None = None,
        customers: int | None = 100_000,
        random_state: int = 0,
    ) -> Robustness:
        """Tell how far ranks and grades depend on the exact weights.

        Grades are those of the index alone, before caps and the ratchet.

        Parameters
        ----------
        X : table
            As for `score`.
        draws : int, default 1000
            How often all weights are drawn anew.
        spread : float, default 0.2
            How far each weight moves before all are brought back to their sum.
        distribution : {"uniform", "log_normal"}, default "uniform"
            Times a number uniform on 1 ± spread, or times exp(spread * normal).
        boundaries : {"shares", "frozen"}, optional
            Whether each grade keeps its number of customers, or the model its cuts; by default what a refit
            of the plan would do: shares for quantiles and cumulative shares, else the frozen cuts.
        customers : int, optional
            Most customers, drawn at random; None for all.
        random_state : int, default 0
            Seed of the draws.

        Returns
        -------
        Robustness

        Examples
        --------
        >>> import karat
        >>> plan = karat.Plan([karat.Indicator("calls"), karat.Indicator("data")], grades=["low", "high"])
        >>> base = {"calls": [1.0, 2.0, 3.0, 9.0], "data": [1.0, 3.0, 4.0, 9.0]}
        >>> karat.ValueModel(plan).fit(base).robust(base, draws=100).never_change
        1.0
        """
        from karat._analysis_robust import robust

        return robust(
            self,
            X,
            draws=draws,
            spread=spread,
            distribution=distribution,
            boundaries=boundaries,
            customers=customers,
            seed=_seed(random_state),
        )

    def sensitivity(
        self,
        X: Any,
        *,
        samples: int = 256,
        spread: float = 0.2,
        by: str = "indicator",
        vary: tuple[str, ...] = ("weights", "normalisation", "leave_out"),
        customers: int | None = 10_000,
        resamples: int = 200,
        random_state: int = 0,
    ) -> Sensitivity:
        """Tell which choice in building the index moves ranks and grades most.

        Parameters
        ----------
        X : table
            As for `score`.
        samples : int, default 256
            The index is computed ``samples * (choices + 2)`` times.
        spread : float, default 0.2
            Each weight is multiplied by a number uniform on 1 ± spread.
        by : {"indicator", "dimension"}, default "indicator"
            Whose weights vary on their own.
        vary : tuple of str, default ("weights", "normalisation", "leave_out")
            What varies: weights; the normalisation (as the plan has it, min-max, rank, z-score, frozen on
            this base); which indicator is left out, or none.
        customers : int, optional
            Most customers, drawn at random; None for all.
        resamples : int, default 200
            Bootstrap resamples of the intervals.
        random_state : int, default 0
            Seed of everything random.

        Returns
        -------
        Sensitivity
            Sobol indices: first order after Saltelli et al. (2010), total after Jansen (1999).
        """
        from karat._analysis_robust import sensitivity

        return sensitivity(
            self,
            X,
            samples=samples,
            spread=spread,
            by=by,
            vary=vary,
            customers=customers,
            resamples=resamples,
            seed=_seed(random_state),
        )

    def target_weights(self, X: Any, targets: Mapping[str, float] | None = None) -> TargetWeights:
        """Find weights with which the indicators would have a wanted influence; advice only.

        Parameters
        ----------
        X : table
            As for `score`.
        targets : mapping, optional
            Wanted share of the variance of the index by indicator, 0 for those not named; all equal by
            default.

        Returns
        -------
        TargetWeights
            A mapping from indicator to weight.
        """
        from karat._analysis import target_weights

        return target_weights(self, X, targets)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model file in one piece; a failure leaves an older file as it was.

        Parameters
        ----------
        path : str or path
        """
        self._fitted()
        self._inner.save(os.fspath(path))

    def to_bytes(self) -> bytes:
        """Return the bytes of the model file."""
        self._fitted()
        return self._inner.to_bytes()

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> ValueModel:
        """Read a model file with its plan and report.

        Parameters
        ----------
        path : str or path

        Returns
        -------
        ValueModel
            Fitted. The seed and the number of threads are not in the file and have their defaults.
        """
        return cls._of(_karat.Model.load(os.fspath(path)))

    @classmethod
    def from_bytes(cls, data: bytes) -> ValueModel:
        """Read a model from the bytes of its file."""
        return cls._of(_karat.Model.from_bytes(data))

    @classmethod
    def _of(cls, inner: _karat.Model) -> ValueModel:
        model = cls(Plan._of(inner.plan()))
        model._inner = inner
        model._learn()
        return model

    def _copy_with(self, inner: _karat.Model) -> ValueModel:
        model = type(self)(**self.get_params())
        model._inner = inner
        model._learn()
        return model

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters of the constructor."""
        return {name: getattr(self, name) for name in _PARAMETERS}

    def set_params(self, **params: Any) -> ValueModel:
        """Set parameters of the constructor; `fit` uses them."""
        for name, value in params.items():
            if name not in _PARAMETERS:
                raise ParameterError(f"`{name}` must be one of {', '.join(_PARAMETERS)}")
            setattr(self, name, value)
        return self

    def __sklearn_tags__(self) -> Any:
        # Only scikit-learn asks for tags, so it is there to be imported.
        from sklearn.utils import Tags, TargetTags

        return Tags(estimator_type=None, target_tags=TargetTags(required=False))

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_inner")

    def _fitted(self) -> Scorer:
        if not hasattr(self, "_inner"):
            raise NotFittedError("this ValueModel is not fitted yet: call fit first, or load a model file")
        return self.scorer_

    def __reduce__(self) -> tuple[Any, ...]:
        data = self._inner.to_bytes() if hasattr(self, "_inner") else None
        return _restore, (type(self), self.get_params(), data)

    def __repr__(self) -> str:
        shown = [repr(self.plan)]
        for name in _PARAMETERS[1:]:
            if getattr(self, name) != _DEFAULTS[name]:
                shown.append(f"{name}={getattr(self, name)!r}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def _repr_html_(self) -> str:
        from html import escape

        head = f"<p><code>{escape(repr(self))}</code></p>"
        return head + self.report_._repr_html_() if hasattr(self, "_inner") else head


_DEFAULTS = {
    name: parameter.default
    for name, parameter in inspect.signature(ValueModel.__init__).parameters.items()
    if name != "self"
}
_PARAMETERS = list(_DEFAULTS)


def load(path: str | os.PathLike[str]) -> ValueModel:
    """Read a model file with its plan and report; the same as `ValueModel.load`.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    ValueModel
    """
    return ValueModel.load(path)


def _restore(cls: type[ValueModel], params: dict[str, Any], data: bytes | None) -> ValueModel:
    model = cls(**params)
    if data is not None:
        model._inner = _karat.Model.from_bytes(data)
        model._learn()
    return model


def _seed(random_state: Any) -> int:
    whole = isinstance(random_state, int | np.integer) and not isinstance(random_state, bool)
    if whole and 0 <= random_state < 2**64:
        return int(random_state)
    raise ParameterError(f"`random_state` must be an int from 0 to 2**64 - 1, got {random_state!r}")


def _progress(progress: Progress) -> Callable[[str, float], object] | None:
    if progress is None or progress is False:
        return None
    if progress is True:
        return _Lines()
    if not callable(progress):
        raise ParameterError(f"`progress` must be True, False or a callable, got {progress!r}")
    return progress


class _Lines:
    """Prints each phase once."""

    def __init__(self) -> None:
        self.task = ""

    def __call__(self, task: str, share: float) -> None:
        if task != self.task:
            self.task = task
            print(f"karat: {task}", file=sys.stderr, flush=True)
