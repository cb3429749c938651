"""Pairwise judgments: the matrix of the analytic hierarchy process."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat import _karat
from karat._diagnosis import (
    Diagnosis,
    Repaired,
    SingleChange,
    Uncertainty,
    diagnosis_of,
    text_of,
)
from karat._errors import JudgmentError
from karat._judgment_input import Core, read, read_value, settled
from karat._priorities import (
    ConsistencyIndices,
    LeastSquaresMinimum,
    NextQuestion,
    Priorities,
    RandomIndex,
)


class PairwiseMatrix:
    """Judgments of how many times one item is as important as another (Saaty, 1977).

    Immutable. Every pair is judged at most once, in either direction; the other direction is its reciprocal.
    Pairs may be missing as long as the others connect all items.

    Parameters
    ----------
    judgments : mapping, sequence of str, sequence of triples, or square array
        One of: ``{("a", "b"): 3, ...}``; ``["a 3 b", ...]``; ``[("a", "b", 3), ...]``; the full matrix as
        nested lists, an array or a frame. Values are positive numbers or texts such as "1/3"; missing
        pairs are left out, or None or NaN (one of a matrix's two entries suffices).
    labels : sequence of str, optional
        Names of the items, in order. By default in order of first mention, or the columns of a frame; a bare
        array needs them.

    Raises
    ------
    JudgmentError
        Listing everything wrong: groups of items never compared with each other, unknown items, values that
        are not positive, pairs that are given twice or are not reciprocal.
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
    _core: Core

    def __init__(self, judgments: Any, labels: Sequence[str] | None = None) -> None:
        names = None if labels is None else [str(label) for label in labels]
        if isinstance(judgments, PairwiseMatrix):
            judgments, names = judgments._judgments(), names or list(judgments.labels)
        self._core = read(judgments, names)

    @classmethod
    def _of(cls, core: Core) -> PairwiseMatrix:
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
        return PairwiseMatrix._of(_karat.judgments_on_scale(_full(self, "another scale"), scale))

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
        found = _karat.consistency_indices(_full(self, "this comparison of indices"), random_index)
        return ConsistencyIndices(**{**found, "random_index": RandomIndex(*found["random_index"])})

    def least_squares_minima(self) -> list[LeastSquaresMinimum]:
        """Return the minima of the sum of squares of a_ij - w_i / w_j, lowest first.

        Contradictory judgments may have several (Jensen, 1984).

        Returns
        -------
        list of LeastSquaresMinimum
            Weights and sum of squares of each.
        """
        minima = _karat.least_squares_minima(_full(self, "least squares"))
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
    def missing(self) -> tuple[tuple[str, str], ...]:
        """Pairs that nobody judged."""
        return tuple(self._core.missing()) if isinstance(self._core, _karat.IncompleteJudgments) else ()

    @property
    def consistency_ratio(self) -> float:
        """Consistency ratio by the recomputed random index; Saaty accepts up to 0.10.

        When pairs are missing, the random index is that of the pairs that were judged.
        """
        return self.priorities().consistency_ratio

    def to_numpy(self) -> NDArray[np.float64]:
        """Return the matrix as an array of shape (n, n), NaN where a judgment is missing."""
        return self._core.to_array()

    def __len__(self) -> int:
        return len(self._core.labels)

    def __getitem__(self, pair: tuple[str, str]) -> float:
        """How many times the first item is as important as the second; NaN when that is missing."""
        labels = self._core.labels
        try:
            i, j = (labels.index(name) for name in pair)
        except ValueError:
            raise KeyError(pair) from None
        return float(self._core.to_array()[i, j])

    def replace(self, first: str, second: str, value: float) -> PairwiseMatrix:
        """Return the same judgments with one replaced, or added where it was missing.

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
        return PairwiseMatrix._of(settled(self._core.with_judgment(first, second, read_value(value))))

    def complete(self, method: str = "optimal") -> PairwiseMatrix:
        """Return the judgments with the missing ones filled in.

        Parameters
        ----------
        method : {"optimal", "harker", "log_least_squares"}, default "optimal"
            The values with the smallest principal eigenvalue (Bozoki, Fulop and Ronyai, 2010), the ratios of
            Harker's (1987) weights, or those of the least squares fit.

        Returns
        -------
        PairwiseMatrix
            Without a missing pair; the same when none is.

        Examples
        --------
        >>> from karat import PairwiseMatrix
        >>> matrix = PairwiseMatrix(["a 2 b", "b 3 c"])
        >>> matrix.missing
        (('a', 'c'),)
        >>> round(matrix.complete()["a", "c"], 12)
        6.0
        """
        if isinstance(self._core, _karat.IncompleteJudgments):
            return PairwiseMatrix._of(self._core.complete(method))
        return self

    def ask_next(self, count: int = 1) -> list[NextQuestion]:
        """Return the missing judgments that would tell most.

        Parameters
        ----------
        count : int, default 1
            How many.

        Returns
        -------
        list of NextQuestion
            The largest expected drop in the variance of the weights first; empty when nothing is missing.

        Examples
        --------
        >>> from karat import PairwiseMatrix
        >>> matrix = PairwiseMatrix(["revenue 2 activity", "activity 2 loyalty", "loyalty 2 influence"])
        >>> question = matrix.ask_next()[0]
        >>> question.first, question.second, round(question.implied, 12)
        ('revenue', 'loyalty', 4.0)
        """
        if isinstance(self._core, _karat.IncompleteJudgments):
            return [NextQuestion(*question) for question in self._core.ask_next(count)]
        return []

    def priorities(
        self,
        method: str = "eigenvector",
        random_index: str = "recomputed",
        completion: str = "optimal",
    ) -> Priorities:
        """Return weights with everything needed to defend them.

        Parameters
        ----------
        method : str, default "eigenvector"
            How weights are drawn from the judgments: "eigenvector", "geometric_mean", "column_mean",
            "weighted_least_squares" or "least_squares". Consistency is that of the principal
            eigenvalue whatever the method.
        random_index : str, default "recomputed"
            Table of random indices: "recomputed", "saaty_1980", "saaty_2005", "chinese_1000",
            "alonso_lamata_2006", "alonso_lamata_fit", "donegan_dodd_1991" or "tummala_ling_1998". They know
            complete matrices only; when pairs are missing, the random index is that of the pairs judged.
        completion : {"optimal", "harker", "log_least_squares"}, default "optimal"
            How missing pairs are dealt with, see `complete`. `method` applies to the optimal completion; the
            other two bring their own weights.

        Returns
        -------
        Priorities
            Weights by name, eigenvalue, consistency index and ratio.
        """
        core = self._core
        if isinstance(core, _karat.IncompleteJudgments):
            return Priorities(core.labels, core.priorities(method, random_index, completion))
        return Priorities(core.labels, core.priorities(method, random_index))

    def check(
        self,
        threshold: float = 0.1,
        method: str = "eigenvector",
        random_index: str = "recomputed",
        completion: str = "optimal",
    ) -> Priorities:
        """Return the priorities, or refuse judgments that contradict each other.

        Parameters
        ----------
        threshold : float, default 0.1
            Consistency ratio from which judgments are refused.
        method, random_index, completion : str
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
        core = self._core
        if isinstance(core, _karat.IncompleteJudgments):
            return Priorities(core.labels, core.check(threshold, method, random_index, completion))
        return Priorities(core.labels, core.check(threshold, method, random_index))

    def diagnose(self, method: str = "eigenvector", random_index: str = "recomputed") -> Diagnosis:
        """Compare every judgment with what the others imply, and try the one change they suggest.

        Parameters
        ----------
        method, random_index : str
            As in `priorities`.

        Returns
        -------
        Diagnosis
            Pairs, the most suspect first, with the value to suggest; changes, the most helpful first; triads,
            circles, influences.

        Examples
        --------
        >>> from karat import PairwiseMatrix
        >>> slip = PairwiseMatrix(["a 2 b", "b 3 c", "a 1/6 c", "c 1 d", "a 6 d", "b 3 d"])
        >>> worst = slip.diagnose().pairs[0]
        >>> worst.first, worst.second, worst.suggested
        ('a', 'c', 6.0)
        """
        return diagnosis_of(self._core, method, random_index)

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

    def repair(
        self,
        threshold: float = 0.1,
        *,
        maximum_changes: int | None = None,
        random_index: str = "recomputed",
    ) -> Repaired:
        """Return judgments changed in as few places and by as few steps as it takes to be consistent enough.

        The matrix itself stays as it is. Whoever judged should agree to every change.

        Parameters
        ----------
        threshold : float, default 0.1
            Consistency ratio to get below.
        maximum_changes : int, optional
            How many judgments may be changed; by default as many as it takes.
        random_index : str
            As in `priorities`.

        Returns
        -------
        Repaired
            The new matrix, every change, and whether fewer changes are proven not to suffice.

        Raises
        ------
        JudgmentError
            When more than `maximum_changes` are needed, or judgments are missing.

        Examples
        --------
        >>> from karat import PairwiseMatrix
        >>> slip = PairwiseMatrix(["a 2 b", "b 3 c", "a 1/6 c", "c 1 d", "a 6 d", "b 3 d"])
        >>> repaired = slip.repair()
        >>> [(change.first, change.second, change.steps) for change in repaired.changes]
        [('a', 'c', 7)]
        >>> repaired.fewest_judgments, repaired.consistency_ratio < 0.1
        (True, True)
        """
        core = _full(self, "repair")
        found = _karat.repair_judgments(core, threshold, maximum_changes, random_index)
        matrix, changes, ratio, fewest, steps = found
        made = [SingleChange(*change) for change in changes]
        return Repaired(PairwiseMatrix._of(matrix), made, ratio, fewest, steps)

    def uncertainty(
        self,
        draws: int = 1000,
        random_state: int = 0,
        sd: float | None = None,
        *,
        level: float = 0.9,
        method: str = "eigenvector",
    ) -> Uncertainty:
        """Return what the weights are worth when every judgment could have been a little different.

        Parameters
        ----------
        draws : int, default 1000
            Matrices with independent log-normal noise on every judgment.
        random_state : int, default 0
            Seed of the noise.
        sd : float, optional
            Standard deviation of the logarithm of a judgment; by default the square root of GCI, which is
            what the contradictions among the judgments show.
        level : float, default 0.9
            Probability inside each band.
        method : str
            As in `priorities`.

        Returns
        -------
        Uncertainty
            Bands of the weights, and the probability of every rank.

        Examples
        --------
        >>> from karat import PairwiseMatrix
        >>> found = PairwiseMatrix(["a 2 b", "b 3 c", "a 5 c"]).uncertainty(random_state=7, sd=0.3)
        >>> found.bands["a"].low < found.weights["a"] < found.bands["a"].high
        True
        """
        core = _full(self, "uncertainty")
        found = _karat.judgment_uncertainty(core, method, draws, random_state, sd, level)
        return Uncertainty(self.labels, level, found)

    def __eq__(self, other: object) -> bool:
        return self._core == other._core if isinstance(other, PairwiseMatrix) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.labels, self.to_numpy().tobytes()))

    def __reduce__(self) -> tuple[Any, ...]:
        return PairwiseMatrix, (self._judgments(), list(self.labels))

    def _judgments(self) -> list[tuple[str, str, float]]:
        """Each pair in the direction it was given in, as far as the digits show: the other is rounded."""
        labels, array = self.labels, self.to_numpy()
        pairs = _judged(array)
        kept = [(i, j) if 1.0 / array[i, j] == array[j, i] else (j, i) for i, j in pairs]
        return [(labels[i], labels[j], float(array[i, j])) for i, j in kept]

    def __repr__(self) -> str:
        labels, array = self.labels, self.to_numpy()
        texts = [f"{labels[i]} {text_of(array[i, j])} {labels[j]}" for i, j in _judged(array)]
        return f"PairwiseMatrix({texts!r}, labels={list(labels)!r})"

    def _repr_html_(self) -> str:
        labels, array = self.labels, self.to_numpy()
        priorities = self.priorities()
        pairs = self.diagnose().pairs
        # Judgments that agree as far as doubles can tell have no worst one.
        worst = pairs[0] if pairs and pairs[0].ratio_error > 1.0 + 1e-9 else None
        marked = worst and {worst.first, worst.second}

        def cell(i: int, j: int) -> str:
            text = html.escape(text_of(array[i, j]))
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
        if priorities.finding is not None:
            ratio += f"<br>{html.escape(priorities.finding.fact)}; {html.escape(priorities.finding.proposal)}"
        if worst is None:
            return f"<div>{table}{ratio}</div>"
        advice = (
            f"\N{WARNING SIGN} least consistent: {html.escape(worst.first)} vs {html.escape(worst.second)}, "
            f"given {text_of(worst.given)}, the others imply {text_of(worst.others_imply)}"
        )
        return f"<div>{table}{ratio}<br>{advice}</div>"


def _full(matrix: PairwiseMatrix, purpose: str) -> _karat.Judgments:
    """Return the core of a complete matrix, for what needs every judgment."""
    core = matrix._core
    if isinstance(core, _karat.IncompleteJudgments):
        pairs = ", ".join(f"`{first}` vs `{second}`" for first, second in core.missing()[:10])
        raise JudgmentError(
            f"{purpose} needs every judgment, missing: {pairs}; ask for them or call complete() first"
        )
    return core


def _judged(array: NDArray[np.float64]) -> list[tuple[int, int]]:
    n = len(array)
    return [(i, j) for i in range(n) for j in range(i + 1, n) if not math.isnan(array[i, j])]
