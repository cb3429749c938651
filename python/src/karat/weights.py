"""Weights: from judgments, from data, and from both.

Every function returns a mapping from name to weight that a plan accepts, with the figures behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from karat import _karat
from karat._data_weights import (
    critic,
    entropy,
    equal,
    gini,
    merec,
    principal_component,
    standard_deviation,
)
from karat._errors import ParameterError
from karat._group import Consensus, GroupMember, GroupReport, group_report
from karat._judgment_methods import (
    BatchPriorities,
    BestWorstWeights,
    FuzzyWeights,
    IntervalWeights,
    best_worst,
    fuzzy,
    interval,
    numbered,
    priorities_of_array,
)
from karat._judgments import PairwiseMatrix, _full
from karat._named_weights import Finding, NamedWeights, WeightsWarning, announce, named_values
from karat._priorities import ConsistencyIndices
from karat._weight_mixing import Bounds, bounded, keep_within, mix, share_path, stability
from karat._weight_results import (
    BoundedWeights,
    CriticWeights,
    DataWeights,
    EntropyWeights,
    Exchange,
    MixedWeights,
    PrincipalComponentWeights,
    SharePath,
    WeightBand,
)

__all__ = [
    "BatchPriorities",
    "BestWorstWeights",
    "BoundedWeights",
    "CombinedWeights",
    "Consensus",
    "ConsistencyIndices",
    "CriticWeights",
    "DataWeights",
    "EntropyWeights",
    "Exchange",
    "Finding",
    "FuzzyWeights",
    "GroupMember",
    "GroupReport",
    "IntervalWeights",
    "MixedWeights",
    "NamedWeights",
    "PrincipalComponentWeights",
    "SharePath",
    "WeightBand",
    "WeightsWarning",
    "aggregate_judgments",
    "aggregate_priorities",
    "ahp",
    "best_worst",
    "bounded",
    "combine",
    "critic",
    "entropy",
    "equal",
    "fuzzy",
    "gini",
    "group_report",
    "interval",
    "merec",
    "mix",
    "principal_component",
    "scale_value",
    "share_path",
    "stability",
    "standard_deviation",
]


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
        W130 when the published formula went negative and was clamped, W131 where a bound holds.
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
) -> Any:
    """Weights from pairwise judgments: the analytic hierarchy process (Saaty, 1977).

    Parameters
    ----------
    judgments : PairwiseMatrix, or what it is made from
        ``{("a", "b"): 3, ...}``, ``["a 3 b", ...]``, a full matrix, or an array of shape (k, n, n): many
        matrices at once.
    labels : sequence of str, optional
        Names of the items; by default in order of first mention, for an array x0, x1, ...
    method : str, default "eigenvector"
        How weights are drawn from the judgments: "eigenvector", "geometric_mean", "column_mean",
        "weighted_least_squares" or "least_squares".
    random_index : str, default "recomputed"
        Table of random indices, see `PairwiseMatrix.priorities`.
    threshold : float, default 0.1
        Consistency ratio from which judgments are refused. Of many matrices none is refused: `acceptable` of
        the result says which stay below.
    completion : {"optimal", "harker", "log_least_squares"}, default "optimal"
        How missing pairs are dealt with, see `PairwiseMatrix.complete`.

    Returns
    -------
    Priorities or BatchPriorities
        Weights by name, with their consistency; for many matrices arrays of both.

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
    if type(judgments) is np.ndarray and judgments.dtype == np.float64:
        found = priorities_of_array(judgments, labels, method, random_index, threshold)
        if found is not None:
            return found
    if labels is None and isinstance(judgments, np.ndarray):
        labels = numbered(len(judgments))
    return PairwiseMatrix(judgments, labels).check(threshold, method, random_index, completion)


def scale_value(level: float, scale: str = "linear", n: int = 2) -> float:
    """How many times as important an item of this level is on a judgment scale.

    Parameters
    ----------
    level : float
        1 (equal) to 9 (extreme).
    scale : str, default "linear"
        As in `PairwiseMatrix.from_words`.
    n : int, default 2
        Number of items compared, which the adaptive scales and "balanced_n" depend on.

    Returns
    -------
    float
        The ratio.

    Examples
    --------
    >>> from karat import weights
    >>> weights.scale_value(5, "power")
    25.0
    """
    return _karat.scale_value(scale, level, n)


def combine(
    expert: Mapping[str, float] | ArrayLike,
    data: Mapping[str, float] | ArrayLike,
    how: str = "linear",
    share: float = 0.5,
    *,
    bounds: Bounds | None = None,
    cap: float | None = None,
) -> CombinedWeights:
    """Weights of experts and of data, brought together.

    Parameters
    ----------
    expert, data : mapping of name to weight, or array-like
        Both sum to 1. Where both have names they are matched by name, in the order of the first.
    how : {"linear", "geometric", "multiplicative", "game_theory"}, default "linear"
        ``share * expert + (1 - share) * data``; proportional to the square root of the product (also called
        ``"minimum_relative_entropy"``); proportional to the product; or the game-theoretic combination with
        its coefficients kept at or above 0. For more than two sources see `mix`.
    share : float, default 0.5
        Part of the expert's weights in the linear combination, 0 to 1.
    bounds : mapping of name to (least, greatest), optional
        Bounds of some of the combined weights, see `bounded`.
    cap : float, optional
        Greatest weight of all others.

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
        When the published game-theoretic formula goes negative and is clamped (W130), and for every weight
        that a bound holds (W131).

    Examples
    --------
    >>> from karat import weights
    >>> both = weights.combine({"a": 0.6, "b": 0.4}, {"b": 0.8, "a": 0.2})
    >>> {name: round(weight, 12) for name, weight in both.items()}
    {'a': 0.4, 'b': 0.6}
    """
    expert_names, expert_values = named_values(expert)
    data_names, data_values = named_values(data)
    if expert_names is not None and data_names is not None:
        _refuse_other_names(expert_names, data_names)
        position = {name: i for i, name in enumerate(data_names)}
        data_values = [data_values[position[name]] for name in expert_names]
    names = expert_names or data_names or _numbered(len(expert_values))
    weights, used, published, findings = _karat.combine_weights(expert_values, data_values, how, share)
    kept, _, held = keep_within(names, weights.tolist(), bounds, cap)
    return CombinedWeights(names, kept, used, published, announce([*findings, *held], stacklevel=2))


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
    for own_names, values in map(named_values, priorities):
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
