"""Who calls whom, and what can be measured from it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from karat import _identifiers, _karat
from karat._amounts import read_amounts, read_numbers, refuse
from karat._errors import DataError, ParameterError
from karat._frame import frame_kind
from karat._influence_results import Exposure, Measures, NetworkValue, PageRank, TieMeasures
from karat._scorer import threads

Progress: TypeAlias = bool | Callable[[str, float], object] | None
"""True for lines on standard error, or a function of the task and the share done; False from it stops."""


class CallGraph:
    """Who calls whom, and how much.

    Calls to oneself and of weight 0 tie nobody: they are left out and counted. Weights of repeated pairs are
    added, in an order that does not depend on that of the rows.

    Parameters
    ----------
    calls : frame, mapping of columns, tuple of arrays, or list of rows
        One row for each call or each pair: who calls, who is called, and how much. Of a tuple, an array of
        two dimensions or a list of rows the third column, if any, is the weight.
    caller, callee : str, default "caller" and "callee"
        Columns of a frame or mapping. Identifiers may be numbers, texts or anything hashable.
    weight : str, optional
        Column of a frame or mapping: minutes, messages or calls, 0 or more; without it every row counts 1.
    directed : bool, default True
        Whether a call from a to b is another tie than one from b to a.
    customers : collection of identifiers, optional
        The own customers. Those without calls become nodes too, and on-net shares are measured.
    n_threads : int, optional
        Threads, all by default; never changes a result.
    progress : bool or callable, optional
        See `Progress`; for the building alone.

    Attributes
    ----------
    rows, self_calls, zero_weights, repeated : int
        Rows given, and how many of them were left out or added to another.

    Raises
    ------
    SchemaError
        For columns that are not there.
    DataError
        For missing identifiers, and weights that are negative, missing or not finite, by row.
    StoppedError
        When `progress` returned False.

    Examples
    --------
    >>> from karat.influence import CallGraph
    >>> graph = CallGraph([("ann", "ben", 10), ("ann", "cy", 5), ("ben", "cy", 5), ("cy", "dan", 10)],
    ...                   directed=False)
    >>> graph
    <CallGraph: 4 people, 4 pairs>
    >>> graph.page_rank().top(n=1)[0][0]
    'cy'
    >>> graph.exposure(["ann"], steps=1).of("ben")["exposure"]
    0.3333333333333333
    """

    def __init__(
        self,
        calls: Any,
        *,
        caller: str = "caller",
        callee: str = "callee",
        weight: str | None = None,
        directed: bool = True,
        customers: Any = None,
        n_threads: int | None = None,
        progress: Progress = None,
    ) -> None:
        columns = _identifiers.edge_columns(calls, (caller, callee, weight))
        own = None if customers is None else _identifiers.read("customers", customers)
        ends = [
            _identifiers.read(name, column) for name, column in zip((caller, callee), columns, strict=False)
        ]
        self._identifiers, first, second = _identifiers.number(ends[0], ends[1], own)
        if not len(self._identifiers):
            raise DataError("the table has no rows; give at least one call, or the customers")
        weights = read_numbers(columns[2], weight or "weight") if len(columns) > 2 else None
        self.directed = bool(directed)
        self._graph = _karat.CallGraph.build(
            len(self._identifiers),
            first,
            second,
            weights,
            weight or "weight",
            self.directed,
            threads(n_threads),
            _told(progress),
        )
        self._own: NDArray[np.bool_] | None = None
        if own is not None:
            self._own = np.zeros(len(self._identifiers), dtype=bool)
            self._own[self._identifiers.require(own)] = True
        self.rows, self.self_calls, self.zero_weights, self.repeated = self._graph.intake
        self._id_name = "id"
        kind = frame_kind(columns[0] if isinstance(calls, tuple) else calls)
        self._like = "pyarrow" if kind == "batch" else kind

    @property
    def ids(self) -> NDArray[Any]:
        """Everybody, in ascending order."""
        return self._identifiers.values

    @property
    def pairs(self) -> int:
        """Different pairs with a tie."""
        return self._graph.pairs

    @property
    def reciprocity(self) -> float:
        """Share of the ties that have one the other way."""
        return self._graph.overall_reciprocity

    def __len__(self) -> int:
        return len(self._identifiers)

    def __repr__(self) -> str:
        left_out = [
            f"{count} {what}"
            for count, what in (
                (self.self_calls, "self-calls left out"),
                (self.zero_weights, "without weight left out"),
                (self.repeated, "repeated"),
            )
            if count
        ]
        rows = f" of {self.rows} rows ({', '.join(left_out)})" if left_out else ""
        return f"<CallGraph: {len(self)} people, {self.pairs} pairs{rows}>"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<div>{escape(repr(self)[1:-1])}</div>"

    def measures(self, *, hub: int = 1000, progress: Progress = None) -> TieMeasures:
        """Measure everybody's own ties: degree, strength, reciprocity, on-net share, circle.

        Parameters
        ----------
        hub : int, default 1000
            Circles of two steps do not go through contacts with more ties: a hotline makes no acquaintances.
            Bounds the time to `hub` times the number of ties.
        progress : bool or callable, optional
            See `Progress`.

        Returns
        -------
        TieMeasures
            Figures by identifier.

        Examples
        --------
        >>> from karat.influence import CallGraph
        >>> graph = CallGraph([(1, 2), (2, 1), (2, 3)], customers=[1, 2])
        >>> graph.measures().of(2)["reciprocity"]
        0.6666666666666666
        """
        if isinstance(hub, bool) or hub != int(hub) or hub < 0:
            raise ParameterError(f"`hub` must be a whole number of ties, 0 or more, got {hub!r}")
        figures = self._graph.ties(self._own)
        figures["circle"], figures["circle_2"], hubs = self._graph.circles(int(hub), _told(progress))
        found = TieMeasures(self._identifiers, figures, self._id_name, self._like)
        found.hubs = hubs
        return found

    def page_rank(
        self,
        *,
        damping: float = 0.85,
        tolerance: float = 1e-12,
        max_iterations: int = 1000,
        restart: Any = None,
        progress: Progress = None,
    ) -> PageRank:
        """Rank everybody by weighted PageRank (Brin and Page, 1998): who is called by those who are called.

        Parameters
        ----------
        damping : float, default 0.85
            Probability to follow a call, at least 0 and below 1.
        tolerance : float, default 1e-12
            Sum of the absolute changes at which to stop.
        max_iterations : int, default 1000
            Most iterations.
        restart : collection of identifiers, or mapping of identifier to amount, optional
            Where the walk starts anew, for ranks as seen from there; anywhere by default.
        progress : bool or callable, optional
            See `Progress`.

        Returns
        -------
        PageRank
            Ranks by identifier, with the residual, a bound of the error and the iterations.

        Raises
        ------
        DataError
            For a restart at somebody who is not in the graph.

        Warns
        -----
        ConvergenceWarning
            When the tolerance was not reached.

        Examples
        --------
        >>> from karat.influence import CallGraph
        >>> found = CallGraph([("ann", "ben"), ("cy", "ben")]).page_rank()
        >>> found.top(n=1)[0][0], found.converged
        ('ben', True)
        """
        start = None if restart is None else self._amounts(restart, "restart")
        values, residual, bound, iterations, converged = self._graph.page_rank(
            float(damping), float(tolerance), _whole(max_iterations, "max_iterations"), start, _told(progress)
        )
        found = PageRank(self._identifiers, {"page_rank": values}, self._id_name, self._like)
        found.residual, found.error_bound = residual, bound
        found.iterations, found.converged = iterations, converged
        if not converged:
            from karat._estimator import ConvergenceWarning

            warnings.warn(
                f"PageRank stopped after {iterations} iterations with a residual of {residual:.1e}; raise "
                "`max_iterations` or `tolerance`",
                ConvergenceWarning,
                stacklevel=2,
            )
        return found

    def exposure(
        self,
        churners: Any,
        *,
        factor: float = 0.5,
        steps: int = 3,
        tolerance: float = 0.0,
        progress: Progress = None,
    ) -> Exposure:
        """Measure how much everybody is exposed to churn by spreading activation (Dasgupta and others, 2008).

        Every churner starts with energy 1. In each step everybody hands on `factor` of the energy along the
        own calls, in proportion to their weight; who calls nobody keeps it. The sum of all energy stays.
        Few steps are meant: in the long run energy is in proportion to strength, wherever it began.

        Parameters
        ----------
        churners : collection of identifiers, or mapping of identifier to energy
            Who left.
        factor : float, default 0.5
            Share of the energy that is handed on in a step, 0 to 1.
        steps : int, default 3
            Most steps.
        tolerance : float, default 0
            Stop earlier when what changes places in a step is at most this share of all energy.
        progress : bool or callable, optional
            See `Progress`.

        Returns
        -------
        Exposure
            Energies by identifier.

        Raises
        ------
        DataError
            For churners who are not in the graph, with the nearest identifiers that are.

        Examples
        --------
        >>> from karat.influence import CallGraph
        >>> graph = CallGraph([("ann", "ben", 2), ("ann", "cy", 1)], directed=False)
        >>> graph.exposure(["ben"], factor=0.6, steps=1).of("ann")["received"]
        0.6
        """
        start = self._amounts(churners, "churners")
        energy, done, change = self._graph.spread(
            start, float(factor), _whole(steps, "steps"), float(tolerance), _told(progress)
        )
        figures = {"exposure": energy, "received": np.where(start > 0, 0.0, energy)}
        found = Exposure(self._identifiers, figures, self._id_name, self._like)
        found.steps, found.change, found.total = done, change, float(start.sum())
        return found

    def reach(
        self, who: Any = None, *, factor: float = 0.5, steps: int = 3, progress: Progress = None
    ) -> Measures:
        """Measure whom single people reach: spreading activation from each alone, with energy 1.

        Parameters
        ----------
        who : collection of identifiers, optional
            From whom; by default from all customers, or from everybody in a graph that does not know them.
        factor, steps : float and int
            As for `exposure`.
        progress : bool or callable, optional
            See `Progress`.

        Returns
        -------
        Measures
            `given`: energy that others have at the end; `reached`: how many have any; `effective`: how many,
            counted by their shares (1 over the sum of the squared shares).

        Raises
        ------
        DataError
            For people who are not in the graph.

        Examples
        --------
        >>> from karat.influence import CallGraph
        >>> graph = CallGraph([("ann", "ben"), ("ann", "cy")], directed=False)
        >>> found = graph.reach(["ann"], steps=1).of("ann")
        >>> found["reached"], round(found["effective"], 12)
        (2, 2.0)
        """
        if who is not None:
            named = self._identifiers.require(_identifiers.read("who", who))
            nodes = np.unique(named).astype(np.intp)
        elif self._own is not None:
            nodes = np.flatnonzero(self._own)
        else:
            nodes = np.arange(len(self))
        given, reached, effective = self._graph.reach(
            nodes.astype(np.uint32), float(factor), _whole(steps, "steps"), _told(progress)
        )
        figures: dict[str, NDArray[Any]] = {"given": given, "reached": reached, "effective": effective}
        people = _identifiers.Identifiers(self.ids[nodes])
        return Measures(people, figures, self._id_name, self._like)

    def network_value(self, values: Any, *, contagion: float | None = None) -> NetworkValue:
        """Value customers together with those who would follow them (Hogan, Lemon and Libai, 2003).

        The own value plus, over all contacts, the probability that they leave when this one leaves, times
        their value.

        Parameters
        ----------
        values : mapping of identifier to value, pandas Series, or tuple of identifiers and values
            Own value of each customer, such as the lifetime value.
        contagion : float, optional
            What leaving of the whole circle adds to the probability that somebody leaves, 0 to 1; one contact
            adds it in proportion to the share in all ties. To be estimated from months gone by. Without it
            the weight of the tie from a to b is taken as the probability that b follows a.

        Returns
        -------
        NetworkValue
            Values by identifier.

        Raises
        ------
        DataError
            For infinite values, weights that are no probabilities, and when no value is of anybody in the
            graph.

        Examples
        --------
        >>> from karat.influence import CallGraph
        >>> graph = CallGraph([("ann", "ben", 0.2)])
        >>> graph.network_value({"ann": 100.0, "ben": 50.0}).of("ann")["network_value"]
        110.0
        """
        column, amounts = read_amounts(values, "values")
        places = self._identifiers.find(column)
        here = places >= 0
        if len(places) and not here.any():
            self._identifiers.require(column)
        refuse(np.isinf(amounts), column, amounts, "must be finite, or missing")
        again = here.copy()
        again[np.unique(places, return_index=True)[1]] = False
        refuse(again, column, amounts, "must have one value for each person")
        own = np.full(len(self), np.nan)
        own[places[here]] = amounts[here]
        circle, total = self._graph.network_value(own, None if contagion is None else float(contagion))
        figures = {"own_value": own, "circle_value": circle, "network_value": total}
        found = NetworkValue(self._identifiers, figures, self._id_name, self._like)
        found.without_calls = int((~here).sum())
        return found

    def _amounts(self, given: Any, name: str) -> NDArray[np.float64]:
        """Return an amount for each node; 1 for those that are only named."""
        column, amounts = read_amounts(given, name, default=1.0)
        if not amounts.any():
            raise ParameterError(f"`{name}` must name at least one person with an amount, got none")
        refuse(~(np.isfinite(amounts) & (amounts >= 0)), column, amounts, "must be finite and >= 0")
        by_node = np.zeros(len(self))
        by_node[self._identifiers.require(column)] = amounts
        return by_node


def _whole(value: int, name: str) -> int:
    if isinstance(value, bool) or value != int(value) or value < 1:
        raise ParameterError(f"`{name}` must be >= 1, got {value!r}")
    return int(value)


def _told(progress: Progress) -> Callable[[str, float], object] | None:
    from karat._model import _progress

    return _progress(progress)
