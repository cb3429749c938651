"""Score one table from Python, Rust and C and show that all records are equal, byte for byte.

python examples/python/same_bits.py DIRECTORY TABLE.csv --rust PROGRAM --c PROGRAM

DIRECTORY holds `value.karat` and the records that `karat demo` wrote.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Run both programs, hash three files of 64-byte records, and compare."""
    parser = argparse.ArgumentParser(description="the same bits from Python, Rust and C")
    parser.add_argument("directory", type=Path)
    parser.add_argument("table", type=Path)
    parser.add_argument("--rust", type=Path, required=True)
    parser.add_argument("--c", type=Path, required=True)
    arguments = parser.parse_args()
    model = arguments.directory / "value.karat"
    records = {"Python": arguments.directory / "scores.python.bin"}
    for language, program in (("Rust", arguments.rust), ("C", arguments.c)):
        out = arguments.directory / f"scores.{language.lower()}.bin"
        subprocess.run(
            [program.resolve(), model, arguments.table, "--out", out], check=True, stdout=subprocess.DEVNULL
        )
        records[language] = out
    print("\nSHA-256 of all score records")
    digests = set()
    for language, path in records.items():
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        digests.add(digest)
        print(f"  {language:<7} {digest}  {len(content) // 64} customers")
    if len(digests) > 1:
        print("the languages disagree", file=sys.stderr)
        return 1
    print("one digest: the same bits in all three languages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
