"""A value index of its own: indicators and weights, fitted in one pass."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat import _karat
from karat._errors import ParameterError, ShapeError
from karat._estimator import Estimator, check_threads
from karat._frame import columns_of, names_in
from karat._model import ValueModel
from karat._parts import Indicator
from karat._plan import Plan
from karat._score import Explanations
from karat._scorer import Scorer, is_rows


class Index(Estimator):
    """A weighted value index without classes: bounds frozen at fitting, scored with the same bits anywhere.

    The short way to an index of many customers. Where minimum and maximum are all that the scales need, the fit
    is one pass over the numbers where they lie. For grades, types, segments or rules build a `Plan` and fit a
    `ValueModel`.

    Parameters
    ----------
    weights : mapping of str to float, sequence of float, or None, default None
        Weight of each column, by name (as `karat.weights` functions return them) or in the order of the
        columns; they must sum to 1 or to 100. None weighs all alike.
    scale : str, tuple or mapping, default "min_max"
        Scale of every indicator, or a mapping from column to scale; see `Indicator`.
    better : mapping of str to str, iterable of str, or sequence of 1 and -1, default ()
        Columns of which less is better: their names, `{"complaints": "low"}`, or the direction of every
        column in order, -1 where less is better.
    missing : str, float or tuple, default "neutral"
        What a missing value means: "neutral" (the middle), "renormalise" (the others share its weight),
        "median", "refuse", or a number to put in its place.
    points : float, default 100
        Index of a customer whose every indicator is 1.
    minimum_coverage : float, default 0.5
        Least share of the weight that must be present for an index.
    n_threads : int, optional
        Threads; all if not given. The result is the same for any number.

    Attributes
    ----------
    weights_ : dict of str to float
        Weight of each indicator; they sum to 1.
    bounds_ : dict of str to tuple of float
        Smallest and largest value of each column in the fitted base.
    model_ : ValueModel
        The same as a model with its report, ready to be saved.
    scorer_ : Scorer
        The frozen steps.
    feature_names_in_ : ndarray of str
        Columns, in order.
    n_features_in_ : int
        How many there are.

    Examples
    --------
    >>> import karat
    >>> base = {"arpu": [20.0, 80.0, 50.0], "complaints": [3.0, 0.0, 1.0]}
    >>> index = karat.Index({"arpu": 0.75, "complaints": 0.25}, better=["complaints"]).fit(base)
    >>> index.score(base).round(2).tolist()
    [0.0, 100.0, 54.17]
    >>> index.explain(base).points[1].tolist()
    [75.0, 25.0]
    """

    def __init__(
        self,
        weights: Mapping[str, float] | Sequence[float] | None = None,
        *,
        scale: Any = "min_max",
        better: Mapping[str, str] | Iterable[str] | Sequence[int] = (),
        missing: Any = "neutral",
        points: float = 100.0,
        minimum_coverage: float = 0.5,
        n_threads: int | None = None,
    ) -> None:
        self.weights = weights
        self.scale = scale
        self.better = better
        self.missing = missing
        self.points = points
        self.minimum_coverage = minimum_coverage
        self.n_threads = n_threads

    def fit(self, X: Any, y: Any = None) -> Index:
        """Freeze the bounds of every column.

        Parameters
        ----------
        X : table
            A pandas or polars DataFrame, a pyarrow Table, a mapping of columns, or a 2-D array. Of a table with
            names, the columns named in `weights`; all of them if there are none.
        y : ignored

        Returns
        -------
        Index
            Itself.

        Raises
        ------
        ParameterError
            For weights that do not fit the columns.
        SchemaError, DataError
            For missing columns, constant or infinite values: all of them at once.
        """
        names, rows = self._names(X)
        plan = self._plan(names)
        threads = check_threads(self.n_threads)
        if rows:
            inner = _karat.Model.fit_index_rows(plan._inner, X, threads)
        else:
            inner = _karat.Model.fit_index(plan._inner, *columns_of(X, names), threads)
        self.model_ = ValueModel._of(inner)
        self.scorer_ = self.model_.scorer_
        described = self.model_.report_.to_dict()
        self.weights_ = {entry["indicator"]: entry["weight"] for entry in described["weights"]}
        self.bounds_ = {
            entry["name"]: (entry["minimum"], entry["maximum"]) for entry in described["fields"]
        }
        self.feature_names_in_ = np.array(names, dtype=object)
        self.n_features_in_ = len(names)
        return self

    def _names(self, X: Any) -> tuple[list[str], bool]:
        """Columns of the index, and whether the table is rows that can be read where they lie."""
        named = [str(name) for name in self.weights] if isinstance(self.weights, Mapping) else None
        if isinstance(X, np.ndarray) and X.dtype.names is None or isinstance(X, list | tuple):
            shape = np.shape(X)
            if len(shape) != 2 or 0 in shape:
                raise ShapeError(f"expected a table of 2 dimensions with rows and columns, got {shape}")
            names = named or [f"x{position}" for position in range(shape[1])]
            if len(names) != shape[1]:
                raise ShapeError(f"expected {len(names)} columns, one for each weight, got {shape[1]}")
            return names, is_rows(X, len(names))
        return named or names_in(X), False

    def _plan(self, names: list[str]) -> Plan:
        better = self._better(names)
        scales = self.scale if isinstance(self.scale, Mapping) and set(self.scale) <= set(names) else None
        indicators = [
            Indicator(
                name,
                scale=self.scale if scales is None else scales.get(name, "min_max"),
                better=better.get(name, "high"),
                missing=self.missing,
            )
            for name in names
        ]
        return Plan(
            indicators,
            weights=None if self.weights is None else {"fixed": {"value": self._weights(names)}},
            index={"scale": self.points, "minimum_coverage": self.minimum_coverage},
            name="value index",
        )

    def _better(self, names: list[str]) -> dict[str, str]:
        if isinstance(self.better, Mapping):
            better = {str(name): way for name, way in self.better.items()}
        else:
            given = [self.better] if isinstance(self.better, str) else list(self.better)
            if given and all(way in (1, -1) for way in given):
                if len(given) != len(names):
                    raise ParameterError(
                        f"`better` must give each of {len(names)} columns its direction, got {len(given)}"
                    )
                given = [name for name, way in zip(names, given, strict=True) if way == -1]
            better = {str(name): "low" for name in given}
        unknown = [name for name in better if name not in names]
        if unknown:
            raise ParameterError(f"`better` names `{unknown[0]}`, which is no column ({', '.join(names[:12])})")
        return better

    def _weights(self, names: list[str]) -> dict[str, float]:
        if isinstance(self.weights, Mapping):
            return {str(name): float(weight) for name, weight in self.weights.items()}
        values = np.asarray(self.weights, dtype=np.float64)
        if values.shape != (len(names),):
            raise ParameterError(f"`weights` must be one for each of {len(names)} columns, got {values.shape}")
        return dict(zip(names, values.tolist(), strict=True))

    def score(self, X: Any, y: Any = None) -> NDArray[np.float64]:
        """Compute the index of every customer.

        Parameters
        ----------
        X : table
            As for `fit`; other columns are ignored.
        y : ignored

        Returns
        -------
        ndarray of shape (n_rows,)
            NaN for a customer without an index.
        """
        return self._scorer().index(X, n_threads=self.n_threads)

    def transform(self, X: Any) -> NDArray[np.float64]:
        """Compute the index as a column, for pipelines.

        Parameters
        ----------
        X : table
            As for `score`.

        Returns
        -------
        ndarray of shape (n_rows, 1)
        """
        return self.score(X)[:, np.newaxis]

    def fit_transform(self, X: Any, y: Any = None) -> NDArray[np.float64]:
        """Fit, then compute the index of the same table.

        Parameters
        ----------
        X : table
            As for `fit`.
        y : ignored

        Returns
        -------
        ndarray of shape (n_rows, 1)
        """
        return self.fit(X).transform(X)

    def explain(self, X: Any, *, top: int = 0) -> Explanations:
        """Tell what each index is made of, and where it falls short of the mean customer.

        Parameters
        ----------
        X : table
            As for `score`.
        top : int, default 0
            Reasons for each customer, at most 4; see `Scorer.explain`.

        Returns
        -------
        Explanations
        """
        return self._scorer().explain(X, top=top)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model file, which `karat.load`, Rust and C read.

        Parameters
        ----------
        path : str or path
        """
        self._check_fitted()
        self.model_.save(path)

    def _scorer(self) -> Scorer:
        self._check_fitted()
        return self.scorer_

    def _facts(self) -> list[tuple[str, str]]:
        if not hasattr(self, "weights_"):
            return []
        return [(name, f"{weight:.4f}") for name, weight in self.weights_.items()]
