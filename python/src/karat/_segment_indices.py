"""Indices of one segmentation, and the two that compare numbers of segments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._errors import ParameterError
from karat._estimator import check_integer, check_threads, draw_seed
from karat._frame import to_frame
from karat._segment_input import read_labels, read_rows


class Silhouette:
    """How much nearer rows are to their own segment than to the next one.

    Attributes
    ----------
    mean : float
        Mean width of the rows looked at, -1 to 1.
    standard_error : float
        Its standard error as an estimate for all rows; 0 when all were looked at.
    rows : ndarray
        Positions of the rows looked at.
    widths : ndarray
        Width of each of them.
    by_segment : dict of int to float
        Mean width of each segment; NaN where none of its rows was looked at.
    """

    def __init__(self, found: dict[str, Any]) -> None:
        self.mean: float = found["mean"]
        self.standard_error: float = found["standard_error"]
        self.rows: NDArray[np.int64] = found["rows"]
        self.widths: NDArray[np.float64] = found["widths"]
        self.by_segment: dict[int, float] = dict(
            zip(found["segments"], found["segment_means"].tolist(), strict=True)
        )

    def to_frame(self, like: Any = "pandas") -> Any:
        """Build a frame with the mean width of each segment."""
        segments = np.array(list(self.by_segment), dtype=np.int64)
        return to_frame({"segment": segments, "silhouette": np.array(list(self.by_segment.values()))}, like)

    def __float__(self) -> float:
        return self.mean

    def __repr__(self) -> str:
        error = f" ± {self.standard_error:.4f}" if self.standard_error else ""
        shown = ", ".join(f"{segment}: {mean:.3f}" for segment, mean in self.by_segment.items())
        return f"<Silhouette {self.mean:.4f}{error} of {len(self.rows)} rows; {shown}>"

    def _repr_html_(self) -> str:
        from karat._score import html_table

        rows = [[segment, f"{mean:.4f}"] for segment, mean in self.by_segment.items()]
        error = f" ± {self.standard_error:.4f}" if self.standard_error else ""
        table = html_table(["segment", "silhouette"], rows)
        return f"<div><p>silhouette {self.mean:.4f}{error}</p>{table}</div>"


def silhouette(
    X: Any,
    labels: ArrayLike,
    *,
    sample: int | None = None,
    references: int | None = None,
    random_state: Any = 0,
    n_threads: int | None = None,
) -> Silhouette:
    """Silhouette of all rows, or an estimate from a sample with its standard error.

    Parameters
    ----------
    X : frame or array-like of shape (n_samples, n_features)
        Rows.
    labels : array-like of shape (n_samples,)
        Segment of each row.
    sample : int, optional
        Rows whose widths are averaged; all by default, which takes time proportional to n squared.
    references : int, optional
        Rows that stand for the segments when there is a sample; ten times the sample by default.
    random_state : None, int, RandomState or Generator, default 0
        Draws the sample.
    n_threads : int or None, default None
        Threads, None for all. Never changes a result.

    Returns
    -------
    Silhouette
        Mean, standard error, and the width of each row.

    Notes
    -----
    Rousseeuw (1987). All rows: the value of `sklearn.metrics.silhouette_score`, by exact differences.

    Examples
    --------
    >>> from karat.segments import silhouette
    >>> silhouette([[0.0], [1.0], [10.0], [11.0]], [0, 0, 1, 1])
    <Silhouette 0.8997 of 4 rows; 0: 0.900, 1: 0.900>
    """
    rows = read_rows(X, "silhouette")
    sizes = None
    if sample is not None:
        size = check_integer("sample", sample, 2, 2**40)
        sizes = (size, 10 * size if references is None else check_integer("references", references, 2, 2**40))
    found = _karat.silhouette(
        rows, read_labels(labels), sizes, draw_seed(random_state), check_threads(n_threads)
    )
    return Silhouette(found)


def simplified_silhouette(
    X: Any, labels: ArrayLike, centers: ArrayLike, *, n_threads: int | None = None
) -> Silhouette:
    """Silhouette with distances to centers in place of distances to rows: one pass.

    Parameters
    ----------
    X : frame or array-like of shape (n_samples, n_features)
        Rows.
    labels : array-like of shape (n_samples,)
        Segment of each row, a row of `centers`.
    centers : array-like of shape (n_clusters, n_features)
        Centers.
    n_threads : int or None, default None
        Threads, None for all.

    Notes
    -----
    Hruschka, Campello and de Castro (2006).

    Examples
    --------
    >>> from karat.segments import simplified_silhouette
    >>> simplified_silhouette([[0.0], [1.0], [11.0]], [0, 0, 1], [[1.0], [11.0]]).widths.round(4).tolist()
    [0.9091, 1.0, 1.0]
    """
    rows = read_rows(X, "simplified_silhouette")
    places = np.ascontiguousarray(np.asarray(centers, dtype=np.float64))
    if places.ndim != 2:
        raise ParameterError(f"`centers` must be one row for each segment, got {places.ndim} dimension(s)")
    found = _karat.simplified_silhouette(rows, read_labels(labels), places, check_threads(n_threads))
    return Silhouette(found)


def calinski_harabasz(X: Any, labels: ArrayLike, *, n_threads: int | None = None) -> float:
    """Dispersion between segments over dispersion within; higher is better.

    Parameters
    ----------
    X : frame or array-like of shape (n_samples, n_features)
        Rows.
    labels : array-like of shape (n_samples,)
        Segment of each row.
    n_threads : int or None, default None
        Threads, None for all.

    Notes
    -----
    Calinski and Harabasz (1974); the value of `sklearn.metrics.calinski_harabasz_score`.

    Examples
    --------
    >>> from karat.segments import calinski_harabasz
    >>> calinski_harabasz([[0.0], [2.0], [10.0], [12.0]], [0, 0, 1, 1])
    50.0
    """
    rows = read_rows(X, "calinski_harabasz")
    return _karat.calinski_harabasz(rows, read_labels(labels), check_threads(n_threads))


def davies_bouldin(X: Any, labels: ArrayLike, *, n_threads: int | None = None) -> float:
    """Mean over the segments of their worst spread over distance; lower is better.

    Parameters
    ----------
    X : frame or array-like of shape (n_samples, n_features)
        Rows.
    labels : array-like of shape (n_samples,)
        Segment of each row.
    n_threads : int or None, default None
        Threads, None for all.

    Notes
    -----
    Davies and Bouldin (1979); the value of `sklearn.metrics.davies_bouldin_score`.

    Examples
    --------
    >>> from karat.segments import davies_bouldin
    >>> davies_bouldin([[0.0], [2.0], [10.0], [12.0]], [0, 0, 1, 1])
    0.2
    """
    rows = read_rows(X, "davies_bouldin")
    return _karat.davies_bouldin(rows, read_labels(labels), check_threads(n_threads))


def elbow(k: Sequence[float], inertia: Sequence[float]) -> float | None:
    """Where a falling curve bends most: furthest below the line from its first to its last point.

    Parameters
    ----------
    k : sequence of float
        Places, ascending.
    inertia : sequence of float
        Values that fall.

    Returns
    -------
    float or None
        One of `k`; None when no point lies below the line.

    Notes
    -----
    Kneedle of Satopaa, Albrecht, Irwin and Raghavan (2011) for a curve that is known in full.

    Examples
    --------
    >>> from karat.segments import elbow
    >>> elbow([1, 2, 3, 4, 5], [100.0, 40.0, 15.0, 12.0, 10.0])
    3
    """
    at = _karat.elbow([float(place) for place in k], [float(value) for value in inertia])
    return None if at is None else k[at]


class Gap:
    """The gap statistic over numbers of segments.

    Attributes
    ----------
    k : ndarray
        Numbers of segments.
    gap : ndarray
        How far the logarithm of the inertia lies below that of a base without segments.
    error : ndarray
        Standard deviation over the references times sqrt(1 + 1 / references).
    log_inertia, expected : ndarray
        What the gap is the difference of.
    recommended_k : int
        The smallest k whose gap is at least the next gap less its error; 1 says no segments.
    """

    def __init__(self, found: dict[str, Any]) -> None:
        self.k: NDArray[np.int64] = found["k"]
        self.gap: NDArray[np.float64] = found["gap"]
        self.error: NDArray[np.float64] = found["error"]
        self.log_inertia: NDArray[np.float64] = found["log_inertia"]
        self.expected: NDArray[np.float64] = found["expected"]
        self.recommended_k: int = found["recommended_k"]

    def to_frame(self, like: Any = "pandas") -> Any:
        """Build a frame: one row for each k."""
        keys = ("k", "gap", "error", "log_inertia", "expected")
        return to_frame({key: getattr(self, key) for key in keys}, like)

    def __repr__(self) -> str:
        pairs = zip(self.k, self.gap, self.error, strict=True)
        shown = ", ".join(f"{k}: {gap:.3f} ± {error:.3f}" for k, gap, error in pairs)
        return f"<Gap recommends {self.recommended_k}; {shown}>"

    def _repr_html_(self) -> str:
        from karat._score import html_table

        rows = [
            [k, f"{gap:.4f}", f"{error:.4f}"]
            for k, gap, error in zip(self.k, self.gap, self.error, strict=True)
        ]
        table = html_table(["k", "gap", "error"], rows)
        return f"<div><p>the gap statistic recommends {self.recommended_k}</p>{table}</div>"


def gap_statistic(
    X: Any,
    k: Sequence[int] | range = range(1, 11),
    *,
    references: int = 10,
    reference: str = "box",
    n_init: int = 2,
    random_state: Any = 0,
    n_threads: int | None = None,
) -> Gap:
    """Compare the inertia with that of tables without segments.

    Parameters
    ----------
    X : frame or array-like of shape (n_samples, n_features)
        Rows.
    k : sequence of int, default range(1, 11)
        Numbers of segments, ascending.
    references : int, default 10
        Reference tables, each as large as `X`.
    reference : {"box", "principal_components"}, default "box"
        Uniform over the ranges of the columns, or of the principal components.
    n_init : int, default 2
        Starts of every k-means.
    random_state : None, int, RandomState or Generator, default 0
        Draws the tables and starts.
    n_threads : int or None, default None
        Threads, None for all. Never changes a result.

    Notes
    -----
    Tibshirani, Walther and Hastie (2001), with their rule of one standard error.

    Examples
    --------
    >>> import numpy as np
    >>> from karat.segments import gap_statistic
    >>> X = np.random.default_rng(0).normal(size=(300, 2)) + np.repeat([[0, 0], [9, 0], [0, 9]], 100, axis=0)
    >>> gap_statistic(X, range(1, 6)).recommended_k
    3
    """
    rows = read_rows(X, "gap_statistic")
    ks = [check_integer("k", int(one), 1, 256) for one in k]
    found = _karat.gap_statistic(
        rows,
        ks,
        check_integer("references", references, 1, 10_000),
        reference,
        check_integer("n_init", n_init, 1, 2**31 - 1),
        draw_seed(random_state),
        check_threads(n_threads),
    )
    return Gap(found)
