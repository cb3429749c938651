"""Parts of a plan: plain values that say what a person has decided, each ready to be written down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, TypeAlias

from karat._errors import ParameterError

Json: TypeAlias = dict[str, Any]
Scale: TypeAlias = str | tuple[Any, ...] | Mapping[str, Any]
"""A scale's name, its name with parameters, or a mapping as in a plan file."""
Threshold: TypeAlias = str | float | tuple[str, float] | Mapping[str, float]
"""`"mean"`, a number, `("quantile", 0.6)`, or a mapping as in a plan file."""

# Parameters of each scale in the order in which a tuple gives them.
_SCALE_PARAMETERS: dict[str, tuple[str, ...]] = {
    "min_max": ("lo", "hi"),
    "z_score": ("width",),
    "rank": ("knots",),
    "log1p": ("lo", "hi"),
    "log": ("lo", "hi"),
    "saturating": ("tau",),
    "bands": ("points",),
    "target": ("best", "lo", "hi"),
    "efficacy": ("fail", "pass"),
    "points": ("per_unit", "whole", "lo", "hi"),
}
_BETTER = {"high": "high", "low": "low", "benefit": "high", "cost": "low"}


def plain(value: Any) -> Any:
    """Turn tuples, numpy scalars and mappings into what JSON can hold."""
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, str) or value is None:
        return value
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, Iterable):
        return [plain(entry) for entry in value]
    return value


def scale_json(place: str, scale: Scale) -> Any:
    """Write a scale as a plan file does."""
    if isinstance(scale, str | Mapping):
        return plain(scale)
    if not scale or not isinstance(scale[0], str):
        raise ParameterError(
            f'`scale` of {place} must be a name, a tuple such as ("saturating", 24) or a mapping, '
            f"got {scale!r}"
        )
    name, *values = scale
    known = _SCALE_PARAMETERS.get(name)
    if known is None:
        return {name: {}}  # the core names the nearest scale
    if len(values) > len(known):
        raise ParameterError(
            f"`scale` of {place} must have at most {len(known)} parameters ({', '.join(known)}), "
            f"got {len(values)}"
        )
    given = zip(known, values, strict=False)
    return {name: {key: plain(value) for key, value in given if value is not None}}


def threshold_json(threshold: Threshold) -> Any:
    """Write a threshold as a plan file does."""
    if isinstance(threshold, tuple):
        return {threshold[0]: plain(threshold[1])}
    if isinstance(threshold, str | Mapping):
        return plain(threshold)
    return {"fixed": plain(threshold)}


def missing_json(missing: Any) -> Any:
    """Write a rule for missing values as a plan file does."""
    if isinstance(missing, tuple):
        return {missing[0]: plain(missing[1])}
    if isinstance(missing, str | Mapping):
        return plain(missing)
    return {"value": plain(missing)}


def without_defaults(parts: Json) -> Json:
    """Leave out what was not given, so that the core's own defaults apply."""
    return {key: value for key, value in parts.items() if value is not None}


@dataclass(frozen=True)
class Indicator:
    """A column brought to a scale from 0 to 1 on which more is better.

    Parameters
    ----------
    name : str
        Name of the indicator, and of its column unless `column` says otherwise.
    column : str, optional
        Column it reads.
    dimension : str, optional
        Dimension it belongs to: contribution, attribution, influence, or your own. Not with a `tree`.
    scale : str, tuple or mapping, default "min_max"
        `"min_max"`, `"z_score"`, `"rank"`, `"log1p"`, `"saturating"`, `"bands"`, `"target"`,
        `"efficacy"` or `"points"`; with parameters `("min_max", 0, 500)`, `("saturating", 24)`,
        `("bands", [(0, 1), (3, 0.2)])`, or `{"min_max": {"lo": 0, "hi": 500}}`. Bounds that are left
        open are taken from the fitted base and frozen.
    better : {"high", "low"}, default "high"
        Whether more is better ("benefit") or less ("cost").
    winsorise : tuple of float, optional
        Two probabilities: values outside these quantiles of the base are brought to them first.
    categories : mapping of str to float, optional
        Value of each category, 0 to 1; makes the column categorical.
    missing : str, float or tuple, optional
        `"median"` (default for numbers), `"neutral"` (default for categories), `"renormalise"`,
        `"refuse"`, or the value to put in its place.
    unit : str, default ""
        Unit of the column, for people.
    low : str, optional
        What to say of a customer whom this indicator puts below the others: ``"R01 revenue is low"``.
    polarity : {"benefit", "cost"}, optional
        Another name for `better`.
    group : str, optional
        Another name for `dimension`.

    Examples
    --------
    >>> from karat import Indicator
    >>> Indicator("tenure", dimension="attribution", scale=("saturating", 24)).to_dict()
    {'dimension': 'attribution', 'scale': {'saturating': {'tau': 24}}}
    """

    name: str
    _: KW_ONLY
    column: str | None = None
    dimension: str | None = None
    scale: Scale = "min_max"
    better: str = "high"
    winsorise: tuple[float, float] | None = None
    categories: Mapping[str, float] | None = None
    missing: Any = None
    unit: str = ""
    low: str | None = None
    polarity: str | None = field(default=None, repr=False)
    group: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for alias, own in (("polarity", "better"), ("group", "dimension")):
            given = getattr(self, alias)
            if given is not None:
                default = type(self).__dataclass_fields__[own].default
                if getattr(self, own) not in (default, given):
                    raise ParameterError(
                        f"`{alias}` of indicator {self.name} must not differ from `{own}`, got {given!r}"
                    )
                object.__setattr__(self, own, given)
                object.__setattr__(self, alias, None)
        if self.better not in _BETTER:
            raise ParameterError(
                f'`better` of indicator {self.name} must be "high" or "low", got {self.better!r}'
            )
        object.__setattr__(self, "better", _BETTER[self.better])

    def to_dict(self) -> Json:
        """Return what a plan file says of this indicator, without its name."""
        scale = scale_json(f"indicator {self.name}", self.scale)
        return without_defaults(
            {
                "column": self.column,
                "dimension": self.dimension,
                "unit": self.unit or None,
                "better": None if self.better == "high" else self.better,
                "scale": None if scale == "min_max" else scale,
                "winsorise": plain(self.winsorise),
                "categories": plain(self.categories),
                "missing": None if self.missing is None else missing_json(self.missing),
                "low": self.low,
            }
        )


@dataclass(frozen=True)
class Grades:
    """Grades of the index.

    Parameters
    ----------
    names : sequence of str
        Names, the lowest first.
    cuts : str, tuple or mapping, default "quantile"
        `"quantile"` (equal shares), `("quantile", [0.5, 0.3, 0.15, 0.05])` (shares, the lowest first),
        `("fixed", [40, 60, 80])`, `"natural_breaks"`, or `("cumulative_share", [0.2, 0.5, 0.8])`.

    Examples
    --------
    >>> import karat
    >>> karat.Grades(["silver", "gold"], cuts=("fixed", [60])).to_dict()
    {'names': ['silver', 'gold'], 'cuts': {'fixed': [60]}}
    """

    names: Sequence[str]
    cuts: str | tuple[str, Sequence[float]] | Mapping[str, Any] = "quantile"

    def to_dict(self) -> Json:
        """Return what a plan file says of the grades."""
        cuts = {self.cuts[0]: plain(self.cuts[1])} if isinstance(self.cuts, tuple) else plain(self.cuts)
        return {"names": plain(self.names), "cuts": {"quantile": []} if cuts == "quantile" else cuts}


@dataclass(frozen=True)
class Types:
    """Types A (strategic), B1 (contribution), B2 (potential) and C (low).

    Parameters
    ----------
    method : {"ratio", "quadrant", "share"}, default "ratio"
        How contribution and attribution divide customers.
    contribution, attribution : str
        Dimensions of what a customer brings and of how much a customer belongs to the operator.
    value, contribution_threshold, attribution_threshold : float, str or tuple, optional
        Where "high" begins: a number, `"mean"`, or `("quantile", 0.6)`.
    k : float, default 1.25
        Ratios from 1/k to k count as balanced; at least 1.
    both_high_is_a : bool, default False
        A customer above both thresholds is A whatever the ratio.

    Examples
    --------
    >>> import karat
    >>> karat.Types(value=("quantile", 0.6)).to_dict()["value"]
    {'quantile': 0.6}
    """

    method: str = "ratio"
    _: KW_ONLY
    contribution: str = "contribution"
    attribution: str = "attribution"
    value: Threshold = ("quantile", 0.5)
    contribution_threshold: Threshold = "mean"
    attribution_threshold: Threshold = "mean"
    k: float = 1.25
    both_high_is_a: bool = False

    def to_dict(self) -> Json:
        """Return what a plan file says of the types."""
        return {
            "method": self.method,
            "contribution": self.contribution,
            "attribution": self.attribution,
            "value": threshold_json(self.value),
            "contribution_threshold": threshold_json(self.contribution_threshold),
            "attribution_threshold": threshold_json(self.attribution_threshold),
            "k": plain(self.k),
            "both_high_is_a": bool(self.both_high_is_a),
        }


@dataclass(frozen=True)
class Segments:
    """Segments by k-means over the indicators.

    Parameters
    ----------
    k : int, default 8
        Number of segments.
    indicators : sequence of str, optional
        Indicators that span the space; all if not given.
    names : sequence of str, optional
        Names, the most valuable segment first; made from what sets each apart if not given.
    restarts : int, default 4
        Independent starts, the best of which is kept.
    max_iterations : int, default 300
        Most iterations of a start.
    tolerance : float, default 1e-4
        Movement of the centers, relative to the variance, at which a start has converged.
    sample : int, default 200_000
        Customers that the iterations run on; larger bases are finished by passes over everybody.

    Examples
    --------
    >>> import karat
    >>> karat.Segments(6).to_dict()["k"]
    6
    """

    k: int = 8
    _: KW_ONLY
    indicators: Sequence[str] = ()
    names: Sequence[str] = ()
    restarts: int = 4
    max_iterations: int = 300
    tolerance: float = 1e-4
    sample: int = 200_000

    def to_dict(self) -> Json:
        """Return what a plan file says of the segments."""
        return {key: plain(getattr(self, key)) for key in type(self).__dataclass_fields__ if key != "_"}


@dataclass(frozen=True)
class Rule:
    """A rule: when all its conditions hold, its effect follows.

    Parameters
    ----------
    name : str
        Name, reported with every customer it touches.
    when : str or sequence of str
        Conditions such as `"tenure < 6"`, `"contract == Two year"` or `"age is missing"`.
    gate : bool, default False
        Keeps the customer out of grades, types and segments.
    cap : str, optional
        Lets the grade rise no higher than this one.
    penalty : float, optional
        Takes points off the index.

    Examples
    --------
    >>> import karat
    >>> karat.Rule("newcomer", "tenure < 3", cap="silver").to_dict()
    {'name': 'newcomer', 'when': ['tenure < 3'], 'effect': {'cap': 'silver'}}
    """

    name: str
    when: str | Sequence[str]
    _: KW_ONLY
    gate: bool = False
    cap: str | None = None
    penalty: float | None = None

    def __post_init__(self) -> None:
        effects = [self.gate, self.cap is not None, self.penalty is not None]
        if sum(map(bool, effects)) != 1:
            raise ParameterError(
                f"`rule {self.name}` must have one effect of gate, cap and penalty, got {sum(effects)}"
            )

    def to_dict(self) -> Json:
        """Return what a plan file says of the rule."""
        effect: Any = "gate"
        if self.cap is not None:
            effect = {"cap": self.cap}
        elif self.penalty is not None:
            effect = {"penalty": plain(self.penalty)}
        when = [self.when] if isinstance(self.when, str) else plain(self.when)
        return {"name": self.name, "when": when, "effect": effect}


@dataclass(frozen=True)
class Ratchet:
    """A grade once given stays for its validity and can only rise meanwhile.

    Parameters
    ----------
    previous : str
        Column with the name of the previous grade.
    months : str
        Column with the months since it was given.
    validity : float
        Months for which a grade stays valid.

    Examples
    --------
    >>> import karat
    >>> karat.Ratchet("last_grade", "months_since", 12).to_dict()
    {'previous': 'last_grade', 'months': 'months_since', 'validity': 12}
    """

    previous: str
    months: str
    validity: float

    def to_dict(self) -> Json:
        """Return what a plan file says of the ratchet."""
        return {"previous": self.previous, "months": self.months, "validity": plain(self.validity)}
