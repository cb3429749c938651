"""Whether probabilities of leaving can be taken at their word, and how to mend them."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karat import _karat
from karat._churn_ranking import read_pair
from karat._frame import to_frame
from karat._survival_input import column


class Calibration:
    """How far probabilities are from what happened; made by `calibration`.

    Attributes
    ----------
    brier, brier_skill : float
        Mean squared difference, and one less it over that of the base rate (Brier 1950).
    reliability, resolution, uncertainty, within_bin : float
        Parts of the Brier score: ``reliability - resolution + uncertainty + within_bin`` (Murphy 1973).
    log_loss : float
        Mean of minus the logarithm of the probability of what happened.
    slope, intercept, in_the_large : float
        Of the log-odds of leaving on those forecast (Cox 1958): a slope below 1 means forecasts too extreme;
        `in_the_large`, the intercept beside a slope of 1, above 0 means forecasts too low on the whole.
    expected_error, largest_error : float
        Mean, by customers, and largest distance between the bins' rates and mean probabilities.
    hosmer_lemeshow : tuple of (float, int, float) or None
        Statistic, degrees of freedom and probability of Hosmer & Lemeshow's (1980) test.
    spiegelhalter_z, spiegelhalter_p : float
        Spiegelhalter's (1986) statistic and its probability.
    bins : dict of ndarray
        `low`, `high`, `customers`, `mean_probability` and `rate` of every bin with customers.
    """

    brier: float
    brier_skill: float
    reliability: float
    resolution: float
    uncertainty: float
    within_bin: float
    log_loss: float
    slope: float
    intercept: float
    in_the_large: float
    expected_error: float
    largest_error: float
    hosmer_lemeshow: tuple[float, int, float] | None
    spiegelhalter_z: float
    spiegelhalter_p: float
    bins: dict[str, NDArray[Any]]

    def __init__(self, figures: dict[str, Any]) -> None:
        self.__dict__.update(figures)

    def summary(self) -> dict[str, float]:
        """Return the figures by name; the test by its probability."""
        named = {name: value for name, value in vars(self).items() if isinstance(value, float)}
        test = self.hosmer_lemeshow
        return named | {"hosmer_lemeshow_p": np.nan if test is None else test[2]}

    def to_frame(self, like: Any = "pandas") -> Any:
        """Return the bins as a frame."""
        return to_frame(dict(self.bins), like)

    def __repr__(self) -> str:
        return (
            f"<Calibration: slope {self.slope:.3f}, intercept {self.intercept:+.3f}, Brier score "
            f"{self.brier:.4f}, expected error {self.expected_error:.4f}>"
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(name.replace('_', ' '))}</td>"
            f"<td style='text-align:right'>{number:.4g}</td></tr>"
            for name, number in self.summary().items()
        )
        return f"<table><caption>{escape(repr(self)[1:-1])}</caption>{rows}</table>"


def calibration(
    left: ArrayLike, probability: ArrayLike, *, bins: int = 10, event: object = None
) -> Calibration:
    """Judge probabilities of leaving by who left.

    Parameters
    ----------
    left : array-like of shape (n,)
        Who left: two classes.
    probability : array-like of shape (n,)
        The forecasts, of customers that the model was not trained on.
    bins : int, default 10
        Bins of equal width, and groups of equal size for Hosmer & Lemeshow's test.
    event : object, optional
        Which class of `left` left, by default the greater one.

    Examples
    --------
    >>> from karat.churn import calibration
    >>> found = calibration([1, 0, 1, 0, 0, 1], [.8, .3, .6, .1, .5, .7])
    >>> round(found.brier, 4)
    0.1067
    """
    target, probabilities = read_pair(left, probability, event)
    return Calibration(_karat.churn_calibration(target, probabilities, bins))


class PlattCalibration:
    """A score made a probability by a sigmoid (Platt 1999).

    Fit it on customers that the score was not trained on.

    Parameters
    ----------
    left : array-like of shape (n,)
        Who left.
    score : array-like of shape (n,)
        Any score, higher meaning likelier to leave.
    event : object, optional
        Which class of `left` left.

    Attributes
    ----------
    slope, intercept : float
        The probability is ``1 / (1 + exp(-(slope * score + intercept)))``.

    Examples
    --------
    >>> from karat.churn import PlattCalibration
    >>> platt = PlattCalibration([1, 0, 1, 0], [3.0, -1.0, 0.5, 1.0])
    >>> bool(platt([3.0])[0] > platt([1.0])[0])
    True
    """

    def __init__(self, left: ArrayLike, score: ArrayLike, *, event: object = None) -> None:
        self.slope, self.intercept = _karat.churn_platt(*read_pair(left, score, event))

    def __call__(self, score: ArrayLike) -> NDArray[np.float64]:
        """Return the probabilities of scores."""
        return _karat.churn_sigmoid(column(score, "score"), self.slope, self.intercept)

    def __repr__(self) -> str:
        return f"<PlattCalibration: slope {self.slope:.4g}, intercept {self.intercept:.4g}>"


class IsotonicCalibration:
    """A score made a probability by the best function that never falls (Zadrozny & Elkan 2002).

    It needs more customers than `PlattCalibration`, and mends what no sigmoid can; between the scores seen
    it is linear, beyond them constant.

    Parameters
    ----------
    left : array-like of shape (n,)
        Who left.
    score : array-like of shape (n,)
        Any score, higher meaning likelier to leave.
    event : object, optional
        Which class of `left` left.

    Attributes
    ----------
    scores, probabilities : ndarray
        The function's corners.

    Examples
    --------
    >>> from karat.churn import IsotonicCalibration
    >>> isotonic = IsotonicCalibration([0, 1, 0, 1], [.1, .2, .3, .4])
    >>> isotonic([.1, .25, 9.]).tolist()
    [0.0, 0.5, 1.0]
    """

    def __init__(self, left: ArrayLike, score: ArrayLike, *, event: object = None) -> None:
        self._inner = _karat.ChurnIsotonic(*read_pair(left, score, event))
        self.scores, self.probabilities = self._inner.steps()

    def __call__(self, score: ArrayLike) -> NDArray[np.float64]:
        """Return the probabilities of scores."""
        return self._inner.probabilities(column(score, "score"))

    def __repr__(self) -> str:
        return f"<IsotonicCalibration with {len(self.scores)} corners>"


def correct_prior(probability: ArrayLike, sample_rate: float, true_rate: float) -> NDArray[np.float64]:
    """Correct probabilities learned on a sample for the rate of the base.

    Parameters
    ----------
    probability : array-like of shape (n,)
        Probabilities of a model that was fitted where a share `sample_rate` left, such as half of a balanced
        sample.
    sample_rate, true_rate : float
        The share that left in that sample, and the one that leaves.

    Notes
    -----
    The log-odds move by those of `true_rate` less those of `sample_rate` (Elkan 2001).

    Examples
    --------
    >>> from karat.churn import correct_prior
    >>> correct_prior([0.5], 0.265, 0.02).round(6).tolist()
    [0.053571]
    """
    values = column(probability, "probability")
    return _karat.churn_correct_prior(values, float(sample_rate), float(true_rate))
