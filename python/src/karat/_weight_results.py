"""What functions of `karat.weights` that read data return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from karat._frame import to_frame
from karat._named_weights import Finding, NamedWeights, announce


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
        self.findings: tuple[Finding, ...] = announce(found["findings"], stacklevel)
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
