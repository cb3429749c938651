"""Optimal binning as an estimator."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._bin_table import BinTable, html_table
from karat._errors import ParameterError, ShapeError
from karat._estimator import Estimator, check_integer, check_number, check_threads
from karat._frame import columns_of, frame_kind, to_frame
from karat._named_weights import Finding
from karat._output import Output
from karat._targets import (
    as_table,
    check_width,
    column_names,
    read_classes,
    read_numbers,
    read_weights,
)

_TRENDS = ("free", "ascending", "descending", "auto", "peak", "valley")
_OUTPUTS = ("woe", "rate", "bin", "label")


class OptimalBinning(Output, Estimator):
    """Joins the values of every column into the bins that tell most about a target.

    Values are first cut into fine pre-bins by quantiles (one for each value where there are few). Among all
    ways to join neighbouring pre-bins that satisfy the constraints, dynamic programming finds the one of
    greatest information value; then ever finer pre-bins around the cuts are searched, down to single values.
    Categories are put in the order of their event rates first. Missing values and special ones have bins of
    their own. The result is the same to the bit in every run and for any number of threads.

    Parameters
    ----------
    max_bins : int, default 10
        Most bins of a field, not counting those of special and missing values.
    min_share : float, default 0.05
        Least share of all customers in a bin.
    min_events : float, default 1
        Least events, and least non-events, in a bin.
    min_difference : float, default 0
        Least distance between the event rates (or means) of neighbours.
    trend : str or mapping, default "free"
        Which way event rates run from bin to bin: "free", "ascending", "descending", "auto" (up or down,
        whichever tells more), "peak" or "valley"; or a mapping from some columns to theirs.
    special_values : sequence of float or mapping, optional
        Values of numeric columns that mean something of their own, such as -1; or a mapping by column.
    cuts : mapping of str to sequence of float, optional
        Cuts of some numeric columns, used as they are: a bin is ``[cut, next cut)``.
    candidates : mapping of str to sequence of float, optional
        Where the bins of some numeric columns may begin, in place of quantiles.
    categorical : sequence of str, optional
        Numeric columns whose values are names, such as a tariff's number.
    numeric : sequence of str, optional
        Columns of text that hold numbers.
    max_pre_bins : int, default 64
        Most pre-bins, 2 to 256.
    target : {"binary", "continuous"}, default "binary"
        Continuous targets, such as next year's margin, get bins that explain most of their variance.
    event : object, optional
        Which class of a binary target is the event, by default the greater one (1, True, "Yes").
    output : {"woe", "rate", "bin", "label"}, default "woe"
        What `transform` gives: weight of evidence, event rate, position or label of the bin.
    unseen : {"refuse", "missing"}, default "refuse"
        Whether `transform` refuses categories that the fit did not see, or takes them as missing.
    n_threads : int or None, default None
        Threads, None for all. Never changes a result.

    Attributes
    ----------
    tables_ : dict of str to BinTable
        The bins of every column.
    information_values_ : dict of str to float
        Information value of every column.
    findings_ : tuple of Finding
        W160 a column that keeps one bin, W161 an information value above 0.5, W162 a bin of one class.
    classes_ : ndarray of shape (2,)
        Classes of a binary target.
    event_ : object
        The one that counts as the event.
    n_features_in_ : int
        Number of columns that were fitted.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names; only after a fit on a table whose columns have names.

    Notes
    -----
    Weight of evidence is ``ln(share of non-events / share of events)`` (Siddiqi 2006), above 0 where events
    are rare. A bin without events or non-events has 0.5 added to both of its counts.

    Examples
    --------
    >>> from karat.scorecard import OptimalBinning
    >>> base = {"tenure": [1, 2, 3, 14, 20, 33, 41, 60], "plan": ["a", "a", "b", "a", "b", "b", "b", "b"]}
    >>> left = [1, 1, 0, 1, 0, 1, 0, 0]
    >>> binning = OptimalBinning(trend={"tenure": "descending"}, min_share=0.2).fit(base, left)
    >>> binning.tables_["tenure"].labels
    ['(-inf, 20)', '[20, inf)', 'missing']
    >>> [round(float(woe), 3) for woe in binning.transform(base)["tenure"][:2]]
    [-1.099, -1.099]
    """

    tables_: dict[str, BinTable]
    information_values_: dict[str, float]
    findings_: tuple[Finding, ...]
    classes_: NDArray[Any]
    event_: object
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]
    _inner: _karat.Binning

    def __init__(
        self,
        *,
        max_bins: int = 10,
        min_share: float = 0.05,
        min_events: float = 1,
        min_difference: float = 0.0,
        trend: str | Mapping[str, str] = "free",
        special_values: Sequence[float] | Mapping[str, Sequence[float]] | None = None,
        cuts: Mapping[str, Sequence[float]] | None = None,
        candidates: Mapping[str, Sequence[float]] | None = None,
        categorical: Sequence[str] | None = None,
        numeric: Sequence[str] | None = None,
        max_pre_bins: int = 64,
        target: str = "binary",
        event: object = None,
        output: str = "woe",
        unseen: str = "refuse",
        n_threads: int | None = None,
    ) -> None:
        self.max_bins = max_bins
        self.min_share = min_share
        self.min_events = min_events
        self.min_difference = min_difference
        self.trend = trend
        self.special_values = special_values
        self.cuts = cuts
        self.candidates = candidates
        self.categorical = categorical
        self.numeric = numeric
        self.max_pre_bins = max_pre_bins
        self.target = target
        self.event = event
        self.output = output
        self.unseen = unseen
        self.n_threads = n_threads

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> OptimalBinning:
        """Find the bins of every column.

        Parameters
        ----------
        X : table of shape (n_samples, n_features)
            A pandas, polars or pyarrow table, a mapping of columns, or an array; NaN and null are missing.
        y : array-like of shape (n_samples,)
            The target: two classes, or numbers for a continuous one.
        sample_weight : array-like of shape (n_samples,), optional
            How much each row counts, 0 or more.

        Returns
        -------
        OptimalBinning
            Itself, fitted.

        Raises
        ------
        ParameterError
            For a parameter out of its range or a column that is not there.
        DataError
            For a target that is missing, has not two classes or is constant; for columns that are constant,
            empty or infinite: all of them at once.
        """
        options = self._options()
        check_choice("output", self.output, _OUTPUTS)
        check_choice("unseen", self.unseen, ("refuse", "missing"))
        X = as_table(X, "OptimalBinning")
        names, named = column_names(X)
        if self.target == "continuous":
            target = read_numbers(y)
        else:
            target, self.classes_, self.event_ = read_classes(y, self.event)
        rows, wires, _ = columns_of(X, names)
        inner = _karat.Binning.fit(json.dumps(options), rows, wires, target, read_weights(sample_weight))
        self._learn(inner, names, named, _kind(X))
        self.findings_ = tuple(Finding(*finding) for finding in inner.findings())
        return self

    def _learn(self, inner: _karat.Binning, names: list[str], named: bool, like: str) -> None:
        self._inner, self._names = inner, names
        parts = json.loads(inner.to_json())
        binary = parts["target"] == "binary"
        tables = zip(parts["fields"], inner.separations(), strict=True)
        self.tables_ = {field["name"]: BinTable(field, found, binary, like) for field, found in tables}
        self.information_values_ = {name: table.iv for name, table in self.tables_.items()}
        self.n_features_in_ = len(names)
        self.__dict__.pop("feature_names_in_", None)
        if named:
            self.feature_names_in_ = np.asarray(names, dtype=object)
        self._like = like

    def _options(self) -> dict[str, Any]:
        """Parameters as the core reads them; what it checks better is left to it."""
        check_choice("target", self.target, ("binary", "continuous"))
        fields: dict[str, dict[str, Any]] = {}

        def put(name: str, given: Mapping[str, Any] | None) -> None:
            for column, value in (given or {}).items():
                plain = value if isinstance(value, str | bool) else [float(number) for number in value]
                fields.setdefault(str(column), {})[name] = plain

        trends = self.trend if isinstance(self.trend, Mapping) else {}
        for trend in trends.values() if trends else [self.trend]:
            check_choice("trend", trend, _TRENDS)
        special = self.special_values if isinstance(self.special_values, Mapping) else {}
        put("trend", trends)
        put("special", special)
        put("cuts", self.cuts)
        put("candidates", self.candidates)
        put("categorical", {column: True for column in self.categorical or ()})
        put("categorical", {column: False for column in self.numeric or ()})
        return {
            "target": self.target,
            "maximum_bins": check_integer("max_bins", self.max_bins, 1, 256),
            "pre_bins": check_integer("max_pre_bins", self.max_pre_bins, 2, 256),
            "minimum_share": check_number("min_share", self.min_share, 0.0, 0.5),
            "minimum_events": check_number("min_events", self.min_events, 0.0, float("inf")),
            "minimum_difference": check_number("min_difference", self.min_difference, 0.0, float("inf")),
            "trend": "free" if trends else self.trend,
            "special": [] if special else [float(value) for value in self.special_values or ()],
            "fields": fields,
            "threads": check_threads(self.n_threads),
        }

    def transform(self, X: Any) -> Any:
        """Return what the bin of every value says, in full precision.

        Parameters
        ----------
        X : table of shape (n_samples, n_features)
            With the columns of the fit; named ones are matched by name.

        Returns
        -------
        frame or ndarray of shape (n_samples, n_features)
            As `output` says: an array for an array, else a frame of the kind that came in, or the one asked
            for by `set_output`.

        Raises
        ------
        SchemaError, DataError
            For missing columns, text where numbers are expected, and unseen categories.
        """
        self._check_fitted()
        X = as_table(X, "OptimalBinning")
        check_width(X, self.n_features_in_, "OptimalBinning")
        columns = columns_of(X, self._names)
        what = {"woe": "evidence", "rate": "rate"}.get(self.output, "position")
        found = self._inner.transform(*columns, what, self.unseen == "missing", check_threads(self.n_threads))
        if self.output == "bin":
            return self._wrap(dict(zip(self._names, found.astype(np.int32), strict=True)), X)
        if self.output == "label":
            tables = [self.tables_[name] for name in self._names]
            texts = zip(self._names, tables, found.astype(np.intp), strict=True)
            made = {name: np.array(table.labels, dtype=object)[at].tolist() for name, table, at in texts}
            return self._wrap(made, X)
        return self._wrap(dict(zip(self._names, found, strict=True)), X)

    def fit_transform(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Any:
        """Fit, and return what the bins say; parameters are those of `fit`."""
        return self.fit(X, y, sample_weight=sample_weight).transform(X)

    def get_feature_names_out(self, input_features: Sequence[str] | None = None) -> NDArray[np.object_]:
        """Return the names of the columns that `transform` makes: those of the fit."""
        self._check_fitted()
        if input_features is not None and list(input_features) != self._names:
            if hasattr(self, "feature_names_in_"):
                raise ShapeError("input_features is not equal to feature_names_in_")
            if len(input_features) != self.n_features_in_:
                raise ShapeError(
                    "input_features should have length equal to number of features "
                    f"({self.n_features_in_}), got {len(input_features)}"
                )
            return np.asarray(input_features, dtype=object)
        return np.asarray(self._names, dtype=object)

    def summary(self, like: Any = None) -> Any:
        """Return one row for each field, the strongest first.

        Parameters
        ----------
        like : table or str, optional
            The kind of frame, by default that of the fitted table.

        Returns
        -------
        frame
            Field, kind, bins, information value, strength, Gini, Kolmogorov-Smirnov, trend.
        """
        self._check_fitted()
        return to_frame(self._summary(), self._like if like is None else like)

    def _summary(self) -> dict[str, Any]:
        tables = sorted(self.tables_.values(), key=lambda table: -table.iv)
        return {
            "field": [table.field for table in tables],
            "kind": [table.kind for table in tables],
            "bins": np.array([len(table) for table in tables]),
            "iv": np.array([table.iv for table in tables]),
            "strength": [table.strength for table in tables],
            "gini": np.array([table.gini for table in tables]),
            "ks": np.array([table.ks for table in tables]),
            "trend": [table.trend for table in tables],
        }

    def to_frame(self, like: Any = None) -> Any:
        """Return the bins of all fields as one frame, a row for each bin."""
        self._check_fitted()
        return to_frame(stacked(list(self.tables_.values())), self._like if like is None else like)

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        if "_inner" in state:
            state["_inner"] = state["_inner"].to_json()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if "_inner" in state:
            self._inner = _karat.Binning.from_json(state["_inner"])

    def __sklearn_tags__(self) -> Any:
        utils = import_module("sklearn.utils")
        binary = self.target == "binary"
        return utils.Tags(
            estimator_type=None,
            target_tags=utils.TargetTags(required=True),
            transformer_tags=utils.TransformerTags(preserves_dtype=[]),
            classifier_tags=utils.ClassifierTags(multi_class=False) if binary else None,
            input_tags=utils.InputTags(allow_nan=True, categorical=True, string=True),
        )

    def _repr_html_(self) -> str:
        if not hasattr(self, "tables_"):
            return super()._repr_html_()
        return html_table(repr(self), self._summary())


def _kind(X: Any) -> str:
    kind = frame_kind(X)
    return "pyarrow" if kind == "batch" else kind


def stacked(tables: list[BinTable]) -> dict[str, Any]:
    """Stack the bins of several fields, one under the other."""
    parts = [{"field": [table.field] * len(table), **table.columns()} for table in tables]
    return {
        name: np.concatenate([part[name] for part in parts])
        if isinstance(parts[0][name], np.ndarray)
        else [value for part in parts for value in part[name]]
        for name in parts[0]
    }


def check_choice(name: str, value: object, choices: Sequence[str]) -> None:
    """Refuse what is none of the choices."""
    if value not in choices:
        listed = ", ".join(f'"{choice}"' for choice in choices)
        raise ParameterError(f"`{name}` must be one of {listed}, got {value!r}")
