"""Judgments as people give them: pairs, texts, triples, rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from karat import _karat
from karat._errors import JudgmentError, ParameterError, ShapeError

Core: TypeAlias = "_karat.Judgments | _karat.IncompleteJudgments"


def settled(core: _karat.IncompleteJudgments | _karat.Judgments) -> Core:
    """Keep as complete what has no gap: it is faster, and more can be done with it."""
    return (core.to_complete() or core) if isinstance(core, _karat.IncompleteJudgments) else core


def read(judgments: Any, labels: list[str] | None) -> Core:
    """Read judgments in any of the forms that `PairwiseMatrix` takes but its own."""
    if isinstance(judgments, Mapping):
        for pair in judgments:
            if not isinstance(pair, tuple) or len(pair) != 2:
                raise JudgmentError(f"keys of judgments are pairs of items such as ('a', 'b'), got {pair!r}")
        return _read_triples([(*pair, value) for pair, value in judgments.items()], labels)
    if isinstance(judgments, str):
        raise JudgmentError(f"judgments are a list of texts; put brackets around {judgments!r}")
    if isinstance(judgments, Sequence) and judgments:
        if all(isinstance(text, str) for text in judgments):
            return _read_texts(list(judgments), labels)
        if all(isinstance(row, tuple) and len(row) == 3 and isinstance(row[0], str) for row in judgments):
            return _read_triples(list(judgments), labels)
    return _read_rows(judgments, labels)


def _read_triples(triples: list[tuple[Any, Any, Any]], labels: list[str] | None) -> Core:
    named = [(str(first), str(second), _entry(value)) for first, second, value in triples]
    given = [judgment for judgment in named if not math.isnan(judgment[2])]
    return settled(_karat.IncompleteJudgments.from_judgments(labels or _mentioned(named), given))


def _read_texts(texts: list[str], labels: list[str] | None) -> Core:
    if labels is None:
        labels = _mentioned([_karat.parse_judgment(text, []) for text in texts])
    return settled(_karat.IncompleteJudgments.from_text(labels, texts))


def _read_rows(rows: Any, labels: list[str] | None) -> Core:
    if labels is None and hasattr(rows, "columns"):
        labels = [str(name) for name in rows.columns]
    if labels is None:
        raise ParameterError("`labels` must name the items of a bare matrix, got None")
    if isinstance(rows, Sequence):
        listed = [[_entry(value) for value in row] for row in rows]
    else:
        array = np.asarray(rows)
        if array.ndim != 2:
            raise ShapeError(f"a matrix of judgments has two dimensions, got {array.ndim}")
        listed = [[_entry(value) for value in row] for row in array.tolist()]
    return settled(_karat.IncompleteJudgments.from_rows(labels, listed))


def _mentioned(judgments: Sequence[tuple[str, str, float]]) -> list[str]:
    return list(dict.fromkeys(name for first, second, _ in judgments for name in (first, second)))


def _entry(value: Any) -> float:
    """Read a judgment or nothing, which becomes NaN."""
    return math.nan if value is None else read_value(value)


def read_value(value: Any) -> float:
    """Read a number, or a text such as "1/3"."""
    try:
        return float(Fraction(value)) if isinstance(value, str) else float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        raise JudgmentError(
            f'cannot read {value!r} as a judgment: give a positive number, or a text such as "1/3"'
        ) from None
