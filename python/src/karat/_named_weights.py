"""Weights with the names of what they weigh, and what a person should know about them."""

from __future__ import annotations

import html
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat._errors import ShapeError


class WeightsWarning(UserWarning):
    """Weights stand, but something about them should be known; the text begins with a stable code."""


class Finding(NamedTuple):
    """Something a person should know about a result that nevertheless stands."""

    code: str
    """Stable: W102 inconsistent judgments, W120 a column without information, W121 a loading of the other
    sign, W122 no first component, W130 a clamped combination, W131 a weight that a bound holds."""
    place: str
    """Where: a pair of items, a column."""
    fact: str
    """What was found, with the figures."""
    proposal: str
    """What can be done about it."""

    def __str__(self) -> str:
        return f"{self.code} {self.place}: {self.fact}; {self.proposal}"


class NamedWeights(Mapping[str, float]):
    """Weights of named items: a mapping from name to weight, in a fixed order.

    Parameters
    ----------
    names : sequence of str
        What is weighed.
    values : sequence of float
        One weight for each name.
    """

    def __init__(self, names: Sequence[str], values: Iterable[float]) -> None:
        self._values = {name: float(value) for name, value in zip(names, values, strict=True)}

    @property
    def weights(self) -> dict[str, float]:
        """The weights by name."""
        return dict(self._values)

    @property
    def names(self) -> tuple[str, ...]:
        """What is weighed, in order."""
        return tuple(self._values)

    def to_numpy(self) -> NDArray[np.float64]:
        """Return the weights as an array, in the order of the names."""
        return np.fromiter(self._values.values(), np.float64, len(self._values))

    def __getitem__(self, name: str) -> float:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def _facts(self) -> list[tuple[str, str]]:
        """Figures shown below the weights."""
        return []

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value:.4f}" for name, value in self.items())
        facts = "".join(f"; {name} {value}" for name, value in self._facts())
        return f"<{type(self).__name__}: {shown}{facts}>"

    def _repr_html_(self) -> str:
        most = max(self.values(), default=0.0) or 1.0
        rows = "".join(
            f"<tr><td style='text-align:left'>{html.escape(name)}</td><td>{value:.4f}</td>"
            "<td style='text-align:left'>"
            f"<div style='background:#4c78a8;height:.8em;width:{value / most * 10:.2f}em'></div></td></tr>"
            for name, value in self.items()
        )
        facts = "; ".join(f"{html.escape(name)} {html.escape(value)}" for name, value in self._facts())
        return f"<div><table>{rows}</table>{facts}</div>"


def announce(rows: Iterable[tuple[str, str, str, str]], stacklevel: int) -> tuple[Finding, ...]:
    """Return the findings of the core, each of them also as a warning."""
    findings = tuple(Finding(*row) for row in rows)
    for finding in findings:
        warnings.warn(str(finding), WeightsWarning, stacklevel=stacklevel + 1)
    return findings


def named_values(weights: Mapping[str, float] | ArrayLike) -> tuple[list[str] | None, list[float]]:
    """Names, None where there are none, and numbers of weights as a caller gives them."""
    if isinstance(weights, Mapping):
        return [str(name) for name in weights], [float(value) for value in weights.values()]
    array = np.asarray(weights, dtype=np.float64)
    if array.ndim != 1:
        raise ShapeError(f"weights have one dimension, got {array.ndim}")
    return None, array.tolist()
