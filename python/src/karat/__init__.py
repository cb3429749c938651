"""karat: what every customer is worth, what they will be worth next, and what to do about it."""

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
    UnsupportedError,
)
from karat._karat import __version__

if TYPE_CHECKING:
    from karat import datasets, weights
    from karat._estimator import ConvergenceWarning
    from karat._judgments import Diagnosis, PairwiseMatrix, Priorities
    from karat._kmeans import KMeans

# Where each name lives that is imported on first use; a module stands for itself.
_LAZY = {
    **dict.fromkeys(("ConvergenceWarning",), "karat._estimator"),
    **dict.fromkeys(("Diagnosis", "PairwiseMatrix", "Priorities"), "karat._judgments"),
    **dict.fromkeys(("KMeans",), "karat._kmeans"),
    **{name: f"karat.{name}" for name in ("datasets", "weights")},
}

__all__ = [
    "ConvergenceWarning",
    "DataError",
    "Diagnosis",
    "FormatError",
    "InternalError",
    "JudgmentError",
    "KMeans",
    "KaratError",
    "ModelIOError",
    "NotFittedError",
    "NumericsError",
    "PairwiseMatrix",
    "ParameterError",
    "Priorities",
    "SchemaError",
    "ShapeError",
    "UnsupportedError",
    "__version__",
    "datasets",
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
