"""Stages of the life of customers: where each stands, how long it lasts, what it is worth."""

from __future__ import annotations

from karat._lifecycle_chain import LifeCycleCurves, StageChain, life_cycle_curve
from karat._lifecycle_stages import STAGES, HiddenStages, StageRules, StageTable

__all__ = [
    "STAGES",
    "HiddenStages",
    "LifeCycleCurves",
    "StageChain",
    "StageRules",
    "StageTable",
    "life_cycle_curve",
]
