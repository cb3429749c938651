"""Weights by the category of a field, against sums worked out with numpy."""

import numpy as np
import pytest

import karat
from karat import Indicator, Plan, ValueModel

WEIGHTS = {"entry": [0.5, 0.5], "growth": [0.2, 0.8], "decline": [0.75, 0.25], "other": [0.5, 0.5]}


def plan():
    return Plan(
        [
            Indicator("arpu", scale=("min_max", 0, 10), dimension="contribution"),
            Indicator("tenure", scale=("min_max", 0, 10), dimension="attribution"),
        ],
        fields={"stage": ["entry", "growth", "decline"]},
        profiles={
            "field": "stage",
            "growth": {"fixed": {"value": {"contribution": 0.2, "attribution": 0.8}}},
            "decline": {"judgments": {"value": {("contribution", "attribution"): 3}}},
        },
    )


def test_each_stage_has_its_weights():
    values = np.random.default_rng(5).uniform(0, 10, (40, 2))
    stages = ["entry", "growth", "decline"] * 13 + ["entry"]
    base = {"arpu": values[:, 0], "tenure": values[:, 1], "stage": stages}
    model = ValueModel(plan()).fit(base)
    wanted = (10 * values * np.array([WEIGHTS[stage] for stage in stages])).sum(axis=1)
    np.testing.assert_allclose(model.score(base)["index"], wanted, rtol=0, atol=1e-12)


def test_a_plan_goes_round():
    assert Plan.from_toml(plan().to_toml()) == plan()
    assert Plan.from_dict(plan().to_dict()) == plan()


def test_a_misspelt_category_is_named():
    with pytest.raises(karat.ParameterError, match="did you mean `growth`"):
        Plan(
            [Indicator("arpu"), Indicator("tenure")],
            fields={"stage": ["entry", "growth"]},
            profiles={"field": "stage", "grwoth": {"fixed": {"value": {"arpu": 1, "tenure": 0}}}},
        )
