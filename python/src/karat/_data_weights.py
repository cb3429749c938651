"""Weights that data give."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from karat import _karat
from karat._errors import ParameterError
from karat._matrix import read_columns
from karat._weight_results import CriticWeights, DataWeights, EntropyWeights, PrincipalComponentWeights

_DIRECTIONS = {"high": False, "benefit": False, 1: False, "low": True, "cost": True, -1: True}

Better: TypeAlias = str | int | Mapping[str, Any] | Sequence[Any]
"""`"high"`, `"low"`, one of them for each column, or a mapping from some columns."""


def entropy(X: Any) -> EntropyWeights:
    """Weights from data: more for columns that tell rows apart (Shannon, 1948; Zeleny, 1982).

    Rewards dispersion, not importance. Scaling a column changes nothing, shifting it does: give indicators
    that were brought to a common scale from 0. Directions do not matter to it.

    Parameters
    ----------
    X : frame, mapping of columns or array-like of shape (n, d)
        Values of at least 0. Columns without a name are called x0, x1, ...

    Returns
    -------
    EntropyWeights
        Weights and entropies by name.

    Raises
    ------
    DataError
        For negative, missing or infinite values, columns of zeros, or when no column carries information.

    Warns
    -----
    WeightsWarning
        For a column whose values are all equal; its weight is 0.

    Examples
    --------
    >>> from karat import weights
    >>> found = weights.entropy({"arpu": [0.0, 0.3, 0.1, 1.0], "tenure": [0.5, 0.6, 0.5, 0.4]})
    >>> found["arpu"] > 0.9
    True
    """
    return EntropyWeights(*_weigh(X, "high", "entropy"))


def critic(X: Any, *, better: Better = "high") -> CriticWeights:
    """CRITIC: more for columns that spread and that the others do not repeat (Diakoulaki and others, 1995).

    Columns are brought to 0..1 by their ranges, costs turned round; information is the sample standard
    deviation times the sum of 1 - r over the other columns.

    Parameters
    ----------
    X : frame, mapping of columns or array-like of shape (n, d)
        Any numbers. Columns without a name are called x0, x1, ...
    better : {"high", "low"}, sequence or mapping of column to one, default "high"
        Whether more is better ("benefit", 1) or less ("cost", -1); what a mapping leaves out is a benefit.

    Returns
    -------
    CriticWeights
        Weights, standard deviations, conflicts and correlations.

    Raises
    ------
    DataError
        For missing or infinite values, when every column is constant, or when all repeat one another.

    Warns
    -----
    WeightsWarning
        For a constant column; its weight is 0, and the others are weighed without it.

    Examples
    --------
    >>> from karat import weights
    >>> found = weights.critic({"arpu": [48.5, 22, 75.2], "minutes": [620, 180, 410], "late": [1, 2, 1]},
    ...                        better={"late": "low"})
    >>> round(sum(found.values()), 12)
    1.0
    """
    return CriticWeights(*_weigh(X, better, "critic"))


def standard_deviation(X: Any, *, better: Better = "high") -> DataWeights:
    """Weights proportional to the sample standard deviation of each column brought to 0..1 by its range.

    Parameters
    ----------
    X : frame, mapping of columns or array-like of shape (n, d)
        Any numbers. Columns without a name are called x0, x1, ...
    better : {"high", "low"}, sequence or mapping, default "high"
        Makes no difference here; taken so that methods can be exchanged.

    Returns
    -------
    DataWeights
        Weights; `information` holds the standard deviations.

    Examples
    --------
    >>> from karat import weights
    >>> weights.standard_deviation({"a": [0, 4, 8], "b": [1, 2, 9]}).information["a"]
    0.5
    """
    return DataWeights(*_weigh(X, better, "standard_deviation"))


def merec(X: Any, *, better: Better = "high") -> DataWeights:
    """MEREC: more for columns whose removal changes performances more (Keshavarz-Ghorabaee and others, 2021).

    It takes logarithms, and no small number is added to zeros: weights would hang on that number. Give
    indicators a scale that begins above 0, such as 1 to 100.

    Parameters
    ----------
    X : frame, mapping of columns or array-like of shape (n, d)
        Values above 0. Columns without a name are called x0, x1, ...
    better : {"high", "low"}, sequence or mapping of column to one, default "high"
        Whether more is better ("benefit", 1) or less ("cost", -1).

    Returns
    -------
    DataWeights
        Weights; `information` holds the removal effects.

    Raises
    ------
    DataError
        For values that are not above 0, by column and row.

    Examples
    --------
    >>> from karat import weights
    >>> weights.merec({"arpu": [1, 10, 100], "tenure": [4, 5, 4]})["arpu"] > 0.9
    True
    """
    return DataWeights(*_weigh(X, better, "merec"))


def gini(X: Any) -> DataWeights:
    """Weights proportional to Gini's coefficient of each column.

    Sorts whole columns: for tables at hand, not for a plan's passes.

    Parameters
    ----------
    X : frame, mapping of columns or array-like of shape (n, d)
        Values of at least 0. Columns without a name are called x0, x1, ...

    Returns
    -------
    DataWeights
        Weights; `information` holds the coefficients.

    Examples
    --------
    >>> from karat import weights
    >>> weights.gini({"a": [0, 0, 0, 4], "b": [1, 2, 1, 2]}).information["a"]
    0.75
    """
    return DataWeights(*_weigh(X, "high", "gini"))


def principal_component(
    X: Any, *, better: Better = "high", loadings: str = "absolute"
) -> PrincipalComponentWeights:
    """Weights from the first principal component: more for columns that share with the others.

    A description, not an importance. A loading may be negative: the column runs against the rest, which a
    warning names; its weight takes the magnitude.

    Parameters
    ----------
    X : frame, mapping of columns or array-like of shape (n, d)
        Any numbers. Columns without a name are called x0, x1, ...
    better : {"high", "low"}, sequence or mapping of column to one, default "high"
        Whether more is better ("benefit", 1) or less ("cost", -1).
    loadings : {"absolute", "squared"}, default "absolute"
        Weights proportional to the magnitudes of the loadings, or to their squares as in the handbook of the
        OECD and JRC (2008).

    Returns
    -------
    PrincipalComponentWeights
        Weights, loadings, eigenvalues and the share explained.

    Examples
    --------
    >>> from karat import weights
    >>> found = weights.principal_component({"a": [1, 2, 3, 4], "b": [1, 2, 3, 5], "c": [2, 1, 1, 2]})
    >>> found["c"] < found["a"]
    True
    """
    methods = {"absolute": "principal_component", "squared": "principal_component_squared"}
    if loadings not in methods:
        raise ParameterError(f"`loadings` must be absolute or squared, got {loadings!r}")
    return PrincipalComponentWeights(*_weigh(X, better, methods[loadings]))


def equal(X: Any) -> DataWeights:
    """Give every column the same weight: what each other method is to be compared with.

    Parameters
    ----------
    X : sequence of names, frame, mapping of columns or array-like of shape (n, d)
        What is weighed.

    Returns
    -------
    DataWeights
        1 / d each.

    Examples
    --------
    >>> from karat import weights
    >>> weights.equal(["arpu", "tenure"]).weights
    {'arpu': 0.5, 'tenure': 0.5}
    """
    if isinstance(X, Sequence) and X and all(isinstance(name, str) for name in X):
        names = list(X)
        values = np.full(len(names), 1.0 / len(names))
        found = {"weights": values, "information": np.ones(len(names)), "findings": []}
        return DataWeights(names, found, "equal", 0)
    return DataWeights(*_weigh(X, "high", "equal"))


def numbers_of(X: Any, who: str) -> tuple[Any, list[str], int]:
    """Return numbers as the core borrows them, names of the columns, and how many rows."""
    numbers, names = read_columns(X, who=who)
    if isinstance(numbers, list):
        rows, width = len(numbers[0]), len(numbers)
    else:
        rows, width = numbers.shape
    return numbers, names or [f"x{j}" for j in range(width)], rows


def _weigh(X: Any, better: Better, method: str) -> tuple[list[str], dict[str, Any], str, int]:
    numbers, names, rows = numbers_of(X, method)
    return names, _karat.data_weights(numbers, names, costs_of(better, names), method), method, rows


def costs_of(better: Better, names: Sequence[str]) -> list[int]:
    """Positions of the columns of which less is better."""
    if isinstance(better, Mapping):
        for name in better:
            if name not in names:
                raise ParameterError(f"`better` must name columns, got {name!r}{near(name, names)}")
        given = [better.get(name, "high") for name in names]
    elif isinstance(better, str | int):
        given = [better] * len(names)
    else:
        given = [entry.item() if hasattr(entry, "item") else entry for entry in better]
        if len(given) != len(names):
            raise ParameterError(
                f"`better` must have one entry for each of {len(names)} columns, got {len(given)}"
            )
    for entry in given:
        if entry not in _DIRECTIONS:
            raise ParameterError(f'`better` must be "high" or "low", got {entry!r}')
    return [j for j, entry in enumerate(given) if _DIRECTIONS[entry]]


def near(name: object, known: Iterable[object]) -> str:
    """End of a message about an unknown name: the nearest known one, or all."""
    known = list(known)
    near = difflib.get_close_matches(str(name), [str(entry) for entry in known], 1)
    return f"; did you mean {near[0]!r}?" if near else f" ({', '.join(map(str, known))})"
