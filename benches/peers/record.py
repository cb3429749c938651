"""Run comparisons of this folder and record what they print in `benches/record/peers/`.

    python benches/peers/record.py index ahp "kmeans --n 1000000"

Each argument is a script's name with its own arguments. What it printed replaces its last record; a script
that fails leaves the record as it was and ends the run with 1.
"""

from __future__ import annotations

import datetime
import os
import platform
import shlex
import subprocess
import sys
from importlib import metadata
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
RECORDS = FOLDER.parent / "record" / "peers"
#: Packages whose versions decide the figures.
PACKAGES = [
    line.split("==")[0].strip()
    for line in (FOLDER / "requirements.txt").read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]


def processor() -> str:
    """Model and instruction sets that matter, where the system tells them."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    facts = dict(line.split(":", 1) for line in lines if ":" in line)
    facts = {name.strip(): value.strip() for name, value in facts.items()}
    sets = [name for name in ("avx2", "avx512f") if name in facts.get("flags", "").split()]
    return f"{facts.get('model name', platform.machine())} ({', '.join(sets) or 'neither AVX2 nor AVX-512'})"


def versions() -> str:
    """Name what was installed."""
    found = []
    for package in ["numpy", *PACKAGES]:
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            found.append(f"{package} not installed")
    return ", ".join(dict.fromkeys(found))


def record(command: str) -> bool:
    """Run one script, show what it prints as it comes, and keep it."""
    name, *arguments = shlex.split(command)
    load = f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else "unknown"
    print(f"--- {command}", flush=True)
    lines = []
    with subprocess.Popen(
        [sys.executable, "-u", str(FOLDER / f"{name}.py"), *arguments],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            lines.append(line.rstrip())
    if process.returncode != 0:
        print(f"{name} ended with {process.returncode}: not recorded", file=sys.stderr)
        return False
    RECORDS.mkdir(parents=True, exist_ok=True)
    shown = " ".join(["python", f"benches/peers/{name}.py", *map(shlex.quote, arguments)])
    header = (
        f"# {name}\n\n{datetime.datetime.now(datetime.timezone.utc).date()}, {processor()}, "
        f"{os.cpu_count()} cores, load {load} at the start, Python {platform.python_version()}\n\n"
        f"{versions()}\n\nWritten by `make bench-peers`: `{shown}`\n\n"
    )
    text = header + "```text\n" + "\n".join(lines) + "\n```\n"
    (RECORDS / f"{name}.md").write_text(text, encoding="utf-8")
    return True


def main() -> None:
    """Record every script that was named."""
    done = [record(command) for command in sys.argv[1:]]
    if not done:
        sys.exit(__doc__)
    sys.exit(0 if all(done) else 1)


if __name__ == "__main__":
    main()
