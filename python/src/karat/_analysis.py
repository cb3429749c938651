"""What a value index does with a base: influence, admission tests, and weights for a wanted influence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from karat import _karat
from karat._errors import NotFittedError, ParameterError, ShapeError
from karat._frame import columns_of, to_frame
from karat._named_weights import Finding, NamedWeights
from karat._score import html_table

if TYPE_CHECKING:
    from karat._model import ValueModel


class EffectiveWeight(NamedTuple):
    """What one indicator, or one penalty rule, does to the index."""

    name: str
    """The indicator or penalty rule."""
    dimension: str
    """Dimension of the indicator; empty for a rule."""
    nominal: float
    """The weight given, as a share of all; 0 for a rule."""
    effective: float
    """Share of the variance of the index: ``Cov(points, index) / Var(index)``; negative when it runs against
    the others. All add up to 1."""
    correlation: float
    """Pearson correlation with the index."""
    importance: float
    """Its square."""


class _Findings:
    """Results that carry findings."""

    findings: tuple[Finding, ...]

    def _warned(self) -> str:
        return "".join(f"<br>\N{WARNING SIGN} {escape(str(finding))}" for finding in self.findings)


class EffectiveWeights(_Findings):
    """What every indicator does to the index.

    Attributes
    ----------
    entries : tuple of EffectiveWeight
        The indicators in the order of the model, then the penalty rules.
    findings : tuple of Finding
        W210 nominal and effective weight differ, W211 two indicators say the same, W212 an indicator runs
        against the index that it feeds.
    customers : int
        How many have an index.
    refused : int
        How many have none.
    """

    def __init__(self, base: _karat.AnalysisBase, correlated: float, factor: float, like: Any) -> None:
        entries, findings = base.effective(correlated, factor)
        self.entries = tuple(EffectiveWeight(*entry) for entry in entries)
        self.findings = tuple(Finding(*finding) for finding in findings)
        self.customers, self.refused = base.customers, base.refused
        self._like = _kind(like)

    def __getitem__(self, name: str) -> EffectiveWeight:
        for entry in self.entries:
            if entry.name == name:
                return entry
        raise KeyError(name)

    def to_frame(self, like: Any = None) -> Any:
        """Build a frame with a row for each indicator and penalty rule.

        Parameters
        ----------
        like : {"pandas", "polars", "pyarrow", "dict"}, optional
            What kind of frame to build; by default the kind of the table that was asked about.

        Returns
        -------
        frame
        """
        return _frame_of(EffectiveWeight, self.entries, self._like if like is None else like)

    def __repr__(self) -> str:
        many = len(self.findings)
        return f"<EffectiveWeights: {len(self.entries)} entries, {self.customers} customers, {many} findings>"

    def _repr_html_(self) -> str:
        rows = [
            [e.name, e.dimension, f"{e.nominal:.3f}", f"{e.effective:.3f}", f"{e.correlation:.2f}"]
            for e in self.entries
        ]
        names = ["indicator", "dimension", "nominal", "effective", "correlation with the index"]
        return html_table(names, rows) + self._warned()


class Admission(NamedTuple):
    """What the admission tests measured of one indicator."""

    name: str
    """The indicator."""
    missing: float
    """Share of rows whose field is missing."""
    inflation: float
    """Variance inflation factor; infinite for a combination of the others, NaN without spread."""
    nearest: str | None
    """The indicator it is most correlated with, either sign."""
    nearest_correlation: float
    """That correlation."""
    guidance: float
    """Correlation with the outcome, or without one with the index."""
    weight: float
    """Weight as a share of all."""
    spread: float
    """Standard deviation on the common scale."""


class Lint(_Findings):
    """What the five admission tests say of the indicators.

    Attributes
    ----------
    indicators : tuple of Admission
        The measures.
    findings : tuple of Finding
        W213 naming, W214 completeness, W215 independence, W216 guidance, W217 and W218 importance.
    customers : int
        How many have an index.
    refused : int
        How many have none.
    """

    def __init__(self, base: _karat.AnalysisBase, found: tuple[Any, Any], like: Any) -> None:
        self.indicators = tuple(Admission(*row) for row in found[0])
        self.findings = tuple(Finding(*finding) for finding in found[1])
        self.customers, self.refused = base.customers, base.refused
        self._like = _kind(like)

    def to_frame(self, like: Any = None) -> Any:
        """Build a frame with the measures of each indicator; see `EffectiveWeights.to_frame`."""
        return _frame_of(Admission, self.indicators, self._like if like is None else like)

    def __repr__(self) -> str:
        return f"<Lint: {len(self.indicators)} indicators, {len(self.findings)} findings>"

    def _repr_html_(self) -> str:
        rows = [
            [a.name, f"{a.missing:.1%}", f"{a.inflation:.1f}", a.nearest or "", f"{a.guidance:.2f}"]
            for a in self.indicators
        ]
        names = ["indicator", "missing", "variance inflation", "nearest", "guidance"]
        return html_table(names, rows) + self._warned()


class TargetWeights(NamedWeights):
    """Weights with which the indicators would have a wanted influence: advice, taken by no model itself.

    Attributes
    ----------
    effective : dict
        Influence of each indicator with these weights.
    reached : bool
        Whether every influence is within 1e-10 of its target.
    """

    def __init__(self, names: Sequence[str], found: tuple[Any, Any, bool]) -> None:
        super().__init__(names, found[0].tolist())
        self.effective = dict(zip(names, found[1].tolist(), strict=True))
        self.reached = found[2]


def _kind(like: Any) -> str:
    from karat._frame import frame_kind

    kind = frame_kind(like)
    return "pyarrow" if kind == "batch" else kind


def _frame_of(kind: Any, rows: Sequence[Any], like: Any) -> Any:
    columns: dict[str, Any] = {}
    for at, name in enumerate(kind._fields):
        values = [row[at] for row in rows]
        numbers = all(isinstance(value, float) for value in values)
        columns[name] = np.array(values, dtype=float) if numbers else values
    return to_frame(columns, like)


def base_of(model: ValueModel, X: Any, most: int | None, seed: int) -> _karat.AnalysisBase:
    """Read a table as the index of a fitted model sees it, at most `most` rows of it."""
    if not hasattr(model, "_inner"):
        raise NotFittedError("this ValueModel is not fitted yet: call fit first, or load a model file")
    if most is not None and (isinstance(most, bool) or most != int(most) or most < 2):
        raise ParameterError(f"`customers` must be at least 2, or None for all, got {most!r}")
    scorer = model.scorer_
    columns = columns_of(X, scorer._columns)
    return _karat.AnalysisBase.read(scorer._inner, model.plan._inner, *columns, int(most or 2**63), seed)


def effective_weights(model: ValueModel, X: Any, correlated: float, factor: float) -> EffectiveWeights:
    """See `ValueModel.effective_weights`."""
    return EffectiveWeights(base_of(model, X, None, 0), float(correlated), float(factor), X)


def lint(model: ValueModel, X: Any, outcome: Any, limits: Mapping[str, float]) -> Lint:
    """See `ValueModel.lint`."""
    numbers: npt.NDArray[np.float64] | None = None
    if isinstance(outcome, str):
        columns = columns_of(X, [outcome])
        found = columns.wires[0][1] if columns.wires else None
        if not isinstance(found, np.ndarray) or found.dtype != np.float64:
            raise ParameterError(f"`outcome` must be numbers or a column of numbers, got {outcome!r}")
        numbers = found.astype(np.float64, copy=False)
    elif outcome is not None:
        numbers = np.ascontiguousarray(outcome, dtype=np.float64)
        if numbers.ndim != 1:
            raise ShapeError(f"expected 1 dimension of `outcome`, got {numbers.ndim}")
    base = base_of(model, X, None, 0)
    found_of = base.lint(
        numbers, limits["missing"], limits["inflation"], limits["correlated"], limits["weight"]
    )
    return Lint(base, found_of, X)


def target_weights(model: ValueModel, X: Any, targets: Mapping[str, float] | None) -> TargetWeights:
    """See `ValueModel.target_weights`."""
    base = base_of(model, X, None, 0)
    wanted = None
    if targets is not None:
        unknown = sorted(set(targets) - set(base.names))
        if unknown:
            raise ParameterError(f"`targets` must name indicators of the model, got {', '.join(unknown)}")
        wanted = [float(targets.get(name, 0.0)) for name in base.names]
    return TargetWeights(base.names, base.target(wanted))
