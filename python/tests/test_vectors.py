"""The conformance vectors through the package: the same bits as from Rust, C and the second reader."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

import karat

VECTORS = Path(__file__).parent.parent.parent / "vectors"
NAMES = (VECTORS / "v1" / "index.txt").read_text(encoding="utf-8").split()
BAD = [line.split("\t") for line in (VECTORS / "bad" / "index.txt").read_text(encoding="utf-8").splitlines()]
CLASSES = {
    "format": karat.FormatError,
    "unsupported": karat.UnsupportedError,
    "numerics": karat.NumericsError,
}


def rows_of(name):
    content = (VECTORS / "v1" / f"{name}.rows").read_bytes()
    rows, fields = struct.unpack_from("<QQ", content)
    return np.frombuffer(content, "<f8", offset=16).reshape(rows, fields)


def test_there_are_vectors():
    assert len(NAMES) > 20
    assert len(BAD) > 150


@pytest.mark.parametrize("name", NAMES)
def test_scores(name):
    scorer = karat.Scorer(VECTORS / "v1" / f"{name}.karat")
    expected = (VECTORS / "v1" / f"{name}.scores").read_bytes()
    rows = rows_of(name)
    assert np.asarray(scorer.score_rows(rows)).tobytes() == expected
    for size in (1, 7, 33):
        parts = [scorer.score_rows(rows[at : at + size]) for at in range(0, len(rows), size)]
        assert b"".join(np.asarray(part).tobytes() for part in parts) == expected


@pytest.mark.parametrize("name", [name for name in NAMES if (VECTORS / "v1" / f"{name}.outputs").exists()])
def test_forecasts(name):
    scorer = karat.Scorer(VECTORS / "v1" / f"{name}.karat")
    expected = (VECTORS / "v1" / f"{name}.outputs").read_bytes()
    rows = rows_of(name)
    if all(field.kind == "numeric" for field in scorer.fields):
        for threads in (1, 2):
            assert scorer.forecast(rows, n_threads=threads).values.tobytes() == expected
    columns = {}
    for field, values in zip(scorer.fields, rows.T, strict=True):
        if field.kind == "categorical":
            labels = dict(enumerate(field.categories))
            columns[field.name] = [None if np.isnan(v) else labels.get(v, "unheard of") for v in values]
        else:
            columns[field.name] = np.ascontiguousarray(values)
    assert scorer.forecast(columns, unseen="flag").values.tobytes() == expected


@pytest.mark.parametrize(("name", "kind", "message"), BAD, ids=[line[0] for line in BAD])
def test_damaged_files(name, kind, message):
    with pytest.raises(CLASSES[kind]) as refused:
        karat.Scorer((VECTORS / "bad" / name).read_bytes())
    # The index is one line a file: it writes a backslash as two.
    assert str(refused.value) == message.replace("\\\\", "\\")
