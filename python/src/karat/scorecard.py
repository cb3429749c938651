"""Scorecards: optimal bins, weight of evidence, points and reasons.

`OptimalBinning` finds the bins of every field that tell most about a target, `Scorecard` turns them into a
table of points that scores in Python, Rust and C with the same bits.
"""

from __future__ import annotations

from karat._bin_table import BinTable, strength
from karat._binning import OptimalBinning
from karat._reasons import Reasons
from karat._scorecard import Scorecard

__all__ = ["BinTable", "OptimalBinning", "Reasons", "Scorecard", "strength"]
