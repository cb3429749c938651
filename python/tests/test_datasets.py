"""The synthetic operator: promises, kinds of frames, files."""

from __future__ import annotations

import csv
import threading
import time

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import karat
from karat.datasets import PRESETS, make_operator

TABLES = ("customers", "monthly", "truth")


@pytest.fixture(scope="module")
def base():
    return make_operator(1_500, months=8, seed=5, dirty=True, ties=True, frame="dict")


def same(a, b):
    """Equal to the bit, missing values included."""
    if a.dtype == object:
        return list(a) == list(b)
    return a.dtype == b.dtype and a.tobytes() == b.tobytes()


@pytest.mark.parametrize("dirty", [False, True])
def test_adding_customers_never_changes_earlier_ones(dirty):
    small = make_operator(1_100, months=8, seed=5, dirty=dirty, frame="dict")
    large = make_operator(2_300, months=8, seed=5, dirty=dirty, frame="dict")
    for name in TABLES:
        few, many = getattr(small, name), getattr(large, name)
        rows = len(few["customer_id"])
        assert 0 < rows < len(many["customer_id"])
        for column in few:
            assert same(few[column], many[column][:rows]), (name, column)


def test_threads_do_not_show_and_seeds_do():
    one = make_operator(3_000, months=4, frame="dict", n_threads=1)
    two = make_operator(3_000, months=4, frame="dict", n_threads=2)
    other = make_operator(3_000, months=4, seed=1, frame="dict")
    assert all(same(one.monthly[c], two.monthly[c]) for c in one.monthly)
    assert not np.array_equal(one.customers["arpu_3m"], other.customers["arpu_3m"])


def test_tables_fit_each_other(base):
    ids = base.customers["customer_id"]
    assert len(ids) == 1_500
    assert len(base.truth["customer_id"]) == 1_500
    assert set(np.unique(base.monthly["month"])) <= {202300 + month for month in range(1, 9)}
    assert base.dirt["count"].sum() > 0
    assert len(base.ties["customer_id"]) > 0
    clean = make_operator(100, months=2)
    assert clean.dirt is None
    assert clean.ties is None


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_every_kind_of_frame_holds_the_same_values(base, kind):
    operator = make_operator(1_500, months=8, seed=5, dirty=True, ties=True, frame=kind)
    expected_class = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.Table}[kind]
    for name in (*TABLES, "ties", "dirt"):
        frame, expected = getattr(operator, name), getattr(base, name)
        assert isinstance(frame, expected_class)
        assert list(frame.columns if kind != "pyarrow" else frame.column_names) == list(expected)
        for column, values in expected.items():
            given = frame[column].to_pylist() if kind == "pyarrow" else frame[column].to_list()
            found = [None if value is pd.NA or value != value else value for value in given]
            assert found == [None if value != value else value for value in values.tolist()], column


def test_classes_are_categorical_and_identifiers_are_texts():
    customers = make_operator(300, months=3, frame="pandas").customers
    assert isinstance(customers["type"].dtype, pd.CategoricalDtype)
    assert customers["account_id"].dtype == "string"
    assert customers["left_kind"].isna().any()
    polars = make_operator(300, months=3, frame="polars").customers
    assert polars["type"].dtype == pl.Enum(["prepaid", "contract", "corporate"])
    assert polars["account_id"].dtype == pl.String
    assert polars["industry_rank"].null_count() > 0
    assert make_operator(10, months=1).frame == "pandas"


def test_csv_files_read_back(base, tmp_path):
    paths = base.write_csv(tmp_path / "new" / "folder")
    assert [path.name for path in paths] == [f"{n}.csv" for n in (*TABLES, "ties", "dirt")]
    assert sorted(p.name for p in (tmp_path / "new" / "folder").iterdir()) == sorted(p.name for p in paths)
    with open(paths[0], encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 1_500
    bills = np.array([float(row["arpu_3m"] or "nan") for row in rows])
    assert same(bills, base.customers["arpu_3m"])
    assert [row["region"] or None for row in rows] == list(base.customers["region"])


def test_a_folder_that_cannot_be_written_is_named(base, tmp_path):
    (tmp_path / "customers.csv").mkdir()
    with pytest.raises(OSError, match=r"customers\.csv: cannot write"):
        base.write_csv(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["customers.csv"], "no part is left behind"


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_made(preset):
    assert len(make_operator(50, months=2, preset=preset, frame="dict").truth["index"]) == 50


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_customers": 0}, "`n_customers` must be an integer from 1 to 100000000, got 0"),
        ({"n_customers": 1.5}, "`n_customers` must be an integer"),
        ({"months": 241}, "`months` must be an integer from 1 to 240"),
        ({"seed": -1}, "`seed` must be an integer from 0"),
        ({"preset": "mixd"}, "mixed"),
        ({"frame": "spark"}, "`frame` must be one of pandas, polars, pyarrow, dict"),
        ({"n_threads": 0}, "`n_threads` must be an integer from 1"),
    ],
)
def test_bad_parameters_are_named(arguments, message):
    with pytest.raises(ValueError, match=message) as caught:
        make_operator(**arguments)
    assert isinstance(caught.value, karat.KaratError)


def test_other_threads_run_meanwhile():
    worker = threading.Thread(target=make_operator, args=(40_000,), kwargs={"frame": "dict"})
    worker.start()
    ticks = 0
    while worker.is_alive():
        time.sleep(0.002)
        ticks += 1
    # Under the interpreter's lock this thread would wake up once.
    assert ticks > 10
