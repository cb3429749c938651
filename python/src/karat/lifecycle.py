"""Stages of the life of customers: where each stands, how long it lasts, what it is worth."""

from __future__ import annotations

from karat._lifecycle_stages import (
    STAGES,
    HiddenStages,
    LifeCycleCurves,
    StageChain,
    StageRules,
    StageTable,
    life_cycle_curve,
)

__all__ = [
    "STAGES",
    "HiddenStages",
    "LifeCycleCurves",
    "StageChain",
    "StageRules",
    "StageTable",
    "life_cycle_curve",
]
