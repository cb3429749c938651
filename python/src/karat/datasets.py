"""Data to try karat on: a synthetic telecom operator with known truth."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat import _karat
from karat._errors import ParameterError
from karat._estimator import check_integer, check_threads

__all__ = ["PRESETS", "SyntheticOperator", "make_operator"]

PRESETS = ("mixed", "mature_postpaid", "prepaid_emerging", "china_2009", "corporate")
"""Markets that the synthetic operator is calibrated to."""

# Texts that name things rather than classes stay texts.
_IDENTIFIERS = frozenset({"account_id"})

_KINDS = ("pandas", "polars", "pyarrow", "dict")


class SyntheticOperator:
    """The tables of a synthetic operator; made by `make_operator`.

    A table is converted when it is first asked for.

    Attributes
    ----------
    customers : frame
        One row per customer as of the end of the last month.
    monthly : frame
        One row per customer and month with service, months as yyyymm.
    truth : frame
        One row per customer: what no operator knows, such as hidden traits, life-cycle stage, hazards and
        the true value index.
    ties : frame or None
        Call partners on the same network, if asked for.
    dirt : frame or None
        How often each defect was planted, if the tables are dirty.
    frame : str
        Kind of the tables: "pandas", "polars", "pyarrow" or "dict".
    """

    def __init__(self, tables: Mapping[str, _karat.SyntheticTable], frame: str) -> None:
        self._tables = dict(tables)
        self.frame = frame

    @cached_property
    def customers(self) -> Any:
        """One row per customer as of the end of the last month."""
        return self._convert("customers")

    @cached_property
    def monthly(self) -> Any:
        """One row per customer and month with service."""
        return self._convert("monthly")

    @cached_property
    def truth(self) -> Any:
        """One row per customer: what no operator knows."""
        return self._convert("truth")

    @cached_property
    def ties(self) -> Any | None:
        """Call partners on the same network, None unless asked for."""
        return self._convert("ties")

    @cached_property
    def dirt(self) -> Any | None:
        """How often each defect was planted, None for clean tables."""
        return self._convert("dirt")

    def write_csv(self, folder: str | PathLike[str]) -> list[Path]:
        """Write every table as `<name>.csv`: UTF-8, missing values blank, numbers in their shortest form.

        Parameters
        ----------
        folder : path
            Where to; made if it does not exist.

        Returns
        -------
        list of Path
            The files, each of them whole.

        Raises
        ------
        ModelIOError
            When a file cannot be written.
        """
        where = Path(folder)
        where.mkdir(parents=True, exist_ok=True)
        paths = []
        for name, table in self._tables.items():
            paths.append(where / f"{name}.csv")
            table.write_csv(paths[-1])
        return paths

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {len(table):,}" for name, table in self._tables.items())
        return f"<SyntheticOperator as {self.frame}, rows: {sizes}>"

    def _convert(self, name: str) -> Any | None:
        table = self._tables.get(name)
        if table is None:
            return None
        columns = {column: table.column(column) for column in table.names}
        return _CONVERTERS[self.frame](columns)


def make_operator(
    n_customers: int = 10_000,
    months: int = 24,
    seed: int = 0,
    preset: str = "mixed",
    dirty: bool = False,
    *,
    ties: bool = False,
    frame: str | None = None,
    n_threads: int | None = None,
) -> SyntheticOperator:
    """Make a telecom operator with customers whose true value and future are known.

    Customers with hidden traits live through months of bills, usage, complaints, late payments and churn.
    Figures follow published ones. Everything depends on the seed, the customer and the month alone: more
    customers never change earlier ones, and the number of threads changes nothing.

    Parameters
    ----------
    n_customers : int, default 10_000
        Customers, 1 to 100 million.
    months : int, default 24
        Months of the window, 1 to 240; the first is January 2023.
    seed : int, default 0
        Seed, 0 to 2**64 - 1.
    preset : str, default "mixed"
        The market: "mixed", "mature_postpaid", "prepaid_emerging", "china_2009" or "corporate".
    dirty : bool, default False
        Whether the defects of real tables are planted, with their counts in `dirt`.
    ties : bool, default False
        Whether the table of call partners is made.
    frame : {"pandas", "polars", "pyarrow", "dict"} or None, default None
        Kind of the tables. None takes the first of these that is installed, in this order; "dict" is a dict
        of numpy arrays and always there. Classes are categorical, identifiers texts (both objects in a
        dict); what is missing is null.
    n_threads : int or None, default None
        Threads, None for all.

    Returns
    -------
    SyntheticOperator
        With the tables `customers`, `monthly`, `truth`, and `ties` and `dirt` if asked for.

    Raises
    ------
    ParameterError
        For a parameter out of its range.

    Examples
    --------
    >>> from karat.datasets import make_operator
    >>> base = make_operator(500, months=12, seed=7, frame="dict")
    >>> len(base.customers["customer_id"])
    500
    >>> larger = make_operator(800, months=12, seed=7, frame="dict")
    >>> bool((larger.customers["arpu_3m"][:500] == base.customers["arpu_3m"]).all())
    True
    """
    if frame is None:
        frame = next(kind for kind in _KINDS if kind == "dict" or find_spec(kind) is not None)
    if frame not in _KINDS:
        raise ParameterError(f"`frame` must be one of {', '.join(_KINDS)}, got {frame!r}")
    if frame != "dict" and find_spec(frame) is None:
        raise ParameterError(
            f'`frame` is {frame!r}, but {frame} is not installed; frame="dict" needs nothing'
        )
    tables = _karat.make_operator(
        check_integer("n_customers", n_customers, 1, 100_000_000),
        check_integer("months", months, 1, 240),
        check_integer("seed", seed, 0, 2**64 - 1),
        preset,
        bool(dirty),
        bool(ties),
        check_threads(n_threads),
    )
    return SyntheticOperator(tables, frame)


_Columns = dict[str, tuple[NDArray[Any], "list[str] | None"]]


def _to_dict(columns: _Columns) -> dict[str, NDArray[Any]]:
    return {name: _as_objects(values, labels) for name, (values, labels) in columns.items()}


def _as_objects(values: NDArray[Any], labels: list[str] | None) -> NDArray[Any]:
    if labels is None:
        return values
    # The code of a missing text is -1: the last entry.
    texts: NDArray[np.object_] = np.array([*labels, None], dtype=object)[values]
    return texts


def _to_pandas(columns: _Columns) -> Any:
    pandas = import_module("pandas")

    def series(name: str, values: NDArray[Any], labels: list[str] | None) -> Any:
        if labels is None:
            return values
        if name in _IDENTIFIERS:
            return pandas.array(_as_objects(values, labels), dtype="string")
        return pandas.Categorical.from_codes(values, categories=labels)

    data = {name: series(name, *column) for name, column in columns.items()}
    return pandas.DataFrame(data, copy=False)


def _to_polars(columns: _Columns) -> Any:
    polars = import_module("polars")

    def series(name: str, values: NDArray[Any], labels: list[str] | None) -> Any:
        if labels is None:
            return polars.Series(name, values, nan_to_null=True)
        codes = polars.Series(name, values)
        texts = polars.Series(name, labels, dtype=polars.String).gather(codes.set(codes < 0, None))
        return texts if name in _IDENTIFIERS else texts.cast(polars.Enum(labels))

    return polars.DataFrame([series(name, *column) for name, column in columns.items()])


def _to_pyarrow(columns: _Columns) -> Any:
    pyarrow = import_module("pyarrow")

    def array(name: str, values: NDArray[Any], labels: list[str] | None) -> Any:
        if labels is None:
            return pyarrow.array(values, from_pandas=True)
        if name in _IDENTIFIERS:
            return pyarrow.array(_as_objects(values, labels), pyarrow.string())
        codes = pyarrow.array(values, mask=values < 0)
        return pyarrow.DictionaryArray.from_arrays(codes, pyarrow.array(labels, pyarrow.string()))

    return pyarrow.table({name: array(name, *column) for name, column in columns.items()})


_CONVERTERS = {"pandas": _to_pandas, "polars": _to_polars, "pyarrow": _to_pyarrow, "dict": _to_dict}
