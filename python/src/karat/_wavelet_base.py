"""What the estimators of wavelet networks have in common."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from karat import _karat
from karat._errors import FormatError, ParameterError
from karat._estimator import check_threads
from karat._frame import Columns, columns_of
from karat._saved import read, write
from karat._targets import as_table, check_width, is_array
from karat._wavelet_classic import ClassicStep
from karat._wavelet_explanation import WaveletExplanation
from karat._wavelet_input import refuse_infinite
from karat._wavelet_training import Training

Self = TypeVar("Self", bound="WaveletNetwork")

_MAGIC = b"\x89KARATWN\r\n"


class WaveletNetwork(Training):
    """What the classifier and the regressor have in common once they are fitted."""

    @property
    def history_(self) -> list[NDArray[np.float64]]:
        """Loss on its fold of every sparse network, with the linear part alone and then after each round.

        Of the other families the objective of every member after each iteration.
        """
        self._check_fitted()
        if isinstance(self._step, ClassicStep):
            return [member["history"] for member in self.members_]
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
        if isinstance(self._step, ClassicStep):
            raise ParameterError(
                f'`explain` needs family="sparse", got {self.family!r}: its sum tells what each field adds'
            )
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
        params = head["params"].items()
        made = cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in params})
        if made._check_family():
            network = _karat.Wavelons.from_bytes(body)
            made._step = ClassicStep(network, head["names"], head["labels"])
        else:
            made._step = step = _karat.Expansion.from_bytes(body)
            made.n_atoms_, made.n_terms_, _ = step.size()
        made._names = made._step.fields()
        made._like = head["like"]
        made.n_features_in_ = len(made._names)
        if head["named"]:
            made.feature_names_in_ = np.asarray(made._names, dtype=object)
        made._take_head(head)
        return made

    def _head(self) -> dict[str, Any]:
        params = {
            name: value.item() if isinstance(value, np.generic) else value
            for name, value in self.get_params().items()
            if value is None or isinstance(value, (bool, int, float, str, tuple, np.generic))
        }
        head = {
            "class": type(self).__name__,
            "params": params,
            "like": self._like,
            "named": hasattr(self, "feature_names_in_"),
        }
        if isinstance(self._step, ClassicStep):
            head |= {"names": self._step.names, "labels": self._step.labels}
        return head

    def _take_head(self, head: dict[str, Any]) -> None:
        """Learn from a saved header."""

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        if isinstance(state.get("_step"), _karat.Expansion):
            state["_step"] = state["_step"].to_bytes()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if isinstance(state.get("_step"), bytes):
            self._step = _karat.Expansion.from_bytes(state["_step"])

    def _facts(self) -> list[tuple[str, str]]:
        if not hasattr(self, "_step"):
            return []
        if isinstance(self._step, ClassicStep):
            facts = [("family", self.family), ("fields", str(self.n_features_in_))]
            if hasattr(self, "loss_"):
                plain = "as good" if self.plain_is_as_good_ else "worse"
                facts += [("loss", f"{self.loss_:.4g}"), ("plain model", plain)]
            return facts
        facts = [("fields", str(self.n_features_in_)), ("terms", str(self.n_terms_))]
        if hasattr(self, "held_out_loss_"):
            facts += [
                ("loss on unseen rows", f"{self.held_out_loss_:.4f}"),
                ("of the linear part alone", f"{self.linear_loss_:.4f}"),
            ]
        return facts


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
