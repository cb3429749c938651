"""How many wavelons, which fields, and how sure a forecast is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._errors import ParameterError
from karat._estimator import check_integer, check_number
from karat._frame import to_frame
from karat._matrix import read_matrix
from karat._named_weights import Finding
from karat._wavelet_families import FamilyNetwork, Progress, read


class WavelonChoice(NamedTuple):
    """How many wavelons."""

    wavelons: NDArray[np.int64]
    risk: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    chosen: int
    findings: tuple[Finding, ...]

    def to_frame(self, like: Any = None) -> Any:
        """Return the table in the kind of frame of `like`."""
        columns = {"wavelons": self.wavelons, "risk": self.risk, "standard_error": self.standard_error}
        return to_frame(columns, like)


def select_wavelons(
    X: Any,
    y: ArrayLike,
    candidates: Sequence[int] = (0, 1, 2, 4, 8, 16),
    *,
    task: str = "squared",
    criterion: str = "cross_validation",
    parts: int = 5,
    progress: Progress | None = None,
    **options: Any,
) -> WavelonChoice:
    """Compare numbers of wavelons; 0 is the plain linear or logistic model.

    Parameters
    ----------
    X, y, task, progress, **options
        As for `fit`.
    candidates : sequence of int
        Numbers of wavelons.
    criterion : {"cross_validation", "information", "bootstrap"}
        Loss on left-out folds; the Bayesian information criterion; the bootstrap prediction risk.
    parts : int, default 5
        Folds or bootstrap samples.

    Returns
    -------
    WavelonChoice
        `chosen` are the fewest within one standard error of the least risk.

    Examples
    --------
    >>> import numpy as np
    >>> from karat import wavelet
    >>> x = np.linspace(-2.0, 2.0, 60)[:, None]
    >>> wavelet.select_wavelons(x, 3.0 * x[:, 0] + 1.0, [0, 2], criterion="information").chosen
    0
    """
    rows = read(X, y, task, options)
    count = [check_integer("candidates", number, 0, 1024) for number in candidates]
    parts = check_integer("parts", parts, 2, 10_000)
    table, chosen, findings = _karat.choose_wavelons(
        rows.x, rows.y, rows.parameters, count, criterion, parts, progress
    )
    wavelons, risk, errors = zip(*table, strict=True)
    found = tuple(Finding(*finding) for finding in findings)
    return WavelonChoice(np.array(wavelons), np.array(risk), np.array(errors), chosen, found)


class FieldSignificance(NamedTuple):
    """Which fields a network needs."""

    field: list[Any]
    sensitivity: NDArray[np.float64]
    p_value: NDArray[np.float64]
    pruned: NDArray[np.int64]

    @property
    def kept(self) -> list[Any]:
        """Fields that were kept."""
        return [field for field, pruned in zip(self.field, self.pruned, strict=True) if pruned == 0]

    def to_frame(self, like: Any = None) -> Any:
        """Return the table in the kind of frame of `like`."""
        return to_frame(self._asdict(), like)


def significance(
    X: Any,
    y: ArrayLike,
    *,
    task: str = "squared",
    samples: int = 19,
    level: float = 0.1,
    progress: Progress | None = None,
    **options: Any,
) -> FieldSignificance:
    """Prune fields by sensitivity, with bootstrap p-values.

    Parameters
    ----------
    X, y, task, progress, **options
        As for `fit`.
    samples : int, default 19
        Bootstrap samples of each round; the least p-value is 1 / (1 + samples).
    level : float, default 0.1
        Fields with a larger p-value leave, one a round.

    Returns
    -------
    FieldSignificance
        `pruned` is the round in which a field left, 0 for those that were kept.

    Examples
    --------
    >>> import numpy as np
    >>> from karat import wavelet
    >>> x = np.random.default_rng(0).normal(size=(120, 2))
    >>> wavelet.significance(x, x[:, 1] ** 2, wavelons=2, max_iter=30).kept
    [1]
    """
    rows = read(X, y, task, options)
    samples = check_integer("samples", samples, 2, 10_000)
    level = check_number("level", level, 0.0, 1.0)
    found = _karat.field_significance(rows.x, rows.y, rows.parameters, samples, level, progress)
    field, sensitivity, p_value, pruned = zip(*found, strict=True)
    names: list[Any] = [rows.parameters["names"][at] if rows.parameters["names"] else at for at in field]
    return FieldSignificance(names, np.array(sensitivity), np.array(p_value), np.array(pruned))


def intervals(
    network: FamilyNetwork, X: Any, level: float = 0.9, *, method: str = "bagged", noise: str = "constant"
) -> dict[str, NDArray[np.float64]]:
    """Return forecasts with confidence and prediction intervals.

    Parameters
    ----------
    network : FamilyNetwork
        Fitted in this session: with `members` and `bootstrap=True` for "bagged", one member for "analytic",
        a `validation` share or a bootstrap for "conformal".
    X : frame or array-like of shape (n, d)
        Raw rows.
    level : float, default 0.9
        Share of the cases that the intervals are to hold.
    method : {"bagged", "analytic", "conformal"}
        Where the spread comes from.
    noise : {"constant", "varying"}
        Whether the noise depends on the inputs.

    Returns
    -------
    dict of str to ndarray
        `forecast`, `mean_low`, `mean_high` (NaN for "conformal"), `low`, `high`.

    Examples
    --------
    >>> import numpy as np
    >>> from karat import wavelet
    >>> rng = np.random.default_rng(0)
    >>> x = rng.uniform(-2.0, 2.0, size=(300, 1))
    >>> y = np.sin(2.0 * x[:, 0]) + 0.1 * rng.normal(size=300)
    >>> network = wavelet.fit(x, y, wavelons=4, members=10, bootstrap=True, max_iter=50)
    >>> bands = wavelet.intervals(network, x)
    >>> bool(0.8 < np.mean((bands["low"] <= y) & (y <= bands["high"])) < 0.98)
    True
    """
    if network._rows is None:
        raise ParameterError("`network` must come from a fit of this session: its rows are not saved")
    level = check_number("level", level, 0.0, 1.0)
    rows = np.ascontiguousarray(read_matrix(X, who="intervals")[0])
    table = network._step.intervals(network._parameters, *network._rows, rows, level, method, noise)
    names = ("forecast", "mean_low", "mean_high", "low", "high")
    return {name: np.ascontiguousarray(table[:, at]) for at, name in enumerate(names)}
