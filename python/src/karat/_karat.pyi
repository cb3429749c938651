"""The extension module. Private: use the package's own names."""

from collections.abc import Callable
from os import PathLike
from typing import Any, TypeAlias, TypedDict, final, type_check_only

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

__version__: str
__all__ = []

__all__ = [
    "AnalysisBase",
    "Binning",
    "CallGraph",
    "ChurnIsotonic",
    "ChurnLogistic",
    "ChurnRanking",
    "ContractStep",
    "Cox",
    "Expansion",
    "FittedContract",
    "Hazard",
    "HiddenChain",
    "Hierarchy",
    "IncompleteJudgments",
    "Judgments",
    "Model",
    "NextClassStep",
    "Plan",
    "Scorecard",
    "Scorer",
    "StageStep",
    "SyntheticTable",
    "Wavelons",
    "__version__",
    "aalen_johansen",
    "aggregate_judgments",
    "aggregate_priorities",
    "align_segments",
    "best_worst_weights",
    "bound_weights",
    "calinski_harabasz",
    "choose_k",
    "choose_wavelons",
    "churn_auc_difference",
    "churn_calibration",
    "churn_correct_prior",
    "churn_gains",
    "churn_platt",
    "churn_profit",
    "churn_shapley",
    "churn_sigmoid",
    "combine_weights",
    "concordance",
    "consistency_indices",
    "convert_rate",
    "corporate_influence",
    "data_weights",
    "davies_bouldin",
    "difference_of_proportions",
    "draw_first_centers",
    "elbow",
    "equity_change",
    "field_significance",
    "finish_lloyd",
    "fit_churn_logistic",
    "fit_k_means",
    "fit_k_means_batches",
    "fit_mini_batch",
    "fit_next_class",
    "fit_prepaid",
    "fit_sparse_network",
    "fit_spending",
    "fit_wavelet",
    "forecast_rows",
    "forecast_table",
    "freeze_prepaid",
    "fuzzy_weights",
    "gap_statistic",
    "group_report",
    "interval_weights",
    "judgment_structure",
    "judgment_uncertainty",
    "judgments_from_sentences",
    "judgments_from_words",
    "judgments_on_scale",
    "kaplan_meier",
    "label_k_means_batches",
    "least_squares_minima",
    "lifetime_value",
    "make_operator",
    "margin_path",
    "merge_lloyd",
    "mix_weights",
    "model_with_forecast",
    "natural_breaks",
    "nearest_names",
    "nearest_present",
    "nearest_segments",
    "next_grade",
    "normalise",
    "number_ids",
    "parse_judgment",
    "parse_words",
    "policy_effect",
    "portfolio",
    "prediction_strength",
    "prepaid_probabilities",
    "prepaid_quantity",
    "present_distances",
    "priorities_batch",
    "profile_segments",
    "quick_priorities",
    "read_csv",
    "reference_index",
    "repair_judgments",
    "scale_value",
    "score_prepaid",
    "segment_agreement",
    "segment_distances",
    "segment_inertia",
    "segment_stability",
    "shapley_values",
    "share_path",
    "silhouette",
    "simplified_silhouette",
    "stage_chain",
    "stage_transitions",
    "step_mini_batch",
    "summarise_lloyd",
    "transaction_summary",
    "value_curve",
    "wavelet_rows",
    "weight_band",
    "what_if_row",
]

_Path = str | PathLike[str]
_Field = tuple[str, str, str, list[str], str]
_Column = (
    tuple[str, npt.NDArray[np.float64]] | tuple[str, npt.NDArray[np.uint32], list[str]] | tuple[str, str, str]
)
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
    def hierarchy(self) -> Hierarchy: ...
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
    def fit_index(
        plan: Plan, rows: int, columns: list[_Column], others: list[str], threads: int
    ) -> Model: ...
    @staticmethod
    def fit_index_rows(plan: Plan, rows: npt.NDArray[np.float64], threads: int) -> Model: ...
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
    def index(
        self,
        rows: int,
        columns: list[_Column],
        others: list[str],
        flag_unseen: bool,
        threads: int,
    ) -> npt.NDArray[np.float64]: ...
    def index_rows(self, rows: npt.NDArray[np.float64], threads: int) -> npt.NDArray[np.float64]: ...
    def score_row(self, row: object) -> tuple[_Numbers, list[str | None], int]: ...
    def explain(
        self, rows: int, columns: list[_Column], others: list[str], flag_unseen: bool, wanted: object
    ) -> None: ...
    def explain_rows(self, rows: npt.NDArray[np.float64], wanted: object) -> None: ...
    def additive(self) -> bool: ...
    def reason_texts(self) -> list[str]: ...
    def point_names(self) -> list[str]: ...
    @property
    def name(self) -> str: ...
    @property
    def model_id(self) -> str: ...
    @property
    def schema_id(self) -> int: ...
    def fields(self) -> list[_Field]: ...
    def names(self) -> dict[str, list[str]]: ...

def model_with_forecast(
    model: Model,
    name: str,
    kind: str,
    step: bytes,
    columns: list[str],
    classes: list[str],
    sources: list[tuple[str, str]],
    constants: list[tuple[str, float]],
    record: list[tuple[str, str]],
    new_fields: bool,
) -> Model: ...
def forecast_table(
    scorer: Scorer, rows: int, columns: list[_Column], others: list[str], flag_unseen: bool, threads: int
) -> NDArray[np.float64]: ...
def forecast_rows(scorer: Scorer, rows: NDArray[np.float64], threads: int) -> NDArray[np.float64]: ...

_Value = float | str
_Next = tuple[str | None, float, list[tuple[str, str, _Value | None, _Value, float]]]

def reference_index(
    scorer: Scorer, rows: int, columns: list[_Column], others: list[str]
) -> NDArray[np.float64] | None: ...
def next_grade(scorer: Scorer, rows: int, columns: list[_Column], others: list[str]) -> list[_Next]: ...
def what_if_row(
    scorer: Scorer, row: object, changed: object
) -> tuple[_Named, _Named, list[tuple[str, float]]]: ...
def shapley_values(
    scorer: Scorer, rows: int, columns: list[_Column], others: list[str]
) -> npt.NDArray[np.float64]: ...
def normalise(
    base: npt.NDArray[np.float64],
    values: npt.NDArray[np.float64],
    method: str,
    a: float,
    b: float,
    cost: bool,
) -> npt.NDArray[np.float64]: ...
def read_csv(path: _Path) -> list[_Column]: ...

# ----- datasets, k-means, judgments and weights
_Change = tuple[str, str, float, float, int, float]
_Finding = tuple[str, str, str, str]

_SegmentRows = NDArray[np.float64] | NDArray[np.float32]

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
class _KMeansBatches(TypedDict):
    centers: NDArray[np.float64]
    inertia: float
    n_iter: int
    converged: bool
    shift: float
    shift_tolerance: float
    history: NDArray[np.float64]
    sizes: NDArray[np.int64]
    rows: int
    sampled: int
    readings: int

@type_check_only
class _Completed(TypedDict, total=False):
    completion: str
    filled: list[tuple[str, str, float]]
    finding: _Finding | None

@type_check_only
class _Priorities(_Completed):
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

_Float = NDArray[np.float64] | NDArray[np.float32]
_Rows = _Float | list[_Float]

def silhouette(
    x: _SegmentRows,
    labels: NDArray[np.uint32],
    sample: tuple[int, int] | None,
    seed: int,
    n_threads: int,
) -> dict[str, Any]: ...
def simplified_silhouette(
    x: _SegmentRows, labels: NDArray[np.uint32], centers: NDArray[np.float64], n_threads: int
) -> dict[str, Any]: ...
def calinski_harabasz(x: _SegmentRows, labels: NDArray[np.uint32], n_threads: int) -> float: ...
def davies_bouldin(x: _SegmentRows, labels: NDArray[np.uint32], n_threads: int) -> float: ...
def elbow(places: list[float], values: list[float]) -> int | None: ...
def gap_statistic(
    x: _SegmentRows,
    ks: list[int],
    references: int,
    reference: str,
    n_init: int,
    seed: int,
    n_threads: int,
) -> dict[str, Any]: ...
def segment_stability(
    x: _SegmentRows,
    labels: NDArray[np.uint32],
    k: int,
    n_init: int,
    resamples: int,
    seed: int,
    n_threads: int,
) -> dict[str, Any]: ...
def prediction_strength(
    x: _SegmentRows, k: int, n_init: int, splits: int, seed: int, n_threads: int
) -> tuple[NDArray[np.float64], float, float]: ...
def segment_agreement(before: NDArray[np.uint32], after: NDArray[np.uint32]) -> dict[str, Any]: ...
def align_segments(before: NDArray[np.uint32], after: NDArray[np.uint32]) -> dict[str, Any]: ...
def choose_k(
    x: _SegmentRows,
    least: int,
    most: int,
    sample: int,
    n_init: int,
    references: int,
    splits: int,
    resamples: int,
    seed: int,
    n_threads: int,
) -> dict[str, Any]: ...
def profile_segments(
    labels: NDArray[np.uint32],
    segments: int,
    names: list[str],
    measures: NDArray[np.float64],
    value: NDArray[np.float64] | None,
    conditions: int,
) -> dict[str, Any]: ...
def natural_breaks(
    values: NDArray[np.float64], weights: NDArray[np.float64] | None, classes: int
) -> dict[str, Any]: ...
def fit_k_means(
    x: NDArray[np.float64] | NDArray[np.float32],
    sample_weight: NDArray[np.float64] | None,
    n_clusters: int,
    init: str | NDArray[np.float64],
    n_init: int,
    max_iter: int,
    tol: float,
    seed: int,
    n_threads: int,
    progress: Callable[..., object] | None = None,
    gaps: bool = False,
    sizes: tuple[int, int] | None = None,
    instructions: str | None = None,
    method: str | None = None,
) -> _KMeansFit: ...
def draw_first_centers(
    x: NDArray[np.float32] | NDArray[np.float64],
    sample_weight: NDArray[np.float64] | None,
    n_clusters: int,
    n_local_trials: int | None,
    seed: int,
    n_threads: int,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]: ...
def fit_k_means_batches(
    source: object,
    sample: int,
    n_clusters: int,
    init: str | NDArray[np.float64],
    n_init: int,
    max_iter: int,
    tol: float,
    seed: int,
    n_threads: int,
    progress: Callable[[str, int, int, int | None, float | None], object] | None,
) -> _KMeansBatches: ...
def label_k_means_batches(
    source: object,
    centers: NDArray[np.float64],
    n_threads: int,
    take: Callable[[NDArray[np.int32]], object],
) -> None: ...
def fit_mini_batch(
    x: NDArray[np.float64], sample_weight: NDArray[np.float64] | None, parameters: dict[str, Any]
) -> dict[str, Any]: ...
def step_mini_batch(
    x: NDArray[np.float64],
    sample_weight: NDArray[np.float64] | None,
    parameters: dict[str, Any],
    state: tuple[NDArray[np.float64], list[float], int, int] | None,
) -> dict[str, Any]: ...
def summarise_lloyd(
    x: NDArray[np.float64],
    sample_weight: NDArray[np.float64] | None,
    centers: NDArray[np.float64],
    scale: list[float],
) -> bytes: ...
def merge_lloyd(one: bytes, other: bytes) -> bytes: ...
def finish_lloyd(
    state: bytes,
) -> tuple[NDArray[np.float64], float, NDArray[np.int64], NDArray[np.float64], float]: ...
def nearest_present(
    x: NDArray[np.float64], centers: NDArray[np.float64], n_threads: int
) -> tuple[NDArray[np.int32], NDArray[np.float64]]: ...
def present_distances(
    x: NDArray[np.float64], centers: NDArray[np.float64], n_threads: int
) -> NDArray[np.float64]: ...
def nearest_segments(x: _Rows, centers: NDArray[np.float64], n_threads: int) -> NDArray[np.int32]: ...
def segment_distances(
    x: _Rows, centers: NDArray[np.float64], n_threads: int
) -> NDArray[np.float64] | NDArray[np.float32]: ...
def segment_inertia(
    x: _Rows,
    sample_weight: NDArray[np.float64] | None,
    centers: NDArray[np.float64],
    n_threads: int,
) -> float: ...

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
    def diagnose(self, method: str, random_index: str) -> tuple[list[_PairDiagnosis], list[_Change]]: ...
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

@final
class IncompleteJudgments:
    @staticmethod
    def from_rows(labels: list[str], rows: list[list[float]]) -> IncompleteJudgments: ...
    @staticmethod
    def from_judgments(labels: list[str], judgments: list[tuple[str, str, float]]) -> IncompleteJudgments: ...
    @staticmethod
    def from_text(labels: list[str], texts: list[str]) -> IncompleteJudgments: ...
    @property
    def labels(self) -> list[str]: ...
    def missing(self) -> list[tuple[str, str]]: ...
    def to_complete(self) -> Judgments | None: ...
    def to_array(self) -> NDArray[np.float64]: ...
    def with_judgment(self, first: str, second: str, value: float) -> IncompleteJudgments: ...
    def complete(self, method: str) -> Judgments: ...
    def triads(self) -> list[_Triad]: ...
    def ask_next(self, count: int) -> list[tuple[str, str, float, float, float]]: ...
    def priorities(self, method: str, random_index: str, completion: str = "optimal") -> _Priorities: ...
    def check(
        self, threshold: float, method: str, random_index: str, completion: str = "optimal"
    ) -> _Priorities: ...
    def diagnose(self, method: str, random_index: str) -> tuple[list[_PairDiagnosis], list[_Change]]: ...
    def repairs(self, threshold: float, random_index: str) -> list[_Change]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

def parse_judgment(text: str, labels: list[str]) -> tuple[str, str, float]: ...
def data_weights(
    x: NDArray[np.float64] | list[NDArray[np.float64]], names: list[str], costs: list[int], method: str
) -> dict[str, Any]: ...
def weight_band(
    x: NDArray[np.float64] | list[NDArray[np.float64]],
    names: list[str],
    costs: list[int],
    method: str,
    expert: list[float] | None,
    how: str,
    share: float,
    replicates: int,
    level: float,
    seed: int,
) -> tuple[list[NDArray[np.float64]], int]: ...
def share_path(
    expert: list[float], data: list[float], steps: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[tuple[float, int, int]]]: ...
def mix_weights(sources: list[tuple[list[float], float]]) -> NDArray[np.float64]: ...
def bound_weights(
    values: list[float], bounds: list[tuple[float, float]], names: list[str]
) -> tuple[NDArray[np.float64], float, list[_Finding]]: ...
def combine_weights(
    expert: list[float], data: list[float], how: str, share: float
) -> tuple[NDArray[np.float64], list[float] | None, list[float] | None, list[_Finding]]: ...
def aggregate_judgments(judges: list[Judgments], judge_weights: list[float]) -> Judgments: ...
def aggregate_priorities(
    priorities: list[list[float]], judge_weights: list[float], mean: str
) -> NDArray[np.float64]: ...

# ----- diagnosis and groups
_PairDiagnosis = tuple[str, str, float, float, float, float, float, float]
_Triad = tuple[list[str], list[float], float, bool]
_Influence = tuple[str, str, float, float, float]
_Uncertainty = tuple[NDArray[np.float64], list[tuple[float, float, float]], NDArray[np.float64], float, float]

def judgment_structure(
    judgments: Judgments, random_index: str
) -> tuple[list[_Triad], float | None, list[_Influence]]: ...
def repair_judgments(
    judgments: Judgments, threshold: float, maximum_changes: int | None, random_index: str
) -> tuple[Judgments, list[_Change], float, bool, bool]: ...
def judgment_uncertainty(
    judgments: Judgments, method: str, draws: int, seed: int, deviation: float | None, level: float
) -> _Uncertainty: ...
def group_report(
    judges: list[Judgments], shares: list[float], group: str, method: str, random_index: str
) -> dict[str, Any]: ...

# ----- hierarchies
_Figures = tuple[float, float, tuple[str, float, float | None, bool]]
_Criterion = tuple[str, int | None, int, float, float, str, list[int], list[float], _Figures | None]
_Level = tuple[int | None, float, float, float]
_Named = list[tuple[str, float]]
_Interval = tuple[float, float]
_Critical = tuple[float, float, float]
_StabilityRow = tuple[str, float, float, _Interval, _Interval, _Critical | None, str | None, _Critical | None]

@type_check_only
class _Synthesis(TypedDict):
    mode: str
    alternatives: list[str]
    totals: NDArray[np.float64]
    ranking: list[int]
    criteria: list[str]
    contributions: NDArray[np.float64]
    findings: list[_Finding]

@type_check_only
class _Sweep(TypedDict):
    weight: float
    parent_global: float
    totals: NDArray[np.float64]
    crossings: list[tuple[float, str, str, bool]]
    first_interval: _Interval
    ranking_interval: _Interval

@type_check_only
class _Simulation(TypedDict):
    weights: list[list[float]]
    totals: list[list[float]]
    rank_probabilities: NDArray[np.float64]
    ahead: NDArray[np.float64]
    same_ranking: float

@final
class Hierarchy:
    @staticmethod
    def build(
        tree: list[tuple[str, list[str]]],
        judgments: list[tuple[str, Judgments | list[str] | list[tuple[str, str, float]]]],
        weights: list[tuple[str, _Named]],
        scores: list[tuple[str, _Named]],
        alternatives: list[str],
        method: str,
        random_index: str,
        threshold: float,
    ) -> Hierarchy: ...
    @staticmethod
    def from_toml(text: str) -> Hierarchy: ...
    def criteria(self) -> list[_Criterion]: ...
    @property
    def alternatives(self) -> list[str]: ...
    def settings(self) -> tuple[str, str, float]: ...
    def judgments(self, criterion: str) -> Judgments | None: ...
    def findings(self) -> list[_Finding]: ...
    def consistency(self) -> tuple[list[_Level], _Level]: ...
    def synthesise(self, mode: str) -> _Synthesis: ...
    def sensitivity(self, criterion: str, mode: str, grid: list[float]) -> _Sweep: ...
    def stability(self, mode: str) -> tuple[list[_StabilityRow], list[str | None]]: ...
    def critical_judgments(
        self, mode: str, any_rank: bool
    ) -> list[tuple[str, str, str, float, float, int, str, float]]: ...
    def simulate(
        self, draws: int, spread: float, level: float, seed: int, mode: str, threads: int
    ) -> _Simulation: ...
    def what_if(self, criterion: str, first: str, second: str, value: float) -> Hierarchy: ...
    def with_weight(self, criterion: str, weight: float) -> Hierarchy: ...
    def without_alternative(self, alternative: str) -> Hierarchy: ...
    def with_copy(self, alternative: str, name: str) -> Hierarchy: ...
    def with_alternative(self, name: str, said: list[tuple[str, list[float]]]) -> Hierarchy: ...
    def rank_reversals(
        self, mode: str
    ) -> list[tuple[str, bool, list[str], list[str], list[tuple[str, str]]]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

# ----- scorecards

@final
class Binning:
    @staticmethod
    def fit(
        options_json: str,
        rows: int,
        columns: list[_Column],
        target: NDArray[np.float64],
        weights: NDArray[np.float64] | None,
    ) -> Binning: ...
    @staticmethod
    def from_json(text: str) -> Binning: ...
    def to_json(self) -> str: ...
    def findings(self) -> list[_Finding]: ...
    def separations(self) -> list[tuple[float, float, float]]: ...
    def transform(
        self,
        rows: int,
        columns: list[_Column],
        others: list[str],
        what: str,
        flag_unseen: bool,
        threads: int,
    ) -> NDArray[np.float64]: ...

@final
class Scorecard:
    @staticmethod
    def fit(
        options_json: str,
        rows: int,
        columns: list[_Column],
        target: NDArray[np.float64],
        weights: NDArray[np.float64] | None,
    ) -> Scorecard: ...
    @staticmethod
    def from_json(text: str) -> Scorecard: ...
    def to_json(self) -> str: ...
    def findings(self) -> list[_Finding]: ...
    def binning(self) -> Binning: ...
    def plan(self) -> Plan: ...
    def model_bytes(self) -> bytes: ...
    def to_pmml(self, against: str, codes: list[tuple[str, str]]) -> str: ...
    def baseline(self, name: str) -> list[float]: ...
    def points(
        self, rows: int, columns: list[_Column], others: list[str], flag_unseen: bool, threads: int
    ) -> tuple[list[str], NDArray[np.float64]]: ...
    def probability(
        self, rows: int, columns: list[_Column], others: list[str], flag_unseen: bool, threads: int
    ) -> NDArray[np.float64]: ...
    def reasons(
        self,
        rows: int,
        columns: list[_Column],
        others: list[str],
        against: str,
        above: bool,
        most: int,
        flag_unseen: bool,
        threads: int,
    ) -> tuple[NDArray[np.int32], NDArray[np.float64]]: ...

@final
class AnalysisBase:
    @staticmethod
    def read(
        scorer: Scorer,
        plan: Plan,
        rows: int,
        columns: list[_Column],
        others: list[str],
        most: int,
        seed: int,
    ) -> AnalysisBase: ...
    @property
    def customers(self) -> int: ...
    @property
    def refused(self) -> int: ...
    @property
    def sampled(self) -> bool: ...
    @property
    def names(self) -> list[str]: ...
    @property
    def dimensions(self) -> list[str]: ...
    @property
    def boundaries(self) -> str: ...
    def rows(self) -> npt.NDArray[np.uint64]: ...
    def effective(
        self, correlated: float, factor: float
    ) -> tuple[list[tuple[str, str, float, float, float, float]], list[_Finding]]: ...
    def lint(
        self,
        outcome: npt.NDArray[np.float64] | None,
        missing: float,
        inflation: float,
        correlated: float,
        weight: float,
    ) -> tuple[list[tuple[str, float, float, str | None, float, float, float, float]], list[_Finding]]: ...
    def robust(
        self, draws: int, spread: float, log_normal: bool, frozen: bool, seed: int, threads: int
    ) -> dict[str, Any]: ...
    def sensitivity(
        self,
        samples: int,
        spread: float,
        by_dimension: bool,
        normalisation: bool,
        leave_out: bool,
        resamples: int,
        seed: int,
        threads: int,
    ) -> dict[str, Any]: ...
    def target(
        self, targets: list[float] | None
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], bool]: ...

# ----- influence

@final
class CallGraph:
    @staticmethod
    def build(
        nodes: int,
        callers: NDArray[np.uint32],
        callees: NDArray[np.uint32],
        weights: NDArray[np.float64] | None,
        weight_name: str,
        directed: bool,
        threads: int,
        progress: Callable[[str, float], object] | None,
    ) -> CallGraph: ...
    @property
    def nodes(self) -> int: ...
    @property
    def pairs(self) -> int: ...
    @property
    def intake(self) -> tuple[int, int, int, int]: ...
    @property
    def overall_reciprocity(self) -> float: ...
    def ties(self, own: NDArray[np.bool_] | None) -> dict[str, NDArray[Any]]: ...
    def circles(
        self, hub: int, progress: Callable[[str, float], object] | None
    ) -> tuple[NDArray[np.uint32], NDArray[np.uint32], int]: ...
    def page_rank(
        self,
        damping: float,
        tolerance: float,
        max_iterations: int,
        restart: NDArray[np.float64] | None,
        progress: Callable[[str, float], object] | None,
    ) -> tuple[NDArray[np.float64], float, float, int, bool]: ...
    def spread(
        self,
        energy: NDArray[np.float64],
        factor: float,
        steps: int,
        tolerance: float,
        progress: Callable[[str, float], object] | None,
    ) -> tuple[NDArray[np.float64], int, float]: ...
    def reach(
        self,
        from_: NDArray[np.uint32],
        factor: float,
        steps: int,
        progress: Callable[[str, float], object] | None,
    ) -> tuple[NDArray[np.float64], NDArray[np.uint32], NDArray[np.float64]]: ...
    def network_value(
        self, own: NDArray[np.float64], contagion: float | None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...

def number_ids(
    callers: NDArray[np.int64], callees: NDArray[np.int64], others: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.uint32]]: ...
def nearest_names(unknown: list[str], known: list[str]) -> list[str | None]: ...
def corporate_influence(
    lines: NDArray[np.float64],
    ranks: NDArray[np.float64],
    roles: list[NDArray[np.float64]],
    most_lines: float,
    ranked: int,
    weights: list[float],
) -> list[NDArray[np.float64]]: ...
def fit_prepaid(
    kind: str,
    frequency: NDArray[np.float64],
    recency: NDArray[np.float64],
    age: NDArray[np.float64],
    weights: NDArray[np.float64] | None,
    priors: list[tuple[float, float] | None],
    threads: int,
) -> dict[str, Any]: ...
def fit_spending(
    frequency: NDArray[np.float64],
    monetary: NDArray[np.float64],
    weights: NDArray[np.float64] | None,
    priors: list[tuple[float, float] | None],
    threads: int,
) -> dict[str, Any]: ...
def freeze_prepaid(
    kind: str,
    parameters: tuple[float, float, float, float],
    spend: tuple[float, float, float] | None,
    horizon: float,
    rate: float,
) -> bytes: ...
def prepaid_probabilities(
    modified: bool, parameters: tuple[float, float, float, float], time: float, most: int
) -> NDArray[np.float64]: ...
def prepaid_quantity(
    kind: str,
    parameters: tuple[float, float, float, float],
    quantity: str,
    frequency: NDArray[np.float64],
    recency: NDArray[np.float64],
    age: NDArray[np.float64],
    horizon: float,
    rate: float,
    threads: int,
) -> NDArray[np.float64]: ...
def score_prepaid(
    step: bytes,
    frequency: NDArray[np.float64],
    recency: NDArray[np.float64],
    age: NDArray[np.float64],
    monetary: NDArray[np.float64] | None,
    threads: int,
) -> list[NDArray[np.float64]]: ...
def transaction_summary(
    customer: NDArray[np.uint32],
    time: NDArray[np.float64],
    value: NDArray[np.float64] | None,
    customers: int,
    period: float,
    observation_end: float | None,
    calibration_end: float | None,
    include_first: bool,
    threads: int,
) -> dict[str, Any]: ...

_Floats: TypeAlias = NDArray[np.float64]
_FindingRow: TypeAlias = tuple[str, str, str, str]
_ValueTerms: TypeAlias = tuple[float, str, str, int, float]

@final
class FittedContract:
    @staticmethod
    def fit_cohorts(model: str, cohorts: list[list[float]]) -> FittedContract: ...
    @staticmethod
    def fit(
        model: str, durations: _Floats, events: _Floats, entries: _Floats | None, weights: _Floats | None
    ) -> FittedContract: ...
    def parameters(self) -> list[tuple[str, float, float, float, float]]: ...
    def figures(self) -> tuple[float, float, float, int, bool]: ...
    def findings(self) -> list[_FindingRow]: ...
    def band(self, times: list[float], level: float) -> tuple[_Floats, _Floats, _Floats]: ...
    def conditional(self, after: float, times: list[float]) -> _Floats: ...
    def residual(self, survived: list[int], rate: float) -> _Floats: ...
    def discounted_lifetime(self, rate: float) -> float: ...
    def draws(self, horizon: int, count: int, seed: int) -> _Floats: ...

@final
class Cox:
    @staticmethod
    def fit(
        durations: _Floats,
        events: _Floats,
        names: list[str],
        columns: list[_Floats],
        entries: _Floats | None,
        weights: _Floats | None,
        efron: bool,
        penalty: float,
        threads: int,
    ) -> Cox: ...
    def coefficients(self) -> list[tuple[str, float, float]]: ...
    def figures(self) -> tuple[float, float, float, int, bool]: ...
    def findings(self) -> list[_FindingRow]: ...
    def baseline(self) -> tuple[_Floats, _Floats]: ...
    def relative_hazard(self, rows: int, columns: list[_Floats]) -> _Floats: ...
    def baseline_at(self, times: list[float]) -> _Floats: ...

@final
class Hazard:
    @staticmethod
    def fit(
        durations: _Floats,
        events: _Floats,
        names: list[str],
        columns: list[_Floats],
        entries: _Floats | None,
        weights: _Floats | None,
        terms: _Floats | None,
        cloglog: bool,
        baseline: str,
        bands: list[int],
        penalty: float,
        threads: int,
    ) -> Hazard: ...
    def coefficients(self) -> list[tuple[str, float, float]]: ...
    def figures(self) -> tuple[float, float, float, int, bool]: ...
    def findings(self) -> list[_FindingRow]: ...
    def freeze(self, periods: int, horizon: int, discount_rate: float, timing: str) -> ContractStep: ...

@final
class ContractStep:
    @staticmethod
    def of_hazards(hazards: list[float], horizon: int, discount_rate: float, timing: str) -> ContractStep: ...
    @staticmethod
    def from_bytes(data: bytes) -> ContractStep: ...
    def to_bytes(self) -> bytes: ...
    def fields(self) -> int: ...
    def forecast(
        self, tenure: _Floats, terms: _Floats | None, columns: list[_Floats]
    ) -> tuple[_Floats, _Floats, _Floats, _Floats]: ...

@final
class StageStep:
    def __new__(cls, window: int, hold: int, numbers: list[float]) -> StageStep: ...
    @staticmethod
    def from_bytes(data: bytes) -> StageStep: ...
    def to_bytes(self) -> bytes: ...
    def assign(
        self,
        offsets: NDArray[np.int64],
        values: _Floats,
        tenures: _Floats,
        idle: _Floats,
        suspended: _Floats,
        lost: _Floats,
        threads: int,
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8], dict[str, _Floats]]: ...

@final
class HiddenChain:
    @staticmethod
    def fit(
        offsets: NDArray[np.int64],
        values: _Floats,
        tenures: _Floats,
        expectations: list[float],
        iterations: int,
        known: NDArray[np.uint8] | None,
        threads: int,
    ) -> HiddenChain: ...
    def figures(self) -> tuple[list[float], tuple[float, float], list[float], list[float], list[float]]: ...
    def findings(self) -> list[_FindingRow]: ...
    def predict(
        self, offsets: NDArray[np.int64], values: _Floats, tenures: _Floats
    ) -> tuple[NDArray[np.uint8], _Floats, _Floats]: ...

def kaplan_meier(
    durations: _Floats,
    events: _Floats,
    entries: _Floats | None,
    weights: _Floats | None,
    plain: bool,
    level: float,
) -> dict[str, _Floats]: ...
def aalen_johansen(
    durations: _Floats, causes: _Floats, entries: _Floats | None, weights: _Floats | None, level: float
) -> dict[str, Any]: ...
def concordance(durations: _Floats, events: _Floats, risks: _Floats) -> float: ...
def lifetime_value(
    survival: list[float],
    period: str,
    margins: list[float],
    margin_period: str,
    terms: _ValueTerms,
    tenures: list[int],
) -> tuple[_Floats, _Floats, _Floats, str]: ...
def margin_path(kind: str, numbers: list[float], periods: int) -> _Floats: ...
def convert_rate(value: float, from_: str, to: str, retention: bool) -> float: ...
def portfolio(
    values: _Floats, points: list[float]
) -> tuple[int, float, int, float, float | None, list[float] | None]: ...
def equity_change(columns: list[_Floats]) -> dict[str, float]: ...
def policy_effect(
    survival: list[float],
    draws: _Floats | None,
    period: str,
    margins: list[float],
    terms: _ValueTerms,
    policy: tuple[float, float, float, float],
    tenure: int,
    level: float,
    seed: int,
) -> tuple[float, float, float, float, float, float]: ...
def stage_chain(
    names: list[str],
    transitions: list[list[float]],
    monthly: list[float] | None,
    discount_rate: float,
    to: int | None,
) -> tuple[list[float], list[float] | None, list[float], list[tuple[float, float]] | None]: ...
def stage_transitions(offsets: NDArray[np.int64], stages: NDArray[np.uint8]) -> list[list[float]]: ...
def value_curve(
    offsets: NDArray[np.int64],
    values: _Floats,
    tenures: _Floats,
    within: NDArray[np.bool_],
    level: float,
    least: int,
) -> tuple[NDArray[np.uint32], NDArray[np.uint32], _Floats, _Floats, _Floats]: ...

@final
class Expansion:
    @staticmethod
    def from_bytes(bytes: bytes) -> Expansion: ...
    def to_bytes(self) -> bytes: ...
    def fields(self) -> list[str]: ...
    def group_fields(self) -> list[list[int]]: ...
    def groups(self) -> list[tuple[str, int]]: ...
    def base(self) -> list[float]: ...
    def size(self) -> tuple[int, int, int]: ...
    def eval(
        self, rows: int, columns: list[_Column], others: list[str], what: str, threads: int
    ) -> NDArray[np.float64]: ...
    def flags(self, rows: int, columns: list[_Column], others: list[str]) -> NDArray[np.uint32]: ...

def fit_sparse_network(
    rows: int,
    columns: list[_Column],
    target: NDArray[np.float64],
    classes: int,
    weights: NDArray[np.float64] | None,
    options: dict[str, object],
    progress: Callable[[int, int], object] | None = None,
) -> dict[str, Any]: ...

@final
class Wavelons:
    @staticmethod
    def from_bytes(bytes: bytes) -> Wavelons: ...
    def to_bytes(self) -> bytes: ...
    def __reduce__(self) -> tuple[Any, tuple[bytes]]: ...
    @property
    def fields(self) -> int: ...
    @property
    def width(self) -> int: ...
    @property
    def members(self) -> int: ...
    def eval(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.uint32]]: ...
    def eval_outputs(self, x: NDArray[np.float64]) -> NDArray[np.float64]: ...
    def intervals(
        self,
        parameters: dict[str, Any],
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        rows: NDArray[np.float64],
        level: float,
        method: str,
        noise: str,
    ) -> NDArray[np.float64]: ...

def fit_wavelet(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    weights: NDArray[np.float64] | None,
    parameters: dict[str, Any],
    progress: Callable[[int, int, int, float], object] | None = None,
) -> tuple[Wavelons, dict[str, Any]]: ...
def wavelet_rows(
    x: NDArray[np.float64], y: NDArray[np.float64], weights: NDArray[np.float64] | None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]: ...
def choose_wavelons(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    parameters: dict[str, Any],
    candidates: list[int],
    criterion: str,
    parts: int,
    progress: Callable[[int, int, int, float], object] | None = None,
) -> tuple[list[tuple[int, float, float]], int, list[tuple[str, str, str, str]]]: ...
def field_significance(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    parameters: dict[str, Any],
    samples: int,
    level: float,
    progress: Callable[[int, int, int, float], object] | None = None,
) -> list[tuple[int, float, float, int]]: ...

@final
class ChurnRanking:
    def __new__(cls, left: _Floats, scores: _Floats) -> ChurnRanking: ...
    def measures(self, level: float) -> dict[str, float]: ...
    def lift(self, fraction: float) -> float: ...
    def capture(self, fraction: float) -> float: ...
    def curve(self, hull: bool) -> tuple[_Floats, _Floats]: ...

@final
class ChurnIsotonic:
    def __new__(cls, left: _Floats, scores: _Floats) -> ChurnIsotonic: ...
    def steps(self) -> tuple[_Floats, _Floats]: ...
    def probabilities(self, scores: _Floats) -> _Floats: ...

def churn_gains(left: _Floats, scores: _Floats, groups: int) -> dict[str, npt.NDArray[Any]]: ...
def churn_auc_difference(left: _Floats, first: _Floats, second: _Floats) -> tuple[float, float, float]: ...
def churn_profit(
    left: _Floats,
    scores: _Floats,
    amounts: tuple[list[float], list[float], list[float]],
    acceptance: list[float],
) -> tuple[float, float, float]: ...
def churn_calibration(left: _Floats, probabilities: _Floats, bins: int) -> dict[str, Any]: ...
def churn_platt(left: _Floats, scores: _Floats) -> tuple[float, float]: ...
def churn_sigmoid(scores: _Floats, slope: float, intercept: float) -> _Floats: ...
def churn_correct_prior(probabilities: _Floats, sample_rate: float, true_rate: float) -> _Floats: ...
def churn_shapley(worth: _Floats) -> _Floats: ...

@final
class ChurnLogistic:
    def __new__(cls, network: bytes, baseline: list[float]) -> ChurnLogistic: ...
    def __getnewargs__(self) -> tuple[bytes, list[float]]: ...
    def coefficients(self) -> tuple[float, _Floats, float]: ...
    def log_odds(self, x: _Floats) -> _Floats: ...
    def contributions(self, x: _Floats) -> _Floats: ...

def fit_churn_logistic(
    x: _Floats, left: _Floats, weights: _Floats | None, parameters: dict[str, Any]
) -> dict[str, Any]: ...
def difference_of_proportions(
    first: tuple[int, int], second: tuple[int, int], level: float
) -> tuple[float, float, float, float]: ...

@final
class NextClassStep:
    @staticmethod
    def from_bytes(bytes: bytes) -> NextClassStep: ...
    def to_bytes(self) -> bytes: ...
    def __reduce__(self) -> tuple[Any, tuple[bytes]]: ...
    @property
    def values(self) -> list[float]: ...
    def columns(self) -> list[str]: ...
    def recogniser_columns(self) -> list[str] | None: ...
    def forecast(
        self, rows: int, columns: list[Any], others: list[str], customer: str, period: str, last: bool
    ) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.uint32], NDArray[np.float64]]: ...
    def explain(
        self, rows: int, columns: list[Any], others: list[str], customer: str, period: str
    ) -> tuple[list[str], list[float], NDArray[np.float64]]: ...
    def recognise(self, rows: int, columns: list[Any], others: list[str]) -> NDArray[np.float64]: ...

def fit_next_class(
    rows: int,
    columns: list[Any],
    options: dict[str, Any],
    previous: NextClassStep | None,
    progress: Callable[[str, int, int], object] | None,
) -> tuple[NextClassStep, dict[str, Any]]: ...
