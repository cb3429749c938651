"""The bins of one field, as a result to look at."""

from __future__ import annotations

import html
from typing import Any

import numpy as np

from karat._frame import to_frame

Json = dict[str, Any]


class BinTable:
    """The bins of one field: how many customers each holds, and what it tells about the target.

    Attributes
    ----------
    field : str
        Column.
    kind : {"numeric", "categorical"}
        What the bins are made of.
    cuts : tuple of float
        Where every bin but the first begins, for a numeric field: a bin is ``[cut, next cut)``.
    special_values : tuple of float
        Values of a numeric field with a bin of their own.
    groups : tuple of tuple of str
        The categories of each bin, for a categorical field.
    labels : list of str
        What falls in each bin; the last is ``missing``.
    iv : float
        Information value; of a continuous target the share of its variance that the bins explain.
    strength : str or None
        Band of the information value: useless (below 0.02), weak, medium (from 0.1), strong (from 0.3) or
        suspicious (above 0.5); None of a continuous target.
    gini, ks, jensen_shannon : float
        How well the bins tell events from non-events.
    trend : str
        Which way the event rates run: the trend asked for, or the one that was found.
    exact : bool
        Whether every different value was a pre-bin, so that no better bins exist.
    """

    def __init__(self, parts: Json, separation: tuple[float, float, float], binary: bool, like: str) -> None:
        self._parts, self._binary, self._like = parts, binary, like
        self.field: str = parts["name"]
        [(self.kind, made)] = parts["kind"].items()
        self.cuts = tuple(made.get("cuts", ()))
        self.special_values = tuple(made.get("special", ()))
        self.groups = tuple(tuple(group) for group in made.get("groups", ()))
        self.labels: list[str] = [entry["label"] for entry in parts["bins"]]
        self.iv: float = parts["information_value"]
        self.strength: str | None = strength(self.iv) if binary else None
        self.gini, self.ks, self.jensen_shannon = separation
        self.trend: str = parts["trend"]
        self.exact: bool = parts["exact"]

    def __len__(self) -> int:
        return len(self.labels)

    def columns(self) -> dict[str, Any]:
        """Return the table as arrays: bin, count, share, then what the target did there."""
        bins = self._parts["bins"]
        count = np.array([entry["weight"] for entry in bins])
        total = np.array([entry["total"] for entry in bins])
        with np.errstate(invalid="ignore"):
            rate = total / count
        columns: dict[str, Any] = {"bin": self.labels, "count": count, "share": count / count.sum()}
        if self._binary:
            columns |= {"events": total, "non_events": count - total, "event_rate": rate}
        else:
            columns |= {"mean": rate}
        columns["woe" if self._binary else "effect"] = np.array([entry["evidence"] for entry in bins])
        columns["iv" if self._binary else "explained"] = np.array([entry["contribution"] for entry in bins])
        return columns

    def to_frame(self, like: Any = None) -> Any:
        """Return the table as a frame.

        Parameters
        ----------
        like : table or str, optional
            The kind of frame, by default that of the fitted table.

        Returns
        -------
        frame
            A row for each bin.
        """
        return to_frame(self.columns(), self._like if like is None else like)

    def __repr__(self) -> str:
        band = f", {self.strength}" if self.strength else ""
        what = "iv" if self._binary else "explained"
        return f"BinTable({self.field!r}, {len(self)} bins, {what} {self.iv:.4f}{band})"

    def _repr_html_(self) -> str:
        return html_table(repr(self), self.columns())


def strength(iv: float) -> str:
    """Return the band of an information value (Siddiqi 2006)."""
    bands = ((0.02, "useless"), (0.1, "weak"), (0.3, "medium"))
    named = next((name for limit, name in bands if iv < limit), None)
    return named or ("strong" if iv <= 0.5 else "suspicious")


def html_table(title: str, columns: dict[str, Any]) -> str:
    """Columns as a table for a notebook."""
    head = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape(_cell(value))}</td>" for value in row) + "</tr>"
        for row in zip(*columns.values(), strict=True)
    )
    return f"<div><code>{html.escape(title)}</code><table><tr>{head}</tr>{rows}</table></div>"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else f"{value:.6g}"
