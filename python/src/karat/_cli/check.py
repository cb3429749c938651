"""`karat check`: read a table as a plan would."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from karat._cli.files import column, print_json, print_table, read_table
from karat._plan import Plan


def run(options: argparse.Namespace) -> int:
    """Report the fields of the plan as they stand in the table; problems are raised."""
    plan, table = Plan.read(options.plan), read_table(options.table)
    bound = plan._inner.bind(*table)
    if plan.id is not None:
        column(table, plan.id)
    fields = [_summary(field, values) for field, values in zip(plan._inner.fields(), bound, strict=True)]
    used = set(plan.columns)
    ignored = [wire[0] for wire in table.wires if wire[0] not in used]
    if options.json:
        print_json({"rows": table.rows, "fields": fields, "ignored": ignored})
        return 0
    print(f"{table.rows} rows, {len(fields)} fields, {len(ignored)} other columns ignored\n")
    header = ["field", "kind", "missing", "minimum", "median", "maximum", "categories"]
    print_table(header, [[_text(field.get(key)) for key in header] for field in fields])
    return 0


def _summary(field: tuple[str, str, str, list[str], str], values: Any) -> dict[str, Any]:
    name, unit, kind, categories, rule = field
    present = values[~np.isnan(values)]
    summary: dict[str, Any] = {
        "field": name,
        "unit": unit,
        "kind": kind,
        "missing": len(values) - len(present),
        "missing_rule": rule,
    }
    if kind == "categorical":
        counts = np.bincount(present.astype(np.int64), minlength=len(categories)).tolist()
        return summary | {"categories": dict(zip(categories, counts, strict=True))}
    if len(present):
        summary |= {
            "minimum": float(present.min()),
            "median": float(np.median(present)),
            "maximum": float(present.max()),
        }
    return summary


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in value.items())
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
