"""Scores and explanations as they leave: records of 64 bytes, and frames for people."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from karat._errors import ParameterError
from karat._frame import names_of, to_frame

if TYPE_CHECKING:
    from karat._reasons import Reasons

RECORD = np.dtype(
    [
        ("index", "<f8"),
        ("forecast", "<f8"),
        ("churn", "<f8"),
        ("clv", "<f8"),
        ("margin", "<f8"),
        ("coverage", "<f8"),
        ("grade", "<u2"),
        ("type", "<u2"),
        ("segment", "<u2"),
        ("stage", "<u2"),
        ("action", "<u2"),
        ("rule", "<u2"),
        ("flags", "<u4"),
    ]
)
"""The record of one score, 64 bytes, the same in C and Rust."""

NONE = 0xFFFF
"""Class number of "not part of this model"."""

_CLASSES = {
    "grade": "grades",
    "type": "types",
    "segment": "segments",
    "stage": "stages",
    "action": "actions",
    "rule": "rules",
}


class Flag(enum.IntFlag):
    """Bits of the field `flags` of a score."""

    IMPUTED = 1
    """A missing field was filled in or left out by its rule."""
    CLAMPED = 2
    """A field lay outside the bounds frozen in the model, or was infinite."""
    CAPPED = 4
    """A rule lowered the grade."""
    INELIGIBLE = 8
    """A gate keeps the customer out of grades, types and segments."""
    REFUSED = 16
    """A required field was missing, or too few indicators were present: no index."""
    UNSEEN = 32
    """A category the model does not know was treated as missing."""
    KEPT = 64
    """The previous grade was kept because it is still valid."""
    PENALISED = 128
    """A penalty rule took points off the index."""


class Score(NamedTuple):
    """What a model says of one customer; NaN and None mean "not part of this model"."""

    index: float  # type: ignore[assignment]
    """Value index, in the scale of the model."""
    forecast: float
    """Index expected at the horizon of the model."""
    churn: float
    """Probability of leaving within the horizon."""
    clv: float
    """Lifetime value, in the currency of the model."""
    margin: float
    """Lead of the nearest segment over the next, 0 to 1."""
    coverage: float
    """Share of the indicator weight that was present, 0 to 1."""
    grade: str | None
    """Name of the grade."""
    type: str | None
    """Name of the type."""
    segment: str | None
    """Name of the segment."""
    stage: str | None
    """Name of the life-cycle stage."""
    action: str | None
    """Name of the recommended action."""
    rule: str | None
    """The rule that excluded the customer or lowered the grade."""
    flags: Flag
    """What happened on the way."""


class Scores:
    """Scores of a table: a structured array of 64-byte records with the names of its classes.

    Index it by field name (`scores["index"]`), by position, or take the array with `numpy.asarray`.

    Examples
    --------
    >>> import karat
    >>> plan = karat.Plan([karat.Indicator("arpu")], grades=["low", "high"])
    >>> model = karat.ValueModel(plan).fit({"arpu": [20.0, 80.0, 50.0]})
    >>> scores = model.score({"arpu": [20.0, 80.0]})
    >>> scores["index"].tolist(), scores.names("grade")
    ([0.0, 100.0], ['low', 'high'])
    """

    __slots__ = ("_like", "_names", "_records")

    def __init__(self, records: npt.NDArray[Any], names: Mapping[str, Sequence[str]], like: Any = "dict"):
        if records.dtype != RECORD:
            raise ParameterError(f"`records` must be of the 64-byte record type, got {records.dtype}")
        self._records, self._names, self._like = records, names, like

    def __getitem__(self, key: Any) -> Any:
        taken = self._records[key]
        if isinstance(key, str) or taken.dtype != RECORD or taken.ndim == 0:
            return taken
        return Scores(taken, self._names)

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._records)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        if dtype is not None and np.dtype(dtype) != RECORD:
            return self._records.astype(dtype)
        return self._records.copy() if copy else self._records

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scores) and self._records.tobytes() == other._records.tobytes()

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return Scores, (self._records, self._names)

    @property
    def records(self) -> npt.NDArray[Any]:
        """The structured array itself."""
        return self._records

    def names(self, field: str) -> list[str | None]:
        """Class names in place of numbers.

        Parameters
        ----------
        field : {"grade", "type", "segment", "stage", "action", "rule"}

        Returns
        -------
        list of str
            One for each row, None where the model gives no such class.
        """
        if field not in _CLASSES:
            raise ParameterError(f"`field` must be one of {', '.join(_CLASSES)}, got {field!r}")
        return names_of(self._records[field], self._names[_CLASSES[field]])

    def to_frame(self, like: Any = None, *, names: bool = True) -> Any:
        """Build a frame with a column for each field of the record.

        Parameters
        ----------
        like : table or {"pandas", "polars", "pyarrow", "dict"}, optional
            What kind of frame to build; a pandas frame also gives its index. By default the kind of the
            table that was scored.
        names : bool, default True
            Whether classes are written by name, missing where there is none, or by number.

        Returns
        -------
        frame
        """
        columns: dict[str, Any] = {}
        for field in RECORD.names or ():
            named = names and field in _CLASSES
            columns[field] = self.names(field) if named else np.ascontiguousarray(self._records[field])
        return to_frame(columns, self._like if like is None else like)

    def digest(self) -> str:
        """Return the SHA-256 of the little-endian records in hexadecimal.

        Equal digests mean equal bits, whatever language computed the scores.
        """
        return hashlib.sha256(np.ascontiguousarray(self._records).data).hexdigest()

    def tobytes(self) -> bytes:
        """Return the little-endian records one after the other."""
        return self._records.tobytes()

    def __repr__(self) -> str:
        index = self._records["index"]
        given = index[~np.isnan(index)]
        mean = f", mean index {given.mean():.4g}" if len(given) else ""
        return f"Scores({len(self)} rows{mean})"

    def _repr_html_(self) -> str:
        shown = self[:10].to_frame("dict")
        kept = [name for name, values in shown.items() if any(_shown(value) for value in values)]
        rows = [[_shown(shown[name][row]) for name in kept] for row in range(len(self[:10]))]
        return html_table(kept, rows) + f"<p>{len(self)} rows</p>"


def _shown(value: Any) -> str:
    if value is None or value != value:
        return ""
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def html_table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Build an HTML table of texts."""
    from html import escape

    head = "".join(f"<th>{escape(str(name))}</th>" for name in names)
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


class Explanations:
    """What scores are made of, a row for each customer.

    Attributes
    ----------
    names : tuple of str
        Entries of `points`: the indicators, then the penalty rules.
    points : ndarray of shape (n_rows, n_names)
        Points of each entry. Added from left to right they are the index, to the last bit; NaN
        throughout for a customer without an index.
    dimension_names : tuple of str
        The dimensions.
    dimensions : ndarray of shape (n_rows, n_dimensions)
        Score of each dimension, in the scale of the index.
    base : ndarray of shape (n_rows,)
        What the points add to: 0, or the index of the mean customer over the indicators that are present in
        a model whose nodes are not all arithmetic.
    reasons : Reasons or None
        The largest shortfalls against the mean customer; None for a file without the means of its base.
    """

    __slots__ = ("_like", "base", "dimension_names", "dimensions", "names", "points", "reasons")

    def __init__(
        self,
        names: Sequence[str],
        points: npt.NDArray[np.float64],
        dimension_names: Sequence[str],
        dimensions: npt.NDArray[np.float64],
        like: Any = "dict",
        base: npt.NDArray[np.float64] | None = None,
        reasons: Reasons | None = None,
    ):
        self.base = np.zeros(len(points)) if base is None else base
        self.reasons = reasons
        self.names, self.points = tuple(names), points
        self.dimension_names, self.dimensions = tuple(dimension_names), dimensions
        self._like = like

    @property
    def index(self) -> npt.NDArray[np.float64]:
        """The index of each row: its points added from left to right, and the base.

        `numpy.cumsum` adds in this order; `numpy.sum` and, from Python 3.12, `sum` do not, and may
        differ in the last bit.
        """
        if not self.names:
            return np.zeros(len(self))
        return np.ascontiguousarray(np.cumsum(self.points, axis=1)[:, -1]) + self.base

    def __len__(self) -> int:
        return len(self.points)

    def to_frame(self, like: Any = None) -> Any:
        """Build a frame with the points of each indicator and penalty rule.

        Parameters
        ----------
        like : table or {"pandas", "polars", "pyarrow", "dict"}, optional
            As for `Scores.to_frame`.

        Returns
        -------
        frame
            Its columns, added from left to right, are the index to the last bit.
        """
        columns: dict[str, Any] = {}
        for position, name in enumerate(self.names):
            # A penalty rule may bear the name of an indicator; both count.
            key = name if name not in columns else f"{name} (rule)"
            columns[key] = np.ascontiguousarray(self.points[:, position])
        return to_frame(columns, self._like if like is None else like)

    def __repr__(self) -> str:
        return f"Explanations({len(self)} rows, {len(self.names)} entries)"

    def _repr_html_(self) -> str:
        rows = [[f"{value:.4f}" for value in [*row, *row.cumsum()[-1:]]] for row in self.points[:10]]
        return html_table([*self.names, "index"], rows) + f"<p>{len(self)} rows</p>"
