"""Where a long fit stands, on one line."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

from karat._errors import ParameterError

#: Task, iteration, rows seen, rows in all (None in the first reading), inertia (None before the first).
Told = Callable[[str, int, int, "int | None", "float | None"], object]

#: Seconds between two changes of the line.
_INTERVAL = 0.2


def progress_of(asked: object, max_iter: int) -> tuple[Told | None, Callable[[], None]]:
    """Return what is told of each batch, and what to call at the end.

    Parameters
    ----------
    asked : None, bool or callable
        None shows a line on a terminal and in notebooks only, True everywhere.
    max_iter : int
        For the estimate of what is left.

    Raises
    ------
    ParameterError
        For anything else.
    """
    if asked is False:
        return None, _nothing
    if asked is None or asked is True:
        notebook = _in_notebook()
        if asked is None and not (sys.stderr.isatty() or notebook):
            return None, _nothing
        line = ProgressLine(sys.stderr, max_iter)
        return line, line.done
    if callable(asked):
        return asked, _nothing
    raise ParameterError(f"`progress` must be None, True, False or a callable, got {asked!r}")


def _nothing() -> None:
    pass


def _in_notebook() -> bool:
    shell = sys.modules.get("IPython")
    found: Any = shell.get_ipython() if shell is not None else None
    return found is not None and type(found).__name__ == "ZMQInteractiveShell"


class ProgressLine:
    """One line that is written over: what is done, rows, rows a second, and the time that may be left."""

    def __init__(self, stream: TextIO, max_iter: int) -> None:
        self.stream = stream
        self.max_iter = max_iter
        self.started = time.monotonic()
        self.reading = self.started
        self.last = 0.0
        self.task: tuple[str, int] | None = None
        self.width = 0

    def __call__(self, task: str, iteration: int, rows: int, of: int | None, inertia: float | None) -> None:
        """Show where the fit stands, at most a few times a second."""
        now = time.monotonic()
        if self.task != (task, iteration):
            self.task, self.reading = (task, iteration), now
        complete = of is not None and rows >= of
        if now - self.last < _INTERVAL and not complete:
            return
        self.last = now
        what = f"{task} {iteration + 1}" if task == "iteration" else task
        share = f"{rows:,} rows" if of is None else f"{rows:,} of {of:,} rows"
        seconds = max(now - self.reading, 1e-9)
        parts = [what, share, f"{rows / seconds / 1e6:.1f} million/s"]
        if of is not None and rows:
            parts.append(f"{_clock(seconds / rows * (of - rows))} left in this reading")
            if task == "iteration":
                whole = seconds / rows * of * (self.max_iter - iteration)
                parts.append(f"at most {_clock(whole)} in all")
        if inertia is not None:
            parts.append(f"inertia {inertia:.6g}")
        text = "karat: " + ", ".join(parts)
        self.stream.write("\r" + text.ljust(self.width))
        self.stream.flush()
        self.width = len(text)

    def done(self) -> None:
        """End the line."""
        if self.width:
            self.stream.write("\r" + " " * self.width + "\r")
            self.stream.flush()
            self.width = 0


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
