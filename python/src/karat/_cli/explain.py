"""`karat explain`: tell what one customer's score is made of."""

from __future__ import annotations

import argparse
from typing import Any

from karat._cli.files import find_row, open_model, print_json, print_table, read_table, row_of, texts
from karat._cli.score import id_column
from karat._frame import Columns
from karat._score import Flag
from karat._scorer import Scorer


def run(options: argparse.Namespace) -> int:
    """Explain one row."""
    scorer, table = open_model(options.model), read_table(options.table)
    row = options.row
    if row is None:
        row = find_row(table, id_column(scorer), options.id)
    explained = explanation(scorer, row_of(table, row))
    if options.json:
        print_json(explained)
    else:
        print_explanation(explained, options.id or f"row {row}")
    return 0


def explanation(scorer: Scorer, row: Columns) -> dict[str, Any]:
    """Explain a table of one row."""
    scores, explained = scorer.score(row), scorer.explain(row)
    classes = {field: scores.names(field)[0] for field in ("grade", "type", "segment", "rule")}
    return {
        "index": float(scores["index"][0]),
        **classes,
        "coverage": float(scores["coverage"][0]),
        "flags": [flag.name for flag in Flag if flag & int(scores["flags"][0])],
        "points": {name: values.tolist()[0] for name, values in explained.to_frame("dict").items()},
        "dimensions": dict(zip(explained.dimension_names, explained.dimensions[0].tolist(), strict=True)),
        "values": {wire[0]: texts(wire)[0] for wire in row.wires if wire[0] in scorer._columns},
    }


def print_explanation(explained: dict[str, Any], who: str) -> None:
    """Print an explanation, most points first."""
    classes = [f"{key} {explained[key]}" for key in ("grade", "type", "segment") if explained[key]]
    print(", ".join([f"{who}: index {explained['index']:.3f}", *classes]))
    if explained["rule"]:
        print(f"rule: {explained['rule']}")
    if explained["flags"]:
        print(f"flags: {', '.join(explained['flags'])}")
    points = sorted(explained["points"].items(), key=lambda entry: -entry[1])
    print_table(
        ["indicator", "value", "points"],
        [[name, explained["values"].get(name, ""), f"{value:.3f}"] for name, value in points],
    )
    print_table(
        ["dimension", "score"],
        [[name, f"{value:.3f}"] for name, value in explained["dimensions"].items()],
    )
