"""Fit a small plan to invented customers, score them, explain one, and write the model file.

python examples/python/first_model.py [DIRECTORY]
"""

from __future__ import annotations

import sys
from pathlib import Path

import karat
from karat import Indicator, Plan, ValueModel, datasets


def main() -> None:
    """Run the whole path once."""
    directory = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    customers = datasets.make_operator(2_000, months=12, seed=7, frame="dict").customers
    plan = Plan(
        name="first model",
        id="customer_id",
        indicators=[
            Indicator("arpu_3m", scale="log1p", winsorise=(0.01, 0.99), dimension="contribution"),
            Indicator("tenure_months", scale=("saturating", 24), dimension="attribution"),
            Indicator("complaints_6m", better="low", dimension="attribution"),
        ],
        judgments={"value": {("contribution", "attribution"): 2}},
        grades=["bronze", "silver", "gold"],
        segments=3,
    )
    model = ValueModel(plan, random_state=7).fit(customers)
    print(model.report_)

    scores, points = model.score(customers), model.explain(customers)
    parts = ", ".join(
        f"{name} {value:.2f}" for name, value in zip(points.names, points.points[0], strict=True)
    )
    print(f"customer {customers['customer_id'][0]}: index {scores['index'][0]:.2f} = {parts}")

    path = directory / "first.karat"
    model.save(path)
    assert karat.Scorer(path).score(customers).digest() == scores.digest()
    print(f"model {model.model_id_} written to {path}")


if __name__ == "__main__":
    main()
