"""Agreement between segmentations, and whether segments are found again."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._estimator import check_integer, check_threads, draw_seed
from karat._frame import to_frame
from karat._segment_input import read_labels, read_rows


class Agreement:
    """How two segmentations of the same rows overlap.

    Attributes
    ----------
    adjusted_rand : float
        Rand index adjusted for chance: 1 for the same segments, 0 on average for chance.
    normalised_mutual_information : float
        Mutual information over the mean of both entropies.
    jaccard : dict of int to float
        For each segment of the first the largest Jaccard similarity with one of the second.
    before, after : list of int
        Labels that occur.
    counts : ndarray of shape (n_before, n_after)
        Rows of each pair.
    """

    def __init__(self, found: dict[str, Any]) -> None:
        self.adjusted_rand: float = found["adjusted_rand"]
        self.normalised_mutual_information: float = found["normalised_mutual_information"]
        self.before: list[int] = found["before"]
        self.after: list[int] = found["after"]
        self.jaccard: dict[int, float] = dict(zip(self.before, found["jaccard"], strict=True))
        self.counts: NDArray[np.int64] = found["counts"]

    def to_frame(self, like: Any = "pandas") -> Any:
        """Build a frame of the counts: one row for each segment before, one column for each after."""
        return _counts_frame(self.before, self.after, self.counts, like)

    def __repr__(self) -> str:
        return (
            f"<Agreement: adjusted Rand {self.adjusted_rand:.4f}, normalised mutual information "
            f"{self.normalised_mutual_information:.4f}>"
        )

    def _repr_html_(self) -> str:
        return f"<div><p>adjusted Rand {self.adjusted_rand:.4f}</p>{_counts_html(self)}</div>"


def _counts_frame(before: list[int], after: list[int], counts: NDArray[np.int64], like: Any) -> Any:
    columns: dict[str, Any] = {"before": np.array(before, dtype=np.int64)}
    columns.update({f"after_{label}": counts[:, j] for j, label in enumerate(after)})
    return to_frame(columns, like)


def _counts_html(found: Agreement | Alignment) -> str:
    from karat._score import html_table

    before, after = found.before, found.after
    rows = [[label, *row] for label, row in zip(before, found.counts.tolist(), strict=True)]
    return html_table(["before", *(f"after {label}" for label in after)], rows)


def agreement(before: ArrayLike, after: ArrayLike) -> Agreement:
    """Compare two segmentations of the same rows.

    Parameters
    ----------
    before, after : array-like of shape (n_samples,)
        Segment of each row.

    Examples
    --------
    >>> from karat.segments import agreement
    >>> agreement([0, 0, 1, 1], [1, 1, 0, 2]).jaccard
    {0: 1.0, 1: 0.5}
    """
    return Agreement(_karat.segment_agreement(read_labels(before, "before"), read_labels(after, "after")))


def adjusted_rand(before: ArrayLike, after: ArrayLike) -> float:
    """Rand index adjusted for chance (Hubert and Arabie, 1985).

    Parameters
    ----------
    before, after : array-like of shape (n_samples,)
        Segment of each row.

    Examples
    --------
    >>> from karat.segments import adjusted_rand
    >>> adjusted_rand([0, 0, 1, 1], [1, 1, 0, 0])
    1.0
    """
    return agreement(before, after).adjusted_rand


def normalised_mutual_information(before: ArrayLike, after: ArrayLike) -> float:
    """Mutual information over the mean of both entropies.

    Parameters
    ----------
    before, after : array-like of shape (n_samples,)
        Segment of each row.

    Examples
    --------
    >>> from karat.segments import normalised_mutual_information
    >>> normalised_mutual_information([0, 0, 1, 1], [0, 1, 0, 1])
    0.0
    """
    return agreement(before, after).normalised_mutual_information


class Alignment:
    """A segmentation with the numbers of an older one.

    Attributes
    ----------
    labels : ndarray of shape (n_samples,)
        The newer labels with the older numbers.
    renamed : dict of int to int
        New number of each label.
    kept : float
        Share of rows in the same segment as before.
    ended, begun : list of int
        Segments that nothing continues, and numbers of those that continue none.
    adjusted_rand : float
        Agreement of both.
    before, after : list of int
        Numbers of the migration table, both the same.
    counts : ndarray
        Migration: rows from each number before to each number after.
    """

    def __init__(self, found: dict[str, Any]) -> None:
        self.labels: NDArray[np.int32] = found["labels"]
        self.renamed: dict[int, int] = dict(found["renamed"])
        self.kept: float = found["kept"]
        self.ended: list[int] = found["ended"]
        self.begun: list[int] = found["begun"]
        self.adjusted_rand: float = found["adjusted_rand"]
        self.before: list[int] = found["numbers"]
        self.after: list[int] = found["numbers"]
        self.counts: NDArray[np.int64] = found["migration"]

    def order(self) -> list[int]:
        """Return for each aligned number, ascending, the newer label that bears it: reorders centers."""
        return [label for label, _ in sorted(self.renamed.items(), key=lambda pair: pair[1])]

    def to_frame(self, like: Any = "pandas") -> Any:
        """Build the migration table: one row for each number before, one column for each after."""
        return _counts_frame(self.before, self.after, self.counts, like)

    def __repr__(self) -> str:
        return f"<Alignment: {100 * self.kept:.1f} % kept, ended {self.ended}, begun {self.begun}>"

    def _repr_html_(self) -> str:
        return f"<div><p>{100 * self.kept:.1f} % of the rows kept</p>{_counts_html(self)}</div>"


def align(before: ArrayLike, after: ArrayLike) -> Alignment:
    """Give the segments of a refit the numbers of those they continue.

    Parameters
    ----------
    before : array-like of shape (n_samples,)
        Segments as they were.
    after : array-like of shape (n_samples,)
        Segments of the refit, of the same rows.

    Returns
    -------
    Alignment
        New labels and the migration table.

    Notes
    -----
    Segments are matched one to one so that as many rows as possible keep their number, exactly (Kuhn, 1955;
    Munkres, 1957). A number whose segment ended is not given away.

    Examples
    --------
    >>> from karat.segments import align
    >>> moved = align([0, 0, 1, 1, 2], [2, 2, 0, 0, 1])
    >>> moved.labels.tolist(), moved.renamed
    ([0, 0, 1, 1, 2], {0: 1, 1: 2, 2: 0})
    """
    return Alignment(_karat.align_segments(read_labels(before, "before"), read_labels(after, "after")))


class Stability:
    """What refits on resampled rows found.

    Attributes
    ----------
    jaccard : dict of int to float
        Mean similarity of each segment with the most similar one of each refit. After Hennig, 0.75 or more is
        stable, and below 0.6 a segment should not be trusted.
    dissolved : dict of int to int
        Refits in which its similarity was 0.5 or less.
    adjusted_rand : ndarray
        Agreement of each refit with the segmentation.
    mean, standard_error : float
        Mean of these, and its error.
    """

    def __init__(self, found: dict[str, Any]) -> None:
        segments = found["segments"]
        self.jaccard: dict[int, float] = dict(zip(segments, found["jaccard"].tolist(), strict=True))
        self.dissolved: dict[int, int] = dict(zip(segments, found["dissolved"], strict=True))
        self.adjusted_rand: NDArray[np.float64] = found["adjusted_rand"]
        self.mean: float = found["mean"]
        self.standard_error: float = found["error"]

    def to_frame(self, like: Any = "pandas") -> Any:
        """Build a frame: one row for each segment."""
        columns = {
            "segment": np.array(list(self.jaccard), dtype=np.int64),
            "jaccard": np.array(list(self.jaccard.values())),
            "dissolved": np.array(list(self.dissolved.values()), dtype=np.int64),
        }
        return to_frame(columns, like)

    def __repr__(self) -> str:
        shown = ", ".join(f"{segment}: {value:.3f}" for segment, value in self.jaccard.items())
        return f"<Stability: adjusted Rand {self.mean:.3f}; Jaccard {shown}>"

    def _repr_html_(self) -> str:
        from karat._score import html_table

        rows = [[segment, f"{value:.4f}", self.dissolved[segment]] for segment, value in self.jaccard.items()]
        return f"<div>{html_table(['segment', 'Jaccard', 'dissolved'], rows)}</div>"


def stability(
    X: Any,
    labels: ArrayLike,
    *,
    resamples: int = 50,
    n_init: int = 2,
    random_state: Any = 0,
    n_threads: int | None = None,
) -> Stability:
    """Refit k-means on bootstrap samples and see whether each segment is found again.

    Parameters
    ----------
    X : frame or array-like of shape (n_samples, n_features)
        Rows.
    labels : array-like of shape (n_samples,)
        Segment of each row; refits make as many segments as occur.
    resamples : int, default 50
        Bootstrap samples.
    n_init : int, default 2
        Starts of every refit.
    random_state : None, int, RandomState or Generator, default 0
        Draws samples and starts.
    n_threads : int or None, default None
        Threads, None for all. Never changes a result.

    Notes
    -----
    Hennig, "Cluster-wise assessment of cluster stability" (2007).

    Examples
    --------
    >>> import numpy as np
    >>> from karat.segments import stability
    >>> X = np.random.default_rng(0).normal(size=(200, 2)) + np.repeat([[0, 0], [9, 0]], 100, axis=0)
    >>> stability(X, np.repeat([0, 1], 100), resamples=10)
    <Stability: adjusted Rand 1.000; Jaccard 0: 1.000, 1: 1.000>
    """
    rows = read_rows(X, "stability")
    whole = read_labels(labels)
    found = _karat.segment_stability(
        rows,
        whole,
        len(np.unique(whole)),
        check_integer("n_init", n_init, 1, 2**31 - 1),
        check_integer("resamples", resamples, 1, 100_000),
        draw_seed(random_state),
        check_threads(n_threads),
    )
    return Stability(found)


class PredictionStrength:
    """How well one half of the rows predicts the segments of the other.

    Attributes
    ----------
    mean : float
        Mean strength; 0.8 or more speaks for as many segments.
    standard_error : float
        Its error.
    strengths : ndarray
        Strength of each split, both ways round.
    """

    def __init__(self, strengths: NDArray[np.float64], mean: float, error: float) -> None:
        self.strengths, self.mean, self.standard_error = strengths, mean, error

    def __float__(self) -> float:
        return self.mean

    def __repr__(self) -> str:
        return f"<PredictionStrength {self.mean:.4f} ± {self.standard_error:.4f}>"


def prediction_strength(
    X: Any,
    k: int,
    *,
    splits: int = 10,
    n_init: int = 2,
    random_state: Any = 0,
    n_threads: int | None = None,
) -> PredictionStrength:
    """Split the rows in two and see whether each half would segment the other alike.

    Parameters
    ----------
    X : frame or array-like of shape (n_samples, n_features)
        Rows.
    k : int
        Number of segments.
    splits : int, default 10
        Random splits.
    n_init : int, default 2
        Starts of every fit.
    random_state : None, int, RandomState or Generator, default 0
        Draws splits and starts.
    n_threads : int or None, default None
        Threads, None for all. Never changes a result.

    Notes
    -----
    Tibshirani and Walther, "Cluster validation by prediction strength" (2005).

    Examples
    --------
    >>> import numpy as np
    >>> from karat.segments import prediction_strength
    >>> X = np.random.default_rng(0).normal(size=(200, 2)) + np.repeat([[0, 0], [9, 0]], 100, axis=0)
    >>> prediction_strength(X, 2).mean
    1.0
    """
    found = _karat.prediction_strength(
        read_rows(X, "prediction_strength"),
        check_integer("k", k, 1, 256),
        check_integer("n_init", n_init, 1, 2**31 - 1),
        check_integer("splits", splits, 1, 100_000),
        draw_seed(random_state),
        check_threads(n_threads),
    )
    return PredictionStrength(*found)
