import copy
import pickle
from types import SimpleNamespace

import numpy as np
import pytest

import karat
from conftest import make_plan
from karat import Grades, Indicator, Plan, Rule, Segments, Types

TOML = """
name = "test value"
id = "customer"
[indicators]
arpu = { scale = "log1p", dimension = "contribution", unit = "EUR" }
tenure = { scale = { saturating = { tau = 24 } }, dimension = "attribution" }
complaints = { better = "cost", dimension = "attribution", missing = { value = 0 } }
contract = { categories = { monthly = 0, yearly = 1 }, dimension = "influence" }
[judgments]
value = ["contribution 2 attribution", "contribution 4 influence", "attribution 3 influence"]
[grades]
names = ["C", "B", "A"]
[types]
[segments]
k = 3
restarts = 2
[[rules]]
name = "newcomer"
when = ["tenure < 2"]
effect = { cap = "B" }
[[rules]]
name = "complaints"
when = ["complaints > 3"]
effect = { penalty = 5 }
"""

UNEVEN = {"contribution": 0.5, "attribution": 0.3, "influence": 0.3}


def test_the_builder_and_toml_say_the_same():
    assert Plan.from_toml(TOML) == make_plan()
    assert make_plan() != make_plan(name="other")


def test_a_plan_survives_toml_dict_pickle_and_copy():
    plan = make_plan()
    for other in (
        Plan.from_toml(plan.to_toml()),
        Plan.from_dict(plan.to_dict()),
        pickle.loads(pickle.dumps(plan)),
        copy.deepcopy(plan),
    ):
        assert other == plan
        assert hash(other) == hash(plan)
        assert other.columns == plan.columns  # the order of the indicators is part of a plan


def test_from_toml_takes_a_path_and_read_names_a_missing_file(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(TOML)
    assert Plan.from_toml(path) == Plan.from_toml(str(path)) == Plan.read(path) == make_plan()
    with pytest.raises(karat.ModelIOError, match=r"gone\.toml: cannot read"):
        Plan.read(tmp_path / "gone.toml")


@pytest.mark.parametrize(
    ("scale", "written"),
    [
        ("rank", {"rank": {"knots": 101}}),
        (("rank", 11), {"rank": {"knots": 11}}),
        (("min_max", 0, 500), {"min_max": {"lo": 0.0, "hi": 500.0}}),
        (("min_max", None, 500), {"min_max": {"hi": 500.0}}),
        (("log", 1), {"log1p": {"lo": 1.0}}),
        (("z_score", 2), {"z_score": {"width": 2.0}}),
        (("saturating", np.float64(24)), {"saturating": {"tau": 24.0}}),
        (("bands", [(0, 1), (3, 0.2)]), {"bands": {"points": [[0.0, 1.0], [3.0, 0.2]]}}),
        (("target", (2, 3), 0, 9), {"target": {"lo": 0.0, "hi": 9.0, "best": [2.0, 3.0]}}),
        (("efficacy", 1, 5), {"efficacy": {"fail": 1.0, "pass": 5.0}}),
        ({"min_max": {"lo": 0}}, {"min_max": {"lo": 0.0}}),
    ],
)
def test_scales_are_a_name_a_tuple_or_a_mapping(scale, written):
    plan = Plan([Indicator("a", scale=scale)])
    assert plan.to_dict()["indicators"]["a"]["scale"] == written


def test_aliases_mean_the_same():
    a = Plan([Indicator("a", polarity="cost", group="attribution")])
    assert a == Plan([Indicator("a", better="low", dimension="attribution")])
    with pytest.raises(karat.ParameterError, match="`group` of indicator a must not differ"):
        Indicator("a", dimension="x", group="y")


def test_judgments_are_texts_or_pairs():
    texts = ["contribution 2 attribution", "contribution 4 influence", "attribution 3 influence"]
    assert make_plan(judgments={"value": texts}) == make_plan()
    pairs = {("contribution", "attribution"): 1 / 3, ("contribution", "influence"): np.int64(1)}
    third = make_plan(judgments={"value": {**pairs, ("attribution", "influence"): "3"}})
    assert "0.3333333333333333 attribution" in third.to_toml()


def test_segments_are_a_number_a_part_or_an_estimator():
    estimator = SimpleNamespace(n_clusters=3, n_init=2, max_iter=50, tol=1e-3)
    assert make_plan(segments=estimator) == make_plan(
        segments=Segments(3, restarts=2, max_iterations=50, tolerance=1e-3)
    )
    assert make_plan(segments=5) == make_plan(segments=Segments(5))
    estimator.n_init = "auto"  # leaves the choice to the core
    assert make_plan(segments=estimator).to_dict()["segments"]["restarts"] == 4


def test_grades_types_weights_and_fields_in_short():
    assert make_plan(grades=Grades(["C", "B", "A"])) == make_plan()
    cuts = make_plan(grades=Grades(["C", "B", "A"], cuts=("quantile", [0.5, 0.3, 0.2]))).to_dict()
    assert cuts["grades"]["cuts"] == {"quantile": [0.5, 0.3, 0.2]}
    assert make_plan(types=Types()) == make_plan()
    types = make_plan(types=Types("quadrant", value=40, attribution_threshold=("quantile", 0.6))).to_dict()
    assert types["types"]["value"] == {"fixed": 40.0}
    assert types["types"]["attribution_threshold"] == {"quantile": 0.6}
    weights = make_plan(weights={"method": "combined", "combination": ("linear", 0.7)}).to_dict()
    assert weights["weights"]["combination"] == {"linear": {"expert": 0.7}}
    left = Rule("left", "status == left", gate=True)
    gated = make_plan(fields={"status": ["active", "left"]}, rules=[left])
    assert gated.columns == ("arpu", "tenure", "complaints", "contract", "status", "customer")


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Plan([]), karat.ParameterError, "`indicators` must not be empty"),
        (
            lambda: Plan([Indicator("a", scale="log1")]),
            karat.ParameterError,
            "`indicator a` must be readable, got no scale `log1`; did you mean `log1p`?",
        ),
        (
            lambda: Plan([Indicator("a", scale=("saturatin", 2))]),
            karat.ParameterError,
            "`indicator a` must be readable, got no scale `saturatin`; did you mean `saturating`?",
        ),
        (
            lambda: Plan([Indicator("a", scale=("saturating", 2, 3))]),
            karat.ParameterError,
            "`scale` of indicator a must have at most 1 parameters (tau), got 2",
        ),
        (
            lambda: Plan([Indicator("a", better="up")]),
            karat.ParameterError,
            '`better` of indicator a must be "high" or "low", got \'up\'',
        ),
        (
            lambda: Plan([Indicator("a"), Indicator("a")]),
            karat.ParameterError,
            "`indicators` must have different names, got `a` twice",
        ),
        (lambda: Plan(["a"]), karat.ParameterError, "`indicators` must be of karat.Indicator, got 'a'"),
        (
            lambda: Plan([Indicator("a", scale=("min_max", 0, float("nan")))]),
            karat.ParameterError,
            "`plan` must hold finite numbers",
        ),
        (
            lambda: Rule("r", "a < 1"),
            karat.ParameterError,
            "`rule r` must have one effect of gate, cap and penalty",
        ),
        (
            lambda: make_plan(rules=[Rule("r", "tenure < 1", cap="D")]),
            karat.ParameterError,
            "`rule r` must name what the plan has",
        ),
        (
            lambda: make_plan(judgments={"valu": ["a 1 b"]}),
            karat.ParameterError,
            "did you mean `value`?",
        ),
        (
            lambda: make_plan(judgments={"value": ["contribution 2 attribution"]}),
            karat.JudgmentError,
            "judgments of `value`",
        ),
        (
            # 9 * 9 = 81 against 1/9: the most contradictory three judgments on Saaty's scale.
            lambda: make_plan(
                judgments={
                    "value": {
                        ("contribution", "attribution"): 9,
                        ("attribution", "influence"): 9,
                        ("influence", "contribution"): 9,
                    }
                }
            ),
            karat.JudgmentError,
            "judgments of `value`",
        ),
        (
            lambda: make_plan(judgments=None, weights={"fixed": {"value": UNEVEN}}),
            karat.ParameterError,
            "`fixed weights of value` must not be negative and sum to 1 or 100, got a sum of 1.1",
        ),
        (lambda: make_plan(segments=0), karat.ParameterError, "`segments.k` must be 1 to 256, got 0"),
        (lambda: Plan.from_toml("[indicators\n"), karat.ParameterError, "line 1"),
    ],
)
def test_a_wrong_plan_is_refused_when_it_is_written(make, error, message):
    with pytest.raises(error) as caught:
        make()
    assert message in str(caught.value)
    assert isinstance(caught.value, karat.KaratError | ValueError)


def test_an_inconsistent_judgment_names_the_worst_and_what_would_fit():
    judgments = {
        ("contribution", "attribution"): 2,
        ("contribution", "influence"): 4,
        ("attribution", "influence"): 9,
    }
    with pytest.raises(karat.JudgmentError) as caught:
        make_plan(judgments={"value": judgments})
    text = str(caught.value)
    assert "consistency ratio" in text
    assert any(f"{a}" in text for a in ("attribution", "influence"))


def test_repr_and_html():
    plan = make_plan()
    assert repr(plan) == "Plan('test value', 4 indicators, 3 grades, types by ratio, 3 segments)"
    assert "<pre>name = &quot;test value&quot;" in plan._repr_html_()
    assert (plan.name, plan.id) == ("test value", "customer")
    assert plan.indicators == ("arpu", "tenure", "complaints", "contract")


def test_segments_take_the_estimator_itself():
    plan = make_plan(segments=karat.KMeans(3, n_init=2))
    written = plan.to_dict()["segments"]
    assert (written["k"], written["restarts"]) == (3, 2)


EXPERTS = {
    "marketing": {"weight": 7, "judgments": {"value": {("a", "b"): 2, ("a", "c"): 4, ("b", "c"): 3}}},
    "finance": {"weight": 3, "judgments": {"value": ["a 1 b", "a 3 c", "b 2 c"]}},
}


def three(**parts):
    return karat.Plan(
        [karat.Indicator(name, dimension=of) for name, of in zip("xyz", "abc", strict=True)], **parts
    )


def test_several_experts():
    plan = three(experts=EXPERTS)
    # METHODS GT-9.5 with judge weights .7 and .3.
    np.testing.assert_allclose(
        plan.hierarchy().weights().to_numpy(), [0.524120, 0.340556, 0.135324], atol=5.1e-7
    )
    assert karat.Plan.from_toml(plan.to_toml()) == plan
    assert karat.Plan.from_dict(plan.to_dict()) == plan
    assert "[experts.marketing" in plan.to_toml()
    matrices = {
        name: {**expert, "judgments": {"value": karat.PairwiseMatrix(expert["judgments"]["value"])}}
        for name, expert in EXPERTS.items()
    }
    assert three(experts=matrices).hierarchy().weights() == plan.hierarchy().weights()
    apart = three(experts=EXPERTS, weights={"group": "priorities"}).hierarchy().weights()
    report = karat.weights.group_report(
        {name: expert["judgments"]["value"] for name, expert in EXPERTS.items()},
        [0.7, 0.3],
        group="priorities",
    )
    np.testing.assert_allclose(apart.to_numpy(), report.to_numpy(), rtol=1e-14)


def test_an_expert_may_leave_a_pair_to_the_others():
    short = {**EXPERTS, "finance": {"weight": 3, "judgments": {"value": ["a 1 b", "a 3 c"]}}}
    found = three(experts=short).hierarchy().weights()
    means = {("a", "b"): 2**0.7, ("a", "c"): 4**0.7 * 3**0.3, ("b", "c"): 3}
    np.testing.assert_allclose(
        found.to_numpy(), karat.PairwiseMatrix(means).priorities().to_numpy(), atol=1e-12
    )
    with pytest.raises(karat.JudgmentError, match="no expert judged `b` vs `c`"):
        three(experts={"one": {"judgments": {"value": ["a 1 b", "a 3 c"]}}})
    with pytest.raises(karat.JudgmentError, match="by expert `finance`"):
        three(experts=short, weights={"completion": "refuse"})
    with pytest.raises(karat.ParameterError, match="not both"):
        three(experts=EXPERTS, judgments={"value": ["a 1 b", "a 3 c", "b 2 c"]})
    with pytest.raises(karat.ParameterError, match="`experts` must hold mappings"):
        three(experts={"one": ["a 1 b"]})
