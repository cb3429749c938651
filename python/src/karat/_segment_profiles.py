"""What sets segments apart, and the natural breaks of one number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._errors import DataError, ParameterError, ShapeError
from karat._estimator import check_integer
from karat._frame import to_frame
from karat._matrix import read_matrix
from karat._segment_input import check_length, read_labels


class Profiles:
    """What sets each segment apart from the base.

    Attributes
    ----------
    names : list of str
        What each segment is: "high arpu, low complaints".
    sizes, shares : ndarray
        Rows of each segment, and its share of them.
    value_shares : ndarray or None
        Its share of the value, where a value was given.
    measures : list of str
        The columns.
    means, differences : ndarray of shape (n_segments, n_measures)
        Mean of each measure, and its difference from the base in standard deviations.
    base_means : ndarray of shape (n_measures,)
        Means of the base.
    missing : ndarray of shape (n_segments, n_measures)
        Rows where it is missing.
    rules : list of str
        A rule of one to three measures for each segment.
    conditions : list of list of (measure, at_least, below)
        The same as bounds; None for no bound.
    purity, coverage, lift : ndarray
        Of the rows that satisfy the rule the share in the segment, of the segment's rows the share that
        satisfies it, and the purity over the share of the segment.
    """

    def __init__(self, found: dict[str, Any], measures: list[str]) -> None:
        self.measures = measures
        self.names: list[str] = found["name"]
        self.sizes: NDArray[np.int64] = found["size"]
        self.shares: NDArray[np.float64] = found["share"]
        self.value_shares: NDArray[np.float64] | None = found["value_share"]
        self.means: NDArray[np.float64] = found["mean"]
        self.differences: NDArray[np.float64] = found["z"]
        self.base_means: NDArray[np.float64] = found["base_mean"][0]
        self.missing: NDArray[np.float64] = found["missing"]
        self.rules: list[str] = found["rule"]
        self.conditions: list[list[tuple[str, float | None, float | None]]] = found["conditions"]
        self.rule_rows: NDArray[np.int64] = found["rule_rows"]
        self.purity: NDArray[np.float64] = found["purity"]
        self.coverage: NDArray[np.float64] = found["coverage"]
        self.lift: NDArray[np.float64] = found["lift"]

    def to_frame(self, like: Any = "pandas") -> Any:
        """Build a frame: one row for each segment, with means and differences of every measure.

        Parameters
        ----------
        like : table or {"pandas", "polars", "pyarrow", "dict"}, default "pandas"
            What kind of frame to build.
        """
        columns: dict[str, Any] = {
            "segment": np.arange(len(self.names), dtype=np.int64),
            "name": list(self.names),
            "size": self.sizes,
            "share": self.shares,
        }
        if self.value_shares is not None:
            columns["value_share"] = self.value_shares
        columns.update(rule=list(self.rules), purity=self.purity, coverage=self.coverage, lift=self.lift)
        for j, measure in enumerate(self.measures):
            columns[f"mean_{measure}"] = np.ascontiguousarray(self.means[:, j])
            columns[f"difference_{measure}"] = np.ascontiguousarray(self.differences[:, j])
        kind = like if isinstance(like, str) else type(like).__module__.partition(".")[0]
        return to_frame(columns, kind)

    def __str__(self) -> str:
        lines = []
        for i, name in enumerate(self.names):
            value = "" if self.value_shares is None else f", {100 * self.value_shares[i]:.1f} % of the value"
            lines.append(
                f"{i}: {name} ({self.sizes[i]} rows, {100 * self.shares[i]:.1f} %{value}); {self.rules[i]} "
                f"(purity {self.purity[i]:.2f}, coverage {self.coverage[i]:.2f})"
            )
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<Profiles of {len(self.names)} segments: {'; '.join(self.names)}>"

    def _repr_html_(self) -> str:
        from karat._score import html_table

        head = ["segment", "name", "size", "share", "value share", "rule", "purity", "coverage"]
        rows = []
        for i, name in enumerate(self.names):
            value = "" if self.value_shares is None else f"{self.value_shares[i]:.3f}"
            figures = [f"{self.purity[i]:.2f}", f"{self.coverage[i]:.2f}"]
            rows.append([i, name, self.sizes[i], f"{self.shares[i]:.3f}", value, self.rules[i], *figures])
        return f"<div>{html_table(head, rows)}</div>"


def profile(
    X: Any,
    labels: ArrayLike,
    *,
    value: ArrayLike | str | None = None,
    names: Sequence[str] | None = None,
    conditions: int = 3,
) -> Profiles:
    """Say what sets each segment apart: differences, a rule, size and share of the value.

    Parameters
    ----------
    X : frame or array-like of shape (n_samples, n_measures)
        Measures, not necessarily those that were clustered, in their own units; NaN is missing.
    labels : array-like of shape (n_samples,)
        Segment of each row, 0 or more, from any program.
    value : array-like of shape (n_samples,) or str, optional
        What every row is worth, 0 or more, or the name of a column of `X`; NaN counts as 0.
    names : sequence of str, optional
        Names of the columns of an array.
    conditions : int, default 3
        Most measures in a rule, 1 to 3.

    Returns
    -------
    Profiles
        One entry for each segment from 0 to the largest label.

    Examples
    --------
    >>> from karat.segments import profile
    >>> table = {"arpu": [10.0, 12.0, 90.0, 95.0], "complaints": [3.0, 4.0, 0.0, 1.0]}
    >>> found = profile(table, [0, 0, 1, 1], value="arpu")
    >>> found.names
    ['low arpu, high complaints', 'high arpu, low complaints']
    >>> found.rules, found.value_shares.round(3).tolist()
    (['arpu < 90.0000', 'arpu >= 90.0000'], [0.106, 0.894])
    """
    array, found_names = read_matrix(X, who="profile")
    columns = list(names) if names is not None else found_names
    if columns is None:
        columns = [f"x{j}" for j in range(array.shape[1])]
    if len(columns) != array.shape[1]:
        raise ShapeError(f"expected {array.shape[1]} names, one a column, got {len(columns)}")
    whole = read_labels(labels)
    check_length(whole, len(array))
    if isinstance(value, str):
        if value not in columns:
            raise ParameterError(f"`value` must be a column of X or one number a row, got {value!r}")
        worth: NDArray[np.float64] | None = np.ascontiguousarray(array[:, columns.index(value)])
    else:
        worth = None if value is None else np.ascontiguousarray(np.asarray(value, dtype=np.float64))
    segments = int(whole.max()) + 1
    if segments > 2**16:
        raise ParameterError(f"`labels` must be below {2**16}, got {segments - 1}")
    most = check_integer("conditions", conditions, 1, 3)
    return Profiles(_karat.profile_segments(whole, segments, columns, array, worth, most), columns)


class NaturalBreaks:
    """The best classes of one number.

    Attributes
    ----------
    cuts : ndarray
        Lowest value of each class but the first.
    means, weights, sizes : ndarray
        Mean, weight and rows of each class.
    inertia : float
        Sum of weight times squared deviation from the class mean; no partition has less.
    goodness_of_fit : float
        Jenks's goodness of variance fit, 1 less the inertia over the total squared deviation.
    """

    def __init__(self, found: dict[str, Any]) -> None:
        self.cuts: NDArray[np.float64] = found["cuts"]
        self.means: NDArray[np.float64] = found["means"]
        self.weights: NDArray[np.float64] = found["weights"]
        self.sizes: NDArray[np.int64] = found["sizes"]
        self.inertia: float = found["inertia"]
        self.goodness_of_fit: float = found["goodness_of_fit"]

    def predict(self, values: ArrayLike) -> NDArray[np.int64]:
        """Return the class of each value: how many cuts are at or below it."""
        array = np.asarray(values, dtype=np.float64)
        if np.isnan(array).any():
            raise DataError("NaN has no class; replace missing values, or drop them")
        return np.searchsorted(self.cuts, array, side="right").astype(np.int64)

    def to_frame(self, like: Any = "pandas") -> Any:
        """Build a frame: one row for each class."""
        low = np.concatenate([[np.nan], self.cuts])
        columns = {"class": np.arange(len(self.means), dtype=np.int64), "from": low, "mean": self.means}
        return to_frame({**columns, "weight": self.weights, "size": self.sizes}, like)

    def __repr__(self) -> str:
        cuts = ", ".join(f"{cut:g}" for cut in self.cuts)
        return f"<NaturalBreaks at {cuts}; goodness of fit {self.goodness_of_fit:.4f}>"

    def _repr_html_(self) -> str:
        from karat._score import html_table

        low = ["", *(f"{cut:g}" for cut in self.cuts)]
        figures = zip(low, self.means, self.sizes, strict=True)
        rows = [[i, start, f"{mean:g}", size] for i, (start, mean, size) in enumerate(figures)]
        return f"<div>{html_table(['class', 'from', 'mean', 'size'], rows)}</div>"


def natural_breaks(values: ArrayLike, k: int, *, weights: ArrayLike | None = None) -> NaturalBreaks:
    """Cut one number into classes with the least possible squared deviation, exactly.

    Parameters
    ----------
    values : array-like of shape (n_samples,)
        Values in any order.
    k : int
        Number of classes.
    weights : array-like of shape (n_samples,), optional
        How much each value counts, 0 or more.

    Returns
    -------
    NaturalBreaks
        Cuts and classes; the cuts are those of grades with `cuts="natural_breaks"`.

    Notes
    -----
    Fisher (1958), known as Jenks's natural breaks: optimal one-dimensional k-means by dynamic programming
    over monotone matrices, O(k n) after sorting (compare Wang and Song's Ckmeans.1d.dp, 2011).

    Examples
    --------
    >>> from karat.segments import natural_breaks
    >>> natural_breaks([-1, 2, -1, 2, 4, 5, 6, -1, 2, -1], 3)
    <NaturalBreaks at 2, 4; goodness of fit 0.9688>
    """
    array = np.ascontiguousarray(np.asarray(values, dtype=np.float64))
    if array.ndim != 1:
        raise ShapeError(f"`values` must be one number a row, got an array of shape {array.shape}")
    counts = None if weights is None else np.ascontiguousarray(np.asarray(weights, dtype=np.float64))
    if counts is not None and counts.shape != array.shape:
        raise ShapeError(f"expected {len(array)} weights, one a value, got an array of shape {counts.shape}")
    return NaturalBreaks(_karat.natural_breaks(array, counts, check_integer("k", k, 1, 2**20)))
