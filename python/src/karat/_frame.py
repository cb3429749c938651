"""Tables of users at the door: any frame in as named columns, results out as the kind that came in."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from karat._errors import DataError, ParameterError, ShapeError

Wire: TypeAlias = "tuple[str, npt.NDArray[np.float64]] | tuple[str, npt.NDArray[np.uint32], list[str]] | tuple[str, str, str]"  # noqa: E501
"""A column as the core takes it: numbers; codes with labels; or what is wrong and what to do."""

MISSING = np.uint32(0xFFFF_FFFF)
"""Code of a missing text."""

_ACCEPTED = (
    "a pandas or polars DataFrame, a pyarrow Table or RecordBatch, a mapping of columns, or a 2-D array"
)


class Columns(NamedTuple):
    """What a call hands to the core."""

    rows: int
    wires: list[Wire]
    others: list[str]


def columns_of(table: Any, needed: Sequence[str], *, width: int | None = None) -> Columns:
    """Convert the needed columns of a table; others are only named, and only when one is missing.

    `width` is the number of fields of an array without names, by default all that is needed.
    """
    if isinstance(table, Columns):
        return table
    source = _source(table, needed[: len(needed) if width is None else width])
    found = [name for name in needed if name in source.names]
    others = [] if len(found) == len(needed) else [name for name in source.names if name not in found]
    return Columns(source.rows, [source.convert(name) for name in found], others)


def names_in(table: Any) -> list[str]:
    """Names of the columns of a table that has them."""
    return list(_source(table, ()).names)


class _Source(NamedTuple):
    rows: int
    names: dict[str, Any]
    """Column names, each with what `read` needs to convert it."""
    read: Callable[[str, Any], Wire]

    def convert(self, name: str) -> Wire:
        return self.read(name, self.names[name])


def _source(table: Any, names: Sequence[str]) -> _Source:
    if isinstance(table, Mapping):
        return _mapping(table)
    if isinstance(table, np.ndarray) and table.dtype.names:
        return _mapping({name: table[name] for name in table.dtype.names})
    if isinstance(table, np.ndarray | list | tuple):
        return _array(np.asarray(table), names)
    return _frame(table)


def _mapping(table: Mapping[Any, Any]) -> _Source:
    columns = {str(name): _sequence(str(name), values) for name, values in table.items()}
    lengths = {name: len(values) for name, values in columns.items()}
    rows = next(iter(lengths.values()), 0)
    for name, length in lengths.items():
        if length != rows:
            raise ShapeError(f"expected {rows} rows of column `{name}`, got {length}")
    return _Source(rows, columns, _from_numpy)


def _sequence(name: str, values: Any) -> npt.NDArray[Any]:
    if isinstance(values, str | bytes | Mapping) or np.ndim(values) != 1:
        raise ShapeError(f"column `{name}` must be a sequence of one value for each row, got {values!r:.60}")
    if isinstance(values, np.ndarray):
        return values
    if isinstance(values, list | tuple):
        # As objects, so that numpy does not write numbers beside texts as texts.
        array = np.empty(len(values), dtype=object)
        array[:] = values
        return array
    return np.asarray(values)


def _array(table: npt.NDArray[Any], names: Sequence[str]) -> _Source:
    if table.ndim != 2:
        raise ShapeError(f"expected a table of 2 dimensions, got {table.ndim}")
    if table.shape[1] != len(names):
        raise ShapeError(
            f"expected {len(names)} columns in the order of the schema ({', '.join(names)}), "
            f"got {table.shape[1]}"
        )
    columns = {name: table[:, position] for position, name in enumerate(names)}
    return _Source(table.shape[0], columns, _from_numpy)


def _frame(table: Any) -> _Source:
    import narwhals.stable.v2 as nw

    frame = nw.from_native(_arrow_table(table), pass_through=True)
    if isinstance(frame, nw.LazyFrame):
        raise ParameterError(
            "`X` must hold its rows, got a lazy frame: collect it first, for example X.collect()"
        )
    if not isinstance(frame, nw.DataFrame):
        raise ParameterError(f"`X` must be {_ACCEPTED}, got {type(table).__name__}")
    names = {str(name): name for name in frame.columns}
    return _Source(len(frame), names, lambda name, key: _from_series(name, frame[key], nw))


def _arrow_table(table: Any) -> Any:
    """Record batches, and whatever else speaks Arrow but no frame interface, become an Arrow table."""
    kind = type(table)
    if kind.__module__.startswith("pyarrow") and kind.__name__ == "RecordBatch":
        import pyarrow as pa

        return pa.Table.from_batches([table])
    known = kind.__module__.split(".")[0] in ("pandas", "polars", "pyarrow", "modin", "cudf", "narwhals")
    if not hasattr(table, "__arrow_c_stream__") or known:
        return table
    try:
        import pyarrow as pa
    except ImportError:
        return table
    return pa.table(table)


def _from_series(name: str, series: Any, nw: Any) -> Wire:
    dtype = series.dtype
    native = series.to_native()
    if dtype.is_numeric() or dtype == nw.Boolean:
        return name, _numbers(series, nw)
    if dtype in (nw.String, nw.Categorical, nw.Enum):
        return (name, *_codes(native))
    if dtype == nw.Object or str(native.dtype if hasattr(native, "dtype") else native.type) == "null":
        return _from_numpy(name, np.asarray(native.to_numpy(), dtype=object))
    return _refused(name, str(dtype))


def _numbers(series: Any, nw: Any) -> npt.NDArray[np.float64]:
    """Zero-copy where the column is contiguous float64 without nulls of its own."""
    native = series.to_native()
    if type(native).__module__.startswith("pandas"):
        plain = isinstance(native.dtype, np.dtype)
        values = native.to_numpy() if plain else native.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        values = series.cast(nw.Float64).to_numpy()
    return np.ascontiguousarray(values, dtype=np.float64)


def _codes(native: Any) -> tuple[npt.NDArray[np.uint32], list[str]]:
    """Texts of a series as codes and labels, by the frame's own dictionary encoding."""
    module = type(native).__module__.split(".")[0]
    if module == "polars":
        import polars as pl

        texts = native.cast(pl.String)
        labels = texts.drop_nulls().unique(maintain_order=True)
        places = pl.DataFrame({"t": labels, "c": np.arange(len(labels), dtype=np.uint32)})
        joined = pl.DataFrame({"t": texts}).join(places, on="t", how="left", maintain_order="left")
        return joined["c"].fill_null(int(MISSING)).to_numpy(), labels.to_list()
    if module == "pyarrow":
        import pyarrow.compute as pc

        encoded = native.dictionary_encode().combine_chunks()
        if hasattr(encoded, "chunks"):  # older versions keep one chunk
            encoded = encoded.unify_dictionaries().chunk(0) if encoded.num_chunks else encoded
        if not len(encoded):
            return np.empty(0, dtype=np.uint32), []
        indices = pc.fill_null(encoded.indices.cast("int64"), int(MISSING))
        return np.asarray(indices.to_numpy()).astype(np.uint32), encoded.dictionary.to_pylist()
    import pandas as pd

    positions, labels = pd.factorize(native)
    # The code of a missing text, -1, wraps to the largest number.
    return positions.astype(np.int64).astype(np.uint32), [str(label) for label in labels]


def _from_numpy(name: str, values: npt.NDArray[Any]) -> Wire:
    kind = values.dtype.kind
    if kind in "fiub":
        return name, np.ascontiguousarray(np.ma.filled(values.astype(np.float64, copy=False), np.nan))
    if kind in "U":
        labels, codes = np.unique(values, return_inverse=True)
        return name, codes.reshape(-1).astype(np.uint32), labels.tolist()
    if hasattr(values.dtype, "na_object"):  # numpy's variable-length strings
        return _from_objects(name, values.astype(object))
    if kind == "O":
        return _from_objects(name, values)
    return _refused(name, str(values.dtype))


_NUMBERS = (bool, int, float, decimal.Decimal, np.number, np.bool_)


def _missing(kind: type) -> bool:
    return kind is type(None) or kind.__name__ in ("NAType", "NaTType")


def _from_objects(name: str, values: npt.NDArray[Any]) -> Wire:
    """Convert a column of Python objects: numbers if all are, else texts if any are, else refused."""
    kinds = set(map(type, values))
    present = {kind for kind in kinds if not _missing(kind)}
    if all(issubclass(kind, _NUMBERS) for kind in present):
        cells = (np.nan if _missing(type(value)) else value for value in values)
        return name, np.fromiter(cells, dtype=np.float64, count=len(values))
    wrong = [kind for kind in present if not issubclass(kind, (str, *_NUMBERS))]
    if wrong:
        return _refused(name, " and ".join(sorted(kind.__name__ for kind in wrong)))
    seen: dict[str, int] = {}
    codes = np.empty(len(values), dtype=np.uint32)
    for row, value in enumerate(values):
        if _missing(type(value)) or value != value:
            codes[row] = MISSING
        else:
            codes[row] = seen.setdefault(_text(value), len(seen))
    return name, codes, list(seen)


def _text(value: Any) -> str:
    """Whole numbers without a point, as the core writes them."""
    if isinstance(value, str):
        return str(value)
    number = float(value)
    return str(int(number)) if number.is_integer() else repr(number)


def _refused(name: str, kind: str) -> Wire:
    dates = (datetime.date.__name__, "datetime", "Date", "Timestamp", "timestamp", "Duration", "timedelta")
    remedy = "turn it into a number or text"
    if any(word in kind for word in dates):
        remedy = "turn it into a number, for example the months since that day"
    return name, f"values of type {kind}, neither numbers nor text", remedy


# Out


def frame_kind(like: Any) -> str:
    """Which kind of frame results leave as: pandas, polars, pyarrow, batch, or dict."""
    if isinstance(like, str):
        if like not in ("pandas", "polars", "pyarrow", "dict"):
            raise ParameterError(
                f'`like` must be a table or one of "pandas", "polars", "pyarrow", "dict", got {like!r}'
            )
        return like
    module, name = type(like).__module__.split(".")[0], type(like).__name__
    if module in ("pandas", "polars", "pyarrow"):
        return "batch" if name == "RecordBatch" else module
    return "dict"


def to_frame(columns: Mapping[str, Sequence[Any] | npt.NDArray[Any]], like: Any) -> Any:
    """Build a frame of the kind of `like`, a table or a kind's name; pandas keeps the index of `like`.

    Columns are arrays of numbers, or lists of texts with None for missing.
    """
    kind = frame_kind(like)
    if kind == "pandas":
        import pandas as pd

        rows = len(next(iter(columns.values()), ()))
        index = None if isinstance(like, str) else like.index
        if index is not None and len(index) != rows:
            raise ShapeError(f"expected {rows} rows of `like`, got {len(index)}")
        made = {
            name: pd.Series(values, index=index, dtype=None if isinstance(values, np.ndarray) else "object")
            for name, values in columns.items()
        }
        frame = pd.DataFrame(made, index=index)
        texts = [name for name, values in columns.items() if not isinstance(values, np.ndarray)]
        return frame.astype(dict.fromkeys(texts, "str" if int(pd.__version__.split(".")[0]) >= 3 else object))
    if kind == "polars":
        import polars as pl

        return pl.DataFrame(
            [
                pl.Series(name, values, nan_to_null=True)
                if isinstance(values, np.ndarray)
                else pl.Series(name, values, dtype=pl.String)
                for name, values in columns.items()
            ]
        )
    if kind in ("pyarrow", "batch"):
        import pyarrow as pa

        arrays = [
            pa.array(values, from_pandas=True)  # NaN becomes null
            if isinstance(values, np.ndarray)
            else pa.array(values, type=pa.string())
            for values in columns.values()
        ]
        make = pa.table if kind == "pyarrow" else pa.record_batch
        return make(arrays, names=list(columns))
    return {
        name: values if isinstance(values, np.ndarray) else np.array([*values, None], dtype=object)[:-1]
        for name, values in columns.items()
    }


def names_of(codes: npt.NDArray[np.uint16], names: Iterable[str]) -> list[str | None]:
    """Names of class numbers, None where a number means "not part of this model"."""
    known = np.array([*names, None], dtype=object)
    places = np.minimum(codes, len(known) - 1)
    named: list[str | None] = known[places].tolist()
    return named


def require_rows(columns: Columns) -> None:
    """Refuse a table without rows where there is nothing to compute."""
    if columns.rows == 0:
        raise DataError("the table has no rows; give at least one customer")
