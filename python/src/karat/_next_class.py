"""From segments to ordered classes, and which class a customer will be in next."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._errors import DataError, FormatError, ParameterError, SchemaError, ShapeError
from karat._estimator import Estimator, check_integer, check_number, check_threads, draw_seed
from karat._frame import Columns, columns_of, frame_kind, names_in, to_frame
from karat._named_weights import Finding
from karat._next_class_report import NextClassReport
from karat._saved import read, write
from karat._wavelet_explanation import WaveletExplanation

_MAGIC = b"\x89KARATNC\r\n"


class NextClassForecaster(Estimator):
    """The class of every customer's next period, from customers period by period.

    Customers are segmented by `measures`, averaged over `window` periods; segments are numbered by their mean
    of `value`, so that they are ordered classes. A sparse wavelet network learns the class of the period
    after from the class now, its history, the measures and all other columns; a second one, the recogniser,
    learns the class now from the other columns alone, for customers without history. The last periods are
    held back from all this and judge the forecaster beside persistence, a Markov chain and a multinomial
    logit of the same fields; then it learns from all periods.

    Parameters
    ----------
    n_classes : int, default 5
        Classes, 2 to 32.
    measures : sequence of str or None, default None
        Numeric columns by which customers are segmented; None takes `value` alone.
    value : str, default "margin"
        Column that orders the classes by its mean.
    customer, period : str, default "customer_id" and "month"
        Columns that say who and when; periods in ascending order are consecutive.
    fields : sequence of str or None, default None
        Other columns that the networks may look at; None takes all. Leave out identifiers and whatever is
        known only later.
    classes : str or None, default None
        Column of ordered classes that are there already, such as grades: numbers from 0, or texts named in
        order by `class_names`. None makes them.
    class_names : sequence or None, default None
        Names of the classes, the least first; None takes numbers.
    window : int, default 3
        Periods over which measures are averaged.
    test_periods : int, default 3
        Last periods that are held back.
    costs : array-like of shape (n_classes, n_classes) or None, default None
        Cost of deciding for a class (column) where another is true (row); None takes the square of their
        distance, which weighted kappa counts too. Forecasts decide for the class of least expected cost.
    ordered : bool or None, default None
        Whether networks are told that classes are ordered; None takes what forecasts better rows of the
        fit that its networks had not seen.
    recogniser : bool, default True
        Whether a recogniser is learned.
    refit : bool, default True
        Whether the networks that are kept learn from all periods, after they were judged.
    n_bootstrap : int, default 500
        Samples of customers for the intervals of the report.
    level : float, default 0.95
        Level of these intervals.
    n_libraries, n_members, max_rows, growth_rows : int, default 1, 5, 30000, 10000
        Of each network, as for `WaveletNetworkClassifier`.
    random_state : None, int, RandomState or Generator, default None
        Deals rows to folds and draws samples.
    verbose : int, default 0
        Whether progress is told on stderr.
    n_threads : int or None, default None
        Threads, None for all. Never changes a result.

    Attributes
    ----------
    report_ : NextClassReport
        The comparison; print it.
    class_names_ : list
        Names of the classes, the least first.
    class_values_ : ndarray
        Mean value of each class.
    findings_ : tuple of Finding
        W320 to W324, see the reference of errors.

    Notes
    -----
    Classes, scales and networks of the comparison are made from the periods before those held back. Customers
    without a row in the period after are left out: whether they leave is another question.

    Examples
    --------
    >>> import numpy as np
    >>> from karat import NextClassForecaster
    >>> who, month = np.repeat(np.arange(90), 8), np.tile(np.arange(8), 90)
    >>> margin = 20 + who % 7 + np.where(who % 3 == 0, 6.0 * month, 0)
    >>> panel = {"customer_id": who, "month": month, "margin": margin}
    >>> forecaster = NextClassForecaster(2, test_periods=2, random_state=0).fit(panel)
    >>> forecaster.report_.models[1].name
    'persistence'
    >>> forecaster.predict_proba(panel).shape
    (90, 2)
    """

    report_: NextClassReport
    findings_: tuple[Finding, ...]
    class_names_: list[Any]
    class_values_: NDArray[np.float64]
    _step: _karat.NextClassStep

    def __init__(
        self,
        n_classes: int = 5,
        *,
        measures: Sequence[str] | None = None,
        value: str = "margin",
        customer: str = "customer_id",
        period: str = "month",
        fields: Sequence[str] | None = None,
        classes: str | None = None,
        class_names: Sequence[Any] | None = None,
        window: int = 3,
        test_periods: int = 3,
        costs: ArrayLike | None = None,
        ordered: bool | None = None,
        recogniser: bool = True,
        refit: bool = True,
        n_bootstrap: int = 500,
        level: float = 0.95,
        n_libraries: int = 1,
        n_members: int = 5,
        max_rows: int = 30_000,
        growth_rows: int = 10_000,
        random_state: object = None,
        verbose: int = 0,
        n_threads: int | None = None,
    ) -> None:
        self.n_classes = n_classes
        self.measures = measures
        self.value = value
        self.customer = customer
        self.period = period
        self.fields = fields
        self.classes = classes
        self.class_names = class_names
        self.window = window
        self.test_periods = test_periods
        self.costs = costs
        self.ordered = ordered
        self.recogniser = recogniser
        self.refit = refit
        self.n_bootstrap = n_bootstrap
        self.level = level
        self.n_libraries = n_libraries
        self.n_members = n_members
        self.max_rows = max_rows
        self.growth_rows = growth_rows
        self.random_state = random_state
        self.verbose = verbose
        self.n_threads = n_threads

    def fit(self, panel: Any, *, previous: NextClassForecaster | None = None) -> NextClassForecaster:
        """Make the classes, learn to recognise and to forecast them, and judge the forecasts.

        Parameters
        ----------
        panel : table
            A row for each customer and period, in any order.
        previous : NextClassForecaster, optional
            An earlier fit: `report_.continued` says how its classes go on.

        Returns
        -------
        NextClassForecaster
            Itself, fitted.

        Raises
        ------
        ParameterError, SchemaError, DataError
            For parameters out of range, columns that are not there, too few periods, or values that cannot
            be fitted.
        """
        options = self._options()
        names = _names(self.class_names, options["classes"])
        needed = names_in(panel)
        if self.fields is not None:
            given = [self.customer, self.period, self.value, *options["measures"], *self.fields]
            given += [] if self.classes is None else [self.classes]
            needed = list(dict.fromkeys(given))
        rows, wires, others = self._coded(columns_of(panel, needed), names)
        known = {wire[0] for wire in wires}
        missing = [name for name in needed if name not in known]
        if missing:
            near = _karat.nearest_names(missing[:1], others)[0]
            hint = f"; did you mean `{near}`?" if near else ""
            raise SchemaError(f"column `{missing[0]}`: missing from the table{hint}")
        verbose = check_integer("verbose", int(self.verbose), 0, 2**31 - 1)
        before = None
        if previous is not None:
            previous._check_fitted()
            before = previous._step
        progress = _Narrator() if verbose else None
        self._step, found = _karat.fit_next_class(rows, wires, options, before, progress)
        self._like = frame_kind(panel)
        self.class_names_ = names
        self.class_values_ = np.array(self._step.values)
        self.report_ = NextClassReport(found, names, options["level"])
        self.findings_ = self.report_.findings
        return self

    def _options(self) -> dict[str, Any]:
        most = 2**31
        count = check_integer("n_classes", self.n_classes, 2, 32)
        measures = [self.value] if self.measures is None else list(self.measures)
        costs = None
        if self.costs is not None:
            table = np.asarray(self.costs, dtype=np.float64)
            if table.shape != (count, count):
                raise ShapeError(f"expected costs of shape {(count, count)}, got {table.shape}")
            costs = table.tolist()
        return {
            "classes": count,
            "customer": str(self.customer),
            "period": str(self.period),
            "value": str(self.value),
            "measures": [str(name) for name in measures],
            "fields": None if self.fields is None else [str(name) for name in self.fields],
            "class_column": self.classes,
            "window": check_integer("window", self.window, 1, 240),
            "test_periods": check_integer("test_periods", self.test_periods, 1, 240),
            "ordered": None if self.ordered is None else bool(self.ordered),
            "recogniser": bool(self.recogniser),
            "refit": bool(self.refit),
            "costs": costs,
            "samples": check_integer("n_bootstrap", self.n_bootstrap, 0, 100_000),
            "level": check_number("level", self.level, 0.01, 0.9999),
            "libraries": check_integer("n_libraries", self.n_libraries, 1, 4),
            "members": check_integer("n_members", self.n_members, 1, 5),
            "max_rows": check_integer("max_rows", self.max_rows, 100, most),
            "growth_rows": check_integer("growth_rows", self.growth_rows, 100, most),
            "seed": draw_seed(self.random_state),
            "threads": check_threads(self.n_threads),
        }

    def _coded(self, columns: Columns, names: list[Any]) -> Columns:
        """Turn names of classes in the column of classes into their numbers."""
        if self.classes is None:
            return columns
        wires = list(columns.wires)
        for at, wire in enumerate(wires):
            if wire[0] != self.classes or len(wire) != 3 or isinstance(wire[1], str):
                continue
            known = {str(name): float(number) for number, name in enumerate(names)}
            unknown = [label for label in wire[2] if label not in known]
            if unknown:
                raise DataError(
                    f"column `{self.classes}`: `{unknown[0]}` is none of the classes {names!r}; name them in "
                    "order by `class_names`"
                )
            values = np.array([*(known[label] for label in wire[2]), np.nan])
            codes = np.minimum(wire[1].astype(np.int64), len(wire[2]))
            wires[at] = (self.classes, np.ascontiguousarray(values[codes]))
        return Columns(columns.rows, wires, columns.others)

    def _columns(self, panel: Any) -> Columns:
        self._check_fitted()
        needed = list(dict.fromkeys([self.customer, self.period, *self._step.columns()]))
        return self._coded(columns_of(panel, needed), self.class_names_)

    def _forecast(self, panel: Any, last: bool) -> tuple[Any, ...]:
        columns = self._columns(panel)
        return self._step.forecast(*columns, self.customer, self.period, bool(last))

    def predict_proba(self, panel: Any, *, last: bool = True) -> NDArray[np.float64]:
        """Return the chance of each class in the period after.

        Parameters
        ----------
        panel : table
            Periods of customers, with the columns of the fit; as many of the past as `window` and one more.
        last : bool, default True
            Whether only the last period of each customer is forecast from, rather than every period.

        Returns
        -------
        ndarray of shape (n, n_classes)
            By customer, then by period, ascending.
        """
        return np.asarray(self._forecast(panel, last)[3])

    def predict(self, panel: Any, *, last: bool = True) -> NDArray[Any]:
        """Return the class decided for in the period after: that of least expected cost."""
        found = self._forecast(panel, last)[2]
        return np.asarray(np.array(self.class_names_)[found])

    def forecast(self, panel: Any, *, last: bool = True) -> Any:
        """Return who will be where, in the kind of frame that came in.

        Parameters
        ----------
        panel : table
            As for `predict_proba`.
        last : bool, default True
            As for `predict_proba`.

        Returns
        -------
        frame
            Customer, period, `class_now`, `class_next`, the chance of each class, `falls` and `rises` (the
            chances of a lower and of a higher class), and `expected_value`.
        """
        columns = self._columns(panel)
        rows, now, following, chances = self._step.forecast(*columns, self.customer, self.period, bool(last))
        names = [str(name) for name in self.class_names_]
        below = np.cumsum(chances, axis=1) - chances
        place = np.arange(len(now))
        falls = below[place, now]
        by_name = {wire[0]: wire for wire in columns.wires}
        found: dict[str, Any] = {name: _picked(by_name[name], rows) for name in (self.customer, self.period)}
        found["class_now"] = [names[code] for code in now.tolist()]
        found["class_next"] = [names[code] for code in following.tolist()]
        found |= {f"chance_{name}": np.ascontiguousarray(chances[:, at]) for at, name in enumerate(names)}
        found["falls"] = falls
        found["rises"] = np.maximum(0.0, 1.0 - falls - chances[place, now])
        found["expected_value"] = chances @ self.class_values_
        return to_frame(found, frame_kind(panel))

    def explain(self, panel: Any) -> WaveletExplanation:
        """Say which fields move the forecast of each customer's last period.

        Parameters
        ----------
        panel : table
            As for `predict_proba`.

        Returns
        -------
        WaveletExplanation
            A contribution of each effect to the output of each class, before the softmax.
        """
        columns = self._columns(panel)
        names, base, flat = self._step.explain(*columns, self.customer, self.period)
        values = flat.reshape(len(flat), len(names), len(base))
        return WaveletExplanation(np.array(base), values, names, frame_kind(panel))

    def recognise(self, X: Any) -> NDArray[np.float64]:
        """Return the chance of each class now, from the fields alone: for customers without history.

        Parameters
        ----------
        X : table
            A row for each customer, with the columns beside measures, customer and period.

        Returns
        -------
        ndarray of shape (n, n_classes)
        """
        self._check_fitted()
        needed = self._step.recogniser_columns()
        if needed is None:
            raise ParameterError(
                "`recogniser` was not learned: it needs columns beside the measures, and recogniser=True"
            )
        return self._step.recognise(*columns_of(X, needed))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted forecaster to a file, of which `load` makes it again.

        Parameters
        ----------
        path : path-like
            Written whole or not at all.
        """
        self._check_fitted()
        plain = (bool, int, float, str, type(None))
        params = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in self.get_params().items()
            if isinstance(value, plain)
            or (isinstance(value, (list, tuple)) and all(isinstance(item, plain) for item in value))
        }
        head = {"class": type(self).__name__, "params": params, "names": self.class_names_}
        write(path, _MAGIC, head, self._step.to_bytes())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> NextClassForecaster:
        """Read what `save` wrote.

        Parameters
        ----------
        path : path-like
            The file.

        Returns
        -------
        NextClassForecaster
            Fitted; the report is not kept.

        Raises
        ------
        FormatError
            For other or damaged bytes.
        """
        head, body = read(path, _MAGIC, "a forecaster of classes")
        if head.get("class") != cls.__name__:
            raise FormatError(f"{path}: holds a {head.get('class')}, not a {cls.__name__}")
        made = cls(**head["params"])
        made._step = _karat.NextClassStep.from_bytes(body)
        made.class_names_ = head["names"]
        made.class_values_ = np.array(made._step.values)
        return made

    def _facts(self) -> list[tuple[str, str]]:
        if not hasattr(self, "report_"):
            return []
        network = self.report_.models[0]
        return [
            ("classes", ", ".join(str(name) for name in self.class_names_)),
            ("log loss", f"{network.log_loss:.4f}"),
            ("weighted kappa", f"{network.weighted_kappa:.4f}"),
            ("beside baselines", self.report_.verdict()),
        ]


def _names(given: Sequence[Any] | None, count: int) -> list[Any]:
    if given is None:
        return list(range(count))
    names = [name.item() if isinstance(name, np.generic) else name for name in given]
    if len(names) != count or len(set(names)) != count:
        raise ParameterError(f"`class_names` must be {count} different names, got {names!r}")
    return names


def _picked(wire: Any, rows: NDArray[np.int64]) -> Any:
    """Values of some rows: whole numbers as such, texts as texts."""
    if len(wire) == 3:
        return [wire[2][code] for code in wire[1][rows].tolist()]
    values = wire[1][rows]
    whole = np.all(values == np.floor(values)) and np.all(np.abs(values) < 2**53)
    return values.astype(np.int64) if whole else np.ascontiguousarray(values)


class _Narrator:
    """A line on stderr for each part of the fit."""

    def __call__(self, stage: str, done: int, networks: int) -> None:
        counted = f": {done} of {networks} networks grown" if networks else ""
        end = "\n" if networks and done == networks else ""
        sys.stderr.write(f"\r{stage}{counted}{end}")
        sys.stderr.flush()
