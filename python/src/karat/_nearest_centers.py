"""What follows from centers: the nearest one of each row, distances, and names."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._errors import DataError, ParameterError, ShapeError
from karat._estimator import Estimator, check_threads
from karat._kmeans_options import check_values, takes_gaps
from karat._matrix import check_finite, read_rows

_Float = NDArray[np.float64] | NDArray[np.float32]
_Rows = _Float | list[_Float]

Self = TypeVar("Self", bound="NearestCenters")

#: Names shown of columns that do not match.
_NAMES_SHOWN = 5


class NearestCenters(Estimator):
    """Rows against the centers of a fitted estimator, by the frozen step that scores customers."""

    n_threads: int | None
    cluster_centers_: NDArray[np.float64]
    labels_: NDArray[np.int32]
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]

    def predict(self, X: Any) -> NDArray[np.int32]:
        """Return the segment of each row, by the frozen step.

        Parameters
        ----------
        X : frame or array-like of shape (n_samples, n_features)
            Rows with the columns of the fit.

        Returns
        -------
        ndarray of shape (n_samples,)
            Number of the nearest center; of equally near ones the first. int32.

        Notes
        -----
        Arrays of float64 and float32 are read in place, whatever their layout, and a float32 means the same
        number in double precision. The interpreter is free for other threads meanwhile.
        """
        rows, names = self._read(X)
        if takes_gaps(self):
            rows = _with_gaps(self, rows, names)
            return _karat.nearest_present(rows, self._centers(), check_threads(self.n_threads))[0]
        try:
            return _karat.nearest_segments(rows, self._centers(), check_threads(self.n_threads))
        except DataError:
            self._name_every_column(rows, names)
            raise

    def fit_predict(
        self, X: Any, y: object = None, sample_weight: ArrayLike | None = None
    ) -> NDArray[np.int32]:
        """Fit, and return the segment of each row; parameters are those of `fit`."""
        self.fit(X, sample_weight=sample_weight)
        return self.labels_

    def transform(self, X: Any) -> Any:
        """Return the distance of each row to each center.

        Parameters
        ----------
        X : frame or array-like of shape (n_samples, n_features)
            Rows with the columns of the fit.

        Returns
        -------
        ndarray of shape (n_samples, n_clusters), or a frame after `set_output`
            Euclidean distances: float32 of rows in float32, rounded once, and else float64.
        """
        rows, names = self._read(X)
        if takes_gaps(self):
            rows = _with_gaps(self, rows, names)
            return self._wrap(
                _karat.present_distances(rows, self._centers(), check_threads(self.n_threads)), X
            )
        try:
            distances = _karat.segment_distances(rows, self._centers(), check_threads(self.n_threads))
        except DataError:
            self._name_every_column(rows, names)
            raise
        return self._wrap(distances, X)

    def fit_transform(self, X: Any, y: object = None, sample_weight: ArrayLike | None = None) -> Any:
        """Fit, and return the distances to the centers; parameters are those of `fit`."""
        self.fit(X, sample_weight=sample_weight)
        return self.transform(X)

    def score(self, X: Any, y: object = None, sample_weight: ArrayLike | None = None) -> float:
        """Return the negative inertia of rows: higher is better.

        Parameters
        ----------
        X : frame or array-like of shape (n_samples, n_features)
            Rows with the columns of the fit.
        y : None
            Ignored.
        sample_weight : array-like of shape (n_samples,), optional
            How much each row counts.

        Returns
        -------
        float
            Minus the sum of weight times squared distance to the nearest center.
        """
        rows, names = self._read(X)
        count = len(rows[0]) if isinstance(rows, list) else len(rows)
        weights = read_weights(sample_weight, count)
        if takes_gaps(self):
            rows = _with_gaps(self, rows, names)
            _, squares = _karat.nearest_present(rows, self._centers(), check_threads(self.n_threads))
            return -float(np.sum(squares if weights is None else squares * weights))
        try:
            inertia = _karat.segment_inertia(rows, weights, self._centers(), check_threads(self.n_threads))
        except DataError:
            self._name_every_column(rows, names)
            raise
        return -inertia

    def get_feature_names_out(self, input_features: Sequence[str] | None = None) -> NDArray[np.object_]:
        """Return the names of the columns that `transform` makes: the class in small letters and a number.

        Parameters
        ----------
        input_features : sequence of str, optional
            Compared with the columns of the fit; the names do not depend on it.

        Returns
        -------
        ndarray of shape (n_clusters,)
            Names, as objects.

        Raises
        ------
        ShapeError
            For other columns than those of the fit.
        """
        self._check_fitted()
        if input_features is not None:
            given = list(input_features)
            if given != list(getattr(self, "feature_names_in_", given)):
                raise ShapeError("input_features is not equal to feature_names_in_")
            if len(given) != self.n_features_in_:
                raise ShapeError(
                    "input_features should have length equal to number of features "
                    f"({self.n_features_in_}), got {len(given)}"
                )
        prefix = type(self).__name__.lower()
        return np.asarray([f"{prefix}{c}" for c in range(len(self.cluster_centers_))], dtype=object)

    def set_output(self: Self, *, transform: str | None = None) -> Self:
        """Choose what `transform` returns.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"} or None, default None
            An array, or a frame of that kind; None changes nothing.

        Returns
        -------
        self
        """
        if transform is not None:
            if transform not in ("default", "pandas", "polars"):
                raise ParameterError(f"`transform` must be default, pandas or polars, got {transform!r}")
            self._sklearn_output_config = {"transform": transform}
        return self

    def __sklearn_tags__(self) -> Any:
        utils = import_module("sklearn.utils")
        return utils.Tags(
            estimator_type="clusterer",
            target_tags=utils.TargetTags(required=False),
            transformer_tags=utils.TransformerTags(preserves_dtype=["float64", "float32"]),
            input_tags=utils.InputTags(allow_nan=getattr(self, "missing", None) == "scale"),
        )

    def fit(self: Self, X: Any, y: object = None, sample_weight: ArrayLike | None = None) -> Self:
        """Find the centers."""
        raise NotImplementedError

    def _centers(self) -> NDArray[np.float64]:
        return np.require(self.cluster_centers_, np.float64, "A")

    def _read(self, X: Any) -> tuple[_Rows, list[str] | None]:
        """Rows to score, with the columns of the fit."""
        self._check_fitted()
        who = type(self).__name__
        rows, names = read_rows(X, who=who)
        self._check_names(names)
        columns = len(rows) if isinstance(rows, list) else rows.shape[1]
        if columns != self.n_features_in_:
            raise ShapeError(
                f"X has {columns} features, but {who} is expecting {self.n_features_in_} features as input"
            )
        return rows, names

    def _read_array(self, X: Any) -> NDArray[np.float64]:
        """As `_read`, as one array in double precision whose values are finite."""
        rows, names = self._read(X)
        table = np.column_stack(rows) if isinstance(rows, list) else rows
        array: NDArray[np.float64] = np.require(table, np.float64, "A")
        check_finite(array, names, type(self).__name__)
        return array

    def _name_every_column(self, rows: _Rows, names: list[str] | None) -> None:
        """Raise an error that names all the numbers that are not finite, not the first alone."""
        array = np.column_stack(rows) if isinstance(rows, list) else rows
        check_finite(array, names, type(self).__name__)

    def _check_names(self, names: list[str] | None) -> None:
        fitted = list(self.feature_names_in_) if hasattr(self, "feature_names_in_") else None
        if names == fitted:
            return
        who = type(self).__name__
        if fitted is None:
            message = f"X has feature names, but {who} was fitted without feature names"
            warnings.warn(message, UserWarning, stacklevel=4)
            return
        if names is None:
            message = f"X does not have valid feature names, but {who} was fitted with feature names"
            warnings.warn(message, UserWarning, stacklevel=4)
            return
        text = "The feature names should match those that were passed during fit.\n"
        unseen, missing = sorted(set(names) - set(fitted)), sorted(set(fitted) - set(names))
        if unseen:
            text += f"Feature names unseen at fit time:\n{_bullets(unseen)}"
        if missing:
            text += f"Feature names seen at fit time, yet now missing:\n{_bullets(missing)}"
        if not unseen and not missing:
            text += "Feature names must be in the same order as they were in fit.\n"
        raise ShapeError(text)

    def _wrap(self, distances: _Float, X: Any) -> Any:
        """Distances as the kind of table that was asked for, here or in scikit-learn's configuration."""
        wanted = getattr(self, "_sklearn_output_config", {}).get("transform")
        if wanted is None and "sklearn" in sys.modules:
            wanted = import_module("sklearn").get_config().get("transform_output")
        columns = list(self.get_feature_names_out())
        if wanted == "pandas":
            pandas = import_module("pandas")
            index = X.index if isinstance(X, pandas.DataFrame) else None
            return pandas.DataFrame(distances, columns=columns, index=index, copy=False)
        if wanted == "polars":
            return import_module("polars").DataFrame(distances, schema=columns, orient="row")
        return distances


def _with_gaps(estimator: Any, rows: _Rows, names: list[str] | None) -> NDArray[np.float64]:
    """Rows in which NaN stands for what is missing, infinities refused."""
    table = np.column_stack(rows) if isinstance(rows, list) else rows
    array: NDArray[np.float64] = np.require(table, np.float64, "A")
    check_values(estimator, array, names)
    return array


def _bullets(names: Sequence[str]) -> str:
    more = "- ...\n" if len(names) > _NAMES_SHOWN else ""
    return "".join(f"- {name}\n" for name in names[:_NAMES_SHOWN]) + more


def read_weights(sample_weight: ArrayLike | None, rows: int) -> NDArray[np.float64] | None:
    """Sample weights as the core takes them, or an error that names the first bad row."""
    if sample_weight is None:
        return None
    weights = np.asarray(sample_weight, dtype=np.float64)
    if weights.ndim != 1:
        raise ShapeError(f"sample weights must be one number a row, got an array of shape {weights.shape}")
    if len(weights) != rows:
        raise ShapeError(f"expected {rows} sample weights, one a row, got {len(weights)}")
    bad = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if len(bad):
        raise ParameterError(
            f"`sample_weight` must be finite and >= 0 in every row (row {bad[0]}), got {weights[bad[0]]}"
        )
    if not weights.any():
        raise ParameterError("`sample_weight` must not be zero in every row")
    return np.ascontiguousarray(weights)
