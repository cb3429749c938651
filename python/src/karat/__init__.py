"""karat: what every customer is worth, what they will be worth next, and what to do about it."""

from __future__ import annotations

from karat._karat import __version__

__all__ = ["__version__"]
