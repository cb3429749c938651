"""The scorer: a model file, ready to score from any thread."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from karat import _karat
from karat._errors import ParameterError
from karat._forecasts import Forecasts
from karat._frame import columns_of
from karat._reasons import NextGrades, Reasons, WhatIf
from karat._score import RECORD, Explanations, Flag, Score, Scores


class Field(NamedTuple):
    """One raw input of a model."""

    name: str
    """Column name."""
    unit: str
    """Unit of measurement, for people."""
    kind: str
    """`"numeric"` or `"categorical"`."""
    categories: tuple[str, ...]
    """Categories of a categorical field, in the order of their numbers in C and Rust rows."""
    missing: str
    """What a missing value means: value, median, neutral, renormalise, refuse or ignore."""


class _Wanted(NamedTuple):
    """Arrays that the core fills."""

    index: NDArray[np.float64]  # type: ignore[assignment]
    points: NDArray[np.float64]
    dimensions: NDArray[np.float64]
    reasons: NDArray[np.uint16]
    shortfalls: NDArray[np.float64]


class Scorer:
    """A frozen model, checked and ready to score; the same file scores the same bits in Rust and C.

    Immutable: share one among threads. Scoring runs without the interpreter's lock.

    Parameters
    ----------
    source : str, path or bytes
        A model file, or its bytes.

    Attributes
    ----------
    fields : tuple of Field
        What a row holds, in order.
    names : dict of str to tuple of str
        Names of indicators, dimensions, grades, types, segments, stages, actions, rules, forecasts and their
        outputs.
    model_id : str
        SHA-256 of the model, with which its file ends, in hexadecimal: write it beside every stored score.
    schema_id : int
        Fingerprint of the fields; equal fingerprints mean equal row layouts.

    Examples
    --------
    >>> import karat
    >>> plan = karat.Plan([karat.Indicator("arpu", scale=("min_max", 0, 200))])
    >>> model = karat.ValueModel(plan).fit({"arpu": [20.0, 80.0]})
    >>> scorer = karat.Scorer(model.to_bytes())
    >>> scorer.score_row({"arpu": 150}).index
    75.0
    """

    def __init__(self, source: str | os.PathLike[str] | bytes):
        if isinstance(source, bytes | bytearray | memoryview):
            inner = _karat.Scorer.from_bytes(bytes(source))
        else:
            inner = _karat.Scorer.open(os.fspath(source))
        self._set(inner)

    @classmethod
    def _of(cls, inner: _karat.Scorer) -> Scorer:
        scorer = cls.__new__(cls)
        scorer._set(inner)
        return scorer

    def _set(self, inner: _karat.Scorer) -> None:
        self._inner = inner
        self._score_row = inner.score_row
        self.fields = tuple(
            Field(name, unit, kind, tuple(categories), missing)
            for name, unit, kind, categories, missing in inner.fields()
        )
        self.names: dict[str, tuple[str, ...]] = {key: tuple(value) for key, value in inner.names().items()}
        self.model_id, self.schema_id, self.name = inner.model_id, inner.schema_id, inner.name
        self._columns = [field.name for field in self.fields]
        self._numeric = all(field.kind == "numeric" for field in self.fields)

    def score(self, X: Any, *, unseen: str = "refuse", n_threads: int | None = None) -> Scores:
        """Score a table.

        Parameters
        ----------
        X : table
            A pandas or polars DataFrame, a pyarrow Table or RecordBatch, a mapping of columns, or a 2-D
            array in the order of the schema. Named columns are matched by name; others are ignored.
        unseen : {"refuse", "flag"}, default "refuse"
            Whether a category the model does not know is an error, or missing with the flag UNSEEN.
        n_threads : int, optional
            Threads; all if not given. The bits are the same for any number.

        Returns
        -------
        Scores

        Raises
        ------
        SchemaError, DataError, ShapeError
            For missing columns or wrong values: all of them at once.
        """
        if unseen not in ("refuse", "flag"):
            raise ParameterError(f'`unseen` must be "refuse" or "flag", got {unseen!r}')
        columns = columns_of(X, self._columns)
        words = self._inner.score(*columns, unseen == "flag", threads(n_threads))
        return Scores(words.view(RECORD), self.names, X)

    def index(self, X: Any, *, unseen: str = "refuse", n_threads: int | None = None) -> NDArray[np.float64]:
        """Compute the value index alone, several times as fast as whole scores.

        Parameters
        ----------
        X : table
            As for `score`. A C-contiguous array of float64 is read where it lies.
        unseen : {"refuse", "flag"}, default "refuse"
            As for `score`.
        n_threads : int, optional
            Threads; all if not given. The bits are the same for any number.

        Returns
        -------
        ndarray of shape (n_rows,)
            The bits of `score(X)["index"]`; NaN for a customer without an index.

        Raises
        ------
        SchemaError, DataError, ShapeError
            As for `score`.

        Examples
        --------
        >>> import karat
        >>> plan = karat.Plan([karat.Indicator("arpu", scale=("min_max", 0, 200))])
        >>> model = karat.ValueModel(plan).fit({"arpu": [20.0, 80.0]})
        >>> model.scorer_.index({"arpu": [150.0, 20.0]}).tolist()
        [75.0, 10.0]
        """
        if self._numeric and is_rows(X, len(self.fields)):
            return self._inner.index_rows(X, threads(n_threads))
        if unseen not in ("refuse", "flag"):
            raise ParameterError(f'`unseen` must be "refuse" or "flag", got {unseen!r}')
        return self._inner.index(*columns_of(X, self._columns), unseen == "flag", threads(n_threads))

    def score_row(self, row: Mapping[str, Any] | Sequence[Any]) -> Score:
        """Score one customer, fast.

        Parameters
        ----------
        row : mapping or sequence
            Values by field name, or in the order of the schema; None or NaN for missing. Categories are
            given by name.

        Returns
        -------
        Score
            With the names of its classes.
        """
        numbers, classes, flags = self._score_row(row)
        return Score._make((*numbers, *classes, Flag(flags)))

    def score_rows(self, rows: Any) -> Scores:
        """Score rows as Rust and C take them: numbers alone, categories by their position.

        Parameters
        ----------
        rows : array of float64 of shape (n_rows, n_fields)
            NaN for missing.

        Returns
        -------
        Scores
        """
        rows = np.ascontiguousarray(rows, dtype=np.float64)
        return Scores(self._inner.score_rows(rows).view(RECORD), self.names)

    def forecast(self, X: Any, *, unseen: str = "refuse", n_threads: int | None = None) -> Forecasts:
        """Return the outputs of all forecasts of the model for a table.

        Parameters
        ----------
        X : table
            As for `score`. A C-contiguous array of float64 is read where it lies.
        unseen : {"refuse", "flag"}, default "refuse"
            Whether a category the model does not know is an error, or missing.
        n_threads : int, optional
            Threads; all if not given. The bits are the same for any number, and in Rust and C.

        Returns
        -------
        Forecasts
            A column for each output, whatever gates and missing indicators say.
        """
        if unseen not in ("refuse", "flag"):
            raise ParameterError(f'`unseen` must be "refuse" or "flag", got {unseen!r}')
        count = threads(n_threads)
        if self._numeric and is_rows(X, len(self.fields)):
            values = _karat.forecast_rows(self._inner, X, count)
        else:
            columns = columns_of(X, self._columns)
            values = _karat.forecast_table(self._inner, *columns, unseen == "flag", count)
        return Forecasts(self.names["outputs"], values, X)

    def explain(self, X: Any, *, top: int = 3) -> Explanations:
        """Tell what the scores of a table are made of.

        Parameters
        ----------
        X : table
            As for `score`.
        top : int, default 3
            Most reasons for each row, at most 4.

        Returns
        -------
        Explanations
            Points for each indicator; each row adds up exactly to the index, in a model whose nodes are
            not all arithmetic together with the index of the mean customer, and but for rounding.
        """
        if isinstance(top, bool) or top != int(top) or not 0 <= top <= 4:
            raise ParameterError(f"`top` must be 0 to 4, got {top!r}")
        direct = self._numeric and is_rows(X, len(self.fields))
        columns = None if direct else columns_of(X, self._columns)
        rows = len(X) if columns is None else columns.rows
        names, dimensions = self._inner.point_names(), self.names["dimensions"]
        texts = self._inner.reason_texts()
        wanted = _Wanted(
            np.empty(rows),
            np.empty((rows, len(names))),
            np.empty((rows, len(dimensions))),
            np.empty((rows, int(top) if texts else 0), dtype=np.uint16),
            np.empty((rows, int(top) if texts else 0)),
        )
        if columns is None:
            self._inner.explain_rows(X, wanted)
        else:
            self._inner.explain(*columns, False, wanted)
        base = None
        if not self._inner.additive():
            base = _karat.reference_index(self._inner, *(columns or columns_of(X, self._columns)))
        return Explanations(
            names,
            wanted.points,
            dimensions,
            wanted.dimensions,
            like=X,
            base=base,
            reasons=Reasons(wanted.reasons.view(np.int16), wanted.shortfalls, texts, X) if texts else None,
        )

    def points_to_next_grade(self, X: Any) -> NextGrades:
        """Tell what each customer lacks for the next grade, and which changes would do.

        Parameters
        ----------
        X : table
            As for `score`.

        Returns
        -------
        NextGrades

        Examples
        --------
        >>> import karat
        >>> plan = karat.Plan(
        ...     [karat.Indicator("arpu", scale=("min_max", 0, 200))],
        ...     grades=karat.Grades(["low", "high"], cuts=("fixed", [50])),
        ... )
        >>> scorer = karat.ValueModel(plan).fit({"arpu": [20.0, 80.0, 150.0]}).scorer_
        >>> lacking = scorer.points_to_next_grade({"arpu": [80.0]})
        >>> lacking.points[0], lacking[0].steps[0].to
        (np.float64(10.0), 100.0)
        """
        return NextGrades(_karat.next_grade(self._inner, *columns_of(X, self._columns)), like=X)

    def what_if(self, row: Mapping[str, Any], changes: Mapping[str, Any]) -> WhatIf:
        """Score one customer as it is and with some fields changed.

        Parameters
        ----------
        row : mapping
            Values by field name.
        changes : mapping
            New values of some fields; None makes one missing.

        Returns
        -------
        WhatIf
            Scores before and after, and what the points of each indicator gain.
        """
        unknown = [name for name in changes if name not in self._columns]
        if unknown:
            raise ParameterError(f"`changes` must be fields of the model, got {', '.join(unknown)}")
        before, after, gained = _karat.what_if_row(self._inner, dict(row), {**row, **changes})

        def named(found: Any) -> Score:
            return Score._make((*found[0], *found[1], Flag(found[2])))

        return WhatIf(named(before), named(after), dict(gained))

    def shapley(self, X: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Exact Shapley values of the indicators against the mean customer, for at most 12 indicators.

        The closed form that `explain` gives takes a few operations for each indicator; this takes
        ``2 ** n_indicators`` evaluations for each row, and is there to hold the closed form against.

        Parameters
        ----------
        X : table
            As for `score`.

        Returns
        -------
        ndarray of shape (n_rows, n_indicators)
            Each row sums to the index, penalties aside, less that of the mean customer.
        """
        return _karat.shapley_values(self._inner, *columns_of(X, self._columns))

    def to_bytes(self) -> bytes:
        """Return the bytes of the model file."""
        return self._inner.to_bytes()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scorer) and self.model_id == other.model_id

    def __hash__(self) -> int:
        return hash(self.model_id)

    def __reduce__(self) -> tuple[Any, ...]:
        return Scorer, (self.to_bytes(),)

    def __repr__(self) -> str:
        return f"Scorer({self.name!r}, {len(self.fields)} fields, model {self.model_id[:12]})"


def is_rows(X: Any, width: int) -> bool:
    """Whether a table is already what Rust and C take: rows of numbers, side by side."""
    return (
        type(X) is np.ndarray
        and X.ndim == 2
        and X.dtype == np.float64
        and X.shape[1] == width
        and bool(X.flags.c_contiguous)
    )


def threads(n_threads: int | None) -> int:
    """Check a number of threads; 0 stands for all."""
    if n_threads is None or n_threads == -1:
        return 0
    if isinstance(n_threads, bool) or n_threads != int(n_threads) or n_threads < 1:
        raise ParameterError(f"`n_threads` must be at least 1, or None for all, got {n_threads!r}")
    return int(n_threads)
