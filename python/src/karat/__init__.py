"""karat: what every customer is worth, what they will be worth next, and what to do about it.

Fit in a notebook, save one file, score anywhere with the same bits::

    import karat

    plan = karat.Plan.read("plan.toml")
    model = karat.ValueModel(plan, random_state=7).fit(customers)
    scores = model.score(customers)
    model.save("value.karat")

Names are imported when they are first used, so that `import karat` is quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from karat._errors import (
    DataError,
    FormatError,
    InternalError,
    JudgmentError,
    KaratError,
    ModelIOError,
    NotFittedError,
    NumericsError,
    ParameterError,
    SchemaError,
    ShapeError,
    StoppedError,
    UnsupportedError,
)
from karat._karat import __version__

if TYPE_CHECKING:
    from karat import datasets, influence, lifecycle, lifetime, lloyd, scorecard, segments, wavelet, weights
    from karat._diagnosis import Diagnosis
    from karat._estimator import ConvergenceWarning
    from karat._forecasts import Forecasts
    from karat._hierarchy import Hierarchy
    from karat._index import Index
    from karat._judgments import PairwiseMatrix
    from karat._kmeans import KMeans
    from karat._kmeans_plusplus import kmeans_plusplus
    from karat._mini_batch_kmeans import MiniBatchKMeans
    from karat._model import ValueModel, load
    from karat._next_class import NextClassForecaster
    from karat._parts import Grades, Indicator, Ratchet, Rule, Segments, Types
    from karat._plan import Plan
    from karat._priorities import Priorities
    from karat._report import Report
    from karat._score import NONE, RECORD, Explanations, Flag, Score, Scores
    from karat._scorer import Field, Scorer
    from karat._wavelet_network import WaveletNetworkClassifier, WaveletNetworkRegressor

# Where each name lives that is imported on first use; a module stands for itself.
_LAZY = {
    **dict.fromkeys(("ConvergenceWarning",), "karat._estimator"),
    "Diagnosis": "karat._diagnosis",
    "PairwiseMatrix": "karat._judgments",
    "Priorities": "karat._priorities",
    **dict.fromkeys(("Index",), "karat._index"),
    "Forecasts": "karat._forecasts",
    **dict.fromkeys(("Hierarchy",), "karat._hierarchy"),
    **dict.fromkeys(("KMeans",), "karat._kmeans"),
    **dict.fromkeys(("MiniBatchKMeans",), "karat._mini_batch_kmeans"),
    "kmeans_plusplus": "karat._kmeans_plusplus",
    **{
        name: f"karat.{name}"
        for name in (
            "datasets",
            "influence",
            "lifecycle",
            "lifetime",
            "lloyd",
            "scorecard",
            "segments",
            "wavelet",
            "weights",
        )
    },
    **dict.fromkeys(("ValueModel", "load"), "karat._model"),
    "NextClassForecaster": "karat._next_class",
    **dict.fromkeys(("Grades", "Indicator", "Ratchet", "Rule", "Segments", "Types"), "karat._parts"),
    **dict.fromkeys(("Plan",), "karat._plan"),
    **dict.fromkeys(("Report",), "karat._report"),
    **dict.fromkeys(("NONE", "RECORD", "Explanations", "Flag", "Score", "Scores"), "karat._score"),
    **dict.fromkeys(("Field", "Scorer"), "karat._scorer"),
    **dict.fromkeys(("WaveletNetworkClassifier", "WaveletNetworkRegressor"), "karat._wavelet_network"),
}

__all__ = [
    "NONE",
    "RECORD",
    "ConvergenceWarning",
    "DataError",
    "Diagnosis",
    "Explanations",
    "Field",
    "Flag",
    "Forecasts",
    "FormatError",
    "Grades",
    "Hierarchy",
    "Index",
    "Indicator",
    "InternalError",
    "JudgmentError",
    "KMeans",
    "KaratError",
    "MiniBatchKMeans",
    "ModelIOError",
    "NextClassForecaster",
    "NotFittedError",
    "NumericsError",
    "PairwiseMatrix",
    "ParameterError",
    "Plan",
    "Priorities",
    "Ratchet",
    "Report",
    "Rule",
    "SchemaError",
    "Score",
    "Scorer",
    "Scores",
    "Segments",
    "ShapeError",
    "StoppedError",
    "Types",
    "UnsupportedError",
    "ValueModel",
    "WaveletNetworkClassifier",
    "WaveletNetworkRegressor",
    "__version__",
    "datasets",
    "influence",
    "kmeans_plusplus",
    "lifecycle",
    "lifetime",
    "lloyd",
    "load",
    "scorecard",
    "segments",
    "wavelet",
    "weights",
]


def __getattr__(name: str) -> object:
    home = _LAZY.get(name)
    if home is None:
        raise AttributeError(f"module 'karat' has no attribute {name!r}")
    from importlib import import_module

    module = import_module(home)
    value = module if home == f"karat.{name}" else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
