"""Churn: who leaves and why, how good a score is, what it is worth, and whether probabilities can be trusted.

`ChurnModel` forecasts who leaves, with reasons that add up.
`Ranking` sorts customers by a score once and answers everything that depends on the order alone: area under
the curve with its interval, lift, gains, and in money `expected_maximum_profit`. `calibration` judges
probabilities as probabilities; `PlattCalibration`, `IsotonicCalibration` and `correct_prior` mend them.
`RetentionLedger` keeps what was done about it, and tells what came of it against a control group.
"""

from __future__ import annotations

from karat._churn_calibration import (
    Calibration,
    IsotonicCalibration,
    PlattCalibration,
    calibration,
    correct_prior,
)
from karat._churn_model import ChurnModel
from karat._churn_ranking import AucDifference, Profit, Ranking, auc_difference, churn_rate
from karat._churn_reasons import ChurnReasons, shapley
from karat._ledger import RetentionLedger
from karat._ledger_result import RetentionResult

__all__ = [
    "AucDifference",
    "Calibration",
    "ChurnModel",
    "ChurnReasons",
    "IsotonicCalibration",
    "PlattCalibration",
    "Profit",
    "Ranking",
    "RetentionLedger",
    "RetentionResult",
    "auc_difference",
    "calibration",
    "churn_rate",
    "correct_prior",
    "shapley",
]
