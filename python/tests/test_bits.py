import doctest
import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import karat
from conftest import make_base, make_plan
from karat import Plan, ValueModel

TELCO = Path(__file__).parents[3] / "shared" / "data" / "telco.csv"


@pytest.fixture(scope="module")
def large():
    # Several chunks of a fit and several shares of a scoring thread.
    return make_base(70_000, seed=3)


def test_threads_change_no_bit(large):
    plan = make_plan()
    models = [ValueModel(plan, random_state=7, n_threads=n).fit(large) for n in (1, 2, 5, None)]
    assert len({model.to_bytes() for model in models}) == 1
    assert len({model.score(large).digest() for model in models}) == 1


def test_batches_change_no_bit(large):
    model = ValueModel(make_plan()).fit(large)
    whole = model.score(large)
    for size in (1, 7, 511, 513, 20_000):
        end = min(len(whole), 20 * size)
        parts = [
            model.score({name: values[start : start + size] for name, values in large.items()}).tobytes()
            for start in range(0, end, size)
        ]
        assert b"".join(parts) == whole.tobytes()[: 64 * sum(len(part) // 64 for part in parts)]


def test_the_order_of_columns_changes_no_bit(large):
    plan = make_plan()
    turned = dict(reversed(large.items()))
    assert ValueModel(plan).fit(turned).to_bytes() == ValueModel(plan).fit(large).to_bytes()


def test_the_order_of_rows_changes_no_bit(large):
    # Not even the segments: k-means draws its first centers whatever the order of the rows.
    plan = make_plan()
    order = np.random.default_rng(0).permutation(70_000)
    turned = {name: values[order] for name, values in large.items()}
    assert ValueModel(plan).fit(turned).to_bytes() == ValueModel(plan).fit(large).to_bytes()


def test_another_fit_with_the_same_seed_is_the_same_file(large):
    models = [ValueModel(make_plan(), random_state=1).fit(large) for _ in range(2)]
    assert models[0].to_bytes() == models[1].to_bytes()


def test_the_index_is_what_the_plan_says():
    # Computed here with numpy from the published formulas: min-max and 1 - exp(-x / tau), weights .8, .2.
    plan = Plan(
        [
            karat.Indicator("a", scale=("min_max", 10, 60), dimension="p"),
            karat.Indicator("b", scale=("saturating", 24), dimension="q"),
        ],
        judgments={"value": {("p", "q"): 4}},
    )
    draw = np.random.default_rng(2)
    base = {"a": draw.uniform(0, 80, 1000), "b": draw.uniform(0, 100, 1000)}
    index = ValueModel(plan).fit(base).score(base)["index"]
    expected = 100 * (0.8 * np.clip((base["a"] - 10) / 50, 0, 1) + 0.2 * -np.expm1(-base["b"] / 24))
    np.testing.assert_allclose(index, expected, rtol=1e-13)


def test_the_fit_of_the_telco_customers(capsys):
    if not TELCO.is_file():
        pytest.skip(f"{TELCO} is not beside this checkout")
    from karat._cli.files import read_table

    plan_path = Path(__file__).parents[2] / "examples" / "plans" / "telco.toml"
    plan, table = Plan.read(plan_path), read_table(str(TELCO))
    model = ValueModel(plan, random_state=7).fit(table)
    assert model.report_.rows == 7043
    fields = {field["name"]: field for field in model.report_.fields}
    # The eleven blank TotalCharges belong to the eleven customers of tenure 0 (IBM's sample).
    assert fields["TotalCharges"]["missing"] == 11
    assert model.report_.ineligible == 11
    contracts = {"Month-to-month": 3875, "One year": 1473, "Two year": 1695}
    assert dict(fields["Contract"]["categories"]) == contracts
    scores = model.score(table)
    assert np.array_equal(model.explain(table).index, scores["index"])
    pd = pytest.importorskip("pandas")
    frame = pd.read_csv(TELCO)
    assert model.score(frame) == scores
    assert ValueModel(plan, random_state=7, n_threads=1).fit(frame).to_bytes() == model.to_bytes()


def test_import_loads_nothing_heavy():
    # What keeps it quick; how quick, `make bench` says.
    code = "import sys, karat; print('numpy' in sys.modules, 'narwhals' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_every_public_name_is_there():
    for name in karat.__all__:
        assert getattr(karat, name) is not None
    assert set(karat.__all__) <= set(dir(karat))
    with pytest.raises(AttributeError, match="no attribute 'Scorr'"):
        _ = karat.Scorr


@pytest.mark.parametrize(
    "module", ["_parts", "_plan", "_score", "_report", "_scorer", "_model", "_frame", "_errors"]
)
def test_examples_run(module):
    failed, _ = doctest.testmod(importlib.import_module(f"karat.{module}"))
    assert failed == 0
