"""`karat score`: score a table with a model file."""

from __future__ import annotations

import argparse
from typing import Any

from karat._cli.files import column, open_model, print_json, read_table, scores_csv, texts, write_whole
from karat._scorer import Scorer


def run(options: argparse.Namespace) -> int:
    """Score, write what was asked for, and print the digest."""
    scorer, table = open_model(options.model), read_table(options.table)
    scores = scorer.score(table, unseen=options.unseen)
    if options.output:
        name = id_column(scorer)
        known = name is not None and any(wire[0] == name for wire in table.wires)
        identifiers = (name, texts(column(table, name))) if name is not None and known else None
        write_whole(options.output, scores_csv(scores, identifiers))
    if options.records:
        write_whole(options.records, scores.tobytes())
    summary: dict[str, Any] = {
        "rows": len(scores),
        "model_id": scorer.model_id,
        "digest": scores.digest(),
        "output": options.output,
        "records": options.records,
    }
    if options.json:
        print_json(summary)
    else:
        print(f"{len(scores)} rows scored by model {scorer.model_id}")
        print(f"digest {summary['digest']}")
    return 0


def id_column(scorer: Scorer) -> str | None:
    """Name of the identifier in the plan that the model file carries, if it carries one."""
    from karat import FormatError, ValueModel

    try:
        return ValueModel.from_bytes(scorer.to_bytes()).plan.id
    except FormatError:  # a file of frozen steps alone
        return None
