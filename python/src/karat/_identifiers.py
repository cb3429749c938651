"""Identifiers of any hashable kind as the places of their sorted, different values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from karat import _karat
from karat._errors import DataError, SchemaError, ShapeError
from karat._frame import MISSING, _arrow_table, _codes, _missing

#: Rows, and unknown identifiers, named in a message.
_NAMED = 3


class Column(NamedTuple):
    """One column of identifiers: whole numbers, or codes of labels."""

    name: str
    numbers: NDArray[Any] | None
    codes: NDArray[np.uint32]
    labels: list[Any]

    @property
    def kind(self) -> str:
        """What a person would call it: numbers, text, or values of any kind."""
        if self.numbers is not None:
            return "numbers"
        return "text" if all(map(str.__instancecheck__, self.labels)) else "values"

    def labelled(self) -> Column:
        """Return the same with labels, whatever it held."""
        if self.numbers is None:
            return self
        return _of_objects(self.name, self.numbers.tolist())


def read(name: str, values: Any) -> Column:
    """Read a column of identifiers of a frame, an array, or any collection.

    Raises
    ------
    DataError
        Where one is missing, by row.
    """
    module = type(values).__module__.split(".")[0]
    if module in ("pandas", "polars", "pyarrow") and hasattr(values, "__len__"):
        return _of_series(name, values)
    if isinstance(values, np.ndarray):
        if values.ndim != 1:
            raise ShapeError(f"`{name}` must be one identifier a row, got an array of shape {values.shape}")
        return _of_array(name, values)
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise ShapeError(f"`{name}` must be a collection of identifiers, got {values!r:.60}")
    return _of_objects(name, list(values))


def _of_series(name: str, values: Any) -> Column:
    import narwhals.stable.v2 as nw

    series = nw.from_native(values, allow_series=True, pass_through=True)
    if not isinstance(series, nw.Series):
        return _of_objects(name, list(values))
    _refuse_missing(name, series.is_null().to_numpy())
    if series.dtype.is_integer():
        return _of_array(name, series.to_numpy())
    if series.dtype in (nw.String, nw.Categorical, nw.Enum):
        codes, labels = _codes(values)
        _refuse_missing(name, codes == MISSING)
        return Column(name, None, codes, labels)
    if series.dtype.is_float():
        return _of_array(name, series.to_numpy())
    return _of_objects(name, series.to_list())


def _of_array(name: str, values: NDArray[Any]) -> Column:
    kind = values.dtype.kind
    if kind == "f":
        _refuse_missing(name, np.isnan(values))
        if np.isfinite(values).all() and (np.abs(values) < 2.0**53).all() and (values % 1 == 0).all():
            return _of_array(name, values.astype(np.int64))
    if kind == "M":
        _refuse_missing(name, np.isnat(values))
    if kind == "i" or (kind == "u" and (not len(values) or values.max() <= np.iinfo(np.int64).max)):
        return Column(name, values, np.empty(0, np.uint32), [])
    return _of_objects(name, values.tolist())


def _of_objects(name: str, values: Sequence[Any]) -> Column:
    """Read identifiers of any kind, by the loops of dict and map rather than of Python."""
    kinds = set(map(type, values))
    if kinds and all(issubclass(kind, int | np.integer) and kind is not bool for kind in kinds):
        try:
            return Column(name, np.array(values, dtype=np.int64), np.empty(0, np.uint32), [])
        except OverflowError:
            pass
    if any(map(_missing, kinds)) or any(issubclass(kind, float | np.floating) for kind in kinds):
        gone = (_missing(type(value)) or value != value for value in values)
        _refuse_missing(name, np.fromiter(gone, dtype=bool, count=len(values)))
    try:
        labels = list(dict.fromkeys(values))
    except TypeError as error:
        raise DataError(f"column `{name}`: identifiers must be hashable: {error}") from None
    places = dict(zip(labels, range(len(labels)), strict=True))
    codes = np.fromiter(map(places.__getitem__, values), dtype=np.uint32, count=len(values))
    return Column(name, None, codes, labels)


def _refuse_missing(name: str, missing: NDArray[np.bool_]) -> None:
    rows = np.flatnonzero(missing)
    if len(rows):
        first = ", ".join(str(row) for row in rows[:_NAMED])
        raise DataError(
            f"column `{name}`: identifier missing ({len(rows)} row{'s' if len(rows) > 1 else ''}: {first}); "
            "drop these rows: nobody knows whom they belong to"
        )


class Identifiers:
    """The different identifiers of a graph in ascending order; the place of one is its node.

    Attributes
    ----------
    values : ndarray of shape (n,)
        In the type they came in; objects where they are texts or of any other kind.
    """

    def __init__(self, values: NDArray[Any]) -> None:
        self.values = values
        self._places: dict[Any, int] | None = None

    def __len__(self) -> int:
        return len(self.values)

    @property
    def as_column(self) -> Any:
        """The identifiers as `to_frame` takes them."""
        if self.values.dtype.kind == "O" and all(map(str.__instancecheck__, self.values)):
            return self.values.tolist()
        return self.values

    def find(self, column: Column) -> NDArray[np.int64]:
        """Places of a column's identifiers, -1 for those that are not here."""
        if self.values.dtype.kind != "O":
            if column.numbers is None:
                return np.full(len(column.codes), -1)
            wanted = column.numbers.astype(np.int64)
            places = np.searchsorted(self.values, wanted)
            here = np.take(self.values, places, mode="clip") == wanted
            return np.where(here, places, -1)
        if self._places is None:
            self._places = dict(zip(self.values.tolist(), range(len(self.values)), strict=True))
        labelled = column.labelled()
        known = self._places
        places = np.fromiter((known.get(label, -1) for label in labelled.labels), dtype=np.int64)
        return places[labelled.codes] if len(places) else np.empty(0, np.int64)

    def require(self, column: Column) -> NDArray[np.uint32]:
        """Places of a column's identifiers.

        Raises
        ------
        DataError
            For those that are not here, with the nearest that are.
        """
        places = self.find(column)
        rows = np.flatnonzero(places < 0)
        if not len(rows):
            return places.astype(np.uint32)
        if column.numbers is not None:
            unknown = list(dict.fromkeys(column.numbers[rows].tolist()))
        else:
            unknown = list(dict.fromkeys(column.labels[code] for code in column.codes[rows].tolist()))
        shown = unknown[:_NAMED]
        known = [str(value) for value in self.values.tolist()]
        nearest = _karat.nearest_names([str(value) for value in shown], known)
        told = [
            f"{value!r}" + (f" (did you mean {near}?)" if near is not None else "")
            for value, near in zip(shown, nearest, strict=True)
        ]
        more = f" and {len(unknown) - len(shown)} more" if len(unknown) > len(shown) else ""
        raise DataError(
            f"`{column.name}`: {', '.join(told)}{more} had no calls and are not in the graph; name them "
            "among its `customers`, or leave them out"
        )


def number(
    callers: Column, callees: Column, others: Column | None
) -> tuple[Identifiers, NDArray[np.uint32], NDArray[np.uint32]]:
    """Sort the different identifiers of all columns; places of callers and of callees among them."""
    columns = [callers, callees] if others is None or not _length(others) else [callers, callees, others]
    _refuse_mixture(columns)
    if all(column.numbers is not None for column in columns):
        arrays = [column.numbers for column in columns if column.numbers is not None]
        whole = [np.ascontiguousarray(array, dtype=np.int64) for array in arrays]
        ids, first, second = _karat.number_ids(
            whole[0], whole[1], whole[2] if len(whole) > 2 else np.empty(0, np.int64)
        )
        # Joins want the type that came in; two of them meet in a third, which is never a float.
        dtype = arrays[0].dtype if len({array.dtype for array in arrays}) == 1 else ids.dtype
        return Identifiers(ids.astype(dtype)), first, second
    columns = [column.labelled() for column in columns]
    labels = _ascending(dict.fromkeys(chain.from_iterable(column.labels for column in columns)))
    places = dict(zip(labels, range(len(labels)), strict=True))
    values = np.empty(len(labels), dtype=object)
    values[:] = labels
    nodes = []
    for column in columns[:2]:
        ranks = np.fromiter(map(places.__getitem__, column.labels), np.uint32, len(column.labels))
        nodes.append(ranks[column.codes] if len(ranks) else np.empty(0, np.uint32))
    return Identifiers(values), nodes[0], nodes[1]


def _length(column: Column) -> int:
    return len(column.codes) if column.numbers is None else len(column.numbers)


def _refuse_mixture(columns: Sequence[Column]) -> None:
    kinds = {column.name: column.kind for column in columns if _length(column)}
    if {"numbers", "text"} <= set(kinds.values()):
        told = ", ".join(f"`{name}` {kind}" for name, kind in kinds.items())
        raise DataError(f"identifiers of several kinds ({told}) never meet; make numbers or text of all")


def _ascending(labels: Iterable[Any]) -> list[Any]:
    """Sort labels, those that cannot be compared by the names of their types and their texts."""
    listed = list(labels)
    try:
        return sorted(listed)
    except TypeError:
        return sorted(listed, key=lambda label: (type(label).__name__, repr(label)))


def edge_columns(edges: Any, names: Sequence[str | None]) -> list[Any]:
    """Columns of a table of calls: by name of a frame or mapping, by place of arrays and rows.

    Raises
    ------
    SchemaError
        For columns that are not there, with the nearest names.
    """
    if isinstance(edges, Mapping):
        known = {str(name): values for name, values in edges.items()}
        return _by_name(known, names)
    if isinstance(edges, tuple) or (isinstance(edges, np.ndarray) and edges.ndim == 2):
        columns = list(edges) if isinstance(edges, tuple) else list(edges.T)
        return _by_place(columns)
    if isinstance(edges, np.ndarray) and edges.dtype.names:
        return _by_name({name: edges[name] for name in edges.dtype.names}, names)
    if isinstance(edges, list):
        if len(set(map(len, edges))) > 1:
            raise ShapeError("rows of calls must all have two entries, or three with the weight")
        return _by_place([list(column) for column in zip(*edges, strict=True)] if edges else [[], []])
    import narwhals.stable.v2 as nw

    frame = nw.from_native(_arrow_table(edges), pass_through=True)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    if not isinstance(frame, nw.DataFrame):
        raise ShapeError(
            "calls must be a frame, a mapping of columns, a tuple of arrays or a list of rows, got "
            f"{type(edges).__name__}"
        )
    known = {str(name): frame[name].to_native() for name in frame.columns if str(name) in names}
    return _by_name(known, names, [str(name) for name in frame.columns])


def _by_name(
    known: Mapping[str, Any], names: Sequence[str | None], listed: Sequence[str] | None = None
) -> list[Any]:
    wanted = [name for name in names if name is not None]
    absent = [name for name in wanted if name not in known]
    if absent:
        there = list(known if listed is None else listed)
        near = _karat.nearest_names(absent, there)
        told = [
            f"column `{name}`: missing from the calls"
            + (f"; did you mean `{other}`?" if other else f" ({', '.join(there)})")
            for name, other in zip(absent, near, strict=True)
        ]
        raise SchemaError(told[0] if len(told) == 1 else f"{len(told)} problems:\n  - " + "\n  - ".join(told))
    columns = [known[name] for name in wanted]
    lengths = {name: len(column) for name, column in zip(wanted, columns, strict=True)}
    if len(set(lengths.values())) > 1:
        raise ShapeError(f"columns must have the same number of rows, got {lengths}")
    return columns


def _by_place(columns: list[Any]) -> list[Any]:
    if len(columns) not in (2, 3):
        raise ShapeError(f"calls have two columns, or three with the weight, got {len(columns)}")
    if len(set(map(len, columns))) > 1:
        raise ShapeError(f"columns must have the same number of rows, got {[len(c) for c in columns]}")
    return columns
