"""Other ways to ask: fuzzy and interval judgments, best-worst, many matrices at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat import _karat
from karat._errors import ParameterError, ShapeError
from karat._named_weights import Finding, NamedWeights, announce
from karat._priorities import Priorities, RandomIndex


class BatchPriorities:
    """Weights and consistency of many matrices of the same size.

    Attributes
    ----------
    weights : array of shape (k, n)
        One row of weights per matrix, each summing to 1.
    lambda_max, lambda_low, lambda_high : array of shape (k,)
        Principal eigenvalues with proven bounds.
    consistency_index, consistency_ratio, geometric_consistency_index : array of shape (k,)
        CI, CR and GCI.
    acceptable : array of bool of shape (k,)
        Where the consistency ratio stays below the threshold.
    random_index : RandomIndex
        Table and value that every CI was divided by.
    method : str
        How the weights were drawn from the judgments.
    names : tuple of str
        Names of the n items.
    """

    def __init__(self, names: Sequence[str], method: str, threshold: float, found: Mapping[str, Any]) -> None:
        self.names = tuple(names)
        self.method = method
        self.weights: NDArray[np.float64] = found["weights"]
        self.lambda_max: NDArray[np.float64] = found["lambda_max"]
        self.lambda_low: NDArray[np.float64] = found["lambda_low"]
        self.lambda_high: NDArray[np.float64] = found["lambda_high"]
        self.consistency_index: NDArray[np.float64] = found["consistency_index"]
        self.consistency_ratio: NDArray[np.float64] = found["consistency_ratio"]
        self.geometric_consistency_index: NDArray[np.float64] = found["geometric_consistency_index"]
        self.acceptable = self.consistency_ratio < threshold
        self.random_index = RandomIndex(*found["random_index"])

    def __len__(self) -> int:
        return len(self.weights)

    def __repr__(self) -> str:
        return (
            f"<BatchPriorities: {len(self)} matrices of {len(self.names)} items by {self.method}; "
            f"{int(self.acceptable.sum())} acceptable; random index {self.random_index.value:.4f} "
            f"({self.random_index.table})>"
        )


class FuzzyWeights(NamedWeights):
    """Weights from triangular fuzzy judgments.

    Attributes
    ----------
    weights : dict of str to float
        Weight of each item; they sum to 1.
    fuzzy : array of shape (n, 3)
        Fuzzy weights (geometric mean) or synthetic extents (extent analysis): low, middle, high.
    attainable : array of shape (n, 2), or None
        Smallest and largest weight that the judgments allow; None for extent analysis.
    consistency_ratio : float
        Of the most likely values.
    findings : tuple of Finding
        W150 for every weight that vanished.
    """

    def __init__(
        self,
        names: Sequence[str],
        values: Sequence[float],
        fuzzy: NDArray[np.float64],
        attainable: NDArray[np.float64] | None,
        consistency_ratio: float,
        findings: tuple[Finding, ...],
    ) -> None:
        super().__init__(names, values)
        self.fuzzy = fuzzy
        self.attainable = attainable
        self.consistency_ratio = consistency_ratio
        self.findings = findings

    def _facts(self) -> list[tuple[str, str]]:
        return [("consistency ratio", f"{self.consistency_ratio:.4f}")]


class IntervalWeights(NamedWeights):
    """Weights that fit interval judgments.

    Attributes
    ----------
    weights : dict of str to float
        Weights within every (widened) interval; they sum to 1.
    bounds : dict of str to (float, float)
        Smallest and largest weight of each item over all weights that fit.
    geometric_mean_bounds : dict of str to (float, float)
        Bounds of the normalised geometric means of the rows (Wang and Elhag, 2006).
    widening : float
        Factor by which all intervals had to be widened before any weights fitted; 1 when consistent.
    contradiction : tuple of str
        Items of the circle of judgments that needs the widening most; empty when consistent.
    findings : tuple of Finding
        W151 when the intervals contradict each other.
    """

    def __init__(
        self,
        names: Sequence[str],
        values: Sequence[float],
        bounds: NDArray[np.float64],
        geometric_mean_bounds: NDArray[np.float64],
        widening: float,
        contradiction: Sequence[str],
        findings: tuple[Finding, ...],
    ) -> None:
        super().__init__(names, values)
        self.bounds = _ranges(names, bounds)
        self.geometric_mean_bounds = _ranges(names, geometric_mean_bounds)
        self.widening = widening
        self.contradiction = tuple(contradiction)
        self.findings = findings

    @property
    def consistent(self) -> bool:
        """Whether some weights lie within all intervals as given."""
        return not self.contradiction

    def _facts(self) -> list[tuple[str, str]]:
        return [("widening", f"{self.widening:.4f}")]


class BestWorstWeights(NamedWeights):
    """Weights by the best-worst method.

    Attributes
    ----------
    weights : dict of str to float
        Weight of each item; they sum to 1.
    deviation : float
        Largest deviation from the judgments, the smallest possible (xi of the linear model).
    consistency_ratio : float
        The input-based ratio (Liang, Brunelli and Rezaei, 2020); 0 for consistent judgments.
    most_inconsistent : str or None
        The item where it is reached.
    threshold : float or None
        Up to where the ratio is acceptable; None where nobody has published a limit.
    findings : tuple of Finding
        W150 a vanished weight, W153 a ratio above its threshold, W154 several equally good sets of weights.
    """

    def __init__(
        self,
        names: Sequence[str],
        values: Sequence[float],
        deviation: float,
        consistency_ratio: float,
        most_inconsistent: str | None,
        threshold: float | None,
        findings: tuple[Finding, ...],
    ) -> None:
        super().__init__(names, values)
        self.deviation = deviation
        self.consistency_ratio = consistency_ratio
        self.most_inconsistent = most_inconsistent
        self.threshold = threshold
        self.findings = findings

    def _facts(self) -> list[tuple[str, str]]:
        limit = "" if self.threshold is None else f" (acceptable up to {self.threshold})"
        return [("consistency ratio", f"{self.consistency_ratio:.4f}{limit}")]


def priorities_of_array(
    x: NDArray[np.float64], labels: Sequence[str] | None, method: str, random_index: str, threshold: float
) -> Priorities | BatchPriorities | None:
    """Weights of one (n, n) or many (k, n, n) matrices; None where the matrix with names has more to say."""
    if x.ndim == 2:
        found = _karat.quick_priorities(x, threshold, method, random_index)
        if found is None:
            return None
        if labels is None:
            return Priorities._quick(numbered(len(x)), method, found)
        names = [str(label) for label in labels]
        if len(names) != len(x) or len(set(names)) != len(names) or not all(map(str.strip, names)):
            return None
        return Priorities._quick(names, method, found)
    if x.ndim != 3 or x.shape[1] != x.shape[2]:
        raise ShapeError(f"judgments have the shape (n, n) or (k, n, n), got {x.shape}")
    own = None if labels is None else [str(label) for label in labels]
    if own is not None and len(own) != x.shape[1]:
        raise ShapeError(f"matrices of {x.shape[1]} items need as many labels, got {len(own)}")
    if not threshold > 0:
        raise ParameterError(f"`threshold` must be positive, got {threshold}")
    found_batch = _karat.priorities_batch(np.ascontiguousarray(x), own, method, random_index)
    return BatchPriorities(own or numbered(x.shape[1]), method, threshold, found_batch)


_NAMES: dict[int, list[str]] = {}


def numbered(n: int) -> list[str]:
    """Return the names x0, x1, ... of items that have none."""
    names = _NAMES.get(n)
    if names is None:
        names = _NAMES[n] = [f"x{i}" for i in range(n)]
    return names


def fuzzy(
    judgments: Any,
    labels: Sequence[str] | None = None,
    *,
    method: str = "geometric_mean",
    random_index: str = "recomputed",
) -> FuzzyWeights:
    """Weights from triangular fuzzy judgments such as "about 3, surely from 2 to 4".

    Parameters
    ----------
    judgments : mapping of pairs to triples
        ``{("a", "b"): (2, 3, 4), ...}``: lowest, most likely and highest value of how many times the first is
        as important as the second; every pair once, in either direction.
    labels : sequence of str, optional
        Names of the items; by default in order of first mention.
    method : {"geometric_mean", "extent_analysis"}, default "geometric_mean"
        Fuzzy geometric means (Buckley, 1985), or Chang's extent analysis (1996), which is kept to reproduce
        published tables: it can give weight 0 to items that matter (Wang, Luo and Hua, 2008).
    random_index : str, default "recomputed"
        Table of random indices for the consistency of the most likely values.

    Returns
    -------
    FuzzyWeights
        Weights by name, with their fuzzy form.

    Raises
    ------
    JudgmentError
        Listing values that are not positive, triples that do not rise, missing and repeated pairs.

    Warns
    -----
    WeightsWarning
        W150 for every weight that vanishes under extent analysis.

    Examples
    --------
    >>> from karat import weights
    >>> found = weights.fuzzy({("a", "b"): (2, 3, 4), ("a", "c"): (4, 5, 6), ("b", "c"): (1, 2, 3)})
    >>> {name: round(weight, 4) for name, weight in found.items()}
    {'a': 0.6374, 'b': 0.2333, 'c': 0.1294}
    """
    rows = _pairs(judgments, 3, "(low, most likely, high)")
    names = _names(rows, labels)
    weights, fuzzy_form, attainable, findings, ratio = _karat.fuzzy_weights(names, rows, method, random_index)
    return FuzzyWeights(
        names, weights.tolist(), fuzzy_form, attainable, ratio, announce(findings, stacklevel=2)
    )


def interval(judgments: Any, labels: Sequence[str] | None = None) -> IntervalWeights:
    """Weights from interval judgments such as "2 to 4 times as important".

    All weights that lie within every interval are found exactly (Arbel, 1989). When there are none, all
    intervals are widened by the smallest factor that lets some fit (Salo and Hämäläinen, 1995).

    Parameters
    ----------
    judgments : mapping of pairs to (low, high)
        ``{("a", "b"): (2, 4), ...}``: every pair once, in either direction.
    labels : sequence of str, optional
        Names of the items; by default in order of first mention.

    Returns
    -------
    IntervalWeights
        Weights by name, with the range of each.

    Raises
    ------
    JudgmentError
        Listing bounds that are not positive or exchanged, missing and repeated pairs.

    Warns
    -----
    WeightsWarning
        W151 when no weights lie within all intervals, naming the circle that contradicts itself.

    Examples
    --------
    >>> from karat import weights
    >>> found = weights.interval({("a", "b"): (1, 2), ("b", "c"): (2, 3), ("a", "c"): (3, 4)})
    >>> found.consistent, tuple(round(bound, 4) for bound in found.bounds["a"])
    (True, (0.4286, 0.5714))
    """
    rows = _pairs(judgments, 2, "(low, high)")
    names = _names(rows, labels)
    weights, bounds, means, widening, circle, findings = _karat.interval_weights(names, rows)
    found = announce(findings, stacklevel=2)
    return IntervalWeights(names, weights.tolist(), bounds, means, widening, circle, found)


def best_worst(
    best: str,
    worst: str,
    best_to_others: Mapping[str, float],
    others_to_worst: Mapping[str, float],
) -> BestWorstWeights:
    """Weights from comparing only the best and the worst item with all others (Rezaei, 2015, 2016).

    2 n - 3 judgments instead of n (n - 1) / 2; the linear model, solved exactly.

    Parameters
    ----------
    best, worst : str
        The most and the least important item.
    best_to_others : mapping of str to float
        How many times the best is as important as each item, at least 1. The best itself may be left out.
    others_to_worst : mapping of str to float
        How many times each item is as important as the worst. The worst itself, and the best where the other
        mapping has that judgment, may be left out.

    Returns
    -------
    BestWorstWeights
        Weights by name, with their consistency.

    Raises
    ------
    JudgmentError
        Listing judgments that are missing, below 1, or above that of the best against the worst.
    ParameterError
        For an unknown best or worst.

    Warns
    -----
    WeightsWarning
        W153 for a consistency ratio above its threshold, W154 when several sets of weights fit equally well.

    Examples
    --------
    >>> from karat import weights
    >>> found = weights.best_worst("quality", "style",
    ...     {"price": 2, "comfort": 4, "safety": 3, "style": 8}, {"price": 4, "comfort": 2, "safety": 3})
    >>> round(found["quality"], 6), round(found.consistency_ratio, 6)
    (0.448087, 0.017857)
    """
    best, worst = str(best), str(worst)
    from_best = {str(name): float(value) for name, value in best_to_others.items()}
    to_worst = {str(name): float(value) for name, value in others_to_worst.items()}
    names = list(dict.fromkeys([*from_best, *to_worst]))
    if best not in names and len(from_best) and best not in to_worst:
        names.insert(0, best)
    from_best.setdefault(best, 1.0)
    to_worst.setdefault(worst, 1.0)
    extreme = from_best.get(worst, to_worst.get(best))
    if extreme is not None:
        from_best.setdefault(worst, extreme)
        to_worst.setdefault(best, extreme)
    # What is missing goes in as NaN: the core names it with its pair, together with all else.
    found = _karat.best_worst_weights(
        names,
        best,
        worst,
        [from_best.get(name, float("nan")) for name in names],
        [to_worst.get(name, float("nan")) for name in names],
    )
    weights, deviation, ratio, item, threshold, findings = found
    said = announce(findings, stacklevel=2)
    return BestWorstWeights(names, weights.tolist(), deviation, ratio, item, threshold, said)


def _pairs(judgments: Any, size: int, form: str) -> list[Any]:
    if not isinstance(judgments, Mapping):
        raise ParameterError(
            f"`judgments` must be a mapping of pairs to {form}, got {type(judgments).__name__}"
        )
    rows = []
    for pair, value in judgments.items():
        if not (isinstance(pair, tuple) and len(pair) == 2):
            raise ParameterError(f"`judgments` must have pairs of items as keys, got {pair!r}")
        points = tuple(float(point) for point in value)
        if len(points) != size:
            raise ParameterError(f"`judgments` of {pair} must be {form}, got {value!r}")
        rows.append((str(pair[0]), str(pair[1]), *points))
    return rows


def _names(rows: Sequence[Any], labels: Sequence[str] | None) -> list[str]:
    if labels is not None:
        return [str(label) for label in labels]
    return list(dict.fromkeys(name for row in rows for name in row[:2]))


def _ranges(names: Sequence[str], bounds: NDArray[np.float64]) -> dict[str, tuple[float, float]]:
    return {name: (low, high) for name, (low, high) in zip(names, bounds.tolist(), strict=True)}
