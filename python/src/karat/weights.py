"""Weights: from judgments, from data, and from both.

Every function returns a mapping from name to weight that a plan accepts, with the figures behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._errors import DataError, ParameterError, ShapeError
from karat._judgments import PairwiseMatrix, Priorities, _full
from karat._matrix import check_finite, problem_list, read_matrix
from karat._named_weights import Finding, NamedWeights, WeightsWarning, announce

__all__ = [
    "CombinedWeights",
    "EntropyWeights",
    "Finding",
    "NamedWeights",
    "WeightsWarning",
    "aggregate_judgments",
    "aggregate_priorities",
    "ahp",
    "combine",
    "entropy",
]


class EntropyWeights(NamedWeights):
    """Weights by entropy.

    Attributes
    ----------
    weights : dict of str to float
        Weight of each column; they sum to 1.
    entropy : dict of str to float
        Entropy of each column, 0 (one row holds everything) to 1 (every value equal).
    findings : tuple of Finding
        W120 for every column without information, which has weight 0.
    """

    def __init__(
        self,
        names: Sequence[str],
        values: Sequence[float],
        entropy: Mapping[str, float],
        findings: tuple[Finding, ...],
    ) -> None:
        super().__init__(names, values)
        self.entropy = dict(entropy)
        self.findings = findings


class CombinedWeights(NamedWeights):
    """Weights of experts and of data, brought together.

    Attributes
    ----------
    weights : dict of str to float
        Weight of each item; they sum to 1.
    coefficients : tuple of two floats, or None
        Parts of the expert's and the data's weights; None for the two products.
    published_coefficients : tuple of two floats, or None
        For game theory those of the published formula, which may be negative.
    findings : tuple of Finding
        W130 when the published formula went negative and was clamped.
    """

    def __init__(
        self,
        names: Sequence[str],
        values: Sequence[float],
        coefficients: Sequence[float] | None,
        published_coefficients: Sequence[float] | None,
        findings: tuple[Finding, ...],
    ) -> None:
        super().__init__(names, values)
        self.coefficients = None if coefficients is None else tuple(coefficients)
        self.published_coefficients = (
            None if published_coefficients is None else tuple(published_coefficients)
        )
        self.findings = findings

    def _facts(self) -> list[tuple[str, str]]:
        if self.coefficients is None:
            return []
        expert, data = self.coefficients
        return [("parts", f"{expert:.4f} expert, {data:.4f} data")]


def ahp(
    judgments: Any,
    labels: Sequence[str] | None = None,
    *,
    method: str = "eigenvector",
    random_index: str = "recomputed",
    threshold: float = 0.1,
    completion: str = "optimal",
) -> Priorities:
    """Weights from pairwise judgments: the analytic hierarchy process (Saaty, 1977).

    Parameters
    ----------
    judgments : PairwiseMatrix, or what it is made from
        ``{("a", "b"): 3, ...}``, ``["a 3 b", ...]`` or a full matrix.
    labels : sequence of str, optional
        Names of the items; by default in order of first mention.
    method : {"eigenvector", "geometric_mean", "column_mean"}, default "eigenvector"
        How weights are drawn from the judgments.
    random_index : str, default "recomputed"
        Table of random indices, see `PairwiseMatrix.priorities`.
    threshold : float, default 0.1
        Consistency ratio from which judgments are refused.
    completion : {"optimal", "harker", "log_least_squares"}, default "optimal"
        How missing pairs are dealt with, see `PairwiseMatrix.complete`.

    Returns
    -------
    Priorities
        Weights by name, with their consistency.

    Raises
    ------
    JudgmentError
        For judgments that do not connect all items, and those whose consistency ratio reaches the threshold.

    Examples
    --------
    >>> from karat import weights
    >>> found = weights.ahp({("a", "b"): 2, ("a", "c"): 6, ("b", "c"): 3})
    >>> {name: round(weight, 4) for name, weight in found.items()}
    {'a': 0.6, 'b': 0.3, 'c': 0.1}
    """
    return PairwiseMatrix(judgments, labels).check(threshold, method, random_index, completion)


def entropy(X: Any) -> EntropyWeights:
    """Weights from data: more for columns that tell rows apart (Shannon, 1948; Zeleny, 1982).

    Rewards dispersion, not importance. Scaling a column changes nothing, shifting it does: give indicators
    that were brought to a common scale from 0.

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
    array, names = read_matrix(X, who="entropy")
    check_finite(array, names, "entropy")
    if names is None:
        names = _numbered(array.shape[1])
    _refuse_negative(array, names)
    entropies, weights, findings = _karat.entropy_weights(array)
    found = announce((_with_name(row, names) for row in findings), stacklevel=2)
    by_name = dict(zip(names, entropies.tolist(), strict=True))
    return EntropyWeights(names, weights.tolist(), by_name, found)


def combine(
    expert: Mapping[str, float] | ArrayLike,
    data: Mapping[str, float] | ArrayLike,
    how: str = "linear",
    share: float = 0.5,
) -> CombinedWeights:
    """Weights of experts and of data, brought together.

    Parameters
    ----------
    expert, data : mapping of name to weight, or array-like
        Both sum to 1. Where both have names they are matched by name, in the order of the first.
    how : {"linear", "geometric", "multiplicative", "game_theory"}, default "linear"
        ``share * expert + (1 - share) * data``; proportional to the square root of the product; proportional
        to the product; or the game-theoretic combination with its coefficients kept at or above 0.
    share : float, default 0.5
        Part of the expert's weights in the linear combination, 0 to 1.

    Returns
    -------
    CombinedWeights
        Weights by name.

    Raises
    ------
    ParameterError
        For weights that are negative or do not sum to 1, names that differ, or a share outside 0 to 1.

    Warns
    -----
    WeightsWarning
        When the published game-theoretic formula goes negative and is clamped.

    Examples
    --------
    >>> from karat import weights
    >>> both = weights.combine({"a": 0.6, "b": 0.4}, {"b": 0.8, "a": 0.2})
    >>> {name: round(weight, 12) for name, weight in both.items()}
    {'a': 0.4, 'b': 0.6}
    """
    expert_names, expert_values = _named(expert)
    data_names, data_values = _named(data)
    if expert_names is not None and data_names is not None:
        _refuse_other_names(expert_names, data_names)
        position = {name: i for i, name in enumerate(data_names)}
        data_values = [data_values[position[name]] for name in expert_names]
    names = expert_names or data_names or _numbered(len(expert_values))
    weights, used, published, findings = _karat.combine_weights(expert_values, data_values, how, share)
    return CombinedWeights(names, weights.tolist(), used, published, announce(findings, stacklevel=2))


def aggregate_judgments(
    judges: Sequence[PairwiseMatrix], judge_weights: ArrayLike | None = None
) -> PairwiseMatrix:
    """One matrix for a group that decides together: geometric means of its judgments (Aczel and Saaty, 1983).

    Parameters
    ----------
    judges : sequence of PairwiseMatrix
        With the same items in the same order.
    judge_weights : array-like, optional
        One weight per judge, sum 1; equal by default.

    Returns
    -------
    PairwiseMatrix
        The judgments of the group.

    Raises
    ------
    JudgmentError
        When the items of the judges differ.

    Examples
    --------
    >>> from karat import PairwiseMatrix, weights
    >>> group = weights.aggregate_judgments([PairwiseMatrix(["a 8 b"]), PairwiseMatrix(["a 2 b"])])
    >>> round(group["a", "b"], 12)
    4.0
    """
    shares = _judge_weights(judge_weights, len(judges))
    return PairwiseMatrix._of(
        _karat.aggregate_judgments([_full(judge, "aggregation") for judge in judges], shares)
    )


def aggregate_priorities(
    priorities: Sequence[Mapping[str, float] | ArrayLike],
    judge_weights: ArrayLike | None = None,
    mean: str = "geometric",
) -> NamedWeights:
    """One set of weights for a group whose members decide apart: means of their priorities.

    Parameters
    ----------
    priorities : sequence of mapping of name to weight, or array-like
        One set per judge, each summing to 1. Names are matched, in the order of the first.
    judge_weights : array-like, optional
        One weight per judge, sum 1; equal by default.
    mean : {"geometric", "arithmetic"}, default "geometric"
        The mean; it is normalised.

    Returns
    -------
    NamedWeights
        Weights by name.

    Examples
    --------
    >>> from karat import weights
    >>> found = weights.aggregate_priorities([{"a": 0.6, "b": 0.4}, {"a": 0.2, "b": 0.8}], mean="arithmetic")
    >>> round(found["a"], 12)
    0.4
    """
    names: list[str] | None = None
    rows: list[list[float]] = []
    for own_names, values in map(_named, priorities):
        if names is None or own_names is None:
            names = names or own_names
            rows.append(values)
            continue
        _refuse_other_names(names, own_names)
        own = dict(zip(own_names, values, strict=True))
        rows.append([own[name] for name in names])
    weights = _karat.aggregate_priorities(rows, _judge_weights(judge_weights, len(rows)), mean)
    return NamedWeights(names or _numbered(len(weights)), weights.tolist())


def _numbered(columns: int) -> list[str]:
    return [f"x{j}" for j in range(columns)]


def _named(weights: Mapping[str, float] | ArrayLike) -> tuple[list[str] | None, list[float]]:
    if isinstance(weights, Mapping):
        return [str(name) for name in weights], [float(value) for value in weights.values()]
    array = np.asarray(weights, dtype=np.float64)
    if array.ndim != 1:
        raise ShapeError(f"weights have one dimension, got {array.ndim}")
    return None, array.tolist()


def _refuse_other_names(names: Sequence[str], others: Sequence[str]) -> None:
    absent = [name for name in names if name not in others]
    unknown = [name for name in others if name not in names]
    if absent or unknown:
        raise ParameterError(
            f"both sets of weights must have the same names; only the first has {absent}, only the other "
            f"{unknown}"
        )


def _judge_weights(judge_weights: ArrayLike | None, judges: int) -> list[float]:
    if judge_weights is None:
        # The core refuses an empty group.
        return [1.0 / judges] * judges if judges else []
    return [float(weight) for weight in np.asarray(judge_weights, dtype=np.float64)]


def _refuse_negative(array: NDArray[np.float64], names: Sequence[str]) -> None:
    problems = []
    for j, name in enumerate(names):
        rows = np.flatnonzero(array[:, j] < 0)
        if len(rows):
            first = ", ".join(str(row) for row in rows[:5])
            many = f"{len(rows)} row{'s' if len(rows) > 1 else ''}"
            problems.append(
                f"column `{name}`: negative: {array[rows[0], j]:g} ({many}: {first}); entropy needs "
                "values >= 0: bring the indicator to a scale from 0 to 1 first"
            )
    if problems:
        raise DataError(problem_list(problems))


def _with_name(row: tuple[str, str, str, str], names: Sequence[str]) -> tuple[str, str, str, str]:
    """Name the column, which the core knows by number."""
    code, place, fact, proposal = row
    kind, _, number = place.rpartition(" ")
    if kind == "column" and number.isdigit():
        place = f"column `{names[int(number)]}`"
    return code, place, fact, proposal
