"""A points table as an estimator."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._bin_table import html_table
from karat._binning import OptimalBinning, _kind, check_choice, stacked
from karat._errors import ParameterError
from karat._estimator import ConvergenceWarning, Estimator, check_integer, check_number, check_threads
from karat._frame import Columns, columns_of, to_frame
from karat._model import ValueModel
from karat._named_weights import Finding
from karat._output import Output
from karat._plan import Plan
from karat._reasons import Reasons
from karat._scorer import Scorer
from karat._targets import as_table, check_width, column_names, is_array, read_classes, read_weights


class Scorecard(Output, Estimator):
    """Points for every bin of every field, from weights of evidence and a logistic regression.

    A score is the sum of a customer's points, and the scorecard is a karat model like any other:
    `to_scorer` and `to_model` give it to Rust, Python and C with the same bits.

    Parameters
    ----------
    binning : OptimalBinning, optional
        How fields are binned; the defaults if not given. It is not changed: the bins found are in
        `tables_`.
    base_points, base_odds, pdo : float, default 600, 50, 20
        `base_points` at odds of `base_odds` to 1 in favour, and `pdo` points more wherever they double.
    points_range : tuple of two floats, optional
        Points of the worst and of the best customer there can be, in place of points to double the odds.
    favour : {"non_events", "events"}, default "non_events"
        What earns points: staying, where the event is that a customer leaves; or the event itself.
    penalty : float, default 1
        Ridge penalty of the regression: half of it times the squared slopes (scikit-learn's ``1 / C``).
    whole_points : bool, default False
        Whether points are rounded to whole ones, halves upwards; sums are exact either way.
    split_intercept : bool, default True
        Whether the base points are shared among the fields, or an entry of their own.
    min_iv : float, default 0
        Fields whose information value is below it are left out.
    coefficients : mapping of str to float, optional
        Slopes of weights of evidence, and ``"intercept"``, to use in place of a regression.
    reason_texts : mapping of str to str, optional
        What `reasons` calls a field, such as "R07 short time with us"; its name if not given.
    name : str, default "scorecard"
        Name of the model.
    event : object, optional
        Which class is the event, by default the greater one.
    n_threads : int or None, default None
        Threads, None for all. Never changes a result.

    Attributes
    ----------
    tables_ : dict of str to BinTable
        The bins of every field that counts.
    points_ : dict of str to ndarray
        Points of each bin of each field.
    base_points_ : float or None
        Points that everybody has; None where they are shared among the fields.
    coef_ : ndarray of shape (n_fields,)
        Slopes of the weights of evidence in the log-odds of the event.
    intercept_ : float
        Log-odds of the event where they are all 0.
    gini_, ks_ : float
        How well the log-odds tell events from non-events on the fitted base.
    n_iter_ : int
        Steps of the regression.
    findings_ : tuple of Finding
        W160 to W162 as for `OptimalBinning`, W163 a field left out, W164 a slope against its evidence, W165
        a regression that had not converged.
    scorer_ : Scorer
        The frozen points.
    classes_, event_, n_features_in_, feature_names_in_
        As for `OptimalBinning`.

    Notes
    -----
    ``points = offset + factor * ln(odds)`` with ``factor = pdo / ln 2`` and
    ``offset = base_points - factor * ln(base_odds)`` (Siddiqi 2006).

    Examples
    --------
    >>> from karat.scorecard import Scorecard
    >>> base = {"tenure": list(range(50)) * 4}
    >>> left = [int(t < 10 + row % 7) for row, t in enumerate(base["tenure"])]
    >>> card = Scorecard(whole_points=True, penalty=5).fit(base, left)
    >>> few, many = card.predict_points({"tenure": [3, 30]})
    >>> bool(few < many)
    True
    >>> bool(card.scorer_.score_row({"tenure": 30}).index == many)
    True
    """

    classes_: NDArray[Any]
    event_: object
    scorer_: Scorer
    findings_: tuple[Finding, ...]
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]
    _inner: _karat.Scorecard

    def __init__(
        self,
        binning: OptimalBinning | None = None,
        *,
        base_points: float = 600.0,
        base_odds: float = 50.0,
        pdo: float = 20.0,
        points_range: tuple[float, float] | None = None,
        favour: str = "non_events",
        penalty: float = 1.0,
        whole_points: bool = False,
        split_intercept: bool = True,
        min_iv: float = 0.0,
        coefficients: Mapping[str, float] | None = None,
        reason_texts: Mapping[str, str] | None = None,
        name: str = "scorecard",
        event: object = None,
        n_threads: int | None = None,
    ) -> None:
        self.binning = binning
        self.base_points = base_points
        self.base_odds = base_odds
        self.pdo = pdo
        self.points_range = points_range
        self.favour = favour
        self.penalty = penalty
        self.whole_points = whole_points
        self.split_intercept = split_intercept
        self.min_iv = min_iv
        self.coefficients = coefficients
        self.reason_texts = reason_texts
        self.name = name
        self.event = event
        self.n_threads = n_threads

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name; with `deep` those of the binning as ``binning__NAME``."""
        params = super().get_params(deep)
        if deep and isinstance(self.binning, OptimalBinning):
            params |= {f"binning__{name}": value for name, value in self.binning.get_params().items()}
        return params

    def set_params(self, **params: Any) -> Scorecard:
        """Set parameters by name; ``binning__NAME`` sets one of the binning."""
        nested = {name[9:]: params.pop(name) for name in list(params) if name.startswith("binning__")}
        super().set_params(**params)
        if nested:
            if self.binning is None:
                self.binning = OptimalBinning()
            self.binning.set_params(**nested)
        return self

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Scorecard:
        """Bin every column, regress, and freeze the points.

        Parameters
        ----------
        X : table of shape (n_samples, n_features)
            As for `OptimalBinning.fit`.
        y : array-like of shape (n_samples,)
            Two classes.
        sample_weight : array-like of shape (n_samples,), optional
            How much each row counts, 0 or more.

        Returns
        -------
        Scorecard
            Itself, fitted.

        Raises
        ------
        ParameterError, DataError
            As for `OptimalBinning.fit`; also when no field is left.

        Warns
        -----
        ConvergenceWarning
            When the regression had not converged: some fields separate the classes completely.
        """
        binning = OptimalBinning() if self.binning is None else self.binning
        if not isinstance(binning, OptimalBinning):
            raise ParameterError(f"`binning` must be an OptimalBinning, got {binning!r}")
        options = self._options(binning)
        X = as_table(X, "Scorecard")
        names, named = column_names(X)
        event = binning.event if self.event is None else self.event
        target, self.classes_, self.event_ = read_classes(y, event)
        rows, wires, _ = columns_of(X, names)
        inner = _karat.Scorecard.fit(json.dumps(options), rows, wires, target, read_weights(sample_weight))
        self._learn(inner, _kind(X))
        self.n_features_in_ = len(names)
        self.__dict__.pop("feature_names_in_", None)
        if named:
            self.feature_names_in_ = np.asarray(names, dtype=object)
        self._all_names = names
        self.findings_ = tuple(Finding(*finding) for finding in inner.findings())
        for finding in self.findings_:
            if finding.code == "W165":
                warnings.warn(str(finding), ConvergenceWarning, stacklevel=2)
        return self

    def _learn(self, inner: _karat.Scorecard, like: str) -> None:
        self._inner, self._like = inner, like
        parts = json.loads(inner.to_json())
        bins = OptimalBinning()
        fields = [field["name"] for field in parts["binning"]["fields"]]
        bins._learn(inner.binning(), fields, True, like)
        self.tables_ = bins.tables_
        self.points_ = {name: np.array(points) for name, points in zip(fields, parts["points"], strict=True)}
        self.base_points_: float | None = parts["base_points"]
        self.coef_ = np.array(parts["coefficients"])
        self.intercept_: float = parts["intercept"]
        self.gini_: float = parts["separation"]["gini"]
        self.ks_: float = parts["separation"]["kolmogorov_smirnov"]
        self.n_iter_: int = parts["iterations"]
        self.scorer_ = Scorer(inner.model_bytes())

    def _options(self, binning: OptimalBinning) -> dict[str, Any]:
        check_choice("favour", self.favour, ("non_events", "events"))
        slopes = None
        if self.coefficients is not None:
            given = {str(name): float(value) for name, value in self.coefficients.items()}
            if "intercept" not in given:
                raise ParameterError('`coefficients` must have an "intercept" beside the slopes')
            slopes = {"intercept": given.pop("intercept"), "slopes": given}
        infinite = float("inf")
        if self.points_range is None:
            scaling: dict[str, Any] = {
                "odds": {
                    "base_points": check_number("base_points", self.base_points, -infinite, infinite),
                    "base_odds": check_number("base_odds", self.base_odds, 0.0, infinite),
                    "double": check_number("pdo", self.pdo, 0.0, infinite),
                }
            }
        else:
            lo, hi = self.points_range
            scaling = {"range": {"lo": float(lo), "hi": float(hi)}}
        options = binning._options()
        if self.n_threads is not None:
            options["threads"] = check_threads(self.n_threads)
        return {
            "name": str(self.name),
            "binning": options,
            "scaling": scaling,
            "favour": self.favour,
            "penalty": check_number("penalty", self.penalty, 0.0, infinite),
            "whole": bool(self.whole_points),
            "split_intercept": bool(self.split_intercept),
            "minimum_information": check_number("min_iv", self.min_iv, 0.0, infinite),
            "coefficients": slopes,
        }

    def predict_points(self, X: Any, *, unseen: str = "refuse") -> NDArray[np.float64]:
        """Return the score of every customer: the sum of the points.

        Parameters
        ----------
        X : table
            With the columns of the fit; named ones are matched by name.
        unseen : {"refuse", "missing"}, default "refuse"
            Whether categories that the fit did not see are refused, or scored as missing.

        Returns
        -------
        ndarray of shape (n_samples,)
            The same bits as the index of `scorer_`.
        """
        self._check_fitted()
        check_choice("unseen", unseen, ("refuse", "missing"))
        mode = "flag" if unseen == "missing" else "refuse"
        scores = self.scorer_.score(self._columns(X), unseen=mode, n_threads=self.n_threads)
        return np.asarray(scores["index"])

    def transform(self, X: Any) -> Any:
        """Return the points of every entry for every customer; each row adds up exactly to its score.

        Parameters
        ----------
        X : table
            With the columns of the fit.

        Returns
        -------
        frame or ndarray
            One column for each field, after the base points where they are an entry of their own: an array
            for an array, else a frame of the kind that came in.
        """
        self._check_fitted()
        X = as_table(X, "Scorecard")
        rows, wires, others = self._columns(X)
        names, points = self._inner.points(rows, wires, others, False, check_threads(self.n_threads))
        return self._wrap(dict(zip(names, points, strict=True)), X)

    def fit_transform(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Any:
        """Fit, and return the points of every entry; parameters are those of `fit`."""
        return self.fit(X, y, sample_weight=sample_weight).transform(X)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Return the names of the columns that `transform` makes: the entries of a score."""
        self._check_fitted()
        return np.asarray(self.scorer_.names["indicators"], dtype=object)

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the probability of each class, in the order of `classes_`, by the regression."""
        self._check_fitted()
        rows, wires, others = self._columns(X)
        chance = self._inner.probability(rows, wires, others, False, check_threads(self.n_threads))
        first = self.classes_[0] == self.event_
        return np.column_stack((chance, 1.0 - chance) if first else (1.0 - chance, chance))

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the likelier class of each customer."""
        chances = self.predict_proba(X)
        return np.asarray(self.classes_[np.argmax(chances, axis=1)])

    def score(self, X: Any, y: Any, sample_weight: None = None) -> float:
        """Return the area under the ROC curve, 0.5 for no better than chance; ties count half."""
        target, _, _ = read_classes(y, self.event_)
        chance = self.predict_proba(X)[:, list(self.classes_).index(self.event_)]
        _, places, counts = np.unique(chance, return_inverse=True, return_counts=True)
        ranks = (np.cumsum(counts) - (counts - 1) / 2)[places.reshape(-1)]
        events = target.sum()
        below = ranks[target == 1].sum() - events * (events + 1) / 2
        return float(below / (events * (len(target) - events)))

    def reasons(
        self,
        X: Any,
        *,
        most: int = 4,
        against: str = "maximum",
        side: str = "below",
        unseen: str = "refuse",
    ) -> Reasons:
        """Say why customers have few points, or many.

        Parameters
        ----------
        X : table
            With the columns of the fit.
        most : int, default 4
            Reasons of one customer, 1 to 4. There are none where there is no shortfall.
        against : {"maximum", "neutral", "mean", "minimum"}, default "maximum"
            What the points of a field are compared with: the most it can give, those of an average
            customer (weight of evidence 0), the mean of the fitted base, or the fewest.
        side : {"below", "above"}, default "below"
            Points short of it, or beyond it (PMML's pointsBelow and pointsAbove).
        unseen : {"refuse", "missing"}, default "refuse"
            As for `predict_points`.

        Returns
        -------
        Reasons
            Of each customer, the weightiest first.
        """
        self._check_fitted()
        check_choice("side", side, ("below", "above"))
        check_choice("unseen", unseen, ("refuse", "missing"))
        kept = check_integer("most", most, 1, 4)
        threads = check_threads(self.n_threads)
        rows, wires, others = self._columns(X)
        found = self._inner.reasons(
            rows, wires, others, against, side == "above", kept, unseen == "missing", threads
        )
        texts = [str((self.reason_texts or {}).get(name, name)) for name in self.points_]
        return Reasons(*found, texts, X)

    def to_plan(self) -> Plan:
        """Return the scorecard as a plan in points, to which grades and rules can be added."""
        self._check_fitted()
        return Plan._of(self._inner.plan())

    def to_scorer(self) -> Scorer:
        """Return the frozen points as a scorer; its `to_bytes` is a model file for Rust and C."""
        self._check_fitted()
        return self.scorer_

    def to_model(self, X: Any) -> ValueModel:
        """Return the scorecard as a value model, with the report that a base gives."""
        return ValueModel(self.to_plan(), n_threads=self.n_threads).fit(self._columns(X))

    def to_pmml(self, *, against: str = "maximum") -> str:
        """Return the scorecard as PMML 4.4, for engines that read it.

        Parameters
        ----------
        against : {"maximum", "neutral", "mean", "minimum"}, default "maximum"
            Baseline of the reasons, which go by `reason_texts`.

        Returns
        -------
        str
            A ``Scorecard`` element with partial scores and reason codes; unseen categories score as missing.
        """
        self._check_fitted()
        codes = [(str(name), str(text)) for name, text in (self.reason_texts or {}).items()]
        return self._inner.to_pmml(against, codes)

    def to_frame(self, like: Any = None) -> Any:
        """Return the points table, a row for each bin of each field.

        Parameters
        ----------
        like : table or str, optional
            The kind of frame, by default that of the fitted table.

        Returns
        -------
        frame
            The bins with their points; the base points, where they are an entry, are in `base_points_`.
        """
        self._check_fitted()
        return to_frame(self._table(), self._like if like is None else like)

    def _table(self) -> dict[str, Any]:
        columns = stacked(list(self.tables_.values()))
        slopes = dict(zip(self.points_, self.coef_, strict=True))
        columns["coefficient"] = np.array([slopes[field] for field in columns["field"]])
        columns["points"] = np.concatenate(list(self.points_.values()))
        return columns

    def _columns(self, X: Any) -> Columns:
        """Pick the columns that count; an array has all those of the fit."""
        X = as_table(X, "Scorecard")
        check_width(X, self.n_features_in_, "Scorecard")
        if is_array(X):
            rows, wires, _ = columns_of(X, self._all_names)
            return Columns(rows, [wire for wire in wires if wire[0] in self.points_], [])
        return columns_of(X, list(self.points_))

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        if "_inner" in state:
            state["_inner"] = state["_inner"].to_json()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if "_inner" in state:
            self._inner = _karat.Scorecard.from_json(state["_inner"])

    def __sklearn_tags__(self) -> Any:
        utils = import_module("sklearn.utils")
        return utils.Tags(
            estimator_type="classifier",
            target_tags=utils.TargetTags(required=True),
            transformer_tags=utils.TransformerTags(preserves_dtype=[]),
            classifier_tags=utils.ClassifierTags(multi_class=False),
            input_tags=utils.InputTags(allow_nan=True, categorical=True, string=True),
        )

    def _facts(self) -> list[tuple[str, str]]:
        if not hasattr(self, "points_"):
            return []
        return [("fields", str(len(self.points_))), ("Gini", f"{self.gini_:.4f}"), ("KS", f"{self.ks_:.4f}")]

    def _repr_html_(self) -> str:
        head = super()._repr_html_()
        return head + html_table("points", self._table()) if hasattr(self, "points_") else head
