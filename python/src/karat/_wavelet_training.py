"""How the estimators of wavelet networks learn: sparse ones grown, those of classic families trained."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat import _karat
from karat._errors import DataError, ParameterError, ShapeError
from karat._estimator import Estimator, check_integer, check_number, check_threads, draw_seed
from karat._frame import Columns, columns_of, frame_kind
from karat._named_weights import Finding
from karat._targets import as_table, column_names, is_array
from karat._wavelet_classic import FAMILIES, ClassicStep, coded, labels_of
from karat._wavelet_input import refuse_infinite

_MOST = 2**31 - 1
_CHOICES = {
    "init": ("orthogonal", "backward", "residual", "ranges", "random"),
    "optimiser": ("auto", "levenberg-marquardt", "lbfgs", "adam"),
}
#: What a fit leaves of one kind of family and not of the other.
_OF_SPARSE = (
    "held_out_loss_",
    "linear_loss_",
    "libraries_",
    "calibration_slope_",
    "n_atoms_",
    "n_terms_",
)
_OF_CLASSIC = ("loss_", "n_parameters_", "members_", "plain_is_as_good_", "findings_")


class Training(Estimator):
    """Parameters of all families, and the two ways to fit them."""

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
    n_wavelons: int
    mother: str
    init: str
    optimiser: str
    max_iter: int
    n_starts: int
    decay: tuple[float, float, float]
    validation_fraction: float
    warm_start: bool
    random_state: object
    verbose: int
    n_threads: int | None
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]
    _step: _karat.Expansion | ClassicStep

    def _check_family(self) -> bool:
        """Whether the family is a classic one."""
        known = ("sparse", *FAMILIES)
        if self.family not in known:
            near = _karat.nearest_names([str(self.family)], list(known))[0]
            hint = f'; did you mean "{near}"?' if near else ""
            raise ParameterError(f"`family` must be one of {', '.join(known)}, got {self.family!r}{hint}")
        return self.family != "sparse"

    def _options(self) -> dict[str, Any]:
        """Parameters of a sparse network as the core takes them."""
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

    def _classic_options(self) -> dict[str, Any]:
        """Parameters of a network of a classic family as the core takes them."""
        for name, known in _CHOICES.items():
            if getattr(self, name) not in known:
                raise ParameterError(
                    f"`{name}` must be one of {', '.join(known)}, got {getattr(self, name)!r}"
                )
        members = 1 if self.n_members is None else check_integer("n_members", self.n_members, 1, 256)
        if len(self.decay) != 3:
            raise ParameterError(f"`decay` must be three numbers, got {self.decay!r}")
        return {
            "family": self.family,
            "mother": str(self.mother),
            "init": self.init,
            "optimiser": self.optimiser,
            "wavelons": check_integer("n_wavelons", self.n_wavelons, 0, 1024),
            "linear": True,
            "decay": tuple(check_number("decay", part, 0.0, 1e9) for part in self.decay),
            "batch_size": 256,
            "learning_rate": 5e-3,
            "max_iter": check_integer("max_iter", self.max_iter, 1, _MOST),
            "tol": 1e-7,
            "validation": check_number("validation_fraction", self.validation_fraction, 0.0, 0.9),
            "validation_last": False,
            "patience": check_integer("patience", self.patience, 1, 1000),
            "starts": check_integer("n_starts", self.n_starts, 1, 1000),
            "members": members,
            "bootstrap": members > 1,
            "class_weights": [],
            "seed": draw_seed(self.random_state),
            "threads": check_threads(self.n_threads),
        }

    def _read(self, X: Any, rows_of_target: int) -> tuple[Any, list[str], bool, Columns]:
        """Columns of a table to be fitted."""
        who = type(self).__name__
        X = as_table(X, who)
        names, named = column_names(X)
        rows, wires, _ = columns_of(X, names)
        if rows != rows_of_target:
            raise ShapeError(
                f"X has {rows} rows but y has {rows_of_target} values: inconsistent numbers of samples"
            )
        if is_array(X):
            refuse_infinite(X)
        return X, names, named, Columns(rows, wires, [])

    def _took(self, X: Any, names: list[str], named: bool, others: tuple[str, ...]) -> None:
        """Remember what the columns of a fit were, and forget what only the other families have."""
        self._like = frame_kind(X)
        self._names = names
        self.n_features_in_ = len(names)
        for name in ("feature_names_in_", *others):
            self.__dict__.pop(name, None)
        if named:
            self.feature_names_in_ = np.asarray(names, dtype=object)

    def _before(self) -> Any:
        """Return the step that a warm start goes on from."""
        before = getattr(self, "_step", None) if self.warm_start else None
        if before is not None and isinstance(before, ClassicStep) != (self.family != "sparse"):
            raise ParameterError(
                f"`warm_start` goes on from the last fit, which was no {self.family} network; "
                "set warm_start=False to begin anew"
            )
        return before

    def _train(
        self,
        X: Any,
        target: NDArray[np.float64],
        task: str,
        classes: int,
        weights: NDArray[np.float64] | None,
    ) -> None:
        """Train a network of a classic family."""
        options = self._classic_options() | {"task": task, "classes": classes}
        options["huber"] = check_number("huber_delta", getattr(self, "huber_delta", 1.0), 1e-6, 1e9)
        before = self._before()
        X, names, named, columns = self._read(X, len(target))
        rows, wires, _ = columns
        labels = labels_of(wires) if before is None else before.labels
        if before is not None and names != before.names:
            raise ParameterError(
                f"`warm_start` needs the columns of the last fit ({', '.join(before.names)}), got "
                f"{', '.join(names)}"
            )
        if rows < 2:
            raise DataError(
                f"a network cannot be trained on {rows} rows (n_samples = {rows}); give at least 2"
            )
        matrix = coded(rows, wires, [], names, labels)
        if not np.isfinite(target).all():
            bad = np.flatnonzero(~np.isfinite(target))
            shown = ", ".join(map(str, bad[:5]))
            raise DataError(
                f"column `target`: NaN or infinite ({len(bad)} rows: first {shown}); drop these rows"
            )
        for column, name in enumerate(names):
            # A label that the network to go on from does not know says as little as none.
            if name in labels:
                matrix[matrix[:, column] >= len(labels[name]), column] = np.nan
        if weights is not None and len(weights) and not np.any(weights > 0):
            raise DataError("sample_weight: every sample weight is zero; give some rows a weight above 0")
        chosen, sums = _karat.wavelet_rows(matrix, target, weights)
        options["categories"] = [len(labels.get(name, ())) for name in names]
        options["names"] = names if named else []
        options["warm_start"] = None if before is None else before.to_bytes()
        verbose = check_integer("verbose", int(self.verbose), 0, _MOST)
        progress = _Counter() if verbose else None
        inputs, outputs = np.ascontiguousarray(matrix[chosen]), np.ascontiguousarray(target[chosen])
        network, report = _karat.fit_wavelet(inputs, outputs, sums, options, progress)
        self._step = ClassicStep(network, names, labels)
        self._took(X, names, named, _OF_SPARSE)
        self.loss_ = float(report["loss"])
        self.n_parameters_ = int(report["parameters"])
        self.n_rows_ = len(chosen)
        self.members_ = report["members"]
        self.n_iter_ = max(1, *(member["n_iter"] for member in self.members_), 1)
        self.plain_is_as_good_ = bool(report["against"][3])
        self.findings_ = tuple(Finding(*finding) for finding in report["findings"])

    def _grow(
        self,
        X: Any,
        target: NDArray[np.float64],
        classes: int,
        weights: NDArray[np.float64] | None,
        options: dict[str, Any],
    ) -> dict[str, Any]:
        """Grow a sparse network."""
        before = self._before()
        if before is not None:
            options["warm_start"] = before.to_bytes()
        X, names, named, (rows, wires, _) = self._read(X, len(target))
        verbose = check_integer("verbose", int(self.verbose), 0, _MOST)
        progress = _Narrator() if verbose else None
        found = _karat.fit_sparse_network(rows, wires, target, classes, weights, options, progress)
        self._step = found["step"]
        self._took(X, names, named, _OF_CLASSIC)
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
        self.n_atoms_, self.n_terms_, _ = found["step"].size()
        return found


class _Narrator:
    """A line on stderr that counts networks."""

    def __call__(self, done: int, networks: int) -> None:
        end = "\n" if done == networks else ""
        sys.stderr.write(f"\r{done} of {networks} networks grown{end}")
        sys.stderr.flush()


class _Counter:
    """A line on stderr that counts members and iterations."""

    def __call__(self, member: int, members: int, iteration: int, objective: float) -> None:
        sys.stderr.write(f"\rmember {member + 1} of {members}, iteration {iteration}: {objective:.6g}")
        sys.stderr.flush()
