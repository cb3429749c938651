"""How far ranks and grades depend on weights and other choices in building the index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from karat import _karat
from karat._analysis import _frame_of, _kind, base_of
from karat._errors import ParameterError
from karat._score import html_table
from karat._scorer import threads

if TYPE_CHECKING:
    from karat._model import ValueModel


class OneWeight(NamedTuple):
    """What the weight of one indicator alone does, the others brought back to the sum."""

    name: str
    """The indicator."""
    weight: float
    """Its weight as a share of all."""
    lower: float
    """Share of customers whose grade changes when it is multiplied by 1 - spread; NaN without grades."""
    higher: float
    """The same for 1 + spread."""
    shift: float
    """Larger of the two mean absolute shifts of rank, as a share of the customers."""


class Robustness:
    """How stable ranks and grades are when the weights move.

    Attributes
    ----------
    change_probability : ndarray of shape (n_rows,)
        Share of draws in which each customer's grade is another one; NaN for customers without an index or
        outside the sample, and for a model without grades.
    never_change : float
        Share of customers whose grade is the same in every draw; NaN without grades.
    sampling_error : float
        Standard error of `never_change` because only a sample was read; 0 for a whole table.
    mean_shift : float
        Mean absolute shift of rank over draws and customers, as a share of the customers.
    mean_change : float
        Mean share of customers whose grade changes in a draw; NaN without grades.
    shifts, changes : ndarray of shape (draws,)
        The same of each draw.
    weights : ndarray of shape (draws, n_indicators)
        The weights of each draw; each row adds up to 1.
    indicators : tuple of OneWeight
        What each weight does alone.
    boundaries : {"shares", "frozen"}
        Where grades were cut.
    customers, refused : int
        How many customers of the table, or of the sample, have an index, and how many have none.
    sampled : bool
        Whether only a sample was read.
    """

    def __init__(
        self,
        base: _karat.AnalysisBase,
        found: dict[str, Any],
        spread: float,
        how: str,
        nominal: Any,
        X: Any,
        rows: int,
    ) -> None:
        self.change_probability: npt.NDArray[np.float64] = np.full(rows, np.nan)
        if len(found["change_probability"]):
            self.change_probability[base.rows().astype(np.intp)] = found["change_probability"]
        self.never_change, self.sampling_error = found["never_change"], found["sampling_error"]
        self.shifts: npt.NDArray[np.float64] = found["shifts"]
        self.changes: npt.NDArray[np.float64] = found["changes"]
        self.mean_shift, self.mean_change = float(self.shifts.mean()), float(self.changes.mean())
        self.weights: npt.NDArray[np.float64] = found["weights"]
        self.indicators = tuple(
            OneWeight(name, weight, *one.tolist())
            for name, weight, one in zip(base.names, nominal, found["one_at_a_time"], strict=True)
        )
        self.customers, self.refused, self.sampled = base.customers, base.refused, base.sampled
        self.boundaries, self.spread = how, spread
        self._like = _kind(X)

    def to_frame(self, like: Any = None) -> Any:
        """Build a frame with what each weight does alone; see `EffectiveWeights.to_frame`."""
        return _frame_of(OneWeight, self.indicators, self._like if like is None else like)

    def _summary(self) -> str:
        of = f"a sample of {self.customers}" if self.sampled else f"{self.customers}"
        error = f" \N{PLUS-MINUS SIGN} {1.96 * self.sampling_error:.1%}" if self.sampled else ""
        return (
            f"{len(self.shifts)} draws, {of} customers: {self.never_change:.1%}{error} never change "
            f"their grade, mean rank shift {self.mean_shift:.2%}"
        )

    def __repr__(self) -> str:
        return f"<Robustness: {self._summary()}>"

    def _repr_html_(self) -> str:
        rows = [
            [one.name, f"{one.weight:.3f}", f"{one.lower:.1%}", f"{one.higher:.1%}", f"{one.shift:.2%}"]
            for one in self.indicators
        ]
        names = [
            "indicator",
            "weight",
            f"\N{MINUS SIGN}{self.spread:.0%}: other grade",
            f"+{self.spread:.0%}: other grade",
            "mean rank shift",
        ]
        return f"<p>{self._summary()}</p>" + html_table(names, rows)


class Influence(NamedTuple):
    """How much of the variance of the outcome one choice accounts for."""

    input: str
    """The choice: a weight, the normalisation, or which indicator is left out."""
    shift_first: float
    """Of the mean absolute rank shift: share that would go if this were settled (first order)."""
    shift_first_low: float
    """Lower end of its bootstrap interval, 2.5 %."""
    shift_first_high: float
    """Upper end, 97.5 %."""
    shift_total: float
    """Share that would stay if all else were settled (total)."""
    shift_total_low: float
    """Lower end of its bootstrap interval, 2.5 %."""
    shift_total_high: float
    """Upper end, 97.5 %."""
    grade_first: float
    """Of the share of customers whose grade changes: first order; NaN without grades."""
    grade_first_low: float
    """Lower end."""
    grade_first_high: float
    """Upper end."""
    grade_total: float
    """Total."""
    grade_total_low: float
    """Lower end."""
    grade_total_high: float
    """Upper end."""


class Sensitivity:
    """Which choice in building the index moves ranks and grades most.

    Attributes
    ----------
    inputs : tuple of Influence
        The choices.
    mean_shift : float
        Mean absolute shift of rank over all evaluations, as a share of the customers.
    mean_change : float
        Mean share of customers whose grade changes; NaN without grades.
    evaluations : int
        How often the index was computed.
    skipped : tuple of str
        What was not varied, and why.
    customers, refused : int
        How many customers of the table, or of the sample, have an index, and how many have none.
    sampled : bool
        Whether only a sample was read.
    """

    def __init__(self, base: _karat.AnalysisBase, found: dict[str, Any], X: Any) -> None:
        none = np.full_like(found["shift"], np.nan)
        graded = found["graded"] if len(found["graded"]) else none
        self.inputs = tuple(
            Influence(name, *shift.tolist(), *grade.tolist())
            for name, shift, grade in zip(found["inputs"], found["shift"], graded, strict=True)
        )
        self.mean_shift, self.mean_change = found["mean_shift"], found["mean_graded"]
        self.evaluations, self.skipped = found["evaluations"], tuple(found["skipped"])
        self.customers, self.refused, self.sampled = base.customers, base.refused, base.sampled
        self._like = _kind(X)

    def to_frame(self, like: Any = None) -> Any:
        """Build a frame with the indices of each choice; see `EffectiveWeights.to_frame`."""
        return _frame_of(Influence, self.inputs, self._like if like is None else like)

    def __repr__(self) -> str:
        most = max(self.inputs, key=lambda one: np.nan_to_num(one.shift_total, nan=-1.0))
        return (
            f"<Sensitivity: {self.evaluations} evaluations, mean rank shift {self.mean_shift:.2%}; "
            f"most from {most.input} (total {most.shift_total:.2f})>"
        )

    def _repr_html_(self) -> str:
        def shown(value: Any, low: Any, high: Any) -> str:
            return f"{value:.2f} ({low:.2f} \N{EN DASH} {high:.2f})"

        rows = [[one.input, *(shown(*one[at : at + 3]) for at in (1, 4, 7, 10))] for one in self.inputs]
        names = ["input", "rank shift: first", "total", "other grade: first", "total"]
        return html_table(names, rows) + f"<p>not varied: {'; '.join(self.skipped)}</p>"


def robust(
    model: ValueModel,
    X: Any,
    *,
    draws: int,
    spread: float,
    distribution: str,
    boundaries: str | None,
    customers: int | None,
    seed: int,
) -> Robustness:
    """See `ValueModel.robust`."""
    if distribution not in ("uniform", "log_normal"):
        raise ParameterError(f'`distribution` must be "uniform" or "log_normal", got {distribution!r}')
    if boundaries not in (None, "shares", "frozen"):
        raise ParameterError(f'`boundaries` must be "shares", "frozen" or None, got {boundaries!r}')
    whole("draws", draws)
    base = base_of(model, X, customers, seed)
    how = boundaries or base.boundaries
    found = base.robust(
        int(draws),
        float(spread),
        distribution == "log_normal",
        how == "frozen",
        seed,
        threads(model.n_threads),
    )
    nominal = [entry[2] for entry in base.effective(1.0, 1.5)[0]][: len(base.names)]
    return Robustness(base, found, float(spread), how, nominal, X, _rows(model, X))


def sensitivity(
    model: ValueModel,
    X: Any,
    *,
    samples: int,
    spread: float,
    by: str,
    vary: Any,
    customers: int | None,
    resamples: int,
    seed: int,
) -> Sensitivity:
    """See `ValueModel.sensitivity`."""
    if by not in ("indicator", "dimension"):
        raise ParameterError(f'`by` must be "indicator" or "dimension", got {by!r}')
    known = ("weights", "normalisation", "leave_out")
    if isinstance(vary, str) or any(name not in known for name in vary):
        raise ParameterError(f"`vary` must be some of {', '.join(known)}, got {vary!r}")
    whole("samples", samples)
    whole("resamples", resamples)
    base = base_of(model, X, customers, seed)
    found = base.sensitivity(
        int(samples),
        float(spread) if "weights" in vary else 0.0,
        by == "dimension",
        "normalisation" in vary,
        "leave_out" in vary,
        int(resamples),
        seed,
        threads(model.n_threads),
    )
    return Sensitivity(base, found, X)


def whole(name: str, value: Any) -> None:
    """Refuse what is not a whole number of at least 0."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
        raise ParameterError(f"`{name}` must be a whole number of at least 0, got {value!r}")


def _rows(model: ValueModel, X: Any) -> int:
    from karat._frame import columns_of

    return columns_of(X, model.scorer_._columns).rows
