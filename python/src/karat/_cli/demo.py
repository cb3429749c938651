"""`karat demo`: everything once, on a generated operator or a table of your own."""

from __future__ import annotations

import argparse
import os
import sys
import time
from importlib.resources import files
from typing import Any

import numpy as np

from karat import _karat
from karat._cli.explain import explanation, print_explanation
from karat._cli.files import (
    column,
    fitted,
    make_directory,
    print_json,
    read_table,
    row_of,
    texts,
    write_whole,
)
from karat._errors import ParameterError
from karat._frame import Columns
from karat._plan import Plan


def run(options: argparse.Namespace) -> int:
    """Generate or read, fit, report, explain, save, score."""
    if options.data and not options.plan:
        raise ParameterError("`--data` needs a `--plan` that says what its columns mean")
    plan = Plan.read(options.plan) if options.plan else operator_plan()
    make_directory(options.directory)
    data = options.data or _generate(options)
    table = read_table(data)
    started = time.perf_counter()
    model = fitted(plan, table, options.seed)
    _tell(f"fitted in {time.perf_counter() - started:.2f} s")
    path = os.path.join(options.directory, "value.karat")
    model.save(path)
    started = time.perf_counter()
    scores = model.score(table)
    _tell(f"scored in {time.perf_counter() - started:.2f} s")
    records = os.path.join(options.directory, "scores.python.bin")
    write_whole(records, scores.tobytes())
    row = int(np.argmax(scores["grade"] != 0xFFFF)) if len(scores) else 0
    who = _who(plan, table, row)
    explained = explanation(model.scorer_, row_of(table, row))
    summary: dict[str, Any] = {
        "data": data,
        "rows": len(scores),
        "model": path,
        "model_id": model.model_id_,
        "records": records,
        "digest": scores.digest(),
    }
    if options.json:
        print_json({**summary, "report": model.report_.to_dict(), "explained": {"who": who, **explained}})
        return 0
    print(model.report_)
    print_explanation(explained, who)
    print(f"\nmodel  {model.model_id_}  {path}")
    print(f"python {summary['digest']}  {len(scores)} scores in {records}")
    return 0


def operator_plan() -> Plan:
    """Return the plan for a generated operator."""
    return Plan.from_toml(files("karat").joinpath("plans/operator.toml").read_text("utf-8"))


def _generate(options: argparse.Namespace) -> str:
    path: str = os.path.join(options.directory, "customers.csv")
    started = time.perf_counter()
    tables = _karat.make_operator(options.customers, options.months, options.seed, "mixed", False, False, 0)
    tables["customers"].write_csv(path)
    _tell(
        f"{options.customers} customers over {options.months} months in {time.perf_counter() - started:.2f} s"
    )
    return path


def _who(plan: Plan, table: Columns, row: int) -> str:
    return f"row {row}" if plan.id is None else texts(column(row_of(table, row), plan.id))[0]


def _tell(text: str) -> None:
    if sys.stderr.isatty():
        print(f"karat: {text}", file=sys.stderr)
