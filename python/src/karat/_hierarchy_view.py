"""A hierarchy as a table, as HTML, and as the parts it can be made from again."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

from karat import _karat
from karat._named_weights import Finding
from karat._score import html_table


def table(core: _karat.Hierarchy) -> dict[str, Any]:
    """Return columns with a row for each criterion."""
    rows = core.criteria()
    nan = float("nan")
    return {
        "criterion": [row[0] for row in rows],
        "parent": [None if row[1] is None else rows[row[1]][0] for row in rows],
        "level": np.array([row[2] for row in rows], dtype=np.int64),
        "local": np.array([row[3] for row in rows]),
        "global": np.array([row[4] for row in rows]),
        "source": [row[5] for row in rows],
        "consistency_ratio": np.array([nan if row[8] is None else row[8][1] for row in rows]),
        "random_index": [None if row[8] is None else row[8][2][0] for row in rows],
    }


def page(core: _karat.Hierarchy) -> str:
    """Return the tree as HTML, indented by level, with its consistency and findings."""
    rows = []
    for name, _, level, local, global_, source, _, _, figures in core.criteria():
        ratio = "" if figures is None else f"{figures[1]:.4f}"
        rows.append(["\N{EM SPACE}" * level + name, f"{local:.4f}", f"{global_:.4f}", source, ratio])
    names = ["criterion", "local", "global", "weights below", "consistency ratio"]
    shown = html_table(names, rows).replace("<td>", "<td style='text-align:left'>")
    warned = "".join(f"<br>\N{WARNING SIGN} {escape(str(Finding(*row)))}" for row in core.findings())
    overall = f"consistency ratio of the whole {core.consistency()[1][3]:.4f}"
    return f"<div>{shown}{overall} (random index: {core.settings()[1]}){warned}</div>"


def parts_of(core: _karat.Hierarchy) -> dict[str, Any]:
    """Return what a hierarchy is made from, but for its judgments."""
    rows = core.criteria()
    names = {row[0]: [rows[at][0] for at in row[6]] for row in rows}
    return {
        "tree": {name: children for name, children in names.items() if children},
        "weights": {
            row[0]: dict(zip(names[row[0]], row[7], strict=True)) for row in rows if row[5] == "fixed"
        },
        "scores": {row[0]: row[7] for row in rows if row[5] == "scores"},
        "alternatives": core.alternatives,
        **dict(zip(("method", "random_index", "threshold"), core.settings(), strict=True)),
    }
