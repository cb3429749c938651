"""Lifetime value: how long customers stay, what to expect of them and what they are worth.

Prepaid customers leave without a word: `ParetoNBD`, `ModifiedBetaGeoNBD`, `BetaGeoNBD` and
`BetaGeoBetaBinomial` tell from their history whether they are still there, `GammaGamma` what a transaction is
worth, and `summary_from_transactions` makes the history from a log. Contracts end on a day: `KaplanMeier` and
`AalenJohansen` draw what was seen, `ShiftedBetaGeometric` and its relatives carry it on, `DiscreteHazard` and
`CoxProportionalHazards` tell whose end is near. `customer_lifetime_value` makes money of either.
"""

from __future__ import annotations

from karat._contract_models import BetaDiscreteWeibull, ExponentialGamma, ShiftedBetaGeometric, WeibullGamma
from karat._contract_retention import RetentionCurves, retention_curves
from karat._contract_step import ContractStep
from karat._lifetime_prepaid import (
    NBD,
    BetaGeoBetaBinomial,
    BetaGeoNBD,
    ModifiedBetaGeoNBD,
    ParetoNBD,
)
from karat._lifetime_spend import GammaGamma
from karat._lifetime_summary import summary_from_transactions
from karat._survival_cox import CoxProportionalHazards, concordance_index
from karat._survival_curves import AalenJohansen, KaplanMeier
from karat._survival_regression import DiscreteHazard
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
    "NBD",
    "AalenJohansen",
    "BetaDiscreteWeibull",
    "BetaGeoBetaBinomial",
    "BetaGeoNBD",
    "ContractStep",
    "CoxProportionalHazards",
    "CustomerValue",
    "DiscreteHazard",
    "EquityChange",
    "ExponentialGamma",
    "GammaGamma",
    "KaplanMeier",
    "ModifiedBetaGeoNBD",
    "ParetoNBD",
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
    "summary_from_transactions",
]
