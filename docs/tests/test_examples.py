"""Run the Python examples as a person would."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_first_model(tmp_path: Path) -> None:
    script = ROOT / "examples" / "python" / "first_model.py"
    done = subprocess.run([sys.executable, script, tmp_path], capture_output=True, text=True, check=True)
    assert "bronze" in done.stdout
    assert (tmp_path / "first.karat").stat().st_size > 1_000


def test_same_bits_notices_a_difference(tmp_path: Path) -> None:
    """Stand-ins for the two programs: one that copies the records, one that changes a bit."""
    records = tmp_path / "scores.python.bin"
    records.write_bytes(bytes(range(64)))
    (tmp_path / "value.karat").write_bytes(b"")
    copy = tmp_path / "copy"
    copy.write_text(f"#!/bin/sh\ncp {records} $4\n")
    other = tmp_path / "other"
    other.write_text(f"#!/bin/sh\nhead -c 63 {records} > $4; printf x >> $4\n")
    script = ROOT / "examples" / "python" / "same_bits.py"
    for program in (copy, other):
        program.chmod(0o755)
    for c_program, code in ((copy, 0), (other, 1)):
        done = subprocess.run(
            [sys.executable, script, tmp_path, tmp_path / "t.csv", "--rust", copy, "--c", c_program],
            capture_output=True,
            text=True,
        )
        assert done.returncode == code, done.stdout + done.stderr
