"""Files and texts of the command line."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from karat import _karat
from karat._errors import (
    DataError,
    FormatError,
    ModelIOError,
    NumericsError,
    SchemaError,
    UnsupportedError,
)
from karat._frame import MISSING, Columns, Wire
from karat._score import RECORD, Flag, Scores
from karat._scorer import Scorer


def read_table(path: str) -> Columns:
    """Read a CSV file as columns."""
    wires = _karat.read_csv(path)
    return Columns(len(wires[0][1]) if wires else 0, list(wires), [])


def open_model(path: str) -> Scorer:
    """Open a model file; errors name the file."""
    try:
        return Scorer(path)
    except (FormatError, UnsupportedError, NumericsError) as error:
        raise type(error)(f"{path}: {error}") from None


def row_of(table: Columns, number: int) -> Columns:
    """Cut one row out of a table."""
    if not 0 <= number < table.rows:
        raise DataError(f"no row {number}: the table has {table.rows}, counted from 0")
    cut: list[Any] = [(name, values[number : number + 1], *labels) for name, values, *labels in table.wires]
    return Columns(1, cut, [])


def column(table: Columns, name: str) -> Wire:
    """Find a column by name."""
    for wire in table.wires:
        if wire[0] == name:
            return wire
    raise SchemaError(f"column `{name}`: missing from the table")


def texts(wire: Wire) -> list[str]:
    """Write every value of a column as a person would; blank when missing."""
    values: Any = wire[1]
    if len(wire) == 2:
        return [_number(value) for value in values.tolist()]
    known = np.array([*wire[2], ""], dtype=object)
    return [str(text) for text in known[np.where(values == MISSING, len(known) - 1, values)]]


def _number(value: float) -> str:
    if math.isnan(value):
        return ""
    return str(int(value)) if value.is_integer() else repr(value)


def find_row(table: Columns, id_column: str | None, value: str) -> int:
    """Find the row of a customer by identifier."""
    if id_column is None:
        raise DataError("the model's plan names no `id` column; use --row")
    found = texts(column(table, id_column))
    try:
        return found.index(value)
    except ValueError:
        raise DataError(f"column `{id_column}`: no customer `{value}` in {table.rows} rows") from None


def scores_csv(scores: Scores, identifiers: tuple[str, Sequence[str]] | None) -> bytes:
    """Write scores as CSV: identifiers if any, then the fields of the record, classes by name."""
    header: list[str] = []
    columns: list[Iterable[Any]] = []
    if identifiers is not None:
        header.append(identifiers[0])
        columns.append(identifiers[1])
    for field in RECORD.names or ():
        header.append(field)
        if field == "flags":
            columns.append(_flags(scores))
        elif RECORD[field].kind == "f":
            columns.append("" if value != value else value for value in scores[field].tolist())
        else:
            columns.append(name or "" for name in scores.names(field))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(zip(*columns, strict=True))
    return text.getvalue().encode()


def _flags(scores: Scores) -> list[str]:
    found, places = np.unique(scores["flags"], return_inverse=True)
    words = ["|".join(flag.name or "" for flag in Flag if flag & int(bits)) for bits in found]
    return [words[place] for place in places.reshape(-1).tolist()]


def write_whole(path: str, data: bytes) -> None:
    """Write a file in one piece: a failure leaves an older file as it was."""
    directory, name = os.path.split(path)
    partial = os.path.join(directory, f".{name}.{os.getpid()}.part")
    try:
        if os.path.exists(path) and not os.path.isfile(path):  # a device or a pipe
            with open(path, "wb") as file:
                file.write(data)
            return
        try:
            with open(partial, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, path)
        finally:
            if os.path.exists(partial):
                os.unlink(partial)
    except OSError as error:
        raise ModelIOError(f"{path}: cannot write: {error.strerror or error}") from None


def make_directory(path: str) -> None:
    """Make a directory with its parents."""
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise ModelIOError(f"{path}: cannot make the directory: {error.strerror or error}") from None


def print_json(value: Any) -> None:
    """Print one JSON object; NaN becomes null."""
    print(json.dumps(_finite(value), indent=2, ensure_ascii=False))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns aligned: those of numbers to the right, the others to the left."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    right = [bool(rows) and all(_is_number(row[i]) for row in rows) for i in range(len(header))]
    for row in [header, *rows]:
        cells = [
            cell.rjust(width) if numeric else cell.ljust(width)
            for cell, width, numeric in zip(row, widths, right, strict=True)
        ]
        print("  ".join(cells).rstrip())


def _is_number(cell: str) -> bool:
    if cell in ("", "-"):
        return True
    try:
        float(cell)
    except ValueError:
        return False
    return True


class TerminalProgress:
    """Shows where a fit stands on one line of standard error; silent unless that is a terminal."""

    def __init__(self) -> None:
        self._shown = 0

    def __call__(self, task: str, share: float) -> None:
        if sys.stderr.isatty():
            line = f"karat: {task} {100 * share:.0f}%"
            sys.stderr.write("\r" + line.ljust(self._shown))
            sys.stderr.flush()
            self._shown = len(line)

    def done(self) -> None:
        """Clear the line."""
        if self._shown:
            sys.stderr.write("\r" + " " * self._shown + "\r")
            sys.stderr.flush()
            self._shown = 0


def fitted(plan: Any, table: Columns, seed: int, threads: int | None = None) -> Any:
    """Fit with progress on a terminal."""
    from karat import ValueModel

    progress = TerminalProgress()
    try:
        return ValueModel(plan, random_state=seed, n_threads=threads, progress=progress).fit(table)
    finally:
        progress.done()
