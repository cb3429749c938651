"""Who leaves: one estimator over several methods, with calibrated probabilities and reasons that add up."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._churn_calibration import IsotonicCalibration, PlattCalibration
from karat._churn_fields import Fields
from karat._churn_reasons import ChurnReasons, group_fields
from karat._errors import ParameterError, ShapeError
from karat._estimator import ConvergenceWarning, Estimator, check_number, check_threads
from karat._named_weights import Finding
from karat._targets import read_classes, read_weights
from karat._wavelet_base import tags
from karat._wavelet_input import require, with_class_weights
from karat._wavelet_network import WaveletNetworkClassifier

_METHODS = ("logistic", "network")


class ChurnModel(Estimator):
    """Probabilities of leaving with their reasons, by a logistic regression or a wavelet network.

    Tables come as they are: text columns are categories, missing values are taken in with an indicator of
    their own, nothing need be scaled.

    Parameters
    ----------
    method : {"logistic", "network"}, default "logistic"
        A sum of fields, which anyone can check; or the sparse wavelet network, which bends and joins fields.
    families : mapping of str to str or sequence of str, optional
        Fields of each family of reasons, such as ``{"price": ["bill", "overage"]}``; a field that none names
        is a family of its own.
    actions : mapping of str to str, optional
        What to do about a family of reasons.
    penalty : float, default 1
        Of the logistic regression, scikit-learn's ``1 / C``: pulls slopes to zero.
    l1_ratio : float, default 0
        Share of the penalty by magnitudes, which leaves fields out, rather than by squares.
    class_weight : None, "balanced" or mapping of class to float, default None
        Weights of the classes. Probabilities are then those of a base with such shares; `true_rate` mends
        them.
    true_rate : float, optional
        The share that leaves where the model will be used, if it is another than that of the fitted base,
        such as a sample that was balanced.
    event : object, optional
        Which class left, by default the greater one, such as 1 of 0 and 1.
    random_state : None, int, RandomState or Generator, default 0
        Of the network.
    n_threads : int or None, default None
        Threads, None for all. Never changes a result.

    Attributes
    ----------
    classes_ : ndarray
        Staying and leaving, in this order.
    families_ : list of str
        Families of reasons.
    coef_ : ndarray, intercept_ : float
        Of a logistic regression, on coded inputs: of each number one, and one if it is ever missing; of each
        category one.
    network_ : WaveletNetworkClassifier
        Of a network.
    base_rate_ : float
        The weighted share that left in the fitted base.
    n_iter_ : int
        Newton's steps, or rounds of a network.
    findings_ : tuple of Finding
        W310 a column without information, W370 a regression that had not converged, W371 a field that tells
        all but perfectly who leaves.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Examples
    --------
    >>> from karat.churn import ChurnModel
    >>> base = {"months": list(range(1, 41)), "contract": ["monthly", "yearly"] * 20}
    >>> left = [int(m < 12 and c == "monthly") for m, c in zip(base["months"], base["contract"])]
    >>> model = ChurnModel().fit(base, left)
    >>> chance = model.predict_proba({"months": [2, 30], "contract": ["monthly", "yearly"]})[:, 1]
    >>> bool(chance[0] > 0.5 > chance[1])
    True
    >>> model.reasons({"months": [2], "contract": ["monthly"]}).ranked()
    [['months', 'contract']]
    """

    classes_: NDArray[Any]
    findings_: tuple[Finding, ...]
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]
    _groups: list[list[int]]

    def __init__(
        self,
        method: str = "logistic",
        *,
        families: Mapping[str, str | Sequence[str]] | None = None,
        actions: Mapping[str, str] | None = None,
        penalty: float = 1.0,
        l1_ratio: float = 0.0,
        class_weight: str | Mapping[Any, float] | None = None,
        true_rate: float | None = None,
        event: object = None,
        random_state: object = 0,
        n_threads: int | None = None,
    ) -> None:
        self.method = method
        self.families = families
        self.actions = actions
        self.penalty = penalty
        self.l1_ratio = l1_ratio
        self.class_weight = class_weight
        self.true_rate = true_rate
        self.event = event
        self.random_state = random_state
        self.n_threads = n_threads

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> ChurnModel:
        """Learn who leaves.

        Parameters
        ----------
        X : table of shape (n_customers, n_fields)
            A pandas or polars frame, pyarrow table, mapping of columns, or array; what was known at the time
            of the forecast, and nothing later.
        y : array-like of shape (n_customers,)
            Who left afterwards: two classes of any kind.
        sample_weight : array-like of shape (n_customers,), optional
            How much each customer counts.

        Returns
        -------
        ChurnModel
            Itself, fitted.

        Raises
        ------
        ParameterError, ShapeError, DataError
            For parameters out of range, a target of another length, one class, or values that cannot be
            fitted; all problems of a table at once.
        """
        if self.method not in _METHODS:
            raise ParameterError(f"`method` must be 'logistic' or 'network', got {self.method!r}")
        if self.true_rate is not None and not 0 < self.true_rate < 1:
            raise ParameterError(f"`true_rate` must be between 0 and 1, got {self.true_rate!r}")
        target, classes, event = read_classes(require(y), self.event)
        weights = read_weights(sample_weight)
        codes = target.astype(np.intp)
        ordered = classes if classes[1] == event else classes[::-1]
        weights = with_class_weights(self.class_weight, codes, ordered, weights)
        fields = Fields(X, type(self).__name__)
        families, groups = group_fields(fields.names, self.families)
        unknown = [family for family in (self.actions or {}) if family not in families]
        if unknown:
            raise ParameterError(f"`actions` names {unknown[0]!r}, which is no family of {families}")
        if self.method == "logistic":
            self._fit_logistic(X, fields, target, weights)
        else:
            self._fit_network(X, target, weights)
        self.classes_ = ordered
        self.families_, self._groups, self._fields = families, groups, fields
        self.base_rate_ = float(np.average(target, weights=weights))
        self.n_features_in_ = len(fields.names)
        self.__dict__.pop("feature_names_in_", None)
        if fields.named:
            self.feature_names_in_ = np.asarray(fields.names, dtype=object)
        return self

    def _fit_logistic(
        self, X: Any, fields: Fields, target: NDArray[np.float64], weights: NDArray[np.float64] | None
    ) -> None:
        matrix = fields.matrix(X, type(self).__name__)
        if len(matrix) != len(target):
            raise ShapeError(
                f"X has {len(matrix)} rows but y has {len(target)} values: inconsistent numbers of samples"
            )
        found = _karat.fit_churn_logistic(
            matrix,
            target,
            weights,
            {
                "penalty": check_number("penalty", self.penalty, 0.0, 1e12),
                "l1_ratio": check_number("l1_ratio", self.l1_ratio, 0.0, 1.0),
                "categories": fields.counts,
                "names": fields.names,
                "threads": check_threads(self.n_threads),
            },
        )
        self._logistic = found["step"]
        self.intercept_, self.coef_, self._base = self._logistic.coefficients()
        self.n_iter_ = int(found["iterations"])
        self.findings_ = tuple(Finding(*finding) for finding in found["findings"])
        if not found["converged"]:
            text = f"the regression had not converged after {self.n_iter_} steps; set `penalty` above 0"
            warnings.warn(text, ConvergenceWarning, stacklevel=3)

    def _fit_network(self, X: Any, target: NDArray[np.float64], weights: NDArray[np.float64] | None) -> None:
        network = WaveletNetworkClassifier(random_state=self.random_state, n_threads=self.n_threads)
        self.network_ = network.fit(X, target, weights)
        self.n_iter_ = network.n_iter_
        self.findings_ = ()

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Return the log-odds of leaving, those of `true_rate` where it is given."""
        raw = self._log_odds(X)
        if self.true_rate is None:
            return raw
        return np.asarray(raw + _log_odds(self.true_rate) - _log_odds(self.base_rate_))

    def _log_odds(self, X: Any) -> NDArray[np.float64]:
        self._check_fitted()
        if self.method == "network":
            return np.asarray(self.network_.decision_function(X), dtype=np.float64)
        found: NDArray[np.float64] = self._logistic.log_odds(self._fields.matrix(X, type(self).__name__))
        return found

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the probabilities of staying and of leaving, in the order of `classes_`."""
        leaves = _karat.churn_sigmoid(np.ascontiguousarray(self.decision_function(X)), 1.0, 0.0)
        return np.column_stack((1.0 - leaves, leaves))

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the likelier class of each customer."""
        leaves = self.decision_function(X) > 0
        return np.asarray(self.classes_[leaves.astype(np.intp)])

    def score(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> float:
        """Return the share of customers whose likelier class is theirs; `Ranking` tells more."""
        hits = np.asarray(self.predict(X)) == np.asarray(y)
        return float(np.average(hits, weights=read_weights(sample_weight)))

    def reasons(self, X: Any) -> ChurnReasons:
        """Say what each family of fields adds to the log-odds of leaving.

        Parameters
        ----------
        X : table
            With the fields of the fit.

        Returns
        -------
        ChurnReasons
            Contributions that add up to the log-odds. Those of a logistic regression are Shapley's values;
            what fields of a network do together is shared among them equally.
        """
        self._check_fitted()
        if self.method == "network":
            by_field, base = self._network_contributions(X)
        else:
            by_field = self._logistic.contributions(self._fields.matrix(X, type(self).__name__))
            base = self._base
        if self.true_rate is not None:
            base = base + _log_odds(self.true_rate) - _log_odds(self.base_rate_)
        grouped = np.column_stack([by_field[:, group].sum(axis=1) for group in self._groups])
        return ChurnReasons(self.families_, grouped, base, self.decision_function(X), self.actions or {})

    def _network_contributions(self, X: Any) -> tuple[NDArray[np.float64], float]:
        found = self.network_.explain(X)
        by_field = np.zeros((len(found.values), self.n_features_in_))
        groups = cast("_karat.Expansion", self.network_._step).group_fields()
        for members, values in zip(groups, found.values[:, :, 0].T, strict=True):
            for member in members:
                by_field[:, member] += values / len(members)
        return by_field, float(found.base[0])

    def calibrate(self, X: Any, y: Any, how: str = "platt") -> PlattCalibration | IsotonicCalibration:
        """Return a calibration of the log-odds, learned from customers that the model has not seen.

        Parameters
        ----------
        X, y : table and array-like
            Customers outside the fitted base, best of a later period.
        how : {"platt", "isotonic"}, default "platt"
            By a sigmoid, or by any function that never falls, which needs some thousands of customers.

        Examples
        --------
        >>> from karat.churn import ChurnModel
        >>> model = ChurnModel().fit({"x": [1, 2, 3, 4, 5, 6]}, [0, 0, 1, 0, 1, 1])
        >>> later = {"x": [2, 3, 4, 5]}
        >>> calibrated = model.calibrate(later, [0, 1, 0, 1])
        >>> calibrated(model.decision_function(later)).shape
        (4,)
        """
        if how not in ("platt", "isotonic"):
            raise ParameterError(f"`how` must be 'platt' or 'isotonic', got {how!r}")
        log_odds = self.decision_function(X)
        kind = PlattCalibration if how == "platt" else IsotonicCalibration
        return kind(y, log_odds, event=self.classes_[1])

    def _facts(self) -> list[tuple[str, str]]:
        if not hasattr(self, "classes_"):
            return []
        return [
            ("fields", str(self.n_features_in_)),
            ("left in the fitted base", f"{self.base_rate_:.2%}"),
            ("steps", str(self.n_iter_)),
            *[(finding.code, f"{finding.place}: {finding.fact}") for finding in self.findings_],
        ]

    def __sklearn_tags__(self) -> Any:
        made = tags("classifier")
        made.classifier_tags.multi_class = False
        return made


def _log_odds(rate: float) -> float:
    return float(np.log(rate) - np.log1p(-rate))
