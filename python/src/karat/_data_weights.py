"""Weights that data give, mixtures of several sources, bounds, and how far all of them can be trusted."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._errors import ParameterError
from karat._frame import to_frame
from karat._matrix import read_columns
from karat._named_weights import Finding, NamedWeights, announce, named_values

_DIRECTIONS = {"high": False, "benefit": False, 1: False, "low": True, "cost": True, -1: True}

Better = str | int | Mapping[str, Any] | Sequence[Any]
"""`"high"`, `"low"`, one of them for each column, or a mapping from some columns."""
Bounds = Mapping[str, tuple[float, float]]
"""Least and greatest weight by name."""


class DataWeights(NamedWeights):
    """Weights that data give.

    Attributes
    ----------
    weights : dict of str to float
        Weight of each column; they sum to 1.
    method : str
        How they were drawn.
    information : dict of str to float
        What the weights are proportional to: standard deviation times conflict (CRITIC), the standard
        deviation, the removal effect (MEREC), Gini's coefficient, or 1.
    rows : int
        Rows they were drawn from.
    findings : tuple of Finding
        W120 for every column without information, which has weight 0.
    """

    def __init__(
        self, names: Sequence[str], found: Mapping[str, Any], method: str, rows: int, stacklevel: int = 3
    ) -> None:
        super().__init__(names, found["weights"].tolist())
        self.method = method
        self.rows = rows
        self.findings: tuple[Finding, ...] = announce(found["findings"], stacklevel=stacklevel + 1)
        self._columns = {
            key: values for key, values in found.items() if getattr(values, "shape", None) == (len(names),)
        }
        self.information = self._by_name("information") if "information" in found else {}

    def _by_name(self, key: str) -> dict[str, float]:
        return dict(zip(self.names, self._columns[key].tolist(), strict=True))

    def _facts(self) -> list[tuple[str, str]]:
        return [("by", f"{self.method} of {self.rows} rows")]

    def to_frame(self, like: Any = "pandas") -> Any:
        """Build a frame: one row for each column, with its weight and the figures behind it.

        Parameters
        ----------
        like : table or {"pandas", "polars", "pyarrow", "dict"}, default "pandas"
            What kind of frame to build.
        """
        kind = like if isinstance(like, str) else type(like).__module__.partition(".")[0]
        return to_frame({"column": list(self.names), **self._columns}, kind)


class EntropyWeights(DataWeights):
    """Weights by entropy.

    Attributes
    ----------
    weights : dict of str to float
        Weight of each column; they sum to 1.
    entropy : dict of str to float
        Entropy of each column, 0 (one row holds everything) to 1 (every value equal).
    information : dict of str to float
        1 minus the entropy.
    rows : int
        Rows they were drawn from.
    findings : tuple of Finding
        W120 for every column without information, which has weight 0.
    """

    def __init__(self, names: Sequence[str], found: Mapping[str, Any], method: str, rows: int) -> None:
        super().__init__(names, found, method, rows, stacklevel=4)
        self.entropy = self._by_name("entropy")
        self.information = {name: 1.0 - entropy for name, entropy in self.entropy.items()}


class CriticWeights(DataWeights):
    """Weights by CRITIC.

    Attributes
    ----------
    weights : dict of str to float
        Weight of each column; they sum to 1.
    information : dict of str to float
        Standard deviation times conflict.
    standard_deviation : dict of str to float
        Sample standard deviation of each column on its scale from 0 to 1.
    conflict : dict of str to float
        Sum of 1 - r over the other columns: how little they tell what this one tells.
    correlation : ndarray of shape (d, d)
        Correlations, costs turned round.
    rows : int
        Rows they were drawn from.
    findings : tuple of Finding
        W120 for every constant column, which has weight 0.
    """

    def __init__(self, names: Sequence[str], found: Mapping[str, Any], method: str, rows: int) -> None:
        super().__init__(names, found, method, rows, stacklevel=4)
        self.standard_deviation = self._by_name("standard_deviation")
        self.conflict = self._by_name("conflict")
        self.correlation: NDArray[np.float64] = found["correlation"]
        # A single column has the shape of a list of names.
        self._columns.pop("correlation", None)


class PrincipalComponentWeights(DataWeights):
    """Weights by the first principal component.

    Attributes
    ----------
    weights : dict of str to float
        Weight of each column; they sum to 1.
    loadings : dict of str to float
        The first eigenvector of the correlations, of length 1; negative where a column runs against it.
    eigenvalues : ndarray
        Eigenvalues of the correlations, the largest first.
    explained : float
        Share of the standardised variance that the first component holds.
    rows : int
        Rows they were drawn from.
    findings : tuple of Finding
        W120 constant columns, W121 loadings of the other sign, W122 no first component.
    """

    def __init__(self, names: Sequence[str], found: Mapping[str, Any], method: str, rows: int) -> None:
        super().__init__(names, found, method, rows, stacklevel=4)
        self.loadings = self._by_name("loadings")
        self.information = self.loadings
        self.eigenvalues: NDArray[np.float64] = found["eigenvalues"]
        self.explained: float = found["explained"]
        self._columns.pop("eigenvalues", None)

    def _facts(self) -> list[tuple[str, str]]:
        return [*super()._facts(), ("explained", f"{self.explained:.4f}")]


class MixedWeights(NamedWeights):
    """Weights of several sources.

    Attributes
    ----------
    weights : dict of str to float
        Weight of each item; they sum to 1.
    shares : dict of str to float
        Share of each source, sum 1.
    findings : tuple of Finding
        W131 for every weight that a bound holds.
    """

    def __init__(
        self,
        names: Sequence[str],
        values: Sequence[float],
        shares: Mapping[str, float],
        findings: tuple[Finding, ...],
    ) -> None:
        super().__init__(names, values)
        self.shares = dict(shares)
        self.findings = findings

    def _facts(self) -> list[tuple[str, str]]:
        return [("of", ", ".join(f"{share:.4f} {name}" for name, share in self.shares.items()))]


class BoundedWeights(NamedWeights):
    """Weights brought within bounds.

    Attributes
    ----------
    weights : dict of str to float
        Weight of each item; they sum to 1.
    factor : float
        What all weights that no bound holds were multiplied by.
    findings : tuple of Finding
        W131 for every weight that a bound holds.
    """

    def __init__(
        self,
        names: Sequence[str],
        values: Sequence[float],
        factor: float,
        findings: tuple[Finding, ...],
    ) -> None:
        super().__init__(names, values)
        self.factor = factor
        self.findings = findings


class Exchange(NamedTuple):
    """A share of the expert at which two indicators weigh alike."""

    share: float
    """Share of the expert."""
    gains: str
    """The indicator that weighs more above this share."""
    loses: str
    """The indicator that weighs more below it."""


class SharePath:
    """How linearly combined weights move as the expert's share goes from 0 to 1.

    Attributes
    ----------
    names : tuple of str
        What is weighed.
    shares : ndarray of shape (steps,)
        Shares of the expert.
    weights : ndarray of shape (steps, d)
        Weights at each share.
    exchanges : tuple of Exchange
        Where two indicators change places. Between two neighbours the order does not hang on the share.
    """

    def __init__(
        self,
        names: Sequence[str],
        shares: NDArray[np.float64],
        weights: NDArray[np.float64],
        exchanges: Sequence[tuple[float, int, int]],
    ) -> None:
        self.names = tuple(names)
        self.shares = shares
        self.weights = weights
        self.exchanges = tuple(
            Exchange(share, names[gains], names[loses]) for share, gains, loses in exchanges
        )

    def to_frame(self, like: str = "pandas") -> Any:
        """Build a frame with the shares and one column for each indicator."""
        by_name = {name: self.weights[:, j] for j, name in enumerate(self.names)}
        return to_frame({"expert_share": self.shares, **by_name}, like)

    def __repr__(self) -> str:
        shown = ", ".join(f"{e.share:.3f} {e.gains} over {e.loses}" for e in self.exchanges)
        return f"<SharePath of {len(self.names)} weights: {shown or 'no two change places'}>"

    def _repr_html_(self) -> str:
        from karat._score import html_table

        rows = [
            [f"{share:.2f}", *(f"{weight:.4f}" for weight in row)]
            for share, row in zip(self.shares, self.weights, strict=True)
        ]
        return f"<div>{html_table(['expert_share', *self.names], rows)}</div>"


class WeightBand(NamedWeights):
    """Weights with the band that resampling the rows gives each.

    Attributes
    ----------
    weights : dict of str to float
        Weights of the table itself.
    standard_error : dict of str to float
        Standard deviation over the replicates.
    low, high : dict of str to float
        Ends of the band.
    level : float
        Share of the replicates within it.
    replicates : int
        Replicates that had weights.
    """

    def __init__(
        self, names: Sequence[str], arrays: Sequence[NDArray[np.float64]], replicates: int, level: float
    ) -> None:
        super().__init__(names, arrays[0].tolist())
        figures = [dict(zip(names, array.tolist(), strict=True)) for array in arrays[1:]]
        self.standard_error, self.low, self.high = figures
        self.level = level
        self.replicates = replicates
        self._arrays = arrays

    def _facts(self) -> list[tuple[str, str]]:
        widest = max(self, key=lambda name: self.high[name] - self.low[name])
        band = f"{widest} {self.low[widest]:.4f} to {self.high[widest]:.4f}"
        return [(f"widest {100 * self.level:g} % band", band)]

    def to_frame(self, like: str = "pandas") -> Any:
        """Build a frame: one row for each column with its weight, standard error and band."""
        keys = ("weight", "standard_error", "low", "high")
        return to_frame({"column": list(self.names), **dict(zip(keys, self._arrays, strict=True))}, like)


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
            raise ParameterError(f"`shares` must name sources, got {name!r}{_near(name, sources)}")
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
    kept, _, findings = _within(names, mixed.tolist(), bounds, cap)
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
    kept, factor, findings = _within(names, values, bounds, cap)
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
    numbers, names, _ = _numbers(X, method)
    given = None
    if expert is not None:
        own_names, given = named_values(expert)
        if own_names is not None:
            if set(own_names) != set(names):
                raise ParameterError(f"`expert` must weigh {names}, got {own_names}")
            own = dict(zip(own_names, given, strict=True))
            given = [own[name] for name in names]
    arrays, usable = _karat.weight_band(
        numbers, names, _costs(better, names), method, given, how, share, replicates, level, seed
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
    <SharePath of 3 weights: 0.250 a over b, 0.429 a over c, 0.500 b over c>
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


def _numbers(X: Any, who: str) -> tuple[Any, list[str], int]:
    numbers, names = read_columns(X, who=who)
    if isinstance(numbers, list):
        rows, width = len(numbers[0]), len(numbers)
    else:
        rows, width = numbers.shape
    return numbers, names or [f"x{j}" for j in range(width)], rows


def _weigh(X: Any, better: Better, method: str) -> tuple[list[str], dict[str, Any], str, int]:
    numbers, names, rows = _numbers(X, method)
    return names, _karat.data_weights(numbers, names, _costs(better, names), method), method, rows


def _costs(better: Better, names: Sequence[str]) -> list[int]:
    """Positions of the columns of which less is better."""
    if isinstance(better, Mapping):
        for name in better:
            if name not in names:
                raise ParameterError(f"`better` must name columns, got {name!r}{_near(name, names)}")
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


def _within(
    names: Sequence[str], values: list[float], bounds: Bounds | None, cap: float | None
) -> tuple[list[float], float, list[tuple[str, str, str, str]]]:
    """Weights within bounds, the factor of the others, findings."""
    bounds = bounds or {}
    for name in bounds:
        if name not in names:
            raise ParameterError(f"`bounds` must name what is weighed, got {name!r}{_near(name, names)}")
    if cap is None and not bounds:
        return values, 1.0, []
    greatest = 1.0 if cap is None else float(cap)
    pairs = [tuple(map(float, bounds.get(name, (0.0, greatest)))) for name in names]
    kept, factor, findings = _karat.bound_weights(values, pairs, list(names))
    return kept.tolist(), factor, findings


def _near(name: object, known: Any) -> str:
    near = difflib.get_close_matches(str(name), [str(entry) for entry in known], 1)
    return f"; did you mean {near[0]!r}?" if near else f" ({', '.join(map(str, known))})"
