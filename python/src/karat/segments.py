"""Segments: how many, whether to trust them, what sets them apart, and how they move from fit to fit.

Every function reads rows as a frame or an array, in double or single precision, and a label for each.
Nothing here depends on the number of threads.
"""

from __future__ import annotations

from karat._segment_agreement import (
    Agreement,
    Alignment,
    PredictionStrength,
    Stability,
    adjusted_rand,
    agreement,
    align,
    normalised_mutual_information,
    prediction_strength,
    stability,
)
from karat._segment_choice import KChoice, choose_k
from karat._segment_indices import (
    Gap,
    Silhouette,
    calinski_harabasz,
    davies_bouldin,
    elbow,
    gap_statistic,
    silhouette,
    simplified_silhouette,
)
from karat._segment_profiles import NaturalBreaks, Profiles, natural_breaks, profile

__all__ = [
    "Agreement",
    "Alignment",
    "Gap",
    "KChoice",
    "NaturalBreaks",
    "PredictionStrength",
    "Profiles",
    "Silhouette",
    "Stability",
    "adjusted_rand",
    "agreement",
    "align",
    "calinski_harabasz",
    "choose_k",
    "davies_bouldin",
    "elbow",
    "gap_statistic",
    "natural_breaks",
    "normalised_mutual_information",
    "prediction_strength",
    "profile",
    "silhouette",
    "simplified_silhouette",
    "stability",
]
