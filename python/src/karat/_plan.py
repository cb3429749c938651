"""The plan: everything a person decides before seeing data."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from karat import _karat
from karat._errors import ParameterError
from karat._judgments import PairwiseMatrix
from karat._parts import (
    Grades,
    Indicator,
    Json,
    Ratchet,
    Rule,
    Segments,
    Types,
    missing_json,
    plain,
    without_defaults,
)

if TYPE_CHECKING:
    from karat._hierarchy import Hierarchy

Judgments = Mapping[str, Any]


class Plan:
    """Everything a person decides before seeing data, checked as soon as it is written.

    A plan is plain data: build it here, or write it as TOML (`from_toml`, `read`). Bounds, weights and
    cuts that it leaves open are fitted by `ValueModel` and frozen in the model.

    Parameters
    ----------
    indicators : sequence of Indicator
        The indicators, in the order in which their points add up.
    judgments : mapping, optional
        Pairwise judgments of each node's children: `{"value": ["contribution 2 attribution"]}` or
        `{"value": {("contribution", "attribution"): 2}}`, "twice as important as", or a `PairwiseMatrix`.
        The root of the tree is `"value"` unless `tree` names another.
    experts : mapping, optional
        Several experts in place of `judgments`:
        `{"marketing": {"weight": 0.6, "judgments": {"value": ["contribution 2 attribution"]}}, ...}`.
        Weights are relative, 1 by default. An expert may leave pairs out that another one judged.
    weights : str or mapping, optional
        `"ahp"` (default), `"combined"`, a method of data weights (`"critic"`, `"entropy"`,
        `"standard_deviation"`, `"merec"`, `"pca"`, `"equal"`), or a mapping such as
        `{"method": "combined", "combination": {"linear": {"expert": 0.7}}, "data": "critic", "fixed": {...}}`
        or `{"method": "combined", "mix": {"expert": 0.6, "critic": 0.4}, "bounds": {"tenure": (0.05, 0.3)},
        "cap": 0.35}`.
    grades : Grades or sequence of str, optional
        Grades of the index; a list of names cuts equal shares.
    types : Types or str, optional
        Types A, B1, B2, C; a string is the method.
    segments : Segments, KMeans or int, optional
        Segments; an int is their number.
    rules : sequence of Rule, optional
        Gates, penalties and caps.
    ratchet : Ratchet, optional
        Validity of a grade once given.
    fields : mapping, optional
        Columns that only rules read: `{"status": {"categories": ["active", "left"]}}`, or the
        categories alone.
    tree : mapping of str to sequence of str, optional
        Children of every node, from the root down, in place of the indicators' dimensions.
    index : mapping, optional
        `scale` (default 100), `points` (default False), `minimum_coverage` (default 0.5), `aggregate`
        (default "arithmetic"; "geometric", "harmonic" or `{"power": p}`: how every node's children become
        its value) and `floor` (default 0.01: where the worst of an indicator stands below a node that is
        not arithmetic).
    nodes : mapping, optional
        Aggregation of single nodes: `{"loyalty": "geometric"}`, or `{"loyalty": {"power": -0.5}}`.
    profiles : mapping, optional
        Other weights for the customers of some categories of a field:
        `{"field": "stage", "growth": {"fixed": {"value": {"contribution": 0.2, "attribution": 0.8}}}}`, or
        with `judgments` as above. Nodes and categories not mentioned keep the weights of the plan.
    null_values : sequence of str, optional
        Texts that mean "missing"; `["", "NA", "NaN", "nan", "null"]` if not given.
    name : str, optional
        Name of the model.
    id : str, optional
        Column that identifies a customer; used for sampling and reports, never scored.

    Raises
    ------
    ParameterError, JudgmentError
        For a plan that contradicts itself, naming what contradicts what.

    Examples
    --------
    >>> from karat import Indicator, Plan
    >>> plan = Plan(
    ...     [
    ...         Indicator("arpu_3m", scale="log1p", dimension="contribution"),
    ...         Indicator("tenure", scale=("saturating", 24), dimension="attribution"),
    ...     ],
    ...     judgments={"value": {("contribution", "attribution"): 2}},
    ...     grades=["bronze", "silver", "gold"],
    ... )
    >>> plan.columns
    ('arpu_3m', 'tenure')
    >>> Plan.from_toml(plan.to_toml()) == plan
    True
    """

    _inner: _karat.Plan

    def __init__(
        self,
        indicators: Sequence[Indicator],
        *,
        judgments: Judgments | None = None,
        experts: Mapping[str, Mapping[str, Any]] | None = None,
        weights: str | Mapping[str, Any] | None = None,
        grades: Grades | Sequence[str] | None = None,
        types: Types | str | None = None,
        segments: Any = None,
        rules: Sequence[Rule] = (),
        ratchet: Ratchet | None = None,
        fields: Mapping[str, Any] | None = None,
        tree: Mapping[str, Sequence[str]] | None = None,
        index: Mapping[str, Any] | None = None,
        nodes: Mapping[str, Any] | None = None,
        profiles: Mapping[str, Any] | None = None,
        null_values: Sequence[str] | None = None,
        name: str | None = None,
        id: str | None = None,
    ) -> None:
        written = without_defaults(
            {
                "name": name,
                "id": id,
                "null_values": plain(null_values),
                "index": plain(index),
                "fields": None if fields is None else {key: _field(value) for key, value in fields.items()},
                "indicators": _indicators(indicators),
                "tree": plain(tree),
                "nodes": None if nodes is None else {key: _node(value) for key, value in nodes.items()},
                "judgments": None if judgments is None else _judgments(judgments),
                "experts": None
                if experts is None
                else {str(name): _expert(name, expert) for name, expert in experts.items()},
                "weights": _weights(weights),
                "profiles": None if profiles is None else _profiles(profiles),
                "rules": [_part("rules", rule, Rule).to_dict() for rule in rules],
                "ratchet": None if ratchet is None else _part("ratchet", ratchet, Ratchet).to_dict(),
                "grades": _grades(grades),
                "types": Types(types).to_dict() if isinstance(types, str) else _types(types),
                "segments": _segments(segments),
            }
        )
        try:
            text = json.dumps(written, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise ParameterError(f"`plan` must hold finite numbers and texts: {error}") from None
        self._inner = _karat.Plan.from_json(text)

    @classmethod
    def _of(cls, inner: _karat.Plan) -> Plan:
        plan = cls.__new__(cls)
        plan._inner = inner
        return plan

    @classmethod
    def from_toml(cls, text: str | os.PathLike[str]) -> Plan:
        """Read a plan from TOML text, or from a file when given a path.

        Parameters
        ----------
        text : str or path
            TOML; a `pathlib.Path`, or a string in one line that ends in ``.toml``, is a file to read.

        Returns
        -------
        Plan

        Examples
        --------
        >>> import karat
        >>> karat.Plan.from_toml("indicators = { arpu = {}, tenure = {} }").columns
        ('arpu', 'tenure')
        """
        if not isinstance(text, str) or (text.rstrip().endswith(".toml") and "\n" not in text.strip()):
            return cls.read(text)
        return cls._of(_karat.Plan.from_toml(text))

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Plan:
        """Read a plan from a TOML file.

        Parameters
        ----------
        path : str or path

        Returns
        -------
        Plan
        """
        return cls._of(_karat.Plan.read(os.fspath(path)))

    @classmethod
    def from_dict(cls, parts: Mapping[str, Any]) -> Plan:
        """Build a plan from a mapping of the shape of a plan file; the inverse of `to_dict`."""
        return cls._of(_karat.Plan.from_json(json.dumps(plain(parts))))

    def to_toml(self) -> str:
        """Return the plan as TOML, with every default written out."""
        return self._inner.to_toml()

    def to_dict(self) -> Json:
        """Return the plan as dicts and lists of the shape of a plan file."""
        return cast(Json, json.loads(self._inner.to_json()))

    @property
    def name(self) -> str:
        """Name of the model."""
        return cast(str, self.to_dict()["name"])

    @property
    def id(self) -> str | None:
        """Column that identifies a customer."""
        return cast("str | None", self.to_dict().get("id"))

    @property
    def indicators(self) -> tuple[str, ...]:
        """Names of the indicators."""
        return tuple(self.to_dict()["indicators"])

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that a fit reads: the fields in the order of a row, then the identifier if any."""
        return tuple(self._inner.columns())

    def hierarchy(self) -> Hierarchy:
        """Return the tree with what the experts say: local and global weights, consistency of every node.

        Weights of the data are not part of it.

        Returns
        -------
        Hierarchy

        Examples
        --------
        >>> from karat import Indicator, Plan
        >>> plan = Plan(
        ...     [Indicator("arpu", dimension="revenue"), Indicator("tenure", dimension="loyalty")],
        ...     judgments={"value": ["revenue 3 loyalty"]},
        ... )
        >>> plan.hierarchy().weights()
        <NamedWeights: arpu=0.7500, tenure=0.2500>
        """
        from karat._hierarchy import Hierarchy

        return Hierarchy._of(self._inner.hierarchy())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Plan):
            return NotImplemented
        return self._inner.to_json() == other._inner.to_json()

    def __hash__(self) -> int:
        return hash(self._inner.to_json())

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self._inner.to_json(),)

    def __repr__(self) -> str:
        parts = self.to_dict()
        told = [repr(parts["name"]), f"{len(parts['indicators'])} indicators"]
        if "grades" in parts:
            told.append(f"{len(parts['grades']['names'])} grades")
        if "types" in parts:
            told.append(f"types by {parts['types']['method']}")
        if "segments" in parts:
            told.append(f"{parts['segments']['k']} segments")
        return f"Plan({', '.join(told)})"

    def _repr_html_(self) -> str:
        title, text = html.escape(repr(self)), html.escape(self.to_toml())
        return f"<details><summary><code>{title}</code></summary><pre>{text}</pre></details>"


def _restore(text: str) -> Plan:
    return Plan._of(_karat.Plan.from_json(text))


def _part(place: str, value: Any, kind: type[Any]) -> Any:
    if not isinstance(value, kind):
        raise ParameterError(f"`{place}` must be of karat.{kind.__name__}, got {value!r}")
    return value


def _indicators(indicators: Iterable[Indicator]) -> Json:
    if isinstance(indicators, str | Mapping) or not isinstance(indicators, Iterable):
        raise ParameterError(f"`indicators` must be a list of karat.Indicator, got {indicators!r}")
    written: Json = {}
    for indicator in indicators:
        _part("indicators", indicator, Indicator)
        if indicator.name in written:
            raise ParameterError(f"`indicators` must have different names, got `{indicator.name}` twice")
        written[indicator.name] = indicator.to_dict()
    return written


def _judgments(judgments: Judgments) -> dict[str, list[str]]:
    written = {}
    for node, given in judgments.items():
        if isinstance(given, str):
            written[node] = [given]
        elif isinstance(given, PairwiseMatrix):
            # `b 3 a` reads better than `a 0.3333333333333333 b`.
            turned = [
                (b, 1 / v, a) if v < 1 and 1 / v == round(1 / v) else (a, v, b)
                for a, b, v in given._judgments()
            ]
            written[node] = [f"{a} {_ratio(value)} {b}" for a, value, b in turned]
        elif isinstance(given, Mapping):
            written[node] = [f"{a} {_ratio(value)} {b}" for (a, b), value in given.items()]
        else:
            written[node] = [str(text) for text in given]
    return written


def _expert(name: str, expert: Mapping[str, Any]) -> Json:
    if not isinstance(expert, Mapping):
        raise ParameterError(f"`experts` must hold mappings with `judgments`, got {expert!r} for `{name}`")
    written = {key: plain(value) for key, value in expert.items() if key != "judgments"}
    if "judgments" in expert:
        written["judgments"] = _judgments(expert["judgments"])
    return written


def _profiles(profiles: Mapping[str, Any]) -> Json:
    if not isinstance(profiles, Mapping):
        raise ParameterError(f"`profiles` must be a mapping with the key `field`, got {profiles!r}")
    written = cast(Json, plain(profiles))
    for category, profile in profiles.items():
        if isinstance(profile, Mapping) and isinstance(profile.get("judgments"), Mapping):
            written[category] = {
                **plain({**profile, "judgments": None}),
                "judgments": _judgments(profile["judgments"]),
            }
    return written


def _ratio(value: Any) -> str:
    """Write a judgment so that it reads back to the same double."""
    if isinstance(value, str):
        return value
    number = float(value)
    return str(int(number)) if number.is_integer() else repr(number)


def _weights(weights: str | Mapping[str, Any] | None) -> Any:
    if isinstance(weights, str):
        return {"method": weights}
    written = plain(weights)
    if written and isinstance(written.get("combination"), list):
        name, expert = written["combination"]
        written["combination"] = {name: {"expert": expert}}
    return written


def _grades(grades: Grades | Sequence[str] | None) -> Any:
    if grades is None or isinstance(grades, Grades):
        return grades and grades.to_dict()
    return Grades(list(grades)).to_dict()


def _types(types: Types | None) -> Any:
    return None if types is None else _part("types", types, Types).to_dict()


def _segments(segments: Any) -> Any:
    if segments is None or isinstance(segments, Segments):
        return segments and segments.to_dict()
    if hasattr(segments, "n_clusters"):
        restarts = segments.n_init if isinstance(segments.n_init, int) else None
        return without_defaults(
            {
                "k": plain(segments.n_clusters),
                "restarts": restarts,
                "max_iterations": plain(segments.max_iter),
                "tolerance": plain(segments.tol),
            }
        )
    return {"k": plain(segments)}


def _node(description: Any) -> Json:
    if isinstance(description, Mapping) and "aggregate" in description:
        return cast(Json, plain(description))
    return {"aggregate": plain(description)}


def _field(description: Any) -> Json:
    if not isinstance(description, Mapping):
        return {"categories": plain(description)}
    written = cast(Json, plain(description))
    if "missing" in written:
        written["missing"] = missing_json(description["missing"])
    return written
