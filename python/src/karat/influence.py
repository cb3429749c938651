"""Influence in the calling circle: who calls whom, and what follows from it for value and churn.

Every result is the same to the bit for any order of the calls and any number of threads.
"""

from __future__ import annotations

from karat._call_graph import CallGraph, Progress
from karat._corporate import CorporateInfluence, corporate_influence
from karat._influence_results import Exposure, Measures, NetworkValue, PageRank, TieMeasures

__all__ = [
    "CallGraph",
    "CorporateInfluence",
    "Exposure",
    "Measures",
    "NetworkValue",
    "PageRank",
    "Progress",
    "TieMeasures",
    "corporate_influence",
]
