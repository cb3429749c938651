"""Pairwise judgments: the matrix of the analytic hierarchy process."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from karat import _karat
from karat._errors import JudgmentError, ParameterError, ShapeError
from karat._named_weights import Finding, NamedWeights


class RandomIndex(NamedTuple):
    """The random index that a consistency ratio was measured by."""

    table: str
    """Name of the table."""
    value: float
    """The random index; 0 for one or two items."""
    standard_error: float | None
    """Of a simulated value; 0 where every matrix was counted, None where the source gives none."""
    extrapolated: bool
    """Whether it lies beyond the table."""


class Priorities(NamedWeights):
    """Weights of judged items, and how consistent the judgments are.

    Attributes
    ----------
    weights : dict of str to float
        Weight of each item; they sum to 1. The object itself is a mapping of them, and `to_numpy()` an array.
    method : str
        How the weights were drawn from the judgments.
    lambda_max : float
        Principal eigenvalue; the number of items for consistent judgments, more otherwise.
    lambda_bounds : tuple of two floats
        Proven bounds of it.
    consistency_index : float
        CI = (lambda_max - n) / (n - 1).
    consistency_ratio : float
        CR = CI / random index; Saaty accepts up to 0.10.
    random_index : RandomIndex
        Table and value that CI was divided by.
    geometric_consistency_index : float
        Variance of the judgments around their geometric-mean weights (Crawford and Williams, 1985).
    findings : tuple of Finding
        W152 when several sets of weights are equally near in the least squares.
    """

    def __init__(self, names: Sequence[str], found: _karat._Priorities) -> None:
        super().__init__(names, found["weights"])
        self.method = found["method"]
        self.lambda_max = found["lambda_max"]
        self.lambda_bounds = found["lambda_bounds"]
        self.consistency_index = found["consistency_index"]
        self.consistency_ratio = found["consistency_ratio"]
        self.random_index = RandomIndex(*found["random_index"])
        self.geometric_consistency_index = found["geometric_consistency_index"]
        self.findings = tuple(Finding(*row) for row in found["findings"])

    @classmethod
    def _quick(cls, names: Sequence[str], method: str, found: _karat._Quick) -> Priorities:
        """Fill the object from plain tuples: an array in, microseconds out."""
        made = cls.__new__(cls)
        values, figures, index = found
        made.__dict__.update(
            _values=dict(zip(names, values, strict=True)),
            method=method,
            lambda_max=figures[0],
            lambda_bounds=figures[1:3],
            consistency_index=figures[3],
            consistency_ratio=figures[4],
            geometric_consistency_index=figures[5],
            random_index=RandomIndex(*index),
            findings=(),
        )
        return made

    def _facts(self) -> list[tuple[str, str]]:
        index = self.random_index
        return [
            ("consistency ratio", f"{self.consistency_ratio:.4f}"),
            ("random index", f"{index.value:.4f} ({index.table})"),
        ]


class PairDiagnosis(NamedTuple):
    """One judgment beside what the rest of the matrix says about it."""

    first: str
    """The item on the left."""
    second: str
    """The item on the right."""
    given: float
    """How many times as important the first was judged."""
    weights_imply: float
    """What the weights make of it."""
    others_imply: float
    """What all other judgments imply in its place."""
    ratio_error: float
    """How far judgment and weights disagree, as a factor of at least 1."""


class SingleChange(NamedTuple):
    """One judgment replaced by another."""

    first: str
    """The item on the left."""
    second: str
    """The item on the right."""
    given: float
    """The judgment as it is."""
    proposed: float
    """The judgment proposed, a value of Saaty's scale."""
    steps: int
    """Steps on Saaty's scale between the two."""
    consistency_ratio: float
    """The consistency ratio that follows."""


class ConsistencyIndices(NamedTuple):
    """Measures of inconsistency; all are 0 for consistent judgments and for fewer than three items."""

    lambda_max: float
    """Principal eigenvalue."""
    consistency_index: float
    """CI (Saaty, 1977)."""
    consistency_ratio: float
    """CR = CI / random index."""
    random_index: RandomIndex
    """Table and value that CI was divided by."""
    geometric_consistency_index: float
    """GCI (Crawford and Williams, 1985)."""
    geometric_consistency_threshold: float | None
    """Limit of GCI that corresponds to CR 0.10 (Aguarón and Moreno-Jiménez, 2003)."""
    harmonic_consistency_index: float
    """HCI, from the column sums (Stein and Mizzi, 2007)."""
    koczkodaj_index: float
    """Of the worst triad, 0 to 1 (Koczkodaj, 1993)."""
    worst_triad: tuple[str, str, str] | None
    """The items of that triad."""
    pelaez_lamata_index: float
    """Mean determinant of the triads (Peláez and Lamata, 2003)."""


class LeastSquaresMinimum(NamedTuple):
    """A local minimum of the sum of squares of a_ij - w_i / w_j."""

    weights: dict[str, float]
    """Weights by name."""
    objective: float
    """The sum of squares there."""


class Diagnosis(NamedTuple):
    """What is inconsistent in a matrix; `pandas.DataFrame(diagnosis.pairs)` makes a table of it."""

    pairs: list[PairDiagnosis]
    """Every judgment, the most inconsistent first; empty for fewer than three items."""
    changes: list[SingleChange]
    """For every judgment the change to what the others imply; the lowest resulting ratio first."""


class PairwiseMatrix:
    """Judgments of how many times one item is as important as another (Saaty, 1977).

    Immutable. Every pair is judged once, in either direction; the other direction is its reciprocal.

    Parameters
    ----------
    judgments : mapping, sequence of str, sequence of triples, or square array
        One of: ``{("a", "b"): 3, ...}``; ``["a 3 b", ...]``; ``[("a", "b", 3), ...]``; the full matrix as
        nested lists, an array or a frame. Values are positive numbers or texts such as "1/3".
    labels : sequence of str, optional
        Names of the items, in order. By default in order of first mention, or the columns of a frame; a bare
        array needs them.

    Raises
    ------
    JudgmentError
        Listing everything wrong: missing pairs with the values that would fit, unknown items, values that are
        not positive, pairs that are given twice or are not reciprocal.
    ParameterError, ShapeError
        For labels that are blank, repeated, or do not fit the matrix.

    See Also
    --------
    karat.weights : weights from judgments, from data and from both.

    Examples
    --------
    >>> from karat import PairwiseMatrix
    >>> matrix = PairwiseMatrix(["revenue 2 loyalty", "revenue 4 influence", "loyalty 3 influence"])
    >>> {name: round(weight, 4) for name, weight in matrix.priorities().weights.items()}
    {'revenue': 0.5584, 'loyalty': 0.3196, 'influence': 0.122}
    >>> round(matrix.consistency_ratio, 4)
    0.0174
    """

    __slots__ = ("_core",)

    def __init__(self, judgments: Any, labels: Sequence[str] | None = None) -> None:
        self._core = _read(judgments, None if labels is None else [str(label) for label in labels])

    @classmethod
    def _of(cls, core: _karat.Judgments) -> PairwiseMatrix:
        matrix = cls.__new__(cls)
        matrix._core = core
        return matrix

    @classmethod
    def from_words(
        cls, judgments: Any, labels: Sequence[str] | None = None, *, scale: str = "linear"
    ) -> PairwiseMatrix:
        """Return the matrix of judgments in words.

        Parameters
        ----------
        judgments : mapping of pairs to str, or sequence of str
            ``{("a", "b"): "strong", ...}`` or ``["a strong b", ...]``, the more important item first.
            Strengths are "equal", "moderate", "strong", "very strong", "extreme", between them
            "equal to moderate", "moderate to strong", "strong to very strong", "very strong to extreme"; in
            a mapping also the levels 1 to 9 ("1/5" or 0.2 turns the judgment round).
        labels : sequence of str, optional
            Names of the items; by default in order of first mention.
        scale : str, default "linear"
            What the levels 1 to 9 are worth: "linear" (Saaty), "logarithmic", "root", "inverse_linear",
            "balanced", "power", "geometric", "adaptive", "balanced_n" or "adaptive_balanced".

        Returns
        -------
        PairwiseMatrix
            The matrix.

        Raises
        ------
        JudgmentError
            Listing every strength that is unknown, and all that the constructor refuses.

        Examples
        --------
        >>> from karat import PairwiseMatrix
        >>> matrix = PairwiseMatrix.from_words(
        ...     {("a", "b"): "moderate", ("a", "c"): "strong", ("b", "c"): "equal"}, scale="balanced")
        >>> matrix["a", "b"]
        1.5
        """
        names = None if labels is None else [str(label) for label in labels]
        if isinstance(judgments, Mapping):
            rows = [(str(first), str(second), str(value)) for (first, second), value in judgments.items()]
            mentioned = names or list(dict.fromkeys(name for row in rows for name in row[:2]))
            return cls._of(_karat.judgments_from_words(mentioned, rows, scale))
        texts = [str(text) for text in judgments]
        if names is None:
            read = [_karat.parse_words(text, []) for text in texts]
            names = list(dict.fromkeys(name for row in read for name in row[:2]))
        return cls._of(_karat.judgments_from_sentences(names, texts, scale))

    def on_scale(self, scale: str) -> PairwiseMatrix:
        """Return the same judgments on another scale, every entry from 1/9 to 9 taken as a level.

        Parameters
        ----------
        scale : str
            As in `from_words`.

        Returns
        -------
        PairwiseMatrix
            A new matrix.
        """
        return PairwiseMatrix._of(_karat.judgments_on_scale(self._core, scale))

    def consistency_indices(self, random_index: str = "recomputed") -> ConsistencyIndices:
        """Return every published measure of how far the judgments contradict each other.

        Parameters
        ----------
        random_index : str
            As in `priorities`.

        Returns
        -------
        ConsistencyIndices
            CI, CR, GCI and its threshold, harmonic CI, Koczkodaj's index and triad, Peláez and Lamata's.
        """
        found = _karat.consistency_indices(self._core, random_index)
        return ConsistencyIndices(**{**found, "random_index": RandomIndex(*found["random_index"])})

    def least_squares_minima(self) -> list[LeastSquaresMinimum]:
        """Return the minima of the sum of squares of a_ij - w_i / w_j, lowest first.

        Contradictory judgments may have several (Jensen, 1984).

        Returns
        -------
        list of LeastSquaresMinimum
            Weights and sum of squares of each.
        """
        minima = _karat.least_squares_minima(self._core)
        names = self._core.labels
        return [
            LeastSquaresMinimum(dict(zip(names, weights.tolist(), strict=True)), objective)
            for weights, objective in minima
        ]

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the items, in order."""
        return tuple(self._core.labels)

    @property
    def consistency_ratio(self) -> float:
        """Consistency ratio by the recomputed random index; Saaty accepts up to 0.10."""
        return self.priorities().consistency_ratio

    def to_numpy(self) -> NDArray[np.float64]:
        """Return the matrix as an array of shape (n, n)."""
        return self._core.to_array()

    def __len__(self) -> int:
        return len(self._core.labels)

    def __getitem__(self, pair: tuple[str, str]) -> float:
        """How many times the first item is as important as the second."""
        labels = self._core.labels
        try:
            i, j = (labels.index(name) for name in pair)
        except ValueError:
            raise KeyError(pair) from None
        return float(self._core.to_array()[i, j])

    def replace(self, first: str, second: str, value: float) -> PairwiseMatrix:
        """Return the same judgments with one replaced.

        Parameters
        ----------
        first, second : str
            The items.
        value : float or str
            How many times the first is as important as the second.

        Returns
        -------
        PairwiseMatrix
            A new matrix.
        """
        return PairwiseMatrix._of(self._core.with_judgment(first, second, _value(value)))

    def priorities(self, method: str = "eigenvector", random_index: str = "recomputed") -> Priorities:
        """Return weights with everything needed to defend them.

        Parameters
        ----------
        method : str, default "eigenvector"
            How weights are drawn from the judgments: "eigenvector", "geometric_mean", "column_mean",
            "weighted_least_squares" or "least_squares". Consistency is that of the principal
            eigenvalue whatever the method.
        random_index : str, default "recomputed"
            Table of random indices: "recomputed", "saaty_1980", "saaty_2005", "chinese_1000",
            "alonso_lamata_2006", "alonso_lamata_fit", "donegan_dodd_1991" or "tummala_ling_1998".

        Returns
        -------
        Priorities
            Weights by name, eigenvalue, consistency index and ratio.
        """
        return Priorities(self._core.labels, self._core.priorities(method, random_index))

    def check(
        self, threshold: float = 0.1, method: str = "eigenvector", random_index: str = "recomputed"
    ) -> Priorities:
        """Return the priorities, or refuse judgments that contradict each other.

        Parameters
        ----------
        threshold : float, default 0.1
            Consistency ratio from which judgments are refused.
        method, random_index : str
            As in `priorities`.

        Returns
        -------
        Priorities
            When the consistency ratio stays below the threshold.

        Raises
        ------
        JudgmentError
            Otherwise, naming the most inconsistent judgment and the value that would fit.
        """
        return Priorities(self._core.labels, self._core.check(threshold, method, random_index))

    def diagnose(self, method: str = "eigenvector", random_index: str = "recomputed") -> Diagnosis:
        """Compare every judgment with what the others imply, and try the one change they suggest.

        Parameters
        ----------
        method, random_index : str
            As in `priorities`.

        Returns
        -------
        Diagnosis
            Pairs, the most inconsistent first, and changes, the most helpful first.
        """
        pairs, changes = self._core.diagnose(method, random_index)
        return Diagnosis(
            [PairDiagnosis(*pair) for pair in pairs], [SingleChange(*change) for change in changes]
        )

    def repairs(self, threshold: float = 0.1, random_index: str = "recomputed") -> list[SingleChange]:
        """Return every change of one judgment that makes the matrix consistent enough.

        Parameters
        ----------
        threshold : float, default 0.1
            Consistency ratio to reach.
        random_index : str
            As in `priorities`.

        Returns
        -------
        list of SingleChange
            Fewest steps on Saaty's scale first; empty when no single change suffices.
        """
        return [SingleChange(*change) for change in self._core.repairs(threshold, random_index)]

    def __eq__(self, other: object) -> bool:
        return self._core == other._core if isinstance(other, PairwiseMatrix) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.labels, self.to_numpy().tobytes()))

    def __reduce__(self) -> tuple[Any, ...]:
        return PairwiseMatrix, (self._judgments(), list(self.labels))

    def _judgments(self) -> list[tuple[str, str, float]]:
        """Each pair in the direction it was given in, as far as the digits show: the other is rounded."""
        labels, array = self.labels, self.to_numpy()
        pairs = [(i, j) for i in range(len(labels)) for j in range(i + 1, len(labels))]
        kept = [(i, j) if 1.0 / array[i, j] == array[j, i] else (j, i) for i, j in pairs]
        return [(labels[i], labels[j], float(array[i, j])) for i, j in kept]

    def __repr__(self) -> str:
        labels, array = self.labels, self.to_numpy()
        texts = [
            f"{labels[i]} {_text(array[i, j])} {labels[j]}"
            for i in range(len(labels))
            for j in range(i + 1, len(labels))
        ]
        return f"PairwiseMatrix({texts!r}, labels={list(labels)!r})"

    def _repr_html_(self) -> str:
        labels, array = self.labels, self.to_numpy()
        priorities = self.priorities()
        pairs = self.diagnose().pairs
        # Judgments that agree as far as doubles can tell have no worst one.
        worst = pairs[0] if pairs and pairs[0].ratio_error > 1.0 + 1e-9 else None
        marked = worst and {worst.first, worst.second}

        def cell(i: int, j: int) -> str:
            text = html.escape(_text(array[i, j]))
            if marked == {labels[i], labels[j]}:
                return f"<td style='background:#ffd8a8;color:#000'><b>{text} \N{WARNING SIGN}</b></td>"
            return f"<td>{text}</td>"

        head = "".join(f"<th>{html.escape(label)}</th>" for label in labels)
        body = "".join(
            f"<tr><th style='text-align:left'>{html.escape(label)}</th>"
            f"{''.join(cell(i, j) for j in range(len(labels)))}<td><i>{priorities[label]:.4f}</i></td></tr>"
            for i, label in enumerate(labels)
        )
        table = f"<table><tr><th></th>{head}<th><i>weight</i></th></tr>{body}</table>"
        index = priorities.random_index
        ratio = f"consistency ratio {priorities.consistency_ratio:.4f} (random index: {index.table})"
        if worst is None:
            return f"<div>{table}{ratio}</div>"
        advice = (
            f"\N{WARNING SIGN} least consistent: {html.escape(worst.first)} vs {html.escape(worst.second)}, "
            f"given {_text(worst.given)}, the others imply {_text(worst.others_imply)}"
        )
        return f"<div>{table}{ratio}<br>{advice}</div>"


def _read(judgments: Any, labels: list[str] | None) -> _karat.Judgments:
    if isinstance(judgments, PairwiseMatrix):
        return _read(judgments._judgments(), labels or list(judgments.labels))
    if isinstance(judgments, Mapping):
        for pair in judgments:
            if not isinstance(pair, tuple) or len(pair) != 2:
                raise JudgmentError(f"keys of judgments are pairs of items such as ('a', 'b'), got {pair!r}")
        return _read_triples([(*pair, value) for pair, value in judgments.items()], labels)
    if isinstance(judgments, str):
        raise JudgmentError(f"judgments are a list of texts; put brackets around {judgments!r}")
    if isinstance(judgments, Sequence) and judgments:
        if all(isinstance(text, str) for text in judgments):
            return _read_texts(list(judgments), labels)
        if all(isinstance(row, tuple) and len(row) == 3 and isinstance(row[0], str) for row in judgments):
            return _read_triples(list(judgments), labels)
    return _read_rows(judgments, labels)


def _read_triples(triples: list[tuple[Any, Any, Any]], labels: list[str] | None) -> _karat.Judgments:
    named = [(str(first), str(second), _value(value)) for first, second, value in triples]
    return _karat.Judgments.from_judgments(labels or _mentioned(named), named)


def _read_texts(texts: list[str], labels: list[str] | None) -> _karat.Judgments:
    if labels is None:
        labels = _mentioned([_karat.parse_judgment(text, []) for text in texts])
    return _karat.Judgments.from_text(labels, texts)


def _read_rows(rows: Any, labels: list[str] | None) -> _karat.Judgments:
    if labels is None and hasattr(rows, "columns"):
        labels = [str(name) for name in rows.columns]
    if labels is None:
        raise ParameterError("`labels` must name the items of a bare matrix, got None")
    if isinstance(rows, Sequence):
        listed = [[_value(value) for value in row] for row in rows]
    else:
        array = np.asarray(rows)
        if array.ndim != 2:
            raise ShapeError(f"a matrix of judgments has two dimensions, got {array.ndim}")
        listed = [[_value(value) for value in row] for row in array.tolist()]
    return _karat.Judgments.from_rows(labels, listed)


def _mentioned(judgments: Sequence[tuple[str, str, float]]) -> list[str]:
    return list(dict.fromkeys(name for first, second, _ in judgments for name in (first, second)))


def _value(value: Any) -> float:
    """Read a number, or a text such as "1/3"."""
    try:
        return float(Fraction(value)) if isinstance(value, str) else float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        raise JudgmentError(
            f'cannot read {value!r} as a judgment: give a positive number, or a text such as "1/3"'
        ) from None


def _text(value: float) -> str:
    """Write a judgment as a person would: 6, 1/3, or as it is."""
    for number, form in ((value, "{}"), (1.0 / value, "1/{}")):
        if number >= 1.0 and math.isclose(number, round(number), rel_tol=1e-9) and number < 1e6:
            return form.format(round(number))
    return f"{value:.4g}"
