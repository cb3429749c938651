"""k-means as an estimator."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._errors import DataError, ParameterError, ShapeError
from karat._estimator import (
    ConvergenceWarning,
    check_integer,
    check_number,
    check_threads,
    draw_random_state,
    draw_seed,
)
from karat._kmeans_batches import BatchFit
from karat._kmeans_options import check_values, read_sizes, takes_gaps
from karat._kmeans_report import Narrator
from karat._matrix import read_rows
from karat._nearest_centers import NearestCenters, read_weights


class KMeans(BatchFit, NearestCenters):
    """Segments customers around centers: k-means by Lloyd's iterations.

    The result is the same to the bit for any number of threads and any order of the rows, and equals that
    of the Rust crate for the same seed. `labels_` and `predict` come from the frozen step that scores
    customers in every language. Parameters, attributes and methods are those of scikit-learn's class, to
    which the notes compare it. Missing values, infinities and sparse matrices are refused.

    Parameters
    ----------
    n_clusters : int, default 4
        Number of segments, 1 to 256.
    init : {"k-means++", "k-means||", "random"}, array-like, callable or KMeans, default "k-means++"
        How the first centers are found: greedy k-means++; k-means||, which draws many rows in each of five
        rounds and chooses among them; rows at random; these centers, of shape (n_clusters, n_features); those
        that `init(X, n_clusters, random_state)` returns, which is called for each start with an array and a
        numpy RandomState; or those of a fitted KMeans.
    n_init : int or "auto", default "auto"
        Starts, of which the one of lowest inertia is kept; given centers start once. "auto" is 10 for
        "random" and a callable, else 1.
    max_iter : int, default 300
        Most iterations of one start.
    tol : float, default 1e-4
        A start has converged when no label changes, or when the squared shift of the centers is at most
        `tol` times the mean variance of the columns.
    verbose : int, default 0
        Whether each iteration prints a line.
    random_state : None, int, RandomState or Generator, default None
        An integer is the seed, 0 to 2**64 - 1; None takes fresh entropy; a generator is asked for a seed.
    copy_x : bool, default True
        Accepted for scikit-learn: `X` is never changed, and not copied where it need not be.
    algorithm : {"lloyd", "elkan"}, default "lloyd"
        Accepted for scikit-learn: both name the same computation here, which skips distances by itself where
        that pays. Never changes a result.
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

    Against `sklearn.cluster.KMeans`: `n_clusters` is 4 by default, not 8; fewer different rows than
    `n_clusters` are an error, where scikit-learn warns and returns empty clusters; `cluster_centers_` are
    float64 even of float32 rows, since the centers are the model and float32 rows mean the same numbers in
    double precision (`transform` keeps float32); sparse matrices are refused; results do not depend on
    threads, batches or the order of the rows; and random numbers are karat's own, so that equal seeds give
    other starts.

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

    inertia_: float
    n_iter_: int
    converged_: bool
    history_: NDArray[np.float64]
    restart_inertias_: NDArray[np.float64]

    # For tests and benchmarks; neither changes a result.
    _instructions: str | None = None
    _method: str | None = None
    #: Starts of `n_init="auto"` where the first centers differ from start to start.
    _starts_that_vary = 10

    def __init__(
        self,
        n_clusters: int = 4,
        *,
        init: str | ArrayLike | Callable[..., ArrayLike] | KMeans = "k-means++",
        n_init: int | str = "auto",
        max_iter: int = 300,
        tol: float = 1e-4,
        verbose: int = 0,
        random_state: int | np.random.RandomState | np.random.Generator | None = None,
        copy_x: bool = True,
        algorithm: str = "lloyd",
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
        self.verbose = verbose
        self.random_state = random_state
        self.copy_x = copy_x
        self.algorithm = algorithm
        self.n_threads = n_threads
        self.missing = missing
        self.min_size = min_size
        self.max_size = max_size

    def fit(self, X: Any, y: object = None, sample_weight: ArrayLike | None = None) -> KMeans:
        """Find the centers.

        Parameters
        ----------
        X : frame or array-like of shape (n_samples, n_features)
            Rows to segment: a pandas, polars or pyarrow table, a dict of columns, or an array. An array of
            float32 is read in place; the result is that of the same numbers in float64, to the bit.
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
        RuntimeWarning
            When more than one start is asked for from given centers.
        """
        array, names = _read_table(X, self)
        self._options = takes_gaps(self), read_sizes(self, len(array)), self._instructions, self._method
        self._check_choices()
        weights = read_weights(sample_weight, len(array))
        self._n_init = self._count_starts()
        verbose = int(self.verbose) if isinstance(self.verbose, (bool, np.bool_)) else self.verbose
        narrator = Narrator() if check_integer("verbose", verbose, 0, 2**31 - 1) else None
        try:
            if callable(self.init):
                found = self._fit_from_callable(array, weights, narrator)
            else:
                seed = draw_seed(self.random_state)
                found = self._fit_once(array, weights, self._read_init(), self._n_init, seed, narrator)
        except DataError:
            # The core sees the values in a pass it makes anyway; here they get the names of their columns.
            check_values(self, array, names)
            raise
        if narrator is not None:
            narrator.finish(found)
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

    def _fit_once(
        self,
        array: NDArray[np.float64] | NDArray[np.float32],
        weights: NDArray[np.float64] | None,
        init: str | NDArray[np.float64],
        starts: int,
        seed: int,
        progress: Callable[..., object] | None,
    ) -> Any:
        return _karat.fit_k_means(
            array,
            weights,
            check_integer("n_clusters", self.n_clusters, 1, 256),
            init,
            starts,
            check_integer("max_iter", self.max_iter, 1, 2**31 - 1),
            check_number("tol", self.tol, 0.0, float("inf")),
            seed,
            check_threads(self.n_threads),
            progress,
            *self._options,
        )

    def _fit_from_callable(
        self,
        array: NDArray[np.float64] | NDArray[np.float32],
        weights: NDArray[np.float64] | None,
        narrator: Narrator | None,
    ) -> Any:
        """One fit for each call of `init`; the first of those of lowest inertia, with the inertias of all."""
        clusters = check_integer("n_clusters", self.n_clusters, 1, 256)
        random = draw_random_state(self.random_state)
        best, inertias = None, []
        for _ in range(self._n_init):
            centers = as_centers(self.init(array, clusters, random_state=random))
            if narrator is not None:
                narrator.next_start()
            found = self._fit_once(array, weights, centers, 1, 0, narrator)
            inertias.append(found["inertia"])
            if best is None or found["inertia"] < best["inertia"]:
                best = found
        return {**best, "restart_inertias": np.array(inertias)}  # type: ignore[dict-item]

    def _count_starts(self) -> int:
        """Return what `n_init` means for `init`."""
        given = not isinstance(self.init, str) and not callable(self.init)
        if isinstance(self.n_init, str):
            if self.n_init != "auto":
                raise ParameterError(f'`n_init` must be an integer >= 1 or "auto", got {self.n_init!r}')
            varies = callable(self.init) or (isinstance(self.init, str) and self.init == "random")
            return self._starts_that_vary if varies else 1
        starts = check_integer("n_init", self.n_init, 1, 2**31 - 1)
        if given and starts > 1:
            message = (
                "Explicit initial center position passed: performing only one init in "
                f"{type(self).__name__} instead of n_init={starts}"
            )
            warnings.warn(message, RuntimeWarning, stacklevel=3)
        return 1 if given else starts

    def _check_choices(self) -> None:
        if self.algorithm not in ("lloyd", "elkan"):
            raise ParameterError(f'`algorithm` must be "lloyd" or "elkan", got {self.algorithm!r}')
        if not isinstance(self.copy_x, (bool, np.bool_)):
            raise ParameterError(f"`copy_x` must be True or False, got {self.copy_x!r}")

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

    def _read_init(self) -> str | NDArray[np.float64]:
        if isinstance(self.init, str):
            return self.init
        if isinstance(self.init, KMeans):
            self.init._check_fitted()
            return as_centers(self.init.cluster_centers_)
        return as_centers(self.init)


def as_centers(init: Any) -> NDArray[np.float64]:
    centers = np.require(np.asarray(init), np.float64, "A")
    if centers.ndim != 2:
        raise ShapeError(
            f"`init` must be an array of shape (n_clusters, n_features), got {centers.ndim} dimension(s)"
        )
    return centers


def _read_table(
    X: Any, estimator: KMeans
) -> tuple[NDArray[np.float64] | NDArray[np.float32], list[str] | None]:
    """Rows to fit, arrays in place and in their precision; in double precision where some may be missing."""
    rows, names = read_rows(X, who="KMeans")
    if isinstance(rows, list):
        table = np.empty((len(rows[0]), len(rows)), np.result_type(*rows), order="F")
        for column, values in enumerate(rows):
            table[:, column] = values
        rows = table
    if takes_gaps(estimator):
        rows = np.require(rows, np.float64, "A")
        check_values(estimator, rows, names)
    return rows, names
