"""How long `import karat` takes beyond starting the interpreter: the least of ten runs each."""

from __future__ import annotations

import subprocess
import sys
import time


def least(code: str) -> float:
    """Wall time of a fresh interpreter that runs `code`, in milliseconds."""
    times = []
    for _ in range(10):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-I", "-c", code], check=True)
        times.append(1000 * (time.perf_counter() - started))
    return min(times)


if __name__ == "__main__":
    bare = least("pass")
    for name in ("karat", "numpy"):
        print(f"import {name}: {least(f'import {name}') - bare:.0f} ms beyond a bare interpreter")
