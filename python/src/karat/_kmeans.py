"""k-means as an estimator."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._errors import ParameterError, ShapeError
from karat._estimator import (
    ConvergenceWarning,
    Estimator,
    check_integer,
    check_number,
    check_threads,
    draw_seed,
)
from karat._kmeans_batches import BatchFit
from karat._kmeans_options import check_values, distances_of, nearest, read_sizes
from karat._matrix import read_matrix

#: Names shown of columns that do not match.
_NAMES_SHOWN = 5


class KMeans(BatchFit, Estimator):
    """Segments customers around centers: k-means by Lloyd's iterations.

    The result is the same to the bit for any number of threads and any order of the rows, and equals that
    of the Rust crate for the same seed. `labels_` and `predict` come from the frozen step that scores
    customers in every language. Missing values, infinities and sparse matrices are refused.

    Parameters
    ----------
    n_clusters : int, default 4
        Number of segments, 1 to 256.
    init : {"k-means++", "random"} or array-like of shape (n_clusters, n_features), default "k-means++"
        How the first centers are found: greedy k-means++, rows at random, or these centers.
    n_init : int, default 4
        Starts, of which the one of lowest inertia is kept; given centers start once.
    max_iter : int, default 300
        Most iterations of one start.
    tol : float, default 1e-4
        A start has converged when no label changes, or when the squared shift of the centers is at most
        `tol` times the mean variance of the columns.
    random_state : None, int, RandomState or Generator, default None
        An integer is the seed, 0 to 2**64 - 1; None takes fresh entropy; a generator is asked for a seed.
    n_threads : int or None, default None
        Threads, None for all. Never changes a result.
    missing : {"error", "scale"}, default "error"
        What to do with NaN: refuse it, or compare a row with the centers over the columns it has, as scoring
        does, the squared distance scaled by columns over columns present; centers are means of what is
        present. Rows have labels whatever is missing; at least one value must be there in a fit.
    min_size, max_size : int or None, default None
        Fewest and most rows of a segment. `labels_` then are the assignment of least inertia within the
        bounds, exactly; `predict` takes new rows to the nearest center all the same.

    Attributes
    ----------
    cluster_centers_ : ndarray of shape (n_clusters, n_features)
        Centers of the segments.
    labels_ : ndarray of shape (n_samples,)
        Segment of each row that was fitted, int32.
    inertia_ : float
        Sum over the rows of weight times squared distance to the nearest center.
    n_iter_ : int
        Iterations of the start that was kept.
    converged_ : bool
        Whether that start converged before `max_iter`.
    history_ : ndarray of shape (n_iter_,)
        Inertia at each assignment of that start, before its centers moved.
    restart_inertias_ : ndarray of shape (n_init,)
        Inertia that each start ended with.
    n_features_in_ : int
        Number of columns that were fitted.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names; only after a fit on a frame whose columns have names.

    See Also
    --------
    karat.datasets.make_operator : a base to try it on.

    Notes
    -----
    Lloyd (1982); k-means++ by Arthur and Vassilvitskii (2007), the greedy variant. Sums are exact, so that a
    weight of 2 is the same as the row twice.

    Examples
    --------
    >>> import numpy as np
    >>> from karat import KMeans
    >>> X = np.array([[1.0, 2.0], [1.0, 4.0], [10.0, 2.0], [10.0, 4.0]])
    >>> km = KMeans(2, random_state=0).fit(X)
    >>> km.inertia_
    4.0
    >>> sorted(km.cluster_centers_.tolist())
    [[1.0, 3.0], [10.0, 3.0]]
    >>> bool(km.predict([[0.0, 3.0]])[0] == km.labels_[0])
    True
    """

    cluster_centers_: NDArray[np.float64]
    labels_: NDArray[np.int32]
    inertia_: float
    n_iter_: int
    converged_: bool
    history_: NDArray[np.float64]
    restart_inertias_: NDArray[np.float64]
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]

    def __init__(
        self,
        n_clusters: int = 4,
        *,
        init: str | ArrayLike = "k-means++",
        n_init: int = 4,
        max_iter: int = 300,
        tol: float = 1e-4,
        random_state: int | np.random.RandomState | np.random.Generator | None = None,
        n_threads: int | None = None,
        missing: str = "error",
        min_size: int | None = None,
        max_size: int | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state
        self.n_threads = n_threads
        self.missing = missing
        self.min_size = min_size
        self.max_size = max_size

    def fit(self, X: Any, y: object = None, sample_weight: ArrayLike | None = None) -> KMeans:
        """Find the centers.

        Parameters
        ----------
        X : frame or array-like of shape (n_samples, n_features)
            Rows to segment: a pandas, polars or pyarrow table, a dict of columns, or an array.
        y : None
            Ignored.
        sample_weight : array-like of shape (n_samples,), optional
            How much each row counts, 0 or more.

        Returns
        -------
        KMeans
            Itself, fitted.

        Raises
        ------
        ParameterError
            For a parameter out of its range.
        ShapeError
            For a table that is not two-dimensional or has no rows or columns, and weights or centers that do
            not fit it.
        DataError
            For NaN, infinities, text, or fewer different rows than `n_clusters`.

        Warns
        -----
        ConvergenceWarning
            When the start that was kept had not converged after `max_iter` iterations.
        """
        array, names = read_matrix(X, who="KMeans")
        gaps = check_values(self, array, names)
        found = _karat.fit_k_means(
            array,
            _read_weights(sample_weight, len(array)),
            check_integer("n_clusters", self.n_clusters, 1, 256),
            self._read_init(),
            check_integer("n_init", self.n_init, 1, 2**31 - 1),
            check_integer("max_iter", self.max_iter, 1, 2**31 - 1),
            check_number("tol", self.tol, 0.0, float("inf")),
            draw_seed(self.random_state),
            check_threads(self.n_threads),
            gaps,
            read_sizes(self, len(array)),
        )
        self.cluster_centers_ = found["centers"]
        self.labels_ = found["labels"]
        self.inertia_ = found["inertia"]
        self.n_iter_ = found["n_iter"]
        self.converged_ = found["converged"]
        self.history_ = found["history"]
        self.restart_inertias_ = found["restart_inertias"]
        self.n_features_in_ = array.shape[1]
        if names is not None:
            self.feature_names_in_ = np.asarray(names, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        if not self.converged_:
            warnings.warn(
                f"k-means had not converged after max_iter={self.max_iter} iterations: the last squared "
                f"shift of the centers was {found['shift']:.3g}, to stop it takes "
                f"{found['shift_tolerance']:.3g}; raise max_iter or tol, or scale the columns",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self

    def predict(self, X: Any) -> NDArray[np.int32]:
        """Return the segment of each row, by the frozen step.

        Parameters
        ----------
        X : frame or array-like of shape (n_samples, n_features)
            Rows with the columns of the fit.

        Returns
        -------
        ndarray of shape (n_samples,)
            Number of the nearest center; of equally near ones the first.
        """
        array = self._read(X)
        return nearest(self)(array, self._centers(), check_threads(self.n_threads))[0]

    def fit_predict(
        self, X: Any, y: object = None, sample_weight: ArrayLike | None = None
    ) -> NDArray[np.int32]:
        """Fit, and return the segment of each row; parameters are those of `fit`."""
        return self.fit(X, sample_weight=sample_weight).labels_

    def transform(self, X: Any) -> Any:
        """Return the distance of each row to each center.

        Parameters
        ----------
        X : frame or array-like of shape (n_samples, n_features)
            Rows with the columns of the fit.

        Returns
        -------
        ndarray of shape (n_samples, n_clusters), or a frame after `set_output`
            Euclidean distances.
        """
        array = self._read(X)
        distances = distances_of(self)(array, self._centers(), check_threads(self.n_threads))
        return self._wrap(distances, X)

    def fit_transform(self, X: Any, y: object = None, sample_weight: ArrayLike | None = None) -> Any:
        """Fit, and return the distances to the centers; parameters are those of `fit`."""
        return self.fit(X, sample_weight=sample_weight).transform(X)

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
        array = self._read(X)
        _, squares = nearest(self)(array, self._centers(), check_threads(self.n_threads))
        weights = _read_weights(sample_weight, len(array))
        return -float(np.sum(squares if weights is None else squares * weights))

    def get_feature_names_out(self, input_features: Sequence[str] | None = None) -> NDArray[np.object_]:
        """Return the names of the columns that `transform` makes: kmeans0, kmeans1, ...

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
        return np.asarray([f"kmeans{c}" for c in range(len(self.cluster_centers_))], dtype=object)

    def set_output(self, *, transform: str | None = None) -> KMeans:
        """Choose what `transform` returns.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"} or None, default None
            An array, or a frame of that kind; None changes nothing.

        Returns
        -------
        KMeans
            Itself.
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
            transformer_tags=utils.TransformerTags(preserves_dtype=["float64"]),
            input_tags=utils.InputTags(allow_nan=getattr(self, "missing", None) == "scale"),
        )

    def _facts(self) -> list[tuple[str, str]]:
        if not hasattr(self, "cluster_centers_"):
            return []
        known = hasattr(self, "labels_")
        sizes = np.bincount(self.labels_, minlength=len(self.cluster_centers_)) if known else self.sizes_
        state = "converged" if self.converged_ else "not converged"
        return [
            ("segments", str(len(sizes))),
            ("rows of each", ", ".join(str(size) for size in sizes)),
            ("inertia", f"{self.inertia_:.6g}"),
            ("iterations", f"{self.n_iter_} ({state})"),
        ]

    def _centers(self) -> NDArray[np.float64]:
        return np.require(self.cluster_centers_, np.float64, "A")

    def _read_init(self) -> str | NDArray[np.float64]:
        if isinstance(self.init, str):
            return self.init
        centers = np.require(np.asarray(self.init), np.float64, "A")
        if centers.ndim != 2:
            raise ShapeError(
                f"`init` must be an array of shape (n_clusters, n_features), got {centers.ndim} dimension(s)"
            )
        return centers

    def _read(self, X: Any) -> NDArray[np.float64]:
        """Rows to score, with the columns of the fit."""
        self._check_fitted()
        array, names = read_matrix(X, who="KMeans")
        self._check_names(names)
        if array.shape[1] != self.n_features_in_:
            raise ShapeError(
                f"X has {array.shape[1]} features, but KMeans is expecting {self.n_features_in_} features "
                "as input"
            )
        check_values(self, array, names)
        return array

    def _check_names(self, names: list[str] | None) -> None:
        fitted = list(self.feature_names_in_) if hasattr(self, "feature_names_in_") else None
        if names == fitted:
            return
        if fitted is None:
            message = "X has feature names, but KMeans was fitted without feature names"
            warnings.warn(message, UserWarning, stacklevel=4)
            return
        if names is None:
            message = "X does not have valid feature names, but KMeans was fitted with feature names"
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

    def _wrap(self, distances: NDArray[np.float64], X: Any) -> Any:
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


def _bullets(names: Sequence[str]) -> str:
    more = "- ...\n" if len(names) > _NAMES_SHOWN else ""
    return "".join(f"- {name}\n" for name in names[:_NAMES_SHOWN]) + more


def _read_weights(sample_weight: ArrayLike | None, rows: int) -> NDArray[np.float64] | None:
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
