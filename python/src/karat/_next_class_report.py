"""What a forecaster of classes reports: the network beside its baselines."""

from __future__ import annotations

import html
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from karat._frame import to_frame
from karat._named_weights import Finding


class Gain(NamedTuple):
    """How much better the network is than a baseline; positive is better, of every measure."""

    estimate: float
    low: float
    high: float

    @property
    def is_sure(self) -> bool:
        """Whether the interval lies above zero."""
        return self.low > 0

    def __str__(self) -> str:
        return f"{self.estimate:+.4f} ({self.low:+.4f} to {self.high:+.4f})"


class Model(NamedTuple):
    """One model on the periods held back."""

    name: str
    log_loss: float
    weighted_kappa: float
    """Quadratic weights, of the class decided for."""
    macro_f1: float
    """Of the likeliest class, as accuracy."""
    accuracy: float
    cost: float
    """Of the class decided for."""
    lift: float
    """How many times more often customers fall among the tenth likeliest to; NaN where none falls."""
    gain: dict[str, Gain] | None
    """Gains of the network in `log_loss`, `weighted_kappa`, `macro_f1` and `cost`; None for itself."""


class Continued(NamedTuple):
    """How the classes of an earlier fit go on."""

    kept: float
    """Share of the rows whose class is the same."""
    renamed: list[int]
    """Earlier class that each class continues."""
    numbers: list[int]
    migration: NDArray[np.int64]
    """Rows from each of `numbers` before to each after."""


_MEASURES = ("log_loss", "weighted_kappa", "macro_f1", "accuracy", "cost", "lift")
_HEADS = ("log loss", "kappa", "macro-F1", "accuracy", "cost", "lift")


class NextClassReport:
    """The forecaster beside persistence, a Markov chain and a multinomial logit of the same fields.

    Attributes
    ----------
    models : list of Model
        The network first.
    level : float
        Level of the intervals, by the bootstrap over customers.
    class_names : list
        Classes, the least first.
    class_sizes, class_values : ndarray
        Rows and mean value of each class in the periods learned from.
    confusion : ndarray of shape (n_classes, n_classes)
        Rows of each class (row) that the network decided for each class (column).
    training_rows, test_rows, test_customers, left : int
        Pairs of periods learned from and held back, customers of these, and rows whose customer is gone in
        the period after.
    ordered : bool
        Whether the network knows that classes are ordered.
    first_test_period : str
        The first period that was held back.
    recogniser : dict of str to float or None
        `log_loss`, `weighted_kappa`, `accuracy`, and `shares_log_loss` of the shares of the classes alone.
    continued : Continued or None
        How classes of the fit given as `previous` are continued.
    findings : tuple of Finding
        W320 to W324, see the reference of errors.
    """

    def __init__(self, found: dict[str, Any], names: list[Any], level: float) -> None:
        self.level = level
        self.class_names = names
        self.class_sizes = np.array(found["class_sizes"], dtype=np.int64)
        self.class_values = np.array(found["class_values"])
        self.confusion = np.array(found["confusion"], dtype=np.int64)
        self.training_rows: int = found["training_rows"]
        self.test_rows: int = found["test_rows"]
        self.test_customers: int = found["test_customers"]
        self.first_test_period: str = found["first_test_period"]
        self.left: int = found["left"]
        self.ordered: bool = found["ordered"]
        self.models = [_model(*model) for model in found["models"]]
        keys = ("log_loss", "weighted_kappa", "accuracy", "shares_log_loss")
        given = found["recogniser"]
        self.recogniser = None if given is None else dict(zip(keys, given, strict=True))
        aligned = found["alignment"]
        self.continued = (
            None
            if aligned is None
            else Continued(aligned[0], aligned[1], aligned[2], np.array(aligned[3], dtype=np.int64))
        )
        self.findings = tuple(Finding(*finding) for finding in found["findings"])

    @property
    def as_good(self) -> list[str]:
        """Baselines whose log loss or weighted kappa is not surely worse than the network's."""
        both = ("log_loss", "weighted_kappa")
        return [m.name for m in self.models if m.gain and not all(m.gain[name].is_sure for name in both)]

    def verdict(self) -> str:
        """Say in a sentence whether the network is worth it."""
        if not self.as_good:
            return "The network is better than every baseline in log loss and weighted kappa."
        names = " and ".join(self.as_good)
        verb = "are" if len(self.as_good) > 1 else "is"
        return f"{names} {verb} as good as the network in log loss or weighted kappa: prefer the simpler."

    def to_frame(self, like: Any = "pandas") -> Any:
        """Return one row for each model, with measures, gains of the network and their intervals.

        Parameters
        ----------
        like : table or str, default "pandas"
            The kind of frame.
        """
        columns: dict[str, Any] = {"model": [model.name for model in self.models]}
        for name in _MEASURES:
            columns[name] = np.array([getattr(model, name) for model in self.models])
        for name in ("log_loss", "weighted_kappa", "macro_f1", "cost"):
            for end in Gain._fields:
                suffix = "" if end == "estimate" else f"_{end}"
                columns[f"gain_{name}{suffix}"] = np.array(
                    [np.nan if m.gain is None else getattr(m.gain[name], end) for m in self.models]
                )
        return to_frame(columns, like)

    def _lines(self) -> tuple[str, list[list[str]], list[list[str]]]:
        title = (
            f"{self.test_rows:,} forecasts for {self.test_customers:,} customers in the periods from "
            f"{self.first_test_period} on, which nothing was learned from ({self.training_rows:,} pairs of "
            "periods were)"
        )
        table = [[m.name, *(f"{getattr(m, name):.4f}" for name in _MEASURES)] for m in self.models]
        gains = [
            [m.name, *(str(m.gain[name]) for name in ("log_loss", "weighted_kappa", "macro_f1"))]
            for m in self.models
            if m.gain
        ]
        return title, table, gains

    def _notes(self) -> list[str]:
        notes = [self.verdict()]
        if self.recogniser:
            notes.append(
                f"The recogniser tells the class from the fields alone with a log loss of "
                f"{self.recogniser['log_loss']:.4f} (shares of the classes: "
                f"{self.recogniser['shares_log_loss']:.4f}), accuracy {self.recogniser['accuracy']:.3f}."
            )
        if self.continued:
            notes.append(f"{100 * self.continued.kept:.1f} % of the rows keep the class of the earlier fit.")
        return notes + [str(finding) for finding in self.findings]

    def __str__(self) -> str:
        title, table, gains = self._lines()
        heads = [["model", *_HEADS]]
        share = f"gain over (interval of {100 * self.level:g} %)"
        gain_heads = [[share, "log loss", "kappa", "macro-F1"]]
        parts = [title, _aligned(heads + table), _aligned(gain_heads + gains), *self._notes()]
        return "\n\n".join(parts[:3]) + "\n\n" + "\n".join(parts[3:])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        from karat._score import html_table

        title, table, gains = self._lines()
        heads = [f"gain over ({100 * self.level:g} %)", "log loss", "kappa", "macro-F1"]
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self._notes())
        tables = html_table(["model", *_HEADS], table) + html_table(heads, gains)
        return f"<div><p>{html.escape(title)}</p>{tables}{notes}</div>"


def _model(name: str, measures: tuple[float, ...], cost: float, lift: float | None, gains: Any) -> Model:
    keys = ("log_loss", "weighted_kappa", "macro_f1", "cost")
    found = None if gains is None else {key: Gain(*gain) for key, gain in zip(keys, gains, strict=True)}
    return Model(
        name,
        measures[0],
        measures[1],
        measures[2],
        measures[3],
        cost,
        np.nan if lift is None else lift,
        found,
    )


def _aligned(rows: list[list[str]]) -> str:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
