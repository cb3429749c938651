"""Wavelet networks as estimators."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._errors import DataError, FormatError, ModelIOError, ParameterError, ShapeError
from karat._estimator import Estimator, check_integer, check_number, check_threads, draw_seed
from karat._frame import Columns, columns_of, frame_kind
from karat._targets import (
    _missing,
    _one_dimension,
    as_table,
    check_width,
    column_names,
    is_array,
    read_weights,
)
from karat._wavelet_explanation import WaveletExplanation

Self = TypeVar("Self", bound="_WaveletNetwork")

_MAGIC = b"\x89KARATWN\r\n"
#: Families that `karat.wavelet.fit` trains.
_CLASSIC = ("ridge", "product", "radial")


class _WaveletNetwork(Estimator):
    """What the classifier and the regressor have in common."""

    family: str
    n_libraries: int
    n_folds: int
    n_members: int | None
    order: int
    max_units: int
    patience: int
    penalty: float
    linear_penalty: float
    max_rows: int
    growth_rows: int
    random_state: object
    verbose: int
    n_threads: int | None
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]
    _step: _karat.Expansion

    def _options(self) -> dict[str, Any]:
        if self.family != "sparse":
            hint = (
                f"; `karat.wavelet.fit(X, y, family={self.family!r})` trains it"
                if self.family in _CLASSIC
                else ""
            )
            raise ParameterError(f'`family` must be "sparse", got {self.family!r}{hint}')
        infinite = 1e9
        folds = check_integer("n_folds", self.n_folds, 2, 100)
        members = folds if self.n_members is None else check_integer("n_members", self.n_members, 1, folds)
        return {
            "libraries": check_integer("n_libraries", self.n_libraries, 1, 4),
            "folds": folds,
            "members": members,
            "order": check_integer("order", self.order, 1, 3),
            "max_units": check_integer("max_units", self.max_units, 0, 1000),
            "patience": check_integer("patience", self.patience, 1, 1000),
            "penalty": check_number("penalty", self.penalty, 1e-6, infinite),
            "linear_penalty": check_number("linear_penalty", self.linear_penalty, 1e-6, infinite),
            "max_rows": check_integer("max_rows", self.max_rows, 100, 2**31),
            "growth_rows": check_integer("growth_rows", self.growth_rows, 100, 2**31),
            "seed": draw_seed(self.random_state),
            "threads": check_threads(self.n_threads),
        }

    def _grow(
        self,
        X: Any,
        target: NDArray[np.float64],
        classes: int,
        weights: NDArray[np.float64] | None,
        options: dict[str, Any],
    ) -> dict[str, Any]:
        who = type(self).__name__
        X = as_table(X, who)
        names, named = column_names(X)
        rows, wires, _ = columns_of(X, names)
        if rows != len(target):
            raise ShapeError(
                f"X has {rows} rows but y has {len(target)} values: inconsistent numbers of samples"
            )
        if is_array(X):
            _refuse_infinite(X)
        verbose = check_integer("verbose", int(self.verbose), 0, 2**31 - 1)
        progress = _Narrator() if verbose else None
        found = _karat.fit_sparse_network(rows, wires, target, classes, weights, options, progress)
        self._step = found["step"]
        self._like = frame_kind(X)
        self._names = names
        self.n_features_in_ = len(names)
        self.__dict__.pop("feature_names_in_", None)
        if named:
            self.feature_names_in_ = np.asarray(names, dtype=object)
        self.held_out_loss_ = float(found["held_out_loss"])
        self.linear_loss_ = float(found["linear_loss"])
        self.n_rows_ = int(found["fitted_rows"])
        self.libraries_ = [
            {
                "held_out_loss": loss,
                "weight": weight,
                "networks": [
                    {"history": np.array(history), "best": best, "terms": terms}
                    for history, best, terms in networks
                ],
            }
            for loss, weight, networks in found["libraries"]
        ]
        self.n_iter_ = max(len(network["history"]) for lib in self.libraries_ for network in lib["networks"])
        self.n_atoms_, self.n_terms_, _ = self._step.size()
        return found

    @property
    def history_(self) -> list[NDArray[np.float64]]:
        """Loss on its fold of every network, with the linear part alone and then after each round."""
        self._check_fitted()
        return [network["history"] for library in self.libraries_ for network in library["networks"]]

    def _columns(self, X: Any) -> tuple[Any, Columns]:
        who = type(self).__name__
        X = as_table(X, who)
        check_width(X, self.n_features_in_, who)
        if is_array(X):
            _refuse_infinite(X)
        self._check_names(X)
        return X, columns_of(X, self._names)

    def _check_names(self, X: Any) -> None:
        """Names match as scikit-learn has them, where both the fit and `X` have names."""

    def _eval(self, X: Any, what: str) -> NDArray[np.float64]:
        self._check_fitted()
        _, (rows, wires, others) = self._columns(X)
        return self._step.eval(rows, wires, others, what, check_threads(self.n_threads))

    def flags(self, X: Any) -> NDArray[np.uint32]:
        """Return what is worth knowing of each row before its forecast is trusted.

        Parameters
        ----------
        X : table
            With the columns of the fit.

        Returns
        -------
        ndarray of shape (n_samples,)
            The sum of 1 where a value is missing, 2 where a number lies outside the range of the fit by more
            than half of it (it counts as the end), and 4 where a category is none of the fit's.
        """
        self._check_fitted()
        _, (rows, wires, others) = self._columns(X)
        return self._step.flags(rows, wires, others)

    def explain(self, X: Any) -> WaveletExplanation:
        """Say which fields, and which of them together, make each forecast what it is.

        Parameters
        ----------
        X : table
            With the columns of the fit.

        Returns
        -------
        WaveletExplanation
            A contribution for each main effect and interaction; with the base they add up to
            `decision_function` (`predict` of numbers), to the last bit, in the order of its columns.
        """
        self._check_fitted()
        X, (rows, wires, others) = self._columns(X)
        flat = self._step.eval(rows, wires, others, "contributions", check_threads(self.n_threads))
        outputs = self._step.size()[2]
        values = flat.reshape(rows, -1, outputs)
        names = [name for name, _ in self._step.groups()]
        return WaveletExplanation(np.array(self._step.base()), values, names, X)

    def to_bytes(self) -> bytes:
        """Return the frozen network: the step that Rust and C evaluate."""
        self._check_fitted()
        return self._step.to_bytes()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted estimator to a file, of which `load` makes it again.

        Parameters
        ----------
        path : path-like
            Written whole or not at all.
        """
        self._check_fitted()
        head = json.dumps(self._head(), sort_keys=True).encode()
        body = _MAGIC + len(head).to_bytes(8, "little") + head + self.to_bytes()
        path = Path(path)
        part = path.with_name(path.name + ".part")
        try:
            part.write_bytes(body)
            part.replace(path)
        except OSError as error:
            raise ModelIOError(f"{path}: cannot write: {error.strerror}") from None

    @classmethod
    def load(cls: type[Self], path: str | os.PathLike[str]) -> Self:
        """Read what `save` wrote.

        Parameters
        ----------
        path : path-like
            The file.

        Returns
        -------
        estimator
            Fitted, with the parameters it was saved with; figures of the fit are not kept.

        Raises
        ------
        FormatError
            For other or damaged bytes.
        """
        try:
            body = Path(path).read_bytes()
        except OSError as error:
            raise ModelIOError(f"{path}: cannot read: {error.strerror}") from None
        start = len(_MAGIC) + 8
        length = int.from_bytes(body[len(_MAGIC) : start], "little")
        if body[: len(_MAGIC)] != _MAGIC or length > len(body):
            raise FormatError(f"{path}: not a wavelet network that was saved by karat")
        try:
            head = json.loads(body[start : start + length])
        except ValueError:
            raise FormatError(f"{path}: the header of the network is damaged") from None
        if head.get("class") != cls.__name__:
            raise FormatError(f"{path}: holds a {head.get('class')}, not a {cls.__name__}")
        made = cls(**head["params"])
        made._step = _karat.Expansion.from_bytes(body[start + length :])
        made._names = made._step.fields()
        made._like = head["like"]
        made.n_features_in_ = len(made._names)
        if head["named"]:
            made.feature_names_in_ = np.asarray(made._names, dtype=object)
        made.n_atoms_, made.n_terms_, _ = made._step.size()
        made._take_head(head)
        return made

    def _head(self) -> dict[str, Any]:
        params = {
            name: value.item() if isinstance(value, np.generic) else value
            for name, value in self.get_params().items()
            if value is None or isinstance(value, (bool, int, float, str, np.generic))
        }
        return {
            "class": type(self).__name__,
            "params": params,
            "like": self._like,
            "named": hasattr(self, "feature_names_in_"),
        }

    def _take_head(self, head: dict[str, Any]) -> None:
        """Learn from a saved header."""

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        if "_step" in state:
            state["_step"] = state["_step"].to_bytes()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if "_step" in state:
            self._step = _karat.Expansion.from_bytes(state["_step"])

    def _facts(self) -> list[tuple[str, str]]:
        if not hasattr(self, "_step"):
            return []
        facts = [("fields", str(self.n_features_in_)), ("terms", str(self.n_terms_))]
        if hasattr(self, "held_out_loss_"):
            facts += [
                ("loss on unseen rows", f"{self.held_out_loss_:.4f}"),
                ("of the linear part alone", f"{self.linear_loss_:.4f}"),
            ]
        return facts


class WaveletNetworkClassifier(_WaveletNetwork):
    """Classes by a sparse tensor wavelet network: sums of products of wavelets of few fields.

    Tables come as they are: text columns are categories, missing values are taken in, nothing need be scaled.
    A few libraries of atoms are grown against validation folds, averaged by their loss on rows that they had
    not seen, calibrated, and merged into one frozen network.

    Parameters
    ----------
    family : {"sparse"}, default "sparse"
        The kind of network.
    n_libraries : int, default 4
        Libraries of atoms that are compared and averaged: fine wavelets, coarse ones, steps on
        few points and on many.
    n_folds : int, default 5
        Validation folds.
    n_members : int or None, default None
        Networks of each library, one for each of so many folds; None for all. With one library and one member
        a single network is grown.
    order : int, default 3
        Most atoms in a product: 1 allows main effects alone.
    max_units : int, default 80
        Most grown units of one network.
    patience : int, default 9
        Rounds without a smaller loss on the fold that end the growth.
    penalty, linear_penalty : float, default 2 and 4
        Ridge penalties of grown units, and of linear terms and categories, on standardised columns.
    calibrate : bool, default True
        Whether probabilities are calibrated by outputs for unseen rows.
    class_weight : None, "balanced" or mapping of class to float, default None
        Weights of the classes; "balanced" makes them count the same.
    max_rows : int, default 100000
        Most different rows that are fitted; of more, a sample by the hash of their content.
    growth_rows : int, default 20000
        Most rows on which units are found; coefficients are estimated on all that are fitted.
    random_state : None, int, RandomState or Generator, default None
        How rows are dealt to folds. An integer is the seed; None takes fresh entropy.
    verbose : int, default 0
        Whether networks are counted on stderr.
    n_threads : int or None, default None
        Threads, None for all. Never changes a result.

    Attributes
    ----------
    classes_ : ndarray
        The classes, in order.
    held_out_loss_, linear_loss_ : float
        Log loss on rows that the networks had not seen; that of the linear parts alone.
    calibration_slope_ : float
        What outputs were multiplied with; 1 where they were calibrated already.
    libraries_ : list of dict
        Loss, weight and networks of each library; of a network the loss on its fold after each round.
    history_ : list of ndarray
        These losses alone.
    n_terms_, n_atoms_ : int
        Size of the merged network.
    n_iter_ : int
        Most rounds of a network.
    n_rows_ : int
        Different rows that were fitted.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Notes
    -----
    Products and their selection follow Friedman (1991), Zhang and Benveniste (1992) and Billings and Wei
    (2005). Equal rows are one row with the sum of their weights, and the order of rows does not matter.

    Examples
    --------
    >>> import numpy as np
    >>> from karat import WaveletNetworkClassifier
    >>> table = {"tenure": np.arange(300.0), "contract": ["monthly", "yearly", "yearly"] * 100}
    >>> left = [t < 60 and c == "monthly" for t, c in zip(table["tenure"], table["contract"])]
    >>> network = WaveletNetworkClassifier(random_state=0).fit(table, left)
    >>> chance = network.predict_proba({"tenure": [10, 200], "contract": ["monthly", "yearly"]})[:, 1]
    >>> bool(chance[0] > 0.8), bool(chance[1] < 0.1)
    (True, True)
    """

    classes_: NDArray[Any]
    calibration_slope_: float

    def __init__(
        self,
        family: str = "sparse",
        *,
        n_libraries: int = 4,
        n_folds: int = 5,
        n_members: int | None = None,
        order: int = 3,
        max_units: int = 80,
        patience: int = 9,
        penalty: float = 2.0,
        linear_penalty: float = 4.0,
        calibrate: bool = True,
        class_weight: str | Mapping[Any, float] | None = None,
        max_rows: int = 100_000,
        growth_rows: int = 20_000,
        random_state: object = None,
        verbose: int = 0,
        n_threads: int | None = None,
    ) -> None:
        self.family = family
        self.n_libraries = n_libraries
        self.n_folds = n_folds
        self.n_members = n_members
        self.order = order
        self.max_units = max_units
        self.patience = patience
        self.penalty = penalty
        self.linear_penalty = linear_penalty
        self.calibrate = calibrate
        self.class_weight = class_weight
        self.max_rows = max_rows
        self.growth_rows = growth_rows
        self.random_state = random_state
        self.verbose = verbose
        self.n_threads = n_threads

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> WaveletNetworkClassifier:
        """Grow, average, calibrate and freeze the network.

        Parameters
        ----------
        X : table of shape (n_samples, n_features)
            A pandas or polars frame, pyarrow table, mapping of columns, or array. Text is a category.
        y : array-like of shape (n_samples,)
            Two or more classes of one kind.
        sample_weight : array-like of shape (n_samples,), optional
            How much each row counts, 0 or more; a weight of 2 is the same as the row twice.

        Returns
        -------
        WaveletNetworkClassifier
            Itself, fitted.

        Raises
        ------
        ParameterError, ShapeError, DataError
            For parameters out of range, a target of another length, one class, or values that cannot be
            fitted; all problems of a table at once.
        """
        options = self._options() | {"calibrate": bool(self.calibrate)}
        codes, classes = _read_classes(y)
        weights = read_weights(sample_weight)
        weights = _with_class_weights(self.class_weight, codes, classes, weights)
        found = self._grow(X, codes.astype(np.float64), len(classes), weights, options)
        self.classes_ = classes
        self.calibration_slope_ = float(found["calibration_slope"])
        return self

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Return the log-odds of the second of two classes, or an output for each of more classes."""
        found = self._eval(X, "decision")
        return found[:, 0] if found.shape[1] == 1 else found

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the probability of each class, in the order of `classes_`."""
        found = self._eval(X, "value")
        return np.column_stack((1.0 - found, found)) if found.shape[1] == 1 else found

    def predict_log_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the logarithms of the probabilities."""
        return np.asarray(np.log(self.predict_proba(X)))

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the likeliest class of each row."""
        found = self._eval(X, "decision")
        places = (found[:, 0] > 0).astype(np.intp) if found.shape[1] == 1 else np.argmax(found, axis=1)
        return np.asarray(self.classes_[places])

    def score(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> float:
        """Return the share of rows whose likeliest class is theirs."""
        hits = np.asarray(self.predict(X)) == np.asarray(y)
        return float(np.average(hits, weights=read_weights(sample_weight)))

    def _head(self) -> dict[str, Any]:
        kind = self.classes_.dtype.str
        return super()._head() | {"classes": self.classes_.tolist(), "kind": kind}

    def _take_head(self, head: dict[str, Any]) -> None:
        self.classes_ = np.array(head["classes"], dtype=np.dtype(head["kind"]))

    def __sklearn_tags__(self) -> Any:
        return _tags("classifier")


class WaveletNetworkRegressor(_WaveletNetwork):
    """Numbers by a sparse tensor wavelet network: sums of products of wavelets of few fields.

    As `WaveletNetworkClassifier`, whose parameters and attributes it has but for classes and calibration.

    Parameters
    ----------
    family : {"sparse"}, default "sparse"
        The kind of network.
    loss : {"squared", "huber"}, default "squared"
        What is made small; Huber's is linear beyond `huber_delta`, so that wild rows count less.
    huber_delta : float, default 1
        In standard deviations of the target.
    n_libraries, n_folds, n_members, order, max_units, patience, penalty, linear_penalty
        As for `WaveletNetworkClassifier`.
    max_rows, growth_rows, random_state, verbose, n_threads
        As for `WaveletNetworkClassifier`.

    Examples
    --------
    >>> import numpy as np
    >>> from karat import WaveletNetworkRegressor
    >>> x = np.linspace(-3, 3, 400)
    >>> network = WaveletNetworkRegressor(random_state=0).fit(x[:, None], np.sin(2 * x))
    >>> bool(abs(network.predict([[np.pi / 4]])[0] - 1) < 0.1)
    True
    """

    def __init__(
        self,
        family: str = "sparse",
        *,
        loss: str = "squared",
        huber_delta: float = 1.0,
        n_libraries: int = 4,
        n_folds: int = 5,
        n_members: int | None = None,
        order: int = 3,
        max_units: int = 80,
        patience: int = 9,
        penalty: float = 2.0,
        linear_penalty: float = 4.0,
        max_rows: int = 100_000,
        growth_rows: int = 20_000,
        random_state: object = None,
        verbose: int = 0,
        n_threads: int | None = None,
    ) -> None:
        self.family = family
        self.loss = loss
        self.huber_delta = huber_delta
        self.n_libraries = n_libraries
        self.n_folds = n_folds
        self.n_members = n_members
        self.order = order
        self.max_units = max_units
        self.patience = patience
        self.penalty = penalty
        self.linear_penalty = linear_penalty
        self.max_rows = max_rows
        self.growth_rows = growth_rows
        self.random_state = random_state
        self.verbose = verbose
        self.n_threads = n_threads

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> WaveletNetworkRegressor:
        """Grow, average and freeze the network; parameters are those of the classifier, `y` is numbers."""
        options = self._options()
        if self.loss == "huber":
            options["huber"] = check_number("huber_delta", self.huber_delta, 1e-6, 1e9)
        elif self.loss != "squared":
            raise ParameterError(f'`loss` must be "squared" or "huber", got {self.loss!r}')
        values = _one_dimension(_require(y))
        try:
            target = np.ascontiguousarray(values, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise DataError(f"target: not numeric ({error}); give numbers") from None
        self._grow(X, target, 0, read_weights(sample_weight), options)
        return self

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Return the expected number of each row."""
        return self._eval(X, "value")[:, 0]

    def score(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> float:
        """Return the share of the variance that is forecast (the coefficient of determination)."""
        target, weights = np.asarray(y, dtype=np.float64), read_weights(sample_weight)
        mean = np.average(target, weights=weights)
        missed = np.average((target - self.predict(X)) ** 2, weights=weights)
        spread = np.average((target - mean) ** 2, weights=weights)
        return float(1.0 - missed / spread) if spread > 0 else float(missed == 0)

    def __sklearn_tags__(self) -> Any:
        return _tags("regressor")


class _Narrator:
    """A line on stderr that counts networks."""

    def __call__(self, done: int, networks: int) -> None:
        end = "\n" if done == networks else ""
        sys.stderr.write(f"\r{done} of {networks} networks grown{end}")
        sys.stderr.flush()


def _require(y: Any) -> Any:
    if y is None:
        raise ParameterError(
            "a network learns from a target: requires y to be passed, but the target y is None"
        )
    return y


def _read_classes(y: Any) -> tuple[NDArray[np.intp], NDArray[Any]]:
    values = _one_dimension(_require(y))
    missing = _missing(values)
    if missing.any():
        rows = np.flatnonzero(missing)
        first = ", ".join(str(row) for row in rows[:5])
        raise DataError(f"column `target`: missing or NaN ({len(rows)} rows: first {first}); drop these rows")
    if values.dtype.kind == "f" and not np.all(np.floor(values) == values):
        raise DataError(
            "Unknown label type: continuous. The target has fractions; use WaveletNetworkRegressor"
        )
    try:
        classes, codes = np.unique(values, return_inverse=True)
    except TypeError:
        kinds = " and ".join(sorted({type(value).__name__ for value in values}))
        raise DataError(f"target: values of several kinds ({kinds}); give one kind") from None
    if len(classes) < 2:
        raise DataError(
            f"target: only one class ({classes.tolist()}); a network needs two classes to tell apart"
        )
    if len(classes) > 256:
        raise DataError(
            f"target: {len(classes)} classes, at most 256; use WaveletNetworkRegressor for numbers"
        )
    return codes.reshape(-1), classes


def _with_class_weights(
    class_weight: str | Mapping[Any, float] | None,
    codes: NDArray[np.intp],
    classes: NDArray[Any],
    weights: NDArray[np.float64] | None,
) -> NDArray[np.float64] | None:
    if class_weight is None:
        return weights
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise ParameterError(
                f'`class_weight` must be None, "balanced" or a mapping, got {class_weight!r}'
            )
        counts = np.bincount(codes, minlength=len(classes))
        factors = len(codes) / (len(classes) * counts)
    else:
        unknown = [label for label in class_weight if label not in classes.tolist()]
        if unknown:
            raise ParameterError(
                f"`class_weight` names {unknown[0]!r}, which is none of {classes.tolist()!r}"
            )
        factors = np.array([float(class_weight.get(label, 1.0)) for label in classes.tolist()])
    found = factors[codes]
    if weights is None:
        return found
    if len(weights) != len(found):
        raise ShapeError(f"expected {len(found)} sample weights, got {len(weights)}")
    return weights * found


def _refuse_infinite(X: NDArray[Any]) -> None:
    if X.dtype.kind == "f" and np.isinf(X).any():
        row, column = np.argwhere(np.isinf(X))[0]
        raise DataError(
            f"X contains infinity, first in row {row} of column x{column}; replace it by a number or NaN"
        )


def _tags(kind: str) -> Any:
    utils = import_module("sklearn.utils")
    return utils.Tags(
        estimator_type=kind,
        target_tags=utils.TargetTags(required=True),
        transformer_tags=None,
        classifier_tags=utils.ClassifierTags() if kind == "classifier" else None,
        regressor_tags=utils.RegressorTags() if kind == "regressor" else None,
        input_tags=utils.InputTags(allow_nan=True, categorical=True, string=True),
    )
