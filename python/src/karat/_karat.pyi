"""The extension module. Private: use the package's own names."""

from collections.abc import Callable
from os import PathLike
from typing import Any, TypedDict, final, type_check_only

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

__version__: str
__all__: list[str]

__all__ = [
    "Judgments",
    "Model",
    "Plan",
    "Scorer",
    "SyntheticTable",
    "__version__",
    "aggregate_judgments",
    "aggregate_priorities",
    "best_worst_weights",
    "combine_weights",
    "consistency_indices",
    "entropy_weights",
    "fit_k_means",
    "fuzzy_weights",
    "interval_weights",
    "judgments_from_sentences",
    "judgments_from_words",
    "judgments_on_scale",
    "least_squares_minima",
    "make_operator",
    "nearest_segments",
    "parse_judgment",
    "parse_words",
    "priorities_batch",
    "quick_priorities",
    "read_csv",
    "scale_value",
    "segment_distances",
]

_Path = str | PathLike[str]
_Field = tuple[str, str, str, list[str], str]
_Column = (
    tuple[str, npt.NDArray[np.float64]] | tuple[str, npt.NDArray[np.uint32], list[str]] | tuple[str, str, str]
)
_Explained = tuple[list[str], npt.NDArray[np.float64], list[str], npt.NDArray[np.float64]]
_Numbers = tuple[float, float, float, float, float, float]

# ----- plans, models, scorers, tables

@final
class Plan:
    @staticmethod
    def from_json(text: str) -> Plan: ...
    @staticmethod
    def from_toml(text: str) -> Plan: ...
    @staticmethod
    def read(path: _Path) -> Plan: ...
    def to_json(self) -> str: ...
    def to_toml(self) -> str: ...
    def columns(self) -> list[str]: ...
    def bind(self, rows: int, columns: list[_Column], others: list[str]) -> list[npt.NDArray[np.float64]]: ...
    def fields(self) -> list[_Field]: ...

@final
class Model:
    @staticmethod
    def fit(
        plan: Plan,
        rows: int,
        columns: list[_Column],
        others: list[str],
        seed: int,
        threads: int,
        progress: Callable[[str, float], object] | None,
    ) -> Model: ...
    @staticmethod
    def load(path: _Path) -> Model: ...
    @staticmethod
    def from_bytes(bytes: bytes) -> Model: ...
    def to_bytes(self) -> bytes: ...
    def save(self, path: _Path) -> None: ...
    def plan(self) -> Plan: ...
    def scorer(self) -> Scorer: ...
    def report_text(self) -> str: ...
    def report_json(self) -> str: ...

@final
class Scorer:
    @staticmethod
    def open(path: _Path) -> Scorer: ...
    @staticmethod
    def from_bytes(bytes: bytes) -> Scorer: ...
    def to_bytes(self) -> bytes: ...
    def score(
        self,
        rows: int,
        columns: list[_Column],
        others: list[str],
        flag_unseen: bool,
        threads: int,
    ) -> npt.NDArray[np.uint64]: ...
    def score_rows(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.uint64]: ...
    def score_row(self, row: object) -> tuple[_Numbers, list[str | None], int]: ...
    def explain(self, rows: int, columns: list[_Column], others: list[str]) -> _Explained: ...
    @property
    def name(self) -> str: ...
    @property
    def model_id(self) -> str: ...
    @property
    def schema_id(self) -> int: ...
    def fields(self) -> list[_Field]: ...
    def names(self) -> dict[str, list[str]]: ...

def read_csv(path: _Path) -> list[_Column]: ...

# ----- datasets, k-means, judgments and weights
_Change = tuple[str, str, float, float, int, float]
_Finding = tuple[str, str, str, str]

@type_check_only
class _KMeansFit(TypedDict):
    centers: NDArray[np.float64]
    labels: NDArray[np.int32]
    inertia: float
    n_iter: int
    converged: bool
    shift: float
    shift_tolerance: float
    history: NDArray[np.float64]
    restart_inertias: NDArray[np.float64]

@type_check_only
class _Priorities(TypedDict):
    weights: NDArray[np.float64]
    method: str
    lambda_max: float
    lambda_bounds: tuple[float, float]
    consistency_index: float
    consistency_ratio: float
    geometric_consistency_index: float
    findings: list[_Finding]
    random_index: tuple[str, float, float | None, bool]

_Quick = tuple[
    list[float],
    tuple[float, float, float, float, float, float],
    tuple[str, float, float | None, bool],
]

@final
class SyntheticTable:
    @property
    def names(self) -> list[str]: ...
    def __len__(self) -> int: ...
    def column(self, name: str) -> tuple[NDArray[np.int32 | np.int64 | np.float64], list[str] | None]: ...
    def write_csv(self, path: str | PathLike[str]) -> None: ...

def make_operator(
    n_customers: int, months: int, seed: int, preset: str, dirty: bool, ties: bool, n_threads: int
) -> dict[str, SyntheticTable]: ...
def fit_k_means(
    x: NDArray[np.float64],
    sample_weight: NDArray[np.float64] | None,
    n_clusters: int,
    init: str | NDArray[np.float64],
    n_init: int,
    max_iter: int,
    tol: float,
    seed: int,
    n_threads: int,
) -> _KMeansFit: ...
def nearest_segments(
    x: NDArray[np.float64], centers: NDArray[np.float64], n_threads: int
) -> tuple[NDArray[np.int32], NDArray[np.float64]]: ...
def segment_distances(
    x: NDArray[np.float64], centers: NDArray[np.float64], n_threads: int
) -> NDArray[np.float64]: ...

@final
class Judgments:
    @staticmethod
    def from_rows(labels: list[str], rows: list[list[float]]) -> Judgments: ...
    @staticmethod
    def from_judgments(labels: list[str], judgments: list[tuple[str, str, float]]) -> Judgments: ...
    @staticmethod
    def from_text(labels: list[str], texts: list[str]) -> Judgments: ...
    @property
    def labels(self) -> list[str]: ...
    def to_array(self) -> NDArray[np.float64]: ...
    def with_judgment(self, first: str, second: str, value: float) -> Judgments: ...
    def priorities(self, method: str, random_index: str) -> _Priorities: ...
    def check(self, threshold: float, method: str, random_index: str) -> _Priorities: ...
    def diagnose(
        self, method: str, random_index: str
    ) -> tuple[list[tuple[str, str, float, float, float, float]], list[_Change]]: ...
    def repairs(self, threshold: float, random_index: str) -> list[_Change]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

def judgments_from_words(
    labels: list[str], judgments: list[tuple[str, str, str]], scale: str
) -> Judgments: ...
def judgments_from_sentences(labels: list[str], sentences: list[str], scale: str) -> Judgments: ...
def parse_words(text: str, labels: list[str]) -> tuple[str, str, str]: ...
def judgments_on_scale(judgments: Judgments, scale: str) -> Judgments: ...
def scale_value(scale: str, level: float, n: int) -> float: ...
def consistency_indices(judgments: Judgments, random_index: str) -> dict[str, Any]: ...
def least_squares_minima(judgments: Judgments) -> list[tuple[NDArray[np.float64], float]]: ...
def quick_priorities(
    x: NDArray[np.float64], threshold: float, method: str, random_index: str
) -> _Quick | None: ...
def priorities_batch(
    x: NDArray[np.float64], labels: list[str] | None, method: str, random_index: str
) -> dict[str, Any]: ...
def fuzzy_weights(
    labels: list[str],
    judgments: list[tuple[str, str, float, float, float]],
    method: str,
    random_index: str,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64] | None, list[_Finding], float]: ...
def interval_weights(
    labels: list[str], judgments: list[tuple[str, str, float, float]]
) -> tuple[
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    float,
    list[str],
    list[_Finding],
]: ...
def best_worst_weights(
    labels: list[str],
    best: str,
    worst: str,
    best_to_others: list[float],
    others_to_worst: list[float],
) -> tuple[NDArray[np.float64], float, float, str | None, float | None, list[_Finding]]: ...
def parse_judgment(text: str, labels: list[str]) -> tuple[str, str, float]: ...
def entropy_weights(
    x: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[_Finding]]: ...
def combine_weights(
    expert: list[float], data: list[float], how: str, share: float
) -> tuple[NDArray[np.float64], list[float] | None, list[float] | None, list[_Finding]]: ...
def aggregate_judgments(judges: list[Judgments], judge_weights: list[float]) -> Judgments: ...
def aggregate_priorities(
    priorities: list[list[float]], judge_weights: list[float], mean: str
) -> NDArray[np.float64]: ...
