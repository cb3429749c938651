"""Several judges: what they decide, whether they agree, who does not, and what each of them moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from karat import _karat
from karat._errors import ParameterError
from karat._frame import to_frame
from karat._judgments import PairwiseMatrix, _full
from karat._named_weights import NamedWeights
from karat._priorities import Priorities
from karat._score import html_table


class Consensus(NamedTuple):
    """How far judges agree, every judge counting the same."""

    shannon: float
    """Goepel's S*: 1 when all agree, 0 when everyone puts everything on another item; low below 0.5."""
    beta_entropy: float
    """Entropy between the judges."""
    kendall_w: float | None
    """Concordance of the rankings, 0 to 1; None when every judge finds all items equal."""


class GroupMember(NamedTuple):
    """One judge of a group."""

    name: str
    """Name of the judge."""
    share: float
    """Share of the judge in the decision."""
    priorities: Priorities
    """The judge's own weights and consistency."""
    pull: dict[str, float]
    """Weights of the group less its weights without this judge; empty when nobody else counts."""
    distance: float
    """Distance of the judge's weights from the middle of the group, in logarithms."""
    outlier: bool
    """Whether the judge stands out; sought among four judges or more."""
    cluster: int
    """Cluster of like opinion, counted from 0."""


class GroupReport(NamedWeights):
    """Weights of a group, and how far its members agree.

    Attributes
    ----------
    weights : dict of str to float
        Weights of the group. The object itself is a mapping of them.
    matrix : PairwiseMatrix
        Judgments of the group: weighted geometric means.
    priorities : Priorities
        Weights of the group with the consistency of these judgments.
    group : str
        How the voices became one: "judgments" or "priorities".
    consensus : Consensus
        Shannon consensus, entropy between the judges, Kendall's W.
    members : dict of str to GroupMember
        The judges, each with own weights, pull, distance, cluster.
    outliers : tuple of str
        Judges far from the middle of the group.
    clusters : tuple of tuples of str
        Judges of like opinion: every two in a cluster have a consensus of 0.75 or more.
    """

    def __init__(
        self, names: Sequence[str], shares: Sequence[float], labels: Sequence[str], group: str, found: Any
    ) -> None:
        self.priorities = Priorities(labels, found["priorities"])
        super().__init__(labels, self.priorities.values())
        self.matrix = PairwiseMatrix._of(found["matrix"])
        self.group = group
        self.consensus = Consensus(*found["consensus"])
        self.outliers = tuple(names[at] for at in found["outliers"])
        self.clusters = tuple(tuple(names[at] for at in cluster) for cluster in found["clusters"])
        cluster_of = {at: which for which, cluster in enumerate(found["clusters"]) for at in cluster}
        self.members = {
            name: GroupMember(
                name,
                shares[at],
                Priorities(labels, found["judges"][at]),
                dict(zip(labels, found["pulls"][at], strict=False)),
                found["distances"][at],
                at in found["outliers"],
                cluster_of[at],
            )
            for at, name in enumerate(names)
        }

    def to_frame(self, like: Any = "pandas") -> Any:
        """Build a frame with a row for each judge.

        Parameters
        ----------
        like : table or {"pandas", "polars", "pyarrow", "dict"}, default "pandas"
            What kind of frame to build.

        Returns
        -------
        frame
        """
        of = list(self.members.values())
        columns: dict[str, Any] = {
            "judge": [member.name for member in of],
            "share": np.array([member.share for member in of]),
            "consistency_ratio": np.array([member.priorities.consistency_ratio for member in of]),
        }
        for item in self:
            columns[f"weight_{item}"] = np.array([member.priorities[item] for member in of])
        for item in self:
            columns[f"pull_{item}"] = np.array([member.pull.get(item, np.nan) for member in of])
        columns["distance"] = np.array([member.distance for member in of])
        columns["outlier"] = np.array([member.outlier for member in of])
        columns["cluster"] = np.array([member.cluster for member in of])
        return to_frame(columns, like)

    def _facts(self) -> list[tuple[str, str]]:
        shannon, _, kendall_w = self.consensus
        return [
            ("consensus", f"{shannon:.4f}"),
            *([] if kendall_w is None else [("Kendall's W", f"{kendall_w:.4f}")]),
            ("consistency ratio", f"{self.priorities.consistency_ratio:.4f}"),
        ]

    def _repr_html_(self) -> str:
        rows = [
            [
                f"{member.name} \N{WARNING SIGN}" if member.outlier else member.name,
                f"{member.share:.3f}",
                *(f"{member.priorities[item]:.4f} ({member.pull.get(item, 0.0):+.4f})" for item in self),
                f"{member.distance:.3f}",
            ]
            for member in self.members.values()
        ]
        together = escape("; ".join(", ".join(cluster) for cluster in self.clusters))
        table = html_table(["judge", "share", *self, "distance"], rows)
        return f"<div>{super()._repr_html_()}{table}of like opinion: {together}</div>"


def group_report(
    judges: Mapping[str, Any] | Sequence[Any],
    shares: Mapping[str, float] | ArrayLike | None = None,
    *,
    group: str = "judgments",
    method: str = "eigenvector",
    random_index: str = "recomputed",
) -> GroupReport:
    """Weights of several judges together, and how far they agree.

    Parameters
    ----------
    judges : mapping of name to judgments, or sequence of judgments
        Each a `PairwiseMatrix` or what it is made from, complete and with the same items; the first decides
        their order. Judges without names are called judge0, judge1, ...
    shares : mapping or array-like, optional
        Share of each judge, sum 1; equal by default.
    group : {"judgments", "priorities"}, default "judgments"
        Whether the judgments are averaged and then weighed (AIJ), or the weights of every judge (AIP); both
        means are geometric. `aggregate_priorities` has the arithmetic one.
    method, random_index : str
        As in `PairwiseMatrix.priorities`.

    Returns
    -------
    GroupReport
        A mapping of the group's weights with consensus, pulls, outliers and clusters.

    Raises
    ------
    JudgmentError, ParameterError, ShapeError
        For judges whose items differ or who left pairs out, and shares that do not sum to 1.

    Examples
    --------
    >>> from karat import weights
    >>> report = weights.group_report(
    ...     {"marketing": ["a 2 b", "a 4 c", "b 3 c"], "finance": ["a 1 b", "a 3 c", "b 2 c"]},
    ...     {"marketing": 0.7, "finance": 0.3},
    ... )
    >>> {name: round(weight, 4) for name, weight in report.items()}
    {'a': 0.5241, 'b': 0.3406, 'c': 0.1353}
    >>> round(report.consensus.shannon, 4), report.clusters
    (0.9882, (('marketing', 'finance'),))
    """
    if not isinstance(judges, Mapping):
        judges = {f"judge{at}": judge for at, judge in enumerate(judges)}
    names = [str(name) for name in judges]
    labels: list[str] = []
    cores: list[_karat.Judgments] = []
    for name, given in zip(names, judges.values(), strict=True):
        matrix = given if isinstance(given, PairwiseMatrix) else PairwiseMatrix(given)
        if labels and list(matrix.labels) != labels and set(matrix.labels) == set(labels):
            matrix = PairwiseMatrix(matrix, labels)
        labels = labels or list(matrix.labels)
        cores.append(_full(matrix, f"the group report of judge `{name}`"))
    own = _shares(shares, names)
    return GroupReport(
        names, own, labels, group, _karat.group_report(cores, own, group, method, random_index)
    )


def _shares(shares: Mapping[str, float] | ArrayLike | None, names: list[str]) -> list[float]:
    if shares is None:
        # The core refuses an empty group.
        return [1.0 / len(names)] * len(names) if names else []
    if isinstance(shares, Mapping):
        if set(shares) != set(names):
            raise ParameterError(f"`shares` must name every judge ({', '.join(names)}), got {list(shares)}")
        return [float(shares[name]) for name in names]
    return [float(share) for share in np.asarray(shares, dtype=np.float64)]
