"""How long customers stay and what they are worth over that time."""

from __future__ import annotations

from karat._contract_models import BetaDiscreteWeibull, ExponentialGamma, ShiftedBetaGeometric, WeibullGamma
from karat._contract_retention import RetentionCurves, retention_curves
from karat._survival_curves import AalenJohansen, KaplanMeier
from karat._survival_regression import (
    ContractStep,
    CoxProportionalHazards,
    DiscreteHazard,
    concordance_index,
)
from karat._value_lifetime import (
    CustomerValue,
    Rate,
    convert_retention,
    customer_lifetime_value,
    growing_margin,
    life_cycle_margin,
)
from karat._value_portfolio import (
    EquityChange,
    PolicyEffect,
    Portfolio,
    equity_change,
    policy_effect,
    portfolio_value,
)

__all__ = [
    "AalenJohansen",
    "BetaDiscreteWeibull",
    "ContractStep",
    "CoxProportionalHazards",
    "CustomerValue",
    "DiscreteHazard",
    "EquityChange",
    "ExponentialGamma",
    "KaplanMeier",
    "PolicyEffect",
    "Portfolio",
    "Rate",
    "RetentionCurves",
    "ShiftedBetaGeometric",
    "WeibullGamma",
    "concordance_index",
    "convert_retention",
    "customer_lifetime_value",
    "equity_change",
    "growing_margin",
    "life_cycle_margin",
    "policy_effect",
    "portfolio_value",
    "retention_curves",
]
