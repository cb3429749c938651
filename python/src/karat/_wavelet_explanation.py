"""Why a wavelet network forecasts what it does."""

from __future__ import annotations

import html
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat._errors import ParameterError
from karat._frame import to_frame


class WaveletExplanation:
    """Contributions of main effects and interactions, customer by customer.

    Attributes
    ----------
    base : ndarray of shape (n_outputs,)
        What a row would have whose terms are all at their means.
    values : ndarray of shape (n_samples, n_effects, n_outputs)
        Contribution of each effect.
    names : list of str
        The effects: a field, or fields joined by " x ".
    """

    def __init__(
        self, base: NDArray[np.float64], values: NDArray[np.float64], names: list[str], like: Any
    ) -> None:
        self.base = base
        self.values = values
        self.names = names
        self._like = like

    def total(self) -> NDArray[np.float64]:
        """Return base plus contributions in their order: the decisions, to the last bit."""
        sums = np.tile(self.base, (len(self.values), 1))
        for effect in range(self.values.shape[1]):
            sums += self.values[:, effect]
        return sums[:, 0] if sums.shape[1] == 1 else sums

    def top(self, row: int, most: int = 5, output: int = 0) -> list[tuple[str, float]]:
        """Return the weightiest effects of one row, by magnitude."""
        found = self.values[row, :, output]
        order = np.argsort(-np.abs(found), kind="stable")[:most]
        return [(self.names[effect], float(found[effect])) for effect in order]

    def importance(self) -> dict[str, float]:
        """Return the mean magnitude of each effect over these rows, the largest first."""
        means = np.abs(self.values).mean(axis=(0, 2)) if len(self.values) else np.zeros(len(self.names))
        order = np.argsort(-means, kind="stable")
        return {self.names[effect]: float(means[effect]) for effect in order}

    def to_frame(self, like: Any = None, *, output: int = 0) -> Any:
        """Return contributions as a frame, a column for each effect.

        Parameters
        ----------
        like : table or str, optional
            The kind of frame, by default that of the rows.
        output : int, default 0
            Which output, where there is one for each class.
        """
        if not 0 <= output < self.values.shape[2]:
            raise ParameterError(f"`output` must be 0 to {self.values.shape[2] - 1}, got {output!r}")
        columns = {
            name: np.ascontiguousarray(self.values[:, effect, output])
            for effect, name in enumerate(self.names)
        }
        return to_frame(columns, self._like if like is None else like)

    def __repr__(self) -> str:
        rows, effects, outputs = self.values.shape
        return f"WaveletExplanation(rows={rows}, effects={effects}, outputs={outputs})"

    def _repr_html_(self) -> str:
        lines = "".join(
            f"<tr><td>{html.escape(name)}</td><td>{value:.4g}</td></tr>"
            for name, value in list(self.importance().items())[:10]
        )
        head = "<tr><th>effect</th><th>mean magnitude</th></tr>"
        return f"<div><code>{html.escape(repr(self))}</code><table>{head}{lines}</table></div>"
