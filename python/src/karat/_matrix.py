"""Tables of numbers, whatever they come in, as a numpy array with the names of its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat._errors import DataError, ShapeError

#: Rows named in a message.
_ROWS_NAMED = 5


def read_matrix(x: Any, *, who: str) -> tuple[NDArray[np.float64], list[str] | None]:
    """Return the numbers of a table and the names of its columns, None where it has none.

    Parameters
    ----------
    x : frame, mapping or array-like of shape (n, d)
        A pandas, polars or pyarrow table, a mapping of columns, or anything numpy reads.
    who : str
        Who asks, for messages.

    Returns
    -------
    array : ndarray of shape (n, d)
        In double precision; the array itself where it already is.
    names : list of str, or None
        None also where the columns of a frame are numbered.

    Raises
    ------
    TypeError
        For sparse matrices, and values that are no numbers.
    DataError
        For columns of text.
    ShapeError
        Unless there are two dimensions and at least one row and column.
    """
    _refuse_sparse(x, who)
    if isinstance(x, Mapping):
        names: list[str] | None = [str(name) for name in x]
        array = _stack([np.asarray(column) for column in x.values()], names or [])
    elif isinstance(x, np.ndarray | Sequence):
        array, names = _numbers(x), None
    else:
        array, names = _read_frame(x)
    _check_shape(array, who)
    return array, names


def read_columns(
    x: Any, *, who: str, single: bool = False
) -> tuple[NDArray[np.float64] | list[NDArray[np.float64]], list[str] | None]:
    """As `read_matrix`, but columns that are apart stay apart: nothing is copied that need not be.

    With `single`, columns that are all in single precision stay so.

    Returns
    -------
    numbers : ndarray of shape (n, d), or list of ndarray of shape (n,)
        An array in the order of C or Fortran, or contiguous columns.
    names : list of str, or None
        None also where the columns of a frame are numbered.
    """
    _refuse_sparse(x, who)
    if isinstance(x, Mapping):
        names: list[str] | None = [str(name) for name in x]
        columns = [np.asarray(column) for column in x.values()]
    elif isinstance(x, np.ndarray | Sequence):
        array, names = read_matrix(x, who=who)
        if not (array.flags.c_contiguous or array.flags.f_contiguous):
            array = np.ascontiguousarray(array)
        return array, names
    else:
        import narwhals.stable.v2 as nw

        frame = nw.from_native(x, eager_only=True, pass_through=True)
        if not isinstance(frame, nw.DataFrame):
            array, names = read_matrix(x, who=who)
            return read_columns(array, who=who, single=single)
        columns = [frame[:, j].to_numpy() for j in range(len(frame.columns))]
        names = _text_names(frame.columns)
    if single and all(column.dtype == np.float32 for column in columns):
        read: list[Any] = columns
    else:
        read = _each_number(columns, names or range(len(columns)))
    if any(column.ndim != 1 for column in read):
        raise ShapeError(f"{who} needs columns of one dimension each")
    _check_size(len(read[0]) if read else 0, len(read))
    return [np.ascontiguousarray(column) for column in read], names


def _refuse_sparse(x: Any, who: str) -> None:
    if hasattr(x, "toarray") and hasattr(x, "nnz"):
        raise TypeError(
            f"sparse data was passed, but {who} needs dense data; use `X.toarray()` if it fits in memory"
        )


def read_rows(
    x: Any, *, who: str
) -> tuple[NDArray[np.float64] | NDArray[np.float32] | list[Any], list[str] | None]:
    """As `read_columns`, but single precision stays as it is, and arrays keep their layout.

    Returns
    -------
    numbers : ndarray of shape (n, d), or list of ndarray of shape (n,)
        float32 where all of it was, else float64.
    names : list of str, or None
        None also where the columns of a frame are numbered.
    """
    if isinstance(x, np.ndarray):
        array = np.require(x, requirements="A") if x.dtype == np.float32 else _numbers(x)
        _check_shape(array, who)
        return array, None
    return read_columns(x, who=who, single=True)


def _text_names(columns: Sequence[Any]) -> list[str] | None:
    """Names of a frame's columns; None where they are numbers."""
    if all(isinstance(name, str) for name in columns):
        return list(columns)
    if any(isinstance(name, str) for name in columns):
        raise TypeError("feature names must all be strings, or none of them; rename the columns")
    return None


def _read_frame(x: Any) -> tuple[NDArray[np.float64], list[str] | None]:
    import narwhals.stable.v2 as nw

    frame = nw.from_native(x, eager_only=True, pass_through=True)
    if not isinstance(frame, nw.DataFrame):
        return _numbers(x), None
    columns = frame.columns
    array = _stack([frame[:, j].to_numpy() for j in range(len(columns))], columns)
    return array, _text_names(columns)


def _stack(columns: list[NDArray[Any]], names: Sequence[object]) -> NDArray[np.float64]:
    """Columns side by side, each read as numbers; every column that cannot be is named."""
    read = _each_number(columns, names)
    array = np.empty((len(read[0]) if read else 0, len(read)), order="F")
    for j, column in enumerate(read):
        array[:, j] = column
    return array


def _each_number(columns: list[NDArray[Any]], names: Sequence[object]) -> list[NDArray[np.float64]]:
    lengths = {len(column) for column in columns}
    if len(lengths) > 1:
        shown = ", ".join(f"`{name}` {len(column)}" for name, column in zip(names, columns, strict=True))
        raise ShapeError(f"columns must have the same number of rows, got {shown}")
    read, problems = [], []
    for name, column in zip(names, columns, strict=True):
        try:
            read.append(_numbers(column))
        except (TypeError, ValueError) as error:
            problems.append(f"column `{name}`: not numeric ({error}); leave it out or encode it as numbers")
    if problems:
        raise DataError(problem_list(problems))
    return read


def _numbers(x: Any) -> NDArray[np.float64]:
    array = np.asarray(x)
    if array.dtype.kind == "c":
        raise ValueError(f"Complex data not supported\n{array}\n")
    if array.dtype.kind in "Mm":
        raise TypeError(f"dates and durations ({array.dtype}) are no numbers; convert them first")
    return np.require(array, np.float64, "A")


def _check_shape(array: NDArray[Any], who: str) -> None:
    if array.ndim != 2:
        raise ShapeError(
            f"{who} needs a table of two dimensions, got {array.ndim}. Reshape your data: `X.reshape(-1, 1)` "
            "for one feature, `X.reshape(1, -1)` for one sample"
        )
    _check_size(*array.shape)


def _check_size(rows: int, columns: int) -> None:
    for count, what in ((rows, "sample"), (columns, "feature")):
        if count == 0:
            raise ShapeError(
                f"Found array with 0 {what}(s) (shape={(rows, columns)}) while a minimum of 1 is required."
            )


def check_finite(array: NDArray[Any], names: Sequence[str] | None, who: str) -> None:
    """Refuse NaN and infinities, naming every column that has some and the first rows.

    Raises
    ------
    DataError
        Where there are any.
    """
    if np.isfinite(array).all():
        return
    problems = []
    for j in range(array.shape[1]):
        rows = np.flatnonzero(~np.isfinite(array[:, j]))
        if len(rows):
            value = "NaN" if np.isnan(array[rows[0], j]) else str(array[rows[0], j])
            first = ", ".join(str(row) for row in rows[:_ROWS_NAMED])
            label = names[j] if names is not None else str(j)
            problems.append(
                f"column `{label}`: {value} where {who} needs a finite number "
                f"({len(rows)} row{'s' if len(rows) > 1 else ''}: {first})"
            )
    remedy = "replace missing (NaN) and infinite (inf) values, or drop these rows"
    raise DataError(f"{problem_list(problems)}; {remedy}")


def problem_list(problems: Sequence[str]) -> str:
    """One problem as it stands, several one to a line."""
    if len(problems) == 1:
        return problems[0]
    return f"{len(problems)} problems:" + "".join(f"\n  - {problem}" for problem in problems)
