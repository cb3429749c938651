"""Why customers may leave: contributions to the log-odds, by family, that add up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._errors import ParameterError, ShapeError
from karat._frame import to_frame

#: Rows shown in a notebook.
_SHOWN = 10


class ChurnReasons:
    """What each family of fields adds to the log-odds of leaving, customer by customer.

    ``base_log_odds + contributions.sum(axis=1)`` are the log-odds: nothing is lost and nothing invented. They
    say what the model saw, which goes together with leaving; whether changing it would keep a customer is
    for an experiment to tell.

    Attributes
    ----------
    families : list of str
        Families of fields.
    contributions : ndarray of shape (n_customers, n_families)
        What each adds to the log-odds of the mean customer.
    base_log_odds : float
        The log-odds of the mean customer.
    log_odds, probability : ndarray of shape (n_customers,)
        Of leaving.
    """

    def __init__(
        self,
        families: Sequence[str],
        contributions: NDArray[np.float64],
        base_log_odds: float,
        log_odds: NDArray[np.float64],
        actions: Mapping[str, str],
    ) -> None:
        self.families = list(families)
        self.contributions = contributions
        self.base_log_odds = float(base_log_odds)
        self.log_odds = log_odds
        self.actions = dict(actions)

    @property
    def probability(self) -> NDArray[np.float64]:
        """Of leaving, before any calibration."""
        return np.asarray(1.0 / (1.0 + np.exp(-self.log_odds)))

    @property
    def factors(self) -> NDArray[np.float64]:
        """What each family multiplies the odds of leaving with."""
        return np.exp(self.contributions)

    @property
    def shares(self) -> NDArray[np.float64]:
        """Share of each family in what speaks for leaving; zeros where nothing does."""
        positive = np.maximum(self.contributions, 0.0)
        total = positive.sum(axis=1, keepdims=True)
        return np.asarray(np.divide(positive, total, out=np.zeros_like(positive), where=total > 0))

    def ranked(self, top: int = 3) -> list[list[str]]:
        """Return for each customer the families that speak most for leaving, the strongest first.

        Families that speak against it are not named, so that a list may be shorter than `top`; of equal ones
        the first family is first.
        """
        if top < 1:
            raise ParameterError(f"`top` must be >= 1, got {top}")
        order = np.argsort(-self.contributions, axis=1, kind="stable")[:, :top]
        positive = np.take_along_axis(self.contributions, order, axis=1) > 0
        return [
            [self.families[place] for place, speaks in zip(row, kept, strict=True) if speaks]
            for row, kept in zip(order.tolist(), positive.tolist(), strict=True)
        ]

    def to_frame(self, top: int = 3, like: Any = "pandas") -> Any:
        """Return a row for each customer: probability, reasons, what each does to the odds, its action.

        Parameters
        ----------
        top : int, default 3
            Reasons.
        like : table or {"pandas", "polars", "pyarrow", "dict"}, default "pandas"
            What kind of frame to build.
        """
        ranked = self.ranked(top)
        place = {family: number for number, family in enumerate(self.families)}
        columns: dict[str, Any] = {"probability": self.probability}
        for rank in range(top):
            names = [row[rank] if rank < len(row) else "" for row in ranked]
            factors = [
                self.factors[customer, place[name]] if name else np.nan for customer, name in enumerate(names)
            ]
            columns[f"reason_{rank + 1}"] = np.array(names, dtype=object)
            columns[f"odds_{rank + 1}"] = np.array(factors)
            if self.actions:
                actions = [self.actions.get(name, "") for name in names]
                columns[f"action_{rank + 1}"] = np.array(actions, dtype=object)
        return to_frame(columns, like)

    def __len__(self) -> int:
        return len(self.log_odds)

    def __repr__(self) -> str:
        mean = np.maximum(self.contributions, 0.0).mean(axis=0) if len(self) else np.zeros(len(self.families))
        order = np.argsort(-mean, kind="stable")[:3]
        leading = ", ".join(self.families[place] for place in order)
        return (
            f"<ChurnReasons of {len(self)} customers in {len(self.families)} families; most often {leading}>"
        )

    def _repr_html_(self) -> str:
        frame = self.to_frame(like="dict")
        head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in frame)
        rows = "".join(
            "<tr>" + "".join(f"<td>{escape(_cell(frame[name][row]))}</td>" for name in frame) + "</tr>"
            for row in range(min(len(self), _SHOWN))
        )
        caption = escape(repr(self)[1:-1])
        return f"<table><caption>{caption}</caption><tr>{head}</tr>{rows}</table>"


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else "" if np.isnan(value) else f"{value:.3g}"


def group_fields(
    fields: Sequence[str], families: Mapping[str, str | Sequence[str]] | None
) -> tuple[list[str], list[list[int]]]:
    """Return the families and the positions of the fields of each; fields that none names are their own.

    Parameters
    ----------
    fields : sequence of str
        All fields.
    families : mapping of str to str or sequence of str, or None
        The fields of each family.
    """
    place = {name: number for number, name in enumerate(fields)}
    names, groups, taken = [], [], set()
    for family, members in (families or {}).items():
        listed = [members] if isinstance(members, str) else list(members)
        unknown = [name for name in listed if name not in place]
        if unknown:
            raise ParameterError(f"`families` names {unknown[0]!r} under {family!r}, which is no field")
        double = [name for name in listed if name in taken]
        if double:
            raise ParameterError(f"`families` has {double[0]!r} twice: a field belongs to one family")
        taken.update(listed)
        names.append(family)
        groups.append([place[name] for name in listed])
    for name in fields:
        if name not in taken:
            names.append(name)
            groups.append([place[name]])
    return names, groups


def shapley(
    function: Callable[[NDArray[np.float64]], ArrayLike],
    row: ArrayLike,
    background: ArrayLike,
    groups: Sequence[Sequence[int]],
) -> tuple[float, NDArray[np.float64]]:
    """Share out a function of a row among groups of its fields, exactly (Shapley 1953).

    Parameters
    ----------
    function : callable
        Takes an array of rows and returns a number for each, such as the log-odds of leaving.
    row : array-like of shape (n_fields,)
        The customer.
    background : array-like of shape (n_background, n_fields)
        Customers that stand for all; a hundred drawn at random are mostly enough.
    groups : sequence of sequences of int
        Positions of the fields of each group, at most 16 groups; other fields stay the customer's.

    Returns
    -------
    base : float
        The mean of the function over the background.
    values : ndarray of shape (n_groups,)
        What each group adds; together they make the function of the row.

    Examples
    --------
    >>> from karat.churn import shapley
    >>> base, values = shapley(lambda x: x[:, 0] * x[:, 1], [2.0, 3.0], [[0.0, 1.0]], [[0], [1]])
    >>> base, values.tolist()
    (0.0, [4.0, 2.0])
    """
    point, others = np.asarray(row, dtype=np.float64), np.asarray(background, dtype=np.float64)
    if point.ndim != 1 or others.ndim != 2 or others.shape[1] != len(point) or len(others) == 0:
        raise ShapeError(
            f"`background` must be rows of {len(point)} fields like `row`, got shape {others.shape}"
        )
    if not 1 <= len(groups) <= 16:
        raise ParameterError(f"`groups` must be 1 to 16, got {len(groups)}; put fields together in families")
    listed = [field for group in groups for field in group]
    if len(set(listed)) != len(listed) or any(not 0 <= field < len(point) for field in listed):
        raise ParameterError(f"`groups` must name each of {len(point)} fields once at most, got {groups!r}")
    worth = np.empty(2 ** len(groups))
    for subset in range(len(worth)):
        mixed = np.repeat(point[None, :], len(others), axis=0)
        for number, group in enumerate(groups):
            if not subset >> number & 1:
                mixed[:, list(group)] = others[:, list(group)]
        worth[subset] = np.asarray(function(mixed), dtype=np.float64).mean()
    return float(worth[0]), _karat.churn_shapley(worth)
