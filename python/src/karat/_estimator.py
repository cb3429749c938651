"""What every estimator keeps of scikit-learn's contract, without importing scikit-learn."""

from __future__ import annotations

import html
import inspect
import sys
from functools import cache
from importlib import import_module
from typing import Any, TypeVar

import numpy as np

from karat._errors import NotFittedError, ParameterError

Self = TypeVar("Self", bound="Estimator")

#: Seeds are 64 bits wide.
_SEEDS = 2**64


class ConvergenceWarning(UserWarning):
    """A fit reached its last iteration before it converged; the result stands, but may still improve."""


@cache
def _not_fitted_class() -> type[NotFittedError]:
    """Ours and scikit-learn's at once, so that code written for either catches it."""
    theirs = import_module("sklearn.exceptions").NotFittedError
    return type("NotFittedError", (NotFittedError, theirs), {"__module__": __name__})


class Estimator:
    """Parameters in the constructor, learned attributes ending in an underscore.

    Constructors store and nothing else; `fit` validates.
    """

    @classmethod
    def _parameter_names(cls) -> list[str]:
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name.

        Parameters
        ----------
        deep : bool, default True
            Accepted for scikit-learn; there are no nested estimators.

        Returns
        -------
        dict
            Every parameter of the constructor.
        """
        return {name: getattr(self, name) for name in self._parameter_names()}

    def set_params(self: Self, **params: Any) -> Self:
        """Set parameters by name; values are checked by `fit`.

        Parameters
        ----------
        **params : object
            Parameters of the constructor.

        Returns
        -------
        self

        Raises
        ------
        ParameterError
            For a name that is no parameter.
        """
        known = self._parameter_names()
        unknown = [name for name in params if name not in known]
        if unknown:
            raise ParameterError(
                f"invalid parameter `{unknown[0]}` of {type(self).__name__}; the parameters are "
                f"{', '.join(known)}"
            )
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def _check_fitted(self) -> None:
        if any(name.endswith("_") and not name.startswith("_") for name in vars(self)):
            return
        name = type(self).__name__
        kind = _not_fitted_class() if "sklearn" in sys.modules else NotFittedError
        raise kind(f"this {name} is not fitted yet; call `fit` first")

    def _changed_params(self) -> dict[str, Any]:
        defaults = inspect.signature(type(self).__init__).parameters
        return {
            name: value
            for name, value in self.get_params(deep=False).items()
            if not _same(value, defaults[name].default)
        }

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={_short(value)}" for name, value in self._changed_params().items())
        return f"{type(self).__name__}({shown})"

    def _facts(self) -> list[tuple[str, str]]:
        """Learned figures worth a line in a notebook."""
        return []

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>"
            for name, value in self._facts()
        )
        title = html.escape(repr(self))
        return f"<div><code>{title}</code>{f'<table>{rows}</table>' if rows else ' (not fitted)'}</div>"


def _same(value: object, default: object) -> bool:
    return value is default or (type(value) is type(default) and bool(np.all(value == default)))


def _short(value: object) -> str:
    if isinstance(value, np.ndarray) and value.size > 6:
        return f"<array of shape {value.shape}>"
    return " ".join(repr(value).split())


def check_integer(name: str, value: object, least: int, most: int) -> int:
    """Return an integer within bounds, or a `ParameterError` that names the parameter."""
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool) and least <= value <= most:
        return int(value)
    raise ParameterError(f"`{name}` must be an integer from {least} to {most}, got {value!r}")


def check_number(name: str, value: object, least: float, most: float) -> float:
    """Return a finite number within bounds, or a `ParameterError` that names the parameter."""
    numeric = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if numeric and np.isfinite(value) and least <= float(value) <= most:  # type: ignore[arg-type, call-overload]
        return float(value)  # type: ignore[arg-type]
    raise ParameterError(f"`{name}` must be a number from {least:g} to {most:g}, got {value!r}")


def check_threads(n_threads: object) -> int:
    """Return the number of threads for the core, 0 for all."""
    return 0 if n_threads is None else check_integer("n_threads", n_threads, 1, 256)


def draw_seed(random_state: object) -> int:
    """Return the seed that a `random_state` stands for.

    An integer is the seed itself, so that Rust and Python agree; generators are asked for one and move on;
    None is fresh entropy.
    """
    if random_state is None:
        entropy = np.random.SeedSequence().generate_state(1, np.uint64)
        return int(entropy[0])
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(0, _SEEDS - 1, dtype=np.uint64))
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(0, _SEEDS - 1, dtype=np.uint64, endpoint=True))
    if random_state is np.random:
        return int(np.random.randint(0, _SEEDS - 1, dtype=np.uint64))
    if isinstance(random_state, (int, np.integer)) and 0 <= random_state < _SEEDS:
        return int(random_state)
    raise ParameterError(
        "`random_state` must be None, an integer from 0 to 2**64 - 1, a numpy RandomState or Generator, got "
        f"{random_state!r}"
    )


def draw_random_state(random_state: object) -> np.random.RandomState:
    """Return numpy's RandomState for what a `random_state` stands for, as functions of users expect one."""
    if isinstance(random_state, np.random.RandomState):
        return random_state
    seed = draw_seed(random_state)
    # RandomState takes 32 bits; equal small seeds then mean what they mean in scikit-learn.
    return np.random.RandomState(seed if seed < 2**32 else [seed & 0xFFFF_FFFF, seed >> 32])
