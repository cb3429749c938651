"""Networks of the classic families behind tables: texts as categories, results as of the sparse one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat import _karat
from karat._errors import DataError, ParameterError, SchemaError

FAMILIES = ("ridge", "product", "radial")
"""Families whose wavelons all look at all fields."""


class ClassicStep:
    """A frozen network with the names of its fields and the labels of its categories.

    It answers as `_karat.Expansion` does, so that one estimator serves all families.
    """

    def __init__(self, network: _karat.Wavelons, names: list[str], labels: dict[str, list[str]]) -> None:
        self.network = network
        self.names = names
        self.labels = labels

    def fields(self) -> list[str]:
        """Give names of the fields."""
        return list(self.names)

    def to_bytes(self) -> bytes:
        """Give the bytes of the frozen network."""
        return self.network.to_bytes()

    def eval(
        self, rows: int, wires: list[Any], others: list[str], what: str, threads: int
    ) -> NDArray[np.float64]:
        """Give outputs before the link ("decision") or behind it ("value"), a row for each customer."""
        if what == "contributions":
            raise ParameterError(
                '`family` must be "sparse": of other networks no sum tells what a field adds'
            )
        matrix = coded(rows, wires, others, self.names, self.labels)
        values, _ = self.network.eval(matrix)
        if values.shape[1] == 1:
            return values
        if what == "decision":
            outputs = self.network.eval_outputs(matrix)
            # Cumulative logits of ordered classes share one output: there is none for each class.
            shared = outputs.shape[1] == 1 and values.shape[1] > 2
            return np.log(np.maximum(values, 1e-300)) if shared else outputs
        # Of two classes the chance of the second is enough.
        return values[:, 1:] if values.shape[1] == 2 else values

    def flags(self, rows: int, wires: list[Any], others: list[str]) -> NDArray[np.uint32]:
        """Tell what is worth knowing of each row: missing 1, outside 2, unseen category 4."""
        return self.network.eval(coded(rows, wires, others, self.names, self.labels))[1]


def labels_of(wires: list[Any]) -> dict[str, list[str]]:
    """Give the labels of each text column that occur, ascending; raise problems of columns."""
    refuse_unread(wires)
    found: dict[str, list[str]] = {}
    for wire in wires:
        if len(wire) == 3:
            name, codes, labels = wire
            seen = np.unique(codes[codes < len(labels)])
            found[name] = sorted(labels[code] for code in seen.tolist())
    return found


def refuse_unread(wires: list[Any]) -> None:
    """Raise what could not be read of columns, all of it."""
    bad = [wire for wire in wires if len(wire) == 3 and isinstance(wire[1], str)]
    if bad:
        raise DataError("\n".join(f"column `{name}`: {what}; {remedy}" for name, what, remedy in bad))


def coded(
    rows: int, wires: list[Any], others: list[str], names: list[str], labels: dict[str, list[str]]
) -> NDArray[np.float64]:
    """Give columns as a matrix: numbers as they are, texts as positions among the labels of the fit."""
    refuse_unread(wires)
    by_name = {wire[0]: wire for wire in wires}
    absent = [name for name in names if name not in by_name]
    if absent:
        near = _karat.nearest_names(absent, [*others, *by_name])
        hints = (f"; did you mean `{hint}`?" if hint else "" for hint in near)
        raise SchemaError(
            "\n".join(
                f"column `{name}`: missing from the table{hint}"
                for name, hint in zip(absent, hints, strict=True)
            )
        )
    matrix = np.empty((rows, len(names)))
    for column, name in enumerate(names):
        matrix[:, column] = _column(by_name[name], labels.get(name))
    return matrix


def _column(wire: Any, known: list[str] | None) -> NDArray[np.float64]:
    if len(wire) == 2 and known is None:
        values: NDArray[np.float64] = wire[1]
        return values
    if known is None:
        raise DataError(f"column `{wire[0]}`: text where the fit had numbers; give numbers")
    places = {label: float(place) for place, label in enumerate(known)}
    if len(wire) == 2:
        return np.array([_place(value, places) for value in wire[1].tolist()])
    # An unseen label is a position behind the last; what is missing stands at the end.
    by_code = np.array([*(places.get(label, float(len(known))) for label in wire[2]), np.nan])
    return np.asarray(by_code[np.minimum(wire[1].astype(np.int64), len(wire[2]))])


def _place(value: float, places: dict[str, float]) -> float:
    if np.isnan(value):
        return value
    text = str(int(value)) if float(value).is_integer() else repr(value)
    return places.get(text, float(len(places)))
