"""What measures of a call graph return."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat import _identifiers
from karat._errors import ParameterError
from karat._frame import to_frame
from karat._score import html_table

_SHOWN = 10


class Measures:
    """Figures by identifier, ready to be joined to the customers as fields.

    Attributes
    ----------
    columns : dict of str to ndarray of shape (n,)
        The figures by name.
    """

    def __init__(
        self,
        identifiers: _identifiers.Identifiers,
        columns: Mapping[str, NDArray[Any]],
        id_name: str,
        like: str,
    ) -> None:
        self._identifiers = identifiers
        self.columns = dict(columns)
        self._id_name, self._like = id_name, like

    @property
    def ids(self) -> NDArray[Any]:
        """Whose figures they are, in ascending order."""
        return self._identifiers.values

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, column: str) -> NDArray[Any]:
        return self.columns[column]

    def of(self, identifier: Any) -> dict[str, float]:
        """Return the figures of one person by name.

        Raises
        ------
        DataError
            For somebody who is not in the graph, with the nearest identifier that is.
        """
        place = self._identifiers.require(_identifiers.read("identifier", [identifier]))[0]
        return {name: values[place].item() for name, values in self.columns.items()}

    def top(self, by: str | None = None, n: int = 10) -> list[tuple[Any, float]]:
        """Return who has the greatest figure, equal ones in the order of the identifiers.

        Parameters
        ----------
        by : str, optional
            Which figure; the first by default.
        n : int, default 10
            How many.
        """
        name = next(iter(self.columns)) if by is None else by
        if name not in self.columns:
            raise ParameterError(f"`by` must be one of {', '.join(self.columns)}, got {by!r}")
        values = self.columns[name].astype(np.float64)
        order = np.argsort(np.where(np.isnan(values), np.inf, -values), kind="stable")[:n]
        return [(self.ids[place : place + 1].tolist()[0], float(values[place])) for place in order.tolist()]

    def to_frame(self, like: Any = None) -> Any:
        """Build a frame: a row for each identifier with its figures.

        Parameters
        ----------
        like : table or {"pandas", "polars", "pyarrow", "dict"}, optional
            What kind of frame to build; by default that of the calls.
        """
        kind = self._like if like is None else _kind_of(like)
        return to_frame({self._id_name: self._identifiers.as_column, **self.columns}, kind)

    def _facts(self) -> str:
        return f"{len(self)} rows of {', '.join(self.columns)}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._facts()}>"

    def _repr_html_(self) -> str:
        from html import escape

        rows = [
            [repr(identifier), *(f"{self.columns[name][place]:.6g}" for name in self.columns)]
            for place, identifier in enumerate(self.ids[:_SHOWN].tolist())
        ]
        if len(self) > _SHOWN:
            rows.append(["..."] * (1 + len(self.columns)))
        return f"<div>{escape(self._facts())}{html_table([self._id_name, *self.columns], rows)}</div>"


class TieMeasures(Measures):
    """Measures of everybody's own ties and circle.

    Attributes
    ----------
    ids : ndarray of shape (n,)
        Everybody in the graph.
    columns : dict of str to ndarray of shape (n,)
        `degree` and `strength` (ties, and their weight), `circle` and `circle_2` (different people within one
        and two steps); of a directed graph `out_degree`, `in_degree`, `out_strength`, `in_strength` and
        `reciprocity` (NaN without ties); where the graph knows who is a customer `on_net_share` and
        `on_net_circle` (share of customers by weight of the ties, and by heads; NaN without ties).
    hubs : int
        People with so many ties that circles do not go through them.
    """

    hubs: int = 0


class PageRank(Measures):
    """PageRank by identifier.

    Attributes
    ----------
    ids : ndarray of shape (n,)
        Everybody in the graph.
    columns : dict of str to ndarray of shape (n,)
        `page_rank`; the sum is 1.
    residual : float
        Sum of the absolute changes of the last iteration.
    error_bound : float
        Bound of the sum of the absolute errors.
    iterations : int
        Iterations done.
    converged : bool
        Whether the residual came down to the tolerance.
    """

    residual: float
    error_bound: float
    iterations: int
    converged: bool

    def _facts(self) -> str:
        state = "" if self.converged else ", not converged"
        return (
            f"{len(self)} rows, residual {self.residual:.1e} after {self.iterations} iterations{state}, "
            f"error at most {self.error_bound:.1e}"
        )


class Exposure(Measures):
    """Exposure to churn by identifier.

    Attributes
    ----------
    ids : ndarray of shape (n,)
        Everybody in the graph.
    columns : dict of str to ndarray of shape (n,)
        `exposure`: energy at the end; `received`: without what the churners themselves still hold, 0 for
        them.
    steps : int
        Steps done.
    change : float
        What changed places in the last step, as a share of all energy.
    total : float
        All energy, at the start and at the end.
    """

    steps: int
    change: float
    total: float

    def _facts(self) -> str:
        return f"{len(self)} rows, energy {self.total:g} after {self.steps} steps"


class NetworkValue(Measures):
    """Values by identifier.

    Attributes
    ----------
    ids : ndarray of shape (n,)
        Everybody in the graph.
    columns : dict of str to ndarray of shape (n,)
        `own_value`, NaN for who has none; `circle_value`: of those who would follow, times the probability
        that they do; `network_value`: both.
    without_calls : int
        Values given for people who are not in the graph; theirs is their own value alone.
    """

    without_calls: int


def _kind_of(like: Any) -> str:
    from karat._frame import frame_kind

    kind = frame_kind(like)
    return "pyarrow" if kind == "batch" else kind
