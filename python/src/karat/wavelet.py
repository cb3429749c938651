"""Wavelet networks of the classic families, and the questions around them.

`fit` trains ridge, product or radial networks; `select_wavelons` says how many wavelons, `significance` which
fields, `intervals` how sure a forecast is.
"""

from __future__ import annotations

from karat._wavelet_choice import FieldSignificance, WavelonChoice, intervals, select_wavelons, significance
from karat._wavelet_families import FamilyNetwork, fit

__all__ = [
    "FamilyNetwork",
    "FieldSignificance",
    "WavelonChoice",
    "fit",
    "intervals",
    "select_wavelons",
    "significance",
]
