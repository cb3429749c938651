"""`karat fit`: fit a plan to a table and write the model file."""

from __future__ import annotations

import argparse

from karat._cli.files import fitted, print_json, read_table
from karat._plan import Plan


def run(options: argparse.Namespace) -> int:
    """Fit, save, and print the report."""
    plan, table = Plan.read(options.plan), read_table(options.table)
    model = fitted(plan, table, options.seed, options.threads)
    model.save(options.output)
    if options.json:
        print_json({"model": options.output, "model_id": model.model_id_, "report": model.report_.to_dict()})
    else:
        print(model.report_)
        print(f"model {model.model_id_} written to {options.output}")
    return 0
