"""The first centers of k-means alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._estimator import check_integer, check_threads, draw_seed
from karat._matrix import check_finite, read_matrix
from karat._nearest_centers import read_weights


def kmeans_plusplus(
    X: Any,
    n_clusters: int,
    *,
    sample_weight: ArrayLike | None = None,
    random_state: int | np.random.RandomState | np.random.Generator | None = None,
    n_local_trials: int | None = None,
    n_threads: int | None = None,
) -> tuple[NDArray[np.floating[Any]], NDArray[np.int64]]:
    """Choose first centers among the rows, by greedy k-means++.

    Each further center is drawn with a probability proportional to its weight times its squared distance to
    the nearest center so far; of several rows drawn the one is kept that lowers the sum of these most. What
    is drawn depends on `random_state` and on what the rows hold, not on their order nor on threads; a whole
    weight is the same as that many copies.

    Parameters
    ----------
    X : frame or array-like of shape (n_samples, n_features)
        Rows to choose among. Arrays of float32 or float64 in C or Fortran order are read in place.
    n_clusters : int
        Number of centers, at least 1.
    sample_weight : array-like of shape (n_samples,), optional
        How much each row counts, 0 or more.
    random_state : None, int, RandomState or Generator, default None
        An integer is the seed, 0 to 2**64 - 1; None takes fresh entropy; a generator is asked for a seed.
    n_local_trials : int, optional
        Rows drawn for each center; None for ``2 + log(n_clusters)``, rounded down. 1 is k-means++ as first
        published.
    n_threads : int or None, default None
        Threads, None for all. Never changes a result.

    Returns
    -------
    centers : ndarray of shape (n_clusters, n_features)
        The rows chosen, in the order in which they were, in the precision of `X`.
    indices : ndarray of shape (n_clusters,)
        Where they are: ``X[indices] == centers``.

    Raises
    ------
    ParameterError
        For a parameter out of its range.
    ShapeError
        For a table that is not two-dimensional or has no rows or columns, and weights that do not fit it.
    DataError
        For NaN, infinities, text, or fewer different rows than `n_clusters`.

    Notes
    -----
    Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding" (2007).

    Examples
    --------
    >>> import numpy as np
    >>> from karat import kmeans_plusplus
    >>> X = np.array([[1.0, 2.0], [1.0, 4.0], [90.0, 2.0], [90.0, 4.0]])
    >>> centers, indices = kmeans_plusplus(X, 2, random_state=0)
    >>> bool((X[indices] == centers).all())
    True
    >>> sorted(centers[:, 0].tolist())
    [1.0, 90.0]
    """
    if isinstance(X, np.ndarray) and X.dtype == np.float32 and X.ndim == 2 and X.size:
        rows: NDArray[Any] = np.require(X, None, "A")
    else:
        rows, names = read_matrix(X, who="kmeans_plusplus")
        check_finite(rows, names, "kmeans_plusplus")
    trials = None if n_local_trials is None else check_integer("n_local_trials", n_local_trials, 1, 2**16)
    centers, indices = _karat.draw_first_centers(
        rows,
        read_weights(sample_weight, len(rows)),
        check_integer("n_clusters", n_clusters, 1, 2**31 - 1),
        trials,
        draw_seed(random_state),
        check_threads(n_threads),
    )
    return centers.astype(rows.dtype, copy=False), indices
