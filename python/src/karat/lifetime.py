"""Lifetime value: how many customers are still there, what to expect of them and what they are worth.

Prepaid customers leave without a word: `ParetoNBD`, `ModifiedBetaGeoNBD`, `BetaGeoNBD` and
`BetaGeoBetaBinomial` tell from their history whether they are still there, `GammaGamma` what a transaction is
worth, and `summary_from_transactions` makes the history from a log.
"""

from __future__ import annotations

from karat._lifetime_prepaid import (
    NBD,
    BetaGeoBetaBinomial,
    BetaGeoNBD,
    ModifiedBetaGeoNBD,
    ParetoNBD,
)
from karat._lifetime_spend import GammaGamma
from karat._lifetime_summary import summary_from_transactions

__all__ = [
    "NBD",
    "BetaGeoBetaBinomial",
    "BetaGeoNBD",
    "GammaGamma",
    "ModifiedBetaGeoNBD",
    "ParetoNBD",
    "summary_from_transactions",
]
