"""Wavelet networks as estimators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat._errors import DataError, ParameterError
from karat._estimator import check_number
from karat._targets import _one_dimension, read_weights
from karat._wavelet_base import WaveletNetwork, tags
from karat._wavelet_input import read_classes, require, with_class_weights


class WaveletNetworkClassifier(WaveletNetwork):
    """Classes by a wavelet network, by default a sparse one: sums of products of wavelets of few fields.

    Tables come as they are: text columns are categories, missing values are taken in, nothing need be scaled.
    For the sparse network a few libraries of atoms are grown against validation folds, averaged by their loss
    on rows that they had not seen, calibrated, and merged into one frozen network. The families of the
    literature are trained as by `karat.wavelet.fit`.

    Parameters
    ----------
    family : {"sparse", "ridge", "product", "radial"}, default "sparse"
        The kind of network: grown products of few fields; or wavelons that look at all fields, along a
        direction, as a product, or by a distance.
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
    ordered : bool, default False
        Whether the classes, sorted, are ordered, so that near ones are alike. A sparse network then learns
        linear and quadratic polynomials of a class's position, the others cumulative logits.
    class_weight : None, "balanced" or mapping of class to float, default None
        Weights of the classes; "balanced" makes them count the same.
    max_rows : int, default 100000
        Most different rows that are fitted; of more, a sample by the hash of their content.
    growth_rows : int, default 20000
        Most rows on which units are found; coefficients are estimated on all that are fitted.
    n_wavelons : int, default 8
        Wavelons of a ridge, product or radial network, to which this and the following seven parameters,
        `patience` and `n_members` (None is 1, more are a bootstrap) belong.
    mother : str, default "mexican_hat"
        The wavelet they are copies of, such as "gaussian_derivative" or "morlet".
    init : {"orthogonal", "backward", "residual", "ranges", "random"}, default "orthogonal"
        How they start.
    optimiser : {"auto", "levenberg-marquardt", "lbfgs", "adam"}, default "auto"
        How they are trained.
    max_iter : int, default 300
        Most iterations.
    n_starts : int, default 1
        Starts, of which the best is kept.
    decay : tuple of 3 floats, default (1e-4, 1e-3, 1e-4)
        Pull of linear terms, of the network and of dilations to zero.
    validation_fraction : float, default 0
        Share of the rows that says when to stop; 0 goes on to the end.
    warm_start : bool, default False
        Whether a second `fit` goes on from the first. Wavelons of the classic families move on from where
        they are. A sparse network stays as it is with its scales and categories, and what is grown on the
        new rows corrects its output: the fewer these are, the less they change.
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
    loss_, n_parameters_, plain_is_as_good_, members_, findings_
        Of a ridge, product or radial network what `karat.wavelet.fit` tells, in place of the losses and
        sizes above.
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
        ordered: bool = False,
        class_weight: str | Mapping[Any, float] | None = None,
        max_rows: int = 100_000,
        growth_rows: int = 20_000,
        n_wavelons: int = 8,
        mother: str = "mexican_hat",
        init: str = "orthogonal",
        optimiser: str = "auto",
        max_iter: int = 300,
        n_starts: int = 1,
        decay: tuple[float, float, float] = (1e-4, 1e-3, 1e-4),
        validation_fraction: float = 0.0,
        warm_start: bool = False,
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
        self.ordered = ordered
        self.class_weight = class_weight
        self.max_rows = max_rows
        self.growth_rows = growth_rows
        self.n_wavelons = n_wavelons
        self.mother = mother
        self.init = init
        self.optimiser = optimiser
        self.max_iter = max_iter
        self.n_starts = n_starts
        self.decay = decay
        self.validation_fraction = validation_fraction
        self.warm_start = warm_start
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
        classic = self._check_family()
        options = {}
        if not classic:
            options = self._options() | {"calibrate": bool(self.calibrate), "ordered": bool(self.ordered)}
        codes, classes = read_classes(y)
        weights = read_weights(sample_weight)
        weights = with_class_weights(self.class_weight, codes, classes, weights)
        if self.warm_start and hasattr(self, "classes_") and not np.array_equal(classes, self.classes_):
            raise DataError(
                f"`warm_start` needs the classes of the last fit ({self.classes_.tolist()}), got "
                f"{classes.tolist()}"
            )
        if classic:
            task = "ordered" if self.ordered and len(classes) > 2 else "classes"
            self._train(X, codes.astype(np.float64), task, len(classes), weights)
            self.classes_ = classes
            return self
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
        return tags("classifier")


class WaveletNetworkRegressor(WaveletNetwork):
    """Numbers by a wavelet network, by default a sparse one: sums of products of wavelets of few fields.

    As `WaveletNetworkClassifier`, whose parameters and attributes it has but for classes and calibration.

    Parameters
    ----------
    family : {"sparse", "ridge", "product", "radial"}, default "sparse"
        The kind of network, as for `WaveletNetworkClassifier`.
    loss : {"squared", "huber"}, default "squared"
        What is made small; Huber's is linear beyond `huber_delta`, so that wild rows count less.
    huber_delta : float, default 1
        In standard deviations of the target.
    n_libraries, n_folds, n_members, order, max_units, patience, penalty, linear_penalty
        As for `WaveletNetworkClassifier`.
    max_rows, growth_rows, n_wavelons, mother, init, optimiser, max_iter, n_starts, decay
        As for `WaveletNetworkClassifier`.
    validation_fraction, warm_start, random_state, verbose, n_threads
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
        n_wavelons: int = 8,
        mother: str = "mexican_hat",
        init: str = "orthogonal",
        optimiser: str = "auto",
        max_iter: int = 300,
        n_starts: int = 1,
        decay: tuple[float, float, float] = (1e-4, 1e-3, 1e-4),
        validation_fraction: float = 0.0,
        warm_start: bool = False,
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
        self.n_wavelons = n_wavelons
        self.mother = mother
        self.init = init
        self.optimiser = optimiser
        self.max_iter = max_iter
        self.n_starts = n_starts
        self.decay = decay
        self.validation_fraction = validation_fraction
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose
        self.n_threads = n_threads

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> WaveletNetworkRegressor:
        """Grow, average and freeze the network; parameters are those of the classifier, `y` is numbers."""
        classic = self._check_family()
        options = {} if classic else self._options()
        if self.loss == "huber":
            options["huber"] = check_number("huber_delta", self.huber_delta, 1e-6, 1e9)
        elif self.loss != "squared":
            raise ParameterError(f'`loss` must be "squared" or "huber", got {self.loss!r}')
        values = _one_dimension(require(y))
        try:
            target = np.ascontiguousarray(values, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise DataError(f"target: not numeric ({error}); give numbers") from None
        weights = read_weights(sample_weight)
        if classic:
            self._train(X, target, self.loss, 0, weights)
        else:
            self._grow(X, target, 0, weights, options)
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
        return tags("regressor")
