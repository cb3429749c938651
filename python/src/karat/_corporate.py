"""Influence of companies: what a call graph does not know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from karat import _identifiers, _karat
from karat._amounts import read_numbers
from karat._errors import DataError, ParameterError
from karat._frame import frame_kind
from karat._influence_results import Measures


class CorporateInfluence(Measures):
    """Influence of companies, each figure from 0 to 1.

    Attributes
    ----------
    ids : ndarray of shape (n,)
        The companies.
    columns : dict of str to ndarray of shape (n,)
        `influence`, and what makes it: `lines`, `industry`, `roles`; NaN where an entry is missing.
    """


def corporate_influence(
    companies: Any,
    *,
    id: str = "id",
    lines: str = "lines",
    industry_rank: str = "industry_rank",
    roles: Sequence[str] = ("role",),
    most_lines: float = 10_000.0,
    ranked: int = 100,
    weights: Sequence[float] = (1 / 3, 1 / 3, 1 / 3),
) -> CorporateInfluence:
    """Score companies by lines, rank in their industry, and roles that experts judged from 1 to 9.

    Lines score `ln(1 + lines) / ln(1 + most_lines)`, at most 1; the industry 1 for the first and 0 for the
    last of those ranked; roles (government, media, public interest, reference site) their mean over 9.

    Parameters
    ----------
    companies : frame or mapping of columns
        One row for each company.
    id, lines, industry_rank : str
        Columns with identifier, number of lines, and rank from 1.
    roles : sequence of str
        Columns with the experts' scores, 1 to 9.
    most_lines : float, default 10000
        Lines of the full score: a frozen bound.
    ranked : int, default 100
        How many companies of an industry are ranked.
    weights : sequence of three floats
        Weights of lines, industry and roles; sum 1.

    Returns
    -------
    CorporateInfluence
        Scores by company.

    Raises
    ------
    DataError
        For lines below 0, ranks below 1 and scores outside 1 to 9, by row.

    Examples
    --------
    >>> from karat.influence import corporate_influence
    >>> found = corporate_influence({"id": ["bank"], "lines": [99], "industry_rank": [1], "role": [9]},
    ...                             most_lines=99)
    >>> round(found.of("bank")["influence"], 12)
    1.0
    """
    names = [id, lines, industry_rank, *roles]
    columns = _identifiers.edge_columns(companies, names)
    identifiers = _identifiers.read(id, columns[0])
    numbers = [read_numbers(column, name) for column, name in zip(columns[1:], names[1:], strict=True)]
    if len(weights) != 3:
        raise ParameterError(f"`weights` must be three, got {len(weights)}")
    found = _karat.corporate_influence(
        numbers[0], numbers[1], numbers[2:], float(most_lines), ranked, [float(weight) for weight in weights]
    )
    figures = dict(zip(("lines", "industry", "roles", "influence"), found, strict=True))
    figures = {"influence": figures.pop("influence"), **figures}
    labelled = identifiers.labelled()
    values = np.empty(len(labelled.codes), dtype=object)
    values[:] = [labelled.labels[code] for code in labelled.codes.tolist()]
    if len(labelled.labels) != len(values):
        raise DataError(f"column `{id}`: companies must occur once each; add up their rows first")
    people = _identifiers.Identifiers(values if identifiers.numbers is None else identifiers.numbers)
    kind = frame_kind(companies)
    return CorporateInfluence(people, figures, id, "pyarrow" if kind == "batch" else kind)
