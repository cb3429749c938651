"""What a hierarchy is made from, in every form a person may write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from karat._errors import ParameterError
from karat._judgment_input import read_value
from karat._judgments import PairwiseMatrix
from karat._matrix import read_matrix


def read_tree(tree: Any) -> list[tuple[str, list[str]]]:
    """Return the lists of children of a nested or flat description, without recursion."""
    if isinstance(tree, Sequence) and not isinstance(tree, str):
        tree = {"goal": tree}
    if not isinstance(tree, Mapping):
        raise ParameterError(f"`tree` must be a mapping of criteria to what stands below them, got {tree!r}")
    found: list[tuple[str, list[str]]] = []
    waiting = list(reversed(list(tree.items())))
    while waiting:
        name, below = waiting.pop()
        if below is None or (isinstance(below, Mapping) and not below):
            continue
        if isinstance(below, str) or not isinstance(below, Mapping | Sequence):
            raise ParameterError(
                f"`tree` must have a list or a mapping of children below `{name}`, got {below!r}"
            )
        found.append((str(name), [str(child) for child in below]))
        if isinstance(below, Mapping):
            waiting.extend(reversed(list(below.items())))
    return found


def read_judgments(judgments: Any, items: list[str]) -> Any:
    """Return judgments as the core takes them: a matrix, texts or triples."""
    if isinstance(judgments, PairwiseMatrix):
        return judgments._core
    if isinstance(judgments, str):
        return [judgments]
    if isinstance(judgments, Mapping):
        if all(isinstance(pair, tuple) and len(pair) == 2 for pair in judgments):
            return [(str(a), str(b), read_value(value)) for (a, b), value in judgments.items()]
        return PairwiseMatrix(judgments)._core  # says what is wrong
    if isinstance(judgments, Sequence):
        if all(isinstance(text, str) for text in judgments):
            return list(judgments)
        if all(isinstance(row, tuple) and len(row) == 3 and isinstance(row[0], str) for row in judgments):
            return [(str(a), str(b), read_value(value)) for a, b, value in judgments]
    return PairwiseMatrix(judgments, None if hasattr(judgments, "columns") else items)._core


def read_named(values: Any, items: list[str], what: str, criterion: object) -> list[tuple[str, float]]:
    """Return numbers with their names, which `items` gives where they are only in order."""
    if isinstance(values, Mapping):
        return [(str(name), float(value)) for name, value in values.items()]
    if hasattr(values, "items") and all(isinstance(name, str) for name, _ in values.items()):
        # a series with names
        return [(str(name), float(value)) for name, value in values.items()]
    array = np.asarray(values, dtype=np.float64)
    if array.shape != (len(items),):
        raise ParameterError(
            f"{what} of `{criterion}` must be {len(items)} numbers in the order of {items}, or a mapping of "
            f"names to numbers, got {array.shape}"
        )
    return list(zip(items, array.tolist(), strict=True))


def read_scores(scores: Any) -> dict[str, Any]:
    """Return the scores under each criterion, from a mapping or the columns of a frame."""
    if scores is None:
        return {}
    if isinstance(scores, Mapping):
        return {str(name): values for name, values in scores.items()}
    if hasattr(scores, "index") and all(isinstance(label, str) for label in scores.index):
        # a pandas frame that names its rows
        return {str(name): scores[name] for name in scores.columns}
    array, names = read_matrix(scores, who="scores")
    if names is None:
        raise ParameterError("`scores` must name the criteria: give a mapping or a frame with columns")
    return {name: array[:, at] for at, name in enumerate(names)}


def read_comparisons(said: Mapping[str, Any], others: Sequence[str]) -> list[tuple[str, list[float]]]:
    """Return what is said of a new alternative under each criterion, in the order of the others."""
    found = []
    for criterion, numbers in said.items():
        if isinstance(numbers, Mapping):
            if set(numbers) != set(others):
                raise ParameterError(
                    f"`said` under `{criterion}` must compare with {', '.join(others)}, got {list(numbers)}"
                )
            numbers = [numbers[other] for other in others]
        elif isinstance(numbers, str) or not isinstance(numbers, Sequence | np.ndarray):
            numbers = [numbers]
        found.append((str(criterion), [read_value(number) for number in numbers]))
    return found
