"""k-means over rows that do not fit in memory."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from karat import _karat
from karat._batch_progress import progress_of
from karat._batches import BatchSource
from karat._errors import ParameterError, ShapeError
from karat._estimator import (
    ConvergenceWarning,
    check_integer,
    check_number,
    check_threads,
    draw_seed,
)

Self = TypeVar("Self", bound="BatchFit")

#: Rows of a batch where the source leaves that open.
BATCH = 65_536


class BatchFit:
    """What `KMeans` does with batches; parameters and attributes are those of `KMeans`."""

    n_clusters: int
    init: Any
    max_iter: int
    tol: float
    random_state: Any
    n_threads: int | None
    cluster_centers_: NDArray[np.float64]
    n_features_in_: int

    _read_init: Callable[[], str | NDArray[np.float64]]
    _centers: Callable[[], NDArray[np.float64]]
    _count_starts: Callable[[], int]
    _check_fitted: Callable[[], None]

    def fit_batches(
        self: Self,
        source: Any,
        *,
        columns: Sequence[str] | None = None,
        weight: str | None = None,
        sample: int = 100_000,
        batch_size: int = BATCH,
        progress: bool | Callable[..., object] | None = None,
    ) -> Self:
        """Find the centers of rows that are read in batches, once an iteration.

        From the same initial centers the result equals that of `fit` to the bit, whatever the batches.
        Without given centers, all `n_init` starts run on a sample of the rows, the same for any batches, and
        the best is where the passes over all rows begin; a source that fits in the sample gets the very
        result of `fit`. Memory depends on the size of a batch and of the sample, not on the number of rows.

        Parameters
        ----------
        source : path, list of paths, Dataset, Table, LazyFrame, relation, callable or iterable
            Parquet files or a directory of them, a pyarrow Dataset or Table, a polars LazyFrame, a DuckDB
            relation, a function that returns an iterator of batches, or an iterable of batches that can be
            gone through again. A batch is a table, an array, or a pair of one and its sample weights. Every
            reading must give the same rows in the same order.
        columns : sequence of str, optional
            Columns to segment by; all but `weight` by default.
        weight : str, optional
            Column of sample weights.
        sample : int, default 100_000
            Rows that the starts run on.
        batch_size : int, default 65_536
            Rows read at a time, where the source leaves that open. Never changes the result.
        progress : None, bool or callable, optional
            None shows a line on a terminal and in notebooks, True everywhere, False nowhere. A callable is
            given the task, iterations done, rows seen in this reading, rows in all (None in the first
            reading) and the last inertia (None before there is one).

        Returns
        -------
        KMeans
            Itself, fitted: `cluster_centers_`, `inertia_`, `n_iter_`, `converged_`, `history_`,
            `feature_names_in_` as after `fit`; `sizes_`, `n_rows_` and `n_readings_` besides. There are no
            `labels_`: ask `predict_batches`.

        Raises
        ------
        ParameterError
            For parameters out of range, and sources that cannot be read twice.
        SchemaError, ShapeError
            For batches with other columns.
        DataError
            For NaN, infinities, too few different rows, or readings that differ.

        Warns
        -----
        ConvergenceWarning
            When it had not converged after `max_iter` iterations.

        Examples
        --------
        >>> import numpy as np
        >>> from karat import KMeans
        >>> parts = [np.array([[1.0, 2.0], [10.0, 4.0]]), np.array([[1.0, 4.0], [10.0, 2.0]])]
        >>> km = KMeans(2, random_state=0).fit_batches(parts)
        >>> km.inertia_, km.n_rows_
        (4.0, 4)
        >>> [len(labels) for labels in km.predict_batches(parts)]
        [2, 2]
        """
        if getattr(self, "missing", "error") != "error" or any(
            getattr(self, name, None) is not None for name in ("min_size", "max_size")
        ):
            raise ParameterError("`fit_batches` takes neither missing values nor size bounds; use `fit`")
        if callable(self.init):
            raise ParameterError(
                "`fit_batches` takes no callable `init`: name a way to draw, or give centers"
            )
        size = check_integer("batch_size", batch_size, 1, 2**31 - 1)
        reader = BatchSource(source, columns=columns, weight=weight, batch_size=size, who="KMeans")
        max_iter = check_integer("max_iter", self.max_iter, 1, 2**31 - 1)
        told, done = progress_of(progress, max_iter)
        try:
            found = _karat.fit_k_means_batches(
                reader,
                check_integer("sample", sample, 1, 2**31 - 1),
                check_integer("n_clusters", self.n_clusters, 1, 256),
                self._read_init(),
                self._count_starts(),
                max_iter,
                check_number("tol", self.tol, 0.0, float("inf")),
                draw_seed(self.random_state),
                check_threads(self.n_threads),
                told,
            )
        finally:
            done()
        self._keep(found, reader.names)
        if not found["converged"]:
            warnings.warn(
                f"k-means had not converged after max_iter={self.max_iter} iterations: the last squared "
                f"shift of the centers was {found['shift']:.3g}, to stop it takes "
                f"{found['shift_tolerance']:.3g}; raise max_iter or tol, or scale the columns",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self

    def _keep(self, found: Any, names: list[str] | None) -> None:
        for stale in ("labels_", "restart_inertias_", "feature_names_in_"):
            vars(self).pop(stale, None)
        self.cluster_centers_ = found["centers"]
        self.inertia_ = found["inertia"]
        self.n_iter_ = found["n_iter"]
        self.converged_ = found["converged"]
        self.history_ = found["history"]
        self.sizes_ = found["sizes"]
        self.n_rows_ = found["rows"]
        self.n_readings_ = found["readings"]
        self.n_features_in_ = self.cluster_centers_.shape[1]
        if names is not None:
            self.feature_names_in_ = np.asarray(names, dtype=object)

    def predict_batches(
        self, source: Any, *, columns: Sequence[str] | None = None, batch_size: int = BATCH
    ) -> Iterator[NDArray[np.int32]]:
        """Yield the segments of the rows of a source, a batch at a time, by the frozen step.

        Parameters
        ----------
        source : object
            As `fit_batches` takes it; it is read once, so that an iterator will do. Weights are ignored.
        columns : sequence of str, optional
            Columns to read; by default those of the fit where the source has names.
        batch_size : int, default 65_536
            Rows read at a time, where the source leaves that open.

        Yields
        ------
        ndarray of shape (rows of the batch,)
            Segments, int32.
        """
        self._check_fitted()
        size = check_integer("batch_size", batch_size, 1, 2**31 - 1)
        if columns is None and hasattr(self, "feature_names_in_"):
            columns = list(self.feature_names_in_)
        again = (lambda: source) if isinstance(source, Iterator) else source
        named = columns if _has_names(source) else None
        reader = BatchSource(again, columns=named, weight=None, batch_size=size, who="KMeans")
        return self._label(reader)

    def _label(self, reader: BatchSource) -> Iterator[NDArray[np.int32]]:
        threads = check_threads(self.n_threads)
        for rows, _ in reader.batches():
            if rows.shape[1] != self.n_features_in_:
                raise ShapeError(
                    f"a batch has {rows.shape[1]} features, but KMeans is expecting {self.n_features_in_} "
                    "features as input"
                )
            parts: list[NDArray[np.int32]] = []
            _karat.label_k_means_batches(_Once(rows, reader.names), self._centers(), threads, parts.append)
            yield np.concatenate(parts) if parts else np.empty(0, np.int32)


class _Once:
    """A single batch as a source."""

    def __init__(self, rows: NDArray[Any], names: list[str] | None) -> None:
        self.rows, self.names = rows, names

    def batches(self) -> Iterator[tuple[NDArray[Any], None]]:
        yield self.rows, None


def _has_names(source: Any) -> bool:
    """Whether columns can be asked for by name: not for arrays, nor iterables that begin with one."""
    if isinstance(source, np.ndarray) or callable(source) or isinstance(source, Iterator):
        return False
    return not (
        isinstance(source, Sequence) and len(source) > 0 and isinstance(source[0], np.ndarray | tuple)
    )
