"""How many segments: the table over k, the picture and the recommendation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karat import _karat
from karat._errors import ParameterError
from karat._estimator import check_integer, check_threads, draw_seed
from karat._frame import to_frame
from karat._named_weights import Finding
from karat._segment_input import read_rows

if TYPE_CHECKING:
    from karat._kmeans import KMeans


class KChoice:
    """A table over numbers of segments with a recommendation.

    Attributes
    ----------
    recommended_k : int
        The recommended number; 1 when nothing separates.
    probability : float
        How sure the recommendation is.
    reason : str
        Why, in a sentence or two.
    table : dict of str to ndarray
        One entry for each k from 1 on: `k`, `inertia`, `silhouette`, `calinski_harabasz`, `davies_bouldin`,
        `gap` and `prediction_strength` each with its `..._error`, `simplified_silhouette`, `likelihood`,
        `valley`, `probability` and `seconds`.
    sizes : dict of int to ndarray
        Rows of each segment, of all rows.
    centers : dict of int to ndarray
        Centers of each k, found in the sample.
    elbow : int or None
        k at the elbow of the inertia.
    gap_recommends : int or None
        k by the gap statistic's rule of one standard error.
    jaccard : ndarray
        Bootstrap stability of each segment of the recommended k.
    findings : tuple of Finding
        W220 no segments, W221 an unstable one, W222 a tiny one, W223 segments without a valley between them,
        W224 the end of the range.
    n_sample, n_rows : int
        Rows that were looked at closely, and all rows.
    """

    def __init__(self, found: dict[str, Any], X: Any, seed: int, n_threads: int | None) -> None:
        self.table: dict[str, NDArray[Any]] = found["columns"]
        ks = self.table["k"].tolist()
        self.sizes: dict[int, NDArray[np.int64]] = dict(zip(ks, found["sizes"], strict=True))
        self.centers: dict[int, NDArray[np.float64]] = dict(zip(ks, found["centers"], strict=True))
        self.recommended_k: int = found["recommended_k"]
        self.probability: float = found["probability"]
        self.reason: str = found["reason"]
        self.elbow: int | None = found["elbow"]
        self.gap_recommends: int | None = found["gap_recommends"]
        self.jaccard: NDArray[np.float64] = found["jaccard"]
        self.findings = tuple(Finding(*finding) for finding in found["findings"])
        self.n_sample: int = found["sample"]
        self.n_rows: int = found["rows"]
        self._text: str = found["text"]
        self._features: tuple[list[str], NDArray[np.float64]] = (found["feature_names"], found["features"])
        self._rows, self._seed, self._n_threads = X, seed, n_threads
        self._best: KMeans | None = None

    @property
    def best_(self) -> KMeans:
        """Segments of the recommended k, fitted to all rows when first asked for."""
        if self._best is None:
            self._best = self.fit(self.recommended_k)
        return self._best

    def fit(self, k: int | None = None) -> KMeans:
        """Fit `KMeans` to all rows from the centers found for `k`.

        Parameters
        ----------
        k : int, optional
            One of the table; the recommended one by default.

        Returns
        -------
        KMeans
            Fitted.
        """
        from karat._kmeans import KMeans

        wanted = self.recommended_k if k is None else k
        if wanted not in self.centers:
            raise ParameterError(f"`k` must be 1 to {max(self.centers)}, got {wanted!r}")
        model = KMeans(
            wanted,
            init=self.centers[wanted],
            n_init=1,
            random_state=self._seed,
            n_threads=self._n_threads,
        )
        return model.fit(self._rows)

    def to_frame(self, like: Any = "pandas") -> Any:
        """Build a frame of the table: one row for each k.

        Parameters
        ----------
        like : table or {"pandas", "polars", "pyarrow", "dict"}, default "pandas"
            What kind of frame to build.
        """
        kind = like if isinstance(like, str) else type(like).__module__.partition(".")[0]
        columns: dict[str, Any] = dict(self.table)
        columns["smallest"] = np.array([size.min() for size in self.sizes.values()], dtype=np.int64)
        columns["largest"] = np.array([size.max() for size in self.sizes.values()], dtype=np.int64)
        columns["sizes"] = [", ".join(map(str, size.tolist())) for size in self.sizes.values()]
        return to_frame(columns, kind)

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        state["_rows"] = None
        return state

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"<KChoice: {self.reason}>"

    def _repr_html_(self) -> str:
        from html import escape

        from karat._score import html_table

        table = self.table
        names = ["k", "inertia", "silhouette", "Calinski-Harabasz", "Davies-Bouldin", "gap", "strength"]
        rows = []
        for i, k in enumerate(table["k"].tolist()):
            mark = "> " if k == self.recommended_k else ""
            rows.append(
                [
                    f"{mark}{k}",
                    f"{table['inertia'][i]:.6g}",
                    _cell(table["silhouette"][i], table["silhouette_error"][i]),
                    _cell(table["calinski_harabasz"][i], table["calinski_harabasz_error"][i], ".0f"),
                    _cell(table["davies_bouldin"][i], table["davies_bouldin_error"][i]),
                    _cell(table["gap"][i], table["gap_error"][i]),
                    _cell(table["prediction_strength"][i], table["prediction_strength_error"][i], ".2f"),
                    f"{table['probability'][i]:.2f}",
                    ", ".join(map(str, self.sizes[k].tolist())),
                ]
            )
        findings = "".join(f"<li>{escape(str(finding))}</li>" for finding in self.findings)
        return (
            f"<div><p>{escape(self.reason)}</p>{html_table([*names, 'probability', 'sizes'], rows)}"
            f"<ul>{findings}</ul></div>"
        )


def _cell(value: float, error: float, form: str = ".3f") -> str:
    return "" if np.isnan(value) else f"{value:{form}} ± {error:{form}}"


def choose_k(
    X: Any,
    k: Sequence[int] | range = range(1, 13),
    *,
    sample: int = 4096,
    n_init: int = 3,
    references: int = 5,
    splits: int = 3,
    resamples: int = 20,
    random_state: Any = 0,
    n_threads: int | None = None,
) -> KChoice:
    """Compare numbers of segments and recommend one, with the reason and how sure it is.

    All fits are made on one sample of the rows; a single pass over all rows then gives inertia and sizes for
    every k. A base of no more rows than `sample` is judged exactly.

    Parameters
    ----------
    X : frame or array-like of shape (n_samples, n_features)
        Rows, on scales that may be compared: standardise them first.
    k : sequence of int, default range(1, 13)
        Neighbouring numbers. k = 1 is always in the table, but recommended only when it is among these.
    sample : int, default 4096
        Rows that are looked at closely.
    n_init : int, default 3
        Starts of k-means for each k, beside those from the neighbouring k.
    references : int, default 5
        Reference tables of the gap statistic.
    splits : int, default 3
        Splits for the prediction strength.
    resamples : int, default 20
        Bootstrap refits of the recommended k.
    random_state : None, int, RandomState or Generator, default 0
        Draws the sample and everything else.
    n_threads : int or None, default None
        Threads, None for all. Never changes a result.

    Returns
    -------
    KChoice
        `recommended_k`, `reason`, `table`, `best_`; `print` shows the picture.

    Notes
    -----
    The recommendation is the most probable k of a multinomial logit over the indices, learned on generated
    mixtures; `benches/peers/choose_k.py` in the repository holds generator, learning and test. A rule like
    this knows the shapes it was taught: normal, correlated, uniform, heavy-tailed and skewed groups.

    Examples
    --------
    >>> import numpy as np
    >>> from karat.segments import choose_k
    >>> X = np.random.default_rng(0).normal(size=(600, 3)) + np.repeat(9 * np.eye(3), 200, axis=0)
    >>> choice = choose_k(X, range(1, 9))
    >>> choice.recommended_k
    3
    >>> choice.best_.labels_.shape
    (600,)
    """
    rows = read_rows(X, "choose_k")
    ks = [check_integer("k", one, 1, 64) for one in k]
    if not ks or ks != list(range(ks[0], ks[0] + len(ks))):
        raise ParameterError(f"`k` must be neighbouring numbers such as range(2, 13), got {list(k)!r}")
    seed = draw_seed(random_state)
    found = _karat.choose_k(
        rows,
        ks[0],
        ks[-1],
        check_integer("sample", sample, 50, 2**31),
        check_integer("n_init", n_init, 1, 1000),
        check_integer("references", references, 0, 10_000),
        check_integer("splits", splits, 0, 10_000),
        check_integer("resamples", resamples, 0, 10_000),
        seed,
        check_threads(n_threads),
    )
    return KChoice(found, X, seed, n_threads)
