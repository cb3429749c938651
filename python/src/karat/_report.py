"""The report of a fit: what was found, in figures a person can defend."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any

import numpy as np

from karat._errors import ParameterError
from karat._frame import to_frame
from karat._score import html_table

_TABLES = ("fields", "weights", "judgments", "grades", "types", "segments", "rules", "forecasts", "findings")


class Report:
    """What a fit found. Its parts are attributes; `str` gives the tables as text.

    Attributes
    ----------
    rows, ineligible, refused : int
        Customers in the base; those a gate excluded; those without an index.
    fields : list of dict
        The columns as they were found.
    weights : list of dict
        Weight of each indicator, in the order in which points add up: from the experts, from the data,
        and as used.
    data_weights : list of dict
        Data weights of each method that the plan uses: `method`, `customers` they were drawn from (the
        graded ones), `weights` in the order of the indicators, `information` they are proportional to.
    judgments : list of dict
        Consistency of each judged node.
    total_consistency_ratio : float or None
        Consistency ratio of the total ranking (the lowest level, weighted by its nodes).
    grades, types, segments : list of dict
        Each class with its size, share, mean index and mean fields.
    type_thresholds : list of float or None
        Thresholds of index, contribution and attribution.
    k_means : dict or None
        How k-means went.
    rules : list of dict
        Customers that each rule touched.
    forecasts : list of dict
        What the model forecasts beside the index: `name`, `kind`, `inputs`, `outputs`, `record`.
    findings : list of dict
        What a person should know although the fit stands.
    """

    def __init__(self, text: str, parts: str):
        self._text, self._json = text, parts
        self._parts: dict[str, Any] = json.loads(parts)
        self._parts.setdefault("forecasts", [])

    def __getattr__(self, name: str) -> Any:
        parts = self.__dict__.get("_parts", {})
        if name in parts:
            return parts[name]
        if name in ("total_consistency_ratio", "type_thresholds", "k_means") and parts:
            return None
        raise AttributeError(f"a report has no {name!r}; it has {', '.join(parts)}")

    def __dir__(self) -> Iterator[str]:
        yield from super().__dir__()
        yield from self._parts

    def to_dict(self) -> dict[str, Any]:
        """Return the whole report as dicts and lists."""
        parts: dict[str, Any] = json.loads(self._json)
        return parts

    def to_frame(self, name: str, like: Any = "pandas") -> Any:
        """Build a frame of one table of the report.

        Parameters
        ----------
        name : str
            Which table: "fields", "weights", "judgments", "grades", "types", "segments", "rules", "forecasts"
            or "findings".
        like : table or {"pandas", "polars", "pyarrow", "dict"}, default "pandas"
            What kind of frame to build.

        Returns
        -------
        frame
            Mean fields of classes become columns `mean_...`.
        """
        if name not in _TABLES:
            raise ParameterError(f"`name` must be one of {', '.join(_TABLES)}, got {name!r}")
        rows = [_flat(row) for row in self._parts[name]]
        columns = {key: None for row in rows for key in row}
        return to_frame({key: _column([row.get(key) for row in rows]) for key in columns}, like)

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"Report({self.rows} customers, {len(self.findings)} findings)"

    def __reduce__(self) -> tuple[Any, ...]:
        return Report, (self._text, self._json)

    def _repr_html_(self) -> str:
        blocks = [f"<p>{self.rows} customers, {self.ineligible} ineligible, {self.refused} refused</p>"]
        for name in ("findings", "weights", "judgments", "grades", "types", "segments", "forecasts"):
            table = self.to_frame(name, "dict") if self._parts[name] else {}
            kept = [key for key in table if not key.startswith("mean_")]
            if kept:
                count = len(table[kept[0]])
                rows = [[_cell(table[key][row]) for key in kept] for row in range(count)]
                blocks.append(f"<h4>{escape(name)}</h4>{html_table(kept, rows)}")
        return "".join(blocks)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in row.items():
        if key == "means":
            flat.update({f"mean_{name}": mean for name, mean in value})
        elif key == "categories":
            flat[key] = ", ".join(f"{name}: {count}" for name, count in value)
        elif isinstance(value, list):
            flat[key] = ", ".join(_cell(entry) for entry in value)
        else:
            flat[key] = value
    return flat


def _column(values: list[Any]) -> Any:
    present = [value for value in values if value is not None]
    if present and all(isinstance(value, str) for value in present):
        return values
    if all(isinstance(value, int) for value in values):
        return np.array(values, dtype=np.int64)
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _cell(value: Any) -> str:
    if value is None or value != value:
        return ""
    return f"{value:.4f}" if isinstance(value, float) else str(value)
