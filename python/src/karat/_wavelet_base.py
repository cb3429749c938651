"""What the estimators of wavelet networks have in common."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from karat import _karat
from karat._errors import FormatError, ParameterError, ShapeError
from karat._estimator import Estimator, check_integer, check_number, check_threads, draw_seed
from karat._frame import Columns, columns_of, frame_kind
from karat._saved import read, write
from karat._targets import as_table, check_width, column_names, is_array
from karat._wavelet_explanation import WaveletExplanation
from karat._wavelet_input import refuse_infinite

Self = TypeVar("Self", bound="WaveletNetwork")

_MAGIC = b"\x89KARATWN\r\n"
#: Families that `karat.wavelet.fit` trains.
_CLASSIC = ("ridge", "product", "radial")


class WaveletNetwork(Estimator):
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
            refuse_infinite(X)
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
            refuse_infinite(X)
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
        write(path, _MAGIC, self._head(), self.to_bytes())

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
        head, body = read(path, _MAGIC, "a wavelet network")
        if head.get("class") != cls.__name__:
            raise FormatError(f"{path}: holds a {head.get('class')}, not a {cls.__name__}")
        made = cls(**head["params"])
        made._step = _karat.Expansion.from_bytes(body)
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


class _Narrator:
    """A line on stderr that counts networks."""

    def __call__(self, done: int, networks: int) -> None:
        end = "\n" if done == networks else ""
        sys.stderr.write(f"\r{done} of {networks} networks grown{end}")
        sys.stderr.flush()


def tags(kind: str) -> Any:
    """Tags of scikit-learn for a `classifier` or a `regressor`."""
    utils = import_module("sklearn.utils")
    return utils.Tags(
        estimator_type=kind,
        target_tags=utils.TargetTags(required=True),
        transformer_tags=None,
        classifier_tags=utils.ClassifierTags() if kind == "classifier" else None,
        regressor_tags=utils.RegressorTags() if kind == "regressor" else None,
        input_tags=utils.InputTags(allow_nan=True, categorical=True, string=True),
    )
