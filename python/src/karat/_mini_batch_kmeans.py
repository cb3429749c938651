"""Mini-batch k-means as an estimator."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._batch_progress import progress_of
from karat._batches import BatchSource
from karat._errors import ShapeError
from karat._estimator import check_integer, check_number, check_threads, draw_seed
from karat._kmeans import KMeans, as_centers
from karat._kmeans_batches import BATCH
from karat._matrix import check_finite, read_matrix
from karat._nearest_centers import read_weights


class MiniBatchKMeans(KMeans):
    """Segments customers by k-means on small random batches: quicker and rougher than `KMeans`.

    Parameters, attributes and rules are scikit-learn's, but for the default number of segments. The result is
    the same to the bit for any number of threads and any order of the rows, and a weight of 2 is the same as
    the row twice: rows are drawn with a probability proportional to their weight, and equal rows count as one
    wherever rows are counted.

    Parameters
    ----------
    n_clusters : int, default 4
        Number of segments, 1 to 256.
    init : {"k-means++", "random"}, array-like, callable or KMeans, default "k-means++"
        How the first centers are found; or the first centers, of shape (n_clusters, n_features); or
        `init(X, n_clusters, random_state)`, which returns them.
    max_iter : int, default 100
        Most passes over as many rows as there are.
    batch_size : int, default 1024
        Rows of a batch.
    compute_labels : bool, default True
        Whether `labels_` and `inertia_` of all rows are computed at the end.
    random_state : None, int, RandomState or Generator, default None
        As in `KMeans`.
    tol : float, default 0.0
        Stops when the squared shift of the centers in a step is at most `tol` times the mean variance of the
        columns; 0 never stops for that.
    max_no_improvement : int or None, default 10
        Stops after that many steps without a lower smoothed inertia; None never.
    init_size : int or None, default None
        Rows drawn for first centers; None takes three batches.
    n_init : "auto" or int, default "auto"
        First centers tried, of which the best are kept; "auto" tries 1, and 3 for `init="random"` and a
        callable.
    verbose : int, default 0
        Above 0, the end of a fit is told on standard output.
    reassignment_ratio : float, default 0.01
        A center with a count below that share of the largest is put on a random row.
    n_threads : int or None, default None
        Threads, None for all. Never changes a result.

    Attributes
    ----------
    cluster_centers_ : ndarray of shape (n_clusters, n_features)
        Centers of the segments.
    labels_ : ndarray of shape (n_samples,)
        Segment of each row of the last `fit` or `partial_fit`, int32; only with `compute_labels`.
    inertia_ : float
        Sum over these rows of weight times squared distance to the nearest center; only with
        `compute_labels`.
    n_iter_ : int
        Passes over as many rows as there are, begun. After `fit` only.
    n_steps_ : int
        Batches seen.
    counts_ : ndarray of shape (n_clusters,)
        Weight of the rows that each center has had.
    n_features_in_ : int
        Number of columns that were fitted.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names; only after a fit on a frame whose columns have names.

    See Also
    --------
    KMeans : exact; `KMeans.fit_batches` for more rows than fit in memory.

    Notes
    -----
    Sculley, "Web-scale k-means clustering" (2010).

    Examples
    --------
    >>> import numpy as np
    >>> from karat import MiniBatchKMeans
    >>> X = np.array([[1.0, 2.0], [1.0, 4.0], [10.0, 2.0], [10.0, 4.0]])
    >>> found = MiniBatchKMeans(2, random_state=0).fit(X)
    >>> bool(found.labels_[0] == found.labels_[1] != found.labels_[2])
    True
    """

    n_steps_: int
    counts_: NDArray[np.float64]
    _starts_that_vary = 3

    def __init__(
        self,
        n_clusters: int = 4,
        *,
        init: str | ArrayLike | Callable[..., ArrayLike] | KMeans = "k-means++",
        max_iter: int = 100,
        batch_size: int = 1024,
        verbose: int = 0,
        compute_labels: bool = True,
        random_state: int | np.random.RandomState | np.random.Generator | None = None,
        tol: float = 0.0,
        max_no_improvement: int | None = 10,
        init_size: int | None = None,
        n_init: str | int = "auto",
        reassignment_ratio: float = 0.01,
        n_threads: int | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.verbose = verbose
        self.compute_labels = compute_labels
        self.random_state = random_state
        self.tol = tol
        self.max_no_improvement = max_no_improvement
        self.init_size = init_size
        self.n_init = n_init
        self.reassignment_ratio = reassignment_ratio
        self.n_threads = n_threads

    def fit(self, X: Any, y: object = None, sample_weight: ArrayLike | None = None) -> MiniBatchKMeans:
        """Find the centers by steps on random batches.

        Parameters
        ----------
        X : frame or array-like of shape (n_samples, n_features)
            Rows to segment.
        y : None
            Ignored.
        sample_weight : array-like of shape (n_samples,), optional
            How much each row counts, 0 or more.

        Returns
        -------
        MiniBatchKMeans
            Itself, fitted.

        Raises
        ------
        ParameterError, ShapeError, DataError
            As `KMeans.fit`.
        """
        array, names = read_matrix(X, who="MiniBatchKMeans")
        check_finite(array, names, "MiniBatchKMeans")
        seed = draw_seed(self.random_state)
        weights = read_weights(sample_weight, len(array))
        found = _karat.fit_mini_batch(array, weights, self._parameters(seed, array, weights))
        self._forget()
        self._seed = seed
        self._take(found, array, names)
        self.n_iter_ = found["n_iter"]
        self.converged_ = found["converged"]
        if self.compute_labels:
            self.labels_ = found["labels"]
            self.inertia_ = found["inertia"]
        self._narrate()
        return self

    def partial_fit(
        self, X: Any, y: object = None, sample_weight: ArrayLike | None = None
    ) -> MiniBatchKMeans:
        """Take one step on a batch; the first one also finds first centers.

        Parameters
        ----------
        X : frame or array-like of shape (n_samples, n_features)
            The batch.
        y : None
            Ignored.
        sample_weight : array-like of shape (n_samples,), optional
            How much each row counts.

        Returns
        -------
        MiniBatchKMeans
            Itself.

        Raises
        ------
        ParameterError, ShapeError, DataError
            As `fit`; a first batch needs `n_clusters` different rows.
        """
        begun = hasattr(self, "cluster_centers_")
        if begun:
            array = self._read_array(X)
            names = list(self.feature_names_in_) if hasattr(self, "feature_names_in_") else None
        else:
            array, names = read_matrix(X, who="MiniBatchKMeans")
            check_finite(array, names, "MiniBatchKMeans")
            self._seed = draw_seed(self.random_state)
        weights = read_weights(sample_weight, len(array))
        state = None
        if begun:
            state = (self._centers(), self.counts_.tolist(), self.n_steps_, self._since)
        found = _karat.step_mini_batch(
            array, weights, self._parameters(self._seed, array, weights, begun), state
        )
        self._take(found, array, names)
        if self.compute_labels:
            threads = check_threads(self.n_threads)
            self.labels_ = _karat.nearest_segments(array, self._centers(), threads)
            self.inertia_ = _karat.segment_inertia(array, weights, self._centers(), threads)
        return self

    def fit_batches(
        self,
        source: Any,
        *,
        columns: Sequence[str] | None = None,
        weight: str | None = None,
        sample: int = 100_000,
        batch_size: int = BATCH,
        progress: bool | Callable[..., object] | None = None,
    ) -> MiniBatchKMeans:
        """Take one step on each batch of a source, which is read once.

        Parameters
        ----------
        source : object
            As `KMeans.fit_batches` takes it.
        columns : sequence of str, optional
            Columns to segment by; all but `weight` by default.
        weight : str, optional
            Column of sample weights.
        sample : int
            Not used: first centers are found on the first batch.
        batch_size : int, default 65_536
            Rows read at a time, where the source leaves that open. A batch is a step, so that this changes
            the result.
        progress : None, bool or callable, optional
            As `KMeans.fit_batches` takes it.

        Returns
        -------
        MiniBatchKMeans
            Itself; `labels_` and `inertia_` are not computed.
        """
        size = check_integer("batch_size", batch_size, 1, 2**31 - 1)
        reader = BatchSource(source, columns=columns, weight=weight, batch_size=size, who="MiniBatchKMeans")
        told, done = progress_of(progress, 1)
        self._forget()
        self._seed = draw_seed(self.random_state)
        state: tuple[NDArray[np.float64], list[float], int, int] | None = None
        seen = 0
        try:
            for batch, weights in reader.batches():
                if not len(batch):
                    continue
                array = np.asarray(batch, dtype=np.float64)
                check_finite(array, reader.names, "MiniBatchKMeans")
                parameters = self._parameters(self._seed, array, weights, state is not None)
                found = _karat.step_mini_batch(array, weights, parameters, state)
                self._take(found, array, reader.names)
                state = (self._centers(), self.counts_.tolist(), self.n_steps_, self._since)
                seen += len(array)
                if told is not None:
                    told("mini-batches", self.n_steps_, seen, None, None)
        finally:
            done()
        if state is None:
            raise ShapeError("the source has no rows; give at least one batch with a row")
        return self

    def _parameters(
        self, seed: int, array: NDArray[Any], weights: NDArray[np.float64] | None, begun: bool = False
    ) -> dict[str, Any]:
        if not begun:
            self._n_init = self._count_starts()
        most = 2**31 - 1
        stop, size = self.max_no_improvement, self.init_size
        if size is not None and check_integer("init_size", size, 1, most) < self.n_clusters:
            warnings.warn(
                f"init_size={size} should be larger than n_clusters={self.n_clusters}; "
                f"{3 * self.n_clusters} rows are drawn",
                RuntimeWarning,
                stacklevel=3,
            )
        clusters = check_integer("n_clusters", self.n_clusters, 1, 256)
        drawn = 3 * check_integer("batch_size", self.batch_size, 1, most) if size is None else size
        self._init_size = min(drawn if drawn >= clusters else 3 * clusters, len(array))
        return {
            "n_clusters": clusters,
            "init": "random" if begun else self._find_init(seed, array, weights),
            "batch_size": check_integer("batch_size", self.batch_size, 1, most),
            "max_iter": check_integer("max_iter", self.max_iter, 1, most),
            "tol": check_number("tol", self.tol, 0.0, float("inf")),
            "max_no_improvement": stop
            if stop is None
            else check_integer("max_no_improvement", stop, 0, most),
            "init_size": size,
            "n_init": self._n_init,
            "reassignment_ratio": check_number("reassignment_ratio", self.reassignment_ratio, 0.0, 1e300),
            "seed": seed,
            "n_threads": check_threads(self.n_threads),
        }

    def _find_init(
        self, seed: int, array: NDArray[Any], weights: NDArray[np.float64] | None
    ) -> str | NDArray[np.float64]:
        """Return what `init` says; of several calls of a callable the centers of least inertia."""
        if not callable(self.init):
            return self._read_init()
        random = np.random.RandomState(seed % 2**32)
        rows = random.choice(len(array), self._init_size, replace=False)
        sample, of_sample = array[rows], None if weights is None else weights[rows]
        found = [
            as_centers(self.init(array, self.n_clusters, random_state=random)) for _ in range(self._n_init)
        ]
        if len(found) == 1:
            return found[0]
        threads = check_threads(self.n_threads)
        return min(found, key=lambda centers: _karat.segment_inertia(sample, of_sample, centers, threads))

    def _narrate(self) -> None:
        if not check_integer("verbose", int(self.verbose), 0, 2**31 - 1):
            return
        if not self.converged_:
            print(f"Not converged after {self.n_steps_} steps.")
        elif self.max_no_improvement is not None and self._since >= self.max_no_improvement:
            print(f"Converged (lack of improvement in inertia) at step {self.n_steps_}.")
        else:
            print(f"Converged (small centers change) at step {self.n_steps_}.")

    def _forget(self) -> None:
        for name in [name for name in vars(self) if name.endswith("_") and not name.startswith("_")]:
            delattr(self, name)

    def _take(self, found: Any, array: NDArray[Any], names: list[str] | None) -> None:
        self.cluster_centers_ = found["centers"]
        self.counts_ = found["counts"]
        self.n_steps_ = found["n_steps"]
        self._since = found["since"]
        self.n_features_in_ = array.shape[1]
        if names is not None:
            self.feature_names_in_ = np.asarray(names, dtype=object)

    def _facts(self) -> list[tuple[str, str]]:
        if not hasattr(self, "cluster_centers_"):
            return []
        facts = [("segments", str(len(self.cluster_centers_))), ("batches", str(self.n_steps_))]
        if hasattr(self, "labels_"):
            sizes = np.bincount(self.labels_, minlength=len(self.cluster_centers_))
            facts.append(("rows of each", ", ".join(str(size) for size in sizes)))
            facts.append(("inertia", f"{self.inertia_:.6g}"))
        return facts
