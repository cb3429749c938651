"""Hierarchies of criteria: weights down a tree, alternatives at its leaves, what changes the outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from karat import _karat
from karat._errors import ParameterError
from karat._frame import to_frame
from karat._hierarchy_input import read_comparisons, read_judgments, read_named, read_scores, read_tree
from karat._hierarchy_questions import Questions
from karat._hierarchy_results import (
    HierarchyConsistency,
    LevelConsistency,
    NodeConsistency,
    Synthesis,
)
from karat._hierarchy_view import page, parts_of, table
from karat._judgment_input import read_value
from karat._judgments import PairwiseMatrix
from karat._named_weights import Finding, NamedWeights, announce
from karat._priorities import RandomIndex


class Hierarchy(Questions):
    """Criteria in a tree of any depth, with alternatives compared at its leaves if there are any.

    Immutable: `what_if` and its neighbours return a new one.

    Parameters
    ----------
    tree : mapping, or sequence of str
        Criteria below each other, nested or flat: ``{"plan": {"price": None, "quality": ["network",
        "service"]}}`` or ``{"plan": ["price", "quality"], "quality": ["network", "service"]}``. A list of
        names stands below a goal called "goal".
    judgments : mapping, optional
        For a criterion the judgments of its children, or of the alternatives if it has none:
        ``["a 3 b", ...]``, ``{("a", "b"): 3, ...}``, a `PairwiseMatrix`, or a full matrix in the order of
        the tree.
    weights : mapping, optional
        For a criterion the weights of its children, by name or in order, sum 1 or 100. Children with neither
        judgments nor weights count alike.
    scores : mapping or frame, optional
        For a leaf criterion the scores of the alternatives, by name or in order; at least 0, more is better.
        A frame has a column for each criterion and a row for each alternative, in order.
    alternatives : sequence of str, optional
        What is compared.
    method : {"eigenvector", "geometric_mean", "column_mean"}, default "eigenvector"
        How weights are drawn from judgments.
    random_index : str, default "recomputed"
        Table of random indices, see `PairwiseMatrix.priorities`.
    threshold : float, default 0.1
        Consistency ratio from which the judgments of a node are reported.

    Raises
    ------
    JudgmentError
        Listing every problem: names that are unknown, twice, or below two criteria; a circle; judgments of
        what does not stand below a criterion; missing or contradictory judgments; weights that leave a
        child out.

    Warns
    -----
    WeightsWarning
        W102 for every node whose judgments contradict each other.

    Examples
    --------
    >>> from karat import Hierarchy
    >>> hierarchy = Hierarchy(
    ...     {"plan": {"price": None, "quality": ["network", "service"]}},
    ...     judgments={
    ...         "plan": ["quality 2 price"],
    ...         "quality": ["network 3 service"],
    ...         "price": ["basic 4 plus"],
    ...     },
    ...     scores={"network": {"basic": 50, "plus": 80}, "service": {"basic": 60, "plus": 90}},
    ...     alternatives=["basic", "plus"],
    ... )
    >>> hierarchy.weights()
    <NamedWeights: price=0.3333, network=0.5000, service=0.1667>
    >>> hierarchy.synthesise().winner
    'basic'
    >>> low, high = hierarchy.sensitivity("price").first_interval
    >>> round(low, 3)
    0.271
    """

    __slots__ = ("_core", "_names")

    def __init__(
        self,
        tree: Mapping[str, Any] | Sequence[str],
        judgments: Mapping[str, Any] | None = None,
        weights: Mapping[str, Any] | None = None,
        scores: Any = None,
        alternatives: Sequence[str] = (),
        *,
        method: str = "eigenvector",
        random_index: str = "recomputed",
        threshold: float = 0.1,
    ) -> None:
        if isinstance(alternatives, str):
            raise ParameterError(f"`alternatives` must be a list of names, got {alternatives!r}")
        children = read_tree(tree)
        items = dict(children)
        compared = [str(name) for name in alternatives]
        known = {name for parent, below in children for name in (parent, *below)}

        def said(part: Mapping[str, Any], read: Callable[[Any, str], Any]) -> list[tuple[str, Any]]:
            # What stands under an unknown name cannot be read; the core names it with all other problems.
            named = {str(name): given for name, given in part.items()}
            return [(name, read(given, name) if name in known else []) for name, given in named.items()]

        core = _karat.Hierarchy.build(
            children,
            said(judgments or {}, lambda given, name: read_judgments(given, items.get(name, compared))),
            said(weights or {}, lambda given, name: read_named(given, items.get(name, []), "weights", name)),
            said(read_scores(scores), lambda given, name: read_named(given, compared, "scores", name)),
            compared,
            method,
            random_index,
            threshold,
        )
        self._set(core)
        announce(self._core.findings(), stacklevel=2)

    def _set(self, core: _karat.Hierarchy) -> None:
        self._core = core
        self._names = [row[0] for row in core.criteria()]

    @classmethod
    def _of(cls, core: _karat.Hierarchy) -> Hierarchy:
        hierarchy = cls.__new__(cls)
        hierarchy._set(core)
        return hierarchy

    @classmethod
    def from_toml(cls, text: str) -> Hierarchy:
        """Read a hierarchy from TOML text.

        Parameters
        ----------
        text : str
            Tables `tree`, `judgments`, `weights`, `scores`, the list `alternatives`, and `method`,
            `random_index`, `consistency_threshold`.

        Returns
        -------
        Hierarchy

        Examples
        --------
        >>> from karat import Hierarchy
        >>> text = '''
        ... [tree]
        ... value = ["revenue", "loyalty"]
        ... [judgments]
        ... value = ["revenue 3 loyalty"]
        ... '''
        >>> Hierarchy.from_toml(text).weights()["revenue"]
        0.75
        """
        hierarchy = cls._of(_karat.Hierarchy.from_toml(text))
        announce(hierarchy._core.findings(), stacklevel=2)
        return hierarchy

    @property
    def goal(self) -> str:
        """Name of the criterion that stands below no other."""
        return self._names[0]

    @property
    def criteria(self) -> tuple[str, ...]:
        """Every criterion, the goal first and each before what is below it."""
        return tuple(self._names)

    @property
    def leaves(self) -> tuple[str, ...]:
        """The criteria without children."""
        return tuple(row[0] for row in self._core.criteria() if not row[6])

    @property
    def alternatives(self) -> tuple[str, ...]:
        """What is compared; empty in a hierarchy that only weighs."""
        return tuple(self._core.alternatives)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """W102 for every node whose judgments contradict each other."""
        return tuple(Finding(*row) for row in self._core.findings())

    @property
    def consistency(self) -> HierarchyConsistency:
        """Consistency of every judged node, of each level and of the whole."""
        levels, overall = self._core.consistency()
        nodes = [
            NodeConsistency(row[0], row[2], len(row[7]), row[4], *row[8][:2], RandomIndex(*row[8][2]))
            for row in self._core.criteria()
            if row[8] is not None
        ]
        return HierarchyConsistency(
            nodes, [LevelConsistency(*level) for level in levels], LevelConsistency(*overall)
        )

    @property
    def consistency_ratio(self) -> float:
        """Consistency ratio of the whole hierarchy."""
        return self.consistency.overall.consistency_ratio

    def weights(self, criterion: str | None = None) -> NamedWeights:
        """Return the weights in the whole of the leaf criteria, or the local ones under one criterion.

        Parameters
        ----------
        criterion : str, optional
            Its children are weighed, or the alternatives under it; scores are divided by their sum.

        Returns
        -------
        NamedWeights
            They sum to 1.
        """
        rows = self._core.criteria()
        if criterion is None:
            leaves = [row for row in rows if not row[6]]
            return NamedWeights([row[0] for row in leaves], [row[4] for row in leaves])
        self._core.judgments(criterion)  # refuses an unknown name
        row = rows[self._names.index(criterion)]
        names = [rows[at][0] for at in row[6]] or self._core.alternatives
        total = sum(row[7]) if row[5] == "scores" else 1.0
        return NamedWeights(names[: len(row[7])], [value / total for value in row[7]])

    def judgments(self, criterion: str) -> PairwiseMatrix | None:
        """Return the judgments under a criterion, None where its weights come from elsewhere."""
        core = self._core.judgments(criterion)
        return None if core is None else PairwiseMatrix._of(core)

    def to_frame(self, like: Any = "pandas") -> Any:
        """Build a frame with a row for each criterion.

        Parameters
        ----------
        like : table or {"pandas", "polars", "pyarrow", "dict"}, default "pandas"
            What kind of frame to build.

        Returns
        -------
        frame
            `criterion`, `parent`, `level`, weight among siblings (`local`) and in the whole (`global`), where
            the weights below it come from (`source`), `consistency_ratio` and the `random_index` table.
        """
        return to_frame(table(self._core), like)

    def synthesise(self, mode: str = "distributive") -> Synthesis:
        """Bring the alternatives together.

        Parameters
        ----------
        mode : {"distributive", "ideal", "weighted_product", "rating"}, default "distributive"
            The weight of a criterion shared out among the alternatives; given whole to the best under it; as
            exponents; or scores from 0 to 1 taken as they are, where no alternative enters another's total.

        Returns
        -------
        Synthesis
            Totals by name, ranking, what every criterion adds.

        Warns
        -----
        WeightsWarning
            W140 when another mode puts another alternative first.
        """
        found = self._core.synthesise(mode)
        announce(found["findings"], stacklevel=2)
        return Synthesis(found)

    def what_if(self, criterion: str, first: str, second: str, value: float | str) -> Hierarchy:
        """Return the hierarchy in which one judgment is another.

        Parameters
        ----------
        criterion : str
            Under which the two are judged.
        first, second : str
            The items.
        value : float or str
            How many times the first is as important, or as good, as the second.

        Returns
        -------
        Hierarchy
        """
        return Hierarchy._of(self._core.what_if(criterion, first, second, read_value(value)))

    def with_weight(self, criterion: str, weight: float) -> Hierarchy:
        """Return the hierarchy in which a criterion has this weight and its siblings share the rest."""
        return Hierarchy._of(self._core.with_weight(criterion, weight))

    def without_alternative(self, alternative: str) -> Hierarchy:
        """Return the hierarchy without one alternative."""
        return Hierarchy._of(self._core.without_alternative(alternative))

    def with_copy(self, alternative: str, name: str) -> Hierarchy:
        """Return the hierarchy with a copy of one alternative, judged equal to it, at the end."""
        return Hierarchy._of(self._core.with_copy(alternative, name))

    def with_alternative(self, name: str, said: Mapping[str, Any]) -> Hierarchy:
        """Return the hierarchy with one more alternative at the end.

        Parameters
        ----------
        name : str
            Its name.
        said : mapping
            For every leaf criterion how many times as good as each of the others it is, by name or in order;
            or its score, where they have scores.

        Returns
        -------
        Hierarchy
        """
        return Hierarchy._of(self._core.with_alternative(name, read_comparisons(said, self.alternatives)))

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __eq__(self, other: object) -> bool:
        return self._core == other._core if isinstance(other, Hierarchy) else NotImplemented

    def __hash__(self) -> int:
        rows = self._core.criteria()
        return hash((tuple(row[0] for row in rows), tuple(row[4] for row in rows), self.alternatives))

    def __reduce__(self) -> tuple[Any, ...]:
        judged = {row[0]: self.judgments(row[0]) for row in self._core.criteria() if row[5] == "judgments"}
        return _restore, ({"judgments": judged, **parts_of(self._core)},)

    def __repr__(self) -> str:
        compared = f", {len(self.alternatives)} alternatives" if self.alternatives else ""
        depth = max(row[2] for row in self._core.criteria())
        return f"<Hierarchy {self.goal!r}: {len(self.leaves)} leaf criteria on {depth} levels{compared}>"

    def _repr_html_(self) -> str:
        return page(self._core)


def _restore(parts: dict[str, Any]) -> Hierarchy:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they were told when it was made
        return Hierarchy(**parts)
