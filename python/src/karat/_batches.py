"""Sources of batches: files, queries, lazy frames, and anything that can be iterated over again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat._errors import DataError, ParameterError, SchemaError, ShapeError
from karat._matrix import read_matrix

#: Rows and weights, as the core takes them.
Batch = tuple[NDArray[Any], NDArray[np.float64] | None]


class BatchSource:
    """Rows that can be read again and again, as arrays.

    Parameters
    ----------
    source : object
        See `KMeans.fit_batches`.
    columns : sequence of str, optional
        Columns that are read; all but `weight` by default.
    weight : str, optional
        Column of sample weights.
    batch_size : int
        Rows of a batch, where the source leaves that open.
    who : str
        Who asks, for messages.
    """

    def __init__(
        self, source: Any, *, columns: Sequence[str] | None, weight: str | None, batch_size: int, who: str
    ) -> None:
        self.columns = None if columns is None else [str(name) for name in columns]
        self.weight = weight
        self.who = who
        self.names: list[str] | None = None
        if self.columns is not None and weight is not None and weight in self.columns:
            raise ParameterError(f"`weight` must not be one of the columns to segment, got {weight!r}")
        wanted = None if self.columns is None else [*self.columns, *([weight] if weight else [])]
        self._open = _opener(source, wanted, batch_size)

    def batches(self) -> Iterator[Batch]:
        """Read all batches from the first."""
        for item in self._open():
            rows, names, weights = self._read(item)
            if self.names is None:
                self.names = names
            elif names is not None and names != self.names:
                raise SchemaError(f"a batch has the columns {names}, the first one had {self.names}")
            yield rows, weights

    def _read(self, item: Any) -> tuple[NDArray[Any], list[str] | None, NDArray[np.float64] | None]:
        if isinstance(item, tuple) and len(item) == 2:
            rows, names, _ = self._read(item[0])
            return rows, names, np.ascontiguousarray(item[1], dtype=np.float64)
        if isinstance(item, np.ndarray):
            return self._plain(item)
        table = _as_mapping(item)
        if table is None:
            return self._plain(np.asarray(item))
        names = self.columns or [name for name in table if name != self.weight]
        missing = [name for name in [*names, self.weight] if name is not None and name not in table]
        if missing:
            raise SchemaError(f"the source has no column `{missing[0]}`; its columns are {list(table)}")
        columns = {name: table[name]() for name in names}
        weights = None
        if self.weight is not None:
            weights = np.ascontiguousarray(table[self.weight](), dtype=np.float64)
        if columns and all(column.dtype == np.float32 for column in columns.values()):
            rows = np.empty((len(next(iter(columns.values()))), len(columns)), np.float32, order="F")
            for j, column in enumerate(columns.values()):
                rows[:, j] = column
            return rows, names, weights
        if columns and len(next(iter(columns.values()))) == 0:
            return np.empty((0, len(columns))), names, weights
        return read_matrix(columns, who=self.who)[0], names, weights

    def _plain(self, rows: NDArray[Any]) -> tuple[NDArray[Any], None, None]:
        if self.columns is not None or self.weight is not None:
            raise ParameterError("`columns` and `weight` need batches whose columns have names, got an array")
        if rows.ndim != 2:
            raise ShapeError(f"{self.who} needs batches of two dimensions, got {rows.ndim}")
        if rows.dtype == np.float32 and rows.dtype.isnative:
            return np.require(rows, requirements="A"), None, None
        return (read_matrix(rows, who=self.who)[0] if len(rows) else rows.astype(np.float64)), None, None


def _as_mapping(item: Any) -> dict[str, Callable[[], NDArray[Any]]] | None:
    """Columns by name, each converted when it is asked for; None for what is no table."""
    if isinstance(item, Mapping):
        return {str(name): _later(np.asarray, column) for name, column in item.items()}
    if type(item).__module__.split(".")[0] == "pyarrow":
        return {
            name: _later(_arrow_numbers, item.column(j), name) for j, name in enumerate(item.schema.names)
        }
    import narwhals.stable.v2 as nw

    frame = nw.from_native(item, eager_only=True, pass_through=True)
    if not isinstance(frame, nw.DataFrame):
        return None
    return {str(name): frame[:, j].to_numpy for j, name in enumerate(frame.columns)}


def _later(work: Callable[..., NDArray[Any]], *given: Any) -> Callable[[], NDArray[Any]]:
    return lambda: work(*given)


def _arrow_numbers(column: Any, name: str) -> NDArray[Any]:
    import pyarrow as pa

    kind = column.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)):
        if not pa.types.is_decimal(kind):
            raise DataError(f"column `{name}`: values of type {kind}, no numbers; leave it out of `columns`")
        column = column.cast(pa.float64())
    if isinstance(column, pa.ChunkedArray):
        return np.asarray(column.to_numpy())
    return np.asarray(column.to_numpy(zero_copy_only=False))


def _opener(source: Any, columns: list[str] | None, size: int) -> Callable[[], Iterable[Any]]:
    """How the source is read from its first row."""
    kind, module = type(source).__name__, type(source).__module__.split(".")[0]
    if isinstance(source, str | PathLike):
        return _dataset(fspath(source), columns, size)
    if isinstance(source, list) and source and all(isinstance(part, str | PathLike) for part in source):
        return _dataset([fspath(part) for part in source], columns, size)
    if module == "pyarrow" and hasattr(source, "scanner"):
        return lambda: source.to_batches(columns=columns, batch_size=size)
    if module == "pyarrow" and hasattr(source, "to_batches"):
        return lambda: source.to_batches(max_chunksize=size)
    if module == "polars" and kind == "LazyFrame":
        chosen = source if columns is None else source.select(columns)
        return lambda: chosen.collect_batches(chunk_size=size, maintain_order=True)
    if "duckdb" in module and hasattr(source, "to_arrow_reader"):
        return lambda: source.to_arrow_reader(size)
    if "duckdb" in module and hasattr(source, "fetch_record_batch"):
        return lambda: source.fetch_record_batch(size)
    if isinstance(source, np.ndarray) or (hasattr(source, "columns") and hasattr(source, "iloc")):
        rows = source if isinstance(source, np.ndarray) else source.iloc
        return lambda: (rows[start : start + size] for start in range(0, len(source), size))
    if module == "polars":
        return lambda: source.iter_slices(size)
    if callable(source):
        return lambda: iter(source())
    if isinstance(source, Mapping) or not isinstance(source, Iterable):
        raise ParameterError(
            "`source` must be a path or paths of Parquet files, a pyarrow Dataset or Table, a polars "
            "LazyFrame, a DuckDB relation, a function that returns an iterator of batches, or an iterable of "
            f"batches, got {kind}"
        )
    if isinstance(source, Iterator):
        raise ParameterError(
            "`source` must be one that can be read again, got an iterator, which is empty after the first "
            f"reading ({kind}); give the function that makes it"
        )
    return lambda: iter(source)


def _dataset(path: str | list[str], columns: list[str] | None, size: int) -> Callable[[], Iterable[Any]]:
    try:
        import pyarrow.dataset as ds
    except ImportError as missing:
        raise ParameterError(
            "Parquet files are read with pyarrow, which is not installed; install it, or give batches"
        ) from missing
    for part in [path] if isinstance(path, str) else path:
        if "://" not in part and not Path(part).exists():
            raise ParameterError(f"`source` must exist, got {part!r}")
    dataset = ds.dataset(path)

    def read() -> Iterable[Any]:
        # Few batches are read ahead, so that memory does not grow with the files.
        batches: Iterable[Any] = dataset.to_batches(
            columns=columns, batch_size=size, batch_readahead=2, fragment_readahead=1
        )
        return batches

    return read
