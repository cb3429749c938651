"""Mixtures of several sources of weights, bounds, and how far all of them can be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from numpy.typing import ArrayLike

from karat import _karat
from karat._data_weights import Better, costs_of, near, numbers_of
from karat._errors import ParameterError
from karat._named_weights import announce, named_values
from karat._weight_results import BoundedWeights, MixedWeights, SharePath, WeightBand

Bounds: TypeAlias = Mapping[str, tuple[float, float]]
"""Least and greatest weight by name."""


def mix(
    sources: Mapping[str, Mapping[str, float] | ArrayLike],
    shares: Mapping[str, float] | None = None,
    *,
    bounds: Bounds | None = None,
    cap: float | None = None,
) -> MixedWeights:
    """Weights of any number of sources, each with its share.

    Parameters
    ----------
    sources : mapping of name to weights
        Each sums to 1. Where they have names they are matched by name, in the order of the first.
    shares : mapping of name to float, optional
        Share of each source; they are divided by their sum. Equal by default.
    bounds, cap : optional
        As `bounded` takes them.

    Returns
    -------
    MixedWeights
        Weights by name.

    Examples
    --------
    >>> from karat import weights
    >>> mixed = weights.mix({"expert": {"a": 0.6, "b": 0.4}, "critic": {"b": 0.8, "a": 0.2}},
    ...                     {"expert": 0.75, "critic": 0.25})
    >>> round(mixed["a"], 12)
    0.5
    """
    if shares is None:
        shares = dict.fromkeys(sources, 1.0)
    for name in shares:
        if name not in sources:
            raise ParameterError(f"`shares` must name sources, got {name!r}{near(name, sources)}")
    names: list[str] | None = None
    rows: list[tuple[list[float], float]] = []
    for name, source in sources.items():
        own_names, values = named_values(source)
        if names is not None and own_names is not None:
            if set(own_names) != set(names):
                raise ParameterError(f"all sources must weigh the same names; `{name}` weighs {own_names}")
            own = dict(zip(own_names, values, strict=True))
            values = [own[known] for known in names]
        names = names or own_names
        rows.append((values, float(shares.get(name, 0.0))))
    mixed = _karat.mix_weights(rows)
    names = names or [f"x{j}" for j in range(len(mixed))]
    total = sum(share for _, share in rows)
    kept, _, findings = keep_within(names, mixed.tolist(), bounds, cap)
    return MixedWeights(
        names,
        kept,
        {name: share / total for name, (_, share) in zip(sources, rows, strict=True)},
        announce(findings, stacklevel=2),
    )


def bounded(
    weights: Mapping[str, float] | ArrayLike, bounds: Bounds | None = None, *, cap: float | None = None
) -> BoundedWeights:
    """Bring weights within bounds, changing them as little as relative entropy allows.

    All weights are multiplied by one factor and stop at their bounds, so that what no bound holds keeps its
    proportions.

    Parameters
    ----------
    weights : mapping of name to weight, or array-like
        They sum to 1.
    bounds : mapping of name to (least, greatest), optional
        Bounds of some of the weights.
    cap : float, optional
        Greatest weight of all others.

    Returns
    -------
    BoundedWeights
        Weights by name.

    Raises
    ------
    ParameterError
        For bounds of unknown names, and for bounds that no weights can keep, naming them.

    Warns
    -----
    WeightsWarning
        For every weight that a bound holds (W131).

    Examples
    --------
    >>> import warnings
    >>> from karat import weights
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     found = weights.bounded({"arpu": 0.3, "tenure": 0.2, "roaming": 0.5}, {"roaming": (0.0, 0.25)})
    >>> {name: round(weight, 12) for name, weight in found.items()}
    {'arpu': 0.45, 'tenure': 0.3, 'roaming': 0.25}
    """
    own_names, values = named_values(weights)
    names = own_names or [f"x{j}" for j in range(len(values))]
    kept, factor, findings = keep_within(names, values, bounds, cap)
    return BoundedWeights(names, kept, factor, announce(findings, stacklevel=2))


def stability(
    X: Any,
    method: str = "critic",
    *,
    better: Better = "high",
    expert: Mapping[str, float] | ArrayLike | None = None,
    how: str = "linear",
    share: float = 0.5,
    replicates: int = 400,
    level: float = 0.95,
    seed: int = 0,
) -> WeightBand:
    """Bands of data weights: what they would have been with other customers of the same kind.

    A bootstrap over groups of rows (Poisson's numbers of mean 1), weighed from sums over the groups that one
    reading keeps. A group holds every 256th row; a table of fewer rows is drawn row by row. Ranges that bring
    columns to 0..1 stay those of the whole table.

    Parameters
    ----------
    X : frame, mapping of columns or array-like of shape (n, d)
        As the method takes it.
    method : str, default "critic"
        `"critic"`, `"entropy"`, `"standard_deviation"`, `"merec"`, `"pca"` or
        `"principal_component_squared"`. Gini's coefficient does not follow from sums.
    better : {"high", "low"}, sequence or mapping of column to one, default "high"
        Directions.
    expert : mapping of name to weight, or array-like, optional
        With it the bands are those of the combined weights; the expert stays as sure as stated.
    how, share : optional
        As `combine` takes them.
    replicates : int, default 400
        Samples, at least 20.
    level : float, default 0.95
        Share of the samples within a band.
    seed : int, default 0
        Same seed, same bands.

    Returns
    -------
    WeightBand
        Weights with standard errors and bands.

    Examples
    --------
    >>> import numpy as np
    >>> from karat import weights
    >>> X = np.random.default_rng(0).gamma(2.0, size=(500, 3))
    >>> band = weights.stability(X, "entropy")
    >>> all(band.low[name] <= band[name] <= band.high[name] for name in band)
    True
    """
    numbers, names, _ = numbers_of(X, method)
    given = None
    if expert is not None:
        own_names, given = named_values(expert)
        if own_names is not None:
            if set(own_names) != set(names):
                raise ParameterError(f"`expert` must weigh {names}, got {own_names}")
            own = dict(zip(own_names, given, strict=True))
            given = [own[name] for name in names]
    arrays, usable = _karat.weight_band(
        numbers, names, costs_of(better, names), method, given, how, share, replicates, level, seed
    )
    return WeightBand(names, arrays, usable, level)


def share_path(
    expert: Mapping[str, float] | ArrayLike, data: Mapping[str, float] | ArrayLike, steps: int = 11
) -> SharePath:
    """Follow the weights as the expert's share goes from 0 to 1, with every share at which two change places.

    Parameters
    ----------
    expert, data : mapping of name to weight, or array-like
        Both sum to 1. Where both have names they are matched by name, in the order of the first.
    steps : int, default 11
        Shares, equally spaced from 0 to 1.

    Returns
    -------
    SharePath
        Weights at each share, and the exchanges.

    Examples
    --------
    >>> from karat import weights
    >>> weights.share_path({"a": 0.6, "b": 0.3, "c": 0.1}, {"a": 0.2, "b": 0.3, "c": 0.5})
    <SharePath of 3 weights: 0.250 a over b, 0.375 a over c, 0.500 b over c>
    """
    names, values = named_values(expert)
    data_names, data_values = named_values(data)
    if names is not None and data_names is not None:
        if set(names) != set(data_names):
            raise ParameterError(
                f"both sets of weights must have the same names, got {names} and {data_names}"
            )
        own = dict(zip(data_names, data_values, strict=True))
        data_values = [own[name] for name in names]
    names = names or data_names or [f"x{j}" for j in range(len(values))]
    return SharePath(names, *_karat.share_path(values, data_values, steps))


def keep_within(
    names: Sequence[str], values: list[float], bounds: Bounds | None, cap: float | None
) -> tuple[list[float], float, list[tuple[str, str, str, str]]]:
    """Weights within bounds, the factor of the others, findings."""
    bounds = bounds or {}
    for name in bounds:
        if name not in names:
            raise ParameterError(f"`bounds` must name what is weighed, got {name!r}{near(name, names)}")
    if cap is None and not bounds:
        return values, 1.0, []
    greatest = 1.0 if cap is None else float(cap)
    limits = [bounds.get(name, (0.0, greatest)) for name in names]
    pairs = [(float(least), float(most)) for least, most in limits]
    kept, factor, findings = _karat.bound_weights(values, pairs, list(names))
    return kept.tolist(), factor, findings
