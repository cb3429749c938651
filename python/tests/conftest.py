import signal
from pathlib import Path

import numpy as np
import pytest

import karat
from karat import Indicator, Plan, ValueModel


@pytest.fixture(scope="session", autouse=True)
def _interrupts():
    """Hear Ctrl-C also where the tests were started in the background, which ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def customer_data():
    """Find a table of real customers: they lie in `shared/data` beside the checkout, not in it."""

    def find(name):
        places = [Path(__file__).parents[up] / "shared" / "data" / name for up in (3, 4)]
        found = next((place for place in places if place.exists()), None)
        if found is None:
            pytest.skip(f"no {name} in shared/data beside the checkout")
        return found

    return find


def make_plan(**changes):
    parts = {
        "judgments": {
            "value": {
                ("contribution", "attribution"): 2,
                ("contribution", "influence"): 4,
                ("attribution", "influence"): 3,
            }
        },
        "grades": ["C", "B", "A"],
        "types": "ratio",
        "segments": karat.Segments(3, restarts=2),
        "rules": [
            karat.Rule("newcomer", "tenure < 2", cap="B"),
            karat.Rule("complaints", ["complaints > 3"], penalty=5),
        ],
        "name": "test value",
        "id": "customer",
    }
    indicators = [
        Indicator("arpu", scale="log", dimension="contribution", unit="EUR"),
        Indicator("tenure", scale=("saturating", 24), dimension="attribution"),
        Indicator("complaints", better="low", dimension="attribution", missing=("value", 0)),
        Indicator("contract", categories={"monthly": 0, "yearly": 1}, dimension="influence"),
    ]
    return Plan(indicators, **(parts | changes))


def make_base(rows=3000, seed=1):
    """Columns with every kind of awkwardness that scoring takes: missing numbers and missing texts."""
    draw = np.random.default_rng(seed)
    arpu = np.round(draw.gamma(2, 30, rows), 2)
    arpu[draw.random(rows) < 0.05] = np.nan
    contract = draw.choice(np.array(["monthly", "yearly", None], dtype=object), rows, p=[0.6, 0.35, 0.05])
    return {
        "customer": np.arange(rows),
        "arpu": arpu,
        "tenure": draw.integers(0, 120, rows),
        "complaints": draw.poisson(1, rows).astype(np.int32),
        "contract": contract,
        "note": np.array(["x"] * rows, dtype=object),
    }


@pytest.fixture(scope="session")
def plan():
    return make_plan()


@pytest.fixture(scope="session")
def base():
    return make_base()


@pytest.fixture(scope="session")
def model(plan, base):
    return ValueModel(plan, random_state=7).fit(base)
