"""Wavelet networks of the classic families over arrays and frames."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._errors import DataError, ParameterError, ShapeError
from karat._estimator import check_integer, check_number, check_threads, draw_seed
from karat._matrix import read_matrix
from karat._named_weights import Finding

#: What may be given to `fit` beside the rows, with the defaults of the core.
_DEFAULTS: dict[str, Any] = {
    "family": "ridge",
    "mother": "mexican_hat",
    "wavelons": 8,
    "linear": True,
    "categories": None,
    "decay": (1e-4, 1e-3, 1e-4),
    "init": "orthogonal",
    "optimiser": "auto",
    "batch_size": 256,
    "learning_rate": 5e-3,
    "max_iter": 300,
    "tol": 1e-7,
    "validation": 0.0,
    "validation_last": False,
    "patience": 20,
    "starts": 1,
    "members": 1,
    "bootstrap": False,
    "class_weight": None,
    "huber": 1.35,
    "random_state": 0,
    "n_threads": None,
}

Progress = Callable[[int, int, int, float], object]


class _Rows(NamedTuple):
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    classes: NDArray[Any] | None
    parameters: dict[str, Any]


class FamilyNetwork:
    """A fitted wavelet network, as `fit` returns it.

    Attributes
    ----------
    classes_ : ndarray or None
        The classes, in the order of the probabilities; None for numbers.
    loss_ : float
        Mean loss over the rows that were fitted.
    n_parameters_ : int
        Parameters of one member.
    members_ : list of dict
        How each member was trained: `converged`, `stopped_early`, `n_iter`, `history`, `validation`,
        `starts`, `counts`.
    plain_is_as_good_ : bool
        Whether the linear or logistic model is as good as the network.
    against_ : dict
        The criterion of both: `network`, `linear`, `on_validation`.
    findings : tuple of Finding
        W310 to W316, see the reference of errors.
    """

    def __init__(self, step: _karat.Wavelons, report: dict[str, Any], rows: _Rows) -> None:
        self._step = step
        self._parameters = rows.parameters
        self._rows: tuple[NDArray[np.float64], NDArray[np.float64]] | None = (rows.x, rows.y)
        self.classes_ = rows.classes
        self.loss_: float = report["loss"]
        self.n_parameters_: int = report["parameters"]
        self.members_: list[dict[str, Any]] = report["members"]
        network, linear, on_validation, as_good = report["against"]
        self.plain_is_as_good_: bool = as_good
        self.against_ = {"network": network, "linear": linear, "on_validation": on_validation}
        self.findings = tuple(Finding(*finding) for finding in report["findings"])

    def __getstate__(self) -> dict[str, Any]:
        # Rows are not part of a model; intervals need them, and a fit of the session.
        return {**self.__dict__, "_rows": None}

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the number or the likeliest class of each row.

        Parameters
        ----------
        X : frame or array-like of shape (n, d)
            Raw rows, as they were fitted; NaN where a value is missing.

        Returns
        -------
        ndarray of shape (n,)
        """
        out, _ = self._eval(X)
        if self.classes_ is None:
            return np.ascontiguousarray(out[:, 0])
        return np.asarray(self.classes_[out.argmax(axis=1)])

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the probability of each class.

        Parameters
        ----------
        X : frame or array-like of shape (n, d)
            Raw rows, as they were fitted.

        Returns
        -------
        ndarray of shape (n, n_classes)
        """
        if self.classes_ is None:
            raise ParameterError("a network of numbers has no probabilities; use `predict`")
        return self._eval(X)[0]

    def outside(self, X: Any) -> NDArray[np.uint32]:
        """Return the flags of each row: 1 missing, 2 beyond the range that was fitted, 4 unknown category.

        Parameters
        ----------
        X : frame or array-like of shape (n, d)
            Raw rows.

        Returns
        -------
        ndarray of shape (n,)
        """
        return self._eval(X)[1]

    def to_bytes(self) -> bytes:
        """Return the bytes of the frozen step, as a model file holds them."""
        return self._step.to_bytes()

    def _eval(self, X: Any) -> tuple[NDArray[np.float64], NDArray[np.uint32]]:
        return self._step.eval(read_matrix(X, who="a wavelet network")[0])

    def _facts(self) -> list[tuple[str, str]]:
        plain = "as good" if self.plain_is_as_good_ else "worse"
        return [
            ("family", str(self._parameters["family"])),
            ("mother wavelet", str(self._parameters["mother"])),
            ("wavelons", str(self._parameters["wavelons"])),
            ("members", str(self._step.members)),
            ("parameters of a member", str(self.n_parameters_)),
            ("loss", f"{self.loss_:.4g}"),
            ("plain model", plain),
        ]

    def __repr__(self) -> str:
        return f"FamilyNetwork({', '.join(f'{name} {value}' for name, value in self._facts())})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>"
            for name, value in self._facts()
        )
        return f"<table>{rows}</table>"


def _class_weights(weight: Any, codes: NDArray[np.float64], classes: NDArray[Any]) -> list[float]:
    if weight is None:
        return []
    if isinstance(weight, str):
        if weight != "balanced":
            raise ParameterError(f'`class_weight` must be None, "balanced" or a dict, got {weight!r}')
        sizes = np.bincount(codes.astype(np.intp), minlength=len(classes))
        return [float(w) for w in len(codes) / (len(classes) * np.maximum(sizes, 1))]
    unknown = [key for key in weight if key not in classes.tolist()]
    if unknown:
        raise ParameterError(f"`class_weight` names {unknown[0]!r}, which is no class")
    return [float(weight.get(name, 1.0)) for name in classes.tolist()]


def read(X: Any, y: ArrayLike, task: str, options: dict[str, Any]) -> _Rows:
    """Check rows, target and options of a fit."""
    unknown = sorted(set(options) - set(_DEFAULTS))
    if unknown:
        near = _karat.nearest_names(unknown, list(_DEFAULTS))[0]
        hint = f"; did you mean `{near}`?" if near else ""
        raise ParameterError(f"unknown option `{unknown[0]}`{hint}")
    chosen = {**_DEFAULTS, **options}
    x, names = read_matrix(X, who="a wavelet network")
    target = np.asarray(y)
    if target.ndim != 1 or len(target) != len(x):
        raise ShapeError(f"expected {len(x)} targets in one dimension, got shape {target.shape}")
    classes = None
    weights: list[float] = []
    if task in ("classes", "ordered"):
        classes, codes = np.unique(target, return_inverse=True)
        if len(classes) < 2:
            raise DataError(
                f"target: only one class ({classes.tolist()}); a network needs two classes to tell apart"
            )
        target = codes.astype(np.float64)
        weights = _class_weights(chosen["class_weight"], target, classes)
    elif chosen["class_weight"] is not None:
        raise ParameterError("`class_weight` needs a task of classes")
    target = np.ascontiguousarray(target, dtype=np.float64)
    categories = chosen["categories"] or {}
    known = list(range(x.shape[1])) if names is None else names
    strange = [field for field in categories if field not in known]
    if strange:
        raise ParameterError(f"`categories` names {strange[0]!r}, which is no column")
    most = 2**31 - 1
    parameters = {
        "task": task,
        "classes": 0 if classes is None else len(classes),
        "huber": check_number("huber", chosen["huber"], 0.0, 1e9),
        "categories": [check_integer("categories", categories.get(field, 0), 0, 4096) for field in known],
        "names": [] if names is None else names,
        "decay": tuple(check_number("decay", part, 0.0, 1e9) for part in chosen["decay"]),
        "class_weights": weights,
        "warm_start": None,
        "seed": draw_seed(chosen["random_state"]),
        "threads": check_threads(chosen["n_threads"]),
        "wavelons": check_integer("wavelons", chosen["wavelons"], 0, 1024),
        "validation": check_number("validation", chosen["validation"], 0.0, 1.0),
        "learning_rate": check_number("learning_rate", chosen["learning_rate"], 0.0, 1e9),
        "tol": check_number("tol", chosen["tol"], 0.0, 1e9),
    }
    for name in ("batch_size", "max_iter", "patience", "starts", "members"):
        parameters[name] = check_integer(name, chosen[name], 1, most)
    for name in ("family", "mother", "init", "optimiser"):
        parameters[name] = str(chosen[name])
    for name in ("linear", "validation_last", "bootstrap"):
        parameters[name] = bool(chosen[name])
    return _Rows(np.ascontiguousarray(x), target, classes, parameters)


def fit(
    X: Any,
    y: ArrayLike,
    *,
    task: str = "squared",
    sample_weight: ArrayLike | None = None,
    warm_start: FamilyNetwork | bytes | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> FamilyNetwork:
    """Fit a wavelet network of a classic family.

    The result is the same to the bit for any number of threads.

    Parameters
    ----------
    X : frame or array-like of shape (n, d)
        Raw rows; NaN where a value is missing. Scales, categories and indicators of missing become part of
        the network.
    y : array-like of shape (n,)
        Numbers, or classes, which are sorted.
    task : {"squared", "huber", "classes", "ordered"}, default "squared"
        A number by its squared error or by Huber's loss; one of several classes, or of ordered ones.
    sample_weight : array-like of shape (n,), optional
        How much each row counts.
    warm_start : FamilyNetwork or bytes, optional
        A network of the same shape to go on from.
    progress : callable, optional
        Called as `progress(member, members, iteration, objective)` about 20 times a second.
    **options
        `family` ("ridge", "product", "radial"), `mother` (such as "mexican_hat", "gaussian_derivative",
        "morlet"),
        `wavelons` (8), `linear` (True), `categories` (a dict from column to its number of
        categories),
        `decay` (of linear terms, network and dilations), `init` ("random", "ranges", "residual",
        "orthogonal", "backward"), `optimiser` ("auto", "levenberg-marquardt", "lbfgs", "adam"),
        `batch_size`, `learning_rate`,
        `max_iter`, `tol`, `validation` (a share of the rows), `validation_last`, `patience`, `starts`,
        `members`, `bootstrap`, `class_weight` (None, "balanced" or a dict), `huber`, `random_state`,
        `n_threads`.

    Returns
    -------
    FamilyNetwork

    Examples
    --------
    >>> import numpy as np
    >>> from karat import wavelet
    >>> x = np.linspace(-2.0, 2.0, 80)[:, None]
    >>> network = wavelet.fit(x, np.sin(2.0 * x[:, 0]), wavelons=4)
    >>> bool(abs(network.predict([[0.5]])[0] - np.sin(1.0)) < 0.05)
    True
    """
    rows = read(X, y, task, options)
    if warm_start is not None:
        given = warm_start.to_bytes() if isinstance(warm_start, FamilyNetwork) else warm_start
        rows.parameters["warm_start"] = given
    weights = None
    if sample_weight is not None:
        weights = np.ascontiguousarray(sample_weight, dtype=np.float64)
    step, report = _karat.fit_wavelet(rows.x, rows.y, weights, rows.parameters, progress)
    return FamilyNetwork(step, report, rows)
